/* SPDX-License-Identifier: Apache-2.0
 *
 * The pump on connections that are old, dead, stuck or refused in the middle of a request; and no secret of a request is left in
 * the work buffer whatever happened.
 */
#include "rig.h"

/* ---- Connections that die ------------------------------------------------------------------------ */

static void failed(int rc, int wanted, enum kratos_effect effect, bool reused)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    if (rc != wanted || f->effect != effect || f->reused != reused || f->http_status != 0) {
        fail_msg("rc %d, effect %d, reused %d, status %d", rc, (int)f->effect, f->reused, f->http_status);
    }
    assert_true(f->transient);
    assert_int_equal(f->native_error, 104);
    assert_false(peer.open);
    no_secret("failed");
}

static void test_stale_connection(void **state)
{
    int call;
    (void)state;
    for (call = GET; call < CALL_COUNT; call++) {
        bool get = call == GET || call == LIST || call == SCHEMA;
        /* the server takes the request and closes without a byte */
        start();
        must_work(DELETE);
        peer.stale = 1;
        if (get) {
            must_work((enum call)call);
            assert_int_equal(peer.opens, 2);
            assert_int_equal(peer.requests, 3);
            peer.stale = 2; /* the repeat fails too, on a fresh connection */
            failed(once((enum call)call), KRATOS_ERR_CLOSED, KRATOS_MAYBE_DONE, false);
            assert_int_equal(peer.requests, 5);
        } else {
            failed(once((enum call)call), KRATOS_ERR_CLOSED, KRATOS_MAYBE_DONE, true);
            assert_int_equal(peer.requests, 2);
            assert_int_equal(peer.opens, 1);
        }
        must_work((enum call)call);
        /* on a fresh connection nothing is ever repeated */
        start();
        peer.stale = 1;
        failed(once((enum call)call), KRATOS_ERR_CLOSED, KRATOS_MAYBE_DONE, false);
        assert_int_equal(peer.requests, 1);
        must_work((enum call)call);
    }
}

static void serve_missing(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_reply(p, "404 Not Found\r\n", "{\"error\":{\"reason\":\"r\"}}");
}

/* What was wrong with the old connection is forgotten with it. */
static void test_fault_of_a_stale_connection(void **state)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    (void)state;
    start();
    must_work(DELETE);
    peer.stale = 1;
    must_work(GET);
    assert_int_equal(f->native_error, 0);
    assert_false(f->transient || f->reused);
    assert_int_equal(f->effect, KRATOS_NOT_SENT);
    peer.stale = 1;
    peer.serve = serve_missing;
    assert_int_equal(once(GET), KRATOS_ERR_NOT_FOUND);
    assert_int_equal(f->native_error, 0);
    assert_false(f->transient || f->reused);
}

/* Nothing left, so nothing can have happened: sent again on a fresh connection, byte for byte the same. */
static void test_first_write_fails(void **state)
{
    static char wanted[PEER_SIZE];
    static const int results[] = {KRATOS_ERR_CLOSED, KRATOS_ERR_IO};
    size_t work_size;
    int call, i;
    (void)state;
    for (call = GET; call < CALL_COUNT; call++) {
        for (i = 0; i < 2; i++) {
            for (work_size = call == CREATE || call == GET || call == LIST ? 640 : 300; work_size <= sizeof work;
                 work_size += 437) {
                start_with(work_size);
                must_work(DELETE);
                must_work((enum call)call);
                strcpy(wanted, peer.last);
                start_with(work_size);
                must_work(DELETE);
                hook.write_left = 0;
                hook.write_rc = results[i];
                must_work((enum call)call);
                assert_string_equal(peer.last, wanted);
                assert_int_equal(peer.opens, 2);
                no_secret("sent again");
            }
            start(); /* on a fresh connection it is an error */
            hook.write_left = 0;
            hook.write_rc = results[i];
            failed(once((enum call)call), results[i], KRATOS_NOT_SENT, false);
            must_work((enum call)call);
        }
    }
}

/* The connection fails after each number of bytes of the request. */
static void test_write_fails(void **state)
{
    int call, reused;
    (void)state;
    for (call = GET; call < LIST; call++) {
        for (reused = 0; reused < 2; reused++) {
            size_t at;
            for (at = 1; at < 1000; at += 7) {
                bool get = call == GET;
                int rc;
                start();
                if (reused) {
                    must_work(DELETE);
                }
                peer.written = 0;
                hook.write_left = at;
                hook.write_rc = KRATOS_ERR_IO;
                rc = once((enum call)call);
                if (peer.requests == 1u + (unsigned)reused) {
                    break; /* all of it was taken, or it was repeated */
                }
                failed(rc, KRATOS_ERR_IO, KRATOS_NOT_DONE, reused != 0);
                assert_int_equal(peer.written, at);
                assert_false(get && reused);
                must_work((enum call)call);
            }
        }
    }
}

/* Closed, or with stray bytes, while nobody used it: noticed before the request is written. */
static void test_noticed_before_the_request(void **state)
{
    (void)state;
    start();
    must_work(CREATE);
    hook.read_rc = KRATOS_ERR_CLOSED;
    must_work(CREATE);
    assert_int_equal(peer.opens, 2);
    assert_int_equal(peer.requests, 2);
    hook.read_rc = KRATOS_ERR_IO;
    must_work(BATCH);
    assert_int_equal(peer.opens, 3);
    peer_raw(&peer, "HTTP/1.1 408 Request Timeout\r\n\r\n", 32);
    must_work(CREATE);
    assert_int_equal(peer.opens, 4);
}

static void serve_close(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_reply(p, "200 OK\r\nConnection: close\r\n", WHO);
}

static void serve_trailing(struct peer *p, const char *request, size_t n)
{
    serve(p, request, n);
    peer_raw(p, "HTTP/1.1 200 OK\r\n", 17);
}

static void test_not_kept(void **state)
{
    (void)state;
    start();
    peer.serve = serve_close;
    must_work(GET);
    assert_false(peer.open);
    peer.serve = serve_trailing;
    must_work(GET);
    assert_false(peer.open);
    peer.serve = serve;
    must_work(GET);
    must_work(GET);
    assert_int_equal(peer.opens, 3);
}

/* Kratos answers in the middle of a request that it will not take: the answer is read, the connection is not used again. */
static void test_early_answer(void **state)
{
    static const char answer[] =
        "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n"
        "{\"error\":{\"code\":413,\"reason\":\"much too big\"}}";
    static const int results[] = {KRATOS_ERR_CLOSED, KRATOS_ERR_IO};
    int i, reused;
    size_t at;
    (void)state;
    for (i = 0; i < 2; i++) {
        for (reused = 0; reused < 2; reused++) {
            for (at = 1; at < 250; at += 3) {
                const struct kratos_fault *f;
                start();
                if (reused) {
                    must_work(DELETE);
                }
                hook.write_left = at;
                hook.write_rc = results[i];
                hook.early = answer;
                assert_int_equal(once(CREATE), KRATOS_ERR_REFUSED);
                f = kratos_last_fault(&peer.k);
                assert_int_equal(f->http_status, 413);
                assert_string_equal(f->reason.p, "much too big");
                assert_int_equal(f->effect, KRATOS_NOT_DONE);
                assert_false(f->transient);
                assert_false(peer.open);
                no_secret("early answer");
                must_work(CREATE);
            }
        }
    }
}

/* Where nothing of a request left, no answer is looked for. */
static void test_answer_to_nothing(void **state)
{
    static const int results[] = {KRATOS_ERR_CLOSED, KRATOS_ERR_IO};
    int i;
    (void)state;
    for (i = 0; i < 2; i++) {
        start();
        hook.write_left = 0;
        hook.write_rc = results[i];
        hook.early = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
        failed(once(CREATE), results[i], KRATOS_NOT_SENT, false);
        must_work(CREATE);
    }
}

/* ---- Secrets -------------------------------------------------------------------------------------- */

static const char *canned;

static void serve_canned(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_raw(p, canned, strlen(canned));
}

static void test_secrets_are_gone(void **state)
{
    static const char *const replies[] = {
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{x",
        "SSH-2.0-x\r\n",
        "",
    };
    size_t work_size, i;
    int call;
    (void)state;
    for (call = GET; call < CALL_COUNT; call++) {
        for (work_size = 256; work_size <= sizeof work; work_size += 59) {
            unsigned given;
            start_with(work_size);
            peer.piece = work_size % 50;
            whole((enum call)call, &given); /* may be too small */
            no_secret("answered");
            for (i = 0; i < sizeof replies / sizeof *replies; i++) {
                peer.serve = serve_canned;
                canned = replies[i];
                whole((enum call)call, &given);
                no_secret("failed");
            }
        }
    }
}

static void bad_writer(struct kratos_out *out, const void *arg)
{
    unsigned *left = *(unsigned **)(uintptr_t)arg;
    kratos_out_array(out);
    if (*left == 0) {
        kratos_out_close(out); /* changes its mind */
    } else {
        --*left;
    }
    kratos_out_str(out,
                   PASSWORD "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567");
    kratos_out_str(out,
                   PASSWORD "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567");
    kratos_out_close(out);
}

static void test_writer_that_changes_its_mind(void **state)
{
    unsigned passes;
    (void)state;
    for (passes = 0; passes < 3; passes++) {
        struct kratos_identity_body body = secret_body();
        unsigned left = passes, *arg = &left;
        int rc;
        start_with(256);
        body.traits.text = NULL;
        body.traits.write = bad_writer;
        body.traits.arg = &arg;
        rc = kratos_create_identity(&peer.k, &body, &who);
        assert_int_equal(rc, KRATOS_ERR_ARG);
        assert_int_equal(kratos_last_fault(&peer.k)->effect, peer.written == 0 ? KRATOS_NOT_SENT : KRATOS_NOT_DONE);
        assert_int_equal(peer.requests, 0);
        assert_false(peer.open);
        no_secret("changed its mind");
        must_work(DELETE);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stale_connection),
        cmocka_unit_test(test_fault_of_a_stale_connection),
        cmocka_unit_test(test_first_write_fails),
        cmocka_unit_test(test_write_fails),
        cmocka_unit_test(test_noticed_before_the_request),
        cmocka_unit_test(test_not_kept),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_answer_to_nothing),
        cmocka_unit_test(test_secrets_are_gone),
        cmocka_unit_test(test_writer_that_changes_its_mind),
    };
    return cmocka_run_group_tests_name("pump", tests, NULL, NULL) != 0;
}
