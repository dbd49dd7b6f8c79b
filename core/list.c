/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists: pages of any size pass element by element through the work buffer. Three pagers, because Kratos
 * has three: by the token in the Link header, by page number (where the links are wrong), one page. The
 * page's token and the next one stand at the bottom of the work buffer. It must never know what an element
 * is; its operation decodes it.
 */
#include "list.h"

#include <string.h>

#include "http.h"
#include "link.h"
#include "op.h"
#include "sieve.h"
#include "text.h"

/* Room for one element when a page size is chosen from reply_max: a minimal identity is about 390 bytes. */
#define ELEMENT_SIZE 512

/* Repeats in a row that delivered nothing, after which a page of one element is not asked for again. */
#define FRUITLESS_MAX 3

/* Kratos 1.0.0 cuts larger sizes in silence, and its offset tokens then no longer fit to ours. */
#define SIZE_MAX_1_0 1000

/* What Kratos gives when it is not asked for a size. */
#define SERVER_SIZE 250

/* ---- Arithmetic ------------------------------------------------------------------------------ */

uint32_t kratos_list_size(uint32_t wanted, size_t reply_max, uint32_t limit)
{
    size_t fit = reply_max / ELEMENT_SIZE;
    uint32_t size = wanted;
    if (reply_max != 0 && (size == 0 || size > fit)) {
        size = fit != 0 ? (uint32_t)fit : 1;
    }
    return limit != 0 && (size == 0 || size > limit) ? limit : size;
}

/* The largest proper divisor. Tokens of Kratos 1.0.0 are offsets, which it divides by the size: so a smaller
 * size must divide the one that the token was made with. */
static uint32_t smaller(uint32_t size)
{
    uint32_t divisor = size / 2;
    while (divisor > 1 && size % divisor != 0) {
        divisor--;
    }
    return divisor != 0 ? divisor : 1;
}

bool kratos_list_smaller(struct kratos_list *l, bool token, uint32_t first)
{
    uint32_t size = l->size != 0 ? l->size : SERVER_SIZE, passed = l->seen + l->skip;
    if (size == 1 && l->fruitless >= FRUITLESS_MAX) {
        return false;
    }
    l->fruitless++;
    l->seen = 0;
    l->skip = passed;
    if (!token) {
        passed += (l->page - first) * size;
    }
    size = smaller(size);
    l->size = size;
    if (!token) {
        l->page = first + passed / size;
        l->skip = passed % size;
    }
    return true;
}

bool kratos_list_fresh(struct kratos_list *l)
{
    l->seen++;
    if (l->skip == 0) {
        l->fruitless = 0;
        return true;
    }
    l->skip--;
    return false;
}

bool kratos_list_more(const struct kratos_list *l, uint32_t first, uint32_t total)
{
    return l->seen != 0 && (l->page - first) * l->size + l->seen < total;
}

/* ---- The shape ------------------------------------------------------------------------------- */

static bool by_token(const struct kratos *k, const struct kratos_call *call)
{
    return k->op->pager == KRATOS_TOKEN && !call->page.by_page;
}

/* The number of the first page: sessions of an identity count from 1, all else from 0. */
static uint32_t first_page(const struct kratos *k)
{
    return k->op->pager == KRATOS_PAGES ? 1 : 0;
}

static int list_begin(struct kratos *k, const struct kratos_call *call)
{
    uint32_t most = !by_token(k, call) ? k->op->size_max : call->page.size > SIZE_MAX_1_0 ? SIZE_MAX_1_0 : 0;
    struct kratos_list *l = &k->list;
    l->size = kratos_list_size(call->page.size, k->io->reply_max, most);
    l->page = call->page.page > first_page(k) ? call->page.page : first_page(k);
    l->end = call->page.one_page && !by_token(k, call) ? (l->page - first_page(k) + 1) * l->size : UINT32_MAX;
    return KRATOS_GO;
}

/* Our own token lies in the work buffer, which the caller's arguments must not. */
static void list_query(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call)
{
    const struct kratos_list *l = &k->list;
    if (!by_token(k, call)) {
        kratos_out_query_number(out, "per_page", l->size);
        kratos_out_query_number(out, "page", l->page);
        return;
    }
    if (l->size != 0) {
        kratos_out_query_number(out, "page_size", l->size);
    }
    if (l->token_size != 0) {
        uint32_t lent_size = out->lent_size;
        out->lent_size = 0;
        kratos_out_query(out, "page_token", k->work);
        out->lent_size = lent_size;
    } else {
        kratos_out_query(out, "page_token", call->page.token);
    }
}

/* What a list must look like: an array of objects. Old schema lists end in "null". */
static bool expected(const struct kratos *k, char first)
{
    return k->sieve.depth == 0 ? first == '[' || first == 'n' : k->sieve.depth != 1 || first == '{';
}

/* False: the element was delivered before, or lies behind the one page that was asked for. */
static bool wanted(struct kratos *k)
{
    struct kratos_list *l = &k->list;
    bool inside = (l->page - first_page(k)) * l->size + l->seen < l->end;
    return kratos_list_fresh(l) && inside;
}

static int list_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    (void)n;
    if (event == KRATOS_SIEVE_BEGIN && !expected(k, k->work[k->raw])) {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    if (event != KRATOS_SIEVE_END || k->sieve.depth != 1 || !wanted(k)) {
        return KRATOS_GO;
    }
    k->phase = KRATOS_PAUSED;
    return k->op->decode(k, call->out);
}

/* The token grows at the bottom of the work buffer while its line passes; the line itself need not fit. */
static int list_link(struct kratos *k)
{
    struct kratos_list *l = &k->list;
    int found = KRATOS_LINK_MORE;
    while (k->raw < k->raw_end && found == KRATOS_LINK_MORE) {
        found = kratos_link_byte(&k->page_link, k->work[k->raw++], k->work + l->token_size);
        if (found == KRATOS_LINK_BAD || !kratos_http_overhead(&k->http, 1)) {
            return kratos_fail(k, KRATOS_ERR_HTTP);
        }
    }
    k->floor = l->token_size + k->page_link.size;
    if (found == KRATOS_LINK_MORE) {
        return KRATOS_WAIT;
    }
    k->linking = false;
    if (k->page_link.size != 0) {
        k->work[k->floor++] = '\0';
        l->next_size = k->page_link.size + 1;
    }
    return KRATOS_GO;
}

static bool same_token(const struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_list *l = &k->list;
    const char *now = l->token_size != 0 ? k->work : call->page.token;
    return now != NULL && kratos_text_is(now, k->work + l->token_size);
}

static int next_token(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_list *l = &k->list;
    if (l->seen == 0) { /* an empty page of 1.0.0 has a "next" all the same */
        l->next_size = 0;
    }
    if (l->next_size == 0 || (call->page.one_page && l->skip == 0)) {
        return KRATOS_END;
    }
    if (same_token(k, call)) {
        return kratos_fail(k, KRATOS_ERR_HTTP); /* it would never end */
    }
    memmove(k->work, k->work + l->token_size, l->next_size);
    l->token_size = l->next_size;
    l->next_size = 0;
    l->seen = 0;
    l->fruitless = 0;
    k->floor = l->token_size;
    return KRATOS_NEXT;
}

static int list_end(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_list *l = &k->list;
    bool last = (l->page - first_page(k) + 1) * l->size >= l->end;
    k->text = k->start = k->floor;
    if (by_token(k, call)) {
        return next_token(k, call);
    }
    if (k->op->pager == KRATOS_ONE_PAGE || last || !kratos_list_more(l, first_page(k), k->http.total)) {
        return KRATOS_END;
    }
    l->page++;
    l->seen = 0;
    l->fruitless = 0;
    l->next_size = 0;
    k->floor = 0;
    return KRATOS_NEXT;
}

static bool list_broken(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_list *l = &k->list;
    if (l->next_size != 0) {
        l->next_size = 0;
        k->floor = l->token_size;
    }
    return kratos_list_smaller(l, by_token(k, call), first_page(k));
}

const struct kratos_shape kratos_shape_list = {1,        true,        list_begin, NULL,      list_event,
                                               list_end, list_broken, list_link,  list_query};

static kratos_str token(const struct kratos *k, uint32_t at, uint32_t size)
{
    kratos_str s = {NULL, 0};
    if (size != 0) {
        s.p = k->work + at;
        s.n = size - 1;
    }
    return s;
}

kratos_str kratos_page_token(const struct kratos *k)
{
    return token(k, 0, k->list.token_size);
}

kratos_str kratos_next_page_token(const struct kratos *k)
{
    return token(k, k->list.token_size, k->list.next_size);
}
