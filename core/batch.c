/* SPDX-License-Identifier: Apache-2.0
 *
 * batchPatchIdentities: rows stream out as a chunked body, one chunk a window, each row asked for in
 * ascending order; outcomes come back as the elements of {"identities":[...]}. More rows than one request
 * may carry become several requests. It must never hold more than one row or one outcome.
 */
#include <string.h>

#include "identity.h"
#include "list.h"
#include "op.h"
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
        kratos_write_identity_body(out, &row->create);
    }
    kratos_out_member(out, "patch_id", row->patch_id);
    kratos_out_close(out);
    kratos_out_end(out);
}

/* One row with what stands around it. */
static void write_piece(struct kratos *k, const struct kratos_call *call, struct kratos_out *out)
{
    const struct kratos_batch *batch = (const struct kratos_batch *)call->args;
    struct kratos_batch_row row;
    memset(&row, 0, sizeof row);
    kratos_out_text(out, k->row == k->list.page ? "{\"identities\":[" : ",");
    if (batch->row(batch->arg, k->row, &row) != 0) {
        kratos_out_fail(out, "the row callback gave up");
        return;
    }
    out->check = k->row_sent == 0;
    write_row(out, &row);
    if (k->row + 1 == k->row_end) {
        KRATOS_OUT(out, "]}");
    }
}

/* Fills `size` bytes at p with body. Returns what was written. */
static uint32_t write_body(struct kratos *k, const struct kratos_call *call, struct kratos_out *out, char *p,
                           uint32_t size)
{
    uint32_t done = 0;
    while (k->row < k->row_end && done < size) {
        uint32_t rest;
        kratos_out_begin(out, p + done, size - done, k->row_sent);
        write_piece(k, call, out);
        if (k->row_sent == 0) {
            k->body_size = out->n;
        } else if (out->n != k->body_size) {
            kratos_out_fail(out, "a writer did not write the same again");
        }
        if (out->why != NULL) {
            return done;
        }
        rest = out->n - k->row_sent;
        if (rest > size - done) {
            k->row_sent += size - done;
            return size;
        }
        done += rest;
        k->row_sent = 0;
        k->row++;
    }
    return done;
}

static void chunk_head(char *p, uint32_t n)
{
    static const char digits[] = "0123456789abcdef";
    int i;
    for (i = 7; i >= 0; i--, n >>= 4) {
        p[i] = digits[n & 15];
    }
    memcpy(p + 8, "\r\n", 2);
}

static int refused_row(struct kratos *k, const struct kratos_call *call, const struct kratos_out *out)
{
    struct kratos_batch_result *result = (struct kratos_batch_result *)call->out;
    if (result != NULL) {
        memset(result, 0, sizeof *result);
        result->row = k->row;
        result->rc = KRATOS_ERR_ARG;
    }
    return kratos_request_refused(k, out);
}

/* Appends a chunk to the window. */
static int fill_chunk(struct kratos *k, const struct kratos_call *call, struct kratos_out *out)
{
    char *p = k->work + k->window_end;
    uint32_t size = k->work_size - k->window_end, n;
    n = write_body(k, call, out, p + CHUNK_HEAD, size - CHUNK_FRAME);
    if (out->why != NULL) {
        return refused_row(k, call, out);
    }
    chunk_head(p, n);
    memcpy(p + CHUNK_HEAD + n, "\r\n", 2);
    k->window_end += CHUNK_HEAD + n + 2;
    if (k->row == k->row_end) {
        memcpy(k->work + k->window_end, "0\r\n\r\n", 5);
        k->window_end += 5;
        k->complete = true;
    }
    return KRATOS_GO;
}

/* sent counts up to the end of the head; behind it the rows themselves tell how far it went. */
static int rows_fill(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_out out;
    uint32_t size = k->work_size - k->window, head = 0;
    kratos_out_begin(&out, k->work + k->window, size, k->sent);
    kratos_request_head(k, &out, call, UINT32_MAX);
    if (out.why != NULL) {
        return kratos_request_refused(k, &out);
    }
    if (out.n > k->sent) {
        head = out.n - k->sent < size ? out.n - k->sent : size;
        k->window_end += head;
    }
    if (size - head >= CHUNK_FRAME + 16) { /* one write for head and first chunk where they fit */
        return fill_chunk(k, call, &out);
    }
    return KRATOS_GO;
}

/* ---- Outcomes -------------------------------------------------------------------------------- */

static int decode_row(struct kratos *k, void *out)
{
    static const struct kratos_field fields[] = {
        {"action", offsetof(struct kratos_batch_result, action), KRATOS_FIELD_STR},
        {"identity", offsetof(struct kratos_batch_result, identity), KRATOS_FIELD_STR},
        {"patch_id", offsetof(struct kratos_batch_result, patch_id), KRATOS_FIELD_STR},
    };
    static const struct kratos_field error_fields[] = {
        {"reason", offsetof(struct kratos_batch_result, reason), KRATOS_FIELD_STR},
        {"message", offsetof(struct kratos_batch_result, message), KRATOS_FIELD_STR},
    };
    struct kratos_batch_result *result = (struct kratos_batch_result *)out;
    struct kratos_tokens t = kratos_element(k);
    kratos_json error;
    bool failed = kratos_json_member(&t, "error", &error); /* before the other members are decoded in place */
    int rc = kratos_decode(k, fields, sizeof fields / sizeof *fields, out, sizeof *result);
    if (rc != KRATOS_OK || result == NULL) {
        return rc;
    }
    result->rc = result->identity.p != NULL ? KRATOS_OK : KRATOS_ERR_REFUSED; /* a null outcome has neither */
    if (failed) {
        result->rc = kratos_error_result(error);
        kratos_decode_error(k, error, error_fields, sizeof error_fields / sizeof *error_fields, out);
    }
    return KRATOS_OK;
}

/* An object; in its array "identities" an object or null for each row. */
static bool expected(const struct kratos *k, char first)
{
    bool row = k->sieve.depth == 2 && k->part;
    return (k->sieve.depth != 0 && !row) || first == '{' || (row && first == 'n');
}

/* k->part: the array "identities" is being read. */
static int rows_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    static const char name[] = "\"identities\"";
    struct kratos_batch_result *result = (struct kratos_batch_result *)call->out;
    unsigned depth = k->sieve.depth;
    int rc;
    if (event == KRATOS_SIEVE_BEGIN && !expected(k, k->work[k->raw])) {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    if (event == KRATOS_SIEVE_KEY && depth == 1) {
        k->start = k->text = k->raw;
        k->keeping = true;
        return KRATOS_GO;
    }
    if (event == KRATOS_SIEVE_KEY_END && depth == 1) {
        k->part = k->text - k->start == sizeof name - 1 && memcmp(k->work + k->start, name, sizeof name - 1) == 0;
        k->keeping = false;
        return KRATOS_GO;
    }
    if (event != KRATOS_SIEVE_END || depth != 2 || !k->part) {
        return KRATOS_GO;
    }
    if (k->list.page + k->list.seen == k->row_end) {
        return kratos_fail(k, KRATOS_ERR_JSON); /* more outcomes than rows */
    }
    (void)n;
    k->phase = KRATOS_PAUSED;
    rc = decode_row(k, result);
    if (result != NULL) {
        result->row = k->list.page + k->list.seen;
        result->rc = rc != KRATOS_OK ? rc : result->rc;
    }
    k->list.seen++;
    return rc;
}

static void first_row(struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_batch *batch = (const struct kratos_batch *)call->args;
    size_t rest = batch->row_count - k->list.page;
    k->list.seen = 0;
    k->row = k->list.page;
    k->row_sent = 0;
    k->row_end = k->row + (rest < k->list.size ? (uint32_t)rest : k->list.size);
    k->part = 0;
}

static int rows_end(struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_batch *batch = (const struct kratos_batch *)call->args;
    k->text = k->start = k->floor;
    if (k->list.seen != k->row_end - k->list.page) {
        return kratos_fail(k, KRATOS_ERR_JSON); /* not one outcome per row */
    }
    if (k->row_end == batch->row_count) {
        return KRATOS_END;
    }
    k->list.page = k->row_end;
    first_row(k, call);
    return KRATOS_NEXT;
}

/* list.page is the first row of the request, list.size the most it carries. */
static int rows_begin(struct kratos *k, const struct kratos_call *call)
{
    const struct kratos_batch *batch = (const struct kratos_batch *)call->args;
    uint32_t wanted = batch->rows_per_request < UINT32_MAX ? (uint32_t)batch->rows_per_request : UINT32_MAX;
    k->list.size = kratos_list_size(wanted, k->io->reply_max, wanted != 0 ? 0 : ROWS_MAX);
    first_row(k, call);
    return batch->row_count == 0 ? KRATOS_END : KRATOS_GO;
}

const struct kratos_shape kratos_shape_rows = {2, true, rows_begin, rows_fill, rows_event, rows_end, NULL, NULL, NULL};

/* batchPatchIdentities */
static const struct kratos_op batch_patch_identities = {
    "PATCH", "/admin/identities", &kratos_shape_rows, NULL, NULL, decode_row, KRATOS_200, 0, false, 0,
};

int kratos_batch_patch_identities(struct kratos *k, const struct kratos_batch *batch,
                                  struct kratos_batch_result *result)
{
    struct kratos_call call = {{NULL, NULL}, batch, result, {0, 0, NULL, false, false}};
    int rc;
    if (batch == NULL || batch->row == NULL || batch->row_count > UINT32_MAX) {
        return kratos_refuse(k, "batch");
    }
    rc = kratos_execute(k, &batch_patch_identities, &call);
    if (rc < 0 && k->op == NULL && result != NULL && rc != KRATOS_ERR_ARG) {
        memset(result, 0, sizeof *result);
        result->row = k->list.page;
        result->rc = rc;
    }
    return rc;
}
