/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to the server over TLS: port/mbedtls over port/posix. It is linked in place of test/live/inner_tcp.c, so that the
 * plain suite stays free of Mbed TLS. It must never know HTTP.
 *
 *     --tls-root FILE [--tls-chain FILE --tls-key FILE]      in DER: whom to trust, and who one is
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kratos_mbedtls.h"
#include "suite.h"

enum { FILE_SIZE = 4096 };

static struct kratos_mbedtls_blob root, chain, key;
static struct kratos_mbedtls_config rules;

static int now(void *arg, int64_t *s)
{
    (void)arg;
    *s = (int64_t)time(NULL);
    return 0;
}

static bool read_file(struct kratos_mbedtls_blob *blob, const char *path)
{
    unsigned char *bytes = malloc(FILE_SIZE); /* lives as long as the program */
    FILE *file = fopen(path, "rb");
    if (bytes == NULL || file == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    blob->p = bytes;
    blob->n = fread(bytes, 1, FILE_SIZE, file);
    fclose(file);
    return true;
}

bool inner_option(const char *name, const char *value)
{
    if (strcmp(name, "--tls-root") == 0) {
        return read_file(&root, value);
    }
    if (strcmp(name, "--tls-chain") == 0) {
        return read_file(&chain, value);
    }
    return strcmp(name, "--tls-key") == 0 && read_file(&key, value);
}

const struct kratos_io *inner_open(struct wire *w, const struct address *where)
{
    if (!where->tls) {
        return kratos_posix_io(&w->tcp);
    }
    rules.roots = &root;
    rules.root_count = 1;
    rules.chain = &chain;
    rules.chain_count = chain.n != 0;
    rules.key = key;
    rules.now = now;
    w->tls = malloc(sizeof(struct kratos_mbedtls));
    if (w->tls == NULL) {
        abort();
    }
    return kratos_mbedtls_io(w->tls, kratos_posix_io(&w->tcp), &rules);
}

void inner_close(struct wire *w)
{
    free(w->tls);
    w->tls = NULL;
}
