/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer target: the input is an operation, a work size and the bytes that a server sends. Whatever they are, the call must
 * end, stay inside its memory and leave an object that works. It must never know what a right reply is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kratos.h"

#define STEPS_MAX 100000

struct peer {
    const uint8_t *p;
    size_t n;
    unsigned piece; /* largest read */
    uint32_t now_ms;
};

static int peer_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    return 1;
}

static int peer_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    (void)p;
    (void)wait_ms;
    return (int)n;
}

static int peer_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct peer *peer = ctx;
    size_t most = peer->piece < n ? peer->piece : n;
    peer->now_ms += 1;
    if (wait_ms == 0) {
        return 0;
    }
    if (peer->n == 0) {
        return KRATOS_ERR_CLOSED;
    }
    most = most < peer->n ? most : peer->n;
    memcpy(p, peer->p, most);
    peer->p += most;
    peer->n -= most;
    return (int)most;
}

static void peer_close(void *ctx)
{
    (void)ctx;
}

static uint32_t peer_now_ms(void *ctx)
{
    return ((struct peer *)ctx)->now_ms;
}

static int row(void *arg, size_t i, struct kratos_batch_row *out)
{
    (void)arg;
    (void)i;
    out->create.traits.text = "{\"serial\":\"a\"}";
    return 0;
}

static int call(struct kratos *k, unsigned op)
{
    static const struct kratos_identity_body body = {.traits = {.text = "{}"}};
    static const struct kratos_recovery_body recovery = {.identity_id = "a"};
    static const struct kratos_batch batch = {.row_count = 3, .row = row};
    struct kratos_identity who;
    struct kratos_session session;
    struct kratos_recovery code;
    struct kratos_batch_result result;
    struct kratos_schema_part part;
    switch (op) {
    case 0:
        return kratos_create_identity(k, &body, &who);
    case 1:
        return kratos_list_identities(k, NULL, &who);
    case 2:
        return kratos_batch_patch_identities(k, &batch, &result);
    case 3:
        return kratos_list_identity_sessions(k, "a", NULL, &session);
    case 4:
        return kratos_list_identity_schemas(k, 0, 0, &part);
    case 5:
        return kratos_get_identity_schema(k, "a", &part);
    case 6:
        return kratos_create_recovery_code_for_identity(k, &recovery, &code);
    default:
        return kratos_delete_identity(k, "a");
    }
}

static bool goes_on(const struct kratos *k, int rc)
{
    return rc == KRATOS_OK ||
           (kratos_last_fault(k)->effect == KRATOS_DONE && (rc == KRATOS_ERR_SPACE || rc == KRATOS_ERR_JSON));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer peer = {0};
    struct kratos_io io = {&peer, peer_open, peer_write, peer_read, peer_close, NULL, peer_now_ms, 0, false};
    struct kratos_config config = {.host = "localhost", .port = 1};
    struct kratos k;
    unsigned steps = 0;
    if (size < 3) {
        return 0;
    }
    config.work_size = KRATOS_WORK_MIN + 8u * data[1];
    config.work = malloc(config.work_size); /* exact, so that a sanitizer sees its ends */
    peer.piece = 1u + data[2];
    peer.p = data + 3;
    peer.n = size - 3;
    if (config.work == NULL || kratos_init(&k, &config, &io) != KRATOS_OK) {
        abort();
    }
    while (goes_on(&k, call(&k, data[0] % 8)) && data[0] % 8 >= 1 && data[0] % 8 <= 5) {
        if (++steps == STEPS_MAX) {
            abort();
        }
    }
    kratos_close(&k);
    free(config.work);
    return 0;
}
