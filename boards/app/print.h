/* SPDX-License-Identifier: Apache-2.0
 *
 * Text for a console without printf. It must never need memory of its own.
 */
#ifndef KRATOS_APP_PRINT_H
#define KRATOS_APP_PRINT_H

#include "kratos.h"

void print_number(uint32_t v);
void print_text(kratos_str s);                 /* p NULL prints "-" */
void print_line(const char *name, uint32_t v); /* "name: v\n" */

/* The result of a call that failed, with all that kratos_last_fault() knows. */
void print_fault(const char *what, int rc, const struct kratos_fault *fault);

/* Decimal, NUL-terminated. */
char *write_number(char *p, uint32_t v);

#endif
