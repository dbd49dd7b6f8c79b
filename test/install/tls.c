/* SPDX-License-Identifier: Apache-2.0
 *
 * A product that creates an identity over TLS: `tls PORT CA`, where PORT is that of the admin listener and CA a file
 * with its root in DER. The memory of Mbed TLS is an arena where it can be, and its clock the host's.
 */
#include "kratos_mbedtls.h"
#include "kratos_posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int clock_s(void *arg, int64_t *s)
{
    (void)arg;
    *s = (int64_t)time(NULL);
    return 0;
}

static size_t read_file(const char *path, unsigned char *p, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t n = 0;
    if (file != NULL) {
        n = fread(p, 1, size, file);
        fclose(file);
    }
    return n;
}

int main(int argc, char **argv)
{
    static unsigned char work[3072], ca[2048];
    static struct kratos_posix tcp;
    static struct kratos_mbedtls tls;
    const struct kratos_config config = {.host = "127.0.0.1",
                                         .port = (uint16_t)(argc > 2 ? atoi(argv[1]) : 0),
                                         .work = work,
                                         .work_size = sizeof work,
                                         .timeout_ms = 10000};
    const struct kratos_identity_body device = {.traits = {.text = "{\"serial\":\"sn-0001\"}"}};
    struct kratos_mbedtls_blob root = {ca, argc > 2 ? read_file(argv[2], ca, sizeof ca) : 0};
    struct kratos_mbedtls_config trust = {.roots = &root, .root_count = 1, .now = clock_s};
    struct kratos_identity who;
    struct kratos k;
    int rc;

#ifdef KRATOS_MBEDTLS_HAS_ARENA
    static unsigned char arena[65536];
    kratos_mbedtls_arena(arena, sizeof arena);
#endif
    rc = kratos_init(&k, &config, kratos_mbedtls_io(&tls, kratos_posix_io(&tcp), &trust));
    if (rc == KRATOS_OK) {
        rc = kratos_create_identity(&k, &device, &who);
    }
    if (rc == KRATOS_OK) {
        printf("%s, traits %.*s over %s\n", who.id, (int)who.traits.n, who.traits.p, kratos_mbedtls_version(&tls));
    } else {
        printf("%s (%d)\n", kratos_strerror(rc), kratos_last_fault(&k)->native_error);
    }
    kratos_close(&k);
    return rc == KRATOS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
