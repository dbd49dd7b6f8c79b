/* SPDX-License-Identifier: Apache-2.0
 *
 * A kratos_io round another one that shows the bytes of each exchange, "> " sent and "< " received, in a form to be read: on a
 * serial console, in a log, in a demo. It needs no printf and no memory but its struct, must never change what passes, and never
 * show a secret, wherever the calls cut it.
 *
 *     static struct kratos_trace trace;
 *     rc = kratos_init(&k, &config, kratos_trace_io(&trace, kratos_lwip_io(&tcp), uart_put, NULL));
 *
 * Round a TLS io it shows what is inside TLS. Without a port (read NULL) there is nothing to put it round.
 *
 * Shown as "***": the headers Authorization, Proxy-Authorization, Cookie and Set-Cookie, and in JSON bodies the text values of
 * the members that carry secrets of Kratos (kratos_trace.c has the list), at any depth and with nested quotes, and what a JSON
 * Patch sets below /credentials, where its path stands before its value. Not seen: secrets under other names (in your own
 * traits), member names written with \u escapes, bodies that are compressed. A build for customers leaves it out.
 */
#ifndef KRATOS_TRACE_H
#define KRATOS_TRACE_H

#include "kratos.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Private: the beginning of a name or value that is being looked at. */
struct kratos_trace_word {
    uint8_t size;
    char text[40];
};

/* Private: one direction. */
struct kratos_trace_lane {
    char mark;
    uint8_t where, json; /* in the message, in its JSON */
    uint8_t header;      /* which one the value belongs to */
    bool chunked, bodyless, has_length, trailer;
    bool secret_path; /* the operation of a JSON Patch is below /credentials */
    bool escape;      /* the byte before was the backslash of a JSON string */
    bool cr;          /* the byte before was a CR that is not shown yet */
    bool begun;       /* the line on paper has begun */
    struct kratos_trace_word head, member;
    uint64_t left;         /* bytes to come of the body or of the chunk */
    size_t column, hidden; /* characters shown in this line, bytes cut off it */
};

/* Takes n bytes of text, at most a few hundred at a time; lines end with "\n". */
typedef void (*kratos_trace_put)(void *arg, const char *s, size_t n);

struct kratos_trace {
    size_t width; /* body lines are cut after that many characters; 0 = never. 160 unless set */
    /* Private. */
    struct kratos_io io;
    const struct kratos_io *inner;
    kratos_trace_put put;
    void *arg;
    bool open;
    struct kratos_trace_lane sent, received;
};

/* Prepares t and returns the io inside; inner, put and arg are kept. One struct kratos at a time. t must not be moved while
 * it is used. */
const struct kratos_io *kratos_trace_io(struct kratos_trace *t, const struct kratos_io *inner, kratos_trace_put put,
                                        void *arg);

#ifdef __cplusplus
}
#endif
#endif
