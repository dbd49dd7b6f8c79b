#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gcc's and clang's analyser over every file of core and of the ports: both follow paths through a file and must find nothing.

    analyse.py [--build DIR] [--jsmn DIR] [--lwip DIR] [--mbedtls DIR]

What they find in the headers of others is left out; before that each must find the fault in a sample of its own.
"""
import os
import re
from concurrent.futures import ThreadPoolExecutor

from trees import PORTS, ROOT, Results, Trees, files, options, run

ANALYSERS = {
    'gcc -fanalyzer': ['gcc', '-O2', '-std=c99', '-fanalyzer', '-S', '-o', '/dev/null'],
    'clang --analyze': ['clang', '--analyze', '-std=c99', '-Xclang', '-analyzer-output=text', '-o', '/dev/null',
                        '-Xclang', '-analyzer-checker=core,unix,deadcode,nullability,security.insecureAPI.UncheckedReturn'],
}
# Word that each must say, and a function in which only an analyser sees it.
SAMPLES = (
    ('null', 'int kratos_sample(int n);\nint kratos_sample(int n)\n{\n    int *p = 0;\n    if (n > 2) {\n        p = &n;\n    }\n'
             '    return *p;\n}\n'),
    ('uninitialized', 'static void fill(int *p, int n)\n{\n    if (n > 3) {\n        *p = n;\n    }\n}\n\nint kratos_sample(int n);\n'
                      'int kratos_sample(int n)\n{\n    int p;\n    fill(&p, n);\n    return n > 3 ? 0 : p + 1;\n}\n'),
)


def look(trees, command, path, *others):
    """Complaints about a file, without those about files of others."""
    code, _, errors = run([*command, *trees.flags(*others), os.path.join(ROOT, path)])
    found = [line.replace(ROOT + '/', '') for line in errors.splitlines() if re.search(r': (warning|error): ', line)]
    wrong = [line for line in found if not line.startswith('/')]
    return wrong or (errors.splitlines()[:5] if code else [])


def can_fail(trees, command):
    wrong = []
    for word, text in SAMPLES:
        sample = os.path.join(trees.build, f'sample_{word}.c')
        with open(sample, 'w') as out:
            out.write(text)
        said = run([*command, sample])[2].lower()
        wrong += [] if word in said else [f'does not find "{word}" in {sample}: {said}']
    return wrong


def main():
    trees = Trees(options(__doc__.splitlines()[0]).parse_args())
    os.makedirs(trees.build, exist_ok=True)
    results = Results('analyse')
    jobs = [(path, ()) for path in files('core/*.c')]
    jobs += [(path, needed) for port, needed in PORTS.items() for path in files(port + '/*.c')]
    for name, command in ANALYSERS.items():
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda job: look(trees, command, job[0], *job[1]), jobs))
        results.add(f'{name}: {len(jobs)} files of core and port', sum(found, []))
        results.add(f'{name} finds the faults in {len(SAMPLES)} samples', can_fail(trees, command))
    results.end()


if __name__ == '__main__':
    main()
