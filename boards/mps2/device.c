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
#include <mbedtls/md.h>
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

static int make_random(void *ctx, void *p, size_t n)
{
    return entropy_qemu_unsafe(ctx, p, n) == 0 ? KRATOS_OK : KRATOS_ERR_IO;
}

static int make_hmac(void *ctx, const void *key, size_t key_size, const void *p, size_t n, unsigned char mac[32])
{
    const char *root = board_setting("root", "");

    (void)ctx;
#ifdef BOARD_TLS
    return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key != NULL ? key : root,
                           key != NULL ? key_size : strlen(root), p, n, mac) == 0
               ? KRATOS_OK
               : KRATOS_ERR_IO;
#else
    hmac_sha256(key != NULL ? key : root, key != NULL ? key_size : strlen(root), p, n, mac);
    return KRATOS_OK;
#endif
}

const struct kratos_crypto *board_crypto(void)
{
    static struct kratos_crypto crypto = {NULL, make_random, make_hmac, false};

    crypto.root = *board_setting("root", "") != '\0';
    return &crypto;
}
