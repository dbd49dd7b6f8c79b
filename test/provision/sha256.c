/* SPDX-License-Identifier: Apache-2.0
 *
 * See sha256.h.
 */
#include "sha256.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 64

static const uint32_t rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t v, int n)
{
    return v >> n | v << (32 - n);
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void block(uint32_t h[8], const unsigned char *p)
{
    uint32_t w[64], v[8];
    int i;
    for (i = 0; i < 16; i++) {
        w[i] = big_endian(p + (ptrdiff_t)4 * i);
    }
    for (; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    memcpy(v, h, sizeof v);
    for (i = 0; i < 64; i++) {
        uint32_t s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25),
                 s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
        uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + rounds[i] + w[i];
        uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (i = 0; i < 8; i++) {
        h[i] += v[i];
    }
}

/* Of one whole block and n bytes behind it. */
static void sha256(const unsigned char first[BLOCK], const unsigned char *p, size_t n, unsigned char sum[32])
{
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char last[2 * BLOCK] = {0};
    size_t bits = (BLOCK + n) * 8, rest = n % BLOCK, end = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK, i;
    block(h, first);
    for (i = 0; i + BLOCK <= n; i += BLOCK) {
        block(h, p + i);
    }
    memcpy(last, p + i, rest);
    last[rest] = 0x80;
    last[end - 2] = (unsigned char)(bits >> 8); /* no text of ours is longer */
    last[end - 1] = (unsigned char)bits;
    for (i = 0; i < end; i += BLOCK) {
        block(h, last + i);
    }
    for (i = 0; i < 32; i++) {
        sum[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
    }
}

void hmac_sha256(const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    unsigned char inner[BLOCK] = {0}, outer[BLOCK];
    size_t i;
    memcpy(inner, key, key_size);
    for (i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    sha256(inner, p, n, mac);
    sha256(outer, mac, 32, mac);
}
