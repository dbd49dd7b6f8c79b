/* SPDX-License-Identifier: Apache-2.0
 *
 * The bench's create on a Cortex-M4 under QEMU, with a link that is a copy in memory: firmware that counts what the
 * library costs there. It prints one line a run, "creates N, instructions T, of them io I": T for N creates, I for
 * what the link took of it. It must never count what a driver or a network does: boards/app has the figures with those.
 */
#include <string.h>

#include "mps2.h"
#include "samples.h"

enum { WARM_UP = 2, COUNT = 200, CALLS_MAX = 64 };

/* ---- What startup.c and the C library ask for ------------------------------------------------ */

void ethernet_handler(void);
void *_sbrk(ptrdiff_t n);

void ethernet_handler(void)
{
}

/* The C library's sprintf, with which samples.c writes the reply, names malloc; what it writes needs none. */
void *_sbrk(ptrdiff_t n)
{
    (void)n;
    return (void *)-1;
}

/* ---- The link: a request is copied away, the reply is copied out ----------------------------- */

enum kind { CALL_WRITE, CALL_READ, CALL_NOW };

struct call {
    enum kind kind;
    void *p;
    size_t n;
    uint32_t wait_ms;
    size_t reply_at; /* where the link stood before */
};

static char request[1024], reply[SAMPLE_SIZE];
static size_t reply_size, reply_at;
static struct call calls[CALLS_MAX];
static unsigned call_count;
static bool noting;

static void note(enum kind kind, const void *p, size_t n, uint32_t wait_ms)
{
    if (noting && call_count < CALLS_MAX) {
        calls[call_count++] = (struct call){kind, (void *)(uintptr_t)p, n, wait_ms, reply_at};
    }
}

static int link_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    (void)ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    return 1;
}

/* A request ends with its body, and only that ends with a brace: whoever sends in pieces is not answered too soon. */
static int link_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    note(CALL_WRITE, p, n, wait_ms);
    if (n == 0 || n > sizeof request) {
        return KRATOS_ERR_IO;
    }
    memcpy(request, p, n);
    if (request[n - 1] == '}') {
        reply_at = 0;
    }
    return (int)n;
}

/* Nothing ever comes later: who waits for more has made a mistake. */
static int link_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    size_t left = reply_size - reply_at, given = left < n ? left : n;
    (void)ctx;
    note(CALL_READ, p, n, wait_ms);
    memcpy(p, reply + reply_at, given);
    reply_at += given;
    return given != 0 || wait_ms == 0 ? (int)given : KRATOS_ERR_IO;
}

static void link_close(void *ctx)
{
    (void)ctx;
    reply_at = reply_size;
}

static uint32_t link_now_ms(void *ctx)
{
    (void)ctx;
    note(CALL_NOW, NULL, 0, 0);
    return 0;
}

static const struct kratos_io link_io = {
    .open = link_open, .write = link_write, .read = link_read, .close = link_close, .now_ms = link_now_ms};

/* ---- What is counted ------------------------------------------------------------------------- */

static unsigned char work[3072];
static struct kratos kratos;

static bool create(void)
{
    struct kratos_identity who;
    return kratos_create_identity(&kratos, &sample_body, &who) == KRATOS_OK && who.id[0] == '0';
}

/* Does what the last create made the link do, with the same pointers: a copy costs more where they are odd. What is sent
 * is the reply by now, so its end does not say what the link is to do next: each call finds what it found then. */
static bool replay(void)
{
    const struct call *c;
    for (c = calls; c < calls + call_count; c++) {
        reply_at = c->reply_at;
        if (c->kind == CALL_WRITE) {
            (void)link_io.write(NULL, c->p, c->n, c->wait_ms);
        } else if (c->kind == CALL_READ) {
            (void)link_io.read(NULL, c->p, c->n, c->wait_ms);
        } else {
            (void)link_io.now_ms(NULL);
        }
    }
    return true;
}

/* Instructions of `count` turns; 0: one failed. */
static uint32_t count_turns(bool (*turn)(void), uint32_t count)
{
    uint32_t began = clock_instructions();
    while (count > 0 && turn()) {
        count--;
    }
    return count == 0 ? clock_instructions() - began : 0;
}

/* Creates until the connection is open and kept, then one whose calls of the link are noted. */
static bool prepare(void)
{
    static const struct kratos_config config = {
        .host = "127.0.0.1", .port = 4434, .work = work, .work_size = sizeof work};
    bool good;
    reply_size = reply_at = sample_reply("201 Created", SAMPLE_ENLARGED, reply);
    good = kratos_init(&kratos, &config, &link_io) == KRATOS_OK && count_turns(create, WARM_UP) != 0;
    noting = true;
    good = good && create() && call_count < CALLS_MAX;
    noting = false;
    return good;
}

/* ---- Report ---------------------------------------------------------------------------------- */

static void print(const char *name, uint32_t value)
{
    console_puts(name);
    console_number(value);
}

int main(void)
{
    uint32_t count, total, io;
    SYST_CSR = 0; /* no interrupt is counted */
    for (count = COUNT; count <= 2 * COUNT; count += COUNT) {
        call_count = 0;
        if (!prepare() || (total = count_turns(create, count)) == 0) {
            console_puts("a create failed: ");
            console_puts(kratos_last_fault(&kratos)->reason.p);
            console_puts("\n");
            return 1;
        }
        io = count_turns(replay, count);
        print("creates ", count);
        print(", instructions ", total);
        print(", of them io ", io);
        console_puts("\n");
    }
    return 0;
}
