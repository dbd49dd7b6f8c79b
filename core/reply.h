/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the reply in progress from the bytes that are in the work buffer. It must never receive, and never
 * know a particular operation.
 */
#ifndef KRATOS_REPLY_H
#define KRATOS_REPLY_H

#include "op.h"

void kratos_reply_begin(struct kratos *k);

/* KRATOS_WAIT: there is room at work[raw_end] for at least one byte more. KRATOS_GO or a result otherwise. */
int kratos_reply_head(struct kratos *k);
int kratos_reply_body(struct kratos *k, const struct kratos_call *call);

/* The reply with a status that the operation does not take is complete: sets the fault and returns the
 * result. */
int kratos_refusal(struct kratos *k);
extern const struct kratos_shape kratos_shape_error; /* what such a reply is read as, if it is JSON */

#endif
