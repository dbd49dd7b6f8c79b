/* SPDX-License-Identifier: Apache-2.0
 *
 * Two functions groups by themselves, at their edges: the arithmetic of list pages, which list_test sees through servers only, and
 * walking of JSON that is cut off anywhere, which must never look behind its end (run this under -fsanitize=address).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kratos.h"
#include "list.h"
#include "sieve.h"

/* ---- Pages ----------------------------------------------------------------------------------- */

static void test_size(void **state)
{
    static const struct {
        uint32_t wanted;
        size_t reply_max;
        uint32_t limit, size;
    } rows[] = {
        {0, 0, 0, 0},       {7, 0, 0, 7},           {0, 0, 500, 500},        {7, 0, 500, 7},
        {501, 0, 500, 500}, {0, 1, 0, 1},           {0, 511, 0, 1},          {0, 512, 0, 1},
        {0, 1024, 0, 2},    {0, 16384, 0, 32},      {100, 16384, 0, 32},     {5, 16384, 0, 5},
        {0, 16384, 10, 10}, {0, 1048576, 500, 500}, {UINT32_MAX, 600, 0, 1}, {UINT32_MAX, 0, 0, UINT32_MAX},
    };
    size_t i;
    uint32_t size, before = 0;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        size = kratos_list_size(rows[i].wanted, rows[i].reply_max, rows[i].limit);
        if (size != rows[i].size) {
            fail_msg("row %zu: %lu", i, (unsigned long)size);
        }
    }
    for (i = 600; i <= 20000; i++) { /* what is chosen fits, and grows with the room */
        size = kratos_list_size(0, i, 0);
        assert_true(size >= 1 && size >= before && (size == 1 || size * 390 <= i));
        before = size;
    }
}

static void test_fresh(void **state)
{
    struct kratos_list l;
    uint32_t skip, i;
    (void)state;
    for (skip = 0; skip < 5; skip++) {
        memset(&l, 0, sizeof l);
        l.skip = skip;
        for (i = 1; i < 10; i++) {
            assert_int_equal(kratos_list_fresh(&l), i > skip);
            assert_int_equal(l.seen, i);
        }
        assert_int_equal(l.skip, 0);
    }
}

/* What passed stays counted whatever the size becomes; a token's offset stays a page border; and it ends. */
static void test_smaller(void **state)
{
    uint32_t size, seen, page;
    int token;
    (void)state;
    for (token = 0; token < 2; token++) {
        for (size = 1; size <= 260; size++) {
            for (seen = 0; seen <= size; seen += size > 9 ? 1 + size / 7 : 1) {
                for (page = 0; page < 3; page++) {
                    struct kratos_list l;
                    uint32_t passed = seen, steps = 0, old = size;
                    memset(&l, 0, sizeof l);
                    l.size = size == 260 ? 0 : size; /* 0: the server's own 250 */
                    old = size == 260 ? 250 : size;
                    l.page = page;
                    l.seen = seen;
                    passed = page * old + seen;
                    while (kratos_list_smaller(&l, token != 0)) {
                        assert_true(l.size >= 1 && (l.size < old || old == 1));
                        assert_int_equal(l.seen, 0);
                        if (token != 0) {
                            assert_int_equal(old % l.size, 0);
                            assert_int_equal(l.page, page);
                            assert_int_equal(l.skip, seen);
                        } else {
                            assert_int_equal(l.page * l.size + l.skip, passed);
                            assert_true(l.skip < l.size);
                        }
                        old = l.size;
                        if (++steps > 20) {
                            fail_msg("never gives up: size %u", (unsigned)size);
                        }
                    }
                    assert_int_equal(l.size != 0 ? l.size : 250, 1);
                    assert_true(steps >= 1); /* a page of one element is asked for again, too */
                }
            }
        }
    }
}

static void test_more(void **state)
{
    uint32_t size, page, seen, total;
    (void)state;
    for (size = 1; size < 6; size++) {
        for (page = 0; page < 4; page++) {
            for (seen = 0; seen <= size; seen++) {
                struct kratos_list l;
                memset(&l, 0, sizeof l);
                l.size = size;
                l.page = page;
                l.seen = seen;
                for (total = 0; total < 30; total++) {
                    bool left = page * size + seen < total;
                    assert_int_equal(kratos_list_more(&l, total), left && seen != 0);
                }
                assert_int_equal(kratos_list_more(&l, UINT32_MAX), seen != 0);
            }
        }
    }
}

/* ---- JSON that is cut off --------------------------------------------------------------------- */

static const char *const documents[] = {
    "{\"id\":\"x\",\"a\":{\"b\":[1,2,{\"c\":\"d\"}]},\"e\":-1.5e3,\"f\":true,\"g\":null}",
    "{ \"\\u0069\\u0064\" : \"\\ud83d\\ude00\\\"\\\\\" , \"id\" : [ \"\\\\\" , \"}\" ] }",
    "[1,\"two\",[3,[4]],{\"five\":\"\\\"]\"},true , false,null , -0]",
    "[[[[[[]]]]],{},{\"\":{}},\"\"]",
    " {\"id\":1}",
    "\"only text \\n\"",
    "-12",
    "{\"a\\\\\":1,\"id\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
};

static unsigned walk(kratos_json v, unsigned depth)
{
    kratos_json name, member;
    size_t at = 0, before = 0;
    unsigned count = 0;
    while (kratos_json_next(v, &at, &name, &member)) {
        assert_true(at > before && at <= v.n);
        assert_true(member.p > v.p && member.n >= 1 && member.p + member.n <= v.p + v.n);
        if (*v.p == '{') {
            assert_true(name.p > v.p && name.p + name.n <= member.p && *name.p == '"');
        } else {
            assert_null(name.p);
        }
        before = at;
        count += 1 + (depth < 40 ? walk(member, depth + 1) : 0);
    }
    before = at = 0; /* the name may be left out */
    while (kratos_json_next(v, &at, NULL, &member)) {
        before++;
    }
    assert_true(before <= count);
    return count;
}

static void test_cut_off(void **state)
{
    size_t d, n;
    (void)state;
    for (d = 0; d < sizeof documents / sizeof *documents; d++) {
        unsigned last = 0;
        for (n = 1; n <= strlen(documents[d]); n++) {
            kratos_json v, member = {NULL, 0};
            char *copy = (char *)malloc(n);
            memcpy(copy, documents[d], n);
            v.p = copy;
            v.n = n;
            last = walk(v, 0);
            if (kratos_json_get(v, "id", &member)) {
                assert_true(member.p > copy && member.p + member.n <= copy + n);
            }
            assert_false(kratos_json_get(v, "no such name", &member));
            free(copy);
        }
        assert_int_equal(last, d == 0 ? 10 : d == 1 ? 4 : d == 2 ? 12 : d == 3 ? 9 : d == 7 ? 2 : 0);
    }
}

/* Strict strings at the very end of their memory: decoding, comparing and numbers look at nothing behind them. */
static void test_at_the_end_of_memory(void **state)
{
    static const struct {
        const char *json, *text;
        size_t n;
    } rows[] = {
        {"\"\"", "", 0},
        {"\"a\"", "a", 1},
        {"\"\\n\"", "\n", 1},
        {"\"\\u0041\"", "A", 1},
        {"\"\\u00e9\"", "\xc3\xa9", 2},
        {"\"\\uFFFF\"", "\xef\xbf\xbf", 3},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4},
        {"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf", 4},
        {"\"x\\u0000y\"", "x\0y", 3},
        {"\"\\ud83d\"", NULL, 0},
        {"\"\\ud83dx\"", NULL, 0},
        {"\"\\ude00\\ud83d\"", NULL, 0},
        {"\"\\ud83d\\\\\"", NULL, 0},
        {"\"\\ud83d\\u0041\"", NULL, 0},
    };
    size_t i, size;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        kratos_json v;
        size_t got;
        v.n = strlen(rows[i].json);
        v.p = (const char *)memcpy(malloc(v.n), rows[i].json, v.n);
        for (size = 0; size < 8; size++) {
            char *dst = (char *)malloc(size != 0 ? size : 1);
            int rc = kratos_json_str(v, dst, size, &got);
            if (rows[i].text == NULL) {
                assert_int_equal(rc, KRATOS_ERR_JSON);
            } else {
                assert_int_equal(rc, size > rows[i].n ? KRATOS_OK : KRATOS_ERR_SPACE);
                assert_int_equal(got, rows[i].n);
            }
            if (rc == KRATOS_OK) {
                assert_memory_equal(dst, rows[i].text, rows[i].n + 1);
            } else if (size != 0) {
                assert_int_equal(dst[0], '\0');
            }
            free(dst);
        }
        if (rows[i].text != NULL && strlen(rows[i].text) == rows[i].n) {
            assert_true(kratos_json_equal(v, rows[i].text));
        } else {
            assert_false(kratos_json_equal(v, "x"));
        }
        assert_false(kratos_json_equal(v, "something else"));
        free((void *)(uintptr_t)v.p);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size), cmocka_unit_test(test_fresh),   cmocka_unit_test(test_smaller),
        cmocka_unit_test(test_more), cmocka_unit_test(test_cut_off), cmocka_unit_test(test_at_the_end_of_memory),
    };
    return cmocka_run_group_tests_name("edges", tests, NULL, NULL) != 0;
}
