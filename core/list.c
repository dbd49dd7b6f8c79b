/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists: pages of any size pass element by element through the work buffer, one exchange a page. Pages go by the token
 * in the Link header, or by number where Kratos' links are wrong. The page's token and the next one stand at the bottom
 * of the work buffer. It must never know what an element is.
 */
#include "list.h"

#include <string.h>

#include "fault.h"
#include "http.h"
#include "link.h"
#include "pump.h"
#include "reply.h"
#include "sieve.h"
#include "text.h"

#define LINK_SIZE 5 /* "Link:" */

/* Room for one element when a page size is chosen from reply_max: a minimal identity is about 390 bytes. */
#define ELEMENT_SIZE 512

/* Repeats in a row that delivered nothing, after which a page of one element is not asked for again. */
#define FRUITLESS_MAX 3

/* Kratos 1.0.0 cuts larger sizes in silence, and its offset tokens then no longer fit to ours. */
#define SIZE_MAX_1_0 1000

/* What Kratos gives when it is not asked for a size. A page of that many is full, whatever was asked for: newer releases cut
 * larger sizes. */
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

bool kratos_list_smaller(struct kratos_list *l, bool token)
{
    uint32_t size = l->size != 0 ? l->size : SERVER_SIZE, passed = l->seen + l->skip;
    if (size == 1 && l->fruitless >= FRUITLESS_MAX) {
        return false;
    }
    l->fruitless++;
    l->seen = 0;
    l->skip = passed;
    if (!token) {
        passed += l->page * size;
    }
    size = smaller(size);
    l->size = size;
    if (!token) {
        l->page = passed / size;
        l->skip = passed % size;
    }
    return true;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

static const struct kratos_pages *pages_of(const struct kratos_call *call)
{
    return call->args;
}

static bool by_token(const struct kratos_call *call)
{
    return !pages_of(call)->by_number;
}

static void begin(struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_pages *pages = pages_of(call);
    struct kratos_list *l = &k->progress.of.list;
    bool token = by_token(call);
    l->size = kratos_list_size(pages->size, k->io->reply_max, token ? 0 : pages->most);
    l->size = token && l->size > SIZE_MAX_1_0 ? SIZE_MAX_1_0 : l->size;
    l->page = pages->page > pages->first ? pages->page - pages->first : 0;
    l->end = pages->one_page && !token ? (l->page + 1) * l->size : UINT32_MAX;
}

/* Our own token lies in the work buffer, which the caller's arguments must not: they were seen for the first page. */
void kratos_list_query(struct kratos_out *out, const struct kratos_pages *pages)
{
    const struct kratos *k = pages->k;
    const struct kratos_list *l = &k->progress.of.list;
    if (pages->by_number) {
        kratos_out_query_number(out, "per_page", l->size);
        kratos_out_query_number(out, "page", pages->first + l->page);
        return;
    }
    if (l->size != 0) {
        kratos_out_query_number(out, "page_size", l->size);
    }
    if (k->progress.token_size != 0) {
        out->lent_size = 0;
    }
    kratos_out_query(out, "page_token", k->progress.token_size != 0 ? k->work : pages->token);
}

/* The same page again, smaller: where it broke off in the middle, or the io cannot take it. A refusal is no page, whatever
 * becomes of its body: asked at once, a server that said when to come back would be asked too early. */
static bool repaired(struct kratos *k, const struct kratos_call *call, int rc)
{
    struct kratos_list *l = &k->progress.of.list;
    bool cut = rc == KRATOS_ERR_SPACE || ((rc == KRATOS_ERR_CLOSED || rc == KRATOS_ERR_IO) && k->link.heard);
    if (!k->link.broke || !cut || k->http.status / 100 > 2 || !kratos_list_smaller(l, by_token(call))) {
        return false;
    }
    k->progress.next_size = 0;
    l->linking = l->linked = false;
    kratos_fault_clear(k);
    kratos_reply_drop(k, k->progress.token_size);
    return true;
}

int kratos_list(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call)
{
    int rc = kratos_begin(k, op, call);
    if (rc == KRATOS_NEXT) {
        begin(k, call);
    }
    rc = kratos_pump(k, call, rc);
    while (rc < 0 && repaired(k, call, rc)) {
        rc = kratos_pump(k, call, KRATOS_NEXT);
    }
    return kratos_finish(k, rc);
}

/* ---- The shape ------------------------------------------------------------------------------- */

/* What a list must look like: an array of objects. */
static bool expected(const struct kratos *k, char first)
{
    return k->sieve.depth == 0 ? first == '[' || first == 'n' : first == '{';
}

/* False: the element was delivered before, or lies behind the one page that was asked for. */
static bool wanted(struct kratos_list *l)
{
    bool inside = l->page * l->size + l->seen < l->end;
    return kratos_list_fresh(l) && inside;
}

static int list_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    (void)n;
    if (event == KRATOS_SIEVE_BEGIN && !expected(k, k->work[k->reply.raw])) {
        return KRATOS_ERR_JSON;
    }
    if (event != KRATOS_SIEVE_END || k->sieve.depth != 1) {
        return KRATOS_GO;
    }
    if (!wanted(&k->progress.of.list)) {
        k->sieve.odd = false; /* its own mark, if it is no strict JSON: it must not fall on the next one */
        return KRATOS_GO;
    }
    k->phase = KRATOS_PAUSED;
    return kratos_decode(k, k->op->result, call->out);
}

/* True when the unread bytes begin a Link line that the list wants to see. */
static bool begins_link(const struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_reply *r = &k->reply;
    return by_token(call) && k->progress.next_size == 0 && k->http.status / 100 == 2 &&
           r->raw_end - r->raw >= LINK_SIZE && kratos_text_alike(k->work + r->raw, "link:", LINK_SIZE);
}

/* The token grows at the bottom of the work buffer while its line passes; the line itself need not fit. */
static int list_line(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_list *l = &k->progress.of.list;
    struct kratos_reply *r = &k->reply;
    int found = KRATOS_LINK_MORE;
    if (!l->linking) {
        if (!begins_link(k, call)) {
            return KRATOS_OTHER;
        }
        l->linking = l->linked = true;
        r->raw += LINK_SIZE;
        kratos_link_begin(&l->link);
    }
    while (r->raw < r->raw_end && found == KRATOS_LINK_MORE) {
        found = kratos_link_byte(&l->link, k->work[r->raw++], k->work + k->progress.token_size);
        if (found == KRATOS_LINK_BAD || !kratos_http_overhead(&k->http, 1)) {
            return KRATOS_ERR_HTTP;
        }
    }
    r->floor = k->progress.token_size + l->link.size;
    if (found == KRATOS_LINK_MORE) {
        return KRATOS_WAIT;
    }
    l->linking = false;
    if (l->link.size != 0) {
        k->work[r->floor++] = '\0';
        k->progress.next_size = l->link.size + 1;
    }
    return KRATOS_GO;
}

static bool same_token(const struct kratos *k, const struct kratos_call *call)
{
    const char *now = k->progress.token_size != 0 ? k->work : pages_of(call)->token;
    return now != NULL && kratos_text_is(now, k->work + k->progress.token_size);
}

/* Kratos sends a Link header with each page of every release. Where a full page has none, a proxy dropped it, and nobody
 * knows whether this was the last page. */
static bool lost_link(const struct kratos_list *l)
{
    uint32_t full = l->size != 0 && l->size < SERVER_SIZE ? l->size : SERVER_SIZE;
    return !l->linked && l->seen >= full;
}

static int next_token(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_list *l = &k->progress.of.list;
    if (lost_link(l)) {
        return KRATOS_ERR_HTTP;
    }
    if (l->seen == 0) { /* an empty page of 1.0.0 has a "next" all the same */
        k->progress.next_size = 0;
    }
    if (k->progress.next_size == 0 || (pages_of(call)->one_page && l->skip == 0)) {
        return KRATOS_END;
    }
    if (same_token(k, call)) {
        return KRATOS_ERR_HTTP; /* it would never end */
    }
    memmove(k->work, k->work + k->progress.token_size, k->progress.next_size);
    k->progress.token_size = k->progress.next_size;
    k->progress.next_size = 0;
    return KRATOS_NEXT;
}

static int next_page(struct kratos *k)
{
    struct kratos_list *l = &k->progress.of.list;
    bool last = (l->page + 1) * l->size >= l->end;
    if (last || !kratos_list_more(l, k->http.total)) {
        return KRATOS_END;
    }
    l->page++;
    return KRATOS_NEXT;
}

static int list_end(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_list *l = &k->progress.of.list;
    int rc = by_token(call) ? next_token(k, call) : next_page(k);
    if (rc == KRATOS_NEXT) {
        l->seen = 0;
        l->fruitless = 0;
        l->linked = false;
        k->reply.floor = k->progress.token_size;
    }
    kratos_reply_drop(k, k->reply.floor);
    return rc;
}

const struct kratos_shape kratos_shape_list = {
    .depth = 1, .keeps = true, .again = true, .event = list_event, .end = list_end, .line = list_line};

/* ---- Tokens for the application -------------------------------------------------------------- */

static kratos_str text_at(const struct kratos *k, uint32_t at, uint32_t size)
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
    return text_at(k, 0, k->progress.token_size);
}

kratos_str kratos_next_page_token(const struct kratos *k)
{
    return text_at(k, k->progress.token_size, k->progress.next_size);
}
