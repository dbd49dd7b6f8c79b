/* SPDX-License-Identifier: Apache-2.0
 *
 * The window writer of out.h and, on top of it, percent-encoding and the JSON writer of kratos.h. An error
 * sticks and stops all output, so that writers need no checks of their own. It must never allocate, and
 * never store outside the window.
 */
#include "out.h"

#include <string.h>

#include "chars.h"
#include "sieve.h"
#include "text.h"

static const char misuse[] = "JSON order";

void kratos_out_begin(struct kratos_out *out, void *p, size_t size, uint32_t skip)
{
    memset(out, 0, sizeof *out);
    out->p = p;
    out->size = (uint32_t)size;
    out->skip = skip;
    out->due = true;
}

void kratos_out_fail(struct kratos_out *out, const char *why)
{
    if (out->why == NULL) {
        out->why = why;
    }
}

void kratos_out_raw(struct kratos_out *out, const char *p, size_t n)
{
    uint32_t before = out->n < out->skip ? out->skip - out->n : 0, inside = out->n + before - out->skip, room;
    if (out->why != NULL) {
        return;
    }
    if (n > UINT32_MAX - out->n) {
        kratos_out_fail(out, "4 GiB");
        return;
    }
    out->n += (uint32_t)n;
    room = inside < out->size ? out->size - inside : 0;
    if (n > before && room != 0) {
        n -= before;
        memcpy(out->p + inside, p + before, n < room ? n : room);
    }
}

void kratos_out_text(struct kratos_out *out, const char *s)
{
    kratos_out_raw(out, s, kratos_text_size(s));
}

static bool clean(struct kratos_out *out, const char *s)
{
    while (!(kratos_text_of(*s) & KRATOS_TEXT_CONTROL)) { /* NUL is one */
        s++;
    }
    if (*s != '\0') {
        kratos_out_fail(out, "control char");
    }
    return *s == '\0';
}

/* A hexadecimal digit; `ten` is the digit of 10. */
static char digit(unsigned v, char ten)
{
    return (char)(v < 10 ? '0' + v : (unsigned)ten - 10 + v);
}

void kratos_out_percent(struct kratos_out *out, const char *s)
{
    if ((uintptr_t)s - (uintptr_t)out->lent < out->lent_size) {
        kratos_out_fail(out, "work buffer"); /* its bytes may be ours by now: not even to be looked at */
        return;
    }
    if (!clean(out, s)) {
        return;
    }
    while (*s != '\0') {
        const char *from = s;
        while (kratos_text_of(*s) & KRATOS_TEXT_UNRESERVED) {
            s++;
        }
        kratos_out_raw(out, from, (size_t)(s - from));
        if (*s != '\0') {
            char code[3] = {'%', digit((unsigned char)*s >> 4, 'A'), digit((unsigned char)*s & 15, 'A')};
            kratos_out_raw(out, code, sizeof code);
            s++;
        }
    }
}

void kratos_out_number(struct kratos_out *out, uint32_t v)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    kratos_out_raw(out, digits + at, sizeof digits - at);
}

/* ---- Query ----------------------------------------------------------------------------------- */

static void query_name(struct kratos_out *out, const char *name)
{
    kratos_out_raw(out, &"?&"[out->query], 1);
    kratos_out_text(out, name);
    KRATOS_OUT(out, "=");
    out->query = true;
}

static bool blank(const char *s)
{
    while (*s == ' ') {
        s++;
    }
    return *s == '\0';
}

void kratos_out_query(struct kratos_out *out, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    if (blank(value)) {
        kratos_out_fail(out, "query");
        return;
    }
    query_name(out, name);
    kratos_out_percent(out, value);
}

void kratos_out_query_number(struct kratos_out *out, const char *name, uint32_t value)
{
    query_name(out, name);
    kratos_out_number(out, value);
}

void kratos_out_query_list(struct kratos_out *out, const char *name, const char *const *values)
{
    for (; values != NULL && *values != NULL; values++) {
        kratos_out_query(out, name, *values);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Comma and state before a value or a name. */
static void separate(struct kratos_out *out, bool name)
{
    if (out->due && !name) {
        out->due = false;
        return;
    }
    if (out->due || out->depth == out->base || (out->objects & 1) != name) {
        kratos_out_fail(out, misuse);
        return;
    }
    if (!out->empty) {
        KRATOS_OUT(out, ",");
    }
    out->empty = false;
}

/* One of the two, for an array or an object. */
static void bracket(struct kratos_out *out, const char *brackets)
{
    kratos_out_raw(out, brackets + (out->objects & 1), 1);
}

static void open_container(struct kratos_out *out, bool object)
{
    separate(out, false);
    if (out->depth == KRATOS_SIEVE_DEPTH) {
        kratos_out_fail(out, misuse);
        return;
    }
    out->depth++;
    out->objects = out->objects << 1 | object;
    out->empty = true;
    bracket(out, "[{");
}

void kratos_out_object(struct kratos_out *out)
{
    open_container(out, true);
}

void kratos_out_array(struct kratos_out *out)
{
    open_container(out, false);
}

void kratos_out_close(struct kratos_out *out)
{
    if (out->depth == out->base || out->due) {
        kratos_out_fail(out, misuse);
        return;
    }
    bracket(out, "]}");
    out->depth--;
    out->objects >>= 1;
    out->empty = false; /* what is around it holds it */
}

static size_t plain(const char *s, size_t n)
{
    return (size_t)(kratos_string_plain(s, s + n) - s);
}

/* A string with its quotes; what must be escaped is. */
static void escaped(struct kratos_out *out, const char *s, size_t n)
{
    size_t run = plain(s, n);
    if (out->check && run < n && !kratos_string_utf8(s, n)) {
        kratos_out_fail(out, "UTF-8");
    }
    KRATOS_OUT(out, "\"");
    for (;;) {
        char code[6] = "\\u00";
        kratos_out_raw(out, s, run);
        s += run;
        n -= run;
        if (n == 0) {
            break;
        }
        if ((unsigned char)*s < 0x20) {
            code[4] = (char)('0' + (*s >> 4)); /* 0 or 1 */
            code[5] = digit((unsigned char)*s & 15, 'a');
            kratos_out_raw(out, code, sizeof code);
            s++;
            n--;
            run = plain(s, n);
            continue;
        }
        if ((unsigned char)*s < 0x80) { /* a quote or a backslash */
            kratos_out_raw(out, code, 1);
        }
        run = 1 + plain(s + 1, n - 1);
    }
    KRATOS_OUT(out, "\"");
}

void kratos_out_strn(struct kratos_out *out, const char *s, size_t n)
{
    separate(out, false);
    escaped(out, s, n);
}

void kratos_out_str(struct kratos_out *out, const char *s)
{
    kratos_out_strn(out, s, kratos_text_size(s));
}

void kratos_out_key(struct kratos_out *out, const char *name)
{
    separate(out, true);
    escaped(out, name, kratos_text_size(name));
    KRATOS_OUT(out, ":");
    out->due = true;
}

void kratos_out_key_json(struct kratos_out *out, kratos_json name)
{
    if (name.n == 0 || *name.p != '"' || (out->check && !kratos_sieve_check(name.p, name.n, 0))) {
        kratos_out_fail(out, "name is no JSON string");
        return;
    }
    separate(out, true);
    kratos_out_raw(out, name.p, name.n);
    KRATOS_OUT(out, ":");
    out->due = true;
}

/* A number comes: what metadata may not be. */
static void number(struct kratos_out *out)
{
    if (out->metadata && out->depth == out->base) {
        kratos_out_fail(out, "bare number");
    }
}

/* In steps of 16 bits: the 64-bit division of a compiler's library is 700 bytes. Returns the remainder. */
static uint32_t divide_by_10(uint64_t *u)
{
    uint64_t quotient = 0;
    uint32_t rest = 0;
    int shift;
    for (shift = 48; shift >= 0; shift -= 16) {
        uint32_t part = rest << 16 | (uint32_t)(*u >> shift & 0xFFFF);
        quotient = quotient << 16 | part / 10;
        rest = part % 10;
    }
    *u = quotient;
    return rest;
}

void kratos_out_int(struct kratos_out *out, int64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    number(out);
    separate(out, false);
    do {
        digits[--at] = (char)('0' + divide_by_10(&u));
    } while (u != 0);
    if (v < 0) {
        digits[--at] = '-';
    }
    kratos_out_raw(out, digits + at, sizeof digits - at);
}

void kratos_out_json(struct kratos_out *out, const char *text, size_t n)
{
    const char *p = text;
    size_t size = n != 0 ? n : kratos_text_size(text);
    if (out->check && !kratos_sieve_check(text, size, out->depth)) {
        kratos_out_fail(out, "JSON");
        return;
    }
    while (kratos_text_blank(*p)) { /* before a value, which there is */
        p++;
    }
    if (*p == '-' || (*p >= '0' && *p <= '9')) {
        number(out);
    }
    separate(out, false);
    kratos_out_raw(out, text, size);
}

void kratos_out_bool(struct kratos_out *out, bool v)
{
    kratos_out_json(out, v ? "true" : "false", 0);
}

void kratos_out_null(struct kratos_out *out)
{
    kratos_out_json(out, "null", 0);
}

/* ---- Members --------------------------------------------------------------------------------- */

/* A name of ours: nothing in it needs to be escaped. */
static void own_key(struct kratos_out *out, const char *name)
{
    separate(out, true);
    KRATOS_OUT(out, "\"");
    kratos_out_text(out, name);
    KRATOS_OUT(out, "\":");
    out->due = true;
}

void kratos_out_member(struct kratos_out *out, const char *name, const char *value)
{
    if (value != NULL && clean(out, value)) {
        own_key(out, name);
        kratos_out_str(out, value);
    }
}

void kratos_out_flag(struct kratos_out *out, const char *name, bool value)
{
    own_key(out, name);
    kratos_out_bool(out, value);
}

void kratos_out_member_value(struct kratos_out *out, const char *name, const struct kratos_value *value)
{
    uint8_t base = out->base;
    if (!kratos_value_given(value)) {
        return;
    }
    own_key(out, name);
    out->base = out->depth; /* a writer must not touch what is around it */
    if (value->text != NULL) {
        kratos_out_json(out, value->text, value->n);
    } else {
        value->write(out, value->arg);
    }
    kratos_out_end(out);
    out->base = base;
}

void kratos_out_metadata(struct kratos_out *out, const char *name, const struct kratos_value *value)
{
    out->metadata = true;
    kratos_out_member_value(out, name, value);
    out->metadata = false;
}

void kratos_out_texts(struct kratos_out *out, const struct kratos_field *fields, size_t field_count, const void *body)
{
    const struct kratos_field *field;
    const char *bytes = body;
    for (field = fields; field != fields + field_count; field++) {
        const void *member = bytes + field->body - 1;
        const char *const *text = member;
        kratos_out_member(out, field->name, *text);
    }
}

void kratos_out_end(struct kratos_out *out)
{
    if (out->depth != out->base || out->due) {
        kratos_out_fail(out, misuse);
    }
}

const char *kratos_arg(kratos_str text)
{
    return text.p == NULL || kratos_text_size(text.p) == text.n ? text.p : "\1\xFF"; /* no UTF-8 either */
}
