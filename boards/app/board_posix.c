/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h on a POSIX host: the very application of the firmware as a program, settings as "name=value" arguments. It
 * counts no instructions and has no TLS. The record is the file "record", the chip's number "chip", the root secret "root":
 * settings take the place of what a board has in its silicon.
 */
#include "board_posix.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "board.h"
#include "crypto_posix.h"
#include "kratos_file_store.h"
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

/* ---- One device ---- */

const struct kratos_store *board_store(void)
{
    static struct kratos_file_store file;

    return kratos_file_store_init(&file, board_setting("record", "gateway.record"));
}

const void *board_chip(size_t *size)
{
    const char *chip = board_setting("chip", "");

    *size = strlen(chip);
    return chip;
}

const struct kratos_crypto *board_crypto(void)
{
    const char *root = board_setting("root", "");

    return crypto_posix(*root != '\0' ? root : NULL);
}

/* ---- Time ---- */

void board_alive(void)
{
}

void board_sleep(uint32_t ms)
{
    struct timespec left = {(time_t)(ms / 1000u), (long)(ms % 1000u) * 1000000L};

    while (nanosleep(&left, &left) != 0) {
    }
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
