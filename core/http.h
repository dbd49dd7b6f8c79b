/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads an HTTP/1.x reply (RFC 9112): the head line by line, the framing of the body byte by byte. Push
 * style: it is given bytes and says what they were. It must never know the operation, JSON, the connection
 * or the buffer.
 */
#ifndef KRATOS_HTTP_H
#define KRATOS_HTTP_H

#include "kratos.h"

/* kratos_http.flags */
enum {
    KRATOS_HTTP_JSON = 1,  /* Content-Type is application/json */
    KRATOS_HTTP_CLOSE = 2, /* the connection ends with this reply */
    KRATOS_HTTP_CHUNKED = 4,
    KRATOS_HTTP_LENGTH = 8,
    KRATOS_HTTP_DATED = 32,     /* Date was read */
    KRATOS_HTTP_RETRY_DATE = 64 /* Retry-After was a date */
};

enum kratos_http_line {
    KRATOS_HTTP_MORE,
    KRATOS_HTTP_HEAD_END, /* the body begins */
    KRATOS_HTTP_LOCATION,
    KRATOS_HTTP_BAD
};

void kratos_http_begin(struct kratos_http *h);

/* One line of the head without its CR LF. For LOCATION, *p and *n become its value. */
enum kratos_http_line kratos_http_line(struct kratos_http *h, char **p, size_t *n);

/* True when a line holds no control character but tabs. */
bool kratos_http_clean(const char *p, size_t n);

/* Counts bytes that are no body. False: too many in a row. */
bool kratos_http_overhead(struct kratos_http *h, size_t n);

/* True when a line that begins so may be passed over unread: a header that can be done without. */
bool kratos_http_dispensable(const struct kratos_http *h, const char *p, size_t n);

/* Reads framing: *used bytes of it were read, then *data bytes of body follow (both may be 0). False:
 * broken. Report the body bytes taken with kratos_http_took(). */
bool kratos_http_body(struct kratos_http *h, const char *p, size_t n, size_t *used, size_t *data);
void kratos_http_took(struct kratos_http *h, size_t n);

bool kratos_http_complete(const struct kratos_http *h);

/* The peer closed in order. True: that was the end of the reply. */
bool kratos_http_closed(struct kratos_http *h);

/* What the server asked to wait, in ms: x-ratelimit-reset or Retry-After, the longer one. */
uint32_t kratos_http_wait_ms(const struct kratos_http *h);

#endif
