/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict checker: what RFC 8259 accepts and refuses, at every split, and its events. The cases follow the names of the public
 * JSON test suite (y_: must be accepted, n_: must be refused), of which no Debian package exists; they are written anew.
 */
#include "guard.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "chars.h"
#include "sieve.h"

static bool utf8(const char *text, size_t n)
{
    return kratos_string_utf8(text, n);
}

/* How many bytes at p are plain characters of a string. */
static size_t plain_bytes(const char *p, size_t n)
{
    return (size_t)(kratos_string_plain(p, p + n) - p);
}

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
    size_t bad_at; /* the byte that cannot be */
    bool valid;
};

static unsigned long runs;

static void feed(struct kratos_sieve *s, const char *p, size_t from, size_t to, struct log *log)
{
    while (from < to) {
        char block[256]; /* exactly the block, so that a sanitizer sees a look beyond it */
        size_t used = 99999, n = to - from;
        char *copy = n <= sizeof block ? block : (char *)malloc(n);
        int event;
        memcpy(copy, p + from, n);
        event = kratos_sieve_run(s, copy, n, &used);
        if (copy != block) {
            free(copy);
        }
        assert_true(used <= n);
        from += used;
        if (event == KRATOS_SIEVE_MORE) {
            assert_true(from == to);
        } else if (event == KRATOS_SIEVE_BAD) {
            log->valid = false;
            log->bad_at = from;
            assert_int_equal(kratos_sieve_run(s, "", 0, &used), KRATOS_SIEVE_MORE); /* nothing read, nothing said */
            assert_int_equal(kratos_sieve_run(s, "]", 1, &used), KRATOS_SIEVE_BAD); /* it stays there */
            assert_int_equal(used, 0);
            assert_int_equal(kratos_sieve_run(s, "\"", 1, &used), KRATOS_SIEVE_BAD);
            assert_false(kratos_sieve_complete(s, 0));
            return;
        } else {
            assert_true(log->count < 200);
            log->events[log->count].kind = event;
            log->events[log->count].at = from;
            log->events[log->count].depth = s->depth;
            log->count++;
            assert_true(s->depth < (event == KRATOS_SIEVE_BEGIN ? s->begins : s->ends));
        }
    }
}

/* How near to the surface values are told: when they begin, and when they end. */
static const struct watch {
    unsigned begins, ends;
} watches[] = {{0, 1}, {1, 1}, {1, 2}, {2, 2}, {2, 3}, {3, 3}, {0, 2}, {0, 3}, {3, 1}, {1, 3}, {255, 255}};

#define WATCH_COUNT (sizeof watches / sizeof *watches)

static struct log run(const char *p, size_t n, size_t split, struct watch watch)
{
    struct kratos_sieve s;
    struct log log;
    memset(&log, 0, sizeof log);
    log.valid = true;
    kratos_sieve_begin(&s, watch.begins, watch.ends);
    if (split == SIZE_MAX) {
        size_t i;
        for (i = 0; i < n && log.valid; i++) {
            feed(&s, p, i, i + 1, &log);
        }
    } else {
        feed(&s, p, 0, split, &log);
        if (log.valid) {
            feed(&s, p, split, n, &log);
        }
    }
    log.valid = log.valid && kratos_sieve_complete(&s, 0) && !s.odd;
    runs++;
    return log;
}

static bool same(const struct log *a, const struct log *b)
{
    return a->valid == b->valid && a->count == b->count && a->bad_at == b->bad_at &&
           memcmp(a->events, b->events, a->count * sizeof *a->events) == 0;
}

static void test_cases(void **state)
{
    size_t i, split, watch;
    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        const struct json_case *c = &cases[i];
        if (kratos_sieve_check(c->text, c->n, 0) != c->valid) {
            fail_msg("must be %s: %s", c->valid ? "accepted" : "refused", c->text);
        }
        for (watch = 0; watch < WATCH_COUNT; watch++) {
            struct log whole = run(c->text, c->n, 0, watches[watch]);
            struct log other = run(c->text, c->n, SIZE_MAX, watches[watch]);
            assert_int_equal(whole.valid, c->valid);
            if (!same(&whole, &other)) {
                fail_msg("byte by byte differs: %s", c->text);
            }
            for (split = 1; split < c->n; split++) {
                other = run(c->text, c->n, split, watches[watch]);
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
            assert_false(kratos_sieve_check(c->text, n, 0));
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
            accepted += kratos_sieve_check(text, sizeof doc - 1, 0);
        }
    }
    assert_int_equal(accepted, 395); /* counted with Python's json, see sieve_diff.py --one-byte */
}

static void test_events(void **state)
{
    static const char doc[] = " {\"a\" : [1,{}], \"\\u0062\":\"x\" ,\"c\":12}";
    static const struct event wanted[] = {
        {KRATOS_SIEVE_BEGIN, 1, 0},  {KRATOS_SIEVE_BEGIN, 8, 1},  {KRATOS_SIEVE_BEGIN, 9, 2},
        {KRATOS_SIEVE_END, 10, 2},   {KRATOS_SIEVE_BEGIN, 11, 2}, {KRATOS_SIEVE_END, 13, 2},
        {KRATOS_SIEVE_END, 14, 1},   {KRATOS_SIEVE_BEGIN, 25, 1}, {KRATOS_SIEVE_END, 28, 1},
        {KRATOS_SIEVE_BEGIN, 34, 1}, {KRATOS_SIEVE_END, 36, 1},   {KRATOS_SIEVE_END, 37, 0},
    };
    size_t watch, i, at;
    (void)state;
    for (watch = 0; watch < WATCH_COUNT; watch++) {
        struct log log = run(doc, sizeof doc - 1, 0, watches[watch]);
        assert_true(log.valid);
        for (i = at = 0; i < sizeof wanted / sizeof *wanted; i++) {
            bool begins = wanted[i].kind == KRATOS_SIEVE_BEGIN;
            if (wanted[i].depth < (begins ? watches[watch].begins : watches[watch].ends)) {
                assert_true(at < log.count);
                assert_int_equal(log.events[at].kind, wanted[i].kind);
                assert_int_equal(log.events[at].at, wanted[i].at);
                assert_int_equal(log.events[at].depth, wanted[i].depth);
                at++;
            }
        }
        assert_int_equal(log.count, at);
    }
}

/* s->escaped says that a backslash was met, in a name or a value, at any depth. */
static void test_escaped(void **state)
{
    static const struct {
        const char *text;
        bool escaped;
    } rows[] = {
        {"{\"a\":\"b\"}", false}, {"{\"a\":\"\\n\"}", true}, {"{\"\\u0061\":1}", true},
        {"[[\"\\\\\"]]", true},   {"[\"/\"]", false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kratos_sieve s;
        struct log log;
        memset(&log, 0, sizeof log);
        log.valid = true;
        kratos_sieve_begin(&s, 1, 1);
        feed(&s, rows[i].text, 0, strlen(rows[i].text), &log);
        assert_int_equal(s.escaped, rows[i].escaped);
    }
}

/* From behind an opening bracket, or behind an item: the ends of items, then that of the container. */
static void test_inside(void **state)
{
    static const struct {
        const char *text;
        bool object, first;
        int event;
        size_t used;
        unsigned depth;
    } rows[] = {
        {"1,2]", false, true, KRATOS_SIEVE_END, 1, 1},     {" ]", false, true, KRATOS_SIEVE_END, 2, 0},
        {",[2]]", false, false, KRATOS_SIEVE_END, 4, 1},   {"]", false, false, KRATOS_SIEVE_END, 1, 0},
        {"\"a\":{}}", true, true, KRATOS_SIEVE_END, 6, 1}, {" , \"b\" : \"x\"}", true, false, KRATOS_SIEVE_END, 12, 1},
        {"}", true, true, KRATOS_SIEVE_END, 1, 0},         {"]", true, true, KRATOS_SIEVE_BAD, 0, 1},
        {"}", false, false, KRATOS_SIEVE_BAD, 0, 1},       {"1", true, true, KRATOS_SIEVE_BAD, 0, 1},
        {"1", false, false, KRATOS_SIEVE_BAD, 0, 1},       {"\"a\":\"cut", true, true, KRATOS_SIEVE_MORE, 8, 1},
    };
    size_t i, used;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kratos_sieve s;
        kratos_sieve_inside(&s, rows[i].object, rows[i].first);
        assert_int_equal(kratos_sieve_run(&s, rows[i].text, strlen(rows[i].text), &used), rows[i].event);
        assert_int_equal(used, rows[i].used);
        assert_int_equal(s.depth, rows[i].depth);
    }
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
        kratos_sieve_begin(&s, 2, 2);
        feed(&s, rows[i].text, 0, strlen(rows[i].text), &log);
        assert_int_equal(log.valid && kratos_sieve_complete(&s, 0), rows[i].complete);
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
        kratos_sieve_begin(&s, 1, 1);
        feed(&s, text, 0, 2 * depth, &log);
        assert_int_equal(log.valid && kratos_sieve_complete(&s, 0), depth < 65535);
        assert_int_equal(s.odd, depth > 32);
        assert_int_equal(kratos_sieve_check(text, 2 * depth, 0), depth <= 32);
        assert_false(kratos_sieve_check(text, 2 * depth - 1, 0));
    }
}

static void test_utf8(void **state)
{
    unsigned a, b;
    (void)state;
    assert_true(utf8("", 0));
    assert_true(utf8("a\"\\\n\0b", 6));
    for (a = 0; a < 256; a++) {
        char one[1] = {(char)a};
        assert_int_equal(utf8(one, 1), a < 0x80);
        for (b = 0; b < 256; b++) {
            char two[2] = {(char)a, (char)b};
            bool pair = a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF;
            assert_int_equal(utf8(two, 2), (a < 0x80 && b < 0x80) || pair);
        }
    }
    for (a = 0; a < 0x120000; a += a < 0x11000 ? 1 : 61) {
        char c[4] = {(char)(0xF0 | a >> 18), (char)(0x80 | (a >> 12 & 63)), (char)(0x80 | (a >> 6 & 63)),
                     (char)(0x80 | (a & 63))};
        assert_int_equal(utf8(c, 4), a >= 0x10000 && a <= 0x10FFFF);
        if (a < 0x10000) {
            char d[3] = {(char)(0xE0 | a >> 12), c[2], c[3]};
            assert_int_equal(utf8(d, 3), a >= 0x800 && (a < 0xD800 || a > 0xDFFF));
            assert_false(utf8(d, 2));
        }
    }
}

/* ---- Events ------------------------------------------------------------------------------------------------------------ */

static const char *blanks(const char *p, const char *end)
{
    while (p != end && strchr(" \t\r\n", *p) != NULL) {
        p++;
    }
    return p;
}

static void note(struct log *log, bool told, int kind, size_t at, unsigned depth)
{
    if (told) {
        log->events[log->count].kind = kind;
        log->events[log->count].at = at;
        log->events[log->count].depth = depth;
        log->count++;
    }
}

/* The events of a valid text, by its grammar: behind the value. */
static const char *events_of(const char *text, const char *p, const char *end, unsigned depth, struct watch watch,
                             struct log *log)
{
    const char *from = blanks(p, end);
    bool number = *from == '-' || (*from >= '0' && *from <= '9');
    note(log, depth < watch.begins, KRATOS_SIEVE_BEGIN, (size_t)(from - text), depth);
    p = from + 1;
    if (*from == '"') {
        while (*p != '"') {
            p += *p == '\\' ? 2 : 1;
        }
        p++;
    } else if (*from == '[' || *from == '{') {
        p = blanks(p, end);
        while (*p != ']' && *p != '}') {
            p = *p == ',' ? blanks(p + 1, end) : p;
            if (*from == '{') {
                struct watch none = {0, 0};
                p = blanks(events_of(text, p, end, 0, none, log), end) + 1; /* over the name and the colon */
            }
            p = blanks(events_of(text, p, end, depth + 1, watch, log), end);
        }
        p++;
    } else {
        while (p != end && strchr(" \t\r\n,]}", *p) == NULL) {
            p++;
        }
    }
    /* At the end of a text a number may go on: that it ends is not told. */
    note(log, depth < watch.ends && !(number && p == end), KRATOS_SIEVE_END, (size_t)(p - text), depth);
    return p;
}

static void events_agree(const char *text, size_t n)
{
    size_t watch, split;
    for (watch = 0; watch < WATCH_COUNT; watch++) {
        struct log wanted;
        memset(&wanted, 0, sizeof wanted);
        wanted.valid = true;
        events_of(text, text, text + n, 0, watches[watch], &wanted);
        for (split = 0; split <= n; split++) {
            struct log got = run(text, n, split != 0 ? split : SIZE_MAX, watches[watch]);
            if (!same(&wanted, &got)) {
                fail_msg("watch %u/%u, split %zu: other events: %s", watches[watch].begins, watches[watch].ends, split,
                         text);
            }
        }
    }
}

static void test_events_of_cases(void **state)
{
    static const char *const more[] = {
        "[1,2]",
        "[1 ,2\t,\n-3.5e1]",
        "{\"a\":1}",
        "{\"a\":1 }",
        "{\"a\":1,\"b\":22}",
        "[[1],[2 ],3]",
        "[1,\"x\",2]",
        "12 ",
        "12",
        "-0\n",
        "0",
        "0 ",
        "1.5e-3",
        "1.5e-3\r",
        "{\"a\":{\"b\":0},\"c\":0}",
        "[true,1,false,2,null,3]",
        "{\"a\":\"b\",\"c\":\"d\"}",
        "{\"a\":\"b\" ,\"c\": \"d\"}",
        "[\"a\",\"b\",[\"c\",\"d\",\"e\"],\"f\"]",
        "{\"a\":[\"b\",\"c\"],\"d\":{\"e\":\"f\",\"g\":[\"h\"],\"i\":[[\"j\",1,\"k\"]]},\"l\":\"m\"}",
        "[{\"a\":\"\\\"\",\"\\\\\":\"\\\\\"},{\"abcd\":\"abcde\"},\"abcdef\",\"abcdefg\"]",
        "{\"a\":\"b\",\"c\":[\"d\"],\"e\":2}",
        "[[[[\"a\",\"b\"],\"c\"],\"d\"],\"e\"]",
        "\"x\" ",
        " \"x\"",
        "[\"a\",1]",
        "[\"a\",{}]",
        "{\"a\":\"b\",\"c\":{},\"d\":[]}",
    };
    size_t i;
    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        if (cases[i].valid) {
            events_agree(cases[i].text, cases[i].n);
        }
    }
    for (i = 0; i < sizeof more / sizeof *more; i++) {
        assert_true(kratos_sieve_check(more[i], strlen(more[i]), 0));
        events_agree(more[i], strlen(more[i]));
    }
}

/* What cannot be is told at its first byte, and where the text so far is the beginning of something nothing is. */
static void test_bad_at(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } rows[] = {
        {"x", 0},
        {"]", 0},
        {"[1,]", 3},
        {"{\"a\":1,}", 7},
        {"tru!", 3},
        {"nulll", 4},
        {"01", 1},
        {"-x", 1},
        {"1.e", 2},
        {"1e+]", 3},
        {"[1}", 2},
        {"{\"a\" 1}", 5},
        {"{\"a\",1}", 4},
        {"[1 2]", 3},
        {"{\"a\":1 2}", 7},
        {"[\"a\"\"b\"]", 4},
        {"\"a\"\"b\"", 3},
        {"[] ,", 3},
        {"{\"a\":\"b\":", 8},
        {"{\"a\":\"b\" \"c\"", 9},
        {"[\"a\":", 4},
        {"{\"a\"::", 5},
        {"{\"a\":,", 5},
        {"[,", 1},
        {"[\"a\",,", 5},
        {"{\"a\":\"b\",1", 9},
        {"[\"a\",}", 5},
        {"{,", 1},
        {"[1]]", 3},
        {"{\"a\":1}}", 7},
        {"{\"a\":\"b\",,", 9},
        {"{\"a\":[\"b\",\"c\":", 13},
        {"[{\"a\":1},\"b\":", 12},
        {"falsf", 4},
        {"{\"a\":{\"b\":1},2", 13},
    };
    size_t i, split, watch;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (watch = 0; watch < WATCH_COUNT; watch++) {
            for (split = 0; split <= strlen(rows[i].text); split++) {
                struct log log = run(rows[i].text, strlen(rows[i].text), split, watches[watch]);
                if (log.valid || log.bad_at != rows[i].at) {
                    fail_msg("%s: bad at %zu, wanted %zu", rows[i].text, log.bad_at, rows[i].at);
                }
            }
        }
    }
}

/* ---- Below the levels that are checked --------------------------------------------------------------------------------- */

/* Inside 32 arrays, or 32 objects: what is deeper is skipped to its end, and what follows there is checked again. */
static void test_deep(void **state)
{
    static const struct {
        const char *in, *text; /* arrays, objects, or both */
        bool complete, odd;
    } rows[] = {
        {"[{", "[]", true, true},
        {"[{", "{}", true, true},
        {"[{", "[[]]", true, true},
        {"[{", "[{}]", true, true},
        {"[{", "{\"a\":{\"b\":[1,{}]}}", true, true},
        {"[{", "[1,2.5,true,null]", true, true},
        {"[{", "[\"]\"]", true, true},
        {"[{", "[\"[\"]", true, true},
        {"[{", "{\"}\":\"{\"}", true, true},
        {"[{", "[\"[[{{\",\"}]\"]", true, true},
        {"[{", "[\"\\\"]\"]", true, true},
        {"[{", "[\"\\\\\"]", true, true},
        {"[{", "[\"\\\\\\\"]\",\"\\\\\"]", true, true},
        {"[{", "[\"\\u005d\",\"\\\\]\"]", true, true},
        {"[{", "[\"\",\"\",[\"\"]]", true, true},
        {"[{", "[\"\xff\x01\"]", true, true},
        {"[{", "[] ", true, true},
        {"[", " [ ] , [ ] , { }", true, true},
        {"[", "[[]],1", true, true},
        {"[", "[],\"x\"", true, true},
        {"[{", "1", true, false},
        {"[{", "\"[[{\"", true, false},
        {"[{", "[", false, true},
        {"[{", "[[]", false, true},
        {"[{", "{\"}\"", false, true},
        {"[{", "[\"]", false, true},
        {"[{", "[\"\\\"]", false, true},
        {"[{", "[\"\\\\\\\"]", false, true},
        {"[{", "[\"", false, true},
        {"[{", "[\"\\", false, true},
        {"[{", "[]x", false, true},
        {"[{", "[][]", false, true},
        {"[{", "[]\"\"", false, true},
        {"[{", "[]]", false, true},
        {"[", "[],", false, true},
        {"[{", "[]:1", false, true},
    };
    size_t i, split, objects, j;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (objects = 0; objects < 2; objects++) {
            char text[400] = "";
            struct log first;
            if (strchr(rows[i].in, objects ? '{' : '[') == NULL) {
                continue;
            }
            for (j = 0; j < 32; j++) {
                strcat(text, objects ? "{\"k\":" : "[");
            }
            strcat(text, rows[i].text);
            if (rows[i].complete && rows[i].odd) {
                strcat(text, objects ? ",\"after\":[\"[\"]" : ",[\"[\"],{}");
            }
            for (j = 0; j < 32; j++) {
                strcat(text, objects ? "}" : "]");
            }
            memset(&first, 0, sizeof first);
            for (split = 0; split <= strlen(text); split++) {
                struct kratos_sieve s;
                struct log log;
                memset(&log, 0, sizeof log);
                log.valid = true;
                kratos_sieve_begin(&s, 1, 1);
                feed(&s, text, 0, split, &log);
                if (log.valid) {
                    feed(&s, text, split, strlen(text), &log);
                }
                if ((log.valid && kratos_sieve_complete(&s, 0)) != rows[i].complete || s.odd != rows[i].odd) {
                    fail_msg("split %zu: %s", split, text);
                }
                first = split == 0 ? log : first;
                if (!same(&first, &log)) {
                    fail_msg("split at %zu differs: %s", split, text);
                }
            }
            assert_int_equal(kratos_sieve_check(text, strlen(text), 0), rows[i].complete && !rows[i].odd);
        }
    }
}

/* All brackets and strings count in the deep, up to 65,534 levels; the level beyond is refused at its bracket. */
static void test_deepest(void **state)
{
    static char text[2 * 65536];
    static const char open[] = "[[{[{{", close[] = "]}}]}]";
    size_t depth, used;
    (void)state;
    for (depth = 65533; depth <= 65536; depth++) {
        struct kratos_sieve s;
        size_t i, read = depth < 65535 ? depth : 65534;
        memset(text, '[', 32);
        for (i = 32; i < depth; i++) {
            text[i] = open[i % 6];
        }
        kratos_sieve_begin(&s, 0, 1);
        assert_int_equal(kratos_sieve_run(&s, text, depth, &used),
                         depth < 65535 ? KRATOS_SIEVE_MORE : KRATOS_SIEVE_BAD);
        assert_int_equal(used, read);
        assert_true(s.odd);
        if (depth >= 65535) {
            assert_int_equal(kratos_sieve_run(&s, "]", 1, &used), KRATOS_SIEVE_BAD);
            assert_int_equal(used, 0);
            assert_false(kratos_sieve_complete(&s, 0));
            continue;
        }
        assert_int_equal(s.depth, depth);
        for (i = 0; i < depth; i++) {
            text[i] = i < depth - 32 ? close[i % 6] : ']';
        }
        assert_int_equal(kratos_sieve_run(&s, text, depth - 1, &used), KRATOS_SIEVE_MORE);
        assert_int_equal(s.depth, 1);
        assert_false(kratos_sieve_complete(&s, 0));
        assert_int_equal(kratos_sieve_run(&s, "]", 1, &used), KRATOS_SIEVE_END);
        assert_true(kratos_sieve_complete(&s, 0));
    }
}

/* ---- Marks, escapes, plain bytes --------------------------------------------------------------------------------------- */

/* odd and escaped stay until the caller clears them, and only what comes then sets them again. */
static void test_marks(void **state)
{
    static const char text[] = "[\"\x01\",\"a\",\"\\n\",\"b\",\"\\x\",3]";
    static const struct {
        bool odd, escaped;
    } items[] = {{true, false}, {false, false}, {false, true}, {false, false}, {true, true}, {false, false}};
    struct kratos_sieve s;
    size_t at = 0, used, i = 0;
    (void)state;
    for (kratos_sieve_begin(&s, 0, 2); at < sizeof text - 1; at += used) {
        if (kratos_sieve_run(&s, text + at, sizeof text - 1 - at, &used) == KRATOS_SIEVE_END && s.depth == 1) {
            if (s.odd != items[i].odd || s.escaped != items[i].escaped) {
                fail_msg("item %zu: odd %d, escaped %d", i, s.odd, s.escaped);
            }
            s.odd = s.escaped = false;
            i++;
        }
    }
    assert_int_equal(i, 6);
    assert_true(kratos_sieve_complete(&s, 0));
    for (at = 0, kratos_sieve_begin(&s, 0, 1); at < sizeof text - 1; at++) { /* not cleared */
        kratos_sieve_run(&s, text + at, 1, &used);
        assert_int_equal(s.odd, at >= 2);
        assert_int_equal(s.escaped, at >= (size_t)(strchr(text, '\\') - text));
    }
}

/* Each byte behind a backslash, and at each of the four places of \uXXXX. */
static void test_escape_bytes(void **state)
{
    char text[9];
    int c, i;
    (void)state;
    for (c = 0; c < 256; c++) {
        bool digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;
        memcpy(text, "\"\\?\"", 4);
        text[2] = (char)c;
        assert_int_equal(kratos_sieve_check(guarded(0, text, 4), 4, 0), c != 0 && strchr("\"\\/bfnrt", c) != NULL);
        for (i = 0; i < 4; i++) {
            memcpy(text, "\"\\u09aF\"", 8);
            text[3 + i] = (char)c;
            if (kratos_sieve_check(guarded(0, text, 8), 8, 0) != digit) {
                fail_msg("byte 0x%02X as digit %d", (unsigned)c, i);
            }
        }
    }
}

/* RFC 3629 section 4, byte by byte. */
static bool utf8_by_table(const unsigned char *p, size_t n)
{
    static const unsigned char rows[][8] = {
        {0xC2, 0xDF, 0x80, 0xBF, 0, 0, 0, 0},
        {0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF, 0, 0},
        {0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF, 0, 0},
        {0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF, 0, 0},
        {0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF, 0, 0},
        {0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
        {0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
        {0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF},
    };
    size_t row, i;
    for (row = 0; row < sizeof rows / sizeof *rows; row++) {
        for (i = 0; i < 4 && rows[row][2 * i] != 0; i++) {
            if (i == n || p[i] < rows[row][2 * i] || p[i] > rows[row][2 * i + 1]) {
                break;
            }
        }
        if (i == 4 || rows[row][2 * i] == 0) {
            return i == n;
        }
    }
    return false;
}

static void test_utf8_bytes(void **state)
{
    static const unsigned char tails[] = {0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE0};
    unsigned a, b;
    size_t c, d, n;
    (void)state;
    for (a = 0xC0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            for (c = 0; c < sizeof tails; c++) {
                for (d = 0; d < sizeof tails; d++) {
                    unsigned char p[6] = {'"', (unsigned char)a, (unsigned char)b, tails[c], tails[d], '"'};
                    for (n = 1; n <= 4; n++) {
                        bool good = utf8_by_table(p + 1, n), text = utf8((const char *)p + 1, n);
                        if (text && !good) { /* two characters, the second of one byte */
                            good = n > 1 && utf8_by_table(p + 1, n - 1) && p[n] < 0x80;
                            good = good || (n > 2 && p[n] < 0x80 && p[n - 1] < 0x80 && utf8_by_table(p + 1, n - 2));
                            good = good || (n > 3 && utf8_by_table(p + 1, 2) && utf8_by_table(p + 3, 2));
                        }
                        if (text != good) {
                            fail_msg("%zu bytes of %02X %02X %02X %02X: %d", n, a, b, tails[c], tails[d], text);
                        }
                    }
                    assert_int_equal(kratos_sieve_check((const char *)p, 6, 0),
                                     utf8((const char *)p + 1, 4) && b != '"' && tails[c] != '"' && tails[d] != '"' &&
                                         b != '\\' && b >= 0x20);
                }
            }
        }
    }
}

/* UTF-8 is judged whatever stands between: quotes, backslashes, brackets, NUL. */
static void test_utf8_texts(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        bool good;
    } rows[] = {
        {"\"\xc3\xa9\"", 4, true},
        {"\\\xc3\xa9\\", 4, true},
        {"\"\xc3\"\xa9", 4, false},
        {"a\xc3\xa9\xe2\x82", 5, false},
        {"a\xc3\xa9\xe2\x82\xac", 6, true},
        {"\xa9", 1, false},
        {"\0\xc3\xa9\0", 4, true},
        {"\xc3\xa9\xff", 3, false},
        {"\xffz", 2, false},
        {"z\xff", 2, false},
        {"\xf0\x9f\x98\x80]", 5, true},
        {"\xf0\x9f\x98]", 4, false},
        {"\x01\x1f\x7f", 3, true},
        {"\"\\\"]}", 5, true},
        {"\xc3", 1, false},
        {"", 0, true},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (utf8(guarded(0, rows[i].text, rows[i].n), rows[i].n) != rows[i].good) {
            fail_msg("row %zu", i);
        }
    }
}

/* Up to the first byte that needs a look, or the end: each byte, at each place, in texts of each length. */
static void test_plain(void **state)
{
    size_t n, at;
    int c;
    (void)state;
    for (n = 0; n < 14; n++) {
        char text[14];
        memset(text, 'x', sizeof text);
        assert_int_equal(plain_bytes(guarded(0, text, n), n), n);
        for (at = 0; at < n; at++) {
            for (c = 0; c < 256; c++) {
                bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
                text[at] = (char)c;
                if (plain_bytes(guarded(0, text, n), n) != (plain ? n : at)) {
                    fail_msg("byte 0x%02X at %zu of %zu", (unsigned)c, at, n);
                }
            }
            text[at] = '"'; /* and what comes behind it does not matter */
            if (at + 1 < n) {
                text[at + 1] = '\\';
                assert_int_equal(plain_bytes(guarded(0, text, n), n), at);
                text[at + 1] = 'x';
            }
            text[at] = 'x';
        }
    }
}

/* The whole of a container from its inside, at every split. */
static void test_inside_whole(void **state)
{
    static const struct {
        const char *text;
        bool object, first;
        const char *ends; /* where an item ends (its last digit), and the container */
    } rows[] = {
        {"1,22 ,[3],\"4\"]", false, true, "1,4,9,13;14"},
        {"]", false, true, ";1"},
        {" }", true, true, ";2"},
        {"\"a\":1,\"b\":{\"c\":2},\"d\":\"e\"}", true, true, "5,17,25;26"},
        {",2]", false, false, "2;3"},
        {" ,\"a\":[1,2]}", true, false, "11;12"},
        {"}", true, false, ";1"},
    };
    size_t i, split, used;
    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].text);
        for (split = 0; split <= n; split++) {
            char ends[60] = "";
            struct kratos_sieve s;
            size_t at = 0;
            kratos_sieve_inside(&s, rows[i].object, rows[i].first);
            while (at < n) {
                size_t part = (at < split ? split : n) - at;
                int event = kratos_sieve_run(&s, guarded(0, rows[i].text + at, part), part, &used);
                at += used;
                if (event == KRATOS_SIEVE_END) {
                    sprintf(ends + strlen(ends), s.depth == 0 ? ";%zu" : *ends != '\0' ? ",%zu" : "%zu", at);
                } else {
                    assert_int_equal(event, KRATOS_SIEVE_MORE);
                }
            }
            assert_string_equal(ends, rows[i].ends);
            assert_true(kratos_sieve_complete(&s, 0));
            assert_int_equal(kratos_sieve_run(&s, ",", 1, &used), KRATOS_SIEVE_BAD);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_one_byte),     cmocka_unit_test(test_events),
        cmocka_unit_test(test_odd),          cmocka_unit_test(test_depth),
        cmocka_unit_test(test_utf8),         cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_inside),       cmocka_unit_test(test_events_of_cases),
        cmocka_unit_test(test_bad_at),       cmocka_unit_test(test_deep),
        cmocka_unit_test(test_deepest),      cmocka_unit_test(test_marks),
        cmocka_unit_test(test_escape_bytes), cmocka_unit_test(test_utf8_bytes),
        cmocka_unit_test(test_utf8_texts),   cmocka_unit_test(test_plain),
        cmocka_unit_test(test_inside_whole),
    };
    int rc = cmocka_run_group_tests_name("sieve", tests, NULL, NULL);
    if (rc == 0) {
        printf("sieve: %u documents in %lu runs (every split), 0 wrong\n", (unsigned)CASE_COUNT, runs);
    }
    return rc != 0;
}
