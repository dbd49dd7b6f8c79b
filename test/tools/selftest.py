#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the tools that judge: each must be able to say no. (Those of the static checks are `make lint-selftest`.)

    selftest.py [CROSS]      CROSS: prefix of the cross compiler, arm-none-eabi-
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, '..', 'size'))
import size  # noqa: E402
import stack  # noqa: E402

CROSS = sys.argv[1] if len(sys.argv) > 1 else 'arm-none-eabi-'

# command, exit code of run.py, words of its output, last line
STEPS = (
    ('echo 3 passed, 0 failed, 1 skipped', 0, 'ok   step  3 passed, 1 skipped', '3 passed, 0 failed'),
    ('echo wire: 3 passed, 0 failed', 0, 'ok   step  3 passed', '3 passed, 0 failed'),
    ('for n in 2 3; do echo "[  PASSED  ] $n test(s)."; done', 0, 'ok   step  5 passed', '5 passed, 0 failed'),
    ('true', 0, 'ok   step  1 passed', '1 passed, 0 failed'),
    ('echo 0 passed, 0 failed', 1, 'ran no test', '0 passed, 1 failed'),
    ('echo "[  PASSED  ] 0 test(s)."', 1, 'ran no test', '0 passed, 1 failed'),
    ('echo 3 passed, 2 failed', 1, 'tests failed', '3 passed, 2 failed'),
    ('echo 3 passed, 0 failed; exit 4', 1, 'exit code 4', '3 passed, 1 failed'),
    ('kill -SEGV $$', 1, 'ended by SIGSEGV', '0 passed, 1 failed'),
    ('sleep 9\t0.3', 1, 'not finished after 0.3 s', '0 passed, 1 failed'),
    ('sleep 9 &', 1, 'left a process running', '0 passed, 1 failed'),
    ('seq 100; false', 1, '     100\n', '0 passed, 1 failed'),
)

TABLE = ('static int deep(int n) { volatile int a[30]; a[n] = n; return a[0]; } static int flat(int n) { return n; }'
         'int (*const table[])(int) = {deep, flat}; int top(int n) { return table[n](n) + 1; }')

# C, functions, indirect.txt as a table, deepest chain or words of the complaint
PROGRAMS = (
    ('int leaf(int); int leaf(int n) { volatile int a[20]; a[n] = n; return a[0]; }'
     'int top(int n) { volatile int b[10]; b[n] = leaf(n); return b[0] + leaf(b[1]); }', ('top',), {}, 'top > leaf'),
    ('int odd(int); int even(int n) { return n ? odd(n - 1) + n : 1; } int odd(int n) { return n ? even(n - 1) * n : 0; }',
     ('even',), {}, 'recursion'),
    ('int top(int n) { volatile int a[n]; a[0] = n; return a[0]; }', ('top',), {}, 'no fixed size'),
    ('int top(int (*call)(int)) { return call(1) + 1; }', ('top',), {}, 'not in indirect.txt'),
    ('int top(int n) { return n; }', ('top',), {'sample.c:top': ['outside']}, 'calls through no pointer'),
    (TABLE, ('top', 'table'), {'sample.c:top': ['outside']}, 'address of sample.c:deep is taken'),
    (TABLE, ('top', 'table'), {'sample.c:top': ['d*', 'flat']}, 'top > deep'),
    (TABLE, ('top', 'table'), {'sample.c:top': ['d*', 'f*', 'g*']}, 'nothing is called g*'),
)

BUDGETS = (
    ({'flash': 100}, (100, 0, 0, 9), ''),
    ({'flash': 100}, (104, 0, 0, 9), 'flash 104, budget 100: 4 over'),
    ({'bss': 0}, (1, 0, 4, 9), 'bss 4, budget 0: 4 over'),
    ({'stack': 8}, (1, 0, 0, 9), 'stack 9, budget 8: 1 over'),
)


def try_step(folder, command, code, words, last):
    with open(os.path.join(folder, 'list'), 'w') as file:
        file.write(f'# one step\nstep\t{command}\n')
    done = subprocess.run([os.path.join(HERE, 'run.py'), '-o', folder, os.path.join(folder, 'list')], capture_output=True, text=True)
    if (done.returncode, done.stdout.splitlines()[-1]) == (code, last) and words in done.stdout:
        return ''
    return f'run.py, {command}: exit code {done.returncode}\n{done.stdout}{done.stderr}'


def try_program(folder, text, functions, table, words):
    source, elf = os.path.join(folder, 'sample.c'), os.path.join(folder, 'sample.elf')
    with open(source, 'w') as file:
        file.write(text + ' int main(void) { return 0; }')
    flags = [*size.CFLAGS, '-fno-inline', '-mcpu=cortex-m3', '-w']
    subprocess.run([CROSS + 'gcc', *flags, '-c', source, '-o', source[:-1] + 'o'], check=True)
    wanted = [f'-Wl,-u,{name}' for name in functions]
    subprocess.run([CROSS + 'gcc', *flags, *size.LDFLAGS, *wanted, source[:-1] + 'o', '-o', elf], check=True)
    try:
        taken = stack.address_taken(CROSS, [source[:-1] + 'o'])
        program = stack.Program(CROSS, elf, stack.frames_of([source[:-1] + 'su']), taken)
        said = '\n'.join(stack.check_table(table, program))
        said = said or ' > '.join(name.split(':')[1] for name, _ in stack.deepest(program, set(functions), table)[1])
    except stack.StackError as error:
        said = str(error)
    return '' if words in said else f'stack.py, {words}: {said}'


def try_budget(limits, sizes, words):
    said = '\n'.join(size.over_budget([('set', 'cpu', *sizes)], {('set', 'cpu'): limits}))
    return '' if (words in said and bool(words) == bool(said)) else f'size.py, {words}: {said}'


def main():
    with tempfile.TemporaryDirectory() as folder:
        results = [try_step(folder, *step) for step in STEPS]
        results += [try_program(folder, *program) for program in PROGRAMS]
    results += [try_budget(*budget) for budget in BUDGETS]
    wrong = [line for line in results if line]
    for line in wrong:
        print(f'FAIL tools: {line}')
    print(f'{len(results) - len(wrong)} passed, {len(wrong)} failed')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
