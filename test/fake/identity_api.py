"""The identity operations that work on one identity: create, get, update, patch, delete, delete a credential; and batch."""
import dataclasses

import bodies
import gojson
import gotext
import http1
import jsonpatch
import sqlite
from identity import (
    GET_VIEW, WRITE_VIEW, Address, Conflict, Credential, Identity, credential_json, identity_json, now_precise, now_stored)
from problem import INTERNAL, MALFORMED, Problem, conflict, json_response, malformed, not_found, not_located

BAD_STATE = "identity state is not valid"
UNKNOWN_HASH = "The imported password does not match any known hash format. For more information see https://www.ory.sh/dr/2"
NO_IDENTIFIER = "Unable to create identity credentials with missing or empty identifier."
TOO_LONG = "I[#/password] S[] the password does not fulfill the password policy because: "
CREATE_CONFLICT = "This identity conflicts with another identity that already exists."


class IdentityAPI:
    """The operations over one store."""

    def __init__(self, world):
        self.world = world
        self.release = world.release
        self.store = world.store
        self.create_struct = bodies.create_struct(self.release)
        self.update_struct = bodies.update_struct(self.release)
        self.batch_struct = bodies.batch_struct(self.release)
        self.patched_struct = bodies.patched_struct(self.release)

    # -- common parts ------------------------------------------------------------------------------------------

    def find(self, text):
        """The identity of a path segment. What is no uuid counts as the nil uuid and is simply not there."""
        identity = self.store.get(gotext.uuid_or_nil(text))
        if identity is None:
            raise not_located()
        sqlite.check_load([identity], self.release)
        self.schema_of_stored(identity)
        return identity

    def schema_of_stored(self, identity):
        if identity.schema_id not in self.world.schemas:
            raise Problem(500, INTERNAL,
                'The JSON Schema "%s" for this identity\'s traits could not be found.' % identity.schema_id)
        return self.world.schemas[identity.schema_id]

    def schema_url(self, schema_id):
        return self.world.schema_url(schema_id)

    def shown(self, identity, view, schema_url=None):
        return identity_json(identity, self.release, schema_url or self.schema_url(identity.schema_id), view)

    def include_credentials(self, request):
        types = []
        for value in request.all("include_credential"):
            if value not in self.release.include_credential_types:
                raise malformed("Invalid value `[%s]` for parameter `include_credential`." % " ".join(types))
            types.append(value)
        return tuple(types)

    def import_credentials(self, identity, credentials):
        """Adds what a body's `credentials` member brings; oidc and saml providers are appended."""
        if credentials is None:
            return
        if credentials["password"] is not None:
            identity.credentials["password"] = Credential("password",
                config=self.password_config(credentials["password"]["config"] or {}))
        for kind in ("oidc", "saml"):
            if credentials.get(kind) is not None:
                self.append_providers(identity, kind, (credentials[kind]["config"] or {}).get("providers") or [])

    def password_config(self, config):
        plain = config.get("password", "")
        if plain:
            size = len(plain.encode("utf-8"))
            if size > 72:
                text = self.release.long_password_text
                raise Problem(500, TOO_LONG + (text % size if "%d" in text else text))
            return '{"hashed_password":%s}' % gojson.quote(self.world.hasher.hash(plain))
        if config.get("use_password_migration_hook"):
            return '{"hashed_password":"","use_password_migration_hook":true}'
        hashed = config.get("hashed_password", "")
        if not self.world.is_known_hash(hashed):
            raise malformed(UNKNOWN_HASH)
        return '{"hashed_password":%s}' % gojson.quote(hashed)

    @staticmethod
    def append_providers(identity, kind, providers):
        known = identity.credentials.get(kind)
        rows = [] if known is None else [raw for _, raw in gojson.elements(providers_of(known.config))]
        identifiers = None if known is None else known.identifiers
        for provider in providers:
            identifiers = (identifiers or []) + ["%s:%s" % (provider["provider"], provider["subject"])]
            members = ['"subject":%s,"provider":%s' % (gojson.quote(provider["subject"]), gojson.quote(provider["provider"]))]
            if provider.get("organization"):
                members.append('"organization":"%s"' % provider["organization"])
            if provider.get("use_auto_link"):
                members.append('"use_auto_link":true')
            rows.append("{%s}" % ",".join(members))
        config = '{"providers":[%s]}' % ",".join(rows)
        if known is None:
            identity.credentials[kind] = Credential(kind, identifiers, config)
        else:
            known.identifiers, known.config = identifiers, config

    def validate(self, identity):
        """Checks the traits and brings identifiers and addresses in line with what the schema marks."""
        schema = self.world.schemas.get(identity.schema_id)
        if schema is None:
            raise malformed("Unable to find JSON Schema ID: %s" % identity.schema_id)
        cause, found = schema.check(gojson.first_value(identity.traits)[0])
        if cause is not None:
            raise malformed(str(cause))
        for kind, values in found.identifiers.items():
            self.set_identifiers(identity, kind, values, found)
        identity.verifiable = [self.kept_address(identity.verifiable, via, value, "pending") for via, value in found.verifiable]
        identity.recovery = [self.kept_address(identity.recovery, via, value, None) for via, value in found.recovery]

    def set_identifiers(self, identity, kind, values, found):
        credential = identity.credentials.setdefault(kind, Credential(kind, version=self.release.code_version if kind == "code" else 0))
        credential.type = kind
        credential.identifiers = list(values)
        if kind == "code" and self.release.code_config_addresses:
            rows = ['{"channel":%s,"address":%s}' % (gojson.quote(found.code_channels[value]),
                gojson.quote(value)) for value in values]
            credential.config = '{"addresses":[%s]}' % ",".join(rows)

    @staticmethod
    def kept_address(known, via, value, status):
        """The address that the traits ask for: the known one if there is one, else a new one."""
        same = next((address for address in known if address.key == (via, value)), None)
        return same or Address(gotext.new_uuid(), value, via, status=status)

    def check_credentials(self, identity):
        for kind, credential in identity.credentials.items():
            if kind == "password" and self.release.patch_reads_password:
                check_password_config(credential.config)
            if not credential.type:
                raise self.nameless_credential()
            if any(not identifier.strip() for identifier in credential.identifiers or ()):
                raise Problem(500, self.release.empty_identifier_message, NO_IDENTIFIER, self.release.empty_identifier_id)

    def nameless_credential(self):
        """What a patch below the credentials of a type that the identity lacks ends in."""
        if not self.release.patch_decodes_afresh:
            return not_located()
        return Problem(500, INTERNAL,
            'The SQL adapter failed to return the appropriate credentials_type for name "". This is a bug in the code.')

    @staticmethod
    def as_stored(identity):
        """The row that a later GET shows: identifiers trimmed and sorted, missing stamps filled in."""
        row = identity.clone()
        stamp = now_stored()
        for credential in row.credentials.values():
            credential.identifiers = sorted(identifier.strip() for identifier in credential.identifiers or ())
            if credential.created_at == gotext.ZERO_TIME:
                credential.created_at = credential.updated_at = stamp
        return row

    @staticmethod
    def stamp_addresses(identity):
        for address in identity.verifiable + identity.recovery:
            if address.created_at == gotext.ZERO_TIME:
                address.created_at = address.updated_at = now_stored()
            if address.verified and not address.verified_at:
                address.verified_at = now_precise()

    # -- create ------------------------------------------------------------------------------------------------

    def new_identity(self, body):
        """An identity from a create body, not validated yet."""
        if body["state"] not in ("", "active", "inactive"):
            raise malformed(BAD_STATE)
        identity = Identity(
            "", body["schema_id"] or self.world.default_schema_id, self.traits_of(body), body["state"] or "active",
            now_precise(), body.get("external_id", ""), metadata_public=compact_or_none(body["metadata_public"]),
            metadata_admin=compact_or_none(body["metadata_admin"]), organization_id=body.get("organization_id"))
        identity.verifiable = [self.imported(row, row["status"]) for row in body["verifiable_addresses"] or ()]
        identity.recovery = [self.imported(row, None) for row in body["recovery_addresses"] or ()]
        self.import_credentials(identity, body["credentials"])
        return identity

    def imported(self, row, status):
        value = row["value"].strip().lower() if self.release.lower_cases_import else row["value"]
        verified = row.get("verified", False)
        if status == "":
            status = "completed" if verified else "pending"
        return Address(gotext.new_uuid(), value, row["via"], verified, status, row.get("verified_at"))

    def traits_of(self, body):
        if body["traits"] is not None:
            return gojson.compact(body["traits"])
        return "" if self.release.absent_traits_fail else "{}"

    def check_traits_given(self, identity):
        """v1.0.0 pastes absent traits into a document and fails to read it."""
        if not identity.traits:
            raise Problem(500, "invalid character '}' looking for beginning of value")

    def prepare(self, identity):
        self.check_traits_given(identity)
        self.validate(identity)
        self.check_credentials(identity)
        identity.created_at = identity.updated_at = now_stored()
        self.stamp_addresses(identity)

    def insert(self, identity):
        """Gives a new identity its id and stores it."""
        row = self.as_stored(identity)
        self.store.check(row)
        row.id = identity.id = self.world.ids.next("identity")
        self.store.put(row)

    def create(self, request):
        body = bodies.decode_strictly(request, self.create_struct, self.release.create_decode_code)
        identity = self.new_identity(body)
        self.prepare(identity)
        with self.store.lock:
            try:
                self.insert(identity)
            except Conflict:
                if not self.release.create_conflict_reason:
                    raise conflict() from None
                raise Problem(409, "The resource could not be created due to a conflict", CREATE_CONFLICT) from None
        location = "%sidentities/%s" % (self.world.admin_url, identity.id)
        return json_response(201, self.shown(identity, WRITE_VIEW), {"Location": location})

    # -- batch -------------------------------------------------------------------------------------------------

    def batch(self, request):
        body = bodies.decode_strictly(request, self.batch_struct, 500)
        items = body["identities"] or []
        if len(items) > self.release.batch_limit:
            raise malformed(self.release.batch_limit_text % self.release.batch_limit)
        self.check_plaintext_limit(items)
        identities = [self.batch_identity(item) for item in items]
        rows = [None] * len(items)
        survivors = [index for index, identity in enumerate(identities) if identity is not None and self.is_valid(identity,
            index, items, rows)]
        with self.store.lock:
            self.insert_all(identities, survivors, items, rows)
        return json_response(200, '{"identities":[%s]}' % ",".join(row or "null" for row in rows))

    def check_plaintext_limit(self, items):
        limit = self.release.batch_plaintext_limit
        if limit is None:
            return
        if sum(1 for item in items if has_plaintext(item)) > limit:
            raise malformed("The maximum number of identities per request that can be created with a plaintext password is %d." % limit)

    def batch_identity(self, item):
        if item is None:
            raise http1.Abort
        return self.new_identity(item["create"]) if item["create"] is not None else None

    def is_valid(self, identity, index, items, rows):
        """Prepares one item. A fault of its data becomes its row, or ends the request where batches are all or nothing."""
        try:
            self.prepare(identity)
            return True
        except Problem as problem:
            if self.release.batch_mode == "all-or-nothing" or problem.status != 400:
                raise
            reason = problem.reason if self.release.batch_specific_reason else MALFORMED
            rows[index] = error_row(items[index], Problem(400, MALFORMED, reason))
            return False

    def insert_all(self, identities, survivors, items, rows):
        created, conflicts = [], 0
        for index in survivors:
            try:
                self.insert(identities[index])
                created.append(identities[index].id)
                rows[index] = created_row(items[index], identities[index].id)
            except Conflict:
                conflicts += 1
                rows[index] = error_row(items[index], conflict())
        if not conflicts:
            return
        whole = self.release.batch_mode == "all-or-nothing" or len(survivors) == 1
        if whole or self.release.batch_rolls_back:
            for ident in created:
                self.store.delete(ident)
        if whole:
            self.world.ids.take_back("identity", created)
            raise conflict()

    # -- get, delete -------------------------------------------------------------------------------------------

    def get(self, request, ident):
        return self.whole(request, self.find(ident))

    def get_by_external_id(self, request, external_id):
        identity = self.store.by_external_id(external_id)
        if identity is None:
            raise not_located()
        sqlite.check_load([identity], self.release)
        return self.whole(request, identity)

    def whole(self, request, identity):
        types = self.include_credentials(request)
        sqlite.check_encode([identity], [self.release.document_type])
        return json_response(200, self.shown(identity, dataclasses.replace(GET_VIEW, config_types=types)))

    def delete(self, request, ident):
        with self.store.lock:
            if not self.store.delete(gotext.uuid_or_nil(ident)):
                raise not_located()
        return http1.Response(204)

    # -- update ------------------------------------------------------------------------------------------------

    def update(self, request, ident):
        body = bodies.decode_checked(request, self.update_struct)
        with self.store.lock:
            before = self.find(ident)
            identity = before.clone()
            if body["schema_id"]:
                identity.schema_id = body["schema_id"]
            self.change_state(identity, body["state"])
            identity.traits = self.traits_of(body)
            identity.metadata_public = compact_or_none(body["metadata_public"])
            identity.metadata_admin = compact_or_none(body["metadata_admin"])
            identity.external_id = body.get("external_id", "")
            self.import_credentials(identity, body["credentials"])
            self.check_traits_given(identity)
            return self.save(before, identity)

    @staticmethod
    def change_state(identity, state):
        if not state or state == identity.state:
            return
        if state not in ("active", "inactive"):
            raise malformed(BAD_STATE)
        identity.state = state
        identity.state_changed_at = now_precise()

    def save(self, before, identity, schema_url=None):
        """Validates and stores a changed identity. The reply still shows the schema_url from before the change."""
        self.validate(identity)
        self.check_credentials(identity)
        self.stamp_addresses(identity)
        self.check_same_id(before, identity)
        if self.release.touches_updated_at:
            identity.updated_at = now_stored()
        try:
            self.store.put(self.as_stored(identity))
        except Conflict:
            raise conflict() from None
        return json_response(200, self.shown(identity, WRITE_VIEW, schema_url or self.schema_url(before.schema_id)))

    def check_same_id(self, before, identity):
        """A patch can change the id by the back door (another letter case, the whole document), but the write then fails."""
        if identity.id != before.id:
            raise not_located() if self.store.get(identity.id) is None else conflict()

    # -- patch -------------------------------------------------------------------------------------------------

    def patch(self, request, ident):
        try:
            data = request.read_body()
        except http1.ReadFault as fault:
            raise Problem(500, str(fault)) from None
        with self.store.lock:
            before = self.find(ident)
            patches = jsonpatch.checked(jsonpatch.parse(data, self.release.patch_checked_first), self.release)
            text = jsonpatch.apply(jsonpatch.Node(self.patch_document(before)), patches, self.release).text()
            try:
                value, raw = gojson.first_value(text)
                document = gojson.decode(self.patched_struct, value, raw, strict=False)
            except gojson.JSONFault as fault:
                raise jsonpatch.refused(str(fault)) from None
            identity, schema_url = self.patched(before, document, value)
            return self.save(before, identity, schema_url)

    def patch_document(self, identity):
        """What patches are applied to: newer releases include the credentials with their secrets."""
        fault = sqlite.encoding_fault(identity, [self.release.patched_document_type])
        if fault is not None:
            raise jsonpatch.refused(fault)
        view = dataclasses.replace(WRITE_VIEW, admin="always", credentials=False)
        text = self.shown(identity, view)
        if not self.release.patch_decodes_afresh or not identity.credentials:
            return text
        rows = ["%s:%s" % (gojson.quote(kind), credential_json(credential, self.release, True)) for kind,
            credential in identity.credentials.items()]
        return '%s,"credentials":{%s}}' % (text[:-1], ",".join(rows))

    def patched(self, before, document, given):
        """The identity that the patched document describes, and the schema_url that it claims."""
        identity = before.clone()
        removes = self.release.patch_decodes_afresh
        identity.id = document["id"] or (gotext.NIL_UUID if removes else before.id)
        identity.schema_id = document["schema_id"] or ("default" if removes or given.get("schema_id") is not None else before.schema_id)
        self.patch_state(identity, document["state"], removes or given.get("state") is not None)
        if document["state_changed_at"] != before.state_changed_at and document["state_changed_at"]:
            identity.state_changed_at = document["state_changed_at"]
        identity.traits = document["traits"] if document["traits"] is not None else ("{}" if removes else before.traits)
        for name in ("metadata_public", "metadata_admin"):
            if document[name] is not None or removes:
                setattr(identity, name, document[name])
        identity.created_at = document["created_at"] or before.created_at
        identity.updated_at = document["updated_at"] or before.updated_at
        if self.release.organization_id and ("organization_id" in given or removes):
            identity.organization_id = document["organization_id"]
        identity.external_id = document.get("external_id", "")
        identity.verifiable = self.patched_addresses(before.verifiable, document["verifiable_addresses"])
        self.patch_credentials(identity, document["credentials"])
        return identity, document["schema_url"] or None

    @staticmethod
    def patch_state(identity, state, counts):
        if not counts or state == identity.state:
            return
        if state not in ("active", "inactive"):
            raise Problem(400, BAD_STATE,
                "The supplied state ('%s') was not valid. Valid states are ('active', 'inactive')." % state)
        identity.state = state
        identity.state_changed_at = now_precise()

    @staticmethod
    def patched_addresses(known, raw):
        """Addresses keep their place; what a patch may change is verified, status and the time of it."""
        if raw is None or raw == "null":
            return known
        rows = [dataclasses.replace(address) for address in known]
        for row, (value, _) in zip(rows, gojson.elements(raw)):
            if isinstance(value, dict):
                row.verified = value.get("verified") is True
                row.status = value.get("status", row.status)
                row.verified_at = value.get("verified_at", row.verified_at)
        return rows

    def patch_credentials(self, identity, raw):
        """Credentials of the document replace those of the same type; in newer releases they replace all."""
        if raw is None or raw == "null":
            return
        patched = {kind: self.patched_credential(member, member_raw) for kind, member, member_raw in gojson.members(raw)}
        if self.release.patch_decodes_afresh:
            for kind, credential in identity.credentials.items():
                if kind == "oidc" and kind in patched:
                    patched[kind].config = credential.config
            identity.credentials = patched
        else:
            identity.credentials.update(patched)

    @staticmethod
    def patched_credential(member, raw):
        members = {name: member_raw for name, _, member_raw in gojson.members(raw)} if isinstance(member, dict) else {}
        member = member if isinstance(member, dict) else {}
        return Credential(member.get("type", ""), member.get("identifiers"), gojson.compact(members.get("config", "{}")),
            int(member.get("version", "0")),
                          member.get("created_at", gotext.ZERO_TIME), member.get("updated_at", gotext.ZERO_TIME))

    # -- delete a credential -----------------------------------------------------------------------------------

    def delete_credential(self, request, ident, kind):
        with self.store.lock:
            before = self.find(ident)
            if kind not in before.credentials:
                raise not_found("You tried to remove a %s but this user have no %s set up." % (kind, kind))
            identity = before.clone()
            self.remove_credential(identity, kind, request.get("identifier"))
            self.save(before, identity)
        return http1.Response(204)

    def remove_credential(self, identity, kind, identifier):
        if kind in ("totp", "lookup_secret", "webauthn"):
            del identity.credentials[kind]
            return
        rule = self.release.delete_first_factor
        removable = {"never": (), "oidc": ("oidc",), "if-two": ("password", "oidc", "saml")}[rule]
        if kind not in removable:
            raise malformed(self.refusal_to_delete(kind))
        if rule == "if-two" and first_factors(identity) < 2:
            raise malformed(self.release.delete_first_factor_text)
        if kind == "password":
            identity.credentials[kind].config = "{}"
        else:
            self.remove_provider(identity.credentials[kind], identifier)
            if rule == "if-two" and not identity.credentials[kind].identifiers:
                identity.credentials[kind].config = ""     # replies then have no such member

    def refusal_to_delete(self, kind):
        if self.release.delete_first_factor == "if-two":
            return "Credentials type %s cannot be deleted." % kind
        if kind in ("password", "oidc", "code"):
            return self.release.delete_first_factor_text
        return "Unknown credentials type %s." % kind

    @staticmethod
    def remove_provider(credential, identifier):
        if not identifier:
            raise malformed("You must provide an identifier to delete this credential.")
        if identifier not in (credential.identifiers or ()):
            raise not_found("The identifier `%s` was not found among OIDC credentials." % identifier)
        credential.identifiers = [known for known in credential.identifiers if known != identifier]
        rows = [raw for value, raw in gojson.elements(providers_of(credential.config))
                if "%s:%s" % (value.get("provider"), value.get("subject")) != identifier]
        credential.config = '{"providers":[%s]}' % ",".join(rows)


def compact_or_none(raw):
    return None if raw is None else gojson.compact(raw)


def check_password_config(config):
    value, _ = gojson.first_value(config or "{}")
    if value is not None and not isinstance(value, dict):
        raise Problem(500, "json: cannot unmarshal %s into Go value of type identity.CredentialsPassword" % gojson.kind_of(value))


def providers_of(config):
    """The raw array of providers in a stored config."""
    return next((raw for name, value, raw in gojson.members(config or "{}") if name == "providers" and value is not None), "[]")


def first_factors(identity):
    """How many ways to log in there are; a password entry without a hash is none, nor is saml: the servers have no such login."""
    count = 0
    password = identity.credentials.get("password")
    if password is not None and password.config != "{}" and password.identifiers:
        count += 1
    if "oidc" in identity.credentials:
        count += len(identity.credentials["oidc"].identifiers or ())
    return count


def has_plaintext(item):
    create = (item or {}).get("create") or {}
    password = (create.get("credentials") or {}).get("password") or {}
    return bool((password.get("config") or {}).get("password"))


def patch_id_member(item):
    return ',"patch_id":"%s"' % item["patch_id"] if item["patch_id"] else ""


def created_row(item, ident):
    return '{"action":"create","identity":"%s"%s}' % (ident, patch_id_member(item))


def error_row(item, problem):
    return '{"action":"error"%s,"error":%s}' % (patch_id_member(item), problem.inner())
