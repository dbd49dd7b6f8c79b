/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes requests. A request is a pure function of operation and arguments that runs once to count and
 * check and then once for each window; its last window is only given out when the passes agree. It must
 * never send, wait, or look at a reply.
 */
#include "request.h"
#include "text.h"

#define CHUNKED UINT32_MAX

/* ---- What the configuration may hold --------------------------------------------------------- */

static bool loopback(const char *host)
{
    const char *p = host;
    unsigned dots = 0;
    if (kratos_text_is(host, "localhost") || kratos_text_is(host, "::1") || kratos_text_starts(host, "unix:")) {
        return true;
    }
    for (; (*p >= '0' && *p <= '9') || *p == '.'; p++) {
        dots += *p == '.';
    }
    return *p == '\0' && dots == 3 && kratos_text_starts(host, "127.");
}

/* Printable ASCII without what would end or change the place where it is put. */
static bool plain(const char *s, const char *without)
{
    for (; *s != '\0'; s++) {
        if (*s <= 0x20 || *s >= 0x7F || kratos_text_has(without, *s)) {
            return false;
        }
    }
    return true;
}

static bool same_name(const char *name, const char *lower_name)
{
    for (; *name != '\0' && (*name == *lower_name || ((*name ^ *lower_name) == 0x20 && (*name | 0x20) >= 'a'));
         name++) {
        lower_name++;
    }
    return *name == '\0' && *lower_name == '\0';
}

static const char *header_complaint(const struct kratos_header *header)
{
    static const char *const ours[] = {"host",         "content-length", "transfer-encoding", "connection", "expect",
                                       "content-type", "accept",         "authorization"};
    const char *p;
    size_t i;
    if (header->name == NULL || header->value == NULL || *header->name == '\0' ||
        !plain(header->name, "()<>@,;:\\\"/[]?={}")) {
        return "config.headers: name";
    }
    for (i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (same_name(header->name, ours[i])) {
            return "config.headers: a name that the library writes itself";
        }
    }
    for (p = header->value; *p != '\0'; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7F) {
            return "config.headers: control character";
        }
    }
    return NULL;
}

const char *kratos_config_complaint(const struct kratos_config *config, const struct kratos_io *io)
{
    size_t i;
    if (config->work == NULL || config->work_size < KRATOS_WORK_MIN) {
        return "config.work_size under KRATOS_WORK_MIN";
    }
    if (config->host == NULL || *config->host == '\0' ||
        !plain(config->host, kratos_text_starts(config->host, "unix:") ? "" : "/?#@[]\\")) {
        return "config.host";
    }
    if (config->port == 0 && !kratos_text_starts(config->host, "unix:")) {
        return "config.port";
    }
    if (config->base_path != NULL && *config->base_path != '\0' &&
        (*config->base_path != '/' || !plain(config->base_path, "?#\\") ||
         config->base_path[kratos_text_size(config->base_path) - 1] == '/')) {
        return "config.base_path";
    }
    if (config->bearer != NULL && (*config->bearer == '\0' || !plain(config->bearer, ""))) {
        return "config.bearer";
    }
    if (config->bearer != NULL && !io->confidential && !config->bearer_in_clear && !loopback(config->host)) {
        return "config.bearer over an io that is not confidential";
    }
    if (config->header_count != 0 && config->headers == NULL) {
        return "config.headers";
    }
    for (i = 0; i < config->header_count; i++) {
        const char *why = header_complaint(&config->headers[i]);
        if (why != NULL) {
            return why;
        }
    }
    if (io->read != NULL && (io->open == NULL || io->write == NULL || io->close == NULL || io->now_ms == NULL)) {
        return "io lacks a function";
    }
    return NULL;
}

/* ---- Head ------------------------------------------------------------------------------------ */

static void path(struct kratos_out *out, const char *template, const char *const *values)
{
    const char *p = template;
    while (*p != '\0') {
        const char *from = p;
        while (*p != '\0' && *p != '{') {
            p++;
        }
        kratos_out_raw(out, from, (size_t)(p - from));
        if (*p == '{') {
            const char *value = *values++;
            if (value == NULL || *value == '\0' || kratos_text_is(value, ".") || kratos_text_is(value, "..")) {
                kratos_out_fail(out, "empty or dotted path parameter");
                return;
            }
            kratos_out_percent(out, value);
            while (*p++ != '}') {
            }
        }
    }
}

static void host(struct kratos_out *out, const struct kratos_config *config)
{
    bool v6 = kratos_text_has(config->host, ':');
    KRATOS_OUT(out, " HTTP/1.1\r\nHost: ");
    if (kratos_text_starts(config->host, "unix:")) {
        KRATOS_OUT(out, "localhost");
        return;
    }
    kratos_out_text(out, v6 ? "[" : "");
    kratos_out_text(out, config->host);
    kratos_out_text(out, v6 ? "]:" : ":");
    kratos_out_number(out, config->port);
}

static void headers(struct kratos_out *out, const struct kratos_config *config)
{
    size_t i;
    KRATOS_OUT(out, "\r\nAccept: application/json\r\n");
    if (config->bearer != NULL) {
        KRATOS_OUT(out, "Authorization: Bearer ");
        kratos_out_field(out, config->bearer);
        KRATOS_OUT(out, "\r\n");
    }
    for (i = 0; i < config->header_count; i++) {
        kratos_out_text(out, config->headers[i].name);
        KRATOS_OUT(out, ": ");
        kratos_out_text(out, config->headers[i].value);
        KRATOS_OUT(out, "\r\n");
    }
}

void kratos_request_head(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call,
                         uint32_t body_size)
{
    const struct kratos_op *op = k->op;
    kratos_out_text(out, op->method);
    KRATOS_OUT(out, " ");
    if (k->config->base_path != NULL) {
        kratos_out_text(out, k->config->base_path);
    }
    if (op->shape->query != NULL) { /* a list: its arguments are needed again after the first reply */
        out->lent = k->work;
        out->lent_size = k->work_size;
    }
    path(out, op->path, call->path);
    if (op->shape->query != NULL) {
        op->shape->query(k, out, call);
    }
    if (op->query != NULL) {
        op->query(out, call->args);
    }
    host(out, k->config);
    headers(out, k->config);
    if (op->body != NULL || body_size == CHUNKED) {
        KRATOS_OUT(out, "Content-Type: application/json\r\n");
        kratos_out_text(out, body_size == CHUNKED ? "Transfer-Encoding: chunked" : "Content-Length: ");
        if (body_size != CHUNKED) {
            kratos_out_number(out, body_size);
        }
        KRATOS_OUT(out, "\r\n");
    }
    KRATOS_OUT(out, "\r\n");
}

/* ---- Passes ---------------------------------------------------------------------------------- */

int kratos_request_refused(struct kratos *k, const struct kratos_out *out)
{
    k->fault.reason.p = out->why;
    k->fault.reason.n = kratos_text_size(out->why);
    return KRATOS_ERR_ARG;
}

int kratos_request_count(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_out out;
    const char *why = kratos_config_complaint(k->config, k->io);
    k->sent = 0;
    kratos_out_begin(&out, NULL, 0, 0);
    if (why != NULL) {
        kratos_out_fail(&out, why);
    }
    kratos_request_head(k, &out, call, 0); /* refuses bad paths and queries before anything is opened */
    if (k->op->body != NULL) {
        uint32_t head = out.n;
        out.check = true;
        k->op->body(&out, call->args);
        kratos_out_end(&out);
        k->body_size = out.n - head;
    }
    return out.why != NULL ? kratos_request_refused(k, &out) : KRATOS_GO;
}

int kratos_request_fill(struct kratos *k, const struct kratos_call *call)
{
    struct kratos_out out;
    uint32_t head, size = k->work_size - k->window, rest;
    kratos_out_begin(&out, k->work + k->window, size, k->sent);
    kratos_request_head(k, &out, call, k->body_size);
    head = out.n;
    if (k->op->body != NULL) {
        k->op->body(&out, call->args);
        kratos_out_end(&out);
        if (out.n - head != k->body_size) {
            kratos_out_fail(&out, "a writer did not write the same again");
        }
    }
    if (out.why != NULL) {
        return kratos_request_refused(k, &out);
    }
    rest = out.n - k->sent;
    k->window_end = k->window + (rest < size ? rest : size);
    k->complete = rest <= size;
    return KRATOS_GO;
}
