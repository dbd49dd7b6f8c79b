/* SPDX-License-Identifier: Apache-2.0
 *
 * Clues for people: which rule a reply broke that could not be read (the reason of a KRATOS_ERR_HTTP or KRATOS_ERR_JSON),
 * and a few words of what came instead. It must never decide anything: without its texts (KRATOS_CLUES 0, core/kratos_config.h) all results are the same.
 */
#ifndef KRATOS_CLUE_H
#define KRATOS_CLUE_H

#include "kratos.h"

/* A constant text that only those see who link it. */
#if KRATOS_CLUES
#define KRATOS_CLUE(text) (text)
#else
#define KRATOS_CLUE(text) ""
#endif

/* The rule, told by where the reading ended. A constant text, "" where there is nothing to say. */
const char *kratos_clue(const struct kratos *k, int rc);

/* The line that begins at p cannot be read: it becomes the fault's message, up to its end or its first control character. */
void kratos_clue_line(struct kratos *k, char *p);

/* The n unread bytes go on with the body of a refusal that is no JSON: the first words of its first line are the fault's
 * message. They stand where the next request's window will be. reply.keeping: more are welcome. */
void kratos_clue_words(struct kratos *k, size_t n);

#endif
