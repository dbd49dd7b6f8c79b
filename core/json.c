/* SPDX-License-Identifier: Apache-2.0
 *
 * Look-up, decoding and walking of checked JSON, and the only place where jsmn is compiled. It must never
 * judge what is valid: the sieve did that before.
 */
#define KRATOS_JSMN_CODE
#include "json.h"
#include "text.h"

#include <string.h>

/* ---- Characters of a JSON string ------------------------------------------------------------- */

static unsigned hex_value(const char *p)
{
    unsigned v = 0;
    int i;
    for (i = 0; i < 4; i++) {
        unsigned c = (unsigned char)p[i];
        v = v << 4 | (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

static size_t utf8(uint32_t code, char *dst)
{
    if (code < 0x80) {
        dst[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        dst[0] = (char)(0xC0 | code >> 6);
        dst[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        dst[0] = (char)(0xE0 | code >> 12);
        dst[1] = (char)(0x80 | (code >> 6 & 0x3F));
        dst[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    dst[0] = (char)(0xF0 | code >> 18);
    dst[1] = (char)(0x80 | (code >> 12 & 0x3F));
    dst[2] = (char)(0x80 | (code >> 6 & 0x3F));
    dst[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* \uXXXX, possibly a pair of them. Moves *p behind it; 0: a lone surrogate. */
static size_t unicode(const char **p, const char *end, char *dst)
{
    uint32_t code = hex_value(*p);
    *p += 4;
    if (code < 0xD800 || code > 0xDFFF) {
        return utf8(code, dst);
    }
    if (code <= 0xDBFF && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = hex_value(*p + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *p += 6;
            return utf8(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), dst);
        }
    }
    return 0;
}

/* Decodes one character of a string's inside into dst (at most 4 bytes, never more than it took). 0: a lone
 * surrogate. */
static size_t escape(const char **p, const char *end, char *dst)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    size_t i;
    char c = (*p)[1];
    *p += 2;
    if (c == 'u') {
        return unicode(p, end, dst);
    }
    for (i = 0; i < sizeof to - 1; i++) {
        if (c == from[i]) {
            c = to[i];
            break;
        }
    }
    *dst = c;
    return 1;
}

/* The inside of a JSON string. False: it is none. */
static bool inside(kratos_json string, const char **p, const char **end)
{
    if (string.p == NULL || *string.p != '"') {
        return false;
    }
    *p = string.p + 1;
    *end = string.p + string.n - 1;
    return true;
}

bool kratos_json_equal(kratos_json string, const char *s)
{
    const char *p, *end;
    if (!inside(string, &p, &end)) {
        return false;
    }
    while (p < end) {
        char c[4];
        size_t i, n = 1;
        if (*p != '\\') {
            c[0] = *p++;
        } else {
            n = escape(&p, end, c);
        }
        for (i = 0; i < n; i++) {
            if (*s == '\0' || *s++ != c[i]) {
                return false;
            }
        }
        if (n == 0) {
            return false;
        }
    }
    return *s == '\0';
}

/* Copies what fits of n bytes to dst[at]; dst may be where they come from. */
static void put(char *dst, size_t size, size_t at, const char *p, size_t n)
{
    if (at < size) {
        memmove(dst + at, p, n < size - at ? n : size - at);
    }
}

/* How many bytes at p need no decoding. */
static size_t verbatim(const char *p, const char *end)
{
    const char *from = p;
    while (p < end && *p != '\\') {
        p++;
    }
    return (size_t)(p - from);
}

int kratos_json_str(kratos_json string, char *dst, size_t size, size_t *n)
{
    const char *p, *end;
    size_t at = 0, length;
    int rc = KRATOS_ERR_SPACE;
    if (!inside(string, &p, &end)) {
        return KRATOS_ERR_JSON;
    }
    while (p < end) {
        char c[4];
        length = verbatim(p, end);
        put(dst, size, at, p, length);
        at += length;
        p += length;
        if (p == end) {
            break;
        }
        length = escape(&p, end, c);
        if (length == 0) {
            at = size; /* leaves dst empty */
            rc = KRATOS_ERR_JSON;
            break;
        }
        put(dst, size, at, c, length);
        at += length;
    }
    if (n != NULL) {
        *n = at;
    }
    if (size != 0) {
        dst[at < size ? at : 0] = '\0'; /* nothing rather than a part */
    }
    return at < size ? KRATOS_OK : rc;
}

/* ---- Walking --------------------------------------------------------------------------------- */

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

/* Stays inside the text even where it is cut off in the middle of a string. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        p += *p == '\\';
    }
    return p < end ? p + 1 : end;
}

static const char *skip_value(const char *p, const char *end)
{
    unsigned depth = 0;
    do {
        if (*p == '"') {
            p = skip_string(p, end);
            continue;
        }
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        p++;
    } while (p < end && (depth != 0 || !kratos_text_has(",:}] \n\r\t", *p)));
    return p;
}

static kratos_json span(const char *p, const char *end)
{
    kratos_json v;
    v.p = p;
    v.n = (size_t)(end - p);
    return v;
}

bool kratos_json_next(kratos_json container, size_t *at, kratos_json *name, kratos_json *value)
{
    const char *p = container.p, *end, *from;
    bool object;
    if (container.n == 0 || (*p != '{' && *p != '[')) {
        return false;
    }
    object = *p == '{';
    end = p + container.n;
    p = skip_blank(p + (*at == 0 ? 1 : *at), end);
    if (p < end && *p == ',') {
        p = skip_blank(p + 1, end);
    }
    if (p >= end || *p == '}' || *p == ']') {
        return false;
    }
    if (name != NULL) {
        *name = span(NULL, NULL);
    }
    if (object) {
        from = p;
        p = skip_string(p, end);
        if (name != NULL) {
            *name = span(from, p);
        }
        p = skip_blank(p, end);
        p = skip_blank(p < end ? p + 1 : end, end);
        if (p == end) {
            return false;
        }
    }
    from = p;
    p = skip_value(p, end);
    *value = span(from, p);
    *at = (size_t)(p - container.p);
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

static bool is_word(kratos_json value, const char *word)
{
    size_t n = kratos_text_size(word);
    return value.p != NULL && value.n == n && memcmp(value.p, word, n) == 0;
}

bool kratos_json_bool(kratos_json value, bool *v)
{
    if (is_word(value, "true")) {
        *v = true;
        return true;
    }
    if (is_word(value, "false")) {
        *v = false;
        return true;
    }
    return false;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* A token as the text it stands for. A string token of jsmn leaves the quotes out: put them back. */
static kratos_json token_text(const char *text, const jsmntok_t *token)
{
    int quote = token->type == JSMN_STRING;
    return span(text + token->start - quote, text + token->end + quote);
}

/* The next member at depth 1 in the order of the text, from jsmn's tokens, the sieve's pairs, or by
 * walking. *at = 0 to begin. A value may be decoded in place before the next call. */
static bool next_member(const struct kratos_tokens *t, size_t *at, kratos_json *name, kratos_json *value)
{
    if (t->items == NULL) {
        return kratos_json_next(t->value, at, name, value);
    }
    while (*at + 1 < t->count) {
        const jsmntok_t *token = &t->items[t->pairs ? t->count - 2 - *at : *at];
        *at += t->pairs ? 2 : 1;
        if (token->parent == 0 && token[1].type != JSMN_UNDEFINED) {
            *name = token_text(t->value.p, token);
            *value = token_text(t->value.p, &token[1]);
            return true;
        }
    }
    return false;
}

bool kratos_json_member(const struct kratos_tokens *t, const char *name, kratos_json *value)
{
    kratos_json key, v;
    size_t at = 0;
    bool found = false;
    while (next_member(t, &at, &key, &v)) {
        if (kratos_json_equal(key, name)) {
            *value = v;
            found = !is_word(v, "null");
        }
    }
    return found;
}

void kratos_json_index(struct kratos_tokens *t, kratos_json value, char *p, size_t space)
{
    jsmn_parser parser;
    size_t pad = (0 - (uintptr_t)p) % sizeof(int);
    int n = 0;
    t->value = value;
    t->pairs = false;
    t->items = (jsmntok_t *)(void *)(p + pad);
    if (space > pad) {
        jsmn_init(&parser);
        n = jsmn_parse(&parser, value.p, value.n, t->items, (unsigned)((space - pad) / sizeof(jsmntok_t)));
    }
    t->count = n > 0 ? (size_t)n : 0;
    if (n <= 0) {
        t->items = NULL;
    }
}

void kratos_json_pair(jsmntok_t *pair, uint32_t key, uint32_t key_end)
{
    pair[0].type = JSMN_STRING;
    pair[0].start = (int)key + 1;
    pair[0].end = (int)key_end - 1;
    pair[0].size = 1;
    pair[0].parent = 0;
    pair[1].type = JSMN_UNDEFINED; /* until its value is complete */
    pair[1].parent = 1;
    pair[1].size = 0;
}

void kratos_json_pair_value(jsmntok_t *pair, const char *text, uint32_t start, uint32_t end)
{
    int quote = text[start] == '"';
    pair[1].type = quote                ? JSMN_STRING
                   : text[start] == '{' ? JSMN_OBJECT
                   : text[start] == '[' ? JSMN_ARRAY
                                        : JSMN_PRIMITIVE;
    pair[1].start = (int)start + quote;
    pair[1].end = (int)end - quote;
}

/* Decoding never grows, and the closing quote makes room for the NUL: so it is done where the string
 * stands. */
static int decode(kratos_json value, kratos_str *s)
{
    char *dst = (char *)(uintptr_t)value.p + 1;
    int rc = kratos_json_str(value, dst, value.n - 1, &s->n);
    s->p = dst;
    return rc;
}

static void clear_one(unsigned kind, void *member)
{
    if (kind == KRATOS_FIELD_ID) {
        *(char *)member = '\0';
    } else if (kind == KRATOS_FIELD_BOOL) {
        *(bool *)member = false;
    } else {
        memset(member, 0, sizeof(kratos_str)); /* a kratos_json is alike */
    }
}

static int fill_one(kratos_json value, unsigned kind, void *member)
{
    if (is_word(value, "null")) { /* of duplicates the last wins, also when it is null */
        clear_one(kind, member);
        return KRATOS_OK;
    }
    switch (kind) {
    case KRATOS_FIELD_ID:
        return kratos_json_str(value, (char *)member, KRATOS_ID_SIZE, NULL);
    case KRATOS_FIELD_JSON:
        *(kratos_json *)member = value;
        return KRATOS_OK;
    case KRATOS_FIELD_BOOL:
        return kratos_json_bool(value, (bool *)member) ? KRATOS_OK : KRATOS_ERR_JSON;
    default:
        return decode(value, (kratos_str *)member);
    }
}

/* The field that a member goes to, or NULL. Names are compared first by two characters: most differ there. */
static const struct kratos_field *field_of(kratos_json name, const struct kratos_field *fields, size_t field_count)
{
    size_t i;
    for (i = 0; i < field_count; i++) {
        const char *wanted = fields[i].name;
        bool likely = (name.p[1] == wanted[0] && name.p[2] == wanted[1]) || name.p[1] == '\\' || name.p[2] == '\\';
        if (likely && kratos_json_equal(name, wanted)) {
            return &fields[i];
        }
    }
    return NULL;
}

static bool lacks(const struct kratos_field *field, const char *member)
{
    return (field->kind == KRATOS_FIELD_ID && *member == '\0') ||
           (field->kind == KRATOS_FIELD_STR_MUST && ((const kratos_str *)(const void *)member)->p == NULL);
}

/* Goes on after a bad member: whoever gets an error still has the id. */
int kratos_json_fill(const struct kratos_tokens *t, const struct kratos_field *fields, size_t field_count, void *out)
{
    kratos_json name, value;
    size_t at = 0, i;
    int worst = KRATOS_OK;
    while (next_member(t, &at, &name, &value)) {
        const struct kratos_field *field = field_of(name, fields, field_count);
        if (field != NULL && fill_one(value, field->kind, (char *)out + field->offset) < 0) {
            worst = KRATOS_ERR_JSON;
        }
    }
    for (i = 0; i < field_count; i++) {
        if (lacks(&fields[i], (const char *)out + fields[i].offset)) {
            worst = KRATOS_ERR_JSON;
        }
    }
    return worst;
}
