/* SPDX-License-Identifier: Apache-2.0
 *
 * The POSIX port: one non-blocking socket, and poll() wherever a call may wait. It must never know
 * what the bytes mean, keep state outside of struct kratos_posix, or wait longer than it was told
 * (kratos_posix.h names the one exception).
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#define _DARWIN_C_SOURCE 1 /* SO_NOSIGPIPE */
#endif

#include "kratos_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifndef KRATOS_POSIX_NO_LOCAL
#include <sys/un.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* then SO_NOSIGPIPE does it */
#endif

enum { IDLE, BEGUN, CONNECTING, OPEN }; /* BEGUN: a socket, connect() is still to be called */
enum { PATIENCE_MIN_MS = 250, PATIENCE_MAX_MS = 2000, LOCAL_RETRY_MS = 10 };

static const char local_prefix[] = "unix:";

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
#ifndef KRATOS_POSIX_NO_LOCAL
    struct sockaddr_un local;
#endif
};

/* Fails to compile where the bytes[] of the header are too few. */
typedef char address_fits[sizeof(struct sockaddr_in6) <= 28 ? 1 : -1];

/* ---- Time ---- */

static uint32_t clock_ms(void *ctx)
{
    struct timespec now;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

static uint32_t left_ms(uint32_t began_ms, uint32_t wait_ms)
{
    uint32_t gone_ms = clock_ms(NULL) - began_ms;

    return gone_ms < wait_ms ? wait_ms - gone_ms : 0;
}

/* 1 ready, 0 time over, negative poll() failed. A signal neither ends the wait nor starts it
 * anew. */
static int wait_for(int fd, short events, uint32_t began_ms, uint32_t wait_ms)
{
    for (;;) {
        struct pollfd one = {.fd = fd, .events = events};
        uint32_t left = left_ms(began_ms, wait_ms);
        int rc = poll(&one, 1, left > INT_MAX ? INT_MAX : (int)left);

        if (rc > 0) {
            return 1;
        }
        if (rc < 0 && errno != EINTR) {
            return -1;
        }
        if (rc == 0 && left <= INT_MAX) {
            return 0;
        }
    }
}

/* ---- From a host to addresses ---- */

static int fail(struct kratos_posix *p, int error)
{
    p->error = error;
    return KRATOS_ERR_IO;
}

static int lookup_error(int rc)
{
#ifdef EAI_SYSTEM
    if (rc == EAI_SYSTEM) {
        return errno;
    }
#endif
    return KRATOS_POSIX_LOOKUP + (rc < 0 ? -rc : rc);
}

static const struct addrinfo *next_of_family(const struct addrinfo *at, int family)
{
    while (at != NULL && at->ai_family != family) {
        at = at->ai_next;
    }
    return at;
}

/* Families in turn, so that a household whose IPv6 is dead reaches IPv4 with the second attempt,
 * and so that the limit never leaves out a whole family. */
static void keep_addresses(struct kratos_posix *p, const struct addrinfo *list)
{
    const bool ipv6_first = list->ai_family == AF_INET6;
    const int family[2] = {ipv6_first ? AF_INET6 : AF_INET, ipv6_first ? AF_INET : AF_INET6};
    const struct addrinfo *at[2];
    unsigned turn;

    at[0] = next_of_family(list, family[0]);
    at[1] = next_of_family(list, family[1]);
    for (turn = 0; at[0] != NULL || at[1] != NULL; turn ^= 1u) {
        const struct addrinfo *one = at[turn];

        if (one == NULL) {
            continue;
        }
        if (p->address_count == KRATOS_POSIX_ADDRESSES) {
            return;
        }
        at[turn] = next_of_family(one->ai_next, family[turn]);
        if (one->ai_addrlen > sizeof p->addresses[0].bytes) {
            continue;
        }
        memcpy(p->addresses[p->address_count].bytes, one->ai_addr, one->ai_addrlen);
        p->addresses[p->address_count].size = (uint8_t)one->ai_addrlen;
        p->address_count++;
    }
}

/* AI_ADDRCONFIG is left out on purpose: it hides the loopback of a machine that has no other
 * network. */
static int find_addresses(struct kratos_posix *p, const char *host, uint16_t port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char service[6];
    int rc;

    snprintf(service, sizeof service, "%u", (unsigned)port);
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    rc = getaddrinfo(host, service, &hints, &list);
    if (rc == EAI_NONAME) {
        hints.ai_flags = AI_NUMERICSERV;
        rc = getaddrinfo(host, service, &hints, &list);
    }
    if (rc != 0) {
        return fail(p, lookup_error(rc));
    }
    keep_addresses(p, list);
    freeaddrinfo(list);
    return p->address_count > 0 ? 0 : fail(p, lookup_error(EAI_NONAME));
}

#ifndef KRATOS_POSIX_NO_LOCAL
/* A path that does not fit would reach another file if it were cut, and an empty one means
 * Linux' abstract names. */
static int check_local(struct kratos_posix *p, const char *path)
{
    const size_t n = strlen(path);

    if (n == 0) {
        return fail(p, ENOENT);
    }
    if (n >= sizeof((union address *)NULL)->local.sun_path) {
        return fail(p, ENAMETOOLONG);
    }
    p->address_count = 1;
    return 0;
}

static socklen_t local_address(const char *path, union address *to)
{
    to->local.sun_family = AF_UNIX;
    memcpy(to->local.sun_path, path, strlen(path)); /* check_local() has measured it */
    return sizeof to->local;
}
#else
static int check_local(struct kratos_posix *p, const char *path)
{
    (void)path;
    return fail(p, EAFNOSUPPORT);
}

static socklen_t local_address(const char *path, union address *to)
{
    (void)path;
    (void)to;
    return 0;
}
#endif

static int resolve(struct kratos_posix *p, const char *host, uint16_t port)
{
    p->error = 0;
    p->broken = false;
    p->address_count = 0;
    p->address_next = 0;
    if (host == NULL || host[0] == '\0') {
        return fail(p, EINVAL); /* to getaddrinfo() it would mean this machine */
    }
    p->local = strncmp(host, local_prefix, sizeof local_prefix - 1) == 0;
    if (p->local) {
        return check_local(p, host + sizeof local_prefix - 1);
    }
    return find_addresses(p, host, port);
}

static socklen_t get_address(const struct kratos_posix *p, const char *host, union address *to)
{
    memset(to, 0, sizeof *to);
    if (!p->local) {
        memcpy(to, p->addresses[p->address_next].bytes, p->addresses[p->address_next].size);
        return p->addresses[p->address_next].size;
    }
    return local_address(host + sizeof local_prefix - 1, to);
}

/* ---- Opening ---- */

static void drop_socket(struct kratos_posix *p)
{
    if (p->fd >= 0) {
        close(p->fd); /* not repeated after EINTR: the number may be another thread's by then */
    }
    p->fd = -1;
    p->state = IDLE;
}

#if !defined(SOCK_CLOEXEC) || !defined(SOCK_NONBLOCK)
/* Where nothing can start a program (Zephyr) there is no such flag either. */
static int keep_from_programs(int fd)
{
#if defined(F_SETFD) && defined(FD_CLOEXEC)
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
#else
    (void)fd;
    return 0;
#endif
}
#endif

static int new_socket(int family)
{
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    int fd = socket(family, SOCK_STREAM, 0);
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

    if (fd >= 0 && (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || keep_from_programs(fd) < 0)) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
#endif
}

/* Neither is worth a failure: without TCP_NODELAY it is slower, and that is all. */
static void set_options(int fd, bool local)
{
    int one = 1;

    if (!local) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
#ifdef SO_NOSIGPIPE
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#endif
}

static uint32_t fair_share(const struct kratos_posix *p, uint32_t left)
{
    uint32_t share = left / (uint32_t)(p->address_count - p->address_next);

    if (left == 0 || share > PATIENCE_MAX_MS) {
        return PATIENCE_MAX_MS;
    }
    return share < PATIENCE_MIN_MS ? PATIENCE_MIN_MS : share;
}

static bool begin_address(struct kratos_posix *p, const char *host, uint32_t left)
{
    union address to;

    get_address(p, host, &to);
    p->fd = new_socket(to.any.sa_family);
    if (p->fd < 0) {
        p->error = errno;
        return false;
    }
    set_options(p->fd, p->local);
    p->state = BEGUN;
    p->attempt_ms = clock_ms(NULL);
    p->patience_ms = fair_share(p, left);
    return true;
}

/* TCP can meet itself: a connection to a port of this machine where nobody listens succeeds if
 * the system happens to choose that very port for our end. Kratos is not there, and everything
 * sent would come back. */
static bool is_self(int fd)
{
    union address ours, theirs;
    socklen_t our_size = sizeof ours, their_size = sizeof theirs;

    memset(&ours, 0, sizeof ours);
    memset(&theirs, 0, sizeof theirs);
    if (getsockname(fd, &ours.any, &our_size) != 0 || getpeername(fd, &theirs.any, &their_size) != 0) {
        return false;
    }
    /* Both were zeroed as a whole, so padding is equal too. */
    return our_size == their_size &&
           memcmp((const unsigned char *)&ours, (const unsigned char *)&theirs, our_size) == 0;
}

static int connected(struct kratos_posix *p)
{
    if (!p->local && is_self(p->fd)) {
        return fail(p, ECONNREFUSED);
    }
    p->state = OPEN;
    return 1;
}

/* 1 open, 0 not yet, negative: this address fails. */
static int call_connect(struct kratos_posix *p, const char *host)
{
    union address to;
    socklen_t size = get_address(p, host, &to);

    if (connect(p->fd, &to.any, size) == 0) {
        return connected(p);
    }
    if (errno == EINPROGRESS || errno == EINTR) {
        p->state = CONNECTING;
        return 0;
    }
    if (p->local && errno == EAGAIN) {
        return 0; /* Linux: the queue of the listener is full, and there is nothing to poll for */
    }
    return fail(p, errno);
}

static int ask_connected(struct kratos_posix *p)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        return fail(p, errno);
    }
    return error == 0 ? connected(p) : fail(p, error);
}

/* Goes on with the present address for at most `left`, or as long as its patience lasts when
 * there is another one. */
static int continue_address(struct kratos_posix *p, const char *host, uint32_t left)
{
    uint32_t now = clock_ms(NULL), wait_ms = left;
    int rc;

    if (p->state == BEGUN) {
        rc = call_connect(p, host);
        if (rc != 0) {
            return rc;
        }
    }
    if (p->state == BEGUN) {
        poll(NULL, 0, (int)(left < LOCAL_RETRY_MS ? left : LOCAL_RETRY_MS));
        return 0;
    }
    if (p->address_next + 1 < p->address_count && left_ms(p->attempt_ms, p->patience_ms) < left) {
        wait_ms = left_ms(p->attempt_ms, p->patience_ms);
    }
    rc = wait_for(p->fd, POLLOUT, now, wait_ms);
    if (rc < 0) {
        return fail(p, errno);
    }
    return rc == 0 ? 0 : ask_connected(p);
}

static bool is_out_of_patience(const struct kratos_posix *p)
{
    return p->address_next + 1 < p->address_count && left_ms(p->attempt_ms, p->patience_ms) == 0;
}

/* Tries one address after the other until one is open, none is left (negative), or the time is
 * over (0). */
static int try_addresses(struct kratos_posix *p, const char *host, uint32_t began_ms, uint32_t wait_ms)
{
    while (p->address_next < p->address_count) {
        int rc = KRATOS_ERR_IO;

        if (p->fd >= 0 || begin_address(p, host, left_ms(began_ms, wait_ms))) {
            rc = continue_address(p, host, left_ms(began_ms, wait_ms));
        }
        if (rc > 0) {
            return 1;
        }
        if (rc < 0 || is_out_of_patience(p)) {
            drop_socket(p);
            p->address_next++;
        } else if (left_ms(began_ms, wait_ms) == 0) {
            return 0;
        }
    }
    return KRATOS_ERR_IO;
}

static int stream_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct kratos_posix *p = ctx;
    uint32_t began_ms = clock_ms(NULL);

    if (p->state == OPEN) {
        return 1;
    }
    if (p->state == IDLE) {
        int rc = resolve(p, host, port);

        if (rc < 0) {
            return rc;
        }
    }
    return try_addresses(p, host, began_ms, wait_ms);
}

/* ---- Bytes ---- */

/* After a send() or recv() that moved nothing: 1 try again, 0 time over, negative failure. A
 * failure is remembered, since the kernel tells of a reset only once and answers with an orderly
 * end afterwards. */
static int after_error(struct kratos_posix *p, short events, uint32_t began_ms, uint32_t wait_ms)
{
    int rc;

    if (errno == EINTR) {
        return 1;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        rc = wait_ms == 0 ? 0 : wait_for(p->fd, events, began_ms, wait_ms);
        if (rc >= 0) {
            return rc;
        }
    }
    p->broken = true;
    return fail(p, errno);
}

static int not_open(struct kratos_posix *p)
{
    return fail(p, p->error != 0 ? p->error : ENOTCONN);
}

static int stream_write(void *ctx, const void *data, size_t n, uint32_t wait_ms)
{
    struct kratos_posix *p = ctx;
    uint32_t began_ms = clock_ms(NULL);

    if (p->state != OPEN || p->broken) {
        return not_open(p);
    }
    for (;;) {
        ssize_t sent = send(p->fd, data, n < INT_MAX ? n : INT_MAX, MSG_NOSIGNAL);
        int rc;

        if (sent >= 0) {
            return (int)sent;
        }
        rc = after_error(p, POLLOUT, began_ms, wait_ms);
        if (rc <= 0) {
            return rc;
        }
    }
}

static int stream_read(void *ctx, void *data, size_t n, uint32_t wait_ms)
{
    struct kratos_posix *p = ctx;
    uint32_t began_ms = clock_ms(NULL);

    if (p->state != OPEN) {
        return not_open(p);
    }
    if (n == 0) {
        return 0; /* recv() would answer as if the peer had closed */
    }
    for (;;) {
        ssize_t got = recv(p->fd, data, n < INT_MAX ? n : INT_MAX, 0);
        int rc;

        if (got > 0) {
            return (int)got;
        }
        if (got == 0) {
            return p->broken ? KRATOS_ERR_IO : KRATOS_ERR_CLOSED;
        }
        rc = after_error(p, POLLIN, began_ms, wait_ms);
        if (rc <= 0) {
            return rc;
        }
    }
}

static void stream_close(void *ctx)
{
    drop_socket(ctx);
}

static int stream_native_error(void *ctx)
{
    const struct kratos_posix *p = ctx;

    return p->error;
}

/* ---- Public ---- */

const struct kratos_io *kratos_posix_io(struct kratos_posix *p)
{
    memset(p, 0, sizeof *p);
    p->fd = -1;
    p->io.ctx = p;
    p->io.open = stream_open;
    p->io.write = stream_write;
    p->io.read = stream_read;
    p->io.close = stream_close;
    p->io.native_error = stream_native_error;
    p->io.now_ms = clock_ms;
    return &p->io;
}

int kratos_posix_fd(const struct kratos_posix *p)
{
    return p->fd;
}

const char *kratos_posix_error_text(int native_error)
{
    if (native_error < KRATOS_POSIX_LOOKUP) {
        return strerror(native_error);
    }
    native_error -= KRATOS_POSIX_LOOKUP;
    return gai_strerror(EAI_NONAME < 0 ? -native_error : native_error);
}
