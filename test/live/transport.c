/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection under the operations: kept, lost, slow; and the three ways to drive the library, which must give the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"

static const char UNKNOWN_ID[] = "11111111-2222-4333-8444-555555555555";

/* ---- Without a port ------------------------------------------------------------------------------------------------------------- */

struct bare {
    struct kratos k;
    struct kratos_config config;
    struct kratos_io io;
    char work[WORK_SIZE];
    const struct address *where;
    int fd;
    size_t stall_after, sent; /* bytes that are sent before everything stops; 0: all */
};

static uint32_t clock_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

static void bare_open(struct bare *b, const struct address *where)
{
    memset(b, 0, sizeof *b);
    b->fd = -1;
    b->where = where;
    b->io.now_ms = clock_ms;
    configure(&b->config, where);
    b->config.work = b->work;
    b->config.work_size = sizeof b->work;
    if (kratos_init(&b->k, &b->config, &b->io) != KRATOS_OK) {
        abort();
    }
}

static void bare_close(struct bare *b)
{
    if (b->fd >= 0) {
        close(b->fd);
        b->fd = -1;
    }
}

static void pump_tx(struct bare *b)
{
    size_t n;
    const void *p = kratos_tx(&b->k, &n);
    ssize_t rc;
    if (b->stall_after != 0) {
        n = n < b->stall_after - b->sent ? n : b->stall_after - b->sent;
        if (n == 0) {
            struct pollfd one = {b->fd, POLLIN, 0};
            char byte;
            if (poll(&one, 1, 100) <= 0) {
                return;
            }
            b->stall_after = 0; /* it has answered: what comes now is too late; or it has left */
            if (recv(b->fd, &byte, 1, MSG_PEEK) <= 0) {
                kratos_lost(&b->k, KRATOS_ERR_CLOSED);
            }
            return;
        }
    }
    rc = send(b->fd, p, n, MSG_NOSIGNAL);
    if (rc > 0) {
        b->sent += (size_t)rc;
        kratos_tx_done(&b->k, (size_t)rc);
    } else {
        kratos_lost(&b->k, KRATOS_ERR_IO);
    }
}

static void pump_rx(struct bare *b)
{
    struct pollfd one = {b->fd, POLLIN, 0};
    size_t n;
    void *p = kratos_rx(&b->k, &n);
    ssize_t rc;
    if (poll(&one, 1, 100) <= 0) {
        return;
    }
    rc = recv(b->fd, p, n, 0);
    if (rc > 0) {
        kratos_rx_done(&b->k, (size_t)rc);
    } else {
        kratos_lost(&b->k, rc == 0 ? KRATOS_ERR_CLOSED : KRATOS_ERR_IO);
    }
}

static void pump(struct bare *b)
{
    unsigned want = kratos_want(&b->k);
    if (want & KRATOS_WANT_CLOSE) {
        bare_close(b);
        kratos_closed(&b->k);
    } else if (want & KRATOS_WANT_OPEN) {
        b->fd = dial(b->where);
        if (b->fd < 0) {
            kratos_lost(&b->k, KRATOS_ERR_IO);
        } else {
            kratos_opened(&b->k);
        }
    } else if (want & KRATOS_WANT_TX) {
        pump_tx(b);
    } else if (want & KRATOS_WANT_RX) {
        pump_rx(b);
    }
}

/* ---- Three ways, one result --------------------------------------------------------------------------------------------------------- */

enum mode { BLOCKING, NONBLOCKING, BARE };

struct driver {
    enum mode mode;
    struct client client;
    struct bare bare;
    struct kratos *k;
    char log[16384];
    size_t n;
    unsigned again;
};

static void turn(struct driver *d)
{
    d->again++;
    if (d->mode == BARE) {
        pump(&d->bare);
    } else {
        struct pollfd one = {d->client.wire.tcp.fd, POLLIN, 0};
        poll(&one, 1, 1);
    }
}

#define DRIVE(d, rc, call)                                                                                             \
    do {                                                                                                               \
        while (((rc) = (call)) == KRATOS_AGAIN) {                                                                      \
            turn(d);                                                                                                   \
        }                                                                                                              \
    } while (0)

static void note(struct driver *d, const char *name, int rc, kratos_json value)
{
    const struct kratos_fault *f = kratos_last_fault(d->k);
    d->n += (size_t)snprintf(d->log + d->n, sizeof d->log - d->n, "%s %d %d %d %.*s %.*s\n", name, rc,
                             rc < 0 ? f->http_status : 0, rc < 0 ? (int)f->effect : 0, (int)value.n,
                             value.p != NULL ? value.p : "", rc < 0 ? (int)f->message.n : 0, f->message.p);
}

static int two_rows(void *arg, size_t i, struct kratos_batch_row *row)
{
    char *traits = arg;
    row->skip = i == 1;
    row->create.traits = json(traits);
    return 0;
}

static void sequence(struct suite *t, struct driver *d, const char *run)
{
    static const kratos_json none = {NULL, 0};
    static const char *const with_password[] = {"password", NULL};
    char serial[2 * TEXT_SIZE], traits[TEXT_SIZE], row[2 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    struct kratos_list_identities_params params = {0};
    struct kratos_patch patch = {0};
    struct kratos_session s = {0};
    int rc;
    snprintf(serial, sizeof serial, "mode-%s", run); /* the same in each mode: it is deleted at the end */
    body.traits = serial_traits(serial, traits);
    DRIVE(d, rc, kratos_create_identity(d->k, &body, &who));
    memcpy(id, who.id, sizeof id);
    note(d, "create", rc, who.traits);
    DRIVE(d, rc, kratos_create_identity(d->k, &body, &who));
    note(d, "again", rc, none);
    DRIVE(d, rc, kratos_get_identity(d->k, id, with_password, &who));
    note(d, "get", rc, who.traits);
    patch.op = "replace";
    patch.path = "/metadata_public";
    patch.value = json("{\"n\":12345678901234567890}");
    DRIVE(d, rc, kratos_patch_identity(d->k, id, &patch, 1, &who));
    note(d, "patch", rc, who.metadata_public);
    patch.path = "nonsense";
    DRIVE(d, rc, kratos_patch_identity(d->k, id, &patch, 1, &who));
    note(d, "patch", rc, none);
    body.metadata_admin = json("[7]");
    DRIVE(d, rc, kratos_update_identity(d->k, id, &body, &who));
    note(d, "update", rc, who.metadata_public);
    params.credentials_identifier = serial;
    do {
        DRIVE(d, rc, kratos_list_identities(d->k, &params, &who));
        note(d, "list", rc, rc == KRATOS_OK ? who.metadata_admin : none);
    } while (rc == KRATOS_OK);
    snprintf(row, sizeof row, "{\"serial\":\"row-%s\"}", run);
    batch.row_count = 3;
    batch.rows_per_request = 2;
    batch.row = two_rows;
    batch.arg = row;
    do {
        DRIVE(d, rc, kratos_batch_patch_identities(d->k, &batch, &result));
        note(d, "batch", rc, none);
        note(d, "row", rc == KRATOS_OK ? result.rc : 0, none);
        if (rc == KRATOS_OK && result.rc == KRATOS_OK) {
            created(t, result.identity.p);
        }
    } while (rc == KRATOS_OK);
    DRIVE(d, rc, kratos_get_session(d->k, "xyz", NULL, &s));
    note(d, "session", rc, none);
    DRIVE(d, rc, kratos_delete_identity(d->k, id));
    note(d, "delete", rc, none);
    DRIVE(d, rc, kratos_delete_identity(d->k, id));
    note(d, "delete", rc, none);
    params.credentials_identifier = row + 11;
    row[strlen(row) - 2] = '\0';
    DRIVE(d, rc, kratos_list_identities(d->k, &params, &who));
    memcpy(id, who.id, sizeof id);
    kratos_cancel(d->k);
    DRIVE(d, rc, kratos_delete_identity(d->k, id));
    note(d, "delete", rc, none);
}

void test_modes(struct suite *t)
{
    static struct driver drivers[3];
    char run[TEXT_SIZE];
    enum mode mode, last = t->admin.tls ? NONBLOCKING : BARE; /* TLS needs an io */
    operation(t, "modes");
    unique(t, "m", run);
    for (mode = BLOCKING; mode <= last; mode++) {
        struct driver *d = &drivers[mode];
        memset(d, 0, sizeof *d);
        d->mode = mode;
        if (mode == BARE) {
            bare_open(&d->bare, &t->admin);
            d->k = &d->bare.k;
        } else {
            client_open(&d->client, &t->admin, WORK_SIZE);
            d->client.config.nonblocking = mode == NONBLOCKING;
            d->client.wire.shy = mode == NONBLOCKING;
            d->k = &d->client.k;
        }
        sequence(t, d, run);
        TRUE(t, d->n > 400);
        INT(t, d->again != 0, mode != BLOCKING);
        STR(t, text_of(d->log), drivers[BLOCKING].log);
    }
    client_close(&drivers[BLOCKING].client);
    client_close(&drivers[NONBLOCKING].client);
    if (last == BARE) {
        bare_close(&drivers[BARE].bare);
    }
}

/* ---- Connections ---------------------------------------------------------------------------------------------------------------------- */

static void kept(struct suite *t)
{
    struct client c;
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    client_open(&c, &t->admin, 1024);
    make_identity(t, &c, unique(t, "kept", serial), id);
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    RC(t, &c, kratos_get_identity(&c.k, "a/b", NULL, NULL), KRATOS_ERR_NOT_FOUND); /* the router's text */
    RC(t, &c, kratos_delete_identity(&c.k, id), KRATOS_OK);
    RC(t, &c, kratos_delete_identity(&c.k, id), KRATOS_ERR_NOT_FOUND);
    RC(t, &c, kratos_list_identities(&c.k, NULL, NULL), KRATOS_OK);
    while (kratos_list_identities(&c.k, NULL, NULL) == KRATOS_OK) {
    }
    RC(t, &c, kratos_disable_session(&c.k, "xyz"), KRATOS_ERR_REFUSED);
    TRUE(t, kratos_last_fault(&c.k)->reused);
    INT(t, c.wire.opened, 1); /* one connection for all that */
    kratos_close(&c.k);
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    INT(t, c.wire.opened, 2);
    c.config.idle_ms = 20;
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    sleep_ms(60);
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    TRUE(t, !kratos_last_fault(&c.k)->reused);
    client_close(&c);
}

/* The connection ends without a word, on a fresh and on a kept connection; a GET is repeated in the second case. */
static void lost(struct suite *t)
{
    struct client c;
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    unsigned opened;
    client_open(&c, &t->admin, WORK_SIZE);
    c.wire.cut_after = 0;
    c.wire.cuts = 1;
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_CLOSED);
    FAULT(t, &c, 0, KRATOS_MAYBE_DONE, "", "");
    TRUE(t, kratos_last_fault(&c.k)->transient && !kratos_last_fault(&c.k)->reused);
    make_identity(t, &c, unique(t, "lost", serial), id);
    opened = c.wire.opened;
    c.wire.end_after_request = true;
    RC(t, &c, kratos_get_identity(&c.k, id, NULL, NULL), KRATOS_OK);
    INT(t, c.wire.opened, opened + 1);
    c.wire.cut_after = c.wire.got;
    c.wire.cuts = 1; /* an end that is seen before the request is written */
    RC(t, &c, kratos_delete_identity_credentials(&c.k, id, "totp", NULL), KRATOS_ERR_NOT_FOUND);
    INT(t, c.wire.opened, opened + 2);
    c.wire.cut_after = -1;
    c.wire.end_after_request = true;
    RC(t, &c, kratos_delete_identity_credentials(&c.k, id, "totp", NULL), KRATOS_ERR_CLOSED);
    FAULT(t, &c, 0, KRATOS_MAYBE_DONE, "", "");
    TRUE(t, kratos_last_fault(&c.k)->reused);

    body.traits = serial_traits(unique(t, "lost", serial), traits);
    c.wire.cuts = 1;
    kratos_close(&c.k);
    c.wire.cut_after = 0;
    RC(t, &c, kratos_create_identity(&c.k, &body, &who), KRATOS_ERR_CLOSED);
    FAULT(t, &c, 0, KRATOS_MAYBE_DONE, "", "");
    c.wire.cut_after = 150; /* in the middle of the head: the status is known */
    c.wire.cuts = 1;
    sleep_ms(200); /* the first one may still be at work */
    RC(t, &c, kratos_create_identity(&c.k, &body, &who), KRATOS_ERR_CLOSED);
    TRUE(t, kratos_last_fault(&c.k)->http_status == 409 || kratos_last_fault(&c.k)->http_status == 201);
    sleep_ms(200);
    RC(t, &c, kratos_create_identity(&c.k, &body, &who), KRATOS_ERR_CONFLICT); /* it was done indeed */
    client_close(&c);
}

static void unreachable(struct suite *t)
{
    struct address nowhere = t->admin;
    struct client c;
    nowhere.port = 1;
    client_open(&c, &nowhere, 1024);
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_IO);
    FAULT(t, &c, 0, KRATOS_NOT_SENT, "", "");
    TRUE(t, kratos_last_fault(&c.k)->transient && kratos_last_fault(&c.k)->native_error != 0);
    client_close(&c);
}

static void configured(struct suite *t)
{
    static const struct kratos_header headers[] = {{"X-Request-ID", "live"}, {"X-Other", ""}};
    struct client c;
    char base_path[TEXT_SIZE + 8];
    client_open(&c, &t->admin, 1024);
    c.config.headers = headers;
    c.config.header_count = 2;
    c.config.bearer = "rubbish"; /* Kratos itself looks at none */
    RC(t, &c, kratos_get_identity(&c.k, UNKNOWN_ID, NULL, NULL), KRATOS_ERR_NOT_FOUND);
    TRUE(t, strstr(c.wire.head, "\r\nAuthorization: Bearer rubbish\r\n") != NULL);
    TRUE(t, strstr(c.wire.head, "\r\nX-Request-ID: live\r\n") != NULL);
    c.config.bearer = NULL;
    snprintf(base_path, sizeof base_path, "%s/kratos", t->admin.base_path);
    c.config.base_path = base_path;
    RC(t, &c, kratos_delete_identity(&c.k, UNKNOWN_ID),
       t->facts->serves_unprefixed ? KRATOS_ERR_NOT_FOUND : KRATOS_ERR_REDIRECT);
    client_close(&c);
}

/* ---- Slow ----------------------------------------------------------------------------------------------------------------------------- */

/* Sends only the first bytes of a request and waits for what the server does then. */
struct slow {
    struct bare bare;
    struct kratos_identity_body body;
    bool create;
    int rc;
};

static void step(struct slow *s)
{
    if (s->rc != KRATOS_AGAIN) {
        return;
    }
    s->rc = s->create ? kratos_create_identity(&s->bare.k, &s->body, NULL)
                      : kratos_get_identity(&s->bare.k, UNKNOWN_ID, NULL, NULL);
    if (s->rc == KRATOS_AGAIN) {
        pump(&s->bare);
    }
}

static void slow(struct suite *t)
{
    static struct slow all[3];
    char traits[TEXT_SIZE], serial[TEXT_SIZE];
    const struct kratos_fault *f;
    uint32_t began = clock_ms(NULL);
    unsigned i, count = t->facts->slow_body_ms <= 5000 ? 3 : 2;
    for (i = 0; i < count; i++) {
        memset(&all[i], 0, sizeof all[i]);
        bare_open(&all[i].bare, &t->admin);
        all[i].body.traits = serial_traits(unique(t, "slow", serial), traits);
        all[i].rc = KRATOS_AGAIN;
    }
    all[1].create = false;
    while (all[1].rc == KRATOS_AGAIN) { /* one exchange first: a kept connection */
        step(&all[1]);
    }
    all[1].rc = KRATOS_AGAIN;
    all[0].bare.stall_after = 20;
    all[1].bare.stall_after = all[1].bare.sent + 20;
    all[2].create = true;
    all[2].bare.stall_after = 187; /* in the body */
    while (clock_ms(NULL) - began < 15000 &&
           (all[0].rc == KRATOS_AGAIN || all[1].rc == KRATOS_AGAIN || (count == 3 && all[2].rc == KRATOS_AGAIN))) {
        for (i = 0; i < count; i++) {
            step(&all[i]);
        }
    }
    for (i = 0; i < 2;
         i++) { /* 5 s for the head: then a 400 in plain text, up to the close, or the bare close of older Go */
        f = kratos_last_fault(&all[i].bare.k);
        TRUE(t, all[i].rc == KRATOS_ERR_REFUSED || all[i].rc == KRATOS_ERR_CLOSED || all[i].rc == KRATOS_ERR_IO);
        INT(t, f->effect, KRATOS_NOT_DONE);
        INT(t, f->reused, i == 1);
    }
    if (count == 3) {
        f = kratos_last_fault(&all[2].bare.k);
        INT(t, all[2].rc, KRATOS_ERR_SERVER);
        INT(t, f->http_status, 499);
        TRUE(t, f->transient);
    }
    for (i = 0; i < count; i++) {
        bare_close(&all[i].bare);
    }
}

void test_transport(struct suite *t)
{
    operation(t, "transport");
    kept(t);
    lost(t);
    unreachable(t);
    configured(t);
    if (!t->admin.tls) {
        slow(t);
    }
}
