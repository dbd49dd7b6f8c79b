/* SPDX-License-Identifier: Apache-2.0
 *
 * What a table says of a member of JSON: where it goes in a result struct, and where it comes from in a request's. It
 * must never know a particular table.
 */
#ifndef KRATOS_FIELD_H
#define KRATOS_FIELD_H

#include "kratos.h"

enum kratos_field_kind {
    KRATOS_FIELD_ID,       /* char[KRATOS_ID_SIZE]; must be there */
    KRATOS_FIELD_STR,      /* kratos_str, decoded in place; const char * in a request */
    KRATOS_FIELD_STR_MUST, /* the same, must be there */
    KRATOS_FIELD_TEXT,     /* the same, "" where absent or null; set to that before */
    KRATOS_FIELD_JSON,     /* kratos_json, verbatim; struct kratos_value in a request */
    KRATOS_FIELD_METADATA, /* the same; in a request no bare number, see out.h */
    KRATOS_FIELD_BOOL
};

struct kratos_field {
    const char *name;
    uint16_t offset; /* of the member in the result struct */
    uint8_t kind;
    uint8_t body; /* 1 + offset of the member in the request's struct; 0: not in requests */
};

#endif
