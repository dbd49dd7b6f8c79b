/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that ends where a text ends: the next byte cannot be read, in any build. Included once a program, before all else.
 */
#ifndef TEST_UNIT_GUARD_H
#define TEST_UNIT_GUARD_H

#define _DEFAULT_SOURCE /* mmap's MAP_ANONYMOUS */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#define GUARD_SLOTS 3
#define GUARD_SIZE 16384

/* The n bytes right before a page that cannot be read. A slot's next text takes the place of the one before. */
static inline char *guarded(unsigned slot, const void *text, size_t n)
{
    static char *ends[GUARD_SLOTS];
    char *p;
    if (slot >= GUARD_SLOTS || n > GUARD_SIZE) {
        abort();
    }
    if (ends[slot] == NULL) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        p = (char *)mmap(NULL, GUARD_SIZE + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == (char *)MAP_FAILED || mprotect(p + GUARD_SIZE, page, PROT_NONE) != 0) {
            abort();
        }
        ends[slot] = p + GUARD_SIZE;
    }
    p = ends[slot] - n;
    memset(ends[slot] - GUARD_SIZE, '#', GUARD_SIZE);
    return n != 0 ? (char *)memcpy(p, text, n) : p;
}

#endif
