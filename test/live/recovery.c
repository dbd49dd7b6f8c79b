/* SPDX-License-Identifier: Apache-2.0
 *
 * createRecoveryCodeForIdentity and createRecoveryLinkForIdentity.
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"

static const char UNKNOWN_ID[] = "11111111-2222-4333-8444-555555555555";

typedef int recover(struct kratos *k, const struct kratos_recovery_body *body, struct kratos_recovery *out);

static bool is_digits(kratos_str s, size_t n)
{
    size_t i;
    for (i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n == n;
}

/* Whole seconds of an instant in UTC: compares as text. */
static void instant(kratos_str s, char text[20])
{
    snprintf(text, 20, "%.19s", s.p != NULL ? s.p : "");
}

static void durations(struct suite *t, struct client *c, recover *call, const char *id)
{
    static const char *const good[] = {"15m", "1h30m", "1.5h", "90s", ""}, *const bad[] = {"1d", "abc", "15", "m"},
                             *const past[] = {"0s", "-5m"};
    struct kratos_recovery_body body = {0};
    struct kratos_recovery out = {0};
    char now[20], soon[20], late[20];
    size_t i;
    body.identity_id = id;
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        body.expires_in = good[i];
        RC(t, c, call(&c->k, &body, &out), KRATOS_OK);
        TRUE(t, out.recovery_link.p != NULL && out.expires_at.p != NULL);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        body.expires_in = bad[i];
        RC(t, c, call(&c->k, &body, &out), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Unable to parse \"expires_in\" whose format should match", NULL);
    }
    for (i = 0; i < sizeof past / sizeof *past; i++) {
        body.expires_in = past[i];
        RC(t, c, call(&c->k, &body, &out), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Value from \"expires_in\" must", NULL);
    }
    body.expires_in = NULL; /* an hour */
    RC(t, c, call(&c->k, &body, &out), KRATOS_OK);
    instant(out.expires_at, now);
    body.expires_in = "1m";
    RC(t, c, call(&c->k, &body, &out), KRATOS_OK);
    instant(out.expires_at, soon);
    body.expires_in = "3h";
    RC(t, c, call(&c->k, &body, &out), KRATOS_OK);
    instant(out.expires_at, late);
    TRUE(t, strcmp(soon, now) < 0 && strcmp(now, late) < 0);
}

static void common(struct suite *t, struct client *c, recover *call, const char *id)
{
    struct kratos_recovery_body body = {0};
    struct kratos_recovery out = {0};
    durations(t, c, call, id);
    body.identity_id = "xyz";
    RC(t, c, call(&c->k, &body, &out), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "Unable to decode JSON payload: uuid: incorrect UUID length 3", NULL);
    body.identity_id = NULL;
    RC(t, c, call(&c->k, &body, &out), KRATOS_ERR_ARG);
    RC(t, c, call(&c->k, NULL, &out), KRATOS_ERR_ARG);
    body.identity_id = id;
    if (has_feature(t, "return-to-refused")) {
        body.return_to = "https://evil.example.com/?a=b&c";
        RC(t, c, call(&c->k, &body, &out), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Requested return_to URL \"https://evil.example.com/?a=b&c\" is not allowed.",
              NULL);
        STR(t, kratos_last_fault(&c->k)->id, "self_service_flow_return_to_forbidden");
    }
    if (has_feature(t, "return-to")) {
        body.return_to = "http://127.0.0.1:4455/done?a=b";
        RC(t, c, call(&c->k, &body, &out), KRATOS_OK);
    }
    body.return_to = NULL;
    RC(t, c, call(&c->k, &body, NULL), KRATOS_OK);
}

/* A secret of the reply is gone after kratos_wipe(), and one of the request after it was sent. */
static void wiped(struct suite *t, struct client *c)
{
    size_t i, left = 0;
    kratos_wipe(&c->k);
    for (i = 0; i < c->config.work_size; i++) {
        left += c->work[i] != 0;
    }
    INT(t, left, 0);
}

static void code(struct suite *t, struct client *c, const char *id)
{
    struct kratos_recovery_body body = {0};
    struct kratos_recovery out = {0};
    operation(t, "createRecoveryCodeForIdentity");
    body.identity_id = id;
    RC(t, c, kratos_create_recovery_code_for_identity(&c->k, &body, &out), KRATOS_OK);
    TRUE(t, is_digits(out.recovery_code, 6));
    PART(t, out.recovery_link, "?flow=");
    wiped(t, c);
    common(t, c, kratos_create_recovery_code_for_identity, id);
    body.flow_type = "api";
    RC(t, c, kratos_create_recovery_code_for_identity(&c->k, &body, &out), KRATOS_OK);
    body.flow_type = "browser";
    RC(t, c, kratos_create_recovery_code_for_identity(&c->k, &body, &out), KRATOS_OK);
    body.flow_type = "pigeon";
    RC(t, c, kratos_create_recovery_code_for_identity(&c->k, &body, &out),
       t->facts->recovery_flow_type ? KRATOS_ERR_REFUSED : KRATOS_OK);
    if (t->facts->recovery_flow_type) {
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Value from \"flow_type\" is not valid: \"pigeon\"", NULL);
    }
    body.flow_type = NULL;
    body.identity_id = UNKNOWN_ID;
    RC(t, c, kratos_create_recovery_code_for_identity(&c->k, &body, &out), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "could not find identity", NULL);
}

static void link(struct suite *t, struct client *c, const char *id)
{
    char start[TEXT_SIZE + 64];
    struct kratos_recovery_body body = {0};
    struct kratos_recovery out = {0};
    operation(t, "createRecoveryLinkForIdentity");
    body.identity_id = id;
    RC(t, c, kratos_create_recovery_link_for_identity(&c->k, &body, &out), KRATOS_OK);
    snprintf(start, sizeof start, "%s/self-service/recovery?flow=", t->public.url);
    PART(t, out.recovery_link, start);
    PART(t, out.recovery_link, "&token=");
    STR(t, out.recovery_code, NULL);
    TRUE(t, out.expires_at.p != NULL);
    wiped(t, c);
    common(t, c, kratos_create_recovery_link_for_identity, id);
    body.identity_id = UNKNOWN_ID;
    RC(t, c, kratos_create_recovery_link_for_identity(&c->k, &body, &out), KRATOS_ERR_REFUSED); /* no 404 */
    FAULT(t, c, 400, KRATOS_NOT_DONE, "The requested identity id does not exist.", NULL);
}

void test_recovery(struct suite *t)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct client c;
    client_open(&c, &t->admin, 1024);
    operation(t, "createRecoveryCodeForIdentity");
    make_identity(t, &c, unique(t, "rec", serial), id); /* it needs no address */
    code(t, &c, id);
    link(t, &c, id);
    client_close(&c);
}

static void disabled(struct suite *t, struct client *c, recover *call)
{
    struct kratos_recovery_body body = {0};
    body.identity_id = UNKNOWN_ID;
    RC(t, c, call(&c->k, &body, NULL), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "This endpoint was disabled by system administrator.",
          "The requested resource could not be found");
}

void test_disabled_recovery(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, 1024);
    if (has_feature(t, "no-code")) {
        operation(t, "createRecoveryCodeForIdentity");
        disabled(t, &c, kratos_create_recovery_code_for_identity);
    }
    if (has_feature(t, "no-link")) {
        operation(t, "createRecoveryLinkForIdentity");
        disabled(t, &c, kratos_create_recovery_link_for_identity);
    }
    client_close(&c);
}
