/* SPDX-License-Identifier: Apache-2.0
 *
 * What a product sees of the library that it was compiled and linked with, one fact a line, for run.py to compare.
 * It must never know how it was built.
 */
#include "kratos.h"
#include "kratos_posix.h"

#include <stdio.h>

/* The smallest buffer that the library, not the header, accepts. */
static unsigned smallest(void)
{
    static unsigned char work[4096];
    struct kratos_config config = {.host = "127.0.0.1", .port = 1, .work = work};
    struct kratos_posix tcp;
    struct kratos k;
    unsigned size = 0;

    for (;;) {
        config.work_size = size;
        if (kratos_init(&k, &config, kratos_posix_io(&tcp)) == KRATOS_OK) {
            return size;
        }
        size++;
    }
}

int main(void)
{
    printf("version %d %d.%d.%d %s\n", KRATOS_VERSION, KRATOS_VERSION_MAJOR, KRATOS_VERSION_MINOR, KRATOS_VERSION_PATCH,
           KRATOS_VERSION_TEXT);
    printf("work_min %d %u\n", KRATOS_WORK_MIN, smallest());
    printf("clues %d\n", KRATOS_CLUES);
    return 0;
}
