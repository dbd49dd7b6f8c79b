#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of test/bench and holds what they cost against the goals.

    bench.py BUILD      the programs are in BUILD/bench; writes BUILD/bench.csv and BUILD/bench-functions.txt
    bench.py BUILD m4   only the instructions of a create on a Cortex-M4, and writes nothing

Counts (instructions, bytes) are firm: a goal stands just above what was reached, and missing it fails. Wall time on a shared machine is not firm: a ratio below its goal is told, and fails only below
FLOOR. Last line `N passed, N failed`, one test a goal; exit 1 if one failed.
"""
import collections
import contextlib
import csv
import os
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROUNDS, EXCHANGES = 201, 50  # short turns: what else the machine does then hits all clients alike
CREATES = 50, 250  # two lengths of a run: their difference has no start-up in it
LISTS = 1000, 100000
FLOOR = 0.5
WORK = {'create and get, identity of 1.3 KB': 1356, 'create and get, identity of 1.6 KB with 100 numbers': 1636,
        'list of 1,000 identities of 1.3 KB': 1429, 'list of 1,000 identities of 1.6 KB with 100 numbers': 1709}
PATIENCE_S = 110
TOP = 10

LIST_ONLY = '--toggle-collect=kratos_list_identities', '--toggle-collect=memory_*'
CREATE_ONLY = '--toggle-collect=kratos_create_identity', '--toggle-collect=memory_*'

Row = collections.namedtuple('Row', 'what value unit goal', defaults=('',))


class BenchError(Exception):
    pass


def run(*command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise BenchError(f'{" ".join(command)}: no end within {PATIENCE_S} s') from None
    if done.returncode:
        raise BenchError(f'{" ".join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}')
    return done.stdout, done.stderr


# ---- Wall time -----------------------------------------------------------------------------------

def busy_ticks():
    with open('/proc/stat') as file:
        lines = [line.split() for line in file if line.startswith('cpu') and line[3].isdigit()]
    return {int(name[3:]): sum(map(int, ticks[:3])) + sum(map(int, ticks[5:8])) for name, *ticks in lines}


def pin():
    """Puts this process, and so all that it starts, on the processor that is least busy just now. Says what was done."""
    try:
        before, allowed = busy_ticks(), os.sched_getaffinity(0)
        time.sleep(0.3)
        after = busy_ticks()
        cpu = min(allowed, key=lambda n: (after.get(n, 0) - before.get(n, 0), n))
        os.sched_setaffinity(0, {cpu})
        return f'client and responder on the same processor, number {cpu}'
    except (OSError, AttributeError):
        return 'client and responder not bound to a processor'


@contextlib.contextmanager
def responder(folder):
    """Its port, as long as it runs."""
    program, pipe = os.path.join(folder, 'responder'), subprocess.PIPE
    with subprocess.Popen([program], stdin=pipe, stdout=pipe, text=True) as peer:
        try:
            yield peer.stdout.readline().strip()
        finally:
            peer.kill()


def timed_rounds(folder):
    """What was done about processors, and [(raw, ours, libcurl)] in ns an exchange."""
    allowed = os.sched_getaffinity(0)
    where = pin()
    try:
        with responder(folder) as port:
            out, _ = run(os.path.join(folder, 'exchange'), port, 'time', str(ROUNDS), str(EXCHANGES))
    finally:
        os.sched_setaffinity(0, allowed)
    return where, [tuple(map(float, line.split())) for line in out.splitlines()]


def time_rows(rounds):
    raw, ours, curl = zip(*rounds)
    yield Row('create: ratio raw exchange / ours', statistics.median(r / o for r, o in zip(raw, ours)), 'ratio', '>=0.78')
    yield Row('create: ratio raw exchange / libcurl + cJSON', statistics.median(r / c for r, c in zip(raw, curl)), 'ratio')
    for name, times in (('raw exchange', raw), ('ours', ours), ('libcurl + cJSON', curl)):
        yield Row(f'create: {name}', statistics.median(times) / 1000, 'us')


# ---- Instructions --------------------------------------------------------------------------------

def costs_of(path):
    """{(file, function): instructions} without those of the functions that it calls."""
    costs, file, place, inclusive = collections.Counter(), '', ('', ''), False
    with open(path) as lines:
        for line in lines:
            if line.startswith('fl='):
                file = line[3:].strip()
            elif line.startswith('fn='):
                place = file, line[3:].strip()
            elif line.startswith('calls='):
                inclusive = True
            elif line[0] in '0123456789+-*':
                if not inclusive:
                    costs[place] += int((line.split() + ['0'])[1])
                inclusive = False
    return costs


def count(folder, name, options, *command):
    out = os.path.join(folder, f'callgrind.{name}')
    run('valgrind', '--tool=callgrind', '--compress-strings=no', f'--callgrind-out-file={out}', *options, *command)
    return costs_of(out)


def per_create(short, long):
    costs = collections.Counter(long)
    costs.subtract(short)
    return {place: cost / (CREATES[1] - CREATES[0]) for place, cost in costs.items()}


def all_counts(folder, port):
    """{name: costs} of all runs under callgrind, two at a time, the longest first."""
    exchange, inmemory = os.path.join(folder, 'exchange'), os.path.join(folder, 'inmemory')
    jobs = [(f'list-{n}', LIST_ONLY, inmemory, 'list', str(n)) for n in reversed(LISTS)]
    for n in CREATES:
        jobs += [(f'{way}-{n}', (), exchange, port, 'count', way, str(n)) for way in ('ours', 'libcurl')]
        jobs.append((f'core-{n}', CREATE_ONLY, inmemory, 'create', str(n)))
    with ThreadPoolExecutor(2) as pool:
        return dict(zip([job[0] for job in jobs], pool.map(lambda job: count(folder, *job), jobs)))


def instruction_rows(counts):
    names = {'ours': 'ours', 'core': 'ours, core alone in memory', 'libcurl': 'libcurl + cJSON'}
    for way, name in names.items():
        total = sum(per_create(*(counts[f'{way}-{n}'] for n in CREATES)).values())
        yield Row(f'create: instructions, {name}', round(total), 'instructions', '<=31500' if way == 'ours' else '')
    each = [sum(counts[f'list-{n}'].values()) / n for n in LISTS]
    for n, value in zip(LISTS, each):
        yield Row(f'list: instructions per identity of {n:,}', round(value), 'instructions', '<=8100')
    yield Row(f'list: ratio per identity, {LISTS[1]:,} / {LISTS[0]:,}', each[1] / each[0], 'ratio', '<=1.05')


def write_functions(path, counts):
    total = per_create(*(counts[f'ours-{n}'] for n in CREATES))
    whole = sum(total.values())
    lines = [f'{"instructions":>12} {"share":>6}  function, without what it calls; a create through port/posix']
    for (file, function), cost in sorted(total.items(), key=lambda item: -item[1])[:TOP]:
        lines.append(f'{cost:12,.0f} {cost / whole:6.1%}  {function} ({os.path.basename(file)})')
    lines.append(f'{whole:12,.0f} {1:6.1%}  all')
    with open(path, 'w') as file:
        file.write('\n'.join(lines) + '\n')


# ---- Instructions on a Cortex-M4 -----------------------------------------------------------------

def target_run(folder):
    """[(instructions a create, of them io)] that the firmware counted, over N creates and over 2 N."""
    out, _ = run(os.environ.get('QEMU', 'qemu-system-arm'), '-M', 'mps2-an386', '-icount', 'shift=0', '-net', 'none',
                 '-display', 'none', '-monitor', 'none', '-serial', 'stdio',
                 '-semihosting-config', 'enable=on,target=native', '-kernel', os.path.join(folder, 'm4', 'target.elf'))
    lines = re.findall(r'^creates (\d+), instructions (\d+), of them io (\d+)$', out, re.M)
    return [(round(int(total) / int(n)), round(int(io) / int(n))) for n, total, io in lines]


def target_rows(folder):
    """From two runs: all four counts must be the same to the last instruction, or none means anything."""
    counted = target_run(folder) + target_run(folder)
    if len(counted) != 4 or len(set(counted)) != 1:
        raise BenchError(f'Cortex-M4: counts of the same create differ (with io, io): {counted}')
    total, io = counted[0]
    yield Row('create: instructions, Cortex-M4 -Os, core alone', total - io, 'instructions', '<=36100')
    yield Row('create: instructions, Cortex-M4 -Os, with io', total, 'instructions')


# ---- Work buffer ---------------------------------------------------------------------------------

def work_rows(folder):
    out, said = run(os.path.join(folder, 'inmemory'), 'work')
    sys.stderr.write(said)
    for line in out.splitlines():
        what, size = line.split('\t')
        yield Row(f'work buffer: {what}', int(size) or 'none', 'bytes', f'<={WORK[what]}')


# ---- Report --------------------------------------------------------------------------------------

def verdict(row):
    """'', 'ok', 'below goal' (told only), or 'FAILED'."""
    if not row.goal:
        return ''
    limit = float(row.goal[2:])
    if row.value == 'none':
        return 'FAILED'
    if row.goal.startswith('<='):
        return 'ok' if row.value <= limit else 'FAILED'
    return 'ok' if row.value >= limit else 'below goal' if row.value >= FLOOR else 'FAILED'


def text(value):
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else f'{value:.3f}'


def write_table(rows, path):
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(Row._fields)
        writer.writerows((row.what, text(row.value), row.unit, row.goal) for row in rows)


def report(rows):
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f'{row.what:{width}} {text(row.value):>9} {row.unit:12} {row.goal:>8} {verdict(row)}'.rstrip())


def measure(folder, functions):
    where, rounds = timed_rounds(folder)
    print(f'{where}; {ROUNDS} rounds of {EXCHANGES} exchanges each, interleaved, medians')
    rows = list(time_rows(rounds))
    with responder(folder) as port:
        counts = all_counts(folder, port)
    write_functions(functions, counts)
    return rows + list(instruction_rows(counts)) + list(target_rows(folder)) + list(work_rows(folder))


def only_target(folder):
    """Prints its figure; whether it is within its budget."""
    rows = [row for row in target_rows(folder) if row.goal]
    report(rows)
    return all(verdict(row) != 'FAILED' for row in rows)


def main():
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ['m4']):
        sys.exit(__doc__)
    table, functions = (os.path.join(sys.argv[1], name) for name in ('bench.csv', 'bench-functions.txt'))
    folder = os.path.join(sys.argv[1], 'bench')
    try:
        if sys.argv[2:]:
            sys.exit(not only_target(folder))
        rows = measure(folder, functions)
    except (BenchError, OSError) as error:
        print(f'bench: {error}\n0 passed, 1 failed')
        sys.exit(1)
    write_table(rows, table)
    report(rows)
    print(f'table in {table}, where the instructions go in {functions}')
    verdicts = [verdict(row) for row in rows if row.goal]
    failed = verdicts.count('FAILED')
    if 'below goal' in verdicts:
        print(f'a wall-time ratio is below its goal; counted as failed only below {FLOOR}')
    print(f'{len(verdicts) - failed} passed, {failed} failed')
    sys.exit(failed != 0)


if __name__ == '__main__':
    main()
