/* SPDX-License-Identifier: Apache-2.0
 *
 * Says whether a port keeps the contract of struct kratos_io. Runs wherever the port runs, on the
 * board too: no heap, no printf, 1 KB of stack, 10 s, and test/port/selftest_peer.py on the other
 * end. It must never know which port it tests.
 */
#ifndef KRATOS_PORT_SELFTEST_H
#define KRATOS_PORT_SELFTEST_H

#include "kratos.h"

#ifdef __cplusplus
extern "C" {
#endif

/* By how much a call may be late, and a clock wrong within half a second. More for a slow
 * emulator. */
#ifndef KRATOS_SELFTEST_SLACK_MS
#define KRATOS_SELFTEST_SLACK_MS 250
#endif

/* Runs every check and returns how many failed. report (may be NULL) is called once per check,
 * also while a connection is open, with a constant text. host and port are the peer's; the io
 * must be closed, and is closed afterwards. A check that cannot reach the peer has failed. */
int kratos_port_selftest(const struct kratos_io *io, const char *host, uint16_t port,
                         void (*report)(void *arg, const char *name, bool passed), void *arg);

#ifdef __cplusplus
}
#endif
#endif
