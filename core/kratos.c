/* SPDX-License-Identifier: Apache-2.0
 *
 * The pump: begins an operation, moves bytes between the work buffer and the io (or the application), and
 * turns what went wrong into a result and a fault. It must never know what a request or a reply contains.
 */
#include "kratos.h"

#include <string.h>

#include "http.h"
#include "op.h"
#include "reply.h"
#include "request.h"
#include "sieve.h"
#include "text.h"

enum {
    LINK_CLOSED,
    LINK_OPENING,
    LINK_OPEN,
    LINK_CLOSING
}; /* CLOSING: only without a port, until the application did it */

#define DEFAULT_TIMEOUT_MS 10000
#define DEFAULT_IDLE_MS 60000

/* Largest piece that an io is asked to move: its result is an int. */
#define PIECE_MAX 0x7FFF

/* ---- Life ------------------------------------------------------------------------------------ */

static void clear_fault(struct kratos *k)
{
    static const kratos_str none = {"", 0};
    memset(&k->fault, 0, sizeof k->fault);
    k->fault.id = k->fault.reason = k->fault.message = k->fault.location = none;
}

int kratos_init(struct kratos *k, const struct kratos_config *config, const struct kratos_io *io)
{
    const char *why = kratos_config_complaint(config, io);
    memset(k, 0, sizeof *k);
    clear_fault(k);
    k->config = config;
    k->io = io;
    if (why != NULL) {
        k->fault.reason.p = why;
        k->fault.reason.n = kratos_text_size(why);
        return KRATOS_ERR_ARG;
    }
    k->work = (char *)config->work;
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

static uint32_t now_ms(const struct kratos *k)
{
    return k->io->now_ms != NULL ? k->io->now_ms(k->io->ctx) : 0;
}

static void drop_link(struct kratos *k)
{
    if (k->link == LINK_CLOSED) {
        return;
    }
    k->link = LINK_CLOSING;
    if (k->io->read != NULL) {
        k->io->close(k->io->ctx);
        k->link = LINK_CLOSED;
    }
}

/* A connection can carry another request only after a complete reply with nothing behind it. */
static void settle_link(struct kratos *k)
{
    bool clean = k->complete && k->phase == KRATOS_BODY && kratos_http_complete(&k->http) && k->raw == k->raw_end &&
                 !(k->http.flags & KRATOS_HTTP_CLOSE);
    if (k->phase == KRATOS_IDLE) {
        return;
    }
    if (k->lost != 0 && k->io->read == NULL) {
        k->link = LINK_CLOSED; /* the application said so behind the last byte of the reply */
    }
    k->lost = 0;
    if (!clean) {
        drop_link(k);
    }
    k->used_ms = now_ms(k);
}

static int finish(struct kratos *k, int rc)
{
    bool opened = k->phase != KRATOS_IDLE; /* idle: refused before anything was opened */
    settle_link(k);
    if (opened && k->phase <= KRATOS_SEND) { /* what was in the window may be secret */
        memset(k->work + k->above, 0, k->work_size - k->above);
    }
    k->phase = KRATOS_IDLE;
    k->op = NULL;
    return rc;
}

/* What is left of a list's reply is often here already: then the connection need not be closed. */
static void drain(struct kratos *k)
{
    size_t used, data;
    k->phase = KRATOS_BODY;
    while (k->raw < k->raw_end && !kratos_http_complete(&k->http) &&
           kratos_http_body(&k->http, k->work + k->raw, k->raw_end - k->raw, &used, &data)) {
        k->raw += (uint32_t)(used + data);
        if (data != 0) {
            kratos_http_took(&k->http, data);
        }
    }
}

void kratos_cancel(struct kratos *k)
{
    if (k->op != NULL && k->phase == KRATOS_PAUSED) {
        drain(k);
    }
    if (k->op != NULL) {
        finish(k, KRATOS_OK);
    }
    k->text = k->start = k->floor = 0;
}

void kratos_close(struct kratos *k)
{
    kratos_cancel(k);
    drop_link(k);
}

void kratos_wipe(struct kratos *k)
{
    volatile char *p = k->work;
    size_t i;
    kratos_cancel(k);
    clear_fault(k);
    for (i = 0; i < k->work_size; i++) {
        p[i] = 0;
    }
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

unsigned kratos_want(const struct kratos *k)
{
    if (k->link == LINK_CLOSING) {
        return KRATOS_WANT_CLOSE;
    }
    switch (k->phase) {
    case KRATOS_SEND:
        return k->link != LINK_OPEN ? KRATOS_WANT_OPEN : k->window != k->window_end ? KRATOS_WANT_TX : 0;
    case KRATOS_HEAD:
    case KRATOS_BODY:
        return k->link == LINK_OPEN ? KRATOS_WANT_RX : 0;
    default:
        return 0;
    }
}

void kratos_opened(struct kratos *k)
{
    k->link = LINK_OPEN;
}

void kratos_closed(struct kratos *k)
{
    k->link = LINK_CLOSED;
}

void kratos_lost(struct kratos *k, int rc)
{
    if (k->op == NULL || k->link == LINK_CLOSING) {
        k->link = LINK_CLOSED;
    } else {
        k->lost = (int16_t)rc; /* looked at when all received bytes are used up */
    }
}

const void *kratos_tx(struct kratos *k, size_t *n)
{
    *n = kratos_want(k) & KRATOS_WANT_TX ? k->window_end - k->window : 0;
    return k->work + k->window;
}

void kratos_tx_done(struct kratos *k, size_t n)
{
    uint32_t most = k->window_end - k->window, taken = n < most ? (uint32_t)n : most;
    memset(k->work + k->window, 0, taken); /* passwords and the bearer token do not stay */
    k->window += taken;
    k->sent += taken;
}

void *kratos_rx(struct kratos *k, size_t *n)
{
    *n = kratos_want(k) & KRATOS_WANT_RX ? k->top - k->raw_end : 0;
    return k->work + k->raw_end;
}

void kratos_rx_done(struct kratos *k, size_t n)
{
    uint32_t most = k->top - k->raw_end;
    k->raw_end += n < most ? (uint32_t)n : most;
    k->heard |= n != 0;
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static enum kratos_effect effect(const struct kratos *k, int rc)
{
    unsigned status = k->http.status;
    if (status >= 200 && status < 300) {
        bool strange = rc == KRATOS_ERR_JSON || rc == KRATOS_ERR_HTTP;
        bool foreign = strange && !(k->http.flags & KRATOS_HTTP_JSON); /* a captive portal, say */
        return foreign ? KRATOS_MAYBE_DONE : KRATOS_DONE;
    }
    if (status >= 200) {
        return status < 500 ? KRATOS_NOT_DONE : KRATOS_MAYBE_DONE;
    }
    if (k->sent == 0) {
        return KRATOS_NOT_SENT;
    }
    return k->complete && k->window == k->window_end ? KRATOS_MAYBE_DONE : KRATOS_NOT_DONE;
}

int kratos_fail(struct kratos *k, int rc)
{
    struct kratos_fault *f = &k->fault;
    f->http_status = k->http.status;
    f->effect = effect(k, rc);
    f->reused = k->reused;
    f->retry_after_ms = kratos_http_wait_ms(&k->http);
    f->transient = rc == KRATOS_ERR_CLOSED || rc == KRATOS_ERR_TIMEOUT || rc == KRATOS_ERR_IO;
    return rc;
}

int kratos_refuse(struct kratos *k, const char *why)
{
    if (k->op != NULL) {
        return KRATOS_ERR_BUSY; /* what is in progress goes on */
    }
    clear_fault(k);
    k->fault.reason.p = why;
    k->fault.reason.n = kratos_text_size(why);
    return KRATOS_ERR_ARG;
}

/* ---- One operation --------------------------------------------------------------------------- */

/* Tells two calls of one operation apart: FNV-1a over the path's parameters. One that lies in the last reply
 * is overwritten by the next: it does not count. */
static uint32_t fingerprint(const struct kratos *k, const struct kratos_call *call)
{
    uint32_t sum = 2166136261u;
    unsigned i;
    for (i = 0; i < 2 && call->path[i] != NULL; i++) {
        const char *p = call->path[i];
        if ((uintptr_t)p - (uintptr_t)k->work < k->work_size) {
            continue;
        }
        do {
            sum = (sum ^ (unsigned char)*p) * 16777619u;
        } while (*p++ != '\0');
    }
    return sum;
}

/* The server may have closed a connection that was idle: better noticed before the request than after. */
static void check_link(struct kratos *k)
{
    uint32_t idle_ms = k->config->idle_ms != 0 ? k->config->idle_ms : DEFAULT_IDLE_MS;
    char stray;
    if (k->link != LINK_OPEN) {
        return;
    }
    if (now_ms(k) - k->used_ms > idle_ms || (k->io->read != NULL && k->io->read(k->io->ctx, &stray, 1, 0) != 0)) {
        drop_link(k);
    }
}

static void send_again(struct kratos *k)
{
    k->sent = 0;
    k->row = k->list.page; /* a batch: its rows, too, from the start */
    k->row_sent = 0;
    k->window = k->window_end = k->above;
    k->complete = k->heard = k->late = false;
    k->reused = k->link == LINK_OPEN;
    k->lost = 0;
    k->phase = KRATOS_SEND;
    kratos_http_begin(&k->http);
}

static int begin_request(struct kratos *k, const struct kratos_call *call)
{
    int rc;
    settle_link(k);
    rc = kratos_request_count(k, call);
    if (rc != KRATOS_GO) {
        k->phase = KRATOS_IDLE;
        return rc;
    }
    check_link(k);
    k->began_ms = now_ms(k);
    send_again(k);
    return KRATOS_GO;
}

static int begin(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call)
{
    int rc = KRATOS_GO;
    if (k->work == NULL) {
        return KRATOS_ERR_ARG;
    }
    clear_fault(k);
    k->op = op;
    k->check = fingerprint(k, call);
    k->above = k->text;
    k->floor = 0;
    k->repeated = false;
    memset(&k->list, 0, sizeof k->list);
    kratos_http_begin(&k->http);
    k->sent = 0;
    if (op->shape->begin != NULL) {
        rc = op->shape->begin(k, call);
    }
    return rc == KRATOS_GO ? begin_request(k, call) : rc;
}

static int resume(struct kratos *k)
{
    if (k->phase == KRATOS_PAUSED) {
        clear_fault(k);
        k->phase = KRATOS_BODY;
        k->start = k->text = k->raw;
        k->began_ms = now_ms(k); /* the caller's own time does not count */
        k->late = false;
    }
    return KRATOS_GO;
}

static int advance(struct kratos *k, const struct kratos_call *call)
{
    int rc;
    switch (k->phase) {
    case KRATOS_SEND:
        if (k->window != k->window_end) {
            return KRATOS_WAIT;
        }
        if (k->complete) {
            kratos_reply_begin(k);
            return KRATOS_GO;
        }
        k->window = k->window_end = k->above;
        rc = (k->op->shape->fill != NULL ? k->op->shape->fill : kratos_request_fill)(k, call);
        if (rc != KRATOS_GO) {
            kratos_fail(k, rc);
        }
        return rc;
    case KRATOS_HEAD:
        return kratos_reply_head(k);
    default:
        rc = kratos_reply_body(k, call);
        if (rc == KRATOS_NEXT) {
            k->above = k->floor;
            k->repeated = false;
            rc = begin_request(k, call);
        }
        return rc;
    }
}

static int move(struct kratos *k, unsigned want, uint32_t wait_ms)
{
    const struct kratos_io *io = k->io;
    size_t n;
    int rc;
    if (want == KRATOS_WANT_OPEN) {
        k->link = LINK_OPENING; /* to be closed, whatever comes of it */
        rc = io->open(io->ctx, k->config->host, k->config->port, wait_ms);
        if (rc > 0) {
            kratos_opened(k);
        }
    } else if (want == KRATOS_WANT_TX) {
        const void *p = kratos_tx(k, &n);
        rc = io->write(io->ctx, p, n < PIECE_MAX ? n : PIECE_MAX, wait_ms);
        if (rc > 0) {
            kratos_tx_done(k, (size_t)rc);
        }
    } else {
        void *p = kratos_rx(k, &n);
        rc = io->read(io->ctx, p, n < PIECE_MAX ? n : PIECE_MAX, wait_ms);
        if (rc > 0) {
            kratos_rx_done(k, (size_t)rc);
        }
    }
    return rc;
}

/* Waits for bytes. KRATOS_GO: something moved; KRATOS_AGAIN; or what broke the connection. */
static int exchange(struct kratos *k)
{
    uint32_t timeout_ms = k->config->timeout_ms != 0 ? k->config->timeout_ms : DEFAULT_TIMEOUT_MS;
    uint32_t passed = now_ms(k) - k->began_ms;
    bool expired = passed >= timeout_ms, waiting = !k->config->nonblocking;
    unsigned want = kratos_want(k);
    int rc = k->lost;
    k->lost = 0;
    if (rc == 0 && k->late) { /* one look at what had come by then was enough */
        return KRATOS_ERR_TIMEOUT;
    }
    if (rc == 0 && k->io->read != NULL && want != 0) {
        rc = move(k, want, waiting && !expired ? timeout_ms - passed : 0);
    }
    if (rc != 0) {
        k->late = expired;
        return rc < 0 ? rc : KRATOS_GO;
    }
    if (expired) {
        return KRATOS_ERR_TIMEOUT;
    }
    return waiting && k->io->read != NULL ? KRATOS_GO : KRATOS_AGAIN;
}

static bool is_get(const struct kratos *k)
{
    return k->op->method[0] == 'G';
}

/* A request that was not taken whole may have been answered all the same (Kratos refuses a large body in
 * its middle). */
static bool read_early_answer(struct kratos *k, int rc)
{
    if (k->phase != KRATOS_SEND || k->link != LINK_OPEN || k->sent == 0 || k->io->read == NULL ||
        (rc != KRATOS_ERR_CLOSED && rc != KRATOS_ERR_IO)) {
        return false;
    }
    k->complete = false;
    memset(k->work + k->window, 0, k->window_end - k->window); /* not sent, and secret all the same */
    kratos_reply_begin(k);
    return true;
}

/* The connection broke. KRATOS_GO if the operation can go on all the same. */
static int broken(struct kratos *k, const struct kratos_call *call, int rc)
{
    bool stale = k->reused && !k->heard && rc != KRATOS_ERR_TIMEOUT;
    bool cut = rc == KRATOS_ERR_SPACE || ((rc == KRATOS_ERR_CLOSED || rc == KRATOS_ERR_IO) && k->heard);
    if (rc == KRATOS_ERR_CLOSED && k->phase == KRATOS_BODY && kratos_http_closed(&k->http)) {
        drop_link(k);
        return KRATOS_GO;
    }
    if (read_early_answer(k, rc)) {
        return KRATOS_GO;
    }
    kratos_fail(k, rc);
    k->fault.native_error = k->io->native_error != NULL ? k->io->native_error(k->io->ctx) : 0;
    drop_link(k);
    if (stale && (is_get(k) || k->sent == 0) && !k->repeated) {
        k->repeated = true;
        clear_fault(k);
        send_again(k);
        return KRATOS_GO;
    }
    if (cut && k->op->shape->broken != NULL && k->op->shape->broken(k, call)) {
        k->phase = KRATOS_IDLE;
        k->above = k->floor;
        clear_fault(k);
        return begin_request(k, call);
    }
    return rc;
}

int kratos_execute(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call)
{
    int rc;
    if (k->op != NULL && (k->op != op || k->check != fingerprint(k, call))) {
        return KRATOS_ERR_BUSY;
    }
    rc = k->op == NULL ? begin(k, op, call) : resume(k);
    while (rc == KRATOS_GO || rc == KRATOS_WAIT) {
        if (rc == KRATOS_GO) {
            rc = advance(k, call);
            continue;
        }
        rc = exchange(k);
        if (rc < 0) {
            rc = broken(k, call, rc);
        }
    }
    if (rc == KRATOS_AGAIN || (k->phase == KRATOS_PAUSED && k->op != NULL)) {
        return rc;
    }
    return finish(k, rc);
}

int kratos_run(struct kratos *k, const struct kratos_op *op, const char *parameter, const void *args, void *out)
{
    struct kratos_call call;
    memset(&call, 0, sizeof call);
    call.path[0] = parameter;
    call.args = args;
    call.out = out;
    return kratos_execute(k, op, &call);
}

/* ---- Replies of one object, or of none ------------------------------------------------------- */

static int value_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    (void)call;
    (void)n;
    if (event == KRATOS_SIEVE_BEGIN && k->sieve.depth == 0 && k->work[k->raw] != '{') {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    return KRATOS_GO;
}

static int value_end(struct kratos *k, const struct kratos_call *call)
{
    return k->op->decode(k, call->out);
}

static int none_end(struct kratos *k, const struct kratos_call *call)
{
    (void)k;
    (void)call;
    return KRATOS_OK;
}

const struct kratos_shape kratos_shape_value = {0, true, NULL, NULL, value_event, value_end, NULL, NULL, NULL};
const struct kratos_shape kratos_shape_none = {0, false, NULL, NULL, NULL, none_end, NULL, NULL, NULL};

const char *kratos_strerror(int rc)
{
    static const char names[] = "ok\0again\0end\0bad argument\0busy\0buffer too small\0connection closed\0timeout\0"
                                "input/output error\0TLS error\0not HTTP as expected\0not JSON as expected\0denied\0"
                                "not found\0conflict\0rate limited\0refused\0server error\0wrong listener\0unknown\0";
    const char *p = names;
    int i = rc >= 0 && rc <= KRATOS_END                         ? rc
            : rc <= KRATOS_ERR_ARG && rc >= KRATOS_ERR_REDIRECT ? KRATOS_END - rc
                                                                : KRATOS_END - KRATOS_ERR_REDIRECT + 1;
    for (; i > 0; i--) {
        p += kratos_text_size(p) + 1;
    }
    return p;
}
