/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of paths: each byte of them, what would make another path of one, where they may lie, and that a call in
 * progress is told from another one by them. Each is read from exactly its own memory.
 */
#include "rig.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Operations with a path ------------------------------------------------------------------- */

enum {
    GET_IDENTITY,
    BY_EXTERNAL_ID,
    UPDATE,
    DELETE_IDENTITY,
    DELETE_TYPE,
    DELETE_OF_TYPE,
    PATCH_IDENTITY,
    LIST_OF_IDENTITY,
    GET_SESSION,
    EXTEND,
    DISABLE,
    DELETE_SESSIONS,
    GET_SCHEMA,
    OP_COUNT
};

static const struct {
    const char *before, *behind; /* of the request's first line */
} lines[OP_COUNT] = {
    {"GET /admin/identities/", " "},
    {"GET /admin/identities/by/external/", " "},
    {"PUT /admin/identities/", " "},
    {"DELETE /admin/identities/", " "},
    {"DELETE /admin/identities/", "/credentials/oidc?identifier=x%3Ay "},
    {"DELETE /admin/identities/an-id/credentials/", " "},
    {"PATCH /admin/identities/", " "},
    {"GET /admin/identities/", "/sessions?per_page=1000&page=1 "},
    {"GET /admin/sessions/", " "},
    {"PATCH /admin/sessions/", "/extend "},
    {"DELETE /admin/sessions/", " "},
    {"DELETE /admin/identities/", "/sessions "},
    {"GET /schemas/", " "},
};

/* One call of the operation with that parameter. */
static int call_with(unsigned op, const char *value)
{
    static const struct kratos_patch patch = {"remove", "/metadata_public", NULL, {NULL, 0, NULL, NULL}};
    static struct kratos_schema_part part;
    static struct kratos_session session;
    struct kratos_identity_body body;
    memset(&body, 0, sizeof body);
    body.traits.text = "{}";
    switch (op) {
    case GET_IDENTITY:
        return kratos_get_identity(&peer.k, value, NULL, &who);
    case BY_EXTERNAL_ID:
        return kratos_get_identity_by_external_id(&peer.k, value, NULL, &who);
    case UPDATE:
        return kratos_update_identity(&peer.k, value, &body, &who);
    case DELETE_IDENTITY:
        return kratos_delete_identity(&peer.k, value);
    case DELETE_TYPE:
        return kratos_delete_identity_credentials(&peer.k, value, "oidc", "x:y");
    case DELETE_OF_TYPE:
        return kratos_delete_identity_credentials(&peer.k, "an-id", value, NULL);
    case PATCH_IDENTITY:
        return kratos_patch_identity(&peer.k, value, &patch, 1, &who);
    case LIST_OF_IDENTITY:
        return kratos_list_identity_sessions(&peer.k, value, NULL, &session);
    case GET_SESSION:
        return kratos_get_session(&peer.k, value, NULL, &session);
    case EXTEND:
        return kratos_extend_session(&peer.k, value, &session);
    case DISABLE:
        return kratos_disable_session(&peer.k, value);
    case DELETE_SESSIONS:
        return kratos_delete_identity_sessions(&peer.k, value);
    default:
        return kratos_get_identity_schema(&peer.k, value, &part);
    }
}

static void serve_any(struct peer *p, const char *request, size_t n)
{
    if (strstr(request, "/sessions?") != NULL) {
        peer_reply(p, "200 OK\r\n", "[" WHO "]");
    } else {
        serve(p, request, n);
    }
}

/* In memory of its own, nothing behind it. */
static int call_with_copy(unsigned op, const char *value)
{
    size_t n = strlen(value) + 1;
    char *copy = (char *)memcpy(malloc(n), value, n);
    int rc = call_with(op, copy);
    kratos_cancel(&peer.k);
    free(copy);
    return rc;
}

static void must_ask(unsigned op, const char *value, const char *encoded)
{
    char line[300];
    int rc;
    start();
    peer.serve = serve_any;
    rc = call_with_copy(op, value);
    sprintf(line, "%s%s%sHTTP/1.1\r\n", lines[op].before, encoded, lines[op].behind);
    if (rc != KRATOS_OK || peer.requests != 1 || strncmp(peer.last, line, strlen(line)) != 0) {
        fail_msg("operation %u, parameter |%s|: %d, %u requests, wanted %sgot %.200s", op, value, rc, peer.requests,
                 line, peer.last);
    }
}

static void must_refuse(unsigned op, const char *value)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    int rc;
    start();
    peer.serve = serve_any;
    rc = value != NULL ? call_with_copy(op, value) : call_with(op, NULL);
    if (rc != KRATOS_ERR_ARG || f->reason.n == 0 || f->effect != KRATOS_NOT_SENT || peer.opens != 0 ||
        kratos_busy(&peer.k)) {
        fail_msg("operation %u, parameter |%s|: %d, \"%s\", %u opens", op, value != NULL ? value : "NULL", rc,
                 f->reason.p, peer.opens);
    }
    assert_int_equal(call_with(op, "good"), KRATOS_OK); /* nothing of it is left */
}

/* ---- What they become -------------------------------------------------------------------------- */

/* RFC 3986 2.1 and 2.3: only unreserved characters stand for themselves, all else is %XX in capitals. */
static void test_every_byte(void **state)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char *const around[][2] = {{"", ""}, {"x", ""}, {"", "y"}, {"x", "y"}};
    char value[8], encoded[12];
    unsigned op;
    size_t i;
    int c;
    (void)state;
    for (op = 0; op < OP_COUNT; op++) {
        for (c = 1; c < 256; c++) {
            for (i = op == GET_IDENTITY || op == DELETE_OF_TYPE ? 0 : 3; i < COUNT(around); i++) {
                sprintf(value, "%s%c%s", around[i][0], c, around[i][1]);
                sprintf(encoded, strchr(unreserved, c) != NULL ? "%s%c%s" : "%s%%%02X%s", around[i][0], c,
                        around[i][1]);
                if (c < 0x20 || c == 0x7F || strcmp(value, ".") == 0) {
                    must_refuse(op, value);
                } else {
                    must_ask(op, value, encoded);
                }
            }
        }
    }
}

/* RFC 3986 5.2.4: a dot, two dots and nothing would become another path. */
static void test_another_path(void **state)
{
    static const char *const refused[] = {NULL, "", ".", ".."};
    static const char *const good[][2] = {
        {"...", "..."},
        {".a", ".a"},
        {"a.", "a."},
        {"..a", "..a"},
        {"a..", "a.."},
        {"%2e", "%252e"},
        {"%2E%2E", "%252E%252E"},
        {"../x", "..%2Fx"},
        {"./", ".%2F"},
        {"/", "%2F"},
        {"a/../b", "a%2F..%2Fb"},
        {"a?b=c&d#e", "a%3Fb%3Dc%26d%23e"},
        {"{id}", "%7Bid%7D"},
        {"}", "%7D"},
        {" ", "%20"},
        {"a b+c", "a%20b%2Bc"},
        {"\xc3\xa9", "%C3%A9"},
        {UUID, UUID},
    };
    unsigned op;
    size_t i;
    (void)state;
    for (op = 0; op < OP_COUNT; op++) {
        for (i = 0; i < COUNT(refused); i++) {
            must_refuse(op, refused[i]);
        }
        for (i = 0; i < COUNT(good); i++) {
            must_ask(op, good[i][0], good[i][1]);
        }
    }
}

/* Two parameters, each in its place; one that is bad spoils both. */
static void test_two(void **state)
{
    static const struct {
        const char *id, *type, *line;
    } rows[] = {
        {"a", "b", "DELETE /admin/identities/a/credentials/b HTTP/1.1\r\n"},
        {"b", "a", "DELETE /admin/identities/b/credentials/a HTTP/1.1\r\n"},
        {"a/b", "c?d", "DELETE /admin/identities/a%2Fb/credentials/c%3Fd HTTP/1.1\r\n"},
        {"a", "", NULL},
        {"", "b", NULL},
        {"a", NULL, NULL},
        {NULL, "b", NULL},
        {NULL, NULL, NULL},
        {"..", "b", NULL},
        {"a", ".", NULL},
        {"a\n", "b", NULL},
        {"a", "\tb", NULL},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        int rc;
        start();
        rc = kratos_delete_identity_credentials(&peer.k, rows[i].id, rows[i].type, NULL);
        if (rc != (rows[i].line != NULL ? KRATOS_OK : KRATOS_ERR_ARG) || peer.requests != (rows[i].line != NULL) ||
            (rows[i].line != NULL && strncmp(peer.last, rows[i].line, strlen(rows[i].line)) != 0)) {
            fail_msg("row %zu: %d, %s", i, rc, peer.last);
        }
    }
}

/* ---- Where they may lie ------------------------------------------------------------------------- */

static int until_done(unsigned op, const char *value)
{
    unsigned again = 0;
    int rc;
    while ((rc = call_with(op, value)) == KRATOS_AGAIN) {
        assert_true(++again < 5000);
    }
    return rc;
}

/* Read, then asked for by what was read: the reply is overwritten while the call is repeated. Lists need it again. */
static void test_in_the_last_reply(void **state)
{
    unsigned op, nonblocking, which;
    (void)state;
    for (op = 0; op < OP_COUNT; op++) {
        for (nonblocking = 0; nonblocking < 2; nonblocking++) {
            for (which = 0; which < 3; which++) {
                const char *value;
                char line[200];
                int rc;
                start();
                peer.serve = serve_any;
                peer.config.nonblocking = nonblocking != 0;
                hook.stutter = nonblocking != 0;
                peer.piece = nonblocking != 0 ? 3 : 0;
                assert_int_equal(until_done(GET_IDENTITY, UUID), KRATOS_OK);
                value = which == 0 ? who.external_id.p : which == 1 ? who.created_at.p : who.schema_id.p;
                assert_true(value >= work && value < work + sizeof work);
                sprintf(line, "%s%s%sHTTP/1.1\r\n", lines[op].before,
                        which == 0   ? "ext-1"
                        : which == 1 ? "2024-01-01T00%3A00%3A00Z"
                                     : "device",
                        lines[op].behind);
                rc = until_done(op, value);
                if (op == LIST_OF_IDENTITY ? rc != KRATOS_ERR_ARG || peer.requests != 1
                                           : rc != KRATOS_OK || strncmp(peer.last, line, strlen(line)) != 0) {
                    fail_msg("operation %u, nonblocking %u, member %u: %d, wanted %sgot %.200s", op, nonblocking, which,
                             rc, line, peer.last);
                }
            }
        }
    }
}

/* ---- What tells two calls apart ------------------------------------------------------------------- */

static void start_silent(void *buffer, size_t size)
{
    peer_begin(&peer, buffer, size);
    peer.config.nonblocking = true;
    assert_int_equal(peer_init(&peer), KRATOS_OK);
}

static void serve_done(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_raw(p, "HTTP/1.1 204 No Content\r\n\r\n", 27);
}

static int both(const char *const *values)
{
    return kratos_delete_identity_credentials(&peer.k, values[0], values[1], NULL);
}

static void test_busy_by_another_parameter(void **state)
{
    static const struct {
        const char *now[2], *other[2];
    } rows[] = {
        {{"a", "b"}, {"b", "a"}},
        {{"a", "b"}, {"a", "c"}},
        {{"a", "b"}, {"c", "b"}},
        {{"a", "b"}, {"a", "a"}},
        {{"ab", "c"}, {"a", "bc"}},
        {{"a", "bc"}, {"ab", "c"}},
        {{"Aa", "x"}, {"BB", "x"}}, /* 31 * 'A' + 'a' == 31 * 'B' + 'B' */
        {{"a", "b"}, {"a", "bb"}},
        {{"a", "b"}, {"aa", "b"}},
        {{"aa", "b"}, {"a", "b"}},
        {{"a", "b"}, {NULL, "b"}},
        {{"a", "b"}, {"a", NULL}},
        {{"ab", "cd"}, {"ba", "cd"}},
        {{"ab", "cd"}, {"ab", "dc"}},
        {{"\x7e", "b"}, {"\xfe", "b"}},
        {{"11111111-2222-4333-8444-555555555555", "x"}, {"11111111-2222-4333-8444-555555555556", "x"}},
        {{"11111111-2222-4333-8444-555555555555", "x"}, {"21111111-2222-4333-8444-555555555555", "x"}},
        {{"11111111-2222-4333-8444-555555555555", "x"}, {"11111111-2222-4333-8444-55555555555", "x"}},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        int first, other, again, unlike;
        start_silent(work, sizeof work);
        first = both(rows[i].now);
        other = both(rows[i].other);
        unlike = kratos_delete_identity(&peer.k, rows[i].now[0]);
        again = both(rows[i].now);
        if (first != KRATOS_AGAIN || other != KRATOS_ERR_BUSY || unlike != KRATOS_ERR_BUSY || again != KRATOS_AGAIN ||
            !kratos_busy(&peer.k)) {
            fail_msg("row %zu: %d, then %d and %d, then %d", i, first, other, unlike, again);
        }
        serve_done(&peer, NULL, 0); /* BUSY changed nothing */
        while ((again = both(rows[i].now)) == KRATOS_AGAIN) {
        }
        assert_int_equal(again, KRATOS_OK);
        assert_int_equal(peer.requests, 1);
        assert_int_equal(both(rows[i].other) == KRATOS_AGAIN, rows[i].other[0] != NULL && rows[i].other[1] != NULL);
    }
}

/* The same text elsewhere is the same call: its place does not count, only that it is not in the work buffer. */
static void test_place_does_not_count(void **state)
{
    char here[] = "same", there[] = "same";
    (void)state;
    start_silent(work, sizeof work);
    assert_int_equal(kratos_delete_identity(&peer.k, here), KRATOS_AGAIN);
    assert_int_equal(kratos_delete_identity(&peer.k, there), KRATOS_AGAIN);
    there[3] = 'f';
    assert_int_equal(kratos_delete_identity(&peer.k, there), KRATOS_ERR_BUSY);
}

/* Just before and just behind the work buffer a text is as any other: what lies inside is not taken for it. */
static void test_borders(void **state)
{
    static char memory[16 + 512 + 16];
    static const size_t at[] = {0, 14, 16 + 512, 16 + 512 + 14};
    char *first = memory + 16, *behind = first + 512;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(at); i++) {
        memset(memory, 0, sizeof memory);
        start_silent(first, 512);
        memory[at[i]] = 'v';
        if (kratos_delete_identity(&peer.k, memory + at[i]) != KRATOS_AGAIN ||
            kratos_delete_identity(&peer.k, memory + at[i]) != KRATOS_AGAIN ||
            kratos_delete_identity(&peer.k, "v") != KRATOS_AGAIN) {
            fail_msg("row %zu: not the same call", i);
        }
        if (kratos_delete_identity(&peer.k, "w") != KRATOS_ERR_BUSY ||
            kratos_delete_identity(&peer.k, first + 100) != KRATOS_ERR_BUSY ||
            kratos_delete_identity(&peer.k, first) != KRATOS_ERR_BUSY ||
            kratos_delete_identity(&peer.k, behind - 1) != KRATOS_ERR_BUSY) {
            fail_msg("row %zu: another text is not told from it", i);
        }
    }
}

/* A call with a text of the last reply is told from one with another text. */
static void test_busy_beside_the_last_reply(void **state)
{
    (void)state;
    start();
    assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
    peer.config.nonblocking = true;
    peer.serve = NULL;
    assert_int_equal(kratos_delete_identity(&peer.k, who.external_id.p), KRATOS_AGAIN);
    assert_int_equal(kratos_delete_identity(&peer.k, "v"), KRATOS_ERR_BUSY);
    assert_int_equal(kratos_delete_identity(&peer.k, who.external_id.p), KRATOS_AGAIN);
    peer_raw(&peer, "HTTP/1.1 204 No Content\r\n\r\n", 27);
    assert_int_equal(kratos_delete_identity(&peer.k, who.external_id.p), KRATOS_OK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_another_path),
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_in_the_last_reply),
        cmocka_unit_test(test_busy_by_another_parameter),
        cmocka_unit_test(test_place_does_not_count),
        cmocka_unit_test(test_borders),
        cmocka_unit_test(test_busy_beside_the_last_reply),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL) != 0;
}
