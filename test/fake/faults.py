"""Faults on demand: what the request header X-Fake-Fault asks for, when the stand-in was started with --faults.

    close-before-reply          nothing is carried out, the connection closes without a byte
    drop-after-done             carried out, then the connection closes without a byte
    cut=N                       carried out, only the first N bytes of the reply are sent, then close
    delay-ms=N                  waits before it is carried out
    status=S;name=value;...     answered with status S and these headers, nothing is carried out
    html502                     answered with a proxy's HTML page, nothing is carried out

Several are separated by commas.
"""
import time

import http1

PAGE_502 = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
BODIES = {429: b'{"error":{"code":429,"status":"Too Many Requests","message":"Rate limit exceeded"}}\n',
          503: b'{"error":{"code":503,"status":"Service Unavailable","message":"The service is unavailable"}}\n'}


class Fault:
    """What to do to one request."""

    def __init__(self, words):
        self.words = dict(word.strip().partition("=")[::2] for word in words)

    def before(self, request):
        """A reply that stands in for the handler's, or None."""
        if "delay-ms" in self.words:
            time.sleep(int(self.words["delay-ms"]) / 1000)
        if "close-before-reply" in self.words:
            request.read_body()
            raise http1.Abort
        if "html502" in self.words:
            return http1.Response(502, {"Content-Type": "text/html"}, PAGE_502)
        if "status" in self.words:
            return self.with_status(self.words["status"])
        return None

    @staticmethod
    def with_status(text):
        status, *pairs = text.split(";")
        headers = {name.title(): value for name, _, value in (pair.partition("=") for pair in pairs)}
        body = BODIES.get(int(status), b"")
        if body:
            headers["Content-Type"] = "application/json"
        return http1.Response(int(status), headers, body)

    def after(self, request):
        if "drop-after-done" in self.words:
            raise http1.Abort

    def shorten(self, wire, keep):
        """(what is sent of the reply, whether the connection goes on)."""
        if "cut" not in self.words:
            return wire, keep
        return wire[:int(self.words["cut"])], False


class Faults:
    """Reads the header only when the stand-in was started with --faults."""

    def __init__(self, enabled):
        self.enabled = enabled

    def for_request(self, request):
        text = request.header("X-Fake-Fault") if self.enabled else ""
        return Fault(word for word in text.split(",") if word.strip())
