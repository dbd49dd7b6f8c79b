/* SPDX-License-Identifier: Apache-2.0
 *
 * The reply reader of http.h. Numbers are read digit by digit with an overflow check, never by a library
 * function, and what RFC 9112 leaves to choice is decided for safety: a bare LF, a folded line, two lengths
 * that differ, a length beside a transfer coding and any coding but "chunked" are refused. It must never
 * keep text.
 */
#include "http.h"
#include "text.h"

#include <string.h>

enum state {
    STATUS,
    HEADERS,
    NO_BODY,  /* complete from here ... */
    COMPLETE, /* ... to here */
    LENGTH,
    UNTIL_CLOSE,
    CHUNK_FIRST, /* first digit of a chunk's size */
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    TRAILER_FIRST,
    TRAILER,
    TRAILER_LF,
    END_LF
};

struct text {
    char *p;
    size_t n;
};

void kratos_http_begin(struct kratos_http *h)
{
    memset(h, 0, sizeof *h);
    h->total = UINT32_MAX;
    h->state = STATUS;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/* `word` is lower case. */
static bool is(struct text t, const char *word)
{
    size_t i;
    for (i = 0; i < t.n; i++) {
        if (word[i] == '\0' || lower(t.p[i]) != word[i]) {
            return false;
        }
    }
    return word[t.n] == '\0';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool number(struct text t, uint32_t *v)
{
    uint32_t u = 0;
    size_t i;
    for (i = 0; i < t.n; i++) {
        uint32_t d = (uint32_t)(unsigned char)t.p[i] - '0';
        if (d > 9 || u > (UINT32_MAX - d) / 10) {
            return false;
        }
        u = u * 10 + d;
    }
    *v = u;
    return t.n != 0;
}

/* ---- Dates ----------------------------------------------------------------------------------- */

static uint32_t two(const char *p)
{
    return (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7) in seconds, modulo 2^32: only differences are used. */
static bool date(struct text t, uint32_t *seconds)
{
    static const char shape[] = "Aaa, 00 Aaa 0000 00:00:00 GMT", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint32_t year, days;
    size_t month, i;
    if (t.n != sizeof shape - 1) {
        return false;
    }
    for (i = 0; i < t.n; i++) {
        bool wanted = shape[i] == '0' ? digit(t.p[i]) : shape[i] == 'A' || shape[i] == 'a' || shape[i] == t.p[i];
        if (!wanted) {
            return false;
        }
    }
    for (month = 0; month < 12 && memcmp(months + 3 * month, t.p + 8, 3) != 0; month++) {
    }
    year = two(t.p + 12) * 100 + two(t.p + 14);
    if (month == 12 || year < 1970) {
        return false;
    }
    month = month < 2 ? month + 10 : month - 2; /* March is 0, so that the leap day comes last */
    year -= month > 9;
    days = two(t.p + 5) + ((uint32_t)month * 153 + 2) / 5 + year * 365 + year / 4 - year / 100 + year / 400;
    *seconds = ((days * 24 + two(t.p + 17)) * 60 + two(t.p + 20)) * 60 + two(t.p + 23);
    return true;
}

static uint32_t to_ms(uint32_t seconds)
{
    return seconds > UINT32_MAX / 1000 ? UINT32_MAX : seconds * 1000;
}

uint32_t kratos_http_wait_ms(const struct kratos_http *h)
{
    uint32_t until = h->retry_at - h->date;
    bool dated = (h->flags & KRATOS_HTTP_RETRY_DATE) && (h->flags & KRATOS_HTTP_DATED) && until < INT32_MAX;
    uint32_t ms = dated ? to_ms(until) : 0;
    return ms > h->retry_ms ? ms : h->retry_ms;
}

static unsigned hex_digit(char c)
{
    return digit(c) ? (unsigned)(c - '0') : (unsigned)(lower(c) - 'a') < 6 ? (unsigned)(lower(c) - 'a' + 10) : 16;
}

/* ---- Head ------------------------------------------------------------------------------------ */

enum header {
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    CONTENT_TYPE,
    LOCATION,
    DATE,
    RETRY_AFTER,
    RATELIMIT_RESET,
    TOTAL_COUNT,
    OTHER
};

static enum header header(struct text name)
{
    static const char names[] = "content-length\0transfer-encoding\0connection\0content-type\0location\0date\0"
                                "retry-after\0x-ratelimit-reset\0x-total-count\0";
    const char *p = names;
    unsigned i;
    for (i = 0; i < OTHER && !is(name, p); i++) {
        p += kratos_text_size(p) + 1;
    }
    return (enum header)i;
}

static bool content_length(struct kratos_http *h, struct text v)
{
    uint32_t length;
    bool twice = (h->flags & KRATOS_HTTP_LENGTH) != 0;
    if (!number(v, &length) || (twice && length != h->left)) {
        return false;
    }
    h->flags |= KRATOS_HTTP_LENGTH;
    h->left = length;
    return true;
}

static bool transfer_encoding(struct kratos_http *h, struct text v)
{
    bool twice = (h->flags & KRATOS_HTTP_CHUNKED) != 0;
    h->flags |= KRATOS_HTTP_CHUNKED;
    return is(v, "chunked") && !twice;
}

static void content_type(struct kratos_http *h, struct text v)
{
    size_t n = 0;
    while (n < v.n && v.p[n] != ';' && v.p[n] != ' ') {
        n++;
    }
    v.n = n;
    if (is(v, "application/json")) {
        h->flags |= KRATOS_HTTP_JSON;
    }
}

static void retry_after(struct kratos_http *h, struct text v)
{
    uint32_t seconds;
    if (number(v, &seconds)) {
        h->retry_ms = to_ms(seconds) > h->retry_ms ? to_ms(seconds) : h->retry_ms;
    } else if (date(v, &h->retry_at)) {
        h->flags |= KRATOS_HTTP_RETRY_DATE;
    }
}

static enum kratos_http_line field(struct kratos_http *h, struct text name, struct text *v)
{
    switch (header(name)) {
    case CONTENT_LENGTH:
        return content_length(h, *v) ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD;
    case TRANSFER_ENCODING:
        return transfer_encoding(h, *v) ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD;
    case CONNECTION:
        if (!is(*v, "keep-alive")) {
            h->flags |= KRATOS_HTTP_CLOSE;
        }
        return KRATOS_HTTP_MORE;
    case CONTENT_TYPE:
        content_type(h, *v);
        return KRATOS_HTTP_MORE;
    case LOCATION:
        return KRATOS_HTTP_LOCATION;
    case DATE:
        h->flags |= date(*v, &h->date) ? KRATOS_HTTP_DATED : 0;
        return KRATOS_HTTP_MORE;
    case RETRY_AFTER:
    case RATELIMIT_RESET:
        retry_after(h, *v);
        return KRATOS_HTTP_MORE;
    case TOTAL_COUNT:
        if (!number(*v, &h->total)) {
            h->total = UINT32_MAX;
        }
        return KRATOS_HTTP_MORE;
    default:
        return KRATOS_HTTP_MORE;
    }
}

static bool token_character(char c)
{
    return digit(c) || (unsigned)(lower(c) - 'a') < 26 || kratos_text_has("!#$%&'*+-.^_`|~", c);
}

bool kratos_http_clean(const char *p, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static struct text name_of(const char *p, size_t n)
{
    struct text name;
    name.p = (char *)(uintptr_t)p;
    name.n = 0;
    while (name.n < n && token_character(p[name.n])) {
        name.n++;
    }
    return name;
}

static enum kratos_http_line header_line(struct kratos_http *h, char **p, size_t *n)
{
    struct text name = name_of(*p, *n), v;
    enum kratos_http_line result;
    if (name.n == 0 || name.n == *n || name.p[name.n] != ':') {
        return KRATOS_HTTP_BAD;
    }
    v.p = name.p + name.n + 1;
    v.n = *n - name.n - 1;
    while (v.n != 0 && (*v.p == ' ' || *v.p == '\t')) {
        v.p++;
        v.n--;
    }
    while (v.n != 0 && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t')) {
        v.n--;
    }
    if (!kratos_http_clean(v.p, v.n)) {
        return KRATOS_HTTP_BAD;
    }
    result = field(h, name, &v);
    *p = v.p;
    *n = v.n;
    return result;
}

/* "HTTP/1.1 200 OK". The reason phrase may be missing, and its blank too. */
static enum kratos_http_line status_line(struct kratos_http *h, const char *p, size_t n)
{
    if (n < 12 || memcmp(p, "HTTP/1.", 7) != 0 || !digit(p[7]) || p[8] != ' ' || !digit(p[9]) || !digit(p[10]) ||
        !digit(p[11]) || (n > 12 && p[12] != ' ') || p[9] == '0' || p[9] > '5') {
        return KRATOS_HTTP_BAD;
    }
    h->status = (uint16_t)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
    h->flags = p[7] == '0' ? KRATOS_HTTP_CLOSE : 0;
    h->state = HEADERS;
    return h->status == 101 ? KRATOS_HTTP_BAD : KRATOS_HTTP_MORE;
}

/* Where the body ends: RFC 9112 section 6.3, in its order. */
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
    if (h->status == 204 || h->status == 304) {
        h->state = NO_BODY;
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
    if (h->state == STATUS) {
        return status_line(h, *p, *n);
    }
    return *n == 0 ? head_end(h) : header_line(h, p, n);
}

bool kratos_http_dispensable(const struct kratos_http *h, const char *p, size_t n)
{
    struct text name = name_of(p, n);
    enum header which = header(name);
    return h->state == HEADERS && name.n < n && p[name.n] == ':' && (which == OTHER || which == LOCATION);
}

/* ---- Body ------------------------------------------------------------------------------------ */

static bool chunk_digit(struct kratos_http *h, char c)
{
    unsigned v = hex_digit(c);
    if (v == 16 || h->left >> 28 != 0) {
        return false;
    }
    h->left = h->left << 4 | v;
    h->state = CHUNK_SIZE;
    return true;
}

static bool expect(struct kratos_http *h, char c, char wanted, enum state next)
{
    h->state = (uint8_t)next;
    return c == wanted;
}

/* One byte of a chunk's frame. */
static bool frame(struct kratos_http *h, char c)
{
    switch (h->state) {
    case CHUNK_FIRST:
        h->left = 0;
        return chunk_digit(h, c);
    case CHUNK_SIZE:
        if (c == '\r') {
            h->state = CHUNK_LF;
            return true;
        }
        if (c == ';' || c == ' ' || c == '\t') {
            h->state = CHUNK_EXTENSION;
            return true;
        }
        return chunk_digit(h, c);
    case CHUNK_EXTENSION:
        h->state = c == '\r' ? CHUNK_LF : CHUNK_EXTENSION;
        return c != '\n' && c != '\0';
    case CHUNK_LF:
        return expect(h, c, '\n', h->left != 0 ? CHUNK_DATA : TRAILER_FIRST);
    case CHUNK_DATA_CR:
        return expect(h, c, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF:
        return expect(h, c, '\n', CHUNK_FIRST);
    case TRAILER_FIRST:
        h->state = c == '\r' ? END_LF : TRAILER;
        return c != '\n';
    case TRAILER:
        h->state = c == '\r' ? TRAILER_LF : TRAILER;
        return c != '\n';
    case TRAILER_LF:
        return expect(h, c, '\n', TRAILER_FIRST);
    case END_LF:
        return expect(h, c, '\n', COMPLETE);
    default:
        return false;
    }
}

static bool has_data(const struct kratos_http *h)
{
    return h->state == LENGTH || h->state == CHUNK_DATA || h->state == UNTIL_CLOSE;
}

bool kratos_http_body(struct kratos_http *h, const char *p, size_t n, size_t *used, size_t *data)
{
    *data = 0;
    for (*used = 0; *used < n && !kratos_http_complete(h) && !has_data(h); ++*used) {
        if (h->overhead == KRATOS_OVERHEAD_MAX || !frame(h, p[*used])) {
            return false;
        }
        h->overhead++;
    }
    if (has_data(h)) {
        *data = n - *used;
        if (h->state != UNTIL_CLOSE && *data > h->left) {
            *data = h->left;
        }
    }
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

bool kratos_http_complete(const struct kratos_http *h)
{
    return h->state == NO_BODY || h->state == COMPLETE;
}

bool kratos_http_closed(struct kratos_http *h)
{
    if (h->state != UNTIL_CLOSE) {
        return false;
    }
    h->state = COMPLETE;
    return true;
}
