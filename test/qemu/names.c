/* SPDX-License-Identifier: Apache-2.0
 *
 * Look-ups and addresses of port/lwip on the board, against the name server of names.py: fallback, deadlines,
 * answers that come too late. lwIP here has IPv4 and IPv6.
 */
#include <string.h>

#include <lwip/dns.h>
#include <lwip/errno.h>
#include <lwip/ip_addr.h>
#include <lwip/netdb.h>
#include <lwip/tcpip.h>

#include "board.h"
#include "kratos_lwip.h"
#include "network.h"
#include "print.h"

enum { LONG_MS = 8000, SHORT_MS = 1500, SLACK_MS = 250 };

static struct kratos_lwip tcp;
static const struct kratos_io *io;
static unsigned failed_count;
static uint16_t port, port4;

static void check(const char *name, bool passed)
{
    failed_count += !passed;
    board_puts(passed ? "ok   names: " : "FAIL names: ");
    board_puts(name);
    board_puts("\n");
}

static uint16_t to_port(const char *text)
{
    uint32_t v = 0;

    while (*text >= '0' && *text <= '9') {
        v = v * 10u + (uint32_t)(*text++ - '0');
    }
    return (uint16_t)v;
}

/* The peer sends one letter, by which address it was reached: 4 or 6; ? for none. */
static char reached_by(const char *host, uint16_t to, uint32_t wait_ms)
{
    char letter = '?';
    int rc = io->open(io->ctx, host, to, wait_ms);

    if (rc == 1 && io->read(io->ctx, &letter, 1, LONG_MS) != 1) {
        letter = '!';
    }
    return letter;
}

static void check_addresses(void)
{
    check("a numeric IPv4 address", reached_by("10.0.2.2", port, LONG_MS) == '4');
    io->close(io->ctx);
    check("an IPv4 address that is written as an IPv6 one", reached_by("::ffff:10.0.2.2", port4, LONG_MS) == '4');
    io->close(io->ctx);
    check("a numeric IPv6 address", reached_by("fec0::2", port, LONG_MS) == '6');
    io->close(io->ctx);
    check("a name that has IPv4 only", reached_by("four.test", port, LONG_MS) == '4');
    io->close(io->ctx);
    check("a name that has IPv6 only", reached_by("six.test", port, LONG_MS) == '6');
    io->close(io->ctx);
#if LWIP_VERSION_MINOR >= 2
    check("a name with a dot at its end", reached_by("six.test.", port, LONG_MS) == '6');
    io->close(io->ctx);
#endif
    check("a name that has both: IPv6 first", reached_by("both.test", port, LONG_MS) == '6');
    io->close(io->ctx);
    check("where IPv6 refuses, IPv4 is next", reached_by("both.test", port4, LONG_MS) == '4');
    io->close(io->ctx);
}

static void check_silent_address(void)
{
    uint32_t began_ms = board_now_ms(), took_ms;
    char by = reached_by("dead6.test", port, LONG_MS);

    took_ms = board_now_ms() - began_ms;
    check("where IPv6 is silent, IPv4 is next", by == '4');
    check("after KRATOS_LWIP_PATIENCE_MS",
          took_ms + 50 >= KRATOS_LWIP_PATIENCE_MS && took_ms <= KRATOS_LWIP_PATIENCE_MS + 1000u);
    io->close(io->ctx);
}

static void check_no_name(void)
{
    int rc = io->open(io->ctx, "none.test", port, LONG_MS);

    check("a name that does not exist is KRATOS_ERR_IO", rc == KRATOS_ERR_IO);
    check("and HOST_NOT_FOUND", io->native_error(io->ctx) == HOST_NOT_FOUND);
    io->close(io->ctx);
    rc = io->open(io->ctx, "", port, LONG_MS);
    check("no name is KRATOS_ERR_IO", rc == KRATOS_ERR_IO && io->native_error(io->ctx) == EINVAL);
    io->close(io->ctx);
}

static void check_silent_server(void)
{
    uint32_t began_ms = board_now_ms(), took_ms;
    int rc = io->open(io->ctx, "mute.test", port, SHORT_MS);

    took_ms = board_now_ms() - began_ms;
    check("a name server that does not answer: 0 when the time is over",
          rc == 0 && took_ms + 20 >= SHORT_MS && took_ms <= SHORT_MS + SLACK_MS);
    began_ms = board_now_ms();
    rc = io->open(io->ctx, "mute.test", port, 0);
    check("with wait 0 a look-up does not block", rc == 0 && board_now_ms() - began_ms < 50);
    io->close(io->ctx);
}

/* The answer to the first question comes while the second one is waited for. */
static void check_late_answer(void)
{
    int rc = io->open(io->ctx, "late.test", port, 0);

    io->close(io->ctx);
    check("a look-up that is given up", rc == 0);
    check("its late answer does not become the next name's", reached_by("slow6.test", port, LONG_MS) == '6');
    io->close(io->ctx);
    check("and the same name can be asked for again", reached_by("late.test", port, LONG_MS) == '4');
    io->close(io->ctx);
}

static bool has_ipv6(uint32_t wait_ms)
{
    uint32_t began_ms = board_now_ms();

    while (!ip6_addr_ispreferred(netif_ip6_addr_state(&network, 1))) {
        if (board_now_ms() - began_ms > wait_ms) {
            return false;
        }
        network_sleep(50);
    }
    return true;
}

int app_main(void)
{
    const char *missing = board_network_up(15000);
    ip_addr_t server;

    if (missing != NULL || !has_ipv6(15000)) {
        board_puts(missing != NULL ? missing : "no IPv6 address\n");
        return 1;
    }
    port = to_port(board_setting("port", "0"));
    port4 = to_port(board_setting("port4", "0"));
    board_dns_port = to_port(board_setting("dns", "53"));
    ipaddr_aton("10.0.2.2", &server);
    LOCK_TCPIP_CORE();
    dns_setserver(0, &server);
    UNLOCK_TCPIP_CORE();
    io = kratos_lwip_io(&tcp);
    check_addresses();
    check_silent_address();
    check_no_name();
    check_silent_server();
    check_late_answer();
    board_puts(failed_count == 0 ? "OK\n" : "FAILED\n");
    return failed_count == 0 ? 0 : 1;
}
