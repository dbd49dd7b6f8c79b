# SPDX-License-Identifier: Apache-2.0
"""Finds, starts and stops servers for the conformance suite and the demo: real Kratos binaries with SQLite in a
temporary folder on free loopback ports, and the stand-in of test/fake. It must never know what is asked of them.
"""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
FAKE = HERE.parent / 'fake' / 'kratos_fake.py'
PYTHON = '/usr/bin/python3'
FAKE_RELEASES = ('1.0.0', '1.3.1', '25.4.0', '26.2.0')
READY_SECONDS = 60
MIGRATE_SECONDS = 120
STOP_SECONDS = 10
RETURN_URL = 'http://127.0.0.1:4455/'
SCHEMAS = {  # id: (file, first release that can load it); the first one is the default
    'device': ('device', (0,)),
    'large': ('large', (0,)),
    'urn:example:a/b': ('small', (0,)),
    'coded': ('coded', (1, 1)),
    'gone': ('small', (0,)),
}
running = set()
lock = threading.Lock()
stopping = threading.Event()


class Trouble(Exception):
    """A server that cannot be used, in words for the user."""


# ---- Releases --------------------------------------------------------------------------------------------------------

def parse_release(text):
    """'v1.3.1' or 'kratos-1.3.1' -> '1.3.1', None for 'master'."""
    found = re.search(r'(\d+)\.(\d+)\.(\d+)', text or '')
    return '.'.join(str(int(n)) for n in found.groups()) if found else None


def number(release):
    return tuple(int(n) for n in release.split('.'))


def release_of_binary(path):
    """What the binary says, else what its name says, else None: to be probed when it runs."""
    try:
        said = subprocess.run([path, 'version'], capture_output=True, text=True, timeout=20, env=clean_environment('/nonexistent'))
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Trouble(f'{path}: {error}') from None
    line = next((line for line in said.stdout.splitlines() if line.startswith('Version')), '')
    return parse_release(line) or parse_release(os.path.basename(path))


def get(url):
    """(status, headers, body) without following redirects."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    try:
        with opener.open(url, timeout=5) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def probe_release(admin):
    """The newest release of the suite's table that behaves like this server:
    - an unprefixed path is served (26.2.0) or redirected (before);
    - /by/external/ answers JSON (25.4.0) or the router's text (before);
    - ids that are no UUIDs are refused (1.3.0) or not (before); X-Total-Count without page= is 1.0.0 alone.
    The last two ask for nothing that exists, so that no identity of an unknown schema can spoil the answer."""
    if get(admin + '/health/alive')[0] == 200:
        return '26.2.0'
    if 'json' in get(admin + '/admin/identities/by/external/probe')[1].get('Content-Type', ''):
        return '25.4.0'
    if get(admin + '/admin/identities?page_size=1&ids=probe')[0] == 400:
        return '1.3.1'
    return '1.0.0' if 'X-Total-Count' in get(admin + '/admin/identities?credentials_identifier=probe')[1] else '1.1.0'


def release_of_running(admin, given=None):
    try:
        said = json.loads(get(admin + '/admin/version')[2]).get('version')
    except (OSError, ValueError) as error:
        raise Trouble(f'{admin}/admin/version: {error}') from None
    return parse_release(said) or given or probe_release(admin)


# ---- Processes -------------------------------------------------------------------------------------------------------

def die_with_parent():
    """In the child: it ends when the thread that started it does, whatever kills us."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (OSError, AttributeError):
        pass


def start_process(command, **more):
    with lock:
        if stopping.is_set():
            raise Trouble('stopped')
        process = subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent, **more)
        running.add(process)
    return process


def stop_process(process):
    if process.poll() is None:
        if process.stdin is not None:
            process.stdin.close()  # the stand-in ends by itself then
        else:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    with lock:
        running.discard(process)


def stop_everything():
    stopping.set()
    with lock:
        left = list(running)
    for process in left:
        stop_process(process)


def clean_environment(home):
    """Kratos takes its configuration from the environment too; none of the caller's may reach it."""
    return {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'HOME': str(home), 'TZ': 'UTC'}


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(('127.0.0.1', 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


# ---- Servers ---------------------------------------------------------------------------------------------------------

class Running:
    """A server of the user's own: it is neither started nor stopped."""
    kind = 'real'

    def __init__(self, admin, public, given=None):
        self.admin, self.public = admin.rstrip('/'), public.rstrip('/')
        self.release = release_of_running(self.admin, given)
        self.label = f'real {self.release} (running at {self.admin})'

    def instances(self):
        yield self.admin, self.public, 'plain,clean-up'


class Fake:
    """The stand-in."""
    kind = 'stand-in'

    def __init__(self, release):
        self.release = release
        self.label = f'stand-in {release}'

    def instances(self):
        yield from self.instance([], 'plain,sqlite,return-to-refused')
        more = ['--no-link', '--session-seconds', '3']
        features = 'no-link,short-sessions'
        if number(self.release) >= (1, 3):
            more.append('--faster-session-extend')
            features += ',faster-extend'
        yield from self.instance(more, features)

    def instance(self, more, features):
        command = [PYTHON, str(FAKE), '--release', self.release, '--until-eof']
        for ident, (name, since) in SCHEMAS.items():
            if number(self.release) >= since:
                command += ['--schema', f'{ident}={HERE}/schemas/{name}.schema.json']
        process = start_process(command + more, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            words = process.stdout.readline().split()
            if len(words) != 6:
                raise Trouble('the stand-in did not start')
            yield words[1], words[3], features
        finally:
            stop_process(process)


class Binary:
    """A kratos binary, started with SQLite in a folder of its own."""
    kind = 'real'

    def __init__(self, path):
        self.path = path
        self.named = release_of_binary(path)
        self.release = self.named or 'of unknown release'
        self.label = f'real {self.release} ({path})'

    def instances(self):
        with tempfile.TemporaryDirectory(prefix='kratos-live-') as folder:
            folder = pathlib.Path(folder)
            if self.named is None:
                for admin, _, _ in self.instance(folder, 'probe', {}, 'probe'):
                    self.release = self.named = release_of_running(admin)
                    self.label = f'real {self.release} ({self.path})'
            for admin, public, features in self.instance(folder, 'plain', {}, 'plain,sqlite,return-to-refused,return-to'):
                yield admin, public, features
                orphan = create_orphan(admin)
            brisk = {'link': False, 'code': False, 'lifespan': '3s'}
            features = 'no-link,no-code,short-sessions'
            if number(self.release) >= (1, 3):
                brisk['faster'] = True
                features += ',faster-extend'
            yield from self.instance(folder, 'brisk', brisk, features)
            yield from self.instance(folder, 'plain', {'earliest': '1m', 'without': 'gone'}, f'early-extend,orphan={orphan}')

    def instance(self, folder, database, settings, features):
        home = folder / database
        if not home.exists():
            home.mkdir()
            self.migrate(folder, home)
        ports = free_ports(2)
        admin, public = (f'http://127.0.0.1:{port}' for port in ports)
        process = self.serve(home, ports, settings)
        try:
            self.wait_until_ready(process, home, admin, public)
            yield admin, public, features
        finally:
            stop_process(process)

    def command(self, home, *words):
        return [self.path, *words, '-c', str(home / 'kratos.yml')]

    def migrate(self, folder, home):
        """An empty database; made once, since that takes seconds, and copied then."""
        empty = folder / 'empty.sqlite'
        if not empty.exists():
            self.write_config(home, (4434, 4433), {})
            with open(home / 'migrate.log', 'wb') as log:
                process = start_process(self.command(home, 'migrate', 'sql', '-e', '-y'), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env={**clean_environment(home), 'DSN': dsn(home)})
                try:
                    if process.wait(MIGRATE_SECONDS) != 0:
                        raise Trouble(f'{self.path} migrate failed:\n' + tail(home / 'migrate.log'))
                finally:
                    stop_process(process)
            shutil.copyfile(home / 'kratos.sqlite', empty)
        shutil.copyfile(empty, home / 'kratos.sqlite')

    def serve(self, home, ports, settings):
        self.write_config(home, ports, settings)
        with open(home / 'serve.log', 'wb') as log:
            return start_process(self.command(home, 'serve', '--dev', '--sqa-opt-out'), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env=clean_environment(home))

    def wait_until_ready(self, process, home, admin, public):
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            try:
                if get(admin + '/admin/health/ready')[0] == 200 and get(public + '/health/ready')[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise Trouble(f'{self.path} serve did not become ready:\n' + tail(home / 'serve.log'))

    def write_config(self, home, ports, settings):
        (home / 'kratos.yml').write_text(json.dumps(configuration(dsn(home), ports, self.named or '1.0.0', settings), indent=1))


def dsn(home):
    return f'sqlite://{home}/kratos.sqlite?_fk=true&mode=rwc'


def tail(path, lines=15):
    return '\n'.join(pathlib.Path(path).read_text(errors='replace').splitlines()[-lines:])


def configuration(database, ports, release, settings, schemas=None, host='127.0.0.1'):
    """A kratos.yml (JSON is YAML) that every release starts with."""
    def listener(port):
        return {'host': host, 'port': port, 'base_url': f'http://127.0.0.1:{port}/'}
    chosen = [{'id': ident, 'url': f'file://{schemas or HERE / "schemas"}/{name}.schema.json'} for ident, (name, since) in SCHEMAS.items()
              if number(release) >= since and ident != settings.get('without')]
    config = {
        'dsn': database,
        'serve': {'admin': listener(ports[0]), 'public': listener(ports[1])},
        'identity': {'default_schema_id': next(iter(SCHEMAS)), 'schemas': chosen},
        'selfservice': {
            'default_browser_return_url': RETURN_URL,
            'allowed_return_urls': [RETURN_URL],
            'methods': {'password': {'enabled': True}, 'code': {'enabled': settings.get('code', True)}, 'link': {'enabled': settings.get('link', True)}},
        },
        'hashers': {'algorithm': 'bcrypt', 'bcrypt': {'cost': 4}},
        'secrets': {'default': ['not-a-secret-not-a-secret-0123']},
        'session': {'lifespan': settings.get('lifespan', '24h'), 'earliest_possible_extend': settings.get('earliest', '24h')},
        'courier': {'smtp': {'connection_uri': 'smtp://127.0.0.1:1025/?disable_starttls=true'}},
    }
    if settings.get('faster'):
        config['feature_flags'] = {'faster_session_extend': True}
    return config


def create_orphan(admin):
    """An identity of the schema that the next instance does not know any more."""
    body = json.dumps({'schema_id': 'gone', 'traits': {'label': 'orphan'}}).encode()
    request = urllib.request.Request(admin + '/admin/identities', body, {'Content-Type': 'application/json'})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
        return json.load(reply)['id']


# ---- Finding ---------------------------------------------------------------------------------------------------------

def find_binaries():
    """Binaries named by KRATOS_BIN, else those called kratos* on PATH, newest release last."""
    named = [path for path in os.environ.get('KRATOS_BIN', '').split(':') if path]
    paths = [shutil.which(path) or path for path in named]
    if not named:
        for folder in os.environ.get('PATH', '').split(':'):
            paths += sorted(str(path) for path in pathlib.Path(folder or '.').glob('kratos*')) if folder else []
    found, seen = [], set()
    for path in paths:
        real = os.path.realpath(path)
        if real in seen or (not named and not looks_like_server(path)):
            continue
        seen.add(real)
        if not os.access(path, os.X_OK):
            raise Trouble(f'KRATOS_BIN: {path} is no program')
        found.append(Binary(path))
    return sorted(found, key=lambda binary: number(binary.named) if binary.named else (0,))


def looks_like_server(path):
    """kratos, kratos-1.0.0, kratos_v26.2.0, but not kratosctl."""
    return re.fullmatch(r'kratos([-_]?v?[\d.]+)?', os.path.basename(path)) and os.path.isfile(path) and os.access(path, os.X_OK)


def find_real(given=None):
    admin, public = os.environ.get('KRATOS_ADMIN_URL'), os.environ.get('KRATOS_PUBLIC_URL')
    if bool(admin) != bool(public):
        raise Trouble('KRATOS_ADMIN_URL and KRATOS_PUBLIC_URL belong together')
    servers = [Running(admin, public, given or os.environ.get('KRATOS_RELEASE'))] if admin else []
    return servers + find_binaries()
