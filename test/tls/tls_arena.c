/* SPDX-License-Identifier: Apache-2.0
 *
 * The arena of port/mbedtls by itself: millions of allocations of random sizes, freed in random order. What
 * was given must be zero, aligned, inside, and nobody else's; what is freed must come back whole; and the peak
 * must be the size that suffices.
 */
#include "kratos_mbedtls.h"

#include <mbedtls/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 120, LARGEST = 900 };

static unsigned char memory[64 * 1024];
static struct {
    unsigned char *p;
    size_t n;
    unsigned char mark;
} slots[SLOTS];
static unsigned failed;

static void check(int good, const char *what)
{
    if (!good) {
        failed++;
        printf("FAILED %s\n", what);
    }
}

static int holds(const unsigned char *p, size_t n, unsigned char mark)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != mark) {
            return 0;
        }
    }
    return 1;
}

static void drop(int i)
{
    check(holds(slots[i].p, slots[i].n, slots[i].mark), "another block wrote here");
    mbedtls_free(slots[i].p);
    slots[i].p = NULL;
    slots[i].n = 0;
}

static void fill(int i, size_t base, size_t size)
{
    size_t n = 1 + (size_t)rand() % LARGEST;

    slots[i].p = mbedtls_calloc(1, n);
    if (slots[i].p == NULL) {
        return;
    }
    slots[i].n = n;
    slots[i].mark = (unsigned char)rand();
    check(((uintptr_t)slots[i].p & 7) == 0, "not aligned");
    check(slots[i].p >= memory + base && slots[i].p + n <= memory + base + size, "outside of the arena");
    check(holds(slots[i].p, n, 0), "not zero");
    memset(slots[i].p, slots[i].mark, n);
}

/* The same sequence for the same seed, whatever fails. */
static void exercise(unsigned seed, size_t base, size_t size, int steps)
{
    srand(seed);
    kratos_mbedtls_arena(memory + base, size);
    for (int step = 0; step < steps; step++) {
        int i = rand() % SLOTS;
        if (slots[i].p != NULL) {
            drop(i);
        } else {
            fill(i, base, size);
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].p != NULL) {
            drop(i);
        }
    }
    check(kratos_mbedtls_arena_used() == 0, "bytes are left");
    void *whole = size >= 32 ? mbedtls_calloc(1, size - 16 - 8) : NULL;
    check(size < 32 || whole != NULL, "it did not become one block again");
    mbedtls_free(whole);
}

static void test_random(void)
{
    for (unsigned seed = 0; seed < 60; seed++) {
        exercise(seed, seed % 9, 2000 + seed * 1000, 20000);
    }
}

static void test_peak_suffices(void)
{
    for (unsigned seed = 0; seed < 20; seed++) {
        size_t base = seed % 9;
        kratos_mbedtls_arena(memory + base, 60000);
        srand(seed);
        for (int i = 0; i < SLOTS; i++) {
            fill(i, base, 60000);
        }
        size_t peak = kratos_mbedtls_arena_peak();
        check(kratos_mbedtls_arena_failures() == 0, "too small");
        for (int round = 0; round < 2; round++) {
            size_t size = round == 0 ? peak : peak - 8;
            kratos_mbedtls_arena(memory + base, size);
            srand(seed);
            for (int i = 0; i < SLOTS; i++) {
                fill(i, base, size);
            }
            check((kratos_mbedtls_arena_failures() != 0) == (round == 1), "the peak is not the size that suffices");
        }
    }
    memset(slots, 0, sizeof slots);
}

static void test_edges(void)
{
    for (size_t size = 0; size < 64; size++) {
        for (size_t base = 0; base < 8; base++) {
            kratos_mbedtls_arena(memory + base, size);
            unsigned char *p = mbedtls_calloc(1, 8);
            check(p == NULL || (p >= memory + base && p + 8 <= memory + base + size), "outside of a small arena");
            mbedtls_free(p);
        }
    }
    kratos_mbedtls_arena(memory, 1000);
    check(mbedtls_calloc(0, 5) == NULL && mbedtls_calloc(5, 0) == NULL, "nothing");
    check(kratos_mbedtls_arena_failures() == 0, "nothing is no failure");
    check(mbedtls_calloc(SIZE_MAX, 2) == NULL && mbedtls_calloc(2, SIZE_MAX) == NULL, "a product that overflows");
    check(mbedtls_calloc(SIZE_MAX / 2 + 1, 2) == NULL && mbedtls_calloc(1, SIZE_MAX) == NULL, "a size that overflows");
    check(kratos_mbedtls_arena_failures() == 4, "failures are counted");
    mbedtls_free(NULL);
    unsigned char *p = mbedtls_calloc(3, 5);
    mbedtls_free(p);
    mbedtls_free(p);
    check(kratos_mbedtls_arena_used() == 0, "freed twice");
}

int main(void)
{
    void (*const tests[])(void) = {test_random, test_peak_suffices, test_edges};
    unsigned bad = 0, count = sizeof tests / sizeof tests[0];

    for (unsigned i = 0; i < count; i++) {
        unsigned before = failed;
        tests[i]();
        bad += failed != before;
    }
    printf("%u passed, %u failed\n", count - bad, bad);
    return bad != 0;
}
