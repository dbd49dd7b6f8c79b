#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The conformance suite of test/live through proxies, and what a proxy that guards Kratos lets pass.

    edge.py BUILD [-j JOBS]

Servers behind the proxies: the stand-in in its oldest and its newest release, and every Kratos binary of KRATOS_BIN=a:b. Each
run has a server and a proxy of its own, on free loopback ports, ended with it. A failed check that facts.py names is a fact of
the proxy and passes; a fact that does not show fails, so that the table cannot grow stale. The last line is `N passed, N failed`.
"""
import argparse
import contextlib
import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import devices
import facts
import proxies
import shown
from keys import AUTHORIZATION, Keys
from proxies import databases, processes, servers

RELEASES = ('1.0.0', '26.2.0')
SUITE_SECONDS = 300
CHECKED = re.compile(r'(?:ok|FAIL)  (\S+)  (\d+) checks')


class Variant:
    """One way through a proxy. change: what is done to the text of its configuration."""

    def __init__(self, name, config, tls=False, prefix='', header=None, change=None):
        self.name, self.config, self.tls, self.prefix, self.header, self.change = name, config, tls, prefix, header, change


VARIANTS = (
    Variant('nginx', 'nginx.conf'),
    Variant('haproxy', 'haproxy.conf'),
    Variant('apache', 'apache.conf'),
    Variant('caddy', 'caddy.conf'),
    Variant('nginx, 3 requests a connection', 'nginx.conf', change=lambda text: 'keepalive_requests 3;\n' + text),
    Variant('nginx, path prefix', 'nginx-prefix.conf', prefix='/kratos'),
    Variant('nginx, TLS', 'nginx-tls.conf', tls=True),
    Variant('haproxy, TLS', 'haproxy-tls.conf', tls=True),
    Variant('nginx, TLS, basic authentication', 'nginx-basic.conf', tls=True, header=AUTHORIZATION),
)


class Result:
    """What one run gave."""

    def __init__(self, name):
        self.name, self.passed, self.known, self.wrong = name, 0, 0, []

    def check(self, holds, words):
        if holds:
            self.passed += 1
        else:
            self.wrong.append(words)

    def lines(self):
        said = f'{self.passed} passed' + (f' ({self.known} by a fact of the proxy)' if self.known else '')
        yield f'{"FAIL" if self.wrong else "ok  "}  {self.name}: {said}' + (f', {len(self.wrong)} failed' if self.wrong else '')
        yield from ('      ' + line for line in self.wrong)


class Place:
    """A server with a proxy before it, for the time of one `with`."""

    def __init__(self, world, server, variant):
        self.world, self.server, self.variant = world, server, variant
        self.ports = servers.free_ports(2)
        scheme = 'https' if variant.tls else 'http'
        self.urls = [f'{scheme}://127.0.0.1:{port}{variant.prefix}' for port in self.ports]

    def __enter__(self):
        self.folder = self.world.new_folder()
        self.instance = self.server.known_as(self.folder / 'server', *self.urls)
        self.admin, self.public, self.features = next(self.instance)
        places = {'admin': self.ports[0], 'public': self.ports[1], 'kratos_admin': self.admin.partition('//')[2],
                  'kratos_public': self.public.partition('//')[2], 'folder': self.world.keys.folder}
        try:
            self.proxy = proxies.Proxy(self.variant.config, self.folder / 'proxy', places, self.variant.change)
            self.proxy.__enter__()
        except BaseException:
            self.instance.close()
            raise
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self.instance.close()


class World:
    """What all runs share: programs, keys, folders."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.runs = self.build / 'edge' / 'run'
        shutil.rmtree(self.runs, ignore_errors=True)
        self.keys = Keys(self.build / 'edge' / 'keys')
        self.numbers = itertools.count(1)

    def new_folder(self):
        folder = self.runs / str(next(self.numbers))
        (folder / 'server').mkdir(parents=True)
        return folder

    def suite(self, place, only=None):
        program = self.build / ('edge/conformance-tls' if place.variant.tls else 'live/conformance')
        command = [str(program), '--admin', place.urls[0], '--public', place.urls[1], '--raw-admin', place.admin, '--raw-public', place.public,
                   '--release', place.server.release, '--features', place.features]
        command += ['--tls-root', str(self.keys.folder / 'root.der')] if place.variant.tls else []
        command += ['--header', place.variant.header] if place.variant.header else []
        return self.output(command + (['--only', only] if only else []))

    def device(self, url, who, *words, header=None):
        """What each word gave: [{'rc': -10, ...}]."""
        command = [str(self.build / 'edge/device'), '--url', url, '--tls-root', str(self.keys.folder / 'root.der')]
        command += ['--header', header] if header else []
        if who:
            command += ['--tls-chain', str(self.keys.folder / f'{who}.der'), '--tls-key', str(self.keys.folder / f'{who}.key')]
        lines = self.output(command + list(words)).splitlines()
        return [{name: value if name == 'id' else int(value) for name, _, value in (part.partition('=') for part in line.split()[-7:])}
                for line in lines]

    @staticmethod
    def output(command):
        process = servers.start_process(command, stdout=subprocess.PIPE, text=True)
        try:
            return process.communicate(timeout=SUITE_SECONDS)[0]
        except subprocess.TimeoutExpired:
            raise servers.Trouble(f'{command[0]} took more than {SUITE_SECONDS} s') from None
        finally:
            servers.stop_process(process)


def operations(output):
    """(operation, checks, [failed lines]) of what the suite printed."""
    found = []
    for line in output.splitlines():
        head = CHECKED.match(line)
        if head:
            found.append((head[1], int(head[2]), []))
        elif line.startswith('    '):
            found[-1][2].append(line.strip())
    if not found or not re.search(r'^\d+ passed, \d+ failed$', output, re.M):
        raise servers.Trouble('the suite did not come to its end')
    return found


def run_suite(world, server, variant):
    result = Result(f'{variant.name}, {server.label}')
    with Place(world, server, variant) as place:
        output = world.suite(place)
        word = 'middle=SN-0' if variant.tls else 'large=SN-0'
        said = world.device(place.urls[0], None, word, header=variant.header)[0]
        result.check(said['rc'] == 0, f'{word}: {said}')
        if variant.header:
            without = world.device(place.urls[0], None, 'create=SN-1', 'all')
            result.check([(w['rc'], w['foreign']) for w in without] == [(-10, 1)] * 2, f'without the header: {without}')
    expected = facts.of(variant.name, server)
    seen = set()
    for operation, checks, failures in operations(output):
        result.passed += checks - len(failures)
        for line in failures:
            fact = next((fact for fact in expected if fact.fits(operation, line)), None)
            if fact:
                seen.add(fact)
                result.known += 1
            result.check(fact, f'{operation}: {line}')
    for fact in expected:
        result.check(fact in seen, f'facts.py says, but it did not show: {fact.why}') if fact not in seen else None
    return result


def run_line(world, server, line):
    """A line of a configuration is there for a reason: without it a check of the suite fails."""
    result = Result(f'{line.config} without {line.name}')
    variant = Variant(line.name, line.config, 'tls' in line.config, '/kratos' if 'prefix' in line.config else '', change=line.take_out)
    with Place(world, server, variant) as place:
        if line.topic in ('large', 'middle'):
            failures = [str(said) for said in world.device(place.urls[0], None, line.topic + '=SN-0')]
        else:
            failures = [failure for _, _, lines in operations(world.suite(place, line.topic)) for failure in lines]
    result.check(any(re.search(line.shows, failure) for failure in failures), f'nothing shows it: {failures}')
    return result


def run_devices(world, server):
    result = Result(f'haproxy, a certificate for each device, {server.label}')
    variant = Variant('devices', 'haproxy-devices.conf', tls=True)
    with Place(world, server, variant) as place:
        devices.judge(world, place, result.check)
    devices.judge_revocation(world, lambda: Place(world, server, variant), result.check)
    return result


class Shown(Exception):
    """A check failed, as it should."""


def run_device_line(world, server, line):
    """The same for devices: something gets through, or no longer."""
    result = Result(f'haproxy-devices.conf, `{line[1]}` for `{line[0]}`')
    variant = Variant('devices', 'haproxy-devices.conf', tls=True, change=lambda text: facts.replaced(text, *line))

    def check(holds, _):
        if not holds:
            raise Shown

    try:
        with Place(world, server, variant) as place:
            devices.judge(world, place, check)
        devices.judge_revocation(world, lambda: Place(world, server, variant), check)
        result.check(False, 'nothing shows it')
    except Shown:
        result.check(True, '')
    return result


def run_idle(world, server):
    """A connection is kept longer than the 10 s that a head may take; Apache and HAProxy close it unless they are told."""
    result = Result('connections that rest for 11 s')
    told = [Variant(config, config) for config in ('nginx.conf', 'haproxy.conf', 'apache.conf', 'caddy.conf')]
    untold = [Variant(line.config, line.config, change=line.take_out) for line in facts.RESTS]
    request = b'GET /admin/health/alive HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
    with contextlib.ExitStack() as stack:
        links = []
        for variant in told + untold:
            place = stack.enter_context(Place(world, server, variant))
            links.append(stack.enter_context(socket.create_connection(('127.0.0.1', place.ports[0]), 5)))
            links[-1].sendall(request)
            result.check(b' 200 ' in links[-1].recv(4096), f'{variant.name}: no first answer')
        time.sleep(11)
        for number, (variant, link) in enumerate(zip(told + untold, links)):
            kept = b' 200 ' in ask_again(link, request)
            result.check(kept == (number < len(told)), f'{variant.name} keeps a connection that rests: {kept}')
    return result


def ask_again(link, request):
    try:
        link.sendall(request)
        return link.recv(4096)
    except OSError:
        return b''


def run_weak_devices(world, server):
    result = Result(f'haproxy, json_query judges the bodies, {server.label}: six of them deceive it')
    with Place(world, server, Variant('weak', 'haproxy-devices.conf', tls=True, change=devices.weaken)) as place:
        devices.judge_weak(world, place, result.check)
    return result


def run_host(world, server):
    """To a Host that is none of its sites Caddy says 200 and nothing: no operation may take that for a success."""
    result = Result('caddy, a host that it does not know')
    with Place(world, server, Variant('caddy', 'caddy.conf')) as place:
        url = f'http://localhost:{place.ports[0]}'
        said = world.device(url, None, 'create=SN-1', 'all', 'get=x', 'delete=x', 'link=x', 'batch')
        for one in said:
            result.check(one['rc'] < 0 and one['status'] == 200 and one['effect'] == 2, f'{one}')
    return result


def run_shown(_):
    result = Result('docs/deploying.md and the configurations')
    shown.judge({variant.config for variant in VARIANTS} | {'haproxy-devices.conf'}, result.check)
    return result


class Fake(servers.Fake):
    def known_as(self, _, admin, public):
        yield from self.instance(['--admin-url', admin, '--public-url', public], 'plain,sqlite,return-to-refused')


class Binary(servers.Binary):
    def __init__(self, *words):
        super().__init__(*words)
        self.starting = threading.Lock()

    def known_as(self, folder, admin, public):
        kept = folder.parents[1] / f'kratos-{self.named}'  # the first start leaves an empty database there, which the others copy
        kept.mkdir(exist_ok=True)
        instance = self.instance(kept, folder.parent.name, {'admin': admin, 'public': public}, 'plain,sqlite,return-to-refused,return-to')
        with self.starting:
            ready = next(instance)
        try:
            yield ready
        finally:
            instance.close()


def find_binaries():
    found = []
    for path in filter(None, os.environ.get('KRATOS_BIN', '').split(':')):
        if not os.access(path, os.X_OK):
            raise servers.Trouble(f'KRATOS_BIN: {path} is no program')
        found.append(Binary(path, databases.SQLite()))
        if found[-1].named is None:
            raise servers.Trouble(f'KRATOS_BIN: {path} does not say its release, and its name does not either')
    return sorted(found, key=lambda binary: servers.number(binary.named))


def jobs(world, binaries):
    newest = Fake(RELEASES[-1])
    yield run_shown, (world,)
    yield run_host, (world, newest)
    yield run_idle, (world, newest)
    for line in facts.LINES:
        yield run_line, (world, newest, line)
    for line in devices.LINES:
        yield run_device_line, (world, newest, line)
    for server in [Fake(release) for release in RELEASES] + binaries:
        yield run_weak_devices, (world, server)
        yield run_devices, (world, server)
        for variant in VARIANTS:
            yield run_suite, (world, server, variant)


def guarded(function, *arguments):
    try:
        return function(*arguments)
    except (servers.Trouble, OSError) as trouble:
        result = Result(' '.join([function.__name__] + [getattr(a, 'name', None) or getattr(a, 'label', '') for a in arguments[1:]]))
        result.check(False, str(trouble))
        return result


def run_all(args):
    binaries = find_binaries()
    print('real servers used: ' + ', '.join(binary.named for binary in binaries) if binaries else
          'no real Kratos was named: only the stand-in stands behind the proxies. Name binaries in KRATOS_BIN=a:b.', flush=True)
    world = World(args.build)
    passed = failed = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        waiting = [pool.submit(guarded, *job) for job in ((function, *arguments) for function, arguments in jobs(world, binaries))]
        try:
            for one in waiting:
                result = one.result()
                passed, failed = passed + result.passed, failed + len(result.wrong)
                print('\n'.join(result.lines()), flush=True)
        except BaseException:
            processes.stop_everything()
            raise
    print()
    print('\n'.join(facts.table()))
    print(f'\n{passed} passed, {failed} failed')
    return failed != 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('-j', '--jobs', type=int, default=2, help='runs at a time')
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run_all(parser.parse_args())
    except servers.Trouble as trouble:
        print(f'edge: {trouble}', file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main())
