/* SPDX-License-Identifier: Apache-2.0
 *
 * Flash under QEMU, which has none that can be written: a file of FLASH_SIZE bytes on the host, the setting "flash". What was
 * written is there when QEMU is killed, a part of it when it is killed meanwhile: words and pages go to the file one by one,
 * and each takes its time, so that an erase and a write can be cut as on a board. A product replaces this file by its flash controller. It must never
 * make the file: one that is missing is a flash that cannot be read, not one that is blank.
 */
#include "flash_qemu.h"

#include <string.h>

#include "kratos_provision.h"
#include "mps2.h"

enum { WORD = 16, PAGE = 512 }; /* what is written, and erased, in one go, which takes a millisecond */

static int file = -1;

static bool seek(uint32_t at)
{
    char path[48];

    if (file < 0) {
        file = semihost_open(semihost_setting("flash", path, sizeof path) ? path : "flash.img", true);
    }
    return file >= 0 && semihost_seek(file, at);
}

static bool change(uint32_t at, const void *p, size_t n)
{
    uint32_t began_ms = clock_ms();

    while (clock_ms() == began_ms) {
        __asm volatile("cpsid i" ::: "memory");
        clock_sleep();
        __asm volatile("cpsie i\n isb" ::: "memory");
    }
    return seek(at) && semihost_write(file, p, n);
}

int flash_read(void *ctx, uint32_t at, void *p, size_t n)
{
    (void)ctx;
    return seek(at) && semihost_read(file, p, n) ? KRATOS_OK : KRATOS_ERR_STORE;
}

int flash_erase(void *ctx, uint32_t at)
{
    unsigned char page[PAGE];
    uint32_t end = at + FLASH_UNIT;

    (void)ctx;
    memset(page, 0xFF, sizeof page);
    for (; at < end; at += PAGE) {
        if (!change(at, page, sizeof page)) {
            return KRATOS_ERR_STORE;
        }
    }
    return KRATOS_OK;
}

static bool write_word(uint32_t at, const unsigned char *p, size_t n)
{
    unsigned char word[WORD];
    size_t i;

    if (flash_read(NULL, at, word, n) != KRATOS_OK) {
        return false;
    }
    for (i = 0; i < n; i++) {
        word[i] &= p[i];
    }
    return change(at, word, n);
}

int flash_write(void *ctx, uint32_t at, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    size_t i;

    (void)ctx;
    for (i = 0; i < n; i += WORD) {
        if (!write_word(at + (uint32_t)i, bytes + i, n - i < WORD ? n - i : WORD)) {
            return KRATOS_ERR_STORE;
        }
    }
    return KRATOS_OK;
}
