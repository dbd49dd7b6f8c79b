/* SPDX-License-Identifier: Apache-2.0
 *
 * See world.h.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

struct world world;
struct setting setting;
bool tracing;

void world_broken(const char *text)
{
    if (tracing) {
        printf("%7u !! %s\n", (unsigned)world.now, text);
    }
    if (world.broken == NULL) {
        world.broken = text;
    }
}

static uint64_t add(uint64_t hash, const void *p, size_t n)
{
    const unsigned char *byte = p;
    uint64_t word;
    for (; n >= sizeof word; n -= sizeof word, byte += sizeof word) {
        memcpy(&word, byte, sizeof word);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    while (n-- != 0) {
        hash = (hash ^ *byte++) * 0x9E3779B97F4A7C15u;
    }
    return hash ^ hash >> 32;
}

#define ADD(hash, value) add((hash), &(value), sizeof(value))

/* Times count from now. What an operation left in the work buffer and in its struct kratos does not count: the next one begins
 * anew. */
uint64_t world_hash(void)
{
    const struct network *net = &world.network;
    const struct device *device = &world.device;
    struct kratos_provision p = device->p;
    struct server server = world.server;
    uint64_t hash = 1;
    unsigned i;
    bool reused = net->exchanges != 0;
    uint32_t until = net->asked_to_wait ? net->not_before - world.now : 0;
    p.until_ms = p.waiting ? world.now - p.until_ms : 0;
    server.requests = 0;
    hash = ADD(hash, p);
    hash = ADD(hash, server);
    hash = ADD(hash, world.rival);
    hash = ADD(hash, world.races);
    hash = ADD(hash, world.broken);
    hash = ADD(hash, world.flash);
    hash = ADD(hash, device->k.link.state);
    hash = ADD(hash, device->seed);
    hash = ADD(hash, device->verifying);
    hash = ADD(hash, device->verified);
    hash = ADD(hash, net->open);
    hash = ADD(hash, net->dead);
    hash = ADD(hash, net->stutter);
    hash = ADD(hash, net->asked_to_wait);
    hash = ADD(hash, net->whole);
    hash = ADD(hash, net->strange);
    hash = ADD(hash, reused);
    hash = ADD(hash, until);
    for (i = 0; i < WORLD_LATE; i++) {
        if (net->late[i].there) {
            hash = ADD(hash, net->late[i].left);
            hash = add(hash, net->late[i].request, net->late[i].n);
        }
        hash = ADD(hash, net->late[i].there);
    }
    return hash;
}
