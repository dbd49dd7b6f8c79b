/* SPDX-License-Identifier: Apache-2.0
 *
 * Which row of releases.h a server is judged by, and what to say where none was made for it. It must never know what the
 * rows say.
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"

enum { ROWS = sizeof facts_of_releases / sizeof *facts_of_releases };
enum { DATABASES = sizeof facts_of_databases / sizeof *facts_of_databases };

/* "1.3.1" before "25.4.0". */
static int compare(const char *a, const char *b)
{
    unsigned x[3] = {0}, y[3] = {0};
    int i;
    sscanf(a, "%u.%u.%u", &x[0], &x[1], &x[2]);
    sscanf(b, "%u.%u.%u", &y[0], &y[1], &y[2]);
    for (i = 0; i < 3; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}

const struct facts *facts_of(const char *release, char note[TEXT_SIZE])
{
    const struct facts *f = &facts_of_releases[0];
    size_t i;
    *note = '\0';
    for (i = 1; i < ROWS && compare(release, facts_of_releases[i].first) >= 0; i++) {
        f = &facts_of_releases[i];
    }
    if (compare(release, f->first) < 0) {
        snprintf(note, TEXT_SIZE, "Kratos %s is not in test/live/releases.h: taking the row of %s, the oldest", release,
                 f->first);
    } else if (compare(release, f->last) > 0) {
        snprintf(note, TEXT_SIZE,
                 "Kratos %s is not in test/live/releases.h: taking the row of %s, the nearest before it", release,
                 f->last);
    }
    return f;
}

const struct database *database_of(const char *name, char note[TEXT_SIZE])
{
    const struct database *d = &facts_of_databases[0];
    size_t i;
    *note = '\0';
    for (i = 0; i < DATABASES; i++) {
        d = &facts_of_databases[i];
        if (strcmp(d->name, name) == 0) {
            return d;
        }
    }
    snprintf(note, TEXT_SIZE,
             "The database %s is not in test/live/releases.h: taking the row of %s, a server with JSON columns too",
             name, d->name);
    return d;
}
