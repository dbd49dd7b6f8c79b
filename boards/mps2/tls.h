/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS for this board: its trust anchor, clock, entropy and arena. Only in images that are built with
 * BOARD_TLS.
 */
#ifndef MPS2_TLS_H
#define MPS2_TLS_H

#include "kratos.h"

const struct kratos_io *tls_io(const struct kratos_io *tcp);
void tls_print_link(void);
void tls_print_memory(void);

#endif
