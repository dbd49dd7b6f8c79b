/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of JSON strings, byte by byte, and the end of none: the sieve knows what a quote ends. It must never know
 * where a string stands.
 */
#ifndef KRATOS_CHARS_H
#define KRATOS_CHARS_H

#include "kratos.h"

/* kratos_sieve.state while a string is read. */
enum { KRATOS_IN_STRING = 16, KRATOS_IN_ESCAPE, KRATOS_IN_HEX, KRATOS_IN_UTF8 };

/* One byte of a string, which is no plain character and no quote that ends it. What strict JSON does not have sets
 * s->odd, and the string goes on. False: the byte is to be read again. */
bool kratos_string_byte(struct kratos_sieve *s, char c);

/* Behind the characters of a string that need no look: ASCII, no quote, backslash or control. */
const char *kratos_string_plain(const char *p, const char *end);

/* True when text is UTF-8. */
bool kratos_string_utf8(const char *text, size_t n);

#endif
