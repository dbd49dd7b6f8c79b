/* SPDX-License-Identifier: Apache-2.0
 *
 * Driver of the LAN9118 Ethernet controller for lwIP, by polling: the interrupt only ends a sleep. It must
 * never know which protocols run above it.
 */
#ifndef LAN9118_H
#define LAN9118_H

#include <stdbool.h>

#include <lwip/netif.h>

/* For netif_add(). ERR_IF: the controller is not there. */
err_t lan9118_init(struct netif *netif);

/* Hands every frame that has arrived to netif->input. The number of frames. */
unsigned lan9118_poll(struct netif *netif);

/* Whether a frame waits; what the interrupt said is forgotten, so that the next frame ends a sleep. With
 * interrupts masked. */
bool lan9118_pending(void);

/* Reads the PHY and tells lwIP when the cable was pulled or put back. A few times per second is enough. */
void lan9118_check_link(struct netif *netif);

/* Frames that were lost for want of a buffer, or damaged. */
unsigned lan9118_dropped(void);

#endif
