/* SPDX-License-Identifier: Apache-2.0
 *
 * batchPatchIdentities: one outcome per row, whatever mixture of rows; what fails as a whole; how rows become requests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { ROWS_MAX = 16, MANY = 300 };

struct rows {
    size_t count;
    char serials[ROWS_MAX][TEXT_SIZE], traits[ROWS_MAX][2 * TEXT_SIZE];
    struct kratos_batch_row items[ROWS_MAX];
};

static int give_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    const struct rows *rows = arg;
    *row = rows->items[i];
    return 0;
}

static struct kratos_batch_row *add_row(struct suite *t, struct rows *rows, const char *serial)
{
    size_t i = rows->count++;
    struct kratos_batch_row *row = &rows->items[i];
    memset(row, 0, sizeof *row);
    if (serial == NULL) {
        serial = unique(t, "row", rows->serials[i]);
    } else {
        strcpy(rows->serials[i], serial);
    }
    row->create.traits = serial_traits(serial, rows->traits[i]);
    return row;
}

struct outcome {
    int rc;
    char id[KRATOS_ID_SIZE], action[16], patch_id[KRATOS_ID_SIZE], reason[512], message[512];
    bool null;
};

static void copy(char *dst, size_t size, kratos_str s)
{
    snprintf(dst, size, "%s", s.p != NULL ? s.p : "");
}

/* Runs the whole batch. The result of its last call. */
static int run(struct suite *t, struct client *c, struct rows *rows, size_t rows_per_request, struct outcome *outcomes)
{
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    size_t n = 0;
    int rc;
    memset(outcomes, 0, ROWS_MAX * sizeof *outcomes);
    batch.row_count = rows->count;
    batch.rows_per_request = rows_per_request;
    batch.row = give_row;
    batch.arg = rows;
    while ((rc = kratos_batch_patch_identities(&c->k, &batch, &result)) == KRATOS_OK) {
        struct outcome *o = &outcomes[n < ROWS_MAX ? n : ROWS_MAX - 1];
        INT(t, result.row, n);
        n++;
        o->rc = result.rc;
        o->null = result.action.p == NULL;
        copy(o->id, sizeof o->id, result.identity);
        copy(o->action, sizeof o->action, result.action);
        copy(o->patch_id, sizeof o->patch_id, result.patch_id);
        copy(o->reason, sizeof o->reason, result.reason);
        copy(o->message, sizeof o->message, result.message);
        if (result.rc == KRATOS_OK && *o->id != '\0') {
            created(t, o->id);
        }
    }
    if (rc == KRATOS_END) {
        INT(t, n, rows->count);
    }
    kratos_cancel(&c->k); /* after an error of one row it would go on */
    return rc;
}

static void exists(struct suite *t, struct client *c, const char *id, bool expected)
{
    RC(t, c, kratos_get_identity(&c->k, id, NULL, NULL), expected ? KRATOS_OK : KRATOS_ERR_NOT_FOUND);
}

/* By its identifier. */
static void is_there(struct suite *t, struct client *c, const char *serial, bool expected)
{
    struct kratos_list_identities_params params = {0};
    params.credentials_identifier = serial;
    RC(t, c, kratos_list_identities(&c->k, &params, NULL), expected ? KRATOS_OK : KRATOS_END);
    kratos_cancel(&c->k);
}

/* ---- Rows that are mixed ------------------------------------------------------------------------------------------------------ */

static void all_good(struct suite *t, struct client *c)
{
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    struct kratos_identity who = {0};
    add_row(t, &rows, NULL)->patch_id = "ABCDEF01-2222-4333-8444-555555555555";
    add_row(t, &rows, NULL)->skip = true;
    add_row(t, &rows, NULL)->create.metadata_admin = json("{\"batch\":true}");
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_END);
    INT(t, outcomes[0].rc, KRATOS_OK);
    STR(t, text_of(outcomes[0].action), "create");
    STR(t, text_of(outcomes[0].patch_id), "abcdef01-2222-4333-8444-555555555555");
    INT(t, outcomes[1].rc, KRATOS_ERR_REFUSED); /* null: nothing was asked for */
    TRUE(t, outcomes[1].null);
    INT(t, outcomes[2].rc, KRATOS_OK);
    STR(t, text_of(outcomes[2].patch_id), "");
    exists(t, c, outcomes[0].id, true);
    RC(t, c, kratos_get_identity(&c->k, outcomes[2].id, NULL, &who), KRATOS_OK);
    STR(t, who.metadata_admin, "{\"batch\":true}");
    STR(t, who.traits, rows.traits[2]);
}

/* Schema errors belong to their rows; 1.0.0 refuses all, and does not say which. */
static void with_invalid(struct suite *t, struct client *c)
{
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    bool per_row = t->facts->batch_per_row;
    add_row(t, &rows, NULL);
    add_row(t, &rows, NULL)->create.traits = json("{\"model\":1}");
    add_row(t, &rows, NULL)->create.schema_id = "nope";
    add_row(t, &rows, NULL);
    RC(t, c, run(t, c, &rows, 0, outcomes), per_row ? KRATOS_END : KRATOS_ERR_REFUSED);
    if (per_row) {
        INT(t, outcomes[0].rc, KRATOS_OK);
        INT(t, outcomes[1].rc, KRATOS_ERR_REFUSED);
        STR(t, text_of(outcomes[1].action), "error");
        PART(t, text_of(outcomes[1].reason), t->facts->batch_says_why ? "I[#/traits" : "The request was malformed");
        INT(t, outcomes[2].rc, KRATOS_ERR_REFUSED);
        INT(t, outcomes[3].rc, KRATOS_OK);
        exists(t, c, outcomes[0].id, true);
        exists(t, c, outcomes[3].id, true);
    } else {
        FAULT(t, c, 400, KRATOS_NOT_DONE, "I[#/traits", NULL);
    }
    is_there(t, c, rows.serials[0], per_row);
    is_there(t, c, rows.serials[3], per_row);
}

static void with_duplicate(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    bool per_row = t->facts->batch_per_row, kept = per_row && !t->facts->batch_rolls_back;
    make_identity(t, c, unique(t, "taken", serial), id);
    add_row(t, &rows, NULL);
    add_row(t, &rows, serial)->patch_id = "11111111-2222-4333-8444-000000000001";
    add_row(t, &rows, NULL)->create.traits = json("{}");
    add_row(t, &rows, NULL)->skip = true;
    rows.items[3].patch_id = "11111111-2222-4333-8444-000000000003";
    add_row(t, &rows, NULL);
    if (!per_row) {
        rows.items[2].skip = true; /* one kind of error at a time */
    }
    RC(t, c, run(t, c, &rows, 0, outcomes), per_row ? KRATOS_END : KRATOS_ERR_CONFLICT);
    if (per_row) {
        INT(t, outcomes[0].rc, KRATOS_OK);
        INT(t, outcomes[1].rc, KRATOS_ERR_CONFLICT);
        STR(t, text_of(outcomes[1].action), "error");
        STR(t, text_of(outcomes[1].patch_id), "11111111-2222-4333-8444-000000000001");
        PART(t, text_of(outcomes[1].message), "Unable to insert or update resource");
        INT(t, outcomes[2].rc, KRATOS_ERR_REFUSED);
        STR(t, text_of(outcomes[2].action), "error");
        INT(t, outcomes[3].rc, KRATOS_ERR_REFUSED);
        TRUE(t, outcomes[3].null);
        STR(t, text_of(outcomes[3].patch_id), "");
        INT(t, outcomes[4].rc, KRATOS_OK);
        exists(t, c, outcomes[0].id, kept); /* 1.3 reports what it then undid */
        exists(t, c, outcomes[4].id, kept);
    } else {
        FAULT(t, c, 409, KRATOS_NOT_DONE, NULL, NULL);
    }
    is_there(t, c, rows.serials[0], kept);
    is_there(t, c, rows.serials[4], kept);
}

/* Two equal rows; a single row; all rows bad. */
static void with_itself(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    bool per_row = t->facts->batch_per_row;
    unique(t, "self", serial);
    add_row(t, &rows, serial);
    add_row(t, &rows, serial);
    RC(t, c, run(t, c, &rows, 0, outcomes), per_row ? KRATOS_END : KRATOS_ERR_CONFLICT);
    if (per_row) {
        INT(t, outcomes[0].rc, KRATOS_OK);
        INT(t, outcomes[1].rc, KRATOS_ERR_CONFLICT);
    }
    is_there(t, c, serial, per_row && !t->facts->batch_rolls_back);

    make_identity(t, c, unique(t, "taken", serial), id);
    rows.count = 0;
    add_row(t, &rows, NULL)->create.traits = json("{}");
    add_row(t, &rows, serial);
    RC(t, c, run(t, c, &rows, 0, outcomes), per_row ? KRATOS_ERR_CONFLICT : KRATOS_ERR_REFUSED); /* the only survivor */
    FAULT(t, c, per_row ? 409 : 400, KRATOS_NOT_DONE, NULL, NULL);
    rows.count = 0;
    add_row(t, &rows, serial);
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_ERR_CONFLICT);

    rows.count = 0;
    add_row(t, &rows, serial);
    add_row(t, &rows, serial);
    add_row(t, &rows, NULL)->create.traits = json("{}");
    rows.items[2].skip = !per_row;
    RC(t, c, run(t, c, &rows, 0, outcomes), per_row ? KRATOS_END : KRATOS_ERR_CONFLICT); /* 200, and nothing was done */
    if (per_row) {
        INT(t, outcomes[0].rc, KRATOS_ERR_CONFLICT);
        INT(t, outcomes[1].rc, KRATOS_ERR_CONFLICT);
        INT(t, outcomes[2].rc, KRATOS_ERR_REFUSED);
    }
}

static void nothing(struct suite *t, struct client *c)
{
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    size_t sent = c->wire.sent;
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_END);
    INT(t, c->wire.sent, sent);
    add_row(t, &rows, NULL)->skip = true;
    add_row(t, &rows, NULL)->skip = true;
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_END);
    TRUE(t, outcomes[0].null && outcomes[1].null);
    RC(t, c, kratos_batch_patch_identities(&c->k, NULL, NULL), KRATOS_ERR_ARG);
}

/* ---- What fails as a whole --------------------------------------------------------------------------------------------------------- */

static void whole(struct suite *t, struct client *c, struct rows *rows, int rc, int status, const char *reason,
                  const char *message)
{
    struct outcome outcomes[ROWS_MAX];
    RC(t, c, run(t, c, rows, 0, outcomes), rc);
    FAULT(t, c, status, status < 500 ? KRATOS_NOT_DONE : KRATOS_MAYBE_DONE, reason, message);
    is_there(t, c, rows->serials[0], false);
}

static void refused(struct suite *t, struct client *c)
{
    char external_id[TEXT_SIZE], longest[80];
    struct kratos_credentials secret = {0};
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    add_row(t, &rows, NULL);
    add_row(t, &rows, NULL)->create.state = "asleep";
    whole(t, c, &rows, KRATOS_ERR_REFUSED, 400, "identity state is not valid", NULL);
    rows.items[1].create.state = NULL;
    rows.items[1].patch_id = "not-a-uuid";
    whole(t, c, &rows, KRATOS_ERR_REFUSED, 400, NULL, "uuid");
    rows.items[1].patch_id = NULL;
    rows.items[1].create.credentials.write = kratos_write_credentials;
    rows.items[1].create.credentials.arg = &secret;
    secret.hashed_password = "$6$xx";
    whole(t, c, &rows, KRATOS_ERR_REFUSED, 400, "does not match any known hash format", NULL);
    secret.hashed_password = NULL;
    memset(longest, 'p', sizeof longest);
    longest[73] = '\0';
    secret.password = longest;
    whole(t, c, &rows, KRATOS_ERR_SERVER, 500, NULL, "72");
    secret.password = NULL;
    rows.items[1].create.traits = json("{\"serial\":\"  \"}");
    whole(t, c, &rows, KRATOS_ERR_SERVER, 500, "missing or empty identifier", NULL);
    if (!t->facts->external_id) {
        rows.items[1].create.traits = rows.items[0].create.traits;
        rows.items[1].create.external_id = "x";
        whole(t, c, &rows, KRATOS_ERR_REFUSED, 400, NULL, "json: unknown field \"external_id\"");
        return;
    }
    rows.count = 0;
    unique(t, "ext", external_id);
    add_row(t, &rows, NULL)->create.external_id = external_id;
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_END);
    rows.count = 0;
    add_row(t, &rows, NULL);
    add_row(t, &rows, NULL)->create.external_id = external_id;
    if (t->facts->batch_empty_in && t->database->empty_in_message != NULL) {
        whole(t, c, &rows, KRATOS_ERR_SERVER, 500, NULL, t->database->empty_in_message);
        return;
    }
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_END);
    INT(t, outcomes[0].rc, KRATOS_OK);
    INT(t, outcomes[1].rc, KRATOS_ERR_CONFLICT);
    exists(t, c, outcomes[0].id, true);
}

/* Refused here, in the middle of the request: nothing of it takes effect. */
static int give_up_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    give_row(arg, i % ROWS_MAX, row);
    return i == 5 ? 1 : 0;
}

static void refused_locally(struct suite *t, struct client *c)
{
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    size_t i;
    client_set_work(c, 512);
    for (i = 0; i < 10; i++) {
        add_row(t, &rows, NULL);
    }
    batch.row_count = 10;
    batch.row = give_up_row;
    batch.arg = &rows;
    RC(t, c, kratos_batch_patch_identities(&c->k, &batch, &result), KRATOS_ERR_ARG);
    INT(t, result.row, 5);
    is_there(t, c, rows.serials[0], false);
    batch.row = give_row;
    rows.items[7].create.traits = json("{\"serial\":}");
    RC(t, c, kratos_batch_patch_identities(&c->k, &batch, &result), KRATOS_ERR_ARG);
    INT(t, result.row, 7);
    is_there(t, c, rows.serials[0], false);
    rows.items[7] = rows.items[6];
    rows.items[7].create.traits = serial_traits(rows.serials[7], rows.traits[7]);
    RC(t, c, run(t, c, &rows, 0, outcomes), KRATOS_END);
    is_there(t, c, rows.serials[0], true);
    client_set_work(c, WORK_SIZE);
}

/* ---- Many rows ----------------------------------------------------------------------------------------------------------------------- */

static void split(struct suite *t, struct client *c)
{
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    size_t i;
    for (i = 0; i < 10; i++) {
        add_row(t, &rows, NULL);
    }
    RC(t, c, run(t, c, &rows, 3, outcomes), KRATOS_END);
    for (i = 0; i < 10; i++) {
        INT(t, outcomes[i].rc, KRATOS_OK);
        is_there(t, c, rows.serials[i], true);
    }
    rows.count = 0;
    for (i = 0; i < 7; i++) {
        add_row(t, &rows, NULL);
    }
    rows.items[4].create.state = "asleep"; /* the second request of three fails */
    RC(t, c, run(t, c, &rows, 3, outcomes), KRATOS_ERR_REFUSED);
    is_there(t, c, rows.serials[2], true);
    is_there(t, c, rows.serials[3], false);
    is_there(t, c, rows.serials[6], false);
}

struct many {
    const char *prefix;
    unsigned asked, last;
};

static int many_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    static char traits[TEXT_SIZE];
    struct many *many = arg;
    many->asked += (unsigned)i != many->last;
    many->last = (unsigned)i;
    snprintf(traits, sizeof traits, "{\"label\":\"%s %u\"}", many->prefix, (unsigned)i);
    row->create.schema_id = "urn:example:a/b";
    row->create.traits = json(traits);
    return 0;
}

/* Through a window that holds a few of them; counted: with a Content-Length, instead of in chunks. */
static void many_rows(struct suite *t, struct client *c, unsigned row_count, bool counted)
{
    char prefix[TEXT_SIZE], (*ids)[KRATOS_ID_SIZE] = calloc(row_count, KRATOS_ID_SIZE), label[2 * TEXT_SIZE];
    struct many many = {prefix, 0, UINT32_MAX};
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    struct kratos_identity who = {0};
    size_t i, n = 0, good = 0;
    int rc;
    if (ids == NULL) {
        return;
    }
    unique(t, "many", prefix);
    client_set_work(c, 1024);
    batch.row_count = batch.rows_per_request = row_count;
    batch.row = many_row;
    batch.arg = &many;
    batch.counted = counted;
    while ((rc = kratos_batch_patch_identities(&c->k, &batch, &result)) == KRATOS_OK) {
        good += result.row == n && result.rc == KRATOS_OK && result.identity.n == 36;
        if (n < row_count && result.identity.n == 36) {
            strcpy(ids[n], result.identity.p);
            created(t, ids[n]);
        }
        n++;
    }
    RC(t, c, rc, KRATOS_END);
    INT(t, n, row_count);
    INT(t, good, row_count);
    INT(t, many.asked, counted ? 2 * row_count : row_count); /* in ascending order */
    for (i = 0; i < row_count; i += 37) {                    /* each outcome names its own row */
        RC(t, c, kratos_get_identity(&c->k, ids[i], NULL, &who), KRATOS_OK);
        snprintf(label, sizeof label, "\"%s %u\"", prefix, (unsigned)i);
        STR(t, at(who.traits, "label"), label);
    }
    client_set_work(c, WORK_SIZE);
    free(ids);
}

static int skip_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)i;
    row->skip = arg == NULL;
    row->create.schema_id = "urn:example:a/b";
    row->create.traits = json("{}");
    row->create.credentials.write = kratos_write_credentials;
    row->create.credentials.arg = arg;
    return 0;
}

static void limits(struct suite *t, struct client *c)
{
    struct kratos_credentials secret = {0};
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    size_t n = 0;
    int rc;
    batch.row = skip_row;
    batch.row_count = batch.rows_per_request = t->facts->batch_max;
    while ((rc = kratos_batch_patch_identities(&c->k, &batch, &result)) == KRATOS_OK) {
        n += result.rc == KRATOS_ERR_REFUSED;
    }
    RC(t, c, rc, KRATOS_END);
    INT(t, n, t->facts->batch_max);
    batch.row_count = ++batch.rows_per_request; /* empty rows count too */
    RC(t, c, kratos_batch_patch_identities(&c->k, &batch, &result), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "The maximum number of identities", NULL);
    batch.rows_per_request = 0; /* chosen by the library: several requests */
    for (n = 0; (rc = kratos_batch_patch_identities(&c->k, &batch, &result)) == KRATOS_OK; n++) {
    }
    RC(t, c, rc, KRATOS_END);
    INT(t, n, batch.row_count);
    if (t->facts->batch_plain_max != 0) {
        secret.password = "plain";
        batch.arg = &secret;
        batch.row_count = batch.rows_per_request = t->facts->batch_plain_max + 1;
        RC(t, c, kratos_batch_patch_identities(&c->k, &batch, &result), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, NULL);
        batch.rows_per_request = 0;
        for (n = 0; (rc = kratos_batch_patch_identities(&c->k, &batch, &result)) == KRATOS_OK; n++) {
        }
        RC(t, c, rc, KRATOS_END);
        INT(t, n, batch.row_count);
    }
}

/* The connection ends in the middle of the reply: the rows were created, and the caller is told to look. */
static void cut(struct suite *t)
{
    struct rows rows = {0};
    struct outcome outcomes[ROWS_MAX];
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    add_row(t, &rows, NULL);
    add_row(t, &rows, NULL);
    c.wire.cut_after = 180;
    c.wire.cuts = 1;
    RC(t, &c, run(t, &c, &rows, 0, outcomes), KRATOS_ERR_CLOSED);
    TRUE(t, kratos_last_fault(&c.k)->effect == KRATOS_DONE || kratos_last_fault(&c.k)->effect == KRATOS_MAYBE_DONE);
    is_there(t, &c, rows.serials[0], true);
    is_there(t, &c, rows.serials[1], true);
    client_close(&c);
}

void test_batches(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    operation(t, "batchPatchIdentities");
    all_good(t, &c);
    with_invalid(t, &c);
    with_duplicate(t, &c);
    with_itself(t, &c);
    nothing(t, &c);
    refused(t, &c);
    refused_locally(t, &c);
    split(t, &c);
    many_rows(t, &c, MANY, false);
    many_rows(t, &c, 40, true);
    limits(t, &c);
    cut(t);
    client_close(&c);
}
