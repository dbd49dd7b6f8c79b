/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on sessions. It must never know how bytes move.
 */
#include "op.h"

static int decode_session(struct kratos *k, void *out)
{
    static const struct kratos_field fields[] = {
        {"id", offsetof(struct kratos_session, id), KRATOS_FIELD_ID},
        {"active", offsetof(struct kratos_session, active), KRATOS_FIELD_BOOL},
        {"expires_at", offsetof(struct kratos_session, expires_at), KRATOS_FIELD_STR},
        {"authenticated_at", offsetof(struct kratos_session, authenticated_at), KRATOS_FIELD_STR},
        {"authenticator_assurance_level", offsetof(struct kratos_session, authenticator_assurance_level),
         KRATOS_FIELD_STR},
        {"issued_at", offsetof(struct kratos_session, issued_at), KRATOS_FIELD_STR},
        {"authentication_methods", offsetof(struct kratos_session, authentication_methods), KRATOS_FIELD_JSON},
        {"identity", offsetof(struct kratos_session, identity), KRATOS_FIELD_JSON},
        {"devices", offsetof(struct kratos_session, devices), KRATOS_FIELD_JSON},
    };
    return kratos_decode(k, fields, sizeof fields / sizeof *fields, out, sizeof(struct kratos_session));
}

/* listSessions */
static void write_list_query(struct kratos_out *out, const void *args)
{
    const struct kratos_list_sessions_params *p = (const struct kratos_list_sessions_params *)args;
    kratos_out_query(out, "active", p->active);
    kratos_out_query_list(out, "expand", p->expand);
}

static const struct kratos_op list_sessions = {
    "GET",
    "/admin/sessions",
    &kratos_shape_list,
    write_list_query,
    NULL,
    decode_session,
    KRATOS_200,
    KRATOS_TOKEN,
    true,
    0,
};

int kratos_list_sessions(struct kratos *k, const struct kratos_list_sessions_params *params,
                         struct kratos_session *item)
{
    static const struct kratos_list_sessions_params none;
    const struct kratos_list_sessions_params *p = params != NULL ? params : &none;
    struct kratos_call call = {{NULL, NULL}, p, item, {p->page_size, 0, p->page_token, false, p->one_page}};
    return kratos_execute(k, &list_sessions, &call);
}

/* listIdentitySessions */
static void write_active(struct kratos_out *out, const void *args)
{
    kratos_out_query(out, "active", (const char *)args);
}

static const struct kratos_op list_identity_sessions = {
    "GET",
    "/admin/identities/{id}/sessions",
    &kratos_shape_list,
    write_active,
    NULL,
    decode_session,
    KRATOS_200,
    KRATOS_PAGES,
    true,
    1000,
};

int kratos_list_identity_sessions(struct kratos *k, const char *id,
                                  const struct kratos_list_identity_sessions_params *params,
                                  struct kratos_session *item)
{
    static const struct kratos_list_identity_sessions_params none;
    const struct kratos_list_identity_sessions_params *p = params != NULL ? params : &none;
    struct kratos_call call = {{id, NULL}, p->active, item, {p->page_size, p->page, NULL, false, p->one_page}};
    return kratos_execute(k, &list_identity_sessions, &call);
}

/* getSession */
static void write_expand(struct kratos_out *out, const void *args)
{
    kratos_out_query_list(out, "expand", (const char *const *)args);
}

static const struct kratos_op get_session = {
    "GET", "/admin/sessions/{id}", &kratos_shape_value, write_expand, NULL, decode_session, KRATOS_200, 0, true, 0,
};

int kratos_get_session(struct kratos *k, const char *id, const char *const *expand, struct kratos_session *out)
{
    return kratos_run(k, &get_session, id, expand, out);
}

/* extendSession */
static const struct kratos_op extend_session = {
    "PATCH",
    "/admin/sessions/{id}/extend",
    &kratos_shape_value,
    NULL,
    NULL,
    decode_session,
    KRATOS_200 | KRATOS_204,
    0,
    true,
    0,
};

int kratos_extend_session(struct kratos *k, const char *id, struct kratos_session *out)
{
    return kratos_run(k, &extend_session, id, NULL, out);
}

/* disableSession */
static const struct kratos_op disable_session = {
    "DELETE", "/admin/sessions/{id}", &kratos_shape_none, NULL, NULL, NULL, KRATOS_204, 0, false, 0,
};

int kratos_disable_session(struct kratos *k, const char *id)
{
    return kratos_run(k, &disable_session, id, NULL, NULL);
}

/* deleteIdentitySessions */
static const struct kratos_op delete_identity_sessions = {
    "DELETE", "/admin/identities/{id}/sessions", &kratos_shape_none, NULL, NULL, NULL, KRATOS_204, 0, false, 0,
};

int kratos_delete_identity_sessions(struct kratos *k, const char *id)
{
    return kratos_run(k, &delete_identity_sessions, id, NULL, NULL);
}
