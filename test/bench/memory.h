/* SPDX-License-Identifier: Apache-2.0
 *
 * A Kratos in memory, behind a kratos_io: answers create, get and list with samples, pages made while they are
 * read, so that a list of any length needs no space. Its own functions begin with memory_, by which callgrind
 * leaves them out. It must never wait: who reads when nothing is to come has made a mistake, and gets
 * KRATOS_ERR_IO.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stdbool.h>

#include "samples.h"

struct memory {
    struct kratos_io io;
    enum sample sample;
    uint32_t list_count; /* identities that exist */
    uint32_t page_size;  /* of a list that asks for none */
    bool bytewise;       /* a read gives one byte */
    /* Private. */
    char request[1024];
    size_t request_size;
    char piece[SAMPLE_SIZE]; /* of the reply: the head, or one identity */
    size_t piece_at, piece_size;
    uint32_t next, page_end; /* identities of the page to come */
    bool listing, replied;
    uint32_t now_ms;
};

/* Prepares m and returns the io inside. m->request keeps the last request. */
const struct kratos_io *memory_io(struct memory *m, enum sample sample, uint32_t list_count);

#endif
