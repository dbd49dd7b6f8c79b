/* SPDX-License-Identifier: Apache-2.0
 *
 * How an operation is run (core/kratos.c): one exchange of a request and its reply for most, several in a row for
 * lists and batches. It must never know what a request or a reply contains.
 */
#ifndef KRATOS_PUMP_H
#define KRATOS_PUMP_H

#include "op.h"

/* KRATOS_NEXT: the operation begins, its first request is due. KRATOS_GO: it goes on. KRATOS_ERR_BUSY: another one is
 * in progress. KRATOS_ERR_ARG: k was never prepared. */
int kratos_begin(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call);

/* Goes on from such a result until there is one for the caller, KRATOS_AGAIN included. */
int kratos_pump(struct kratos *k, const struct kratos_call *call, int rc);

/* Every call of an operation ends here: with its result, which it returns. */
int kratos_finish(struct kratos *k, int rc);

#endif
