/* SPDX-License-Identifier: Apache-2.0
 *
 * kratos_json_*: look-up, walking and decoding of checked JSON; and that members found through tokens are those found by walking.
 */
#include "guard.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "json.h"
#include "members.h"
#include "sieve.h"

static kratos_json json(const char *text)
{
    kratos_json v;
    v.p = text;
    v.n = text != NULL ? strlen(text) : 0;
    assert_true(text == NULL || kratos_sieve_check(text, v.n, 0));
    return v;
}

static bool is(kratos_json v, const char *text)
{
    return v.p != NULL && v.n == strlen(text) && memcmp(v.p, text, v.n) == 0;
}

static void test_get(void **state)
{
    static const char doc[] = " { \"a\" : 1 , \"b\":{\"a\":2,\"z\":9}, \"\\u0063\":[3,\"a\"] "
                              ",\"a\":\"four\",\"n\":null,\"e\":\"\\\"}\",\"last\":-1.5e3}";
    kratos_json object = json(doc + 1), v = {NULL, 0};
    (void)state;
    assert_true(kratos_json_get(object, "a", &v) && is(v, "\"four\"")); /* of duplicates the last */
    assert_true(kratos_json_get(object, "b", &v) && is(v, "{\"a\":2,\"z\":9}"));
    assert_true(kratos_json_get(v, "z", &v) && is(v, "9"));
    assert_true(kratos_json_get(object, "c", &v) && is(v, "[3,\"a\"]")); /* by its decoded name */
    assert_true(kratos_json_get(object, "e", &v) && is(v, "\"\\\"}\""));
    assert_true(kratos_json_get(object, "last", &v) && is(v, "-1.5e3"));
    assert_true(kratos_json_get(object, "n", &v) && is(v, "null"));
    assert_false(kratos_json_get(object, "z", &v)); /* depth 1 only */
    assert_false(kratos_json_get(object, "", &v));
    assert_false(kratos_json_get(object, "aa", &v));
    assert_false(kratos_json_get(json("[1]"), "a", &v));
    assert_false(kratos_json_get(json("\"a\""), "a", &v));
    assert_false(kratos_json_get(json("{}"), "a", &v));
    assert_false(kratos_json_get(json(NULL), "a", &v));
}

static void test_next(void **state)
{
    static const struct {
        const char *text, *list;
    } rows[] = {
        {"[]", ""},
        {"[ ]", ""},
        {"{}", ""},
        {"{ }", ""},
        {"[1]", "-:1;"},
        {"[ 1 , -2 ,\"x,y]\", [3,[4]] , {\"a\":[5]}, true ,null, false]",
         "-:1;-:-2;-:\"x,y]\";-:[3,[4]];-:{\"a\":[5]};-:true;-:null;-:false;"},
        {"{\"a\":1}", "\"a\":1;"},
        {"{ \"a\" : 1 , \"b:\\\"\" : \"}\" ,\"\" : { \"c\" : [ ] } }",
         "\"a\":1;\"b:\\\"\":\"}\";\"\":{ \"c\" : [ ] };"},
        {"[[],[],[]]", "-:[];-:[];-:[];"},
        {"[\"\\\\\",\"\\\"\",2]", "-:\"\\\\\";-:\"\\\"\";-:2;"},
        {"12", ""},
        {"\"x\"", ""},
        {"null", ""},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        char list[300] = "";
        char *copy = (char *)malloc(strlen(rows[i].text)); /* not terminated */
        kratos_json container = json(rows[i].text), name, value;
        size_t at = 0, count = 0;
        memcpy(copy, rows[i].text, container.n);
        container.p = copy;
        while (kratos_json_next(container, &at, &name, &value)) {
            strncat(list, name.p != NULL ? name.p : "-", name.p != NULL ? name.n : 1);
            strcat(list, ":");
            strncat(list, value.p, value.n);
            strcat(list, ";");
            count++;
        }
        assert_string_equal(list, rows[i].list);
        assert_false(kratos_json_next(container, &at, &name, &value)); /* and stays at the end */
        for (at = 0; kratos_json_next(container, &at, NULL, &value); count--) {
        }
        assert_int_equal(count, 0);
        free(copy);
    }
    {
        kratos_json name, value;
        size_t at = 0;
        assert_false(kratos_json_next(json(NULL), &at, &name, &value));
    }
}

static void test_str(void **state)
{
    static const struct {
        const char *text, *wanted;
        size_t n;
        int rc;
    } rows[] = {
        {"\"\"", "", 0, KRATOS_OK},
        {"\"abc\"", "abc", 3, KRATOS_OK},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8, KRATOS_OK},
        {"\"\\u0041\\u00e9\\u20AC\\uffff\"", "A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf", 9, KRATOS_OK},
        {"\"\\ud83d\\ude00\\uDBFF\\uDFFF\"", "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", 8, KRATOS_OK},
        {"\"\\u07ff\\u0800\\ud7ff\\ue000\"", "\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80", 11, KRATOS_OK},
        {"\"a\\u0000b\"", "a\0b", 3, KRATOS_OK},
        {"\"\xc3\xa9\"", "\xc3\xa9", 2, KRATOS_OK},
        {"\"\\ud800\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"\\ud800x\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"\\ud800\\n\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"\\ud800\\u0041\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"\\ud800\\ud800\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"\\ud800\\ue000\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"\\udc00\\ud800\"", NULL, 0, KRATOS_ERR_JSON},
        {"\"a\\udfff\"", NULL, 0, KRATOS_ERR_JSON},
        {"12", NULL, 0, KRATOS_ERR_JSON},
        {"null", NULL, 0, KRATOS_ERR_JSON},
        {"{}", NULL, 0, KRATOS_ERR_JSON},
        {NULL, NULL, 0, KRATOS_ERR_JSON},
    };
    size_t i, size;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size = 0; size < 16; size++) {
            char dst[16];
            size_t n = 77;
            int rc, wanted = rows[i].rc == KRATOS_OK && size <= rows[i].n ? KRATOS_ERR_SPACE : rows[i].rc;
            memset(dst, '#', sizeof dst);
            rc = kratos_json_str(json(rows[i].text), dst, size, &n);
            assert_int_equal(rc, wanted);
            if (rows[i].rc == KRATOS_OK) {
                assert_int_equal(n, rows[i].n);
            }
            if (rc == KRATOS_OK) {
                assert_memory_equal(dst, rows[i].wanted, n);
                assert_int_equal(dst[n], '\0');
            }
            for (n = size; n < sizeof dst; n++) {
                assert_int_equal(dst[n], '#'); /* nothing behind size */
            }
            assert_int_equal(kratos_json_str(json(rows[i].text), dst, size, NULL), wanted);
        }
    }
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(kratos_json_equal(json("\"\""), ""));
    assert_true(kratos_json_equal(json("\"abc\""), "abc"));
    assert_true(kratos_json_equal(json("\"\\u0061\\nc\""), "a\nc"));
    assert_true(kratos_json_equal(json("\"\\ud83d\\ude00\""), "\xf0\x9f\x98\x80"));
    assert_false(kratos_json_equal(json("\"abc\""), "ab"));
    assert_false(kratos_json_equal(json("\"ab\""), "abc"));
    assert_false(kratos_json_equal(json("\"a\\u0000\""), "a"));
    assert_false(kratos_json_equal(json("\"\\u0000\""), ""));
    assert_false(kratos_json_equal(json("\"\\ud800\""), "\xed\xa0\x80"));
    assert_false(kratos_json_equal(json("\"\\ud800\""), ""));
    { /* no strict JSON: the escape takes the closing quote for a digit */
        kratos_json odd = {guarded(0, "\"x\\u007\"", 8), 8};
        assert_false(kratos_json_equal(odd, "xp"));
        assert_false(kratos_json_equal(odd, "xpx"));
    }
    assert_false(kratos_json_equal(json("12"), "12"));
    assert_false(kratos_json_equal(json(NULL), ""));
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t v;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"1", true, 1},
        {"-1", true, -1},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775807", true, -INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"9223372036854775810", false, 0},
        {"18446744073709551616", false, 0},
        {"18446744073709551617", false, 0},
        {"99999999999999999999999999", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"1E0", false, 0},
        {"true", false, 0},
        {"null", false, 0},
        {"\"1\"", false, 0},
        {"[]", false, 0},
        {"4294967296", true, 4294967296},
        {"922337203685477580", true, 922337203685477580},
    };
    size_t i;
    bool b = false;
    int64_t v = 5;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        v = 5;
        assert_int_equal(kratos_json_int(json(rows[i].text), &v), rows[i].ok);
        assert_true(v == (rows[i].ok ? rows[i].v : 5));
    }
    assert_false(kratos_json_int(json(NULL), &v));
    assert_true(kratos_json_bool(json("true"), &b) && b);
    assert_true(kratos_json_bool(json("false"), &b) && !b);
    assert_false(kratos_json_bool(json("\"true\""), &b));
    assert_false(kratos_json_bool(json("1"), &b));
    assert_false(kratos_json_bool(json("null"), &b));
    assert_false(kratos_json_bool(json(NULL), &b));
}

/* ---- Every code point, every pair -------------------------------------------------------------------------------------- */

/* UTF-8 by RFC 3629 section 3. */
static size_t encode(uint32_t code, char *p)
{
    if (code < 0x80) {
        p[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        p[0] = (char)(0xC0 + code / 64);
        p[1] = (char)(0x80 + code % 64);
        return 2;
    }
    if (code < 0x10000) {
        p[0] = (char)(0xE0 + code / 4096);
        p[1] = (char)(0x80 + code / 64 % 64);
        p[2] = (char)(0x80 + code % 64);
        return 3;
    }
    p[0] = (char)(0xF0 + code / 262144);
    p[1] = (char)(0x80 + code / 4096 % 64);
    p[2] = (char)(0x80 + code / 64 % 64);
    p[3] = (char)(0x80 + code % 64);
    return 4;
}

static void test_code_points(void **state)
{
    uint32_t code;
    (void)state;
    for (code = 0; code < 0x110000; code += code < 0x10400 || code > 0x10FC00 ? 1 : 37) {
        char text[20], wanted[6], dst[8];
        kratos_json v;
        size_t n, size = encode(code, wanted);
        bool lone = code >= 0xD800 && code <= 0xDFFF;
        wanted[size] = '\0';
        if (code < 0x10000) {
            sprintf(text, code % 2 ? "\"\\u%04x\"" : "\"\\u%04X\"", (unsigned)code);
        } else {
            sprintf(text, code % 2 ? "\"\\u%04x\\u%04X\"" : "\"\\u%04X\\u%04x\"",
                    0xD800u + (unsigned)(code - 0x10000) / 1024, 0xDC00u + (unsigned)(code - 0x10000) % 1024);
        }
        v.n = strlen(text);
        v.p = guarded(0, text, v.n);
        memset(dst, '#', sizeof dst);
        if (kratos_json_str(v, dst, sizeof dst, &n) != (lone ? KRATOS_ERR_JSON : KRATOS_OK) ||
            (!lone && (n != size || memcmp(dst, wanted, size + 1) != 0 || dst[size + 1] != '#')) ||
            kratos_json_equal(v, wanted) != (!lone && code != 0)) {
            fail_msg("U+%04X", (unsigned)code);
        }
    }
}

static void test_surrogate_pairs(void **state)
{
    static const unsigned units[] = {0x0000, 0x0041, 0xD7FF, 0xD800, 0xD801, 0xDABC, 0xDBFF,
                                     0xDC00, 0xDC01, 0xDEF0, 0xDFFF, 0xE000, 0xFFFF};
    static const struct {
        const char *text;
        int rc;
    } rows[] = {
        {"\"\\ud800xxxxxx\"", KRATOS_ERR_JSON},
        {"\"\\ud800\\nxxxxx\"", KRATOS_ERR_JSON},
        {"\"\\ud800xudc00x\"", KRATOS_ERR_JSON},
        {"\"\\ud800\\\\udc00\"", KRATOS_ERR_JSON},
        {"\"\\ud800\\\"udc00\"", KRATOS_ERR_JSON},
        {"\"\\udbff\\tuDC00\"", KRATOS_ERR_JSON},
        {"\"a\\ud800\\udc00b\"", KRATOS_OK},
        {"\"\\ud800\\udc00\\ud800\"", KRATOS_ERR_JSON},
        {"\"\\ud800\\udc00\\udc00\"", KRATOS_ERR_JSON},
        {"\"\\ud800\\ud800\\udc00\"", KRATOS_ERR_JSON},
        {"\"\\\\ud800\"", KRATOS_OK},
        {"\"\\\\ud800\\\\udc00\"", KRATOS_OK},
        {"\"\\ud800\\u00dc00\"", KRATOS_ERR_JSON},
        {"\"x\\ud800\\ndc00\"", KRATOS_ERR_JSON},
        {"\"x\\ud800\\\"dc00\"", KRATOS_ERR_JSON},
        {"\"x\\ud800\\\\dc00\"", KRATOS_ERR_JSON},
    };
    size_t i, j, n;
    (void)state;
    for (i = 0; i < sizeof units / sizeof *units; i++) {
        for (j = 0; j < sizeof units / sizeof *units; j++) {
            unsigned a = units[i], b = units[j];
            bool high = a >= 0xD800 && a < 0xDC00, low = b >= 0xDC00 && b < 0xE000;
            bool lone = (high && !low) || (a >= 0xDC00 && a < 0xE000) || (!high && b >= 0xD800 && b < 0xE000);
            char text[20], dst[12], wanted[12];
            kratos_json v;
            size_t size;
            sprintf(text, "\"\\u%04x\\u%04x\"", a, b);
            v.n = strlen(text);
            v.p = guarded(0, text, v.n);
            if (high) {
                size = encode(0x10000 + (a - 0xD800) * 1024 + (b - 0xDC00) % 1024, wanted);
            } else {
                size = encode(a, wanted);
                size += encode(b, wanted + size);
            }
            if (kratos_json_str(v, dst, sizeof dst, &n) != (lone ? KRATOS_ERR_JSON : KRATOS_OK) ||
                (!lone && (n != size || memcmp(dst, wanted, size) != 0 || dst[size] != '\0'))) {
                fail_msg("%s", text);
            }
        }
    }
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dst[32];
        kratos_json v = json(rows[i].text);
        v.p = guarded(0, v.p, v.n);
        if (kratos_json_str(v, dst, sizeof dst, &n) != rows[i].rc) {
            fail_msg("not %d: %s", rows[i].rc, rows[i].text);
        }
        assert_true(rows[i].rc == KRATOS_OK || dst[0] == '\0'); /* nothing rather than a part */
        assert_false(rows[i].rc != KRATOS_OK && kratos_json_equal(v, "\xf0\x90\x80\x80"));
    }
}

/* Into each size: the length is told, a part never given, and nothing written behind. Decoding in place is the same. */
static void test_str_sizes(void **state)
{
    static const char *const texts[] = {
        "\"\"",         "\"a\"",           "\"\\n\"",       "\"\\u20ac\"",        "\"ab\\ud83d\\ude00c\"",
        "\"\xc3\xa9\"", "\"\\\\\\\"\\/\"", "\"x\\u0000y\"", "\"\\b\\f\\n\\r\\t\""};
    static const char *const wanted[] = {"",         "a",     "\n",   "\xe2\x82\xac", "ab\xf0\x9f\x98\x80\x63",
                                         "\xc3\xa9", "\\\"/", "x\0y", "\b\f\n\r\t"};
    static const size_t lengths[] = {0, 1, 1, 3, 7, 2, 3, 3, 5};
    size_t i, size, n;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        kratos_json v = json(texts[i]);
        char *place;
        v.p = guarded(0, v.p, v.n);
        for (size = 0; size < 12; size++) {
            char *dst = guarded(1, "############", size);
            int rc = kratos_json_str(v, dst, size, &n);
            if (rc != (size > lengths[i] ? KRATOS_OK : KRATOS_ERR_SPACE) || n != lengths[i]) {
                fail_msg("%s into %zu: %d, %zu", texts[i], size, rc, n);
            }
            assert_true(rc != KRATOS_OK || memcmp(dst, wanted[i], n + 1) == 0);
            assert_true(rc == KRATOS_OK || size == 0 || dst[0] == '\0');
            assert_int_equal(kratos_json_str(v, dst, size, NULL), rc);
        }
        place = (char *)(uintptr_t)v.p + 1;
        assert_int_equal(kratos_json_str(v, place, v.n - 1, &n), KRATOS_OK);
        assert_int_equal(n, lengths[i]);
        assert_memory_equal(place, wanted[i], n + 1);
    }
    {
        kratos_json v = json("\"abc\"");
        assert_int_equal(kratos_json_str(v, NULL, 0, &n), KRATOS_ERR_SPACE); /* only measured */
        assert_int_equal(n, 3);
    }
}

static void test_more_numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t v;
    } rows[] = {
        {"-9223372036854775800", true, INT64_MIN + 8},
        {"9223372036854775800", true, INT64_MAX - 7},
        {"-9223372036854775810", false, 0},
        {"9223372036854775809", false, 0},
        {"-18446744073709551616", false, 0},
        {"92233720368547758070", false, 0},
        {"-92233720368547758080", false, 0},
        {"10000000000000000000", false, 0},
        {"-123456789012345678", true, -123456789012345678},
        {"1000000000000000000", true, 1000000000000000000},
        {"-0.0", false, 0},
        {"-1e1", false, 0},
        {"10", true, 10},
        {"-90", true, -90},
        {"false", false, 0},
        {"{}", false, 0},
        {"\"\"", false, 0},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        kratos_json v = json(rows[i].text);
        int64_t got = 5;
        v.p = guarded(0, v.p, v.n);
        if (kratos_json_int(v, &got) != rows[i].ok || (rows[i].ok && got != rows[i].v)) {
            fail_msg("%s: %lld", rows[i].text, (long long)got);
        }
    }
}

/* ---- Walking ----------------------------------------------------------------------------------------------------------- */

/* Name and value are given where they are wanted; the walk is the same without. */
static void test_next_without(void **state)
{
    static const char *const texts[] = {"[]",
                                        "{}",
                                        "[1,2 ,3]",
                                        "{\"a\":1,\"b\" : [2] ,\"\":{}}",
                                        "[[1],{\"x\":2}]",
                                        "7",
                                        "\"s\"",
                                        "null",
                                        "\"1,2,3\"",
                                        "\"1]\"",
                                        "\"\\\"a\\\":1,\"",
                                        "-1"};
    static const unsigned counts[] = {0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 0};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        kratos_json c = json(texts[i]), name, value, other;
        size_t at = 0, a = 0, b = 0, d = 0;
        unsigned count = 0;
        c.p = guarded(0, c.p, c.n);
        while (kratos_json_next(c, &at, &name, &value)) {
            count++;
            assert_true(kratos_json_next(c, &a, NULL, &other) && a == at && other.p == value.p && other.n == value.n);
            assert_true(kratos_json_next(c, &b, &other, NULL) && b == at && other.p == name.p && other.n == name.n);
            assert_true(kratos_json_next(c, &d, NULL, NULL) && d == at);
            assert_int_equal(name.p != NULL, texts[i][0] == '{');
        }
        assert_int_equal(count, counts[i]);
        assert_false(kratos_json_next(c, &a, NULL, &other) || kratos_json_next(c, &b, &other, NULL) ||
                     kratos_json_next(c, &d, NULL, NULL));
    }
}

/* A text that breaks off anywhere gives the items that are whole (a number is when something follows), and no byte behind it
 * is read. */
static void test_cut_off(void **state)
{
    static const char *const texts[] = {
        "{\"id\":\"x\",\"a\":{\"b\":[1,{\"c\":\"d\"}]},\"e\":-1.5e3,\"f\":true,\"g\":null}",
        "{ \"\\u0069\\u0064\" : \"\\ud83d\\ude00\\\"\\\\\" , \"id\" : [ \"\\\\\" , \"}\" ], \"\\\"\\\\\":2 }",
        "[1,\"two\",[3,[4]],{\"five\":\"\\\"]\"},true , false,null , -0 ,12]",
        "[[[[[[]]]]],{},{\"\":{}},\"\"]",
    };
    size_t i, n;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t ends[20], count = 0, at = 0, wanted = 0;
        kratos_json c = json(texts[i]), name, value;
        while (kratos_json_next(c, &at, &name, &value)) {
            char last = value.p[value.n - 1];
            ends[count++] = at + (last >= '0' && last <= '9');
        }
        assert_true(count >= 3);
        for (n = 1; n <= strlen(texts[i]); n++) {
            size_t got = 0;
            c.n = n;
            c.p = guarded(0, texts[i], n);
            for (at = 0; kratos_json_next(c, &at, &name, &value); got++) {
                assert_true(at <= n && value.p + value.n == c.p + at);
            }
            for (wanted = 0; wanted < count && ends[wanted] <= n; wanted++) {
            }
            if (got != wanted) {
                fail_msg("%zu items of the first %zu bytes, wanted %zu: %s", got, n, wanted, texts[i]);
            }
            if (*texts[i] == '{') {
                bool found = kratos_json_get(c, "id", &value);
                assert_int_equal(found, wanted > 0);
                assert_false(kratos_json_get(c, "no such name", &value));
            }
        }
    }
}

static void test_get_duplicates(void **state)
{
    static const struct {
        const char *text, *name, *value;
    } rows[] = {
        {"{\"a\":1,\"a\":2}", "a", "2"},
        {"{\"a\":1,\"b\":2}", "a", "1"},
        {"{\"a\":1,\"a\":null}", "a", "null"},
        {"{\"\\u0061\":1,\"a\":2,\"\\u0061\":[3]}", "a", "[3]"},
        {"{\"a\":1,\"a\\u0000\":2,\"aa\":3,\"\":4}", "a", "1"},
        {"{\"a\":1,\"\":4}", "", "4"},
        {"{\"b\":{\"a\":1}}", "a", NULL},
        {"{\"a\\u0000\":1}", "a", NULL},
        {"{\"\\ud800\":1}", "\xed\xa0\x80", NULL},
        {"{\"\\n\\\"\":true }", "\n\"", "true"},
        {"{\"\\ud83d\\ude00\" : false}", "\xf0\x9f\x98\x80", "false"},
        {"{\"b\":\"a\",\"c\":\"a\"}", "a", NULL},
        {"[\"a\",1,{\"a\":2}]", "a", NULL},
        {"\"a\"", "a", NULL},
        {"true", "true", NULL},
        {"-1", "-1", NULL},
        {"{}", "", NULL},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        kratos_json c = json(rows[i].text), value = {NULL, 0};
        bool found;
        c.p = guarded(0, c.p, c.n);
        found = kratos_json_get(c, rows[i].name, &value);
        if (found != (rows[i].value != NULL) || (found && !is(value, rows[i].value))) {
            fail_msg("row %zu: %s", i, rows[i].text);
        }
    }
}

/* json.h: an item from its first byte to its last; its name; its value; and a string of it may be decoded in place before the
 * next. */
static void test_items(void **state)
{
    static const char text[] = "{ \"a\\\"\\\\\" :\t\"\\u0041\\\"]\" , \"\":\"\\\\\",\"a\":\"plain\" ,\"\\u0061b\":12 }";
    static const struct {
        const char *item, *name, *value, *decoded, *not ;
    } rows[] = {
        {"\"a\\\"\\\\\" :\t\"\\u0041\\\"]\"", "a\"\\", "\"\\u0041\\\"]\"", "A\"]", "a\""},
        {"\"\":\"\\\\\"", "", "\"\\\\\"", "\\", "a"},
        {"\"a\":\"plain\"", "a", "\"plain\"", "plain", "ab"},
        {"\"\\u0061b\":12", "ab", "12", NULL, "a"},
    };
    kratos_json c, item;
    size_t at = 0, i;
    (void)state;
    c.n = sizeof text - 1;
    c.p = guarded(0, text, c.n);
    for (i = 0; i < 4; i++) {
        const char *end;
        kratos_json value;
        assert_true(kratos_json_item(c, &at, &item) && is(item, rows[i].item));
        end = kratos_json_name_end(item);
        assert_ptr_equal(kratos_json_behind(item, rows[i].name), end);
        assert_null(kratos_json_behind(item, rows[i].not ));
        value = kratos_json_value(item, end);
        assert_true(is(value, rows[i].value));
        if (rows[i].decoded != NULL) {
            char *place = (char *)(uintptr_t)value.p + 1;
            assert_int_equal(kratos_json_str(value, place, value.n - 1, NULL), KRATOS_OK);
            assert_string_equal(place, rows[i].decoded);
            memset(place, '"', value.n - 1); /* whatever it leaves there */
        }
    }
    assert_false(kratos_json_item(c, &at, &item));
    at = 0;
    c.p = "[ 1 ]";
    c.n = 5;
    assert_true(kratos_json_item(c, &at, &item) && is(item, "1"));
}

/* ---- Tokens and walking ------------------------------------------------------------------------------------------------ */

struct thing {
    char id[KRATOS_ID_SIZE];
    kratos_str a, b;
    kratos_json j;
    bool flag;
};

static const struct kratos_field fields[] = {
    {"id", offsetof(struct thing, id), KRATOS_FIELD_ID, 0},
    {"aa", offsetof(struct thing, a), KRATOS_FIELD_STR, 0},
    {"bb", offsetof(struct thing, b), KRATOS_FIELD_STR_MUST, 0},
    {"jj", offsetof(struct thing, j), KRATOS_FIELD_JSON, 0},
    {"flag", offsetof(struct thing, flag), KRATOS_FIELD_BOOL, 0},
};

static bool same_str(kratos_str a, kratos_str b)
{
    return (a.p == NULL) == (b.p == NULL) && a.n == b.n && (a.p == NULL || memcmp(a.p, b.p, a.n + 1) == 0);
}

static void test_fill(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } rows[] = {
        {"{\"id\":\"1\",\"bb\":\"x\"}", KRATOS_OK},
        {"{\"bb\":\"\\u0061\\\"\",\"id\":\"1\",\"aa\":\"\",\"jj\":{\"id\":\"evil\",\"bb\":[1,{\"bb\":2}]},\"flag\":"
         "true,\"z\":[{\"id\":5}]}",
         KRATOS_OK},
        {"{\"id\":\"1\",\"bb\":\"x\",\"jj\":null,\"aa\":null,\"flag\":null}", KRATOS_OK},
        {"{\"id\":\"1\",\"bb\":\"x\",\"bb\":\"y\",\"jj\":1,\"jj\":2,\"id\":\"2\"}", KRATOS_OK},
        {"{\"id\":\"1\",\"bb\":\"x\",\"aa\":\"y\",\"aa\":null,\"jj\":1,\"jj\":null}", KRATOS_OK},
        {"{\"id\":\"1\"}", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"bb\":null}", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"bb\":\"x\",\"bb\":null}", KRATOS_ERR_JSON},
        {"{\"bb\":\"x\"}", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"bb\":5}", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"bb\":\"x\",\"flag\":\"true\"}", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"bb\":\"x\",\"aa\":\"\\ud800\"}", KRATOS_ERR_JSON},
        {"{\"id\":\"0123456789012345678901234567890123456\",\"bb\":\"x\"}", KRATOS_ERR_JSON},
        {"{\"id\":\"a\\u0000b\",\"bb\":\"x\"}", KRATOS_ERR_JSON}, /* it would name another one */
        {"{}", KRATOS_ERR_JSON},
        {"[]", KRATOS_ERR_JSON},
        {"\"x\"", KRATOS_ERR_JSON},
        {"5", KRATOS_ERR_JSON},
    };
    size_t i, space;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct thing walked;
        char walked_text[200];
        size_t n = strlen(rows[i].text), indexed = 0;
        kratos_json value = {walked_text, n};
        struct kratos_members t;
        memcpy(walked_text, rows[i].text, n + 1);
        memset(&t, 0, sizeof t);
        memset(&walked, 0, sizeof walked);
        t.value = value;
        if (kratos_members_fill(&t, fields, 5, &walked) != rows[i].rc) {
            fail_msg("walking: not %d: %s", rows[i].rc, rows[i].text);
        }
        for (space = 0; space < 40 * sizeof(jsmntok_t); space += 1 + space / 40) {
            char text[200], *tokens = (char *)malloc(space + 3);
            struct thing filled;
            kratos_json v = {text, n};
            memcpy(text, rows[i].text, n + 1);
            memset(&filled, 0, sizeof filled);
            kratos_members_index(&t, v, tokens + space % 4, space);
            indexed += t.items != NULL;
            if (kratos_members_fill(&t, fields, 5, &filled) != rows[i].rc) {
                fail_msg("tokens in %u bytes: not %d: %s", (unsigned)space, rows[i].rc, rows[i].text);
            }
            assert_string_equal(filled.id, walked.id);
            if (rows[i].rc == KRATOS_OK) {
                assert_true(same_str(filled.a, walked.a) && same_str(filled.b, walked.b));
                assert_true(filled.flag == walked.flag && filled.j.n == walked.j.n);
                assert_true(filled.j.p == NULL ? walked.j.p == NULL : memcmp(filled.j.p, walked.j.p, filled.j.n) == 0);
            }
            free(tokens);
        }
        assert_true(indexed != 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_str),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_code_points),
        cmocka_unit_test(test_surrogate_pairs),
        cmocka_unit_test(test_str_sizes),
        cmocka_unit_test(test_more_numbers),
        cmocka_unit_test(test_next_without),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_get_duplicates),
        cmocka_unit_test(test_items),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL) != 0;
}
