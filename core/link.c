/* SPDX-License-Identifier: Apache-2.0
 *
 * See link.h. It must never take a token from a URL whose relation is another one.
 */
#include "link.h"

#include <string.h>

#include "text.h"

enum state {
    OUTSIDE,
    URL,     /* up to page_token= */
    TOKEN,   /* its value */
    REST,    /* of the URL */
    PARAMS,  /* behind the URL */
    QUOTED,  /* inside a quoted value */
    PAIR,    /* behind a backslash in it */
    LINE_END /* after CR */
};

/* What is looked for: l->matched is how far. DONE: this URL's relation is another one; a second one does not count. */
static const char in_url[] = "?page_token=", in_params[] = ";rel=next";

#define URL_SIZE (sizeof in_url - 1)
#define REL_SIZE (sizeof in_params - 1)
#define REL_VALUE 5 /* ";rel=" */
#define DONE 20

void kratos_link_begin(struct kratos_link_reader *l)
{
    memset(l, 0, sizeof *l);
}

static void enter(struct kratos_link_reader *l, enum state state)
{
    l->state = (uint8_t)state;
    l->matched = 0;
}

static void url(struct kratos_link_reader *l, char c)
{
    if (c == '>') {
        enter(l, PARAMS);
    } else if (c == '?' || c == '&') {
        l->matched = 1;
    } else {
        l->matched = l->matched != 0 && c == in_url[l->matched] ? (uint8_t)(l->matched + 1) : 0;
        l->state = l->matched == URL_SIZE ? TOKEN : URL;
    }
}

static void match(struct kratos_link_reader *l, char c)
{
    if (l->matched != 0 && l->matched < REL_SIZE && (c | 0x20) == (in_params[l->matched] | 0x20)) {
        l->matched++;
    } else {
        l->matched = l->matched < REL_VALUE ? 0 : DONE;
    }
}

static void params(struct kratos_link_reader *l, char c)
{
    if (c == ',' || c == ';') {
        l->next = l->matched == REL_SIZE;
        l->matched = l->matched < REL_VALUE ? c == ';' : DONE;
        if (c == ',') {
            enter(l, OUTSIDE);
        }
    } else if (c == '"') {
        l->state = QUOTED;
    } else if (c != ' ' && c != '\t') {
        match(l, c);
    }
}

static void quoted(struct kratos_link_reader *l, char c)
{
    if (c == '"' && l->state == QUOTED) {
        l->state = PARAMS;
        return;
    }
    l->state = c == '\\' && l->state == QUOTED ? PAIR : QUOTED;
    match(l, c);
}

/* Percent-decodes in place. False: a control character or a blank is in it. */
static bool decode(struct kratos_link_reader *l, char *token)
{
    uint32_t from, to = 0;
    for (from = 0; from < l->size; from++) {
        char c = token[from];
        if (c == '%' && from + 2 < l->size) {
            unsigned high = kratos_text_hex(token[from + 1]), low = kratos_text_hex(token[from + 2]);
            if (high < 16 && low < 16) {
                c = (char)(high << 4 | low);
                from += 2;
            }
        }
        if ((unsigned char)c <= 0x20 || c == 0x7F) {
            return false;
        }
        token[to++] = c;
    }
    l->size = to;
    return true;
}

static int line_end(struct kratos_link_reader *l, char c, char *token)
{
    if (c != '\n') {
        return KRATOS_LINK_BAD;
    }
    if (!l->next) {
        l->size = 0;
    }
    return decode(l, token) ? KRATOS_LINK_END : KRATOS_LINK_BAD; /* never a list that ends too early in silence */
}

int kratos_link_byte(struct kratos_link_reader *l, char c, char *token)
{
    if (l->state == LINE_END) {
        return line_end(l, c, token);
    }
    if (c == '\r') {
        l->next |= l->state == PARAMS && l->matched == REL_SIZE;
        l->state = LINE_END;
        return KRATOS_LINK_MORE;
    }
    if (kratos_text_control(c)) {
        return KRATOS_LINK_BAD;
    }
    if (l->next) {
        return KRATOS_LINK_MORE;
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
        if (c != '>' && c != '&') {
            token[l->size++] = c;
            break;
        }
        l->state = REST;
        /* fall through */
    case REST:
        if (c == '>') {
            enter(l, PARAMS);
        }
        break;
    case PARAMS:
        params(l, c);
        break;
    default:
        quoted(l, c);
        break;
    }
    return KRATOS_LINK_MORE;
}
