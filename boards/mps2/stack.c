/* SPDX-License-Identifier: Apache-2.0
 *
 * The main stack: painted so that its peak can be read, and guarded. It must never call anything: start-up code calls
 * it, and so does the board.
 */
#include "mps2.h"

#define PAINT 0xA5A5A5A5u

extern uint32_t stack_guard[];

void stack_paint(void)
{
    uint32_t *p = stack_bottom, *end = (uint32_t *)__builtin_frame_address(0) - 16;

    while (p < end) {
        *p++ = PAINT;
    }
}

uint32_t stack_peak(void)
{
    const uint32_t *p = stack_bottom;

    while (p < stack_top && *p == PAINT) {
        p++;
    }
    return (uint32_t)((const char *)stack_top - (const char *)p);
}

uint32_t stack_size(void)
{
    return (uint32_t)((const char *)stack_top - (const char *)stack_bottom);
}

/* One region of 256 bytes without any access below the stack; everything else keeps the default map. */
void stack_protect(void)
{
    if (((MPU_TYPE >> 8) & 0xFFu) == 0) {
        return; /* a Cortex-M without an MPU: the end of RAM is the guard */
    }
    MPU_RNR = 0;
    MPU_RBAR = (uint32_t)stack_guard;
    MPU_RASR = 1u << 28 | 7u << 1 | 1u; /* execute never, no access, 2^(7+1) bytes, enabled */
    MPU_CTRL = 1u << 2 | 1u;
    __asm volatile("dsb\n isb" ::: "memory");
    SCB_SHCSR |= 7u << 16; /* memory management, bus and usage faults of their own */
}
