/* SPDX-License-Identifier: Apache-2.0
 *
 * See path.h. It must never let a value become more than one segment of a path.
 */
#include "path.h"

#include "out.h"

/* Empty, one dot or two: as a segment of a path they would mean another path. */
static bool dotted(const char *value)
{
    value += *value == '.';
    value += *value == '.';
    return *value == '\0';
}

static void write_path(struct kratos_out *out, const char *path, const char *const *values)
{
    while (*path != '\0') {
        const char *from = path, *value;
        while (*path != '\0' && *path != '{') {
            path++;
        }
        kratos_out_raw(out, from, (size_t)(path - from));
        if (*path == '\0') {
            return;
        }
        value = *values++;
        if (value == NULL || dotted(value)) {
            kratos_out_fail(out, "path");
            return;
        }
        kratos_out_percent(out, value);
        while (*path++ != '}') {
        }
    }
}

/* A value that lies in the last reply is overwritten by the next: it does not count. */
static bool in_reply(const struct kratos *k, const char *value)
{
    return (uintptr_t)value - (uintptr_t)k->work < k->work_size;
}

void kratos_path(const struct kratos *k, struct kratos_call *call, const char *first, const char *second)
{
    const char *const *value;
    call->path[0] = first;
    call->path[1] = second;
    call->write_path = write_path;
    call->check = 0;
    for (value = call->path; value != call->path + 2 && *value != NULL; value++) {
        const char *p = *value;
        if (in_reply(k, p)) {
            continue;
        }
        do { /* FNV-1a, the NUL included */
            call->check = (call->check ^ (unsigned char)*p) * 16777619u;
        } while (*p++ != '\0');
    }
}
