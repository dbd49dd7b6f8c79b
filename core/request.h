/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills the window with the next part of the request in progress. It must never send, and never know a
 * particular operation.
 */
#ifndef KRATOS_REQUEST_H
#define KRATOS_REQUEST_H

#include "op.h"

/* Checks the arguments and counts the body. A request that fits the window is complete there afterwards. KRATOS_GO,
 * or KRATOS_ERR_ARG. */
int kratos_request_count(struct kratos *k, const struct kratos_call *call);

/* The next part of a request of known length. KRATOS_GO: the window holds bytes to send. */
int kratos_request_fill(struct kratos *k, const struct kratos_call *call);

/* Writes the head up to its last line, without the end of that. What says how long the body is, and the empty line,
 * are still to come. */
void kratos_request_head(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call);

#endif
