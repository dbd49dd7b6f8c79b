/* SPDX-License-Identifier: Apache-2.0
 *
 * See peer.h.
 */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void fatal(const char *what)
{
    fprintf(stderr, "peer: %s\n", what);
    abort();
}

static int peer_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct peer *peer = (struct peer *)ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    peer->now += peer->step_ms;
    if (peer->open) {
        fatal("open of an open connection");
    }
    if (peer->open_rc != 0) {
        return peer->open_rc;
    }
    peer->open = true;
    peer->opens++;
    peer->in_n = peer->out_n = peer->out_at = peer->given = 0;
    peer->cut = peer->cuts != 0;
    if (peer->cut) {
        peer->cuts--;
    }
    return 1;
}

static int peer_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct peer *peer = (struct peer *)ctx;
    size_t size;
    (void)wait_ms;
    peer->now += peer->step_ms;
    if (!peer->open || n == 0) {
        fatal("write on a closed connection, or of nothing");
    }
    if (peer->piece != 0 && n > peer->piece) {
        n = peer->piece;
    }
    if (n > PEER_SIZE - peer->in_n) {
        fatal("request too large");
    }
    memcpy(peer->in + peer->in_n, p, n);
    peer->in_n += n;
    peer->written += n;
    size = wire_request_size(peer->in, peer->in_n);
    if (size != 0) {
        if (size != peer->in_n || peer->out_n != peer->out_at) {
            fatal("a second request before the reply");
        }
        peer->requests++;
        memcpy(peer->last, peer->in, size);
        peer->last[size] = '\0';
        peer->last_n = size;
        peer->in_n = peer->out_n = peer->out_at = 0;
        if (peer->stale != 0) {
            peer->stale--;
            peer->cut = true;
            peer->cut_at = peer->given;
        } else if (peer->serve != NULL) {
            peer->serve(peer, peer->last, size);
        }
    }
    return (int)n;
}

static int peer_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct peer *peer = (struct peer *)ctx;
    size_t left = peer->out_n - peer->out_at;
    peer->now += peer->step_ms;
    if (!peer->open || n == 0) {
        fatal("read on a closed connection, or of nothing");
    }
    if (peer->cut && peer->given >= peer->cut_at) {
        return KRATOS_ERR_CLOSED;
    }
    if (left == 0) {
        peer->now += wait_ms;
        return 0;
    }
    if (peer->record_max != 0 && peer->out_n > peer->record_max) {
        return KRATOS_ERR_SPACE;
    }
    n = n < left ? n : left;
    if (peer->piece != 0 && n > peer->piece) {
        n = peer->piece;
    }
    if (peer->cut && n > peer->cut_at - peer->given) {
        n = peer->cut_at - peer->given;
    }
    memcpy(p, peer->out + peer->out_at, n);
    peer->out_at += n;
    peer->given += n;
    return (int)n;
}

static void peer_close(void *ctx)
{
    struct peer *peer = (struct peer *)ctx;
    peer->closes += peer->open;
    peer->open = false;
}

static uint32_t peer_now_ms(void *ctx)
{
    return ((struct peer *)ctx)->now;
}

int peer_init(struct peer *peer)
{
    return kratos_init(&peer->k, &peer->config, &peer->io);
}

void peer_begin(struct peer *peer, void *work, size_t work_size)
{
    memset(peer, 0, offsetof(struct peer, in));
    peer->in_n = peer->out_n = peer->out_at = peer->last_n = peer->given = peer->written = 0;
    peer->cut_at = PEER_ANY;
    peer->now = 0xFFFFF000u;
    peer->io.ctx = peer;
    peer->io.open = peer_open;
    peer->io.write = peer_write;
    peer->io.read = peer_read;
    peer->io.close = peer_close;
    peer->io.now_ms = peer_now_ms;
    peer->config.host = "127.0.0.1";
    peer->config.port = 4434;
    peer->config.work = work;
    peer->config.work_size = work_size;
    if (peer_init(peer) != KRATOS_OK) {
        fatal("kratos_init");
    }
}

void peer_raw(struct peer *peer, const char *p, size_t n)
{
    if (n > PEER_SIZE - peer->out_n) {
        fatal("reply too large");
    }
    memcpy(peer->out + peer->out_n, p, n);
    peer->out_n += n;
}

static void head_of(struct peer *peer, const char *head)
{
    static const char type[] = "Content-Type: application/json\r\n";
    peer_raw(peer, "HTTP/1.1 ", 9);
    peer_raw(peer, head, strlen(head));
    peer_raw(peer, type, sizeof type - 1);
}

void peer_reply(struct peer *peer, const char *head, const char *body)
{
    char line[64];
    size_t n = strlen(body);
    head_of(peer, head);
    peer_raw(peer, line, (size_t)snprintf(line, sizeof line, "Content-Length: %zu\r\n\r\n", n));
    peer_raw(peer, body, n);
}

void peer_reply_chunked(struct peer *peer, const char *head, const char *body, size_t chunk)
{
    static const char coding[] = "Transfer-Encoding: chunked\r\n\r\n";
    size_t n = strlen(body), at;
    head_of(peer, head);
    peer_raw(peer, coding, sizeof coding - 1);
    for (at = 0; at < n; at += chunk) {
        char line[32];
        size_t part = n - at < chunk ? n - at : chunk;
        peer_raw(peer, line, (size_t)snprintf(line, sizeof line, "%zx\r\n", part));
        peer_raw(peer, body + at, part);
        peer_raw(peer, "\r\n", 2);
    }
    peer_raw(peer, "0\r\n\r\n", 5);
}

bool peer_query(const char *request, const char *name, char *value, size_t size)
{
    const char *p = strchr(request, ' ') + 1, *end = strchr(p, ' ');
    size_t n = strlen(name), to = 0;
    for (; p < end; p++) {
        if ((*p == '?' || *p == '&') && strncmp(p + 1, name, n) == 0 && p[n + 1] == '=') {
            for (p += n + 2; p < end && *p != '&' && to + 1 < size; p++) {
                char code[3] = {p[1], p[2], '\0'};
                if (*p == '%') {
                    value[to++] = (char)strtoul(code, NULL, 16);
                    p += 2;
                } else {
                    value[to++] = *p;
                }
            }
            value[to] = '\0';
            return true;
        }
    }
    return false;
}
