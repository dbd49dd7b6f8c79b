/* SPDX-License-Identifier: Apache-2.0
 *
 * What most operations have in common: one request, and a reply of one object or of none. It must never know a
 * particular operation, nor how bytes move.
 */
#include "op.h"

#include "fault.h"
#include "path.h"
#include "pump.h"

int kratos_execute(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call)
{
    return kratos_finish(k, kratos_pump(k, call, kratos_begin(k, op, call)));
}

int kratos_run(struct kratos *k, const void *args, void *out, const struct kratos_op *op)
{
    struct kratos_call call;
    call.args = args;
    call.out = out;
    call.write_path = NULL;
    call.check = 0;
    return kratos_execute(k, op, &call);
}

int kratos_run_at(struct kratos *k, const char *parameter, const void *args, void *out, const struct kratos_op *op)
{
    struct kratos_call call;
    call.args = args;
    call.out = out;
    kratos_path(k, &call, parameter, NULL);
    return kratos_execute(k, op, &call);
}

int kratos_refuse(struct kratos *k, const char *why)
{
    if (k->op != NULL) {
        return KRATOS_ERR_BUSY; /* what is in progress goes on */
    }
    kratos_fault_clear(k);
    return kratos_fault_argument(k, why);
}
