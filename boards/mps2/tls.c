/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts port/mbedtls together with what only a board has. It must never weaken what the port checks.
 */
#include "tls.h"

#include "kratos_mbedtls.h"
#include "mps2.h"

/* 4,096 + 2,048 bytes of records, and a handshake with a chain of leaf and intermediate. */
#ifndef BOARD_TLS_ARENA
#define BOARD_TLS_ARENA (20 * 1024)
#endif

/* The roots, DER, in flash: made by the build from MPS2_CA. */
static const unsigned char root[] = {
#include "root_der.inc"
};

static const struct kratos_mbedtls_blob roots[] = {{root, sizeof root}};

static int wall_clock(void *arg, int64_t *s)
{
    (void)arg;
    return semihost_wall_clock(s) ? 0 : -1;
}

static const struct kratos_mbedtls_config config = {.roots = roots, .root_count = 1, .now = wall_clock};
static struct kratos_mbedtls tls;
static uint64_t tls_arena[BOARD_TLS_ARENA / 8];

const struct kratos_io *tls_io(const struct kratos_io *tcp)
{
    kratos_mbedtls_arena(tls_arena, sizeof tls_arena);
    kratos_mbedtls_entropy(entropy_qemu_unsafe, NULL);
    return kratos_mbedtls_io(&tls, tcp, &config);
}

void tls_print_link(void)
{
    uint32_t flags = kratos_mbedtls_verify_flags(&tls);

    if (*kratos_mbedtls_version(&tls) == '\0') {
        console_puts("connected: no\n");
        if (flags != 0) {
            console_hex("certificate flags", flags);
        }
        return;
    }
    console_puts("connected: ");
    console_puts(kratos_mbedtls_version(&tls));
    console_puts(" ");
    console_puts(kratos_mbedtls_suite(&tls));
    console_puts(kratos_mbedtls_resumed(&tls) ? ", resumed handshake\n" : ", full handshake\n");
}

void tls_print_memory(void)
{
    console_mark("TLS arena", (uint32_t)kratos_mbedtls_arena_peak(), sizeof tls_arena);
    if (kratos_mbedtls_arena_failures() != 0) {
        console_puts("memory: the TLS arena was too small\n");
    }
}
