/* SPDX-License-Identifier: Apache-2.0
 *
 * Code of a firmware that uses the core over lwIP: compiled for a Cortex-M by run.py, not run.
 */
#include "kratos_lwip.h"
#include "kratos_provision.h"

int gateway_init(struct kratos *k, const struct kratos_config *config);
int gateway_init(struct kratos *k, const struct kratos_config *config)
{
    static struct kratos_lwip tcp;
    return kratos_init(k, config, kratos_lwip_io(&tcp));
}
