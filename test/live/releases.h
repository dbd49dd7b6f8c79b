/* SPDX-License-Identifier: Apache-2.0
 *
 * What differs between the releases of Kratos, as far as the library shows it: one row of facts per release. Everything
 * else in this folder asks this table; no other file looks at a release's name. Where a real server contradicts a fact,
 * the server is right.
 */
#ifndef RELEASES_H
#define RELEASES_H

#include <stdbool.h>
#include <stddef.h>

struct facts {
    const char *first, *until; /* releases that the row is valid for: from this one on, up to before that one */

    /* Identities */
    const char *conflict_reason, *conflict_message; /* of createIdentity's 409 */
    const char *empty_identifier_id;                /* error id of the 500 for an empty identifier */
    bool external_id;                               /* external_id and organization_id in bodies, /by/external/ */
    bool organization_id;                           /* in replies, and in reach of a patch */
    bool slash_in_path;                             /* %2F in an id reaches the handler */
    bool body_limit;                                /* 5 MiB */
    const char *number_message; /* of the 500 for an identity whose metadata is a bare number, over SQLite */
    bool touches_updated_at;    /* update and patch move updated_at */

    /* Credentials */
    bool code; /* credential types code and passkey */
    bool saml;
    bool provider_extras; /* organization and use_auto_link of an oidc provider */
    bool hmac_hashes, migration_hook;
    bool lower_cases_import; /* of addresses */
    bool deletes_oidc;       /* deleteIdentityCredentials removes oidc entries */
    bool keeps_last_factor;  /* and passwords too, unless it is the last one */
    const char *delete_password_reason, *delete_code_reason;

    /* Patches */
    const char *patch_reason;
    bool removes_members;      /* "remove" works for members of the identity itself */
    bool denies_any_case;      /* of /id, ... */
    bool patch_wipes_password; /* a write below /credentials/password does */

    /* Lists */
    bool list_ids;          /* ids, preview_..., include_credential, and oidc in credentials_identifier */
    bool list_organization; /* organization_id */
    bool checks_tokens;     /* a bad page_token is refused; before it gave some page */
    size_t list_ids_max;    /* 0: any */
    size_t page_size_max;   /* more is clamped; 0: any */
    bool pages_limit;       /* by_page gives 1,000 identities at most */

    /* Batches */
    size_t batch_max, batch_plain_max; /* rows, rows with a plain password (0: any) */
    bool batch_per_row;                /* else all or nothing */
    bool batch_rolls_back;             /* a duplicate undoes the rows that are reported as created */
    bool batch_says_why;               /* the reason of a refused row is the specific one */

    /* Sessions, recovery, schemas, listeners */
    bool extend_expands;     /* extendSession gives the identity, and active looks at its state */
    bool extend_revives;     /* an expired session comes back to life */
    bool recovery_flow_type; /* flow_type is looked at */
    bool schema_reencoded;   /* getIdentitySchema gives compact JSON; before the bytes of the file */
    bool schema_decodes_missing_id;
    bool schemas_hop;       /* /schemas at the admin listener is first sent to /admin/schemas there */
    int batch_at_public;    /* status */
    bool serves_unprefixed; /* paths without /admin at the admin listener; before they were redirected */
    unsigned slow_body_ms;  /* until a body that does not come is answered with 499 */
};

static const struct facts facts_of_releases[] = {
    {
        .first = "1.0.0",
        .until = "1.1.0",
        .conflict_reason = "",
        .conflict_message = "Unable to insert or update resource because a resource with that value exists already",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "",
        .delete_password_reason = "You can't remove first factor credentials.",
        .patch_reason = "An error occured when applying the JSON patch",
        .patch_wipes_password = true,
        .page_size_max = 1000,
        .batch_max = 2000,
        .schema_decodes_missing_id = true,
        .schemas_hop = true,
        .batch_at_public = 405,
        .slow_body_ms = 5000,
    },
    {
        .first = "1.3.0",
        .until = "25.4.0",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "",
        .organization_id = true,
        .body_limit = true,
        .code = true,
        .hmac_hashes = true,
        .migration_hook = true,
        .lower_cases_import = true,
        .deletes_oidc = true,
        .delete_password_reason = "You cannot remove first factor credentials.",
        .delete_code_reason = "You cannot remove first factor credentials.",
        .patch_reason = "An error occured when applying the JSON patch",
        .patch_wipes_password = true,
        .list_ids = true,
        .checks_tokens = true,
        .pages_limit = true,
        .batch_max = 2000,
        .batch_per_row = true,
        .batch_rolls_back = true,
        .extend_expands = true,
        .extend_revives = true,
        .recovery_flow_type = true,
        .schema_decodes_missing_id = true,
        .schemas_hop = true,
        .batch_at_public = 405,
        .slow_body_ms = 30000,
    },
    {
        .first = "25.4.0",
        .until = "26.2.0",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "invalid_configuration",
        .external_id = true,
        .organization_id = true,
        .slash_in_path = true,
        .body_limit = true,
        .touches_updated_at = true,
        .code = true,
        .saml = true,
        .provider_extras = true,
        .hmac_hashes = true,
        .migration_hook = true,
        .lower_cases_import = true,
        .deletes_oidc = true,
        .keeps_last_factor = true,
        .delete_password_reason = "You cannot remove the last first factor credential.",
        .delete_code_reason = "Credentials type code cannot be deleted.",
        .patch_reason = "An error occured when applying the JSON patch",
        .removes_members = true,
        .denies_any_case = true,
        .list_ids = true,
        .list_organization = true,
        .checks_tokens = true,
        .list_ids_max = 500,
        .page_size_max = 500,
        .pages_limit = true,
        .batch_max = 1000,
        .batch_plain_max = 200,
        .batch_per_row = true,
        .extend_expands = true,
        .extend_revives = true,
        .recovery_flow_type = true,
        .schema_reencoded = true,
        .schema_decodes_missing_id = true,
        .schemas_hop = true,
        .batch_at_public = 405,
        .slow_body_ms = 30000,
    },
    {
        .first = "26.2.0",
        .until = NULL,
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "cannot scan",
        .empty_identifier_id = "invalid_configuration",
        .external_id = true,
        .organization_id = true,
        .slash_in_path = true,
        .body_limit = true,
        .touches_updated_at = true,
        .code = true,
        .saml = true,
        .provider_extras = true,
        .hmac_hashes = true,
        .migration_hook = true,
        .lower_cases_import = true,
        .deletes_oidc = true,
        .keeps_last_factor = true,
        .delete_password_reason = "You cannot remove the last first factor credential.",
        .delete_code_reason = "Credentials type code cannot be deleted.",
        .patch_reason = "An error occured when applying the JSON patch",
        .removes_members = true,
        .denies_any_case = true,
        .list_ids = true,
        .list_organization = true,
        .checks_tokens = true,
        .list_ids_max = 500,
        .page_size_max = 500,
        .pages_limit = true,
        .batch_max = 1000,
        .batch_plain_max = 200,
        .batch_per_row = true,
        .batch_says_why = true,
        .extend_expands = true,
        .extend_revives = true,
        .recovery_flow_type = true,
        .schema_reencoded = true,
        .serves_unprefixed = true,
        .batch_at_public = 405,
        .slow_body_ms = 30000,
    },
};

#endif
