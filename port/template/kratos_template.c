/* SPDX-License-Identifier: Apache-2.0
 *
 * A port with nothing in it, and the rules that one with something in it must keep. It links, and
 * every call to the library then fails with KRATOS_ERR_IO, so an application can be built before
 * its network is.
 *
 * Three rules hold for open, write and read:
 * - They never block for longer than wait_ms, and with 0 not at all. 0 is a normal answer, no
 *   error: "nothing yet". Returning 0 before the time is over costs the caller one more call,
 *   nothing else.
 * - After a negative result they go on failing until close(); the next open() after it begins anew.
 * - They never end the program, raise a signal or print.
 */
#include "kratos_template.h"

#include <string.h>

/* Keep the stack's own code for native_error(), and answer with one of the library's.
 * KRATOS_ERR_TIMEOUT is not for a port: the library has the clock. */
static int fail(struct kratos_template *t, int error)
{
    t->error = error;
    return KRATOS_ERR_IO;
}

/* Begins or continues to open. 1 open, 0 not yet, negative failed.
 * - Called again and again with the same arguments until it is not 0: keep in t how far it is (name
 *   asked for, connecting).
 * - Looking the name up is part of it, and of wait_ms. A host may be a numeric IPv4 or IPv6 address
 *   without brackets: do not ask a resolver for those. Copy what you need: host belongs to the
 *   caller only until the call returns.
 * - A plain connect() blocks for minutes on most stacks: make the socket non-blocking first, then
 *   wait for it to be writable and ask for its error (SO_ERROR).
 * - Switch Nagle's algorithm off (TCP_NODELAY): a request is often two writes, and would wait for
 *   the peer's delayed ACK.
 * - A refused connection and a name that does not exist are KRATOS_ERR_IO; free the socket before
 *   you return it. */
static int stream_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct kratos_template *t = ctx;

    (void)host;
    (void)port;
    (void)wait_ms;
    return fail(t, -1);
}

/* Bytes taken (1 to n), 0 none within wait_ms, negative failed.
 * - Take what fits now and return; never wait until all n are taken. What was taken must not be
 *   taken again: after a partial success return its count, and the failure with the next call.
 * - p is the caller's: the bytes must be copied or sent before you return.
 * - Full buffers of the stack (ERR_MEM of lwIP, EAGAIN) are 0, not a failure. */
static int stream_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_template *t = ctx;

    (void)p;
    (void)n;
    (void)wait_ms;
    return fail(t, t->error);
}

/* Bytes given (1 to n), 0 none within wait_ms, negative failed.
 * - Give what is there as soon as something is there; never wait until n bytes have come.
 * - The orderly end of the stream (recv() == 0, close_notify) is KRATOS_ERR_CLOSED, after all bytes
 *   before it were given. Nothing else is: a reset is KRATOS_ERR_IO, a TLS stream that ends without
 *   close_notify is KRATOS_ERR_TLS. A reply that ends with the connection is complete only because
 *   of this difference.
 * - Some stacks report a reset once and an orderly end from then on: remember the first failure. */
static int stream_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_template *t = ctx;

    (void)p;
    (void)n;
    (void)wait_ms;
    return fail(t, t->error);
}

/* Gives everything back: the socket, a look-up or a connection in progress. Called at any time,
 * also twice and before the first open(). It must not wait for the peer, and must leave t->error
 * alone. */
static void stream_close(void *ctx)
{
    struct kratos_template *t = ctx;

    t->open = false;
}

/* The stack's own code of the last failure. Leave the pointer NULL if there is none worth
 * showing. */
static int stream_native_error(void *ctx)
{
    const struct kratos_template *t = ctx;

    return t->error;
}

/* Milliseconds of a clock that never goes back and never stands still (no wall clock). It may
 * start anywhere and must wrap at 2^32, not earlier: a counter of 24 bits, or of 32 bits in
 * microseconds, has to be extended. */
static uint32_t clock_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

const struct kratos_io *kratos_template_io(struct kratos_template *t)
{
    memset(t, 0, sizeof *t);
    t->io.ctx = t;
    t->io.open = stream_open;
    t->io.write = stream_write;
    t->io.read = stream_read;
    t->io.close = stream_close;
    t->io.native_error = stream_native_error;
    t->io.now_ms = clock_ms;
    t->io.reply_max = 0;        /* any size; a TLS port says here what its input buffer can take */
    t->io.confidential = false; /* true only if it is encrypted AND the peer's name was verified */
    return &t->io;
}
