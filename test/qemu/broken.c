/* SPDX-License-Identifier: Apache-2.0
 *
 * Breaks on purpose, so that the tests see what the board reports: how=stack, jump, address or assert.
 */
#include <string.h>

#include "board.h"
#include "panic.h"

int dig(volatile int *above, int depth);

/* Not a tail call, so that each level keeps its frame. */
__attribute__((noinline, noclone)) int dig(volatile int *above, int depth)
{
    volatile int here[16];

    here[0] = depth;
    here[15] = above != NULL ? above[0] : 0;
    return depth > 100000 ? here[15] : dig(here, depth + 1) + here[0];
}

int app_main(void)
{
    const char *how = board_setting("how", "stack");

    if (strcmp(how, "stack") == 0) {
        return dig(NULL, 0);
    }
    if (strcmp(how, "jump") == 0) {
        ((void (*)(void))(uintptr_t)0x08000000u)(); /* no code there, and no Thumb bit */
    }
    if (strcmp(how, "address") == 0) {
        *(volatile uint32_t *)(uintptr_t)0xC0000000u = 1;
    }
    board_panic("on purpose");
}
