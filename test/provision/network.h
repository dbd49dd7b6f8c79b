/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to the server and back, and what can happen on it: requests and replies that are cut at any byte, lost, late,
 * answered by a stranger, or by a server that has other worries. It must never know what the device is up to.
 */
#ifndef TEST_PROVISION_NETWORK_H
#define TEST_PROVISION_NETWORK_H

#include "world.h"

/* For struct kratos_config and kratos_init(), in the mode of the setting. */
extern const struct kratos_io network_io;

/* Without a port: does what kratos_want() says. False: nothing will move any more. */
bool network_pump(struct kratos *k);

/* The device lost power. */
void network_power_on(void);

/* What is late arrives now. */
void network_land(void);

#endif
