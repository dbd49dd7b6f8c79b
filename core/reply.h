/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the reply in progress from the bytes that are in the work buffer. It must never receive, and never
 * know a particular operation.
 */
#ifndef KRATOS_REPLY_H
#define KRATOS_REPLY_H

#include "op.h"

void kratos_reply_begin(struct kratos *k);

/* KRATOS_COMPLETE: all of it was read. KRATOS_WAIT: there is room at work[raw_end] for at least one byte more.
 * KRATOS_GO or a result otherwise. */
int kratos_reply_read(struct kratos *k, const struct kratos_call *call);

/* Nothing of the reply is needed any more, and what is at the bottom of the work buffer ends at `floor`. */
void kratos_reply_drop(struct kratos *k, uint32_t floor);

/* Takes members of the element in the work buffer: see kratos_members_fill(). */
int kratos_element(const struct kratos *k, const struct kratos_field *fields, size_t field_count, void *out);

/* An element that was kept to its end: KRATOS_OK, or what is wrong with it. */
int kratos_element_result(struct kratos *k);

/* Fills `out` (zeroed first) from the element; on an error only the id stays. `out` NULL: nothing to do. */
int kratos_decode(struct kratos *k, const struct kratos_result *result, void *out);

/* Outside of its elements a shape may want the names of members: keeps what comes from here on, behind a bracket or a
 * value, and says, where the next value begins, whether that is the name. One that does not fit is no name. */
void kratos_name_begin(struct kratos *k);
bool kratos_name_is(struct kratos *k, const char *name);

/* Outside of elements nothing may be odd: KRATOS_GO, or KRATOS_ERR_JSON. */
int kratos_strict(struct kratos *k);

/* Opens a value of the element with jsmn, in the free space of the work buffer, and takes the members that the
 * fields name. */
void kratos_open(struct kratos *k, kratos_json value, const struct kratos_field *fields, size_t field_count, void *out);

#endif
