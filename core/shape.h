/* SPDX-License-Identifier: Apache-2.0
 *
 * How replies of one kind are read: the one point where the reply and the pump meet what is above them. It must never
 * know a particular operation.
 */
#ifndef KRATOS_SHAPE_H
#define KRATOS_SHAPE_H

#include "kratos.h"

enum { KRATOS_IDLE, KRATOS_SEND, KRATOS_RECEIVE, KRATOS_PAUSED }; /* kratos.phase */

/* Internal results of one step, beside KRATOS_*. */
enum {
    KRATOS_GO = 16,       /* go on with what is in memory */
    KRATOS_WAIT = 17,     /* bytes must move first */
    KRATOS_NEXT = 18,     /* the reply is complete; the operation goes on with another request */
    KRATOS_COMPLETE = 19, /* the reply is complete */
    KRATOS_OTHER = 20     /* a line of the head is not the shape's */
};

/* What a reply leaves free, so that the next request has a window. */
#define KRATOS_WINDOW_MIN 64

struct kratos_out;

/* One call of an operation: the same at each call until it is finished. */
struct kratos_call {
    const void *args; /* what the operation's writers and its shape take */
    void *out;        /* result, or NULL */
    /* Set by kratos_path(), for paths with {parameters}: their values in order, what writes them, and what tells two
     * calls apart. */
    const char *path[2];
    void (*write_path)(struct kratos_out *out, const char *path, const char *const *values);
    uint32_t check;
};

/* Events are those of the sieve: values begin down to `depth`, and end down to there and one level below where the
 * shape keeps. A function sets k->phase to KRATOS_PAUSED when it gives something to the caller. */
struct kratos_shape {
    uint8_t depth; /* of the elements that pass one by one through the work buffer */
    bool keeps;    /* elements are kept as text, with a token for each of their members */
    bool again;    /* arguments are needed again after the first reply: in the work buffer they are refused */
    /* After each event down to `depth` and each block: its n bytes end at work[raw]. KRATOS_GO, or a result. NULL:
     * nothing to do. */
    int (*event)(struct kratos *k, const struct kratos_call *call, int event, uint32_t n);
    /* The reply is complete, and strict JSON. A result, or KRATOS_NEXT. */
    int (*end)(struct kratos *k, const struct kratos_call *call);
    /* A line of a head begins, or goes on. KRATOS_OTHER, KRATOS_GO: it was read; KRATOS_WAIT: used up; or an error.
     * NULL: all lines are others. */
    int (*line)(struct kratos *k, const struct kratos_call *call);
    /* Fills the window of a request whose length is not known beforehand. NULL: of plain requests. */
    int (*fill)(struct kratos *k, const struct kratos_call *call);
};

#endif
