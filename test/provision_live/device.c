/* SPDX-License-Identifier: Apache-2.0
 *
 * One boot of one device: what its record and its command ask for, over a real network, until the layer has nothing left to
 * do. It may be killed at any moment and started again with the same words. It must never know of the faults in its way, nor
 * keep anything but its record.
 *
 *   device PORT SERIAL RECORD [external] [rotate | verify | claim | retire]
 *
 * Prints "STATE ID CREDENTIAL" as the very last thing. Exits with 0 where the command is fulfilled, 1 where the state is one
 * that a person must look at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto_posix.h"
#include "kratos_file_store.h"
#include "kratos_posix.h"
#include "kratos_provision.h"

#define LIFE_SECONDS 200 /* it ends by itself, should nobody wait for it any more */
#define TIMEOUT_MS 20000 /* a look-up by serial takes seconds where SQLite is asked by eight at a time */
#define NONE (-1)

struct words {
    const char *serial, *record;
    uint16_t port;
    bool external;
    int command; /* an enum kratos_provision_command, or NONE */
};

struct device {
    struct kratos_posix tcp;
    struct kratos_file_store file;
    struct kratos_config network;
    struct kratos_provision_config config;
    struct kratos k;
    struct kratos_provision p;
    char work[1024]; /* what kratos_provision.h calls usual */
};

/* ---- What the layer cannot have ------------------------------------------------------------------------ */

/* A run is to see many tries in little time, and requests that overtake each other. */
static const struct kratos_retry retry = {0, 10, 300};

static void write_traits(struct kratos_out *out, const void *serial)
{
    kratos_out_object(out);
    kratos_out_key(out, "serial");
    kratos_out_str(out, serial);
    kratos_out_close(out);
}

/* ---- One boot --------------------------------------------------------------------------------------------- */

static int command_of(const char *word)
{
    static const struct {
        const char *word;
        int command;
    } known[] = {{"rotate", KRATOS_PROVISION_ROTATE},
                 {"verify", KRATOS_PROVISION_VERIFY},
                 {"claim", KRATOS_PROVISION_CLAIM},
                 {"retire", KRATOS_PROVISION_RETIRE}};
    size_t i;
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(word, known[i].word) == 0) {
            return known[i].command;
        }
    }
    return NONE;
}

static bool read_words(struct words *w, int count, char **texts)
{
    int i;
    memset(w, 0, sizeof *w);
    w->command = NONE;
    if (count < 4) {
        return false;
    }
    w->port = (uint16_t)atoi(texts[1]);
    w->serial = texts[2];
    w->record = texts[3];
    for (i = 4; i < count; i++) {
        if (strcmp(texts[i], "external") == 0) {
            w->external = true;
        } else if ((w->command = command_of(texts[i])) == NONE) {
            return false;
        }
    }
    return true;
}

static int boot(struct device *d, const struct words *w)
{
    int rc;
    d->network.host = "127.0.0.1";
    d->network.port = w->port;
    d->network.timeout_ms = TIMEOUT_MS;
    d->network.work = d->work;
    d->network.work_size = sizeof d->work;
    d->config.serial = w->serial;
    d->config.realm = "provision-live";
    d->config.external_id = w->external ? w->serial : NULL;
    d->config.traits.write = write_traits;
    d->config.traits.arg = w->serial;
    d->config.store = kratos_file_store_init(&d->file, w->record);
    d->config.crypto = crypto_posix(NULL);
    d->config.retry = &retry;
    rc = kratos_init(&d->k, &d->network, kratos_posix_io(&d->tcp));
    return rc == KRATOS_OK ? kratos_provision_init(&d->p, &d->config, &d->k) : rc;
}

static void sleep_ms(uint32_t ms)
{
    struct timespec t;
    t.tv_sec = (time_t)(ms / 1000);
    t.tv_nsec = (long)(ms % 1000) * 1000000;
    nanosleep(&t, NULL);
}

/* Why it could not go on: seen only where it ends badly. */
static void tell(const struct device *d, int rc)
{
    const struct kratos_fault *f = kratos_last_fault(&d->k);
    fprintf(stderr, "%s: %s, HTTP %d, %s, %s\n", kratos_provision_text(kratos_provision_state(&d->p)),
            kratos_strerror(rc), f->http_status, f->reason.p, f->message.p);
}

/* Until nothing is left to do. An error is waited for and tried again: a proxy's may pass. */
static int settle(struct device *d)
{
    for (;;) {
        uint32_t wait_ms;
        int rc = kratos_provision_step(&d->p, &wait_ms);
        if (rc == KRATOS_OK || rc == KRATOS_ERR_STOPPED) {
            return rc;
        }
        if (rc != KRATOS_AGAIN) {
            tell(d, rc);
        }
        sleep_ms(wait_ms);
    }
}

/* Whether the command is still to be given: an earlier life may have begun, or done, what it asks for. */
static bool is_due(int command, enum kratos_provision_state at_boot, enum kratos_provision_state now)
{
    switch (command) {
    case KRATOS_PROVISION_ROTATE:
        return now == KRATOS_PROVISION_DONE && at_boot != KRATOS_PROVISION_ROTATING;
    case KRATOS_PROVISION_CLAIM:
        return now == KRATOS_PROVISION_TAKEN;
    case KRATOS_PROVISION_VERIFY:
    case KRATOS_PROVISION_RETIRE:
        return now == KRATOS_PROVISION_DONE;
    default:
        return false;
    }
}

static enum kratos_provision_state live(struct device *d, int command)
{
    enum kratos_provision_state at_boot;
    uint32_t wait_ms;
    int rc = kratos_provision_step(&d->p, &wait_ms); /* loads */
    at_boot = kratos_provision_state(&d->p);
    if (rc == KRATOS_AGAIN) {
        settle(d);
    }
    if (is_due(command, at_boot, kratos_provision_state(&d->p))) {
        rc = kratos_provision_command(&d->p, (enum kratos_provision_command)command);
        if (rc != KRATOS_OK) {
            tell(d, rc);
        }
        settle(d);
    }
    return kratos_provision_state(&d->p);
}

int main(int count, char **texts)
{
    static struct device d;
    struct words w;
    char credential[KRATOS_CREDENTIAL_SIZE] = "-";
    enum kratos_provision_state state, wanted;
    if (!read_words(&w, count, texts) || boot(&d, &w) != KRATOS_OK) {
        fprintf(stderr, "device PORT SERIAL RECORD [external] [rotate | verify | claim | retire]\n");
        return 2;
    }
    alarm(LIFE_SECONDS);
    state = live(&d, w.command);
    kratos_close(&d.k);
    kratos_provision_credential(&d.p, 0, credential);
    printf("%d %s %s\n", (int)state, kratos_provision_id(&d.p)[0] != '\0' ? kratos_provision_id(&d.p) : "-",
           credential);
    wanted = w.command == KRATOS_PROVISION_RETIRE ? KRATOS_PROVISION_RETIRED : KRATOS_PROVISION_DONE;
    return state == wanted ? 0 : 1;
}
