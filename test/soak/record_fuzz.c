/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer target: the input is what a device's store holds, and the bytes that a server sends after that. A record that is
 * damaged, of a later release or of another device must be told as such and be the end of it: not one byte is sent, nothing is
 * stored. Any other goes on as it likes, but what a request carries was stored before, and all that is stored is sound. What
 * kind of record it is is judged here anew. It must never know what a right reply is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crc_by_table.h"
#include "kratos_provision.h"

#define SIZE KRATOS_RECORD_SIZE
#define HEAD 3
#define STEPS_MAX 80
#define COMMANDS_MAX 3

/* The first byte of an input. Each later one of the first three makes the record better. */
enum { SEALED = 1, OURS = 2, BOUND = 4, ROOT = 8, BARE = 16, SLOW = 32, COMMANDED = 64, REALISTIC = 128 };

/* What a load is to say, by the second byte; above: KRATOS_OK. */
static const int load_results[] = {KRATOS_END, KRATOS_ERR_STORE};

static struct {
    struct kratos_provision p;
    unsigned char stored[SIZE];
    int load_result;
    bool slow, root;
    unsigned calls, saves;
    const uint8_t *reply;
    size_t n, piece; /* left of the reply; largest read */
    uint32_t now_ms;
    unsigned long written;
} world;

/* ---- The record, judged anew ----------------------------------------------------------------------- */

static bool is_sealed(const unsigned char *p)
{
    uint32_t check;
    memcpy(&check, p + SIZE - sizeof check, sizeof check);
    return check == crc_of(p, SIZE - sizeof check);
}

/* What the layer itself stores. */
static bool is_sound(const unsigned char *p)
{
    struct kratos_record r;
    memcpy(&r, p, sizeof r);
    return is_sealed(p) && r.version == 1 && r.state > KRATOS_PROVISION_EMPTY && r.state < KRATOS_PROVISION_FOREIGN &&
           r.id[sizeof r.id - 1] == '\0';
}

static void seal(unsigned char *p)
{
    uint32_t check = crc_of(p, SIZE - sizeof check);
    memcpy(p + SIZE - sizeof check, &check, sizeof check);
}

/* ---- What the layer is given ----------------------------------------------------------------------- */

static int store_load(void *ctx, void *p, size_t size)
{
    (void)ctx;
    if (size != SIZE) {
        abort();
    }
    if (world.slow && world.calls++ % 2 == 0) {
        return KRATOS_AGAIN;
    }
    memcpy(p, world.stored, size);
    return world.load_result;
}

static int store_save(void *ctx, const void *p, size_t size)
{
    (void)ctx;
    if (size != SIZE || !is_sound(p)) {
        abort();
    }
    if (world.slow && world.calls++ % 2 == 0) {
        return KRATOS_AGAIN;
    }
    memcpy(world.stored, p, size);
    world.load_result = KRATOS_OK;
    world.saves++;
    return KRATOS_OK;
}

static int make_random(void *ctx, void *p, size_t n)
{
    (void)ctx;
    memset(p, 0x5A, n);
    return 0;
}

/* No HMAC; but it depends on all that goes in. */
static int make_mac(void *ctx, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    uint32_t mix = crc_of(p, n) ^ (key != NULL ? crc_of(key, key_size) : 0x12345678u);
    unsigned i;
    (void)ctx;
    for (i = 0; i < 32; i++) {
        mac[i] = (unsigned char)(mix >> i % 4 * 8);
    }
    return 0;
}

static int peer_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    return 1;
}

/* What may be lost was stored before a byte of it goes out. With a root secret the credentials can be made again. */
static int peer_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    const struct kratos_record *now = &world.p.record;
    struct kratos_record stored;
    (void)ctx;
    (void)p;
    (void)wait_ms;
    memcpy(&stored, world.stored, sizeof stored);
    if (stored.state != now->state || stored.binding != now->binding || stored.generation != now->generation ||
        memcmp(stored.owner, now->owner, sizeof stored.owner) != 0) {
        abort();
    }
    if (!world.root && (memcmp(stored.credential, now->credential, sizeof stored.credential) != 0 ||
                        memcmp(stored.next, now->next, sizeof stored.next) != 0)) {
        abort();
    }
    world.written += n;
    return (int)n;
}

static int peer_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    size_t most = world.piece < n ? world.piece : n;
    (void)ctx;
    world.now_ms++;
    if (wait_ms == 0) {
        return 0;
    }
    if (world.n == 0) {
        return KRATOS_ERR_CLOSED;
    }
    most = most < world.n ? most : world.n;
    memcpy(p, world.reply, most);
    world.reply += most;
    world.n -= most;
    return (int)most;
}

static void peer_close(void *ctx)
{
    (void)ctx;
}

static uint32_t peer_now_ms(void *ctx)
{
    (void)ctx;
    return world.now_ms;
}

/* ---- One input ------------------------------------------------------------------------------------- */

static const struct kratos_store store = {NULL, store_load, store_save};
static const struct kratos_io io = {
    .open = peer_open, .write = peer_write, .read = peer_read, .close = peer_close, .now_ms = peer_now_ms};

/* The layer alone knows how serial, realm and chip are bound: its own first record tells. */
static uint32_t our_binding(const struct kratos_provision_config *config, struct kratos *k)
{
    struct kratos_record r;
    uint32_t wait_ms;
    world.load_result = KRATOS_END;
    if (kratos_provision_init(&world.p, config, k) != KRATOS_OK ||
        kratos_provision_step(&world.p, &wait_ms) != KRATOS_AGAIN ||
        kratos_provision_step(&world.p, &wait_ms) != KRATOS_AGAIN || world.saves != 1) {
        abort();
    }
    memcpy(&r, world.stored, sizeof r);
    return r.binding;
}

/* The state that the load must end in; KRATOS_PROVISION_EMPTY: any other. */
static enum kratos_provision_state judge(uint32_t binding)
{
    struct kratos_record r;
    memcpy(&r, world.stored, sizeof r);
    if (world.load_result == KRATOS_ERR_STORE) {
        return KRATOS_PROVISION_DAMAGED;
    }
    if (world.load_result == KRATOS_END) {
        return KRATOS_PROVISION_EMPTY;
    }
    if (!is_sealed(world.stored) || (r.version <= 1 && !is_sound(world.stored))) {
        return KRATOS_PROVISION_DAMAGED;
    }
    if (r.version > 1) {
        return KRATOS_PROVISION_NEWER;
    }
    return r.binding != binding ? KRATOS_PROVISION_FOREIGN : KRATOS_PROVISION_EMPTY;
}

static int step(void)
{
    uint32_t wait_ms;
    int rc = kratos_provision_step(&world.p, &wait_ms);
    enum kratos_provision_state state = kratos_provision_state(&world.p);
    if ((rc == KRATOS_OK && state != KRATOS_PROVISION_DONE) || rc == KRATOS_END ||
        (rc == KRATOS_ERR_STOPPED && state < KRATOS_PROVISION_TAKEN)) {
        abort();
    }
    world.now_ms += wait_ms;
    return rc;
}

/* Of what is no record of ours nothing comes, however often it is asked. */
static void check_refusal(enum kratos_provision_state wanted)
{
    unsigned i;
    for (i = 0; i < 4; i++) {
        int rc = step();
        if (world.slow && i % 2 == 0 && rc == KRATOS_AGAIN) {
            continue;
        }
        if (kratos_provision_state(&world.p) != wanted || world.written != 0 || world.saves != 0 ||
            rc != (wanted == KRATOS_PROVISION_DAMAGED ? KRATOS_ERR_STORE : KRATOS_ERR_STOPPED)) {
            abort();
        }
    }
}

static void run(unsigned commands)
{
    static const enum kratos_provision_command all[] = {KRATOS_PROVISION_VERIFY, KRATOS_PROVISION_ROTATE,
                                                        KRATOS_PROVISION_CLAIM, KRATOS_PROVISION_RETIRE,
                                                        KRATOS_PROVISION_RESTART};
    char credential[KRATOS_CREDENTIAL_SIZE];
    unsigned steps, given = 0;
    for (steps = 0; steps < STEPS_MAX; steps++) {
        int rc = step();
        (void)kratos_provision_text(kratos_provision_state(&world.p));
        (void)kratos_provision_credential(&world.p, 1, credential);
        if (rc == KRATOS_OK || rc == KRATOS_ERR_STOPPED || rc == KRATOS_ERR_STORE) {
            if (given++ == COMMANDS_MAX) {
                return;
            }
            (void)kratos_provision_command(&world.p, all[commands % 5]);
            commands /= 5;
        }
    }
}

static void arrange(const uint8_t *data, uint32_t binding)
{
    struct kratos_record r;
    memcpy(&r, data + HEAD, sizeof r);
    r.version = (data[0] & OURS) != 0 ? 1 : r.version;
    r.binding = (data[0] & BOUND) != 0 ? binding : r.binding;
    if ((data[0] & REALISTIC) != 0) {
        r.state = (uint8_t)(r.state % KRATOS_PROVISION_FOREIGN);
        r.id[sizeof r.id - 1] = '\0';
    }
    memcpy(world.stored, &r, sizeof r);
    if ((data[0] & SEALED) != 0) {
        seal(world.stored);
    }
    world.load_result = data[1] < sizeof load_results / sizeof *load_results ? load_results[data[1]] : KRATOS_OK;
    world.slow = (data[0] & SLOW) != 0;
    world.root = (data[0] & ROOT) != 0 && (data[0] & BARE) == 0;
    world.saves = 0;
    world.written = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char chip[] = "\1\2\3\4";
    struct kratos_crypto crypto = {NULL, make_random, make_mac, false};
    struct kratos_provision_config config = {
        .serial = "sn-1", .realm = "r", .chip = chip, .chip_size = 4, .traits = {.text = "{\"serial\":\"sn-1\"}"}};
    struct kratos_config where = {.host = "localhost", .port = 1, .work_size = 1024};
    struct kratos k;
    enum kratos_provision_state wanted;
    uint32_t binding;
    if (size < HEAD + SIZE) {
        return 0;
    }
    memset(&world, 0, sizeof world);
    crypto.root = (data[0] & (ROOT | BARE)) == ROOT;
    crypto.hmac = (data[0] & BARE) != 0 ? NULL : make_mac;
    config.external_id = (data[0] & BARE) != 0 ? "ext-1" : NULL;
    config.store = &store;
    config.crypto = &crypto;
    where.work = malloc(where.work_size);
    if (where.work == NULL || kratos_init(&k, &where, &io) != KRATOS_OK) {
        abort();
    }
    binding = our_binding(&config, &k);
    arrange(data, binding);
    world.reply = data + HEAD + SIZE;
    world.n = size - HEAD - SIZE;
    world.piece = 1u + data[2];
    wanted = judge(binding);
    if (kratos_provision_init(&world.p, &config, &k) != KRATOS_OK) {
        abort();
    }
    if (wanted != KRATOS_PROVISION_EMPTY) {
        check_refusal(wanted);
    }
    if (wanted == KRATOS_PROVISION_EMPTY || (data[0] & COMMANDED) != 0) {
        run(data[2]);
    }
    kratos_close(&k);
    free(where.work);
    return 0;
}
