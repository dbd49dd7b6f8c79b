# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this folder share: where headers lie, and how a compiler is called."""
import argparse
import glob
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Public headers, with the folders of ours and of others that they need. A folder of port/ that has C files stands here.
PORTS = {
    'port/posix': ('posix',),
    'port/template': (),
    'port/selftest': (),
    'port/trace': (),
    'port/lwip': ('lwip',),
    'port/mbedtls': ('mbedtls',),
}
NOT_PUBLIC = ('kratos_mbedtls_private.h', 'kratos_mbedtls_common.h', 'kratos_mbedtls_small.h', 'kratos_mbedtls_web.h',
              'kratos_mbedtls_tls13.h', 'kratos_mbedtls_psa.h')  # the first is the port's own, the others configure Mbed TLS
PUBLIC_CORE = ('core/kratos.h', 'core/kratos_config.h', 'core/kratos_provision.h')


class Trees:
    def __init__(self, given):
        self.build = os.path.abspath(given.build)
        self.others = {'posix': [], 'jsmn': [given.jsmn], 'lwip': [os.path.join(given.lwip, 'src', 'include')],
                       'mbedtls': [os.path.join(given.mbedtls, 'include')]}

    def flags(self, *needed):
        """Include folders of ours, and as system headers those of others. Absolute: a compiler may run elsewhere."""
        found = ['-I' + os.path.join(ROOT, 'core')]
        found += ['-I' + os.path.join(ROOT, port) for port in PORTS]
        for name in ('jsmn', *needed):
            for folder in self.others[name]:
                found += ['-isystem', os.path.abspath(folder)]
        if 'posix' in needed:  # newlib would give lwIP another select()
            found += ['-D_POSIX_C_SOURCE=200809L']
        if 'lwip' in needed:
            found += ['-isystem', os.path.join(ROOT, 'boards/mps2')]
        if 'mbedtls' in needed:
            found += ['-DMBEDTLS_CONFIG_FILE="kratos_mbedtls_small.h"']
        return found


def files(*patterns):
    return sorted(os.path.relpath(path, ROOT) for pattern in patterns for path in glob.glob(os.path.join(ROOT, pattern)))


def headers(port):
    return [path for path in files(port + '/*.h') if os.path.basename(path) not in NOT_PUBLIC]


def run(command, folder=ROOT):
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=dict(os.environ, LC_ALL='C'))
    return done.returncode, done.stdout, done.stderr


def options(description):
    found = argparse.ArgumentParser(description=description)
    found.add_argument('--build', default='build/every')
    found.add_argument('--jsmn', default='build/third_party/jsmn')
    found.add_argument('--lwip', default='build/third_party/lwip')
    found.add_argument('--mbedtls', default='build/third_party/mbedtls')
    return found


class Results:
    """One line a check, and the last line that the runner of `make check` reads."""

    def __init__(self, title):
        self.title, self.passed, self.failed = title, 0, 0

    def add(self, name, wrong):
        self.passed, self.failed = self.passed + (not wrong), self.failed + bool(wrong)
        print(f'{"FAIL" if wrong else "ok  "} {self.title}: {name}', flush=True)
        if wrong:
            print('\n'.join('     ' + line for line in wrong[:40]), flush=True)

    def end(self):
        print(f'{self.passed} passed, {self.failed} failed')
        sys.exit(1 if self.failed or not self.passed else 0)
