/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphore, mutex and mailbox of lwIP for one thread: plain variables, see sys_arch.c.
 */
#ifndef BOARD_ARCH_SYS_ARCH_H
#define BOARD_ARCH_SYS_ARCH_H

#include <stddef.h>
#include <stdint.h>

enum { BOARD_MBOX_SIZE = 16 };

typedef struct {
    uint8_t count, valid;
} sys_sem_t;

typedef struct {
    uint8_t locked, valid;
} sys_mutex_t;

typedef struct {
    void *items[BOARD_MBOX_SIZE];
    uint8_t head, count, valid;
} sys_mbox_t;

typedef int sys_thread_t;
typedef uint32_t sys_prot_t;

#define sys_sem_valid(s) ((s)->valid)
#define sys_sem_set_invalid(s) ((s)->valid = 0)
#define sys_mutex_valid(m) ((m)->valid)
#define sys_mutex_set_invalid(m) ((m)->valid = 0)
#define sys_mbox_valid(m) ((m)->valid)
#define sys_mbox_set_invalid(m) ((m)->valid = 0)

#endif
