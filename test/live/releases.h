/* SPDX-License-Identifier: Apache-2.0
 *
 * What differs between the releases of Kratos, and between the databases below it, as far as the library shows it: one row
 * of facts per release, one per database. Everything else in this folder asks these tables; no other file looks at a
 * release's or a database's name. Where a real server contradicts a fact, the server is right.
 */
#ifndef RELEASES_H
#define RELEASES_H

#include <stdbool.h>
#include <stddef.h>

struct facts {
    const char *first, *last; /* the one that was run is the last; rows.c says what becomes of others */

    /* Identities */
    const char *conflict_reason, *conflict_message; /* of createIdentity's 409 */
    const char *empty_identifier_id;                /* error id of the 500 for an empty identifier */
    bool external_id;                               /* external_id and organization_id in bodies, /by/external/ */
    bool organization_id;                           /* in replies, and in reach of a patch */
    bool slash_in_path;                             /* %2F in an id reaches the handler */
    bool body_limit;                                /* 5 MiB */
    const char *number_message; /* of the 500 for an identity whose bare number the database lost (loses_numbers) */
    bool touches_updated_at;    /* update and patch move updated_at */

    /* Credentials */
    const char *code_version; /* of the credential type code; NULL: there is none */
    bool passkey;
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
    bool list_ids;            /* ids, preview_..., and oidc in credentials_identifier */
    bool list_include;        /* include_credential */
    bool similar_by_trigrams; /* preview_... finds what is only alike, where the database can tell (trigrams) */
    bool list_organization;   /* organization_id */
    bool checks_ids;          /* of ids: what is no uuid is refused; before it was found nowhere */
    bool checks_tokens;       /* a bad page_token is refused; before it gave some page: */
    bool compares_tokens;     /* the identities whose id is greater, as text */
    size_t list_ids_max;      /* 0: any */
    size_t page_size_max;     /* more is clamped; 0: any */
    bool pages_limit;         /* by_page gives 1,000 identities at most */

    /* Batches */
    size_t batch_max, batch_plain_max; /* rows, rows with a plain password (0: any) */
    bool batch_per_row;                /* else all or nothing */
    bool batch_rolls_back;             /* a duplicate undoes the rows that are reported as created */
    bool batch_says_why;               /* the reason of a refused row is the specific one */
    bool batch_empty_in;               /* a taken external_id makes a query with IN (), see empty_in_message */

    /* Sessions, recovery, schemas, listeners */
    bool base64_tokens;      /* a page_token of listSessions that is no base64 is refused */
    bool extend_expands;     /* extendSession gives the identity, and active looks at its state */
    bool extend_revives;     /* an expired session comes back to life; before, active was stored as it was answered */
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
        .last = "1.0.0",
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
        .first = "1.1.0",
        .last = "1.1.0",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "",
        .organization_id = true,
        .code_version = "0",
        .hmac_hashes = true,
        .lower_cases_import = true,
        .delete_password_reason = "You can't remove first factor credentials.",
        .delete_code_reason = "You can't remove first factor credentials.",
        .patch_reason = "An error occured when applying the JSON patch",
        .patch_wipes_password = true,
        .list_ids = true,
        .similar_by_trigrams = true,
        .compares_tokens = true,
        .pages_limit = true,
        .batch_max = 2000,
        .base64_tokens = true,
        .schema_decodes_missing_id = true,
        .schemas_hop = true,
        .batch_at_public = 405,
        .slow_body_ms = 30000,
    },
    {
        .first = "1.2.0",
        .last = "1.2.0",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "",
        .organization_id = true,
        .body_limit = true,
        .code_version = "0",
        .passkey = true,
        .hmac_hashes = true,
        .lower_cases_import = true,
        .delete_password_reason = "You can't remove first factor credentials.",
        .delete_code_reason = "You can't remove first factor credentials.",
        .patch_reason = "An error occured when applying the JSON patch",
        .patch_wipes_password = true,
        .list_ids = true,
        .list_include = true,
        .compares_tokens = true,
        .pages_limit = true,
        .batch_max = 2000,
        .base64_tokens = true,
        .extend_expands = true,
        .recovery_flow_type = true,
        .schema_decodes_missing_id = true,
        .schemas_hop = true,
        .batch_at_public = 405,
        .slow_body_ms = 30000,
    },
    {
        .first = "1.3.0",
        .last = "1.3.1",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "",
        .organization_id = true,
        .body_limit = true,
        .code_version = "1",
        .passkey = true,
        .hmac_hashes = true,
        .migration_hook = true,
        .lower_cases_import = true,
        .deletes_oidc = true,
        .delete_password_reason = "You cannot remove first factor credentials.",
        .delete_code_reason = "You cannot remove first factor credentials.",
        .patch_reason = "An error occured when applying the JSON patch",
        .patch_wipes_password = true,
        .list_ids = true,
        .list_include = true,
        .checks_ids = true,
        .checks_tokens = true,
        .pages_limit = true,
        .batch_max = 2000,
        .batch_per_row = true,
        .batch_rolls_back = true,
        .base64_tokens = true,
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
        .last = "25.4.0",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "json: error calling MarshalJSON for type",
        .empty_identifier_id = "invalid_configuration",
        .external_id = true,
        .organization_id = true,
        .slash_in_path = true,
        .body_limit = true,
        .touches_updated_at = true,
        .code_version = "1",
        .passkey = true,
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
        .list_include = true,
        .list_organization = true,
        .checks_ids = true,
        .checks_tokens = true,
        .list_ids_max = 500,
        .page_size_max = 500,
        .pages_limit = true,
        .batch_max = 1000,
        .batch_plain_max = 200,
        .batch_per_row = true,
        .batch_empty_in = true,
        .base64_tokens = true,
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
        .last = "26.2.0",
        .conflict_reason = "This identity conflicts with another identity that already exists.",
        .conflict_message = "The resource could not be created due to a conflict",
        .number_message = "cannot scan",
        .empty_identifier_id = "invalid_configuration",
        .external_id = true,
        .organization_id = true,
        .slash_in_path = true,
        .body_limit = true,
        .touches_updated_at = true,
        .code_version = "1",
        .passkey = true,
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
        .list_include = true,
        .list_organization = true,
        .checks_ids = true,
        .checks_tokens = true,
        .list_ids_max = 500,
        .page_size_max = 500,
        .pages_limit = true,
        .batch_max = 1000,
        .batch_plain_max = 200,
        .batch_per_row = true,
        .batch_says_why = true,
        .base64_tokens = true,
        .extend_expands = true,
        .extend_revives = true,
        .recovery_flow_type = true,
        .schema_reencoded = true,
        .serves_unprefixed = true,
        .batch_at_public = 405,
        .slow_body_ms = 30000,
    },
};

/* What the database below Kratos makes of the same request, in each release. */
struct database {
    const char *name;

    /* JSON of traits and metadata. A JSON column makes it anew when it is read: members in order, the last one of duplicates,
     * numbers written out, escapes as characters; see traits.c. What it cannot hold is a 500 with these words (NULL: it
     * is kept as it was sent). */
    bool json_columns;
    bool loses_numbers; /* a bare number as metadata: the identity can never be read again */
    const char *nul_message, *surrogate_message, *bytes_message; /* \u0000, half a pair, what is not UTF-8 */
    const char *range_message;                                   /* 1e131072 */

    bool drops_offsets;       /* of times that were given: the clock time stays, as UTC, and so another instant */
    const char *uuid_message; /* of the 500 where Kratos hands on what is no uuid; NULL: it is text like any other */
    const char *empty_in_message; /* of the 500 for a query with IN (); NULL: nothing is found */
    bool trigrams;
};

static const struct database facts_of_databases[] = {
    {
        .name = "sqlite",
        .loses_numbers = true,
    },
    {
        .name = "postgres",
        .json_columns = true,
        .nul_message = "ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)",
        .surrogate_message = "ERROR: invalid input syntax for type json (SQLSTATE 22P02)",
        .bytes_message = "ERROR: invalid byte sequence for encoding",
        .range_message = "ERROR: value overflows numeric format (SQLSTATE 22003)",
        .drops_offsets = true,
        .uuid_message = "unable to fetch records: ERROR: invalid input syntax for type uuid",
        .empty_in_message = "ERROR: syntax error at or near \")\" (SQLSTATE 42601)",
        .trigrams = true,
    },
};

#endif
