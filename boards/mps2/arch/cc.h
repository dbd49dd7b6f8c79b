/* SPDX-License-Identifier: Apache-2.0
 *
 * What lwIP asks of the compiler and the board. Included by lwIP's own headers only.
 */
#ifndef BOARD_ARCH_CC_H
#define BOARD_ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

#include "panic.h"
#include "random.h"

#define LWIP_RAND() board_random()
#define LWIP_PLATFORM_DIAG(x)                                                                                          \
    do {                                                                                                               \
    } while (0)
#define LWIP_PLATFORM_ASSERT(message) board_panic("lwIP: " message)
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_CTYPE_H 1

#endif
