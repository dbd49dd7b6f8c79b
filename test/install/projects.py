# SPDX-License-Identifier: Apache-2.0
"""What run.py builds its cases from: commands, the blocks of docs/building.md, a server and products that use it. It must
never know a way of taking the library in.
"""
import json
import os
import re
import shutil
import subprocess
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = f'{ROOT}/test/install'
CMAKE = os.environ.get('CMAKE', 'cmake')
SPOKEN = re.compile(r'([0-9a-f-]{36}), traits {"serial":"(sn-\d+)"}')

# Names of cases; chosen: words of those that shall run, none for all.
passed, failed, skipped, chosen = [], [], [], []


class Wrong(Exception):
    pass


def case(name, function, *arguments):
    if chosen and (passed or failed) and not any(word in name for word in chosen):
        return
    began = time.monotonic()
    try:
        function(*arguments)
    except (Wrong, OSError) as wrong:
        failed.append(name)
        lines = ['     ' + line for line in str(wrong).splitlines()[-30:]]
        print('\n'.join([f'FAIL install: {name}', *lines]), flush=True)
    else:
        passed.append(name)
        print(f'ok   install: {name} ({time.monotonic() - began:.1f} s)', flush=True)


def skip(name, why):
    skipped.append(name)
    print(f'skip install: {name}: {why}', flush=True)


def sum_up():
    print(f'{len(passed)} passed, {len(failed)} failed' + (f', {len(skipped)} skipped' if skipped else ''))
    return 1 if failed or not passed else 0


def expect(condition, words):
    if not condition:
        raise Wrong(words)


def attempt(*command, cwd=None, **environment):
    """Code and everything that was said. A test that runs below make must not take over its variables."""
    ours = ('MAKE', 'MFLAGS', 'DESTDIR', 'PREFIX')
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(command, cwd=cwd, env={**clean, 'LC_ALL': 'C', **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors='replace')
    return done.returncode, done.stdout


def run(*command, **where):
    code, said = attempt(*command, **where)
    expect(code == 0, f'$ {" ".join(command)}\n{said}')
    return said


def blocks(kind):
    with open(f'{ROOT}/docs/building.md') as file:
        return re.findall(rf'^```{kind}\n(.*?)^```$', file.read(), re.S | re.M)


def block(mark, kind='cmake'):
    """The only block of the document with these words."""
    found = [text for text in blocks(kind) if mark in text]
    expect(len(found) == 1, f'docs/building.md: {len(found)} blocks of {kind} with "{mark}"')
    return found[0]


def header_version():
    with open(f'{ROOT}/core/kratos.h') as file:
        return re.search(r'^#define KRATOS_VERSION_TEXT "(.*)"$', file.read(), re.M)[1]


# ---- A server, and products that use it ------------------------------------------------------------------------------

class Server:
    """The stand-in of test/fake."""

    def __init__(self, *options):
        command = ['/usr/bin/python3', f'{ROOT}/test/fake/kratos_fake.py', '--release', '26.2.0', '--until-eof']
        self.process = subprocess.Popen(command + list(options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        expect('admin' in words, 'the stand-in did not come up')
        self.admin = words[words.index('admin') + 1].rstrip('/')
        self.port = self.admin.rsplit(':', 1)[1]

    def ask(self, method, path):
        with urllib.request.urlopen(urllib.request.Request(self.admin + path, method=method), timeout=10) as reply:
            return json.loads(reply.read() or 'null')

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


def creates(server, *command):
    """Runs a program and asks the server whether there is what it says to have created."""
    said = run(*command)
    found = SPOKEN.search(said)
    expect(found, f'{command[0]} says: {said}')
    identity = server.ask('GET', f'/admin/identities/{found[1]}')
    expect(identity['traits'] == {'serial': found[2]}, f'the server has {identity}')
    server.ask('DELETE', f'/admin/identities/{found[1]}')
    return said


def plain(server, program):
    return creates(server, program, '127.0.0.1', server.port)


def traced(server, program):
    """The same of a program that shows its bytes."""
    said = plain(server, program)
    expect('> POST /admin/identities' in said and '< HTTP/1.1 201' in said, f'{program} shows no bytes: {said}')


class Project:
    """A product in a folder of its own."""

    def __init__(self, folder, text, main='boards/host/main.c', links=()):
        self.folder, self.build = folder, f'{folder}/build'
        os.makedirs(folder)
        if 'main.c' in text:
            shutil.copy(f'{ROOT}/{main}', f'{folder}/main.c')
        for name, target in links:
            os.symlink(target, f'{folder}/{name}')
        with open(f'{folder}/CMakeLists.txt', 'w') as file:
            file.write(text)

    def configure(self, *options):
        return run(CMAKE, '-S', self.folder, '-B', self.build, *options)

    def make(self, *options):
        self.configure(*options)
        return run(CMAKE, '--build', self.build, '-j', '2')

    def fails(self, words, *options):
        code, said = attempt(CMAKE, '-S', self.folder, '-B', self.build, *options)
        expect(code != 0, 'configured, although it must not')
        expect(words in ' '.join(said.split()), f'does not say "{words}" but:\n{said}')
        expect(said.count('CMake Error') == 1, f'more than one complaint:\n{said}')
