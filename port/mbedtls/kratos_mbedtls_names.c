/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a certificate is of the host. Mbed TLS 3.6 takes a common name where there is no subject alternative
 * name, and an IP address written as a DNS name. This file must never look at a common name, nor ask a resolver.
 */
#include "kratos_mbedtls_private.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <mbedtls/oid.h>
#include <string.h>

/* The zone of an IPv6 address means something on this machine only; a dot at the end keeps a resolver from
 * trying suffixes. What then still ends in a dot is not a name. */
size_t kratos_mbedtls_name_size(const char *host)
{
    size_t n = strlen(host);

    if (strchr(host, ':') != NULL) {
        const char *zone = strchr(host, '%');
        return zone != NULL ? (size_t)(zone - host) : n;
    }
    n -= n > 0 && host[n - 1] == '.';
    return n > 0 && host[n - 1] == '.' ? 0 : n;
}

void kratos_mbedtls_parse_host(struct kratos_mbedtls *t, const char *host, size_t n)
{
    uint32_t ip[4] = {0, 0, 0, 0};
    char text[46]; /* the longest IPv6 address, and its end */

    t->ip_size = 0;
    if (n < sizeof text) {
        memcpy(text, host, n);
        text[n] = '\0';
        t->ip_size = (uint8_t)mbedtls_x509_crt_parse_cn_inet_pton(text, ip);
    }
    memcpy(t->ip, ip, sizeof t->ip);
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

bool kratos_mbedtls_equal(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;

    for (size_t i = 0; i < n; i++) {
        if (lower(p[i]) != lower(q[i])) {
            return false;
        }
    }
    return true;
}

static bool equal(const unsigned char *p, size_t n, const char *s)
{
    return strlen(s) == n && kratos_mbedtls_equal(p, s, n);
}

/* RFC 9525: a wildcard is the whole leftmost label and stands for exactly one. "*.test" would stand for a
 * whole top level. */
static bool dns_matches(const unsigned char *p, size_t n, const char *host)
{
    if (n < 3 || p[0] != '*' || p[1] != '.') {
        return equal(p, n, host);
    }
    const char *dot = strchr(host, '.');
    return dot != NULL && dot != host && memchr(p + 2, '.', n - 2) != NULL && equal(p + 1, n - 1, dot);
}

static bool san_matches(const struct kratos_mbedtls *t, const mbedtls_x509_buf *san)
{
    int kind = san->tag & MBEDTLS_ASN1_TAG_VALUE_MASK;

    if (t->ip_size != 0) {
        return kind == MBEDTLS_X509_SAN_IP_ADDRESS && san->len == t->ip_size && memcmp(san->p, t->ip, san->len) == 0;
    }
    return kind == MBEDTLS_X509_SAN_DNS_NAME && dns_matches(san->p, san->len, t->ssl.hostname);
}

bool kratos_mbedtls_name_matches(const struct kratos_mbedtls *t, const mbedtls_x509_crt *leaf)
{
    if (!mbedtls_x509_crt_has_ext_type(leaf, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME)) {
        return false;
    }
    for (const mbedtls_x509_sequence *san = &leaf->subject_alt_names; san != NULL; san = san->next) {
        if (san->buf.p != NULL && san_matches(t, &san->buf)) {
            return true;
        }
    }
    return false;
}

#endif
