/* SPDX-License-Identifier: Apache-2.0
 *
 * boards/app/board.h on the MPS2 board.
 */
#include "board.h"

#include <string.h>

#include <lwip/dhcp.h>
#include <lwip/ip_addr.h>

#include "kratos_lwip.h"
#include "mps2.h"
#include "network.h"
#ifdef BOARD_TLS
#include "tls.h"
#endif

#ifdef BOARD_LWIP_TEST
unsigned short board_dns_port = 53;
#endif

enum { SETTING_COUNT = 10, SETTING_SIZE = 48 };

void board_puts(const char *s)
{
    console_puts(s);
}

uint32_t board_now_ms(void)
{
    return clock_ms();
}

uint32_t board_instructions(void)
{
    return clock_instructions();
}

const char *board_setting(const char *name, const char *otherwise)
{
    static char values[SETTING_COUNT][SETTING_SIZE];
    static const char *names[SETTING_COUNT];
    unsigned i;

    for (i = 0; i < SETTING_COUNT && names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return values[i];
        }
    }
    if (i == SETTING_COUNT || !semihost_setting(name, values[i], SETTING_SIZE)) {
        return otherwise;
    }
    names[i] = name;
    return values[i];
}

/* The watchdog of a product would be fed here, and nowhere else: an interrupt goes on when the program hangs. */
void board_alive(void)
{
}

void board_sleep(uint32_t ms)
{
    network_sleep(ms);
}

/* ---- Network ---- */

static void print_address(uint32_t took_ms)
{
    char text[IP4ADDR_STRLEN_MAX];

    ip4addr_ntoa_r(netif_ip4_addr(&network), text, sizeof text);
    console_puts("network: ");
    console_puts(text);
    console_puts(" by DHCP after ");
    console_number(took_ms);
    console_puts(" ms\n");
}

const char *board_network_up(uint32_t wait_ms)
{
    uint32_t began_ms = clock_ms();

    if (!network_start()) {
        return "the Ethernet controller does not answer";
    }
    while (!network_is_up()) {
        if (clock_ms() - began_ms >= wait_ms) {
            return netif_is_link_up(&network) ? "no answer by DHCP" : "no link, is the cable plugged in?";
        }
        network_sleep(10);
    }
    print_address(clock_ms() - began_ms);
    return NULL;
}

const struct kratos_io *board_io(void)
{
    static struct kratos_lwip tcp;
    static const struct kratos_io *io;

    if (io == NULL) {
        io = kratos_lwip_io(&tcp);
#ifdef BOARD_TLS
        io = tls_io(io);
#endif
    }
    return io;
}

void board_print_link(void)
{
#ifdef BOARD_TLS
    tls_print_link();
#else
    console_puts("connected: plain TCP\n");
#endif
}

void board_print_memory(void)
{
    console_mark("stack", stack_peak(), stack_size());
    network_print_memory();
#ifdef BOARD_TLS
    tls_print_memory();
#endif
}
