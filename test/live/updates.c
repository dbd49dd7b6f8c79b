/* SPDX-License-Identifier: Apache-2.0
 *
 * updateIdentity and patchIdentity: what they replace, keep, erase and refuse.
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"

static const char UNKNOWN_ID[] = "11111111-2222-4333-8444-555555555555";
static const char NOT_LOCATED[] = "Unable to locate the resource";
static const char TAKEN[] = "Unable to insert or update resource because a resource with that value exists already";

/* ---- updateIdentity --------------------------------------------------------------------------------------------------------- */

static void make_full(struct suite *t, struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    char traits[TEXT_SIZE], external_id[TEXT_SIZE];
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    body.traits = serial_traits(serial, traits);
    body.metadata_public = json("{\"a\":1}");
    body.metadata_admin = json("{\"b\":[1,2,3]}");
    secret.hashed_password = "$2a$04$xx";
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &secret;
    body.external_id = t->facts->external_id ? unique(t, "ext", external_id) : NULL;
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    memcpy(id, who.id, KRATOS_ID_SIZE);
}

static void update_erases(struct suite *t, struct client *c)
{
    static const char *const with_password[] = {"password", NULL};
    char serial[TEXT_SIZE], traits[2 * TEXT_SIZE], sorted[2 * TEXT_SIZE], id[KRATOS_ID_SIZE], stamp[64], changed[64];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "updateIdentity");
    make_full(t, c, unique(t, "upd", serial), id);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    snprintf(stamp, sizeof stamp, "%s", who.updated_at.p);
    snprintf(changed, sizeof changed, "%s", who.state_changed_at.p);
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"model\":\"new\"}", serial);
    snprintf(sorted, sizeof sorted, "{\"model\":\"new\",\"serial\":\"%s\"}", serial);
    body.traits = json(traits);
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    TRUE(t, strcmp(who.id, id) == 0);
    STR(t, who.traits, traits);
    STR(t, who.metadata_public, NULL);
    STR(t, who.metadata_admin, NULL);
    STR(t, who.external_id, NULL);
    STR(t, who.schema_id, "device"); /* these stay */
    STR(t, who.state, "active");
    INT(t, strcmp(or_empty(who.updated_at), stamp) != 0, t->facts->touches_updated_at);
    RC(t, c, kratos_get_identity(&c->k, id, with_password, &who), KRATOS_OK);
    STR(t, who.traits, stored(t, traits, sorted));
    STR(t, who.metadata_admin, NULL);
    STR(t, who.external_id, NULL);
    STR(t, who.state_changed_at, changed);
    STR(t, at(who.credentials, "password.config.hashed_password"), "\"$2a$04$xx\"");

    body.state = "inactive";
    body.metadata_admin = json("\"7\"");
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    STR(t, who.state, "inactive");
    STR(t, who.metadata_admin, "\"7\"");
    TRUE(t, strcmp(or_empty(who.state_changed_at), changed) != 0);
    body.state = NULL;
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    STR(t, who.state, "inactive");
}

/* Read, change, write back: the arguments point into the last reply. */
static void update_from_reply(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE], external_id[TEXT_SIZE] = "";
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "updateIdentity");
    make_full(t, c, unique(t, "rcw", serial), id);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    snprintf(external_id, sizeof external_id, "%s", or_empty(who.external_id));
    body.schema_id = who.schema_id.p;
    body.state = who.state.p;
    body.external_id = who.external_id.p;
    body.traits.text = who.traits.p;
    body.traits.n = who.traits.n;
    body.metadata_public.text = who.metadata_public.p;
    body.metadata_public.n = who.metadata_public.n;
    body.metadata_admin = json("\"changed\"");
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    STR(t, who.metadata_public, "{\"a\":1}");
    STR(t, who.metadata_admin, "\"changed\"");
    STR(t, who.external_id, *external_id != '\0' ? external_id : NULL);
}

static void update_credentials(struct suite *t, struct client *c)
{
    static const char *const with_both[] = {"password", "oidc", NULL};
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE], subjects[2][TEXT_SIZE];
    struct kratos_provider item = {0};
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "updateIdentity");
    make_full(t, c, unique(t, "upc", serial), id);
    body.traits = serial_traits(serial, traits);
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &secret;
    secret.hashed_password = "$2a$04$yy";
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    secret.hashed_password = NULL;
    item.provider = "g";
    item.subject = unique(t, "s", subjects[0]);
    secret.oidc = &item;
    secret.oidc_count = 1;
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    item.subject = unique(t, "s", subjects[1]);
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, with_both, &who), KRATOS_OK);
    STR(t, at(who.credentials, "password.config.hashed_password"), "\"$2a$04$yy\"");
    TRUE(t, at(who.credentials, "oidc.config.providers.1").p != NULL); /* appended, not replaced */
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_ERR_CONFLICT);
    FAULT(t, c, 409, KRATOS_NOT_DONE, NULL, TAKEN);
    memset(&secret, 0, sizeof secret);
    secret.password = "";
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "does not match any known hash format", NULL);
}

static void update_refused(struct suite *t, struct client *c)
{
    char serials[2][TEXT_SIZE], traits[TEXT_SIZE], ids[2][KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "updateIdentity");
    make_identity(t, c, unique(t, "upr", serials[0]), ids[0]);
    make_identity(t, c, unique(t, "upr", serials[1]), ids[1]);
    body.traits = serial_traits(serials[0], traits);
    RC(t, c, kratos_update_identity(&c->k, UNKNOWN_ID, &body, &who), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_update_identity(&c->k, "xyz", &body, &who), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_update_identity(&c->k, ids[1], &body, &who), KRATOS_ERR_CONFLICT);
    FAULT(t, c, 409, KRATOS_NOT_DONE, "", TAKEN);
    body.state = "asleep";
    RC(t, c, kratos_update_identity(&c->k, ids[0], &body, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, NULL);
    RC(t, c, kratos_update_identity(&c->k, UNKNOWN_ID, &body, &who),
       KRATOS_ERR_NOT_FOUND); /* the state is looked at later */
    body.state = NULL;
    body.schema_id = "nope";
    RC(t, c, kratos_update_identity(&c->k, ids[0], &body, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "Unable to find JSON Schema ID: nope", NULL);
    body.schema_id = NULL;
    body.traits = json("{\"serial\":1}");
    RC(t, c, kratos_update_identity(&c->k, ids[0], &body, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "expected string, but got number", NULL);
    body.traits = json("null");
    RC(t, c, kratos_update_identity(&c->k, ids[0], &body, &who), KRATOS_ERR_REFUSED);
    body.traits = json(NULL);
    RC(t, c, kratos_update_identity(&c->k, ids[0], &body, &who), KRATOS_ERR_ARG);
    RC(t, c, kratos_update_identity(&c->k, ids[0], NULL, &who), KRATOS_ERR_ARG);
    RC(t, c, kratos_get_identity(&c->k, ids[0], NULL, &who), KRATOS_OK);
    STR(t, who.traits, serial_traits(serials[0], traits).text);
}

/* What an update does not change, although it is asked to. */
static void update_ignores(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "updateIdentity");
    make_identity(t, c, unique(t, "upi", serial), id);
    body.traits = serial_traits(serial, traits);
    body.organization_id = UNKNOWN_ID;
    body.verifiable_addresses = json("[{\"value\":\"x@example.com\",\"via\":\"email\"}]");
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    STR(t, who.organization_id, NULL);
    STR(t, who.verifiable_addresses, NULL);
    body.external_id = "an external id";
    RC(t, c, kratos_update_identity(&c->k, id, &body, &who), KRATOS_OK);
    STR(t, who.external_id, t->facts->external_id ? "an external id" : NULL);
    RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_OK);
}

void test_updates(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    update_erases(t, &c);
    update_from_reply(t, &c);
    update_credentials(t, &c);
    update_refused(t, &c);
    update_ignores(t, &c);
    client_close(&c);
}

/* ---- patchIdentity ---------------------------------------------------------------------------------------------------------- */

static int patch(struct client *c, const char *id, const char *op, const char *path, const char *value,
                 struct kratos_identity *who)
{
    struct kratos_patch item = {0};
    item.op = op;
    item.path = path;
    item.value = json(value);
    item.from = strcmp(op != NULL ? op : "", "move") == 0 || strcmp(op != NULL ? op : "", "copy") == 0
                    ? "/traits/serial"
                    : NULL;
    return kratos_patch_identity(&c->k, id, &item, 1, who);
}

static void refused(struct suite *t, struct client *c, const char *id, const char *op, const char *path,
                    const char *value, const char *reason, const char *message)
{
    RC(t, c, patch(c, id, op, path, value, NULL), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, reason, message);
}

static void patch_traits(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], traits[3 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_patch items[3] = {{0}};
    const char *why = t->facts->patch_reason;
    operation(t, "patchIdentity");
    make_identity(t, c, unique(t, "pat", serial), id);
    RC(t, c, patch(c, id, "add", "/traits/model", "\"m\"", &who), KRATOS_OK);
    STR(t, at(who.traits, "model"), "\"m\"");
    RC(t, c, patch(c, id, "replace", "/traits/data", "{\"a/b\":1,\"c~d\":2,\"l\":[1,2]}", &who),
       KRATOS_OK); /* as add */
    RC(t, c, patch(c, id, "replace", "/traits/data/a~1b", "12345678901234567890", &who), KRATOS_OK);
    RC(t, c, patch(c, id, "remove", "/traits/data/c~0d", NULL, &who), KRATOS_OK);
    RC(t, c, patch(c, id, "add", "/traits/data/l/-", "3", &who), KRATOS_OK);
    RC(t, c, patch(c, id, "add", "/traits/data/l/0", "0", &who), KRATOS_OK);
    RC(t, c, patch(c, id, "replace", "/traits/data/l/-1", "4", &who), KRATOS_OK); /* the last one */
    STR(t, at(who.traits, "data.a/b"), "12345678901234567890");
    STR(t, at(who.traits, "data.c~d"), NULL);
    STR(t, at(who.traits, "data.l"), "[0,1,2,4]");
    refused(t, c, id, "replace", "/traits/data/l/9", "1", why, NULL);
    refused(t, c, id, "remove", "/traits/data/nope", NULL, why, NULL);
    RC(t, c, patch(c, id, "replace", "/traits/data/x/y/z", "true", &who), KRATOS_OK); /* parents are made */
    STR(t, at(who.traits, "data.x.y.z"), "true");
    items[0].op = items[1].op = items[2].op = "replace";
    items[0].path = "/traits/model";
    items[0].value = json("\"one\"");
    items[1].path = "/metadata_admin";
    items[1].value = json("{\"k\":[]}");
    items[2].path = "/traits/n";
    items[2].value = json("5");
    RC(t, c, kratos_patch_identity(&c->k, id, items, 3, &who), KRATOS_OK);
    snprintf(traits, sizeof traits, "\"%s\"", serial);
    STR(t, at(who.traits, "serial"), traits);
    STR(t, at(who.traits, "model"), "\"one\"");
    STR(t, at(who.traits, "n"), "5");
    STR(t, who.metadata_admin, "{\"k\":[]}");
    items[0].value = json("\"two\"");
    items[2].value = json("\"no integer\""); /* one that fails undoes all */
    RC(t, c, kratos_patch_identity(&c->k, id, items, 3, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "expected integer, but got string", NULL);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    STR(t, at(who.traits, "model"), "\"one\"");
}

static void patch_members(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    const struct facts *f = t->facts;
    struct kratos_identity who = {0};
    operation(t, "patchIdentity");
    make_identity(t, c, unique(t, "pam", serial), id);
    RC(t, c, patch(c, id, "replace", "/state", "\"inactive\"", &who), KRATOS_OK);
    STR(t, who.state, "inactive");
    refused(t, c, id, "replace", "/state", "\"asleep\"", "The supplied state ('asleep') was not valid.",
            "identity state is not valid");
    RC(t, c, patch(c, id, "add", "/metadata_public", "{\"x\":1}", &who), KRATOS_OK);
    STR(t, who.metadata_public, "{\"x\":1}");
    RC(t, c, patch(c, id, "remove", "/metadata_public", NULL, &who), KRATOS_OK);
    STR(t, who.metadata_public, f->removes_members ? NULL : "{\"x\":1}"); /* until 1.3.1: 200, and nothing happened */
    RC(t, c, patch(c, id, "replace", "/metadata_public", "null", &who), KRATOS_OK);
    STR(t, who.metadata_public, NULL);
    RC(t, c, patch(c, id, "add", "/metadata_admin/a/b", "1", &who), KRATOS_OK);
    STR(t, who.metadata_admin, "{\"a\":{\"b\":1}}");
    RC(t, c, patch(c, id, "remove", "/traits", NULL, &who), f->removes_members ? KRATOS_ERR_REFUSED : KRATOS_OK);
    RC(t, c, patch(c, id, "remove", "/state", NULL, &who), f->removes_members ? KRATOS_ERR_REFUSED : KRATOS_OK);
    RC(t, c, patch(c, id, "remove", "/schema_id", NULL, &who), f->removes_members ? KRATOS_ERR_REFUSED : KRATOS_OK);
    RC(t, c, patch(c, id, "replace", "/foo", "1", &who), KRATOS_OK); /* ignored */
    RC(t, c, patch(c, id, "replace", "/schema_url", "\"x\"", &who), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    PART(t, who.schema_url, "/schemas/ZGV2aWNl"); /* only the reply of the patch itself shows "x" */
    RC(t, c, patch(c, id, "replace", "/created_at", "\"2020-01-01T00:00:00+02:00\"", &who), KRATOS_OK);
    STR(t, who.created_at, "2020-01-01T00:00:00+02:00"); /* stored is what the database makes of it */
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    STR(t, who.created_at, t->database->drops_offsets ? "2020-01-01T00:00:00Z" : "2020-01-01T00:00:00+02:00");
    RC(t, c, patch(c, id, "replace", "/organization_id", "\"11111111-2222-4333-8444-555555555555\"", &who), KRATOS_OK);
    STR(t, who.organization_id, f->organization_id ? UNKNOWN_ID : NULL);
    RC(t, c, patch(c, id, "replace", "/external_id", "\"by patch\"", &who), KRATOS_OK);
    STR(t, who.external_id, f->external_id ? "by patch" : NULL);
    RC(t, c, patch(c, id, "remove", "/external_id", NULL, &who), f->external_id ? KRATOS_OK : KRATOS_ERR_REFUSED);
    RC(t, c, kratos_patch_identity(&c->k, id, NULL, 0, &who), KRATOS_OK); /* [] */
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    STR(t, who.state, "inactive");
    STR(t, who.schema_id, "device");
    STR(t, who.external_id, NULL);
}

static void patch_credentials(struct suite *t, struct client *c)
{
    static const char *const with_password[] = {"password", NULL};
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    operation(t, "patchIdentity");
    make_full(t, c, unique(t, "pac", serial), id);
    RC(t, c, patch(c, id, "replace", "/credentials/password/config/hashed_password", "\"not checked\"", &who),
       KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, with_password, &who), KRATOS_OK);
    STR(t, at(who.credentials, "password.config.hashed_password"), "\"not checked\"");
    RC(t, c, patch(c, id, "replace", "/credentials/password/identifiers", "[\"elsewhere\"]", &who), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, with_password, &who), KRATOS_OK);
    STR(t, at(who.credentials, "password.config.hashed_password"),
        t->facts->patch_wipes_password ? NULL : "\"not checked\"");
    if (!t->facts->patch_wipes_password) {
        RC(t, c, patch(c, id, "remove", "/credentials/password/config/hashed_password", NULL, &who), KRATOS_OK);
        RC(t, c, kratos_get_identity(&c->k, id, with_password, &who), KRATOS_OK);
        STR(t, at(who.credentials, "password.config"), "{}");
    }
}

static void patch_addresses(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], traits[3 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "patchIdentity");
    unique(t, "paa", serial);
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"email\":\"%s@example.com\"}", serial, serial);
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    memcpy(id, who.id, sizeof id);
    created(t, id);
    STR(t, at(who.verifiable_addresses, "0.verified_at"), NULL);
    RC(t, c, patch(c, id, "replace", "/verifiable_addresses/0/verified", "true", &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.verified"), "true");
    TRUE(t, at(who.verifiable_addresses, "0.verified_at").p != NULL);
    RC(t, c, patch(c, id, "replace", "/verifiable_addresses/0/status", "\"completed\"", &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.status"), "\"completed\"");
}

static void patch_refused(struct suite *t, struct client *c)
{
    static const char *const denied[] = {"/id", "/stateChangedAt", "/credentials"};
    char serials[2][TEXT_SIZE], ids[2][KRATOS_ID_SIZE], quoted[TEXT_SIZE + 2];
    const struct facts *f = t->facts;
    struct kratos_identity who = {0};
    size_t i;
    operation(t, "patchIdentity");
    make_identity(t, c, unique(t, "par", serials[0]), ids[0]);
    make_identity(t, c, unique(t, "par", serials[1]), ids[1]);
    refused(t, c, ids[0], "move", "/traits/model", NULL, f->patch_reason, "unsupported operation: move");
    refused(t, c, ids[0], "copy", "/traits/model", NULL, f->patch_reason, "unsupported operation: copy");
    refused(t, c, ids[0], "test", "/traits/model", "1", f->patch_reason, "unsupported operation: test");
    for (i = 0; i < sizeof denied / sizeof *denied; i++) {
        refused(t, c, ids[0], "replace", denied[i], "{}", NULL, NULL);
    }
    RC(t, c,
       patch(c, ids[0], "replace", "/ID", "\"11111111-2222-4333-8444-555555555555\"", &who), /* another one's id */
       f->denies_any_case ? KRATOS_ERR_REFUSED : KRATOS_ERR_NOT_FOUND);
    RC(t, c, patch(c, ids[0], "add", "/traits/model", NULL, &who),
       KRATOS_ERR_REFUSED); /* no value: null, or an error */
    refused(t, c, ids[0], "replace", "/schema_id", "\"\"", NULL, NULL);
    refused(t, c, ids[0], "replace", "/schema_id", "\"nope\"", NULL, NULL);
    refused(t, c, ids[0], "replace", "/traits", "[]", NULL, NULL);
    snprintf(quoted, sizeof quoted, "\"%s\"", serials[0]);
    RC(t, c, patch(c, ids[1], "replace", "/traits/serial", quoted, &who), KRATOS_ERR_CONFLICT);
    FAULT(t, c, 409, KRATOS_NOT_DONE, "", TAKEN);
    RC(t, c, patch(c, UNKNOWN_ID, "nonsense", "/x", NULL, &who), KRATOS_ERR_NOT_FOUND); /* 404 wins */
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, patch(c, ids[0], NULL, "/x", "1", &who), KRATOS_ERR_ARG);
    RC(t, c, patch(c, ids[0], "add", NULL, "1", &who), KRATOS_ERR_ARG);
    RC(t, c, patch(c, ids[0], "add", "traits", "1", &who), KRATOS_ERR_ARG);
    RC(t, c, patch(c, ids[0], "add", "/traits/model", "{", &who), KRATOS_ERR_ARG);
    RC(t, c, kratos_patch_identity(&c->k, ids[0], NULL, 1, &who), KRATOS_ERR_ARG);
}

/* A removed trait stays an identifier of `code`, and so in the way of others. */
static void patch_code(struct suite *t, struct client *c)
{
    char email[TEXT_SIZE + 16], name[TEXT_SIZE], traits[2 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    if (t->facts->code_version == NULL) {
        return;
    }
    operation(t, "patchIdentity");
    snprintf(email, sizeof email, "%s@example.com", unique(t, "pco", name));
    snprintf(traits, sizeof traits, "{\"email\":\"%s\"}", email);
    body.schema_id = "coded";
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    memcpy(id, who.id, sizeof id);
    created(t, id);
    RC(t, c, patch(c, id, "remove", "/traits/email", NULL, &who), KRATOS_OK);
    STR(t, who.traits, "{}");
    params.credentials_identifier = email;
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_OK);
    TRUE(t, strcmp(who.id, id) == 0);
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_CONFLICT);
}

void test_patches(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    patch_traits(t, &c);
    patch_members(t, &c);
    patch_credentials(t, &c);
    patch_addresses(t, &c);
    patch_refused(t, &c);
    patch_code(t, &c);
    client_close(&c);
}
