# SPDX-License-Identifier: Apache-2.0
"""The part of `make demo` that shows what provisioning is for: boards/app/gateway.c as a program of this machine boots, loses
answers and power, is copied and reset, and there is always one identity. Each scene is checked, not only shown.
"""
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'test/tools'))
import device  # noqa: E402

SECONDS = 30


class Wrong(Exception):
    """What was shown is not what was promised."""


class Trap:
    """In front of a server: takes one request and keeps it ('request'), or passes it on and keeps the answer ('answer')."""

    def __init__(self, port, keeps):
        self.port_behind, self.keeps, self.caught = port, keeps, threading.Event()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        guest = self.listener.accept()[0]
        request = guest.recv(65536)
        if self.keeps == 'answer':
            with socket.create_connection(('127.0.0.1', self.port_behind)) as server:
                server.sendall(request)
                server.recv(65536)
            self.listener.close()
            guest.close()
        self.caught.set()
        self.guest = guest  # stays open: the device waits for its answer


class Life:
    def __init__(self, program, folder, said):
        self.program, self.folder, self.said = program, folder, said
        self.port = int(said['admin'].rsplit(':', 1)[1].strip('/'))
        self.counts = tuple(int(n) for n in said['release'].split('.')[:2]) >= (25, 4)  # older ones: one more, external_id is unknown

    # ---- What a scene does ----

    def scene(self, title):
        print(f'\n-- {title}', flush=True)

    def expect(self, what, true):
        print(f'   {"so it is" if true else "NOT SO"}: {what}', flush=True)
        if not true:
            raise Wrong(what)

    def command(self, serial, port=None, **settings):
        settings = {'host': '127.0.0.1', 'port': port or self.port, 'serial': serial, 'record': self.record(serial), 'chip': 'a1', **settings}
        shown = {key: value for key, value in settings.items() if key not in ('host', 'port', 'record')}
        print('   $ gateway ' + ' '.join(f'{key}={value}' for key, value in shown.items()), flush=True)
        return [self.program, *(f'{key}={value}' for key, value in settings.items())]

    def record(self, serial):
        return self.folder / (serial + '.record')

    def boot(self, text, requests, serial, **settings):
        done = subprocess.run(self.command(serial, **settings), capture_output=True, text=True, timeout=SECONDS)
        lines = [line for line in done.stdout.splitlines() if line.startswith(('device ', 'command ', 'provision failed'))]
        print(''.join(f'   | {line}\n' for line in lines), end='', flush=True)
        last = lines[-1] if lines else ''
        if text not in last or self.counts and not re.search(f' {requests} requests?: ', last):
            raise Wrong(f'expected "{text}" and {requests} requests:\n{done.stdout}{done.stderr}')

    def cut_power(self, serial, trap, until, **settings):
        """Starts the device, and kills it when `until` says so: after a line of its own, or with a request in the trap."""
        process = subprocess.Popen(self.command(serial, trap.port, **settings), stdout=subprocess.PIPE, text=True)
        try:
            if not trap.caught.wait(SECONDS):
                raise Wrong('nothing was asked')
            while until and (line := process.stdout.readline()) and not line.startswith(until):
                if line.startswith('provision failed'):
                    print('   | ' + line, end='', flush=True)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        print('   * killed: the power is cut', flush=True)

    def check_one(self, serial):
        record = device.from_file(self.record(serial))
        found = device.identities(self.said['admin'], serial)
        self.expect(f'the server has one identity of {serial}, the device has its id, and the device\'s credential logs in',
                    found == [record.id] and device.log_in(self.said['public'], serial, record.password) == record.id)

    # ---- The scenes ----

    def boots(self):
        self.scene('first boot: the device makes its identity')
        self.boot('provisioned', 1, 'sn-0101')
        self.scene('second boot: it is in its record; the server is not asked')
        self.boot('provisioned', 0, 'sn-0101')
        self.check_one('sn-0101')

    def rotation(self):
        old = device.from_file(self.record('sn-0101')).password
        self.scene('a new credential, on command')
        self.boot('provisioned', 1, 'sn-0101', command='rotate')
        self.expect('the old credential is refused', device.log_in(self.said['public'], 'sn-0101', old) is None)
        self.check_one('sn-0101')

    def lost_answer(self):
        self.scene('the answer to the first request is lost, and then the power: the identity is there, the device does not know')
        with Trap(self.port, 'answer') as trap:
            self.cut_power('sn-0102', trap, 'waiting')
        self.scene('next boot: it looks before it asks again')
        self.boot('provisioned', 1, 'sn-0102')
        self.check_one('sn-0102')

    def power_cut(self):
        self.scene('power cut behind the store, in front of the create')
        with Trap(self.port, 'request') as trap:
            self.cut_power('sn-0103', trap, '')
        self.expect('the record has an intent, the server has nothing', device.from_file(self.record('sn-0103')).state == 'intent' and
                    not device.identities(self.said['admin'], 'sn-0103'))
        self.scene('next boot: it looks, finds nothing, and creates')
        self.boot('provisioned', 2, 'sn-0103')
        self.check_one('sn-0103')

    def clone(self):
        self.scene('a clone: the same flash in another board')
        self.boot('the record is of another chip', 0, 'sn-0101', chip='b2')

    def reset(self):
        self.scene('factory reset, no root secret: the device cannot prove who it is')
        self.record('sn-0101').unlink()
        self.boot('another device or a copy', 2, 'sn-0101')
        self.scene('a person knows better, and lets it take its identity over')
        self.boot('provisioned', 3, 'sn-0101', command='claim')
        self.check_one('sn-0101')

    def reset_with_root(self):
        self.scene('a device with a root secret that no reset erases')
        self.boot('provisioned', 1, 'sn-0104', root='from-the-fuses-of-the-chip')
        self.record('sn-0104').unlink()
        self.scene('its factory reset mends itself')
        self.boot('provisioned', 2, 'sn-0104', root='from-the-fuses-of-the-chip')
        self.check_one('sn-0104')


def show(program, said):
    print('\n== One device, one identity: boards/app/gateway.c over kratos_provision.h, the program that boards/mps2 runs too', flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix='kratos-demo-'))
    try:
        life = Life(program, folder, said)
        for scene in (life.boots, life.rotation, life.lost_answer, life.power_cut, life.clone, life.reset, life.reset_with_root):
            scene()
    finally:
        shutil.rmtree(folder)
