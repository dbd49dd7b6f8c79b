/* SPDX-License-Identifier: Apache-2.0
 *
 * A kratos_io round another one that shows the bytes of each exchange, "> " sent and "< " received,
 * in a form to be read in a demo. It must never change what passes, and never show a secret,
 * wherever the calls cut it.
 *
 * Shown as "***": the headers Authorization, Proxy-Authorization, Cookie and Set-Cookie, and in
 * JSON bodies the text values of the members that carry secrets of Kratos (bytes.c has the list),
 * at any depth and with nested quotes. Not seen: secrets under other names (in your own traits, or
 * a "value" of a JSON Patch), member names written with \u escapes, bodies that are compressed.
 */
#ifndef KRATOS_BYTES_H
#define KRATOS_BYTES_H

#include <stdio.h>

#include "kratos.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Private: the beginning of a name or value that is being looked at. */
struct kratos_bytes_word {
    uint8_t size;
    char text[40];
};

/* Private: one direction. */
struct kratos_bytes_lane {
    char mark;
    uint8_t where, json; /* in the message, in its JSON */
    uint8_t header;      /* which one the value belongs to */
    bool chunked, bodyless, has_length, trailer;
    bool escape; /* the byte before was the backslash of a JSON string */
    bool cr;     /* the byte before was a CR that is not shown yet */
    bool begun;  /* the line on paper has begun */
    struct kratos_bytes_word head, member;
    uint64_t left;         /* bytes to come of the body or of the chunk */
    size_t column, hidden; /* characters shown in this line, bytes cut off it */
};

struct kratos_bytes {
    size_t width; /* body lines are cut after that many characters; 0 = never. 160 unless set */
    /* Private. */
    struct kratos_io io;
    const struct kratos_io *inner;
    FILE *out;
    bool open;
    struct kratos_bytes_lane sent, received;
};

/* Prepares b and returns the io inside. inner and out are kept by pointer; out is flushed after
 * every call that showed something, and never closed. */
const struct kratos_io *kratos_bytes_io(struct kratos_bytes *b, const struct kratos_io *inner, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
