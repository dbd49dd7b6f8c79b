/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides which page of a list is asked for next: pure arithmetic on struct kratos_list. It must never
 * read, write or know what the elements are.
 */
#ifndef KRATOS_LIST_H
#define KRATOS_LIST_H

#include "kratos.h"

/* The page size to begin with: what the caller wants, or what a reply of reply_max bytes can surely hold. */
uint32_t kratos_list_size(uint32_t wanted, size_t reply_max, uint32_t limit);

/* A page broke off or was too large: asks for less. token: pages go by token, else by number, counted from
 * `first`. False: it cannot be made smaller, and nothing came through since the last time. */
bool kratos_list_smaller(struct kratos_list *l, bool token, uint32_t first);

/* An element passed. False: it was delivered before and is to be dropped. */
bool kratos_list_fresh(struct kratos_list *l);

/* By number: true when a page follows. total: where the list ends, UINT32_MAX: unknown. */
bool kratos_list_more(const struct kratos_list *l, uint32_t first, uint32_t total);

#endif
