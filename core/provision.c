/* SPDX-License-Identifier: Apache-2.0
 *
 * The provisioning layer of kratos_provision.h: what is stored, what is asked next, and what an answer means for the device.
 * The states and why they hold are in docs/provisioning.md. It must never know how a request looks, nor what is in a store.
 */
#include "kratos_provision.h"

#include <string.h>

#include "crc.h"
#include "provision.h"
#include "text.h"

#define VERSION 1
#define DEVICE_WAIT_MS 1000 /* after a failure of the store or of crypto */

/* A create that is refused as a conflict, with nothing to be found, is tried that often: it may have been a race. */
#define CONFLICTS_MAX 2

enum { LOAD, IDLE, CREATE, LOOK_UP, CHANGE }; /* kratos_provision.phase */

typedef char kratos_a_record_has_its_size[sizeof(struct kratos_record) == KRATOS_RECORD_SIZE ? 1 : -1];

/* ---- Waiting --------------------------------------------------------------------------------------- */

static uint32_t now_ms(const struct kratos_provision *p)
{
    return p->k->io->now_ms != NULL ? p->k->io->now_ms(p->k->io->ctx) : 0;
}

static int wait(struct kratos_provision *p, uint32_t server_ms)
{
    const struct kratos_crypto *c = p->config->crypto;
    uint32_t bits = 0;
    int rc = c->random(c->ctx, &bits, sizeof bits);
    uint32_t wait_ms = kratos_retry_ms(p->config->retry, p->record.flags & KRATOS_ATTEMPTS, server_ms, bits);
    wait_ms = wait_ms < INT32_MAX ? wait_ms : INT32_MAX; /* 24 days: beyond that a clock of 32 bits cannot tell */
    p->until_ms = now_ms(p) + wait_ms;
    p->waiting = wait_ms != 0;
    return rc;
}

/* What is left of it; without a clock whoever calls again has waited. */
static uint32_t left_ms(const struct kratos_provision *p)
{
    uint32_t left = p->until_ms - now_ms(p);
    return p->waiting && left <= INT32_MAX ? left : 0;
}

/* ---- Where it goes on -------------------------------------------------------------------------------- */

static int settle(struct kratos_provision *p, enum kratos_provision_state state)
{
    p->dirty |= p->record.state != state || (p->record.flags & KRATOS_ATTEMPTS) != 0;
    p->record.state = (uint8_t)state;
    p->record.flags &= (uint8_t)~KRATOS_ATTEMPTS;
    p->phase = IDLE;
    p->waiting = false;
    p->rc = KRATOS_OK;
    return KRATOS_OK;
}

/* The server has generation `generation` of ours, with the credential of the record. */
static int done(struct kratos_provision *p, uint32_t generation)
{
    p->dirty |= p->record.generation != generation;
    p->record.generation = generation;
    memset(p->record.next, 0, sizeof p->record.next);
    return settle(p, KRATOS_PROVISION_DONE);
}

/* By what is known; last by the filter of the list, which costs some servers far more. */
static void look_up(struct kratos_provision *p, bool by_id)
{
    bool external = p->config->external_id != NULL && !(p->record.flags & KRATOS_NO_EXTERNAL_ID);
    p->phase = LOOK_UP;
    p->how = by_id ? KRATOS_BY_ID : external ? KRATOS_BY_EXTERNAL_ID : KRATOS_BY_LIST;
}

/* The next change begins at what the record says that the server has; only a look-up knows better. */
static int begin_at_ours(struct kratos_provision *p)
{
    const struct kratos_record *r = &p->record;
    int rc = kratos_make_hash(p, r->credential, r->generation);
    memcpy(p->found_owner, r->owner, sizeof p->found_owner);
    memcpy(p->found_tag, p->hash, sizeof p->found_tag);
    p->found_generation = r->generation;
    p->bare = p->retired = false;
    return rc;
}

/* From what was found. Always to a generation that this device never had: a request of before that lands late cannot be
 * taken for a newer one. */
static int rotate(struct kratos_provision *p)
{
    struct kratos_record *r = &p->record;
    int rc = kratos_make_credential(p, r->next, r->generation + 1);
    if (rc == KRATOS_OK) {
        r->state = KRATOS_PROVISION_ROTATING;
        p->dirty = true;
        p->phase = CHANGE;
    }
    return rc;
}

static bool has_next(const struct kratos_record *r)
{
    return r->state == KRATOS_PROVISION_ROTATING || r->state == KRATOS_PROVISION_CLAIMING;
}

/* What a retry alone will hardly mend. */
static bool hopeless(const struct kratos_provision *p, int rc)
{
    bool refused = rc == KRATOS_ERR_DENIED || rc == KRATOS_ERR_REFUSED || rc == KRATOS_ERR_REDIRECT ||
                   rc == KRATOS_ERR_SPACE || rc == KRATOS_ERR_ARG;
    return refused && !kratos_retryable(p->k, rc);
}

/* A request failed, and `phase` comes next, after a wait. */
static int failed(struct kratos_provision *p, int rc, uint8_t phase)
{
    const struct kratos_fault *f = kratos_last_fault(p->k);
    int crypto;
    p->phase = phase;
    p->rc = (int8_t)rc;
    if ((p->record.flags & KRATOS_ATTEMPTS) < KRATOS_ATTEMPTS) {
        p->record.flags++;
        p->dirty |= f->effect != KRATOS_NOT_SENT; /* a cable that is out wears no flash */
    }
    crypto = wait(p, f->retry_after_ms);
    return crypto < 0 ? crypto : hopeless(p, rc) ? rc : KRATOS_OK;
}

/* ---- What was found ---------------------------------------------------------------------------------- */

/* Whether the credential that was found is known here: the one in use, the next one, or one that follows from the root
 * secret. It is then the record's. One that is not was set by a copy of this device, or by a device of the same name. */
static int recognize(struct kratos_provision *p, bool *known)
{
    struct kratos_record *r = &p->record;
    const unsigned char *candidates[3];
    unsigned char made[KRATOS_SECRET_SIZE];
    unsigned i, n = 0;
    int rc = KRATOS_OK;
    candidates[n++] = r->credential;
    if (has_next(r)) {
        candidates[n++] = r->next;
    }
    if (kratos_rooted(p)) {
        rc = kratos_make_credential(p, made, p->found_generation);
        candidates[n++] = made;
    }
    *known = false;
    for (i = 0; i < n && rc == KRATOS_OK && !*known; i++) {
        rc = kratos_make_hash(p, candidates[i], p->found_generation);
        *known = rc == KRATOS_OK && memcmp(p->hash, p->found_tag, sizeof p->found_tag) == 0;
        if (*known && i != 0) {
            p->dirty = true;
            memmove(r->credential, candidates[i], sizeof r->credential);
        }
    }
    kratos_forget(made, sizeof made);
    return rc;
}

static int decide_intent(struct kratos_provision *p, bool known)
{
    if (!p->found && p->conflicts >= CONFLICTS_MAX) {
        return settle(p, KRATOS_PROVISION_CONFLICT);
    }
    if (!p->found) {
        p->phase = CREATE;
        return KRATOS_OK;
    }
    return known ? done(p, p->found_generation) : settle(p, KRATOS_PROVISION_TAKEN);
}

static int decide_claim(struct kratos_provision *p, bool known)
{
    if (known) {
        return done(p, p->found_generation);
    }
    if (p->found &&
        (p->record.flags & KRATOS_CLAIMED) != 0) { /* another one was told to claim as well, and was later */
        return settle(p, KRATOS_PROVISION_TAKEN);
    }
    p->phase = CHANGE;
    if (!p->found) { /* nothing is there to be claimed: it is made */
        p->record.state = KRATOS_PROVISION_INTENT;
        p->dirty = true;
        p->phase = CREATE;
    }
    return KRATOS_OK;
}

/* Of an identity that was ours: verify, rotate, retire. */
static int decide_own(struct kratos_provision *p, bool known)
{
    unsigned state = p->record.state;
    bool behind = p->ours && p->found_generation < p->record.generation; /* an older state of the server was restored */
    if (!p->found) {
        return settle(p, state == KRATOS_PROVISION_RETIRING ? KRATOS_PROVISION_RETIRED : KRATOS_PROVISION_GONE);
    }
    if (!known && !behind) {
        return settle(p, KRATOS_PROVISION_TAKEN);
    }
    if (state == KRATOS_PROVISION_DONE && behind) {
        return rotate(p);
    }
    if (state == KRATOS_PROVISION_RETIRING ||
        (state == KRATOS_PROVISION_ROTATING && p->found_generation <= p->record.generation)) {
        p->phase = CHANGE;
        return KRATOS_OK;
    }
    return done(p, p->found_generation);
}

static int decide(struct kratos_provision *p)
{
    bool known = false;
    int rc = p->ours ? recognize(p, &known) : KRATOS_OK;
    if (rc != KRATOS_OK) {
        return rc;
    }
    if (p->ours && p->retired) {
        return settle(p, KRATOS_PROVISION_RETIRED);
    }
    switch (p->record.state) {
    case KRATOS_PROVISION_INTENT:
        return decide_intent(p, known);
    case KRATOS_PROVISION_CLAIMING:
        return decide_claim(p, known);
    default:
        return decide_own(p, known);
    }
}

/* ---- What was answered --------------------------------------------------------------------------------- */

/* Also where a success is of another identity: then there is no fault. */
static bool may_be_done(const struct kratos_provision *p, int rc)
{
    return rc == KRATOS_ERR_JSON || kratos_last_fault(p->k)->effect >= KRATOS_MAYBE_DONE;
}

static int created(struct kratos_provision *p, int rc, bool unique)
{
    const struct kratos_fault *f = kratos_last_fault(p->k);
    if (rc == KRATOS_OK) {
        return unique ? done(p, p->record.generation) : settle(p, KRATOS_PROVISION_NOT_UNIQUE);
    }
    if (rc == KRATOS_ERR_REFUSED && kratos_refused_external_id(p)) {
        p->record.flags |= KRATOS_NO_EXTERNAL_ID;
        p->dirty = true;
        return KRATOS_OK; /* once more without it */
    }
    look_up(p, false);
    if (rc == KRATOS_ERR_CONFLICT && !f->foreign) {
        p->conflicts++;
        return KRATOS_OK;
    }
    return failed(p, rc, may_be_done(p, rc) || rc == KRATOS_ERR_CONFLICT ? LOOK_UP : CREATE);
}

/* Nothing is there, by id or by external_id. A server that does not know the second answers as a stranger does. */
static int missing(struct kratos_provision *p, bool foreign)
{
    if (p->how == KRATOS_BY_ID && foreign) {
        return failed(p, KRATOS_ERR_NOT_FOUND, LOOK_UP);
    }
    if (p->how == KRATOS_BY_ID) {
        look_up(p, false);
        return KRATOS_OK;
    }
    if (!foreign && p->record.state == KRATOS_PROVISION_INTENT && p->conflicts == 0) {
        return decide(p); /* the create finds out about the serial */
    }
    p->how = KRATOS_BY_LIST;
    return KRATOS_OK;
}

static int looked_up(struct kratos_provision *p, int rc)
{
    if (p->how != KRATOS_BY_LIST && (rc == KRATOS_ERR_NOT_FOUND || (rc == KRATOS_OK && !p->found))) {
        return missing(p, rc != KRATOS_OK && kratos_last_fault(p->k)->foreign);
    }
    return rc == KRATOS_OK ? decide(p) : failed(p, rc, LOOK_UP);
}

static int changed(struct kratos_provision *p, int rc)
{
    unsigned state = p->record.state;
    look_up(p, true);
    if (rc != KRATOS_OK) {
        return failed(p, rc,
                      may_be_done(p, rc) || kratos_last_fault(p->k)->effect == KRATOS_NOT_DONE ? LOOK_UP : CHANGE);
    }
    if (state == KRATOS_PROVISION_CLAIMING) {
        p->record.flags |= KRATOS_CLAIMED; /* stored, so that it is done once */
        p->dirty = true;
        return KRATOS_OK; /* two that claim at once may both get a 200: the look-up tells */
    }
    if (state == KRATOS_PROVISION_RETIRING) {
        return settle(p, KRATOS_PROVISION_RETIRED);
    }
    memcpy(p->record.credential, p->record.next, sizeof p->record.next);
    return done(p, p->record.generation + 1);
}

/* ---- One step ------------------------------------------------------------------------------------------- */

/* What a request carries, made once for all its passes. */
static int prepare(struct kratos_provision *p)
{
    const struct kratos_record *r = &p->record;
    if (p->running || p->phase == LOOK_UP) {
        return KRATOS_OK;
    }
    return p->phase == CREATE ? kratos_make_hash(p, r->credential, r->generation)
                              : kratos_make_hash(p, r->next, r->generation + 1);
}

static int ask(struct kratos_provision *p)
{
    bool unique = false;
    int rc = p->phase == CREATE    ? kratos_ask_create(p, &unique)
             : p->phase == LOOK_UP ? kratos_ask_look_up(p)
                                   : kratos_ask_change(p);
    p->running = rc == KRATOS_AGAIN;
    p->calls = p->k->calls;
    if (p->running) {
        return rc;
    }
    return p->phase == CREATE ? created(p, rc, unique) : p->phase == LOOK_UP ? looked_up(p, rc) : changed(p, rc);
}

static uint32_t binding(const struct kratos_provision_config *c)
{
    const char *realm = c->realm != NULL ? c->realm : "";
    uint32_t crc = kratos_crc32(0, c->serial, kratos_text_size(c->serial) + 1); /* "ab" and "c" are not "a" and "bc" */
    crc = kratos_crc32(crc, realm, kratos_text_size(realm) + 1);
    return kratos_crc32(crc, c->chip, c->chip != NULL ? c->chip_size : 0);
}

static uint32_t check_of(const struct kratos_record *r)
{
    return kratos_crc32(0, r, offsetof(struct kratos_record, check));
}

/* What is intended, to create or to claim, is stored before anything is sent. With a root secret a credential that this device
 * had before must not come back. */
static int begin(struct kratos_provision *p, enum kratos_provision_state state)
{
    struct kratos_record *r = &p->record;
    uint32_t generation =
        r->state != KRATOS_PROVISION_EMPTY && r->state < KRATOS_PROVISION_FOREIGN ? r->generation + 1 : 0;
    int rc;
    memset(r, 0, sizeof *r);
    r->generation = generation;
    r->version = VERSION;
    r->state = (uint8_t)state;
    r->flags = p->config->crypto->root ? KRATOS_ROOTED : 0;
    r->binding = binding(p->config);
    p->conflicts = 0;
    p->rc = KRATOS_OK;
    rc = kratos_make_owner(p);
    if (rc == KRATOS_OK) {
        rc = kratos_make_credential(p, r->credential, generation);
    }
    if (rc == KRATOS_OK && has_next(r)) {
        rc = kratos_make_credential(p, r->next, generation + 1);
    }
    if (rc == KRATOS_OK) {
        rc = wait(p, 0);
    }
    if (rc != KRATOS_OK) {
        p->phase = LOAD; /* what is stored still counts */
        return rc;
    }
    p->dirty = true;
    p->phase = CREATE;
    return KRATOS_OK;
}

/* Only what the store holds counts, not what was done with it before. */
static int unreadable(struct kratos_provision *p, enum kratos_provision_state state, int rc)
{
    memset(&p->record, 0, sizeof p->record);
    p->record.state = (uint8_t)state;
    p->rc = (int8_t)rc;
    return rc;
}

/* A later version may hold what it likes between its version and its check. */
static bool is_whole(const struct kratos_record *r)
{
    return r->version > VERSION || (r->version == VERSION && r->state > KRATOS_PROVISION_EMPTY &&
                                    r->state < KRATOS_PROVISION_FOREIGN && r->id[sizeof r->id - 1] == '\0');
}

static int load(struct kratos_provision *p)
{
    struct kratos_record *r = &p->record;
    int rc = p->config->store->load(p->config->store->ctx, r, sizeof *r);
    if (rc == KRATOS_END) {
        return begin(p, KRATOS_PROVISION_INTENT);
    }
    if (rc == KRATOS_AGAIN) {
        return rc;
    }
    if (rc != KRATOS_OK || r->check != check_of(r) || !is_whole(r)) {
        return unreadable(p, KRATOS_PROVISION_DAMAGED, KRATOS_ERR_STORE);
    }
    p->phase = IDLE;
    if (r->version != VERSION) {
        unreadable(p, KRATOS_PROVISION_NEWER, KRATOS_OK);
    } else if (r->binding != binding(p->config)) {
        unreadable(p, KRATOS_PROVISION_FOREIGN, KRATOS_OK);
    } else if (r->state != KRATOS_PROVISION_DONE && r->state < KRATOS_PROVISION_TAKEN) { /* it may have been sent */
        look_up(p, r->state == KRATOS_PROVISION_ROTATING || r->state == KRATOS_PROVISION_RETIRING);
        return wait(p, 0);
    }
    return KRATOS_OK;
}

static int save(struct kratos_provision *p)
{
    int rc;
    p->record.check = check_of(&p->record);
    rc = p->config->store->save(p->config->store->ctx, &p->record, sizeof p->record);
    p->dirty = rc != KRATOS_OK;
    return rc;
}

/* What there is to say between two steps. */
static int outcome(struct kratos_provision *p, uint32_t *wait_ms)
{
    if (p->dirty || p->phase != IDLE) {
        *wait_ms = p->dirty ? 0 : left_ms(p);
        return KRATOS_AGAIN;
    }
    return p->record.state == KRATOS_PROVISION_DONE ? KRATOS_OK : KRATOS_ERR_STOPPED;
}

static int act(struct kratos_provision *p, uint32_t *wait_ms)
{
    int rc;
    if (p->phase == LOAD || (p->dirty && !p->running)) {
        bool failed_before = p->rc == KRATOS_ERR_STORE;
        rc = p->phase == LOAD ? load(p) : save(p);
        p->rc = rc < 0 ? (int8_t)rc : failed_before ? KRATOS_OK : p->rc;
        *wait_ms = rc < 0 ? DEVICE_WAIT_MS : 0; /* a flash that fails must not be worn out as well */
        return rc;
    }
    if (p->phase == IDLE) {
        return KRATOS_OK;
    }
    *wait_ms = p->k->io->now_ms != NULL ? left_ms(p) : 0;
    if (*wait_ms != 0) {
        return KRATOS_AGAIN;
    }
    p->waiting = false;
    rc = prepare(p);
    if (rc < 0) {
        *wait_ms = DEVICE_WAIT_MS;
        return rc;
    }
    return ask(p);
}

/* The application gave the request up in its middle, or has begun another one since: nobody knows what came of it. */
static int lost(struct kratos_provision *p)
{
    uint8_t phase = p->phase;
    p->running = false;
    if (phase != LOOK_UP) {
        look_up(p, phase == CHANGE);
    }
    return failed(p, KRATOS_ERR_CLOSED, LOOK_UP);
}

/* The request in progress is the one that was begun here. */
static bool is_still_ours(const struct kratos_provision *p)
{
    return kratos_busy(p->k) && p->calls == p->k->calls;
}

int kratos_provision_step(struct kratos_provision *p, uint32_t *wait_ms)
{
    int rc;
    *wait_ms = 0;
    if (p->running && !is_still_ours(p)) {
        rc = lost(p);
        if (rc < 0) {
            return rc;
        }
    }
    if (!p->running && kratos_busy(p->k)) {
        return KRATOS_ERR_BUSY; /* with something else */
    }
    rc = act(p, wait_ms);
    if (rc < 0 && *wait_ms == 0) { /* an error of crypto has no window */
        *wait_ms = p->waiting ? left_ms(p) : DEVICE_WAIT_MS;
    }
    return rc == KRATOS_OK ? outcome(p, wait_ms) : rc;
}

/* ---- What the application asks ---------------------------------------------------------------------------- */

/* As core/path.c takes it, and Kratos. */
static bool is_external_id(const char *s)
{
    size_t n = kratos_text_size(s);
    return n != 0 && n <= 64 && kratos_text_clean(s, n) == n && !kratos_text_is(s, ".") && !kratos_text_is(s, "..");
}

static bool is_serial(const char *s)
{
    size_t n = 0;
    while (kratos_text_has("abcdefghijklmnopqrstuvwxyz0123456789._-", s[n])) {
        n++;
    }
    return s[n] == '\0' && n != 0 && n <= 64;
}

int kratos_provision_init(struct kratos_provision *p, const struct kratos_provision_config *config, struct kratos *k)
{
    const struct kratos_crypto *c = config->crypto;
    memset(p, 0, sizeof *p);
    p->config = config;
    p->k = k;
    if (config->serial == NULL || !is_serial(config->serial) || config->store == NULL || c == NULL ||
        c->random == NULL) {
        return KRATOS_ERR_ARG;
    }
    if (config->external_id != NULL && !is_external_id(config->external_id)) {
        return KRATOS_ERR_ARG;
    }
    return c->hmac != NULL || (config->external_id != NULL && !c->root) ? KRATOS_OK : KRATOS_ERR_ARG;
}

static int claim(struct kratos_provision *p)
{
    int rc = begin(p, KRATOS_PROVISION_CLAIMING);
    if (rc == KRATOS_OK) {
        p->waiting = false; /* a person waits */
        look_up(p, false);
    }
    return rc;
}

static int retire(struct kratos_provision *p)
{
    p->record.state = KRATOS_PROVISION_RETIRING;
    p->dirty = true;
    p->phase = CHANGE;
    return KRATOS_OK;
}

int kratos_provision_command(struct kratos_provision *p, enum kratos_provision_command command)
{
    unsigned state = kratos_provision_state(p);
    bool is_done = state == KRATOS_PROVISION_DONE && p->phase == IDLE;
    bool possible =
        command == KRATOS_PROVISION_RESTART ? state >= KRATOS_PROVISION_TAKEN || state == KRATOS_PROVISION_CLAIMING
        : command == KRATOS_PROVISION_CLAIM ? state >= KRATOS_PROVISION_TAKEN && state != KRATOS_PROVISION_NOT_UNIQUE
                                            : is_done;
    int rc;
    if (kratos_busy(p->k)) {
        return KRATOS_ERR_BUSY;
    }
    if (!possible || p->dirty) {
        return KRATOS_ERR_ARG; /* what was begun must be known first */
    }
    p->record.flags &= (uint8_t)~KRATOS_ATTEMPTS; /* of before */
    if (!is_done) {
        return command == KRATOS_PROVISION_CLAIM ? claim(p) : begin(p, KRATOS_PROVISION_INTENT);
    }
    if (command == KRATOS_PROVISION_VERIFY) {
        look_up(p, true);
        return KRATOS_OK;
    }
    rc = begin_at_ours(p);
    if (rc != KRATOS_OK) {
        return rc;
    }
    return command == KRATOS_PROVISION_ROTATE ? rotate(p) : retire(p);
}

/* The record is only half there while a store says AGAIN. */
enum kratos_provision_state kratos_provision_state(const struct kratos_provision *p)
{
    return p->phase != LOAD || p->rc == KRATOS_ERR_STORE ? (enum kratos_provision_state)p->record.state
                                                         : KRATOS_PROVISION_EMPTY;
}

int kratos_provision_last(const struct kratos_provision *p)
{
    return p->rc;
}

const char *kratos_provision_id(const struct kratos_provision *p)
{
    return kratos_provision_state(p) != KRATOS_PROVISION_EMPTY ? p->record.id : "";
}

bool kratos_provision_inactive(const struct kratos_provision *p)
{
    return p->inactive;
}

int kratos_provision_credential(const struct kratos_provision *p, int which, char credential[KRATOS_CREDENTIAL_SIZE])
{
    const struct kratos_record *r = &p->record;
    unsigned state = kratos_provision_state(p);
    bool none = state == KRATOS_PROVISION_EMPTY || state >= KRATOS_PROVISION_FOREIGN || p->config->crypto->hmac == NULL;
    if (none || (which != 0 && !has_next(r))) {
        return KRATOS_ERR_ARG;
    }
    kratos_put_hex(credential, which != 0 ? r->next : r->credential, KRATOS_SECRET_SIZE);
    return KRATOS_OK;
}

/* ---- Factory ------------------------------------------------------------------------------------------------ */

int kratos_provision_begin(struct kratos_provision *p)
{
    int rc = p->phase == LOAD ? load(p) : KRATOS_OK;
    if (rc == KRATOS_OK && p->dirty) {
        rc = save(p);
    }
    if (rc == KRATOS_OK && p->record.state != KRATOS_PROVISION_INTENT) {
        rc = p->record.state == KRATOS_PROVISION_DONE ? KRATOS_END : KRATOS_ERR_STOPPED;
    }
    if (rc == KRATOS_OK && p->phase == CREATE) {
        look_up(p, false); /* the batch may have made it */
    }
    return rc == KRATOS_OK ? kratos_make_hash(p, p->record.credential, p->record.generation) : rc;
}

int kratos_provision_created(struct kratos_provision *p, const char *id, bool verify)
{
    if (kratos_text_size(id) != KRATOS_ID_SIZE - 1) {
        return KRATOS_ERR_ARG;
    }
    if (p->record.state == KRATOS_PROVISION_INTENT && !p->dirty) {
        memcpy(p->record.id, id, KRATOS_ID_SIZE);
        p->dirty = true;
        p->how = KRATOS_BY_ID; /* it is looked up next: begin saw to that */
        if (!verify) {
            settle(p, KRATOS_PROVISION_DONE);
        }
    }
    return p->dirty ? save(p) : KRATOS_OK;
}
