/* SPDX-License-Identifier: Apache-2.0
 *
 * See refusal.h: herodot's error object, and the conflicts that Kratos reports as something else. It must never fail:
 * a body that is no error object has no texts.
 */
#include "refusal.h"

#include "fault.h"
#include "reply.h"
#include "sieve.h"
#include "text.h"

/* Fills the fault from a body that is an error object and whole. True: it has the status inside, as only Kratos' own
 * handlers write it. The text of Kratos' router is no word about an identity, and any program in Go may send the same. */
static bool read_error(struct kratos *k)
{
    static const struct kratos_field error_field = {"error", 0, KRATOS_FIELD_JSON, 0};
    static const struct kratos_field code_field = {"code", 0, KRATOS_FIELD_JSON, 0};
    static const struct kratos_field fields[] = {
        {"id", offsetof(struct kratos_fault, id), KRATOS_FIELD_TEXT, 0},
        {"reason", offsetof(struct kratos_fault, reason), KRATOS_FIELD_TEXT, 0},
        {"message", offsetof(struct kratos_fault, message), KRATOS_FIELD_TEXT, 0},
    };
    static const struct kratos_field others[] = {
        {"error", offsetof(struct kratos_fault, reason), KRATOS_FIELD_TEXT, 0},
        {"message", offsetof(struct kratos_fault, message), KRATOS_FIELD_TEXT, 0},
    };
    kratos_json error = {NULL, 0}, code = {NULL, 0};
    bool own;
    if (k->reply.shape == NULL || k->reply.lost_size != 0 || !kratos_sieve_complete(&k->sieve, 0) || k->sieve.odd) {
        return false;
    }
    kratos_element(k, &error_field, 1, &error);
    kratos_open(k, error, &code_field, 1, &code);
    own = code.n == 3 && ((unsigned)(*code.p - '0') == k->http.status / 100u /* of a 499 it is 400 */
                          || (k->http.status == 400 && *code.p == '5')); /* 1.0.0, of a body that it does not know */
    kratos_open(k, error, fields, sizeof fields / sizeof *fields, &k->fault);
    if (KRATOS_CLUES && (error.n == 0 || *error.p != '{')) {
        kratos_element(k, others, sizeof others / sizeof *others, &k->fault);
    }
    return own;
}

/* Conflicts inside the database are told by their texts only. */
static bool locked(const char *text)
{
    return kratos_text_contains(text, "serialize access") || kratos_text_contains(text, "database is locked");
}

int kratos_refusal(struct kratos *k)
{
    struct kratos_fault *f = &k->fault;
    bool transient;
    int rc = kratos_status_result(k->http.status, &transient);
    f->foreign = !read_error(k);
    if (k->http.status == 403 && kratos_text_contains(f->id.p, "csrf")) {
        rc = KRATOS_ERR_REDIRECT;
    }
    kratos_fail(k, rc);
    f->transient = transient;
    if (!f->foreign && (k->http.status == 400 || k->http.status == 500) &&
        (locked(f->message.p) || locked(f->reason.p))) {
        rc = KRATOS_ERR_SERVER;
        f->transient = true;
        f->effect = KRATOS_NOT_DONE;
    }
    return rc;
}
