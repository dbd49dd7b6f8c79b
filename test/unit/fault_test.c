/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.h by itself: each status against the table of docs/errors.md, and what is known about the server's side after each kind
 * of failure in each state of a request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "http.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Statuses ------------------------------------------------------------------------------- */

/* docs/errors.md: these by name, then "any other 4xx", 5xx, 3xx; a status that is none of them means nothing here. Transient are
 * those of which RFC 9110 (6585 for 429, 8470 for 425) says that it is a matter of time, Kratos' 499, and what gateways send when
 * the origin is away. */
static void test_every_status(void **state)
{
    static const struct {
        unsigned from, to;
        int rc;
        bool transient;
    } rows[] = {
        {0, 299, KRATOS_ERR_HTTP, false},        {300, 399, KRATOS_ERR_REDIRECT, false},
        {400, 400, KRATOS_ERR_REFUSED, false},   {401, 401, KRATOS_ERR_DENIED, false},
        {402, 402, KRATOS_ERR_REFUSED, false},   {403, 403, KRATOS_ERR_DENIED, false},
        {404, 404, KRATOS_ERR_NOT_FOUND, false}, {405, 407, KRATOS_ERR_REFUSED, false},
        {408, 408, KRATOS_ERR_SERVER, true},     {409, 409, KRATOS_ERR_CONFLICT, false},
        {410, 420, KRATOS_ERR_REFUSED, false},   {421, 421, KRATOS_ERR_SERVER, true},
        {422, 424, KRATOS_ERR_REFUSED, false},   {425, 425, KRATOS_ERR_SERVER, true},
        {426, 428, KRATOS_ERR_REFUSED, false},   {429, 429, KRATOS_ERR_LIMITED, true},
        {430, 498, KRATOS_ERR_REFUSED, false},   {499, 499, KRATOS_ERR_SERVER, true},
        {500, 501, KRATOS_ERR_SERVER, false},    {502, 504, KRATOS_ERR_SERVER, true},
        {505, 519, KRATOS_ERR_SERVER, false},    {520, 524, KRATOS_ERR_SERVER, true},
        {525, 526, KRATOS_ERR_SERVER, false},    {527, 527, KRATOS_ERR_SERVER, true},
        {528, 528, KRATOS_ERR_SERVER, false},    {529, 530, KRATOS_ERR_SERVER, true},
        {531, 599, KRATOS_ERR_SERVER, false},    {600, 999, KRATOS_ERR_HTTP, false},
    };
    unsigned status, next = 0;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(rows[i].from, next);
        next = rows[i].to + 1;
        for (status = rows[i].from; status <= rows[i].to; status++) {
            int before;
            for (before = 0; before < 2; before++) {
                bool transient = before != 0;
                int rc = kratos_status_result(status, &transient);
                if (rc != rows[i].rc || transient != rows[i].transient) {
                    fail_msg("%u: %d, transient %d", status, rc, (int)transient);
                }
            }
        }
    }
}

/* ---- Effects -------------------------------------------------------------------------------- */

static struct kratos k;

/* What of the request is gone. */
enum gone { NOTHING, A_PART, ALL_BUT_THE_WINDOW, ALL };

static void set_up(enum gone gone, unsigned status, unsigned flags)
{
    memset(&k, 0, sizeof k);
    kratos_fault_clear(&k);
    kratos_http_begin(&k.http);
    k.request.above = k.request.window = k.request.window_end = 100;
    k.request.window_end += gone == ALL ? 0 : 50;
    k.request.complete = gone >= ALL_BUT_THE_WINDOW;
    k.request.sent = gone == NOTHING ? 0 : 70;
    k.http.status = (uint16_t)status;
    k.http.flags = (uint8_t)flags;
}

static const int results[] = {KRATOS_ERR_ARG,     KRATOS_ERR_SPACE,     KRATOS_ERR_CLOSED,   KRATOS_ERR_TIMEOUT,
                              KRATOS_ERR_IO,      KRATOS_ERR_TLS,       KRATOS_ERR_HTTP,     KRATOS_ERR_JSON,
                              KRATOS_ERR_DENIED,  KRATOS_ERR_NOT_FOUND, KRATOS_ERR_CONFLICT, KRATOS_ERR_LIMITED,
                              KRATOS_ERR_REFUSED, KRATOS_ERR_SERVER,    KRATOS_ERR_REDIRECT};

static void must_be(int rc, enum kratos_effect effect, const char *row)
{
    int is = kratos_fail(&k, rc);
    bool transient = rc == KRATOS_ERR_CLOSED || rc == KRATOS_ERR_TIMEOUT || rc == KRATOS_ERR_IO;
    if (is != rc || k.fault.effect != effect || k.fault.http_status != k.http.status ||
        k.fault.transient != transient || k.fault.reused != k.link.reused) {
        fail_msg("%s, result %d, status %d: %d, effect %d, transient %d", row, rc, k.http.status, is,
                 (int)k.fault.effect, (int)k.fault.transient);
    }
}

/* Without a final status it depends on what was sent. */
static void test_effect_without_a_status(void **state)
{
    static const unsigned statuses[] = {0, 100, 103, 199};
    static const struct {
        enum gone gone;
        enum kratos_effect effect;
        const char *name;
    } rows[] = {{NOTHING, KRATOS_NOT_SENT, "nothing sent"},
                {A_PART, KRATOS_NOT_DONE, "a part sent"},
                {ALL_BUT_THE_WINDOW, KRATOS_NOT_DONE, "the last bytes are held back"},
                {ALL, KRATOS_MAYBE_DONE, "all sent"}};
    size_t i, s, r;
    unsigned flags;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (s = 0; s < COUNT(statuses); s++) {
            for (r = 0; r < COUNT(results); r++) {
                for (flags = 0; flags < 2; flags++) {
                    set_up(rows[i].gone, statuses[s], flags ? KRATOS_HTTP_JSON : 0);
                    must_be(results[r], rows[i].effect, rows[i].name);
                }
            }
        }
    }
    set_up(ALL, 0, 0); /* the window is empty, but more of the request is to come */
    k.request.complete = false;
    must_be(KRATOS_ERR_IO, KRATOS_NOT_DONE, "between two windows");
    set_up(NOTHING, 0, 0); /* a short request that is complete in the window */
    k.request.complete = true;
    must_be(KRATOS_ERR_CLOSED, KRATOS_NOT_SENT, "nothing of a short one sent");
}

/* With one it says what the server did; of a request that is not whole, that it did nothing. */
static void test_effect_of_a_status(void **state)
{
    static const unsigned statuses[] = {200, 201, 204, 299, 300, 399, 400, 404, 409, 499, 500, 501, 503, 599};
    size_t s, r;
    int gone;
    unsigned flags;
    (void)state;
    for (s = 0; s < COUNT(statuses); s++) {
        for (r = 0; r < COUNT(results); r++) {
            for (gone = A_PART; gone <= ALL; gone++) {
                for (flags = 0; flags < 4; flags++) {
                    unsigned status = statuses[s];
                    bool json = (flags & 1) != 0,
                         strange = results[r] == KRATOS_ERR_HTTP || results[r] == KRATOS_ERR_JSON;
                    enum kratos_effect wanted = status < 300 ? (strange && !json ? KRATOS_MAYBE_DONE : KRATOS_DONE)
                                                : status < 500 || gone != ALL ? KRATOS_NOT_DONE
                                                                              : KRATOS_MAYBE_DONE;
                    set_up((enum gone)gone, status,
                           (json ? KRATOS_HTTP_JSON : 0u) | (flags & 2 ? KRATOS_HTTP_CLOSE | KRATOS_HTTP_LENGTH : 0u));
                    must_be(results[r], wanted, json ? "JSON" : "no JSON");
                }
            }
        }
    }
}

/* What else a fault tells, and what it leaves as it was. */
static void test_the_rest_of_a_fault(void **state)
{
    int reused;
    (void)state;
    for (reused = 0; reused < 2; reused++) {
        set_up(ALL, 429, 0);
        k.link.reused = reused != 0;
        k.http.retry_s = 7;
        k.fault.need = 77;
        k.fault.location.p = "/there";
        must_be(KRATOS_ERR_LIMITED, KRATOS_NOT_DONE, "reused");
        assert_int_equal(k.fault.retry_after_ms, 7000);
        assert_int_equal(k.fault.need, 77);
        assert_string_equal(k.fault.location.p, "/there");
        assert_int_equal(k.fault.native_error, 0);
    }
    set_up(ALL, 0, 0);
    k.fault.retry_after_ms = 5; /* of an earlier reply */
    k.fault.http_status = 500;
    k.fault.transient = true;
    must_be(KRATOS_ERR_TLS, KRATOS_MAYBE_DONE, "nothing is left");
    assert_int_equal(k.fault.retry_after_ms, 0);
}

static void test_clear(void **state)
{
    struct kratos_fault *f = &k.fault;
    const kratos_str *texts[] = {&f->id, &f->reason, &f->message, &f->location};
    size_t i;
    (void)state;
    memset(&k, 0xAA, sizeof k);
    kratos_fault_clear(&k);
    for (i = 0; i < COUNT(texts); i++) {
        assert_string_equal(texts[i]->p, "");
        assert_int_equal(texts[i]->n, 0);
    }
    assert_int_equal(f->http_status, 0);
    assert_int_equal(f->effect, KRATOS_NOT_SENT);
    assert_false(f->transient);
    assert_false(f->reused);
    assert_int_equal(f->retry_after_ms, 0);
    assert_int_equal(f->need, 0);
    assert_int_equal(f->native_error, 0);
    assert_int_equal(k.phase, 0xAA);
}

static void test_argument(void **state)
{
    static const char *const reasons[] = {"why", "x", "a longer reason: with a colon"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(reasons); i++) {
        set_up(NOTHING, 0, 0);
        assert_int_equal(kratos_fault_argument(&k, reasons[i]), KRATOS_ERR_ARG);
        assert_ptr_equal(k.fault.reason.p, reasons[i]);
        assert_int_equal(k.fault.reason.n, strlen(reasons[i]));
        assert_int_equal(k.fault.effect, KRATOS_NOT_SENT);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_effect_without_a_status),
        cmocka_unit_test(test_effect_of_a_status),
        cmocka_unit_test(test_the_rest_of_a_fault),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_argument),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL) != 0;
}
