/* SPDX-License-Identifier: Apache-2.0
 *
 * Characters and the few string functions that core needs. Those of a C library are made for speed: newlib's
 * strcmp alone is 732 bytes on a Cortex-M4, all of these together are less. It must never become a string library.
 */
#ifndef KRATOS_TEXT_H
#define KRATOS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte is: in the low half how JSON's structure reads it (sieve.c), above it these. */
enum {
    KRATOS_TEXT_STRUCTURE = 0x0F,
    KRATOS_TEXT_PLAIN = 0x10,      /* stands for itself inside a JSON string */
    KRATOS_TEXT_TOKEN = 0x20,      /* may be in the name of a header (RFC 9110 5.6.2) */
    KRATOS_TEXT_UNRESERVED = 0x40, /* needs no percent-encoding (RFC 3986 2.3) */
    KRATOS_TEXT_CONTROL = 0x80
};

extern const uint8_t kratos_text_class[256];

static inline unsigned kratos_text_of(char c)
{
    return kratos_text_class[(unsigned char)c];
}

/* What a line may not hold: a control character that is no tab. */
static inline bool kratos_text_control(char c)
{
    return (kratos_text_of(c) & KRATOS_TEXT_CONTROL) != 0 && c != '\t';
}

/* What JSON calls a blank. */
static inline bool kratos_text_blank(char c)
{
    return (kratos_text_of(c) & KRATOS_TEXT_STRUCTURE) == 1;
}

size_t kratos_text_size(const char *s);
bool kratos_text_is(const char *a, const char *b);
bool kratos_text_starts(const char *s, const char *with);
bool kratos_text_contains(const char *s, const char *words);

/* True when c is one of the characters of `set`; never for NUL. */
bool kratos_text_has(const char *set, char c);

/* How many bytes at p are no control characters, tabs aside: the length of a line. */
size_t kratos_text_clean(const char *p, size_t n);

/* True when the n bytes at p are `word`, in any case; word is lower case and has n bytes. */
bool kratos_text_alike(const char *p, const char *word, size_t n);

/* Which of the lower-case words it is, in any case; their count if it is none. Each stands behind a byte with its
 * length; an empty one ends them. */
unsigned kratos_text_which(const char *p, size_t n, const char *words);

/* The one of the texts with that number; each ends with a NUL. */
const char *kratos_text_nth(const char *texts, unsigned n);

/* True when p begins with the shape: 0 stands for a digit, A for any character, all else for itself. */
bool kratos_text_shaped(const char *p, const char *shape);

/* The value of a hexadecimal digit; 16 for anything else. */
unsigned kratos_text_hex(char c);

#endif
