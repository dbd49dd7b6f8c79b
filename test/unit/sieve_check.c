/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers for sieve_diff.py: reads documents (4 bytes of length, little endian, then the bytes) and writes for each one byte:
 * '1' accepted, '0' refused, '?' when blocks of another size give another answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sieve.h"

static bool in_blocks(const char *p, size_t n, size_t block)
{
    struct kratos_sieve s;
    size_t at = 0, used, part;
    kratos_sieve_begin(&s, 2, 2);
    while (at < n) {
        part = n - at < block ? n - at : block;
        if (kratos_sieve_run(&s, p + at, part, &used) == KRATOS_SIEVE_BAD) {
            return false;
        }
        at += used;
    }
    return kratos_sieve_complete(&s, 0) && !s.odd;
}

int main(void)
{
    unsigned char head[4];
    while (fread(head, 1, 4, stdin) == 4) {
        size_t n = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16, block;
        char *text = (char *)malloc(n + (n == 0));
        bool valid;
        char answer;
        if (text == NULL || fread(text, 1, n, stdin) != n) {
            return 1;
        }
        valid = kratos_sieve_check(text, n, 0);
        answer = valid ? '1' : '0';
        for (block = 1; block < 6; block++) {
            if (in_blocks(text, n, block) != valid) {
                answer = '?';
            }
        }
        free(text);
        putchar(answer);
    }
    return 0;
}
