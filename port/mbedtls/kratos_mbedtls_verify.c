/* SPDX-License-Identifier: Apache-2.0
 *
 * What Mbed TLS 3.6 leaves open when it verifies a chain: built without a clock it takes any validity, and of
 * several certificates of one subject the first. This file only ever adds reasons to refuse; it must never
 * clear one, but for the chain that it has verified anew from leaf to root.
 */
#include "kratos_mbedtls_private.h"

#ifdef KRATOS_MBEDTLS_FITS

#include <string.h>

/* How many other orders of a chain are tried, each of which costs as much as the first: enough for two levels that were both
 * renewed, and an end to what a server can make us compute. */
enum { MOST_TRIES = 4 };

/* Days from 1970-01-01, by counting years from March, so that a leap day ends one. */
static int64_t days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t seconds(const mbedtls_x509_time *at)
{
    return ((days(at->year, at->mon, at->day) * 24 + at->hour) * 60 + at->min) * 60 + at->sec;
}

static uint32_t time_flags(const struct kratos_mbedtls *t, const mbedtls_x509_crt *crt)
{
    if (t->now_s > seconds(&crt->valid_to)) {
        return MBEDTLS_X509_BADCERT_EXPIRED;
    }
    return t->now_s < seconds(&crt->valid_from) ? MBEDTLS_X509_BADCERT_FUTURE : 0;
}

static bool same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* A root that was issued again with the same key stands twice among the roots while a CA is renewed, and Mbed
 * TLS, which knows no time here, takes the first one. The valid one then counts. */
static const mbedtls_x509_crt *valid_twin(const struct kratos_mbedtls *t, const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_crt *root = &t->roots;

    while (root != NULL && root != crt) {
        root = root->next;
    }
    if (root == NULL) {
        return crt; /* not one of the roots */
    }
    for (root = &t->roots; root != NULL; root = root->next) {
        if (same(&root->subject_raw, &crt->subject_raw) && same(&root->pk_raw, &crt->pk_raw) &&
            time_flags(t, root) == 0) {
            return root;
        }
    }
    return crt;
}

/* Adds what Mbed TLS leaves open to the flags of one certificate of a chain; the root comes first, the leaf last. */
static int judge(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    struct kratos_mbedtls *t = ctx;
    const mbedtls_x509_crt *dated = valid_twin(t, crt);
    int64_t end = seconds(&dated->valid_to);

    *flags |= time_flags(t, dated);
    if (end < t->end_s) {
        t->end_s = end;
    }
    if (depth != 0) {
        kratos_mbedtls_note_ca(t, dated, depth);
        return 0;
    }
    if (!kratos_mbedtls_name_matches(t, crt)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    *flags |= kratos_mbedtls_limits(t, crt);
    return 0;
}

/* All of it again, as mbedtls_ssl_handshake_step() does it, in the order that the list has now. */
static bool verifies(struct kratos_mbedtls *t, mbedtls_x509_crt *leaf)
{
    const char *host = t->ip_size != 0 ? NULL : t->ssl.hostname;
    uint32_t flags;

    t->end_s = INT64_MAX;
    return mbedtls_x509_crt_verify_with_profile(leaf, &t->roots, NULL, t->conf.cert_profile, host, &flags, judge, t) ==
               0 &&
           flags == 0;
}

static void move(mbedtls_x509_crt **from, mbedtls_x509_crt **to)
{
    mbedtls_x509_crt *crt = *from;

    *from = crt->next;
    crt->next = *to;
    *to = crt;
}

/* Each later certificate of the same subject that is valid now, in front of *first. One that is not valid now stays
 * behind for good. */
static bool verifies_with_others(struct kratos_mbedtls *t, mbedtls_x509_crt *leaf, mbedtls_x509_crt **first,
                                 unsigned *tries)
{
    const mbedtls_x509_crt *crt = *first;
    mbedtls_x509_crt **at = &(*first)->next;

    while (*at != NULL && *tries != 0) {
        if (!same(&crt->subject_raw, &(*at)->subject_raw) || time_flags(t, *at) != 0) {
            at = &(*at)->next;
            continue;
        }
        (*tries)--;
        move(at, first);
        if (verifies(t, leaf)) {
            return true;
        }
        if (time_flags(t, crt) != 0) {
            crt = *first;
            at = &(*first)->next;
        } else {
            move(first, at);
            at = &(*at)->next;
        }
    }
    return false;
}

/* Of several certificates with one subject (an intermediate before and after it was renewed) Mbed TLS takes the first that
 * the server sent, whatever its dates and its key. The order is no proof of anything, so others may be tried. */
static bool verifies_in_another_order(struct kratos_mbedtls *t, mbedtls_x509_crt *leaf)
{
    unsigned tries = MOST_TRIES;

    for (mbedtls_x509_crt **first = &leaf->next; *first != NULL; first = &(*first)->next) {
        if (verifies_with_others(t, leaf, first, &tries)) {
            return true;
        }
    }
    return false;
}

/* What is found on the way to the leaf is held back until it is there, since only from there the list can be put into
 * another order. It is forgotten only when all was verified again without a fault. */
int kratos_mbedtls_verify(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    struct kratos_mbedtls *t = ctx;

    (void)judge(t, crt, depth, flags);
    t->chain_flags |= *flags;
    *flags = 0;
    if (depth != 0) {
        return 0;
    }
    t->leaf_seen = true;
    *flags = t->chain_flags;
    if (*flags != 0 && verifies_in_another_order(t, crt)) {
        *flags = 0;
    }
    return 0;
}

#endif
