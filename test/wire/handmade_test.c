/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies that no Kratos should send, and those that other things between send: each failure class of HTTP framing, headers,
 * JSON, errors and Link, as one row with what must come of it, through wire_judge().
 *
 *     handmade_test [PATTERN]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define UUID_2 "22222222-2222-4333-8444-555555555555"
#define ID "{\"id\":\"" UUID "\"}" /* 45 bytes */
#define ID_2 "{\"id\":\"" UUID_2 "\"}"
#define JSON_HEAD "Content-Type: application/json\r\n"
#define OK_HEAD "HTTP/1.1 200 OK\r\n" JSON_HEAD
#define CHUNKED_HEAD OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* ---- Calls ------------------------------------------------------------------------------------------------------------- */

static const struct kratos_batch_row rows[] = {
    {.create = {.traits = {.text = "{\"a\":1}"}}},
    {.create = {.traits = {.text = "{\"a\":2}"}}},
};
static const struct wire_call get = {.op = WIRE_GET_IDENTITY, .id = UUID};
static const struct wire_call create = {.op = WIRE_CREATE_IDENTITY, .body = {.traits = {.text = "{}"}}};
static const struct wire_call delete_one = {.op = WIRE_DELETE_IDENTITY, .id = UUID};
static const struct wire_call list = {.op = WIRE_LIST_IDENTITIES, .identities = {.page_size = 3, .one_page = true}};
static const struct wire_call sessions = {.op = WIRE_LIST_SESSIONS, .sessions = {.page_size = 3, .one_page = true}};
static const struct wire_call own_sessions = {
    .op = WIRE_LIST_IDENTITY_SESSIONS, .id = UUID, .identity_sessions = {.page_size = 2, .one_page = true}};
static const struct wire_call batch = {.op = WIRE_BATCH_PATCH_IDENTITIES, .rows = rows, .row_count = 2};
static const struct wire_call extend = {.op = WIRE_EXTEND_SESSION, .id = UUID};
static const struct wire_call code = {.op = WIRE_CREATE_RECOVERY_CODE_FOR_IDENTITY, .recovery = {.identity_id = UUID}};
static const struct wire_call schema = {.op = WIRE_GET_IDENTITY_SCHEMA, .id = "device"};
static const struct wire_call schemas = {.op = WIRE_LIST_IDENTITY_SCHEMAS};

/* ---- Rows -------------------------------------------------------------------------------------------------------------- */

enum form {
    RAW,       /* the body is the whole reply */
    RAW_CLOSE, /* and the server closes behind it */
    LENGTH,    /* status line "HTTP/1.1 " + head, JSON, Content-Length */
    CHUNK,     /* JSON in chunks of 7 bytes */
    PLAIN      /* as LENGTH, but text/plain */
};

struct row {
    const char *name;
    const struct wire_call *call;
    enum form form;
    const char *head; /* "200 OK\r\n" and headers that are special */
    const char *body;
    size_t body_n;
    int rc, status;
    enum kratos_effect effect;
    const char *has, *has_not;
    int keeps;
};

#define LACKS 2 /* see wire_vector.lacks */
#define S(text) text, sizeof(text) - 1
#define DONE KRATOS_DONE
#define MAYBE KRATOS_MAYBE_DONE
#define NOT KRATOS_NOT_DONE
#define HTTP KRATOS_ERR_HTTP
#define JSON KRATOS_ERR_JSON
#define FINE KRATOS_OK, 0, KRATOS_NOT_SENT
#define END KRATOS_END, 0, KRATOS_NOT_SENT
#define BROKEN HTTP, 200, DONE
#define UNKNOWN HTTP, 0, MAYBE
#define NO_JSON JSON, 200, DONE
#define OK_LENGTH LENGTH, "200 OK\r\n"
#define ERROR(fields) "{\"error\":{" fields "}}"

static const struct row table[] = {
    /* ---- Chunks */
    {"chunk: size negative", &get, RAW, "", S(CHUNKED_HEAD "-2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: size with plus", &get, RAW, "", S(CHUNKED_HEAD "+2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: size with 0x", &get, RAW, "", S(CHUNKED_HEAD "0x2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: size with a blank before", &get, RAW, "", S(CHUNKED_HEAD " 2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL,
     -1},
    {"chunk: words behind the size", &get, RAW, "", S(CHUNKED_HEAD "2 erlk\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL,
     -1},
    {"chunk: a digit behind a blank", &get, RAW, "", S(CHUNKED_HEAD "2 d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL,
     -1},
    {"chunk: blanks behind the size", &get, RAW, "", S(CHUNKED_HEAD "2d \t \r\n" ID "\r\n0  \r\n\r\n"), FINE,
     "id=" UUID, NULL, 1},
    {"chunk: blanks before an extension", &get, RAW, "", S(CHUNKED_HEAD "2d\t ;a=b\r\n" ID "\r\n0 ;\r\n\r\n"), FINE,
     "id=" UUID, NULL, 1},
    {"chunk: size of 8 digits", &get, RAW, "", S(CHUNKED_HEAD "0000002d\r\n" ID "\r\n0\r\n\r\n"), FINE, "id=" UUID,
     NULL, 1},
    {"chunk: size of 9 digits", &get, RAW, "", S(CHUNKED_HEAD "00000002d\r\n" ID "\r\n0\r\n\r\n"), FINE, "id=" UUID,
     NULL, 1},
    {"chunk: trailer without a name", &get, RAW, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n0\r\n: b\r\n\r\n"), BROKEN, NULL,
     NULL, -1},
    {"chunk: trailer without a colon", &get, RAW, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n0\r\nab\r\n\r\n"), BROKEN, NULL,
     NULL, -1},
    {"chunk: no size", &get, RAW, "", S(CHUNKED_HEAD "\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: only an extension", &get, RAW, "", S(CHUNKED_HEAD ";a\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: size not hexadecimal", &get, RAW, "", S(CHUNKED_HEAD "2g\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: size 2^32", &get, RAW, "", S(CHUNKED_HEAD "100000000\r\n" ID), BROKEN, NULL, NULL, -1},
    {"chunk: size wraps to 45", &get, RAW, "", S(CHUNKED_HEAD "10000002d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL,
     -1},
    {"chunk: size 2^64 + 45", &get, RAW, "", S(CHUNKED_HEAD "1000000000000002d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL,
     NULL, -1},
    {"chunk: size 4 GiB, then closed", &get, RAW_CLOSE, "", S(CHUNKED_HEAD "ffffffff\r\n" ID), KRATOS_ERR_CLOSED, 200,
     DONE, NULL, NULL, -1},
    {"chunk: size with many zeros", &get, RAW, "", S(CHUNKED_HEAD "00000000000000000000002d\r\n" ID "\r\n0\r\n\r\n"),
     FINE, "id=" UUID, NULL, 1},
    {"chunk: capital digits", &get, RAW, "", S(CHUNKED_HEAD "2D\r\n" ID "\r\n0\r\n\r\n"), FINE, "id=" UUID, NULL, 1},
    {"chunk: extension", &get, RAW, "", S(CHUNKED_HEAD "2d;name=value;x=\"y z\"\r\n" ID "\r\n0;last\r\n\r\n"), FINE,
     "id=" UUID, NULL, 1},
    {"chunk: extension with bare LF", &get, RAW, "", S(CHUNKED_HEAD "2d;a\nb\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL,
     NULL, -1},
    {"chunk: extension with NUL", &get, RAW, "", S(CHUNKED_HEAD "2d;a\0b\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL,
     -1},
    {"chunk: size line ends with LF", &get, RAW, "", S(CHUNKED_HEAD "2d\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: CR without LF", &get, RAW, "", S(CHUNKED_HEAD "2d\rx" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: no CR LF behind the data", &get, RAW, "", S(CHUNKED_HEAD "2d\r\n" ID "0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: longer than said", &get, RAW, "", S(CHUNKED_HEAD "2c\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"chunk: several, cut inside a string", &get, RAW, "",
     S(CHUNKED_HEAD "1\r\n{\r\n3\r\n\"id\r\n5\r\n\":\"11\r\n24\r\n111111-2222-4333-8444-555555555555\"}\r\n0\r\n\r\n"),
     FINE, "id=" UUID, NULL, 1},
    {"chunk: trailers", &get, RAW, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n"), FINE,
     "id=" UUID, NULL, 1},
    {"chunk: trailer with bare LF", &get, RAW, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n0\r\nA: b\n\r\n"), BROKEN, NULL,
     NULL, -1},
    {"chunk: last chunk ends with LF", &get, RAW, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n0\n\n"), BROKEN, NULL, NULL, -1},
    {"chunk: no last chunk", &get, RAW_CLOSE, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n"), KRATOS_ERR_CLOSED, 200, DONE,
     NULL, NULL, -1},
    {"chunk: no blank line at the end", &get, RAW_CLOSE, "", S(CHUNKED_HEAD "2d\r\n" ID "\r\n0\r\n"), KRATOS_ERR_CLOSED,
     200, DONE, NULL, NULL, -1},
    {"chunk: nothing in it", &get, RAW, "", S(CHUNKED_HEAD "0\r\n\r\n"), NO_JSON, NULL, NULL, 0},
    {"chunk: list in chunks of 7", &list, CHUNK, "200 OK\r\n", S("[" ID "," ID_2 "]"), END, "id=" UUID_2, NULL, 1},
    {"chunk: broken behind an element", &list, RAW, "", S(CHUNKED_HEAD "2e\r\n[" ID "\r\nxyz\r\n"), BROKEN,
     "id=" UUID "\nschema_id-", NULL, -1},

    /* ---- Content-Length and Transfer-Encoding */
    {"length: over 2^64", &get, RAW, "", S(OK_HEAD "Content-Length: 99999999999999999999\r\n\r\n" ID), BROKEN, NULL,
     NULL, -1},
    {"length: 2^32", &get, RAW, "", S(OK_HEAD "Content-Length: 4294967296\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: wraps to 45", &get, RAW, "", S(OK_HEAD "Content-Length: 4294967341\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: 2^32 - 1, then closed", &get, RAW_CLOSE, "", S(OK_HEAD "Content-Length: 4294967295\r\n\r\n" ID),
     KRATOS_ERR_CLOSED, 200, DONE, NULL, NULL, -1},
    {"length: twice the same", &get, RAW, "", S(OK_HEAD "Content-Length: 45\r\nContent-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"length: twice, different", &get, RAW, "", S(OK_HEAD "Content-Length: 45\r\nContent-Length: 44\r\n\r\n" ID),
     BROKEN, NULL, NULL, -1},
    {"length: a list that differs", &get, RAW, "", S(OK_HEAD "Content-Length: 45, 44\r\n\r\n" ID), BROKEN, NULL, NULL,
     -1},
    {"length: signed", &get, RAW, "", S(OK_HEAD "Content-Length: +45\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: negative", &get, RAW, "", S(OK_HEAD "Content-Length: -1\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: hexadecimal", &get, RAW, "", S(OK_HEAD "Content-Length: 0x2d\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: empty", &get, RAW, "", S(OK_HEAD "Content-Length:\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: two numbers", &get, RAW, "", S(OK_HEAD "Content-Length: 4 5\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"length: blanks around", &get, RAW, "", S(OK_HEAD "Content-Length:\t 45 \t\r\n\r\n" ID), FINE, "id=" UUID, NULL,
     1},
    {"length: name in capitals", &get, RAW, "",
     S("HTTP/1.1 200 OK\r\nCONTENT-TYPE: APPLICATION/JSON\r\nCONTENT-LENGTH: 45\r\n\r\n" ID), FINE, "id=" UUID, NULL,
     1},
    {"length: shorter than the JSON", &get, RAW, "", S(OK_HEAD "Content-Length: 44\r\n\r\n" ID), NO_JSON, NULL, NULL,
     -1},
    {"length: longer than the JSON, then closed", &get, RAW_CLOSE, "", S(OK_HEAD "Content-Length: 46\r\n\r\n" ID),
     KRATOS_ERR_CLOSED, 200, DONE, NULL, NULL, -1},
    {"length: with chunked", &get, RAW, "",
     S(OK_HEAD "Content-Length: 45\r\nTransfer-Encoding: chunked\r\n\r\n2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL,
     -1},
    {"coding: gzip", &get, RAW, "", S(OK_HEAD "Transfer-Encoding: gzip\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"coding: gzip, chunked", &get, RAW, "",
     S(OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN, NULL, NULL, -1},
    {"coding: identity", &get, RAW, "", S(OK_HEAD "Transfer-Encoding: identity\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"coding: xchunked", &get, RAW, "", S(OK_HEAD "Transfer-Encoding: xchunked\r\n\r\n2d\r\n" ID "\r\n0\r\n\r\n"),
     BROKEN, NULL, NULL, -1},
    {"coding: chunked twice", &get, RAW, "",
     S(OK_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2d\r\n" ID "\r\n0\r\n\r\n"), BROKEN,
     NULL, NULL, -1},
    {"coding: Chunked", &get, RAW, "", S(OK_HEAD "Transfer-Encoding: Chunked\r\n\r\n2d\r\n" ID "\r\n0\r\n\r\n"), FINE,
     "id=" UUID, NULL, 1},

    /* ---- Status lines */
    {"status: no reason", &get, RAW, "", S("HTTP/1.1 200\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"status: empty reason", &get, RAW, "", S("HTTP/1.1 200 \r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"status: HTTP/2", &get, RAW, "", S("HTTP/2 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN, NULL,
     NULL, -1},
    {"status: HTTP/2.0", &get, RAW, "", S("HTTP/2.0 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN,
     NULL, NULL, -1},
    {"status: HTTP/0.9", &get, RAW, "", S("HTTP/0.9 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN,
     NULL, NULL, -1},
    {"status: lower case", &get, RAW, "", S("http/1.1 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN,
     NULL, NULL, -1},
    {"status: two digits", &get, RAW, "", S("HTTP/1.1 99 X\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: 099", &get, RAW, "", S("HTTP/1.1 099 X\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: 600", &get, RAW, "", S("HTTP/1.1 600 X\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: 2000", &get, RAW, "", S("HTTP/1.1 2000 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN, NULL,
     NULL, -1},
    {"status: two blanks", &get, RAW, "", S("HTTP/1.1  200 OK\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: no blank", &get, RAW, "", S("HTTP/1.1200 OK\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: -20", &get, RAW, "", S("HTTP/1.1 -20 OK\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: letters", &get, RAW, "", S("HTTP/1.1 2O0 OK\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: cut", &get, RAW, "", S("HTTP/1.1 20\r\n\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: only a header", &get, RAW, "", S(JSON_HEAD "\r\n" ID), UNKNOWN, NULL, NULL, -1},
    {"status: an empty line first", &get, RAW, "",
     S("\r\nHTTP/1.1 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), FINE, "id=" UUID, NULL, 1},
    {"status: two empty lines first", &get, RAW, "",
     S("\r\n\r\nHTTP/1.1 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN, NULL, NULL, -1},
    {"status: bare LF", &get, RAW, "", S("HTTP/1.1 200 OK\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN, NULL,
     NULL, -1},
    {"status: bare CR", &get, RAW, "", S("HTTP/1.1 200 OK\rx: y\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID),
     UNKNOWN, NULL, NULL, -1},
    {"status: bare CR behind the code", &get, RAW, "", S("HTTP/1.1 200\r" JSON_HEAD "Content-Length: 45\r\n\r\n" ID),
     UNKNOWN, NULL, NULL, -1},
    {"status: two CRs", &get, RAW, "", S("HTTP/1.1 200 OK\r\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN,
     NULL, NULL, -1},
    {"status: bare CR in the empty line first", &get, RAW, "",
     S("\rHTTP/1.1 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN, NULL, NULL, -1},
    {"status: NUL in the reason", &get, RAW, "", S("HTTP/1.1 200 O\0K\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID),
     UNKNOWN, NULL, NULL, -1},
    {"status: DEL in the reason", &get, RAW, "", S("HTTP/1.1 200 O\x7fK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID),
     UNKNOWN, NULL, NULL, -1},
    {"status: tab and bytes over 127 in the reason", &get, RAW, "",
     S("HTTP/1.1 200 \tO\xc3\xa9\xff\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), FINE, "id=" UUID, NULL, 1},
    {"status: HTTP/1.9", &get, RAW, "", S("HTTP/1.9 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"status: SSH speaks", &create, RAW_CLOSE, "", S("SSH-2.0-OpenSSH_9.2\r\n"), UNKNOWN, NULL, NULL, -1},
    {"status: TLS alert", &create, RAW_CLOSE, "", S("\x15\x03\x01\x00\x02\x02\x16"), UNKNOWN, NULL, NULL, -1},
    {"status: closed at once", &create, RAW_CLOSE, "", S(""), KRATOS_ERR_CLOSED, 0, MAYBE, "transient=1", NULL, -1},
    {"status: 201 for a get", &get, LENGTH, "201 Created\r\n", S(ID), HTTP, 201, MAYBE, NULL, NULL, 0},
    {"status: 200 for a create", &create, OK_LENGTH, S(ID), HTTP, 200, MAYBE, NULL, NULL, 0},
    {"status: 202 for a create", &create, LENGTH, "202 Accepted\r\n", S(ID), HTTP, 202, MAYBE, NULL, NULL, 0},
    {"status: 299 for a create", &create, LENGTH, "299 What\r\n", S(ID), HTTP, 299, MAYBE, NULL, NULL, 0},
    {"status: 200 for a delete", &delete_one, OK_LENGTH, S("{}"), HTTP, 200, MAYBE, NULL, NULL, 0},
    {"status: 204 for a get", &get, RAW, "", S("HTTP/1.1 204 No Content\r\n\r\n"), HTTP, 204, MAYBE, NULL, NULL, 0},

    /* ---- Headers */
    {"header: empty name", &get, RAW, "", S(OK_HEAD ": x\r\nContent-Length: 45\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"header: blank in the name", &get, RAW, "", S(OK_HEAD "A b: x\r\nContent-Length: 45\r\n\r\n" ID), BROKEN, NULL,
     NULL, -1},
    {"header: blank before the colon", &get, RAW, "", S(OK_HEAD "Content-Length : 45\r\n\r\n" ID), BROKEN, NULL, NULL,
     -1},
    {"header: no colon", &get, RAW, "", S(OK_HEAD "Content-Length 45\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"header: folded", &get, RAW, "", S(OK_HEAD "A: b\r\n c\r\nContent-Length: 45\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"header: folded first", &get, RAW, "", S("HTTP/1.1 200 OK\r\n A: b\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID),
     HTTP, 200, MAYBE, NULL, NULL, -1},
    {"header: bare LF", &get, RAW, "", S(OK_HEAD "A: b\nContent-Length: 45\r\n\r\n" ID), BROKEN, NULL, NULL, -1},
    {"header: control character before the LF", &get, RAW, "", S(OK_HEAD "A: b\x01\nContent-Length: 45\r\n\r\n" ID),
     BROKEN, NULL, NULL, -1},
    {"header: bare LF ends the head", &get, RAW, "", S(OK_HEAD "Content-Length: 45\r\n\n" ID), BROKEN, NULL, NULL, -1},
    {"header: CR inside", &get, RAW, "", S(OK_HEAD "A: b\rContent-Length: 44\r\nContent-Length: 45\r\n\r\n" ID), BROKEN,
     NULL, NULL, -1},
    {"header: NUL in the value", &get, RAW, "", S(OK_HEAD "A: b\0c\r\nContent-Length: 45\r\n\r\n" ID), BROKEN, NULL,
     NULL, -1},
    {"header: NUL in the name", &get, RAW, "", S(OK_HEAD "A\0b: c\r\nContent-Length: 45\r\n\r\n" ID), BROKEN, NULL,
     NULL, -1},
    {"header: control character", &get, RAW, "",
     S(OK_HEAD "A: b\x01"
               "c\r\nContent-Length: 45\r\n\r\n" ID),
     BROKEN, NULL, NULL, -1},
    {"header: bytes over 127", &get, RAW, "", S(OK_HEAD "A: \xc3\xa9\xff\r\nContent-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"header: empty value", &get, RAW, "", S(OK_HEAD "Ory-Error-Id:\r\nContent-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"header: Content-Lengthy", &get, RAW, "", S(OK_HEAD "Content-Lengthy: 1\r\nContent-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"header: Content-Lengt", &get, RAW, "", S(OK_HEAD "Content-Lengt: 1\r\nContent-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},

    /* ---- Interim and bodiless replies, ends of connections */
    {"interim: 100", &create, RAW, "",
     S("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"interim: 103 with headers", &get, RAW, "",
     S("HTTP/1.1 103 Early Hints\r\nLink: </x?page_token=evil>; rel=\"next\"\r\nContent-Length: "
       "3\r\nTransfer-Encoding: chunked\r\n\r\n" OK_HEAD "Content-Length: 45\r\n\r\n" ID),
     FINE, "id=" UUID, NULL, 1},
    {"interim: token of a 103 does not count", &list, RAW, "",
     S("HTTP/1.1 103 Early Hints\r\nLink: </x?page_token=evil>; rel=\"next\"\r\n\r\n" OK_HEAD
       "Content-Length: 47\r\n\r\n[" ID "]"),
     END, "next_page_token-", NULL, 1},
    {"interim: an empty line before each status line", &get, RAW, "",
     S("\r\nHTTP/1.1 100 X\r\n\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n\r\n" OK_HEAD "Content-Length: 45\r\n\r\n" ID),
     FINE, "id=" UUID, NULL, 1},
    {"interim: two empty lines behind", &create, RAW, "",
     S("HTTP/1.1 100 Continue\r\n\r\n\r\n\r\nHTTP/1.1 201 X\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID), UNKNOWN,
     NULL, NULL, -1},
    {"interim: 199", &get, RAW, "", S("HTTP/1.1 199 X\r\n\r\n" OK_HEAD "Content-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"interim: 101", &get, RAW, "", S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), HTTP, 101, MAYBE,
     NULL, NULL, -1},
    {"interim: then closed", &create, RAW_CLOSE, "", S("HTTP/1.1 100 Continue\r\n\r\n"), KRATOS_ERR_CLOSED, 0, MAYBE,
     NULL, NULL, -1},
    {"bodiless: 204 with Content-Length", &delete_one, RAW, "",
     S("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), FINE, NULL, NULL, -1},
    {"bodiless: 204 with chunked", &delete_one, RAW, "",
     S("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), FINE, NULL, NULL, -1},
    {"bodiless: 204", &delete_one, RAW, "", S("HTTP/1.1 204 No Content\r\n\r\n"), FINE, NULL, NULL, 1},
    {"bodiless: 204 for extend", &extend, RAW, "", S("HTTP/1.1 204 No Content\r\n\r\n"), FINE,
     "id=\nactive=0\nexpires_at-\n", NULL, 1},
    {"bodiless: 304 with Content-Length", &get, RAW, "", S("HTTP/1.1 304 Not Modified\r\nContent-Length: 45\r\n\r\n"),
     KRATOS_ERR_REDIRECT, 304, NOT, NULL, NULL, 1},
    {"close: HTTP/1.0", &get, RAW_CLOSE, "", S("HTTP/1.0 200 OK\r\n" JSON_HEAD "\r\n" ID), FINE, "id=" UUID, NULL, -1},
    {"close: HTTP/1.0 with a length", &get, RAW, "", S("HTTP/1.0 200 OK\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID),
     FINE, "id=" UUID, NULL, -1},
    {"close: HTTP/1.1 without a length", &get, RAW_CLOSE, "", S(OK_HEAD "\r\n" ID "\n"), FINE, "id=" UUID, NULL, -1},
    {"close: JSON cut by the close", &get, RAW_CLOSE, "", S(OK_HEAD "\r\n{\"id\":\"" UUID "\""), NO_JSON, NULL, NULL,
     -1},
    {"close: list by the close", &list, RAW_CLOSE, "", S(OK_HEAD "\r\n[" ID "," ID_2 "]"), END, "id=" UUID_2, NULL, -1},
    {"close: Connection: close", &get, LENGTH, "200 OK\r\nConnection: close\r\n", S(ID), FINE, "id=" UUID, NULL, -1},
    {"close: Connection: Close", &get, LENGTH, "200 OK\r\nconnection: Close\r\n", S(ID), FINE, "id=" UUID, NULL, -1},
    {"close: Connection: keep-alive, close", &get, LENGTH, "200 OK\r\nConnection: keep-alive, close\r\n", S(ID), FINE,
     "id=" UUID, NULL, -1},
    {"close: Connection: Keep-Alive", &get, LENGTH, "200 OK\r\nConnection: Keep-Alive\r\n", S(ID), FINE, "id=" UUID,
     NULL, 1},

    /* ---- JSON */
    {"json: nothing", &get, OK_LENGTH, S(""), NO_JSON, NULL, NULL, 0},
    {"json: blanks only", &get, OK_LENGTH, S(" \r\n\t"), NO_JSON, NULL, NULL, 0},
    {"json: blanks around", &get, OK_LENGTH, S(" \r\n\t" ID " \r\n\t"), FINE, "id=" UUID, NULL, 1},
    {"json: blanks everywhere", &get, OK_LENGTH,
     S("{ \"id\" :\n\"" UUID "\" ,\t\"state\" : \"x\" , \"traits\" : { \"a\" : [ 1 , 2 ] } }"), FINE,
     "traits={ \"a\" : [ 1 , 2 ] }\n", NULL, 1},
    {"json: array for an object", &get, OK_LENGTH, S("[" ID "]"), NO_JSON, NULL, NULL, 0},
    {"json: null for an object", &get, OK_LENGTH, S("null"), NO_JSON, NULL, NULL, 0},
    {"json: number for an object", &get, OK_LENGTH, S("12"), NO_JSON, NULL, NULL, 0},
    {"json: text for an object", &get, OK_LENGTH, S("\"" UUID "\""), NO_JSON, NULL, NULL, 0},
    {"json: empty object", &get, OK_LENGTH, S("{}"), NO_JSON, NULL, NULL, LACKS},
    {"json: garbage behind", &get, OK_LENGTH, S(ID "x"), NO_JSON, NULL, NULL, 0},
    {"json: second object behind", &get, OK_LENGTH, S(ID ID), NO_JSON, NULL, NULL, 0},
    {"json: NUL behind", &get, OK_LENGTH, S(ID "\0"), NO_JSON, NULL, NULL, 0},
    {"json: comma at the end", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",}"), NO_JSON, NULL, NULL, 0},
    {"json: BOM", &get, OK_LENGTH, S("\xef\xbb\xbf" ID), NO_JSON, NULL, NULL, 0},
    {"json: cut in a member", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"state\":\"acti"), NO_JSON, NULL, NULL, 0},
    {"json: single quotes", &get, OK_LENGTH, S("{'id':'" UUID "'}"), NO_JSON, NULL, NULL, 0},
    {"json: id missing", &get, OK_LENGTH, S("{\"state\":\"active\"}"), NO_JSON, NULL, NULL, LACKS},
    {"json: id null", &get, OK_LENGTH, S("{\"id\":null}"), NO_JSON, NULL, NULL, LACKS},
    {"json: id empty", &get, OK_LENGTH, S("{\"id\":\"\"}"), NO_JSON, NULL, NULL, LACKS},
    {"json: id a number", &get, OK_LENGTH, S("{\"id\":5}"), NO_JSON, NULL, NULL, LACKS},
    {"json: id too long", &get, OK_LENGTH, S("{\"id\":\"" UUID "0\"}"), NO_JSON, NULL, NULL, LACKS},
    {"json: id only in traits", &get, OK_LENGTH, S("{\"traits\":{\"id\":\"" UUID "\"}}"), NO_JSON, NULL, NULL, LACKS},
    {"json: id shadowed before", &get, OK_LENGTH,
     S("{\"traits\":{\"id\":\"evil\",\"state\":\"evil\"},\"id\":\"" UUID "\"}"), FINE,
     "id=" UUID "\nschema_id-\nschema_url-\nstate-\n", NULL, 1},
    {"json: id shadowed behind", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"metadata_admin\":[{\"id\":\"evil\"},{\"state\":\"evil\"}]}"), FINE,
     "id=" UUID "\nschema_id-\nschema_url-\nstate-\n", NULL, 1},
    {"json: shadow in a string", &get, OK_LENGTH, S("{\"schema_id\":\"\\\",\\\"id\\\":\\\"evil\",\"id\":\"" UUID "\"}"),
     FINE, "id=" UUID "\nschema_id=\",\"id\":\"evil\n", NULL, 1},
    {"json: names by escapes", &get, OK_LENGTH, S("{\"\\u0069\\u0064\":\"" UUID "\",\"st\\u0061te\":\"\\u0061b\"}"),
     FINE, "id=" UUID "\nschema_id-\nschema_url-\nstate=ab\n", NULL, 1},
    {"json: names that only begin so", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"id2\":\"evil\",\"i\":\"evil\",\"statex\":\"evil\",\"stat\":\"evil\"}"), FINE,
     "id=" UUID "\nschema_id-\nschema_url-\nstate-\n", NULL, 1},
    {"json: duplicates, the last wins", &get, OK_LENGTH,
     S("{\"id\":\"evil\",\"state\":\"a\",\"state\":\"b\",\"traits\":1,\"traits\":{\"x\":2},\"id\":\"" UUID "\"}"), FINE,
     "id=" UUID "\nschema_id-\nschema_url-\nstate=b\n", "traits=1", 1},
    {"json: duplicates, the last is null", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"state\":\"a\",\"state\":null,\"traits\":{},\"traits\":null}"), FINE, "state-\n",
     "traits=", 1},
    {"json: duplicate ids, the last is null", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"id\":null}"), NO_JSON, NULL,
     NULL, LACKS},
    {"json: null members", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"state\":null,\"traits\":null,\"credentials\":null}"), FINE, "traits-\n", NULL, 1},
    {"json: state a number", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"state\":1}"), NO_JSON, NULL, NULL, LACKS},
    {"json: truncated UTF-8", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":{\"a\":\"\xc3\"}}"), NO_JSON, NULL,
     NULL, 0},
    {"json: overlong UTF-8", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":{\"a\":\"\xc0\xaf\"}}"), NO_JSON, NULL,
     NULL, 0},
    {"json: UTF-8 of a surrogate", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":{\"a\":\"\xed\xa0\x80\"}}"),
     NO_JSON, NULL, NULL, 0},
    {"json: UTF-8 over U+10FFFF", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":{\"a\":\"\xf4\x90\x80\x80\"}}"),
     NO_JSON, NULL, NULL, 0},
    {"json: good UTF-8", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"state\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}"),
     FINE, "state=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n", NULL, 1},
    {"json: escapes decoded", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"state\":\"\\\"\\\\\\/\\u00e9\\u20ac\\ud83d\\ude00\\u003c\"}"), FINE,
     "state=\"\\/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80<\n", NULL, 1},
    {"json: lone surrogate that passes through", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"traits\":{\"a\":\"\\ud800\"}}"), FINE, "traits={\"a\":\"\\ud800\"}\n", NULL, 1},
    {"json: lone surrogate in a text", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"state\":\"\\ud800x\"}"), NO_JSON,
     NULL, NULL, LACKS},
    {"json: low surrogate first", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"state\":\"\\udc00\\ud800\"}"), NO_JSON,
     NULL, NULL, LACKS},
    {"json: U+0000 in a text", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"state\":\"a\\u0000b\"}"), FINE, "id=" UUID,
     NULL, 1},
    {"json: bad escape", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":\"\\x\"}"), NO_JSON, NULL, NULL, 0},
    {"json: short \\u", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":\"\\u12\"}"), NO_JSON, NULL, NULL, 0},
    {"json: control character in a string", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":\"a\nb\"}"), NO_JSON,
     NULL, NULL, 0},
    {"json: long numbers stay", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"traits\":{\"n\":123456789012345678901234567890.00100e+0123,\"m\":-0}}"), FINE,
     "traits={\"n\":123456789012345678901234567890.00100e+0123,\"m\":-0}\n", NULL, 1},
    {"json: bad number", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":{\"n\":01}}"), NO_JSON, NULL, NULL, 0},
    {"json: bad literal", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":nul}"), NO_JSON, NULL, NULL, 0},
    {"json: 32 levels", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"traits\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"), FINE,
     "id=" UUID, NULL, 1},
    {"json: 33 levels", &get, OK_LENGTH,
     S("{\"id\":\"" UUID "\",\"traits\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"), NO_JSON,
     NULL, NULL, 0},
    {"json: brackets crossed", &get, OK_LENGTH, S("{\"id\":\"" UUID "\",\"traits\":[{]}}"), NO_JSON, NULL, NULL, 0},
    {"json: recovery code keeps its zeros", &code, LENGTH, "201 Created\r\n",
     S("{\"recovery_link\":\"http://x/\",\"recovery_code\":\"000123\",\"expires_at\":null}"), FINE,
     "expires_at-\nrecovery_code=000123\n", NULL, 1},
    {"json: recovery code missing", &code, LENGTH, "201 Created\r\n", S("{\"recovery_link\":\"http://x/\"}"), JSON, 201,
     DONE, NULL, NULL, LACKS},
    {"json: active no bool", &extend, OK_LENGTH, S("{\"id\":\"" UUID "\",\"active\":\"true\"}"), NO_JSON, NULL, NULL,
     LACKS},

    /* ---- Lists */
    {"list: empty", &list, OK_LENGTH, S("[]"), END, NULL, "id=", 1},
    {"list: null", &list, OK_LENGTH, S("null"), END, NULL, "id=", 1},
    {"list: object", &list, OK_LENGTH, S("{}"), NO_JSON, NULL, NULL, 0},
    {"list: a number in it", &list, OK_LENGTH, S("[" ID ",5]"), NO_JSON, "id=" UUID, NULL, 0},
    {"list: a null in it", &list, OK_LENGTH, S("[" ID ",null]"), NO_JSON, "id=" UUID, NULL, 0},
    {"list: cut", &list, OK_LENGTH, S("[" ID ","), NO_JSON, "id=" UUID, NULL, 0},
    {"list: comma at the end", &list, OK_LENGTH, S("[" ID ",]"), NO_JSON, "id=" UUID, NULL, 0},
    {"list: garbage behind", &list, OK_LENGTH, S("[" ID "]]"), NO_JSON, "id=" UUID, NULL, 0},
    {"list: blanks", &list, OK_LENGTH, S(" [ " ID " , " ID_2 " ] "), END, "id=" UUID_2, NULL, 1},
    {"list: one without id, the rest goes on", &list, OK_LENGTH, S("[{\"state\":\"x\"}," ID_2 "]"), END,
     "item_rc=-9\neffect=3\nid=" UUID_2, NULL, 1},
    {"list: one with bad UTF-8, the rest goes on", &list, OK_LENGTH,
     S("[{\"id\":\"" UUID "\",\"traits\":\"\xff\"}," ID_2 "]"), END, "item_rc=-9\neffect=3\nid=" UUID_2, NULL, 1},
    {"list: one too deep, the rest goes on", &list, OK_LENGTH,
     S("[{\"id\":\"" UUID
       "\",\"traits\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}," ID_2 "]"),
     END, "item_rc=-9\neffect=3\nid=" UUID_2, NULL, 1},
    {"list: one with a lone surrogate in a text", &list, OK_LENGTH,
     S("[{\"id\":\"" UUID "\",\"state\":\"\\ud800\"}," ID_2 "]"), END, "item_rc=-9\neffect=3\nid=" UUID_2, NULL, 1},
    {"list: sessions", &sessions, OK_LENGTH,
     S("[{\"id\":\"" UUID "\",\"active\":true,\"identity\":{\"id\":\"evil\"}}]"), END, "id=" UUID "\nactive=1\n",
     "id=evil", 1},
    {"list: sessions of an identity", &own_sessions, LENGTH, "200 OK\r\nX-Total-Count: 1\r\n",
     S("[{\"id\":\"" UUID "\",\"active\":false}]"), END, "id=" UUID "\nactive=0\n", NULL, 1},
    {"list: X-Total-Count nonsense", &own_sessions, LENGTH, "200 OK\r\nX-Total-Count: -1\r\n",
     S("[{\"id\":\"" UUID "\",\"active\":false}]"), END, "id=" UUID "\nactive=0\n", NULL, 1},

    /* ---- Link */
    {"link: relative", &list, LENGTH,
     "200 OK\r\nLink: </admin/identities?page_size=2&page_token=abc>; rel=\"next\"\r\n", S("[" ID "]"), END,
     "next_page_token=abc\n", NULL, 1},
    {"link: absolute", &list, LENGTH,
     "200 OK\r\nLink: <http://h:1/identities?page=1&page_token=abc&per_page=2>; rel=\"next\"\r\n", S("[" ID "]"), END,
     "next_page_token=abc\n", NULL, 1},
    {"link: next last", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=1>; rel=\"first\",</a?page_token=2>; rel=\"prev\",</a?page_token=3>; "
     "rel=\"next\"\r\n",
     S("[" ID "]"), END, "next_page_token=3\n", NULL, 1},
    {"link: next first", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=3>; rel=\"next\", </a?page_token=1>; rel=\"first\"\r\n", S("[" ID "]"), END,
     "next_page_token=3\n", NULL, 1},
    {"link: no next", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=1>; rel=\"first\",</a?page_token=2>; rel=\"prev\"\r\n", S("[" ID "]"), END,
     "next_page_token-\n", NULL, 1},
    {"link: two lines", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=1>; rel=\"first\"\r\nLink: </a?page_token=2>; rel=\"next\"\r\n", S("[" ID "]"),
     END, "next_page_token=2\n", NULL, 1},
    {"link: two lines, next first", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=2>; rel=\"next\"\r\nLink: </a?page_token=1>; rel=\"first\"\r\n", S("[" ID "]"),
     END, "next_page_token=2\n", NULL, 1},
    {"link: other parameters before", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=2>; title=\"a,b;c\"; rel=\"next\"\r\n", S("[" ID "]"), END, "next_page_token=2\n",
     NULL, 1},
    {"link: comma in a quoted title", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=1>; title=\"x, <y?page_token=evil>\"; rel=\"first\",</a?page_token=2>; "
     "rel=\"next\"\r\n",
     S("[" ID "]"), END, "next_page_token=2\n", NULL, 1},
    {"link: rel in a quoted title", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=1>; title=\"; rel=next\"; rel=\"first\"\r\n", S("[" ID "]"), END,
     "next_page_token-\n", NULL, 1},
    {"link: rel not quoted", &list, LENGTH, "200 OK\r\nLink: </a?page_token=2>;rel=next\r\n", S("[" ID "]"), END,
     "next_page_token=2\n", NULL, 1},
    {"link: rel that only begins so", &list, LENGTH, "200 OK\r\nLink: </a?page_token=2>; rel=nextish\r\n",
     S("[" ID "]"), END, "next_page_token-\n", NULL, 1},
    {"link: rel that only begins so, quoted", &list, LENGTH, "200 OK\r\nLink: </a?page_token=2>; rel=\"nextish\"\r\n",
     S("[" ID "]"), END, "next_page_token-\n", NULL, 1},
    {"link: another parameter named alike", &list, LENGTH,
     "200 OK\r\nLink: </a?my_page_token=evil&page_token=2>; rel=\"next\"\r\n", S("[" ID "]"), END,
     "next_page_token=2\n", NULL, 1},
    {"link: token percent-encoded", &list, LENGTH, "200 OK\r\nLink: </a?page_token=a%3D%3d%2Fb%26>; rel=\"next\"\r\n",
     S("[" ID "]"), END, "next_page_token=a==/b&\n", NULL, 1},
    {"link: token with an encoded line end", &list, LENGTH,
     "200 OK\r\nLink: </a?page_token=a%0D%0AX:y>; rel=\"next\"\r\n", S("[" ID "]"), HTTP, 200, MAYBE, NULL,
     "next_page_token=a", 0},
    {"link: comma in the address", &list, LENGTH, "200 OK\r\nLink: </a?x=1,2&page_token=2>; rel=\"next\"\r\n",
     S("[" ID "]"), END, "next_page_token=2\n", NULL, 1},
    {"link: not closed", &list, LENGTH, "200 OK\r\nLink: </a?page_token=2; rel=\"next\"\r\n", S("[" ID "]"), END,
     "next_page_token-\n", NULL, 1},
    {"link: empty", &list, LENGTH, "200 OK\r\nLink:\r\n", S("[" ID "]"), END, "next_page_token-\n", NULL, 1},
    {"link: on an error", &list, LENGTH, "400 Bad Request\r\nLink: </a?page_token=2>; rel=\"next\"\r\n",
     S(ERROR("\"reason\":\"r\"")), KRATOS_ERR_REFUSED, 400, NOT, "reason=r\n", NULL, 1},

    /* ---- Schemas */
    {"schema: text", &schema, OK_LENGTH, S("\"x\""), END, "text=\"x\"\n", NULL, 1},
    {"schema: not JSON at the end", &schema, OK_LENGTH, S("{\"a\":1}}"), NO_JSON, NULL, NULL, 0},
    {"schema: cut", &schema, OK_LENGTH, S("{\"a\":1"), NO_JSON, NULL, NULL, 0},
    {"schema: bad UTF-8", &schema, OK_LENGTH, S("{\"a\":\"\xff\"}"), NO_JSON, NULL, NULL, 0},
    {"schemas: id behind the schema", &schemas, OK_LENGTH, S("[{\"schema\":{\"a\":1},\"id\":\"x\"}]"), END,
     "schema-\ntext={\"a\":1}\n", NULL, 1},
    {"schemas: other members", &schemas, OK_LENGTH,
     S("[{\"id\":\"x\",\"url\":{\"schema\":2,\"id\":\"evil\"},\"schema\":{\"id\":\"evil\",\"schema\":3},\"n\":1},{"
       "\"id\":\"y\",\"schema\":[]}]"),
     END, "schema=x\ntext={\"id\":\"evil\",\"schema\":3}\nschema=y\ntext=[]\n", NULL, 1},
    {"schemas: blanks", &schemas, OK_LENGTH, S("[ { \"id\" : \"x\" , \"schema\" : { \"a\" : 1 } } ]"), END,
     "schema=x\ntext={ \"a\" : 1 }\n", NULL, 1},
    {"schemas: none", &schemas, OK_LENGTH, S("[]"), END, NULL, "schema", 1},
    {"schemas: id not a text", &schemas, OK_LENGTH, S("[{\"id\":5,\"schema\":{}}]"), NO_JSON, NULL, NULL, 0},
    {"schemas: object", &schemas, OK_LENGTH, S("{\"id\":\"x\",\"schema\":{}}"), NO_JSON, NULL, NULL, 0},
    {"schemas: null", &schemas, OK_LENGTH, S("null"), END, NULL, "schema", 1},
    {"schemas: a number", &schemas, OK_LENGTH, S("12"), NO_JSON, NULL, NULL, 0},
    {"schemas: a text", &schemas, OK_LENGTH, S("\"[]\""), NO_JSON, NULL, NULL, 0},
    {"schemas: a null in it", &schemas, OK_LENGTH, S("[null]"), NO_JSON, NULL, NULL, 0},
    {"schemas: an array in it", &schemas, OK_LENGTH, S("[[{\"id\":\"x\",\"schema\":{}}]]"), NO_JSON, NULL, NULL, 0},
    {"schemas: a number in it", &schemas, OK_LENGTH, S("[{\"id\":\"x\",\"schema\":1},2]"), NO_JSON, NULL, NULL, 0},
    {"schemas: elements without a schema", &schemas, OK_LENGTH,
     S("[{\"id\":\"x\"},{},{\"id\":\"y\",\"schema\":{\"a\":[1]}},{\"id\":\"z\"}]"), END,
     "schema=y\ntext={\"a\":[1]}\nrc=2\n", "schema=x", 1},
    {"schemas: the id of one does not stay for the next", &schemas, OK_LENGTH,
     S("[{\"id\":\"x\",\"schema\":1},{\"schema\":2},{\"schema\":3,\"id\":\"z\"},{\"schema\":4}]"), END,
     "schema=x\ntext=1\nschema-\ntext=2\nschema-\ntext=3\nschema-\ntext=4\nrc=2\n", NULL, 1},
    {"schemas: values of each type", &schemas, OK_LENGTH,
     S("[{\"id\":\"a\",\"schema\":null},{\"id\":\"b\",\"schema\":true},{\"id\":\"c\",\"schema\":-1.5e3},"
       "{\"id\":\"d\",\"schema\":\"]}\"},{\"id\":\"e\",\"schema\":[{\"schema\":1}]},{\"id\":\"f\",\"schema\":{}}]"),
     END,
     "schema=a\ntext=null\nschema=b\ntext=true\nschema=c\ntext=-1.5e3\nschema=d\ntext=\"]}\"\n"
     "schema=e\ntext=[{\"schema\":1}]\nschema=f\ntext={}\nrc=2\n",
     NULL, 1},
    {"schemas: names that only begin or end so", &schemas, OK_LENGTH,
     S("[{\"i\":1,\"idx\":2,\"xid\":3,\"schem\":4,\"schemas\":5,\"id\\\"\":6,\"Schema\":7,\"id\":\"x\",\"schema\":8}]"),
     END, "schema=x\ntext=8\nrc=2\n", "text=4", 1},
    {"schemas: id with escapes", &schemas, OK_LENGTH,
     S("[{\"id\":\"a\\u00e9\\\"\\\\\\/\\ud83d\\ude00\",\"schema\":{}}]"), END,
     "schema=a\xc3\xa9\"\\/\xf0\x9f\x98\x80\ntext={}\n", NULL, 1},
    {"schemas: id with U+0000", &schemas, OK_LENGTH, S("[{\"id\":\"a\\u0000b\",\"schema\":{}}]"), END, "schema=a", NULL,
     1},
    {"schemas: id empty", &schemas, OK_LENGTH, S("[{\"id\":\"\",\"schema\":{}}]"), END, "schema=\ntext={}\n", NULL, 1},
    {"schemas: id with a lone surrogate", &schemas, OK_LENGTH, S("[{\"id\":\"\\ud800\",\"schema\":{}}]"), NO_JSON, NULL,
     NULL, 0},
    {"schemas: id behind the schema, no text", &schemas, OK_LENGTH, S("[{\"schema\":{\"a\":1},\"id\":5}]"), NO_JSON,
     NULL, NULL, 0},
    {"schemas: id an object", &schemas, OK_LENGTH, S("[{\"id\":{\"id\":\"x\"},\"schema\":{}}]"), NO_JSON, NULL, NULL,
     0},
    {"schemas: id an array", &schemas, OK_LENGTH, S("[{\"id\":[\"x\"],\"schema\":{}}]"), NO_JSON, NULL, NULL, 0},
    {"schemas: id true", &schemas, OK_LENGTH, S("[{\"id\":true,\"schema\":{}}]"), NO_JSON, NULL, NULL, 0},
    {"schemas: two ids, the last wins", &schemas, OK_LENGTH, S("[{\"id\":\"long-one\",\"id\":\"y\",\"schema\":{}}]"),
     END, "schema=y\ntext={}\n", NULL, 1},
    {"schemas: bad UTF-8 in an id", &schemas, OK_LENGTH, S("[{\"id\":\"\xff\",\"schema\":{}}]"), NO_JSON, NULL, NULL,
     0},
    {"schemas: bad UTF-8 in a schema", &schemas, OK_LENGTH, S("[{\"id\":\"x\",\"schema\":{\"\xff\":1}}]"), NO_JSON,
     NULL, NULL, 0},
    {"schemas: bad UTF-8 in another member", &schemas, OK_LENGTH, S("[{\"id\":\"x\",\"schema\":{},\"url\":\"\xff\"}]"),
     NO_JSON, NULL, NULL, 0},
    {"schemas: bad UTF-8 in a name", &schemas, OK_LENGTH, S("[{\"id\":\"x\",\"schema\":{},\"\xff\":1}]"), NO_JSON, NULL,
     NULL, 0},
    {"schemas: a bad escape in an id", &schemas, OK_LENGTH, S("[{\"id\":\"\\u\",\"schema\":{}}]"), NO_JSON, NULL, NULL,
     0},
    {"schemas: cut in an id", &schemas, OK_LENGTH, S("[{\"id\":\"x"), NO_JSON, NULL, NULL, 0},
    {"schemas: cut behind one", &schemas, OK_LENGTH, S("[{\"id\":\"x\",\"schema\":{}}"), NO_JSON, "schema=x", NULL, 0},
    {"schemas: garbage behind", &schemas, OK_LENGTH, S("[{\"id\":\"x\",\"schema\":{}}]]"), NO_JSON, NULL, NULL, 0},
    {"schemas: in chunks", &schemas, CHUNK, "200 OK\r\n",
     S("[{\"id\":\"preset://email\",\"schema\":{\"$id\":\"https://x/y\"}},{\"id\":\"y\",\"schema\":false}]"), END,
     "schema=preset://email\ntext={\"$id\":\"https://x/y\"}\nschema=y\ntext=false\n", NULL, 1},
    {"schemas: 404", &schemas, LENGTH, "404 Not Found\r\n", S(ERROR("\"reason\":\"r\"")), KRATOS_ERR_NOT_FOUND, 404,
     NOT, "reason=r\n", NULL, 1},
    {"schema: blanks around", &schema, OK_LENGTH, S(" \n{\"a\" : 1}\r\n\t "), END, "text={\"a\" : 1}\n", NULL, 1},
    {"schema: true", &schema, OK_LENGTH, S("true"), END, "text=true\n", NULL, 1},
    {"schema: a number and blanks", &schema, OK_LENGTH, S(" 12 "), END, "text=12\n", NULL, 1},
    {"schema: nothing", &schema, OK_LENGTH, S(""), NO_JSON, NULL, NULL, 0},
    {"schema: bad UTF-8 in a name", &schema, OK_LENGTH, S("{\"\xff\":1}"), NO_JSON, NULL, NULL, 0},
    {"schema: 33 levels", &schema, OK_LENGTH, S("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
     NO_JSON, NULL, NULL, 0},

    /* ---- Batches */
    {"batch: both created", &batch, OK_LENGTH,
     S("{\"identities\":[{\"action\":\"create\",\"identity\":\"" UUID
       "\"},{\"action\":\"create\",\"identity\":\"" UUID_2 "\"}]}"),
     END, "row=1\nrc=0\naction=create\nidentity=" UUID_2, NULL, 1},
    {"batch: null, and an error", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"patch_id\":\"p\",\"error\":{\"code\":409,\"reason\":\"r\","
       "\"message\":\"m\"}}]}"),
     END,
     "row=0\nrc=-14\naction-\nidentity-\npatch_id-\nreason-\nmessage-\nrow=1\nrc=-12\naction=error\nidentity-\npatch_"
     "id=p\nreason=r\nmessage=m\n",
     NULL, 1},
    {"batch: error without a code", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"message\":\"m\"}}]}"), END,
     "row=1\nrc=-14\naction=error\n", NULL, 1},
    {"batch: too few outcomes", &batch, OK_LENGTH, S("{\"identities\":[null]}"), NO_JSON, "row=0\nrc=-14\n", NULL, 0},
    {"batch: too many outcomes", &batch, OK_LENGTH, S("{\"identities\":[null,null,null]}"), NO_JSON, NULL, NULL, 0},
    {"batch: no outcomes", &batch, OK_LENGTH, S("{}"), NO_JSON, NULL, NULL, 0},
    {"batch: outcomes null", &batch, OK_LENGTH, S("{\"identities\":null}"), NO_JSON, NULL, NULL, 0},
    {"batch: array", &batch, OK_LENGTH, S("[null,null]"), NO_JSON, NULL, NULL, 0},
    {"batch: an outcome that is a number", &batch, OK_LENGTH, S("{\"identities\":[1,2]}"), NO_JSON, NULL, NULL, 0},
    {"batch: shadowed", &batch, OK_LENGTH,
     S("{\"x\":{\"identities\":[1,2,3]},\"y\":[[1],[2]],\"identities\":[null,null]}"), END, "row=1\n", "row=2", 1},
    {"batch: garbage behind", &batch, OK_LENGTH, S("{\"identities\":[null,null]}x"), NO_JSON, NULL, NULL, 0},
    {"batch: code 299", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":299,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 300", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":300,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-16\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 399", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":399,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-16\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 400", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":400,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 401", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":401,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-10\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 403", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":403,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-10\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 404", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":404,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-11\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 408", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":408,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-15\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 409", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":409,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-12\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 429", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":429,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-13\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 599", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":599,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-15\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 600", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":600,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 409 as a text", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":\"409\",\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 4.5", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":4.5,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 409.0", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":409.0,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 5e2", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":5e2,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code -409", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":-409,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 2^64 + 409", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":18446744073709552025,\"reason\":\"r\"}}]}"),
     END, "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code 2^32 + 409", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":4294967705,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code null", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":null,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code true", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":true,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code [409]", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":[409],\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code twice, the last wins", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"code\":400,\"code\":409,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-12\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code by an escaped name", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"c\\u006fde\":409,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-12\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code of another name", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"codes\":409,\"cod\":409,\"xcode\":409,\"reason\":"
       "\"r\"}}]}"),
     END, "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: code in details", &batch, OK_LENGTH,
     S("{\"identities\":[null,{\"action\":\"error\",\"error\":{\"details\":{\"code\":409},\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-14\naction=error\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: an error of another type", &batch, OK_LENGTH,
     S("{\"identities\":[{\"action\":\"error\",\"error\":\"409\"},{\"action\":\"error\",\"error\":[{\"code\":409}]}]}"),
     END,
     "row=0\nrc=-14\naction=error\nidentity-\npatch_id-\nreason-\nmessage-\nrow=1\nrc=-14\naction=error\nidentity-\n"
     "patch_id-\nreason-\nmessage-\n",
     NULL, 1},
    {"batch: error null", &batch, OK_LENGTH,
     S("{\"identities\":[{\"identity\":\"" UUID "\",\"error\":null},{\"error\":409}]}"), END,
     "row=0\nrc=0\naction-\nidentity=" UUID "\npatch_id-\nreason-\nmessage-\nrow=1\nrc=-14\n", NULL, 1},
    {"batch: an identity and an error", &batch, OK_LENGTH,
     S("{\"identities\":[{\"identity\":\"" UUID "\",\"error\":{\"code\":409}},{\"identity\":null}]}"), END,
     "row=0\nrc=-12\naction-\nidentity=" UUID "\npatch_id-\nreason-\nmessage-\nrow=1\nrc=-14\naction-\nidentity-\n",
     NULL, 1},
    {"batch: reason and message null", &batch, OK_LENGTH,
     S("{\"identities\":[{\"error\":{\"reason\":null,\"message\":null}},{\"error\":{\"reason\":1,\"message\":\"m\"}}]"
       "}"),
     END, "row=0\nrc=-14\naction-\nidentity-\npatch_id-\nreason-\nmessage-\n", NULL, 1},
    {"batch: escapes in an error", &batch, OK_LENGTH,
     S("{\"identities\":[{\"error\":{\"reason\":\"\\u00e9\\n\",\"code\":409,\"message\":\"a\\u0000\"}},null]}"), END,
     "row=0\nrc=-12\naction-\nidentity-\npatch_id-\nreason=\xc3\xa9\n\nmessage=a", NULL, 1},
    {"batch: a lone surrogate in an action", &batch, OK_LENGTH, S("{\"identities\":[{\"action\":\"\\ud800\"},null]}"),
     END, "item_rc=-9\neffect=3\nrow=1\nrc=-14\n", NULL, 1},
    {"batch: an action that is a number", &batch, OK_LENGTH, S("{\"identities\":[null,{\"action\":1}]}"), END,
     "row=0\nrc=-14\naction-\nidentity-\npatch_id-\nreason-\nmessage-\nitem_rc=-9\neffect=3\nrc=2\n", NULL, 0},
    {"batch: null for all", &batch, OK_LENGTH, S("null"), NO_JSON, NULL, "row=", 0},
    {"batch: an array that looks alike", &batch, OK_LENGTH, S("[\"identities\",[null,null]]"), NO_JSON, NULL,
     "row=", 0},
    {"batch: text for all", &batch, OK_LENGTH, S("\"identities\""), NO_JSON, NULL, "row=", 0},
    {"batch: number for all", &batch, OK_LENGTH, S("2"), NO_JSON, NULL, "row=", 0},
    {"batch: empty", &batch, OK_LENGTH, S(""), NO_JSON, NULL, "row=", 0},
    {"batch: outcomes a text", &batch, OK_LENGTH, S("{\"identities\":\"null\"}"), NO_JSON, NULL, "row=", 0},
    {"batch: an outcome that is an array", &batch, OK_LENGTH, S("{\"identities\":[null,[null]]}"), NO_JSON,
     "row=0\nrc=-14\n", "row=1", 0},
    {"batch: an outcome that is a text", &batch, OK_LENGTH, S("{\"identities\":[null,\"create\"]}"), NO_JSON,
     "row=0\nrc=-14\n", "row=1", 0},
    {"batch: an outcome that is false", &batch, OK_LENGTH, S("{\"identities\":[false,null]}"), NO_JSON, NULL,
     "row=", 0},
    {"batch: three outcomes, the third an object", &batch, OK_LENGTH, S("{\"identities\":[null,null,{}]}"), NO_JSON,
     "row=1\nrc=-14\n", "row=2", 0},
    {"batch: twice, together too many", &batch, OK_LENGTH, S("{\"identities\":[null,null],\"identities\":[null,null]}"),
     NO_JSON, "row=1\nrc=-14\n", "row=2", 0},
    {"batch: names that only begin or end so", &batch, OK_LENGTH,
     S("{\"identitie\":[1],\"identitiess\":[2],\"xidentities\":[3],\"Identities\":[4],\"identities\\\"\":[5],"
       "\"\\\"identities\":[6],\"\":[7],\"identities\":[null,null],\"i\":[8]}"),
     END, "row=1\nrc=-14\n", "row=2", 1},
    {"batch: only a longer name", &batch, OK_LENGTH, S("{\"identities_\":[null,null]}"), NO_JSON, NULL, "row=", 0},
    {"batch: only a shorter name", &batch, OK_LENGTH, S("{\"identitie\":[null,null]}"), NO_JSON, NULL, "row=", 0},
    {"batch: blanks everywhere", &batch, OK_LENGTH,
     S(" { \"a\" : 1 ,\n\"identities\" \t: [ null , { \"identity\" : \"" UUID "\" } ] , \"b\" : { } } "), END,
     "row=0\nrc=-14\naction-\nidentity-\npatch_id-\nreason-\nmessage-\nrow=1\nrc=0\naction-\nidentity=" UUID "\n", NULL,
     1},
    {"batch: comma at the end", &batch, OK_LENGTH, S("{\"identities\":[null,null,]}"), NO_JSON, "row=1\n", NULL, 0},
    {"batch: cut behind all rows", &batch, OK_LENGTH, S("{\"identities\":[null,null]"), NO_JSON, "row=1\n", NULL, 0},
    {"batch: bad UTF-8 in a text before the rows", &batch, OK_LENGTH, S("{\"x\":\"\xff\",\"identities\":[null,null]}"),
     NO_JSON, NULL, "row=", 0},
    {"batch: bad UTF-8 in a text behind the rows", &batch, OK_LENGTH, S("{\"identities\":[null,null],\"x\":\"\xff\"}"),
     NO_JSON, "row=1\n", NULL, 0},
    {"batch: bad UTF-8 in an array behind the rows", &batch, OK_LENGTH,
     S("{\"identities\":[null,null],\"x\":[\"\xff\",1]}"), NO_JSON, "row=1\n", NULL, 0},
    {"batch: bad UTF-8 in a name behind the rows", &batch, OK_LENGTH, S("{\"identities\":[null,null],\"\xff\":1}"),
     NO_JSON, "row=1\n", NULL, 0},
    {"batch: a control character in a deep text", &batch, OK_LENGTH,
     S("{\"x\":[{\"y\":[\"\n\"]}],\"identities\":[null,null]}"), NO_JSON, NULL, "row=", 0},
    {"batch: bad UTF-8 in a row costs the row", &batch, OK_LENGTH,
     S("{\"identities\":[{\"\xff\":1},{\"action\":\"create\",\"identity\":\"" UUID "\"}]}"), END,
     "item_rc=-9\neffect=3\nrow=1\nrc=0\n", NULL, 1},
    {"batch: in chunks", &batch, CHUNK, "200 OK\r\n",
     S("{\"identities\":[{\"identity\":\"" UUID "\"},{\"error\":{\"code\":409,\"reason\":\"r\"}}]}"), END,
     "row=1\nrc=-12\naction-\nidentity-\npatch_id-\nreason=r\nmessage-\n", NULL, 1},
    {"batch: 201", &batch, LENGTH, "201 Created\r\n", S("{\"identities\":[null,null]}"), HTTP, 201, MAYBE, NULL,
     "row=", 0},
    {"batch: 409 as a whole", &batch, LENGTH, "409 Conflict\r\n", S(ERROR("\"reason\":\"r\",\"message\":\"m\"")),
     KRATOS_ERR_CONFLICT, 409, NOT, "reason=r\nmessage=m\n", NULL, 1},

    /* ---- FAILS */
    {"batch: bad UTF-8 in a name before an array", &batch, OK_LENGTH, S("{\"\xff\":[1],\"identities\":[null,null]}"),
     NO_JSON, NULL, NULL, 0},
    {"batch: bad UTF-8 in a name of an object", &batch, OK_LENGTH, S("{\"x\":{\"\xff\":1},\"identities\":[null,null]}"),
     NO_JSON, NULL, NULL, 0},
    {"batch: outcomes in an object", &batch, OK_LENGTH, S("{\"identities\":{\"a\":null,\"b\":null}}"), NO_JSON, NULL,
     "row=", 0},
    {"schemas: empty object", &schemas, OK_LENGTH, S("{}"), NO_JSON, NULL, NULL, 0},
    {"schemas: object of objects", &schemas, OK_LENGTH, S("{\"a\":{\"id\":\"x\",\"schema\":{}}}"), NO_JSON, NULL, NULL,
     0},
    {"batch: name by escapes", &batch, OK_LENGTH, S("{\"identit\\u0069es\":[null,null]}"), END, "row=1\n", NULL, 1},
    {"schemas: names by escapes", &schemas, OK_LENGTH, S("[{\"\\u0069d\":\"x\",\"sch\\u0065ma\":{}}]"), END,
     "schema=x\ntext={}\n", NULL, 1},
    {"schemas: id null", &schemas, OK_LENGTH, S("[{\"id\":null,\"schema\":{}}]"), NO_JSON, NULL, NULL, 0},

    /* ---- Errors */
    {"error: captive portal", &create, RAW, "",
     S("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>Hi</html>"), HTTP, 200, MAYBE,
     NULL, NULL, 0},
    {"error: captive portal for a get", &get, RAW, "",
     S("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>Hi</html>"), JSON, 200, MAYBE,
     NULL, NULL, 0},
    {"error: captive portal for a delete", &delete_one, RAW, "",
     S("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>Hi</html>"), HTTP, 200, MAYBE,
     NULL, NULL, 0},
    {"error: 201 without a type", &create, RAW, "", S("HTTP/1.1 201 Created\r\nContent-Length: 45\r\n\r\n" ID), JSON,
     201, MAYBE, NULL, NULL, 0},
    {"error: type only begins so", &get, RAW, "",
     S("HTTP/1.1 200 OK\r\nContent-Type: application/jsonx\r\nContent-Length: 45\r\n\r\n" ID), JSON, 200, MAYBE, NULL,
     NULL, 0},
    {"error: type with parameters", &get, RAW, "",
     S("HTTP/1.1 200 OK\r\nContent-Type: Application/JSON;charset=utf-8\r\nContent-Length: 45\r\n\r\n" ID), FINE,
     "id=" UUID, NULL, 1},
    {"error: captive portal by 302", &create, PLAIN, "302 Found\r\nLocation: http://login.example/?a=b\r\n", S("Found"),
     KRATOS_ERR_REDIRECT, 302, NOT, "location=http://login.example/?a=b\n", NULL, 1},
    {"error: 307", &create, PLAIN, "307 Temporary Redirect\r\nLocation: http://127.0.0.1:4434/admin/identities\r\n",
     S(""), KRATOS_ERR_REDIRECT, 307, NOT, "location=http://127.0.0.1:4434/admin/identities\n", NULL, 1},
    {"error: 308 without Location", &create, PLAIN, "308 Permanent Redirect\r\n", S(""), KRATOS_ERR_REDIRECT, 308, NOT,
     "location=\n", NULL, 1},
    {"error: 403 csrf", &create, LENGTH, "403 Forbidden\r\n",
     S(ERROR("\"id\":\"security_csrf_violation\",\"code\":403,\"reason\":\"r\",\"message\":\"m\"")),
     KRATOS_ERR_REDIRECT, 403, NOT, "fault.id=security_csrf_violation\n", NULL, 1},
    {"error: 400 with the id of a csrf violation", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"id\":\"security_csrf_violation\",\"code\":400")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=security_csrf_violation\n", NULL, 1},
    {"error: 403", &create, LENGTH, "403 Forbidden\r\n", S(ERROR("\"code\":403,\"reason\":\"r\"")), KRATOS_ERR_DENIED,
     403, NOT, "reason=r\n", NULL, 1},
    {"error: 401", &create, LENGTH, "401 Unauthorized\r\n", S(ERROR("\"code\":401,\"message\":\"m\"")),
     KRATOS_ERR_DENIED, 401, NOT, "message=m\n", NULL, 1},
    {"error: 404 text", &get, PLAIN, "404 Not Found\r\n", S("404 page not found"), KRATOS_ERR_NOT_FOUND, 404, NOT,
     "reason=\nmessage=404 page not found\n", NULL, 1},
    {"error: 405 text", &get, PLAIN, "405 Method Not Allowed\r\n", S("Method Not Allowed"), KRATOS_ERR_REFUSED, 405,
     NOT, NULL, NULL, 1},
    {"error: 408", &get, PLAIN, "408 Request Timeout\r\n", S(""), KRATOS_ERR_SERVER, 408, MAYBE, "transient=1", NULL,
     1},
    {"stranger: 404 of a router in Go", &get, PLAIN, "404 Not Found\r\n", S("404 page not found\n"),
     KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1\nfault.id=\n", NULL, 1},
    {"stranger: 404 of Kong", &get, LENGTH, "404 Not Found\r\n",
     S("{\"message\":\"no Route matched with those values\"}"), KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1", NULL, 1},
    {"stranger: 404 of Envoy", &get, PLAIN, "404 Not Found\r\n", S(""), KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1",
     NULL, 1},
    {"stranger: an error object with another status inside", &get, LENGTH, "404 Not Found\r\n",
     S(ERROR("\"code\":500,\"message\":\"m\"")), KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1", NULL, 1},
    {"stranger: an error object without one", &get, LENGTH, "404 Not Found\r\n", S(ERROR("\"message\":\"m\"")),
     KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1", NULL, 1},
    {"stranger: a status in a text", &get, LENGTH, "404 Not Found\r\n", S(ERROR("\"code\":\"404\"")),
     KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1", NULL, 1},
    {"stranger: a text as error", &get, LENGTH, "403 Forbidden\r\n", S("{\"error\":\"unauthorized\"}"),
     KRATOS_ERR_DENIED, 403, NOT, "foreign=1", NULL, 1},
    {"stranger: Kratos' word, not as JSON", &get, PLAIN, "404 Not Found\r\n", S(ERROR("\"code\":404")),
     KRATOS_ERR_NOT_FOUND, 404, NOT, "foreign=1", NULL, 1},
    {"own: 400 with a 500 inside, as of 1.0.0", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"code\":500,\"message\":\"json: unknown field \\\"external_id\\\"\"")), KRATOS_ERR_REFUSED, 400, NOT,
     "foreign=0\n", NULL, 1},
    {"stranger: a 400 with a 301 inside", &create, LENGTH, "400 Bad Request\r\n", S(ERROR("\"code\":301")),
     KRATOS_ERR_REFUSED, 400, NOT, "foreign=1\n", NULL, 1},
    {"own: 404", &get, LENGTH, "404 Not Found\r\n", S(ERROR("\"code\":404,\"message\":\"m\"")), KRATOS_ERR_NOT_FOUND,
     404, NOT, "foreign=0\nfault.id=\nreason=\nmessage=m\n", NULL, 1},
    {"own: 408", &create, LENGTH, "408 Request Timeout\r\n", S(ERROR("\"code\":408")), KRATOS_ERR_SERVER, 408, NOT,
     "transient=1\nretry_after_ms=0\nforeign=0\n", NULL, 1},
    {"stranger: 421", &create, PLAIN, "421 Misdirected Request\r\n", S(""), KRATOS_ERR_SERVER, 421, MAYBE,
     "transient=1\nretry_after_ms=0\nforeign=1\n", NULL, -1},
    {"stranger: 425", &create, PLAIN, "425 Too Early\r\n", S(""), KRATOS_ERR_SERVER, 425, MAYBE,
     "transient=1\nretry_after_ms=0\nforeign=1\n", NULL, 1},
    {"stranger: 522", &create, PLAIN, "522 \r\n", S("<html>cloudflare</html>"), KRATOS_ERR_SERVER, 522, MAYBE,
     "transient=1\nretry_after_ms=0\nforeign=1\n", NULL, 1},
    {"error: 409", &create, LENGTH, "409 Conflict\r\n",
     S(ERROR("\"code\":409,\"reason\":\"This identity conflicts\",\"message\":\"m\"")), KRATOS_ERR_CONFLICT, 409, NOT,
     "transient=0", NULL, 1},
    {"error: 410", &get, LENGTH, "410 Gone\r\n", S("{}"), KRATOS_ERR_REFUSED, 410, NOT, NULL, NULL, 1},
    {"error: 400 serialize", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"code\":400,\"message\":\"Unable to serialize access due to a concurrent update in another session\"")),
     KRATOS_ERR_SERVER, 400, NOT, "transient=1", NULL, 1},
    {"error: 500 locked", &create, LENGTH, "500 Internal Server Error\r\n",
     S(ERROR("\"code\":500,\"message\":\"database is locked (5) (SQLITE_BUSY)\"")), KRATOS_ERR_SERVER, 500, NOT,
     "transient=1", NULL, 1},
    {"error: 500", &create, LENGTH, "500 Internal Server Error\r\n",
     S(ERROR("\"code\":500,\"message\":\"An internal server error occurred\"")), KRATOS_ERR_SERVER, 500, MAYBE,
     "transient=0", NULL, 1},
    {"error: 499", &create, LENGTH, "499 status code 499\r\nConnection: close\r\n",
     S(ERROR("\"code\":400,\"message\":\"i/o timeout\"")), KRATOS_ERR_SERVER, 499, NOT, "transient=1", NULL, -1},
    {"error: 502 HTML", &create, PLAIN, "502 Bad Gateway\r\n", S("<html>nginx</html>"), KRATOS_ERR_SERVER, 502, MAYBE,
     "transient=1", NULL, 1},
    {"error: 503", &create, PLAIN, "503 Service Unavailable\r\nRetry-After: 2\r\n", S(""), KRATOS_ERR_SERVER, 503,
     MAYBE, "transient=1\nretry_after_ms=2000\n", NULL, 1},
    {"error: 504", &create, PLAIN, "504 Gateway Timeout\r\n", S(""), KRATOS_ERR_SERVER, 504, MAYBE, "transient=1", NULL,
     1},
    {"error: 511", &create, PLAIN, "511 Network Authentication Required\r\n", S(""), KRATOS_ERR_SERVER, 511, MAYBE,
     NULL, NULL, 1},
    {"error: body no JSON", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":{\"reason\":\"r\""),
     KRATOS_ERR_REFUSED, 400, NOT, "reason=\n", NULL, 1},
    {"error: body with garbage behind", &create, LENGTH, "400 Bad Request\r\n", S(ERROR("\"reason\":\"r\"") "}"),
     KRATOS_ERR_REFUSED, 400, NOT, "reason=\n", NULL, 1},
    {"error: body empty", &create, LENGTH, "400 Bad Request\r\n", S(""), KRATOS_ERR_REFUSED, 400, NOT, "reason=\n",
     NULL, 1},
    {"error: body an array", &create, LENGTH, "400 Bad Request\r\n", S("[{\"error\":{\"reason\":\"r\"}}]"),
     KRATOS_ERR_REFUSED, 400, NOT, "reason=\n", NULL, 1},
    {"error: error a text", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":\"r\"}"), KRATOS_ERR_REFUSED, 400,
     NOT, "reason=r\nmessage=\n", NULL, 1},
    {"error: error null", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":null}"), KRATOS_ERR_REFUSED, 400, NOT,
     "reason=\n", NULL, 1},
    {"error: error empty", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":{}}"), KRATOS_ERR_REFUSED, 400, NOT,
     "reason=\n", NULL, 1},
    {"error: reason shadowed", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"details\":{\"reason\":\"evil\",\"x\":[{\"message\":\"evil\"}]},\"reason\":\"r\"")), KRATOS_ERR_REFUSED,
     400, NOT, "reason=r\nmessage=\n", NULL, 1},
    {"error: escapes in the reason", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"a\\u003cb\\n\\\"\"")), KRATOS_ERR_REFUSED, 400, NOT, "reason=a<b\n\"\n", NULL, 1},
    {"error: bad UTF-8 in the reason", &create, LENGTH, "400 Bad Request\r\n", S(ERROR("\"reason\":\"\xff\"")),
     KRATOS_ERR_REFUSED, 400, NOT, "reason=\n", NULL, 1},
    {"error: error an array", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":[{\"reason\":\"r\"}]}"),
     KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: error an empty array", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":[]}"), KRATOS_ERR_REFUSED,
     400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: error a number", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":400}"), KRATOS_ERR_REFUSED, 400,
     NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: error a negative number", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":-1}"), KRATOS_ERR_REFUSED,
     400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: error true", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":true}"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: error an empty text", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":\"\"}"), KRATOS_ERR_REFUSED,
     400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: error a text like an object", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"error\":\"{\\\"reason\\\":\\\"r\\\"}\"}"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason={\"reason\":\"r\"}\nmessage=\n", NULL, 1},
    {"error: error nested", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"error\":{\"error\":{\"reason\":\"r\",\"message\":\"m\",\"id\":\"i\"}}}"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: body null", &create, LENGTH, "400 Bad Request\r\n", S("null"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: body a number", &create, LENGTH, "400 Bad Request\r\n", S("400"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: body a text", &create, LENGTH, "400 Bad Request\r\n", S("\"r\""), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: body true", &create, LENGTH, "400 Bad Request\r\n", S("true"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: texts null", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"id\":null,\"reason\":null,\"message\":null")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: texts of other types", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"id\":1,\"reason\":{\"reason\":\"r\"},\"message\":[\"m\"]")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: texts true and false", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"id\":true,\"reason\":false,\"message\":-0")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: texts empty", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"id\":\"\",\"reason\":\"\",\"message\":\"\"")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: one text null, the others stay", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":null,\"message\":\"m\",\"id\":\"i\"")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=i\nreason=\nmessage=m\n", NULL, 1},
    {"error: reason twice, the last wins", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"a\",\"reason\":\"b\"")), KRATOS_ERR_REFUSED, 400, NOT, "reason=b\n", NULL, 1},
    {"error: reason twice, the last is null", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"a\",\"reason\":null")), KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n", NULL,
     1},
    {"error: error twice, the last wins", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"error\":{\"reason\":\"a\"},\"error\":{\"message\":\"m\"}}"), KRATOS_ERR_REFUSED, 400, NOT,
     "reason=\nmessage=m\n", NULL, 1},
    {"error: error twice, the last is null", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"error\":{\"reason\":\"a\"},\"error\":null}"), KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n",
     NULL, 1},
    {"error: a lone surrogate in the reason", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"a\\ud800b\",\"message\":\"m\"")), KRATOS_ERR_REFUSED, 400, NOT, "reason=\nmessage=m\n", NULL,
     1},
    {"error: a low surrogate in the message", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"r\",\"message\":\"\\udc00\"")), KRATOS_ERR_REFUSED, 400, NOT, "reason=r\nmessage=\n", NULL,
     1},
    {"error: a surrogate cut at the end of the id", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"id\":\"\\ud83d\",\"reason\":\"r\"")), KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=r\n", NULL, 1},
    {"error: a pair of surrogates", &create, LENGTH, "400 Bad Request\r\n", S(ERROR("\"reason\":\"\\ud83d\\ude00\"")),
     KRATOS_ERR_REFUSED, 400, NOT, "reason=\xf0\x9f\x98\x80\n", NULL, 1},
    {"error: U+0000 in the reason", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"message\":\"m\",\"reason\":\"a\\u0000\"")), KRATOS_ERR_REFUSED, 400, NOT, "reason=a", NULL, 1},
    {"error: names by escapes", &create, LENGTH, "400 Bad Request\r\n", S("{\"\\u0065rror\":{\"re\\u0061son\":\"r\"}}"),
     KRATOS_ERR_REFUSED, 400, NOT, "reason=r\n", NULL, 1},
    {"error: names that only begin or end so", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"errors\":{\"reason\":\"a\"},\"erro\":{\"reason\":\"b\"},\"error\":{\"reasons\":\"c\",\"reaso\":\"d\"}}"),
     KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: texts outside of error", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"reason\":\"a\",\"error\":{},\"message\":\"b\"}"), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: blanks everywhere", &create, LENGTH, "400 Bad Request\r\n",
     S(" { \"error\" : { \"reason\" : \"r\" , \"message\" :\"m\" } } \n"), KRATOS_ERR_REFUSED, 400, NOT,
     "reason=r\nmessage=m\n", NULL, 1},
    {"error: cut behind the error", &create, LENGTH, "400 Bad Request\r\n", S("{\"error\":{\"reason\":\"r\"}"),
     KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: cut in a member behind the error", &create, LENGTH, "400 Bad Request\r\n",
     S("{\"error\":{\"reason\":\"r\"},\"x\":"), KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n", NULL,
     1},
    {"error: two bodies", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"r\"") " " ERROR("\"reason\":\"s\"")), KRATOS_ERR_REFUSED, 400, NOT,
     "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: a bad escape in details", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"r\",\"details\":\"\\x\"")), KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n",
     NULL, 1},
    {"error: 33 levels", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"reason\":\"r\",\"details\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")),
     KRATOS_ERR_REFUSED, 400, NOT, "fault.id=\nreason=\nmessage=\n", NULL, 1},
    {"error: 400 serialize in the reason", &create, LENGTH, "400 Bad Request\r\n",
     S(ERROR("\"code\":400,\"message\":\"m\",\"reason\":\"Unable to serialize access\"")), KRATOS_ERR_SERVER, 400, NOT,
     "transient=1", NULL, 1},
    {"error: 500 locked in the reason", &create, LENGTH, "500 Internal Server Error\r\n",
     S(ERROR("\"code\":500,\"reason\":\"x: database is locked\"")), KRATOS_ERR_SERVER, 500, NOT, "transient=1", NULL,
     1},
    {"error: 500 almost locked", &create, LENGTH, "500 Internal Server Error\r\n",
     S(ERROR("\"reason\":\"database is locke\",\"message\":\"database is lockee\"")), KRATOS_ERR_SERVER, 500, MAYBE,
     "transient=0", NULL, 1},
    {"error: 500 locked in the id does not count", &create, LENGTH, "500 Internal Server Error\r\n",
     S(ERROR("\"id\":\"database is locked\"")), KRATOS_ERR_SERVER, 500, MAYBE, "transient=0", NULL, 1},
    {"error: 500 locked, in capitals", &create, LENGTH, "500 Internal Server Error\r\n",
     S(ERROR("\"reason\":\"DATABASE IS LOCKED\"")), KRATOS_ERR_SERVER, 500, MAYBE, "transient=0", NULL, 1},
    {"error: 409 locked", &create, LENGTH, "409 Conflict\r\n", S(ERROR("\"message\":\"database is locked\"")),
     KRATOS_ERR_CONFLICT, 409, NOT, "transient=0", NULL, 1},
    {"error: 503 locked", &create, LENGTH, "503 Service Unavailable\r\n",
     S(ERROR("\"message\":\"database is locked\"")), KRATOS_ERR_SERVER, 503, MAYBE, "transient=1", NULL, 1},
    {"error: 499 locked", &create, LENGTH, "499 X\r\n", S(ERROR("\"code\":400,\"message\":\"database is locked\"")),
     KRATOS_ERR_SERVER, 499, NOT, "transient=1", NULL, 1},
    {"error: 202 locked", &create, LENGTH, "202 Accepted\r\n", S(ERROR("\"message\":\"database is locked\"")), HTTP,
     202, MAYBE, "transient=0", NULL, 1},
    {"error: 403 with a csrf violation in the reason", &create, LENGTH, "403 Forbidden\r\n",
     S(ERROR("\"id\":\"x\",\"reason\":\"security_csrf_violation\"")), KRATOS_ERR_DENIED, 403, NOT, "fault.id=x\n", NULL,
     1},
    {"error: for a batch", &batch, LENGTH, "400 Bad Request\r\n", S(ERROR("\"reason\":\"r\"")), KRATOS_ERR_REFUSED, 400,
     NOT, "reason=r\n", NULL, 1},
    {"error: for a code", &code, LENGTH, "404 Not Found\r\n", S(ERROR("\"reason\":\"r\"")), KRATOS_ERR_NOT_FOUND, 404,
     NOT, "reason=r\n", NULL, 1},
    {"error: in chunks", &create, CHUNK, "409 Conflict\r\n",
     S(ERROR("\"reason\":\"r\",\"message\":\"m\",\"id\":\"i\"")), KRATOS_ERR_CONFLICT, 409, NOT,
     "fault.id=i\nreason=r\nmessage=m\n", NULL, 1},
    {"error: for a delete", &delete_one, LENGTH, "404 Not Found\r\n", S(ERROR("\"reason\":\"r\"")),
     KRATOS_ERR_NOT_FOUND, 404, NOT, "reason=r\n", NULL, 1},
    {"error: for a schema", &schema, LENGTH, "404 Not Found\r\n", S(ERROR("\"reason\":\"r\"")), KRATOS_ERR_NOT_FOUND,
     404, NOT, "reason=r\n", NULL, 1},
    {"error: for a list", &list, LENGTH, "400 Bad Request\r\n", S(ERROR("\"reason\":\"r\"")), KRATOS_ERR_REFUSED, 400,
     NOT, "reason=r\n", NULL, 1},

    /* ---- Waiting */
    {"wait: Retry-After in seconds", &get, LENGTH, "429 Too Many Requests\r\nRetry-After: 7\r\n", S("{}"),
     KRATOS_ERR_LIMITED, 429, NOT, "transient=1\nretry_after_ms=7000\n", NULL, 1},
    {"wait: x-ratelimit-reset", &get, LENGTH,
     "429 Too Many Requests\r\nx-ratelimit-limit: 10, 10;w=1\r\nx-ratelimit-reset: 3\r\n", S("{}"), KRATOS_ERR_LIMITED,
     429, NOT, "retry_after_ms=3000\n", NULL, 1},
    {"wait: both, the longer", &get, LENGTH, "429 Too Many Requests\r\nRetry-After: 2\r\nX-RateLimit-Reset: 30\r\n",
     S("{}"), KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=30000\n", NULL, 1},
    {"wait: both, the longer first", &get, LENGTH,
     "429 Too Many Requests\r\nRetry-After: 30\r\nX-RateLimit-Reset: 2\r\n", S("{}"), KRATOS_ERR_LIMITED, 429, NOT,
     "retry_after_ms=30000\n", NULL, 1},
    {"wait: a date", &get, LENGTH,
     "429 Too Many Requests\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 00:01:30 GMT\r\n",
     S("{}"), KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=90000\n", NULL, 1},
    {"wait: a date before Date", &get, LENGTH,
     "429 Too Many Requests\r\nRetry-After: Fri, 01 Jan 2027 00:00:05 GMT\r\nDate: Thu, 31 Dec 2026 23:59:55 GMT\r\n",
     S("{}"), KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=10000\n", NULL, 1},
    {"wait: a date over a leap day", &get, LENGTH,
     "429 Too Many Requests\r\nDate: Mon, 28 Feb 2028 23:59:59 GMT\r\nRetry-After: Wed, 01 Mar 2028 00:00:00 GMT\r\n",
     S("{}"), KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=86400000\n", NULL, 1},
    {"wait: a date that is past", &get, LENGTH,
     "429 Too Many Requests\r\nDate: Tue, 24 Nov 2026 00:00:10 GMT\r\nRetry-After: Tue, 24 Nov 2026 00:00:00 GMT\r\n",
     S("{}"), KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=1000\n", NULL, 1},
    {"wait: a date without Date", &get, LENGTH,
     "429 Too Many Requests\r\nRetry-After: Tue, 24 Nov 2026 00:01:30 GMT\r\n", S("{}"), KRATOS_ERR_LIMITED, 429, NOT,
     "retry_after_ms=60000\n", NULL, 1},
    {"wait: date of another form", &get, LENGTH,
     "429 Too Many Requests\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\nRetry-After: Tue Nov 24 00:01:30 2026\r\n",
     S("{}"), KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=60000\n", NULL, 1},
    {"wait: too many seconds", &get, LENGTH, "429 Too Many Requests\r\nRetry-After: 4294968\r\n", S("{}"),
     KRATOS_ERR_LIMITED, 429, NOT, "retry_after_ms=86400000\n", NULL, 1},
    {"wait: negative", &get, LENGTH, "429 Too Many Requests\r\nRetry-After: -5\r\n", S("{}"), KRATOS_ERR_LIMITED, 429,
     NOT, "retry_after_ms=60000\n", NULL, 1},
    {"wait: a fraction", &get, LENGTH, "429 Too Many Requests\r\nRetry-After: 1.5\r\n", S("{}"), KRATOS_ERR_LIMITED,
     429, NOT, "retry_after_ms=2000\n", NULL, 1},
    {"wait: 0", &get, LENGTH, "429 Too Many Requests\r\nRetry-After: 0\r\n", S("{}"), KRATOS_ERR_LIMITED, 429, NOT,
     "retry_after_ms=1000\n", NULL, 1},
};

#define ROW_COUNT (sizeof table / sizeof *table)

/* ---- Long replies, made here ------------------------------------------------------------------------------------------- */

struct text {
    char *p;
    size_t n, room;
};

static void add(struct text *t, const char *p, size_t n)
{
    if (n == 0) {
        return;
    }
    while (t->room - t->n < n) {
        t->room = t->room * 2 + n;
        t->p = (char *)realloc(t->p, t->room);
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

static void add_text(struct text *t, const char *s)
{
    add(t, s, strlen(s));
}

static void add_many(struct text *t, const char *s, size_t count)
{
    while (count-- != 0) {
        add_text(t, s);
    }
}

/* begin, count times middle, end */
struct long_row {
    const char *name;
    const struct wire_call *call;
    const char *begin, *middle;
    size_t count;
    const char *end;
    int rc, status;
    enum kratos_effect effect;
    const char *has;
    size_t stride, work_max;
};

static const struct long_row long_table[] = {
    {"long: unknown header of 5,000 bytes is passed over", &get, OK_HEAD "X-Long: ", "0123456789", 500,
     "\r\nContent-Length: 45\r\n\r\n" ID, FINE, "id=" UUID, 3, 0},
    {"long: blanks behind an identity", &get, OK_HEAD "\r\n" ID, "          ", 60, "", FINE, "id=" UUID, 0, 1500},
    {"long: unknown header with a NUL", &get, OK_HEAD "X-Long: ", "0123456789", 60,
     "\r\nA: \x01\r\nContent-Length: 45\r\n\r\n" ID, BROKEN, NULL, 0, 0},
    {"long: unknown header that ends in a control character", &get, OK_HEAD "X-Long: ", "0123456789", 60,
     "\x01\r\nContent-Length: 45\r\n\r\n" ID, BROKEN, NULL, 0, 1500},
    {"long: Link of 3,000 bytes", &list, OK_HEAD "Link: </a?page_token=2&x=", "0123456789", 300,
     ">; rel=\"next\"\r\nContent-Length: 47\r\n\r\n[" ID "]", END, "next_page_token=2\n", 3, 4000},
    {"long: token of 600 bytes", &list, OK_HEAD "Link: </a?page_token=", "0123456789", 60,
     ">; rel=\"next\"\r\nContent-Length: 47\r\n\r\n[" ID "]", END, "next_page_token=0123456789", 0, 1500},
    {"long: Location of a 201 is not needed", &create, "HTTP/1.1 201 Created\r\n" JSON_HEAD "Location: http://",
     "0123456789", 60, "\r\nContent-Length: 45\r\n\r\n" ID, FINE, "id=" UUID, 0, 1500},
    {"long: Location of a 307", &get, "HTTP/1.1 307 X\r\nLocation: http://", "0123456789", 60,
     "\r\nContent-Length: 0\r\n\r\n", KRATOS_ERR_REDIRECT, 307, NOT, "location=http://0123456789", 0, 1500},
    {"long: reason phrase", &get, "HTTP/1.1 200 ", "so fine ", 60, "\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID,
     FINE, "id=" UUID, 0, 1500},
    {"long: many headers", &get, OK_HEAD, "X-Many: 0123456789\r\n", 300, "Content-Length: 45\r\n\r\n" ID, FINE,
     "id=" UUID, 5, 0},
    {"long: endless header", &get, OK_HEAD "X-Long: ", "0123456789", 12000, "\r\nContent-Length: 45\r\n\r\n" ID, BROKEN,
     NULL, 997, 0},
    {"long: endless headers", &get, OK_HEAD, "X-Many: 0123456789\r\n", 6000, "Content-Length: 45\r\n\r\n" ID, BROKEN,
     NULL, 997, 0},
    {"long: endless status line", &create, "HTTP/1.1 201 ", "0123456789", 12000, "\r\nContent-Length: 45\r\n\r\n" ID,
     UNKNOWN, NULL, 997, 0},
    {"long: 50 interim replies", &create, "", "HTTP/1.1 102 Processing\r\n\r\n", 50,
     "HTTP/1.1 201 Created\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID, FINE, "id=" UUID, 0, 0},
    {"long: endless interim replies", &create, "", "HTTP/1.1 102 Processing\r\n\r\n", 4500,
     "HTTP/1.1 201 Created\r\n" JSON_HEAD "Content-Length: 45\r\n\r\n" ID, UNKNOWN, NULL, 997, 0},
    {"long: endless chunk extension", &get, CHUNKED_HEAD "2d;", "0123456789", 12000, "\r\n" ID "\r\n0\r\n\r\n", BROKEN,
     NULL, 997, 0},
    {"long: endless zeros of a chunk size", &get, CHUNKED_HEAD, "0000000000", 12000, "2d\r\n" ID "\r\n0\r\n\r\n",
     BROKEN, NULL, 997, 0},
    {"long: endless trailers", &get, CHUNKED_HEAD "2d\r\n" ID "\r\n0\r\n", "A: 0123456789\r\n", 9000, "\r\n", BROKEN,
     NULL, 997, 0},
    {"long: chunks of one byte", &get, CHUNKED_HEAD, "1\r\n \r\n", 900, "2d\r\n" ID "\r\n0\r\n\r\n", FINE, "id=" UUID,
     3, 0},
    {"long: depth bomb", &get, OK_HEAD "\r\n{\"id\":\"" UUID "\",\"traits\":", "[[[[[[[[[[", 7000, "", NO_JSON, NULL,
     997, 0},
    {"long: depth bomb in a list, closed properly", &list, CHUNKED_HEAD "3eb\r\n[{\"id\":\"" UUID "\",\"x\":\"",
     "0123456789", 95, "\"}\r\n2f\r\n," ID_2 "]\r\n0\r\n\r\n", END, "id=" UUID_2, 0, 2000},
    {"long: array of 100 numbers", &get, OK_HEAD "\r\n{\"id\":\"" UUID "\",\"traits\":{\"n\":[", "1,", 99, "1]}}", FINE,
     "traits={\"n\":[1,1,1", 0, 1500},
    {"long: number of 2,000 digits", &get, OK_HEAD "\r\n{\"id\":\"" UUID "\",\"traits\":", "1234567890", 200, "}", FINE,
     "traits=12345678901", 3, 4000},
    {"long: 60 unknown members", &get, OK_HEAD "\r\n{\"id\":\"" UUID "\"", ",\"m\":{\"id\":1}", 60, ",\"state\":\"x\"}",
     FINE, "state=x\n", 0, 4000},
    {"long: error body of 3,000 bytes", &get, "HTTP/1.1 404 Not Found\r\n" JSON_HEAD "\r\n{\"error\":{\"reason\":\"",
     "0123456789", 300, "\"}}", KRATOS_ERR_NOT_FOUND, 404, NOT, "reason=0123456789", 3, 0},
    {"long: HTML of 5,000 bytes with a 502", &get, "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n",
     "<p>hello", 600, "", KRATOS_ERR_SERVER, 502, MAYBE, NULL, 3, 0},
    {"long: batch, a name of 600 bytes before the rows", &batch, OK_HEAD "\r\n{\"", "0123456789", 60,
     "\":1,\"identities\":[null,null]}", END, "row=1\n", 0, 1500},
    {"long: schemas, blanks before a name", &schemas, OK_HEAD "\r\n[{", "          ", 60, "\"schema\":{}}]", END,
     "text={}\n", 0, 1500},
    {"long: schemas, a name of 600 bytes", &schemas, OK_HEAD "\r\n[{\"", "0123456789", 60, "\":1,\"schema\":{}}]", END,
     "text={}\n", 0, 1500},
    {"long: schemas, an id of 600 bytes", &schemas, OK_HEAD "\r\n[{\"id\":\"", "0123456789", 60, "\",\"schema\":{}}]",
     END, "schema=0123456789", 0, 1500},
    {"long: schemas, a schema of 5,000 bytes", &schemas, OK_HEAD "\r\n[{\"id\":\"x\",\"schema\":{\"a\":\"",
     "0123456789", 500, "\"}}]", END, "schema=x\ntext={\"a\":\"0123456789", 7, 0},
    {"long: schema of 5,000 bytes", &schema, OK_HEAD "\r\n{\"a\":\"", "0123456789", 500, "\"}", END,
     "text={\"a\":\"0123456789", 7, 0},
    {"long: recovery link of 600 bytes", &code,
     "HTTP/1.1 201 Created\r\n" JSON_HEAD "\r\n{\"recovery_code\":\"012345\",\"recovery_link\":\"http://", "0123456789",
     60, "\"}", FINE, "recovery_link=http://0123456789", 0, 1500},
    {"long: batch, an action of 600 bytes", &batch, OK_HEAD "\r\n{\"identities\":[{\"patch_id\":\"p\",\"action\":\"",
     "0123456789", 60, "\"},null]}", END, "row=1\nrc=-14\n", 0, 1500},
    {"long: reason phrase of a 204", &delete_one, "HTTP/1.1 204 ", "so fine ", 60, "\r\n\r\n", FINE, NULL, 0, 1500},
    {"long: three unknown headers around the framing", &get, OK_HEAD "X-A: ", "0123456789", 60,
     "\r\nContent-Length: 45\r\nX-B:\r\n\r\n" ID, FINE, "id=" UUID, 0, 1500},
    {"schemas: many blanks between two", &schemas, OK_HEAD "\r\n[{\"schema\":1},", "          ", 60, "{\"schema\":2}]",
     END, "text=2\n", 0, 1500},
};

#define LONG_COUNT (sizeof long_table / sizeof *long_table)

/* ---- Vectors ----------------------------------------------------------------------------------------------------------- */

static struct wire_vector vectors[ROW_COUNT + LONG_COUNT];

static void make(const struct row *row, struct wire_vector *v)
{
    struct text t = {NULL, 0, 0};
    char line[80];
    size_t at;
    if (row->form == LENGTH || row->form == PLAIN || row->form == CHUNK) {
        add_text(&t, "HTTP/1.1 ");
        add_text(&t, row->head);
        add_text(&t, row->form == PLAIN ? "Content-Type: text/plain\r\n" : JSON_HEAD);
        snprintf(line, sizeof line, "Content-Length: %zu\r\n\r\n", row->body_n);
        add_text(&t, row->form == CHUNK ? "Transfer-Encoding: chunked\r\n\r\n" : line);
    }
    for (at = 0; row->form == CHUNK && at < row->body_n; at += 7) {
        size_t n = row->body_n - at < 7 ? row->body_n - at : 7;
        snprintf(line, sizeof line, "%zx\r\n", n);
        add_text(&t, line);
        add(&t, row->body + at, n);
        add_text(&t, "\r\n");
    }
    add(&t, row->form == CHUNK ? "0\r\n\r\n" : row->body, row->form == CHUNK ? 5 : row->body_n);
    v->name = row->name;
    v->call = *row->call;
    v->reply.p = t.p != NULL ? t.p : "";
    v->reply.n = t.n;
    v->reply.closes = row->form == RAW_CLOSE;
    v->end = row->rc >= 0 && row->form != RAW_CLOSE && row->keeps == 1 ? t.n : 0;
    v->rc = row->rc;
    v->status = row->status;
    v->effect = row->effect;
    v->has = row->has;
    v->has_not = row->has_not;
    v->lacks = row->keeps == LACKS;
    v->keeps = v->lacks ? 0 : row->keeps;
    v->work_max = 700;
}

static void make_long(const struct long_row *row, struct wire_vector *v)
{
    struct text t = {NULL, 0, 0};
    add_text(&t, row->begin);
    add_many(&t, row->middle, row->count);
    add_text(&t, row->end);
    v->name = row->name;
    v->call = *row->call;
    v->reply.p = t.p;
    v->reply.n = t.n;
    v->reply.closes = strstr(row->begin, JSON_HEAD "\r\n") != NULL || strstr(row->begin, "text/html\r\n\r\n") != NULL;
    v->rc = row->rc;
    v->status = row->status;
    v->effect = row->effect;
    v->has = row->has;
    v->stride = row->stride;
    v->http_ok = true;
    v->work_max = row->work_max != 0 ? row->work_max : 700;
}

static void test_vector(void **state)
{
    wire_judge((const struct wire_vector *)*state);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[ROW_COUNT + LONG_COUNT];
    size_t i, count = 0;
    int rc;
    for (i = 0; i < ROW_COUNT + LONG_COUNT; i++) {
        if (i < ROW_COUNT) {
            make(&table[i], &vectors[i]);
        } else {
            make_long(&long_table[i - ROW_COUNT], &vectors[i]);
        }
        if (argc < 2 || strstr(vectors[i].name, argv[1]) != NULL) {
            tests[count].name = vectors[i].name;
            tests[count].test_func = test_vector;
            tests[count].initial_state = &vectors[i];
            count++;
        }
    }
    rc = _cmocka_run_group_tests("handmade", tests, count, NULL, NULL);
    for (i = 0; i < ROW_COUNT + LONG_COUNT; i++) {
        if (vectors[i].reply.n != 0) {
            free((void *)(uintptr_t)vectors[i].reply.p);
        }
    }
    if (rc == 0) {
        wire_sum("handmade");
    }
    return rc != 0;
}
