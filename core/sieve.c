/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict checker of sieve.h: structure and numbers go by a table, the inside of strings, where most bytes
 * are, by a loop. It must never need a byte twice, so that a block may end anywhere.
 */
#include "sieve.h"
#include "chars.h"
#include "text.h"

#include <string.h>

enum state {
    BAD,
    VALUE,        /* a value must come */
    VALUE_OR_END, /* just after [ */
    KEY,          /* a name must come */
    KEY_OR_END,   /* just after { */
    COLON,
    AFTER, /* comma or end of the container */
    DONE,
    MINUS,
    ZERO,
    INTEGER,
    DOT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS,           /* up to here a row of `moves` */
    STRING = KRATOS_IN_STRING, /* up to UTF8: see chars.h */
    UTF8 = KRATOS_IN_UTF8,
    WORD, /* in true, false or null */
    DEEP, /* below KRATOS_SIEVE_DEPTH: only brackets and strings are followed */
    DEEP_STRING,
    DEEP_ESCAPE,
    /* Moves that are more than a state: */
    NAME_BEGINS,
    STRING_BEGINS,
    WORD_BEGINS,
    OPEN_OBJECT,
    OPEN_ARRAY,
    CLOSE_OBJECT,
    CLOSE_ARRAY,
    COMMA,
    NUMBER_ENDS /* at the first byte that is no part of it; that byte is then read as structure */
};

/* Or-ed to a move: a value begins. */
#define BEGINS 0x80

/* Or-ed to an event: the byte is to be read again in the new state. */
#define KEEP 0x80

/* Columns: other, blank, { [ } ] , : " - + 0, 1 to 9, . e and the first letters of words (core/text.c). */
#define COLUMNS 16
#define BLANK 1

#define VALUE_ROW(state, end)                                                                                          \
    {                                                                                                                  \
        BAD, state, BEGINS | OPEN_OBJECT, BEGINS | OPEN_ARRAY, BAD, end, BAD, BAD, BEGINS | STRING_BEGINS,             \
            BEGINS | MINUS, BAD, BEGINS | ZERO, BEGINS | INTEGER, BAD, BAD, BEGINS | WORD_BEGINS                       \
    }
#define KEY_ROW(state, end)                                                                                            \
    {                                                                                                                  \
        BAD, state, BAD, BAD, end, BAD, BAD, BAD, NAME_BEGINS                                                          \
    }
/* In a number: what follows a zero, another digit, a point and an e, and whether it may end. */
#define NUMBER_ROW(zero, digit, point, e, end)                                                                         \
    {                                                                                                                  \
        BAD, end, BAD, BAD, end, end, end, BAD, BAD, BAD, BAD, zero, digit, point, e, BAD                              \
    }

static const uint8_t moves[EXPONENT_DIGITS + 1][COLUMNS] = {
    [VALUE] = VALUE_ROW(VALUE, BAD),
    [VALUE_OR_END] = VALUE_ROW(VALUE_OR_END, CLOSE_ARRAY),
    [KEY] = KEY_ROW(KEY, BAD),
    [KEY_OR_END] = KEY_ROW(KEY_OR_END, CLOSE_OBJECT),
    [COLON] = {BAD, COLON, BAD, BAD, BAD, BAD, BAD, VALUE},
    [AFTER] = {BAD, AFTER, BAD, BAD, CLOSE_OBJECT, CLOSE_ARRAY, COMMA},
    [DONE] = {BAD, DONE},
    [MINUS] = NUMBER_ROW(ZERO, INTEGER, BAD, BAD, BAD),
    [ZERO] = NUMBER_ROW(BAD, BAD, DOT, EXPONENT, NUMBER_ENDS),
    [INTEGER] = NUMBER_ROW(INTEGER, INTEGER, DOT, EXPONENT, NUMBER_ENDS),
    [DOT] = NUMBER_ROW(FRACTION, FRACTION, BAD, BAD, BAD),
    [FRACTION] = NUMBER_ROW(FRACTION, FRACTION, BAD, EXPONENT, NUMBER_ENDS),
    [EXPONENT] = {BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, EXPONENT_SIGN, EXPONENT_SIGN, EXPONENT_DIGITS,
                  EXPONENT_DIGITS},
    [EXPONENT_SIGN] = NUMBER_ROW(EXPONENT_DIGITS, EXPONENT_DIGITS, BAD, BAD, BAD),
    [EXPONENT_DIGITS] = NUMBER_ROW(EXPONENT_DIGITS, EXPONENT_DIGITS, BAD, BAD, NUMBER_ENDS),
};

/* s->left is the place in here while a word is read. */
static const char words[] = "true\0false\0null";

void kratos_sieve_begin(struct kratos_sieve *s, unsigned begins, unsigned ends)
{
    memset(s, 0, sizeof *s);
    s->state = VALUE;
    s->begins = (uint8_t)begins;
    s->ends = (uint8_t)ends;
}

void kratos_sieve_inside(struct kratos_sieve *s, bool object, bool first)
{
    kratos_sieve_begin(s, 0, 2);
    s->depth = 1;
    s->stack = object;
    s->state = !first ? AFTER : object ? KEY_OR_END : VALUE_OR_END;
}

static int bad(struct kratos_sieve *s)
{
    s->state = BAD;
    return KRATOS_SIEVE_BAD | KEEP;
}

static int ended(struct kratos_sieve *s)
{
    s->state = s->depth != 0 ? AFTER : DONE;
    return s->depth < s->ends ? KRATOS_SIEVE_END : KRATOS_SIEVE_MORE;
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

static int close_container(struct kratos_sieve *s, bool object)
{
    if ((s->stack & 1) != object) {
        return bad(s);
    }
    s->stack >>= 1;
    s->depth--;
    return ended(s);
}

/* ---- Without a row --------------------------------------------------------------------------- */

static int word(struct kratos_sieve *s, char c)
{
    if (c != words[s->left]) {
        return bad(s);
    }
    s->left++;
    return words[s->left] != '\0' ? KRATOS_SIEVE_MORE : ended(s);
}

static int deep(struct kratos_sieve *s, char c)
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

/* One byte in a state that has no row. */
static int other(struct kratos_sieve *s, char c)
{
    if (s->state == STRING && c == '"') { /* of a value: kratos_sieve_run() reads the end of a name */
        return ended(s);
    }
    if (s->state <= UTF8) {
        return kratos_string_byte(s, c) ? KRATOS_SIEVE_MORE : KEEP;
    }
    return s->state == WORD ? word(s, c) : deep(s, c);
}

/* ---- Structure ------------------------------------------------------------------------------- */

/* One byte in a state that has a row. A value that is to be told is told before its first byte is read. */
static int step(struct kratos_sieve *s, char c)
{
    unsigned move = moves[s->state][kratos_text_of(c) & KRATOS_TEXT_STRUCTURE];
    if (move & BEGINS) {
        move &= ~(unsigned)BEGINS;
        s->told = !s->told && s->depth < s->begins;
        if (s->told) {
            return KRATOS_SIEVE_BEGIN | KEEP;
        }
    }
    switch (move) {
    case BAD:
        return bad(s);
    case NAME_BEGINS:
    case STRING_BEGINS:
        s->after = move == NAME_BEGINS ? COLON : AFTER;
        s->state = STRING;
        return KRATOS_SIEVE_MORE;
    case WORD_BEGINS:
        s->left = c == 't' ? 1 : c == 'f' ? 6 : 12;
        s->state = WORD;
        return KRATOS_SIEVE_MORE;
    case OPEN_OBJECT:
    case OPEN_ARRAY:
        return open_container(s, move == OPEN_OBJECT);
    case CLOSE_OBJECT:
    case CLOSE_ARRAY:
        return close_container(s, move == CLOSE_OBJECT);
    case COMMA:
        s->state = s->stack & 1 ? KEY : VALUE;
        return KRATOS_SIEVE_MORE;
    case NUMBER_ENDS:
        return ended(s) | KEEP;
    default:
        s->state = (uint8_t)move;
        return KRATOS_SIEVE_MORE;
    }
}

/* From a name's end over the colon, or from a value's end over the comma, and into a string where one follows at
 * once: the most common ways, taken without a look into the table. */
static const char *glide(struct kratos_sieve *s, const char *p, const char *end)
{
    bool name = s->state == COLON;
    if (end - p < 2 || *p != (name ? ':' : ',')) {
        return p;
    }
    s->state = name || !(s->stack & 1) ? VALUE : KEY;
    if (p[1] != '"' || (s->state == VALUE && s->depth < s->begins)) {
        return p + 1;
    }
    s->after = s->state == KEY ? COLON : AFTER;
    s->state = STRING;
    return p + 2;
}

int kratos_sieve_run(struct kratos_sieve *s, const char *p, size_t n, size_t *used)
{
    const char *const from = p, *const end = p + n;
    int event = KRATOS_SIEVE_MORE;
    while (p != end && event == KRATOS_SIEVE_MORE) {
        if (s->state == STRING) {
            p = kratos_string_plain(p, end);
            if (p == end) {
                break;
            }
            if (*p == '"' && (s->after == COLON || s->depth >= s->ends)) { /* nobody waits for its end */
                s->state = s->after;
                p = glide(s, p + 1, end);
                continue;
            }
        } else if (s->state == AFTER && *p == ',' && p + 1 != end) {
            p = glide(s, p, end);
            continue;
        }
        event = s->state >= STRING ? other(s, *p) : step(s, *p);
        p += !(event & KEEP);
        event &= ~KEEP;
    }
    *used = (size_t)(p - from);
    return event;
}

/* ---- Whole texts ----------------------------------------------------------------------------- */

bool kratos_sieve_complete(const struct kratos_sieve *s, unsigned depth)
{
    return s->depth == depth && s->state >= AFTER && s->state < STRING && moves[s->state][BLANK] != BAD;
}

bool kratos_sieve_check(const char *text, size_t n, unsigned depth)
{
    struct kratos_sieve s;
    size_t used;
    kratos_sieve_begin(&s, 0, depth + 1);
    s.depth = (uint16_t)depth; /* as if in that many arrays */
    if (kratos_sieve_run(&s, text, n, &used) == KRATOS_SIEVE_END &&
        kratos_sieve_run(&s, text + used, n - used, &used) != KRATOS_SIEVE_MORE) {
        return false; /* what follows must be blank */
    }
    return kratos_sieve_complete(&s, depth) && !s.odd;
}
