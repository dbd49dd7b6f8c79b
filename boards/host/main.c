/* One operation by hand: creates an identity, or finds the one that is there already. */
#include <stdio.h>
#include <stdlib.h>

#include "kratos.h"
#include "kratos_posix.h"

int main(int argc, char **argv)
{
    static unsigned char work[3072]; /* all the memory that the library uses, besides its structs */
    const struct kratos_config config = {
        .host = argc > 1 ? argv[1] : "127.0.0.1",
        .port = (uint16_t)(argc > 2 ? atoi(argv[2]) : 4434), /* Kratos' admin listener */
        .work = work,
        .work_size = sizeof work,
    };
    const struct kratos_identity_body device = {.traits = {.text = "{\"serial\":\"sn-0002\"}"}};
    const struct kratos_list_identities_params mine = {.credentials_identifier = "sn-0002"};
    struct kratos_posix tcp;
    struct kratos_identity who;
    struct kratos k;

    int rc = kratos_init(&k, &config, kratos_posix_io(&tcp));
    if (rc == KRATOS_OK) {
        rc = kratos_create_identity(&k, &device, &who);
    }
    if (rc == KRATOS_ERR_CONFLICT || kratos_last_fault(&k)->effect == KRATOS_MAYBE_DONE) {
        rc = kratos_list_identities(&k, &mine, &who); /* it has one, or its reply was lost: look it up */
    }
    if (rc == KRATOS_OK) {
        printf("%s, traits %.*s\n", who.id, (int)who.traits.n, who.traits.p);
    } else {
        const struct kratos_fault *f = kratos_last_fault(&k);
        printf("%s (HTTP %d, error %d) %s\n", kratos_strerror(rc), f->http_status, f->native_error, f->reason.p);
    }
    kratos_close(&k);
    return rc == KRATOS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
