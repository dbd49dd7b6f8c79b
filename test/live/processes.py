# SPDX-License-Identifier: Apache-2.0
"""Starts and stops processes so that none outlives the run, on free loopback ports and without the caller's environment.
It must never know what the processes are.
"""
import ctypes
import fcntl
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading

STOP_SECONDS = 10
running = set()
held = []  # files of the ports that are in use
lock = threading.Lock()
stopping = threading.Event()


class Trouble(Exception):
    """A server that cannot be used, in words for the user."""


def die_with_parent():
    """In the child: it ends when the thread that started it does, whatever kills us."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (OSError, AttributeError):
        pass


def start_process(command, stop_with=signal.SIGTERM, **more):
    with lock:
        if stopping.is_set():
            raise Trouble('stopped')
        process = subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent, **more)
        process.stop_with = stop_with
        running.add(process)
    return process


def stop_process(process):
    if process.poll() is None:
        if process.stdin is not None:
            process.stdin.close()  # the stand-in ends by itself then
        else:
            process.send_signal(process.stop_with)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    with lock:
        running.discard(process)


def stop_everything():
    stopping.set()
    with lock:
        left = list(running)
    for process in left:
        stop_process(process)


def clean_environment(home):
    """Kratos takes its configuration from the environment too; none of the caller's may reach it."""
    return {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'HOME': str(home), 'TZ': 'UTC'}


def free_ports(count):
    """Ports for programs that take no open socket. They lie below those that the kernel gives out by itself (from 32768 on), and
    are ours as long as this process lives: other runs on this machine look for ports at the same time."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 32000)
        mine = open(f'{tempfile.gettempdir()}/kratos-test-port-{os.getuid()}-{port}', 'w')
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(('127.0.0.1', port))
        except OSError:
            mine.close()
            continue
        held.append(mine)
        found.append(port)
    return found


def tail(path, lines=15):
    return '\n'.join(pathlib.Path(path).read_text(errors='replace').splitlines()[-lines:])
