/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of requests, by operations of this test's own whose bodies have any length: each number of digits of
 * Content-Length, each size around that of the window, and what is left in the work buffer when a request is refused. The
 * work buffer is a heap block of its exact size, so that a sanitizer sees each byte too far.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "op.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SIZE_MAX_HERE 400000
#define UUID "11111111-2222-4333-8444-555555555555"
#define SECRET "secret"

/* ---- The connection: takes all, and answers when as many bytes came as are wanted ----------------- */

static struct {
    char wanted[SIZE_MAX_HERE], sent[SIZE_MAX_HERE];
    size_t wanted_n, sent_n, piece;
    const char *answer;
    size_t answered;
    uint32_t now;
    unsigned closes;
} line;

static int line_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    return 1;
}

static int line_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    (void)wait_ms;
    n = line.piece != 0 && n > line.piece ? line.piece : n;
    assert_true(n <= SIZE_MAX_HERE - line.sent_n);
    memcpy(line.sent + line.sent_n, p, n);
    line.sent_n += n;
    return (int)n;
}

static int line_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    size_t left = strlen(line.answer) - line.answered;
    (void)ctx;
    if (line.sent_n != line.wanted_n || left == 0) {
        line.now += wait_ms;
        return 0;
    }
    n = n < left ? n : left;
    memcpy(p, line.answer + line.answered, n);
    line.answered += n;
    return (int)n;
}

static void line_close(void *ctx)
{
    (void)ctx;
    line.closes++;
}

static uint32_t line_now_ms(void *ctx)
{
    (void)ctx;
    return line.now;
}

static const struct kratos_io io = {
    .open = line_open, .write = line_write, .read = line_read, .close = line_close, .now_ms = line_now_ms};

static struct kratos k;
static struct kratos_config config;
static char *work;

static void start(size_t work_size)
{
    free(work);
    work = (char *)malloc(work_size);
    memset(work, 0xEE, work_size);
    memset(&config, 0, sizeof config);
    line.sent_n = line.wanted_n = line.answered = line.piece = 0;
    line.closes = 0;
    line.answer = "HTTP/1.1 204 No Content\r\n\r\n";
    config.host = "kratos";
    config.port = 80;
    config.work = work;
    config.work_size = work_size;
    assert_int_equal(kratos_init(&k, &config, &io), KRATOS_OK);
}

static void want(const char *p, size_t n)
{
    assert_true(n <= SIZE_MAX_HERE - line.wanted_n);
    memcpy(line.wanted + line.wanted_n, p, n);
    line.wanted_n += n;
}

static void want_text(const char *s)
{
    want(s, strlen(s));
}

/* The call succeeded, and exactly the wanted bytes were sent. */
static void must_be_sent(int rc, const char *row)
{
    size_t i = 0;
    while (i < line.sent_n && i < line.wanted_n && line.sent[i] == line.wanted[i]) {
        i++;
    }
    if (rc != KRATOS_OK || line.sent_n != line.wanted_n || i != line.sent_n) {
        fail_msg("%s, work buffer of %zu: %d (%s), %zu bytes, wanted %zu, they differ at %zu", row, config.work_size,
                 rc, kratos_last_fault(&k)->reason.p, line.sent_n, line.wanted_n, i);
    }
    assert_int_equal(line.closes, 0);
    for (i = 0; i < config.work_size; i++) {
        if (i + 6 <= config.work_size && memcmp(work + i, SECRET, 6) == 0) {
            fail_msg("%s: a secret stays at %zu of the work buffer", row, i);
        }
    }
}

/* ---- An operation whose body has any length -------------------------------------------------------- */

static struct {
    size_t n;             /* of the body */
    unsigned passes;      /* so far */
    unsigned change_at;   /* from this pass on ... */
    int change;           /* ... so many bytes more */
    const char *fails_as; /* ... or a failure */
} body;

static void write_body(struct kratos_out *out, const void *args)
{
    static const char text[] = SECRET "-0123456789abcdef";
    size_t n = body.n;
    bool changed = body.change_at != 0 && body.passes + 1 >= body.change_at;
    (void)args;
    body.passes++;
    if (changed && body.fails_as != NULL) {
        kratos_out_fail(out, body.fails_as);
    }
    n += changed ? (size_t)body.change : 0;
    if (n == 1) {
        kratos_out_int(out, 7);
        return;
    }
    kratos_out_array(out); /* no separator inside: the text of the rest is raw */
    for (n -= 2; n != 0;) {
        size_t part = n < sizeof text - 1 ? n : sizeof text - 1;
        kratos_out_raw(out, text, part);
        n -= part;
    }
    kratos_out_close(out);
}

static void want_body(size_t n)
{
    static const char text[] = SECRET "-0123456789abcdef";
    if (n == 1) {
        want_text("7");
        return;
    }
    want_text("[");
    for (n -= 2; n != 0;) {
        size_t part = n < sizeof text - 1 ? n : sizeof text - 1;
        want(text, part);
        n -= part;
    }
    want_text("]");
}

static const char path[] = "/admin/any";
static const struct kratos_op post = {.path = path, .body = write_body, .success = KRATOS_204, .method = "POST"};
static const struct kratos_op put = {.path = path, .body = write_body, .success = KRATOS_204, .method = "PUT"};
static const struct kratos_op delete_op = {.path = path, .success = KRATOS_204, .method = "DELETE"};

#define HEAD_END                                                                                                       \
    " HTTP/1.1\r\nHost: kratos\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: kratos-c"
#define TYPE "\r\nContent-Type: application/json\r\nContent-Length: "

static void want_post(size_t n)
{
    char digits[24];
    line.wanted_n = 0;
    want_text("POST /admin/any" HEAD_END TYPE);
    snprintf(digits, sizeof digits, "%zu\r\n\r\n", n);
    want_text(digits);
    want_body(n);
}

static int run(const struct kratos_op *op, size_t n)
{
    memset(&body, 0, sizeof body);
    body.n = n;
    return kratos_run(&k, &body, NULL, op);
}

/* ---- Lengths ------------------------------------------------------------------------------------------ */

static void test_digits_of_the_length(void **state)
{
    static const size_t lengths[] = {1,     2,     3,     9,     10,    11,     98,     99,     100,
                                     101,   998,   999,   1000,  1001,  9998,   9999,   10000,  10001,
                                     32767, 65535, 65536, 99998, 99999, 100000, 100001, 123456, 250000};
    static const size_t sizes[] = {KRATOS_WORK_MIN, 257, 1000, 20000, 300000};
    size_t i, s, piece;
    (void)state;
    for (i = 0; i < COUNT(lengths); i++) {
        for (s = 0; s < COUNT(sizes); s++) {
            for (piece = 0; piece < 4; piece += 3) {
                char row[60];
                if (piece != 0 && lengths[i] > 10001) {
                    continue;
                }
                snprintf(row, sizeof row, "body of %zu", lengths[i]);
                start(sizes[s]);
                line.piece = piece;
                want_post(lengths[i]);
                must_be_sent(run(&post, lengths[i]), row);
            }
        }
    }
}

/* A pass counts, and one a window follows; a request that fits, with five digits for its length, is written by the first one. */
static void must_have_passed(size_t n, size_t window, const char *row)
{
    size_t digits = (size_t)snprintf(NULL, 0, "%zu", n), windows = (line.wanted_n + window - 1) / window;
    size_t passes = digits <= 5 && line.wanted_n + 5 - digits <= window ? 1 : 1 + windows;
    if (body.passes != passes) {
        fail_msg("%s, window of %zu: %u passes instead of %zu", row, window, body.passes, passes);
    }
}

/* Every body around the size of the smallest window, and of larger ones where the number of digits changes. */
static void test_sizes_around_the_window(void **state)
{
    static const size_t lengths[] = {9, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 100000, 100001};
    size_t i, n, around;
    (void)state;
    for (n = 1; n < 700; n++) {
        char row[60];
        start(KRATOS_WORK_MIN);
        want_post(n);
        snprintf(row, sizeof row, "body of %zu", n);
        must_be_sent(run(&post, n), row);
        must_have_passed(n, KRATOS_WORK_MIN, row);
    }
    for (i = 0; i < COUNT(lengths); i++) {
        for (around = 0; around < 16; around++) {
            char row[60];
            size_t size;
            want_post(lengths[i]);
            size = line.wanted_n - 8 + around;
            if (size < KRATOS_WORK_MIN) {
                continue;
            }
            start(size);
            want_post(lengths[i]);
            snprintf(row, sizeof row, "body of %zu", lengths[i]);
            must_be_sent(run(&post, lengths[i]), row);
            must_have_passed(lengths[i], size, row);
        }
    }
}

/* The window lies above the last reply, which arguments may point into. */
static void test_above_a_reply(void **state)
{
    static const struct kratos_op at = {
        .path = "/admin/any/{id}", .body = write_body, .success = KRATOS_204, .method = "PUT"};
    size_t n;
    (void)state;
    for (n = 1; n < 420; n++) {
        static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 70\r\n\r\n"
                                    "{\"id\":\"" UUID "\",\"state\":\"a state to put\"}";
        struct kratos_identity who;
        char digits[60];
        int rc;
        start(400);
        line.answer = reply;
        want_text("GET /admin/identities/" UUID HEAD_END "\r\n\r\n");
        assert_int_equal(kratos_get_identity(&k, UUID, NULL, &who), KRATOS_OK);
        assert_string_equal(who.state.p, "a state to put");
        line.sent_n = line.wanted_n = line.answered = 0;
        line.answer = "HTTP/1.1 204 No Content\r\n\r\n";
        memset(&body, 0, sizeof body);
        body.n = n;
        want_text("PUT /admin/any/a%20state%20to%20put" HEAD_END TYPE);
        snprintf(digits, sizeof digits, "%zu\r\n\r\n", n);
        want_text(digits);
        want_body(n);
        rc = kratos_run_at(&k, who.state.p, &body, NULL, &at);
        snprintf(digits, sizeof digits, "body of %zu behind a reply", n);
        must_be_sent(rc, digits);
        must_have_passed(n, 400 - k.request.above, digits);
    }
}

/* A second request on the same connection, behind one with a longer or shorter length. */
static void test_one_after_the_other(void **state)
{
    static const size_t lengths[] = {99, 5, 1000, 10, 1};
    size_t i;
    (void)state;
    start(512);
    for (i = 0; i < COUNT(lengths); i++) {
        line.sent_n = line.answered = 0;
        want_post(lengths[i]);
        must_be_sent(run(&post, lengths[i]), "the next request");
        line.sent_n = line.wanted_n = line.answered = 0;
        want_text("DELETE /admin/any" HEAD_END "\r\n\r\n");
        must_be_sent(run(&delete_op, 0), "a request without a body");
    }
    assert_int_equal(line.closes, 0);
}

/* ---- Heads -------------------------------------------------------------------------------------------- */

static void write_query(struct kratos_out *out, const void *args)
{
    (void)args;
    kratos_out_query(out, "a", "b c");
    kratos_out_query_number(out, "n", 7);
}

static const struct kratos_op plain_get = {.path = path, .success = KRATOS_204, .method = "GET"};
static const struct kratos_op query_get = {.path = path, .query = write_query, .success = KRATOS_204, .method = "GET"};
static const struct kratos_op path_delete = {
    .path = "/admin/x/{id}/y", .query = write_query, .success = KRATOS_204, .method = "DELETE"};

static const struct kratos_header headers[] = {{"X-One", "1"}, {"X-Empty", ""}, {"cookie", "a=\"b\"; c=\xc3\xa9"}};

static const struct head_row {
    const char *name;
    const struct kratos_op *op;
    const char *parameter, *host;
    uint16_t port;
    const char *base_path, *bearer;
    size_t header_count;
    const char *wanted; /* up to the end of the head; NULL: the usual one */
} head_rows[] = {
    {"get", &plain_get, NULL, "h", 4434, NULL, NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: h:4434\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: "
     "kratos-c\r\n\r\n"},
    {"largest port", &plain_get, NULL, "h", 65535, "", NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: h:65535\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: "
     "kratos-c\r\n\r\n"},
    {"smallest port", &plain_get, NULL, "10.0.0.1", 1, NULL, NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: 10.0.0.1:1\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"query", &query_get, NULL, "h", 80, NULL, NULL, 0,
     "GET /admin/any?a=b%20c&n=7 HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"base path", &query_get, NULL, "h", 80, "/k/%41", NULL, 0,
     "GET /k/%41/admin/any?a=b%20c&n=7 HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"path parameter", &path_delete, "a/b?", "h", 80, NULL, NULL, 0,
     "DELETE /admin/x/a%2Fb%3F/y?a=b%20c&n=7 HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"path parameter and base path", &path_delete, "a", "h", 80, "/k", NULL, 0,
     "DELETE /k/admin/x/a/y?a=b%20c&n=7 HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"IPv6", &plain_get, NULL, "::1", 80, NULL, NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: [::1]\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: "
     "kratos-c\r\n\r\n"},
    {"IPv6 that ends in a colon", &plain_get, NULL, "2001:db8::", 80, NULL, NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: [2001:db8::]\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"socket", &plain_get, NULL, "unix:/run/k", 0, NULL, NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n\r\n"},
    {"socket and a port", &plain_get, NULL, "unix:/run/k", 80, NULL, "t", 0,
     "GET /admin/any HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\nAuthorization: Bearer t\r\n\r\n"},
    {"a host like that of a socket", &plain_get, NULL, "unix", 80, NULL, NULL, 0,
     "GET /admin/any HTTP/1.1\r\nHost: unix\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: "
     "kratos-c\r\n\r\n"},
    {"bearer", &plain_get, NULL, "localhost", 80, NULL, "ory_pat_" SECRET "/+=", 0,
     "GET /admin/any HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\n"
     "Authorization: Bearer ory_pat_" SECRET "/+=\r\n\r\n"},
    {"a header", &plain_get, NULL, "h", 80, NULL, NULL, 1,
     "GET /admin/any HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: "
     "kratos-c\r\nX-One: 1\r\n\r\n"},
    {"headers", &plain_get, NULL, "h", 80, NULL, NULL, 3,
     "GET /admin/any HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: "
     "kratos-c\r\nX-One: "
     "1\r\nX-Empty: \r\n"
     "cookie: a=\"b\"; c=\xc3\xa9\r\n\r\n"},
    {"all", &put, NULL, "::1", 80, "/k", "t", 2,
     "PUT /k/admin/any HTTP/1.1\r\nHost: [::1]\r\nAccept: application/json\r\nAccept-Encoding: "
     "identity\r\nUser-Agent: kratos-c\r\nAuthorization: Bearer t\r\n"
     "X-One: 1\r\nX-Empty: " TYPE "12\r\n\r\n[secret-012]"},
};

static void test_heads(void **state)
{
    size_t i, size;
    (void)state;
    for (i = 0; i < COUNT(head_rows); i++) {
        const struct head_row *row = &head_rows[i];
        for (size = KRATOS_WORK_MIN; size < 512; size += 17) {
            start(size);
            config.host = row->host;
            config.port = row->port;
            config.base_path = row->base_path;
            config.bearer = row->bearer;
            config.headers = row->header_count != 0 ? headers : NULL;
            config.header_count = row->header_count;
            assert_int_equal(kratos_init(&k, &config, &io), KRATOS_OK);
            want_text(row->wanted);
            memset(&body, 0, sizeof body);
            body.n = 12;
            must_be_sent(row->parameter != NULL ? kratos_run_at(&k, row->parameter, &body, NULL, row->op)
                                                : kratos_run(&k, &body, NULL, row->op),
                         row->name);
        }
    }
}

/* What the application says instead of the library: Host for a proxy that serves by name, User-Agent, or none. */
static void test_said_by_the_application(void **state)
{
    static const struct {
        const char *host, *authority, *user_agent, *head;
    } rows[] = {
        {"10.0.0.1", "kratos.internal", NULL, "kratos.internal|\r\nUser-Agent: kratos-c"},
        {"10.0.0.1", "kratos.internal:444", "", "kratos.internal:444|"},
        {"unix:/run/k", "kratos.internal", "gateway/2.1 (m4)", "kratos.internal|\r\nUser-Agent: gateway/2.1 (m4)"},
        {"::1", NULL, "", "[::1]:4434|"},
        {"unix:/run/k", NULL, "x", "localhost|\r\nUser-Agent: x"},
        {"h.", "", NULL, "|\r\nUser-Agent: kratos-c"}, /* RFC 9110 7.2: allowed where there is no authority */
    };
    char text[200];
    size_t i, size;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        size_t n = strcspn(rows[i].head, "|");
        for (size = KRATOS_WORK_MIN; size < 300; size++) {
            start(size);
            config.host = rows[i].host;
            config.port = 4434;
            config.authority = rows[i].authority;
            config.user_agent = rows[i].user_agent;
            assert_int_equal(kratos_init(&k, &config, &io), KRATOS_OK);
            snprintf(text, sizeof text,
                     "GET /admin/any HTTP/1.1\r\nHost: %.*s\r\nAccept: application/json\r\nAccept-Encoding: identity"
                     "%s\r\n\r\n",
                     (int)n, rows[i].head, rows[i].head + n + 1);
            want_text(text);
            must_be_sent(kratos_run(&k, NULL, NULL, &plain_get), rows[i].head);
        }
    }
}

/* RFC 9110 7.2: what a proxy compares as text. The default port is left out, a zone and the last dot are for connecting only. */
static void test_hosts(void **state)
{
    static const struct {
        const char *host;
        uint16_t port;
        bool confidential;
        const char *wanted;
    } rows[] = {
        {"h", 80, false, "h"},
        {"h", 443, true, "h"},
        {"h", 443, false, "h:443"},
        {"h", 80, true, "h:80"},
        {"h", 8080, false, "h:8080"},
        {"h.test.", 80, false, "h.test"},
        {"h.test.", 4434, true, "h.test:4434"},
        {"h.test..", 4434, true, "h.test.:4434"},
        {".", 4434, true, ".:4434"},
        {"fe80::1%eth0", 80, false, "[fe80::1]"},
        {"fe80::1%eth0", 4434, false, "[fe80::1]:4434"},
        {"fe80::1%eth0.5.", 4434, false, "[fe80::1]:4434"},
        {"h%41", 4434, false, "h%41:4434"},
        {"::1", 443, true, "[::1]"},
        {"unix:/run/k", 443, false, "localhost"},
    };
    struct kratos_io guarded = io;
    char text[200];
    size_t i;
    (void)state;
    guarded.confidential = true;
    for (i = 0; i < COUNT(rows); i++) {
        start(256);
        config.host = rows[i].host;
        config.port = rows[i].port;
        assert_int_equal(kratos_init(&k, &config, rows[i].confidential ? &guarded : &io), KRATOS_OK);
        snprintf(text, sizeof text,
                 "GET /admin/any HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nAccept-Encoding: "
                 "identity\r\nUser-Agent: kratos-c\r\n\r\n",
                 rows[i].wanted);
        want_text(text);
        must_be_sent(kratos_run(&k, NULL, NULL, &plain_get), rows[i].wanted);
    }
}

/* RFC 9110 8.6: some proxies answer 411 to a method that usually has a body and says nothing of a length. */
static void test_no_body(void **state)
{
    static const char *const methods[] = {"GET", "DELETE", "PATCH", "POST", "PUT"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(methods); i++) {
        struct kratos_op op = plain_get;
        char text[200];
        strcpy(op.method, methods[i]);
        start(256);
        snprintf(text, sizeof text, "%s %s" HEAD_END "%s\r\n\r\n", methods[i], path,
                 i < 2 ? "" : "\r\nContent-Length: 0");
        want_text(text);
        must_be_sent(kratos_run(&k, NULL, NULL, &op), methods[i]);
    }
}

/* ---- Refusals ----------------------------------------------------------------------------------------- */

/* Refused before anything is sent: the reason is told, and no byte of the request is left. */
static void refused(int rc, const char *reason, const char *row)
{
    const struct kratos_fault *f = kratos_last_fault(&k);
    size_t i;
    if (rc != KRATOS_ERR_ARG || f->effect != KRATOS_NOT_SENT || strcmp(f->reason.p, reason) != 0 || line.sent_n != 0 ||
        f->reason.n != strlen(reason) || kratos_busy(&k)) {
        fail_msg("%s: %d, effect %d, \"%s\", %zu bytes sent", row, rc, (int)f->effect, f->reason.p, line.sent_n);
    }
    for (i = 0; i < config.work_size; i++) {
        if (work[i] != 0 && work[i] != (char)0xEE) {
            fail_msg("%s, work buffer of %zu: byte %zu is 0x%02x", row, config.work_size, i, (unsigned char)work[i]);
        }
    }
}

static void write_bad_query(struct kratos_out *out, const void *args)
{
    (void)args;
    kratos_out_query(out, "a", SECRET);
    kratos_out_query(out, "b", "");
}

static void write_half(struct kratos_out *out, const void *args)
{
    (void)args;
    kratos_out_object(out);
}

static void write_nothing(struct kratos_out *out, const void *args)
{
    (void)out;
    (void)args;
}

static void write_two(struct kratos_out *out, const void *args)
{
    (void)args;
    kratos_out_str(out, SECRET);
    kratos_out_str(out, SECRET);
}

static void test_refused(void **state)
{
    static const char misuse[] = "JSON order";
    static const struct kratos_op bad_query = {
        .path = path, .query = write_bad_query, .body = write_body, .success = KRATOS_204, .method = "POST"};
    static const struct kratos_op half = {.path = path, .body = write_half, .success = KRATOS_204, .method = "POST"};
    static const struct kratos_op nothing = {
        .path = path, .body = write_nothing, .success = KRATOS_204, .method = "POST"};
    static const struct kratos_op two = {.path = path, .body = write_two, .success = KRATOS_204, .method = "POST"};
    static const size_t lengths[] = {1,   2,   40,  120, 121, 122, 123,  124,   125,
                                     126, 127, 128, 129, 130, 200, 1000, 120000};
    size_t size, i;
    (void)state;
    for (size = KRATOS_WORK_MIN; size <= 640; size += 32) {
        for (i = 0; i < COUNT(lengths); i++) {
            start(size);
            config.bearer = "ory_pat_" SECRET;
            config.bearer_in_clear = true;
            memset(&body, 0, sizeof body);
            body.n = lengths[i];
            body.change_at = 1;
            body.fails_as = "at the start of the body";
            refused(kratos_run(&k, &body, NULL, &post), body.fails_as, "body that fails");
            memset(&body, 0, sizeof body);
            body.n = lengths[i];
            refused(kratos_run(&k, &body, NULL, &bad_query), "query", "query");
            refused(kratos_run(&k, &body, NULL, &half), misuse, "half a body");
            refused(kratos_run(&k, &body, NULL, &nothing), misuse, "no body");
            refused(kratos_run(&k, &body, NULL, &two), misuse, "two values");
            refused(kratos_run(&k, NULL, NULL, &post), "body", "body NULL");
            refused(kratos_run_at(&k, SECRET "\n", &body, NULL, &path_delete), "control char", "path");
            refused(kratos_run_at(&k, "", &body, NULL, &path_delete), "path", "empty path");
            config.bearer = "no t" SECRET; /* what became wrong after kratos_init() */
            refused(kratos_run(&k, &body, NULL, &post), "bearer", "bearer");
            assert_int_equal(line.closes, 0);
            config.bearer = "ory_pat_" SECRET;
            want_text("POST /admin/any" HEAD_END "\r\nAuthorization: Bearer ory_pat_" SECRET TYPE "1\r\n\r\n7");
            must_be_sent(run(&post, 1), "afterwards");
        }
    }
}

/* What is overwritten ends with the work buffer, whatever had been written until the refusal. */
static void write_long_and_fail(struct kratos_out *out, const void *args)
{
    write_body(out, args);
    kratos_out_fail(out, "at the end of the body");
}

static void test_refused_behind_the_window(void **state)
{
    static const struct kratos_op late = {
        .path = path, .body = write_long_and_fail, .success = KRATOS_204, .method = "POST"};
    size_t n, i;
    (void)state;
    for (n = 100; n < 400; n++) {
        start(KRATOS_WORK_MIN + 512);
        config.work_size = KRATOS_WORK_MIN; /* and bytes behind it */
        assert_int_equal(kratos_init(&k, &config, &io), KRATOS_OK);
        refused(run(&late, n), "at the end of the body", "fails at its end");
        for (i = KRATOS_WORK_MIN; i < KRATOS_WORK_MIN + 512; i++) {
            if (work[i] != (char)0xEE) {
                fail_msg("body of %zu: byte %zu behind the work buffer was written", n, i - KRATOS_WORK_MIN);
            }
        }
        must_be_sent(0, "nothing");
        want_post(n);
        must_be_sent(run(&post, n), "afterwards");
    }
}

/* Arguments that are needed again behind the first reply must not lie where it will stand. */
static const char *lent;

static void write_lent(struct kratos_out *out, const void *args)
{
    (void)args;
    kratos_out_query(out, "q", lent);
}

static int end_well(struct kratos *client, const struct kratos_call *call)
{
    (void)client;
    (void)call;
    return KRATOS_OK;
}

static void test_lent_arguments(void **state)
{
    static const struct kratos_shape again = {.again = true, .end = end_well}, once = {.end = end_well};
    static const struct kratos_op kept = {
        .path = path, .shape = &again, .query = write_lent, .success = KRATOS_204, .method = "GET"};
    static const struct kratos_op used = {
        .path = path, .shape = &once, .query = write_lent, .success = KRATOS_204, .method = "GET"};
    static const size_t places[] = {0, 1, 100, 200, 300, 510};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(places); i++) {
        start(512);
        memset(work, 0xEE, 512);
        memcpy(work + places[i], "x", 2);
        lent = work + places[i];
        assert_int_equal(kratos_run(&k, NULL, NULL, &kept), KRATOS_ERR_ARG);
        assert_string_equal(kratos_last_fault(&k)->reason.p, "work buffer");
        assert_int_equal(line.sent_n, 0);
        lent = "x";
        want_text("GET /admin/any?q=x" HEAD_END "\r\n\r\n");
        must_be_sent(kratos_run(&k, NULL, NULL, &kept), "outside");
        if (places[i] == 510) { /* behind the request, so that it is there when it is read */
            memcpy(work + places[i], "x", 2);
            lent = work + places[i];
            line.sent_n = line.answered = 0;
            must_be_sent(kratos_run(&k, NULL, NULL, &used), "inside, but needed once");
        }
    }
}

/* A reply that is read changes nothing in how its request is written. */
static void test_passes_where_a_reply_is_read(void **state)
{
    static const struct kratos_shape shape = {.end = end_well};
    static const struct kratos_op shaped = {
        .path = path, .shape = &shape, .body = write_body, .success = KRATOS_204, .method = "POST"};
    size_t n;
    (void)state;
    for (n = 1; n < 700; n += 7) {
        start(512);
        want_post(n);
        must_be_sent(run(&shaped, n), "a request with a reply");
        must_have_passed(n, 512, "a request with a reply");
    }
}

/* ---- Writers that change their mind --------------------------------------------------------------------- */

/* No request is completed that is not what was counted. */
static void test_changed(void **state)
{
    static const int changes[] = {-1, 1, -30, 300, 0};
    size_t c, n;
    unsigned at;
    (void)state;
    for (c = 0; c < COUNT(changes); c++) {
        for (at = 2; at < 6; at++) {
            for (n = 150; n < 1500; n += 37) {
                const struct kratos_fault *f;
                const char *reason = changes[c] == 0 ? "changed its mind" : "writer";
                int rc;
                size_t i;
                start(KRATOS_WORK_MIN);
                want_post(n);
                memset(&body, 0, sizeof body);
                body.n = n;
                body.change_at = at;
                body.change = changes[c];
                body.fails_as = changes[c] == 0 ? reason : NULL;
                rc = kratos_run(&k, &body, NULL, &post);
                f = kratos_last_fault(&k);
                if (body.passes < at) {
                    must_be_sent(rc, "done before the change");
                    continue;
                }
                if (rc != KRATOS_ERR_ARG || strcmp(f->reason.p, reason) != 0 || line.sent_n >= line.wanted_n ||
                    memcmp(line.sent, line.wanted, line.sent_n) != 0 || line.sent_n != (at - 2) * KRATOS_WORK_MIN ||
                    f->effect != (line.sent_n == 0 ? KRATOS_NOT_SENT : KRATOS_NOT_DONE) || f->http_status != 0 ||
                    f->transient || kratos_busy(&k) || line.closes != (line.sent_n != 0)) {
                    fail_msg("body of %zu, %d more in pass %u: %d, \"%s\", %zu of %zu bytes sent, effect %d, %u closes",
                             n, changes[c], at, rc, f->reason.p, line.sent_n, line.wanted_n, (int)f->effect,
                             line.closes);
                }
                for (i = 0; i < config.work_size; i++) {
                    if (work[i] != 0 && work[i] != (char)0xEE) {
                        fail_msg("byte %zu of the work buffer is left", i);
                    }
                }
            }
        }
    }
}

static int free_work(void **state)
{
    (void)state;
    free(work);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits_of_the_length),
        cmocka_unit_test(test_sizes_around_the_window),
        cmocka_unit_test(test_above_a_reply),
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_said_by_the_application),
        cmocka_unit_test(test_no_body),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_behind_the_window),
        cmocka_unit_test(test_lent_arguments),
        cmocka_unit_test(test_passes_where_a_reply_is_read),
        cmocka_unit_test(test_changed),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, free_work) != 0;
}
