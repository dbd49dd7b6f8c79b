/* SPDX-License-Identifier: Apache-2.0
 *
 * Leaving, with a port: a list that is left at any byte of its reply keeps its connection exactly when nothing more can come;
 * the one look at what is there when the time is over; a connection that was used before, and a deadline.
 */
#include "rig.h"

#include <limits.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ELEMENT "{\"id\":\"" UUID "\"}"
#define JSON "Content-Type: application/json\r\n"

static char reply[4000];
static size_t reply_n; /* of it given at once */

static void serve_reply(struct peer *p, const char *request, size_t n)
{
    if (strncmp(request, "GET /admin/identities?", 22) == 0 || strncmp(request, "GET /admin/identities ", 22) == 0) {
        peer_raw(p, reply, reply_n);
    } else {
        serve(p, request, n);
    }
}

static void serve_nothing(struct peer *p, const char *request, size_t n)
{
    (void)p;
    (void)request;
    (void)n;
}

/* ---- Lists that are left --------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
    size_t behind; /* bytes behind the end of the reply */
    bool keeps;    /* when all of it is here, and nothing behind it */
} replies[] = {
    {"length", "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 94\r\n\r\n[" ELEMENT "," ELEMENT " ]", 0, true},
    {"chunks",
     "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2e\r\n[" ELEMENT
     "\r\n1\r\n,\r\n2e;x=\"y\"\r\n" ELEMENT "]\r\n0\r\n\r\n",
     0, true},
    {"chunks and trailers",
     "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2e\r\n[" ELEMENT "\r\n2f\r\n," ELEMENT
     "]\r\n000;last\r\nA: b\r\nC:\r\n\r\n",
     0, true},
    {"the body is no JSON, which is not looked at",
     "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 50\r\n\r\n[" ELEMENT ",]]]", 0, true},
    {"length, and a byte behind", "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 47\r\n\r\n[" ELEMENT "]X", 1, true},
    {"chunks, and a byte behind",
     "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2f\r\n[" ELEMENT "]\r\n0\r\n\r\nX", 1, true},
    {"a chunk longer than said",
     "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2e\r\n[" ELEMENT "]\r\n0\r\n\r\n", 0, false},
    {"a chunk without a size",
     "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2e\r\n[" ELEMENT "\r\n\r\n]\r\n0\r\n\r\n", 0, false},
    {"a chunk that is no number",
     "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2e\r\n[" ELEMENT "\r\nxx\r\n]\r\n0\r\n\r\n", 0,
     false},
    {"Connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\n" JSON "Content-Length: 47\r\n\r\n[" ELEMENT "]", 0,
     false},
    {"until the close", "HTTP/1.1 200 OK\r\n" JSON "\r\n[" ELEMENT "]", 0, false},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\n" JSON "Content-Length: 47\r\n\r\n[" ELEMENT "]", 0, false},
};

static unsigned lists_left;

/* So much of the reply is here when the list is left after its first element. */
static void leave(size_t row, size_t here, int way)
{
    int rc = KRATOS_AGAIN, calls;
    bool kept = replies[row].keeps && here == strlen(replies[row].text) - replies[row].behind;
    start();
    peer.config.nonblocking = true;
    peer.serve = serve_reply;
    strcpy(reply, replies[row].text);
    reply_n = here;
    must_work(GET);
    for (calls = 0; calls < 5 && rc == KRATOS_AGAIN; calls++) {
        rc = once(LIST);
    }
    if (rc != KRATOS_OK) {
        kratos_close(&peer.k); /* the first element is not here yet */
        return;
    }
    lists_left++;
    (way == 0 ? kratos_cancel : way == 1 ? kratos_wipe : kratos_close)(&peer.k);
    assert_false(kratos_busy(&peer.k));
    if (peer.open != (kept && way != 2)) {
        fail_msg("%s: %zu bytes here, left by way %d: the connection is %s", replies[row].name, here, way,
                 peer.open ? "kept" : "closed");
    }
    must_work(GET);
    assert_int_equal(peer.opens, kept && way != 2 ? 1 : 2);
}

static void test_left_at_every_byte(void **state)
{
    size_t row, here;
    int way;
    (void)state;
    for (row = 0; row < COUNT(replies); row++) {
        for (here = 1; here <= strlen(replies[row].text); here++) {
            for (way = 0; way < 3; way++) {
                leave(row, here, way);
            }
        }
    }
    assert_true(lists_left > 3 * 12 * 5);
}

/* The rest is larger than what was received: closed, and nothing of it is taken for the next reply. */
static void test_left_with_much_to_come(void **state)
{
    size_t work_size;
    (void)state;
    for (work_size = 300; work_size < sizeof work; work_size += 61) {
        unsigned i;
        start_with(work_size);
        peer.serve = serve_reply;
        strcpy(reply, "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 1381\r\n\r\n[" ELEMENT);
        for (i = 0; i < 29; i++) {
            strcat(reply, "," ELEMENT);
        }
        strcat(reply, "]");
        reply_n = strlen(reply);
        assert_int_equal(once(LIST), KRATOS_OK);
        kratos_cancel(&peer.k);
        assert_int_equal(peer.open, peer.out_at == peer.out_n);
        assert_int_equal(kratos_delete_identity(&peer.k, UUID), KRATOS_OK);
    }
}

/* ---- The last look --------------------------------------------------------------------------------- */

/* When the time is over, what is there is read once, and is enough or not. */
static void test_one_look_when_time_is_over(void **state)
{
    static const struct {
        const char *name;
        size_t piece;
        uint32_t after;
        int rc;
    } rows[] = {
        {"in time", 0, 99, KRATOS_OK},
        {"all of it at the end", 0, 100, KRATOS_OK},
        {"all of it later", 0, 100000, KRATOS_OK},
        {"a part of it", 100, 100, KRATOS_ERR_TIMEOUT},
        {"a part of it, in time", 100, 99, KRATOS_OK},
        {"a byte of it, later", 1, 5000, KRATOS_ERR_TIMEOUT},
    };
    static const char late[] = "HTTP/1.1 204 No Content\r\nX-Pad: 01234567890123456789012345678901234567890123456789"
                               "01234567890123456789012345678901234567890123456789\r\n\r\n";
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        int rc;
        size_t given;
        start();
        peer.config.nonblocking = true;
        peer.config.timeout_ms = 100;
        peer.serve = NULL;
        do {
            rc = once(DELETE);
        } while (peer.requests == 0 && rc == KRATOS_AGAIN);
        peer.piece = rows[i].piece;
        peer_raw(&peer, late, sizeof late - 1);
        given = peer.given;
        peer.now += rows[i].after;
        do {
            rc = once(DELETE);
        } while (rc == KRATOS_AGAIN);
        if (rc != rows[i].rc) {
            fail_msg("%s: rc %d", rows[i].name, rc);
        }
        if (rc == KRATOS_ERR_TIMEOUT) {
            assert_int_equal(peer.given - given, rows[i].piece); /* one look */
            assert_false(peer.open);
        }
        peer.serve = serve;
        must_work(GET);
    }
}

static uint32_t overslept; /* each call that moves nothing takes this much longer than it may, */
static uint32_t nap;       /* or comes back after so much of its time */
static bool waited_too_long;

static void oversleep(uint32_t wait_ms)
{
    uint32_t passed = peer.now - hook.began;
    waited_too_long |= wait_ms > (passed < hook.limit ? hook.limit - passed : 0);
    peer.now += nap != 0 && wait_ms > nap ? nap : wait_ms + overslept;
}

static int sleepy_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    if (hook.slow_open) {
        oversleep(wait_ms);
        return 0;
    }
    return hook.open(ctx, host, port, wait_ms);
}

static int sleepy_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    if (hook.write_left == 0) {
        oversleep(wait_ms);
        return 0;
    }
    return hook.write(ctx, p, n, wait_ms);
}

static int sleepy_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    if (n > 1) {
        oversleep(wait_ms);
        return 0;
    }
    return hook.read(ctx, p, n, wait_ms);
}

/* An io may come back earlier than it must, or later than it may: it is made to wait for what is left, or not at all. */
static void test_no_wait_when_time_is_over(void **state)
{
    static const uint32_t by[] = {0, 0, 1, 5, 1000, 0x80000000u};
    size_t i;
    int where;
    (void)state;
    for (i = 0; i < COUNT(by); i++) {
        for (where = 0; where < 3; where++) {
            start();
            peer.config.timeout_ms = 100;
            peer.io.open = sleepy_open;
            peer.io.write = sleepy_write;
            peer.io.read = sleepy_read;
            hook.slow_open = where == 0;
            hook.write_left = where == 1 ? 0 : PEER_ANY;
            hook.began = peer.now;
            hook.limit = 100;
            overslept = by[i];
            nap = i % 2 * 30;
            waited_too_long = false;
            assert_int_equal(once(DELETE), KRATOS_ERR_TIMEOUT);
            if (waited_too_long) {
                fail_msg("place %d, %lu ms late: made to wait beyond the end", where, (unsigned long)by[i]);
            }
            assert_false(peer.open);
        }
    }
}

/* An element that the last look gave is given, and the next call has its own time. */
static void test_time_begins_anew(void **state)
{
    (void)state;
    start();
    peer.config.nonblocking = true;
    peer.config.timeout_ms = 100;
    peer.serve = NULL;
    while (peer.requests == 0) {
        assert_int_equal(once(LIST), KRATOS_AGAIN);
    }
    strcpy(reply, "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 93\r\n\r\n[" ELEMENT);
    peer_raw(&peer, reply, strlen(reply));
    peer.now += 100;
    assert_int_equal(once(LIST), KRATOS_OK);
    peer.now += 1000;
    assert_int_equal(once(LIST), KRATOS_AGAIN);
    peer.now += 99;
    assert_int_equal(once(LIST), KRATOS_AGAIN);
    peer_raw(&peer, "," ELEMENT, 46);
    assert_int_equal(once(LIST), KRATOS_OK);
    peer.now += 1000;
    assert_int_equal(once(LIST), KRATOS_AGAIN);
    peer.now += 100;
    assert_int_equal(once(LIST), KRATOS_ERR_TIMEOUT);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
    assert_int_equal(kratos_last_fault(&peer.k)->http_status, 200);
}

/* The same after a last look that ended an operation: the next one is not late. */
static void test_next_operation_is_not_late(void **state)
{
    (void)state;
    start();
    peer.config.nonblocking = true;
    peer.config.timeout_ms = 100;
    peer.serve = NULL;
    while (peer.requests == 0) {
        assert_int_equal(once(DELETE), KRATOS_AGAIN);
    }
    peer_raw(&peer, "HTTP/1.1 204 No Content\r\n\r\n", 27);
    peer.now += 100;
    assert_int_equal(once(DELETE), KRATOS_OK);
    assert_int_equal(once(DELETE), KRATOS_AGAIN);
    assert_int_equal(once(DELETE), KRATOS_AGAIN);
    assert_true(peer.open);
}

/* ---- A connection that was used before -------------------------------------------------------------- */

static int careful_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    if (peer.requests == 1 && peer.in_n == 0 && peer.out_at == peer.out_n && (n != 1 || wait_ms != 0)) {
        waited_too_long = true;
    }
    return hook.read(ctx, p, n, wait_ms);
}

/* Whether a used connection is still good is asked without waiting, with room for one byte. */
static void test_look_at_a_used_connection(void **state)
{
    (void)state;
    start();
    peer.io.read = careful_read;
    must_work(DELETE);
    waited_too_long = false;
    must_work(CREATE);
    assert_false(waited_too_long);
    assert_int_equal(peer.opens, 1);
}

/* A server that is silent is not asked again: the time of the caller is over. */
static void test_silent_on_a_used_connection(void **state)
{
    int call, mode;
    (void)state;
    for (call = GET; call < CALL_COUNT; call++) {
        for (mode = 0; mode < 2; mode++) {
            const struct kratos_fault *f = kratos_last_fault(&peer.k);
            uint32_t began;
            int rc;
            start();
            must_work(DELETE);
            peer.config.nonblocking = mode == 1;
            peer.serve = NULL;
            began = peer.now;
            do {
                rc = once((enum call)call);
                peer.now += mode == 1;
            } while (rc == KRATOS_AGAIN);
            if (rc != KRATOS_ERR_TIMEOUT || peer.requests != 2 || peer.opens != 1 || peer.open || !f->reused ||
                f->effect != KRATOS_MAYBE_DONE || !f->transient || peer.now - began < 10000) {
                fail_msg("call %d, mode %d: rc %d after %lu ms, %u requests, %u opens, effect %d", call, mode, rc,
                         (unsigned long)(peer.now - began), peer.requests, peer.opens, (int)f->effect);
            }
        }
    }
}

static void serve_first_byte(struct peer *p, const char *request, size_t n)
{
    if (p->requests == 1) {
        serve(p, request, n);
        return;
    }
    peer_raw(p, "H", 1);
    p->cut = true;
    p->cut_at = p->given + 1;
}

/* One byte of a reply, and a GET is not sent again. */
static void test_closed_behind_a_byte(void **state)
{
    (void)state;
    start();
    must_work(DELETE);
    peer.serve = serve_first_byte;
    assert_int_equal(once(GET), KRATOS_ERR_CLOSED);
    assert_int_equal(peer.requests, 2);
    assert_true(kratos_last_fault(&peer.k)->reused);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_MAYBE_DONE);
}

/* A read that fails otherwise on a used connection is stale too, a TLS alert among them. */
static void test_stale_by_any_failure(void **state)
{
    static const int results[] = {KRATOS_ERR_CLOSED, KRATOS_ERR_IO, KRATOS_ERR_TLS};
    size_t i;
    int call;
    (void)state;
    for (call = GET; call <= CREATE; call++) {
        for (i = 0; i < COUNT(results); i++) {
            unsigned given;
            int rc;
            start();
            must_work(DELETE);
            peer.config.nonblocking = true;
            peer.serve = serve_nothing;
            while (peer.requests != 2) {
                assert_int_equal(once((enum call)call), KRATOS_AGAIN);
            }
            hook.read_rc = results[i];
            peer.serve = serve;
            rc = whole((enum call)call, &given);
            if (rc != (call == GET ? KRATOS_OK : results[i]) || peer.requests != (call == GET ? 3 : 2)) {
                fail_msg("call %d, %d: rc %d, %u requests", call, results[i], rc, peer.requests);
            }
            if (call != GET) {
                assert_int_equal(kratos_last_fault(&peer.k)->native_error, 104);
            }
        }
    }
}

/* ---- Pieces ------------------------------------------------------------------------------------------ */

static char large[100000], large_body[80000];
static size_t asked_most;

static int large_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    asked_most = n > asked_most ? n : asked_most;
    return hook.read(ctx, p, n, wait_ms);
}

static int large_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    asked_most = n > asked_most ? n : asked_most;
    return hook.write(ctx, p, n, wait_ms);
}

static void serve_large(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_reply(p, "201 Created\r\n", large_body);
}

/* An io gives its count as an int. */
static void test_pieces(void **state)
{
    static const char begins[] = "{\"id\":\"" UUID "\",\"traits\":\"";
    struct kratos_identity_body body;
    (void)state;
    start();
    peer.config.work = large;
    peer.config.work_size = sizeof large;
    peer.io.read = large_read;
    peer.io.write = large_write;
    peer.serve = serve_large;
    assert_int_equal(peer_init(&peer), KRATOS_OK);
    strcpy(large_body, begins);
    memset(large_body + sizeof begins - 1, 't', 70000);
    strcpy(large_body + sizeof begins - 1 + 70000, "\"}");
    memset(&body, 0, sizeof body);
    body.traits.text = large_body + sizeof begins - 2; /* the same text is sent */
    body.traits.n = 70002;
    assert_int_equal(kratos_create_identity(&peer.k, &body, &who), KRATOS_OK);
    assert_int_equal(who.traits.n, 70002);
    assert_memory_equal(who.traits.p, body.traits.text, 70002);
    assert_true(asked_most <= INT_MAX);
    assert_true(asked_most > 16000); /* but not in crumbs */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_left_at_every_byte),
        cmocka_unit_test(test_left_with_much_to_come),
        cmocka_unit_test(test_one_look_when_time_is_over),
        cmocka_unit_test(test_no_wait_when_time_is_over),
        cmocka_unit_test(test_time_begins_anew),
        cmocka_unit_test(test_next_operation_is_not_late),
        cmocka_unit_test(test_look_at_a_used_connection),
        cmocka_unit_test(test_silent_on_a_used_connection),
        cmocka_unit_test(test_closed_behind_a_byte),
        cmocka_unit_test(test_stale_by_any_failure),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests_name("leave", tests, NULL, NULL) != 0;
}
