/* SPDX-License-Identifier: Apache-2.0
 *
 * Sits between lwIP and the driver. The same numbers come in each run, so that a failure can be met again.
 */
#include "lossy.h"

#include <lwip/pbuf.h>

#include "print.h"

enum { LOST = 4, DOUBLED = 7, SWAPPED = 11 };

static netif_input_fn good_input;
static netif_linkoutput_fn good_output;
static struct pbuf *late_in, *late_out;
static uint32_t state = 1, lost, doubled, swapped;

static uint32_t percent(void)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % 100u;
}

static struct pbuf *copy_of(struct pbuf *p)
{
    return pbuf_clone(PBUF_RAW, PBUF_RAM, p);
}

/* True when the frame is held back until the next one. */
static bool hold(struct pbuf **late, struct pbuf *p)
{
    if (*late != NULL) {
        return false;
    }
    *late = copy_of(p);
    swapped += *late != NULL;
    return *late != NULL;
}

static void send_late(struct netif *netif)
{
    struct pbuf *p = late_out;

    late_out = NULL;
    if (p != NULL) {
        good_output(netif, p);
        pbuf_free(p);
    }
}

static err_t bad_output(struct netif *netif, struct pbuf *p)
{
    uint32_t luck = percent();
    err_t rc;

    if (luck < LOST) {
        lost++;
        return ERR_OK;
    }
    if (luck >= DOUBLED && luck < SWAPPED && hold(&late_out, p)) {
        return ERR_OK;
    }
    rc = good_output(netif, p);
    if (luck < DOUBLED) {
        doubled++;
        good_output(netif, p);
    }
    send_late(netif);
    return rc;
}

static err_t give(struct netif *netif, struct pbuf *p)
{
    if (p != NULL && good_input(p, netif) != ERR_OK) {
        pbuf_free(p);
    }
    return ERR_OK;
}

static err_t bad_input(struct pbuf *p, struct netif *netif)
{
    uint32_t luck = percent();
    struct pbuf *late = late_in;

    if (luck < LOST || (luck >= DOUBLED && luck < SWAPPED && hold(&late_in, p))) {
        lost += luck < LOST;
        pbuf_free(p);
        return ERR_OK;
    }
    if (luck < DOUBLED) {
        doubled++;
        give(netif, copy_of(p));
    }
    late_in = NULL;
    give(netif, p);
    return give(netif, late);
}

void lossy_begin(struct netif *netif)
{
    good_input = netif->input;
    good_output = netif->linkoutput;
    netif->input = bad_input;
    netif->linkoutput = bad_output;
}

void lossy_end(struct netif *netif)
{
    netif->input = good_input;
    netif->linkoutput = good_output;
    send_late(netif);
    give(netif, late_in);
    late_in = NULL;
    print_line("frames lost", lost);
    print_line("frames doubled", doubled);
    print_line("frames swapped", swapped);
}
