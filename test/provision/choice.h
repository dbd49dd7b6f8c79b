/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes wrong in a run: at each point where something can, a number says what does, 0 for nothing. A run is repeated by
 * its list of such numbers. It must never know what is run.
 */
#ifndef TEST_PROVISION_CHOICE_H
#define TEST_PROVISION_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHOICE_FAULTS 8 /* in one run, at most: a replay may have more than a pair */
#define CHOICE_POINTS 6000

/* The faults of a run, in order. */
struct choices {
    unsigned count;
    struct {
        unsigned point, option;
    } at[CHOICE_FAULTS];
};

/* A point that a run passed: options 1 to named, and one for each byte behind those. */
struct choice_point {
    uint16_t named, bytes;
};

/* ---- For those who run ------------------------------------------------------------------------- */

/* Begins a run. trace: say what is chosen, on stdout. */
void choice_begin(const struct choices *faults, bool trace);
/* From here on points are passed (true) or do not exist (false): how a world is prepared, and judged. */
void choice_enable(bool enabled);
/* All faults of this run happened. */
bool choice_spent(void);
/* The points behind the last fault, from *first on: *end is one more than the last. They stay until the next run. */
const struct choice_point *choice_points(unsigned *first, unsigned *end);
/* The next option behind `option` of a point, 0 = none: every `stride`th byte, and the last one. */
unsigned choice_next(const struct choice_point *point, unsigned option, unsigned stride);

/* A run that had all its faults says in which state the world is, wherever choice_wants_state() asks for it: where an earlier
 * one was, its points beyond here lead to nothing new and are not counted again. */
void choice_remember_states(bool remember); /* and forgets those of before */
bool choice_wants_state(void);
void choice_state(uint64_t hash);

/* "12:3@40:7" and back. False: it is none. */
void choice_text(const struct choices *faults, char *text, size_t size);
bool choice_parse(const char *text, struct choices *faults);

/* ---- For those to whom it happens --------------------------------------------------------------- */

/* One point. names: of the first options, ended by NULL. Returns 0: nothing; 1 to the number of names; or that number, 1, and
 * the byte (0 to bytes - 1) where it happens. */
unsigned choose(const char *what, const char *const *names, size_t bytes);

#endif
