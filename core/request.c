/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes requests. A request is a pure function of operation and arguments. Its first pass counts and checks, and
 * where all of it fits the window, it is written by that; otherwise a pass for each window follows, and the last one
 * is only given out when the passes agree. It must never send, wait, or look at a reply.
 */
#include "request.h"

#include <string.h>

#include "config_check.h"
#include "fault.h"
#include "text.h"

/* Stands in for a length that is not known yet. */
#define LENGTH_MAX 99999
#define LENGTH_DIGITS 5

/* ---- Head ------------------------------------------------------------------------------------ */

/* What other ends know the host by: without the zone, which means something here only (RFC 6874 4), and without the dot
 * that keeps a resolver from trying suffixes. */
static size_t host_size(const char *host, bool v6)
{
    size_t n = 0;
    while (host[n] != '\0' && (host[n] != '%' || !v6)) {
        n++;
    }
    return !v6 && n > 1 && host[n - 1] == '.' ? n - 1 : n;
}

static void host(struct kratos_out *out, const struct kratos_config *config, bool confidential)
{
    bool v6 = kratos_text_has(config->host, ':');
    const char *whole = config->authority != NULL     ? config->authority
                        : kratos_config_local(config) ? "localhost"
                                                      : NULL;
    KRATOS_OUT(out, " HTTP/1.1\r\nHost: ");
    if (whole != NULL) {
        kratos_out_text(out, whole);
        return;
    }
    kratos_out_text(out, &"["[!v6]); /* IPv6 stands in brackets */
    kratos_out_raw(out, config->host, host_size(config->host, v6));
    kratos_out_text(out, &"]"[!v6]);
    if (config->port != (confidential ? 443 : 80)) { /* proxies compare the text: the default is left out */
        KRATOS_OUT(out, ":");
        kratos_out_number(out, config->port);
    }
}

void kratos_request_head(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call)
{
    const struct kratos_config *config = k->config;
    const struct kratos_op *op = k->op;
    const char *agent = config->user_agent != NULL ? config->user_agent : "kratos-c";
    size_t i;
    if (op->shape != NULL && op->shape->again) {
        out->lent = k->work;
        out->lent_size = k->work_size;
    }
    kratos_out_text(out, op->method);
    KRATOS_OUT(out, " ");
    if (config->base_path != NULL) {
        kratos_out_text(out, config->base_path);
    }
    if (call->write_path != NULL) {
        call->write_path(out, op->path, call->path);
    } else {
        kratos_out_text(out, op->path);
    }
    if (op->query != NULL) {
        op->query(out, call->args);
    }
    host(out, config, k->io->confidential);
    KRATOS_OUT(out, "\r\nAccept: application/json\r\nAccept-Encoding: identity");
    if (*agent != '\0') {
        KRATOS_OUT(out, "\r\nUser-Agent: ");
        kratos_out_text(out, agent);
    }
    if (config->bearer != NULL) {
        KRATOS_OUT(out, "\r\nAuthorization: Bearer ");
        kratos_out_text(out, config->bearer);
    }
    for (i = 0; i < config->header_count; i++) {
        KRATOS_OUT(out, "\r\n");
        kratos_out_text(out, config->headers[i].name);
        KRATOS_OUT(out, ": ");
        kratos_out_text(out, config->headers[i].value);
    }
}

/* ---- Passes ---------------------------------------------------------------------------------- */

/* Head and body; returns the length of the body. */
static uint32_t pass(struct kratos *k, const struct kratos_call *call, struct kratos_out *out, uint32_t length)
{
    void (*body)(struct kratos_out *, const void *) = k->op->body;
    uint32_t head;
    kratos_request_head(k, out, call);
    if (body != NULL) {
        KRATOS_OUT(out, "\r\nContent-Type: application/json\r\nContent-Length: ");
        kratos_out_number(out, length);
    } else if (*k->op->method == 'P') { /* RFC 9110 8.6: some proxies ask for it with 411 */
        KRATOS_OUT(out, "\r\nContent-Length: 0");
    }
    KRATOS_OUT(out, "\r\n\r\n");
    head = out->n;
    if (body != NULL && call->args == NULL) {
        kratos_out_fail(out, "body");
    } else if (body != NULL) {
        body(out, call->args);
        kratos_out_end(out);
    }
    return out->n - head;
}

/* The length stands at the end of a head of `head` bytes, where LENGTH_MAX was written; what is before it moves up to
 * it. Returns by how much. */
static uint32_t put_length(char *p, uint32_t head, uint32_t length)
{
    uint32_t at = head - 4, from = at - LENGTH_DIGITS;
    do {
        p[--at] = (char)('0' + length % 10);
        length /= 10;
    } while (length != 0);
    memmove(p + (at - from), p, from);
    return at - from;
}

int kratos_request_count(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_request *r = &k->request;
    struct kratos_out out;
    bool plain = k->op->shape == NULL || k->op->shape->fill == NULL;
    uint32_t size = plain ? k->work_size - r->above : 0;
    char *p = k->work + r->above;
    const char *complaint = kratos_config_complaint(k->config, k->io);
    if (complaint != NULL) {
        return kratos_fault_argument(k, complaint); /* nothing of it may be looked at */
    }
    kratos_out_begin(&out, p, size, 0);
    out.check = true;
    r->body_size = pass(k, call, &out, LENGTH_MAX);
    if (out.why != NULL) {
        memset(p, 0, out.n < size ? out.n : size); /* it may be secret */
        return kratos_fault_argument(k, out.why);
    }
    if (out.n <= size && r->body_size <= LENGTH_MAX) {
        r->window_end += out.n;
        r->window += k->op->body != NULL ? put_length(p, out.n - r->body_size, r->body_size) : 0;
        r->complete = true;
    }
    return KRATOS_GO;
}

int kratos_request_fill(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_request *r = &k->request;
    struct kratos_out out;
    uint32_t size = k->work_size - r->window, rest;
    kratos_out_begin(&out, k->work + r->window, size, r->sent);
    if (pass(k, call, &out, r->body_size) != r->body_size) {
        kratos_out_fail(&out, "writer");
    }
    if (out.why != NULL) {
        return kratos_fault_argument(k, out.why);
    }
    rest = out.n - r->sent;
    r->complete = rest <= size;
    r->window_end = r->window + (r->complete ? rest : size);
    return KRATOS_GO;
}
