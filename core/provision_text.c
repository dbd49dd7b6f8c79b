/* SPDX-License-Identifier: Apache-2.0
 *
 * The states of a device in words for a person: what it is, and what to do. A program that shows none does not link them.
 */
#include "kratos_provision.h"
#include "text.h"

const char *kratos_provision_text(enum kratos_provision_state state)
{
    static const char texts[] = "nothing is stored yet\0"
                                "being provisioned\0"
                                "provisioned\0"
                                "rotating\0"
                                "being claimed\0"
                                "being retired\0"
                                "another device or a copy has this serial: find it, then claim\0"
                                "identity deleted, or an old server restored: restart\0"
                                "retired\0"
                                "the schema does not make the serial unique: mend it, delete the identity, restart\0"
                                "another identity has our address or external_id: remove it, restart\0"
                                "the record is of another chip, serial or realm: restart\0"
                                "the record is of a later release: update\0"
                                "the store cannot be read: claim, or restart\0"
                                "unknown";
    return kratos_text_nth(texts, state <= KRATOS_PROVISION_DAMAGED ? (unsigned)state : KRATOS_PROVISION_DAMAGED + 1u);
}
