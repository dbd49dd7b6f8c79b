#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes core in small ways, one at a time, and looks whether a test fails.

    mutants.py [-s SHARE] [-f PREFIX] [-c] [-j JOBS] BUILD SOURCE [CFLAG...]

BUILD/test holds the test programs, which take libcore.so from LD_LIBRARY_PATH; SOURCE is the folder of core. -s takes a
sample, SHARE of a thousand mutants: each is in it or not by a hash of its own name, so that an edit elsewhere changes
nothing. -f takes those only whose file.c:function begins so.

A mutant that does not compile, or that compiles to the same object, is none. It is killed by the first test that fails,
hangs, or takes too much memory; tests that killed others of the same file in little time come first. With -c what survives
meets more: recorded exchanges, and the shorter tests once again with AddressSanitizer and UBSan in core.

equivalent.txt names mutants that the tests of the sample cannot kill, with the reason: those that change nothing, and those
that only -c can see. A sample leaves them out; otherwise they meet the tests of the sample, and of a run of all an entry
whose mutant is killed by these, or is none, is stale: an error. Of all others 98 % must be killed. The last line is
`N passed, N failed`: the killed ones, and those that survived if they are too many.
"""
import argparse
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import ctext  # noqa: E402

# Variables that a mutant leaves unset hold a pattern, so that each run is the same; a function must return what it promises.
CFLAGS = ('-std=c99', '-O1', '-fPIC', '-Werror=return-type', '-ftrivial-auto-var-init=pattern')
SANITIZE = ('-fsanitize=address,undefined', '-fno-sanitize-recover=all')
WANTED = 98.0
MEMORY = 1 << 30
CHECKED_SECONDS = 4
PYTHON = sys.executable

# What a test is: a shell command, {tmp} a folder of its own. Each program *_test is one, with these arguments or none; None:
# not by itself.
ARGUMENTS = {'ops_test': 'test/ops/facts.csv', 'recorded_test': None}
VECTORS = '{python} test/wire/make_vectors.py requests test/wire/recordings {tmp}/requests'
MORE = {
    'requests': '{test}/recorded_test -r {tmp}/requests NONE && ' + VECTORS,
    'sieve': '{python} test/unit/sieve_diff.py {test}/sieve_check 4000',
}
SLOW = {'recorded': '{test}/recorded_test 26.2.0/'}

Test = namedtuple('Test', 'name command seconds cpu')
Result = namedtuple('Result', 'mutant state by')  # state: none, killed, survived


class MutantsError(Exception):
    pass


def key(mutant):
    return f'{mutant.file}:{mutant.function}', mutant.source, mutant.label, str(mutant.occurrence)


def read_equivalent(path):
    """{key: reason}"""
    entries = {}
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            fields = [' '.join(field.split()) for field in line.split(' :: ')]
            if not line.strip() or line.startswith('#'):
                continue
            if len(fields) != 5 or not all(fields):
                raise MutantsError(f'{path}:{number}: not "file.c:function :: line :: change :: occurrence :: reason"')
            entries[tuple(fields[:4])] = fields[4]
    return entries


def in_sample(mutant, share):
    """By the mutant's name alone."""
    digest = hashlib.sha256(' :: '.join(key(mutant)).encode()).digest()
    return int.from_bytes(digest[:4], 'big') % 1000 < share


class Tests:
    """The test programs; which come first for a file is learned."""

    def __init__(self, folder, more):
        commands = {}
        for path in sorted(glob.glob(os.path.join(folder, '*_test'))):
            name = os.path.basename(path)
            if ARGUMENTS.get(name, '') is not None:
                commands[name] = f'{path} {ARGUMENTS.get(name, "")}'
        words = {'test': folder, 'python': PYTHON, 'tmp': '{tmp}'}
        commands.update({name: text.format(**words) for name, text in more.items()})
        self.commands, self.tests, self.kills, self.lock = commands, [], {}, threading.Lock()

    def measure(self, library, tmp, pool):
        """Runs each without a mutant."""
        self.tests = list(pool.map(lambda name: self.measured(name, library, tmp), self.commands))

    def measured(self, name, library, tmp):
        began = time.monotonic()
        if not self.passes(Test(name, self.commands[name], 60.0, 60), library, tmp):
            raise MutantsError(f'{name} fails without a mutant')
        took = time.monotonic() - began
        return Test(name, self.commands[name], took, int(3 * took) + 1)

    @staticmethod
    def passes(test, library, tmp, preload=None):
        """Time of the processor is bounded, so that a busy machine changes nothing; so is that of the clock, generously."""
        env = {**os.environ, 'LD_LIBRARY_PATH': library, 'CMOCKA_TEST_ABORT': '1', 'ASAN_OPTIONS': 'detect_leaks=0'}
        limits = f'ulimit -c 0; ulimit -t {test.cpu * (5 if preload else 1)}; '
        if preload:
            env['LD_PRELOAD'] = preload
        else:
            limits += f'ulimit -v {MEMORY // 1024}; '
        command, silent = ['sh', '-c', limits + test.command.format(tmp=tmp)], subprocess.DEVNULL
        try:
            done = subprocess.run(command, cwd=ROOT, env=env, stdin=silent, stdout=silent, stderr=silent,
                                  timeout=60 + 20 * test.seconds)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def in_order(self, file):
        with self.lock:
            kills = {test.name: self.kills.get((file, test.name), 0) for test in self.tests}
        return sorted(self.tests, key=lambda test: -(kills[test.name] + 0.3) / (test.seconds + 0.01))

    def killer(self, file, library, tmp, preload=None, brief=False):
        """The first test that fails, or None. With sanitizers only programs, and of those not the longest."""
        for test in self.in_order(file):
            if preload and (test.name in MORE | SLOW or test.seconds > CHECKED_SECONDS) or brief and test.name in SLOW:
                continue
            if not self.passes(test, library, tmp, preload):
                with self.lock:
                    self.kills[file, test.name] = self.kills.get((file, test.name), 0) + 1
                return test.name
        return None


class Core:
    """Objects of core, and libraries in which one of them is a mutant's."""

    def __init__(self, folder, build, cflags):
        self.sources = {os.path.basename(path): path for path in sorted(glob.glob(os.path.join(folder, '*.c')))}
        self.texts = {name: open(path, encoding='utf-8').read() for name, path in self.sources.items()}
        self.flags, self.build = [f'-I{os.path.abspath(folder)}', *cflags], build
        self.preload = subprocess.run(['gcc', '-print-file-name=libasan.so'], capture_output=True, text=True).stdout.strip()

    def compiled(self, name, text, tmp, extra=()):
        """The object of `text`, which may be a mutant's, in tmp; or None."""
        with open(os.path.join(tmp, name), 'w', encoding='utf-8') as file:
            file.write(text)
        command = ['gcc', *CFLAGS, *extra, *self.flags, '-c', name, '-o', name + '.o']
        done = subprocess.run(command, cwd=tmp, stderr=subprocess.DEVNULL)
        return os.path.join(tmp, name + '.o') if done.returncode == 0 else None

    def base(self, kind, extra=()):
        """Compiles all as they are."""
        folder = os.path.join(self.build, kind)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for name, text in self.texts.items():
            if not self.compiled(name, text, folder, extra):
                raise MutantsError(f'{name} does not compile')
        return folder

    def link(self, folder, name, tmp, extra=()):
        """A library of the objects in folder, but for that of `name`, which is in tmp."""
        objects = [os.path.join(tmp if other == name else folder, other + '.o') for other in self.sources]
        library = os.path.join(tmp, 'libcore.so')
        command = ['gcc', *extra] if extra else ['ld']
        symbolic = '-Wl,-Bsymbolic' if extra else '-Bsymbolic'
        subprocess.run([*command, '-shared', symbolic, '-o', library, *objects], check=True)
        return tmp


class Run:
    def __init__(self, core, tests, named, checks, jobs):
        self.core, self.tests, self.named, self.pool = core, tests, named, ThreadPoolExecutor(jobs)
        self.plain = core.base('plain')
        self.checked = core.base('checked', SANITIZE) if checks else None
        with tempfile.TemporaryDirectory(dir=core.build) as tmp:
            tests.measure(core.link(self.plain, None, tmp), tmp, self.pool)

    def all(self, mutants):
        return list(self.pool.map(self.one, mutants))

    def one(self, mutant):
        with tempfile.TemporaryDirectory(dir=self.core.build) as tmp:
            return self.in_folder(mutant, tmp)

    def in_folder(self, mutant, tmp):
        text = ctext.apply(self.core.texts[mutant.file], mutant)
        made = self.core.compiled(mutant.file, text, tmp)
        if not made or same(made, os.path.join(self.plain, mutant.file + '.o')):
            return Result(mutant, 'none', '')
        brief = key(mutant) in self.named
        killer = self.tests.killer(mutant.file, self.core.link(self.plain, mutant.file, tmp), tmp, brief=brief)
        if not killer and self.checked and not brief and self.core.compiled(mutant.file, text, tmp, SANITIZE):
            self.core.link(self.checked, mutant.file, tmp, SANITIZE)
            killer = self.tests.killer(mutant.file, tmp, tmp, self.core.preload)
        return Result(mutant, 'killed' if killer else 'survived', killer or '')


def same(a, b):
    with open(a, 'rb') as one, open(b, 'rb') as other:
        return one.read() == other.read()


def by_name(results):
    return sorted(results, key=lambda r: (r.mutant.file, r.mutant.start, r.mutant.label))


def show(result, text):
    mutant = result.mutant
    changed = ctext.apply(text, mutant)
    begin = text.rfind('\n', 0, mutant.start) + 1
    line = changed[begin:changed.find('\n', mutant.start + len(mutant.new))]
    print(f'core/{mutant.file}:{mutant.line}: {" :: ".join(key(mutant))}')
    print(f'    - {mutant.source}\n    + {" ".join(line.split())}')


def table(results, named):
    print(f'{"":16}{"killed":>8}{"of":>6}{"":>8}{"none":>7}{"named":>7}')
    for file in [*sorted({r.mutant.file for r in results}), 'total']:
        mine = [r for r in results if file in (r.mutant.file, 'total')]
        states = [r.state for r in mine if key(r.mutant) not in named]
        killed, all_ = states.count('killed'), states.count('killed') + states.count('survived')
        none, known = sum(r.state == 'none' for r in mine), sum(key(r.mutant) in named for r in mine)
        print(f'{file:16}{killed:8}{all_:6}{100 * killed / max(all_, 1):8.1f}{none:7}{known:7}')


def judge(results, named, texts, complete):
    """Prints all; (passed, failed)."""
    table(results, named)
    survivors = by_name(r for r in results if r.state == 'survived' and key(r.mutant) not in named)
    for result in survivors:
        show(result, texts[result.mutant.file])
    killed = sum(r.state == 'killed' and key(r.mutant) not in named for r in results)
    counted = killed + len(survivors)
    failed = len(survivors) if counted == 0 or 100 * killed / counted < WANTED else 0
    if failed:
        print(f'FAIL mutants: {100 * killed / max(counted, 1):.1f} % killed, wanted {WANTED:g}')
    alive = {key(r.mutant) for r in results if r.state == 'survived'}
    for entry in [entry for entry in named if complete and entry not in alive]:
        print(f'FAIL mutants: equivalent.txt, stale: {" :: ".join(entry)}')
        failed += 1
    return killed, failed


def chosen(core, args, named):
    mutants = [m for name, text in core.texts.items() for m in ctext.mutants_of(name, text)]
    if args.only:
        mutants = [m for m in mutants if key(m)[0].startswith(args.only)]
    if args.share is not None:
        mutants = [m for m in mutants if in_sample(m, args.share) and key(m) not in named]
    return mutants


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('-s', type=int, dest='share')
    parser.add_argument('-f', dest='only')
    parser.add_argument('-c', action='store_true', dest='checks')
    parser.add_argument('-j', type=int, dest='jobs', default=os.cpu_count())
    parser.add_argument('build')
    parser.add_argument('source')
    args, cflags = parser.parse_known_args()
    began = time.monotonic()
    try:
        named = read_equivalent(os.path.join(HERE, 'equivalent.txt'))
        core = Core(args.source, os.path.abspath(args.build), cflags)
        tests = Tests(os.path.join(core.build, 'test'), MORE | SLOW if args.checks else MORE)
        results = Run(core, tests, named, args.checks, args.jobs).all(chosen(core, args, named))
    except MutantsError as error:
        sys.exit(f'mutants: {error}')
    passed, failed = judge(results, named, core.texts, args.checks and not args.only and args.share is None)
    print(f'{time.monotonic() - began:.0f} s')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
