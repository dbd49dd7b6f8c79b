/* SPDX-License-Identifier: Apache-2.0
 *
 * What only a debugger or QEMU can give (semihosting): settings from the command line, the date, an exit
 * code, files. A product has its own configuration and clock, and leaves this file out: without a debugger
 * each of these calls is a fault.
 */
#include "mps2.h"

#include <string.h>

enum {
    SYS_OPEN = 0x01,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_SEEK = 0x0A,
    SYS_TIME = 0x11,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20
};
enum { OPEN_RB = 1, OPEN_R_PLUS_B = 3 };
enum { STOPPED_BY_APPLICATION = 0x20026 };

__attribute__((noinline)) static int call(int operation, const void *arg)
{
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = arg;

    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* SYS_EXIT has no room for a code. */
void semihost_exit(int code)
{
    uint32_t block[2] = {STOPPED_BY_APPLICATION, (uint32_t)code};

    call(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

/* The command line is "name=value name=value ...". */
bool semihost_setting(const char *name, char *value, size_t size)
{
    static char line[256];
    uint32_t block[2] = {(uint32_t)line, sizeof line};
    size_t n = strlen(name), i = 0;
    const char *p = line;

    if (line[0] == '\0' && call(SYS_GET_CMDLINE, block) != 0) {
        return false;
    }
    while (*p != '\0' && !(strncmp(p, name, n) == 0 && p[n] == '=')) {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    if (*p == '\0') {
        return false;
    }
    for (p += n + 1; *p != '\0' && *p != ' ' && i + 1 < size; p++) {
        value[i++] = *p;
    }
    value[i] = '\0';
    return true;
}

bool semihost_wall_clock(int64_t *s)
{
    *s = (uint32_t)call(SYS_TIME, NULL);
    return *s != 0;
}

int semihost_open(const char *path, bool change)
{
    uint32_t block[3] = {(uint32_t)path, change ? OPEN_R_PLUS_B : OPEN_RB, strlen(path)};

    return call(SYS_OPEN, block);
}

bool semihost_seek(int file, uint32_t at)
{
    uint32_t block[2] = {(uint32_t)file, at};

    return call(SYS_SEEK, block) == 0;
}

/* Both calls give the number of bytes that are missing. */
bool semihost_read(int file, void *p, size_t n)
{
    uint32_t block[3] = {(uint32_t)file, (uint32_t)p, n};

    return call(SYS_READ, block) == 0;
}

bool semihost_write(int file, const void *p, size_t n)
{
    uint32_t block[3] = {(uint32_t)file, (uint32_t)p, n};

    return call(SYS_WRITE, block) == 0;
}
