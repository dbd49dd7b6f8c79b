/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of an exchange on a board's console, by port/trace: a create with a password in clear, and its reply. It must never
 * show the password.
 */
#include <string.h>

#include "board.h"
#include "kratos.h"
#include "kratos_lwip.h"
#include "kratos_trace.h"
#include "network.h"

enum { NETWORK_MS = 15000 };

static void put(void *arg, const char *s, size_t n)
{
    char text[33];

    (void)arg;
    while (n != 0) {
        size_t part = n < sizeof text - 1 ? n : sizeof text - 1;

        memcpy(text, s, part);
        text[part] = '\0';
        board_puts(text);
        s += part;
        n -= part;
    }
}

static uint16_t to_port(const char *text)
{
    uint32_t v = 0;

    while (*text >= '0' && *text <= '9') {
        v = v * 10u + (uint32_t)(*text++ - '0');
    }
    return (uint16_t)v;
}

int app_main(void)
{
    static struct kratos_lwip tcp;
    static struct kratos_trace trace;
    static struct kratos kratos;
    static struct kratos_config config;
    static char work[2048];
    const struct kratos_credentials secret = {.password = "not-to-be-seen"};
    const struct kratos_identity_body body = {.schema_id = "device",
                                              .traits = {.text = "{\"serial\":\"sn-trace\"}"},
                                              .credentials = {.write = kratos_write_credentials, .arg = &secret}};
    struct kratos_identity who;
    int rc;

    if (board_network_up(NETWORK_MS) != NULL) {
        return 1;
    }
    config.host = board_setting("host", "10.0.2.2");
    config.port = to_port(board_setting("port", "4434"));
    config.work = work;
    config.work_size = sizeof work;
    rc = kratos_init(&kratos, &config, kratos_trace_io(&trace, kratos_lwip_io(&tcp), put, NULL));
    if (rc == KRATOS_OK) {
        rc = kratos_create_identity(&kratos, &body, &who);
    }
    kratos_close(&kratos);
    board_puts(rc == KRATOS_OK ? "OK\n" : "FAILED\n");
    return rc == KRATOS_OK ? 0 : 1;
}
