/* SPDX-License-Identifier: Apache-2.0
 *
 * Randomness under QEMU: read from the host by semihosting. UNSAFE on a board: whoever holds the debugger
 * chooses the keys, and without one the call is a fault. A product replaces this file by its chip's generator
 * (an RNG peripheral, with its health tests), gives it to kratos_mbedtls_entropy() and to device.c, and returns nonzero
 * rather than weak bytes.
 */
#include "mps2.h"

int entropy_qemu_unsafe(void *arg, unsigned char *p, size_t n)
{
    static int file = -1;

    (void)arg;
    if (file < 0) {
        file = semihost_open("/dev/urandom", false);
    }
    return file >= 0 && semihost_read(file, p, n) ? 0 : -1;
}
