/* SPDX-License-Identifier: Apache-2.0
 *
 * See scenario.h.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc.h"
#include "device.h"
#include "flash.h"

static struct device *const device = &world.device;

/* ---- How the world is before ---------------------------------------------------------------------------- */

static void ends(int rc)
{
    int got = device_run();
    if (got != rc) {
        printf("scenario: a preparation ended with %d in state %d\n", got, (int)device_state());
        exit(EXIT_FAILURE);
    }
}

static void factory(void)
{
}

static void well(void)
{
    ends(KRATOS_OK);
}

static void rotate_to(unsigned generation)
{
    device->goals.generation = generation;
    ends(KRATOS_OK);
}

static void rotated(void)
{
    rotate_to(1);
}

static struct identity *ours(void)
{
    return server_find(&world.server, device->serial, NULL);
}

static void reset(void)
{
    well();
    flash_erase();
}

static void reset_rotated(void)
{
    rotate_to(2);
    flash_erase();
}

static void retired(void)
{
    device->goals.retire = true;
    ends(KRATOS_ERR_STOPPED);
}

static void reset_retired(void)
{
    retired();
    flash_erase();
}

static struct identity *another(const char *serial)
{
    struct identity *who = server_add(&world.server, serial);
    snprintf(who->hash, sizeof who->hash, "a hash of another tool");
    return who;
}

static void bare(void)
{
    another(device->serial);
}

static void taken(void)
{
    struct identity *who = another(device->serial);
    who->kp = true;
    snprintf(who->names[0], sizeof who->names[0], "00112233445566aa.g0000000c.0123abcd");
}

static void found_taken(void)
{
    taken();
    ends(KRATOS_ERR_STOPPED);
}

static void found_bare(void)
{
    bare();
    ends(KRATOS_ERR_STOPPED);
}

static void deleted(void)
{
    well();
    ours()->live = false;
}

static void replaced(void)
{
    deleted();
    taken();
}

static void disabled(void)
{
    well();
    ours()->inactive = true;
}

static struct server older;

static void backup(void)
{
    well();
    older = world.server;
    rotate_to(2);
    world.server = older;
}

static void backup_empty(void)
{
    older = world.server;
    well();
    world.server = older;
}

static struct flash image;

/* The flash as it was `generations` ago. */
static void old_image_of(unsigned generations)
{
    well();
    image = world.flash;
    rotate_to(generations);
    world.flash = image;
}

static void old_image(void)
{
    old_image_of(1);
}

static void older_image(void)
{
    old_image_of(2);
}

static void image_of_before(void)
{
    rotate_to(1);
    image = world.flash;
    retired();
    world.flash = image;
}

static void twin(void)
{
    well();
    device->seed = 77;
}

static void other_root(void)
{
    memset(device->root_secret, 's', sizeof device->root_secret);
}

static void clone(void)
{
    well();
    device->chip = "chip-b";
    other_root();
}

static void clone_without_chip(void)
{
    device->chip = NULL;
    well();
    other_root();
}

/* An update of the firmware brings one. */
static void root_comes(void)
{
    device->root = false;
    well();
    device->root = true;
}

static void root_comes_backup(void)
{
    device->root = false;
    backup();
    device->root = true;
}

static void root_comes_old_image(void)
{
    device->root = false;
    old_image();
    device->root = true;
}

static void root_goes(void)
{
    device->root = true;
    well();
    device->root = false;
}

static void external_comes(void)
{
    device->external = false;
    well();
    device->external = true;
}

static void other_serial(void)
{
    well();
    device->serial = "sn-0002";
}

static void other_realm(void)
{
    well();
    device->realm = "test";
}

static void poke(unsigned version, bool right)
{
    struct kratos_record record;
    well();
    record = device->p.record;
    record.version = (uint8_t)version;
    record.check = right ? kratos_crc32(0, &record, offsetof(struct kratos_record, check)) : ~record.check;
    flash_poke(&record);
}

static void newer(void)
{
    poke(2, true);
}

static void damaged(void)
{
    poke(1, false);
}

static void both_slots_torn(void)
{
    well();
    flash_tear(true);
    flash_tear(false);
}

static void older_torn(void)
{
    well();
    flash_tear(false);
}

static void newest_torn(void)
{
    well();
    flash_tear(true);
}

static void rotated_older_torn(void)
{
    rotated();
    flash_tear(false);
}

static void rotated_newest_torn(void)
{
    rotated();
    flash_tear(true);
}

static void cannot_save(void)
{
    world.flash.dead_save = true;
}

static void cannot_load(void)
{
    well();
    world.flash.dead_load = true;
}

static void external_taken(void)
{
    snprintf(another("other")->external_id, 65, "ext-1");
}

static void no_serials(void)
{
    world.server.no_serials = true;
}

/* A person's identity, whose code goes to what is our serial. */
static void namesake(void)
{
    snprintf(another("a-person")->code, 65, "%s", device->serial);
}

static void namesake_reset(void)
{
    namesake();
    reset();
}

static void namesake_deleted(void)
{
    namesake();
    deleted();
}

static void refused(void)
{
    world.server.refuses = true;
}

static void denied(void)
{
    world.server.denies = true;
}

static void denied_later(void)
{
    well();
    denied();
}

static void no_password(void)
{
    device->no_password = true;
}

static void no_password_well(void)
{
    no_password();
    well();
}

/* ---- The table ------------------------------------------------------------------------------------------------ */

#define END(state) ON(state), ON(state)
#define ENDS(state, with_root) ON(state), ON(with_root)
#define SAME(requests) requests, requests
#define LATER_EXTERNAL (ONLY_EXTERNAL | HAS_OTHER_EXTERNAL)
#define NO_PASSWORD (ONLY_EXTERNAL | ONLY_NO_ROOT | HAS_NO_PASSWORD)

const struct scenario scenarios[] = {
    {"new", factory, {0}, END(DONE), SAME("1112"), 0, 0},
    {"new-rotated-twice", factory, {.generation = 2}, END(DONE), SAME("3334"), 0, 0},
    {"boot", well, {0}, END(DONE), SAME("0000"), 0, 0},
    {"boot-rotated", rotated, {0}, END(DONE), SAME("0000"), 0, 0},
    {"boot-retired", retired, {0}, END(RETIRED), SAME("0000"), 0, 0},
    {"verify", well, {.verify = true}, END(DONE), SAME("1111"), 0, 0},
    {"rotate", well, {.generation = 1}, END(DONE), SAME("1111"), 0, 0},
    {"verify-rotate", rotated, {.verify = true, .generation = 2}, END(DONE), SAME("2222"), 0, 0},
    {"retire", well, {.retire = true}, END(RETIRED), SAME("1111"), 0, 0},
    {"reset", reset, {0}, ENDS(TAKEN, DONE), SAME("2223"), 0, 0},
    {"reset-rotated", reset_rotated, {0}, ENDS(TAKEN, DONE), SAME("2223"), 0, 0},
    {"reset-claim", reset, {.claim = true}, END(DONE), "5557", "2223", 0, 0},
    {"reset-retired", reset_retired, {0}, ENDS(TAKEN, RETIRED), SAME("2223"), 0, 0},
    {"reset-retired-claim", reset_retired, {.claim = true}, ENDS(DONE, RETIRED), "5557", "2223", IS_INACTIVE, 0},
    {"taken", taken, {0}, END(TAKEN), SAME("2323"), 0, 0},
    {"taken-claim", found_taken, {.claim = true}, END(DONE), SAME("3434"), HAS_OTHER_EXTERNAL, 0},
    {"tool-made", bare, {0}, END(TAKEN), SAME("2323"), 0, 0},
    {"tool-made-claim", found_bare, {.claim = true}, END(DONE), SAME("3434"), HAS_OTHER_EXTERNAL, 0},
    {"clone", clone, {0}, END(FOREIGN), SAME("0000"), KEEPS_RECORD, 0},
    {"clone-restart", clone, {.restart = ON(FOREIGN)}, END(TAKEN), SAME("2223"), 0, 0},
    {"clone-without-chip", clone_without_chip, {.verify = true}, END(DONE), SAME("1111"), 0, 0},
    {"twin", twin, {.verify = true}, END(DONE), SAME("1111"), 0, 0},
    {"old-image", old_image, {.verify = true}, ENDS(TAKEN, DONE), SAME("1111"), 0, 0},
    {"old-image-rotate", old_image, {.generation = 1}, ENDS(TAKEN, DONE), SAME("2222"), 0, 0},
    {"older-image", older_image, {.verify = true}, ENDS(TAKEN, DONE), SAME("1111"), 0, 0},
    {"older-image-rotate", older_image, {.generation = 1}, ENDS(TAKEN, DONE), SAME("2222"), 0, 0},
    {"old-image-retire", old_image, {.retire = true}, ENDS(TAKEN, RETIRED), "2222", "3333", 0, 0},
    {"old-image-claim", old_image, {.verify = true, .claim = true}, END(DONE), "4445", "1111", 0, 0},
    {"retired-image", image_of_before, {.verify = true}, END(RETIRED), SAME("1111"), 0, 0},
    {"retired-image-rotate", image_of_before, {.generation = 2}, END(RETIRED), SAME("2222"), 0, 0},
    {"root-comes", root_comes, {.verify = true}, END(DONE), SAME("1111"), ONLY_ROOT, 0},
    {"root-comes-rotate", root_comes, {.generation = 1}, END(DONE), SAME("1111"), ONLY_ROOT, 0},
    {"root-comes-backup", root_comes_backup, {.verify = true}, END(DONE), SAME("2222"), ONLY_ROOT, 0},
    {"root-comes-old-image", root_comes_old_image, {.verify = true}, END(TAKEN), SAME("1111"), ONLY_ROOT, 0},
    {"root-goes", root_goes, {.verify = true}, END(DONE), SAME("1111"), ONLY_NO_ROOT, 0},
    {"root-goes-rotate", root_goes, {.generation = 1}, END(DONE), SAME("1111"), ONLY_NO_ROOT, 0},
    {"external-comes", external_comes, {.verify = true}, END(DONE), SAME("1111"), LATER_EXTERNAL, 0},
    {"backup", backup, {.verify = true}, END(DONE), SAME("2222"), 0, 0},
    {"backup-rotate", backup, {.generation = 3}, END(DONE), SAME("3333"), 0, 0},
    {"backup-retire", backup, {.retire = true}, END(RETIRED), SAME("3333"), 0, 0},
    {"backup-empty", backup_empty, {.verify = true}, END(GONE), SAME("2322"), 0, 0},
    {"backup-empty-restart", backup_empty, {.verify = true, .restart = ON(GONE)}, END(DONE), SAME("3434"), 0, 0},
    {"deleted", deleted, {.verify = true}, END(GONE), SAME("2322"), 0, 0},
    {"deleted-rotate", deleted, {.generation = 1}, END(GONE), SAME("3433"), 0, 0},
    {"deleted-retire", deleted, {.retire = true}, END(RETIRED), SAME("3433"), 0, 0},
    {"deleted-restart", deleted, {.verify = true, .restart = ON(GONE)}, END(DONE), SAME("3434"), 0, 0},
    {"replaced", replaced, {.verify = true}, END(TAKEN), SAME("2322"), 0, 0},
    {"disabled", disabled, {.verify = true}, END(DONE), SAME("1111"), IS_INACTIVE, 0},
    {"disabled-rotate", disabled, {.generation = 1}, END(DONE), SAME("1111"), IS_INACTIVE, 0},
    {"disabled-retire", disabled, {.retire = true}, END(RETIRED), SAME("1111"), IS_INACTIVE, 0},
    {"other-serial", other_serial, {0}, END(FOREIGN), SAME("0000"), KEEPS_RECORD, 0},
    {"other-realm", other_realm, {0}, END(FOREIGN), SAME("0000"), KEEPS_RECORD, 0},
    {"newer", newer, {0}, END(NEWER), SAME("0000"), KEEPS_RECORD, 0},
    {"damaged", damaged, {0}, END(DAMAGED), SAME("0000"), KEEPS_RECORD, KRATOS_ERR_STORE},
    {"damaged-restart", damaged, {.restart = ON(DAMAGED)}, ENDS(TAKEN, DONE), SAME("2223"), 0, 0},
    {"both-slots-torn", both_slots_torn, {0}, END(DAMAGED), SAME("0000"), ONLY_SLOTS | KEEPS_RECORD, KRATOS_ERR_STORE},
    {"older-slot-torn", older_torn, {0}, END(DONE), SAME("0000"), ONLY_SLOTS, 0},
    {"newest-slot-torn", newest_torn, {0}, END(DONE), SAME("1111"), ONLY_SLOTS, 0},
    {"rotated-older-slot-torn", rotated_older_torn, {0}, END(DONE), SAME("0000"), ONLY_SLOTS, 0},
    {"rotated-newest-slot-torn", rotated_newest_torn, {0}, END(DONE), SAME("1111"), ONLY_SLOTS, 0},
    {"cannot-save", cannot_save, {0}, END(INTENT), SAME("0000"), 0, KRATOS_ERR_STORE},
    {"cannot-load", cannot_load, {0}, END(DAMAGED), SAME("0000"), KEEPS_RECORD, KRATOS_ERR_STORE},
    {"external-taken", external_taken, {0}, END(CONFLICT), SAME("0600"), ONLY_EXTERNAL, 0},
    {"no-identifier", no_serials, {0}, END(NOT_UNIQUE), SAME("1012"), NOT_EXTERNAL | MAY_BE_TWO, 0},
    {"no-identifier-external", no_serials, {0}, END(DONE), SAME("0100"), ONLY_EXTERNAL, 0},
    {"namesake", namesake, {0}, END(DONE), SAME("1112"), 0, 0},
    {"namesake-reset", namesake_reset, {0}, ENDS(TAKEN, DONE), SAME("2223"), 0, 0},
    {"namesake-deleted", namesake_deleted, {.verify = true}, END(GONE), SAME("2322"), 0, 0},
    {"refused", refused, {0}, END(INTENT), SAME("8889"), 0, KRATOS_ERR_REFUSED},
    {"denied", denied, {0}, END(INTENT), SAME("8888"), 0, KRATOS_ERR_DENIED},
    {"denied-verify", denied_later, {.verify = true}, END(DONE), SAME("8888"), 0, KRATOS_ERR_DENIED},
    {"denied-rotate", denied_later, {.generation = 1}, END(ROTATING), SAME("8888"), 0, KRATOS_ERR_DENIED},
    {"no-password", no_password, {0}, END(DONE), SAME("1111"), NO_PASSWORD, 0},
    {"no-password-rotate", no_password_well, {.generation = 1}, END(DONE), SAME("1111"), NO_PASSWORD, 0},
    {"no-password-retire", no_password_well, {.retire = true}, END(RETIRED), SAME("1111"), NO_PASSWORD, 0},
};

const unsigned scenario_count = sizeof scenarios / sizeof *scenarios;

bool scenario_applies(const struct scenario *scenario, const struct setting *wanted)
{
    return !((scenario->flags & ONLY_ROOT && !wanted->root) || (scenario->flags & ONLY_NO_ROOT && wanted->root) ||
             (scenario->flags & ONLY_EXTERNAL && setting_kind(wanted) != NEW_EXTERNAL) ||
             (scenario->flags & NOT_EXTERNAL && setting_kind(wanted) == NEW_EXTERNAL) ||
             (scenario->flags & ONLY_SLOTS && wanted->keep != SLOTS));
}

enum kind setting_kind(const struct setting *s)
{
    return s->old ? s->external ? OLD_EXTERNAL : OLD_SERVER : s->external ? NEW_EXTERNAL : NEW_SERVER;
}

void scenario_prepare(const struct scenario *scenario)
{
    memset(&world, 0, sizeof world);
    world.now = 0xFFFFF000u;
    world.server.old = setting.old;
    device_new();
    scenario->prepare();
    device->goals = scenario->goals;
    device->verified = false;
}
