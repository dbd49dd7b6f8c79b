"""Raw HTTP exchanges for the tools of this folder: send bytes, read replies, and make two replies comparable.

Shared by replay.py and differ.py. Nothing here knows Kratos beyond the shape of what varies from run to run: ids,
ports, dates, time stamps, tokens, codes.
"""
import base64
import re
import socket

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)")
KEYSET_TOKEN = re.compile(r"page_token=([A-Za-z0-9_-]{80,})")
ZERO_UUID = "00000000-0000-0000-0000-000000000000"
ZERO_TIME = "0001-01-01T00:00:00Z"

VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "<host>"),
    (re.compile(r"(csrf_token_)[0-9a-f]{64}=[A-Za-z0-9+/=]+"), r"\1<hash>=<token>"),
    (re.compile(r'("recovery_code":")\d{6}"'), r'\1<code>"'),
    (re.compile(r"(&token=)[A-Za-z0-9]{32}"), r"\1<token>"),
    (re.compile(r'("session_token":")[A-Za-z0-9_]+"'), r'\1<token>"'),
    (re.compile(r"(\$2a\$\d\d\$)[./A-Za-z0-9]{53}"), r"\1<hash>"),
)


class Reply:
    """One parsed reply: status line, header lines in their order, body without its framing."""

    def __init__(self, status_line, headers, body, framing):
        self.status_line = status_line
        self.headers = headers
        self.body = body
        self.framing = framing

    @property
    def status(self):
        parts = self.status_line.split(" ")
        return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


def parse_head(text):
    lines = text.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines[1:] if line]
    return lines[0], headers


def split_chunks(data):
    """Returns (body, sizes of the chunks, rest), or None while the body is incomplete."""
    body, sizes = b"", []
    while True:
        line, eol, rest = data.partition(b"\r\n")
        if not eol:
            return None
        size = int(line, 16)
        if len(rest) < size + 2:
            return None
        if size == 0:
            return body, sizes, rest[2:]
        body += rest[:size]
        sizes.append(size)
        data = rest[size + 2:]


def parse_reply(data, head_only=False, at_end=True):
    """Takes one reply off the front of `data`: (Reply, rest), or None while it is incomplete."""
    head, gap, rest = data.partition(b"\r\n\r\n")
    if not gap:
        return None
    status_line, headers = parse_head(head)
    names = {n.lower(): v for n, v in headers}
    code = status_line.split(" ")[1:2]
    if head_only or code in (["204"], ["100"], ["304"]):
        return Reply(status_line, headers, b"", "none"), rest
    if "chunked" in names.get("transfer-encoding", ""):
        parts = split_chunks(rest)
        if parts is None:
            return None
        body, sizes, rest = parts
        return Reply(status_line, headers, body, "chunks:%d" % len(sizes)), rest
    if "content-length" in names:
        length = int(names["content-length"])
        if len(rest) < length:
            return None
        return Reply(status_line, headers, rest[:length], "length"), rest[length:]
    if not at_end:
        return None
    return Reply(status_line, headers, rest, "close"), b""


def parse_replies(data, head_only=False):
    replies = []
    while data:
        taken = parse_reply(data, head_only)
        if taken is None:
            replies.append(Reply("<incomplete>", [], data, "cut"))
            break
        reply, data = taken
        replies.append(reply)
    return replies


def wants_head_only(request):
    return request.startswith(b"HEAD ")


def is_complete(data, expected, head_only):
    """True when `expected` final replies (interim 1xx not counted) are in `data` and none of them ends at the close."""
    final = 0
    while data:
        taken = parse_reply(data, head_only, at_end=False)
        if taken is None:
            return False
        reply, data = taken
        final += reply.status >= 200
    return final >= expected


def send_raw(port, request, expected=1, timeout=10.0, pieces=None, host="127.0.0.1"):
    """Sends bytes on a fresh connection, returns every byte that came back until the replies are whole or it closed.

    `pieces` splits the request where a pause matters (Expect: 100-continue): the next piece goes out once something
    has come back or half a second has passed."""
    head_only = wants_head_only(request)
    got = b""
    with socket.create_connection((host, port), timeout=timeout) as sock:
        for index, piece in enumerate(pieces or [request]):
            if index:
                sock.settimeout(0.5)
                try:
                    got += sock.recv(65536)
                except socket.timeout:
                    pass
                sock.settimeout(timeout)
            try:
                sock.sendall(piece)
            except OSError:
                break
        while not is_complete(got, expected, head_only):
            try:
                data = sock.recv(1 << 20)
            except OSError:
                break
            if not data:
                break
            got += data
    return got


def build_request(method, target, host, body=None, headers=()):
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: " + host, "Accept: application/json"]
    lines += ["%s: %s" % pair for pair in headers]
    if body is not None and not any(n.lower() in ("content-length", "transfer-encoding") for n, _ in headers):
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def decode_token(match):
    token = match.group(1)
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (ValueError, UnicodeDecodeError):
        return match.group(0)
    pairs = sorted(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "<stamp>", text).split("/"))
    return "page_token=<%s>" % " ".join(pairs)


def normalise(text, names=None):
    """Replaces everything that varies between two runs. `names` maps known ids to stable labels."""
    names = names or {}
    text = KEYSET_TOKEN.sub(decode_token, text)
    for pattern, label in VARYING:
        text = pattern.sub(label, text)
    text = STAMP.sub(lambda m: m.group(0) if m.group(0) == ZERO_TIME else "<time>", text)
    return UUID.sub(lambda m: m.group(0) if m.group(0) == ZERO_UUID else names.get(m.group(0), "<uuid>"), text)
