/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the device keeps its record: two slots of NOR flash under kratos_slots, whose words are torn by a power cut, or a plain
 * store that has the old record or the new one. It must never know what a record says.
 */
#ifndef TEST_PROVISION_FLASH_H
#define TEST_PROVISION_FLASH_H

#include "world.h"

/* Of the setting. */
extern const struct kratos_store flash_store;

void flash_erase(void);
void flash_power_on(void);

/* A word of a slot can never be read again: of the newest record, or of the one before. */
void flash_tear(bool newest);

/* What is stored, or what load says. The device's own store is not disturbed. */
int flash_peek(struct kratos_record *record);

/* What a test has prepared is there, as if it had been saved. */
void flash_poke(const struct kratos_record *record);

#endif
