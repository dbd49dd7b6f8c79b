# SPDX-License-Identifier: Apache-2.0
"""The deepest stack below the functions of a linked Cortex-M program.

Frames of core come from the compiler (-fstack-usage), those of library helpers from their push and sub instructions; calls
come from the disassembly, so helpers that only the compiler calls are in. A jump to another function at the end of a
function costs nothing of the first one's frame. What a call through a pointer may reach stands in indirect.txt, and is
narrowed by what the program has at all: so each operation is measured in a program that has no other one.
"""
import fnmatch
import os
import re
import subprocess

FUNCTION = re.compile(r'^([0-9a-f]+) <(.+)>:$')
INSTRUCTION = re.compile(r'^\s*([0-9a-f]+):\t(\S+)\s*(.*)$')
BRANCH = re.compile(r'^b(l|lx)?(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?(\.[nw])?$')
REGISTERS = {f'r{n}': n for n in range(13)} | {'sl': 10, 'fp': 11, 'ip': 12, 'sp': 13, 'lr': 14, 'pc': 15}


class StackError(Exception):
    pass


def plain(function):
    """The compiler counts its clones of a function in the object (now_ms.isra.0), not in the .su file: without the number."""
    return re.sub(r'\.\d+$', '', function)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def frames_of(su_files):
    """{file:function: bytes} as the compiler says."""
    frames = {}
    for path in su_files:
        with open(path) as lines:
            for line in lines:
                where, size, kind = line.rstrip('\n').split('\t')
                file, _, _, function = where.rsplit(':', 3)
                if kind not in ('static', 'dynamic,bounded'):
                    raise StackError(f'{os.path.basename(file)}:{function}: frame of no fixed size ({kind})')
                name = f'{os.path.basename(file)}:{plain(function)}'
                frames[name] = max(frames.get(name, 0), int(size))
    return frames


def names_of(cross, elf):
    """{address: file:function}; the file is known for local functions only."""
    names, file = {}, ''
    for line in run(cross + 'readelf', '-sW', elf).splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[3] not in ('FILE', 'FUNC'):
            continue
        if fields[3] == 'FILE':
            file = os.path.basename(fields[7])
        elif fields[6] != 'UND':
            names[int(fields[1], 16) & ~1] = (file if fields[4] == 'LOCAL' else '', plain(fields[7]))
    return names


def registers(text):
    """How many registers a list such as {r4-r7, lr} holds."""
    n = 0
    for item in text.strip('{}').split(','):
        ends = [REGISTERS[end.strip()] for end in item.split('-')]
        n += ends[-1] - ends[0] + 1
    return n


class Program:
    """The functions of an ELF file: frame, calls, tail jumps, calls through pointers."""

    def __init__(self, cross, elf, frames, taken):
        self.cross, self.elf = cross, elf
        named = {}  # global functions are unique, so their file is found by name
        for key in frames:
            named.setdefault(key.split(':')[1], key)
        self.name = {}
        files = {key.split(':')[0] for key in frames}
        for address, (file, function) in names_of(cross, elf).items():
            local = f'{file}:{function}'
            self.name[address] = local if local in frames else named.get(function, f'lib:{function}')
            if file in files and self.name[address].startswith('lib:'):
                raise StackError(f'{local}: no frame of it in the .su files')
        self.frame = {name: frames.get(name, 0) for name in self.name.values()}
        self.taken = set()  # functions whose address core takes
        for file, function in taken:
            local = f'{file}:{function}'
            self.taken |= {local} if local in self.frame else {name for name in self.frame if name.split(':')[1] == function}
        self.calls = {name: set() for name in self.frame}
        self.jumps = {name: set() for name in self.frame}
        self.indirect = {}  # address of the instruction: (function, is a jump)
        self.read(run(cross + 'objdump', '-d', '--no-show-raw-insn', elf))

    def read(self, listing):
        starts = sorted(self.name)
        current, popped = None, ''
        for line in listing.splitlines():
            head = FUNCTION.match(line)
            if head:
                current = self.name.get(int(head[1], 16), current)
                continue
            found = INSTRUCTION.match(line)
            if not found or current is None:
                continue
            at, what, operands = int(found[1], 16), found[2], found[3].split(';')[0].split('@')[0].strip()
            branch = BRANCH.match(what)
            if branch and ' <' in operands:
                self.branch(current, int(operands.split()[0], 16), branch[1], starts)
            elif what in ('blx', 'bx') and operands != 'lr' and not re.search(rf'\b{operands}\b', popped):
                self.indirect[at] = (current, what == 'bx')
            elif current.startswith('lib:'):
                self.frame[current] += self.pushed(what, operands)
            popped = operands if what.startswith(('pop', 'ldmia')) else ''

    def branch(self, current, target, link, starts):
        below = [start for start in starts if start <= target]
        callee = self.name[below[-1]] if below else current
        if callee == current and target != below[-1]:
            return  # inside the function; Cortex-M0+ uses bl for far ones
        if link:
            self.calls[current].add(callee)
        elif callee != current:
            self.jumps[current].add(callee)

    @staticmethod
    def pushed(what, operands):
        if what.startswith('push') or (what.startswith('stmdb') and operands.startswith('sp!')):
            return 4 * registers(operands[operands.index('{'):])
        moved = re.match(r'sp,(?: sp,)? #(\d+)$', operands)
        return int(moved[1]) if what.startswith('sub') and moved else 0

    def sites(self):
        """[(function, is a jump, file:function in the source)] of the calls through pointers in core."""
        ours = {at: site for at, site in self.indirect.items() if not site[0].startswith('lib:')}
        if not ours:
            return []
        said = run(self.cross + 'addr2line', '-a', '-f', '-i', '-e', self.elf, *map(hex, ours))
        found = []
        for part in re.split(r'^0x', said, flags=re.M)[1:]:
            address, function, place = part.splitlines()[:3]
            found.append((*ours[int(address, 16)], f'{os.path.basename(place.split(":")[0])}:{plain(function)}'))
        return found

    def uses_pointers(self, root):
        """Whether what is called below a function calls through a pointer."""
        sources = {function for function, _ in self.indirect.values()}
        seen, open_ends = set(), [name for name in self.frame if name.split(':')[1] == root]
        while open_ends:
            name = open_ends.pop()
            if name not in seen:
                seen.add(name)
                open_ends += self.calls[name] | self.jumps[name]
        return bool(seen & sources)


def read_table(path):
    """{file:function: [pattern]} of indirect.txt."""
    table = {}
    with open(path) as lines:
        for line in lines:
            fields = line.split('#')[0].split()
            if fields:
                table.setdefault(fields[0], []).extend(fields[1:])
    return table


def reached(patterns, program):
    """What a line reaches: a name means that function, a pattern only functions whose address core takes."""
    found = set()
    for pattern in patterns:
        among = program.taken if '*' in pattern else program.frame
        found |= {name for name in among if not name.startswith('lib:')
                  and fnmatch.fnmatchcase(name if ':' in pattern else name.split(':')[1], pattern)}
    return found


def check_table(table, program):
    """Holds indirect.txt against a program that has everything."""
    sites = {source for _, _, source in program.sites()}
    wrong = [f'{site} calls through a pointer and is not in indirect.txt' for site in sorted(sites - set(table))]
    wrong += [f'indirect.txt names {site}, which calls through no pointer' for site in sorted(set(table) - sites)]
    for site, patterns in table.items():
        wrong += [f'indirect.txt: nothing is called {pattern} ({site})' for pattern in patterns
                  if pattern != 'outside' and not reached([pattern], program)]
    known = {name for patterns in table.values() for name in reached(patterns, program)}
    return wrong + [f'the address of {name} is taken, but no line of indirect.txt reaches it'
                    for name in sorted(program.taken - known)]


def address_taken(cross, objects):
    """{(file, symbol)}: what core refers to other than by calling it."""
    taken = set()
    for path in objects:
        file = os.path.splitext(os.path.basename(path))[0] + '.c'
        section = ''
        for line in run(cross + 'objdump', '-r', path).splitlines():
            if line.startswith('RELOCATION RECORDS FOR'):
                section = line.split('[')[1].split(']')[0]
            fields = line.split()
            if len(fields) != 3 or fields[1] != 'R_ARM_ABS32' or section.startswith(('.debug', '.ARM')):
                continue
            symbol = re.sub(r'[+-]0x[0-9a-f]+$', '', fields[2])
            if symbol != section:
                taken.add((file, plain(symbol[len('.text.'):] if symbol.startswith('.text.') else symbol)))
    return taken


def deepest(program, roots, table):
    """(bytes, [(function, frame)]) of the worst chain below the roots."""
    calls = {name: set(callees) for name, callees in program.calls.items()}
    jumps = {name: set(callees) for name, callees in program.jumps.items()}
    for function, jump, source in program.sites():
        (jumps if jump else calls)[function] |= reached(table.get(source, ()), program)

    known, path = {}, []

    def depth(name):
        if name in path:
            cycle = path[path.index(name):] + [name]
            raise StackError('recursion: ' + ' > '.join(cycle))
        if name not in known:
            path.append(name)
            frame = program.frame[name]
            best = (frame, [(name, frame)])
            for callee in sorted(calls[name]):
                below, chain = depth(callee)
                best = max(best, (frame + below, [(name, frame)] + chain), key=lambda found: found[0])
            for callee in sorted(jumps[name]):
                below, chain = depth(callee)
                best = max(best, (below, [(name, 0)] + chain), key=lambda found: found[0])
            path.pop()
            known[name] = best
        return known[name]

    wanted = [name for name in program.frame if name.split(':')[1] in roots and not name.startswith('lib:')]
    return max((depth(name) for name in wanted), key=lambda found: found[0])
