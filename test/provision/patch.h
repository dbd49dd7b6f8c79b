/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON Patch (RFC 6902) as Kratos applies it to an identity: operations in order, all of them or none. It knows the paths that
 * the provisioning layer writes, and ends the test for any other.
 */
#ifndef TEST_PROVISION_PATCH_H
#define TEST_PROVISION_PATCH_H

#include "server.h"

/* NULL: *who is changed. Else why not, in Kratos' words. */
const char *patch_identity(struct identity *who, kratos_json operations);

#endif
