/* SPDX-License-Identifier: Apache-2.0
 *
 * listIdentities: each identity once, whatever the page size, the pager, the io and its interruptions; filters; tokens.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { FEW = 23, SEEN_MAX = 20000 };

struct seen {
    char (*ids)[KRATOS_ID_SIZE];
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    return memcmp(a, b, KRATOS_ID_SIZE);
}

static void add(struct seen *seen, const char *id)
{
    if (seen->ids == NULL) {
        seen->ids = calloc(SEEN_MAX, KRATOS_ID_SIZE);
    }
    if (seen->ids != NULL && seen->count < SEEN_MAX) {
        strcpy(seen->ids[seen->count++], id);
    }
}

static size_t twice(const struct seen *seen)
{
    size_t i, n = 0;
    for (i = 1; i < seen->count; i++) {
        n += by_id(seen->ids[i - 1], seen->ids[i]) == 0;
    }
    return n;
}

/* Each of `ids` came, and nothing came twice. */
static void complete(struct suite *t, struct seen *seen, char (*ids)[KRATOS_ID_SIZE], size_t count)
{
    size_t i, lacking = 0;
    if (seen->ids != NULL) {
        qsort(seen->ids, seen->count, KRATOS_ID_SIZE, by_id);
    }
    INT(t, twice(seen), 0);
    for (i = 0; i < count; i++) {
        lacking += seen->ids == NULL || bsearch(ids[i], seen->ids, seen->count, KRATOS_ID_SIZE, by_id) == NULL;
    }
    INT(t, lacking, 0);
    free(seen->ids);
    seen->ids = NULL;
    seen->count = 0;
}

static int walk(struct client *c, const struct kratos_list_identities_params *params, struct seen *seen)
{
    struct kratos_identity who = {0};
    int rc;
    while ((rc = kratos_list_identities(&c->k, params, &who)) == KRATOS_OK) {
        add(seen, who.id);
    }
    return rc;
}

static void walk_all(struct suite *t, struct client *c, const struct kratos_list_identities_params *params,
                     char (*ids)[KRATOS_ID_SIZE], size_t count)
{
    struct seen seen = {NULL, 0};
    RC(t, c, walk(c, params, &seen), KRATOS_END);
    complete(t, &seen, ids, count);
}

/* ---- Pages ------------------------------------------------------------------------------------------------------------------- */

static void page_sizes(struct suite *t, struct client *c, char (*ids)[KRATOS_ID_SIZE])
{
    static const uint32_t sizes[] = {1, 2, 7, FEW, 0};
    struct kratos_list_identities_params params = {0};
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        params.by_page = false;
        params.page_size = sizes[i];
        walk_all(t, c, &params, ids, FEW);
        params.by_page = true;
        walk_all(t, c, &params, ids, FEW);
    }
    walk_all(t, c, NULL, ids, FEW);
    INT(t, c->wire.opened, 1);
}

static size_t count_all(struct client *c)
{
    size_t n = 0;
    while (kratos_list_identities(&c->k, NULL, NULL) == KRATOS_OK) { /* dropped, but counted */
        n++;
    }
    return n;
}

static void one_page(struct suite *t, struct client *c, char (*ids)[KRATOS_ID_SIZE])
{
    struct kratos_list_identities_params params = {0};
    struct seen seen = {NULL, 0};
    char token[TEXT_SIZE] = "";
    size_t before, pages = 0, all = count_all(c);
    TRUE(t, all >= FEW);
    params.page_size = 5;
    params.one_page = true;
    do { /* by hand from page to page */
        before = seen.count;
        params.page_token = *token != '\0' ? token : NULL;
        if (!RC(t, c, walk(c, &params, &seen), KRATOS_END)) {
            break;
        }
        TRUE(t, seen.count - before <= 5);
        snprintf(token, sizeof token, "%s", or_empty(kratos_next_page_token(&c->k)));
        pages++;
    } while (*token != '\0' && pages < SEEN_MAX && seen.count > before);
    INT(t, pages, (all + 4) / 5);
    INT(t, seen.count, all);
    complete(t, &seen, ids, FEW);
    params.by_page = true;
    params.page_token = NULL;
    params.page = 1; /* the second one: Kratos counts from 0 */
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    INT(t, seen.count, 5);
    params.page = 0;
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    INT(t, seen.count, 10);
    params.page = 1000;
    params.page_size = 1;
    RC(t, c, walk(c, &params, &seen), KRATOS_END); /* past the end */
    complete(t, &seen, ids, 0);
    params.page = 5;
    params.page_size = 250;
    RC(t, c, walk(c, &params, &seen), t->facts->pages_limit ? KRATOS_ERR_REFUSED : KRATOS_END);
    if (t->facts->pages_limit) {
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Legacy pagination is not supported for enumerating over 1000 items.", NULL);
    }
}

/* Stops in the middle of a page and goes on later: that page comes again. */
static void resume(struct suite *t, struct client *c, char (*ids)[KRATOS_ID_SIZE])
{
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    struct seen seen = {NULL, 0};
    char token[TEXT_SIZE], first_of_page[KRATOS_ID_SIZE] = "";
    unsigned i;
    params.page_size = 4;
    for (i = 0; i < 10; i++) {
        RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_OK);
        if (i == 0) {
            STR(t, kratos_page_token(&c->k), NULL);
        }
        if (i < 8) {
            add(&seen, who.id);
        }
        if (i == 8) {
            strcpy(first_of_page, who.id);
        }
    }
    snprintf(token, sizeof token, "%s", or_empty(kratos_page_token(&c->k)));
    RC(t, c, kratos_get_identity(&c->k, ids[0], NULL, NULL), KRATOS_ERR_BUSY);
    kratos_cancel(&c->k);
    RC(t, c, kratos_get_identity(&c->k, ids[0], NULL, NULL), KRATOS_OK);
    params.page_token = token;
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_OK);
    INT(t, strcmp(who.id, first_of_page), 0);
    STR(t, kratos_page_token(&c->k), NULL); /* the token given is the caller's own */
    add(&seen, who.id);
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    STR(t, kratos_next_page_token(&c->k), NULL);
    complete(t, &seen, ids, FEW);
}

/* How many identities a release finds that compares a page token with ids as text. */
static size_t count_after(struct client *c, const char *token)
{
    struct kratos_identity who = {0};
    size_t n = 0;
    while (kratos_list_identities(&c->k, NULL, &who) == KRATOS_OK) {
        n += strcmp(who.id, token) > 0;
    }
    return n;
}

static void bad_tokens(struct suite *t, struct client *c)
{
    static const char *const tokens[] = {"garbage", "!&/ \xC3\xA9", "eyJvZmZzZXQiOiJ4IiwidiI6Mn0"};
    const struct facts *f = t->facts;
    const char *uuid_message = t->database->uuid_message;
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    struct seen seen = {NULL, 0};
    size_t i;
    params.page_size = 2;
    params.one_page = true;
    for (i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        size_t after = f->compares_tokens ? count_after(c, tokens[i]) : 2; /* 1.0.0: no number is the first page */
        params.page_token = tokens[i];
        if (f->checks_tokens) {
            RC(t, c, walk(c, &params, &seen), KRATOS_ERR_REFUSED);
            FAULT(t, c, 400, KRATOS_NOT_DONE, "The page token is invalid, do not craft your own page tokens", NULL);
        } else if (f->compares_tokens && uuid_message != NULL) {
            RC(t, c, walk(c, &params, &seen), KRATOS_ERR_SERVER);
            FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", uuid_message);
        } else {
            RC(t, c, walk(c, &params, &seen), KRATOS_END);
            INT(t, seen.count, after < 2 ? after : 2);
        }
        complete(t, &seen, NULL, 0);
    }
    params.page_token = "a\nb";
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    if (f->checks_tokens || f->compares_tokens) {
        params.page_token = "ffffffff-ffff-4fff-8fff-ffffffffffff"; /* past the end */
        RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
    }
}

/* ---- The io gets in the way ----------------------------------------------------------------------------------------------------- */

static void limited(struct suite *t, char (*ids)[KRATOS_ID_SIZE])
{
    static const size_t limits[] = {600, 4096, 16384};
    struct kratos_list_identities_params params = {0};
    struct client c;
    size_t i;
    for (i = 0; i < sizeof limits / sizeof *limits; i++) {
        client_open(&c, &t->admin, 2048);
        c.wire.io.reply_max = limits[i];
        walk_all(t, &c, NULL, ids, FEW);
        TRUE(t, c.wire.reply < limits[i] + 1024);
        params.by_page = true;
        params.page_size = 100;
        walk_all(t, &c, &params, ids, FEW);
        client_close(&c);
    }
    for (i = 0; i < 2; i++) { /* the io itself refuses large replies */
        client_open(&c, &t->admin, 2048);
        c.wire.reply_limit = 3000;
        params.by_page = i == 1;
        params.page_size = 0;
        walk_all(t, &c, &params, ids, FEW);
        TRUE(t, c.wire.opened > 1);
        client_close(&c);
    }
}

static void cut(struct suite *t, char (*ids)[KRATOS_ID_SIZE])
{
    struct kratos_list_identities_params params = {0};
    struct client c;
    unsigned step;
    for (step = 0; step < 24; step++) {
        client_open(&c, &t->admin, 2048);
        params.by_page = step % 2 == 1;
        params.page_size = step % 3 == 0 ? 10 : step % 3 == 1 ? 7 : 0;
        c.wire.cut_after = 700 + 431 * (long)step;
        c.wire.cuts = step % 4 == 0 ? 3 : 1;
        c.wire.most = step % 5 == 0 ? 100 : 0;
        walk_all(t, &c, &params, ids, FEW);
        TRUE(t, c.wire.opened >= 1);
        client_close(&c);
    }
    client_open(&c, &t->admin, 2048); /* nothing ever comes through: it must end */
    c.wire.cut_after = 300;
    c.wire.cuts = 1000;
    RC(t, &c, walk(&c, NULL, &(struct seen){NULL, 0}), KRATOS_ERR_CLOSED);
    TRUE(t, kratos_last_fault(&c.k)->transient);
    c.wire.cut_after = -1;
    walk_all(t, &c, NULL, ids, FEW);
    client_close(&c);
}

static void trickle(struct suite *t, char (*ids)[KRATOS_ID_SIZE])
{
    struct kratos_list_identities_params params = {0};
    struct client c;
    client_open(&c, &t->admin, 1024);
    c.wire.most = 1;
    params.page_size = 8;
    walk_all(t, &c, &params, ids, FEW);
    client_close(&c);
}

/* ---- Filters ---------------------------------------------------------------------------------------------------------------------- */

static void found(struct suite *t, struct client *c, const struct kratos_list_identities_params *params, const char *id)
{
    struct kratos_identity who = {0};
    if (RC(t, c, kratos_list_identities(&c->k, params, &who), KRATOS_OK)) {
        INT(t, strcmp(who.id, id), 0);
        TRUE(t, who.credentials.p != NULL && who.metadata_admin.p == NULL);
        RC(t, c, kratos_list_identities(&c->k, params, &who), KRATOS_END);
    }
}

static void identifier_filter(struct suite *t, struct client *c)
{
    static const char *const tails[] = {"", ";b", "&page_size=1", "+c", "%41", " d", "#e?f=/g", "\xC3\xA9", "'\\\\"};
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    char serial[2 * TEXT_SIZE], shown[TEXT_SIZE], text[4 * TEXT_SIZE], id[KRATOS_ID_SIZE];
    size_t i, j;
    for (i = 0; i < sizeof tails / sizeof *tails; i++) {
        snprintf(serial, sizeof serial, "%s%s", unique(t, "find", shown), tails[i]);
        make_identity(t, c, serial, id);
        if (strstr(serial, "\\\\") != NULL) {
            serial[strlen(serial) - 1] = '\0'; /* JSON needs it twice */
        }
        params.credentials_identifier = serial;
        params.page_size = i % 2;
        found(t, c, &params, id);
    }
    snprintf(serial, sizeof serial, " %s ", unique(t, "CASE", shown));
    for (j = 0; serial[j] != '\0'; j++) {
        text[j] = (char)(serial[j] >= 'a' && serial[j] <= 'z' ? serial[j] - 32 : serial[j]);
    }
    text[j] = '\0';
    make_identity(t, c, shown, id);
    params.credentials_identifier = text; /* case and blanks do not matter */
    found(t, c, &params, id);
    params.credentials_identifier = "no-such-device";
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
    params.credentials_identifier = "CAS"; /* no substring */
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
    params.credentials_identifier = ""; /* Kratos would return everything */
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    params.credentials_identifier = "a\x01";
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    params.credentials_identifier = who.state.p; /* arguments of lists may not lie in the work buffer */
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    FAULT(t, c, 0, KRATOS_NOT_SENT, NULL, "");
}

static void provider_filter(struct suite *t, struct client *c)
{
    struct kratos_provider item = {0};
    struct kratos_credentials secret = {0};
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    char serial[TEXT_SIZE], traits[TEXT_SIZE], identifier[TEXT_SIZE], id[KRATOS_ID_SIZE];
    bool saml;
    for (saml = false;; saml = true) {
        unique(t, "P:Sub", identifier);
        item.provider = "P";
        item.subject = identifier + 2;
        secret.oidc = &item;
        secret.oidc_count = !saml;
        secret.saml = &item;
        secret.saml_count = saml;
        body.credentials.write = kratos_write_credentials;
        body.credentials.arg = &secret;
        body.traits = serial_traits(unique(t, "prov", serial), traits);
        RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
        memcpy(id, who.id, sizeof id);
        created(t, id);
        params.credentials_identifier = identifier;
        if (t->facts->list_ids) {
            found(t, c, &params, id);
        } else {
            RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
        }
        identifier[2] = 's'; /* here the case counts */
        RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
        if (saml || !t->facts->saml) {
            break;
        }
    }
}

static void ids_filter(struct suite *t, struct client *c, char (*ids)[KRATOS_ID_SIZE])
{
    static const char *const nothing[] = {NULL}, *const wrong[] = {"xyz", NULL}, *const empty[] = {"", NULL};
    const char *wanted[5] = {ids[3], ids[0], ids[7], "11111111-2222-4333-8444-555555555555", NULL};
    const char **many;
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    struct seen seen = {NULL, 0};
    size_t i, count = t->facts->list_ids_max;
    uint32_t size;
    params.ids = nothing;
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    params.ids = empty;
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    params.ids = wanted;
    params.credentials_identifier = "x";
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    params.credentials_identifier = NULL;
    if (!t->facts->list_ids) { /* the filter is dropped in silence */
        RC(t, c, walk(c, &params, &seen), KRATOS_END);
        TRUE(t, seen.count >= FEW);
        complete(t, &seen, ids, FEW);
        return;
    }
    for (size = 0; size < 3; size++) {
        params.page_size = size;
        RC(t, c, walk(c, &params, &seen), KRATOS_END);
        INT(t, seen.count, 3);
        complete(t, &seen, NULL, 0);
    }
    params.ids = wrong;
    if (t->facts->checks_ids) {
        RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_REFUSED);
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Invalid UUID value `xyz` for parameter `ids`.", NULL);
    } else if (t->database->uuid_message != NULL) {
        RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_SERVER);
        FAULT(t, c, 500, KRATOS_MAYBE_DONE, "", t->database->uuid_message);
    } else {
        RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_END);
    }
    count = count != 0 ? count : 500;
    many = calloc(count + 2, sizeof *many);
    if (many == NULL) {
        return;
    }
    for (i = 0; i < count; i++) {
        many[i] = ids[i % FEW];
    }
    params.ids = many;
    params.page_size = 0;
    client_set_work(c, 1 << 16); /* the Link line repeats the whole query, twice */
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    INT(t, seen.count, FEW);
    complete(t, &seen, ids, FEW);
    many[count] = ids[0];
    RC(t, c, walk(c, &params, &seen), t->facts->list_ids_max != 0 ? KRATOS_ERR_REFUSED : KRATOS_END);
    complete(t, &seen, NULL, 0);
    client_set_work(c, WORK_SIZE);
    free(many);
}

static void other_filters(struct suite *t, struct client *c, char (*ids)[KRATOS_ID_SIZE])
{
    static const char *const consistencies[] = {"strong", "eventual", "nonsense"};
    static const char *const with_password[] = {"password", NULL}, *const wrong[] = {"nope", NULL};
    static const char organization[] = "88888888-2222-4333-8444-555555555555";
    char serial[TEXT_SIZE], traits[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_list_identities_params params = {0};
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    struct seen seen = {NULL, 0};
    size_t i;
    for (i = 0; i < 3; i++) { /* only CockroachDB looks at it */
        params.consistency = consistencies[i];
        walk_all(t, c, &params, ids, FEW);
    }
    params.consistency = NULL;
    params.include_credential = wrong;
    RC(t, c, kratos_list_identities(&c->k, &params, &who), t->facts->list_include ? KRATOS_ERR_REFUSED : KRATOS_OK);
    kratos_cancel(&c->k);
    make_identity(t, c, unique(t, "similar", serial), id);
    params.include_credential = with_password;
    while (kratos_list_identities(&c->k, &params, &who) == KRATOS_OK && strcmp(who.id, id) != 0) {
    }
    INT(t, strcmp(who.id, id), 0);
    STR(t, at(who.credentials, "password.config"), t->facts->list_include ? "{}" : NULL); /* dropped before */
    kratos_cancel(&c->k);
    params.include_credential = NULL;
    while (kratos_list_identities(&c->k, &params, &who) == KRATOS_OK && strcmp(who.id, id) != 0) {
    }
    STR(t, who.credentials, NULL);
    kratos_cancel(&c->k);
    params.one_page = false;
    params.page_size = 0;
    params.preview_credentials_identifier_similar = serial;
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    TRUE(t, seen.count >= 1);
    if (t->facts->similar_by_trigrams && t->database->trigrams) {
        TRUE(t, seen.count > 1); /* all names of this run are alike */
    } else if (t->facts->list_ids) {
        INT(t, seen.count, 1);
    }
    complete(t, &seen, &id, 1);
    params.credentials_identifier = serial;
    RC(t, c, kratos_list_identities(&c->k, &params, &who), KRATOS_ERR_ARG);
    memset(&params, 0, sizeof params);
    if (t->facts->external_id) {
        body.organization_id = organization;
        body.traits = serial_traits(unique(t, "org", serial), traits);
        RC(t, c, kratos_create_identity(&c->k, &body, &who), KRATOS_OK);
        memcpy(id, who.id, sizeof id);
    }
    params.organization_id = organization;
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    if (t->facts->list_organization) {
        INT(t, seen.count, 1);
        RC(t, c, kratos_delete_identity(&c->k, id), KRATOS_OK);
    } else {
        TRUE(t, seen.count >= FEW);
    }
    complete(t, &seen, NULL, 0);
}

void test_lists(struct suite *t)
{
    char ids[FEW][KRATOS_ID_SIZE], serial[TEXT_SIZE];
    struct client c;
    size_t i;
    client_open(&c, &t->admin, WORK_SIZE);
    operation(t, "listIdentities");
    for (i = 0; i < FEW; i++) {
        make_identity(t, &c, unique(t, "list", serial), ids[i]);
    }
    page_sizes(t, &c, ids);
    one_page(t, &c, ids);
    resume(t, &c, ids);
    bad_tokens(t, &c);
    limited(t, ids);
    cut(t, ids);
    trickle(t, ids);
    ids_filter(t, &c, ids);
    identifier_filter(t, &c);
    provider_filter(t, &c);
    other_filters(t, &c, ids);
    client_close(&c);
}

/* ---- Many -------------------------------------------------------------------------------------------------------------------------- */

static int plain_row(void *arg, size_t i, struct kratos_batch_row *row)
{
    (void)arg;
    (void)i;
    row->create.schema_id = "urn:example:a/b"; /* without identifiers: quick to make and to find */
    row->create.traits = json("{\"label\":\"bulk\"}");
    return 0;
}

/* One page of 1,500: the library asks for no more than 1,000 (1.0.0 cuts larger sizes in silence), newer releases give less. */
static void most_of_a_page(struct suite *t, struct client *c)
{
    struct kratos_list_identities_params params = {0};
    struct seen seen = {NULL, 0};
    size_t all = count_all(c), most = t->facts->page_size_max != 0 ? t->facts->page_size_max : 1000;
    params.page_size = 1500;
    params.one_page = true;
    RC(t, c, walk(c, &params, &seen), KRATOS_END);
    INT(t, seen.count, most < all ? most : all);
    complete(t, &seen, NULL, 0);
}

/* More identities than fit on the largest page that the release gives. */
void test_long_list(struct suite *t)
{
    static const uint32_t sizes[] = {0, 1500};
    struct kratos_batch batch = {0};
    struct kratos_batch_result result = {0};
    struct kratos_list_identities_params params = {0};
    struct client c;
    char(*ids)[KRATOS_ID_SIZE];
    size_t i, n = 0, count = (t->facts->page_size_max != 0 ? t->facts->page_size_max : 500) + 20;
    int rc;
    ids = calloc(count, sizeof *ids);
    if (ids == NULL) {
        return;
    }
    client_open(&c, &t->admin, 2048);
    operation(t, "batchPatchIdentities");
    batch.row_count = count;
    batch.row = plain_row;
    while ((rc = kratos_batch_patch_identities(&c.k, &batch, &result)) == KRATOS_OK) {
        if (result.rc == KRATOS_OK) {
            snprintf(ids[n++], KRATOS_ID_SIZE, "%s", or_empty(result.identity));
            created(t, ids[n - 1]);
        }
    }
    RC(t, &c, rc, KRATOS_END);
    INT(t, n, count);
    operation(t, "listIdentities");
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        params.page_size = sizes[i];
        params.by_page = false;
        walk_all(t, &c, &params, ids, n);
        params.by_page = true;
        walk_all(t, &c, &params, ids, n);
    }
    most_of_a_page(t, &c);
    c.wire.cut_after = 100000; /* far into a page, then smaller ones */
    c.wire.cuts = 2;
    params.by_page = false;
    params.page_size = 500;
    walk_all(t, &c, &params, ids, n);
    client_close(&c);
    free(ids);
}
