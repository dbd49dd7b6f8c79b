/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte stream over POSIX sockets: TCP on IPv4 and IPv6, and unix:/path. For hosts, gateways under
 * Linux and tests. It must never know HTTP, JSON or Kratos, and it allocates nothing of its own.
 *
 *     static struct kratos_posix tcp;
 *     rc = kratos_init(&k, &config, kratos_posix_io(&tcp));
 *
 * - open() keeps its wait with one exception: a NAME is looked up with getaddrinfo(), which blocks
 *   for as long as the resolver likes (often 5 s to 30 s without an answer) and cannot be
 *   interrupted. The time it took counts: nothing more is waited for when it used up wait_ms.
 *   Numeric addresses and unix: never touch the resolver. Who must never block gives an address, or
 *   looks the name up in a thread of his own.
 * - A name with several addresses: up to 8 are tried, IPv6 and IPv4 in turn, in the resolver's
 *   order otherwise. One that refuses is left at once. One that does not answer is left after its
 *   fair share of wait_ms, at least 250 ms and at most 2 s (2 s where wait_ms is 0, which tells
 *   nothing about the caller's patience); the last one has all the time that remains. So give
 *   open() either 0 or all the time there is, no slices. One socket at a time, no race.
 * - Only an orderly end of the stream is KRATOS_ERR_CLOSED. A reset is KRATOS_ERR_IO, and stays so
 *   until close(). After a write() has failed, read() still gives what the peer had sent before (a
 *   server may refuse a request early).
 * - KRATOS_POSIX_NO_LOCAL, for systems without sockets that have a path (Zephyr): unix:/path is then
 *   KRATOS_ERR_IO with EAFNOSUPPORT.
 * - No signal is ever raised (SIGPIPE), and signals that arrive neither end a call nor lengthen it.
 *   Sockets are not inherited by programs that are started (CLOEXEC).
 */
#ifndef KRATOS_POSIX_H
#define KRATOS_POSIX_H

#include "kratos.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    KRATOS_POSIX_ADDRESSES = 8,
    /* A native_error below this is an errno. From here on a name was not found: this much is
     * added to the absolute value of the EAI_ code of getaddrinfo(), which is negative on some
     * systems and overlaps errno on the others. */
    KRATOS_POSIX_LOOKUP = 10000
};

/* Private; complete only so that it can be a variable. It must not be moved or copied while the
 * io is in use. */
struct kratos_posix {
    struct kratos_io io;
    int fd;    /* -1: none */
    int error; /* as native_error() gives it */
    uint8_t state, address_count, address_next;
    bool local;           /* unix: */
    bool broken;          /* a write or a read failed: an end of the stream is no orderly one now */
    uint32_t attempt_ms;  /* when the present address was begun */
    uint32_t patience_ms; /* how long it may stay silent */
    struct {
        uint8_t size;
        uint8_t bytes[28]; /* a sockaddr_in or sockaddr_in6 */
    } addresses[KRATOS_POSIX_ADDRESSES];
};

/* Prepares p, whatever it held before, and returns the io inside; opens nothing. Close before
 * you call it again. */
const struct kratos_io *kratos_posix_io(struct kratos_posix *p);

/* For a loop of your own that waits in poll() (the library non-blocking, wait_ms 0): the socket of p,
 * or -1 = nothing is open. It stays the port's: only wait on it, and ask again after each call of the
 * library, since the next open() has another one. While p connects, wait until it is writable. To be
 * called by the thread that uses p. */
int kratos_posix_fd(const struct kratos_posix *p);

/* The system's words for a native_error of this port. Never NULL; may be overwritten by the next
 * call (strerror). */
const char *kratos_posix_error_text(int native_error);

#ifdef __cplusplus
}
#endif
#endif
