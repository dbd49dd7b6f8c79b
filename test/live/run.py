#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the conformance suite against servers, or serves one for the demo.

    run.py [--fake | --real] [--release R] [-j JOBS] [-v] [--program FILE]
    run.py --serve [--release R]
    run.py --config FOLDER [--release R]

Servers: the stand-in of test/fake in each release, and every real Kratos found: a running one (KRATOS_ADMIN_URL and
KRATOS_PUBLIC_URL; KRATOS_RELEASE or --release where it does not know its own), binaries named by KRATOS_BIN (separated by
colons), else those called kratos, kratos-1.2.3 on PATH. Binaries are started in a temporary folder on free loopback
ports, and stopped; databases.py says over which database (KRATOS_DB, KRATOS_DSN). For each server one line per operation
is printed; then a matrix; the last line is `N passed, N failed`.

--serve starts the newest real binary found, else the stand-in, prints `admin URL public URL release R kind real|stand-in`
and serves until stdin is closed. --config writes the kratos.yml and schemas that a running server needs for this suite.
"""
import argparse
import pathlib
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import databases
import processes
import servers

PROGRAM = servers.HERE.parent.parent / 'build' / 'live' / 'conformance'
NOTE = 'note  '
LINE = re.compile(r'(ok|FAIL)  (\S+)  (\d+) checks(?:, (\d+) failed)?$')
SUM = re.compile(r'^\d+ passed, \d+ failed\n\Z', re.M)
SUITE_SECONDS = 300
IMAGE = 'docker.io/oryd/kratos'
BEST = '26.2.0'


class Result:
    """What the suite said about one server, over all its instances."""

    def __init__(self, server):
        self.show(server)
        self.notes = []
        self.operations = {}  # name: [checks, failed, lines about failures]
        self.trouble = ''

    def show(self, server):
        """Its release may be known only after it was started."""
        self.label, self.database = server.label, server.database
        self.head = ' '.join(self.label.split()[:2])

    def add(self, output, features):
        current = None
        for line in output.splitlines():
            found = LINE.match(line)
            if line.startswith(NOTE) and line not in self.notes:
                self.notes.append(line)
            elif found:
                current = self.operations.setdefault(found[2], [0, 0, []])
                current[0] += int(found[3])
                current[1] += int(found[4] or 0)
            elif current is not None and line.startswith('    '):
                current[2].append(line + (f'  [{features}]' if 'plain' not in features.split(',') else ''))

    @property
    def passed(self):
        return sum(checks - failed for checks, failed, _ in self.operations.values())

    @property
    def failed(self):
        return sum(failed for _, failed, _ in self.operations.values()) + bool(self.trouble)

    def lines(self):
        yield f'{self.label}, database: {self.database.title}'
        yield from self.notes
        for name, (checks, failed, about) in self.operations.items():
            yield f'{"FAIL" if failed else "ok"}  {name}  {checks} checks' + (f', {failed} failed' if failed else '')
            yield from about
        if self.trouble:
            yield 'FAIL  ' + self.trouble
        yield ''


def run_suite(program, server, admin, public, features, verbose):
    command = [str(program), '--admin', admin, '--public', public, '--release', server.release, '--database', server.database.name,
               '--features', features]
    process = processes.start_process(command + (['-v'] if verbose else []), stdout=subprocess.PIPE, text=True)
    try:
        output, _ = process.communicate(timeout=SUITE_SECONDS)
    except subprocess.TimeoutExpired:
        raise processes.Trouble(f'the suite took more than {SUITE_SECONDS} s (features {features})') from None
    finally:
        processes.stop_process(process)
    if process.returncode not in (0, 1) or not SUM.search(output):
        raise processes.Trouble(f'the suite ended with {process.returncode} (features {features})')
    return output


def test_server(server, program, verbose):
    result = Result(server)
    try:
        for admin, public, features in server.instances():
            result.add(run_suite(program, server, admin, public, features, verbose), features)
        result.show(server)
    except (processes.Trouble, OSError) as trouble:
        result.trouble = str(trouble)
    return result


def print_matrix(results):
    names = []
    for result in results:
        names += [name for name in result.operations if name not in names]
    heads = [result.head for result in results]
    wide = max([len(name) for name in names] + [9])
    print(' ' * wide + ''.join('  ' + head.rjust(12) for head in heads))
    print(' ' * wide + ''.join('  ' + result.database.name.rjust(max(12, len(head))) for result, head in zip(results, heads)))
    for name in names:
        cells = []
        for result in results:
            checks, failed, _ = result.operations.get(name, (0, 0, ()))
            cells.append(f'{failed} FAILED' if failed else str(checks) if checks else '-')
        print(name.ljust(wide) + ''.join('  ' + cell.rjust(max(12, len(head))) for cell, head in zip(cells, heads)))
    print()


def print_used(found):
    if found:
        print('real servers used: ' + ', '.join(f"{server.label.removeprefix('real ')} over {server.database.title}" for server in found))
    else:
        print('no real Kratos was found: only the stand-in was tested. Name binaries in KRATOS_BIN, put `kratos` on PATH, or start\n'
              f'the official container image {IMAGE} with the files of `run.py --config FOLDER` and set KRATOS_ADMIN_URL,\nKRATOS_PUBLIC_URL.')
    sys.stdout.flush()


def test(args):
    with databases.SQLite() if args.fake else databases.chosen() as database:
        return test_over(database, args)


def test_over(database, args):
    found = [] if args.fake else servers.find_real(database, args.release)
    chosen = [] if args.real else [servers.Fake(release) for release in servers.FAKE_RELEASES]
    if args.release:
        chosen = [server for server in chosen if server.release == args.release]
        found = [server for server in found if server.release == args.release or server.kind == 'real' and isinstance(server, servers.Running)]
    if not args.fake:
        print_used(found)
        print()
    chosen += found
    if not chosen:
        raise processes.Trouble('there is no such server')
    results = []
    with ThreadPoolExecutor(args.jobs) as pool:
        waiting = [pool.submit(test_server, server, args.program, args.verbose) for server in chosen]
        try:
            for one in waiting:
                results.append(one.result())
                print('\n'.join(results[-1].lines()), flush=True)
        except BaseException:
            processes.stop_everything()
            raise
    print_matrix(results)
    if not args.fake:
        print_used(found)
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    print(f'{passed} passed, {failed} failed')
    return failed != 0


def serve(args):
    real = [server for server in servers.find_binaries(databases.SQLite()) if args.release in (None, server.named) or server.named is None]
    fake = [servers.Fake(args.release or BEST)] if (args.release or BEST) in servers.FAKE_RELEASES else []
    for server in real[::-1] + fake:
        instances = server.instances()
        try:
            admin, public, _ = next(instances)
        except processes.Trouble as trouble:
            print(trouble, file=sys.stderr)
            continue
        try:
            if args.release not in (None, server.release):
                continue
            print(f'admin {admin} public {public} release {server.release} kind {server.kind}', flush=True)
            while sys.stdin.buffer.read(4096):
                pass
        finally:
            instances.close()
        return 0
    raise processes.Trouble(f'no server of release {args.release}')


def write_config(args):
    folder = pathlib.Path(args.config)
    folder.mkdir(parents=True, exist_ok=True)
    for path in (servers.HERE / 'schemas').glob('*.json'):
        shutil.copyfile(path, folder / path.name)
    config = servers.configuration('memory', (4434, 4433), args.release or BEST, {}, schemas='/etc/config/kratos', host='0.0.0.0')
    (folder / 'kratos.yml').write_text(servers.json.dumps(config, indent=1) + '\n')
    print(f'wrote {folder}; for example\n  docker run -p 4433:4433 -p 4434:4434 -v {folder.resolve()}:/etc/config/kratos \\\n'
          f'    {IMAGE}:v{args.release or BEST} serve -c /etc/config/kratos/kratos.yml --dev\n'
          '  KRATOS_ADMIN_URL=http://127.0.0.1:4434 KRATOS_PUBLIC_URL=http://127.0.0.1:4433 run.py --real')
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--fake', action='store_true', help='the stand-in only')
    parser.add_argument('--real', action='store_true', help='real servers only')
    parser.add_argument('--release', help='servers of this release only; release of a running server that does not know it')
    parser.add_argument('-j', '--jobs', type=int, default=2, help='servers at a time')
    parser.add_argument('-v', '--verbose', action='store_true', help='failures as they happen, and times, on stderr')
    parser.add_argument('--program', type=pathlib.Path, default=PROGRAM)
    parser.add_argument('--serve', action='store_true')
    parser.add_argument('--config', metavar='FOLDER')
    return parser.parse_args()


def main():
    args = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if args.config:
            return write_config(args)
        return serve(args) if args.serve else test(args)
    except processes.Trouble as trouble:
        sys.exit(f'run.py: {trouble}')
    except KeyboardInterrupt:
        return 130
    finally:
        processes.stop_everything()


if __name__ == '__main__':
    sys.exit(main())
