/* SPDX-License-Identifier: Apache-2.0
 *
 * What the board offers a program under FreeRTOS. No file of the library may include it.
 */
#ifndef BOARD_RTOS_H
#define BOARD_RTOS_H

#include <stdbool.h>
#include <stdint.h>

/* In a task: starts lwIP's thread and the driver's, waits for an address by DHCP. False after wait_ms without one. */
bool rtos_network_up(uint32_t wait_ms);

/* A mutex of the kernel as hooks for kratos_mbedtls_shared_arena(); arg is what rtos_new_lock() gave. */
void *rtos_new_lock(void);
void rtos_free_lock(void *arg);
void rtos_lock(void *arg);
void rtos_unlock(void *arg);

/* Mbed TLS' own mutexes, where it is built with MBEDTLS_THREADING_ALT: before anything else of it. Else nothing. */
void rtos_tls_threads(void);

/* The handlers of startup.c. */
void rtos_tick_handler(void);
void rtos_ethernet_handler(void);

#endif
