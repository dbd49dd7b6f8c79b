/* SPDX-License-Identifier: Apache-2.0
 *
 * The pump: one exchange of a request and its reply. It decides what a broken connection means. It must never know what
 * a request or a reply contains, nor how bytes move.
 */
#include "kratos.h"

#include <string.h>

#include "config_check.h"
#include "connection.h"
#include "fault.h"
#include "http.h"
#include "pump.h"
#include "refusal.h"
#include "reply.h"
#include "request.h"
#include "sieve.h"
#include "text.h"

#define DEFAULT_TIMEOUT_MS 10000

/* ---- Life ------------------------------------------------------------------------------------ */

int kratos_init(struct kratos *k, const struct kratos_config *config, const struct kratos_io *io)
{
    const char *why = kratos_config_complaint(config, io);
    memset(k, 0, sizeof *k);
    kratos_fault_clear(k);
    k->config = config;
    k->io = io;
    if (why != NULL) {
        return kratos_fault_argument(k, why);
    }
    k->work = config->work;
    k->work_size = config->work_size < INT32_MAX ? (uint32_t)config->work_size : (uint32_t)INT32_MAX;
    return KRATOS_OK;
}

bool kratos_busy(const struct kratos *k)
{
    return k->op != NULL;
}

const struct kratos_fault *kratos_last_fault(const struct kratos *k)
{
    return &k->fault;
}

int kratos_finish(struct kratos *k, int rc)
{
    if (rc == KRATOS_AGAIN || rc == KRATOS_ERR_BUSY || k->phase == KRATOS_PAUSED) {
        return rc; /* it goes on */
    }
    kratos_settle_link(k);
    if (k->phase == KRATOS_SEND) { /* what was in the window may be secret */
        memset(k->work + k->request.above, 0, k->work_size - k->request.above);
    }
    k->phase = KRATOS_IDLE;
    k->op = NULL;
    return rc;
}

/* What is left of a reply is often here already: then the connection need not be closed. */
static void drain(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    size_t used, data;
    while (r->raw < r->raw_end && !kratos_http_complete(&k->http) &&
           kratos_http_body(&k->http, k->work + r->raw, r->raw_end - r->raw, &used, &data)) {
        r->raw += (uint32_t)(used + data);
        if (data != 0) {
            kratos_http_took(&k->http, data);
        }
    }
}

void kratos_cancel(struct kratos *k)
{
    if (k->op != NULL && k->phase == KRATOS_PAUSED) {
        drain(k);
        k->phase = KRATOS_RECEIVE;
    }
    if (k->op != NULL) {
        kratos_finish(k, KRATOS_OK);
    }
    kratos_reply_drop(k, 0);
}

void kratos_close(struct kratos *k)
{
    kratos_cancel(k);
    kratos_drop_link(k);
}

void kratos_wipe(struct kratos *k)
{
    volatile char *p = k->work;
    size_t i;
    kratos_cancel(k);
    kratos_fault_clear(k);
    memset(&k->progress, 0, sizeof k->progress); /* the page tokens lie in it */
    for (i = 0; i < k->work_size; i++) {
        p[i] = 0;
    }
}

/* ---- One exchange ---------------------------------------------------------------------------- */

static int resume(struct kratos *k)
{
    if (k->phase == KRATOS_PAUSED) {
        kratos_fault_clear(k);
        k->phase = KRATOS_RECEIVE;
        k->reply.start = k->reply.text = k->reply.raw;
        k->link.began_ms = kratos_now_ms(k); /* the caller's own time does not count */
        k->link.late = false;
    }
    return KRATOS_GO;
}

int kratos_begin(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call)
{
    if (k->op != NULL) {
        return k->op == op && k->check == call->check ? resume(k) : KRATOS_ERR_BUSY;
    }
    if (k->work == NULL) {
        return KRATOS_ERR_ARG;
    }
    kratos_fault_clear(k);
    memset(&k->progress, 0, sizeof k->progress);
    k->op = op;
    k->check = call->check;
    k->reply.floor = 0;
    return KRATOS_NEXT;
}

/* Nothing of the request is sent, nothing of it is in the window. */
static void start_over(struct kratos *k)
{
    k->request.sent = 0;
    k->request.window = k->request.window_end = k->request.above;
    k->request.complete = false;
    k->link.reused = k->link.heard = k->link.late = k->link.broke = k->link.stalled = false;
    k->link.lost = 0;
    kratos_http_begin(&k->http);
}

static void start_sending(struct kratos *k)
{
    k->link.reused = k->link.state == KRATOS_OPEN;
    k->link.used_ms = kratos_now_ms(k);
    k->phase = KRATOS_SEND;
}

/* Begins a request, above what reply.text says is still needed. KRATOS_GO, or KRATOS_ERR_ARG. */
static int request(struct kratos *k, const struct kratos_call *call)
{
    int rc;
    kratos_settle_link(k);
    k->phase = KRATOS_IDLE;
    k->request.above = k->reply.text;
    start_over(k);
    rc = kratos_request_count(k, call);
    if (rc == KRATOS_GO) {
        kratos_check_link(k);
        k->link.began_ms = kratos_now_ms(k);
        start_sending(k);
    }
    return rc;
}

static int fill(struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_shape *shape = k->op->shape;
    k->request.window = k->request.window_end = k->request.above;
    return (shape != NULL && shape->fill != NULL ? shape->fill : kratos_request_fill)(k, call);
}

static void receive(struct kratos *k)
{
    k->phase = KRATOS_RECEIVE;
    kratos_reply_begin(k);
}

/* The request is given up for the answer that came before its end: whole is it only if its last byte was taken all the same. */
static void receive_early(struct kratos *k)
{
    struct kratos_request *r = &k->request;
    r->complete = r->complete && r->window == r->window_end;
    memset(k->work + r->window, 0, r->window_end - r->window); /* not sent, and secret all the same */
    r->window_end = r->window;
    receive(k);
    if (k->link.heard) {
        k->work[k->reply.raw_end++] = k->link.stray;
    }
}

/* Goes on with what is in memory. KRATOS_COMPLETE: the reply is, and its status is none that the operation takes. */
static int step(struct kratos *k, const struct kratos_call *call)
{
    int rc;
    if (k->phase == KRATOS_SEND && k->link.heard) {
        receive_early(k);
    } else if (k->phase == KRATOS_SEND) {
        if (k->request.window != k->request.window_end) {
            return KRATOS_WAIT;
        }
        if (!k->request.complete) {
            return fill(k, call);
        }
        receive(k);
    }
    rc = kratos_reply_read(k, call);
    if (rc != KRATOS_COMPLETE || k->reply.refused) {
        return rc;
    }
    return k->op->shape != NULL ? k->op->shape->end(k, call) : KRATOS_OK;
}

static uint32_t timeout_ms(const struct kratos *k)
{
    return k->config->timeout_ms != 0 ? k->config->timeout_ms : DEFAULT_TIMEOUT_MS;
}

/* What is left of the time for the exchange, in ms. */
static uint32_t left(const struct kratos *k)
{
    uint32_t passed = kratos_now_ms(k) - k->link.began_ms, whole = timeout_ms(k);
    return passed < whole ? whole - passed : 0;
}

/* Where writing makes no progress for a quarter of the time, the server may have answered and reads no more: what came is
 * looked at. Not before: an interim reply (100) would end a request that is only slow. Returns how long a write may wait. */
static uint32_t patience(struct kratos *k, uint32_t wait_ms)
{
    uint32_t most = timeout_ms(k) / 4 + 1;
    if (k->phase != KRATOS_SEND || k->link.state != KRATOS_OPEN) {
        return wait_ms;
    }
    k->link.stalled = k->io->now_ms != NULL ? kratos_now_ms(k) - k->link.used_ms >= most
                                            : k->link.used_ms++ != 0; /* without a clock calls are counted */
    return wait_ms < most ? wait_ms : most;
}

/* Waits for bytes. KRATOS_GO: something moved; KRATOS_AGAIN; or what broke the connection. */
static int exchange(struct kratos *k)
{
    uint32_t left_ms = left(k), wait_ms = k->config->nonblocking || k->io->read == NULL ? 0 : left_ms;
    int rc = (int)k->link.lost;
    k->link.lost = 0;
    if (rc == 0 && k->link.late) { /* one look at what had come by then was enough */
        return KRATOS_ERR_TIMEOUT;
    }
    if (rc == 0) {
        uint32_t most_ms = patience(k, wait_ms);
        rc = kratos_move(k, kratos_want(k), most_ms);
    }
    if (rc != 0) {
        k->link.late = left_ms == 0;
        return rc < 0 ? rc : KRATOS_GO;
    }
    return wait_ms != 0 ? KRATOS_GO : left_ms != 0 ? KRATOS_AGAIN : KRATOS_ERR_TIMEOUT;
}

/* A request that was not taken whole may have been answered all the same (Kratos refuses a large body in
 * its middle). */
static bool read_early_answer(struct kratos *k, int rc)
{
    if (k->phase != KRATOS_SEND || k->link.state != KRATOS_OPEN || k->request.sent == 0 || k->io->read == NULL ||
        (rc != KRATOS_ERR_CLOSED && rc != KRATOS_ERR_IO)) {
        return false;
    }
    receive_early(k);
    return true;
}

/* The connection broke. KRATOS_GO if the exchange can go on all the same. */
static int broken(struct kratos *k, int rc)
{
    struct kratos_link *link = &k->link;
    bool stale = link->reused && !link->heard && rc != KRATOS_ERR_TIMEOUT;
    if (rc == KRATOS_ERR_CLOSED && k->phase == KRATOS_RECEIVE && kratos_http_closed(&k->http)) {
        kratos_drop_link(k); /* that was the end of the reply */
        return KRATOS_GO;
    }
    if (read_early_answer(k, rc)) {
        return KRATOS_GO;
    }
    kratos_fail(k, rc);
    k->fault.native_error = k->io->native_error != NULL ? k->io->native_error(k->io->ctx) : 0;
    kratos_drop_link(k);
    if (stale && (k->op->method[0] == 'G' || k->request.sent == 0)) {
        kratos_fault_clear(k);
        start_over(k);
        start_sending(k); /* on a new connection: no second time */
        return KRATOS_GO;
    }
    link->broke = true;
    return rc;
}

int kratos_pump(struct kratos *k, const struct kratos_call *call, int rc)
{
    while (rc == KRATOS_GO || rc == KRATOS_NEXT) {
        rc = rc == KRATOS_NEXT ? request(k, call) : step(k, call);
        if (rc == KRATOS_WAIT) {
            rc = exchange(k);
            rc = rc < 0 ? broken(k, rc) : rc;
        } else if (rc == KRATOS_COMPLETE) {
            rc = kratos_refusal(k);
        } else if (rc < 0) {
            kratos_fail(k, rc);
        }
    }
    return rc;
}

const char *kratos_strerror(int rc)
{
    static const char names[] = "ok\0again\0end\0bad argument\0busy\0buffer too small\0closed\0timeout\0"
                                "i/o error\0TLS error\0not HTTP\0not JSON\0denied\0"
                                "not found\0conflict\0rate limited\0refused\0server error\0wrong listener\0"
                                "store failed\0stopped\0unknown\0";
    int n = rc >= 0 && rc <= KRATOS_END                        ? rc
            : rc <= KRATOS_ERR_ARG && rc >= KRATOS_ERR_STOPPED ? KRATOS_END - rc
                                                               : KRATOS_END - KRATOS_ERR_STOPPED + 1;
    return kratos_text_nth(names, (unsigned)n);
}
