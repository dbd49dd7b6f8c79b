"""What differs between the Kratos releases that the stand-in imitates: one row of facts per release.

Everything else in this folder asks this table; no other file looks at a release's name.
"""
from dataclasses import dataclass, replace
from typing import Optional, Tuple

CREDENTIAL_TYPES_1_0 = ("password", "oidc", "totp", "lookup_secret", "webauthn", "link_recovery", "code_recovery")


@dataclass(frozen=True)
class Release:
    """Facts about one release, as seen on a running server."""

    name: str

    # Router and listener.
    serve_mux: bool                        # Go's ServeMux instead of httprouter: HEAD works, OPTIONS does not, 307 for all
    serves_trailing_slash: bool
    prefixless_paths: str                  # path without /admin on the admin listener: "redirect" or "serve"
    cache_control: str                     # "handlers": on every reply of a handler; "get": on every reply to a GET
    public_health_no_store: bool           # Cache-Control on the public listener's health replies
    csrf_sees_missing_cookie: bool         # the 403 of the public listener says that there was no cookie
    error_id_header: bool                  # Ory-Error-Id on error bodies
    read_limit_seconds: Tuple[int, int]    # whole request, admin and public listener
    reply_limit_seconds: Tuple[int, int]   # from the end of the head to the end of the reply
    idle_limit_seconds: Tuple[int, int]    # between two requests
    body_limit: Optional[int]              # bytes of a request body
    too_large_body_closes: bool            # whatever is left of a body over the limit
    expect_waits_for_body: bool            # early errors wait for the body although no 100 was sent
    keeps_connection_at_discard_limit: bool    # exactly 256 KiB of unread body still keeps the connection

    uuid_names_bad_byte: bool              # in the words about an id that is no uuid

    # Identities: documents.
    organization_id: bool                  # in replies
    external_id: bool
    imports_organization: bool             # organization_id in the create body
    hmac_hashes: bool
    password_migration_hook: bool
    saml: bool
    oidc_nested_config: bool               # credentials.oidc.config.config is a known field
    oidc_extra_fields: bool                # use_auto_link and organization in an imported provider
    oidc_provider_type: str                # Go type in decode errors
    recovery_via_type: str
    oidc_provider_shape: Tuple[str, ...]   # members of a stored provider, in order
    code_credential: bool                  # traits marked as code identifier give a `code` credential
    code_version: int                      # of it
    code_checks_email: bool                # in words of its own
    code_config_addresses: bool
    long_password_text: str
    lower_cases_import: bool               # imported addresses
    absent_traits_fail: bool               # 500 instead of an empty object
    empty_identifier_id: str               # error.id of the 500 for an empty identifier
    empty_identifier_message: str
    create_conflict_reason: bool           # the 409 of create has its own text
    create_decode_code: int                # error.code of a body that does not decode
    include_credential_types: Tuple[str, ...]
    touches_updated_at: bool               # update and patch move updated_at
    shared_identifier_search: Tuple[str, ...]  # types that credentials_identifier searches
    loads_number_metadata: bool            # SQLite: a row whose metadata is a bare number fails when it is encoded, not before
    document_type: str                     # Go type of a whole identity in encoding errors of get,
    listed_document_type: str              # of the lists,
    patched_document_type: str             # and of patch

    # Identities: operations.
    pager: str                             # "offset" or "keyset"
    list_organization: bool
    list_include_credential: bool
    list_checks_ids: bool                  # what is no uuid is refused, in ids and page_token; before, it was text like any other
    combines_filters: bool                 # several filters at once are accepted
    list_ids_limit: Optional[int]
    page_size_limit: Optional[int]
    list_prints_bad_type: bool             # a refused include_credential shows the value, not the ones before it
    negative_page_size_breaks: bool        # of identities: the handler breaks, the connection closes
    negative_session_size_breaks: bool
    legacy_pages_limit: Optional[int]
    patch_checked_first: bool              # every operation is checked before one is applied; add and replace need a value
    patch_decodes_afresh: bool             # the patched document becomes a new identity, credentials included; before, it was
                                           # laid over the old one, so that removing a member changed nothing
    patch_reads_password: bool             # a password config that is no object is a 500
    patch_denied: Tuple[str, ...]
    patch_denies_any_case: bool
    batch_limit: int
    batch_limit_text: str
    batch_plaintext_limit: Optional[int]
    batch_mode: str                        # "all-or-nothing" or "per-item"
    batch_rolls_back: bool                 # a duplicate undoes the creations that the reply reports
    batch_specific_reason: bool
    delete_first_factor: str               # "never", "oidc" or "if-two"
    delete_first_factor_text: str
    by_external_id: bool

    # Sessions, recovery, schemas.
    session_pager: str                     # by "id", or by "created" and id
    session_token_checked: bool            # what is base64 but no key is refused; before, the sessions by id came
    session_total: bool                    # X-Total-Count on the session list
    session_link_lines: bool               # one Link line per relation
    absolute_offset_links: bool            # links of identity sessions (to a wrong path) and schemas, without the query
    extend_expands_identity: bool
    extend_revives: bool                   # writes only expires_at: an expired session comes back to life
    faster_extend: bool                    # knows the feature flag
    recovery_flow_type: bool
    recovery_prints_duration: bool         # a refused expires_in is shown as Go prints it, not as it was sent
    schema_reencoded: bool
    schema_decodes_missing_id: bool


KRATOS_1_0_0 = Release(
    name="1.0.0",
    serve_mux=False,
    serves_trailing_slash=False,
    prefixless_paths="redirect",
    cache_control="handlers",
    public_health_no_store=False,
    csrf_sees_missing_cookie=False,
    error_id_header=False,
    read_limit_seconds=(5, 5),
    reply_limit_seconds=(10, 10),
    idle_limit_seconds=(120, 120),
    body_limit=None,
    too_large_body_closes=False,
    expect_waits_for_body=True,
    keeps_connection_at_discard_limit=True,
    uuid_names_bad_byte=True,
    organization_id=False,
    external_id=False,
    imports_organization=False,
    hmac_hashes=False,
    password_migration_hook=False,
    saml=False,
    oidc_nested_config=True,
    oidc_extra_fields=False,
    oidc_provider_type="AdminCreateIdentityImportCredentialsOidcProvider",
    recovery_via_type="identity.RecoveryAddressType",
    oidc_provider_shape=("initial_id_token", "subject", "provider", "initial_access_token", "initial_refresh_token"),
    code_credential=False,
    code_version=0,
    code_checks_email=False,
    code_config_addresses=False,
    long_password_text="passwords are limited to a maximum length of 72 characters",
    lower_cases_import=False,
    absent_traits_fail=True,
    empty_identifier_id="",
    empty_identifier_message="An internal server error occurred, please contact the system administrator",
    create_conflict_reason=False,
    create_decode_code=500,
    include_credential_types=CREDENTIAL_TYPES_1_0,
    touches_updated_at=False,
    shared_identifier_search=("password", "webauthn"),
    loads_number_metadata=True,
    document_type="identity.WithCredentialsAndAdminMetadataInJSON",
    listed_document_type="identity.WithCredentialsMetadataAndAdminMetadataInJSON",
    patched_document_type="*identity.WithAdminMetadataInJSON",
    pager="offset",
    list_organization=False,
    list_include_credential=False,
    list_checks_ids=False,
    combines_filters=True,
    list_ids_limit=None,
    page_size_limit=1000,
    list_prints_bad_type=False,
    negative_page_size_breaks=False,
    negative_session_size_breaks=True,
    legacy_pages_limit=None,
    patch_checked_first=False,
    patch_decodes_afresh=False,
    patch_reads_password=False,
    patch_denied=("/id", "/stateChangedAt", "/credentials"),
    patch_denies_any_case=False,
    batch_limit=2000,
    batch_limit_text="The maximum number of identities that can be created or deleted at once is %d.",
    batch_plaintext_limit=None,
    batch_mode="all-or-nothing",
    batch_rolls_back=False,
    batch_specific_reason=True,
    delete_first_factor="never",
    delete_first_factor_text="You can't remove first factor credentials.",
    by_external_id=False,
    session_pager="id",
    session_token_checked=False,
    session_total=True,
    session_link_lines=True,
    absolute_offset_links=True,
    extend_expands_identity=False,
    extend_revives=False,
    faster_extend=False,
    recovery_flow_type=False,
    recovery_prints_duration=False,
    schema_reencoded=False,
    schema_decodes_missing_id=True,
)

KRATOS_1_1_0 = replace(
    KRATOS_1_0_0,
    name="1.1.0",
    read_limit_seconds=(30, 15),
    reply_limit_seconds=(120, 60),
    idle_limit_seconds=(600, 120),
    organization_id=True,
    hmac_hashes=True,
    oidc_provider_shape=("initial_id_token", "subject", "provider", "organization", "initial_access_token",
        "initial_refresh_token"),
    code_credential=True,
    code_checks_email=True,
    long_password_text="The password must be at most 72 characters long, but got %d.",
    lower_cases_import=True,
    absent_traits_fail=False,
    create_conflict_reason=True,
    create_decode_code=400,
    include_credential_types=CREDENTIAL_TYPES_1_0 + ("code",),
    shared_identifier_search=("password", "webauthn", "code", "oidc"),
    listed_document_type="identity.WithCredentialsAndAdminMetadataInJSON",
    pager="keyset",
    page_size_limit=None,
    negative_page_size_breaks=True,
    legacy_pages_limit=1000,
    patch_reads_password=True,
    session_pager="created",
    session_link_lines=False,
    absolute_offset_links=False,
)

KRATOS_1_2_0 = replace(
    KRATOS_1_1_0,
    name="1.2.0",
    body_limit=5242880,
    oidc_provider_shape=("initial_id_token", "initial_access_token", "initial_refresh_token", "subject", "provider",
        "organization"),
    include_credential_types=CREDENTIAL_TYPES_1_0 + ("code", "passkey"),
    list_include_credential=True,
    extend_expands_identity=True,
    recovery_flow_type=True,
    recovery_prints_duration=True,
)

KRATOS_1_3_1 = replace(
    KRATOS_1_0_0,
    name="1.3.1",
    read_limit_seconds=(30, 15),
    reply_limit_seconds=(120, 60),
    idle_limit_seconds=(600, 120),
    body_limit=5242880,
    uuid_names_bad_byte=False,
    organization_id=True,
    hmac_hashes=True,
    password_migration_hook=True,
    oidc_provider_shape=("initial_id_token", "initial_access_token", "initial_refresh_token", "subject", "provider",
        "organization"),
    code_credential=True,
    code_version=1,
    code_config_addresses=True,
    long_password_text="The password must be at most 72 characters long, but got %d.",
    lower_cases_import=True,
    absent_traits_fail=False,
    create_conflict_reason=True,
    create_decode_code=400,
    include_credential_types=CREDENTIAL_TYPES_1_0 + ("code", "passkey"),
    shared_identifier_search=("password", "webauthn", "code", "oidc"),
    listed_document_type="identity.WithCredentialsAndAdminMetadataInJSON",
    pager="keyset",
    list_include_credential=True,
    list_checks_ids=True,
    page_size_limit=None,
    negative_page_size_breaks=True,
    legacy_pages_limit=1000,
    batch_mode="per-item",
    batch_rolls_back=True,
    batch_specific_reason=False,
    delete_first_factor="oidc",
    delete_first_factor_text="You cannot remove first factor credentials.",
    session_pager="created",
    session_token_checked=True,
    session_link_lines=False,
    absolute_offset_links=False,
    extend_expands_identity=True,
    extend_revives=True,
    faster_extend=True,
    recovery_flow_type=True,
    recovery_prints_duration=True,
)

KRATOS_25_4_0 = replace(
    KRATOS_1_3_1,
    name="25.4.0",
    serve_mux=True,
    serves_trailing_slash=True,
    public_health_no_store=True,
    error_id_header=True,
    external_id=True,
    imports_organization=True,
    saml=True,
    oidc_nested_config=False,
    oidc_extra_fields=True,
    oidc_provider_type="AdminCreateIdentityImportCredentialsOIDCProvider",
    oidc_provider_shape=("initial_id_token", "initial_access_token", "initial_refresh_token", "subject", "provider"),
    empty_identifier_id="invalid_configuration",
    empty_identifier_message="Invalid configuration",
    include_credential_types=CREDENTIAL_TYPES_1_0 + ("code", "passkey", "saml"),
    touches_updated_at=True,
    shared_identifier_search=("password", "webauthn", "code", "oidc", "saml"),
    patched_document_type="identity.WithCredentialsAndAdminMetadataInJSON",
    list_organization=True,
    combines_filters=False,
    list_ids_limit=500,
    page_size_limit=500,
    list_prints_bad_type=True,
    negative_page_size_breaks=False,
    negative_session_size_breaks=False,
    patch_checked_first=True,
    patch_decodes_afresh=True,
    patch_denied=("/id", "/stateChangedAt", "/credentials", "/credentials/oidc/**"),
    patch_denies_any_case=True,
    batch_limit=1000,
    batch_limit_text="The maximum number of identities per request that can be created or deleted at once is %d.",
    batch_plaintext_limit=200,
    batch_rolls_back=False,
    delete_first_factor="if-two",
    delete_first_factor_text="You cannot remove the last first factor credential.",
    by_external_id=True,
    session_total=False,
    schema_reencoded=True,
)

KRATOS_26_2_0 = replace(
    KRATOS_25_4_0,
    name="26.2.0",
    serves_trailing_slash=False,
    prefixless_paths="serve",
    cache_control="get",
    csrf_sees_missing_cookie=True,
    too_large_body_closes=True,
    expect_waits_for_body=False,
    keeps_connection_at_discard_limit=False,
    recovery_via_type="string",
    loads_number_metadata=False,
    batch_specific_reason=True,
    schema_decodes_missing_id=False,
)

RELEASES = {release.name: release for release in (
    KRATOS_1_0_0, KRATOS_1_1_0, KRATOS_1_2_0, KRATOS_1_3_1, KRATOS_25_4_0, KRATOS_26_2_0)}
