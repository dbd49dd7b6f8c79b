/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection: moves bytes between the work buffer and the io, or the application where there is none. It must never
 * know what the bytes are, nor decide what a broken connection means.
 */
#include "connection.h"

#include <string.h>

#include "http.h"
#include "shape.h"

#define DEFAULT_IDLE_MS 60000

uint32_t kratos_now_ms(const struct kratos *k)
{
    return k->io->now_ms != NULL ? k->io->now_ms(k->io->ctx) : 0;
}

void kratos_drop_link(struct kratos *k)
{
    if (k->link.state == KRATOS_CLOSED) {
        return;
    }
    k->link.state = KRATOS_CLOSING;
    if (k->io->read != NULL) {
        k->io->close(k->io->ctx);
        k->link.state = KRATOS_CLOSED;
    }
}

void kratos_settle_link(struct kratos *k)
{
    bool clean = k->request.complete && k->phase >= KRATOS_RECEIVE && kratos_http_complete(&k->http) &&
                 k->reply.raw == k->reply.raw_end && !(k->http.flags & KRATOS_HTTP_CLOSE);
    if (k->phase == KRATOS_IDLE) {
        return;
    }
    if (k->link.lost != 0) {           /* without a port only */
        k->link.state = KRATOS_CLOSED; /* the application said so behind the last byte of the reply */
    }
    k->link.lost = 0;
    if (!clean) {
        kratos_drop_link(k);
    }
    k->link.used_ms = kratos_now_ms(k);
}

void kratos_check_link(struct kratos *k)
{
    uint32_t idle_ms = k->config->idle_ms != 0 ? k->config->idle_ms : DEFAULT_IDLE_MS;
    char stray;
    if (k->link.state != KRATOS_OPEN) {
        return;
    }
    if (kratos_now_ms(k) - k->link.used_ms > idle_ms ||
        (k->io->read != NULL && k->io->read(k->io->ctx, &stray, 1, 0) != 0)) {
        kratos_drop_link(k);
    }
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

unsigned kratos_want(const struct kratos *k)
{
    if (k->link.state == KRATOS_CLOSING) {
        return KRATOS_WANT_CLOSE;
    }
    if (k->phase == KRATOS_SEND) {
        return k->link.state != KRATOS_OPEN                                  ? KRATOS_WANT_OPEN
               : k->request.window == k->request.window_end || k->link.heard ? 0
               : k->link.stalled                                             ? KRATOS_WANT_TX | KRATOS_WANT_RX
                                                                             : KRATOS_WANT_TX;
    }
    return k->phase == KRATOS_RECEIVE ? KRATOS_WANT_RX : 0;
}

void kratos_opened(struct kratos *k)
{
    k->link.state = KRATOS_OPEN;
    k->link.used_ms = kratos_now_ms(k);
}

void kratos_closed(struct kratos *k)
{
    k->link.state = KRATOS_CLOSED;
}

void kratos_lost(struct kratos *k, int rc)
{
    if (k->op == NULL || k->link.state == KRATOS_CLOSING) {
        k->link.state = KRATOS_CLOSED;
    } else {
        k->link.lost = (int8_t)rc; /* looked at when all received bytes are used up */
    }
}

static uint32_t least(size_t n, uint32_t most)
{
    return n < most ? (uint32_t)n : most;
}

const void *kratos_tx(struct kratos *k, size_t *n)
{
    *n = kratos_want(k) & KRATOS_WANT_TX ? k->request.window_end - k->request.window : 0;
    return k->work + k->request.window;
}

void kratos_tx_done(struct kratos *k, size_t n)
{
    uint32_t taken = least(n, k->request.window_end - k->request.window);
    memset(k->work + k->request.window, 0, taken); /* passwords and the bearer token do not stay */
    k->request.window += taken;
    k->request.sent += taken;
    if (taken != 0) {
        k->link.used_ms = kratos_now_ms(k);
        k->link.stalled = false;
    }
}

/* While a request is being written all of the work buffer may still be needed: one byte tells enough. */
void *kratos_rx(struct kratos *k, size_t *n)
{
    bool sending = k->phase == KRATOS_SEND;
    *n = !(kratos_want(k) & KRATOS_WANT_RX) ? 0 : sending ? 1 : k->reply.top - k->reply.raw_end;
    return sending ? &k->link.stray : k->work + k->reply.raw_end;
}

void kratos_rx_done(struct kratos *k, size_t n)
{
    if (k->phase != KRATOS_SEND) {
        k->reply.raw_end += least(n, k->reply.top - k->reply.raw_end);
    }
    k->link.heard |= n != 0;
}

int kratos_move(struct kratos *k, unsigned want, uint32_t wait_ms)
{
    const struct kratos_io *io = k->io;
    size_t n;
    int rc = 0;
    if (want == KRATOS_WANT_OPEN) {
        k->link.state = KRATOS_OPENING; /* to be closed, whatever comes of it */
    }
    if (io->read == NULL) { /* the application does it */
        return 0;
    }
    if (want == KRATOS_WANT_OPEN) {
        rc = io->open(io->ctx, k->config->host, k->config->port, wait_ms);
        if (rc > 0) {
            kratos_opened(k);
        }
        return rc;
    }
    if (want & KRATOS_WANT_RX) {
        void *p = kratos_rx(k, &n);
        rc = io->read(io->ctx, p, n, want == KRATOS_WANT_RX ? wait_ms : 0);
        if (rc > 0) {
            kratos_rx_done(k, (size_t)rc);
        }
    }
    if (rc == 0 && (want & KRATOS_WANT_TX)) {
        const void *p = kratos_tx(k, &n);
        rc = io->write(io->ctx, p, n, wait_ms);
        if (rc > 0) {
            kratos_tx_done(k, (size_t)rc);
        }
    }
    return rc;
}
