/* Gives a device its identity: one, whatever happens to power, network and server. Run it again: no request. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto_posix.h"
#include "kratos_file_store.h"
#include "kratos_posix.h"
#include "kratos_provision.h"

int main(int argc, char **argv)
{
    static unsigned char work[1536]; /* all the memory that the library uses, besides its structs */
    const struct kratos_config config = {
        .host = argc > 1 ? argv[1] : "127.0.0.1",
        .port = (uint16_t)(argc > 2 ? atoi(argv[2]) : 4434), /* Kratos' admin listener */
        .work = work,
        .work_size = sizeof work,
    };
    struct kratos_file_store file;
    const struct kratos_provision_config device = {
        .serial = "sn-0001",
        .traits = {.text = "{\"serial\":\"sn-0001\"}"},
        .store =
            kratos_file_store_init(&file, argc > 3 ? argv[3] : "sn-0001.record"), /* or NVS, or two slots of flash */
        .crypto = crypto_posix(NULL), /* random bytes and HMAC-SHA-256; on a device kratos_mbedtls_crypto_init() */
    };
    struct kratos_posix tcp;
    struct kratos k;
    struct kratos_provision p;
    char password[KRATOS_CREDENTIAL_SIZE] = "";
    uint32_t wait_ms;

    int rc = kratos_init(&k, &config, kratos_posix_io(&tcp));
    if (rc == KRATOS_OK) {
        rc = kratos_provision_init(&p, &device, &k);
    }
    if (rc != KRATOS_OK) {
        puts(kratos_strerror(rc));
        return EXIT_FAILURE;
    }
    do {
        rc = kratos_provision_step(&p, &wait_ms); /* one exchange, or one call of the store */
        poll(NULL, 0, (int)wait_ms);              /* a firmware goes on with its work meanwhile */
    } while (rc == KRATOS_AGAIN);
    printf("%s: %s, identity %s\n", device.serial, kratos_provision_text(kratos_provision_state(&p)),
           kratos_provision_id(&p));
    if (rc == KRATOS_OK) {
        rc = kratos_provision_credential(&p, 0, password); /* the device logs in with its serial and this */
    }
    memset(password, 0, sizeof password);
    kratos_close(&k);
    return rc == KRATOS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
