#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Boots tasks.c, two tasks under FreeRTOS, and looks at what it says: see there.

    rtos.py --build build/mps2                 all images; one line per check, the last one "N passed, N failed"
    rtos.py --build build/mps2 --only WORD     those whose name contains WORD
    rtos.py --build build/mps2 --count 20      identities a task, instead of 300
"""
import argparse
import contextlib
import re
import socket
import sys
import threading

import run
import servers

KINDS = ("tcp", "tls12", "tls13")
SECONDS = 900
ICOUNT = "shift=5"                                      # 32 ns an instruction, about the chip's pace: a tick is one
STACK = {"tcp": 2048, "tls12": 3584, "tls13": 4096}     # docs/rtos.md says what was measured
ARENA_PSA = 8192                                        # what PSA keeps, once and for good


class Silence:
    """Takes connections and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.connections.append(self.listener.accept()[0])

    def close(self):
        for one in (*self.connections, self.listener):
            one.close()


def workers(output):
    """(number, done, failed, result, native, stack) of each task."""
    found = re.findall(r"^task number: (\d+)\ndone: (\d+)\nfailed: (\d+)\nresult: (\d+)\nnative: (\d+)\nstack: (\d+)$", output, re.M)
    return [tuple(map(int, each)) for each in found]


def number(name, output):
    found = run.number(r"(?m)^%s: (\d+)$" % name, output)
    return -1 if found is None else found


def boot(bench, kind, lock, hertz, count, names, silence):
    name = "%s, %s, tick %d ms" % (kind, "core lock" if lock else "messages to lwIP's thread", 1000 // hertz)
    with bench.server("rtos", tls=kind != "tcp") as server:
        settings = {"host": run.HOST, "port": server.port, "count": count, "dns": names.port, "silent": silence.port}
        rc, output, why = bench.boot("rtos " + name, bench.image("an385", "tasks-%s-lock%d-%dhz" % (kind, lock, hertz)), "an385", settings,
                                     SECONDS, icount=ICOUNT)
    both = workers(output)
    bench.check(name + ": runs to its end", rc == 0 and "\nEND\n" in output, why)
    bench.check(name + ": two tasks, %d identities each, none fails" % count,
                [each[:3] for each in both] == [(0, count, 0), (1, count, 0)], "%s, %s" % (both, why))
    bench.check(name + ": while other calls failed (%d)" % number("failing calls", output), number("failing calls", output) > 1000, why)
    bench.check(name + ": stacks %s of %d" % (" and ".join(str(each[5]) for each in both), STACK[kind]),
                both and all(each[5] <= STACK[kind] for each in both), why)
    if kind != "tcp":
        used, failures = number("arena used", output), number("arena failures", output)
        bench.check(name + ": the arena never ran out and is given back (peak %d)" % number("arena peak", output),
                    failures == 0 and (used == 0 if kind == "tls12" else 0 <= used < ARENA_PSA), why)
    asleep, asking = number("low priority asleep", output), number("low priority in a look-up", output)
    bench.check(name + ": a look-up leaves %d %% of the time to lower priorities" % (100 * asking // max(asleep, 1)),
                asleep > 0 and asking * 2 > asleep and number("look-up result", output) == 0, why)
    bench.check(name + ": a call that waits ends when another task says so (%d ms)" % number("stopped ms", output),
                number("stopped", output) == 1 and 350 < number("stopped ms", output) < 1500, why)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/mps2")
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    bench, names, silence = run.Bench(args.build), servers.NameServer(), Silence()
    print("--- two tasks under FreeRTOS, %d identities each" % args.count)
    for kind in KINDS:
        for lock in (0, 1):
            for hertz in (100, 1000):
                if args.only in "tasks-%s-lock%d-%dhz" % (kind, lock, hertz):
                    boot(bench, kind, lock, hertz, args.count, names, silence)
    names.close()
    silence.close()
    print("%d passed, %d failed" % (bench.passed, bench.failed))
    sys.exit(1 if bench.failed or not bench.passed else 0)


if __name__ == "__main__":
    main()
