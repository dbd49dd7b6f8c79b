/* SPDX-License-Identifier: Apache-2.0
 *
 * What port/mbedtls gives to provisioning, by itself: HMAC-SHA-256 against the values of RFC 4231 and against Mbed TLS' own
 * for every length, with the key and with the root secret, without memory; random bytes of every size, and none of them where
 * entropy or memory is missing. The last line says how many passed and failed.
 */
#include "kratos_mbedtls_crypto.h"

#include <mbedtls/md.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rfc4231.h"

static unsigned char memory[16 * 1024];
static struct kratos_mbedtls_crypto state;
static const struct kratos_crypto *crypto;
static unsigned failed;
static bool source_fails;

static void check(int good, const char *what)
{
    if (!good) {
        failed++;
        printf("FAILED %s\n", what);
    }
}

/* Where the host's own is left out. */
static int source(void *arg, unsigned char *p, size_t n)
{
    FILE *f = source_fails ? NULL : fopen("/dev/urandom", "rb");
    size_t got = f != NULL ? fread(p, 1, n, f) : 0;

    (void)arg;
    if (f != NULL) {
        fclose(f);
    }
    return got != n;
}

/* ---- HMAC ---- */

static bool is(const unsigned char *mac, size_t n, const char *hex)
{
    char text[65];

    for (size_t i = 0; i < n; i++) {
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
    }
    return strcmp(text, hex) == 0;
}

static void test_rfc4231(void)
{
    kratos_mbedtls_arena(memory, 0); /* it is the last: PSA has lost its own by that */
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        unsigned char mac[32];
        int rc = crypto->hmac(crypto->ctx, vectors[i].key, vectors[i].key_size, vectors[i].text,
                              strlen(vectors[i].text), mac);
        check(rc == KRATOS_OK && is(mac, vectors[i].mac_size, vectors[i].mac), "a value of RFC 4231");
    }
    check(kratos_mbedtls_arena_peak() == 0 && kratos_mbedtls_arena_failures() == 0, "hmac took memory");
}

/* Key and text end where their memory does, for ASan. */
static unsigned char *pattern(size_t n, unsigned char first)
{
    unsigned char *p = malloc(n != 0 ? n : 1);

    if (p == NULL) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        p[i] = (unsigned char)(first + i * 7);
    }
    return p;
}

static void test_every_length(void)
{
    static const size_t keys[] = {0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 200};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        for (size_t n = 0; n < 200; n += n < 70 ? 1 : 13) {
            unsigned char ours[32], theirs[32], *key = pattern(keys[i], 1), *text = pattern(n, 99);
            int rc = mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, keys[i], text, n, theirs);
            check(rc == 0 && crypto->hmac(crypto->ctx, key, keys[i], text, n, ours) == KRATOS_OK &&
                      memcmp(ours, theirs, sizeof ours) == 0,
                  "not as Mbed TLS' own");
            free(key);
            free(text);
        }
    }
}

static void test_root(void)
{
    unsigned char *root = pattern(32, 3), mac[32], wanted[32];
    struct kratos_mbedtls_crypto with;
    const struct kratos_crypto *c = kratos_mbedtls_crypto_init(&with, root);

    check(c->root && !crypto->root, "whether there is a root secret");
    check(c->hmac(c->ctx, root, 32, "x", 1, wanted) == KRATOS_OK &&
              c->hmac(c->ctx, NULL, 0, "x", 1, mac) == KRATOS_OK && memcmp(mac, wanted, sizeof mac) == 0,
          "the root secret is the key");
    check(c->hmac(c->ctx, NULL, 7, "x", 1, mac) == KRATOS_OK && memcmp(mac, wanted, sizeof mac) == 0,
          "whatever the size says");
    root[0] ^= 1; /* lent: read where it lies */
    check(c->hmac(c->ctx, NULL, 0, "x", 1, mac) == KRATOS_OK && memcmp(mac, wanted, sizeof mac) != 0, "it was kept");
    memset(mac, 0x55, sizeof mac);
    check(crypto->hmac(crypto->ctx, NULL, 0, "x", 1, mac) == KRATOS_ERR_ARG && mac[0] == 0x55 && mac[31] == 0x55,
          "without a root secret");
    free(root);
}

/* ---- Random bytes ---- */

static bool zeros(const unsigned char *p, size_t n)
{
    while (n != 0 && p[n - 1] == 0) {
        n--;
    }
    return n == 0;
}

static void test_sizes(void)
{
    for (size_t n = 0; n < 1200; n += n < 20 ? 1 : 59) {
        unsigned char *a = pattern(n, 0), *b = pattern(n, 0);
        check(crypto->random(crypto->ctx, a, n) == KRATOS_OK && crypto->random(crypto->ctx, b, n) == KRATOS_OK,
              "random");
        check(n < 8 || memcmp(a, b, n) != 0, "twice the same");
        for (size_t i = 0; i + 16 <= n; i += 16) {
            check(!zeros(a + i, 16), "nothing was filled in");
        }
        free(a);
        free(b);
    }
}

/* Each bit of a million is as often set as not; six standard deviations. */
static void test_balance(void)
{
    unsigned char p[1000];
    long set = 0;

    for (int round = 0; round < 125; round++) {
        check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_OK, "random");
        for (size_t i = 0; i < 8 * sizeof p; i++) {
            set += p[i / 8] >> i % 8 & 1;
        }
    }
    check(labs(set - 500000) < 3000, "not balanced");
}

/* First of all, so that PSA is not set up yet. */
static void test_little_memory(void)
{
    unsigned char p[32];

    memset(p, 0x55, sizeof p);
    kratos_mbedtls_arena(memory, 64);
    check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_ERR_IO && zeros(p, sizeof p), "without memory");
    kratos_mbedtls_arena(memory, sizeof memory);
    check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_OK && !zeros(p, sizeof p), "with memory again");
}

#if !defined(MBEDTLS_PSA_CRYPTO_C) /* PSA seeds its generator once, and keeps it */

static void test_no_entropy(void)
{
#if defined(MBEDTLS_ENTROPY_HARDWARE_ALT)
    unsigned char p[300];

    memset(p, 0x55, sizeof p);
    source_fails = true;
    check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_ERR_IO && zeros(p, sizeof p), "a source that fails");
    kratos_mbedtls_entropy(NULL, NULL);
    memset(p, 0x55, sizeof p);
    check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_ERR_IO && zeros(p, sizeof p), "no source");
    source_fails = false;
    kratos_mbedtls_entropy(source, NULL);
    check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_OK, "the source is back");
#endif
}

static void test_memory(void)
{
    unsigned char p[32];

    kratos_mbedtls_arena(memory, sizeof memory);
    check(crypto->random(crypto->ctx, p, sizeof p) == KRATOS_OK && kratos_mbedtls_arena_used() == 0, "memory was kept");
    size_t peak = kratos_mbedtls_arena_peak();
    for (size_t size = 0; size <= peak; size += 8) {
        memset(p, 0x55, sizeof p);
        kratos_mbedtls_arena(memory, size);
        int rc = crypto->random(crypto->ctx, p, sizeof p);
        check(rc == (size == peak ? KRATOS_OK : KRATOS_ERR_IO) && zeros(p, sizeof p) == (rc != KRATOS_OK),
              "too little");
        check(kratos_mbedtls_arena_used() == 0, "memory was kept after a failure");
    }
    kratos_mbedtls_arena(memory, sizeof memory);
}

#endif

int main(void)
{
    void (*const tests[])(void) = {
        test_little_memory,
        test_sizes,
        test_balance,
#if !defined(MBEDTLS_PSA_CRYPTO_C)
        test_no_entropy,
        test_memory,
#endif
        test_root,
        test_every_length,
        test_rfc4231,
    };
    unsigned bad = 0, count = sizeof tests / sizeof tests[0];

    crypto = kratos_mbedtls_crypto_init(&state, NULL);
    kratos_mbedtls_entropy(source, NULL);
    for (unsigned i = 0; i < count; i++) {
        unsigned before = failed;
        tests[i]();
        bad += failed != before;
    }
    printf("%u passed, %u failed\n", count - bad, bad);
    return bad != 0;
}
