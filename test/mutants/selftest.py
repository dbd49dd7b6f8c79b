#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds ctext.py and mutants.py to a small file: each kind of mutant must be made, and one that survives must be seen."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ctext  # noqa: E402
import mutants  # noqa: E402

# Nothing of the first lines is a mutant.
CORE = r'''/* a < b */
#define LESS(a, b) \
    ((a) < (b))
struct pair { char a[4]; };
enum { FIVE = 5 };
static const struct { int n; _Bool b; } rows[] = {{7, 1}, {9, 0}};
_Bool core(int a, int *b, const char *s);
bool core(int a, int *b, const char *s)
{
    int i, sum = 0;
    for (i = 0; i < a; i++) {
        if (s[i] == 'x' && !(a > 3 || *b != 0)) { /* && */
            continue;
        }
        sum += i | 4;
        *b = -a - (sum << 1);
    }
    switch (a) {
    case 1:
        core(0, b, "a == b");
        break;
    default:
        return sum ? true : false;
    }
    return *b <= sum;
}
'''
# (line, label): some of each kind
WANTED = {
    (6, '7 plus 1'), (6, '9 minus 1'), (11, 'for negated'), (11, '< to <='), (11, '< to >='), (11, '++ to --'),
    (12, 'if negated'), (12, '== to !='), (12, "'x' plus 1"), (12, '&& to ||'), (12, '! to nothing'), (12, 'operand before && 1'),
    (12, 'operand behind && 1'), (12, '|| to &&'), (12, 'operand behind || 0'), (12, '> to >='), (13, 'continue deleted'),
    (15, '+= to -='), (15, '| to &'), (15, 'statement deleted'), (16, '- to +'), (16, '<< to >>'), (16, 'statement deleted'),
    (19, 'label dropped'), (20, 'statement deleted'), (21, 'break deleted'), (22, 'label dropped'), (23, 'return deleted'),
    (23, 'true to false'), (23, '? negated'), (25, 'return negated'), (25, '<= to <'),
}
NEVER = {1, 2, 3, 4, 5, 7, 8}

TINY = '''int larger(int a, int b);
int larger(int a, int b)
{
    while (a == 1000) {
        b++;
    }
    return a > b ? a : b;
}
int twice(int a);
int twice(int a)
{
    return a * 2;
}
'''
TEST = '''int larger(int, int);
int twice(int);
int main(void) { return larger(1, 2) != 2 || larger(5, 3) != 5 || twice(2) != 4; }
'''


def kinds():
    found = {(m.line, m.label) for m in ctext.mutants_of('core.c', CORE)}
    yield from (f'no mutant {wanted}' for wanted in sorted(WANTED - found))
    yield from (f'a mutant of line {line}' for line in sorted(NEVER & {line for line, _ in found}))
    names = [mutants.key(m) for m in ctext.mutants_of('core.c', CORE)]
    yield from ['two mutants of one name'] * (len(names) != len(set(names)))


def run(folder):
    core, test = os.path.join(folder, 'core'), os.path.join(folder, 'test')
    os.mkdir(core)
    os.mkdir(test)
    for path, text in ((os.path.join(core, 'tiny.c'), TINY), (os.path.join(folder, 'main.c'), TEST)):
        with open(path, 'w') as file:
            file.write(text)
    library = os.path.join(folder, 'libcore.so')
    subprocess.run(['gcc', '-shared', '-fPIC', '-Wl,-soname,libcore.so', os.path.join(core, 'tiny.c'), '-o', library], check=True)
    subprocess.run(['gcc', os.path.join(folder, 'main.c'), library, '-o', os.path.join(test, 'tiny_test')], check=True)
    files = mutants.Core(core, folder, [])
    found = ctext.mutants_of('tiny.c', TINY)
    return files, mutants.Run(files, mutants.Tests(test, {}), {}, False, 2).all(found)


def judge(results, named, files, complete=True):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        passed, failed = mutants.judge(results, named, files.texts, complete)
    return passed, failed, out.getvalue()


def verdicts(folder):
    files, results = run(folder)
    state = {(r.mutant.label, r.mutant.line): r.state for r in results}
    alive = [mutants.key(r.mutant) for r in results if r.state == 'survived']
    passed, failed, text = judge(results, {}, files)
    if ('> to >=', 7) in state and state['> to >=', 7] != 'none' and failed == 0:
        yield 'what survives is not seen'
    if state['== to !=', 4] != 'killed' or state['while negated', 4] != 'killed':
        yield 'an endless loop is not killed'
    if state['* to /', 12] != 'killed' or failed != len(alive) or failed == 0 or 'wanted 98' not in text:
        yield f'{passed} passed, {failed} failed: {alive}'
    if judge(results, dict.fromkeys(alive, 'because'), files)[:2] != (passed, 0):
        yield 'named ones count'
    stale = {**dict.fromkeys(alive, 'because'), ('tiny.c:gone', 'gone', '< to <=', '1'): 'because'}
    if judge(results, stale, files)[1] != 1 or judge(results, stale, files, False)[1] != 0:
        yield 'a stale entry'


def main():
    wrong = list(kinds())
    with tempfile.TemporaryDirectory() as folder:
        wrong += verdicts(folder)
    for line in wrong:
        print(f'FAIL mutants selftest: {line}')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
