/* SPDX-License-Identifier: Apache-2.0
 *
 * See crc.h.
 */
#include "crc.h"

#define REVERSED_POLYNOMIAL 0xEDB88320u

uint32_t kratos_crc32(uint32_t crc, const void *p, size_t n)
{
    const unsigned char *byte = p;
    int bit;
    crc = ~crc;
    while (n-- != 0) {
        crc ^= *byte++;
        for (bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (REVERSED_POLYNOMIAL & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}
