/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of one row of a batch. It must never know how rows are sent.
 */
#ifndef KRATOS_OUTCOME_H
#define KRATOS_OUTCOME_H

#include "kratos.h"

/* From the element in the work buffer, an object or null. KRATOS_OK, or what is wrong with the element. result may be
 * NULL; its row is left to the caller. */
int kratos_outcome(struct kratos *k, struct kratos_batch_result *result);

/* Then, where that was KRATOS_OK: opens the error object, if there is one. Apart from the other for the stack. */
void kratos_outcome_error(struct kratos *k, struct kratos_batch_result *result);

/* A row of which nothing is known but its result. result may be NULL. */
void kratos_outcome_unknown(struct kratos_batch_result *result, size_t row, int rc);

#endif
