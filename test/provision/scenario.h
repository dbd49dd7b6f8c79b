/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device meets: how the world is before it boots, what it wants, and what may come of it. It must never know a fault.
 */
#ifndef TEST_PROVISION_SCENARIO_H
#define TEST_PROVISION_SCENARIO_H

#include "world.h"

#define ON(state) (1u << KRATOS_PROVISION_##state)

/* scenario.flags: where it is run, and what is special about it. */
enum {
    ONLY_ROOT = 1,
    ONLY_NO_ROOT = 2,
    ONLY_EXTERNAL = 4, /* external_id is configured, and the server knows it */
    NOT_EXTERNAL = 8,
    ONLY_SLOTS = 16,
    MAY_BE_TWO = 32,  /* the schema does not make the serial unique */
    IS_INACTIVE = 64, /* and stays so */
    HAS_NO_PASSWORD = 128,
    KEEPS_RECORD = 256,      /* what is stored must not be touched */
    HAS_OTHER_EXTERNAL = 512 /* the identity was made without ours */
};

/* Server and external_id: what the requests depend on. */
enum kind { NEW_SERVER, NEW_EXTERNAL, OLD_SERVER, OLD_EXTERNAL, KIND_COUNT };

struct scenario {
    const char *name;
    void (*prepare)(void);
    struct goals goals;
    unsigned ends, root_ends; /* states in which it may end, a bit each: without a root secret, and with one */
    /* Requests where nothing goes wrong, a digit for each kind: without a root secret, and with one. */
    const char *requests, *root_requests;
    unsigned flags;
    int error; /* what each step gives in the end, KRATOS_OK: it is well, or has stopped */
};

extern const struct scenario scenarios[];
extern const unsigned scenario_count;

bool scenario_applies(const struct scenario *scenario, const struct setting *wanted);

/* Makes the world as it is before the run. */
void scenario_prepare(const struct scenario *scenario);

enum kind setting_kind(const struct setting *s);

#endif
