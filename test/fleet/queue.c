/* SPDX-License-Identifier: Apache-2.0
 *
 * The wheels of queue.h. What stands on a level has all bytes above it in common with now: a slot is reached when now takes
 * its byte, and what stands there is then put again, further down.
 */
#include "queue.h"

#define NONE UINT32_MAX
#define BITS 8

static unsigned level_of(const struct queue *q, uint32_t at)
{
    uint32_t differs = at ^ q->now;
    unsigned level = 0;
    while (differs >= QUEUE_SLOTS) {
        differs >>= BITS;
        level++;
    }
    return level;
}

static uint32_t slot_of(uint32_t at, unsigned level)
{
    return (at >> (level * BITS)) & (QUEUE_SLOTS - 1);
}

void queue_init(struct queue *q, struct queue_entry *entry)
{
    unsigned level, slot;
    q->now = 0;
    q->entry = entry;
    for (level = 0; level < QUEUE_LEVELS; level++) {
        for (slot = 0; slot < QUEUE_SLOTS; slot++) {
            q->head[level][slot] = NONE;
        }
    }
}

void queue_put(struct queue *q, uint32_t device, uint32_t at)
{
    unsigned level = level_of(q, at);
    uint32_t *head = &q->head[level][slot_of(at, level)];
    q->entry[device].at = at;
    q->entry[device].next = *head;
    *head = device;
}

/* The first slot of a level that holds something, from `slot` on; QUEUE_SLOTS: none. */
static uint32_t find(const struct queue *q, unsigned level, uint32_t slot)
{
    while (slot < QUEUE_SLOTS && q->head[level][slot] == NONE) {
        slot++;
    }
    return slot;
}

/* Lets now take the slot's byte, which makes all that stands there differ from now in lower bytes only. */
static void open_slot(struct queue *q, unsigned level, uint32_t slot)
{
    uint32_t device = q->head[level][slot], above = UINT32_MAX << (level * BITS) << BITS;
    q->head[level][slot] = NONE;
    q->now = (q->now & above) | (slot << (level * BITS));
    while (device != NONE) {
        uint32_t next = q->entry[device].next;
        queue_put(q, device, q->entry[device].at);
        device = next;
    }
}

/* Brings the next entries down to level 0. false: there are none. */
static bool refill(struct queue *q)
{
    unsigned level;
    for (level = 1; level < QUEUE_LEVELS; level++) {
        uint32_t slot = find(q, level, slot_of(q->now, level) + 1);
        if (slot < QUEUE_SLOTS) {
            open_slot(q, level, slot);
            return true;
        }
    }
    return false;
}

bool queue_take(struct queue *q, uint32_t *device)
{
    uint32_t slot;
    while ((slot = find(q, 0, slot_of(q->now, 0))) == QUEUE_SLOTS) {
        if (!refill(q)) {
            return false;
        }
    }
    *device = q->head[0][slot];
    q->head[0][slot] = q->entry[*device].next;
    q->now = (q->now & ~(uint32_t)(QUEUE_SLOTS - 1)) | slot;
    return true;
}
