/* SPDX-License-Identifier: Apache-2.0
 *
 * See crypto_posix.h.
 */
#include "crypto_posix.h"

#include <stdio.h>
#include <string.h>

#include "hmac.h"

static const char *root_secret;

static int make_random(void *ctx, void *p, size_t n)
{
    FILE *file = fopen("/dev/urandom", "rb");
    bool whole = file != NULL && fread(p, 1, n, file) == n;

    (void)ctx;
    if (file != NULL) {
        (void)fclose(file);
    }
    return whole ? KRATOS_OK : KRATOS_ERR_IO;
}

static int make_hmac(void *ctx, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    (void)ctx;
    if (key == NULL && root_secret == NULL) {
        return KRATOS_ERR_ARG;
    }
    hmac_sha256(key != NULL ? key : root_secret, key != NULL ? key_size : strlen(root_secret), p, n, mac);
    return KRATOS_OK;
}

const struct kratos_crypto *crypto_posix(const char *root)
{
    static struct kratos_crypto crypto = {NULL, make_random, make_hmac, false};

    root_secret = root;
    crypto.root = root != NULL;
    return &crypto;
}
