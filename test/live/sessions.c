/* SPDX-License-Identifier: Apache-2.0
 *
 * The six operations on sessions. The sessions themselves come from native logins at the public listener, which are also
 * the proof that imported passwords and states mean something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { LOGINS = 5 };

static const char UNKNOWN_ID[] = "11111111-2222-4333-8444-555555555555";
static const char NOT_LOCATED[] = "Unable to locate the resource";
static const char PASSWORD[] = "correct horse battery staple 7";
static const char *const BOTH[] = {"identity", "devices", NULL};
static const char *const IDENTITY[] = {"identity", NULL};

struct user {
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE], sessions[LOGINS][KRATOS_ID_SIZE];
};

static void make_user(struct suite *t, struct client *c, struct user *u, unsigned logins)
{
    char traits[3 * TEXT_SIZE];
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    unsigned i;
    unique(t, "user", u->serial);
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"email\":\"%s@example.com\"}", u->serial, u->serial);
    secret.password = PASSWORD;
    body.traits = json(traits);
    body.metadata_admin = json("{\"x\":1}");
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &secret;
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    memcpy(u->id, who.id, sizeof u->id);
    created(t, u->id);
    for (i = 0; i < logins; i++) {
        TRUE(t, log_in(t, u->serial, PASSWORD, u->sessions[i], NULL));
    }
}

static void set_state(struct suite *t, struct client *c, const char *id, const char *state)
{
    char value[TEXT_SIZE];
    struct kratos_patch patch = {0};
    snprintf(value, sizeof value, "\"%s\"", state);
    patch.op = "replace";
    patch.path = "/state";
    patch.value = json(value);
    RC(t, c, kratos_patch_identity(&c->k, id, &patch, 1, NULL), KRATOS_OK);
}

/* ---- Passwords ------------------------------------------------------------------------------------------------------------------ */

static void log_ins(struct suite *t, struct client *c)
{
    static const char imported[] = "$2b$04$abcdefghijklmnopqrstuu2P8xRWSX2.OqyvLaDeHDR4HSDjn3vSi"; /* of "imported" */
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE], session[KRATOS_ID_SIZE];
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    struct answer answer;
    int status;
    operation(t, "createIdentity");
    secret.hashed_password = imported;
    body.traits = serial_traits(unique(t, "login", serial), traits);
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &secret;
    RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
    memcpy(id, who.id, sizeof id);
    created(t, id);
    TRUE(t, log_in(t, serial, "imported", session, NULL));
    TRUE(t, !log_in(t, serial, "wrong", session, &status));
    INT(t, status, 400);
    operation(t, "updateIdentity");
    secret.hashed_password = NULL;
    secret.password = "changed \\\"\xC3\xA9";
    RC(t, c, kratos_update_identity(&c->k, id, &body, NULL), KRATOS_OK);
    TRUE(t, !log_in(t, serial, "imported", session, NULL));
    TRUE(t, log_in(t, serial, "changed \\\\\\\"\xC3\xA9", session, NULL));
    operation(t, "patchIdentity");
    set_state(t, c, id, "inactive");
    answer = login_answer(t, serial, "changed \\\\\\\"\xC3\xA9");
    INT(t, answer.status, 401);
    TRUE(t, answer.body != NULL && strstr(answer.body, "identity is disabled") != NULL);
    answer_free(&answer);
}

/* ---- getSession ------------------------------------------------------------------------------------------------------------------- */

static void get(struct suite *t, struct client *c)
{
    static const char *const upper[] = {"IDENTITY", "Devices", NULL};
    static const char *const wrong[] = {"nope", NULL}, *const empty[] = {"", NULL},
                             *const commas[] = {"identity,devices", NULL};
    char form[TEXT_SIZE], quoted[TEXT_SIZE + 2], location[2 * TEXT_SIZE];
    struct kratos_list_identity_sessions_params params = {0};
    struct kratos_session s = {0};
    struct user u;
    operation(t, "getSession");
    make_user(t, c, &u, 1);
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], NULL, &s), KRATOS_OK);
    INT(t, strcmp(s.id, u.sessions[0]), 0);
    TRUE(t, s.active);
    TRUE(t, s.expires_at.p != NULL && s.authenticated_at.p != NULL && s.issued_at.p != NULL);
    STR(t, s.authenticator_assurance_level, "aal1");
    STR(t, at(s.authentication_methods, "0.method"), "\"password\"");
    STR(t, s.identity, NULL);
    STR(t, s.devices, "[]");
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], BOTH, &s), KRATOS_OK);
    snprintf(quoted, sizeof quoted, "\"%s\"", u.id);
    STR(t, at(s.identity, "id"), quoted);
    TRUE(t, at(s.identity, "verifiable_addresses.0").p != NULL);
    STR(t, at(s.identity, "credentials"), NULL);
    STR(t, at(s.identity, "metadata_admin"), NULL);
    PART(t, at(s.devices, "0.ip_address"), ":"); /* with its port */
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], upper, &s), KRATOS_OK);
    STR(t, at(s.identity, "id"), quoted);
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], wrong, &s), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "Could not parse expand option: nope", NULL);
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], commas, &s), KRATOS_ERR_REFUSED);
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], empty, &s), KRATOS_ERR_ARG);
    RC(t, c, kratos_get_session(&c->k, UNKNOWN_ID, NULL, &s), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_get_session(&c->k, "xyz", NULL, &s), KRATOS_ERR_REFUSED); /* not 404, as for identities */
    FAULT(t, c, 400, KRATOS_NOT_DONE, "", "uuid: incorrect UUID length 3 in string \"xyz\"");
    RC(t, c, kratos_get_session(&c->k, "", NULL, &s), KRATOS_ERR_ARG);
    snprintf(form, sizeof form, "urn:uuid:%s", u.sessions[0]);
    RC(t, c, kratos_get_session(&c->k, form, NULL, &s), KRATOS_OK);
    RC(t, c, kratos_get_session(&c->k, "whoami", BOTH, &s), KRATOS_ERR_REDIRECT);
    snprintf(location, sizeof location, "%s/sessions/whoami?expand=identity&expand=devices", t->public.url);
    STR(t, kratos_last_fault(&c->k)->location, location);
    INT(t, kratos_last_fault(&c->k)->effect, KRATOS_NOT_DONE);

    set_state(t, c, u.id, "inactive");
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], NULL, &s), KRATOS_OK);
    TRUE(t, s.active); /* the identity was not looked at */
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], IDENTITY, &s), KRATOS_OK);
    TRUE(t, !s.active);
    operation(t, "extendSession");
    RC(t, c, kratos_extend_session(&c->k, u.sessions[0], &s), KRATOS_OK);
    INT(t, s.active, !t->facts->extend_expands);
    operation(t, "listIdentitySessions");
    params.active = "true"; /* the filter does not look at the identity, the member does */
    if (t->facts->extend_expands && !t->facts->extend_revives) { /* what was answered was stored: it is dead for good */
        RC(t, c, kratos_list_identity_sessions(&c->k, u.id, &params, &s), KRATOS_END);
        set_state(t, c, u.id, "active");
        RC(t, c, kratos_get_session(&c->k, u.sessions[0], IDENTITY, &s), KRATOS_OK);
        TRUE(t, !s.active);
        return;
    }
    RC(t, c, kratos_list_identity_sessions(&c->k, u.id, &params, &s), KRATOS_OK);
    TRUE(t, !s.active);
    kratos_cancel(&c->k);
    set_state(t, c, u.id, "active");
    RC(t, c, kratos_get_session(&c->k, u.sessions[0], IDENTITY, &s), KRATOS_OK);
    TRUE(t, s.active);
}

/* ---- Lists --------------------------------------------------------------------------------------------------------------------------- */

struct tour {
    unsigned found, count, active, expanded;
};

static void look(struct tour *tour, const struct user *u, const struct kratos_session *s)
{
    unsigned i;
    tour->count++;
    tour->active += s->active;
    tour->expanded += s->identity.p != NULL && s->devices.p != NULL;
    for (i = 0; i < LOGINS; i++) {
        tour->found += strcmp(s->id, u->sessions[i]) == 0;
    }
}

static int walk(struct client *c, const struct kratos_list_sessions_params *params, const struct user *u,
                struct tour *tour)
{
    struct kratos_session s = {0};
    int rc;
    memset(tour, 0, sizeof *tour);
    while ((rc = kratos_list_sessions(&c->k, params, &s)) == KRATOS_OK) {
        look(tour, u, &s);
    }
    return rc;
}

/* A page token that no release made, where `all` sessions are there. */
static void bad_tokens(struct suite *t, struct client *c, const struct user *u, unsigned all)
{
    const char *uuid_message =
        t->database->uuid_message; /* a token that is not looked at gets as far as the database */
    struct kratos_list_sessions_params params = {0};
    struct tour tour;
    params.page_token = "garbage!";
    if (!t->facts->base64_tokens) {
        RC(t, c, walk(c, &params, u, &tour), uuid_message != NULL ? KRATOS_ERR_SERVER : KRATOS_END);
        INT(t, tour.count, 0);
        if (uuid_message != NULL) {
            FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", uuid_message);
        }
        return;
    }
    RC(t, c, walk(c, &params, u, &tour), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "could not parse parameter page_size"); /* so it says */
    params.page_token = "Z2FyYmFnZQ";                                               /* base64 of something else */
    if (t->facts->checks_tokens) {
        RC(t, c, walk(c, &params, u, &tour), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, "The page token is invalid, do not craft your own page tokens", NULL);
    } else if (uuid_message != NULL) {
        RC(t, c, walk(c, &params, u, &tour), KRATOS_ERR_SERVER);
        FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", uuid_message);
    } else { /* all of them, by id: no next page would lead on */
        RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
        INT(t, tour.count, all);
    }
}

static void list(struct suite *t, struct client *c, const struct user *u)
{
    static const uint32_t sizes[] = {1, 2, 3, LOGINS, 0, 5000};
    static const char *const wrong[] = {"nope", NULL};
    struct kratos_list_sessions_params params = {0};
    struct kratos_session s = {0};
    struct tour tour;
    struct client weak;
    char token[TEXT_SIZE];
    unsigned all;
    size_t i;
    operation(t, "listSessions");
    RC(t, c, walk(c, NULL, u, &tour), KRATOS_END);
    all = tour.count;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        params.page_size = sizes[i];
        RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
        INT(t, tour.found, LOGINS);
        INT(t, tour.count, all);
        INT(t, tour.expanded, 0);
    }
    params.expand = BOTH;
    params.page_size = 2;
    RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, LOGINS);
    INT(t, tour.expanded, all);
    params.expand = wrong;
    RC(t, c, kratos_list_sessions(&c->k, &params, &s), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "Could not parse expand option: nope", NULL);
    params.expand = NULL;
    params.active = "maybe";
    RC(t, c, kratos_list_sessions(&c->k, &params, &s), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "could not parse parameter active");
    params.active = "true";
    RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, LOGINS);
    INT(t, tour.active, tour.count);
    params.active = NULL;

    params.one_page = true; /* two pages by hand */
    RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
    INT(t, tour.count, 2);
    snprintf(token, sizeof token, "%s", or_empty(kratos_next_page_token(&c->k)));
    params.page_token = token;
    params.one_page = false;
    RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
    INT(t, tour.count, all - 2);
    bad_tokens(t, c, u, all);
    params.page_token = NULL;
    for (i = 0; i < 12; i++) { /* over a connection that ends now and then */
        client_open(&weak, &t->admin, 2048);
        weak.wire.cut_after = 2000 + 211 * (long)i; /* one element comes through at least */
        weak.wire.cuts = 2;
        params.page_size = i % 2 == 0 ? 3 : 0;
        params.expand = i % 3 == 0 ? BOTH : NULL;
        RC(t, &weak, walk(&weak, &params, u, &tour), KRATOS_END);
        INT(t, tour.found, LOGINS);
        INT(t, tour.count, all);
        client_close(&weak);
    }
}

static int walk_identity(struct client *c, const char *id, const struct kratos_list_identity_sessions_params *params,
                         const struct user *u, struct tour *tour)
{
    struct kratos_session s = {0};
    int rc;
    memset(tour, 0, sizeof *tour);
    while ((rc = kratos_list_identity_sessions(&c->k, id, params, &s)) == KRATOS_OK) {
        look(tour, u, &s);
    }
    return rc;
}

static void list_of_identity(struct suite *t, struct client *c, const struct user *u)
{
    struct kratos_list_identity_sessions_params params = {0};
    struct kratos_session s = {0};
    struct tour tour;
    struct client weak;
    size_t i;
    operation(t, "listIdentitySessions");
    for (params.page_size = 0; params.page_size <= LOGINS + 1; params.page_size++) {
        RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END); /* of 2: the links would lose the last one */
        INT(t, tour.found, LOGINS);
        INT(t, tour.count, LOGINS);
        INT(t, tour.expanded, LOGINS);
        INT(t, tour.active, LOGINS);
    }
    params.page_size = 2;
    params.one_page = true;
    RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, 2);
    params.page = 3;
    RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, 1);
    params.page = 4;
    RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END);
    INT(t, tour.count, 0);
    params.page = 2;
    params.one_page = false;
    RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, 3);
    params.page = 0;
    params.active = "false";
    RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END); /* its "next" would never end */
    INT(t, tour.count, 0);
    params.active = "1";
    RC(t, c, walk_identity(c, u->id, &params, u, &tour), KRATOS_END);
    INT(t, tour.count, LOGINS);
    params.active = "maybe";
    RC(t, c, kratos_list_identity_sessions(&c->k, u->id, &params, &s), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "could not parse parameter active");
    params.active = NULL;
    RC(t, c, kratos_list_identity_sessions(&c->k, u->id, &params, &s), KRATOS_OK);
    STR(t, at(s.identity, "schema_url"), "\"\"");
    STR(t, at(s.identity, "verifiable_addresses"), NULL);
    kratos_cancel(&c->k);
    RC(t, c, kratos_list_identity_sessions(&c->k, UNKNOWN_ID, NULL, &s), KRATOS_END); /* no 404 */
    RC(t, c, kratos_list_identity_sessions(&c->k, "xyz", NULL, &s), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "", "uuid: incorrect UUID length 3 in string \"xyz\"");
    for (i = 0; i < 12; i++) {
        client_open(&weak, &t->admin, 2048);
        weak.wire.cut_after = 2000 + 411 * (long)i;
        weak.wire.cuts = 2;
        weak.wire.io.reply_max = i % 3 == 0 ? 1200 : 0;
        params.page_size = i % 2 == 0 ? 3 : 0;
        RC(t, &weak, walk_identity(&weak, u->id, &params, u, &tour), KRATOS_END);
        INT(t, tour.found, LOGINS);
        INT(t, tour.count, LOGINS);
        client_close(&weak);
    }
}

/* ---- Changes --------------------------------------------------------------------------------------------------------------------------- */

static void extend(struct suite *t, struct client *c, const struct user *u)
{
    char before[64], quoted[TEXT_SIZE];
    struct kratos_session s = {0};
    operation(t, "extendSession");
    RC(t, c, kratos_get_session(&c->k, u->sessions[0], NULL, &s), KRATOS_OK);
    snprintf(before, sizeof before, "%s", s.expires_at.p);
    RC(t, c, kratos_extend_session(&c->k, u->sessions[0], &s), KRATOS_OK);
    INT(t, strcmp(s.id, u->sessions[0]), 0);
    TRUE(t, s.active);
    TRUE(t, strcmp(or_empty(s.expires_at), before) != 0);
    snprintf(quoted, sizeof quoted, "\"%s\"", u->id);
    STR(t, at(s.identity, "id"), t->facts->extend_expands ? quoted : NULL);
    STR(t, s.devices, "[]");
    RC(t, c, kratos_extend_session(&c->k, u->sessions[0], NULL), KRATOS_OK);
    RC(t, c, kratos_extend_session(&c->k, UNKNOWN_ID, &s), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_extend_session(&c->k, "xyz", &s), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "", "uuid: incorrect UUID length 3 in string \"xyz\"");
}

static void disable(struct suite *t, struct client *c, const struct user *u)
{
    struct kratos_list_sessions_params params = {0};
    struct kratos_session s = {0};
    struct tour tour;
    char before[64];
    operation(t, "disableSession");
    RC(t, c, kratos_disable_session(&c->k, u->sessions[1]), KRATOS_OK);
    RC(t, c, kratos_disable_session(&c->k, u->sessions[1]), KRATOS_OK);
    RC(t, c, kratos_get_session(&c->k, u->sessions[1], NULL, &s), KRATOS_OK);
    TRUE(t, !s.active);
    snprintf(before, sizeof before, "%s", s.expires_at.p);
    RC(t, c, kratos_disable_session(&c->k, UNKNOWN_ID), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_disable_session(&c->k, "xyz"), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "", "uuid: incorrect UUID length 3 in string \"xyz\"");
    operation(t, "listSessions");
    params.active = "true";
    RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, LOGINS - 1);
    params.active = "false";
    RC(t, c, walk(c, &params, u, &tour), KRATOS_END);
    INT(t, tour.found, 1);
    INT(t, tour.active, 0);
    operation(t, "extendSession");
    RC(t, c, kratos_extend_session(&c->k, u->sessions[1], &s), KRATOS_OK); /* stays dead, although it moves */
    TRUE(t, !s.active);
    TRUE(t, strcmp(or_empty(s.expires_at), before) != 0);
}

static void delete (struct suite *t, struct client *c, const struct user *u)
{
    struct user gone;
    operation(t, "deleteIdentitySessions");
    RC(t, c, kratos_delete_identity_sessions(&c->k, u->id), KRATOS_OK);
    RC(t, c, kratos_delete_identity_sessions(&c->k, u->id), KRATOS_ERR_NOT_FOUND); /* none left */
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", NOT_LOCATED);
    RC(t, c, kratos_get_session(&c->k, u->sessions[0], NULL, NULL), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_delete_identity_sessions(&c->k, UNKNOWN_ID), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_delete_identity_sessions(&c->k, "xyz"), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "", "uuid: incorrect UUID length 3 in string \"xyz\"");
    make_user(t, c, &gone, 1);
    RC(t, c, kratos_disable_session(&c->k, gone.sessions[0]), KRATOS_OK);
    RC(t, c, kratos_delete_identity_sessions(&c->k, gone.id), KRATOS_OK); /* revoked ones count too */
    operation(t, "deleteIdentity");
    make_user(t, c, &gone, 1);
    RC(t, c, kratos_delete_identity(&c->k, gone.id), KRATOS_OK);
    RC(t, c, kratos_get_session(&c->k, gone.sessions[0], NULL, NULL), KRATOS_ERR_NOT_FOUND);
}

void test_sessions(struct suite *t)
{
    struct user u;
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    log_ins(t, &c);
    get(t, &c);
    operation(t, "listSessions");
    make_user(t, &c, &u, LOGINS);
    list(t, &c, &u);
    list_of_identity(t, &c, &u);
    extend(t, &c, &u);
    disable(t, &c, &u);
    delete (t, &c, &u);
    client_close(&c);
}

/* ---- Other configurations ---------------------------------------------------------------------------------------------------------------- */

/* Sessions live for 3 seconds here. */
void test_short_sessions(struct suite *t)
{
    struct kratos_list_sessions_params params = {0};
    struct kratos_session s = {0};
    struct tour tour;
    struct user u;
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    operation(t, "extendSession");
    make_user(t, &c, &u, 2);
    RC(t, &c, kratos_get_session(&c.k, u.sessions[0], NULL, &s), KRATOS_OK);
    TRUE(t, s.active);
    RC(t, &c, kratos_extend_session(&c.k, u.sessions[0], &s), KRATOS_OK);
    STR(t, text_of(s.id), has_feature(t, "faster-extend") ? "" : u.sessions[0]); /* 204, or the session */
    sleep_ms(3300);
    RC(t, &c, kratos_get_session(&c.k, u.sessions[0], NULL, &s), KRATOS_OK);
    TRUE(t, !s.active);
    RC(t, &c, kratos_extend_session(&c.k, u.sessions[0], &s), KRATOS_OK);
    RC(t, &c, kratos_get_session(&c.k, u.sessions[0], NULL, &s), KRATOS_OK);
    INT(t, s.active, t->facts->extend_revives);
    operation(t, "listSessions");
    params.active = "false";
    RC(t, &c, walk(&c, &params, &u, &tour), KRATOS_END);
    INT(t, tour.found, t->facts->extend_revives ? 1 : 2);
    operation(t, "deleteIdentitySessions");
    RC(t, &c, kratos_delete_identity_sessions(&c.k, u.id), KRATOS_OK); /* expired ones count too */
    client_close(&c);
}

/* A session may be extended only in its last minute here. */
void test_early_extend(struct suite *t)
{
    char before[64];
    struct kratos_session s = {0};
    struct user u;
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    operation(t, "extendSession");
    make_user(t, &c, &u, 1);
    RC(t, &c, kratos_get_session(&c.k, u.sessions[0], NULL, &s), KRATOS_OK);
    snprintf(before, sizeof before, "%s", s.expires_at.p);
    RC(t, &c, kratos_extend_session(&c.k, u.sessions[0], &s), KRATOS_OK); /* no error */
    STR(t, s.expires_at, before);
    client_close(&c);
}
