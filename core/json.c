/* SPDX-License-Identifier: Apache-2.0
 *
 * Look-up, decoding and walking of JSON that the server sent. It must never judge what is valid: the sieve did that
 * before.
 */
#include "json.h"

#include "sieve.h"
#include "text.h"

static kratos_json span(const char *p, const char *end)
{
    kratos_json v;
    v.p = p;
    v.n = (size_t)(end - p);
    return v;
}

/* ---- Characters of a JSON string ------------------------------------------------------------- */

static uint32_t unit(const char *p)
{
    uint32_t v = 0;
    int i;
    for (i = 0; i < 4; i++) {
        v = v << 4 | kratos_text_hex(p[i]);
    }
    return v;
}

/* As UTF-8. The lead byte says by its upper bits how many follow. */
static size_t utf8(uint32_t code, char *dst)
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;
    for (i = n - 1; i > 0; i--) {
        dst[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    dst[0] = (char)(n == 1 ? code : (0xF00u >> n & 0xFF) | code);
    return n;
}

/* The digits of \uXXXX, possibly a pair of them. Moves *p behind it; 0: a lone surrogate. */
static size_t unicode(const char **p, const char *end, char *dst)
{
    uint32_t code = unit(*p), low;
    *p += 4;
    if (code < 0xD800 || code > 0xDFFF) {
        return utf8(code, dst);
    }
    if (code > 0xDBFF || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') {
        return 0;
    }
    low = unit(*p + 2) - 0xDC00;
    *p += 6;
    return low < 0x400 ? utf8(0x10000 + ((code - 0xD800) << 10) + low, dst) : 0;
}

/* Decodes one character of a string's inside into dst (at most 4 bytes, never more than it took). 0: a lone
 * surrogate. */
static size_t character(const char **p, const char *end, char *dst)
{
    static const char meanings[] = "b\bf\fn\nr\rt\t";
    const char *meaning = meanings;
    *dst = *(*p)++;
    if (*dst != '\\') {
        return 1;
    }
    *dst = *(*p)++;
    if (*dst == 'u') {
        return unicode(p, end, dst);
    }
    while (*meaning != '\0' && *meaning != *dst) {
        meaning += 2;
    }
    *dst = *meaning != '\0' ? meaning[1] : *dst;
    return 1;
}

static bool is_string(kratos_json value)
{
    return value.n != 0 && *value.p == '"';
}

const char *kratos_json_behind(kratos_json item, const char *s)
{
    const char *p = item.p + 1, *end = item.p + item.n;
    while (p < end && *p != '"') { /* a bad escape may swallow the quote */
        char c[4];
        size_t n = character(&p, end, c), i;
        for (i = 0; i < n; i++) {
            if (*s == '\0' || *s++ != c[i]) {
                return NULL;
            }
        }
        if (n == 0) {
            return NULL;
        }
    }
    return *s == '\0' && p < end ? p + 1 : NULL;
}

bool kratos_json_equal(kratos_json string, const char *s)
{
    return is_string(string) && kratos_json_behind(string, s) != NULL;
}

int kratos_json_str(kratos_json string, char *dst, size_t size, size_t *n)
{
    const char *p, *end;
    size_t at = 0, length = 1, i;
    if (!is_string(string)) {
        return KRATOS_ERR_JSON;
    }
    p = string.p + 1;
    end = p + string.n - 2;
    while (p < end && length != 0) {
        char c[4];
        length = character(&p, end, c);
        for (i = 0; i < length; i++, at++) {
            if (at < size) {
                dst[at] = c[i];
            }
        }
    }
    if (n != NULL) {
        *n = at;
    }
    if (size != 0) {
        dst[length != 0 && at < size ? at : 0] = '\0'; /* nothing rather than a part */
    }
    return length == 0 ? KRATOS_ERR_JSON : at < size ? KRATOS_OK : KRATOS_ERR_SPACE;
}

/* ---- Walking --------------------------------------------------------------------------------- */

/* There is always something behind a blank in an item. */
static const char *skip_blank(const char *p)
{
    while (kratos_text_blank(*p)) {
        p++;
    }
    return p;
}

bool kratos_json_item(kratos_json container, size_t *at, kratos_json *item)
{
    struct kratos_sieve s;
    const char *p = container.p, *end;
    size_t used;
    if (container.n == 0 || (*p != '{' && *p != '[')) {
        return false;
    }
    end = p + container.n;
    kratos_sieve_inside(&s, *p == '{', *at == 0);
    p += *at != 0 ? *at : 1;
    if (kratos_sieve_run(&s, p, (size_t)(end - p), &used) != KRATOS_SIEVE_END || s.depth == 0) {
        return false;
    }
    end = p + used;
    *at = (size_t)(end - container.p);
    p = skip_blank(p);
    *item = span(*p == ',' ? skip_blank(p + 1) : p, end);
    return true;
}

const char *kratos_json_name_end(kratos_json item)
{
    const char *p;
    for (p = item.p + 1; *p != '"'; p++) {
        p += *p == '\\';
    }
    return p + 1;
}

kratos_json kratos_json_value(kratos_json item, const char *name_end)
{
    return span(skip_blank(skip_blank(name_end) + 1), item.p + item.n);
}

bool kratos_json_next(kratos_json container, size_t *at, kratos_json *name, kratos_json *value)
{
    kratos_json item, key = {NULL, 0};
    if (!kratos_json_item(container, at, &item)) {
        return false;
    }
    if (*container.p == '{') {
        key = span(item.p, kratos_json_name_end(item));
        item = kratos_json_value(item, key.p + key.n);
    }
    if (name != NULL) {
        *name = key;
    }
    if (value != NULL) {
        *value = item;
    }
    return true;
}

bool kratos_json_get(kratos_json object, const char *name, kratos_json *value)
{
    kratos_json key, v;
    size_t at = 0;
    bool found = false;
    while (kratos_json_next(object, &at, &key, &v)) {
        if (kratos_json_equal(key, name)) {
            *value = v;
            found = true;
        }
    }
    return found;
}

/* ---- Values ---------------------------------------------------------------------------------- */

bool kratos_json_int(kratos_json number, int64_t *v)
{
    bool minus = number.n != 0 && *number.p == '-';
    size_t i = minus;
    const uint64_t most = (uint64_t)INT64_MAX + minus;
    uint64_t u = 0;
    if (i == number.n) {
        return false;
    }
    for (; i < number.n; i++) {
        unsigned digit = (unsigned char)number.p[i] - (unsigned)'0';
        if (digit > 9 || u > INT64_MAX / 10 || u * 10 > most - digit) {
            return false;
        }
        u = u * 10 + digit;
    }
    *v = minus ? (int64_t)(0 - u) : (int64_t)u;
    return true;
}

bool kratos_json_bool(kratos_json value, bool *v)
{
    if (value.n == 0 || (*value.p != 't' && *value.p != 'f')) {
        return false;
    }
    *v = *value.p == 't';
    return true;
}
