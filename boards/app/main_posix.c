/* SPDX-License-Identifier: Apache-2.0
 *
 * The application as a program of a POSIX host. It must never be called by the board: the application calls
 * board_posix.c, and nothing leads back.
 */
#include "board.h"
#include "board_posix.h"

int main(int argc, char **argv)
{
    board_posix_settings(argc - 1, argv + 1);
    board_puts("kratos on POSIX\n");
    return app_main();
}
