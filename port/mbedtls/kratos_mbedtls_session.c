/* SPDX-License-Identifier: Apache-2.0
 *
 * The session that is kept from one connection to the next. Mbed TLS verifies nothing again when a TLS 1.2
 * session is resumed, so a session is bound to everything that the full handshake was judged by. It is held as
 * bytes, the same in memory and over a restart. This file must never offer a session whose binding differs,
 * and never trust a byte that it restores.
 *
 *   0 version   2 size (big-endian)   4 binding   36 born_s   44 end_s   52 Mbed TLS' own   size - 8 check
 */
#include "kratos_mbedtls_private.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <string.h>

enum { VERSION = 1, AT_BINDING = 4, AT_BORN = 36, AT_END = 44, AT_OWN = 52, CHECK_SIZE = 8 };

#define DEFAULT_AGE_S 86400

#if KRATOS_MBEDTLS_SESSION_SIZE < 256 || KRATOS_MBEDTLS_SESSION_SIZE > 65535
#error "KRATOS_MBEDTLS_SESSION_SIZE must lie between 256 and 65535: mend it in your compiler flags (kratos_mbedtls.h)"
#endif

static void put64(unsigned char *p, int64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
    }
}

static int64_t get64(const unsigned char *p)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++) {
        v = v << 8 | p[i];
    }
    return (int64_t)v;
}

/* With its length in front, so that two neighbours cannot trade bytes. */
static int hash_part(mbedtls_sha256_context *hash, const void *p, size_t n)
{
    unsigned char size[8];

    put64(size, (int64_t)n);
    int rc = mbedtls_sha256_update(hash, size, sizeof size);
    return rc != 0 ? rc : mbedtls_sha256_update(hash, p, n);
}

static int hash_blobs(mbedtls_sha256_context *hash, const struct kratos_mbedtls_blob *blobs, size_t count)
{
    int rc = hash_part(hash, "", 0);

    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = hash_part(hash, blobs[i].p, blobs[i].n);
    }
    return rc;
}

int kratos_mbedtls_bind_session(struct kratos_mbedtls *t, const char *host, size_t n, uint16_t port)
{
    const struct kratos_mbedtls_config *config = t->config;
    unsigned char rest[3] = {(unsigned char)(port >> 8), (unsigned char)port, KRATOS_MBEDTLS_ANY_PEER(t)};
    mbedtls_sha256_context hash;

    mbedtls_sha256_init(&hash);
    int rc = mbedtls_sha256_starts(&hash, 0);
    rc = rc != 0 ? rc : hash_part(&hash, host, n);
    rc = rc != 0 ? rc : hash_part(&hash, rest, sizeof rest);
    rc = rc != 0 ? rc : hash_blobs(&hash, config->roots, config->root_count);
    rc = rc != 0 ? rc : hash_blobs(&hash, config->chain, config->chain_count);
    rc = rc != 0 ? rc : mbedtls_sha256_finish(&hash, t->binding);
    mbedtls_sha256_free(&hash);
    return rc;
}

/* Against worn flash, not against an attacker: who can write here can also replace the roots. */
static int checksum(const unsigned char *p, size_t n, unsigned char *check)
{
    unsigned char whole[32];
    int rc = mbedtls_sha256(p, n, whole, 0);

    memcpy(check, whole, CHECK_SIZE);
    return rc;
}

void kratos_mbedtls_forget_session(struct kratos_mbedtls *t)
{
    mbedtls_platform_zeroize(t->session, sizeof t->session);
    t->session_size = 0;
}

/* Strictly before the end of the certificates and of the age; a clock that went back proves nothing. */
static bool fits(const struct kratos_mbedtls *t)
{
    int64_t born = get64(t->session + AT_BORN);
    uint32_t age = t->config->session_age_s != 0 ? t->config->session_age_s : DEFAULT_AGE_S;

    return memcmp(t->session + AT_BINDING, t->binding, sizeof t->binding) == 0 && t->now_s >= born &&
           t->now_s - born < (int64_t)age && t->now_s < get64(t->session + AT_END);
}

/* Mbed TLS 3.6.6 does not look whether the host name in a TLS 1.3 session has an end. None is ever saved here
 * (the binding covers it), so one that is there is a forgery; the name that Mbed TLS compares with is lent for
 * the copy. */
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS)

static bool forged(const mbedtls_ssl_session *session)
{
    return session->hostname != NULL;
}

static int set_session(struct kratos_mbedtls *t, mbedtls_ssl_session *session)
{
    session->hostname = t->ip_size != 0 ? NULL : t->ssl.hostname;
    int rc = mbedtls_ssl_set_session(&t->ssl, session);
    session->hostname = NULL;
    return rc;
}

#else

static bool forged(const mbedtls_ssl_session *session)
{
    (void)session;
    return false;
}

static int set_session(struct kratos_mbedtls *t, mbedtls_ssl_session *session)
{
    return mbedtls_ssl_set_session(&t->ssl, session);
}

#endif

static int load(struct kratos_mbedtls *t)
{
    mbedtls_ssl_session session;

    mbedtls_ssl_session_init(&session);
    int rc = mbedtls_ssl_session_load(&session, t->session + AT_OWN, t->session_size - (size_t)AT_OWN - CHECK_SIZE);
    if (rc == 0) {
        rc = forged(&session) ? MBEDTLS_ERR_SSL_BAD_INPUT_DATA : set_session(t, &session);
    }
    mbedtls_ssl_session_free(&session);
    return rc;
}

int kratos_mbedtls_offer_session(struct kratos_mbedtls *t)
{
    if (t->session_size == 0 || !fits(t)) {
        return 0;
    }
    int rc = load(t);
    if (rc == 0) {
        t->offered = true;
        t->born_s = get64(t->session + AT_BORN);
        t->end_s = get64(t->session + AT_END);
        return 0;
    }
    if (rc == MBEDTLS_ERR_SSL_ALLOC_FAILED) {
        return rc;
    }
    kratos_mbedtls_forget_session(t); /* of an Mbed TLS that was built otherwise: a full handshake follows */
    return 0;
}

/* From where Mbed TLS holds it: mbedtls_ssl_get_session() works once per connection and copies the peer's
 * certificate, which a session needs no more and which is left out here. */
void kratos_mbedtls_keep_session(struct kratos_mbedtls *t)
{
    size_t room = sizeof t->session - AT_OWN - CHECK_SIZE, n = 0;

    if (t->ssl.session == NULL || KRATOS_MBEDTLS_ANY_PEER(t)) {
        return;
    }
    mbedtls_ssl_session session = *t->ssl.session; /* borrowed members: never freed */
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
    session.peer_cert = NULL;
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS)
    session.hostname = NULL;
#endif
    kratos_mbedtls_forget_session(t);
    int rc = mbedtls_ssl_session_save(&session, t->session + AT_OWN, room, &n);
    mbedtls_platform_zeroize(&session, sizeof session);
    if (rc != 0) {
        kratos_mbedtls_forget_session(t);
        return;
    }
    size_t size = AT_OWN + n + CHECK_SIZE;
    t->session[0] = VERSION;
    t->session[2] = (unsigned char)(size >> 8);
    t->session[3] = (unsigned char)size;
    memcpy(t->session + AT_BINDING, t->binding, sizeof t->binding);
    put64(t->session + AT_BORN, t->born_s);
    put64(t->session + AT_END, t->end_s);
    if (checksum(t->session, size - CHECK_SIZE, t->session + size - CHECK_SIZE) == 0) {
        t->session_size = (uint16_t)size;
    }
}

int kratos_mbedtls_save_session(const struct kratos_mbedtls *t, void *p, size_t size, size_t *n)
{
    *n = t->session_size;
    if (*n > size) {
        return KRATOS_ERR_SPACE;
    }
    memcpy(p, t->session, *n);
    return KRATOS_OK;
}

static bool sound(const unsigned char *p, size_t n)
{
    unsigned char check[CHECK_SIZE];

    if (n <= AT_OWN + CHECK_SIZE || n > KRATOS_MBEDTLS_SESSION_SIZE || p[0] != VERSION || p[1] != 0 ||
        (size_t)(p[2] << 8 | p[3]) != n) {
        return false;
    }
    return checksum(p, n - CHECK_SIZE, check) == 0 && memcmp(check, p + n - CHECK_SIZE, CHECK_SIZE) == 0;
}

int kratos_mbedtls_restore_session(struct kratos_mbedtls *t, const void *p, size_t n)
{
    kratos_mbedtls_forget_session(t);
    if (p == NULL || !sound(p, n)) {
        return KRATOS_ERR_ARG;
    }
    memcpy(t->session, p, n);
    t->session_size = (uint16_t)n;
    return KRATOS_OK;
}

#endif
