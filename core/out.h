/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a request through a window: the same writer runs again for each part of a long request, and only
 * what falls into the window is stored. An empty window only counts. It must never know operations, HTTP or
 * where its bytes go.
 */
#ifndef KRATOS_OUT_H
#define KRATOS_OUT_H

#include "field.h"

struct kratos_out {
    uint8_t depth;
    uint8_t base;     /* level that a caller's writer must not leave */
    bool due;         /* a value must come: at the start, and after a name */
    bool check;       /* caller's text is checked in one pass only */
    bool query;       /* a ? was written */
    bool empty;       /* nothing was written at this level */
    bool metadata;    /* the value at `base` must be no bare number */
    char *p;          /* window */
    uint32_t size;    /* of the window */
    uint32_t skip;    /* position of the window in what is written */
    uint32_t n;       /* written so far, inside and outside the window */
    uint32_t objects; /* bit per level: object */
    const char *why;  /* first error, a constant text; NULL = none */
    const char *lent; /* arguments of a list must not lie in [lent, lent + lent_size): the work buffer */
    uint32_t lent_size;
};

void kratos_out_begin(struct kratos_out *out, void *p, size_t size, uint32_t skip);
void kratos_out_fail(struct kratos_out *out, const char *why);

/* Bytes as they are. */
void kratos_out_raw(struct kratos_out *out, const char *p, size_t n);
void kratos_out_text(struct kratos_out *out, const char *s);
#define KRATOS_OUT(out, literal) kratos_out_raw(out, literal, sizeof(literal) - 1)
void kratos_out_number(struct kratos_out *out, uint32_t v);

/* Percent-encodes everything outside RFC 3986's unreserved characters; control characters are refused. */
void kratos_out_percent(struct kratos_out *out, const char *s);

/* One query parameter; value NULL: none. Lists: one a value. */
void kratos_out_query(struct kratos_out *out, const char *name, const char *value);
void kratos_out_query_number(struct kratos_out *out, const char *name, uint32_t value);
void kratos_out_query_list(struct kratos_out *out, const char *name, const char *const *values);

/* One member; NULL or unset: none. Typed texts refuse control characters. */
void kratos_out_member(struct kratos_out *out, const char *name, const char *value);
void kratos_out_member_value(struct kratos_out *out, const char *name, const struct kratos_value *value);
void kratos_out_flag(struct kratos_out *out, const char *name, bool value);

/* The same for metadata of an identity. Kratos stores a bare number there, and then every read of that identity and of
 * its list page is a 500 (seen on SQLite): it is refused, however it is written. */
void kratos_out_metadata(struct kratos_out *out, const char *name, const struct kratos_value *value);

/* The texts of `body` that a table names (field.body), in its order. */
void kratos_out_texts(struct kratos_out *out, const struct kratos_field *fields, size_t field_count, const void *body);

/* The top of a body is one complete value: call after the last byte. */
void kratos_out_end(struct kratos_out *out);

static inline bool kratos_value_given(const struct kratos_value *value)
{
    return value->text != NULL || value->write != NULL;
}

#endif
