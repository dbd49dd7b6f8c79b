/* SPDX-License-Identifier: Apache-2.0
 *
 * listIdentitySchemas and getIdentitySchema at the public listener: parts of any size through small buffers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { SCHEMAS = 16, SCHEMA_SIZE = 8192 };

struct schema {
    char id[TEXT_SIZE], text[SCHEMA_SIZE];
    size_t n, parts;
};

/* The parts of one schema are put together; `last` ends it. */
static int collect(struct suite *t, struct client *c, const char *id, uint32_t page_size, uint32_t page,
                   struct schema *schemas, size_t *count)
{
    struct kratos_schema_part part = {0};
    unsigned astray = 0;
    bool open = false;
    int rc;
    *count = 0;
    while ((rc = id != NULL ? kratos_get_identity_schema(&c->k, id, &part)
                            : kratos_list_identity_schemas(&c->k, page_size, page, &part)) == KRATOS_OK) {
        struct schema *s = &schemas[*count];
        if (*count == SCHEMAS) {
            kratos_cancel(&c->k);
            break;
        }
        if (!open) {
            memset(s, 0, sizeof *s);
            snprintf(s->id, sizeof s->id, "%s", or_empty(part.id));
            open = true;
        }
        astray += strcmp(s->id, or_empty(part.id)) != 0 || s->n + part.n >= SCHEMA_SIZE;
        if (s->n + part.n < SCHEMA_SIZE) {
            memcpy(s->text + s->n, part.p, part.n);
            s->n += part.n;
            s->parts++;
        }
        if (part.last) {
            open = false;
            (*count)++;
        }
    }
    INT(t, astray, 0); /* each part named its schema */
    TRUE(t, !open || rc != KRATOS_END);
    return rc;
}

/* Without blanks outside of strings, and <, >, & as themselves: what re-encoding does not change. */
static void canonical(const struct schema *s, char text[SCHEMA_SIZE])
{
    static const struct {
        const char *escape;
        char c;
    } html[] = {{"\\u003c", '<'}, {"\\u003e", '>'}, {"\\u0026", '&'}};
    bool quoted = false;
    size_t i, j, n = 0;
    for (i = 0; i < s->n; i++) {
        char c = s->text[i];
        for (j = 0; j < 3; j++) {
            if (strncmp(s->text + i, html[j].escape, 6) == 0) {
                c = html[j].c;
                i += 5;
                break;
            }
        }
        quoted ^= c == '"';
        if (quoted || strchr(" \n\t\r", c) == NULL) {
            text[n++] = c;
        }
    }
    text[n] = '\0';
}

static void same(struct suite *t, const struct schema *a, const struct schema *b)
{
    static char texts[2][SCHEMA_SIZE];
    canonical(a, texts[0]);
    canonical(b, texts[1]);
    TRUE(t, a->n != 0);
    INT(t, strcmp(texts[0], texts[1]), 0);
}

static const struct schema *named(const struct schema *schemas, size_t count, const char *id)
{
    static const struct schema none;
    size_t i;
    for (i = 0; i < count; i++) {
        if (strcmp(schemas[i].id, id) == 0) {
            return &schemas[i];
        }
    }
    return &none;
}

static void list(struct suite *t, struct client *c, struct schema *all, size_t *count)
{
    struct schema *few = calloc(SCHEMAS, sizeof *few);
    size_t n;
    if (few == NULL) {
        return;
    }
    operation(t, "listIdentitySchemas");
    RC(t, c, collect(t, c, NULL, 0, 0, all, count), KRATOS_END);
    TRUE(t, *count >= 3);
    STR(t, text_of(all[0].id), "device"); /* in the order of the configuration */
    STR(t, text_of(all[1].id), "large");
    STR(t, text_of(all[2].id), "urn:example:a/b");
    TRUE(t, all[1].parts > 2 && all[1].n > 2048);
    PART(t, text_of(all[1].text), "\"title\":\"the end\"");
    RC(t, c, collect(t, c, NULL, 2, 0, few, &n), KRATOS_END);
    INT(t, n, 2);
    same(t, &few[1], &all[1]);
    RC(t, c, collect(t, c, NULL, 1, 1, few, &n), KRATOS_END); /* the pages overlap: use one */
    INT(t, n, 2);
    STR(t, text_of(few[0].id), "large");
    RC(t, c, collect(t, c, NULL, 10, 9, few, &n), KRATOS_END); /* past the end: [] or null */
    INT(t, n, 0);
    while (kratos_list_identity_schemas(&c->k, 0, 0, NULL) == KRATOS_OK) {
    }
    INT(t, kratos_last_fault(&c->k)->http_status, 0);
    free(few);
}

static void get(struct suite *t, struct client *c, const struct schema *all, size_t count)
{
    struct schema *one = calloc(SCHEMAS, sizeof *one);
    struct kratos_schema_part part = {0};
    size_t n;
    if (one == NULL) {
        return;
    }
    operation(t, "getIdentitySchema");
    RC(t, c, collect(t, c, "large", 0, 0, one, &n), KRATOS_END);
    INT(t, n, 1);
    STR(t, text_of(one->id), "");
    TRUE(t, one->parts > 2 && one->n > 2048);
    same(t, one, named(all, count, "large"));
    INT(t, strchr(one->text, '\n') == NULL, t->facts->schema_reencoded);
    INT(t, strstr(one->text, "<large>") == NULL, t->facts->schema_reencoded);
    RC(t, c, collect(t, c, "device", 0, 0, one, &n), KRATOS_END);
    same(t, one, named(all, count, "device"));
    RC(t, c, collect(t, c, "ZGV2aWNl", 0, 0, one, &n), KRATOS_END);
    same(t, one, named(all, count, "device"));
    RC(t, c, collect(t, c, "dXJuOmV4YW1wbGU6YS9i", 0, 0, one, &n), KRATOS_END);
    same(t, one, named(all, count, "urn:example:a/b"));
    RC(t, c, collect(t, c, "urn:example:a/b", 0, 0, one, &n),
       t->facts->slash_in_path ? KRATOS_END : KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_get_identity_schema(&c->k, "ZGV2aWNlMQ==", &part), KRATOS_ERR_NOT_FOUND); /* padded */
    RC(t, c, kratos_get_identity_schema(&c->k, "no-such-schema", &part), KRATOS_ERR_NOT_FOUND);
    FAULT(t, c, 404, KRATOS_NOT_DONE, "Identity schema `", "The requested resource could not be found");
    RC(t, c, kratos_get_identity_schema(&c->k, "bm9wZQ", &part), KRATOS_ERR_NOT_FOUND); /* base64url of "nope" */
    FAULT(t, c, 404, KRATOS_NOT_DONE, t->facts->schema_decodes_missing_id ? "`nope`" : "`bm9wZQ`", NULL);
    RC(t, c, kratos_get_identity_schema(&c->k, "", &part), KRATOS_ERR_ARG);
    RC(t, c, kratos_get_identity_schema(&c->k, "..", &part), KRATOS_ERR_ARG);
    RC(t, c, kratos_get_identity_schema(&c->k, "large", &part), KRATOS_OK);
    kratos_cancel(&c->k); /* left early */
    RC(t, c, collect(t, c, "device", 0, 0, one, &n), KRATOS_END);
    c->wire.most = 1;
    RC(t, c, collect(t, c, "large", 0, 0, one, &n), KRATOS_END);
    same(t, one, named(all, count, "large"));
    c->wire.most = 0;
    free(one);
}

/* Cut off in the middle: no END vouches for the parts. */
static void cut(struct suite *t)
{
    struct schema *one = calloc(SCHEMAS, sizeof *one);
    struct client c;
    size_t n;
    if (one == NULL) {
        return;
    }
    operation(t, "getIdentitySchema");
    client_open(&c, &t->public, 512);
    c.wire.cut_after = 1500;
    c.wire.cuts = 1;
    RC(t, &c, collect(t, &c, "large", 0, 0, one, &n), KRATOS_ERR_CLOSED);
    TRUE(t, kratos_last_fault(&c.k)->transient);
    RC(t, &c, collect(t, &c, "large", 0, 0, one, &n), KRATOS_END);
    client_close(&c);
    free(one);
}

void test_schemas(struct suite *t)
{
    struct schema *all = calloc(SCHEMAS, sizeof *all);
    struct client c;
    size_t count = 0;
    if (all == NULL) {
        return;
    }
    client_open(&c, &t->public, 512);
    list(t, &c, all, &count);
    get(t, &c, all, count);
    cut(t);
    client_close(&c);
    free(all);
}
