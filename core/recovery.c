/* SPDX-License-Identifier: Apache-2.0
 *
 * The two operations that create a recovery code or link. Their results are secrets: they stand in the work
 * buffer only, until the next call or kratos_wipe(). It must never know how bytes move.
 */
#include "op.h"

/* The last one is of codes only. */
static const struct kratos_field body_fields[] = {
    {"identity_id", 0, KRATOS_FIELD_STR, 1 + offsetof(struct kratos_recovery_body, identity_id)},
    {"expires_in", 0, KRATOS_FIELD_STR, 1 + offsetof(struct kratos_recovery_body, expires_in)},
    {"flow_type", 0, KRATOS_FIELD_STR, 1 + offsetof(struct kratos_recovery_body, flow_type)},
};
static const struct kratos_field fields[] = {
    {"recovery_link", offsetof(struct kratos_recovery, recovery_link), KRATOS_FIELD_STR_MUST, 0},
    {"expires_at", offsetof(struct kratos_recovery, expires_at), KRATOS_FIELD_STR, 0},
    {"recovery_code", offsetof(struct kratos_recovery, recovery_code), KRATOS_FIELD_STR_MUST, 0},
};

#define OF_LINKS 2
#define OF_CODES 3

static const struct kratos_result link_result = {fields, OF_LINKS, sizeof(struct kratos_recovery)};
static const struct kratos_result code_result = {fields, OF_CODES, sizeof(struct kratos_recovery)};

static void write_body(struct kratos_out *out, const struct kratos_recovery_body *body, size_t field_count)
{
    if (body->identity_id == NULL) {
        kratos_out_fail(out, "identity_id");
    }
    kratos_out_object(out);
    kratos_out_texts(out, body_fields, field_count, body);
    kratos_out_close(out);
}

static void write_code_body(struct kratos_out *out, const void *args)
{
    write_body(out, args, OF_CODES);
}

static void write_link_body(struct kratos_out *out, const void *args)
{
    write_body(out, args, OF_LINKS);
}

static void write_return_to(struct kratos_out *out, const void *args)
{
    const struct kratos_recovery_body *body = args;
    kratos_out_query(out, "return_to", body != NULL ? body->return_to : NULL);
}

/* createRecoveryCodeForIdentity */
static const char code_path[] = "/admin/recovery/code";

static const struct kratos_op create_recovery_code_for_identity = {
    .method = "POST",
    .path = code_path,
    .query = write_return_to,
    .body = write_code_body,
    .success = KRATOS_201,
    .shape = &kratos_shape_value,
    .result = &code_result,
};

int kratos_create_recovery_code_for_identity(struct kratos *k, const struct kratos_recovery_body *body,
                                             struct kratos_recovery *out)
{
    return kratos_run(k, body, out, &create_recovery_code_for_identity);
}

/* createRecoveryLinkForIdentity */
static const char link_path[] = "/admin/recovery/link";

static const struct kratos_op create_recovery_link_for_identity = {
    .method = "POST",
    .path = link_path,
    .query = write_return_to,
    .body = write_link_body,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &link_result,
};

int kratos_create_recovery_link_for_identity(struct kratos *k, const struct kratos_recovery_body *body,
                                             struct kratos_recovery *out)
{
    return kratos_run(k, body, out, &create_recovery_link_for_identity);
}
