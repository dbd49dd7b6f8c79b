/* SPDX-License-Identifier: Apache-2.0
 *
 * Exchanges with the responder: interleaved and timed, or a number of one kind for callgrind to count.
 *
 *   exchange PORT time ROUNDS COUNT    prints one line a round: ns an exchange of raw, ours, libcurl
 *   exchange PORT count WAY COUNT      WAY: raw, ours, libcurl
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ways.h"

static const struct way *const ways[] = {&way_raw, &way_ours, &way_curl};
enum { WAY_COUNT = sizeof ways / sizeof *ways, WARM_UP = 100 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void repeat(const struct way *way, unsigned count)
{
    for (; count > 0; count--) {
        if (!way->exchange()) {
            fprintf(stderr, "exchange: %s failed\n", way->name);
            exit(EXIT_FAILURE);
        }
    }
}

static void time_ways(uint16_t port, unsigned rounds, unsigned count)
{
    unsigned i;
    for (i = 0; i < WAY_COUNT; i++) {
        ways[i]->open(port);
        repeat(ways[i], WARM_UP);
    }
    for (; rounds > 0; rounds--) {
        for (i = 0; i < WAY_COUNT; i++) {
            double began = now_ns();
            repeat(ways[i], count);
            printf("%.0f%c", (now_ns() - began) / count, i + 1 < WAY_COUNT ? ' ' : '\n');
        }
    }
    for (i = 0; i < WAY_COUNT; i++) {
        ways[i]->close();
    }
}

int main(int argc, char **argv)
{
    uint16_t port = (uint16_t)(argc == 5 ? atoi(argv[1]) : 0);
    unsigned i;
    if (argc == 5 && strcmp(argv[2], "time") == 0) {
        time_ways(port, (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
        return EXIT_SUCCESS;
    }
    for (i = 0; argc == 5 && i < WAY_COUNT; i++) {
        if (strcmp(argv[3], ways[i]->name) == 0) {
            ways[i]->open(port);
            repeat(ways[i], (unsigned)atoi(argv[4]));
            ways[i]->close();
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "usage: exchange PORT time ROUNDS COUNT | exchange PORT count raw|ours|libcurl COUNT\n");
    return EXIT_FAILURE;
}
