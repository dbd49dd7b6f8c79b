# SPDX-License-Identifier: Apache-2.0
"""Certificates for the TLS tests, good and bad, made anew in each run. Needs python3-cryptography (Debian)."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = 1800000000                # what the clock of the device shows in the tests: 2027-01-15
DAY = 86400
DNS, IP, URI, EMAIL, DIRECTORY = "DNS", "IP", "URI", "EMAIL", "DIRECTORY"


def new_key(kind):
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP384R1() if kind == "p384" else ec.SECP256R1())


def moment(seconds):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)


def general_name(kind, value):
    if kind == IP:
        return x509.IPAddress(ipaddress.ip_address(value))
    return x509.DNSName(value) if kind == DNS else x509.UniformResourceIdentifier(value)


def subtree(kind, value):
    """What a CA may sign for, or may not (RFC 5280, 4.2.1.10)."""
    if kind == IP:
        return x509.IPAddress(ipaddress.ip_network(value))
    if kind == DIRECTORY:
        return x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, value)]))
    return x509.RFC822Name(value) if kind == EMAIL else general_name(kind, value)


def limits(permitted=(), excluded=()):
    """The extension nameConstraints."""
    return x509.NameConstraints([subtree(*s) for s in permitted] or None, [subtree(*s) for s in excluded] or None)


def raw_limits(data, oid="2.5.29.30"):
    """The same, of bytes that may mean nothing; or, by oid, another extension."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), data)


class Cert:
    """A certificate with its key. issuer None: self-signed. limits: of a CA, critical unless soft."""

    def __init__(self, cn, kind="ec", issuer=None, key=None, ca=False, san=None, start=NOW - 30 * DAY,
                 end=NOW + 30 * DAY, key_usage=None, extended=None, limits=None, soft=False):
        self.key = key or new_key(kind)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
        self.issuer = issuer
        builder = (x509.CertificateBuilder().subject_name(self.name).issuer_name(issuer.name if issuer else self.name)
                   .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(moment(start)).not_valid_after(moment(end))
                   .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
        if san:
            names = [general_name(kind, value) for kind, value in san]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if key_usage:
            every = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment",
                                   "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
            every[key_usage] = True
            builder = builder.add_extension(x509.KeyUsage(**every), critical=True)
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage([extended]), critical=False)
        if limits:
            builder = builder.add_extension(limits, critical=not soft)
        signer = issuer.key if issuer else self.key
        digest = hashes.SHA384() if isinstance(getattr(signer, "curve", None), ec.SECP384R1) else hashes.SHA256()
        self.cert = builder.sign(signer, digest)

    def pem(self):
        return self.cert.public_bytes(serialization.Encoding.PEM)

    def der(self):
        return self.cert.public_bytes(serialization.Encoding.DER)

    def key_pem(self):
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                      serialization.NoEncryption())

    def key_der(self):
        return self.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL,
                                      serialization.NoEncryption())


CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
