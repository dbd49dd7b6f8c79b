# SPDX-License-Identifier: Apache-2.0
"""A Kratos for a demo or an example, a real one where there is one: test/live/run.py --serve as a process. It must never know what
is asked of it.
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def serve():
    """(process, {'kind': ..., 'release': ..., 'admin': URL, 'public': URL}); it ends when its stdin is closed."""
    server = subprocess.Popen([sys.executable, 'test/live/run.py', '--serve'], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    words = server.stdout.readline().split()
    if 'admin' not in words:
        sys.exit('serve: no server came up')
    return server, dict(zip(words[::2], words[1::2]))
