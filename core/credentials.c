/* SPDX-License-Identifier: Apache-2.0
 *
 * Writers for the parts of an identity's body that are too easily mistyped as JSON: credentials and
 * addresses. Linked only where used. It must never know which operation they go into.
 */
#include "out.h"

#define BODY_FIELD(type, name)                                                                                         \
    {                                                                                                                  \
#name, 0, KRATOS_FIELD_STR, 1 + offsetof(struct type, name)                                                    \
    }

static const struct kratos_field provider_fields[] = {
    BODY_FIELD(kratos_provider, provider),
    BODY_FIELD(kratos_provider, subject),
    BODY_FIELD(kratos_provider, organization),
};

#define PROVIDER_FIELDS (sizeof provider_fields / sizeof *provider_fields)

static void write_provider(struct kratos_out *out, const struct kratos_provider *p, bool oidc)
{
    if (p->provider == NULL || p->subject == NULL) {
        kratos_out_fail(out, "provider or subject");
    }
    kratos_out_object(out);
    kratos_out_texts(out, provider_fields, PROVIDER_FIELDS, p);
    if (oidc && p->use_auto_link) {
        kratos_out_flag(out, "use_auto_link", true);
    }
    kratos_out_close(out);
}

/* Opens {"<type>":{"config":{ */
static void open_config(struct kratos_out *out, const char *type)
{
    kratos_out_key(out, type);
    kratos_out_object(out);
    kratos_out_key(out, "config");
    kratos_out_object(out);
}

static void close_config(struct kratos_out *out)
{
    kratos_out_close(out);
    kratos_out_close(out);
}

static void write_providers(struct kratos_out *out, const char *type, const struct kratos_provider *p, size_t count)
{
    if (count == 0) {
        return;
    }
    if (p == NULL) {
        kratos_out_fail(out, "providers");
        return;
    }
    open_config(out, type);
    kratos_out_key(out, "providers");
    kratos_out_array(out);
    for (; count != 0; count--) {
        write_provider(out, p++, type[0] == 'o');
    }
    kratos_out_close(out);
    close_config(out);
}

static void write_password(struct kratos_out *out, const struct kratos_credentials *c)
{
    if (c->password == NULL && c->hashed_password == NULL && !c->use_password_migration_hook) {
        return;
    }
    open_config(out, "password");
    if (c->password != NULL) {
        kratos_out_key(out, "password");
        kratos_out_str(out, c->password);
    }
    kratos_out_member(out, "hashed_password", c->hashed_password);
    if (c->use_password_migration_hook) {
        kratos_out_flag(out, "use_password_migration_hook", true);
    }
    close_config(out);
}

void kratos_write_credentials(struct kratos_out *out, const void *credentials)
{
    const struct kratos_credentials *c = credentials;
    kratos_out_object(out);
    write_password(out, c);
    write_providers(out, "oidc", c->oidc, c->oidc_count);
    write_providers(out, "saml", c->saml, c->saml_count);
    kratos_out_close(out);
}

/* The last two are of verifiable addresses only. */
static const struct kratos_field address_fields[] = {
    BODY_FIELD(kratos_address, value),
    BODY_FIELD(kratos_address, via),
    BODY_FIELD(kratos_address, status),
    BODY_FIELD(kratos_address, verified_at),
};

#define OF_RECOVERY 2
#define OF_VERIFIABLE 4

static void write_address(struct kratos_out *out, const struct kratos_address *a, size_t field_count)
{
    if (a->value == NULL || a->via == NULL) {
        kratos_out_fail(out, "value or via"); /* Kratos would drop it in silence */
    }
    kratos_out_object(out);
    kratos_out_texts(out, address_fields, field_count, a);
    if (field_count == OF_VERIFIABLE) {
        kratos_out_flag(out, "verified", a->verified);
    }
    kratos_out_close(out);
}

static void write_addresses(struct kratos_out *out, const void *args, size_t field_count)
{
    const struct kratos_addresses *addresses = args;
    size_t i;
    if (addresses->items == NULL && addresses->count != 0) {
        kratos_out_fail(out, "addresses");
        return;
    }
    kratos_out_array(out);
    for (i = 0; i < addresses->count; i++) {
        write_address(out, &addresses->items[i], field_count);
    }
    kratos_out_close(out);
}

void kratos_write_verifiable_addresses(struct kratos_out *out, const void *addresses)
{
    write_addresses(out, addresses, OF_VERIFIABLE);
}

void kratos_write_recovery_addresses(struct kratos_out *out, const void *addresses)
{
    write_addresses(out, addresses, OF_RECOVERY);
}
