/* SPDX-License-Identifier: Apache-2.0
 *
 * How long to wait before a request (kratos_provision.h): a pure function, which make fleet runs a million times. It must
 * never know what is retried, nor ask a clock.
 */
#include "kratos_provision.h"

#define BASE_MS 1000
#define CAP_MS 3600000
#define FACTOR 8 /* 1 s, 8 s, a minute, 9 minutes, an hour: a server that is away is asked rarely, and soon */

/* The window behind that many failures. */
static uint32_t window_ms(const struct kratos_retry *retry, unsigned attempt)
{
    uint32_t cap = retry->cap_ms != 0 ? retry->cap_ms : CAP_MS;
    uint32_t window = retry->base_ms != 0 ? retry->base_ms : BASE_MS;
    while (attempt-- > 1 && window < cap) {
        window = window <= UINT32_MAX / FACTOR ? window * FACTOR : UINT32_MAX;
    }
    return window < cap ? window : cap;
}

uint32_t kratos_retry_ms(const struct kratos_retry *retry, unsigned attempt, uint32_t server_ms, uint32_t random)
{
    static const struct kratos_retry defaults = {0, 0, 0};
    const struct kratos_retry *r = retry != NULL ? retry : &defaults;
    uint32_t window = attempt == 0 ? r->first_window_ms : window_ms(r, attempt);
    uint32_t ms = (uint32_t)((uint64_t)window * random >> 32);
    return server_ms < UINT32_MAX - ms ? server_ms + ms : UINT32_MAX;
}
