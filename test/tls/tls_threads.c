/* SPDX-License-Identifier: Apache-2.0
 *
 * Several threads, each with a struct kratos of its own over TLS, against one server: creates COUNT identities, gets each,
 * and opens a new connection for every third. It prints what happened; threads_test.py judges.
 *
 *   tls_threads PORT ROOT_DER MEMORY THREADS COUNT
 *
 * MEMORY  heap    what Mbed TLS is built with: calloc and free of the C library
 *         shared  one arena with a lock
 *         alone   one arena without: whoever finds it taken tries again
 *         hold    the same, the first thread keeping its connection until another one was refused
 */
#include "kratos.h"
#include "kratos_mbedtls.h"
#include "kratos_posix.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8 };

struct worker {
    struct kratos_posix tcp;
    struct kratos_mbedtls tls;
    struct kratos k;
    unsigned char work[4096];
    pthread_t thread;
    unsigned number, done, failed, refused;
};

static struct worker workers[MOST];
static unsigned char root[8192];
static struct kratos_mbedtls_blob roots;
static struct kratos_mbedtls_config rules;
static uint16_t port;
static unsigned count;
static const char *memory;

static int now(void *arg, int64_t *s)
{
    (void)arg;
    *s = (int64_t)time(NULL);
    return 0;
}

/* ---- The lock, and whether it is used as it is said to be ---- */

static unsigned long locked;
static bool misused;

#ifdef KRATOS_MBEDTLS_HAS_ARENA
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool inside;

static void lock(void *arg)
{
    pthread_mutex_lock(arg);
    misused |= inside;
    inside = true;
    locked++;
}

static void unlock(void *arg)
{
    misused |= !inside;
    inside = false;
    pthread_mutex_unlock(arg);
}
#endif

/* ---- One thread ---- */

static void sleep_ms(long ms)
{
    struct timespec t = {0, ms * 1000000};

    nanosleep(&t, NULL);
}

static bool is_taken(struct worker *w, int rc)
{
    return rc == KRATOS_ERR_TLS && kratos_last_fault(&w->k)->native_error == KRATOS_MBEDTLS_ARENA_TAKEN &&
           kratos_last_fault(&w->k)->effect == KRATOS_NOT_SENT;
}

static int once(struct worker *w, unsigned i)
{
    struct kratos_identity who;
    char traits[64], id[KRATOS_ID_SIZE];

    snprintf(traits, sizeof traits, "{\"serial\":\"%ld-%u-%u\"}", (long)getpid(), w->number, i);
    const struct kratos_identity_body body = {.traits = {.text = traits}};
    int rc = kratos_create_identity(&w->k, &body, &who);
    if (rc != KRATOS_OK) {
        return rc;
    }
    memcpy(id, who.id, sizeof id);
    rc = kratos_get_identity(&w->k, id, NULL, &who);
    return rc == KRATOS_OK && strcmp(who.id, id) != 0 ? KRATOS_ERR_JSON : rc;
}

static void note(struct worker *w, int rc)
{
    const struct kratos_fault *fault = kratos_last_fault(&w->k);

    w->failed++;
    printf("thread %u: rc=%d (%s) native=%d\n", w->number, rc, kratos_strerror(rc), fault->native_error);
}

static void *run(void *arg)
{
    struct worker *w = arg;

    for (unsigned i = 0; i < count; i++) {
        int rc = once(w, i);
        for (; is_taken(w, rc) && w->refused < 10000; rc = once(w, i)) {
            w->refused++;
            sleep_ms(1);
        }
        if (rc == KRATOS_OK) {
            w->done++;
        } else {
            note(w, rc);
        }
        if (i % 3 == 2 || strcmp(memory, "alone") == 0) {
            kratos_close(&w->k);
        }
    }
    kratos_close(&w->k);
    return NULL;
}

/* Its second request passes too: the refusal was none of its business. */
static void hold(void)
{
    int first = once(&workers[0], 0), second = once(&workers[1], 0);
    bool refused = is_taken(&workers[1], second);
    int again = once(&workers[0], 1);

    kratos_close(&workers[0].k);
    int after = once(&workers[1], 1);
    kratos_close(&workers[1].k);
    printf("hold first=%d refused=%d again=%d after=%d\n", first, refused, again, after);
}

static int prepare(unsigned i)
{
    struct worker *w = &workers[i];
    const struct kratos_config config = {
        .host = "127.0.0.1",
        .port = port,
        .work = w->work,
        .work_size = sizeof w->work,
        .timeout_ms = 60000,
    };

    w->number = i;
    return kratos_init(&w->k, &config, kratos_mbedtls_io(&w->tls, kratos_posix_io(&w->tcp), &rules));
}

static bool take_memory(void)
{
#ifdef KRATOS_MBEDTLS_HAS_ARENA
    static uint64_t arena[512 * 1024 / 8];

    if (strcmp(memory, "shared") == 0) {
        return kratos_mbedtls_shared_arena(arena, sizeof arena, lock, unlock, &mutex) == KRATOS_OK;
    }
    if (strcmp(memory, "heap") != 0) {
        kratos_mbedtls_arena(arena, sizeof arena);
    }
    return true;
#else
    return strcmp(memory, "heap") == 0;
#endif
}

static void run_all(unsigned threads)
{
    for (unsigned i = 0; i < threads; i++) {
        pthread_create(&workers[i].thread, NULL, run, &workers[i]);
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        printf("thread %u: done=%u failed=%u refused=%u\n", i, workers[i].done, workers[i].failed, workers[i].refused);
    }
}

int main(int argc, char **argv)
{
    FILE *f = argc == 6 ? fopen(argv[2], "rb") : NULL;
    unsigned threads = argc == 6 ? (unsigned)atoi(argv[4]) : 0;

    if (f == NULL || threads < 1 || threads > MOST) {
        fputs("usage: tls_threads PORT ROOT_DER heap|shared|alone|hold THREADS COUNT\n", stderr);
        return 2;
    }
    roots.p = root;
    roots.n = fread(root, 1, sizeof root, f);
    fclose(f);
    rules.roots = &roots;
    rules.root_count = 1;
    rules.now = now;
    port = (uint16_t)atoi(argv[1]);
    memory = argv[3];
    count = (unsigned)atoi(argv[5]);
    if (!take_memory()) {
        puts("no memory is taken");
        return 3;
    }
    for (unsigned i = 0; i < threads; i++) {
        if (prepare(i) != KRATOS_OK) {
            return 2;
        }
    }
    if (strcmp(memory, "hold") == 0) {
        hold();
    } else {
        run_all(threads);
    }
    printf("locked=%lu misused=%d used=%zu failures=%u\n", locked, misused, kratos_mbedtls_arena_used(),
           (unsigned)kratos_mbedtls_arena_failures());
    return 0;
}
