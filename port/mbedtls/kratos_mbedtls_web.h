/* SPDX-License-Identifier: Apache-2.0
 *
 * Mbed TLS 3.6 for a server with a certificate of a public CA, such as the hosted Ory Network, where a bearer
 * token passes: RSA, P-256 and P-384 chains with SHA-256 and SHA-384, AES-GCM, TLS 1.2 and 1.3, records of any
 * size, PEM. Also the one for programs on a host. -DMBEDTLS_CONFIG_FILE='"kratos_mbedtls_web.h"'. It must
 * never be called mbedtls_config.h: Mbed TLS would silently take its own file of that name.
 */
#ifndef KRATOS_MBEDTLS_WEB_H
#define KRATOS_MBEDTLS_WEB_H

#ifndef KRATOS_MBEDTLS_IN
#define KRATOS_MBEDTLS_IN 16384
#endif
#ifndef KRATOS_MBEDTLS_OUT
#define KRATOS_MBEDTLS_OUT 2048
#endif
#define KRATOS_MBEDTLS_WEB

#include "kratos_mbedtls_common.h"

#define MBEDTLS_SHA224_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_BASE64_C
#define MBEDTLS_PEM_PARSE_C

#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#if !defined(KRATOS_MBEDTLS_NO_TLS13)
#include "kratos_mbedtls_tls13.h"
#endif

#endif
