/* SPDX-License-Identifier: Apache-2.0
 *
 * The two things that Mbed TLS has once per program: memory and entropy. Memory is an arena with an allocator
 * of its own, because that of Mbed TLS (memory_buffer_alloc.c) does not say that it ran out, which then shows
 * as a bad certificate, and takes 32 bytes of bookkeeping per block where this one takes 8. This is the only
 * file of the port with state outside struct kratos_mbedtls; it must never know a connection.
 *
 * Free blocks hang in a list in the order of their addresses, and the first that fits is taken. So the arena
 * fills from its lower end, and the highest byte ever used is the size that would have been enough.
 */
#include "kratos_mbedtls_private.h"

#if MBEDTLS_VERSION_MAJOR == 3 && MBEDTLS_VERSION_MINOR == 6

#include <mbedtls/platform.h>
#include <string.h>

#define ALIGN 8u

/* In front of each block; its bytes follow. */
struct block {
    uint32_t size; /* of the bytes, a multiple of ALIGN */
    uint32_t next; /* free: offset of the next free block, or NONE; in use: TAKEN */
};

#define NONE 0xFFFFFFFFu
#define TAKEN 0xA110CA7Eu

static struct {
    unsigned char *p;
    uint32_t size, skipped; /* skipped: bytes in front of p that were lost to alignment */
    uint32_t first;         /* offset of the first free block, or NONE */
    uint32_t peak, used, failures;
} arena;

/* Mbed TLS as a distribution builds it takes its memory from malloc for good. */
#if defined(MBEDTLS_PLATFORM_MEMORY)
static struct block *at(uint32_t offset)
{
    return (struct block *)(void *)(arena.p + offset);
}

static uint32_t *link_to(uint32_t previous)
{
    return previous == NONE ? &arena.first : &at(previous)->next;
}

/* Takes the front of a free block; what is left over stays free if it can hold anything. */
static void *take(uint32_t previous, uint32_t offset, uint32_t n)
{
    struct block *b = at(offset);
    uint32_t rest = b->size - n, next = b->next;

    if (rest > sizeof(struct block)) {
        uint32_t tail = offset + (uint32_t)sizeof(struct block) + n;
        at(tail)->size = rest - (uint32_t)sizeof(struct block);
        at(tail)->next = next;
        b->size = n;
        next = tail;
    }
    *link_to(previous) = next;
    b->next = TAKEN;
    arena.used += b->size + (uint32_t)sizeof(struct block);
    uint32_t end = offset + (uint32_t)sizeof(struct block) + b->size + arena.skipped;
    if (end > arena.peak) {
        arena.peak = end;
    }
    return memset(b + 1, 0, b->size);
}

static void *arena_calloc(size_t count, size_t size)
{
    if (count == 0 || size == 0) {
        return NULL;
    }
    if (size <= arena.size / count) {
        uint32_t n = ((uint32_t)(count * size) + ALIGN - 1) & ~(ALIGN - 1);
        uint32_t previous = NONE;
        for (uint32_t offset = arena.first; offset != NONE; offset = at(offset)->next) {
            if (at(offset)->size >= n) {
                return take(previous, offset, n);
            }
            previous = offset;
        }
    }
    arena.failures++;
    return NULL;
}

/* Makes one free block of two that touch. */
static void merge(uint32_t offset)
{
    struct block *b = at(offset);

    if (b->next != NONE && offset + sizeof(struct block) + b->size == b->next) {
        const struct block *next = at(b->next);
        b->size += next->size + (uint32_t)sizeof(struct block);
        b->next = next->next;
    }
}

static void arena_free(void *p)
{
    if (p == NULL) {
        return;
    }
    uint32_t offset = (uint32_t)((unsigned char *)p - arena.p) - (uint32_t)sizeof(struct block);
    struct block *b = at(offset);
    if (offset >= arena.size || b->next != TAKEN) {
        return; /* of an earlier arena, or freed before */
    }
    uint32_t previous = NONE, next = arena.first;
    while (next != NONE && next < offset) {
        previous = next;
        next = at(next)->next;
    }
    arena.used -= b->size + (uint32_t)sizeof(struct block);
    b->next = next;
    *link_to(previous) = offset;
    merge(offset);
    if (previous != NONE) {
        merge(previous);
    }
}

void kratos_mbedtls_arena(void *p, size_t size)
{
    uint32_t skip = (uint32_t)(0u - (uintptr_t)p) & (ALIGN - 1);

    memset(&arena, 0, sizeof arena);
    arena.first = NONE;
    if (size >= skip + sizeof(struct block) + ALIGN) {
        arena.p = (unsigned char *)p + skip;
        arena.skipped = skip;
        arena.size = (uint32_t)(size - skip) & ~(ALIGN - 1);
        arena.first = 0;
        at(0)->size = arena.size - (uint32_t)sizeof(struct block);
        at(0)->next = NONE;
    }
    mbedtls_platform_set_calloc_free(arena_calloc, arena_free);
}
#endif

size_t kratos_mbedtls_arena_peak(void)
{
    return arena.peak;
}

size_t kratos_mbedtls_arena_used(void)
{
    return arena.used;
}

uint32_t kratos_mbedtls_arena_failures(void)
{
    return arena.failures;
}

static struct {
    int (*fill)(void *arg, unsigned char *p, size_t n);
    void *arg;
} source;

void kratos_mbedtls_entropy(int (*fill)(void *arg, unsigned char *p, size_t n), void *arg)
{
    source.fill = fill;
    source.arg = arg;
}

#if defined(MBEDTLS_ENTROPY_HARDWARE_ALT)
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen); /* Mbed TLS hides its own */

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen)
{
    (void)data;
    *olen = 0;
    if (source.fill == NULL || source.fill(source.arg, output, len) != 0) {
        return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    }
    *olen = len;
    return 0;
}
#endif

#endif
