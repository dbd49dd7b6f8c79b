/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths with parameters. It must never know an operation; one without parameters does not link it.
 */
#ifndef KRATOS_PATH_H
#define KRATOS_PATH_H

#include "shape.h"

/* Gives a call the values of its path's parameters, in their order. */
void kratos_path(const struct kratos *k, struct kratos_call *call, const char *first, const char *second);

#endif
