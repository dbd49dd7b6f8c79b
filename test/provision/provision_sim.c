/* SPDX-License-Identifier: Apache-2.0
 *
 * The provisioning layer against everything that can go wrong: each scenario in each setting, without a fault, with every
 * single one, and with every pair of them.
 *
 *   provision_sim [-p] [-a] [-s I/N] [-b BYTES] [WORD...]   WORD: only names that contain it
 *   provision_sim -r NAME                                   replays what a failure named, with a trace
 *
 *   -p  pairs. A second fault is not tried again from a state of the world that an earlier first one led to
 *   -a  even then
 *   -s  the I-th of N parts (of the first faults)
 *   -b  every so many bytes only
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "choice.h"
#include "device.h"
#include "judge.h"

#define SHOWN 3 /* failures of one kind in one scenario and setting that are named */
#define NAME 100

static struct {
    bool pairs, all;
    unsigned part, parts, stride;
    char **words;
    unsigned long passed, failed;
} sim = {false, false, 0, 1, 0, NULL, 0, 0};

static const struct scenario *scenario;
static char name[NAME];
static struct world before;
static unsigned shown;
static char last_wrong[80];

/* ---- Names ------------------------------------------------------------------------------------------------- */

static const char *const modes[] = {"blocking", "nonblocking", "no-port"};
static const char *const keeps[] = {"slots", "plain"};
static const char *const kinds[] = {"26.2", "26.2-external", "1.0", "1.0-external"};

static void put_name(void)
{
    snprintf(name, sizeof name, "%s/%s/%s/%s/%s", scenario->name, setting.root ? "root" : "no-root",
             kinds[setting_kind(&setting)], keeps[setting.keep], modes[setting.mode]);
}

static bool wanted(void)
{
    char **word;
    for (word = sim.words; *word != NULL; word++) {
        if (strstr(name, *word) == NULL) {
            return false;
        }
    }
    return true;
}

/* ---- One run ------------------------------------------------------------------------------------------------ */

static void report(const struct choices *faults, const char *wrong)
{
    char text[80];
    if (strcmp(last_wrong, wrong) != 0) {
        shown = 0;
    }
    snprintf(last_wrong, sizeof last_wrong, "%s", wrong);
    choice_text(faults, text, sizeof text);
    if (++shown <= SHOWN) {
        printf("FAIL %s%s: %s\n", name, text, wrong);
    }
}

static const char *run(const struct choices *faults)
{
    const char *wrong;
    int rc;
    world = before;
    choice_begin(faults, tracing);
    choice_enable(true);
    rc = device_run();
    choice_enable(false);
    wrong = judge(scenario, rc, faults->count, &before.flash);
    if (wrong != NULL) {
        sim.failed++;
        report(faults, wrong);
    } else {
        sim.passed++;
    }
    return wrong;
}

/* ---- All of them ---------------------------------------------------------------------------------------------- */

static struct choice_point points[2][CHOICE_POINTS];

/* Runs every continuation of these faults by one more. */
static void one_more(const struct choices *faults, bool another)
{
    unsigned first, end, i, ordinal = 0;
    const struct choice_point *passed = choice_points(&first, &end);
    struct choice_point *mine = points[faults->count];
    struct choices more = *faults;
    memcpy(mine, passed, end * sizeof *mine);
    more.count++;
    for (i = first; i < end; i++) {
        unsigned option = 0;
        while ((option = choice_next(&mine[i], option, sim.stride)) != 0) {
            if (faults->count == 0 && ordinal++ % sim.parts != sim.part) {
                continue;
            }
            more.at[faults->count].point = i;
            more.at[faults->count].option = option;
            run(&more);
            if (another) {
                one_more(&more, false);
            }
        }
    }
}

static void explore(void)
{
    struct choices none = {0};
    unsigned long begun = sim.passed + sim.failed, failed = sim.failed;
    shown = 0;
    last_wrong[0] = '\0';
    choice_remember_states(sim.pairs && !sim.all);
    scenario_prepare(scenario);
    before = world;
    run(&none);
    one_more(&none, sim.pairs);
    if (sim.pairs || sim.failed != failed) {
        printf("%s %s: %lu runs, %lu failed\n", sim.failed != failed ? "FAIL" : "ok  ", name,
               sim.passed + sim.failed - begun, sim.failed - failed);
        fflush(stdout);
    }
}

/* Bytes are passed over where only the store, the way of the bytes or the release differs. */
static unsigned stride_of(void)
{
    bool plain = setting.mode == BLOCKING && setting.keep == SLOTS && setting_kind(&setting) == NEW_EXTERNAL;
    return plain ? 1 : 17;
}

static void all_settings(const char *replay)
{
    struct choices faults;
    unsigned stride = sim.stride, i;
    for (i = 0; i < 2 * KIND_COUNT * KEEP_COUNT * MODE_COUNT; i++) {
        unsigned rest = i / 2;
        setting.root = i % 2 != 0;
        setting.external = rest % 2 != 0;
        setting.old = rest / 2 % 2 != 0;
        setting.keep = (enum keep)(rest / KIND_COUNT % KEEP_COUNT);
        setting.mode = (enum mode)(rest / KIND_COUNT / KEEP_COUNT);
        put_name();
        if (!scenario_applies(scenario, &setting)) {
            continue;
        }
        if (replay == NULL) {
            if (wanted()) {
                sim.stride = stride != 0 ? stride : stride_of();
                explore();
            }
        } else if (strncmp(replay, name, strlen(name)) == 0 && choice_parse(replay + strlen(name), &faults)) {
            scenario_prepare(scenario);
            before = world;
            tracing = true;
            run(&faults);
        }
    }
    sim.stride = stride;
}

static int usage(void)
{
    fprintf(stderr, "usage: provision_sim [-p] [-a] [-s I/N] [-b BYTES] [WORD...]\n       provision_sim -r NAME\n");
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *replay = NULL;
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        char what = argv[at][1];
        if (what == 'p') {
            sim.pairs = true;
        } else if (what == 'a') {
            sim.all = true;
        } else if (++at == argc) {
            return usage();
        } else if (what == 'r') {
            replay = argv[at];
        } else if (what == 'b') {
            sim.stride = (unsigned)strtoul(argv[at], NULL, 10);
        } else if (what != 's' || sscanf(argv[at], "%u/%u", &sim.part, &sim.parts) != 2 || sim.part >= sim.parts) {
            return usage();
        }
    }
    sim.words = argv + at;
    for (scenario = scenarios; scenario < scenarios + scenario_count; scenario++) {
        all_settings(replay);
    }
    printf("%lu passed, %lu failed\n", sim.passed, sim.failed);
    return sim.failed == 0 && sim.passed != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
