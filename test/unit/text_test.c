/* SPDX-License-Identifier: Apache-2.0
 *
 * What each byte is, by the grammars of RFC 8259, 9110 and 3986, and the string functions of text.h for every byte, length and
 * empty text. Counted texts end at memory that cannot be read.
 */
#include "guard.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool number(int c)
{
    return c >= '0' && c <= '9';
}

static bool among(int c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

/* ---- Classes --------------------------------------------------------------------------------- */

/* The columns that sieve.c names: other, blank, { [ } ] , : " - + 0, 1 to 9, . e and the first letters of words. */
static unsigned column(int c)
{
    static const char *const columns[16] = {"",   " \t\n\r", "{", "[", "}",         "]", ",",  ":",
                                            "\"", "-",       "+", "0", "123456789", ".", "eE", "tfn"};
    unsigned i;
    for (i = 1; i < 16; i++) {
        if (among(c, columns[i])) {
            return i;
        }
    }
    return 0;
}

static void test_classes(void **state)
{
    int c;
    (void)state;
    assert_int_equal(sizeof kratos_text_class, 256);
    for (c = 0; c < 256; c++) {
        bool control = c < 0x20 || c == 0x7F;                               /* RFC 5234, CTL */
        bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';        /* RFC 8259 7, unescaped, as far as ASCII */
        bool token = letter(c) || number(c) || among(c, "!#$%&'*+-.^_`|~"); /* RFC 9110 5.6.2, tchar */
        bool unreserved = letter(c) || number(c) || among(c, "-._~");       /* RFC 3986 2.3 */
        unsigned wanted = column(c) | (plain ? KRATOS_TEXT_PLAIN : 0u) | (token ? KRATOS_TEXT_TOKEN : 0u) |
                          (unreserved ? KRATOS_TEXT_UNRESERVED : 0u) | (control ? KRATOS_TEXT_CONTROL : 0u);
        if (kratos_text_class[c] != wanted || kratos_text_of((char)c) != wanted) {
            fail_msg("byte 0x%02X: 0x%02X, wanted 0x%02X", (unsigned)c, (unsigned)kratos_text_class[c], wanted);
        }
        assert_int_equal(kratos_text_blank((char)c), among(c, " \t\n\r"));
    }
    assert_int_equal(KRATOS_TEXT_STRUCTURE & (KRATOS_TEXT_PLAIN | KRATOS_TEXT_TOKEN), 0);
}

static void test_hex(void **state)
{
    static const char digits[] = "0123456789abcdef", capitals[] = "ABCDEF";
    int c;
    (void)state;
    for (c = 0; c < 256; c++) {
        const char *low = c != 0 ? strchr(digits, c) : NULL, *high = c != 0 ? strchr(capitals, c) : NULL;
        unsigned wanted = low != NULL ? (unsigned)(low - digits) : high != NULL ? 10 + (unsigned)(high - capitals) : 16;
        if (kratos_text_hex((char)c) != wanted) {
            fail_msg("byte 0x%02X: %u, wanted %u", (unsigned)c, kratos_text_hex((char)c), wanted);
        }
    }
}

/* ---- Texts that end at their NUL -------------------------------------------------------------- */

static const char *const texts[] = {"",     "a",        "b",        "A",    "aa", "ab",   "ba",
                                    "abc",  "abd",      "abcd",     "xabc", "\1", "\xff", "\xc3",
                                    "\x7f", "\xc3\xa9", "\xc3\xaa", " ",    "a ", " a",   "ab\xff"};

static char *copy(unsigned slot, const char *s)
{
    return guarded(slot, s, strlen(s) + 1);
}

static void test_size_is_starts(void **state)
{
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        const char *a = copy(0, texts[i]);
        assert_int_equal(kratos_text_size(a), strlen(texts[i]));
        for (j = 0; j < COUNT(texts); j++) {
            const char *b = copy(1, texts[j]);
            if (kratos_text_is(a, b) != (strcmp(a, b) == 0)) {
                fail_msg("is: \"%s\", \"%s\"", a, b);
            }
            if (kratos_text_starts(a, b) != (strncmp(a, b, strlen(b)) == 0)) {
                fail_msg("starts: \"%s\", \"%s\"", a, b);
            }
        }
    }
}

/* Every byte, at the first and at the second place. */
static void test_is_starts_bytes(void **state)
{
    unsigned c, d;
    (void)state;
    for (c = 1; c < 256; c++) {
        for (d = 1; d < 256; d++) {
            char a[] = {(char)c, 'x', '\0'}, b[] = {(char)d, 'x', '\0'}, e[] = {'x', (char)c, '\0'},
                 f[] = {'x', (char)d, '\0'};
            assert_int_equal(kratos_text_is(a, b), c == d);
            assert_int_equal(kratos_text_is(e, f), c == d);
            assert_int_equal(kratos_text_starts(a, b), c == d);
            assert_int_equal(kratos_text_starts(e, f), c == d);
        }
    }
}

static void test_has(void **state)
{
    static const char *const sets[] = {"", "x", "\"\\/bfnrt", "\xff\x80", "\1\x7f", ":"};
    size_t i;
    int c;
    (void)state;
    for (i = 0; i < COUNT(sets); i++) {
        for (c = 0; c < 256; c++) {
            if (kratos_text_has(copy(0, sets[i]), (char)c) != among(c, sets[i])) {
                fail_msg("set %zu, byte 0x%02X", i, (unsigned)c);
            }
        }
    }
}

static void test_nth(void **state)
{
    static const char list[] = "zero\0\0two\0\xff three\0last";
    static const char *const wanted[] = {"zero", "", "two", "\xff three", "last"};
    const char *p = guarded(0, list, sizeof list);
    unsigned i;
    (void)state;
    for (i = 0; i < COUNT(wanted); i++) {
        assert_string_equal(kratos_text_nth(p, i), wanted[i]);
    }
    assert_ptr_equal(kratos_text_nth(p, 0), p);
    assert_ptr_equal(kratos_text_nth(p, 4), p + sizeof list - sizeof "last");
}

/* ---- Texts that are counted -------------------------------------------------------------------- */

/* The length of a line: control characters end it, but a tab; 0x80 and over are none. */
static void test_clean(void **state)
{
    static const struct {
        const char *text;
        size_t n, clean;
    } rows[] = {
        {"", 0, 0},         {"abc", 3, 3},  {"abc", 2, 2},     {"a\r\n", 3, 1},    {"\r\n", 2, 0},   {"\n", 1, 0},
        {"a\tb", 3, 3},     {"\t\t", 2, 2}, {"a\0b", 3, 1},    {"\0", 1, 0},       {"ab\x7f", 3, 2}, {"\xc3\xa9", 2, 2},
        {"\x80\x9f", 2, 2}, {" x ", 3, 3},  {"a\tb\rc", 5, 3}, {"\tab\x1f", 4, 3}, {"\n\n", 0, 0},   {"x\n\ny", 4, 1},
    };
    size_t i, at;
    int c;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        size_t got = kratos_text_clean(guarded(0, rows[i].text, rows[i].n), rows[i].n);
        if (got != rows[i].clean) {
            fail_msg("row %zu: %zu, wanted %zu", i, got, rows[i].clean);
        }
    }
    for (c = 0; c < 256; c++) {
        bool ends = (c < 0x20 && c != '\t') || c == 0x7F;
        for (at = 0; at < 4; at++) {
            char line[4] = {'a', 'b', 'c', 'd'};
            line[at] = (char)c;
            assert_int_equal(kratos_text_clean(guarded(0, line, 4), 4), ends ? at : 4);
        }
    }
}

/* A byte is alike when it is the same, or the upper case of a letter; '@' is not '`', nor 0x0D '-'. */
static void test_alike(void **state)
{
    static const char words[] = "abcdefghijklmnopqrstuvwxyz0123456789-_/:;. =\"\t";
    static const char key[] = "content-type";
    size_t i, n;
    int c;
    (void)state;
    for (i = 0; i < sizeof words - 1; i++) {
        for (c = 0; c < 256; c++) {
            char p = (char)c, w = words[i], upper = (char)(w - ('a' - 'A'));
            if (kratos_text_alike(guarded(0, &p, 1), guarded(1, &w, 1), 1) != (p == w || (letter(w) && p == upper))) {
                fail_msg("byte 0x%02X for '%c'", (unsigned)c, w);
            }
        }
    }
    assert_true(kratos_text_alike(guarded(0, "", 0), guarded(1, "", 0), 0));
    for (n = 1; n < sizeof key; n++) {
        const char *w = guarded(1, key, n);
        assert_true(kratos_text_alike(guarded(0, "content-type", n), w, n));
        assert_true(kratos_text_alike(guarded(0, "CONTENT-TYPE", n), w, n));
        assert_true(kratos_text_alike(guarded(0, "cOnTeNt-TyPe", n), w, n));
        for (i = 0; i < n; i++) {
            char *p = guarded(0, "Content-Type", n);
            p[i] = '?';
            if (kratos_text_alike(p, w, n)) {
                fail_msg("%zu bytes, wrong at %zu", n, i);
            }
        }
    }
}

static void test_which(void **state)
{
    static const char words[] = "\004host\006accept\001x\004date\012x-ab/c_d.e\004hose", none[] = "";
    static const struct {
        const char *text;
        unsigned which;
    } rows[] = {
        {"host", 0},
        {"HOST", 0},
        {"hOsT", 0},
        {"accept", 1},
        {"Accept", 1},
        {"x", 2},
        {"X", 2},
        {"date", 3},
        {"hose", 5},
        {"", 6},
        {"hos", 6},
        {"hosts", 6},
        {"accepT ", 6},
        {"y", 6},
        {"xx", 6},
        {"dat", 6},
        {"datf", 6},
        {"ate", 6},
        {"\004host", 6},
        {"X-AB/C_D.E", 4},
        {"x-ab/c_d.", 6},
        {"x-ab/c\x7f"
         "d.e",
         6},
        {"x-ab\x0f"
         "c_d.e",
         6},
        {"hostaccept", 6},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        size_t n = strlen(rows[i].text);
        unsigned got = kratos_text_which(guarded(0, rows[i].text, n), n, guarded(1, words, sizeof words));
        if (got != rows[i].which) {
            fail_msg("\"%s\": %u, wanted %u", rows[i].text, got, rows[i].which);
        }
        assert_int_equal(kratos_text_which(guarded(0, rows[i].text, n), n, guarded(1, none, 1)), 0);
    }
}

static void test_shaped(void **state)
{
    static const struct {
        const char *text, *shape;
        bool fits;
    } rows[] = {
        {"", "", true},
        {"anything", "", true},
        {"HTTP/1.1 200", "HTTP/1.0 000", true},
        {"HTTP/1.0 200", "HTTP/1.0 000", true},
        {"HTTP/2.1 200", "HTTP/1.0 000", false},
        {"http/1.1 200", "HTTP/1.0 000", false},
        {"HTTP/1.x 200", "HTTP/1.0 000", false},
        {"HTTP/1.1 20x", "HTTP/1.0 000", false},
        {"HTTP/1.1  20", "HTTP/1.0 000", false},
        {"Sun, 06 Nov", "AAA, 00 AAA", true},
        {"\xff\1 , 99 ???", "AAA, 00 AAA", true},
        {"Sun; 06 Nov", "AAA, 00 AAA", false},
        {"Sun, 06_Nov", "AAA, 00 AAA", false},
        {"more than it", "more", true},
        {"mor", "more", false},
    };
    size_t i;
    int c;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        size_t n = strlen(rows[i].text), size = strlen(rows[i].shape);
        const char *p = guarded(0, rows[i].text, n < size ? n + 1 : size); /* of a text no more than the shape */
        if (kratos_text_shaped(p, copy(1, rows[i].shape)) != rows[i].fits) {
            fail_msg("\"%s\" for \"%s\"", rows[i].text, rows[i].shape);
        }
    }
    for (c = 0; c < 256; c++) {
        char p = (char)c;
        assert_int_equal(kratos_text_shaped(guarded(0, &p, 1), "0"), number(c));
        assert_true(kratos_text_shaped(guarded(0, &p, 1), "A"));
        assert_int_equal(kratos_text_shaped(guarded(0, &p, 1), "B"), c == 'B');
        assert_int_equal(kratos_text_shaped(guarded(0, &p, 1), "1"), c == '1');
        assert_int_equal(kratos_text_shaped(guarded(0, &p, 1), "\xff"), c == 0xFF);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes), cmocka_unit_test(test_hex),   cmocka_unit_test(test_size_is_starts),
        cmocka_unit_test(test_has),     cmocka_unit_test(test_nth),   cmocka_unit_test(test_is_starts_bytes),
        cmocka_unit_test(test_clean),   cmocka_unit_test(test_alike), cmocka_unit_test(test_which),
        cmocka_unit_test(test_shaped),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL) != 0;
}
