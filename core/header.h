/* SPDX-License-Identifier: Apache-2.0
 *
 * The header lines of a reply: those that say how long it is, what it is, and how long to wait. It must never know
 * where a head or a body ends.
 */
#ifndef KRATOS_HEADER_H
#define KRATOS_HEADER_H

#include "kratos.h"

/* kratos_http.flags */
enum {
    KRATOS_HTTP_JSON = 1,  /* Content-Type is application/json */
    KRATOS_HTTP_CLOSE = 2, /* the connection ends with this reply */
    KRATOS_HTTP_CHUNKED = 4,
    KRATOS_HTTP_LENGTH = 8,
    KRATOS_HTTP_ENCODED = 16,   /* Content-Encoding, against what was asked for */
    KRATOS_HTTP_DATED = 32,     /* Date was read */
    KRATOS_HTTP_RETRY_DATE = 64 /* Retry-After was a date */
};

/* What a line of a head was. */
enum kratos_http_line {
    KRATOS_HTTP_MORE,
    KRATOS_HTTP_HEAD_END, /* the body begins */
    KRATOS_HTTP_LOCATION,
    KRATOS_HTTP_BAD
};

/* Headers by name. A reply cannot be read without those up to CONTENT_TYPE; those before LOCATION are written by the
 * library itself. */
enum kratos_header_name {
    KRATOS_CONTENT_LENGTH,
    KRATOS_TRANSFER_ENCODING,
    KRATOS_CONNECTION,
    KRATOS_CONTENT_TYPE,
    KRATOS_HOST,
    KRATOS_EXPECT,
    KRATOS_ACCEPT,
    KRATOS_ACCEPT_ENCODING,
    KRATOS_AUTHORIZATION,
    KRATOS_USER_AGENT,
    KRATOS_LOCATION,
    KRATOS_TOTAL_COUNT,
    KRATOS_DATE,
    KRATOS_RETRY_AFTER,
    KRATOS_RATELIMIT_RESET,
    KRATOS_CONTENT_ENCODING,
    KRATOS_OTHER_HEADER
};

enum kratos_header_name kratos_header_name(const char *name, size_t n);

/* One header line. For LOCATION (of a 3xx), *p and *n become its value. */
enum kratos_http_line kratos_header_line(struct kratos_http *h, char **p, size_t *n);

/* True when a header line that begins so may be passed over unread, since the reply can be read without it. */
bool kratos_header_dispensable(const char *p, size_t n);

/* What was asked to wait, in ms: the longest of all x-ratelimit-reset and Retry-After, at least a second and at most a day
 * (a minute where it is not said how long in words that can be read); 0: nothing was asked. Read of refusals only. */
uint32_t kratos_header_wait_ms(const struct kratos_http *h);

#endif
