/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that the application asks of a board. boards/mps2 implements it on a Cortex-M, board_posix.c
 * on a host; another board is these functions again. It must never name a chip, a network stack or a TLS library.
 */
#ifndef KRATOS_BOARD_H
#define KRATOS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kratos_provision.h"

/* The console. Lines end with \n. */
void board_puts(const char *s);

/* What the board was told about `name` ("host", "port", "serial"), else `otherwise`. name must be constant;
 * the result lives on. At most 10 names. */
const char *board_setting(const char *name, const char *otherwise);

/* Brings the network up, address and name server included, and says on the console how. NULL, or a sentence
 * that says what is missing after wait_ms. */
const char *board_network_up(uint32_t wait_ms);

/* The byte stream to Kratos, already wrapped in TLS where the board has TLS. The same one at each call. */
const struct kratos_io *board_io(void);

/* One line about the connection that is open: TLS version, suite, full or resumed handshake; or why it could
 * not be opened. */
void board_print_link(void);

/* ---- One device: what kratos_provision.h asks of a board. The same ones at each call. ---- */

/* Where the record survives a restart. */
const struct kratos_store *board_store(void);

/* A random source, HMAC-SHA-256, and the root secret where the board has one. */
const struct kratos_crypto *board_crypto(void);

/* What no copy of the flash has: the number that the chip was made with. */
const void *board_chip(size_t *size);

/* ---- Time ---- */

/* The program is alive: feeds the watchdog, where there is one. Called between two steps, none of which takes longer than one
 * exchange (kratos_config.timeout_ms). */
void board_alive(void);

/* Lets time pass, and the network work meanwhile. */
void board_sleep(uint32_t ms);

/* Milliseconds since start; wraps. Also what the io counts with. */
uint32_t board_now_ms(void);

/* Instructions executed so far, sleep not counted; wraps, so that only differences mean anything. 0: the
 * board cannot count. */
uint32_t board_instructions(void);

/* High-water marks: stack, network stack, TLS. */
void board_print_memory(void);

/* The application; the board's main() calls it once, from a file of its own. 0, or an exit code. */
int app_main(void);

#endif
