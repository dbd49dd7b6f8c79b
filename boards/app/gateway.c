/* SPDX-License-Identifier: Apache-2.0
 *
 * A gateway that gives its device an identity, once, and does what it is told to do with it: a program round
 * kratos_provision.h, to be copied. It says what it did, in one line a boot, and what all of it cost. It must never know which
 * board or network it runs on, nor decide what only a person may: that is the settings' "command".
 */
#include <string.h>

#include "board.h"
#include "kratos_provision.h"
#include "meter.h"
#include "print.h"

enum { NETWORK_MS = 15000, TIMEOUT_MS = 30000, PATIENCE_S = 60, WATCHDOG_MS = 1000 };

static char work[2048];
static struct kratos kratos;
static struct kratos_config config;
static struct kratos_provision provision;
static struct kratos_provision_config device;
static struct meter meter;

/* ---- What it cost ---- */

static uint32_t instructions;

/* Before anything is printed: the console costs more than a request. */
static int step(uint32_t *wait_ms)
{
    uint32_t began = board_instructions();
    int rc = kratos_provision_step(&provision, wait_ms);

    instructions += board_instructions() - began;
    board_alive();
    return rc;
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
    if (instructions == 0 || meter.requests == 0) {
        return;
    }
    board_puts(what);
    board_puts(": ");
    print_number(instructions - meter.open);
    board_puts(" instructions, ");
    print_number(instructions - meter.open - meter.bytes);
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

static void describe_device(void)
{
    device.serial = board_setting("serial", "sn-0001");
    device.realm = "demo";
    device.chip = board_chip(&device.chip_size);
    device.schema_id = "device";
    device.external_id = device.serial;
    device.traits.write = write_traits;
    device.traits.arg = device.serial;
    device.store = board_store();
    device.crypto = board_crypto();
}

/* "device sn-0001: identity 7fad..., 1 request: provisioned" */
static void report(void)
{
    const char *id = kratos_provision_id(&provision);

    board_puts("device ");
    board_puts(device.serial);
    board_puts(id[0] != '\0' ? ": identity " : ": no identity");
    board_puts(id);
    board_puts(kratos_provision_inactive(&provision) ? ", disabled by an operator, " : ", ");
    print_number(meter.requests);
    board_puts(meter.requests == 1 ? " request: " : " requests: ");
    board_puts(kratos_provision_text(kratos_provision_state(&provision)));
    board_puts("\n");
}

static void print_waiting(int rc, uint32_t wait_ms)
{
    int why = rc == KRATOS_AGAIN ? kratos_provision_last(&provision) : rc;

    if (why != KRATOS_OK) {
        print_fault("provision", why, kratos_last_fault(&kratos));
    }
    print_line("waiting, ms", wait_ms);
}

/* Nothing is left to be done, or nothing that another try can do; a flash that fails would wear out by trying. */
static bool is_final(int rc)
{
    return rc == KRATOS_OK || rc == KRATOS_ERR_STOPPED || rc == KRATOS_ERR_STORE;
}

/* In pieces, for the watchdog. */
static void sleep_for(uint32_t ms)
{
    while (ms != 0) {
        uint32_t piece = ms < WATCHDOG_MS ? ms : WATCHDOG_MS;

        board_sleep(piece);
        board_alive();
        ms -= piece;
    }
}

/* A firmware never gives up: it steps beside its other work. This program has an end, so its patience has one too. */
static int run(const char *what, uint32_t patience_ms)
{
    uint32_t began_ms = board_now_ms(), passed_ms, wait_ms;
    int rc;

    meter.open = meter.bytes = meter.requests = instructions = 0;
    for (rc = step(&wait_ms); !is_final(rc); rc = step(&wait_ms)) {
        print_opening();
        if (wait_ms != 0) {
            print_waiting(rc, wait_ms);
        }
        passed_ms = board_now_ms() - began_ms;
        if (passed_ms >= patience_ms) {
            break;
        }
        sleep_for(wait_ms < patience_ms - passed_ms ? wait_ms : patience_ms - passed_ms);
    }
    print_opening();
    if (rc == KRATOS_ERR_STORE) {
        board_puts("the record cannot be read or written\n");
    }
    report();
    print_cost(what);
    return rc;
}

/* ---- What a person asks ---- */

static const struct {
    const char *name;
    enum kratos_provision_command command;
} commands[] = {{"verify", KRATOS_PROVISION_VERIFY},
                {"rotate", KRATOS_PROVISION_ROTATE},
                {"claim", KRATOS_PROVISION_CLAIM},
                {"retire", KRATOS_PROVISION_RETIRE},
                {"restart", KRATOS_PROVISION_RESTART}};

static int obey(const char *name, uint32_t patience_ms)
{
    unsigned i;
    int rc = KRATOS_ERR_ARG;

    for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            rc = kratos_provision_command(&provision, commands[i].command);
        }
    }
    board_puts("command ");
    board_puts(name);
    board_puts(rc == KRATOS_OK ? "\n" : ": not from this state, or not known\n");
    return rc == KRATOS_OK ? run(name, patience_ms) : rc;
}

/* ---- Start ---- */

static uint32_t to_number(const char *text)
{
    uint32_t number = 0;

    while (*text >= '0' && *text <= '9' && number <= 65535u) {
        number = number * 10u + (uint32_t)(*text++ - '0');
    }
    return number;
}

static int start(void)
{
    int rc;

    config.host = board_setting("host", "10.0.2.2");
    config.port = (uint16_t)to_number(board_setting("port", "4434"));
    config.timeout_ms = TIMEOUT_MS;
    config.work = work;
    config.work_size = sizeof work;
    describe_device();
    rc = kratos_init(&kratos, &config, meter_io(&meter, board_io()));
    if (rc == KRATOS_OK) {
        rc = kratos_provision_init(&provision, &device, &kratos);
    }
    if (rc != KRATOS_OK) {
        print_fault("init", rc, kratos_last_fault(&kratos));
    }
    return rc;
}

static bool network_up(void)
{
    const char *missing = board_network_up(NETWORK_MS);

    if (missing != NULL) {
        board_puts("network: ");
        board_puts(missing);
        board_puts("\n");
    }
    return missing == NULL;
}

int app_main(void)
{
    const char *command = board_setting("command", ""), *patience = board_setting("patience", "");
    uint32_t patience_ms = (*patience != '\0' ? to_number(patience) : PATIENCE_S) * 1000u;
    int rc;

    if (!network_up() || start() != KRATOS_OK) {
        return 1;
    }
    rc = run("boot", patience_ms);
    kratos_close(&kratos); /* the memory of TLS is free meanwhile; the next connection resumes its session */
    if (*command != '\0' && is_final(rc)) {
        rc = obey(command, patience_ms);
        kratos_close(&kratos);
    }
    if (rc == KRATOS_ERR_STOPPED && strcmp(command, "retire") == 0 &&
        kratos_provision_state(&provision) == KRATOS_PROVISION_RETIRED) {
        rc = KRATOS_OK; /* as it was told */
    }
    board_print_memory();
    board_puts(rc == KRATOS_OK ? "OK\n" : "FAILED\n");
    return rc == KRATOS_OK ? 0 : 1;
}
