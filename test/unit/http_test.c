/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h by itself, against RFC 9112, 9110 and 3986: each byte value where it may and may not stand, frames at every split,
 * limits met exactly and by one more, dates against a calendar that is counted day by day. What is given to the reader lies in
 * heap blocks of its exact size, so that a sanitizer sees each byte too far. Control characters in a head never come to http.c:
 * that part of it is shown through the whole client.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http.h"
#include "peer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define UUID "11111111-2222-4333-8444-555555555555"
#define WHO "{\"id\":\"" UUID "\"}"
#define MAX ((size_t)KRATOS_OVERHEAD_MAX)

static struct kratos_http http;

/* ---- Classes of bytes, by the RFCs ------------------------------------------------------------ */

static bool is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 9110 5.6.2 */
static bool is_token(int c)
{
    return is_alpha(c) || is_digit(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* RFC 9110 5.5: field-vchar, SP and HTAB; the same set as that of a reason phrase (RFC 9112 4). */
static bool is_text(int c)
{
    return (c >= 0x20 && c != 0x7F) || c == '\t';
}

/* ---- Heads -------------------------------------------------------------------------------------- */

static char *block;
static char *value;
static size_t value_n;

/* One line, in a block of its size that lives until the next one. */
static enum kratos_http_line line_of(const char *p, size_t n)
{
    free(block);
    block = (char *)malloc(n != 0 ? n : 1);
    memcpy(block, p, n);
    value = block;
    value_n = n;
    return kratos_http_line(&http, &value, &value_n);
}

static enum kratos_http_line line(const char *s)
{
    return line_of(s, strlen(s));
}

/* Lines, each with its CR LF, up to the first that is not MORE. */
static enum kratos_http_line lines(const char *s)
{
    enum kratos_http_line what = KRATOS_HTTP_MORE;
    while (*s != '\0' && what == KRATOS_HTTP_MORE) {
        const char *end = strstr(s, "\r\n");
        what = line_of(s, (size_t)(end - s));
        s = end + 2;
    }
    return what;
}

static enum kratos_http_line head(const char *s)
{
    kratos_http_begin(&http);
    return lines(s);
}

static void test_begin(void **state)
{
    (void)state;
    memset(&http, 0xAA, sizeof http);
    kratos_http_begin(&http);
    assert_int_equal(http.total, UINT32_MAX);
    assert_int_equal(http.status, 0);
    assert_int_equal(http.overhead, 0);
    assert_int_equal(http.flags, 0);
    assert_true(kratos_http_in_head(&http));
    assert_false(kratos_http_complete(&http));
    assert_int_equal(kratos_header_wait_ms(&http), 0);
}

static void test_every_status(void **state)
{
    int status, version;
    (void)state;
    for (version = 0; version < 10; version++) {
        for (status = 0; status < 1000; status++) {
            char text[40];
            bool good = status >= 100 && status < 600 && status != 101;
            enum kratos_http_line what;
            snprintf(text, sizeof text, "HTTP/1.%d %03d Reason", version, status);
            kratos_http_begin(&http);
            what = line(text);
            if (what != (good ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD) || (good && http.status != status) ||
                (good && http.flags != (version == 0 || status == 421 ? KRATOS_HTTP_CLOSE : 0)) ||
                !kratos_http_in_head(&http)) {
                fail_msg("%s: %d, status %d, flags %d", text, (int)what, http.status, http.flags);
            }
        }
    }
}

/* Each byte of a status line up to the reason, with each value. */
static void test_status_line_bytes(void **state)
{
    static const char good[] = "HTTP/1.1 200 OK";
    size_t at;
    int c;
    (void)state;
    for (at = 0; at < 13; at++) {
        for (c = 0; c < 256; c++) {
            char text[sizeof good];
            bool fits = at == 7 || at == 10 || at == 11 ? is_digit(c) : at == 9 ? c >= '1' && c <= '5' : c == good[at];
            memcpy(text, good, sizeof good);
            text[at] = (char)c;
            kratos_http_begin(&http);
            if (line(text[at] != '\0' ? text : "") != KRATOS_HTTP_MORE && fits) {
                fail_msg("byte %zu as 0x%02x is refused", at, (unsigned)c);
            }
            kratos_http_begin(&http);
            if (line_of(text, sizeof good - 1) != (fits ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD)) {
                fail_msg("byte %zu as 0x%02x", at, (unsigned)c);
            }
        }
    }
}

/* The reason may be missing, and its blank too; nothing before it may. */
static void test_status_line_lengths(void **state)
{
    static const char good[] = "HTTP/1.1 204 No Content";
    size_t n;
    (void)state;
    for (n = 1; n < sizeof good; n++) {
        kratos_http_begin(&http);
        if (line_of(good, n) != (n >= 12 ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD)) {
            fail_msg("the first %zu bytes", n);
        }
    }
    kratos_http_begin(&http);
    assert_int_equal(line("HTTP/1.1 2040"), KRATOS_HTTP_BAD);
    kratos_http_begin(&http);
    assert_int_equal(line("HTTP/1.1 204\tx"), KRATOS_HTTP_BAD);
}

/* RFC 9112 2.2 lets one empty line before a message pass: one here, before each status line. */
static void test_empty_lines(void **state)
{
    static const struct {
        const char *text;
        enum kratos_http_line what;
    } rows[] = {
        {"\r\n", KRATOS_HTTP_MORE},
        {"\r\n\r\n", KRATOS_HTTP_BAD},
        {"\r\nHTTP/1.1 200 OK\r\n", KRATOS_HTTP_MORE},
        {"\r\nHTTP/1.1 200 OK\r\n\r\n", KRATOS_HTTP_HEAD_END},
        {"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", KRATOS_HTTP_BAD},
        {"HTTP/1.1 100 Continue\r\n\r\n", KRATOS_HTTP_MORE},
        {"HTTP/1.1 199 X\r\n\r\n", KRATOS_HTTP_MORE},
        {"HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", KRATOS_HTTP_HEAD_END},
        {"HTTP/1.1 100 Continue\r\n\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", KRATOS_HTTP_BAD},
        {"\r\nHTTP/1.1 102 X\r\n\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
         KRATOS_HTTP_HEAD_END},
        {"HTTP/1.1 199 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", KRATOS_HTTP_HEAD_END},
        {"HTTP/1.1 200 X\r\nHTTP/1.1 200 OK\r\n", KRATOS_HTTP_BAD},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        enum kratos_http_line what = head(rows[i].text);
        if (what != rows[i].what || kratos_http_in_head(&http) != (what != KRATOS_HTTP_HEAD_END)) {
            fail_msg("%s: %d", rows[i].text, (int)what);
        }
    }
}

/* Nothing of an interim reply counts for the final one but its bytes. */
static void test_interim_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(head("HTTP/1.0 103 Early Hints\r\nContent-Length: 7\r\nContent-Type: application/json\r\n"
                          "Connection: close\r\nTransfer-Encoding: chunked\r\nX-Total-Count: 9\r\nRetry-After: 9\r\n"
                          "Location: /x\r\n\r\n"),
                     KRATOS_HTTP_MORE);
    assert_int_equal(http.flags, 0);
    assert_int_equal(http.total, UINT32_MAX);
    assert_int_equal(lines("HTTP/1.1 429 Slow\r\nContent-Length: 3\r\n\r\n"), KRATOS_HTTP_HEAD_END);
    assert_int_equal(http.status, 429);
    assert_int_equal(http.flags, KRATOS_HTTP_LENGTH);
    assert_int_equal(http.left, 3);
    assert_int_equal(kratos_header_wait_ms(&http), 0);
}

/* ---- Header lines ------------------------------------------------------------------------------- */

static void test_header_name_bytes(void **state)
{
    size_t at;
    int c;
    (void)state;
    for (at = 0; at < 5; at++) {
        for (c = 0; c < 256; c++) {
            char text[] = "X-Any: v";
            bool good = is_token(c) || (c == ':' && at != 0);
            text[at] = (char)c;
            head("HTTP/1.1 200 OK\r\n");
            if (line_of(text, 8) != (good ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD)) {
                fail_msg("name with 0x%02x at %zu", (unsigned)c, at);
            }
        }
    }
}

static void test_header_lines(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"a:", true},
        {"a:b", true},
        {"a: ", true},
        {"a:\t \t", true},
        {"a: b: c", true},
        {"a", false},
        {"a b", false},
        {"a :b", false},
        {"a\t:b", false},
        {":", false},
        {": b", false},
        {" a: b", false},
        {"\ta: b", false},
        {"(a): b", false},
        {"a,b: c", false},
        {"\"a\": b", false},
        {"Content-Length", false},
        {"a/b: c", false},
        {"a\x80: b", false},
        {"a@b: c", false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        head("HTTP/1.1 200 OK\r\n");
        if (line(rows[i].text) != (rows[i].good ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD)) {
            fail_msg("\"%s\"", rows[i].text);
        }
    }
}

static const struct {
    const char *name;
    enum kratos_header_name what;
    bool dispensable; /* a reply can be read without it */
} names[] = {
    {"Content-Length", KRATOS_CONTENT_LENGTH, false},
    {"Transfer-Encoding", KRATOS_TRANSFER_ENCODING, false},
    {"Connection", KRATOS_CONNECTION, false},
    {"Content-Type", KRATOS_CONTENT_TYPE, false},
    {"Host", KRATOS_HOST, true},
    {"Expect", KRATOS_EXPECT, true},
    {"Accept", KRATOS_ACCEPT, true},
    {"Authorization", KRATOS_AUTHORIZATION, true},
    {"Location", KRATOS_LOCATION, true},
    {"X-Total-Count", KRATOS_TOTAL_COUNT, true},
    {"Date", KRATOS_DATE, true},
    {"Retry-After", KRATOS_RETRY_AFTER, true},
    {"X-RateLimit-Reset", KRATOS_RATELIMIT_RESET, true},
    {"X-Other", KRATOS_OTHER_HEADER, true},
    {"Link", KRATOS_OTHER_HEADER, true},
    {"Dat", KRATOS_OTHER_HEADER, true},
    {"Dates", KRATOS_OTHER_HEADER, true},
};

static enum kratos_header_name name_of(const char *p, size_t n)
{
    char *copy = (char *)calloc(n != 0 ? n : 1, 1);
    enum kratos_header_name what;
    memcpy(copy, p, n);
    what = kratos_header_name(copy, n);
    free(copy);
    return what;
}

static void test_names(void **state)
{
    size_t i, at;
    int c;
    (void)state;
    assert_int_equal(name_of("", 0), KRATOS_OTHER_HEADER);
    for (i = 0; i < COUNT(names); i++) {
        size_t n = strlen(names[i].name);
        char text[40];
        for (c = 0; c < 3; c++) { /* as it is, in small letters, in capitals */
            for (at = 0; at < n; at++) {
                char letter = names[i].name[at];
                text[at] = c == 0 || !is_alpha(letter) ? letter : (char)(c == 1 ? letter | 0x20 : letter & ~0x20);
            }
            if (name_of(text, n) != names[i].what) {
                fail_msg("%.*s", (int)n, text);
            }
        }
        if (names[i].what == KRATOS_OTHER_HEADER) {
            continue;
        }
        for (at = 0; at < n; at++) {
            for (c = 0; c < 256; c++) {
                bool same = c == names[i].name[at] || (is_alpha(c) && (c ^ 0x20) == names[i].name[at]);
                memcpy(text, names[i].name, n);
                text[at] = (char)c;
                if (name_of(text, n) != (same ? names[i].what : KRATOS_OTHER_HEADER)) {
                    fail_msg("%s with 0x%02x at %zu", names[i].name, (unsigned)c, at);
                }
            }
        }
        memcpy(text, names[i].name, n);
        text[n] = 'x';
        assert_int_equal(name_of(text, n + 1), KRATOS_OTHER_HEADER);
        assert_int_equal(name_of(text, n - 1), KRATOS_OTHER_HEADER);
    }
}

static bool dispensable(const char *s)
{
    size_t n = strlen(s);
    char *copy = (char *)malloc(n != 0 ? n : 1);
    bool may;
    memcpy(copy, s, n);
    may = kratos_http_in_fields(&http) && kratos_header_dispensable(copy, n); /* as reply.c asks */
    free(copy);
    return may;
}

static void test_dispensable(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        char text[60];
        head("HTTP/1.1 200 OK\r\n");
        snprintf(text, sizeof text, "%s: and so on", names[i].name);
        if (dispensable(text) != names[i].dispensable) {
            fail_msg("%s", text);
        }
        snprintf(text, sizeof text, "%s:", names[i].name);
        assert_int_equal(dispensable(text), names[i].dispensable);
        assert_false(dispensable(names[i].name)); /* who knows how it goes on */
        kratos_http_begin(&http);
        assert_false(dispensable(text));
        head("\r\n");
        assert_false(dispensable(text));
    }
    head("HTTP/1.1 200 OK\r\n");
    assert_false(dispensable(""));
    assert_false(dispensable(":"));
    assert_false(dispensable(": b"));
    assert_false(dispensable("a b: c"));
    assert_false(dispensable(" a: b"));
    assert_true(dispensable("a:b"));
}

static void test_location(void **state)
{
    static const int statuses[] = {300, 301, 307, 308, 399};
    static const int others[] = {200, 201, 299, 400, 404, 500};
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"Location: http://h/x?a=b:c", "http://h/x?a=b:c"},
        {"location:/x", "/x"},
        {"LOCATION: \t /a b \t ", "/a b"},
        {"Location:", ""},
        {"Location: \t", ""},
    };
    char text[40];
    size_t i, s;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (s = 0; s < COUNT(statuses); s++) {
            snprintf(text, sizeof text, "HTTP/1.1 %d X\r\n", statuses[s]);
            head(text);
            if (line(rows[i].text) != KRATOS_HTTP_LOCATION || value_n != strlen(rows[i].value) ||
                memcmp(value, rows[i].value, value_n) != 0) {
                fail_msg("%d, %s: \"%.*s\"", statuses[s], rows[i].text, (int)value_n, value);
            }
        }
        for (s = 0; s < COUNT(others); s++) {
            snprintf(text, sizeof text, "HTTP/1.1 %d X\r\n", others[s]);
            head(text);
            if (line(rows[i].text) != KRATOS_HTTP_MORE) {
                fail_msg("%d, %s", others[s], rows[i].text);
            }
        }
    }
}

static void test_total_count(void **state)
{
    static const struct {
        const char *text;
        uint32_t total;
    } rows[] = {
        {"0", 0},
        {"7", 7},
        {"\t 007 ", 7},
        {"4294967294", 4294967294u},
        {"4294967296", UINT32_MAX},
        {"42949672940", UINT32_MAX},
        {"99999999999999999999", UINT32_MAX},
        {"", UINT32_MAX},
        {"-1", UINT32_MAX},
        {"+1", UINT32_MAX},
        {"1 2", UINT32_MAX},
        {"1/", UINT32_MAX},
        {":1", UINT32_MAX},
        {"0x7", UINT32_MAX},
        {"7\xff", UINT32_MAX},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char text[60];
        head("HTTP/1.1 200 OK\r\n");
        snprintf(text, sizeof text, "x-total-count:%s", rows[i].text);
        assert_int_equal(line(text), KRATOS_HTTP_MORE);
        if (http.total != rows[i].total) {
            fail_msg("\"%s\" gives %lu", rows[i].text, (unsigned long)http.total);
        }
    }
}

static void test_content_type(void **state)
{
    static const struct {
        const char *text;
        bool json;
    } rows[] = {
        {"application/json", true},
        {"APPLICATION/Json", true},
        {"application/json;charset=utf-8", true},
        {"application/json; charset=utf-8", true},
        {"application/json ; charset=utf-8", true},
        {"application/json\t;charset=utf-8", true},
        {"\tapplication/json\t", true},
        {"application/jso", false},
        {"application/jsonx", false},
        {"application/json-patch+json", false},
        {"application/problem+json", false},
        {"application/json/x", false},
        {"xapplication/json", false},
        {"text/json", false},
        {"text/plain; x=application/json", false},
        {"application/jsom", false},
        {"application\x0fjson", false},
        {"", false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char text[80];
        head("HTTP/1.1 200 OK\r\n");
        snprintf(text, sizeof text, "Content-Type:%s", rows[i].text);
        assert_int_equal(line(text), KRATOS_HTTP_MORE);
        if (http.flags != (rows[i].json ? KRATOS_HTTP_JSON : 0)) {
            fail_msg("\"%s\": flags %d", rows[i].text, http.flags);
        }
    }
}

/* RFC 9112 9.3, 9.6. Only "close" ends the connection, wherever it stands in the list. */
static void test_connection(void **state)
{
    static const struct {
        const char *text;
        bool closes;
    } rows[] = {
        {"Connection: keep-alive", false},
        {"connection:Keep-Alive", false},
        {"CONNECTION: KEEP-ALIVE ", false},
        {"Connection: close", true},
        {"Connection: Close", true},
        {"Connection: keep-alive, close", true},
        {"Connection: close, keep-alive", true},
        {"Connection: keep-alivf", false},
        {"Connection: Upgrade", false}, /* of a server that offers h2 */
        {"Connection: Upgrade, Keep-Alive", false},
        {"Connection: upgrade ,\tclose ,x", true},
        {"Connection: ,close", true},
        {"Connection:", false},
        {"Connection: ,", false},
        {"Connection: closed", false},
        {"Connection: close x", false},
        {"Connection: xclose", false},
        {"Connection: close;q=1", false},
        {"Connection: close\t", true},
        {"Keep-Alive: timeout=5", false},
        {"Proxy-Connection: close", false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        int other;
        head("HTTP/1.1 200 OK\r\n");
        assert_int_equal(line(rows[i].text), KRATOS_HTTP_MORE);
        if (http.flags != (rows[i].closes ? KRATOS_HTTP_CLOSE : 0)) {
            fail_msg("\"%s\": flags %d", rows[i].text, http.flags);
        }
        for (other = 0; rows[i].closes && other < 2; other++) { /* it stays, in any order */
            head("HTTP/1.1 200 OK\r\n");
            line(other ? "Connection: keep-alive" : rows[i].text);
            line(other ? rows[i].text : "Connection: keep-alive");
            assert_int_equal(http.flags, KRATOS_HTTP_CLOSE);
        }
    }
}

/* A line ends where it is said to: what stands behind it in memory does not count. */
static void test_nothing_behind_a_line(void **state)
{
    static const struct {
        const char *head, *line, *behind;
    } rows[] = {
        {"", "HTTP/1.1 20", "0 OK"},
        {"", "HTTP/1.1 2", "00 OK"},
        {"", "HTTP/1.1 200", "0"},
        {"", "HTTP/1.1 200", " OK"},
        {"", "", "HTTP/1.1 200 OK"},
        {"HTTP/1.1 307 X\r\n", "Locatio", "n: /x"},
        {"HTTP/1.1 307 X\r\n", "Location", ": /x"},
        {"HTTP/1.1 307 X\r\n", "Location:", "  /x"},
        {"HTTP/1.1 307 X\r\n", "Location: \t", " \t /x"},
        {"HTTP/1.1 307 X\r\n", "Location: /x", "/y"},
        {"HTTP/1.1 307 X\r\n", "Location: /x", " "},
        {"HTTP/1.1 200 OK\r\n", "Content-Type: application/", "json"},
        {"HTTP/1.1 200 OK\r\n", "Content-Type: application/jso", "n; x"},
        {"HTTP/1.1 200 OK\r\n", "Content-Type: application/json", "x"},
        {"HTTP/1.1 200 OK\r\n", "Content-Length: 12", "3"},
        {"HTTP/1.1 200 OK\r\n", "Content-Length:", "3"},
        {"HTTP/1.1 200 OK\r\n", "Content-Length: ", " 3"},
        {"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunke", "d"},
        {"HTTP/1.1 200 OK\r\n", "Connection: keep-aliv", "e"},
        {"HTTP/1.1 200 OK\r\n", "X-Total-Count: 1", "2"},
        {"HTTP/1.1 429 X\r\n", "Retry-After: 1", "2"},
        {"HTTP/1.1 200 OK\r\n", "X-Any", "x: y"},
        {"HTTP/1.1 200 OK\r\n", "", "a: b"},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char text[80];
        size_t n = strlen(rows[i].line), value_alone;
        struct kratos_http alone;
        enum kratos_http_line what;
        char *p = text;
        bool may;
        head(rows[i].head);
        may = dispensable(rows[i].line);
        what = line(rows[i].line);
        alone = http;
        value_alone = value_n;
        head(rows[i].head);
        sprintf(text, "%s%s", rows[i].line, rows[i].behind);
        if (kratos_header_dispensable(text, n) != may || kratos_http_line(&http, &p, &n) != what ||
            (what == KRATOS_HTTP_LOCATION && n != value_alone) || http.flags != alone.flags ||
            http.status != alone.status || http.left != alone.left || http.total != alone.total ||
            http.retry_s != alone.retry_s || http.state != alone.state || http.overhead != alone.overhead) {
            fail_msg("\"%s\" is read differently before \"%s\"", rows[i].line, rows[i].behind);
        }
    }
}

/* ---- Where the body ends: RFC 9112 6.3 ---------------------------------------------------------- */

enum end { BAD, AT_ONCE, LENGTH, CHUNKS, AT_CLOSE };

static void test_framing(void **state)
{
    static const struct {
        const char *text;
        enum end end;
        uint32_t length;
    } rows[] = {
        {"", AT_CLOSE, 0},
        {"Content-Length: 0\r\n", AT_ONCE, 0},
        {"Content-Length: 000\r\n", AT_ONCE, 0},
        {"Content-Length: 1\r\n", LENGTH, 1},
        {"Content-Length: 00000000000000000000000012\r\n", LENGTH, 12},
        {"Content-Length: 4294967289\r\n", LENGTH, 4294967289u},
        {"Content-Length: 4294967295\r\n", LENGTH, 4294967295u},
        {"Content-Length: 4294967296\r\n", BAD, 0},
        {"Content-Length: 4294967300\r\n", BAD, 0},
        {"Content-Length: 5000000000\r\n", BAD, 0},
        {"Content-Length: 42949672950\r\n", BAD, 0},
        {"Content-Length: 18446744073709551621\r\n", BAD, 0},
        {"Content-Length: 5\r\nContent-Length: 5\r\n", LENGTH, 5},
        {"Content-Length: 5\r\nContent-Length: 05\r\n", LENGTH, 5},
        {"Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6\r\n", BAD, 0},
        {"Content-Length: 5\r\nContent-Length: 0\r\n", BAD, 0},
        {"Content-Length: 0\r\nContent-Length: 5\r\n", BAD, 0},
        {"Content-Length: 0\r\nContent-Length: 0\r\n", AT_ONCE, 0},
        {"Content-Length: 5\r\nContent-Length:\r\n", BAD, 0},
        {"Content-Length:\r\n", BAD, 0},
        {"Content-Length: 5,6\r\n", BAD, 0},
        {"Content-Length: 5 6\r\n", BAD, 0},
        {"Content-Length: -5\r\n", BAD, 0},
        {"Content-Length: +5\r\n", BAD, 0},
        {"Content-Length: 0x5\r\n", BAD, 0},
        {"Content-Length: 5.\r\n", BAD, 0},
        {"Transfer-Encoding: chunked\r\n", CHUNKS, 0},
        {"Transfer-Encoding: \tCHUNKED \r\n", CHUNKS, 0},
        {"Transfer-Encoding: chunkee\r\n", BAD, 0},
        {"Transfer-Encoding: chunke\r\n", BAD, 0},
        {"Transfer-Encoding: chunkedx\r\n", BAD, 0},
        {"Transfer-Encoding:\r\n", BAD, 0},
        {"Transfer-Encoding: gzip\r\n", BAD, 0},
        {"Transfer-Encoding: gzip, chunked\r\n", BAD, 0},
        {"Transfer-Encoding: chunked, chunked\r\n", BAD, 0},
        {"Transfer-Encoding: chunked;q=1\r\n", BAD, 0},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", BAD, 0},
        {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", BAD, 0},
        {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", BAD, 0},
        {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", BAD, 0},
    };
    static const struct {
        const char *line;
        bool bodiless, closes;
    } statuses[] = {
        {"HTTP/1.1 200 OK", false, false}, {"HTTP/1.1 201 X", false, false}, {"HTTP/1.1 203 X", false, false},
        {"HTTP/1.1 205 X", false, false},  {"HTTP/1.1 303 X", false, false}, {"HTTP/1.1 305 X", false, false},
        {"HTTP/1.1 404 X", false, false},  {"HTTP/1.0 200 OK", false, true}, {"HTTP/1.1 204 No", true, false},
        {"HTTP/1.1 304 Not", true, false}, {"HTTP/1.0 204 No", true, true},
    };
    size_t i, s;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (s = 0; s < COUNT(statuses); s++) {
            enum end end = statuses[s].bodiless && rows[i].end != BAD ? AT_ONCE : rows[i].end;
            char text[200];
            enum kratos_http_line what;
            size_t used, data;
            /* a body that is announced may follow the head of a 204 all the same */
            bool announced =
                rows[i].end != AT_ONCE && rows[i].end != AT_CLOSE && strstr(statuses[s].line, "204") != NULL;
            bool closes = statuses[s].closes || end == AT_CLOSE || announced;
            snprintf(text, sizeof text, "%s\r\n%s\r\n", statuses[s].line, rows[i].text);
            what = head(text);
            if (what != (end == BAD ? KRATOS_HTTP_BAD : KRATOS_HTTP_HEAD_END)) {
                fail_msg("%s: %d", text, (int)what);
            }
            if (end == BAD) {
                continue;
            }
            if (kratos_http_in_head(&http) || kratos_http_complete(&http) != (end == AT_ONCE) ||
                ((http.flags & KRATOS_HTTP_CLOSE) != 0) != closes) {
                fail_msg("%s: state %d, flags %d", text, http.state, http.flags);
            }
            used = data = 99;
            if (!kratos_http_body(&http, "5\r\nhello", 8, &used, &data)) {
                fail_msg("%s: the body is refused", text);
            }
            if (used != (end == CHUNKS ? 3u : 0u) || data != (end == AT_ONCE                        ? 0u
                                                              : end == CHUNKS                       ? 5u
                                                              : end == LENGTH && rows[i].length < 8 ? rows[i].length
                                                                                                    : 8u)) {
                fail_msg("%s: %zu bytes used, %zu of data", text, used, data);
            }
            if (end == LENGTH && http.left != rows[i].length) {
                fail_msg("%s: length %lu", text, (unsigned long)http.left);
            }
            if (kratos_http_closed(&http) != (end == AT_CLOSE) ||
                kratos_http_complete(&http) != (end == AT_ONCE || end == AT_CLOSE)) {
                fail_msg("%s: not as it should be after the close", text);
            }
        }
    }
}

/* ---- Frames -------------------------------------------------------------------------------------- */

enum outcome { WHOLE, BROKEN, OPEN };

static struct {
    char data[200];
    size_t n, at; /* of data; how far the frames were read */
} got;

/* Reads a block of n bytes, taking at most `most` bytes of body at a time. */
static enum outcome give(const char *p, size_t n, size_t most)
{
    char *copy = (char *)malloc(n != 0 ? n : 1);
    size_t at = 0;
    enum outcome outcome = OPEN;
    memcpy(copy, p, n);
    while (outcome == OPEN && at <= n) {
        size_t used = 99, data = 99;
        if (!kratos_http_body(&http, copy + at, n - at, &used, &data)) {
            got.at += used;
            outcome = BROKEN;
            break;
        }
        if (used > n - at || data > n - at - used) {
            fail_msg("%zu used and %zu of data, but %zu bytes were given", used, data, n - at);
        }
        at += used;
        got.at += used;
        data = data < most ? data : most;
        if (got.n + data > sizeof got.data) {
            fail_msg("too much data");
        }
        memcpy(got.data + got.n, copy + at, data);
        got.n += data;
        at += data;
        got.at += data;
        if (data != 0) {
            kratos_http_took(&http, data);
        }
        if (kratos_http_complete(&http)) {
            outcome = WHOLE;
        } else if (used == 0 && data == 0) {
            break;
        }
    }
    free(copy);
    return outcome;
}

/* The same in pieces: up to `split` at once, the rest `piece` bytes at a time. */
static enum outcome give_in_pieces(const char *p, size_t n, size_t split, size_t piece, size_t most)
{
    enum outcome outcome = OPEN;
    size_t at = 0;
    memset(&got, 0, sizeof got);
    while (outcome == OPEN && at < n) {
        size_t part = at < split ? split - at : piece;
        part = part < n - at ? part : n - at;
        outcome = give(p + at, part, most);
        at += part;
    }
    return outcome;
}

#define S(text) text, sizeof(text) - 1
#define CODED "Transfer-Encoding: chunked\r\n"

static const struct frame {
    const char *name, *header, *text;
    size_t n;
    enum outcome outcome;
    size_t at; /* where it is complete, or where the byte is that breaks it */
    const char *data;
} frames[] = {
    {"length", "Content-Length: 5\r\n", S("hello"), WHOLE, 5, "hello"},
    {"length, more behind", "Content-Length: 5\r\n", S("hello\r\nHTTP"), WHOLE, 5, "hello"},
    {"length, less than said", "Content-Length: 6\r\n", S("hello"), OPEN, 5, "hello"},
    {"until the close", "", S("5\r\nhello\r\n0\r\n\r\n"), OPEN, 15, "5\r\nhello\r\n0\r\n\r\n"},
    {"one chunk", CODED, S("5\r\nhello\r\n0\r\n\r\n"), WHOLE, 15, "hello"},
    {"one chunk, more behind", CODED, S("5\r\nhello\r\n0\r\n\r\n5\r\n"), WHOLE, 15, "hello"},
    {"three chunks", CODED, S("1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n"), WHOLE, 25, "hello"},
    {"16 bytes", CODED, S("10\r\n0123456789abcdef\r\n0\r\n\r\n"), WHOLE, 27, "0123456789abcdef"},
    {"10 bytes, small letter", CODED, S("a\r\n0123456789\r\n0\r\n\r\n"), WHOLE, 20, "0123456789"},
    {"31 bytes, capital", CODED, S("1F\r\n0123456789012345678901234567890\r\n0\r\n\r\n"), WHOLE, 42,
     "0123456789012345678901234567890"},
    {"data like a frame", CODED, S("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), WHOLE, 17, "\r\n0\r\n\r\n"},
    {"no data", CODED, S("0\r\n\r\n"), WHOLE, 5, ""},
    {"no data, many zeros", CODED, S("00000000000\r\n\r\n"), WHOLE, 15, ""},
    {"8 digits", CODED, S("00000005\r\nhello\r\n0\r\n\r\n"), WHOLE, 22, "hello"},
    {"9 digits, the first a zero", CODED, S("000000005\r\nhello\r\n0\r\n\r\n"), WHOLE, 23, "hello"},
    {"8 digits, the largest size", CODED, S("ffffffff\r\nhello"), OPEN, 15, "hello"},
    {"9 digits, 2^32", CODED, S("100000000\r\n"), BROKEN, 8, ""},
    {"9 digits, 2^32 + 5", CODED, S("100000005\r\nhello"), BROKEN, 8, ""},
    {"9 digits, 15 * 2^32", CODED, S("f00000000\r\n"), BROKEN, 8, ""},
    {"9 digits behind a zero", CODED, S("0100000005\r\nhello"), BROKEN, 9, ""},
    {"blank behind the size", CODED, S("5 \r\nhello\r\n0\r\n\r\n"), WHOLE, 16, "hello"},
    {"tab behind the size", CODED, S("5\t\r\nhello\r\n0 \t \r\n\r\n"), WHOLE, 19, "hello"},
    {"blanks and an extension", CODED, S("5 \t ;a=b\r\nhello\r\n0\r\n\r\n"), WHOLE, 22, "hello"},
    {"a size behind the blank", CODED, S("5 1\r\nhello"), BROKEN, 2, ""},
    {"words behind the size", CODED, S("2 erlk\r\nhello"), BROKEN, 2, ""},
    {"a digit behind the tab", CODED, S("2\t0\r\nhello"), BROKEN, 2, ""},
    {"extension", CODED, S("5;a\r\nhello\r\n0;b=\"c d\";e\r\n\r\n"), WHOLE, 27, "hello"},
    {"extension, empty", CODED, S("5;\r\nhello\r\n0;\r\n\r\n"), WHOLE, 17, "hello"},
    {"extension, blanks and digits", CODED, S("5; 7\t5;5\r\nhello\r\n0\r\n\r\n"), WHOLE, 22, "hello"},
    {"extension without a size", CODED, S(";a\r\nhello"), BROKEN, 0, ""},
    {"no size", CODED, S("\r\nhello"), BROKEN, 0, ""},
    {"no size for the second chunk", CODED, S("5\r\nhello\r\n\r\n0\r\n\r\n"), BROKEN, 10, "hello"},
    {"size behind a blank", CODED, S(" 5\r\nhello"), BROKEN, 0, ""},
    {"CR in the size", CODED, S("5\r5\r\nhello"), BROKEN, 2, ""},
    {"two CRs", CODED, S("5\r\r\nhello"), BROKEN, 2, ""},
    {"LF alone", CODED, S("5\nhello"), BROKEN, 1, ""},
    {"no CR behind the data", CODED, S("5\r\nhello\n0\r\n\r\n"), BROKEN, 8, "hello"},
    {"CR alone behind the data", CODED, S("5\r\nhello\r0\r\n\r\n"), BROKEN, 9, "hello"},
    {"data longer than said", CODED, S("4\r\nhello\r\n0\r\n\r\n"), BROKEN, 7, "hell"},
    {"data shorter than said", CODED, S("6\r\nhello\r\n0\r\n\r\n"), BROKEN, 9, "hello\r"},
    {"LF ends the last chunk", CODED, S("5\r\nhello\r\n0\n\r\n"), BROKEN, 11, "hello"},
    {"LF is the empty line", CODED, S("5\r\nhello\r\n0\r\n\n"), BROKEN, 13, "hello"},
    {"CR alone is the empty line", CODED, S("5\r\nhello\r\n0\r\n\rx"), BROKEN, 14, "hello"},
    {"no empty line", CODED, S("5\r\nhello\r\n0\r\n"), OPEN, 13, "hello"},
    {"trailer", CODED, S("5\r\nhello\r\n0\r\na: b\r\n\r\n"), WHOLE, 21, "hello"},
    {"trailers", CODED, S("5\r\nhello\r\n0\r\na:\r\nContent-Length:7\r\nc: d:e\tf\xff\r\n\r\n"), WHOLE, 48, "hello"},
    {"trailer without a name", CODED, S("0\r\n: b\r\n\r\n"), BROKEN, 3, ""},
    {"trailer without a colon", CODED, S("0\r\nab\r\n\r\n"), BROKEN, 5, ""},
    {"trailer without a colon, one letter", CODED, S("0\r\na\r\n\r\n"), BROKEN, 4, ""},
    {"second trailer without a colon", CODED, S("0\r\na: b\r\nc\r\n\r\n"), BROKEN, 10, ""},
    {"trailer with a blank before the colon", CODED, S("0\r\na : b\r\n\r\n"), BROKEN, 4, ""},
    {"trailer that is folded", CODED, S("0\r\na: b\r\n c\r\n\r\n"), BROKEN, 9, ""},
    {"trailer with CR", CODED, S("0\r\na: b\rc\r\n\r\n"), BROKEN, 8, ""},
    {"trailer with LF", CODED, S("0\r\na: b\nc\r\n\r\n"), BROKEN, 7, ""},
    {"trailer that begins with LF", CODED, S("0\r\n\na: b\r\n\r\n"), BROKEN, 3, ""},
};

/* Whole, at every split, in small pieces, and with the body taken in parts: the same bytes, and the same end. */
static void test_frames(void **state)
{
    size_t i, split, piece, most;
    (void)state;
    for (i = 0; i < COUNT(frames); i++) {
        const struct frame *f = &frames[i];
        for (most = 1; most <= f->n + 1; most += most < 3 ? 1 : f->n) {
            for (piece = 1; piece <= 3; piece++) {
                for (split = 0; split <= f->n; split++) {
                    char text[100];
                    enum outcome outcome;
                    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n", f->header);
                    assert_int_equal(head(text), KRATOS_HTTP_HEAD_END);
                    outcome = give_in_pieces(f->text, f->n, split, piece < 3 ? piece : f->n, most);
                    if (outcome != f->outcome || got.at != f->at || got.n != strlen(f->data) ||
                        memcmp(got.data, f->data, got.n) != 0) {
                        fail_msg("%s, split at %zu, pieces of %zu: outcome %d at %zu, data \"%.*s\"", f->name, split,
                                 piece, (int)outcome, got.at, (int)got.n, got.data);
                    }
                    if (outcome == OPEN && kratos_http_closed(&http) != (*f->header == '\0')) {
                        fail_msg("%s: after the close", f->name);
                    }
                }
            }
        }
    }
}

static bool blank_or_semicolon(int c)
{
    return c == ' ' || c == '\t' || c == ';';
}

static bool after_digit(int c)
{
    return is_hex(c) || blank_or_semicolon(c) || c == '\r';
}

static bool after_blank(int c)
{
    return blank_or_semicolon(c) || c == '\r';
}

static bool in_text(int c)
{
    return is_text(c) || c == '\r';
}

static bool trailer_first(int c)
{
    return is_token(c) || c == '\r';
}

static bool in_trailer_name(int c)
{
    return is_token(c) || c == ':';
}

static bool only_cr(int c)
{
    return c == '\r';
}

static bool only_lf(int c)
{
    return c == '\n';
}

/* Each byte value behind each beginning of a frame. */
static void test_frame_bytes(void **state)
{
    static const struct {
        const char *before;
        bool (*good)(int c);
    } rows[] = {
        {"", is_hex},
        {"5", after_digit},
        {"0", after_digit},
        {"5 ", after_blank},
        {"5\t", after_blank},
        {"5;", in_text},
        {"5;a", in_text},
        {"5 ;a", in_text},
        {"5\r", only_lf},
        {"5 \r", only_lf},
        {"5;a\r", only_lf},
        {"5\r\nhello", only_cr},
        {"5\r\nhello\r", only_lf},
        {"5\r\nhello\r\n", is_hex},
        {"0\r", only_lf},
        {"0\r\n", trailer_first},
        {"0\r\n\r", only_lf},
        {"0\r\nA", in_trailer_name},
        {"0\r\nA-b", in_trailer_name},
        {"0\r\nA:", in_text},
        {"0\r\nA: b", in_text},
        {"0\r\nA: b\r", only_lf},
        {"0\r\nA: b\r\n", trailer_first},
        {"0\r\nA: b\r\nC", in_trailer_name},
    };
    size_t i;
    int c;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (c = 0; c < 256; c++) {
            char text[40];
            size_t n = strlen(rows[i].before);
            memcpy(text, rows[i].before, n);
            text[n] = (char)c;
            head("HTTP/1.1 200 OK\r\n" CODED "\r\n");
            memset(&got, 0, sizeof got);
            if (give(text, n, SIZE_MAX) != OPEN) {
                fail_msg("\"%s\" is refused", rows[i].before);
            }
            if ((give(text + n, 1, SIZE_MAX) != BROKEN) != rows[i].good(c)) {
                fail_msg("0x%02x behind \"%s\"", (unsigned)c, rows[i].before);
            }
        }
    }
}

/* A body of Content-Length is counted to its end, however it is taken. */
static void test_took(void **state)
{
    size_t used, data;
    (void)state;
    head("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    kratos_http_took(&http, 65536);
    kratos_http_took(&http, 34463);
    assert_false(kratos_http_complete(&http));
    assert_true(kratos_http_body(&http, "abc", 3, &used, &data));
    assert_int_equal(used, 0);
    assert_int_equal(data, 1);
    assert_true(kratos_http_body(&http, "", 0, &used, &data));
    assert_int_equal(data, 0);
    assert_false(kratos_http_complete(&http));
    kratos_http_took(&http, 1);
    assert_true(kratos_http_complete(&http));
    assert_true(kratos_http_body(&http, "abc", 3, &used, &data));
    assert_int_equal(used, 0);
    assert_int_equal(data, 0);
    assert_false(kratos_http_closed(&http));
    head("HTTP/1.1 200 OK\r\n\r\n");
    kratos_http_took(&http, UINT32_MAX);
    kratos_http_took(&http, 1); /* 4 GiB are no end */
    assert_true(kratos_http_body(&http, "abc", 3, &used, &data));
    assert_int_equal(used, 0);
    assert_int_equal(data, 3);
    kratos_http_took(&http, 3);
    assert_false(kratos_http_complete(&http));
    assert_true(kratos_http_closed(&http));
    assert_true(kratos_http_complete(&http));
}

/* The connection ends in each part of a reply. */
static void test_closed(void **state)
{
    static const char *const heads[] = {"",
                                        "\r\n",
                                        "HTTP/1.1 200 OK\r\n",
                                        "HTTP/1.1 100 X\r\n\r\n",
                                        "HTTP/1.0 200 OK\r\nA: b\r\n",
                                        "HTTP/1.1 204 X\r\n\r\n",
                                        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
                                        "HTTP/1.0 200 OK\r\n" CODED "\r\n"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(heads); i++) {
        head(heads[i]);
        if (kratos_http_closed(&http)) {
            fail_msg("\"%s\" and a close is no reply", heads[i]);
        }
    }
}

/* ---- Limits --------------------------------------------------------------------------------------- */

static void test_overhead(void **state)
{
    size_t n;
    (void)state;
    for (n = 0; n <= MAX; n += n < 3 || n > MAX - 4 ? 1 : MAX - 7) {
        kratos_http_begin(&http);
        assert_true(kratos_http_overhead(&http, n));
        assert_int_equal(http.overhead, n);
        assert_false(kratos_http_overhead(&http, MAX - n + 1));
        assert_false(kratos_http_overhead(&http, SIZE_MAX));
        assert_true(n == 0 || !kratos_http_overhead(&http, (size_t)0 - n)); /* nothing wraps */
        assert_true(kratos_http_overhead(&http, MAX - n));
        assert_false(kratos_http_overhead(&http, 1));
        assert_true(kratos_http_overhead(&http, 0));
    }
}

/* Header lines until `size` bytes of head are left for the empty line and what comes behind. */
static void fill_head(size_t size)
{
    static char text[1002];
    size_t left = MAX - http.overhead - size;
    memset(text, 'a', sizeof text);
    memcpy(text, "A:", 2);
    while (left != 0) {
        size_t n = left <= 1002 ? left : left < 2000 ? 900 : 1002;
        assert_int_equal(line_of(text, n - 2), KRATOS_HTTP_MORE);
        left -= n;
    }
}

static void test_limit_of_heads(void **state)
{
    size_t more;
    (void)state;
    for (more = 0; more < 2; more++) { /* the empty line, a header line, a status line behind interim ones */
        head("HTTP/1.1 200 OK\r\n");
        fill_head(2 - (more != 0));
        assert_int_equal(line(""), more == 0 ? KRATOS_HTTP_HEAD_END : KRATOS_HTTP_BAD);
        head("HTTP/1.1 200 OK\r\n");
        fill_head(5 + 2);
        assert_int_equal(line("a:b"), KRATOS_HTTP_MORE);
        assert_int_equal(line(more == 0 ? "" : "c"), more == 0 ? KRATOS_HTTP_HEAD_END : KRATOS_HTTP_BAD);
        head("HTTP/1.1 200 OK\r\n");
        fill_head(5);
        assert_int_equal(line(more == 0 ? "a:b" : "a:bc"), more == 0 ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD);
        head("HTTP/1.1 103 Hints\r\n");
        fill_head(2 + 14);
        assert_int_equal(line(""), KRATOS_HTTP_MORE);
        assert_int_equal(line(more == 0 ? "HTTP/1.1 200" : "HTTP/1.1 200 "),
                         more == 0 ? KRATOS_HTTP_MORE : KRATOS_HTTP_BAD);
    }
    kratos_http_begin(&http);
    assert_true(kratos_http_overhead(&http, MAX - 1));
    assert_int_equal(line(""), KRATOS_HTTP_BAD);
    kratos_http_begin(&http);
    assert_true(kratos_http_overhead(&http, MAX - 2));
    assert_int_equal(line(""), KRATOS_HTTP_MORE);
}

/* What stands between two bytes of body, or behind the last one, may be MAX bytes long. */
static void test_limit_of_frames(void **state)
{
    static char text[65536 + 64];
    static const struct {
        const char *name, *first, *begin;
        char fill;
        const char *end;
        enum outcome outcome;
    } rows[] = {
        {"zeros of the first size", "", "", '0', "5\r\nhello", OPEN},
        {"blanks of the first line", "", "5", ' ', "\r\nhello", OPEN},
        {"first extension", "", "5;", 'x', "\r\nhello", OPEN},
        {"second extension", "1\r\nx", "\r\n5;", 'x', "\r\nhello", OPEN},
        {"zeros of a later size", "1\r\nx\r\n1\r\ny", "\r\n", '0', "5\r\nhello", OPEN},
        {"trailer", "5\r\nhello", "\r\n0\r\na:", 'x', "\r\n\r\n", WHOLE},
        {"trailer's name", "5\r\nhello", "\r\n0\r\n", 'x', ":\r\n\r\n", WHOLE},
        {"trailer without a body", "", "0\r\na:", 'x', "\r\n\r\n", WHOLE},
    };
    size_t i, more;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (more = 0; more < 2; more++) {
            size_t begin = strlen(rows[i].begin), end = strlen(rows[i].end), n, frame_end;
            enum outcome outcome;
            head("HTTP/1.1 200 OK\r\n" CODED "\r\n");
            memset(&got, 0, sizeof got);
            give(rows[i].first, strlen(rows[i].first), SIZE_MAX);
            if (*rows[i].first != '\0') {
                assert_int_equal(http.overhead, 0);
            }
            frame_end = rows[i].outcome == OPEN ? end - 5 : end; /* "hello" is body */
            n = MAX + more - http.overhead - begin - frame_end;
            memcpy(text, rows[i].begin, begin);
            memset(text + begin, rows[i].fill, n);
            memcpy(text + begin + n, rows[i].end, end);
            got.at = 0;
            outcome = give(text, begin + n + end, SIZE_MAX);
            if (outcome != (more != 0 ? BROKEN : rows[i].outcome) ||
                got.at != (more != 0 ? begin + n + frame_end - 1 : begin + n + end)) {
                fail_msg("%s, %zu more than the most: outcome %d at %zu", rows[i].name, more, (int)outcome, got.at);
            }
        }
    }
}

/* ---- Waiting ---------------------------------------------------------------------------------------- */

static uint32_t wait_after(const char *status, const char *headers)
{
    char text[600];
    snprintf(text, sizeof text, "HTTP/1.1 %s X\r\n%s", status, headers);
    assert_int_equal(head(text), KRATOS_HTTP_MORE);
    return kratos_header_wait_ms(&http);
}

#define NOON "Sun, 06 Nov 1994 12:00:00 GMT"
#define DATE "Date: " NOON "\r\n"
#define NOW "Date: Wed, 25 Nov 2026 04:30:00 GMT\r\n"
#define LATER(time) "Retry-After: Sun, 06 Nov 1994 " time " GMT\r\n"

static void test_waits(void **state)
{
    static const struct {
        const char *text;
        uint32_t ms;
    } rows[] = {
        {"", 0},
        {"Retry-After: 0\r\n", 1000}, /* asked, so not 0, which says that nothing was */
        {"Retry-After: 1\r\n", 1000},
        {"Retry-After: 0000000000000000012\r\n", 12000},
        {"Retry-After:\r\n", 60000},    /* asked, but not for how long */
        {"Retry-After: 0.2\r\n", 1000}, /* a fraction counts as a whole second */
        {"Retry-After: 1.5\r\n", 2000},
        {"Retry-After: 7.\r\n", 8000},
        {"Retry-After: .5\r\n", 60000},
        {"Retry-After: -1\r\n", 60000},
        {"Retry-After: 86399\r\n", 86399000},
        {"Retry-After: 86399.9\r\n", 86400000},
        {"Retry-After: 86400\r\n", 86400000},
        {"Retry-After: 86401\r\n", 86400000}, /* a day is the most */
        {"Retry-After: 999999999\r\n", 86400000},
        {"Retry-After: 1000000000\r\n", 60000}, /* a time, and no Date to compare it with */
        {"x-ratelimit-reset: 1795581060\r\n", 60000},
        {DATE "x-ratelimit-reset: 784123217\r\n", 86400000}, /* of 1994: below what is taken for a time */
        {"Retry-After: 4294967\r\n", 86400000},
        {"Retry-After: 4294967295\r\n", 60000},
        {"Retry-After: 4294967295.9\r\n", 60000},
        {"Retry-After: 4294967296\r\n", 60000},
        {"x-ratelimit-reset: 1795581060000\r\n", 60000}, /* milliseconds since 1970 */
        {NOW "x-ratelimit-reset: 1795581060\r\n", 60000},
        {NOW "x-ratelimit-reset: 1795581001\r\n", 1000},
        {NOW "x-ratelimit-reset: 1795581000\r\n", 1000}, /* now */
        {NOW "x-ratelimit-reset: 1795580999\r\n", 1000}, /* gone by */
        {NOW "x-ratelimit-reset: 1795667400\r\n", 86400000},
        {NOW "x-ratelimit-reset: 1795667401\r\n", 86400000},
        {NOW "x-ratelimit-reset: 1795581060.25\r\n", 60000},
        {"x-ratelimit-reset: 1795581090\r\n" NOW "Retry-After: 7\r\n", 90000},
        {NOW "x-ratelimit-reset: 1795581090\r\nx-ratelimit-reset: 1795581080\r\n", 90000},
        {NOW "x-ratelimit-reset: 1795581080\r\nx-ratelimit-reset: 1795581090\r\n", 90000},
        {"Retry-After: 5 s\r\n", 60000},
        {"x-ratelimit-reset: 9\r\n", 9000},
        {"x-ratelimit-reset:\r\n", 60000},
        {"x-ratelimit-rese: 9\r\n", 0},
        {"Retry-After: 5\r\nRetry-After: 3\r\n", 5000},
        {"Retry-After: 3\r\nRetry-After: 5\r\n", 5000},
        {"Retry-After: 3\r\nRetry-After: x\r\n", 60000},
        {"Retry-After: 3\r\nx-ratelimit-reset: 4\r\n", 4000},
        {"Retry-After: 4\r\nx-ratelimit-reset: 3\r\n", 4000},
        {"x-ratelimit-reset: 4\r\nRetry-After: 3\r\n", 4000},
        {DATE, 0},
        {LATER("12:00:10"), 60000},
        {LATER("12:00:10") "Retry-After: 61\r\n", 61000},
        {DATE LATER("12:00:00"), 1000},
        {DATE LATER("12:00:01"), 1000},
        {DATE LATER("12:01:00"), 60000},
        {DATE LATER("13:00:00"), 3600000},
        {DATE LATER("11:59:59"), 1000},
        {DATE LATER("12:00:20") LATER("12:00:10"), 20000},
        {DATE LATER("12:00:10") LATER("12:00:20"), 20000},
        {DATE LATER("12:00:10") LATER("11:00:00"), 10000},
        {LATER("12:00:10") DATE, 10000},
        {DATE LATER("12:00:10") "Retry-After: 9\r\n", 10000},
        {DATE LATER("12:00:10") "Retry-After: 10\r\n", 10000},
        {DATE LATER("12:00:10") "Retry-After: 11\r\n", 11000},
        {DATE "Retry-After: 9\r\n" LATER("12:00:10"), 10000},
        {DATE "Retry-After: 11\r\n" LATER("12:00:10"), 11000},
        {DATE "x-ratelimit-reset: 11\r\n" LATER("12:00:10"), 11000},
        {DATE "Retry-After: 3\r\n" LATER("11:59:59"), 3000},
        {DATE LATER("12:00:10") "Retry-After: soon\r\n", 60000},
        {DATE "Date: soon\r\n" LATER("12:00:10"), 10000},
        {"Date: soon\r\n" LATER("12:00:10"), 60000},
        {"Date: 7\r\n" LATER("12:00:10"), 60000},
        {DATE "Retry-After: Mon, 07 Nov 1994 11:59:59 GMT\r\n", 86399000},
        {DATE "Retry-After: Mon, 07 Nov 1994 12:00:01 GMT\r\n", 86400000},
        {DATE "Retry-After: Fri, 24 Nov 2062 15:14:06 GMT\r\n", 86400000}, /* 2^31 - 2 seconds */
        {DATE "Retry-After: Fri, 24 Nov 2062 15:14:07 GMT\r\n", 86400000}, /* 2^31 - 1 seconds */
        {DATE "Retry-After: Fri, 24 Nov 2062 15:14:08 GMT\r\n", 1000},     /* 2^31: not told from the past */
        {DATE "Retry-After: Fri, 24 Nov 2062 15:14:06 GMT\r\nx-ratelimit-reset: 1\r\n", 86400000},
        {"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 1970 00:00:02 GMT\r\n", 2000},
        {"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nRetry-After: Wed, 31 Dec 1969 23:59:59 GMT\r\n", 1000}, /* gone by */
        {"Date: Wed, 31 Dec 1969 23:59:59 GMT\r\nRetry-After: Thu, 01 Jan 1970 00:00:02 GMT\r\n", 3000},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        uint32_t ms = wait_after("429", rows[i].text);
        if (ms != rows[i].ms) {
            fail_msg("%s gives %lu", rows[i].text, (unsigned long)ms);
        }
    }
}

static void test_waits_of_refusals_only(void **state)
{
    static const struct {
        const char *status;
        bool reads;
    } rows[] = {{"200", false}, {"201", false}, {"299", false}, {"300", true}, {"301", true},
                {"400", true},  {"429", true},  {"500", true},  {"503", true}, {"599", true}};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(wait_after(rows[i].status, "Retry-After: 5\r\n"), rows[i].reads ? 5000 : 0);
        assert_int_equal(wait_after(rows[i].status, "x-ratelimit-reset: 5\r\n"), rows[i].reads ? 5000 : 0);
        assert_int_equal(wait_after(rows[i].status, DATE LATER("12:00:07")), rows[i].reads ? 7000 : 0);
    }
}

/* ---- Dates ------------------------------------------------------------------------------------------ */

struct day {
    int year, month, day, weekday; /* month 0 to 11, weekday 0 = Sunday */
};

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void next_day(struct day *d)
{
    static const int sizes[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
    d->weekday = (d->weekday + 1) % 7;
    if (++d->day > sizes[d->month] + (leap && d->month == 1)) {
        d->day = 1;
        if (++d->month == 12) {
            d->month = 0;
            d->year++;
        }
    }
}

static void date_text(char *text, const char *name, const struct day *d, unsigned seconds)
{
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    sprintf(text, "%s: %s, %02d %s %04d %02u:%02u:%02u GMT", name, weekdays[d->weekday], d->day, month_names[d->month],
            d->year, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void test_calendar(void **state)
{
    struct day day = {1970, 0, 1, 4};
    uint32_t random = 1;
    unsigned long count = 0;
    (void)state;
    while (day.year < 2405) {
        struct day then = day;
        unsigned days, i, from, to;
        char now_text[64], then_text[64];
        uint32_t seconds;
        random = random * 1103515245u + 12345u;
        days = day.day > 26 ? 1 + (random >> 16) % 3 : (random >> 16) % 49;
        from = (random >> 8) % 86400;
        to = (random >> 4) % 86400;
        for (i = 0; i < days; i++) {
            next_day(&then);
        }
        seconds = days * 86400u + to - from;
        date_text(now_text, "Date", &day, from);
        date_text(then_text, "Retry-After", &then, to);
        head("HTTP/1.1 503 X\r\n");
        assert_int_equal(line(now_text), KRATOS_HTTP_MORE);
        assert_int_equal(line(then_text), KRATOS_HTTP_MORE);
        if (http.retry_at - http.date != seconds) {
            fail_msg("%s, %s: %lu s", now_text, then_text, (unsigned long)(http.retry_at - http.date));
        }
        count++;
        for (i = 0; i < (day.year > 2110 && day.year < 2390 ? 5u : 1u); i++) {
            next_day(&day);
        }
    }
    assert_true(count > 70000);
}

/* Days around the ends of months of the years that are told apart. */
static void test_leap_days(void **state)
{
    static const struct {
        const char *now, *then;
        uint32_t days;
    } rows[] = {
        {"Sun, 28 Feb 1999", "Mon, 01 Mar 1999", 1},  {"Mon, 28 Feb 2000", "Wed, 01 Mar 2000", 2},
        {"Tue, 29 Feb 2000", "Wed, 01 Mar 2000", 1},  {"Sun, 28 Feb 2100", "Mon, 01 Mar 2100", 1},
        {"Mon, 28 Feb 2400", "Wed, 01 Mar 2400", 2},  {"Wed, 28 Feb 2024", "Fri, 01 Mar 2024", 2},
        {"Fri, 31 Dec 1999", "Sat, 01 Jan 2000", 1},  {"Fri, 31 Dec 9998", "Sat, 01 Jan 9999", 1},
        {"Wed, 31 Dec 2099", "Fri, 01 Jan 2100", 1},  {"Wed, 28 Feb 1973", "Thu, 01 Mar 1973", 1},
        {"Fri, 30 Jan 1970", "Sun, 01 Mar 1970", 30}, {"Mon, 28 Feb 1972", "Wed, 01 Mar 1972", 2},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char text[200];
        sprintf(text, "Date: %s 00:00:00 GMT\r\nRetry-After: %s 00:00:00 GMT\r\n", rows[i].now, rows[i].then);
        assert_in_range(wait_after("503", text), 1000, 86400000);
        if (http.retry_at - http.date != rows[i].days * 86400u) {
            fail_msg("%s: %lu s", text, (unsigned long)(http.retry_at - http.date));
        }
    }
}

/* Is the text of 29 bytes a date? The day of the week is not asked for. */
static bool taken(const char *text, size_t n, bool as_date)
{
    char now_text[80], then_text[80];
    sprintf(now_text, "Date: %.*s", (int)(as_date ? n : 29), as_date ? text : "Sun, 06 Nov 1994 08:00:00 GMT");
    sprintf(then_text, "Retry-After: %.*s", (int)(as_date ? 29 : n), as_date ? "Sun, 06 Nov 1994 09:00:00 GMT" : text);
    head("HTTP/1.1 503 X\r\n");
    assert_int_equal(line_of(now_text, as_date ? 6 + n : 35), KRATOS_HTTP_MORE);
    assert_int_equal(line_of(then_text, as_date ? 42 : 13 + n), KRATOS_HTTP_MORE);
    return (http.flags & (as_date ? KRATOS_HTTP_DATED : KRATOS_HTTP_RETRY_DATE)) != 0;
}

static void test_nearly_dates(void **state)
{
    static const char good[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    static const char *const bad[] = {
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMTx",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 NOV 1994 08:49:37 GMT",
        "Sun, 06 anF 1994 08:49:37 GMT",
        "Sun, 06 ecJ 1994 08:49:37 GMT",
        "Sun, 06 Dez 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 11  1994 08:49:37 GMT",
        "784111777",
        "",
    };
    size_t at, i;
    int c, as_date;
    (void)state;
    for (as_date = 0; as_date < 2; as_date++) {
        assert_true(taken(good, 29, as_date != 0));
        for (at = 3; at < 29; at++) {
            for (c = 1; c < 256; c++) {
                char text[sizeof good];
                bool fits;
                memcpy(text, good, sizeof good);
                text[at] = (char)c;
                fits = is_digit(good[at]) ? is_digit(c) : c == good[at];
                if (taken(text, 29, as_date != 0) != fits) {
                    fail_msg("%d: \"%s\" (0x%02x at %zu)", as_date, text, (unsigned)c, at);
                }
            }
        }
        for (i = 0; i < COUNT(bad); i++) {
            if (taken(bad[i], strlen(bad[i]), as_date != 0)) {
                fail_msg("%d: \"%s\"", as_date, bad[i]);
            }
        }
        for (i = 0; i < 12; i++) {
            char text[sizeof good];
            memcpy(text, good, sizeof good);
            memcpy(text + 8, month_names[i], 3);
            assert_true(taken(text, 29, as_date != 0));
        }
        assert_true(taken("Thu, 01 Jan 1970 00:00:00 GMT", 29, as_date != 0));
        assert_true(taken("Fri, 31 Dec 9999 23:59:59 GMT", 29, as_date != 0));
    }
}

/* ---- Through the whole client ------------------------------------------------------------------------ */

static struct peer peer;
static char work[1024];
static char reply[300];
static size_t reply_n;

static void serve_reply(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_raw(p, reply, reply_n);
}

/* Each value of a byte in each part of a reply that is no body. */
static void test_bytes_of_a_reply(void **state)
{
    static const struct {
        const char *name, *before, *behind;
        bool (*good)(int c);
        bool chunked;
    } rows[] = {
        {"reason", "HTTP/1.1 200 O", "K\r\n", is_text, false},
        {"end of the reason", "HTTP/1.1 200 O", "\r\n", is_text, false},
        {"header name", "HTTP/1.1 200 OK\r\nX-", "y: z\r\n", in_trailer_name, false},
        {"header value", "HTTP/1.1 200 OK\r\nX-Any: y", "z\r\n", is_text, false},
        {"end of a header value", "HTTP/1.1 200 OK\r\nX-Any: y", "\r\n", is_text, false},
        {"chunk extension", "2d;x", "y\r\n" WHO "\r\n0\r\n\r\n", is_text, true},
        {"behind the chunk size", "2d ", "\r\n" WHO "\r\n0\r\n\r\n", blank_or_semicolon, true},
        {"trailer name", "2d\r\n" WHO "\r\n0\r\nX", "y: z\r\n\r\n", in_trailer_name, true},
        {"trailer value", "2d\r\n" WHO "\r\n0\r\nX: ", "z\r\n\r\n", is_text, true},
    };
    static const char type[] = "Content-Type: application/json\r\n";
    size_t i, piece;
    int c;
    (void)state;
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve_reply;
    peer.config.timeout_ms = 5;
    for (i = 0; i < COUNT(rows); i++) {
        for (c = 0; c < 256; c++) {
            for (piece = 0; piece < 3; piece++) {
                char byte[2] = {(char)c, '\0'};
                struct kratos_identity who;
                int rc;
                if (rows[i].chunked) {
                    reply_n = (size_t)sprintf(reply, "HTTP/1.1 200 OK\r\n%s" CODED "\r\n%s%s", type, rows[i].before,
                                              c != 0 ? byte : "?");
                } else {
                    reply_n = (size_t)sprintf(reply, "%s%s", rows[i].before, c != 0 ? byte : "?");
                }
                reply[reply_n - 1] = (char)c;
                reply_n += (size_t)sprintf(reply + reply_n, "%s", rows[i].behind);
                if (!rows[i].chunked) {
                    reply_n += (size_t)sprintf(reply + reply_n, "%sContent-Length: 45\r\n\r\n" WHO, type);
                }
                peer.piece = piece;
                rc = kratos_get_identity(&peer.k, UUID, NULL, &who);
                if (rc != (rows[i].good(c) ? KRATOS_OK : KRATOS_ERR_HTTP)) {
                    fail_msg("0x%02x, %s, pieces of %zu: %d", (unsigned)c, rows[i].name, piece, rc);
                }
                assert_int_equal(peer.open, rows[i].good(c));
            }
        }
    }
}

static int free_block(void **state)
{
    (void)state;
    free(block);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_status_line_bytes),
        cmocka_unit_test(test_status_line_lengths),
        cmocka_unit_test(test_empty_lines),
        cmocka_unit_test(test_interim_is_forgotten),
        cmocka_unit_test(test_header_name_bytes),
        cmocka_unit_test(test_header_lines),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_dispensable),
        cmocka_unit_test(test_location),
        cmocka_unit_test(test_total_count),
        cmocka_unit_test(test_content_type),
        cmocka_unit_test(test_connection),
        cmocka_unit_test(test_nothing_behind_a_line),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_frame_bytes),
        cmocka_unit_test(test_took),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_overhead),
        cmocka_unit_test(test_limit_of_heads),
        cmocka_unit_test(test_limit_of_frames),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_waits_of_refusals_only),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_leap_days),
        cmocka_unit_test(test_nearly_dates),
        cmocka_unit_test(test_bytes_of_a_reply),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, free_block) != 0;
}
