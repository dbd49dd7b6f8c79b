/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of port/mbedtls need of one another. It opens the members of Mbed TLS' structures, which 3.6
 * keeps stable; no application may include it.
 */
#ifndef KRATOS_MBEDTLS_PRIVATE_H
#define KRATOS_MBEDTLS_PRIVATE_H

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "kratos_mbedtls.h"

#if MBEDTLS_VERSION_MAJOR == 3 && MBEDTLS_VERSION_MINOR == 6

/* Whether any peer is accepted. A constant, unless the switch for it is compiled in. */
#ifdef KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION
#define KRATOS_MBEDTLS_ANY_PEER(t) ((t)->insecure)
#else
#define KRATOS_MBEDTLS_ANY_PEER(t) false
#endif

/* kratos_mbedtls_verify.c: what of the host is verified, the rest being for the look-up only; 0 = it is no name.
 * Then, before the handshake, with that many bytes of it; and Mbed TLS' callback for each certificate of the
 * chain. */
size_t kratos_mbedtls_name_size(const char *host);
void kratos_mbedtls_parse_host(struct kratos_mbedtls *t, const char *host, size_t n);
int kratos_mbedtls_verify(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags);

/* kratos_mbedtls_session.c: which peer and which rules this is; offer what is kept, if it fits; keep what
 * came. offer gives nonzero only for a failure that ends the attempt. */
int kratos_mbedtls_bind_session(struct kratos_mbedtls *t, const char *host, size_t n, uint16_t port);
int kratos_mbedtls_offer_session(struct kratos_mbedtls *t);
void kratos_mbedtls_keep_session(struct kratos_mbedtls *t);

#endif

#endif
