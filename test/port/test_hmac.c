/* SPDX-License-Identifier: Apache-2.0
 *
 * boards/app/hmac.c against the values of RFC 4231, and what crypto_posix.c makes of it. The last line says how many passed and
 * failed.
 */
#include <stdio.h>
#include <string.h>

#include "crypto_posix.h"
#include "hmac.h"
#include "rfc4231.h"

static unsigned passed, failed;

static void check(int good, const char *what)
{
    passed += good != 0;
    failed += good == 0;
    printf("%s hmac: %s\n", good ? "ok  " : "FAIL", what);
}

static int is(const unsigned char *mac, size_t n, const char *hex)
{
    char text[65];
    size_t i;
    for (i = 0; i < n; i++) {
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
    }
    return strcmp(text, hex) == 0;
}

/* Every length of text and key gives what the same bytes in one longer buffer give: no length reads beyond its end. */
static int lengths_differ(void)
{
    unsigned char bytes[200], last[32] = {0}, mac[32];
    size_t n;
    memset(bytes, 7, sizeof bytes);
    for (n = 0; n < sizeof bytes; n++) {
        hmac_sha256("key", 3, bytes, n, mac);
        if (memcmp(mac, last, sizeof mac) == 0) {
            return 0;
        }
        memcpy(last, mac, sizeof mac);
    }
    return 1;
}

int main(void)
{
    const struct kratos_crypto *crypto = crypto_posix(NULL);
    unsigned char mac[32], root[32], a[32], b[32];
    size_t i;
    for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        hmac_sha256(vectors[i].key, vectors[i].key_size, vectors[i].text, strlen(vectors[i].text), mac);
        check(is(mac, vectors[i].mac_size, vectors[i].mac), "a value of RFC 4231");
    }
    check(lengths_differ(), "each length has its own");
    check(!crypto->root && crypto->hmac(crypto->ctx, NULL, 0, "x", 1, mac) == KRATOS_ERR_ARG, "no root secret, no key");
    check(crypto->random(crypto->ctx, a, sizeof a) == KRATOS_OK &&
              crypto->random(crypto->ctx, b, sizeof b) == KRATOS_OK && memcmp(a, b, sizeof a) != 0,
          "random bytes differ");
    crypto = crypto_posix("a secret");
    check(crypto->root && crypto->hmac(crypto->ctx, NULL, 0, "x", 1, mac) == KRATOS_OK, "a root secret is a key");
    hmac_sha256("a secret", 8, "x", 1, root);
    check(memcmp(mac, root, sizeof mac) == 0, "and gives what it gives as a key");
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
