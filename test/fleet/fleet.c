/* SPDX-License-Identifier: Apache-2.0
 *
 * A fleet after a power failure: N gateways start within 30 s, and each must make one create request against the limits of
 * Ory's hosted service. Several policies of waiting side by side; core/retry.c, as it is linked into a device, decides for all
 * but the first two. It must never know what a request holds, ask a clock, or use random numbers other than its own: the same
 * N and seed give the same bytes on every machine.
 *
 *   fleet N SEED CSV     a table on stdout, and in CSV, for each policy and minute, the requests and what was done. Last line
 *                        `N passed, N failed`, one test a row: what kratos_provision.h promises of the policy
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kratos_provision.h"
#include "queue.h"

#define SECOND_MS 1000u
#define MINUTE_MS 60000u
#define HOUR_MS 3600000u
#define BOOT_MS (30 * SECOND_MS)
#define MINUTES 43200u /* 30 days: who is not done then is not waited for */
#define HORIZON_MS (MINUTES * MINUTE_MS)
#define REQUESTS_MAX UINT64_C(500000000) /* enough to see where it leads */
#define DEVICES_MAX 5000000u             /* up to here all times are below 2^32 ms */
#define GIVE_UP UINT32_MAX               /* instead of a wait */
#define LIMIT 300u                       /* requests a minute, of the hosted service's smallest plan */
#define BURST 10u                        /* and a second */

/* ---- The server ------------------------------------------------------------------------------ */

/* What is documented of the hosted service: `x-ratelimit-limit: 10, 10;w=1, 300;w=60`, and x-ratelimit-reset in whole seconds.
 * What is not documented is an option here. */
struct server_kind {
    bool strict;        /* what is refused counts as well, and of two limits the shorter wait is told */
    uint32_t create_ms; /* one create at a time, so long, and a 429 without a wait to others; 0: any number at once */
};

struct server {
    const struct server_kind *kind;
    uint32_t second, minute;       /* the windows of now */
    uint32_t in_second, in_minute; /* what counts in them */
    uint32_t free_ms;              /* when the create under way ends */
};

static void turn_windows(struct server *s, uint32_t now)
{
    if (now / SECOND_MS != s->second) {
        s->second = now / SECOND_MS;
        s->in_second = 0;
    }
    if (now / MINUTE_MS != s->minute) {
        s->minute = now / MINUTE_MS;
        s->in_minute = 0;
    }
}

/* x-ratelimit-reset of a 429, in ms: whole seconds until the window ends. A flood fills the minute's 300 within 30 s, by 10 a
 * second: for so long all are told to come back after one second. */
static uint32_t reset_ms(const struct server *s, bool second_full, bool minute_full, uint32_t now)
{
    bool second = s->kind->strict ? second_full : !minute_full;
    return second ? SECOND_MS : (60 - now / SECOND_MS % 60) * SECOND_MS;
}

/* Whether it is within the limits; otherwise *wait_ms is what the server asks for. */
static bool admits(struct server *s, uint32_t now, uint32_t *wait_ms)
{
    bool second_full, minute_full;
    turn_windows(s, now);
    second_full = s->in_second >= BURST;
    minute_full = s->in_minute >= LIMIT;
    if (s->kind->strict || (!second_full && !minute_full)) {
        s->in_second++;
        s->in_minute++;
    }
    if (!second_full && !minute_full) {
        return true;
    }
    *wait_ms = reset_ms(s, second_full, minute_full, now);
    return false;
}

/* Whether the create is done. */
static bool creates(struct server *s, uint32_t now, uint32_t *wait_ms)
{
    *wait_ms = 0;
    if (!admits(s, now, wait_ms) || now < s->free_ms) {
        return false;
    }
    s->free_ms = now + s->kind->create_ms;
    return true;
}

/* ---- The policies ---------------------------------------------------------------------------- */

/* How long to wait behind that many failures (0: before the first request), or GIVE_UP. */
typedef uint32_t policy(const struct kratos_retry *retry, unsigned failures, uint32_t server_ms, uint32_t random);

/* `kratos import identities` as it runs: reads no x-ratelimit-reset, knows no jitter, and has 10 s for a row, so that the fifth
 * request, 15 s behind the first, is never sent. */
static uint32_t official_cli(const struct kratos_retry *retry, unsigned failures, uint32_t server_ms, uint32_t random)
{
    static const uint32_t waits[] = {0, 1 * SECOND_MS, 2 * SECOND_MS, 4 * SECOND_MS};
    (void)retry;
    (void)server_ms;
    (void)random;
    return failures < sizeof waits / sizeof *waits ? waits[failures] : GIVE_UP;
}

/* What Ory's newer documents advise: the server's wait, and some jitter. */
static uint32_t server_wait(const struct kratos_retry *retry, unsigned failures, uint32_t server_ms, uint32_t random)
{
    (void)retry;
    return failures == 0 ? 0 : server_ms + (uint32_t)((uint64_t)MINUTE_MS * random >> 32);
}

/* ---- What is compared ------------------------------------------------------------------------ */

struct row {
    const char *name;
    policy *wait;
    struct kratos_retry retry;
    struct server_kind server;
    /* What must hold, 0: nothing. Peak: requests of the worst minute, in percent of the limit. All: requests in percent of N;
     * everyone must be done, too. */
    uint32_t peak_least, peak_most, all_most;
};

enum { ROWS_MAX = 16, CREATE_MS = 100, DEVICE_MS = MINUTE_MS * 10 / (LIMIT * 8) /* 1 / (0.8 L) */ };

/* The header's formula, with that much time for each device: a first window, and an eighth of it after each failure. */
static struct kratos_retry for_fleet(uint32_t n, uint32_t device_ms)
{
    uint32_t window = n * device_ms;
    struct kratos_retry retry = {window, window / 8, window / 8};
    return retry;
}

/* The same, but for the cap: whoever fails twice waits for a part of the whole window. */
static struct kratos_retry with_wide_cap(uint32_t n, uint32_t device_ms)
{
    struct kratos_retry retry = for_fleet(n, device_ms);
    retry.cap_ms = retry.first_window_ms;
    return retry;
}

/* In the picture are those whose name has no letter behind its number. */
static size_t rows_for(uint32_t n, struct row *rows)
{
    const struct kratos_retry defaults = {0, 0, 0}, hour = {0, HOUR_MS, HOUR_MS}, endless = {0, MINUTE_MS, UINT32_MAX};
    const struct kratos_retry known = for_fleet(n, DEVICE_MS), slow = for_fleet(n, DEVICE_MS + CREATE_MS);
    const struct kratos_retry half = for_fleet(n / 2, DEVICE_MS), wide = with_wide_cap(n / 2, DEVICE_MS);
    const struct server_kind hosted = {false, 0}, strict = {true, 0}, single = {false, CREATE_MS};
    const struct row all[] = {
        {"1 official CLI: 1, 2, 4 s, then the end", official_cli, defaults, hosted, 126, 0, 0},
        {"2 server's wait + U(0, 60 s)", server_wait, defaults, hosted, 126, 0, 0},
        {"3 wait + U(0, 1 h)", kratos_retry_ms, hour, hosted, 126, 0, 0},
        {"4 wait + U(0, 1 s * 8^a), at most 1 h: the defaults", kratos_retry_ms, defaults, hosted, 126, 0, 0},
        {"4a wait + U(0, 60 s * 8^a), no cap", kratos_retry_ms, endless, hosted, 126, 0, 0},
        {"5 first U(0, W), then wait + U(0, W/8)", kratos_retry_ms, known, hosted, 0, 125, 110},
        {"5a the server counts refusals, tells the shorter wait", kratos_retry_ms, known, strict, 0, 125, 110},
        {"5b the fleet is twice what was told", kratos_retry_ms, half, hosted, 126, 0, 0},
        {"5c the same, cap W instead of W/8", kratos_retry_ms, wide, hosted, 126, 0, 0},
        {"5d one create at a time, 0.1 s each", kratos_retry_ms, known, single, 126, 0, 0},
        {"5e the same, 0.1 s more in W for each device", kratos_retry_ms, slow, single, 0, 125, 0},
    };
    memcpy(rows, all, sizeof all);
    return sizeof all / sizeof *all;
}

/* ---- One run --------------------------------------------------------------------------------- */

struct minute {
    uint32_t requests, done;
};

struct run {
    const struct row *row;
    uint32_t n;
    uint64_t random; /* state */
    struct server server;
    struct queue queue;
    uint8_t *failures; /* of each device */
    struct minute minutes[MINUTES];
    uint64_t requests;
    uint32_t done, last_done_ms;
    uint32_t gave_up, late; /* late: those whose next request lies beyond the horizon */
    bool early;             /* somebody comes before the server's wait is over */
};

/* SplitMix64; the upper half, as a device would take any 32 bits. */
static uint32_t next_random(struct run *r)
{
    uint64_t z = r->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ z >> 31) >> 32);
}

/* The device's next request, as its policy says. */
static void plan(struct run *r, uint32_t device, uint32_t from, uint32_t server_ms)
{
    uint32_t wait = r->row->wait(&r->row->retry, r->failures[device], server_ms, next_random(r));
    r->early = r->early || wait < server_ms;
    if (wait == GIVE_UP) {
        r->gave_up++;
    } else if (wait >= HORIZON_MS - from) {
        r->late++;
    } else {
        queue_put(&r->queue, device, from + wait);
    }
}

static void boot_all(struct run *r)
{
    uint32_t device;
    for (device = 0; device < r->n; device++) {
        uint32_t boot = (uint32_t)((uint64_t)BOOT_MS * next_random(r) >> 32);
        plan(r, device, boot, 0);
    }
}

static void request(struct run *r, uint32_t device)
{
    uint32_t now = r->queue.now, wait;
    struct minute *minute = &r->minutes[now / MINUTE_MS];
    r->requests++;
    minute->requests++;
    if (creates(&r->server, now, &wait)) {
        minute->done++;
        r->done++;
        r->last_done_ms = now;
        return;
    }
    if (r->failures[device] < UINT8_MAX) {
        r->failures[device]++;
    }
    plan(r, device, now, wait);
}

static void run_row(struct run *r, const struct row *row, uint32_t n, uint64_t seed, struct queue_entry *entries,
                    uint8_t *failures)
{
    uint32_t device;
    memset(r, 0, sizeof *r);
    memset(failures, 0, n);
    r->row = row;
    r->n = n;
    r->random = seed;
    r->server.kind = &row->server;
    r->failures = failures;
    queue_init(&r->queue, entries);
    boot_all(r);
    while (r->requests < REQUESTS_MAX && queue_take(&r->queue, &device)) {
        request(r, device);
    }
}

/* ---- What is told ---------------------------------------------------------------------------- */

static uint32_t peak_percent(const struct run *r)
{
    uint32_t most = 0;
    uint32_t i;
    for (i = 0; i < MINUTES; i++) {
        most = r->minutes[i].requests > most ? r->minutes[i].requests : most;
    }
    return (uint32_t)((uint64_t)most * 100 / LIMIT + (most * 100u % LIMIT != 0)); /* rounded up */
}

static const char *result_of(const struct run *r)
{
    if (r->done == r->n) {
        return "all done";
    }
    if (r->requests >= REQUESTS_MAX) {
        return "cut off: requests";
    }
    return r->gave_up > 0 ? "the others gave up" : "cut off: 30 days";
}

static void tell(const struct run *r)
{
    uint32_t peak = peak_percent(r), tenths = r->last_done_ms / (HOUR_MS / 10);
    printf("%-53s %9" PRIu32 " %10" PRIu64 " %5" PRIu32 ".%02" PRIu32 " %4" PRIu32 ".%" PRIu32 " h %8" PRIu32 "  %s\n",
           r->row->name, r->minutes[0].requests, r->requests, peak / 100, peak % 100, tenths / 10, tenths % 10, r->done,
           result_of(r));
    fflush(stdout);
}

static void write_minutes(const struct run *r, FILE *csv)
{
    uint32_t i;
    for (i = 0; i < MINUTES; i++) {
        if (r->minutes[i].requests > 0) {
            fprintf(csv, "\"%s\",%" PRIu32 ",%" PRIu32 ",%" PRIu32 "\n", r->row->name, i, r->minutes[i].requests,
                    r->minutes[i].done);
        }
    }
}

/* What this simulation may never do, whatever the policy: no minute beyond the limit, and nobody lost. */
static const char *nonsense(const struct run *r)
{
    uint64_t requests = 0, done = 0;
    uint32_t i;
    for (i = 0; i < MINUTES; i++) {
        requests += r->minutes[i].requests;
        done += r->minutes[i].done;
        if (r->minutes[i].done > LIMIT) {
            return "the server did more than its limit allows";
        }
    }
    if (requests != r->requests || done != r->done) {
        return "the minutes are not the sum";
    }
    if (r->requests < REQUESTS_MAX && r->done + r->gave_up + r->late != r->n) {
        return "a device was lost";
    }
    return NULL;
}

/* Why the row fails; NULL: it holds. */
static const char *wrong_with(const struct run *r)
{
    const struct row *row = r->row;
    uint32_t peak = peak_percent(r);
    if (peak < row->peak_least) {
        return "stays below the limit, which nobody can who does not know the fleet or the server";
    }
    if (row->peak_most != 0 && peak > row->peak_most) {
        return "a minute is above 1.25 of the limit";
    }
    if (row->wait == kratos_retry_ms && r->early) {
        return "somebody does not wait for as long as the server asks";
    }
    if (row->peak_most != 0 && r->done != r->n) {
        return "not all are done";
    }
    if (row->all_most != 0 && r->requests * 100 > (uint64_t)r->n * row->all_most) {
        return "more than 1.1 requests a device";
    }
    return nonsense(r);
}

static bool judge(const struct run *r)
{
    const char *wrong = wrong_with(r);
    if (wrong != NULL) {
        printf("FAIL fleet: %s: %s\n", r->row->name, wrong);
    }
    return wrong == NULL;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* How many rows failed. */
static size_t run_rows(const struct row *rows, size_t count, uint32_t n, uint64_t seed, FILE *csv)
{
    static struct run run;
    struct queue_entry *entries = malloc(n * sizeof *entries);
    uint8_t *failures = malloc(n);
    size_t i, failed = 0;
    if (entries == NULL || failures == NULL) {
        fprintf(stderr, "fleet: no memory for %" PRIu32 " devices\n", n);
        exit(EXIT_FAILURE);
    }
    for (i = 0; i < count; i++) {
        run_row(&run, &rows[i], n, seed, entries, failures);
        tell(&run);
        write_minutes(&run, csv);
        failed += !judge(&run);
    }
    free(entries);
    free(failures);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned long n = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
    struct row rows[ROWS_MAX];
    size_t count, failed;
    FILE *csv;
    if (n == 0 || n > DEVICES_MAX) {
        fprintf(stderr, "usage: fleet N SEED CSV; N up to %u\n", DEVICES_MAX);
        return EXIT_FAILURE;
    }
    csv = fopen(argv[3], "w");
    if (csv == NULL) {
        perror(argv[3]);
        return EXIT_FAILURE;
    }
    fputs("policy,minute,requests,done\n", csv);
    printf("%lu devices, all started within 30 s, against 300 requests a minute and 10 a second; seed %s\n", n,
           argv[2]);
    printf("W = N / (0.8 L) = %lu s\n", n * DEVICE_MS / SECOND_MS);
    printf("%-53s %9s %10s %8s %8s %8s  %s\n", "policy", "1st min", "requests", "peak/lim", "last", "done", "result");
    count = rows_for((uint32_t)n, rows);
    failed = run_rows(rows, count, (uint32_t)n, strtoull(argv[2], NULL, 10), csv);
    if (fclose(csv) != 0) {
        perror(argv[3]);
        return EXIT_FAILURE;
    }
    printf("%u passed, %u failed\n", (unsigned)(count - failed), (unsigned)failed);
    return failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
