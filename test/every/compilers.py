#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles core and the ports for processors, standards and flags that no other test uses, without a warning.

    compilers.py [--build DIR] [--jsmn DIR] [--lwip DIR] [--mbedtls DIR]

Only compiled, not run. A compiler whose int has 16 bits must refuse every file that knows kratos.h, by one error that names what
is needed.
"""
import os
import shutil

from trees import NOT_PUBLIC, PORTS, PUBLIC_CORE, ROOT, Results, Trees, files, headers, options, run

WARNINGS = '''-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Werror'''.split()
CPP_WARNINGS = '-Wall -Wextra -pedantic -Wundef -Werror'.split()

ARM = ['arm-none-eabi-gcc', '-mthumb', '-Os']
HOST = ('port/posix', 'port/template', 'port/selftest', 'port/trace')
EMBEDDED = ('port/template', 'port/selftest', 'port/trace', 'port/lwip', 'port/mbedtls')

# name, compiler and flags, ports beside core
WAYS = (
    ('RISC-V rv32imac', ['riscv64-unknown-elf-gcc', '-march=rv32imac', '-mabi=ilp32', '--specs=picolibc.specs', '-Os', '-std=c99'],
     ('port/template', 'port/selftest', 'port/trace', 'port/mbedtls')),
    ('Cortex-M33', [*ARM, '-mcpu=cortex-m33', '-std=c99'], EMBEDDED),
    ('Cortex-M55', [*ARM, '-mcpu=cortex-m55', '-std=c99'], EMBEDDED),
    ('Cortex-M4, C17, -fno-short-enums -fsigned-char', [*ARM, '-mcpu=cortex-m4', '-std=c17', '-fno-short-enums', '-fsigned-char'], EMBEDDED),
    ('powerpc, big-endian', ['clang', '--target=powerpc-linux-gnu', '-isystem', '/usr/powerpc-linux-gnu/include', '-Os', '-std=c99'], HOST),
    ('gcc, C11', ['gcc', '-O2', '-std=c11'], HOST),
    ('gcc, -fshort-enums -funsigned-char', ['gcc', '-O2', '-std=c99', '-fshort-enums', '-funsigned-char'], HOST),
    ('clang, C17, -funsigned-char', ['clang', '-O2', '-std=c17', '-funsigned-char'], HOST),
)
CPP = (
    ('g++, C++17', ['g++', '-x', 'c++', '-std=c++17']),
    ('g++, C++11', ['g++', '-x', 'c++', '-std=c++11']),
    ('clang++, C++17', ['clang++', '-x', 'c++', '-std=c++17']),
    ('g++ for Cortex-M4, C++17, -fshort-enums', ['arm-none-eabi-g++', '-mthumb', '-mcpu=cortex-m4', '-x', 'c++', '-std=c++17', '-fshort-enums']),
)
SMALL_INT = ['avr-gcc', '-mmcu=atmega2560', '-std=c99', '-fsyntax-only']
REFUSAL = 'this library needs an int of 32 bits'


def said(code, errors):
    found = [line.replace(ROOT + '/', '') for line in errors.splitlines() if 'error:' in line or 'warning:' in line]
    return (found or errors.splitlines() or ['ended with an error']) if code else []


def sources(ports):
    return files('core/*.c', *(port + '/*.c' for port in ports))


def compile_all(trees, command, ports):
    """One call for all files: what takes time is starting compilers."""
    folder = os.path.join(trees.build, 'objects')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    wanted = sources(ports)
    needed = [other for port in ports for other in PORTS[port]]
    # Each port sees its own third party only, but those of one call are seen together.
    code, _, errors = run([*command, *WARNINGS, *trees.flags(*needed), '-c', *(os.path.join(ROOT, path) for path in wanted)], folder)
    made = len(os.listdir(folder))
    return len(wanted), said(code, errors) or ([] if made == len(wanted) else [f'{made} objects of {len(wanted)} files'])


def use_headers(trees, command):
    """Every public header by itself and twice, then all of them in one file."""
    wanted = list(PUBLIC_CORE) + [path for port in PORTS for path in headers(port)]
    sample = os.path.join(trees.build, 'header.cpp')
    wrong = []
    for group in [*([path] for path in wanted), wanted]:
        with open(sample, 'w') as out:
            out.writelines(f'#include "{os.path.join(ROOT, path)}"\n' * 2 for path in group)
            out.write('extern int only_headers;\n')
        code, _, errors = run([*command, *CPP_WARNINGS, *trees.flags('lwip', 'mbedtls'), '-fsyntax-only', sample])
        wrong += said(code, errors)
    return len(wanted), wrong


def refuses(trees, path):
    """How a compiler with a short int takes one file: (knows kratos.h, lines with an error)."""
    _, _, errors = run([*SMALL_INT, *trees.flags(), path])
    _, depends, _ = run(['gcc', '-std=c99', *trees.flags(), '-MM', path])
    return 'kratos_config.h' in depends, [line for line in errors.splitlines() if 'error:' in line]


def small_int(trees):
    wrong, refused, silent = [], 0, []
    for path in files('core/*.c'):
        knows, errors = refuses(trees, path)
        if knows and (len(errors) != 1 or REFUSAL not in errors[0]):
            wrong.append(f'{path}: {errors or "compiles"}')
        refused += knows
        silent += [] if knows else [os.path.basename(path)]
    if not refused:
        wrong.append('no file of core knows kratos.h')
    return f'avr-gcc refuses {refused} files of core by one line ({", ".join(silent)} know no kratos.h and would do)', wrong


def can_fail(trees):
    """A file that each way must refuse."""
    sample = os.path.join(trees.build, 'sample.c')
    with open(sample, 'w') as out:
        out.write('char kratos_cut(long n);\nchar kratos_cut(long n)\n{\n    return n;\n}\n')
    wrong = [f'{name} takes a long cut to a char' for name, command, _ in WAYS
             if not run([*command, *WARNINGS, '-c', sample, '-o', '/dev/null'])[0]]
    with open(sample, 'w') as out:
        out.write('struct kratos_sample { int class; };\n')
    return wrong + [f'{name} takes a member called class' for name, command in CPP if not run([*command, '-fsyntax-only', sample])[0]]


def main():
    trees = Trees(options(__doc__.splitlines()[0]).parse_args())
    os.makedirs(trees.build, exist_ok=True)
    results = Results('compilers')
    for name, command, ports in WAYS:
        count, wrong = compile_all(trees, command, ports)
        results.add(f'{name}: {count} files of core, {", ".join(ports)}', wrong)
    for name, command in CPP:
        count, wrong = use_headers(trees, command)
        results.add(f'{name}: {count} public headers', wrong)
    compiled = sorted({os.path.dirname(path) for path in files('port/*/*.[ch]')})
    results.add('every port is known here', [f'{port} is not in trees.py' for port in compiled if port not in PORTS] +
                [f'{port} has no C file' for port in PORTS if port not in compiled] +
                [f'{name} is gone' for name in NOT_PUBLIC if not files('port/*/' + name)])
    results.add(*small_int(trees))
    results.add('each of them refuses a bad sample', can_fail(trees))
    results.end()


if __name__ == '__main__':
    main()
