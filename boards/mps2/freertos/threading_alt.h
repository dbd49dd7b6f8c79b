/* SPDX-License-Identifier: Apache-2.0
 *
 * What Mbed TLS asks of a system with threads (MBEDTLS_THREADING_ALT): the type of a mutex. Included by its headers only, so it
 * must never include one of the kernel's.
 */
#ifndef BOARD_THREADING_ALT_H
#define BOARD_THREADING_ALT_H

typedef struct mbedtls_threading_mutex_t {
    void *handle; /* a FreeRTOS mutex; NULL: never made, or gone */
} mbedtls_threading_mutex_t;

#endif
