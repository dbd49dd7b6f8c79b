/* SPDX-License-Identifier: Apache-2.0
 *
 * For which names a CA may sign (nameConstraints, RFC 5280 4.2.1.10), which Mbed TLS 3.6 neither reads nor
 * enforces. Names of hosts and IP addresses are judged; a name of another form, where the CA is limited in
 * that form, is refused. What cannot be read must never pass for "no limit".
 */
#include "kratos_mbedtls_private.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <string.h>

enum { SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE };
enum { PERMITTED = 0xA0, EXCLUDED = 0xA1, DNS_NAME = 0x82, DIRECTORY_NAME = 0xA4, IP_ADDRESS = 0x87 };

/* The content of the element at *p, which must carry the tag; *p then stands behind it. */
static bool element(unsigned char **p, const unsigned char *end, int tag, mbedtls_x509_buf *content)
{
    content->tag = tag;
    if (mbedtls_asn1_get_tag(p, end, &content->len, tag) != 0) {
        return false;
    }
    content->p = *p;
    *p += content->len;
    return true;
}

/* GeneralSubtree. minimum and maximum are not used (RFC 5280), so what has them was meant in another way. */
static bool next_base(unsigned char **p, const unsigned char *end, mbedtls_x509_buf *base)
{
    mbedtls_x509_buf subtree;

    if (!element(p, end, SEQUENCE, &subtree) || subtree.len == 0 || !element(&subtree.p, *p, *subtree.p, base) ||
        subtree.p != *p) {
        return false;
    }
    return base->tag != IP_ADDRESS || base->len == 8 || base->len == 32;
}

/* The base with any labels in front of it; many write a dot there, which then asks for at least one. */
static bool host_within(const mbedtls_x509_buf *base, const mbedtls_x509_buf *name)
{
    if (base->len > name->len) {
        return false;
    }
    const unsigned char *tail = name->p + (name->len - base->len);
    if (base->len != 0 && tail != name->p && base->p[0] != '.' && tail[-1] != '.') {
        return false;
    }
    return kratos_mbedtls_equal(tail, base->p, base->len);
}

/* The base is an address and a mask. */
static bool address_within(const mbedtls_x509_buf *base, const mbedtls_x509_buf *name)
{
    const unsigned char *mask = base->p + name->len;

    if (base->len != 2 * name->len) {
        return false;
    }
    for (size_t i = 0; i < name->len; i++) {
        if (((name->p[i] ^ base->p[i]) & mask[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Of one list of subtrees: whether the name may pass it. It must lie in one of the permitted ones of its form,
 * if there is any, and in no excluded one. */
static bool passes(const mbedtls_x509_buf *list, const mbedtls_x509_buf *name)
{
    unsigned char *p = list->p;
    bool excluded = list->tag == EXCLUDED, limited = false, within = false;

    while (p != list->p + list->len) {
        mbedtls_x509_buf base;
        if (!next_base(&p, list->p + list->len, &base)) {
            return false;
        }
        if (base.tag == name->tag) {
            limited = true;
            within |= base.tag == DNS_NAME     ? host_within(&base, name)
                      : base.tag == IP_ADDRESS ? address_within(&base, name)
                                               : excluded;
        }
    }
    return excluded ? !within : within || !limited;
}

/* NameConstraints: at most one list of each kind, in this order. */
static bool admits(unsigned char *p, const unsigned char *end, const mbedtls_x509_buf *name)
{
    mbedtls_x509_buf both, list;

    if (!element(&p, end, SEQUENCE, &both) || p != end) {
        return false;
    }
    for (int tag = PERMITTED; tag <= EXCLUDED; tag++) {
        if (both.p != end && *both.p == tag && !(element(&both.p, end, tag, &list) && passes(&list, name))) {
            return false;
        }
    }
    return both.p == end;
}

/* Every nameConstraints of the certificate; there should be one, but nothing has counted them. */
static bool all_admit(const mbedtls_x509_crt *ca, const mbedtls_x509_buf *name)
{
    unsigned char *p = ca->v3_ext.p;
    const unsigned char *end = p + ca->v3_ext.len;
    mbedtls_x509_buf all, one, oid;

    if (p == NULL) {
        return true;
    }
    bool good = element(&p, end, SEQUENCE, &all);
    while (good && all.p != end) {
        good = element(&all.p, end, SEQUENCE, &one);
        unsigned char *at = one.p;
        good = good && element(&at, all.p, MBEDTLS_ASN1_OID, &oid);
        if (good && MBEDTLS_OID_CMP(MBEDTLS_OID_NAME_CONSTRAINTS, &oid) == 0) {
            int critical;
            (void)mbedtls_asn1_get_bool(&at, all.p, &critical);
            good = element(&at, all.p, MBEDTLS_ASN1_OCTET_STRING, &one) && admits(one.p, at, name);
        }
    }
    return good;
}

/* Every certificate has a subject, which is a directory name: a critical limit on those cannot be kept here. One that is
 * not critical is let pass, as many public CAs have it. */
int kratos_mbedtls_extension(void *ctx, mbedtls_x509_crt const *crt, mbedtls_x509_buf const *oid, int critical,
                             const unsigned char *p, const unsigned char *end)
{
    static const mbedtls_x509_buf subject = {DIRECTORY_NAME, 0, NULL};

    (void)ctx, (void)crt, (void)critical;
    if (MBEDTLS_OID_CMP(MBEDTLS_OID_NAME_CONSTRAINTS, oid) == 0 &&
        admits((unsigned char *)(uintptr_t)p, end, &subject)) {
        return 0;
    }
    return MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG;
}

/* From the top down: the first one tells how many there are. */
void kratos_mbedtls_note_ca(struct kratos_mbedtls *t, const mbedtls_x509_crt *ca, int depth)
{
    if (t->ca_count == 0) {
        t->ca_count = (uint8_t)depth;
    }
    t->cas[depth - 1] = ca;
}

static bool cas_admit(const struct kratos_mbedtls *t, const mbedtls_x509_buf *name)
{
    for (unsigned i = 0; i < t->ca_count; i++) {
        if (!all_admit(t->cas[i], name)) {
            return false;
        }
    }
    return true;
}

/* All names of the leaf, as RFC 5280 has it; and the host, for which a wildcard may stand where it is excluded. */
uint32_t kratos_mbedtls_limits(struct kratos_mbedtls *t, const mbedtls_x509_crt *leaf)
{
    mbedtls_x509_buf host = {IP_ADDRESS, t->ip_size, t->ip};

    if (t->ip_size == 0) {
        host = (mbedtls_x509_buf){DNS_NAME, strlen(t->ssl.hostname), (unsigned char *)t->ssl.hostname};
    }
    bool good = cas_admit(t, &host);
    for (const mbedtls_x509_sequence *san = &leaf->subject_alt_names; good && san != NULL; san = san->next) {
        good = san->buf.p == NULL || cas_admit(t, &san->buf);
    }
    t->ca_count = 0;
    return good ? 0 : MBEDTLS_X509_BADCERT_OTHER;
}

#endif
