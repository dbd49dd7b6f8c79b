/* SPDX-License-Identifier: Apache-2.0
 *
 * The reply reader of http.h. What RFC 9112 leaves to choice is decided for safety: a bare LF or CR, a folded line,
 * two lengths that differ, a length beside a transfer coding and any coding but "chunked" are refused. It must never
 * keep text.
 */
#include "http.h"
#include "text.h"

#include <string.h>

enum state {
    STATUS_OR_BLANK, /* some servers send an empty line behind a 100 Continue: one is passed over */
    STATUS,
    HEADERS = KRATOS_HTTP_IN_HEAD,
    COMPLETE = KRATOS_HTTP_COMPLETE,
    LENGTH, /* body bytes follow from here ... */
    UNTIL_CLOSE,
    CHUNK_DATA,  /* ... to here; behind it are the states of frames */
    CHUNK_FIRST, /* first digit of a chunk's size */
    CHUNK_SIZE,
    CHUNK_BLANK, /* behind the size (RFC 9112 7.1.1 allows it before a semicolon; some servers pad) */
    CHUNK_EXTENSION,
    TRAILER_FIRST,
    TRAILER_NAME,
    TRAILER,
    CHUNK_LF, /* one byte is possible from here on, see expected[] */
    TRAILER_LF,
    END_LF,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF
};

void kratos_http_begin(struct kratos_http *h)
{
    memset(h, 0, sizeof *h);
    h->total = UINT32_MAX;
}

/* "HTTP/1.1 200 OK". The reason phrase may be missing, and its blank too. */
static enum kratos_http_line status_line(struct kratos_http *h, const char *p, size_t n)
{
    if (n == 0 && h->state == STATUS_OR_BLANK) {
        h->state = STATUS;
        return KRATOS_HTTP_MORE;
    }
    if (n < 12 || !kratos_text_shaped(p, "HTTP/1.0 000") || (n > 12 && p[12] != ' ') || p[9] == '0' || p[9] > '5') {
        return KRATOS_HTTP_BAD;
    }
    h->status = (uint16_t)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
    h->flags = p[7] == '0' || h->status == 421 ? KRATOS_HTTP_CLOSE : 0; /* 421: the wrong connection for this host */
    if (h->status == 101) {
        return KRATOS_HTTP_BAD;
    }
    h->state = HEADERS;
    return KRATOS_HTTP_MORE;
}

/* Where the body ends: RFC 9112 section 6.3, but that a length beside a coding is refused whatever the status. */
static enum kratos_http_line head_end(struct kratos_http *h)
{
    unsigned framing = h->flags & (KRATOS_HTTP_CHUNKED | KRATOS_HTTP_LENGTH);
    if (h->status < 200) {
        uint16_t overhead = h->overhead;
        kratos_http_begin(h);
        h->overhead = overhead;
        return KRATOS_HTTP_MORE;
    }
    if (framing == (KRATOS_HTTP_CHUNKED | KRATOS_HTTP_LENGTH)) {
        return KRATOS_HTTP_BAD;
    }
    if (h->status == 204 && (framing == KRATOS_HTTP_CHUNKED || h->left != 0)) {
        h->flags |= KRATOS_HTTP_CLOSE; /* a body is announced: it may follow all the same */
    }
    if (h->status == 204 || h->status == 304) {
        h->state = COMPLETE;
    } else if (framing == KRATOS_HTTP_CHUNKED) {
        h->state = CHUNK_FIRST;
    } else if (framing == KRATOS_HTTP_LENGTH) {
        h->state = h->left != 0 ? LENGTH : COMPLETE;
    } else {
        h->state = UNTIL_CLOSE;
        h->flags |= KRATOS_HTTP_CLOSE;
    }
    return KRATOS_HTTP_HEAD_END;
}

bool kratos_http_overhead(struct kratos_http *h, size_t n)
{
    if (n > (size_t)(KRATOS_OVERHEAD_MAX - h->overhead)) {
        return false;
    }
    h->overhead = (uint16_t)(h->overhead + n);
    return true;
}

enum kratos_http_line kratos_http_line(struct kratos_http *h, char **p, size_t *n)
{
    if (!kratos_http_overhead(h, *n + 2)) {
        return KRATOS_HTTP_BAD;
    }
    if (h->state != HEADERS) {
        return status_line(h, *p, *n);
    }
    return *n == 0 ? head_end(h) : kratos_header_line(h, p, n);
}

/* ---- Body ------------------------------------------------------------------------------------ */

static bool chunk_digit(struct kratos_http *h, char c)
{
    unsigned v = kratos_text_hex(c);
    if (v == 16 || h->left >> 28 != 0) {
        return false;
    }
    h->left = h->left << 4 | v;
    h->state = CHUNK_SIZE;
    return true;
}

static bool one_byte(struct kratos_http *h, char c)
{
    static const struct {
        char c;
        uint8_t next;
    } expected[] = {
        {'\n', CHUNK_DATA}, {'\n', TRAILER_FIRST}, {'\n', COMPLETE}, {'\r', CHUNK_DATA_LF}, {'\n', CHUNK_FIRST},
    };
    unsigned i = h->state - (unsigned)CHUNK_LF;
    h->state = i == 0 && h->left == 0 ? TRAILER_FIRST : expected[i].next; /* the last chunk is empty */
    return c == expected[i].c;
}

/* A line of the frame ends. */
static bool line_end(struct kratos_http *h)
{
    bool early = h->state == CHUNK_FIRST || h->state == TRAILER_NAME;
    h->state = h->state == TRAILER_FIRST ? END_LF : h->state == TRAILER ? TRAILER_LF : CHUNK_LF;
    return !early;
}

/* One byte of a chunk's frame, or of a trailer: known to be good, or refused. */
static bool frame(struct kratos_http *h, char c)
{
    if (h->state >= CHUNK_LF) {
        return one_byte(h, c);
    }
    if (c == '\r') {
        return line_end(h);
    }
    switch (h->state) {
    case CHUNK_FIRST: /* what is left is 0 here */
        return chunk_digit(h, c);
    case CHUNK_SIZE:
    case CHUNK_BLANK:
        if (c == ';' || c == ' ' || c == '\t') {
            h->state = c == ';' ? CHUNK_EXTENSION : CHUNK_BLANK;
            return true;
        }
        return h->state == CHUNK_SIZE && chunk_digit(h, c);
    case TRAILER_NAME:
        if (c == ':') {
            h->state = TRAILER;
            return true;
        }
        return (kratos_text_of(c) & KRATOS_TEXT_TOKEN) != 0;
    case TRAILER_FIRST:
        h->state = TRAILER_NAME;
        return (kratos_text_of(c) & KRATOS_TEXT_TOKEN) != 0;
    default:
        return !kratos_text_control(c);
    }
}

bool kratos_http_body(struct kratos_http *h, const char *p, size_t n, size_t *used, size_t *data)
{
    size_t i;
    for (i = 0; i < n && h->state > CHUNK_DATA; i++) {
        *used = i;
        if (!kratos_http_overhead(h, 1) || !frame(h, p[i])) {
            return false;
        }
    }
    *used = i;
    n = kratos_http_complete(h) ? 0 : n - i;
    *data = h->state != UNTIL_CLOSE && n > h->left ? h->left : n;
    return true;
}

void kratos_http_took(struct kratos_http *h, size_t n)
{
    h->overhead = 0;
    if (h->state == UNTIL_CLOSE) {
        return;
    }
    h->left -= (uint32_t)n;
    if (h->left == 0) {
        h->state = h->state == LENGTH ? COMPLETE : CHUNK_DATA_CR;
    }
}

bool kratos_http_closed(struct kratos_http *h)
{
    if (h->state != UNTIL_CLOSE) {
        return false;
    }
    h->state = COMPLETE;
    return true;
}
