/* SPDX-License-Identifier: Apache-2.0
 *
 * Two erase units of flash for struct kratos_slots (kratos_provision.h). It must never know what is written there.
 */
#ifndef MPS2_FLASH_QEMU_H
#define MPS2_FLASH_QEMU_H

#include <stddef.h>
#include <stdint.h>

enum { FLASH_UNIT = 4096, FLASH_SIZE = 2 * FLASH_UNIT };

/* KRATOS_OK or KRATOS_ERR_STORE. ctx is not used; at: bytes from the start. */
int flash_read(void *ctx, uint32_t at, void *p, size_t n);
int flash_erase(void *ctx, uint32_t at);                          /* a unit: each byte becomes 0xFF */
int flash_write(void *ctx, uint32_t at, const void *p, size_t n); /* only clears bits, as NOR flash does */

#endif
