/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply that says no means. It must never know the operation.
 */
#ifndef KRATOS_REFUSAL_H
#define KRATOS_REFUSAL_H

#include "kratos.h"

/* The reply with a status that the operation does not take is complete: sets the fault and returns the
 * result. */
int kratos_refusal(struct kratos *k);

#endif
