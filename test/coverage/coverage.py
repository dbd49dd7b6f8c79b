#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges what a run of instrumented tests reached of core.

    coverage.py BUILD SOURCE [CFLAG...]     BUILD: programs, and profiles/*.profraw that they left; SOURCE: folder of core

Prints lines, branches and conditions of each file, then each condition that was not shown. A condition of a decision with
several is shown when two tests differ in the decision's result through this condition alone (MC/DC, clang counts it); a
condition that stands alone is shown when it was true and false. A decision that clang cannot take apart counts as one
condition that was not shown: CFLAGs are those of the build, to have clang name it.

known.txt names the conditions that no test can show. They count neither as shown nor as conditions; an entry that fits no
unshown condition is stale, and an error. floor.txt gives the least percentages, of each file and of the total. Tests are:
each file, each floor of the total, known.txt. The last line is `N passed, N failed`.
"""
import glob
import json
import os
import re
import subprocess
import sys
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
LLVM = '-19'
MEASURES = ('lines', 'branches', 'conditions')
UNJUDGED = 'clang cannot take this decision apart'
SIDES = {(0, 0): 'never reached', (1, 0): 'never false', (0, 1): 'never true'}

Condition = namedtuple('Condition', 'file line column function decision text shown why')


class CoverageError(Exception):
    pass


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise CoverageError(f'{command[0]}: {done.stderr[-2000:]}')
    return done


def squeeze(text):
    return ' '.join(text.split())


# ---- What was measured --------------------------------------------------------------------------------------------------------

def programs(build):
    paths = (os.path.join(folder, name) for folder, _, names in os.walk(build) for name in names)
    return sorted(path for path in paths if os.access(path, os.X_OK) and open(path, 'rb').read(4) == b'\x7fELF')


def measure(build):
    """clang's export: {'files': ..., 'functions': ...}"""
    merged = os.path.join(build, 'merged.profdata')
    profiles, objects = sorted(glob.glob(os.path.join(build, 'profiles', '*.profraw'))), programs(build)
    if not profiles or not objects:
        raise CoverageError(f'{build}: no profiles, or no programs')
    call('llvm-profdata' + LLVM, 'merge', '-sparse', '-o', merged, *profiles)
    more = [word for path in objects[1:] for word in ('-object', path)]
    done = call('llvm-cov' + LLVM, 'export', '-format=text', '-instr-profile', merged, objects[0], *more)
    return json.loads(done.stdout)['data'][0]


def unjudged(path, cflags):
    """Lines and columns of the decisions without MC/DC, as clang's warnings name them."""
    done = call('clang' + LLVM, '-std=c99', *cflags, '-c', path, '-o', '/dev/null')
    places = re.findall(r'^[^\n:]+:(\d+):(\d+): warning: (?:unsupported MC/DC|number of conditions)', done.stderr, re.M)
    return [(int(line), int(column)) for line, column in places]


# ---- Conditions ---------------------------------------------------------------------------------------------------------------

def span_text(lines, span):
    first, start, last, end = span
    if first == last:
        return squeeze(lines[first - 1][start - 1:end - 1])
    return squeeze(' '.join([lines[first - 1][start - 1:], *lines[first:last - 1], lines[last - 1][:end - 1]]))


def inside(span, other):
    return other[:2] <= span[:2] and span[2:4] <= other[2:4]


def innermost(span, spans):
    found = [other for other in spans if inside(span, other)]
    return min(found, key=lambda other: (other[2] - other[0], other[3] - other[1])) if found else None


def functions_of(data, path):
    """[(span, name)] of the functions that stand in the file."""
    found = {}
    for function in data['functions']:
        if function['filenames'] and function['filenames'][0] == path and function['regions']:
            found[tuple(function['regions'][0][:4])] = function['name'].split(':')[-1]
    return found


class Source:
    """One file of core, and what was measured of it."""

    def __init__(self, data, entry, cflags):
        self.path, self.name = entry['filename'], os.path.basename(entry['filename'])
        self.lines = open(self.path, encoding='utf-8').read().split('\n')
        self.functions = functions_of(data, self.path)
        summary = entry['summary']
        self.summary = {kind: (summary[kind]['covered'], summary[kind]['count']) for kind in ('lines', 'branches')}
        self.decisions, self.branches = self.merged(entry)
        cannot = unjudged(self.path, cflags) if self.path.endswith('.c') else []
        self.conditions = [*self.several(), *self.alone(), *(self.refused(*place) for place in cannot)]
        self.conditions.sort(key=lambda c: (c.line, c.column))

    @staticmethod
    def merged(entry):
        """Decisions and branches by their place: a static function of a header comes once for each file that has it."""
        decisions, branches = {}, {}
        for record in entry['mcdc_records']:
            before = decisions.get(tuple(record[:4]), [False] * len(record[-1]))
            decisions[tuple(record[:4])] = [a or b for a, b in zip(before, record[-1])]
        for record in entry['branches']:
            before = branches.get(tuple(record[:4]), (0, 0))
            branches[tuple(record[:4])] = (before[0] + record[4], before[1] + record[5])
        return decisions, branches

    def condition(self, span, decision, text, shown, why):
        function = innermost(span, self.functions)
        return Condition(self.name, span[0], span[1], self.functions.get(function, '?'), decision, text, shown, why)

    def parts(self, decision):
        """The places of a decision's conditions, in order."""
        return sorted(span for span in self.branches if innermost(span, self.decisions) == decision)

    def several(self):
        for decision, shown in self.decisions.items():
            parts = self.parts(decision)
            for i, shows in enumerate(shown):
                known = len(parts) == len(shown)
                span = parts[i] if known else decision
                text = span_text(self.lines, span) if known else f'condition {i + 1}'
                why = SIDES.get(tuple(min(n, 1) for n in self.branches[span]), 'never alone') if known else 'never alone'
                yield self.condition(span, span_text(self.lines, decision), text, shows, why)

    def alone(self):
        for span, sides in self.branches.items():
            if innermost(span, self.decisions) is None:
                text, side = span_text(self.lines, span), tuple(min(n, 1) for n in sides)
                yield self.condition(span, text, text, side == (1, 1), SIDES.get(side, ''))

    def refused(self, line, column):
        text = squeeze(self.lines[line - 1])
        return self.condition((line, column, line, column), text, '*', False, UNJUDGED)


def sources_of(data, folder, cflags):
    folder = os.path.realpath(folder)
    entries = [entry for entry in data['files'] if os.path.dirname(os.path.realpath(entry['filename'])) == folder]
    reached = {os.path.basename(entry['filename']) for entry in entries}
    missing = sorted({os.path.basename(path) for path in glob.glob(os.path.join(folder, '*.c'))} - reached)
    if missing:
        raise CoverageError(f'nothing was measured of {", ".join(missing)}')
    return [Source(data, entry, cflags) for entry in entries if entry['summary']['functions']['count'] != 0]


# ---- What must hold -----------------------------------------------------------------------------------------------------------

def read_known(path):
    """[(file:function, decision, condition)]"""
    entries = []
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            fields = [field.strip() for field in line.split(' :: ')]
            if not line.strip() or line.startswith('#'):
                continue
            if len(fields) != 4 or not all(fields):
                raise CoverageError(f'{path}:{number}: not "file.c:function :: decision :: condition :: reason"')
            entries.append(tuple(squeeze(field) for field in fields[:3]))
    return entries


def read_floor(path):
    """{('file' or 'total', measure): percent}"""
    floor = {}
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split()
            if not fields or line.startswith('#'):
                continue
            if len(fields) != 3 or fields[0] not in ('file', 'total') or fields[1] not in MEASURES:
                raise CoverageError(f'{path}:{number}: not "file|total lines|branches|conditions PERCENT"')
            floor[fields[0], fields[1]] = float(fields[2])
    return floor


def key(condition):
    return f'{condition.file}:{condition.function}', condition.decision, condition.text


def percent(pair):
    return 100 * pair[0] / pair[1] if pair[1] else 100.0


def figures(source, known):
    counted = [c for c in source.conditions if c.shown or key(c) not in known]
    return {**source.summary, 'conditions': (sum(c.shown for c in counted), len(counted))}


def below(name, scope, sums, floor):
    """Complaints."""
    return [f'{name}: {percent(sums[m]):.2f} % of {m}, wanted {floor[scope, m]:g}'
            for m in MEASURES if (scope, m) in floor and percent(sums[m]) < floor[scope, m]]


def row(name, sums):
    cells = (f'{sums[m][0]:6}/{sums[m][1]:<5}{percent(sums[m]):7.2f}' for m in MEASURES)
    return f'{name:16}' + ''.join(cells)


def judge(sources, known, floor):
    """Prints all; (passed, failed)."""
    print(f'{"":16}' + ''.join(f'{m:>12}      %' for m in MEASURES))
    wrong, total = [], dict.fromkeys(MEASURES, (0, 0))
    for source in sources:
        sums = figures(source, known)
        total = {m: (total[m][0] + sums[m][0], total[m][1] + sums[m][1]) for m in MEASURES}
        wrong += below(source.name, 'file', sums, floor)[:1]
        print(row(source.name, sums))
    print(row('total', total))
    unshown = [c for source in sources for c in source.conditions if not c.shown]
    for c in unshown:
        if key(c) not in known:
            print(f'core/{c.file}:{c.line}:{c.column}: {c.function} :: {c.decision} :: {c.text} :: {c.why}')
    print(f'{len(unshown)} conditions are not shown, {sum(key(c) in known for c in unshown)} of them known')
    wrong += below('total', 'total', total, floor)
    stale = [' :: '.join(entry) for entry in known if entry not in {key(c) for c in unshown}]
    wrong += ['known.txt, stale: ' + '; '.join(stale)] if stale else []
    for line in wrong:
        print(f'FAIL coverage: {line}')
    return len(sources) + sum(scope == 'total' for scope, _ in floor) + 1 - len(wrong), len(wrong)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    build, folder, cflags = sys.argv[1], sys.argv[2], sys.argv[3:]
    try:
        sources = sources_of(measure(build), folder, cflags)
        known, floor = read_known(os.path.join(HERE, 'known.txt')), read_floor(os.path.join(HERE, 'floor.txt'))
    except CoverageError as error:
        sys.exit(f'coverage: {error}')
    passed, failed = judge(sources, known, floor)
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
