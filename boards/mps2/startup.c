/* SPDX-License-Identifier: Apache-2.0
 *
 * From reset to main(): memory, vectors, and what is reported when the program breaks. It must
 * never know what the program is for.
 */
#include "mps2.h"

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[];
extern uint32_t fault_stack_top[];

int main(void);
void reset_handler(void);
void fault_report(const uint32_t *sp, uint32_t exc_return) __attribute__((noreturn, used));
void systick_handler(void);
void ethernet_handler(void);

/* Who has the exceptions of the core and the board's one interrupt. */
#ifdef BOARD_FREERTOS
void vPortSVCHandler(void);
void xPortPendSVHandler(void);
void rtos_tick_handler(void);
void rtos_ethernet_handler(void);
#define SVC_HANDLER vPortSVCHandler
#define PENDSV_HANDLER xPortPendSVHandler
#define TICK_HANDLER rtos_tick_handler
#define ETHERNET_HANDLER rtos_ethernet_handler
#else
#define SVC_HANDLER stray_handler
#define PENDSV_HANDLER stray_handler
#define TICK_HANDLER systick_handler
#define ETHERNET_HANDLER ethernet_handler
#endif

/* ---- Faults ---- */

static bool in_stack(const uint32_t *p)
{
    return p >= stack_bottom && p + 8 <= stack_top;
}

static const char *fault_name(uint32_t cfsr)
{
    if (cfsr & 0xFFu) {
        return "memory access";
    }
    if (cfsr & 0xFF00u) {
        return "bus";
    }
    return cfsr & 0xFFFF0000u ? "usage" : "hard";
}

void fault_report(const uint32_t *sp, uint32_t exc_return)
{
    static const char *const names[] = {"r0", "r1", "r2", "r3", "r12", "lr", "pc", "psr"};
    uint32_t cfsr = SCB_CFSR;
    unsigned i;

    MPU_CTRL = 0; /* the report may look at everything */
    __asm volatile("dsb\n isb" ::: "memory");
    console_puts("\nFAULT ");
    console_puts(fault_name(cfsr));
    console_puts(sp < stack_bottom ? ": the stack is exhausted\n" : "\n");
    console_hex("cfsr", cfsr);
    console_hex("hfsr", SCB_HFSR);
    if (cfsr & 0x80u) {
        console_hex("address", SCB_MMFAR);
    } else if (cfsr & 0x8000u) {
        console_hex("address", SCB_BFAR);
    }
    console_hex("exc_return", exc_return);
    console_hex("sp", (uint32_t)sp);
    for (i = 0; in_stack(sp) && i < sizeof names / sizeof names[0]; i++) {
        console_hex(names[i], sp[i]);
    }
    semihost_exit(99);
}

/* Naked, since nothing may be pushed before there is a stack again. */
__attribute__((naked, noipa)) static void fault_handler(void)
{
    __asm volatile("mrs r0, msp\n"
                   "mov r1, lr\n"
                   "movw r2, #:lower16:fault_stack_top\n"
                   "movt r2, #:upper16:fault_stack_top\n"
                   "msr msp, r2\n"
                   "b fault_report\n");
}

static void stray_handler(void)
{
    console_puts("\nFAULT interrupt without a handler\n");
    semihost_exit(99);
}

/* ---- Reset ---- */

void reset_handler(void)
{
    const uint32_t *from = data_load;
    uint32_t *to;

    for (to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    stack_paint();
    stack_protect();
    console_init();
    clock_init();
    semihost_exit(main());
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16 + 32] = {
    [0] = stack_top,
    [1] = (const void *)reset_handler,
    [2] = (const void *)stray_handler,
    [3] = (const void *)fault_handler,
    [4] = (const void *)fault_handler,
    [5] = (const void *)fault_handler,
    [6] = (const void *)fault_handler,
    [11] = (const void *)SVC_HANDLER,
    [14] = (const void *)PENDSV_HANDLER,
    [15] = (const void *)TICK_HANDLER,
    [16 ... 16 + ETHERNET_IRQ - 1] = (const void *)stray_handler,
    [16 + ETHERNET_IRQ] = (const void *)ETHERNET_HANDLER,
    [16 + ETHERNET_IRQ + 1 ... 16 + 31] = (const void *)stray_handler,
};
