/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest program that uses all of port/mbedtls, for `make tls-size`: linked, never run. What it costs
 * beside an empty program is the port with the part of Mbed TLS that it pulls in.
 */
#ifdef WITH_TLS

#include "kratos_mbedtls.h"

static const unsigned char root[] = {0x30};
static const struct kratos_mbedtls_blob roots[] = {{root, sizeof root}};

static int now(void *arg, int64_t *s)
{
    (void)arg;
    *s = 0;
    return 0;
}

const struct kratos_mbedtls_config config = {.roots = roots, .root_count = 1, .now = now};
struct kratos_mbedtls tls;
unsigned char arena[8];
const struct kratos_io *volatile tcp;
unsigned char bytes[8];

int main(void)
{
    size_t n;

    kratos_mbedtls_arena(arena, sizeof arena);
    kratos_mbedtls_entropy(NULL, NULL);
    const struct kratos_io *io = kratos_mbedtls_io(&tls, tcp, &config);
    kratos_mbedtls_restore_session(&tls, bytes, sizeof bytes);
    io->open(io->ctx, "host", 443, 0);
    kratos_mbedtls_save_session(&tls, bytes, sizeof bytes, &n);
    return (int)(kratos_mbedtls_verify_flags(&tls) + kratos_mbedtls_arena_peak() + kratos_mbedtls_resumed(&tls));
}

#else

int main(void)
{
    return 0;
}

#endif
