/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers for lwIP. It must never include anything of ours: lwIP's own headers include it.
 */
#ifndef MPS2_RANDOM_H
#define MPS2_RANDOM_H

#include <stdint.h>

/* For ports and transaction ids only: it goes on with a counter when the source of entropy fails. */
uint32_t board_random(void);

#endif
