"""Sessions: the admin operations on them, and the native login flow that makes them."""
import base64
import binascii
import secrets
import time
from dataclasses import dataclass

import gojson
import gotext
import http1
import pages
import sqlite
from identity import SESSION_LIST_VIEW, SESSION_VIEW, identity_json
from problem import Problem, json_response, malformed, not_located

SESSION_SIZE_LIMIT = 1000
FAR_FUTURE = "2200-12-31 23:59:59"
LOGIN_LIFE_SECONDS = 3600
WRONG_PASSWORD = ("The provided credentials are invalid, check for spelling mistakes in your password or username, email address, or phone number.")


@dataclass
class Session:
    """Times are nanoseconds."""

    id: str
    identity_id: str
    token: str
    issued_at: int
    expires_at: int
    device_id: str
    remote: str
    user_agent: str
    active: bool = True
    completed_at: int = 0

    def is_live(self):
        """The stored flag and the clock; the identity's state is another matter."""
        return self.active and self.expires_at > time.time_ns()

    def device_json(self):
        agent = gojson.quote(self.user_agent) if self.user_agent else "null"
        return '{"id":"%s","ip_address":"%s","user_agent":%s,"location":""}' % (self.device_id, self.remote, agent)


@dataclass(frozen=True)
class Expand:
    identity: bool = False
    devices: bool = False


class SessionAPI:
    def __init__(self, world, identities):
        self.world = world
        self.release = world.release
        self.store = world.store
        self.identities = identities
        self.sessions = {}
        self.flows = {}
        self.store.on_delete.append(self.forget_identity)

    # -- JSON --------------------------------------------------------------------------------------------------

    def session_json(self, session, expand, identity_view=SESSION_VIEW, schema_url=None, no_devices="[]"):
        identity = self.store.get(session.identity_id) if expand.identity else None
        active = session.is_live() and (identity is None or identity.state == "active")
        utc = gotext.format_time
        text = ('{"id":"%s","active":%s,"expires_at":"%s","authenticated_at":"%s","authenticator_assurance_level":"aal1",'
                '"authentication_methods":[{"method":"password","aal":"aal1","completed_at":"%s"}],"issued_at":"%s","identity":%s,"devices":%s}')
        shown = "null"
        if identity is not None:
            url = self.identities.schema_url(identity.schema_id) if schema_url is None else schema_url
            shown = identity_json(identity, self.release, url, identity_view)
        devices = "[%s]" % session.device_json() if expand.devices else no_devices
        return text % (session.id, "true" if active else "false", utc(session.expires_at), utc(session.issued_at),
            utc(session.completed_at),
                       utc(session.issued_at), shown, devices)

    def check_identities(self, sessions, expand, many=False, headers=None):
        """Raises where an identity that the reply is to show cannot be read."""
        shown = [self.store.get(session.identity_id) for session in sessions] if expand.identity else []
        sqlite.check_load(shown, self.release, many)
        sqlite.check_encode(shown, ["session.Session" if many else "*session.Session", "*identity.Identity"], with_admin=False,
            headers=headers)

    # -- parameters --------------------------------------------------------------------------------------------

    @staticmethod
    def wanted_active(request):
        text = request.get("active")
        if not text:
            return None
        try:
            return gotext.parse_bool(text)
        except gotext.TextFault:
            raise Problem(400, "could not parse parameter active") from None

    @staticmethod
    def wanted_expand(request):
        names = set()
        for value in request.all("expand"):
            if value.lower() not in ("identity", "devices"):
                raise malformed("Could not parse expand option: %s" % value)
            names.add(value.lower())
        return Expand("identity" in names, "devices" in names)

    def parse_id(self, text):
        try:
            return gotext.parse_uuid(text, self.release.uuid_names_bad_byte)
        except gotext.TextFault as fault:
            raise Problem(400, str(fault)) from None

    def find(self, text):
        session = self.sessions.get(self.parse_id(text))
        if session is None:
            raise not_located()
        return session

    # -- one session -------------------------------------------------------------------------------------------

    def get(self, request, ident):
        if ident == "whoami":
            return self.world.redirect(request, self.world.public_url + "sessions/whoami")
        ident = self.parse_id(ident)
        expand = self.wanted_expand(request)
        with self.store.lock:
            session = self.find(ident)
            self.check_identities([session], expand)
            return json_response(200, self.session_json(session, expand))

    def disable(self, request, ident):
        with self.store.lock:
            self.find(ident).active = False
        return http1.Response(204, {"Content-Type": "application/json; charset=utf-8"})

    def extend(self, request, ident):
        with self.store.lock:
            session = self.find(ident)
            if not self.release.extend_revives and not self.reads_as_active(session):
                session.active = False
            if self.may_be_extended(session):
                session.expires_at = time.time_ns() + self.world.session_nanoseconds
            if self.world.faster_session_extend:
                return http1.Response(204)
            expand = Expand(identity=self.release.extend_expands_identity)
            self.check_identities([session], expand)
            return json_response(200, self.session_json(session, expand))

    def reads_as_active(self, session):
        identity = self.store.get(session.identity_id) if self.release.extend_expands_identity else None
        return session.is_live() and (identity is None or identity.state == "active")

    def may_be_extended(self, session):
        earliest = self.world.earliest_extend_nanoseconds
        return earliest is None or session.expires_at - earliest < time.time_ns()

    # -- lists -------------------------------------------------------------------------------------------------

    def page_size(self, request):
        if not request.has("page_size"):
            return pages.DEFAULT_SIZE
        text = request.get("page_size")
        if not text and self.release.session_pager == "created":
            return pages.DEFAULT_SIZE
        try:
            size = gotext.atoi(text)
        except gotext.TextFault:
            raise Problem(400, "could not parse parameter page_size") from None
        if size < 0 and self.release.negative_session_size_breaks:
            raise http1.Abort
        return min(size, SESSION_SIZE_LIMIT) if size > 0 else pages.DEFAULT_SIZE

    def list(self, request):
        active = self.wanted_active(request)
        size = self.page_size(request)
        self.check_token(request)
        expand = self.wanted_expand(request)
        with self.store.lock:
            rows = [session for session in self.sessions.values() if active is None or session.is_live() == active]
            total = len(rows)
            rows, first_token, token_of = self.window(request, rows)
            next_token = token_of(rows[size - 1]) if len(rows) > size else None
            headers = self.list_headers(pages.keyset_links(request, size, first_token, next_token), total)
            self.check_identities(rows[:size], expand, many=True, headers=headers)
            texts = [self.session_json(row, expand, SESSION_LIST_VIEW, no_devices="null") for row in rows[:size]]
        return json_response(200, "[%s]" % ",".join(texts), headers)

    def list_headers(self, links, total):
        lines = [pages.link_line([link]) for link in links]
        headers = {"Link": lines if self.release.session_link_lines else ",".join(lines)}
        if self.release.session_total:
            headers["X-Total-Count"] = str(total)
        return headers

    def check_token(self, request):
        if self.release.session_pager == "created" and request.get("page_token"):
            self.read_key_token(request.get("page_token"))

    def window(self, request, rows):
        """(rows after the token, token of the first page, function from a row to the token behind it)."""
        token = request.get("page_token")
        if self.release.session_pager == "id":
            rows = sorted(rows, key=lambda row: row.id)
            return [row for row in rows if row.id > token] if token else rows, gotext.NIL_UUID, lambda row: row.id
        rows = sorted(rows, key=lambda row: (-row.issued_at, row.id))
        first_token = key_token(FAR_FUTURE, gotext.NIL_UUID)
        if token:
            stamp, ident = self.read_key_token(token)
            if not ident:               # no key that was made here: by id, from the first one on
                return sorted(rows, key=lambda row: row.id), first_token, lambda row: key_token(sql_stamp(row.issued_at), row.id)
            rows = [row for row in rows if sql_stamp(row.issued_at) < stamp or (sql_stamp(row.issued_at) == stamp and row.id > ident)]
        return rows, first_token, lambda row: key_token(sql_stamp(row.issued_at), row.id)

    def read_key_token(self, token):
        parts = key_of_token(token)
        if set(parts) == {"created_at", "id"}:
            return parts["created_at"], parts["id"]
        if self.release.session_token_checked:
            raise malformed(pages.BAD_TOKEN)
        return "", ""

    def list_of_identity(self, request, ident):
        ident = self.parse_id(ident)
        active = self.wanted_active(request)
        where = pages.offset_page(request)
        with self.store.lock:
            rows = [row for row in self.sessions.values() if row.identity_id == ident and (active is None or row.is_live() == active)]
            rows.sort(key=lambda row: -row.issued_at)
            start = (max(where.page, 1) - 1) * where.size
            part = rows[start:start + where.size]
            headers = self.offset_headers(request, len(rows), where)
            self.check_identities(part, Expand(True, True), many=True, headers=headers)
            texts = [self.session_json(row, Expand(True, True), SESSION_LIST_VIEW, schema_url="") for row in part]
        return json_response(200, "[%s]" % ",".join(texts), headers)

    def offset_headers(self, request, total, where):
        if self.release.absolute_offset_links:
            return pages.offset_headers(self.world.admin_url + "sessions", total, where, tokens=False)
        kept = pages.without(request.pairs, "page", "per_page", "page_size", "page_token")
        return pages.offset_headers(request.raw_path, total, where, kept)

    def delete_of_identity(self, request, ident):
        ident = self.parse_id(ident)
        with self.store.lock:
            if not self.forget_identity(ident):
                raise not_located()
        return http1.Response(204)

    def forget_identity(self, ident):
        gone = [session.id for session in self.sessions.values() if session.identity_id == ident]
        for session_id in gone:
            del self.sessions[session_id]
        return bool(gone)

    # -- native login ------------------------------------------------------------------------------------------

    def start_login(self, request):
        ident = gotext.new_uuid()
        self.flows[ident] = time.time_ns()
        return json_response(200, self.flow_json(ident))

    def flow_json(self, ident, message=""):
        started = self.flows[ident]
        stamp = gotext.format_time(started)
        messages = ',"messages":[{"id":4000006,"text":%s,"type":"error"}]' % gojson.quote(message) if message else ""
        return ('{"id":"%s","type":"api","expires_at":"%s","issued_at":"%s","request_url":"%sself-service/login/api","ui":{"action":'
                '"%sself-service/login?flow=%s","method":"POST","nodes":[]%s},"created_at":"%s","updated_at":"%s","refresh":false,"requested_aal":"aal1"}'
                % (ident, gotext.format_time(started + LOGIN_LIFE_SECONDS * 10 ** 9), stamp, self.world.public_url,
                    self.world.public_url, ident,
                   messages, stamp, stamp))

    def submit_login(self, request):
        flow = gotext.uuid_or_nil(request.get("flow"))
        if flow not in self.flows:
            raise not_located()
        try:
            body, _ = gojson.first_value(gojson.text_of(request.read_body()))
        except (gojson.JSONFault, http1.ReadFault) as fault:
            raise malformed("Unable to decode JSON payload: %s" % fault) from None
        identifier, password = (str(body.get(name) or "") for name in ("identifier", "password")) if isinstance(body,
            dict) else ("", "")
        with self.store.lock:
            identity = next(iter(self.store.by_identifier(("password",), identifier)), None)
        if identity is None or not sqlite.can_load(identity, self.release) or not self.password_fits(identity, password):
            return json_response(400, self.flow_json(flow, WRONG_PASSWORD))
        if identity.state != "active":
            raise Problem(401, "identity is disabled", "This account was disabled.",
                details='{"identity_id":"%s"}' % identity.id)
        return self.log_in(request, identity)

    def password_fits(self, identity, password):
        config, _ = gojson.first_value(identity.credentials["password"].config)
        hashed = config.get("hashed_password") if isinstance(config, dict) else None
        return isinstance(hashed, str) and self.world.hasher.matches(password, hashed)

    def log_in(self, request, identity):
        now = time.time_ns()
        session = Session(self.world.ids.next("session"), identity.id, "ory_st_" + secrets.token_urlsafe(24).replace("-",
            "a").replace("_", "b"), now,
                          now + self.world.session_nanoseconds, gotext.new_uuid(), request.connection.remote,
                          request.header("User-Agent")[:512], completed_at=now - 1000)
        with self.store.lock:
            self.sessions[session.id] = session
            self.check_identities([session], Expand(True, True))
            text = self.session_json(session, Expand(True, True))
        return json_response(200, '{"session_token":%s,"session":%s}' % (gojson.quote(session.token), text))

    def whoami(self, request):
        authorization = request.header("Authorization")
        token = request.header("X-Session-Token") or (authorization[7:] if authorization.lower().startswith("bearer ") else "")
        with self.store.lock:
            session = next((row for row in self.sessions.values() if token and row.token == token), None)
            identity = self.store.get(session.identity_id) if session else None
            if identity is None or not sqlite.can_load(identity, self.release) or not session.is_live() or identity.state != "active":
                raise Problem(401, "The request could not be authorized", "No valid session credentials found in the request.")
            self.check_identities([session], Expand(True, True))
            return json_response(200, self.session_json(session, Expand(True, True)))


def sql_stamp(nanoseconds):
    return gotext.format_time(nanoseconds, digits=5)[:-1].replace("T", " ")


def key_token(stamp, ident):
    """The server writes the two parts of a key in random order."""
    parts = ["created_at=" + stamp, "id=" + ident]
    if secrets.randbits(1):
        parts.reverse()
    return base64.b64encode("/".join(parts).encode("ascii")).rstrip(b"=").decode("ascii")


def key_of_token(token):
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4)) if is_base64(token) else None
    except (ValueError, binascii.Error):
        text = None
    if text is None:
        raise Problem(400, "could not parse parameter page_size")
    return dict(part.partition("=")[::2] for part in text.decode("latin-1").split("/"))


def is_base64(token):
    return len(token) % 4 != 1 and all(character.isascii() and (character.isalnum() or character in "+/") for character in token)
