/* SPDX-License-Identifier: Apache-2.0
 *
 * The window writer of out.h and, on top of it, percent-encoding and the JSON writer of kratos.h. An error
 * sticks and stops all output, so that writers need no checks of their own. It must never allocate, and
 * never store outside the window.
 */
#include "out.h"

#include <string.h>

#include "sieve.h"
#include "text.h"

void kratos_out_begin(struct kratos_out *out, void *p, size_t size, uint32_t skip)
{
    memset(out, 0, sizeof *out);
    out->p = (char *)p;
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
    uint32_t at = out->n, from, to;
    if (out->why != NULL) {
        return;
    }
    if (n > UINT32_MAX - at) {
        kratos_out_fail(out, "request over 4 GiB");
        return;
    }
    out->n += (uint32_t)n;
    from = at > out->skip ? at : out->skip;
    to = out->n - out->skip < out->size || out->n < out->skip ? out->n : out->skip + out->size;
    if (from < to) {
        memcpy(out->p + (from - out->skip), p + (from - at), to - from);
    }
}

void kratos_out_text(struct kratos_out *out, const char *s)
{
    kratos_out_raw(out, s, kratos_text_size(s));
}

static bool control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static bool clean(struct kratos_out *out, const char *s)
{
    for (; *s != '\0'; s++) {
        if (control(*s)) {
            kratos_out_fail(out, "control character in an argument");
            return false;
        }
    }
    return true;
}

void kratos_out_field(struct kratos_out *out, const char *s)
{
    if (clean(out, s)) {
        kratos_out_text(out, s);
    }
}

static bool unreserved(char c)
{
    return ((unsigned char)c | 32u) - 'a' < 26u || (unsigned char)c - (unsigned)'0' < 10u || kratos_text_has("-._~", c);
}

void kratos_out_percent(struct kratos_out *out, const char *s)
{
    static const char digits[] = "0123456789ABCDEF";
    if ((uintptr_t)s - (uintptr_t)out->lent < out->lent_size) {
        kratos_out_fail(out, "argument of a list lies in the work buffer");
    }
    if (!clean(out, s)) {
        return;
    }
    for (; *s != '\0'; s++) {
        char code[3] = {'%', digits[(unsigned char)*s >> 4], digits[*s & 15]};
        bool plain = unreserved(*s);
        kratos_out_raw(out, plain ? s : code, plain ? 1 : 3);
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
    kratos_out_text(out, out->query ? "&" : "?");
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
        kratos_out_fail(out, "empty query parameter");
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
    if (out->due || out->depth == out->base) {
        kratos_out_fail(out, "JSON writer: not exactly one value");
        return;
    }
    if ((out->objects & 1) != name) {
        kratos_out_fail(out, name ? "JSON writer: a name outside an object" : "JSON writer: a member without name");
    }
    if (!(out->empties & 1)) {
        KRATOS_OUT(out, ",");
    }
    out->empties &= ~(uint32_t)1;
}

static void open_container(struct kratos_out *out, bool object)
{
    separate(out, false);
    if (out->depth == KRATOS_SIEVE_DEPTH) {
        kratos_out_fail(out, "JSON writer: nesting over 32");
        return;
    }
    out->depth++;
    out->objects = out->objects << 1 | object;
    out->empties = out->empties << 1 | 1;
    kratos_out_text(out, object ? "{" : "[");
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
        kratos_out_fail(out, "JSON writer: a close without its open");
        return;
    }
    kratos_out_text(out, out->objects & 1 ? "}" : "]");
    out->depth--;
    out->objects >>= 1;
    out->empties >>= 1;
}

static void escaped(struct kratos_out *out, const char *s, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t from = 0, i = kratos_sieve_plain(s, n);
    if (out->check && i < n && !kratos_sieve_utf8(s, n)) {
        kratos_out_fail(out, "text is not UTF-8");
    }
    KRATOS_OUT(out, "\"");
    while (i < n) {
        char c = s[i];
        if ((unsigned char)c < 0x20) {
            char code[2] = {digits[c >> 4], digits[c & 15]};
            kratos_out_raw(out, s + from, i - from);
            KRATOS_OUT(out, "\\u00");
            kratos_out_raw(out, code, sizeof code);
            from = i + 1;
        } else if ((unsigned char)c < 0x80) { /* a quote or a backslash */
            kratos_out_raw(out, s + from, i - from);
            KRATOS_OUT(out, "\\");
            from = i;
        }
        i++;
        i += kratos_sieve_plain(s + i, n - i);
    }
    kratos_out_raw(out, s + from, n - from);
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
    separate(out, false);
    do {
        digits[--at] = (char)('0' + divide_by_10(&u));
    } while (u != 0);
    if (v < 0) {
        digits[--at] = '-';
    }
    kratos_out_raw(out, digits + at, sizeof digits - at);
}

static void word(struct kratos_out *out, const char *s)
{
    separate(out, false);
    kratos_out_text(out, s);
}

void kratos_out_bool(struct kratos_out *out, bool v)
{
    word(out, v ? "true" : "false");
}

void kratos_out_null(struct kratos_out *out)
{
    word(out, "null");
}

void kratos_out_json(struct kratos_out *out, const char *text, size_t n)
{
    size_t size = n != 0 ? n : kratos_text_size(text);
    if (out->check && !kratos_sieve_check(text, size)) {
        kratos_out_fail(out, "text is not JSON");
    }
    separate(out, false);
    kratos_out_raw(out, text, size);
}

void kratos_out_member(struct kratos_out *out, const char *name, const char *value)
{
    if (value != NULL && clean(out, value)) {
        kratos_out_key(out, name);
        kratos_out_str(out, value);
    }
}

bool kratos_value_given(const struct kratos_value *value)
{
    return value->text != NULL || value->write != NULL;
}

void kratos_out_member_value(struct kratos_out *out, const char *name, const struct kratos_value *value)
{
    uint8_t base = out->base;
    if (!kratos_value_given(value)) {
        return;
    }
    kratos_out_key(out, name);
    out->base = out->depth; /* a writer must not touch what is around it */
    if (value->text != NULL) {
        kratos_out_json(out, value->text, value->n);
    } else {
        value->write(out, value->arg);
    }
    kratos_out_end(out);
    out->base = base;
}

void kratos_out_end(struct kratos_out *out)
{
    if (out->depth != out->base || out->due) {
        kratos_out_fail(out, "JSON writer: not exactly one value");
    }
}
