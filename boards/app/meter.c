/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts the instructions below the library, and the requests.
 */
#include "meter.h"

#include <string.h>

#include "board.h"

static int metered_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct meter *m = ctx;
    uint32_t began = board_instructions();
    int rc = m->inner->open(m->inner->ctx, host, port, wait_ms);

    m->open += board_instructions() - began;
    m->opened = true;
    m->writing = false;
    return rc;
}

static int metered_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct meter *m = ctx;
    uint32_t began = board_instructions();
    int rc = m->inner->write(m->inner->ctx, p, n, wait_ms);

    m->bytes += board_instructions() - began;
    m->requests += rc > 0 && !m->writing;
    m->writing |= rc > 0;
    return rc;
}

static int metered_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct meter *m = ctx;
    uint32_t began = board_instructions();
    int rc = m->inner->read(m->inner->ctx, p, n, wait_ms);

    m->bytes += board_instructions() - began;
    m->writing &= rc <= 0;
    return rc;
}

static void metered_close(void *ctx)
{
    struct meter *m = ctx;
    uint32_t began = board_instructions();

    m->inner->close(m->inner->ctx);
    m->bytes += board_instructions() - began;
}

static int metered_native_error(void *ctx)
{
    const struct meter *m = ctx;

    return m->inner->native_error != NULL ? m->inner->native_error(m->inner->ctx) : 0;
}

static uint32_t metered_now_ms(void *ctx)
{
    struct meter *m = ctx;
    uint32_t began = board_instructions();
    uint32_t now = m->inner->now_ms(m->inner->ctx);

    m->bytes += board_instructions() - began;
    return now;
}

const struct kratos_io *meter_io(struct meter *m, const struct kratos_io *inner)
{
    memset(m, 0, sizeof *m);
    m->inner = inner;
    m->io = *inner;
    m->io.ctx = m;
    m->io.open = metered_open;
    m->io.write = metered_write;
    m->io.read = metered_read;
    m->io.close = metered_close;
    m->io.native_error = metered_native_error;
    m->io.now_ms = metered_now_ms;
    return &m->io;
}
