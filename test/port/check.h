/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs of this folder count with: one line per case, the sum at the end. Included once
 * per program; it must never know what is being tested.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>

static int passed_count, failed_count;

static void check_that(bool passed, const char *name, const char *file, int line)
{
    if (passed) {
        passed_count++;
        printf("ok   %s\n", name);
    } else {
        failed_count++;
        printf("FAIL %s (%s:%d)\n", name, file, line);
    }
    fflush(stdout);
}

#define CHECK(name, condition) check_that((condition), (name), __FILE__, __LINE__)

static int check_end(void)
{
    printf("%d passed, %d failed\n", passed_count, failed_count);
    return failed_count == 0 ? 0 : 1;
}

#endif
