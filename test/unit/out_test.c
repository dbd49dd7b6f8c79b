/* SPDX-License-Identifier: Apache-2.0
 *
 * The window writer, percent-encoding, the JSON writer and the typed writers of credentials and addresses.
 */
#include "guard.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "out.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

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

/* A little language: { } [ ] k(ey) q(uoted key) 1 s(tring) n(ull) b(ool) t(ext of one byte) j(son) */
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
        case 'q': {
            kratos_json name = {"\"\\u0071\"", 8};
            kratos_out_key_json(out, name);
            break;
        }
        case 'b':
            kratos_out_bool(out, true);
            break;
        case 't':
            kratos_out_strn(out, "tx", 1);
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

/* What one value's letters write, behind them; NULL: that is none. By a grammar of its own. */
static const char *value(const char *p, char *to)
{
    static const char *const plain[] = {"1", "1", "s", "\"s\"", "n", "null", "b", "true", "t", "\"t\"", "j", "[]"};
    bool object = *p == '{';
    size_t i;
    for (i = 0; i < COUNT(plain); i += 2) {
        if (*p == *plain[i]) {
            strcat(to, plain[i + 1]);
            return p + 1;
        }
    }
    if (*p != '[' && *p != '{') {
        return NULL;
    }
    strcat(to, object ? "{" : "[");
    for (i = 0, p++; p != NULL && *p != ']'; i++) {
        strcat(to, i != 0 ? "," : "");
        if (object && *p != 'k' && *p != 'q') {
            return NULL;
        }
        if (object) {
            strcat(to, *p++ == 'k' ? "\"k\":" : "\"\\u0071\":");
        }
        p = value(p, to);
    }
    strcat(to, object ? "}" : "]");
    return p == NULL ? NULL : p + 1;
}

/* The JSON that the letters write, or NULL. */
static const char *good(const char *letters)
{
    static char text[200];
    const char *end;
    text[0] = '\0';
    end = value(letters, text);
    return end != NULL && *end == '\0' ? text : NULL;
}

/* All sequences of calls: an error exactly for those that write no JSON value; the others write that, and nothing more. */
static void sequences(const char *letters, unsigned most, unsigned wanted)
{
    char text[10];
    unsigned kinds = (unsigned)strlen(letters), n, i, count, ok = 0;
    for (n = 0; n <= most; n++) {
        for (count = 1, i = 0; i < n; i++) {
            count *= kinds;
        }
        while (count-- != 0) {
            char got[100];
            struct kratos_out out;
            unsigned rest = count;
            const char *json;
            for (i = 0; i < n; i++, rest /= kinds) {
                text[i] = letters[rest % kinds];
            }
            text[n] = '\0';
            kratos_out_begin(&out, got, sizeof got, 0);
            out.check = true;
            by_letters(&out, text);
            kratos_out_end(&out);
            json = good(text);
            if ((out.why == NULL) != (json != NULL)) {
                fail_msg("%s: %s", text, out.why != NULL ? out.why : "no error");
            }
            if (json != NULL && (out.n != strlen(json) || memcmp(got, json, out.n) != 0)) {
                fail_msg("%s: %.*s, wanted %s", text, (int)out.n, got, json);
            }
            ok += out.why == NULL;
        }
    }
    assert_true(ok > wanted);
}

static void test_misuse(void **state)
{
    (void)state;
    sequences("{[]k1j", 6, 50);
    sequences("{[]kq1snbtj", 4, 50);
    sequences("{]kq1", 7, 10);
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
    for (i = 0; i < COUNT(bad) + COUNT(fine); i++) { /* known as soon as it has left */
        struct kratos_value v = {NULL, 0, by_letters, NULL};
        struct kratos_out out;
        v.arg = i < COUNT(bad) ? bad[i] : fine[i - COUNT(bad)];
        kratos_out_begin(&out, NULL, 0, 0);
        kratos_out_object(&out);
        kratos_out_member_value(&out, "v", &v);
        assert_int_equal(out.why != NULL, i < COUNT(bad));
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

/* Every two bytes, as a query parameter, as text, and as a typed member. */
static void test_every_two_bytes(void **state)
{
    unsigned a, b;
    (void)state;
    for (a = 1; a < 256; a++) {
        for (b = 1; b < 256; b++) {
            unsigned both[2], i;
            char s[3] = {(char)a, (char)b, '\0'}, text[40], encoded[10] = "", json[30] = "\"";
            bool control = false;
            struct kratos_out out;
            both[0] = a;
            both[1] = b;
            for (i = 0; i < 2; i++) {
                unsigned c = both[i];
                bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             strchr("-._~", (int)c) != NULL;
                control = control || c < 0x20 || c == 0x7F;
                sprintf(encoded + strlen(encoded), plain ? "%c" : "%%%02X", c);
                sprintf(json + strlen(json), c < 0x20 ? "\\u%04x" : c == '"' || c == '\\' ? "\\%c" : "%c", c);
            }
            strcat(json, "\"");
            kratos_out_begin(&out, text, sizeof text, 0);
            kratos_out_percent(&out, guarded(0, s, 3));
            if ((out.why != NULL) != control || out.n != (control ? 0 : strlen(encoded)) ||
                memcmp(text, encoded, out.n) != 0) {
                fail_msg("percent: %02X %02X", a, b);
            }
            kratos_out_begin(&out, text, sizeof text, 0);
            kratos_out_strn(&out, guarded(0, s, 2), 2);
            if (out.why != NULL || out.n != strlen(json) || memcmp(text, json, out.n) != 0) {
                fail_msg("text: %02X %02X: %.*s, wanted %s", a, b, (int)out.n, text, json);
            }
            kratos_out_begin(&out, text, sizeof text, 0);
            kratos_out_object(&out);
            kratos_out_member(&out, "", s);
            kratos_out_close(&out);
            if ((out.why != NULL) != control ||
                (!control && (out.n != strlen(json) + 5 || memcmp(text + 4, json, strlen(json)) != 0))) {
                fail_msg("member: %02X %02X", a, b);
            }
            kratos_out_begin(&out, NULL, 0, 0);
            out.check = true;
            kratos_out_strn(&out, guarded(0, s, 2), 2);
            assert_int_equal(out.why == NULL,
                             (a < 0x80 && b < 0x80) || (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF));
        }
    }
}

/* Long runs around what must be escaped, and a text that ends at its last byte. */
static void test_runs(void **state)
{
    static const char *const marks[] = {"\"", "\n", "\xc3\xa9", "\\\\", "\x1f\"", "\xf0\x9f\x98\x80"};
    static const char *const written[] = {"\\\"", "\\u000a", "\xc3\xa9", "\\\\\\\\", "\\u001f\\\"", "\xf0\x9f\x98\x80"};
    size_t i, before, after;
    (void)state;
    for (i = 0; i < COUNT(marks); i++) {
        for (before = 0; before < 10; before++) {
            for (after = 0; after < 10; after++) {
                char s[40], wanted[60], text[60];
                struct kratos_out out;
                sprintf(s, "%.*s%s%.*s", (int)before, "abcdefghij", marks[i], (int)after, "0123456789");
                sprintf(wanted, "\"%.*s%s%.*s\"", (int)before, "abcdefghij", written[i], (int)after, "0123456789");
                kratos_out_begin(&out, text, sizeof text, 0);
                out.check = true;
                kratos_out_strn(&out, guarded(0, s, strlen(s)), strlen(s));
                assert_null(out.why);
                assert_int_equal(out.n, strlen(wanted));
                assert_memory_equal(text, wanted, out.n);
            }
        }
    }
}

/* What is lent (the last reply, in a list) is refused from its first byte to its last. */
static void test_lent(void **state)
{
    static const char memory[] = "0123456789";
    size_t i;
    (void)state;
    for (i = 0; i < 10; i++) {
        struct kratos_out out;
        kratos_out_begin(&out, NULL, 0, 0);
        kratos_out_percent(&out, memory + i);
        assert_null(out.why);
        out.lent = memory + 3;
        out.lent_size = 4;
        kratos_out_percent(&out, memory + i);
        if ((out.why != NULL) != (i >= 3 && i < 7)) {
            fail_msg("at %zu", i);
        }
    }
}

/* A request of 4 GiB and more cannot be counted: refused, not wrapped. */
static void test_too_long(void **state)
{
    static const uint32_t firsts[] = {0, 1, 5, 0x7FFFFFFF, 0x80000000, UINT32_MAX - 1};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(firsts); i++) {
        struct kratos_out out;
        kratos_out_begin(&out, NULL, 0, 0);
        kratos_out_raw(&out, "", firsts[i]); /* only counted: nothing is read */
        kratos_out_raw(&out, "", UINT32_MAX - firsts[i]);
        assert_null(out.why);
        assert_true(out.n == UINT32_MAX);
        kratos_out_raw(&out, "", 0);
        assert_null(out.why);
        kratos_out_raw(&out, "x", 1);
        assert_non_null(out.why);
        assert_true(out.n == UINT32_MAX);
        kratos_out_begin(&out, NULL, 0, 0);
        kratos_out_raw(&out, "", UINT32_MAX);
        kratos_out_raw(&out, "", (size_t)firsts[i] + 1);
        assert_non_null(out.why);
    }
}

static void test_more_queries(void **state)
{
    static const char *const lists[][3] = {{"a", "", NULL}, {"", NULL, NULL}, {" ", NULL, NULL}, {"a", "b\n", NULL}};
    static const char *const good[] = {"a", " a", "a ", " - "};
    static const char *const written[] = {"?q=a", "?q=%20a", "?q=a%20", "?q=%20-%20"};
    static const char *const nobody[] = {NULL};
    struct kratos_out out;
    char text[40];
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(lists); i++) {
        kratos_out_begin(&out, text, sizeof text, 0);
        kratos_out_query_list(&out, "l", lists[i]);
        assert_non_null(out.why);
    }
    for (i = 0; i < COUNT(good); i++) {
        kratos_out_begin(&out, text, sizeof text, 0);
        kratos_out_query(&out, "q", good[i]);
        assert_null(out.why);
        assert_int_equal(out.n, strlen(written[i]));
        assert_memory_equal(text, written[i], out.n);
    }
    kratos_out_begin(&out, text, sizeof text, 0);
    kratos_out_query_list(&out, "l", nobody);
    assert_int_equal(out.n, 0);
    kratos_out_query_number(&out, "a", 0);
    kratos_out_query_number(&out, "b", 10);
    kratos_out_query(&out, "c", NULL);
    kratos_out_query_number(&out, "d", 1000000009);
    assert_int_equal(out.n, strlen("?a=0&b=10&d=1000000009"));
    assert_memory_equal(text, "?a=0&b=10&d=1000000009", out.n);
}

/* ---- Names that were read -------------------------------------------------------------------------------------------- */

static void write_name(struct kratos_out *out, const void *arg)
{
    const kratos_json *name = (const kratos_json *)arg;
    kratos_out_object(out);
    kratos_out_key_json(out, *name);
    kratos_out_int(out, 1);
    kratos_out_key_json(out, *name);
    kratos_out_null(out);
    kratos_out_close(out);
}

static void write_name_in_array(struct kratos_out *out, const void *arg)
{
    kratos_out_array(out);
    kratos_out_key_json(out, *(const kratos_json *)arg);
    kratos_out_int(out, 1);
    kratos_out_close(out);
}

static void write_name_at_top(struct kratos_out *out, const void *arg)
{
    kratos_out_key_json(out, *(const kratos_json *)arg);
    kratos_out_int(out, 1);
}

static void write_name_for_value(struct kratos_out *out, const void *arg)
{
    kratos_out_object(out);
    kratos_out_key_json(out, *(const kratos_json *)arg);
    kratos_out_key_json(out, *(const kratos_json *)arg);
    kratos_out_close(out);
}

static void test_key_json(void **state)
{
    static const char *const fine[] = {"\"\"",         "\"a\"",       "\"\\u0061\\n\\\"\\\\\\/\"",
                                       "\"\xc3\xa9\"", "\"\\ud800\"", "\"a:b,c}\""};
    static const char *const bad[] = {"",       "a",       "1",      "null",     "{}",         "[\"a\"]",
                                      "\"",     "\"a",     "a\"",    "\"a\"b",   "\"a\"\"b\"", "\"a\":1,\"b\"",
                                      "\"\\\"", "\"\\x\"", "\"\n\"", "\"\xff\"", "true",       "'a'",
                                      " \"a\"", "\"a\":"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(fine); i++) {
        kratos_json name = {NULL, strlen(fine[i])};
        char wanted[60];
        name.p = guarded(0, fine[i], name.n);
        sprintf(wanted, "{%s:1,%s:null}", fine[i], fine[i]);
        windows_agree(write_name, &name, wanted);
        assert_non_null(write_all(write_name_in_array, &name).why);
        assert_non_null(write_all(write_name_at_top, &name).why);
        assert_non_null(write_all(write_name_for_value, &name).why);
    }
    for (i = 0; i < COUNT(bad); i++) {
        kratos_json name = {NULL, strlen(bad[i])};
        name.p = guarded(0, bad[i], name.n);
        if (write_all(write_name, &name).why == NULL) {
            fail_msg("%s is taken for a name", bad[i]);
        }
    }
    for (i = 1; i < 4; i++) { /* blanks and no value, at the end of memory */
        struct kratos_out out;
        kratos_out_begin(&out, NULL, 0, 0);
        out.check = true;
        kratos_out_json(&out, guarded(0, " \n\t", i), i);
        assert_non_null(out.why);
    }
    {
        kratos_json none = {NULL, 0}, part = {"\"a\\nb\"", 4}; /* of the text only the first bytes are meant */
        assert_non_null(write_all(write_name, &none).why);
        assert_non_null(write_all(write_name, &part).why);
    }
}

/* Caller's text is judged in the pass that checks, and only there: later passes write what was judged. */
static void test_checked_once(void **state)
{
    static const char *const texts[] = {"\"\xff\"", "\"a\" x"};
    size_t i;
    int check;
    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        for (check = 0; check < 2; check++) {
            kratos_json name = {texts[i], strlen(texts[i])};
            struct kratos_out out;
            kratos_out_begin(&out, NULL, 0, 0);
            out.check = check != 0;
            kratos_out_json(&out, texts[i], 0);
            assert_int_equal(out.why != NULL, check);
            kratos_out_begin(&out, NULL, 0, 0);
            out.check = check != 0;
            kratos_out_object(&out);
            kratos_out_key_json(&out, name);
            assert_int_equal(out.why != NULL, check);
        }
    }
}

static void test_json_sizes(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        const char *wanted;
    } rows[] = {
        {"123456", 0, "123456"},     {"123456", 3, "123"},
        {"[1]]]", 3, "[1]"},         {" \t\r\n{} \n", 0, " \t\r\n{} \n"},
        {"1.50e+10", 0, "1.50e+10"}, {"\"\\u0041\"", 0, "\"\\u0041\""},
        {"true", 4, "true"},         {"7", 1, "7"},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char text[40];
        struct kratos_out out;
        size_t n = rows[i].n != 0 ? rows[i].n : strlen(rows[i].text) + 1;
        kratos_out_begin(&out, text, sizeof text, 0);
        out.check = true;
        kratos_out_json(&out, guarded(0, rows[i].text, n), rows[i].n);
        kratos_out_end(&out);
        if (out.why != NULL || out.n != strlen(rows[i].wanted) || memcmp(text, rows[i].wanted, out.n) != 0) {
            fail_msg("row %zu: %s", i, out.why);
        }
    }
}

/* ---- Metadata --------------------------------------------------------------------------------------------------------- */

struct piece {
    const char *what; /* i(nt), j(son), J(son that is counted) or the letters of by_letters */
    const char *text;
    bool number;
};

static void write_piece(struct kratos_out *out, const void *arg)
{
    const struct piece *piece = (const struct piece *)arg;
    if (*piece->what == 'i') {
        kratos_out_int(out, strtol(piece->text, NULL, 10));
    } else if (*piece->what == 'j') {
        kratos_out_json(out, piece->text, 0);
    } else if (*piece->what == 'J') {
        kratos_out_json(out, guarded(2, piece->text, strlen(piece->text)), strlen(piece->text));
    } else {
        by_letters(out, piece->what);
    }
}

static void write_metadata(struct kratos_out *out, const void *arg)
{
    kratos_out_object(out);
    kratos_out_metadata(out, "m", (const struct kratos_value *)arg);
    kratos_out_close(out);
}

static void write_no_metadata(struct kratos_out *out, const void *arg)
{
    const struct kratos_value *value = (const struct kratos_value *)arg;
    struct kratos_value other = {"{\"x\":[1]}", 0, NULL, NULL};
    kratos_out_object(out);
    kratos_out_metadata(out, "m", &other);
    kratos_out_member_value(out, "v", value);
    kratos_out_close(out);
}

/* A bare number is no metadata, however it is written; inside arrays and objects numbers are fine, and so they are as the value
 * of any other member. */
static void test_metadata(void **state)
{
    static const struct piece pieces[] = {
        {"i", "0", true},
        {"i", "-1", true},
        {"i", "7", true},
        {"j", "0", true},
        {"j", "-1", true},
        {"j", "9", true},
        {"j", "1.5e3", true},
        {"j", " 5", true},
        {"j", "\t\n\r -0.5 ", true},
        {"J", "  -1", true},
        {"J", "12", true},
        {"J", " 0 ", true},
        {"j", "null", false},
        {"j", "\"5\"", false},
        {"j", "[5]", false},
        {"j", " {\"a\":5} ", false},
        {"j", "true", false},
        {"j", "  \"-1\"", false},
        {"J", "[-1, 0]", false},
        {"J", "\t[]", false},
        {"n", NULL, false},
        {"s", NULL, false},
        {"b", NULL, false},
        {"[1]", NULL, false},
        {"{k1]", NULL, false},
        {"[[1]11]", NULL, false},
        {"{k[1]q1]", NULL, false},
        {"[jj]", NULL, false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(pieces); i++) {
        struct kratos_value value = {NULL, 0, write_piece, NULL};
        const struct piece *piece = &pieces[i];
        value.arg = piece;
        if ((write_all(write_metadata, &value).why != NULL) != piece->number) {
            fail_msg("row %zu by a writer: %s %s", i, piece->what, piece->text);
        }
        assert_null(write_all(write_no_metadata, &value).why);
        if (piece->text != NULL && *piece->what != 'i') {
            value.write = NULL;
            value.arg = NULL;
            value.text = piece->text;
            value.n = *piece->what == 'J' ? strlen(piece->text) : 0;
            if ((write_all(write_metadata, &value).why != NULL) != piece->number) {
                fail_msg("row %zu as text: %s", i, piece->text);
            }
            assert_null(write_all(write_no_metadata, &value).why);
        }
    }
    {
        struct kratos_value none = {NULL, 0, NULL, NULL};
        windows_agree(write_metadata, &none, "{}");
        assert_null(write_all(bad_json, "5").why); /* a number at the top of any other text */
    }
}

static void test_value_given(void **state)
{
    struct kratos_value value = {NULL, 0, NULL, NULL};
    (void)state;
    assert_false(kratos_value_given(&value));
    value.arg = &value;
    value.n = 5;
    assert_false(kratos_value_given(&value));
    value.write = nothing;
    assert_true(kratos_value_given(&value));
    value.text = "1";
    assert_true(kratos_value_given(&value));
    value.write = NULL;
    assert_true(kratos_value_given(&value));
}

/* Levels of what is around a writer count, and are as before behind it. */
static void test_levels(void **state)
{
    char letters[100];
    size_t n;
    (void)state;
    for (n = 29; n <= 33; n++) {
        memset(letters, 0, sizeof letters);
        memset(letters, '[', n);
        memset(letters + n, ']', n);
        if ((write_all(escapes_up, letters).why == NULL) != (n <= 31)) {
            fail_msg("%zu levels in one", n);
        }
        if ((write_all(by_letters, letters).why == NULL) != (n <= 32)) {
            fail_msg("%zu levels", n);
        }
    }
    memset(letters, 0, sizeof letters); /* a level too many is no level that is not there */
    memset(letters, '[', 33);
    memset(letters + 33, ']', 32);
    assert_non_null(write_all(by_letters, letters).why);
    memset(letters, 0, sizeof letters); /* objects and arrays in turns, closed as what they are */
    for (n = 0; n < 16; n++) {
        strcat(letters, "{k[");
    }
    for (n = 0; n < 32; n++) {
        strcat(letters, "]");
    }
    assert_null(write_all(by_letters, letters).why);
    assert_non_null(good(letters));
    assert_string_equal(write_all(by_letters, letters).text, good(letters));
}

/* A text that was read goes back whole or not at all. */
static void test_arg(void **state)
{
    static const kratos_str absent = {NULL, 0};
    static const struct {
        const char *p;
        size_t n;
        bool whole;
    } rows[] = {{"", 0, true},     {"a", 1, true},       {"a\0b", 3, false},   {"\0", 1, false},
                {"a\0", 2, false}, {"a\0\0b", 4, false}, {"\xc3\xa9", 2, true}};
    size_t i;
    (void)state;
    assert_null(kratos_arg(absent));
    for (i = 0; i < COUNT(rows); i++) {
        kratos_str text = {rows[i].p, rows[i].n};
        const char *arg = kratos_arg(text);
        struct kratos_out out;
        assert_int_equal(arg == rows[i].p, rows[i].whole);
        kratos_out_begin(&out, NULL, 0, 0);
        out.check = true;
        kratos_out_percent(&out, arg);
        assert_int_equal(out.why == NULL, rows[i].whole);
        kratos_out_begin(&out, NULL, 0, 0);
        out.check = true;
        kratos_out_object(&out);
        kratos_out_member(&out, "m", arg);
        assert_int_equal(out.why == NULL, rows[i].whole);
    }
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

/* Each part there or not. */
static void test_credentials_parts(void **state)
{
    static const struct kratos_provider oidc[] = {{"p", "s", NULL, false}, {"q", "t", "o", true}};
    static const struct kratos_provider saml[] = {{"i", "j", NULL, true}};
    static const char *const parts[] = {
        "\"password\":\"pw\"",
        "\"hashed_password\":\"h\"",
        "\"use_password_migration_hook\":true",
    };
    unsigned mask, i;
    (void)state;
    for (mask = 0; mask < 3 * 16; mask++) {
        struct kratos_credentials c;
        char wanted[400] = "{";
        bool any = false;
        memset(&c, 0, sizeof c);
        c.password = mask & 1 ? "pw" : NULL;
        c.hashed_password = mask & 2 ? "h" : NULL;
        c.use_password_migration_hook = (mask & 4) != 0;
        c.oidc = oidc; /* without a count: none */
        c.oidc_count = mask / 16;
        c.saml = mask & 8 ? saml : NULL;
        c.saml_count = mask & 8 ? 1 : 0;
        if ((mask & 7) != 0) {
            strcat(wanted, "\"password\":{\"config\":{");
            for (i = 0; i < 3; i++) {
                if (mask & 1u << i) {
                    strcat(wanted, any ? "," : "");
                    strcat(wanted, parts[i]);
                    any = true;
                }
            }
            strcat(wanted, "}}");
        }
        if (c.oidc_count != 0) {
            strcat(wanted, any ? "," : "");
            strcat(wanted, "\"oidc\":{\"config\":{\"providers\":[{\"provider\":\"p\",\"subject\":\"s\"}");
            strcat(wanted, c.oidc_count == 2 ? ",{\"provider\":\"q\",\"subject\":\"t\",\"organization\":\"o\","
                                               "\"use_auto_link\":true}"
                                             : "");
            strcat(wanted, "]}}");
            any = true;
        }
        if (mask & 8) { /* use_auto_link is of oidc only */
            strcat(wanted, any ? "," : "");
            strcat(wanted, "\"saml\":{\"config\":{\"providers\":[{\"provider\":\"i\",\"subject\":\"j\"}]}}");
        }
        strcat(wanted, "}");
        assert_string_equal(write_all(kratos_write_credentials, &c).text, wanted);
        assert_null(write_all(kratos_write_credentials, &c).why);
    }
}

static void test_credentials_refused(void **state)
{
    static const struct kratos_provider lame[] = {
        {NULL, "s", NULL, false}, {"p", NULL, NULL, false},  {NULL, NULL, "o", true},    {"p\n", "s", NULL, false},
        {"p", "\1", NULL, false}, {"p", "s", "\x7f", false}, {"\xff", "s", NULL, false}, {"p", "s", "\xff", false},
    };
    static const struct kratos_provider fine = {"p", "s", NULL, false};
    struct kratos_credentials c;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(lame); i++) {
        struct kratos_provider two[2];
        two[0] = fine;
        two[1] = lame[i];
        memset(&c, 0, sizeof c);
        c.oidc = two;
        c.oidc_count = 2;
        if (write_all(kratos_write_credentials, &c).why == NULL) {
            fail_msg("oidc, row %zu", i);
        }
        memset(&c, 0, sizeof c);
        c.saml = &lame[i];
        c.saml_count = 1;
        if (write_all(kratos_write_credentials, &c).why == NULL) {
            fail_msg("saml, row %zu", i);
        }
    }
    memset(&c, 0, sizeof c);
    c.oidc_count = 1;
    assert_non_null(write_all(kratos_write_credentials, &c).why);
    memset(&c, 0, sizeof c);
    c.saml_count = 3;
    assert_non_null(write_all(kratos_write_credentials, &c).why);
    memset(&c, 0, sizeof c);
    c.password = "\xff";
    assert_non_null(write_all(kratos_write_credentials, &c).why);
    memset(&c, 0, sizeof c);
    c.hashed_password = "\xff";
    assert_non_null(write_all(kratos_write_credentials, &c).why);
    c.hashed_password = "h\n";
    assert_non_null(write_all(kratos_write_credentials, &c).why);
}

static void test_address_parts(void **state)
{
    static const struct kratos_address lame[] = {
        {NULL, "email", NULL, NULL, false}, {"a@b", NULL, NULL, NULL, false},
        {NULL, NULL, "sent", NULL, true},   {"a\n@b", "email", NULL, NULL, false},
        {"a@b", "\x7f", NULL, NULL, false}, {"a@\xff", "email", NULL, NULL, false},
    };
    static const struct kratos_addresses missing = {NULL, 1}, none = {NULL, 0};
    size_t i;
    unsigned mask;
    (void)state;
    for (mask = 0; mask < 8; mask++) {
        struct kratos_address a = {"a@b", "email", NULL, NULL, false};
        struct kratos_addresses one = {NULL, 1}, empty = {NULL, 0};
        char wanted[200] = "[{\"value\":\"a@b\",\"via\":\"email\"";
        one.items = empty.items = &a;
        a.status = mask & 1 ? "sent" : NULL;
        a.verified_at = mask & 2 ? "2026-01-02T03:04:05Z" : NULL;
        a.verified = (mask & 4) != 0;
        strcat(wanted, mask & 1 ? ",\"status\":\"sent\"" : "");
        strcat(wanted, mask & 2 ? ",\"verified_at\":\"2026-01-02T03:04:05Z\"" : "");
        strcat(wanted, mask & 4 ? ",\"verified\":true}]" : ",\"verified\":false}]");
        windows_agree(kratos_write_verifiable_addresses, &one, wanted);
        windows_agree(kratos_write_recovery_addresses, &one, "[{\"value\":\"a@b\",\"via\":\"email\"}]");
        windows_agree(kratos_write_verifiable_addresses, &empty, "[]");
    }
    for (i = 0; i < COUNT(lame); i++) {
        struct kratos_address two[2] = {{"a@b", "email", NULL, NULL, false}};
        struct kratos_addresses both = {NULL, 2};
        two[1] = lame[i];
        both.items = two;
        if (write_all(kratos_write_verifiable_addresses, &both).why == NULL ||
            write_all(kratos_write_recovery_addresses, &both).why == NULL) {
            fail_msg("row %zu", i);
        }
    }
    windows_agree(kratos_write_verifiable_addresses, &none, "[]");
    for (i = 0; i < 2; i++) { /* the reason says which argument */
        struct written w =
            write_all(i == 0 ? kratos_write_verifiable_addresses : kratos_write_recovery_addresses, &missing);
        assert_non_null(w.why);
        assert_non_null(strstr(w.why, "addresses"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_int),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_writer_stays_inside),
        cmocka_unit_test(test_error_sticks),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_every_two_bytes),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_lent),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_more_queries),
        cmocka_unit_test(test_key_json),
        cmocka_unit_test(test_checked_once),
        cmocka_unit_test(test_json_sizes),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_value_given),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_arg),
        cmocka_unit_test(test_credentials_parts),
        cmocka_unit_test(test_credentials_refused),
        cmocka_unit_test(test_address_parts),
    };
    int rc = cmocka_run_group_tests_name("out", tests, NULL, NULL);
    if (rc == 0) {
        printf("out: %lu windows, 0 differ\n", windows);
    }
    return rc != 0;
}
