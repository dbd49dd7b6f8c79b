/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the port self-test over the POSIX port against the peer named on the command line. With a
 * third argument the bytes pass through port/trace on their way, which must change
 * nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kratos_port_selftest.h"
#include "kratos_posix.h"
#include "kratos_trace.h"

static int passed_count;

static void report(void *arg, const char *name, bool passed)
{
    printf("%s %s%s\n", passed ? "ok  " : "FAIL", (const char *)arg, name);
    fflush(stdout);
    passed_count += passed;
}

/* A FILE takes the text. */
static void put(void *file, const char *s, size_t n)
{
    fwrite(s, 1, n, file);
}

int main(int argc, char **argv)
{
    static struct kratos_posix tcp;
    static struct kratos_trace trace;
    const struct kratos_io *io = kratos_posix_io(&tcp);
    char label[] = "posix: ", shown_label[] = "posix, bytes shown: ";
    FILE *out = argc == 4 ? fopen(argv[3], "w") : NULL;
    int failed_count;

    if (argc < 3 || (argc == 4 && out == NULL)) {
        fprintf(stderr, "usage: %s host port [file for the bytes]\n", argv[0]);
        return 2;
    }
    if (out != NULL) {
        io = kratos_trace_io(&trace, io, put, out);
    }
    failed_count = kratos_port_selftest(io, argv[1], (uint16_t)strtoul(argv[2], NULL, 10), report,
                                        out != NULL ? shown_label : label);
    if (out != NULL) {
        fclose(out);
    }
    printf("%d passed, %d failed\n", passed_count, failed_count);
    return failed_count == 0 ? 0 : 1;
}
