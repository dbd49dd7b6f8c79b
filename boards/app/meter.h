/* SPDX-License-Identifier: Apache-2.0
 *
 * A kratos_io around another one that counts the requests, and the instructions spent inside, so that what is left over is
 * the library's own. It must never change what passes.
 */
#ifndef KRATOS_APP_METER_H
#define KRATOS_APP_METER_H

#include "kratos.h"

struct meter {
    struct kratos_io io;
    const struct kratos_io *inner;
    uint32_t open;  /* instructions below the library while opening, handshake included */
    uint32_t bytes; /* and in everything else */
    bool opened;    /* or tried; the reader clears it */
    bool writing;
    unsigned requests; /* that were begun: the first bytes after a connection was opened, or after a reply */
};

const struct kratos_io *meter_io(struct meter *m, const struct kratos_io *inner);

#endif
