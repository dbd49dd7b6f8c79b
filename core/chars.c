/* SPDX-License-Identifier: Apache-2.0
 *
 * See chars.h. Most bytes of a reply are plain characters of strings: they pass in a loop of their own, four at a time.
 */
#include "chars.h"

#include "text.h"

static bool plain(char c)
{
    return (kratos_text_of(c) & KRATOS_TEXT_PLAIN) != 0;
}

const char *kratos_string_plain(const char *p, const char *end)
{
    for (; end - p >= 4; p += 4) {
        if (!plain(p[0])) {
            return p;
        }
        if (!plain(p[1])) {
            return p + 1;
        }
        if (!plain(p[2])) {
            return p + 2;
        }
        if (!plain(p[3])) {
            return p + 3;
        }
    }
    while (p != end && plain(*p)) {
        p++;
    }
    return p;
}

/* The first byte of a UTF-8 sequence, by the table of RFC 3629 section 4. */
static bool lead(struct kratos_sieve *s, unsigned char c)
{
    s->left = (uint8_t)(1 + (c >= 0xE0) + (c >= 0xF0));
    s->low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    s->high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    s->state = KRATOS_IN_UTF8;
    return c >= 0xC2 && c <= 0xF4;
}

static bool follows(struct kratos_sieve *s, unsigned char c)
{
    bool good = c >= s->low && c <= s->high;
    s->low = 0x80;
    s->high = 0xBF;
    return good;
}

static bool escape(struct kratos_sieve *s, char c)
{
    s->left = 4;
    s->state = c == 'u' ? KRATOS_IN_HEX : KRATOS_IN_STRING;
    return kratos_text_has("\"\\/bfnrtu", c);
}

/* Not plain: an escape, the beginning of a sequence, or odd. */
static bool first(struct kratos_sieve *s, char c)
{
    if (c != '\\') {
        return lead(s, (unsigned char)c);
    }
    s->escaped = true;
    s->state = KRATOS_IN_ESCAPE;
    return true;
}

/* One of the bytes or digits that s->left counts. */
static bool counted(struct kratos_sieve *s, char c)
{
    bool good = s->state == KRATOS_IN_HEX ? kratos_text_hex(c) < 16 : follows(s, (unsigned char)c);
    if (--s->left == 0) {
        s->state = KRATOS_IN_STRING;
    }
    return good;
}

bool kratos_string_byte(struct kratos_sieve *s, char c)
{
    bool counts = s->state >= KRATOS_IN_HEX;
    bool good = counts ? counted(s, c) : s->state == KRATOS_IN_ESCAPE ? escape(s, c) : first(s, c);
    if (good) {
        return true;
    }
    s->odd = true;
    s->state = KRATOS_IN_STRING;
    return !counts; /* where a sequence was to go on, the byte is what comes instead */
}

bool kratos_string_utf8(const char *text, size_t n)
{
    struct kratos_sieve s;
    size_t i;
    s.state = KRATOS_IN_STRING; /* the only members that matter here */
    s.odd = false;
    for (i = 0; i < n && !s.odd; i++) {
        if (s.state == KRATOS_IN_UTF8 || (unsigned char)text[i] >= 0x80) {
            kratos_string_byte(&s, text[i]);
        }
    }
    return s.state == KRATOS_IN_STRING && !s.odd;
}
