/* SPDX-License-Identifier: Apache-2.0
 *
 * kratos_json_*: look-up, walking and decoding of checked JSON; and that members found through tokens are those found by walking.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "sieve.h"

static kratos_json json(const char *text)
{
    kratos_json v;
    v.p = text;
    v.n = text != NULL ? strlen(text) : 0;
    assert_true(text == NULL || kratos_sieve_check(text, v.n));
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

/* ---- Tokens and walking ------------------------------------------------------------------------------------------------ */

struct thing {
    char id[KRATOS_ID_SIZE];
    kratos_str a, b;
    kratos_json j;
    bool flag;
};

static const struct kratos_field fields[] = {
    {"id", offsetof(struct thing, id), KRATOS_FIELD_ID},       {"aa", offsetof(struct thing, a), KRATOS_FIELD_STR},
    {"bb", offsetof(struct thing, b), KRATOS_FIELD_STR_MUST},  {"jj", offsetof(struct thing, j), KRATOS_FIELD_JSON},
    {"flag", offsetof(struct thing, flag), KRATOS_FIELD_BOOL},
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
        struct kratos_tokens t;
        memcpy(walked_text, rows[i].text, n + 1);
        memset(&t, 0, sizeof t);
        memset(&walked, 0, sizeof walked);
        t.value = value;
        if (kratos_json_fill(&t, fields, 5, &walked) != rows[i].rc) {
            fail_msg("walking: not %d: %s", rows[i].rc, rows[i].text);
        }
        for (space = 0; space < 40 * sizeof(jsmntok_t); space += 1 + space / 40) {
            char text[200], *tokens = (char *)malloc(space + 3);
            struct thing filled;
            kratos_json v = {text, n};
            memcpy(text, rows[i].text, n + 1);
            memset(&filled, 0, sizeof filled);
            kratos_json_index(&t, v, tokens + space % 4, space);
            indexed += t.items != NULL;
            if (kratos_json_fill(&t, fields, 5, &filled) != rows[i].rc) {
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
        cmocka_unit_test(test_get),   cmocka_unit_test(test_next),    cmocka_unit_test(test_str),
        cmocka_unit_test(test_equal), cmocka_unit_test(test_numbers), cmocka_unit_test(test_fill),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL) != 0;
}
