#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the library into projects in a temporary folder, by each way that docs/building.md tells, and uses it.

    run.py BUILD [WORD...]      WORD: only the cases with such a word in their name, and the first; some need others

The CMakeLists.txt of the projects are the blocks of docs/building.md. Each program creates an identity on the stand-in
server, which is then asked for it. BUILD/third_party holds lwIP and Mbed TLS; CMAKE names another cmake. Only BUILD/venv
and the temporary folder are written. One line a case; the last line is `N passed, N failed`.
"""
import glob
import json
import os
import re
import shutil
import sys
import tempfile

import projects
from projects import CMAKE, HERE, ROOT, SPOKEN, Project, Server, attempt, block, case, expect, header_version, plain, run, traced

CROSS = 'arm-none-eabi-'
# Warnings as errors: what a careful product has on when it compiles ours. Optimised, since gcc sees more then.
CAREFUL = '-O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror'
IN_TREE = 'project(product C)\n\nadd_subdirectory(kratos/port/cmake)'  # of the block of docs/building.md
NO_JSMN = 'kratos: jsmn.h is missing: install Debian\'s libjsmn-dev, or name its folder, -DJSMN_DIR=FOLDER'


def facts(text, version, work_min, clues):
    numbers = [int(n) for n in version.split('.')]
    wanted = [f'version {numbers[0] * 10000 + numbers[1] * 100 + numbers[2]} {version} {version}',
              f'work_min {work_min} {work_min}', f'clues {clues}']
    expect(text.split('\n')[:3] == wanted, f'{text}instead of {wanted}')


# ---- In the product's tree, and fetched ------------------------------------------------------------------------------

# What no compiler command of a product that takes the library in may have beside its own flags.
def no_flags(project):
    with open(f'{project.build}/compile_commands.json') as file:
        command = next(entry['command'] for entry in json.load(file) if entry['file'].endswith('/main.c'))
    flags = [word for word in command.split()[1:] if word.startswith('-') and not word.startswith(('-I', '-o', '-c'))]
    expect(sorted(flags) == sorted(CAREFUL.split()), f'the product is compiled with {flags}')


def subdirectory(work, server):
    project = Project(f'{work}/subdirectory', block(IN_TREE), links=[('kratos', ROOT)])
    said = project.make(f'-DCMAKE_C_FLAGS={CAREFUL}', '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON')
    plain(server, f'{project.build}/product')
    expect('mbedtls' not in said and 'test' not in said, f'more is built than the product links:\n{said}')
    no_flags(project)
    run(CMAKE, '--install', project.build, '--prefix', f'{work}/subdirectory/installed')
    expect(not os.path.exists(f'{work}/subdirectory/installed'), 'something is installed with the product')


LIMITED = '''cmake_minimum_required(VERSION 3.16)
project(product C CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_EXTENSIONS OFF)
set(KRATOS_WORK_MIN 512)
set(KRATOS_CLUES OFF)
add_subdirectory(kratos/port/cmake)
add_executable(product product.cpp)
add_executable(facts facts.c)
target_link_libraries(product kratos::posix kratos::trace)
target_link_libraries(facts kratos::posix)
'''


def limits(work, server):
    """Limits set by plain variables, in a project of C++17."""
    project = Project(f'{work}/limits', LIMITED, links=[('kratos', ROOT), ('facts.c', f'{HERE}/facts.c'),
                                                        ('product.cpp', f'{HERE}/product.cpp')])
    project.make(f'-DCMAKE_CXX_FLAGS={CAREFUL}')
    traced(server, f'{project.build}/product')
    facts(run(f'{project.build}/facts'), header_version(), 512, 0)


def sources(work, server):
    """The document's command."""
    folder = f'{work}/sources'
    os.makedirs(folder)
    os.symlink(ROOT, f'{folder}/kratos')
    shutil.copy(f'{ROOT}/boards/host/main.c', folder)
    run('sh', '-ec', block('cc kratos/core', 'text'), cwd=folder)
    plain(server, f'{folder}/product')


def fetched(work, server, archive):
    folder = f'{work}/fetched'
    project = Project(folder, block(f'kratos-{header_version()}.tar.gz'),
                      links=[(f'kratos-{header_version()}.tar.gz', archive)])
    project.fails(NO_JSMN, '-DJSMN_DIR=/nowhere')
    project.make('-DJSMN_DIR=')
    plain(server, f'{project.build}/product')


def cloned(work, server):
    project = Project(f'{work}/cloned', block('GIT_REPOSITORY'))
    project.make(f'-DMIRROR=file://{ROOT}', f'-DCOMMIT={run("git", "rev-parse", "HEAD", cwd=ROOT).strip()}')
    plain(server, f'{project.build}/product')


def missing(work):
    """Without jsmn.h anywhere, and in a folder that does not have it."""
    project = Project(f'{work}/missing', block(IN_TREE), links=[('kratos', ROOT)])
    project.fails(NO_JSMN, f'-DCMAKE_FIND_ROOT_PATH={work}', '-DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY')
    shutil.rmtree(project.build)
    project.fails(NO_JSMN, '-DJSMN_DIR=.')
    stage = f'{work}/missing/stage'
    code, said = attempt('make', '-s', 'install', f'BUILD={work}/none', 'JSMN_HEADER=', f'DESTDIR={stage}', cwd=ROOT)
    expect(code != 0 and 'jsmn.h is missing' in said and 'JSMN_DIR' in said, f'make install says {said}')
    expect(not os.path.exists(stage), 'installed all the same')


FIRMWARE = '''set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m4 -mthumb -Os -H")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
'''


def firmware(work, third_party, given):
    """For a Cortex-M, whose C library must not meet the host's headers: they often compile, and are wrong."""
    text = block('KRATOS_LWIP_TARGETS lwip')
    if not given:
        text = text.replace('set(KRATOS_LWIP_TARGETS lwip)', '').replace('kratos::lwip)', 'kratos::lwip lwip)')
    project = Project(f'{work}/firmware-{given}', text, 'test/install/gateway.c',
                      links=[('kratos', ROOT), ('lwip', f'{third_party}/lwip'), ('port', f'{ROOT}/boards/mps2')])
    with open(f'{project.folder}/arm.cmake', 'w') as file:
        file.write(FIRMWARE)
    said = project.configure(f'-DCMAKE_TOOLCHAIN_FILE={project.folder}/arm.cmake', '-DJSMN_DIR=/usr/include')
    expect('no kratos::posix, since Generic is no POSIX system' in said, said)
    said = run(CMAKE, '--build', project.build, '-j', '2', '--target', 'product', 'kratos_core')
    host = re.findall(r'^[.]+ (/usr/include/(?!newlib/).*)$', said, re.M)  # -H names each header
    expect('/jsmn.h' in said and not host, f'the host\'s headers are used: {sorted(set(host))}')
    symbols = run(f'{CROSS}nm', f'{project.build}/libproduct.a') + \
        (run(f'{CROSS}nm', f'{project.build}/kratos/port/cmake/libkratos_lwip.a') if given else '')
    expect(' T gateway_init' in symbols and ' T kratos_lwip_io' in symbols, symbols)
    core = run(f'{CROSS}nm', f'{project.build}/kratos/port/cmake/libkratos_core.a')
    expect(' T kratos_init' in core, core)


# ---- Mbed TLS --------------------------------------------------------------------------------------------------------

def certificate(work):
    """A server's certificate for 127.0.0.1, which is its own root. Returns its file, its key's, and itself in DER."""
    pem, key, der = (f'{work}/server.{kind}' for kind in ('pem', 'key', 'der'))
    run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
        '-subj', '/CN=stand-in', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', pem)
    run('openssl', 'x509', '-in', pem, '-outform', 'DER', '-out', der)
    return pem, key, der


def over_tls(program, files):
    """The stand-in speaks TLS only to who trusts its root: the identity is asked for by the program alone."""
    pem, key, der = files
    server = Server('--tls-cert', pem, '--tls-key', key)
    try:
        said = run(program, server.port, der)
        expect(SPOKEN.search(said) and 'over TLSv1.' in said, said)
    finally:
        server.close()


def mbedtls_inside(work, third_party, files):
    """In the product's tree, with the configuration of port/mbedtls. What it built is installed for the next cases."""
    project = Project(f'{work}/mbedtls-inside', block('add_subdirectory(mbedtls)'), 'test/install/tls.c',
                      links=[('kratos', ROOT), ('mbedtls', f'{third_party}/mbedtls')])
    project.make('-DCMAKE_C_FLAGS=-O1', f'-DCMAKE_INSTALL_PREFIX={work}/mbedtls', '-DCMAKE_INSTALL_LIBDIR=lib')
    over_tls(f'{project.build}/product', files)
    run(CMAKE, '--install', project.build)


# The CMake package of Mbed TLS does not tell its configuration: the product must.
CONFIGURED = 'add_compile_definitions(MBEDTLS_CONFIG_FILE="kratos_mbedtls_small.h")\n'


def tls_product():
    text = block('find_package(kratos').replace('kratos::posix', 'kratos::mbedtls kratos::posix')
    return text.replace('find_package', CONFIGURED + 'find_package')


def mbedtls_package(work, files):
    """An installed kratos finds an installed Mbed TLS by its CMake package."""
    project = Project(f'{work}/mbedtls-package', tls_product(), 'test/install/tls.c')
    project.make(f'-DCMAKE_PREFIX_PATH={work}/moved;{work}/mbedtls')
    over_tls(f'{project.build}/product', files)


def mbedtls_inside_package(work, files):
    """The same for a kratos in the product's tree: what it found below must reach the product."""
    text = block('add_subdirectory(mbedtls)').replace('add_subdirectory(mbedtls)\n', CONFIGURED)
    project = Project(f'{work}/mbedtls-below', text, 'test/install/tls.c', links=[('kratos', ROOT)])
    project.make(f'-DCMAKE_PREFIX_PATH={work}/mbedtls')
    over_tls(f'{project.build}/product', files)


def bare_mbedtls(work, name, version):
    """Headers and libraries without a CMake package, as distributions have them."""
    folder = f'{work}/{name}'
    shutil.copytree(f'{work}/mbedtls', folder, ignore=shutil.ignore_patterns('cmake', 'pkgconfig'))
    header = f'{folder}/include/mbedtls/build_info.h'
    with open(header) as file:
        text = file.read()
    with open(header, 'w') as file:
        file.write(re.sub(r'(MBEDTLS_VERSION_STRING +)"3\.6[.\d]*"', rf'\1"{version}"', text))
    return folder


def mbedtls_found(work, files):
    found = bare_mbedtls(work, 'bare', '3.6.6')
    project = Project(f'{work}/mbedtls-found', tls_product(), 'test/install/tls.c')
    project.make(f'-DCMAKE_PREFIX_PATH={work}/moved;{found}')
    over_tls(f'{project.build}/product', files)


# The product's own target of Mbed TLS, and a limit that changes a public struct.
OWN = '''
add_library(own INTERFACE)
target_include_directories(own INTERFACE {0}/include)
target_link_libraries(own INTERFACE {0}/lib/libmbedtls.a {0}/lib/libmbedx509.a {0}/lib/libmbedcrypto.a)
set(KRATOS_MBEDTLS_TARGETS own)
set(KRATOS_MBEDTLS_SESSION_SIZE 3000)
'''
SIZE = '''#include "kratos_mbedtls.h"
extern char right[sizeof(((struct kratos_mbedtls *)0)->session) == 3000 ? 1 : -1];
'''


def mbedtls_own(work, files):
    text = tls_product().replace('find_package', OWN.format(f'{work}/mbedtls') + 'find_package')
    project = Project(f'{work}/mbedtls-own', text.replace('main.c', 'main.c size.c'), 'test/install/tls.c')
    with open(f'{project.folder}/size.c', 'w') as file:
        file.write(SIZE)
    project.make(f'-DCMAKE_PREFIX_PATH={work}/moved')
    over_tls(f'{project.build}/product', files)


def mbedtls_other(work):
    """Without Mbed TLS, and with another one than 3.6: no target, one line, and one sentence to who asks for it."""
    text = block('find_package(kratos')
    project = Project(f'{work}/mbedtls-other', text)
    options = [f'-DCMAKE_PREFIX_PATH={work}/moved', '-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF']
    said = project.configure(*options)
    wanted = 'kratos: no kratos::mbedtls, since Mbed TLS was not found'
    expect(said.count('kratos::') == 1 and wanted in said, said)
    other = bare_mbedtls(work, 'other', '4.0.0')
    shutil.rmtree(project.build)
    said = project.configure(f'{options[0]};{other}', options[1])
    expect(said.count('kratos::') == 1 and 'the Mbed TLS that was found is 4.0.0, not 3.6' in said, said)
    project = Project(f'{work}/mbedtls-asked', text.replace('REQUIRED', 'REQUIRED COMPONENTS mbedtls'))
    project.fails('there is no kratos::mbedtls; the STATUS line of kratos says why', *options)


# ---- Installed -------------------------------------------------------------------------------------------------------

def files_below(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def listed():
    with open(f'{HERE}/files.txt') as file:
        return sorted(file.read().split())


def forgotten():
    """Documents, public headers and sources of Mbed TLS' port that are not to be installed."""
    wanted = [path for pattern in ('docs/*.md', 'port/*/kratos_*.h', 'port/mbedtls/*.c', 'core/kratos*.h')
              for path in glob.glob(pattern, root_dir=ROOT)]
    with open(f'{ROOT}/port/install.list') as file:
        told = {line.split()[1] for line in file if not line.startswith('#')}
    return [path for path in wanted if path not in told and not path.startswith(('port/template/', 'port/selftest/'))]


def difference(found, wanted):
    expect(found == wanted, 'missing: {}\nnot expected: {}'.format(sorted(set(wanted) - set(found)),
                                                                 sorted(set(found) - set(wanted))))


def make_install(build, *options):
    return run('make', '-s', '-j2', 'install', f'BUILD={build}', *options, cwd=ROOT)


def install(work, build):
    """Staged by DESTDIR, with a blank in its name, and moved to another place."""
    stage = f'{work}/a stage'
    expect(not forgotten(), f'port/install.list has forgotten {forgotten()}')
    make_install(build, f'DESTDIR={stage}')
    difference(files_below(stage), ['usr/local/' + name for name in listed()])
    text = ''.join(open(f'{stage}/usr/local/{name}').read() for name in listed() if not name.endswith('.a'))
    expect('@KRATOS' not in text, 'a template is not filled')
    expect(stage not in text and ROOT not in text, 'a file names the staging folder or the sources')
    headers = ''.join(open(f'{stage}/usr/local/{name}').read() for name in listed() if name.endswith('.h'))
    expect('jsmn.h' not in headers, 'a public header needs jsmn')
    modes = {os.stat(f'{stage}/usr/local/{name}').st_mode & 0o777 for name in listed()}
    expect(modes == {0o644}, f'modes {modes}')
    shutil.copytree(f'{stage}/usr/local', f'{work}/moved')


def uninstall(work, build):
    """All of ours goes, and nothing of others."""
    stage = f'{work}/a stage'
    kept = ['include/kratos/mine.h', 'include/other.h', 'share/doc/kratos/mine.md', 'lib/cmake/other/other.cmake']
    for name in kept:
        os.makedirs(os.path.dirname(f'{stage}/usr/local/{name}'), exist_ok=True)
        open(f'{stage}/usr/local/{name}', 'w').close()
    run('make', '-s', 'uninstall', f'BUILD={build}', f'DESTDIR={stage}', cwd=ROOT)
    difference(files_below(stage), sorted('usr/local/' + name for name in kept))
    for folder in ('lib/cmake/kratos', 'share/kratos', 'share/doc/kratos/docs'):
        expect(not os.path.exists(f'{stage}/usr/local/{folder}'), f'{folder} is left')
    shutil.rmtree(stage)
    make_install(build, f'DESTDIR={stage}')
    run('make', '-s', 'uninstall', f'BUILD={build}', f'DESTDIR={stage}', cwd=ROOT)
    for folder in ('include/kratos', 'share/doc/kratos'):
        expect(not os.path.exists(f'{stage}/usr/local/{folder}'), f'{folder} is left')


def package(work, server):
    """The document's project; then one that compiles C++ only, for which there is no port in sources."""
    project = Project(f'{work}/package', block('find_package(kratos'))
    project.make(f'-DCMAKE_PREFIX_PATH={work}/moved')
    plain(server, f'{project.build}/product')
    text = block('find_package(kratos').replace('product C)', 'product CXX)').replace('main.c', 'product.cpp')
    text = text.replace('kratos::posix', 'kratos::posix kratos::trace')
    project = Project(f'{work}/package-cpp', text, links=[('product.cpp', f'{HERE}/product.cpp')])
    said = project.configure(f'-DCMAKE_PREFIX_PATH={work}/moved', '-DCMAKE_CXX_STANDARD=17')
    expect('no kratos::lwip and kratos::mbedtls, since the project does not compile C' in said, said)
    project.make()
    traced(server, f'{project.build}/product')


def pkg_config(work, server):
    """The document's command; then C++17."""
    folder = f'{work}/pkg-config'
    os.makedirs(folder)
    shutil.copy(f'{ROOT}/boards/host/main.c', folder)
    path = f'{work}/moved/lib/pkgconfig'
    run('sh', '-ec', block('cc main.c $(pkg-config', 'text'), cwd=folder, PKG_CONFIG_PATH=path)
    plain(server, f'{folder}/product')
    run('sh', '-ec', f'g++ -std=c++17 {CAREFUL} {HERE}/product.cpp $(pkg-config --cflags --libs kratos) -o cpp',
        cwd=folder, PKG_CONFIG_PATH=path)
    traced(server, f'{folder}/cpp')
    ports = run('pkg-config', '--variable=portdir', 'kratos', PKG_CONFIG_PATH=path).strip()
    expect(os.path.exists(f'{ports}/mbedtls/kratos_mbedtls.c'), f'portdir is {ports}')


def elsewhere(work, build):
    """Another libdir below the prefix, headers outside it, and limits: all must reach the product."""
    prefix, include = f'{work}/else/where', f'{work}/headers'
    path = f'{prefix}/lib/x86_64-linux-gnu'
    make_install(f'{work}/limited', f'prefix={prefix}', f'libdir={path}', f'includedir={include}',
                 'CFLAGS=-O1 -DKRATOS_WORK_MIN=300 -DKRATOS_CLUES=0')
    run('sh', '-ec', f'gcc {HERE}/facts.c $(pkg-config --cflags --libs kratos) -o facts', cwd=f'{work}/else',
        PKG_CONFIG_PATH=f'{path}/pkgconfig')
    facts(run(f'{work}/else/facts'), header_version(), 300, 0)
    text = block('find_package(kratos').replace('main.c', 'facts.c')
    project = Project(f'{work}/elsewhere', text, links=[('facts.c', f'{HERE}/facts.c')])
    project.make(f'-Dkratos_DIR={path}/cmake/kratos')
    facts(run(f'{project.build}/product'), header_version(), 300, 0)
    code, said = attempt('make', '-s', 'install', f'BUILD={build}', 'PREFIX=not/absolute', cwd=ROOT)
    expect(code != 0 and "'not/absolute' is not absolute" in said, said)
    code, said = attempt('make', '-s', 'install', f'BUILD={build}', 'DESTDIR=/dev/null', cwd=ROOT)
    expect(code != 0 and 'is installed' not in said, f'installed to nowhere: {said}')


def cmake_install(work, build):
    """cmake --install gives what make install gives."""
    folder = f'{work}/alone'
    run(CMAKE, '-S', f'{ROOT}/port/cmake', '-B', folder, '-DKRATOS_TESTS=OFF', '-DCMAKE_INSTALL_LIBDIR=lib',
        '-DCMAKE_INSTALL_PREFIX=/usr/local', f'-DCMAKE_C_FLAGS=-Werror')
    run(CMAKE, '--build', folder, '-j', '2')
    run(CMAKE, '--install', folder, DESTDIR=f'{folder}/stage')
    difference(files_below(f'{folder}/stage/usr/local'), listed())
    for name in listed():
        if not name.endswith('.a'):
            with open(f'{folder}/stage/usr/local/{name}') as theirs, open(f'{work}/moved/{name}') as ours:
                expect(theirs.read() == ours.read(), f'{name} differs from what make installs')
    members = sorted(run('ar', 't', f'{folder}/stage/usr/local/lib/libkratos.a').replace('.c.o', '.o').split())
    expect(members == sorted(run('ar', 't', f'{work}/moved/lib/libkratos.a').split()), f'the library holds {members}')


ASK = '''cmake_minimum_required(VERSION 3.16)
project(ask NONE)
find_package(kratos {} QUIET)
message(STATUS "found=${{kratos_FOUND}} version=${{kratos_VERSION}}")
'''


def version(work):
    """One truth: the header, and what says it again."""
    ours = header_version()
    major, minor, _ = (int(n) for n in ours.split('.'))
    run('gcc', f'{HERE}/facts.c', f'-I{work}/moved/include/kratos', f'{work}/moved/lib/libkratos.a', '-o',
        f'{work}/facts')
    facts(run(f'{work}/facts'), ours, 256, 1)
    said = run('pkg-config', '--modversion', 'kratos', PKG_CONFIG_PATH=f'{work}/moved/lib/pkgconfig').strip()
    expect(said == ours, f'kratos.pc says {said}')
    with open(f'{ROOT}/docs/CHANGELOG.md') as file:
        newest = re.search(r'^## \[([\d.]+)\]', file.read(), re.M)[1]
    expect(newest == ours, f'the newest in docs/CHANGELOG.md is {newest}')
    with open(f'{ROOT}/docs/building.md') as file:
        named = set(re.findall(r'kratos-(\d+\.\d+\.\d+)\.', file.read()))
    expect(named == {ours}, f'docs/building.md names {named}')
    wanted = {'': True, f'{major}.{minor}': True, ours: True, f'{ours} EXACT': True, f'{major}.{minor + 1}': False,
              f'{ours}.1': False, f'{major + 1}': False}
    if major == 0:
        wanted.update({'0': True, f'0.{minor - 1}': False})
    for asked, good in wanted.items():
        project = Project(f'{work}/ask {asked}', ASK.format(asked))
        said = project.configure(f'-DCMAKE_PREFIX_PATH={work}/moved')
        answer = f'found={1 if good else 0} version={ours if good else ""}'
        expect(answer in said, f'find_package(kratos {asked}): {said}')


# ---- A release -------------------------------------------------------------------------------------------------------

def release(work, third_party, venv):
    """Two clones in two places, another umask, another zone, a second later: the same bytes."""
    names = [f'kratos-{header_version()}.tar.gz', f'kratos-{header_version()}.cdx.json', 'SHA256SUMS']
    made = []
    for i, (mask, zone) in enumerate((('022', 'UTC'), ('077', 'Asia/Tokyo'))):
        clone = f'{work}/clone-{i}/{"deeper/" * i}kratos'
        run('git', 'clone', '-q', '--no-local', f'file://{ROOT}', clone)
        made_here = f'sh test/tools/dist.sh {work}/dist-{i} {third_party} {venv}'
        run('sh', '-ec', f'umask {mask}; sleep 1.1; touch core/*; {made_here}', cwd=clone, TZ=zone)
        made.append({name: open(f'{work}/dist-{i}/{name}', 'rb').read() for name in names})
    for name in names:
        expect(made[0][name] == made[1][name], f'{name} differs between two clones')
    difference(files_below(f'{work}/dist-0'), sorted(names))
    run('sha256sum', '-c', '--strict', 'SHA256SUMS', cwd=f'{work}/dist-0')
    tree = sorted(run('git', 'ls-tree', '-r', '--name-only', 'HEAD', cwd=ROOT).split())
    os.makedirs(f'{work}/unpacked')
    run('tar', '-xf', f'{work}/dist-0/{names[0]}', '-C', f'{work}/unpacked')
    difference(files_below(f'{work}/unpacked/kratos-{header_version()}'), tree)


def materials(work, third_party):
    with open(f'{work}/dist-0/kratos-{header_version()}.cdx.json') as file:
        bill = json.load(file)
    versions = {}
    for name in ('lwip', 'mbedtls'):
        with open(f'{third_party}/{name}/.debsrc') as file:
            versions[name] = file.read().split()[2]
    versions['jsmn'] = run('dpkg-query', '-W', '-f', '${Version}', 'libjsmn-dev')
    found = {part['name']: part for part in bill['components']}
    expect(sorted(found) == sorted(versions), f'it names {sorted(found)}')
    for name, version in versions.items():
        escaped = version.replace('+', '%2B')
        expect(f'deb/debian/{name}@{escaped}?' in found[name]['purl'], f'{found[name]["purl"]}, but {version} is here')
        expect(version.startswith(found[name]['version']) and found[name]['licenses'], str(found[name]))
    expect(bill['metadata']['component']['version'] == header_version(), 'another version of kratos')
    sums = run('sha256sum', f'{work}/dist-0/kratos-{header_version()}.tar.gz').split()[0]
    expect(bill['metadata']['component']['hashes'][0]['content'] == sums, 'another archive')


def refused_bill(work, venv):
    """The validator can say no."""
    bad = f'{work}/bad.cdx.json'
    with open(f'{work}/dist-0/kratos-{header_version()}.cdx.json') as file:
        text = file.read()
    with open(bad, 'w') as file:
        file.write(text.replace('"type": "library"', '"type": "libary"'))
    code, said = attempt(f'{venv}/bin/python', f'{ROOT}/test/tools/sbom.py', 'check', bad)
    expect(code != 0 and 'is no CycloneDX 1.6' in said, said)


def unpacked(work):
    """The archive by itself, without git: the library, wire tests, an installation; and no release from it."""
    folder = f'{work}/unpacked/kratos-{header_version()}'
    outside = {'GIT_CEILING_DIRECTORIES': work}
    run('make', '-s', '-j2', cwd=folder, **outside)
    said = run('make', '-s', '-j2', 'inject-test', cwd=folder, **outside)
    expect('PASSED  ] 3 test' in said and 'FAILED' not in said, said)
    run('make', '-s', 'install', f'DESTDIR={work}/unpacked/stage', cwd=folder, **outside)
    difference(files_below(f'{work}/unpacked/stage/usr/local'), listed())
    code, said = attempt('sh', 'test/tools/dist.sh', f'{work}/none', 'third_party', 'venv', cwd=folder, **outside)
    expect(code != 0 and 'a release is made from the git repository' in said, said)


# ----------------------------------------------------------------------------------------------------------------------

def pack(work):
    """An archive of this folder as it is, where there is no git."""
    name = f'kratos-{header_version()}'
    run('tar', '-czf', f'{work}/{name}.tar.gz', '--exclude=./build', '--exclude=./.git', f'--transform=s|^[.]|{name}|',
        '-C', ROOT, '.')
    return f'{work}/{name}.tar.gz'


def all_cases(work, shared):
    third_party, venv, build = f'{shared}/third_party', f'{shared}/venv/sbom', f'{work}/make'
    git = attempt('git', 'rev-parse', '--show-toplevel', cwd=ROOT)[1].strip() == os.path.realpath(ROOT)
    server = Server()
    try:
        case('make install writes the files that are listed', install, work, build)
        case('make uninstall removes them and nothing else', uninstall, work, build)
        case('cmake --install writes the same', cmake_install, work, build)
        case('find_package of an installation that was moved creates an identity', package, work, server)
        case('pkg-config, C99 and C++17', pkg_config, work, server)
        case('libdir, includedir elsewhere, limits in kratos.pc and the package', elsewhere, work, build)
        case('the version is the same everywhere', version, work)
        case('a list of sources creates an identity', sources, work, server)
        case('add_subdirectory creates an identity, and leaves the product alone', subdirectory, work, server)
        case('add_subdirectory with limits, C++17', limits, work, server)
        case('jsmn.h missing: one sentence', missing, work)
        case('Cortex-M: core, lwIP as sources', firmware, work, third_party, False)
        case('Cortex-M: core, lwIP as the product\'s target', firmware, work, third_party, True)
        files = certificate(work)
        case('Mbed TLS in the product\'s tree: an identity over TLS', mbedtls_inside, work, third_party, files)
        case('Mbed TLS and kratos installed', mbedtls_package, work, files)
        case('Mbed TLS installed, kratos in the tree', mbedtls_inside_package, work, files)
        case('Mbed TLS as headers and libraries', mbedtls_found, work, files)
        case('Mbed TLS as the product\'s target, with another size', mbedtls_own, work, files)
        case('Mbed TLS missing or another one: no target, one line', mbedtls_other, work)
        archive = pack(work)
        fetches = tuple(int(n) for n in re.findall(r'\d+', run(CMAKE, '--version'))[:2]) >= (3, 18)
        if git and fetches:
            case('FetchContent of a repository creates an identity', cloned, work, server)
        if git:
            case('two clones make the same release', release, work, third_party, venv)
            case('the bill of materials names what is built against', materials, work, third_party)
            case('a damaged bill is refused', refused_bill, work, venv)
            case('the archive builds, passes wire tests and installs by itself', unpacked, work)
            archive = f'{work}/dist-0/kratos-{header_version()}.tar.gz'
        else:
            projects.skip('releases and FetchContent of a repository', 'this folder is no git repository')
        if fetches:
            case('FetchContent of an archive creates an identity', fetched, work, server, archive)
        else:
            projects.skip('FetchContent', 'it needs CMake 3.18')
    finally:
        server.close()


def main(build, *given):
    projects.chosen.extend(given)
    with tempfile.TemporaryDirectory(prefix='kratos-install-') as work:
        all_cases(work, os.path.abspath(build))
    return projects.sum_up()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
