/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to the server in clear: port/posix alone, and no options.
 */
#include "suite.h"

bool inner_option(const char *name, const char *value)
{
    (void)name;
    (void)value;
    return false;
}

const struct kratos_io *inner_open(struct wire *w, const struct address *where)
{
    (void)where;
    return kratos_posix_io(&w->tcp);
}

void inner_close(struct wire *w)
{
    (void)w;
}
