/* SPDX-License-Identifier: Apache-2.0
 *
 * This library through port/posix, as an application calls it.
 */
#include "ways.h"

#include <string.h>

#include "kratos_posix.h"
#include "samples.h"

static unsigned char work[3072];
static struct kratos_config config = {.host = "127.0.0.1", .work = work, .work_size = sizeof work};
static struct kratos_posix tcp;
static struct kratos k;
static char expected[KRATOS_ID_SIZE];

static void ours_open(uint16_t port)
{
    config.port = port;
    sample_id(SAMPLE_ENLARGED, 0, expected);
    kratos_init(&k, &config, kratos_posix_io(&tcp));
}

static bool ours_exchange(void)
{
    struct kratos_identity who;
    return kratos_create_identity(&k, &sample_body, &who) == KRATOS_OK &&
           memcmp(who.id, expected, sizeof who.id) == 0 && who.schema_id.p != NULL && who.state.p != NULL &&
           who.external_id.p != NULL && who.traits.n != 0 && who.metadata_public.n != 0;
}

static void ours_close(void)
{
    kratos_close(&k);
}

const struct way way_ours = {"ours", ours_open, ours_exchange, ours_close};
