/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation is, and what an operation file may call (core/op.c; the writers are those of out.h). One const
 * struct kratos_op per operation stands beside its typed function; a program links those it calls and nothing of the
 * others. This file must never know a particular operation.
 */
#ifndef KRATOS_OP_H
#define KRATOS_OP_H

#include "kratos.h"
#include "out.h"
#include "shape.h"

enum { KRATOS_200 = 1 << 0, KRATOS_201 = 1 << 1, KRATOS_204 = 1 << 4 }; /* op.success */

/* What an object becomes. */
struct kratos_result {
    const struct kratos_field *fields; /* the first one is the id where there is one */
    uint8_t field_count;
    uint16_t size;
};

struct kratos_op {
    const char *path;                   /* verbatim from Kratos' OpenAPI document, in an array of its own: literals
                                           of one file are linked together */
    const struct kratos_shape *shape;   /* NULL: success has no body */
    const struct kratos_result *result; /* of an element; NULL: the shape decodes */
    void (*query)(struct kratos_out *out, const void *args);
    void (*body)(struct kratos_out *out, const void *args);
    uint8_t success;
    char method[7];
};

/* A reply of one object. */
extern const struct kratos_shape kratos_shape_value;

/* Runs an operation whose path has no parameters. The order is that of the public functions: so their arguments stay
 * where they are. */
int kratos_run(struct kratos *k, const void *args, void *out, const struct kratos_op *op);

/* The same for a path with one parameter. */
int kratos_run_at(struct kratos *k, const char *parameter, const void *args, void *out, const struct kratos_op *op);

/* The same for any path, and for a call that the operation file made. */
int kratos_execute(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call);

/* Refuses arguments: KRATOS_ERR_ARG with fault.reason; KRATOS_ERR_BUSY while an operation is in progress. */
int kratos_refuse(struct kratos *k, const char *why);

#endif
