/* SPDX-License-Identifier: Apache-2.0
 *
 * What provisioning asks of cryptography (struct kratos_crypto of kratos_provision.h), by Mbed TLS 3.6: random bytes and
 * HMAC-SHA-256. It needs no connection and no struct kratos_mbedtls, and must never keep a secret longer than a call.
 *
 *     static struct kratos_mbedtls_crypto crypto;
 *     provision.crypto = kratos_mbedtls_crypto_init(&crypto, root); // root: 32 bytes, or NULL
 *
 * - random gathers entropy anew with each call, as the port does for a connection: where Mbed TLS has PSA from PSA's
 *   generator (psa_crypto_init() is called, and never undone), else from a CTR_DRBG that lives for the call, on the stack
 *   (1,600 bytes, Mbed TLS' own included). Both take memory where Mbed TLS takes it (kratos_mbedtls_arena()): 120 bytes for
 *   the call; PSA 2 KB, once and for good. Without a source (kratos_mbedtls_entropy()), or without memory, KRATOS_ERR_IO,
 *   and p holds zeros.
 * - Threads: any number at a time over kratos_mbedtls_shared_arena() or a heap of your own (with PSA: MBEDTLS_THREADING_C);
 *   over kratos_mbedtls_arena() only the one that has the connection.
 * - hmac takes no memory but 700 bytes of the stack, and wipes what it made of a key. KRATOS_ERR_IO: a SHA-256 in hardware
 *   failed.
 * - 350 bytes of flash on a Cortex-M4, 450 without PSA; all else a connection has linked already.
 */
#ifndef KRATOS_MBEDTLS_CRYPTO_H
#define KRATOS_MBEDTLS_CRYPTO_H

#include "kratos_mbedtls.h"
#include "kratos_provision.h"

#ifdef KRATOS_MBEDTLS_FITS

#ifdef __cplusplus
extern "C" {
#endif

#define KRATOS_MBEDTLS_ROOT_SIZE 32

/* Private; complete only so that it can be a variable. It must not be moved while the struct kratos_crypto is used. */
struct kratos_mbedtls_crypto {
    struct kratos_crypto crypto;
    const unsigned char *root;
};

/* Prepares c and returns the struct inside; calls nothing of Mbed TLS. root: the device's root secret of
 * KRATOS_MBEDTLS_ROOT_SIZE bytes where it lies (OTP that can be read, flash that no reset erases), lent as long as the result
 * is used, and read with each call; NULL = there is none: hmac with key NULL is then KRATOS_ERR_ARG. A secret that no program
 * may read (secure element, PUF) takes an hmac of your own. */
const struct kratos_crypto *kratos_mbedtls_crypto_init(struct kratos_mbedtls_crypto *c, const unsigned char *root);

#ifdef __cplusplus
}
#endif

#endif /* KRATOS_MBEDTLS_FITS */
#endif
