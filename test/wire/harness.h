/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one call of the library against a scripted server in memory, in each of the three modes and under every disturbance that
 * a transport can cause, and writes down what the call gave as one text. It must never know how the library works inside.
 */
#ifndef TEST_WIRE_HARNESS_H
#define TEST_WIRE_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kratos.h"

/* ---- The call ---------------------------------------------------------------------------------------------------------- */

enum wire_op {
    WIRE_CREATE_IDENTITY,
    WIRE_GET_IDENTITY,
    WIRE_GET_IDENTITY_BY_EXTERNAL_ID,
    WIRE_UPDATE_IDENTITY,
    WIRE_DELETE_IDENTITY,
    WIRE_DELETE_IDENTITY_CREDENTIALS,
    WIRE_PATCH_IDENTITY,
    WIRE_LIST_IDENTITIES,
    WIRE_BATCH_PATCH_IDENTITIES,
    WIRE_LIST_SESSIONS,
    WIRE_LIST_IDENTITY_SESSIONS,
    WIRE_GET_SESSION,
    WIRE_EXTEND_SESSION,
    WIRE_DISABLE_SESSION,
    WIRE_DELETE_IDENTITY_SESSIONS,
    WIRE_CREATE_RECOVERY_CODE_FOR_IDENTITY,
    WIRE_CREATE_RECOVERY_LINK_FOR_IDENTITY,
    WIRE_LIST_IDENTITY_SCHEMAS,
    WIRE_GET_IDENTITY_SCHEMA,
    WIRE_OP_COUNT
};

/* Arguments of any operation; each uses its own. */
struct wire_call {
    enum wire_op op;
    bool out_null;
    const char *id, *type, *identifier;
    const char *const *names; /* include_credential, or expand */
    struct kratos_identity_body body;
    const struct kratos_patch *patches;
    size_t patch_count;
    const struct kratos_batch_row *rows;
    size_t row_count, rows_per_request;
    struct kratos_list_identities_params identities;
    struct kratos_list_sessions_params sessions;
    struct kratos_list_identity_sessions_params identity_sessions;
    struct kratos_recovery_body recovery;
    uint32_t page_size, page; /* schemas */
};

bool wire_is_list(enum wire_op op);   /* gives elements one by one, and asks again when a page breaks off */
bool wire_is_stream(enum wire_op op); /* gives several results: lists, batches and schemas */

/* ---- The server -------------------------------------------------------------------------------------------------------- */

struct wire_reply {
    const char *p;
    size_t n;
    bool closes; /* the server closes behind it */
};

enum wire_mode { WIRE_BLOCKING, WIRE_NONBLOCKING, WIRE_NO_PORT, WIRE_MODE_COUNT };

#define WIRE_ALL SIZE_MAX

/* What happens to the bytes. {0} is: everything at once, blocking. */
struct wire_plan {
    enum wire_mode mode;
    const struct wire_reply *replies; /* the i-th request gets the i-th, the last one repeats if `again` is set */
    size_t reply_count;
    bool again;
    size_t split; /* the first reply's bytes up to here come alone; 0 = no split */
    size_t piece; /* most bytes one read or write moves; 0 = any number */
    bool stutter; /* every other read and write moves nothing */
    bool cut;     /* the connection ends, or stalls, after cut_at bytes of the first reply: */
    size_t cut_at;
    int cut_rc;     /* KRATOS_ERR_*, 0 = stalls for ever */
    bool write_cut; /* the connection takes write_at bytes and then fails with write_rc in both directions */
    size_t write_at;
    int write_rc;
    bool early;       /* the reply can be read although the request did not arrive whole */
    int reopen_rc;    /* what every open but the first gives; 0 = they work */
    size_t work_size; /* 0 = WIRE_WORK_SIZE */
    size_t reply_max; /* io.reply_max */
    bool bearer;      /* a secret header is sent */
    bool dirty;       /* an earlier exchange has left a reply in the work buffer */
};

#define WIRE_WORK_SIZE 20000
#define WIRE_TEXT_SIZE 200000
#define WIRE_REQUEST_SIZE 200000
#define WIRE_ITEMS 128

/* What came out. The text has one part an element (or row, or schema) and one for the end. */
struct wire_outcome {
    int rc;
    char text[WIRE_TEXT_SIZE + 1];
    size_t n;
    size_t end_at;               /* where the end's part begins */
    size_t item[WIRE_ITEMS + 1]; /* where each part begins */
    size_t item_count;
    int item_rc[WIRE_ITEMS];
    char item_id[WIRE_ITEMS][KRATOS_ID_SIZE];
    struct kratos_fault fault;           /* its texts are copied into `text` only */
    size_t need;                         /* largest fault.need seen */
    char request[WIRE_REQUEST_SIZE + 1]; /* all bytes written */
    size_t request_n;
    size_t requests; /* complete requests */
    size_t first_request_n;
    unsigned opens, closes;
    bool open_at_end;        /* the connection would be used again */
    const char *broken_rule; /* a rule of the io contract that the library broke, or NULL */
};

/* Length of the HTTP request at p when it is whole, else 0. */
size_t wire_request_size(const char *p, size_t n);

void wire_run(const struct wire_call *call, const struct wire_plan *plan, struct wire_outcome *o);

/* ---- The judge --------------------------------------------------------------------------------------------------------- */

struct wire_vector {
    const char *name;
    struct wire_call call;
    struct wire_reply reply;
    size_t end; /* where the reply ends by RFC 9112, trailing bytes not counted; 0 = wherever the result is known */
    const char *text; /* all that the call must give, or NULL: rc, status and effect below */
    int rc, status;
    enum kratos_effect effect;
    const char *has; /* must be in the text; NULL = anything */
    const char *has_not;
    size_t work_max; /* largest work buffer of the sizes tried; 0 = 2,304 */
    size_t stride;   /* of splits and cuts of a very long reply; 0 = every byte */
    bool http_ok;    /* a small buffer may refuse a long line of the head as KRATOS_ERR_HTTP */
    bool lacks;      /* strict JSON that lacks what the operation must give: nobody looks where out is NULL */
    int keeps;       /* 1: the connection must stay open, -1: it must not, 0: either */
};

/* Runs the vector under everything named in the README of this folder. Fails the cmocka test that is running. */
void wire_judge(const struct wire_vector *v);

extern unsigned long wire_runs, wire_vectors;
extern unsigned long
    wire_held; /* looks at what kratos_tx() or kratos_rx() had given before a call that moved nothing */
void wire_sum(const char *what);

#endif
