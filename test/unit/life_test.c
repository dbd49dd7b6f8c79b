/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of an operation: one at a time, given up at any moment, within its time, with arguments inside the last reply, and
 * without a port.
 */
#include "rig.h"

/* ---- One at a time ------------------------------------------------------------------------------ */

static void test_busy(void **state)
{
    int call;
    (void)state;
    for (call = 0; call < CALL_COUNT; call++) {
        unsigned point, points = 1;
        for (point = 0; point < points; point++) {
            struct kratos before;
            struct kratos_identity other;
            unsigned opens, requests, i;
            size_t written;
            int rc = KRATOS_OK;
            start();
            peer.config.nonblocking = true;
            peer.piece = 40;
            hook.stutter = true;
            for (i = 0; i <= point && (rc == KRATOS_AGAIN || rc == KRATOS_OK); i++) {
                rc = once((enum call)call);
                if (rc == KRATOS_OK && call < LIST) {
                    break;
                }
            }
            if (peer.k.op == NULL) {
                break;
            }
            points = point + 2;
            before = peer.k;
            opens = peer.opens;
            requests = peer.requests;
            written = peer.written;
            assert_int_equal(call == DELETE ? kratos_disable_session(&peer.k, UUID)
                                            : kratos_delete_identity(&peer.k, UUID),
                             KRATOS_ERR_BUSY);
            assert_int_equal(kratos_get_identity(&peer.k, "another", NULL, &other), KRATOS_ERR_BUSY);
            assert_int_equal(kratos_delete_identity(&peer.k, "another"), KRATOS_ERR_BUSY);
            assert_int_equal(kratos_list_sessions(&peer.k, NULL, NULL), KRATOS_ERR_BUSY);
            if (call != GET && call != CREATE) {
                assert_int_equal(kratos_create_identity(&peer.k, NULL, NULL), KRATOS_ERR_BUSY);
            }
            assert_memory_equal(&before, &peer.k, sizeof before);
            assert_true(opens == peer.opens && requests == peer.requests && written == peer.written);
            do {
                rc = once((enum call)call);
            } while (rc == KRATOS_AGAIN || (rc == KRATOS_OK && call >= LIST));
            assert_int_equal(rc, call >= LIST ? KRATOS_END : KRATOS_OK);
        }
        assert_true(points > 5);
    }
}

/* After any number of steps: cancelled, closed or wiped, the same object goes on as if it were new. */
static void test_given_up_at_every_point(void **state)
{
    int call, way;
    (void)state;
    for (call = 0; call < CALL_COUNT; call++) {
        for (way = 0; way < 3; way++) {
            unsigned point;
            for (point = 0; point < 5000; point++) {
                unsigned i;
                bool over = false;
                start();
                peer.config.nonblocking = true;
                peer.piece = 40;
                hook.stutter = true;
                for (i = 0; i <= point && !over; i++) {
                    int rc = once((enum call)call);
                    over = rc != KRATOS_AGAIN && (rc != KRATOS_OK || call < LIST);
                }
                (way == 0 ? kratos_cancel : way == 1 ? kratos_close : kratos_wipe)(&peer.k);
                no_secret("given up");
                assert_null(peer.k.op);
                if (way == 1) {
                    assert_false(peer.open);
                }
                if (way == 2) {
                    for (i = 0; i < sizeof work; i++) {
                        assert_int_equal(work[i], 0);
                    }
                }
                must_work(point % 2 != 0 ? LIST : GET);
                must_work((enum call)call);
                no_secret("after");
                if (over) {
                    break;
                }
            }
            assert_in_range(point, 5, 4999);
        }
    }
}

/* A list that is left early keeps its connection when nothing more is to come, and only then. */
static void test_cancelled_list_keeps_connection(void **state)
{
    unsigned leave;
    (void)state;
    for (leave = 1; leave <= 3; leave++) {
        unsigned i;
        start();
        for (i = 0; i < leave; i++) {
            assert_int_equal(once(LIST), KRATOS_OK);
        }
        kratos_cancel(&peer.k);
        must_work(GET);
        assert_int_equal(peer.opens, 1);
        start();
        peer.piece = 100;
        assert_int_equal(once(LIST), KRATOS_OK);
        kratos_cancel(&peer.k);
        assert_int_equal(peer.closes, 1);
        must_work(GET);
        assert_int_equal(peer.opens, 2);
    }
}

/* ---- Time --------------------------------------------------------------------------------------- */

enum stuck { IN_OPEN, IN_FIRST_WRITE, IN_WRITE, IN_HEAD, IN_BODY, STUCK_COUNT };

static void serve_nothing(struct peer *p, const char *request, size_t n)
{
    (void)p;
    (void)request;
    (void)n;
}

static void serve_half(struct peer *p, const char *request, size_t n)
{
    static const char half[] =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"id\":";
    (void)request;
    (void)n;
    peer_raw(p, half, sizeof half - 1);
}

static void get_stuck(enum stuck stuck)
{
    hook.slow_open = stuck == IN_OPEN;
    hook.write_left = stuck == IN_FIRST_WRITE ? 0 : stuck == IN_WRITE ? 30 : PEER_ANY;
    peer.serve = stuck == IN_HEAD ? serve_nothing : serve_half;
}

static void test_deadline(void **state)
{
    static const uint32_t clocks[] = {0, 1000, 0x7FFFFF00u, 0xFFFFFFFFu, 0xFFFFFFF0u, 0xFFFFF000u};
    static const uint32_t limits[] = {0, 1, 50, 7000, 20000};
    static const enum kratos_effect effects[STUCK_COUNT] = {KRATOS_NOT_SENT, KRATOS_NOT_SENT, KRATOS_NOT_DONE,
                                                            KRATOS_MAYBE_DONE, KRATOS_DONE};
    size_t c, l;
    int stuck, mode;
    (void)state;
    for (stuck = 0; stuck < STUCK_COUNT; stuck++) {
        for (c = 0; c < sizeof clocks / sizeof *clocks; c++) {
            for (l = 0; l < sizeof limits / sizeof *limits; l++) {
                for (mode = 0; mode < 2; mode++) {
                    uint32_t limit = limits[l] != 0 ? limits[l] : 10000, passed;
                    const struct kratos_fault *f;
                    unsigned i;
                    int rc;
                    start();
                    peer.now = clocks[c];
                    peer.config.timeout_ms = limits[l];
                    peer.config.nonblocking = mode == 1;
                    hook.began = peer.now;
                    hook.limit = limit;
                    get_stuck((enum stuck)stuck);
                    for (i = 0; (rc = once(CREATE)) == KRATOS_AGAIN && i < 100000; i++) {
                        peer.now++;
                    }
                    passed = peer.now - clocks[c];
                    f = kratos_last_fault(&peer.k);
                    if (rc != KRATOS_ERR_TIMEOUT || passed < limit || passed > limit + 1 ||
                        f->effect != effects[stuck] || !f->transient || f->reused || peer.open || hook.too_long ||
                        (mode == 1 ? hook.longest_wait != 0 : hook.longest_wait == 0)) {
                        fail_msg("stuck %d, clock %lx, limit %lu, mode %d: rc %d after %lu ms, effect %d, wait %lu",
                                 stuck, (unsigned long)clocks[c], (unsigned long)limits[l], mode, rc,
                                 (unsigned long)passed, (int)f->effect, (unsigned long)hook.longest_wait);
                    }
                    no_secret("timeout");
                    hook.limit = 0;
                    hook.slow_open = false;
                    peer.serve = serve;
                    must_work(GET);
                }
            }
        }
    }
}

/* Bytes that trickle do not make the time longer. */
static void test_deadline_of_a_slow_server(void **state)
{
    (void)state;
    start();
    peer.config.timeout_ms = 100;
    peer.piece = 1;
    peer.step_ms = 1;
    hook.stutter = true;
    peer.now = 0xFFFFFFF0u;
    assert_int_equal(once(GET), KRATOS_ERR_TIMEOUT);
    assert_in_range(peer.now + 16u, 100, 104);
}

/* What the caller does between two elements is not the server's time. */
static void test_caller_takes_its_time(void **state)
{
    unsigned i;
    (void)state;
    start();
    peer.config.timeout_ms = 100;
    for (i = 0; i < 3; i++) {
        assert_int_equal(once(LIST), KRATOS_OK);
        peer.now += 1000000;
    }
    assert_int_equal(once(LIST), KRATOS_END);
    start();
    peer.config.timeout_ms = 100;
    peer.piece = 200;
    hook.stutter = true; /* bytes that are there already would be taken after the deadline, too */
    for (i = 0; i < 3; i++) {
        assert_int_equal(once(LIST), KRATOS_OK);
        peer.now += 1000000;
    }
    assert_int_equal(once(LIST), KRATOS_END);
}

static void test_idle(void **state)
{
    static const uint32_t limits[] = {0, 1, 5000};
    size_t i;
    uint32_t more;
    (void)state;
    for (i = 0; i < 3; i++) {
        uint32_t limit = limits[i] != 0 ? limits[i] : 60000;
        for (more = 0; more < 2; more++) {
            start();
            peer.now = 0xFFFFFFFEu;
            peer.config.idle_ms = limits[i];
            must_work(CREATE);
            peer.now += limit + more;
            must_work(CREATE);
            assert_int_equal(peer.opens, 1 + more);
            assert_int_equal(peer.requests, 2);
        }
    }
}

/* ---- Arguments inside the last reply ---------------------------------------------------------------- */

static struct kratos_identity_body same_again(const struct kratos_identity *from)
{
    struct kratos_identity_body body;
    memset(&body, 0, sizeof body);
    body.schema_id = from->schema_id.p;
    body.state = from->state.p;
    body.external_id = from->external_id.p;
    body.traits.text = from->traits.p;
    body.traits.n = from->traits.n;
    body.metadata_public.text = from->metadata_public.p;
    body.metadata_public.n = from->metadata_public.n;
    body.metadata_admin.text = from->metadata_admin.p;
    body.metadata_admin.n = from->metadata_admin.n;
    return body;
}

#define SAME                                                                                                           \
    "{\"external_id\":\"ext-1\",\"schema_id\":\"device\",\"state\":\"active\",\"traits\":{\"serial\":\"sn-0001\","     \
    "\"n\":12345678901234567890},\"metadata_public\":{\"a\":\"\\u00e9\\\"\"},\"metadata_admin\":[1,2.50,null]}"

static void test_read_change_write_back(void **state)
{
    size_t work_size;
    unsigned worked = 0;
    int mode, stale;
    (void)state;
    for (mode = 0; mode < 2; mode++) {
        for (stale = 0; stale < 3; stale++) {
            for (work_size = 256; work_size < 1400; work_size++) {
                struct kratos_identity_body body;
                const char *sent;
                int rc;
                start_with(work_size);
                peer.config.nonblocking = mode == 1;
                hook.stutter = mode == 1;
                peer.piece = mode == 1 ? 11 : 0;
                do {
                    rc = once(GET);
                } while (rc == KRATOS_AGAIN);
                if (rc != KRATOS_OK) {
                    assert_int_equal(rc, KRATOS_ERR_SPACE);
                    assert_true(kratos_last_fault(&peer.k)->need > work_size);
                    assert_int_equal(worked, 0 + worked);
                    continue;
                }
                worked++;
                body = same_again(&who);
                if (stale == 1) {
                    hook.read_rc = KRATOS_ERR_CLOSED;
                } else if (stale == 2) {
                    hook.write_left = 0;
                    hook.write_rc = KRATOS_ERR_IO;
                }
                do {
                    rc = kratos_update_identity(&peer.k, who.id, &body, &who);
                } while (rc == KRATOS_AGAIN);
                assert_int_equal(rc, KRATOS_OK);
                sent = strstr(peer.last, "\r\n\r\n") + 4;
                if (strcmp(sent, SAME) != 0 || strncmp(peer.last, "PUT /admin/identities/" UUID " ", 59) != 0) {
                    fail_msg("work %zu, mode %d, stale %d: sent %s", work_size, mode, stale, peer.last);
                }
                assert_string_equal(who.state.p, "active");
                no_secret("written back");
            }
        }
    }
    assert_true(worked > 6 * 800);
}

/* The same for a path: its parameter is needed until the request has left, and not longer. */
static void test_path_inside_the_last_reply(void **state)
{
    int mode;
    (void)state;
    for (mode = 0; mode < 2; mode++) {
        const char *external;
        unsigned i = 0;
        int rc;
        start();
        must_work(GET);
        external = who.external_id.p;
        peer.config.nonblocking = mode == 1;
        hook.stutter = mode == 1;
        peer.piece = mode == 1 ? 11 : 0;
        do {
            rc = kratos_get_identity_by_external_id(&peer.k, external, NULL, &who);
        } while (rc == KRATOS_AGAIN && ++i < 10000);
        if (rc != KRATOS_OK) {
            fail_msg("mode %d: rc %d, %s", mode, rc, kratos_last_fault(&peer.k)->reason.p);
        }
        assert_memory_equal(peer.last, "GET /admin/identities/by/external/ext-1 ", 40);
        assert_string_equal(who.external_id.p, "ext-1");
    }
}

/* A list's are refused: they are needed after they were overwritten. */
static void test_list_inside_the_last_reply(void **state)
{
    static const struct kratos_list_identity_sessions_params params = {1, 0, false, NULL};
    struct kratos_list_identities_params list;
    struct kratos_session session;
    unsigned requests;
    (void)state;
    start();
    must_work(GET);
    requests = peer.requests;
    memset(&list, 0, sizeof list);
    list.credentials_identifier = who.external_id.p;
    assert_int_equal(kratos_list_identities(&peer.k, &list, &who), KRATOS_ERR_ARG);
    start();
    must_work(GET);
    assert_int_equal(kratos_list_identity_sessions(&peer.k, who.external_id.p, &params, &session), KRATOS_ERR_ARG);
    assert_int_equal(peer.requests, requests);
}

/* ---- Without a port ---------------------------------------------------------------------------------- */

static struct kratos bare;
static struct kratos_io no_io;
static struct kratos_config bare_config;
static char wire_out[8192];
static size_t wire_n;

static void begin_bare(void)
{
    static const struct kratos_config zero;
    bare_config = zero;
    bare_config.host = "127.0.0.1";
    bare_config.port = 4434;
    bare_config.bearer = BEARER;
    bare_config.work = work;
    bare_config.work_size = sizeof work;
    memset(&no_io, 0, sizeof no_io);
    wire_n = 0;
    assert_int_equal(kratos_init(&bare, &bare_config, &no_io), KRATOS_OK);
    assert_int_equal(kratos_want(&bare), 0);
}

/* Moves at most `piece` bytes as the library wants it. reply: what is still to be received. */
static void drive(const char **reply, size_t piece)
{
    size_t n, left = strlen(*reply);
    switch (kratos_want(&bare)) {
    case KRATOS_WANT_OPEN:
        kratos_opened(&bare);
        break;
    case KRATOS_WANT_CLOSE:
        kratos_closed(&bare);
        break;
    case KRATOS_WANT_TX: {
        const void *p = kratos_tx(&bare, &n);
        n = n < piece ? n : piece;
        memcpy(wire_out + wire_n, p, n);
        wire_n += n;
        kratos_tx_done(&bare, n);
        break;
    }
    case KRATOS_WANT_RX: {
        void *p = kratos_rx(&bare, &n);
        n = n < piece ? n : piece;
        n = n < left ? n : left;
        memcpy(p, *reply, n);
        *reply += n;
        kratos_rx_done(&bare, n);
        break;
    }
    default:
        fail_msg("AGAIN, and nothing is wanted");
    }
}

static void test_no_port_is_the_same(void **state)
{
    static char request[8192], reply[8192];
    struct kratos_identity wanted;
    size_t piece;
    (void)state;
    start();
    must_work(CREATE);
    strcpy(request, peer.last);
    memcpy(reply, peer.out, peer.out_n);
    reply[peer.out_n] = '\0';
    wanted = who;
    for (piece = 1; piece < 700; piece = piece * 3 / 2 + 1) {
        struct kratos_identity_body body = secret_body();
        int round;
        begin_bare();
        for (round = 0; round < 3; round++) {
            const char *rest = reply;
            unsigned i = 0;
            int rc;
            size_t n;
            wire_n = 0;
            while ((rc = kratos_create_identity(&bare, &body, &who)) == KRATOS_AGAIN && i++ < 10000) {
                unsigned want = kratos_want(&bare);
                if (want != KRATOS_WANT_TX) {
                    kratos_tx(&bare, &n);
                    assert_int_equal(n, 0);
                }
                if (want != KRATOS_WANT_RX) {
                    kratos_rx(&bare, &n);
                    assert_int_equal(n, 0);
                }
                assert_true(round == 0 || want != KRATOS_WANT_OPEN);
                drive(&rest, piece);
            }
            assert_int_equal(rc, KRATOS_OK);
            assert_string_equal(rest, "");
            assert_int_equal(wire_n, strlen(request));
            assert_memory_equal(wire_out, request, wire_n);
            assert_string_equal(who.id, wanted.id);
            assert_int_equal(who.traits.n, wanted.traits.n);
            assert_string_equal(who.created_at.p, "2024-01-01T00:00:00Z");
            assert_int_equal(kratos_want(&bare), 0);
            no_secret("without a port");
        }
    }
}

/* Told that the connection is lost: in the middle, between two calls, and behind a complete reply. */
static void test_no_port_lost(void **state)
{
    static const char nothing[] = "HTTP/1.1 204 No Content\r\n\r\n";
    const char *rest;
    int when;
    (void)state;
    for (when = 0; when < 4; when++) {
        int rc, i;
        begin_bare();
        rest = when == 0 ? "" : nothing;
        for (i = 0; (rc = kratos_delete_identity(&bare, UUID)) == KRATOS_AGAIN && i < 100; i++) {
            if (kratos_want(&bare) == KRATOS_WANT_RX && *rest == '\0') {
                break;
            }
            drive(&rest, 1000);
            if (when == 1 && *rest == '\0') {
                kratos_lost(&bare, KRATOS_ERR_CLOSED); /* in one event with the last bytes */
            }
        }
        if (when == 0) {
            kratos_lost(&bare, KRATOS_ERR_IO);
            assert_int_equal(kratos_delete_identity(&bare, UUID), KRATOS_ERR_IO);
            assert_int_equal(kratos_last_fault(&bare)->effect, KRATOS_MAYBE_DONE);
            assert_int_equal(kratos_want(&bare), KRATOS_WANT_CLOSE);
            assert_int_equal(kratos_delete_identity(&bare, UUID), KRATOS_AGAIN);
            assert_int_equal(kratos_want(&bare), KRATOS_WANT_CLOSE);
            kratos_closed(&bare);
        } else {
            assert_int_equal(rc, KRATOS_OK);
        }
        if (when == 2) {
            kratos_lost(&bare, KRATOS_ERR_CLOSED);
        }
        assert_int_equal(kratos_delete_identity(&bare, UUID), KRATOS_AGAIN);
        if (kratos_want(&bare) == KRATOS_WANT_CLOSE) {
            kratos_closed(&bare);
        }
        if (kratos_want(&bare) != (when == 3 ? KRATOS_WANT_TX : KRATOS_WANT_OPEN)) {
            fail_msg("lost at %d: wants %u", when, kratos_want(&bare));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_given_up_at_every_point),
        cmocka_unit_test(test_cancelled_list_keeps_connection),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_deadline_of_a_slow_server),
        cmocka_unit_test(test_caller_takes_its_time),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_read_change_write_back),
        cmocka_unit_test(test_path_inside_the_last_reply),
        cmocka_unit_test(test_list_inside_the_last_reply),
        cmocka_unit_test(test_no_port_is_the_same),
        cmocka_unit_test(test_no_port_lost),
    };
    return cmocka_run_group_tests_name("life", tests, NULL, NULL) != 0;
}
