/* SPDX-License-Identifier: Apache-2.0
 *
 * Time since reset in milliseconds, sleep, and a count of instructions. It must never know who waits for what.
 */
#include "mps2.h"

/* QEMU with -icount shift=0 lets 1 ns pass per instruction, so a tick of the 25 MHz counter is 40 of them.
 * Elsewhere the figure is a time. */
#define INSTRUCTIONS_PER_TICK (1000000000u / CLOCK_HZ)
#define TICKS_PER_MS (CLOCK_HZ / 1000u)

static uint32_t asleep_ticks;
static uint32_t passed_ms, passed_ticks; /* the counter's reading when passed_ms became what it is */

void systick_handler(void);

/* Time comes from the counter, not from the number of interrupts: those that come while they are masked, or while an
 * emulator is not given the processor, are one. */
static void follow_counter(void)
{
    uint32_t ms = (FPGAIO_COUNTER - passed_ticks) / TICKS_PER_MS;

    passed_ms += ms;
    passed_ticks += ms * TICKS_PER_MS;
}

/* Ends a sleep, and follows the counter before it wraps (171 s). */
void systick_handler(void)
{
    follow_counter();
}

uint32_t clock_ms(void)
{
    uint32_t masked, now;

    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(masked)::"memory");
    follow_counter();
    now = passed_ms;
    __asm volatile("msr primask, %0" ::"r"(masked) : "memory");
    return now;
}

void clock_init(void)
{
    passed_ticks = FPGAIO_COUNTER;
    SYST_RVR = TICKS_PER_MS - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* core clock, interrupt, on */
}

void clock_sleep(void)
{
    uint32_t began = FPGAIO_COUNTER;

    __asm volatile("dsb\n wfi" ::: "memory");
    asleep_ticks += FPGAIO_COUNTER - began;
}

uint32_t clock_instructions(void)
{
    return (FPGAIO_COUNTER - asleep_ticks) * INSTRUCTIONS_PER_TICK;
}
