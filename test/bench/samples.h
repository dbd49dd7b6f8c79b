/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts that pass in the benches: one recorded identity of Kratos 26.2.0
 * (test/wire/recordings/26.2.0/04-create_identity-full.reply) in three sizes and a minimal one of a list, and the
 * request that creates it. Made once, so that every client of a bench sees the same bytes. It must never know who
 * sends or reads them.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "kratos.h"

enum { SAMPLE_SIZE = 2048 };       /* enough for any sample or reply, and its NUL */
enum { SAMPLE_REPLY_SIZE = 1562 }; /* bytes of the reply to a create, head and body, as in the peers' comparison */

enum sample {
    SAMPLE_RECORDED, /* 1,291 bytes, as recorded */
    SAMPLE_ENLARGED, /* longer metadata_public: the reply to a create has SAMPLE_REPLY_SIZE bytes */
    SAMPLE_NUMBERS,  /* about 1.6 KB, with an array of 100 numbers in metadata_public */
    SAMPLE_MINIMAL   /* about 383 bytes, as in a list */
};

/* Writes identity `number` and a NUL to dst (SAMPLE_SIZE bytes); returns its length, which depends on `sample`
 * only. The number is in the first eight digits of its id. */
size_t sample_identity(enum sample sample, uint32_t number, char *dst);

/* Writes the number of an identity that sample_identity() wrote to `text`. */
void sample_renumber(char *text, uint32_t number);

/* Writes the id of identity `number` to dst (KRATOS_ID_SIZE bytes). */
void sample_id(enum sample sample, uint32_t number, char *dst);

/* Writes a whole reply with Content-Length that carries identity 0 and a NUL to dst (SAMPLE_SIZE bytes); returns
 * its length. */
size_t sample_reply(const char *status, enum sample sample, char *dst);

/* What is created: a request of about 334 bytes in all. The same as JSON text, for who does not write it himself. */
extern const struct kratos_identity_body sample_body;
extern const char sample_body_text[];

#endif
