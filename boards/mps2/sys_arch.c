/* SPDX-License-Identifier: Apache-2.0
 *
 * lwIP's operating system layer for a program without one. There is a single thread, and no tcpip_thread:
 * whoever waits for something polls the driver and runs lwIP's timers meanwhile, under the core lock that
 * lwIP's API takes anyway. So no second stack is needed and no context is ever switched. Must never be called
 * from an interrupt.
 */
#include "sys_arch.h"

#include <string.h>

#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>

#include "lan9118.h"
#include "mps2.h"
#include "panic.h"

#if !LWIP_TCPIP_CORE_LOCKING || !LWIP_TCPIP_CORE_LOCKING_INPUT
#error "boards/mps2/sys_arch.c needs LWIP_TCPIP_CORE_LOCKING 1 and LWIP_TCPIP_CORE_LOCKING_INPUT 1 in lwipopts.h"
#endif

int errno; /* LWIP_PROVIDE_ERRNO only declares it; newlib's own would bring its reentrancy structure */

static struct netif *polled;
static bool in_turn;
static uint32_t posted; /* grows whenever someone's wait may be over */

void sys_arch_poll(struct netif *netif)
{
    polled = netif;
}

/* ---- Turns ---- */

/* What tcpip_thread would do if there was one, as far as there is something to do. */
static unsigned give_turn(void)
{
    unsigned count;

    if (polled == NULL || in_turn || lock_tcpip_core.locked) {
        return 0;
    }
    in_turn = true;
    count = lan9118_poll(polled); /* tcpip_input() takes the lock */
    LOCK_TCPIP_CORE();
    sys_check_timeouts();
    UNLOCK_TCPIP_CORE();
    in_turn = false;
    return count;
}

/* Sleeps only when the last turn changed nothing; interrupts are masked so that none slips in between. */
static void wait_step(void)
{
    uint32_t before = posted;

    if (give_turn() > 0 || posted != before) {
        return;
    }
    __asm volatile("cpsid i" ::: "memory");
    if (polled == NULL || !lan9118_pending()) {
        clock_sleep();
    }
    __asm volatile("cpsie i\n isb" ::: "memory");
}

/* 0 waits for ever. */
static bool wait_until(const uint8_t *count, uint32_t limit_ms)
{
    uint32_t began_ms = clock_ms();

    while (*(const volatile uint8_t *)count == 0) {
        if (limit_ms != 0 && clock_ms() - began_ms >= limit_ms) {
            return false;
        }
        wait_step();
    }
    return true;
}

/* Every call of port/lwip asks for the time: here a program that never waits (wait_ms 0) gives the stack its
 * turn too. */
u32_t sys_now(void)
{
    give_turn();
    return clock_ms();
}

void sys_init(void)
{
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn thread, void *arg, int stack_size, int priority)
{
    (void)name;
    (void)thread;
    (void)arg;
    (void)stack_size;
    (void)priority;
    return 1; /* tcpip_thread is asked for and never runs */
}

/* ---- Semaphores and mutexes ---- */

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
    sem->count = count;
    sem->valid = 1;
    return ERR_OK;
}

void sys_sem_free(sys_sem_t *sem)
{
    sem->valid = 0;
}

void sys_sem_signal(sys_sem_t *sem)
{
    sem->count++;
    posted++;
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t limit_ms)
{
    if (!wait_until(&sem->count, limit_ms)) {
        return SYS_ARCH_TIMEOUT;
    }
    sem->count--;
    return 0;
}

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    mutex->locked = 0;
    mutex->valid = 1;
    return ERR_OK;
}

void sys_mutex_free(sys_mutex_t *mutex)
{
    mutex->valid = 0;
}

/* With one thread nobody would ever unlock it. */
void sys_mutex_lock(sys_mutex_t *mutex)
{
    if (mutex->locked) {
        board_panic("lwIP's core lock was taken twice");
    }
    mutex->locked = 1;
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    mutex->locked = 0;
}

/* ---- Mailboxes ---- */

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
    if (size > BOARD_MBOX_SIZE) {
        return ERR_MEM;
    }
    memset(mbox, 0, sizeof *mbox);
    mbox->valid = 1;
    return ERR_OK;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
    mbox->valid = 0;
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *item)
{
    if (mbox->count == BOARD_MBOX_SIZE) {
        return ERR_MEM;
    }
    mbox->items[(mbox->head + mbox->count) % BOARD_MBOX_SIZE] = item;
    mbox->count++;
    posted++;
    return ERR_OK;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *item)
{
    return sys_mbox_trypost(mbox, item);
}

void sys_mbox_post(sys_mbox_t *mbox, void *item)
{
    while (sys_mbox_trypost(mbox, item) != ERR_OK) {
        wait_step();
    }
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **item)
{
    if (mbox->count == 0) {
        return SYS_MBOX_EMPTY;
    }
    if (item != NULL) {
        *item = mbox->items[mbox->head];
    }
    mbox->head = (uint8_t)((mbox->head + 1) % BOARD_MBOX_SIZE);
    mbox->count--;
    return 0;
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **item, u32_t limit_ms)
{
    if (!wait_until(&mbox->count, limit_ms)) {
        if (item != NULL) {
            *item = NULL;
        }
        return SYS_ARCH_TIMEOUT;
    }
    return sys_arch_mbox_tryfetch(mbox, item);
}
