/* SPDX-License-Identifier: Apache-2.0
 *
 * One device, exactly one identity in Ory Kratos, over lost replies, power cuts, restarts, clones and resets. An optional
 * layer over kratos.h: it owns retry and the device's record, and uses create, get, look-up and PATCH. docs/provisioning.md
 * says why no second identity can come of it, and names the test of each claim.
 *
 * What the server must have: an identity schema in which the serial is a password identifier
 * ("ory.sh/kratos": {"credentials": {"password": {"identifier": true}}}), or external_id (Kratos 25.4+). Only that makes a
 * second create a conflict; the reply to the first create is checked for it (KRATOS_PROVISION_NOT_UNIQUE). Try a schema with
 * one device before a thousand.
 *
 * Conventions, beside those of kratos.h
 * - One struct kratos_provision is one device: a gateway with 40 sensors has 41, over the same struct kratos, one at a time.
 *   It may share its struct kratos with other calls whenever kratos_busy() is false. A request of the layer that you cancel or
 *   close is taken for one whose answer was lost.
 * - The layer never sleeps, and blocks for no longer than one exchange (config.timeout_ms of kratos.h) or one call of the
 *   store: feed the watchdog between two steps, and while you wait.
 * - What may be lost is stored before it is used: the intent before the create, the next credential before the PATCH.
 * - A provisioned device costs no request at boot. Nothing is taken over, rotated or retired unless a command says so.
 * - The server gets a salted hash of the credential, never the credential.
 * - An answer that is not known to be Kratos' own (fault.foreign) decides nothing: it is waited, and asked again.
 * - Needs a work buffer of 700 bytes and what your traits and metadata take; 1,024 is usual. Ours in Kratos is
 *   metadata_admin.kp, one member; all other metadata is yours after the create. metadata_admin must stay an object, and an
 *   update (PUT) must send it back: without kp the device ends in TAKEN. Write no heartbeats there: a PATCH of yours and one
 *   of an operator can undo each other.
 *
 *     at boot             kratos_provision_init(), then kratos_provision_step() until it is not KRATOS_AGAIN
 *     before a log-in     kratos_provision_credential()
 *     log-in refused      kratos_provision_command(p, KRATOS_PROVISION_VERIFY), step again. DONE, active, and refused all the
 *                         same: somebody changed the password: KRATOS_PROVISION_ROTATE
 *     factory reset       keep the record: it is still the same device. If it must go: with a root secret nothing else is to
 *                         be done (2 requests); without one the device ends in TAKEN, and a person allows
 *                         KRATOS_PROVISION_CLAIM (3 requests)
 */
#ifndef KRATOS_PROVISION_H
#define KRATOS_PROVISION_H

#include "kratos.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Retry: a pure function, usable without the rest --------------------------------------------- */

/* Zero means the default. The defaults suit one device by itself. A fleet that may start together (a power failure) of N
 * devices, against a limit of L requests a second, needs a window of W = N / (0.8 L) seconds: first_window_ms = W, base_ms =
 * W / 8, cap_ms = W. A server that makes one identity at a time, in d seconds, and refuses others meanwhile (Ory's hosted
 * service): W = N (1 / (0.8 L) + d). No policy that does not know the fleet's size keeps its first requests below the limit
 * (docs/provisioning.md, make fleet). */
struct kratos_retry {
    uint32_t first_window_ms; /* before the first request, at random up to this (cap_ms or not); 0 = at once */
    uint32_t base_ms;         /* after the first failure; 8 times as much after each further one; 0 = 1,000 */
    uint32_t cap_ms;          /* of what is random: what the server asks for is added; 0 = 3,600,000 */
};

/* How long to wait before the next request: what the server asked for (fault.retry_after_ms, a floor) and a random part of
 * the window. attempt: failures so far, 0 before the first request. random: any 32 random bits. retry NULL: the defaults. */
uint32_t kratos_retry_ms(const struct kratos_retry *retry, unsigned attempt, uint32_t server_ms, uint32_t random);

/* ---- Store ------------------------------------------------------------------------------------- */

/* One record, replaced as a whole or not at all: a key of NVS, of Zephyr's settings or of LittleFS will do, a file
 * (port/posix/kratos_file_store.h), or kratos_slots below. Kept by pointer. Both functions may return KRATOS_AGAIN and are
 * then called again with the same arguments. p is KRATOS_RECORD_SIZE bytes in the device's byte order; it holds the
 * credential in clear: keep it where your other secrets are. */
struct kratos_store {
    void *ctx;
    /* KRATOS_OK; KRATOS_END: nothing was ever stored; KRATOS_ERR_STORE: what is there cannot be read. Must never answer
     * KRATOS_END for a record that is damaged: that would be a fresh start. */
    int (*load)(void *ctx, void *p, size_t size);
    /* KRATOS_OK: it is there after a power cut now (flushed, not cached). Twice in a device's life (once more
     * where external_id is not known), twice more a rotation, three times a claim, and once for each of the first 7 failures in
     * a row that may have reached the server. It may be KRATOS_AGAIN. */
    int (*save)(void *ctx, const void *p, size_t size);
};

/* Two slots of raw flash in turn, for boards without one of the above. Each is one erase unit of its own, which reads as 0xFF
 * when erased. Kept by pointer; zero it, then set the members up to `write`, and load before the first save (the layer does).
 * A power cut at any moment leaves the old record or the new one. What was written is read again before it counts. Where no
 * slot is good, that is KRATOS_ERR_STORE, unless both are as they were before the first save, or as a power cut in its middle
 * leaves them: write from the start to the end, and let read fail only where it fails again. */
/* Bytes written to a slot in one call, at its start: a multiple of any write unit up to 32. */
#define KRATOS_SLOT_SIZE 128
struct kratos_slots {
    void *ctx;
    uint32_t at[2]; /* addresses of yours, handed to the functions */
    /* n bytes from at on, which is an address of yours or one up to KRATOS_SLOT_SIZE behind it. KRATOS_OK or KRATOS_ERR_STORE.
     * Flash with ECC (STM32 G0, L4, H7, U5 ...) faults when a word is read whose writing was
     * cut: read must survive that and say KRATOS_ERR_STORE; the slot then counts as damaged. */
    int (*read)(void *ctx, uint32_t at, void *p, size_t n);
    int (*erase)(void *ctx, uint32_t at); /* may be KRATOS_AGAIN: it is called again until it is not */
    /* The same; p is only valid during a call, and holds the same bytes in the next one, maybe elsewhere: write from a copy
     * where the hardware goes on by itself. */
    int (*write)(void *ctx, uint32_t at, const void *p, size_t n);
    /* private */
    uint32_t sequence;
    uint8_t newest, phase;
};
/* For struct kratos_store, whose ctx is the address of a struct kratos_slots. */
int kratos_slots_load(void *slots, void *p, size_t size);
int kratos_slots_save(void *slots, const void *p, size_t size);

/* ---- The device -------------------------------------------------------------------------------- */

#define KRATOS_CREDENTIAL_SIZE 33 /* 32 hexadecimal digits, 128 random bits, and a NUL */

/* What the layer cannot have; port/mbedtls has both functions. Kept by pointer. 0, or a negative KRATOS_ERR_*. */
struct kratos_crypto {
    void *ctx;
    int (*random)(void *ctx, void *p, size_t n);
    /* HMAC-SHA-256. key NULL: with the root secret of the device, 32 bytes that no reset erases and that never leave the
     * callback (OTP, secure element, PUF). The whole member NULL: identities get no credential, and external_id must be
     * set. An update that brings or drops it needs a claim. */
    int (*hmac)(void *ctx, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32]);
    bool root; /* hmac takes key NULL: a factory reset is mended without a person */
};

/* Kept by pointer; must stay unchanged as long as the struct kratos_provision is used. */
struct kratos_provision_config {
    const char *serial; /* [a-z0-9._-], 1 to 64: the value of the trait that is the password identifier */
    /* Your name for this Kratos and its schema ("prod-eu"): a record of another realm is FOREIGN. Not the host's name, which an
     * update may change. NULL = "" */
    const char *realm;
    const void *chip; /* what no clone of the flash has (the chip's unique id); NULL = none */
    size_t chip_size;
    const char *schema_id; /* NULL = the server's default */
    /* Sent too (25.4+), unique per device; NULL = none. Where the release does not know it, it is left out, at one more
     * request. Set it: a look-up by serial is slow on SQLite. */
    const char *external_id;
    struct kratos_value traits; /* must hold the serial */
    struct kratos_value metadata_public;
    const struct kratos_store *store;
    const struct kratos_crypto *crypto;
    const struct kratos_retry *retry; /* NULL = the defaults */
};

/* Those up to RETIRING are on their way or well; the others are left by a command only. All are stored, but for the last
 * three, which say what the store holds. */
enum kratos_provision_state {
    KRATOS_PROVISION_EMPTY,    /* nothing is stored, or the store was not asked yet */
    KRATOS_PROVISION_INTENT,   /* a create may have been sent */
    KRATOS_PROVISION_DONE,     /* provisioned */
    KRATOS_PROVISION_ROTATING, /* both credentials may be valid */
    KRATOS_PROVISION_CLAIMING,
    KRATOS_PROVISION_RETIRING,
    KRATOS_PROVISION_TAKEN, /* the serial belongs to another device, or to a copy of this one */
    KRATOS_PROVISION_GONE,  /* the identity was deleted, or an older state of the server was restored */
    KRATOS_PROVISION_RETIRED,
    KRATOS_PROVISION_NOT_UNIQUE, /* the schema does not make the serial unique: nothing can be promised */
    KRATOS_PROVISION_CONFLICT,   /* another identity has an address, a trait or the external_id of ours */
    KRATOS_PROVISION_FOREIGN,    /* the record is of another chip, serial or realm */
    KRATOS_PROVISION_NEWER,      /* the record is of a later release of this library */
    KRATOS_PROVISION_DAMAGED     /* the store failed, or holds what is no record */
};

enum kratos_provision_command {
    /* From DONE: is it still ours? 1 request. Not stored: a power cut forgets it, and the next refused log-in asks again. */
    KRATOS_PROVISION_VERIFY,
    /* From DONE: a new credential. 1 request; sessions stay. On a schedule, wait for a random part of your window first: a
     * fleet's clocks strike at once. */
    KRATOS_PROVISION_ROTATE,
    /* From TAKEN and below, but for NOT_UNIQUE: takes the serial's identity over, whoever had it, unless it is our own and
     * RETIRED: delete that one. 3 requests, one more where another tool made it or an external_id is looked for. The other device ends in TAKEN. A
     * person must have agreed: a clone cannot be told from its original. Also one that another tool made: there is nothing in
     * it to compare with, so that two that claim it at once may both be told 200; the look-up that follows tells who has it. */
    KRATOS_PROVISION_CLAIM,
    /* From DONE: sets the identity inactive. (A delete could be followed by a create that was late.) */
    KRATOS_PROVISION_RETIRE,
    /* From TAKEN and below, and from CLAIMING: forgets the record and begins anew. From NOT_UNIQUE mend the schema and delete
     * the identity (kratos_provision_id()) before. */
    KRATOS_PROVISION_RESTART
};

#define KRATOS_RECORD_SIZE 92

/* Private, what is stored. All versions are of this size and begin with the version, which is not 0, and end with the
 * check. */
struct kratos_record {
    uint8_t version, state, flags; /* flags: attempts in the low bits */
    char id[KRATOS_ID_SIZE];
    uint32_t binding;    /* chip, serial and realm */
    uint32_t generation; /* of credential */
    unsigned char owner[8], credential[16], next[16];
    uint32_t check; /* CRC-32 of all before it */
};

/* Private; complete only so that it can be a variable. It must not be moved while kratos_busy(). */
struct kratos_provision {
    const struct kratos_provision_config *config;
    struct kratos *k;
    struct kratos_record record;
    uint32_t until_ms;         /* waiting ends; without a clock: how long it is */
    uint32_t found_generation; /* of the last look-up */
    unsigned char found_owner[8], found_tag[4];
    unsigned char hash[32]; /* of a credential: the one that the next request sets, behind prepare() */
    uint16_t calls;         /* of the struct kratos, when a request of ours was left in its middle */
    uint8_t phase, how, conflicts;
    int8_t rc, odd;
    bool dirty, waiting, running, found, ours, bare, retired, inactive;
};

/* Prepares p; reads and sends nothing. KRATOS_ERR_ARG: a serial that is none, no store, no crypto, or neither hmac nor
 * external_id. */
int kratos_provision_init(struct kratos_provision *p, const struct kratos_provision_config *config, struct kratos *k);

/* Goes on, by one exchange or one call of the store.
 * KRATOS_OK: provisioned.
 * KRATOS_AGAIN: call again after *wait_ms; earlier is harmless where the io has now_ms, and only there. 0: at once, or, while
 * kratos_busy(), as soon as bytes can move.
 * KRATOS_ERR_STOPPED: kratos_provision_state() says why; only a command goes on from there.
 * KRATOS_ERR_BUSY: the struct kratos is in use by another operation; nothing changed.
 * Any other: what a retry alone will hardly mend (DENIED, REFUSED, REDIRECT, SPACE, ARG: kratos_last_fault(); STORE; an error
 * of crypto). Nothing is lost, and calling again after *wait_ms tries again. */
int kratos_provision_step(struct kratos_provision *p, uint32_t *wait_ms);

/* KRATOS_OK: step now. KRATOS_ERR_ARG: not from this state; KRATOS_ERR_BUSY: not while an operation is in progress; nothing
 * changes. An error of crypto. */
int kratos_provision_command(struct kratos_provision *p, enum kratos_provision_command command);

enum kratos_provision_state kratos_provision_state(const struct kratos_provision *p);
/* For people: what it is, and what to do. Constant. */
const char *kratos_provision_text(enum kratos_provision_state state);
int kratos_provision_last(const struct kratos_provision *p); /* why it waits: the last failure; KRATOS_OK = none */
const char *kratos_provision_id(const struct kratos_provision *p); /* of the identity; "" = not known. Lives with p */
/* An operator disabled it, as the last look-up saw it. Never undone by the layer. */
bool kratos_provision_inactive(const struct kratos_provision *p);

/* The password of the device's log-in; its identifier is the serial. which 0: the one in use. 1: while ROTATING or CLAIMING
 * the next one, to be tried where 0 is refused. KRATOS_ERR_ARG: there is none (no record of this device, no hmac, no next one).
 * Overwrite it after use. */
int kratos_provision_credential(const struct kratos_provision *p, int which, char credential[KRATOS_CREDENTIAL_SIZE]);

/* ---- Factory: many devices by one host, through kratos_batch_patch_identities() ------------------ */

/* One struct kratos_provision per board, whose store becomes the board's. For each: begin (KRATOS_AGAIN: once more; KRATOS_END:
 * it is provisioned already; KRATOS_ERR_STOPPED: kratos_provision_state() says why: skip the row of both), then body
 * in the batch's row function, then `created` (KRATOS_AGAIN: once more) with the identity of each row that is KRATOS_OK (KRATOS_ERR_ARG: that is no id).
 * All others, also of a request that failed as a whole, are left to kratos_provision_step(), which looks first: it makes them
 * one by one, and says which is taken. The board boots with 0 requests. Whether the schema makes a serial unique is not seen
 * in a batch: provision one device by steps before.
 * verify: true for Kratos 1.3.x, which says "created" for rows that it rolled back when another one of the request was a
 * conflict: the record then says so, and a step looks before it is DONE. */
int kratos_provision_begin(struct kratos_provision *p);
void kratos_provision_body(const struct kratos_provision *p, struct kratos_identity_body *body); /* points into p */
int kratos_provision_created(struct kratos_provision *p, const char *id, bool verify);

#ifdef __cplusplus
}
#endif
#endif
