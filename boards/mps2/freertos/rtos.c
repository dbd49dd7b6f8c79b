/* SPDX-License-Identifier: Apache-2.0
 *
 * FreeRTOS on this board: the tick, the Ethernet interrupt and the task behind it, lwIP's thread, locks. It must never know
 * what the tasks do.
 */
#include "rtos.h"

#include <lwip/dhcp.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>

#include "FreeRTOS.h"
#include "lan9118.h"
#include "mps2.h"
#include "panic.h"
#include "semphr.h"
#include "task.h"

#define NVIC_PRIORITY(irq) (*(volatile uint8_t *)(0xE000E400u + (irq)))

enum { LINK_CHECK_MS = 200, POLL_MS = 20, ETHERNET_PRIORITY = 5, ETHERNET_STACK = 256 };

int errno; /* LWIP_PROVIDE_ERRNO only declares it; one for all tasks, on purpose */

static struct netif network;
static TaskHandle_t driver;

/* ---- Interrupts ---- */

void systick_handler(void);
void ethernet_handler(void);
void xPortSysTickHandler(void);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name);

/* Runs from reset on, since the clock does. */
void rtos_tick_handler(void)
{
    systick_handler();
    if (xTaskGetSchedulerState() != taskSCHEDULER_NOT_STARTED) {
        xPortSysTickHandler();
    }
}

void rtos_ethernet_handler(void)
{
    BaseType_t woken = pdFALSE;

    ethernet_handler();
    vTaskNotifyGiveFromISR(driver, &woken);
    portYIELD_FROM_ISR(woken);
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
    (void)task;
    console_puts(name);
    board_panic(": its stack is exhausted");
}

/* ---- Network ---- */

/* A frame that came while the last ones were read may have raised no interrupt: it waits for the next look. */
static void drive(void *arg)
{
    (void)arg;
    for (;;) {
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(POLL_MS));
        lan9118_poll(&network);
    }
}

/* In lwIP's thread. */
static void check_link(void *arg)
{
    (void)arg;
    lan9118_check_link(&network);
    sys_timeout(LINK_CHECK_MS, check_link, NULL);
}

/* In lwIP's thread, which it starts with. */
static void add_interface(void *task)
{
    NVIC_PRIORITY(ETHERNET_IRQ) = 0x80; /* below what the kernel masks, since the handler calls it */
    if (netif_add(&network, NULL, NULL, NULL, NULL, lan9118_init, tcpip_input) == NULL) {
        board_panic("the Ethernet controller does not answer");
    }
    netif_set_default(&network);
    netif_set_up(&network);
    check_link(NULL);
    dhcp_start(&network);
    xTaskNotifyGive(task);
}

bool rtos_network_up(uint32_t wait_ms)
{
    uint32_t began_ms = clock_ms();

    if (xTaskCreate(drive, "driver", ETHERNET_STACK, NULL, ETHERNET_PRIORITY, &driver) != pdPASS) {
        return false;
    }
    tcpip_init(add_interface, xTaskGetCurrentTaskHandle());
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    while (!dhcp_supplied_address(&network)) {
        if (clock_ms() - began_ms >= wait_ms) {
            return false;
        }
        vTaskDelay(pdMS_TO_TICKS(50));
    }
    return true;
}

/* ---- Locks ---- */

void *rtos_new_lock(void)
{
    return xSemaphoreCreateMutex(); /* with priority inheritance */
}

void rtos_free_lock(void *arg)
{
    vSemaphoreDelete(arg);
}

void rtos_lock(void *arg)
{
    xSemaphoreTake(arg, portMAX_DELAY);
}

void rtos_unlock(void *arg)
{
    xSemaphoreGive(arg);
}
