/* SPDX-License-Identifier: Apache-2.0
 *
 * What the library refuses before a byte is sent: configurations, headers, bearer tokens in the clear, control characters in
 * every text of a path or a query, and arguments that Kratos would misunderstand in silence. Also the names of results and
 * the waits that a server asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct peer peer;
static char work[2048];

static void serve_who(struct peer *p, const char *request, size_t n)
{
    (void)n;
    peer_reply(p, strncmp(request, "POST", 4) == 0 ? "201 Created\r\n" : "200 OK\r\n", "{\"id\":\"" UUID "\"}");
}

static void start(void)
{
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve_who;
}

static void refused(int rc, const char *what)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    if (rc != KRATOS_ERR_ARG || f->reason.n == 0 || f->reason.n != strlen(f->reason.p) ||
        f->effect != KRATOS_NOT_SENT || f->http_status != 0 || peer.opens != 0 || peer.requests != 0) {
        fail_msg("%s: rc %d, reason \"%s\", effect %d, %u opens", what, rc, f->reason.p, (int)f->effect, peer.opens);
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void test_strerror(void **state)
{
    const char *unknown = kratos_strerror(4711);
    int a, b;
    (void)state;
    assert_true(unknown != NULL && *unknown != '\0');
    for (a = KRATOS_ERR_STOPPED; a <= KRATOS_END; a++) {
        assert_true(strlen(kratos_strerror(a)) > 1);
        assert_string_not_equal(kratos_strerror(a), unknown);
        for (b = KRATOS_ERR_STOPPED; b < a; b++) {
            assert_string_not_equal(kratos_strerror(a), kratos_strerror(b));
        }
    }
    assert_string_equal(kratos_strerror(KRATOS_OK), "ok");
    assert_string_equal(kratos_strerror(KRATOS_ERR_ARG), "bad argument");
    assert_string_equal(kratos_strerror(KRATOS_ERR_TIMEOUT), "timeout");
    assert_string_equal(kratos_strerror(KRATOS_ERR_REDIRECT), "wrong listener");
    assert_string_equal(kratos_strerror(KRATOS_END + 1), unknown);
    assert_string_equal(kratos_strerror(KRATOS_ERR_STOPPED - 1), unknown);
    assert_string_equal(kratos_strerror(INT32_MIN), unknown);
    assert_string_equal(kratos_strerror(INT32_MAX), unknown);
}

/* ---- Configuration --------------------------------------------------------------------------- */

/* Refused at the start, and again by a call when it became wrong later (no caller may do that; not with NULL). */
static void bad_config(struct kratos_config config, const char *why)
{
    struct kratos_identity who;
    struct kratos_config good;
    start();
    good = peer.config;
    peer.config = config;
    refused(peer_init(&peer), why);
    if (strstr(kratos_last_fault(&peer.k)->reason.p, why) == NULL) {
        fail_msg("wanted a complaint about %s, got \"%s\"", why, kratos_last_fault(&peer.k)->reason.p);
    }
    assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_ERR_ARG);
    kratos_cancel(&peer.k);
    kratos_wipe(&peer.k);
    kratos_close(&peer.k);
    assert_int_equal(peer.opens, 0);
    if (config.work == work && config.work_size == sizeof work && config.host != NULL && config.header_count == 0) {
        peer.config = good;
        assert_int_equal(peer_init(&peer), KRATOS_OK);
        peer.config = config;
        refused(kratos_get_identity(&peer.k, UUID, NULL, &who), why);
        peer.config = good;
        assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
    }
}

static void test_config(void **state)
{
    static const char *const hosts[] = {"",      "a b",  "a\r\nX: y", "a/b",       "a?b",   "a#b",      "u@a",
                                        "[::1]", "a\\b", "a\tb",      "h\xc3\xb6", "a\x7f", "unix:/a b"};
    static const char *const paths[] = {"kratos", "/kratos/", "/", "/a b", "/a?b", "/a#b", "/a\nb", "/a\\b", "/\xff"};
    static const char *const bearers[] = {"", "a b", "a\r\nb", "a\tb", "\xc3\xa4", "a\x7f"};
    struct kratos_config good, c;
    size_t i;
    (void)state;
    start();
    good = peer.config;
    for (i = 0; i < COUNT(hosts); i++) {
        c = good;
        c.host = hosts[i];
        bad_config(c, "host");
    }
    c = good;
    c.host = NULL;
    bad_config(c, "host");
    for (i = 0; i < COUNT(paths); i++) {
        c = good;
        c.base_path = paths[i];
        bad_config(c, "base_path");
    }
    for (i = 0; i < COUNT(bearers); i++) {
        c = good;
        c.bearer = bearers[i];
        bad_config(c, "bearer");
    }
    c = good;
    c.port = 0;
    bad_config(c, "port");
    c = good;
    c.work = NULL;
    bad_config(c, "work");
    c = good;
    c.work_size = KRATOS_WORK_MIN - 1;
    bad_config(c, "work_size");
    c = good;
    c.header_count = 1;
    bad_config(c, "headers");
}

/* Each complaint reaches the application, by kratos_init() and, word for word the same, by a call. */
static void test_every_complaint(void **state)
{
    static const struct kratos_header no_name = {"a b", "v"}, our_name = {"hOST", "v"}, no_value = {"X", "a\nb"};
    static const struct {
        const char *why, *host, *base_path, *bearer;
        const struct kratos_header *headers;
        size_t header_count, work_size;
        uint16_t port;
        bool lacks;
    } rows[] = {
        {"work_size", "h", NULL, NULL, NULL, 0, KRATOS_WORK_MIN - 1, 1, false},
        {"host", "a/b", NULL, NULL, NULL, 0, sizeof work, 1, false},
        {"host", NULL, NULL, NULL, NULL, 0, sizeof work, 1, false},
        {"port", "h", NULL, NULL, NULL, 0, sizeof work, 0, false},
        {"base_path", "h", "a", NULL, NULL, 0, sizeof work, 1, false},
        {"bearer", "h", NULL, "", NULL, 0, sizeof work, 1, false},
        {"bearer in clear", "h", NULL, "b", NULL, 0, sizeof work, 1, false},
        {"headers", "h", NULL, NULL, NULL, 1, sizeof work, 1, false},
        {"headers", "h", NULL, NULL, &no_name, 1, sizeof work, 1, false},
        {"headers", "h", NULL, NULL, &our_name, 1, sizeof work, 1, false},
        {"headers", "h", NULL, NULL, &no_value, 1, sizeof work, 1, false},
        {"io", "h", NULL, NULL, NULL, 0, sizeof work, 1, true},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        int way;
        for (way = 0; way < 2; way++) {
            const struct kratos_fault *f = kratos_last_fault(&peer.k);
            int rc;
            start();
            assert_int_equal(peer_init(&peer), KRATOS_OK);
            peer.config.host = rows[i].host;
            peer.config.base_path = rows[i].base_path;
            peer.config.bearer = rows[i].bearer;
            peer.config.headers = rows[i].headers;
            peer.config.header_count = rows[i].header_count;
            peer.config.work_size = rows[i].work_size;
            peer.config.port = rows[i].port;
            if (rows[i].lacks) {
                peer.io.close = NULL;
            }
            rc = way == 0 ? peer_init(&peer) : kratos_delete_identity(&peer.k, UUID);
            if (rc != KRATOS_ERR_ARG || strcmp(f->reason.p, rows[i].why) != 0 || f->reason.n != strlen(f->reason.p)) {
                fail_msg("wanted \"%s\", got %d, \"%s\"", rows[i].why, rc, f->reason.p);
            }
            assert_string_equal(f->id.p, "");
            assert_string_equal(f->message.p, "");
            assert_string_equal(f->location.p, "");
            assert_int_equal(f->effect, KRATOS_NOT_SENT);
            assert_false(f->transient);
            assert_int_equal(peer.opens, 0);
            assert_false(kratos_busy(&peer.k));
        }
    }
}

static void test_config_that_works(void **state)
{
    static const char *const hosts[] = {"kratos", "10.0.0.1",     "::1", "fe80::1", "a-b.c_d.e",           "A",
                                        "x.com.", "fe80::1%eth0", ".",   "a..",     "unix:/run/k[1]?.sock"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(hosts); i++) {
        char line[80];
        struct kratos_identity who;
        bool v6 = strchr(hosts[i], ':') != NULL && hosts[i][0] != 'u', local = hosts[i][0] == 'u';
        int known_as = (int)strcspn(hosts[i], "%"); /* without a zone, and without the last dot */
        known_as -= known_as > 1 && hosts[i][known_as - 1] == '.';
        start();
        peer.config.host = hosts[i];
        peer.config.port = local ? 0 : 65535;
        peer.config.base_path = i % 2 ? "/a/b" : "";
        peer.config.work_size = KRATOS_WORK_MIN;
        assert_int_equal(peer_init(&peer), KRATOS_OK);
        assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
        snprintf(line, sizeof line,
                 local ? "\r\nHost: localhost\r\n"
                 : v6  ? "\r\nHost: [%.*s]:65535\r\n"
                       : "\r\nHost: %.*s:65535\r\n",
                 known_as, hosts[i]);
        assert_non_null(strstr(peer.last, line));
        assert_true(strstr(peer.last, "GET /a/b/admin/") == peer.last || i % 2 == 0);
    }
}

static void test_io_that_lacks(void **state)
{
    int i;
    (void)state;
    for (i = 0; i < 4; i++) {
        start();
        switch (i) {
        case 0:
            peer.io.open = NULL;
            break;
        case 1:
            peer.io.write = NULL;
            break;
        case 2:
            peer.io.close = NULL;
            break;
        default:
            peer.io.now_ms = NULL;
            break;
        }
        refused(peer_init(&peer), "io");
    }
    start();
    peer.io.native_error = NULL;
    assert_int_equal(peer_init(&peer), KRATOS_OK);
    memset(&peer.io, 0, sizeof peer.io); /* without a port nothing is needed */
    assert_int_equal(peer_init(&peer), KRATOS_OK);
}

/* ---- Headers and bearer ---------------------------------------------------------------------- */

static int with_header(const char *name, const char *value)
{
    static struct kratos_header headers[2];
    headers[0].name = "X-First";
    headers[0].value = "1";
    headers[1].name = name;
    headers[1].value = value;
    start();
    peer.config.headers = headers;
    peer.config.header_count = 2;
    return peer_init(&peer);
}

static void test_headers(void **state)
{
    static const char *const ours[] = {"Host",         "content-length", "Transfer-Encoding", "CONNECTION", "expect",
                                       "Content-Type", "aCCept",         "Accept-Encoding"};
    static const char *const near[] = {"Hos",        "Hostt",          "X-Host",          "Content-Lengt",
                                       "Acceptable", "Authorizations", "Accept-Language", "Cookie"};
    struct kratos_identity who;
    char text[3] = "x";
    size_t i;
    int c;
    (void)state;
    for (i = 0; i < COUNT(ours); i++) {
        refused(with_header(ours[i], "v"), ours[i]);
    }
    refused(with_header("", "v"), "no name");
    refused(with_header(NULL, "v"), "name NULL");
    refused(with_header("X", NULL), "value NULL");
    for (c = 1; c < 256; c++) {
        bool token = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("!#$%&'*+-.^_`|~", c) != NULL;
        text[1] = (char)c;
        if (token) {
            assert_int_equal(with_header(text, "v"), KRATOS_OK);
        } else {
            refused(with_header(text, "v"), "character of a name");
        }
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            refused(with_header("X-Any", text), "control character in a value");
        } else {
            assert_int_equal(with_header("X-Any", text), KRATOS_OK);
        }
    }
    for (i = 0; i < COUNT(near); i++) {
        char line[80];
        assert_int_equal(with_header(near[i], "a: b\tc"), KRATOS_OK);
        assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
        snprintf(line, sizeof line, "\r\nX-First: 1\r\n%s: a: b\tc\r\n", near[i]);
        assert_non_null(strstr(peer.last, line));
    }
}

/* Authorization of another scheme: without a bearer, and guarded as that is. */
static void test_authorization(void **state)
{
    struct kratos_identity who;
    int mode;
    (void)state;
    for (mode = 0; mode < 6; mode++) {
        with_header(mode % 2 ? "Authorization" : "aUTHORIZATION", "Basic QTpi");
        peer.config.host = "far.example";
        peer.io.confidential = peer.config.bearer_in_clear = false;
        refused(peer_init(&peer), "in clear");
        assert_string_equal(kratos_last_fault(&peer.k)->reason.p, "bearer in clear");
        peer.io.confidential = mode / 2 == 0;
        peer.config.bearer_in_clear = mode / 2 == 1;
        peer.config.host = mode / 2 == 2 ? "127.0.0.1" : "far.example";
        peer.config.bearer = "b";
        refused(peer_init(&peer), "beside a bearer");
        assert_string_equal(kratos_last_fault(&peer.k)->reason.p, "headers");
        peer.config.bearer = NULL;
        assert_int_equal(peer_init(&peer), KRATOS_OK);
        assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
        assert_non_null(
            strstr(peer.last, mode % 2 ? "\r\nAuthorization: Basic QTpi\r\n" : "\r\naUTHORIZATION: Basic QTpi\r\n"));
    }
}

static void test_bearer(void **state)
{
    static const char *const loopback[] = {"127.0.0.1", "127.255.255.254", "localhost", "::1", "unix:/run/kratos.sock"};
    static const char *const far[] = {"127.0.0.1.evil.example",
                                      "localhost.evil",
                                      "xlocalhost",
                                      "128.0.0.1",
                                      "1127.0.0.1",
                                      "27.0.0.1",
                                      "::2",
                                      "::11",
                                      "127",
                                      "kratos",
                                      "127.evil.0.1",
                                      "127.1",
                                      "127.0.0.0.1",
                                      "127.0.0.1:4433",
                                      "LOCALHOST.evil"};
    struct kratos_identity who;
    size_t i;
    int mode;
    (void)state;
    for (mode = 0; mode < 3; mode++) { /* neither, confidential, allowed in the clear */
        for (i = 0; i < COUNT(loopback) + COUNT(far); i++) {
            bool near = i < COUNT(loopback);
            const char *host = near ? loopback[i] : far[i - COUNT(loopback)];
            start();
            peer.config.host = host;
            peer.config.bearer = "ory_pat_1";
            peer.io.confidential = mode == 1;
            peer.config.bearer_in_clear = mode == 2;
            if (mode == 0 && !near) {
                refused(peer_init(&peer), host);
                continue;
            }
            assert_int_equal(peer_init(&peer), KRATOS_OK);
            assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
            assert_non_null(strstr(peer.last, "\r\nAuthorization: Bearer ory_pat_1\r\n"));
        }
    }
}

/* ---- Texts that become part of a path or a query ---------------------------------------------- */

enum place {
    GET_ID,
    GET_EXTERNAL,
    GET_INCLUDE,
    UPDATE_ID,
    DELETE_ID,
    CREDENTIAL_ID,
    CREDENTIAL_TYPE,
    CREDENTIAL_IDENTIFIER,
    PATCH_ID,
    LIST_IDENTIFIER,
    LIST_SIMILAR,
    LIST_IDS,
    LIST_INCLUDE,
    LIST_CONSISTENCY,
    LIST_ORGANIZATION,
    LIST_TOKEN,
    SESSIONS_ACTIVE,
    SESSIONS_EXPAND,
    SESSIONS_TOKEN,
    OWN_ID,
    OWN_ACTIVE,
    SESSION_ID,
    SESSION_EXPAND,
    EXTEND_ID,
    DISABLE_ID,
    DELETE_SESSIONS_ID,
    CODE_RETURN,
    LINK_RETURN,
    SCHEMA_ID,
    PLACE_COUNT
};

static bool in_path(enum place place)
{
    return place == GET_ID || place == GET_EXTERNAL || place == UPDATE_ID || place == DELETE_ID ||
           place == CREDENTIAL_ID || place == CREDENTIAL_TYPE || place == PATCH_ID || place == OWN_ID ||
           place == SESSION_ID || place == EXTEND_ID || place == DISABLE_ID || place == DELETE_SESSIONS_ID ||
           place == SCHEMA_ID;
}

static int with_text(enum place place, const char *s)
{
    struct kratos *k = &peer.k;
    const char *const many[] = {"plain", s, NULL}, *const one[] = {s, NULL};
    struct kratos_identity_body body;
    struct kratos_list_identities_params list;
    struct kratos_list_sessions_params sessions;
    struct kratos_list_identity_sessions_params own;
    struct kratos_recovery_body recovery;
    struct kratos_schema_part part;
    memset(&body, 0, sizeof body);
    memset(&list, 0, sizeof list);
    memset(&sessions, 0, sizeof sessions);
    memset(&own, 0, sizeof own);
    memset(&recovery, 0, sizeof recovery);
    body.traits.text = "{}";
    recovery.identity_id = UUID;
    recovery.return_to = s;
    switch (place) {
    case GET_ID:
        return kratos_get_identity(k, s, NULL, NULL);
    case GET_EXTERNAL:
        return kratos_get_identity_by_external_id(k, s, NULL, NULL);
    case GET_INCLUDE:
        return kratos_get_identity(k, UUID, many, NULL);
    case UPDATE_ID:
        return kratos_update_identity(k, s, &body, NULL);
    case DELETE_ID:
        return kratos_delete_identity(k, s);
    case CREDENTIAL_ID:
        return kratos_delete_identity_credentials(k, s, "totp", NULL);
    case CREDENTIAL_TYPE:
        return kratos_delete_identity_credentials(k, UUID, s, NULL);
    case CREDENTIAL_IDENTIFIER:
        return kratos_delete_identity_credentials(k, UUID, "oidc", s);
    case PATCH_ID:
        return kratos_patch_identity(k, s, NULL, 0, NULL);
    case LIST_IDENTIFIER:
        list.credentials_identifier = s;
        return kratos_list_identities(k, &list, NULL);
    case LIST_SIMILAR:
        list.preview_credentials_identifier_similar = s;
        return kratos_list_identities(k, &list, NULL);
    case LIST_IDS:
        list.ids = one;
        return kratos_list_identities(k, &list, NULL);
    case LIST_INCLUDE:
        list.include_credential = many;
        return kratos_list_identities(k, &list, NULL);
    case LIST_CONSISTENCY:
        list.consistency = s;
        return kratos_list_identities(k, &list, NULL);
    case LIST_ORGANIZATION:
        list.organization_id = s;
        return kratos_list_identities(k, &list, NULL);
    case LIST_TOKEN:
        list.page_token = s;
        return kratos_list_identities(k, &list, NULL);
    case SESSIONS_ACTIVE:
        sessions.active = s;
        return kratos_list_sessions(k, &sessions, NULL);
    case SESSIONS_EXPAND:
        sessions.expand = many;
        return kratos_list_sessions(k, &sessions, NULL);
    case SESSIONS_TOKEN:
        sessions.page_token = s;
        return kratos_list_sessions(k, &sessions, NULL);
    case OWN_ID:
        return kratos_list_identity_sessions(k, s, NULL, NULL);
    case OWN_ACTIVE:
        own.active = s;
        return kratos_list_identity_sessions(k, UUID, &own, NULL);
    case SESSION_ID:
        return kratos_get_session(k, s, NULL, NULL);
    case SESSION_EXPAND:
        return kratos_get_session(k, UUID, many, NULL);
    case EXTEND_ID:
        return kratos_extend_session(k, s, NULL);
    case DISABLE_ID:
        return kratos_disable_session(k, s);
    case DELETE_SESSIONS_ID:
        return kratos_delete_identity_sessions(k, s);
    case CODE_RETURN:
        return kratos_create_recovery_code_for_identity(k, &recovery, NULL);
    case LINK_RETURN:
        return kratos_create_recovery_link_for_identity(k, &recovery, NULL);
    default:
        return kratos_get_identity_schema(k, s, &part);
    }
}

static void test_control_characters(void **state)
{
    int place, c;
    (void)state;
    for (place = 0; place < PLACE_COUNT; place++) {
        for (c = 1; c < 0x80; c = c == 0x1F ? 0x7F : c + 1) {
            char text[] = "ab?cd";
            text[2] = (char)c;
            start();
            refused(with_text((enum place)place, text), text);
            text[0] = (char)c;
            refused(with_text((enum place)place, text), text);
        }
    }
}

static void test_empty_texts(void **state)
{
    int place;
    (void)state;
    for (place = 0; place < PLACE_COUNT; place++) {
        start();
        refused(with_text((enum place)place, ""), "empty");
        if (in_path((enum place)place)) {
            refused(with_text((enum place)place, "."), ".");
            refused(with_text((enum place)place, ".."), "..");
            refused(with_text((enum place)place, NULL), "NULL");
        } else {
            refused(with_text((enum place)place, "   "), "blank");
        }
    }
}

/* Every other byte goes out percent-encoded, upper case, and nothing of it can end a path or a query. */
static void test_percent(void **state)
{
    int place, c;
    (void)state;
    for (place = 0; place < PLACE_COUNT; place++) {
        for (c = 0x20; c < 256; c++) {
            static const char unreserved[] = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
            char text[] = "ab?cd", wanted[20];
            const char *end;
            if (c == 0x7F) {
                continue;
            }
            text[2] = (char)c;
            start();
            with_text((enum place)place, text); /* the answer suits some operations only */
            assert_int_equal(peer.requests, 1);
            snprintf(wanted, sizeof wanted, strchr(unreserved, c) != NULL ? "ab%ccd" : "ab%%%02Xcd", c);
            end = strstr(peer.last, " HTTP/1.1\r\n");
            assert_non_null(end);
            peer.last[end - peer.last] = '\0';
            if (strstr(peer.last, wanted) == NULL || strchr(strchr(peer.last, ' ') + 1, ' ') != NULL) {
                fail_msg("place %d, byte %d: wanted %s in %s", place, c, wanted, peer.last);
            }
        }
    }
}

/* ---- Arguments that Kratos would misunderstand ------------------------------------------------- */

static int create(struct kratos_identity_body body)
{
    start();
    return kratos_create_identity(&peer.k, &body, NULL);
}

static void two_values(struct kratos_out *out, const void *arg)
{
    (void)arg;
    kratos_out_int(out, 1);
    kratos_out_int(out, 2);
}

static void no_value(struct kratos_out *out, const void *arg)
{
    (void)out;
    (void)arg;
}

static void test_identity_bodies(void **state)
{
    static const char *const numbers[] = {"7", "-1", "0.5", "  3", "\n\t\r 1e9", "0"};
    static const char *const fine[] = {"null", "{}", "\"7\"", "[7]", " {\"a\":1} ", "true"};
    static const char *const bad_json[] = {"", " ", "{", "{}x", "{\"a\":01}", "\"\xff\"", "nul", "{'a':1}", "NaN"};
    char external[66];
    struct kratos_identity_body body, good;
    size_t i;
    (void)state;
    memset(&good, 0, sizeof good);
    good.traits.text = "{}";
    assert_int_equal(create(good), KRATOS_OK);
    memset(&body, 0, sizeof body);
    refused(create(body), "no traits");
    for (i = 0; i < COUNT(numbers); i++) {
        body = good;
        body.metadata_public.text = numbers[i];
        refused(create(body), numbers[i]);
        body = good;
        body.metadata_admin.text = numbers[i];
        refused(create(body), numbers[i]);
    }
    for (i = 0; i < COUNT(fine); i++) {
        body = good;
        body.metadata_public.text = body.metadata_admin.text = fine[i];
        assert_int_equal(create(body), KRATOS_OK);
        assert_non_null(strstr(peer.last, fine[i]));
    }
    for (i = 0; i < COUNT(bad_json); i++) {
        body = good;
        body.traits.text = bad_json[i];
        refused(create(body), bad_json[i]);
    }
    body = good;
    body.traits.text = NULL;
    body.traits.write = two_values;
    refused(create(body), "two values");
    body.traits.write = no_value;
    refused(create(body), "no value");
    memset(external, 'x', sizeof external);
    external[65] = '\0';
    body = good;
    body.external_id = external;
    refused(create(body), "external_id of 65");
    start();
    refused(kratos_get_identity_by_external_id(&peer.k, external, NULL, NULL), "external_id of 65");
    external[64] = '\0';
    assert_int_equal(create(body), KRATOS_OK);
    assert_int_equal(kratos_get_identity_by_external_id(&peer.k, external, NULL, NULL), KRATOS_OK);
    body = good;
    body.schema_id = "a\nb";
    refused(create(body), "control in schema_id");
    body.schema_id = "a\xff";
    refused(create(body), "no UTF-8 in schema_id");
}

static void test_other_arguments(void **state)
{
    static const char *const none[] = {NULL}, *const one[] = {"a", NULL};
    struct kratos_list_identities_params list;
    struct kratos_patch patch;
    int mask;
    (void)state;
    start();
    refused(kratos_create_identity(&peer.k, NULL, NULL), "body NULL");
    refused(kratos_update_identity(&peer.k, UUID, NULL, NULL), "body NULL");
    refused(kratos_patch_identity(&peer.k, UUID, NULL, 1, NULL), "patches NULL");
    refused(kratos_batch_patch_identities(&peer.k, NULL, NULL), "batch NULL");
    refused(kratos_create_recovery_code_for_identity(&peer.k, NULL, NULL), "recovery NULL");
    refused(kratos_create_recovery_link_for_identity(&peer.k, NULL, NULL), "recovery NULL");
    refused(kratos_delete_identity_credentials(&peer.k, UUID, "lookup", NULL), "lookup");
    for (mask = 0; mask < 8; mask++) {
        memset(&list, 0, sizeof list);
        list.one_page = true;
        list.ids = mask & 1 ? one : NULL;
        list.credentials_identifier = mask & 2 ? "a" : NULL;
        list.preview_credentials_identifier_similar = mask & 4 ? "a" : NULL;
        start();
        if ((mask & (mask - 1)) != 0) {
            refused(kratos_list_identities(&peer.k, &list, NULL), "two filters");
        } else {
            kratos_list_identities(&peer.k, &list, NULL);
            assert_int_equal(peer.requests, 1);
        }
    }
    start();
    memset(&list, 0, sizeof list);
    list.ids = none;
    refused(kratos_list_identities(&peer.k, &list, NULL), "ids without an id");
    memset(&patch, 0, sizeof patch);
    patch.path = "/state";
    refused(kratos_patch_identity(&peer.k, UUID, &patch, 1, NULL), "patch without op");
    patch.op = "remove";
    patch.path = NULL;
    refused(kratos_patch_identity(&peer.k, UUID, &patch, 1, NULL), "patch without path");
    patch.path = "state";
    refused(kratos_patch_identity(&peer.k, UUID, &patch, 1, NULL), "path without /");
    patch.path = "/state";
    assert_int_equal(kratos_patch_identity(&peer.k, UUID, &patch, 1, NULL), KRATOS_OK);
    assert_non_null(strstr(peer.last, "\r\n\r\n[{\"op\":\"remove\",\"path\":\"/state\"}]"));
}

static void because(const char *why)
{
    const kratos_str reason = kratos_last_fault(&peer.k)->reason;
    if (strcmp(reason.p, why) != 0 || reason.n != strlen(why)) {
        fail_msg("wanted \"%s\", got \"%s\"", why, reason.p);
    }
}

/* What is missing is named; nothing is sent; the next call works. */
static void test_missing(void **state)
{
    struct kratos_recovery_body recovery = {NULL, "15m", "api", "http://x/"};
    struct kratos_recovery out;
    (void)state;
    start();
    refused(kratos_create_recovery_code_for_identity(&peer.k, &recovery, &out), "code without identity_id");
    because("identity_id");
    refused(kratos_create_recovery_link_for_identity(&peer.k, &recovery, &out), "link without identity_id");
    because("identity_id");
    refused(kratos_create_recovery_link_for_identity(&peer.k, NULL, &out), "link without a body");
    because("body");
    refused(kratos_update_identity(&peer.k, UUID, NULL, NULL), "update without a body");
    because("body");
    refused(kratos_batch_patch_identities(&peer.k, NULL, NULL), "no batch");
    because("batch");
    refused(kratos_delete_identity_credentials(&peer.k, UUID, "lookup", NULL), "lookup");
    assert_non_null(strstr(kratos_last_fault(&peer.k)->reason.p, "lookup_secret"));
    recovery.identity_id = "";
    recovery.expires_in = recovery.flow_type = recovery.return_to = NULL;
    kratos_create_recovery_link_for_identity(&peer.k, &recovery, &out); /* for the server to refuse */
    assert_int_equal(peer.requests, 1);
    assert_non_null(strstr(peer.last, "\r\n\r\n{\"identity_id\":\"\"}"));
}

static void serve_unavailable(struct peer *p, const char *request, size_t n)
{
    (void)request;
    (void)n;
    peer_reply(p, "503 Service Unavailable\r\nRetry-After: 9\r\n",
               "{\"error\":{\"id\":\"i\",\"reason\":\"r\",\"message\":\"m\"}}");
}

/* Of the fault before, nothing stays in that of a refusal. */
static void test_refused_after_a_fault(void **state)
{
    char long_id[66];
    int way;
    (void)state;
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    for (way = 0; way < 4; way++) {
        const struct kratos_fault *f = kratos_last_fault(&peer.k);
        start();
        peer.serve = serve_unavailable;
        assert_int_equal(kratos_delete_identity(&peer.k, UUID), KRATOS_ERR_SERVER);
        assert_string_equal(f->message.p, "m");
        assert_int_equal(way == 0   ? kratos_batch_patch_identities(&peer.k, NULL, NULL)
                         : way == 1 ? kratos_get_identity_by_external_id(&peer.k, long_id, NULL, NULL)
                         : way == 2 ? kratos_delete_identity_credentials(&peer.k, UUID, "lookup", NULL)
                                    : kratos_create_identity(&peer.k, NULL, NULL),
                         KRATOS_ERR_ARG);
        if (f->http_status != 0 || f->effect != KRATOS_NOT_SENT || f->transient || f->retry_after_ms != 0 ||
            f->id.n != 0 || f->message.n != 0 || f->reason.n < 2) {
            fail_msg("way %d: status %d, effect %d, reason %s, message %s", way, f->http_status, (int)f->effect,
                     f->reason.p, f->message.p);
        }
        assert_int_equal(peer.requests, 1);
    }
}

/* Types that only begin or end like "lookup" are Kratos' own affair. */
static void test_types_near_lookup(void **state)
{
    static const char *const types[] = {"lookup_secret", "looku", "Lookup", "xlookup", "lookup "};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(types); i++) {
        start();
        kratos_delete_identity_credentials(&peer.k, UUID, types[i], NULL);
        assert_int_equal(peer.requests, 1);
    }
}

/* Both bodies of recovery, and the query. */
static void test_recovery_requests(void **state)
{
    static const struct kratos_recovery_body body = {UUID, "1h30m", "api", "http://x/?a=b&c"};
    struct kratos_recovery out;
    (void)state;
    start();
    kratos_create_recovery_code_for_identity(&peer.k, &body, &out);
    assert_true(strstr(peer.last, "POST /admin/recovery/code?return_to=http%3A%2F%2Fx%2F%3Fa%3Db%26c HTTP/1.1\r\n") ==
                peer.last);
    assert_non_null(
        strstr(peer.last, "\r\n\r\n{\"identity_id\":\"" UUID "\",\"expires_in\":\"1h30m\",\"flow_type\":\"api\"}"));
    start();
    kratos_create_recovery_link_for_identity(&peer.k, &body, &out);
    assert_true(strstr(peer.last, "POST /admin/recovery/link?return_to=http%3A%2F%2Fx%2F%3Fa%3Db%26c HTTP/1.1\r\n") ==
                peer.last);
    assert_non_null(strstr(peer.last, "\r\n\r\n{\"identity_id\":\"" UUID "\",\"expires_in\":\"1h30m\"}"));
}

/* ---- Waits ----------------------------------------------------------------------------------- */

static const char *wait_head;

static void serve_wait(struct peer *p, const char *request, size_t n)
{
    char head[300];
    (void)request;
    (void)n;
    snprintf(head, sizeof head, "429 Too Many Requests\r\n%s", wait_head);
    peer_reply(p, head, "{\"error\":{\"code\":429,\"message\":\"slow down\"}}");
}

static void test_retry_after(void **state)
{
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    static const struct {
        const char *head;
        uint32_t ms;
    } rows[] = {
        {"", 0},
        {"Retry-After: 7\r\n", 7000},
        {"retry-after:\t0\r\n", 1000},
        {"Retry-After: 4294967\r\n", 86400000},
        {"Retry-After: 4294967295\r\n", 60000},
        {"Retry-After: 4294967296\r\n", 60000},
        {"Retry-After: -1\r\n", 60000},
        {"Retry-After: 1.5\r\n", 2000},
        {"Retry-After: soon\r\n", 60000},
        {"x-ratelimit-reset: 30\r\n", 30000},
        {"X-RateLimit-Reset: 30\r\nRetry-After: 5\r\n", 30000},
        {"Retry-After: 50\r\nX-RateLimit-Reset: 30\r\n", 50000},
        {DATE "Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n", 10000},
        {"Retry-After: Sun, 06 Nov 1994 08:51:37 GMT\r\n" DATE, 120000},
        {DATE "Retry-After: Sun, 06 Nov 1994 08:49:30 GMT\r\n", 1000},
        {"Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n", 60000}, /* no clock of ours to compare with */
        {DATE "Retry-After: Mon, 07 Nov 1994 08:49:37 GMT\r\n", 86400000},
        {"Date: Sat, 31 Dec 2033 23:59:59 GMT\r\nRetry-After: Sun, 01 Jan 2034 00:00:01 GMT\r\n", 2000},
        {"Date: Tue, 29 Feb 2028 00:00:00 GMT\r\nRetry-After: Wed, 01 Mar 2028 00:00:00 GMT\r\n", 86400000},
        {"Date: Sun, 28 Feb 2100 00:00:00 GMT\r\nRetry-After: Mon, 01 Mar 2100 00:00:00 GMT\r\n", 86400000},
        {DATE "Retry-After: Sunday, 06-Nov-94 08:49:47 GMT\r\n", 60000},
        {DATE "Retry-After: Sun, 06 Nop 1994 08:49:47 GMT\r\n", 60000},
    };
    struct kratos_identity who;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const struct kratos_fault *f;
        start();
        peer.serve = serve_wait;
        wait_head = rows[i].head;
        f = kratos_last_fault(&peer.k);
        assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_ERR_LIMITED);
        if (f->retry_after_ms != rows[i].ms) {
            fail_msg("%s gives %lu ms", rows[i].head, (unsigned long)f->retry_after_ms);
        }
        assert_true(f->transient);
        assert_int_equal(f->http_status, 429);
        assert_int_equal(f->effect, KRATOS_NOT_DONE);
        assert_string_equal(f->message.p, "slow down");
        peer.serve = serve_who; /* forgotten by the next call */
        assert_int_equal(kratos_get_identity(&peer.k, UUID, NULL, &who), KRATOS_OK);
        assert_int_equal(f->retry_after_ms, 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strerror),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_every_complaint),
        cmocka_unit_test(test_config_that_works),
        cmocka_unit_test(test_io_that_lacks),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_authorization),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_empty_texts),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_identity_bodies),
        cmocka_unit_test(test_other_arguments),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_refused_after_a_fault),
        cmocka_unit_test(test_types_near_lookup),
        cmocka_unit_test(test_recovery_requests),
        cmocka_unit_test(test_retry_after),
    };
    return cmocka_run_group_tests_name("refuse", tests, NULL, NULL) != 0;
}
