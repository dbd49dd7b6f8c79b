/* SPDX-License-Identifier: Apache-2.0
 *
 * Traits and metadata on their way to the server and back: verbatim, of any size over a small work buffer, and what
 * strict JSON does not have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { NOTE_SIZE = 6000, DEEP = 40 };

/* ---- Verbatim -------------------------------------------------------------------------------------------------------------- */

/* One text as a trait and as metadata: it comes back as it was sent, or as a JSON column makes it anew. */
static void kept(struct suite *t, struct client *c, const char *sent, const char *column)
{
    char serial[TEXT_SIZE], traits[4 * TEXT_SIZE], wrapped[4 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"data\":%s}", unique(t, "text", serial), sent);
    body.traits = json(traits);
    snprintf(wrapped, sizeof wrapped, "[%s]", sent); /* a bare number would be lost: see poison() */
    body.metadata_admin = json(wrapped);
    if (!RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK)) {
        return;
    }
    created(t, who.id);
    memcpy(id, who.id, sizeof id);
    STR(t, who.traits, traits);
    STR(t, who.metadata_admin, wrapped);
    if (t->database->json_columns) { /* shorter names first, then by their bytes */
        snprintf(traits, sizeof traits, "{\"data\":%s,\"serial\":\"%s\"}", column, serial);
        snprintf(wrapped, sizeof wrapped, "[%s]", column);
    }
    if (RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK)) {
        STR(t, who.traits, traits);
        STR(t, who.metadata_admin, wrapped);
        TRUE(t, strcmp(who.id, id) == 0); /* an inner "id" shadows nothing */
        STR(t, who.state, "active");
    }
}

/* The same for what a JSON column cannot hold. */
static void kept_or_not(struct suite *t, struct client *c, const char *sent, const char *message)
{
    char serial[TEXT_SIZE], traits[TEXT_SIZE], wrapped[TEXT_SIZE];
    struct kratos_identity_body body = {0};
    if (message == NULL) {
        kept(t, c, sent, sent);
        return;
    }
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"data\":%s}", unique(t, "text", serial), sent);
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, NULL), KRATOS_ERR_SERVER);
    FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", message);
    body.traits = serial_traits(serial, traits);
    snprintf(wrapped, sizeof wrapped, "[%s]", sent);
    body.metadata_admin = json(wrapped);
    RC(t, c, kratos_create_identity(&c->k, &body, NULL), KRATOS_ERR_SERVER);
    FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", message);
}

static void verbatim(struct suite *t, struct client *c)
{
    static char written_out[402]; /* 1e400 */
    static const struct {
        const char *sent, *column;
    } texts[] = {
        {"12345678901234567890", "12345678901234567890"},
        {"-0", "0"},
        {"1e400", written_out},
        {"1.0", "1.0"},
        {"1E3", "1000"},
        {"0.10000000000000000000000001", "0.10000000000000000000000001"},
        {"{\"b\":1,\"a\":2,\"b\":3}", "{\"a\":2,\"b\":3}"}, /* duplicate keys, in their order */
        {"{\"aa\":1,\"b\":2}", "{\"b\":2,\"aa\":1}"},
        {"\"\\u00e9\\ud83d\\ude00\\u0041\"", "\"\xC3\xA9\xF0\x9F\x98\x80\x41\""}, /* escapes stay escapes */
        {"\"\xC3\xA9\xF0\x9F\x98\x80\"", "\"\xC3\xA9\xF0\x9F\x98\x80\""},
        {"\"\\b\\f\\n\\r\\t\\\\\\/\\\"\"", "\"\\b\\f\\n\\r\\t\\\\/\\\"\""},
        {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"},
        {"{\"\":{\"id\":\"not the identity's\"},\"state\":\"inactive\"}",
         "{\"\":{\"id\":\"not the identity's\"},\"state\":\"inactive\"}"},
    };
    size_t i;
    operation(t, "createIdentity");
    memset(written_out, '0', sizeof written_out - 1);
    written_out[0] = '1';
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        kept(t, c, texts[i].sent, texts[i].column);
    }
    kept_or_not(t, c, "\"\\ud800\"", t->database->surrogate_message);
    kept_or_not(t, c, "\"\\u0000\"", t->database->nul_message);
    kept_or_not(t, c, "1e131072", t->database->range_message);
}

/* <, >, & and the two line separators come back as escapes; decoded they are what was sent. */
static void html(struct suite *t, struct client *c)
{
    static const char text[] = "<a>&\xE2\x80\xA8";
    char serial[TEXT_SIZE], traits[4 * TEXT_SIZE], decoded[64];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"model\":\"%s\"}", unique(t, "html", serial), text);
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    STR(t, at(who.traits, "model"), "\"\\u003ca\\u003e\\u0026\\u2028\"");
    INT(t, kratos_json_str(at(who.traits, "model"), decoded, sizeof decoded, NULL), KRATOS_OK);
    INT(t, strcmp(decoded, text), 0);
}

/* ---- What strict JSON does not have ------------------------------------------------------------------------------------------- */

/* Creates an identity past the library: Kratos takes what it would not send, unless its database says `message`. */
static bool create_raw(struct suite *t, const char *data, size_t n, const char *message, char id[KRATOS_ID_SIZE])
{
    char serial[TEXT_SIZE], body[4 * TEXT_SIZE];
    size_t head = (size_t)sprintf(body, "{\"traits\":{\"serial\":\"%s\",\"data\":", unique(t, "odd", serial));
    kratos_json text = {NULL, 0};
    struct answer a;
    bool done;
    memcpy(body + head, data, n);
    strcpy(body + head + n, "}}");
    a = ask(&t->raw_admin, "POST", "/admin/identities", body, head + n + 2);
    text.p = a.body;
    text.n = a.n;
    INT(t, a.status, message != NULL ? 500 : 201);
    if (message != NULL) {
        PART(t, at(text, "error.message"), message);
    }
    done = a.status == 201 && kratos_json_str(at(text, "id"), id, KRATOS_ID_SIZE, NULL) == KRATOS_OK;
    if (done) {
        created(t, id);
    }
    answer_free(&a);
    return done;
}

static void odd_one(struct suite *t, struct client *c, const char *data, size_t n, bool bad, const char *message)
{
    char before[KRATOS_ID_SIZE], odd[KRATOS_ID_SIZE], after[KRATOS_ID_SIZE], serial[TEXT_SIZE];
    unsigned seen = 0, refused = 0;
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    int rc;
    operation(t, "getIdentity");
    make_identity(t, c, unique(t, "near", serial), before);
    if (!create_raw(t, data, n, message, odd)) {
        return;
    }
    make_identity(t, c, unique(t, "near", serial), after);
    rc = kratos_get_identity(&c->k, odd, NULL, &who);
    RC(t, c, rc, bad ? KRATOS_ERR_JSON : KRATOS_OK);
    TRUE(t, strcmp(who.id, odd) == 0);
    if (bad) {
        FAULT(t, c, 200, KRATOS_DONE, NULL, NULL);
        STR(t, who.traits, NULL);
    }
    operation(t, "listIdentities");
    params.page_size = 7;
    while ((rc = kratos_list_identities(&c->k, &params, &who)) == KRATOS_OK ||
           (rc == KRATOS_ERR_JSON && kratos_last_fault(&c->k)->effect == KRATOS_DONE)) {
        bool is_odd = strcmp(who.id, odd) == 0;
        seen += is_odd || strcmp(who.id, before) == 0 || strcmp(who.id, after) == 0;
        refused += is_odd && rc == KRATOS_ERR_JSON;
    }
    RC(t, c, rc, KRATOS_END);
    INT(t, seen, 3); /* it costs only its own element */
    INT(t, refused, bad ? 1 : 0);
    RC(t, c, kratos_delete_identity(&c->k, odd), KRATOS_OK);
}

/* A bare number as metadata is taken by Kratos, but over SQLite the identity can then never be read again, and no list that
 * meets it either; deleting it helps. */
static void poison(struct suite *t, struct client *c)
{
    static const char *const values[] = {"7", "-1.5e3"}, *const columns[] = {"7", "-1500"};
    struct kratos_identity who = {0};
    char serial[TEXT_SIZE], body[2 * TEXT_SIZE], id[KRATOS_ID_SIZE] = "";
    size_t i;
    operation(t, "getIdentity");
    for (i = 0; i < 2; i++) {
        kratos_json text = {NULL, 0};
        struct answer a;
        snprintf(body, sizeof body, "{\"traits\":{\"serial\":\"%s\"},\"metadata_admin\":%s}", unique(t, "num", serial),
                 values[i]);
        a = ask(&t->raw_admin, "POST", "/admin/identities", body, strlen(body));
        text.p = a.body;
        text.n = a.n;
        INT(t, a.status, 201);
        TRUE(t, kratos_json_str(at(text, "id"), id, sizeof id, NULL) == KRATOS_OK);
        STR(t, at(text, "metadata_admin"), values[i]);
        answer_free(&a);
        if (t->database->loses_numbers) {
            int rc;
            RC(t, c, kratos_get_identity(&c->k, id, NULL, NULL), KRATOS_ERR_SERVER);
            FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", t->facts->number_message);
            while ((rc = kratos_list_identities(&c->k, NULL, NULL)) == KRATOS_OK) {
            }
            RC(t, c, rc, KRATOS_ERR_SERVER);
        } else {
            RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
            STR(t, who.metadata_admin, stored(t, values[i], columns[i]));
        }
        RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_OK);
    }
}

static void odd(struct suite *t, struct client *c)
{
    char deep[2 * DEEP + 1];
    odd_one(t, c, "\"\xFF\xC3\"", 4, true, t->database->bytes_message);
    odd_one(t, c, "\"\\udc00\"", 8, false, t->database->surrogate_message);
    odd_one(t, c, "{\"\xFE\":1}", 7, true, t->database->bytes_message);
    memset(deep, '[', DEEP);
    memset(deep + DEEP, ']', DEEP);
    odd_one(t, c, deep, 2 * DEEP, true, NULL);
}

/* ---- Size ------------------------------------------------------------------------------------------------------------------- */

static void write_note(struct kratos_out *out, const void *arg)
{
    size_t i, n = *(const size_t *)arg;
    kratos_out_object(out);
    kratos_out_key(out, "note");
    kratos_out_array(out);
    for (i = 0; i < n; i += 100) {
        kratos_out_str(
            out, "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567");
    }
    kratos_out_close(out);
    kratos_out_close(out);
}

/* A body and a reply of several KB through 1 KB: what was created is known, and how much the reading of it needs. */
static void large(struct suite *t, struct client *c)
{
    static const size_t note = NOTE_SIZE;
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE], other[KRATOS_ID_SIZE];
    struct kratos_list_identities_params params = {0};
    const char *ids[3];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    size_t need;
    int rc;
    unsigned small = 0, over = 0, opened = c->wire.opened + 1;
    operation(t, "createIdentity");
    client_set_work(c, 1024);
    body.traits = serial_traits(unique(t, "large", serial), traits);
    body.metadata_admin.write = write_note;
    body.metadata_admin.arg = &note;
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_SPACE);
    FAULT(t, c, 201, KRATOS_DONE, NULL, NULL);
    TRUE(t, !kratos_last_fault(&c->k)->transient);
    TRUE(t, strlen(who.id) == 36);
    memcpy(id, who.id, sizeof id);
    created(t, id);
    need = kratos_last_fault(&c->k)->need;
    TRUE(t, need > NOTE_SIZE && need < NOTE_SIZE + 2000);
    operation(t, "getIdentity");
    RC(t, c, kratos_get_identity(&c->k, id, NULL, NULL), KRATOS_OK); /* dropped: needs nothing */
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_ERR_SPACE);
    TRUE(t, strcmp(who.id, id) == 0);
    need = kratos_last_fault(&c->k)->need;
    TRUE(t, need > NOTE_SIZE && need < NOTE_SIZE + 2000);
    operation(t, "listIdentities");
    make_identity(t, c, unique(t, "large", serial), other);
    params.credentials_identifier = NULL;
    params.ids = t->facts->list_ids ? ids : NULL;
    ids[0] = id;
    ids[1] = other;
    ids[2] = NULL;
    while ((rc = kratos_list_identities(&c->k, &params, &who)) == KRATOS_OK || rc == KRATOS_ERR_SPACE) {
        over += rc == KRATOS_ERR_SPACE && strcmp(who.id, id) == 0;
        small += rc == KRATOS_OK && strcmp(who.id, other) == 0;
    }
    RC(t, c, rc, KRATOS_END);
    INT(t, over, 1);
    INT(t, small, 1);
    operation(t, "getIdentity");
    INT(t, c->wire.opened, opened); /* the connection outlives all that */
    if (need > 1024) {
        client_set_work(c, need - 500);
        RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_ERR_SPACE);
        client_set_work(c, need);
        RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
        TRUE(t, who.metadata_admin.n > NOTE_SIZE);
        STR(t, who.traits, traits);
    }
    client_set_work(c, 1024);
    RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_OK);
    client_set_work(c, WORK_SIZE);
}

/* Kratos refuses bodies over 5 MiB in their middle, each operation in its own way; 1.0.0 takes them. */
static void too_large(struct suite *t, struct client *c)
{
    static const size_t note = 5400000;
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    struct kratos_patch patch = {0};
    bool limit = t->facts->body_limit;
    client_set_work(c, 1 << 20);
    operation(t, "createIdentity");
    body.traits = serial_traits(unique(t, "huge", serial), traits);
    body.metadata_admin.write = write_note;
    body.metadata_admin.arg = &note;
    RC(t, c, kratos_create_identity(&c->k, &body, &who), limit ? KRATOS_ERR_REFUSED : KRATOS_ERR_SPACE);
    if (limit) {
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "http: request body too large");
    } else {
        FAULT(t, c, 201, KRATOS_DONE, "", "");
        RC(t, c, kratos_delete_identity(&c->k, who.id), KRATOS_OK);
    }
    make_identity(t, c, unique(t, "huge", serial), id);
    operation(t, "updateIdentity");
    body.traits = serial_traits(serial, traits);
    RC(t, c, kratos_update_identity(&c->k, id, &body, NULL), limit ? KRATOS_ERR_REFUSED : KRATOS_OK);
    if (limit) {
        FAULT(t, c, 400, KRATOS_NOT_DONE, "http: request body too large", NULL);
    }
    operation(t, "patchIdentity");
    patch.op = "replace";
    patch.path = "/metadata_admin";
    patch.value = body.metadata_admin;
    RC(t, c, kratos_patch_identity(&c->k, id, &patch, 1, NULL), limit ? KRATOS_ERR_SERVER : KRATOS_OK);
    if (limit) {
        FAULT(t, c, 500, KRATOS_MAYBE_DONE, NULL, NULL);
        RC(t, c, kratos_get_identity(&c->k, id, NULL, NULL), KRATOS_OK);
    } else {
        RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_OK);
    }
    client_set_work(c, WORK_SIZE);
}

void test_traits(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    verbatim(t, &c);
    html(t, &c);
    odd(t, &c);
    poison(t, &c);
    large(t, &c);
    too_large(t, &c);
    client_close(&c);
}
