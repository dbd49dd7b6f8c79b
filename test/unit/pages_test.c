/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists, request by request: which page is asked for after what came, and what the caller gets. Where list_test walks servers
 * that behave, each reply here is a word of a table, and each request must be the one that stands beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WORK_SIZE 1024
#define ID "11111111-2222-4333-8444-555555555555"

/* ---- The server ------------------------------------------------------------------------------
 *
 * One word is one reply: what it says of the next page (by token: the token; by number: X-Total-Count; "": nothing), a bar, and
 * its elements, a letter each. Behind a letter:
 *   ~  the element is no strict JSON       +  it is larger than the work buffer
 *   .  the connection breaks off in it     ! ? $ % *  it breaks off here: see end_of()
 * A word may be another reply:
 *   ^0 to ^4 and how it breaks off: before it, behind the status line, in the Link line, behind it, behind the head
 *   ^5  503        =text  that body
 * (N)word is the same N times. */

static struct peer peer;
static char *work; /* exactly WORK_SIZE bytes */
static int (*peer_read)(void *ctx, void *p, size_t n, uint32_t wait_ms);
static int end_rc; /* what a read gives behind the last byte of this reply; 0 = nothing comes */
static bool by_number, chunked;
static const char *reply; /* the next word */
static unsigned left;     /* of its repetitions */
static char asked[4000];  /* queries of all requests */

static int hook_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    if (peer.open && peer.out_at == peer.out_n && end_rc != 0) {
        return end_rc;
    }
    return peer_read(ctx, p, n, wait_ms);
}

static int end_of(char c)
{
    switch (c) {
    case '!':
    case '.':
        return KRATOS_ERR_CLOSED;
    case '?':
        return KRATOS_ERR_IO;
    case '$':
        return KRATOS_ERR_SPACE;
    case '%':
        return KRATOS_ERR_TLS;
    default:
        return 0; /* nothing more comes */
    }
}

static size_t element(char *to, char id, char mark)
{
    size_t n = (size_t)sprintf(to, "{\"id\":\"%c\",\"state\":\"%s\",\"traits\":{\"fat\":\"%0*d\"}}", id,
                               mark == '~' ? "\xff" : "x", mark == '+' ? 2 * WORK_SIZE : 1, 0);
    return mark == '.' ? n - 5 : n;
}

/* Elements in [at, end); *whole: false where it breaks off. */
static void body_of(const char *at, const char *end, char *body, bool *whole)
{
    size_t n = 0;
    bool first = true;
    body[n++] = '[';
    for (*whole = true; at < end && *whole; at++) {
        const char *mark = at + 1;
        if (strchr("!?$%*", *at) != NULL) {
            end_rc = end_of(*at);
            *whole = false;
            break;
        }
        n += (size_t)sprintf(body + n, "%s", first ? "" : ",");
        first = false;
        n += element(body + n, *at, mark < end ? *mark : '\0');
        at += mark < end && strchr("~+.", *mark) != NULL;
        if (*at == '~' && at + 1 < end && at[1] == '.') { /* both */
            n -= 5;
            at++;
        }
        if (*at == '.') {
            end_rc = end_of('.');
            *whole = false;
        }
    }
    strcpy(body + n, *whole ? "]" : "");
}

static void add_head(const char *from, const char *bar)
{
    static const char links[] = "Link: </x?page_token=first>; rel=\"first\"";
    char text[300];
    int n = (int)(bar - from);
    peer_raw(&peer, "HTTP/1.1 200 OK\r\n", 17);
    if (by_number && n != 0) {
        sprintf(text, "X-Total-Count: %.*s\r\nLink: </x?page_token=wrong>; rel=\"next\"\r\n", n, from);
    } else if (n != 0) {
        sprintf(text, "X-Total-Count: 1\r\n%s,</x?page_token=%.*s>; rel=\"next\"\r\n", links, n, from);
    } else {
        sprintf(text, "%s\r\n", by_number ? "Link: </x?page_token=wrong>; rel=\"next\"" : links);
    }
    peer_raw(&peer, text, strlen(text));
    peer_raw(&peer, "Content-Type: application/json\r\n", 32);
}

static void add_body(const char *body, bool whole)
{
    char line[80];
    size_t n = strlen(body), at, part;
    if (!chunked) {
        sprintf(line, "Content-Length: %lu\r\n\r\n", (unsigned long)(whole ? n : n + 100));
        peer_raw(&peer, line, strlen(line));
        peer_raw(&peer, body, n);
        return;
    }
    peer_raw(&peer, "Transfer-Encoding: chunked\r\n\r\n", 30);
    for (at = 0; at < n; at += part) {
        part = n - at < 9 ? n - at : 9;
        sprintf(line, "%lx\r\n%.*s\r\n", (unsigned long)part, (int)part, body + at);
        peer_raw(&peer, line, strlen(line));
    }
    peer_raw(&peer, "0\r\n\r\n", whole ? 5 : 0);
}

static void add_other(const char *word, const char *end)
{
    static const char *const parts[] = {"", "HTTP/1.1 200 OK\r\n", "Link: </x?page_token=wr", "ong>; rel=\"next\"\r\n",
                                        "Content-Length: 100\r\n\r\n"};
    char body[200];
    int i;
    if (*word == '=') {
        sprintf(body, "%.*s", (int)(end - word - 1), word + 1);
        add_head(word, word);
        add_body(body, true);
    } else if (word[1] == '5') {
        peer_reply(&peer, "503 Service Unavailable\r\nLink: </x?page_token=wrong>; rel=\"next\"\r\n",
                   "{\"error\":{\"message\":\"later\",\"reason\":\"busy, very busy\"}}");
    } else if (word[1] == '6') { /* a refusal that breaks off */
        peer_reply(&peer, "429 Too Many Requests\r\nRetry-After: 9\r\n", "{\"error\":{\"message\":\"later\"}}");
        peer.out_n -= 3;
        end_rc = end_of(word[2]);
    } else {
        for (i = 0; i <= word[1] - '0'; i++) {
            peer_raw(&peer, parts[i], strlen(parts[i]));
        }
        if (i == 5) { /* the type stands before the empty line */
            peer.out_n -= 2;
            peer_raw(&peer, "Content-Type: application/json\r\n\r\n", 34);
        }
        end_rc = end_of(word[2]);
    }
}

static void serve_word(struct peer *p, const char *request, size_t n)
{
    static char body[12 * WORK_SIZE];
    const char *query = strchr(request, '?'), *space = strstr(request, " HTTP/1.1"), *end, *bar, *word;
    bool whole;
    (void)n;
    sprintf(asked + strlen(asked), "%s%.*s", *asked != '\0' ? " " : "", query != NULL ? (int)(space - query - 1) : 1,
            query != NULL ? query + 1 : "-");
    end_rc = 0;
    if (*reply == '(' && left == 0) {
        left = (unsigned)(reply[1] - '0');
    }
    word = *reply == '(' ? reply + 3 : reply;
    end = strchr(word, ' ') != NULL ? strchr(word, ' ') : word + strlen(word);
    if (word == end) {
        peer_reply(p, "500 Internal Server Error\r\n", "{}"); /* asked once too often */
        return;
    }
    bar = (const char *)memchr(word, '|', (size_t)(end - word));
    if (bar == NULL) {
        add_other(word, end);
    } else {
        body_of(bar + 1, end, body, &whole);
        add_head(word, bar);
        add_body(body, whole);
    }
    left -= left != 0;
    if (left == 0) {
        reply = *end == ' ' ? end + 1 : end;
    }
}

/* ---- The caller ------------------------------------------------------------------------------- */

enum kind { IDENTITIES, SESSIONS, BY_PAGE, OF_IDENTITY };

struct ask {
    enum kind kind;
    uint32_t size, page;
    const char *token;
    bool one_page;
    size_t reply_max;
};

static void start(size_t piece)
{
    peer_begin(&peer, work, WORK_SIZE);
    peer.serve = serve_word;
    peer.piece = piece;
    peer_read = peer.io.read;
    peer.io.read = hook_read;
    asked[0] = '\0';
    left = 0;
    end_rc = 0;
    by_number = chunked = false;
}

static int next(const struct ask *ask, char *id)
{
    struct kratos_session session;
    int rc;
    memset(&session, 0, sizeof session);
    if (ask->kind == SESSIONS) {
        struct kratos_list_sessions_params params = {ask->size, ask->token, ask->one_page, NULL, NULL};
        rc = kratos_list_sessions(&peer.k, &params, &session);
    } else if (ask->kind == OF_IDENTITY) {
        struct kratos_list_identity_sessions_params params = {ask->size, ask->page, ask->one_page, NULL};
        rc = kratos_list_identity_sessions(&peer.k, ID, &params, &session);
    } else {
        struct kratos_list_identities_params params;
        struct kratos_identity who;
        memset(&params, 0, sizeof params);
        memset(&who, 0, sizeof who);
        params.page_size = ask->size;
        params.page_token = ask->token;
        params.one_page = ask->one_page;
        params.by_page = ask->kind == BY_PAGE;
        params.page = ask->page;
        rc = kratos_list_identities(&peer.k, &params, &who);
        strcpy(session.id, who.id);
    }
    strcpy(id, session.id);
    return rc;
}

static const char *name_of(int rc)
{
    static const char *const names[] = {"?", "?", "SPACE", "CLOSED", "TIMEOUT", "IO", "TLS", "HTTP", "JSON"};
    return rc == KRATOS_END                                  ? "END"
           : rc == KRATOS_ERR_SERVER                         ? "SERVER"
           : rc == KRATOS_ERR_ARG                            ? "ARG"
           : rc == KRATOS_ERR_BUSY                           ? "BUSY"
           : rc <= KRATOS_ERR_SPACE && rc >= KRATOS_ERR_JSON ? names[-1 - rc]
                                                             : names[0];
}

/* Calls until the list has ended; what came, as a text. */
static void walk(const struct ask *ask, char *text, size_t size)
{
    char id[KRATOS_ID_SIZE];
    int rc;
    *text = '\0';
    do {
        assert_true(strlen(text) + 60 < size);
        rc = next(ask, id);
        if (rc >= KRATOS_OK &&
            (kratos_last_fault(&peer.k)->http_status != 0 || kratos_last_fault(&peer.k)->transient)) {
            fail_msg("%s: a fault is left after success, status %d", id, kratos_last_fault(&peer.k)->http_status);
        }
        if (rc == KRATOS_OK || kratos_busy(&peer.k)) {
            sprintf(text + strlen(text), "%s%s ", id, rc == KRATOS_OK ? "" : rc == KRATOS_ERR_JSON ? "~" : "+");
        } else {
            strcat(text, name_of(rc));
        }
    } while (kratos_busy(&peer.k));
}

static void tokens(char *text)
{
    kratos_str page = kratos_page_token(&peer.k), next_page = kratos_next_page_token(&peer.k);
    if ((page.p != NULL && page.n != strlen(page.p)) || (next_page.p != NULL && next_page.n != strlen(next_page.p))) {
        fail_msg("a token's length is wrong");
    }
    if ((page.p == NULL && page.n != 0) || (next_page.p == NULL && next_page.n != 0)) {
        fail_msg("no token has a length");
    }
    sprintf(text, "%s/%s", page.p != NULL ? page.p : "-", next_page.p != NULL ? next_page.p : "-");
}

struct row {
    const char *what;
    struct ask ask;
    const char *replies, *requests, *results;
    const char *tokens; /* afterwards; NULL: as they are */
};

static void run(const struct row *row, size_t piece, bool in_chunks)
{
    char got[400], seen[200];
    start(piece);
    peer.io.reply_max = row->ask.reply_max;
    by_number = row->ask.kind >= BY_PAGE;
    chunked = in_chunks;
    reply = row->replies;
    walk(&row->ask, got, sizeof got);
    tokens(seen);
    if (strcmp(got, row->results) != 0 || strcmp(asked, row->requests) != 0 || *reply != '\0' ||
        (row->tokens != NULL && strcmp(seen, row->tokens) != 0)) {
        fail_msg("%s (pieces of %zu, %s): got |%s|, wanted |%s|\nasked |%s|\nmust  |%s|\ntokens %s, replies left |%s|",
                 row->what, piece, in_chunks ? "chunked" : "length", got, row->results, asked, row->requests, seen,
                 reply);
    }
}

static void run_all(const struct row *rows, size_t count)
{
    static const size_t pieces[] = {0, 1, 7};
    size_t i, piece;
    for (i = 0; i < count; i++) {
        for (piece = 0; piece < COUNT(pieces); piece++) {
            run(rows + i, pieces[piece], false);
            run(rows + i, pieces[piece], true);
        }
    }
}

/* ---- Which size is asked for -------------------------------------------------------------------- */

static void test_sizes(void **state)
{
    static const struct row rows[] = {
        {"the server's own", {IDENTITIES, 0, 0, NULL, false, 0}, "|a", "-", "a END", "-/-"},
        {"one", {IDENTITIES, 1, 0, NULL, false, 0}, "|a", "page_size=1", "a END", "-/-"},
        {"as many as 1.0.0 gives", {IDENTITIES, 1000, 0, NULL, false, 0}, "|a", "page_size=1000", "a END", NULL},
        {"more than 1.0.0 gives", {IDENTITIES, 1001, 0, NULL, false, 0}, "|a", "page_size=1000", "a END", NULL},
        {"most of all", {SESSIONS, UINT32_MAX, 0, NULL, false, 0}, "|a", "page_size=1000", "a END", NULL},
        {"sessions", {SESSIONS, 999, 0, NULL, false, 0}, "|a", "page_size=999", "a END", NULL},
        {"of the io", {IDENTITIES, 0, 0, NULL, false, 1536}, "|a", "page_size=3", "a END", NULL},
        {"smaller than the io's", {SESSIONS, 2, 0, NULL, false, 1536}, "|a", "page_size=2", "a END", NULL},
        {"larger than the io's", {IDENTITIES, 2000, 0, NULL, false, 1536}, "|a", "page_size=3", "a END", NULL},
        {"of an io for more than 1.0.0 gives",
         {IDENTITIES, 0, 0, NULL, false, 1000000},
         "|a",
         "page_size=1000",
         "a END",
         NULL},
        {"of an io for less than one", {IDENTITIES, 0, 0, NULL, false, 10}, "|a", "page_size=1", "a END", NULL},
        {"legacy: the most", {BY_PAGE, 0, 0, NULL, false, 0}, "1|a", "per_page=500&page=0", "a END", "-/-"},
        {"legacy: more", {BY_PAGE, 501, 0, NULL, false, 0}, "1|a", "per_page=500&page=0", "a END", NULL},
        {"legacy: less", {BY_PAGE, 499, 0, NULL, false, 0}, "1|a", "per_page=499&page=0", "a END", NULL},
        {"legacy: of the io", {BY_PAGE, 0, 0, NULL, false, 1024}, "1|a", "per_page=2&page=0", "a END", NULL},
        {"legacy: page 3", {BY_PAGE, 7, 3, NULL, false, 0}, "22|a", "per_page=7&page=3", "a END", NULL},
        {"legacy: page 1", {BY_PAGE, 7, 1, NULL, false, 0}, "8|a", "per_page=7&page=1", "a END", NULL},
        {"legacy: no token", {BY_PAGE, 7, 0, "t", false, 0}, "1|a", "per_page=7&page=0", "a END", "-/-"},
        {"by number: the most", {OF_IDENTITY, 0, 0, NULL, false, 0}, "1|a", "per_page=1000&page=1", "a END", "-/-"},
        {"by number: more", {OF_IDENTITY, 1001, 1, NULL, false, 0}, "1|a", "per_page=1000&page=1", "a END", NULL},
        {"by number: less", {OF_IDENTITY, 999, 1, NULL, false, 0}, "1|a", "per_page=999&page=1", "a END", NULL},
        {"by number: of the io", {OF_IDENTITY, 0, 2, NULL, false, 1024}, "3|a", "per_page=2&page=2", "a END", NULL},
    };
    (void)state;
    run_all(rows, COUNT(rows));
}

/* Each parameter by itself, all that may stand together, and what is refused. */
static void test_parameters(void **state)
{
    static const char *const ids[] = {"a", "b/c", NULL}, *const none[] = {NULL}, *const empty[] = {"a", "", NULL};
    static const char *const types[] = {"oidc", "password", NULL}, *const bad[] = {"a\nb", NULL};
    static const struct {
        const char *what, *query; /* NULL: refused */
        struct kratos_list_identities_params params;
    } rows[] = {
        {"zeroes", "-", {.page_size = 0}},
        {"page_size and page_token", "page_size=7&page_token=a%2Fb", {.page_size = 7, .page_token = "a/b"}},
        {"page is of by_page only", "-", {.page = 3}},
        {"by_page", "per_page=500&page=0", {.by_page = true}},
        {"by_page and page", "per_page=7&page=3", {.by_page = true, .page = 3, .page_size = 7}},
        {"credentials_identifier", "credentials_identifier=a%40b", {.credentials_identifier = "a@b"}},
        {"preview", "preview_credentials_identifier_similar=a", {.preview_credentials_identifier_similar = "a"}},
        {"ids", "ids=a&ids=b%2Fc", {.ids = ids}},
        {"include_credential", "include_credential=oidc&include_credential=password", {.include_credential = types}},
        {"include_credential of none", "-", {.include_credential = none}},
        {"consistency", "consistency=strong", {.consistency = "strong"}},
        {"organization_id", "organization_id=o", {.organization_id = "o"}},
        {"all that may stand together",
         "page_size=2&page_token=t&ids=a&ids=b%2Fc&include_credential=oidc&include_credential=password&"
         "consistency=strong&organization_id=o",
         {.page_size = 2,
          .page_token = "t",
          .ids = ids,
          .include_credential = types,
          .consistency = "strong",
          .organization_id = "o"}},
        {"two filters: identifier, preview",
         NULL,
         {.credentials_identifier = "a", .preview_credentials_identifier_similar = "b"}},
        {"two filters: identifier, ids", NULL, {.credentials_identifier = "a", .ids = ids}},
        {"two filters: preview, ids", NULL, {.preview_credentials_identifier_similar = "a", .ids = ids}},
        {"three filters",
         NULL,
         {.credentials_identifier = "a", .preview_credentials_identifier_similar = "a", .ids = ids}},
        {"no ids", NULL, {.ids = none}},
        {"an empty id", NULL, {.ids = empty}},
        {"an empty identifier", NULL, {.credentials_identifier = ""}},
        {"an empty preview", NULL, {.preview_credentials_identifier_similar = " "}},
        {"an empty token", NULL, {.page_token = ""}},
        {"an empty consistency", NULL, {.consistency = ""}},
        {"an empty organization", NULL, {.organization_id = ""}},
        {"an empty credential", NULL, {.include_credential = empty}},
        {"a line end in an id", NULL, {.ids = bad}},
        {"a line end in a token", NULL, {.page_token = "a\r\nb"}},
        {"a line end in an organization", NULL, {.organization_id = "a\nb"}},
        {"a line end in a credential", NULL, {.include_credential = bad}},
    };
    struct kratos_identity who;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        int rc;
        start(0);
        reply = "|a";
        rc = kratos_list_identities(&peer.k, &rows[i].params, &who);
        if (rc != (rows[i].query != NULL ? KRATOS_OK : KRATOS_ERR_ARG) ||
            strcmp(asked, rows[i].query != NULL ? rows[i].query : "") != 0 ||
            kratos_busy(&peer.k) != (rc == KRATOS_OK) ||
            (rc != KRATOS_OK && kratos_last_fault(&peer.k)->reason.n == 0)) {
            fail_msg("%s: %d, asked |%s|", rows[i].what, rc, asked);
        }
    }
    start(0);
    reply = "|a";
    assert_int_equal(kratos_list_identities(&peer.k, NULL, &who), KRATOS_OK);
    assert_string_equal(asked, "-");
}

/* ---- Which page follows -------------------------------------------------------------------------- */

static void test_pages(void **state)
{
    static const struct row rows[] = {
        {"token after token",
         {IDENTITIES, 2, 0, NULL, false, 0},
         "t1|ab t2|cd |e",
         "page_size=2 page_size=2&page_token=t1 page_size=2&page_token=t2",
         "a b c d e END",
         "t2/-"},
        {"from a token on",
         {SESSIONS, 0, 0, "t1", false, 0},
         "t2|a |b",
         "page_token=t1 page_token=t2",
         "a b END",
         "t2/-"},
        {"a shorter token, a longer one",
         {IDENTITIES, 0, 0, NULL, false, 0},
         "long-token|a t|b longer-token|c |d",
         "- page_token=long-token page_token=t page_token=longer-token",
         "a b c d END",
         "longer-token/-"},
        {"a token that must be encoded",
         {IDENTITIES, 0, 0, NULL, false, 0},
         "a/b=%3D%C3%A9|a |b",
         "- page_token=a%2Fb%3D%3D%C3%A9",
         "a b END",
         "a/b==\xc3\xa9/-"},
        {"an empty page ends it", {IDENTITIES, 0, 0, NULL, false, 0}, "t1|", "-", "END", "-/-"},
        {"an empty page ends it, later",
         {IDENTITIES, 0, 0, NULL, false, 0},
         "t1|a t2|",
         "- page_token=t1",
         "a END",
         "t1/-"},
        {"one page", {IDENTITIES, 2, 0, NULL, true, 0}, "t1|ab", "page_size=2", "a b END", "-/t1"},
        {"one page, from a token",
         {SESSIONS, 2, 0, "t1", true, 0},
         "t2|ab",
         "page_size=2&page_token=t1",
         "a b END",
         "-/t2"},
        {"one page, the last", {IDENTITIES, 2, 0, "t1", true, 0}, "|ab", "page_size=2&page_token=t1", "a b END", "-/-"},

        /* it would never end */
        {"the same token twice",
         {IDENTITIES, 0, 0, NULL, false, 0},
         "same|a same|b",
         "- page_token=same",
         "a b HTTP",
         NULL},
        {"the caller's token again", {IDENTITIES, 0, 0, "same", false, 0}, "same|a", "page_token=same", "a HTTP", NULL},
        {"not the same: longer",
         {SESSIONS, 0, 0, "sam", false, 0},
         "same|a samen|b |c",
         "page_token=sam page_token=same page_token=samen",
         "a b c END",
         NULL},
        {"not the same: shorter",
         {IDENTITIES, 0, 0, "same", false, 0},
         "sam|a sa|b |c",
         "page_token=same page_token=sam page_token=sa",
         "a b c END",
         NULL},
        {"one page does not go on",
         {IDENTITIES, 0, 0, "same", true, 0},
         "same|a",
         "page_token=same",
         "a END",
         "-/same"},

        /* by number: up to X-Total-Count, or an empty page where it is not known */
        {"total at a page's end",
         {BY_PAGE, 2, 0, NULL, false, 0},
         "4|ab 4|cd",
         "per_page=2&page=0 per_page=2&page=1",
         "a b c d END",
         "-/-"},
        {"total in a page",
         {OF_IDENTITY, 2, 0, NULL, false, 0},
         "3|ab 3|c",
         "per_page=2&page=1 per_page=2&page=2",
         "a b c END",
         "-/-"},
        {"one more",
         {OF_IDENTITY, 2, 1, NULL, false, 0},
         "5|ab 5|cd 5|e",
         "per_page=2&page=1 per_page=2&page=2 per_page=2&page=3",
         "a b c d e END",
         NULL},
        {"total of one page", {OF_IDENTITY, 2, 1, NULL, false, 0}, "2|ab", "per_page=2&page=1", "a b END", NULL},
        {"total counts from the first page",
         {OF_IDENTITY, 2, 2, NULL, false, 0},
         "4|ab",
         "per_page=2&page=2",
         "a b END",
         NULL},
        {"total counts from the first page, more",
         {BY_PAGE, 2, 1, NULL, false, 0},
         "5|ab 5|c",
         "per_page=2&page=1 per_page=2&page=2",
         "a b c END",
         NULL},
        {"total of nothing", {BY_PAGE, 2, 0, NULL, false, 0}, "0|", "per_page=2&page=0", "END", NULL},
        {"no total",
         {BY_PAGE, 2, 0, NULL, false, 0},
         "|ab |cd |",
         "per_page=2&page=0 per_page=2&page=1 per_page=2&page=2",
         "a b c d END",
         NULL},
        {"a total that is no number",
         {BY_PAGE, 2, 0, NULL, false, 0},
         "4x|ab |",
         "per_page=2&page=0 per_page=2&page=1",
         "a b END",
         NULL},
        {"a total too large",
         {OF_IDENTITY, 2, 0, NULL, false, 0},
         "99|ab 99|",
         "per_page=2&page=1 per_page=2&page=2",
         "a b END",
         NULL},
        {"one page by number", {BY_PAGE, 2, 1, NULL, true, 0}, "99|ab", "per_page=2&page=1", "a b END", "-/-"},
        {"one page by number, from 1",
         {OF_IDENTITY, 2, 2, NULL, true, 0},
         "99|ab",
         "per_page=2&page=2",
         "a b END",
         NULL},
        {"one page, the first", {OF_IDENTITY, 2, 0, NULL, true, 0}, "99|ab", "per_page=2&page=1", "a b END", NULL},
        {"one page, of the server's most",
         {BY_PAGE, 0, 0, NULL, true, 0},
         "99|ab",
         "per_page=500&page=0",
         "a b END",
         NULL},
        {"one page, and the server gives more",
         {BY_PAGE, 2, 1, NULL, true, 0},
         "99|abcd",
         "per_page=2&page=1",
         "a b END",
         NULL},
        {"one page, and the server gives more, from 1",
         {OF_IDENTITY, 2, 2, NULL, true, 0},
         "99|abc",
         "per_page=2&page=2",
         "a b END",
         NULL},

        /* what is no list */
        {"null", {IDENTITIES, 0, 0, NULL, false, 0}, "=null", "-", "END", "-/-"},
        {"an object", {IDENTITIES, 0, 0, NULL, false, 0}, "={}", "-", "JSON", NULL},
        {"a text", {SESSIONS, 0, 0, NULL, false, 0}, "=\"[\"", "-", "JSON", NULL},
        {"a number", {BY_PAGE, 0, 0, NULL, false, 0}, "=1", "per_page=500&page=0", "JSON", NULL},
        {"true", {IDENTITIES, 0, 0, NULL, false, 0}, "=true", "-", "JSON", NULL},
        {"of numbers", {IDENTITIES, 0, 0, NULL, false, 0}, "=[1]", "-", "JSON", NULL},
        {"of nulls", {IDENTITIES, 0, 0, NULL, false, 0}, "=[null]", "-", "JSON", NULL},
        {"of lists", {OF_IDENTITY, 0, 0, NULL, false, 0}, "=[[]]", "per_page=1000&page=1", "JSON", NULL},
        {"of texts", {SESSIONS, 0, 0, NULL, false, 0}, "=[\"{\"]", "-", "JSON", NULL},
        {"of more than objects", {IDENTITIES, 0, 0, NULL, false, 0}, "=[{\"id\":\"a\"},1]", "-", "a JSON", NULL},
        {"a page with an error", {IDENTITIES, 0, 0, NULL, false, 0}, "t1|ab ^5", "- page_token=t1", "a b SERVER", NULL},
    };
    (void)state;
    run_all(rows, COUNT(rows));
}

/* ---- What is asked for when a page breaks off ------------------------------------------------------ */

static void test_repairs_by_token(void **state)
{
    static const struct row rows[] = {
        /* the new size divides the old one: tokens of 1.0.0 are offsets, which it divides by the size */
        {"12, 6, 3, 1",
         {IDENTITIES, 12, 0, NULL, false, 0},
         "t1|ab! t1|abc! t1|abcd! u1|a u2|b u3|c u4|d u5|e |f",
         "page_size=12 page_size=6 page_size=3 page_size=1 page_size=1&page_token=u1 page_size=1&page_token=u2 "
         "page_size=1&page_token=u3 page_size=1&page_token=u4 page_size=1&page_token=u5",
         "a b c d e f END",
         "u5/-"},
        {"7, 1",
         {SESSIONS, 7, 0, NULL, false, 0},
         "t1|ab! u1|a |b",
         "page_size=7 page_size=1 page_size=1&page_token=u1",
         "a b END",
         "u1/-"},
        {"15, 5", {IDENTITIES, 15, 0, NULL, false, 0}, "t1|a! |ab", "page_size=15 page_size=5", "a b END", NULL},
        {"25, 5", {IDENTITIES, 25, 0, NULL, false, 0}, "t1|a! |ab", "page_size=25 page_size=5", "a b END", NULL},
        {"2, 1", {IDENTITIES, 2, 0, NULL, false, 0}, "t1|a! |a", "page_size=2 page_size=1", "a END", NULL},
        {"3, 1", {IDENTITIES, 3, 0, NULL, false, 0}, "t1|a! |a", "page_size=3 page_size=1", "a END", NULL},
        {"the server's own, 125",
         {IDENTITIES, 0, 0, NULL, false, 0},
         "t1|ab! t2|abc |d",
         "- page_size=125 page_size=125&page_token=t2",
         "a b c d END",
         "t2/-"},
        {"1001, 1000, 500, 250",
         {IDENTITIES, 1001, 0, NULL, false, 0},
         "t1|a! t1|ab! t1|abc |d",
         "page_size=1000 page_size=500 page_size=250 page_size=250&page_token=t1",
         "a b c d END",
         NULL},
        {"a later page",
         {IDENTITIES, 12, 0, NULL, false, 0},
         "t1|ab t2|cd! t3|cde |f",
         "page_size=12 page_size=12&page_token=t1 page_size=6&page_token=t1 page_size=6&page_token=t3",
         "a b c d e f END",
         "t3/-"},
        {"a page from the caller's token",
         {SESSIONS, 4, 0, "t0", false, 0},
         "t1|a! |ab",
         "page_size=4&page_token=t0 page_size=2&page_token=t0",
         "a b END",
         "-/-"},

        /* wherever it breaks off: what the first try named as the next page is not true any more */
        {"behind the status line",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "^1! |ab",
         "page_size=4 page_size=2",
         "a b END",
         "-/-"},
        {"in the Link line",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "^2! |ab",
         "page_size=4 page_size=2",
         "a b END",
         "-/-"},
        {"in the Link line, then another",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "^2! t2|ab |c",
         "page_size=4 page_size=2 page_size=2&page_token=t2",
         "a b c END",
         "t2/-"},
        {"behind the Link line",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "^3! |ab",
         "page_size=4 page_size=2",
         "a b END",
         "-/-"},
        {"behind the Link line, then another",
         {SESSIONS, 4, 0, NULL, false, 0},
         "^3! t2|ab |c",
         "page_size=4 page_size=2 page_size=2&page_token=t2",
         "a b c END",
         "t2/-"},
        {"behind the head", {IDENTITIES, 4, 0, NULL, false, 0}, "^4! |ab", "page_size=4 page_size=2", "a b END", "-/-"},
        {"before the first",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|! |ab",
         "page_size=4 page_size=2",
         "a b END",
         "-/-"},
        {"in the first", {IDENTITIES, 4, 0, NULL, false, 0}, "t4|a. |ab", "page_size=4 page_size=2", "a b END", "-/-"},
        {"in the second",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|ab. |ab",
         "page_size=4 page_size=2",
         "a b END",
         "-/-"},
        {"behind the last",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|abcd! t2|ab t4|cd |e",
         "page_size=4 page_size=2 page_size=2&page_token=t2 page_size=2&page_token=t4",
         "a b c d e END",
         "t4/-"},
        {"in what was delivered",
         {IDENTITIES, 8, 0, NULL, false, 0},
         "t8|abcde! t4|ab! t2|ab t4|cd t6|ef t8|gh |i",
         "page_size=8 page_size=4 page_size=2 page_size=2&page_token=t2 page_size=2&page_token=t4 "
         "page_size=2&page_token=t6 page_size=2&page_token=t8",
         "a b c d e f g h i END",
         "t8/-"},

        /* how it breaks off */
        {"the io fails", {IDENTITIES, 4, 0, NULL, false, 0}, "t4|a? |ab", "page_size=4 page_size=2", "a b END", NULL},
        {"too much for the io",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|a$ |ab",
         "page_size=4 page_size=2",
         "a b END",
         NULL},
        {"too much for the io, at once",
         {SESSIONS, 4, 0, NULL, false, 0},
         "^0$ |ab",
         "page_size=4 page_size=2",
         "a b END",
         NULL},
        {"TLS fails", {IDENTITIES, 4, 0, NULL, false, 0}, "t4|a%", "page_size=4", "a TLS", NULL},
        {"nothing more comes", {IDENTITIES, 4, 0, NULL, false, 0}, "t4|a*", "page_size=4", "a TIMEOUT", NULL},
        {"closed, nothing was heard", {IDENTITIES, 4, 0, NULL, false, 0}, "^0!", "page_size=4", "CLOSED", NULL},
        {"failed, nothing was heard", {IDENTITIES, 4, 0, NULL, false, 0}, "^0?", "page_size=4", "IO", NULL},
        {"stale: the same again",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|a ^0! |b",
         "page_size=4 page_size=4&page_token=t4 page_size=4&page_token=t4",
         "a b END",
         NULL},
        {"stale: once",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|a ^0! ^0!",
         "page_size=4 page_size=4&page_token=t4 page_size=4&page_token=t4",
         "a CLOSED",
         NULL},
        {"not an error page", {IDENTITIES, 4, 0, NULL, false, 0}, "^5", "page_size=4", "SERVER", NULL},
        {"not a refusal that breaks off", {IDENTITIES, 4, 0, NULL, false, 0}, "^6!", "page_size=4", "CLOSED", NULL},
        {"not a refusal that fails", {SESSIONS, 4, 0, NULL, false, 0}, "^6?", "page_size=4", "IO", NULL},
        {"not a refusal that does not fit", {BY_PAGE, 4, 0, NULL, false, 0}, "^6$", "per_page=4&page=0", "SPACE", NULL},
        {"not an element that does not fit",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "|ab+c",
         "page_size=4",
         "a b+ c END",
         NULL},

        /* three repeats in a row may deliver nothing, then a page of one is not asked for again */
        {"fruitless: 1",
         {IDENTITIES, 1, 0, NULL, false, 0},
         "(4)^4!",
         "page_size=1 page_size=1 page_size=1 page_size=1",
         "CLOSED",
         NULL},
        {"fruitless: 1, the last one helps",
         {IDENTITIES, 1, 0, NULL, false, 0},
         "(3)^4! |a",
         "page_size=1 page_size=1 page_size=1 page_size=1",
         "a END",
         NULL},
        {"fruitless: 2",
         {SESSIONS, 2, 0, NULL, false, 0},
         "(4)^4?",
         "page_size=2 page_size=1 page_size=1 page_size=1",
         "IO",
         NULL},
        {"fruitless: 8",
         {IDENTITIES, 8, 0, NULL, false, 0},
         "(4)^4$",
         "page_size=8 page_size=4 page_size=2 page_size=1",
         "SPACE",
         NULL},
        {"fruitless: 32",
         {IDENTITIES, 32, 0, NULL, false, 0},
         "(6)^4!",
         "page_size=32 page_size=16 page_size=8 page_size=4 page_size=2 page_size=1",
         "CLOSED",
         NULL},
        {"an element, then fruitless",
         {IDENTITIES, 1, 0, NULL, false, 0},
         "(4)u1|a!",
         "page_size=1 page_size=1 page_size=1 page_size=1",
         "a CLOSED",
         NULL},
        {"fruitless, an element, fruitless",
         {IDENTITIES, 1, 0, NULL, false, 0},
         "(3)^4! (4)u1|a!",
         "page_size=1 page_size=1 page_size=1 page_size=1 page_size=1 page_size=1 page_size=1",
         "a CLOSED",
         NULL},
        {"a page, then fruitless",
         {IDENTITIES, 1, 0, NULL, false, 0},
         "u1|a! u1|a (4)^4!",
         "page_size=1 page_size=1 page_size=1&page_token=u1 page_size=1&page_token=u1 page_size=1&page_token=u1 "
         "page_size=1&page_token=u1",
         "a CLOSED",
         NULL},

        /* one page is what the caller would have got without the break, or ends where the next token goes on */
        {"one page in two",
         {IDENTITIES, 4, 0, NULL, true, 0},
         "t4|abc! t2|ab t4|cd",
         "page_size=4 page_size=2 page_size=2&page_token=t2",
         "a b c d END",
         "t2/t4"},
        {"one page that became smaller",
         {IDENTITIES, 4, 0, NULL, true, 0},
         "t4|a! t2|ab",
         "page_size=4 page_size=2",
         "a b END",
         "-/t2"},
        {"one page that became smaller, just delivered",
         {SESSIONS, 4, 0, "t0", true, 0},
         "t4|ab! t2|ab",
         "page_size=4&page_token=t0 page_size=2&page_token=t0",
         "a b END",
         "-/t2"},
    };
    (void)state;
    run_all(rows, COUNT(rows));
}

static void test_repairs_by_number(void **state)
{
    static const struct row rows[] = {
        {"from page 3",
         {BY_PAGE, 10, 3, NULL, false, 0},
         "36|abcd! 36|abcde 36|f",
         "per_page=10&page=3 per_page=5&page=6 per_page=5&page=7",
         "a b c d e f END",
         NULL},
        {"from page 3 that counts from 1",
         {OF_IDENTITY, 10, 3, NULL, false, 0},
         "26|abcd! 26|abcde 26|f",
         "per_page=10&page=3 per_page=5&page=5 per_page=5&page=6",
         "a b c d e f END",
         NULL},
        {"what was delivered is not asked for",
         {BY_PAGE, 6, 1, NULL, false, 0},
         "12|abcde! 12|def",
         "per_page=6&page=1 per_page=3&page=3",
         "a b c d e f END",
         NULL},
        {"behind the last",
         {BY_PAGE, 2, 0, NULL, false, 0},
         "3|ab! 3|c",
         "per_page=2&page=0 per_page=1&page=2",
         "a b c END",
         NULL},
        {"behind the last, from 1",
         {OF_IDENTITY, 2, 0, NULL, false, 0},
         "3|ab! 3|c",
         "per_page=2&page=1 per_page=1&page=3",
         "a b c END",
         NULL},
        {"in what was delivered",
         {BY_PAGE, 8, 0, NULL, false, 0},
         "8|abcde! 8|e. 8|ef 8|gh",
         "per_page=8&page=0 per_page=4&page=1 per_page=2&page=2 per_page=2&page=3",
         "a b c d e f g h END",
         NULL},
        {"behind what was delivered",
         {OF_IDENTITY, 8, 0, NULL, false, 0},
         "8|abcde! 8|e! 8|ef 8|gh",
         "per_page=8&page=1 per_page=4&page=2 per_page=2&page=3 per_page=2&page=4",
         "a b c d e f g h END",
         NULL},
        {"nothing delivered",
         {OF_IDENTITY, 0, 0, NULL, false, 0},
         "9|! 2|ab",
         "per_page=1000&page=1 per_page=500&page=1",
         "a b END",
         NULL},
        {"a later page",
         {BY_PAGE, 4, 0, NULL, false, 0},
         "7|abcd 7|e? 7|ef 7|g",
         "per_page=4&page=0 per_page=4&page=1 per_page=2&page=2 per_page=2&page=3",
         "a b c d e f g END",
         NULL},
        {"fruitless",
         {BY_PAGE, 2, 1, NULL, false, 0},
         "(4)^4!",
         "per_page=2&page=1 per_page=1&page=2 per_page=1&page=2 per_page=1&page=2",
         "CLOSED",
         NULL},
        {"one page",
         {BY_PAGE, 4, 1, NULL, true, 0},
         "99|ab! 99|cd",
         "per_page=4&page=1 per_page=2&page=3",
         "a b c d END",
         NULL},
        {"one page from 1",
         {OF_IDENTITY, 4, 2, NULL, true, 0},
         "99|ab! 99|cd",
         "per_page=4&page=2 per_page=2&page=4",
         "a b c d END",
         NULL},
        {"one page in two",
         {BY_PAGE, 6, 0, NULL, true, 0},
         "99|a! 99|abc 99|def",
         "per_page=6&page=0 per_page=3&page=0 per_page=3&page=1",
         "a b c d e f END",
         NULL},
        {"one page in two, from 1",
         {OF_IDENTITY, 6, 0, NULL, true, 0},
         "99|a! 99|abc 99|def",
         "per_page=6&page=1 per_page=3&page=1 per_page=3&page=2",
         "a b c d e f END",
         NULL},
        {"one page of one",
         {OF_IDENTITY, 1, 5, NULL, true, 0},
         "99|! 99|a",
         "per_page=1&page=5 per_page=1&page=5",
         "a END",
         NULL},
    };
    (void)state;
    run_all(rows, COUNT(rows));
}

/* The mark of an element that is no strict JSON is told as often as the element is given, and falls on no other. */
static void test_marks(void **state)
{
    static const struct row rows[] = {
        {"in between", {IDENTITIES, 4, 0, NULL, false, 0}, "|ab~cd", "page_size=4", "a b~ c d END", NULL},
        {"all of them",
         {SESSIONS, 4, 0, NULL, false, 0},
         "t1|a~b~ |c~d~",
         "page_size=4 page_size=4&page_token=t1",
         "a~ b~ c~ d~ END",
         NULL},
        {"told, then cut",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|ab~! t2|ab~ |cd",
         "page_size=4 page_size=2 page_size=2&page_token=t2",
         "a b~ c d END",
         NULL},
        {"told, then cut behind the next",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|ab~c! t2|ab~ t4|cd |e",
         "page_size=4 page_size=2 page_size=2&page_token=t2 page_size=2&page_token=t4",
         "a b~ c d e END",
         NULL},
        {"cut in it",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|ab~. t2|ab~ |cd",
         "page_size=4 page_size=2 page_size=2&page_token=t2",
         "a b~ c d END",
         NULL},
        {"cut in it, the first",
         {IDENTITIES, 2, 0, NULL, false, 0},
         "t2|a~. t1|a~ |b",
         "page_size=2 page_size=1 page_size=1&page_token=t1",
         "a~ b END",
         NULL},
        {"cut in it, and what comes instead is strict",
         {IDENTITIES, 2, 0, NULL, false, 0},
         "t2|a~. t1|a |b",
         "page_size=2 page_size=1 page_size=1&page_token=t1",
         "a b END",
         NULL},
        {"cut in the next",
         {IDENTITIES, 2, 0, NULL, false, 0},
         "|a~b. t1|a~ |b",
         "page_size=2 page_size=1 page_size=1&page_token=t1",
         "a~ b END",
         NULL},
        {"the next comes at once",
         {SESSIONS, 4, 0, NULL, false, 0},
         "t4|a~! |a~b",
         "page_size=4 page_size=2",
         "a~ b END",
         NULL},
        {"the next is another",
         {SESSIONS, 4, 0, NULL, false, 0},
         "t4|a~! |a~b~",
         "page_size=4 page_size=2",
         "a~ b~ END",
         NULL},
        {"cut in it when it is passed over",
         {IDENTITIES, 2, 0, NULL, false, 0},
         "t2|a~! t1|a~. t1|a~ |b",
         "page_size=2 page_size=1 page_size=1 page_size=1&page_token=t1",
         "a~ b END",
         NULL},
        {"by number",
         {BY_PAGE, 4, 0, NULL, false, 0},
         "4|ab~c~! 4|c~d",
         "per_page=4&page=0 per_page=2&page=1",
         "a b~ c~ d END",
         NULL},
        {"behind the one page", {BY_PAGE, 2, 0, NULL, true, 0}, "4|abc~d", "per_page=2&page=0", "a b END", NULL},
        {"too large, then cut",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|ab+! t2|ab+ |cd",
         "page_size=4 page_size=2 page_size=2&page_token=t2",
         "a b+ c d END",
         NULL},
        {"too large, passed over",
         {IDENTITIES, 4, 0, NULL, false, 0},
         "t4|a+b! |a+b",
         "page_size=4 page_size=2",
         "a+ b END",
         NULL},
        {"too large, the next comes at once",
         {OF_IDENTITY, 4, 0, NULL, false, 0},
         "4|ab+c! 4|cd",
         "per_page=4&page=1 per_page=2&page=2",
         "a b+ c d END",
         NULL},
    };
    (void)state;
    run_all(rows, COUNT(rows));
}

/* ---- Tokens for the application ------------------------------------------------------------------- */

static void must_have(const char *wanted, const char *when)
{
    char seen[200];
    tokens(seen);
    if (strcmp(seen, wanted) != 0) {
        fail_msg("%s: tokens %s, wanted %s", when, seen, wanted);
    }
}

/* Runs a list to its end; the tokens while its elements pass, one a call. */
static void must_pass(const struct ask *ask, const char *replies, const char *const *wanted, const char *what)
{
    char id[KRATOS_ID_SIZE];
    by_number = ask->kind >= BY_PAGE;
    reply = replies;
    for (; *wanted != NULL; wanted++) {
        int rc = next(ask, id);
        assert_true(rc == KRATOS_OK || rc == KRATOS_END || rc == KRATOS_ERR_JSON);
        must_have(*wanted, what);
    }
    assert_false(kratos_busy(&peer.k));
}

static int no_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)arg;
    (void)i;
    row->skip = true;
    return 0;
}

static void test_tokens(void **state)
{
    static const struct ask ask = {IDENTITIES, 2, 0, NULL, false, 0}, from = {SESSIONS, 2, 0, "t7", false, 0},
                            legacy = {BY_PAGE, 2, 0, NULL, false, 0}, number = {OF_IDENTITY, 2, 0, NULL, false, 0};
    static const char *const whole[] = {"-/t1", "-/t1", "t1/t2", "t1/t2", "t2/-", "t2/-", NULL};
    static const char *const resumed[] = {"-/t8", "-/t8", "t8/-", "t8/-", NULL};
    static const char *const none[] = {"-/-", "-/-", "-/-", NULL};
    const struct kratos_batch batch = {2, 1, no_row, NULL, false};
    struct kratos_batch_result result;
    struct kratos_identity who;
    char id[KRATOS_ID_SIZE];
    (void)state;
    start(0);
    must_have("-/-", "before anything");
    must_pass(&ask, "t1|ab~ t2|cd |e", whole, "a whole list, one element no strict JSON");
    must_have("t2/-", "after END");
    reply = "={\"id\":\"x\"}";
    assert_int_equal(kratos_get_identity(&peer.k, ID, NULL, &who), KRATOS_OK);
    must_have("-/-", "after another operation");
    must_pass(&from, "t8|ab |c", resumed, "from a token on");
    assert_int_equal(kratos_get_identity(&peer.k, "", NULL, &who), KRATOS_ERR_ARG);
    must_have("-/-", "after another operation was refused");
    must_pass(&from, "t8|ab |c", resumed, "from a token on, again");
    must_pass(&legacy, "2|ab", none, "by page");
    must_pass(&number, "2|ab", none, "by number");

    /* another list begins without them */
    must_pass(&ask, "t1|ab~ t2|cd |e", whole, "a whole list");
    reply = "|a";
    assert_int_equal(next(&from, id), KRATOS_OK);
    must_have("-/-", "in the next list");
    assert_int_equal(kratos_get_identity(&peer.k, ID, NULL, &who), KRATOS_ERR_BUSY);
    assert_int_equal(next(&ask, id), KRATOS_ERR_BUSY); /* of another operation */
    assert_int_equal(next(&from, id), KRATOS_END);

    /* nothing of a batch is taken for one */
    must_pass(&ask, "t1|ab~ t2|cd |e", whole, "a whole list");
    reply = "={\"identities\":[null]} ={\"identities\":[null]}";
    while (kratos_batch_patch_identities(&peer.k, &batch, &result) != KRATOS_END) {
        assert_int_equal(result.rc, KRATOS_ERR_REFUSED);
        must_have("-/-", "in a batch");
    }
    must_have("-/-", "after a batch");

    /* BUSY changes nothing */
    reply = "t1|ab t2|c |d";
    assert_int_equal(next(&ask, id), KRATOS_OK);
    assert_int_equal(kratos_get_identity(&peer.k, ID, NULL, &who), KRATOS_ERR_BUSY);
    must_have("-/t1", "after BUSY");
    assert_int_equal(next(&from, id), KRATOS_ERR_BUSY);
    assert_int_equal(next(&ask, id), KRATOS_OK);
    assert_string_equal(id, "b");
    assert_int_equal(next(&ask, id), KRATOS_OK);
    assert_string_equal(id, "c");
    must_have("t1/t2", "after BUSY, later");
    assert_int_equal(next(&ask, id), KRATOS_OK);
    assert_int_equal(next(&ask, id), KRATOS_END);
}

/* After an error that ends a list its tokens are those of the page that failed, or none; never what lies there by chance. */
static void test_tokens_after_errors(void **state)
{
    static const struct {
        const char *replies, *page, *next;
    } rows[] = {
        {"^5", "-", "-"},        {"^0!", "-", "-"},        {"t1|a*", "-", "t1"},        {"t1|a%", "-", "t1"},
        {"t1|a ^5", "t1", "-"},  {"t1|a ^2*", "t1", "-"},  {"t1|a ^3%", "t1", "wrong"}, {"t1|a t2|b*", "t1", "t2"},
        {"t1|a ={}", "t1", "-"}, {"t1|a =[1]", "t1", "-"}, {"t1|a t1|b", "t1", "t1"},
    };
    static const struct ask ask = {IDENTITIES, 2, 0, NULL, false, 0};
    char got[400];
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        kratos_str page, next_page;
        start(0);
        reply = rows[i].replies;
        walk(&ask, got, sizeof got);
        page = kratos_page_token(&peer.k);
        next_page = kratos_next_page_token(&peer.k);
        if (strstr(got, "END") != NULL || (page.p != NULL && strcmp(page.p, rows[i].page) != 0) ||
            (next_page.p != NULL && strcmp(next_page.p, rows[i].next) != 0)) {
            fail_msg("%s: %s, page token %s, next %s", rows[i].replies, got, page.p != NULL ? page.p : "-",
                     next_page.p != NULL ? next_page.p : "-");
        }
    }
}

/* ---- The Link line --------------------------------------------------------------------------------- */

static const char *line_head; /* before the body of the page */
static size_t line_fill;      /* so many x for each %s */
static bool line_later;       /* that page is the second one; all behind are empty */

static void serve_line(struct peer *p, const char *request, size_t n)
{
    static char head[90000], fill[80000];
    (void)n;
    memset(fill, 'x', line_fill);
    fill[line_fill] = '\0';
    if (line_later && strstr(request, "page_token=") == NULL) {
        peer_reply(p, "200 OK\r\nLink: </x?page_token=second>; rel=next\r\n", "[{\"id\":\"z\"}]");
    } else if (line_later && strstr(request, "page_token=second ") == NULL) {
        peer_reply(p, "200 OK\r\n", "[]");
    } else {
        sprintf(head, line_head, fill, fill);
        peer_reply(p, head, "[{\"id\":\"a\"}]");
    }
}

static void line_must(enum kind kind, const char *head, size_t fill, size_t piece, const char *wanted)
{
    struct ask ask = {IDENTITIES, 0, 0, NULL, true, 0};
    char got[2 * WORK_SIZE], seen[WORK_SIZE];
    start(piece);
    peer.serve = serve_line;
    ask.kind = kind;
    ask.one_page = !line_later;
    line_head = head;
    line_fill = fill;
    walk(&ask, got, sizeof got);
    tokens(seen);
    strcat(got, " ");
    strcat(got, seen);
    if (strncmp(got, wanted, strlen(wanted)) != 0) {
        fail_msg("kind %d, %s (%zu bytes more, pieces of %zu): |%s|, wanted |%s|", (int)kind, head, fill, piece, got,
                 wanted);
    }
}

#define NEXT ": </x?page_token=t>; rel=next\r\n"

static void test_names(void **state)
{
    static const struct {
        const char *head, *result;
    } rows[] = {
        {"200 OK\r\nLink" NEXT, "a END -/t"},
        {"200 OK\r\nlink" NEXT, "a END -/t"},
        {"200 OK\r\nLINK" NEXT, "a END -/t"},
        {"200 OK\r\nlInK:</x?page_token=t>;rel=next\r\n", "a END -/t"},
        {"200 OK\r\nA: b\r\nLink:\r\nLink" NEXT "Link: </x?page_token=u>; rel=next\r\n", "a END -/t"},
        {"200 OK\r\nLink: <a>; rel=prev\r\nLast-Modified: x\r\nLink" NEXT, "a END -/t"},
        {"200 OK\r\nLink: </x?page_token=p>; rel=prev\r\nLi: x\r\nLink" NEXT, "a END -/t"},
        {"200 OK\r\nLink: <a>; rel=prev\r\nLater" NEXT, "a END -/-"},
        {"200 OK\r\nLin" NEXT, "a END -/-"},
        {"200 OK\r\nLinkx" NEXT, "a END -/-"},
        {"200 OK\r\nLink-" NEXT, "a END -/-"},
        {"200 OK\r\nxLink" NEXT, "a END -/-"},
        {"200 OK\r\nLimk" NEXT, "a END -/-"},
        {"200 OK\r\nx: Link" NEXT, "a END -/-"},
        {"200 Link" NEXT, "a END -/-"},
        /* RFC 9112 5.1 and 5.2: no blank before the colon, no folding */
        {"200 OK\r\nLink " NEXT, "HTTP"},
        {"200 OK\r\nLink\t" NEXT, "HTTP"},
        {"200 OK\r\n Link" NEXT, "HTTP"},
        {"200 OK\r\nLink\r\n" NEXT, "HTTP"},
        {"200 OK\r\nLink: </x?page_token=t>;\r\n rel=next\r\n", "HTTP"},
        /* 2.2: a line ends with CR LF, and holds no control character */
        {"200 OK\r\nLink: </x?page_token=t>; rel=next\n", "HTTP"},
        {"200 OK\r\nLink: </x?page_token=t>; rel=next\r\r\n", "HTTP"},
        {"200 OK\r\nLink: </x?page_token=t>; \x01rel=next\r\n", "HTTP"},
        {"200 OK\r\nLink: </x?page_token=\x7f>; rel=next\r\n", "HTTP"},
        {"200 OK\r\nLink: </x?page_token=a%%20b>; rel=next\r\n", "HTTP"},
        /* nor is a next page guessed from an interim reply */
        {"199 Odd\r\nLink" NEXT "\r\nHTTP/1.1 200 OK\r\n", "a END -/-"},
        {"103 Early Hints\r\nLink" NEXT "\r\nHTTP/1.1 200 OK\r\n", "a END -/-"},
    };
    size_t i, piece;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (piece = 0; piece < 12; piece++) {
            line_must(IDENTITIES, rows[i].head, 0, piece, rows[i].result);
            line_must(SESSIONS, rows[i].head, 0, piece, rows[i].result);
            line_later = true; /* the same on a later page, above its token */
            line_must(IDENTITIES, rows[i].head, 0, piece,
                      strcmp(rows[i].result, "HTTP") == 0    ? "z HTTP"
                      : strstr(rows[i].result, "/t") != NULL ? "z a END t/-"
                                                             : "z a END second/-");
            line_later = false;
        }
    }
    for (piece = 0; piece < 3; piece++) { /* by number it is a line as any other */
        line_must(BY_PAGE, "200 OK\r\nLink" NEXT, 0, piece, "a END -/-");
        line_must(OF_IDENTITY, "200 OK\r\nLink: </x?page_token=a%%20b>; rel=next\r\n", 0, piece, "a END -/-");
    }
}

/* An endless Link line ends at KRATOS_OVERHEAD_MAX as any other does, wherever in it. */
static void test_endless_line(void **state)
{
    static const char *const heads[] = {
        "200 OK\r\nLink: </x?page_token=t&x=%s>; rel=next\r\n",
        "200 OK\r\nLink: <%s?page_token=t>; rel=next\r\n",
        "200 OK\r\nLink: %s, </x?page_token=t>; rel=next\r\n",
        "200 OK\r\nLink: </x?page_token=t>; rel=next; x=\"%s\"\r\n",
        "200 OK\r\nLink: </x?page_token=t>; %s; rel=next\r\n",
    };
    static const size_t pieces[] = {0, 1, 1000};
    size_t i, piece;
    (void)state;
    for (i = 0; i < COUNT(heads); i++) {
        for (piece = 0; piece < COUNT(pieces); piece++) {
            line_must(IDENTITIES, heads[i], KRATOS_OVERHEAD_MAX - 300, pieces[piece], "a END -/t");
            line_must(IDENTITIES, heads[i], KRATOS_OVERHEAD_MAX + 10, pieces[piece], "HTTP");
        }
    }
    /* what was read of other lines counts too, and what is behind it */
    line_must(IDENTITIES, "200 OK\r\nX: %s\r\nLink: <%s?page_token=t>; rel=next\r\n", KRATOS_OVERHEAD_MAX / 2 - 300, 0,
              "a END -/t");
    line_must(IDENTITIES, "200 OK\r\nX: %s\r\nLink: <%s?page_token=t>; rel=next\r\n",
              KRATOS_OVERHEAD_MAX / 2 + WORK_SIZE, 0, "HTTP");
    line_must(IDENTITIES, "200 OK\r\nLink: <%s?page_token=t>; rel=next\r\nX: %s\r\n",
              KRATOS_OVERHEAD_MAX / 2 + WORK_SIZE, 0, "HTTP");
}

/* A token needs room; the line around it needs none. */
static void test_token_needs_room(void **state)
{
    (void)state;
    line_must(IDENTITIES, "200 OK\r\nLink: </x?page_token=%s>; rel=next\r\n", WORK_SIZE / 2, 0, "a END -/xxx");
    line_must(IDENTITIES, "200 OK\r\nLink: </x?page_token=%s>; rel=next\r\n", WORK_SIZE, 0, "SPACE");
    line_must(IDENTITIES, "200 OK\r\nLink: </x?page_token=%s>; rel=first,</x?page_token=t>; rel=next\r\n",
              WORK_SIZE / 2, 7, "a END -/t");
}

/* Tokens that are not needed any more take no room: an element fits beside those of its own page only. */
static const size_t *room_tokens; /* sizes of the tokens, page by page; 0: none */
static size_t room_fat;           /* bytes of the last page's element */
static bool room_breaks;          /* the first page breaks off, and is the last one afterwards */

static void serve_room(struct peer *p, const char *request, size_t n)
{
    char head[WORK_SIZE], body[2 * WORK_SIZE];
    size_t size = room_tokens[p->requests - 1];
    (void)request;
    (void)n;
    sprintf(head, size != 0 ? "200 OK\r\nLink: </x?page_token=%u%0*d>; rel=next\r\n" : "200 OK\r\n", p->requests,
            (int)size - 1, 0);
    end_rc = 0;
    if (room_breaks && p->requests == 1) {
        sprintf(body, "HTTP/1.1 %sContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[{\"id\":\"a\"}", head);
        peer_raw(p, body, strlen(body));
        end_rc = KRATOS_ERR_CLOSED;
    } else {
        sprintf(body,
                room_breaks ? "[{\"id\":\"a\"},{\"id\":\"b\",\"x\":\"%0*d\"}]" : "[{\"id\":\"b\",\"x\":\"%0*d\"}]",
                size == 0 ? (int)room_fat : 1, 0);
        peer_reply(p, head, body);
    }
}

static void room_must(const char *what, const size_t *sizes, size_t fat, bool breaks, const char *wanted)
{
    static const struct ask ask = {IDENTITIES, 0, 0, NULL, false, 0};
    char got[200];
    start(0);
    peer.serve = serve_room;
    room_tokens = sizes;
    room_fat = fat;
    room_breaks = breaks;
    walk(&ask, got, sizeof got);
    if (strcmp(got, wanted) != 0) {
        fail_msg("%s: %s, wanted %s", what, got, wanted);
    }
}

static void test_old_tokens_need_no_room(void **state)
{
    static const size_t broken[] = {400, 0}, three[] = {250, 250, 0}, one[] = {400, 0}, none[] = {0};
    (void)state;
    room_must("no token", none, 850, false, "b END");
    room_must("one token", one, 500, false, "b b END");
    room_must("one token, too large", one, 600, false, "b b+ END");
    room_must("the token of a page that broke off", broken, 800, true, "a b END");
    room_must("the token of the page before", three, 620, false, "b b b END");
}

/* out NULL: nothing is kept, and each element is still one call. */
static void test_without_out(void **state)
{
    (void)state;
    start(0);
    reply = "t1|ab |c+";
    assert_int_equal(kratos_list_identities(&peer.k, NULL, NULL), KRATOS_OK);
    assert_int_equal(kratos_list_identities(&peer.k, NULL, NULL), KRATOS_OK);
    must_have("-/t1", "without out");
    assert_int_equal(kratos_list_identities(&peer.k, NULL, NULL), KRATOS_OK);
    assert_int_equal(kratos_list_identities(&peer.k, NULL, NULL), KRATOS_END);
    assert_string_equal(asked, "- page_token=t1");
}

static int make_work(void **state)
{
    (void)state;
    work = (char *)malloc(WORK_SIZE);
    return work == NULL;
}

static int free_work(void **state)
{
    (void)state;
    free(work);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_repairs_by_token),
        cmocka_unit_test(test_repairs_by_number),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_tokens_after_errors),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_endless_line),
        cmocka_unit_test(test_token_needs_room),
        cmocka_unit_test(test_old_tokens_need_no_room),
        cmocka_unit_test(test_without_out),
    };
    return cmocka_run_group_tests_name("pages", tests, make_work, free_work) != 0;
}
