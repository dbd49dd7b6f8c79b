/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills the window with the next part of the request in progress. It must never send, and never know a
 * particular operation.
 */
#ifndef KRATOS_REQUEST_H
#define KRATOS_REQUEST_H

#include "op.h"

/* Checks the arguments and counts the body. KRATOS_GO, or KRATOS_ERR_ARG. */
int kratos_request_count(struct kratos *k, const struct kratos_call *call);

/* The next part of a request of known length. KRATOS_GO: the window holds bytes to send. */
int kratos_request_fill(struct kratos *k, const struct kratos_call *call);

/* Writes the head; body_size UINT32_MAX announces a chunked body. */
void kratos_request_head(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call,
                         uint32_t body_size);

/* The writer's complaint as the operation's fault. */
int kratos_request_refused(struct kratos *k, const struct kratos_out *out);

/* NULL, or what is wrong with the configuration. */
const char *kratos_config_complaint(const struct kratos_config *config, const struct kratos_io *io);

#endif
