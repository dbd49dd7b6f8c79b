/* SPDX-License-Identifier: Apache-2.0
 *
 * The two operations on schemas, which live on the public listener. A schema may be larger than any buffer,
 * so it is handed on in checked parts as it arrives. It must never keep more than the id of the schema that
 * is passing.
 */
#include <string.h>

#include "op.h"
#include "reply.h"
#include "sieve.h"

#define PAGE_SIZE_MAX 1000

enum { OTHER, ID, SCHEMA }; /* k->progress.part: what is being read */

/* Hands on the n bytes that end at raw. */
static int give(struct kratos *k, const struct kratos_call *call, uint32_t n, bool last)
{
    struct kratos_schema_part *part = call->out;
    struct kratos_reply *r = &k->reply;
    k->phase = KRATOS_PAUSED;
    if (part == NULL) {
        return KRATOS_OK;
    }
    memset(part, 0, sizeof *part);
    if (r->floor != 0) { /* the id, with its NUL */
        part->id.p = k->work;
        part->id.n = r->floor - 1;
    }
    part->p = k->work + r->raw - n;
    part->n = n;
    part->last = last;
    return KRATOS_OK;
}

/* Streams a schema, from its first byte on to its end. */
static int stream(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    bool ends = event == KRATOS_SIEVE_END;
    int rc = kratos_strict(k);
    if (rc != KRATOS_GO) {
        return rc;
    }
    if (ends) {
        k->progress.part = OTHER;
        kratos_name_begin(k);
    }
    return give(k, call, n, ends);
}

static int schema_end(struct kratos *k, const struct kratos_call *call)
{
    int rc = kratos_strict(k);
    (void)call;
    kratos_reply_drop(k, 0);
    return rc == KRATOS_GO ? KRATOS_END : rc;
}

/* ---- getIdentitySchema ----------------------------------------------------------------------- */

static int schema_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    if (k->progress.part == SCHEMA) {
        return stream(k, call, event, n);
    }
    if (event == KRATOS_SIEVE_BEGIN) {
        k->progress.part = SCHEMA;
    }
    return KRATOS_GO;
}

static const struct kratos_shape schema_shape = {.event = schema_event, .end = schema_end};

static const char schema_path[] = "/schemas/{id}", schemas_path[] = "/schemas";

static const struct kratos_op get_identity_schema = {
    .method = "GET",
    .path = schema_path,
    .success = KRATOS_200,
    .shape = &schema_shape,
};

int kratos_get_identity_schema(struct kratos *k, const char *id, struct kratos_schema_part *part)
{
    return kratos_run_at(k, id, NULL, part, &get_identity_schema);
}

/* ---- listIdentitySchemas --------------------------------------------------------------------- */

/* The id stands at the bottom of the work buffer, decoded, while its schema passes. */
static int keep_id(struct kratos *k)
{
    struct kratos_reply *r = &k->reply;
    kratos_json text = {k->work + r->start, r->text - r->start};
    size_t n;
    if (kratos_json_str(text, k->work + r->start, text.n, &n) != KRATOS_OK) {
        return KRATOS_ERR_JSON;
    }
    memmove(k->work, k->work + r->start, n + 1);
    r->floor = (uint32_t)n + 1;
    return KRATOS_GO;
}

/* Events of the members of a container {"id":...,"schema":...}. */
static int member_event(struct kratos *k, int event)
{
    int rc = KRATOS_GO;
    if (event == KRATOS_SIEVE_BEGIN) {
        k->progress.part = kratos_name_is(k, "schema") ? SCHEMA : kratos_name_is(k, "id") ? ID : OTHER;
        k->reply.start = k->reply.text = k->reply.raw;
        k->reply.keeping = k->progress.part == ID;
    } else if (event == KRATOS_SIEVE_END) {
        rc = k->progress.part == ID ? keep_id(k) : KRATOS_GO;
        kratos_name_begin(k);
    }
    return rc;
}

static int schemas_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    unsigned depth = k->sieve.depth;
    char first = k->work[k->reply.raw];
    bool good = depth == 0 ? first == '[' || first == 'n' : depth > 1 || first == '{';
    if (event == KRATOS_SIEVE_BEGIN && !good) {
        return KRATOS_ERR_JSON;
    }
    if (k->reply.lost_size != 0) { /* an id that does not fit */
        k->fault.need = 0;
        return KRATOS_ERR_SPACE;
    }
    if (k->progress.part == SCHEMA) {
        return stream(k, call, event, n);
    }
    if (event == KRATOS_SIEVE_BEGIN && depth == 1) {
        k->reply.floor = 0;
        k->progress.part = OTHER;
        kratos_name_begin(k);
    }
    return depth == 2 ? member_event(k, event) : KRATOS_GO;
}

struct range {
    uint32_t size, page;
};

/* The pages of this list overlap from the second on, so it is asked for in one. */
static void write_range(struct kratos_out *out, const void *args)
{
    const struct range *range = args;
    kratos_out_query_number(out, "per_page", range->size != 0 ? range->size : PAGE_SIZE_MAX);
    kratos_out_query_number(out, "page", range->page);
}

static const struct kratos_shape schemas_shape = {.depth = 2, .event = schemas_event, .end = schema_end};

static const struct kratos_op list_identity_schemas = {
    .method = "GET",
    .path = schemas_path,
    .query = write_range,
    .success = KRATOS_200,
    .shape = &schemas_shape,
};

int kratos_list_identity_schemas(struct kratos *k, uint32_t page_size, uint32_t page, struct kratos_schema_part *part)
{
    struct range range;
    range.size = page_size;
    range.page = page;
    return kratos_run(k, &range, part, &list_identity_schemas);
}
