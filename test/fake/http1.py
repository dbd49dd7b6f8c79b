"""An HTTP/1.x server over raw sockets that frames, refuses and times out like Go's net/http does under Kratos.

One thread per connection. A handler gets a Request and returns a Response; everything on the wire is decided here.
"""
import http
import re
import select
import socket
import ssl
import threading
import time
import traceback
import urllib.parse
from dataclasses import dataclass, field
from typing import Dict, Optional

import gotext

HEAD_LIMIT = (1 << 20) + 4096
HEAD_SECONDS = 5
HANDSHAKE_SECONDS = 5
LINGER_SECONDS = 0.5
DISCARD_LIMIT = 256 << 10
SINGLE_WRITE_LIMIT = 2048          # Go buffers this much before it has to choose a framing
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")
HOST = re.compile(r"[!$&'()*+,\-./:;=@\[\]_~%0-9A-Za-z]*$")
END_OF_HEAD = re.compile(rb"\n\r?\n")
BAD_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
BAD_TARGET = re.compile("[\x00-\x20\x7f]")


class Refused(Exception):
    """A request that net/http refuses before any handler sees it: bare reply, close."""

    def __init__(self, status, text="", body=None):
        super().__init__(status)
        line = "%d %s" % (status, http.HTTPStatus(status).phrase) + (": " + text if text else "")
        self.reply = ("HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n%s"
                      % (line, line if body is None else body)).encode("latin-1")


class Gone(Exception):
    """The peer went away, or was silent for too long where Go says nothing: close without a byte."""


class Abort(Exception):
    """The handler broke (a panic in Go): close without a byte."""


class ReadFault(Exception):
    """A request body that could not be read to its end; the text is what a handler puts into its error."""

    def __init__(self, text):
        super().__init__(text)
        self.partial = b""


class TooLarge(ReadFault):
    pass


@dataclass
class Response:
    status: int
    headers: Dict[str, object] = field(default_factory=dict)
    body: bytes = b""
    chunk_size: Optional[int] = None       # the body is streamed in writes of this size
    close: bool = False


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes of one listener."""

    read: float
    reply: float
    idle: float
    body: Optional[int]
    expect_waits: bool
    keeps_at_discard_limit: bool
    too_large_closes: bool


class Body:
    """The body of one request, read on demand."""

    def __init__(self, connection, length, chunked, wants_continue):
        self.connection = connection
        self.left = length
        self.chunked = chunked
        self.wants_continue = wants_continue
        self.done = not chunked and length == 0
        self.failed = False
        self.too_large = False

    def _more(self):
        if not self.connection.fill(self.connection.read_deadline):
            self.failed = True
            raise ReadFault("unexpected EOF")

    def _line(self):
        while b"\n" not in self.connection.buffer:
            if len(self.connection.buffer) > 4096:
                raise ReadFault("header line too long")
            self._more()
        line, _, self.connection.buffer = self.connection.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _take(self, limit):
        while not self.connection.buffer:
            self._more()
        piece, self.connection.buffer = self.connection.buffer[:limit], self.connection.buffer[limit:]
        return piece

    def _next_chunk(self):
        line = self._line().partition(b";")[0].strip()
        if not re.match(rb"[0-9a-fA-F]{1,16}$", line):
            self.failed = True
            raise ReadFault("invalid byte in chunk length" if line else "empty hex number for chunk length")
        self.left = int(line, 16)
        if self.left == 0:
            while self._line():
                pass
            self.done = True

    def pieces(self, limit=None):
        """Yields the body piece by piece until it ends, or until one byte more than the limit was taken."""
        size = 0
        while not self.done:
            if self.chunked and self.left == 0:
                self._next_chunk()
                continue
            piece = self._take(self.left if limit is None else min(self.left, limit + 1 - size))
            size += len(piece)
            self.left -= len(piece)
            self.done = self.left == 0 and not self.chunked
            if limit is not None and size > limit:
                self.too_large = True
                raise TooLarge("http: request body too large")
            yield piece
            if self.left == 0 and self.chunked and self._line():
                self.failed = True
                raise ReadFault("malformed chunked encoding")

    def send_continue(self):
        if self.wants_continue:
            self.wants_continue = False
            self.connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def read_all(self, limit):
        self.send_continue()
        parts = []
        try:
            for piece in self.pieces(limit):
                parts.append(piece)
        except TimeoutError:
            self.failed = True
            self.connection.timed_out = True
            fault = ReadFault("read tcp %s->%s: i/o timeout" % (self.connection.local, self.connection.remote))
        except ReadFault as caught:
            fault = caught
        else:
            return b"".join(parts)
        fault.partial = b"".join(parts)
        raise fault

    def discard(self, limit, keeps_at_limit):
        """Reads what the handler left. False if that is too much or cannot be read: the connection must close."""
        if self.done:
            return True
        if not self.chunked and (self.left > limit or (self.left == limit and not keeps_at_limit)):
            return False
        size = 0
        try:
            for piece in self.pieces():
                size += len(piece)
                if size > limit:
                    return False
        except (ReadFault, OSError):
            return False
        return True


class Request:
    """One parsed request."""

    def __init__(self, connection, method, target, version, headers, body):
        self.connection = connection
        self.method = method
        self.version = version
        self.headers = headers
        self.body = body
        self.raw_path, _, self.query = target.partition("?")
        self.path = gotext.unescape(self.raw_path)
        self.pairs = gotext.parse_query(self.query)

    def header(self, name):
        folded = name.lower()
        return next((value for known, value in self.headers if known == folded), "")

    def all(self, name):
        return [value for known, value in self.pairs if known == name]

    def get(self, name):
        return next((value for known, value in self.pairs if known == name), "")

    def has(self, name):
        return any(known == name for known, _ in self.pairs)

    def read_body(self):
        return self.body.read_all(self.connection.limits.body)


def canonical_target(method, target):
    """The path and query of a request target; None if Go's parser refuses it."""
    if method == "OPTIONS" and target == "*":
        return "*"
    if BAD_TARGET.search(target):
        return None
    if not target.startswith("/"):
        if method == "CONNECT" or "://" not in target:
            return None
        parts = urllib.parse.urlsplit(target)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    if gotext.BROKEN_ESCAPE.search(target.partition("?")[0]):
        return None
    return target


def parse_request_line(line):
    parts = line.split(" ")
    if len(parts) < 3:
        raise Refused(400)
    method, target, version = parts[0], " ".join(parts[1:-1]), parts[-1]
    if not TOKEN.match(method):
        raise Refused(400)
    match = re.match(r"HTTP/(\d)\.(\d)$", version)
    if not match:
        raise Refused(400)
    numbers = (int(match.group(1)), int(match.group(2)))
    target = canonical_target(method, target)
    if target is None:
        raise Refused(400)
    return method, target, numbers


def parse_headers(lines):
    headers = []
    for line in lines:
        if line[:1] in (" ", "\t"):
            if not headers:
                raise Refused(400)
            headers[-1] = (headers[-1][0], headers[-1][1] + " " + line.strip())
            continue
        name, colon, value = line.partition(":")
        if not colon or not name or BAD_VALUE.search(line):
            raise Refused(400)
        headers.append((name.lower(), value.strip(" \t")))
    return headers


def body_framing(headers, version):
    """(length, chunked) of a request body."""
    codings = [value for name, value in headers if name == "transfer-encoding"]
    lengths = {value.strip() for name, value in headers if name == "content-length"}
    if codings and version >= (1, 1):
        if len(codings) > 1 or codings[0].lower() != "chunked":
            raise Refused(501, body="Unsupported transfer encoding")
        return 0, True
    if len(lengths) > 1:
        raise Refused(400)
    for text in lengths:
        if not re.match(r"[0-9]{1,18}$", text):
            raise Refused(400)
        return int(text), False
    return 0, False


def check_request(headers, version):
    """The checks that net/http makes after it parsed the head."""
    if version[0] != 1:
        raise Refused(505, "unsupported protocol version")
    hosts = [value for name, value in headers if name == "host"]
    if len(hosts) > 1:
        raise Refused(400)
    if version >= (1, 1) and not hosts:
        raise Refused(400, "missing required Host header")
    if hosts and not HOST.match(hosts[0]):
        raise Refused(400, "malformed Host header")
    if not all(TOKEN.match(name) for name, _ in headers):
        raise Refused(400, "invalid header name")


class Connection:
    """One accepted connection."""

    def __init__(self, listener, sock, address):
        self.listener = listener
        self.limits = listener.limits
        self.sock = sock
        self.remote = "%s:%d" % address[:2]
        self.local = "%s:%d" % sock.getsockname()[:2]
        self.buffer = b""
        self.read_deadline = 0.0
        self.timed_out = False
        self.idle = True

    # -- bytes ---------------------------------------------------------------------------------------------

    def fill(self, deadline):
        """Reads some bytes; False at the end of the stream; TimeoutError at the deadline."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(1 << 16)
        except ssl.SSLWantReadError:
            raise TimeoutError from None
        self.buffer += data
        return bool(data)

    def send(self, data):
        self.sock.settimeout(60)
        self.sock.sendall(data)

    # -- requests ------------------------------------------------------------------------------------------

    def wait_for_first_byte(self, first):
        """Between two requests the idle limit counts, up to the fourth byte; the first request must come at once."""
        wanted = 1 if first else 4
        if len(self.buffer) >= wanted:
            return
        self.idle = not first
        deadline = time.monotonic() + (HEAD_SECONDS if first else self.limits.idle)
        try:
            while len(self.buffer) < wanted:
                if not self.fill(deadline):
                    raise Gone
        except (TimeoutError, OSError):
            raise Gone from None
        self.idle = False

    def read_head(self):
        """The text of one request head, without the empty line."""
        started = time.monotonic()
        self.read_deadline = started + self.limits.read
        deadline = started + min(HEAD_SECONDS, self.limits.read)
        checked_line = False
        while True:
            if not checked_line and b"\n" in self.buffer:
                checked_line = True
                parse_request_line(self.buffer.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "surrogateescape"))
            match = END_OF_HEAD.search(self.buffer)
            if match and match.start() <= HEAD_LIMIT:
                head, self.buffer = self.buffer[:match.start()], self.buffer[match.end():]
                return head.decode("utf-8", "surrogateescape")
            if len(self.buffer) > HEAD_LIMIT:
                raise Refused(431)
            try:
                if not self.fill(deadline):
                    raise Refused(400)
            except TimeoutError:
                self.refuse_half_line()
                raise Gone from None

    def refuse_half_line(self):
        """Go takes what it has of a line for the whole line, and is silent only where that could be one."""
        done, _, last = self.buffer.decode("utf-8", "surrogateescape").rpartition("\n")
        if last and done:
            parse_headers([last])
        elif last:
            parse_request_line(last)

    def read_request(self, first):
        self.wait_for_first_byte(first)
        lines = [line.rstrip("\r") for line in self.read_head().split("\n")]
        method, target, version = parse_request_line(lines[0])
        headers = parse_headers(lines[1:])
        check_request(headers, version)
        length, chunked = body_framing(headers, version)
        expect = next((value for name, value in headers if name == "expect"), "").lower()
        wants_continue = "100-continue" in expect and version >= (1, 1) and (length > 0 or chunked)
        body = Body(self, length, chunked, wants_continue)
        request = Request(self, method, target, version, headers, body)
        if expect and "100-continue" not in expect:
            raise UnknownExpectation(request)
        return request

    # -- replies -------------------------------------------------------------------------------------------

    def settle_body(self, request, response):
        """Deals with a request body that the handler did not read, the way this release does."""
        body = request.body
        if body.too_large and self.limits.too_large_closes:
            response.headers["Connection"] = "close"
            response.close = True
            return
        if body.failed:
            response.close = True
            return
        if body.wants_continue and not self.limits.expect_waits:
            response.close = True
            return
        if not body.discard(DISCARD_LIMIT, self.limits.keeps_at_discard_limit):
            response.close = True

    def keeps_alive(self, request, response):
        if response.close or self.listener.stopping:
            return False
        tokens = [token.strip().lower() for token in request.header("Connection").split(",")]
        if request.version >= (1, 1):
            return "close" not in tokens
        return "keep-alive" in tokens

    def head_of(self, request, response, keep):
        """Status line and headers, in the order of Go: the handler's sorted, then the server's own."""
        phrase = http.HTTPStatus(response.status).phrase if response.status in http.HTTPStatus._value2member_map_ \
            else "status code %d" % response.status
        lines = ["HTTP/%s %d %s" % ("1.1" if request.version >= (1, 1) else "1.0", response.status, phrase)]
        for name in sorted(response.headers):
            values = response.headers[name]
            lines += ["%s: %s" % (name, value) for value in (values if isinstance(values, list) else [values])]
        lines.append("Date: " + gotext.http_date(time.time()))
        no_body = response.status == 204 or (request.method == "HEAD" and not response.body)
        length_known = len(response.body) <= SINGLE_WRITE_LIMIT
        if not no_body and length_known and "Content-Length" not in response.headers:
            lines.append("Content-Length: %d" % len(response.body))
        keep = keep and (request.version >= (1, 1) or length_known)
        if not keep and "Connection" not in response.headers and request.version >= (1, 1):
            lines.append("Connection: close")
        if keep and request.version < (1, 1):
            lines.append("Connection: keep-alive")
        chunked = not length_known and request.version >= (1, 1) and request.method != "HEAD"
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n", chunked, keep

    def wire_of(self, request, response, keep):
        head, chunked, keep = self.head_of(request, response, keep)
        if request.method == "HEAD" or response.status == 204:
            return head, keep
        if not chunked:
            return head + response.body, keep
        size = response.chunk_size or len(response.body)
        parts = [head]
        for at in range(0, len(response.body), size):
            piece = response.body[at:at + size]
            parts += [b"%x\r\n" % len(piece), piece, b"\r\n"]
        parts.append(b"0\r\n\r\n")
        return b"".join(parts), keep

    def answer(self, request):
        """Runs the handler and sends its reply; True if the connection goes on."""
        started = time.monotonic()
        self.timed_out = False
        fault = self.listener.faults.for_request(request)
        response = fault.before(request) or self.listener.handler(request)
        fault.after(request)
        if self.timed_out and response.status != 404 and response.status != 405:
            response.status = 499
        self.settle_body(request, response)
        if time.monotonic() - started > self.limits.reply:
            raise Abort
        wire, keep = fault.shorten(*self.wire_of(request, response, self.keeps_alive(request, response)))
        self.listener.log(request, response, len(wire))
        self.send(wire)
        return keep

    def serve(self):
        first = True
        try:
            while True:
                try:
                    request = self.read_request(first)
                except UnknownExpectation as refused:
                    self.send(self.wire_of(refused.request, Response(417, {"Connection": "close"}, close=True), False)[0])
                    break
                first = False
                if request.raw_path == "*":
                    self.send(self.wire_of(request, Response(200, {"Content-Length": "0"}), True)[0])
                    continue
                if not self.answer(request) or self.listener.stopping:
                    break
        except Refused as refused:
            self.try_send(refused.reply)
        except (Gone, Abort, OSError):
            pass
        except Exception:
            traceback.print_exc()       # a defect of the stand-in: say so, and close as a panic does
        self.close()

    def try_send(self, data):
        try:
            self.send(data)
        except OSError:
            pass

    def close(self):
        """Ends the stream so that the peer still gets the reply, even if it is in the middle of sending."""
        try:
            if not isinstance(self.sock, ssl.SSLSocket):
                self.sock.shutdown(socket.SHUT_WR)
                self.drain()
            else:
                self.sock.settimeout(LINGER_SECONDS)
                self.sock.unwrap()
        except (OSError, ValueError):
            pass
        self.sock.close()
        self.listener.forget(self)

    def drain(self):
        deadline = time.monotonic() + LINGER_SECONDS
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return
            if not self.sock.recv(1 << 16):
                return


class UnknownExpectation(Exception):
    def __init__(self, request):
        super().__init__()
        self.request = request


class Listener:
    """One listening socket."""

    def __init__(self, address, port, limits, faults, log, tls=None):
        self.limits = limits
        self.faults = faults
        self.log = log
        self.tls = tls
        self.handler = None
        self.stopping = False
        self.connections = set()
        self.lock = threading.Lock()
        self.sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((address, port))
        self.port = self.sock.getsockname()[1]

    def start(self, handler):
        self.handler = handler
        self.sock.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.stopping:
            try:
                sock, address = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.welcome, args=(sock, address), daemon=True).start()

    def welcome(self, sock, address):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            sock = self.handshake(sock)
            if sock is None:
                return
        connection = Connection(self, sock, address)
        with self.lock:
            self.connections.add(connection)
        connection.serve()

    def handshake(self, sock):
        sock.settimeout(HANDSHAKE_SECONDS)
        try:
            if sock.recv(1, socket.MSG_PEEK) not in (b"", b"\x16"):
                sock.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
                sock.close()
                return None
            return self.tls.wrap_socket(sock, server_side=True)
        except (OSError, ValueError):
            sock.close()
            return None

    def forget(self, connection):
        with self.lock:
            self.connections.discard(connection)

    def stop(self):
        """Refuses new connections, ends idle ones; requests in progress are answered and then closed."""
        self.stopping = True
        self.sock.shutdown(socket.SHUT_RDWR)        # wakes the thread in accept; close alone would not
        self.sock.close()
        with self.lock:
            waiting = [connection for connection in self.connections if connection.idle]
        for connection in waiting:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def wait_until_quiet(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.lock:
                if not self.connections:
                    return
            time.sleep(0.02)
