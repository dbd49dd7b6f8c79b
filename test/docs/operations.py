#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of docs/operations.md against the newest real Kratos found, else the stand-in.

    operations.py PROGRAM      PROGRAM is test/docs/operations.c; last line `N passed, N failed`
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'test/tools'))
import device  # noqa: E402
from serve import serve  # noqa: E402

EXAMPLES = 19


def session_of(public, serial, password):
    flow = device.ask(f'{public}/self-service/login/api')[1]['id']
    return device.ask(f'{public}/self-service/login?flow={flow}', {'method': 'password', 'identifier': serial, 'password': password})[1]['session']['id']


def port_of(url):
    return url.rpartition(':')[2].strip('/')


def main(program):
    server, said = serve()
    names, wrong = set(), 0
    try:
        where = [program, '127.0.0.1', port_of(said['admin']), port_of(said['public'])]
        for half in ('before', 'after'):
            more = [session_of(said['public'], 'sn-doc-1', 'correct-horse-battery')] if half == 'after' else []
            done = subprocess.run([*where, half, *more], stdout=subprocess.PIPE, text=True, timeout=60, check=False)
            lines = done.stdout.splitlines()
            print('\n'.join(line for line in lines if 'example:' in line))
            names |= {line.split()[-1] for line in lines if line.startswith('ok   example: kratos_')}
            wrong += done.returncode != 0
            if wrong:
                break
    finally:
        server.stdin.close()
        server.wait(timeout=20)
    failed = max(EXAMPLES - len(names), wrong)
    print(f'{len(names)} passed, {failed} failed')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
