/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of each exchange as text. Each direction goes byte by byte through two small machines:
 * where in the HTTP message it is (so that a chunk border inside a name or a value hides nothing
 * from the second one), and where in the JSON. It must never use the core's own parsers: what shows
 * the bytes must not share their mistakes.
 */
#include "kratos_trace.h"

#include <string.h>

enum { DEFAULT_WIDTH = 160 };

/* Where in the message. */
enum {
    FIRST_LINE,
    LINE_START,
    NAME,
    VALUE,
    BODY,    /* left bytes of it */
    ENDLESS, /* a body to the end of the connection */
    CHUNK_SIZE,
    CHUNK, /* left bytes of it */
    CHUNK_END
};

/* Where in the JSON. */
enum {
    OUTSIDE,
    STRING,
    AFTER_STRING, /* it was a name if a colon follows */
    SECRET_AHEAD, /* behind the colon of a secret member */
    SECRET
};

/* Headers. */
enum { OTHER, LENGTH, CODING, HIDDEN };

static const char *const secret_members[] = {
    "password",
    "hashed_password",
    "recovery_link",
    "recovery_code",
    "recovery_token",
    "session_token",
    "verification_token",
    "initial_access_token",
    "initial_refresh_token",
    "initial_id_token",
    "totp_url",
    "code", /* of lookup_secret; the number of that name in an error is no text, and shown */
};

static const struct {
    const char *name;
    uint8_t header;
} headers[] = {
    {"content-length", LENGTH}, {"transfer-encoding", CODING},
    {"authorization", HIDDEN},  {"proxy-authorization", HIDDEN},
    {"cookie", HIDDEN},         {"set-cookie", HIDDEN},
};

/* ---- Words ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void forget(struct kratos_trace_word *word)
{
    word->size = 0;
    word->text[0] = '\0';
}

/* What does not fit is longer than any word that we look for, and so is what was kept of it. */
static void keep(struct kratos_trace_word *word, char c)
{
    if (word->size < sizeof word->text - 1) {
        word->text[word->size++] = c;
        word->text[word->size] = '\0';
    }
}

static void keep_lower(struct kratos_trace_word *word, char c)
{
    keep(word, lower(c));
}

static bool is_secret_member(const struct kratos_trace_lane *lane)
{
    const struct kratos_trace_word *name = &lane->member;
    size_t i;

    if (lane->secret_path && strcmp(name->text, "value") == 0) {
        return true;
    }
    for (i = 0; i < sizeof secret_members / sizeof secret_members[0]; i++) {
        if (strcmp(name->text, secret_members[i]) == 0) {
            return true;
        }
    }
    return false;
}

static uint8_t which_header(const struct kratos_trace_word *name)
{
    size_t i;

    for (i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (strcmp(name->text, headers[i].name) == 0) {
            return headers[i].header;
        }
    }
    return OTHER;
}

/* Of digits in lower case, up to the first byte that is none. */
static uint64_t number(const char *s, unsigned base)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t v = 0;

    for (; *s != '\0'; s++) {
        const char *digit = memchr(digits, *s, base);

        if (digit == NULL) {
            break;
        }
        v = v * base + (uint64_t)(digit - digits);
    }
    return v;
}

/* ---- Lines on paper ---- */

static void put_text(const struct kratos_trace *t, const char *s)
{
    t->put(t->arg, s, strlen(s));
}

static void put_number(const struct kratos_trace *t, size_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    t->put(t->arg, digits + at, sizeof digits - at);
}

static void end_line(struct kratos_trace *t, struct kratos_trace_lane *lane)
{
    if (!lane->begun) {
        return;
    }
    if (lane->hidden > 0) {
        put_text(t, " ... ");
        put_number(t, lane->hidden);
        put_text(t, " bytes more");
    }
    put_text(t, "\n");
    lane->begun = false;
    lane->column = 0;
    lane->hidden = 0;
}

/* A line of the other direction that was not finished would swallow our mark. */
static void begin_line(struct kratos_trace *t, struct kratos_trace_lane *lane)
{
    if (lane->begun) {
        return;
    }
    end_line(t, lane == &t->sent ? &t->received : &t->sent);
    t->put(t->arg, &lane->mark, 1);
    lane->begun = true;
}

static bool is_in_body(const struct kratos_trace_lane *lane)
{
    return lane->where == BODY || lane->where == ENDLESS || lane->where == CHUNK;
}

/* The n characters stand for one byte, or for the first one of a secret. */
static void show_as(struct kratos_trace *t, struct kratos_trace_lane *lane, const char *s, size_t n)
{
    begin_line(t, lane);
    if (lane->hidden > 0 || (is_in_body(lane) && t->width > 0 && lane->column + n > t->width)) {
        lane->hidden++;
        return;
    }
    if (lane->column == 0) {
        put_text(t, " ");
    }
    t->put(t->arg, s, n);
    lane->column += n;
}

static void show_byte(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char u = (unsigned char)c;
    const char code[4] = {'\\', 'x', hex[u >> 4], hex[u & 15]};

    if (u >= 0x20 && u < 0x7f) {
        show_as(t, lane, &c, 1);
    } else {
        show_as(t, lane, code, sizeof code);
    }
}

static void show_waiting_cr(struct kratos_trace *t, struct kratos_trace_lane *lane)
{
    if (lane->cr) {
        lane->cr = false;
        show_byte(t, lane, '\r');
    }
}

/* CR LF and LF end a line and are not shown; a CR alone is. */
static void show(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    if (c == '\n') {
        lane->cr = false;
        begin_line(t, lane);
        end_line(t, lane);
        return;
    }
    show_waiting_cr(t, lane);
    if (c == '\r') {
        lane->cr = true;
    } else {
        show_byte(t, lane, c);
    }
}

/* ---- JSON ---- */

static void in_string(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    show(t, lane, c);
    if (c == '\n') {
        lane->json = OUTSIDE; /* no JSON: a stray quote must not swap inside and outside */
    } else if (c == '"' && !lane->escape) {
        lane->json = AFTER_STRING;
        lane->secret_path |= strncmp(lane->member.text, "/credentials", 12) == 0; /* of an operation of a JSON Patch */
    } else {
        lane->escape = c == '\\' && !lane->escape;
        keep(&lane->member, c);
    }
}

static void in_secret(struct kratos_trace_lane *lane, char c)
{
    if (lane->hidden > 0) {
        lane->hidden++;
    }
    if (c == '"' && !lane->escape) {
        lane->json = OUTSIDE;
    }
    lane->escape = c == '\\' && !lane->escape;
}

static void between_strings(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    lane->escape = false;
    if (c == '"' && lane->json == SECRET_AHEAD) {
        show_waiting_cr(t, lane);
        show_as(t, lane, "\"***\"", 5);
        lane->json = SECRET;
        return;
    }
    show(t, lane, c);
    if (c == '"') {
        forget(&lane->member);
        lane->json = STRING;
    } else if (c == ':' && lane->json == AFTER_STRING && is_secret_member(lane)) {
        lane->json = SECRET_AHEAD;
    } else if (!is_space(c)) {
        lane->json = OUTSIDE;
        lane->secret_path &= c != '}';
    }
}

static void in_json(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    if (lane->json == STRING) {
        in_string(t, lane, c);
    } else if (lane->json == SECRET) {
        in_secret(lane, c);
    } else {
        between_strings(t, lane, c);
    }
}

/* ---- The message ---- */

static void begin_message(struct kratos_trace_lane *lane, char mark)
{
    memset(lane, 0, sizeof *lane); /* FIRST_LINE, OUTSIDE, OTHER */
    lane->mark = mark;
}

static void end_message(struct kratos_trace *t, struct kratos_trace_lane *lane)
{
    show_waiting_cr(t, lane);
    end_line(t, lane);
    begin_message(lane, lane->mark);
}

/* "HTTP/1.1 204 No Content": replies 1xx, 204 and 304 have no body. */
static void end_first_line(struct kratos_trace_lane *lane)
{
    const char *status = lane->head.text + 9;

    if (lane->head.size <= 1) {
        return; /* an empty line before the first one is allowed */
    }
    if (lane->mark == '<' && lane->head.size >= 12) {
        lane->bodyless = status[0] == '1' || strncmp(status, "204", 3) == 0 || strncmp(status, "304", 3) == 0;
    }
    lane->where = LINE_START;
}

/* A request without a length has no body; a reply without one ends with the connection. */
static void end_head(struct kratos_trace *t, struct kratos_trace_lane *lane)
{
    const bool is_request = lane->mark == '>';

    forget(&lane->head);
    if (lane->bodyless || lane->trailer) {
        end_message(t, lane);
    } else if (lane->chunked) {
        lane->where = CHUNK_SIZE;
    } else if (lane->has_length ? lane->left == 0 : is_request) {
        end_message(t, lane);
    } else {
        lane->where = lane->has_length ? BODY : ENDLESS;
    }
}

static void end_value(struct kratos_trace_lane *lane)
{
    if (lane->header == LENGTH) {
        lane->has_length = true;
        lane->left = number(lane->head.text, 10);
    }
    if (lane->header == CODING && strstr(lane->head.text, "chunked") != NULL) {
        lane->chunked = true;
    }
    lane->where = LINE_START;
}

static void in_name(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    show(t, lane, c);
    if (c == '\n') {
        lane->where = LINE_START;
    } else if (c != ':') {
        keep_lower(&lane->head, c);
    } else {
        lane->header = which_header(&lane->head);
        lane->where = VALUE;
        forget(&lane->head);
        if (lane->header == HIDDEN) {
            show_as(t, lane, " ***", 4);
        }
    }
}

static void in_value(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    if (lane->header != HIDDEN || c == '\n') {
        show(t, lane, c);
    }
    if (c == '\n') {
        end_value(lane);
    } else if (!is_space(c)) {
        keep_lower(&lane->head, c);
    }
}

static void in_line_start(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    if (c == ' ' || c == '\t') {
        lane->where = VALUE; /* folded: it goes on with the header before, hidden or not */
        in_value(t, lane, c);
    } else if (!is_space(c)) {
        lane->where = NAME;
        forget(&lane->head);
        in_name(t, lane, c);
    } else {
        show(t, lane, c);
        if (c == '\n') {
            end_head(t, lane);
        }
    }
}

static void in_first_line(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    show(t, lane, c);
    if (c != '\n') {
        keep(&lane->head, c);
    } else {
        end_first_line(lane);
        forget(&lane->head);
    }
}

/* Each chunk begins a line of its own, since its size does; the JSON inside goes on. */
static void in_chunk_size(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    show(t, lane, c);
    if (c != '\n') {
        keep_lower(&lane->head, c);
        return;
    }
    lane->left = number(lane->head.text, 16);
    lane->trailer = lane->left == 0;
    lane->where = lane->trailer ? LINE_START : CHUNK;
    lane->header = OTHER;
    forget(&lane->head);
}

/* The line end behind the bytes of a chunk is not shown. */
static void in_chunk_end(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    if (c == '\n') {
        end_line(t, lane);
        lane->where = CHUNK_SIZE;
    }
}

static void in_body(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    in_json(t, lane, c);
    if (lane->where == ENDLESS || --lane->left > 0) {
        return;
    }
    if (lane->where == BODY) {
        end_message(t, lane);
    } else {
        show_waiting_cr(t, lane);
        lane->where = CHUNK_END;
    }
}

static void step(struct kratos_trace *t, struct kratos_trace_lane *lane, char c)
{
    switch (lane->where) {
    case FIRST_LINE:
        in_first_line(t, lane, c);
        break;
    case LINE_START:
        in_line_start(t, lane, c);
        break;
    case NAME:
        in_name(t, lane, c);
        break;
    case VALUE:
        in_value(t, lane, c);
        break;
    case CHUNK_SIZE:
        in_chunk_size(t, lane, c);
        break;
    case CHUNK_END:
        in_chunk_end(t, lane, c);
        break;
    default:
        in_body(t, lane, c);
        break;
    }
}

static void step_all(struct kratos_trace *t, struct kratos_trace_lane *lane, const char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        step(t, lane, p[i]);
    }
}

/* ---- The io ---- */

static void say(struct kratos_trace *t, const char *what)
{
    end_message(t, &t->sent);
    end_message(t, &t->received);
    put_text(t, "-- ");
    put_text(t, what);
    put_text(t, "\n");
}

static void say_where(struct kratos_trace *t, const char *what, const char *host, uint16_t port)
{
    const bool local = strncmp(host, "unix:", 5) == 0;
    const bool ipv6 = !local && strchr(host, ':') != NULL;

    put_text(t, "-- ");
    put_text(t, what);
    put_text(t, ipv6 ? " [" : " ");
    put_text(t, host);
    put_text(t, ipv6 ? "]" : "");
    if (!local) {
        put_text(t, ":");
        put_number(t, port);
    }
    put_text(t, "\n");
}

static int trace_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct kratos_trace *t = ctx;
    int rc = t->inner->open(t->inner->ctx, host, port, wait_ms);

    if (rc != 0 && !t->open) {
        begin_message(&t->sent, '>');
        begin_message(&t->received, '<');
        say_where(t, rc > 0 ? "connected to" : "no connection to", host, port);
        t->open = rc > 0;
    }
    return rc;
}

static void say_end(struct kratos_trace *t, int rc)
{
    if (t->open) {
        t->open = false;
        say(t, rc == KRATOS_ERR_CLOSED ? "closed by the peer" : "connection lost");
    }
}

static int trace_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_trace *t = ctx;
    int rc = t->inner->write(t->inner->ctx, p, n, wait_ms);

    if (rc < 0) {
        say_end(t, rc);
    } else {
        step_all(t, &t->sent, p, (size_t)rc);
    }
    return rc;
}

static int trace_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_trace *t = ctx;
    int rc = t->inner->read(t->inner->ctx, p, n, wait_ms);

    if (rc < 0) {
        say_end(t, rc);
    } else {
        step_all(t, &t->received, p, (size_t)rc);
    }
    return rc;
}

static void trace_close(void *ctx)
{
    struct kratos_trace *t = ctx;

    t->inner->close(t->inner->ctx);
    if (t->open) {
        t->open = false;
        say(t, "closed");
    }
}

static int trace_native_error(void *ctx)
{
    const struct kratos_trace *t = ctx;

    return t->inner->native_error(t->inner->ctx);
}

static uint32_t trace_now_ms(void *ctx)
{
    const struct kratos_trace *t = ctx;

    return t->inner->now_ms(t->inner->ctx);
}

const struct kratos_io *kratos_trace_io(struct kratos_trace *t, const struct kratos_io *inner, kratos_trace_put put,
                                        void *arg)
{
    memset(t, 0, sizeof *t);
    t->width = DEFAULT_WIDTH;
    t->inner = inner;
    t->put = put;
    t->arg = arg;
    begin_message(&t->sent, '>');
    begin_message(&t->received, '<');
    t->io = *inner; /* reply_max, confidential, and which functions there are */
    t->io.ctx = t;
    t->io.open = trace_open;
    t->io.write = trace_write;
    t->io.read = inner->read != NULL ? trace_read : NULL;
    t->io.close = trace_close;
    t->io.native_error = inner->native_error != NULL ? trace_native_error : NULL;
    t->io.now_ms = inner->now_ms != NULL ? trace_now_ms : NULL;
    return &t->io;
}
