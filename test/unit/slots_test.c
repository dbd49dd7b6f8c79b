/* SPDX-License-Identifier: Apache-2.0
 *
 * Two slots over a NOR flash in memory: erasing sets bits, writing clears them, and either may be cut at every byte, leaving a
 * byte half done, or a word that cannot be read any more (ECC). Whatever the flash holds, a load gives the newest whole record,
 * and says KRATOS_END only where none was ever finished. It must never look at private members.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc.h"
#include "kratos_provision.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define UNIT 256 /* bytes that are erased together */
#define WORD 8   /* bytes with an ECC of their own */
#define ROOM (KRATOS_SLOT_SIZE - 12)
#define STEPS (UNIT + KRATOS_SLOT_SIZE) /* bytes that a save erases and writes */
#define RECORD KRATOS_RECORD_SIZE

/* An image, as slots.c lays it out. */
#define AT_SEQUENCE 0
#define AT_SIZE 4
#define AT_MAGIC 6
#define AT_PAYLOAD 8
#define AT_CRC 124
#define MAGIC 0x4B70

/* ---- The flash ----------------------------------------------------------------------------------- */

/* What the cut leaves of the byte at which it comes; ECC: of the word, too. */
enum torn { OLD, LOW_BITS, HIGH_BITS, ECC, KINDS };

static struct {
    unsigned char p[2][UNIT];
    bool unreadable[2][UNIT / WORD];
    unsigned steps, cut_at; /* bytes so far; 0: no cut */
    enum torn torn;
    jmp_buf cut;
    unsigned agains, erase_agains, write_agains;                     /* to be given, each call; given so far */
    unsigned erases, writes;                                         /* that were done */
    bool erase_fails, write_fails, write_stops, read_fails[2], dead; /* dead: says yes, and does nothing */
    int flips;                                                       /* bit that a write gets wrong, or -1 */
    unsigned char asked[KRATOS_SLOT_SIZE];
} flash;

static const uint32_t addresses[2] = {0x0803F000u, 0x08001000u};

static unsigned slot_of(uint32_t at)
{
    unsigned slot = at - addresses[0] >= KRATOS_SLOT_SIZE;
    assert_true(at - addresses[slot] < KRATOS_SLOT_SIZE);
    return slot;
}

/* One byte goes from `was` to `wanted`. */
static void step(unsigned slot, size_t i, unsigned wanted)
{
    static const unsigned char done[] = {0x00, 0x0F, 0xF0, 0xAA};
    unsigned char *byte = &flash.p[slot][i], mask = done[flash.torn];
    if (++flash.steps != flash.cut_at) {
        *byte = (unsigned char)wanted;
        return;
    }
    *byte = (unsigned char)((*byte & ~mask) | (wanted & mask));
    flash.unreadable[slot][i / WORD] = flash.torn == ECC;
    longjmp(flash.cut, 1);
}

static int flash_read(void *ctx, uint32_t at, void *p, size_t n)
{
    unsigned slot = slot_of(at);
    size_t i, from = at - addresses[slot];
    assert_ptr_equal(ctx, &flash);
    assert_true(from + n <= KRATOS_SLOT_SIZE);
    memcpy(p, flash.p[slot] + from, n);
    for (i = from; i < from + n; i++) {
        if (flash.unreadable[slot][i / WORD] || flash.read_fails[slot]) {
            return KRATOS_ERR_STORE;
        }
    }
    return KRATOS_OK;
}

static int flash_erase(void *ctx, uint32_t at)
{
    unsigned slot = slot_of(at);
    size_t i;
    assert_ptr_equal(ctx, &flash);
    if (flash.erase_agains++ < flash.agains) {
        return KRATOS_AGAIN;
    }
    flash.erase_agains = 0;
    if (flash.erase_fails) {
        return KRATOS_ERR_STORE;
    }
    if (flash.dead) {
        return KRATOS_OK;
    }
    for (i = 0; i < UNIT; i++) {
        step(slot, i, 0xFF);
    }
    memset(flash.unreadable[slot], 0, sizeof flash.unreadable[slot]);
    flash.erases++;
    return KRATOS_OK;
}

static int flash_write(void *ctx, uint32_t at, const void *p, size_t n)
{
    unsigned slot = slot_of(at);
    const unsigned char *from = p;
    size_t i;
    assert_ptr_equal(ctx, &flash);
    assert_int_equal(n, KRATOS_SLOT_SIZE);
    assert_true(flash.write_agains == 0 || memcmp(flash.asked, p, n) == 0);
    memcpy(flash.asked, p, n);
    if (flash.write_agains++ < flash.agains) {
        return KRATOS_AGAIN;
    }
    flash.write_agains = 0;
    if (flash.write_fails) {
        return KRATOS_ERR_STORE;
    }
    if (flash.dead) {
        return KRATOS_OK;
    }
    for (i = 0; i < n; i++) {
        unsigned flip = flash.flips / 8 == (int)i && flash.flips >= 0 ? 1u << flash.flips % 8 : 0;
        assert_int_equal(flash.p[slot][i], 0xFF); /* NOR: what is not blank cannot be written */
        if (flash.write_stops && i == n / 2) {
            return KRATOS_ERR_STORE;
        }
        step(slot, i, from[i] ^ flip);
    }
    flash.writes++;
    return KRATOS_OK;
}

/* ---- The store under test ------------------------------------------------------------------------ */

static struct kratos_slots slots;
static unsigned char got[2 * KRATOS_SLOT_SIZE];

static void boot(void)
{
    memset(&slots, 0, sizeof slots);
    slots.ctx = &flash;
    memcpy(slots.at, addresses, sizeof addresses);
    slots.read = flash_read;
    slots.erase = flash_erase;
    slots.write = flash_write;
    flash.steps = flash.cut_at = 0;
    flash.erase_agains = flash.write_agains = 0;
}

static void begin(void)
{
    memset(&flash, 0, sizeof flash);
    memset(flash.p, 0xFF, sizeof flash.p);
    flash.flips = -1;
    boot();
}

static int load(size_t size)
{
    memset(got, '?', sizeof got);
    return kratos_slots_load(&slots, got, size);
}

static const unsigned char *record(unsigned letter)
{
    static unsigned char p[2 * KRATOS_SLOT_SIZE];
    memset(p, (int)letter, sizeof p);
    return p;
}

static int save(unsigned letter)
{
    return kratos_slots_save(&slots, record(letter), RECORD);
}

/* After a restart: that record, or 0: none was ever stored. */
static bool holds(unsigned letter)
{
    int rc;
    boot();
    rc = load(RECORD);
    if (letter == 0) {
        return rc == KRATOS_END && got[0] == '?';
    }
    return rc == KRATOS_OK && memcmp(got, record(letter), RECORD) == 0 && got[RECORD] == '?';
}

/* Records 'a', 'b' ... that many. Returns the last one. */
static unsigned fill(unsigned count)
{
    unsigned i;
    begin();
    assert_int_equal(load(RECORD), KRATOS_END);
    for (i = 0; i < count; i++) {
        assert_int_equal(save('a' + i), KRATOS_OK);
    }
    return count != 0 ? 'a' + count - 1 : 0;
}

static void put(unsigned slot, uint32_t sequence, uint16_t size, unsigned letter)
{
    unsigned char *p = flash.p[slot];
    const uint16_t magic = MAGIC;
    uint32_t crc;
    memset(p, 0, KRATOS_SLOT_SIZE);
    memcpy(p + AT_SEQUENCE, &sequence, sizeof sequence);
    memcpy(p + AT_SIZE, &size, sizeof size);
    memcpy(p + AT_MAGIC, &magic, sizeof magic);
    memset(p + AT_PAYLOAD, (int)letter, size <= ROOM ? size : ROOM);
    crc = kratos_crc32(0, p, AT_CRC);
    memcpy(p + AT_CRC, &crc, sizeof crc);
}

/* ---- Without trouble ----------------------------------------------------------------------------- */

static void test_first(void **state)
{
    (void)state;
    begin();
    assert_true(holds(0));
    assert_int_equal(flash.erases + flash.writes, 0);
    assert_int_equal(save('a'), KRATOS_OK);
    assert_true(holds('a'));
    assert_int_equal(flash.erases, 1);
    assert_int_equal(flash.writes, 1);
}

/* Each save erases and writes one slot, in turn, and nothing behind its image. */
static void test_turns(void **state)
{
    unsigned char before[2][UNIT];
    unsigned i;
    (void)state;
    begin();
    load(RECORD);
    for (i = 0; i < 40; i++) {
        memcpy(before, flash.p, sizeof before);
        assert_int_equal(save('A' + i), KRATOS_OK);
        assert_true(memcmp(before[i % 2], flash.p[i % 2], UNIT) != 0);
        assert_memory_equal(before[(i + 1) % 2], flash.p[(i + 1) % 2], UNIT);
        assert_int_equal(flash.erases, i + 1);
        assert_int_equal(flash.writes, i + 1);
        if (i % 3 == 0) { /* between two others there is no load */
            assert_true(holds('A' + i));
        }
    }
    for (i = KRATOS_SLOT_SIZE; i < UNIT; i++) {
        assert_true(flash.p[0][i] == 0xFF && flash.p[1][i] == 0xFF);
    }
}

/* What is in the field must be readable by the next release, and nothing of the stack gets into it. */
static void test_layout(void **state)
{
    unsigned char wanted[2][UNIT];
    size_t size;
    (void)state;
    for (size = 0; size <= ROOM; size += size == 0 ? RECORD : 1) {
        begin();
        put(0, 1, (uint16_t)size, 'a');
        put(1, 2, (uint16_t)size, 'b');
        memcpy(wanted, flash.p, sizeof wanted);
        begin();
        load(RECORD);
        assert_int_equal(kratos_slots_save(&slots, record('a'), size), KRATOS_OK);
        assert_int_equal(kratos_slots_save(&slots, record('b'), size), KRATOS_OK);
        assert_memory_equal(flash.p, wanted, sizeof wanted);
    }
}

static void test_sizes(void **state)
{
    static const size_t good[] = {0, 1, RECORD - 1, RECORD, ROOM - 1, ROOM};
    static const size_t bad[] = {ROOM + 1, KRATOS_SLOT_SIZE, 65536, 65536 + RECORD, SIZE_MAX};
    size_t i, size;
    (void)state;
    for (i = 0; i < COUNT(good); i++) {
        begin();
        load(RECORD);
        assert_int_equal(kratos_slots_save(&slots, record('a'), good[i]), KRATOS_OK);
        for (size = 0; size <= 2 * KRATOS_SLOT_SIZE; size++) {
            size_t n = size < good[i] ? size : good[i], j;
            assert_int_equal(load(size), KRATOS_OK);
            for (j = 0; j < sizeof got; j++) { /* what is there, then zeros, and nothing beyond */
                assert_int_equal(got[j], j < n ? 'a' : j < size ? 0 : '?');
            }
        }
    }
    for (i = 0; i < COUNT(bad); i++) {
        fill(1);
        assert_int_equal(kratos_slots_save(&slots, record('x'), bad[i]), KRATOS_ERR_STORE);
        assert_int_equal(flash.erases + flash.writes, 2);
        assert_true(holds('a'));
    }
}

static void test_again(void **state)
{
    static const unsigned times[] = {0, 1, 2, 255, 256, 70000};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(times); i++) {
        unsigned calls = 0, round;
        fill(2);
        flash.agains = times[i];
        for (round = 0; round < 2; round++) {
            int rc;
            while ((rc = save('x' + round)) == KRATOS_AGAIN) {
                calls++;
            }
            assert_int_equal(rc, KRATOS_OK);
            assert_int_equal(flash.erases, 3 + round);
            assert_int_equal(flash.writes, 3 + round);
        }
        assert_int_equal(calls, 4 * times[i]);
        flash.agains = 0;
        assert_true(holds('y'));
    }
}

/* A restart while it is erased or written: the next save begins anew. */
static void test_left_in_between(void **state)
{
    unsigned calls, i;
    (void)state;
    for (calls = 1; calls <= 6; calls++) {
        fill(2);
        flash.agains = 3;
        for (i = 0; i < calls; i++) {
            assert_int_equal(save('x'), KRATOS_AGAIN);
        }
        flash.agains = flash.erase_agains = flash.write_agains = 0;
        assert_int_equal(load(RECORD), KRATOS_OK); /* the same object */
        assert_memory_equal(got, record('b'), RECORD);
        assert_int_equal(save('y'), KRATOS_OK);
        assert_int_equal(flash.erases, calls > 3 ? 4 : 3);
        assert_true(holds('y'));
    }
}

/* ---- What the flash may hold --------------------------------------------------------------------- */

static void test_sequence(void **state)
{
    static const struct {
        uint32_t sequence[2];
        unsigned newest;
    } rows[] = {
        {{0, 1}, 1},
        {{1, 0}, 0},
        {{7, 8}, 1},
        {{5, 5}, 0},
        {{UINT32_MAX, 0}, 1},
        {{0, UINT32_MAX}, 0},
        {{UINT32_MAX - 1, UINT32_MAX}, 1},
        {{UINT32_MAX, UINT32_MAX - 1}, 0},
        {{0x7FFFFFFFu, 0x80000000u}, 1},
        {{0x80000000u, 0x7FFFFFFFu}, 0},
    };
    size_t i;
    unsigned j;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        begin();
        put(0, rows[i].sequence[0], RECORD, 'p');
        put(1, rows[i].sequence[1], RECORD, 'q');
        if (!holds(rows[i].newest == 0 ? 'p' : 'q')) {
            fail_msg("row %zu", i);
        }
        for (j = 0; j < 4; j++) { /* over the end of 32 bits */
            assert_int_equal(save('a' + j), KRATOS_OK);
            assert_true(holds('a' + j));
        }
    }
}

enum content { BLANK, GOOD, NEWER, DAMAGED, UNREADABLE, ONE_WORD, LAST_WORD, FIRST, CONTENTS };

static void put_content(unsigned slot, enum content content)
{
    if (content == GOOD || content == NEWER) {
        put(slot, content == GOOD ? 3 : 4, RECORD, content == GOOD ? 'g' : 'n');
    } else if (content == DAMAGED) {
        put(slot, 9, RECORD, 'd');
        flash.p[slot][AT_PAYLOAD] ^= 1;
    } else if (content == UNREADABLE) {
        put(slot, 9, RECORD, 'u');
        flash.read_fails[slot] = true;
    } else if (content == ONE_WORD) { /* of an image that came to its end */
        put(slot, 9, RECORD, 'w');
        flash.unreadable[slot][AT_PAYLOAD / WORD] = true;
    } else if (content == LAST_WORD || content == FIRST) { /* the first image ever, or another one */
        put(slot, content == FIRST ? 1 : 9, RECORD, 'l');
        flash.unreadable[slot][AT_CRC / WORD] = true;
    }
}

/* What came to its end and is lost is no fresh start. A slot that cannot be read beside a blank one is: the first saving was
 * cut; two of them cannot come of that. */
static void test_contents(void **state)
{
    unsigned first, second;
    (void)state;
    for (first = 0; first < CONTENTS; first++) {
        for (second = 0; second < CONTENTS; second++) {
            bool newer = first == NEWER || second == NEWER, good = first == GOOD || second == GOOD;
            bool ended = first == DAMAGED || second == DAMAGED || first == ONE_WORD || second == ONE_WORD;
            unsigned doubts = (unsigned)(first == UNREADABLE || first == LAST_WORD) +
                              (unsigned)(second == UNREADABLE || second == LAST_WORD);
            bool fresh = !ended && doubts < 2;
            begin();
            put_content(0, (enum content)first);
            put_content(1, (enum content)second);
            if (newer || good) {
                assert_true(holds(newer ? 'n' : 'g'));
            } else {
                assert_int_equal(load(RECORD), fresh ? KRATOS_END : KRATOS_ERR_STORE);
                assert_int_equal(got[0], '?');
            }
            flash.read_fails[0] = flash.read_fails[1] = false;
            memset(flash.unreadable, 0, sizeof flash.unreadable);
            assert_int_equal(save('x'), KRATOS_OK);
            if (first < UNREADABLE && second < UNREADABLE) { /* whose record may be newer, once it can be read */
                assert_true(holds('x'));
            }
        }
    }
}

/* As a write leaves it that was cut: of its check there is less than it should be, or nothing. */
static bool is_cut(unsigned slot)
{
    uint32_t crc = kratos_crc32(0, flash.p[slot], AT_CRC), stored;
    memcpy(&stored, flash.p[slot] + AT_CRC, sizeof stored);
    return (stored & crc) == crc;
}

/* A byte that is not as it was written, wherever it stands; and each byte of a slot that was never written. */
static void test_each_byte(void **state)
{
    unsigned cuts = 0;
    unsigned i, bit;
    (void)state;
    for (i = 0; i < KRATOS_SLOT_SIZE; i++) {
        for (bit = 0; bit < 8; bit++) {
            fill(2);
            flash.p[1][i] ^= (unsigned char)(1u << bit);
            assert_true(holds('a'));
            flash.p[0][i] ^= (unsigned char)(1u << bit);
            cuts += is_cut(0) && is_cut(1);
            assert_int_equal(load(RECORD), is_cut(0) && is_cut(1) ? KRATOS_END : KRATOS_ERR_STORE);
            memset(flash.p, 0xFF, sizeof flash.p);
            flash.p[0][i] ^= (unsigned char)(1u << bit);
            assert_int_equal(load(RECORD), is_cut(0) ? KRATOS_END : KRATOS_ERR_STORE);
            assert_true(is_cut(0) || i >= AT_CRC);
            flash.p[1][i] ^= (unsigned char)(1u << bit);
            assert_int_equal(load(RECORD), is_cut(0) ? KRATOS_END : KRATOS_ERR_STORE);
        }
    }
    assert_in_range(cuts, 1, 31); /* of both checks the same bit, erased again */
    fill(0);
    memset(flash.p[0] + KRATOS_SLOT_SIZE, 0, UNIT - KRATOS_SLOT_SIZE); /* not ours */
    memset(flash.p[1] + KRATOS_SLOT_SIZE, 0, UNIT - KRATOS_SLOT_SIZE);
    assert_true(holds(0));
}

/* What has a good CRC, but is none of ours. */
static void test_odd_images(void **state)
{
    uint32_t crc;
    (void)state;
    begin();
    put(0, 1, ROOM + 1, 'a');
    put(1, 1, UINT16_MAX, 'a');
    assert_int_equal(load(RECORD), KRATOS_ERR_STORE);
    begin();
    put(0, 1, RECORD, 'a');
    flash.p[0][AT_MAGIC] ^= 1;
    crc = kratos_crc32(0, flash.p[0], AT_CRC);
    memcpy(flash.p[0] + AT_CRC, &crc, sizeof crc);
    memcpy(flash.p[1], flash.p[0], UNIT);
    assert_int_equal(load(RECORD), KRATOS_ERR_STORE);
    begin();
    memset(flash.p, 0, sizeof flash.p);
    assert_int_equal(load(RECORD), KRATOS_ERR_STORE);
}

/* ---- Failures ------------------------------------------------------------------------------------ */

static void fail_in(unsigned how)
{
    flash.erase_fails = how == 0;
    flash.write_fails = how == 1;
    flash.write_stops = how == 2;
    flash.flips = how == 3 ? 8 * AT_PAYLOAD : -1;
}

/* Any number of them in a row, by any number of AGAINs: the record before stays, and the next save is good. */
static void test_failures(void **state)
{
    unsigned how, count, times, agains, i;
    (void)state;
    for (how = 0; how < 4; how++) {
        for (count = 0; count < 4; count++) {
            for (times = 1; times < 4; times++) {
                for (agains = 0; agains < 2; agains++) {
                    unsigned before = fill(count);
                    int rc;
                    fail_in(how);
                    flash.agains = agains;
                    for (i = 0; i < times; i++) {
                        while ((rc = save('x')) == KRATOS_AGAIN) {
                        }
                        assert_int_equal(rc, KRATOS_ERR_STORE);
                    }
                    fail_in(4);
                    if (times != 2 && before == 0 && how == 3) { /* an image that is whole, but for a bit */
                        boot();
                        assert_int_equal(load(RECORD), KRATOS_ERR_STORE);
                    } else if (times != 2) { /* also without a restart */
                        assert_true(holds(before));
                    }
                    while ((rc = save('y')) == KRATOS_AGAIN) {
                    }
                    assert_int_equal(rc, KRATOS_OK);
                    assert_true(holds('y'));
                }
            }
        }
    }
}

/* What was written is read again: any bit that is wrong, and a slot that cannot be read. */
static void test_verifies(void **state)
{
    int bit;
    (void)state;
    for (bit = 0; bit < 8 * KRATOS_SLOT_SIZE; bit++) {
        fill(2);
        flash.flips = bit;
        assert_int_equal(save('x'), KRATOS_ERR_STORE);
        flash.flips = -1;
        assert_true(holds('b'));
    }
    fill(2);
    flash.read_fails[0] = true;
    assert_int_equal(save('x'), KRATOS_ERR_STORE);
    assert_int_equal(save('x'), KRATOS_ERR_STORE);
    flash.read_fails[0] = false;
    assert_int_equal(save('y'), KRATOS_OK);
    assert_true(holds('y'));
}

/* A flash that is locked, or worn out, may say yes to all: what is read again is an older record then, and whole. */
static void test_dead(void **state)
{
    unsigned count;
    (void)state;
    for (count = 0; count <= 4; count++) {
        unsigned before = fill(count);
        flash.dead = true;
        assert_int_equal(save('x'), KRATOS_ERR_STORE);
        assert_int_equal(save('y'), KRATOS_ERR_STORE);
        flash.dead = false;
        assert_true(holds(before));
        assert_int_equal(save('z'), KRATOS_OK);
        assert_true(holds('z'));
    }
}

/* ---- The power is cut ---------------------------------------------------------------------------- */

/* True: before the save's end. */
static bool save_until(unsigned at, enum torn torn, unsigned letter)
{
    flash.steps = 0;
    flash.cut_at = at;
    flash.torn = torn;
    if (setjmp(flash.cut) != 0) {
        return true;
    }
    assert_int_equal(save(letter), KRATOS_OK);
    return false;
}

/* At each byte of erasing and writing, over 0 to 4 records: the old one, or the new one. */
static void test_cut(void **state)
{
    unsigned count, at, torn;
    (void)state;
    for (torn = 0; torn < KINDS; torn++) {
        for (count = 0; count <= 4; count++) {
            for (at = 1; at <= STEPS + 1; at++) {
                unsigned before = fill(count);
                bool cut = save_until(at, (enum torn)torn, 'x');
                assert_int_equal(cut, at <= STEPS);
                if (!holds('x') && (!cut || !holds(before))) {
                    fail_msg("%u records, cut at byte %u, torn %u", count, at, torn);
                }
                assert_int_equal(save('y'), KRATOS_OK);
                assert_true(holds('y'));
                assert_int_equal(save('z'), KRATOS_OK);
                assert_true(holds('z'));
            }
        }
    }
}

/* Each byte of the check, some of all others. */
static unsigned stride(unsigned at, unsigned wide)
{
    return at < STEPS - 10 ? wide : 1;
}

/* And the save that follows is cut too: what was there before it must not be lost by that. */
static void test_cut_twice(void **state)
{
    unsigned count, at, then, torn;
    (void)state;
    for (count = 0; count <= 2; count++) {
        for (at = 1; at <= STEPS; at += stride(at, 7)) {
            for (then = 1; then <= STEPS; then += stride(then, 5)) {
                unsigned before = fill(count);
                torn = (at + then) % KINDS;
                save_until(at, (enum torn)torn, 'x');
                before = holds('x') ? 'x' : before;
                assert_true(holds(before));
                save_until(then, (enum torn)((torn + then / 2) % KINDS), 'y');
                if (!holds('y') && !holds(before)) {
                    fail_msg("%u records, cut at bytes %u and %u, torn %u", count, at, then, torn);
                }
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_left_in_between),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_odd_images),
        cmocka_unit_test(test_verifies),
        cmocka_unit_test(test_dead),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_twice),
    };
    return cmocka_run_group_tests_name("slots", tests, NULL, NULL) != 0;
}
