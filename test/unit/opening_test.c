/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream that never opens, one that fails while it opens, and a peer that drips for ever: the stream is closed, the deadline
 * is kept. It must never know what is asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kratos.h"

struct stream {
    int opened; /* what open answers */
    unsigned closes;
    uint32_t now_ms;
};

static int stream_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct stream *s = ctx;
    (void)host;
    (void)port;
    s->now_ms += wait_ms;
    return s->opened;
}

static int stream_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    (void)p;
    (void)wait_ms;
    return (int)n;
}

static int stream_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct stream *s = ctx;
    (void)n;
    if (wait_ms == 0 && s->now_ms == 0) {
        return 0;
    }
    s->now_ms++;
    *(char *)p = 'x'; /* no line ever ends */
    return 1;
}

static void stream_close(void *ctx)
{
    ((struct stream *)ctx)->closes++;
}

static uint32_t stream_now_ms(void *ctx)
{
    return ((struct stream *)ctx)->now_ms;
}

static int ask(struct stream *s)
{
    static char work[512];
    struct kratos_io io = {s, stream_open, stream_write, stream_read, stream_close, NULL, stream_now_ms, 0, false};
    struct kratos_config config = {.host = "h", .port = 1, .work = work, .work_size = sizeof work, .timeout_ms = 100};
    struct kratos k;
    int rc;
    assert_int_equal(kratos_init(&k, &config, &io), KRATOS_OK);
    rc = kratos_delete_identity(&k, "x");
    assert_false(kratos_busy(&k));
    return rc;
}

static void never_opens(void **state)
{
    struct stream s = {0, 0, 0};
    (void)state;
    assert_int_equal(ask(&s), KRATOS_ERR_TIMEOUT);
    assert_int_equal(s.closes, 1);
}

static void fails_while_opening(void **state)
{
    struct stream s = {KRATOS_ERR_IO, 0, 0};
    (void)state;
    assert_int_equal(ask(&s), KRATOS_ERR_IO);
    assert_int_equal(s.closes, 1);
}

static void drips_for_ever(void **state)
{
    struct stream s = {1, 0, 0};
    int rc;
    (void)state;
    rc = ask(&s);
    assert_int_equal(rc, KRATOS_ERR_TIMEOUT);
    assert_true(s.now_ms <= 102);
    assert_int_equal(s.closes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_opens),
        cmocka_unit_test(fails_while_opening),
        cmocka_unit_test(drips_for_ever),
    };
    return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
