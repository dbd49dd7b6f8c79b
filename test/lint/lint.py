#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The static checks: what core may need, hold and include, who calls whom, and what compilers and analysers say of our C.

    lint.py [-b DIR] [--jsmn DIR] [-r ROOT] [PART...]      without PART: all; one line a part, last `N passed, N failed`
    lint.py [...] --selftest                               feeds each part samples that it must refuse

Parts: symbols data arrows circles cppcheck tidy compile headers format.
"""
import argparse
import fnmatch
import glob
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from circles import circles

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Where core's objects are looked at: helpers for floats and division show only on a processor that lacks them.
TARGETS = {
    'host': ('gcc', '-fno-pie'),
    'cortex-m0plus': ('arm-none-eabi-gcc', '-mthumb', '-mcpu=cortex-m0plus'),
    'cortex-m4': ('arm-none-eabi-gcc', '-mthumb', '-mcpu=cortex-m4'),
}

# All that core may need of others: <string.h>, and integer helpers that the compiler calls by itself.
ALLOWED_SYMBOLS = '''memcpy memmove memset memcmp memchr strlen strcmp strncmp strchr strspn strcspn __aeabi_mem*
    __aeabi_uidiv* __aeabi_idiv* __aeabi_lmul __aeabi_llsl __aeabi_llsr __aeabi_lasr __gnu_thumb1_case_* __clzsi2 __ctzsi2'''.split()
NOTED_SYMBOLS = '__aeabi_uldivmod __aeabi_ldivmod'.split()  # allowed, but 750 bytes of flash: worth a word

CORE_SYSTEM = '<limits.h> <stdbool.h> <stddef.h> <stdint.h> <string.h>'.split()
# What a file of core may include of core, beside kratos.h and its own header: the arrows of docs/design.md.
CORE_ARROWS = {
    'kratos_config': '', 'text': '', 'field': '', 'shape': '',
    'chars': 'text', 'link': 'text', 'header': 'text',
    'sieve': 'chars text', 'http': 'header text', 'config_check': 'header text', 'json': 'sieve text',
    'members': 'field json text', 'out': 'field sieve chars text', 'path': 'shape out',
    'op': 'field out shape fault path pump',
    'clue': 'http header shape text', 'fault': 'clue header text', 'connection': 'http shape',
    'request': 'op config_check fault text',
    'reply': 'op members clue json http sieve text',
    'refusal': 'fault reply sieve text',
    'pump': 'op',
    'kratos': 'kratos_config config_check connection fault http pump refusal reply request sieve text',
    'list': 'op fault http link pump reply sieve text',
    'outcome': 'fault reply',
    'batch': 'identity list outcome fault pump reply request sieve',
    'identity': 'op path text', 'patch': 'identity text', 'identities': 'identity list', 'credentials': 'out',
    'session': 'list path', 'recovery': 'op', 'schema': 'op reply sieve',
    'crc': '', 'retry': 'kratos_provision', 'slots': 'kratos_provision crc', 'provision_text': 'kratos_provision text',
    'provision_secret': 'kratos_provision provision crc text', 'provision_request': 'kratos_provision identity provision provision_secret text',
    'provision': 'kratos_provision provision_request provision_secret crc retry text', 'kratos_provision': '',
}
PUBLIC_CORE = ('core/kratos.h', 'core/kratos_config.h', 'core/kratos_provision.h')

# Whose files must not call each other in a circle: all of them together, so that none leads through a second folder either.
CIRCLE_FOLDERS = ('core', 'port', 'boards')

WARNINGS = '''-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
    -Wcast-qual -Wvla -Werror'''.split()
CPP_WARNINGS = '-Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror'.split()


class LintError(Exception):
    pass


def run(*command, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    return done.returncode, done.stdout + done.stderr


def in_parallel(work, items):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


class Tree:
    """The files under one root, and how they are compiled. A part returns (what was checked, [complaint])."""

    def __init__(self, root, build, jsmn):
        self.root, self.build = root, build
        self.flags = ['-std=c99', '-I', 'core', '-I', 'port/posix', '-I', 'port/trace', '-I', 'boards/app', '-isystem', jsmn]

    def files(self, *patterns):
        found = [path for pattern in patterns for path in glob.glob(os.path.join(self.root, pattern), recursive=True)]
        return sorted(os.path.relpath(path, self.root) for path in found)

    def core(self):
        return self.files('core/*.c')

    def host_sources(self):
        return self.files('core/*.c', 'port/posix/*.c', 'port/trace/*.c', 'boards/host/*.c')

    def objects(self, target):
        """{source: object} of core for one target."""
        compiler, *options = TARGETS[target]
        folder = os.path.join(self.build, target)
        os.makedirs(folder, exist_ok=True)

        def compile(source):
            out = os.path.join(folder, os.path.basename(source)[:-2] + '.o')
            code, said = run(compiler, *options, '-Os', '-w', *self.flags, '-c', source, '-o', out, cwd=self.root)
            if code:
                raise LintError([f'{source} does not compile for {target}', *said.splitlines()[:10]])
            return source, out

        return dict(in_parallel(compile, self.core()))

    def symbols(self):
        wrong, noted, checked, count = [], set(), set(), 0
        for target in TARGETS:
            nm = TARGETS[target][0].replace('gcc', 'nm')
            objects = self.objects(target)
            count += len(objects)
            tables = {source: run(nm, path)[1].splitlines() for source, path in objects.items()}
            ours = {line.split()[-1] for table in tables.values() for line in table if ' U ' not in line}
            for source, table in tables.items():
                needed = {line.split()[-1] for line in table if line.lstrip().startswith('U ')} - ours
                checked |= needed
                for name in sorted(needed):
                    if name in NOTED_SYMBOLS:
                        noted.add(source)
                    elif not any(fnmatch.fnmatchcase(name, allowed) for allowed in ALLOWED_SYMBOLS):
                        wrong.append(f'{source} needs {name} ({target})')
        note = f'; 64-bit division in {", ".join(sorted(noted))}' if noted else ''
        return f'no forbidden symbol ({count} objects, {len(checked)} names of others{note})', wrong

    def data(self):
        wrong, count = [], 0
        for target in TARGETS:
            nm = TARGETS[target][0].replace('gcc', 'nm')
            for source, path in self.objects(target).items():
                count += 1
                for line in run(nm, path)[1].splitlines():
                    kind, name = line.split()[-2:]
                    if kind in 'bBdDCgGsS':
                        wrong.append(f'{source}: {name} is no constant ({target})')
                sizes = dict(line.split()[:2] for line in run(nm.replace('nm', 'size'), '-A', path)[1].splitlines()[2:] if line)
                wrong += [f'{source}: {size} bytes of {section} ({target})' for section, size in sizes.items()
                          if section.startswith(('.data', '.bss', '.tdata', '.tbss')) and int(size)]
        return f'no mutable static data ({count} objects)', wrong

    def arrows(self):
        sources = self.files('core/**/*.[ch]', 'port/**/*.[ch]', 'boards/**/*.[ch]')
        ours = set(sources)
        wrong, count = [], 0
        for path in sources:
            with open(os.path.join(self.root, path)) as file:
                lines = file.readlines()
            for number, line in enumerate(lines, 1):
                found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
                if found:
                    count += 1
                    target = self.resolve(path, found[2], ours) if found[1] == '"' else None
                    if not self.may_include(path, target, f'<{found[2]}>'):
                        wrong.append(f'{path}:{number} must not include {target or found[2]}')
        return f'include arrows ({len(sources)} files, {count} includes)', wrong

    @staticmethod
    def resolve(path, name, ours):
        """The file of ours that an include names, or None."""
        near = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if near in ours:
            return near
        bare = re.sub(r'^(\.\./)+', '', name)
        return next((file for file in sorted(ours) if file == bare or file.endswith('/' + bare)), None)

    @staticmethod
    def may_include(path, target, system):
        layer, folder = path.split('/')[0], os.path.dirname(path)
        if layer == 'core':
            if target is None:
                return system in CORE_SYSTEM or (system == '<jsmn.h>' and path == 'core/members.h')
            stem = os.path.splitext(os.path.basename(path))[0]
            allowed = {'kratos', stem, *CORE_ARROWS.get(stem, '').split()}
            return target.startswith('core/') and os.path.splitext(target[5:])[0] in allowed
        if target is None:
            return system != '<jsmn.h>'
        if target.startswith('core/'):
            return target in PUBLIC_CORE
        if layer == 'port':
            return target.startswith(folder + '/')
        return True

    def circles(self):
        texts = {}
        for path in self.files(*(f'{folder}/**/*.[ch]' for folder in CIRCLE_FOLDERS)):
            with open(os.path.join(self.root, path)) as file:
                texts[path] = file.read()
        return f'no circle of calls ({len(texts)} files of {", ".join(CIRCLE_FOLDERS)})', circles(texts)

    def cppcheck(self):
        sources = self.host_sources()
        code, said = run('cppcheck', '--quiet', '--std=c99', '--error-exitcode=1', '--inline-suppr',
                         '--enable=warning,style,performance,portability', '--template={file}:{line}: {message} [{id}]',
                         f'--suppressions-list={PROJECT}/test/lint/cppcheck.txt', '-I', 'core', '-I', 'port/posix',
                         '-I', 'port/trace', '-I', 'boards/app', *sources, cwd=self.root)
        return f'cppcheck ({len(sources)} files)', said.splitlines() if code else []

    def tidy(self):
        sources = self.host_sources()

        def look(source):
            code, said = run('clang-tidy', '--quiet', f'--config-file={PROJECT}/.clang-tidy', source, '--', *self.flags, cwd=self.root)
            found = re.findall(r'^\S+: (?:error|warning): .*$', said, re.M)
            return ([line.replace(self.root + '/', '') for line in found] or said.splitlines()) if code else []

        return f'clang-tidy ({len(sources)} files)', list(dict.fromkeys(sum(in_parallel(look, sources), [])))

    def compile(self):
        sources = self.host_sources()
        jobs = [(compiler, source) for compiler in ('gcc', 'clang') for source in sources]

        def build(job):
            compiler, source = job
            code, said = run(compiler, '-O2', *WARNINGS, *self.flags, '-c', source, '-o', '/dev/null', cwd=self.root)
            found = [line for line in said.splitlines() if ': error:' in line or ': warning:' in line]
            return [f'{compiler}: {line}' for line in found or said.splitlines()] if code else []

        return f'gcc and clang without a warning ({len(jobs)} compilations)', sum(in_parallel(build, jobs), [])

    def headers(self):
        """Public headers: alone, as C99 and as C++17."""
        found = self.files('core/kratos.h', 'core/kratos_provision.h', 'port/posix/*.h')
        ways = [('gcc', '-x', 'c', '-std=c99', *WARNINGS), ('g++', '-x', 'c++', '-std=c++17', *CPP_WARNINGS),
                ('clang', '-x', 'c', '-std=c99', *WARNINGS), ('clang++', '-x', 'c++', '-std=c++17', *CPP_WARNINGS)]
        wrong = []
        for header in found:
            sample = os.path.join(self.build, 'header.c')
            with open(sample, 'w') as file:
                file.write(f'#include "{os.path.join(self.root, header)}"\nextern int only_a_header;\n')
            for way in ways:
                code, said = run(*way, '-I', 'core', '-fsyntax-only', sample, cwd=self.root)
                wrong += [f'{way[0]}: {line}' for line in said.splitlines() if ': error:' in line] if code else []
        return f'public headers as C99 and C++17 ({len(found)} headers, gcc and clang)', wrong

    def format(self):
        sources = self.files('core/**/*.[ch]', 'port/**/*.[ch]', 'boards/**/*.[ch]', 'test/**/*.[ch]')

        def look(source):
            code, said = run('clang-format', '--dry-run', '-Werror', f'--style=file:{PROJECT}/.clang-format', source, cwd=self.root)
            places = re.findall(r':(\d+):\d+: error', said)
            return [f'{source}: line {", ".join(dict.fromkeys(places))} (make format)'] if code else []

        return f'clang-format ({len(sources)} files)', sum(in_parallel(look, sources), [])


PARTS = ('symbols', 'data', 'arrows', 'circles', 'cppcheck', 'tidy', 'compile', 'headers', 'format')

# A tree that every part accepts, and changes to it that one part must refuse, with a word of what it then says.
GOOD = {
    'core/kratos.h': '#ifndef KRATOS_H\n#define KRATOS_H\n\n#include <stddef.h>\n\nsize_t kratos_twice(size_t n);\n\n#endif\n',
    'core/kratos.c': '#include "kratos.h"\n\nsize_t kratos_twice(size_t n)\n{\n    return n * 2;\n}\n',
    # A call back through a pointer, and a function that only has the name of another file's.
    'boards/up.c': 'static int step(void)\n{\n    return 1;\n}\n\nint up(void)\n{\n    return down(step) + step();\n}\n',
    'boards/down.c': 'int step(void)\n{\n    return up_is.step();\n}\n\nint down(int (*up)(void))\n{\n    return io->up() + (*up)();\n}\n',
}
HEAD = '#include "kratos.h"\n\nsize_t kratos_more(size_t n);\n'
BAD = (
    ('symbols', 'malloc', {'core/more.c': HEAD + 'void *malloc(size_t);\nsize_t kratos_more(size_t n) { return malloc(n) != 0; }\n'}),
    ('symbols', '__errno_location', {'core/more.c': '#include <errno.h>\n' + HEAD + 'size_t kratos_more(size_t n) { return n + errno; }\n'}),
    ('symbols', '__aeabi_f', {'core/more.c': HEAD + 'size_t kratos_more(size_t n) { return (size_t)((float)n * 0.3f); }\n'}),
    ('symbols', 'snprintf', {'core/more.c': '#include <stdio.h>\n' + HEAD + 'size_t kratos_more(size_t n) { char s[9]; return snprintf(s, n, "%p", s); }\n'}),
    ('data', 'count', {'core/more.c': HEAD + 'size_t kratos_more(size_t n) { static size_t count; return count += n; }\n'}),
    ('data', 'table', {'core/more.c': HEAD + 'size_t table[2] = {1, 2};\nsize_t kratos_more(size_t n) { return table[n]; }\n'}),
    ('arrows', 'stdio.h', {'core/more.c': '#include <stdio.h>\n'}),
    ('arrows', 'jsmn.h', {'core/more.c': '#include <jsmn.h>\n'}),
    ('arrows', 'core/json.h', {'core/sieve.c': '#include "json.h"\n', 'core/json.h': ''}),
    ('arrows', 'port/posix/posix.h', {'core/more.c': '#include "../port/posix/posix.h"\n', 'port/posix/posix.h': ''}),
    ('arrows', 'core/op.h', {'port/posix/posix.c': '#include "op.h"\n', 'core/op.h': ''}),
    ('arrows', 'boards/host/main.h', {'port/posix/posix.c': '#include "boards/host/main.h"\n', 'boards/host/main.h': ''}),
    ('arrows', 'port/lwip/lwip.h', {'port/posix/posix.c': '#include "../lwip/lwip.h"\n', 'port/lwip/lwip.h': ''}),
    ('circles', 'boards/down calls up of boards/up', {'boards/down.c': 'int down(int (*step)(void))\n{\n    return up();\n}\n'}),
    ('circles', 'boards/down calls up of boards/up', {'boards/down.c': '#include "up.h"\nint down(int (*step)(void)) { return UP(1) }\n',
                                                     'boards/up.h': '#define ADDED(n) + (n)\n#define UP(n) \\\n    up() ADDED(n)\n'}),
    ('circles', 'circle of 3: port/posix/posix calls up of boards/up', {'boards/down.c': 'void down(void) { between(); }\n',
                                                                       'port/posix/posix.c': 'void between(void) { up(); }\n'}),
    ('circles', 'braces', {'boards/down.c': 'int down(void) { {\n'}),
    ('cppcheck', 'arrayIndexOutOfBounds', {'core/more.c': HEAD + 'size_t kratos_more(size_t n)\n{\n    size_t a[2] = {n, n};\n    return a[2];\n}\n'}),
    ('tidy', 'misc-no-recursion', {'core/more.c': HEAD + 'size_t kratos_more(size_t n)\n{\n    return n ? kratos_more(n - 1) : 0;\n}\n'}),
    ('tidy', 'bugprone-', {'core/more.c': HEAD + 'size_t kratos_more(size_t n)\n{\n    if (n)\n        ;\n    return n;\n}\n'}),
    ('compile', 'conversion', {'core/more.c': HEAD + 'size_t kratos_more(size_t n)\n{\n    char c = n;\n    return (size_t)c;\n}\n'}),
    ('compile', 'shadow', {'core/more.c': HEAD + 'size_t kratos_more(size_t n)\n{\n    {\n        size_t n = 1;\n        return n;\n    }\n}\n'}),
    ('compile', 'prototype', {'core/more.c': 'int kratos_less(void)\n{\n    return 0;\n}\n'}),
    ('headers', 'class', {'core/kratos.h': 'struct kratos {\n    int class;\n};\n'}),
    ('headers', 'unknown type name', {'core/kratos.h': 'size_t kratos_twice(size_t n);\n'}),
    ('format', 'line 4', {'core/more.c': HEAD + 'size_t kratos_more(size_t n){return n;}\n'}),
)


def plant(root, *samples):
    shutil.rmtree(root, ignore_errors=True)
    for path, text in {path: text for sample in samples for path, text in sample.items()}.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), 'w') as file:
            file.write(text)
    os.makedirs(os.path.join(root, 'build'), exist_ok=True)


def selftest(build, jsmn):
    root = os.path.join(build, 'selftest')
    tree = Tree(root, os.path.join(root, 'build'), jsmn)
    passed = failed = 0
    plant(root, GOOD)
    trials = [(part, None, getattr(tree, part)()[1]) for part in PARTS]
    for part, word, sample in BAD:
        plant(root, GOOD, sample)
        trials.append((part, word, getattr(tree, part)()[1]))
    for part, word, wrong in trials:
        right = not wrong if word is None else any(word in line for line in wrong)
        passed, failed = passed + right, failed + (not right)
        if not right:
            print(f'FAIL lint-selftest: {part} {"accepts " + word if word else "refuses the good sample"}')
            print('\n'.join('     ' + line for line in wrong))
    if not failed:
        print(f'ok   lint-selftest: {len(PARTS)} parts accept good code and refuse {len(BAD)} samples of bad code')
    return passed, failed


def lint(tree, parts):
    passed = failed = 0
    for part in parts:
        try:
            checked, wrong = getattr(tree, part)()
        except LintError as error:
            checked, wrong = part, error.args[0]
        if wrong:
            failed += 1
            print(f'FAIL lint: {checked.split(" (")[0]}: {len(wrong)} found')
            print('\n'.join('     ' + line for line in wrong[:60]), flush=True)
        else:
            passed += 1
            print(f'ok   lint: {checked}', flush=True)
    return passed, failed


def main():
    options = argparse.ArgumentParser(description='The static checks of this project.')
    options.add_argument('part', nargs='*', choices=[[], *PARTS], help='which; without: all')
    options.add_argument('-b', '--build', default='build/lint')
    options.add_argument('-r', '--root', default=PROJECT)
    options.add_argument('--jsmn', default='build/third_party/jsmn')
    options.add_argument('--selftest', action='store_true')
    given = options.parse_args()
    build, jsmn = os.path.abspath(given.build), os.path.abspath(given.jsmn)
    os.makedirs(build, exist_ok=True)
    if given.selftest:
        passed, failed = selftest(build, jsmn)
    else:
        passed, failed = lint(Tree(os.path.abspath(given.root), build, jsmn), given.part or PARTS)
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed or not passed else 0)


if __name__ == '__main__':
    main()
