/* SPDX-License-Identifier: Apache-2.0
 *
 * The library without a network, for what is counted: its instructions under callgrind, and the work buffer it needs.
 *
 *   inmemory create COUNT    creates
 *   inmemory list COUNT      a list of that many minimal identities
 *   inmemory work            one line a task: its name TAB the smallest work_size that does
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "memory.h"

enum { WORK_MAX = 3072, PATIENCE_S = 2 };

static unsigned char work[WORK_MAX];

/* ---- What is done ---------------------------------------------------------------------------- */

struct task {
    const char *name;
    enum sample sample;
    uint32_t list_count; /* 0: create, and get what was created */
    uint32_t scan_count; /* a shorter list, with which all sizes are tried */
};

static bool is_whole(const struct kratos_identity *who, enum sample sample, uint32_t number)
{
    static char text[SAMPLE_SIZE], id[KRATOS_ID_SIZE];
    kratos_json identity = {text, 0}, traits, metadata;
    identity.n = sample_identity(sample, number, text);
    sample_id(sample, number, id);
    return strcmp(who->id, id) == 0 && kratos_json_get(identity, "traits", &traits) && who->traits.n == traits.n &&
           memcmp(who->traits.p, traits.p, traits.n) == 0 && kratos_json_get(identity, "metadata_public", &metadata) &&
           (sample == SAMPLE_MINIMAL ||
            (who->metadata_public.n == metadata.n && memcmp(who->metadata_public.p, metadata.p, metadata.n) == 0));
}

static bool list_all(struct kratos *k, enum sample sample, uint32_t count)
{
    static const struct kratos_list_identities_params all = {0};
    struct kratos_identity who;
    uint32_t n = 0;
    int rc;
    while ((rc = kratos_list_identities(k, &all, &who)) == KRATOS_OK) {
        if (!is_whole(&who, sample, n)) {
            return false;
        }
        n++;
    }
    return rc == KRATOS_END && n == count;
}

static bool create_and_get(struct kratos *k, enum sample sample)
{
    struct kratos_identity who;
    char id[KRATOS_ID_SIZE];
    sample_id(sample, 0, id);
    return kratos_create_identity(k, &sample_body, &who) == KRATOS_OK && is_whole(&who, sample, 0) &&
           kratos_get_identity(k, id, NULL, &who) == KRATOS_OK && is_whole(&who, sample, 0);
}

/* ---- The work buffer ------------------------------------------------------------------------- */

static sigjmp_buf too_long;

static void interrupt(int signal_number)
{
    (void)signal_number;
    siglongjmp(too_long, 1);
}

/* Whether the task passes with the bytes that arrive all at once, and one by one. */
static bool attempt(const struct task *task, uint32_t list_count, size_t work_size)
{
    const struct kratos_config config = {.host = "127.0.0.1", .port = 4434, .work = work, .work_size = work_size};
    struct memory server;
    struct kratos k;
    int bytewise;
    for (bytewise = 0; bytewise < 2; bytewise++) {
        const struct kratos_io *io = memory_io(&server, task->sample, list_count);
        server.bytewise = bytewise != 0;
        server.page_size = list_count < 250 ? 2 : 250;
        memset(work, 0xA5, sizeof work);
        if (kratos_init(&k, &config, io) != KRATOS_OK ||
            !(list_count != 0 ? list_all(&k, task->sample, list_count) : create_and_get(&k, task->sample))) {
            return false;
        }
    }
    return true;
}

/* The same; what takes PATIENCE_S of the processor's time does not pass, and is told. */
static bool passes(const struct task *task, uint32_t list_count, size_t work_size)
{
    static const struct itimerval patience = {.it_value = {.tv_sec = PATIENCE_S}}, off = {0};
    volatile bool good = false;
    signal(SIGVTALRM, interrupt);
    if (sigsetjmp(too_long, 1) == 0) {
        setitimer(ITIMER_VIRTUAL, &patience, NULL);
        good = attempt(task, list_count, work_size);
    } else {
        fprintf(stderr, "inmemory: never ends with work_size %u: %s\n", (unsigned)work_size, task->name);
    }
    setitimer(ITIMER_VIRTUAL, &off, NULL);
    return good;
}

/* The smallest size with which, and with every larger one, the task passes. 0: not even WORK_MAX does. */
static size_t smallest_work(const struct task *task)
{
    size_t size = WORK_MAX;
    while (size > 0 && passes(task, task->scan_count, size)) {
        size--;
    }
    for (size++; size <= WORK_MAX && task->list_count != 0 && !passes(task, task->list_count, size); size++) {
    }
    return size <= WORK_MAX ? size : 0;
}

static void find_work_sizes(void)
{
    static const struct task tasks[] = {
        {"create and get, identity of 1.3 KB", SAMPLE_RECORDED, 0, 0},
        {"create and get, identity of 1.6 KB with 100 numbers", SAMPLE_NUMBERS, 0, 0},
        {"list of 1,000 identities of 1.3 KB", SAMPLE_RECORDED, 1000, 5},
        {"list of 1,000 identities of 1.6 KB with 100 numbers", SAMPLE_NUMBERS, 1000, 5},
    };
    size_t i;
    for (i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        printf("%s\t%u\n", tasks[i].name, (unsigned)smallest_work(&tasks[i]));
    }
}

/* ---- Instructions ---------------------------------------------------------------------------- */

static bool create_many(struct kratos *k, uint32_t count)
{
    struct kratos_identity who;
    while (count > 0 && kratos_create_identity(k, &sample_body, &who) == KRATOS_OK) {
        count--;
    }
    return count == 0;
}

static bool list_many(struct kratos *k, uint32_t count)
{
    static const struct kratos_list_identities_params all = {.page_size = 250};
    struct kratos_identity who;
    uint32_t n = 0;
    int rc;
    while ((rc = kratos_list_identities(k, &all, &who)) == KRATOS_OK) {
        n++;
    }
    return rc == KRATOS_END && n == count;
}

int main(int argc, char **argv)
{
    static const struct kratos_config config = {.host = "127.0.0.1", .port = 4434, .work = work, .work_size = 3072};
    static struct memory server;
    static struct kratos k;
    uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    bool good = false;
    if (argc == 2 && strcmp(argv[1], "work") == 0) {
        find_work_sizes();
        return EXIT_SUCCESS;
    }
    if (argc == 3 && strcmp(argv[1], "create") == 0) {
        kratos_init(&k, &config, memory_io(&server, SAMPLE_ENLARGED, 0));
        good = create_many(&k, count);
    } else if (argc == 3 && strcmp(argv[1], "list") == 0) {
        kratos_init(&k, &config, memory_io(&server, SAMPLE_MINIMAL, count));
        good = list_many(&k, count);
    } else {
        fprintf(stderr, "usage: inmemory create|list COUNT | inmemory work\n");
        return EXIT_FAILURE;
    }
    if (!good) {
        fprintf(stderr, "inmemory: %s failed: %s\n", argv[1], kratos_last_fault(&k)->reason.p);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
