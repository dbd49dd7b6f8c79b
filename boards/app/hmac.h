/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA-256 for boards that have no TLS library, and for the tests of provisioning; a board that has takes port/mbedtls/kratos_mbedtls_crypto.h. Small, not fast.
 * It must never make anything random.
 */
#ifndef KRATOS_APP_HMAC_H
#define KRATOS_APP_HMAC_H

#include <stddef.h>

/* RFC 2104 over FIPS 180-4; a key of any length. */
void hmac_sha256(const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32]);

#endif
