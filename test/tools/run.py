#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the steps of `make check` and counts their tests.

    run.py [-j JOBS] [-t SECONDS] [-o DIR] LIST [NAME...]

LIST has one step a line: name TAB command [TAB seconds]; # begins a comment line. Each step runs in a shell and a process
group of its own, within its time, and its output goes to DIR/NAME.log. One line a step is printed, of a failed step also
the end of its log; the last line is `N passed, N failed`.

The tests of a step are what its output says: the last line `N passed, N failed[, N skipped]`, or else the sum of cmocka's
`[  PASSED  ] N test(s)`; a step that counts nothing is one test. A step fails if it exits with other than 0, says that a
test failed, ran no test, or leaves a process behind.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PLAIN = re.compile(r'^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$', re.M)
CMOCKA = re.compile(r'\[  (PASSED |FAILED |SKIPPED) \] (\d+) test\(s\)')
LOG_TAIL = 40

running = set()


def read_steps(path, limit):
    steps = []
    with open(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith('#'):
                continue
            fields = line.rstrip('\n').split('\t')
            if len(fields) not in (2, 3) or not re.fullmatch(r'[\w.+-]+', fields[0]):
                sys.exit(f'run: {path}:{number}: not "name TAB command [TAB seconds]"')
            steps.append((fields[0], fields[1], float(fields[2]) if len(fields) == 3 else limit))
    if len({name for name, _, _ in steps}) != len(steps):
        sys.exit(f'run: {path}: a name comes twice')
    return steps


def count(text):
    """(passed, failed, skipped) as the output says, or None."""
    plain = PLAIN.findall(text)
    if plain:
        return tuple(int(n or 0) for n in plain[-1])
    sums = {}
    for kind, n in CMOCKA.findall(text):
        sums[kind.strip()] = sums.get(kind.strip(), 0) + int(n)
    if not sums:
        return None
    return sums.get('PASSED', 0), sums.get('FAILED', 0), sums.get('SKIPPED', 0)


def group_lives(pid):
    try:
        os.killpg(pid, 0)
        return True
    except (ProcessLookupError, PermissionError):
        return False


def end_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def execute(command, limit, log):
    """Runs one command to its end. Returns what is wrong with it, or ''."""
    with open(log, 'wb') as out:
        process = subprocess.Popen(['/bin/sh', '-c', command], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    running.add(process.pid)
    try:
        code = process.wait(timeout=limit)
        patience = time.monotonic() + 2
        while group_lives(process.pid) and time.monotonic() < patience:
            time.sleep(0.02)
        if code:
            return f'exit code {code}' if code > 0 else f'ended by {signal.Signals(-code).name}'
        return 'left a process running' if group_lives(process.pid) else ''
    except subprocess.TimeoutExpired:
        return f'not finished after {limit:g} s'
    finally:
        end_group(process.pid)
        process.wait()
        running.discard(process.pid)


def run(step, folder, width):
    name, command, limit = step
    log = os.path.join(folder, name + '.log')
    began = time.monotonic()
    wrong = execute(command, limit, log)
    seconds = time.monotonic() - began
    with open(log, errors='replace') as file:
        text = file.read()
    passed, failed, skipped = count(text) or (0 if wrong else 1, 0, 0)
    if not wrong and failed:
        wrong = 'tests failed'
    if not wrong and passed + skipped == 0:
        wrong = 'ran no test'
    if wrong:
        failed = max(failed, 1)
    said = f'{passed} passed' + (f', {failed} failed' if failed else '') + (f', {skipped} skipped' if skipped else '')
    lines = [f'{"FAIL" if wrong else "ok  "} {name:<{width}}  {said} ({seconds:.1f} s)' + (f': {wrong}' if wrong else '')]
    if wrong:
        lines += ['     ' + line for line in text.splitlines()[-LOG_TAIL:]] + [f'     whole output: {log}']
    print('\n'.join(lines), flush=True)
    return passed, failed, skipped


def main():
    options = argparse.ArgumentParser(description='Runs test steps and counts their tests.')
    options.add_argument('list')
    options.add_argument('name', nargs='*', help='only these steps')
    options.add_argument('-j', type=int, default=1, metavar='JOBS', dest='jobs')
    options.add_argument('-t', type=float, default=300, metavar='SECONDS', dest='limit', help='of a step (300)')
    options.add_argument('-o', default='build/check', metavar='DIR', dest='folder', help='of the logs (build/check)')
    given = options.parse_args()

    steps = read_steps(given.list, given.limit)
    unknown = set(given.name) - {name for name, _, _ in steps}
    if unknown:
        sys.exit('run: no such step: ' + ' '.join(sorted(unknown)))
    steps = [step for step in steps if not given.name or step[0] in given.name]
    os.makedirs(given.folder, exist_ok=True)
    width = max((len(step[0]) for step in steps), default=0)

    with ThreadPoolExecutor(max(given.jobs, 1)) as pool:
        results = [pool.submit(run, step, given.folder, width) for step in steps]
        try:
            counts = [result.result() for result in results]
        except BaseException:
            for result in results:
                result.cancel()
            for pid in list(running):
                end_group(pid)
            raise
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    if skipped:
        print(f'{skipped} skipped, the logs say why')
    print(f'{passed} passed, {failed} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
