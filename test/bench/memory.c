/* SPDX-License-Identifier: Apache-2.0
 *
 * See memory.h. A list's page is one chunk, as Kratos sends it, and its token is an id with the number of its
 * first identity.
 */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Replies --------------------------------------------------------------------------------- */

static uint32_t memory_parameter(const struct memory *m, const char *name, int base, uint32_t otherwise)
{
    const char *p = strstr(m->request, name);
    return p != NULL ? (uint32_t)strtoul(p + strlen(name), NULL, base) : otherwise;
}

static void memory_begin_page(struct memory *m)
{
    uint32_t size = memory_parameter(m, "page_size=", 10, m->page_size), left;
    char first[KRATOS_ID_SIZE], next[KRATOS_ID_SIZE], link[400];
    size_t identity_size = sample_identity(m->sample, 0, m->piece), body_size;
    m->next = memory_parameter(m, "page_token=", 16, 0);
    left = m->list_count - m->next;
    m->page_end = m->next + (left < size ? left : size);
    sample_id(m->sample, 0, first);
    sample_id(m->sample, m->page_end, next);
    sprintf(link, "Link: </admin/identities?page_size=%u&page_token=%s>; rel=\"first\"", (unsigned)size, first);
    if (m->page_end < m->list_count) {
        sprintf(link + strlen(link), ",</admin/identities?page_size=%u&page_token=%s>; rel=\"next\"", (unsigned)size,
                next);
    }
    body_size = (m->page_end - m->next) * (identity_size + 1) + (m->page_end == m->next ? 3 : 2);
    m->piece_size = (size_t)sprintf(m->piece,
                                    "HTTP/1.1 200 OK\r\nCache-Control: private, no-cache, no-store, must-revalidate\r\n"
                                    "Content-Type: application/json; charset=utf-8\r\n%s\r\n"
                                    "Date: Mon, 23 Nov 2026 23:59:41 GMT\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n[",
                                    link, (unsigned)body_size);
    m->listing = true;
}

static void memory_begin_reply(struct memory *m)
{
    m->piece_at = 0;
    m->replied = true;
    m->listing = false;
    if (m->request[0] == 'P') {
        m->piece_size = sample_reply("201 Created", m->sample, m->piece);
    } else if (strncmp(m->request, "GET /admin/identities/", 22) == 0) {
        m->piece_size = sample_reply("200 OK", m->sample, m->piece);
    } else {
        memory_begin_page(m);
    }
}

/* The piece after the one that was read to its end. False: there is none. */
static bool memory_next_piece(struct memory *m)
{
    if (!m->listing) {
        return false;
    }
    m->piece_at = 0;
    if (m->next == m->page_end) {
        m->piece_size = (size_t)sprintf(m->piece, "]\n\r\n0\r\n\r\n");
        m->listing = false;
        return true;
    }
    if (m->piece[0] == '{') { /* the same as the last one, but for its number */
        sample_renumber(m->piece, m->next);
        m->piece_size -= m->next + 1 == m->page_end; /* no comma behind the last one */
    } else {
        m->piece_size = sample_identity(m->sample, m->next, m->piece);
        m->piece[m->piece_size] = ',';
        m->piece_size += m->next + 1 < m->page_end;
    }
    m->next++;
    return true;
}

static bool memory_is_complete(const struct memory *m)
{
    const char *end = strstr(m->request, "\r\n\r\n");
    return end != NULL &&
           m->request_size == (size_t)(end + 4 - m->request) + memory_parameter(m, "Content-Length: ", 10, 0);
}

/* ---- The io ---------------------------------------------------------------------------------- */

static int memory_open(void *ctx, const char *host, uint16_t port, uint32_t wait_ms)
{
    struct memory *m = ctx;
    (void)host;
    (void)port;
    (void)wait_ms;
    m->request_size = m->piece_size = m->piece_at = 0;
    m->listing = m->replied = false;
    return 1;
}

static int memory_write(void *ctx, const void *p, size_t n, uint32_t wait_ms)
{
    struct memory *m = ctx;
    (void)wait_ms;
    if (m->replied) {
        m->request_size = 0;
        m->replied = false;
    }
    if (n >= sizeof m->request - m->request_size) {
        return KRATOS_ERR_IO;
    }
    memcpy(m->request + m->request_size, p, n);
    m->request_size += n;
    m->request[m->request_size] = '\0';
    if (memory_is_complete(m)) {
        memory_begin_reply(m);
    }
    return (int)n;
}

static int memory_read(void *ctx, void *p, size_t n, uint32_t wait_ms)
{
    struct memory *m = ctx;
    size_t given = 0;
    while (given < n && (m->piece_at < m->piece_size || memory_next_piece(m))) {
        size_t left = m->piece_size - m->piece_at, part = left < n - given ? left : n - given;
        part = m->bytewise ? 1 : part;
        memcpy((char *)p + given, m->piece + m->piece_at, part);
        m->piece_at += part;
        given += part;
        if (m->bytewise) {
            break;
        }
    }
    return given != 0 || wait_ms == 0 ? (int)given : KRATOS_ERR_IO;
}

static void memory_close(void *ctx)
{
    struct memory *m = ctx;
    m->piece_size = m->piece_at = 0;
    m->listing = false;
}

static uint32_t memory_now_ms(void *ctx)
{
    const struct memory *m = ctx;
    return m->now_ms;
}

const struct kratos_io *memory_io(struct memory *m, enum sample sample, uint32_t list_count)
{
    memset(m, 0, sizeof *m);
    m->sample = sample;
    m->list_count = list_count;
    m->page_size = 250;
    m->io.ctx = m;
    m->io.open = memory_open;
    m->io.write = memory_write;
    m->io.read = memory_read;
    m->io.close = memory_close;
    m->io.now_ms = memory_now_ms;
    return &m->io;
}
