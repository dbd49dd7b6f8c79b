/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads checked JSON: finds members among jsmn tokens, decodes strings in place and fills result structs
 * from tables. Everything here may trust that its text passed the sieve; it must never be given text that
 * did not.
 *
 * Tokens come from two places and look alike: the sieve leaves a pair (name, value) for each member at
 * depth 1 of the value that is being read, jsmn itself indexes what is opened later. So memory follows the
 * text, not its shape.
 */
#ifndef KRATOS_JSON_H
#define KRATOS_JSON_H

#include "kratos.h"

/* jsmn's token changes size with this, so it is set here, once, for the only file that compiles jsmn and
 * for all users. */
#define JSMN_PARENT_LINKS
#ifdef KRATOS_JSMN_CODE
#define JSMN_STATIC
#else
#define JSMN_HEADER
#endif
#include <jsmn.h>

struct kratos_tokens {
    kratos_json value; /* one checked value */
    jsmntok_t *items;  /* NULL: there was no space for tokens; members are then found by walking */
    size_t count;
    bool pairs; /* the sieve's: they grew down, so the last member stands first */
};

enum kratos_field_kind {
    KRATOS_FIELD_ID,       /* char[KRATOS_ID_SIZE]; must be there */
    KRATOS_FIELD_STR,      /* kratos_str, decoded in place */
    KRATOS_FIELD_STR_MUST, /* the same, must be there */
    KRATOS_FIELD_JSON,     /* kratos_json, verbatim */
    KRATOS_FIELD_BOOL
};

struct kratos_field {
    const char *name;
    uint16_t offset; /* of the member in the result struct */
    uint8_t kind;
};

/* Fills `out`, zeroed before, from the members; absent and null stay zero. KRATOS_ERR_JSON for a wrong type
 * or a missing must. */
int kratos_json_fill(const struct kratos_tokens *t, const struct kratos_field *fields, size_t field_count, void *out);

/* The value of a member at depth 1, by its decoded name; of duplicates the last. False: none, or null.
 * Before fill only: decoding in place destroys what walking needs. */
bool kratos_json_member(const struct kratos_tokens *t, const char *name, kratos_json *value);

/* Indexes one value with jsmn into `space` bytes at `p` (any alignment). Too little space: items becomes
 * NULL. */
void kratos_json_index(struct kratos_tokens *t, kratos_json value, char *p, size_t space);

/* Writes one token pair (name, value) for kratos_json_fill(). */
void kratos_json_pair(jsmntok_t *pair, uint32_t key, uint32_t key_end);
void kratos_json_pair_value(jsmntok_t *pair, const char *text, uint32_t start, uint32_t end);

#endif
