/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking through checked JSON, for the functions of kratos.h and for members.c. Everything here may trust that its
 * text passed the sieve; it must never know what a member means.
 */
#ifndef KRATOS_JSON_H
#define KRATOS_JSON_H

#include "kratos.h"

/* The next item of a container, from its first byte (of the name, in an object) to its last. *at = 0 to begin. A
 * string in it may be decoded in place before the next call. False: no more, cut off, or no container. */
bool kratos_json_item(kratos_json container, size_t *at, kratos_json *item);

/* Behind the name that the item of an object begins with. */
const char *kratos_json_name_end(kratos_json item);

/* The same if that name, decoded, is s; NULL otherwise. */
const char *kratos_json_behind(kratos_json item, const char *s);

/* The value of such an item, whose name ends at name_end. */
kratos_json kratos_json_value(kratos_json item, const char *name_end);

#endif
