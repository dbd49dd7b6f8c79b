/* SPDX-License-Identifier: Apache-2.0
 *
 * What port/trace shows: whole texts against what is expected, and every exchange again
 * cut in two at every byte and byte by byte, which must show the same and never a secret. It must
 * never open a socket: the inner io is a script.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#endif

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "kratos_trace.h"

/* ---- A scripted inner io: read gives the reply, at most `piece` bytes at a time ---- */

static const char *reply;
static size_t reply_size, given, piece, first_piece;

static int script_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    (void)port;
    (void)wait_ms;
    return strcmp(host, "no.where") == 0 ? KRATOS_ERR_IO : 1;
}

static size_t next_piece(size_t n, size_t done)
{
    size_t limit = done < first_piece ? first_piece - done : piece;

    return n < limit ? n : limit;
}

static int script_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    size_t *taken = ctx;

    (void)p;
    (void)wait_ms;
    n = next_piece(n, *taken);
    *taken += n;
    return (int)n;
}

static int script_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    (void)wait_ms;
    if (given == reply_size) {
        return KRATOS_ERR_CLOSED;
    }
    n = next_piece(n < reply_size - given ? n : reply_size - given, given);
    memcpy(p, reply + given, n);
    given += n;
    return (int)n;
}

static void script_close(void *ctx)
{
    (void)ctx;
}

static uint32_t script_now(void *ctx)
{
    (void)ctx;
    return 7;
}

/* ---- One exchange on paper ---- */

/* A FILE takes the text. */
static void put(void *file, const char *s, size_t n)
{
    fwrite(s, 1, n, file);
}

static size_t taken;
static const struct kratos_io script = {.ctx = &taken,
                                        .open = script_open,
                                        .write = script_write,
                                        .read = script_read,
                                        .close = script_close,
                                        .now_ms = script_now,
                                        .reply_max = 8192,
                                        .confidential = true};

/* What is shown of it; free it. first: size of the first piece, 0 = whole; rest: of those after
 * it. */
static char *show(const char *request, const char *answer, size_t width, size_t first, size_t rest)
{
    static char sink[8192];
    struct kratos_trace b;
    char *text = NULL;
    size_t size = 0, at = 0;
    FILE *out = open_memstream(&text, &size);
    const struct kratos_io *io = kratos_trace_io(&b, &script, put, out);

    b.width = width;
    reply = answer;
    reply_size = strlen(answer);
    given = taken = 0;
    first_piece = first;
    piece = rest;
    io->open(io->ctx, "kratos.test", 4434, 0);
    while (at < strlen(request)) {
        at += (size_t)io->write(io->ctx, request + at, strlen(request) - at, 0);
    }
    while (given < reply_size) {
        io->read(io->ctx, sink, sizeof sink, 0);
    }
    io->close(io->ctx);
    fclose(out);
    return text;
}

static bool shows(const char *request, const char *answer, size_t width, const char *expected)
{
    char *text = show(request, answer, width, 0, 65536);
    bool same = strcmp(text, expected) == 0;

    if (!same) {
        printf("--- expected\n%s--- shown\n%s---\n", expected, text);
    }
    free(text);
    return same;
}

/* At every split into two, and byte by byte: the same text, and no byte of a secret, all of
 * which are "@". */
static bool shows_same(const char *request, const char *answer, size_t width)
{
    char *whole = show(request, answer, width, 0, 65536);
    size_t n = strlen(request) > strlen(answer) ? strlen(request) : strlen(answer), first;
    bool passed = strchr(whole, '@') == NULL;

    for (first = 0; first <= n && passed; first++) {
        char *text = show(request, answer, width, first, first == 0 ? 1 : 65536);

        passed = strcmp(text, whole) == 0;
        if (!passed) {
            printf("--- whole\n%s--- cut at %zu\n%s---\n", whole, first, text);
        }
        free(text);
    }
    free(whole);
    return passed;
}

#define HEAD "POST /admin/identities HTTP/1.1\r\nHost: kratos.test\r\n"
#define SHOWN_HEAD "> POST /admin/identities HTTP/1.1\n> Host: kratos.test\n"
#define OPENED "-- connected to kratos.test:4434\n"
#define DELETED "HTTP/1.1 204 No Content\r\n\r\n"
#define SHOWN_DELETED "< HTTP/1.1 204 No Content\n<\n-- closed\n"

/* ---- Cases ---- */

static void test_plain(void)
{
    CHECK("an exchange with bodies", shows(HEAD "Content-Length: 8\r\n\r\n{\"a\":12}",
                                           "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"id\":\"x\"}", 0,
                                           OPENED SHOWN_HEAD "> Content-Length: 8\n>\n> {\"a\":12}\n"
                                                             "< HTTP/1.1 201 Created\n< Content-Length: 10\n<\n"
                                                             "< {\"id\":\"x\"}\n-- closed\n"));
    CHECK("a reply without a body, and a second one behind it",
          shows("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" DELETED, 0,
                OPENED "> GET / HTTP/1.1\n>\n< HTTP/1.1 100 Continue\n<\n" SHOWN_DELETED));
    CHECK("a reply that ends with the connection",
          shows("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>\nno\r\n</html>", 0,
                OPENED "> GET / HTTP/1.1\n>\n< HTTP/1.1 502 Bad Gateway\n<\n"
                       "< <html>\n< no\n< </html>\n-- closed\n"));
    CHECK("bytes that cannot be printed",
          shows("GET /\x1b[2J\t HTTP/1.1\r\n\r\n", "HTTP/1.1 200 \xc3\xa4\r\r\n\r\n\xff\r", 0,
                OPENED "> GET /\\x1b[2J\\x09 HTTP/1.1\n>\n"
                       "< HTTP/1.1 200 \\xc3\\xa4\\x0d\n<\n< \\xff\\x0d\n-- closed\n"));
}

static void test_chunked(void)
{
    const char *request = HEAD "Transfer-Encoding: Chunked\r\n\r\n"
                               "5;x=\"\r\n{\"a\":\r\nC\r\n1,\"b\":\"cd\"}\n\r\n0\r\nTrail: er\r\n\r\n";

    CHECK("each chunk is a line behind its size",
          shows(request, DELETED, 0,
                OPENED SHOWN_HEAD "> Transfer-Encoding: Chunked\n>\n> 5;x=\"\n> {\"a\":\n> C\n"
                                  "> 1,\"b\":\"cd\"}\n> 0\n> Trail: er\n>\n" SHOWN_DELETED));
    CHECK("the same at every split", shows_same(request, DELETED, 0));
}

static void test_cut(void)
{
    CHECK("a long body line is cut, with a note",
          shows(HEAD "Content-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz", DELETED, 10,
                OPENED SHOWN_HEAD "> Content-Length: 26\n>\n> abcdefghij ... 16 bytes more\n" SHOWN_DELETED));
    CHECK("a head is not", shows("GET /0123456789 HTTP/1.1\r\n\r\n", DELETED, 10,
                                 OPENED "> GET /0123456789 HTTP/1.1\n>\n" SHOWN_DELETED));
    CHECK("the cut may fall before a secret; its bytes count",
          shows(HEAD "Content-Length: 21\r\n\r\n{\"password\":\"@@@@@@\"}", DELETED, 14,
                OPENED SHOWN_HEAD "> Content-Length: 21\n>\n> {\"password\": ... 9 bytes more\n" SHOWN_DELETED));
    CHECK("at every split", shows_same(HEAD "Content-Length: 21\r\n\r\n{\"password\":\"@@@@@@\"}",
                                       "HTTP/1.1 200 OK\r\n\r\n{\"session_token\":\"@@@@@@\",\"b\":1}", 20));
}

static void test_header_secrets(void)
{
    const char *request = "GET / HTTP/1.1\r\nauthorization: Bearer @@@@@@\r\n\t@@@@@@ folded\r\n"
                          "Cookie:@@@@@@\r\nX: y\r\n\r\n";
    const char *answer = "HTTP/1.1 200 OK\r\nSet-Cookie: csrf=@@@@@@; Path=/\r\nContent-Length: 0\r\n\r\n";

    CHECK("secret headers", shows(request, answer, 0,
                                  OPENED "> GET / HTTP/1.1\n> authorization: ***\n>\n> Cookie: ***\n> X: y\n>\n"
                                         "< HTTP/1.1 200 OK\n< Set-Cookie: ***\n< Content-Length: 0\n<\n-- closed\n"));
    CHECK("at every split", shows_same(request, answer, 0));
}

static void test_each_member(void)
{
    static const char *const names[] = {
        "password",           "hashed_password",      "recovery_link",    "recovery_code",
        "session_token",      "recovery_token",       "totp_url",         "code",
        "verification_token", "initial_access_token", "initial_id_token", "initial_refresh_token"};
    char request[256], answer[256], name[80];
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 200 OK\r\n\r\n{\"%s\": \"@@@@@@\",\"%s\" :\n\"@@@@@@\",\"z\":\"shown\"}", names[i],
                 names[i]);
        snprintf(request, sizeof request, HEAD "Content-Length: %d\r\n\r\n{\"%s\":\"@@@@@@\"}",
                 (int)strlen(names[i]) + 13, names[i]);
        snprintf(name, sizeof name, "the value of %s is hidden at every split", names[i]);
        CHECK(name, shows_same(request, answer, 0));
    }
}

static void test_member_shapes(void)
{
    CHECK("nested, escaped quotes, empty; other values of the same name are shown",
          shows(HEAD "Content-Length: 143\r\n\r\n"
                     "{\"credentials\":{\"password\":{\"config\":{\"password\":\"@@\\\"@\\\\\","
                     "\"hashed_password\":\"\"}}},"
                     "\"password\":null,\"code\":404,\"x\":\"password\",\"y\":[\"code\",\"z\"]}",
                DELETED, 0,
                OPENED SHOWN_HEAD "> Content-Length: 143\n>\n"
                                  "> "
                                  "{\"credentials\":{\"password\":{\"config\":{\"password\":\"***"
                                  "\",\"hashed_password\":\"***\"}}},"
                                  "\"password\":null,\"code\":404,\"x\":\"password\",\"y\":["
                                  "\"code\",\"z\"]}\n" SHOWN_DELETED));
    CHECK("what a JSON Patch sets below /credentials, and nothing beside it",
          shows_same(
              HEAD
              "Content-Length: 117\r\n\r\n"
              "[{\"op\":\"add\",\"path\":\"/x\",\"value\":1},{\"op\":\"replace\",\"path\":\"/credentials/a\",\"value\":"
              "\"@@@@@@\"},{\"path\":\"/y\",\"value\":\"z\"}]",
              DELETED, 0));
    CHECK(
        "which is shown",
        shows(HEAD "Content-Length: 71\r\n\r\n"
                   "[{\"path\":\"/credentials/a\",\"value\":\"@@\"},{\"path\":\"/y\",\"value\":\"z\"}]",
              DELETED, 0,
              OPENED SHOWN_HEAD
              "> Content-Length: 71\n>\n"
              "> [{\"path\":\"/credentials/a\",\"value\":\"***\"},{\"path\":\"/y\",\"value\":\"z\"}]\n" SHOWN_DELETED));
    CHECK("a name that only ends or begins like one is shown",
          shows("GET / HTTP/1.1\r\n\r\n",
                "HTTP/1.1 200 "
                "OK\r\n\r\n{\"xpassword\":\"a\",\"passwords\":\"b\",\"pass\\\"word\":\"c\"}",
                0,
                OPENED "> GET / HTTP/1.1\n>\n< HTTP/1.1 200 OK\n<\n"
                       "< {\"xpassword\":\"a\",\"passwords\":\"b\",\"pass\\\"word\":\"c\"}\n-- closed\n"));
    CHECK("a secret behind text with a stray quote in the line before",
          shows_same("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nsay \"hm\n{\"password\":\"@@@@@@\"}", 0));
    CHECK("a quote in a header changes nothing",
          shows_same("GET / HTTP/1.1\r\nX: \"\r\n\r\n", "HTTP/1.1 200 OK\r\nETag: \"\r\n\r\n{\"password\":\"@@@@@@\"}",
                     0));
}

/* The chunk border at every place of the body, on top of every split of the calls. */
static void test_secret_over_chunks(void)
{
    static const char body[] = "{\"a\":{\"password\":\"@@@@\\\"@@\"},\"b\":\"shown\"}";
    char request[256];
    size_t cut;
    bool passed = true;

    for (cut = 1; cut < sizeof body - 1 && passed; cut++) {
        size_t rest = sizeof body - 1 - cut;

        snprintf(request, sizeof request, HEAD "Transfer-Encoding: chunked\r\n\r\n%x\r\n%.*s\r\n%x\r\n%s\r\n0\r\n\r\n",
                 (unsigned)cut, (int)cut, body, (unsigned)rest, body + cut);
        passed = shows_same(request, DELETED, 0);
    }
    CHECK("a secret over the border of two chunks, wherever it lies", passed);
}

/* No part of a long secret may show: every byte of it is one that nothing else has. */
static void test_no_byte_of_it(void)
{
    static const char answer[] = "HTTP/1.1 201 Created\r\nContent-Length: 48\r\n\r\n"
                                 "{\"recovery_code\":\"@@@@@@@@@@@@@@@@@@@@@@@@@@@@\"}";
    size_t first;
    bool passed = true;

    for (first = 0; first < sizeof answer && passed; first++) {
        char *text = show("GET / HTTP/1.1\r\n\r\n", answer, 25, first, 3);

        passed = strchr(text, '@') == NULL && strstr(text, "\"***\"}") != NULL;
        free(text);
    }
    CHECK("no single byte of a secret shows", passed);
}

static void test_interleaved(void)
{
    struct kratos_trace b;
    char *text = NULL;
    size_t size = 0;
    char into[64];
    FILE *out = open_memstream(&text, &size);
    const struct kratos_io *io = kratos_trace_io(&b, &script, put, out);

    reply = "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n";
    reply_size = strlen(reply);
    given = taken = first_piece = 0;
    piece = 64;
    io->open(io->ctx, "::1", 4434, 0);
    io->write(io->ctx, "PUT / HTTP/1.1\r\nContent-Length: 21\r\n\r\n", 38, 0);
    io->write(io->ctx, "{\"pass", 6, 0);
    io->read(io->ctx, into, sizeof into, 0);
    io->write(io->ctx, "word\":\"@@@@@@\"}", 15, 0);
    io->read(io->ctx, into, sizeof into, 0);
    io->close(io->ctx);
    fclose(out);
    CHECK("a reply in the middle of a request; the peer closes first",
          strcmp(text, "-- connected to [::1]:4434\n> PUT / HTTP/1.1\n> Content-Length: 21\n>\n"
                       "> {\"pass\n< HTTP/1.1 413 No\n< Content-Length: 0\n<\n> word\":\"***\"}\n"
                       "-- closed by the peer\n") == 0);
    free(text);
}

static void test_io(void)
{
    struct kratos_trace b;
    struct kratos_io without = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const struct kratos_io *io = kratos_trace_io(&b, &script, put, out);

    CHECK("what the inner io promises is promised",
          io->reply_max == 8192 && io->confidential && io->now_ms(io->ctx) == 7);
    CHECK("a function that it lacks is lacking", io->native_error == NULL);
    CHECK("a failed open passes", io->open(io->ctx, "no.where", 1, 0) == KRATOS_ERR_IO);
    io->close(io->ctx);
    CHECK("a unix socket opens", io->open(io->ctx, "unix:/run/k", 0, 0) == 1);
    io->close(io->ctx);
    io->close(io->ctx);
    fclose(out);
    CHECK("and all is said once", strcmp(text, "-- no connection to no.where:1\n"
                                               "-- connected to unix:/run/k\n-- closed\n") == 0);
    free(text);
    CHECK("an io without read stays one", kratos_trace_io(&b, &without, put, stdout)->read == NULL);
}

int main(void)
{
    test_plain();
    test_chunked();
    test_cut();
    test_header_secrets();
    test_each_member();
    test_member_shapes();
    test_secret_over_chunks();
    test_no_byte_of_it();
    test_interleaved();
    test_io();
    return check_end();
}
