#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the documents to the truth: their C is compiled, their commands exist, their tables are what the tools say.

    docs.py check      one line a document and part; last line `N passed, N failed`
    docs.py write      renews the generated parts of README.md (examples, sizes, operations)

C blocks: a whole program is linked; anything else is compiled inside a function that has `k`, `config`, `io` and `work`.
Shell blocks: `make TARGET` must be a target, other commands must run.
"""
import csv
import os
import re
import subprocess
import sys
import tempfile

DOCUMENTS = ['README.md'] + sorted('docs/' + f for f in os.listdir('docs') if f.endswith('.md'))
BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.S | re.M)
PRELUDE = '''#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kratos.h"
#include "kratos_posix.h"
'''
WRAPPED = '''int snippet(struct kratos *k, struct kratos_config *config, const struct kratos_io *io, void *work);
int snippet(struct kratos *k, struct kratos_config *config, const struct kratos_io *io, void *work)
{
    (void)k; (void)config; (void)io; (void)work;
%s
    return 0;
}
'''
COMPILE = ['gcc', '-std=c99', '-Wall', '-Wextra', '-Wno-unused-variable', '-Wno-unused-but-set-variable', '-Werror',
           '-D_POSIX_C_SOURCE=200809L', '-Icore', '-Iport/posix', '-Iport/template', '-Iport/selftest', '-Iport/mbedtls',
           '-Iboards/app', '-Iport/trace', '-isystem', 'build/third_party/mbedtls/include',
           '-DMBEDTLS_CONFIG_FILE="kratos_mbedtls_small.h"']

results = []


def report(name, wrong):
    results.append(not wrong)
    print(f'{"FAIL" if wrong else "ok  "} docs: {name}' + (f'\n{wrong}' if wrong else ''))


def compile_block(text):
    program = 'int main(' in text
    functions = re.search(r'^\w[^\n;=]*\)\n\{', text, re.M)
    source = text if program else PRELUDE + (text if functions else WRAPPED % text)
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/block.c'
        with open(path, 'w') as out:
            out.write(source)
        crypto = [f'boards/app/{name}.c' for name in ('crypto_posix', 'hmac') if '"crypto_posix.h"' in text]
        link = [*crypto, 'build/host/libkratos.a', '-o', f'{folder}/block'] if program else ['-c', '-o', f'{folder}/block.o']
        done = subprocess.run(COMPILE + [path] + link, capture_output=True, text=True)
    return done.stderr if done.returncode else ''


def run_commands(text):
    wrong = []
    for line in text.splitlines():
        command = line.split('#')[0].strip()
        if not command:
            continue
        if command == 'make' or command.startswith('make '):
            done = subprocess.run('MAKEFLAGS= ' + command.replace('make', 'make -n', 1), shell=True, capture_output=True,
                                  text=True)
        else:
            done = subprocess.run(command, shell=True, capture_output=True, text=True)
        if done.returncode:
            wrong.append(f'{command}: {done.stderr.strip()[-300:]}')
    return '\n'.join(wrong)


def program(path):
    with open(path) as file:
        return file.read().rstrip('\n')


def size_table():
    """From build/size.csv, which `make size` wrote."""
    rows = list(csv.DictReader(open('build/size.csv')))
    what = {'provision': 'provisioning, with all that it calls', 'create': 'create only', 'gateway': 'create, get, list, update, delete, by external id',
            'all': 'all 19 operations and every helper',
            'all, bare': 'the same with `KRATOS_CLUES` 0: no texts about replies that cannot be read'}
    targets = ['cortex-m0plus', 'cortex-m3', 'cortex-m4']
    lines = ['| linked | Cortex-M0+ | Cortex-M3 | Cortex-M4 | stack (M4) |', '|---|---|---|---|---|']
    for key, text in what.items():
        of = {r['target']: r for r in rows if r['what'] == key}
        lines.append(f'| {text} | ' + ' | '.join(f'{int(of[t]["flash"]):,}' for t in targets) +
                     f' | {"" if "bare" in key else of["cortex-m4"]["stack"]} |')
    memory = {r['target']: r['memory'] for r in rows if r['what'] == 'all'}
    lines.append("| and memcpy, memmove, memset, memcmp of the C library | " +
                 ' | '.join(memory[t] for t in targets) + ' | |')
    struct = {r['target']: r for r in csv.DictReader(open('build/size.csv')) if r['what'] == 'struct kratos'}
    return '\n'.join(lines + [f'| `struct kratos`, RAM that you lend | {struct["cortex-m0plus"]["bss"]} | '
                              f'{struct["cortex-m3"]["bss"]} | {struct["cortex-m4"]["bss"]} | |'])


def operations_table():
    """From the descriptors in core: their comment holds Kratos' operationId."""
    lines = []
    texts = [open(f'core/{name}.c').read()
             for name in ('identity', 'patch', 'identities', 'batch', 'session', 'recovery', 'schema')]
    paths = dict(re.findall(r'(\w+)\[\] = "(/[^"]+)"', '\n'.join(texts)))
    for text in texts:
        for m in re.finditer(r'static const struct kratos_op (\w+) = \{\s*\.method = "(\w+)",\s*\.path = (\w+)', text):
            operation = re.sub(r'_(\w)', lambda c: c.group(1).upper(), m.group(1)).replace('ExternalId', 'ExternalID')
            lines.append(f'| `kratos_{m.group(1)}` | {operation} | {m.group(2)} {paths[m.group(3)]} |')
    return '\n'.join(lines)


def examples():
    """{name: code} of test/docs/operations.c."""
    text = open('test/docs/operations.c').read()
    return {name: code.strip() for name, code in re.findall(r'^/\* example: (\w+) \*/\n(.*?)(?=^/\* )', text, re.S | re.M)}


def example_blocks():
    """{name: code} of docs/operations.md."""
    return dict(re.findall(r'^### (\w+)\n\n```c\n(.*?)\n```', open('docs/operations.md').read(), re.S | re.M))


def write_examples():
    text = open('docs/operations.md').read()
    for name, code in examples().items():
        text = re.sub(r'^(### %s\n\n```c\n).*?(\n```)' % name, lambda m: m.group(1) + code + m.group(2), text, flags=re.S | re.M)
    open('docs/operations.md', 'w').write(text)


PARTS = {
    'provisioning': (re.compile(r'(?<=```c\n)(?=/\* Gives a device).*?(?=\n```)', re.S), lambda: program('boards/host/provision.c')),
    'example': (re.compile(r'(?<=```c\n)(?=/\* One operation).*?(?=\n```)', re.S), lambda: program('boards/host/main.c')),
    'sizes': (re.compile(r'^\| linked \|.*?(?=\n\n)', re.S | re.M), size_table),
    'operations': (re.compile(r'(?<=\|---\|---\|---\|\n)\| `kratos_.*?(?=\n\n)', re.S), operations_table),
}


def check():
    run_elsewhere = set(examples().values())  # make examples
    for path in DOCUMENTS:
        text = open(path).read()
        for i, (kind, block) in enumerate(BLOCK.findall(text), 1):
            if kind == 'c' and block.strip() not in run_elsewhere:
                report(f'{path}: C block {i} compiles', compile_block(block))
            elif kind == 'sh':
                report(f'{path}: commands of block {i}', run_commands(block))
        links = [l for l in re.findall(r'\]\(([^)#:]+)\)', text)
                 if not os.path.exists(os.path.join(os.path.dirname(path), l))]
        report(f'{path}: links', '\n'.join(links))
    readme = open('README.md').read()
    for name, (pattern, make) in PARTS.items():
        found = pattern.search(readme)
        report(f'README.md: {name} as the tools say', '' if found and found.group() == make() else
               'differs: test/docs/docs.py write renews it')
    functions = set(re.findall(r'^int (kratos_\w+)\(struct kratos \*k', open('core/kratos.h').read(), re.M)) - {'kratos_init'}
    documented = set(re.findall(r'^\| `(kratos_\w+)`', open('docs/operations.md').read(), re.M))
    report('docs/operations.md: a row for each operation', ' '.join(sorted(functions ^ documented)))
    wanted, shown = examples(), example_blocks()
    report('docs/operations.md: an example of each operation, as test/docs/operations.c has it',
           ' '.join(sorted(functions ^ set(wanted)) + [name for name, code in wanted.items() if shown.get(name) != code]))
    errors = set(re.findall(r'^ +(KRATOS_\w+) = -?\d+,?', open('core/kratos.h').read(), re.M))
    rows = set(re.findall(r'^\| `(KRATOS_\w+)`', open('docs/errors.md').read(), re.M))
    effects = set(re.findall(r'^    (KRATOS_\w+),', open('core/kratos.h').read(), re.M)) | {'KRATOS_DONE'}
    report('docs/errors.md: a row for each result and effect', ' '.join(sorted((errors | effects) ^ rows)))
    print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
    return 0 if all(results) else 1


def write():
    text = open('README.md').read()
    for mark, make in (('@@SIZE@@', size_table), ('@@OPS@@', operations_table)):
        text = text.replace(mark, make())
    for pattern, make in PARTS.values():
        text = pattern.sub(lambda _: make(), text, count=1)
    open('README.md', 'w').write(text)
    write_examples()
    return 0


if __name__ == '__main__':
    sys.exit(check() if sys.argv[1:] == ['check'] else write())
