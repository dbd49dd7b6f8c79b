#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every part of tls-check, two at a time, and adds up what they say.

    all.py BUILD CC MBEDTLS_DIR
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

from tls_test import CONFIGS

HERE = pathlib.Path(__file__).resolve().parent
FLAGS = ["-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wstrict-prototypes",
         "-Wmissing-prototypes", "-Wundef", "-Wvla"]


def commands(build, compiler, mbedtls):
    for config in reversed(list(CONFIGS)):          # the longest first
        yield f"matrix {config}", [sys.executable, HERE / "tls_test.py", f"{build}/{config.removesuffix('-rsa')}/tls_client", config]
    yield "port self-test", [sys.executable, HERE / "tls_selftest.py", f"{build}/small-16k", f"{build}/web"]
    for folder in dict.fromkeys(config.removesuffix("-rsa") for config in CONFIGS):
        yield f"crypto {folder}", [f"{build}/{folder}/tls_crypto"]
    yield "arena", [f"{build}/small/tls_arena"]
    yield "threads", [sys.executable, HERE / "threads_test.py", build]
    yield "whole library", [sys.executable, HERE / "list_test.py", build]
    yield "build", [sys.executable, HERE / "build_test.py", compiler, mbedtls, *FLAGS]


def run(part):
    name, command = part
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    *before, last = done.stdout.rstrip().split("\n")
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
    numbers = (int(counts[1]), int(counts[2])) if counts else (0, 1)
    if not counts:
        before.append(last)
    title = f"{name}: {numbers[0]} passed, {numbers[1]} failed, {time.monotonic() - began:.0f} s"
    print(title, *before, sep="\n", flush=True)
    return numbers


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, commands(*sys.argv[1:4])))
    passed, failed = map(sum, zip(*results))
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
