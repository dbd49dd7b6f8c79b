# SPDX-License-Identifier: Apache-2.0
"""Keys, certificates and a password for the proxies and the devices of this test, made anew in each run.

The root signs the servers. The devices have an authority of their own, so that no server can pass for a device.
"""
import base64
import datetime
import hashlib
import pathlib
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'tls'))
from certs import CLIENT_AUTH, DAY, DNS, IP, Cert  # noqa: E402  (test/tls)

NOW = int(time.time())
LIFE = {'start': NOW - DAY, 'end': NOW + DAY}
USER, PASSWORD = 'gateway', 'not-a-secret'
AUTHORIZATION = 'Authorization: Basic ' + base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()


def authority(name):
    return Cert(name, ca=True, **LIFE)


def revocations(issuer, certs):
    moment = datetime.datetime.utcfromtimestamp
    builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer.name).last_update(moment(NOW - DAY)).next_update(moment(NOW + DAY)))
    for cert in certs:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(cert.cert.serial_number).revocation_date(moment(NOW - DAY)).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Keys:
    """A folder with what the configurations of this test name."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        root, self.devices, self.others = authority('servers'), authority('devices'), authority('devices')
        server = Cert('edge', issuer=root, san=[(IP, '127.0.0.1'), (DNS, 'localhost')], **LIFE)
        self.write('root.der', root.der())
        self.write('root.pem', root.pem())
        self.write('server.pem', server.pem())
        self.write('server.key', server.key_pem())
        self.write('server.both', server.pem() + server.key_pem())
        self.write('users', f'{USER}:{{SHA}}{base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()}\n'.encode())
        self.write('devices.pem', self.devices.pem())
        self.certs = {name: self.device(name, cn, issuer) for name, cn, issuer in (
            ('SN-1', 'SN-1', self.devices), ('SN-2', 'SN-2', self.devices), ('SN-3', 'SN-3', self.devices),
            ('stranger', 'SN-1', self.others), ('lower', 'sn-1', self.devices), ('quote', 'SN-1","x":"', self.devices))}
        self.revoke()

    def write(self, name, content):
        (self.folder / name).write_bytes(content)

    def device(self, name, cn, issuer):
        cert = Cert(cn, issuer=issuer, extended=CLIENT_AUTH, **LIFE)
        self.write(name + '.der', cert.der())
        self.write(name + '.key', cert.key_der())
        self.write(name + '.both', cert.pem() + cert.key_pem())
        return cert

    def revoke(self, *names):
        self.write('revoked.pem', revocations(self.devices, [self.certs[name] for name in names]))
