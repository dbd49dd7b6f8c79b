/* SPDX-License-Identifier: Apache-2.0
 *
 * A client, its peer and what can go wrong between them, as life_test and pump_test need it: hooks around the peer's io that
 * stall, fail or answer early, six operations to try, and the search for secrets in the work buffer. Included once a program.
 */
#ifndef TEST_UNIT_RIG_H
#define TEST_UNIT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define BEARER "ory_pat_bearer-to-hide"
#define PASSWORD "password-to-hide"
#define WHO                                                                                                            \
    "{\"id\":\"" UUID "\",\"schema_id\":\"device\",\"state\":\"active\",\"external_id\":\"ext-1\","                    \
    "\"traits\":{\"serial\":\"sn-0001\",\"n\":12345678901234567890},\"metadata_public\":{\"a\":\"\\u00e9\\\"\"},"      \
    "\"metadata_admin\":[1,2.50,null],\"created_at\":\"2024-01-01T00:00:00Z\"}"

static struct peer peer;
static char work[2048];

/* ---- What the connection does beside the peer ------------------------------------------------- */

static struct {
    int (*open)(void *ctx, const char *host, uint16_t port, uint32_t wait_ms);
    int (*write)(void *ctx, const void *p, size_t n, uint32_t wait_ms);
    int (*read)(void *ctx, void *p, size_t n, uint32_t wait_ms);
    void (*close)(void *ctx);
    bool stutter;      /* every other call moves nothing */
    bool slow_open;    /* open never comes to an end */
    size_t write_left; /* bytes taken before write_rc; PEER_ANY = all */
    int write_rc;      /* 0: nothing more is taken, without an error */
    const char *early; /* the answer that can be read after a write failed, or once nothing more is taken */
    int read_rc;       /* what a read gives that has no bytes */
    bool failed;
    unsigned calls;
    uint32_t longest_wait, began, limit;
    bool too_long; /* a call was allowed to wait beyond the limit */
} hook;

static inline void watch_wait(uint32_t wait_ms)
{
    uint32_t passed = peer.now - hook.began;
    if (hook.limit != 0 && wait_ms != 0 && wait_ms > hook.limit - passed) {
        hook.too_long = true;
    }
    hook.longest_wait = wait_ms > hook.longest_wait ? wait_ms : hook.longest_wait;
}

static inline bool idle(void)
{
    hook.calls++;
    return hook.stutter && hook.calls % 2 != 0;
}

static inline int hook_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    watch_wait(wait_ms);
    if (hook.slow_open) {
        peer.now += wait_ms;
        return 0;
    }
    return idle() ? 0 : hook.open(ctx, host, port, wait_ms);
}

static inline int hook_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    int rc;
    watch_wait(wait_ms);
    if (hook.write_left == 0 && hook.write_rc == 0) {
        if (hook.early != NULL) {
            peer_raw(&peer, hook.early, strlen(hook.early));
            hook.early = NULL;
        }
        peer.now += wait_ms;
        return 0;
    }
    if (hook.failed || hook.write_left == 0) {
        if (hook.early != NULL && !hook.failed) {
            peer_raw(&peer, hook.early, strlen(hook.early));
        }
        hook.failed = true;
        return hook.write_rc;
    }
    if (idle()) {
        return 0;
    }
    n = n < hook.write_left ? n : hook.write_left;
    rc = hook.write(ctx, p, n, wait_ms);
    if (hook.write_left != PEER_ANY && rc > 0) {
        hook.write_left -= (size_t)rc;
    }
    return rc;
}

static inline int hook_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    watch_wait(wait_ms);
    if (peer.out_n == peer.out_at && peer.open) {
        if (hook.failed) {
            return hook.write_rc;
        }
        if (hook.read_rc != 0) {
            return hook.read_rc;
        }
    }
    return idle() && n != 1 ? 0 : hook.read(ctx, p, n, wait_ms);
}

static inline void hook_close(void *ctx)
{
    hook.failed = false;
    hook.write_left = PEER_ANY;
    hook.read_rc = 0;
    hook.close(ctx);
}

static inline int native_error(void *ctx)
{
    (void)ctx;
    return 104;
}

/* ---- The server -------------------------------------------------------------------------------- */

static inline void serve(struct peer *p, const char *request, size_t n)
{
    static char body[4096];
    const char *at = request;
    bool batch = strncmp(request, "PATCH /admin/identities ", 24) == 0;
    (void)n;
    if (strncmp(request, "DELETE", 6) == 0) {
        peer_raw(p, "HTTP/1.1 204 No Content\r\n\r\n", 27);
    } else if (strncmp(request, "GET /admin/identities?", 22) == 0 ||
               strncmp(request, "GET /admin/identities ", 22) == 0) {
        peer_reply(p, "200 OK\r\n", "[" WHO "," WHO "," WHO "]");
    } else if (strncmp(request, "GET /schemas/", 13) == 0) {
        peer_reply_chunked(p, "200 OK\r\n", "{\"$id\":\"x\",\"type\":\"object\"}", 5);
    } else if (batch) {
        strcpy(body, "{\"identities\":[");
        while ((at = strstr(at, "\"create\":")) != NULL) {
            strcat(body, body[strlen(body) - 1] == '[' ? "" : ",");
            strcat(body, "{\"action\":\"create\",\"identity\":\"" UUID "\"}");
            at++;
        }
        strcat(body, "]}");
        peer_reply(p, "200 OK\r\n", body);
    } else {
        peer_reply(p, request[0] == 'P' && request[1] == 'O' ? "201 Created\r\n" : "200 OK\r\n", WHO);
    }
}

static inline void start_with(size_t work_size)
{
    memset(&hook, 0, sizeof hook);
    memset(work, 0x5A, sizeof work);
    peer_begin(&peer, work, work_size);
    peer.serve = serve;
    hook.open = peer.io.open;
    hook.write = peer.io.write;
    hook.read = peer.io.read;
    hook.close = peer.io.close;
    hook.write_left = PEER_ANY;
    peer.io.open = hook_open;
    peer.io.write = hook_write;
    peer.io.read = hook_read;
    peer.io.close = hook_close;
    peer.io.native_error = native_error;
    peer.config.bearer = BEARER;
    assert_int_equal(peer_init(&peer), KRATOS_OK);
}

static inline void start(void)
{
    start_with(sizeof work);
}

static inline bool holds(const char *word)
{
    size_t n = strlen(word), i;
    for (i = 0; i + n <= sizeof work; i++) {
        if (memcmp(work + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

static inline void no_secret(const char *when)
{
    size_t i;
    for (i = peer.config.work_size; i < sizeof work; i++) {
        if (work[i] != 0x5A) {
            fail_msg("%s: byte %zu behind the work buffer was written", when, i - peer.config.work_size);
        }
    }
    if (holds("to-hide") || holds("ory_pat") || holds("password-")) {
        fail_msg("%s: a secret is left in the work buffer", when);
    }
}

/* ---- The operations that the tests use ---------------------------------------------------------- */

enum call { GET, CREATE, DELETE, LIST, BATCH, SCHEMA, CALL_COUNT };

static struct kratos_identity who;
static const struct kratos_credentials credentials = {PASSWORD, NULL, false, NULL, 0, NULL, 0};

static inline struct kratos_identity_body secret_body(void)
{
    struct kratos_identity_body body;
    memset(&body, 0, sizeof body);
    body.traits.text = "{\"serial\":\"sn-0001\"}";
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &credentials;
    return body;
}

static inline int give_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)arg;
    (void)i;
    row->create = secret_body();
    return 0;
}

static const struct kratos_batch batch = {4, 2, give_row, NULL, false};

static inline int once(enum call call)
{
    static struct kratos_batch_result result;
    static struct kratos_schema_part part;
    struct kratos_identity_body body = secret_body();
    switch (call) {
    case GET:
        return kratos_get_identity(&peer.k, UUID, NULL, &who);
    case CREATE:
        return kratos_create_identity(&peer.k, &body, &who);
    case DELETE:
        return kratos_delete_identity(&peer.k, UUID);
    case LIST:
        return kratos_list_identities(&peer.k, NULL, &who);
    case BATCH:
        return kratos_batch_patch_identities(&peer.k, &batch, &result);
    default:
        return kratos_get_identity_schema(&peer.k, "device", &part);
    }
}

/* To the end. *given: results before it. */
static inline int whole(enum call call, unsigned *given)
{
    unsigned again = 0;
    int rc;
    *given = 0;
    do {
        rc = once(call);
        *given += rc == KRATOS_OK;
        again += rc == KRATOS_AGAIN;
        if (again > 20000) {
            fail_msg("never ends");
        }
    } while (rc == KRATOS_AGAIN || (rc == KRATOS_OK && call >= LIST));
    return rc;
}

static inline void must_work(enum call call)
{
    unsigned given;
    int rc = whole(call, &given);
    if (rc != (call >= LIST ? KRATOS_END : KRATOS_OK)) {
        fail_msg("call %d afterwards: %d, %s", (int)call, rc, kratos_last_fault(&peer.k)->reason.p);
    }
    if (call != SCHEMA && given != (call == LIST ? 3u : call == BATCH ? 4u : 1u)) {
        fail_msg("call %d afterwards: %u results", (int)call, given);
    }
    if (call <= CREATE || call == LIST) {
        assert_string_equal(who.id, UUID);
    }
}

#endif
