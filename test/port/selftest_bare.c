/* SPDX-License-Identifier: Apache-2.0
 *
 * The port self-test over the POSIX port as a system with less than POSIX builds it, Zephyr say: no sockets with a path, no
 * SOCK_NONBLOCK, no flag against inheritance, no MSG_NOSIGNAL. So the port's source is taken in here, after those are undone.
 */
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#undef FD_CLOEXEC
#undef MSG_NOSIGNAL
#ifdef AF_UNIX
#undef AF_UNIX
#endif
#define KRATOS_POSIX_NO_LOCAL

#include "kratos_port_selftest.h"

#include "../../port/posix/kratos_posix.c"

static int passed_count, failed_count;

static void report(void *arg, const char *name, bool passed)
{
    (void)arg;
    printf("%s posix, bare: %s\n", passed ? "ok  " : "FAIL", name);
    fflush(stdout);
    passed_count += passed;
    failed_count += !passed;
}

int main(int argc, char **argv)
{
    static struct kratos_posix tcp;
    const struct kratos_io *io = kratos_posix_io(&tcp);

    if (argc < 3) {
        fprintf(stderr, "usage: %s host port\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* this build asks nobody to keep it away */
    kratos_port_selftest(io, argv[1], (uint16_t)strtoul(argv[2], NULL, 10), report, NULL);
    report(NULL, "unix:/path is refused with EAFNOSUPPORT",
           io->open(io->ctx, "unix:/tmp/kratos", 0, 0) == KRATOS_ERR_IO && io->native_error(io->ctx) == EAFNOSUPPORT);
    io->close(io->ctx);
    printf("%d passed, %d failed\n", passed_count, failed_count);
    return failed_count == 0 ? 0 : 1;
}
