/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold for one vector under every split, mode, work size and failure of the transport. The rules here are made from
 * the contract and from RFC 9112 alone. It must never ask the library what is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"

/* Every how manieth byte is a place to split, to cut, or a size of the work buffer: a build for an emulated processor takes
 * fewer. No multiple of 2 or 3, which choose the mode. */
#ifndef TEST_STRIDE
#define TEST_STRIDE 1
#endif

/* Replies above this size take each kind of failure at every third byte instead of all three kinds at every byte. With a
 * TEST_STRIDE they do not pass byte by byte. */
#define LONG_REPLY 3000

unsigned long wire_runs, wire_vectors;

static struct wire_outcome whole, now;
static const struct wire_vector *vector;

/* What was wrong with this vector so far; each complaint is printed once and the judge goes on. */
static const char *complaints[32];
static unsigned complaint_count;

/* ---- Complaints -------------------------------------------------------------------------------------------------------- */

static void show_text(const char *title, const char *p, size_t n)
{
    size_t i;
    fprintf(stderr, "--- %s (%zu bytes)\n", title, n);
    for (i = 0; i < n && i < 4000; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '\n' || (c >= 0x20 && c < 0x7F)) {
            fputc(c, stderr);
        } else {
            fprintf(stderr, "\\x%02x", c);
        }
    }
    fprintf(stderr, "\n");
}

static void complain(const struct wire_plan *plan, const char *what)
{
    static const char *const modes[] = {"blocking", "nonblocking", "no port"};
    unsigned i;
    for (i = 0; i < complaint_count; i++) {
        if (strcmp(complaints[i], what) == 0) {
            return;
        }
    }
    if (complaint_count < 32) {
        complaints[complaint_count++] = what;
    }
    fprintf(stderr, "%s: %s\n", vector->name, what);
    fprintf(stderr, "  %s, split %zu, piece %zu%s%s", modes[plan->mode], plan->split, plan->piece,
            plan->stutter ? ", stutter" : "", plan->early ? ", early" : "");
    if (plan->cut) {
        fprintf(stderr, ", cut after %zu with %d", plan->cut_at, plan->cut_rc);
    }
    if (plan->write_cut) {
        fprintf(stderr, ", write fails after %zu with %d", plan->write_at, plan->write_rc);
    }
    if (plan->work_size != 0) {
        fprintf(stderr, ", work_size %zu", plan->work_size);
    }
    fprintf(stderr, "%s\n", vector->call.out_null ? ", out NULL" : "");
    show_text("wanted", whole.text, whole.n);
    show_text("got", now.text, now.n);
}

static void require(bool holds, const struct wire_plan *plan, const char *what)
{
    if (!holds) {
        complain(plan, what);
    }
}

static void run(const struct wire_plan *plan)
{
    wire_runs++;
    wire_run(&vector->call, plan, &now);
    if (now.broken_rule != NULL) {
        complain(plan, now.broken_rule);
    }
}

static size_t stride(void)
{
    return (vector->stride != 0 ? vector->stride : 1) * TEST_STRIDE;
}

static bool is_schema(void)
{
    return vector->call.op == WIRE_LIST_IDENTITY_SCHEMAS || vector->call.op == WIRE_GET_IDENTITY_SCHEMA;
}

static bool same_end(void)
{
    return now.n - now.end_at == whole.n - whole.end_at &&
           memcmp(now.text + now.end_at, whole.text + whole.end_at, now.n - now.end_at) == 0;
}

static bool same_text(void)
{
    if (is_schema() && whole.rc < 0) { /* how much of it came before the error is no matter */
        return same_end();
    }
    return now.n == whole.n && memcmp(now.text, whole.text, now.n) == 0;
}

static bool same_request(void)
{
    return now.first_request_n == whole.first_request_n && memcmp(now.request, whole.request, now.first_request_n) == 0;
}

static void run_same(const struct wire_plan *plan)
{
    run(plan);
    require(same_text(), plan, "another result");
    require(same_request(), plan, "another request");
    require(now.requests == whole.requests, plan, "another number of requests");
}

static struct wire_plan plan_for(const struct wire_vector *v)
{
    struct wire_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.replies = &v->reply;
    plan.reply_count = 1;
    plan.bearer = true;
    return plan;
}

/* ---- The whole reply ----------------------------------------------------------------------------------------------------- */

static void judge_whole(const struct wire_vector *v)
{
    struct wire_plan plan = plan_for(v);
    wire_runs++;
    wire_run(&v->call, &plan, &whole);
    now = whole;
    require(whole.broken_rule == NULL, &plan, whole.broken_rule != NULL ? whole.broken_rule : "");
    if (v->text != NULL) {
        size_t n = strlen(v->text);
        if (n != whole.n || memcmp(v->text, whole.text, n) != 0) {
            show_text("recorded", v->text, n);
            complain(&plan, "not what was recorded");
        }
    } else {
        if (whole.rc != v->rc ||
            (v->rc < 0 && (whole.fault.http_status != v->status || whole.fault.effect != v->effect))) {
            fprintf(stderr, "%s: wanted rc %d, status %d, effect %d; got rc %d, status %d, effect %d\n", v->name, v->rc,
                    v->status, v->effect, whole.rc, whole.fault.http_status, whole.fault.effect);
            complain(&plan, "another outcome");
        }
        require(v->has == NULL || strstr(whole.text, v->has) != NULL, &plan, "lacks what it must have");
        if (v->has != NULL && strstr(whole.text, v->has) == NULL) {
            fprintf(stderr, "%s\n", v->has);
        }
        require(v->has_not == NULL || strstr(whole.text, v->has_not) == NULL, &plan, "has what it must not have");
    }
    if (v->rc < 0 || v->keeps != 0) {
        require(v->keeps >= 0 || !whole.open_at_end, &plan, "the connection must not be used again");
        require(v->keeps <= 0 || whole.open_at_end, &plan, "the connection could be used again");
    }
}

static void judge_splits(const struct wire_vector *v)
{
    struct wire_plan plan = plan_for(v);
    bool coarse = TEST_STRIDE > 1 && v->reply.n > LONG_REPLY;
    int mode, piece, stutter;
    for (mode = 0; mode < WIRE_MODE_COUNT; mode++) {
        plan.mode = (enum wire_mode)mode;
        for (piece = 0; piece < 4; piece += coarse ? 3 : 1) {
            for (stutter = 0; stutter < 2; stutter++) {
                static const size_t pieces[] = {0, 1, 2, 7};
                plan.piece = pieces[piece];
                plan.stutter = stutter != 0;
                run_same(&plan);
            }
        }
    }
    plan = plan_for(v);
    for (plan.split = 1; plan.split < v->reply.n; plan.split += stride()) {
        plan.mode = (enum wire_mode)(plan.split % WIRE_MODE_COUNT);
        run_same(&plan);
    }
}

static void judge_trailing(const struct wire_vector *v)
{
    static const char *const trailers[] = {"X", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    struct wire_plan plan = plan_for(v);
    struct wire_reply longer;
    char *p;
    unsigned i;
    if (v->reply.closes || v->end != v->reply.n) {
        return;
    }
    p = (char *)malloc(v->reply.n + 64);
    for (i = 0; i < sizeof trailers / sizeof *trailers; i++) {
        memcpy(p, v->reply.p, v->reply.n);
        memcpy(p + v->reply.n, trailers[i], strlen(trailers[i]));
        longer.p = p;
        longer.n = v->reply.n + strlen(trailers[i]);
        longer.closes = false;
        plan.replies = &longer;
        plan.mode = (enum wire_mode)i;
        run(&plan);
        require(same_text(), &plan, "trailing bytes change the result");
        require(!now.open_at_end, &plan, "the connection would be used again behind trailing bytes");
    }
    free(p);
}

/* ---- The transport fails ------------------------------------------------------------------------------------------------- */

/* What is known after `n` bytes of the reply: its final status, 0 if that line did not arrive whole. */
static int known_status(const char *p, size_t n)
{
    size_t at = 0;
    for (;;) {
        const char *end = (const char *)memchr(p + at, '\n', n - at);
        int status;
        if (end == p + at + 1) { /* an empty line in front of a status line */
            at += 2;
            end = (const char *)memchr(p + at, '\n', n - at);
        }
        if (end == NULL || end - (p + at) < 13) {
            return 0;
        }
        status = atoi(p + at + 9);
        if (status >= 200) {
            return status;
        }
        for (; at + 4 <= n && memcmp(p + at, "\r\n\r\n", 4) != 0; at++) {
        }
        if (at + 4 > n) {
            return 0;
        }
        at += 4;
    }
}

static bool success(int status)
{
    return status >= 200 && status < 300;
}

static enum kratos_effect effect_of(int status)
{
    return status == 0 || status >= 500 ? KRATOS_MAYBE_DONE : status < 300 ? KRATOS_DONE : KRATOS_NOT_DONE;
}

static bool prefix(void)
{
    return (is_schema() && whole.rc < 0) ||
           (now.end_at <= whole.end_at && memcmp(now.text, whole.text, now.end_at) == 0);
}

/* The reply was cut, and that is what the library says. */
static bool is_cut(const struct wire_plan *plan)
{
    int status = known_status(vector->reply.p, plan->cut_at);
    int rc = plan->cut_rc != 0 ? plan->cut_rc : KRATOS_ERR_TIMEOUT;
    bool until_close = vector->reply.closes && plan->cut_rc == KRATOS_ERR_CLOSED &&
                       (now.rc == KRATOS_ERR_JSON || (status >= 300 && now.rc == whole.rc));
    /* A status that this operation does not know says less, once more than its line was read. */
    bool foreign = whole.rc < 0 && whole.fault.effect == KRATOS_MAYBE_DONE && success(status) &&
                   now.fault.effect == KRATOS_MAYBE_DONE;
    if (wire_is_list(vector->call.op) && now.rc == plan->reopen_rc) {
        return prefix(); /* it was asked for again, which failed */
    }
    return (now.rc == rc || until_close) && (now.fault.effect == effect_of(status) || foreign) &&
           (now.fault.http_status == status || (status == 0 && now.fault.http_status < 200)) && prefix();
}

static void judge_cut(const struct wire_vector *v, struct wire_plan *plan, bool *ended)
{
    run(plan);
    if (same_text() && plan->cut_at != 0) {
        *ended = true;
        require(v->end == 0 || plan->cut_at >= v->end || v->reply.closes, plan,
                "an incomplete reply is taken as complete");
    } else {
        require(!*ended || whole.rc == KRATOS_ERR_CLOSED, plan, "complete before, incomplete with more");
        require(v->end == 0 || plan->cut_at < v->end, plan, "a complete reply is not taken as one");
        require(is_cut(plan), plan, "not what a cut reply is");
        require(!now.open_at_end, plan, "a broken connection would be used again");
    }
    require(now.rc != KRATOS_ERR_IO || now.fault.native_error == 4711, plan, "native_error is missing");
}

/* Cut after every byte. The end of a reply must be found where it is, not before and not behind. */
static void judge_cuts(const struct wire_vector *v)
{
    static const int rcs[] = {KRATOS_ERR_CLOSED, KRATOS_ERR_IO, 0};
    struct wire_plan plan = plan_for(v);
    bool ended[3] = {false, false, false};
    plan.cut = true;
    plan.reopen_rc = KRATOS_ERR_TLS;
    for (plan.cut_at = 0; plan.cut_at < v->reply.n; plan.cut_at += stride()) {
        unsigned i;
        for (i = 0; i < 3; i++) {
            if (v->reply.n < LONG_REPLY || plan.cut_at / stride() % 3 == i) {
                plan.cut_rc = rcs[i];
                plan.mode = v->stride != 0 ? WIRE_BLOCKING : (enum wire_mode)((plan.cut_at / 3 + i) % WIRE_MODE_COUNT);
                judge_cut(v, &plan, &ended[i]);
            }
        }
    }
}

/* A list's page that breaks off is asked for again: all elements come once, whatever the byte. */
static void judge_resumed(const struct wire_vector *v)
{
    struct wire_plan plan = plan_for(v);
    bool by_token = v->call.op != WIRE_LIST_IDENTITY_SESSIONS && !v->call.identities.by_page;
    if (!wire_is_list(v->call.op) || !by_token || v->call.identities.page_size == 1 || v->reply.closes ||
        v->text == NULL || whole.rc != KRATOS_END) {
        return;
    }
    plan.cut = true;
    plan.cut_rc = KRATOS_ERR_CLOSED;
    plan.again = true;
    for (plan.cut_at = 1; plan.cut_at < v->reply.n; plan.cut_at += (v->reply.n < LONG_REPLY ? 1 : 5) * TEST_STRIDE) {
        plan.mode = (enum wire_mode)(plan.cut_at % WIRE_MODE_COUNT);
        run(&plan);
        require(same_text(), &plan, "not each element once after a broken page");
        require(plan.cut_at >= v->end || now.requests == 2, &plan, "not asked for again once");
    }
}

static void judge_writes(const struct wire_vector *v)
{
    static const int rcs[] = {KRATOS_ERR_IO, KRATOS_ERR_CLOSED, KRATOS_ERR_TLS};
    struct wire_plan plan = plan_for(v);
    size_t size = whole.first_request_n;
    plan.write_cut = true;
    plan.reopen_rc = KRATOS_ERR_TLS;
    for (plan.write_at = 0; plan.write_at < size; plan.write_at += TEST_STRIDE) {
        plan.write_rc = rcs[plan.write_at % 3];
        plan.mode = (enum wire_mode)(plan.write_at / 3 % WIRE_MODE_COUNT);
        run(&plan);
        require(now.rc == plan.write_rc && now.end_at == 0, &plan, "not what a failed write is");
        require(now.fault.http_status == 0, &plan, "a status without a reply");
        require(now.fault.effect == (plan.write_at == 0 ? KRATOS_NOT_SENT : KRATOS_NOT_DONE), &plan,
                "effect of a failed write");
        require(!now.open_at_end, &plan, "a broken connection would be used again");
    }
}

/* The same answer, but that to a part of a request it did nothing. */
static bool same_but_not_done(void)
{
    char *effect = strstr(now.text, "effect=");
    const char *wanted = strstr(whole.text, "effect=");
    if (effect == NULL || wanted == NULL || effect[7] != '0' + KRATOS_NOT_DONE) {
        return false;
    }
    effect[7] = wanted[7];
    return same_text();
}

/* The server answers, and the write fails because it closed (Kratos refuses a large body so). */
static void judge_early(const struct wire_vector *v)
{
    struct wire_plan plan = plan_for(v);
    if (v->text == NULL || whole.rc >= 0 || v->reply.closes) {
        return;
    }
    plan.early = true;
    plan.write_cut = true;
    for (plan.write_at = 1; plan.write_at < whole.first_request_n; plan.write_at += TEST_STRIDE) {
        plan.write_rc = plan.write_at % 2 ? KRATOS_ERR_IO : KRATOS_ERR_CLOSED;
        plan.mode = plan.write_at % 4 < 2 ? WIRE_BLOCKING : WIRE_NONBLOCKING;
        run(&plan);
        require(whole.fault.http_status < 300 ? same_text() : same_but_not_done(), &plan,
                "the early answer is not read");
        require(!now.open_at_end, &plan, "a broken connection would be used again");
    }
}

/* ---- Work buffer --------------------------------------------------------------------------------------------------------- */

/* Equal but for the server's words, which a small buffer may lose; without them they are not known to be Kratos'. */
static bool same_error(void)
{
    static const char *const words[] = {"fault.id=", "reason=", "message="};
    const char *a = whole.text, *b = now.text;
    while (*a != '\0' && *b != '\0') {
        size_t na = strcspn(a, "\n"), nb = strcspn(b, "\n");
        bool equal = na == nb && memcmp(a, b, na) == 0;
        unsigned i;
        equal |= nb == 9 && memcmp(b, "foreign=1", nb) == 0 && memcmp(a, "foreign=", 8) == 0;
        for (i = 0; i < 3 && !equal; i++) {
            size_t n = strlen(words[i]);
            equal = nb == n && na >= n && memcmp(a, words[i], n) == 0 && memcmp(b, words[i], n) == 0;
        }
        if (!equal) {
            return false;
        }
        a += na + (a[na] != '\0');
        b += nb + (b[nb] != '\0');
    }
    return *a == *b;
}

static bool item_starts(size_t i, const char *text)
{
    return strncmp(now.text + now.item[i], text, strlen(text)) == 0;
}

/* A stream's results one by one: equal, or SPACE with the right id or none. */
static bool same_items(bool *space)
{
    size_t i;
    for (i = 0; i < now.item_count; i++) {
        size_t n = now.item[i + 1] - now.item[i];
        if (i >= whole.item_count) {
            return false;
        }
        if (n == whole.item[i + 1] - whole.item[i] &&
            memcmp(now.text + now.item[i], whole.text + whole.item[i], n) == 0) {
            continue;
        }
        if (now.item_rc[i] != KRATOS_ERR_SPACE || !item_starts(i, "item_rc=-3\neffect=3\n") ||
            (now.item_id[i][0] != '\0' && strcmp(now.item_id[i], whole.item_id[i]) != 0)) {
            return false;
        }
        *space = true;
    }
    return true;
}

/* The result with a smaller buffer: the same, or SPACE. Returns whether it was SPACE somewhere. */
static bool judge_space(const struct wire_plan *plan)
{
    bool space = false;
    if (same_text()) {
        return false;
    }
    if (now.rc == KRATOS_ERR_SPACE) {
        require(!success(now.fault.http_status) || now.fault.effect == KRATOS_DONE, plan,
                "SPACE behind a success is not DONE");
        require(is_schema() ? prefix() : same_items(&space), plan, "results before SPACE differ");
        return true;
    }
    if (vector->http_ok && now.rc == KRATOS_ERR_HTTP) {
        require(prefix(), plan, "results before a long line differ");
        return true;
    }
    if (whole.rc < 0) {
        require(same_error() || (same_items(&space) && now.rc == whole.rc), plan, "another error in a small buffer");
        return false;
    }
    require(wire_is_stream(vector->call.op) && same_items(&space) && now.item_count == whole.item_count && same_end(),
            plan, "another result in a small buffer");
    return space;
}

static void judge_work(const struct wire_vector *v)
{
    struct wire_plan plan = plan_for(v);
    size_t most = v->work_max != 0 ? v->work_max : 2304, size, longest = 0;
    if (whole.rc == KRATOS_ERR_SPACE) {
        return;
    }
    for (size = KRATOS_WORK_MIN; size <= most; size += stride()) {
        size_t need;
        bool space;
        plan.work_size = size;
        plan.piece = size % 3 == 0 ? 1 : size % 3 == 1 ? 61 : 0;
        plan.mode = (enum wire_mode)(size / 3 % WIRE_MODE_COUNT);
        run(&plan);
        space = judge_space(&plan);
        need = now.need;
        if (!space) {
            require(now.requests == whole.requests, &plan, "another number of requests");
            continue;
        }
        longest = size;
        if (need != 0) {
            require(need > size, &plan, "fault.need is not more than there was");
            plan.work_size = need;
            run(&plan);
            if (judge_space(&plan)) {
                require(now.need > need, &plan, "SPACE with a work_size of fault.need");
            }
        }
    }
    require(longest < most || v->work_max != 0, &plan, "never enough");
}

/* ---- All ----------------------------------------------------------------------------------------------------------------- */

static void judge_null(const struct wire_vector *v)
{
    struct wire_vector copy = *v;
    struct wire_plan plan = plan_for(v);
    copy.call.out_null = true;
    vector = &copy;
    run(&plan);
    require(now.rc == whole.rc || (v->lacks && now.rc == KRATOS_OK), &plan, "another result without out");
    require(now.requests == whole.requests, &plan, "another number of requests");
    plan.piece = 1;
    plan.mode = WIRE_NO_PORT;
    run(&plan);
    require(now.rc == whole.rc || (v->lacks && now.rc == KRATOS_OK), &plan, "another result without out");
    vector = v;
}

void wire_judge(const struct wire_vector *v)
{
    vector = v;
    complaint_count = 0;
    alarm(300); /* whatever hangs */
    judge_whole(v);
    judge_splits(v);
    judge_trailing(v);
    judge_cuts(v);
    judge_resumed(v);
    judge_writes(v);
    judge_early(v);
    judge_work(v);
    judge_null(v);
    wire_vectors++;
    if (complaint_count != 0) {
        fail_msg("%u complaints", complaint_count);
    }
}

static const char *with_commas(unsigned long n, char *text)
{
    char digits[32];
    size_t count = (size_t)snprintf(digits, sizeof digits, "%lu", n), i, to = 0;
    for (i = 0; i < count; i++) {
        if (i != 0 && (count - i) % 3 == 0) {
            text[to++] = ',';
        }
        text[to++] = digits[i];
    }
    text[to] = '\0';
    return text;
}

void wire_sum(const char *what)
{
    char vectors[48], runs[48], held[48];
    printf("%s: %s vectors in %s runs (splits, failures, work sizes), 0 differ\n", what,
           with_commas(wire_vectors, vectors), with_commas(wire_runs, runs));
    printf("%s: %s times kratos_tx and kratos_rx gave again what they had given, as nothing was taken\n", what,
           with_commas(wire_held, held));
}
