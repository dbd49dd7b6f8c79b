/* SPDX-License-Identifier: Apache-2.0
 *
 * The header lines of a reply: those that say how long it is, what it is, and how long to wait. Numbers are read digit
 * by digit with an overflow check, never by a library function. It must never know where a head or a body ends.
 */
#include "header.h"

#include <string.h>

#include "text.h"

struct text {
    char *p;
    size_t n;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* `word` is lower case. */
static bool is(struct text t, const char *word)
{
    return t.n == kratos_text_size(word) && kratos_text_alike(t.p, word, t.n);
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

static struct text trimmed(struct text t)
{
    while (t.n != 0 && blank(*t.p)) {
        t.p++;
        t.n--;
    }
    while (t.n != 0 && blank(t.p[t.n - 1])) {
        t.n--;
    }
    return t;
}

/* How much of t is in front of c. */
static size_t before(struct text t, char c)
{
    size_t n = 0;
    while (n < t.n && t.p[n] != c) {
        n++;
    }
    return n;
}

/* ---- Waiting --------------------------------------------------------------------------------- */

#define WAIT_MAX_S 86400u         /* no server that is worth waiting for means more than a day */
#define UNTOLD_S 60u              /* asked to wait, but not for how long in words that can be read */
#define TIME_MIN 1000000000u      /* numbers from here on are times: seconds since 1970, as some gateways send */
#define AT_1970 (719469u * 86400) /* what date() says of the first second of 1970, modulo 2^32 */

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7) in seconds, modulo 2^32: only differences are used. */
static bool date(struct text t, uint32_t *seconds)
{
    static const char shape[] = "AAA, 00 AAA 0000 00:00:00 GMT", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const uint8_t at[] = {12, 14, 5, 17, 20, 23}; /* century, year in it, day, hour, minute, second */
    uint32_t v[sizeof at], year, month = 0;
    size_t i;
    if (t.n != sizeof shape - 1 || !kratos_text_shaped(t.p, shape)) {
        return false;
    }
    for (i = 0; i < sizeof at; i++) {
        const char *two = t.p + at[i];
        v[i] = (uint32_t)(two[0] - '0') * 10 + (uint32_t)(two[1] - '0');
    }
    while (month < 12 && memcmp(months + 3 * (size_t)month, t.p + 8, 3) != 0) {
        month++;
    }
    if (month == 12) {
        return false;
    }
    year = v[0] * 100 + v[1] - (month < 2);
    month = (month + 10) % 12; /* March is 0, so that the leap day comes last */
    v[2] += (month * 153 + 2) / 5 + year * 365 + year / 4 - year / 100 + year / 400;
    *seconds = ((v[2] * 24 + v[3]) * 60 + v[4]) * 60 + v[5];
    return true;
}

static void wait_until(struct kratos_http *h, uint32_t at)
{
    if (!(h->flags & KRATOS_HTTP_RETRY_DATE) || at - h->retry_at <= INT32_MAX) {
        h->retry_at = at;
    }
    h->flags |= KRATOS_HTTP_RETRY_DATE;
}

/* 1 to WAIT_MAX_S. */
static uint32_t bounded(uint32_t seconds)
{
    return seconds == 0 ? 1 : seconds < WAIT_MAX_S ? seconds : WAIT_MAX_S;
}

static void retry_after(struct kratos_http *h, struct text v)
{
    struct text whole = {v.p, before(v, '.')};
    uint32_t at, seconds;
    if (date(v, &at)) {
        wait_until(h, at);
        return;
    }
    if (!number(whole, &seconds)) {
        seconds = UNTOLD_S;
    } else if (seconds >= TIME_MIN) {
        wait_until(h, seconds + AT_1970);
        return;
    } else if (whole.n < v.n) {
        seconds++; /* a fraction counts as a whole second */
    }
    seconds = bounded(seconds);
    h->retry_s = seconds > h->retry_s ? seconds : h->retry_s;
}

uint32_t kratos_header_wait_ms(const struct kratos_http *h)
{
    uint32_t seconds = h->retry_s, until = h->retry_at - h->date;
    if (h->flags & KRATOS_HTTP_RETRY_DATE) {
        until = !(h->flags & KRATOS_HTTP_DATED) ? UNTOLD_S : bounded(until <= INT32_MAX ? until : 0);
        seconds = until > seconds ? until : seconds;
    }
    return seconds * 1000;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

enum kratos_header_name kratos_header_name(const char *name, size_t n)
{
    static const char names[] = "\016content-length"
                                "\021transfer-encoding"
                                "\012connection"
                                "\014content-type"
                                "\004host"
                                "\006expect"
                                "\006accept"
                                "\017accept-encoding"
                                "\015authorization"
                                "\012user-agent"
                                "\010location"
                                "\015x-total-count"
                                "\004date"
                                "\013retry-after"
                                "\021x-ratelimit-reset"
                                "\020content-encoding";
    return (enum kratos_header_name)kratos_text_which(name, n, names);
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

/* One of the options between commas (RFC 9112 9.6). Others, as of a server that offers h2, end nothing. */
static bool closes(struct text v)
{
    for (;;) {
        struct text option = {v.p, before(v, ',')};
        if (is(trimmed(option), "close")) {
            return true;
        }
        if (option.n == v.n) {
            return false;
        }
        v.p += option.n + 1;
        v.n -= option.n + 1;
    }
}

static void content_type(struct kratos_http *h, struct text v)
{
    static const char json[] = "application/json";
    const size_t n = sizeof json - 1;
    if (v.n >= n && kratos_text_alike(v.p, json, n) && (v.n == n || v.p[n] == ';' || blank(v.p[n]))) {
        h->flags |= KRATOS_HTTP_JSON;
    }
}

/* What only a refusal is asked about. */
static void hint(struct kratos_http *h, enum kratos_header_name name, struct text v)
{
    if (h->status < 300) {
        return;
    }
    if (name != KRATOS_DATE) {
        retry_after(h, v);
    } else if (date(v, &h->date)) {
        h->flags |= KRATOS_HTTP_DATED;
    }
}

static enum kratos_http_line field(struct kratos_http *h, enum kratos_header_name name, struct text v)
{
    switch (name) {
    case KRATOS_CONTENT_LENGTH:
        return content_length(h, v) ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD;
    case KRATOS_TRANSFER_ENCODING:
        return transfer_encoding(h, v) ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD;
    case KRATOS_CONNECTION:
        if (closes(v)) {
            h->flags |= KRATOS_HTTP_CLOSE;
        }
        return KRATOS_HTTP_MORE;
    case KRATOS_CONTENT_TYPE:
        content_type(h, v);
        return KRATOS_HTTP_MORE;
    case KRATOS_LOCATION:
        return h->status / 100 == 3 ? KRATOS_HTTP_LOCATION : KRATOS_HTTP_MORE;
    case KRATOS_TOTAL_COUNT:
        if (!number(v, &h->total)) {
            h->total = UINT32_MAX;
        }
        return KRATOS_HTTP_MORE;
    case KRATOS_CONTENT_ENCODING:
        h->flags |= KRATOS_HTTP_ENCODED; /* "identity" does not stand there (RFC 9110 8.4.1) */
        return KRATOS_HTTP_MORE;
    case KRATOS_DATE:
    case KRATOS_RETRY_AFTER:
    case KRATOS_RATELIMIT_RESET:
        hint(h, name, v);
        return KRATOS_HTTP_MORE;
    default:
        return KRATOS_HTTP_MORE;
    }
}

/* How long the name of a header is; 0 where it is not followed by its colon. */
static size_t name_size(const char *p, size_t n)
{
    size_t size = 0;
    while (size < n && (kratos_text_of(p[size]) & KRATOS_TEXT_TOKEN)) {
        size++;
    }
    return size < n && p[size] == ':' ? size : 0;
}

enum kratos_http_line kratos_header_line(struct kratos_http *h, char **p, size_t *n)
{
    size_t size = name_size(*p, *n);
    enum kratos_header_name name = kratos_header_name(*p, size);
    struct text v;
    if (size == 0) {
        return KRATOS_HTTP_BAD;
    }
    v.p = *p + size + 1;
    v.n = *n - size - 1;
    v = trimmed(v);
    *p = v.p;
    *n = v.n;
    return field(h, name, v);
}

bool kratos_header_dispensable(const char *p, size_t n)
{
    size_t size = name_size(p, n);
    return size != 0 && kratos_header_name(p, size) > KRATOS_CONTENT_TYPE;
}
