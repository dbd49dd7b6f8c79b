/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on one identity. Each is a descriptor and a typed function; what they share is the executor behind
 * op.h. It must never know how bytes move.
 */
#include "identity.h"

#include "path.h"
#include "text.h"

/* VARCHAR(64) in Kratos' database; SQLite alone would take more. */
#define EXTERNAL_ID_MAX 64

const char kratos_path_identities[] = "/admin/identities";
const char kratos_path_identity[] = "/admin/identities/{id}";

/* ---- What an identity is, both ways ---------------------------------------------------------- */

#define FIELD(name, kind)                                                                                              \
    {                                                                                                                  \
#name, offsetof(struct kratos_identity, name), KRATOS_FIELD_##kind, 0                                          \
    }
/* In requests too. */
#define BOTH(name, kind)                                                                                               \
    {                                                                                                                  \
#name, offsetof(struct kratos_identity, name), KRATOS_FIELD_##kind,                                            \
            1 + offsetof(struct kratos_identity_body, name)                                                            \
    }

/* In the order in which Kratos writes them. */
static const struct kratos_field fields[] = {
    FIELD(id, ID),
    BOTH(external_id, STR),
    BOTH(credentials, JSON),
    BOTH(schema_id, STR),
    FIELD(schema_url, STR),
    BOTH(state, STR),
    FIELD(state_changed_at, STR),
    BOTH(traits, JSON),
    BOTH(verifiable_addresses, JSON),
    BOTH(recovery_addresses, JSON),
    BOTH(metadata_public, METADATA),
    BOTH(metadata_admin, METADATA),
    FIELD(created_at, STR),
    FIELD(updated_at, STR),
    BOTH(organization_id, STR),
};

#define FIELD_COUNT (sizeof fields / sizeof *fields)

const struct kratos_result kratos_identity_result = {fields, FIELD_COUNT, sizeof(struct kratos_identity)};

static bool too_long(const char *external_id)
{
    return external_id != NULL && kratos_text_size(external_id) > EXTERNAL_ID_MAX;
}

static void write_field(struct kratos_out *out, const struct kratos_field *field, const void *member)
{
    const char *const *text = member;
    if (field->kind == KRATOS_FIELD_STR) {
        kratos_out_member(out, field->name, *text);
    } else if (field->kind == KRATOS_FIELD_METADATA) {
        kratos_out_metadata(out, field->name, member);
    } else {
        kratos_out_member_value(out, field->name, member);
    }
}

void kratos_write_identity(struct kratos_out *out, const void *args)
{
    const struct kratos_identity_body *body = args;
    const struct kratos_field *field;
    const char *bytes = args;
    if (!kratos_value_given(&body->traits)) {
        kratos_out_fail(out, "traits");
    }
    if (too_long(body->external_id)) {
        kratos_out_fail(out, "external_id");
    }
    kratos_out_object(out);
    for (field = fields; field != fields + FIELD_COUNT; field++) {
        if (field->body != 0) {
            write_field(out, field, bytes + field->body - 1);
        }
    }
    kratos_out_close(out);
}

static void write_include_credential(struct kratos_out *out, const void *args)
{
    kratos_out_query_list(out, "include_credential", args);
}

/* ---- Operations ------------------------------------------------------------------------------ */

/* createIdentity */
static const struct kratos_op create_identity = {
    .method = "POST",
    .path = kratos_path_identities,
    .body = kratos_write_identity,
    .success = KRATOS_201,
    .shape = &kratos_shape_value,
    .result = &kratos_identity_result,
};

int kratos_create_identity(struct kratos *k, const struct kratos_identity_body *body, struct kratos_identity *out)
{
    return kratos_run(k, body, out, &create_identity);
}

/* getIdentity */
static const struct kratos_op get_identity = {
    .method = "GET",
    .path = kratos_path_identity,
    .query = write_include_credential,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &kratos_identity_result,
};

int kratos_get_identity(struct kratos *k, const char *id, const char *const *include_credential,
                        struct kratos_identity *out)
{
    return kratos_run_at(k, id, include_credential, out, &get_identity);
}

/* getIdentityByExternalID */
static const char by_external_id[] = "/admin/identities/by/external/{externalID}";

static const struct kratos_op get_identity_by_external_id = {
    .method = "GET",
    .path = by_external_id,
    .query = write_include_credential,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &kratos_identity_result,
};

int kratos_get_identity_by_external_id(struct kratos *k, const char *external_id, const char *const *include_credential,
                                       struct kratos_identity *out)
{
    if (k->op == NULL && too_long(external_id)) { /* later it may be overwritten, if it lay in the last reply */
        return kratos_refuse(k, "external_id");
    }
    return kratos_run_at(k, external_id, include_credential, out, &get_identity_by_external_id);
}

/* updateIdentity */
static const struct kratos_op update_identity = {
    .method = "PUT",
    .path = kratos_path_identity,
    .body = kratos_write_identity,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &kratos_identity_result,
};

int kratos_update_identity(struct kratos *k, const char *id, const struct kratos_identity_body *body,
                           struct kratos_identity *out)
{
    return kratos_run_at(k, id, body, out, &update_identity);
}

/* deleteIdentity */
static const struct kratos_op delete_identity = {
    .method = "DELETE",
    .path = kratos_path_identity,
    .success = KRATOS_204,
};

int kratos_delete_identity(struct kratos *k, const char *id)
{
    return kratos_run_at(k, id, NULL, NULL, &delete_identity);
}

/* deleteIdentityCredentials */
static const char credentials_of_type[] = "/admin/identities/{id}/credentials/{type}";

static void write_identifier(struct kratos_out *out, const void *args)
{
    kratos_out_query(out, "identifier", args);
}

static const struct kratos_op delete_identity_credentials = {
    .method = "DELETE",
    .path = credentials_of_type,
    .query = write_identifier,
    .success = KRATOS_204,
};

int kratos_delete_identity_credentials(struct kratos *k, const char *id, const char *type, const char *identifier)
{
    struct kratos_call call = {.args = identifier};
    if (k->op == NULL && type != NULL && kratos_text_is(type, "lookup")) {
        return kratos_refuse(k, "type: lookup_secret");
    }
    kratos_path(k, &call, id, type);
    return kratos_execute(k, &delete_identity_credentials, &call);
}
