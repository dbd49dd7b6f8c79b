/* SPDX-License-Identifier: Apache-2.0
 *
 * What can become of a request that left whole: the answers of others than a Kratos that is well, and no answer.
 */
#ifndef TEST_PROVISION_ANSWERS_H
#define TEST_PROVISION_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

struct answer {
    const char *name, *head, *body;
    bool strangers;   /* not Kratos' own word */
    bool carried_out; /* the server did it before */
    bool writes;      /* only to a request that writes */
    bool race;        /* a conflict where there is none */
    uint32_t wait_ms; /* what it asks for */
};

enum {
    ANSWER_WELL,
    ANSWER_LOST,       /* neither request nor answer: a timeout */
    ANSWER_CLOSED,     /* the connection was dead: a keep-alive that went stale, where it is not new */
    ANSWER_CUT_BEFORE, /* the device loses power */
    ANSWER_CUT_BEHIND,
    ANSWER_NONE,   /* done, and the answer lost */
    ANSWER_CANNED, /* *answer */
    ANSWER_LATE_0, /* it lands before the next request, */
    ANSWER_LATE_1, /* behind one more, */
    ANSWER_LATE_3, /* behind three more, */
    ANSWER_LATE_END,
    ANSWER_RIVAL,       /* another device creates the same serial, or claims it, just before, */
    ANSWER_RIVAL_BEHIND /* or claims it just behind */
};

/* What a request does. */
enum asks { ASKS_READ, ASKS_CHANGE, ASKS_CREATE, ASKS_CLAIM };

/* Passes a point. reused: the connection carried an exchange before. */
unsigned answers_choose(enum asks asks, bool reused, const struct answer **answer);

#endif
