/* SPDX-License-Identifier: Apache-2.0
 *
 * Random bytes and HMAC-SHA-256 for provisioning (kratos_mbedtls_crypto.h). The HMAC (RFC 2104) is made of SHA-256 here:
 * Mbed TLS' own takes its contexts from the heap, or wants a key slot of PSA. It must never know a connection, nor leave a
 * key in memory.
 */
#include "kratos_mbedtls_crypto.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <string.h>
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>
#endif

enum { BLOCK = 64, MAC = 32, INNER = 0x36, OUTER = 0x5C };

/* ---- Random bytes -------------------------------------------------------------------------------------------- */

#if defined(MBEDTLS_PSA_CRYPTO_C)

static bool fill(unsigned char *p, size_t n)
{
    return psa_crypto_init() == PSA_SUCCESS && psa_generate_random(p, n) == PSA_SUCCESS;
}

#else

static bool draw(mbedtls_ctr_drbg_context *drbg, unsigned char *p, size_t n)
{
    while (n != 0) {
        size_t part = n < MBEDTLS_CTR_DRBG_MAX_REQUEST ? n : MBEDTLS_CTR_DRBG_MAX_REQUEST;

        if (mbedtls_ctr_drbg_random(drbg, p, part) != 0) {
            return false;
        }
        p += part;
        n -= part;
    }
    return true;
}

static bool fill(unsigned char *p, size_t n)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    bool good = mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0) == 0 && draw(&drbg, p, n);
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
    return good;
}

#endif

/* What is half filled must not pass for random. */
static int make_random(void *ctx, void *p, size_t n)
{
    (void)ctx;
    if (fill(p, n)) {
        return KRATOS_OK;
    }
    memset(p, 0, n);
    return KRATOS_ERR_IO;
}

/* ---- HMAC ---------------------------------------------------------------------------------------------------- */

/* SHA-256 of the key's block, turned by a constant, and p. */
static int hash(mbedtls_sha256_context *sha, const unsigned char block[BLOCK], unsigned char turn,
                const unsigned char *p, size_t n, unsigned char mac[MAC])
{
    unsigned char turned[BLOCK];

    for (size_t i = 0; i < BLOCK; i++) {
        turned[i] = block[i] ^ turn;
    }
    int rc = mbedtls_sha256_starts(sha, 0);
    rc = rc != 0 ? rc : mbedtls_sha256_update(sha, turned, BLOCK);
    rc = rc != 0 ? rc : mbedtls_sha256_update(sha, p, n);
    rc = rc != 0 ? rc : mbedtls_sha256_finish(sha, mac);
    mbedtls_platform_zeroize(turned, sizeof turned);
    return rc;
}

/* A key longer than a block is hashed first. */
static int make_block(const unsigned char *key, size_t n, unsigned char block[BLOCK])
{
    memset(block, 0, BLOCK);
    if (n > BLOCK) {
        return mbedtls_sha256(key, n, block, 0);
    }
    memcpy(block, key, n);
    return 0;
}

static int make_hmac(void *ctx, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[MAC])
{
    const struct kratos_mbedtls_crypto *c = ctx;
    unsigned char block[BLOCK];
    mbedtls_sha256_context sha;

    if (key == NULL) {
        key = c->root;
        key_size = KRATOS_MBEDTLS_ROOT_SIZE;
    }
    if (key == NULL) {
        return KRATOS_ERR_ARG;
    }
    mbedtls_sha256_init(&sha);
    int rc = make_block(key, key_size, block);
    rc = rc != 0 ? rc : hash(&sha, block, INNER, p, n, mac);
    rc = rc != 0 ? rc : hash(&sha, block, OUTER, mac, MAC, mac);
    mbedtls_sha256_free(&sha);
    mbedtls_platform_zeroize(block, sizeof block);
    if (rc != 0) {
        mbedtls_platform_zeroize(mac, MAC);
        return KRATOS_ERR_IO;
    }
    return KRATOS_OK;
}

/* ---- Public -------------------------------------------------------------------------------------------------- */

const struct kratos_crypto *kratos_mbedtls_crypto_init(struct kratos_mbedtls_crypto *c, const unsigned char *root)
{
    c->crypto.ctx = c;
    c->crypto.random = make_random;
    c->crypto.hmac = make_hmac;
    c->crypto.root = root != NULL;
    c->root = root;
    return &c->crypto;
}

#endif
