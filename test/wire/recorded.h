/* SPDX-License-Identifier: Apache-2.0
 *
 * The table that make_vectors.py makes from the recordings.
 */
#ifndef TEST_WIRE_RECORDED_H
#define TEST_WIRE_RECORDED_H

#include "harness.h"

extern const struct wire_vector recorded[];
extern const size_t recorded_count;

#endif
