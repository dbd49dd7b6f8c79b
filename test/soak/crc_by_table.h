/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32 by a table of sixteen: another way than core's, so that what core wrote is judged by somebody else.
 */
#ifndef TEST_SOAK_CRC_BY_TABLE_H
#define TEST_SOAK_CRC_BY_TABLE_H

#include <stddef.h>
#include <stdint.h>

static uint32_t crc_of(const unsigned char *p, size_t n)
{
    static const uint32_t part[16] = {0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
                                      0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
                                      0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
    uint32_t crc = UINT32_MAX;
    while (n-- != 0) {
        crc ^= *p++;
        crc = crc >> 4 ^ part[crc & 15];
        crc = crc >> 4 ^ part[crc & 15];
    }
    return ~crc;
}

#endif
