/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply that says no means: the result that its status stands for, herodot's error object, and the
 * conflicts that Kratos reports as something else. It must never know the operation.
 */
#include <string.h>

#include "http.h"
#include "reply.h"
#include "sieve.h"
#include "text.h"

void kratos_decode_error(struct kratos *k, kratos_json value, const struct kratos_field *fields, size_t field_count,
                         void *out)
{
    struct kratos_tokens t;
    kratos_json_index(&t, value, k->work + k->raw_end, k->top - k->raw_end);
    kratos_json_fill(&t, fields, field_count, out);
}

int kratos_status_result(int status)
{
    switch (status) {
    case 401:
    case 403:
        return KRATOS_ERR_DENIED;
    case 404:
        return KRATOS_ERR_NOT_FOUND;
    case 409:
        return KRATOS_ERR_CONFLICT;
    case 429:
        return KRATOS_ERR_LIMITED;
    case 408:
    case 499:
        return KRATOS_ERR_SERVER;
    default:
        return status / 100 == 3   ? KRATOS_ERR_REDIRECT
               : status / 100 == 4 ? KRATOS_ERR_REFUSED
               : status / 100 == 5 ? KRATOS_ERR_SERVER
                                   : KRATOS_ERR_HTTP;
    }
}

static bool contains(kratos_str s, const char *words)
{
    size_t n = kratos_text_size(words), i;
    for (i = 0; i + n <= s.n; i++) {
        if (memcmp(s.p + i, words, n) == 0) {
            return true;
        }
    }
    return false;
}

int kratos_error_result(kratos_json error)
{
    kratos_json code;
    int64_t status;
    bool known =
        kratos_json_get(error, "code", &code) && kratos_json_int(code, &status) && status >= 300 && status < 600;
    return known ? kratos_status_result((int)status) : KRATOS_ERR_REFUSED;
}

/* Fills the fault from a body that is an error object and whole. */
static void read_error(struct kratos *k)
{
    static const struct kratos_field fields[] = {
        {"id", offsetof(struct kratos_fault, id), KRATOS_FIELD_STR},
        {"reason", offsetof(struct kratos_fault, reason), KRATOS_FIELD_STR},
        {"message", offsetof(struct kratos_fault, message), KRATOS_FIELD_STR},
    };
    struct kratos_tokens t = kratos_element(k);
    kratos_json value;
    bool whole = k->shape == &kratos_shape_error && !k->over && kratos_sieve_complete(&k->sieve) && !k->sieve.odd;
    if (whole && kratos_json_member(&t, "error", &value)) {
        kratos_decode_error(k, value, fields, sizeof fields / sizeof *fields, &k->fault);
    }
}

int kratos_refusal(struct kratos *k)
{
    struct kratos_fault *f = &k->fault;
    int status = k->http.status, rc = kratos_status_result(status);
    bool locked;
    read_error(k);
    /* Conflicts inside the database come as 400 or 500 and are told by their texts only. */
    locked = contains(f->message, "Unable to serialize access") || contains(f->message, "database is locked") ||
             contains(f->reason, "database is locked");
    if (status == 403 && contains(f->id, "security_csrf_violation")) {
        rc = KRATOS_ERR_REDIRECT;
    }
    if (locked) {
        rc = KRATOS_ERR_SERVER;
    }
    kratos_fail(k, rc);
    f->transient =
        locked || status == 408 || status == 429 || status == 499 || status == 502 || status == 503 || status == 504;
    if (locked) {
        f->effect = KRATOS_NOT_DONE;
    }
    return rc;
}
