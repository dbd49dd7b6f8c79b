/* SPDX-License-Identifier: Apache-2.0
 *
 * See clue.h. Nothing is noted while a reply is read: where the reader stands when it gives up tells enough.
 */
#include "clue.h"

#include <string.h>

#include "http.h"
#include "shape.h"
#include "text.h"

/* In the order of `texts`. */
enum clue { STATUS_LINE, HEADER, FOLDED, TWICE, CHUNK, STATUS, LINK, ENCODED, TYPE, JSON };

static const char texts[] = "status line\0header line\0folded line\0length and coding\0chunk\0status\0Link\0encoded\0"
                            "no application/json\0JSON";

static enum clue http_clue(const struct kratos *k)
{
    const unsigned both = KRATOS_HTTP_CHUNKED | KRATOS_HTTP_LENGTH;
    const struct kratos_http *h = &k->http;
    if (kratos_http_complete(h)) {
        return k->reply.refused ? STATUS : LINK;
    }
    if (!kratos_http_in_head(h)) {
        return CHUNK;
    }
    return !kratos_http_in_fields(h)                                  ? STATUS_LINE
           : *k->fault.message.p == '\0' && (h->flags & both) == both ? TWICE
           : kratos_text_blank(*k->fault.message.p)                   ? FOLDED
                                                                      : HEADER;
}

const char *kratos_clue(const struct kratos *k, int rc)
{
    enum clue clue = rc == KRATOS_ERR_HTTP                 ? http_clue(k)
                     : k->http.flags & KRATOS_HTTP_ENCODED ? ENCODED
                     : k->http.flags & KRATOS_HTTP_JSON    ? JSON
                                                           : TYPE;
    return kratos_text_nth(texts, clue);
}

void kratos_clue_line(struct kratos *k, char *p)
{
    size_t n = kratos_text_clean(p, (size_t)(k->work + k->reply.raw_end - p));
    p[n] = '\0'; /* where the next request's window begins at the latest */
    k->fault.message.p = p;
    k->fault.message.n = n;
}

void kratos_clue_words(struct kratos *k, size_t n)
{
    kratos_str *words = &k->fault.message;
    char *to = k->work + k->work_size - KRATOS_WINDOW_MIN;
    const char *p = k->work + k->reply.raw;
    size_t room = KRATOS_WINDOW_MIN - 1 - words->n;
    size_t fit = kratos_text_clean(p, n < room ? n : room);
    memcpy(to + words->n, p, fit);
    words->p = to;
    words->n += fit;
    to[words->n] = '\0';
    k->reply.keeping = fit == n;
}
