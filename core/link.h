/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a Link header (RFC 8288) byte by byte for the one thing that lists need: the page_token in the URL
 * whose relation is "next", alone: rel=next or rel="next", in any case. Lists of relations are not read, since Kratos
 * writes none. The line may be longer than any buffer: Kratos repeats the whole query in it. It must never know where
 * the bytes come from.
 */
#ifndef KRATOS_LINK_H
#define KRATOS_LINK_H

#include "kratos.h"

enum { KRATOS_LINK_MORE, KRATOS_LINK_END, KRATOS_LINK_BAD };

void kratos_link_begin(struct kratos_link_reader *l);

/* One byte of the line behind the name and its colon, line end included. The token so far stands at `token`
 * and is l->size bytes long, never more than were read. END: the line is over; l->next tells whether a next
 * page was named, and the token is that page's, percent-decoded. */
int kratos_link_byte(struct kratos_link_reader *l, char c, char *token);

#endif
