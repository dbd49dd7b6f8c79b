/* SPDX-License-Identifier: Apache-2.0
 *
 * Without a port: in each state that an operation can be in, what is wanted, and what comes of giving up, of a connection that
 * is lost, and of time; every operation is refused while another one is in progress. It must never look at private members.
 */
#include "rig.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- A connection that the test moves by hand ---------------------------------------------------- */

#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"
#define LIST_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
#define ELEMENT "{\"id\":\"" UUID "\"}"

static struct {
    const char *reply;
    size_t n; /* of the reply, still to be received */
    unsigned opens, closes;
    size_t sent; /* bytes of requests */
} link;

static void receive(const char *reply)
{
    link.reply = reply;
    link.n = strlen(reply);
}

static void begin_bare(void)
{
    start();
    peer.io.open = NULL;
    peer.io.write = NULL;
    peer.io.read = NULL;
    peer.io.close = NULL;
    peer.io.native_error = NULL;
    assert_int_equal(peer_init(&peer), KRATOS_OK);
    memset(&link, 0, sizeof link);
}

/* Does what is wanted, with at most `piece` bytes. False: nothing is, or no byte is there. */
static bool move(size_t piece)
{
    size_t n;
    void *to;
    switch (kratos_want(&peer.k)) {
    case KRATOS_WANT_OPEN:
        link.opens++;
        kratos_opened(&peer.k);
        return true;
    case KRATOS_WANT_CLOSE:
        link.closes++;
        kratos_closed(&peer.k);
        return true;
    case KRATOS_WANT_TX:
        assert_non_null(kratos_tx(&peer.k, &n));
        n = n < piece ? n : piece;
        link.sent += n;
        kratos_tx_done(&peer.k, n);
        return true;
    case KRATOS_WANT_RX:
        to = kratos_rx(&peer.k, &n);
        assert_true(n > 0);
        n = n < piece ? n : piece;
        n = n < link.n ? n : link.n;
        memcpy(to, link.reply, n);
        link.reply += n;
        link.n -= n;
        kratos_rx_done(&peer.k, n);
        return n != 0;
    default:
        return false;
    }
}

/* Calls and moves until there is a result, or nothing moves any more. */
static int drive(enum call call)
{
    int rc;
    do {
        rc = once(call);
    } while (rc == KRATOS_AGAIN && move(SIZE_MAX));
    return rc;
}

/* The same client goes on. opened: on a new connection. */
static void works(const char *when, bool opened)
{
    unsigned before = link.opens;
    int rc;
    receive(NOTHING);
    rc = drive(DELETE);
    if (rc != KRATOS_OK || link.opens - before != opened || link.n != 0) {
        fail_msg("%s, then a request: rc %d, %u opens", when, rc, link.opens - before);
    }
    assert_int_equal(kratos_want(&peer.k), 0);
}

/* ---- States ---------------------------------------------------------------------------------------- */

enum state {
    FRESH,
    OPENING,
    SENDING,
    SENT, /* and the call that would notice did not come yet */
    WAITING,
    HALF,
    PAUSED, /* an element was given, and of the rest a part is here */
    PAUSED_WHOLE,
    KEPT, /* idle, and open */
    CLOSING,
    CLOSING_CALLED, /* the next operation waits for the closing */
    STATE_COUNT
};

#define LIST_REST                                                                                                      \
    "\r\n2f\r\n," ELEMENT ","                                                                                          \
    "\r\n2e\r\n" ELEMENT "]\r\n0\r\n\r\n"

static const struct {
    const char *name;
    enum call call;
    unsigned want;
    bool busy;
    unsigned cancelled, closed; /* what is wanted afterwards */
    bool reopens, lost_reopens; /* after kratos_cancel(); after kratos_lost() and what comes of it */
    int lost_rc; /* of the call after kratos_lost(KRATOS_ERR_TLS); 0 = it goes on, or none is in progress */
    enum kratos_effect lost_effect;
    unsigned lost; /* what is wanted after that */
} states[STATE_COUNT] = {
    [FRESH] = {"fresh", DELETE, 0, false, 0, 0, true, true, 0, KRATOS_NOT_SENT, 0},
    [OPENING] = {"opening", DELETE, KRATOS_WANT_OPEN, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true,
                 KRATOS_ERR_TLS, KRATOS_NOT_SENT, KRATOS_WANT_CLOSE},
    [SENDING] = {"sending", DELETE, KRATOS_WANT_TX, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true,
                 KRATOS_ERR_TLS, KRATOS_NOT_DONE, KRATOS_WANT_CLOSE},
    [SENT] = {"sent", DELETE, 0, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true, KRATOS_ERR_TLS,
              KRATOS_MAYBE_DONE, KRATOS_WANT_CLOSE},
    [WAITING] = {"waiting", DELETE, KRATOS_WANT_RX, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true,
                 KRATOS_ERR_TLS, KRATOS_MAYBE_DONE, KRATOS_WANT_CLOSE},
    [HALF] = {"half a reply", DELETE, KRATOS_WANT_RX, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true,
              KRATOS_ERR_TLS, KRATOS_DONE, KRATOS_WANT_CLOSE},
    [PAUSED] = {"paused", LIST, 0, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true, KRATOS_ERR_TLS, KRATOS_DONE,
                KRATOS_WANT_CLOSE},
    [PAUSED_WHOLE] = {"paused, all is here", LIST, 0, true, 0, KRATOS_WANT_CLOSE, false, true, 0, KRATOS_NOT_SENT, 0},
    [KEPT] = {"kept", DELETE, 0, false, 0, KRATOS_WANT_CLOSE, false, true, 0, KRATOS_NOT_SENT, 0},
    [CLOSING] = {"closing", DELETE, KRATOS_WANT_CLOSE, false, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE, true, true, 0,
                 KRATOS_NOT_SENT, 0},
    [CLOSING_CALLED] = {"closing, and called", DELETE, KRATOS_WANT_CLOSE, true, KRATOS_WANT_CLOSE, KRATOS_WANT_CLOSE,
                        true, false, 0, KRATOS_NOT_SENT, KRATOS_WANT_OPEN},
};

static void until(enum call call, unsigned want)
{
    while (kratos_want(&peer.k) != want) {
        assert_int_equal(once(call), KRATOS_AGAIN);
        if (kratos_want(&peer.k) != want) {
            assert_true(move(SIZE_MAX));
        }
    }
}

static void reach(enum state state)
{
    begin_bare();
    switch (state) {
    case FRESH:
        break;
    case OPENING:
    case SENDING:
    case SENT:
        assert_int_equal(once(DELETE), KRATOS_AGAIN);
        if (state != OPENING) {
            assert_true(move(1));
            assert_true(move(state == SENT ? SIZE_MAX : 7));
        }
        break;
    case WAITING:
    case HALF:
        until(DELETE, KRATOS_WANT_RX);
        if (state == HALF) {
            receive("HTTP/1.1 204 No Content\r\nX-Half:");
            assert_true(move(SIZE_MAX));
            assert_int_equal(once(DELETE), KRATOS_AGAIN);
        }
        break;
    case PAUSED:
    case PAUSED_WHOLE:
        receive(state == PAUSED ? LIST_HEAD "2e\r\n[" ELEMENT "\r\n3" : LIST_HEAD "2e\r\n[" ELEMENT LIST_REST);
        assert_int_equal(drive(LIST), KRATOS_OK);
        assert_int_equal(link.n, 0);
        break;
    default:
        receive(NOTHING);
        assert_int_equal(drive(DELETE), KRATOS_OK);
        if (state != KEPT) {
            kratos_close(&peer.k);
        }
        if (state == CLOSING_CALLED) {
            assert_int_equal(once(DELETE), KRATOS_AGAIN);
        }
        break;
    }
}

static void wants(const char *state, const char *when, unsigned want)
{
    size_t tx = 4711, rx = 4711;
    unsigned is = kratos_want(&peer.k);
    kratos_tx(&peer.k, &tx);
    kratos_rx(&peer.k, &rx);
    if (is != want || (tx != 0) != (want == KRATOS_WANT_TX) || (rx != 0) != (want == KRATOS_WANT_RX)) {
        fail_msg("%s, %s: wants %u instead of %u, %zu bytes to send, room for %zu", state, when, is, want, tx, rx);
    }
}

static void test_wanted(void **state)
{
    int s;
    (void)state;
    for (s = 0; s < STATE_COUNT; s++) {
        reach((enum state)s);
        wants(states[s].name, "reached", states[s].want);
        if (kratos_busy(&peer.k) != states[s].busy) {
            fail_msg("%s: kratos_busy() is wrong", states[s].name);
        }
        if (s != SENT && s < PAUSED) { /* asking again without moving anything changes nothing */
            size_t sent = link.sent;
            if (states[s].busy) {
                kratos_tx_done(&peer.k, 0);
                kratos_rx_done(&peer.k, 0);
                assert_int_equal(once(states[s].call), KRATOS_AGAIN);
                assert_int_equal(link.sent, sent);
            }
            wants(states[s].name, "asked again", states[s].want);
        }
    }
}

static void test_given_up(void **state)
{
    int s, way;
    (void)state;
    for (s = 0; s < STATE_COUNT; s++) {
        for (way = 0; way < 3; way++) {
            static const char *const ways[] = {"cancelled", "closed", "wiped"};
            (way == 0 ? kratos_cancel : way == 1 ? kratos_close : kratos_wipe)(&peer.k); /* of the last round: fine */
            reach((enum state)s);
            (way == 0 ? kratos_cancel : way == 1 ? kratos_close : kratos_wipe)(&peer.k);
            assert_false(kratos_busy(&peer.k));
            wants(states[s].name, ways[way], way == 1 ? states[s].closed : states[s].cancelled);
            no_secret(states[s].name);
            works(states[s].name, way == 1 || states[s].reopens);
            works(states[s].name, false);
        }
    }
}

/* What was given up takes no room from what comes next: its request goes out as from a fresh client. */
static void test_room_after_giving_up(void **state)
{
    int s, way;
    size_t whole_n, n;
    (void)state;
    reach(FRESH);
    until(DELETE, KRATOS_WANT_TX);
    kratos_tx(&peer.k, &whole_n);
    for (s = 0; s < STATE_COUNT; s++) {
        for (way = 0; way < 3; way++) {
            reach((enum state)s);
            (way == 0 ? kratos_cancel : way == 1 ? kratos_close : kratos_wipe)(&peer.k);
            until(DELETE, KRATOS_WANT_TX);
            if (kratos_tx(&peer.k, &n) != (void *)work || n != whole_n) {
                fail_msg("%s, left by way %d: %zu of %zu bytes of the next request", states[s].name, way, n, whole_n);
            }
        }
    }
}

/* The same behind the end of each kind of stream. */
static void test_room_after_the_end(void **state)
{
    static const struct {
        const char *name;
        enum call call;
        int results; /* before the end */
        const char *reply;
    } rows[] = {
        {"list", LIST, 1, LIST_HEAD "2f\r\n[" ELEMENT "]\r\n0\r\n\r\n"},
        {"empty list", LIST, 0, LIST_HEAD "2\r\n[]\r\n0\r\n\r\n"},
        {"schema", SCHEMA, 1, LIST_HEAD "6\r\n{\"a\":1\r\n1\r\n}\r\n0\r\n\r\n"},
        {"schemas", CALL_COUNT, 2,
         LIST_HEAD "29\r\n[{\"id\":\"a-schema\",\"schema\":1},{\"id\":\"b\"},\r\n1a\r\n"
                   "{\"id\":\"second\",\"schema\":2}\r\n1\r\n]\r\n0\r\n\r\n"},
    };
    struct kratos_schema_part part;
    size_t i, whole_n, n;
    (void)state;
    reach(FRESH);
    until(DELETE, KRATOS_WANT_TX);
    kratos_tx(&peer.k, &whole_n);
    for (i = 0; i < COUNT(rows); i++) {
        int rc, results = 0, again = 0;
        begin_bare();
        receive(rows[i].reply);
        do {
            rc = rows[i].call != CALL_COUNT ? once(rows[i].call) : kratos_list_identity_schemas(&peer.k, 0, 0, &part);
            results += rc == KRATOS_OK && (rows[i].call != CALL_COUNT || part.last);
        } while ((rc == KRATOS_AGAIN && move(SIZE_MAX) && ++again < 100) || rc == KRATOS_OK);
        if (rc != KRATOS_END || results < rows[i].results) {
            fail_msg("%s: rc %d after %d results", rows[i].name, rc, results);
        }
        until(DELETE, KRATOS_WANT_TX);
        if (kratos_tx(&peer.k, &n) != (void *)work || n != whole_n) {
            fail_msg("%s: %zu of %zu bytes of the next request", rows[i].name, n, whole_n);
        }
        works(rows[i].name, false);
    }
}

/* A list that is left while it asks for the next page: what is overwritten of the window ends where the work buffer ends. */
static void test_left_between_pages(void **state)
{
    static const char page[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 47\r\n"
        "Link: </x?page_token=0123456789012345678901234567890123456789>; rel=\"next\"\r\n\r\n[" ELEMENT "]";
    int way;
    (void)state;
    for (way = 0; way < 3; way++) {
        begin_bare();
        peer.config.work_size = sizeof work / 2;
        memset(work, 0x5A, sizeof work);
        assert_int_equal(peer_init(&peer), KRATOS_OK);
        receive(page);
        assert_int_equal(drive(LIST), KRATOS_OK);
        until(LIST, KRATOS_WANT_TX);
        assert_true(way == 2 || move(20));
        assert_true(holds(BEARER) || way != 2);
        (way == 1 ? kratos_close : kratos_cancel)(&peer.k);
        no_secret("left between pages");
        works("left between pages", true);
    }
}

/* The fault's texts do not point to what was wiped. */
static void test_fault_after_wiping(void **state)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    (void)state;
    begin_bare();
    receive("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"
            "{\"error\":{\"reason\":\"r\"}}");
    assert_int_equal(drive(DELETE), KRATOS_ERR_NOT_FOUND);
    assert_string_equal(f->reason.p, "r");
    kratos_wipe(&peer.k);
    assert_true(f->id.n == 0 && f->reason.n == 0 && f->message.n == 0 && f->location.n == 0);
    assert_string_equal(f->reason.p, "");
}

/* A success leaves nothing of the failure before it. */
static void test_fault_after_a_success(void **state)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    (void)state;
    begin_bare();
    receive("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"
            "{\"error\":{\"reason\":\"r\"}}");
    assert_int_equal(drive(DELETE), KRATOS_ERR_NOT_FOUND);
    assert_true(f->http_status == 404 && f->effect == KRATOS_NOT_DONE && f->reason.n == 1);
    receive(NOTHING);
    assert_int_equal(drive(DELETE), KRATOS_OK);
    assert_true(f->http_status == 0 && f->effect == KRATOS_NOT_SENT && f->reason.n == 0);
    assert_string_equal(f->reason.p, "");
}

/* The fault of one element is not that of the next. */
static void test_fault_of_an_element(void **state)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    (void)state;
    begin_bare();
    receive("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 61\r\n\r\n"
            "[{\"traits\":\"\x01\"}," ELEMENT);
    assert_int_equal(drive(LIST), KRATOS_ERR_JSON);
    assert_true(kratos_busy(&peer.k));
    assert_int_equal(f->http_status, 200);
    assert_int_equal(f->effect, KRATOS_DONE);
    assert_int_equal(drive(LIST), KRATOS_OK);
    assert_int_equal(f->http_status, 0);
    assert_int_equal(f->effect, KRATOS_NOT_SENT);
    kratos_cancel(&peer.k);
}

/* After a second kratos_close() nothing changes, and nothing is closed twice. */
static void test_closed_twice(void **state)
{
    int s;
    (void)state;
    for (s = 0; s < STATE_COUNT; s++) {
        reach((enum state)s);
        kratos_close(&peer.k);
        kratos_close(&peer.k);
        wants(states[s].name, "closed twice", states[s].closed);
        if (states[s].closed != 0) {
            assert_true(move(1));
        }
        wants(states[s].name, "and it was done", 0);
        kratos_close(&peer.k);
        wants(states[s].name, "closed again", 0);
    }
}

static void lose(enum state s, int with)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    bool transient = with != KRATOS_ERR_TLS;
    int rc;
    reach(s);
    kratos_lost(&peer.k, with);
    if (states[s].lost_rc != 0) {
        rc = once(states[s].call);
        if (rc != with || f->effect != states[s].lost_effect || f->transient != transient || f->reused ||
            f->native_error != 0 || kratos_busy(&peer.k)) {
            fail_msg("%s, lost by %d: rc %d, effect %d, busy %d", states[s].name, with, rc, (int)f->effect,
                     kratos_busy(&peer.k));
        }
    }
    wants(states[s].name, "lost", states[s].lost);
    if (s == PAUSED_WHOLE) { /* what has come is read; the connection is gone behind it */
        assert_int_equal(once(LIST), KRATOS_OK);
        assert_int_equal(once(LIST), KRATOS_OK);
        assert_int_equal(once(LIST), KRATOS_END);
    } else if (s == CLOSING_CALLED) {
        receive(NOTHING);
        assert_int_equal(drive(DELETE), KRATOS_OK);
        assert_int_equal(link.opens, 2);
    }
    no_secret(states[s].name);
    works(states[s].name, states[s].lost_reopens);
}

static void test_lost(void **state)
{
    static const int results[] = {KRATOS_ERR_TLS, KRATOS_ERR_IO, KRATOS_ERR_CLOSED};
    size_t i;
    int s;
    (void)state;
    for (s = 0; s < STATE_COUNT; s++) {
        for (i = 0; i < COUNT(results); i++) {
            if (s != PAUSED || results[i] == KRATOS_ERR_TLS) { /* else the page is asked for again */
                lose((enum state)s, results[i]);
            }
        }
    }
}

/* Lost while it is left: a complete reply is no reason to use the connection again. */
static void test_lost_and_given_up(void **state)
{
    int s, way;
    (void)state;
    for (s = 0; s < STATE_COUNT; s++) {
        for (way = 0; way < 2; way++) {
            reach((enum state)s);
            kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
            (way == 0 ? kratos_cancel : kratos_close)(&peer.k);
            assert_false(kratos_busy(&peer.k));
            assert_true(kratos_want(&peer.k) == 0 || kratos_want(&peer.k) == KRATOS_WANT_CLOSE);
            while (move(1)) {
            }
            works(states[s].name, true);
        }
    }
}

/* ---- A connection that was used before ------------------------------------------------------------- */

/* Up to where the reply of `call` is waited for, on a connection that carried another exchange. */
static void wait_on_kept(enum call call)
{
    reach(KEPT);
    until(call, KRATOS_WANT_RX);
}

static void test_lost_before_the_reply(void **state)
{
    static const char who_reply[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n" ELEMENT;
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    size_t sent;
    (void)state;
    /* a GET is sent again, on a new connection, once; that no byte came does not count as hearing something */
    wait_on_kept(GET);
    kratos_rx_done(&peer.k, 0);
    sent = link.sent;
    kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
    assert_int_equal(once(GET), KRATOS_AGAIN);
    wants("stale", "lost", KRATOS_WANT_CLOSE);
    receive(who_reply);
    assert_int_equal(drive(GET), KRATOS_OK);
    assert_string_equal(who.id, UUID);
    assert_int_equal(link.opens, 2);
    assert_true(link.sent > sent);
    /* once only */
    wait_on_kept(GET);
    kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
    assert_int_equal(once(GET), KRATOS_AGAIN);
    until(GET, KRATOS_WANT_RX);
    kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
    assert_int_equal(once(GET), KRATOS_ERR_CLOSED);
    assert_false(f->reused);
    assert_int_equal(f->effect, KRATOS_MAYBE_DONE);
    assert_true(f->transient);
    /* a byte of the reply came: not again */
    wait_on_kept(GET);
    receive("H");
    assert_true(move(1));
    kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
    assert_int_equal(once(GET), KRATOS_ERR_CLOSED);
    assert_true(f->reused);
    assert_int_equal(f->effect, KRATOS_MAYBE_DONE);
    /* what changes something: not again */
    wait_on_kept(DELETE);
    kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
    assert_int_equal(once(DELETE), KRATOS_ERR_CLOSED);
    assert_true(f->reused);
    /* the time ran out: not again */
    wait_on_kept(GET);
    sent = link.sent;
    peer.now += 10000;
    assert_int_equal(once(GET), KRATOS_ERR_TIMEOUT);
    assert_true(f->reused && f->transient);
    assert_int_equal(f->effect, KRATOS_MAYBE_DONE);
    assert_int_equal(link.sent, sent);
    wants("stale", "timed out", KRATOS_WANT_CLOSE);
    works("stale", true);
}

/* The close is the end of a reply without a length: its elements come, then the connection is closed. */
static void test_lost_is_the_end(void **state)
{
    (void)state;
    begin_bare();
    receive("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[" ELEMENT "]");
    assert_int_equal(drive(LIST), KRATOS_OK);
    assert_int_equal(drive(LIST), KRATOS_AGAIN);
    kratos_lost(&peer.k, KRATOS_ERR_CLOSED);
    assert_int_equal(once(LIST), KRATOS_END);
    wants("until the close", "lost", KRATOS_WANT_CLOSE);
    works("until the close", true);
    begin_bare(); /* any other loss is none */
    receive("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[" ELEMENT "]");
    assert_int_equal(drive(LIST), KRATOS_OK);
    assert_int_equal(drive(LIST), KRATOS_AGAIN);
    kratos_lost(&peer.k, KRATOS_ERR_TLS);
    assert_int_equal(once(LIST), KRATOS_ERR_TLS);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
}

/* ---- Time ------------------------------------------------------------------------------------------- */

static void test_deadline_to_the_millisecond(void **state)
{
    static const uint32_t limits[] = {1, 100, 0, 0x80000000u};
    int s;
    size_t i;
    (void)state;
    for (s = OPENING; s <= HALF; s++) {
        for (i = 0; i < COUNT(limits); i++) {
            uint32_t limit = limits[i] != 0 ? limits[i] : 10000;
            if (s == SENT) {
                continue; /* goes on to WAITING */
            }
            reach((enum state)s);
            peer.config.timeout_ms = limits[i];
            peer.now += limit - 1;
            assert_int_equal(once(DELETE), KRATOS_AGAIN);
            peer.now++;
            if (once(DELETE) != KRATOS_ERR_TIMEOUT) {
                fail_msg("%s: %lu ms are not over", states[s].name, (unsigned long)limit);
            }
            assert_int_equal(kratos_last_fault(&peer.k)->effect, states[s].lost_effect);
            assert_true(kratos_last_fault(&peer.k)->transient);
            assert_false(kratos_busy(&peer.k));
        }
    }
}

/* Without a clock nothing times out, and no connection grows old. */
static void test_no_clock(void **state)
{
    int i;
    (void)state;
    begin_bare();
    peer.io.now_ms = NULL;
    peer.config.timeout_ms = peer.config.idle_ms = 1;
    for (i = 0; i < 100; i++) {
        peer.now += 1000;
        assert_int_equal(once(DELETE), KRATOS_AGAIN);
    }
    works("no clock", true);
    peer.now += 1000000;
    works("no clock", false);
}

/* What had come by then still counts. */
static void test_bytes_at_the_deadline(void **state)
{
    (void)state;
    reach(WAITING);
    receive(NOTHING);
    assert_true(move(SIZE_MAX));
    peer.now += 10000;
    assert_int_equal(once(DELETE), KRATOS_OK);
    reach(WAITING);
    receive(NOTHING);
    assert_true(move(sizeof NOTHING - 2));
    peer.now += 10000;
    assert_int_equal(once(DELETE), KRATOS_ERR_TIMEOUT);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
}

static void test_idle_to_the_millisecond(void **state)
{
    static const uint32_t limits[] = {1, 100, 0, 0x80000000u};
    size_t i;
    uint32_t more;
    (void)state;
    for (i = 0; i < COUNT(limits); i++) {
        for (more = 0; more < 2; more++) {
            reach(KEPT);
            peer.config.idle_ms = limits[i];
            peer.now += (limits[i] != 0 ? limits[i] : 60000) + more;
            assert_int_equal(once(DELETE), KRATOS_AGAIN);
            wants("idle", "called", more != 0 ? KRATOS_WANT_CLOSE : KRATOS_WANT_TX);
            works("idle", more != 0);
        }
    }
}

/* ---- Bytes ------------------------------------------------------------------------------------------- */

/* More than there was room for, or to send, is not believed. */
static void test_done_with_too_much(void **state)
{
    size_t n, after;
    (void)state;
    reach(SENDING);
    assert_non_null(kratos_tx(&peer.k, &n));
    kratos_tx_done(&peer.k, SIZE_MAX);
    wants("sending", "all was taken", 0);
    works("sending", false);
    reach(WAITING);
    memset(kratos_rx(&peer.k, &n), 'x', n);
    kratos_rx_done(&peer.k, SIZE_MAX);
    kratos_rx(&peer.k, &after);
    assert_int_equal(after, 0);
    assert_int_equal(once(DELETE), KRATOS_ERR_HTTP);
    no_secret("too much"); /* that nothing was written behind the buffer, too */
}

/* What was sent is overwritten at once, and in any pieces the same goes out. */
static void test_sent_is_overwritten(void **state)
{
    static char whole_request[2048], request[2048];
    size_t piece, whole_n = 0;
    (void)state;
    for (piece = 600; piece != 0; piece = piece * 2 / 3) {
        size_t n, at = 0;
        begin_bare();
        assert_int_equal(once(CREATE), KRATOS_AGAIN);
        assert_true(move(1));
        while (kratos_want(&peer.k) == KRATOS_WANT_TX || (once(CREATE), kratos_want(&peer.k) == KRATOS_WANT_TX)) {
            const char *p = (const char *)kratos_tx(&peer.k, &n);
            n = n < piece ? n : piece;
            memcpy(request + at, p, n);
            at += n;
            kratos_tx_done(&peer.k, n);
            while (n-- != 0) {
                assert_int_equal(p[n], 0);
            }
        }
        if (whole_n == 0) {
            memcpy(whole_request, request, whole_n = at);
        }
        assert_int_equal(at, whole_n);
        assert_memory_equal(request, whole_request, at);
        assert_memory_equal(request, "POST /admin/identities HTTP/1.1\r\n", 33);
        no_secret("sent");
    }
}

/* A work buffer larger than an offset can count is used as far as it can. */
static void test_huge_work_size(void **state)
{
    size_t n;
    (void)state;
    begin_bare();
    peer.config.work_size = SIZE_MAX; /* a lie: only what lies lowest is touched by this */
    assert_int_equal(peer_init(&peer), KRATOS_OK);
    until(DELETE, KRATOS_WANT_RX);
    kratos_rx(&peer.k, &n);
    assert_true(n > INT32_MAX - 200 && n <= INT32_MAX);
    receive(NOTHING);
    assert_int_equal(drive(DELETE), KRATOS_OK);
    peer.config.work_size = sizeof work;
}

/* ---- One at a time ------------------------------------------------------------------------------------ */

static int other(unsigned i)
{
    static const struct kratos_identity_body body = {.traits = {.text = "{}"}};
    static const struct kratos_recovery_body recovery = {UUID, NULL, NULL, NULL};
    static const struct kratos_patch patch = {"remove", "/state", NULL, {NULL, 0, NULL, NULL}};
    static const char long_id[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    struct kratos *k = &peer.k;
    switch (i) {
    case 0:
        return kratos_create_identity(k, &body, NULL);
    case 1:
        return kratos_get_identity(k, "other", NULL, NULL);
    case 2:
        return kratos_get_identity_by_external_id(k, "other", NULL, NULL);
    case 3:
        return kratos_update_identity(k, UUID, &body, NULL);
    case 4:
        return kratos_delete_identity(k, "other");
    case 5:
        return kratos_delete_identity_credentials(k, UUID, "oidc", "a:b");
    case 6:
        return kratos_patch_identity(k, UUID, &patch, 1, NULL);
    case 7:
        return kratos_list_sessions(k, NULL, NULL);
    case 8:
        return kratos_list_identity_sessions(k, UUID, NULL, NULL);
    case 9:
        return kratos_get_session(k, UUID, NULL, NULL);
    case 10:
        return kratos_extend_session(k, UUID, NULL);
    case 11:
        return kratos_disable_session(k, UUID);
    case 12:
        return kratos_delete_identity_sessions(k, UUID);
    case 13:
        return kratos_create_recovery_code_for_identity(k, &recovery, NULL);
    case 14:
        return kratos_create_recovery_link_for_identity(k, &recovery, NULL);
    case 15:
        return kratos_list_identity_schemas(k, 0, 0, NULL);
    case 16:
        return kratos_get_identity_schema(k, "other", NULL);
    case 17:
        return kratos_batch_patch_identities(k, &batch, NULL);
    case 18: /* what would be refused for itself is BUSY first */
        return kratos_batch_patch_identities(k, NULL, NULL);
    case 19:
        return kratos_delete_identity_credentials(k, UUID, "lookup", NULL);
    case 20:
        return kratos_get_identity_by_external_id(k, long_id, NULL, NULL);
    case 21:
        return kratos_create_recovery_link_for_identity(k, NULL, NULL);
    case 22:
        return kratos_patch_identity(k, UUID, NULL, 1, NULL);
    case 23:
        return kratos_get_identity(k, NULL, NULL, NULL);
    case 24:
        return kratos_delete_identity(k, "");
    default:
        return kratos_get_identity_schema(k, ".", NULL);
    }
}

static void test_busy_for_all(void **state)
{
    int s;
    unsigned i;
    (void)state;
    for (s = 0; s < STATE_COUNT; s++) {
        if (!states[s].busy) {
            continue;
        }
        for (i = 0; i <= 25; i++) {
            struct kratos_fault fault;
            unsigned want;
            int rc;
            reach((enum state)s);
            fault = *kratos_last_fault(&peer.k);
            want = kratos_want(&peer.k);
            rc = other(i);
            if (rc != KRATOS_ERR_BUSY || kratos_want(&peer.k) != want || !kratos_busy(&peer.k) ||
                memcmp(&fault, kratos_last_fault(&peer.k), sizeof fault) != 0) {
                fail_msg("%s, operation %u: %d", states[s].name, i, rc);
            }
        }
    }
}

/* An argument inside the last reply is not looked at any more when it was sent and overwritten, by "lookup" of all texts. */
static void test_type_that_was_overwritten(void **state)
{
    static const char who_reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 62\r\n\r\n"
                                    "{\"id\":\"" UUID "\",\"state\":\"oidc\"}  ";
    const char *type;
    size_t n, at;
    char *to;
    int rc;
    (void)state;
    begin_bare();
    receive(who_reply);
    assert_int_equal(drive(GET), KRATOS_OK);
    type = who.state.p;
    do {
        rc = kratos_delete_identity_credentials(&peer.k, UUID, type, NULL);
        assert_int_equal(rc, KRATOS_AGAIN);
    } while (kratos_want(&peer.k) != KRATOS_WANT_RX && move(SIZE_MAX));
    to = (char *)kratos_rx(&peer.k, &n);
    at = (size_t)(type - to);
    assert_true(at < n - 7);
    memset(to, 'x', n);
    memcpy(to, "HTTP/1.1 204 ", 13);
    memcpy(to + at, "lookup", 7);
    kratos_rx_done(&peer.k, at + 6);
    assert_int_equal(kratos_delete_identity_credentials(&peer.k, UUID, type, NULL), KRATOS_AGAIN);
    assert_string_equal(type, "lookup");
    to = (char *)kratos_rx(&peer.k, &n);
    memcpy(to, "\r\n\r\n", 4);
    kratos_rx_done(&peer.k, 4);
    assert_int_equal(kratos_delete_identity_credentials(&peer.k, UUID, type, NULL), KRATOS_OK);
}

/* Each of them is refused, or begins, when nothing is in progress. */
static void test_not_busy(void **state)
{
    unsigned i;
    (void)state;
    for (i = 0; i <= 25; i++) {
        int rc;
        reach(FRESH);
        rc = other(i);
        if (rc != (i < 18 ? KRATOS_AGAIN : KRATOS_ERR_ARG) || kratos_busy(&peer.k) != (i < 18) ||
            (kratos_last_fault(&peer.k)->reason.n != 0) == (i < 18)) {
            fail_msg("operation %u: %d, %s", i, rc, kratos_last_fault(&peer.k)->reason.p);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_room_after_giving_up),
        cmocka_unit_test(test_room_after_the_end),
        cmocka_unit_test(test_left_between_pages),
        cmocka_unit_test(test_fault_after_wiping),
        cmocka_unit_test(test_fault_after_a_success),
        cmocka_unit_test(test_fault_of_an_element),
        cmocka_unit_test(test_closed_twice),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_lost_and_given_up),
        cmocka_unit_test(test_lost_before_the_reply),
        cmocka_unit_test(test_lost_is_the_end),
        cmocka_unit_test(test_deadline_to_the_millisecond),
        cmocka_unit_test(test_no_clock),
        cmocka_unit_test(test_bytes_at_the_deadline),
        cmocka_unit_test(test_idle_to_the_millisecond),
        cmocka_unit_test(test_done_with_too_much),
        cmocka_unit_test(test_sent_is_overwritten),
        cmocka_unit_test(test_huge_work_size),
        cmocka_unit_test(test_busy_for_all),
        cmocka_unit_test(test_type_that_was_overwritten),
        cmocka_unit_test(test_not_busy),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL) != 0;
}
