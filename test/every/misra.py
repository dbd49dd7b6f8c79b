#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How often core breaks which rule of MISRA C:2012, as cppcheck's addon counts, and whether docs/misra.md says so.

    misra.py check|write|list [--build DIR]     list: every place, a line each

`write` renews the numbers of the page's table; why a rule is broken is for a person to write.
"""
import argparse
import collections
import os
import re
import shutil
import sys

from trees import ROOT, Results, files, run

PAGE = os.path.join(ROOT, 'docs/misra.md')
ROW = re.compile(r'^\| (\d+\.\d+) \| (\d[\d,]*) \| (.*) \|$', re.M)
VERSION = re.compile(r'cppcheck (\d+\.\d+)')
# A file that breaks two rules once each.
SAMPLE = 'int kratos_sample(int n);\nint kratos_sample(int n)\n{\n    if (n > 3) {\n        return 1;\n    }\n    n++;\n    return n;\n}\n'
SAMPLE_BREAKS = {'15.5': 1, '17.8': 1}


def places(folder, paths):
    """Sorted (rule, file, line, column)."""
    command = ['cppcheck', '--quiet', '--std=c99', '--addon=misra', '-I', os.path.join(ROOT, 'core'), '--template={file}:{line}:{column}:{id}']
    code, _, errors = run([*command, *paths], folder)
    found = set(re.findall(r'^(.*?):(\d+):(\d+):misra-c2012-(\d+\.\d+)$', errors, re.M))
    if code:
        raise SystemExit(f'misra: cppcheck ended with {code}: {errors[-400:]}')
    return sorted((rule, os.path.relpath(os.path.join(folder, file), ROOT), int(line), int(column)) for file, line, column, rule in found)


def counted(found):
    return dict(collections.Counter(rule for rule, *_ in found))


def order(rule):
    return [int(part) for part in rule.split('.')]


def table(text):
    return {rule: (int(count.replace(',', '')), why) for rule, count, why in ROW.findall(text)}


def compare(told, now):
    wrong = []
    for rule in sorted(set(told) | set(now), key=order):
        count, why = told.get(rule, (0, ''))
        if count != now.get(rule, 0):
            wrong.append(f'rule {rule}: docs/misra.md says {count}, cppcheck {now.get(rule, 0)} (make misra renews the numbers)')
        elif not why.strip():
            wrong.append(f'rule {rule}: docs/misra.md does not say why it is broken')
    return wrong


def write(text, now):
    told = table(text)
    rows = ''.join(f'| {rule} | {count:,} | {told.get(rule, (0, ""))[1]} |\n' for rule, count in sorted(now.items(), key=lambda item: order(item[0])))
    first = ROW.search(text)
    end = list(ROW.finditer(text))[-1].end() + 1
    text = text[:first.start()] + rows + text[end:]
    return re.sub(r'\*\*[\d,]+ places, \d+ rules\*\*', f'**{sum(now.values()):,} places, {len(now)} rules**', text)


def can_fail(build):
    folder = os.path.join(build, 'misra')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, 'sample.c'), 'w') as out:
        out.write(SAMPLE)
    now = counted(places(folder, ['sample.c']))
    wrong = [] if all(now.get(rule) == count for rule, count in SAMPLE_BREAKS.items()) else [f'a sample that breaks {SAMPLE_BREAKS}: {now}']
    trial = {'15.5': (1, 'why'), '17.8': (2, 'why'), '9.9': (1, 'why')}
    told = len(compare(trial, {'15.5': 1, '17.8': 3, '1.1': 1}))
    return wrong + ([] if told == 3 else [f'of three differences {told} are told'])


def main():
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument('what', choices=('check', 'write', 'list'))
    given.add_argument('--build', default='build/every')
    given = given.parse_args()
    found = places(ROOT, files('core/*.c'))
    now = counted(found)
    if given.what == 'list':
        for rule, path, line, column in found:
            print(f'{rule}\t{path}:{line}:{column}')
        return
    with open(PAGE) as page:
        text = page.read()
    if given.what == 'write':
        with open(PAGE, 'w') as page:
            page.write(write(text, now))
        print(f'docs/misra.md: {sum(now.values())} places, {len(now)} rules')
        return
    results = Results('misra')
    version = VERSION.search(run(['cppcheck', '--version'])[1].lower())[1]
    told = VERSION.search(text)[1]
    if version == told:
        total = f'**{sum(now.values()):,} places, {len(now)} rules**'
        results.add(f'docs/misra.md says what cppcheck {version} counts: {sum(now.values())} places, {len(now)} rules',
                    compare(table(text), now) + ([] if total in text else [f'the sum is {total} (make misra)']))
    else:
        print(f'skip misra: this is cppcheck {version}, the figures of docs/misra.md are of {told}')
    results.add('a rule that is broken in a sample is counted, and a wrong table told', can_fail(os.path.abspath(given.build)))
    results.end()


if __name__ == '__main__':
    sys.exit(main())
