/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32 (ISO-HDLC, as in zlib), without a table: what is stored is short and read rarely. It must never be used where
 * somebody might change bytes on purpose.
 */
#ifndef KRATOS_CRC_H
#define KRATOS_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from the sum of what came before; 0 to begin. */
uint32_t kratos_crc32(uint32_t crc, const void *p, size_t n);

#endif
