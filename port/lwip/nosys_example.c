/* SPDX-License-Identifier: Apache-2.0
 *
 * The library without a port, over lwIP's raw API. The superloop around it:
 *
 *     while ((rc = kratos_create_identity(&k, &device, &who)) == KRATOS_AGAIN) {
 *         nosys_step(&link, &k);
 *         poll_ethernet(); sys_check_timeouts(); do_other_work();
 *     }
 *
 * lwIP's callbacks only note what happened; all calls of the library are made in the loop. Runs in test/qemu.
 */
#include "nosys_example.h"

#include <lwip/pbuf.h>
#include <lwip/sys.h>

/* ---- What lwIP tells ---- */

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t rc)
{
    struct nosys_link *link = arg;

    (void)pcb;
    link->connected = rc == ERR_OK;
    return ERR_OK;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t rc)
{
    struct nosys_link *link = arg;

    (void)pcb;
    (void)rc;
    if (p == NULL) {
        link->lost = KRATOS_ERR_CLOSED; /* in order */
    } else if (link->received == NULL) {
        link->received = p;
    } else {
        pbuf_cat(link->received, p);
    }
    return ERR_OK;
}

/* Refused, reset, out of memory: lwIP has freed the pcb already. */
static void on_error(void *arg, err_t rc)
{
    struct nosys_link *link = arg;

    (void)rc;
    link->pcb = NULL;
    link->lost = KRATOS_ERR_IO;
}

/* ---- What the library wants ---- */

static uint32_t now_ms(void *ctx)
{
    (void)ctx;
    return sys_now();
}

const struct kratos_io nosys_io = {.now_ms = now_ms};

void nosys_close(struct nosys_link *link)
{
    struct tcp_pcb *pcb = link->pcb;

    if (link->received != NULL) {
        pbuf_free(link->received);
    }
    link->received = NULL;
    link->pcb = NULL;
    link->connected = false;
    link->lost = 0;
    if (pcb == NULL) {
        return;
    }
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
    if (tcp_close(pcb) != ERR_OK) {
        tcp_abort(pcb); /* no memory for a FIN */
    }
}

static void open_link(struct nosys_link *link, struct kratos *k)
{
    ip_addr_t address;

    if (link->connected) {
        kratos_opened(k);
    }
    if (link->pcb != NULL || link->lost != 0) {
        return; /* under way, or failed: nosys_step() says so */
    }
    link->pcb = ipaddr_aton(link->config->host, &address) ? tcp_new_ip_type(IP_GET_TYPE(&address)) : NULL;
    if (link->pcb == NULL) {
        link->lost = KRATOS_ERR_IO;
        return;
    }
    tcp_arg(link->pcb, link);
    tcp_recv(link->pcb, on_received);
    tcp_err(link->pcb, on_error);
    tcp_nagle_disable(link->pcb);
    if (tcp_connect(link->pcb, &address, link->config->port, on_connected) != ERR_OK) {
        link->lost = KRATOS_ERR_IO;
    }
}

static void send_bytes(struct nosys_link *link, struct kratos *k)
{
    size_t n;
    const void *p = kratos_tx(k, &n);

    if (link->pcb == NULL) {
        return;
    }
    if (n > tcp_sndbuf(link->pcb)) {
        n = tcp_sndbuf(link->pcb);
    }
    if (n > 0 && tcp_write(link->pcb, p, (u16_t)n, TCP_WRITE_FLAG_COPY) == ERR_OK) {
        kratos_tx_done(k, n);
        tcp_output(link->pcb);
    }
}

static void give_bytes(struct nosys_link *link, struct kratos *k)
{
    size_t n;
    void *p = kratos_rx(k, &n);

    if (link->received == NULL || n == 0) {
        return;
    }
    n = pbuf_copy_partial(link->received, p, (u16_t)(n < 0xFFFF ? n : 0xFFFF), 0);
    link->received = pbuf_free_header(link->received, (u16_t)n);
    if (link->pcb != NULL) {
        tcp_recved(link->pcb, (u16_t)n); /* opens the window again */
    }
    kratos_rx_done(k, n);
}

void nosys_step(struct nosys_link *link, struct kratos *k)
{
    unsigned want = kratos_want(k);

    if (want & KRATOS_WANT_CLOSE) {
        nosys_close(link);
        kratos_closed(k);
    }
    if (want & KRATOS_WANT_OPEN) {
        open_link(link, k);
    }
    if (want & KRATOS_WANT_TX) {
        send_bytes(link, k);
    }
    if (want & KRATOS_WANT_RX) {
        give_bytes(link, k);
    }
    if (link->lost != 0 && link->received == NULL && want != 0) {
        kratos_lost(k, link->lost);
    }
}
