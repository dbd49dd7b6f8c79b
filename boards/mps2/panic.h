/* SPDX-License-Identifier: Apache-2.0
 *
 * Stops a program that found itself wrong. It must never include anything: lwIP's own headers include it.
 */
#ifndef MPS2_PANIC_H
#define MPS2_PANIC_H

/* Says "PANIC message" and stops with exit code 98. */
void board_panic(const char *message) __attribute__((noreturn));

#endif
