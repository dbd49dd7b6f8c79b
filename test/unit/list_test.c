/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists against simulated servers: every page ceiling, every page size asked for, every place and number of cuts, by token
 * and by page number. What must hold is only this: each element once, in order, then KRATOS_END.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

/* As in test/wire/judge.c. */
#ifndef TEST_STRIDE
#define TEST_STRIDE 1
#endif

enum kind {
    KEYSET,  /* 1.1 and later: the token names the element that comes next */
    OFFSET,  /* 1.0.0: the token is an offset, which the server rounds down to a page border */
    PAGES_0, /* by number, identities */
    PAGES_1  /* by number, sessions of an identity; 0 and 1 are the same page */
};

struct list_server {
    enum kind kind;
    unsigned count, ceiling;
    bool chunked, empty_next; /* 1.0.0 announces a next page behind an empty list */
    unsigned odd;             /* the element of this number is no strict JSON; 0 = none */
    size_t fat;               /* each element has so many more bytes */
};

static struct peer peer;
static char work[4096];
static unsigned long walks;

static unsigned number_of(const char *request, const char *name, unsigned otherwise)
{
    char value[80];
    return peer_query(request, name, value, sizeof value) ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static void serve_list(struct peer *p, const char *request, size_t n)
{
    static char body[60000], head[600];
    const struct list_server *s = (const struct list_server *)p->arg;
    unsigned size, from, i, to;
    char token[80];
    size_t at = 0;
    bool pages = s->kind == PAGES_0 || s->kind == PAGES_1;
    (void)n;
    size = number_of(request, pages ? "per_page" : "page_size", 250);
    size = size < s->ceiling ? size : s->ceiling;
    if (size == 0) {
        fail_msg("page size 0 was asked for");
    }
    if (pages) {
        unsigned page = number_of(request, "page", 0);
        from = s->kind == PAGES_0 ? page * size : (page > 0 ? page - 1 : 0) * size;
    } else {
        from = peer_query(request, "page_token", token, sizeof token) ? (unsigned)strtoul(token + 1, NULL, 10) : 0;
        from = s->kind == OFFSET ? from / size * size : from;
    }
    to = from + size < s->count ? from + size : s->count;
    body[at++] = '[';
    for (i = from; i < to; i++) {
        at += (size_t)sprintf(body + at, "%s{\"id\":\"%u\",\"state\":\"%s\",\"metadata_public\":\"%0*d\"}",
                              i == from ? "" : ",", i, i + 1 == s->odd ? "\xff" : "x", (int)s->fat, 0);
    }
    strcpy(body + at, "]");
    at = (size_t)sprintf(head, "200 OK\r\nX-Total-Count: %u\r\nLink: </x?page_token=t0>; rel=\"first\"", s->count);
    if (to < s->count || (s->empty_next && s->count == 0)) {
        at += (size_t)sprintf(head + at, ",</x?page_size=%u&page_token=t%u>; rel=\"next\"", size, from + size);
    }
    strcpy(head + at, "\r\n");
    if (s->chunked) {
        peer_reply_chunked(p, head, body, 13);
    } else {
        peer_reply(p, head, body);
    }
}

struct ask {
    uint32_t page_size;
    size_t reply_max;
    bool one_page;
    uint32_t page;
};

static int next(const struct list_server *s, const struct ask *ask, const char *token, char *id)
{
    int rc;
    if (s->kind == PAGES_1) {
        struct kratos_list_identity_sessions_params params = {ask->page_size, ask->page, ask->one_page, NULL};
        struct kratos_session session;
        memset(&session, 0, sizeof session);
        rc = kratos_list_identity_sessions(&peer.k, "some-id", &params, &session);
        strcpy(id, session.id);
    } else {
        struct kratos_list_identities_params params;
        struct kratos_identity identity;
        memset(&params, 0, sizeof params);
        memset(&identity, 0, sizeof identity);
        params.page_size = ask->page_size;
        params.page_token = token;
        params.one_page = ask->one_page;
        params.by_page = s->kind == PAGES_0;
        params.page = ask->page;
        rc = kratos_list_identities(&peer.k, &params, &identity);
        strcpy(id, identity.id);
    }
    return rc;
}

static void begin(const struct list_server *s, const struct ask *ask)
{
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve_list;
    peer.arg = (void *)(uintptr_t)s;
    peer.io.reply_max = ask->reply_max;
}

static void describe(const struct list_server *s, const struct ask *ask, size_t cut_at, unsigned cuts, unsigned seen,
                     int rc)
{
    fail_msg("kind %d, %u elements, ceiling %u, page_size %u, reply_max %zu, %u cuts after %zu bytes: seen %u, rc %d, "
             "last request\n%s",
             s->kind, s->count, s->ceiling, (unsigned)ask->page_size, ask->reply_max, cuts, cut_at, seen, rc,
             peer.last);
}

/* Walks the whole list. Returns the last result; *seen elements came once and in order. */
static int walk(const struct list_server *s, const struct ask *ask, size_t cut_at, unsigned cuts, unsigned *seen)
{
    unsigned requests = 0;
    walks++;
    for (*seen = 0;; ++*seen) {
        char id[KRATOS_ID_SIZE], wanted[16];
        int rc = next(s, ask, NULL, id);
        bool odd = s->odd != 0 && *seen + 1 == s->odd && rc == KRATOS_ERR_JSON && kratos_busy(&peer.k);
        if (rc != KRATOS_OK && !odd) {
            return rc;
        }
        if ((s->odd != 0 && *seen + 1 == s->odd) != odd) {
            describe(s, ask, cut_at, cuts, *seen, rc);
        }
        sprintf(wanted, "%u", *seen);
        if (strcmp(id, wanted) != 0) {
            describe(s, ask, cut_at, cuts, *seen, rc);
        }
        if (*seen > s->count || (requests = peer.requests) > 1000) {
            describe(s, ask, cut_at, cuts, *seen, 99);
        }
    }
}

static void must_end(const struct list_server *s, const struct ask *ask, size_t cut_at, unsigned cuts)
{
    unsigned seen;
    int rc = walk(s, ask, cut_at, cuts, &seen);
    if (rc != KRATOS_END || seen != s->count) {
        describe(s, ask, cut_at, cuts, seen, rc);
    }
}

/* ---- Without disturbance ----------------------------------------------------------------------------------------------- */

static void test_every_ceiling(void **state)
{
    struct list_server s;
    struct ask ask = {0, 0, false, 0};
    int kind;
    (void)state;
    memset(&s, 0, sizeof s);
    for (kind = KEYSET; kind <= PAGES_1; kind++) {
        s.kind = (enum kind)kind;
        for (s.count = 0; s.count <= 9; s.count++) {
            for (s.ceiling = 1; s.ceiling <= 10; s.ceiling++) {
                for (ask.page_size = 0; ask.page_size <= 11; ask.page_size++) {
                    if (kind >= PAGES_0 && (ask.page_size == 0 || ask.page_size > s.ceiling)) {
                        continue; /* by number the server gives what is asked for, up to 500 */
                    }
                    s.chunked = (ask.page_size & 1) != 0;
                    begin(&s, &ask);
                    must_end(&s, &ask, 0, 0);
                    if (peer.opens != 1) {
                        describe(&s, &ask, 0, 0, 0, 0);
                    }
                }
            }
        }
    }
}

static void test_big(void **state)
{
    struct list_server s = {KEYSET, 3000, 250, true, false, 0, 0};
    struct ask ask = {0, 0, false, 0};
    (void)state;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    assert_int_equal(peer.requests, 12);
    s.kind = PAGES_1;
    s.ceiling = 1000;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    assert_int_equal(peer.requests, 3);
    s.kind = PAGES_0;
    s.count = 999;
    s.ceiling = 500;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    assert_int_equal(peer.requests, 2);
}

static void test_empty_with_next(void **state)
{
    struct list_server s = {OFFSET, 0, 250, false, true, 0, 0};
    struct ask ask = {0, 0, false, 0};
    (void)state;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    assert_int_equal(peer.requests, 1);
    assert_null(kratos_next_page_token(&peer.k).p); /* "there is none" */
}

static void test_odd_elements(void **state)
{
    struct list_server s = {KEYSET, 7, 3, false, false, 0, 0};
    struct ask ask = {0, 0, false, 0};
    (void)state;
    for (s.odd = 1; s.odd <= 7; s.odd++) {
        s.chunked = !s.chunked;
        begin(&s, &ask);
        must_end(&s, &ask, 0, 0);
    }
}

static void serve_same_token(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_reply(p, "200 OK\r\nLink: </x?page_token=same>; rel=\"next\"\r\n", "[{\"id\":\"1\"}]");
}

static void test_same_token_ends(void **state)
{
    struct kratos_identity who;
    unsigned count = 0;
    int rc;
    (void)state;
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve_same_token;
    while ((rc = kratos_list_identities(&peer.k, NULL, &who)) == KRATOS_OK && count < 100) {
        count++;
    }
    assert_int_equal(rc, KRATOS_ERR_HTTP);
    assert_int_equal(count, 2);
}

static void serve_wrong_total(struct peer *p, const char *request, size_t n)
{
    char value[20];
    (void)n;
    (void)peer_query(request, "page", value, sizeof value);
    peer_reply(p, "200 OK\r\nX-Total-Count: 100\r\n",
               strcmp(value, "1") == 0 ? "[{\"id\":\"1\"},{\"id\":\"2\"}]" : "[]");
}

/* An empty page ends a list by number, whatever the server says of its length. */
static void test_wrong_total_ends(void **state)
{
    struct kratos_list_identity_sessions_params params = {2, 0, false, NULL};
    struct kratos_session session;
    unsigned count = 0;
    int rc;
    (void)state;
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve_wrong_total;
    while ((rc = kratos_list_identity_sessions(&peer.k, "some-id", &params, &session)) == KRATOS_OK) {
        count++;
        assert_true(peer.requests < 10);
    }
    assert_int_equal(rc, KRATOS_END);
    assert_int_equal(count, 2);
    assert_int_equal(peer.requests, 2);
}

/* ---- Cuts -------------------------------------------------------------------------------------------------------------- */

/* Every connection up to the last but `cuts` breaks off after cut_at bytes: nothing may come twice or be lost. */
static void cut_all(enum kind kind, unsigned count_max, bool strict)
{
    struct list_server s;
    struct ask ask = {0, 0, false, 0};
    memset(&s, 0, sizeof s);
    s.kind = kind;
    for (s.count = 1; s.count <= count_max; s.count++) {
        for (s.ceiling = 1; s.ceiling <= 5; s.ceiling += kind != KEYSET ? 10 : 1) {
            for (ask.page_size = 0; ask.page_size <= 5; ask.page_size++) {
                unsigned cuts;
                if (kind >= PAGES_0) {
                    s.ceiling = 500;
                }
                if (kind == OFFSET) {
                    s.ceiling =
                        250; /* its tokens mean another page when the server's ceiling is not the size asked for */
                }
                for (cuts = 1; cuts <= 4; cuts++) {
                    size_t cut_at;
                    for (cut_at = 1; cut_at < 700; cut_at += (1 + cut_at % 3) * TEST_STRIDE) {
                        unsigned seen;
                        int rc;
                        s.chunked = (cut_at & 4) != 0;
                        begin(&s, &ask);
                        peer.cut_at = cut_at;
                        peer.cuts = cuts;
                        rc = walk(&s, &ask, cut_at, cuts, &seen);
                        /* With pages of one element a second cut without progress is an error; never a wrong element. */
                        if (rc == KRATOS_END ? seen != s.count : rc != KRATOS_ERR_CLOSED) {
                            describe(&s, &ask, cut_at, cuts, seen, rc);
                        }
                        if (strict && cuts == 1 && ask.page_size != 1 && rc != KRATOS_END) {
                            describe(&s, &ask, cut_at, cuts, seen, rc);
                        }
                    }
                }
            }
        }
    }
}

static void test_cuts_by_token(void **state)
{
    (void)state;
    cut_all(KEYSET, 6, true);
}

static void test_cuts_by_offset(void **state)
{
    (void)state;
    cut_all(OFFSET, 6, true);
}

static void test_cuts_by_page(void **state)
{
    (void)state;
    cut_all(PAGES_0, 6, true);
    cut_all(PAGES_1, 6, true);
}

/* The same with an element that is no strict JSON: its mark falls on no other, and is told as often as it is given. */
static void test_cuts_with_odd_elements(void **state)
{
    struct list_server s = {KEYSET, 5, 250, false, false, 0, 0};
    struct ask ask = {4, 0, false, 0};
    int kind;
    (void)state;
    for (kind = KEYSET; kind <= PAGES_1; kind++) {
        s.kind = (enum kind)kind;
        for (s.odd = 1; s.odd <= s.count; s.odd++) {
            unsigned cuts;
            for (cuts = 1; cuts <= 2; cuts++) {
                size_t cut_at;
                for (cut_at = 1; cut_at < 500; cut_at++) {
                    unsigned seen;
                    int rc;
                    s.chunked = (cut_at & 1) != 0;
                    begin(&s, &ask);
                    peer.cut_at = cut_at;
                    peer.cuts = cuts;
                    rc = walk(&s, &ask, cut_at, cuts, &seen);
                    if (rc == KRATOS_END ? seen != s.count : rc != KRATOS_ERR_CLOSED || cuts == 1) {
                        describe(&s, &ask, cut_at, cuts, seen, rc);
                    }
                }
            }
        }
    }
}

/* A server's reply that is too large for the io is asked for in smaller pages, whatever the io holds. */
static void test_space_from_read(void **state)
{
    struct list_server s = {KEYSET, 60, 250, false, false, 0, 100};
    struct ask ask = {0, 0, false, 0};
    int kind, told;
    (void)state;
    for (kind = KEYSET; kind <= PAGES_1; kind++) {
        s.kind = (enum kind)kind;
        s.ceiling = kind >= PAGES_0 ? 1000 : 250;
        for (told = 0; told < 2; told++) {
            size_t record;
            for (record = 600; record < 12000; record += 97) {
                ask.reply_max = told ? record : 0;
                begin(&s, &ask);
                peer.record_max = record;
                must_end(&s, &ask, record, 0);
            }
        }
    }
}

static void test_space_even_for_one(void **state)
{
    struct list_server s = {KEYSET, 3, 250, false, false, 0, 900};
    struct ask ask = {0, 0, false, 0};
    unsigned seen;
    (void)state;
    begin(&s, &ask);
    peer.record_max = 700;
    assert_int_equal(walk(&s, &ask, 0, 0, &seen), KRATOS_ERR_SPACE);
    assert_int_equal(seen, 0);
    assert_true(peer.requests < 20);
}

static void test_page_size_follows_reply_max(void **state)
{
    struct list_server s = {KEYSET, 3, 250, false, false, 0, 0};
    struct ask ask = {0, 8192, false, 0};
    unsigned size;
    (void)state;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    size = number_of(peer.last, "page_size", 0);
    assert_in_range(size, 1, 8192 / 390);
    ask.reply_max = 1;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    assert_int_equal(number_of(peer.last, "page_size", 0), 1);
    ask.reply_max = 8192;
    ask.page_size = 2;
    begin(&s, &ask);
    must_end(&s, &ask, 0, 0);
    assert_int_equal(number_of(peer.last, "page_size", 0), 2);
}

/* ---- Pages and resuming ------------------------------------------------------------------------------------------------ */

static void copy_token(kratos_str from, char *to, bool *there)
{
    *there = from.p != NULL;
    assert_true(from.n < 60);
    if (*there) {
        memcpy(to, from.p, from.n + 1);
    }
}

/* one_page with the next token again and again is the same as the whole list; also when pages break off. */
static void walk_pages(const struct list_server *s, const struct ask *ask, size_t cut_at, unsigned cuts)
{
    char token[64];
    bool there = false;
    unsigned seen = 0, pages = 0;
    walks++;
    do {
        char id[KRATOS_ID_SIZE], wanted[16], now[64];
        bool has = false;
        int rc;
        memcpy(now, token, sizeof now);
        while ((rc = next(s, ask, there ? now : NULL, id)) == KRATOS_OK) {
            sprintf(wanted, "%u", seen++);
            if (strcmp(id, wanted) != 0) {
                describe(s, ask, cut_at, cuts, seen, rc);
            }
        }
        if (rc != KRATOS_END || ++pages > 100) {
            describe(s, ask, cut_at, cuts, seen, rc);
        }
        copy_token(kratos_next_page_token(&peer.k), token, &has);
        there = has;
    } while (there);
    if (seen != s->count) {
        describe(s, ask, cut_at, cuts, seen, KRATOS_END);
    }
}

static void test_one_page(void **state)
{
    struct list_server s = {KEYSET, 0, 4, false, false, 0, 0};
    struct ask ask = {0, 0, true, 0};
    (void)state;
    for (s.count = 0; s.count <= 9; s.count++) {
        for (ask.page_size = 0; ask.page_size < 6; ask.page_size++) {
            begin(&s, &ask);
            walk_pages(&s, &ask, 0, 0);
        }
    }
}

static void test_one_page_with_cuts(void **state)
{
    struct list_server s = {KEYSET, 7, 3, false, false, 0, 0};
    struct ask ask = {0, 0, true, 0};
    size_t cut_at;
    (void)state;
    for (ask.page_size = 2; ask.page_size < 5; ask.page_size++) {
        for (cut_at = 1; cut_at < 600; cut_at++) {
            begin(&s, &ask);
            peer.cut_at = cut_at;
            peer.cuts = 1;
            walk_pages(&s, &ask, cut_at, 1);
        }
    }
}

/* The same by page number: the caller counts the pages, so one_page must give all of the page that was asked for. */
static void test_one_page_by_number_with_cuts(void **state)
{
    struct list_server s = {PAGES_0, 7, 500, false, false, 0, 0};
    int kind;
    (void)state;
    for (kind = PAGES_0; kind <= PAGES_1; kind++) {
        uint32_t size;
        for (size = 2; size < 6; size++) {
            size_t cut_at;
            for (cut_at = 1; cut_at < 500; cut_at++) {
                struct ask ask = {size, 0, true, 0};
                unsigned seen = 0, first = kind == PAGES_1;
                s.kind = (enum kind)kind;
                begin(&s, &ask);
                peer.cut_at = cut_at;
                peer.cuts = 1;
                walks++;
                for (ask.page = first; (ask.page - first) * size < 7; ask.page++) {
                    char id[KRATOS_ID_SIZE], wanted[16];
                    int rc;
                    while ((rc = next(&s, &ask, NULL, id)) == KRATOS_OK) {
                        sprintf(wanted, "%u", seen++);
                        if (strcmp(id, wanted) != 0) {
                            describe(&s, &ask, cut_at, 1, seen, rc);
                        }
                    }
                    if (rc != KRATOS_END) {
                        describe(&s, &ask, cut_at, 1, seen, rc);
                    }
                }
                if (seen != 7) {
                    describe(&s, &ask, cut_at, 1, seen, KRATOS_END);
                }
            }
        }
    }
}

/* A list that is left and resumed from the token of the page in progress gives that page again. */
static void test_resume(void **state)
{
    struct list_server s = {KEYSET, 9, 3, false, false, 0, 0};
    struct ask ask = {3, 0, false, 0};
    unsigned leave;
    (void)state;
    for (leave = 1; leave <= 9; leave++) {
        char id[KRATOS_ID_SIZE], token[64], wanted[16];
        bool there;
        unsigned i;
        begin(&s, &ask);
        for (i = 0; i < leave; i++) {
            assert_int_equal(next(&s, &ask, NULL, id), KRATOS_OK);
        }
        copy_token(kratos_page_token(&peer.k), token, &there);
        assert_int_equal(there, leave > 3);
        kratos_cancel(&peer.k);
        for (i = (leave - 1) / 3 * 3; i < 9; i++) {
            assert_int_equal(next(&s, &ask, there ? token : NULL, id), KRATOS_OK);
            sprintf(wanted, "%u", i);
            assert_string_equal(id, wanted);
        }
        assert_int_equal(next(&s, &ask, there ? token : NULL, id), KRATOS_END);
    }
}

static void test_argument_in_work_is_refused(void **state)
{
    struct list_server s = {KEYSET, 2, 3, false, false, 0, 0};
    struct ask ask = {0, 0, false, 0};
    struct kratos_list_identities_params params;
    struct kratos_identity who;
    const char *inside[2] = {work + 10, NULL};
    (void)state;
    begin(&s, &ask);
    strcpy(work + 10, "abc");
    memset(&params, 0, sizeof params);
    params.credentials_identifier = work + 10;
    assert_int_equal(kratos_list_identities(&peer.k, &params, &who), KRATOS_ERR_ARG);
    strcpy(work + 10, "abc");
    memset(&params, 0, sizeof params);
    params.page_token = work + 10;
    assert_int_equal(kratos_list_identities(&peer.k, &params, &who), KRATOS_ERR_ARG);
    strcpy(work + 10, "abc");
    memset(&params, 0, sizeof params);
    params.ids = inside;
    assert_int_equal(kratos_list_identities(&peer.k, &params, &who), KRATOS_ERR_ARG);
    strcpy(work + 10, "abc");
    assert_int_equal(kratos_list_identity_sessions(&peer.k, work + 10, NULL, NULL), KRATOS_ERR_ARG);
    assert_int_equal(peer.opens, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_ceiling),
        cmocka_unit_test(test_big),
        cmocka_unit_test(test_empty_with_next),
        cmocka_unit_test(test_odd_elements),
        cmocka_unit_test(test_same_token_ends),
        cmocka_unit_test(test_wrong_total_ends),
        cmocka_unit_test(test_cuts_by_token),
        cmocka_unit_test(test_cuts_by_offset),
        cmocka_unit_test(test_cuts_by_page),
        cmocka_unit_test(test_cuts_with_odd_elements),
        cmocka_unit_test(test_space_from_read),
        cmocka_unit_test(test_space_even_for_one),
        cmocka_unit_test(test_page_size_follows_reply_max),
        cmocka_unit_test(test_one_page),
        cmocka_unit_test(test_one_page_with_cuts),
        cmocka_unit_test(test_one_page_by_number_with_cuts),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_argument_in_work_is_refused),
    };
    int rc = cmocka_run_group_tests_name("list", tests, NULL, NULL);
    if (rc == 0) {
        printf("list: %lu lists walked, each element once\n", walks);
    }
    return rc != 0;
}
