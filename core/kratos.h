/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of the Ory Kratos identity admin API (Kratos 1.0.0 to 26.2.0) for devices without a heap.
 *
 * Conventions, valid for everything below
 * - One struct kratos is one connection and belongs to one thread at a time. The library keeps no other
 *   state.
 * - Nothing is allocated. The caller lends one work buffer; it holds the reply that is being read and,
 *   above it, a window of the request that is being written. A request of any size goes out through that
 *   window.
 * - A call returns KRATOS_OK, KRATOS_END, KRATOS_AGAIN or one of the negative KRATOS_ERR_*;
 *   kratos_last_fault() says more.
 * - KRATOS_AGAIN: call the same function with the same arguments again. Everything an argument points to
 *   must stay as it was until the call returns something else. Only kratos_cancel() and kratos_close() may
 *   come in between; any other operation is KRATOS_ERR_BUSY and changes nothing.
 * - A kratos_str or kratos_json in a result points into the work buffer and is valid until the next call on
 *   the same struct kratos. `char id[]` members are copies. Arguments may point into the last reply (read,
 *   change, write back), except those of lists (refused with KRATOS_ERR_ARG) and of batches, which are
 *   needed after it is overwritten. The texts of a fault are no arguments.
 * - Text arguments are NUL-terminated UTF-8. NULL leaves the member or parameter out. A control character
 *   in anything that becomes part of a path, a query or a header is KRATOS_ERR_ARG, and nothing is sent.
 * - `out` may be NULL: the reply must be HTTP and strict JSON, and is dropped.
 * - The library never sleeps, never follows a redirect, never repeats a request that changes something.
 * - Times end in _ms and are milliseconds, sizes end in _size and are bytes, counts end in _count.
 */
#ifndef KRATOS_H
#define KRATOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kratos_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The release, by the rules of docs/stability.md. The only place where it stands: the builds, the packages and the archive
 * read it here. KRATOS_VERSION is for #if: 900 is 0.9.0. */
#define KRATOS_VERSION_MAJOR 0
#define KRATOS_VERSION_MINOR 9
#define KRATOS_VERSION_PATCH 0
#define KRATOS_VERSION (KRATOS_VERSION_MAJOR * 10000 + KRATOS_VERSION_MINOR * 100 + KRATOS_VERSION_PATCH)
#define KRATOS_VERSION_TEXT "0.9.0"

/* ---- Results --------------------------------------------------------------------------------- */

enum {
    KRATOS_OK = 0,
    KRATOS_AGAIN = 1, /* not finished; see Conventions */
    KRATOS_END = 2,   /* a list, a batch or a schema is complete; the result argument was not filled */

    KRATOS_ERR_ARG = -1,        /* refused locally, nothing was sent; fault.reason says which argument */
    KRATOS_ERR_BUSY = -2,       /* another operation is in progress */
    KRATOS_ERR_SPACE = -3,      /* the work buffer, or the io's own buffer, is too small; see fault.need */
    KRATOS_ERR_CLOSED = -4,     /* the peer closed the connection */
    KRATOS_ERR_TIMEOUT = -5,    /* config.timeout_ms passed */
    KRATOS_ERR_IO = -6,         /* the io failed, name look-up included; see fault.native_error */
    KRATOS_ERR_TLS = -7,        /* handshake or record layer; see fault.native_error */
    KRATOS_ERR_HTTP = -8,       /* the reply breaks RFC 9112, its status means nothing for this operation, or a line
                                   of its head that matters is longer than the work buffer */
    KRATOS_ERR_JSON = -9,       /* the body is no strict JSON (RFC 8259), or lacks what the operation must give */
    KRATOS_ERR_DENIED = -10,    /* 401, 403 */
    KRATOS_ERR_NOT_FOUND = -11, /* 404 */
    KRATOS_ERR_CONFLICT = -12,  /* 409 */
    KRATOS_ERR_LIMITED = -13,   /* 429; fault.retry_after_ms */
    KRATOS_ERR_REFUSED = -14,   /* any other 4xx */
    KRATOS_ERR_SERVER = -15,  /* 5xx, and conflicts inside the server that it reports as 400 or 499; fault.transient */
    KRATOS_ERR_STORE = -17,   /* kratos_provision.h: the device's record cannot be read or written */
    KRATOS_ERR_STOPPED = -18, /* kratos_provision.h: a person must decide */
    KRATOS_ERR_REDIRECT = -16 /* 3xx, or 403 security_csrf_violation: this is the wrong listener of Kratos for this
                                   operation (16 operations live on the admin listener, the schemas on the public one) */
};

/* What is known about the server's side after an error. */
enum kratos_effect {
    KRATOS_NOT_SENT,   /* no byte of the request left */
    KRATOS_NOT_DONE,   /* incomplete when the connection ended, or the server refused it */
    KRATOS_MAYBE_DONE, /* complete, but the reply did not arrive or does not tell: look before asking again */
    KRATOS_DONE        /* a success status was read; what failed is the reading of the reply */
};

/* Decoded text, NUL-terminated (n does not count the NUL). p NULL: the member is absent or null. */
typedef struct {
    const char *p;
    size_t n;
} kratos_str;

/* One JSON value, strictly checked, verbatim as the server sent it, not terminated. p NULL: absent or null. */
typedef struct {
    const char *p;
    size_t n;
} kratos_json;

/* About the last operation: cleared when one begins, filled when it fails, so that after a success nothing is in it. In the
 * four texts p is never NULL ("" instead). reason and message are the server's own words (herodot's error.reason, error.message)
 * and may quote what was sent. reason is the library's for KRATOS_ERR_ARG, HTTP and JSON: which argument, or which rule was
 * broken. message is the first words of a refusal that is no JSON, or what another server's JSON has as "message" or
 * "error". */
struct kratos_fault {
    int http_status; /* of the reply; 0: no status line was read. 1xx: it broke off in the head of an interim one */
    uint8_t effect;  /* an enum kratos_effect, of the same width whether enums are short (-fshort-enums) or not */
    bool transient;  /* the same request may succeed later */
    /* An answer that is not known to be Kratos' own word: a refusal whose error object did not come with it, whole, or a
     * success that is not JSON. A proxy's 404 says nothing about an identity. Also set for the 404 of an operation that the
     * release does not know, and for an error that did not fit the work buffer. */
    bool foreign;
    /* The connection had carried an earlier exchange: a silent close is then no news. On a fresh connection it is a timeout
     * of the server (5 s) or a crash of its handler. */
    bool reused;
    /* What Retry-After or x-ratelimit-reset asked for: 1,000 to 86,400,000; a minute where they cannot be read; 0 = nothing
     * was asked. */
    uint32_t retry_after_ms;
    size_t need;      /* KRATOS_ERR_SPACE: a work_size that would have been enough; 0 = not known */
    int native_error; /* errno, lwIP err_t or Mbed TLS code, as the io gives it */
    kratos_str id, reason, message;
    kratos_str location; /* KRATOS_ERR_REDIRECT: where the server points to */
};

/* ---- The world outside ----------------------------------------------------------------------- */

/* A byte stream. Implemented by the folders of port/, or by the application. Kept by pointer: must live as
 * long as the struct kratos. wait_ms is how long a call may block: 0 (not at all), or up to all that is left of
 * config.timeout_ms; a call may come back earlier with 0 bytes. Reading must be possible while writing makes no
 * progress: the server may have answered. After a negative result a stream goes on
 * failing until it is closed; native_error is asked before that. n is never 0. read NULL: the application
 * moves the bytes itself (see "Without a port"); of the others only now_ms is then called. */
struct kratos_io {
    void *ctx;
    /* Begins or continues to open. 1 open, 0 not yet (call again), negative KRATOS_ERR_*. */
    int (*open)(void *ctx, const char *host, uint16_t port, uint32_t wait_ms);
    /* Bytes taken (1 to n), 0 none within wait_ms, negative KRATOS_ERR_*. */
    int (*write)(void *ctx, const void *p, size_t n, uint32_t wait_ms);
    /* Bytes given (1 to n), 0 none within wait_ms, negative KRATOS_ERR_*: an orderly end of the stream is
     * KRATOS_ERR_CLOSED and nothing else is; a record beyond the io's own buffer is KRATOS_ERR_SPACE. */
    int (*read)(void *ctx, void *p, size_t n, uint32_t wait_ms);
    void (*close)(void *ctx);       /* may be called when nothing is open */
    int (*native_error)(void *ctx); /* code of the last failure; may be NULL */
    uint32_t (*now_ms)(void *ctx);  /* monotonic, may wrap; NULL only where read is NULL too: then nothing times out */
    size_t reply_max;               /* largest reply it can take, 0 = any (a TLS input buffer has a limit) */
    bool confidential;              /* encrypted, and the peer was verified: a bearer token may pass */
};

struct kratos_header {
    const char *name, *value;
};

/* Kept by pointer: must stay unchanged as long as the struct kratos is used. Zero means the default. */
struct kratos_config {
    const char *host; /* name, IPv4, IPv6 without brackets, unix:/path; also what a TLS io verifies. The Host header
                              has it without a last dot or a zone (fe80::1%eth0), and the port unless it is the default
                              (80; 443 where the io is confidential) */
    uint16_t port;    /* ignored for unix: */
    const char *base_path; /* in front of /admin, behind a proxy: "/kratos", no slash at the end; NULL = none */
    const char *bearer;    /* Ory Network API key; NULL = none. Refused with KRATOS_ERR_ARG on an io that is not
                              confidential, unless the host is loopback or bearer_in_clear is set */
    const struct kratos_header *headers; /* sent with every request; what the library writes itself is refused here.
                              Authorization (Basic, say) is allowed without a bearer, and guarded as that is */
    size_t header_count;
    /* What the Host header says instead of host and port, for a proxy that serves by name: "name", "name:port"; NULL = made
     * of those. */
    const char *authority;
    const char *user_agent; /* NULL = "kratos-c"; "" = no such header */
    uint32_t timeout_ms;    /* one exchange with its connecting, without the caller's own time; 0 = 10,000 */
    uint32_t idle_ms;       /* a connection unused for longer is not used again; 0 = 60,000 */
    bool nonblocking;       /* calls return KRATOS_AGAIN instead of waiting */
    bool bearer_in_clear;
    void *work; /* at least KRATOS_WORK_MIN bytes, any alignment */
    size_t work_size;
};

struct kratos;

/* Prepares k; opens nothing. KRATOS_ERR_ARG for a configuration that cannot work (fault.reason says why). */
int kratos_init(struct kratos *k, const struct kratos_config *config, const struct kratos_io *io);

/* Gives up the operation in progress; also how a list is left early. k stays usable: the connection is
 * closed if part of a reply is still to come, kept otherwise. */
void kratos_cancel(struct kratos *k);

/* Cancels, and closes the connection. The next call opens a new one. */
void kratos_close(struct kratos *k);

/* True while an operation is in progress: it returned KRATOS_AGAIN, or a list, a batch or a schema has more to
 * give. So it tells an error of one element from an error that ended the list. */
bool kratos_busy(const struct kratos *k);

/* Overwrites the whole work buffer: after a recovery code or anything else that is secret. Cancels. What
 * requests carried (passwords, bearer) is overwritten by the library itself as soon as it is sent. */
void kratos_wipe(struct kratos *k);

/* Never NULL; valid until the next call on k. */
const struct kratos_fault *kratos_last_fault(const struct kratos *k);

/* True when the call that ended with rc may succeed later as it is, without anybody mending it: fault.transient, a TLS
 * failure (a clock that is not set yet, a certificate that is being renewed), and what came from something else than Kratos
 * (fault.foreign, KRATOS_ERR_HTTP). It says nothing about whether asking again is safe: fault.effect does. Never for a
 * result that is no error. */
bool kratos_retryable(const struct kratos *k, int rc);

/* A short English name of a result. Constant text. */
const char *kratos_strerror(int rc);

/* ---- Without a port (io->read == NULL) -------------------------------------------------------
 * Between two calls that return KRATOS_AGAIN, do what kratos_want() says: open the link and report it, take bytes to send
 * from kratos_tx(), put received bytes where kratos_rx() says. 0 bytes done is allowed everywhere. TX and RX together:
 * sending got stuck, and the server may have answered. A link that broke is reported when all that it brought was taken. CLOSE
 * comes also for a link that is not open yet, where the wait for it ended: stop dialling.
 *
 * For a DMA: what kratos_tx() and kratos_rx() gave stays where it is and as it is over calls that return KRATOS_AGAIN, until
 * kratos_tx_done() or kratos_rx_done() says how much was moved. That ends when a call returns something else, or when
 * kratos_want() has no TX or RX any more (the link broke, or an early answer came): the place is then used for something
 * else, after what was not sent was overwritten with zeros, and the link is closed before another request. */

enum { KRATOS_WANT_OPEN = 1, KRATOS_WANT_CLOSE = 2, KRATOS_WANT_TX = 4, KRATOS_WANT_RX = 8 };

unsigned kratos_want(const struct kratos *k);
void kratos_opened(struct kratos *k);
void kratos_closed(struct kratos *k);       /* after KRATOS_WANT_CLOSE */
void kratos_lost(struct kratos *k, int rc); /* KRATOS_ERR_*; KRATOS_ERR_CLOSED = the peer closed in order */
const void *kratos_tx(struct kratos *k, size_t *n);
void kratos_tx_done(struct kratos *k, size_t n);
void *kratos_rx(struct kratos *k, size_t *n);
void kratos_rx_done(struct kratos *k, size_t n);

/* ---- JSON that you send ----------------------------------------------------------------------
 * A value is either text (n 0 = NUL-terminated; checked strictly, sent verbatim, so numbers keep their digits) or a
 * writer. A writer is called several times for one request and must write the same each time. Neither: left out.
 * The kratos_out functions add commas and colons themselves; an error (nesting over 32, a close without its open, text that is
 * not UTF-8, text that is no JSON) sticks and becomes KRATOS_ERR_ARG of the operation. */

struct kratos_out;

struct kratos_value {
    const char *text;
    size_t n;
    void (*write)(struct kratos_out *out, const void *arg);
    const void *arg;
};

void kratos_out_object(struct kratos_out *out);
void kratos_out_array(struct kratos_out *out);
void kratos_out_close(struct kratos_out *out);
void kratos_out_key(struct kratos_out *out, const char *name);
void kratos_out_key_json(struct kratos_out *out, kratos_json name); /* a name that was read, verbatim */
void kratos_out_str(struct kratos_out *out, const char *s);         /* escapes what must be escaped */
void kratos_out_strn(struct kratos_out *out, const char *s, size_t n);
void kratos_out_int(struct kratos_out *out, int64_t v);
void kratos_out_bool(struct kratos_out *out, bool v);
void kratos_out_null(struct kratos_out *out);
void kratos_out_json(struct kratos_out *out, const char *text, size_t n); /* one whole value, n 0 = NUL-terminated */

/* A text that was read, as an argument: text.p, NULL where that is NULL. An argument ends at its first NUL: a text that
 * holds one would go back shortened, so for it you get a text that every operation refuses with KRATOS_ERR_ARG. */
const char *kratos_arg(kratos_str text);

/* ---- JSON that you got: nothing here changes it or needs memory ------------------------------ */

/* The member of an object, at depth 1 only; of duplicates the last. False: no object, or no such member. */
bool kratos_json_get(kratos_json object, const char *name, kratos_json *value);

/* Walks an object or an array; begin with *at = 0. For arrays name->p is NULL. False: no more. name and value may be
 * NULL. */
bool kratos_json_next(kratos_json container, size_t *at, kratos_json *name, kratos_json *value);

/* Decodes a JSON string into dst with a NUL; *n (may be NULL) is its length without the NUL, also when
 * KRATOS_ERR_SPACE says that size is too small (dst is then empty). KRATOS_ERR_JSON: no string, or a lone
 * surrogate. */
int kratos_json_str(kratos_json string, char *dst, size_t size, size_t *n);

bool kratos_json_equal(kratos_json string, const char *s); /* decoded text equals s */
bool kratos_json_int(kratos_json number, int64_t *v);      /* false: no integer, fraction, exponent, overflow */
bool kratos_json_bool(kratos_json value, bool *v);         /* false: neither true nor false */

/* ---- Identities ------------------------------------------------------------------------------ */

#define KRATOS_ID_SIZE 37 /* a UUID in text, and its NUL */

/* Kratos adds members and values every release, so texts stay texts. An identity can hold what strict JSON
 * does not (bytes that are not UTF-8, nesting over 32): that one identity is KRATOS_ERR_JSON with only id
 * filled; a list goes on. */
struct kratos_identity {
    char id[KRATOS_ID_SIZE];
    kratos_str schema_id, schema_url, state, state_changed_at, external_id, organization_id, created_at, updated_at;
    kratos_json traits, metadata_public, metadata_admin, verifiable_addresses, recovery_addresses, credentials;
};

/* Body of create, of update and of a batch row. traits is required (Kratos 1.0.0 answers 500 without).
 * external_id (Kratos 25.4+) is at most 64 bytes. organization_id: create, 25.4+. The addresses: create
 * only, and Kratos drops them in silence unless the same value is in the traits. Strict: Kratos refuses
 * members its release does not know. */
struct kratos_identity_body {
    const char *schema_id, *state, *external_id, *organization_id;
    struct kratos_value traits, metadata_public, metadata_admin, credentials;
    struct kratos_value verifiable_addresses, recovery_addresses;
};

/* Typed credentials: body.credentials.write = kratos_write_credentials, .arg = &a struct
 * kratos_credentials. */
struct kratos_provider {
    const char *provider, *subject;
    const char *organization; /* 25.4+ */
    bool use_auto_link;       /* oidc, 25.4+ */
};
struct kratos_credentials {
    const char *password;        /* plain: hashed by the server, which takes its time; at most 72 bytes with bcrypt */
    const char *hashed_password; /* "$2a$...", "$pbkdf2-sha256$...", ...; see docs/operations.md */
    bool use_password_migration_hook; /* 1.3+ */
    const struct kratos_provider *oidc;
    size_t oidc_count;
    const struct kratos_provider *saml; /* 25.4+ */
    size_t saml_count;
};
void kratos_write_credentials(struct kratos_out *out, const void *credentials);

/* Typed addresses: .write = kratos_write_verifiable_addresses or kratos_write_recovery_addresses, .arg =
 * &addresses. */
struct kratos_address {
    const char *value, *via; /* via "email" */
    const char *status;      /* verifiable only: "pending", "sent", "completed" */
    const char *verified_at; /* verifiable only, RFC 3339 */
    bool verified;           /* verifiable only */
};
struct kratos_addresses {
    const struct kratos_address *items;
    size_t count;
};
void kratos_write_verifiable_addresses(struct kratos_out *out, const void *addresses);
void kratos_write_recovery_addresses(struct kratos_out *out, const void *addresses);

/* createIdentity: POST /admin/identities, 201. KRATOS_ERR_CONFLICT: an identifier, an address or the
 * external_id is taken; Kratos does not say which. After an error with effect MAYBE_DONE look the device up
 * before creating again. */
int kratos_create_identity(struct kratos *k, const struct kratos_identity_body *body, struct kratos_identity *out);

/* getIdentity: GET /admin/identities/{id}. include_credential: NULL, or a NULL-terminated array of
 * credential types whose config shall be in out->credentials ("password", "oidc", ...). */
int kratos_get_identity(struct kratos *k, const char *id, const char *const *include_credential,
                        struct kratos_identity *out);

/* getIdentityByExternalID: GET /admin/identities/by/external/{externalID}, Kratos 25.4+ (before:
 * KRATOS_ERR_NOT_FOUND). */
int kratos_get_identity_by_external_id(struct kratos *k, const char *external_id, const char *const *include_credential,
                                       struct kratos_identity *out);

/* updateIdentity: PUT /admin/identities/{id}. A replacement: metadata and external_id that are left out are
 * ERASED. schema_id, state and credentials that are left out stay. Providers are appended; one that exists
 * already is KRATOS_ERR_CONFLICT. */
int kratos_update_identity(struct kratos *k, const char *id, const struct kratos_identity_body *body,
                           struct kratos_identity *out);

/* deleteIdentity: DELETE /admin/identities/{id}. Missing: KRATOS_ERR_NOT_FOUND, on every release. */
int kratos_delete_identity(struct kratos *k, const char *id);

/* deleteIdentityCredentials: DELETE /admin/identities/{id}/credentials/{type}. identifier:
 * "provider:subject" of the oidc or saml entry, NULL otherwise. The type of backup codes is "lookup_secret"
 * ("lookup" of Kratos' document is refused). */
int kratos_delete_identity_credentials(struct kratos *k, const char *id, const char *type, const char *identifier);

/* patchIdentity: PATCH /admin/identities/{id}, JSON Patch. op: "add", "remove" or "replace" (Kratos knows
 * no others). */
struct kratos_patch {
    const char *op, *path, *from;
    struct kratos_value value;
};
int kratos_patch_identity(struct kratos *k, const char *id, const struct kratos_patch *patches, size_t patch_count,
                          struct kratos_identity *out);

/* listIdentities: GET /admin/identities. Each call gives one identity (KRATOS_OK) until KRATOS_END; pages
 * of any size pass through in constant memory, and page borders are not seen. An identity that does not fit
 * is KRATOS_ERR_SPACE and one that is no strict JSON KRATOS_ERR_JSON, with id filled as far as known:
 * kratos_busy() is then still true, and the next call goes on with the next one. After any other error the
 * list has ended, kratos_busy() is false, and the next call would begin it anew. Of the filters (ids, the two
 * identifiers; Kratos: "cannot combine") only one may be set; an empty one is refused, since Kratos would
 * return everything. Kratos 1.0.0 ignores ids, preview_..., consistency and
 * organization_id. A full page that comes without a Link header is KRATOS_ERR_HTTP at its end: Kratos always sends
 * one, so something between took it, and nobody knows whether more pages follow. */
struct kratos_list_identities_params {
    uint32_t page_size;     /* 0: chosen from io->reply_max, else the server's default (250) */
    const char *page_token; /* resume: from kratos_next_page_token(); NULL = from the start */
    bool one_page;          /* KRATOS_END after this page */
    bool by_page;           /* Kratos' legacy mode, per_page and page, at most 1,000 identities */
    uint32_t page;          /* by_page only: 0-based */
    const char *credentials_identifier, *preview_credentials_identifier_similar;
    const char *const *ids; /* NULL-terminated; Kratos 25.4+: at most 500, and page_size counts all the same */
    const char *const *include_credential; /* NULL-terminated */
    const char *consistency, *organization_id;
};
int kratos_list_identities(struct kratos *k, const struct kratos_list_identities_params *params,
                           struct kratos_identity *item);

/* While a list is in progress, and after its KRATOS_END: the token of the page being read (p NULL: the one
 * the list began with), and of the next one (p NULL: there is none). A list resumed from a page's token
 * gives that page again. Copy before the next call. On Kratos 1.0.0 resume with the page_size that the token
 * came from, or a divisor of it: its tokens are offsets. */
kratos_str kratos_page_token(const struct kratos *k);
kratos_str kratos_next_page_token(const struct kratos *k);

/* batchPatchIdentities: PATCH /admin/identities. Rows are asked for in ascending order, the current one
 * possibly several times (it must then be the same), and go out through the window. Each call gives one
 * outcome, in the order of the rows, until KRATOS_END. 1.0.0-1.2.0: one bad row fails the whole request.
 * 1.3.x: if any row of a request is a conflict, rows that say "create" may not exist: look them up. A
 * request in which one row survives may be a 409 as a whole. */
struct kratos_batch_row {
    const char *patch_id; /* a UUID of yours that comes back in the outcome; NULL = none */
    bool skip;            /* send no identity: Kratos answers null, the numbering stays */
    struct kratos_identity_body create;
};
struct kratos_batch {
    size_t row_count;
    /* More rows become several requests. 0: chosen from io->reply_max, at most 200, which is what Kratos 25.4+ takes where
     * a row has a password in clear. It takes 1,000 where none has. */
    size_t rows_per_request;
    /* *row comes zeroed. Nonzero gives up: KRATOS_ERR_ARG. */
    int (*row)(void *arg, size_t i, struct kratos_batch_row *row);
    void *arg;
    /* For gateways that know no chunked requests: a request beyond the window has a Content-Length too. Its rows are then
     * asked for twice, each time from its first one. */
    bool counted;
};
struct kratos_batch_result {
    size_t row; /* after an error: the first row of the request that failed, or the row that could not be
                                    written */
    int rc;     /* KRATOS_OK: created. Else the KRATOS_ERR_* of this row; a null outcome is REFUSED */
    kratos_str action, identity, patch_id;
    kratos_str reason, message; /* of an error row */
};
int kratos_batch_patch_identities(struct kratos *k, const struct kratos_batch *batch,
                                  struct kratos_batch_result *result);

/* ---- Sessions -------------------------------------------------------------------------------- */

struct kratos_session {
    char id[KRATOS_ID_SIZE];
    bool active;
    kratos_str expires_at, authenticated_at, authenticator_assurance_level, issued_at;
    kratos_json authentication_methods, identity, devices;
};

/* listSessions: GET /admin/sessions. As kratos_list_identities. expand: NULL-terminated, "identity",
 * "devices". active: "true" or "false"; NULL = both. */
struct kratos_list_sessions_params {
    uint32_t page_size;
    const char *page_token;
    bool one_page;
    const char *active;
    const char *const *expand;
};
int kratos_list_sessions(struct kratos *k, const struct kratos_list_sessions_params *params,
                         struct kratos_session *item);

/* listIdentitySessions: GET /admin/identities/{id}/sessions. Walks page=1,2,... itself, since the server's
 * links are broken in every release. page: 0 or 1 = the first. An unknown identity has an empty list. */
struct kratos_list_identity_sessions_params {
    uint32_t page_size; /* at most 1,000 */
    uint32_t page;
    bool one_page;
    const char *active;
};
int kratos_list_identity_sessions(struct kratos *k, const char *id,
                                  const struct kratos_list_identity_sessions_params *params,
                                  struct kratos_session *item);

/* getSession: GET /admin/sessions/{id}. With the identity expanded, active is false for an inactive
 * identity. */
int kratos_get_session(struct kratos *k, const char *id, const char *const *expand, struct kratos_session *out);

/* extendSession: PATCH /admin/sessions/{id}/extend. 204 (1.3+, by configuration): out->id is "". Too early
 * is no error. */
int kratos_extend_session(struct kratos *k, const char *id, struct kratos_session *out);

/* disableSession: DELETE /admin/sessions/{id}. A second time is KRATOS_OK too. */
int kratos_disable_session(struct kratos *k, const char *id);

/* deleteIdentitySessions: DELETE /admin/identities/{id}/sessions. None to delete: KRATOS_ERR_NOT_FOUND. */
int kratos_delete_identity_sessions(struct kratos *k, const char *id);

/* ---- Recovery: the results are secrets; kratos_wipe() when done ------------------------------ */

struct kratos_recovery_body {
    const char *identity_id;
    const char *expires_in; /* Go duration: "15m", "1h30m"; NULL = the server's default */
    const char *flow_type;  /* code only, 1.2+: "browser" or "api" */
    const char *return_to;  /* sent as a query parameter; must be allowed in the server's configuration */
};
struct kratos_recovery {
    kratos_str recovery_link, expires_at;
    kratos_str recovery_code; /* code only; leading zeros count */
};

/* createRecoveryCodeForIdentity: POST /admin/recovery/code, 201. Unknown identity: KRATOS_ERR_NOT_FOUND. */
int kratos_create_recovery_code_for_identity(struct kratos *k, const struct kratos_recovery_body *body,
                                             struct kratos_recovery *out);

/* createRecoveryLinkForIdentity: POST /admin/recovery/link, 200. Unknown identity: KRATOS_ERR_REFUSED
 * (400). Method "link" is off by default: KRATOS_ERR_NOT_FOUND. */
int kratos_create_recovery_link_for_identity(struct kratos *k, const struct kratos_recovery_body *body,
                                             struct kratos_recovery *out);

/* ---- Schemas: on the PUBLIC listener (its own struct kratos); on the admin listener they are KRATOS_ERR_REDIRECT  */

/* A schema of any size comes in parts, raw text as the server sent it. Only the KRATOS_END that follows
 * vouches that the whole was strict JSON: do not act on parts before. */
struct kratos_schema_part {
    kratos_str id; /* list: of the schema that the part belongs to; get: p NULL */
    const char *p; /* not terminated */
    size_t n;
    bool last; /* of this schema */
};

/* listIdentitySchemas: GET /schemas. One request (the server's pages overlap): page_size 0 = 1,000. */
int kratos_list_identity_schemas(struct kratos *k, uint32_t page_size, uint32_t page, struct kratos_schema_part *part);

/* getIdentitySchema: GET /schemas/{id}. id: the schema's id, or its unpadded base64url (needed for an id
 * with a slash). */
int kratos_get_identity_schema(struct kratos *k, const char *id, struct kratos_schema_part *part);

/* ---- Private: complete only so that a struct kratos can be a variable. No member is for the application.  */

struct kratos_op;
struct kratos_shape;

/* core/http.h */
struct kratos_http {
    uint8_t state, flags;
    uint16_t status, overhead;
    uint32_t left;  /* bytes to come of the body or of the chunk */
    uint32_t total; /* X-Total-Count, UINT32_MAX = not sent */
    uint32_t date, retry_at, retry_s;
};

/* core/sieve.h */
struct kratos_sieve {
    uint8_t state, after, left, low, high;
    uint8_t begins, ends;
    bool odd, told, escaped;
    uint16_t depth;
    uint32_t stack; /* bit per level, 1 = object */
};

/* The connection: core/kratos.c */
struct kratos_link {
    uint8_t state;
    bool reused, heard, late, broke;
    char stray;                 /* first byte of an answer that comes before its request is sent */
    bool stalled;               /* writing makes no progress */
    int8_t lost;                /* KRATOS_ERR_*, or 0 */
    uint32_t began_ms, used_ms; /* used: the last exchange ended, or a byte was sent */
};

/* The request's window; its bytes that wait to be sent: offsets into work. core/request.c */
struct kratos_request {
    uint32_t above, window, window_end;
    uint32_t sent, body_size; /* bytes of the request sent, of its body in all */
    bool complete;            /* its last byte is in the window, or sent */
};

/* core/reply.c, where the offsets into work are drawn */
struct kratos_reply {
    bool refused; /* the status is none that the operation takes */
    bool keeping, indexed, object, skipping, id_saved;
    const struct kratos_shape *shape; /* NULL: what comes is dropped */
    uint32_t floor, start, text, raw, raw_end, top;
    uint32_t tokens_end; /* where tokens grow down from */
    uint32_t member;     /* end of the last member */
    uint32_t lost_size;  /* length of an element that does not fit; 0: it does */
};

/* core/link.h */
struct kratos_link_reader {
    uint8_t state, matched;
    bool next;
    uint32_t size; /* of the token so far */
};

/* core/list.h */
struct kratos_list {
    uint8_t fruitless;   /* repeats since an element was delivered */
    bool linking;        /* in the middle of a Link line */
    bool linked;         /* this page has one */
    uint32_t size, page; /* asked for; size 0 = the server's default, pages count from 0 */
    uint32_t skip;       /* elements of this page that were delivered before it was asked for again */
    uint32_t seen;       /* elements of this page that passed */
    uint32_t end;        /* by number: where to stop, counted from the start of the list */
    struct kratos_link_reader link;
};

/* core/batch.c */
struct kratos_rows {
    uint32_t most;       /* rows that one request carries */
    uint32_t first, end; /* rows of this request */
    uint32_t row, sent;  /* being written, and its bytes that are */
    uint32_t outcomes;   /* read of this request */
    uint32_t left;       /* counted: bytes of this request's body that are still to be written */
};

/* What a shape keeps from one request of an operation to the next. */
struct kratos_progress {
    uint8_t part;                   /* what is being read, where the shape has parts */
    uint32_t token_size, next_size; /* of a list: texts at the bottom of the work buffer, with their NUL */
    union {
        struct kratos_list list;
        struct kratos_rows rows;
    } of;
};

struct kratos { /* what is read most stands first: small processors reach it with short instructions */
    uint8_t phase;
    uint16_t calls; /* that were begun: whoever left one in its middle sees whether it is still the same */
    struct kratos_link link;
    struct kratos_reply reply;
    char *work;
    uint32_t work_size;
    const struct kratos_op *op; /* in progress, or NULL */
    struct kratos_request request;
    const struct kratos_config *config;
    const struct kratos_io *io;
    struct kratos_progress progress;
    struct kratos_http http;
    struct kratos_sieve sieve;
    uint32_t check; /* tells two calls of one operation apart */
    struct kratos_fault fault;
};

#ifdef __cplusplus
}
#endif
#endif
