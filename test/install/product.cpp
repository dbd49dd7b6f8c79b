// SPDX-License-Identifier: Apache-2.0
//
// A product in C++17 that creates an identity and shows the bytes: the README's example, as far as C++17 can say it.
#include "kratos.h"
#include "kratos_posix.h"
#include "kratos_provision.h"
#include "kratos_trace.h"

#include <cstdio>
#include <cstdlib>

static void show(void *, const char *s, size_t n)
{
    std::fwrite(s, 1, n, stderr);
}

int main(int argc, char **argv)
{
    static unsigned char work[3072];
    struct kratos_config config = {};
    struct kratos_identity_body device = {};
    static struct kratos_trace trace;
    struct kratos_posix tcp;
    struct kratos_identity who;
    struct kratos k;

    config.host = argc > 1 ? argv[1] : "127.0.0.1";
    config.port = static_cast<uint16_t>(argc > 2 ? std::atoi(argv[2]) : 4434);
    config.work = work;
    config.work_size = sizeof work;
    device.traits.text = "{\"serial\":\"sn-0001\"}";

    int rc = kratos_init(&k, &config, kratos_trace_io(&trace, kratos_posix_io(&tcp), show, nullptr));
    if (rc == KRATOS_OK) {
        rc = kratos_create_identity(&k, &device, &who);
    }
    if (rc == KRATOS_OK) {
        std::printf("%s, traits %.*s\n", who.id, static_cast<int>(who.traits.n), who.traits.p);
    } else {
        std::printf("%s\n", kratos_strerror(rc));
    }
    kratos_close(&k);
    return rc == KRATOS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
