/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the provisioning layer share: provision.c decides what comes next and stores it, provision_request.c asks
 * the server, provision_secret.c makes what is secret. The arrows go that way only.
 */
#ifndef KRATOS_PROVISION_PRIVATE_H
#define KRATOS_PROVISION_PRIVATE_H

#include "kratos_provision.h"

#define KRATOS_OWNER_SIZE 8
#define KRATOS_SECRET_SIZE 16
#define KRATOS_HASH_SIZE 87 /* "$pbkdf2-sha256$i=1,l=32$", 16 digits, "$", 43 digits, and a NUL, rounded up */

/* kratos_record.flags: attempts in the low bits; the server does not know external_id; owner and credentials follow from the
 * root secret; a claim was answered, and must not be done twice. */
#define KRATOS_ATTEMPTS 7
#define KRATOS_NO_EXTERNAL_ID 8
#define KRATOS_ROOTED 16
#define KRATOS_CLAIMED 32

/* What says in an identity which credential belongs to a generation: the first bytes of its hash. */
#define KRATOS_TAG_SIZE 4

/* kratos_provision.how: what a look-up asks. */
enum { KRATOS_BY_LIST, KRATOS_BY_ID, KRATOS_BY_EXTERNAL_ID };

/* ---- provision_secret.c ------------------------------------------------------------------------ */

/* What the device has follows from its root secret, and can be made again. A record of before there was one is not. */
bool kratos_rooted(const struct kratos_provision *p);

/* Each of these may fail with an error of the crypto callbacks; KRATOS_OK otherwise. */
int kratos_make_owner(struct kratos_provision *p);
int kratos_make_credential(const struct kratos_provision *p, unsigned char *credential, uint32_t generation);
/* Sets p->hash to the hash of a credential. The same input gives the same hash: a repeated request is the same bytes. */
int kratos_make_hash(struct kratos_provision *p, const unsigned char *credential, uint32_t generation);

/* p->hash as Kratos takes it. */
void kratos_put_hash(const struct kratos_provision *p, uint32_t generation, char *text);

/* Zeros that a compiler does not leave out, as it does a memset of what is not read any more. */
void kratos_forget(void *p, size_t n);

/* The same on every processor: what a server holds must survive an exchange of the board. */
void kratos_put_number(unsigned char *p, uint32_t v);
uint32_t kratos_number(const unsigned char *p);

/* Lower-case hexadecimal digits and a NUL. Returns the end. */
char *kratos_put_hex(char *text, const unsigned char *p, size_t n);

/* ---- provision_request.c ------------------------------------------------------------------------ */

/* One exchange each. KRATOS_OK; KRATOS_AGAIN: call again; or the error of the operation. */

/* With the credential whose hash is p->hash. *unique: the reply proves that a second create would be a conflict. The id is in the record. */
int kratos_ask_create(struct kratos_provision *p, bool *unique);

/* As p->how says. KRATOS_OK: p->found and what belongs to it tell what there is. */
int kratos_ask_look_up(struct kratos_provision *p);

/* From what was found to the next generation of ours, with the credential whose hash is p->hash; while RETIRING to retired and
 * inactive. */
int kratos_ask_change(struct kratos_provision *p);

/* Whether the last refusal names external_id, which the server does not know. */
bool kratos_refused_external_id(const struct kratos_provision *p);

#endif
