/* SPDX-License-Identifier: Apache-2.0
 *
 * The five functions of the io: the handshake in steps, records in and out, and what each failure is called.
 * It must never let a byte of the application pass before the handshake is over, and never report the end of a
 * stream that no close_notify ended.
 */
#include "kratos_mbedtls_private.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <string.h>
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#endif

enum { IDLE, CONNECTING, HANDSHAKE, OPEN, ENDED };

/* From our own callbacks through Mbed TLS back to us: the inner io failed, t->inner_rc says how. */
#define INNER_FAILED (-0x10000)

/* How long read() may wait for the peer before it tries again to send what is still in the output buffer. */
#define SLICE_MS 20

/* A stock Go server writes the first 4,096 bytes of a reply by themselves, and the rest in records as large as
 * it can: so a reply of 4,096 bytes and one input buffer passes. A margin for framing. */
#define MARGIN 64
#if MBEDTLS_SSL_IN_CONTENT_LEN >= 16384
#define REPLY_MAX 0
#elif MBEDTLS_SSL_IN_CONTENT_LEN >= 4096
#define REPLY_MAX (4096 + MBEDTLS_SSL_IN_CONTENT_LEN - MARGIN)
#else
#define REPLY_MAX (MBEDTLS_SSL_IN_CONTENT_LEN - MARGIN)
#endif

/* What the server is asked not to exceed: the largest that fits, of those that can be asked for (RFC 6066, 4). */
#if MBEDTLS_SSL_IN_CONTENT_LEN >= 16384
#define FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_NONE
#elif MBEDTLS_SSL_IN_CONTENT_LEN >= 4096
#define FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_4096
#elif MBEDTLS_SSL_IN_CONTENT_LEN >= 2048
#define FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_2048
#elif MBEDTLS_SSL_IN_CONTENT_LEN >= 1024
#define FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_1024
#else
#define FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_512
#endif

/* ---- One call ------------------------------------------------------------------------------------------------ */

static void begin_wait(struct kratos_mbedtls *t, uint32_t wait_ms)
{
    t->began_ms = t->inner->now_ms(t->inner->ctx);
    t->wait_ms = wait_ms;
    t->slice_ms = UINT32_MAX;
    t->arena_failures = kratos_mbedtls_arena_failures();
}

static uint32_t left_ms(const struct kratos_mbedtls *t)
{
    uint32_t past = t->inner->now_ms(t->inner->ctx) - t->began_ms;

    return past < t->wait_ms ? t->wait_ms - past : 0;
}

/* Whether a call has to return now: it was blocked for as long as it may be, or its time is over. With wait_ms
 * 0 only the former counts, so that "not yet" always means that the inner io has to move first. */
static bool over(const struct kratos_mbedtls *t)
{
    if (t->wait_ms == 0) {
        return t->blocked;
    }
    return left_ms(t) == 0;
}

/* ---- Between Mbed TLS and the inner io ----------------------------------------------------------------------- */

static uint32_t patience(const struct kratos_mbedtls *t)
{
    uint32_t left = left_ms(t);

    return left < t->slice_ms ? left : t->slice_ms;
}

static int inner_failed(struct kratos_mbedtls *t, int rc)
{
    if (rc == KRATOS_ERR_CLOSED) {
        t->native = KRATOS_MBEDTLS_CUT;
        return KRATOS_ERR_IO;
    }
    t->native = t->inner->native_error != NULL ? t->inner->native_error(t->inner->ctx) : 0;
    return rc;
}

/* The first failure is the one that is reported: what comes after it is its consequence. */
static void note_failure(struct kratos_mbedtls *t, int rc)
{
    if (t->inner_rc == 0) {
        t->inner_rc = inner_failed(t, rc);
    }
}

/* Where writing fails, the peer may have said why (a fatal alert) before it hung up, in clear or encrypted. Only Mbed TLS can
 * read that, and only after it has written what comes before. So what cannot be sent goes nowhere, nothing is waited for any
 * more, and t->inner_rc tells that this was not sent after all. */
static int send_bytes(void *ctx, const unsigned char *p, size_t n)
{
    struct kratos_mbedtls *t = ctx;
    int rc = t->inner_rc != 0 ? t->inner_rc : t->inner->write(t->inner->ctx, p, n, patience(t));

    if (rc > 0) {
        return rc;
    }
    if (rc == 0) {
        t->blocked = true;
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    note_failure(t, rc);
    t->wait_ms = 0;
    return (int)n;
}

static int receive_bytes(void *ctx, unsigned char *p, size_t n)
{
    struct kratos_mbedtls *t = ctx;
    int rc = t->inner->read(t->inner->ctx, p, n, patience(t));

    if (rc > 0) {
        return rc;
    }
    if (rc == 0) {
        t->blocked = true;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    note_failure(t, rc);
    return INNER_FAILED;
}

static bool wants_more(int rc)
{
    return rc == MBEDTLS_ERR_SSL_WANT_READ || rc == MBEDTLS_ERR_SSL_WANT_WRITE ||
           rc == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS;
}

/* ---- Failures ------------------------------------------------------------------------------------------------ */

/* Mbed TLS refuses such a record by its header, or, when the overhead just made it fit, after decryption. */
static bool record_too_large(const struct kratos_mbedtls *t, int rc)
{
    const unsigned char *size = t->ssl.in_len;

    return (rc == MBEDTLS_ERR_SSL_BAD_INPUT_DATA || rc == MBEDTLS_ERR_SSL_INVALID_RECORD) && size != NULL &&
           (size[0] << 8 | size[1]) > MBEDTLS_SSL_IN_CONTENT_LEN;
}

static int fault(struct kratos_mbedtls *t, int rc)
{
    if (rc == INNER_FAILED) {
        return t->inner_rc;
    }
    if (rc == 0 || rc == MBEDTLS_ERR_SSL_CONN_EOF) {
        return inner_failed(t, KRATOS_ERR_CLOSED);
    }
    if (kratos_mbedtls_out_of_memory(t, rc)) {
        rc = MBEDTLS_ERR_SSL_ALLOC_FAILED;
        t->verify_flags = 0;
    }
    t->native = rc;
    return KRATOS_ERR_TLS;
}

/* ---- Preparing a connection ---------------------------------------------------------------------------------- */

#if defined(MBEDTLS_PSA_CRYPTO_C)

static int seed(struct kratos_mbedtls *t)
{
    (void)t;
    psa_status_t status = psa_crypto_init();
    if (status == PSA_SUCCESS) {
        return 0;
    }
    return status == PSA_ERROR_INSUFFICIENT_MEMORY ? MBEDTLS_ERR_SSL_ALLOC_FAILED : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

/* PSA belongs to the program: the application ends it, if at all. */
static void unseed(struct kratos_mbedtls *t)
{
    (void)t;
}

int kratos_mbedtls_random(void *ctx, unsigned char *p, size_t n)
{
    (void)ctx;
    return mbedtls_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, p, n);
}

#else

/* For each connection anew: entropy is cheap beside a handshake, and nothing stays allocated between two. */
static int seed(struct kratos_mbedtls *t)
{
    return mbedtls_ctr_drbg_seed(&t->drbg, mbedtls_entropy_func, &t->entropy, NULL, 0);
}

static void unseed(struct kratos_mbedtls *t)
{
    mbedtls_ctr_drbg_free(&t->drbg);
    mbedtls_entropy_free(&t->entropy);
}

int kratos_mbedtls_random(void *ctx, unsigned char *p, size_t n)
{
    struct kratos_mbedtls *t = ctx;

    return mbedtls_ctr_drbg_random(&t->drbg, p, n);
}

#endif

/* RSA with PKCS #1 goes first: asked for TLS 1.2 and 1.3 at once, a server that has only 1.2 may choose PSS
 * too, and that Mbed TLS 3.6.6 refuses (-0x6600). With 1.3 it is PSS anyway. */
static const uint16_t signatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED) && defined(MBEDTLS_MD_CAN_SHA384)
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
#endif
#if defined(MBEDTLS_RSA_C)
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
#if defined(MBEDTLS_MD_CAN_SHA512)
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
#endif
#if defined(MBEDTLS_PKCS1_V21)
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
#if defined(MBEDTLS_MD_CAN_SHA512)
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
#endif
#endif
#endif
    MBEDTLS_TLS1_3_SIG_NONE,
};

static int set_rules(struct kratos_mbedtls *t)
{
    int rc = mbedtls_ssl_config_defaults(&t->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT);

    mbedtls_ssl_conf_rng(&t->conf, kratos_mbedtls_random, t);
    mbedtls_ssl_conf_authmode(&t->conf,
                              KRATOS_MBEDTLS_ANY_PEER(t) ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&t->conf, &t->roots, NULL);
    mbedtls_ssl_conf_verify(&t->conf, kratos_mbedtls_verify, t);
    mbedtls_ssl_conf_sig_algs(&t->conf, signatures);
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && !defined(MBEDTLS_SSL_PROTO_TLS1_3)
    /* Not by its function, which takes no more than the output buffer, since the limit is one for both ways. That
     * buffer is never exceeded anyhow. */
    t->conf.mfl_code = FRAGMENT;
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS)
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&t->conf,
                                                             MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
    return rc;
}

/* RFC 6066 knows no IP address as a server name: none is sent then, and the name is checked by
 * kratos_mbedtls_name_matches() alone. Of a name Mbed TLS has a copy, which is cut: all that looks at it afterwards
 * sees the name that the server knows. */
static int set_host(struct kratos_mbedtls *t, const char *host, size_t n)
{
    kratos_mbedtls_parse_host(t, host, n);
    if (t->ip_size != 0) {
        return mbedtls_ssl_set_hostname(&t->ssl, NULL);
    }
    int rc = mbedtls_ssl_set_hostname(&t->ssl, host);
    if (rc == 0) {
        t->ssl.hostname[n] = '\0';
    }
    return rc;
}

static bool know_time(struct kratos_mbedtls *t)
{
    const struct kratos_mbedtls_config *config = t->config;

    t->now_s = 0;
    return config->now != NULL && config->now(config->now_arg, &t->now_s) == 0 && t->now_s >= KRATOS_MBEDTLS_BUILD_TIME;
}

/* Everything that can be wrong before there is a peer. */
static int check_config(struct kratos_mbedtls *t, const char *host)
{
    if (host == NULL || strncmp(host, "unix:", 5) == 0 || kratos_mbedtls_name_size(host) == 0) {
        return KRATOS_MBEDTLS_NO_HOST;
    }
    if (t->config->root_count == 0 && !KRATOS_MBEDTLS_ANY_PEER(t)) {
        return KRATOS_MBEDTLS_NO_ROOTS;
    }
    return know_time(t) || KRATOS_MBEDTLS_ANY_PEER(t) ? 0 : KRATOS_MBEDTLS_CLOCK_UNKNOWN;
}

static int set_up(struct kratos_mbedtls *t, const char *host, uint16_t port)
{
    size_t n = kratos_mbedtls_name_size(host);

    mbedtls_ssl_init(&t->ssl);
    mbedtls_ssl_config_init(&t->conf);
    mbedtls_x509_crt_init(&t->roots);
    mbedtls_x509_crt_init(&t->chain);
    mbedtls_pk_init(&t->key);
#if !defined(MBEDTLS_PSA_CRYPTO_C)
    mbedtls_entropy_init(&t->entropy);
    mbedtls_ctr_drbg_init(&t->drbg);
#endif
    int rc = seed(t);
    rc = rc != 0 ? rc : set_rules(t);
    /* First, so that the two large blocks lie at the arena's lower end. */
    rc = rc != 0 ? rc : mbedtls_ssl_setup(&t->ssl, &t->conf);
    rc = rc != 0 ? rc : kratos_mbedtls_read_roots(t);
    rc = rc != 0 ? rc : kratos_mbedtls_read_own(t);
    rc = rc != 0 ? rc : set_host(t, host, n);
    rc = rc != 0 ? rc : kratos_mbedtls_bind_session(t, host, n, port);
    rc = rc != 0 ? rc : kratos_mbedtls_offer_session(t);
    mbedtls_ssl_set_bio(&t->ssl, t, send_bytes, receive_bytes, NULL);
    return rc;
}

static void tear_down(struct kratos_mbedtls *t)
{
    mbedtls_ssl_free(&t->ssl);
    mbedtls_ssl_config_free(&t->conf);
    mbedtls_x509_crt_free(&t->roots);
    mbedtls_x509_crt_free(&t->chain);
    mbedtls_pk_free(&t->key);
    unseed(t);
    kratos_mbedtls_release(t);
    t->state = IDLE;
}

/* ---- Opening ------------------------------------------------------------------------------------------------- */

static int give_up(struct kratos_mbedtls *t, int rc)
{
    t->inner->close(t->inner->ctx);
    tear_down(t);
    return rc;
}

static int begin(struct kratos_mbedtls *t, const char *host, uint16_t port)
{
    t->native = 0;
    t->verify_flags = 0;
    t->chain_flags = 0;
    t->inner_rc = 0;
    t->leaf_seen = false;
    t->offered = false;
    int rc = check_config(t, host);
    if (rc == 0 && !kratos_mbedtls_claim(t)) {
        rc = KRATOS_MBEDTLS_ARENA_TAKEN;
    }
    if (rc != 0) {
        t->native = rc;
        return KRATOS_ERR_TLS;
    }
    t->born_s = t->now_s;
    t->end_s = INT64_MAX;
    rc = set_up(t, host, port);
    if (rc == 0 && !kratos_mbedtls_claim(t)) {
        rc = KRATOS_MBEDTLS_ARENA_TAKEN; /* by two at the same instant: the later one has it */
    }
    if (rc != 0) {
        rc = fault(t, rc);
        tear_down(t);
        return rc;
    }
    t->state = CONNECTING;
    return KRATOS_OK;
}

static int connect_inner(struct kratos_mbedtls *t, const char *host, uint16_t port)
{
    int rc = t->inner->open(t->inner->ctx, host, port, left_ms(t));

    if (rc < 0) {
        return give_up(t, inner_failed(t, rc));
    }
    if (rc > 0) {
        t->state = HANDSHAKE;
    }
    return rc;
}

/* A server that lost its keys ignores a ticket. One that stumbles over it (it speaks only the other version
 * now, say) gets a second connection without one, at once; a link that failed says nothing about the session. */
static bool session_is_to_blame(const struct kratos_mbedtls *t, int rc)
{
    return t->offered && !t->leaf_seen &&
           (t->native == KRATOS_MBEDTLS_CUT || (rc == KRATOS_ERR_TLS && t->native != MBEDTLS_ERR_SSL_ALLOC_FAILED));
}

static int handshake_failed(struct kratos_mbedtls *t, int rc)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&t->ssl);

    t->verify_flags = flags == UINT32_MAX ? 0 : flags;
    rc = give_up(t, fault(t, rc));
    if (session_is_to_blame(t, rc)) {
        kratos_mbedtls_forget_session(t);
        rc = begin(t, t->host, t->port);
    }
    return rc;
}

/* When no leaf was seen, the server took the session that was offered. When one was, the session was not
 * taken. */
static int handshake_done(struct kratos_mbedtls *t)
{
    if (t->leaf_seen) {
        t->offered = false;
        t->born_s = t->now_s;
    } else if (!t->offered && !KRATOS_MBEDTLS_ANY_PEER(t)) {
        return handshake_failed(t, KRATOS_MBEDTLS_UNVERIFIED);
    }
    t->state = OPEN;
    mbedtls_ssl_conf_ca_chain(&t->conf, NULL, NULL); /* their work is done: room for records and tickets */
    mbedtls_x509_crt_free(&t->roots);
#if defined(MBEDTLS_SSL_PROTO_TLS1_2)
    if (mbedtls_ssl_get_version_number(&t->ssl) == MBEDTLS_SSL_VERSION_TLS1_2) {
        kratos_mbedtls_keep_session(t);
    }
#endif
    return 1;
}

/* Of a step, once our bytes go nowhere: where it would wait for an answer it is the last one, and a mere end is no reason. */
static int explained(const struct kratos_mbedtls *t, int rc)
{
    bool silent = rc == MBEDTLS_ERR_SSL_WANT_READ || rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;

    return silent && t->inner_rc != 0 ? INNER_FAILED : rc;
}

/* The handshake is over for us alone: its last flight did not go out. */
static int refused(struct kratos_mbedtls *t)
{
    int rc = mbedtls_ssl_read(&t->ssl, NULL, 0);

    return handshake_failed(t, rc == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? rc : INNER_FAILED);
}

static int shake_hands(struct kratos_mbedtls *t)
{
    while (!mbedtls_ssl_is_handshake_over(&t->ssl)) {
        t->blocked = false;
        int rc = explained(t, mbedtls_ssl_handshake_step(&t->ssl));
        if (rc != 0 && !wants_more(rc)) {
            return handshake_failed(t, rc);
        }
        if (mbedtls_ssl_is_handshake_over(&t->ssl)) {
            break;
        }
        if (over(t) || (rc == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS && t->wait_ms == 0)) {
            return 0;
        }
    }
    return t->inner_rc != 0 ? refused(t) : handshake_done(t);
}

static int tls_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct kratos_mbedtls *t = ctx;
    int rc = 1;

    begin_wait(t, wait_ms);
    t->host = host;
    t->port = port;
    if (t->state == OPEN) {
        return 1;
    }
    if (t->state == ENDED) {
        give_up(t, 0);
    }
    if (t->state == IDLE) {
        rc = begin(t, host, port);
        if (rc != KRATOS_OK) {
            return rc;
        }
    }
    if (t->state == CONNECTING) {
        rc = connect_inner(t, host, port);
        if (rc <= 0) {
            return rc;
        }
    }
    return shake_hands(t);
}

/* ---- Records ------------------------------------------------------------------------------------------------- */

static bool output_waits(const struct kratos_mbedtls *t)
{
    return t->ssl.out_left != 0;
}

/* With output waiting, mbedtls_ssl_write() sends that and looks at nothing else. */
static int flush(struct kratos_mbedtls *t)
{
    static const unsigned char none[1] = {0};

    return output_waits(t) ? mbedtls_ssl_write(&t->ssl, none, sizeof none) : 0;
}

static int end(struct kratos_mbedtls *t, int rc)
{
    if (rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        t->native = rc;
        rc = KRATOS_ERR_CLOSED;
    } else if (record_too_large(t, rc)) {
        t->native = rc;
        rc = KRATOS_ERR_SPACE;
    } else {
        rc = fault(t, rc);
    }
    t->state = ENDED;
    t->ended_rc = rc;
    return rc;
}

/* Sends what waits, without waiting for it; the peer may be silent only because it has not got it. A failure
 * to send is left to the next write, since an answer may have come first. */
static void flush_beside(struct kratos_mbedtls *t)
{
    t->slice_ms = 0;
    (void)flush(t);
    t->slice_ms = output_waits(t) ? SLICE_MS : UINT32_MAX;
}

/* n 0: as far as the next byte of the application, which stays where it is. */
static int receive(struct kratos_mbedtls *t, void *p, size_t n)
{
    for (;;) {
        flush_beside(t);
        t->blocked = false;
        int rc = mbedtls_ssl_read(&t->ssl, p, n);
        if (rc > 0 || (rc == 0 && n == 0)) {
            return rc;
        }
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS)
        if (rc == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            kratos_mbedtls_keep_session(t);
            continue;
        }
#endif
        if (!wants_more(rc)) {
            return end(t, rc);
        }
        if (over(t)) {
            return 0;
        }
    }
}

static int tls_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_mbedtls *t = ctx;

    if (t->state != OPEN || n == 0) {
        return t->state == OPEN ? 0 : t->state == ENDED ? t->ended_rc : KRATOS_ERR_IO;
    }
    begin_wait(t, wait_ms);
    return receive(t, p, n);
}

/* With TLS 1.3 a server that refuses our certificate says so after the handshake. An answer stays for the next read. */
static int write_failed(struct kratos_mbedtls *t)
{
    int native = t->native;

    if (receive(t, NULL, 0) == KRATOS_ERR_TLS) {
        return KRATOS_ERR_TLS;
    }
    t->native = native;
    return t->inner_rc;
}

static int tls_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_mbedtls *t = ctx;

    if (t->state != OPEN || n == 0) {
        return t->state == OPEN ? 0 : t->state == ENDED ? t->ended_rc : KRATOS_ERR_IO;
    }
    begin_wait(t, wait_ms);
    int rc = flush(t);
    if (rc < 0) {
        return wants_more(rc) ? 0 : fault(t, rc);
    }
    int most = mbedtls_ssl_get_max_out_record_payload(&t->ssl);
    if (most > 0 && n > (size_t)most) {
        n = (size_t)most;
    }
    rc = mbedtls_ssl_write(&t->ssl, p, n);
    if (t->inner_rc != 0) {
        return write_failed(t);
    }
    if (wants_more(rc)) {
        /* The record is complete in the output buffer: it is taken, and later calls send it. Mbed TLS would
         * demand the same bytes again, and would take others for sent. */
        return output_waits(t) ? (int)n : 0;
    }
    return rc > 0 ? rc : fault(t, rc);
}

/* As far as it goes without waiting: the peer may be gone. */
static void say_goodbye(struct kratos_mbedtls *t)
{
    begin_wait(t, 0);
    if (output_waits(t) && flush(t) < 0) {
        return;
    }
    (void)mbedtls_ssl_close_notify(&t->ssl);
}

static void tls_close(void *ctx)
{
    struct kratos_mbedtls *t = ctx;

    if (t->state == IDLE) {
        return;
    }
    if (t->state == OPEN || (t->state == ENDED && t->ended_rc == KRATOS_ERR_CLOSED)) {
        say_goodbye(t);
    }
    give_up(t, 0);
}

static int tls_native_error(void *ctx)
{
    const struct kratos_mbedtls *t = ctx;

    return t->native;
}

static uint32_t tls_now_ms(void *ctx)
{
    const struct kratos_mbedtls *t = ctx;

    return t->inner->now_ms(t->inner->ctx);
}

/* ---- For the application ------------------------------------------------------------------------------------- */

const struct kratos_io *kratos_mbedtls_io(struct kratos_mbedtls *t, const struct kratos_io *inner,
                                          const struct kratos_mbedtls_config *config)
{
    const struct kratos_io io = {
        .ctx = t,
        .open = tls_open,
        .write = tls_write,
        .read = tls_read,
        .close = tls_close,
        .native_error = tls_native_error,
        .now_ms = tls_now_ms,
        .reply_max = REPLY_MAX,
        .confidential = true,
    };

    memset(t, 0, sizeof *t);
    t->io = io;
    t->inner = inner;
    t->config = config;
    return &t->io;
}

uint32_t kratos_mbedtls_verify_flags(const struct kratos_mbedtls *t)
{
    return t->verify_flags;
}

const char *kratos_mbedtls_version(const struct kratos_mbedtls *t)
{
    return t->state == OPEN ? mbedtls_ssl_get_version(&t->ssl) : "";
}

const char *kratos_mbedtls_suite(const struct kratos_mbedtls *t)
{
    return t->state == OPEN ? mbedtls_ssl_get_ciphersuite(&t->ssl) : "";
}

bool kratos_mbedtls_resumed(const struct kratos_mbedtls *t)
{
    return t->state == OPEN && t->offered;
}

#ifdef KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION
void kratos_mbedtls_insecure_no_verification(struct kratos_mbedtls *t)
{
    t->insecure = true;
    t->io.confidential = false;
}
#endif

#endif
