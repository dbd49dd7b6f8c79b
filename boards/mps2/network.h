/* SPDX-License-Identifier: Apache-2.0
 *
 * The interface of the board, and what its stack used. For board.c and for programs that run beside the
 * application.
 */
#ifndef MPS2_NETWORK_H
#define MPS2_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/netif.h>

extern struct netif network;

/* Starts the stack, the controller and DHCP. False: the controller does not answer. */
bool network_start(void);
bool network_is_up(void);

/* Lets time pass and the stack work. */
void network_sleep(uint32_t ms);

/* High-water marks. */
void network_print_memory(void);

/* What is in use now: in the heap, and in each pool (MEMP_MAX of them). */
uint32_t network_heap_used(void);
uint32_t network_pool_used(unsigned pool);
const char *network_pool_name(unsigned pool);

#endif
