/* SPDX-License-Identifier: Apache-2.0
 *
 * See choice.h.
 */
#include "choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATES 65536 /* a power of two */

static struct {
    struct choices faults;
    bool trace, enabled, remember, known; /* known: an earlier run was in this state */
    unsigned next;                        /* point */
    unsigned spent, first, end;
    struct choice_point points[CHOICE_POINTS];
    uint64_t states[STATES];
    size_t state_count;
} run;

void choice_begin(const struct choices *faults, bool trace)
{
    run.faults = *faults;
    run.trace = trace;
    run.enabled = run.known = false;
    run.next = run.spent = run.first = run.end = 0;
}

void choice_enable(bool enabled)
{
    run.enabled = enabled;
}

bool choice_spent(void)
{
    return run.spent == run.faults.count;
}

const struct choice_point *choice_points(unsigned *first, unsigned *end)
{
    *first = run.first;
    *end = run.end;
    return run.points;
}

unsigned choice_next(const struct choice_point *point, unsigned option, unsigned stride)
{
    unsigned last = (unsigned)point->named + point->bytes;
    if (option < point->named || option == last) {
        return option < last ? option + 1 : 0;
    }
    if (option == point->named) {
        return option + 1;
    }
    return option + stride < last ? option + stride : last;
}

void choice_remember_states(bool remember)
{
    run.remember = remember;
    memset(run.states, 0, sizeof run.states);
    run.state_count = 0;
}

bool choice_wants_state(void)
{
    return run.remember && run.enabled && !run.known && choice_spent();
}

void choice_state(uint64_t hash)
{
    size_t i = (size_t)hash & (STATES - 1);
    hash |= 1; /* 0 is free */
    while (run.states[i] != 0 && run.states[i] != hash) {
        i = (i + 1) & (STATES - 1);
    }
    run.known = run.states[i] != 0;
    if (!run.known && run.state_count < STATES / 2) {
        run.states[i] = hash;
        run.state_count++;
    }
}

void choice_text(const struct choices *faults, char *text, size_t size)
{
    size_t n = 0;
    unsigned i;
    *text = '\0';
    for (i = 0; i < faults->count && n < size; i++) {
        n += (size_t)snprintf(text + n, size - n, "@%u:%u", faults->at[i].point, faults->at[i].option);
    }
}

bool choice_parse(const char *text, struct choices *faults)
{
    faults->count = 0;
    while (*text == '@' && faults->count < CHOICE_FAULTS) {
        char *end;
        faults->at[faults->count].point = (unsigned)strtoul(text + 1, &end, 10);
        if (*end != ':') {
            return false;
        }
        text = end + 1;
        faults->at[faults->count++].option = (unsigned)strtoul(text, &end, 10);
        text = end;
    }
    return *text == '\0';
}

static void say(const char *what, const char *const *names, unsigned named, unsigned option)
{
    if (option == 0) {
        return;
    }
    if (option <= named) {
        printf("  @%u:%u  %s: %s\n", run.next - 1, option, what, names[option - 1]);
    } else {
        printf("  @%u:%u  %s: ends behind %u bytes\n", run.next - 1, option, what, option - named - 1);
    }
}

unsigned choose(const char *what, const char *const *names, size_t bytes)
{
    unsigned named = 0, option = 0;
    if (!run.enabled) {
        return 0;
    }
    while (names[named] != NULL) {
        named++;
    }
    if (run.next == CHOICE_POINTS) {
        fprintf(stderr, "choice: more than %d points\n", CHOICE_POINTS);
        abort();
    }
    run.points[run.next].named = (uint16_t)named;
    run.points[run.next].bytes = (uint16_t)bytes;
    if (!choice_spent() && run.faults.at[run.spent].point == run.next) {
        option = run.faults.at[run.spent++].option;
        run.first = run.next + 1;
    }
    run.next++;
    if (!run.known) {
        run.end = run.next;
    }
    if (run.trace) {
        say(what, names, named, option);
    }
    return option <= named + bytes ? option : 0;
}
