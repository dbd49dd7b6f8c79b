/* SPDX-License-Identifier: Apache-2.0
 *
 * How Kratos compares a password with a hash of PBKDF2 (RFC 8018) of one iteration and 32 bytes.
 */
#ifndef TEST_PROVISION_HASH_H
#define TEST_PROVISION_HASH_H

#include <stdbool.h>

bool hash_opens(const char *hash, const char *password);

/* What the names of generations carry of a hash, as hexadecimal digits: its first bytes. Zeros: there is none. */
void hash_tag(const char *hash, char tag[9]);

#endif
