/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a program that found itself wrong. It must never need more than console and semihosting: whatever else
 * it called might be what is broken, or what is calling.
 */
#include "panic.h"

#include "mps2.h"

void board_panic(const char *message)
{
    console_puts("\nPANIC ");
    console_puts(message);
    console_puts("\n");
    semihost_exit(98);
}
