/* SPDX-License-Identifier: Apache-2.0
 *
 * Every recorded exchange that one of the 19 operations can cause, through wire_judge().
 *
 *     recorded_test [-r FILE] [PATTERN]     -r: the requests that were written, for make_vectors.py
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "recorded.h"

static struct wire_outcome outcome;

static void test_vector(void **state)
{
    wire_judge((const struct wire_vector *)*state);
}

static bool write_requests(const char *path)
{
    FILE *file = fopen(path, "wb");
    size_t i;
    if (file == NULL) {
        return false;
    }
    for (i = 0; i < recorded_count; i++) {
        struct wire_plan plan;
        memset(&plan, 0, sizeof plan);
        plan.replies = &recorded[i].reply;
        plan.reply_count = 1;
        plan.bearer = true;
        wire_run(&recorded[i].call, &plan, &outcome);
        fprintf(file, "%s %zu\n", recorded[i].name, outcome.first_request_n);
        fwrite(outcome.request, 1, outcome.first_request_n, file);
        fputc('\n', file);
    }
    return fclose(file) == 0;
}

int main(int argc, char **argv)
{
    struct CMUnitTest *tests = (struct CMUnitTest *)calloc(recorded_count, sizeof *tests);
    size_t i, count = 0;
    int rc, at = 1;
    if (argc > 2 && strcmp(argv[1], "-r") == 0) {
        if (!write_requests(argv[2])) {
            fprintf(stderr, "recorded_test: cannot write %s\n", argv[2]);
            return 1;
        }
        at = 3;
    }
    for (i = 0; i < recorded_count; i++) {
        if (argc <= at || strstr(recorded[i].name, argv[at]) != NULL) {
            tests[count].name = recorded[i].name;
            tests[count].test_func = test_vector;
            tests[count].initial_state = (void *)(uintptr_t)&recorded[i];
            count++;
        }
    }
    rc = _cmocka_run_group_tests("recorded", tests, count, NULL, NULL);
    free(tests);
    if (rc == 0) {
        wire_sum("recorded");
    }
    return rc != 0;
}
