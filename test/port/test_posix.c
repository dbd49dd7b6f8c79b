/* SPDX-License-Identifier: Apache-2.0
 *
 * The POSIX port beyond what every port must do: addresses and their order, unix sockets, error
 * codes, signals, the wrap of the clock. Both ends are in this one process; getaddrinfo(), socket()
 * and clock_gettime() are wrapped by the linker (-Wl,--wrap), so that a name has the addresses a
 * case needs. It must never need a network or a name server.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#define _XOPEN_SOURCE 700 /* setitimer */

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "check.h"
#include "kratos_posix.h"

enum { SLACK_MS = 250 };

static struct kratos_posix tcp;
static const struct kratos_io *io;

/* ---- Wrapped functions ---- */

static const char *fake_addresses[16]; /* of the name "made.up"; NULL ends */
static int fake_result;                /* what looking "made.up" up gives, if not 0 */
static unsigned fake_delay_ms;
static int asked_count; /* look-ups that were not only for a numeric address */
static uint16_t fake_source_port;
static uint32_t clock_offset_ms;

int __real_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __wrap_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __real_socket(int, int, int);
int __wrap_socket(int, int, int);
int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

static void sleep_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    struct addrinfo numeric = *hints, **end = list;
    size_t i;

    if ((hints->ai_flags & AI_NUMERICHOST) != 0) {
        return __real_getaddrinfo(host, service, hints, list);
    }
    asked_count++;
    if (strcmp(host, "made.up") != 0) {
        return __real_getaddrinfo(host, service, hints, list);
    }
    sleep_ms(fake_delay_ms);
    if (fake_result != 0) {
        errno = EMFILE; /* for EAI_SYSTEM */
        return fake_result;
    }
    /* The lists of glibc may be joined: freeaddrinfo() frees one element after the other. */
    numeric.ai_flags |= AI_NUMERICHOST;
    for (i = 0; fake_addresses[i] != NULL; i++) {
        if (__real_getaddrinfo(fake_addresses[i], service, &numeric, end) != 0) {
            abort();
        }
        end = &(*end)->ai_next;
    }
    return 0;
}

int __wrap_socket(int family, int type, int protocol)
{
    int fd = __real_socket(family, type, protocol);

    if (fake_source_port != 0) {
        struct sockaddr_in source = {.sin_family = AF_INET};
        int one = 1;

        source.sin_port = htons(fake_source_port);
        source.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0) {
            abort();
        }
    }
    return fd;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = __real_clock_gettime(id, t);

    t->tv_sec += (time_t)(clock_offset_ms / 1000);
    t->tv_nsec += (long)(clock_offset_ms % 1000) * 1000000;
    if (t->tv_nsec >= 1000000000) {
        t->tv_nsec -= 1000000000;
        t->tv_sec++;
    }
    return rc;
}

/* ---- The other end ---- */

static uint32_t real_ms(void)
{
    struct timespec t;

    __real_clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)t.tv_sec * 1000u + (uint32_t)(t.tv_nsec / 1000000);
}

static bool in_time(uint32_t began_ms, uint32_t from_ms, uint32_t to_ms)
{
    uint32_t ms = real_ms() - began_ms;

    return ms + 5 >= from_ms && ms <= to_ms + SLACK_MS;
}

/* Listens on the address; *port 0 takes any and says which. Negative: this machine cannot. */
static int listen_on(const char *address, uint16_t *port, int backlog)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } at;
    const bool ipv6 = strchr(address, ':') != NULL;
    socklen_t size = ipv6 ? sizeof at.ipv6 : sizeof at.ipv4;
    int fd = __real_socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0), one = 1;

    memset(&at, 0, sizeof at);
    at.any.sa_family = ipv6 ? AF_INET6 : AF_INET;
    inet_pton(at.any.sa_family, address, ipv6 ? (void *)&at.ipv6.sin6_addr : (void *)&at.ipv4.sin_addr);
    *(ipv6 ? &at.ipv6.sin6_port : &at.ipv4.sin_port) = htons(*port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (ipv6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    }
    if (fd < 0 || bind(fd, &at.any, size) != 0 || listen(fd, backlog) != 0) {
        close(fd);
        return -1;
    }
    getsockname(fd, &at.any, &size);
    *port = ntohs(ipv6 ? at.ipv6.sin6_port : at.ipv4.sin_port);
    return fd;
}

/* Fills the queue of a listener with backlog 0, so that the system does not answer the next one. */
static void fill_queue(int listener, int fds[4])
{
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    int i;

    getsockname(listener, (struct sockaddr *)&at, &size);
    for (i = 0; i < 4; i++) {
        fds[i] = __real_socket(at.ss_family, SOCK_STREAM, 0);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        if (connect(fds[i], (struct sockaddr *)&at, size) != 0 && errno != EINPROGRESS && errno != EAGAIN) {
            abort();
        }
    }
    sleep_ms(20);
}

static void close_all(int *fds, int n)
{
    while (n > 0) {
        close(fds[--n]);
    }
}

static uint16_t closed_port(void)
{
    uint16_t port = 0;
    int fd = listen_on("127.0.0.1", &port, 1);

    close(fd);
    return port;
}

static int open_io(const char *host, uint16_t port, uint32_t wait_ms)
{
    return io->open(io->ctx, host, port, wait_ms);
}

static int open_in_steps(const char *host, uint16_t port, uint32_t limit_ms)
{
    uint32_t began_ms = real_ms();
    int rc;

    do {
        rc = open_io(host, port, 0);
        sleep_ms(1);
    } while (rc == 0 && real_ms() - began_ms < limit_ms);
    return rc;
}

static void close_io(void)
{
    io->close(io->ctx);
}

/* Opens and returns our end of it, or -1. */
static int pair(int listener, const char *host, uint16_t port)
{
    return open_io(host, port, 1000) == 1 ? accept(listener, NULL, NULL) : -1;
}

static bool talks(int peer)
{
    char back[4] = "";
    bool passed = peer >= 0 && io->write(io->ctx, "ping", 4, 500) == 4 && recv(peer, back, 4, 0) == 4 &&
                  memcmp(back, "ping", 4) == 0 && send(peer, "pon", 3, 0) == 3 &&
                  io->read(io->ctx, back, 4, 500) == 3 && memcmp(back, "pon", 3) == 0;

    close(peer);
    close_io();
    return passed;
}

static void set_addresses(const char *a, const char *b, const char *c)
{
    memset(fake_addresses, 0, sizeof fake_addresses);
    fake_addresses[0] = a;
    fake_addresses[1] = b;
    fake_addresses[2] = b != NULL ? c : NULL;
}

/* ---- Cases ---- */

static void test_numeric(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), asked_before = asked_count;

    CHECK("IPv4 loopback by number", talks(pair(listener, "127.0.0.1", port)));
    close(listener);
    port = 0;
    listener = listen_on("::1", &port, 4);
    if (listener < 0) {
        printf("skip IPv6 loopback: this machine has none\n");
    } else {
        CHECK("IPv6 loopback by number, no brackets", talks(pair(listener, "::1", port)));
        close(listener);
    }
    CHECK("a numeric address never touches the resolver", asked_count == asked_before);
}

static void test_socket_options(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer = pair(listener, "127.0.0.1", port), on = 0;
    socklen_t size = sizeof on;
    char byte;

    getsockopt(tcp.fd, IPPROTO_TCP, TCP_NODELAY, &on, &size);
    CHECK("TCP_NODELAY is on", on != 0);
    CHECK("the socket is not inherited", (fcntl(tcp.fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK("the socket does not block", (fcntl(tcp.fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK("open when it is open is 1 again", open_io("127.0.0.1", port, 0) == 1);
    CHECK("read and write of no bytes are 0",
          io->read(io->ctx, &byte, 0, 0) == 0 && io->write(io->ctx, &byte, 0, 0) == 0);
    CHECK("the io claims no secrecy and no limit", !io->confidential && io->reply_max == 0);
    close_io();
    CHECK("read and write when nothing is open are errors",
          io->read(io->ctx, &byte, 1, 0) == KRATOS_ERR_IO && io->write(io->ctx, &byte, 1, 0) == KRATOS_ERR_IO);
    CHECK("and native_error says ENOTCONN", io->native_error(io->ctx) == ENOTCONN);
    close(peer);
    close(listener);
}

/* As a loop that has other things to wait for would use it. */
static void test_descriptor(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer;
    struct pollfd at = {.events = POLLIN};
    char byte;

    CHECK("no descriptor when nothing is open", kratos_posix_fd(&tcp) == -1);
    peer = pair(listener, "127.0.0.1", port);
    at.fd = kratos_posix_fd(&tcp);
    CHECK("the descriptor is the connection's", at.fd >= 0 && poll(&at, 1, 0) == 0);
    CHECK("it becomes readable when a byte comes",
          send(peer, "x", 1, 0) == 1 && poll(&at, 1, 1000) == 1 && io->read(io->ctx, &byte, 1, 0) == 1);
    close_io();
    CHECK("and is none after close", kratos_posix_fd(&tcp) == -1);
    close(peer);
    close(listener);
}

static void test_refused(void)
{
    uint16_t port = closed_port();
    uint32_t began_ms = real_ms();

    CHECK("a closed port is KRATOS_ERR_IO", open_io("127.0.0.1", port, 2000) == KRATOS_ERR_IO);
    CHECK("at once, and native_error is ECONNREFUSED",
          in_time(began_ms, 0, 0) && io->native_error(io->ctx) == ECONNREFUSED);
    CHECK("and its text is the system's", strcmp(kratos_posix_error_text(ECONNREFUSED), strerror(ECONNREFUSED)) == 0);
    close_io();
    CHECK("native_error outlives close", io->native_error(io->ctx) == ECONNREFUSED);
    CHECK("an empty host is no loopback",
          open_io("", port, 100) == KRATOS_ERR_IO && io->native_error(io->ctx) == EINVAL);
    close_io();
}

static void test_self(void)
{
    uint16_t port = closed_port();

    fake_source_port = port;
    CHECK("a connection that meets itself is refused",
          open_io("127.0.0.1", port, 500) == KRATOS_ERR_IO && io->native_error(io->ctx) == ECONNREFUSED);
    fake_source_port = 0;
    close_io();
}

static void test_lookup_failures(void)
{
    uint32_t began_ms;

    fake_result = EAI_NONAME;
    CHECK("an unknown name is KRATOS_ERR_IO", open_io("made.up", 80, 500) == KRATOS_ERR_IO);
    CHECK("and native_error no errno", io->native_error(io->ctx) == KRATOS_POSIX_LOOKUP + abs(EAI_NONAME));
    CHECK("but text", strcmp(kratos_posix_error_text(io->native_error(io->ctx)), gai_strerror(EAI_NONAME)) == 0);
    fake_result = EAI_SYSTEM;
    CHECK("EAI_SYSTEM gives the errno behind it",
          open_io("made.up", 80, 500) == KRATOS_ERR_IO && io->native_error(io->ctx) == EMFILE);
    fake_result = 0;
    close_io();
    began_ms = real_ms();
    CHECK("a name that cannot exist (RFC 6761) is KRATOS_ERR_IO by the real resolver",
          open_io("kratos.invalid", 80, 500) == KRATOS_ERR_IO && io->native_error(io->ctx) >= KRATOS_POSIX_LOOKUP);
    printf("     (it took the resolver %u ms)\n", (unsigned)(real_ms() - began_ms));
    close_io();
}

static void test_lookup_counts(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 0), queue[4];
    uint32_t began_ms;
    int rc;

    fill_queue(listener, queue);
    set_addresses("127.0.0.1", NULL, NULL);
    fake_delay_ms = 300;
    began_ms = real_ms();
    rc = open_io("made.up", port, 400);
    CHECK("the time of the look-up counts", rc == 0 && in_time(began_ms, 400, 400));
    close_io();
    began_ms = real_ms();
    rc = open_io("made.up", port, 100);
    CHECK("nothing is waited for when the look-up used the time up", rc == 0 && in_time(began_ms, 300, 300));
    CHECK("and the next call goes on without asking again",
          open_io("made.up", port, 0) == 0 && in_time(began_ms, 300, 300));
    close_io();
    fake_delay_ms = 0;
    close_all(queue, 4);
    close(listener);
}

static void test_localhost(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4);

    CHECK("localhost when only IPv4 listens", talks(pair(listener, "localhost", port)));
    set_addresses("::1", "127.0.0.1", NULL);
    CHECK("a name whose IPv6 refuses falls back to IPv4", talks(pair(listener, "made.up", port)));
    CHECK("the same in steps of wait 0",
          open_in_steps("made.up", port, 1000) == 1 && talks(accept(listener, NULL, NULL)));
    close(listener);
    port = 0;
    listener = listen_on("::1", &port, 4);
    if (listener < 0) {
        return;
    }
    set_addresses("127.0.0.1", "::1", NULL);
    CHECK("a name whose IPv4 refuses falls back to IPv6", talks(pair(listener, "made.up", port)));
    close(listener);
}

static void test_all_refuse(void)
{
    uint16_t port = closed_port();

    set_addresses("::1", "127.0.0.1", "127.0.0.2");
    CHECK("all addresses refuse: KRATOS_ERR_IO, ECONNREFUSED",
          open_io("made.up", port, 1000) == KRATOS_ERR_IO && io->native_error(io->ctx) == ECONNREFUSED);
    CHECK("a failed open leaves no socket behind", tcp.fd == -1);
    CHECK("and begins anew with the next call", open_io("made.up", port, 1000) == KRATOS_ERR_IO);
    close_io();
}

static void test_many_addresses(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.9", &port, 4), i;

    for (i = 0; i < 12; i++) {
        fake_addresses[i] = "::1";
    }
    fake_addresses[12] = "127.0.0.9";
    fake_addresses[13] = NULL;
    CHECK("twelve IPv6 addresses do not push out the only IPv4 one", talks(pair(listener, "made.up", port)));
    CHECK("IPv4 was the second that was tried", tcp.address_next == 1);
    CHECK("no more than eight are kept", tcp.address_count == KRATOS_POSIX_ADDRESSES);
    memset(fake_addresses, 0, sizeof fake_addresses);
    close(listener);
}

/* The same port on 127.0.0.2 (silent) and on 127.0.0.1 (there). */
static void test_silent_first(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), silent = listen_on("127.0.0.2", &port, 0);
    int queue[4];
    uint32_t began_ms;

    fill_queue(silent, queue);
    set_addresses("127.0.0.2", "127.0.0.1", NULL);
    began_ms = real_ms();
    CHECK("a silent address is left after its share of the time (500 of 1000 ms)",
          talks(pair(listener, "made.up", port)) && in_time(began_ms, 500, 500));
    began_ms = real_ms();
    CHECK("in steps of wait 0 after 2 s", open_in_steps("made.up", port, 4000) == 1 && in_time(began_ms, 2000, 2000));
    CHECK("and it works", talks(accept(listener, NULL, NULL)));
    began_ms = real_ms();
    CHECK("a wait below its least share is kept", open_io("made.up", port, 100) == 0 && in_time(began_ms, 100, 100));
    CHECK("and the next call goes on from there", open_io("made.up", port, 1000) == 1 && in_time(began_ms, 250, 250));
    CHECK("and it works too", talks(accept(listener, NULL, NULL)));
    close_all(queue, 4);
    close(silent);
    close(listener);
}

static void test_silent_only(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 0), queue[4];
    uint32_t began_ms = real_ms();
    int rc;

    fill_queue(listener, queue);
    began_ms = real_ms();
    rc = open_io("127.0.0.1", port, 300);
    CHECK("a peer that does not answer is 0 when the time is over", rc == 0 && in_time(began_ms, 300, 300));
    rc = open_io("127.0.0.1", port, 200);
    CHECK("and again", rc == 0 && in_time(began_ms, 500, 500));
    close_all(queue, 4);
    while (rc == 0 && real_ms() - began_ms < 8000) {
        int fd;

        fcntl(listener, F_SETFL, O_NONBLOCK);
        fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            close(fd);
        }
        rc = open_io("127.0.0.1", port, 100);
    }
    CHECK("and the same attempt succeeds when the peer answers at last", rc == 1);
    close_io();
    close(listener);
}

static int listen_local(const char *path, int backlog)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = __real_socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(at.sun_path, path, sizeof at.sun_path - 1);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, backlog) != 0) {
        abort();
    }
    return fd;
}

/* "unix:" and a path of this process; returns the path. */
static const char *local_host(char host[200])
{
    snprintf(host, 200, "unix:/tmp/kratos_test_posix.%ld", (long)getpid());
    return host + 5;
}

static void test_local(void)
{
    char host[200];
    const char *path = local_host(host);
    int listener = listen_local(path, 4), asked_before = asked_count;

    CHECK("a unix socket", talks(pair(listener, host, 0)));
    CHECK("never touches the resolver", asked_count == asked_before);
    close(listener);
    CHECK("nobody listens on it: KRATOS_ERR_IO, ECONNREFUSED",
          open_io(host, 0, 100) == KRATOS_ERR_IO && io->native_error(io->ctx) == ECONNREFUSED);
    unlink(path);
    CHECK("no such path: KRATOS_ERR_IO, ENOENT",
          open_io(host, 0, 100) == KRATOS_ERR_IO && io->native_error(io->ctx) == ENOENT);
    CHECK("an empty path: KRATOS_ERR_IO, ENOENT",
          open_io("unix:", 0, 100) == KRATOS_ERR_IO && io->native_error(io->ctx) == ENOENT);
    memset(host + 5, 'p', sizeof host - 5); /* path has gone by now */
    host[5] = '/';
    host[5 + sizeof((struct sockaddr_un *)NULL)->sun_path] = '\0';
    CHECK("a path one byte too long is not cut: KRATOS_ERR_IO, ENAMETOOLONG",
          open_io(host, 0, 100) == KRATOS_ERR_IO && io->native_error(io->ctx) == ENAMETOOLONG);
    host[4 + sizeof((struct sockaddr_un *)NULL)->sun_path] = '\0';
    CHECK("the longest path is tried", open_io(host, 0, 100) == KRATOS_ERR_IO && io->native_error(io->ctx) == ENOENT);
    close_io();
}

static void test_local_queue(void)
{
    char host[200];
    const char *path = local_host(host);
    int listener = listen_local(path, 0), queue[4], fd;
    uint32_t began_ms;
    int rc;

    fill_queue(listener, queue);
    began_ms = real_ms();
    rc = open_io(host, 0, 200);
    CHECK("a unix socket whose queue is full is 0 when the time is over", rc == 0 && in_time(began_ms, 200, 200));
    began_ms = real_ms();
    CHECK("and 0 at once with wait 0", open_io(host, 0, 0) == 0 && in_time(began_ms, 0, 0));
    fd = accept(listener, NULL, NULL);
    close(fd);
    CHECK("and opens when there is room", open_io(host, 0, 500) == 1);
    close_io();
    close_all(queue, 4);
    close(listener);
    unlink(path);
}

static volatile sig_atomic_t pipe_signals, alarm_signals;

static void on_signal(int number)
{
    if (number == SIGPIPE) {
        pipe_signals++;
    } else {
        alarm_signals++;
    }
}

static void reset_peer(int fd)
{
    struct linger now = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

static void test_no_signal(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer = pair(listener, "127.0.0.1", port), i, rc = 1;
    char bytes[8] = "";

    signal(SIGPIPE, on_signal);
    close(peer);
    for (i = 0; i < 50 && rc >= 0; i++) {
        rc = io->write(io->ctx, bytes, sizeof bytes, 10);
    }
    CHECK("writing to a peer that closed is KRATOS_ERR_IO in the end", rc == KRATOS_ERR_IO);
    CHECK("with EPIPE or ECONNRESET", io->native_error(io->ctx) == EPIPE || io->native_error(io->ctx) == ECONNRESET);
    CHECK("and stays so", io->write(io->ctx, bytes, sizeof bytes, 10) == KRATOS_ERR_IO);
    CHECK("SIGPIPE was never raised", pipe_signals == 0);
    close_io();
    close(listener);
}

/* A server that refuses a request early says so, then resets because of what it did not read. */
static void test_read_after_failed_write(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer = pair(listener, "127.0.0.1", port), rc = 1, i;
    char bytes[16] = "";

    send(peer, "HTTP/1.1 413", 12, 0);
    reset_peer(peer);
    for (i = 0; i < 50 && rc >= 0; i++) {
        rc = io->write(io->ctx, bytes, sizeof bytes, 10);
    }
    CHECK("a write into a reset is KRATOS_ERR_IO", rc == KRATOS_ERR_IO);
    rc = io->read(io->ctx, bytes, sizeof bytes, 100);
    CHECK("what the peer had said before is still read", rc == 12 && memcmp(bytes, "HTTP/1.1 413", 12) == 0);
    CHECK("and then no orderly end", io->read(io->ctx, bytes, sizeof bytes, 100) == KRATOS_ERR_IO);
    close_io();
    close(listener);
}

static void test_reset(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer = pair(listener, "127.0.0.1", port);
    char byte;

    reset_peer(peer);
    CHECK("a reset is KRATOS_ERR_IO", io->read(io->ctx, &byte, 1, 500) == KRATOS_ERR_IO);
    CHECK("and native_error ECONNRESET", io->native_error(io->ctx) == ECONNRESET);
    CHECK("and not an orderly end afterwards, as the kernel has it",
          io->read(io->ctx, &byte, 1, 500) == KRATOS_ERR_IO && io->native_error(io->ctx) == ECONNRESET);
    close_io();
    peer = pair(listener, "127.0.0.1", port);
    close(peer);
    CHECK("after a reopen an orderly end is one", io->read(io->ctx, &byte, 1, 500) == KRATOS_ERR_CLOSED);
    close_io();
    close(listener);
}

static void start_alarms(long every_us)
{
    struct itimerval every = {{0, every_us}, {0, every_us}};

    setitimer(ITIMER_REAL, &every, NULL);
}

static void test_interrupted(void)
{
    uint16_t port = 0, silent_port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), silent = listen_on("127.0.0.1", &silent_port, 0);
    int queue[4], peer, rc;
    struct sigaction action;
    uint32_t began_ms;
    static char bytes[65536];

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* and no SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    fill_queue(silent, queue);
    peer = pair(listener, "127.0.0.1", port);
    start_alarms(3000);
    began_ms = real_ms();
    rc = io->read(io->ctx, bytes, 1, 300);
    CHECK("signals do not end or lengthen a read", rc == 0 && in_time(began_ms, 300, 300));
    do {
        rc = io->write(io->ctx, bytes, sizeof bytes, 0);
    } while (rc > 0);
    began_ms = real_ms();
    rc = io->write(io->ctx, bytes, sizeof bytes, 300);
    CHECK("nor a write", rc == 0 && in_time(began_ms, 300, 300));
    close_io();
    began_ms = real_ms();
    rc = open_io("127.0.0.1", silent_port, 300);
    CHECK("nor an open", rc == 0 && in_time(began_ms, 300, 300));
    close_io();
    start_alarms(0);
    CHECK("and there were many", alarm_signals > 100);
    close_all(queue, 4);
    close(peer);
    close(silent);
    close(listener);
}

static void test_clock(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer = pair(listener, "127.0.0.1", port), rc;
    uint32_t before = io->now_ms(io->ctx), after, began_ms;
    char byte;

    sleep_ms(50);
    after = io->now_ms(io->ctx);
    CHECK("now_ms counts milliseconds", after - before >= 49 && after - before <= 50 + SLACK_MS);
    clock_offset_ms = UINT32_MAX - after - 100; /* 100 ms before it wraps */
    began_ms = real_ms();
    rc = io->read(io->ctx, &byte, 1, 300);
    CHECK("a wait over the wrap of the clock is as long as any", rc == 0 && in_time(began_ms, 300, 300));
    CHECK("and it did wrap", io->now_ms(io->ctx) < 10000);
    clock_offset_ms = 0;
    close_io();
    close(peer);
    close(listener);
}

static void test_early_data(void)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), peer = pair(listener, "127.0.0.1", port), rc;
    uint32_t began_ms = real_ms();
    char bytes[8];

    send(peer, "abc", 3, 0);
    rc = io->read(io->ctx, bytes, sizeof bytes, UINT32_MAX);
    CHECK("the longest wait ends with the first bytes", rc == 3 && in_time(began_ms, 0, 0));
    send(peer, "def", 3, 0);
    close(peer);
    sleep_ms(20);
    CHECK("bytes before an orderly end come first", io->read(io->ctx, bytes, 8, 0) == 3);
    CHECK("then the end", io->read(io->ctx, bytes, 8, 0) == KRATOS_ERR_CLOSED);
    close_io();
    close(listener);
}

static int lowest_free_fd(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

int main(void)
{
    int fd_before;

    io = kratos_posix_io(&tcp);
    fd_before = lowest_free_fd();
    test_numeric();
    test_socket_options();
    test_descriptor();
    test_refused();
    test_self();
    test_lookup_failures();
    test_lookup_counts();
    test_localhost();
    test_all_refuse();
    test_many_addresses();
    test_silent_first();
    test_silent_only();
    test_local();
    test_local_queue();
    test_no_signal();
    test_read_after_failed_write();
    test_reset();
    test_interrupted();
    test_clock();
    test_early_data();
    CHECK("no socket is left open", lowest_free_fd() == fd_before);
    return check_end();
}
