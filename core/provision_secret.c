/* SPDX-License-Identifier: Apache-2.0
 *
 * Owner, credential and its hash. With a root secret all of them follow from the serial, so that a device that lost its record
 * makes them again; without one they are random. It must never store, send or show anything.
 */
#include <string.h>

#include "crc.h"
#include "provision.h"
#include "text.h"

#define SERIAL_MAX 64

void kratos_forget(void *p, size_t n)
{
    volatile unsigned char *byte = p;
    while (n-- != 0) {
        *byte++ = 0;
    }
}

bool kratos_rooted(const struct kratos_provision *p)
{
    return p->config->crypto->root && (p->record.flags & KRATOS_ROOTED) != 0;
}

char *kratos_put_hex(char *text, const unsigned char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    while (n-- != 0) {
        *text++ = digits[*p >> 4];
        *text++ = digits[*p++ & 15];
    }
    *text = '\0';
    return text;
}

/* Without padding (RFC 4648 3.2), as Kratos writes hashes. */
static char *put_base64(char *text, const unsigned char *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned have = 0;
    while (n-- != 0) {
        bits = bits << 8 | *p++;
        for (have += 8; have >= 6; have -= 6) {
            *text++ = digits[bits >> (have - 6) & 63];
        }
    }
    if (have != 0) {
        *text++ = digits[bits << (6 - have) & 63];
    }
    *text = '\0';
    return text;
}

void kratos_put_number(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

uint32_t kratos_number(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* n bytes: random, or of the root secret, what they are for, the generation, the realm and the serial: one Kratos, which gets
 * the credential at each log-in, must not learn that of another. */
static int make(const struct kratos_provision *p, unsigned char *secret, size_t n, char what, uint32_t generation)
{
    const struct kratos_crypto *c = p->config->crypto;
    const char *realm = p->config->realm != NULL ? p->config->realm : "";
    unsigned char text[9 + SERIAL_MAX], mac[32];
    size_t size = kratos_text_size(p->config->serial);
    int rc;
    if (!kratos_rooted(p)) {
        return c->random(c->ctx, secret, n);
    }
    text[0] = (unsigned char)what;
    kratos_put_number(text + 1, generation);
    kratos_put_number(text + 5, kratos_crc32(0, realm, kratos_text_size(realm)));
    memcpy(text + 9, p->config->serial, size);
    rc = c->hmac(c->ctx, NULL, 0, text, 9 + size, mac);
    memcpy(secret, mac, n);
    kratos_forget(mac, sizeof mac);
    return rc;
}

int kratos_make_owner(struct kratos_provision *p)
{
    return make(p, p->record.owner, KRATOS_OWNER_SIZE, 'o', 0);
}

int kratos_make_credential(const struct kratos_provision *p, unsigned char *credential, uint32_t generation)
{
    return make(p, credential, KRATOS_SECRET_SIZE, 'c', generation);
}

/* The salt need not be random, since the credential is. */
static void put_salt(const struct kratos_provision *p, uint32_t generation, unsigned char *salt)
{
    memcpy(salt, p->record.owner, KRATOS_OWNER_SIZE);
    kratos_put_number(salt + KRATOS_OWNER_SIZE, generation);
}

/* PBKDF2 (RFC 8018 5.2) of one iteration and one block is one HMAC of the salt and the block's number. */
int kratos_make_hash(struct kratos_provision *p, const unsigned char *credential, uint32_t generation)
{
    const struct kratos_crypto *c = p->config->crypto;
    unsigned char salt[KRATOS_OWNER_SIZE + 8];
    char text[KRATOS_CREDENTIAL_SIZE];
    int rc;
    if (c->hmac == NULL) {
        return KRATOS_OK;
    }
    kratos_put_hex(text, credential, KRATOS_SECRET_SIZE);
    put_salt(p, generation, salt);
    kratos_put_number(salt + KRATOS_OWNER_SIZE + 4, 1);
    rc = c->hmac(c->ctx, text, sizeof text - 1, salt, sizeof salt, p->hash);
    kratos_forget(text, sizeof text);
    return rc;
}

void kratos_put_hash(const struct kratos_provision *p, uint32_t generation, char *text)
{
    static const char head[] = "$pbkdf2-sha256$i=1,l=32$";
    unsigned char salt[KRATOS_OWNER_SIZE + 4];
    put_salt(p, generation, salt);
    memcpy(text, head, sizeof head - 1);
    text = put_base64(text + sizeof head - 1, salt, sizeof salt);
    *text = '$';
    put_base64(text + 1, p->hash, sizeof p->hash);
}
