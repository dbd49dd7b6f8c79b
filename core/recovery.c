/* SPDX-License-Identifier: Apache-2.0
 *
 * The two operations that create a recovery code or link. Their results are secrets: they stand in the work
 * buffer only, until the next call or kratos_wipe(). It must never know how bytes move.
 */
#include "op.h"

static void write_body(struct kratos_out *out, const void *args, bool code)
{
    const struct kratos_recovery_body *body = (const struct kratos_recovery_body *)args;
    if (body->identity_id == NULL) {
        kratos_out_fail(out, "identity_id is missing");
    }
    kratos_out_object(out);
    kratos_out_member(out, "identity_id", body->identity_id);
    kratos_out_member(out, "expires_in", body->expires_in);
    if (code) {
        kratos_out_member(out, "flow_type", body->flow_type);
    }
    kratos_out_close(out);
}

static void write_code_body(struct kratos_out *out, const void *args)
{
    write_body(out, args, true);
}

static void write_link_body(struct kratos_out *out, const void *args)
{
    write_body(out, args, false);
}

static void write_return_to(struct kratos_out *out, const void *args)
{
    kratos_out_query(out, "return_to", ((const struct kratos_recovery_body *)args)->return_to);
}

static int decode(struct kratos *k, void *out, bool code)
{
    static const struct kratos_field fields[] = {
        {"recovery_link", offsetof(struct kratos_recovery, recovery_link), KRATOS_FIELD_STR_MUST},
        {"expires_at", offsetof(struct kratos_recovery, expires_at), KRATOS_FIELD_STR},
        {"recovery_code", offsetof(struct kratos_recovery, recovery_code), KRATOS_FIELD_STR_MUST},
    };
    return kratos_decode(k, fields, code ? 3 : 2, out, sizeof(struct kratos_recovery));
}

static int decode_code(struct kratos *k, void *out)
{
    return decode(k, out, true);
}

static int decode_link(struct kratos *k, void *out)
{
    return decode(k, out, false);
}

static int create(struct kratos *k, const struct kratos_op *op, const struct kratos_recovery_body *body,
                  struct kratos_recovery *out)
{
    return body == NULL ? kratos_refuse(k, "body") : kratos_run(k, op, NULL, body, out);
}

/* createRecoveryCodeForIdentity */
static const struct kratos_op create_recovery_code_for_identity = {
    "POST",
    "/admin/recovery/code",
    &kratos_shape_value,
    write_return_to,
    write_code_body,
    decode_code,
    KRATOS_201,
    0,
    false,
    0,
};

int kratos_create_recovery_code_for_identity(struct kratos *k, const struct kratos_recovery_body *body,
                                             struct kratos_recovery *out)
{
    return create(k, &create_recovery_code_for_identity, body, out);
}

/* createRecoveryLinkForIdentity */
static const struct kratos_op create_recovery_link_for_identity = {
    "POST",
    "/admin/recovery/link",
    &kratos_shape_value,
    write_return_to,
    write_link_body,
    decode_link,
    KRATOS_200,
    0,
    false,
    0,
};

int kratos_create_recovery_link_for_identity(struct kratos *k, const struct kratos_recovery_body *body,
                                             struct kratos_recovery *out)
{
    return create(k, &create_recovery_link_for_identity, body, out);
}
