/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks, clients and raw HTTP; see suite.h.
 */
#include "suite.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* ---- Checks ---------------------------------------------------------------------------------------------------------- */

enum { OPERATIONS_MAX = 32, SHOWN_MAX = 300 };

struct tally {
    const char *name;
    unsigned checks, failed;
    char *failures;
    size_t size;
};

static struct tally tallies[OPERATIONS_MAX];

void operation(struct suite *t, const char *name)
{
    unsigned i = 0;
    while (tallies[i].name != NULL && strcmp(tallies[i].name, name) != 0) {
        i++;
    }
    if (i == OPERATIONS_MAX - 1) {
        abort();
    }
    tallies[i].name = name;
    t->tally = &tallies[i];
}

unsigned report(struct suite *t)
{
    unsigned checks = 0, failed = 0, i;
    (void)t;
    for (i = 0; tallies[i].name != NULL; i++) {
        const struct tally *tally = &tallies[i];
        checks += tally->checks;
        failed += tally->failed;
        if (tally->checks == 0) {
            continue;
        }
        printf("%s  %s  %u checks", tally->failed == 0 ? "ok" : "FAIL", tally->name, tally->checks);
        if (tally->failed != 0) {
            printf(", %u failed\n%s", tally->failed, tally->failures);
        } else {
            printf("\n");
        }
        free(tally->failures);
    }
    printf("%u passed, %u failed\n", checks - failed, failed);
    return failed;
}

static void fail(struct suite *t, const char *file, int line, const char *format, ...)
{
    char text[2048];
    struct tally *tally = t->tally;
    const char *name = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
    size_t n = (size_t)snprintf(text, sizeof text, "    %s:%d: ", name, line);
    va_list list;
    va_start(list, format);
    vsnprintf(text + n, sizeof text - n - 1, format, list);
    va_end(list);
    strcat(text, "\n");
    if (t->verbose) {
        fprintf(stderr, "%s %s", tally->name, text);
    }
    n = strlen(text);
    tally->failed++;
    tally->failures = realloc(tally->failures, tally->size + n + 1);
    if (tally->failures == NULL) {
        abort();
    }
    memcpy(tally->failures + tally->size, text, n + 1);
    tally->size += n;
}

static const char *next_feature(const char *at, const char *name)
{
    size_t n = strlen(name);
    for (; *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
        if (strncmp(at, name, n) == 0 && strchr(",=", at[n]) != NULL) {
            return at + n;
        }
    }
    return NULL;
}

bool has_feature(const struct suite *t, const char *name)
{
    return next_feature(t->features, name) != NULL;
}

const char *feature_value(const struct suite *t, const char *name)
{
    static char value[TEXT_SIZE];
    const char *p = next_feature(t->features, name);
    if (p == NULL || *p != '=') {
        return NULL;
    }
    snprintf(value, sizeof value, "%.*s", (int)strcspn(p + 1, ","), p + 1);
    return value;
}

bool check_true(struct suite *t, const char *file, int line, bool holds, const char *what)
{
    t->tally->checks++;
    if (!holds) {
        fail(t, file, line, "expected %s", what);
    }
    return holds;
}

bool check_int(struct suite *t, const char *file, int line, long long got, long long expected, const char *what)
{
    t->tally->checks++;
    if (got != expected) {
        fail(t, file, line, "%s: expected %lld, got %lld", what, expected, got);
    }
    return got == expected;
}

/* Printable text for a message: one of several slots. */
static const char *show(const char *p, size_t n)
{
    static char slots[4][SHOWN_MAX + 8];
    static unsigned next;
    char *slot = slots[next++ % 4];
    size_t i, m = 0;
    if (p == NULL) {
        return "nothing";
    }
    slot[m++] = '"';
    for (i = 0; i < n && m < SHOWN_MAX; i++) {
        slot[m++] = p[i] >= 0x20 && p[i] < 0x7F ? p[i] : '?';
    }
    strcpy(slot + m, i < n ? "...\"" : "\"");
    return slot;
}

bool check_text(struct suite *t, const char *file, int line, const char *got, size_t n, const char *expected,
                const char *what)
{
    bool holds = expected == NULL ? got == NULL : got != NULL && strlen(expected) == n && memcmp(got, expected, n) == 0;
    t->tally->checks++;
    if (!holds) {
        fail(t, file, line, "%s: expected %s, got %s", what, show(expected, expected != NULL ? strlen(expected) : 0),
             show(got, n));
    }
    return holds;
}

static bool contains(const char *got, size_t n, const char *part)
{
    size_t m = strlen(part), i;
    for (i = 0; got != NULL && i + m <= n; i++) {
        if (memcmp(got + i, part, m) == 0) {
            return true;
        }
    }
    return false;
}

bool check_part(struct suite *t, const char *file, int line, const char *got, size_t n, const char *part,
                const char *what)
{
    bool holds = contains(got, n, part);
    t->tally->checks++;
    if (!holds) {
        fail(t, file, line, "%s: expected something with %s, got %s", what, show(part, strlen(part)), show(got, n));
    }
    return holds;
}

static void fail_with_fault(struct suite *t, const char *file, int line, const struct client *c, const char *what,
                            const char *expected)
{
    static const char *const effects[] = {"NOT_SENT", "NOT_DONE", "MAYBE_DONE", "DONE"};
    const struct kratos_fault *f = kratos_last_fault(&c->k);
    fail(t, file, line, "%s: expected %s, got status %d effect %s need %zu id %s reason %s message %s", what, expected,
         f->http_status, effects[f->effect], f->need, show(f->id.p, f->id.n), show(f->reason.p, f->reason.n),
         show(f->message.p, f->message.n));
}

bool check_rc(struct suite *t, const char *file, int line, const struct client *c, int got, int expected,
              const char *what)
{
    char words[128];
    t->tally->checks++;
    if (got != expected) {
        snprintf(words, sizeof words, "%s (%d), got %s (%d)", kratos_strerror(expected), expected, kratos_strerror(got),
                 got);
        fail_with_fault(t, file, line, c, what, words);
    }
    return got == expected;
}

static bool fits(kratos_str got, const char *part)
{
    return part == NULL || (*part == '\0' ? got.n == 0 : contains(got.p, got.n, part));
}

bool check_fault(struct suite *t, const char *file, int line, const struct client *c, int status,
                 enum kratos_effect effect, const char *reason, const char *message)
{
    static const char *const effects[] = {"NOT_SENT", "NOT_DONE", "MAYBE_DONE", "DONE"};
    const struct kratos_fault *f = kratos_last_fault(&c->k);
    char words[1024];
    bool holds =
        f->http_status == status && f->effect == effect && fits(f->reason, reason) && fits(f->message, message);
    t->tally->checks++;
    if (!holds) {
        snprintf(words, sizeof words, "status %d effect %s reason with %s message with %s", status, effects[effect],
                 reason != NULL ? show(reason, strlen(reason)) : "anything",
                 message != NULL ? show(message, strlen(message)) : "anything");
        fail_with_fault(t, file, line, c, "fault", words);
    }
    return holds;
}

kratos_str text_of(const char *s)
{
    kratos_str text = {NULL, 0};
    text.p = s;
    text.n = strlen(s);
    return text;
}

const char *or_empty(kratos_str s)
{
    return s.p != NULL ? s.p : "";
}

kratos_json at(kratos_json value, const char *path)
{
    static const kratos_json none = {NULL, 0};
    while (*path != '\0' && value.p != NULL) {
        char name[TEXT_SIZE];
        size_t n = strcspn(path, ".");
        kratos_json found = none;
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        if (value.n != 0 && *value.p == '[') {
            size_t where = 0, i = (size_t)atoi(name);
            bool more = true;
            while (more && i-- + 1 != 0) {
                more = kratos_json_next(value, &where, NULL, &found);
            }
            if (!more) {
                return none;
            }
        } else if (!kratos_json_get(value, name, &found)) {
            return none;
        }
        value = found;
        path += n + (path[n] == '.');
    }
    return value;
}

/* ---- Clients ---------------------------------------------------------------------------------------------------------- */

static int wire_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct wire *w = ctx;
    int rc = w->inner->open(w->inner->ctx, host, port, wait_ms);
    if (rc > 0) {
        w->opened++;
        w->got = 0;
    }
    return rc;
}

static int wire_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct wire *w = ctx;
    int rc;
    if (w->shy && wait_ms == 0 && w->turns++ % 2 == 0) {
        return 0;
    }
    rc = w->inner->write(w->inner->ctx, p, n, wait_ms);
    if (rc > 0) {
        size_t room, taken = (size_t)rc;
        if (w->reading) {
            w->reading = false;
            w->head_size = 0;
        }
        room = sizeof w->head - 1 - w->head_size;
        taken = taken < room ? taken : room;
        memcpy(w->head + w->head_size, p, taken);
        w->head_size += taken;
        w->head[w->head_size] = '\0';
        w->sent += (size_t)rc;
    }
    return rc;
}

static int wire_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct wire *w = ctx;
    int rc;
    if (w->shy && wait_ms == 0 && w->turns++ % 2 == 0) {
        return 0;
    }
    if (w->end_after_request && !w->reading) {
        w->end_after_request = false;
        w->inner->close(w->inner->ctx);
        return KRATOS_ERR_CLOSED;
    }
    if (w->cut_after >= 0 && w->cuts != 0) {
        long left = w->cut_after - w->got;
        if (left <= 0) {
            w->cuts--;
            w->inner->close(w->inner->ctx);
            return KRATOS_ERR_CLOSED;
        }
        n = n < (size_t)left ? n : (size_t)left;
    }
    if (w->most != 0 && n > w->most) {
        n = w->most;
    }
    rc = w->inner->read(w->inner->ctx, p, n, wait_ms);
    if (rc > 0) {
        w->reply = w->reading ? w->reply + (size_t)rc : (size_t)rc;
        w->got += rc;
        w->reading = true;
    }
    if (rc > 0 && w->reply_limit != 0 && w->reply > w->reply_limit) {
        w->inner->close(w->inner->ctx);
        return KRATOS_ERR_SPACE;
    }
    return rc;
}

static void wire_close(void *ctx)
{
    struct wire *w = ctx;
    w->inner->close(w->inner->ctx);
}

static int wire_native_error(void *ctx)
{
    struct wire *w = ctx;
    return w->inner->native_error(w->inner->ctx);
}

static uint32_t wire_now_ms(void *ctx)
{
    struct wire *w = ctx;
    return w->inner->now_ms(w->inner->ctx);
}

static struct kratos_header headers[4];
static size_t header_count;

bool add_header(char *line)
{
    char *value = strstr(line, ": ");
    if (value == NULL || header_count == sizeof headers / sizeof *headers) {
        return false;
    }
    *value = '\0';
    headers[header_count].name = line;
    headers[header_count++].value = value + 2;
    return true;
}

void configure(struct kratos_config *config, const struct address *where)
{
    config->host = where->host;
    config->port = where->port;
    config->base_path = where->base_path;
    config->headers = headers;
    config->header_count = header_count;
    config->timeout_ms = 30000;
}

void client_open(struct client *c, const struct address *where, size_t work_size)
{
    memset(c, 0, sizeof *c);
    c->wire.inner = inner_open(&c->wire, where);
    c->wire.cut_after = -1;
    c->wire.io.ctx = &c->wire;
    c->wire.io.open = wire_open;
    c->wire.io.write = wire_write;
    c->wire.io.read = wire_read;
    c->wire.io.close = wire_close;
    c->wire.io.native_error = wire_native_error;
    c->wire.io.now_ms = wire_now_ms;
    c->wire.io.confidential = c->wire.inner->confidential;
    c->wire.io.reply_max = c->wire.inner->reply_max;
    configure(&c->config, where);
    client_set_work(c, work_size);
}

void client_set_work(struct client *c, size_t work_size)
{
    if (c->work != NULL) {
        kratos_close(&c->k);
    }
    free(c->work);
    c->work = malloc(work_size); /* of its own, so that a sanitizer sees its end */
    c->config.work = c->work;
    c->config.work_size = work_size;
    if (c->work == NULL || kratos_init(&c->k, &c->config, &c->wire.io) != KRATOS_OK) {
        abort();
    }
}

void client_close(struct client *c)
{
    kratos_close(&c->k);
    inner_close(&c->wire);
    free(c->work);
    c->work = NULL;
}

/* ---- Names and identities ------------------------------------------------------------------------------------------------ */

const char *unique(struct suite *t, const char *prefix, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, "%s-%s-%u", prefix, t->run, t->names++);
    return text;
}

struct kratos_value json(const char *text)
{
    struct kratos_value value = {NULL, 0, NULL, NULL};
    value.text = text;
    return value;
}

struct kratos_value serial_traits(const char *serial, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, "{\"serial\":\"%s\"}", serial);
    return json(text);
}

const char *stored(const struct suite *t, const char *as_sent, const char *by_column)
{
    return t->database->json_columns ? by_column : as_sent;
}

void created(struct suite *t, const char *id)
{
    t->created = realloc(t->created, (t->created_count + 1) * sizeof *t->created);
    if (t->created == NULL) {
        abort();
    }
    snprintf(t->created[t->created_count++], KRATOS_ID_SIZE, "%s", id);
}

void make_identity(struct suite *t, struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    char traits[TEXT_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    body.traits = serial_traits(serial, traits);
    memset(id, 0, KRATOS_ID_SIZE);
    if (RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK)) {
        memcpy(id, who.id, KRATOS_ID_SIZE);
        created(t, id);
    }
}

/* ---- Raw HTTP -------------------------------------------------------------------------------------------------------------- */

int dial(const struct address *where)
{
    struct addrinfo hints, *list = NULL;
    struct timeval patience = {20, 0};
    char port[8];
    int fd;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    snprintf(port, sizeof port, "%u", (unsigned)where->port);
    if (getaddrinfo(where->host, port, &hints, &list) != 0) {
        return -1;
    }
    fd = socket(list->ai_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    return fd;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n != 0) {
        ssize_t rc = send(fd, p, n, MSG_NOSIGNAL);
        if (rc <= 0) {
            return false;
        }
        p += rc;
        n -= (size_t)rc;
    }
    return true;
}

/* Takes the chunk lines out of a chunked body. */
static size_t dechunk(char *body, size_t n)
{
    char *from = body, *to = body, *end = body + n;
    for (;;) {
        char *line = memchr(from, '\n', (size_t)(end - from));
        size_t size = strtoul(from, NULL, 16);
        if (line == NULL || size == 0 || size > (size_t)(end - line - 1)) {
            break;
        }
        memmove(to, line + 1, size);
        to += size;
        from = line + 1 + size + 2;
    }
    *to = '\0';
    return (size_t)(to - body);
}

struct answer ask(const struct address *where, const char *method, const char *path, const char *body, size_t n)
{
    struct answer a = {0, NULL, 0};
    char head[1024];
    char *reply = malloc(1 << 20);
    size_t size = 0;
    int fd = dial(where), head_size;
    if (reply == NULL || fd < 0) {
        free(reply);
        return a;
    }
    head_size = snprintf(head, sizeof head,
                         "%s %s HTTP/1.1\r\nHost: %s:%u\r\nAccept: application/json\r\nConnection: close\r\n"
                         "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                         method, path, where->host, (unsigned)where->port, n);
    if (send_all(fd, head, (size_t)head_size) && send_all(fd, body, n)) {
        ssize_t rc;
        while (size < (1 << 20) - 1 && (rc = recv(fd, reply + size, (1 << 20) - 1 - size, 0)) > 0) {
            size += (size_t)rc;
        }
    }
    close(fd);
    reply[size] = '\0';
    a.body = strstr(reply, "\r\n\r\n");
    if (a.body != NULL && sscanf(reply, "HTTP/1.1 %d", &a.status) == 1) {
        bool chunked = false;
        *a.body = '\0';
        chunked = strstr(reply, "\r\nTransfer-Encoding: chunked") != NULL;
        a.body += 4;
        a.n = size - (size_t)(a.body - reply);
        a.n = chunked ? dechunk(a.body, a.n) : a.n;
        memmove(reply, a.body, a.n + 1);
        a.body = reply;
        return a;
    }
    a.body = NULL;
    free(reply);
    return a;
}

void answer_free(struct answer *a)
{
    free(a->body);
    a->body = NULL;
}

struct answer login_answer(struct suite *t, const char *identifier, const char *password)
{
    struct answer flow = ask(&t->raw_public, "GET", "/self-service/login/api", "", 0), answer = {0, NULL, 0};
    kratos_json text = {NULL, 0}, id;
    char flow_id[KRATOS_ID_SIZE], path[TEXT_SIZE], body[2 * TEXT_SIZE];
    text.p = flow.body;
    text.n = flow.n;
    if (flow.body != NULL && kratos_json_get(text, "id", &id) &&
        kratos_json_str(id, flow_id, sizeof flow_id, NULL) == KRATOS_OK) {
        snprintf(path, sizeof path, "/self-service/login?flow=%s", flow_id);
        snprintf(body, sizeof body, "{\"method\":\"password\",\"identifier\":\"%s\",\"password\":\"%s\"}", identifier,
                 password);
        answer = ask(&t->raw_public, "POST", path, body, strlen(body));
    }
    answer_free(&flow);
    return answer;
}

bool log_in(struct suite *t, const char *identifier, const char *password, char session_id[KRATOS_ID_SIZE], int *status)
{
    struct answer answer = login_answer(t, identifier, password);
    kratos_json text = {NULL, 0}, id;
    bool done = false;
    text.p = answer.body;
    text.n = answer.n;
    memset(session_id, 0, KRATOS_ID_SIZE);
    if (answer.status == 200) {
        id = at(text, "session.id");
        done = id.p != NULL && kratos_json_str(id, session_id, KRATOS_ID_SIZE, NULL) == KRATOS_OK;
    }
    if (status != NULL) {
        *status = answer.status;
    }
    answer_free(&answer);
    return done;
}

void sleep_ms(unsigned ms)
{
    struct timespec rest;
    rest.tv_sec = ms / 1000;
    rest.tv_nsec = (long)(ms % 1000) * 1000000;
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
}
