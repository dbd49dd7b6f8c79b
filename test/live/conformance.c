/* SPDX-License-Identifier: Apache-2.0
 *
 * The conformance suite: every operation through the library, against one running server.
 *
 *     conformance --admin URL --public URL --release R [--database D] [--features NAME,...] [--only TOPIC] [-v]
 *                 [--raw-admin URL --raw-public URL] [--header "NAME: VALUE"] [an option of the way, see inner_tcp.c]
 *     conformance --row --release R [--database D]
 *
 * Through a proxy, raw HTTP (logins, odd bytes) goes to the server itself, by the raw URLs.
 *
 * Features say how the server is configured: `plain` (see servers.py) runs everything; the others add what only a
 * server set up in that way shows. One line per operation is printed, and the sum. Exit 0: nothing failed; 1: something
 * did; 2: wrong arguments. --row only says which facts it would judge by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"

/* The order in which they are reported. */
static const char *const operations[] = {
    "createIdentity",
    "getIdentity",
    "getIdentityByExternalID",
    "updateIdentity",
    "patchIdentity",
    "deleteIdentity",
    "listIdentities",
    "batchPatchIdentities",
    "deleteIdentityCredentials",
    "listSessions",
    "getSession",
    "extendSession",
    "disableSession",
    "listIdentitySessions",
    "deleteIdentitySessions",
    "createRecoveryCodeForIdentity",
    "createRecoveryLinkForIdentity",
    "listIdentitySchemas",
    "getIdentitySchema",
    "transport",
    "modes",
};

static bool parse_url(const char *text, struct address *where)
{
    unsigned port = 0;
    int end = 0;
    snprintf(where->url, sizeof where->url, "%s", text);
    if (where->url[0] != '\0' && where->url[strlen(where->url) - 1] == '/') {
        where->url[strlen(where->url) - 1] = '\0';
    }
    where->tls = strncmp(where->url, "https", 5) == 0;
    if (sscanf(where->url, where->tls ? "https://%200[^:/]:%u%n" : "http://%200[^:/]:%u%n", where->host, &port, &end) !=
            2 ||
        port == 0 || port > 65535) {
        return false;
    }
    where->port = (uint16_t)port;
    where->base_path = where->url + end;
    return true;
}

/* Chooses the rows, and says so where they were made for something else: lines that run.py shows with the results. */
static void choose_rows(struct suite *t, const char *release, const char *database)
{
    char notes[2][TEXT_SIZE];
    int i;
    t->facts = facts_of(release, notes[0]);
    t->database = database_of(database, notes[1]);
    for (i = 0; i < 2; i++) {
        if (*notes[i] != '\0') {
            printf("note  %s\n", notes[i]);
        }
    }
}

/* Leaves a server of the user's own as it was. */
static void clean_up(struct suite *t)
{
    struct kratos_identity who = {0};
    struct client c;
    int rc;
    client_open(&c, &t->admin, WORK_SIZE);
    while ((rc = kratos_list_identities(&c.k, NULL, &who)) == KRATOS_OK) { /* what is not on our list bears our name */
        size_t i, n = strlen(t->run);
        for (i = 0; i + n <= who.traits.n; i++) {
            if (memcmp(who.traits.p + i, t->run, n) == 0) {
                created(t, who.id);
                break;
            }
        }
    }
    while (t->created_count != 0) {
        kratos_delete_identity(&c.k, t->created[--t->created_count]);
    }
    client_close(&c);
}

static void timed(struct suite *t, const char *name, void (*topic)(struct suite *t))
{
    struct timespec from, to;
    if (t->only != NULL && strcmp(t->only, name) != 0) {
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    topic(t);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (t->verbose) {
        fprintf(stderr, "%s: %.1f s\n", name,
                (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    }
}

#define TOPIC(t, name) timed(t, #name, test_##name)

static void run(struct suite *t)
{
    if (has_feature(t, "plain")) {
        TOPIC(t, lists); /* first, while there are few */
        TOPIC(t, identities);
        TOPIC(t, traits);
        TOPIC(t, credentials);
        TOPIC(t, updates);
        TOPIC(t, patches);
        TOPIC(t, batches);
        TOPIC(t, sessions);
        TOPIC(t, recovery);
        TOPIC(t, schemas);
        TOPIC(t, listeners);
        TOPIC(t, modes);
        TOPIC(t, transport);
        TOPIC(t, long_list);
    }
    if (has_feature(t, "no-link") || has_feature(t, "no-code")) {
        TOPIC(t, disabled_recovery);
    }
    if (has_feature(t, "short-sessions")) {
        TOPIC(t, short_sessions);
    }
    if (has_feature(t, "early-extend")) {
        TOPIC(t, early_extend);
    }
    if (feature_value(t, "orphan") != NULL) {
        test_orphan(t, feature_value(t, "orphan"));
    }
    if (has_feature(t, "clean-up")) {
        clean_up(t);
    }
}

static int usage(void)
{
    fprintf(stderr, "usage: conformance --admin http://HOST:PORT --public http://HOST:PORT --release R [--database D] "
                    "[--features NAME,...] [--only TOPIC] [-v]\n       conformance --row --release R [--database D]\n");
    return 2;
}

int main(int argc, char **argv)
{
    static struct suite suite;
    struct suite *t = &suite;
    const char *release = NULL, *database = "sqlite";
    bool row = false;
    unsigned failed;
    size_t n;
    int i;
    t->features = "plain";
    for (i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "-v") == 0) {
            t->verbose = true;
            continue;
        }
        if (strcmp(argv[i], "--row") == 0) {
            row = true;
            continue;
        }
        if (strcmp(argv[i], "--admin") == 0 && parse_url(value, &t->admin)) {
        } else if (strcmp(argv[i], "--public") == 0 && parse_url(value, &t->public)) {
        } else if (strcmp(argv[i], "--raw-admin") == 0 && parse_url(value, &t->raw_admin)) {
        } else if (strcmp(argv[i], "--raw-public") == 0 && parse_url(value, &t->raw_public)) {
        } else if (strcmp(argv[i], "--header") == 0 && i + 1 < argc && add_header(argv[i + 1])) {
        } else if (inner_option(argv[i], value)) {
        } else if (strcmp(argv[i], "--release") == 0 && *value != '\0') {
            release = value;
        } else if (strcmp(argv[i], "--database") == 0 && *value != '\0') {
            database = value;
        } else if (strcmp(argv[i], "--only") == 0) {
            t->only = value;
        } else if (strcmp(argv[i], "--features") == 0 && i + 1 < argc) {
            t->features = value;
        } else {
            return usage();
        }
        i++;
    }
    if (release == NULL || (!row && (t->admin.port == 0 || t->public.port == 0))) {
        return usage();
    }
    t->raw_admin = t->raw_admin.port != 0 ? t->raw_admin : t->admin;
    t->raw_public = t->raw_public.port != 0 ? t->raw_public : t->public;
    choose_rows(t, release, database);
    if (row) {
        printf("%s to %s, %s\n", t->facts->first, t->facts->last, t->database->name);
        return 0;
    }
    snprintf(t->run, sizeof t->run, "%lx%x", (unsigned long)time(NULL) & 0xFFFFFF, (unsigned)getpid() & 0xFFFF);
    for (n = 0; n < sizeof operations / sizeof *operations; n++) {
        operation(t, operations[n]);
    }
    run(t);
    failed = report(t);
    free(t->created);
    return failed != 0;
}
