/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and HMAC (FIPS 180-4, RFC 2104) for tests: what the device computes, and what Kratos does when it opens a hash.
 */
#ifndef TEST_PROVISION_SHA256_H
#define TEST_PROVISION_SHA256_H

#include <stddef.h>

/* key_size at most 64, n at most 512. */
void hmac_sha256(const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32]);

#endif
