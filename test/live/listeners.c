/* SPDX-License-Identifier: Apache-2.0
 *
 * Each operation at the wrong listener: the library says so where the server lets it know.
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"

static const char ID[] = "11111111-2222-4333-8444-555555555555";

static void redirected(struct suite *t, struct client *c, const char *name, int rc, int status, const char *location)
{
    char url[3 * TEXT_SIZE];
    operation(t, name);
    RC(t, c, rc, KRATOS_ERR_REDIRECT);
    INT(t, kratos_last_fault(&c->k)->http_status, status);
    INT(t, kratos_last_fault(&c->k)->effect, KRATOS_NOT_DONE);
    if (location == NULL) {
        STR(t, kratos_last_fault(&c->k)->id, "security_csrf_violation");
        STR(t, kratos_last_fault(&c->k)->location, "");
        return;
    }
    snprintf(url, sizeof url, "%s%s", c->config.port == t->admin.port ? t->public.url : t->admin.url, location);
    STR(t, kratos_last_fault(&c->k)->location, url);
}

static void at_public(struct suite *t, struct client *c)
{
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    struct kratos_identity_body body = {0};
    struct kratos_list_identities_params params = {0};
    struct kratos_recovery_body recovery = {0};
    body.traits = json("{\"serial\":\"x\"}");
    params.page_size = 2;
    params.credentials_identifier = "a b";
    recovery.identity_id = ID;
    redirected(t, c, "createIdentity", kratos_create_identity(&c->k, &body, NULL), 307, "/admin/identities");
    redirected(t, c, "listIdentities", kratos_list_identities(&c->k, &params, NULL), 307,
               "/admin/identities?page_size=2&credentials_identifier=a%20b");
    redirected(t, c, "getIdentity", kratos_get_identity(&c->k, ID, NULL, NULL), 307,
               "/admin/identities/11111111-2222-4333-8444-555555555555");
    redirected(t, c, "updateIdentity", kratos_update_identity(&c->k, ID, &body, NULL), 307,
               "/admin/identities/11111111-2222-4333-8444-555555555555");
    redirected(t, c, "patchIdentity", kratos_patch_identity(&c->k, ID, NULL, 0, NULL), 307,
               "/admin/identities/11111111-2222-4333-8444-555555555555");
    redirected(t, c, "deleteIdentity", kratos_delete_identity(&c->k, ID), 307,
               "/admin/identities/11111111-2222-4333-8444-555555555555");
    redirected(t, c, "deleteIdentityCredentials", kratos_delete_identity_credentials(&c->k, ID, "oidc", "g:1"), 307,
               "/admin/identities/11111111-2222-4333-8444-555555555555/credentials/oidc?identifier=g%3A1");
    redirected(t, c, "disableSession", kratos_disable_session(&c->k, ID), 403, NULL);
    redirected(t, c, "extendSession", kratos_extend_session(&c->k, ID, NULL), 403, NULL);
    redirected(t, c, "deleteIdentitySessions", kratos_delete_identity_sessions(&c->k, ID), 403, NULL);
    redirected(t, c, "createRecoveryCodeForIdentity", kratos_create_recovery_code_for_identity(&c->k, &recovery, NULL),
               403, NULL);
    redirected(t, c, "createRecoveryLinkForIdentity", kratos_create_recovery_link_for_identity(&c->k, &recovery, NULL),
               403, NULL);

    /* Here the router's own words say nothing about the listener. */
    operation(t, "getSession");
    RC(t, c, kratos_get_session(&c->k, ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", ROUTER_404);
    operation(t, "listSessions");
    RC(t, c, kratos_list_sessions(&c->k, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", ROUTER_404);
    operation(t, "listIdentitySessions");
    RC(t, c, kratos_list_identity_sessions(&c->k, ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "", ROUTER_404);
    operation(t, "getIdentityByExternalID");
    if (t->facts->external_id) {
        redirected(t, c, "getIdentityByExternalID", kratos_get_identity_by_external_id(&c->k, "x", NULL, NULL), 307,
                   "/admin/identities/by/external/x");
    } else {
        RC(t, c, kratos_get_identity_by_external_id(&c->k, "x", NULL, NULL), KRATOS_ERR_NOT_FOUND);
    }
    operation(t, "batchPatchIdentities");
    batch.row_count = 1;
    batch.row = NULL;
    RC(t, c, kratos_batch_patch_identities(&c->k, &batch, &result), KRATOS_ERR_ARG);
}

static int empty_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)arg;
    (void)i;
    row->skip = true;
    return 0;
}

void test_listeners(struct suite *t)
{
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    struct kratos_schema_part part = {0};
    struct client c;
    client_open(&c, &t->public, 1024);
    at_public(t, &c);
    batch.row_count = 1;
    batch.row = empty_row;
    RC(t, &c, kratos_batch_patch_identities(&c.k, &batch, &result),
       t->facts->batch_at_public == 405 ? KRATOS_ERR_REFUSED : KRATOS_ERR_REDIRECT);
    INT(t, kratos_last_fault(&c.k)->http_status, t->facts->batch_at_public);
    client_close(&c);
    client_open(&c, &t->admin, 1024);
    /* /schemas at the admin listener: up to 25.4 first a hop to /admin/schemas of the same one. */
    operation(t, "getIdentitySchema");
    RC(t, &c, kratos_get_identity_schema(&c.k, "device", &part), KRATOS_ERR_REDIRECT);
    INT(t, kratos_last_fault(&c.k)->http_status, 307);
    PART(t, kratos_last_fault(&c.k)->location, t->facts->schemas_hop ? "/admin/schemas/device" : t->public.url);
    operation(t, "listIdentitySchemas");
    RC(t, &c, kratos_list_identity_schemas(&c.k, 0, 0, &part), KRATOS_ERR_REDIRECT);
    PART(t, kratos_last_fault(&c.k)->location, t->facts->schemas_hop ? "/admin/schemas?" : t->public.url);
    client_close(&c);
}
