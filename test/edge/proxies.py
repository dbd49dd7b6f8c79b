# SPDX-License-Identifier: Apache-2.0
"""Debian's nginx, HAProxy, Apache and Caddy as plain processes with one of the configurations of this folder. It must never
know what passes through them.

A configuration is what an administrator would put into the place that the program has for sites (nginx: what stands in
http { }); what only this test needs (where the program's own files lie) is written here.
"""
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'live'))
import databases  # noqa: E402  (test/live)
import processes  # noqa: E402
import servers  # noqa: E402

READY_SECONDS = 20
APACHE_MODULES = ('mpm_event', 'authz_core', 'proxy', 'proxy_http', 'headers', 'reqtimeout')


def nginx(folder, config):
    user = 'user root;' if os.geteuid() == 0 else ''
    temporary = ' '.join(f'{name}_temp_path {folder}/{name};' for name in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    own = f'daemon off; {user} pid {folder}/pid;\nevents {{ }}\nhttp {{\n access_log off; {temporary}\n include {config};\n}}\n'
    (folder / 'program.conf').write_text(own)
    return ['/usr/sbin/nginx', '-e', 'stderr', '-p', str(folder), '-c', str(folder / 'program.conf')]


def haproxy(folder, config):
    (folder / 'program.conf').write_text('global\n    maxconn 100\n')
    return ['/usr/sbin/haproxy', '-db', '-f', str(folder / 'program.conf'), '-f', str(config)]


def apache(folder, config):
    modules = ''.join(f'LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n' for name in APACHE_MODULES)
    user = 'User nobody\nGroup nogroup\n' if os.geteuid() == 0 else ''
    own = f'ServerName edge\nPidFile {folder}/pid\nErrorLog /dev/stderr\nDefaultRuntimeDir {folder}\n{user}{modules}Include {config}\n'
    (folder / 'program.conf').write_text(own)
    return ['/usr/sbin/apache2', '-DFOREGROUND', '-d', str(folder), '-f', str(folder / 'program.conf')]


def caddy(_, config):
    return ['/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', str(config)]


PROGRAMS = {'nginx': nginx, 'haproxy': haproxy, 'apache': apache, 'caddy': caddy}


def fill(text, places):
    return re.sub(r'@(\w+)@', lambda found: str(places[found[1]]), text)


class Proxy:
    """One program with one configuration; `with` starts and stops it."""

    def __init__(self, config, folder, places, change=None):
        self.config, self.folder = config, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        text = (HERE / config).read_text()
        self.ports = [places[name] for name in ('admin', 'public') if f'@{name}@' in text]
        own = self.folder / self.config
        own.write_text(fill(change(text) if change else text, places))
        self.command = PROGRAMS[re.match(r'[a-z]+', config)[0]](self.folder, own)
        self.log = self.folder / 'log'

    def __enter__(self):
        environment = {**servers.clean_environment(self.folder), 'XDG_DATA_HOME': str(self.folder), 'XDG_CONFIG_HOME': str(self.folder)}
        with open(self.log, 'wb') as log:
            self.process = servers.start_process(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        servers.stop_process(self.process)

    def wait(self):
        end = time.monotonic() + READY_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            try:
                for port in self.ports:
                    socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise servers.Trouble(f'{self.config} did not start:\n' + servers.tail(self.log))
