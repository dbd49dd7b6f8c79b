/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold after every run, whatever went wrong in it.
 */
#ifndef TEST_PROVISION_JUDGE_H
#define TEST_PROVISION_JUDGE_H

#include "scenario.h"

/* rc: of device_run(); faults: how many there were; before: the flash before the run. NULL: all is well; else what is not. */
const char *judge(const struct scenario *scenario, int rc, unsigned faults, const struct flash *before);

#endif
