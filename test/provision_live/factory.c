/* SPDX-License-Identifier: Apache-2.0
 *
 * A factory: the records of many boards are made by one host, in batches; what a batch does not do is done board by board. It
 * must never know which release the server is but for what it is told, nor what another one has done there.
 *
 *   factory PORT FOLDER TAG COUNT [external] [verify]
 *
 * Board i has the serial TAG-i and the record FOLDER/TAG-i. Prints "SERIAL STATE ID CREDENTIAL" of each, and last "batch N",
 * how many came by it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto_posix.h"
#include "kratos_file_store.h"
#include "kratos_posix.h"
#include "kratos_provision.h"

#define BOARDS_MAX 1000
#define TEXT 200

struct board {
    char serial[TEXT], path[TEXT];
    struct kratos_file_store file;
    struct kratos_provision_config config;
    struct kratos_provision p;
};

static struct board boards[BOARDS_MAX];
static char work[4096];

static void write_traits(struct kratos_out *out, const void *serial)
{
    kratos_out_object(out);
    kratos_out_key(out, "serial");
    kratos_out_str(out, serial);
    kratos_out_close(out);
}

static int set_up(struct board *b, const char *folder, const char *tag, size_t i, bool external, struct kratos *k)
{
    static const struct kratos_retry retry = {0, 10, 300};
    snprintf(b->serial, sizeof b->serial, "%s-%lu", tag, (unsigned long)i);
    snprintf(b->path, sizeof b->path, "%s/%s", folder, b->serial);
    b->config.serial = b->serial;
    b->config.realm = "provision-live";
    b->config.external_id = external ? b->serial : NULL;
    b->config.traits.write = write_traits;
    b->config.traits.arg = b->serial;
    b->config.store = kratos_file_store_init(&b->file, b->path);
    b->config.crypto = crypto_posix(NULL);
    b->config.retry = &retry;
    return kratos_provision_init(&b->p, &b->config, k);
}

static int body_of(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)arg;
    kratos_provision_body(&boards[i].p, &row->create);
    return 0;
}

static void say(const char *what, int rc, const struct kratos *k)
{
    const struct kratos_fault *f = kratos_last_fault(k);
    fprintf(stderr, "%s: %s, HTTP %d, %s, %s\n", what, kratos_strerror(rc), f->http_status, f->reason.p, f->message.p);
}

/* How many came by it. */
static unsigned make_all(struct kratos *k, size_t count, bool verify)
{
    struct kratos_batch batch;
    struct kratos_batch_result row;
    unsigned made = 0;
    int rc;
    memset(&batch, 0, sizeof batch);
    batch.row_count = count;
    batch.row = body_of;
    while ((rc = kratos_batch_patch_identities(k, &batch, &row)) == KRATOS_OK) {
        if (row.rc == KRATOS_OK && kratos_provision_created(&boards[row.row].p, row.identity.p, verify) == KRATOS_OK) {
            made++;
        }
    }
    if (rc != KRATOS_END) {
        say("batch", rc, k);
    }
    return made;
}

static void sleep_ms(uint32_t ms)
{
    struct timespec t;
    t.tv_sec = (time_t)(ms / 1000);
    t.tv_nsec = (long)(ms % 1000) * 1000000;
    nanosleep(&t, NULL);
}

static void settle(struct board *b, struct kratos *k)
{
    uint32_t wait_ms;
    int rc, tries = 20;
    do {
        rc = kratos_provision_step(&b->p, &wait_ms);
        sleep_ms(wait_ms);
        tries -= rc != KRATOS_AGAIN;
    } while (rc != KRATOS_OK && rc != KRATOS_ERR_STOPPED && tries > 0);
    if (rc != KRATOS_OK && rc != KRATOS_ERR_STOPPED) {
        say(b->serial, rc, k);
    }
}

static bool has(int count, char **texts, const char *word)
{
    int i;
    for (i = 5; i < count; i++) {
        if (strcmp(texts[i], word) == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct kratos_config config;
    static struct kratos_posix tcp;
    struct kratos k;
    size_t i, count = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    unsigned made;
    memset(&config, 0, sizeof config);
    config.host = "127.0.0.1";
    config.port = (uint16_t)(argc > 1 ? atoi(argv[1]) : 0);
    config.work = work;
    config.work_size = sizeof work;
    if (count == 0 || count > BOARDS_MAX || kratos_init(&k, &config, kratos_posix_io(&tcp)) != KRATOS_OK) {
        fprintf(stderr, "factory PORT FOLDER TAG COUNT [external] [verify]\n");
        return 2;
    }
    for (i = 0; i < count; i++) {
        if (set_up(&boards[i], argv[2], argv[3], i, has(argc, argv, "external"), &k) != KRATOS_OK ||
            kratos_provision_begin(&boards[i].p) != KRATOS_OK) {
            fprintf(stderr, "board %lu could not begin\n", (unsigned long)i);
            return 1;
        }
    }
    made = make_all(&k, count, has(argc, argv, "verify"));
    for (i = 0; i < count; i++) {
        struct kratos_provision *p = &boards[i].p;
        char credential[KRATOS_CREDENTIAL_SIZE] = "-";
        settle(&boards[i], &k);
        kratos_provision_credential(p, 0, credential);
        printf("%s %d %s %s\n", boards[i].serial, (int)kratos_provision_state(p),
               *kratos_provision_id(p) != '\0' ? kratos_provision_id(p) : "-", credential);
    }
    printf("batch %u\n", made);
    kratos_close(&k);
    return 0;
}
