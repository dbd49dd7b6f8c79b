#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several threads over port/mbedtls, built with ThreadSanitizer, and the three ways to its memory: see tls_threads.c.

    threads_test.py BUILD

The last line says how many passed and failed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from list_test import Fake, authority, leaf

THREADS, COUNT = 4, 40


class Runs:
    def __init__(self, build, port, root):
        self.build, self.port, self.root = pathlib.Path(build), port, root
        self.passed = self.failed = 0

    def run(self, config, memory, threads=THREADS, count=COUNT):
        done = subprocess.run([self.build / config / "tls_threads", str(self.port), self.root, memory, str(threads), str(count)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return done.returncode, done.stdout

    def check(self, name, good, output):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED {name}\n{output}")

    def all_done(self, config, memory, threads=THREADS):
        """What is left in an arena is PSA's own, once and for good."""
        rc, output = self.run(config, memory, threads)
        counts = re.findall(r"done=(\d+) failed=(\d+) refused=(\d+)", output)
        locked, misused, used, failures = map(int, re.search(r"locked=(\d+) misused=(\d+) used=(\d+) failures=(\d+)", output).groups()
                                              if "locked=" in output else (0, 1, 1, 1))
        good = rc == 0 and "ThreadSanitizer" not in output and len(counts) == threads and failures == misused == 0
        good = good and all(done == str(COUNT) and failed == "0" for done, failed, _ in counts)
        good = good and (used == 0 or used < 8192 and "13" in config) and (locked > 1000) == (memory == "shared")
        self.check(f"{config}: {threads} threads, {memory}", good, output)
        return output, sum(int(refused) for _, _, refused in counts)


def main():
    with tempfile.TemporaryDirectory() as directory:
        ca = authority("ec")
        root = pathlib.Path(directory) / "root.der"
        root.write_bytes(ca.der())
        with Fake(directory, leaf(ca), synthetic=0) as server:
            runs = Runs(sys.argv[1], server.port, root)
            for config in ("small", "tls13-threads"):
                runs.all_done(config, "heap")
                runs.all_done(config, "shared")
            output, refused = runs.all_done("small", "alone")
            runs.check("small: a second connection over an arena for one is refused, and has it afterwards", refused > 0, output)
            rc, output = runs.run("small", "hold", 2)
            runs.check("small: the one that has the arena is not disturbed", rc == 0 and
                       "hold first=0 refused=1 again=0 after=0" in output, output)
            rc, output = runs.run("tls13", "shared")
            runs.check("tls13: no lock for threads where PSA has none", rc == 3 and "no memory is taken" in output, output)
            runs.all_done("default", "heap", 1)
    print(f"{runs.passed} passed, {runs.failed} failed")
    return runs.failed != 0


if __name__ == "__main__":
    sys.exit(main())
