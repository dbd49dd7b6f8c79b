/* SPDX-License-Identifier: Apache-2.0
 *
 * See answers.h.
 */
#include "answers.h"

#include <stddef.h>

#include "choice.h"

#define JSON "Content-Type: application/json"
#define HTML "Content-Type: text/html"
#define PAGE "<html></html>"
#define ERROR(code, message) "{\"error\":{\"code\":" code ",\"status\":\"\",\"message\":\"" message "\"}}\n"

static const struct answer canned[] = {
    {"429", "429 Too Many Requests", "", true, false, false, false, 0},
    {"429 with Retry-After", "429 Too Many Requests\r\n" JSON "\r\nRetry-After: 7",
     ERROR("429", "The rate limit is met"), false, false, false, false, 7000},
    {"500 of Kratos", "500 Internal Server Error\r\n" JSON, ERROR("500", "no rows"), false, false, false, false, 0},
    {"500 of Kratos, done all the same", "500 Internal Server Error\r\n" JSON, ERROR("500", "no rows"), false, true,
     true, false, 0},
    {"503 in HTML", "503 Service Unavailable\r\n" HTML, PAGE, true, false, false, false, 0},
    {"502 in HTML, done all the same", "502 Bad Gateway\r\n" HTML, PAGE, true, true, true, false, 0},
    {"200 in HTML", "200 OK\r\n" HTML, PAGE, true, false, false, false, 0},
    {"200 in a stranger's JSON", "200 OK\r\n" JSON, "{\"message\":\"welcome\"}", true, false, false, false, 0},
    {"302 to a log-in", "302 Found\r\nLocation: http://portal/", "", true, false, false, false, 0},
    {"404 in HTML", "404 Not Found\r\n" HTML, PAGE, true, false, false, false, 0},
    {"404 in a stranger's JSON", "404 Not Found\r\n" JSON, "{\"message\":\"no such route\"}", true, false, false, false,
     0},
    {"409 in HTML", "409 Conflict\r\n" HTML, PAGE, true, false, false, false, 0},
    {"409 in a stranger's JSON", "409 Conflict\r\n" JSON, "{\"message\":\"conflict\"}", true, false, false, false, 0},
    {"400 in a stranger's JSON", "400 Bad Request\r\n" JSON, "{\"message\":\"unknown field external_id\"}", true, false,
     false, false, 0},
    {"403 in HTML", "403 Forbidden\r\n" HTML, PAGE, true, false, false, false, 0},
    /* A race in the database, told in two ways. */
    {"409 of Kratos", "409 Conflict\r\n" JSON, ERROR("409", "The resource could not be created due to a conflict"),
     false, false, true, true, 0},
    {"400 of Kratos, serialization", "400 Bad Request\r\n" JSON, ERROR("400", "could not serialize access"), false,
     false, true, false, 0},
};

#define CANNED (sizeof canned / sizeof *canned)

#define READ (1u << ASKS_READ)
#define CREATE (1u << ASKS_CREATE)
#define CLAIM (1u << ASKS_CLAIM)
#define WRITE (CREATE | CLAIM | 1u << ASKS_CHANGE)

static const struct {
    const char *name;
    unsigned option, asks;
} others[] = {
    {"lost", ANSWER_LOST, READ | WRITE},
    {"power cut before it lands", ANSWER_CUT_BEFORE, READ | WRITE},
    {"power cut behind it", ANSWER_CUT_BEHIND, READ | WRITE},
    {"done, no answer", ANSWER_NONE, WRITE},
    {"late", ANSWER_LATE_0, WRITE},
    {"late by one request", ANSWER_LATE_1, WRITE},
    {"late by three requests", ANSWER_LATE_3, WRITE},
    {"late, at the end", ANSWER_LATE_END, WRITE},
    {"a rival was faster", ANSWER_RIVAL, CREATE | CLAIM},
    {"a rival claims behind it", ANSWER_RIVAL_BEHIND, CLAIM},
};

#define OTHERS (sizeof others / sizeof *others)

unsigned answers_choose(enum asks asks, bool reused, const struct answer **answer)
{
    const char *names[CANNED + OTHERS + 2];
    unsigned options[CANNED + OTHERS + 1], option;
    const struct answer *of[CANNED + OTHERS + 1] = {NULL};
    size_t n = 0, i;
    for (i = 0; i < OTHERS; i++) {
        if (others[i].asks >> asks & 1u) {
            options[n] = others[i].option;
            names[n++] = others[i].name;
        }
    }
    names[n] = reused ? "stale connection" : "closed without a word";
    options[n++] = ANSWER_CLOSED;
    for (i = 0; i < CANNED; i++) {
        if (asks != ASKS_READ || !canned[i].writes) {
            of[n] = &canned[i];
            options[n] = ANSWER_CANNED;
            names[n++] = canned[i].name;
        }
    }
    names[n] = NULL;
    option = choose("answer", names, 0);
    if (option == 0) {
        return ANSWER_WELL;
    }
    *answer = of[option - 1];
    return options[option - 1];
}
