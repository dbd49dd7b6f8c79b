/* SPDX-License-Identifier: Apache-2.0
 *
 * port/mbedtls over port/posix, moved by commands on stdin, one line each, one line of answer each. What is tested and
 * expected stands in tls_test.py; this program must never judge.
 *
 *   setup ROOT,ROOT [CERT,CERT KEY] [age=S]     roots ROOT,ROOT (keeps the session)
 *   arena BYTES (0: malloc)     time S | time off     entropy on|off
 *   link [cut=N] [fail=N] [most=N] [stutter=1] [large=1]     cut, fail: after N bytes from the network; large: the server is
 *                                                            not asked for small records, as if it did not listen
 *        [dead=N] [ruin=1] [alert=N]     dead: from the Nth write of a connection on, all fail; ruin: that one reaches the server
 *                                        damaged (2: not at all), and fails when the server has hung up; alert: these two bytes
 *                                        come then, in clear
 *   open HOST PORT TIMEOUT_MS WAIT_MS     say TEXT     push N     recv N TIMEOUT_MS WAIT_MS     close     stat
 *   save FILE     restore FILE     forget
 *
 * HOST is what TLS verifies; the network always goes to 127.0.0.1.
 */
#include "kratos_mbedtls.h"
#include "kratos_posix.h"

#include <mbedtls/platform.h>
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct kratos_mbedtls tls;

/* ---- A link between TLS and the sockets that can be made bad ------------------------------------------------- */

static struct {
    const struct kratos_io *inner;
    long cut, fail, most, stutter, large; /* cut, fail: after so many bytes; -1 = never */
    long dead, ruin, alert;               /* 0 = never */
    long opened, read, written, reads, writes, turn;
    bool failed, up, over;
    unsigned char late[1 << 17]; /* what came before the write that failed, and after the last read */
    size_t late_at, late_n;
    char host[300]; /* that the last open() asked for */
} link_;

static int link_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    if (!link_.up) {
        link_.up = true;
        snprintf(link_.host, sizeof link_.host, "%s", host);
        link_.opened++;
        link_.read = link_.written = link_.writes = 0;
        link_.failed = link_.over = false;
        link_.late_at = link_.late_n = 0;
    }
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
    if (link_.large) {
        mbedtls_ssl_conf_max_frag_len(&tls.conf, MBEDTLS_SSL_MAX_FRAG_LEN_NONE);
    }
#endif
    return link_.inner->open(link_.inner->ctx, "127.0.0.1", port, wait_ms);
}

static size_t bounded(size_t n)
{
    return link_.most > 0 && n > (size_t)link_.most ? (size_t)link_.most : n;
}

/* The first byte behind the head of a record: a message's type, or encrypted. */
static void send_ruined(const unsigned char *p, size_t n)
{
    unsigned char bytes[20000];

    memcpy(bytes, p, n);
    bytes[5] ^= 0xfe;
    (void)link_.inner->write(link_.inner->ctx, bytes, n, 1000);
}

static void wait_for_the_end(void)
{
    const struct kratos_io *inner = link_.inner;
    uint32_t began = inner->now_ms(inner->ctx);
    int rc = 0;

    while (rc >= 0 && inner->now_ms(inner->ctx) - began < 10000) {
        rc = inner->read(inner->ctx, link_.late + link_.late_n, sizeof link_.late - link_.late_n, 100);
        link_.late_n += rc > 0 ? (size_t)rc : 0;
    }
}

static int die(const unsigned char *p, size_t n)
{
    const unsigned char alert[7] = {21, 3, 3, 0, 2, (unsigned char)(link_.alert >> 8), (unsigned char)link_.alert};

    if (!link_.over && link_.ruin == 1) {
        send_ruined(p, n);
    }
    if (!link_.over && link_.ruin) {
        wait_for_the_end();
    }
    if (!link_.over && link_.alert) {
        memcpy(link_.late, alert, sizeof alert);
        link_.late_n = sizeof alert;
    }
    link_.over = link_.failed = true;
    return KRATOS_ERR_IO;
}

static int link_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    if (link_.stutter && ++link_.turn % 2) {
        return 0;
    }
    if (++link_.writes >= link_.dead && link_.dead) {
        return die(p, n);
    }
    int rc = link_.inner->write(link_.inner->ctx, p, bounded(n), wait_ms);
    link_.written += rc > 0 ? rc : 0;
    return rc;
}

static int link_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    if (link_.stutter && ++link_.reads % 2) {
        return 0;
    }
    n = bounded(n);
    if (link_.over && (link_.ruin || link_.alert)) {
        n = n < link_.late_n - link_.late_at ? n : link_.late_n - link_.late_at;
        memcpy(p, link_.late + link_.late_at, n);
        link_.late_at += n;
        return n > 0 ? (int)n : KRATOS_ERR_CLOSED;
    }
    if (link_.cut >= 0 && link_.read + (long)n > link_.cut) {
        n = (size_t)(link_.cut - link_.read);
    }
    if (link_.fail >= 0 && link_.read + (long)n > link_.fail) {
        n = (size_t)(link_.fail - link_.read);
    }
    if (n == 0) {
        link_.failed = true;
        return link_.read == link_.cut ? KRATOS_ERR_CLOSED : KRATOS_ERR_IO;
    }
    int rc = link_.inner->read(link_.inner->ctx, p, n, wait_ms);
    link_.read += rc > 0 ? rc : 0;
    return rc;
}

static void link_close(void *ctx)
{
    (void)ctx;
    link_.up = false;
    link_.inner->close(link_.inner->ctx);
}

static int link_native_error(void *ctx)
{
    (void)ctx;
    return link_.failed ? 4711 : link_.inner->native_error(link_.inner->ctx);
}

static uint32_t link_now_ms(void *ctx)
{
    (void)ctx;
    return link_.inner->now_ms(link_.inner->ctx);
}

static const struct kratos_io link_io = {
    .open = link_open,
    .write = link_write,
    .read = link_read,
    .close = link_close,
    .native_error = link_native_error,
    .now_ms = link_now_ms,
};

/* ---- State --------------------------------------------------------------------------------------------------- */

enum { BLOBS = 8 };

static struct kratos_posix tcp;
static const struct kratos_io *io;
static struct kratos_mbedtls_blob roots[BLOBS], chain[BLOBS], key;
static struct kratos_mbedtls_config config;
static unsigned char arena_memory[512 * 1024];
static int64_t fixed_time;

static int now(void *arg, int64_t *s)
{
    (void)arg;
    *s = fixed_time;
    return fixed_time < 0;
}

static int fill(void *arg, unsigned char *p, size_t n)
{
    (void)arg;
    FILE *f = fopen("/dev/urandom", "rb");
    size_t got = fread(p, 1, n, f);
    fclose(f);
    return got == n ? 0 : -1;
}

/* Heard only where the build has MBEDTLS_ENTROPY_HARDWARE_ALT. */
static void set_entropy(bool on)
{
    kratos_mbedtls_entropy(on ? fill : NULL, NULL);
    puts("entropy");
}

static struct kratos_mbedtls_blob slurp(const char *name)
{
    struct kratos_mbedtls_blob blob = {NULL, 0};
    FILE *f = fopen(name, "rb");
    if (f == NULL) {
        return blob;
    }
    unsigned char *p = malloc(1 << 20);
    blob.n = fread(p, 1, (1 << 20) - 1, f);
    p[blob.n] = 0;
    blob.p = p;
    fclose(f);
    if (strstr((const char *)p, "-----BEGIN") != NULL) {
        blob.n++; /* PEM: with its NUL */
    }
    return blob;
}

static void drop(struct kratos_mbedtls_blob *blob)
{
    free((void *)(uintptr_t)blob->p);
    memset(blob, 0, sizeof *blob);
}

static size_t load(struct kratos_mbedtls_blob *blobs, char *names)
{
    size_t n = 0;

    for (size_t i = 0; i < BLOBS; i++) {
        drop(&blobs[i]);
    }
    for (const char *name = strtok(names, ","); name != NULL && n < BLOBS; name = strtok(NULL, ",")) {
        if (strcmp(name, "-") != 0) {
            blobs[n++] = slurp(name);
        }
    }
    return n;
}

static void answer(const char *what, int rc)
{
    size_t root = 99;
    int unread = kratos_mbedtls_unread_root(&tls, &root);

    printf("%s unread=%d root=%zu ", what, unread, root);
    printf(
        "rc=%d native=%d flags=%u resumed=%d version=%s suite=%s opened=%ld read=%ld written=%ld writes=%ld host=%s\n",
        rc, io->native_error(io->ctx), (unsigned)kratos_mbedtls_verify_flags(&tls), kratos_mbedtls_resumed(&tls),
        kratos_mbedtls_version(&tls), kratos_mbedtls_suite(&tls), link_.opened, link_.read, link_.written, link_.writes,
        link_.host);
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static void setup(int argc, char **argv)
{
    if (io != NULL) {
        io->close(io->ctx);
    }
    config.session_age_s = 0;
    if (argc > 1 && strncmp(argv[argc - 1], "age=", 4) == 0) {
        config.session_age_s = (uint32_t)strtoul(argv[--argc] + 4, NULL, 10);
    }
    config.root_count = argc > 1 ? load(roots, argv[1]) : 0;
    config.roots = roots;
    config.chain_count = argc > 3 ? load(chain, argv[2]) : 0;
    config.chain = chain;
    drop(&key);
    key = argc > 3 ? slurp(argv[3]) : key;
    config.key = key;
    config.now = now;
    io = kratos_mbedtls_io(&tls, &link_io, &config);
    printf("setup reply_max=%zu confidential=%d\n", io->reply_max, io->confidential);
}

/* What is kept stays kept: only the configuration changes. */
static void change_roots(char *names)
{
    io->close(io->ctx);
    config.root_count = load(roots, names);
    puts("roots");
}

static void set_arena(size_t n)
{
    io->close(io->ctx);
#if defined(MBEDTLS_PSA_CRYPTO_C)
    mbedtls_psa_crypto_free();
#endif
    if (n == 0) {
        mbedtls_platform_set_calloc_free(calloc, free);
    } else {
        kratos_mbedtls_arena(arena_memory, n);
    }
    puts("arena");
}

static void set_link(int argc, char **argv)
{
    link_.cut = link_.fail = -1;
    link_.most = link_.stutter = link_.large = link_.dead = link_.ruin = link_.alert = 0;
    for (int i = 1; i < argc; i++) {
        long v = atol(strchr(argv[i], '=') + 1);
        switch (argv[i][0]) {
        case 'a':
            link_.alert = v;
            break;
        case 'd':
            link_.dead = v;
            break;
        case 'r':
            link_.ruin = v;
            break;
        case 'c':
            link_.cut = v;
            break;
        case 'f':
            link_.fail = v;
            break;
        case 'l':
            link_.large = v;
            break;
        case 'm':
            link_.most = v;
            break;
        default:
            link_.stutter = v;
        }
    }
    puts("link");
}

static uint32_t since(uint32_t began)
{
    return io->now_ms(io->ctx) - began;
}

static void do_open(const char *host, const char *port, uint32_t timeout_ms, uint32_t wait_ms)
{
    uint32_t began = io->now_ms(io->ctx);
    int rc = 0;

    link_.opened = link_.read = link_.written = 0;
    if (strcmp(host, "NULL") == 0) {
        host = NULL;
    } else if (strcmp(host, "EMPTY") == 0) {
        host = "";
    }
    while (rc == 0 && since(began) < timeout_ms) {
        rc = io->open(io->ctx, host, (uint16_t)atoi(port), wait_ms);
    }
    printf("ms=%u ", (unsigned)since(began));
    answer("open", rc);
}

static int write_all(const void *p, size_t n)
{
    const char *from = p;
    uint32_t began = io->now_ms(io->ctx);

    while (n > 0 && since(began) < 10000) {
        int rc = io->write(io->ctx, from, n, 50);
        if (rc < 0) {
            return rc;
        }
        from += rc;
        n -= (size_t)rc;
    }
    return n == 0 ? KRATOS_OK : KRATOS_ERR_TIMEOUT;
}

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 7 + i / 251);
}

static void do_push(size_t n)
{
    unsigned char *p = malloc(n + 1);

    for (size_t i = 0; i < n; i++) {
        p[i] = pattern(i);
    }
    answer("push", write_all(p, n));
    free(p);
}

static void do_recv(size_t n, uint32_t timeout_ms, uint32_t wait_ms)
{
    unsigned char block[3000];
    uint32_t began = io->now_ms(io->ctx);
    size_t got = 0;
    int rc = 0, right = 1;

    while (got < n && since(began) < timeout_ms) {
        rc = io->read(io->ctx, block, n - got < sizeof block ? n - got : sizeof block, wait_ms);
        if (rc < 0) {
            break;
        }
        for (int i = 0; i < rc; i++) {
            right &= block[i] == pattern(got + (size_t)i);
        }
        got += (size_t)rc;
        rc = 0;
    }
    printf("got=%zu right=%d ms=%u ", got, right, (unsigned)since(began));
    answer("recv", rc);
}

static void do_save(const char *name)
{
    unsigned char bytes[KRATOS_MBEDTLS_SESSION_SIZE];
    size_t n = 0, need = 0;
    int short_rc = kratos_mbedtls_save_session(&tls, bytes, 0, &need);
    int rc = kratos_mbedtls_save_session(&tls, bytes, sizeof bytes, &n);
    FILE *f = fopen(name, "wb");

    fwrite(bytes, 1, n, f);
    fclose(f);
    printf("save rc=%d n=%zu short=%d need=%zu\n", rc, n, short_rc, need);
}

static void do_restore(const char *name)
{
    struct kratos_mbedtls_blob blob = slurp(name);

    printf("restore rc=%d\n", kratos_mbedtls_restore_session(&tls, blob.p, blob.n));
    drop(&blob);
}

static void run(int argc, char **argv)
{
    const char *command = argv[0];

    if (strcmp(command, "setup") == 0) {
        setup(argc, argv);
    } else if (strcmp(command, "roots") == 0) {
        change_roots(argv[1]);
    } else if (strcmp(command, "arena") == 0) {
        set_arena(strtoul(argv[1], NULL, 10));
    } else if (strcmp(command, "time") == 0) {
        fixed_time = strcmp(argv[1], "off") == 0 ? -1 : atoll(argv[1]);
        puts("time");
    } else if (strcmp(command, "link") == 0) {
        set_link(argc, argv);
    } else if (strcmp(command, "open") == 0) {
        do_open(argv[1], argv[2], (uint32_t)atol(argv[3]), (uint32_t)atol(argv[4]));
    } else if (strcmp(command, "push") == 0) {
        do_push(strtoul(argv[1], NULL, 10));
    } else if (strcmp(command, "recv") == 0) {
        do_recv(strtoul(argv[1], NULL, 10), (uint32_t)atol(argv[2]), (uint32_t)atol(argv[3]));
    } else if (strcmp(command, "close") == 0) {
        io->close(io->ctx);
        answer("close", 0);
    } else if (strcmp(command, "stat") == 0) {
        printf("stat used=%zu peak=%zu failures=%u in=%d\n", kratos_mbedtls_arena_used(), kratos_mbedtls_arena_peak(),
               (unsigned)kratos_mbedtls_arena_failures(), MBEDTLS_SSL_IN_CONTENT_LEN);
    } else if (strcmp(command, "save") == 0) {
        do_save(argv[1]);
    } else if (strcmp(command, "restore") == 0) {
        do_restore(argv[1]);
    } else if (strcmp(command, "entropy") == 0) {
        set_entropy(strcmp(argv[1], "off") != 0);
    } else if (strcmp(command, "forget") == 0) {
        kratos_mbedtls_forget_session(&tls);
        puts("forget");
    } else {
        puts("what?");
    }
}

int main(void)
{
    static char line[4096];

    link_.inner = kratos_posix_io(&tcp);
    link_.cut = link_.fail = -1;
    io = kratos_mbedtls_io(&tls, &link_io, &config);
    kratos_mbedtls_entropy(fill, NULL);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *argv[8];
        int argc = 0;
        if (strncmp(line, "say ", 4) == 0) {
            answer("say", write_all(line + 4, strlen(line + 4)));
        } else {
            for (char *word = strtok(line, " \n"); word != NULL && argc < 8; word = strtok(NULL, " \n")) {
                argv[argc++] = word;
            }
            if (argc > 0) {
                run(argc, argv);
            }
        }
        fflush(stdout);
    }
    io->close(io->ctx);
    return 0;
}
