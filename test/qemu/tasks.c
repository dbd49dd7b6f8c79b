/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tasks under FreeRTOS, each with a struct kratos of its own, create and get count=300 identities, one blocking and one
 * waiting in select(), while a third one calls failing socket functions all the time, so that errno is never what a
 * task left in it. Then: a look-up that nobody answers must leave time for lower priorities, and a call that waits must end
 * when another task says so. rtos.py judges.
 */
#include <string.h>

#include <lwip/dns.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>

#include "FreeRTOS.h"
#include "kratos_lwip.h"
#include "mps2.h"
#include "print.h"
#include "rtos.h"
#include "stoppable.h"
#include "task.h"
#ifdef BOARD_TLS
#include "kratos_mbedtls.h"
#endif

void board_puts(const char *s);

enum { LOW = 1, MIDDLE = 2, HIGH = 3, LOOKUP_MS = 1500, STOP_AFTER_MS = 400 };
enum { WORKER_STACK = 1536, SMALL_STACK = 384 }; /* words */

struct worker {
    struct kratos_lwip tcp;
    struct stoppable stoppable;
#ifdef BOARD_TLS
    struct kratos_mbedtls tls;
#endif
    struct kratos k;
    struct kratos_config config;
    char work[2048];
    TaskHandle_t task;
    unsigned number, done, failed;
    int rc, native; /* of the first failure */
    volatile bool over;
};

unsigned short board_dns_port = 53;

static struct worker workers[2];
static char host[48], word[16];
static uint16_t port, silent_port;
static unsigned count;
static volatile uint32_t low_turns, failed_calls;
static volatile bool quiet;

void board_puts(const char *s)
{
    console_puts(s);
}

static uint32_t setting(const char *name, uint32_t otherwise)
{
    uint32_t v = 0;

    if (!semihost_setting(name, word, sizeof word)) {
        return otherwise;
    }
    for (const char *p = word; *p >= '0' && *p <= '9'; p++) {
        v = v * 10u + (uint32_t)(*p - '0');
    }
    return v;
}

/* ---- Those who are in the way ---- */

/* EBADF, ENOTCONN, EWOULDBLOCK, EHOSTUNREACH in turn, at the priority of the workers: whenever one of them loses the processor
 * in the middle of something, errno is another one afterwards. */
static void fail_all_the_time(void *arg)
{
    struct sockaddr_in nowhere = {.sin_len = sizeof nowhere, .sin_family = AF_INET, .sin_port = 1};
    int fd = lwip_socket(AF_INET, SOCK_STREAM, 0);
    char byte = 0;

    (void)arg;
    lwip_fcntl(fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        failed_calls += lwip_recv(-1, &byte, 1, 0) < 0;
        failed_calls += lwip_send(fd, &byte, 1, 0) < 0;
        failed_calls += lwip_recv(fd, &byte, 1, 0) < 0;
        failed_calls += lwip_connect(fd, (struct sockaddr *)&nowhere, sizeof nowhere) < 0;
        if (quiet) {
            vTaskSuspend(NULL);
        }
    }
}

static void count_turns(void *arg)
{
    (void)arg;
    for (;;) {
        low_turns++;
    }
}

/* ---- A worker ---- */

/* What a loop that has other things to do would do between two calls: docs/rtos.md says why. */
static void wait_for_more(struct worker *w)
{
    unsigned want = kratos_want(&w->k);
    int fd = kratos_lwip_fd(&w->tcp);
    struct timeval most = {0, 50000};
    fd_set readable, writable;

    if (fd < 0 || (want & (KRATOS_WANT_RX | KRATOS_WANT_TX)) == 0) {
        vTaskDelay(1);
        return;
    }
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(fd, &readable);
    if (want & KRATOS_WANT_TX) {
        FD_SET(fd, &writable);
    }
    lwip_select(fd + 1, &readable, &writable, NULL, &most);
}

static int create(struct worker *w, unsigned i, char *id)
{
    char traits[64] = "{\"serial\":\"RTOS-";
    char *p = write_number(traits + strlen(traits), w->number);
    struct kratos_identity_body body = {.schema_id = "device", .traits = {.text = traits}};
    struct kratos_identity who;
    int rc;

    *p++ = '-';
    strcpy(write_number(p, i), "\"}");
    while ((rc = kratos_create_identity(&w->k, &body, &who)) == KRATOS_AGAIN) {
        wait_for_more(w);
    }
    memcpy(id, who.id, KRATOS_ID_SIZE);
    return rc;
}

static int get(struct worker *w, const char *id)
{
    struct kratos_identity who;
    int rc;

    while ((rc = kratos_get_identity(&w->k, id, NULL, &who)) == KRATOS_AGAIN) {
        wait_for_more(w);
    }
    return rc == KRATOS_OK && strcmp(who.id, id) != 0 ? KRATOS_ERR_JSON : rc;
}

static void note(struct worker *w, int rc)
{
    if (rc == KRATOS_OK) {
        w->done++;
        return;
    }
    if (w->failed++ == 0) {
        w->rc = rc;
        w->native = kratos_last_fault(&w->k)->native_error;
    }
}

static void work(void *arg)
{
    struct worker *w = arg;

    for (unsigned i = 0; i < count; i++) {
        char id[KRATOS_ID_SIZE];
        int rc = create(w, i, id);

        note(w, rc == KRATOS_OK ? get(w, id) : rc);
        if (i % 10 == 9) {
            kratos_close(&w->k);
        }
    }
    kratos_close(&w->k);
    w->over = true;
    vTaskSuspend(NULL);
}

/* ---- TLS ---- */

#ifdef BOARD_TLS

static const unsigned char root[] = {
#include "root_der.inc"
};

static const struct kratos_mbedtls_blob roots[] = {{root, sizeof root}};

static int wall_clock(void *arg, int64_t *s)
{
    (void)arg;
    return semihost_wall_clock(s) ? 0 : -1;
}

static const struct kratos_mbedtls_config rules = {.roots = roots, .root_count = 1, .now = wall_clock};
static uint64_t arena[40 * 1024 / 8];

static void take_memory(void)
{
    void *lock = rtos_new_lock();

    rtos_tls_threads();
    kratos_mbedtls_entropy(entropy_qemu_unsafe, NULL);
    if (kratos_mbedtls_shared_arena(arena, sizeof arena, rtos_lock, rtos_unlock, lock) != KRATOS_OK) {
        console_puts("the arena cannot be shared\n");
        semihost_exit(1);
    }
}

static const struct kratos_io *wrap(struct worker *w, const struct kratos_io *tcp)
{
    return kratos_mbedtls_io(&w->tls, tcp, &rules);
}

static void print_memory(void)
{
    print_line("arena peak", (uint32_t)kratos_mbedtls_arena_peak());
    print_line("arena used", (uint32_t)kratos_mbedtls_arena_used());
    print_line("arena failures", kratos_mbedtls_arena_failures());
}

#else

static void take_memory(void)
{
}

static const struct kratos_io *wrap(struct worker *w, const struct kratos_io *tcp)
{
    (void)w;
    return tcp;
}

static void print_memory(void)
{
}

#endif

/* ---- What is looked at ---- */

static void start_worker(struct worker *w, unsigned number)
{
    w->number = number;
    w->config.host = host;
    w->config.port = port;
    w->config.timeout_ms = 60000;
    w->config.nonblocking = number == 1;
    w->config.work = w->work;
    w->config.work_size = sizeof w->work;
    kratos_init(&w->k, &w->config, stoppable_io(&w->stoppable, wrap(w, kratos_lwip_io(&w->tcp))));
    if (xTaskCreate(work, "work", WORKER_STACK, w, MIDDLE, &w->task) != pdPASS) {
        console_puts("no memory for a task\n");
        semihost_exit(1);
    }
}

static void print_worker(const struct worker *w)
{
    console_puts("task ");
    print_line("number", w->number);
    print_line("done", w->done);
    print_line("failed", w->failed);
    print_line("result", 0u - (uint32_t)w->rc);
    print_line("native", (uint32_t)w->native);
    print_line("stack",
               (uint32_t)sizeof(StackType_t) * (WORKER_STACK - (uint32_t)uxTaskGetStackHighWaterMark(w->task)));
}

static void two_workers(void)
{
    for (unsigned i = 0; i < 2; i++) {
        start_worker(&workers[i], i);
    }
    while (!workers[0].over || !workers[1].over) {
        vTaskDelay(pdMS_TO_TICKS(100));
    }
    quiet = true;
    for (unsigned i = 0; i < 2; i++) {
        print_worker(&workers[i]);
    }
    print_line("failing calls", failed_calls);
    print_memory();
}

/* What the low task counts in a look-up, and in the same time without one. */
static void look_up(void)
{
    const struct kratos_io *io = kratos_lwip_io(&workers[0].tcp);
    uint32_t began = low_turns, during, began_ms;
    int rc;

    vTaskDelay(pdMS_TO_TICKS(LOOKUP_MS));
    print_line("low priority asleep", low_turns - began);
    began = low_turns;
    began_ms = clock_ms();
    rc = io->open(io->ctx, "mute.test", 1, LOOKUP_MS);
    during = low_turns - began;
    print_line("low priority in a look-up", during);
    print_line("look-up result", (uint32_t)rc);
    print_line("look-up ms", clock_ms() - began_ms);
    io->close(io->ctx);
}

static void stop_later(void *arg)
{
    struct worker *w = arg;

    vTaskDelay(pdMS_TO_TICKS(STOP_AFTER_MS));
    w->stoppable.stop = true;
    vTaskSuspend(NULL);
}

/* The server takes the request, or the ClientHello, and says nothing. */
static void stop(void)
{
    struct worker *w = &workers[1];
    uint32_t began_ms;
    char id[KRATOS_ID_SIZE];
    int rc;

    w->config.port = silent_port;
    w->config.nonblocking = false;
    kratos_init(&w->k, &w->config, stoppable_io(&w->stoppable, wrap(w, kratos_lwip_io(&w->tcp))));
    xTaskCreate(stop_later, "stop", SMALL_STACK, w, HIGH, NULL);
    began_ms = clock_ms();
    rc = create(w, 0, id);
    print_line("stopped ms", clock_ms() - began_ms);
    print_line("stopped", rc == KRATOS_ERR_IO && kratos_last_fault(&w->k)->native_error == STOPPABLE_STOPPED);
    kratos_close(&w->k);
}

static void name_server(void *arg)
{
    ip_addr_t server;

    ipaddr_aton("10.0.2.2", &server);
    dns_setserver(0, &server);
    xTaskNotifyGive(arg);
}

static void conduct(void *arg)
{
    (void)arg;
    if (!rtos_network_up(15000)) {
        console_puts("no answer by DHCP\n");
        semihost_exit(1);
    }
    tcpip_callback(name_server, xTaskGetCurrentTaskHandle());
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    take_memory();
    xTaskCreate(fail_all_the_time, "fail", SMALL_STACK, NULL, MIDDLE, NULL);
    two_workers();
    xTaskCreate(count_turns, "low", SMALL_STACK, NULL, LOW, NULL);
    look_up();
    stop();
    console_puts("END\n");
    semihost_exit(0);
}

int main(void)
{
    console_puts("\nkratos under FreeRTOS on " BOARD_NAME "\n");
    if (!semihost_setting("host", host, sizeof host)) {
        return 1;
    }
    port = (uint16_t)setting("port", 4434);
    silent_port = (uint16_t)setting("silent", 0);
    count = setting("count", 300);
    board_dns_port = (uint16_t)setting("dns", 53);
    xTaskCreate(conduct, "main", WORKER_STACK, NULL, HIGH, NULL);
    vTaskStartScheduler();
    console_puts("the scheduler has no memory\n");
    return 1;
}
