/* SPDX-License-Identifier: Apache-2.0
 *
 * Text for a console without printf.
 */
#include "print.h"

#include "board.h"

char *write_number(char *p, uint32_t v)
{
    char digits[10];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (n > 0) {
        *p++ = digits[--n];
    }
    *p = '\0';
    return p;
}

void print_number(uint32_t v)
{
    char text[11];

    write_number(text, v);
    board_puts(text);
}

void print_text(kratos_str s)
{
    board_puts(s.p != NULL ? s.p : "-");
}

void print_line(const char *name, uint32_t v)
{
    board_puts(name);
    board_puts(": ");
    print_number(v);
    board_puts("\n");
}

void print_fault(const char *what, int rc, const struct kratos_fault *fault)
{
    static const char *const effects[] = {"not sent", "not done", "maybe done", "done"};
    int native = fault->native_error;

    board_puts(what);
    board_puts(" failed: ");
    board_puts(kratos_strerror(rc));
    board_puts(", ");
    board_puts(effects[fault->effect]);
    board_puts(", http ");
    print_number((uint32_t)fault->http_status);
    board_puts(native < 0 ? ", native -" : ", native ");
    print_number(native < 0 ? 0u - (uint32_t)native : (uint32_t)native);
    if (fault->need != 0) {
        board_puts(", needs ");
        print_number((uint32_t)fault->need);
    }
    board_puts(" ");
    print_text(fault->reason);
    board_puts(" ");
    print_text(fault->message);
    board_puts("\n");
}
