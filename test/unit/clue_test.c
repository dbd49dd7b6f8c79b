/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person reads in a fault: which rule a reply broke, its line, the first words of a stranger; what may help to be asked
 * again; and the end of a full page that lost its Link header. Each at every split.
 */
#include "rig.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define TEXT(clue) (KRATOS_CLUES ? (clue) : "") /* without the texts all else is the same */
#define W10 "0123456789"
#define W50 W10 W10 W10 W10 W10

/* ---- Reason and message -------------------------------------------------------------------------------- */

static const struct {
    const char *reply;
    int rc;
    const char *reason, *message;
    bool foreign, retryable;
} rows[] = {
    /* the status line */
    {"HTTP/2.0 200 OK\r\n\r\n", KRATOS_ERR_HTTP, "status line", "HTTP/2.0 200 OK", false, true},
    {"\x15\x03\x01\x02", KRATOS_ERR_HTTP, "status line", "", false, true},
    {"SSH-2.0-OpenSSH_9.2\r\n", KRATOS_ERR_HTTP, "status line", "SSH-2.0-OpenSSH_9.2", false, true},
    {"HTTP/1.1 101 Switching Protocols\r\n\r\n", KRATOS_ERR_HTTP, "status line", "HTTP/1.1 101 Switching Protocols",
     false, true},
    /* a line of the head: also which one it is */
    {OK "Content-Length: 45\r\nTransfer-Encoding: chunked\r\nX A: b\r\n\r\n", KRATOS_ERR_HTTP, "header line", "X A: b",
     false, true},
    {OK "X-A: b\r\n folded\r\n\r\n", KRATOS_ERR_HTTP, "folded line", " folded", false, true},
    {OK "X-A: b\r\n\tfolded\r\n\r\n", KRATOS_ERR_HTTP, "folded line", "\tfolded", false, true},
    {OK "X A: b\r\n\r\n", KRATOS_ERR_HTTP, "header line", "X A: b", false, true},
    {OK "X-A: b\nX-B: c\r\n\r\n", KRATOS_ERR_HTTP, "header line", "X-A: b", false, true},
    {OK "Content-Length: 5, 5\r\n\r\n", KRATOS_ERR_HTTP, "header line", "Content-Length: 5, 5", false, true},
    {OK "Transfer-Encoding: gzip\r\n\r\n", KRATOS_ERR_HTTP, "header line", "Transfer-Encoding: gzip", false, true},
    {OK "Content-Length: 45\r\nTransfer-Encoding: chunked\r\n\r\n", KRATOS_ERR_HTTP, "length and coding", "", false,
     true},
    /* the body's frame, and a status that means nothing here */
    {OK "Transfer-Encoding: chunked\r\n\r\nx", KRATOS_ERR_HTTP, "chunk", "", false, true},
    {"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", KRATOS_ERR_HTTP, "status",
     "", true, true},
    {"HTTP/1.1 202 Accepted\r\nContent-Length: 6\r\n\r\nqueued", KRATOS_ERR_HTTP, "status", "queued", true, true},
    {"HTTP/1.1 202 A\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n"
     "{\"error\":{\"code\":202,\"reason\":\"r\"}}",
     KRATOS_ERR_HTTP, "r", "", false, true},
    /* JSON */
    {OK "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x01", KRATOS_ERR_JSON, "encoded", "", false,
     false},
    {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", KRATOS_ERR_JSON,
     "no application/json", "", true, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", KRATOS_ERR_JSON, "no application/json", "", true, true},
    {OK "Content-Length: 6\r\n\r\n<html>", KRATOS_ERR_JSON, "JSON", "", false, false},
    {OK "Content-Length: 4\r\n\r\n{} x", KRATOS_ERR_JSON, "JSON", "", false, false},
    {OK "Content-Length: 2\r\n\r\n{}", KRATOS_ERR_JSON, "member", "", false, false},
    {OK "Content-Length: 8\r\n\r\n{\"id\":1}", KRATOS_ERR_JSON, "member", "", false, false},
    /* strangers */
    {"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", KRATOS_ERR_REFUSED, "",
     "Client sent an HTTP request to an HTTPS server.", true, true},
    {"HTTP/1.1 503 \r\nContent-Type: text/plain\r\nContent-Length: 19\r\n\r\nno healthy upstream", KRATOS_ERR_SERVER,
     "", "no healthy upstream", true, true},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", KRATOS_ERR_NOT_FOUND, "", "", true, true},
    {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n404\r\n5\r\n page\r\n4\r\n\nnot\r\n0\r\n\r\n",
     KRATOS_ERR_NOT_FOUND, "", "404 page", true, true},
    {"HTTP/1.1 502 Bad\r\nContent-Length: 62\r\n\r\n" W50 W10 "12", KRATOS_ERR_SERVER, "", W50 W10 "12", true, true},
    {"HTTP/1.1 502 Bad\r\nContent-Length: 63\r\n\r\n" W50 W10 "123", KRATOS_ERR_SERVER, "", W50 W10 "123", true, true},
    {"HTTP/1.1 502 Bad\r\nContent-Length: 70\r\n\r\n" W50 W10 W10, KRATOS_ERR_SERVER, "", W50 W10 "012", true, true},
    {"HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n\r\nlate", KRATOS_ERR_SERVER, "", "", true, true},
    {"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: "
     "23\r\n\r\n{\"message\":\"Forbidden\"}",
     KRATOS_ERR_DENIED, "", "Forbidden", true, true},
    {"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n"
     "{\"error\":\"unauthorized\",\"message\":\"m\"}",
     KRATOS_ERR_DENIED, "unauthorized", "m", true, true},
    {"HTTP/1.1 409 C\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: "
     "3\r\n\r\n\x1f\x8b\x08",
     KRATOS_ERR_CONFLICT, "", "", true, true},
    {"HTTP/1.1 409 C\r\nContent-Type: application/json\r\nContent-Length: "
     "31\r\n\r\n{\"error\":{\"reason\":\"x\"},\"a\":tail}",
     KRATOS_ERR_CONFLICT, "", "", true, true}, /* broken JSON is no first words */
    {"HTTP/1.1 500 E\r\nContent-Length: 18\r\n\r\ndatabase is locked", KRATOS_ERR_SERVER, "", "database is locked",
     true, true},
    {"HTTP/1.1 400 E\r\nContent-Length: 18\r\n\r\ndatabase is locked", KRATOS_ERR_REFUSED, "", "database is locked",
     true, true},
    /* Kratos' own word stays its own */
    {"HTTP/1.1 404 N\r\nContent-Type: application/json\r\nContent-Length: 63\r\n\r\n"
     "{\"message\":\"x\",\"error\":{\"code\":404,\"reason\":\"r\",\"message\":\"m\"}}",
     KRATOS_ERR_NOT_FOUND, "r", "m", false, false},
    {"HTTP/1.1 429 N\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"error\":{\"code\":429}}",
     KRATOS_ERR_LIMITED, "", "", false, true},
};

static void serve_row(struct peer *p, const char *request, size_t n)
{
    const char *reply = *(const char *const *)p->arg;
    (void)request;
    (void)n;
    peer_raw(p, reply, strlen(reply));
    p->cut_at = strlen(reply); /* and the server closes */
    p->cut = true;
}

static void test_clues(void **state)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    size_t i, piece;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (piece = 1; piece < 200; piece++) {
            const char *reply = rows[i].reply;
            bool own = strstr(reply, "{\"code\":") != NULL;
            const char *reason = own ? rows[i].reason : TEXT(rows[i].reason);
            const char *message = own ? rows[i].message : TEXT(rows[i].message);
            int rc;
            start_with(piece % 2 ? 256 : 2048);
            peer.serve = serve_row;
            peer.arg = &reply;
            peer.piece = piece;
            rc = once(GET);
            if (rc != rows[i].rc || strcmp(f->reason.p, reason) != 0 || strcmp(f->message.p, message) != 0 ||
                f->foreign != rows[i].foreign || kratos_retryable(&peer.k, rc) != rows[i].retryable) {
                fail_msg("row %zu in pieces of %zu: rc %d, reason \"%s\", message \"%s\", foreign %d", i, piece, rc,
                         f->reason.p, f->message.p, f->foreign);
            }
            assert_int_equal(f->reason.n, strlen(f->reason.p));
            assert_int_equal(f->message.n, strlen(f->message.p));
        }
    }
}

/* A line that does not fit is told by its rule alone: how much of it was seen depends on how it came. */
static void test_long_line(void **state)
{
    static char reply[1000];
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    const char *text = reply;
    size_t piece;
    (void)state;
    sprintf(reply, OK "Content-Length:%600s\r\n\r\n", "45");
    for (piece = 1; piece < 700; piece += 9) {
        start_with(256);
        peer.serve = serve_row;
        peer.arg = &text;
        peer.piece = piece;
        assert_int_equal(once(GET), KRATOS_ERR_HTTP);
        assert_string_equal(f->reason.p, TEXT("long line"));
        assert_string_equal(f->message.p, "");
    }
}

/* ---- What may help to be asked again --------------------------------------------------------------------- */

static void test_retryable(void **state)
{
    int rc;
    (void)state;
    start();
    for (rc = KRATOS_ERR_REDIRECT; rc <= KRATOS_END; rc++) { /* nothing is known but the result */
        assert_int_equal(kratos_retryable(&peer.k, rc), rc == KRATOS_ERR_TLS || rc == KRATOS_ERR_HTTP);
    }
    peer.open_rc = KRATOS_ERR_IO;
    assert_true(kratos_retryable(&peer.k, once(GET)));
    peer.open_rc = KRATOS_ERR_TLS;
    assert_true(kratos_retryable(&peer.k, once(GET)));
    assert_false(kratos_last_fault(&peer.k)->transient);
    assert_false(kratos_retryable(&peer.k, KRATOS_OK));
}

/* ---- A list that lost its Link header ---------------------------------------------------------------------- */

static struct {
    uint32_t given;
    const char *head;
} page;

static void serve_page(struct peer *p, const char *request, size_t n)
{
    static char body[60 * 1100];
    size_t at = 1;
    uint32_t i;
    (void)request;
    (void)n;
    body[0] = '[';
    for (i = 0; i < page.given; i++) {
        at += (size_t)sprintf(body + at, "%s{\"id\":\"" UUID "\"}", i != 0 ? "," : "");
    }
    strcpy(body + at, "]");
    peer_reply(p, page.head, body);
}

/* The result behind the last identity. */
static int last(uint32_t size, uint32_t given, const char *head, bool one_page)
{
    struct kratos_list_identities_params params = {.page_size = size, .one_page = one_page};
    uint32_t count = 0;
    int rc;
    start();
    peer.serve = serve_page;
    page.given = given;
    page.head = head;
    while ((rc = kratos_list_identities(&peer.k, &params, &who)) == KRATOS_OK) {
        count++;
    }
    assert_int_equal(count, given);
    assert_false(kratos_busy(&peer.k));
    return rc;
}

#define FIRST "200 OK\r\nLink: </admin/identities?page_token=0>; rel=\"first\"\r\n"
#define BARE "200 OK\r\n"

static void test_lost_link(void **state)
{
    static const struct {
        uint32_t size, given;
        int rc;
    } pages
        [] =
            {
                {3, 0, KRATOS_END},        {3, 2, KRATOS_END},           {3, 3, KRATOS_ERR_HTTP},
                {3, 4, KRATOS_ERR_HTTP},   {1, 1, KRATOS_ERR_HTTP},      {0, 249, KRATOS_END},
                {0, 250, KRATOS_ERR_HTTP}, {250, 249, KRATOS_END},       {250, 250, KRATOS_ERR_HTTP},
                {1000, 249, KRATOS_END},   {1000, 500, KRATOS_ERR_HTTP}, /* newer releases cut at 500 */
            };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(pages); i++) {
        assert_int_equal(last(pages[i].size, pages[i].given, BARE, false), pages[i].rc);
        if (pages[i].rc != KRATOS_END) {
            assert_string_equal(kratos_last_fault(&peer.k)->reason.p, TEXT("Link"));
            assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
        }
        assert_int_equal(last(pages[i].size, pages[i].given, BARE, true), pages[i].rc);
        assert_int_equal(last(pages[i].size, pages[i].given, FIRST, false), KRATOS_END);
    }
}

/* Each page has its own: that the first one had one says nothing of the second. */
static void serve_two_pages(struct peer *p, const char *request, size_t n)
{
    char token[8];
    page.head = peer_query(request, "page_token", token, sizeof token)
                    ? BARE
                    : "200 OK\r\nLink: </a?page_token=2>; rel=\"next\"\r\n";
    serve_page(p, request, n);
}

static void test_lost_on_the_second_page(void **state)
{
    struct kratos_list_identities_params params = {.page_size = 2};
    int i;
    (void)state;
    start();
    peer.serve = serve_two_pages;
    page.given = 2;
    for (i = 0; i < 4; i++) {
        assert_int_equal(kratos_list_identities(&peer.k, &params, &who), KRATOS_OK);
    }
    assert_int_equal(kratos_list_identities(&peer.k, &params, &who), KRATOS_ERR_HTTP);
    assert_string_equal(kratos_last_fault(&peer.k)->reason.p, TEXT("Link"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clues),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_retryable),
        cmocka_unit_test(test_lost_link),
        cmocka_unit_test(test_lost_on_the_second_page),
    };
    return cmocka_run_group_tests_name("clue", tests, NULL, NULL) != 0;
}
