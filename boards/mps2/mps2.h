/* SPDX-License-Identifier: Apache-2.0
 *
 * Registers of the MPS2 board (AN385, AN386, AN500) and of the Cortex-M core, as far as this board support
 * uses them, and what its files offer each other. No application may include it: boards/app/board.h is for
 * those.
 */
#ifndef MPS2_H
#define MPS2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

#define CLOCK_HZ 25000000u

#define UART_DATA REG(0x40004000u)
#define UART_STATE REG(0x40004004u)
#define UART_CTRL REG(0x40004008u)
#define UART_BAUDDIV REG(0x40004010u)
#define FPGAIO_COUNTER REG(0x40028018u) /* counts up at CLOCK_HZ */

#ifdef MPS2_AN500
#define ETHERNET_BASE 0xA0000000u
#else
#define ETHERNET_BASE 0x40200000u
#endif
#define ETHERNET_IRQ 13

#define SYST_CSR REG(0xE000E010u)
#define SYST_RVR REG(0xE000E014u)
#define SYST_CVR REG(0xE000E018u)
#define NVIC_ISER0 REG(0xE000E100u)
#define NVIC_ICPR0 REG(0xE000E280u)
#define SCB_SHCSR REG(0xE000ED24u)
#define SCB_CFSR REG(0xE000ED28u)
#define SCB_HFSR REG(0xE000ED2Cu)
#define SCB_MMFAR REG(0xE000ED34u)
#define SCB_BFAR REG(0xE000ED38u)
#define MPU_TYPE REG(0xE000ED90u)
#define MPU_CTRL REG(0xE000ED94u)
#define MPU_RNR REG(0xE000ED98u)
#define MPU_RBAR REG(0xE000ED9Cu)
#define MPU_RASR REG(0xE000EDA0u)

/* mps2.ld: the main stack, without the guard */
extern uint32_t stack_bottom[], stack_top[];

/* stack.c */
void stack_paint(void);    /* what lies below the caller's frame */
void stack_protect(void);  /* from here on a step below the stack is a fault */
uint32_t stack_peak(void); /* bytes of the main stack that were ever used */
uint32_t stack_size(void); /* without the guard */

/* console.c */
void console_init(void);
void console_puts(const char *s);
void console_number(uint32_t value);
void console_hex(const char *name, uint32_t value);                /* "name: 0xvalue" */
void console_mark(const char *what, uint32_t peak, uint32_t size); /* "memory: what, peak 1 of 2" */

/* clock.c */
uint32_t clock_ms(void); /* since reset; wraps */
void clock_init(void);
void clock_sleep(void); /* until the next interrupt; with interrupts masked */
uint32_t clock_instructions(void);

/* semihost.c */
void semihost_exit(int code) __attribute__((noreturn));
bool semihost_setting(const char *name, char *value, size_t size);
bool semihost_wall_clock(int64_t *s);
int semihost_open(const char *path, bool change); /* a file that is there; negative: it is not */
bool semihost_seek(int file, uint32_t at);
bool semihost_read(int file, void *p, size_t n);
bool semihost_write(int file, const void *p, size_t n);

/* entropy_qemu_unsafe.c */
int entropy_qemu_unsafe(void *arg, unsigned char *p, size_t n);

#endif
