# SPDX-License-Identifier: Apache-2.0
"""Where a Kratos that the suite starts keeps its identities: SQLite files, a PostgreSQL that is started for this run, or the
database of a DSN. It must never know what is asked of Kratos.

    KRATOS_DB=sqlite|postgres   which one (SQLite where nothing is said)
    KRATOS_DSN=...              passed to Kratos as it is; the suite writes there, and expects to be alone
"""
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

from processes import Trouble, clean_environment, free_ports, start_process, stop_process, tail

READY_SECONDS = 30
UNPRIVILEGED = ('postgres', 'nobody')  # PostgreSQL refuses to run as root
SCHEMES = {'sqlite': 'sqlite', 'sqlite3': 'sqlite', 'memory': 'sqlite', 'postgres': 'postgres', 'postgresql': 'postgres'}


class Database:
    """name is that of a row in releases.h, title is for the user. Opened before servers start, closed when they have ended."""
    features = ''   # of the suite
    shared = False  # between servers

    def __init__(self, name, title):
        self.name, self.title = name, title

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class SQLite(Database):
    """A file in the home of each server."""

    def __init__(self):
        super().__init__('sqlite', 'SQLite')

    def dsn(self, home):
        return f'sqlite://{home}/kratos.sqlite?_fk=true&mode=rwc'

    def prepare(self, home, migrate):
        """An empty database; made once, since that takes seconds, and copied then."""
        empty = home.parent / 'empty.sqlite'
        if not empty.exists():
            migrate()
            shutil.copyfile(home / 'kratos.sqlite', empty)
        shutil.copyfile(empty, home / 'kratos.sqlite')


class Given(Database):
    """The one that KRATOS_DSN names."""
    features = ',clean-up'
    shared = True

    def __init__(self, text):
        scheme = text.partition(':')[0]
        super().__init__(SCHEMES.get(scheme, scheme), f'{scheme} of KRATOS_DSN')
        self.text = text
        if scheme == 'memory':
            raise Trouble('KRATOS_DSN=memory would forget what the suite looks for after a restart of Kratos')

    def dsn(self, home):
        return self.text

    def prepare(self, home, migrate):
        migrate()


class Postgres(Database):
    """A cluster in a temporary folder on a free loopback port; one database per server home, made from a migrated one."""

    def __init__(self):
        self.programs = find_programs()
        said = subprocess.run([self.programs / 'postgres', '--version'], capture_output=True, text=True, check=True).stdout
        super().__init__('postgres', 'PostgreSQL ' + re.search(r'[\d.]+', said)[0])
        self.password = secrets.token_hex(16)
        self.folder = self.process = self.port = None
        self.migrated = set()

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='kratos-live-postgres-'))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            stop_process(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        (self.folder / 'password').write_text(self.password)
        self.own()
        self.run('initdb', '-D', self.folder / 'data', '-U', 'kratos', '-A', 'scram-sha-256', f'--pwfile={self.folder}/password',
                 '-E', 'UTF8', '--locale=C', '--no-sync')
        self.port, = free_ports(1)
        settings = {'listen_addresses': '127.0.0.1', 'port': self.port, 'unix_socket_directories': self.folder, 'fsync': 'off',
                    'synchronous_commit': 'off', 'full_page_writes': 'off', 'max_connections': 200}
        words = [word for name, value in settings.items() for word in ('-c', f'{name}={value}')]
        with open(self.folder / 'log', 'wb') as log:
            self.process = start_process([self.programs / 'postgres', '-D', self.folder / 'data', *words], stop_with=signal.SIGINT,
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.identity())
        self.wait_until_ready()

    def own(self):
        """What belongs to root is handed to the user that PostgreSQL runs as."""
        user = self.identity().get('user')
        if user is not None:
            for path in (self.folder, self.folder / 'password'):
                shutil.chown(path, user, self.identity()['group'])

    def identity(self):
        """Arguments of Popen: a user without rights where we are root."""
        more = {'env': {**clean_environment(self.folder), 'PGPASSWORD': self.password}, 'cwd': self.folder}
        if os.getuid() == 0:
            user = next(name for name in UNPRIVILEGED if has_user(name))
            more.update(user=user, group=pwd.getpwnam(user).pw_gid, extra_groups=[])
        return more

    def run(self, program, *words):
        done = subprocess.run([self.programs / program, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, **self.identity())
        if done.returncode != 0:
            raise Trouble(f'{program} failed:\n{done.stdout}{done.stderr}')

    def wait_until_ready(self):
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if subprocess.run([self.programs / 'pg_isready', '-q', '-h', '127.0.0.1', '-p', str(self.port)], **self.identity()).returncode == 0:
                return
            time.sleep(0.05)
        raise Trouble('PostgreSQL did not become ready:\n' + tail(self.folder / 'log'))

    def dsn(self, home):
        return f'postgres://kratos:{self.password}@127.0.0.1:{self.port}/{home.parent.name}_{home.name}?sslmode=disable&max_conns=20'

    def prepare(self, home, migrate):
        """An empty database: migrated once for each binary, the next ones are copies of it."""
        server, empty = ('-h', '127.0.0.1', '-p', str(self.port), '-U', 'kratos'), f'{home.parent.name}_empty'
        name = f'{home.parent.name}_{home.name}'
        if empty in self.migrated:
            self.run('createdb', *server, '-T', empty, name)
            return
        self.run('createdb', *server, name)
        migrate()
        self.run('createdb', *server, '-T', name, empty)
        self.migrated.add(empty)


def has_user(name):
    try:
        return pwd.getpwnam(name) is not None
    except KeyError:
        return False


def find_programs():
    """Debian keeps them out of PATH, one folder per version."""
    folders = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin'), key=lambda path: int(re.sub(r'\D', '', path.parent.name) or 0))
    onpath = shutil.which('postgres')
    for folder in ([pathlib.Path(onpath).resolve().parent] if onpath else []) + folders[::-1]:
        if all((folder / name).exists() for name in ('postgres', 'initdb', 'createdb', 'pg_isready')):
            return folder
    raise Trouble("PostgreSQL is missing: run test/tools/deps.sh postgres (Debian's package postgresql)")


def chosen():
    """What KRATOS_DB and KRATOS_DSN say."""
    dsn, name = os.environ.get('KRATOS_DSN'), os.environ.get('KRATOS_DB')
    if dsn and name:
        raise Trouble('KRATOS_DSN says where the database is: KRATOS_DB is then too much')
    if dsn:
        return Given(dsn)
    if name in (None, '', 'sqlite'):
        return SQLite()
    if name == 'postgres':
        return Postgres()
    raise Trouble(f'KRATOS_DB={name}: sqlite or postgres; for others start one, and name it in KRATOS_DSN')
