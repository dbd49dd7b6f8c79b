/* SPDX-License-Identifier: Apache-2.0
 *
 * One example of each operation, as docs/operations.md shows them: each function is copied there, and this program runs them all
 * against a server, in two halves, since somebody must log in between. It must never go on behind an example that failed.
 *
 *   operations HOST ADMIN_PORT PUBLIC_PORT before      creates sn-doc-1 with the password that is its fourth argument
 *   operations HOST ADMIN_PORT PUBLIC_PORT after SESSION    SESSION: the id of a session of sn-doc-1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kratos.h"
#include "kratos_posix.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static char identity_id[KRATOS_ID_SIZE];

/* ---- The examples: what is between two of these lines stands in docs/operations.md as it is -------------------- */

/* example: kratos_create_identity */
static int create_identity(struct kratos *k)
{
    const struct kratos_credentials secret = {.password = "correct-horse-battery"};
    const struct kratos_identity_body body = {
        .schema_id = "device",
        .external_id = "asset-1", /* Kratos 25.4 and later */
        .traits = {.text = "{\"serial\":\"sn-doc-1\"}"},
        .credentials = {.write = kratos_write_credentials, .arg = &secret},
    };
    struct kratos_identity who;
    int rc = kratos_create_identity(k, &body, &who);
    if (rc == KRATOS_OK) {
        memcpy(identity_id, who.id, sizeof identity_id);
        printf("created %s\n", identity_id);
    }
    return rc; /* KRATOS_ERR_CONFLICT: the serial is taken */
}

/* example: kratos_get_identity */
static int get_identity(struct kratos *k)
{
    static const char *const with[] = {"password", NULL}; /* its config, too; NULL: without */
    struct kratos_identity who;
    int rc = kratos_get_identity(k, identity_id, with, &who);
    if (rc == KRATOS_OK) {
        printf("%s: traits %.*s\n", who.id, (int)who.traits.n, who.traits.p);
        kratos_wipe(k); /* the hash of its password was in the work buffer */
    }
    return rc;
}

/* example: kratos_get_identity_by_external_id */
static int get_identity_by_external_id(struct kratos *k)
{
    struct kratos_identity who;
    int rc = kratos_get_identity_by_external_id(k, "asset-1", NULL, &who);
    if (rc == KRATOS_OK) {
        printf("asset-1 is %s\n", who.id);
    }
    return rc;
}

/* example: kratos_list_identities */
static int list_identities(struct kratos *k)
{
    const struct kratos_list_identities_params all = {.page_size = 100};
    struct kratos_identity who;
    unsigned n = 0;
    int rc;
    while ((rc = kratos_list_identities(k, &all, &who)) == KRATOS_OK) { /* page borders are not seen */
        n++;
    }
    printf("%u identities\n", n);
    return rc == KRATOS_END ? KRATOS_OK : rc;
}

/* example: kratos_update_identity */
static int update_identity(struct kratos *k)
{
    const struct kratos_identity_body body = {
        .external_id = "asset-1", /* what is left out is erased: metadata, and this */
        .traits = {.text = "{\"serial\":\"sn-doc-1\"}"},
        .metadata_public = {.text = "{\"site\":\"north\"}"},
    };
    return kratos_update_identity(k, identity_id, &body, NULL); /* NULL: the reply is not kept */
}

/* example: kratos_patch_identity */
static int patch_identity(struct kratos *k)
{
    const struct kratos_patch patches[] = {
        {.op = "replace", .path = "/metadata_public/site", .value = {.text = "\"south\""}},
        {.op = "add", .path = "/metadata_admin", .value = {.text = "{\"rack\":7}"}},
    };
    struct kratos_identity who;
    int rc = kratos_patch_identity(k, identity_id, patches, COUNT(patches), &who);
    if (rc == KRATOS_OK) {
        printf("metadata %.*s\n", (int)who.metadata_public.n, who.metadata_public.p);
    }
    return rc;
}

/* example: kratos_batch_patch_identities */
static int batch_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    char *traits = arg; /* is read before the next row is asked for */
    snprintf(traits, 40, "{\"serial\":\"sn-batch-%lu\"}", (unsigned long)i);
    row->create.schema_id = "device";
    row->create.traits.text = traits;
    return 0;
}

static int batch_patch_identities(struct kratos *k)
{
    char traits[40];
    const struct kratos_batch batch = {.row_count = 10, .row = batch_row, .arg = traits};
    struct kratos_batch_result result;
    int rc;
    while ((rc = kratos_batch_patch_identities(k, &batch, &result)) == KRATOS_OK) {
        printf("row %lu: %s %s\n", (unsigned long)result.row, kratos_strerror(result.rc),
               result.rc == KRATOS_OK ? result.identity.p : result.reason.p);
    }
    return rc == KRATOS_END ? KRATOS_OK : rc;
}

/* example: kratos_list_sessions */
static int list_sessions(struct kratos *k)
{
    static const char *const expand[] = {"identity", NULL};
    const struct kratos_list_sessions_params active = {.active = "true", .expand = expand};
    struct kratos_session session;
    int rc;
    while ((rc = kratos_list_sessions(k, &active, &session)) == KRATOS_OK) {
        printf("session %s until %s\n", session.id, session.expires_at.p != NULL ? session.expires_at.p : "?");
    }
    return rc == KRATOS_END ? KRATOS_OK : rc;
}

/* example: kratos_list_identity_sessions */
static int list_identity_sessions(struct kratos *k)
{
    struct kratos_session session;
    int rc;
    while ((rc = kratos_list_identity_sessions(k, identity_id, NULL, &session)) == KRATOS_OK) {
        printf("session %s is %s\n", session.id, session.active ? "active" : "not active");
    }
    return rc == KRATOS_END ? KRATOS_OK : rc;
}

/* example: kratos_get_session */
static int get_session(struct kratos *k, const char *session_id)
{
    static const char *const expand[] = {"identity", NULL}; /* without it `active` does not look at the identity */
    struct kratos_session session;
    int rc = kratos_get_session(k, session_id, expand, &session);
    if (rc == KRATOS_OK) {
        printf("session %s is %s\n", session.id, session.active ? "active" : "not active");
    }
    return rc;
}

/* example: kratos_extend_session */
static int extend_session(struct kratos *k, const char *session_id)
{
    struct kratos_session session;
    int rc = kratos_extend_session(k, session_id, &session);
    if (rc == KRATOS_OK && session.id[0] != '\0') { /* "": a 204, which says nothing */
        printf("until %s\n", session.expires_at.p != NULL ? session.expires_at.p : "?");
    }
    return rc;
}

/* example: kratos_disable_session */
static int disable_session(struct kratos *k, const char *session_id)
{
    return kratos_disable_session(k, session_id); /* a second time is KRATOS_OK, too */
}

/* example: kratos_delete_identity_sessions */
static int delete_identity_sessions(struct kratos *k)
{
    int rc = kratos_delete_identity_sessions(k, identity_id);
    return rc == KRATOS_ERR_NOT_FOUND && !kratos_last_fault(k)->foreign ? KRATOS_OK : rc; /* there was none */
}

/* example: kratos_create_recovery_code_for_identity */
static int create_recovery_code_for_identity(struct kratos *k)
{
    const struct kratos_recovery_body body = {.identity_id = identity_id, .expires_in = "15m"};
    struct kratos_recovery recovery;
    int rc = kratos_create_recovery_code_for_identity(k, &body, &recovery);
    if (rc == KRATOS_OK) {
        puts(recovery.recovery_code.p != NULL ? "a code, for the person before the device" : "no code");
        kratos_wipe(k);
    }
    return rc;
}

/* example: kratos_create_recovery_link_for_identity */
static int create_recovery_link_for_identity(struct kratos *k)
{
    const struct kratos_recovery_body body = {.identity_id = identity_id, .expires_in = "1h"};
    struct kratos_recovery recovery;
    int rc = kratos_create_recovery_link_for_identity(k, &body, &recovery);
    if (rc == KRATOS_OK) {
        puts("a link, which is a secret");
        kratos_wipe(k);
    }
    return rc; /* KRATOS_ERR_NOT_FOUND: the method is off, as it is by default */
}

/* example: kratos_delete_identity_credentials */
static int delete_identity_credentials(struct kratos *k)
{
    int rc = kratos_delete_identity_credentials(k, identity_id, "totp", NULL);
    return rc == KRATOS_ERR_NOT_FOUND && !kratos_last_fault(k)->foreign ? KRATOS_OK : rc; /* it had none */
}

/* example: kratos_delete_identity */
static int delete_identity(struct kratos *k)
{
    int rc = kratos_delete_identity(k, identity_id);
    return rc == KRATOS_ERR_NOT_FOUND && !kratos_last_fault(k)->foreign ? KRATOS_OK : rc; /* a retry: it is gone */
}

/* example: kratos_list_identity_schemas */
static int list_identity_schemas(struct kratos *public_listener)
{
    struct kratos_schema_part part;
    int rc;
    while ((rc = kratos_list_identity_schemas(public_listener, 0, 0, &part)) == KRATOS_OK) {
        if (part.last) { /* part.p, part.n: its text comes in parts, and only KRATOS_END vouches for them */
            printf("schema %s\n", part.id.p);
        }
    }
    return rc == KRATOS_END ? KRATOS_OK : rc;
}

/* example: kratos_get_identity_schema */
static int get_identity_schema(struct kratos *public_listener)
{
    struct kratos_schema_part part;
    size_t n = 0;
    int rc;
    while ((rc = kratos_get_identity_schema(public_listener, "device", &part)) == KRATOS_OK) {
        n += part.n;
    }
    printf("%lu bytes of schema\n", (unsigned long)n);
    return rc == KRATOS_END ? KRATOS_OK : rc;
}

/* ---- Running them ------------------------------------------------------------------------------------------------- */

static unsigned passed;

static void need(const struct kratos *k, const char *name, int rc)
{
    const struct kratos_fault *f = kratos_last_fault(k);
    if (rc != KRATOS_OK) {
        printf("FAIL example: %s: %s (HTTP %d) %s %s\n", name, kratos_strerror(rc), f->http_status, f->reason.p,
               f->message.p);
        exit(EXIT_FAILURE);
    }
    printf("ok   example: %s\n", name);
    passed++;
}

static void before(struct kratos *k)
{
    need(k, "kratos_create_identity", create_identity(k));
    need(k, "kratos_get_identity", get_identity(k));
    need(k, "kratos_get_identity_by_external_id", get_identity_by_external_id(k));
    need(k, "kratos_list_identities", list_identities(k));
    need(k, "kratos_update_identity", update_identity(k));
    need(k, "kratos_patch_identity", patch_identity(k));
    need(k, "kratos_batch_patch_identities", batch_patch_identities(k));
}

static void after(struct kratos *k, const char *session_id)
{
    need(k, "kratos_get_identity_by_external_id", get_identity_by_external_id(k));
    need(k, "kratos_list_sessions", list_sessions(k));
    need(k, "kratos_list_identity_sessions", list_identity_sessions(k));
    need(k, "kratos_get_session", get_session(k, session_id));
    need(k, "kratos_extend_session", extend_session(k, session_id));
    need(k, "kratos_disable_session", disable_session(k, session_id));
    need(k, "kratos_delete_identity_sessions", delete_identity_sessions(k));
    need(k, "kratos_create_recovery_code_for_identity", create_recovery_code_for_identity(k));
    need(k, "kratos_create_recovery_link_for_identity", create_recovery_link_for_identity(k));
    need(k, "kratos_delete_identity_credentials", delete_identity_credentials(k));
    need(k, "kratos_delete_identity", delete_identity(k));
}

/* The id that the first half made, by the external_id. */
static void find(struct kratos *k)
{
    struct kratos_identity who;
    need(k, "(found again)", kratos_get_identity_by_external_id(k, "asset-1", NULL, &who));
    memcpy(identity_id, who.id, sizeof identity_id);
}

static void start(struct kratos *k, struct kratos_config *config, struct kratos_posix *tcp, const char *host,
                  const char *port, void *work, size_t size)
{
    memset(config, 0, sizeof *config);
    config->host = host;
    config->port = (uint16_t)atoi(port);
    config->work = work;
    config->work_size = size;
    if (kratos_init(k, config, kratos_posix_io(tcp)) != KRATOS_OK) {
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    static char work[2][4096];
    static struct kratos_config config[2];
    static struct kratos_posix tcp[2];
    struct kratos admin, public_listener;
    if (argc < 5) {
        return 2;
    }
    start(&admin, &config[0], &tcp[0], argv[1], argv[2], work[0], sizeof work[0]);
    start(&public_listener, &config[1], &tcp[1], argv[1], argv[3], work[1], sizeof work[1]);
    if (strcmp(argv[4], "before") == 0) {
        before(&admin);
        need(&public_listener, "kratos_list_identity_schemas", list_identity_schemas(&public_listener));
        need(&public_listener, "kratos_get_identity_schema", get_identity_schema(&public_listener));
    } else if (argc > 5) {
        find(&admin);
        after(&admin, argv[5]);
    }
    kratos_close(&admin);
    kratos_close(&public_listener);
    return passed != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
