/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on sessions: what is asked for, with no parameters, each and all; which status is a success; and what becomes
 * of each member of a session.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ID "11111111-2222-4333-8444-555555555555"

static struct peer peer;
static char work[2048];
static const char *head, *body; /* of the answer; body NULL: none */

static void serve(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    if (body != NULL) {
        peer_reply(p, head, body);
    } else {
        peer_raw(p, head, strlen(head));
    }
}

static void start(void)
{
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve;
}

/* ---- What is asked for ------------------------------------------------------------------------- */

static void must_ask(const char *what, int rc, const char *line)
{
    if (rc != KRATOS_OK || peer.requests != 1 || strncmp(peer.last, line, strlen(line)) != 0 ||
        strncmp(peer.last + strlen(line), " HTTP/1.1\r\n", 11) != 0 || strstr(peer.last, "\r\n\r\n")[4] != '\0') {
        fail_msg("%s: %d, \"%s\", wanted %s\ngot %s", what, rc, kratos_last_fault(&peer.k)->reason.p, line, peer.last);
    }
}

static void must_refuse(const char *what, int rc)
{
    if (rc != KRATOS_ERR_ARG || kratos_last_fault(&peer.k)->reason.n == 0 || peer.opens != 0) {
        fail_msg("%s: %d, %u opens", what, rc, peer.opens);
    }
}

static void test_list_sessions(void **state)
{
    static const char *const both[] = {"identity", "devices", NULL}, *const one[] = {"devices", NULL};
    static const char *const none[] = {NULL}, *const blank[] = {"identity", " ", NULL};
    static const struct {
        const char *what;
        struct kratos_list_sessions_params params;
        const char *line; /* NULL: refused */
    } rows[] = {
        {"zeroes", {0, NULL, false, NULL, NULL}, "GET /admin/sessions"},
        {"page_size", {7, NULL, false, NULL, NULL}, "GET /admin/sessions?page_size=7"},
        {"page_token", {0, "a/b", false, NULL, NULL}, "GET /admin/sessions?page_token=a%2Fb"},
        {"one_page", {0, NULL, true, NULL, NULL}, "GET /admin/sessions"},
        {"active", {0, NULL, false, "true", NULL}, "GET /admin/sessions?active=true"},
        {"inactive", {0, NULL, false, "false", NULL}, "GET /admin/sessions?active=false"},
        {"expand", {0, NULL, false, NULL, one}, "GET /admin/sessions?expand=devices"},
        {"expand both", {0, NULL, false, NULL, both}, "GET /admin/sessions?expand=identity&expand=devices"},
        {"expand nothing", {0, NULL, false, NULL, none}, "GET /admin/sessions"},
        {"all",
         {7, "t", true, "true", both},
         "GET /admin/sessions?page_size=7&page_token=t&active=true&expand=identity&expand=devices"},
        {"an empty token", {0, "", false, NULL, NULL}, NULL},
        {"a control character in the token", {0, "a\nb", false, NULL, NULL}, NULL},
        {"an empty active", {0, NULL, false, "", NULL}, NULL},
        {"a control character in active", {0, NULL, false, "a\x7f", NULL}, NULL},
        {"an empty expand", {0, NULL, false, NULL, blank}, NULL},
    };
    struct kratos_session session;
    size_t i;
    (void)state;
    head = "200 OK\r\n";
    body = "[{\"id\":\"" ID "\"}]";
    start();
    must_ask("NULL", kratos_list_sessions(&peer.k, NULL, &session), "GET /admin/sessions");
    assert_string_equal(session.id, ID);
    for (i = 0; i < COUNT(rows); i++) {
        int rc;
        start();
        rc = kratos_list_sessions(&peer.k, &rows[i].params, &session);
        if (rows[i].line != NULL) {
            must_ask(rows[i].what, rc, rows[i].line);
            assert_int_equal(kratos_list_sessions(&peer.k, &rows[i].params, &session), KRATOS_END);
        } else {
            must_refuse(rows[i].what, rc);
        }
    }
}

static void test_list_identity_sessions(void **state)
{
    static const struct {
        const char *what;
        struct kratos_list_identity_sessions_params params;
        const char *query; /* NULL: refused */
    } rows[] = {
        {"zeroes", {0, 0, false, NULL}, "?per_page=1000&page=1"},
        {"page_size", {7, 0, false, NULL}, "?per_page=7&page=1"},
        {"page", {0, 3, false, NULL}, "?per_page=1000&page=3"},
        {"one_page", {0, 0, true, NULL}, "?per_page=1000&page=1"},
        {"active", {0, 0, false, "false"}, "?per_page=1000&page=1&active=false"},
        {"all", {7, 3, true, "true"}, "?per_page=7&page=3&active=true"},
        {"an empty active", {0, 0, false, ""}, NULL},
    };
    struct kratos_session session;
    char line[200];
    size_t i;
    (void)state;
    head = "200 OK\r\nX-Total-Count: 1\r\n";
    body = "[{\"id\":\"" ID "\"}]";
    start();
    must_ask("NULL", kratos_list_identity_sessions(&peer.k, "a/b", NULL, &session),
             "GET /admin/identities/a%2Fb/sessions?per_page=1000&page=1");
    for (i = 0; i < COUNT(rows); i++) {
        int rc;
        start();
        rc = kratos_list_identity_sessions(&peer.k, ID, &rows[i].params, &session);
        sprintf(line, "GET /admin/identities/" ID "/sessions%s", rows[i].query != NULL ? rows[i].query : "");
        if (rows[i].query != NULL) {
            must_ask(rows[i].what, rc, line);
            assert_int_equal(kratos_list_identity_sessions(&peer.k, ID, &rows[i].params, &session), KRATOS_END);
            assert_int_equal(peer.requests, 1);
        } else {
            must_refuse(rows[i].what, rc);
        }
    }
}

/* one_page by both pagers, with more to come. */
static void test_one_page(void **state)
{
    static const struct kratos_list_sessions_params by_token = {1, NULL, true, NULL, NULL};
    static const struct kratos_list_identity_sessions_params by_number = {1, 2, true, NULL};
    struct kratos_session session;
    (void)state;
    head = "200 OK\r\nX-Total-Count: 9\r\nLink: </x?page_token=t>; rel=\"next\"\r\n";
    body = "[{\"id\":\"" ID "\"}]";
    start();
    must_ask("by token", kratos_list_sessions(&peer.k, &by_token, &session), "GET /admin/sessions?page_size=1");
    assert_int_equal(kratos_list_sessions(&peer.k, &by_token, &session), KRATOS_END);
    start();
    must_ask("by number", kratos_list_identity_sessions(&peer.k, ID, &by_number, &session),
             "GET /admin/identities/" ID "/sessions?per_page=1&page=2");
    assert_int_equal(kratos_list_identity_sessions(&peer.k, ID, &by_number, &session), KRATOS_END);
    assert_int_equal(peer.requests, 1);
}

static void test_others(void **state)
{
    static const char *const both[] = {"identity", "devices", NULL}, *const one[] = {"identity", NULL};
    static const char *const none[] = {NULL}, *const blank[] = {"", NULL};
    struct kratos_session session;
    (void)state;
    head = "200 OK\r\n";
    body = "{\"id\":\"" ID "\"}";
    start();
    must_ask("get", kratos_get_session(&peer.k, ID, NULL, &session), "GET /admin/sessions/" ID);
    start();
    must_ask("get, expand", kratos_get_session(&peer.k, ID, one, &session),
             "GET /admin/sessions/" ID "?expand=identity");
    start();
    must_ask("get, both", kratos_get_session(&peer.k, ID, both, &session),
             "GET /admin/sessions/" ID "?expand=identity&expand=devices");
    start();
    must_ask("get, expand nothing", kratos_get_session(&peer.k, ID, none, &session), "GET /admin/sessions/" ID);
    start();
    must_refuse("get, expand empty", kratos_get_session(&peer.k, ID, blank, &session));
    start();
    must_ask("extend", kratos_extend_session(&peer.k, ID, &session), "PATCH /admin/sessions/" ID "/extend");
    head = "HTTP/1.1 204 No Content\r\n\r\n";
    body = NULL;
    start();
    must_ask("extend, no content", kratos_extend_session(&peer.k, ID, &session), "PATCH /admin/sessions/" ID "/extend");
    start();
    must_ask("disable", kratos_disable_session(&peer.k, ID), "DELETE /admin/sessions/" ID);
    start();
    must_ask("delete", kratos_delete_identity_sessions(&peer.k, ID), "DELETE /admin/identities/" ID "/sessions");
}

/* ---- Which status is a success ------------------------------------------------------------------- */

enum { LIST, LIST_OF_IDENTITY, GET, EXTEND, DISABLE, DELETE, OP_COUNT };

static struct kratos_session got;

static int call(unsigned op)
{
    memset(&got, 0x5A, sizeof got);
    switch (op) {
    case LIST:
        return kratos_list_sessions(&peer.k, NULL, &got);
    case LIST_OF_IDENTITY:
        return kratos_list_identity_sessions(&peer.k, ID, NULL, &got);
    case GET:
        return kratos_get_session(&peer.k, ID, NULL, &got);
    case EXTEND:
        return kratos_extend_session(&peer.k, ID, &got);
    case DISABLE:
        return kratos_disable_session(&peer.k, ID);
    default:
        return kratos_delete_identity_sessions(&peer.k, ID);
    }
}

static void test_status(void **state)
{
    static const struct {
        int status;
        const char *head;
        int rc[OP_COUNT];
    } rows[] = {
        {200, "200 OK\r\n", {KRATOS_OK, KRATOS_OK, KRATOS_OK, KRATOS_OK, KRATOS_ERR_HTTP, KRATOS_ERR_HTTP}},
        {201, "201 Created\r\n", {-8, -8, -8, -8, -8, -8}},
        {202, "202 Accepted\r\n", {-8, -8, -8, -8, -8, -8}},
        {204, "HTTP/1.1 204 No Content\r\n\r\n", {-8, -8, -8, KRATOS_OK, KRATOS_OK, KRATOS_OK}},
        {205, "205 Reset Content\r\n", {-8, -8, -8, -8, -8, -8}},
        {401, "401 Unauthorized\r\n", {-10, -10, -10, -10, -10, -10}},
        {404, "404 Not Found\r\n", {-11, -11, -11, -11, -11, -11}},
        {500, "500 Internal Server Error\r\n", {-15, -15, -15, -15, -15, -15}},
    };
    size_t i;
    unsigned op;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (op = 0; op < OP_COUNT; op++) {
            int rc;
            head = rows[i].head;
            body = rows[i].status == 204    ? NULL
                   : op <= LIST_OF_IDENTITY ? "[{\"id\":\"" ID "\"}]"
                                            : "{\"id\":\"" ID "\"}";
            start();
            rc = call(op);
            if (rc != rows[i].rc[op] || kratos_last_fault(&peer.k)->http_status != (rc < 0 ? rows[i].status : 0)) {
                fail_msg("%d, operation %u: %d, status %d", rows[i].status, op, rc,
                         kratos_last_fault(&peer.k)->http_status);
            }
            if (op == EXTEND && rows[i].status == 204) {
                static const struct kratos_session empty;
                assert_string_equal(got.id, "");
                assert_false(got.active);
                assert_null(got.expires_at.p);
                assert_null(got.devices.p);
                assert_int_equal(got.expires_at.n, empty.expires_at.n);
            }
        }
    }
}

/* ---- What a session becomes ------------------------------------------------------------------------ */

#define MEMBERS                                                                                                        \
    "\"active\":true,\"expires_at\":\"e\\u0041\",\"authenticated_at\":\"a\",\"authenticator_assurance_level\":"        \
    "\"aal2\","                                                                                                        \
    "\"authentication_methods\":[{\"method\":\"password\"}],\"issued_at\":\"i\",\"identity\":{\"id\":\"other\"},"      \
    "\"devices\":[ ],\"tokenized\":\"left out\""

static void must_be(const char *what, kratos_str s, const char *wanted)
{
    if (wanted == NULL ? s.p != NULL : s.p == NULL || s.n != strlen(wanted) || strcmp(s.p, wanted) != 0) {
        fail_msg("%s: %s, wanted %s", what, s.p != NULL ? s.p : "NULL", wanted != NULL ? wanted : "NULL");
    }
}

static void must_be_json(const char *what, kratos_json v, const char *wanted)
{
    if (wanted == NULL ? v.p != NULL : v.p == NULL || v.n != strlen(wanted) || memcmp(v.p, wanted, v.n) != 0) {
        fail_msg("%s: %.*s, wanted %s", what, v.p != NULL ? (int)v.n : 4, v.p != NULL ? v.p : "NULL",
                 wanted != NULL ? wanted : "NULL");
    }
}

static void test_members(void **state)
{
    static const char *const whole[] = {"{\"id\":\"" ID "\"," MEMBERS "}", "{" MEMBERS ",\"id\":\"" ID "\"}"};
    static const char *const empty[] = {
        "{\"id\":\"" ID "\"}",
        "{\"id\":\"" ID
        "\",\"active\":false,\"expires_at\":null,\"authenticated_at\":null,\"authenticator_assurance_level\":"
        "null,\"authentication_methods\":null,\"issued_at\":null,\"identity\":null,\"devices\":null}",
    };
    char list[1000];
    unsigned op, i;
    (void)state;
    head = "200 OK\r\n";
    for (op = LIST; op <= EXTEND; op++) {
        for (i = 0; i < 4; i++) {
            const char *one = i < 2 ? whole[i] : empty[i - 2];
            bool full = i < 2;
            sprintf(list, "[%s]", one);
            body = op <= LIST_OF_IDENTITY ? list : one;
            start();
            assert_int_equal(call(op), KRATOS_OK);
            assert_string_equal(got.id, ID);
            assert_int_equal(got.active, full);
            must_be("expires_at", got.expires_at, full ? "eA" : NULL);
            must_be("authenticated_at", got.authenticated_at, full ? "a" : NULL);
            must_be("authenticator_assurance_level", got.authenticator_assurance_level, full ? "aal2" : NULL);
            must_be("issued_at", got.issued_at, full ? "i" : NULL);
            must_be_json("authentication_methods", got.authentication_methods,
                         full ? "[{\"method\":\"password\"}]" : NULL);
            must_be_json("identity", got.identity, full ? "{\"id\":\"other\"}" : NULL);
            must_be_json("devices", got.devices, full ? "[ ]" : NULL);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_sessions), cmocka_unit_test(test_list_identity_sessions),
        cmocka_unit_test(test_one_page),      cmocka_unit_test(test_others),
        cmocka_unit_test(test_status),        cmocka_unit_test(test_members),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL) != 0;
}
