/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes a reply apart inside the work buffer, without a second copy:
 *
 *     0        floor      start      text     raw      raw_end      top            work_size
 *     | tokens   | dropped  | element  |  free  | unread  |   free   | jsmn   |   |
 *     | of pages |          | so far   |        | bytes   |          | tokens |   | next request: 64 bytes at least
 *
 * Unread bytes pass the HTTP framing and the sieve; those of an element are appended to its text (most
 * often they stand there already). Each member at depth 1 leaves a pair of jsmn tokens that grow down from
 * the end. Tokens only save time: when space runs out they go first, and members are then found by walking.
 * An element that still does not fit is read on and measured, so that fault.need is exact and the
 * connection stays usable. This file must never receive, and never know a particular operation.
 */
#include "reply.h"

#include <string.h>

#include "http.h"
#include "link.h"
#include "sieve.h"
#include "text.h"

#define PAIR_SIZE ((uint32_t)(2 * sizeof(jsmntok_t)))

/* Reads are not worth while below this many bytes, if moving text can make it more. */
#define ROOM_MIN 64

static uint32_t reply_size(const struct kratos *k)
{
    return k->work_size - KRATOS_WINDOW_MIN;
}

static uint32_t tokens_end(const struct kratos *k)
{
    uint32_t end = reply_size(k);
    return end - (uint32_t)((uintptr_t)(k->work + end) % sizeof(int));
}

void kratos_reply_begin(struct kratos *k)
{
    k->start = k->text = k->raw = k->raw_end = k->floor;
    k->top = tokens_end(k);
    k->keeping = k->over = k->skipping = k->linking = k->id_saved = false;
    k->indexed = true;
    kratos_http_begin(&k->http);
    kratos_sieve_begin(&k->sieve);
    k->phase = KRATOS_HEAD;
}

#define LINK_SIZE 5 /* "Link:" */

/* ---- Room ------------------------------------------------------------------------------------ */

/* Moves the element down to the floor and the unread bytes down to the element. */
static void compact(struct kratos *k)
{
    if (k->start > k->floor) {
        memmove(k->work + k->floor, k->work + k->start, k->text - k->start);
        k->text -= k->start - k->floor;
        k->start = k->floor;
    }
    if (k->raw > k->text) {
        memmove(k->work + k->text, k->work + k->raw, k->raw_end - k->raw);
        k->raw_end -= k->raw - k->text;
        k->raw = k->text;
    }
}

static bool room(struct kratos *k)
{
    if (k->start == k->text && k->raw == k->raw_end) {
        k->start = k->text = k->floor;
    }
    if (k->raw == k->raw_end) {
        k->raw = k->raw_end = k->text;
    }
    if (k->top - k->raw_end < ROOM_MIN) {
        compact(k);
    }
    return k->raw_end < k->top;
}

static void drop_tokens(struct kratos *k)
{
    k->indexed = false;
    k->top = reply_size(k);
}

/* The element is measured from here on. Its id, which Kratos writes first, is the one thing that must
 * survive. */
static void give_up_element(struct kratos *k, const struct kratos_call *call)
{
    kratos_json partial = {k->work + k->start, k->text - k->start}, id;
    k->id_saved = k->shape == k->op->shape && k->op->has_id && call->out != NULL &&
                  kratos_json_get(partial, "id", &id) && id.p + id.n < partial.p + partial.n &&
                  kratos_json_str(id, (char *)call->out, KRATOS_ID_SIZE, NULL) == KRATOS_OK;
    k->over = true;
    k->keeping = false;
    k->lost_size = k->text - k->start;
    k->text = k->start = k->floor;
}

/* Before waiting for bytes in the middle of a body. */
static void body_room(struct kratos *k, const struct kratos_call *call)
{
    if (!room(k)) {
        drop_tokens(k);
    }
    if (!room(k)) {
        give_up_element(k, call);
        room(k);
    }
}

/* ---- Head ------------------------------------------------------------------------------------ */

static void keep_text(struct kratos *k, const char *p, size_t n)
{
    memmove(k->work + k->floor, p, n);
    k->floor += (uint32_t)n;
    k->work[k->floor++] = '\0'; /* what stood before the text on its line made room for this */
}

static void keep_location(struct kratos *k, const char *p, size_t n)
{
    if (k->http.status / 100 != 3) {
        return;
    }
    k->fault.location.p = k->work + k->floor;
    k->fault.location.n = n;
    keep_text(k, p, n);
}

/* A line that does not fit: passed over if it can be done without, refused otherwise. A CR at the end waits
 * for its LF. */
static int long_line(struct kratos *k)
{
    const char *p = k->work + k->raw;
    uint32_t n = k->raw_end - k->raw;
    bool may = k->skipping || kratos_http_dispensable(&k->http, p, n);
    n -= p[n - 1] == '\r';
    if (!may || !kratos_http_clean(p, n) || !kratos_http_overhead(&k->http, n)) {
        return kratos_fail(k, KRATOS_ERR_HTTP);
    }
    k->skipping = true;
    k->raw += n;
    return KRATOS_GO;
}

/* True when the unread bytes begin a Link line that the operation wants to see. */
static bool begins_link(const struct kratos *k)
{
    static const char name[] = "link";
    const char *p = k->work + k->raw;
    size_t i = 0;
    if (k->op->pager != KRATOS_TOKEN || k->list.next_size != 0 || k->http.status / 100 != 2 ||
        k->raw_end - k->raw < LINK_SIZE) {
        return false;
    }
    while (name[i] != '\0' && (p[i] | 0x20) == name[i]) {
        i++;
    }
    return name[i] == '\0' && p[i] == ':';
}

const struct kratos_shape kratos_shape_error = {0, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL};
static const struct kratos_shape dropped = {0, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL};

static bool accepted(const struct kratos *k)
{
    unsigned status = k->http.status;
    unsigned bit = status == 200 ? KRATOS_200 : status == 201 ? KRATOS_201 : status == 204 ? KRATOS_204 : 0;
    return (k->op->success & bit) != 0;
}

static int head_end(struct kratos *k)
{
    bool json = (k->http.flags & KRATOS_HTTP_JSON) != 0;
    bool wanted = k->op->shape != &kratos_shape_none && k->http.status != 204;
    k->start = k->text = k->floor;
    k->phase = KRATOS_BODY;
    if (!accepted(k)) {
        k->shape = json ? &kratos_shape_error : &dropped;
        return KRATOS_GO;
    }
    k->shape = wanted ? k->op->shape : &dropped;
    return wanted && !json ? kratos_fail(k, KRATOS_ERR_JSON) : KRATOS_GO;
}

/* One line, which ends at `end` (the LF). */
static int head_line(struct kratos *k, const char *end)
{
    char *p = k->work + k->raw;
    size_t n = (size_t)(end - p);
    k->raw += (uint32_t)n + 1;
    if (n == 0 || p[n - 1] != '\r' || (k->skipping && !kratos_http_clean(p, n - 1))) {
        return kratos_fail(k, KRATOS_ERR_HTTP);
    }
    n--;
    if (k->skipping) {
        k->skipping = false;
        return KRATOS_GO;
    }
    switch (kratos_http_line(&k->http, &p, &n)) {
    case KRATOS_HTTP_MORE:
        return KRATOS_GO;
    case KRATOS_HTTP_LOCATION:
        keep_location(k, p, n);
        return KRATOS_GO;
    case KRATOS_HTTP_HEAD_END:
        return head_end(k);
    default:
        return kratos_fail(k, KRATOS_ERR_HTTP);
    }
}

/* A whole line is there, or nothing can be said of it yet. */
static int complete_line(struct kratos *k)
{
    const char *end = (const char *)memchr(k->work + k->raw, '\n', k->raw_end - k->raw);
    if (end != NULL) {
        return head_line(k, end);
    }
    if (k->raw != k->raw_end && (k->skipping || !room(k))) {
        uint32_t before = k->raw;
        int rc = long_line(k);
        if (rc != KRATOS_GO || k->raw != before) {
            return rc;
        }
    }
    return KRATOS_WAIT;
}

int kratos_reply_head(struct kratos *k)
{
    int rc;
    k->start = k->text = k->floor; /* a token or location was kept: what is unread lies above it */
    if (!k->linking && !k->skipping && begins_link(k)) {
        k->linking = true;
        k->raw += LINK_SIZE;
        kratos_link_begin(&k->page_link);
    }
    rc = k->linking ? k->op->shape->link(k) : complete_line(k);
    if (rc == KRATOS_WAIT) {
        k->start = k->text = k->floor;
        if (!room(k)) { /* a page token, or a location, of that length */
            rc = kratos_fail(k, KRATOS_ERR_SPACE);
        }
    }
    return rc;
}

/* ---- Elements -------------------------------------------------------------------------------- */

/* The n bytes at raw belong to what was read before the event. */
static void take(struct kratos *k, uint32_t n)
{
    if (k->keeping) {
        if (k->text != k->raw) {
            memmove(k->work + k->text, k->work + k->raw, n);
        }
        k->text += n;
    } else if (k->over) {
        k->lost_size += n;
    }
    k->raw += n;
}

static void begin_element(struct kratos *k, const struct kratos_call *call)
{
    bool wanted = k->shape == &kratos_shape_error || call->out != NULL;
    k->keeping = wanted && k->shape->keeps;
    k->over = k->id_saved = false;
    k->indexed = k->raw_end <= tokens_end(k);
    k->start = k->text = k->raw;
    k->top = k->indexed ? tokens_end(k) : reply_size(k);
}

static jsmntok_t *pair(const struct kratos *k)
{
    return (jsmntok_t *)(void *)(k->work + k->top);
}

static void name_token(struct kratos *k)
{
    if (k->top - k->raw_end < PAIR_SIZE) {
        compact(k);
    }
    if (k->top - k->raw_end < PAIR_SIZE) {
        drop_tokens(k);
        return;
    }
    k->top -= PAIR_SIZE;
    kratos_json_pair(pair(k), k->key, k->text - k->start);
}

/* Events of the members of an element that is being kept. */
static void member_event(struct kratos *k, int event)
{
    uint32_t at = k->text - k->start;
    if (!k->indexed) {
        return;
    }
    if (event == KRATOS_SIEVE_KEY) {
        k->key = at;
    } else if (event == KRATOS_SIEVE_KEY_END) {
        name_token(k);
    } else if (event == KRATOS_SIEVE_BEGIN) {
        k->key = at;
    } else if (event == KRATOS_SIEVE_END) {
        kratos_json_pair_value(pair(k), k->work + k->start, k->key, at);
    }
}

static void element_event(struct kratos *k, const struct kratos_call *call, int event)
{
    if (k->sieve.depth == k->shape->depth) {
        if (event == KRATOS_SIEVE_BEGIN) {
            begin_element(k, call);
        } else if (event == KRATOS_SIEVE_END) {
            k->keeping = false;
            k->fault.need = k->over ? k->floor + k->lost_size + 1 + KRATOS_WINDOW_MIN : 0;
        }
    } else if (k->keeping && k->sieve.depth == k->shape->depth + 1) {
        member_event(k, event);
    }
}

struct kratos_tokens kratos_element(const struct kratos *k)
{
    struct kratos_tokens t;
    t.value.p = k->work + k->start;
    t.value.n = k->text - k->start;
    t.items = k->indexed ? pair(k) : NULL;
    t.count = k->indexed ? (tokens_end(k) - k->top) / sizeof(jsmntok_t) : 0;
    t.pairs = true;
    return t;
}

int kratos_element_result(struct kratos *k)
{
    bool odd = k->sieve.odd;
    k->sieve.odd = false;
    if (k->over) {
        return kratos_fail(k, KRATOS_ERR_SPACE);
    }
    return odd ? kratos_fail(k, KRATOS_ERR_JSON) : KRATOS_OK;
}

int kratos_decode(struct kratos *k, const struct kratos_field *fields, size_t field_count, void *out, size_t out_size)
{
    struct kratos_tokens t = kratos_element(k);
    size_t id_size = k->op->has_id ? KRATOS_ID_SIZE : 0, kept = k->id_saved ? id_size : 0;
    int rc = kratos_element_result(k);
    if (out == NULL) {
        return rc;
    }
    memset((char *)out + kept, 0, out_size - kept);
    if (rc == KRATOS_ERR_SPACE || k->http.status == 204) {
        return rc;
    }
    if (kratos_json_fill(&t, fields, field_count, out) != KRATOS_OK) {
        rc = kratos_fail(k, KRATOS_ERR_JSON);
    }
    if (rc != KRATOS_OK) {
        memset((char *)out + id_size, 0, out_size - id_size);
    }
    return rc;
}

/* ---- Body ------------------------------------------------------------------------------------ */

static int reply_end(struct kratos *k, const struct kratos_call *call)
{
    if (!accepted(k)) {
        return kratos_refusal(k);
    }
    if (k->shape != &dropped && k->shape != &kratos_shape_none && !kratos_sieve_complete(&k->sieve)) {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    return k->op->shape->end(k, call);
}

/* Reads up to the next event. *n: bytes of body that were used. */
static int step(struct kratos *k, const struct kratos_call *call, size_t data, size_t *n)
{
    int event = kratos_sieve_run(&k->sieve, k->work + k->raw, data, k->shape->depth + (unsigned)k->shape->keeps, n);
    take(k, (uint32_t)*n);
    if (event == KRATOS_SIEVE_BAD && k->shape == &kratos_shape_error) {
        k->shape = &dropped;
        return KRATOS_GO;
    }
    if (event == KRATOS_SIEVE_BAD) {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    element_event(k, call, event);
    return k->shape->event != NULL ? k->shape->event(k, call, event, (uint32_t)*n) : KRATOS_GO;
}

/* `data` bytes of body are unread. */
static int block(struct kratos *k, const struct kratos_call *call, size_t data)
{
    size_t left = data, n;
    int rc = KRATOS_GO;
    while (left != 0 && rc == KRATOS_GO) {
        if (k->shape == &dropped || k->shape == &kratos_shape_none) {
            n = left;
            k->raw += (uint32_t)n;
        } else {
            rc = step(k, call, left, &n);
        }
        left -= n;
    }
    if (left != data) {
        kratos_http_took(&k->http, data - left);
    }
    return rc;
}

int kratos_reply_body(struct kratos *k, const struct kratos_call *call)
{
    size_t used, data;
    if (kratos_http_complete(&k->http)) {
        return reply_end(k, call);
    }
    if (k->raw == k->raw_end) {
        body_room(k, call);
        return KRATOS_WAIT;
    }
    if (!kratos_http_body(&k->http, k->work + k->raw, k->raw_end - k->raw, &used, &data)) {
        return kratos_fail(k, KRATOS_ERR_HTTP);
    }
    k->raw += (uint32_t)used;
    return data != 0 ? block(k, call, data) : KRATOS_GO;
}
