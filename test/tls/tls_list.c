/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole library over port/mbedtls over port/posix against one server: creates COUNT identities, gets the
 * last one, lists all, closes, lists again over a resumed session. It prints what happened; list_test.py
 * judges.
 *
 *   tls_list HOST PORT ROOT_DER CREATE_COUNT WORK_SIZE [NOTE]     NOTE: so many bytes more in the last one created
 */
#include "kratos.h"
#include "kratos_mbedtls.h"
#include "kratos_posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct kratos_posix tcp;
static struct kratos_mbedtls tls;
static struct kratos k;
static unsigned char root[8192], work[65536];
static uint64_t arena[64 * 1024 / 8];

static int now(void *arg, int64_t *s)
{
    (void)arg;
    *s = (int64_t)time(NULL);
    return 0;
}

#if defined(MBEDTLS_ENTROPY_HARDWARE_ALT)
static int fill(void *arg, unsigned char *p, size_t n)
{
    return fread(p, 1, n, arg) == n ? 0 : -1;
}
#endif

static int report(const char *what, int rc)
{
    const struct kratos_fault *fault = kratos_last_fault(&k);

    printf("%s rc=%d", what, rc);
    if (rc < 0) {
        printf(" (%s) status=%d effect=%d native=%d flags=%u reason=%s message=%s", kratos_strerror(rc),
               fault->http_status, fault->effect, fault->native_error, (unsigned)kratos_mbedtls_verify_flags(&tls),
               fault->reason.p, fault->message.p);
    }
    putchar('\n');
    return rc;
}

static int create(long count, int note, char *last)
{
    static struct kratos_identity who;
    static char traits[16384];
    int rc = KRATOS_OK;

    for (long i = 0; i < count && rc == KRATOS_OK; i++) {
        snprintf(traits, sizeof traits, "{\"serial\":\"tls-%ld-%ld-%ld\",\"note\":\"%0*d\"}", (long)time(NULL),
                 (long)getpid(), i, i == count - 1 ? note : 1, 0);
        struct kratos_identity_body body = {.schema_id = NULL, .traits = {.text = traits}};
        rc = kratos_create_identity(&k, &body, &who);
    }
    strcpy(last, who.id);
    return rc;
}

static int list(void)
{
    static const struct kratos_list_identities_params all = {.page_size = 0};
    static struct kratos_identity who;
    unsigned long count = 0, distinct = 0;
    char previous[KRATOS_ID_SIZE] = "";
    int rc;

    while ((rc = kratos_list_identities(&k, &all, &who)) == KRATOS_OK) {
        count++;
        distinct += strcmp(who.id, previous) != 0;
        strcpy(previous, who.id);
    }
    printf("listed=%lu distinct=%lu resumed=%d ", count, distinct, kratos_mbedtls_resumed(&tls));
    return report("list", rc);
}

static int run(long count, int note)
{
    char id[KRATOS_ID_SIZE] = "";
    int rc = report("create", create(count, note, id));

    printf("link %s %s\n", kratos_mbedtls_version(&tls), kratos_mbedtls_suite(&tls));
    if (rc == KRATOS_OK && count > 0) {
        rc = report("get", kratos_get_identity(&k, id, NULL, NULL));
    }
    if (rc == KRATOS_OK) {
        rc = list();
    }
    if (rc == KRATOS_END) {
        kratos_close(&k);
        rc = list();
    }
    return rc;
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fputs("usage: tls_list HOST PORT ROOT_DER CREATE_COUNT WORK_SIZE [NOTE]\n", stderr);
        return 2;
    }
    FILE *f = fopen(argv[3], "rb");
    if (f == NULL) {
        perror(argv[3]);
        return 2;
    }
    const struct kratos_mbedtls_blob roots = {root, fread(root, 1, sizeof root, f)};
    fclose(f);
    const struct kratos_mbedtls_config rules = {.roots = &roots, .root_count = 1, .now = now};
    const struct kratos_config config = {
        .host = argv[1],
        .port = (uint16_t)atoi(argv[2]),
        .bearer = "not-a-secret",
        .work = work,
        .work_size = strtoul(argv[5], NULL, 10),
    };
    kratos_mbedtls_arena(arena, sizeof arena);
#if defined(MBEDTLS_ENTROPY_HARDWARE_ALT)
    kratos_mbedtls_entropy(fill, fopen("/dev/urandom", "rb"));
#endif
    const struct kratos_io *io = kratos_mbedtls_io(&tls, kratos_posix_io(&tcp), &rules);
    int rc = report("init", kratos_init(&k, &config, io));
    if (rc == KRATOS_OK) {
        rc = run(atol(argv[4]), argc > 6 ? atoi(argv[6]) : 1);
    }
    kratos_close(&k);
    printf("reply_max=%zu arena=%zu failures=%u left=%zu\n", io->reply_max, kratos_mbedtls_arena_peak(),
           (unsigned)kratos_mbedtls_arena_failures(), kratos_mbedtls_arena_used());
    return rc != KRATOS_END;
}
