#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The other end of the port self-test (test/port/selftest_peer.py), behind TLS.

    tls_selftest.py BUILD...      each BUILD holds a tls_selftest with an input buffer of 16 KB

The last line says how many passed and failed.
"""
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "port"))
import selftest_peer  # noqa: E402
from certs import DAY, IP, Cert  # noqa: E402
from peer import listen  # noqa: E402

NOW = int(time.time())


class TlsConnection:
    """What selftest_peer asks of a socket. shutdown() ends the stream in order: a close_notify."""

    def __init__(self, connection):
        self.tls = connection

    def __getattr__(self, name):
        return getattr(self.tls, name)

    def shutdown(self, _):
        self.tls = self.tls.unwrap()


def serve(raw, context, ports):
    try:
        raw.settimeout(selftest_peer.PATIENCE_S)
        connection = context.wrap_socket(raw, server_side=True)
    except (OSError, ssl.SSLError):
        return raw.close()
    try:
        selftest_peer.serve(TlsConnection(connection), ports)
    except ssl.SSLError:
        pass


def accept_all(listener, context, ports):
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(raw, context, ports), daemon=True).start()


def main():
    passed = failed = 0
    ca = Cert("root", ca=True, start=NOW - DAY, end=NOW + DAY)
    leaf = Cert("peer", issuer=ca, san=[(IP, "127.0.0.1")], start=NOW - DAY, end=NOW + DAY)
    with tempfile.TemporaryDirectory() as directory:
        chain, root = pathlib.Path(directory) / "chain.pem", pathlib.Path(directory) / "root.der"
        chain.write_bytes(leaf.pem() + leaf.key_pem())
        root.write_bytes(ca.der())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        listener = listen(0)
        ports = selftest_peer.SpecialPorts("127.0.0.1")
        threading.Thread(target=accept_all, args=(listener, context, ports), daemon=True).start()
        for build in sys.argv[1:]:
            done = subprocess.run([pathlib.Path(build) / "tls_selftest", "127.0.0.1", str(listener.getsockname()[1]), root],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
            *output, last = done.stdout.rstrip().split("\n")
            counts = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
            passed += int(counts[1]) if counts else 0
            failed += int(counts[2]) if counts else 1
            for line in output + ([] if counts else [last]):
                print(f"{pathlib.Path(build).name}: {line}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
