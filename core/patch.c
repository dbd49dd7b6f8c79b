/* SPDX-License-Identifier: Apache-2.0
 *
 * patchIdentity: JSON Patch (RFC 6902) as far as Kratos knows it. It must never know how bytes move.
 */
#include "identity.h"
#include "text.h"

struct patches {
    const struct kratos_patch *items;
    size_t count;
};

static const struct kratos_field fields[] = {
    {"op", 0, KRATOS_FIELD_STR, 1 + offsetof(struct kratos_patch, op)},
    {"path", 0, KRATOS_FIELD_STR, 1 + offsetof(struct kratos_patch, path)},
    {"from", 0, KRATOS_FIELD_STR, 1 + offsetof(struct kratos_patch, from)},
};

/* True for the pointer to one of the two metadata as a whole. Kratos' JSON decoder knows names in any case. */
static bool is_metadata(const char *path)
{
    return kratos_text_which(path, kratos_text_size(path),
                             "\017/metadata_admin"
                             "\020/metadata_public") < 2;
}

static void write_patch(struct kratos_out *out, const struct kratos_patch *patch)
{
    if (patch->op == NULL || patch->path == NULL || *patch->path != '/') {
        kratos_out_fail(out, "op or path of a patch");
        return;
    }
    kratos_out_object(out);
    kratos_out_texts(out, fields, sizeof fields / sizeof *fields, patch);
    if (is_metadata(patch->path)) {
        kratos_out_metadata(out, "value", &patch->value);
    } else {
        kratos_out_member_value(out, "value", &patch->value);
    }
    kratos_out_close(out);
}

static void write_patches(struct kratos_out *out, const void *args)
{
    const struct patches *patches = args;
    size_t i;
    kratos_out_array(out);
    for (i = 0; i < patches->count; i++) {
        write_patch(out, &patches->items[i]);
    }
    kratos_out_close(out);
}

static const struct kratos_op patch_identity = {
    .method = "PATCH",
    .path = kratos_path_identity,
    .body = write_patches,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &kratos_identity_result,
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
    return kratos_run_at(k, id, &args, out, &patch_identity);
}
