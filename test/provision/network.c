/* SPDX-License-Identifier: Apache-2.0
 *
 * See network.h.
 */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "choice.h"

#define PIECE 120 /* bytes that move at once where nothing blocks */

static struct network *const net = &world.network;
static char in[WORLD_REQUEST], out[SERVER_REPLY]; /* what has come of a request; the reply to the last one */

/* ---- What is late ---------------------------------------------------------------------------------- */

static void carry_out(const char *request, size_t n)
{
    static char reply[SERVER_REPLY];
    server_serve(&world.server, request, n, reply);
}

static void land(bool all)
{
    unsigned i;
    for (i = 0; i < WORLD_LATE; i++) {
        struct late *late = &net->late[i];
        if (late->there && (all || late->left == 0)) {
            late->there = false;
            if (tracing) {
                printf("     the late %.5s lands\n", late->request);
            }
            carry_out(late->request, late->n);
        } else if (late->there && late->left != LATE_END) {
            late->left--;
        }
    }
}

void network_land(void)
{
    land(true);
}

static void hold_back(unsigned left)
{
    unsigned i = 0;
    while (i < WORLD_LATE && net->late[i].there) {
        i++;
    }
    if (i < WORLD_LATE) {
        net->late[i].there = true;
        net->late[i].left = left;
        net->late[i].n = net->in_n;
        memcpy(net->late[i].request, in, net->in_n + 1);
    }
}

/* ---- Answers --------------------------------------------------------------------------------------- */

static void trace(const char *sign, const char *text, size_t n)
{
    const char *body = strstr(text, "\r\n\r\n");
    int line = (int)strcspn(text, "\r");
    if (tracing) {
        printf("%7u %s %.*s", (unsigned)world.now, sign, line, text);
        if (body != NULL && (size_t)(body + 4 - text) < n) {
            printf("  %.*s", (int)strcspn(body + 4, "\n"), body + 4);
        }
        printf("\n");
    }
}

static void reply_of_kratos(void)
{
    net->out_n = server_serve(&world.server, in, net->in_n, out);
    net->answer = KRATOS_OWN;
}

static void canned(const struct answer *answer)
{
    if (answer->carried_out) {
        carry_out(in, net->in_n);
    }
    net->out_n = (size_t)snprintf(out, sizeof out, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", answer->head,
                                  strlen(answer->body), answer->body);
    net->answer = answer->strangers ? STRANGERS : KRATOS_OWN;
    world.races += answer->race;
    if (answer->wait_ms != 0) {
        net->asked_to_wait = true;
        net->not_before = world.now + answer->wait_ms;
    }
}

/* Another device, as ready for this serial as ours is. */
static void rival(enum asks asks)
{
    struct identity *who = server_find(&world.server, world.device.serial, NULL);
    if (asks == ASKS_CREATE && who != NULL) {
        return;
    }
    world.rival = true;
    if (who == NULL) {
        who = server_add(&world.server, world.device.serial);
        snprintf(who->external_id, sizeof who->external_id, "%s", setting.external && !setting.old ? "ext-1" : "");
    }
    memset(who->names, 0, sizeof who->names);
    who->kp = true;
    snprintf(who->names[0], sizeof who->names[0], "ffeeddccbbaa9988.g1");
    snprintf(who->hash, sizeof who->hash, "a rival's");
}

static enum asks what_it_asks(void)
{
    return strncmp(in, "POST", 4) == 0                                ? ASKS_CREATE
           : in[0] != 'P'                                             ? ASKS_READ
           : world.device.p.record.state == KRATOS_PROVISION_CLAIMING ? ASKS_CLAIM
                                                                      : ASKS_CHANGE;
}

/* What becomes of a request that is whole. */
static void answer_it(void)
{
    enum asks asks = what_it_asks();
    const struct answer *answer = NULL;
    unsigned option = answers_choose(asks, net->exchanges != 0, &answer);
    net->out_at = net->out_n = 0;
    net->whole = false;
    net->answer = NO_ANSWER;
    switch (option) {
    case ANSWER_LOST:
        break;
    case ANSWER_CLOSED:
        net->dead = true;
        break;
    case ANSWER_CUT_BEFORE:
        world_power_cut();
        break;
    case ANSWER_CUT_BEHIND:
        carry_out(in, net->in_n);
        world_power_cut();
        break;
    case ANSWER_NONE:
        carry_out(in, net->in_n);
        break;
    case ANSWER_LATE_0:
        hold_back(0);
        break;
    case ANSWER_LATE_1:
        hold_back(1);
        break;
    case ANSWER_LATE_3:
        hold_back(3);
        break;
    case ANSWER_LATE_END:
        hold_back(LATE_END);
        break;
    case ANSWER_RIVAL:
        rival(asks);
        reply_of_kratos();
        break;
    case ANSWER_RIVAL_BEHIND:
        reply_of_kratos();
        rival(asks);
        break;
    case ANSWER_CANNED:
        canned(answer);
        break;
    default:
        reply_of_kratos();
    }
}

/* Where the reply ends early. */
static void cut_reply(void)
{
    static const char *const none[] = {NULL};
    unsigned option = net->out_n != 0 ? choose("reply", none, net->out_n) : 0;
    net->out_end = net->out_n;
    if (option != 0) {
        net->out_end = option - 1;
        net->answer = NO_ANSWER;
        net->asked_to_wait = net->asked_to_wait && strstr(out, "\r\n\r\n") + 4 <= out + net->out_end;
    }
}

/* Nobody knows whether a 404 of a path that 1.0.0 does not know is its own: that one need not be waited for. */
static void note_stranger(void)
{
    bool unknown = strstr(in, "/by/external/") != NULL && strncmp(out + 9, "404", 3) == 0;
    net->strange = net->answer == STRANGERS && !unknown;
    net->strange_ms = world.now;
}

static void serve(void)
{
    world.server.requests++;
    net->requests++;
    if (net->asked_to_wait && (int32_t)(world.now - net->not_before) < 0) {
        world_broken("asked again before the time that the server gave");
    }
    if (net->strange && world.now == net->strange_ms) {
        world_broken("asked again at once behind a stranger's answer");
    }
    net->asked_to_wait = net->strange = false;
    land(false);
    trace(">", in, net->in_n);
    answer_it();
    cut_reply();
    note_stranger();
    trace("<", net->out_n != 0 ? out : "(nothing)", net->out_n);
    net->exchanges++;
    net->in_n = 0;
}

/* ---- Bytes ------------------------------------------------------------------------------------------ */

static void link_open(void)
{
    if (net->open) {
        world_broken("opened what is open");
    }
    net->open = true;
    net->dead = false;
    net->exchanges = 0;
    net->in_n = net->out_n = net->out_at = net->out_end = 0;
}

static bool is_whole(void)
{
    const char *end = strstr(in, "\r\n\r\n"), *length = strstr(in, "Content-Length: ");
    size_t size;
    if (end == NULL) {
        return false;
    }
    if (strstr(in, "Transfer-Encoding") != NULL) {
        fprintf(stderr, "network: a request without a length\n");
        abort();
    }
    size = (size_t)(end + 4 - in) + (length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0);
    return net->in_n == size;
}

static void note_asking(void)
{
    if (net->in_n == 0) {
        net->asked = true;
        net->answer = NO_ANSWER;
        net->asked_state = world.device.p.record.state;
        net->asked_flags = world.device.p.record.flags;
    }
}

/* Bytes taken, or an error. */
static int link_write(const void *p, size_t n)
{
    static const char *const none[] = {NULL};
    unsigned cut;
    if (!net->open) {
        world_broken("wrote to what is closed");
    }
    if (net->dead) {
        return KRATOS_ERR_CLOSED;
    }
    if (n > WORLD_REQUEST - 1 - net->in_n) {
        fprintf(stderr, "network: the request is too large\n");
        abort();
    }
    note_asking();
    cut = choose("request", none, n);
    if (cut != 0) {
        net->dead = true;
        return cut > 1 ? (int)cut - 1 : KRATOS_ERR_CLOSED;
    }
    memcpy(in + net->in_n, p, n);
    net->in_n += n;
    in[net->in_n] = '\0';
    if (is_whole()) {
        serve();
    }
    return (int)n;
}

/* Bytes given, 0 = none now, or an error. */
static int link_read(void *p, size_t n)
{
    static const char *const idle[] = {"closed by the server", NULL};
    size_t left = net->out_end - net->out_at;
    if (!net->open) {
        world_broken("read from what is closed");
    }
    if (left != 0) {
        n = n < left ? n : left;
        memcpy(p, out + net->out_at, n);
        net->out_at += n;
        net->whole = net->out_at == net->out_n;
        return (int)n;
    }
    if (net->whole && !net->dead && choose("idle connection", idle, 0) != 0) {
        net->dead = true;
    }
    return net->dead || net->out_at < net->out_n ? KRATOS_ERR_CLOSED : 0;
}

static void link_close(void)
{
    net->open = false;
}

void network_power_on(void)
{
    link_close();
    net->asked_to_wait = net->strange = net->asked = false;
}

/* ---- The io ------------------------------------------------------------------------------------------ */

/* Where nothing blocks, every other call moves nothing. */
static bool stutters(size_t *n)
{
    if (setting.mode != NONBLOCKING) {
        return false;
    }
    *n = *n < PIECE ? *n : PIECE;
    net->stutter = !net->stutter;
    return net->stutter;
}

static int io_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    size_t n = 0;
    (void)ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    if (stutters(&n)) {
        return 0;
    }
    link_open();
    return 1;
}

static int io_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    (void)ctx;
    (void)wait_ms;
    return stutters(&n) ? 0 : link_write(p, n);
}

static int io_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    int rc;
    (void)ctx;
    if (n != 1 && stutters(&n)) {
        return 0;
    }
    rc = link_read(p, n);
    if (rc == 0) {
        world.now += wait_ms;
    }
    return rc;
}

static void io_close(void *ctx)
{
    (void)ctx;
    link_close();
}

static uint32_t io_now_ms(void *ctx)
{
    (void)ctx;
    return world.now;
}

const struct kratos_io network_io = {NULL, io_open, io_write, io_read, io_close, NULL, io_now_ms, 0, false};

/* ---- Without a port ------------------------------------------------------------------------------------ */

static void pump_out(struct kratos *k)
{
    size_t n;
    const void *p = kratos_tx(k, &n);
    int rc = n != 0 ? link_write(p, n) : 0;
    if (rc < 0) {
        kratos_lost(k, rc);
    } else {
        kratos_tx_done(k, (size_t)rc);
    }
}

static bool pump_in(struct kratos *k)
{
    size_t n;
    void *p = kratos_rx(k, &n);
    int rc = n != 0 ? link_read(p, n) : 0;
    if (rc < 0) {
        kratos_lost(k, rc);
    } else {
        kratos_rx_done(k, (size_t)rc);
    }
    return rc != 0;
}

bool network_pump(struct kratos *k)
{
    unsigned want = kratos_want(k);
    if (want & KRATOS_WANT_CLOSE) {
        link_close();
        kratos_closed(k);
    } else if (want & KRATOS_WANT_OPEN) {
        link_open();
        kratos_opened(k);
    } else if (want & KRATOS_WANT_TX) {
        pump_out(k);
    } else if (want & KRATOS_WANT_RX) {
        return pump_in(k);
    }
    return want != 0;
}
