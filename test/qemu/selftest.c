/* SPDX-License-Identifier: Apache-2.0
 *
 * The port self-test over port/lwip on the board.
 */
#include "kratos_port_selftest.h"

#include <lwip/errno.h>

#include "board.h"
#include "print.h"

static void report(void *arg, const char *name, bool passed)
{
    (void)arg;
    board_puts(passed ? "ok   lwip: " : "FAIL lwip: ");
    board_puts(name);
    board_puts("\n");
}

/* lwIP tells of a reset once, to whoever asks first: a read, or a write. Both must name it, and a read behind the write too. */
static int name_reset(const struct kratos_io *io, const char *host, uint16_t port, bool write_first)
{
    static const char ask[] = "reset 0\n";
    char byte = 0;
    int opened = io->open(io->ctx, host, port, 5000), rc = 1;

    if (opened == 1 && io->write(io->ctx, ask, sizeof ask - 1, 1000) == (int)sizeof ask - 1) {
        board_sleep(300);
        if (write_first) {
            rc = io->write(io->ctx, &byte, 1, 0);
            rc = rc < 0 && io->native_error(io->ctx) == ECONNRESET ? 0 : 1;
        }
        if (rc == 0 || !write_first) {
            rc = io->read(io->ctx, &byte, 1, 1000);
        }
    }
    bool named = rc < 0 && io->native_error(io->ctx) == ECONNRESET;
    io->close(io->ctx);
    report(NULL, write_first ? "a write names a reset, and so does the read behind it" : "a read names a reset", named);
    return !named;
}

int app_main(void)
{
    const char *missing = board_network_up(15000), *port = board_setting("port", "0");
    uint32_t number = 0;
    int failed;

    if (missing != NULL) {
        board_puts(missing);
        return 1;
    }
    for (; *port != '\0'; port++) {
        number = number * 10u + (uint32_t)(*port - '0');
    }
    failed = kratos_port_selftest(board_io(), board_setting("host", "10.0.2.2"), (uint16_t)number, report, NULL);
    failed += name_reset(board_io(), board_setting("host", "10.0.2.2"), (uint16_t)number, false);
    failed += name_reset(board_io(), board_setting("host", "10.0.2.2"), (uint16_t)number, true);
    board_print_memory();
    board_puts(failed == 0 ? "OK\n" : "FAILED\n");
    return failed == 0 ? 0 : 1;
}
