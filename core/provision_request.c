/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests of the provisioning layer, and what is read in their replies. Ours in an identity is one member of
 * metadata_admin: "kp": {"<owner>.g<generation>.<tag>": 1}, where the tag is of the credential, or "<owner>.retired". A change
 * removes the name that was found and adds the next one in one PATCH, which Kratos refuses where the first is not there: a
 * compare-and-swap. It must never decide what comes next, nor store.
 */
#include <string.h>

#include "identity.h"
#include "provision.h"
#include "text.h"

#define KP "/metadata_admin/kp"
#define NAME_SIZE (2 * KRATOS_OWNER_SIZE + 2 + 8 + 1 + 2 * KRATOS_TAG_SIZE + 1) /* owner.ggeneration.tag and a NUL */

/* ---- Names --------------------------------------------------------------------------------------- */

/* A bare number would be read as the index of an array: hence the letter. */
static void put_name(char *text, const unsigned char *owner, uint32_t generation, const unsigned char *tag)
{
    unsigned char number[4];
    kratos_put_number(number, generation);
    text = kratos_put_hex(text, owner, KRATOS_OWNER_SIZE);
    *text++ = '.';
    *text++ = 'g';
    text = kratos_put_hex(text, number, sizeof number);
    *text++ = '.';
    kratos_put_hex(text, tag, KRATOS_TAG_SIZE);
}

static void put_retired(char *text, const unsigned char *owner)
{
    memcpy(kratos_put_hex(text, owner, KRATOS_OWNER_SIZE), ".retired", sizeof ".retired");
}

/* What is in the identity now. */
static void put_found(char *text, const struct kratos_provision *p)
{
    if (p->retired) { /* claimed, by another owner */
        put_retired(text, p->found_owner);
    } else {
        put_name(text, p->found_owner, p->found_generation, p->found_tag);
    }
}

/* Only as we write them: a name in capitals would be looked for in small letters, and not be found. */
static unsigned digit(char c)
{
    return c >= 'A' && c <= 'F' ? 16 : kratos_text_hex(c);
}

/* n bytes from their digits. False: they are none. */
static bool read_hex(const char *text, unsigned char *bytes, size_t n)
{
    for (; n != 0; n--, text += 2) {
        unsigned high = digit(text[0]), low = high < 16 ? digit(text[1]) : 16;
        if (low == 16) {
            return false;
        }
        *bytes++ = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* What follows the owner. A longer text did not fit into its buffer. */
static bool read_rest(const char *text, unsigned char *number, unsigned char *tag)
{
    return kratos_text_starts(text, ".g") && read_hex(text + 2, number, 4) && text[10] == '.' &&
           read_hex(text + 11, tag, KRATOS_TAG_SIZE);
}

/* What a look-up found, of a name of at most NAME_SIZE with its NUL. False: it is none of ours. */
static bool read_name(struct kratos_provision *p, const char *text)
{
    unsigned char owner[KRATOS_OWNER_SIZE], number[4] = {0}, tag[KRATOS_TAG_SIZE] = {0};
    const char *rest = text + 2 * sizeof owner;
    bool retired;
    if (!read_hex(text, owner, sizeof owner)) {
        return false;
    }
    retired = kratos_text_is(rest, ".retired");
    if (!retired && !read_rest(rest, number, tag)) {
        return false;
    }
    memcpy(p->found_owner, owner, sizeof owner);
    memcpy(p->found_tag, tag, sizeof tag);
    p->found_generation = kratos_number(number);
    p->retired = retired;
    return true;
}

/* ---- Create -------------------------------------------------------------------------------------- */

/* {"name": and its value comes next. */
static void open_object(struct kratos_out *out, const char *name)
{
    kratos_out_object(out);
    kratos_out_key(out, name);
}

static void write_kp(struct kratos_out *out, const void *arg)
{
    const struct kratos_provision *p = arg;
    char name[NAME_SIZE];
    put_name(name, p->record.owner, p->record.generation, p->hash);
    open_object(out, "kp");
    open_object(out, name);
    kratos_out_json(out, "1", 1);
    kratos_out_close(out);
    kratos_out_close(out);
}

static void write_hash(struct kratos_out *out, const void *arg)
{
    const struct kratos_provision *p = arg;
    char hash[KRATOS_HASH_SIZE];
    kratos_put_hash(p, p->record.generation + (p->record.state != KRATOS_PROVISION_INTENT), hash);
    kratos_out_str(out, hash);
}

/* {"password": {"config": {"hashed_password": "..."}}} */
static void write_credentials(struct kratos_out *out, const void *arg)
{
    open_object(out, "password");
    open_object(out, "config");
    open_object(out, "hashed_password");
    write_hash(out, arg);
    kratos_out_close(out);
    kratos_out_close(out);
    kratos_out_close(out);
}

static const char *external_id(const struct kratos_provision *p)
{
    return p->record.flags & KRATOS_NO_EXTERNAL_ID ? NULL : p->config->external_id;
}

void kratos_provision_body(const struct kratos_provision *p, struct kratos_identity_body *body)
{
    const struct kratos_provision_config *c = p->config;
    memset(body, 0, sizeof *body);
    body->schema_id = c->schema_id;
    body->external_id = external_id(p);
    body->traits = c->traits;
    body->metadata_public = c->metadata_public;
    body->metadata_admin.write = write_kp;
    body->metadata_admin.arg = p;
    if (c->crypto->hmac != NULL) {
        body->credentials.write = write_credentials;
        body->credentials.arg = p;
    }
}

/* ---- What an identity says ------------------------------------------------------------------------ */

enum whose { NOBODYS, OURS, ANOTHERS };

/* By the password identifiers, to the byte: a look-up finds other kinds and cases as well. */
static enum whose by_identifiers(const struct kratos_provision *p, kratos_json credentials)
{
    kratos_json password, identifiers, item;
    size_t at = 0;
    enum whose whose = NOBODYS;
    if (kratos_json_get(credentials, "password", &password) && kratos_json_get(password, "identifiers", &identifiers)) {
        while (whose != OURS && kratos_json_next(identifiers, &at, NULL, &item)) {
            whose = kratos_json_equal(item, p->config->serial) ? OURS : ANOTHERS;
        }
    }
    return whose;
}

/* It has our external_id, which only one can have. */
static bool has_external_id(const struct kratos_provision *p, const struct kratos_identity *who)
{
    const char *external = external_id(p);
    return external != NULL && who->external_id.p != NULL && kratos_text_is(who->external_id.p, external);
}

/* The names in "kp": ours if it is there, else the last one. */
static void read_kp(struct kratos_provision *p, kratos_json metadata)
{
    kratos_json kp, name;
    size_t at = 0;
    p->bare = true;
    if (!kratos_json_get(metadata, "kp", &kp)) {
        return;
    }
    while (!p->ours && kratos_json_next(kp, &at, &name, NULL)) {
        char text[NAME_SIZE];
        if (kratos_json_str(name, text, sizeof text, NULL) == KRATOS_OK && read_name(p, text)) {
            p->bare = false;
            p->ours = memcmp(p->found_owner, p->record.owner, sizeof p->found_owner) == 0;
        }
    }
}

/* Of a create or a change: what it says must be ours, or it is nobody's answer to it. */
static int read_reply(struct kratos_provision *p, const struct kratos_identity *who)
{
    p->ours = false;
    read_kp(p, who->metadata_admin);
    return p->ours ? KRATOS_OK : KRATOS_ERR_JSON;
}

int kratos_ask_create(struct kratos_provision *p, bool *unique)
{
    struct kratos_identity_body body;
    struct kratos_identity who;
    int rc;
    kratos_provision_body(p, &body);
    rc = kratos_create_identity(p->k, &body, &who);
    if (rc == KRATOS_OK) {
        rc = read_reply(p, &who);
    }
    if (rc == KRATOS_OK) {
        memcpy(p->record.id, who.id, sizeof who.id);
        *unique = by_identifiers(p, who.credentials) == OURS || has_external_id(p, &who);
    }
    return rc;
}

bool kratos_refused_external_id(const struct kratos_provision *p)
{
    const struct kratos_fault *f = kratos_last_fault(p->k);
    return external_id(p) != NULL && !f->foreign && kratos_text_contains(f->message.p, "unknown field \"external_id\"");
}

/* ---- Look-up -------------------------------------------------------------------------------------- */

/* The serial decides. Where another one is an identifier there, as of an identity whose external_id we have, the owner does. */
static void take(struct kratos_provision *p, const struct kratos_identity *who)
{
    enum whose whose = by_identifiers(p, who->credentials);
    if (whose != OURS && !has_external_id(p, who)) {
        return;
    }
    read_kp(p, who->metadata_admin);
    if (whose == ANOTHERS && !p->ours) {
        return;
    }
    p->found = true;
    p->inactive = who->state.p != NULL && kratos_text_is(who->state.p, "inactive");
    if (p->ours || p->record.state == KRATOS_PROVISION_CLAIMING) {
        p->dirty |= memcmp(p->record.id, who->id, sizeof who->id) != 0;
        memcpy(p->record.id, who->id, sizeof who->id);
    }
}

/* All hits: an identifier of another kind that equals the serial may come first. A list may have many pages where somebody
 * drops the query: where a step may block, one hit is enough for it. */
static int list(struct kratos_provision *p, struct kratos_identity *who)
{
    struct kratos_list_identities_params params;
    int rc;
    memset(&params, 0, sizeof params);
    params.credentials_identifier = p->config->serial;
    for (;;) {
        rc = kratos_list_identities(p->k, &params, who);
        if (rc == KRATOS_OK) {
            take(p, who);
            if (p->k->io->read != NULL && !p->k->config->nonblocking) {
                return KRATOS_AGAIN;
            }
        } else if (rc < 0 && kratos_busy(p->k)) {
            p->odd = (int8_t)rc; /* this one cannot be read: it might be ours */
        } else {
            break;
        }
    }
    if (rc == KRATOS_END) {
        rc = p->found ? KRATOS_OK : p->odd;
    }
    return rc;
}

int kratos_ask_look_up(struct kratos_provision *p)
{
    struct kratos_identity who;
    int rc;
    if (!p->running) {
        p->found = p->ours = p->inactive = false;
        p->odd = KRATOS_OK;
    }
    if (p->how == KRATOS_BY_LIST) {
        return list(p, &who);
    }
    rc = p->how == KRATOS_BY_ID ? kratos_get_identity(p->k, p->record.id, NULL, &who)
                                : kratos_get_identity_by_external_id(p->k, p->config->external_id, NULL, &who);
    if (rc == KRATOS_OK) {
        take(p, &who);
    }
    return rc;
}

/* ---- Change --------------------------------------------------------------------------------------- */

/* {"op":, "path": and what follows. */
static void open_operation(struct kratos_out *out, const char *op, const char *path)
{
    open_object(out, "op");
    kratos_out_str(out, op);
    kratos_out_key(out, "path");
    kratos_out_str(out, path);
}

static void write_text(struct kratos_out *out, const char *json)
{
    kratos_out_json(out, json, kratos_text_size(json));
}

/* Written as it is, not by way of struct kratos_patch: the names and the operations would lie on the stack below the reply. */
static void write_change(struct kratos_out *out, const void *arg)
{
    const struct kratos_provision *p = arg;
    const struct kratos_record *r = &p->record;
    char path[sizeof KP + NAME_SIZE] = KP "/", *name = path + sizeof KP;
    bool retire = r->state == KRATOS_PROVISION_RETIRING;
    kratos_out_array(out);
    if (p->bare) { /* made by another tool: there is nothing to compare with */
        write_text(out, "{\"op\":\"add\",\"path\":\"" KP "\",\"value\":{}}");
    } else {
        put_found(name, p);
        open_operation(out, "remove", path);
        kratos_out_close(out);
    }
    if (retire) {
        put_retired(name, r->owner);
    } else {
        put_name(name, r->owner, r->generation + 1, p->hash);
    }
    open_operation(out, "add", path);
    kratos_out_key(out, "value");
    write_text(out, "1");
    kratos_out_close(out);
    if (retire) {
        write_text(out, "{\"op\":\"replace\",\"path\":\"/state\",\"value\":\"inactive\"}");
    } else if (p->config->crypto->hmac != NULL) {
        open_operation(out, "replace", "/credentials/password/config/hashed_password");
        kratos_out_key(out, "value");
        write_hash(out, p);
        kratos_out_close(out);
    }
    kratos_out_close(out);
}

static const struct kratos_op change = {
    .method = "PATCH",
    .path = kratos_path_identity,
    .body = write_change,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &kratos_identity_result,
};

int kratos_ask_change(struct kratos_provision *p)
{
    struct kratos_identity who;
    int rc = kratos_run_at(p->k, p->record.id, p, &who, &change);
    return rc == KRATOS_OK ? read_reply(p, &who) : rc;
}
