/* SPDX-License-Identifier: Apache-2.0
 *
 * Which device is next: a priority queue of (time, device) that only moves forward, a wheel of 256 slots for each byte of a
 * time in ms. An entry moves down at most three times, so that hundreds of millions of requests take seconds. It must never
 * know what a device is, and the order in which it returns those of the same ms is its own, but always the same.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stdint.h>

enum { QUEUE_LEVELS = 4, QUEUE_SLOTS = 256 };

struct queue_entry {
    uint32_t at, next;
};

struct queue {
    uint32_t now;              /* of the entry taken last */
    struct queue_entry *entry; /* one for each device */
    uint32_t head[QUEUE_LEVELS][QUEUE_SLOTS];
};

/* entry: room for as many devices as there will be. */
void queue_init(struct queue *q, struct queue_entry *entry);

/* A device that is not in the queue; at: not before q->now. */
void queue_put(struct queue *q, uint32_t device, uint32_t at);

/* false: it is empty. */
bool queue_take(struct queue *q, uint32_t *device);

#endif
