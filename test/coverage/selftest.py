#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds coverage.py to a small program whose gaps are known: it must find each, and must be able to say no."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coverage  # noqa: E402

CFLAGS = ('-O1', '-fprofile-instr-generate', '-fcoverage-mapping', '-fcoverage-mcdc')

# `b` is never true alone, `lone` is never true, `twice` is one that clang does not take apart.
CORE = '''int core(int a, int b, int n);
static int both(int a, int b)
{
    return a &&
           b > 1;
}
int core(int a, int b, int n)
{
    if (n == 7) {
        return 9;
    }
    if (a && !(b == 0 && (n == 1 || n == 2))) {
        n++;
    }
    return both(a, b) + n;
}
'''
MAIN = 'int core(int a, int b, int n); int main(void) { return core(1, 1, 2) + core(0, 1, 3) + core(0, 0, 1) == 0; }'
UNSHOWN = {('core.c:both', 'a && b > 1', 'a'), ('core.c:both', 'a && b > 1', 'b > 1'), ('core.c:core', 'n == 7', 'n == 7')}
REFUSED = ('core.c:core', 'if (a && !(b == 0 && (n == 1 || n == 2))) {', '*')


def build(folder):
    core = os.path.join(folder, 'core')
    os.makedirs(os.path.join(folder, 'profiles'))
    os.makedirs(core)
    for path, text in ((os.path.join(core, 'core.c'), CORE), (os.path.join(folder, 'main.c'), MAIN)):
        with open(path, 'w') as file:
            file.write(text)
    program, texts = os.path.join(folder, 'program'), (os.path.join(core, 'core.c'), os.path.join(folder, 'main.c'))
    subprocess.run(['clang-19', *CFLAGS, *texts, '-o', program], check=True, stderr=subprocess.DEVNULL)
    subprocess.run([program], env={**os.environ, 'LLVM_PROFILE_FILE': os.path.join(folder, 'profiles', 'p.profraw')}, check=True)
    return coverage.sources_of(coverage.measure(folder), core, CFLAGS)


def judge(sources, known, floor):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        counts = coverage.judge(sources, known, floor)
    return counts, out.getvalue()


def trials(sources):
    """(name, holds)"""
    unshown = {coverage.key(c) for c in sources[0].conditions if not c.shown}
    yield 'conditions that are not shown', UNSHOWN <= unshown and REFUSED in unshown
    counts, text = judge(sources, [], {('total', 'conditions'): 1})
    yield 'a floor that holds', counts == (3, 0) and 'core.c:4:12: both :: a && b > 1 :: a :: never alone' in text
    counts, text = judge(sources, [], {('total', 'conditions'): 99, ('file', 'branches'): 99})
    yield 'a floor that is missed', counts == (1, 2) and 'of conditions, wanted 99' in text
    yield 'known ones do not count', judge(sources, sorted(unshown), {('total', 'conditions'): 100})[0] == (3, 0)
    yield 'a stale entry', judge(sources, [('core.c:core', 'gone', 'gone')], {})[0] == (1, 1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        wrong = [name for name, holds in trials(build(folder)) if not holds]
    for name in wrong:
        print(f'FAIL coverage selftest: {name}')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
