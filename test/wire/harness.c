/* SPDX-License-Identifier: Apache-2.0
 *
 * See harness.h: the scripted server, the driver of the three modes, and the text of results.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"

struct server {
    const struct wire_plan *plan;
    struct wire_outcome *o;
    struct kratos k;
    uint32_t now;
    bool open, broken; /* broken: this connection gives write_rc from now on */
    size_t opens;
    size_t begin;    /* where the request that is being received begins in o->request */
    size_t answered; /* replies given out whole */
    size_t pos;      /* bytes given of the next reply */
    size_t ready;    /* complete requests that were not answered yet */
    unsigned turn;
    bool moved, stuttered;
    size_t row_asked; /* batch: highest row asked for so far */
};

unsigned long wire_held;

static struct server server;
static char *block;

bool wire_is_list(enum wire_op op)
{
    return op == WIRE_LIST_IDENTITIES || op == WIRE_LIST_SESSIONS || op == WIRE_LIST_IDENTITY_SESSIONS;
}

bool wire_is_stream(enum wire_op op)
{
    return wire_is_list(op) || op == WIRE_BATCH_PATCH_IDENTITIES || op == WIRE_LIST_IDENTITY_SCHEMAS ||
           op == WIRE_GET_IDENTITY_SCHEMA;
}

static void rule(const char *what)
{
    if (server.o->broken_rule == NULL) {
        server.o->broken_rule = what;
    }
}

/* ---- Server ------------------------------------------------------------------------------------------------------------ */

static const char *find(const char *p, size_t n, const char *what)
{
    size_t size = strlen(what);
    const char *end = p + n;
    while ((size_t)(end - p) >= size && (p = (const char *)memchr(p, *what, (size_t)(end - p) - size + 1)) != NULL) {
        if (memcmp(p, what, size) == 0) {
            return p;
        }
        p++;
    }
    return NULL;
}

/* It reads only what a request of ours can look like. */
size_t wire_request_size(const char *p, size_t n)
{
    const char *end = find(p, n, "\r\n\r\n"), *field;
    size_t head;
    if (end == NULL) {
        return 0;
    }
    head = (size_t)(end - p) + 4;
    field = find(p, head, "Content-Length: ");
    if (field != NULL) {
        size_t size = head + strtoul(field + 16, NULL, 10);
        return n >= size ? size : 0;
    }
    if (find(p, head, "Transfer-Encoding: chunked") != NULL) {
        size_t at = head;
        for (;;) {
            const char *line = find(p + at, n - at, "\r\n");
            size_t size;
            if (line == NULL) {
                return 0;
            }
            size = strtoul(p + at, NULL, 16);
            at = (size_t)(line - p) + 2 + size + 2;
            if (at > n) {
                return 0;
            }
            if (size == 0) {
                return at;
            }
        }
    }
    return head;
}

static void receive(const void *p, size_t n)
{
    struct wire_outcome *o = server.o;
    size_t size;
    if (n > WIRE_REQUEST_SIZE - o->request_n) {
        rule("request larger than the test's buffer");
        return;
    }
    memcpy(o->request + o->request_n, p, n);
    o->request_n += n;
    size = wire_request_size(o->request + server.begin, o->request_n - server.begin);
    if (size != 0) {
        if (size != o->request_n - server.begin) {
            rule("bytes behind the request");
        }
        if (server.ready != 0) {
            rule("a request before the last one was answered");
        }
        if (o->requests == 0) {
            o->first_request_n = size;
        }
        o->requests++;
        server.ready = 1;
        server.begin = o->request_n;
    }
}

static bool stutters(void)
{
    server.stuttered = server.plan->stutter && server.turn++ % 2 == 0;
    return server.stuttered;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many of n bytes may be written now; negative: KRATOS_ERR_*. */
static long may_write(size_t n)
{
    const struct wire_plan *plan = server.plan;
    if (!server.open) {
        rule("write on a closed connection");
        return KRATOS_ERR_IO;
    }
    if (server.broken) {
        return plan->write_rc;
    }
    if (stutters()) {
        return 0;
    }
    if (plan->write_cut && server.opens == 1) {
        size_t left = plan->write_at - server.o->request_n;
        if (left == 0) {
            server.broken = true;
            return plan->write_rc;
        }
        n = smaller(n, left);
    }
    return (long)(plan->piece != 0 ? smaller(n, plan->piece) : n);
}

static const struct wire_reply *reply_now(void)
{
    const struct wire_plan *plan = server.plan;
    if (server.answered < plan->reply_count) {
        return &plan->replies[server.answered];
    }
    return plan->again && plan->reply_count != 0 ? &plan->replies[plan->reply_count - 1] : NULL;
}

/* Gives at most n bytes. 0: none now, negative: KRATOS_ERR_*. */
static long may_read(void *p, size_t n)
{
    const struct wire_plan *plan = server.plan;
    const struct wire_reply *reply = reply_now();
    bool first = server.opens == 1 && server.answered == 0;
    if (!server.open) {
        rule("read on a closed connection");
        return KRATOS_ERR_IO;
    }
    if (n == 0) {
        rule("read of no bytes");
    }
    if (server.broken && !plan->early) {
        return plan->write_rc;
    }
    if ((server.ready == 0 && !(plan->early && server.o->request_n != 0)) || reply == NULL) {
        return server.answered != 0 && plan->replies[server.answered - 1].closes ? KRATOS_ERR_CLOSED : 0;
    }
    if (first && plan->cut && server.pos == plan->cut_at) {
        return plan->cut_rc;
    }
    if (stutters()) {
        return 0;
    }
    n = smaller(n, reply->n - server.pos);
    if (first && plan->cut) {
        n = smaller(n, plan->cut_at - server.pos);
    }
    if (first && server.pos < plan->split) {
        n = smaller(n, plan->split - server.pos);
    }
    if (plan->piece != 0) {
        n = smaller(n, plan->piece);
    }
    memcpy(p, reply->p + server.pos, n);
    server.pos += n;
    if (server.pos == reply->n && !(first && plan->cut)) {
        server.answered++;
        server.pos = 0;
        server.ready = 0;
    }
    return n != 0 ? (long)n : KRATOS_ERR_CLOSED;
}

/* ---- The io ------------------------------------------------------------------------------------------------------------ */

static int wait_or(int rc, uint32_t wait_ms)
{
    if (rc == 0) {
        if (server.plan->mode != WIRE_BLOCKING && wait_ms != 0) {
            rule("waits although nonblocking");
        }
        server.now += server.stuttered ? 0 : wait_ms;
        server.stuttered = false;
    } else if (rc > 0) {
        server.moved = true;
    }
    return rc;
}

static int io_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    if (server.open) {
        rule("open of an open connection");
    }
    if (strcmp(host, "kratos.example") != 0 || port != 4434) {
        rule("open with another host or port");
    }
    if (stutters()) {
        return wait_or(0, wait_ms);
    }
    if (server.opens != 0 && server.plan->reopen_rc != 0) {
        return server.plan->reopen_rc;
    }
    server.open = true;
    server.broken = false;
    server.opens++;
    server.o->opens++;
    server.begin = server.o->request_n;
    server.ready = 0;
    server.pos = 0;
    return wait_or(1, wait_ms);
}

static int io_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    long rc = may_write(n);
    (void)ctx;
    if (rc > 0) {
        receive(p, (size_t)rc);
    }
    return wait_or((int)rc, wait_ms);
}

static int io_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    return wait_or((int)may_read(p, n), wait_ms);
}

static void io_close(void *ctx)
{
    (void)ctx;
    if (server.open) {
        server.o->closes++;
    }
    server.open = false;
    if (server.pos != 0) {
        server.answered++;
        server.pos = 0;
    }
}

static int io_native_error(void *ctx)
{
    (void)ctx;
    return 4711;
}

static uint32_t io_now_ms(void *ctx)
{
    (void)ctx;
    return server.now;
}

/* What kratos_tx() or kratos_rx() gave, and nothing was moved of: a DMA that still runs. */
static struct {
    unsigned want; /* 0: nothing */
    const void *p;
    size_t n;
    char bytes[WIRE_WORK_SIZE];
} held;

static void hold(unsigned want, const void *p, size_t n)
{
    held.want = n <= sizeof held.bytes ? want : 0;
    held.p = p;
    held.n = n;
    if (held.want == KRATOS_WANT_TX) {
        memcpy(held.bytes, p, n);
    }
}

/* The call in between returned KRATOS_AGAIN: place and bytes are what they were. */
static void look_at_held(unsigned want, const void *p, size_t n)
{
    if (held.want != want) {
        return;
    }
    if (p != held.p || n != held.n) {
        rule(want == KRATOS_WANT_TX ? "kratos_tx moved during KRATOS_AGAIN" : "kratos_rx moved during KRATOS_AGAIN");
    } else if (want == KRATOS_WANT_TX && memcmp(p, held.bytes, n) != 0) {
        rule("bytes of kratos_tx changed during KRATOS_AGAIN");
    }
    wire_held++;
}

/* Moves bytes as kratos_want() says. */
static void drive_no_port(struct kratos *k)
{
    unsigned want = kratos_want(k);
    size_t n = 0;
    if (want & KRATOS_WANT_CLOSE) {
        io_close(NULL);
        kratos_closed(k);
        server.moved = true;
    } else if (want & KRATOS_WANT_OPEN) {
        int rc = io_open(NULL, "kratos.example", 4434, 0);
        if (rc > 0) {
            kratos_opened(k);
        } else if (rc < 0) {
            kratos_lost(k, rc);
        }
    } else if (want & KRATOS_WANT_TX) {
        const void *p = kratos_tx(k, &n);
        int rc;
        look_at_held(KRATOS_WANT_TX, p, n);
        rc = io_write(NULL, p, n, 0);
        hold(rc == 0 ? KRATOS_WANT_TX : 0, p, n);
        if (rc > 0) {
            kratos_tx_done(k, (size_t)rc);
        } else if (rc < 0) {
            kratos_lost(k, rc);
        }
    } else if (want & KRATOS_WANT_RX) {
        void *p = kratos_rx(k, &n);
        int rc;
        look_at_held(KRATOS_WANT_RX, p, n);
        rc = n == 0 ? 0 : io_read(NULL, p, n, 0);
        hold(rc == 0 ? KRATOS_WANT_RX : 0, p, n);
        if (rc > 0) {
            kratos_rx_done(k, (size_t)rc);
        } else if (rc < 0) {
            kratos_lost(k, rc);
        }
    } else {
        rule("KRATOS_AGAIN although nothing is wanted");
    }
}

/* ---- Results as text --------------------------------------------------------------------------------------------------- */

static void put(const char *p, size_t n)
{
    struct wire_outcome *o = server.o;
    if (n > WIRE_TEXT_SIZE - o->n) {
        rule("result larger than the test's buffer");
        return;
    }
    memcpy(o->text + o->n, p, n);
    o->n += n;
}

static void put_text(const char *s)
{
    put(s, strlen(s));
}

static void put_number(const char *name, int64_t v)
{
    char text[80];
    snprintf(text, sizeof text, "%s=%lld\n", name, (long long)v);
    put_text(text);
}

/* A NUL inside a text comes from an escape in a reply, and from nothing else. */
static bool nul_was_sent(void)
{
    const struct wire_plan *plan = server.plan;
    size_t i;
    for (i = 0; i < plan->reply_count; i++) {
        if (find(plan->replies[i].p, plan->replies[i].n, "\\u0000") != NULL) {
            return true;
        }
    }
    return false;
}

static void check_str(kratos_str s)
{
    if (s.p == NULL) {
        if (s.n != 0) {
            rule("absent text with a length");
        }
        return;
    }
    if (s.p[s.n] != '\0') {
        rule("text that is not terminated");
    } else if (strlen(s.p) != s.n && !nul_was_sent()) {
        rule("text with a NUL inside that nobody sent");
    }
}

/* Holds after any call: the texts of the fault are there, and those of a list's tokens are texts. */
static void check_texts(const struct kratos *k, const struct wire_call *call)
{
    const struct kratos_fault *f = kratos_last_fault(k);
    if (f->id.p == NULL || f->reason.p == NULL || f->message.p == NULL || f->location.p == NULL) {
        rule("fault text that is NULL");
        return;
    }
    check_str(f->id);
    check_str(f->reason);
    check_str(f->message);
    check_str(f->location);
    if (wire_is_list(call->op)) {
        check_str(kratos_page_token(k));
        check_str(kratos_next_page_token(k));
    }
}

static void put_str(const char *name, kratos_str s)
{
    put_text(name);
    if (s.p == NULL) {
        put_text("-\n");
    } else {
        put_text("=");
        put(s.p, s.n);
        put_text("\n");
    }
    check_str(s);
}

static void put_json(const char *name, kratos_json v)
{
    kratos_str s = {v.p, v.n};
    put_text(name);
    put_text(s.p == NULL ? "-" : "=");
    put(s.p != NULL ? s.p : "", s.n);
    put_text("\n");
}

static void put_id(const char *id)
{
    put_text("id=");
    put_text(id);
    put_text("\n");
}

static void put_identity(const struct kratos_identity *v)
{
    put_id(v->id);
    put_str("schema_id", v->schema_id);
    put_str("schema_url", v->schema_url);
    put_str("state", v->state);
    put_str("state_changed_at", v->state_changed_at);
    put_str("external_id", v->external_id);
    put_str("organization_id", v->organization_id);
    put_str("created_at", v->created_at);
    put_str("updated_at", v->updated_at);
    put_json("traits", v->traits);
    put_json("metadata_public", v->metadata_public);
    put_json("metadata_admin", v->metadata_admin);
    put_json("verifiable_addresses", v->verifiable_addresses);
    put_json("recovery_addresses", v->recovery_addresses);
    put_json("credentials", v->credentials);
}

static void put_session(const struct kratos_session *v)
{
    put_id(v->id);
    put_number("active", v->active);
    put_str("expires_at", v->expires_at);
    put_str("authenticated_at", v->authenticated_at);
    put_str("authenticator_assurance_level", v->authenticator_assurance_level);
    put_str("issued_at", v->issued_at);
    put_json("authentication_methods", v->authentication_methods);
    put_json("identity", v->identity);
    put_json("devices", v->devices);
}

static void put_recovery(const struct kratos_recovery *v)
{
    put_str("recovery_link", v->recovery_link);
    put_str("expires_at", v->expires_at);
    put_str("recovery_code", v->recovery_code);
}

static void put_row(const struct kratos_batch_result *v)
{
    put_number("row", (int64_t)v->row);
    put_number("rc", v->rc);
    put_str("action", v->action);
    put_str("identity", v->identity);
    put_str("patch_id", v->patch_id);
    put_str("reason", v->reason);
    put_str("message", v->message);
}

/* ---- The call ---------------------------------------------------------------------------------------------------------- */

static union {
    struct kratos_identity identity;
    struct kratos_session session;
    struct kratos_recovery recovery;
    struct kratos_batch_result row;
    struct kratos_schema_part part;
} result;

static bool part_open;

static int give_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    const struct wire_call *call = (const struct wire_call *)arg;
    static const struct kratos_batch_row zero;
    if (i >= call->row_count) {
        rule("row beyond row_count");
        return 1;
    }
    if (i + 1 < server.row_asked || i > server.row_asked) {
        rule("rows not asked for in ascending order");
    }
    if (memcmp(row, &zero, sizeof zero) != 0) {
        rule("row that is not zeroed");
    }
    server.row_asked = i + 1 > server.row_asked ? i + 1 : server.row_asked;
    *row = call->rows[i];
    return 0;
}

static int call_once(struct kratos *k, const struct wire_call *c)
{
    struct kratos_identity *identity = c->out_null ? NULL : &result.identity;
    struct kratos_session *session = c->out_null ? NULL : &result.session;
    struct kratos_recovery *recovery = c->out_null ? NULL : &result.recovery;
    struct kratos_schema_part *part = c->out_null ? NULL : &result.part;
    struct kratos_batch_result *row = c->out_null ? NULL : &result.row;
    struct kratos_batch batch = {c->row_count, c->rows_per_request, give_row, (void *)(uintptr_t)c, false};
    switch (c->op) {
    case WIRE_CREATE_IDENTITY:
        return kratos_create_identity(k, &c->body, identity);
    case WIRE_GET_IDENTITY:
        return kratos_get_identity(k, c->id, c->names, identity);
    case WIRE_GET_IDENTITY_BY_EXTERNAL_ID:
        return kratos_get_identity_by_external_id(k, c->id, c->names, identity);
    case WIRE_UPDATE_IDENTITY:
        return kratos_update_identity(k, c->id, &c->body, identity);
    case WIRE_DELETE_IDENTITY:
        return kratos_delete_identity(k, c->id);
    case WIRE_DELETE_IDENTITY_CREDENTIALS:
        return kratos_delete_identity_credentials(k, c->id, c->type, c->identifier);
    case WIRE_PATCH_IDENTITY:
        return kratos_patch_identity(k, c->id, c->patches, c->patch_count, identity);
    case WIRE_LIST_IDENTITIES:
        return kratos_list_identities(k, &c->identities, identity);
    case WIRE_BATCH_PATCH_IDENTITIES:
        return kratos_batch_patch_identities(k, &batch, row);
    case WIRE_LIST_SESSIONS:
        return kratos_list_sessions(k, &c->sessions, session);
    case WIRE_LIST_IDENTITY_SESSIONS:
        return kratos_list_identity_sessions(k, c->id, &c->identity_sessions, session);
    case WIRE_GET_SESSION:
        return kratos_get_session(k, c->id, c->names, session);
    case WIRE_EXTEND_SESSION:
        return kratos_extend_session(k, c->id, session);
    case WIRE_DISABLE_SESSION:
        return kratos_disable_session(k, c->id);
    case WIRE_DELETE_IDENTITY_SESSIONS:
        return kratos_delete_identity_sessions(k, c->id);
    case WIRE_CREATE_RECOVERY_CODE_FOR_IDENTITY:
        return kratos_create_recovery_code_for_identity(k, &c->recovery, recovery);
    case WIRE_CREATE_RECOVERY_LINK_FOR_IDENTITY:
        return kratos_create_recovery_link_for_identity(k, &c->recovery, recovery);
    case WIRE_LIST_IDENTITY_SCHEMAS:
        return kratos_list_identity_schemas(k, c->page_size, c->page, part);
    case WIRE_GET_IDENTITY_SCHEMA:
        return kratos_get_identity_schema(k, c->id, part);
    default:
        rule("no such operation");
        return KRATOS_ERR_ARG;
    }
}

/* Calls until the result is there, moving bytes where the mode asks for it. */
static int call_through(struct kratos *k, const struct wire_call *call)
{
    unsigned idle = 0;
    for (;;) {
        int rc;
        server.moved = false;
        rc = call_once(k, call);
        check_texts(k, call);
        if (rc != KRATOS_AGAIN) {
            held.want = 0;
            return rc;
        }
        if (server.plan->mode == WIRE_BLOCKING) {
            rule("KRATOS_AGAIN from a blocking call");
            return rc;
        }
        if (server.plan->mode == WIRE_NO_PORT) {
            drive_no_port(k);
        } else if (kratos_want(k) == 0) {
            rule("KRATOS_AGAIN although nothing is wanted");
        }
        idle = server.moved ? 0 : idle + 1;
        if (idle > 4) { /* nothing will come: let the time pass */
            server.now += 20000;
        }
        if (idle > 50) {
            rule("never ends");
            return rc;
        }
    }
}

static void next_item(int rc, const char *id)
{
    struct wire_outcome *o = server.o;
    if (o->item_count == WIRE_ITEMS) {
        rule("more results than the test can hold");
        return;
    }
    o->item_rc[o->item_count] = rc;
    snprintf(o->item_id[o->item_count], KRATOS_ID_SIZE, "%s", id);
    o->item_count++;
    o->item[o->item_count] = o->n;
}

static void put_part(const struct kratos_schema_part *v)
{
    check_str(v->id);
    if (!part_open) {
        put_str("schema", v->id);
        put_text("text=");
        part_open = true;
    }
    put(v->p, v->n);
    if (v->last) {
        put_text("\n");
        part_open = false;
        next_item(KRATOS_OK, "");
    }
}

static bool id_only(const struct wire_call *call)
{
    const char *p = (const char *)&result;
    size_t size = call->op == WIRE_LIST_IDENTITIES ? sizeof result.identity : sizeof result.session, i;
    for (i = KRATOS_ID_SIZE; i < size; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

/* A stream's result that is not its end. */
static void put_item(const struct wire_call *call, int rc)
{
    bool bad = rc != KRATOS_OK;
    if (call->out_null) {
        if (bad) {
            next_item(rc, "");
        }
        return;
    }
    if (bad) {
        put_number("item_rc", rc);
        put_number("effect", kratos_last_fault(&server.k)->effect);
        if (wire_is_list(call->op) && !id_only(call)) {
            rule("a bad element of which more than the id is filled");
        }
        next_item(rc, wire_is_list(call->op) ? (const char *)&result : "");
        return;
    }
    switch (call->op) {
    case WIRE_LIST_IDENTITIES:
        put_identity(&result.identity);
        next_item(rc, result.identity.id);
        break;
    case WIRE_BATCH_PATCH_IDENTITIES:
        put_row(&result.row);
        next_item(rc, "");
        break;
    case WIRE_LIST_SESSIONS:
    case WIRE_LIST_IDENTITY_SESSIONS:
        put_session(&result.session);
        next_item(rc, result.session.id);
        break;
    default:
        put_part(&result.part);
        break;
    }
}

static void put_single(const struct wire_call *call)
{
    if (call->out_null) {
        return;
    }
    switch (call->op) {
    case WIRE_CREATE_IDENTITY:
    case WIRE_GET_IDENTITY:
    case WIRE_GET_IDENTITY_BY_EXTERNAL_ID:
    case WIRE_UPDATE_IDENTITY:
    case WIRE_PATCH_IDENTITY:
        put_identity(&result.identity);
        break;
    case WIRE_GET_SESSION:
    case WIRE_EXTEND_SESSION:
        put_session(&result.session);
        break;
    case WIRE_CREATE_RECOVERY_CODE_FOR_IDENTITY:
    case WIRE_CREATE_RECOVERY_LINK_FOR_IDENTITY:
        put_recovery(&result.recovery);
        break;
    default:
        break;
    }
}

static void put_end(const struct kratos *k, const struct wire_call *call, int rc)
{
    const struct kratos_fault *f = kratos_last_fault(k);
    if (rc == KRATOS_OK) {
        put_single(call);
    }
    put_number("rc", rc);
    if (f->id.p == NULL || f->reason.p == NULL || f->message.p == NULL || f->location.p == NULL) {
        return; /* call_through() said so */
    }
    if (rc < 0) {
        put_number("status", f->http_status);
        put_number("effect", f->effect);
        put_number("transient", f->transient);
        put_number("retry_after_ms", f->retry_after_ms);
        put_number("foreign", f->foreign);
        put_str("fault.id", f->id);
        put_str("reason", f->reason);
        put_str("message", f->message);
        put_str("location", f->location);
    } else {
        kratos_str token = kratos_next_page_token(k);
        if (wire_is_list(call->op)) {
            put_str("next_page_token", token);
        }
    }
}

/* The work buffer, at any alignment. With the address sanitizer its end is the end of a heap block, otherwise guarded. */
#ifdef __SANITIZE_ADDRESS__
#define GUARD_SIZE 0
#else
#define GUARD_SIZE 8
#endif

static char *fresh_work(size_t size)
{
    static unsigned align;
    static size_t room;
    if (block == NULL || room != size || GUARD_SIZE != 0) {
        align = (align + 1) & 3;
    }
    if (block == NULL || (GUARD_SIZE == 0 ? room != size : room < size)) {
        free(block);
        block = (char *)malloc(align + size + GUARD_SIZE + (GUARD_SIZE != 0 ? 3 : 0));
        room = size;
    }
    return block + align;
}

static const unsigned char guard[8] = {0xFE, 0xED, 0xFA, 0xCE, 0xFE, 0xED, 0xFA, 0xCE};

void wire_run(const struct wire_call *call, const struct wire_plan *plan, struct wire_outcome *o)
{
    static const struct kratos_header secret = {"X-Secret", "hush-hush-hush"};
    size_t work_size = plan->work_size != 0 ? plan->work_size : WIRE_WORK_SIZE;
    struct kratos_config config;
    struct kratos_io io;
    struct kratos *k = &server.k;
    char *p = fresh_work(work_size);
    int rc;

    memset(o, 0, offsetof(struct wire_outcome, text));
    memset((char *)o + offsetof(struct wire_outcome, n), 0,
           offsetof(struct wire_outcome, request) - offsetof(struct wire_outcome, n));
    memset((char *)o + offsetof(struct wire_outcome, request_n), 0,
           sizeof *o - offsetof(struct wire_outcome, request_n));
    memset(&server, 0, sizeof server);
    memset(&config, 0, sizeof config);
    memset(&io, 0, sizeof io);
    memset(p, 0xA5, work_size < 3000 ? work_size : 3000);
    memcpy(p + work_size, guard, GUARD_SIZE);
    server.plan = plan;
    server.o = o;
    server.now = 0xFFFFFF00u; /* wraps soon */
    part_open = false;
    config.host = "kratos.example";
    config.port = 4434;
    config.work = p;
    config.work_size = work_size;
    config.nonblocking = plan->mode != WIRE_BLOCKING;
    if (plan->bearer) {
        config.headers = &secret;
        config.header_count = 1;
    }
    io.open = io_open;
    io.write = io_write;
    io.read = plan->mode != WIRE_NO_PORT ? io_read : NULL;
    io.close = io_close;
    io.native_error = io_native_error;
    io.now_ms = io_now_ms;
    io.reply_max = plan->reply_max;
    rc = kratos_init(k, &config, &io);
    if (rc != KRATOS_OK) {
        rule("kratos_init refused");
    }
    for (;;) {
        memset(&result, 0x5A, sizeof result);
        rc = call_through(k, call);
        if (kratos_last_fault(k)->need > o->need && rc == KRATOS_ERR_SPACE) {
            o->need = kratos_last_fault(k)->need;
        }
        if (!wire_is_stream(call->op) || rc == KRATOS_END || (rc != KRATOS_OK && !kratos_busy(k)) ||
            o->broken_rule != NULL) {
            break;
        }
        put_item(call, rc);
    }
    o->rc = rc;
    if (kratos_busy(k)) {
        rule("the operation ended, but is still in progress");
    }
    o->end_at = o->n;
    put_end(k, call, rc);
    o->fault = *kratos_last_fault(k);
    if (plan->mode == WIRE_NO_PORT && (kratos_want(k) & KRATOS_WANT_CLOSE)) {
        drive_no_port(k);
    }
    o->open_at_end = server.open;
    if (memcmp(p + work_size, guard, GUARD_SIZE) != 0) {
        rule("bytes written behind the work buffer");
    }
    if (plan->bearer && find(p, work_size, "hush-hush-hush") != NULL) {
        rule("a secret header stayed in the work buffer");
    }
    kratos_close(k);
    if (plan->mode == WIRE_NO_PORT && (kratos_want(k) & KRATOS_WANT_CLOSE)) {
        drive_no_port(k);
    }
    if (server.open) {
        rule("connection left open by kratos_close");
    }
    o->text[o->n] = '\0';
}
