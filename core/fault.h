/* SPDX-License-Identifier: Apache-2.0
 *
 * Where faults are made: the result of an error, and what is known about the server's side after it
 * (docs/errors.md). It must never know the operation or the bytes of a reply.
 */
#ifndef KRATOS_FAULT_H
#define KRATOS_FAULT_H

#include "kratos.h"

void kratos_fault_clear(struct kratos *k);

/* Sets the fault's effect and all else that is known, and returns rc. */
int kratos_fail(struct kratos *k, int rc);

/* An argument or a configuration is refused: `why`, a constant text, becomes the reason. KRATOS_ERR_ARG. */
int kratos_fault_argument(struct kratos *k, const char *why);

/* The KRATOS_ERR_* of an HTTP status from 300 on; *transient: the same request may succeed later. */
int kratos_status_result(unsigned status, bool *transient);

#endif
