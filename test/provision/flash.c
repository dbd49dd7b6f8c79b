/* SPDX-License-Identifier: Apache-2.0
 *
 * See flash.h.
 */
#include "flash.h"

#include <stdio.h>
#include <string.h>

#include "choice.h"

#define UNIT 8 /* bytes that are programmed, and protected by a check, together */
#define TORN_ALL 255
#define APART 1000 /* the addresses of the two slots */

static struct flash *const flash = &world.flash;

static void trace(const char *what, uint32_t at)
{
    if (tracing) {
        printf("%7u   %s %u\n", (unsigned)world.now, what, (unsigned)at);
    }
}

/* ---- NOR flash --------------------------------------------------------------------------------------- */

static bool is_torn(uint32_t slot, size_t from, size_t n)
{
    unsigned torn = flash->torn[slot];
    return torn == TORN_ALL || (torn != 0 && (torn - 1u) * UNIT < from + n && torn * UNIT > from);
}

static int nor_read(void *ctx, uint32_t at, void *p, size_t n)
{
    static const char *const options[] = {"the reading back fails", NULL};
    uint32_t slot = at / APART, from = at % APART;
    (void)ctx;
    if (flash->dead_load || is_torn(slot, from, n) || (flash->saving && choose("flash read", options, 0) != 0)) {
        return KRATOS_ERR_STORE;
    }
    memcpy(p, flash->bytes[slot] + from, n);
    return KRATOS_OK;
}

static void fill(uint32_t at, size_t n)
{
    memset(flash->bytes[at], 0xFF, n);
}

static int nor_erase(void *ctx, uint32_t at)
{
    static const char *const options[] = {"power cut before",
                                          "power cut in its middle",
                                          "power cut in its middle, and no word can be read",
                                          "power cut behind",
                                          "fails",
                                          "fails in its middle",
                                          "says again",
                                          NULL};
    unsigned option = choose("flash erase", options, 0);
    (void)ctx;
    at /= APART;
    trace("erase", at);
    if (flash->dead_save) {
        return KRATOS_ERR_STORE;
    }
    switch (option) {
    case 2:
        fill(at, KRATOS_SLOT_SIZE / 2);
        break;
    case 3:
        fill(at, KRATOS_SLOT_SIZE / 2);
        flash->torn[at] = TORN_ALL;
        break;
    case 0:
    case 4:
        fill(at, KRATOS_SLOT_SIZE);
        flash->torn[at] = 0;
        break;
    case 6:
        fill(at, KRATOS_SLOT_SIZE / 2);
        break;
    default:
        break;
    }
    if (option >= 1 && option <= 4) {
        world_power_cut();
    }
    return option == 0 ? KRATOS_OK : option == 7 ? KRATOS_AGAIN : KRATOS_ERR_STORE;
}

/* n bytes, and of the next one some bits. */
static void program(uint32_t at, const unsigned char *p, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) {
        flash->bytes[at][i] &= p[i];
    }
    if (n < KRATOS_SLOT_SIZE) {
        flash->bytes[at][n] &= p[n] | 0x55;
    }
}

static int nor_write(void *ctx, uint32_t at, const void *p, size_t n)
{
    static const char *const options[] = {
        "power cut behind", "fails at once", "fails half-way", "says again", "says that it is done half-way", NULL};
    unsigned option = choose("flash write", options, n + n / UNIT), byte = option > 5 ? option - 6 : 0;
    size_t i;
    (void)ctx;
    at /= APART;
    trace("write", at);
    for (i = 0; i < n && flash->bytes[at][i] == 0xFF; i++) {
    }
    if (i < n || flash->torn[at]) {
        world_broken("wrote to flash that is not erased");
    }
    if (option > 5) { /* behind each byte, and then each unit once more with a word that cannot be read */
        flash->torn[at] = (uint8_t)(byte >= n ? byte - n + 1 : 0);
        program(at, p, byte < n ? byte : (byte - n) * UNIT);
        world_power_cut();
    }
    if (option == 2 || option == 4) {
        return option == 2 ? KRATOS_ERR_STORE : KRATOS_AGAIN;
    }
    program(at, p, option == 3 || option == 5 ? n / 2 : n);
    if (option == 1) {
        world_power_cut();
    }
    return option == 3 ? KRATOS_ERR_STORE : KRATOS_OK;
}

/* ---- The stores ------------------------------------------------------------------------------------------ */

static int slots_load(void *p, size_t size)
{
    return kratos_slots_load(&flash->slots, p, size);
}

static int slots_save(const void *p, size_t size)
{
    int rc;
    flash->saving = true;
    rc = kratos_slots_save(&flash->slots, p, size);
    flash->saving = false;
    return rc;
}

static int plain_load(void *p, size_t size)
{
    static const char *const options[] = {"fails", "says again", NULL};
    unsigned option = choose("load", options, 0);
    if (option != 0 || flash->dead_load) {
        return option == 2 ? KRATOS_AGAIN : KRATOS_ERR_STORE;
    }
    memcpy(p, flash->record, size);
    return flash->there ? KRATOS_OK : KRATOS_END;
}

static int plain_save(const void *p, size_t size)
{
    static const char *const options[] = {"power cut before",    "power cut behind", "fails",
                                          "fails, but is there", "says again",       NULL};
    unsigned option = choose("save", options, 0);
    trace("save", 0);
    if (flash->dead_save) {
        return KRATOS_ERR_STORE;
    }
    if (option == 0 || option == 2 || option == 4) {
        memcpy(flash->record, p, size);
        flash->there = true;
    }
    if (option == 1 || option == 2) {
        world_power_cut();
    }
    return option == 0 ? KRATOS_OK : option == 5 ? KRATOS_AGAIN : KRATOS_ERR_STORE;
}

static int store_load(void *ctx, void *p, size_t size)
{
    (void)ctx;
    return setting.keep == SLOTS ? slots_load(p, size) : plain_load(p, size);
}

static int store_save(void *ctx, const void *p, size_t size)
{
    (void)ctx;
    return setting.keep == SLOTS ? slots_save(p, size) : plain_save(p, size);
}

const struct kratos_store flash_store = {NULL, store_load, store_save};

/* ---- From outside ----------------------------------------------------------------------------------------- */

void flash_erase(void)
{
    fill(0, KRATOS_SLOT_SIZE);
    fill(1, KRATOS_SLOT_SIZE);
    flash->torn[0] = flash->torn[1] = 0;
    flash->there = false;
}

void flash_power_on(void)
{
    struct kratos_slots *slots = &flash->slots;
    memset(slots, 0, sizeof *slots);
    slots->at[1] = APART;
    slots->read = nor_read;
    slots->erase = nor_erase;
    slots->write = nor_write;
    flash->saving = false;
}

void flash_tear(bool newest)
{
    flash->torn[newest ? flash->slots.newest : 1 - flash->slots.newest] = TORN_ALL;
}

int flash_peek(struct kratos_record *record)
{
    struct kratos_slots kept = flash->slots;
    int rc = store_load(NULL, record, sizeof *record);
    flash->slots = kept;
    return rc;
}

void flash_poke(const struct kratos_record *record)
{
    flash_power_on();
    flash_peek(&(struct kratos_record){0});
    if (setting.keep == SLOTS) {
        kratos_slots_load(&flash->slots, &(struct kratos_record){0}, sizeof *record);
    }
    store_save(NULL, record, sizeof *record);
    flash_power_on();
}
