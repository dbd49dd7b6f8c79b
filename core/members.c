/* SPDX-License-Identifier: Apache-2.0
 *
 * See members.h. The only place where jsmn is compiled. A token's `size` says whether a backslash may stand in its
 * member. It must never read a string twice that was decoded in place.
 */
#define KRATOS_JSMN_CODE
#include "members.h"

#include <string.h>

#include "json.h"
#include "text.h"

void kratos_members_token(jsmntok_t *token, const char *text, uint32_t from, uint32_t end, bool escaped)
{
    do {
        from++; /* over a brace or a comma, and blanks */
    } while (text[from] != '"');
    token->start = (int)from;
    token->end = (int)end;
    token->size = escaped;
}

void kratos_members_index(struct kratos_members *m, kratos_json value, char *p, size_t space)
{
    size_t pad = (0 - (uintptr_t)p) % sizeof(int);
    void *place = p + pad;
    jsmntok_t *items = place;
    jsmn_parser parser;
    int n, i;
    memset(m, 0, sizeof *m);
    m->value = value;
    if (space < pad + sizeof *items) {
        return;
    }
    items->size = 0; /* tells the compiler that it is not NULL, which jsmn asks at each step */
    jsmn_init(&parser);
    n = jsmn_parse(&parser, value.p, value.n, items, (unsigned)((space - pad) / sizeof *items));
    if (n <= 0) {
        return;
    }
    m->items = items;
    for (i = 1; i + 1 < n; i++) {
        const jsmntok_t *name = &items[i], *v = &items[i + 1];
        if (name->parent == 0) { /* never in front of the place that is written to */
            jsmntok_t *item = &items[m->count++];
            item->start = name->start - 1;
            item->end = v->end + (v->type == JSMN_STRING); /* jsmn leaves the quotes out */
            item->size = 1;
        }
    }
}

/* The next member in the order of the text. *at = 0 to begin. */
static bool next(const struct kratos_members *m, size_t *at, kratos_json *member, bool *escaped)
{
    const jsmntok_t *token;
    if (m->items == NULL) {
        *escaped = true;
        return kratos_json_item(m->value, at, member);
    }
    if (*at == m->count) {
        return false;
    }
    token = &m->items[m->down ? m->count - 1 - *at : *at];
    ++*at;
    member->p = m->value.p + token->start;
    member->n = (size_t)(token->end - token->start);
    *escaped = token->size != 0;
    return true;
}

/* A string, decoded into dst, which has room for it and a NUL if it has no escapes: where it stands (decoding never
 * grows, and the closing quote makes room for the NUL), or in an id. */
static int decode(kratos_json value, bool escaped, char *dst, size_t size, size_t *n)
{
    if (escaped || *value.p != '"' || value.n - 2 >= size) {
        return kratos_json_str(value, dst, size, n);
    }
    *n = value.n - 2;
    if (dst != value.p + 1) {
        memcpy(dst, value.p + 1, *n);
    }
    dst[*n] = '\0';
    return KRATOS_OK;
}

static int fill_one(kratos_json value, bool escaped, unsigned kind, void *member)
{
    kratos_str *s = member;
    kratos_json *json = member;
    bool *flag = member;
    size_t n;
    switch (kind) {
    case KRATOS_FIELD_ID:
        return decode(value, escaped, member, KRATOS_ID_SIZE, &n) == KRATOS_OK && kratos_text_size(member) == n
                   ? KRATOS_OK
                   : KRATOS_ERR_JSON; /* with a NUL inside it would name another one */
    case KRATOS_FIELD_JSON:
    case KRATOS_FIELD_METADATA:
        *json = value;
        return KRATOS_OK;
    case KRATOS_FIELD_BOOL:
        *flag = *value.p == 't';
        return *value.p == 't' || *value.p == 'f' ? KRATOS_OK : KRATOS_ERR_JSON;
    default:
        s->p = value.p + 1;
        return decode(value, escaped, (char *)(uintptr_t)s->p, value.n - 1, &s->n);
    }
}

static void clear_one(unsigned kind, void *member)
{
    kratos_str *s = member;
    char *first = member;
    if (kind == KRATOS_FIELD_ID || kind == KRATOS_FIELD_BOOL) {
        *first = 0; /* "", or false */
    } else {
        memset(member, 0, sizeof(kratos_str)); /* a kratos_json is alike */
    }
    if (kind == KRATOS_FIELD_TEXT) {
        s->p = "";
    }
}

/* Behind the name of a member if it is `wanted`, NULL otherwise. */
static const char *behind(kratos_json member, const char *wanted, bool escaped)
{
    const char *p = member.p + 1, *w = wanted;
    while (*w != '\0' && *p == *w) { /* ends at the closing quote at the latest */
        p++;
        w++;
    }
    if (*w == '\0' && *p == '"') {
        return p + 1;
    }
    return escaped ? kratos_json_behind(member, wanted) : NULL;
}

/* The index of the field that a member goes to, or field_count; *name_end is then the end of its name. Servers write
 * members in the order of the tables: the field at `likely` comes first. */
static size_t field_of(kratos_json member, bool escaped, const struct kratos_field *fields, size_t field_count,
                       size_t likely, const char **name_end)
{
    size_t i;
    for (i = 0; i < field_count; i++, likely++) {
        likely = likely < field_count ? likely : 0;
        *name_end = behind(member, fields[likely].name, escaped);
        if (*name_end != NULL) {
            return likely;
        }
    }
    return field_count;
}

static bool lacks(const struct kratos_field *field, const void *member)
{
    const kratos_str *s = member;
    const char *id = member;
    return (field->kind == KRATOS_FIELD_ID && *id == '\0') || (field->kind == KRATOS_FIELD_STR_MUST && s->p == NULL);
}

int kratos_members_fill(const struct kratos_members *m, const struct kratos_field *fields, size_t field_count,
                        void *out)
{
    kratos_json member, value;
    const char *name_end;
    char *bytes = out;
    size_t at = 0, i = 0;
    int worst = KRATOS_OK;
    bool escaped, object = m->value.n != 0 && *m->value.p == '{';
    while (object && next(m, &at, &member, &escaped)) {
        size_t found = field_of(member, escaped, fields, field_count, i, &name_end);
        void *place;
        if (found == field_count) {
            continue;
        }
        i = found + 1;
        value = kratos_json_value(member, name_end);
        place = bytes + fields[found].offset;
        if (*value.p == 'n') { /* null: of duplicates the last wins, also when it is that */
            clear_one(fields[found].kind, place);
        } else if (fill_one(value, escaped, fields[found].kind, place) != KRATOS_OK) {
            clear_one(fields[found].kind, place);
            worst = KRATOS_ERR_JSON;
        }
    }
    for (i = 0; i < field_count; i++) {
        if (lacks(&fields[i], bytes + fields[i].offset)) {
            worst = KRATOS_ERR_JSON;
        }
    }
    return worst;
}
