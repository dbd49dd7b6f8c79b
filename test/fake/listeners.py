"""The admin and the public listener: their routes, and what happens around every request."""
import base64
import hashlib
import re
import secrets

import gotext
import router
from problem import Problem, json_response
from router import Route

NO_STORE = "private, no-cache, no-store, must-revalidate"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
WITHOUT_COOKIES = re.compile(r"/(version|health/(alive|ready))$")
CSRF_EXEMPT = re.compile(r"(/admin)?/(identities(/[^/]*(/credentials/[^/]*)?)?|schemas/[^/]*)$|/identities/[^/]*/sessions$|/recovery/(code|link)$"
                         r"|/self-service/login(/api)?$|/sessions/whoami$")
CSRF_REASON = ("Please retry the flow and optionally clear your cookies. The request was rejected to protect you from Cross-Site-Request-Forgery (CSRF) "
               "which could cause account takeover, leaking personal information, and other serious security issues.")
CSRF_NO_COOKIE = ('{"docs":"https://www.ory.sh/kratos/docs/debug/csrf","hint":"We detected a regular browser or server-side call. To debug browser calls '
                "check your Browser's Network Tab to see what cookies are included or excluded. If you are calling from a server ensure that the "
                'appropriate cookies are being forwarded and that the SDK method is called correctly.","reject_reason":"The HTTP Cookie Header is empty '
                'or not set."}')
CSRF_NO_TOKEN = ('{"docs":"https://www.ory.sh/kratos/docs/debug/csrf","hint":"The anti-CSRF cookie was found but the CSRF token was not included in the HTTP '
                 'request body (csrf_token) nor in the HTTP Header (X-CSRF-Token).","reject_reason":"The HTTP Cookie Header was set and a CSRF token was '
                 'sent but they do not match. We recommend deleting all cookies for this domain and retrying the flow."}')
CSRF_MESSAGE = "the request was rejected to protect you from Cross-Site-Request-Forgery"


class Front:
    """What both listeners do around the router: errors to replies, Cache-Control."""

    def __init__(self, world, routes):
        self.world = world
        self.release = world.release
        self.router = router.Router(world.release, routes)

    def routed(self, request):
        """(reply, whether a handler gave it)."""
        try:
            return self.router.dispatch(request)
        except Problem as problem:
            return problem.response(self.release, request), True

    def finish(self, request, response, handled):
        everywhere = self.release.cache_control == "get"
        if (everywhere and request.method == "GET") or (not everywhere and handled):
            response.headers["Cache-Control"] = NO_STORE
        return response


class AdminFront(Front):
    def handle(self, request):
        if request.path == "/admin" or request.path.startswith("/admin"):
            return self.finish(request, *self.routed(request))
        prefixed = gotext.clean_path("/admin" + request.raw_path)
        if self.release.prefixless_paths == "redirect":
            return self.finish(request, router.redirect(request, prefixed + ("?" + request.query if request.query else "")),
                False)
        request.raw_path, request.path = prefixed, gotext.unescape(prefixed)
        return self.finish(request, *self.routed(request))


class PublicFront(Front):
    def __init__(self, world, routes):
        super().__init__(world, routes)
        self.cookie = "csrf_token_" + hashlib.sha256(world.public_url.encode("ascii")).hexdigest()

    def handle(self, request):
        if WITHOUT_COOKIES.match(request.path):
            response, handled = self.routed(request)
            return self.finish(request, response, handled and self.release.public_health_no_store)
        exempt = CSRF_EXEMPT.match(request.path)
        if not exempt and request.method not in SAFE_METHODS:
            details = CSRF_NO_COOKIE if self.release.csrf_sees_missing_cookie else CSRF_NO_TOKEN
            problem = Problem(403, CSRF_MESSAGE, CSRF_REASON, "security_csrf_violation", details=details)
            response, handled = problem.response(self.release, request), False
        else:
            response, handled = self.routed(request)
        response.headers["Vary"] = "Cookie"
        if not exempt:
            token = base64.b64encode(secrets.token_bytes(32)).decode("ascii")
            response.headers["Set-Cookie"] = "%s=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax" % (self.cookie, token)
        return self.finish(request, response, handled)


def status_routes(world, prefix, with_version):
    routes = [Route("GET", prefix + "/health/" + name, lambda request: json_response(200,
        '{"status":"ok"}')) for name in ("alive", "ready")]
    if with_version:
        routes.append(Route("GET", prefix + "/version", lambda request: json_response(200, '{"version":"%s"}' % world.version)))
    return routes


def admin_routes(world):
    identities, lists, sessions, recovery = world.identities, world.lists, world.sessions, world.recovery

    def to_public(request, *_):
        return world.redirect(request, world.public_url + request.path[len("/admin/"):])

    routes = [
        Route("GET", "/admin/identities", lists.list), Route("POST", "/admin/identities", identities.create),
        Route("PATCH", "/admin/identities", identities.batch),
        Route("GET", "/admin/identities/{id}", identities.get), Route("PUT", "/admin/identities/{id}", identities.update),
        Route("PATCH", "/admin/identities/{id}", identities.patch), Route("DELETE", "/admin/identities/{id}",
            identities.delete),
        Route("DELETE", "/admin/identities/{id}/credentials/{type}", identities.delete_credential),
        Route("GET", "/admin/identities/{id}/sessions", sessions.list_of_identity),
        Route("DELETE", "/admin/identities/{id}/sessions", sessions.delete_of_identity),
        Route("GET", "/admin/sessions", sessions.list), Route("DELETE", "/admin/sessions", to_public),
        Route("GET", "/admin/sessions/{id}", sessions.get), Route("DELETE", "/admin/sessions/{id}", sessions.disable),
        Route("PATCH", "/admin/sessions/{id}/extend", sessions.extend),
        Route("POST", "/admin/recovery/code", recovery.code), Route("POST", "/admin/recovery/link", recovery.link),
        Route("GET", "/admin/schemas", to_public), Route("GET", "/admin/schemas/{id}", to_public),
    ]
    if world.release.by_external_id:
        routes.append(Route("GET", "/admin/identities/by/external/{id}", identities.get_by_external_id))
    return routes + status_routes(world, "/admin", with_version=True)


def public_routes(world):
    def to_admin(request, *_):
        path = request.raw_path if request.raw_path.startswith("/admin/") else "/admin" + request.raw_path
        return world.redirect(request, world.admin_url + path[1:])

    routes = [Route("GET", "/self-service/login/api", world.sessions.start_login), Route("POST", "/self-service/login",
        world.sessions.submit_login),
              Route("GET", "/sessions/whoami", world.sessions.whoami)]
    for prefix in ("", "/admin"):
        routes += [Route("GET", prefix + "/schemas", world.schema_api.list), Route("GET", prefix + "/schemas/{id}",
            world.schema_api.get)]
        routes += [Route(method, prefix + "/identities", to_admin) for method in ("GET", "POST")]
        routes += [Route(method, prefix + "/identities/{id}", to_admin) for method in ("GET", "PUT", "PATCH", "DELETE")]
        routes.append(Route("DELETE", prefix + "/identities/{id}/credentials/{type}", to_admin))
        if world.release.by_external_id:
            routes.append(Route("GET", prefix + "/identities/by/external/{id}", to_admin))
    routes.append(Route("DELETE", "/identities/{id}/sessions", to_admin))
    routes += [Route("POST", "/recovery/" + kind, to_admin) for kind in ("code", "link")]
    return routes + status_routes(world, "", with_version=False)
