/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration may hold. It must never know a request.
 */
#ifndef KRATOS_CONFIG_CHECK_H
#define KRATOS_CONFIG_CHECK_H

#include "kratos.h"

/* NULL, or what is wrong with the configuration. Constant text. */
const char *kratos_config_complaint(const struct kratos_config *config, const struct kratos_io *io);

/* True for a host that is the path of a socket: "unix:/path". */
bool kratos_config_local(const struct kratos_config *config);

#endif
