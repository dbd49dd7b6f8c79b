# SPDX-License-Identifier: Apache-2.0
"""The life of one device: programs that are started with the same words until one says that it is done, and killed in between.
It must never know what is asked of a server, nor what is done to requests on their way.
"""
import collections
import os
import pathlib
import random
import select
import signal
import subprocess
import threading

STATES = ('empty', 'intent', 'done', 'rotating', 'claiming', 'retiring', 'taken', 'gone', 'retired', 'not unique', 'conflict',
          'foreign', 'newer', 'damaged')
KILLS = (0, 1, 1, 2, 4)       # of one task, at most: it may be done before
FIRST_KILL, LAST_KILL = -3.3, -0.5   # seconds behind the start, as powers of ten: boot, the store and each request get their share
LIVES = 40
LIFE_SECONDS = 240            # more than the program gives itself
NO_SERVER = 1                 # a port that nobody listens at

stopping = threading.Event()
running = set()


class Bad(Exception):
    """What went wrong with a device, in words."""


def stop():
    """Ends all lives, from another thread."""
    stopping.set()
    for process in list(running):
        process.kill()


class Outcome:
    """What a device says of itself."""

    def __init__(self, line):
        state, self.id, self.credential = line.split()
        self.state = STATES[int(state)]


class Device:
    """One serial and its record. tasks are commands of the program ('' is none), and 'reset', which loses the record."""

    def __init__(self, number, serial, folder, seed):
        self.serial, self.record = serial, pathlib.Path(folder) / serial
        self.draw = random.Random(f'{seed} {number}')
        self.external = number % 7 != 3  # those without are looked up by serial, which SQLite is slow at
        self.tasks = tasks_of(number)
        self.kills, self.starts = collections.Counter(), 0
        self.outcome, self.old = None, []

    @property
    def retired(self):
        return self.tasks[-1] == 'retire'

    def live(self, program, port):
        for task in self.tasks:
            if task == 'reset':
                self.record.unlink()
                continue
            outcome = self.fulfil(program, port, task)
            if self.outcome is not None and self.outcome.credential != outcome.credential:
                self.old.append(self.outcome.credential)
            self.outcome = outcome
        self.boot_again(program)

    def fulfil(self, program, port, task):
        kills = self.draw.choice(KILLS)
        for _ in range(LIVES):
            if stopping.is_set():
                raise Bad('stopped')
            seconds = 10 ** self.draw.uniform(FIRST_KILL, LAST_KILL) if kills else LIFE_SECONDS
            outcome = self.start(program, port, task, seconds)
            if outcome is not None:
                return outcome
            kills -= 1
        raise Bad(f'{task or "provision"}: not done after {LIVES} lives')

    def start(self, program, port, task, seconds):
        """What it says, or None where it was killed before."""
        self.starts += 1
        command = [program, str(port), self.serial, str(self.record)] + ['external'] * self.external + [task] * bool(task)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            running.add(process)
            if not select.select([process.stdout], [], [], seconds)[0]:
                process.kill()
            said, complaints = process.communicate()
            running.discard(process)
        if process.returncode == -signal.SIGKILL and seconds < LIFE_SECONDS and not said:
            self.kills[self.stored()] += 1
            return None
        if process.returncode not in (0, -signal.SIGKILL) or not said.endswith('\n'):
            state = f'state {Outcome(said).state}, ' if said.endswith('\n') else ''
            raise Bad(f'{task or "provision"}: {state}ended with {process.returncode}: {complaints[-600:].strip()}')
        return Outcome(said)

    def boot_again(self, program):
        """A device whose record is settled asks no server: there is none."""
        command = [program, str(NO_SERVER), self.serial, str(self.record)] + ['external'] * self.external
        said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIFE_SECONDS, check=False).stdout
        if not said or vars(Outcome(said)) != vars(self.outcome):
            raise Bad(f'the record says {said.strip()}, the device said {vars(self.outcome)}')

    def stored(self):
        """The state that a kill left in the record; the byte behind the version's, as in struct kratos_record."""
        return STATES[self.record.read_bytes()[1]] if self.record.exists() else 'no record'


def tasks_of(number):
    """Of twelve: four rotate, one of them twice; two lose their record and claim, one of them after a rotation; one verifies; one
    retires."""
    more = {0: ['rotate'], 2: ['verify'], 3: ['rotate', 'rotate'], 5: ['reset', 'claim'], 6: ['rotate'], 8: ['rotate', 'reset', 'claim'],
            10: ['retire']}
    return [''] + more.get(number % 12, [])


def make(count, tag, folder, seed):
    os.makedirs(folder)
    return [Device(number, f'{tag}-{number}', folder, seed) for number in range(count)]
