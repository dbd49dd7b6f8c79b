/* SPDX-License-Identifier: Apache-2.0
 *
 * See server.h.
 */
#include "server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "patch.h"

#define IDENTITIES "/admin/identities"

static const char not_found[] = "{\"error\":{\"code\":404,\"status\":\"Not Found\","
                                "\"message\":\"Unable to locate the resource\"}}";
static const char conflict[] =
    "{\"error\":{\"code\":409,\"status\":\"Conflict\",\"reason\":\"This identity conflicts with "
    "another identity that already exists.\",\"message\":\"The resource could not be created "
    "due to a conflict\"}}";
static const char malformed[] =
    "{\"error\":{\"code\":400,\"status\":\"Bad Request\",\"reason\":\"I[#/traits]\",\"message\":"
    "\"The request was malformed or contained invalid parameters\"}}";
static const char denied[] =
    "{\"error\":{\"code\":401,\"status\":\"Unauthorized\",\"message\":\"Access credentials are "
    "invalid\"}}";

/* ---- Replies ------------------------------------------------------------------------------------- */

struct reply {
    char *text;
    size_t n;
};

static void put(struct reply *reply, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    reply->n += (size_t)vsnprintf(reply->text + reply->n, SERVER_REPLY - reply->n, format, list);
    va_end(list);
    if (reply->n >= SERVER_REPLY) {
        fprintf(stderr, "server: the reply is too large\n");
        abort();
    }
}

/* line: one more of the head, with its CRLF. */
static void answer(struct reply *reply, const char *status, const char *line, const char *body)
{
    put(reply, "HTTP/1.1 %s\r\nContent-Type: application/json; charset=utf-8\r\n%sContent-Length: %zu\r\n\r\n%s",
        status, line, strlen(body) + 1, body);
    put(reply, "\n");
}

static void put_identity(struct reply *body, const struct server *server, const struct identity *who)
{
    unsigned i, n = 0;
    put(body, "{\"id\":\"%s\",", who->id);
    if (who->external_id[0] != '\0') {
        put(body, "\"external_id\":\"%s\",", who->external_id);
    }
    put(body, "\"credentials\":{");
    if (who->code[0] != '\0') {
        put(body, "\"code\":{\"type\":\"code\",\"identifiers\":[\"%s\"],\"version\":1},", who->code);
    }
    put(body, "\"password\":{\"type\":\"password\",\"identifiers\":[%s%s%s],\"version\":0}}",
        server->no_serials ? "" : "\"", server->no_serials ? "" : who->serial, server->no_serials ? "" : "\"");
    put(body, ",\"schema_id\":\"device\",\"state\":\"%s\",\"traits\":{\"serial\":\"%s\"},\"metadata_public\":null,",
        who->inactive ? "inactive" : "active", who->serial);
    if (!who->kp) {
        put(body, "\"metadata_admin\":null}");
        return;
    }
    put(body, "\"metadata_admin\":{\"kp\":{");
    for (i = 0; i < SERVER_NAMES; i++) {
        if (who->names[i][0] != '\0') {
            put(body, "%s\"%s\":1", n++ != 0 ? "," : "", who->names[i]);
        }
    }
    put(body, "}}}");
}

static void answer_identity(struct reply *reply, const struct server *server, const char *status,
                            const struct identity *who)
{
    static char text[SERVER_REPLY];
    struct reply body = {text, 0};
    put_identity(&body, server, who);
    answer(reply, status, "", text);
}

/* ---- Identities ---------------------------------------------------------------------------------- */

struct identity *server_find(struct server *server, const char *serial, unsigned *count)
{
    struct identity *found = NULL;
    unsigned i, n = 0;
    for (i = 0; i < SERVER_IDENTITIES; i++) {
        if (server->identities[i].live && strcmp(server->identities[i].serial, serial) == 0) {
            found = &server->identities[i];
            n++;
        }
    }
    if (count != NULL) {
        *count = n;
    }
    return found;
}

struct identity *server_add(struct server *server, const char *serial)
{
    struct identity *who = server->identities;
    while (who->live) {
        if (++who == server->identities + SERVER_IDENTITIES) {
            fprintf(stderr, "server: too many identities\n");
            abort();
        }
    }
    memset(who, 0, sizeof *who);
    who->live = true;
    snprintf(who->id, sizeof who->id, "5f1e0000-0000-4000-8000-%012u", ++server->made);
    snprintf(who->serial, sizeof who->serial, "%s", serial);
    return who;
}

static struct identity *find_by(struct server *server, bool external, const char *text)
{
    struct identity *who;
    for (who = server->identities; who < server->identities + SERVER_IDENTITIES; who++) {
        if (who->live && strcmp(external ? who->external_id : who->id, text) == 0) {
            return who;
        }
    }
    return NULL;
}

static void text_of(kratos_json object, const char *name, char *text, size_t size)
{
    kratos_json value;
    *text = '\0';
    if (kratos_json_get(object, name, &value)) {
        kratos_json_str(value, text, size, NULL);
    }
}

/* The first member that the release does not know. */
static bool unknown_member(const struct server *server, kratos_json body, char *name, size_t size)
{
    static const char *const known[] = {"schema_id",      "state",       "traits",     "metadata_public",
                                        "metadata_admin", "credentials", "external_id"};
    size_t count = sizeof known / sizeof *known - (server->old ? 1 : 0), at = 0, i;
    kratos_json member;
    while (kratos_json_next(body, &at, &member, NULL)) {
        kratos_json_str(member, name, size, NULL);
        for (i = 0; i < count && strcmp(name, known[i]) != 0; i++) {
        }
        if (i == count) {
            return true;
        }
    }
    return false;
}

static bool taken(struct server *server, const struct identity *wanted)
{
    return (!server->no_serials && server_find(server, wanted->serial, NULL) != NULL) ||
           (wanted->external_id[0] != '\0' && find_by(server, true, wanted->external_id) != NULL);
}

static void create(struct server *server, kratos_json body, struct reply *reply)
{
    struct identity wanted = {0}, *who;
    kratos_json traits, part, name;
    char text[200], unknown[64];
    size_t at = 0;
    unsigned n = 0;
    if (unknown_member(server, body, unknown, sizeof unknown)) {
        snprintf(text, sizeof text,
                 "{\"error\":{\"code\":%s,\"status\":\"%s\",\"message\":\"json: unknown field \\\"%s\\\"\"}}",
                 server->old ? "500" : "400", server->old ? "Internal Server Error" : "Bad Request", unknown);
        answer(reply, "400 Bad Request", "", text);
        return;
    }
    if (server->refuses || !kratos_json_get(body, "traits", &traits)) {
        answer(reply, "400 Bad Request", "", malformed);
        return;
    }
    text_of(traits, "serial", wanted.serial, sizeof wanted.serial);
    text_of(body, "external_id", wanted.external_id, sizeof wanted.external_id);
    if (taken(server, &wanted)) {
        answer(reply, "409 Conflict", "", conflict);
        return;
    }
    who = server_add(server, wanted.serial);
    memcpy(who->external_id, wanted.external_id, sizeof who->external_id);
    if (kratos_json_get(body, "credentials", &part) && kratos_json_get(part, "password", &part) &&
        kratos_json_get(part, "config", &part)) {
        text_of(part, "hashed_password", who->hash, sizeof who->hash);
    }
    who->kp = kratos_json_get(body, "metadata_admin", &part) && kratos_json_get(part, "kp", &part);
    while (who->kp && n < SERVER_NAMES && kratos_json_next(part, &at, &name, NULL)) {
        kratos_json_str(name, who->names[n++], sizeof *who->names, NULL);
    }
    answer_identity(reply, server, "201 Created", who);
}

static void get(struct server *server, bool external, const char *text, struct reply *reply)
{
    const struct identity *who = find_by(server, external, text);
    if (external && server->old) { /* its router knows no such path */
        put(reply, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
                   "X-Content-Type-Options: nosniff\r\nContent-Length: 19\r\n\r\n404 page not found\n");
    } else if (who == NULL) {
        answer(reply, "404 Not Found", "", not_found);
    } else {
        answer_identity(reply, server, "200 OK", who);
    }
}

static bool identified_by(const struct server *server, const struct identity *who, const char *text)
{
    return who->live && ((!server->no_serials && strcmp(who->serial, text) == 0) || strcmp(who->code, text) == 0);
}

/* One page: more than that have no such identifier. An empty one of 1.0.0 names a next one all the same. */
static void list(struct server *server, const char *text, struct reply *reply)
{
    static char array[SERVER_REPLY];
    struct reply body = {array, 0};
    char line[512];
    const struct identity *who;
    put(&body, "[");
    for (who = server->identities; who < server->identities + SERVER_IDENTITIES; who++) {
        if (identified_by(server, who, text)) {
            put(&body, body.n > 1 ? "," : "");
            put_identity(&body, server, who);
        }
    }
    put(&body, "]");
    if (server->old) {
        snprintf(
            line, sizeof line,
            "Link: <http://127.0.0.1:4434/identities?page=0&page_size=250&page_token=eyJvZmZzZXQiOiIwIiwidiI6Mn0>; "
            "rel=\"first\"%s\r\nX-Total-Count: 0\r\n",
            body.n > 2 ? ""
                       : ",<http://127.0.0.1:4434/identities?page=1&page_size=250&"
                         "page_token=eyJvZmZzZXQiOiIyNTAiLCJ2IjoyfQ>; rel=\"next\"");
    } else {
        snprintf(line, sizeof line,
                 "Link: </admin/identities?credentials_identifier=%s&page_size=250&"
                 "page_token=00000000-0000-0000-0000-000000000000>; rel=\"first\"\r\n",
                 text);
    }
    answer(reply, "200 OK", line, array);
}

static void change(struct server *server, const char *id, kratos_json body, struct reply *reply)
{
    struct identity *who = find_by(server, false, id);
    char text[200];
    const char *wrong;
    if (who == NULL) {
        answer(reply, "404 Not Found", "", not_found);
        return;
    }
    wrong = patch_identity(who, body);
    if (wrong != NULL) {
        snprintf(
            text, sizeof text,
            "{\"error\":{\"code\":400,\"status\":\"Bad Request\",\"reason\":\"An error occured when applying the JSON "
            "patch\",\"message\":\"%s\"}}",
            wrong);
        answer(reply, "400 Bad Request", "", text);
        return;
    }
    answer_identity(reply, server, "200 OK", who);
}

/* ---- One request ----------------------------------------------------------------------------------- */

/* The characters of the target from p on, up to a delimiter. */
static void segment(const char *p, char *text, size_t size)
{
    size_t n = strcspn(p, " ?&/");
    snprintf(text, size, "%.*s", (int)n, p);
}

size_t server_serve(struct server *server, const char *request, size_t n, char reply[SERVER_REPLY])
{
    struct reply made = {reply, 0};
    const char *end = strstr(request, "\r\n\r\n"), *target = strchr(request, ' ') + 1, *query;
    const char *path = target + sizeof IDENTITIES - 1;
    kratos_json body = {end + 4, n - (size_t)(end + 4 - request)};
    char text[80];
    if (server->denies) {
        answer(&made, "401 Unauthorized", "", denied);
        return made.n;
    }
    segment(path + 1, text, sizeof text);
    query = strstr(path, "credentials_identifier=");
    if (strncmp(request, "POST " IDENTITIES " ", 23) == 0) {
        create(server, body, &made);
    } else if (strncmp(request, "PATCH " IDENTITIES "/", 24) == 0) {
        change(server, text, body, &made);
    } else if (strncmp(request, "GET " IDENTITIES "/by/external/", 34) == 0) {
        segment(path + 13, text, sizeof text);
        get(server, true, text, &made);
    } else if (strncmp(request, "GET " IDENTITIES "/", 22) == 0) {
        get(server, false, text, &made);
    } else if (strncmp(request, "GET " IDENTITIES "?", 22) == 0 && query != NULL) {
        segment(query + 23, text, sizeof text);
        list(server, text, &made);
    } else {
        fprintf(stderr, "server: what is that? %.80s\n", request);
        abort();
    }
    return made.n;
}
