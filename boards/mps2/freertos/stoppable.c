/* SPDX-License-Identifier: Apache-2.0
 *
 * See stoppable.h.
 */
#include "stoppable.h"

static bool is_stopped(struct stoppable *s)
{
    s->stopped = s->stop;
    return s->stopped;
}

static uint32_t short_wait(uint32_t wait_ms)
{
    return wait_ms < STOPPABLE_MS ? wait_ms : STOPPABLE_MS;
}

static int stream_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct stoppable *s = ctx;

    return is_stopped(s) ? KRATOS_ERR_IO : s->inner->open(s->inner->ctx, host, port, short_wait(wait_ms));
}

static int stream_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct stoppable *s = ctx;

    return is_stopped(s) ? KRATOS_ERR_IO : s->inner->write(s->inner->ctx, p, n, short_wait(wait_ms));
}

static int stream_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct stoppable *s = ctx;

    return is_stopped(s) ? KRATOS_ERR_IO : s->inner->read(s->inner->ctx, p, n, short_wait(wait_ms));
}

static void stream_close(void *ctx)
{
    const struct stoppable *s = ctx;

    s->inner->close(s->inner->ctx);
}

static int stream_native_error(void *ctx)
{
    const struct stoppable *s = ctx;

    if (s->stopped) {
        return STOPPABLE_STOPPED;
    }
    return s->inner->native_error != NULL ? s->inner->native_error(s->inner->ctx) : 0;
}

static uint32_t now_ms(void *ctx)
{
    const struct stoppable *s = ctx;

    return s->inner->now_ms(s->inner->ctx);
}

const struct kratos_io *stoppable_io(struct stoppable *s, const struct kratos_io *inner)
{
    s->io = *inner;
    s->io.ctx = s;
    s->io.open = stream_open;
    s->io.write = stream_write;
    s->io.read = stream_read;
    s->io.close = stream_close;
    s->io.native_error = stream_native_error;
    s->io.now_ms = now_ms;
    s->inner = inner;
    s->stop = s->stopped = false;
    return &s->io;
}
