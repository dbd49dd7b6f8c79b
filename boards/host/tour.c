/* SPDX-License-Identifier: Apache-2.0
 *
 * The tour of `make demo`: a device's life at Kratos, with the bytes of each exchange. It is for reading, and must never hide
 * an error: whatever does not work ends it.
 *
 *   tour HOST ADMIN_PORT enrol    creates a device with a password, finds it, patches it, lists
 *   tour HOST ADMIN_PORT leave    reads its session (somebody logged in meanwhile), deletes it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kratos.h"
#include "kratos_posix.h"
#include "kratos_trace.h"

#define SERIAL "sn-0042"

/* A FILE takes the text. */
static void put(void *file, const char *s, size_t n)
{
    fwrite(s, 1, n, file);
}

static void step(const char *what)
{
    printf("\n# %s\n", what);
}

static int need(struct kratos *k, int rc, int wanted)
{
    const struct kratos_fault *f = kratos_last_fault(k);
    if (rc == wanted) {
        return rc;
    }
    printf("tour: %s (HTTP %d): %s %s\n", kratos_strerror(rc), f->http_status, f->reason.p, f->message.p);
    exit(EXIT_FAILURE);
}

static void find(struct kratos *k, struct kratos_identity *who)
{
    const struct kratos_list_identities_params mine = {.credentials_identifier = SERIAL};
    step("find it by its serial number");
    need(k, kratos_list_identities(k, &mine, who), KRATOS_OK);
    printf("= %s\n", who->id);
    kratos_cancel(k);
}

static void enrol(struct kratos *k)
{
    const struct kratos_credentials secret = {.password = "correct-horse-battery"};
    const struct kratos_identity_body device = {
        .traits = {.text = "{\"serial\":\"" SERIAL "\"}"},
        .credentials = {.write = kratos_write_credentials, .arg = &secret},
    };
    const struct kratos_patch note = {
        .op = "add", .path = "/metadata_admin", .value = {.text = "{\"site\":\"north\",\"bay\":12345678901234567890}"}};
    const struct kratos_list_identities_params pages = {.page_size = 1};
    struct kratos_identity who;
    unsigned n = 0;

    step("create a device with a password (the password goes out through the window and is wiped)");
    need(k, kratos_create_identity(k, &device, &who), KRATOS_OK);
    printf("= %s\n", who.id);
    find(k, &who);

    step("patch its metadata (numbers keep their digits)");
    need(k, kratos_patch_identity(k, who.id, &note, 1, &who), KRATOS_OK);
    printf("= metadata_admin %.*s\n", (int)who.metadata_admin.n, who.metadata_admin.p);

    step("list all, one identity a page");
    while (kratos_list_identities(k, &pages, &who) == KRATOS_OK) {
        printf("= %u %s\n", ++n, who.id);
    }
}

static void leave(struct kratos *k)
{
    static const char *const expand[] = {"devices", NULL};
    struct kratos_session session;
    struct kratos_identity who;
    struct kratos_list_identity_sessions_params one = {.page_size = 1, .one_page = true};

    find(k, &who);
    step("list its sessions, read one");
    need(k, kratos_list_identity_sessions(k, who.id, &one, &session), KRATOS_OK);
    kratos_cancel(k);
    need(k, kratos_get_session(k, session.id, expand, &session), KRATOS_OK);
    printf("= session %s %s, from %.*s\n", session.id, session.active ? "active" : "inactive", (int)session.devices.n,
           session.devices.p);

    step("delete the device");
    need(k, kratos_delete_identity(k, who.id), KRATOS_OK);
    need(k, kratos_get_identity(k, who.id, NULL, &who), KRATOS_ERR_NOT_FOUND);
    printf("= gone\n");
}

int main(int argc, char **argv)
{
    static unsigned char work[3072];
    struct kratos_config config = {.work = work, .work_size = sizeof work};
    struct kratos_posix tcp;
    struct kratos_trace trace;
    struct kratos k;
    if (argc != 4) {
        fprintf(stderr, "usage: tour HOST ADMIN_PORT enrol|leave\n");
        return EXIT_FAILURE;
    }
    config.host = argv[1];
    config.port = (uint16_t)atoi(argv[2]);
    need(&k, kratos_init(&k, &config, kratos_trace_io(&trace, kratos_posix_io(&tcp), put, stdout)), KRATOS_OK);
    if (strcmp(argv[3], "enrol") == 0) {
        enrol(&k);
    } else {
        leave(&k);
    }
    kratos_close(&k);
    return EXIT_SUCCESS;
}
