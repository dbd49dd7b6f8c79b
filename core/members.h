/* SPDX-License-Identifier: Apache-2.0
 *
 * From the members of a checked object to a result struct, by a table. The index of an object is jsmn tokens, one a
 * member: the reply leaves them while it reads, jsmn itself parses what is opened later. Where there is no space for
 * them, members are found by walking: tokens save time, never decide what fits. It must never know a particular
 * result.
 */
#ifndef KRATOS_MEMBERS_H
#define KRATOS_MEMBERS_H

#include "field.h"

/* jsmn's token changes size with this, so it is set here, once, for the only file that compiles jsmn and
 * for all users. */
#define JSMN_PARENT_LINKS
#ifdef KRATOS_JSMN_CODE
#define JSMN_STATIC
#else
#define JSMN_HEADER
#endif
#include <jsmn.h>

struct kratos_members {
    kratos_json value;      /* one checked value, or the beginning of one */
    const jsmntok_t *items; /* NULL: there was no space for tokens */
    size_t count;
    bool down; /* they grew down: the last member's stands first */
};

/* Fills `out`, zeroed before, from the members; absent and null stay zero. KRATOS_ERR_JSON for a wrong type or a
 * missing must: such a member stays zero too, all others are filled. A value that is no object has no members. */
int kratos_members_fill(const struct kratos_members *m, const struct kratos_field *fields, size_t field_count,
                        void *out);

/* Indexes one value with jsmn into `space` bytes at `p` (any alignment), as far as they do. */
void kratos_members_index(struct kratos_members *m, kratos_json value, char *p, size_t space);

/* Writes the token of a member: the one that ends at `end` and begins behind `from`, which is the end of the one
 * before or 0. escaped: a string in it may hold a backslash. */
void kratos_members_token(jsmntok_t *token, const char *text, uint32_t from, uint32_t end, bool escaped);

#endif
