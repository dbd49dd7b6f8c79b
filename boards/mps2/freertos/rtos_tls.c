/* SPDX-License-Identifier: Apache-2.0
 *
 * Mbed TLS' mutexes by FreeRTOS: only where it is built with MBEDTLS_THREADING_ALT, as TLS 1.3 in several tasks needs it.
 */
#include "rtos.h"

#if defined(MBEDTLS_CONFIG_FILE)
#include <mbedtls/threading.h>
#endif

#if defined(MBEDTLS_THREADING_ALT)

static void init(mbedtls_threading_mutex_t *mutex)
{
    mutex->handle = rtos_new_lock();
}

static void release(mbedtls_threading_mutex_t *mutex)
{
    if (mutex->handle != NULL) {
        rtos_free_lock(mutex->handle);
    }
    mutex->handle = NULL;
}

static int lock(mbedtls_threading_mutex_t *mutex)
{
    if (mutex->handle == NULL) {
        return MBEDTLS_ERR_THREADING_BAD_INPUT_DATA;
    }
    rtos_lock(mutex->handle);
    return 0;
}

static int unlock(mbedtls_threading_mutex_t *mutex)
{
    if (mutex->handle == NULL) {
        return MBEDTLS_ERR_THREADING_BAD_INPUT_DATA;
    }
    rtos_unlock(mutex->handle);
    return 0;
}

void rtos_tls_threads(void)
{
    mbedtls_threading_set_alt(init, release, lock, unlock);
}

#else

void rtos_tls_threads(void)
{
}

#endif
