/* SPDX-License-Identifier: Apache-2.0
 *
 * See outcome.h. It must never know which row it is.
 */
#include "outcome.h"

#include <string.h>

#include "fault.h"
#include "reply.h"

void kratos_outcome_unknown(struct kratos_batch_result *result, size_t row, int rc)
{
    if (result != NULL) {
        memset(result, 0, sizeof *result);
        result->row = row;
        result->rc = rc;
    }
}

/* What the code of herodot's error object stands for. */
static int error_result(kratos_json code)
{
    int64_t status;
    bool transient, known = kratos_json_int(code, &status) && status >= 300 && status < 600;
    return known ? kratos_status_result((unsigned)status, &transient) : KRATOS_ERR_REFUSED;
}

static const struct kratos_field outcome_fields[] = {
    {"action", offsetof(struct kratos_batch_result, action), KRATOS_FIELD_STR, 0},
    {"identity", offsetof(struct kratos_batch_result, identity), KRATOS_FIELD_STR, 0},
    {"patch_id", offsetof(struct kratos_batch_result, patch_id), KRATOS_FIELD_STR, 0},
    {"error", offsetof(struct kratos_batch_result, reason), KRATOS_FIELD_JSON, 0}, /* until it is opened */
};

static const struct kratos_result outcome = {outcome_fields, sizeof outcome_fields / sizeof *outcome_fields,
                                             sizeof(struct kratos_batch_result)};

int kratos_outcome(struct kratos *k, struct kratos_batch_result *result)
{
    int rc;
    if (!k->reply.object) { /* null */
        kratos_outcome_unknown(result, 0, KRATOS_ERR_REFUSED);
        return kratos_element_result(k);
    }
    rc = kratos_decode(k, &outcome, result);
    if (rc == KRATOS_OK && result != NULL && result->identity.p == NULL) {
        result->rc = KRATOS_ERR_REFUSED;
    }
    return rc;
}

void kratos_outcome_error(struct kratos *k, struct kratos_batch_result *result)
{
    static const struct kratos_field code_field = {"code", 0, KRATOS_FIELD_JSON, 0};
    static const struct kratos_field fields[] = {
        {"reason", offsetof(struct kratos_batch_result, reason), KRATOS_FIELD_STR, 0},
        {"message", offsetof(struct kratos_batch_result, message), KRATOS_FIELD_STR, 0},
    };
    kratos_json error, code = {NULL, 0};
    error.p = result->reason.p;
    error.n = result->reason.n;
    memset(&result->reason, 0, sizeof result->reason);
    if (error.p == NULL) {
        return;
    }
    kratos_open(k, error, &code_field, 1, &code);
    result->rc = error_result(code); /* before the texts are decoded in place */
    kratos_open(k, error, fields, sizeof fields / sizeof *fields, result);
}
