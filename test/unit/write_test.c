/* SPDX-License-Identifier: Apache-2.0
 *
 * What bodies hold and what is refused before a byte leaves, through the operations: JSON Patch, metadata that would be a bare
 * number, texts that were read and hold a NUL, and writers that spoil what is around them.
 */
#include "guard.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "peer.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct peer peer;
static char work[2048];

static void serve(struct peer *p, const char *request, size_t n)
{
    (void)n;
    peer_reply(p, strncmp(request, "POST", 4) == 0 ? "201 Created\r\n" : "200 OK\r\n", "{\"id\":\"" UUID "\"}");
}

static void start(void)
{
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve;
}

static const char *body_of_last(void)
{
    const char *body = strstr(peer.last, "\r\n\r\n");
    return body != NULL ? body + 4 : "";
}

static bool refused(int rc)
{
    const struct kratos_fault *f = kratos_last_fault(&peer.k);
    return rc == KRATOS_ERR_ARG && f->effect == KRATOS_NOT_SENT && f->reason.n != 0 && peer.opens == 0 &&
           !kratos_busy(&peer.k);
}

/* ---- Bodies ------------------------------------------------------------------------------------ */

static void write_letter(struct kratos_out *out, const void *arg)
{
    kratos_out_array(out);
    kratos_out_str(out, (const char *)arg);
    kratos_out_close(out);
}

/* Each member there or not, as text or by a writer; in the order in which Kratos itself writes them. */
static void test_bodies(void **state)
{
    static const char *const members[] = {
        "\"external_id\":\"e\\\"\"",     "\"credentials\":[\"c\"]",      "\"schema_id\":\"s\"",
        "\"state\":\"active\"",          "\"verifiable_addresses\":[ ]", "\"recovery_addresses\":[\"r\"]",
        "\"metadata_public\":{\"n\":5}", "\"metadata_admin\":[\"m\"]",   "\"organization_id\":\"o\"",
    };
    unsigned mask, i;
    (void)state;
    for (mask = 0; mask < 512; mask++) {
        struct kratos_identity_body body;
        char wanted[500] = "{";
        memset(&body, 0, sizeof body);
        body.external_id = mask & 1 ? "e\"" : NULL;
        body.credentials.write = mask & 2 ? write_letter : NULL;
        body.credentials.arg = "c";
        body.schema_id = mask & 4 ? "s" : NULL;
        body.state = mask & 8 ? "active" : NULL;
        body.traits.text = "{\"t\":-1}x";
        body.traits.n = 8;
        body.verifiable_addresses.text = mask & 16 ? "[ ]" : NULL;
        body.recovery_addresses.write = mask & 32 ? write_letter : NULL;
        body.recovery_addresses.arg = "r";
        body.metadata_public.text = mask & 64 ? "{\"n\":5}" : NULL;
        body.metadata_admin.write = mask & 128 ? write_letter : NULL;
        body.metadata_admin.arg = "m";
        body.organization_id = mask & 256 ? "o" : NULL;
        for (i = 0; i < COUNT(members); i++) {
            if (i == 4) {
                strcat(wanted, wanted[1] != '\0' ? ",\"traits\":{\"t\":-1}" : "\"traits\":{\"t\":-1}");
            }
            if (mask & 1u << i) {
                strcat(wanted, wanted[1] != '\0' ? "," : "");
                strcat(wanted, members[i]);
            }
        }
        strcat(wanted, "}");
        start();
        assert_int_equal(kratos_create_identity(&peer.k, &body, NULL), KRATOS_OK);
        assert_string_equal(body_of_last(), wanted);
        assert_int_equal(kratos_update_identity(&peer.k, UUID, &body, NULL), KRATOS_OK);
        assert_string_equal(body_of_last(), wanted);
    }
}

static void test_bodies_refused(void **state)
{
    static const char *const bad[] = {"\n", "a\x7f", "\xff", "a\xc3"};
    size_t i;
    int place;
    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        for (place = 0; place < 4; place++) {
            struct kratos_identity_body body;
            memset(&body, 0, sizeof body);
            body.traits.text = "{}";
            *(place == 0   ? &body.external_id
              : place == 1 ? &body.schema_id
              : place == 2 ? &body.state
                           : &body.organization_id) = bad[i];
            start();
            if (!refused(kratos_create_identity(&peer.k, &body, NULL))) {
                fail_msg("text %zu at place %d", i, place);
            }
        }
    }
}

/* ---- JSON Patch ------------------------------------------------------------------------------- */

static int patched(const struct kratos_patch *patches, size_t count)
{
    struct kratos_identity who;
    start();
    return kratos_patch_identity(&peer.k, UUID, patches, count, &who);
}

static void test_patches(void **state)
{
    static const struct kratos_patch all[] = {
        {"replace", "/state", NULL, {"\"inactive\"", 0, NULL, NULL}},
        {"remove", "/traits/a~1b", NULL, {NULL, 0, NULL, NULL}},
        {"add", "/traits/\"x\"\xc3\xa9", "/traits/y", {"12345", 2, NULL, NULL}},
        {"", "/", "", {" null ", 0, NULL, NULL}},
    };
    static const char *const wanted[] = {
        "{\"op\":\"replace\",\"path\":\"/state\",\"value\":\"inactive\"}",
        "{\"op\":\"remove\",\"path\":\"/traits/a~1b\"}",
        "{\"op\":\"add\",\"path\":\"/traits/\\\"x\\\"\xc3\xa9\",\"from\":\"/traits/y\",\"value\":12}",
        "{\"op\":\"\",\"path\":\"/\",\"from\":\"\",\"value\": null }",
    };
    size_t from, count, i;
    (void)state;
    for (from = 0; from < 4; from++) {
        for (count = 0; from + count <= 4; count++) {
            char body[500] = "[";
            for (i = 0; i < count; i++) {
                strcat(body, i != 0 ? "," : "");
                strcat(body, wanted[from + i]);
            }
            strcat(body, "]");
            assert_int_equal(patched(count != 0 ? all + from : NULL, count), KRATOS_OK);
            assert_string_equal(body_of_last(), body);
            assert_int_equal(strncmp(peer.last, "PATCH /admin/identities/" UUID " HTTP/1.1\r\n", 67), 0);
        }
    }
}

static void test_patches_refused(void **state)
{
    static const struct kratos_patch lame[] = {
        {NULL, "/state", NULL, {"1", 0, NULL, NULL}},    {"add", NULL, NULL, {"1", 0, NULL, NULL}},
        {"add", "", NULL, {"1", 0, NULL, NULL}},         {"add", "state", NULL, {"1", 0, NULL, NULL}},
        {NULL, NULL, NULL, {"1", 0, NULL, NULL}},        {"add\n", "/state", NULL, {"1", 0, NULL, NULL}},
        {"add", "/st\x7f", NULL, {"1", 0, NULL, NULL}},  {"add", "/state", "\1", {"1", 0, NULL, NULL}},
        {"add", "/state", NULL, {"", 0, NULL, NULL}},    {"add", "/state", NULL, {"{", 0, NULL, NULL}},
        {"add", "/state", NULL, {"1 2", 0, NULL, NULL}}, {"add", "/\xff", NULL, {"1", 0, NULL, NULL}},
    };
    struct kratos_patch two[2] = {{"add", "/state", NULL, {"1", 0, NULL, NULL}}};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(lame); i++) {
        two[1] = lame[i];
        if (!refused(patched(&lame[i], 1)) || !refused(patched(two, 2))) {
            fail_msg("row %zu", i);
        }
    }
    assert_true(refused(patched(NULL, 1)));
    assert_true(refused(patched(NULL, 2)));
}

/* ---- Metadata --------------------------------------------------------------------------------- */

static void write_int(struct kratos_out *out, const void *arg)
{
    kratos_out_int(out, *(const int *)arg);
}

static void write_json(struct kratos_out *out, const void *arg)
{
    kratos_out_json(out, (const char *)arg, 0);
}

static void write_numbers(struct kratos_out *out, const void *arg)
{
    kratos_json name = {"\"\\u006e\"", 8};
    (void)arg;
    kratos_out_object(out);
    kratos_out_key_json(out, name);
    kratos_out_array(out);
    kratos_out_int(out, -7);
    kratos_out_json(out, " 8", 0);
    kratos_out_close(out);
    kratos_out_key(out, "m");
    kratos_out_int(out, 0);
    kratos_out_close(out);
}

static void write_word(struct kratos_out *out, const void *arg)
{
    (void)arg;
    kratos_out_str(out, "5");
}

static const int zero = 0, minus = -1, seven = 7;

static const struct {
    struct kratos_value value;
    bool number;
} values[] = {
    {{"7", 0, NULL, NULL}, true},
    {{"-1", 0, NULL, NULL}, true},
    {{"0", 0, NULL, NULL}, true},
    {{"123", 2, NULL, NULL}, true},
    {{" \t\r\n1.5e3 ", 0, NULL, NULL}, true},
    {{NULL, 0, write_int, &zero}, true},
    {{NULL, 0, write_int, &minus}, true},
    {{NULL, 0, write_int, &seven}, true},
    {{NULL, 0, write_json, "  -1"}, true},
    {{NULL, 0, write_json, "0"}, true},
    {{NULL, 0, write_json, "\n9.5"}, true},
    {{"{\"a\":7}", 0, NULL, NULL}, false},
    {{"[7,-1]", 0, NULL, NULL}, false},
    {{" \"7\"", 0, NULL, NULL}, false},
    {{"null", 0, NULL, NULL}, false},
    {{"false", 0, NULL, NULL}, false},
    {{NULL, 0, write_json, " [ 7 ]"}, false},
    {{NULL, 0, write_json, "true"}, false},
    {{NULL, 0, write_numbers, NULL}, false},
    {{NULL, 0, write_word, NULL}, false},
};

static int give_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)i;
    row->create = *(const struct kratos_identity_body *)arg;
    return 0;
}

static void test_metadata(void **state)
{
    size_t i;
    int place, operation;
    (void)state;
    for (i = 0; i < COUNT(values); i++) {
        for (place = 0; place < 3; place++) { /* public, admin, traits */
            for (operation = 0; operation < 3; operation++) {
                struct kratos_identity_body body;
                struct kratos_batch batch = {1, 0, give_row, NULL, false};
                struct kratos_batch_result result;
                bool number = values[i].number && place != 2;
                int rc;
                memset(&body, 0, sizeof body);
                body.traits.text = "{}";
                *(place == 0   ? &body.metadata_public
                  : place == 1 ? &body.metadata_admin
                               : &body.traits) = values[i].value;
                batch.arg = &body;
                start();
                rc = operation == 0   ? kratos_create_identity(&peer.k, &body, NULL)
                     : operation == 1 ? kratos_update_identity(&peer.k, UUID, &body, NULL)
                                      : kratos_batch_patch_identities(&peer.k, &batch, &result);
                if (rc == KRATOS_ERR_ARG ? !number || peer.requests != 0 : number) {
                    fail_msg("value %zu, place %d, operation %d: %d", i, place, operation, rc);
                }
            }
        }
    }
}

static void test_metadata_patches(void **state)
{
    static const struct {
        const char *path;
        bool metadata;
    } paths[] = {
        {"/metadata_admin", true},
        {"/metadata_public", true},
        {"/METADATA_public", true},
        {"/Metadata_Admin", true},
        {"/METADATA_ADMIN", true},
        {"/metadata_admin/x", false},
        {"/METADATA_public/x", false},
        {"/metadata_admin/", false},
        {"/metadata_admi", false},
        {"/metadata_admins", false},
        {"/metadata_publi", false},
        {"/metadata_publics", false},
        {"/metadata-admin", false},
        {"//metadata_admin", false},
        {"/x/metadata_admin", false},
        {"/traits", false},
        {"/", false},
        {"/traits/metadata_public", false},
    };
    static const char *const ops[] = {"add", "replace"};
    size_t i, j, op;
    (void)state;
    for (i = 0; i < COUNT(values); i++) {
        for (j = 0; j < COUNT(paths); j++) {
            for (op = 0; op < COUNT(ops); op++) {
                struct kratos_patch patch = {NULL, NULL, NULL, {NULL, 0, NULL, NULL}};
                int rc;
                patch.op = ops[op];
                patch.path = paths[j].path;
                patch.value = values[i].value;
                rc = patched(&patch, 1);
                if (paths[j].metadata && values[i].number ? !refused(rc) : rc != KRATOS_OK) {
                    fail_msg("value %zu at %s: %d", i, paths[j].path, rc);
                }
            }
        }
    }
    {
        static const struct kratos_patch two[] = {
            {"replace", "/metadata_admin", NULL, {NULL, 0, write_numbers, NULL}},
            {"add", "/traits/n", NULL, {" 7", 0, NULL, NULL}},
            {"remove", "/metadata_public", NULL, {NULL, 0, NULL, NULL}},
        };
        assert_int_equal(patched(two, 3), KRATOS_OK);
        assert_string_equal(
            body_of_last(),
            "[{\"op\":\"replace\",\"path\":\"/metadata_admin\",\"value\":{\"\\u006e\":[-7, 8],\"m\":0}},"
            "{\"op\":\"add\",\"path\":\"/traits/n\",\"value\": 7},"
            "{\"op\":\"remove\",\"path\":\"/metadata_public\"}]");
    }
}

/* ---- Texts that were read ---------------------------------------------------------------------- */

enum argument {
    AT_ID,
    AT_EXTERNAL,
    AT_TYPE,
    AT_IDENTIFIER,
    AT_INCLUDE,
    AT_SCHEMA_ID,
    AT_STATE,
    AT_EXTERNAL_ID,
    AT_ORGANIZATION,
    AT_TRAITS,
    AT_HASHED,
    AT_PROVIDER,
    AT_SUBJECT,
    AT_VALUE,
    AT_VIA,
    AT_STATUS,
    AT_OP,
    AT_PATH,
    AT_FROM,
    AT_PATCH_VALUE,
    AT_PATCH_ID,
    AT_RECOVERY_ID,
    AT_EXPIRES,
    AT_FLOW,
    AT_RETURN,
    AT_LINK_EXPIRES,
    AT_TOKEN,
    AT_SESSION,
    AT_SCHEMA,
    ARGUMENT_COUNT
};

static int row_with_id(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)i;
    row->patch_id = (const char *)arg;
    row->create.traits.text = "{}";
    return 0;
}

static int with(enum argument at, const char *s)
{
    struct kratos *k = &peer.k;
    const char *const include[] = {s, NULL};
    struct kratos_identity_body body;
    struct kratos_credentials credentials;
    struct kratos_provider provider = {"p", "s", NULL, false};
    struct kratos_address address = {"a@b", "email", NULL, NULL, false};
    struct kratos_addresses addresses = {NULL, 1};
    struct kratos_patch patch = {"add", "/traits", NULL, {"1", 0, NULL, NULL}};
    struct kratos_batch batch = {1, 0, row_with_id, NULL, false};
    struct kratos_batch_result result;
    struct kratos_recovery_body recovery = {UUID, NULL, NULL, NULL};
    struct kratos_list_identities_params list;
    struct kratos_schema_part part;
    memset(&body, 0, sizeof body);
    memset(&credentials, 0, sizeof credentials);
    memset(&list, 0, sizeof list);
    body.traits.text = "{}";
    addresses.items = &address;
    batch.arg = (void *)(uintptr_t)s;
    switch (at) {
    case AT_ID:
        return kratos_get_identity(k, s, NULL, NULL);
    case AT_EXTERNAL:
        return kratos_get_identity_by_external_id(k, s, NULL, NULL);
    case AT_TYPE:
        return kratos_delete_identity_credentials(k, UUID, s, NULL);
    case AT_IDENTIFIER:
        return kratos_delete_identity_credentials(k, UUID, "oidc", s);
    case AT_INCLUDE:
        return kratos_get_identity(k, UUID, include, NULL);
    case AT_SCHEMA_ID:
        body.schema_id = s;
        break;
    case AT_STATE:
        body.state = s;
        break;
    case AT_EXTERNAL_ID:
        body.external_id = s;
        break;
    case AT_ORGANIZATION:
        body.organization_id = s;
        break;
    case AT_TRAITS:
        body.traits.text = s;
        break;
    case AT_HASHED:
        credentials.hashed_password = s;
        break;
    case AT_PROVIDER:
        provider.provider = s;
        break;
    case AT_SUBJECT:
        provider.subject = s;
        break;
    case AT_VALUE:
        address.value = s;
        break;
    case AT_VIA:
        address.via = s;
        break;
    case AT_STATUS:
        address.status = s;
        break;
    case AT_OP:
        patch.op = s;
        return kratos_patch_identity(k, UUID, &patch, 1, NULL);
    case AT_PATH:
        patch.path = s;
        return kratos_patch_identity(k, UUID, &patch, 1, NULL);
    case AT_FROM:
        patch.from = s;
        return kratos_patch_identity(k, UUID, &patch, 1, NULL);
    case AT_PATCH_VALUE:
        patch.value.text = s;
        return kratos_patch_identity(k, UUID, &patch, 1, NULL);
    case AT_PATCH_ID:
        return kratos_batch_patch_identities(k, &batch, &result);
    case AT_RECOVERY_ID:
        recovery.identity_id = s;
        return kratos_create_recovery_code_for_identity(k, &recovery, NULL);
    case AT_EXPIRES:
        recovery.expires_in = s;
        return kratos_create_recovery_code_for_identity(k, &recovery, NULL);
    case AT_FLOW:
        recovery.flow_type = s;
        return kratos_create_recovery_code_for_identity(k, &recovery, NULL);
    case AT_RETURN:
        recovery.return_to = s;
        return kratos_create_recovery_link_for_identity(k, &recovery, NULL);
    case AT_LINK_EXPIRES:
        recovery.expires_in = s;
        return kratos_create_recovery_link_for_identity(k, &recovery, NULL);
    case AT_TOKEN:
        list.page_token = s;
        return kratos_list_identities(k, &list, NULL);
    case AT_SESSION:
        return kratos_disable_session(k, s);
    default:
        return kratos_get_identity_schema(k, s, &part);
    }
    credentials.oidc = &provider;
    credentials.oidc_count = 1;
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &credentials;
    body.verifiable_addresses.write = kratos_write_verifiable_addresses;
    body.verifiable_addresses.arg = &addresses;
    return kratos_create_identity(k, &body, NULL);
}

/* kratos.h: "An argument ends at its first NUL: a text that holds one would go back shortened, so for it you get a text that
 * every operation refuses." */
static void test_arg(void **state)
{
    static const kratos_str cut[] = {{"12\0"
                                      "34",
                                      5},
                                     {"\0", 1},
                                     {"{}\0", 3},
                                     {"a\0", 2}};
    static const kratos_str whole = {"1", 1};
    int at;
    size_t i;
    (void)state;
    for (at = 0; at < ARGUMENT_COUNT; at++) {
        for (i = 0; i < COUNT(cut); i++) {
            start();
            if (!refused(with((enum argument)at, kratos_arg(cut[i]))) || peer.requests != 0) {
                fail_msg("argument %d, text %zu is not refused", at, i);
            }
        }
        if (at != AT_PATH) {
            start();
            with((enum argument)at, kratos_arg(whole)); /* the answer suits some operations only */
            if (peer.requests != 1) {
                fail_msg("argument %d: refused", at);
            }
        }
    }
}

/* The same where a control character is no error: a password, and a text that a writer writes. */
static void write_arg(struct kratos_out *out, const void *arg)
{
    kratos_out_object(out);
    kratos_out_key(out, "serial");
    kratos_out_str(out, (const char *)arg);
    kratos_out_close(out);
}

static void test_arg_in_texts(void **state)
{
    static const kratos_str cut = {"secret\0more", 11};
    struct kratos_credentials credentials;
    struct kratos_identity_body body;
    (void)state;
    memset(&credentials, 0, sizeof credentials);
    memset(&body, 0, sizeof body);
    credentials.password = kratos_arg(cut);
    body.traits.text = "{}";
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = &credentials;
    start();
    if (!refused(kratos_create_identity(&peer.k, &body, NULL))) {
        fail_msg("a password that holds a NUL is sent as %s", body_of_last());
    }
    memset(&body, 0, sizeof body);
    body.traits.write = write_arg;
    body.traits.arg = kratos_arg(cut);
    start();
    if (!refused(kratos_create_identity(&peer.k, &body, NULL))) {
        fail_msg("a trait that holds a NUL is sent as %s", body_of_last());
    }
}

/* kratos.h: nesting over 32 is an error, also where the levels come in part from a text. */
static void write_around(struct kratos_out *out, const void *arg)
{
    kratos_out_array(out);
    kratos_out_json(out, (const char *)arg, 0);
    kratos_out_close(out);
}

static void test_levels_of_text(void **state)
{
    char text[65] = "";
    struct kratos_identity_body body;
    (void)state;
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    memset(&body, 0, sizeof body);
    body.traits.write = write_around;
    body.traits.arg = text;
    start();
    if (!refused(kratos_create_identity(&peer.k, &body, NULL))) {
        fail_msg("33 levels of traits are sent: %s", body_of_last());
    }
}

/* ---- Writers that misbehave --------------------------------------------------------------------- */

static void by_calls(struct kratos_out *out, const void *arg)
{
    const char *p;
    for (p = (const char *)arg; *p != '\0'; p++) {
        if (*p == '{') {
            kratos_out_object(out);
        } else if (*p == '[') {
            kratos_out_array(out);
        } else if (*p == ']') {
            kratos_out_close(out);
        } else if (*p == 'k') {
            kratos_out_key(out, "k");
        } else if (*p == 'u') {
            kratos_out_str(out, "\xff");
        } else if (*p == 'j') {
            kratos_out_json(out, "{", 0);
        } else {
            kratos_out_null(out);
        }
    }
}

static void test_writers(void **state)
{
    static const char *const bad[] = {"",     "]",    "]]",  "1]",  "11",  "{",    "[",     "k",    "k1",   "1k1",
                                      "]k1",  "]{k1", "{]]", "[]1", "{1]", "{k]",  "{kk1]", "[k1]", "u",    "j",
                                      "{ku]", "[j]",  "{k1", "[1",  "]1{", "]]{{", "{k1]]", "[[]",  "{]{]", "[]]1"};
    static const char *const fine[] = {"1", "{]", "[]", "{k1]", "[1{k[]]1]", "{k1k{]]"};
    size_t i;
    int place;
    (void)state;
    for (i = 0; i < COUNT(bad) + COUNT(fine); i++) {
        for (place = 0; place < 4; place++) {
            struct kratos_identity_body body;
            struct kratos_patch patch = {"add", "/metadata_admin", NULL, {NULL, 0, by_calls, NULL}};
            struct kratos_value *value;
            int rc;
            memset(&body, 0, sizeof body);
            body.traits.text = "{}";
            value = place == 0 ? &body.traits : place == 1 ? &body.metadata_public : &body.credentials;
            value->text = NULL;
            value->write = by_calls;
            value->arg = patch.value.arg = i < COUNT(bad) ? bad[i] : fine[i - COUNT(bad)];
            start();
            rc = place == 3 ? kratos_patch_identity(&peer.k, UUID, &patch, 1, NULL)
                            : kratos_create_identity(&peer.k, &body, NULL);
            if (i < COUNT(bad) ? !refused(rc) : rc != KRATOS_OK) {
                fail_msg("%s at place %d: %d", (const char *)value->arg, place, rc);
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),       cmocka_unit_test(test_bodies_refused),
        cmocka_unit_test(test_arg_in_texts), cmocka_unit_test(test_levels_of_text),
        cmocka_unit_test(test_patches),      cmocka_unit_test(test_patches_refused),
        cmocka_unit_test(test_metadata),     cmocka_unit_test(test_metadata_patches),
        cmocka_unit_test(test_arg),          cmocka_unit_test(test_writers),
    };
    return cmocka_run_group_tests_name("write", tests, NULL, NULL) != 0;
}
