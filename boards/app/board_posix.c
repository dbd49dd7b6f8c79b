/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h on a POSIX host: the very application of the firmware as a program, settings as "name=value" arguments. It
 * counts no instructions and has no TLS.
 */
#include "board_posix.h"

#include <stdio.h>
#include <string.h>

#include "board.h"
#include "kratos_posix.h"

static int setting_count;
static char **settings;
static struct kratos_posix tcp;
static const struct kratos_io *io;

void board_posix_settings(int count, char **texts)
{
    setting_count = count;
    settings = texts;
}

void board_puts(const char *s)
{
    fputs(s, stdout);
    fflush(stdout);
}

const char *board_setting(const char *name, const char *otherwise)
{
    size_t n = strlen(name);
    int i;

    for (i = 0; i < setting_count; i++) {
        if (strncmp(settings[i], name, n) == 0 && settings[i][n] == '=') {
            return settings[i] + n + 1;
        }
    }
    return otherwise;
}

const char *board_network_up(uint32_t wait_ms)
{
    (void)wait_ms;
    board_puts("network: the host's\n");
    return NULL;
}

const struct kratos_io *board_io(void)
{
    if (io == NULL) {
        io = kratos_posix_io(&tcp);
    }
    return io;
}

void board_print_link(void)
{
    board_puts("connected: plain TCP\n");
}

uint32_t board_now_ms(void)
{
    return board_io()->now_ms(board_io()->ctx);
}

uint32_t board_instructions(void)
{
    return 0;
}

void board_print_memory(void)
{
}
