/* SPDX-License-Identifier: Apache-2.0
 *
 * A server in memory whose answers a test function makes, behind a kratos_io. Simpler than test/wire's script, and it can
 * look at what was asked. It must never know an operation.
 */
#ifndef TEST_UNIT_PEER_H
#define TEST_UNIT_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kratos.h"

#define PEER_SIZE 100000
#define PEER_ANY SIZE_MAX

struct peer {
    /* Makes the answer to one whole request with the functions below. NULL: never answers. */
    void (*serve)(struct peer *peer, const char *request, size_t n);
    void *arg;
    uint32_t now;
    uint32_t step_ms;  /* every io call lets this much time pass */
    size_t piece;      /* most bytes a read or write moves; 0 = any number */
    size_t record_max; /* a reply larger than this is KRATOS_ERR_SPACE; 0 = none is */
    size_t cut_at;     /* each connection closes after so many bytes of replies; PEER_ANY = never */
    unsigned cuts;     /* so many connections do */
    unsigned stale;    /* so many of the next requests meet a connection that is dead without a byte */
    int open_rc;       /* what open gives instead */

    struct kratos_io io;
    struct kratos_config config;
    struct kratos k;
    bool open, cut;
    unsigned opens, closes, requests;
    int last_wait_ms;
    char in[PEER_SIZE], out[PEER_SIZE]; /* the request that arrives; the replies that are to be read */
    char last[PEER_SIZE];               /* the last whole request, terminated */
    size_t in_n, out_n, out_at, last_n, given, written;
};

/* Fresh peer and client over `work`. */
void peer_begin(struct peer *peer, void *work, size_t work_size);

/* kratos_init() again, after config or io were changed. */
int peer_init(struct peer *peer);

/* Answers: head is "200 OK\r\nLink: ...\r\n"; the body gets its type and framing. */
void peer_reply(struct peer *peer, const char *head, const char *body);
void peer_reply_chunked(struct peer *peer, const char *head, const char *body, size_t chunk);
void peer_raw(struct peer *peer, const char *p, size_t n);

/* The request's target: true when it has the query parameter; its value is copied, percent-decoded. */
bool peer_query(const char *request, const char *name, char *value, size_t size);

#endif
