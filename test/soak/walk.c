/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks all identities of a server through a 1 KB work buffer and checks that each came once, in rising order of ids.
 *
 *   walk PORT COUNT PAGE_SIZE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kratos.h"
#include "kratos_posix.h"

int main(int argc, char **argv)
{
    static unsigned char work[1024];
    struct kratos_config config = {.host = "127.0.0.1", .work = work, .work_size = sizeof work};
    struct kratos_list_identities_params params = {0};
    char last[KRATOS_ID_SIZE] = "";
    struct kratos_identity who;
    struct kratos_posix tcp;
    struct kratos k;
    unsigned long count = 0, wanted;
    bool rising = true;
    int rc;
    if (argc != 4) {
        return EXIT_FAILURE;
    }
    config.port = (uint16_t)atoi(argv[1]);
    wanted = strtoul(argv[2], NULL, 10);
    params.page_size = (uint32_t)atoi(argv[3]);
    rc = kratos_init(&k, &config, kratos_posix_io(&tcp));
    while (rc == KRATOS_OK && (rc = kratos_list_identities(&k, &params, &who)) == KRATOS_OK) {
        rising = rising && strcmp(who.id, last) > 0;
        memcpy(last, who.id, sizeof last);
        count++;
    }
    printf("%lu identities, page size %s, %s: %s\n", count, argv[3], rising ? "rising" : "NOT rising",
           kratos_strerror(rc));
    kratos_close(&k);
    return rc == KRATOS_END && rising && count == wanted ? EXIT_SUCCESS : EXIT_FAILURE;
}
