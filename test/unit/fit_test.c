/* SPDX-License-Identifier: Apache-2.0
 *
 * What fits into the work buffer, and what comes of what does not: the id that stays, the size that would have been enough,
 * locations and ids of schemas that are too long. The work buffer is a heap block of its exact size.
 */
#include "rig.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WORK_MOST 1500

static char reply_body[4000];
static const char *reply_head;
static bool in_chunks;
static char *block;

static void serve_reply(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    if (in_chunks) {
        peer_reply_chunked(p, reply_head, reply_body, 50);
    } else {
        peer_reply(p, reply_head, reply_body);
    }
}

/* A fresh client whose server gives the head, and the body as it is then in reply_body. */
static void begin(size_t work_size, const char *head)
{
    free(block);
    block = (char *)malloc(work_size);
    memset(block, 0x5A, work_size);
    peer_begin(&peer, block, work_size);
    peer.serve = serve_reply;
    reply_head = head;
    in_chunks = false;
}

static int free_block(void **state)
{
    (void)state;
    free(block);
    block = NULL;
    return 0;
}

static const char *many(char c, size_t n)
{
    static char texts[2][3000];
    static unsigned turn;
    char *text = texts[turn++ % 2]; /* two at a time */
    memset(text, c, n);
    text[n] = '\0';
    return text;
}

static bool zeroed(const void *p, size_t from, size_t size)
{
    const char *at = (const char *)p;
    while (from < size && at[from] == 0) {
        from++;
    }
    return from >= size;
}

/* ---- Identities ------------------------------------------------------------------------------ */

static struct kratos_identity got;

static int ask(bool list)
{
    memset(&got, 0x5A, sizeof got);
    return list ? kratos_list_identities(&peer.k, NULL, &got) : kratos_get_identity(&peer.k, UUID, NULL, &got);
}

/* What fault.need says is enough, and almost two bytes less are not: wherever an element stands, and at any work size. */
static void test_need(void **state)
{
    size_t fat, work_size;
    int list, chunked;
    (void)state;
    for (list = 0; list < 2; list++) {
        for (chunked = 0; chunked < 2; chunked++) {
            for (fat = 200; fat < 1300; fat = fat * 9 / 8 + 1) {
                size_t need = 0, size;
                snprintf(reply_body, sizeof reply_body, "%s{\"id\":\"" UUID "\",\"traits\":\"%s\"}%s", list ? "[" : "",
                         many('t', fat), list ? "]" : "");
                size = strlen(reply_body) - (list ? 2 : 0);
                for (work_size = KRATOS_WORK_MIN; work_size < size; work_size = work_size * 4 / 3) {
                    const struct kratos_fault *f = kratos_last_fault(&peer.k);
                    begin(work_size, "200 OK\r\n");
                    in_chunks = chunked != 0;
                    assert_int_equal(ask(list != 0), KRATOS_ERR_SPACE);
                    assert_int_equal(f->effect, KRATOS_DONE);
                    assert_int_equal(f->http_status, 200);
                    assert_false(f->transient);
                    assert_true(need == 0 || need == f->need);
                    need = f->need;
                    assert_string_equal(got.id, UUID);
                    assert_true(zeroed(&got, KRATOS_ID_SIZE, sizeof got));
                    assert_true(peer.open);
                    assert_int_equal(kratos_busy(&peer.k), list);
                    assert_int_equal(list ? ask(true) : KRATOS_END, KRATOS_END);
                }
                begin(need, "200 OK\r\n");
                in_chunks = chunked != 0;
                if (ask(list != 0) != KRATOS_OK) {
                    fail_msg("list %d, %zu bytes: a work_size of %zu is not enough", list, size, need);
                }
                assert_int_equal(got.traits.n, fat + 2);
                assert_string_equal(got.id, UUID);
                assert_int_equal(kratos_last_fault(&peer.k)->need, 0);
                begin(need - 2, "200 OK\r\n");
                in_chunks = chunked != 0;
                if (ask(list != 0) != KRATOS_ERR_SPACE) {
                    fail_msg("list %d, %zu bytes: a work_size of %zu is more than needed", list, size, need);
                }
            }
        }
    }
}

/* Wherever the id stands: it is the right one, or "" where it had not come whole by then. */
static void test_id_that_stays(void **state)
{
    size_t before, kept = 0, lost = 0;
    int list, reads;
    (void)state;
    for (list = 0; list < 2; list++) {
        for (reads = 0; reads < 3; reads++) {
            bool was_kept = true;
            for (before = 0; before < 260; before++) {
                char pad[300];
                snprintf(pad, sizeof pad, "%s", many('p', before));
                snprintf(reply_body, sizeof reply_body,
                         "%s{\"pad\":\"%s\",\"id\":\"" UUID "\",\"state\":\"x\",\"traits\":\"%s\"}%s", list ? "[" : "",
                         pad, many('t', 400), list ? ",{\"id\":\"second\"}]" : "");
                begin(KRATOS_WORK_MIN, "200 OK\r\n");
                peer.piece = reads == 0 ? 0 : reads == 1 ? 1 : 17;
                assert_int_equal(ask(list != 0), KRATOS_ERR_SPACE);
                if (strcmp(got.id, UUID) == 0) {
                    assert_true(was_kept); /* behind the first that is lost all are */
                    kept++;
                } else {
                    assert_string_equal(got.id, "");
                    was_kept = false;
                    lost++;
                }
                if (!zeroed(&got, KRATOS_ID_SIZE, sizeof got)) {
                    fail_msg("%zu bytes before the id: more than the id is filled", before);
                }
                if (list) {
                    assert_int_equal(ask(true), KRATOS_OK);
                    assert_string_equal(got.id, "second");
                    assert_int_equal(ask(true), KRATOS_END);
                }
            }
        }
    }
    assert_true(kept > 6 * 60 && lost > 6 * 60);
}

/* An element that does not fit, and the one after it that is odd, and one that fits: each for itself. */
static void test_one_after_the_other(void **state)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    (void)state;
    snprintf(
        reply_body, sizeof reply_body,
        "[{\"id\":\"a\",\"traits\":\"\xff%s\"},{\"id\":\"b\",\"traits\":\"\xff\"},{\"id\":\"c\"},{\"traits\":\"%s\"}]",
        many('t', 400), "x");
    begin(KRATOS_WORK_MIN, "200 OK\r\n");
    assert_int_equal(ask(true), KRATOS_ERR_SPACE);
    assert_string_equal(got.id, "a");
    assert_true(f->need > 400);
    assert_int_equal(ask(true), KRATOS_ERR_JSON);
    assert_string_equal(got.id, "b");
    assert_int_equal(f->need, 0);
    assert_int_equal(ask(true), KRATOS_OK);
    assert_string_equal(got.id, "c");
    assert_int_equal(f->need, 0);
    assert_int_equal(ask(true), KRATOS_ERR_JSON);
    assert_string_equal(got.id, "");
    assert_int_equal(ask(true), KRATOS_END);
    assert_true(peer.open);
}

/* Without a result nothing needs to fit. */
static void test_dropped(void **state)
{
    int list;
    (void)state;
    for (list = 0; list < 2; list++) {
        snprintf(reply_body, sizeof reply_body, "%s{\"id\":\"" UUID "\",\"traits\":\"%s\"}%s", list ? "[" : "",
                 many('t', 2900), list ? "]" : "");
        begin(KRATOS_WORK_MIN, "200 OK\r\n");
        assert_int_equal(list ? kratos_list_identities(&peer.k, NULL, NULL)
                              : kratos_get_identity(&peer.k, UUID, NULL, NULL),
                         KRATOS_OK);
        if (list) {
            assert_int_equal(kratos_list_identities(&peer.k, NULL, NULL), KRATOS_END);
        }
        assert_true(peer.open);
        reply_body[strlen(reply_body) - 8] = '\x01'; /* but must be JSON */
        assert_int_equal(list ? kratos_list_identities(&peer.k, NULL, NULL)
                              : kratos_get_identity(&peer.k, UUID, NULL, NULL),
                         KRATOS_ERR_JSON);
    }
}

/* Any number of members: the index gives way to what is read, and what was found stays the same. */
static void test_many_members(void **state)
{
    size_t count, work_size, fitted = 0;
    (void)state;
    for (count = 1; count < 60; count += 7) {
        size_t at = (size_t)sprintf(reply_body, "{\"id\":\"" UUID "\""), i, size, first = 0;
        for (i = 0; i < count; i++) {
            at += (size_t)sprintf(reply_body + at, ",\"m%zu\":%zu", i, i);
        }
        at += (size_t)sprintf(reply_body + at, ",\"st\\u0061te\":\"\\u0061b\",\"external_id\":\"e\"}");
        size = at;
        for (work_size = KRATOS_WORK_MIN; work_size < WORK_MOST; work_size++) {
            int rc;
            begin(work_size, "200 OK\r\n");
            peer.piece = work_size % 5 * 10;
            rc = ask(false);
            if (rc == KRATOS_OK) {
                first = first == 0 ? work_size : first;
                assert_string_equal(got.id, UUID);
                assert_string_equal(got.state.p, "ab");
                assert_string_equal(got.external_id.p, "e");
                fitted++;
            } else if (rc != KRATOS_ERR_SPACE || first != 0) {
                fail_msg("%zu members, work %zu: rc %d", count, work_size, rc);
            }
        }
        assert_true(first == KRATOS_WORK_MIN || (first >= size + 64 && first <= size + 65));
    }
    assert_true(fitted > 5000);
}

/* ---- Recovery: results without an id ------------------------------------------------------------ */

static void test_recovery(void **state)
{
    static const struct kratos_recovery_body body = {UUID, NULL, NULL, NULL};
    struct kratos_recovery out;
    size_t need;
    (void)state;
    snprintf(reply_body, sizeof reply_body, "{\"recovery_code\":\"001234\",\"recovery_link\":\"http://%s\"}",
             many('l', 300));
    begin(KRATOS_WORK_MIN, "201 Created\r\n");
    memset(&out, 0x5A, sizeof out);
    assert_int_equal(kratos_create_recovery_code_for_identity(&peer.k, &body, &out), KRATOS_ERR_SPACE);
    assert_true(zeroed(&out, 0, sizeof out));
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
    need = kratos_last_fault(&peer.k)->need;
    begin(need, "201 Created\r\n");
    assert_int_equal(kratos_create_recovery_code_for_identity(&peer.k, &body, &out), KRATOS_OK);
    assert_string_equal(out.recovery_code.p, "001234");
    assert_int_equal(out.recovery_link.n, 307);
    assert_null(out.expires_at.p);
}

/* ---- Errors -------------------------------------------------------------------------------------- */

/* An error's texts are whole or missing, whatever the room; its result stays. */
static void test_error_texts(void **state)
{
    size_t work_size, whole = 0;
    (void)state;
    snprintf(
        reply_body, sizeof reply_body,
        "{\"error\":{\"code\":409,\"details\":{\"a\":[1,2]},\"id\":\"i\\u00e9\",\"reason\":\"%s\",\"message\":\"m\"}}",
        many('r', 250));
    for (work_size = KRATOS_WORK_MIN; work_size < WORK_MOST; work_size++) {
        const struct kratos_fault *f = kratos_last_fault(&peer.k);
        begin(work_size, "409 Conflict\r\n");
        peer.piece = work_size % 4 * 7;
        assert_int_equal(ask(false), KRATOS_ERR_CONFLICT);
        assert_int_equal(f->effect, KRATOS_NOT_DONE);
        if (f->reason.n != 0) {
            assert_string_equal(f->reason.p, many('r', 250));
            assert_string_equal(f->id.p, "i\xc3\xa9");
            assert_string_equal(f->message.p, "m");
            whole++;
        } else {
            assert_int_equal(whole, 0);
            assert_string_equal(f->reason.p, "");
            assert_string_equal(f->id.p, "");
            assert_string_equal(f->message.p, "");
        }
        assert_true(peer.open);
    }
    assert_in_range(whole, WORK_MOST - 450, WORK_MOST - 380);
}

/* ---- Heads ---------------------------------------------------------------------------------------- */

/* A location is given whole or not at all. */
static void test_location(void **state)
{
    static const size_t sizes[] = {1, 100, 150, 184, 185, 186, 187, 188, 200, 300, 900};
    char head[3200];
    size_t i, work_size;
    (void)state;
    for (i = 0; i < COUNT(sizes); i++) {
        size_t whole = 0;
        snprintf(head, sizeof head, "307 Temporary Redirect\r\nLocation: %s\r\n", many('l', sizes[i]));
        strcpy(reply_body, "{\"error\":{\"reason\":\"r\"}}");
        for (work_size = KRATOS_WORK_MIN; work_size < WORK_MOST; work_size++) {
            const struct kratos_fault *f = kratos_last_fault(&peer.k);
            int rc;
            begin(work_size, head);
            peer.piece = work_size % 3 * 9;
            rc = ask(false);
            assert_int_equal(f->http_status, 307);
            assert_int_equal(f->effect, KRATOS_NOT_DONE);
            if (rc == KRATOS_ERR_REDIRECT && f->location.n != 0) {
                assert_string_equal(f->location.p, many('l', sizes[i]));
                whole++;
            } else if (rc == KRATOS_ERR_REDIRECT) {
                assert_string_equal(f->location.p, "");
            } else { /* what is left is too small for the head, or for a line of it that matters */
                assert_true(rc == KRATOS_ERR_SPACE || rc == KRATOS_ERR_HTTP);
                assert_true(work_size < sizes[i] + 100);
            }
            if (work_size > sizes[i] + 200) {
                assert_int_equal(f->location.n, sizes[i]);
                assert_string_equal(f->reason.p, "r");
            }
        }
        assert_true(whole > 0);
    }
}

/* Unknown headers of any length cost nothing. */
static void test_unknown_headers(void **state)
{
    static char head[7000];
    size_t size;
    (void)state;
    strcpy(reply_body, "{\"id\":\"" UUID "\"}");
    for (size = 100; size < 300; size++) {
        static const size_t pieces[] = {0, 1, 2, 63};
        size_t i;
        sprintf(head, "200 OK\r\nX-First: %s\r\nX-Second: y\r\nX-Third:%s\r\n", many('x', size), many(' ', 2 * size));
        for (i = 0; i < COUNT(pieces); i++) {
            begin(KRATOS_WORK_MIN, head);
            peer.piece = pieces[i];
            assert_int_equal(ask(false), KRATOS_OK);
            assert_string_equal(got.id, UUID);
            assert_true(peer.open);
        }
    }
}

/* A page token must fit, and leave room. */
static void test_token(void **state)
{
    static char head[3200];
    size_t size, work_size;
    (void)state;
    strcpy(reply_body, "[{\"id\":\"" UUID "\"}]");
    for (size = 1; size < 700; size += 31) {
        bool fits = false;
        sprintf(head, "200 OK\r\nLink: </x?page_token=%s>; rel=\"next\"\r\n", many('k', size));
        for (work_size = KRATOS_WORK_MIN; work_size < 1000; work_size++) {
            const struct kratos_fault *f = kratos_last_fault(&peer.k);
            int rc;
            begin(work_size, head);
            peer.piece = work_size % 4 * 3;
            rc = ask(true);
            if (rc == KRATOS_OK) {
                fits = true;
                assert_string_equal(got.id, UUID);
                assert_string_equal(kratos_next_page_token(&peer.k).p, many('k', size));
                assert_int_equal(kratos_next_page_token(&peer.k).n, size);
                kratos_wipe(&peer.k);
                assert_null(kratos_next_page_token(&peer.k).p);
                assert_null(kratos_page_token(&peer.k).p);
            } else if ((rc != KRATOS_ERR_SPACE && rc != KRATOS_ERR_HTTP) || fits) {
                fail_msg("token of %zu, work %zu: rc %d", size, work_size, rc);
            } else {
                assert_true(f->need == 0 || f->need > work_size);
                assert_true(f->effect == KRATOS_DONE || (rc == KRATOS_ERR_HTTP && f->effect == KRATOS_MAYBE_DONE));
            }
        }
        assert_true(fits);
    }
}

/* ---- Schemas --------------------------------------------------------------------------------------- */

static void test_schema_ids(void **state)
{
    size_t size, work_size;
    (void)state;
    for (size = 1; size < 600; size += 37) {
        size_t first = 0;
        snprintf(reply_body, sizeof reply_body,
                 "[{\"id\":\"%s\",\"schema\":{\"a\":[1,2,3]}},{\"id\":\"b\",\"schema\":7}]", many('i', size));
        for (work_size = KRATOS_WORK_MIN; work_size < 1000; work_size++) {
            struct kratos_schema_part part;
            char text[100];
            size_t at = 0;
            unsigned schema = 0;
            int rc;
            begin(work_size, "200 OK\r\n");
            peer.piece = work_size % 3 * 11;
            while ((rc = kratos_list_identity_schemas(&peer.k, 0, 0, &part)) == KRATOS_OK) {
                assert_int_equal(part.id.n, schema == 0 ? size : 1);
                assert_string_equal(part.id.p, schema == 0 ? many('i', size) : "b");
                memcpy(text + at, part.p, part.n);
                at += part.n;
                if (part.last) {
                    text[at] = '\0';
                    assert_string_equal(text, schema == 0 ? "{\"a\":[1,2,3]}" : "7");
                    schema++;
                    at = 0;
                }
            }
            if (rc == KRATOS_END) {
                assert_int_equal(schema, 2);
                first = first == 0 ? work_size : first;
            } else if (rc != KRATOS_ERR_SPACE || first != 0 || schema != 0) {
                fail_msg("id of %zu, work %zu: rc %d", size, work_size, rc);
            } else {
                assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
                assert_int_equal(kratos_last_fault(&peer.k)->need, 0); /* not known: the list has ended */
                assert_false(kratos_busy(&peer.k));
                assert_false(peer.open && peer.out_at != peer.out_n);
            }
        }
        assert_true(first == KRATOS_WORK_MIN || (first > size + 64 && first < size + 80)); /* and the name behind it */
    }
}

/* No part that is handed on has what strict JSON does not, however much of it came at once. */
static void test_parts_are_checked(void **state)
{
    size_t before, piece;
    int list;
    (void)state;
    for (list = 0; list < 2; list++) {
        for (before = 0; before < 400; before += 13) {
            for (piece = 0; piece < 60; piece += 19) {
                struct kratos_schema_part part;
                int rc;
                snprintf(reply_body, sizeof reply_body, "%s{\"a\":\"%s\xff%s\"}%s",
                         list ? "[{\"id\":\"x\",\"schema\":" : "", many('b', before), many('c', 700), list ? "}]" : "");
                begin(KRATOS_WORK_MIN, "200 OK\r\n");
                peer.piece = piece;
                do {
                    rc = list ? kratos_list_identity_schemas(&peer.k, 0, 0, &part)
                              : kratos_get_identity_schema(&peer.k, "x", &part);
                    assert_true(rc != KRATOS_OK || memchr(part.p, 0xFF, part.n) == NULL);
                } while (rc == KRATOS_OK);
                assert_int_equal(rc, KRATOS_ERR_JSON);
                assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
                assert_false(kratos_busy(&peer.k));
            }
        }
    }
}

/* The id that is asked for may be that of the result: it stays what it is while the reply arrives, whatever does not fit. */
static void test_id_of_the_result_is_asked_for(void **state)
{
    static const char *const ids[] = {"", ",\"id\":\"11111111-2222-4333-8444-555555555555\"", ",\"id\":null",
                                      ",\"id\":7"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(ids); i++) {
        struct kratos_identity who = {.id = "11111111-2222-4333-8444-555555555555"};
        char head[200];
        size_t size, at;
        int rc;
        snprintf(reply_body, sizeof reply_body, "{\"traits\":{\"p\":\"%s\"}%s}", many('x', 600), ids[i]);
        size = (size_t)snprintf(head, sizeof head,
                                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                                strlen(reply_body));
        begin(KRATOS_WORK_MIN, "");
        peer.serve = NULL;
        peer.config.nonblocking = true;
        assert_int_equal(kratos_get_identity(&peer.k, who.id, NULL, &who), KRATOS_AGAIN);
        peer_raw(&peer, head, size);
        for (at = 0; at < strlen(reply_body); at++) {
            assert_int_equal(kratos_get_identity(&peer.k, who.id, NULL, &who), KRATOS_AGAIN);
            peer_raw(&peer, reply_body + at, 1);
        }
        rc = kratos_get_identity(&peer.k, who.id, NULL, &who);
        assert_int_equal(rc, KRATOS_ERR_SPACE);
        assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
        assert_false(kratos_busy(&peer.k));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_id_that_stays),
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_error_texts),
        cmocka_unit_test(test_location),
        cmocka_unit_test(test_unknown_headers),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_schema_ids),
        cmocka_unit_test(test_parts_are_checked),
        cmocka_unit_test(test_id_of_the_result_is_asked_for),
    };
    return cmocka_run_group_tests_name("fit", tests, NULL, free_block) != 0;
}
