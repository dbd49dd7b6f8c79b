# SPDX-License-Identifier: Apache-2.0
"""The other end of the QEMU tests: a real Kratos or the stand-in, a relay that holds bytes back, a name server."""
import contextlib
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
FAKE = TOP / "test/fake/kratos_fake.py"
SCHEMA = TOP / "test/fake/device.schema.json"
START_SECONDS = 60

CONFIG = """dsn: sqlite://{folder}/kratos.sqlite?_fk=true&mode=rwc
serve:
  admin:
    host: 127.0.0.1
    port: {admin}
    base_url: http://127.0.0.1:{admin}/
{tls}  public:
    host: 127.0.0.1
    port: {public}
    base_url: http://127.0.0.1:{public}/
identity:
  default_schema_id: device
  schemas: [{{id: device, url: "file://{schema}"}}]
selfservice:
  default_browser_return_url: http://127.0.0.1:4455/
  methods:
    password: {{enabled: true}}
hashers: {{algorithm: bcrypt, bcrypt: {{cost: 4}}}}
secrets: {{default: [not-a-secret-not-a-secret-0123]}}
courier: {{smtp: {{connection_uri: "smtp://127.0.0.1:1025/?disable_starttls=true"}}}}
"""
TLS = """    tls:
      cert: {{path: "{0}"}}
      key: {{path: "{1}"}}
"""


def find_kratos():
    """KRATOS_BIN (empty: none), else what this machine has, else None."""
    if "KRATOS_BIN" in os.environ:
        return os.environ["KRATOS_BIN"] or None
    known = "/opt/kratos-bin/kratos-26.2.0"
    return known if os.access(known, os.X_OK) else shutil.which("kratos")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def is_ready(port, tls):
    try:
        conn = socket.create_connection(("127.0.0.1", port), timeout=2)
        if tls:
            context = ssl._create_unverified_context()  # only asks whether somebody is there; the guest is who verifies
            conn = context.wrap_socket(conn)
        conn.sendall(b"GET /admin/health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return b" 200 " in conn.recv(64)
    except OSError:
        return False


class Kratos:
    """A server on loopback, for as long as the with block runs. tls: (chain, key) or None."""

    def __init__(self, folder, tls, binary=None, release="26.2.0"):
        self.folder, self.tls, self.binary, self.release = pathlib.Path(folder), tls, binary, release
        self.port, self.public, self.process = 0, "", None

    @property
    def name(self):
        return "%s%s" % (pathlib.Path(self.binary).name if self.binary else "stand-in " + self.release, " over TLS" if self.tls else "")

    @property
    def admin(self):
        return "%s://127.0.0.1:%d" % ("https" if self.tls else "http", self.port)

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = open(self.folder / "server.log", "w")
        self.port, public = free_ports(2)
        self.public = "%s://127.0.0.1:%d" % ("https" if self.tls and not self.binary else "http", public)
        try:
            command = self.real(public) if self.binary else self.fake(public)
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.environment())
            deadline = time.monotonic() + START_SECONDS
            while not is_ready(self.port, self.tls):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server did not start, see %s" % (self.folder / "server.log"))
                time.sleep(0.1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    @staticmethod
    def environment():
        return {key: value for key, value in os.environ.items() if key != "DSN"}  # it would win over the file

    def fake(self, public):
        command = ["/usr/bin/python3", str(FAKE), "--release", self.release, "--admin-port", str(self.port), "--public-port", str(public)]
        if self.tls:
            command += ["--tls-cert", str(self.tls[0]), "--tls-key", str(self.tls[1])]
        return command

    def real(self, public):
        config = self.folder / "kratos.yml"
        (self.folder / "kratos.sqlite").unlink(missing_ok=True)
        config.write_text(CONFIG.format(folder=self.folder.resolve(), admin=self.port, public=public, schema=SCHEMA,
                                        tls=TLS.format(*self.tls) if self.tls else ""))
        subprocess.run([self.binary, "migrate", "sql", "up", "-e", "-y", "-c", str(config)], check=True, stdin=subprocess.DEVNULL,
                       stdout=self.log, stderr=self.log, env=self.environment() | {"DSN": self.dsn()})
        return [self.binary, "serve", "-c", str(config), "--dev", "--sqa-opt-out"]

    def dsn(self):
        return "sqlite://%s/kratos.sqlite?_fk=true&mode=rwc" % self.folder.resolve()


class Relay:
    """Passes connections on to a port. The first request of all is stopped: "reply" lets it through and keeps what comes back,
    "half" lets only its first bytes through. The request is the record number `records` of TLS application data, or plain text."""

    def __init__(self, target, stop, records):
        self.target, self.stop, self.records = target, stop, records
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()
        for conn in self.connections:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
            conn.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                guest = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.target))
                self.connections += [guest, server]
                keep = threading.Event()
                threading.Thread(target=self.to_server, args=(guest, server, keep), daemon=True).start()
                threading.Thread(target=self.to_guest, args=(server, guest, keep), daemon=True).start()

    @staticmethod
    def pieces(source):
        """TLS records one by one; plain text as it comes."""
        data = b""
        while more := source.recv(65536):
            data += more
            while data:
                size = len(data)
                if data[0] in b"\x14\x15\x16\x17":
                    size = 5 + struct.unpack(">H", data[3:5])[0] if size >= 5 else size + 1
                if len(data) < size:
                    break
                yield data[:size]
                data = data[size:]

    def to_server(self, guest, server, keep):
        with contextlib.suppress(OSError):
            seen = 0
            for piece in self.pieces(guest):
                seen += piece[0] == 0x17
                request = seen == self.records and piece[0] == 0x17 or piece[:5] == b"POST "
                if request and not self.stopped.is_set():
                    keep.set()
                    server.sendall(piece[:20] if self.stop == "half" else piece)
                    self.stopped.set()
                elif not (keep.is_set() and self.stop == "half"):
                    server.sendall(piece)
            if not keep.is_set():
                server.shutdown(socket.SHUT_WR)

    @staticmethod
    def to_guest(server, guest, keep):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not keep.is_set():
                    guest.sendall(data)
            if not keep.is_set():
                guest.shutdown(socket.SHUT_WR)


class LetterPeer:
    """Sends 4 or 6, by the family it was reached with, and closes."""

    def __init__(self):
        self.listeners = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.listeners[0].getsockname()[1]
        six = socket.socket(socket.AF_INET6)
        six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        six.bind(("::1", self.port))
        six.listen(8)
        self.listeners.append(six)
        self.listeners.append(socket.create_server(("127.0.0.1", 0)))
        self.port4 = self.listeners[2].getsockname()[1]
        for listener, letter in zip(self.listeners, (b"4", b"6", b"4")):
            threading.Thread(target=self.serve, args=(listener, letter), daemon=True).start()

    @staticmethod
    def serve(listener, letter):
        with contextlib.suppress(OSError):
            while True:
                conn = listener.accept()[0]
                conn.sendall(letter)
                conn.close()

    def close(self):
        for listener in self.listeners:
            listener.close()


class NameServer:
    """Answers A and AAAA questions about the names of names.c."""

    # name: (A, AAAA, seconds until the answer); None answers "no such name", "mute" never answers
    NAMES = {
        "four.test": ("10.0.2.2", "", 0), "six.test": ("", "fec0::2", 0), "both.test": ("10.0.2.2", "fec0::2", 0),
        "dead6.test": ("10.0.2.2", "fec0::dead", 0), "late.test": ("10.0.2.2", "", 0.7), "slow6.test": ("", "fec0::2", 1.4),
        "none.test": None, "mute.test": "mute",
    }

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, peer = self.socket.recvfrom(512)
                self.handle(query, peer)

    def handle(self, query, peer):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        entry = self.NAMES.get(".".join(labels))
        if entry == "mute":
            return
        address = "" if entry is None else entry[0] if kind == 1 else entry[1] if kind == 28 else ""
        packed = socket.inet_pton(socket.AF_INET if kind == 1 else socket.AF_INET6, address) if address else b""
        head = query[:2] + struct.pack(">HHHHH", 0x8183 if entry is None else 0x8180, 1, 1 if packed else 0, 0, 0)
        answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(packed)) + packed if packed else b""
        reply = head + query[12:at + 5] + answer
        delay = entry[2] if entry else 0
        threading.Timer(delay, lambda: self.send(reply, peer)).start()

    def send(self, reply, peer):
        with contextlib.suppress(OSError):
            self.socket.sendto(reply, peer)
