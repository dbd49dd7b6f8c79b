/* SPDX-License-Identifier: Apache-2.0
 *
 * A gateway that provisions one device: it makes sure that an identity with the device's serial number
 * exists, connects anew, reads the identity, and tells what all of it cost. It must never know which board or
 * network it runs on.
 */
#include <string.h>

#include "board.h"
#include "meter.h"
#include "print.h"

enum { NETWORK_MS = 15000, TIMEOUT_MS = 30000 };

static char work[2048];
static struct kratos kratos;
static struct meter meter;
static struct kratos_config config;

/* ---- What it cost ---- */

static uint32_t began, all;

static void begin_cost(void)
{
    meter.open = meter.bytes = 0;
    began = board_instructions();
}

/* Before anything is printed: the console costs more than a request. */
static void end_cost(void)
{
    all = board_instructions() - began;
}

static void print_opening(void)
{
    if (!meter.opened) {
        return;
    }
    meter.opened = false;
    board_print_link();
    if (meter.open != 0) {
        print_line("instructions to open it", meter.open);
    }
}

/* The opening of a connection is not counted. */
static void print_cost(const char *what)
{
    if (all == 0) {
        return;
    }
    board_puts(what);
    board_puts(": ");
    print_number(all - meter.open);
    board_puts(" instructions, ");
    print_number(all - meter.open - meter.bytes);
    board_puts(" of them in the library\n");
}

/* ---- The device ---- */

static void write_traits(struct kratos_out *out, const void *serial)
{
    kratos_out_object(out);
    kratos_out_key(out, "serial");
    kratos_out_str(out, serial);
    kratos_out_close(out);
}

static bool may_exist(int rc)
{
    return rc == KRATOS_ERR_CONFLICT || (rc < 0 && kratos_last_fault(&kratos)->effect == KRATOS_MAYBE_DONE);
}

/* Our own identity from an earlier run, perhaps one that was cut off before its reply: not a second one. */
static int look_up(const char *serial, struct kratos_identity *who)
{
    struct kratos_list_identities_params mine = {0};
    int rc;

    mine.credentials_identifier = serial;
    mine.one_page = true;
    rc = kratos_list_identities(&kratos, &mine, who);
    if (rc == KRATOS_OK) {
        kratos_cancel(&kratos); /* there is no second one */
    }
    return rc == KRATOS_END ? KRATOS_ERR_NOT_FOUND : rc;
}

static int provision(const char *serial, char *id)
{
    struct kratos_identity_body device = {0};
    struct kratos_identity who;
    const char *what = "create";
    int rc;

    device.schema_id = "device";
    device.traits.write = write_traits;
    device.traits.arg = serial;
    begin_cost();
    rc = kratos_create_identity(&kratos, &device, &who);
    end_cost();
    print_opening();
    if (may_exist(rc)) {
        board_puts(rc == KRATOS_ERR_CONFLICT ? "conflict: the device is known, looking it up\n"
                                             : "no reply: the device may be known, looking it up\n");
        what = "look up";
        begin_cost();
        rc = look_up(serial, &who);
        end_cost();
        print_opening();
    }
    if (rc != KRATOS_OK) {
        print_fault(what, rc, kratos_last_fault(&kratos));
        return rc;
    }
    board_puts(what[0] == 'c' ? "created: " : "found: ");
    board_puts(who.id);
    board_puts("\n");
    print_cost(what);
    memcpy(id, who.id, sizeof who.id);
    return rc;
}

/* Over a new connection, which with TLS resumes the session. */
static int read_back(const char *serial, const char *id)
{
    struct kratos_identity who;
    kratos_json value;
    int rc;

    kratos_close(&kratos);
    begin_cost();
    rc = kratos_get_identity(&kratos, id, NULL, &who);
    end_cost();
    print_opening();
    if (rc != KRATOS_OK) {
        print_fault("get", rc, kratos_last_fault(&kratos));
        return rc;
    }
    if (!kratos_json_get(who.traits, "serial", &value) || !kratos_json_equal(value, serial)) {
        board_puts("get: another device's identity\n");
        return KRATOS_ERR_JSON;
    }
    board_puts("read again: ");
    board_puts(who.id);
    board_puts(", state ");
    print_text(who.state);
    board_puts("\n");
    print_cost("get");
    return rc;
}

/* ---- Start ---- */

static uint16_t to_port(const char *text)
{
    uint32_t port = 0;

    while (*text >= '0' && *text <= '9' && port < 65536u) {
        port = port * 10u + (uint32_t)(*text++ - '0');
    }
    return (uint16_t)port;
}

static int start(void)
{
    int rc;

    config.host = board_setting("host", "10.0.2.2");
    config.port = to_port(board_setting("port", "4434"));
    config.timeout_ms = TIMEOUT_MS;
    config.work = work;
    config.work_size = sizeof work;
    rc = kratos_init(&kratos, &config, meter_io(&meter, board_io()));
    if (rc != KRATOS_OK) {
        print_fault("init", rc, kratos_last_fault(&kratos));
    }
    return rc;
}

int app_main(void)
{
    const char *serial = board_setting("serial", "SN-0001"), *missing;
    char id[KRATOS_ID_SIZE];
    int rc;

    missing = board_network_up(NETWORK_MS);
    if (missing != NULL) {
        board_puts("network: ");
        board_puts(missing);
        board_puts("\n");
        return 1;
    }
    rc = start();
    if (rc == KRATOS_OK) {
        rc = provision(serial, id);
    }
    if (rc == KRATOS_OK) {
        rc = read_back(serial, id);
    }
    kratos_close(&kratos);
    board_print_memory();
    board_puts(rc == KRATOS_OK ? "OK\n" : "FAILED\n");
    return rc == KRATOS_OK ? 0 : 1;
}
