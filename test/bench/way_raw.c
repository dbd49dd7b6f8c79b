/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor: one send and as many recv as the reply takes, of the bytes that ours sends and gets.
 */
#include "ways.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memory.h"

static int fd = -1;
static struct memory recorder; /* keeps the request that ours writes */
static char reply[SAMPLE_SIZE];

static bool record_request(uint16_t port)
{
    static unsigned char work[3072];
    const struct kratos_config config = {.host = "127.0.0.1", .port = port, .work = work, .work_size = sizeof work};
    struct kratos k;
    return kratos_init(&k, &config, memory_io(&recorder, SAMPLE_ENLARGED, 0)) == KRATOS_OK &&
           kratos_create_identity(&k, &sample_body, NULL) == KRATOS_OK;
}

static void raw_open(uint16_t port)
{
    struct sockaddr_in address;
    int one = 1;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!record_request(port) || fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        fd = -1;
    }
}

static bool raw_exchange(void)
{
    size_t got = 0;
    if (send(fd, recorder.request, recorder.request_size, 0) != (ssize_t)recorder.request_size) {
        return false;
    }
    while (got < SAMPLE_REPLY_SIZE) {
        ssize_t n = recv(fd, reply + got, sizeof reply - got, 0);
        if (n <= 0) {
            return false;
        }
        got += (size_t)n;
    }
    return got == SAMPLE_REPLY_SIZE;
}

static void raw_close(void)
{
    close(fd);
}

const struct way way_raw = {"raw", raw_open, raw_exchange, raw_close};
