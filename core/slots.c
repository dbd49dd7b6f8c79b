/* SPDX-License-Identifier: Apache-2.0
 *
 * A store in two slots of raw flash (kratos_provision.h): the older one is erased and written, so that a power cut leaves the
 * newer one. An image is one write; its CRC stands last. It must never know what it stores.
 */
#include <string.h>

#include "crc.h"
#include "kratos_provision.h"

#define MAGIC 0x4B70u
#define ROOM (KRATOS_SLOT_SIZE - 12)
#define NO_SLOT 2

struct image {
    uint32_t sequence;
    uint16_t size, magic;
    unsigned char payload[ROOM];
    uint32_t crc;
};

typedef char kratos_an_image_fills_a_slot[sizeof(struct image) == KRATOS_SLOT_SIZE ? 1 : -1];

enum { ERASE, WRITE };                         /* kratos_slots.phase */
enum content { BLANK, UNREAD, DAMAGED, GOOD }; /* the first three: how much speaks for a record that was there */

static uint32_t crc_of(const struct image *image)
{
    return kratos_crc32(0, image, offsetof(struct image, crc));
}

/* A slot that cannot be read as a whole. Its last word is as it is erased: it never came to its end. That word cannot be read:
 * the very first write was cut there; or an erasing was cut, or a record is lost. */
static enum content guess(const struct kratos_slots *s, uint32_t at)
{
    uint32_t word;
    if (s->read(s->ctx, at + (uint32_t)offsetof(struct image, crc), &word, sizeof word) == KRATOS_OK) {
        return word == UINT32_MAX ? BLANK : DAMAGED;
    }
    return s->read(s->ctx, at, &word, sizeof word) == KRATOS_OK && word == 1 ? BLANK : UNREAD;
}

/* What came to its end and is not whole once counted. A write that was cut left bits of its check as they are erased, or all of
 * them. */
static enum content look(const struct kratos_slots *s, unsigned slot, struct image *image)
{
    uint32_t crc;
    if (s->read(s->ctx, s->at[slot], image, sizeof *image) != KRATOS_OK) {
        image->crc = 0; /* not as it is erased */
        return guess(s, s->at[slot]);
    }
    crc = crc_of(image);
    if (image->crc == crc) {
        return image->magic == MAGIC && image->size <= ROOM ? GOOD : DAMAGED;
    }
    return (image->crc & crc) == crc ? BLANK : DAMAGED;
}

int kratos_slots_load(void *slots, void *p, size_t size)
{
    struct kratos_slots *s = slots;
    struct image image;
    unsigned i, lost = 0;
    bool begun = false;
    s->phase = ERASE;
    s->newest = NO_SLOT;
    for (i = 0; i < 2; i++) {
        enum content content = look(s, i, &image);
        lost += content != GOOD ? (unsigned)content : 0;
        begun |= i == 0 && content == BLANK && image.crc != UINT32_MAX;
        if (content == GOOD && (s->newest == NO_SLOT || (int32_t)(image.sequence - s->sequence) > 0)) {
            s->newest = (uint8_t)i;
            s->sequence = image.sequence;
            memset(p, 0, size);
            memcpy(p, image.payload, image.size < size ? image.size : size);
        }
    }
    if (s->newest != NO_SLOT) {
        return KRATOS_OK;
    }
    s->newest =
        begun ? 0 : NO_SLOT; /* what a cut left there is not touched: half of it would look like one that was whole */
    /* A record that was there and is lost is no fresh start. One slot that cannot be read is: the first saving was cut. */
    return lost < DAMAGED ? KRATOS_END : KRATOS_ERR_STORE;
}

static int write_image(struct kratos_slots *s, unsigned slot, const void *p, size_t size)
{
    struct image image;
    uint32_t crc;
    int rc;
    memset(&image, 0, sizeof image);
    image.sequence = s->sequence + 1;
    image.size = (uint16_t)size;
    image.magic = MAGIC;
    memcpy(image.payload, p, size);
    image.crc = crc = crc_of(&image);
    rc = s->write(s->ctx, s->at[slot], &image, sizeof image);
    /* An image that is whole may be the one that should have been erased. */
    if (rc == KRATOS_OK && (look(s, slot, &image) != GOOD || image.crc != crc)) {
        rc = KRATOS_ERR_STORE;
    }
    return rc;
}

int kratos_slots_save(void *slots, const void *p, size_t size)
{
    struct kratos_slots *s = slots;
    unsigned slot = s->newest == 0 ? 1 : 0;
    int rc = KRATOS_OK;
    if (size > ROOM) {
        return KRATOS_ERR_STORE;
    }
    if (s->phase == ERASE) {
        rc = s->erase(s->ctx, s->at[slot]);
    }
    if (rc != KRATOS_OK) {
        return rc;
    }
    s->phase = WRITE;
    rc = write_image(s, slot, p, size);
    if (rc == KRATOS_AGAIN) {
        return rc;
    }
    s->phase = ERASE;
    if (rc == KRATOS_OK) {
        s->newest = (uint8_t)slot;
        s->sequence++;
    }
    return rc;
}
