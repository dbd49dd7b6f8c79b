/* SPDX-License-Identifier: Apache-2.0
 *
 * FreeRTOS for this board: preemptive, time slices, a tick of BOARD_TICK_HZ. Read by the kernel and by lwIP's sys_arch only.
 * It must never make errno each task's own (configUSE_NEWLIB_REENTRANT, configUSE_POSIX_ERRNO): the tests want it shared.
 */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include "panic.h"

#define configCPU_CLOCK_HZ 25000000
#define configTICK_RATE_HZ BOARD_TICK_HZ
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_32_BITS
#define configUSE_PREEMPTION 1
#define configUSE_TIME_SLICING 1
#define configUSE_PORT_OPTIMISED_TASK_SELECTION 0
#define configMAX_PRIORITIES 6
#define configMAX_TASK_NAME_LEN 8
#define configMINIMAL_STACK_SIZE 128
#define configTOTAL_HEAP_SIZE (48 * 1024)
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configSUPPORT_STATIC_ALLOCATION 0
#define configUSE_MUTEXES 1
#define configUSE_RECURSIVE_MUTEXES 1
#define configUSE_COUNTING_SEMAPHORES 1
#define configUSE_TIMERS 0
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 0
#define configUSE_NEWLIB_REENTRANT 0
#define configCHECK_FOR_STACK_OVERFLOW 2
#define configENABLE_BACKWARD_COMPATIBILITY 1 /* lwIP's sys_arch says portTICK_RATE_MS */

#define INCLUDE_vTaskDelay 1
#define INCLUDE_vTaskDelete 1
#define INCLUDE_vTaskSuspend 1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xTaskGetSchedulerState 1
#define INCLUDE_uxTaskGetStackHighWaterMark 1

/* The lowest priority for the kernel; what calls it lies between. The vectors are startup.c's. */
#define configKERNEL_INTERRUPT_PRIORITY 0xFF
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x40
#define configCHECK_HANDLER_INSTALLATION 0

#define configASSERT(x)                                                                                                \
    if (!(x)) {                                                                                                        \
        board_panic("FreeRTOS: " #x);                                                                                  \
    }

#endif
