"""The request bodies of the identity operations, as the structs that each release decodes them into."""
import gojson
import gotext
import http1
from gojson import BOOL, STRING, ListOf, RawValue, Scalar, Struct
from problem import Problem, malformed


def converting(parse):
    def convert(text):
        try:
            return parse(text)
        except gotext.TextFault as fault:
            raise gojson.JSONFault(str(fault)) from None
    return convert


NULL_UUID = Scalar("string", "uuid.NullUUID", None, converting(gotext.parse_uuid))
TIME = Scalar("string", "time.Time", None, converting(gotext.parse_time))
STATE = Scalar("string", "identity.State", "")


def uuid_scalar(release, go_type="uuid.UUID"):
    return Scalar("string", go_type, None, converting(lambda text: gotext.parse_uuid(text, release.uuid_names_bad_byte)))


def provider_struct(release):
    fields = {"subject": STRING, "provider": STRING}
    if release.oidc_extra_fields:
        fields.update(use_auto_link=BOOL, organization=NULL_UUID)
    return Struct(release.oidc_provider_type, fields)


def credentials_struct(release):
    plain = {"hashed_password": STRING, "password": STRING}
    if release.password_migration_hook:
        plain["use_password_migration_hook"] = BOOL
    password_config = Struct("AdminIdentityImportCredentialsPasswordConfig", plain)
    provider = provider_struct(release)
    oidc = {"providers": ListOf(provider, "[]" + provider.go_type)}
    if release.oidc_nested_config:
        oidc["config"] = password_config
    fields = {"password": Struct("AdminIdentityImportCredentialsPassword", {"config": password_config}),
              "oidc": Struct("AdminIdentityImportCredentialsOIDC", {"config": Struct("AdminIdentityImportCredentialsOIDCConfig",
              oidc)})}
    if release.saml:
        saml = Struct("AdminCreateIdentityImportCredentialsSAMLProvider", {"subject": STRING, "provider": STRING,
            "organization": NULL_UUID})
        config = Struct("AdminIdentityImportCredentialsSAMLConfig", {"providers": ListOf(saml, "[]" + saml.go_type)})
        fields["saml"] = Struct("AdminIdentityImportCredentialsSAML", {"config": config})
    return Struct("IdentityWithCredentials", fields)


def create_struct(release):
    verifiable = Struct("VerifiableAddress", {
        "id": uuid_scalar(release), "value": STRING, "verified": BOOL, "via": STRING, "status": Scalar("string",
        "identity.VerifiableAddressStatus", ""),
        "verified_at": TIME, "created_at": TIME, "updated_at": TIME})
    recovery = Struct("RecoveryAddress", {
        "id": uuid_scalar(release), "value": STRING, "via": Scalar("string", release.recovery_via_type, ""), "created_at": TIME,
        "updated_at": TIME})
    fields = {
        "schema_id": STRING, "traits": RawValue(), "credentials": credentials_struct(release),
        "verifiable_addresses": ListOf(verifiable, "[]" + verifiable.go_type), "recovery_addresses": ListOf(recovery,
        "[]" + recovery.go_type),
        "metadata_public": RawValue(), "metadata_admin": RawValue(), "state": STATE}
    if release.imports_organization:
        fields["organization_id"] = NULL_UUID
    if release.external_id:
        fields["external_id"] = STRING
    return Struct("CreateIdentityBody", fields)


def update_struct(release):
    fields = {"schema_id": STRING, "traits": RawValue(), "credentials": credentials_struct(release),
        "metadata_public": RawValue(),
              "metadata_admin": RawValue(), "state": STATE}
    if release.external_id:
        fields["external_id"] = STRING
    return Struct("UpdateIdentityBody", fields)


def batch_struct(release):
    patch = Struct("BatchIdentityPatch", {"create": create_struct(release), "patch_id": uuid_scalar(release, "*uuid.UUID")})
    return Struct("BatchPatchIdentitiesBody", {"identities": ListOf(patch, "[]*" + patch.go_type)})


def patched_struct(release):
    """The document that a JSON Patch leaves. Credentials and addresses are read apart."""
    fields = {"id": uuid_scalar(release), "schema_id": STRING, "schema_url": STRING, "state": STATE, "state_changed_at": TIME,
        "traits": RawValue(),
              "credentials": RawValue(), "verifiable_addresses": RawValue(), "recovery_addresses": RawValue(),
              "metadata_public": RawValue(),
              "metadata_admin": RawValue(), "created_at": TIME, "updated_at": TIME}
    if release.organization_id:
        fields["organization_id"] = NULL_UUID
    if release.external_id:
        fields["external_id"] = STRING
    name = "WithCredentialsAndAdminMetadataInJSON" if release.patch_decodes_afresh else "WithAdminMetadataInJSON"
    return Struct(name, fields)


def recovery_struct(kind, release):
    fields = {"identity_id": uuid_scalar(release), "expires_in": STRING}
    if kind == "code" and release.recovery_flow_type:
        fields["flow_type"] = Scalar("string", "flow.Type", "")
    return Struct("createRecovery%sForIdentityBody" % kind.capitalize(), fields, package=kind)


def read_first_value(request):
    """The first JSON value of the body. What comes after it, or fails to come, makes no difference to a handler."""
    try:
        return gojson.first_value(gojson.text_of(request.read_body()))
    except http1.ReadFault as fault:
        try:
            first = gojson.first_value(gojson.text_of(fault.partial))
        except gojson.JSONFault:
            raise fault from None
        request.connection.timed_out = False
        return first


def decode_checked(request, spec):
    """A body behind a Content-Type check (update, recovery): unknown members are ignored."""
    if not request.body.chunked and request.body.left == 0:
        raise malformed('Unable to decode HTTP Request Body because its HTTP Header "Content-Length" is zero.')
    content_type = request.header("Content-Type")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise malformed('HTTP %s Request used unknown HTTP Header "Content-Type: %s", only [application/json] are supported.'
                        % (request.method, content_type))
    try:
        value, raw = read_first_value(request)
        return gojson.decode(spec, value, raw, strict=False)
    except gojson.JSONFault as fault:
        raise malformed("Unable to decode JSON payload: %s" % fault) from None
    except http1.TooLarge as fault:
        raise malformed("Unable to read HTTP POST body: %s" % fault) from None
    except http1.ReadFault as fault:
        raise malformed("Unable to decode JSON payload: %s" % fault) from None


def decode_strictly(request, spec, code):
    """A body without a Content-Type check (create, batch): unknown members are refused."""
    try:
        value, raw = read_first_value(request)
        return gojson.decode(spec, value, raw, strict=True)
    except (gojson.JSONFault, http1.ReadFault) as fault:
        raise Problem(400, str(fault), code=code) from None
