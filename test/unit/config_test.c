/* SPDX-License-Identifier: Apache-2.0
 *
 * What kratos_init() takes and what it refuses, and with which reason: each byte value in each text of a configuration, by RFC
 * 3986 and 9110. The texts lie in heap blocks of their exact size, so that a sanitizer sees each byte too far.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define UUID "11111111-2222-4333-8444-555555555555"

static struct peer peer;
static char work[1024];
static struct kratos_header headers[3];

static void start(void)
{
    peer_begin(&peer, work, sizeof work);
    peer.config.port = 4434;
}

/* The reason of a refusal, or "" when the configuration is taken. */
static const char *complaint(void)
{
    int rc = peer_init(&peer);
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    if ((rc != KRATOS_OK && rc != KRATOS_ERR_ARG) || (rc == KRATOS_OK) != (f->reason.n == 0) ||
        strlen(f->reason.p) != f->reason.n || f->effect != KRATOS_NOT_SENT || f->http_status != 0 || f->transient ||
        f->id.n != 0 || f->message.n != 0 || f->location.n != 0 || kratos_busy(&peer.k) || peer.opens != 0) {
        fail_msg("rc %d, reason \"%s\", effect %d", rc, f->reason.p, (int)f->effect);
    }
    return f->reason.p;
}

static void complains(const char *reason, const char *row)
{
    const char *is = complaint();
    if (strcmp(is, reason) != 0) {
        fail_msg("%s: \"%s\" instead of \"%s\"", row, is, reason);
    }
}

/* ---- Classes of bytes ------------------------------------------------------------------------- */

static bool one_of(int c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

static bool is_alnum(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_hex(int c)
{
    return one_of(c, "0123456789abcdefABCDEF");
}

/* RFC 3986 2.3, 2.2 */
static bool is_unreserved_or_delimiter(int c)
{
    return is_alnum(c) || one_of(c, "-._~!$&'()*+,;=");
}

/* reg-name, with the colons of IPv6 and the percent sign of a zone or of an encoded byte */
static bool in_host(int c)
{
    return is_unreserved_or_delimiter(c) || one_of(c, ":%");
}

/* RFC 3986 3.3: pchar but for its percent sign, and the slash */
static bool in_path(int c)
{
    return is_unreserved_or_delimiter(c) || one_of(c, ":@/");
}

static bool path_end(int c)
{
    return in_path(c) && c != '/';
}

static bool path_begin(int c)
{
    return c == '/';
}

/* RFC 5234: VCHAR */
static bool is_visible(int c)
{
    return c > 0x20 && c < 0x7F;
}

/* RFC 9110 5.6.2 */
static bool is_token(int c)
{
    return is_alnum(c) || one_of(c, "!#$%&'*+-.^_`|~");
}

/* RFC 9110 5.5 */
static bool in_value(int c)
{
    return (c >= 0x20 && c != 0x7F) || c == '\t';
}

/* ---- Texts -------------------------------------------------------------------------------------- */

enum text { HOST, BASE_PATH, BEARER, NAME, VALUE, AUTHORITY, USER_AGENT };

static const char *const reasons[] = {"host", "base_path", "bearer", "headers", "headers", "authority", "user_agent"};

/* A configuration in which one text is `p`, of n bytes and a NUL. Returns whether it is taken. */
static bool takes(enum text which, const char *p, size_t n)
{
    char *copy = (char *)malloc(n + 1);
    const char *is;
    memcpy(copy, p, n);
    copy[n] = '\0';
    start();
    headers[0].name = "X-First";
    headers[0].value = "1";
    headers[1].name = which == NAME ? copy : "X-Second";
    headers[1].value = which == VALUE ? copy : "2";
    headers[2].name = "X-Third";
    headers[2].value = "";
    peer.config.headers = headers;
    peer.config.header_count = 3;
    peer.config.host = which == HOST ? copy : "127.0.0.1";
    peer.config.base_path = which == BASE_PATH ? copy : NULL;
    peer.config.bearer = which == BEARER ? copy : NULL;
    peer.config.authority = which == AUTHORITY ? copy : NULL;
    peer.config.user_agent = which == USER_AGENT ? copy : NULL;
    is = complaint();
    if (*is != '\0' && strcmp(is, reasons[which]) != 0) {
        fail_msg("\"%s\" as text %d: \"%s\"", copy, (int)which, is);
    }
    free(copy);
    return *is == '\0';
}

static void test_every_byte(void **state)
{
    static const struct {
        enum text which;
        const char *before, *behind;
        bool (*good)(int c);
    } rows[] = {
        {HOST, "", "", in_host},           {HOST, "", "b", in_host},          {HOST, "a", "b", in_host},
        {HOST, "a", "", in_host},          {HOST, "unix:/", "", is_visible},  {HOST, "unix:/", "b", is_visible},
        {HOST, "unix:", "/b", is_visible}, {BASE_PATH, "", "a", path_begin},  {BASE_PATH, "/", "a", in_path},
        {BASE_PATH, "/a", "b", in_path},   {BASE_PATH, "/a", "", path_end},   {BASE_PATH, "/a/", "", path_end},
        {BASE_PATH, "/%4", "", is_hex},    {BASE_PATH, "/%4", "b", is_hex},   {BASE_PATH, "/%", "4", is_hex},
        {BASE_PATH, "/a%", "4/b", is_hex}, {BASE_PATH, "/%44", "b", in_path}, {BEARER, "", "", is_visible},
        {BEARER, "", "b", is_visible},     {BEARER, "a", "b", is_visible},    {BEARER, "a", "", is_visible},
        {NAME, "", "", is_token},          {NAME, "", "b", is_token},         {NAME, "a", "b", is_token},
        {NAME, "a", "", is_token},         {VALUE, "", "", in_value},         {VALUE, "", "b", in_value},
        {VALUE, "a", "b", in_value},       {VALUE, "a", "", in_value},        {AUTHORITY, "", "", in_value},
        {AUTHORITY, "a", "b", in_value},   {USER_AGENT, "", "", in_value},    {USER_AGENT, "a", "b", in_value},
    };
    size_t i;
    int c;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (c = 1; c < 256; c++) {
            char text[20];
            size_t n = (size_t)sprintf(text, "%s?%s", rows[i].before, rows[i].behind);
            text[strlen(rows[i].before)] = (char)c;
            if (takes(rows[i].which, text, n) != rows[i].good(c)) {
                fail_msg("%s with 0x%02x between \"%s\" and \"%s\"", reasons[rows[i].which], (unsigned)c,
                         rows[i].before, rows[i].behind);
            }
        }
    }
}

/* RFC 3986 2.1: % and two hexadecimal digits. */
static void test_every_encoded_byte(void **state)
{
    int a, b;
    (void)state;
    for (a = 1; a < 256; a++) {
        for (b = 1; b < 256; b++) {
            char text[4] = {'/', '%', (char)a, (char)b};
            if (takes(BASE_PATH, text, sizeof text) != (is_hex(a) && is_hex(b))) {
                fail_msg("%% with 0x%02x and 0x%02x", (unsigned)a, (unsigned)b);
            }
        }
    }
}

static void test_texts(void **state)
{
    static const struct {
        enum text which;
        const char *text;
        bool good;
    } rows[] = {
        {HOST, "", false},
        {HOST, "kratos.example", true},
        {HOST, "10.0.0.1", true},
        {HOST, "2001:db8::1", true},
        {HOST, "fe80::1%25eth0", true},
        {HOST, "[::1]", false},
        {HOST, "user@host", false},
        {HOST, "host/path", false},
        {HOST, "host?query", false},
        {HOST, "host#part", false},
        {HOST, "a\r\nX-Injected: b", false},
        {HOST, "unix:", false},
        {HOST, "unix:/run/kratos [1].sock", false},
        {HOST, "unix:/run/kratos[1]/@?#.sock", true},
        {BASE_PATH, "", true},
        {BASE_PATH, "/", false},
        {BASE_PATH, "//", false},
        {BASE_PATH, "/a/", false},
        {BASE_PATH, "/a%2f", true},
        {BASE_PATH, "/a%2F/b", true},
        {BASE_PATH, "/a%2F/", false},
        {BASE_PATH, "/%", false},
        {BASE_PATH, "/%4", false},
        {BASE_PATH, "/%%41", false},
        {BASE_PATH, "/%4%41", false},
        {BASE_PATH, "/a?b", false},
        {BASE_PATH, "/a?41", false},
        {BASE_PATH, "/a 4f", false},
        {BASE_PATH, "/a HTTP/1.1\r\nX: y", false},
        {BASE_PATH, "a", false},
        {BASE_PATH, "http://h/a", false},
        {BASE_PATH, "/a/b:c@d/-._~!$&'()*+,;=", true},
        {BEARER, "", false},
        {BEARER, "ory_pat_1", true},
        {BEARER, "a b", false},
        {NAME, "", false},
        {NAME, "X:", false},
        {NAME, "X-Ory~|`^", true},
        {VALUE, "", true},
        {VALUE, "a: \"b\", \xc3\xa9", true},
        {VALUE, "a\r\nX: y", false},
        {VALUE, "a\n b", false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        if (takes(rows[i].which, rows[i].text, strlen(rows[i].text)) != rows[i].good) {
            fail_msg("%s: \"%s\"", reasons[rows[i].which], rows[i].text);
        }
    }
}

/* ---- Headers ------------------------------------------------------------------------------------ */

/* A bad header is found wherever it stands, and the first one is named. */
static void test_place_of_a_header(void **state)
{
    static const struct {
        const char *name, *value, *reason;
    } rows[] = {
        {NULL, "v", "headers"},   {"", "v", "headers"},     {"X Y", "v", "headers"},   {"X", NULL, "headers"},
        {"X", "a\nb", "headers"}, {"Host", "v", "headers"}, {"host", NULL, "headers"}, {"X", "v", ""},
    };
    size_t i, place, count;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (place = 0; place < 3; place++) {
            for (count = 0; count <= 3; count++) {
                size_t other;
                start();
                for (other = 0; other < 3; other++) {
                    headers[other].name = "X-Other";
                    headers[other].value = "1";
                }
                headers[place].name = rows[i].name;
                headers[place].value = rows[i].value;
                peer.config.headers = headers;
                peer.config.header_count = count;
                complains(place < count ? rows[i].reason : "", rows[i].reason);
                if (place == 0 && count == 3) {
                    headers[2].name = "a b";
                    complains(*rows[i].reason != '\0' ? rows[i].reason : "headers", "two that are bad");
                }
            }
        }
    }
    start();
    peer.config.headers = NULL;
    peer.config.header_count = 1;
    complains("headers", "no headers");
    peer.config.header_count = 0;
    complains("", "no headers, and none said");
}

/* Those that say how a message is framed, to whom and for whom, are the library's own. */
static void test_names_of_ours(void **state)
{
    static const struct {
        const char *name;
        bool ours;
    } rows[] = {
        {"Host", true},
        {"HOST", true},
        {"Content-Length", true},
        {"content-lengtH", true},
        {"Transfer-Encoding", true},
        {"Connection", true},
        {"Content-Type", true},
        {"Expect", true},
        {"Accept", true},
        {"Accept-Encoding", true},
        {"user-agent", true},
        {"Content-Encoding", false},
        {"Location", false},
        {"Date", false},
        {"Retry-After", false},
        {"X-Total-Count", false},
        {"X-RateLimit-Reset", false},
        {"Cookie", false},
        {"Accept-Language", false},
        {"Hosts", false},
        {"Hos", false},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        start();
        headers[0].name = rows[i].name;
        headers[0].value = "v";
        peer.config.headers = headers;
        peer.config.header_count = 1;
        complains(rows[i].ours ? "headers" : "", rows[i].name);
    }
}

/* ---- Bearer --------------------------------------------------------------------------------------- */

static void test_bearer_in_the_clear(void **state)
{
    static const struct {
        const char *host;
        bool near;
    } hosts[] = {
        {"localhost", true},
        {"127.9.0.9", true},
        {"::1", true},
        {"127.0.0.1", true},
        {"127.255.255.254", true},
        {"unix:/x.sock", true},
        {"unix:/evil", true},
        {"localhos", false},
        {"localhost.", false},
        {"localhostx", false},
        {"::", false},
        {"::1:2", false},
        {"127.0.0", false},
        {"127.0.0.0.1", false},
        {"126.0.0.1", false},
        {"1.127.0.0", false},
        {"127.0.0.", false},
        {"127...", false},
        {"127..0.1", false},
        {"127.0.0.256", false},
        {"127.0.0.1000", false},
        {"127.0.0.99999999999999999999", false},
        {"127.0.0.1x", false},
        {"127.0.0.x", false},
        {"127.0.0.1:80", false},
        {"127.0.0.1.example", false},
        {"10.0.0.1", false},
        {"1270.0.0.1", false},
        {"12.7.0.1", false},
        {"127.0.0/1", false},
        {"unixx:/x", false},
    };
    size_t i;
    int mask;
    (void)state;
    for (i = 0; i < COUNT(hosts); i++) {
        for (mask = 0; mask < 8; mask++) {
            bool bearer = (mask & 1) != 0, confidential = (mask & 2) != 0, in_clear = (mask & 4) != 0;
            bool host_is_bad = strchr(hosts[i].host, '/') != NULL && !hosts[i].near;
            start();
            peer.config.host = hosts[i].host;
            peer.config.bearer = bearer ? "ory_pat_1" : NULL;
            peer.config.bearer_in_clear = in_clear;
            peer.io.confidential = confidential;
            complains(host_is_bad                                              ? "host"
                      : bearer && !confidential && !in_clear && !hosts[i].near ? "bearer in clear"
                                                                               : "",
                      hosts[i].host);
        }
    }
}

/* ---- The rest ---------------------------------------------------------------------------------------- */

static void test_work(void **state)
{
    static const struct {
        size_t size;
        bool good;
    } rows[] = {{0, false},   {1, false},          {KRATOS_WORK_MIN - 1, false}, {KRATOS_WORK_MIN, true},
                {1024, true}, {SIZE_MAX / 2, true}};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        start();
        peer.config.work_size = rows[i].size;
        complains(rows[i].good ? "" : "work_size", "size of the work buffer");
        peer.config.work = NULL;
        complains("work_size", "no work buffer");
    }
}

static void test_hosts_and_ports(void **state)
{
    static const struct {
        const char *host;
        uint16_t port;
        const char *reason;
    } rows[] = {
        {NULL, 4434, "host"},    {"", 4434, "host"},     {"h", 0, "port"},       {"h", 1, ""},    {"h", 65535, ""},
        {"unix:/x", 0, ""},      {"unix:/x", 1, ""},     {"unix", 0, "port"},    {"unix", 1, ""}, {"unix/x", 0, "host"},
        {"xunix:/x", 0, "host"}, {"UNIX:/x", 0, "host"}, {"unixx:x", 0, "port"},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        start();
        peer.config.host = rows[i].host;
        peer.config.port = rows[i].port;
        complains(rows[i].reason, rows[i].host != NULL ? rows[i].host : "NULL");
    }
}

static void test_io(void **state)
{
    int mask;
    (void)state;
    for (mask = 0; mask < 64; mask++) { /* bit set: the function is missing */
        start();
        peer.io.read = mask & 1 ? NULL : peer.io.read;
        peer.io.open = mask & 2 ? NULL : peer.io.open;
        peer.io.write = mask & 4 ? NULL : peer.io.write;
        peer.io.close = mask & 8 ? NULL : peer.io.close;
        peer.io.now_ms = mask & 16 ? NULL : peer.io.now_ms;
        peer.io.native_error = NULL;
        peer.io.ctx = mask & 32 ? NULL : peer.io.ctx;
        complains(!(mask & 1) && (mask & 30) != 0 ? "io" : "", "functions of the io");
    }
}

/* k can be prepared again after a refusal, and a refused one refuses calls. */
static void test_after_a_refusal(void **state)
{
    (void)state;
    start();
    peer.config.port = 0;
    complains("port", "port 0");
    assert_int_equal(kratos_delete_identity(&peer.k, UUID), KRATOS_ERR_ARG);
    assert_false(kratos_busy(&peer.k));
    assert_int_equal(peer.opens, 0);
    peer.config.port = 1;
    complains("", "port 1");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_every_encoded_byte),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_place_of_a_header),
        cmocka_unit_test(test_names_of_ours),
        cmocka_unit_test(test_bearer_in_the_clear),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_hosts_and_ports),
        cmocka_unit_test(test_io),
        cmocka_unit_test(test_after_a_refusal),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL) != 0;
}
