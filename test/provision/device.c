/* SPDX-License-Identifier: Apache-2.0
 *
 * See device.h.
 */
#include "device.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "flash.h"
#include "hash.h"
#include "hmac.h"
#include "network.h"

#define STEPS_MAX 3000
#define REQUESTS_MAX 60
#define ERRORS_MAX 8
#define TIMEOUT_MS 1000

static struct device *const device = &world.device;
static jmp_buf power;

void world_power_cut(void)
{
    if (tracing) {
        printf("%7u -- power cut --\n", (unsigned)world.now);
    }
    longjmp(power, 1);
}

/* ---- What the layer needs ------------------------------------------------------------------------------ */

static int random_bytes(void *ctx, void *p, size_t n)
{
    unsigned char *to = p;
    (void)ctx;
    while (n-- != 0) {
        device->seed = device->seed * 1664525u + 1013904223u;
        *to++ = (unsigned char)(device->seed >> 24);
    }
    return KRATOS_OK;
}

static int hmac(void *ctx, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    (void)ctx;
    hmac_sha256(key != NULL ? key : device->root_secret, key != NULL ? key_size : sizeof device->root_secret, p, n,
                mac);
    return KRATOS_OK;
}

static void write_traits(struct kratos_out *out, const void *arg)
{
    (void)arg;
    kratos_out_object(out);
    kratos_out_key(out, "serial");
    kratos_out_str(out, device->serial);
    kratos_out_close(out);
}

static struct kratos_config config;
static struct kratos_crypto crypto = {NULL, random_bytes, hmac, false};
static struct kratos_provision_config provision;
static const struct kratos_io no_io = {NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, false};

static void configure(void)
{
    memset(&config, 0, sizeof config);
    config.host = "127.0.0.1";
    config.port = 4434;
    config.work = device->work;
    config.work_size = sizeof device->work;
    config.timeout_ms = TIMEOUT_MS;
    config.nonblocking = setting.mode == NONBLOCKING;
    crypto.root = device->root;
    crypto.hmac = device->no_password ? NULL : hmac;
    memset(&provision, 0, sizeof provision);
    provision.serial = device->serial;
    provision.realm = device->realm;
    provision.chip = device->chip;
    provision.chip_size = device->chip != NULL ? strlen(device->chip) : 0;
    provision.schema_id = "device";
    provision.external_id = device->external ? "ext-1" : NULL;
    provision.traits.write = write_traits;
    provision.store = &flash_store;
    provision.crypto = &crypto;
}

void device_power_on(void)
{
    configure();
    network_power_on();
    flash_power_on();
    memset(device->work, 0x5A, sizeof device->work);
    if (kratos_init(&device->k, &config, setting.mode == NO_PORT ? &no_io : &network_io) != KRATOS_OK ||
        kratos_provision_init(&device->p, &provision, &device->k) != KRATOS_OK) {
        fprintf(stderr, "device: the configuration is refused\n");
        abort();
    }
    device->verifying = false;
}

void device_new(void)
{
    memset(device, 0, sizeof *device);
    device->seed = 1;
    device->root = setting.root;
    device->external = setting.external;
    device->serial = "sn-0001";
    device->realm = "prod";
    device->chip = "chip-a";
    memset(device->root_secret, 'r', sizeof device->root_secret);
    flash_erase();
}

enum kratos_provision_state device_state(void)
{
    return kratos_provision_state(&device->p);
}

/* ---- The application -------------------------------------------------------------------------------------- */

static bool command(enum kratos_provision_command which)
{
    int rc = kratos_provision_command(&device->p, which);
    if (tracing) {
        static const char *const names[] = {"VERIFY", "ROTATE", "CLAIM", "RETIRE", "RESTART"};
        printf("%7u   command %s: %d\n", (unsigned)world.now, names[which], rc);
    }
    if (rc != KRATOS_OK) {
        world_broken("a command was refused");
    }
    world.network.asked = false;
    return rc == KRATOS_OK;
}

/* False: it has all that it wants. */
static bool want_more(int rc)
{
    struct goals *goals = &device->goals;
    enum kratos_provision_state state = device_state();
    if (rc == KRATOS_OK) {
        if (device->verifying) {
            device->verifying = false;
            device->verified = true;
        }
        if (goals->verify && !device->verified) {
            device->verifying = true; /* a power cut forgets it */
            return command(KRATOS_PROVISION_VERIFY);
        }
        if (device->p.record.generation < goals->generation) {
            return command(KRATOS_PROVISION_ROTATE);
        }
        return goals->retire && command(KRATOS_PROVISION_RETIRE);
    }
    if (rc == KRATOS_ERR_STOPPED) {
        if (goals->claim && state == KRATOS_PROVISION_TAKEN) {
            return command(KRATOS_PROVISION_CLAIM);
        }
        return (goals->restart >> state & 1u) != 0 && command(KRATOS_PROVISION_RESTART);
    }
    if (rc == KRATOS_ERR_STORE && state == KRATOS_PROVISION_DAMAGED && goals->restart >> state & 1u) {
        return command(KRATOS_PROVISION_RESTART);
    }
    return ++device->errors < ERRORS_MAX;
}

/* What was decided since the last look must be what Kratos itself said, whole. */
static void check_decision(void)
{
    const struct network *net = &world.network;
    const struct kratos_record *record = &device->p.record;
    if (kratos_busy(&device->k) || !net->asked) {
        return;
    }
    if ((net->answer != KRATOS_OWN || !net->whole) &&
        (record->state != net->asked_state || (record->flags ^ net->asked_flags) & 0xF8)) {
        world_broken(net->answer == STRANGERS ? "decided by a stranger's answer" : "decided without an answer");
    }
    world.network.asked = false;
}

static void pass(uint32_t ms)
{
    world.now += ms;
    device->waited_ms += ms;
}

/* Lets bytes move, or time pass. Where there is a clock, it comes back early. */
static void wait(uint32_t wait_ms)
{
    if (kratos_busy(&device->k)) {
        if (setting.mode != NO_PORT) {
            world.now += 2;
        } else if (!network_pump(&device->k)) {
            world.now += TIMEOUT_MS;
            kratos_lost(&device->k, KRATOS_ERR_TIMEOUT);
        }
    } else if (wait_ms != 0) {
        pass(setting.mode == NONBLOCKING ? wait_ms / 2 + 1 : wait_ms);
    }
}

static int run(void)
{
    int rc, before = -1;
    for (;;) {
        uint32_t wait_ms = 0;
        if (++device->steps > STEPS_MAX || world.network.requests > REQUESTS_MAX) {
            return ENDLESS;
        }
        if (choice_wants_state() && !kratos_busy(&device->k)) {
            choice_state(world_hash());
        }
        rc = kratos_provision_step(&device->p, &wait_ms);
        check_decision();
        if (tracing && (int)device_state() != before) {
            before = (int)device_state();
            printf("%7u   state %d, step %d\n", (unsigned)world.now, before, rc);
        }
        if (rc != KRATOS_AGAIN && !want_more(rc)) {
            return rc;
        }
        wait(rc == KRATOS_OK ? 0 : wait_ms);
    }
}

int device_run(void)
{
    device->steps = device->errors = 0;
    device->waited_ms = 0;
    world.network.requests = 0;
    if (setjmp(power) != 0) {
        pass(1000);
        device->p.running = false;
    }
    device_power_on();
    return run();
}

/* ---- Looking at it ------------------------------------------------------------------------------------------ */

bool device_opens(const char *hash)
{
    char credential[KRATOS_CREDENTIAL_SIZE];
    int which;
    for (which = 0; which < 2; which++) {
        if (kratos_provision_credential(&device->p, which, credential) == KRATOS_OK && hash_opens(hash, credential)) {
            return true;
        }
    }
    return false;
}

void device_name(char name[40], bool retired)
{
    const struct kratos_record *record = &device->p.record;
    size_t i;
    for (i = 0; i < sizeof record->owner; i++) {
        snprintf(name + 2 * i, 3, "%02x", record->owner[i]);
    }
    if (retired) {
        snprintf(name + 2 * i, 20, ".retired");
    } else {
        snprintf(name + 2 * i, 20, ".g%08x.", (unsigned)record->generation);
    }
}
