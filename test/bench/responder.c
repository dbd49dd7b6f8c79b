/* SPDX-License-Identifier: Apache-2.0
 *
 * The other end of the loopback bench: reads a request by its Content-Length, answers with the recorded 201, in
 * two system calls. Prints its port, serves each connection in a thread, and ends when its standard input does. It
 * must never look at what is asked: it is to cost as little as a server can.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples.h"

static char reply[SAMPLE_SIZE];
static size_t reply_size;

/* Length of the request that begins at p and has n bytes so far; 0: its head is not complete. */
static size_t request_length(const char *p)
{
    static const char name[] = "Content-Length: ";
    const char *end = strstr(p, "\r\n\r\n"), *length = strstr(p, name);
    if (end == NULL) {
        return 0;
    }
    return (size_t)(end + 4 - p) + (length != NULL ? strtoul(length + sizeof name - 1, NULL, 10) : 0);
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char request[2048];
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, request + n, sizeof request - 1 - n, 0);
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
        request[n] = '\0';
        if (request_length(request) == n) {
            n = 0;
            if (send(fd, reply, reply_size, MSG_NOSIGNAL) != (ssize_t)reply_size) {
                break;
            }
        }
    }
    close(fd);
    return NULL;
}

static void *accept_all(void *arg)
{
    int listener = (int)(intptr_t)arg, one = 1;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
            pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0 || pthread_detach(thread) != 0) {
            perror("responder");
            exit(EXIT_FAILURE);
        }
    }
    return NULL;
}

int main(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    pthread_t thread;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    reply_size = sample_reply("201 Created", SAMPLE_ENLARGED, reply);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&address, size) != 0 || listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener) != 0) {
        perror("responder");
        return EXIT_FAILURE;
    }
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return EXIT_SUCCESS;
}
