/* SPDX-License-Identifier: Apache-2.0
 *
 * lwIP on the LAN9118, address by DHCP. It must never know what is sent.
 */
#include "network.h"

#include <lwip/dhcp.h>
#include <lwip/init.h>
#include <lwip/memp.h>
#include <lwip/stats.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>

#include "lan9118.h"
#include "mps2.h"
#if !NO_SYS
#include "sys_arch.h"
#endif

enum { LINK_CHECK_MS = 200 };

struct netif network;

/* A cable that was put back makes lwIP ask for an address again. */
static void check_link(void *arg)
{
    (void)arg;
    lan9118_check_link(&network);
    sys_timeout(LINK_CHECK_MS, check_link, NULL);
}

static bool add_interface(netif_input_fn input)
{
    if (netif_add(&network, NULL, NULL, NULL, NULL, lan9118_init, input) == NULL) {
        return false;
    }
#if LWIP_IPV6
    netif_create_ip6_linklocal_address(&network, 1);
    network.ip6_autoconfig_enabled = 1;
#endif
    netif_set_default(&network);
    netif_set_up(&network);
    check_link(NULL);
    return dhcp_start(&network) == ERR_OK;
}

#if NO_SYS
bool network_start(void)
{
    lwip_init();
    return add_interface(netif_input);
}

u32_t sys_now(void)
{
    return clock_ms();
}

/* The whole of a superloop: frames, timers, sleep. */
void network_sleep(uint32_t ms)
{
    uint32_t began_ms = clock_ms();

    do {
        unsigned count = lan9118_poll(&network);

        sys_check_timeouts();
        __asm volatile("cpsid i" ::: "memory");
        if (count == 0 && ms != 0 && !lan9118_pending()) {
            clock_sleep();
        }
        __asm volatile("cpsie i\n isb" ::: "memory");
    } while (clock_ms() - began_ms < ms);
}
#else
bool network_start(void)
{
    bool started;

    tcpip_init(NULL, NULL);
    LOCK_TCPIP_CORE();
    started = add_interface(tcpip_input);
    UNLOCK_TCPIP_CORE();
    sys_arch_poll(&network);
    return started;
}

void network_sleep(uint32_t ms)
{
    sys_msleep(ms);
}
#endif

bool network_is_up(void)
{
    return netif_is_link_up(&network) && dhcp_supplied_address(&network);
}

/* ---- Memory ---- */

static const char *const pool_names[] = {
#define LWIP_MEMPOOL(name, num, size, desc) "lwIP " #name,
#include <lwip/priv/memp_std.h>
};

const char *network_pool_name(unsigned pool)
{
    return pool_names[pool];
}

uint32_t network_heap_used(void)
{
    return lwip_stats.mem.used;
}

uint32_t network_pool_used(unsigned pool)
{
    return lwip_stats.memp[pool]->used;
}

void network_print_memory(void)
{
    unsigned pool;

    console_mark("lwIP heap", lwip_stats.mem.max, lwip_stats.mem.avail);
    for (pool = 0; pool < MEMP_MAX; pool++) {
        if (lwip_stats.memp[pool]->max > 0) {
            console_mark(pool_names[pool], lwip_stats.memp[pool]->max, lwip_stats.memp[pool]->avail);
        }
    }
}
