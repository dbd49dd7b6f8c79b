#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what core costs on Cortex-M and holds it against budget.csv.

Each link set of sets.txt is linked alone, without start-up code, with everything garbage-collected that it does not reach;
what remains is core, jsmn and the library helpers that core pulls in. The four memory functions of the C library, which a
network stack brings anyway, are counted by themselves. Stack is the deepest chain of calls (stack.py).
"bare" sets are without the clues of kratos_config.h; their stack is not measured by itself.
Writes build/size.csv, build/size-functions.csv and build/size-stack.txt, prints the table, fails when a budget is passed.

    size.py measure [--cross PREFIX] [--build DIR] [--jsmn DIR] CORE.c...
    size.py functions NEW.csv [OLD.csv]       flash of each function, and what changed
    size.py table SIZE.csv                    the table in Markdown
"""
import argparse
import csv
import glob
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
import stack  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TARGETS = ('cortex-m0plus', 'cortex-m3', 'cortex-m4')
CFLAGS = '-Os -mthumb -std=c99 -g -ffunction-sections -fdata-sections -fstack-usage --specs=nano.specs'.split()
LDFLAGS = '-nostartfiles -Wl,--gc-sections -Wl,-e,main'.split()
COLUMNS = ('flash', 'data', 'bss', 'stack')
BARE = ', bare'  # without the clues of kratos_config.h
MEMORY = re.compile(r'mem(cpy|move|set|cmp)\b')
CLONE = re.compile(r'\.(constprop|isra|part|cold)(\.\d+)?')


def fail(*lines):
    for line in lines:
        print(f'FAIL size: {line}')
    sys.exit(1)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        fail(f'{os.path.basename(command[0])} failed: ' + ' '.join(command[1:]), *done.stderr.splitlines()[:20])
    return done.stdout


def declared(header):
    """Every function that a header declares."""
    with open(header) as file:
        text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
    return re.findall(r'\b(kratos_\w+)\([^;{}]*\);', text)


def read_sets(header):
    sets = {}
    with open(os.path.join(HERE, 'sets.txt')) as lines:
        for line in lines:
            fields = line.split('#')[0].split()
            if fields:
                sets[fields[0]] = declared(header) if fields[1:] == ['*'] else fields[1:]
    return sets


def read_budgets():
    with open(os.path.join(HERE, 'budget.csv'), newline='') as file:
        return {(row['what'], row['target']): {name: int(row[name]) for name in COLUMNS if row[name]}
                for row in csv.DictReader(file)}


class Target:
    """Core compiled for one processor, with the options of kratos_config.h that differ from their defaults."""

    def __init__(self, cpu, given, variant='', *options):
        self.cpu, self.cross, self.jsmn, self.options = cpu, given.cross, given.jsmn, options
        self.folder = os.path.join(given.build, 'size', cpu + variant)
        self.core = os.path.dirname(given.sources[0])
        os.makedirs(self.folder, exist_ok=True)
        for old in glob.glob(os.path.join(self.folder, '*.su')):
            os.remove(old)
        self.objects = [self.compile(source) for source in given.sources]
        self.empty = self.compile(os.path.join(HERE, 'empty.c'))
        self.frames = stack.frames_of(glob.glob(os.path.join(self.folder, '*.su')))
        self.base = self.flash(self.link('empty', []))

    def compile(self, source):
        out = os.path.join(self.folder, os.path.splitext(os.path.basename(source))[0] + '.o')
        run(self.cross + 'gcc', *CFLAGS, *self.options, f'-mcpu={self.cpu}', '-I', self.jsmn, '-I', self.core, '-c', source, '-o', out)
        return out

    def link(self, name, functions):
        out = os.path.join(self.folder, name + '.elf')
        wanted = [f'-Wl,-u,{function}' for function in functions]
        run(self.cross + 'gcc', *CFLAGS, f'-mcpu={self.cpu}', *LDFLAGS, *wanted, f'-Wl,-Map={out[:-4]}.map',
            self.empty, *(self.objects if functions else []), '-o', out)
        if functions:
            defined = set(re.findall(r' T (\w+)', run(self.cross + 'nm', out)))
            absent = [function for function in functions if function not in defined]
            if absent:
                fail(f'{name}: declared, but defined nowhere: ' + ' '.join(absent))
        return out

    def flash(self, elf):
        text, data, _ = map(int, run(self.cross + 'size', elf).splitlines()[1].split()[:3])
        return text + data

    def struct_size(self):
        """Of struct kratos, as the .bss of one."""
        out = self.compile(os.path.join(HERE, 'object.c'))
        return int(run(self.cross + 'size', out).splitlines()[1].split()[2])


def kept(elf):
    """[(section, bytes, file)] of what a link kept, from its map."""
    with open(elf[:-4] + '.map') as file:
        text = file.read().split('Linker script and memory map')[1]
    found = re.findall(r'^ (\.(?:text|rodata|data|bss)\S*|COMMON)\s+0x[0-9a-f]+\s+(0x[0-9a-f]+)\s+(\S.*)$', text, re.M)
    return [(section, int(size, 16), path) for section, size, path in found if int(size, 16)]


def ram_of(elf):
    """(.data, .bss) in bytes; what the linker script pads is not ours."""
    data = sum(size for section, size, _ in kept(elf) if section.startswith('.data'))
    return data, sum(size for section, size, _ in kept(elf) if section.startswith(('.bss', 'COMMON')))


def functions_of(elf, cpu):
    """[(function, file, target, bytes)]: code and constants, by the section's name."""
    rows = []
    for section, size, path in kept(elf):
        kind, _, name = section.lstrip('.').partition('.')
        library = re.search(r'([^/]+\.a)\((?:lib_a-)?(.+)\.o\)$', path)
        file = library[1] if library else os.path.basename(path)[:-2] + '.c'
        name = library[2] if library else CLONE.sub('', name)
        if file != 'empty.c' and kind in ('text', 'rodata', 'data'):
            rows.append((name if kind == 'text' else f'{name} [{kind}]', file, cpu, size))
    return rows


def write_csv(path, header, rows):
    with open(path, 'w', newline='') as file:
        out = csv.writer(file, lineterminator='\n')
        out.writerow(header)
        out.writerows(rows)


def read_functions(path):
    """{target: {(function, file): bytes}}"""
    table = {}
    with open(path, newline='') as file:
        for row in csv.DictReader(file):
            of_target = table.setdefault(row['target'], {})
            key = (row['function'], row['file'])
            of_target[key] = of_target.get(key, 0) + int(row['flash'])
    return table


def changes(old, new, n):
    """The n largest changes between two tables of one target, as text."""
    all_keys = set(old) | set(new)
    moved = sorted(((new.get(key, 0) - old.get(key, 0), key) for key in all_keys), key=lambda one: -abs(one[0]))
    return [f'{file}:{function} {by:+d}' for by, (function, file) in moved[:n] if by]


def stack_of_set(target, name, wanted, program, taken, table):
    """The deepest chain below the functions of a set. An operation is linked alone with what an application's writers may
    call: it cannot reach another operation's functions."""
    callbacks = {callee for callees in table.values() for callee in callees}
    alone = [function for function in wanted if program.uses_pointers(function)]
    found = [stack.deepest(program, set(wanted) - set(alone), table)] if set(wanted) - set(alone) else []
    for function in alone:
        linked = [function] + [other for other in wanted if other in callbacks]
        elf = target.link(f'{name}-{function}', linked)
        found.append(stack.deepest(stack.Program(target.cross, elf, target.frames, taken), {function}, table))
    return max(found, key=lambda one: one[0])


def measure_target(cpu, given, sets, table):
    """Rows of the csv without budgets, the deepest chains, the functions, flash of the C library's
    memory functions, and what is wrong."""
    target = Target(cpu, given)
    taken = stack.address_taken(given.cross, target.objects)
    rows, chains, functions, memory, wrong = [], [], [], {}, []
    for name, wanted in sets.items():
        elf = target.link(name, wanted)
        program = stack.Program(given.cross, elf, target.frames, taken)
        linked = functions_of(elf, cpu)
        if name == 'all':
            functions = linked
            wrong += stack.check_table(table, program)
        try:
            depth, chain = stack_of_set(target, name, wanted, program, taken, table)
        except stack.StackError as error:
            wrong.append(f'{name}, {cpu}: {error}')
            depth, chain = 0, []
        chains.append((name, cpu, depth, chain))
        memory[name, cpu] = sum(row[3] for row in linked if row[1].endswith('.a') and MEMORY.match(row[0]))
        rows.append((name, cpu, target.flash(elf) - target.base - memory[name, cpu], *ram_of(elf), depth))
    bare = Target(cpu, given, '-bare', '-DKRATOS_CLUES=0')
    for name, wanted in sets.items():
        elf = bare.link(name, wanted)
        own = name + BARE
        memory[own, cpu] = sum(row[3] for row in functions_of(elf, cpu) if row[1].endswith('.a') and MEMORY.match(row[0]))
        rows.append((own, cpu, bare.flash(elf) - bare.base - memory[own, cpu], *ram_of(elf), 0))
    rows.append(('struct kratos', cpu, 0, 0, target.struct_size(), 0))
    return rows, chains, functions, memory, wrong


def over_budget(rows, budgets):
    wrong = []
    for what, cpu, *values in rows:
        for column, value in zip(COLUMNS, values):
            limit = budgets.get((what, cpu), {}).get(column)
            if limit is not None and value > limit:
                wrong.append(f'{what}, {cpu}: {column} {value:,}, budget {limit:,}: {value - limit:,} over')
    return wrong


def measure(given):
    header = os.path.join(os.path.dirname(given.sources[0]), 'kratos.h')
    sets, budgets = read_sets(header), read_budgets()
    table = stack.read_table(os.path.join(HERE, 'indirect.txt'))
    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(lambda cpu: measure_target(cpu, given, sets, table), TARGETS))
    rows = [row for part in parts for row in part[0]]
    wrong = list(dict.fromkeys(line for part in parts for line in part[4])) + over_budget(rows, budgets)

    memory = {key: n for part in parts for key, n in part[3].items()}
    write_csv(os.path.join(given.build, 'size.csv'), ('what', 'target', *COLUMNS, 'budget', 'memory'),
              [(*row, budgets.get(row[:2], {}).get('bss' if row[0] == 'struct kratos' else 'flash', ''),
                memory.get(row[:2], '')) for row in rows])
    functions = os.path.join(given.build, 'size-functions.csv')
    good = os.path.join(given.build, 'size-functions.good.csv')
    write_csv(functions, ('function', 'file', 'target', 'flash'), [row for part in parts for row in part[2]])
    with open(os.path.join(given.build, 'size-stack.txt'), 'w') as file:
        for part in parts:
            for name, cpu, depth, chain in part[1]:
                file.write(f'{name}, {cpu}: {depth} bytes\n')
                file.writelines(f'    {frame:4}  {function}\n' for function, frame in chain)

    show(rows, memory, budgets, given.cross)
    if wrong:
        if os.path.exists(good):
            old, new = read_functions(good), read_functions(functions)
            grown = changes(old.get('cortex-m4', {}), new.get('cortex-m4', {}), 8)
            wrong += ['since the last run within budget, cortex-m4: ' + ', '.join(grown)] if grown else []
        fail(*wrong)
    os.replace(functions, good)
    with open(good) as source, open(functions, 'w') as copy:
        copy.write(source.read())


def show(rows, memory, budgets, cross):
    version = run(cross + 'gcc', '-dumpfullversion').strip()
    print(f'core and jsmn, {cross}gcc {version} -Os, newlib-nano, bytes\n')
    line = '{:<13} {:<14} {:>8} {:>8} {:>10} {:>6} {:>6} {:>7} {:>8}'
    print(line.format('set', 'processor', 'flash', 'budget', 'and memcpy', 'data', 'bss', 'stack', 'budget'))
    for what, cpu, *values in rows:
        if what != 'struct kratos':
            budget = budgets.get((what, cpu), {})
            flash, data, bss, depth = (f'{value:,}' for value in values)
            limits = [f'{budget[name]:,}' if name in budget else '' for name in ('flash', 'stack')]
            depth = '' if what.endswith(BARE) else depth
            print(line.format(what, cpu, flash, limits[0], f'{memory[what, cpu]:,}', data, bss, depth, limits[1]).rstrip())
    print('\nbare: with KRATOS_CLUES 0, which leaves out the texts that tell a person what was wrong with a reply')
    print("and memcpy: memcpy, memmove, memset and memcmp of the C library, which a network stack brings anyway")
    size, budget = next((row[4], budgets.get(row[:2], {})) for row in rows if row[:2] == ('struct kratos', 'cortex-m4'))
    print(f'sizeof(struct kratos), 32-bit: {size}, budget {budget.get("bss", "none")}')


def functions(given):
    new = read_functions(given.new)
    old = read_functions(given.old) if given.old else {}
    keys = sorted({key for table in (new, old) for cpu in table.values() for key in cpu},
                  key=lambda key: -new.get('cortex-m4', {}).get(key, 0))
    def line(label, sizes, by):
        print(f'{label:<48}' + ''.join(f'{size:>14}' for size in sizes) + (f'{by:>12}' if old else ''))

    line('flash, bytes', TARGETS, 'M4 change')
    for key in keys:
        sizes = [new.get(cpu, {}).get(key, 0) for cpu in TARGETS]
        by = sizes[-1] - old.get('cortex-m4', {}).get(key, 0)
        line(f'{key[1]}:{key[0]}', sizes, f'{by:+d}' if by else '')
    sums = [sum(new.get(cpu, {}).values()) for cpu in TARGETS]
    line('sum', sums, f'{sums[-1] - sum(old.get("cortex-m4", {}).values()):+d}')


def table(given):
    with open(given.size, newline='') as file:
        rows = list(csv.DictReader(file))
    sets = list(dict.fromkeys(row['what'] for row in rows if row['what'] != 'struct kratos' and not row['what'].endswith(BARE)))
    print('| functions linked | ' + ' | '.join(cpu.replace('cortex-m0plus', 'Cortex-M0+').replace('cortex-m', 'Cortex-M')
                                             for cpu in TARGETS) + ' | deepest stack |')
    print('|---|' + '---:|' * (len(TARGETS) + 1))
    for what in sets:
        of_set = {row['target']: row for row in rows if row['what'] == what}
        print(f'| {what} | ' + ' | '.join(f'{int(of_set[cpu]["flash"]):,}' for cpu in TARGETS) +
              f' | {max(int(row["stack"]) for row in of_set.values())} |')


def main():
    options = argparse.ArgumentParser(description='Measures what core costs on Cortex-M.')
    actions = options.add_subparsers(required=True)
    action = actions.add_parser('measure')
    action.add_argument('--cross', default='arm-none-eabi-')
    action.add_argument('--build', default='build')
    action.add_argument('--jsmn', default='build/third_party/jsmn')
    action.add_argument('sources', nargs='+')
    action.set_defaults(action=measure)
    action = actions.add_parser('functions')
    action.add_argument('new')
    action.add_argument('old', nargs='?')
    action.set_defaults(action=functions)
    action = actions.add_parser('table')
    action.add_argument('size')
    action.set_defaults(action=table)
    given = options.parse_args()
    given.action(given)


if __name__ == '__main__':
    main()
