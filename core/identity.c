/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on identities, but for batches. Each is a descriptor and a typed function; what they share
 * is the executor behind op.h. It must never know how bytes move.
 */
#include "identity.h"
#include "text.h"

#define EXTERNAL_ID_MAX 64 /* VARCHAR(64); SQLite alone would take more */

/* ---- Reply ----------------------------------------------------------------------------------- */

#define FIELD(name, kind)                                                                                              \
    {                                                                                                                  \
#name, offsetof(struct kratos_identity, name), KRATOS_FIELD_##kind                                             \
    }

static int decode_identity(struct kratos *k, void *out)
{
    static const struct kratos_field fields[] = {
        FIELD(id, ID),
        FIELD(schema_id, STR),
        FIELD(schema_url, STR),
        FIELD(state, STR),
        FIELD(state_changed_at, STR),
        FIELD(external_id, STR),
        FIELD(organization_id, STR),
        FIELD(created_at, STR),
        FIELD(updated_at, STR),
        FIELD(traits, JSON),
        FIELD(metadata_public, JSON),
        FIELD(metadata_admin, JSON),
        FIELD(verifiable_addresses, JSON),
        FIELD(recovery_addresses, JSON),
        FIELD(credentials, JSON),
    };
    return kratos_decode(k, fields, sizeof fields / sizeof *fields, out, sizeof(struct kratos_identity));
}

/* ---- Request --------------------------------------------------------------------------------- */

void kratos_write_identity_body(struct kratos_out *out, const struct kratos_identity_body *body)
{
    if (!kratos_value_given(&body->traits)) {
        kratos_out_fail(out, "traits are missing");
    }
    /* Kratos stores it, and then every read of that identity and of its list page is a 500 (seen on SQLite). */
    if (kratos_text_number(body->metadata_public.text, body->metadata_public.n) ||
        kratos_text_number(body->metadata_admin.text, body->metadata_admin.n)) {
        kratos_out_fail(out, "metadata that is a bare number cannot be read again");
    }
    if (body->external_id != NULL && kratos_text_size(body->external_id) > EXTERNAL_ID_MAX) {
        kratos_out_fail(out, "external_id over 64 bytes");
    }
    kratos_out_object(out);
    kratos_out_member(out, "schema_id", body->schema_id);
    kratos_out_member(out, "state", body->state);
    kratos_out_member(out, "external_id", body->external_id);
    kratos_out_member(out, "organization_id", body->organization_id);
    kratos_out_member_value(out, "traits", &body->traits);
    kratos_out_member_value(out, "metadata_public", &body->metadata_public);
    kratos_out_member_value(out, "metadata_admin", &body->metadata_admin);
    kratos_out_member_value(out, "credentials", &body->credentials);
    kratos_out_member_value(out, "verifiable_addresses", &body->verifiable_addresses);
    kratos_out_member_value(out, "recovery_addresses", &body->recovery_addresses);
    kratos_out_close(out);
}

static void write_body(struct kratos_out *out, const void *args)
{
    kratos_write_identity_body(out, (const struct kratos_identity_body *)args);
}

static void write_include_credential(struct kratos_out *out, const void *args)
{
    kratos_out_query_list(out, "include_credential", (const char *const *)args);
}

/* ---- Operations ------------------------------------------------------------------------------ */

/* createIdentity */
static const struct kratos_op create_identity = {
    "POST", "/admin/identities", &kratos_shape_value, NULL, write_body, decode_identity, KRATOS_201, 0, true, 0,
};

int kratos_create_identity(struct kratos *k, const struct kratos_identity_body *body, struct kratos_identity *out)
{
    return body == NULL ? kratos_refuse(k, "body") : kratos_run(k, &create_identity, NULL, body, out);
}

/* getIdentity */
static const struct kratos_op get_identity = {
    "GET",
    "/admin/identities/{id}",
    &kratos_shape_value,
    write_include_credential,
    NULL,
    decode_identity,
    KRATOS_200,
    0,
    true,
    0,
};

int kratos_get_identity(struct kratos *k, const char *id, const char *const *include_credential,
                        struct kratos_identity *out)
{
    return kratos_run(k, &get_identity, id, include_credential, out);
}

/* getIdentityByExternalID */
static const struct kratos_op get_identity_by_external_id = {
    "GET",
    "/admin/identities/by/external/{externalID}",
    &kratos_shape_value,
    write_include_credential,
    NULL,
    decode_identity,
    KRATOS_200,
    0,
    true,
    0,
};

int kratos_get_identity_by_external_id(struct kratos *k, const char *external_id, const char *const *include_credential,
                                       struct kratos_identity *out)
{
    if (k->op == NULL && external_id != NULL && kratos_text_size(external_id) > EXTERNAL_ID_MAX) {
        return kratos_refuse(k, "external_id over 64 bytes");
    }
    return kratos_run(k, &get_identity_by_external_id, external_id, include_credential, out);
}

/* updateIdentity */
static const struct kratos_op update_identity = {
    "PUT", "/admin/identities/{id}", &kratos_shape_value, NULL, write_body, decode_identity, KRATOS_200, 0, true, 0,
};

int kratos_update_identity(struct kratos *k, const char *id, const struct kratos_identity_body *body,
                           struct kratos_identity *out)
{
    return body == NULL ? kratos_refuse(k, "body") : kratos_run(k, &update_identity, id, body, out);
}

/* deleteIdentity */
static const struct kratos_op delete_identity = {
    "DELETE", "/admin/identities/{id}", &kratos_shape_none, NULL, NULL, NULL, KRATOS_204, 0, false, 0,
};

int kratos_delete_identity(struct kratos *k, const char *id)
{
    return kratos_run(k, &delete_identity, id, NULL, NULL);
}

/* deleteIdentityCredentials */
static void write_identifier(struct kratos_out *out, const void *args)
{
    kratos_out_query(out, "identifier", (const char *)args);
}

static const struct kratos_op delete_identity_credentials = {
    "DELETE",
    "/admin/identities/{id}/credentials/{type}",
    &kratos_shape_none,
    write_identifier,
    NULL,
    NULL,
    KRATOS_204,
    0,
    false,
    0,
};

int kratos_delete_identity_credentials(struct kratos *k, const char *id, const char *type, const char *identifier)
{
    struct kratos_call call = {{id, type}, identifier, NULL, {0, 0, NULL, false, false}};
    if (k->op == NULL && type != NULL && kratos_text_is(type, "lookup")) {
        return kratos_refuse(k, "type lookup: Kratos calls it lookup_secret");
    }
    return kratos_execute(k, &delete_identity_credentials, &call);
}

/* patchIdentity */
struct patches {
    const struct kratos_patch *items;
    size_t count;
};

static void write_patches(struct kratos_out *out, const void *args)
{
    const struct patches *patches = (const struct patches *)args;
    size_t i;
    kratos_out_array(out);
    for (i = 0; i < patches->count; i++) {
        const struct kratos_patch *patch = &patches->items[i];
        if (patch->op == NULL || patch->path == NULL || *patch->path != '/') {
            kratos_out_fail(out, "patch without op, or whose path does not begin with /");
        }
        kratos_out_object(out);
        kratos_out_member(out, "op", patch->op);
        kratos_out_member(out, "path", patch->path);
        kratos_out_member(out, "from", patch->from);
        kratos_out_member_value(out, "value", &patch->value);
        kratos_out_close(out);
    }
    kratos_out_close(out);
}

static const struct kratos_op patch_identity = {
    "PATCH", "/admin/identities/{id}", &kratos_shape_value, NULL, write_patches, decode_identity, KRATOS_200, 0, true,
    0,
};

int kratos_patch_identity(struct kratos *k, const char *id, const struct kratos_patch *patches, size_t patch_count,
                          struct kratos_identity *out)
{
    struct patches args;
    args.items = patches;
    args.count = patch_count;
    if (patches == NULL && patch_count != 0) {
        return kratos_refuse(k, "patches");
    }
    return kratos_run(k, &patch_identity, id, &args, out);
}

/* listIdentities */
static void write_filters(struct kratos_out *out, const void *args)
{
    const struct kratos_list_identities_params *p = (const struct kratos_list_identities_params *)args;
    int filters =
        (p->ids != NULL) + (p->credentials_identifier != NULL) + (p->preview_credentials_identifier_similar != NULL);
    if (filters > 1) {
        kratos_out_fail(out, "filters of a list cannot be combined");
    }
    if (p->ids != NULL && *p->ids == NULL) {
        kratos_out_fail(out, "ids without an id would list everything");
    }
    kratos_out_query(out, "credentials_identifier", p->credentials_identifier);
    kratos_out_query(out, "preview_credentials_identifier_similar", p->preview_credentials_identifier_similar);
    kratos_out_query_list(out, "ids", p->ids);
    kratos_out_query_list(out, "include_credential", p->include_credential);
    kratos_out_query(out, "consistency", p->consistency);
    kratos_out_query(out, "organization_id", p->organization_id);
}

#define PER_PAGE_MAX 500 /* of Kratos' legacy mode from 1.1.0 on; before it was 1,000 */

static const struct kratos_op list_identities = {
    "GET",           "/admin/identities", &kratos_shape_list, write_filters, NULL,
    decode_identity, KRATOS_200,          KRATOS_TOKEN,       true,          PER_PAGE_MAX,
};

int kratos_list_identities(struct kratos *k, const struct kratos_list_identities_params *params,
                           struct kratos_identity *item)
{
    static const struct kratos_list_identities_params none;
    const struct kratos_list_identities_params *p = params != NULL ? params : &none;
    struct kratos_call call = {
        {NULL, NULL}, p, item, {p->page_size, p->by_page ? p->page : 0, p->page_token, p->by_page, p->one_page}};
    return kratos_execute(k, &list_identities, &call);
}
