/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32 against values that others published, and against a division bit by bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crc.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX UINT32_MAX

/* The remainder of the message, its first 32 bits inverted, by the polynomial: bit by bit, as a sum on paper. */
static uint32_t paper(const unsigned char *p, size_t n)
{
    uint32_t rest = MAX;
    size_t i;
    for (i = 0; i < 8 * n; i++) {
        uint32_t bit = (uint32_t)p[i / 8] >> (i % 8) & 1u, out = rest >> 31;
        rest = rest << 1 ^ (out != bit ? 0x04C11DB7u : 0);
    }
    for (i = 0, rest = ~rest; i < 16; i++) { /* reflected */
        uint32_t low = rest >> i & 1u, high = rest >> (31 - i) & 1u;
        rest = (rest & ~(1u << i | 1u << (31 - i))) | high << i | low << (31 - i);
    }
    return rest;
}

static void test_crc(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        uint32_t crc;
    } rows[] = {
        {"", 0, 0},
        {"123456789", 9, 0xCBF43926u}, /* the check value of CRC-32/ISO-HDLC */
        {"a", 1, 0xE8B7BE43u},
        {"abc", 3, 0x352441C2u},
        {"\0\0\0\0", 4, 0x2144DF1Cu},
        {"\xff\xff\xff\xff", 4, 0xFFFFFFFFu},
        {"The quick brown fox jumps over the lazy dog", 43, 0x414FA339u},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(kratos_crc32(0, rows[i].text, rows[i].n), rows[i].crc);
    }
    assert_int_equal(kratos_crc32(0, NULL, 0), 0);
    assert_int_equal(kratos_crc32(0xCBF43926u, NULL, 0), 0xCBF43926u);
}

static void test_crc_any(void **state)
{
    unsigned char p[128];
    uint32_t random = 1;
    size_t n, i;
    (void)state;
    for (n = 0; n <= sizeof p; n++) {
        for (i = 0; i < n; i++) {
            random = random * 1664525u + 1013904223u;
            p[i] = (unsigned char)(random >> 24);
        }
        assert_int_equal(kratos_crc32(0, p, n), paper(p, n));
        for (i = 0; i <= n; i++) { /* in two parts */
            assert_int_equal(kratos_crc32(kratos_crc32(0, p, i), p + i, n - i), paper(p, n));
        }
    }
}

/* Any one bit, and any two of a slot, are noticed. */
static void test_crc_notices(void **state)
{
    unsigned char p[124] = {0};
    uint32_t good = kratos_crc32(0, p, sizeof p);
    size_t i, j;
    (void)state;
    for (i = 0; i < 8 * sizeof p; i++) {
        p[i / 8] ^= (unsigned char)(1u << i % 8);
        assert_true(kratos_crc32(0, p, sizeof p) != good);
        for (j = i + 1; j < 8 * sizeof p && j < i + 64; j++) {
            p[j / 8] ^= (unsigned char)(1u << j % 8);
            assert_true(kratos_crc32(0, p, sizeof p) != good);
            p[j / 8] ^= (unsigned char)(1u << j % 8);
        }
        p[i / 8] ^= (unsigned char)(1u << i % 8);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_crc_any),
        cmocka_unit_test(test_crc_notices),
    };
    return cmocka_run_group_tests_name("crc", tests, NULL, NULL) != 0;
}
