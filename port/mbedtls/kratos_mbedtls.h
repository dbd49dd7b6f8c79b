/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.2 and 1.3 by Mbed TLS 3.6, as a kratos_io wrapped round another kratos_io (port/posix, port/lwip, your
 * own).
 *
 * What it promises
 * - open() gives 1 only after the chain led to one of your roots, the host stood in a subject alternative
 *   name, and every certificate was valid at the time that your clock tells; or after a session was resumed
 *   that such a handshake began, with the same host, port, roots and client certificate, before the first of
 *   those certificates ended and before session_age_s. Nothing of the application passes earlier, so the io is
 *   `confidential`.
 * - Where the server sends several certificates of one subject (an intermediate before and after it was renewed), it is
 *   enough that one order of them makes such a chain. At most four others are tried, in one go and with 300 bytes
 *   more of the stack; the one that is taken was verified as a whole.
 * - A common name is never looked at. A host that is an IP address must stand as an IP address, not as a DNS
 *   name, and is not sent as a server name (RFC 6066, 3).
 * - One dot at the end of the host ("kratos.svc.internal.") and the zone of an IPv6 address ("fe80::1%eth0")
 *   are for the look-up and the connection, which get the host as it is. The server name that is sent, the
 *   certificate and the session go without them (RFC 6066, 3; RFC 4007, 11): a session of "a.test." is one of
 *   "a.test".
 * - A CA that may sign for some names only (nameConstraints, RFC 5280 4.2.1.10) is held to that, for names of hosts
 *   and IP addresses: MBEDTLS_X509_BADCERT_OTHER. Mbed TLS 3.6 itself takes such a certificate, where the extension is
 *   critical, among the roots only: sent by the server, it ends the handshake (-9570).
 * - KRATOS_ERR_CLOSED is a close_notify. A connection that ends without one was cut: KRATOS_ERR_IO,
 *   KRATOS_MBEDTLS_CUT.
 * - A record beyond the input buffer is KRATOS_ERR_SPACE from read. Everything else that TLS finds wrong is
 *   KRATOS_ERR_TLS, and native_error says what: a code of Mbed TLS, or one of KRATOS_MBEDTLS_*. Failures of
 *   the inner io keep their own code and native_error.
 * - Where the inner io fails to write, what came before that is read first. A server that refuses the client certificate sends
 *   a fatal alert and hangs up, often while the client still writes: that is KRATOS_ERR_TLS with
 *   MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, from open, or with TLS 1.3 from the first write or read. Where nothing is found
 *   there that TLS refuses (a network stack may drop it at a reset), the inner io's failure stays.
 * - An arena that ran out is always MBEDTLS_ERR_SSL_ALLOC_FAILED, never a certificate error.
 * - A call blocks no longer than wait_ms, but arithmetic is not interrupted: on a small core one step of a
 *   full handshake takes longer (build Mbed TLS with MBEDTLS_ECP_RESTARTABLE against that). With wait_ms 0 a
 *   call stops where it would block.
 *
 * It must never know HTTP or Kratos, nor read a clock or a random source that was not given to it.
 */
#ifndef KRATOS_MBEDTLS_H
#define KRATOS_MBEDTLS_H

#include "kratos.h"

#include <mbedtls/version.h>
#if MBEDTLS_VERSION_MAJOR != 3 || MBEDTLS_VERSION_MINOR != 6
#error "port/mbedtls needs Mbed TLS 3.6 (LTS); point MBEDTLS_DIR at a 3.6 source tree"
#else

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for one saved session, in bytes: 60 of ours, about 150 of Mbed TLS, and the server's ticket (Kratos:
 * about 120). A session that does not fit is not kept. With a client certificate it takes 2,048: servers put
 * that into the ticket. */
#ifndef KRATOS_MBEDTLS_SESSION_SIZE
#ifdef KRATOS_MBEDTLS_WEB
#define KRATOS_MBEDTLS_SESSION_SIZE 2048
#else
#define KRATOS_MBEDTLS_SESSION_SIZE 640
#endif
#endif

/* No clock is right that shows less (seconds since 1970): 2026-01-01, or the date of the build, by -D. */
#ifndef KRATOS_MBEDTLS_BUILD_TIME
#define KRATOS_MBEDTLS_BUILD_TIME 1767225600
#endif

/* What native_error can say beside the codes of Mbed TLS. */
enum {
    KRATOS_MBEDTLS_NO_HOST = -0x10001,  /* no host, a unix: path, only dots, "a..": no name that could be verified */
    KRATOS_MBEDTLS_NO_ROOTS = -0x10002, /* config->roots is empty */
    KRATOS_MBEDTLS_CLOCK_UNKNOWN = -0x10003, /* config->now failed, or gave less than KRATOS_MBEDTLS_BUILD_TIME */
    KRATOS_MBEDTLS_CUT = -0x10004,           /* the connection ended without a close_notify */
    KRATOS_MBEDTLS_UNVERIFIED = -0x10005     /* Mbed TLS let a peer pass that the port did not see: never expected */
};

/* A certificate or a key. DER is used where it lies (flash). PEM, where Mbed TLS is built with it, may hold
 * several certificates; n then counts the NUL at its end. */
struct kratos_mbedtls_blob {
    const unsigned char *p;
    size_t n;
};

/* Kept by pointer, as is what it points to: must stay unchanged as long as the struct kratos_mbedtls is used. */
struct kratos_mbedtls_config {
    /* Trust anchors; a second one makes a change of CA possible. See kratos_mbedtls_unread_root(). */
    const struct kratos_mbedtls_blob *roots;
    size_t root_count;
    const struct kratos_mbedtls_blob *chain; /* client certificate, leaf first; NULL = none */
    size_t chain_count;
    struct kratos_mbedtls_blob key; /* of chain[0] */
    /* Seconds since 1970 into *s; nonzero = the time is not known (yet), and nothing is opened. */
    int (*now)(void *arg, int64_t *s);
    void *now_arg;
    uint32_t session_age_s; /* a session is resumed no longer than that after its full handshake; 0 = one day */
};

/* Private, complete only so that it can be a variable. Where Mbed TLS is built with PSA it has a random
 * generator of its own. */
struct kratos_mbedtls {
    struct kratos_io io;
    const struct kratos_io *inner;
    const struct kratos_mbedtls_config *config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt roots, chain;
    mbedtls_pk_context key;
#if !defined(MBEDTLS_PSA_CRYPTO_C)
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
#endif
    const char *host; /* of the call to open() that runs */
    uint16_t port;
    int64_t now_s, born_s, end_s;
    uint32_t began_ms, wait_ms, slice_ms, verify_flags, chain_flags, arena_failures;
    int native, inner_rc, ended_rc, unread_native;
    size_t unread;
    const mbedtls_x509_crt *cas[MBEDTLS_X509_MAX_INTERMEDIATE_CA + 1]; /* of the chain that is being verified */
    unsigned char ip[16];
    uint8_t ip_size, ca_count, state;
    bool blocked, leaf_seen, offered;
#ifdef KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION
    bool insecure;
#endif
    uint16_t session_size;
    unsigned char binding[32];
    unsigned char session[KRATOS_MBEDTLS_SESSION_SIZE];
};

/* Prepares t; opens nothing. inner and config are kept by pointer. The result lives in t. t needs no release
 * when nothing is open. reply_max of the result follows from the input buffer that Mbed TLS was built with. */
const struct kratos_io *kratos_mbedtls_io(struct kratos_mbedtls *t, const struct kratos_io *inner,
                                          const struct kratos_mbedtls_config *config);

/* MBEDTLS_X509_BADCERT_* of the last handshake that failed; 0 = the certificates were not the reason. */
uint32_t kratos_mbedtls_verify_flags(const struct kratos_mbedtls *t);

/* Of config->roots, the first that Mbed TLS could not read when a connection was opened last: its index goes to
 * *root (which is left alone otherwise), the result is Mbed TLS' code, such as -9570 for a critical extension that
 * it does not know. 0 = all were read. The others are trusted all the same; only where none is left, open() fails, with
 * this code. A PEM bundle counts as one. */
int kratos_mbedtls_unread_root(const struct kratos_mbedtls *t, size_t *root);

/* Of the open connection; "" and false when there is none. */
const char *kratos_mbedtls_version(const struct kratos_mbedtls *t); /* "TLSv1.2" */
const char *kratos_mbedtls_suite(const struct kratos_mbedtls *t);   /* "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256" */
bool kratos_mbedtls_resumed(const struct kratos_mbedtls *t);

/* The session outlives a reconnect by itself; these two carry it over a restart. What is saved is a secret:
 * who has it reads the traffic. With TLS 1.3 the server sends it after the handshake, so save after the first
 * reply. *n 0: there is none. KRATOS_ERR_SPACE: *n bytes would do, at most KRATOS_MBEDTLS_SESSION_SIZE. */
int kratos_mbedtls_save_session(const struct kratos_mbedtls *t, void *p, size_t size, size_t *n);

/* KRATOS_ERR_ARG: not a session, damaged, or of another release; t is then without one, which costs a full
 * handshake and nothing else. Whether it fits host, port, roots and time is seen when a connection is opened. */
int kratos_mbedtls_restore_session(struct kratos_mbedtls *t, const void *p, size_t n);

/* Overwrites the session that is kept. */
void kratos_mbedtls_forget_session(struct kratos_mbedtls *t);

/* ---- Once per program: Mbed TLS itself has one allocator and one source of entropy --------------------------- */

/* Takes a block of memory from which Mbed TLS then serves itself, in place of a heap: before anything else,
 * and for one thread only. Any alignment. Calling it again starts anew, and is allowed only while nothing of
 * Mbed TLS is in use. Without MBEDTLS_PLATFORM_MEMORY (a distribution's Mbed TLS) there is only the heap. */
#if defined(MBEDTLS_PLATFORM_MEMORY)
void kratos_mbedtls_arena(void *p, size_t size);
#endif

/* In bytes: the smallest arena that would have done so far (bookkeeping and holes included), and what is in
 * use now. */
size_t kratos_mbedtls_arena_peak(void);
size_t kratos_mbedtls_arena_used(void);

/* How often it had no room. */
uint32_t kratos_mbedtls_arena_failures(void);

/* Where Mbed TLS is built with MBEDTLS_ENTROPY_HARDWARE_ALT, as the two configurations are for a target
 * without an operating system: a hardware source. It fills all n bytes and returns 0, or returns nonzero.
 * Without one nothing is opened. */
void kratos_mbedtls_entropy(int (*fill)(void *arg, unsigned char *p, size_t n), void *arg);

#ifdef KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION
/* For the bench only: accepts any peer. The io is no longer confidential, so no bearer token passes. Without the macro
 * neither this function nor the flag that it sets is compiled; with it, it must stand on every command line. */
void kratos_mbedtls_insecure_no_verification(struct kratos_mbedtls *t);
#endif

#ifdef __cplusplus
}
#endif

#endif /* Mbed TLS 3.6 */
#endif
