/* SPDX-License-Identifier: Apache-2.0
 *
 * From the start-up code into the application. It must never be called by the board: the application calls board.c, and
 * nothing leads back.
 */
#include "board.h"
#include "mps2.h"

int main(void)
{
    console_puts("\nkratos on " BOARD_NAME "\n");
    return app_main();
}
