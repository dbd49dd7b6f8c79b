/* SPDX-License-Identifier: Apache-2.0
 *
 * See hash.h.
 */
#include "hash.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hmac.h"

#define HEAD "$pbkdf2-sha256$i=1,l=32$"

/* The bytes of base64 up to its end or a $. Returns their number, 0 for what is none. */
static size_t decode(const char *text, unsigned char *p, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;
    for (; *text != '\0' && *text != '$'; text++) {
        const char *digit = strchr(digits, *text);
        if (digit == NULL || n == size) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (unsigned char)(bits >> have);
        }
    }
    return n;
}

bool hash_opens(const char *hash, const char *password)
{
    unsigned char salt[64], wanted[48], mac[32];
    const char *key;
    size_t n;
    if (strncmp(hash, HEAD, sizeof HEAD - 1) != 0 || (key = strchr(hash + sizeof HEAD - 1, '$')) == NULL) {
        return false;
    }
    n = decode(hash + sizeof HEAD - 1, salt, sizeof salt - 4);
    memcpy(salt + n, "\0\0\0\1", 4); /* the number of the block */
    hmac_sha256(password, strlen(password), salt, n + 4, mac);
    return n != 0 && decode(key + 1, wanted, sizeof wanted) == sizeof mac && memcmp(mac, wanted, sizeof mac) == 0;
}

void hash_tag(const char *hash, char tag[9])
{
    unsigned char bytes[48] = {0};
    const char *key = strrchr(hash, '$');
    if (key != NULL) {
        decode(key + 1, bytes, sizeof bytes);
    }
    snprintf(tag, 9, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
}
