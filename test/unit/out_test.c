/* SPDX-License-Identifier: Apache-2.0
 *
 * The window writer, percent-encoding, the JSON writer and the typed writers of credentials and addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "out.h"

static unsigned long windows;

struct written {
    char text[2000];
    size_t n;
    const char *why;
};

typedef void writer(struct kratos_out *out, const void *arg);

static struct written write_all(writer *write, const void *arg)
{
    struct written w;
    struct kratos_out out;
    memset(&w, 0, sizeof w);
    kratos_out_begin(&out, w.text, sizeof w.text - 1, 0);
    out.check = true;
    write(&out, arg);
    kratos_out_end(&out);
    w.n = out.n;
    w.why = out.why;
    return w;
}

/* Counting, and each window at each place and of each size, give the same bytes. */
static void windows_agree(writer *write, const void *arg, const char *wanted)
{
    struct written w = write_all(write, arg);
    struct kratos_out out;
    size_t size, at;
    assert_null(w.why);
    assert_string_equal(w.text, wanted);
    assert_int_equal(w.n, strlen(wanted));
    kratos_out_begin(&out, NULL, 0, 0);
    write(&out, arg);
    kratos_out_end(&out);
    assert_int_equal(out.n, w.n);
    for (size = 1; size <= w.n + 1; size++) {
        for (at = 0; at <= w.n; at++) {
            size_t part = w.n - at < size ? w.n - at : size;
            char *p = (char *)malloc(size);
            memset(p, '#', size);
            kratos_out_begin(&out, p, size, (uint32_t)at);
            write(&out, arg);
            assert_null(out.why);
            assert_int_equal(out.n, w.n);
            assert_memory_equal(p, w.text + at, part);
            while (part < size) {
                assert_int_equal(p[part++], '#');
            }
            free(p);
            windows++;
        }
    }
}

static void write_everything(struct kratos_out *out, const void *arg)
{
    (void)arg;
    kratos_out_object(out);
    kratos_out_key(out, "a");
    kratos_out_array(out);
    kratos_out_close(out);
    kratos_out_key(out, "b\"\\\n");
    kratos_out_array(out);
    kratos_out_int(out, 0);
    kratos_out_int(out, -1);
    kratos_out_int(out, INT64_MAX);
    kratos_out_int(out, INT64_MIN);
    kratos_out_bool(out, true);
    kratos_out_bool(out, false);
    kratos_out_null(out);
    kratos_out_object(out);
    kratos_out_close(out);
    kratos_out_str(out, "x\"y\\z/\x01\x1f\x7f\b\xc3\xa9\xf0\x9f\x98\x80");
    kratos_out_strn(out, "a\0b", 3);
    kratos_out_json(out, " {\"n\":1.50e0} ", 0);
    kratos_out_json(out, "12345", 2);
    kratos_out_close(out);
    kratos_out_key(out, "");
    kratos_out_str(out, "");
    kratos_out_close(out);
}

static void test_windows(void **state)
{
    (void)state;
    windows_agree(write_everything, NULL,
                  "{\"a\":[],\"b\\\"\\\\\\u000a\":[0,-1,9223372036854775807,-9223372036854775808,true,false,null,{},"
                  "\"x\\\"y\\\\z/\\u0001\\u001f\x7f\\u0008\xc3\xa9\xf0\x9f\x98\x80\",\"a\\u0000b\", {\"n\":1.50e0} "
                  ",12],\"\":\"\"}");
}

static void test_int(void **state)
{
    static const int64_t values[] = {0,
                                     9,
                                     10,
                                     99,
                                     65535,
                                     65536,
                                     4294967295,
                                     4294967296,
                                     281474976710655,
                                     281474976710656,
                                     -9,
                                     -10,
                                     1000000000000000000,
                                     INT64_MAX,
                                     INT64_MIN,
                                     INT64_MIN + 1};
    size_t i;
    int64_t v;
    (void)state;
    for (i = 0; i < sizeof values / sizeof *values + 2000; i++) {
        char text[40], wanted[40];
        struct kratos_out out;
        v = i < sizeof values / sizeof *values ? values[i] : (int64_t)((uint64_t)i * 0x9E3779B97F4A7C15u);
        kratos_out_begin(&out, text, sizeof text, 0);
        kratos_out_int(&out, v);
        snprintf(wanted, sizeof wanted, "%lld", (long long)v);
        assert_int_equal(out.n, strlen(wanted));
        assert_memory_equal(text, wanted, out.n);
    }
}

/* ---- Misuse ------------------------------------------------------------------------------------------------------------ */

static void nothing(struct kratos_out *out, const void *arg)
{
    (void)out;
    (void)arg;
}

/* A little language: { } [ ] k(ey) 1 s(tring) n(ull) j(son) */
static void by_letters(struct kratos_out *out, const void *arg)
{
    const char *p;
    for (p = (const char *)arg; *p != '\0'; p++) {
        switch (*p) {
        case '{':
            kratos_out_object(out);
            break;
        case '[':
            kratos_out_array(out);
            break;
        case '}':
        case ']':
            kratos_out_close(out);
            break;
        case 'k':
            kratos_out_key(out, "k");
            break;
        case '1':
            kratos_out_int(out, 1);
            break;
        case 's':
            kratos_out_str(out, "s");
            break;
        case 'n':
            kratos_out_null(out);
            break;
        default:
            kratos_out_json(out, "[]", 0);
            break;
        }
    }
}

/* Is what the letters write one JSON value? Told by a grammar of its own. */
static const char *value(const char *p)
{
    if (*p == '1' || *p == 's' || *p == 'n' || *p == 'j') {
        return p + 1;
    }
    if (*p == '[') {
        for (p++; p != NULL && *p != ']';) {
            p = *p == '\0' ? NULL : value(p);
        }
        return p == NULL ? NULL : p + 1;
    }
    if (*p == '{') {
        for (p++; p != NULL && *p != ']';) {
            p = *p != 'k' ? NULL : value(p + 1);
        }
        return p == NULL ? NULL : p + 1;
    }
    return NULL;
}

static bool good(const char *letters)
{
    const char *end = value(letters);
    return end != NULL && *end == '\0';
}

/* All sequences of up to 6 calls: an error exactly for those that are no JSON value. */
static void test_misuse(void **state)
{
    static const char letters[] = "{[]k1j";
    char text[8];
    unsigned n, i, count, ok = 0;
    (void)state;
    for (n = 0; n <= 6; n++) {
        for (count = 1, i = 0; i < n; i++) {
            count *= 6;
        }
        while (count-- != 0) {
            struct written w;
            unsigned rest = count;
            for (i = 0; i < n; i++, rest /= 6) {
                text[i] = letters[rest % 6];
            }
            text[n] = '\0';
            w = write_all(by_letters, text);
            if ((w.why == NULL) != good(text)) {
                fail_msg("%s: %s", text, w.why != NULL ? w.why : "no error");
            }
            ok += w.why == NULL;
        }
    }
    assert_true(ok > 50);
    assert_non_null(write_all(nothing, NULL).why);
}

static void test_depth(void **state)
{
    char letters[70];
    (void)state;
    memset(letters, 0, sizeof letters);
    memset(letters, '[', 32);
    memset(letters + 32, ']', 32);
    assert_null(write_all(by_letters, letters).why);
    memset(letters, '[', 33);
    memset(letters + 33, ']', 33);
    assert_non_null(write_all(by_letters, letters).why);
}

static void bad_text(struct kratos_out *out, const void *arg)
{
    kratos_out_str(out, (const char *)arg);
}

static void bad_json(struct kratos_out *out, const void *arg)
{
    kratos_out_json(out, (const char *)arg, 0);
}

static void test_bad_text(void **state)
{
    static const char *const texts[] = {"\xff", "a\xc3", "\xc3(", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc0\x80"};
    static const char *const jsons[] = {"",
                                        " ",
                                        "{",
                                        "{}{}",
                                        "01",
                                        "{a:1}",
                                        "[1,]",
                                        "\"\xff\"",
                                        "tru",
                                        "'x'",
                                        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_non_null(write_all(bad_text, texts[i]).why);
    }
    for (i = 0; i < sizeof jsons / sizeof *jsons; i++) {
        assert_non_null(write_all(bad_json, jsons[i]).why);
    }
    assert_null(write_all(bad_text, "\xc3\xa9").why);
    assert_null(write_all(bad_json, "{\"a\":[1,2]}").why);
}

/* A value's writer cannot leave its place. */
static void escapes_up(struct kratos_out *out, const void *arg)
{
    struct kratos_value v;
    memset(&v, 0, sizeof v);
    v.write = by_letters;
    v.arg = arg;
    kratos_out_object(out);
    kratos_out_member_value(out, "v", &v);
    kratos_out_key(out, "after");
    kratos_out_int(out, 1);
    kratos_out_close(out);
}

static void test_writer_stays_inside(void **state)
{
    static const char *const bad[] = {"", "]", "1]", "11", "{", "[", "k1", "1k1", "]{k1", "{}]", "[]]", "}]", "1]{"};
    static const char *const fine[] = {"1", "{]", "[]", "{k1k[1]]"};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (write_all(escapes_up, bad[i]).why == NULL) {
            fail_msg("%s leaves its place", bad[i]);
        }
    }
    for (i = 0; i < sizeof fine / sizeof *fine; i++) {
        assert_null(write_all(escapes_up, fine[i]).why);
    }
}

/* The first error sticks, and nothing is written behind it. */
static void test_error_sticks(void **state)
{
    char text[40];
    struct kratos_out out;
    uint32_t n;
    (void)state;
    kratos_out_begin(&out, text, sizeof text, 0);
    kratos_out_array(&out);
    kratos_out_fail(&out, "first");
    n = out.n;
    kratos_out_fail(&out, "second");
    kratos_out_int(&out, 1);
    kratos_out_str(&out, "x");
    kratos_out_close(&out);
    assert_string_equal(out.why, "first");
    assert_int_equal(out.n, n);
}

/* ---- Percent-encoding and members ------------------------------------------------------------------------------------- */

static void test_percent(void **state)
{
    char text[2000], one[2] = {0, 0};
    unsigned c;
    (void)state;
    for (c = 1; c < 256; c++) {
        struct kratos_out out;
        bool control = c < 0x20 || c == 0x7F;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != 0 && strchr("-._~", (int)c) != NULL);
        char wanted[8];
        one[0] = (char)c;
        kratos_out_begin(&out, text, sizeof text, 0);
        kratos_out_percent(&out, one);
        assert_int_equal(out.why != NULL, control);
        snprintf(wanted, sizeof wanted, plain ? "%c" : "%%%02X", c);
        if (!control) {
            assert_int_equal(out.n, strlen(wanted));
            assert_memory_equal(text, wanted, out.n);
        }
        kratos_out_begin(&out, text, sizeof text, 0);
        kratos_out_field(&out, one);
        assert_int_equal(out.why != NULL, control);
        kratos_out_begin(&out, text, sizeof text, 0);
        out.check = c < 0x80;
        kratos_out_object(&out);
        kratos_out_member(&out, "m", one);
        kratos_out_close(&out);
        assert_int_equal(out.why != NULL, control);
    }
}

static void test_query(void **state)
{
    static const char *const values[] = {"a b", "c&d", "\xc3\xa9=", NULL};
    static const char wanted[] = "?x=1%2F2&n=4294967295&l=a%20b&l=c%26d&l=%C3%A9%3D";
    char text[200];
    struct kratos_out out;
    (void)state;
    kratos_out_begin(&out, text, sizeof text, 0);
    kratos_out_query(&out, "none", NULL);
    kratos_out_query(&out, "x", "1/2");
    kratos_out_query_number(&out, "n", UINT32_MAX);
    kratos_out_query_list(&out, "l", values);
    kratos_out_query_list(&out, "m", NULL);
    assert_null(out.why);
    assert_int_equal(out.n, sizeof wanted - 1);
    assert_memory_equal(text, wanted, out.n);
    kratos_out_query(&out, "empty", "");
    assert_non_null(out.why);
    kratos_out_begin(&out, text, sizeof text, 0);
    kratos_out_query(&out, "blank", "  ");
    assert_non_null(out.why);
}

/* ---- Credentials and addresses ----------------------------------------------------------------------------------------- */

static void test_credentials(void **state)
{
    static const struct kratos_provider oidc[] = {{"fleet", "Device-1", NULL, false}, {"b", "s\"2", "org", true}};
    static const struct kratos_provider saml[] = {{"idp", "me", "org-2", false}};
    struct kratos_credentials c;
    (void)state;
    memset(&c, 0, sizeof c);
    windows_agree(kratos_write_credentials, &c, "{}");
    c.password = "p\nw\"";
    windows_agree(kratos_write_credentials, &c, "{\"password\":{\"config\":{\"password\":\"p\\u000aw\\\"\"}}}");
    c.password = NULL;
    c.hashed_password = "$2a$04$x";
    c.use_password_migration_hook = true;
    windows_agree(
        kratos_write_credentials, &c,
        "{\"password\":{\"config\":{\"hashed_password\":\"$2a$04$x\",\"use_password_migration_hook\":true}}}");
    memset(&c, 0, sizeof c);
    c.oidc = oidc;
    c.oidc_count = 2;
    c.saml = saml;
    c.saml_count = 1;
    windows_agree(kratos_write_credentials, &c,
                  "{\"oidc\":{\"config\":{\"providers\":[{\"provider\":\"fleet\",\"subject\":\"Device-1\"},{"
                  "\"provider\":\"b\",\"subject\":\"s\\\"2\","
                  "\"organization\":\"org\",\"use_auto_link\":true}]}},\"saml\":{\"config\":{\"providers\":[{"
                  "\"provider\":\"idp\",\"subject\":\"me\","
                  "\"organization\":\"org-2\"}]}}}");
    {
        static const struct kratos_provider lame[] = {{"fleet", NULL, NULL, false}};
        memset(&c, 0, sizeof c);
        c.oidc = lame;
        c.oidc_count = 1;
        assert_non_null(write_all(kratos_write_credentials, &c).why);
    }
}

static void test_addresses(void **state)
{
    static const struct kratos_address items[] = {
        {"a@b", "email", "completed", "2026-01-02T03:04:05Z", true},
        {"c@d", "email", NULL, NULL, false},
    };
    static const struct kratos_addresses both = {items, 2}, none = {NULL, 0};
    static const struct kratos_address lame_items[] = {{"a@b", NULL, NULL, NULL, false}};
    static const struct kratos_addresses lame = {lame_items, 1};
    (void)state;
    windows_agree(kratos_write_verifiable_addresses, &both,
                  "[{\"value\":\"a@b\",\"via\":\"email\",\"status\":\"completed\",\"verified_at\":\"2026-01-02T03:04:"
                  "05Z\",\"verified\":true},"
                  "{\"value\":\"c@d\",\"via\":\"email\",\"verified\":false}]");
    windows_agree(kratos_write_recovery_addresses, &both,
                  "[{\"value\":\"a@b\",\"via\":\"email\"},{\"value\":\"c@d\",\"via\":\"email\"}]");
    windows_agree(kratos_write_recovery_addresses, &none, "[]");
    assert_non_null(write_all(kratos_write_verifiable_addresses, &lame).why);
    assert_non_null(write_all(kratos_write_recovery_addresses, &lame).why);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),      cmocka_unit_test(test_int),
        cmocka_unit_test(test_misuse),       cmocka_unit_test(test_depth),
        cmocka_unit_test(test_bad_text),     cmocka_unit_test(test_writer_stays_inside),
        cmocka_unit_test(test_error_sticks), cmocka_unit_test(test_percent),
        cmocka_unit_test(test_query),        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_addresses),
    };
    int rc = cmocka_run_group_tests_name("out", tests, NULL, NULL);
    if (rc == 0) {
        printf("out: %lu windows, 0 differ\n", windows);
    }
    return rc != 0;
}
