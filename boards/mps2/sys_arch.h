/* SPDX-License-Identifier: Apache-2.0
 *
 * What the board and sys_arch.c tell each other.
 */
#ifndef BOARD_SYS_ARCH_H
#define BOARD_SYS_ARCH_H

#include <lwip/netif.h>

/* The interface that is polled while anything waits. */
void sys_arch_poll(struct netif *netif);

#endif
