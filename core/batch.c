/* SPDX-License-Identifier: Apache-2.0
 *
 * batchPatchIdentities: rows stream out as a chunked body, one chunk a window, each row asked for in ascending order; a body
 * that fits the window, or is counted beforehand, has a length instead. Outcomes come back as the elements of
 * {"identities":[...]}. More rows than one request may carry become several requests. It must never hold more than one row or
 * one outcome.
 */
#include <string.h>

#include "fault.h"
#include "identity.h"
#include "list.h"
#include "outcome.h"
#include "pump.h"
#include "reply.h"
#include "request.h"
#include "sieve.h"

/* Kratos 25.4+ refuses more where a row has a password in clear (1,000 where none has; before it was 2,000). */
#define ROWS_MAX 200

/* "00000000\r\n" before; "\r\n" behind, and the last chunk "0\r\n\r\n". */
#define CHUNK_HEAD 10
#define CHUNK_TAIL 7

static void write_row(struct kratos_out *out, const struct kratos_batch_row *row)
{
    kratos_out_object(out);
    kratos_out_key(out, "create");
    if (row->skip) {
        kratos_out_null(out);
    } else {
        kratos_write_identity(out, &row->create);
    }
    kratos_out_member(out, "patch_id", row->patch_id);
    kratos_out_close(out);
    kratos_out_end(out);
}

static const struct kratos_batch *batch_of(const struct kratos_call *call)
{
    return call->args;
}

/* One row with what stands around it. */
static void write_piece(struct kratos *k, const struct kratos_call *call, struct kratos_out *out)
{
    const struct kratos_rows *rows = &k->progress.of.rows;
    const struct kratos_batch *batch = batch_of(call);
    struct kratos_batch_row row;
    memset(&row, 0, sizeof row);
    kratos_out_text(out, rows->row == rows->first ? "{\"identities\":[" : ",");
    if (batch->row(batch->arg, rows->row, &row) != 0) {
        kratos_out_fail(out, "row gave up");
        return;
    }
    out->check = rows->sent == 0;
    write_row(out, &row);
    if (rows->row + 1 == rows->end) {
        KRATOS_OUT(out, "]}");
    }
}

/* Where body is written to: behind what is in the window, and room for a chunk's head. */
static uint32_t body_at(const struct kratos *k, const struct kratos_call *call)
{
    return k->request.window_end + (batch_of(call)->counted ? 0 : CHUNK_HEAD);
}

/* Fills the window with body, up to what may stand behind a chunk. Returns where the body ends. */
static uint32_t write_body(struct kratos *k, const struct kratos_call *call, struct kratos_out *out)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    uint32_t at = body_at(k, call), end = k->work_size - CHUNK_TAIL;
    while (rows->row < rows->end && at < end) {
        uint32_t rest;
        kratos_out_begin(out, k->work + at, end - at, rows->sent);
        write_piece(k, call, out);
        if (rows->sent == 0) {
            k->request.body_size = out->n;
        } else if (out->n != k->request.body_size) {
            kratos_out_fail(out, "writer");
        }
        if (out->why != NULL) {
            return at;
        }
        rest = out->n - rows->sent;
        if (rest > end - at) {
            rows->sent += end - at;
            return end;
        }
        at += rest;
        rows->sent = 0;
        rows->row++;
    }
    return at;
}

static const char chunked[] = "\r\nTransfer-Encoding: chunked\r\n\r\n";

/* All of the request is in the window: then with its length, which more gateways take than chunks. body: where its n bytes
 * begin, behind `chunked` and the chunk's head. */
static void put_length(struct kratos *k, uint32_t body, uint32_t n)
{
    static const char name[] = "\r\nContent-Length: ", end[] = "\r\n\r\n";
    struct kratos_request *r = &k->request;
    char *p = k->work + body, *from = k->work + r->window;
    size_t size = (size_t)(p - CHUNK_HEAD - (sizeof chunked - 1) - from);
    r->window_end = body + n;
    p -= sizeof end - 1;
    memcpy(p, end, sizeof end - 1);
    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    p -= sizeof name - 1;
    memcpy(p, name, sizeof name - 1);
    p -= size;
    memmove(p, from, size);
    r->window += (uint32_t)(p - from);
}

static void chunk_head(char *p, uint32_t n)
{
    int i;
    for (i = CHUNK_HEAD - 3; i >= 0; i--, n >>= 4) {
        p[i] = (char)((n & 15) < 10 ? '0' + (n & 15) : 'a' - 10 + (n & 15));
    }
    memcpy(p + CHUNK_HEAD - 2, "\r\n", 2);
}

/* A row that cannot be written. */
static int refused_row(struct kratos *k, const struct kratos_call *call, const struct kratos_out *out)
{
    struct kratos_batch_result *result = call->out;
    kratos_outcome_unknown(result, k->progress.of.rows.row, KRATOS_ERR_ARG);
    return kratos_fault_argument(k, out->why);
}

/* The body up to `end` goes out. */
static void frame(struct kratos *k, const struct kratos_call *call, uint32_t end)
{
    struct kratos_request *r = &k->request;
    struct kratos_rows *rows = &k->progress.of.rows;
    uint32_t body = body_at(k, call), n = end - body;
    r->complete = rows->row == rows->end;
    if (batch_of(call)->counted) {
        rows->left -= n;
        r->window_end = end;
    } else if (r->complete && r->sent == 0) {
        put_length(k, body, n);
    } else {
        chunk_head(k->work + r->window_end, n);
        memcpy(k->work + end, "\r\n0\r\n\r\n", CHUNK_TAIL);
        r->window_end = end + (r->complete ? CHUNK_TAIL : 2);
    }
}

/* Appends body to the window. */
static int fill_body(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    struct kratos_out out;
    uint32_t end, n;
    bool last, fits;
    out.why = NULL;
    end = write_body(k, call, &out);
    n = end - k->request.window_end;
    last = rows->row == rows->end;
    fits = last ? n == rows->left : n < rows->left;
    if (batch_of(call)->counted && !fits) {
        kratos_out_fail(&out, "writer"); /* not the rows that were counted: the last byte of those is never sent */
    }
    if (out.why != NULL) {
        return refused_row(k, call, &out);
    }
    frame(k, call, end);
    return KRATOS_GO;
}

/* Appends what is still to come of the head. False: there is no room left for a piece of the body. */
static bool fill_head(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_request *r = &k->request;
    struct kratos_out out;
    uint32_t size = k->work_size - r->window, head = 0;
    kratos_out_begin(&out, k->work + r->window, size, r->sent);
    kratos_request_head(k, &out, call);
    KRATOS_OUT(&out, "\r\nContent-Type: application/json");
    if (batch_of(call)->counted) {
        KRATOS_OUT(&out, "\r\nContent-Length: ");
        kratos_out_number(&out, k->progress.of.rows.left);
        KRATOS_OUT(&out, "\r\n\r\n");
    } else {
        KRATOS_OUT(&out, chunked);
    }
    if (out.n > r->sent) {
        head = out.n - r->sent < size ? out.n - r->sent : size;
        r->window_end += head;
    }
    return size - head >= CHUNK_HEAD + CHUNK_TAIL + 16;
}

static void first_row(struct kratos_rows *rows)
{
    rows->row = rows->first;
    rows->sent = 0;
}

/* Before the first byte, also where a request whose connection was stale begins anew. */
static int count_rows(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    struct kratos_out out;
    first_row(rows);
    rows->left = 0;
    do {
        kratos_out_begin(&out, NULL, 0, 0);
        write_piece(k, call, &out);
        rows->left += out.n; /* over 4 GiB: found out when more is written */
        if (out.why != NULL) {
            return refused_row(k, call, &out);
        }
    } while (++rows->row < rows->end);
    return KRATOS_GO;
}

/* sent counts up to the end of the head; behind it the rows themselves tell how far it went. One write for head and first
 * piece where they fit. */
static int rows_fill(struct kratos *k, const struct kratos_call *call)
{
    if (k->request.sent == 0) {
        int rc = batch_of(call)->counted ? count_rows(k, call) : KRATOS_GO;
        if (rc != KRATOS_GO) {
            return rc;
        }
        first_row(&k->progress.of.rows);
    }
    return fill_head(k, call) ? fill_body(k, call) : KRATOS_GO;
}

/* ---- Outcomes -------------------------------------------------------------------------------- */

/* An object; in its array "identities" an object or null for each row. */
static bool expected(const struct kratos *k, char first)
{
    bool row = k->sieve.depth == 2 && k->progress.part;
    return first == '{' || (row ? first == 'n' : k->sieve.depth != 0);
}

/* Around the rows: progress.part becomes true where the array "identities" begins. */
static int wrapper_event(struct kratos *k, int event)
{
    unsigned depth = k->sieve.depth;
    if (event == KRATOS_SIEVE_BEGIN && depth == 1) {
        k->progress.part = kratos_name_is(k, "identities");
        if (k->progress.part && k->work[k->reply.raw] != '[') {
            return KRATOS_ERR_JSON;
        }
    }
    if ((event == KRATOS_SIEVE_BEGIN && depth == 0) || (event == KRATOS_SIEVE_END && depth == 1)) {
        kratos_name_begin(k);
    }
    return event == KRATOS_SIEVE_END ? kratos_strict(k) : KRATOS_GO;
}

static int rows_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    struct kratos_batch_result *result = call->out;
    int rc;
    (void)n;
    if (event == KRATOS_SIEVE_BEGIN && !expected(k, k->work[k->reply.raw])) {
        return KRATOS_ERR_JSON;
    }
    if (event != KRATOS_SIEVE_END || k->sieve.depth != 2 || !k->progress.part) {
        return wrapper_event(k, event);
    }
    if (rows->first + rows->outcomes == rows->end) {
        return KRATOS_ERR_JSON; /* more outcomes than rows */
    }
    k->phase = KRATOS_PAUSED;
    rc = kratos_outcome(k, result);
    if (result != NULL) {
        result->row = rows->first + rows->outcomes;
        if (rc == KRATOS_OK) {
            kratos_outcome_error(k, result);
        } else {
            result->rc = rc;
        }
    }
    rows->outcomes++;
    return rc;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* Sets the rows of the request that begins with rows->first. KRATOS_END: there are none. */
static int next_rows(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    size_t rest = batch_of(call)->row_count - rows->first;
    rows->outcomes = 0;
    rows->end = rows->first + (rest < rows->most ? (uint32_t)rest : rows->most);
    k->progress.part = false;
    return rest != 0 ? KRATOS_NEXT : KRATOS_END;
}

static int rows_end(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    kratos_reply_drop(k, 0);
    if (rows->outcomes != rows->end - rows->first) {
        return KRATOS_ERR_JSON; /* not one outcome per row */
    }
    rows->first = rows->end;
    return next_rows(k, call);
}

static int begin(struct kratos *k, const struct kratos_call *call)
{
    size_t given = batch_of(call)->rows_per_request;
    uint32_t wanted = given < UINT32_MAX ? (uint32_t)given : UINT32_MAX;
    k->progress.of.rows.most = kratos_list_size(wanted, k->io->reply_max, wanted != 0 ? 0 : ROWS_MAX);
    return next_rows(k, call);
}

static const struct kratos_shape rows_shape = {
    .depth = 2, .keeps = true, .event = rows_event, .end = rows_end, .fill = rows_fill};

/* batchPatchIdentities */
static const struct kratos_op batch_patch_identities = {
    .method = "PATCH",
    .path = kratos_path_identities,
    .shape = &rows_shape,
    .success = KRATOS_200,
};

int kratos_batch_patch_identities(struct kratos *k, const struct kratos_batch *batch,
                                  struct kratos_batch_result *result)
{
    struct kratos_call call = {.args = batch, .out = result};
    int rc;
    if (batch == NULL || batch->row == NULL || batch->row_count > UINT32_MAX) {
        return kratos_refuse(k, "batch");
    }
    rc = kratos_begin(k, &batch_patch_identities, &call);
    if (rc == KRATOS_NEXT) {
        rc = begin(k, &call);
    }
    rc = kratos_finish(k, kratos_pump(k, &call, rc));
    if (rc < 0 && k->op == NULL && rc != KRATOS_ERR_ARG) {
        kratos_outcome_unknown(result, k->progress.of.rows.first, rc);
    }
    return rc;
}
