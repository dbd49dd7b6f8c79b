/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte stream over the sockets of lwIP 2.1 or 2.2, with any RTOS that lwIP has a sys_arch for, or with none. It
 * must never know HTTP, JSON or Kratos, nor a driver, a board or an operating system.
 *
 *     static struct kratos_lwip tcp;
 *     rc = kratos_init(&k, &config, kratos_lwip_io(&tcp));
 *
 * - lwIP needs LWIP_SOCKET and LWIP_SOCKET_SELECT; LWIP_DNS for names. LWIP_SO_SNDTIMEO is worth its few bytes,
 *   see close().
 * - open() keeps its wait, the look-up of a name included: it asks lwIP's own resolver and waits for the answer in
 *   small steps. lwIP cannot take a question back: an answer that comes after close() is dropped, but it comes to
 *   the struct, which therefore must outlive it (by some DNS_MAX_RETRIES seconds). A static one always does.
 *   lwIP 2.1 asks a wrong question for a name with a dot at its end: leave the dot away there.
 * - lwIP keeps one address per name and family. With LWIP_IPV4 and LWIP_IPV6 both are tried, IPv6 first; an
 *   address that refuses is left at once, one that stays silent after KRATOS_LWIP_PATIENCE_MS; the last one has
 *   all the time that is left.
 * - Only an orderly end of the stream is KRATOS_ERR_CLOSED. A reset is KRATOS_ERR_IO, and stays so until close().
 * - native_error is a code of lwip/errno.h, HOST_NOT_FOUND (lwip/netdb.h) for a name without an address. It is what lwIP
 *   said of this connection; errno itself is never read, and need not be each task's own. ECONNABORTED stands also for a
 *   reset that lwIP reported behind a full queue of data (DEFAULT_TCP_RECVMBOX_SIZE), ENOBUFS for each lack of a socket.
 * - Threads: each struct belongs to one at a time, any number of structs may be in use at once. With an RTOS lwIP needs
 *   what it asks of everyone: tcpip_thread, and a sys_arch that can lock (docs/rtos.md). A look-up is waited for in steps
 *   of 5 ms, or of one tick where that is longer.
 * - close() hands what was written to lwIP, which sends the rest by itself. Only when there is no memory for the
 *   FIN it waits, up to KRATOS_LWIP_CLOSE_MS (LWIP_SO_SNDTIMEO; 20 s without), and then resets the connection.
 */
#ifndef KRATOS_LWIP_H
#define KRATOS_LWIP_H

#include "kratos.h"

#include <lwip/init.h>
#include <lwip/ip_addr.h>

struct netconn;

#ifdef __cplusplus
extern "C" {
#endif

/* How long an address may stay silent when there is another one to try. */
#ifndef KRATOS_LWIP_PATIENCE_MS
#define KRATOS_LWIP_PATIENCE_MS 2000
#endif

/* How long close() may wait for memory. */
#ifndef KRATOS_LWIP_CLOSE_MS
#define KRATOS_LWIP_CLOSE_MS 500
#endif

/* Private; complete only so that it can be a variable. It must not be moved or copied while it is in use. */
struct kratos_lwip {
    struct kratos_io io;
    struct netconn *conn; /* of fd */
    int fd;               /* -1: none */
    int error;
    uint32_t attempt_ms;
    const char *host; /* only while a name is looked up */
    ip_addr_t address;
    uint8_t state, family;
    volatile uint8_t answer; /* written by lwIP's thread */
    bool broken, ended;
};

/* Prepares t, whatever it held before, and returns the io inside; opens nothing. Close before you call it
 * again. */
const struct kratos_io *kratos_lwip_io(struct kratos_lwip *t);

/* For a loop of your own that waits in lwip_select() or lwip_poll() (the library non-blocking, wait_ms 0): the socket
 * of t, or -1 = there is none: nothing is open, or a name is being looked up, which no descriptor tells of: wait
 * a few milliseconds. It stays the port's: only wait on it, and ask again after each call of the library, since the
 * next open() has another one. While t connects, wait until it is writable. To be called by the thread that uses t. */
int kratos_lwip_fd(const struct kratos_lwip *t);

#ifdef __cplusplus
}
#endif
#endif
