# SPDX-License-Identifier: Apache-2.0
"""The other side of the TLS tests: a server (OpenSSL, by Python's ssl) that obeys one-line commands, and unpleasant ones."""
import socket
import ssl
import struct
import threading
import time


def pattern(n):
    return bytes((i * 7 + i // 251) & 255 for i in range(n))


def listen(port, address="127.0.0.1"):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(64)
    return s


def free_port():
    s = listen(0)
    port = s.getsockname()[1]
    s.close()
    return port


def wait_for(port, seconds=10):
    for _ in range(int(seconds * 50)):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


def wait_until(condition, seconds=5):
    for _ in range(int(seconds * 100)):
        if condition():
            return True
        time.sleep(0.01)
    return False


class Listener:
    """Accepts on a port of its own until stop(), each connection in a thread."""

    def __init__(self, port=0, address="127.0.0.1"):
        self.socket = listen(port, address)
        self.port = self.socket.getsockname()[1]
        self.accepted = 0
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open.add(c)
            threading.Thread(target=self.guard, args=(c,), daemon=True).start()

    def guard(self, c):
        try:
            self.handle(c)
        except OSError:
            pass
        finally:
            self.open.discard(c)
            c.close()

    def stop(self):
        for s in [self.socket, *self.open]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.socket.close()


class TlsServer(Listener):
    """Commands, one line each: give N (one write), records N SIZE, echo N SIZE, close (close_notify), kill (none), reset."""

    def __init__(self, directory, certs, key, version=None, port=0, client_ca=None, own_order=False):
        chain = directory / f"chain-{id(self)}.pem"
        chain.write_bytes(b"".join(c.pem() for c in certs) + key.key_pem())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF    # so that a missing close_notify shows in ends
        # As OpenSSL has it by itself; Python sets it. See test_known_limit_rsa_pss in tls_test.py.
        if not own_order:
            context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
        if version:
            context.minimum_version = context.maximum_version = version
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=client_ca.pem().decode())
        self.context = context
        self.ends = []              # how each connection ended, as this side saw it
        self.names = []             # the server name that each client sent, or None
        context.sni_callback = lambda _, name, __: self.names.append(name)
        super().__init__(port)

    def handle(self, c):
        try:
            c = self.context.wrap_socket(c, server_side=True, suppress_ragged_eofs=False)
        except (OSError, ssl.SSLError) as e:
            self.ends.append(f"handshake: {e}")
            raise
        try:
            lines = c.makefile("rb")
            for line in iter(lines.readline, b""):
                if not self.obey(c, lines, line.decode().split()):
                    return
            self.ends.append("clean")
        except (OSError, ssl.SSLError) as e:
            self.ends.append(f"cut: {e}")
        finally:
            c.close()

    def obey(self, c, lines, words):
        if words[0] == "give":
            c.sendall(pattern(int(words[1])))
        elif words[0] == "records":
            data, size = pattern(int(words[1])), int(words[2])
            for at in range(0, len(data), size):
                c.sendall(data[at:at + size])
        elif words[0] == "echo":
            for _ in range(int(words[1]) // int(words[2])):
                c.sendall(lines.read(int(words[2])))
        elif words[0] == "close":
            c.unwrap()
            return False
        elif words[0] == "reset":
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        elif words[0] == "kill":
            socket.socket.shutdown(c, socket.SHUT_RDWR)
            return False
        return True


class Silent(Listener):
    """Accepts and never says a word."""

    def handle(self, c):
        while c.recv(4096):
            pass


class Dripping(Listener):
    """A proxy through which the server's bytes come one by one, each after a pause."""

    def __init__(self, port, pause):
        self.to, self.pause = port, pause
        super().__init__()

    def handle(self, c):
        up = socket.create_connection(("127.0.0.1", self.to))
        threading.Thread(target=self.pump, args=(c, up), daemon=True).start()
        while True:
            data = up.recv(4096)
            if not data:
                return
            for i in range(len(data)):
                time.sleep(self.pause)
                c.sendall(data[i:i + 1])

    @staticmethod
    def pump(source, sink):
        try:
            for data in iter(lambda: source.recv(4096), b""):
                sink.sendall(data)
        except OSError:
            pass
        sink.close()


class TlsProxy(Listener):
    """Ends TLS in front of a server without it, as nginx and HAProxy do: what comes from there in one piece goes out in records
    that are as large as the client lets them be."""

    def __init__(self, port, cert, key, address):
        self.to = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        super().__init__(address=address)

    def handle(self, c):
        with self.context.wrap_socket(c, server_side=True) as tls, socket.create_connection(("127.0.0.1", self.to)) as up:
            reader = tls.makefile("rwb", 0)
            threading.Thread(target=self.answers, args=(up, tls), daemon=True).start()
            for data in iter(lambda: reader.read(65536), b""):
                up.sendall(data)

    @staticmethod
    def answers(up, tls):
        try:
            for data in iter(lambda: up.recv(65536), b""):
                tls.sendall(data)
        except (OSError, ValueError):
            pass


class Greeting(Listener):
    """Takes a ClientHello apart (RFC 8446, 4.1.2) and hangs up. extensions: of the last one, type and bytes."""

    extensions = None

    def handle(self, c):
        head = c.recv(5, socket.MSG_WAITALL)
        hello = c.recv(int.from_bytes(head[3:], "big"), socket.MSG_WAITALL)
        at = 4 + 2 + 32
        for width in (1, 2, 1):                     # session id, suites, compression
            at += width + int.from_bytes(hello[at:at + width], "big")
        found, at = {}, at + 2
        while at < len(hello):
            kind, size = int.from_bytes(hello[at:at + 2], "big"), int.from_bytes(hello[at + 2:at + 4], "big")
            found[kind] = hello[at + 4:at + 4 + size]
            at += 4 + size
        self.extensions = found


class Garbage(Listener):
    """Answers the ClientHello with something else."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__()

    def handle(self, c):
        c.recv(4096)
        c.sendall(self.answer)
        c.recv(4096)
