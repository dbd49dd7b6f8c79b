/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on sessions. It must never know how bytes move.
 */
#include "list.h"
#include "path.h"

/* Largest page of an identity's sessions that the server gives. */
#define PAGE_SIZE_MAX 1000

#define FIELD(name, kind)                                                                                              \
    {                                                                                                                  \
#name, offsetof(struct kratos_session, name), KRATOS_FIELD_##kind, 0                                           \
    }

/* In the order in which Kratos writes them. */
static const struct kratos_field fields[] = {
    FIELD(id, ID),
    FIELD(active, BOOL),
    FIELD(expires_at, STR),
    FIELD(authenticated_at, STR),
    FIELD(authenticator_assurance_level, STR),
    FIELD(authentication_methods, JSON),
    FIELD(issued_at, STR),
    FIELD(identity, JSON),
    FIELD(devices, JSON),
};

static const struct kratos_result session = {fields, sizeof fields / sizeof *fields, sizeof(struct kratos_session)};

static const char sessions[] = "/admin/sessions", one_session[] = "/admin/sessions/{id}";
static const char extension[] = "/admin/sessions/{id}/extend";
static const char of_identity[] = "/admin/identities/{id}/sessions";

/* listSessions */
static void write_list_query(struct kratos_out *out, const void *args)
{
    const struct kratos_pages *pages = args;
    const struct kratos_list_sessions_params *p = pages->params;
    kratos_list_query(out, pages);
    if (p != NULL) {
        kratos_out_query(out, "active", p->active);
        kratos_out_query_list(out, "expand", p->expand);
    }
}

static const struct kratos_op list_sessions = {
    .method = "GET",
    .path = sessions,
    .query = write_list_query,
    .success = KRATOS_200,
    .shape = &kratos_shape_list,
    .result = &session,
};

int kratos_list_sessions(struct kratos *k, const struct kratos_list_sessions_params *params,
                         struct kratos_session *item)
{
    struct kratos_pages pages = {.k = k, .params = params};
    struct kratos_call call = {.args = &pages, .out = item};
    if (params != NULL) {
        pages.one_page = params->one_page;
        pages.size = params->page_size;
        pages.token = params->page_token;
    }
    return kratos_list(k, &list_sessions, &call);
}

/* listIdentitySessions */
static void write_identity_list_query(struct kratos_out *out, const void *args)
{
    const struct kratos_pages *pages = args;
    kratos_list_query(out, pages);
    kratos_out_query(out, "active", pages->params);
}

static const struct kratos_op list_identity_sessions = {
    .method = "GET",
    .path = of_identity,
    .query = write_identity_list_query,
    .success = KRATOS_200,
    .shape = &kratos_shape_list,
    .result = &session,
};

int kratos_list_identity_sessions(struct kratos *k, const char *id,
                                  const struct kratos_list_identity_sessions_params *params,
                                  struct kratos_session *item)
{
    struct kratos_pages pages = {.k = k, .by_number = true, .first = 1, .most = PAGE_SIZE_MAX};
    struct kratos_call call = {.args = &pages, .out = item};
    if (params != NULL) {
        pages.one_page = params->one_page;
        pages.size = params->page_size;
        pages.page = params->page;
        pages.params = params->active;
    }
    kratos_path(k, &call, id, NULL);
    return kratos_list(k, &list_identity_sessions, &call);
}

/* getSession */
static void write_expand(struct kratos_out *out, const void *args)
{
    kratos_out_query_list(out, "expand", args);
}

static const struct kratos_op get_session = {
    .method = "GET",
    .path = one_session,
    .query = write_expand,
    .success = KRATOS_200,
    .shape = &kratos_shape_value,
    .result = &session,
};

int kratos_get_session(struct kratos *k, const char *id, const char *const *expand, struct kratos_session *out)
{
    return kratos_run_at(k, id, expand, out, &get_session);
}

/* extendSession */
static const struct kratos_op extend_session = {
    .method = "PATCH",
    .path = extension,
    .success = KRATOS_200 | KRATOS_204,
    .shape = &kratos_shape_value,
    .result = &session,
};

int kratos_extend_session(struct kratos *k, const char *id, struct kratos_session *out)
{
    return kratos_run_at(k, id, NULL, out, &extend_session);
}

/* disableSession */
static const struct kratos_op disable_session = {
    .method = "DELETE",
    .path = one_session,
    .success = KRATOS_204,
};

int kratos_disable_session(struct kratos *k, const char *id)
{
    return kratos_run_at(k, id, NULL, NULL, &disable_session);
}

/* deleteIdentitySessions */
static const struct kratos_op delete_identity_sessions = {
    .method = "DELETE",
    .path = of_identity,
    .success = KRATOS_204,
};

int kratos_delete_identity_sessions(struct kratos *k, const char *id)
{
    return kratos_run_at(k, id, NULL, NULL, &delete_identity_sessions);
}
