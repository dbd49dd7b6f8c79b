#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The whole library over TLS: a list of 2,000 identities through a small input buffer, against the stand-in or a real Kratos.

    list_test.py BUILD                 the stand-in, each tls_list below BUILD
    list_test.py BUILD KRATOS_BIN...   real servers instead: kratos binaries, or folders that hold one

The last line says how many passed and failed.
"""
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

import certs
import peer
from certs import DAY, DNS, IP, Cert
from tls_test import (BAD_CERTIFICATE, CONFIGS, EXPIRED, EXT_KEY_USAGE, FUTURE, KEY_USAGE, MISMATCH, UNTRUSTED,
                      VERIFY_FAILED)

HERE = pathlib.Path(__file__).resolve().parent
FAKE = HERE.parent / "fake" / "kratos_fake.py"
BUILDS = [config for config in CONFIGS if not config.endswith("-rsa")]
SYNTHETIC = 2000
NOW = int(time.time())
SCHEMA = {"$id": "https://tls.test/device", "type": "object", "properties": {"traits": {"type": "object", "properties": {
    "serial": {"type": "string", "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}}}}}}
KRATOS_CONFIG = """
dsn: sqlite://{directory}/db.sqlite?_fk=true&mode=rwc
log: {{level: error}}
serve:
  admin:
    {{host: 127.0.0.1, port: {admin}, base_url: "https://127.0.0.1:{admin}/",
      tls: {{cert: {{path: {cert}}}, key: {{path: {key}}}}}}}
  public: {{host: 127.0.0.1, port: {public}, base_url: "http://127.0.0.1:{public}/"}}
identity:
  default_schema_id: device
  schemas: [{{id: device, url: "file://{directory}/schema.json"}}]
selfservice:
  default_browser_return_url: http://127.0.0.1/
  methods: {{password: {{enabled: true}}}}
courier: {{smtp: {{connection_uri: "smtp://127.0.0.1:1025/?disable_starttls=true"}}}}
"""


def authority(kind):
    return Cert(f"root {kind}", kind, ca=True, start=NOW - DAY, end=NOW + 900 * DAY)


def leaf(issuer, kind="ec", **options):
    options.setdefault("san", [(DNS, "localhost"), (IP, "127.0.0.1")])
    options.setdefault("start", NOW - DAY)
    options.setdefault("end", NOW + DAY)
    return Cert("kratos", kind, issuer=issuer, **options)


class Server:
    """A process that serves TLS with a certificate, and its chain in one file."""

    def __init__(self, directory, *chain, **options):
        self.options = options
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=directory))
        self.cert, self.key = self.directory / "cert.pem", self.directory / "key.pem"
        self.cert.write_bytes(b"".join(c.pem() for c in chain))
        self.key.write_bytes(chain[0].key_pem())
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


class Fake(Server):
    """proxy: the address where TLS ends in front of it."""

    def start(self):
        tls = [] if "proxy" in self.options else ["--tls-cert", self.cert, "--tls-key", self.key]
        self.process = subprocess.Popen([sys.executable, FAKE, "--release", "26.2.0", "--synthetic",
                                         str(self.options.get("synthetic", SYNTHETIC)), *tls],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r"admin https?://[^ ]*:(\d+)", line).group(1))
        if not tls:
            self.port = peer.TlsProxy(self.port, self.cert, self.key, self.options["proxy"]).port


class Real(Server):
    binary = None

    def start(self):
        self.port, public = peer.free_port(), peer.free_port()
        (self.directory / "schema.json").write_text(json.dumps(SCHEMA))
        config = self.directory / "kratos.yml"
        config.write_text(KRATOS_CONFIG.format(directory=self.directory, admin=self.port, public=public, cert=self.cert,
                                               key=self.key))
        environment = {k: v for k, v in os.environ.items() if k != "DSN"}
        log = open(self.directory / "log", "wb")
        for words in (["migrate", "sql", "-e", "-y"], ["migrate", "sql", "up", "-e", "-y"]):
            done = subprocess.run([self.binary, *words, "-c", config], stdout=log, stderr=log,
                                  env={**environment, "DSN": f"sqlite://{self.directory}/db.sqlite?_fk=true&mode=rwc"})
            if done.returncode == 0:
                break
        self.process = subprocess.Popen([self.binary, "serve", "-c", config, "--dev", "--sqa-opt-out"],
                                        stdout=log, stderr=log, env=environment)
        peer.wait_for(self.port, 30)

    def fill(self, n, ca):
        context = ssl.create_default_context(cadata=ca.pem().decode())
        context.verify_flags = ssl.VerifyFlags.VERIFY_DEFAULT
        for at in range(0, n, 500):
            rows = [{"create": {"schema_id": "device", "traits": {"serial": f"batch-{at + i}"}}} for i in range(500)]
            request = urllib.request.Request(f"https://127.0.0.1:{self.port}/admin/identities", method="PATCH",
                                             data=json.dumps({"identities": rows}).encode(),
                                             headers={"Content-Type": "application/json"})
            urllib.request.urlopen(request, context=context, timeout=120).read()


class Runs:
    def __init__(self, build, directory):
        self.build, self.directory = pathlib.Path(build), directory
        self.passed = self.failed = 0

    def list(self, config, server, ca, host="127.0.0.1", create=3, work=8192, note=1):
        root = self.directory / "root.der"
        root.write_bytes(ca.der())
        done = subprocess.run([self.build / config / "tls_list", host, str(server.port), root, str(create), str(work),
                               str(note)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return done.returncode, done.stdout

    def judge(self, name, good, output, seconds=None):
        if good:
            self.passed += 1
            arena = re.search(r"reply_max=\d+ arena=\d+", output)
            print(f"  {name}: {arena.group(0) if arena else ''}" + (f", {seconds:.1f} s" if seconds else ""))
        else:
            self.failed += 1
            print(f"FAILED {name}\n{output}")

    def whole(self, name, config, server, ca, expected, **options):
        began = time.monotonic()
        rc, output = self.list(config, server, ca, **options)
        lists = re.findall(r"listed=(\d+) distinct=(\d+) resumed=(\d)", output)
        good = rc == 0 and [x[:2] for x in lists] == [(str(expected),) * 2] * 2 and lists[1][2] == "1" and \
            "failures=0" in output
        self.judge(name, good, output, time.monotonic() - began)

    def refused(self, name, config, server, ca, native, flags, host="127.0.0.1"):
        rc, output = self.list(config, server, ca, host)
        self.judge(name, rc != 0 and "rc=-7 " in output and f"native={native} flags={flags} " in output, output)


def speaks_ipv6():
    try:
        peer.listen(0, "::1").close()
    except OSError:
        return False
    return True


def with_the_stand_in(runs, directory):
    ca = authority("ec")
    for config in BUILDS:
        with Fake(directory, leaf(ca)) as server:
            runs.whole(f"{config}: {SYNTHETIC} identities, created and listed", config, server, ca, SYNTHETIC + 3)
    address, host = ("::1", "::1%1") if speaks_ipv6() else ("127.0.0.1", "127.0.0.1")
    for config in ("small", "small-2k", "web"):
        with Fake(directory, leaf(ca, san=[(IP, address)]), proxy=address, synthetic=530) as server:
            runs.whole(f"{config}: {host} behind a proxy of OpenSSL, 530 identities, one of 5.1 KB", config, server, ca, 533,
                       host=host, note=4600)
    # A reply of 5.1 KB is still too much where nobody can be asked for small records.
    with Fake(directory, leaf(ca), proxy="127.0.0.1", synthetic=530) as server:
        rc, output = runs.list("tls13", server, ca, note=4600)
        runs.judge("tls13: behind a proxy of OpenSSL, an identity of 5.1 KB", rc != 0 and "create rc=-3 " in output, output)


def bad_leaves(ca, other):
    middle = Cert("intermediate", issuer=ca, ca=True, start=NOW - DAY, end=NOW + DAY)
    return {
        "wrong CA": (leaf(other), "127.0.0.1", VERIFY_FAILED, UNTRUSTED),
        "intermediate missing": (leaf(middle), "127.0.0.1", VERIFY_FAILED, UNTRUSTED),
        "wrong host": (leaf(ca, san=[(DNS, "other.test")]), "localhost", VERIFY_FAILED, MISMATCH),
        "IP address as DNS name": (leaf(ca, san=[(DNS, "127.0.0.1")]), "127.0.0.1", VERIFY_FAILED, MISMATCH),
        "CN only": (leaf(ca, san=None), "kratos", VERIFY_FAILED, MISMATCH),
        "expired": (leaf(ca, end=NOW - 60), "127.0.0.1", VERIFY_FAILED, EXPIRED),
        "not yet valid": (leaf(ca, start=NOW + 600), "127.0.0.1", VERIFY_FAILED, FUTURE),
        "key usage": (leaf(ca, key_usage="key_cert_sign"), "127.0.0.1", BAD_CERTIFICATE, KEY_USAGE),
        "extended key usage": (leaf(ca, extended=certs.CLIENT_AUTH), "127.0.0.1", BAD_CERTIFICATE, EXT_KEY_USAGE),
    }


def with_a_real_server(runs, directory, binary):
    Real.binary = binary
    version = pathlib.Path(binary).parent.name if pathlib.Path(binary).name == "kratos" else pathlib.Path(binary).name
    ca, other = authority("ec"), authority("ec")
    middle = Cert("intermediate", issuer=ca, ca=True, start=NOW - DAY, end=NOW + DAY)
    with Real(directory, leaf(middle), middle) as server:
        server.fill(SYNTHETIC, ca)
        expected = SYNTHETIC
        for config in BUILDS:
            expected += 3
            runs.whole(f"{version} {config}: {expected} identities, leaf + intermediate", config, server, ca, expected)
    rsa = authority("rsa")
    with Real(directory, leaf(rsa, "rsa")) as server:
        runs.whole(f"{version} web: RSA-2048", "web", server, rsa, 3)
    for name, (cert, host, native, flags) in bad_leaves(ca, other).items():
        if name == "CN only":
            continue                # the name kratos does not resolve; the matrix of tls_test.py has it
        with Real(directory, cert) as server:
            for config in ("small", "tls13"):
                runs.refused(f"{version} {config}: {name}", config, server, ca, native, flags, host)


def main():
    build, binaries = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        runs = Runs(build, directory)
        if not binaries:
            with_the_stand_in(runs, directory)
        for binary in binaries:
            path = pathlib.Path(binary)
            with_a_real_server(runs, directory, str(path / "kratos" if path.is_dir() else path))
    print(f"{runs.passed} passed, {runs.failed} failed")
    return runs.failed != 0


if __name__ == "__main__":
    sys.exit(main())
