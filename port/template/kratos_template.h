/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a port to your own stack begins: copy this folder, replace "template" by the name of your
 * stack, fill in the five functions and the clock, then run port/selftest against
 * test/port/selftest_peer.py. A port must never know HTTP, JSON or Kratos: it moves bytes.
 */
#ifndef KRATOS_TEMPLATE_H
#define KRATOS_TEMPLATE_H

#include "kratos.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Private; complete only so that it can be a variable. All state of one connection belongs here,
 * none into globals: two connections are two of these. */
struct kratos_template {
    struct kratos_io io;
    bool open;
    int error; /* as native_error() gives it */
};

/* Prepares t and returns the io inside; opens nothing. */
const struct kratos_io *kratos_template_io(struct kratos_template *t);

#ifdef __cplusplus
}
#endif
#endif
