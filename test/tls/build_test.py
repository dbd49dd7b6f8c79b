#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What can be seen of port/mbedtls by compiling it: the versions it refuses, what a release build does not hold.

    build_test.py CC MBEDTLS_DIR [FLAG...]

The last line says how many passed and failed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = ROOT / "port" / "mbedtls"
SOURCES = sorted(PORT.glob("*.c"))
CONFIGS = (("kratos_mbedtls_small.h",), ("kratos_mbedtls_small.h", "-DKRATOS_MBEDTLS_TLS13"),
           ("kratos_mbedtls_small.h", "-DKRATOS_MBEDTLS_TLS12_AND_13"), ("kratos_mbedtls_web.h",),
           ("kratos_mbedtls_web.h", "-DKRATOS_MBEDTLS_NO_TLS13"))
INSECURE = "KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION"
FORBIDDEN = {"malloc", "calloc", "realloc", "free", "printf", "snprintf", "time", "rand"}


class Build:
    def __init__(self, compiler, flags, mbedtls, directory):
        self.compiler, self.flags, self.mbedtls, self.directory = compiler, flags, mbedtls, pathlib.Path(directory)

    def compile(self, source, config, *more, include=None):
        out = self.directory / (source.stem + ".o")
        done = subprocess.run([self.compiler, "-std=c99", *self.flags, f"-I{ROOT / 'core'}", f"-I{PORT}", "-isystem",
                               include or self.mbedtls / "include", f'-DMBEDTLS_CONFIG_FILE="{config[0]}"', *config[1:],
                               *more, "-c", source, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout, out

    def symbols(self, source, config, *more):
        rc, output, out = self.compile(source, config, *more)
        if rc:
            raise AssertionError(output)
        return subprocess.run(["nm", out], stdout=subprocess.PIPE, text=True, check=True).stdout


def test_other_versions_stop_with_one_line(build):
    for major, minor in ((2, 28), (3, 5), (3, 7), (4, 0)):
        include = build.directory / f"v{major}.{minor}"
        (include / "mbedtls").mkdir(parents=True, exist_ok=True)
        (include / "mbedtls" / "version.h").write_text(f"#define MBEDTLS_VERSION_MAJOR {major}\n"
                                                       f"#define MBEDTLS_VERSION_MINOR {minor}\n")
        for source in SOURCES:
            rc, output, _ = build.compile(source, CONFIGS[0], include=include)
            errors = re.findall(r".*error.*", output)
            assert rc and len([e for e in errors if "error:" in e]) == 1 and "needs Mbed TLS 3.6" in errors[0], output


def test_no_warnings(build):
    for config in CONFIGS:
        for source in SOURCES:
            rc, output, _ = build.compile(source, config)
            assert rc == 0 and not output, output


def test_insecure_only_by_its_macro(build):
    for config in CONFIGS:
        assert not any("insecure" in build.symbols(source, config) for source in SOURCES), config
        assert any("insecure" in build.symbols(source, config, f"-D{INSECURE}") for source in SOURCES), config


def test_insecure_is_no_member(build):
    """Not a word of it is left for the compiler, so no stray write can set it."""
    unit = build.directory / "unit.c"
    unit.write_text('#include "kratos_mbedtls.h"\nint f(struct kratos_mbedtls *t);\n'
                    "int f(struct kratos_mbedtls *t) { return t->insecure; }\n")
    for config in CONFIGS:
        rc, output, _ = build.compile(unit, config)
        assert rc and "no member named" in output, output
        rc, output, _ = build.compile(unit, config, f"-D{INSECURE}")
        assert rc == 0, output
        for source in SOURCES:
            _, _, out = build.compile(source, config, "-E")
            assert "insecure" not in out.read_text(), source


def test_no_heap_no_clock_no_print(build):
    for config in CONFIGS:
        for source in SOURCES:
            used = set(re.findall(r" U (\w+)", build.symbols(source, config)))
            assert not used & FORBIDDEN, (source, used & FORBIDDEN)


def test_state_only_in_one_file(build):
    for config in CONFIGS:
        for source in SOURCES:
            data = re.findall(r" [dDbBC] (\w+)", build.symbols(source, config))
            assert not data or source.stem == "kratos_mbedtls_platform", (source, data)


def test_as_cxx(build):
    unit = build.directory / "unit.cpp"
    unit.write_text('#include "kratos_mbedtls_crypto.h"\nint main() { struct kratos_mbedtls t; return sizeof t == 0; }\n')
    done = subprocess.run(["g++", "-std=c++17", "-Wall", "-Wextra", f"-I{ROOT / 'core'}", f"-I{PORT}", "-isystem",
                           build.mbedtls / "include", '-DMBEDTLS_CONFIG_FILE="kratos_mbedtls_web.h"', "-fsyntax-only",
                           unit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


def main():
    passed = failed = 0
    for name, function in list(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as directory:
            try:
                function(Build(sys.argv[1], sys.argv[3:], pathlib.Path(sys.argv[2]), directory))
                passed += 1
            except AssertionError as e:
                failed += 1
                print(f"FAILED {name}: {e}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
