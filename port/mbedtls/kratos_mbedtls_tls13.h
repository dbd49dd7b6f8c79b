/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the two configurations that brings TLS 1.3, and PSA with it. Included by them; must never be
 * named as a configuration itself.
 */
#ifndef KRATOS_MBEDTLS_TLS13_H
#define KRATOS_MBEDTLS_TLS13_H

#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
/* With TLS 1.3 alone Mbed TLS 3.6 does not ask for small records; with both versions it does, and then refuses a
 * TLS 1.3 server that agrees (-0x7500), since it does not remember that it asked. */
#undef MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* Mbed TLS 3.6 wants it for TLS 1.3 */

#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_USE_PSA_CRYPTO
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "kratos_mbedtls_psa.h"
#define MBEDTLS_PSA_KEY_STORE_DYNAMIC
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS

#endif
