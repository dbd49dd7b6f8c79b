/* SPDX-License-Identifier: Apache-2.0
 *
 * createIdentity, getIdentity, getIdentityByExternalID and deleteIdentity: what they give, and each way they refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const char UNKNOWN_ID[] = "11111111-2222-4333-8444-555555555555";
static const char NOT_LOCATED[] = "Unable to locate the resource";
static const char GENERIC_400[] = "The request was malformed or contained invalid parameters";

static bool is_uuid(const char *s)
{
    size_t i;
    for (i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : s[i] == '\0' || strchr("0123456789abcdef", s[i]) == NULL) {
            return false;
        }
    }
    return s[36] == '\0';
}

/* ---- createIdentity ------------------------------------------------------------------------------------------------------- */

static void create_minimal(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], upper[TEXT_SIZE], traits[TEXT_SIZE], url[TEXT_SIZE + 32], quoted[TEXT_SIZE + 2];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    size_t i;
    unique(t, "Sn", serial);
    strcpy(upper, serial);
    for (i = 0; upper[i] != '\0'; i++) {
        upper[i] = (char)(upper[i] >= 'a' && upper[i] <= 'z' ? upper[i] - 32 : upper[i]);
    }
    for (i = 0; serial[i] != '\0'; i++) {
        serial[i] = (char)(serial[i] >= 'A' && serial[i] <= 'Z' ? serial[i] + 32 : serial[i]);
    }
    operation(t, "createIdentity");
    body.traits = serial_traits(upper, traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    TRUE(t, is_uuid(who.id));
    STR(t, who.schema_id, "device");
    snprintf(url, sizeof url, "%s/schemas/ZGV2aWNl", t->public.url);
    STR(t, who.schema_url, url);
    STR(t, who.state, "active");
    TRUE(t, who.state_changed_at.p != NULL && who.created_at.p != NULL && who.updated_at.p != NULL);
    STR(t, who.traits, traits);
    STR(t, who.metadata_public, NULL);
    STR(t, who.metadata_admin, NULL);
    STR(t, who.external_id, NULL);
    STR(t, who.organization_id, NULL);
    STR(t, who.verifiable_addresses, NULL);
    STR(t, who.recovery_addresses, NULL);
    snprintf(quoted, sizeof quoted, "\"%s\"", serial);
    STR(t, at(who.credentials, "password.identifiers.0"), quoted); /* lower-cased, the trait is not */
    STR(t, at(who.credentials, "password.created_at"), "\"0001-01-01T00:00:00Z\"");
    STR(t, at(who.credentials, "password.config"), NULL);
    RC(t, c, kratos_get_identity(&c->k, who.id, NULL, &who), KRATOS_OK); /* the id is a copy: it may be asked with */
    operation(t, "getIdentity");
    STR(t, who.traits, traits);
    STR(t, who.metadata_admin, NULL);
    TRUE(t, at(who.credentials, "password.created_at").n == 0 ||
                memcmp(at(who.credentials, "password.created_at").p, "\"0001", 5) != 0);
}

static void create_full(struct suite *t, struct client *c)
{
    char email[2 * TEXT_SIZE], quoted[2 * TEXT_SIZE + 2], serial[TEXT_SIZE], traits[4 * TEXT_SIZE],
        external_id[TEXT_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    unique(t, "full", serial);
    unique(t, "ext", external_id);
    snprintf(email, sizeof email, "%s@example.com", serial);
    snprintf(quoted, sizeof quoted, "\"%s\"", email);
    snprintf(traits, sizeof traits,
             "{\"serial\":\"%s\",\"email\":\"%s\",\"model\":\"m\",\"n\":-3,\"data\":[1,{\"a\":null}]}", serial, email);
    body.schema_id = "device";
    body.state = "inactive";
    body.traits = json(traits);
    body.metadata_public = json(" { \"site\" : \"A\" } ");
    body.metadata_admin = json("[true, 1.50]");
    if (t->facts->external_id) {
        body.external_id = external_id;
        body.organization_id = "99999999-2222-4333-8444-555555555555";
    }
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    STR(t, who.state, "inactive");
    STR(t, who.traits, traits);
    STR(t, who.metadata_public, "{\"site\":\"A\"}"); /* only the blanks go */
    STR(t, who.metadata_admin, "[true,1.50]");
    STR(t, who.external_id, body.external_id);
    STR(t, who.organization_id, body.organization_id);
    STR(t, at(who.verifiable_addresses, "0.value"), quoted);
    STR(t, at(who.verifiable_addresses, "0.verified"), "false");
    STR(t, at(who.verifiable_addresses, "0.status"), "\"pending\"");
    STR(t, at(who.recovery_addresses, "0.value"), quoted);
    STR(t, at(who.recovery_addresses, "0.via"), "\"email\"");
}

static void refuse(struct suite *t, struct client *c, const char *traits, const char *schema_id, const char *state,
                   const char *reason)
{
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    body.traits = json(traits);
    body.schema_id = schema_id;
    body.state = state;
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, reason, NULL);
    TRUE(t, !kratos_last_fault(&c->k)->transient && !kratos_last_fault(&c->k)->foreign);
}

static void create_refused(struct suite *t, struct client *c)
{
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    refuse(t, c, "{\"serial\":\"x\"}", "nope", NULL, "Unable to find JSON Schema ID: nope");
    refuse(t, c, "{\"serial\":\"x\"}", NULL, "asleep", "identity state is not valid");
    refuse(t, c, "{\"serial\":\"x\",\"n\":\"1\"}", NULL, NULL, "expected integer, but got string");
    refuse(t, c, "{\"serial\":\"x\",\"n\":1.0}", NULL, NULL, "expected integer, but got number");
    refuse(t, c, "{\"serial\":\"x\",\"more\":1}", NULL, NULL, "additionalProperties \"more\" not allowed");
    refuse(t, c, "{\"model\":\"x\"}", NULL, NULL, "missing properties: \"serial\"");
    refuse(t, c, "null", NULL, NULL, "expected object, but got null");
    refuse(t, c, "{\"serial\":7,\"n\":\"x\"}", NULL, NULL, "\n"); /* several causes on several lines */
    PART(t, kratos_last_fault(&c->k)->message, GENERIC_400);
    RC(t, c, kratos_create_identity(&c->k, NULL, &who), KRATOS_ERR_ARG);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_ARG); /* without traits 1.0.0 answers 500 */
    FAULT(t, c, 0, KRATOS_NOT_SENT, "traits", "");
    body.traits = json("{\"serial\":1,}");
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_ARG);
    body.traits = json("{\"serial\":\"\xFF\"}");
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_ARG);
    body.traits = json("{\"serial\":\"x\"}");
    body.external_id = "12345678901234567890123456789012345678901234567890123456789012345";
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_ARG);
    FAULT(t, c, 0, KRATOS_NOT_SENT, "external_id", "");
}

static void conflict(struct suite *t, struct client *c, const char *traits)
{
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_CONFLICT);
    FAULT(t, c, 409, KRATOS_NOT_DONE, t->facts->conflict_reason, t->facts->conflict_message);
    TRUE(t, !kratos_last_fault(&c->k)->transient && !kratos_last_fault(&c->k)->foreign);
}

static void create_conflicts(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], other[TEXT_SIZE], traits[4 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    unique(t, "dup", serial);
    make_identity(t, c, serial, id);
    conflict(t, c, serial_traits(serial, traits).text);
    snprintf(traits, sizeof traits, "{\"serial\":\" DUP%s \"}", serial + 3); /* trimmed and lower-cased */
    conflict(t, c, traits);

    unique(t, "mail", serial);
    unique(t, "mail", other);
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"email\":\"%s@example.com\"}", serial, serial);
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"email\":\"%s@example.com\"}", other, serial);
    conflict(t, c, traits);
}

static void create_empty_identifier(struct suite *t, struct client *c)
{
    static const char *const serials[] = {"", "   "};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    char traits[TEXT_SIZE];
    size_t i;
    operation(t, "createIdentity");
    for (i = 0; i < 2; i++) {
        body.traits = serial_traits(serials[i], traits);
        RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_SERVER); /* a client's mistake as a 500 */
        FAULT(t, c, 500, KRATOS_MAYBE_DONE, "missing or empty identifier", NULL);
        STR(t, kratos_last_fault(&c->k)->id, t->facts->empty_identifier_id);
        TRUE(t, !kratos_last_fault(&c->k)->transient && !kratos_last_fault(&c->k)->foreign);
    }
}

static void create_trims(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], spaced[TEXT_SIZE + 2], traits[TEXT_SIZE], quoted[TEXT_SIZE + 4];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    unique(t, "trim", serial);
    snprintf(spaced, sizeof spaced, " %s ", serial);
    body.traits = serial_traits(spaced, traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    snprintf(quoted, sizeof quoted, "\" %s \"", serial);
    STR(t, at(who.credentials, "password.identifiers.0"), quoted); /* not trimmed yet */
    RC(t, c, kratos_get_identity(&c->k, who.id, NULL, &who), KRATOS_OK);
    snprintf(quoted, sizeof quoted, "\"%s\"", serial);
    STR(t, at(who.credentials, "password.identifiers.0"), quoted);
    STR(t, who.traits, traits);
}

/* Members that only newer releases know are refused by the others, never dropped. */
static void create_release_members(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], traits[TEXT_SIZE], external_id[TEXT_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    body.traits = serial_traits(unique(t, "member", serial), traits);
    body.external_id = unique(t, "ext", external_id);
    if (!t->facts->external_id) {
        RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "json: unknown field \"external_id\"");
        body.external_id = NULL;
        body.organization_id = UNKNOWN_ID;
        RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "json: unknown field \"organization_id\"");
        return;
    }
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    STR(t, who.external_id, external_id);
    body.traits = serial_traits(unique(t, "member", serial), traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_CONFLICT);
    FAULT(t, c, 409, KRATOS_NOT_DONE, t->facts->conflict_reason, t->facts->conflict_message);
    body.external_id = "";
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    STR(t, who.external_id, NULL);
    body.traits = serial_traits(unique(t, "member", serial), traits);
    body.organization_id = "";
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_REFUSED);
    body.organization_id = "not-a-uuid";
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "uuid");
}

/* The same arguments point into the last reply: copy an identity under a new serial. */
static void create_from_reply(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    body.traits = serial_traits(unique(t, "copy", serial), traits);
    body.metadata_admin = json("{\"op\":\"n-1\"}");
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    memcpy(id, who.id, sizeof id);
    body.schema_id = who.schema_id.p;
    body.state = who.state.p;
    body.metadata_public.text = who.metadata_admin.p;
    body.metadata_public.n = who.metadata_admin.n;
    body.metadata_admin = body.metadata_public;
    body.traits = serial_traits(unique(t, "copy", serial), traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    created(t, who.id);
    STR(t, who.metadata_public, "{\"op\":\"n-1\"}");
    TRUE(t, strcmp(id, who.id) != 0);
    body.schema_id = body.state = NULL;
    body.metadata_admin = body.metadata_public = json(NULL);
    body.traits = serial_traits(unique(t, "copy", serial), traits);
    RC(t, c, kratos_create_identity(&c->k, &body, NULL), KRATOS_OK); /* checked and dropped */
}

/* ---- getIdentity, deleteIdentity ------------------------------------------------------------------------------------------------ */

static void get_forms(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE], form[TEXT_SIZE];
    struct kratos_identity who = {0};
    size_t i, n = 0;
    operation(t, "getIdentity");
    make_identity(t, c, unique(t, "form", serial), id);
    for (i = 0; id[i] != '\0'; i++) {
        if (id[i] != '-') {
            form[n++] = id[i];
        }
    }
    form[n] = '\0';
    RC(t, c, kratos_get_identity(&c->k, form, NULL, &who), KRATOS_OK);
    STR(t, text_of(who.id), id);
    for (i = 0; form[i] != '\0'; i++) {
        form[i] = (char)(form[i] >= 'a' ? form[i] - 32 : form[i]);
    }
    RC(t, c, kratos_get_identity(&c->k, form, NULL, &who), KRATOS_OK);
    snprintf(form, sizeof form, "{%s}", id);
    RC(t, c, kratos_get_identity(&c->k, form, NULL, &who), KRATOS_OK);
    snprintf(form, sizeof form, "urn:uuid:%s", id);
    RC(t, c, kratos_get_identity(&c->k, form, NULL, &who), KRATOS_OK);
    STR(t, text_of(who.id), id);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, NULL), KRATOS_OK);
}

static void get_missing(struct suite *t, struct client *c)
{
    static const char *const odd[] = {"xyz", "a b", "a;b", "caf\xC3\xA9", "%"};
    static const char *const local[] = {NULL, "", ".", "..", "a\nb", "\x7F"};
    struct kratos_identity who = {0};
    size_t i;
    operation(t, "getIdentity");
    RC(t, c, kratos_get_identity(&c->k, UNKNOWN_ID, NULL, &who), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    TRUE(t, !kratos_last_fault(&c->k)->transient && !kratos_last_fault(&c->k)->foreign);
    for (i = 0; i < sizeof odd / sizeof *odd; i++) { /* a bad id is the nil UUID, not a 400 */
        RC(t, c, kratos_get_identity(&c->k, odd[i], NULL, &who), KRATOS_ERR_NOT_FOUND);
        FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    }
    RC(t, c, kratos_get_identity(&c->k, "a/b", NULL, &who), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", t->facts->slash_in_path ? NOT_LOCATED : ROUTER_404);
    for (i = 0; i < sizeof local / sizeof *local; i++) {
        RC(t, c, kratos_get_identity(&c->k, local[i], NULL, &who), KRATOS_ERR_ARG);
        FAULT(t, c, 0, KRATOS_NOT_SENT, NULL, "");
    }
}

static void include_types(struct suite *t, struct client *c)
{
    static const char *const everywhere[] = {"password", "oidc",          "totp",          "lookup_secret",
                                             "webauthn", "link_recovery", "code_recovery", NULL};
    static const char *const refused[] = {"profile", "Password", "nope", "password,oidc", NULL};
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    const char *one[2] = {NULL, NULL};
    size_t i;
    operation(t, "getIdentity");
    make_identity(t, c, unique(t, "incl", serial), id);
    RC(t, c, kratos_get_identity(&c->k, id, everywhere, &who), KRATOS_OK); /* a type that it lacks is no error */
    for (i = 0; refused[i] != NULL; i++) {
        one[0] = refused[i];
        RC(t, c, kratos_get_identity(&c->k, id, one, &who), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, NULL);
    }
    one[0] = ""; /* Kratos would refuse it */
    RC(t, c, kratos_get_identity(&c->k, id, one, &who), KRATOS_ERR_ARG);
    one[0] = "code";
    RC(t, c, kratos_get_identity(&c->k, id, one, &who),
       t->facts->code_version != NULL ? KRATOS_OK : KRATOS_ERR_REFUSED);
    one[0] = "passkey";
    RC(t, c, kratos_get_identity(&c->k, id, one, &who), t->facts->passkey ? KRATOS_OK : KRATOS_ERR_REFUSED);
    one[0] = "saml";
    RC(t, c, kratos_get_identity(&c->k, id, one, &who), t->facts->saml ? KRATOS_OK : KRATOS_ERR_REFUSED);
}

static void by_external_id(struct suite *t, struct client *c)
{
    static const char *const tails[] = {"a/b", "a b+c", "100%", "\xC3\xA9?#&", "x;y"};
    static const char *const with_password[] = {"password", NULL};
    char serial[TEXT_SIZE], traits[TEXT_SIZE], external_id[2 * TEXT_SIZE], upper[2 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    size_t i;
    operation(t, "getIdentityByExternalID");
    RC(t, c, kratos_get_identity_by_external_id(&c->k, "no-such-device", NULL, &who), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", t->facts->external_id ? NOT_LOCATED : ROUTER_404);
    INT(t, kratos_last_fault(&c->k)->foreign, !t->facts->external_id); /* the router's word, not about an identity */
    RC(t, c, kratos_get_identity_by_external_id(&c->k, "", NULL, &who), KRATOS_ERR_ARG);
    RC(t, c, kratos_get_identity_by_external_id(&c->k, "a\r\nb", NULL, &who), KRATOS_ERR_ARG);
    memset(external_id, 'x', 65);
    external_id[65] = '\0';
    RC(t, c, kratos_get_identity_by_external_id(&c->k, external_id, NULL, &who), KRATOS_ERR_ARG);
    FAULT(t, c, 0, KRATOS_NOT_SENT, "external_id", "");
    if (!t->facts->external_id) {
        return;
    }
    secret.hashed_password = "$2a$04$xx";
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &secret;
    for (i = 0; i < sizeof tails / sizeof *tails; i++) {
        unique(t, "Ex", external_id);
        strcat(external_id, tails[i]);
        body.external_id = external_id;
        body.traits = serial_traits(unique(t, "ext", serial), traits);
        if (!RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK)) {
            continue;
        }
        memcpy(id, who.id, sizeof id);
        created(t, id);
        RC(t, c, kratos_get_identity_by_external_id(&c->k, external_id, NULL, &who), KRATOS_OK);
        STR(t, who.external_id, external_id);
        STR(t, text_of(who.id), id);
        STR(t, who.traits, traits);
        STR(t, at(who.credentials, "password.config"), NULL);
        RC(t, c, kratos_get_identity_by_external_id(&c->k, external_id, with_password, &who), KRATOS_OK);
        STR(t, at(who.credentials, "password.config.hashed_password"), "\"$2a$04$xx\"");
        strcpy(upper, external_id);
        upper[0] = 'e'; /* the case counts */
        RC(t, c, kratos_get_identity_by_external_id(&c->k, upper, NULL, &who), KRATOS_ERR_NOT_FOUND);
    }
}

static void delete (struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    operation(t, "deleteIdentity");
    make_identity(t, c, unique(t, "del", serial), id);
    t->created_count--;
    RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_OK);
    RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_ERR_NOT_FOUND); /* the document promises 204 */
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_delete_identity(&c->k, UNKNOWN_ID), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_delete_identity(&c->k, "xyz"), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_delete_identity(&c->k, ""), KRATOS_ERR_ARG);
    make_identity(t, c, serial, id); /* the serial is free again */
}

void test_identities(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    create_minimal(t, &c);
    create_full(t, &c);
    create_refused(t, &c);
    create_conflicts(t, &c);
    create_empty_identifier(t, &c);
    create_trims(t, &c);
    create_release_members(t, &c);
    create_from_reply(t, &c);
    get_forms(t, &c);
    get_missing(t, &c);
    include_types(t, &c);
    by_external_id(t, &c);
    delete (t, &c);
    client_close(&c);
}

/* ---- An orphan: its schema is not configured any more ---------------------------------------------------------------------------- */

void test_orphan(struct suite *t, const char *id)
{
    static const char words[] = "The JSON Schema \"gone\" for this identity's traits could not be found.";
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    struct kratos_patch patch = {0};
    struct client c;
    int rc;
    client_open(&c, &t->admin, WORK_SIZE);
    operation(t, "listIdentities");
    while ((rc = kratos_list_identities(&c.k, NULL, &who)) == KRATOS_OK) { /* the pages before it are whole */
    }
    RC(t, &c, rc, KRATOS_ERR_SERVER);
    FAULT(t, &c, 500, KRATOS_MAYBE_DONE, words, NULL);
    operation(t, "getIdentity");
    RC(t, &c, kratos_get_identity(&c.k, id, NULL, &who), KRATOS_ERR_SERVER);
    FAULT(t, &c, 500, KRATOS_MAYBE_DONE, words, NULL);
    operation(t, "updateIdentity");
    body.schema_id = "device";
    body.traits = json("{\"serial\":\"orphan\"}");
    RC(t, &c, kratos_update_identity(&c.k, id, &body, &who), KRATOS_ERR_SERVER);
    operation(t, "patchIdentity");
    patch.op = "replace";
    patch.path = "/schema_id";
    patch.value = json("\"device\"");
    RC(t, &c, kratos_patch_identity(&c.k, id, &patch, 1, &who), KRATOS_ERR_SERVER);
    operation(t, "deleteIdentity");
    RC(t, &c, kratos_delete_identity(&c.k, id), KRATOS_OK);
    operation(t, "listIdentities");
    while ((rc = kratos_list_identities(&c.k, NULL, &who)) == KRATOS_OK) {
    }
    RC(t, &c, rc, KRATOS_END);
    client_close(&c);
}
