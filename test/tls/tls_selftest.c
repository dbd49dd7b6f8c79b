/* SPDX-License-Identifier: Apache-2.0
 *
 * The self-test that every port must pass (port/selftest), over port/mbedtls. tls_selftest.py is the other
 * end.
 *
 *   tls_selftest HOST PORT ROOT_DER
 */
#include "kratos_mbedtls.h"
#include "kratos_port_selftest.h"
#include "kratos_posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct kratos_posix tcp;
static struct kratos_mbedtls tls;
static unsigned char root[8192];
static unsigned passed, failed;

static int now(void *arg, int64_t *s)
{
    (void)arg;
    *s = (int64_t)time(NULL);
    return 0;
}

static void report(void *arg, const char *name, bool good)
{
    (void)arg;
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAILED %s\n", name);
    }
}

int main(int argc, char **argv)
{
    FILE *f = argc == 4 ? fopen(argv[3], "rb") : NULL;

    if (f == NULL) {
        fputs("usage: tls_selftest HOST PORT ROOT_DER\n", stderr);
        return 2;
    }
    const struct kratos_mbedtls_blob roots = {root, fread(root, 1, sizeof root, f)};
    fclose(f);
    const struct kratos_mbedtls_config rules = {.roots = &roots, .root_count = 1, .now = now};
    const struct kratos_io *io = kratos_mbedtls_io(&tls, kratos_posix_io(&tcp), &rules);
    kratos_port_selftest(io, argv[1], (uint16_t)atoi(argv[2]), report, NULL);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
