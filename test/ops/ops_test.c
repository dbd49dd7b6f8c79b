/* SPDX-License-Identifier: Apache-2.0
 *
 * Each operation, called with every argument that kratos.h has for it, against what six releases of Kratos document
 * (facts.csv): method, path, success codes, query parameters and members of the body. The library is used without a
 * port, so this sees the bytes it writes. It must never know how the library works inside.
 *
 * Each text argument has the name of the parameter or member that it must become: two that are exchanged are seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kratos.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NAME_SIZE 200
#define IDENTITY "{\"id\":\"9f425a8d-7efc-4768-8f23-7647a74fdf13\"}"

/* ---- Exceptions ---------------------------------------------------------------------------------------------------- */

enum exception_kind {
    NOT_SENT,     /* documented, but the library has no argument for it */
    FREE_FORM,    /* the same, and it can be sent as text or by a writer of one's own: proved below */
    UNDOCUMENTED, /* the library can send it, but no release documents it */
};

struct exception {
    enum exception_kind kind;
    const char *operation; /* NULL: any */
    const char *name;      /* "*" at its end: and what begins so. The rows of a batch are meant too */
    const char *reason;
};

/* All of them. One that nothing needs is an error. */
static const struct exception exceptions[] = {
    {NOT_SENT, "listIdentitySessions", "page_size", "pages by number: Kratos' tokens and links are broken here"},
    {NOT_SENT, "listIdentitySessions", "page_token", "pages by number: Kratos' tokens and links are broken here"},
    {NOT_SENT, "listIdentitySchemas", "page_size", "per_page, which every release has, says it"},
    {NOT_SENT, "listIdentitySchemas", "page_token", "the pages overlap, so the list is asked for in one request"},
    {FREE_FORM, NULL, "credentials.oidc.config.config", "gone since 25.4; older releases ignore it"},
    {FREE_FORM, NULL, "credentials.oidc.config.config.*", "gone since 25.4; older releases ignore it"},
    {FREE_FORM, NULL, "verifiable_addresses[].id", "the server gives it"},
    {FREE_FORM, NULL, "verifiable_addresses[].created_at", "the server gives it"},
    {FREE_FORM, NULL, "verifiable_addresses[].updated_at", "the server gives it"},
    {FREE_FORM, NULL, "recovery_addresses[].id", "the server gives it"},
    {FREE_FORM, NULL, "recovery_addresses[].created_at", "the server gives it"},
    {FREE_FORM, NULL, "recovery_addresses[].updated_at", "the server gives it"},
    {UNDOCUMENTED, "createRecoveryCodeForIdentity", "return_to",
     "documented for the link; the code's handler reads it too"},
    {UNDOCUMENTED, "updateIdentity", "organization_id", "one struct for create and update; only create has it"},
    {UNDOCUMENTED, "updateIdentity", "verifiable_addresses*", "one struct for create and update; only create has it"},
    {UNDOCUMENTED, "updateIdentity", "recovery_addresses*", "one struct for create and update; only create has it"},
};

static bool exception_used[COUNT(exceptions)];

static bool named(const char *pattern, const char *name)
{
    size_t n = strlen(pattern);
    return pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0 : strcmp(pattern, name) == 0;
}

static bool excepted(bool documented, const char *operation, const char *name)
{
    static const char row[] = "identities[].create.";
    size_t i;
    if (strncmp(name, row, sizeof row - 1) == 0) {
        name += sizeof row - 1;
    }
    for (i = 0; i < COUNT(exceptions); i++) {
        const struct exception *e = &exceptions[i];
        if ((e->kind != UNDOCUMENTED) == documented && named(e->name, name) &&
            (e->operation == NULL || strcmp(e->operation, operation) == 0)) {
            exception_used[i] = true;
            return true;
        }
    }
    return false;
}

/* ---- The calls: every argument ------------------------------------------------------------------------------------- */

static const struct kratos_provider oidc[] = {{"provider", "subject", "organization", true}};
static const struct kratos_provider saml[] = {{"provider", "subject", "organization", true}};
static const struct kratos_credentials credentials = {"password", "hashed_password", true, oidc, 1, saml, 1};
static const struct kratos_address address[] = {{"value", "via", "status", "verified_at", true}};
static const struct kratos_addresses addresses = {address, 1};

#define FULL_BODY                                                                                                      \
    {                                                                                                                  \
        "schema_id", "state", "external_id", "organization_id", {"\"traits\"", 0, NULL, NULL},                         \
            {"\"metadata_public\"", 0, NULL, NULL}, {"\"metadata_admin\",", 16, NULL, NULL},                           \
            {NULL, 0, kratos_write_credentials, &credentials},                                                         \
            {NULL, 0, kratos_write_verifiable_addresses, &addresses},                                                  \
        {                                                                                                              \
            NULL, 0, kratos_write_recovery_addresses, &addresses                                                       \
        }                                                                                                              \
    }

static const struct kratos_identity_body full_body = FULL_BODY;

/* What the typed writers do not offer. */
static const struct kratos_identity_body free_body = {
    .traits = {"\"traits\"", 0, NULL, NULL},
    .credentials =
        {"{\"oidc\":{\"config\":{\"config\":{\"password\":\"password\",\"hashed_password\":\"hashed_password\","
         "\"use_password_migration_hook\":true}}}}",
         0, NULL, NULL},
    .verifiable_addresses = {"[{\"id\":\"id\",\"created_at\":\"created_at\",\"updated_at\":\"updated_at\"}]", 0, NULL,
                             NULL},
    .recovery_addresses = {"[{\"id\":\"id\",\"created_at\":\"created_at\",\"updated_at\":\"updated_at\"}]", 0, NULL,
                           NULL},
};

static const char *const include_credential[] = {"include_credential", "include_credential", NULL};
static const char *const expand[] = {"expand", "expand", NULL};
static const char *const ids[] = {"ids", "ids", NULL};
static const struct kratos_recovery_body recovery_body = {"identity_id", "expires_in", "flow_type", "return_to"};

static struct kratos_identity identity;
static struct kratos_session session;
static struct kratos_recovery recovery;
static struct kratos_schema_part schema_part;

static int create_identity(struct kratos *k, unsigned way)
{
    return kratos_create_identity(k, way == 0 ? &full_body : &free_body, &identity);
}

static int get_identity(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_get_identity(k, "id", include_credential, &identity);
}

static int get_identity_by_external_id(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_get_identity_by_external_id(k, "externalID", include_credential, &identity);
}

static int update_identity(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_update_identity(k, "id", &full_body, &identity);
}

static int patch_identity(struct kratos *k, unsigned way)
{
    static const struct kratos_patch patches[] = {{"op", "/path", "from", {"\"value\"", 0, NULL, NULL}},
                                                  {"op", "/path", "from", {"\"value\"", 0, NULL, NULL}}};
    (void)way;
    return kratos_patch_identity(k, "id", patches, COUNT(patches), &identity);
}

static int delete_identity(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_delete_identity(k, "id");
}

static int delete_identity_credentials(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_delete_identity_credentials(k, "id", "type", "identifier");
}

/* Only one filter may be set, and pages are by token or by number. */
static int list_identities(struct kratos *k, unsigned way)
{
    struct kratos_list_identities_params params;
    memset(&params, 0, sizeof params);
    params.page_size = 10;
    params.one_page = true;
    params.include_credential = include_credential;
    params.consistency = "consistency";
    params.organization_id = "organization_id";
    params.page_token = way != 3 ? "page_token" : NULL;
    params.by_page = way == 3;
    params.page = way == 3 ? 2 : 0;
    params.credentials_identifier = way == 0 ? "credentials_identifier" : NULL;
    params.preview_credentials_identifier_similar = way == 1 ? "preview_credentials_identifier_similar" : NULL;
    params.ids = way == 2 ? ids : NULL;
    return kratos_list_identities(k, &params, &identity);
}

static int give_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    static const struct kratos_batch_row full = {"patch_id", false, FULL_BODY};
    (void)arg;
    if (i == 0) {
        *row = full;
    } else {
        row->skip = true;
    }
    return 0;
}

static int batch_patch_identities(struct kratos *k, unsigned way)
{
    static const struct kratos_batch batch = {2, 2, give_row, NULL};
    static struct kratos_batch_result result;
    (void)way;
    return kratos_batch_patch_identities(k, &batch, &result);
}

static int list_sessions(struct kratos *k, unsigned way)
{
    static const struct kratos_list_sessions_params params = {10, "page_token", true, "active", expand};
    (void)way;
    return kratos_list_sessions(k, &params, &session);
}

static int list_identity_sessions(struct kratos *k, unsigned way)
{
    static const struct kratos_list_identity_sessions_params params = {10, 2, true, "active"};
    (void)way;
    return kratos_list_identity_sessions(k, "id", &params, &session);
}

static int get_session(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_get_session(k, "id", expand, &session);
}

static int extend_session(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_extend_session(k, "id", &session);
}

static int disable_session(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_disable_session(k, "id");
}

static int delete_identity_sessions(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_delete_identity_sessions(k, "id");
}

static int create_recovery_code(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_create_recovery_code_for_identity(k, &recovery_body, &recovery);
}

static int create_recovery_link(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_create_recovery_link_for_identity(k, &recovery_body, &recovery);
}

static int list_identity_schemas(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_list_identity_schemas(k, 10, 2, &schema_part);
}

static int get_identity_schema(struct kratos *k, unsigned way)
{
    (void)way;
    return kratos_get_identity_schema(k, "id", &schema_part);
}

struct operation {
    const char *name; /* operationId */
    int (*call)(struct kratos *k, unsigned way);
    unsigned ways;
    bool stream;       /* gives results until KRATOS_END */
    const char *reply; /* the least that a success must carry; "": nothing */
};

static const struct operation operations[] = {
    {"createIdentity", create_identity, 1, false, IDENTITY},
    {"getIdentity", get_identity, 1, false, IDENTITY},
    {"updateIdentity", update_identity, 1, false, IDENTITY},
    {"patchIdentity", patch_identity, 1, false, IDENTITY},
    {"deleteIdentity", delete_identity, 1, false, ""},
    {"listIdentities", list_identities, 4, true, "[" IDENTITY "]"},
    {"batchPatchIdentities", batch_patch_identities, 1, true, "{\"identities\":[{\"action\":\"create\"},null]}"},
    {"deleteIdentityCredentials", delete_identity_credentials, 1, false, ""},
    {"getIdentityByExternalID", get_identity_by_external_id, 1, false, IDENTITY},
    {"listSessions", list_sessions, 1, true, "[" IDENTITY "]"},
    {"getSession", get_session, 1, false, IDENTITY},
    {"disableSession", disable_session, 1, false, ""},
    {"extendSession", extend_session, 1, false, IDENTITY},
    {"listIdentitySessions", list_identity_sessions, 1, true, "[" IDENTITY "]"},
    {"deleteIdentitySessions", delete_identity_sessions, 1, false, ""},
    {"createRecoveryCodeForIdentity", create_recovery_code, 1, false,
     "{\"recovery_link\":\"l\",\"recovery_code\":\"c\"}"},
    {"createRecoveryLinkForIdentity", create_recovery_link, 1, false, "{\"recovery_link\":\"l\"}"},
    {"listIdentitySchemas", list_identity_schemas, 1, true, "[{\"id\":\"i\",\"schema\":{}}]"},
    {"getIdentitySchema", get_identity_schema, 1, true, "{}"},
};

/* ---- Complaints ---------------------------------------------------------------------------------------------------- */

static unsigned complaints;
static bool differs[COUNT(operations)];

#if defined __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
complain(const struct operation *o, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "FAIL ops-test: %s: ", o != NULL ? o->name : "tables");
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    complaints++;
    if (o != NULL) {
        differs[o - operations] = true;
    }
}

/* ---- The link ------------------------------------------------------------------------------------------------------ */

static struct kratos client;
static char request[16384]; /* what the last call wrote, terminated */
static size_t request_n;

/* One move between two calls. False: the library wants nothing, or wants what makes no sense. */
static bool move(const char *reply, size_t reply_n, size_t *at)
{
    size_t n;
    switch (kratos_want(&client)) {
    case KRATOS_WANT_OPEN:
        kratos_opened(&client);
        return true;
    case KRATOS_WANT_CLOSE:
        kratos_closed(&client);
        return true;
    case KRATOS_WANT_TX: {
        const void *p = kratos_tx(&client, &n);
        if (*at != 0 || n == 0 || n >= sizeof request - request_n) {
            return false;
        }
        memcpy(request + request_n, p, n);
        request_n += n;
        kratos_tx_done(&client, n);
        return true;
    }
    case KRATOS_WANT_RX: {
        void *p = kratos_rx(&client, &n);
        if (n > reply_n - *at) {
            n = reply_n - *at;
        }
        memcpy(p, reply + *at, n);
        *at += n;
        kratos_rx_done(&client, n);
        return n != 0;
    }
    default:
        return false;
    }
}

/* Calls the operation and answers with `status`. Its last result; KRATOS_AGAIN: it came to no end. */
static int run(const struct operation *o, unsigned way, int status)
{
    static char work[4096];
    static const struct kratos_io io;
    static const struct kratos_config config = {
        .host = "127.0.0.1", .port = 4434, .work = work, .work_size = sizeof work};
    char reply[512];
    size_t reply_n, at = 0;
    int rc = kratos_init(&client, &config, &io);
    if (status == 204) { /* has no body, and no length */
        reply_n = (size_t)snprintf(reply, sizeof reply, "HTTP/1.1 204 No Content\r\n\r\n");
    } else {
        reply_n = (size_t)snprintf(reply, sizeof reply,
                                   "HTTP/1.1 %d Any\r\nContent-Type: application/json\r\nContent-Length: %u\r\n\r\n%s",
                                   status, (unsigned)strlen(o->reply), o->reply);
    }
    request_n = 0;
    while (rc == KRATOS_OK || rc == KRATOS_AGAIN) {
        rc = o->call(&client, way);
        if ((rc == KRATOS_OK && !o->stream) || (rc == KRATOS_AGAIN && !move(reply, reply_n, &at))) {
            break;
        }
    }
    request[request_n] = '\0';
    return rc;
}

/* ---- What was sent ------------------------------------------------------------------------------------------------- */

struct sent {
    const struct operation *operation;
    bool query; /* a query parameter; else a member of the body */
    char name[NAME_SIZE];
};

static struct sent sent[1000];
static size_t sent_count;
static char targets[COUNT(operations)][NAME_SIZE]; /* "GET /admin/..." of each operation */

static bool was_sent(const struct operation *o, bool query, const char *name)
{
    size_t i;
    for (i = 0; i < sent_count; i++) {
        if (sent[i].operation == o && sent[i].query == query && strcmp(sent[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void note(const struct operation *o, bool query, const char *name)
{
    if (was_sent(o, query, name)) {
        return;
    }
    if (sent_count == COUNT(sent) || strlen(name) >= NAME_SIZE) {
        complain(o, "%s: no room", name);
        return;
    }
    sent[sent_count].operation = o;
    sent[sent_count].query = query;
    strcpy(sent[sent_count].name, name);
    sent_count++;
}

/* path: of the value; path_n: its length; name: the last member in it. */
static void walk(const struct operation *o, kratos_json value, char *path, size_t path_n, const char *name)
{
    char text[NAME_SIZE];
    kratos_json key, inner;
    size_t at = 0, n;
    if (*value.p == '"') {
        int rc = kratos_json_str(value, text, sizeof text, NULL);
        if (rc != KRATOS_OK || strcmp(text + (*text == '/'), name) != 0) {
            complain(o, "%s has the value of %s", path, text);
        }
        return;
    }
    while (kratos_json_next(value, &at, &key, &inner)) {
        if (key.p == NULL) {
            strcpy(text, name);
            n = (size_t)snprintf(path + path_n, NAME_SIZE - path_n, "[]");
        } else {
            assert_int_equal(kratos_json_str(key, text, sizeof text, NULL), KRATOS_OK);
            n = (size_t)snprintf(path + path_n, NAME_SIZE - path_n, "%s%s",
                                 path_n != 0 && path_n < NAME_SIZE ? "." : "", text);
        }
        assert_true(n < NAME_SIZE - path_n);
        if (key.p != NULL) {
            note(o, false, path);
        }
        walk(o, inner, path, path_n + n, text);
        path[path_n] = '\0';
    }
}

/* Removes the framing of a chunked body, in place. */
static void unchunk(char *p, size_t *n)
{
    char *from = p, *to = p;
    for (;;) {
        size_t size = strtoul(from, &from, 16);
        assert_memory_equal(from, "\r\n", 2);
        memmove(to, from + 2, size);
        to += size;
        from += 2 + size + 2;
        if (size == 0) {
            break;
        }
        assert_true(from < p + *n);
    }
    *n = (size_t)(to - p);
}

static void read_body(const struct operation *o, char *head, char *body)
{
    char path[NAME_SIZE] = "";
    kratos_json value;
    const char *length = strstr(head, "Content-Length: ");
    size_t n = request_n - (size_t)(body - request);
    if (strstr(head, "Transfer-Encoding: chunked") != NULL) {
        unchunk(body, &n);
    } else if (n != (length != NULL ? strtoul(length + 16, NULL, 10) : 0)) {
        complain(o, "Content-Length is not the body's");
    }
    value.p = body;
    value.n = n;
    if (n != 0) {
        walk(o, value, path, 0, "");
    }
}

/* A value is a number or has its parameter's name: nothing in it is escaped. */
static void read_query(const struct operation *o, char *query)
{
    char *name, *value;
    for (name = strtok(query, "&"); name != NULL; name = strtok(NULL, "&")) {
        value = strchr(name, '=');
        assert_non_null(value);
        *value++ = '\0';
        note(o, true, name);
        if (strcmp(name, value) != 0 && value[strspn(value, "0123456789")] != '\0') {
            complain(o, "%s has the value of %s", name, value);
        }
    }
}

/* Splits the request. */
static void read_request(const struct operation *o)
{
    char *target_end = strstr(request, " HTTP/1.1\r\n"), *body = strstr(request, "\r\n\r\n"), *query;
    char *target = targets[o - operations];
    assert_non_null(target_end);
    assert_non_null(body);
    *body = '\0';
    read_body(o, target_end + 1, body + 4);
    *target_end = '\0';
    query = strchr(request, '?');
    if (query != NULL) {
        *query = '\0';
    }
    if (*target != '\0' && strcmp(target, request) != 0) {
        complain(o, "%s, and also %s", target, request);
    }
    assert_true(strlen(request) < NAME_SIZE);
    strcpy(target, request);
    if (query != NULL) {
        read_query(o, query + 1);
    }
}

/* ---- What is documented -------------------------------------------------------------------------------------------- */

enum { RELEASE, OPERATION, METHOD, PATH, CODES, KIND, NAME, CELLS };

static const char *facts_path = "test/ops/facts.csv";
static const char *facts[2000][CELLS];
static size_t fact_count;

static void split_line(char *line)
{
    unsigned cell;
    for (cell = 0; cell < CELLS; cell++) {
        char *end = line + strcspn(line, ",");
        bool last = *end == '\0';
        *end = '\0';
        facts[fact_count][cell] = line;
        line = end + 1;
        assert_true(last == (cell + 1 == CELLS));
    }
    fact_count++;
}

static int load_facts(void **state)
{
    static char text[200000];
    size_t n;
    char *line;
    FILE *file = fopen(facts_path, "r");
    (void)state;
    if (file == NULL) {
        fprintf(stderr, "FAIL ops-test: cannot open %s\n", facts_path);
        return 1;
    }
    n = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_in_range(n, 1, sizeof text - 1);
    text[n] = '\0';
    line = strtok(text, "\n");
    assert_string_equal(line, "release,operation,method,path,codes,kind,name");
    while ((line = strtok(NULL, "\n")) != NULL) {
        assert_true(fact_count < COUNT(facts));
        split_line(line);
    }
    return 0;
}

static const struct operation *operation_of(const char *name)
{
    size_t i;
    for (i = 0; i < COUNT(operations); i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}

static bool is(const char *const *fact, unsigned cell, const char *text)
{
    return strcmp(fact[cell], text) == 0;
}

/* Some release documents it. kind "operation": with this success code; else with this name. */
static bool documented(const struct operation *o, const char *kind, const char *what)
{
    bool codes = strcmp(kind, "operation") == 0;
    size_t i;
    for (i = 0; i < fact_count; i++) {
        const char *const *fact = facts[i];
        if (is(fact, OPERATION, o->name) && is(fact, KIND, kind) &&
            (codes ? strstr(fact[CODES], what) != NULL : is(fact, NAME, what))) {
            return true;
        }
    }
    return false;
}

/* ---- Tests --------------------------------------------------------------------------------------------------------- */

static void every_operation_writes_a_request(void **state)
{
    unsigned before = complaints, way;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(operations); i++) {
        const struct operation *o = &operations[i];
        for (way = 0; way < o->ways; way++) {
            int rc = run(o, way, 200);
            if (request_n == 0) {
                complain(o, "call %u: result %d, nothing sent: %s", way, rc, kratos_last_fault(&client)->reason.p);
            } else {
                read_request(o);
            }
        }
    }
    assert_int_equal(complaints, before);
}

/* Path parameters were given their names, so the path is the template without its braces. */
static void methods_and_paths(void **state)
{
    bool found[COUNT(operations)] = {false};
    unsigned before = complaints;
    size_t i;
    (void)state;
    for (i = 0; i < fact_count; i++) {
        const struct operation *o = operation_of(facts[i][OPERATION]);
        char expected[NAME_SIZE];
        const char *p;
        size_t n;
        if (o == NULL) {
            complain(NULL, "%s is documented, but not here", facts[i][OPERATION]);
            continue;
        }
        n = (size_t)snprintf(expected, sizeof expected, "%s ", facts[i][METHOD]);
        for (p = facts[i][PATH]; *p != '\0' && n + 1 < sizeof expected; p++) {
            if (*p != '{' && *p != '}') {
                expected[n++] = *p;
            }
        }
        expected[n] = '\0';
        found[o - operations] = true;
        if (is(facts[i], KIND, "operation") && strcmp(expected, targets[o - operations]) != 0) {
            complain(o, "%s: %s, but %s was sent", facts[i][RELEASE], expected, targets[o - operations]);
        }
    }
    for (i = 0; i < COUNT(operations); i++) {
        if (!found[i]) {
            complain(&operations[i], "no release documents it");
        }
    }
    assert_int_equal(complaints, before);
}

/* The library does not know the release, so it takes what any of them documents. */
static void success_codes(void **state)
{
    unsigned before = complaints;
    size_t i;
    int status;
    (void)state;
    for (i = 0; i < COUNT(operations); i++) {
        const struct operation *o = &operations[i];
        for (status = 200; status < 300; status++) {
            char code[12];
            int rc = run(o, 0, status), told = kratos_last_fault(&client)->http_status;
            bool good = rc == KRATOS_OK || rc == KRATOS_END;
            snprintf(code, sizeof code, "%d", status);
            if (documented(o, "operation", code) ? !good : rc != KRATOS_ERR_HTTP || told != status) {
                complain(o, "status %d, %s, gave %s (%d)", status,
                         documented(o, "operation", code) ? "which is documented" : "which no release has",
                         kratos_strerror(rc), rc);
            }
        }
    }
    assert_int_equal(complaints, before);
}

static void all_that_is_documented_is_sent(void **state)
{
    unsigned before = complaints;
    size_t i;
    (void)state;
    for (i = 0; i < fact_count; i++) {
        const struct operation *o = operation_of(facts[i][OPERATION]);
        const char *name = facts[i][NAME];
        bool query = is(facts[i], KIND, "query");
        if (o == NULL || is(facts[i], KIND, "operation")) {
            continue;
        }
        if (!was_sent(o, query, name) && !excepted(true, o->name, name)) {
            complain(o, "%s: %s %s was not sent", facts[i][RELEASE], facts[i][KIND], name);
        }
    }
    assert_int_equal(complaints, before);
}

static void all_that_is_sent_is_documented(void **state)
{
    unsigned before = complaints;
    size_t i;
    (void)state;
    for (i = 0; i < sent_count; i++) {
        const struct operation *o = sent[i].operation;
        const char *kind = sent[i].query ? "query" : "body";
        if (!documented(o, kind, sent[i].name) && !excepted(false, o->name, sent[i].name)) {
            complain(o, "no release documents %s %s", kind, sent[i].name);
        }
    }
    assert_int_equal(complaints, before);
}

static void no_exception_is_idle(void **state)
{
    unsigned before = complaints;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(exceptions); i++) {
        if (!exception_used[i]) {
            complain(NULL, "nothing needs the exception %s", exceptions[i].name);
        }
    }
    assert_int_equal(complaints, before);
}

/* Whatever is documented below credentials and addresses and lacks a typed argument. Last: it adds to what was sent. */
static void free_form_values_carry_the_rest(void **state)
{
    const struct operation *o = &operations[0];
    unsigned before = complaints;
    size_t i;
    (void)state;
    assert_int_equal(run(o, 1, 201), KRATOS_OK);
    sent_count = 0;
    read_request(o);
    for (i = 0; i < fact_count; i++) {
        const char *name = facts[i][NAME];
        size_t j;
        for (j = 0; j < COUNT(exceptions) && is(facts[i], OPERATION, o->name) && is(facts[i], KIND, "body"); j++) {
            if (exceptions[j].kind == FREE_FORM && named(exceptions[j].name, name) && !was_sent(o, false, name)) {
                complain(o, "%s: %s was not sent as a free-form value", facts[i][RELEASE], name);
            }
        }
    }
    assert_int_equal(complaints, before);
}

static void summary(void)
{
    size_t i, good = 0;
    const char *last = "";
    for (i = 0; i < COUNT(operations); i++) {
        good += !differs[i];
    }
    printf("%u/%u operations match Kratos", (unsigned)good, (unsigned)COUNT(operations));
    for (i = 0; i < fact_count; i++) {
        if (strcmp(facts[i][RELEASE], last) != 0) {
            printf("%s %s", *last != '\0' ? "," : "", facts[i][RELEASE]);
            last = facts[i][RELEASE];
        }
    }
    if (complaints != 0) {
        printf("; %u complaints", complaints);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_writes_a_request),
        cmocka_unit_test(methods_and_paths),
        cmocka_unit_test(success_codes),
        cmocka_unit_test(all_that_is_documented_is_sent),
        cmocka_unit_test(all_that_is_sent_is_documented),
        cmocka_unit_test(no_exception_is_idle),
        cmocka_unit_test(free_form_values_carry_the_rest),
    };
    int failed;
    if (argc > 1) {
        facts_path = argv[1];
    }
    failed = cmocka_run_group_tests(tests, load_facts, NULL);
    if (fact_count != 0) {
        summary();
    }
    return failed != 0;
}
