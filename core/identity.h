/* SPDX-License-Identifier: Apache-2.0
 *
 * What the operations on identities have in common: the body of creating, updating and a batch's row, and the result.
 * It must never know how it is sent.
 */
#ifndef KRATOS_IDENTITY_H
#define KRATOS_IDENTITY_H

#include "op.h"

extern const char kratos_path_identities[], kratos_path_identity[];

extern const struct kratos_result kratos_identity_result;

/* createIdentityBody of Kratos' OpenAPI document, as one JSON value. args: a struct kratos_identity_body. */
void kratos_write_identity(struct kratos_out *out, const void *args);

#endif
