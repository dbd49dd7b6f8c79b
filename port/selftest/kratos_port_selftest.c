/* SPDX-License-Identifier: Apache-2.0
 *
 * The port self-test: each check opens a connection, sends one line that tells the scripted peer
 * how to behave, and looks whether the port does what kratos.h promises. It must never call
 * anything but the io, and never wait without a limit.
 */
#include "kratos_port_selftest.h"

enum {
    OPEN_MS = 5000, /* for a peer that is there */
    STEP_MS = 1000, /* one read or write of data that is expected */
    WAIT_MS = 300,  /* waits that shall run out */
    SLACK_MS = KRATOS_SELFTEST_SLACK_MS
};

struct selftest {
    const struct kratos_io *io;
    const char *host;
    uint16_t port;
    void (*report)(void *arg, const char *name, bool passed);
    void *arg;
    int failed_count;
};

static void check(struct selftest *t, const char *name, bool passed)
{
    if (!passed) {
        t->failed_count++;
    }
    if (t->report != NULL) {
        t->report(t->arg, name, passed);
    }
}

/* ---- The io with limits ---- */

static uint32_t now_ms(const struct selftest *t)
{
    return t->io->now_ms(t->io->ctx);
}

static uint32_t since_ms(const struct selftest *t, uint32_t began_ms)
{
    return now_ms(t) - began_ms;
}

static bool is_about(uint32_t ms, uint32_t wanted_ms)
{
    return ms + 20 >= wanted_ms && ms <= wanted_ms + SLACK_MS; /* 20: ticks of 10 ms at both ends */
}

static int open_port(struct selftest *t, uint16_t port, uint32_t limit_ms)
{
    uint32_t began_ms = now_ms(t);
    int rc;

    do {
        uint32_t gone_ms = since_ms(t, began_ms);

        rc = t->io->open(t->io->ctx, t->host, port, gone_ms < limit_ms ? limit_ms - gone_ms : 0);
    } while (rc == 0 && since_ms(t, began_ms) < limit_ms);
    return rc;
}

static void close_io(struct selftest *t)
{
    t->io->close(t->io->ctx);
}

static int read_io(struct selftest *t, void *p, size_t n, uint32_t wait_ms)
{
    return t->io->read(t->io->ctx, p, n, wait_ms);
}

static int write_io(struct selftest *t, const void *p, size_t n, uint32_t wait_ms)
{
    return t->io->write(t->io->ctx, p, n, wait_ms);
}

/* False when a write fails, stands still for STEP_MS, or claims more than it was given. */
static bool write_all(struct selftest *t, const void *p, size_t n)
{
    const uint8_t *at = p;
    uint32_t began_ms = now_ms(t);

    while (n > 0) {
        int rc = write_io(t, at, n, STEP_MS);

        if (rc < 0 || (size_t)rc > n || (rc == 0 && since_ms(t, began_ms) > 10u * STEP_MS)) {
            return false;
        }
        if (rc > 0) {
            began_ms = now_ms(t);
        }
        at += rc;
        n -= (size_t)rc;
    }
    return true;
}

/* The last result if it is no success: 0 or negative. 1 when all n bytes came. */
static int read_all(struct selftest *t, void *p, size_t n)
{
    uint8_t *at = p;

    while (n > 0) {
        int rc = read_io(t, at, n, 5u * STEP_MS);

        if (rc <= 0) {
            return rc;
        }
        if ((size_t)rc > n) {
            return 0;
        }
        at += rc;
        n -= (size_t)rc;
    }
    return 1;
}

static bool start(struct selftest *t, const char *command)
{
    size_t n = 0;

    while (command[n] != '\0') {
        n++;
    }
    close_io(t);
    return open_port(t, t->port, OPEN_MS) == 1 && write_all(t, command, n);
}

/* Bytes of every value, and not the same ones in every block. */
static uint8_t any_byte(size_t i)
{
    return (uint8_t)(i * 31u + i / 256u);
}

static bool is_pattern(const uint8_t *p, size_t n, size_t from)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (p[i] != any_byte(from + i)) {
            return false;
        }
    }
    return true;
}

/* ---- Clock and opening ---- */

static void check_close_unopened(struct selftest *t)
{
    close_io(t);
    close_io(t);
    check(t, "close before the first open, twice, is harmless", true);
}

static void check_open(struct selftest *t)
{
    uint32_t began_ms = now_ms(t);
    int rc = open_port(t, t->port, OPEN_MS);

    check(t, "open answers 1, and within its time", rc == 1 && since_ms(t, began_ms) <= OPEN_MS + SLACK_MS);
    close_io(t);
    close_io(t);
    check(t, "close twice is harmless", true);
}

/* Every limit below depends on it, so nothing else is tried when it stands still. */
static bool check_clock_runs(struct selftest *t)
{
    uint32_t began_ms = now_ms(t), left = 50000000u;

    while (now_ms(t) == began_ms && left > 0) {
        left--;
    }
    check(t, "now_ms runs by itself", left > 0);
    return left > 0;
}

static void check_clock(struct selftest *t)
{
    uint8_t byte;
    uint32_t began_ms;
    bool passed = start(t, "clock 500\n") && read_all(t, &byte, 1) == 1;

    began_ms = now_ms(t);
    passed = passed && read_all(t, &byte, 1) == 1 && is_about(since_ms(t, began_ms), 500);
    check(t, "now_ms counts milliseconds, as the peer's clock does", passed);
    close_io(t);
}

static void check_open_in_steps(struct selftest *t)
{
    uint32_t began_ms = now_ms(t), slowest_ms = 0;
    uint8_t back[4];
    int rc;

    do {
        uint32_t step_ms = now_ms(t);

        rc = t->io->open(t->io->ctx, t->host, t->port, 0);
        step_ms = since_ms(t, step_ms);
        slowest_ms = step_ms > slowest_ms ? step_ms : slowest_ms;
    } while (rc == 0 && since_ms(t, began_ms) < OPEN_MS);
    check(t, "open in steps of wait 0 comes to an end", rc == 1);
    check(t, "open with wait 0 never blocks", slowest_ms <= SLACK_MS);
    check(t, "a connection opened in steps works",
          rc == 1 && write_all(t, "echo 4\nabcd", 11) && read_all(t, back, 4) == 1 && back[3] == 'd');
    close_io(t);
}

static void check_close_while_opening(struct selftest *t)
{
    bool passed;

    t->io->open(t->io->ctx, t->host, t->port, 0);
    close_io(t);
    passed = open_port(t, t->port, OPEN_MS) == 1;
    close_io(t);
    check(t, "close while opening leaves the io usable", passed);
}

/* The peer answers with the number of a port that nobody listens on, or that never answers; 0:
 * it did not. */
static uint16_t ask_port(struct selftest *t, const char *command)
{
    uint32_t port = 0;
    uint8_t c = '0';

    if (!start(t, command)) {
        return 0;
    }
    while (c >= '0' && c <= '9' && port < 65536u) {
        port = port * 10u + (uint32_t)(c - '0');
        if (read_all(t, &c, 1) != 1) {
            port = 0;
            break;
        }
    }
    close_io(t);
    return (uint16_t)port;
}

static void check_refused(struct selftest *t)
{
    uint16_t port = ask_port(t, "refused\n");
    uint32_t began_ms = now_ms(t);
    uint8_t byte = 'x';

    check(t, "open to a closed port is KRATOS_ERR_IO before its time is over",
          port != 0 && open_port(t, port, OPEN_MS) == KRATOS_ERR_IO && since_ms(t, began_ms) < OPEN_MS);
    check(t, "native_error then says why",
          port != 0 && (t->io->native_error == NULL || t->io->native_error(t->io->ctx) != 0));
    check(t, "write and read after a failed open are errors",
          write_io(t, &byte, 1, 0) < 0 && read_io(t, &byte, 1, 0) < 0);
    close_io(t);
}

static void check_silent(struct selftest *t)
{
    uint16_t port = ask_port(t, "silent\n");
    uint32_t began_ms = now_ms(t);
    int rc = port == 0 ? -1 : t->io->open(t->io->ctx, t->host, port, WAIT_MS);

    check(t, "open to a peer that does not answer is 0 when its time is over",
          rc == 0 && since_ms(t, began_ms) <= WAIT_MS + SLACK_MS);
    began_ms = now_ms(t);
    close_io(t);
    check(t, "close while opening does not wait", since_ms(t, began_ms) <= SLACK_MS);
}

static void check_many(struct selftest *t)
{
    int left;
    uint8_t back[2];
    bool passed = true;

    for (left = 40; left > 0 && passed; left--) {
        passed = start(t, "echo 2\nhi") && read_all(t, back, 2) == 1;
    }
    close_io(t);
    check(t, "forty connections one after the other leave nothing behind", passed);
}

/* ---- Reading ---- */

static void check_read_waits(struct selftest *t)
{
    uint8_t byte;
    bool open = start(t, "stall\n");
    uint32_t began_ms = now_ms(t);
    int rc = read_io(t, &byte, 1, 0);

    check(t, "read with wait 0 is 0 at once when nothing is there",
          open && rc == 0 && since_ms(t, began_ms) <= SLACK_MS);
    began_ms = now_ms(t);
    do {
        rc = read_io(t, &byte, 1, WAIT_MS);
    } while (rc == 0 && since_ms(t, began_ms) + 20 < WAIT_MS); /* an early 0 is allowed */
    check(t, "read is 0 when its time is over, and in time",
          open && rc == 0 && since_ms(t, began_ms) <= WAIT_MS + SLACK_MS);
    close_io(t);
}

static void check_echo(struct selftest *t)
{
    uint8_t block[256];
    size_t at, i;
    bool passed = start(t, "echo 4096\n");

    for (at = 0; at < 4096 && passed; at += sizeof block) {
        for (i = 0; i < sizeof block; i++) {
            block[i] = any_byte(at + i);
        }
        passed = write_all(t, block, sizeof block);
    }
    for (at = 0; at < 4096 && passed; at += sizeof block) {
        passed = read_all(t, block, sizeof block) == 1 && is_pattern(block, sizeof block, at);
    }
    check(t, "4096 bytes of every value go and come back unchanged", passed);
    close_io(t);
}

static void check_drip(struct selftest *t)
{
    uint8_t block[64];
    size_t got = 0;
    int first = 0, rc = 1;
    bool passed = start(t, "drip 20 30\n");

    while (passed && got < 20 && rc > 0) {
        rc = read_io(t, block + got, sizeof block - got, 2u * STEP_MS);
        first = first == 0 ? rc : first;
        got += rc > 0 ? (size_t)rc : 0;
        passed = got <= sizeof block;
    }
    check(t, "read gives what is there and does not wait for more", passed && first > 0 && first < 15);
    check(t, "bytes that drip in are all given", passed && got == 20 && is_pattern(block, 20, 0));
    close_io(t);
}

static void check_small_reads(struct selftest *t)
{
    uint8_t three[3] = {0x5a, 0, 0x5a};
    size_t i;
    bool passed = start(t, "close 300\n");

    for (i = 0; i < 300 && passed; i++) {
        passed = read_io(t, three + 1, 1, 2u * STEP_MS) == 1 && three[1] == any_byte(i);
    }
    check(t, "read of one byte at a time loses none and writes no other",
          passed && three[0] == 0x5a && three[2] == 0x5a);
    close_io(t);
}

/* ---- Writing ---- */

#define ADLER_BASE 65521u

struct sink {
    uint32_t count, low, high; /* of Adler-32 */
};

/* Letters: a line feed ends what the peer swallows. */
static void fill_letters(uint8_t *p, size_t n, uint32_t from)
{
    size_t i;

    for (i = 0; i < n; i++) {
        p[i] = (uint8_t)('a' + (from + i + (from + i) / 26u) % 26u);
    }
}

static void count_letters(struct sink *s, const uint8_t *p, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        s->low = (s->low + p[i]) % ADLER_BASE;
        s->high = (s->high + s->low) % ADLER_BASE;
    }
    s->count += (uint32_t)n;
}

/* What one write took, 0 or negative. */
static int pour(struct selftest *t, struct sink *s, size_t n, uint32_t wait_ms)
{
    uint8_t block[512];
    int rc;

    n = n < sizeof block ? n : sizeof block;
    fill_letters(block, sizeof block, s->count);
    rc = write_io(t, block, n, wait_ms);
    if (rc > 0 && (size_t)rc <= n) {
        count_letters(s, block, (size_t)rc);
    }
    return rc;
}

static uint32_t read_number(struct selftest *t)
{
    uint32_t v = 0;
    uint8_t c;

    while (read_all(t, &c, 1) == 1 && c >= '0' && c <= '9') {
        v = v * 10u + (uint32_t)(c - '0');
    }
    return v;
}

/* Ends the sink and compares the peer's count and checksum with ours. */
static bool is_whole(struct selftest *t, const struct sink *s)
{
    uint32_t count, sum;

    if (!write_all(t, "\n", 1)) {
        return false;
    }
    count = read_number(t);
    sum = read_number(t);
    return count == s->count && sum == (s->high << 16 | s->low);
}

static void check_big_write(struct selftest *t)
{
    struct sink s = {0, 1, 0};
    uint32_t began_ms = now_ms(t);
    bool passed = start(t, "sink 300\n");

    while (passed && s.count < 300000u) {
        passed = pour(t, &s, 300000u - s.count, STEP_MS) >= 0 && since_ms(t, began_ms) < 30u * STEP_MS;
    }
    check(t, "300,000 bytes to a slow peer are taken in parts and arrive whole", passed && is_whole(t, &s));
    close_io(t);
}

/* Pours until a write with this wait takes nothing; true if that one kept its time. It is repeated
 * because a stack may find a little room again after it said no. */
static bool fill_pipe(struct selftest *t, struct sink *s, uint32_t wait_ms)
{
    uint32_t began_ms;
    int rc;

    do {
        began_ms = now_ms(t);
        rc = pour(t, s, 512, wait_ms);
    } while (rc > 0 && s->count < 64u << 20);
    return rc == 0 && since_ms(t, began_ms) <= wait_ms + SLACK_MS;
}

static void check_full_pipe(struct selftest *t)
{
    struct sink s = {0, 1, 0};
    bool started = start(t, "sink 2500\n");
    bool waited = started && fill_pipe(t, &s, WAIT_MS);
    bool at_once = started && fill_pipe(t, &s, 0);

    check(t, "write into a full pipe is 0 when its time is over, and in time", waited);
    check(t, "write with wait 0 into a full pipe is 0 at once, and no error", at_once);
    check(t, "when the pipe runs again all that was taken arrives, once", started && is_whole(t, &s));
    close_io(t);
}

/* ---- The end ---- */

static void check_orderly_end(struct selftest *t)
{
    uint8_t block[250];
    size_t at;
    int rc;
    bool passed = start(t, "close 1000\n");

    for (at = 0; at < 1000 && passed; at += sizeof block) {
        passed = read_all(t, block, sizeof block) == 1 && is_pattern(block, sizeof block, at);
    }
    check(t, "bytes before an orderly end are all given", passed);
    rc = read_io(t, block, sizeof block, 2u * STEP_MS);
    check(t, "an orderly end is KRATOS_ERR_CLOSED", passed && rc == KRATOS_ERR_CLOSED);
    check(t, "and is so again", read_io(t, block, sizeof block, 0) == KRATOS_ERR_CLOSED);
    close_io(t);
}

static void check_late_end(struct selftest *t)
{
    uint8_t byte;
    uint32_t began_ms;
    int rc;
    bool passed = start(t, "close 0\n");

    began_ms = now_ms(t);
    rc = read_io(t, &byte, 1, OPEN_MS);
    check(t, "a read that waits is ended by the peer's close",
          passed && rc == KRATOS_ERR_CLOSED && since_ms(t, began_ms) < OPEN_MS / 2);
    close_io(t);
}

/* The bytes before a reset may be lost, but its nature must not be: a reply that ends with the
 * connection would count as complete. */
static void check_reset(struct selftest *t)
{
    uint8_t block[50];
    int rc = 1, again, left;
    bool passed = start(t, "reset 100\n");

    while (passed && rc > 0) {
        rc = read_io(t, block, sizeof block, 2u * STEP_MS);
    }
    again = read_io(t, block, sizeof block, 0);
    check(t, "a reset is an error, and not KRATOS_ERR_CLOSED", passed && rc < 0 && rc != KRATOS_ERR_CLOSED);
    check(t, "and stays so", passed && again < 0 && again != KRATOS_ERR_CLOSED);
    rc = 1;
    for (left = 20; left > 0 && rc >= 0; left--) {
        rc = write_io(t, block, sizeof block, WAIT_MS);
    }
    check(t, "write after a reset is an error and harms nothing else", passed && rc < 0);
    close_io(t);
}

/* The peer is gone, but nobody has read yet: the first writes may succeed, and then no signal
 * may end the program. */
static void check_write_to_gone(struct selftest *t)
{
    uint8_t block[64] = {0};
    uint32_t began_ms;
    int rc = 1;
    bool passed = start(t, "reset 0\n");

    began_ms = now_ms(t);
    while (rc >= 0 && since_ms(t, began_ms) < OPEN_MS) {
        rc = write_io(t, block, sizeof block, 0);
    }
    check(t, "writing to a peer that is gone becomes an error", passed && rc < 0);
    rc = read_io(t, block, sizeof block, 0);
    check(t, "and a read after it is one too, and not KRATOS_ERR_CLOSED", rc < 0 && rc != KRATOS_ERR_CLOSED);
    close_io(t);
}

static void check_reopen(struct selftest *t)
{
    uint8_t back[5];

    check(t, "after a failure and a close the io opens again and works",
          start(t, "echo 5\nagain") && read_all(t, back, 5) == 1 && back[0] == 'a' && back[4] == 'n');
    close_io(t);
}

int kratos_port_selftest(const struct kratos_io *io, const char *host, uint16_t port,
                         void (*report)(void *arg, const char *name, bool passed), void *arg)
{
    struct selftest t = {io, host, port, report, arg, 0};
    bool complete =
        io->open != NULL && io->write != NULL && io->read != NULL && io->close != NULL && io->now_ms != NULL;

    check(&t, "all functions but native_error are there", complete);
    if (!complete || !check_clock_runs(&t)) {
        return t.failed_count;
    }
    check_close_unopened(&t);
    check_open(&t);
    check_clock(&t);
    check_open_in_steps(&t);
    check_close_while_opening(&t);
    check_refused(&t);
    check_silent(&t);
    check_read_waits(&t);
    check_echo(&t);
    check_drip(&t);
    check_small_reads(&t);
    check_big_write(&t);
    check_full_pipe(&t);
    check_orderly_end(&t);
    check_late_end(&t);
    check_reset(&t);
    check_write_to_gone(&t);
    check_reopen(&t);
    check_many(&t);
    return t.failed_count;
}
