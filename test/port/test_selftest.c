/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the port self-test notices a bad port: the POSIX port with one fault at a time, each in a
 * process of its own, all at once since they mostly wait. It must never accept a fault that no
 * check reports.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "kratos_port_selftest.h"
#include "kratos_posix.h"
#include "kratos_template.h"

enum fault {
    NONE,
    RESET_AS_CLOSED,
    CLOSED_AS_IO,
    CLOSED_AS_NOTHING,
    CLOSED_ONCE,
    RESET_ONCE,
    READ_WAITS_FOR_ALL,
    READ_IS_LATE,
    READ_ZERO_WAITS,
    READ_DROPS,
    READ_BESIDE,
    WRITE_FULL_IS_ERROR,
    WRITE_ZERO_WAITS,
    WRITE_CLAIMS_ALL,
    WRITE_TAKES_TWICE,
    WRITE_FAILURE_AS_NOTHING,
    OPEN_ZERO_WAITS,
    OPEN_IGNORES_WAIT,
    REFUSED_AS_NOTHING,
    REFUSED_AS_OPEN,
    CLOSE_DOES_NOTHING,
    CLOCK_IS_SLOW,
    CLOCK_IS_FAST,
    CLOCK_STANDS,
    FAULT_COUNT
};

static const char *const names[FAULT_COUNT] = {
    "no fault: nothing is reported",
    "a reset reported as an orderly end",
    "an orderly end reported as an error",
    "an orderly end reported as nothing yet",
    "an orderly end reported only once",
    "a reset that becomes an orderly end when asked again",
    "a read that waits until all has come",
    "a read that is late",
    "a read with wait 0 that waits",
    "a read that loses a byte",
    "a read that writes beyond what it gives",
    "a full pipe reported as an error",
    "a write with wait 0 that waits",
    "a write that claims more than it took",
    "a write that takes a byte twice",
    "a write that never says that it failed",
    "an open with wait 0 that waits",
    "an open that does not keep its wait",
    "a refused connection reported as not yet",
    "a refused connection reported as open",
    "a close that does nothing",
    "a clock at half the speed",
    "a clock at twice the speed",
    "a clock that stands still",
};

static enum fault fault;
static struct kratos_posix tcp;
static const struct kratos_io *real;

static void pause_ms(uint32_t ms)
{
    uint32_t began_ms = real->now_ms(real->ctx);

    while (real->now_ms(real->ctx) - began_ms < ms) {
        struct timespec one = {.tv_nsec = 1000000};

        nanosleep(&one, NULL);
    }
}

static int bad_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    int rc;

    (void)ctx;
    if (fault == OPEN_ZERO_WAITS && wait_ms == 0) {
        pause_ms(600);
    }
    if (fault == OPEN_IGNORES_WAIT && wait_ms != 0) {
        wait_ms = 2000;
    }
    rc = real->open(real->ctx, host, port, wait_ms);
    if (rc < 0 && fault == REFUSED_AS_NOTHING) {
        return 0;
    }
    return rc < 0 && fault == REFUSED_AS_OPEN ? 1 : rc;
}

static int bad_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    int rc;

    (void)ctx;
    if (fault == WRITE_ZERO_WAITS && wait_ms == 0) {
        wait_ms = 1000;
    }
    rc = real->write(real->ctx, p, n > 1 && fault == WRITE_CLAIMS_ALL ? n - 1 : n, wait_ms);
    if (rc == 0 && fault == WRITE_FULL_IS_ERROR) {
        return KRATOS_ERR_IO;
    }
    if (rc > 300 && fault == WRITE_TAKES_TWICE) {
        return rc - 1;
    }
    if (rc < 0 && fault == WRITE_FAILURE_AS_NOTHING) {
        return 0;
    }
    return rc > 0 && fault == WRITE_CLAIMS_ALL ? (int)n : rc;
}

static int bad_end(int rc)
{
    static int before;
    int last = before;

    before = rc;
    if (rc == KRATOS_ERR_CLOSED) {
        if (fault == CLOSED_AS_NOTHING || (fault == CLOSED_ONCE && last == KRATOS_ERR_CLOSED)) {
            return 0;
        }
        return fault == CLOSED_AS_IO ? KRATOS_ERR_IO : rc;
    }
    if (fault == RESET_AS_CLOSED || (fault == RESET_ONCE && last == rc)) {
        return KRATOS_ERR_CLOSED;
    }
    return rc;
}

static int read_until_all(char *p, size_t n, uint32_t wait_ms)
{
    size_t got = 0;

    while (got < n) {
        int rc = real->read(real->ctx, p + got, n - got, wait_ms);

        if (rc <= 0) {
            return got > 0 ? (int)got : rc;
        }
        got += (size_t)rc;
    }
    return (int)got;
}

static int bad_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    static int count;
    char *bytes = p, beside[512];
    int rc;

    (void)ctx;
    if (fault == READ_ZERO_WAITS && wait_ms == 0) {
        pause_ms(600);
    }
    if (fault == READ_WAITS_FOR_ALL) {
        return read_until_all(bytes, n, wait_ms);
    }
    if (fault == READ_BESIDE && n == 1 && wait_ms == 2000) { /* only where the self-test has room */
        rc = real->read(real->ctx, beside, 1, wait_ms);
        bytes[0] = beside[0];
        bytes[1] = 0; /* inside the caller's array, but not asked for */
        return rc;
    }
    rc = real->read(real->ctx, p, n, fault == READ_IS_LATE ? wait_ms + 600 : wait_ms);
    if (rc > 1 && fault == READ_DROPS && ++count > 2) {
        return rc - 1;
    }
    return rc < 0 ? bad_end(rc) : rc;
}

static void bad_close(void *ctx)
{
    (void)ctx;
    if (fault != CLOSE_DOES_NOTHING) {
        real->close(real->ctx);
    }
}

static uint32_t bad_now(void *ctx)
{
    uint32_t ms = real->now_ms(real->ctx);

    (void)ctx;
    return fault == CLOCK_STANDS ? 1 : fault == CLOCK_IS_SLOW ? ms / 2 : fault == CLOCK_IS_FAST ? ms * 2 : ms;
}

static int native_error(void *ctx)
{
    (void)ctx;
    return real->native_error(real->ctx);
}

static const struct kratos_io bad = {.open = bad_open,
                                     .write = bad_write,
                                     .read = bad_read,
                                     .close = bad_close,
                                     .native_error = native_error,
                                     .now_ms = bad_now};

struct run {
    pid_t pid;
    int from; /* the name of the first check that fails */
    char noticed_by[120];
};

static void report(void *arg, const char *name, bool passed)
{
    const int *to = arg;

    if (!passed) {
        _exit(write(*to, name, strlen(name)) < 0 ? 2 : 1);
    }
}

static void start(struct run *r, enum fault one, const char *host, uint16_t port)
{
    int ends[2];

    fflush(stdout);
    if (pipe(ends) != 0) {
        abort();
    }
    r->from = ends[0];
    r->pid = fork();
    if (r->pid == 0) {
        alarm(60); /* kills what does not come to an end: a failure of this test */
        fault = one;
        real = kratos_posix_io(&tcp);
        _exit(kratos_port_selftest(&bad, host, port, report, &ends[1]));
    }
    close(ends[1]);
}

/* 0 no check failed, 1 one did, 2 anything else. */
static int finish(struct run *r)
{
    int status = 0;
    ssize_t n = read(r->from, r->noticed_by, sizeof r->noticed_by - 1);

    r->noticed_by[n > 0 ? n : 0] = '\0';
    close(r->from);
    return waitpid(r->pid, &status, 0) == r->pid && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

int main(int argc, char **argv)
{
    static struct kratos_template empty;
    static struct run runs[FAULT_COUNT];
    uint16_t port;
    int i;

    if (argc != 3) {
        fprintf(stderr, "usage: %s host port\n", argv[0]);
        return 2;
    }
    port = (uint16_t)strtoul(argv[2], NULL, 10);
    for (i = 0; i < FAULT_COUNT; i++) {
        start(&runs[i], (enum fault)i, argv[1], port);
    }
    for (i = 0; i < FAULT_COUNT; i++) {
        CHECK(names[i], finish(&runs[i]) == (i == NONE ? 0 : 1));
        if (runs[i].noticed_by[0] != '\0') {
            printf("     noticed by: %s\n", runs[i].noticed_by);
        }
    }
    CHECK("the empty template fails, and comes to an end",
          kratos_port_selftest(kratos_template_io(&empty), argv[1], port, NULL, NULL) > 0);
    return check_end();
}
