#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether what ESP-IDF and Zephyr read of port/esp-idf and port/zephyr is whole: no file of core forgotten, the options those of
core/kratos_config.h, and all of it readable by cmake, Kconfig and YAML.

    manifests.py

The CMakeLists.txt are run by cmake, with IDF's and Zephyr's commands replaced by ones that write down what they were given. That the
two systems themselves take them is not shown here: docs/porting.md says with which they were built.
"""
import os
import re
import subprocess
import sys
import tempfile

import kconfiglib
import yaml

from trees import ROOT, Results, files

IDF, ZEPHYR = 'port/esp-idf/kratos', 'port/zephyr'
PORT_FILES = {'LWIP': ['port/lwip/kratos_lwip.c'], 'POSIX': ['port/posix/kratos_posix.c'], 'NONE': []}
MBEDTLS, TRACE = files('port/mbedtls/*.c'), files('port/trace/*.c')

# Each command appends its name and arguments to the file OUT, a line each. A keyword of cmake's is no argument that counts.
COMMANDS = '''idf_component_register target_compile_definitions target_include_directories zephyr_library_named zephyr_library_sources
    zephyr_library_include_directories zephyr_include_directories zephyr_compile_definitions zephyr_library_compile_definitions
    zephyr_library_link_libraries'''.split()
HARNESS = ''.join(f'function({name})\n    string(REPLACE ";" " " line "{name};${{ARGV}}")\n    file(APPEND "${{OUT}}" "${{line}}\\n")\nendfunction()\n'
                  for name in COMMANDS) + '''function(zephyr_library_sources_ifdef option)
    if(${option})
        zephyr_library_sources(${ARGN})
    endif()
endfunction()
include("${FILE}")
'''
# What stands round an option: IDF's and Zephyr's own symbols that ours depend on.
KCONFIG = '''mainmenu "test"
config LWIP_ENABLE
    def_bool y
config IDF_TARGET_LINUX
    def_bool y
config NETWORKING
    def_bool y
config NET_SOCKETS
    def_bool y
config NET_TCP
    def_bool y
config POSIX_API
    def_bool y
config MBEDTLS
    def_bool y
source "%s"
'''


def run_cmake(folder, settings, jsmn):
    """([(command, [argument])], what cmake complains of) of one CMakeLists.txt."""
    with tempfile.TemporaryDirectory() as temporary:
        harness, out = os.path.join(temporary, 'harness.cmake'), os.path.join(temporary, 'out')
        with open(harness, 'w') as file:
            file.write(HARNESS)
        given = dict(settings, OUT=out, FILE=os.path.join(ROOT, folder, 'CMakeLists.txt'), COMPONENT_LIB='kratos')
        if jsmn:
            given['JSMN_DIR'] = jsmn
        done = subprocess.run(['cmake', *(f'-D{name}={value}' for name, value in given.items()), '-P', harness], capture_output=True,
                              text=True, env={name: value for name, value in os.environ.items() if name != 'JSMN_DIR'})
        lines = open(out).read().splitlines() if os.path.exists(out) else []
    return [(line.split()[0], line.split()[1:]) for line in lines], ' '.join(done.stderr.split()) if done.returncode else ''


def sources(calls):
    found = [argument for name, arguments in calls if name in ('idf_component_register', 'zephyr_library_sources') for argument in arguments]
    return [os.path.relpath(path, ROOT) for path in found if path.endswith('.c')]


def compare(found, wanted):
    wrong = [f'{path} is missing' for path in wanted if path not in found]
    wrong += [f'{path} is not wanted' for path in found if path not in wanted]
    return wrong + [f'{path} stands there twice' for path in set(found) if found.count(path) > 1]


def limits():
    """{macro: default} of core/kratos_config.h, and {macro: (lowest, highest)} where it has bounds."""
    with open(os.path.join(ROOT, 'core/kratos_config.h')) as file:
        text = file.read()
    defaults = {name: int(value) for name, value in re.findall(r'^#define (KRATOS_\w+) (\d+)$', text, re.M)}
    low = {name: int(value) for name, value in re.findall(r'(KRATOS_\w+) < (\d+)', text)}
    high = {name: int(value) for name, value in re.findall(r'(KRATOS_\w+) > (\d+)', text)}
    return defaults, low, high


def defines(calls):
    return [argument for name, arguments in calls if name.endswith('compile_definitions') for argument in arguments if '=' in argument]


def read_kconfig(path):
    """Kconfiglib says on the standard error what it warns of; any word of that is wrong."""
    with tempfile.TemporaryDirectory() as temporary:
        top = os.path.join(temporary, 'Kconfig')
        with open(top, 'w') as file:
            file.write(KCONFIG % path)
        os.environ.update(srctree='', KCONFIG_WARN_UNDEF='y')
        kconfig = kconfiglib.Kconfig(top, warn_to_stderr=False)
    return kconfig, list(kconfig.warnings)


def check_options(path):
    try:
        kconfig, wrong = read_kconfig(path)
    except kconfiglib.KconfigError as error:
        return [str(error)]
    defaults, low, high = limits()
    if 'KRATOS' in kconfig.syms:
        kconfig.syms['KRATOS'].set_value(2)
    for name, default in defaults.items():
        symbol = kconfig.syms.get(name)
        if symbol is None or not symbol.nodes:
            wrong.append(f'no option {name}, which core/kratos_config.h has')
            continue
        told = {'y': 1, 'n': 0}.get(symbol.str_value, symbol.str_value)
        if int(told) != default:
            wrong.append(f'{name} is {told}, in core/kratos_config.h {default}')
        if name in low:
            lowest, highest = (int(bound.str_value) for bound in symbol.ranges[0][:2])
            wrong += [] if lowest == low[name] else [f'{name} may be {lowest}, core/kratos_config.h begins at {low[name]}']
            wrong += [] if highest == high.get(name, highest) else [f'{name} may be {highest}, core/kratos_config.h ends at {high[name]}']
    return wrong


def check_yaml(path, keys, more):
    with open(os.path.join(ROOT, path)) as file:
        try:
            told = yaml.safe_load(file)
        except yaml.YAMLError as error:
            return [str(error)]
    if not isinstance(told, dict):
        return ['is no mapping']
    return [f'key {key} is unknown' for key in told if key not in keys] + [f'key {key} is missing' for key in keys if key not in told] + more(told)


def idf_manifest(told):
    with open(os.path.join(ROOT, 'core/kratos.h')) as file:
        version = re.search(r'^#define KRATOS_VERSION_TEXT "(.*)"$', file.read(), re.M)[1]
    wrong = [] if told.get('version') == version else [f'version is {told.get("version")}, in core/kratos.h {version}']
    return wrong + ([] if re.fullmatch(r'>=\d+\.\d+', told['dependencies']['idf']) else ['dependencies: idf is no version'])


def zephyr_manifest(told):
    build = told['build']
    wrong = [f'build: {key} is unknown' for key in build if key not in ('cmake', 'kconfig')]
    for name in (os.path.join(build['cmake'], 'CMakeLists.txt'), build['kconfig']):
        wrong += [] if os.path.isfile(os.path.join(ROOT, ZEPHYR, name)) else [f'{name} does not exist']
    return wrong


def settings(io, more):
    """more: 1 with all that may be chosen besides the byte stream, 0 with none of it."""
    defaults, _, _ = limits()
    return {'CONFIG_KRATOS': 1, f'CONFIG_KRATOS_IO_{io}': 1, 'CONFIG_KRATOS_MBEDTLS': more, 'CONFIG_KRATOS_TRACE': more,
            **{f'CONFIG_{name}': value for name, value in defaults.items()}}


def check_cmake(folder, ios, jsmn):
    wrong = []
    core = files('core/*.c')
    for io in ios:
        for more in (0, 1):
            calls, error = run_cmake(folder, settings(io, more), jsmn)
            wrong += [error] if error else []
            wrong += [f'{io}, TLS and trace {more}: {line}'
                      for line in compare(sources(calls), core + PORT_FILES[io] + (MBEDTLS + TRACE if more else []))]
            told = {line.split('=')[0] for line in defines(calls)}
            wrong += [f'{name} is not given to the compiler' for name in limits()[0] if name not in told]
            if not any(jsmn in arguments for _, arguments in calls):
                wrong.append('the folder of jsmn.h is no include folder')
    with tempfile.TemporaryDirectory() as empty:
        for folder_of_jsmn, word in (('', 'jsmn.h is missing'), (empty, 'jsmn.h is missing'), ('/usr/include', 'copy jsmn.h')):
            _, error = run_cmake(folder, settings(ios[0], 0), folder_of_jsmn)
            wrong += [] if word in error else [f'with jsmn in "{folder_of_jsmn}" cmake says: {error}']
    return wrong


def can_fail():
    """Each check says no to what it is for."""
    wrong = [] if len(compare(['core/a.c', 'core/c.c', 'core/c.c'], ['core/a.c', 'core/b.c'])) == 4 else ['compare']
    for text, word in (('config KRATOS_CLUES\n    bool "x"\n    default n\n', 'KRATOS_CLUES is 0'),
                       ('config KRATOS_WORK_MIN\n    int "x"\n    range 1 65536\n    default 256\n', 'KRATOS_WORK_MIN may be 1'),
                       ('config KRATOS_WORK_MIN\n    nonsense\n', 'nonsense'),
                       ('config KRATOS_CLUES\n    bool "x"\n    default y if NOBODY_HAS_THIS\n', 'NOBODY_HAS_THIS'),
                       ('', 'no option KRATOS_WORK_MIN')):
        with tempfile.NamedTemporaryFile('w', suffix='Kconfig') as sample:
            sample.write(text)
            sample.flush()
            told = ' '.join(check_options(sample.name))
        wrong += [] if word in told else [f'an option that is wrong ({word}): {told}']
    return wrong


def main():
    results = Results('manifests')
    with tempfile.TemporaryDirectory() as jsmn:
        open(os.path.join(jsmn, 'jsmn.h'), 'w').close()
        results.add(f'{IDF}/CMakeLists.txt: every file of core, and of each port', check_cmake(IDF, ('LWIP', 'POSIX', 'NONE'), jsmn))
        results.add(f'{ZEPHYR}/CMakeLists.txt: every file of core, and of each port', check_cmake(ZEPHYR, ('POSIX', 'NONE'), jsmn))
    for folder in (IDF, ZEPHYR):
        results.add(f'{folder}/Kconfig: the options of core/kratos_config.h', check_options(os.path.join(ROOT, folder, 'Kconfig')))
    results.add(f'{IDF}/idf_component.yml', check_yaml(f'{IDF}/idf_component.yml', ('version', 'description', 'license', 'dependencies'), idf_manifest))
    results.add(f'{ZEPHYR}/zephyr/module.yml', check_yaml(f'{ZEPHYR}/zephyr/module.yml', ('name', 'build'), zephyr_manifest))
    results.add('wrong options and lists are told', can_fail())
    results.end()


if __name__ == '__main__':
    sys.exit(main())
