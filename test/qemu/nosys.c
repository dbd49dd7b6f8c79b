/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs port/lwip/nosys_example.c in a superloop on the board: create or look up, read again over a new
 * connection.
 */
#include <string.h>

#include "board.h"
#include "mps2.h"
#include "network.h"
#include "nosys_example.h"
#include "print.h"

static char work[2048];
static struct kratos_config config = {.timeout_ms = 20000, .work = work, .work_size = sizeof work, .nonblocking = true};
static struct nosys_link tcp_link = {.config = &config};
static struct kratos kratos;
static uint32_t turns;

/* ---- What board.c does for programs with sockets ---- */

void board_puts(const char *s)
{
    console_puts(s);
}

/* ---- The superloop ---- */

static void turn(void)
{
    turns++;
    nosys_step(&tcp_link, &kratos);
    network_sleep(1);
}

static int create(const char *traits, struct kratos_identity *who)
{
    struct kratos_identity_body device = {.schema_id = "device", .traits = {.text = traits}};
    int rc;

    while ((rc = kratos_create_identity(&kratos, &device, who)) == KRATOS_AGAIN) {
        turn();
    }
    return rc;
}

static int look_up(const char *serial, struct kratos_identity *who)
{
    struct kratos_list_identities_params mine = {.credentials_identifier = serial};
    int rc;

    while ((rc = kratos_list_identities(&kratos, &mine, who)) == KRATOS_AGAIN) {
        turn();
    }
    kratos_cancel(&kratos);
    return rc;
}

static int get(const char *id, struct kratos_identity *who)
{
    int rc;

    while ((rc = kratos_get_identity(&kratos, id, NULL, who)) == KRATOS_AGAIN) {
        turn();
    }
    return rc;
}

static int run(const char *serial)
{
    char traits[80], id[KRATOS_ID_SIZE];
    struct kratos_identity who;
    int rc;

    strcpy(traits, "{\"serial\":\"");
    strncat(traits, serial, 60);
    strcat(traits, "\"}");
    rc = create(traits, &who);
    if (rc == KRATOS_ERR_CONFLICT) {
        board_puts("conflict\n");
        rc = look_up(serial, &who);
    }
    if (rc == KRATOS_OK) {
        memcpy(id, who.id, sizeof id);
        kratos_close(&kratos);
        rc = get(id, &who);
    }
    if (rc != KRATOS_OK) {
        print_fault("nosys", rc, kratos_last_fault(&kratos));
        return rc;
    }
    board_puts("read again: ");
    board_puts(who.id);
    board_puts("\n");
    return rc;
}

int main(void)
{
    char host[24] = "10.0.2.2", port[8] = "4434", serial[48] = "SN-NOSYS";
    const char *p;
    int rc;

    semihost_setting("host", host, sizeof host);
    semihost_setting("port", port, sizeof port);
    semihost_setting("serial", serial, sizeof serial);
    config.host = host;
    for (p = port; *p != '\0'; p++) {
        config.port = (uint16_t)(config.port * 10 + (*p - '0'));
    }
    if (!network_start()) {
        return 1;
    }
    while (!network_is_up()) {
        network_sleep(10);
    }
    rc = kratos_init(&kratos, &config, &nosys_io);
    if (rc == KRATOS_OK) {
        rc = run(serial);
    }
    kratos_close(&kratos);
    nosys_close(&tcp_link);
    print_line("turns of the loop", turns);
    network_print_memory();
    board_puts(rc == KRATOS_OK ? "OK\n" : "FAILED\n");
    return rc == KRATOS_OK ? 0 : 1;
}
