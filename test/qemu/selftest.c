/* SPDX-License-Identifier: Apache-2.0
 *
 * The port self-test over port/lwip on the board.
 */
#include "kratos_port_selftest.h"

#include "board.h"
#include "print.h"

static void report(void *arg, const char *name, bool passed)
{
    (void)arg;
    board_puts(passed ? "ok   lwip: " : "FAIL lwip: ");
    board_puts(name);
    board_puts("\n");
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
    board_print_memory();
    board_puts(failed == 0 ? "OK\n" : "FAILED\n");
    return failed == 0 ? 0 : 1;
}
