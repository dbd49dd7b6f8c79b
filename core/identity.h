/* SPDX-License-Identifier: Apache-2.0
 *
 * The body that creating, updating and a batch's row have in common. It must never know how it is sent.
 */
#ifndef KRATOS_IDENTITY_H
#define KRATOS_IDENTITY_H

#include "op.h"

/* createIdentityBody of Kratos' OpenAPI document, as one JSON value. */
void kratos_write_identity_body(struct kratos_out *out, const struct kratos_identity_body *body);

#endif
