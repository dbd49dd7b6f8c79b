/* SPDX-License-Identifier: Apache-2.0
 *
 * An io round an io, so that one task can end a call that another one waits in. It must never know what carries the bytes.
 *
 *     static struct stoppable s;
 *     kratos_init(&k, &config, stoppable_io(&s, io));
 *     s.stop = true;              // in any task: the call ends within STOPPABLE_MS with KRATOS_ERR_IO
 *
 * The library calls an io again until its own time is over, so that all it takes is not to wait long at a time. Arithmetic
 * (a step of a handshake) and a look-up by getaddrinfo() are not cut short.
 */
#ifndef BOARD_STOPPABLE_H
#define BOARD_STOPPABLE_H

#include "kratos.h"

enum { STOPPABLE_MS = 50, STOPPABLE_STOPPED = -0x20001 }; /* the latter: native_error of a call that was ended */

/* stop stays set until you clear it; all else is private. */
struct stoppable {
    struct kratos_io io;
    const struct kratos_io *inner;
    volatile bool stop, stopped;
};

/* Prepares s. The result lives in s; inner is kept by pointer. */
const struct kratos_io *stoppable_io(struct stoppable *s, const struct kratos_io *inner);

#endif
