/* SPDX-License-Identifier: Apache-2.0
 *
 * batchPatchIdentities: rows stream out as a chunked body, one chunk a window, each row asked for in
 * ascending order; outcomes come back as the elements of {"identities":[...]}. More rows than one request
 * may carry become several requests. It must never hold more than one row or one outcome.
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

/* Kratos 25.4+ refuses more; before it was 2,000. */
#define ROWS_MAX 1000

/* "00000000\r\n" before, "\r\n" behind, and the last chunk "0\r\n\r\n". */
#define CHUNK_HEAD 10
#define CHUNK_FRAME (CHUNK_HEAD + 2 + 5)

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

/* Fills `size` bytes at p with body. Returns what was written. */
static uint32_t write_body(struct kratos *k, const struct kratos_call *call, struct kratos_out *out, char *p,
                           uint32_t size)
{
    struct kratos_rows *rows = &k->progress.of.rows;
    uint32_t done = 0;
    while (rows->row < rows->end && done < size) {
        uint32_t rest;
        kratos_out_begin(out, p + done, size - done, rows->sent);
        write_piece(k, call, out);
        if (rows->sent == 0) {
            k->request.body_size = out->n;
        } else if (out->n != k->request.body_size) {
            kratos_out_fail(out, "writer");
        }
        if (out->why != NULL) {
            return done;
        }
        rest = out->n - rows->sent;
        if (rest > size - done) {
            rows->sent += size - done;
            return size;
        }
        done += rest;
        rows->sent = 0;
        rows->row++;
    }
    return done;
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

/* Appends a chunk to the window. */
static int fill_chunk(struct kratos *k, const struct kratos_call *call, struct kratos_out *out)
{
    struct kratos_request *r = &k->request;
    char *p = k->work + r->window_end;
    uint32_t size = k->work_size - r->window_end, n;
    n = write_body(k, call, out, p + CHUNK_HEAD, size - CHUNK_FRAME);
    if (out->why != NULL) {
        return refused_row(k, call, out);
    }
    chunk_head(p, n);
    memcpy(p + CHUNK_HEAD + n, "\r\n", 2);
    r->window_end += CHUNK_HEAD + n + 2;
    if (k->progress.of.rows.row == k->progress.of.rows.end) {
        memcpy(k->work + r->window_end, "0\r\n\r\n", 5);
        r->window_end += 5;
        r->complete = true;
    }
    return KRATOS_GO;
}

static void first_row(struct kratos_rows *rows)
{
    rows->row = rows->first;
    rows->sent = 0;
}

/* sent counts up to the end of the head; behind it the rows themselves tell how far it went. */
static int rows_fill(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_request *r = &k->request;
    struct kratos_out out;
    uint32_t size = k->work_size - r->window, head = 0;
    if (r->sent == 0) { /* also where a request whose connection was stale begins anew */
        first_row(&k->progress.of.rows);
    }
    kratos_out_begin(&out, k->work + r->window, size, r->sent);
    kratos_request_head(k, &out, call);
    KRATOS_OUT(&out, "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    if (out.n > r->sent) {
        head = out.n - r->sent < size ? out.n - r->sent : size;
        r->window_end += head;
    }
    if (size - head >= CHUNK_FRAME + 16) { /* one write for head and first chunk where they fit */
        return fill_chunk(k, call, &out);
    }
    return KRATOS_GO;
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
