/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing makes no progress, and the connection stays open: a server that read enough has answered, or the link is only slow.
 * With a port that blocks, with one that does not, without a port, and without a clock.
 */
#include "rig.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define TIMEOUT_MS 10000u
#define PATIENCE_MS (TIMEOUT_MS / 4 + 1) /* core/kratos.c */
#define REASON "{\"error\":{\"code\":413,\"reason\":\"much too big\"}}"

static const struct {
    const char *text;
    int rc, status;
    bool transient;
    uint32_t retry_after_ms;
    const char *reason, *message;
} answers[] = {
    {"HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n" REASON,
     KRATOS_ERR_REFUSED, 413, false, 0, "much too big", ""},
    {"HTTP/1.1 413 Too Large\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\ntoo large", KRATOS_ERR_REFUSED,
     413, false, 0, "", "too large"},
    {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", KRATOS_ERR_DENIED, 401, false, 0, "", ""},
    {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", KRATOS_ERR_LIMITED, 429, true,
     7000, "", ""},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", KRATOS_ERR_SERVER, 503, true, 0, "",
     ""},
    {"?", KRATOS_ERR_TIMEOUT, 0, true, 0, "", ""},
};

/* Nothing was sent, and nothing answered: then nothing happened. */
static void check(int rc, size_t i, bool sent, const char *when)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    enum kratos_effect effect = answers[i].status != 0 || sent ? KRATOS_NOT_DONE : KRATOS_NOT_SENT;
    if (rc != answers[i].rc || f->http_status != answers[i].status || f->effect != effect ||
        f->transient != answers[i].transient || f->retry_after_ms != answers[i].retry_after_ms ||
        strcmp(f->reason.p, answers[i].reason) != 0 || strcmp(f->message.p, answers[i].message) != 0) {
        fail_msg("%s, answer %zu: rc %d, status %d, effect %d, reason %s, message %s", when, i, rc, f->http_status,
                 (int)f->effect, f->reason.p, f->message.p);
    }
    assert_false(kratos_busy(&peer.k));
    assert_false(peer.open);
    no_secret(when);
}

/* With a port that blocks. */
static void test_blocking(void **state)
{
    size_t i, at;
    enum call call;
    (void)state;
    for (i = 0; i < COUNT(answers); i++) {
        for (call = CREATE; call <= BATCH; call = call == CREATE ? BATCH : CALL_COUNT) {
            for (at = 0; at < 240; at += 3) {
                uint32_t began;
                start();
                began = peer.now;
                hook.began = began;
                hook.limit = TIMEOUT_MS;
                hook.write_left = at;
                hook.early = answers[i].text;
                check(once(call), i, at != 0, "blocking");
                assert_false(hook.too_long);
                if (answers[i].status != 0) {
                    assert_in_range(peer.now - began, PATIENCE_MS, 2 * PATIENCE_MS);
                } else {
                    assert_int_equal(peer.now - began, TIMEOUT_MS);
                }
                hook.write_left = PEER_ANY;
                must_work(call);
            }
        }
    }
}

/* Of a request that is longer than its window. */
static void test_more_windows(void **state)
{
    size_t at;
    (void)state;
    for (at = 1; at < 256; at += 5) {
        start_with(256);
        hook.write_left = at;
        hook.early = answers[2].text;
        check(once(CREATE), 2, true, "more windows");
        must_work(DELETE);
    }
}

/* No answer comes: the time runs out, to the millisecond. */
static void test_no_answer(void **state)
{
    static const uint32_t limits[] = {1, 2, 3, 4, 5, 100, 999, 10000};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(limits); i++) {
        uint32_t began;
        start();
        began = peer.now;
        peer.config.timeout_ms = limits[i];
        hook.write_left = 100;
        assert_int_equal(once(CREATE), KRATOS_ERR_TIMEOUT);
        assert_int_equal(peer.now - began, limits[i]);
        assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_NOT_DONE);
        assert_false(peer.open);
        no_secret("no answer");
    }
}

/* The link breaks while it is looked for an answer. */
static void test_broken_meanwhile(void **state)
{
    static const int results[] = {KRATOS_ERR_CLOSED, KRATOS_ERR_IO, KRATOS_ERR_TLS};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(results); i++) {
        start();
        hook.write_left = 100;
        hook.read_rc = results[i];
        assert_int_equal(once(CREATE), results[i]);
        assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_NOT_DONE);
        assert_false(peer.open);
        no_secret("broken");
        must_work(CREATE);
    }
}

static void test_nonblocking(void **state)
{
    size_t i, at;
    (void)state;
    for (i = 0; i < COUNT(answers); i++) {
        for (at = 1; at < 240; at += 3) {
            unsigned calls = 0;
            uint32_t began;
            int rc;
            start();
            began = peer.now;
            peer.config.nonblocking = true;
            hook.write_left = at;
            hook.early = answers[i].text;
            while ((rc = once(CREATE)) == KRATOS_AGAIN) {
                peer.now += 100;
                calls++;
            }
            check(rc, i, true, "not blocking");
            assert_in_range(calls, answers[i].status != 0 ? PATIENCE_MS / 100 : TIMEOUT_MS / 100, TIMEOUT_MS / 100 + 1);
            assert_true(peer.now - began < PATIENCE_MS + 300 || answers[i].status == 0);
            hook.write_left = PEER_ANY;
            must_work(CREATE);
        }
    }
}

/* ---- Without a port ---------------------------------------------------------------------------------- */

static void begin_bare(bool clock)
{
    start();
    peer.io.open = NULL;
    peer.io.write = NULL;
    peer.io.read = NULL;
    peer.io.close = NULL;
    peer.io.native_error = NULL;
    if (!clock) {
        peer.io.now_ms = NULL;
    }
    assert_int_equal(peer_init(&peer), KRATOS_OK);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_OPEN);
    kratos_opened(&peer.k);
}

static void take(size_t n)
{
    size_t all;
    assert_non_null(kratos_tx(&peer.k, &all));
    assert_true(all > n);
    kratos_tx_done(&peer.k, n);
}

/* Gives all that is taken of it. Returns the result. */
static int give(const char *text)
{
    size_t left = strlen(text), n;
    int rc = KRATOS_AGAIN;
    while (rc == KRATOS_AGAIN && left != 0) {
        void *to = kratos_rx(&peer.k, &n);
        assert_true(n != 0);
        n = n < left ? n : left;
        memcpy(to, text, n);
        kratos_rx_done(&peer.k, n);
        text += n;
        left -= n;
        rc = once(CREATE);
    }
    return rc;
}

static void test_without_a_port(void **state)
{
    size_t i, n;
    (void)state;
    for (i = 0; i + 1 < COUNT(answers); i++) {
        begin_bare(true);
        assert_int_equal(once(CREATE), KRATOS_AGAIN);
        take(50);
        peer.now += PATIENCE_MS - 1;
        assert_int_equal(once(CREATE), KRATOS_AGAIN);
        assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX);
        kratos_rx(&peer.k, &n);
        assert_int_equal(n, 0);
        peer.now++;
        assert_int_equal(once(CREATE), KRATOS_AGAIN);
        assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX | KRATOS_WANT_RX);
        kratos_rx(&peer.k, &n);
        assert_int_equal(n, 1);
        kratos_tx_done(&peer.k, 0); /* nothing was taken, nothing came */
        kratos_rx_done(&peer.k, 0);
        assert_int_equal(once(CREATE), KRATOS_AGAIN);
        assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX | KRATOS_WANT_RX);
        check(give(answers[i].text), i, true, "without a port");
        assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_CLOSE);
    }
}

/* A link that is slow, and a server that says early that it listens (100): nothing of that ends the request. */
static void test_slow(void **state)
{
    size_t n;
    int rc;
    (void)state;
    begin_bare(true);
    do {
        peer.now += PATIENCE_MS - 1;
        rc = once(CREATE);
        assert_int_equal(rc, KRATOS_AGAIN);
        if (kratos_want(&peer.k) != KRATOS_WANT_TX) {
            break;
        }
        kratos_tx(&peer.k, &n);
        kratos_tx_done(&peer.k, n < 250 ? n : 250);
    } while (true);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_RX);
    assert_int_equal(give("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                          "Content-Length: 45\r\n\r\n{\"id\":\"" UUID "\"}"),
                     KRATOS_OK);
    /* stuck for long, and then it goes on */
    begin_bare(true);
    take(50);
    peer.now += PATIENCE_MS;
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX | KRATOS_WANT_RX);
    take(50);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX);
}

/* The application reads before it writes, and its link takes all the rest after all: then the request is whole. */
static void test_whole_all_the_same(void **state)
{
    static const char *const replies[] = {"TTP/1.1 100 Continue\r\n\r\n", "TTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
                                          ""};
    size_t i, n, one;
    void *to;
    (void)state;
    for (i = 0; i < COUNT(replies); i++) {
        int rc;
        begin_bare(true);
        peer.now += PATIENCE_MS;
        assert_int_equal(once(CREATE), KRATOS_AGAIN);
        kratos_tx(&peer.k, &n); /* what the link is about to take */
        to = kratos_rx(&peer.k, &one);
        memcpy(to, "H", 1);
        kratos_rx_done(&peer.k, 1);
        kratos_tx_done(&peer.k, n);
        rc = once(CREATE);
        assert_int_equal(rc, KRATOS_AGAIN);
        rc = give(replies[i]);
        if (rc == KRATOS_AGAIN) {
            kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
            rc = once(CREATE);
        }
        assert_int_equal(rc, i == 1 ? KRATOS_ERR_SERVER : KRATOS_ERR_CLOSED);
        assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_MAYBE_DONE);
    }
}

/* While it is being written one byte is taken, and no second one; what is reported as sent later touches nothing. */
static void test_one_byte(void **state)
{
    static const char rest[] = "TTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
    size_t n, all;
    void *to;
    (void)state;
    begin_bare(true);
    peer.now += PATIENCE_MS;
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    kratos_tx(&peer.k, &all);
    to = kratos_rx(&peer.k, &n);
    assert_int_equal(n, 1);
    memcpy(to, "H", 1);
    kratos_rx_done(&peer.k, 1);
    assert_int_equal(kratos_want(&peer.k), 0);
    kratos_rx(&peer.k, &n);
    assert_int_equal(n, 0);
    kratos_tx(&peer.k, &n);
    assert_int_equal(n, 0);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    to = kratos_rx(&peer.k, &n);
    assert_true(n >= sizeof rest - 1);
    memcpy(to, rest, sizeof rest - 1);
    kratos_rx_done(&peer.k, sizeof rest - 1);
    kratos_tx_done(&peer.k, all);
    assert_int_equal(once(CREATE), KRATOS_ERR_DENIED);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_NOT_DONE);
}

/* A success for a part of a request is none. */
static void test_early_success(void **state)
{
    (void)state;
    start();
    hook.write_left = 100;
    hook.early = "HTTP/1.1 204 No Content\r\n\r\n";
    assert_int_equal(once(DELETE), KRATOS_ERR_HTTP);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_MAYBE_DONE);
    start();
    hook.write_left = 100;
    hook.early =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n{\"id\":\"" UUID "\"}";
    assert_int_equal(once(CREATE), KRATOS_ERR_HTTP);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_MAYBE_DONE);
}

/* A connection that is opened slowly is no connection that is stuck. */
static void test_slow_to_open(void **state)
{
    (void)state;
    start();
    peer.io.open = NULL;
    peer.io.write = NULL;
    peer.io.read = NULL;
    peer.io.close = NULL;
    assert_int_equal(peer_init(&peer), KRATOS_OK);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    peer.now += 2 * PATIENCE_MS;
    kratos_opened(&peer.k);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX);
}

static void test_without_a_clock(void **state)
{
    (void)state;
    begin_bare(false);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX);
    take(50);
    assert_int_equal(once(CREATE), KRATOS_AGAIN);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX);
    assert_int_equal(once(CREATE), KRATOS_AGAIN); /* a whole turn in which nothing moved */
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_TX | KRATOS_WANT_RX);
    check(give(answers[0].text), 0, true, "without a clock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocking),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_more_windows),
        cmocka_unit_test(test_broken_meanwhile),
        cmocka_unit_test(test_nonblocking),
        cmocka_unit_test(test_without_a_port),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_without_a_clock),
        cmocka_unit_test(test_whole_all_the_same),
        cmocka_unit_test(test_one_byte),
        cmocka_unit_test(test_early_success),
        cmocka_unit_test(test_slow_to_open),
    };
    return cmocka_run_group_tests_name("stall", tests, NULL, NULL) != 0;
}
