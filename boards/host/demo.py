#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: starts a Kratos (a real one where there is one), runs the README's examples, the tour and the life
of a device, stops it.

    demo.py DIR GATEWAY      DIR holds the programs `provision`, `example` and `tour`; GATEWAY is boards/app for this machine
"""
import subprocess
import sys
import tempfile

import life
from life import device
from serve import serve


def run(*command):
    print('\n$ ' + ' '.join(command), flush=True)
    subprocess.run(command, check=True)


def main(folder, gateway):
    server, said = serve()
    kind = 'a real Kratos' if said['kind'] == 'real' else 'the stand-in (no kratos on PATH, KRATOS_BIN not set)'
    print(f'Kratos {said["release"]} on loopback: {kind}')
    host, port = said['admin'].split('//')[1].strip('/').split(':')
    try:
        with tempfile.TemporaryDirectory() as records:
            run(f'{folder}/provision', host, port, f'{records}/sn-0001.record')
            run(f'{folder}/provision', host, port, f'{records}/sn-0001.record')  # the second boot asks nothing
        run(f'{folder}/example', host, port)
        run(f'{folder}/example', host, port)  # the second time it finds what the first one created
        run(f'{folder}/tour', host, port, 'enrol')
        device.log_in(said['public'], 'sn-0042', 'correct-horse-battery')  # so that there is a session to read
        run(f'{folder}/tour', host, port, 'leave')
        life.show(gateway, said)
        print('\ndemo: done, nothing is left running')
    finally:
        server.stdin.close()
        server.wait(timeout=20)


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except (subprocess.CalledProcessError, life.Wrong) as error:
        sys.exit(f'demo: {error}')
