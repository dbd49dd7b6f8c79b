/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer target: the input is what two slots of flash hold, how they are read, and where the power is cut in the save that
 * follows. A load must give the newest whole record, KRATOS_END only where none was finished, and stay inside its memory; the
 * save leaves what was there, or the new one. What is whole is judged here anew, not by core's own functions.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crc_by_table.h"
#include "kratos_provision.h"

#define SIZE KRATOS_SLOT_SIZE
#define APART 0x1000 /* the addresses of the two slots */
#define AT_CRC (SIZE - 4)
#define ROOM (SIZE - 12)
#define HEAD 8
#define NO_CUT 0

/* The first byte of an input. */
enum { SEAL_0 = 1, SEAL_1 = 2, BLANK_0 = 4, BLANK_1 = 8, UNREADABLE_0 = 16, UNREADABLE_1 = 32 };

static struct flash {
    unsigned char p[2][SIZE];
    bool unreadable[2], fails, skips, dead; /* skips: a write stops, without an error; dead: nothing is done */
    unsigned steps, cut_at;
    bool again; /* each call is asked for twice */
    unsigned calls;
} flash;

/* ---- The flash ----------------------------------------------------------------------------------- */

/* The power is off from a step on: nothing changes any more. */
static bool is_on(void)
{
    flash.steps++;
    return !flash.dead && (flash.cut_at == NO_CUT || flash.steps < flash.cut_at);
}

static int flash_read(void *ctx, uint32_t at, void *p, size_t n)
{
    (void)ctx;
    memcpy(p, flash.p[at / APART] + at % APART, n);
    return flash.unreadable[at / APART] ? KRATOS_ERR_STORE : KRATOS_OK;
}

static int flash_erase(void *ctx, uint32_t at)
{
    size_t i;
    (void)ctx;
    at /= APART;
    if (flash.again && flash.calls++ % 2 == 0) {
        return KRATOS_AGAIN;
    }
    for (i = 0; i < SIZE; i++) {
        if (is_on()) {
            flash.p[at][i] = 0xFF;
        }
    }
    flash.unreadable[at] = false;
    return KRATOS_OK;
}

static int flash_write(void *ctx, uint32_t at, const void *p, size_t n)
{
    const unsigned char *from = p;
    size_t i;
    (void)ctx;
    at /= APART;
    if (flash.again && flash.calls++ % 2 == 0) {
        return KRATOS_AGAIN;
    }
    if (n != SIZE) {
        abort();
    }
    for (i = 0; i < n && !(flash.skips && i == n / 2); i++) {
        if (is_on()) {
            flash.p[at][i] &= from[i];
        }
    }
    return flash.fails ? KRATOS_ERR_STORE : KRATOS_OK;
}

static void boot(struct kratos_slots *s)
{
    memset(s, 0, sizeof *s);
    s->at[1] = APART;
    s->read = flash_read;
    s->erase = flash_erase;
    s->write = flash_write;
    flash.steps = 0;
    flash.cut_at = NO_CUT;
}

/* ---- What a slot holds, judged anew ---------------------------------------------------------------- */

static uint32_t number(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static size_t size_of(unsigned slot)
{
    uint16_t size;
    memcpy(&size, flash.p[slot] + 4, sizeof size);
    return size;
}

static bool is_good(unsigned slot)
{
    uint16_t magic;
    memcpy(&magic, flash.p[slot] + 6, sizeof magic);
    return !flash.unreadable[slot] && magic == 0x4B70 && size_of(slot) <= ROOM &&
           number(flash.p[slot] + AT_CRC) == crc_of(flash.p[slot], AT_CRC);
}

/* How much speaks for a record that was there: nothing, an erasing that was cut may be it, one that came to its end. */
static unsigned lost(unsigned slot)
{
    uint32_t crc = crc_of(flash.p[slot], AT_CRC);
    return flash.unreadable[slot]                                                                   ? 1
           : (number(flash.p[slot] + AT_CRC) & crc) == crc && number(flash.p[slot] + AT_CRC) != crc ? 0
                                                                                                    : 2;
}

/* KRATOS_OK, and the slot; or what a load must say. */
static int judge(unsigned *slot)
{
    bool first = is_good(0), second = is_good(1);
    uint32_t ahead = number(flash.p[1]) - number(flash.p[0]);
    *slot = second && (!first || (ahead != 0 && ahead < 0x80000000u));
    if (first || second) {
        return KRATOS_OK;
    }
    return lost(0) + lost(1) < 2 ? KRATOS_END : KRATOS_ERR_STORE;
}

/* ---- One input ----------------------------------------------------------------------------------- */

/* Into memory of just that size. */
static unsigned char *load(struct kratos_slots *s, size_t size, int *rc)
{
    unsigned char *p = malloc(size != 0 ? size : 1);
    if (p == NULL) {
        abort();
    }
    memset(p, '?', size);
    *rc = kratos_slots_load(s, p, size);
    return p;
}

static void check_load(struct kratos_slots *s, size_t size)
{
    unsigned slot;
    int rc, wanted = judge(&slot);
    unsigned char *p = load(s, size, &rc);
    size_t i, n = size_of(slot);
    if (rc != wanted) {
        abort();
    }
    for (i = 0; i < size; i++) {
        if (p[i] != (rc != KRATOS_OK ? '?' : i < n ? flash.p[slot][HEAD + i] : 0)) {
            abort();
        }
    }
    free(p);
}

static int save(struct kratos_slots *s, const unsigned char *p)
{
    int rc;
    do {
        rc = kratos_slots_save(s, p, KRATOS_RECORD_SIZE);
    } while (rc == KRATOS_AGAIN);
    return rc;
}

/* After a load said `before` and gave `old`: a save that is cut, or not, and a restart. */
static void check_save(struct kratos_slots *s, int before, const unsigned char *old, unsigned cut_at)
{
    static const unsigned char record[KRATOS_RECORD_SIZE] = "\1the new record";
    unsigned char *p;
    int rc, saved;
    flash.steps = 0;
    flash.cut_at = cut_at;
    saved = save(s, record);
    if (saved != KRATOS_OK && saved != KRATOS_ERR_STORE) {
        abort();
    }
    if (cut_at != NO_CUT && flash.steps >= cut_at) {
        saved = KRATOS_ERR_STORE; /* nobody heard what it said */
    }
    boot(s);
    p = load(s, sizeof record, &rc);
    if (rc == KRATOS_OK && memcmp(p, record, sizeof record) == 0) {
        free(p);
        return;
    }
    if (saved == KRATOS_OK || (before == KRATOS_OK && rc != KRATOS_OK) ||
        (rc == KRATOS_OK && memcmp(p, old, sizeof record) != 0)) {
        abort();
    }
    free(p);
}

static void put(unsigned slot, const uint8_t *p, unsigned flags)
{
    const uint16_t magic = 0x4B70;
    uint32_t crc;
    memcpy(flash.p[slot], p, SIZE);
    flash.unreadable[slot] = (flags & UNREADABLE_0) != 0;
    if ((flags & SEAL_0) != 0) {
        memcpy(flash.p[slot] + 6, &magic, sizeof magic);
        crc = crc_of(flash.p[slot], AT_CRC);
        memcpy(flash.p[slot] + AT_CRC, &crc, sizeof crc);
    }
    if ((flags & BLANK_0) != 0) {
        memset(flash.p[slot], 0xFF, SIZE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kratos_slots s;
    unsigned char *old;
    int rc;
    if (size != 4 + 2 * SIZE) {
        return 0;
    }
    put(0, data + 4, data[0]);
    put(1, data + 4 + SIZE, data[0] >> 1);
    flash.again = (data[1] & 1) != 0;
    flash.fails = (data[1] & 2) != 0;
    flash.skips = (data[1] & 4) != 0;
    flash.dead = (data[1] & 16) != 0;
    flash.calls = 0;
    boot(&s);
    check_load(&s, data[2]);
    check_load(&s, SIZE);
    if (flash.unreadable[0] || flash.unreadable[1]) {
        return 0; /* what cannot be read now may be read later: a save must not be judged by it */
    }
    old = load(&s, KRATOS_RECORD_SIZE, &rc);
    check_save(&s, rc, old, (unsigned)data[3] + (data[1] & 8 ? 256u : 0));
    free(old);
    return 0;
}
