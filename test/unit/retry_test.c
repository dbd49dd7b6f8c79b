/* SPDX-License-Identifier: Apache-2.0
 *
 * How long is waited, at every boundary of what it is asked: failures, windows, caps, what the server wants, random bits.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kratos_provision.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX UINT32_MAX
#define HALF 0x80000000u

/* The largest wait of a window: random bits never reach its end. */
static uint32_t most(const struct kratos_retry *retry, unsigned attempt)
{
    return kratos_retry_ms(retry, attempt, 0, MAX);
}

static void test_windows(void **state)
{
    static const struct {
        struct kratos_retry retry; /* first window, base, cap */
        unsigned attempt;
        uint32_t window;
    } rows[] = {
        {{0, 0, 0}, 0, 0},
        {{0, 0, 0}, 1, 1000},
        {{0, 0, 0}, 2, 8000},
        {{0, 0, 0}, 3, 64000},
        {{0, 0, 0}, 4, 512000},
        {{0, 0, 0}, 5, 3600000}, /* 4,096,000 is beyond the cap */
        {{0, 0, 0}, 6, 3600000},
        {{0, 0, 0}, 255, 3600000},
        {{0, 0, 0}, 256, 3600000},
        {{0, 0, 0}, UINT_MAX, 3600000},
        {{1, 0, 0}, 0, 1},
        {{60000, 0, 0}, 0, 60000},
        {{60000, 0, 0}, 1, 1000},
        {{MAX, 0, 0}, 0, MAX},
        {{60000, 10, 20}, 0, 60000}, /* the cap is of what follows failures */
        {{0, 1, 0}, 1, 1},
        {{0, 1, 0}, 2, 8},
        {{0, 1, 0}, 5, 4096},
        {{0, 1, 1}, 5, 1},
        {{0, 1, 2}, 1, 1},
        {{0, 1, 2}, 2, 2},
        {{0, 1, 8}, 2, 8},
        {{0, 1, 9}, 2, 8},
        {{0, 1, 9}, 3, 9},
        {{0, 500, 499}, 1, 499}, /* a cap below the base holds at once */
        {{0, 500, 500}, 1, 500},
        {{0, 500, 501}, 1, 500},
        {{0, 0, 10}, 1, 10},
        {{0, 8000000, 0}, 1, 3600000},
        {{0, 0, MAX}, 8, 2097152000u},
        {{0, 0, MAX}, 9, MAX}, /* the next eightfold does not fit 32 bits */
        {{0, 0, MAX}, 10, MAX},
        {{0, 0, MAX}, UINT_MAX, MAX},
        {{0, 0x1FFFFFFFu, MAX}, 2, 0xFFFFFFF8u},
        {{0, 0x20000000u, MAX}, 2, MAX},
        {{0, 0x20000000u, MAX - 1}, 2, MAX - 1},
        {{0, MAX, MAX}, 1, MAX},
        {{0, MAX, MAX}, 2, MAX},
        {{0, MAX - 1, MAX}, 1, MAX - 1},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        uint32_t window = rows[i].window;
        uint32_t got = most(&rows[i].retry, rows[i].attempt);
        if (got != (window != 0 ? window - 1 : 0)) {
            fail_msg("row %zu: at most %lu ms, wanted a window of %lu", i, (unsigned long)got, (unsigned long)window);
        }
        assert_int_equal(kratos_retry_ms(&rows[i].retry, rows[i].attempt, 0, 0), 0);
        assert_int_equal(kratos_retry_ms(&rows[i].retry, rows[i].attempt, 0, HALF), window / 2);
    }
}

static void test_defaults(void **state)
{
    static const struct kratos_retry zero = {0, 0, 0}, said = {0, 1000, 3600000};
    unsigned attempt;
    (void)state;
    for (attempt = 0; attempt < 300; attempt++) {
        assert_int_equal(most(NULL, attempt), most(&zero, attempt));
        assert_int_equal(most(NULL, attempt), most(&said, attempt));
    }
    assert_int_equal(most(NULL, UINT_MAX), 3599999);
}

/* A floor: the random part comes on top, since all devices were told the same. */
static void test_server(void **state)
{
    static const struct kratos_retry all = {MAX, MAX, MAX};
    static const struct {
        uint32_t server, random, ms;
    } rows[] = {
        {0, 0, 0},
        {1, 0, 1},
        {5000, 0, 5000},
        {5000, HALF, 5000 + (MAX >> 1)},
        {MAX, 0, MAX},
        {MAX, 2, MAX},
        {MAX, MAX, MAX},
        {1, MAX, MAX}, /* the random part is MAX - 1 */
        {2, MAX, MAX},
        {0, MAX, MAX - 1},
        {MAX - 1, 0, MAX - 1},
        {MAX - 1, 2, MAX}, /* the random part is 1 */
        {MAX - 2, 2, MAX - 1},
        {HALF, HALF, MAX},
        {HALF, HALF + 2, MAX},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        uint32_t got = kratos_retry_ms(&all, (unsigned)(i % 3), rows[i].server, rows[i].random);
        if (got != rows[i].ms) {
            fail_msg("row %zu: %lu ms, wanted %lu", i, (unsigned long)got, (unsigned long)rows[i].ms);
        }
    }
    assert_int_equal(kratos_retry_ms(NULL, 0, 5000, MAX), 5000);
    assert_int_equal(kratos_retry_ms(NULL, 1, 5000, MAX), 5999);
    assert_int_equal(kratos_retry_ms(NULL, UINT_MAX, 7200000, MAX), 10799999);
}

/* Each tenth of the window is met as often: a million of xorshift's bits, within 2 %. */
static void test_spread(void **state)
{
    enum { DRAWS = 1000000, PARTS = 10 };
    unsigned counts[PARTS] = {0}, i;
    uint32_t random = 2463534242u;
    (void)state;
    for (i = 0; i < DRAWS; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        counts[kratos_retry_ms(NULL, 2, 0, random) / (8000 / PARTS)]++;
    }
    for (i = 0; i < PARTS; i++) {
        assert_in_range(counts[i], DRAWS / PARTS * 98 / 100, DRAWS / PARTS * 102 / 100);
    }
}

/* More random bits never wait less, and more failures never have a smaller window. */
static void test_rises(void **state)
{
    static const struct kratos_retry policies[] = {{0, 0, 0}, {0, 3, 100000}, {0, 0, MAX}, {0, MAX, 7}};
    size_t i;
    unsigned attempt;
    uint32_t random;
    (void)state;
    for (i = 0; i < COUNT(policies); i++) {
        for (attempt = 1; attempt < 40; attempt++) {
            assert_true(most(&policies[i], attempt) <= most(&policies[i], attempt + 1));
            for (random = 0; random < MAX - 0x01000000u; random += 0x01000000u) {
                assert_true(kratos_retry_ms(&policies[i], attempt, 0, random) <=
                            kratos_retry_ms(&policies[i], attempt, 0, random + 0x01000000u));
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows), cmocka_unit_test(test_defaults), cmocka_unit_test(test_server),
        cmocka_unit_test(test_spread),  cmocka_unit_test(test_rises),
    };
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL) != 0;
}
