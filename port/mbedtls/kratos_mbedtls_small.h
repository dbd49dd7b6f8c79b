/* SPDX-License-Identifier: Apache-2.0
 *
 * Mbed TLS 3.6 for a gateway whose Kratos has a certificate of your own CA: ECDSA P-256, AES-128-GCM, TLS 1.2.
 * Name it when Mbed TLS and the program are compiled: -DMBEDTLS_CONFIG_FILE='"kratos_mbedtls_small.h"'.
 * KRATOS_MBEDTLS_TLS13 switches to TLS 1.3 (and to PSA, which it needs), KRATOS_MBEDTLS_TLS12_AND_13 has both.
 * It must never be called mbedtls_config.h: Mbed TLS would silently take its own file of that name.
 */
#ifndef KRATOS_MBEDTLS_SMALL_H
#define KRATOS_MBEDTLS_SMALL_H

/* Largest record that can come in. With TLS 1.2 the server is asked for no larger ones. OpenSSL, and so nginx and
 * HAProxy, obeys: replies of any size. Go, and so Kratos itself, ignores it, and nobody can be asked with TLS 1.3
 * (kratos_mbedtls_tls13.h): this bounds a reply then. From Go: 2048: 2 KB, 4096: 8 KB, 8192: 12 KB, 16384: any. The
 * handshake's certificate message must fit too. */
#ifndef KRATOS_MBEDTLS_IN
#define KRATOS_MBEDTLS_IN 4096
#endif
#ifndef KRATOS_MBEDTLS_OUT
#define KRATOS_MBEDTLS_OUT 2048
#endif

#include "kratos_mbedtls_common.h"

#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED

#if !defined(KRATOS_MBEDTLS_TLS13)
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#endif
#if defined(KRATOS_MBEDTLS_TLS13) || defined(KRATOS_MBEDTLS_TLS12_AND_13)
#include "kratos_mbedtls_tls13.h"
#endif

#endif
