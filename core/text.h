/* SPDX-License-Identifier: Apache-2.0
 *
 * The few string functions that core needs. Those of a C library are made for speed: newlib's strcmp alone
 * is 732 bytes on a Cortex-M4, all of these together are 100. It must never become a string library.
 */
#ifndef KRATOS_TEXT_H
#define KRATOS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

size_t kratos_text_size(const char *s);
bool kratos_text_is(const char *a, const char *b);
bool kratos_text_starts(const char *s, const char *with);

/* True when c is one of the characters of `set`; never for NUL. */
bool kratos_text_has(const char *set, char c);

/* True when a JSON text of n bytes (0: NUL-terminated) begins like a number; never for NULL. */
bool kratos_text_number(const char *json, size_t n);

#endif
