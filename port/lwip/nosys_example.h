/* SPDX-License-Identifier: Apache-2.0
 *
 * lwIP without sockets and without an operating system (NO_SYS 1): one TCP connection of the raw API, fed by
 * and feeding a struct kratos that has no port. Meant to be copied into a superloop and changed there.
 */
#ifndef KRATOS_NOSYS_EXAMPLE_H
#define KRATOS_NOSYS_EXAMPLE_H

#include "kratos.h"

#include <lwip/tcp.h>

struct nosys_link {
    const struct kratos_config *config; /* host: a numeric address, the example has no look-up */
    struct tcp_pcb *pcb;
    struct pbuf *received; /* not yet given to the library */
    bool connected;
    int lost; /* KRATOS_ERR_* after the connection ended, 0 before */
};

/* An io without functions but the clock: the library then asks nobody to read or write. */
extern const struct kratos_io nosys_io;

/* Does what kratos_want() says, as far as it can be done now. Call it whenever an operation answered
 * KRATOS_AGAIN. */
void nosys_step(struct nosys_link *link, struct kratos *k);

/* Drops the connection, after kratos_close(). */
void nosys_close(struct nosys_link *link);

#endif
