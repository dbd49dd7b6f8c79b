/* SPDX-License-Identifier: Apache-2.0
 *
 * What the topics of the conformance suite share: the servers under test, clients with an io that can be made to fail, raw
 * HTTP for what the library does not do (logins, odd bytes), and checks that are counted by operation. It must never know a
 * particular operation.
 */
#ifndef SUITE_H
#define SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kratos.h"
#include "kratos_posix.h"
#include "releases.h"

#define ROUTER_404 "404 page not found" /* what the router of every release says of a path that it does not know */

enum { TEXT_SIZE = 256, WORK_SIZE = 8192 };

struct address {
    char host[TEXT_SIZE];
    uint16_t port;
    bool tls;
    char url[TEXT_SIZE];   /* without a slash at the end */
    const char *base_path; /* the rest of the url behind the port */
};

struct suite {
    struct address admin, public;
    struct address raw_admin, raw_public; /* for raw HTTP: the server itself where a proxy stands before the others */
    const struct facts *facts;
    const struct database *database;
    const char *features;
    const char *only; /* topic, or NULL */
    bool verbose;
    char run[16]; /* makes the names of this run unique */
    unsigned names;
    struct tally *tally;             /* of the operation that is being tested */
    char (*created)[KRATOS_ID_SIZE]; /* identities to delete at the end */
    size_t created_count;
};

/* ---- Facts ----------------------------------------------------------------------------------------------------------- */

/* The row for that release or database; where it was made for another one, *note says so, else it is "". */
const struct facts *facts_of(const char *release, char note[TEXT_SIZE]);
const struct database *database_of(const char *name, char note[TEXT_SIZE]);

/* ---- Checks ---------------------------------------------------------------------------------------------------------- */

/* Further checks belong to this operation. */
void operation(struct suite *t, const char *name);

/* Prints one line per operation and the sum. The number of failed checks. */
unsigned report(struct suite *t);

bool has_feature(const struct suite *t, const char *name);

/* "orphan=ID" -> ID, or NULL. */
const char *feature_value(const struct suite *t, const char *name);

bool check_true(struct suite *t, const char *file, int line, bool holds, const char *what);
bool check_int(struct suite *t, const char *file, int line, long long got, long long expected, const char *what);
bool check_text(struct suite *t, const char *file, int line, const char *got, size_t n, const char *expected,
                const char *what);
bool check_part(struct suite *t, const char *file, int line, const char *got, size_t n, const char *part,
                const char *what);
struct client;
bool check_rc(struct suite *t, const char *file, int line, const struct client *c, int got, int expected,
              const char *what);

#define TRUE(t, holds) check_true(t, __FILE__, __LINE__, holds, #holds)
#define INT(t, got, expected) check_int(t, __FILE__, __LINE__, (long long)(got), (long long)(expected), #got)
/* got: kratos_str or kratos_json; expected NULL: absent */
#define STR(t, got, expected) check_text(t, __FILE__, __LINE__, (got).p, (got).n, expected, #got)
#define PART(t, got, part) check_part(t, __FILE__, __LINE__, (got).p, (got).n, part, #got)
#define RC(t, c, call, expected) check_rc(t, __FILE__, __LINE__, c, call, expected, #call)

kratos_str text_of(const char *s);

/* The text, or "" where it is absent. */
const char *or_empty(kratos_str s);

/* After a call that failed: the status, and a part of reason and message (NULL: whatever it is, "": must be empty). */
bool check_fault(struct suite *t, const char *file, int line, const struct client *c, int status,
                 enum kratos_effect effect, const char *reason, const char *message);
#define FAULT(t, c, status, effect, reason, message)                                                                   \
    check_fault(t, __FILE__, __LINE__, c, status, effect, reason, message)

/* A member of a JSON object, as a path "password.identifiers.0"; absent: p NULL. */
kratos_json at(kratos_json value, const char *path);

/* ---- Clients ---------------------------------------------------------------------------------------------------------- */

/* An io around the posix one, which can be told to fail. */
struct wire {
    struct kratos_io io;
    struct kratos_posix tcp;
    void *tls; /* a struct kratos_mbedtls, where inner_open() makes one */
    const struct kratos_io *inner;
    long
        cut_after; /* reply bytes after which the connection ends in order, counted anew by each connection; -1: never */
    unsigned cuts; /* how often it shall do so */
    bool shy;      /* what may not wait is not ready every other time */
    unsigned turns;
    bool end_after_request;    /* the next request that is written gets no answer but an end of the connection */
    size_t most;               /* bytes of one read; 0: any */
    size_t reply_limit, reply; /* a reply of more bytes is KRATOS_ERR_SPACE, as a record beyond a TLS buffer; 0: none */
    long got;                  /* of this connection */
    unsigned opened;
    size_t sent;
    char head[2048]; /* what was written last on a fresh request, from its first byte on */
    size_t head_size;
    bool reading;
};

struct client {
    struct kratos k;
    struct kratos_config config;
    struct wire wire;
    char *work;
};

/* The way to the server: inner_tcp.c, or test/edge/inner_tls.c in a program of its own. */
bool inner_option(const char *name, const char *value); /* false: it has no such option */
const struct kratos_io *inner_open(struct wire *w, const struct address *where);
void inner_close(struct wire *w);

/* What every client sends besides, as "Name: value". */
bool add_header(char *line);

/* Host, port, path and headers. */
void configure(struct kratos_config *config, const struct address *where);

void client_open(struct client *c, const struct address *where, size_t work_size);
void client_set_work(struct client *c, size_t work_size);
void client_close(struct client *c);

/* ---- Names and identities ------------------------------------------------------------------------------------------------ */

/* A text that is new in this run: "<prefix>-<run>-<n>". */
const char *unique(struct suite *t, const char *prefix, char text[TEXT_SIZE]);

/* {"serial":"<serial>"} */
struct kratos_value serial_traits(const char *serial, char text[TEXT_SIZE]);

struct kratos_value json(const char *text);

/* What was given comes back: in one order where the database keeps text, in the other where a JSON column sorts members. */
const char *stored(const struct suite *t, const char *as_sent, const char *by_column);

/* Remembers an identity that is to be deleted at the end of the run. */
void created(struct suite *t, const char *id);

/* An identity with that serial; checks that it was created. */
void make_identity(struct suite *t, struct client *c, const char *serial, char id[KRATOS_ID_SIZE]);

/* ---- Raw HTTP -------------------------------------------------------------------------------------------------------------- */

struct answer {
    int status; /* 0: none */
    char *body; /* NUL-terminated; to be freed by answer_free() */
    size_t n;
};
struct answer ask(const struct address *where, const char *method, const char *path, const char *body, size_t n);
void answer_free(struct answer *a);

/* A connected socket, or -1. */
int dial(const struct address *where);

/* Session id of a login at the public listener; false: refused, status in *status. */
bool log_in(struct suite *t, const char *identifier, const char *password, char session_id[KRATOS_ID_SIZE],
            int *status);

/* What the native login flow answers. */
struct answer login_answer(struct suite *t, const char *identifier, const char *password);

void sleep_ms(unsigned ms);

/* ---- Topics ------------------------------------------------------------------------------------------------------------------ */

void test_identities(struct suite *t);
void test_traits(struct suite *t);
void test_credentials(struct suite *t);
void test_updates(struct suite *t);
void test_patches(struct suite *t);
void test_lists(struct suite *t);
void test_long_list(struct suite *t);
void test_batches(struct suite *t);
void test_sessions(struct suite *t);
void test_short_sessions(struct suite *t);
void test_early_extend(struct suite *t);
void test_recovery(struct suite *t);
void test_disabled_recovery(struct suite *t);
void test_schemas(struct suite *t);
void test_listeners(struct suite *t);
void test_transport(struct suite *t);
void test_modes(struct suite *t);
void test_orphan(struct suite *t, const char *id);

#endif
