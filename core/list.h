/* SPDX-License-Identifier: Apache-2.0
 *
 * How lists are run, page after page, and the arithmetic of it. It must never know what the elements are.
 */
#ifndef KRATOS_LIST_H
#define KRATOS_LIST_H

#include "op.h"

/* What args of a list begins with. */
struct kratos_pages {
    const struct kratos *k; /* the query is written from its state */
    bool by_number;         /* pages go by number, not by the token in the Link header */
    bool one_page;
    uint32_t size;  /* 0: to be chosen */
    uint32_t most;  /* by number: largest page the server gives */
    uint32_t page;  /* by number: where to begin */
    uint32_t first; /* by number: that of the first page there is */
    const char *token;
    const void *params; /* for the operation's own query writer */
};

extern const struct kratos_shape kratos_shape_list;

/* Runs a list: call->args is a struct kratos_pages. */
int kratos_list(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call);

/* Adds paging to the query: an operation's query writer calls it first. */
void kratos_list_query(struct kratos_out *out, const struct kratos_pages *pages);

/* ---- Pure arithmetic ------------------------------------------------------------------------- */

/* The page size to begin with: what the caller wants, or what a reply of reply_max bytes can surely hold. */
uint32_t kratos_list_size(uint32_t wanted, size_t reply_max, uint32_t limit);

/* A page broke off or was too large: asks for less. token: pages go by token, else by number. False: it cannot be
 * made smaller, and nothing came through since the last time. */
bool kratos_list_smaller(struct kratos_list *l, bool token);

/* An element passed. False: it was delivered before and is to be dropped. */
static inline bool kratos_list_fresh(struct kratos_list *l)
{
    l->seen++;
    if (l->skip == 0) {
        l->fruitless = 0;
        return true;
    }
    l->skip--;
    return false;
}

/* By number: true when a page follows. total: where the list ends, UINT32_MAX: unknown. */
static inline bool kratos_list_more(const struct kratos_list *l, uint32_t total)
{
    return l->seen != 0 && l->page * l->size + l->seen < total;
}

#endif
