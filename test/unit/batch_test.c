/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches against a server in memory that takes their chunked body apart: rows of any size through any window, asked for in
 * ascending order, split into requests, and one outcome for each, whatever the server gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

#define UUID "11111111-2222-4333-8444-555555555555"

static struct peer peer;
static char work[4096];

/* ---- The server ------------------------------------------------------------------------------ */

static char body[PEER_SIZE];                          /* the last request's, without its chunks */
static char all_rows[PEER_SIZE];                      /* of all requests, without what stands around them */
static unsigned rows_of_request[64], chunks, lengths; /* lengths: requests that had one instead of chunks */
static bool counted;                                  /* each request must have one */
static const char *canned;                            /* the reply's body; NULL: an outcome for each row */

static void fatal(const char *what)
{
    fail_msg("%s in %s", what, peer.last);
}

/* Strictly as RFC 9112 7.1 has it. */
static void dechunk(const char *p)
{
    size_t to = 0;
    p = strstr(p, "\r\n\r\n") + 4;
    for (;;) {
        size_t n = 0, digits = 0;
        for (; strchr("0123456789abcdef", *p) != NULL && *p != '\0'; p++, digits++) {
            n = n * 16 + (size_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
        }
        if (digits == 0 || digits > 8 || memcmp(p, "\r\n", 2) != 0) {
            fatal("a chunk's size");
        }
        p += 2;
        if (n == 0) {
            break;
        }
        chunks++;
        memcpy(body + to, p, n);
        to += n;
        p += n;
        if (memcmp(p, "\r\n", 2) != 0) {
            fatal("a chunk's end");
        }
        p += 2;
    }
    if (strcmp(p, "\r\n") != 0) {
        fatal("the last chunk");
    }
    body[to] = '\0';
}

/* The body of a request: with its length where it fits the window or was counted, else in chunks. */
static void take_body(const char *request)
{
    const char *length = strstr(request, "\r\nContent-Length: "), *end = strstr(request, "\r\n\r\n") + 4;
    char *behind = NULL;
    bool chunked = strstr(request, "\r\nTransfer-Encoding: chunked\r\n") != NULL;
    if (chunked == (length != NULL && length < end) || strstr(request, "application/json\r\n") == NULL) {
        fatal("the head");
    }
    if (chunked) {
        if (counted || strlen(request) <= peer.config.work_size) {
            fatal("chunks");
        }
        dechunk(request);
        return;
    }
    lengths++;
    if (strtoul(length + 18, &behind, 10) != strlen(end) || behind != end - 4) {
        fatal("the length");
    }
    strcpy(body, end);
}

static void serve(struct peer *p, const char *request, size_t n)
{
    static char reply[PEER_SIZE];
    static const char head[] = "{\"identities\":[";
    const char *at;
    unsigned rows = 0;
    size_t to, size;
    (void)n;
    if (strncmp(request, "PATCH /admin/identities HTTP/1.1\r\n", 34) != 0) {
        fatal("the request line");
    }
    take_body(request);
    size = strlen(body);
    if (strncmp(body, head, sizeof head - 1) != 0 || strcmp(body + size - 2, "]}") != 0) {
        fatal("the frame of the body");
    }
    strcat(all_rows, *all_rows != '\0' ? "," : "");
    strncat(all_rows, body + sizeof head - 1, size - sizeof head + 1 - 2);
    to = (size_t)sprintf(reply, "{\"identities\":[");
    for (at = body; (at = strstr(at, "{\"create\":")) != NULL; at++) {
        to +=
            (size_t)sprintf(reply + to, "%s{\"action\":\"create\",\"identity\":\"id-%u\"}", rows != 0 ? "," : "", rows);
        rows++;
    }
    strcpy(reply + to, "]}");
    if (p->requests <= 64) {
        rows_of_request[p->requests - 1] = rows;
    }
    peer_reply_chunked(p, "200 OK\r\n", canned != NULL ? canned : reply, 29);
}

static void start(size_t work_size)
{
    memset(work, 0x5A, sizeof work);
    peer_begin(&peer, work, work_size);
    peer.serve = serve;
    canned = NULL;
    all_rows[0] = '\0';
    chunks = lengths = 0;
    memset(rows_of_request, 0, sizeof rows_of_request);
}

/* ---- The rows -------------------------------------------------------------------------------- */

static struct {
    size_t size;             /* of a row's trait */
    size_t asked, asked_row; /* calls, and the row asked for last */
    size_t bad;              /* the row that cannot be written; SIZE_MAX = none */
    size_t give_up;          /* the row at which the callback gives up */
    size_t backs;            /* how often a row before the last one was asked for */
    bool disordered;
} rows;

static char trait[PEER_SIZE / 2];

static void write_traits(struct kratos_out *out, const void *arg)
{
    char name[24];
    sprintf(name, "row-%u", (unsigned)*(const size_t *)arg);
    kratos_out_object(out);
    kratos_out_key(out, name);
    kratos_out_strn(out, trait, rows.size);
    kratos_out_close(out);
}

static int give_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    static const struct kratos_batch_row zero;
    static size_t number;
    (void)arg;
    rows.disordered |= rows.asked == 0 ? i != 0 : i > rows.asked_row + 1 || (i < rows.asked_row && !counted);
    rows.backs += rows.asked != 0 && i < rows.asked_row;
    if (memcmp(row, &zero, sizeof zero) != 0) {
        rows.disordered = true;
    }
    rows.asked++;
    rows.asked_row = i;
    number = i;
    row->create.traits.write = write_traits;
    row->create.traits.arg = &number;
    if (i % 3 == 1) {
        row->patch_id = UUID;
    }
    if (i % 5 == 4) {
        row->skip = true;
    }
    if (i == rows.bad) {
        row->create.schema_id = "\xff";
    }
    return i == rows.give_up;
}

static void expect_rows(char *to, size_t count, size_t size)
{
    size_t i, at = 0;
    to[0] = '\0';
    for (i = 0; i < count; i++) {
        at += (size_t)sprintf(to + at, "%s{\"create\":", i == 0 ? "" : ",");
        if (i % 5 == 4) {
            at += (size_t)sprintf(to + at, "null");
        } else {
            at += (size_t)sprintf(to + at, "{\"traits\":{\"row-%u\":\"%.*s\"}}", (unsigned)i, (int)size, trait);
        }
        at += (size_t)sprintf(to + at, i % 3 == 1 ? ",\"patch_id\":\"" UUID "\"}" : "}");
    }
}

static struct kratos_batch_result result;

static void fresh_rows(size_t size)
{
    memset(&rows, 0, sizeof rows);
    rows.size = size;
    rows.bad = rows.give_up = SIZE_MAX;
}

/* To the end. *count outcomes, each OK and in the order of the rows. */
static int run(const struct kratos_batch *batch, size_t *count)
{
    unsigned again = 0;
    int rc;
    *count = 0;
    for (;;) {
        memset(&result, 0x5A, sizeof result);
        rc = kratos_batch_patch_identities(&peer.k, batch, &result);
        if (rc == KRATOS_AGAIN && again++ < 100000) {
            continue;
        }
        if (rc != KRATOS_OK) {
            size_t i;
            for (i = peer.config.work_size; i < sizeof work; i++) {
                assert_int_equal(work[i], 0x5A); /* nothing was written behind the work buffer */
            }
            return rc;
        }
        if (result.row != *count || *count > batch->row_count) {
            fail_msg("outcome of row %zu instead of %zu", result.row, *count);
        }
        ++*count;
    }
}

/* ---- Sizes ----------------------------------------------------------------------------------- */

static void any_row_through_any_window(void)
{
    static const size_t sizes[] = {0, 1, 40, 100, 187, 300, 1000, 5000};
    static char wanted[PEER_SIZE];
    size_t s, work_size, i, count;
    for (i = 0; i < sizeof trait - 1; i++) {
        trait[i] = (char)('a' + i % 26);
    }
    for (s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        expect_rows(wanted, 7, sizes[s]);
        for (work_size = 256; work_size <= 2000; work_size += work_size < 700 ? 1 : 37) {
            struct kratos_batch batch = {7, 0, give_row, NULL, counted};
            start(work_size);
            peer.piece = work_size % 3 == 0 ? 7 : 0;
            fresh_rows(sizes[s]);
            assert_int_equal(run(&batch, &count), KRATOS_END);
            assert_int_equal(count, 7);
            assert_false(rows.disordered);
            assert_int_equal(rows.backs, counted);
            assert_true(lengths == 1 || !counted);
            if (strcmp(all_rows, wanted) != 0) {
                fail_msg("rows of %zu through %zu: %s\ninstead of %s", sizes[s], work_size, all_rows, wanted);
            }
        }
    }
}

static void test_any_row_through_any_window(void **state)
{
    (void)state;
    any_row_through_any_window();
    counted = true;
    any_row_through_any_window();
    counted = false;
}

/* What fits goes out with its length, to the byte; one byte more, and it goes out in chunks. */
static void test_length_where_it_fits(void **state)
{
    struct kratos_batch batch = {3, 0, give_row, NULL, false};
    size_t size, count, fits = 0, does_not = 0;
    (void)state;
    for (size = 0; size < 400; size++) {
        start(1000);
        fresh_rows(size);
        assert_int_equal(run(&batch, &count), KRATOS_END);
        assert_int_equal(count, 3);
        if (lengths != 0) {
            fits = size;
        } else if (does_not == 0) {
            does_not = size;
        }
    }
    assert_int_equal(does_not, fits + 1);
    assert_in_range(fits, 150, 300);
}

/* A row is asked for again only while it is the current one: not more often than it needs windows. */
static void test_callback_is_asked_sparingly(void **state)
{
    struct kratos_batch batch = {50, 0, give_row, NULL, false};
    size_t count;
    (void)state;
    start(4096);
    fresh_rows(10);
    assert_int_equal(run(&batch, &count), KRATOS_END);
    assert_in_range(rows.asked, 50, 50 + chunks);
    assert_int_equal(peer.requests, 1);
}

static void test_splitting(void **state)
{
    size_t per, total, count;
    static char wanted[PEER_SIZE];
    (void)state;
    for (per = 1; per <= 8; per++) {
        for (total = 0; total <= 25; total++) {
            struct kratos_batch batch = {total, per, give_row, NULL, false};
            size_t requests = (total + per - 1) / per, i;
            start(600);
            fresh_rows(20);
            assert_int_equal(run(&batch, &count), KRATOS_END);
            assert_int_equal(count, total);
            assert_int_equal(peer.requests, requests);
            assert_int_equal(peer.opens, requests != 0);
            assert_false(rows.disordered);
            for (i = 0; i < requests; i++) {
                assert_int_equal(rows_of_request[i], i + 1 < requests ? per : total - i * per);
            }
            expect_rows(wanted, total, 20);
            assert_string_equal(all_rows, wanted);
        }
    }
}

static void test_chosen_from_reply_max(void **state)
{
    static const size_t given[] = {0, 5, 1000, 5000};
    size_t i, count;
    (void)state;
    for (i = 0; i < 4; i++) {
        struct kratos_batch batch = {40, given[i], give_row, NULL, false};
        start(600);
        peer.io.reply_max = 4096;
        fresh_rows(20);
        assert_int_equal(run(&batch, &count), KRATOS_END);
        assert_int_equal(count, 40);
        assert_true(rows_of_request[0] <= 4096 / 250 && rows_of_request[0] >= 4);
        assert_true(rows_of_request[0] <= 5 || given[i] != 5);
    }
    { /* without it: what is asked for, else 200 */
        struct kratos_batch batch = {201, 0, give_row, NULL, false};
        start(4000);
        fresh_rows(0);
        assert_int_equal(run(&batch, &count), KRATOS_END);
        assert_int_equal(peer.requests, 2);
        assert_int_equal(rows_of_request[0], 200);
        assert_int_equal(rows_of_request[1], 1);
        start(4000);
        fresh_rows(0);
        batch.rows_per_request = 1500;
        assert_int_equal(run(&batch, &count), KRATOS_END);
        assert_int_equal(peer.requests, 1);
        assert_int_equal(count, 201);
    }
    {
        struct kratos_batch batch = {3, 0, give_row, NULL, false};
        start(600);
        peer.io.reply_max = 1;
        fresh_rows(0);
        assert_int_equal(run(&batch, &count), KRATOS_END);
        assert_int_equal(peer.requests, 3);
    }
}

/* ---- Rows that cannot be written ----------------------------------------------------------------- */

static void bad_row(void)
{
    size_t bad, per, count;
    int how;
    for (how = 0; how < 2; how++) {
        for (per = 1; per <= 4; per++) {
            for (bad = 0; bad < 8; bad++) {
                struct kratos_batch batch = {8, per, give_row, NULL, counted};
                const struct kratos_fault *f = kratos_last_fault(&peer.k);
                unsigned before = (unsigned)(bad / per);
                if (bad == 4 && how == 0) {
                    continue; /* this one is skipped, so its body does not matter */
                }
                start(600);
                fresh_rows(20);
                *(how == 0 ? &rows.bad : &rows.give_up) = bad;
                assert_int_equal(run(&batch, &count), KRATOS_ERR_ARG);
                assert_int_equal(result.row, bad);
                assert_int_equal(count, before * per); /* those of earlier requests were given */
                assert_int_equal(peer.requests, before);
                assert_int_equal(rows.asked_row, bad);
                assert_true(f->reason.n != 0);
                assert_int_equal(f->effect, peer.in_n == 0 ? KRATOS_NOT_SENT : KRATOS_NOT_DONE);
                assert_true(peer.in_n == 0 || !counted); /* what is counted is known to be good before it is sent */
                fresh_rows(20);
                all_rows[0] = '\0';
                assert_int_equal(run(&batch, &count), KRATOS_END); /* usable again */
                assert_int_equal(count, 8);
            }
        }
    }
}

static void test_bad_row(void **state)
{
    (void)state;
    bad_row();
    counted = true;
    bad_row();
    counted = false;
}

static size_t shrinking;

static void write_shrinking(struct kratos_out *out, const void *arg)
{
    (void)arg;
    kratos_out_strn(out, trait, shrinking);
    shrinking = shrinking > 450 ? shrinking - 450 : 0;
}

static int give_shrinking(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)arg;
    (void)i;
    row->create.traits.write = write_shrinking;
    return 0;
}

/* A row that became shorter than what of it was sent already: the request is given up. */
static void test_row_that_changes(void **state)
{
    struct kratos_batch batch = {2, 0, give_shrinking, NULL, false};
    size_t count;
    (void)state;
    start(256);
    shrinking = 900;
    assert_int_equal(run(&batch, &count), KRATOS_ERR_ARG);
    assert_int_equal(peer.requests, 0);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_NOT_DONE);
    assert_false(peer.open);
}

static struct {
    size_t row, asked; /* the row that changes when it is asked for again */
    int by;
} change;

static int give_changed(void *arg, size_t i, struct kratos_batch_row *row)
{
    int rc = give_row(arg, i, row);
    rows.size = 20;
    if (i == change.row && change.asked++ != 0) {
        rows.size = (size_t)(20 + change.by);
    }
    return rc;
}

/* Rows that are not those that were counted: whatever was sent of the request, it is never complete. */
static void test_other_than_counted(void **state)
{
    static const int by[] = {-1, 1, -20, 300};
    size_t work_size, b, count;
    (void)state;
    counted = true;
    for (work_size = 256; work_size <= 800; work_size += 4) {
        for (change.row = 0; change.row < 4; change.row++) { /* the one behind is skipped */
            for (b = 0; b < 4; b++) {
                struct kratos_batch batch = {6, 0, give_changed, NULL, true};
                start(work_size);
                fresh_rows(20);
                change.asked = 0;
                change.by = by[b];
                assert_int_equal(run(&batch, &count), KRATOS_ERR_ARG);
                assert_string_equal(kratos_last_fault(&peer.k)->reason.p, "writer");
                assert_int_equal(peer.requests, 0);
                assert_false(peer.open && peer.in_n != 0);
            }
        }
    }
    counted = false;
}

static void test_bad_batches(void **state)
{
    struct kratos_batch batch = {2, 0, NULL, NULL, false};
    size_t count;
    (void)state;
    start(600);
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, &result), KRATOS_ERR_ARG);
    batch.row = give_row;
    batch.row_count = 0;
    assert_int_equal(run(&batch, &count), KRATOS_END);
    assert_int_equal(peer.opens, 0);
}

/* Without a result a bad row is refused as well, and the batch as a whole, when it counts more than can be counted. */
static void test_without_a_result(void **state)
{
    struct kratos_batch batch = {3, 0, give_row, NULL, false};
    int i;
    (void)state;
    for (i = 0; i < 2; i++) {
        start(600);
        fresh_rows(20);
        *(i == 0 ? &rows.bad : &rows.give_up) = 1;
        assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_ERR_ARG);
        assert_false(kratos_busy(&peer.k));
        assert_int_equal(peer.requests, 0);
        assert_true(kratos_last_fault(&peer.k)->reason.n != 0);
        fresh_rows(20);
        assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
        assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
        assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
        assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_END);
    }
    start(600);
    canned = "{\"identities\":[null,{\"action\":1},{\"error\":{\"code\":409}}]}";
    fresh_rows(0);
    for (i = 0; i < 3; i++) { /* nobody looks what the outcomes are */
        assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
    }
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_END);
    canned = "{\"identities\":[null,{\"action\":\"\xff\"},null]}"; /* but strict JSON they are */
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_ERR_JSON);
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
    canned = "{\"identities\":[null]}";
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_END);
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_OK);
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, NULL), KRATOS_ERR_JSON);
}

static void test_more_than_can_be_counted(void **state)
{
    struct kratos_batch batch = {3, SIZE_MAX, give_row, NULL, false};
    size_t count;
    (void)state;
    start(600);
    fresh_rows(20);
    assert_int_equal(run(&batch, &count), KRATOS_END); /* rows_per_request: as many as there are */
    assert_int_equal(count, 3);
    assert_int_equal(peer.requests, 1);
#if SIZE_MAX > UINT32_MAX
    batch.row_count = (size_t)UINT32_MAX + 1;
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, &result), KRATOS_ERR_ARG);
    assert_string_equal(kratos_last_fault(&peer.k)->reason.p, "batch");
    assert_int_equal(peer.requests, 1);
    batch.row_count = 3;
    batch.rows_per_request = (size_t)UINT32_MAX + 2; /* not 1 */
    assert_int_equal(run(&batch, &count), KRATOS_END);
    assert_int_equal(peer.requests, 2);
#endif
    batch.row_count = UINT32_MAX; /* can be counted */
    batch.rows_per_request = 2;
    assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, &result), KRATOS_OK);
    kratos_cancel(&peer.k);
}

/* A head of any length before the first chunk, and any room behind it. */
static void test_long_heads(void **state)
{
    static char value[900], wanted[PEER_SIZE];
    static struct kratos_header header = {"X-Long", value};
    size_t size, count;
    (void)state;
    expect_rows(wanted, 3, 30);
    for (size = 0; size < sizeof value - 1; size++) {
        struct kratos_batch batch = {3, 0, give_row, NULL, false};
        value[size] = '\0';
        start(256 + size % 7);
        value[size] = 'v';
        value[size + 1] = '\0';
        peer.config.headers = &header;
        peer.config.header_count = 1;
        fresh_rows(30);
        assert_int_equal(run(&batch, &count), KRATOS_END);
        assert_int_equal(count, 3);
        assert_string_equal(all_rows, wanted);
        assert_non_null(strstr(peer.last, value));
    }
}

/* ---- Outcomes --------------------------------------------------------------------------------------- */

static int outcomes(size_t row_count, size_t work_size, const char *text)
{
    static struct kratos_batch batch = {0, 0, give_row, NULL, false};
    batch.row_count = row_count;
    start(work_size);
    canned = text;
    fresh_rows(0);
    memset(&result, 0x5A, sizeof result);
    return kratos_batch_patch_identities(&peer.k, &batch, &result);
}

static int next_outcome(size_t row_count)
{
    struct kratos_batch batch = {0, 0, give_row, NULL, false};
    batch.row_count = row_count;
    memset(&result, 0x5A, sizeof result);
    return kratos_batch_patch_identities(&peer.k, &batch, &result);
}

#define CREATED "{\"action\":\"create\",\"identity\":\"" UUID "\",\"patch_id\":\"p\"}"
#define CONFLICT                                                                                                       \
    "{\"action\":\"error\",\"patch_id\":\"q\",\"error\":{\"code\":409,\"status\":\"Conflict\",\"reason\":"             \
    "\"r\\u00e9\","                                                                                                    \
    "\"message\":\"m \\\"x\\\"\"}}"

static void test_outcomes(void **state)
{
    static const char text[] =
        " {\"other\":[1,{\"identities\":[]}],\"identities\" : [ " CREATED " , null , " CONFLICT
        ",{\"action\":\"error\",\"error\":{\"code\":400}},{\"action\":\"error\",\"error\":{\"code\":500,"
        "\"message\":\"gone\"}},{\"action\":\"error\",\"error\":{}},{} ],\"more\":null} ";
    size_t work_size;
    (void)state;
    for (work_size = 300; work_size < 1500; work_size += 13) {
        size_t i;
        assert_int_equal(outcomes(7, work_size, text), KRATOS_OK);
        assert_int_equal(result.rc, KRATOS_OK);
        assert_string_equal(result.action.p, "create");
        assert_string_equal(result.identity.p, UUID);
        assert_string_equal(result.patch_id.p, "p");
        assert_true(result.reason.p == NULL && result.message.p == NULL && result.row == 0);
        assert_int_equal(next_outcome(7), KRATOS_OK);
        assert_int_equal(result.rc, KRATOS_ERR_REFUSED);
        assert_true(result.action.p == NULL && result.identity.p == NULL && result.row == 1);
        assert_int_equal(next_outcome(7), KRATOS_OK);
        assert_int_equal(result.rc, KRATOS_ERR_CONFLICT);
        assert_string_equal(result.action.p, "error");
        assert_string_equal(result.patch_id.p, "q");
        assert_string_equal(result.reason.p, "r\xc3\xa9");
        assert_string_equal(result.message.p, "m \"x\"");
        assert_true(result.identity.p == NULL && result.row == 2);
        for (i = 3; i < 7; i++) {
            assert_int_equal(next_outcome(7), KRATOS_OK);
            assert_int_equal(result.rc, i == 4 ? KRATOS_ERR_SERVER : KRATOS_ERR_REFUSED);
            assert_int_equal(result.row, i);
            assert_true(i == 4 ? strcmp(result.message.p, "gone") == 0 : result.message.p == NULL);
        }
        assert_int_equal(next_outcome(7), KRATOS_END);
        assert_true(peer.open);
    }
}

static void test_wrong_number_of_outcomes(void **state)
{
    unsigned i;
    (void)state;
    assert_int_equal(outcomes(2, 600, "{\"identities\":[]}"), KRATOS_ERR_JSON);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
    assert_int_equal(result.row, 0);
    assert_int_equal(outcomes(2, 600, "{}"), KRATOS_ERR_JSON);
    assert_int_equal(outcomes(2, 600, "{\"identities\":null}"), KRATOS_ERR_JSON);
    assert_int_equal(outcomes(2, 600, "[]"), KRATOS_ERR_JSON);
    assert_int_equal(outcomes(2, 600, "{\"x\":{\"identities\":[" CREATED "," CREATED "]}}"), KRATOS_ERR_JSON);
    assert_int_equal(outcomes(2, 600, "{\"identities\":[1,2]}"), KRATOS_ERR_JSON);
    assert_int_equal(outcomes(2, 600, "{\"identities\":[" CREATED "]}"), KRATOS_OK);
    assert_int_equal(next_outcome(2), KRATOS_ERR_JSON);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
    assert_int_equal(outcomes(2, 600, "{\"identities\":[" CREATED "," CREATED "," CREATED "," CREATED "]}"), KRATOS_OK);
    for (i = 0; i < 4 && next_outcome(2) == KRATOS_OK; i++) {
        if (result.row >= 2) {
            fail_msg("an outcome for row %zu of 2", result.row);
        }
    }
    assert_int_equal(i, 1);
}

/* An outcome that does not fit costs itself; what would be enough is said, and is enough. */
static void test_large_outcome(void **state)
{
    static char text[6000];
    size_t fat;
    (void)state;
    for (fat = 250; fat < 3000; fat += 97) {
        size_t need;
        sprintf(text, "{\"identities\":[" CREATED ",{\"action\":\"%.*s\",\"identity\":\"i\"}," CREATED "]}", (int)fat,
                trait);
        assert_int_equal(outcomes(3, 300, text), KRATOS_OK);
        assert_int_equal(next_outcome(3), KRATOS_ERR_SPACE);
        need = kratos_last_fault(&peer.k)->need;
        assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
        assert_int_equal(result.row, 1);
        assert_int_equal(next_outcome(3), KRATOS_OK);
        assert_int_equal(result.row, 2);
        assert_string_equal(result.identity.p, UUID);
        assert_int_equal(next_outcome(3), KRATOS_END);
        assert_true(peer.open);
        assert_in_range(need, fat, fat + 150);
        assert_int_equal(outcomes(3, need, text), KRATOS_OK);
        assert_int_equal(next_outcome(3), KRATOS_OK);
        assert_int_equal(result.action.n, fat);
        assert_int_equal(next_outcome(3), KRATOS_OK);
        assert_int_equal(next_outcome(3), KRATOS_END);
    }
}

/* An outcome that is no strict JSON costs itself only. */
static void test_odd_outcome(void **state)
{
    (void)state;
    assert_int_equal(outcomes(3, 600, "{\"identities\":[" CREATED ",{\"action\":\"\xff\"}," CREATED "]}"), KRATOS_OK);
    assert_int_equal(next_outcome(3), KRATOS_ERR_JSON);
    assert_int_equal(result.row, 1);
    assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_DONE);
    assert_int_equal(next_outcome(3), KRATOS_OK);
    assert_int_equal(result.row, 2);
    assert_int_equal(next_outcome(3), KRATOS_END);
}

/* A request that fails as a whole: the first row of it is named, and what came before was given. */
static void serve_second_fails(struct peer *p, const char *request, size_t n)
{
    if (p->requests == 2) {
        peer_reply(p, "409 Conflict\r\n", "{\"error\":{\"code\":409,\"reason\":\"taken\"}}");
    } else {
        serve(p, request, n);
    }
}

static void test_request_that_fails(void **state)
{
    struct kratos_batch batch = {9, 3, give_row, NULL, false};
    size_t count;
    int how;
    (void)state;
    for (how = 0; how < 2; how++) {
        start(600);
        fresh_rows(20);
        if (how == 0) {
            peer.serve = serve_second_fails;
        } else {
            unsigned i;
            for (i = 0; i < 3; i++) {
                assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, &result), KRATOS_OK);
            }
            peer.stale = 1;
            assert_int_equal(kratos_batch_patch_identities(&peer.k, &batch, &result), KRATOS_ERR_CLOSED);
            assert_int_equal(result.row, 3);
            assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_MAYBE_DONE);
            assert_true(kratos_last_fault(&peer.k)->reused);
            assert_int_equal(peer.requests, 2);
            continue;
        }
        assert_int_equal(run(&batch, &count), KRATOS_ERR_CONFLICT);
        assert_int_equal(count, 3);
        assert_int_equal(result.row, 3);
        assert_string_equal(kratos_last_fault(&peer.k)->reason.p, "taken");
        assert_int_equal(kratos_last_fault(&peer.k)->effect, KRATOS_NOT_DONE);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_row_through_any_window),
        cmocka_unit_test(test_length_where_it_fits),
        cmocka_unit_test(test_callback_is_asked_sparingly),
        cmocka_unit_test(test_splitting),
        cmocka_unit_test(test_chosen_from_reply_max),
        cmocka_unit_test(test_bad_row),
        cmocka_unit_test(test_row_that_changes),
        cmocka_unit_test(test_other_than_counted),
        cmocka_unit_test(test_bad_batches),
        cmocka_unit_test(test_without_a_result),
        cmocka_unit_test(test_more_than_can_be_counted),
        cmocka_unit_test(test_long_heads),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_wrong_number_of_outcomes),
        cmocka_unit_test(test_large_outcome),
        cmocka_unit_test(test_odd_outcome),
        cmocka_unit_test(test_request_that_fails),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL) != 0;
}
