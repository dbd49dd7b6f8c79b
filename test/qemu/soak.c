/* SPDX-License-Identifier: Apache-2.0
 *
 * Long runs on the board. mode=creates: count=200 devices, a new connection for every tenth, and every pool
 * as it was before. mode=link: the cable is pulled and put back. mode=lossy: the same as creates with frames
 * lost, doubled and swapped.
 */
#include <string.h>

#include <lwip/memp.h>
#include <lwip/priv/tcp_priv.h>

#include "board.h"
#include "lossy.h"
#include "meter.h"
#include "mps2.h"
#include "network.h"
#include "print.h"
#ifdef BOARD_TLS
#include "kratos_mbedtls.h"
#endif

static char work[2048];
static struct kratos_config config = {.timeout_ms = 20000, .work = work, .work_size = sizeof work};
static struct kratos kratos;
static struct meter meter;
static char serial[48];
static uint64_t create_all, create_library;

static uint32_t to_number(const char *text)
{
    uint32_t v = 0;

    while (*text >= '0' && *text <= '9') {
        v = v * 10u + (uint32_t)(*text++ - '0');
    }
    return v;
}

/* ---- What is in use ---- */

struct usage {
    uint32_t heap, pools[MEMP_MAX], arena;
};

/* A connection that we closed rests in TIME_WAIT for two minutes; lwIP takes its pcb when it needs one. */
static uint32_t resting(void)
{
    const struct tcp_pcb *pcb;
    uint32_t count = 0;

    for (pcb = tcp_tw_pcbs; pcb != NULL; pcb = pcb->next) {
        count++;
    }
    return count;
}

static void measure(struct usage *u)
{
    unsigned i;

    network_sleep(1000); /* the last FINs and ACKs */
    u->heap = network_heap_used();
    for (i = 0; i < MEMP_MAX; i++) {
        u->pools[i] = network_pool_used(i);
    }
    u->pools[MEMP_TCP_PCB] -= resting();
    u->pools[MEMP_SYS_TIMEOUT] = 0; /* timers come and go with the minutes */
    u->arena = 0;
#ifdef BOARD_TLS
    u->arena = (uint32_t)kratos_mbedtls_arena_used();
#endif
}

static bool differs(const char *name, uint32_t before, uint32_t after)
{
    if (before == after) {
        return false;
    }
    board_puts("leak: ");
    board_puts(name);
    print_line(" before", before);
    print_line("after", after);
    return true;
}

static bool is_same(const struct usage *a, const struct usage *b)
{
    bool leak = differs("heap", a->heap, b->heap) | differs("TLS arena", a->arena, b->arena);
    unsigned i;

    for (i = 0; i < MEMP_MAX; i++) {
        leak |= differs(network_pool_name(i), a->pools[i], b->pools[i]);
    }
    board_puts(leak ? "pools: different\n" : "pools: as before\n");
    return !leak;
}

/* ---- Requests ---- */

static void write_traits(struct kratos_out *out, const void *text)
{
    kratos_out_object(out);
    kratos_out_key(out, "serial");
    kratos_out_str(out, text);
    kratos_out_close(out);
}

static int create(uint32_t number)
{
    struct kratos_identity_body device = {.schema_id = "device", .traits = {.write = write_traits, .arg = serial}};
    struct kratos_identity who;
    uint32_t began, all;
    int rc;

    strcpy(serial, board_setting("serial", "SOAK"));
    strcat(serial, "-");
    write_number(serial + strlen(serial), number);
    meter.open = meter.bytes = 0;
    began = board_instructions();
    rc = kratos_create_identity(&kratos, &device, &who);
    all = board_instructions() - began - meter.open;
    create_all += all;
    create_library += all - meter.bytes;
    if (rc != KRATOS_OK) {
        print_fault(serial, rc, kratos_last_fault(&kratos));
    }
    return rc;
}

/* A lossy line may take the reply: then the device is there already. */
static bool is_there(int rc, bool lossy)
{
    return rc == KRATOS_OK || (lossy && rc == KRATOS_ERR_CONFLICT);
}

static int creates(bool lossy)
{
    static struct usage before, after;
    uint32_t count = to_number(board_setting("count", "200")), i, done = 0;

    create(0);
    kratos_close(&kratos);
    measure(&before);
    create_all = create_library = 0;
    if (lossy) {
        lossy_begin(&network);
    }
    for (i = 1; i <= count; i++) {
        int tries = lossy ? 5 : 1, rc;

        do {
            rc = create(i);
        } while (!is_there(rc, lossy) && --tries > 0);
        done += is_there(rc, lossy);
        if (i % 10 == 0) {
            kratos_close(&kratos);
        }
    }
    kratos_close(&kratos);
    if (lossy) {
        lossy_end(&network);
        network_sleep(30000); /* retransmissions of what was cut off */
    }
    measure(&after);
    print_line("created", done);
    if (count > 0) {
        print_line("instructions per create", (uint32_t)(create_all / count));
        print_line("of them in the library", (uint32_t)(create_library / count));
    }
    return is_same(&before, &after) && done == count ? 0 : 1;
}

static int wait_for_link(bool up, uint32_t limit_ms)
{
    uint32_t began_ms = board_now_ms();

    while (network_is_up() != up) {
        if (board_now_ms() - began_ms > limit_ms) {
            return 1;
        }
        network_sleep(20);
    }
    return 0;
}

/* The connection that was open when the cable was pulled is dead; the next call must get over that by itself.
 * */
static int pulled(void)
{
    if (create(1) != KRATOS_OK) {
        return 1;
    }
    config.timeout_ms = 3000;
    board_puts("PULL\n");
    if (wait_for_link(false, 20000) != 0) {
        return 1;
    }
    board_puts("link: down\n");
    if (create(2) == KRATOS_OK) {
        return 1;
    }
    board_puts("RESTORE\n");
    if (wait_for_link(true, 60000) != 0) {
        return 1;
    }
    board_puts("link: up\n");
    config.timeout_ms = 20000;
    return create(3) == KRATOS_OK ? 0 : 1;
}

int app_main(void)
{
    const char *missing = board_network_up(15000), *mode = board_setting("mode", "creates");
    int rc;

    if (missing != NULL) {
        board_puts(missing);
        return 1;
    }
    config.host = board_setting("host", "10.0.2.2");
    config.port = (uint16_t)to_number(board_setting("port", "4434"));
    rc = kratos_init(&kratos, &config, meter_io(&meter, board_io()));
    if (rc == KRATOS_OK) {
        rc = strcmp(mode, "link") == 0 ? pulled() : creates(strcmp(mode, "lossy") == 0);
    }
    kratos_close(&kratos);
    board_print_memory();
    board_puts(rc == 0 ? "OK\n" : "FAILED\n");
    return rc == 0 ? 0 : 1;
}
