#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Walks COUNT synthetic identities of the stand-in, page by page, in pages of several sizes.   list.py WALK COUNT"""
import subprocess
import sys

server = subprocess.Popen([sys.executable, 'test/fake/kratos_fake.py', '--release', '26.2.0', '--synthetic', sys.argv[2],
                           '--until-eof'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
try:
    port = server.stdout.readline().split()[1].rsplit(':', 1)[1]
    results = [subprocess.run([sys.argv[1], port, sys.argv[2], size], check=False).returncode == 0
               for size in ('0', '500', '37')]
finally:
    server.stdin.close()
    server.wait(timeout=20)
print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
sys.exit(not all(results))
