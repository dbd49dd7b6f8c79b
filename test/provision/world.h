/* SPDX-License-Identifier: Apache-2.0
 *
 * All that a run changes, in one variable: it is put back by one assignment. One device, its flash, the network, one Kratos.
 */
#ifndef TEST_PROVISION_WORLD_H
#define TEST_PROVISION_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kratos_provision.h"
#include "server.h"

#define WORLD_WORK 1024
#define WORLD_REQUEST 1000
#define WORLD_LATE 3

enum mode { BLOCKING, NONBLOCKING, NO_PORT, MODE_COUNT };
enum keep { SLOTS, PLAIN, KEEP_COUNT };

/* How the world is made; the same during all runs of a scenario. */
struct setting {
    enum mode mode;
    enum keep keep;
    bool root;     /* the device has a root secret */
    bool external; /* external_id is configured */
    bool old;      /* the server is 1.0.0 */
};

/* A write that a proxy holds back: it reaches the server behind so many more requests. */
struct late {
    bool there;
    unsigned left;
    size_t n;
    char request[WORLD_REQUEST];
};

#define LATE_END 1000

enum whose_answer { NO_ANSWER, STRANGERS, KRATOS_OWN };

struct network {
    bool open, dead; /* dead: reads and writes fail until it is closed */
    bool stutter;
    unsigned exchanges; /* of this connection */
    unsigned requests;
    uint32_t not_before; /* what Retry-After said */
    bool asked_to_wait;
    bool strange; /* a stranger's answer was read; when that was */
    uint32_t strange_ms;
    enum whose_answer answer; /* to the last request */
    bool asked;               /* since the device was last looked at */
    uint8_t asked_state;      /* what the device was when its request left */
    uint8_t asked_flags;
    bool whole; /* the answer has been read to its end */
    size_t in_n, out_n, out_at, out_end;
    struct late late[WORLD_LATE];
};

struct flash {
    unsigned char bytes[2][KRATOS_SLOT_SIZE];
    uint8_t torn[2]; /* holds a word that cannot be read: TORN_ALL, or its number and 1; 0: none */
    bool again;
    bool saving;
    bool there; /* plain: the record */
    bool dead_load, dead_save;
    unsigned char record[KRATOS_RECORD_SIZE];
    struct kratos_slots slots;
};

/* What the application wants; it asks for it again after each power cut, until it has it. */
struct goals {
    unsigned generation;
    bool verify, retire, claim;
    unsigned restart; /* from these states, a bit each */
};

struct device {
    struct kratos k;
    struct kratos_provision p;
    char work[WORLD_WORK];
    uint32_t seed;
    struct goals goals;
    unsigned char root_secret[32];
    const char *chip, *serial, *realm;
    bool root, external, no_password; /* how it is configured */
    bool verifying, verified;
    unsigned steps, errors;
    uint32_t waited_ms;
};

struct world {
    uint32_t now;
    bool rival;         /* another device was faster */
    unsigned races;     /* conflicts that were none, in Kratos' own words */
    const char *broken; /* the first rule that was broken during the run */
    struct server server;
    struct network network;
    struct flash flash;
    struct device device;
};

extern struct world world;
extern struct setting setting;
extern bool tracing;

/* Notes that a rule was broken. text is constant. */
void world_broken(const char *text);

/* The device loses power, here and now: does not return. */
void world_power_cut(void);

/* A state of the whole world, for choice_state(). Only between two operations. */
uint64_t world_hash(void);

#endif
