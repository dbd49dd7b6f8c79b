/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict checker of sieve.h: one small state machine, with a fast path for the inside of strings, where
 * most bytes are. It must never need a byte twice, so that a block may end anywhere.
 */
#include "sieve.h"
#include "text.h"

#include <string.h>

enum state {
    VALUE,        /* a value must come */
    VALUE_OR_END, /* just after [ */
    VALUE_GO,     /* its first byte, already announced */
    KEY,          /* a name must come */
    KEY_OR_END,   /* just after { */
    KEY_GO,
    COLON,
    AFTER, /* comma or end of the container */
    DONE,
    STRING,
    ESCAPE,
    HEX,
    UTF8,
    LITERAL,
    MINUS,
    ZERO,
    INTEGER,
    DOT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS,
    DEEP, /* below KRATOS_SIEVE_DEPTH: only brackets and strings are followed */
    DEEP_STRING,
    DEEP_ESCAPE,
    BAD
};

/* Or-ed to an event: the byte is to be read again in the new state. */
#define KEEP 0x80

static const char literals[] = "true\0false\0null";

void kratos_sieve_begin(struct kratos_sieve *s)
{
    memset(s, 0, sizeof *s);
    s->state = VALUE;
}

static bool blank(unsigned char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool digit(unsigned char c)
{
    return (unsigned)c - '0' < 10;
}

static bool hex(unsigned char c)
{
    return digit(c) || ((unsigned)c | 32) - 'a' < 6;
}

static int bad(struct kratos_sieve *s)
{
    s->state = BAD;
    return KRATOS_SIEVE_BAD | KEEP;
}

static int ended(struct kratos_sieve *s, unsigned watch)
{
    s->state = s->depth ? AFTER : DONE;
    return s->depth <= watch ? KRATOS_SIEVE_END : KRATOS_SIEVE_MORE;
}

static int open_container(struct kratos_sieve *s, bool object)
{
    s->depth++;
    if (s->depth > KRATOS_SIEVE_DEPTH) {
        s->odd = true;
        s->state = DEEP;
        return KRATOS_SIEVE_MORE;
    }
    s->stack = s->stack << 1 | object;
    s->state = object ? KEY_OR_END : VALUE_OR_END;
    return KRATOS_SIEVE_MORE;
}

static int close_container(struct kratos_sieve *s, bool object, unsigned watch)
{
    if (s->depth == 0 || (s->stack & 1) != object) {
        return bad(s);
    }
    s->stack >>= 1;
    s->depth--;
    return ended(s, watch);
}

static int literal(struct kratos_sieve *s, uint8_t at)
{
    s->literal = at;
    s->state = LITERAL;
    return KRATOS_SIEVE_MORE;
}

static int value(struct kratos_sieve *s, unsigned char c)
{
    switch (c) {
    case '{':
        return open_container(s, true);
    case '[':
        return open_container(s, false);
    case '"':
        s->after = AFTER;
        s->state = STRING;
        return KRATOS_SIEVE_MORE;
    case 't':
        return literal(s, 1);
    case 'f':
        return literal(s, 6);
    case 'n':
        return literal(s, 12);
    case '-':
        s->state = MINUS;
        return KRATOS_SIEVE_MORE;
    case '0':
        s->state = ZERO;
        return KRATOS_SIEVE_MORE;
    default:
        s->state = INTEGER;
        return digit(c) ? KRATOS_SIEVE_MORE : bad(s);
    }
}

/* A value or a name that is near enough to the surface is announced before its first byte is read. */
static int announce(struct kratos_sieve *s, enum state go, int event)
{
    s->state = (uint8_t)go;
    return event | KEEP;
}

static int key(struct kratos_sieve *s)
{
    s->after = COLON;
    s->state = STRING;
    return KRATOS_SIEVE_MORE;
}

static int after(struct kratos_sieve *s, unsigned char c, unsigned watch)
{
    switch (c) {
    case ',':
        s->state = s->stack & 1 ? KEY : VALUE;
        return KRATOS_SIEVE_MORE;
    case ']':
        return close_container(s, false, watch);
    case '}':
        return close_container(s, true, watch);
    default:
        return bad(s);
    }
}

static int string_end(struct kratos_sieve *s, unsigned watch)
{
    if (s->after == COLON) {
        s->state = COLON;
        return s->depth <= watch ? KRATOS_SIEVE_KEY_END : KRATOS_SIEVE_MORE;
    }
    return ended(s, watch);
}

/* Something in a string that strict JSON does not have: noted, and the string goes on. */
static int odd(struct kratos_sieve *s)
{
    s->odd = true;
    s->state = STRING;
    return KRATOS_SIEVE_MORE;
}

/* The first byte of a UTF-8 sequence, by the table of RFC 3629 section 4. */
static int utf8_lead(struct kratos_sieve *s, unsigned char c)
{
    s->low = 0x80;
    s->high = 0xBF;
    s->state = UTF8;
    if (c >= 0xC2 && c <= 0xDF) {
        s->left = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        s->left = 2;
        s->low = c == 0xE0 ? 0xA0 : 0x80;
        s->high = c == 0xED ? 0x9F : 0xBF;
    } else if (c >= 0xF0 && c <= 0xF4) {
        s->left = 3;
        s->low = c == 0xF0 ? 0x90 : 0x80;
        s->high = c == 0xF4 ? 0x8F : 0xBF;
    } else {
        return odd(s);
    }
    return KRATOS_SIEVE_MORE;
}

static int string(struct kratos_sieve *s, unsigned char c, unsigned watch)
{
    if (c == '"') {
        return string_end(s, watch);
    }
    if (c == '\\') {
        s->state = ESCAPE;
        return KRATOS_SIEVE_MORE;
    }
    return c < 0x20 ? odd(s) : c < 0x80 ? KRATOS_SIEVE_MORE : utf8_lead(s, c);
}

static int utf8_rest(struct kratos_sieve *s, unsigned char c)
{
    if (c < s->low || c > s->high) {
        return odd(s) | KEEP;
    }
    s->low = 0x80;
    s->high = 0xBF;
    if (--s->left == 0) {
        s->state = STRING;
    }
    return KRATOS_SIEVE_MORE;
}

static int escape(struct kratos_sieve *s, unsigned char c)
{
    if (c == 'u') {
        s->left = 4;
        s->state = HEX;
        return KRATOS_SIEVE_MORE;
    }
    s->state = STRING;
    return kratos_text_has("\"\\/bfnrt", (char)c) ? KRATOS_SIEVE_MORE : odd(s);
}

static int hex_digit(struct kratos_sieve *s, unsigned char c)
{
    if (!hex(c)) {
        return odd(s) | KEEP;
    }
    if (--s->left == 0) {
        s->state = STRING;
    }
    return KRATOS_SIEVE_MORE;
}

static int literal_byte(struct kratos_sieve *s, unsigned char c, unsigned watch)
{
    if (c != (unsigned char)literals[s->literal]) {
        return bad(s);
    }
    s->literal++;
    return literals[s->literal] != '\0' ? KRATOS_SIEVE_MORE : ended(s, watch);
}

/* A number ends at the first byte that is no part of it; that byte is then read as structure. */
static int number(struct kratos_sieve *s, unsigned char c, unsigned watch)
{
    bool exponent = c == 'e' || c == 'E';
    enum state next = BAD;
    switch (s->state) {
    case MINUS:
        next = c == '0' ? ZERO : digit(c) ? INTEGER : BAD;
        break;
    case INTEGER:
    case ZERO:
        if (digit(c) && s->state == INTEGER) {
            return KRATOS_SIEVE_MORE;
        }
        next = c == '.' ? DOT : exponent ? EXPONENT : DONE;
        break;
    case DOT:
        next = digit(c) ? FRACTION : BAD;
        break;
    case FRACTION:
        next = digit(c) ? FRACTION : exponent ? EXPONENT : DONE;
        break;
    case EXPONENT:
        next = c == '+' || c == '-' ? EXPONENT_SIGN : digit(c) ? EXPONENT_DIGITS : BAD;
        break;
    case EXPONENT_SIGN:
        next = digit(c) ? EXPONENT_DIGITS : BAD;
        break;
    default: /* EXPONENT_DIGITS */
        next = digit(c) ? EXPONENT_DIGITS : DONE;
        break;
    }
    if (next == BAD) {
        return bad(s);
    }
    if (next == DONE) {
        return ended(s, watch) | KEEP;
    }
    s->state = (uint8_t)next;
    return KRATOS_SIEVE_MORE;
}

static int deep(struct kratos_sieve *s, unsigned char c)
{
    if (s->state == DEEP_ESCAPE) {
        s->state = DEEP_STRING;
    } else if (s->state == DEEP_STRING) {
        s->state = c == '\\' ? DEEP_ESCAPE : c == '"' ? DEEP : DEEP_STRING;
    } else if (c == '"') {
        s->state = DEEP_STRING;
    } else if (c == '[' || c == '{') {
        if (++s->depth == UINT16_MAX) {
            return bad(s);
        }
    } else if (c == ']' || c == '}') {
        if (--s->depth == KRATOS_SIEVE_DEPTH) {
            s->state = AFTER;
        }
    }
    return KRATOS_SIEVE_MORE;
}

static int step(struct kratos_sieve *s, unsigned char c, unsigned watch)
{
    switch (s->state) {
    case STRING:
        return string(s, c, watch);
    case AFTER:
        return blank(c) ? KRATOS_SIEVE_MORE : after(s, c, watch);
    case KEY_OR_END:
    case KEY:
        if (blank(c)) {
            return KRATOS_SIEVE_MORE;
        }
        if (c == '}' && s->state == KEY_OR_END) {
            return close_container(s, true, watch);
        }
        if (c != '"') {
            return bad(s);
        }
        return s->depth <= watch ? announce(s, KEY_GO, KRATOS_SIEVE_KEY) : key(s);
    case KEY_GO:
        return key(s);
    case COLON:
        if (blank(c)) {
            return KRATOS_SIEVE_MORE;
        }
        s->state = VALUE;
        return c == ':' ? KRATOS_SIEVE_MORE : bad(s);
    case VALUE_OR_END:
    case VALUE:
        if (blank(c)) {
            return KRATOS_SIEVE_MORE;
        }
        if (c == ']' && s->state == VALUE_OR_END) {
            return close_container(s, false, watch);
        }
        return s->depth <= watch ? announce(s, VALUE_GO, KRATOS_SIEVE_BEGIN) : value(s, c);
    case VALUE_GO:
        return value(s, c);
    case DONE:
        return blank(c) ? KRATOS_SIEVE_MORE : bad(s);
    case ESCAPE:
        return escape(s, c);
    case HEX:
        return hex_digit(s, c);
    case UTF8:
        return utf8_rest(s, c);
    case LITERAL:
        return literal_byte(s, c, watch);
    case DEEP:
    case DEEP_STRING:
    case DEEP_ESCAPE:
        return deep(s, c);
    case BAD:
        return bad(s);
    default:
        return number(s, c, watch);
    }
}

/* Each byte of a word, for tests of all its bytes at once. */
#define EACH(byte) (~(size_t)0 / 255 * (byte))

/* True when a byte of w is zero (Mycroft); false alarms are allowed where a lower byte is zero too. */
static size_t zero_byte(size_t w)
{
    return (w - EACH(1)) & ~w & EACH(0x80);
}

static bool plain_byte(unsigned char c)
{
    return c - 0x20u < 0x60 && c != '"' && c != '\\';
}

size_t kratos_sieve_plain(const char *p, size_t n)
{
    size_t i = 0, w;
    for (; i + sizeof w <= n; i += sizeof w) {
        memcpy(&w, p + i, sizeof w);
        if (((w | (w - EACH(0x20))) & EACH(0x80)) != 0 || zero_byte(w ^ EACH('"')) != 0 ||
            zero_byte(w ^ EACH('\\')) != 0) {
            break;
        }
    }
    while (i < n && plain_byte((unsigned char)p[i])) {
        i++;
    }
    return i;
}

/* The end of a string that is not announced, and the comma or colon that most often follows at once. */
static size_t string_and_next(struct kratos_sieve *s, const char *p, size_t n)
{
    bool name = s->after == COLON;
    s->state = name ? COLON : AFTER;
    if (n < 2 || p[1] != (name ? ':' : ',')) {
        return 1;
    }
    s->state = name || !(s->stack & 1) ? VALUE : KEY;
    return 2;
}

int kratos_sieve_run(struct kratos_sieve *s, const char *p, size_t n, unsigned watch, size_t *used)
{
    size_t i = 0;
    while (i < n) {
        int event;
        if (s->state == STRING) {
            i += kratos_sieve_plain(p + i, n - i);
            if (i == n) {
                break;
            }
            if (p[i] == '"' && s->depth > watch) { /* most strings: nobody waits for their end */
                i += string_and_next(s, p + i, n - i);
                continue;
            }
        }
        event = step(s, (unsigned char)p[i], watch);
        if (!(event & KEEP)) {
            i++;
        }
        event &= ~KEEP;
        if (event != KRATOS_SIEVE_MORE) {
            *used = i;
            return event;
        }
    }
    *used = n;
    return KRATOS_SIEVE_MORE;
}

bool kratos_sieve_complete(const struct kratos_sieve *s)
{
    if (s->state == DONE) {
        return true;
    }
    return s->depth == 0 &&
           (s->state == ZERO || s->state == INTEGER || s->state == FRACTION || s->state == EXPONENT_DIGITS);
}

bool kratos_sieve_check(const char *text, size_t n)
{
    struct kratos_sieve s;
    size_t at = 0, used;
    kratos_sieve_begin(&s);
    while (at < n) {
        if (kratos_sieve_run(&s, text + at, n - at, 0, &used) == KRATOS_SIEVE_BAD) {
            return false;
        }
        at += used;
    }
    return kratos_sieve_complete(&s) && !s.odd;
}

bool kratos_sieve_utf8(const char *text, size_t n)
{
    struct kratos_sieve s;
    size_t i;
    s.state = STRING; /* the only members that the inside of a string needs */
    s.odd = false;
    for (i = 0; i < n && !s.odd; i++) {
        unsigned char c = (unsigned char)text[i];
        if (s.state == UTF8) {
            utf8_rest(&s, c);
        } else if (c >= 0x80) {
            utf8_lead(&s, c);
        }
    }
    return s.state == STRING && !s.odd;
}
