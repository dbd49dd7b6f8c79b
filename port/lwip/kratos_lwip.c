/* SPDX-License-Identifier: Apache-2.0
 *
 * The lwIP port: one non-blocking socket, and select() wherever a call may wait. It must never know what the
 * bytes mean, keep state outside of struct kratos_lwip, or wait longer than it was told. Nor may it read errno:
 * where that is one variable for all tasks, another one's call may have come between. So what has to be known
 * exactly is asked of the netconn below the socket, whose functions return it.
 */
#include "kratos_lwip.h"

#include <string.h>

#include <lwip/api.h>
#include <lwip/dns.h>
#include <lwip/err.h>
#include <lwip/netdb.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/sockets.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>

#if LWIP_VERSION_MAJOR != 2 || LWIP_VERSION_MINOR < 1
#error "port/lwip needs lwIP 2.1 or 2.2; point LWIP_DIR at such a source tree"
#endif
#if !LWIP_SOCKET || !LWIP_SOCKET_SELECT
#error "port/lwip needs LWIP_SOCKET 1 and LWIP_SOCKET_SELECT 1 in lwipopts.h"
#endif

enum { IDLE, LOOKING, CONNECTING, OPEN };
enum { NO_ANSWER, WAITING, FOUND, NOT_FOUND };
enum { READABLE, WRITABLE, FAILED };

/* Families are tried in this order. */
enum {
#if LWIP_IPV6
    IPV6,
#endif
#if LWIP_IPV4
    IPV4,
#endif
    FAMILY_COUNT
};

#if LWIP_DNS
#define NO_ADDRESS HOST_NOT_FOUND
#else
#define NO_ADDRESS EHOSTUNREACH /* a name, and nobody to ask */
#endif

/* How often a look-up that is waited for is asked whether it is done. */
#define STEP_MS 5u
#define LONGEST_TICK_MS 1000u

/* ---- Time ---- */

static uint32_t clock_ms(void *ctx)
{
    (void)ctx;
    return sys_now();
}

static uint32_t left_ms(uint32_t began_ms, uint32_t wait_ms)
{
    uint32_t gone_ms = sys_now() - began_ms;

    return gone_ms < wait_ms ? wait_ms - gone_ms : 0;
}

static int fail(struct kratos_lwip *t, int error)
{
    t->error = error;
    return KRATOS_ERR_IO;
}

/* 1 it is, 0 time over, negative: select() itself failed, for which lwIP's one reason here is memory. */
static int wait_until(struct kratos_lwip *t, int what, uint32_t wait_ms)
{
    struct timeval time;
    fd_set set;
    int rc;

    FD_ZERO(&set);
    FD_SET(t->fd, &set);
    time.tv_sec = (long)(wait_ms / 1000u);
    time.tv_usec = (long)(wait_ms % 1000u) * 1000;
    rc = lwip_select(t->fd + 1, what == READABLE ? &set : NULL, what == WRITABLE ? &set : NULL,
                     what == FAILED ? &set : NULL, &time);
    return rc >= 0 ? rc : fail(t, ENOMEM);
}

/* A delay of less than a tick is none at all with many an RTOS: asked for again and again it would keep all tasks of
 * a lower priority from running. So what did not last is tried longer. */
static void rest(uint32_t left)
{
    uint32_t began_ms = sys_now(), ms = left < STEP_MS ? left : STEP_MS;

    do {
        sys_msleep(ms);
        ms *= 2;
    } while (sys_now() == began_ms && ms < LONGEST_TICK_MS);
}

/* ---- From a host to an address ---- */

#if LWIP_DNS
static bool is_asked_for(const struct kratos_lwip *t, const char *name)
{
    size_t n = strlen(name);

    if (t->host == NULL || strncmp(t->host, name, n) != 0) {
        return false;
    }
    return t->host[n] == '\0' || (t->host[n] == '.' && t->host[n + 1] == '\0');
}

/* In lwIP's thread. A late answer, to a question that close() gave up, must change nothing. */
static void answered(const char *name, const ip_addr_t *address, void *arg)
{
    struct kratos_lwip *t = arg;
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    if (t->answer == WAITING && is_asked_for(t, name)) {
        if (address != NULL) {
            t->address = *address;
        }
        t->answer = address != NULL ? FOUND : NOT_FOUND;
    }
    SYS_ARCH_UNPROTECT(level);
}

static uint8_t dns_family(const struct kratos_lwip *t)
{
#if LWIP_IPV4 && LWIP_IPV6
    return t->family == IPV6 ? LWIP_DNS_ADDRTYPE_IPV6 : LWIP_DNS_ADDRTYPE_IPV4;
#else
    (void)t;
    return LWIP_DNS_ADDRTYPE_DEFAULT;
#endif
}

/* With lwIP's core lock, or in its thread. */
static void ask(void *arg)
{
    struct kratos_lwip *t = arg;
    const char *host = t->host;
    ip_addr_t known;
    err_t rc;

    if (host == NULL) {
        return;
    }
    rc = dns_gethostbyname_addrtype(host, &known, answered, t, dns_family(t));
    if (rc == ERR_OK) {
        answered(host, &known, t);
    } else if (rc != ERR_INPROGRESS) {
        t->error = err_to_errno(rc);
        t->answer = NOT_FOUND;
    }
}

static void ask_for_name(struct kratos_lwip *t)
{
#if LWIP_TCPIP_CORE_LOCKING
    LOCK_TCPIP_CORE();
    ask(t);
    UNLOCK_TCPIP_CORE();
#else
    if (tcpip_callback(ask, t) != ERR_OK) {
        t->error = ENOMEM;
        t->answer = NOT_FOUND;
    }
#endif
}
#else
static void ask_for_name(struct kratos_lwip *t)
{
    t->answer = NOT_FOUND;
}
#endif

static void forget_question(struct kratos_lwip *t)
{
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    t->host = NULL;
    t->answer = NO_ANSWER;
    SYS_ARCH_UNPROTECT(level);
}

/* "::ffff:192.0.2.1" is an IPv4 address. */
static void unmap(ip_addr_t *address)
{
#if LWIP_IPV4 && LWIP_IPV6
    if (IP_IS_V6(address) && ip6_addr_isipv4mappedipv6(ip_2_ip6(address))) {
        unmap_ipv4_mapped_ipv6(ip_2_ip4(address), ip_2_ip6(address));
        IP_SET_TYPE(address, IPADDR_TYPE_V4);
    }
#else
    (void)address;
#endif
}

/* A numeric address is never asked for: it would go out as a name of the other family. It is the last one to
 * try. */
static void begin_lookup(struct kratos_lwip *t, const char *host)
{
    ip_addr_t numeric;

    t->state = LOOKING;
    t->error = NO_ADDRESS;
    if (ipaddr_aton(host, &numeric)) {
        unmap(&numeric);
        t->address = numeric;
        t->family = FAMILY_COUNT - 1;
        t->answer = FOUND;
        return;
    }
    t->host = host;
    t->answer = WAITING;
    ask_for_name(t);
}

/* ---- Opening ---- */

static void drop_socket(struct kratos_lwip *t)
{
    if (t->fd >= 0) {
        lwip_close(t->fd);
    }
    t->fd = -1;
    t->state = IDLE;
}

/* Neither is worth a failure. Without TCP_NODELAY a request of two writes waits for the peer's delayed ACK. */
static void set_options(struct kratos_lwip *t)
{
    int one = 1;

    lwip_setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#if LWIP_SO_SNDTIMEO
    netconn_set_sendtimeout(t->conn, KRATOS_LWIP_CLOSE_MS);
#endif
}

static int connected(struct kratos_lwip *t)
{
    t->state = OPEN;
    t->error = 0;
    t->broken = t->ended = false;
    return 1;
}

/* 1 open, 0 not yet, negative: this address fails. */
static int begin_connect(struct kratos_lwip *t, uint16_t port)
{
    err_t rc;

    forget_question(t);
    t->fd = lwip_socket(IP_IS_V6(&t->address) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (t->fd < 0) {
        return fail(t, ENOBUFS);
    }
    t->conn = lwip_socket_dbg_get_socket(t->fd)->conn;
    t->state = CONNECTING;
    t->attempt_ms = sys_now();
    set_options(t);
    netconn_set_nonblocking(t->conn, 1);
    rc = netconn_connect(t->conn, &t->address, port);
    if (rc == ERR_OK) {
        return connected(t);
    }
    return rc == ERR_INPROGRESS ? 0 : fail(t, err_to_errno(rc));
}

static int continue_lookup(struct kratos_lwip *t, uint16_t port, uint32_t left)
{
    if (t->answer == WAITING) {
        if (left > 0) {
            rest(left);
        }
        return 0;
    }
    return t->answer == FOUND ? begin_connect(t, port) : KRATOS_ERR_IO;
}

static int continue_connect(struct kratos_lwip *t, uint32_t left)
{
    bool last = t->family == FAMILY_COUNT - 1;
    uint32_t patience = left_ms(t->attempt_ms, KRATOS_LWIP_PATIENCE_MS);
    int rc = wait_until(t, WRITABLE, last || left < patience ? left : patience);
    err_t error;

    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        return last || left_ms(t->attempt_ms, KRATOS_LWIP_PATIENCE_MS) > 0 ? 0 : fail(t, ETIMEDOUT);
    }
    error = netconn_err(t->conn);
    return error == ERR_OK ? connected(t) : fail(t, err_to_errno(error));
}

/* 1 open, 0 not yet, negative: no address is left. */
static int step(struct kratos_lwip *t, const char *host, uint16_t port, uint32_t left)
{
    int rc;

    if (t->state == IDLE) {
        begin_lookup(t, host);
    }
    rc = t->state == LOOKING ? continue_lookup(t, port, left) : continue_connect(t, left);
    if (rc >= 0) {
        return rc;
    }
    drop_socket(t);
    forget_question(t);
    return ++t->family < FAMILY_COUNT ? 0 : rc;
}

static int stream_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct kratos_lwip *t = ctx;
    uint32_t began_ms = sys_now();
    int rc;

    if (t->state == OPEN) {
        return 1;
    }
    if (host == NULL || host[0] == '\0' || strncmp(host, "unix:", 5) == 0) {
        return fail(t, EINVAL);
    }
    do {
        rc = step(t, host, port, left_ms(began_ms, wait_ms));
    } while (rc == 0 && left_ms(began_ms, wait_ms) > 0);
    if (rc < 0) {
        t->family = 0;
    }
    return rc;
}

/* ---- Bytes ---- */

/* After a call that moved nothing: 1 try again, 0 time over, negative failure (error is not 0). */
static int after_nothing(struct kratos_lwip *t, int error, int what, uint32_t left)
{
    int rc = error != 0 ? fail(t, error) : left == 0 ? 0 : wait_until(t, what, left);

    if (rc < 0) {
        t->broken = true;
    }
    return rc;
}

/* Of a call that received nothing: 0 where there is nothing yet. lwIP tells of a reset only once, and whom it told may have
 * been the write before, whose error then stays. That there was one at all it keeps for select(). */
static int receive_error(struct kratos_lwip *t)
{
    err_t error = netconn_err(t->conn);

    if (error != ERR_OK) {
        return err_to_errno(error);
    }
    if (wait_until(t, FAILED, 0) == 0) {
        return 0;
    }
    return t->error != 0 ? t->error : ECONNABORTED;
}

static int not_open(struct kratos_lwip *t)
{
    return fail(t, t->error != 0 ? t->error : ENOTCONN);
}

static int stream_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_lwip *t = ctx;
    uint32_t began_ms = sys_now();

    if (t->state != OPEN || t->broken) {
        return not_open(t);
    }
    for (;;) {
        size_t sent = 0;
        err_t error = netconn_write_partly(t->conn, p, n, NETCONN_COPY, &sent);
        int rc;

        if (error == ERR_OK) {
            return (int)sent;
        }
        rc = after_nothing(t, error == ERR_WOULDBLOCK ? 0 : err_to_errno(error), WRITABLE, left_ms(began_ms, wait_ms));
        if (rc <= 0) {
            return rc;
        }
    }
}

/* What was received before a write failed is still given: a server may refuse a request early. */
static int stream_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct kratos_lwip *t = ctx;
    uint32_t began_ms = sys_now();

    if (t->state != OPEN) {
        return not_open(t);
    }
    if (t->ended) {
        return t->broken ? KRATOS_ERR_IO : KRATOS_ERR_CLOSED;
    }
    if (n == 0) {
        return 0;
    }
    for (;;) {
        ssize_t got = lwip_recv(t->fd, p, n, 0);
        int rc;

        if (got > 0) {
            return (int)got;
        }
        if (got == 0) {
            t->ended = true;
            return t->broken ? KRATOS_ERR_IO : KRATOS_ERR_CLOSED;
        }
        rc = after_nothing(t, receive_error(t), READABLE, left_ms(began_ms, wait_ms));
        if (rc < 0) {
            t->ended = true;
        }
        if (rc <= 0) {
            return rc;
        }
    }
}

static void stream_close(void *ctx)
{
    struct kratos_lwip *t = ctx;

    drop_socket(t);
    forget_question(t);
    t->family = 0;
}

static int stream_native_error(void *ctx)
{
    const struct kratos_lwip *t = ctx;

    return t->error;
}

/* ---- Public ---- */

const struct kratos_io *kratos_lwip_io(struct kratos_lwip *t)
{
    memset(t, 0, sizeof *t);
    t->fd = -1;
    t->io.ctx = t;
    t->io.open = stream_open;
    t->io.write = stream_write;
    t->io.read = stream_read;
    t->io.close = stream_close;
    t->io.native_error = stream_native_error;
    t->io.now_ms = clock_ms;
    return &t->io;
}

int kratos_lwip_fd(const struct kratos_lwip *t)
{
    return t->fd;
}
