#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public structs are laid out alike whatever flags and language a library and its application are built with.

    layout.py [--build DIR] [--jsmn DIR] [--lwip DIR] [--mbedtls DIR]

Every struct of the public headers is read from the debugging information that the compiler writes: the size of the struct, and the
offset and size of each of its members. Structs that hold those of Mbed TLS are as wide as Mbed TLS makes them.
"""
import os
import re

from trees import PORTS, PUBLIC_CORE, ROOT, Results, Trees, headers, options, run

ARM = ['-mthumb', '-mcpu=cortex-m4']
# processor: compiler and language, the flags that must change nothing
WAYS = {
    'Cortex-M4': [('arm-none-eabi-gcc', ['-std=c99', *ARM, flags]) for flags in ('-fno-short-enums', '-fshort-enums', '-fsigned-char')] +
                 [('arm-none-eabi-g++', ['-std=c++17', *ARM, '-fshort-enums'])],
    'host': [('gcc', ['-std=c99', flags]) for flags in ('-fno-short-enums', '-fshort-enums', '-funsigned-char')] +
            [('g++', ['-std=c++17', '-fno-short-enums']), ('clang', ['-std=c99', '-fshort-enums'])],
}
# Those that hold structs of Mbed TLS, whose enums -fshort-enums narrows: docs/porting.md says so.
OF_OTHERS = {'kratos_mbedtls'}
STRUCT_KRATOS = 256  # on 32 bits: the README's table

ENTRY = re.compile(r'^\s*<(\w+)><(\w+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)')
ATTRIBUTE = re.compile(r'^\s*<\w+>\s+DW_AT_(\w+)\s*:\s*(.*)$')


class Entry:
    def __init__(self, depth, tag):
        self.depth, self.tag, self.values, self.children = depth, tag, {}, []

    def number(self, name):
        """Decimal, or as some releases of readelf print it, hexadecimal."""
        return int(self.values[name].split()[0], 0)

    def name(self):
        return self.values.get('name', '').split(': ')[-1].strip()

    def type(self):
        found = re.search(r'<0x(\w+)>', self.values.get('type', ''))
        return found and int(found[1], 16)


def entries(text):
    """{offset: Entry} of `readelf --debug-dump=info`."""
    found, chain = {}, []
    for line in text.splitlines():
        entry = ENTRY.match(line)
        attribute = ATTRIBUTE.match(line)
        if entry:
            depth = int(entry[1], 16)
            now = found[int(entry[2], 16)] = Entry(depth, entry[3])
            del chain[depth:]
            if chain:
                chain[-1].children.append(now)
            chain.append(now)
        elif attribute and chain:
            chain[-1].values[attribute[1]] = attribute[2]
    return found


def size_of(found, at):
    """Bytes of a type; of an array: of all its elements. clang says of pointers nothing: 0 for all of them."""
    entry = found[at]
    if entry.tag == 'pointer_type':
        return 0
    if 'byte_size' in entry.values:
        return entry.number('byte_size')
    if entry.tag == 'array_type':
        count = 1
        for bound in entry.children:
            if bound.tag == 'subrange_type':
                count *= bound.number('count') if 'count' in bound.values else bound.number('upper_bound') + 1
        return count * size_of(found, entry.type())
    return size_of(found, entry.type())


def layouts(found, wanted):
    """{struct: (size, ((member, offset, size), ...))} of those that are wanted."""
    named = {}
    for entry in found.values():
        if entry.tag == 'structure_type' and 'byte_size' in entry.values:
            named.setdefault(entry.name(), entry)
        if entry.tag == 'typedef' and entry.type() and found[entry.type()].tag == 'structure_type':
            named.setdefault(entry.name(), found[entry.type()])
    return {name: (named[name].number('byte_size'), tuple(
        (member.name(), member.number('data_member_location'), size_of(found, member.type()))
        for member in named[name].children if member.tag == 'member')) for name in wanted if name in named}


def look(trees, compiler, flags, texts, wanted):
    """texts: what is compiled, C. The headers of Mbed TLS and lwIP come with it."""
    source, out = os.path.join(trees.build, 'layout.c'), os.path.join(trees.build, 'layout.o')
    with open(source, 'w') as file:
        file.write(texts)
    language = ['-x', 'c++'] if '++' in compiler else []
    keep = [] if compiler.startswith('clang') else ['-fno-eliminate-unused-debug-types']
    keep = keep or ['-fstandalone-debug', '-fno-eliminate-unused-debug-types']
    code, _, errors = run([compiler, *language, *flags, *trees.flags('lwip', 'mbedtls'), '-g', '-gdwarf-4', *keep, '-c', source, '-o', out])
    if code:
        raise SystemExit(f'layout: {compiler} {" ".join(flags)}:\n{errors}')
    return layouts(entries(run(['readelf', '--debug-dump=info', out])[1]), wanted)


def public():
    """(all public headers, the names of their structs)"""
    paths = list(PUBLIC_CORE) + [path for port in PORTS for path in headers(port)]
    names = []
    for path in paths:
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()
        names += re.findall(r'^struct (\w+) \{', text, re.M) + re.findall(r'^\} (\w+);', text, re.M)
    return paths, names


def differences(one, other, without=()):
    return [f'struct {name}: {one.get(name)} and {other.get(name)}' for name in one
            if name not in without and one[name] != other.get(name)]


def can_fail(trees):
    """Two structs that -fshort-enums changes, one by size, one by an offset only."""
    text = ('enum e { A, B };\nstruct wide { enum e e; int n; };\nstruct same { char c; enum e e; char d, f; int n; };\n'
            'struct good { int n; char c[7]; };\n')
    names = ('wide', 'same', 'good')
    long, short = (look(trees, 'arm-none-eabi-gcc', ['-std=c99', *ARM, flag], text, names) for flag in ('-fno-short-enums', '-fshort-enums'))
    told = ' '.join(differences(long, short))
    return [] if 'wide' in told and 'same' in told and 'good' not in told and long['good'] == (12, (('n', 0, 4), ('c', 4, 7))) else [told]


def main():
    trees = Trees(options(__doc__.splitlines()[0]).parse_args())
    os.makedirs(trees.build, exist_ok=True)
    paths, names = public()
    text = ''.join(f'#include "{os.path.join(ROOT, path)}"\n' for path in paths)
    results, differing = Results('layout'), set()
    for processor, ways in WAYS.items():
        first = look(trees, *ways[0], text, names)
        results.add(f'{processor}: {len(first)} public structs in {len(paths)} headers found',
                    [f'struct {name} is not in the debugging information' for name in names if name not in first])
        for compiler, flags in ways[1:]:
            now = look(trees, compiler, flags, text, names)
            results.add(f'{processor}: {compiler} {flags[0]} {flags[-1]} lays them out like {ways[0][0]} {ways[0][1][-1]}',
                        differences(first, now, OF_OTHERS))
            differing |= {name for name in OF_OTHERS if first.get(name) != now.get(name)}
        if processor == 'Cortex-M4':
            size = first['kratos'][0]
            results.add(f'{processor}: struct kratos has {size} bytes', [] if size == STRUCT_KRATOS else [f'it should have {STRUCT_KRATOS}'])
    results.add(f'left out: {", ".join(sorted(OF_OTHERS))}, which Mbed TLS makes as wide as its own',
                [f'struct {name} differs nowhere: take it off the list' for name in OF_OTHERS - differing])
    results.add('structs with an enum are told apart', can_fail(trees))
    results.end()


if __name__ == '__main__':
    main()
