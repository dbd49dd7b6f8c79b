/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes this board one device (boards/app/board.h): its record in flash, its secrets, its chip's number. QEMU's chips have
 * neither a number nor a root secret of their own, so both are settings here; a product reads the number from its silicon, and
 * never lets the root secret leave the part that holds it.
 */
#include <string.h>

#include "board.h"
#include "flash_qemu.h"
#include "mps2.h"
#ifdef BOARD_TLS
#include "kratos_mbedtls_crypto.h"
#else
#include "hmac.h"
#endif

const struct kratos_store *board_store(void)
{
    static struct kratos_slots slots = {
        .at = {0, FLASH_UNIT}, .read = flash_read, .erase = flash_erase, .write = flash_write};
    static const struct kratos_store store = {&slots, kratos_slots_load, kratos_slots_save};

    return &store;
}

const void *board_chip(size_t *size)
{
    const char *chip = board_setting("chip", "QEMU");

    *size = strlen(chip);
    return chip;
}

/* NULL: it has none. Here the setting "root", as far as 32 bytes go. */
static const unsigned char *root_secret(void)
{
    static unsigned char root[32];
    const char *text = board_setting("root", "");
    size_t n = strlen(text);

    memcpy(root, text, n < sizeof root ? n : sizeof root);
    return n != 0 ? root : NULL;
}

#ifdef BOARD_TLS
const struct kratos_crypto *board_crypto(void)
{
    static struct kratos_mbedtls_crypto crypto;

    return kratos_mbedtls_crypto_init(&crypto, root_secret());
}
#else
/* Without Mbed TLS there is nothing between the generator and who asks: QEMU's will do for QEMU. A product asks its chip's
 * generator here, and takes HMAC from whatever library it has. */
static int make_random(void *ctx, void *p, size_t n)
{
    return entropy_qemu_unsafe(ctx, p, n) == 0 ? KRATOS_OK : KRATOS_ERR_IO;
}

static int make_hmac(void *root, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    hmac_sha256(key != NULL ? key : root, key != NULL ? key_size : 32, p, n, mac);
    return KRATOS_OK;
}

const struct kratos_crypto *board_crypto(void)
{
    static struct kratos_crypto crypto = {NULL, make_random, make_hmac, false};

    crypto.ctx = (void *)root_secret();
    crypto.root = crypto.ctx != NULL;
    return &crypto;
}
#endif
