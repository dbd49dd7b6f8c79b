/* SPDX-License-Identifier: Apache-2.0
 *
 * See fault.h. It must never look at a body: core/refusal.c does.
 */
#include "fault.h"

#include <string.h>

#include "clue.h"
#include "header.h"
#include "text.h"

void kratos_fault_clear(struct kratos *k)
{
    struct kratos_fault *f = &k->fault;
    memset(f, 0, sizeof *f);
    f->id.p = f->reason.p = f->message.p = f->location.p = "";
}

int kratos_fault_argument(struct kratos *k, const char *why)
{
    k->fault.reason.p = why;
    k->fault.reason.n = kratos_text_size(why);
    return KRATOS_ERR_ARG;
}

static enum kratos_effect effect(const struct kratos *k, int rc)
{
    const struct kratos_request *r = &k->request;
    bool whole = r->complete && r->window == r->window_end;
    unsigned status = k->http.status;
    if (status >= 200 && status < 300) {
        return k->fault.foreign ? KRATOS_MAYBE_DONE : KRATOS_DONE;
    }
    if (status < 200 && r->sent == 0) {
        return KRATOS_NOT_SENT;
    }
    if (!whole) {
        return KRATOS_NOT_DONE; /* whatever was answered: nobody acts on a part of a request */
    }
    if (k->fault.foreign && rc == KRATOS_ERR_SERVER && status != 499) {
        return KRATOS_MAYBE_DONE; /* also a 408, 421 or 425: nobody knows what a proxy passed on before */
    }
    return status >= 200 && status < 500 ? KRATOS_NOT_DONE : KRATOS_MAYBE_DONE;
}

int kratos_fail(struct kratos *k, int rc)
{
    struct kratos_fault *f = &k->fault;
    bool unread = rc == KRATOS_ERR_JSON || rc == KRATOS_ERR_HTTP;
    f->http_status = k->http.status;
    f->foreign |=
        unread && f->http_status / 100 == 2 && !(k->http.flags & KRATOS_HTTP_JSON); /* a captive portal, say */
    if (KRATOS_CLUES && unread && f->reason.n == 0) {
        kratos_fault_argument(k, *f->reason.p != '\0' ? f->reason.p : kratos_clue(k, rc));
    }
    f->effect = (uint8_t)effect(k, rc);
    f->reused = k->link.reused;
    f->retry_after_ms = kratos_header_wait_ms(&k->http);
    f->transient = rc <= KRATOS_ERR_CLOSED && rc >= KRATOS_ERR_IO;
    return rc;
}

bool kratos_retryable(const struct kratos *k, int rc)
{
    return rc < 0 && (k->fault.transient || k->fault.foreign || rc == KRATOS_ERR_TLS || rc == KRATOS_ERR_HTTP);
}

/* ---- Statuses -------------------------------------------------------------------------------- */

/* Statuses from 400 on that mean something of their own: how far from there, and the result. */
static const struct {
    uint8_t status;
    int8_t rc;
    bool transient;
} known[] = {
    {1, KRATOS_ERR_DENIED, false},  {3, KRATOS_ERR_DENIED, false},   {4, KRATOS_ERR_NOT_FOUND, false},
    {8, KRATOS_ERR_SERVER, true},   {9, KRATOS_ERR_CONFLICT, false}, {21, KRATOS_ERR_SERVER, true},
    {25, KRATOS_ERR_SERVER, true},  {29, KRATOS_ERR_LIMITED, true},  {99, KRATOS_ERR_SERVER, true},
    {102, KRATOS_ERR_SERVER, true}, {103, KRATOS_ERR_SERVER, true},  {104, KRATOS_ERR_SERVER, true},
    {120, KRATOS_ERR_SERVER, true}, {121, KRATOS_ERR_SERVER, true},  {122, KRATOS_ERR_SERVER, true},
    {123, KRATOS_ERR_SERVER, true}, {124, KRATOS_ERR_SERVER, true},  {127, KRATOS_ERR_SERVER, true},
    {129, KRATOS_ERR_SERVER, true}, {130, KRATOS_ERR_SERVER, true}, /* from 520 on: gateways whose origin is away */
};

int kratos_status_result(unsigned status, bool *transient)
{
    size_t i;
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (status == 400u + known[i].status) {
            *transient = known[i].transient;
            return known[i].rc;
        }
    }
    *transient = false;
    return status / 100 == 3   ? KRATOS_ERR_REDIRECT
           : status / 100 == 4 ? KRATOS_ERR_REFUSED
           : status / 100 == 5 ? KRATOS_ERR_SERVER
                               : KRATOS_ERR_HTTP;
}
