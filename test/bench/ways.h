/* SPDX-License-Identifier: Apache-2.0
 *
 * The clients that the bench compares: each creates the same identity on a kept connection to 127.0.0.1 and hands
 * out the same members of the reply. It must never know what is measured.
 */
#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include <stdbool.h>
#include <stdint.h>

struct way {
    const char *name;
    void (*open)(uint16_t port);
    bool (*exchange)(void); /* false: the reply was not the expected one */
    void (*close)(void);
};

extern const struct way way_raw;  /* send and recv of the same bytes, nothing looked at */
extern const struct way way_ours; /* through port/posix */
extern const struct way way_curl; /* libcurl, one easy handle, and cJSON */

#endif
