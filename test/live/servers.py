# SPDX-License-Identifier: Apache-2.0
"""Finds, starts and stops servers for the conformance suite and the demo: real Kratos binaries in a temporary folder on
free loopback ports, and the stand-in of test/fake. It must never know what is asked of them, nor how a database is made.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from databases import Database, SQLite
from processes import Trouble, clean_environment, free_ports, start_process, stop_process, tail

HERE = pathlib.Path(__file__).resolve().parent
FAKE = HERE.parent / 'fake' / 'kratos_fake.py'
PYTHON = '/usr/bin/python3'
FAKE_RELEASES = ('1.0.0', '1.1.0', '1.2.0', '1.3.1', '25.4.0', '26.2.0')
READY_SECONDS = 60
MIGRATE_SECONDS = 120
RETURN_URL = 'http://127.0.0.1:4455/'
SCHEMAS = {  # id: (file, first release that can load it); the first one is the default
    'device': ('device', (0,)),
    'large': ('large', (0,)),
    'urn:example:a/b': ('small', (0,)),
    'coded': ('coded', (1, 1)),
    'gone': ('small', (0,)),
}


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
    - ids that are no UUIDs are refused (1.3.0) or not (before), so is an unknown include_credential (1.2.0); X-Total-Count
      without page= is 1.0.0 alone.
    The last three ask for nothing that exists, so that no identity of an unknown schema can spoil the answer."""
    if get(admin + '/health/alive')[0] == 200:
        return '26.2.0'
    if 'json' in get(admin + '/admin/identities/by/external/probe')[1].get('Content-Type', ''):
        return '25.4.0'
    if get(admin + '/admin/identities?page_size=1&ids=probe')[0] == 400:
        return '1.3.1'
    if get(admin + '/admin/identities?page_size=1&include_credential=probe')[0] == 400:
        return '1.2.0'
    return '1.0.0' if 'X-Total-Count' in get(admin + '/admin/identities?credentials_identifier=probe')[1] else '1.1.0'


def probe_database(admin):
    """'sqlite' where JSON comes back as it was sent, else 'postgres': servers with JSON columns sort the members."""
    made = create(admin, {'traits': {'serial': f'probe-{time.time_ns()}'}, 'metadata_admin': {'b': 1, 'a': 2}})
    text = get(f'{admin}/admin/identities/{made}')[2]
    call(admin, 'DELETE', f'/admin/identities/{made}')
    return 'sqlite' if b'{"b":1,"a":2}' in text else 'postgres'


def call(admin, method, path, body=None):
    request = urllib.request.Request(admin + path, body and json.dumps(body).encode(), {'Content-Type': 'application/json'}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
        return reply.read()


def create(admin, body):
    return json.loads(call(admin, 'POST', '/admin/identities', body))['id']


def release_of_running(admin, given=None):
    try:
        said = json.loads(get(admin + '/admin/version')[2]).get('version')
    except (OSError, ValueError) as error:
        raise Trouble(f'{admin}/admin/version: {error}') from None
    return parse_release(said) or given or probe_release(admin)


# ---- Servers ---------------------------------------------------------------------------------------------------------

class Running:
    """A server of the user's own: it is neither started nor stopped."""
    kind = 'real'

    def __init__(self, admin, public, given=None):
        self.admin, self.public = admin.rstrip('/'), public.rstrip('/')
        self.release = release_of_running(self.admin, given)
        try:
            name = probe_database(self.admin)
        except OSError as error:
            raise Trouble(f'{self.admin}: no identity of the default schema can be made: {error}') from None
        self.database = Database(name, f'a database like {name}')
        self.label = f'real {self.release} (running at {self.admin})'

    def instances(self):
        yield self.admin, self.public, 'plain,clean-up'


class Fake:
    """The stand-in."""
    kind = 'stand-in'

    def __init__(self, release):
        self.release = release
        self.database = Database('sqlite', 'SQLite, imitated')
        self.label = f'stand-in {release}'

    def instances(self):
        yield from self.instance([], 'plain,return-to-refused')
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
    """A kratos binary, started in a folder of its own."""
    kind = 'real'

    def __init__(self, path, database):
        self.path, self.database = path, database
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
            for admin, public, features in self.instance(folder, 'plain', {}, 'plain,return-to-refused,return-to' + self.database.features):
                yield admin, public, features
                orphan = create_orphan(admin)
            brisk = {'link': False, 'code': False, 'lifespan': '3s'}
            features = 'no-link,no-code,short-sessions' + self.database.features
            if number(self.release) >= (1, 3):
                brisk['faster'] = True
                features += ',faster-extend'
            yield from self.instance(folder, 'brisk', brisk, features)
            yield from self.instance(folder, 'plain', {'earliest': '1m', 'without': 'gone'}, f'early-extend,orphan={orphan}' + self.database.features)

    def instance(self, folder, name, settings, features):
        home = folder / name
        if not home.exists():
            home.mkdir()
            self.database.prepare(home, lambda: self.migrate(home))
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

    def migrate(self, home):
        self.write_config(home, (4434, 4433), {})
        with open(home / 'migrate.log', 'wb') as log:
            process = start_process(self.command(home, 'migrate', 'sql', '-e', '-y'), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env={**clean_environment(home), 'DSN': self.database.dsn(home)})
            try:
                if process.wait(MIGRATE_SECONDS) != 0:
                    raise Trouble(f'{self.path} migrate failed:\n' + tail(home / 'migrate.log'))
            finally:
                stop_process(process)

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
        (home / 'kratos.yml').write_text(json.dumps(configuration(self.database.dsn(home), ports, self.named or '1.0.0', settings), indent=1))


def configuration(database, ports, release, settings, schemas=None, host='127.0.0.1'):
    """A kratos.yml (JSON is YAML) that every release starts with."""
    def listener(which, port):
        return {'host': host, 'port': port, 'base_url': settings.get(which, f'http://127.0.0.1:{port}').rstrip('/') + '/'}
    chosen = [{'id': ident, 'url': f'file://{schemas or HERE / "schemas"}/{name}.schema.json'} for ident, (name, since) in SCHEMAS.items()
              if number(release) >= since and ident != settings.get('without')]
    config = {
        'dsn': database,
        'serve': {'admin': listener('admin', ports[0]), 'public': listener('public', ports[1])},
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
    return create(admin, {'schema_id': 'gone', 'traits': {'label': 'orphan'}})


# ---- Finding ---------------------------------------------------------------------------------------------------------

def find_binaries(database):
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
        found.append(Binary(path, database))
    return sorted(found, key=lambda binary: number(binary.named) if binary.named else (0,))


def looks_like_server(path):
    """kratos, kratos-1.0.0, kratos_v26.2.0, but not kratosctl."""
    return re.fullmatch(r'kratos([-_]?v?[\d.]+)?', os.path.basename(path)) and os.path.isfile(path) and os.access(path, os.X_OK)


def find_real(database, given=None):
    admin, public = os.environ.get('KRATOS_ADMIN_URL'), os.environ.get('KRATOS_PUBLIC_URL')
    if bool(admin) != bool(public):
        raise Trouble('KRATOS_ADMIN_URL and KRATOS_PUBLIC_URL belong together')
    servers = [Running(admin, public, given or os.environ.get('KRATOS_RELEASE'))] if admin else []
    binaries = find_binaries(database)
    if len(binaries) > 1 and database.shared:
        raise Trouble('KRATOS_DSN is one database, and each release makes its own tables: name one binary in KRATOS_BIN')
    return servers + binaries
