/* SPDX-License-Identifier: Apache-2.0
 *
 * The first UART, by polling, so that it works in a fault handler too. It must never wait for an interrupt.
 */
#include "mps2.h"

void console_init(void)
{
    UART_BAUDDIV = CLOCK_HZ / 115200u;
    UART_CTRL = 1;
}

void console_puts(const char *s)
{
    for (; *s != '\0'; s++) {
        while (UART_STATE & 1u) {
        }
        UART_DATA = (uint8_t)*s;
    }
}

static void put_digits(uint32_t value, unsigned base)
{
    char text[12];
    unsigned i = sizeof text;

    text[--i] = '\0';
    do {
        text[--i] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    console_puts(text + i);
}

void console_number(uint32_t value)
{
    put_digits(value, 10);
}

void console_hex(const char *name, uint32_t value)
{
    console_puts(name);
    console_puts(": 0x");
    put_digits(value, 16);
    console_puts("\n");
}

void console_mark(const char *what, uint32_t peak, uint32_t size)
{
    console_puts("memory: ");
    console_puts(what);
    console_puts(", peak ");
    console_number(peak);
    console_puts(" of ");
    console_number(size);
    console_puts("\n");
}
