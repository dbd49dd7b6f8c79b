"""The two recovery operations: a code or a link for an identity."""
import secrets
import string
import time
import urllib.parse

import bodies
import gojson
import gotext
import http1
import sqlite
from problem import MALFORMED, Problem, malformed, not_found, not_located

DISABLED = "This endpoint was disabled by system administrator. Please check your url or contact the system administrator to enable it."
FALLBACK_UI = "https://www.ory.sh/kratos/docs/fallback/recovery"
DEFAULT_LIFE = "1h"


class RecoveryAPI:
    def __init__(self, world):
        self.world = world
        self.store = world.store
        self.structs = {kind: bodies.recovery_struct(kind, world.release) for kind in ("code", "link")}

    def start(self, request, kind):
        """What both operations check, in their order: (decoded body, nanoseconds to live)."""
        body = bodies.decode_checked(request, self.structs[kind])
        text = body["expires_in"] or DEFAULT_LIFE
        try:
            life = gotext.parse_duration(text)
        except gotext.TextFault:
            raise malformed('Unable to parse "expires_in" whose format should match "[0-9]+(ns|us|ms|s|m|h)" but did not: %s' % text) from None
        if life <= 0:
            words = "must result" if kind == "code" else "must be result"
            shown = gotext.format_duration(life) if kind == "code" and self.world.release.recovery_prints_duration else text
            raise malformed('Value from "expires_in" %s to a future time: %s' % (words, shown))
        return body, life

    def check_return_to(self, request):
        text = request.get("return_to")
        if not text:
            return
        url = split_url(text)
        shown = text
        if self.world.allowed_returns:
            url, shown = completed(url, split_url(self.world.allowed_returns[0]))
        if not any(leads_below(url, split_url(allowed)) for allowed in self.world.allowed_returns):
            raise Problem(400, MALFORMED, 'Requested return_to URL "%s" is not allowed.' % shown,
                "self_service_flow_return_to_forbidden")

    def knows(self, ident):
        with self.store.lock:
            identity = self.store.get(ident or gotext.NIL_UUID)
        sqlite.check_load([identity] if identity else [], self.world.release)
        return identity is not None

    def code(self, request):
        body, life = self.start(request, "code")
        flow_type = body.get("flow_type") or "browser"
        if flow_type not in ("browser", "api"):
            raise malformed('Value from "flow_type" is not valid: %s' % gotext.go_quote(flow_type))
        self.check_return_to(request)
        if not self.knows(body["identity_id"]):
            raise not_located("could not find identity")
        code = "%06d" % secrets.randbelow(10 ** 6)
        return unescaped(201, '{"recovery_link":"%s?flow=%s","recovery_code":"%s","expires_at":"%s"}'
                         % (FALLBACK_UI, gotext.new_uuid(), code, gotext.format_time(time.time_ns() + life)))

    def link(self, request):
        if not self.world.link_enabled:
            raise not_found(DISABLED)
        body, life = self.start(request, "link")
        self.check_return_to(request)
        if not self.knows(body["identity_id"]):
            raise malformed("The requested identity id does not exist.")
        token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
        return unescaped(200, '{"recovery_link":"%sself-service/recovery?flow=%s&token=%s","expires_at":"%s"}'
                         % (self.world.public_url, gotext.new_uuid(), token, gotext.format_time(time.time_ns() + life)))


def split_url(text):
    """The parts of a return_to, or the refusal of the commonest broken ones in Go's words."""
    broken = gotext.BROKEN_ESCAPE.search(text.partition("?")[0])
    try:
        if text.startswith(":"):
            fault = "missing protocol scheme"
        elif broken:
            fault = "invalid URL escape %s" % gotext.go_quote(text[broken.start():broken.start() + 3])
        else:
            return urllib.parse.urlsplit(text)
    except ValueError:
        fault = "missing ']' in host"
    raise malformed("Unable to parse the return_to query parameter as an URL: parse %s: %s" % (gotext.go_quote(text), fault))


def completed(url, default):
    """With the scheme and host of the default return URL where it lacks them; and how that is shown."""
    url = url._replace(scheme=url.scheme or default.scheme, netloc=url.netloc or default.netloc)
    return url, url.geturl()


def leads_below(url, allowed):
    """Same scheme, same host and port, and the path begins with the allowed one."""
    scheme, host, path = url.scheme.lower(), url.netloc.rpartition("@")[2].lower(), url.path or "/"
    return (scheme, host) == (allowed.scheme.lower(), allowed.netloc.lower()) and path.startswith(allowed.path or "/")


def unescaped(status, text):
    """These two replies carry `&` as it is."""
    return http1.Response(status, {"Content-Type": "application/json; charset=utf-8"}, gojson.bytes_of(text + "\n"))
