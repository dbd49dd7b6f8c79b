/* SPDX-License-Identifier: Apache-2.0
 *
 * Each text argument of each operation, with control characters (refused, nothing is opened) and with everything else that means
 * something in a URL or in JSON (arrives as the same text, in the one place where it belongs).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"

#define UUID "11111111-2222-4333-8444-555555555555"

enum place { PATH, QUERY, BODY, BODY_ANY }; /* BODY_ANY: control characters are allowed, as escapes */

/* Where the value goes. */
static struct {
    struct wire_call call;
    const char *names[3];
    struct kratos_patch patch;
    struct kratos_batch_row row;
    struct kratos_provider provider;
    struct kratos_credentials credentials;
    struct kratos_address address;
    struct kratos_addresses addresses;
} args;

struct argument {
    const char *name; /* of the query parameter or the member */
    enum wire_op op;
    enum place place;
    const char **value;
};

#define CALL args.call
#define IN(op, name, place, member)                                                                                    \
    {                                                                                                                  \
        name, WIRE_##op, place, (const char **)&member                                                                 \
    }

static const struct argument arguments[] = {
    IN(GET_IDENTITY, "id", PATH, CALL.id),
    IN(GET_IDENTITY, "include_credential", QUERY, args.names[0]),
    IN(GET_IDENTITY_BY_EXTERNAL_ID, "externalID", PATH, CALL.id),
    IN(GET_IDENTITY_BY_EXTERNAL_ID, "include_credential", QUERY, args.names[0]),
    IN(UPDATE_IDENTITY, "id", PATH, CALL.id),
    IN(DELETE_IDENTITY, "id", PATH, CALL.id),
    IN(DELETE_IDENTITY_CREDENTIALS, "id", PATH, CALL.id),
    IN(DELETE_IDENTITY_CREDENTIALS, "type", PATH, CALL.type),
    IN(DELETE_IDENTITY_CREDENTIALS, "identifier", QUERY, CALL.identifier),
    IN(PATCH_IDENTITY, "id", PATH, CALL.id),
    IN(PATCH_IDENTITY, "op", BODY, args.patch.op),
    IN(PATCH_IDENTITY, "from", BODY, args.patch.from),
    IN(LIST_IDENTITIES, "credentials_identifier", QUERY, CALL.identities.credentials_identifier),
    IN(LIST_IDENTITIES, "preview_credentials_identifier_similar", QUERY,
       CALL.identities.preview_credentials_identifier_similar),
    IN(LIST_IDENTITIES, "ids", QUERY, args.names[0]),
    IN(LIST_IDENTITIES, "include_credential", QUERY, args.names[1]),
    IN(LIST_IDENTITIES, "consistency", QUERY, CALL.identities.consistency),
    IN(LIST_IDENTITIES, "organization_id", QUERY, CALL.identities.organization_id),
    IN(LIST_IDENTITIES, "page_token", QUERY, CALL.identities.page_token),
    IN(LIST_SESSIONS, "page_token", QUERY, CALL.sessions.page_token),
    IN(LIST_SESSIONS, "active", QUERY, CALL.sessions.active),
    IN(LIST_SESSIONS, "expand", QUERY, args.names[0]),
    IN(LIST_IDENTITY_SESSIONS, "id", PATH, CALL.id),
    IN(LIST_IDENTITY_SESSIONS, "active", QUERY, CALL.identity_sessions.active),
    IN(GET_SESSION, "id", PATH, CALL.id),
    IN(GET_SESSION, "expand", QUERY, args.names[0]),
    IN(EXTEND_SESSION, "id", PATH, CALL.id),
    IN(DISABLE_SESSION, "id", PATH, CALL.id),
    IN(DELETE_IDENTITY_SESSIONS, "id", PATH, CALL.id),
    IN(GET_IDENTITY_SCHEMA, "id", PATH, CALL.id),
    IN(CREATE_RECOVERY_CODE_FOR_IDENTITY, "identity_id", BODY, CALL.recovery.identity_id),
    IN(CREATE_RECOVERY_CODE_FOR_IDENTITY, "expires_in", BODY, CALL.recovery.expires_in),
    IN(CREATE_RECOVERY_CODE_FOR_IDENTITY, "flow_type", BODY, CALL.recovery.flow_type),
    IN(CREATE_RECOVERY_CODE_FOR_IDENTITY, "return_to", QUERY, CALL.recovery.return_to),
    IN(CREATE_RECOVERY_LINK_FOR_IDENTITY, "identity_id", BODY, CALL.recovery.identity_id),
    IN(CREATE_RECOVERY_LINK_FOR_IDENTITY, "expires_in", BODY, CALL.recovery.expires_in),
    IN(CREATE_RECOVERY_LINK_FOR_IDENTITY, "return_to", QUERY, CALL.recovery.return_to),
    IN(CREATE_IDENTITY, "schema_id", BODY, CALL.body.schema_id),
    IN(CREATE_IDENTITY, "state", BODY, CALL.body.state),
    IN(CREATE_IDENTITY, "external_id", BODY, CALL.body.external_id),
    IN(CREATE_IDENTITY, "organization_id", BODY, CALL.body.organization_id),
    IN(UPDATE_IDENTITY, "schema_id", BODY, CALL.body.schema_id),
    IN(UPDATE_IDENTITY, "external_id", BODY, CALL.body.external_id),
    IN(CREATE_IDENTITY, "password", BODY_ANY, args.credentials.password),
    IN(CREATE_IDENTITY, "hashed_password", BODY, args.credentials.hashed_password),
    IN(CREATE_IDENTITY, "provider", BODY, args.provider.provider),
    IN(CREATE_IDENTITY, "subject", BODY, args.provider.subject),
    IN(CREATE_IDENTITY, "organization", BODY, args.provider.organization),
    IN(CREATE_IDENTITY, "value", BODY, args.address.value),
    IN(CREATE_IDENTITY, "via", BODY, args.address.via),
    IN(CREATE_IDENTITY, "status", BODY, args.address.status),
    IN(CREATE_IDENTITY, "verified_at", BODY, args.address.verified_at),
    IN(BATCH_PATCH_IDENTITIES, "patch_id", BODY, args.row.patch_id),
    IN(BATCH_PATCH_IDENTITIES, "schema_id", BODY, args.row.create.schema_id),
    IN(BATCH_PATCH_IDENTITIES, "external_id", BODY, args.row.create.external_id),
};

#define ARGUMENT_COUNT (sizeof arguments / sizeof *arguments)

static struct wire_outcome outcome;
static unsigned long tried;

/* A call of the operation in which all that is needed is given. */
static void reset(enum wire_op op)
{
    memset(&args, 0, sizeof args);
    CALL.op = op;
    CALL.id = UUID;
    CALL.type = "oidc";
    CALL.body.traits.text = "{}";
    CALL.recovery.identity_id = UUID;
    CALL.patches = &args.patch;
    CALL.patch_count = 1;
    CALL.rows = &args.row;
    CALL.row_count = 1;
    args.row.create.traits.text = "{}";
    args.patch.op = "add";
    args.patch.path = "/traits";
    args.patch.value.text = "{}";
}

/* Attaches what the value hangs on. */
static void attach(const struct argument *a)
{
    if (a->value == &args.names[0] && a->op == WIRE_LIST_IDENTITIES) {
        CALL.identities.ids = args.names;
    } else if (a->value == &args.names[1]) {
        CALL.identities.include_credential = args.names + 1;
    } else if (a->value == &args.names[0] && a->op == WIRE_LIST_SESSIONS) {
        CALL.sessions.expand = args.names;
    } else if (a->value == &args.names[0]) {
        CALL.names = args.names;
    }
    if (a->op == WIRE_CREATE_IDENTITY && (char *)a->value >= (char *)&args.provider &&
        (char *)a->value < (char *)&args.address) {
        if (args.provider.provider == NULL) {
            args.provider.provider = "fleet";
        }
        if (args.provider.subject == NULL) {
            args.provider.subject = "me";
        }
        args.credentials.oidc = &args.provider;
        args.credentials.oidc_count = 1;
        CALL.body.credentials.write = kratos_write_credentials;
        CALL.body.credentials.arg = &args.credentials;
    }
    if ((char *)a->value >= (char *)&args.address && (char *)a->value < (char *)&args.addresses) {
        if (args.address.value == NULL) {
            args.address.value = "a@b";
        }
        if (args.address.via == NULL) {
            args.address.via = "email";
        }
        args.addresses.items = &args.address;
        args.addresses.count = 1;
        CALL.body.verifiable_addresses.write = kratos_write_verifiable_addresses;
        CALL.body.verifiable_addresses.arg = &args.addresses;
    }
}

static void run(const struct argument *a, const char *value)
{
    struct wire_plan plan;
    memset(&plan, 0, sizeof plan);
    reset(a->op);
    *a->value = value;
    attach(a);
    wire_run(&CALL, &plan, &outcome); /* no reply: a request that is sent ends in a timeout */
    tried++;
}

static void say(const struct argument *a, const char *what)
{
    fail_msg("operation %d, %s: %s; rc %d, written:\n%.*s", (int)a->op, a->name, what, outcome.rc,
             (int)outcome.request_n, outcome.request);
}

static void test_control_characters(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < ARGUMENT_COUNT; i++) {
        const struct argument *a = &arguments[i];
        int c, at;
        for (c = 1; c <= 0x7F; c += c == 0x1F ? 0x60 : 1) {
            for (at = 0; at < 3; at++) {
                char value[4] = "abc";
                value[at] = (char)c;
                run(a, value);
                if (a->place == BODY_ANY) {
                    if (outcome.rc != KRATOS_ERR_TIMEOUT) {
                        say(a, "a control character is refused in a password");
                    }
                } else if (outcome.rc != KRATOS_ERR_ARG || outcome.opens != 0 ||
                           outcome.fault.effect != KRATOS_NOT_SENT) {
                    say(a, "a control character is not refused");
                } else if (*outcome.fault.reason.p == '\0') {
                    say(a, "refused without a reason");
                }
            }
        }
    }
}

/* The value percent-encoded by the rule of RFC 3986: everything but the unreserved characters. */
static void encode(const char *value, char *to)
{
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
        to += sprintf(to, plain ? "%c" : "%%%02X", c);
    }
    *to = '\0';
}

/* The value as JSON text. */
static void quote(const char *value, char *to)
{
    *to++ = '"';
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            *to++ = '\\';
        }
        *to++ = *value;
    }
    strcpy(to, "\"");
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;
    for (; (text = strstr(text, what)) != NULL; text++) {
        count++;
    }
    return count;
}

static void test_other_characters(void **state)
{
    static const char *const values[] = {
        "a/b",
        "a?b=c",
        "a#b",
        "a%2Fb",
        "a&b=c",
        "a b",
        "a+b",
        "a;b",
        "a:b@c",
        "../x",
        "a\"b",
        "a\\b",
        "\",\"evil\":\"",
        "a'b<c>",
        "\xc3\xa9\xe2\x82\xac",
        "-._~",
        "a=b,c",
        "[x]{y}|^`",
        "...",
    };
    size_t i, j;
    (void)state;
    for (i = 0; i < ARGUMENT_COUNT; i++) {
        const struct argument *a = &arguments[i];
        for (j = 0; j < sizeof values / sizeof *values; j++) {
            char form[200], wanted[300], *line_end, *text = outcome.request;
            run(a, values[j]);
            if (outcome.rc != KRATOS_ERR_TIMEOUT || outcome.requests != 1) {
                say(a, "not sent");
            }
            text[outcome.request_n] = '\0';
            line_end = strstr(text, "\r\n");
            if (a->place == PATH || a->place == QUERY) {
                encode(values[j], form);
                sprintf(wanted, a->place == PATH ? "/%s" : "%s=%s", a->place == PATH ? form : a->name, form);
                *line_end = '\0';
                if (count_of(text, wanted) != 1 || count_of(text, " ") != 2 || count_of(text, "?") > 1) {
                    say(a, "not encoded as it must be");
                }
            } else {
                quote(values[j], form);
                sprintf(wanted, "\"%s\":%s", a->name, form);
                if (count_of(line_end, wanted) != 1) {
                    say(a, "not in the body as it must be");
                }
            }
        }
    }
}

/* Path parameters that would name another resource, and texts that are no UTF-8. */
static void test_refused(void **state)
{
    static const char *const paths[] = {"", ".", "..", NULL};
    size_t i, j;
    (void)state;
    for (i = 0; i < ARGUMENT_COUNT; i++) {
        const struct argument *a = &arguments[i];
        for (j = 0; j < 4 && a->place == PATH; j++) {
            run(a, paths[j]);
            if (outcome.rc != KRATOS_ERR_ARG || outcome.opens != 0) {
                say(a, "not refused");
            }
        }
        if (a->place == BODY || a->place == BODY_ANY) {
            run(a, "\xff");
            if (outcome.rc != KRATOS_ERR_ARG || outcome.first_request_n != 0) {
                say(a, "text that is not UTF-8 is sent");
            }
        }
        if (a->place == QUERY) {
            run(a, "");
            if (outcome.rc != KRATOS_ERR_ARG || outcome.opens != 0) {
                say(a, "an empty parameter is sent");
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_other_characters),
        cmocka_unit_test(test_refused),
    };
    int rc = cmocka_run_group_tests_name("inject", tests, NULL, NULL);
    if (rc == 0) {
        printf("inject: %u text arguments, %lu calls\n", (unsigned)ARGUMENT_COUNT, tried);
    }
    return rc != 0;
}
