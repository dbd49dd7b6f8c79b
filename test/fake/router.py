"""Routing as the two routers of Kratos do it: httprouter up to v1.3.1, Go's ServeMux since v25.4.0."""
import html

import gotext
import http1

NOT_FOUND = b"404 page not found\n"
NOT_ALLOWED = b"Method Not Allowed\n"
PHRASES = {301: "Moved Permanently", 307: "Temporary Redirect"}


def text_reply(status, body, headers=None):
    all_headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    all_headers.update(headers or {})
    return http1.Response(status, all_headers, body)


def not_found():
    return text_reply(404, NOT_FOUND)


def redirect(request, location, status=307):
    """http.Redirect: an HTML body for GET, its header alone for HEAD, nothing for the others."""
    headers = {"Location": location}
    body = b""
    if request.method in ("GET", "HEAD"):
        headers["Content-Type"] = "text/html; charset=utf-8"
    if request.method == "GET":
        body = ('<a href="%s">%s</a>.\n\n' % (html.escape(location).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
                                              PHRASES[status])).encode("utf-8", "surrogateescape")
    return http1.Response(status, headers, body)


class Route:
    """One pattern such as /admin/identities/{id}; `action` takes the request and the values of the wildcards."""

    def __init__(self, method, pattern, action):
        self.method = method
        self.parts = pattern.strip("/").split("/")
        self.action = action

    def match(self, parts, fold=False, empty=False):
        """The values of the wildcards, None if it does not match."""
        if len(parts) != len(self.parts):
            return None
        values = []
        for own, given in zip(self.parts, parts):
            if own.startswith("{"):
                if given == "/" or (given == "" and not empty):
                    return None
                values.append(given)
            elif own != (given.lower() if fold else given):
                return None
        return values

    def path_for(self, values):
        values = iter(values)
        return "/" + "/".join(next(values) if own.startswith("{") else own for own in self.parts)


class Router:
    """The routes of one listener under the rules of one release."""

    def __init__(self, release, routes):
        self.release = release
        self.routes = routes

    def dispatch(self, request):
        """(reply, whether a handler gave it)."""
        if self.release.serve_mux:
            return self.dispatch_mux(request)
        return self.dispatch_httprouter(request)

    def find(self, method, parts, empty=False):
        for route in self.routes:
            values = route.match(parts, empty=empty) if route.method == method else None
            if values is not None:
                return route, values
        return None

    def methods_for(self, parts):
        return {route.method for route in self.routes if route.match(parts) is not None}

    @staticmethod
    def run(request, found):
        route, values = found
        return route.action(request, *values), True

    # -- ServeMux ----------------------------------------------------------------------------------------------

    def mux_parts(self, request):
        if self.release.serves_trailing_slash and request.path.endswith("/"):
            return request.path.strip("/").split("/")
        return [gotext.unescape(part) for part in request.raw_path[1:].split("/")]

    def dispatch_mux(self, request):
        cleaned = gotext.clean_path_keeping_slash(request.raw_path)
        if cleaned != request.raw_path and request.method != "CONNECT":
            return redirect(request, cleaned + ("?" + request.query if request.query else "")), False
        parts = self.mux_parts(request)
        found = self.find("GET" if request.method == "HEAD" else request.method, parts)
        if found:
            return self.run(request, found)
        methods = self.methods_for(parts)
        if not methods:
            return not_found(), False
        if "GET" in methods:
            methods.add("HEAD")
        return text_reply(405, NOT_ALLOWED, {"Allow": ", ".join(sorted(methods))}), False

    # -- httprouter --------------------------------------------------------------------------------------------

    def dispatch_httprouter(self, request):
        parts = request.path[1:].split("/")
        found = self.find(request.method, parts)
        if found:
            return self.run(request, found)
        if request.method != "CONNECT" and any(route.method == request.method for route in self.routes):
            fixed = self.fixed_path(request.method, request.path, parts)
            if fixed is not None:
                location = gotext.escape_path(fixed) + ("?" + request.query if request.query else "")
                return redirect(request, location, 301 if request.method == "GET" else 307), False
        methods = self.methods_for(parts)
        if not methods:
            return not_found(), False
        allow = {"Allow": ", ".join(sorted(methods | {"OPTIONS"}))}
        if request.method == "OPTIONS":
            return http1.Response(200, allow), False
        return text_reply(405, NOT_ALLOWED, allow), False

    def fixed_path(self, method, path, parts):
        """Where a path leads that only differs by a trailing slash, doubled slashes, dots or letter case."""
        if parts[-1] == "" and len(parts) > 1:
            found = self.find(method, parts[:-1], empty=True)
            if found and not self.branches(method, found[0]):
                return path[:-1]
        cleaned = gotext.clean_path(path)
        if cleaned == path.rstrip("/") and path.endswith("/"):
            return None
        return self.fold(method, cleaned)

    def fold(self, method, cleaned):
        parts = cleaned[1:].split("/")
        for route in self.routes:
            values = route.match(parts, fold=True) if route.method == method else None
            if values is not None:
                return route.path_for(values)
        return None

    def branches(self, method, route):
        """True where the radix tree splits behind this route: then it offers no redirect from the trailing slash."""
        size = len(route.parts)
        nexts = {other.parts[size] for other in self.routes
                 if other.method == method and len(other.parts) > size and other.parts[:size] == route.parts}
        return len(nexts) > 1
