/* SPDX-License-Identifier: Apache-2.0
 *
 * See patch.h.
 */
#include "patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KP "/metadata_admin/kp"

enum op { ADD, REMOVE, REPLACE, OTHER };

static enum op op_of(kratos_json operation)
{
    kratos_json op = {NULL, 0};
    kratos_json_get(operation, "op", &op);
    return kratos_json_equal(op, "add")       ? ADD
           : kratos_json_equal(op, "remove")  ? REMOVE
           : kratos_json_equal(op, "replace") ? REPLACE
                                              : OTHER;
}

static char *name_at(struct identity *who, const char *name)
{
    unsigned i;
    for (i = 0; i < SERVER_NAMES; i++) {
        if (strcmp(who->names[i], name) == 0) {
            return who->names[i];
        }
    }
    return NULL;
}

/* One member of kp. Where kp is missing an add makes it: Kratos ensures that paths exist. */
static const char *patch_name(struct identity *who, enum op op, const char *name)
{
    char *place = name_at(who, name);
    if (op != ADD) {
        if (place == NULL || op != REMOVE) {
            return "remove operation does not apply: doc is missing key: missing value";
        }
        *place = '\0';
        return NULL;
    }
    place = place != NULL ? place : name_at(who, "");
    if (place == NULL) {
        fprintf(stderr, "patch: too many names\n");
        abort();
    }
    memmove(place, name, strlen(name) + 1);
    who->kp = true;
    return NULL;
}

static const char *patch_one(struct identity *who, enum op op, const char *path, kratos_json value)
{
    if (strncmp(path, KP "/", sizeof KP) == 0) {
        return patch_name(who, op, path + sizeof KP);
    }
    if (strcmp(path, KP) == 0 && op == ADD) {
        memset(who->names, 0, sizeof who->names);
        who->kp = true;
        return NULL;
    }
    if (strcmp(path, "/state") == 0 && op == REPLACE) {
        who->inactive = kratos_json_equal(value, "inactive");
        return NULL;
    }
    if (strcmp(path, "/credentials/password/config/hashed_password") == 0 && op == REPLACE) {
        if (who->hash[0] == '\0') {
            return "replace operation does not apply: doc is missing path";
        }
        kratos_json_str(value, who->hash, sizeof who->hash, NULL);
        return NULL;
    }
    fprintf(stderr, "patch: what is that? %s\n", path);
    abort();
}

const char *patch_identity(struct identity *who, kratos_json operations)
{
    struct identity changed = *who;
    const char *wrong = NULL;
    kratos_json operation;
    size_t at = 0;
    while (wrong == NULL && kratos_json_next(operations, &at, NULL, &operation)) {
        kratos_json value = {NULL, 0};
        char path[120] = "";
        if (kratos_json_get(operation, "path", &value)) {
            kratos_json_str(value, path, sizeof path, NULL);
        }
        value.p = NULL;
        kratos_json_get(operation, "value", &value);
        wrong = patch_one(&changed, op_of(operation), path, value);
    }
    if (wrong == NULL) {
        *who = changed;
    }
    return wrong;
}
