/* SPDX-License-Identifier: Apache-2.0
 *
 * Roots, our own certificate and its key, from the blobs of the configuration into Mbed TLS' lists; and what a failure
 * there is: a certificate that cannot be read, or memory that ran out. It must never know a connection, nor keep a copy of
 * what Mbed TLS can read where it lies.
 */
#include "kratos_mbedtls_private.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pem.h>

/* Codes of Mbed TLS are a module's part plus one of a level below. These are the ones for "no memory". */
static bool no_memory(int rc)
{
    int high = -rc & 0x7F80, low = -rc & 0x7F;

    return high == -MBEDTLS_ERR_SSL_ALLOC_FAILED || high == -MBEDTLS_ERR_X509_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_PK_ALLOC_FAILED || high == -MBEDTLS_ERR_ECP_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_MD_ALLOC_FAILED || high == -MBEDTLS_ERR_CIPHER_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_PEM_ALLOC_FAILED || low == -MBEDTLS_ERR_ASN1_ALLOC_FAILED ||
           low == -MBEDTLS_ERR_MPI_ALLOC_FAILED;
}

bool kratos_mbedtls_out_of_memory(const struct kratos_mbedtls *t, int rc)
{
    return no_memory(rc) || kratos_mbedtls_arena_failures() != t->arena_failures;
}

static int add_der(mbedtls_x509_crt *list, const unsigned char *p, size_t n, int copy)
{
    return mbedtls_x509_crt_parse_der_with_ext_cb(list, p, n, copy, kratos_mbedtls_extension, NULL);
}

#if defined(MBEDTLS_PEM_PARSE_C)

/* Each of the bundle that can be read; the result is the first failure. mbedtls_x509_crt_parse() has no callback. */
static int add_pem(mbedtls_x509_crt *list, const unsigned char *p)
{
    int failure = MBEDTLS_ERR_X509_CERT_UNKNOWN_FORMAT;

    for (bool first = true;; first = false) {
        mbedtls_pem_context pem;
        size_t n = 0; /* stays 0 where no more begins */
        mbedtls_pem_init(&pem);
        int rc =
            mbedtls_pem_read_buffer(&pem, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", p, NULL, 0, &n);
        rc = rc != 0 ? rc : add_der(list, pem.buf, pem.buflen, 1);
        mbedtls_pem_free(&pem);
        if (n == 0 || no_memory(rc)) {
            return no_memory(rc) ? rc : failure;
        }
        failure = first || failure == 0 ? rc : failure;
        p += n;
    }
}

#endif

static int add_certificate(mbedtls_x509_crt *list, const struct kratos_mbedtls_blob *blob)
{
#if defined(MBEDTLS_PEM_PARSE_C)
    if (blob->n != 0 && blob->p[0] != 0x30 && blob->p[blob->n - 1] == '\0') {
        return add_pem(list, blob->p);
    }
#endif
    return add_der(list, blob->p, blob->n, 0);
}

/* One root that cannot be read is no reason to do without the others: it is named. Too little memory is no fault of a
 * certificate. */
int kratos_mbedtls_read_roots(struct kratos_mbedtls *t)
{
    t->unread_native = 0;
    for (size_t i = 0; i < t->config->root_count; i++) {
        int rc = add_certificate(&t->roots, &t->config->roots[i]);
        if (rc != 0 && kratos_mbedtls_out_of_memory(t, rc)) {
            return rc;
        }
        if (rc != 0 && t->unread_native == 0) {
            t->unread_native = rc;
            t->unread = i;
        }
    }
    return t->roots.version != 0 ? 0 : t->unread_native;
}

int kratos_mbedtls_read_own(struct kratos_mbedtls *t)
{
    const struct kratos_mbedtls_config *config = t->config;
    int rc = 0;

    if (config->chain_count == 0) {
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < config->chain_count; i++) {
        rc = add_certificate(&t->chain, &config->chain[i]);
    }
    if (rc == 0) {
        rc = mbedtls_pk_parse_key(&t->key, config->key.p, config->key.n, NULL, 0, kratos_mbedtls_random, t);
    }
    return rc != 0 ? rc : mbedtls_ssl_conf_own_cert(&t->conf, &t->chain, &t->key);
}

int kratos_mbedtls_unread_root(const struct kratos_mbedtls *t, size_t *root)
{
    if (t->unread_native != 0) {
        *root = t->unread;
    }
    return t->unread_native;
}

#endif
