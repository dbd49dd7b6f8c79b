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
    KRATOS_SIEVE_MORE,  /* the block is used up */
    KRATOS_SIEVE_BEGIN, /* the next byte is the first of a value */
    KRATOS_SIEVE_END,   /* the byte before was the last of a value (behind a number: of what it ends at) */
    KRATOS_SIEVE_BAD    /* no JSON; the sieve stays there */
};

/* Nesting that is checked level by level. What is deeper is skipped and makes the value odd. */
#define KRATOS_SIEVE_DEPTH 32

/* Values at a depth below `begins` are told when they begin, and below `ends` (at least 1) when they end. The
 * outermost value is at depth 0. */
void kratos_sieve_begin(struct kratos_sieve *s, unsigned begins, unsigned ends);

/* The same in the middle of a text: behind the opening bracket of a container, or (not first) behind one of its
 * items. The end of each item is told, at depth 1, and that of the container, at depth 0. */
void kratos_sieve_inside(struct kratos_sieve *s, bool object, bool first);

/* Reads up to the next event; s->depth is then the depth of the value the event is about. *used is the number
 * of bytes read. s->odd becomes true for what is well nested but not strict (bytes that are not UTF-8, a control
 * character or a bad escape in a string, nesting over KRATOS_SIEVE_DEPTH), s->escaped for a backslash in a
 * string or a name; both stay so until the caller clears them. */
int kratos_sieve_run(struct kratos_sieve *s, const char *p, size_t n, size_t *used);

/* True when a value at that depth (0 = the outermost) was read to its end. A number at the end of the text counts. */
bool kratos_sieve_complete(const struct kratos_sieve *s, unsigned depth);

/* True when text is exactly one strict value, which stands inside of `depth` containers. */
bool kratos_sieve_check(const char *text, size_t n, unsigned depth);

#endif
