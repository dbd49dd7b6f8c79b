/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of port/mbedtls need of one another. It opens the members of Mbed TLS' structures, which 3.6
 * keeps stable; no application may include it.
 */
#ifndef KRATOS_MBEDTLS_PRIVATE_H
#define KRATOS_MBEDTLS_PRIVATE_H

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "kratos_mbedtls.h"

#ifdef KRATOS_MBEDTLS_FITS

/* Whether any peer is accepted. A constant, unless the switch for it is compiled in. */
#ifdef KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION
#define KRATOS_MBEDTLS_ANY_PEER(t) ((t)->insecure)
#else
#define KRATOS_MBEDTLS_ANY_PEER(t) false
#endif

/* kratos_mbedtls.c: random bytes for Mbed TLS; ctx is the struct kratos_mbedtls, whose connection is being made. */
int kratos_mbedtls_random(void *ctx, unsigned char *p, size_t n);

/* kratos_mbedtls_platform.c: whether t may take memory, which another one may have for itself; and no more. */
bool kratos_mbedtls_claim(const struct kratos_mbedtls *t);
void kratos_mbedtls_release(const struct kratos_mbedtls *t);

/* kratos_mbedtls_credentials.c: whether a failure is one of memory; the roots; our own certificate, if there is one. */
bool kratos_mbedtls_out_of_memory(const struct kratos_mbedtls *t, int rc);
int kratos_mbedtls_read_roots(struct kratos_mbedtls *t);
int kratos_mbedtls_read_own(struct kratos_mbedtls *t);

/* kratos_mbedtls_names.c: what of the host is verified, the rest being for the look-up only, in bytes; 0 = it is no
 * name. Then, before the handshake, with so many bytes of it; and, in it, of the leaf. */
size_t kratos_mbedtls_name_size(const char *host);
void kratos_mbedtls_parse_host(struct kratos_mbedtls *t, const char *host, size_t n);
bool kratos_mbedtls_name_matches(const struct kratos_mbedtls *t, const mbedtls_x509_crt *leaf);

/* The same text, but for the case (ASCII). */
bool kratos_mbedtls_equal(const void *a, const void *b, size_t n);

/* kratos_mbedtls_limits.c: Mbed TLS' callback for what it cannot read of a root; then, for each certificate of a
 * chain but the leaf, from the top down, and for the leaf: the flags of what the others do not let it be. */
int kratos_mbedtls_extension(void *ctx, mbedtls_x509_crt const *crt, mbedtls_x509_buf const *oid, int critical,
                             const unsigned char *p, const unsigned char *end);
void kratos_mbedtls_note_ca(struct kratos_mbedtls *t, const mbedtls_x509_crt *ca, int depth);
uint32_t kratos_mbedtls_limits(struct kratos_mbedtls *t, const mbedtls_x509_crt *leaf);

/* kratos_mbedtls_verify.c: Mbed TLS' callback for each certificate of the chain. */
int kratos_mbedtls_verify(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags);

/* kratos_mbedtls_session.c: which peer and which rules this is; offer what is kept, if it fits; keep what
 * came. offer gives nonzero only for a failure that ends the attempt. */
int kratos_mbedtls_bind_session(struct kratos_mbedtls *t, const char *host, size_t n, uint16_t port);
int kratos_mbedtls_offer_session(struct kratos_mbedtls *t);
void kratos_mbedtls_keep_session(struct kratos_mbedtls *t);

#endif

#endif
