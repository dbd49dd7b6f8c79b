/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers for lwIP, which calls this file from below the board: it must never call the network.
 */
#include "random.h"

#include "mps2.h"

uint32_t board_random(void)
{
    static uint32_t fallback;
    uint32_t v;

    return entropy_qemu_unsafe(NULL, (unsigned char *)&v, sizeof v) == 0 ? v : ++fallback;
}
