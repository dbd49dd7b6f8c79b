/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection of a struct kratos: opening, moving bytes, closing. It must never know what the bytes are, nor decide
 * what a broken connection means.
 */
#ifndef KRATOS_CONNECTION_H
#define KRATOS_CONNECTION_H

#include "kratos.h"

/* kratos_link.state. CLOSING: only without a port, until the application did it. */
enum kratos_link_state { KRATOS_CLOSED, KRATOS_OPENING, KRATOS_OPEN, KRATOS_CLOSING };

uint32_t kratos_now_ms(const struct kratos *k);

/* Closes what is open, or opening. */
void kratos_drop_link(struct kratos *k);

/* After an exchange: a connection can carry another request only after a complete reply with nothing behind it. */
void kratos_settle_link(struct kratos *k);

/* The server may have closed a connection that was idle: better noticed before the request than after. */
void kratos_check_link(struct kratos *k);

/* Asks the io for one thing that kratos_want() names. More than 0: something moved. 0: nothing, within wait_ms. An error
 * of the io otherwise. */
int kratos_move(struct kratos *k, unsigned want, uint32_t wait_ms);

#endif
