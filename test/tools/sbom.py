#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the bill of materials of a release (CycloneDX 1.6, JSON) and holds it to the schema.

    sbom.py write ARCHIVE VERSION COMMIT SECONDS THIRD_PARTY > FILE      sbom.py check FILE

The archive holds no code of others. What the library is built against is named with the version that this machine
builds and tests with: jsmn by its Debian package, lwIP and Mbed TLS as test/tools/debsrc.sh unpacked them below
THIRD_PARTY. The time is the commit's, SECONDS since 1970, and the serial number comes from the archive: the same input
gives the same bytes. Runs in the environment of sbom.txt.
"""
import datetime
import hashlib
import re
import subprocess
import sys
import uuid

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

# name: (licence, scope, what for, CPE without version)
PARTS = {
    'jsmn': ('MIT', ComponentScope.REQUIRED, 'compiled into the core', None),
    'lwip': ('BSD-3-Clause', ComponentScope.OPTIONAL, 'port/lwip', 'lwip_project:lwip'),
    'mbedtls': ('Apache-2.0 OR GPL-2.0-or-later', ComponentScope.OPTIONAL, 'port/mbedtls', 'arm:mbed_tls'),
}


def installed_jsmn():
    """Version and release of the Debian package."""
    done = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'libjsmn-dev'], capture_output=True, text=True)
    with open('/etc/os-release') as file:
        suite = re.search(r'^VERSION_CODENAME=(\S+)', file.read(), re.M)
    if done.returncode or not suite:
        sys.exit('sbom: which jsmn? libjsmn-dev is not installed: run test/tools/deps.sh host')
    return done.stdout, suite[1]


def unpacked(third_party, name):
    """The same of what debsrc.sh noted: name, suite, version."""
    try:
        with open(f'{third_party}/{name}/.debsrc') as file:
            _, suite, version = file.read().split()
    except (OSError, ValueError):
        sys.exit(f'sbom: which {name}? {third_party}/{name} did not come from debsrc.sh')
    return version, suite


def upstream(version):
    """2.2.1 of 2.2.1+dfsg1-1+deb13u1."""
    return re.sub(r'^\d+:|[-+~].*$', '', version)


def licence(text):
    return LicenseExpression(value=text) if ' ' in text else DisjunctiveLicense(id=text)


def part(name, version, suite):
    text, scope, use, cpe = PARTS[name]
    purl = PackageURL('deb', 'debian', name, version, {'arch': 'source', 'distro': suite})
    return Component(name=name, version=upstream(version), type=ComponentType.LIBRARY, scope=scope,
                     licenses=[licence(text)], purl=purl, bom_ref=name,
                     cpe=cpe and f'cpe:2.3:a:{cpe}:{upstream(version)}:*:*:*:*:*:*:*',
                     properties=[Property(name='kratos:use', value=use)])


def product(archive, version, commit):
    with open(archive, 'rb') as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return Component(name='kratos', version=version, type=ComponentType.LIBRARY, licenses=[licence('Apache-2.0')],
                     purl=PackageURL('generic', None, 'kratos', version), bom_ref='kratos',
                     hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
                     properties=[Property(name='kratos:commit', value=commit)]), digest


def write(archive, version, commit, seconds, third_party):
    kratos, digest = product(archive, version, commit)
    found = {'jsmn': installed_jsmn(), **{name: unpacked(third_party, name) for name in ('lwip', 'mbedtls')}}
    parts = [part(name, *where) for name, where in found.items()]
    bom = Bom(components=parts, serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f'kratos:{digest}'))
    bom.metadata.component = kratos
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    bom.register_dependency(kratos, parts)
    print(JsonV1Dot6(bom).output_as_string(indent=2))


def check(path):
    with open(path) as file:
        wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
    if wrong:
        sys.exit(f'sbom: {path} is no CycloneDX 1.6: {wrong}')


if __name__ == '__main__':
    {'write': write, 'check': check}[sys.argv[1]](*sys.argv[2:])
