/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes a reply apart inside the work buffer, without a second copy:
 *
 *     0        floor      start      text     raw      raw_end      top            work_size
 *     | tokens   | dropped  | element  |  free  | unread  |   free   | jsmn   |   |
 *     | of pages |          | so far   |        | bytes   |          | tokens |   | next request: 64 bytes at least
 *
 * Unread bytes pass the HTTP framing and the sieve; those of an element are appended to its text (most
 * often they stand there already). Each of its members leaves a jsmn token; they grow down from
 * the end. Tokens only save time: when space runs out they go first, and members are then found by walking.
 * An element that still does not fit is read on and measured, so that fault.need is exact and the
 * connection stays usable. This file must never receive, and never know a particular operation.
 */
#include "reply.h"

#include <string.h>

#include "clue.h"
#include "http.h"
#include "json.h"
#include "members.h"
#include "sieve.h"
#include "text.h"

#define TOKEN_SIZE ((uint32_t)sizeof(jsmntok_t))

/* Reads are not worth while below this many bytes, if moving text can make it more. */
#define ROOM_MIN 64

static uint32_t reply_size(const struct kratos *k)
{
    return k->work_size - KRATOS_WINDOW_MIN;
}

void kratos_reply_drop(struct kratos *k, uint32_t floor)
{
    k->reply.floor = k->reply.start = k->reply.text = floor;
}

void kratos_reply_begin(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    uint32_t floor = r->floor, end = reply_size(k);
    memset(r, 0, sizeof *r);
    kratos_reply_drop(k, floor);
    r->raw = r->raw_end = floor;
    r->top = r->tokens_end = end - (uint32_t)((uintptr_t)(k->work + end) % sizeof(int));
    kratos_http_begin(&k->http);
}

/* ---- Room ------------------------------------------------------------------------------------ */

/* Moves the element down to the floor and the unread bytes down to the element. */
static void compact(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    uint32_t size = r->text - r->start, unread = r->raw_end - r->raw;
    if (r->start > r->floor) {
        memmove(k->work + r->floor, k->work + r->start, size);
        r->start = r->floor;
        r->text = r->floor + size;
    }
    if (r->raw > r->text) {
        memmove(k->work + r->text, k->work + r->raw, unread);
        r->raw = r->text;
        r->raw_end = r->text + unread;
    }
}

static bool room(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    if (r->raw == r->raw_end) {
        if (r->start == r->text) {
            r->start = r->text = r->floor;
        }
        r->raw = r->raw_end = r->text;
    }
    if (r->top - r->raw_end < ROOM_MIN) {
        compact(k);
    }
    return r->raw_end < r->top;
}

static jsmntok_t *token(const struct kratos *k)
{
    void *place = k->work + k->reply.top;
    return place;
}

int kratos_element(const struct kratos *k, const struct kratos_field *fields, size_t field_count, void *out)
{
    const struct kratos_reply *r = &k->reply;
    struct kratos_members m;
    m.value.p = k->work + r->start;
    m.value.n = r->text - r->start;
    m.items = r->indexed ? token(k) : NULL;
    m.count = (r->tokens_end - r->top) / TOKEN_SIZE;
    m.down = true;
    return kratos_members_fill(&m, fields, field_count, out);
}

static void drop_tokens(struct kratos *k)
{
    k->reply.indexed = false;
    k->reply.top = reply_size(k);
}

/* The element is measured from here on. Its id, which Kratos writes first, is the one thing that must
 * survive. */
static void give_up_element(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_reply *r = &k->reply;
    const struct kratos_result *result = k->op->result;
    if (!r->refused && result != NULL && result->fields->kind == KRATOS_FIELD_ID) {
        char *id = call->out, first = *id; /* it may be what this very call asks for: filled, or left as it is */
        *id = '\0';
        r->id_saved = kratos_element(k, result->fields, 1, id) == KRATOS_OK;
        *id = r->id_saved ? *id : first;
    }
    r->keeping = false;
    r->lost_size = r->text - r->start; /* never 0: the room is taken by it */
    kratos_reply_drop(k, r->floor);
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

static void keep_location(struct kratos *k, const char *p, size_t n)
{
    struct kratos_reply *r = &k->reply;
    char *to = k->work + r->floor;
    memmove(to, p, n);
    to[n] = '\0'; /* what stood before the text on its line made room for this */
    k->fault.location.p = to;
    k->fault.location.n = n;
    r->floor += (uint32_t)n + 1;
}

/* The status says how the body is read: as the operation's, as an error object if it is JSON, or not at all. */
static int head_end(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    unsigned above = k->http.status - 200u;
    bool json = (k->http.flags & KRATOS_HTTP_JSON) != 0;
    const struct kratos_shape *shape = k->op->shape;
    r->refused = above >= 8 || !(k->op->success >> above & 1u) || !k->request.complete; /* nobody did a part of it */
    if (r->refused) {
        shape = json ? &kratos_shape_value : NULL;
        r->keeping = !json;
    }
    if (shape == NULL || k->http.status == 204) {
        return KRATOS_GO;
    }
    r->shape = shape;
    kratos_sieve_begin(&k->sieve, shape->depth + 1u, shape->depth + 1u + shape->keeps);
    return json ? KRATOS_GO : KRATOS_ERR_JSON;
}

/* One line of n bytes without its CR LF. */
static int head_line(struct kratos *k, size_t n)
{
    struct kratos_reply *r = &k->reply;
    char *p = k->work + r->raw;
    r->raw += (uint32_t)n + 2;
    if (r->skipping) {
        r->skipping = false;
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
        return KRATOS_ERR_HTTP;
    }
}

/* n bytes of a line that does not fit: passed over if it can be done without, refused otherwise. */
static int long_line(struct kratos *k, size_t n)
{
    struct kratos_reply *r = &k->reply;
    bool may = r->skipping || (kratos_http_in_fields(&k->http) && kratos_header_dispensable(k->work + r->raw, n));
    if (!may || !kratos_http_overhead(&k->http, n)) {
        k->fault.reason.p = KRATOS_CLUE("long line");
        return KRATOS_ERR_HTTP;
    }
    r->skipping = true;
    r->raw += (uint32_t)n;
    return KRATOS_GO;
}

/* A line ends at the first control character that is no tab, which must be the CR of its CR LF. */
static int any_line(struct kratos *k)
{
    const struct kratos_reply *r = &k->reply;
    const char *p = k->work + r->raw;
    size_t size = r->raw_end - r->raw, n = kratos_text_clean(p, size);
    if (n + 1 < size && p[n] == '\r' && p[n + 1] == '\n') {
        return head_line(k, n);
    }
    if (n + 1 < size || (n < size && p[n] != '\r')) {
        return KRATOS_ERR_HTTP;
    }
    return n != 0 && (r->skipping || !room(k)) ? long_line(k, n) : KRATOS_WAIT;
}

static int read_head(struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_shape *shape = k->op->shape;
    char *line = k->work + k->reply.raw;
    int rc = KRATOS_OTHER;
    if (shape != NULL && shape->line != NULL && !k->reply.skipping) {
        rc = shape->line(k, call);
    }
    if (rc == KRATOS_OTHER) {
        rc = any_line(k);
        if (KRATOS_CLUES && rc == KRATOS_ERR_HTTP && *k->fault.reason.p == '\0') {
            kratos_clue_line(k, line);
        }
    }
    kratos_reply_drop(k, k->reply.floor); /* a token or location was kept: what is unread lies above it */
    if (rc == KRATOS_WAIT && !room(k)) {  /* a page token, or a location, of that length */
        rc = KRATOS_ERR_SPACE;
    }
    return rc;
}

/* ---- Elements -------------------------------------------------------------------------------- */

/* The n bytes at raw belong to what was read before the event. */
static void take(struct kratos *k, uint32_t n)
{
    struct kratos_reply *r = &k->reply;
    if (r->keeping) {
        if (r->text != r->raw) {
            memmove(k->work + r->text, k->work + r->raw, n);
        }
        r->text += n;
    } else if (r->lost_size != 0) {
        r->lost_size += n;
    }
    r->raw += n;
}

static void begin_element(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_reply *r = &k->reply;
    r->keeping = r->refused || call->out != NULL;
    r->id_saved = false;
    r->object = k->work[r->raw] == '{';
    r->indexed = r->object && r->raw_end <= r->tokens_end;
    r->start = r->text = r->raw;
    r->member = r->lost_size = 0;
    r->top = r->indexed ? r->tokens_end : reply_size(k);
    k->sieve.escaped = false;
}

/* A member of the element ends. */
static void end_member(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    uint32_t end = r->text - r->start;
    if (r->top - r->raw_end < TOKEN_SIZE) {
        compact(k);
    }
    if (r->top - r->raw_end < TOKEN_SIZE) {
        drop_tokens(k);
        return;
    }
    r->top -= TOKEN_SIZE;
    kratos_members_token(token(k), k->work + r->start, r->member, end, k->sieve.escaped);
    r->member = end;
    k->sieve.escaped = false;
}

static void end_element(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    r->keeping = false;
    k->fault.need = r->lost_size != 0 ? r->floor + r->lost_size + 1 + KRATOS_WINDOW_MIN : 0;
}

int kratos_element_result(struct kratos *k)
{
    bool odd = k->sieve.odd;
    k->sieve.odd = false;
    if (k->reply.lost_size != 0) {
        return KRATOS_ERR_SPACE;
    }
    return odd ? KRATOS_ERR_JSON : KRATOS_OK;
}

int kratos_decode(struct kratos *k, const struct kratos_result *result, void *out)
{
    bool empty = k->http.status == 204;
    size_t id_size = result->fields->kind == KRATOS_FIELD_ID ? KRATOS_ID_SIZE : 0;
    size_t kept = k->reply.id_saved ? id_size : 0;
    char *bytes = out;
    int rc = empty ? KRATOS_OK : kratos_element_result(k);
    if (!empty && !k->reply.object) {
        rc = KRATOS_ERR_JSON;
    }
    if (out == NULL) {
        return rc;
    }
    memset(bytes + kept, 0, result->size - kept);
    if (empty || rc == KRATOS_ERR_SPACE) {
        return rc;
    }
    if (kratos_element(k, result->fields, result->field_count, out) != KRATOS_OK) {
        k->fault.reason.p = KRATOS_CLUE("member");
        rc = KRATOS_ERR_JSON;
    }
    if (rc != KRATOS_OK) {
        memset(bytes + id_size, 0, result->size - id_size);
    }
    return rc;
}

void kratos_open(struct kratos *k, kratos_json value, const struct kratos_field *fields, size_t field_count, void *out)
{
    const struct kratos_reply *r = &k->reply;
    struct kratos_members m;
    kratos_members_index(&m, value, k->work + r->raw_end, r->top - r->raw_end);
    kratos_members_fill(&m, fields, field_count, out);
}

static int value_end(struct kratos *k, const struct kratos_call *call)
{
    return kratos_decode(k, k->op->result, call->out);
}

const struct kratos_shape kratos_shape_value = {.keeps = true, .end = value_end};

/* ---- Around elements ------------------------------------------------------------------------- */

void kratos_name_begin(struct kratos *k)
{
    k->reply.start = k->reply.text = k->reply.raw;
    k->reply.keeping = true;
    k->reply.lost_size = 0;
}

bool kratos_name_is(struct kratos *k, const char *name)
{
    struct kratos_reply *r = &k->reply;
    kratos_json member = {k->work + r->start, r->text - r->start};
    r->keeping = false;
    if (member.n == 0) { /* it did not fit */
        return false;
    }
    while (*member.p != '"') { /* over a brace or a comma, and blanks */
        member.p++;
        member.n--;
    }
    return kratos_json_behind(member, name) != NULL;
}

int kratos_strict(struct kratos *k)
{
    return k->sieve.odd ? KRATOS_ERR_JSON : KRATOS_GO;
}

/* ---- Body ------------------------------------------------------------------------------------ */

/* Reads up to the next event. *n: bytes of body that were used. */
static int step(struct kratos *k, const struct kratos_call *call, size_t data, size_t *n)
{
    struct kratos_reply *r = &k->reply;
    int event = kratos_sieve_run(&k->sieve, k->work + r->raw, data, n);
    take(k, (uint32_t)*n);
    if (event == KRATOS_SIEVE_BAD) {
        if (!r->refused) {
            return KRATOS_ERR_JSON;
        }
        r->shape = NULL;
        r->keeping = false;
        return KRATOS_GO;
    }
    if (k->sieve.depth > r->shape->depth && event == KRATOS_SIEVE_END) { /* of a member, where the shape keeps */
        if (r->keeping && r->indexed) {
            end_member(k);
        }
        return KRATOS_GO;
    }
    if (r->shape->keeps && k->sieve.depth == r->shape->depth) {
        if (event == KRATOS_SIEVE_BEGIN) {
            begin_element(k, call);
        } else if (event == KRATOS_SIEVE_END) {
            end_element(k);
        }
    }
    return r->shape->event != NULL ? r->shape->event(k, call, event, (uint32_t)*n) : KRATOS_GO;
}

/* `data` bytes of body are unread. */
static int block(struct kratos *k, const struct kratos_call *call, size_t data)
{
    size_t left = data, n;
    int rc = KRATOS_GO;
    while (left != 0 && rc == KRATOS_GO) {
        if (k->reply.shape == NULL) {
            n = left;
            if (KRATOS_CLUES && k->reply.keeping) {
                kratos_clue_words(k, n);
            }
            k->reply.raw += (uint32_t)n;
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

static int read_body(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_reply *r = &k->reply;
    size_t used, data;
    if (kratos_http_complete(&k->http)) {
        bool whole = r->shape == NULL || r->refused || kratos_sieve_complete(&k->sieve, 0);
        return whole ? KRATOS_COMPLETE : KRATOS_ERR_JSON;
    }
    if (r->raw == r->raw_end) {
        body_room(k, call);
        return KRATOS_WAIT;
    }
    if (!kratos_http_body(&k->http, k->work + r->raw, r->raw_end - r->raw, &used, &data)) {
        return KRATOS_ERR_HTTP;
    }
    r->raw += (uint32_t)used;
    return data != 0 ? block(k, call, data) : KRATOS_GO;
}

int kratos_reply_read(struct kratos *k, const struct kratos_call *call)
{
    return kratos_http_in_head(&k->http) ? read_head(k, call) : read_body(k, call);
}
