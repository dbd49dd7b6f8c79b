/* SPDX-License-Identifier: Apache-2.0
 *
 * What kratos_mbedtls_small.h and kratos_mbedtls_web.h have in common. It is included by these two and must
 * never be named as a configuration itself, nor say anything about suites and sizes.
 */
#ifndef KRATOS_MBEDTLS_COMMON_H
#define KRATOS_MBEDTLS_COMMON_H

#define MBEDTLS_HAVE_ASM

/* Memory comes from kratos_mbedtls_arena() or kratos_mbedtls_shared_arena(), or else from what mbedtls_platform_set_calloc_free() was given.
 * Without an operating system nothing of the C library is a default, so that no malloc and no printf is linked
 * by accident. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#if !defined(__unix__) && !defined(__APPLE__)
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_SNPRINTF_ALT
#define MBEDTLS_PLATFORM_PRINTF_ALT
#define MBEDTLS_PLATFORM_FPRINTF_ALT
#define MBEDTLS_PLATFORM_EXIT_ALT
#define MBEDTLS_PLATFORM_SETBUF_ALT
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ENTROPY_HARDWARE_ALT
#endif

/* Neither HAVE_TIME nor HAVE_TIME_DATE: the port checks the validity of every certificate itself, by the clock
 * of its configuration, so that no build can forget it. */

#define MBEDTLS_ENTROPY_C
#define MBEDTLS_ENTROPY_FORCE_SHA256
#define MBEDTLS_ENTROPY_MAX_SOURCES 2
#define MBEDTLS_CTR_DRBG_C
#define MBEDTLS_CTR_DRBG_MAX_REQUEST 256

#define MBEDTLS_AES_C
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#define MBEDTLS_GCM_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_MD_C
#define MBEDTLS_CIPHER_C

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_NIST_OPTIM /* without it a handshake takes five times as long */
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_IN_CONTENT_LEN KRATOS_MBEDTLS_IN
#define MBEDTLS_SSL_OUT_CONTENT_LEN KRATOS_MBEDTLS_OUT
#if KRATOS_MBEDTLS_IN < 16384
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH /* so that the server is asked for records that fit (RFC 6066, 4) */
#endif

#endif
