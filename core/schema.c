/* SPDX-License-Identifier: Apache-2.0
 *
 * The two operations on schemas, which live on the public listener. A schema may be larger than any buffer,
 * so it is handed on in checked parts as it arrives. It must never keep more than the id of the schema that
 * is passing.
 */
#include <string.h>

#include "op.h"
#include "sieve.h"
#include "text.h"

#define PAGE_SIZE_MAX 1000

enum { OTHER, ID, SCHEMA_NAME, SCHEMA }; /* k->part: what is being read */

/* Hands on the n bytes that end at raw. */
static int give(struct kratos *k, const struct kratos_call *call, uint32_t n, bool last, uint32_t id_size)
{
    struct kratos_schema_part *part = (struct kratos_schema_part *)call->out;
    k->phase = KRATOS_PAUSED;
    if (part == NULL) {
        return KRATOS_OK;
    }
    memset(part, 0, sizeof *part);
    if (id_size != 0) {
        part->id.p = k->work;
        part->id.n = id_size - 1;
    }
    part->p = k->work + k->raw - n;
    part->n = n;
    part->last = last;
    return KRATOS_OK;
}

static int strict(struct kratos *k)
{
    return k->sieve.odd ? kratos_fail(k, KRATOS_ERR_JSON) : KRATOS_GO;
}

/* Streams the value at `depth` while k->part is SCHEMA. */
static int stream(struct kratos *k, const struct kratos_call *call, int event, uint32_t n, unsigned depth)
{
    bool ends = event == KRATOS_SIEVE_END && k->sieve.depth == depth;
    if (strict(k) != KRATOS_GO) {
        return KRATOS_ERR_JSON;
    }
    if (ends) {
        k->part = OTHER;
    }
    return n != 0 || ends ? give(k, call, n, ends, k->floor) : KRATOS_GO;
}

/* ---- getIdentitySchema ----------------------------------------------------------------------- */

static int schema_begin(struct kratos *k, const struct kratos_call *call)
{
    (void)call;
    k->part = OTHER;
    return KRATOS_GO;
}

static int schema_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    if (k->part == SCHEMA) {
        return stream(k, call, event, n, 0);
    }
    if (event == KRATOS_SIEVE_BEGIN && k->sieve.depth == 0) {
        k->part = SCHEMA;
    }
    return KRATOS_GO;
}

static int schema_end(struct kratos *k, const struct kratos_call *call)
{
    (void)call;
    k->text = k->start = k->floor;
    return strict(k) == KRATOS_GO ? KRATOS_END : KRATOS_ERR_JSON;
}

const struct kratos_shape kratos_shape_schema = {0,          false, schema_begin, NULL, schema_event,
                                                 schema_end, NULL,  NULL,         NULL};

static const struct kratos_op get_identity_schema = {
    "GET", "/schemas/{id}", &kratos_shape_schema, NULL, NULL, NULL, KRATOS_200, 0, false, 0,
};

int kratos_get_identity_schema(struct kratos *k, const char *id, struct kratos_schema_part *part)
{
    return kratos_run(k, &get_identity_schema, id, NULL, part);
}

/* ---- listIdentitySchemas --------------------------------------------------------------------- */

/* The id stands at the bottom of the work buffer, decoded, while its schema passes. */
static int keep_id(struct kratos *k)
{
    kratos_json text = {k->work + k->start, k->text - k->start};
    size_t n;
    if (kratos_json_str(text, k->work + k->start, text.n, &n) != KRATOS_OK) {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    memmove(k->work, k->work + k->start, n + 1);
    k->floor = (uint32_t)n + 1;
    k->text = k->start = k->raw;
    return KRATOS_GO;
}

static bool named(const struct kratos *k, const char *quoted)
{
    size_t n = kratos_text_size(quoted);
    return k->text - k->start == n && memcmp(k->work + k->start, quoted, n) == 0;
}

/* Events of the members of a container {"id":...,"schema":...}. */
static int member_event(struct kratos *k, int event)
{
    switch (event) {
    case KRATOS_SIEVE_KEY:
        k->start = k->text = k->raw;
        k->keeping = true;
        return KRATOS_GO;
    case KRATOS_SIEVE_KEY_END:
        k->keeping = false;
        k->part = named(k, "\"schema\"") ? SCHEMA_NAME : named(k, "\"id\"") ? ID : OTHER;
        return KRATOS_GO;
    case KRATOS_SIEVE_BEGIN:
        k->start = k->text = k->raw;
        k->keeping = k->part == ID;
        k->part = k->part == SCHEMA_NAME ? SCHEMA : k->part;
        return KRATOS_GO;
    case KRATOS_SIEVE_END:
        k->keeping = false;
        return k->part == ID ? keep_id(k) : KRATOS_GO;
    default:
        return KRATOS_GO;
    }
}

static int schemas_event(struct kratos *k, const struct kratos_call *call, int event, uint32_t n)
{
    unsigned depth = k->sieve.depth;
    bool surface = event == KRATOS_SIEVE_BEGIN && k->work[k->raw] != '{';
    if (surface && depth <= 1 && !(depth == 0 && (k->work[k->raw] == '[' || k->work[k->raw] == 'n'))) {
        return kratos_fail(k, KRATOS_ERR_JSON);
    }
    if (k->over) { /* an id that does not fit */
        k->fault.need = 0;
        return kratos_fail(k, KRATOS_ERR_SPACE);
    }
    if (k->part == SCHEMA && event != KRATOS_SIEVE_BEGIN && event != KRATOS_SIEVE_KEY) {
        return stream(k, call, event, n, 2);
    }
    if (event == KRATOS_SIEVE_BEGIN && depth == 1) {
        k->floor = 0;
        k->part = OTHER;
    }
    return depth == 2 ? member_event(k, event) : KRATOS_GO;
}

/* The pages of this list overlap from the second on, so it is asked for in one. */
static void schemas_query(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call)
{
    (void)k;
    kratos_out_query_number(out, "per_page", call->page.size != 0 ? call->page.size : PAGE_SIZE_MAX);
    kratos_out_query_number(out, "page", call->page.page);
}

static int schemas_end(struct kratos *k, const struct kratos_call *call)
{
    k->floor = 0;
    return schema_end(k, call);
}

const struct kratos_shape kratos_shape_schemas = {2,           false, schema_begin, NULL,         schemas_event,
                                                  schemas_end, NULL,  NULL,         schemas_query};

static const struct kratos_op list_identity_schemas = {
    "GET", "/schemas", &kratos_shape_schemas, NULL, NULL, NULL, KRATOS_200, KRATOS_ONE_PAGE, false, 0,
};

int kratos_list_identity_schemas(struct kratos *k, uint32_t page_size, uint32_t page, struct kratos_schema_part *part)
{
    struct kratos_call call = {{NULL, NULL}, NULL, part, {page_size, page, NULL, false, false}};
    return kratos_execute(k, &list_identity_schemas, &call);
}
