#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rows_test.py CONFORMANCE: which row of releases.h a release or database is judged by, and that it is said where none was
made for it. It must never know what the rows say.
"""
import subprocess
import sys

ROWS = [('1.0.0', '1.0.0'), ('1.1.0', '1.1.0'), ('1.2.0', '1.2.0'), ('1.3.0', '1.3.1'), ('25.4.0', '25.4.0'), ('26.2.0', '26.2.0')]
BETWEEN = [  # release, row, what is said of it
    ('0.13.0', 0, 'the row of 1.0.0, the oldest'),
    ('1.0.1', 0, 'the row of 1.0.0, the nearest before it'),
    ('1.1.99', 1, 'the row of 1.1.0, the nearest before it'),
    ('1.2.1', 2, 'the row of 1.2.0, the nearest before it'),
    ('1.3.2', 3, 'the row of 1.3.1, the nearest before it'),
    ('1.10.0', 3, 'the row of 1.3.1, the nearest before it'),
    ('25.3.9', 3, 'the row of 1.3.1, the nearest before it'),
    ('25.4.1', 4, 'the row of 25.4.0, the nearest before it'),
    ('26.2.1', 5, 'the row of 26.2.0, the nearest before it'),
    ('100.0.0', 5, 'the row of 26.2.0, the nearest before it'),
]


def row(program, release, database='sqlite'):
    done = subprocess.run([program, '--row', '--release', release, '--database', database], capture_output=True, text=True, check=True)
    return done.stdout


def expectations():
    """(release, database, output)"""
    for first, last in ROWS:
        for release in {first, last}:
            for database in ('sqlite', 'postgres'):
                yield release, database, f'{first} to {last}, {database}\n'
    for release, i, said in BETWEEN:
        first, last = ROWS[i]
        yield release, 'sqlite', f'note  Kratos {release} is not in test/live/releases.h: taking {said}\n{first} to {last}, sqlite\n'
    yield '1.1.0', 'mysql', ('note  The database mysql is not in test/live/releases.h: taking the row of postgres, a server with JSON columns '
                             'too\n1.1.0 to 1.1.0, postgres\n')


def main():
    program, failed, passed = sys.argv[1], 0, 0
    for release, database, expected in expectations():
        got = row(program, release, database)
        passed += got == expected
        failed += got != expected
        if got != expected:
            print(f'rows_test: {release} over {database}: expected\n{expected}got\n{got}', file=sys.stderr)
    print(f'rows: {passed} as expected, {failed} not')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
