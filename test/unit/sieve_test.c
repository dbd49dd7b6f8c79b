/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict checker: what RFC 8259 accepts and refuses, at every split, and its events. The cases follow the names of the public
 * JSON test suite (y_: must be accepted, n_: must be refused), of which no Debian package exists; they are written anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sieve.h"

struct json_case {
    bool valid;
    const char *text;
    size_t n;
};

#define Y(text)                                                                                                        \
    {                                                                                                                  \
        true, text, sizeof(text) - 1                                                                                   \
    }
#define N(text)                                                                                                        \
    {                                                                                                                  \
        false, text, sizeof(text) - 1                                                                                  \
    }

static const struct json_case cases[] = {
    /* values at the top */
    Y("0"),
    Y("-0"),
    Y("1"),
    Y("true"),
    Y("false"),
    Y("null"),
    Y("\"\""),
    Y("[]"),
    Y("{}"),
    Y("\"x\""),
    Y(" 1 "),
    Y("\t\r\n []\n"),
    N(""),
    N(" "),
    N("\n"),
    N("tru"),
    N("truE"),
    N("True"),
    N("nul"),
    N("nulll"),
    N("fals"),
    N("falsee"),
    N("truefalse"),
    N("undefined"),
    N("NaN"),
    N("Infinity"),
    N("-Infinity"),
    N("-"),
    N("+1"),
    N("'a'"),
    N("a"),
    N("*"),
    N("\xef\xbb\xbf{}"),
    N("\xef\xbb\xbf"),
    N("\xff"),
    N("\0"),
    N("1\0"),
    N("[]\0"),
    N("// x\n1"),
    N("/* */1"),
    N("1 2"),
    N("1,2"),
    N("[]{}"),
    N("\"a\"\"b\""),
    N("\x0c[]"),
    N("\xc2\xa0[]"),
    N("\xe2\x81\xa0[]"),
    N("[\x0b]"),
    /* arrays */
    Y("[1]"),
    Y("[1,2]"),
    Y("[ ]"),
    Y("[[]]"),
    Y("[[],[]]"),
    Y("[null,1,\"1\",{}]"),
    Y("[1\n]"),
    Y(" [1]"),
    Y("[2] "),
    Y("[\"\"]"),
    Y("[false]"),
    Y("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    N("["),
    N("]"),
    N("[1"),
    N("[1,"),
    N("[,"),
    N("[,1]"),
    N("[1,]"),
    N("[1,,2]"),
    N("[1 2]"),
    N("[1:2]"),
    N("[\"a\" 1]"),
    N("[1]]"),
    N("[[1]"),
    N("[1}"),
    N("[\"a\",\n4\n,1,"),
    N("[*]"),
    N("[-]"),
    N("[1,\n1\n,1"),
    N("[\"\": 1]"),
    N("[3[4]]"),
    N("[\xff]"),
    N("[\xc3\xa5]"),
    N("[x"),
    N("[1,]x"),
    N("[][]"),
    N("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), /* 33 levels: ours is 32 */
    /* objects */
    Y("{\"a\":1}"),
    Y("{\"a\":1,\"b\":2}"),
    Y("{\"a\":1,\"a\":2}"),
    Y("{\"\":0}"),
    Y("{\"a\":{\"b\":[{}]}}"),
    Y("{ \"a\" : 1 , \"b\" : [ ] }"),
    Y("{\"a\\u0000b\":1}"),
    Y("{\n\"a\": \"b\"\n}"),
    Y("{\"min\": -1.0e+28, \"max\": 1.0e+28}"),
    Y("{\"title\":\"\\u041f\\u043e\"}"),
    N("{"),
    N("}"),
    N("{\"a\""),
    N("{\"a\":"),
    N("{\"a\":1"),
    N("{\"a\":1,"),
    N("{\"a\":1,}"),
    N("{,}"),
    N("{\"a\"}"),
    N("{\"a\" 1}"),
    N("{\"a\",1}"),
    N("{a:1}"),
    N("{'a':1}"),
    N("{1:1}"),
    N("{null:null}"),
    N("{\"a\":1 \"b\":2}"),
    N("{\"a\":1,,\"b\":2}"),
    N("{\"a\"::1}"),
    N("{\"a\":1]"),
    N("{\"a\":[}"),
    N("{\"a\":}"),
    N("{[1]:2}"),
    N("{:1}"),
    N("{\"a\":1}}"),
    N("{\"a\":1}#"),
    N("{\"a\":1}/**/"),
    N("{\"x\", null}"),
    N("{\"x\"::\"b\"}"),
    N("{\"a\":\"a\" 123}"),
    N("{\"a\":/*x*/1}"),
    N("{\"id\":0,,,}"),
    N("{\"a\":1,\"b\"}"),
    N("{\xf0\x9f\x87\xa8}"),
    /* numbers */
    Y("[123]"),
    Y("[-1]"),
    Y("[-0.5]"),
    Y("[0.5]"),
    Y("[10.25]"),
    Y("[1e5]"),
    Y("[1E5]"),
    Y("[1e+5]"),
    Y("[1e-5]"),
    Y("[0e1]"),
    Y("[0e+1]"),
    Y("[0.0e0]"),
    Y("[1E22]"),
    Y("[123.456e78]"),
    Y("[-0]"),
    Y("[-123]"),
    Y("[20e1]"),
    Y("[123e65]"),
    Y("[0.000000000000000000000000000000000000000000000000000000001]"),
    Y("[100000000000000000000000000000000]"),
    Y("-1.5E-10"),
    Y("12345678901234567890"),
    N("[01]"),
    N("[-01]"),
    N("[00]"),
    N("[012]"),
    N("[1.]"),
    N("[.5]"),
    N("[-.5]"),
    N("[1.e5]"),
    N("[1e]"),
    N("[1e+]"),
    N("[1e-]"),
    N("[1E]"),
    N("[1eE2]"),
    N("[1.2.3]"),
    N("[0.3e]"),
    N("[0.3e+]"),
    N("[0e]"),
    N("[0e+]"),
    N("[+1]"),
    N("[++1]"),
    N("[--1]"),
    N("[-+1]"),
    N("[- 1]"),
    N("[1 000]"),
    N("[1_000]"),
    N("[0x1]"),
    N("[0x42]"),
    N("[0b1]"),
    N("[1a]"),
    N("[1.8011670033376514H-308]"),
    N("[1+2]"),
    N("[-a]"),
    N("[-1x]"),
    N("[2.e+3]"),
    N("[0.e1]"),
    N("[.-1]"),
    N("[-NaN]"),
    N("[1e1.5]"),
    N("1."),
    N("-"),
    N("1e"),
    N("-x"),
    N("[\xef\xbc\x91]"),
    N("[1\xe5]"),
    N("[1e1\xe5]"),
    N("[0\xe5]"),
    /* strings */
    Y("\"a\""),
    Y("\"\\\"\""),
    Y("\"\\\\\""),
    Y("\"\\/\""),
    Y("\"\\b\\f\\n\\r\\t\""),
    Y("\"\\u0041\""),
    Y("\"\\uABCD\\uabcd\""),
    Y("\"\\u0000\""),
    Y("\"\\ud83d\\ude00\""),
    Y("\"\\ud800\""),
    Y("\"\\udc00\\ud800\""),
    Y("\"\x7f\""),
    Y("\"\xc2\x80\""),
    Y("\"\xdf\xbf\""),
    Y("\"\xe0\xa0\x80\""),
    Y("\"\xed\x9f\xbf\""),
    Y("\"\xee\x80\x80\""),
    Y("\"\xef\xbf\xbf\""),
    Y("\"\xf0\x90\x80\x80\""),
    Y("\"\xf4\x8f\xbf\xbf\""),
    Y("\"\xef\xbb\xbf\""),
    Y("\"a/b\""),
    Y("\" \""),
    Y("\"{}[]:,\""),
    Y("[\"\\\\n\"]"),
    Y("[\"\\\\a\"]"),
    Y("[\"a/*b*/c/*d//e\"]"),
    Y("\"\xe2\x80\xa8\xe2\x80\xa9\""),
    Y("[\"\\\"\",\"\\\\\"]"),
    N("\""),
    N("\"a"),
    N("\"\\"),
    N("\"\\\""),
    N("\"\\x41\""),
    N("\"\\a\""),
    N("\"\\'\""),
    N("\"\\U0041\""),
    N("\"\\0\""),
    N("\"\\u\""),
    N("\"\\u1\""),
    N("\"\\u12\""),
    N("\"\\u123\""),
    N("\"\\u123g\""),
    N("\"\\u 123\""),
    N("\"\\u00A\""),
    N("\"\\uD834\\uDd\""),
    N("\"\\uD800\\u\""),
    N("\"\\uD800\\u1\""),
    N("\"\n\""),
    N("\"\t\""),
    N("\"\r\""),
    N("\"\0\""),
    N("\"\x1f\""),
    N("\"\x01\""),
    N("\"a\nb\""),
    N("\"\\\n\""),
    N("\"\\\0\""),
    N("\"\\ \""),
    N("\"\\\xf0\x9f\x8c\x80\""),
    N("\"\\\xe5\""),
    N("\"\x80\""),
    N("\"\xbf\""),
    N("\"\xc0\x80\""),
    N("\"\xc1\xbf\""),
    N("\"\xc2\""),
    N("\"\xc2\"\""),
    N("\"\xc2x\""),
    N("\"\xc2\xc2\x80\""),
    N("\"\xe0\x80\x80\""),
    N("\"\xe0\x9f\xbf\""),
    N("\"\xe1\x80\""),
    N("\"\xe1\x80x\""),
    N("\"\xed\xa0\x80\""),
    N("\"\xed\xbf\xbf\""),
    N("\"\xf0\x80\x80\x80\""),
    N("\"\xf0\x8f\xbf\xbf\""),
    N("\"\xf1\x80\x80\""),
    N("\"\xf4\x90\x80\x80\""),
    N("\"\xf5\x80\x80\x80\""),
    N("\"\xf8\x88\x80\x80\x80\""),
    N("\"\xfe\""),
    N("\"\xff\""),
    N("\"\xe9\""),
    N("\"\xfc\x80\x80\x80\x80\x80\""),
    N("[\"\\u00A\xe5\"]"),
    N("[\"a\xe5\"]"),
    N("[\"new\nline\"]"),
    N("\"\"x"),
    N("abc\""),
    N("[\"x\""),
    N("[\"\\x00\"]"),
    N("[\"\\uqqqq\"]"),
    N("{\"\\x\":1}"),
    N("{\"\xff\":1}"),
    N("{\"a\n\":1}"),
};

#define CASE_COUNT (sizeof cases / sizeof *cases)

/* ---- Runs -------------------------------------------------------------------------------------------------------------- */

struct event {
    int kind;
    size_t at;
    unsigned depth;
};

struct log {
    struct event events[200];
    size_t count;
    bool valid;
};

static unsigned long runs;

static void feed(struct kratos_sieve *s, const char *p, size_t from, size_t to, unsigned watch, struct log *log)
{
    while (from < to) {
        char block[256]; /* exactly the block, so that a sanitizer sees a look beyond it */
        size_t used = 99999, n = to - from;
        char *copy = n <= sizeof block ? block : (char *)malloc(n);
        int event;
        memcpy(copy, p + from, n);
        event = kratos_sieve_run(s, copy, n, watch, &used);
        if (copy != block) {
            free(copy);
        }
        assert_true(used <= n);
        from += used;
        if (event == KRATOS_SIEVE_MORE) {
            assert_true(from == to);
        } else if (event == KRATOS_SIEVE_BAD) {
            log->valid = false;
            return;
        } else {
            assert_true(log->count < 200);
            log->events[log->count].kind = event;
            log->events[log->count].at = from;
            log->events[log->count].depth = s->depth;
            log->count++;
            assert_true(s->depth <= watch);
        }
    }
}

static struct log run(const char *p, size_t n, size_t split, unsigned watch)
{
    struct kratos_sieve s;
    struct log log;
    memset(&log, 0, sizeof log);
    log.valid = true;
    kratos_sieve_begin(&s);
    if (split == SIZE_MAX) {
        size_t i;
        for (i = 0; i < n && log.valid; i++) {
            feed(&s, p, i, i + 1, watch, &log);
        }
    } else {
        feed(&s, p, 0, split, watch, &log);
        if (log.valid) {
            feed(&s, p, split, n, watch, &log);
        }
    }
    log.valid = log.valid && kratos_sieve_complete(&s) && !s.odd;
    runs++;
    return log;
}

static bool same(const struct log *a, const struct log *b)
{
    return a->valid == b->valid && a->count == b->count &&
           memcmp(a->events, b->events, a->count * sizeof *a->events) == 0;
}

static void test_cases(void **state)
{
    size_t i, split;
    unsigned watch;
    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        const struct json_case *c = &cases[i];
        if (kratos_sieve_check(c->text, c->n) != c->valid) {
            fail_msg("must be %s: %s", c->valid ? "accepted" : "refused", c->text);
        }
        for (watch = 0; watch < 3; watch++) {
            struct log whole = run(c->text, c->n, 0, watch), other = run(c->text, c->n, SIZE_MAX, watch);
            assert_int_equal(whole.valid, c->valid);
            if (!same(&whole, &other)) {
                fail_msg("byte by byte differs: %s", c->text);
            }
            for (split = 1; split < c->n; split++) {
                other = run(c->text, c->n, split, watch);
                if (!same(&whole, &other)) {
                    fail_msg("split at %zu differs: %s", split, c->text);
                }
            }
        }
    }
}

/* Every prefix of a valid object, array or string is invalid. */
static void test_prefixes(void **state)
{
    size_t i, n;
    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        const struct json_case *c = &cases[i];
        size_t end = c->n;
        while (end != 0 && strchr(" \t\r\n", c->text[end - 1]) != NULL) {
            end--;
        }
        if (!c->valid || strchr("}]\"", c->text[end - 1]) == NULL) {
            continue;
        }
        for (n = 0; n < end; n++) {
            assert_false(kratos_sieve_check(c->text, n));
        }
    }
}

/* Each of the 256 bytes at each place of a small document: valid exactly where an independent look says so. */
static void test_one_byte(void **state)
{
    static const char doc[] = "{\"a\":[1,-2.5e3,\"x\\n\",true,null,{}]}";
    size_t at;
    int c, accepted = 0;
    (void)state;
    for (at = 0; at < sizeof doc - 1; at++) {
        for (c = 0; c < 256; c++) {
            char text[sizeof doc];
            memcpy(text, doc, sizeof doc);
            text[at] = (char)c;
            accepted += kratos_sieve_check(text, sizeof doc - 1);
        }
    }
    assert_int_equal(accepted, 395); /* counted with Python's json, see sieve_diff.py --one-byte */
}

static void test_events(void **state)
{
    static const char doc[] = " {\"a\" : [1,{}], \"\\u0062\":\"x\" ,\"c\":12}";
    static const struct event wanted[] = {
        {KRATOS_SIEVE_BEGIN, 1, 0},    {KRATOS_SIEVE_KEY, 2, 1},      {KRATOS_SIEVE_KEY_END, 5, 1},
        {KRATOS_SIEVE_BEGIN, 8, 1},    {KRATOS_SIEVE_END, 14, 1},     {KRATOS_SIEVE_KEY, 16, 1},
        {KRATOS_SIEVE_KEY_END, 24, 1}, {KRATOS_SIEVE_BEGIN, 25, 1},   {KRATOS_SIEVE_END, 28, 1},
        {KRATOS_SIEVE_KEY, 30, 1},     {KRATOS_SIEVE_KEY_END, 33, 1}, {KRATOS_SIEVE_BEGIN, 34, 1},
        {KRATOS_SIEVE_END, 36, 1},     {KRATOS_SIEVE_END, 37, 0},
    };
    struct log log = run(doc, sizeof doc - 1, 0, 1);
    size_t i;
    (void)state;
    assert_true(log.valid);
    assert_int_equal(log.count, sizeof wanted / sizeof *wanted);
    for (i = 0; i < log.count; i++) {
        assert_int_equal(log.events[i].kind, wanted[i].kind);
        assert_int_equal(log.events[i].at, wanted[i].at);
        assert_int_equal(log.events[i].depth, wanted[i].depth);
    }
    log = run(doc, sizeof doc - 1, 0, 0);
    assert_int_equal(log.count, 2);
}

/* What is odd stays well nested: the value is measured, the sieve goes on, and the caller may clear the mark. */
static void test_odd(void **state)
{
    static const struct {
        const char *text;
        bool complete, odd;
    } rows[] = {
        {"[\"\xff\"]", true, true},
        {"[\"\x01\"]", true, true},
        {"[\"\\x\"]", true, true},
        {"[\"\\u12\"]", true, true},
        {"[\"\xc3\"]", true, true},
        {"[\"\xc3\\\"\"]", true, true},
        {"[\"\\u12\\\"\"]", true, true},
        {"[\"ok\"]", true, false},
        {"[\"\xff\", 1, {\"a\":2}]", true, true},
        {"[\"\xff\" 1]", false, true},
        {"[\"\xe2\x82\xe2\x82\xac\"]", true, true},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kratos_sieve s;
        struct log log;
        memset(&log, 0, sizeof log);
        log.valid = true;
        kratos_sieve_begin(&s);
        feed(&s, rows[i].text, 0, strlen(rows[i].text), 1, &log);
        assert_int_equal(log.valid && kratos_sieve_complete(&s), rows[i].complete);
        assert_int_equal(s.odd, rows[i].odd);
    }
}

/* Depth: 32 levels are strict, more are followed, 65,535 and over are refused. */
static void test_depth(void **state)
{
    static char text[140001];
    static const size_t depths[] = {1, 31, 32, 33, 34, 100, 1000, 65000, 65534, 65535, 65536, 70000};
    size_t i, j;
    (void)state;
    for (i = 0; i < sizeof depths / sizeof *depths; i++) {
        size_t depth = depths[i];
        struct kratos_sieve s;
        struct log log;
        for (j = 0; j < depth; j++) {
            text[j] = '[';
            text[2 * depth - 1 - j] = ']';
        }
        memset(&log, 0, sizeof log);
        log.valid = true;
        kratos_sieve_begin(&s);
        feed(&s, text, 0, 2 * depth, 0, &log);
        assert_int_equal(log.valid && kratos_sieve_complete(&s), depth < 65535);
        assert_int_equal(s.odd, depth > 32);
        assert_int_equal(kratos_sieve_check(text, 2 * depth), depth <= 32);
        assert_false(kratos_sieve_check(text, 2 * depth - 1));
    }
}

static void test_utf8(void **state)
{
    unsigned a, b;
    (void)state;
    assert_true(kratos_sieve_utf8("", 0));
    assert_true(kratos_sieve_utf8("a\"\\\n\0b", 6));
    for (a = 0; a < 256; a++) {
        char one[1] = {(char)a};
        assert_int_equal(kratos_sieve_utf8(one, 1), a < 0x80);
        for (b = 0; b < 256; b++) {
            char two[2] = {(char)a, (char)b};
            bool pair = a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF;
            assert_int_equal(kratos_sieve_utf8(two, 2), (a < 0x80 && b < 0x80) || pair);
        }
    }
    for (a = 0; a < 0x120000; a += a < 0x11000 ? 1 : 61) {
        char c[4] = {(char)(0xF0 | a >> 18), (char)(0x80 | (a >> 12 & 63)), (char)(0x80 | (a >> 6 & 63)),
                     (char)(0x80 | (a & 63))};
        assert_int_equal(kratos_sieve_utf8(c, 4), a >= 0x10000 && a <= 0x10FFFF);
        if (a < 0x10000) {
            char d[3] = {(char)(0xE0 | a >> 12), c[2], c[3]};
            assert_int_equal(kratos_sieve_utf8(d, 3), a >= 0x800 && (a < 0xD800 || a > 0xDFFF));
            assert_false(kratos_sieve_utf8(d, 2));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),  cmocka_unit_test(test_prefixes), cmocka_unit_test(test_one_byte),
        cmocka_unit_test(test_events), cmocka_unit_test(test_odd),      cmocka_unit_test(test_depth),
        cmocka_unit_test(test_utf8),
    };
    int rc = cmocka_run_group_tests_name("sieve", tests, NULL, NULL);
    if (rc == 0) {
        printf("sieve: %u documents in %lu runs (every split), 0 wrong\n", (unsigned)CASE_COUNT, runs);
    }
    return rc != 0;
}
