/* SPDX-License-Identifier: Apache-2.0
 *
 * See link.h. It must never take a token from a URL whose relation is not "next".
 */
#include "link.h"

#include <string.h>

enum state {
    OUTSIDE,
    URL,    /* up to page_token= */
    TOKEN,  /* its value */
    REST,   /* of the URL */
    PARAMS, /* behind the URL */
    QUOTED, /* a quoted value that is not our business */
    REL,    /* the quoted value of rel */
    FOUND,
    LINE_END /* after CR */
};

static const char in_url[] = "?page_token=", in_params[] = ";rel=next";

#define URL_SIZE (sizeof in_url - 1)
#define REL_SIZE (sizeof in_params - 1)
#define REL_VALUE 5 /* ";rel=" */

void kratos_link_begin(struct kratos_link *l)
{
    memset(l, 0, sizeof *l);
}

static void enter(struct kratos_link *l, enum state state)
{
    l->state = (uint8_t)state;
    l->matched = 0;
}

static void found(struct kratos_link *l)
{
    l->next = true;
    enter(l, FOUND);
}

static void url(struct kratos_link *l, char c)
{
    bool start = c == '?' || c == '&';
    if (c == '>') {
        enter(l, PARAMS);
        return;
    }
    l->matched = start ? 1 : l->matched != 0 && c == in_url[l->matched] ? (uint8_t)(l->matched + 1) : 0;
    if (l->matched == URL_SIZE) {
        enter(l, TOKEN);
    }
}

static void params(struct kratos_link *l, char c)
{
    bool whole = l->matched == REL_SIZE;
    switch (c) {
    case ' ':
    case '\t':
        return;
    case ',':
    case ';':
    case '\r':
        if (whole) {
            found(l);
        } else {
            enter(l, c == ',' ? OUTSIDE : PARAMS);
            l->matched = c == ';';
        }
        return;
    case '"':
        l->state = l->matched == REL_VALUE ? REL : QUOTED;
        return;
    default:
        l->matched = l->matched != 0 && !whole && c == in_params[l->matched] ? (uint8_t)(l->matched + 1) : 0;
        return;
    }
}

static void rel(struct kratos_link *l, char c)
{
    bool whole = l->matched == REL_SIZE;
    if (c == '"' && whole) {
        found(l);
    } else if (c == '"') {
        enter(l, PARAMS);
    } else if (whole || c != in_params[l->matched]) {
        enter(l, QUOTED);
    } else {
        l->matched++;
    }
}

static unsigned hex(char c)
{
    return (unsigned)(c - '0') < 10           ? (unsigned)(c - '0')
           : (unsigned)((c | 0x20) - 'a') < 6 ? (unsigned)((c | 0x20) - 'a' + 10)
                                              : 16;
}

/* Percent-decodes in place. False: a control character or a blank is in it. */
static bool decode(struct kratos_link *l, char *token)
{
    uint32_t from, to = 0;
    for (from = 0; from < l->size; from++) {
        char c = token[from];
        if (c == '%' && from + 2 < l->size && hex(token[from + 1]) < 16 && hex(token[from + 2]) < 16) {
            c = (char)(hex(token[from + 1]) << 4 | hex(token[from + 2]));
            from += 2;
        }
        if ((unsigned char)c <= 0x20 || c == 0x7F) {
            return false;
        }
        token[to++] = c;
    }
    l->size = to;
    return true;
}

static int line_end(struct kratos_link *l, char c, char *token)
{
    if (c != '\n') {
        return KRATOS_LINK_BAD;
    }
    if (!l->next) {
        l->size = 0;
    }
    return decode(l, token) ? KRATOS_LINK_END : KRATOS_LINK_BAD; /* never a list that ends too early in silence */
}

int kratos_link_byte(struct kratos_link *l, char c, char *token)
{
    if (l->state == LINE_END) {
        return line_end(l, c, token);
    }
    if (((unsigned char)c < 0x20 && c != '\t' && c != '\r') || c == 0x7F) {
        return KRATOS_LINK_BAD;
    }
    switch (l->state) {
    case OUTSIDE:
        if (c == '<') {
            l->size = 0;
            enter(l, URL);
        }
        break;
    case URL:
        url(l, c);
        break;
    case TOKEN:
        if (c == '>' || c == '&') {
            enter(l, c == '>' ? PARAMS : REST);
        } else {
            token[l->size++] = c;
        }
        break;
    case REST:
        if (c == '>') {
            enter(l, PARAMS);
        }
        break;
    case PARAMS:
        params(l, c);
        break;
    case REL:
        rel(l, c);
        break;
    case QUOTED:
        if (c == '"') {
            enter(l, PARAMS);
        }
        break;
    default:
        break;
    }
    if (c == '\r') {
        l->state = LINE_END;
    }
    return KRATOS_LINK_MORE;
}
