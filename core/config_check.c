/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_check.h. Each byte that goes into a head is known to be good, or refused. It must never change anything.
 */
#include "config_check.h"

#include "header.h"
#include "text.h"

/* RFC 3986 2.2: sub-delims, which may stand in a host and in a path. */
#define DELIMITERS "!$&'()*+,;="

/* 127.0.0.0/8 in four numbers under 256: anything else might be looked up. */
static bool is_loopback(const char *p)
{
    unsigned part, v;
    const char *from;
    for (part = 0; part < 4; part++) {
        for (v = 0, from = p; *p >= '0' && *p <= '9' && v < 256; p++) {
            v = v * 10 + (unsigned)(*p - '0');
        }
        if (p == from || v > 255 || (part == 0 && v != 127) || *p != (part < 3 ? '.' : '\0')) {
            return false;
        }
        p++;
    }
    return true;
}

static bool loopback(const char *host)
{
    return kratos_text_which(host, kratos_text_size(host),
                             "\011localhost"
                             "\003::1") < 2 ||
           is_loopback(host);
}

/* Characters of a class, or of a set. */
static bool made_of(const char *s, unsigned class, const char *set)
{
    while ((kratos_text_of(*s) & class) || kratos_text_has(set, *s)) {
        s++;
    }
    return *s == '\0';
}

/* VCHAR of RFC 9110 5.6.2: the characters of tokens, and the delimiters. */
static bool visible(const char *s)
{
    return made_of(s, KRATOS_TEXT_TOKEN, "\"(),/:;<=>?@[\\]{}");
}

/* What the value of a header may be. */
static bool clean(const char *s)
{
    return s[kratos_text_clean(s, kratos_text_size(s))] == '\0';
}

/* RFC 3986 3.3: what a request target may hold without a query. */
static bool is_path(const char *s)
{
    while (*s != '\0') {
        bool encoded = *s == '%' && kratos_text_hex(s[1]) < 16 && kratos_text_hex(s[2]) < 16;
        if (!encoded && !(kratos_text_of(*s) & KRATOS_TEXT_UNRESERVED) && !kratos_text_has("/:@" DELIMITERS, *s)) {
            return false;
        }
        s += encoded ? 3 : 1;
    }
    return s[-1] != '/';
}

/* What may be wrong, in the order of `texts`. */
enum complaint { NONE, WORK_SIZE, HOST, PORT, BASE_PATH, BEARER, IN_CLEAR, HEADERS, IO, AUTHORITY, USER_AGENT };

static const char texts[] =
    "\0work_size\0host\0port\0base_path\0bearer\0bearer in clear\0headers\0io\0authority\0user_agent";

bool kratos_config_local(const struct kratos_config *config)
{
    return kratos_text_starts(config->host, "unix:");
}

/* Whether what must stay secret may be sent. */
static bool guarded(const struct kratos_config *config, const struct kratos_io *io)
{
    return io->confidential || config->bearer_in_clear || kratos_config_local(config) || loopback(config->host);
}

static enum complaint header_complaint(const struct kratos_header *header, const struct kratos_config *config,
                                       const struct kratos_io *io)
{
    const char *name = header->name, *value = header->value;
    enum kratos_header_name known;
    if (name == NULL || *name == '\0' || !made_of(name, KRATOS_TEXT_TOKEN, "")) {
        return HEADERS;
    }
    known = kratos_header_name(name, kratos_text_size(name));
    if (known < KRATOS_LOCATION && (known != KRATOS_AUTHORIZATION || config->bearer != NULL)) {
        return HEADERS; /* the library writes it itself */
    }
    if (known == KRATOS_AUTHORIZATION && !guarded(config, io)) {
        return IN_CLEAR;
    }
    return value != NULL && clean(value) ? NONE : HEADERS;
}

static enum complaint headers_complaint(const struct kratos_config *config, const struct kratos_io *io)
{
    enum complaint what = NONE;
    size_t i;
    if (config->headers == NULL && config->header_count != 0) {
        return HEADERS;
    }
    for (i = 0; i < config->header_count && what == NONE; i++) {
        what = header_complaint(&config->headers[i], config, io);
    }
    return what;
}

static enum complaint complaint(const struct kratos_config *config, const struct kratos_io *io)
{
    const char *host = config->host, *base = config->base_path, *bearer = config->bearer;
    bool local;
    if (config->work == NULL || config->work_size < KRATOS_WORK_MIN) {
        return WORK_SIZE;
    }
    if (host == NULL || *host == '\0') {
        return HOST;
    }
    local = kratos_config_local(config);
    if (!(local ? host[5] != '\0' && visible(host) : made_of(host, KRATOS_TEXT_UNRESERVED, ":%" DELIMITERS))) {
        return HOST;
    }
    if (config->port == 0 && !local) {
        return PORT;
    }
    if (base != NULL && *base != '\0' && (*base != '/' || !is_path(base))) {
        return BASE_PATH;
    }
    if (bearer != NULL && (*bearer == '\0' || !visible(bearer))) {
        return BEARER;
    }
    if (bearer != NULL && !guarded(config, io)) {
        return IN_CLEAR;
    }
    if (io->read != NULL && (io->open == NULL || io->write == NULL || io->close == NULL || io->now_ms == NULL)) {
        return IO;
    }
    if (config->authority != NULL && !clean(config->authority)) {
        return AUTHORITY;
    }
    if (config->user_agent != NULL && !clean(config->user_agent)) {
        return USER_AGENT;
    }
    return headers_complaint(config, io);
}

const char *kratos_config_complaint(const struct kratos_config *config, const struct kratos_io *io)
{
    enum complaint what = complaint(config, io);
    return what != NONE ? kratos_text_nth(texts, what) : NULL;
}
