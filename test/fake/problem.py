"""Errors as the handlers write them: one JSON object, in the order and with the sentences of the servers."""
import http

import gojson
import http1

MALFORMED = "The request was malformed or contained invalid parameters"
NOT_LOCATED = "Unable to locate the resource"
NOT_FOUND = "The requested resource could not be found"
INTERNAL = "An internal server error occurred, please contact the system administrator"
ALREADY_EXISTS = "Unable to insert or update resource because a resource with that value exists already"


class Problem(Exception):
    """An error reply. `code` is what the body says when it is not the HTTP status."""

    def __init__(self, status, message, reason="", ident="", code=None, details="", headers=None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.ident = ident
        self.code = code or status
        self.details = details
        self.headers = headers or {}

    def inner(self, request_id=""):
        """The error object without its envelope, as batch rows carry it."""
        parts = ['"id":%s' % gojson.quote(self.ident)] if self.ident else []
        parts.append('"code":%d,"status":%s' % (self.code, gojson.quote(http.HTTPStatus(self.code).phrase)))
        if request_id:
            parts.append('"request":%s' % gojson.quote(request_id))
        if self.reason:
            parts.append('"reason":%s' % gojson.quote(self.reason))
        if self.details:
            parts.append('"details":%s' % self.details)
        parts.append('"message":%s' % gojson.quote(self.message))
        return "{%s}" % ",".join(parts)

    def response(self, release, request):
        headers = {"Content-Type": "application/json"}
        if release.error_id_header:
            headers["Ory-Error-Id"] = self.ident
        headers.update(self.headers)
        body = '{"error":%s}\n' % self.inner(request.header("X-Request-ID"))
        return http1.Response(self.status, headers, gojson.bytes_of(body))


def malformed(reason):
    return Problem(400, MALFORMED, reason)


def not_located(reason=""):
    return Problem(404, NOT_LOCATED, reason)


def not_found(reason):
    return Problem(404, NOT_FOUND, reason)


def conflict():
    return Problem(409, ALREADY_EXISTS)


def json_response(status, text, headers=None):
    """A success reply: compact JSON and a line feed."""
    all_headers = {"Content-Type": "application/json; charset=utf-8"}
    all_headers.update(headers or {})
    return http1.Response(status, all_headers, gojson.bytes_of(text + "\n"))
