"""Identities in memory: their parts, their JSON, and the store with its unique values."""
import bisect
import dataclasses
import threading
import time
from dataclasses import dataclass, field
from typing import Dict, List, Optional

import gojson
import gotext

CASELESS_TYPES = ("password", "webauthn", "code")


@dataclass
class Credential:
    type: str
    identifiers: Optional[List[str]] = None
    config: str = "{}"
    version: int = 0
    created_at: str = gotext.ZERO_TIME
    updated_at: str = gotext.ZERO_TIME


@dataclass
class Address:
    """A verifiable or a recovery address; the latter leaves `status` None."""

    id: str
    value: str
    via: str
    verified: bool = False
    status: Optional[str] = None
    verified_at: Optional[str] = None
    created_at: str = gotext.ZERO_TIME
    updated_at: str = gotext.ZERO_TIME

    @property
    def key(self):
        return self.via, self.value


@dataclass
class Identity:
    """One identity. Traits and metadata are raw JSON text; metadata None means that it was never given."""

    id: str
    schema_id: str
    traits: str
    state: str = "active"
    state_changed_at: Optional[str] = None
    external_id: str = ""
    credentials: Dict[str, Credential] = field(default_factory=dict)
    verifiable: List[Address] = field(default_factory=list)
    recovery: List[Address] = field(default_factory=list)
    metadata_public: Optional[str] = None
    metadata_admin: Optional[str] = None
    created_at: str = gotext.ZERO_TIME
    updated_at: str = gotext.ZERO_TIME
    organization_id: Optional[str] = None

    def clone(self):
        copy = dataclasses.replace(self)
        copy.credentials = {kind: dataclasses.replace(credential) for kind, credential in self.credentials.items()}
        copy.verifiable = [dataclasses.replace(address) for address in self.verifiable]
        copy.recovery = [dataclasses.replace(address) for address in self.recovery]
        return copy

    def unique_keys(self):
        keys = [("identifier", kind, value) for kind,
            credential in self.credentials.items() for value in credential.identifiers or ()]
        keys += [("verifiable",) + address.key for address in self.verifiable]
        keys += [("recovery",) + address.key for address in self.recovery]
        if self.external_id:
            keys.append(("external", self.external_id))
        return keys


def now_precise():
    """The server's local time with all its digits, as state changes carry it."""
    return gotext.format_time(time.time_ns(), local=True)


def now_stored():
    """UTC in microseconds, as rows carry it."""
    return gotext.format_time(time.time_ns() // 1000 * 1000)


# ---- JSON ----------------------------------------------------------------------------------------------------------


def oidc_config_for_reply(raw, release):
    """The stored providers with the tokens (always empty here); no provider at all reads as one of empty strings."""
    value, _ = gojson.first_value(raw)
    providers = (value.get("providers") if isinstance(value, dict) else None) or [{}]
    rows = []
    for provider in providers:
        members = ["%s:%s" % (gojson.quote(name),
            gojson.quote(provider.get(name) or "")) for name in release.oidc_provider_shape]
        if release.oidc_extra_fields and provider.get("organization"):
            members.append('"organization":%s' % gojson.quote(provider["organization"]))
        if release.oidc_extra_fields and provider.get("use_auto_link"):
            members.append('"use_auto_link":true')
        rows.append("{%s}" % ",".join(members))
    return '{"providers":[%s]}' % ",".join(rows)


def credential_json(credential, release, with_config):
    parts = ['"type":%s' % gojson.quote(credential.type)]
    identifiers = credential.identifiers
    parts.append('"identifiers":%s' % ("null" if identifiers is None else "[%s]" % ",".join(map(gojson.quote, identifiers))))
    if with_config and credential.config:
        config = oidc_config_for_reply(credential.config, release) if credential.type == "oidc" else credential.config
        parts.append('"config":' + config)
    parts.append('"version":%d,"created_at":"%s","updated_at":"%s"' % (credential.version, credential.created_at,
        credential.updated_at))
    return "{%s}" % ",".join(parts)


def credentials_json(identity, release, config_types):
    rows = ["%s:%s" % (gojson.quote(kind), credential_json(identity.credentials[kind], release, kind in config_types))
            for kind in sorted(identity.credentials)]
    return "{%s}" % ",".join(rows)


def address_json(address):
    parts = ['"id":"%s","value":%s' % (address.id, gojson.quote(address.value))]
    if address.status is not None:
        parts.append('"verified":%s' % ("true" if address.verified else "false"))
    parts.append('"via":%s' % gojson.quote(address.via))
    if address.status is not None:
        parts.append('"status":%s' % gojson.quote(address.status))
        if address.verified_at:
            parts.append('"verified_at":"%s"' % address.verified_at)
    parts.append('"created_at":"%s","updated_at":"%s"' % (address.created_at, address.updated_at))
    return "{%s}" % ",".join(parts)


@dataclass(frozen=True)
class View:
    """Which parts of an identity a reply shows."""

    credentials: bool = False
    config_types: tuple = ()
    addresses: bool = True
    admin: str = "always"           # metadata_admin: "always", "given" (only when it was given) or "never"


LIST_VIEW = View()
GET_VIEW = View(credentials=True)
WRITE_VIEW = View(credentials=True, admin="given")
SESSION_VIEW = View(admin="never")
SESSION_LIST_VIEW = View(admin="never", addresses=False)


def identity_json(identity, release, schema_url, view):
    parts = ['"id":"%s"' % identity.id]
    if release.external_id and identity.external_id:
        parts.append('"external_id":%s' % gojson.quote(identity.external_id))
    if view.credentials and identity.credentials:
        parts.append('"credentials":' + credentials_json(identity, release, view.config_types))
    parts.append('"schema_id":%s,"schema_url":%s,"state":"%s"' % (gojson.quote(identity.schema_id), gojson.quote(schema_url),
        identity.state))
    if identity.state_changed_at:
        parts.append('"state_changed_at":"%s"' % identity.state_changed_at)
    parts.append('"traits":' + identity.traits)
    if view.addresses and identity.verifiable:
        parts.append('"verifiable_addresses":[%s]' % ",".join(map(address_json, identity.verifiable)))
    if view.addresses and identity.recovery:
        parts.append('"recovery_addresses":[%s]' % ",".join(map(address_json, identity.recovery)))
    parts.append('"metadata_public":' + (identity.metadata_public or "null"))
    if view.admin == "always" or (view.admin == "given" and identity.metadata_admin is not None):
        parts.append('"metadata_admin":' + (identity.metadata_admin or "null"))
    parts.append('"created_at":"%s","updated_at":"%s"' % (identity.created_at, identity.updated_at))
    if release.organization_id:
        parts.append('"organization_id":' + ('"%s"' % identity.organization_id if identity.organization_id else "null"))
    return "{%s}" % ",".join(parts)


# ---- synthetic identities ------------------------------------------------------------------------------------------


class Synthetic:
    """N made-up identities that exist by arithmetic: ascending ids, serials sn-0000001 and on."""

    FIRST_SECOND = 1767225600       # 2026-01-01T00:00:00Z

    def __init__(self, count, schema_id):
        self.count = count
        self.schema_id = schema_id
        self.step = (2 ** 32 - 1) // (count + 1)

    def id_of(self, index):
        return "%08x-0000-4000-8000-%012x" % ((index + 1) * self.step, index + 1)

    def index_of(self, ident):
        """The index of a synthetic id, None for any other."""
        try:
            index = int(ident[24:], 16) - 1
        except ValueError:
            return None
        return index if 0 <= index < self.count and self.id_of(index) == ident else None

    def index_of_serial(self, serial):
        if not serial.startswith("sn-") or not serial[3:].isdigit():
            return None
        index = int(serial[3:]) - 1
        return index if 0 <= index < self.count and self.serial_of(index) == serial else None

    @staticmethod
    def serial_of(index):
        return "sn-%07d" % (index + 1)

    def below(self, ident):
        """How many synthetic ids are smaller than this text."""
        return bisect.bisect_left(range(self.count), ident, key=self.id_of)

    def identity(self, index):
        stamp = gotext.format_time((self.FIRST_SECOND + index) * 10 ** 9)
        serial = self.serial_of(index)
        password = Credential("password", [serial], "{}", 0, stamp, stamp)
        return Identity(self.id_of(index), self.schema_id, '{"serial":"%s"}' % serial, state_changed_at=stamp,
                        credentials={"password": password}, created_at=stamp, updated_at=stamp)


# ---- the store -----------------------------------------------------------------------------------------------------


class Conflict(Exception):
    """A unique value is taken."""


class Store:
    """All identities. A synthetic one turns into a stored one when it is written for the first time."""

    def __init__(self, synthetic):
        self.lock = threading.RLock()
        self.synthetic = synthetic
        self.hidden = []            # indexes of synthetic identities that were written or deleted, ascending
        self.rows = {}
        self.ids = []
        self.taken = {}
        self.on_delete = []

    # -- reading -----------------------------------------------------------------------------------------------

    def is_hidden(self, index):
        at = bisect.bisect_left(self.hidden, index)
        return at < len(self.hidden) and self.hidden[at] == index

    def get(self, ident):
        row = self.rows.get(ident)
        if row is not None:
            return row
        index = self.synthetic.index_of(ident)
        if index is None or self.is_hidden(index):
            return None
        return self.synthetic.identity(index)

    def by_identifier(self, kinds, identifier):
        """Identities that own this identifier in one of the credential types, ascending by id."""
        folded = identifier.strip().lower()
        found = {}
        for kind in kinds:
            owner = self.taken.get(("identifier", kind, folded if kind in CASELESS_TYPES else identifier))
            if owner:
                found[owner] = self.rows[owner]
        index = self.synthetic.index_of_serial(folded)
        if "password" in kinds and index is not None and not self.is_hidden(index):
            found[self.synthetic.id_of(index)] = self.synthetic.identity(index)
        return [found[ident] for ident in sorted(found)]

    def by_external_id(self, external_id):
        owner = self.taken.get(("external", external_id))
        return self.rows[owner] if owner else None

    @property
    def count(self):
        return len(self.ids) + self.synthetic.count - len(self.hidden)

    def visible_below(self, ident):
        """How many synthetic identities that still show come before this id."""
        index = self.synthetic.below(ident)
        return index - bisect.bisect_left(self.hidden, index)

    def stored_before(self, position):
        """How many stored identities stand before this place of the ascending order of all ids."""
        return bisect.bisect_left(range(len(self.ids)), position, key=lambda at: at + self.visible_below(self.ids[at]))

    def visible_index(self, rank):
        """The index of the synthetic identity with this rank among those that still show."""
        index = rank
        while True:
            shifted = rank + bisect.bisect_right(self.hidden, index)
            if shifted == index:
                return index
            index = shifted

    def position_after(self, ident):
        """How many identities have an id that is not greater than this one."""
        index = self.synthetic.index_of(ident)
        itself = 1 if index is not None and not self.is_hidden(index) else 0
        return bisect.bisect_right(self.ids, ident) + self.visible_below(ident) + itself

    def window(self, start, limit):
        """The identities at places start, start + 1, ... of the ascending order."""
        if not self.synthetic.count:
            return [self.rows[ident] for ident in self.ids[start:start + limit]]
        stored = self.stored_before(start)
        index = self.visible_index(start - stored)
        rows = []
        while len(rows) < limit and (stored < len(self.ids) or index < self.synthetic.count):
            is_stored = stored < len(self.ids) and (
                index >= self.synthetic.count or self.ids[stored] < self.synthetic.id_of(index))
            if is_stored:
                rows.append(self.rows[self.ids[stored]])
                stored += 1
                continue
            rows.append(self.synthetic.identity(index))
            index += 1
            while self.is_hidden(index):
                index += 1
        return rows

    def window_descending(self, start, limit):
        total = self.count
        end = max(total - start, 0)
        return self.window(max(end - limit, 0), end - max(end - limit, 0))[::-1]

    # -- writing -----------------------------------------------------------------------------------------------

    def owner_of(self, key):
        owner = self.taken.get(key)
        if owner is None and key[0] == "identifier" and key[1] == "password":
            index = self.synthetic.index_of_serial(key[2])
            if index is not None and not self.is_hidden(index):
                return self.synthetic.id_of(index)
        return owner

    def check(self, identity):
        """Raises Conflict if one of its unique values is taken by another, or twice by itself."""
        keys = identity.unique_keys()
        if len(set(keys)) < len(keys) or any(self.owner_of(key) not in (None, identity.id) for key in keys):
            raise Conflict

    def put(self, identity):
        self.check(identity)
        self.adopt(identity.id)
        old = self.rows.get(identity.id)
        if old is not None:
            for key in old.unique_keys():
                self.taken.pop(key, None)
        else:
            bisect.insort(self.ids, identity.id)
        self.rows[identity.id] = identity
        for key in identity.unique_keys():
            self.taken[key] = identity.id

    def adopt(self, ident):
        """Hides the synthetic identity of this id: from now on the stored row counts."""
        index = self.synthetic.index_of(ident)
        if index is not None and not self.is_hidden(index):
            bisect.insort(self.hidden, index)

    def delete(self, ident):
        """False if there was none."""
        if self.get(ident) is None:
            return False
        self.adopt(ident)
        old = self.rows.pop(ident, None)
        if old is not None:
            for key in old.unique_keys():
                self.taken.pop(key, None)
            self.ids.pop(bisect.bisect_left(self.ids, ident))
        for callback in self.on_delete:
            callback(ident)
        return True
