/* SPDX-License-Identifier: Apache-2.0
 *
 * A device at a guarded proxy: asks what it is told to, over one connection, and prints one line for each answer. It must never
 * judge; edge.py does.
 *
 *     device --url URL [--header "NAME: VALUE"] [an option of the way, see inner_tls.c] WORD[=ARGUMENT]...
 *
 * Words: create=SERIAL name=SERIAL (with external_id) large=SERIAL (2 MB) middle=SERIAL (6 KB) find=SERIAL all external=ID get=ID rename=ID delete=ID link=ID batch reopen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kratos_mbedtls.h"
#include "suite.h"

struct word {
    const char *name;
    int (*ask)(struct client *c, const char *argument, char id[KRATOS_ID_SIZE]);
};

static int create(struct client *c, const char *serial, const char *external_id, char id[KRATOS_ID_SIZE])
{
    char traits[TEXT_SIZE];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    int rc;
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\"}", serial);
    body.traits.text = traits;
    body.external_id = external_id;
    rc = kratos_create_identity(&c->k, &body, &who);
    memcpy(id, who.id, KRATOS_ID_SIZE);
    return rc;
}

static int ask_create(struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    return create(c, serial, NULL, id);
}

static int ask_name(struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    return create(c, serial, serial, id);
}

static char note[2000001];

static void write_note(struct kratos_out *out, const void *arg)
{
    (void)arg;
    kratos_out_str(out, note);
}

/* There and back. */
static int ask_with_note(struct client *c, const char *serial, size_t note_size)
{
    char traits[TEXT_SIZE];
    struct kratos_identity_body body = {0};
    memset(note, 'n', note_size);
    note[note_size] = '\0';
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\"}", serial);
    body.traits.text = traits;
    body.metadata_public.write = write_note;
    return kratos_create_identity(&c->k, &body, NULL);
}

/* More than a proxy takes that was not told to. */
static int ask_large(struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    (void)id;
    return ask_with_note(c, serial, sizeof note - 1);
}

/* More than a TLS record of 4 KB. */
static int ask_middle(struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    (void)id;
    return ask_with_note(c, serial, 6000);
}

/* All that the list gives; the last id. */
static int walk(struct client *c, const struct kratos_list_identities_params *params, char id[KRATOS_ID_SIZE])
{
    struct kratos_identity who = {0};
    int rc;
    while ((rc = kratos_list_identities(&c->k, params, &who)) == KRATOS_OK) {
        memcpy(id, who.id, KRATOS_ID_SIZE);
    }
    return rc;
}

static int ask_find(struct client *c, const char *serial, char id[KRATOS_ID_SIZE])
{
    struct kratos_list_identities_params params = {0};
    params.credentials_identifier = serial;
    return walk(c, &params, id);
}

static int ask_all(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    (void)argument;
    return walk(c, NULL, id);
}

static int ask_external(struct client *c, const char *external_id, char id[KRATOS_ID_SIZE])
{
    struct kratos_identity who = {0};
    int rc = kratos_get_identity_by_external_id(&c->k, external_id, NULL, &who);
    memcpy(id, who.id, KRATOS_ID_SIZE);
    return rc;
}

static int ask_get(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    (void)id;
    return kratos_get_identity(&c->k, argument, NULL, NULL);
}

static int ask_rename(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    struct kratos_patch patch = {0};
    (void)id;
    patch.op = "replace";
    patch.path = "/traits/serial";
    patch.value = json("\"SN-2\"");
    return kratos_patch_identity(&c->k, argument, &patch, 1, NULL);
}

static int ask_delete(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    (void)id;
    return kratos_delete_identity(&c->k, argument);
}

static int ask_link(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    struct kratos_recovery_body body = {0};
    (void)id;
    body.identity_id = argument;
    return kratos_create_recovery_link_for_identity(&c->k, &body, NULL);
}

static int one_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)i;
    row->create.traits.text = arg;
    return 0;
}

static int ask_batch(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    static char traits[] = "{\"serial\":\"SN-1\"}";
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    (void)argument;
    (void)id;
    batch.row_count = 1;
    batch.row = one_row;
    batch.arg = traits;
    return kratos_batch_patch_identities(&c->k, &batch, &result);
}

/* The next connection resumes the session of this one. */
static int ask_reopen(struct client *c, const char *argument, char id[KRATOS_ID_SIZE])
{
    (void)argument;
    (void)id;
    kratos_close(&c->k);
    return KRATOS_OK;
}

static const struct word words[] = {
    {"create", ask_create}, {"large", ask_large},   {"middle", ask_middle},     {"name", ask_name},
    {"find", ask_find},     {"all", ask_all},       {"external", ask_external}, {"get", ask_get},
    {"rename", ask_rename}, {"delete", ask_delete}, {"link", ask_link},         {"batch", ask_batch},
    {"reopen", ask_reopen},
};

static bool say(struct client *c, const char *text)
{
    char id[KRATOS_ID_SIZE] = "";
    size_t n = strcspn(text, "="), i;
    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].name) == n && strncmp(words[i].name, text, n) == 0) {
            int rc = words[i].ask(c, text + n + (text[n] == '='), id);
            const struct kratos_fault *f = kratos_last_fault(&c->k);
            printf("%s rc=%d status=%d foreign=%d effect=%d native=%d resumed=%d id=%s\n", text, rc, f->http_status,
                   f->foreign, (int)f->effect, f->native_error,
                   c->wire.tls != NULL && kratos_mbedtls_resumed(c->wire.tls), id);
            return true;
        }
    }
    return false;
}

static bool parse_url(const char *url, struct address *where)
{
    unsigned port = 0;
    int end = 0;
    where->tls = strncmp(url, "https", 5) == 0;
    url += where->tls ? 5 : 4;
    if (sscanf(url, "://%200[^:/]:%u%n", where->host, &port, &end) != 2) {
        return false;
    }
    where->port = (uint16_t)port;
    where->base_path = url + end;
    return true;
}

int main(int argc, char **argv)
{
    static struct address where;
    static struct client c;
    int i;
    for (i = 1; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        if (!(strcmp(argv[i], "--url") == 0 && parse_url(argv[i + 1], &where)) &&
            !(strcmp(argv[i], "--header") == 0 && add_header(argv[i + 1])) && !inner_option(argv[i], argv[i + 1])) {
            return 2;
        }
    }
    client_open(&c, &where, WORK_SIZE);
    for (; i < argc; i++) {
        if (!say(&c, argv[i])) {
            return 2;
        }
    }
    client_close(&c);
    return 0;
}
