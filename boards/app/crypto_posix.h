/* SPDX-License-Identifier: Apache-2.0
 *
 * What provisioning asks of cryptography, on a POSIX host without a TLS library: /dev/urandom, and HMAC-SHA-256 by hmac.h. A
 * device takes port/mbedtls/kratos_mbedtls_crypto.h, or its own hardware. It must never keep a secret.
 */
#ifndef KRATOS_APP_CRYPTO_POSIX_H
#define KRATOS_APP_CRYPTO_POSIX_H

#include "kratos_provision.h"

/* root: stands for the root secret of a device, lent as long as the result is used; NULL = none. One at a time. */
const struct kratos_crypto *crypto_posix(const char *root);

#endif
