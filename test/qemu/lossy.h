/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the line of an interface bad, in both directions: of a hundred frames 4 are lost, 3 come twice, 4
 * swap with the next.
 */
#ifndef LOSSY_H
#define LOSSY_H

#include <lwip/netif.h>

void lossy_begin(struct netif *netif);

/* As it was; says how many frames were treated. */
void lossy_end(struct netif *netif);

#endif
