/* SPDX-License-Identifier: Apache-2.0
 *
 * See judge.h.
 */
#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "flash.h"
#include "hash.h"
#include "network.h"

#define MORE_REQUESTS 12   /* that one fault may cost */
#define MORE_WAIT 4000000u /* ms: an hour's window and what comes before it */

static bool has_name(const struct identity *who, const char *name)
{
    unsigned i;
    for (i = 0; i < SERVER_NAMES; i++) {
        if (strcmp(who->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned names_of(const struct identity *who)
{
    unsigned i, n = 0;
    for (i = 0; i < SERVER_NAMES; i++) {
        n += who->names[i][0] != '\0';
    }
    return n;
}

/* A name of ours is in it. */
static bool is_ours(const struct identity *who)
{
    char name[40];
    unsigned i;
    device_name(name, true);
    for (i = 0; i < SERVER_NAMES; i++) {
        if (strncmp(who->names[i], name, 16) == 0) {
            return true;
        }
    }
    return false;
}

static const char *judge_end(const struct scenario *scenario, int rc, unsigned faults)
{
    static char text[60];
    unsigned more = (world.rival ? ON(TAKEN) : 0) | (world.races >= 2 ? ON(CONFLICT) : 0);
    unsigned state = device_state();
    bool stopped = state != KRATOS_PROVISION_DONE;
    int wanted = stopped ? KRATOS_ERR_STOPPED : KRATOS_OK;
    if (scenario->error != 0 && !(more >> state & 1u)) {
        wanted = scenario->error;
    }
    if (rc == ENDLESS) {
        return "it never ends";
    }
    if (faults != 0 && scenario->error != 0 && rc == KRATOS_ERR_STORE) { /* the last of the errors was the fault */
        rc = wanted;
        more |= ON(DAMAGED);
    }
    if (rc != wanted || (((setting.root ? scenario->root_ends : scenario->ends) | more) >> state & 1u) == 0) {
        snprintf(text, sizeof text, "ends with %d in state %u", rc, state);
        return text;
    }
    return NULL;
}

/* It says that it is provisioned. */
static const char *judge_done(const struct scenario *scenario, const struct identity *who)
{
    const struct device *device = &world.device;
    char name[40];
    if (who == NULL) {
        return "no identity";
    }
    if (strcmp(who->id, kratos_provision_id(&device->p)) != 0) {
        return "the record names another identity";
    }
    device_name(name, false);
    hash_tag(who->hash, name + strlen(name));
    if (!has_name(who, name) || names_of(who) != 1) {
        return "owner or generation is not what the server has";
    }
    if (device->p.record.generation < scenario->goals.generation || scenario->goals.retire ||
        (scenario->goals.verify && !device->verified && scenario->error == 0)) {
        return "it does not have what it wanted";
    }
    if (device->external && !setting.old && !world.rival && !(scenario->flags & HAS_OTHER_EXTERNAL) &&
        strcmp(who->external_id, "ext-1") != 0) {
        return "the external_id was left out";
    }
    if (device->verified && kratos_provision_inactive(&device->p) != who->inactive) {
        return "inactive is not what the server says";
    }
    return NULL;
}

static const char *judge_identities(const struct scenario *scenario)
{
    unsigned count, state = device_state();
    struct identity *who = server_find(&world.server, world.device.serial, &count);
    const char *wrong = NULL;
    char name[40];
    if (count > 1 && !(scenario->flags & MAY_BE_TWO && state == KRATOS_PROVISION_NOT_UNIQUE)) {
        return "two identities";
    }
    if (state == KRATOS_PROVISION_DONE) {
        wrong = judge_done(scenario, who);
    }
    if (wrong != NULL || who == NULL) {
        return wrong;
    }
    device_name(name, true);
    if (state == KRATOS_PROVISION_RETIRED && !world.rival && !(who->inactive && has_name(who, name))) {
        return "retired, and not inactive";
    }
    if (state != KRATOS_PROVISION_RETIRED && who->inactive != ((scenario->flags & IS_INACTIVE) != 0) &&
        !has_name(who, name) && is_ours(who)) {
        return "its active state was changed";
    }
    if ((state == KRATOS_PROVISION_DONE || is_ours(who)) && !(scenario->flags & HAS_NO_PASSWORD) &&
        state != KRATOS_PROVISION_TAKEN && state != KRATOS_PROVISION_RETIRED && !device_opens(who->hash)) {
        return "the credential is lost";
    }
    return NULL;
}

/* What is stored is what it says, and says the same at the next boot, without a request. */
static const char *judge_record(const struct scenario *scenario, int rc, const struct flash *before)
{
    struct kratos_provision p = world.device.p;
    const unsigned stored = device_state();
    struct kratos_record record;
    if (scenario->flags & KEEPS_RECORD) {
        return memcmp(before->bytes, world.flash.bytes, sizeof before->bytes) != 0 ||
                       memcmp(before->record, world.flash.record, sizeof before->record) != 0
                   ? "the record was touched"
                   : NULL;
    }
    if (scenario->error != 0) {
        return NULL;
    }
    if (flash_peek(&record) != KRATOS_OK || memcmp(&record, &p.record, sizeof record) != 0) {
        return "what is stored is not what it says";
    }
    memset(&world.device.goals, 0, sizeof world.device.goals);
    if (device_run() != rc || device_state() != stored || world.network.requests != 0) {
        return "the next boot is not the same, or asks";
    }
    return NULL;
}

static const char *judge_cost(const struct scenario *scenario, unsigned faults)
{
    static char text[60];
    const char *digits = setting.root ? scenario->root_requests : scenario->requests;
    unsigned wanted = (unsigned)(digits[setting_kind(&setting)] - '0'), requests = world.network.requests;
    if (faults == 0 ? requests != wanted : requests > wanted + MORE_REQUESTS * faults) {
        snprintf(text, sizeof text, "%u requests, not %u", requests, wanted);
        return text;
    }
    return faults != 0 && scenario->error == 0 && world.device.waited_ms > MORE_WAIT * faults ? "it waited too long"
                                                                                              : NULL;
}

const char *judge(const struct scenario *scenario, int rc, unsigned faults, const struct flash *before)
{
    const char *wrong;
    network_land();
    wrong = world.broken;
    wrong = wrong != NULL ? wrong : judge_end(scenario, rc, faults);
    wrong = wrong != NULL ? wrong : judge_identities(scenario);
    wrong = wrong != NULL ? wrong : judge_cost(scenario, faults);
    return wrong != NULL ? wrong : judge_record(scenario, rc, before);
}
