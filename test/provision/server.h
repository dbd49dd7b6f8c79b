/* SPDX-License-Identifier: Apache-2.0
 *
 * Kratos in memory, as far as the provisioning layer sees it: identities whose serial and external_id are unique, JSON Patch,
 * the list by identifier with its Link header, error objects; of releases 1.0.0 and 26.2.0. What it says is what
 * test/wire/recordings says. It must never know a device, nor what goes wrong on the way.
 */
#ifndef TEST_PROVISION_SERVER_H
#define TEST_PROVISION_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "kratos.h"

#define SERVER_IDENTITIES 5
#define SERVER_NAMES 3
#define SERVER_REPLY 8192

struct identity {
    bool live, inactive, kp; /* kp: metadata_admin has that member */
    char id[KRATOS_ID_SIZE];
    char serial[65], external_id[65], hash[96];
    char code[65];                /* another identifier, of type "code" */
    char names[SERVER_NAMES][40]; /* members of metadata_admin.kp; "" = none */
};

struct server {
    bool old;        /* 1.0.0: no external_id */
    bool no_serials; /* the schema has no identifier */
    bool refuses;    /* creates, with a 400 of its own */
    bool denies;     /* everything, with a 401 of its own */
    unsigned requests, made;
    struct identity identities[SERVER_IDENTITIES];
};

/* Carries out one whole request, and writes the reply to it. Returns its size. */
size_t server_serve(struct server *server, const char *request, size_t n, char reply[SERVER_REPLY]);

/* The live identity of a serial, or NULL; *count (may be NULL): how many there are. */
struct identity *server_find(struct server *server, const char *serial, unsigned *count);

/* A new one, live and with an id. */
struct identity *server_add(struct server *server, const char *serial);

#endif
