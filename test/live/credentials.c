/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed credentials and addresses of createIdentity, and deleteIdentityCredentials with its rules.
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"

static const char UNKNOWN_ID[] = "11111111-2222-4333-8444-555555555555";
static const char BCRYPT[] = "$2a$04$abcdefghijklmnopqrstuuVGHYO5D8vqVkpJ0QAqS9zGhzZ8hQzQy";

/* ---- createIdentity with credentials ------------------------------------------------------------------------------------------- */

static int create(struct suite *t, struct client *c, const struct kratos_credentials *credentials,
                  struct kratos_identity *who)
{
    char serial[TEXT_SIZE], traits[TEXT_SIZE];
    struct kratos_identity_body body = {0};
    int rc;
    body.traits = serial_traits(unique(t, "cred", serial), traits);
    body.credentials.write = kratos_write_credentials;
    body.credentials.arg = credentials;
    rc = kratos_create_identity(&c->k, &body, who);
    if (rc == KRATOS_OK) {
        created(t, who->id);
    }
    return rc;
}

static void hashes(struct suite *t, struct client *c)
{
    static const char *const known[] = {
        "$2a$xx",         "$2b$xx",        "$2y$xx",           "$2z$xx",
        "$2$xx",          "$argon2id$xx",  "$argon2i$xx",      "$pbkdf2-sha256$xx",
        "$scrypt$xx",     "{SSHA}xx",      "{SSHA256}xx",      "{SSHA512}xx",
        "$sha1$xx",       "$sha256$xx",    "$sha512$xx",       "$md5$xx",
        "$firescrypt$xx", "$md5-crypt$xx", "$sha256-crypt$xx", "$sha512-crypt$xx",
    };
    static const char *const with_password[] = {"password", NULL};
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    char quoted[TEXT_SIZE];
    size_t i;
    operation(t, "createIdentity");
    for (i = 0; i < sizeof known / sizeof *known; i++) { /* only the prefix is looked at */
        secret.hashed_password = known[i];
        RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    }
    RC(t, c, kratos_get_identity(&c->k, who.id, with_password, &who), KRATOS_OK);
    snprintf(quoted, sizeof quoted, "\"%s\"", known[i - 1]);
    STR(t, at(who.credentials, "password.config.hashed_password"), quoted);
    secret.hashed_password = "$hmac-sha256$xx";
    RC(t, c, create(t, c, &secret, &who), t->facts->hmac_hashes ? KRATOS_OK : KRATOS_ERR_REFUSED);
    secret.hashed_password = "$6$xx";
    RC(t, c, create(t, c, &secret, &who), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, "does not match any known hash format", NULL);
    secret.hashed_password = "";
    RC(t, c, create(t, c, &secret, &who), KRATOS_ERR_REFUSED);
}

static void passwords(struct suite *t, struct client *c)
{
    static const char *const with_password[] = {"password", NULL};
    char longest[80];
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    operation(t, "createIdentity");
    secret.password = "correct horse \"battery\" staple";
    secret.hashed_password = "$2a$xx"; /* the plain one wins */
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, who.id, with_password, &who), KRATOS_OK);
    PART(t, at(who.credentials, "password.config.hashed_password"), "$2a$04$");
    secret.hashed_password = NULL;
    secret.password = "x"; /* no policy here */
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    memset(longest, 'p', sizeof longest);
    longest[72] = '\0';
    secret.password = longest;
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    longest[72] = 'p';
    longest[73] = '\0';
    RC(t, c, create(t, c, &secret, &who), KRATOS_ERR_SERVER);
    FAULT(t, c, 500, KRATOS_MAYBE_DONE, NULL, "72");
    TRUE(t, !kratos_last_fault(&c->k)->transient);
    secret.password = "";
    RC(t, c, create(t, c, &secret, &who), KRATOS_ERR_REFUSED);
    secret.password = NULL;
    secret.use_password_migration_hook = true;
    RC(t, c, create(t, c, &secret, &who), t->facts->migration_hook ? KRATOS_OK : KRATOS_ERR_REFUSED);
    if (t->facts->migration_hook) {
        RC(t, c, kratos_get_identity(&c->k, who.id, with_password, &who), KRATOS_OK);
        STR(t, at(who.credentials, "password.config"),
            "{\"hashed_password\":\"\",\"use_password_migration_hook\":true}");
    } else {
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "json: unknown field \"use_password_migration_hook\"");
    }
}

static void providers(struct suite *t, struct client *c)
{
    static const char *const with_both[] = {"oidc", "password", NULL};
    static const char *const with_saml[] = {"saml", NULL};
    struct kratos_provider items[2] = {{0}};
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    char subjects[2][TEXT_SIZE], quoted[TEXT_SIZE + 32];
    operation(t, "createIdentity");
    items[0].provider = "Google";
    items[0].subject = unique(t, "Sub", subjects[0]);
    items[1].provider = "git \"hub\"";
    items[1].subject = unique(t, "sub", subjects[1]);
    secret.oidc = items;
    secret.oidc_count = 2;
    secret.hashed_password = BCRYPT;
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    snprintf(quoted, sizeof quoted, "\"Google:%s\"", subjects[0]);
    STR(t, at(who.credentials, "oidc.identifiers.0"), quoted); /* the case stays */
    RC(t, c, kratos_get_identity(&c->k, who.id, with_both, &who), KRATOS_OK);
    snprintf(quoted, sizeof quoted, "\"%s\"", subjects[1]);
    STR(t, at(who.credentials, "oidc.config.providers.1.subject"), quoted);
    STR(t, at(who.credentials, "oidc.config.providers.1.provider"), "\"git \\\"hub\\\"\"");
    STR(t, at(who.credentials, "password.config.hashed_password"),
        "\"$2a$04$abcdefghijklmnopqrstuuVGHYO5D8vqVkpJ0QAqS9zGhzZ8hQzQy\"");
    RC(t, c, create(t, c, &secret, &who), KRATOS_ERR_CONFLICT);

    secret.oidc_count = 1;
    items[0].subject = unique(t, "sub", subjects[0]);
    items[0].use_auto_link = true;
    items[0].organization = UNKNOWN_ID;
    RC(t, c, create(t, c, &secret, &who), t->facts->provider_extras ? KRATOS_OK : KRATOS_ERR_REFUSED);
    if (t->facts->provider_extras) {
        RC(t, c, kratos_get_identity(&c->k, who.id, with_both, &who), KRATOS_OK);
        STR(t, at(who.credentials, "oidc.config.providers.0.organization"), "\"11111111-2222-4333-8444-555555555555\"");
        STR(t, at(who.credentials, "oidc.config.providers.0.use_auto_link"), "true");
    } else {
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "json: unknown field");
    }

    memset(&secret, 0, sizeof secret);
    items[0].subject = unique(t, "Saml", subjects[0]);
    items[0].use_auto_link = false;
    secret.saml = items;
    secret.saml_count = 1;
    RC(t, c, create(t, c, &secret, &who), t->facts->saml ? KRATOS_OK : KRATOS_ERR_REFUSED);
    if (t->facts->saml) {
        snprintf(quoted, sizeof quoted, "\"Google:%s\"", subjects[0]);
        STR(t, at(who.credentials, "saml.identifiers.0"), quoted);
        RC(t, c, kratos_get_identity(&c->k, who.id, with_saml, &who), KRATOS_OK);
        STR(t, at(who.credentials, "saml.config.providers.0.provider"), "\"Google\"");
        STR(t, at(who.credentials, "saml.config.providers.0.organization"), "\"11111111-2222-4333-8444-555555555555\"");
    } else {
        FAULT(t, c, 400, KRATOS_NOT_DONE, NULL, "json: unknown field \"saml\"");
    }
    items[0].subject = NULL; /* Kratos would take it as "Google:" */
    RC(t, c, create(t, c, &secret, &who), KRATOS_ERR_ARG);
}

/* A trait that is a `code` identifier. */
static void code_identifier(struct suite *t, struct client *c)
{
    char name[TEXT_SIZE], traits[TEXT_SIZE + 64], quoted[TEXT_SIZE + 32];
    struct kratos_identity who = {0};
    struct kratos_identity_body body = {0};
    operation(t, "createIdentity");
    body.schema_id = "coded";
    snprintf(traits, sizeof traits, "{\"email\":\"C%s@Example.com\"}", unique(t, "code", name));
    body.traits = json(traits);
    RC(t, c, kratos_create_identity(&c->k, &body, &who),
       t->facts->code_version != NULL ? KRATOS_OK : KRATOS_ERR_REFUSED);
    if (t->facts->code_version == NULL) {
        FAULT(t, c, 400, KRATOS_NOT_DONE, "Unable to find JSON Schema ID: coded", NULL);
        return;
    }
    created(t, who.id);
    snprintf(quoted, sizeof quoted, "\"c%s@example.com\"", name);
    STR(t, at(who.credentials, "code.identifiers.0"), quoted);
    STR(t, at(who.credentials, "code.version"), t->facts->code_version);
    operation(t, "deleteIdentityCredentials");
    RC(t, c, kratos_delete_identity_credentials(&c->k, who.id, "code", NULL), KRATOS_ERR_REFUSED);
    FAULT(t, c, 400, KRATOS_NOT_DONE, t->facts->delete_code_reason, NULL);
}

/* ---- Addresses ------------------------------------------------------------------------------------------------------------------ */

static int create_with_address(struct suite *t, struct client *c, const char *email,
                               const struct kratos_addresses *verifiable, const struct kratos_addresses *recovery,
                               struct kratos_identity *who)
{
    char serial[TEXT_SIZE], traits[3 * TEXT_SIZE];
    struct kratos_identity_body body = {0};
    int rc;
    snprintf(traits, sizeof traits, "{\"serial\":\"%s\",\"email\":\"%s\"}", unique(t, "addr", serial), email);
    body.traits = json(traits);
    if (verifiable != NULL) {
        body.verifiable_addresses.write = kratos_write_verifiable_addresses;
        body.verifiable_addresses.arg = verifiable;
    }
    if (recovery != NULL) {
        body.recovery_addresses.write = kratos_write_recovery_addresses;
        body.recovery_addresses.arg = recovery;
    }
    rc = kratos_create_identity(&c->k, &body, who);
    if (rc == KRATOS_OK) {
        created(t, who->id);
    }
    return rc;
}

static void addresses(struct suite *t, struct client *c)
{
    char name[TEXT_SIZE], email[TEXT_SIZE + 16], quoted[TEXT_SIZE + 32], upper[TEXT_SIZE + 16];
    struct kratos_address item = {0};
    struct kratos_addresses list;
    struct kratos_identity who = {0};
    bool kept = t->facts->lower_cases_import;
    list.items = &item;
    list.count = 1;
    operation(t, "createIdentity");
    snprintf(email, sizeof email, "%s@example.com", unique(t, "a", name));
    snprintf(quoted, sizeof quoted, "\"%s\"", email);
    item.value = email;
    item.via = "email";
    item.verified = true;
    item.status = "completed";
    item.verified_at = "2024-02-29T12:00:00.5+05:30";
    RC(t, c, create_with_address(t, c, email, &list, &list, &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.value"), quoted);
    STR(t, at(who.verifiable_addresses, "0.verified"), "true");
    STR(t, at(who.verifiable_addresses, "0.status"), "\"completed\"");
    STR(t, at(who.verifiable_addresses, "0.verified_at"), "\"2024-02-29T12:00:00.5+05:30\"");
    STR(t, at(who.verifiable_addresses, "1"), NULL);
    STR(t, at(who.recovery_addresses, "0.value"), quoted);
    STR(t, at(who.recovery_addresses, "1"), NULL);
    RC(t, c, kratos_get_identity(&c->k, who.id, NULL, &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.verified_at"),
        t->database->drops_offsets ? "\"2024-02-29T12:00:00.5Z\"" : "\"2024-02-29T12:00:00.5+05:30\"");

    snprintf(email, sizeof email, "%s@example.com", unique(t, "a", name));
    item.verified_at = NULL;
    item.status = "foo"; /* not checked */
    RC(t, c, create_with_address(t, c, email, &list, NULL, &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.status"), "\"foo\"");

    item.value = "else@example.com"; /* not in the traits: dropped in silence */
    snprintf(email, sizeof email, "%s@example.com", unique(t, "a", name));
    snprintf(quoted, sizeof quoted, "\"%s\"", email);
    RC(t, c, create_with_address(t, c, email, &list, &list, &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.value"), quoted);
    STR(t, at(who.verifiable_addresses, "0.verified"), "false");
    STR(t, at(who.verifiable_addresses, "1"), NULL);
    STR(t, at(who.recovery_addresses, "1"), NULL);

    snprintf(upper, sizeof upper, "Up%s@Example.com", unique(t, "a", name));
    snprintf(quoted, sizeof quoted, "\"up%s@example.com\"", name);
    item.value = upper; /* 1.0.0 compares it with the lower-cased trait */
    item.status = "completed";
    RC(t, c, create_with_address(t, c, upper, &list, NULL, &who), KRATOS_OK);
    STR(t, at(who.verifiable_addresses, "0.value"), quoted);
    STR(t, at(who.verifiable_addresses, "0.verified"), kept ? "true" : "false");
    STR(t, at(who.verifiable_addresses, "1"), NULL);

    item.via = NULL;
    RC(t, c, create_with_address(t, c, upper, &list, NULL, &who), KRATOS_ERR_ARG);
    FAULT(t, c, 0, KRATOS_NOT_SENT, "via", "");
}

/* ---- deleteIdentityCredentials -------------------------------------------------------------------------------------------------- */

static void refuses(struct suite *t, struct client *c, const char *id, const char *type, const char *identifier,
                    int status, const char *reason)
{
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, type, identifier),
       status == 404 ? KRATOS_ERR_NOT_FOUND : KRATOS_ERR_REFUSED);
    FAULT(t, c, status, KRATOS_NOT_DONE, reason, NULL);
}

static void delete_missing(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    operation(t, "deleteIdentityCredentials");
    make_identity(t, c, unique(t, "delc", serial), id);
    refuses(t, c, id, "totp", NULL, 404, "You tried to remove a totp but this user have no totp set up.");
    refuses(t, c, id, "lookup_secret", NULL, 404, "You tried to remove a lookup_secret but this user have no");
    refuses(t, c, id, "nope", NULL, 404, "You tried to remove a nope but");
    PART(t, kratos_last_fault(&c->k)->message, "The requested resource could not be found");
    refuses(t, c, UNKNOWN_ID, "totp", NULL, 404, "");
    PART(t, kratos_last_fault(&c->k)->message, "Unable to locate the resource");
    refuses(t, c, "xyz", "totp", NULL, 404, "");
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "lookup", NULL), KRATOS_ERR_ARG);
    FAULT(t, c, 0, KRATOS_NOT_SENT, "lookup_secret", "");
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "", NULL), KRATOS_ERR_ARG);
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, NULL, NULL), KRATOS_ERR_ARG);
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "totp", "a\nb"), KRATOS_ERR_ARG);
}

static void make_with_providers(struct suite *t, struct client *c, const char *hash, size_t count,
                                char identifiers[2][TEXT_SIZE], char id[KRATOS_ID_SIZE])
{
    struct kratos_provider items[2] = {{0}};
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    size_t i;
    for (i = 0; i < 2; i++) {
        unique(t, "G:sub &", identifiers[i]);
        items[i].provider = "G";
        items[i].subject = identifiers[i] + 2;
    }
    secret.oidc = items;
    secret.oidc_count = count;
    secret.hashed_password = hash;
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    memcpy(id, who.id, KRATOS_ID_SIZE);
}

static void delete_first_factors(struct suite *t, struct client *c)
{
    static const char *const with_both[] = {"oidc", "password", NULL};
    char identifiers[2][TEXT_SIZE], id[KRATOS_ID_SIZE];
    const struct facts *f = t->facts;
    struct kratos_identity who = {0};
    operation(t, "deleteIdentityCredentials");
    make_with_providers(t, c, NULL, 0, identifiers, id); /* a password entry without hash */
    refuses(t, c, id, "password", NULL, 400, f->delete_password_reason);
    make_with_providers(t, c, BCRYPT, 0, identifiers, id);
    refuses(t, c, id, "password", NULL, 400, f->delete_password_reason);
    make_with_providers(t, c, BCRYPT, 2, identifiers, id);
    if (!f->deletes_oidc) {
        refuses(t, c, id, "oidc", identifiers[0], 400, f->delete_password_reason);
        return;
    }
    refuses(t, c, id, "oidc", NULL, 400, "You must provide an identifier to delete this credential.");
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "oidc", "G:none"), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "oidc", identifiers[0]), KRATOS_OK);
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "oidc", identifiers[0]), KRATOS_ERR_NOT_FOUND);
    RC(t, c, kratos_get_identity(&c->k, id, with_both, &who), KRATOS_OK);
    PART(t, at(who.credentials, "oidc.identifiers.0"), strrchr(identifiers[1], '-'));
    STR(t, at(who.credentials, "oidc.identifiers.1"), NULL);
    if (!f->keeps_last_factor) { /* 1.3: the last one goes too, the password never */
        refuses(t, c, id, "password", NULL, 400, f->delete_password_reason);
        RC(t, c, kratos_delete_identity_credentials(&c->k, id, "oidc", identifiers[1]), KRATOS_OK);
        RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
        STR(t, at(who.credentials, "oidc.identifiers"), "[]");
        return;
    }
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "password", NULL), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, with_both, &who), KRATOS_OK);
    STR(t, at(who.credentials, "password.config"), "{}"); /* the entry stays, without a hash */
    PART(t, at(who.credentials, "password.identifiers.0"), "cred-");
    refuses(t, c, id, "oidc", identifiers[1], 400, f->delete_password_reason);
    refuses(t, c, id, "oidc", NULL, 400, f->delete_password_reason); /* counted before the identifier is looked at */
}

static void delete_second_factor(struct suite *t, struct client *c)
{
    char serial[TEXT_SIZE], id[KRATOS_ID_SIZE];
    struct kratos_identity who = {0};
    struct kratos_patch patch = {0};
    operation(t, "deleteIdentityCredentials");
    make_identity(t, c, unique(t, "totp", serial), id);
    patch.op = "add";
    patch.path = "/credentials/totp";
    patch.value = json("{\"type\":\"totp\",\"identifiers\":[\"x\"],\"config\":{\"totp_url\":\"otpauth://totp/x\"}}");
    RC(t, c, kratos_patch_identity(&c->k, id, &patch, 1, &who), KRATOS_OK);
    TRUE(t, at(who.credentials, "totp").p != NULL);
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "totp", NULL), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    STR(t, at(who.credentials, "totp"), NULL);
    TRUE(t, at(who.credentials, "password").p != NULL);
    refuses(t, c, id, "totp", NULL, 404, "You tried to remove a totp but");
}

static void delete_saml(struct suite *t, struct client *c)
{
    struct kratos_provider item = {0}, other = {0};
    struct kratos_credentials secret = {0};
    struct kratos_identity who = {0};
    char identifier[TEXT_SIZE], subject[TEXT_SIZE], other_subject[TEXT_SIZE], id[KRATOS_ID_SIZE];
    if (!t->facts->saml) {
        return;
    }
    operation(t, "deleteIdentityCredentials");
    unique(t, "S:x", identifier);
    item.provider = "S";
    item.subject = identifier + 2;
    secret.saml = &item;
    secret.saml_count = 1;
    secret.hashed_password = BCRYPT;
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    memcpy(id, who.id, sizeof id);
    refuses(t, c, id, "saml", identifier, 400, t->facts->delete_password_reason); /* saml itself does not count */
    other.provider = "G";
    other.subject = unique(t, "with-saml", other_subject);
    secret.oidc = &other;
    secret.oidc_count = 1;
    item.subject = unique(t, "y", subject);
    snprintf(identifier, sizeof identifier, "S:%.200s", subject);
    RC(t, c, create(t, c, &secret, &who), KRATOS_OK);
    memcpy(id, who.id, sizeof id);
    refuses(t, c, id, "saml", "S:none", 404, "The identifier `S:none` was not found among OIDC credentials.");
    RC(t, c, kratos_delete_identity_credentials(&c->k, id, "saml", identifier), KRATOS_OK);
    RC(t, c, kratos_get_identity(&c->k, id, NULL, &who), KRATOS_OK);
    STR(t, at(who.credentials, "saml.identifiers.0"), NULL);
}

void test_credentials(struct suite *t)
{
    struct client c;
    client_open(&c, &t->admin, WORK_SIZE);
    hashes(t, &c);
    passwords(t, &c);
    providers(t, &c);
    code_identifier(t, &c);
    addresses(t, &c);
    delete_missing(t, &c);
    delete_first_factors(t, &c);
    delete_second_factor(t, &c);
    delete_saml(t, &c);
    client_close(&c);
}
