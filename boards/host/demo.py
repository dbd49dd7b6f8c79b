#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: starts a Kratos (a real one where there is one), runs the README's example and the tour, stops it.

    demo.py DIR      DIR holds the programs `example` and `tour`
"""
import json
import subprocess
import sys
import urllib.request


def serve():
    server = subprocess.Popen([sys.executable, 'test/live/run.py', '--serve'], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    words = server.stdout.readline().split()
    if 'admin' not in words:
        sys.exit('demo: no server came up')
    return server, dict(zip(words[::2], words[1::2]))


def log_in(public, identifier, password):
    """The device logs in, so that there is a session to read."""
    flow = json.load(urllib.request.urlopen(f'{public}/self-service/login/api'))['id']
    body = json.dumps({'method': 'password', 'identifier': identifier, 'password': password}).encode()
    urllib.request.urlopen(urllib.request.Request(f'{public}/self-service/login?flow={flow}', body,
                                                  {'Content-Type': 'application/json'})).read()


def run(*command):
    print('\n$ ' + ' '.join(command), flush=True)
    subprocess.run(command, check=True)


def main(folder):
    server, said = serve()
    kind = 'a real Kratos' if said['kind'] == 'real' else 'the stand-in (no kratos on PATH, KRATOS_BIN not set)'
    print(f'Kratos {said["release"]} on loopback: {kind}')
    host, port = said['admin'].split('//')[1].strip('/').split(':')
    try:
        run(f'{folder}/example', host, port)
        run(f'{folder}/example', host, port)  # the second time it finds what the first one created
        run(f'{folder}/tour', host, port, 'enrol')
        log_in(said['public'], 'sn-0042', 'correct-horse-battery')
        run(f'{folder}/tour', host, port, 'leave')
        print('\ndemo: done, nothing is left running')
    finally:
        server.stdin.close()
        server.wait(timeout=20)


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(f'demo: {error}')
