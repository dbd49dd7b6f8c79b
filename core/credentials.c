/* SPDX-License-Identifier: Apache-2.0
 *
 * Writers for the parts of an identity's body that are too easily mistyped as JSON: credentials and
 * addresses. Linked only where used. It must never know which operation they go into.
 */
#include "out.h"

static void write_provider(struct kratos_out *out, const struct kratos_provider *p, bool oidc)
{
    if (p->provider == NULL || p->subject == NULL) {
        kratos_out_fail(out, "provider without provider or subject");
    }
    kratos_out_object(out);
    kratos_out_member(out, "provider", p->provider);
    kratos_out_member(out, "subject", p->subject);
    kratos_out_member(out, "organization", p->organization);
    if (oidc && p->use_auto_link) {
        kratos_out_key(out, "use_auto_link");
        kratos_out_bool(out, true);
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
        kratos_out_key(out, "use_password_migration_hook");
        kratos_out_bool(out, true);
    }
    close_config(out);
}

void kratos_write_credentials(struct kratos_out *out, const void *credentials)
{
    const struct kratos_credentials *c = (const struct kratos_credentials *)credentials;
    kratos_out_object(out);
    write_password(out, c);
    write_providers(out, "oidc", c->oidc, c->oidc_count);
    write_providers(out, "saml", c->saml, c->saml_count);
    kratos_out_close(out);
}

static void write_address(struct kratos_out *out, const struct kratos_address *a, bool verifiable)
{
    kratos_out_object(out);
    kratos_out_member(out, "value", a->value);
    kratos_out_member(out, "via", a->via);
    if (verifiable) {
        kratos_out_member(out, "status", a->status);
        kratos_out_member(out, "verified_at", a->verified_at);
        kratos_out_key(out, "verified");
        kratos_out_bool(out, a->verified);
    }
    kratos_out_close(out);
}

static void write_addresses(struct kratos_out *out, const struct kratos_addresses *addresses, bool verifiable)
{
    size_t i;
    if (addresses->items == NULL && addresses->count != 0) {
        kratos_out_fail(out, "addresses");
        return;
    }
    kratos_out_array(out);
    for (i = 0; i < addresses->count; i++) {
        if (addresses->items[i].value == NULL || addresses->items[i].via == NULL) {
            kratos_out_fail(out, "address without value or via"); /* Kratos would drop it in silence */
        }
        write_address(out, &addresses->items[i], verifiable);
    }
    kratos_out_close(out);
}

void kratos_write_verifiable_addresses(struct kratos_out *out, const void *addresses)
{
    write_addresses(out, (const struct kratos_addresses *)addresses, true);
}

void kratos_write_recovery_addresses(struct kratos_out *out, const void *addresses)
{
    write_addresses(out, (const struct kratos_addresses *)addresses, false);
}
