/* SPDX-License-Identifier: Apache-2.0
 *
 * A strict RFC 8259 checker that reads JSON in blocks of any size and tells where values begin and end near
 * the surface. It must never know what the JSON means, keep text, or look at anything but the bytes it is
 * given.
 */
#ifndef KRATOS_SIEVE_H
#define KRATOS_SIEVE_H

#include "kratos.h"

enum {
    KRATOS_SIEVE_MORE,    /* the block is used up */
    KRATOS_SIEVE_KEY,     /* the next byte is the opening quote of a member's name */
    KRATOS_SIEVE_KEY_END, /* the byte before was its closing quote */
    KRATOS_SIEVE_BEGIN,   /* the next byte is the first of a value */
    KRATOS_SIEVE_END,     /* the byte before was the last of a value */
    KRATOS_SIEVE_BAD      /* no JSON; the sieve stays there */
};

/* Nesting that is checked level by level. What is deeper is skipped and makes the value odd. */
#define KRATOS_SIEVE_DEPTH 32

void kratos_sieve_begin(struct kratos_sieve *s);

/* Reads up to the next event at a depth of at most `watch` (0 = the outermost value, 1 = its members);
 * s->depth is then the depth of the value the event is about. *used is the number of bytes read. s->odd
 * becomes true for what is well nested but not strict (bytes that are not UTF-8, a control character or a
 * bad escape in a string, nesting over KRATOS_SIEVE_DEPTH) and stays so until the caller clears it. */
int kratos_sieve_run(struct kratos_sieve *s, const char *p, size_t n, unsigned watch, size_t *used);

/* True when exactly one value was read to its end. A number at the end of the text counts. */
bool kratos_sieve_complete(const struct kratos_sieve *s);

/* True when text is exactly one strict value. */
bool kratos_sieve_check(const char *text, size_t n);

/* How many bytes at p are characters of a string that need no look: ASCII, no quote, backslash or control. */
size_t kratos_sieve_plain(const char *p, size_t n);

/* True when text is UTF-8. */
bool kratos_sieve_utf8(const char *text, size_t n);

#endif
