/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads an HTTP/1.x reply (RFC 9112): the head line by line, the framing of the body byte by byte. Push
 * style: it is given bytes and says what they were. It must never know the operation, JSON, the connection
 * or the buffer.
 */
#ifndef KRATOS_HTTP_H
#define KRATOS_HTTP_H

#include "header.h"

void kratos_http_begin(struct kratos_http *h);

/* Of kratos_http.state: up to the first one the head is being read. */
enum { KRATOS_HTTP_IN_HEAD = 2, KRATOS_HTTP_COMPLETE = 3 };

/* The status line was read, the head goes on. */
static inline bool kratos_http_in_fields(const struct kratos_http *h)
{
    return h->state == KRATOS_HTTP_IN_HEAD;
}

static inline bool kratos_http_in_head(const struct kratos_http *h)
{
    return h->state <= KRATOS_HTTP_IN_HEAD;
}

static inline bool kratos_http_complete(const struct kratos_http *h)
{
    return h->state == KRATOS_HTTP_COMPLETE;
}

/* One line of the head without its CR LF, in which no control character is but tabs. For LOCATION (of a 3xx), *p and
 * *n become its value. */
enum kratos_http_line kratos_http_line(struct kratos_http *h, char **p, size_t *n);

/* Counts bytes that are no body. False: too many in a row. */
bool kratos_http_overhead(struct kratos_http *h, size_t n);

/* Reads framing: *used bytes of it were read, then *data bytes of body follow (both may be 0). False:
 * broken. Report the body bytes taken with kratos_http_took(). */
bool kratos_http_body(struct kratos_http *h, const char *p, size_t n, size_t *used, size_t *data);
void kratos_http_took(struct kratos_http *h, size_t n);

/* The peer closed in order. True: that was the end of the reply. */
bool kratos_http_closed(struct kratos_http *h);

#endif
