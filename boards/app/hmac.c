/* SPDX-License-Identifier: Apache-2.0
 *
 * See hmac.h. The names of SHA-256's variables are those of FIPS 180-4.
 */
#include "hmac.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 64
#define DIGEST 32

struct sha256 {
    uint32_t h[8];
    uint64_t size; /* bytes so far */
    unsigned char block[BLOCK];
};

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t right(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

/* The schedule is made as it is used: w[i % 16] becomes w[i + 16]. */
static uint32_t next_word(uint32_t w[16], unsigned i)
{
    uint32_t now = w[i % 16], s0 = w[(i + 1) % 16], s1 = w[(i + 14) % 16];

    s0 = right(s0, 7) ^ right(s0, 18) ^ s0 >> 3;
    s1 = right(s1, 17) ^ right(s1, 19) ^ s1 >> 10;
    w[i % 16] = now + s0 + w[(i + 9) % 16] + s1;
    return now;
}

static void compress(struct sha256 *s)
{
    uint32_t v[8], w[16], t1, t2;
    unsigned i;

    memcpy(v, s->h, sizeof v);
    for (i = 0; i < 16; i++) {
        const unsigned char *p = s->block + 4 * i;
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (i = 0; i < 64; i++) {
        t1 = v[7] + (right(v[4], 6) ^ right(v[4], 11) ^ right(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i];
        t1 += next_word(w, i);
        t2 = (right(v[0], 2) ^ right(v[0], 13) ^ right(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (i = 0; i < 8; i++) {
        s->h[i] += v[i];
    }
}

static void start(struct sha256 *s)
{
    static const uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    memcpy(s->h, h, sizeof h);
    s->size = 0;
}

static void add(struct sha256 *s, const void *data, size_t n)
{
    const unsigned char *p = data;

    while (n-- != 0) {
        s->block[s->size++ % BLOCK] = *p++;
        if (s->size % BLOCK == 0) {
            compress(s);
        }
    }
}

static void finish(struct sha256 *s, unsigned char digest[DIGEST])
{
    static const unsigned char one = 0x80, zero = 0;
    uint64_t bits = s->size * 8;
    unsigned char size[8];
    unsigned i;

    for (i = 0; i < sizeof size; i++) {
        size[i] = (unsigned char)(bits >> (56 - 8 * i));
    }
    add(s, &one, 1);
    while (s->size % BLOCK != BLOCK - sizeof size) {
        add(s, &zero, 1);
    }
    add(s, size, sizeof size);
    for (i = 0; i < DIGEST; i++) {
        digest[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
    }
}

static void add_key(struct sha256 *s, const unsigned char key[BLOCK], unsigned char with)
{
    unsigned char block[BLOCK];
    unsigned i;

    for (i = 0; i < BLOCK; i++) {
        block[i] = key[i] ^ with;
    }
    add(s, block, sizeof block);
    memset(block, 0, sizeof block);
}

void hmac_sha256(const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    unsigned char padded[BLOCK] = {0};
    struct sha256 s;

    start(&s);
    if (key_size > BLOCK) {
        add(&s, key, key_size);
        finish(&s, padded);
        start(&s);
    } else {
        memcpy(padded, key, key_size);
    }
    add_key(&s, padded, 0x36);
    add(&s, p, n);
    finish(&s, mac);
    start(&s);
    add_key(&s, padded, 0x5c);
    add(&s, mac, DIGEST);
    finish(&s, mac);
    memset(padded, 0, sizeof padded);
    memset(&s, 0, sizeof s);
}
