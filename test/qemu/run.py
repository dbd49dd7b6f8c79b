#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Boots the firmware of boards/mps2 under QEMU and looks at what it says.

    run.py --build build/mps2                 all tests; one line per check, the last one "N passed, N failed"
    run.py --build build/mps2 --only WORD     those whose name contains WORD
    run.py --build build/mps2 --runs 50       50 boots of each board with TLS 1.2 and with TLS 1.3
    run.py --build build/mps2 --kills 2000    2,000 boots that end by a kill

The server is the Kratos that KRATOS_BIN names, or one found on this machine, or else the stand-in of test/fake; KRATOS_BIN= (empty)
asks for the stand-in. Consoles go to BUILD/log, figures to BUILD/bench.csv.
"""
import argparse
import csv
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import device  # noqa: E402
import certificates
import guest
import servers
from life import test_kills, test_life, kills

HOST = "10.0.2.2"
BOARDS = ("an385", "an386", "an500")
VERSIONS = {"tls12": "TLSv1.2", "tls13": "TLSv1.3"}
JOBS = 2


class Bench:
    """What all tests share: the build folder, the servers that run, the checks that were made."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.cross = os.environ.get("CROSS", "arm-none-eabi-")
        self.logs = self.build / "log"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.passed = self.failed = 0
        self.lock = threading.Lock()
        self.figures = []
        certificates.make_root(self.build / "ca")
        self.tls = self.chain("leaf", "IP:" + HOST)
        self.binary = servers.find_kratos()

    def chain(self, leaf, *names):
        return certificates.make_chain(self.build / "ca", self.build / "run/tls", names, leaf)

    def image(self, board, name):
        return self.build / board / (name + ".elf")

    def server(self, name, tls=True, real=True):
        return servers.Kratos(self.build / "run" / name, self.tls if tls else None, self.binary if real else None)

    def flash(self, name):
        """A blank one, by a path that the firmware can take."""
        path = self.build / "run/flash" / (re.sub(r"[^\w.-]+", "-", name) + ".img")
        path.parent.mkdir(parents=True, exist_ok=True)
        device.blank_flash(path)
        path = os.path.relpath(path)
        assert len(path) < 48, "the build folder is too far away: " + path
        return path

    def check(self, name, passed, why=""):
        with self.lock:
            self.passed += bool(passed)
            self.failed += not passed
            print("%s %s%s" % ("ok  " if passed else "FAIL", name, " (%s)" % why if why and not passed else ""), flush=True)
        return passed

    def log(self, name, output):
        path = self.logs / (re.sub(r"[^\w.-]+", "-", name) + ".log")
        path.write_text(output)
        return "see %s" % path

    def boot(self, name, image, board, settings, seconds=120, **how):
        rc, output = guest.run(image, board, settings, seconds, **how)
        why = self.log(name, output)
        return rc, output, "exit code %s, %s" % (rc, why)


def number(pattern, output):
    found = re.search(pattern, output)
    return int(found.group(1)) if found else None


# ---- The application ---------------------------------------------------------------------------------------------------

def gateway(bench, server, board, kind, show):
    """Two boots: the first makes the identity, the second has it. Each asks for it again over a new connection."""
    name = "%s %s" % (board, kind)
    settings = {"host": HOST, "port": server.port, "serial": "sn-%s-%s" % (board, kind), "flash": bench.flash(name), "command": "verify"}
    rc, first, why = bench.boot(name, bench.image(board, "gateway-" + kind), board, settings)
    if show:
        print("".join("    | %s\n" % line for line in first.strip().splitlines()), end="")
    made = re.search(r"^device \S+: identity (\S+), 1 request: provisioned$", first, re.M)
    bench.check(name + ": boots, has an address by DHCP, makes the identity", rc == 0 and made and "network: 10.0.2.15" in first, why)
    bench.check(name + ": verifies it over a new connection", made and first.count(made.group(0)) == 2 and "command verify" in first, why)
    gateway_links(bench, name, kind, first, why)
    memory_marks(bench, name, kind, first, why)
    rc, second, why = bench.boot(name + " again", bench.image(board, "gateway-" + kind), board, settings)
    bench.check(name + ": after a restart the flash has it, without a request",
                rc == 0 and made and "identity %s, 0 requests: provisioned" % made.group(1) in second, why)
    bench.figures.append({
        "board": board, "kind": kind, "open": number(r"instructions to open it: (\d+)", first),
        "reopen": number(r"instructions to open it: \d+[\s\S]*instructions to open it: (\d+)", first),
        "create": number(r"boot: (\d+) instructions", first), "library": number(r"boot: \d+ instructions, (\d+) of", first),
        "stack": number(r"stack, peak (\d+)", first), "arena": number(r"TLS arena, peak (\d+)", first),
        "heap": number(r"lwIP heap, peak (\d+)", first)})


def gateway_links(bench, name, kind, output, why):
    if kind == "tcp":
        return
    bench.check(name + ": %s, a full handshake, then a resumed one" % VERSIONS[kind], re.search(
        r"connected: %s \S+, full handshake[\s\S]*connected: %s \S+, resumed handshake" % ((re.escape(VERSIONS[kind]),) * 2), output), why)
    full, resumed = re.findall(r"instructions to open it: (\d+)", output)[:2] or (0, 0)
    if kind == "tls12":
        bench.check(name + ": the resumed handshake costs at most 1 %% (%s of %s instructions)" % (resumed, full),
                    0 < int(resumed) * 100 <= int(full), why)


def memory_marks(bench, name, kind, output, why):
    peak, size = number(r"stack, peak (\d+)", output), number(r"stack, peak \d+ of (\d+)", output)
    bench.check(name + ": stack peak %s of %s" % (peak, size), peak and peak * 4 <= size * 3, why)
    if kind != "tcp":
        peak, size = number(r"TLS arena, peak (\d+)", output), number(r"TLS arena, peak \d+ of (\d+)", output)
        bench.check(name + ": TLS arena peak %s of %s" % (peak, size), peak and peak <= size <= 20 * 1024, why)


def test_gateway(bench):
    with bench.server("tls") as tls, bench.server("tcp", tls=False) as tcp:
        print("--- the gateway application, server: %s" % tls.name)
        for board in BOARDS:
            gateway(bench, tcp, board, "tcp", show=False)
            for kind in VERSIONS:
                gateway(bench, tls, board, kind, show=(board, kind) == ("an385", "tls12"))
    write_figures(bench)


def write_figures(bench):
    with open(bench.build / "bench.csv", "w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(bench.figures[0]))
        table.writeheader()
        table.writerows(bench.figures)
    print("    board  kind    full handshake   resumed   create  of it library   stack  arena   (instructions, bytes)")
    for row in bench.figures:
        print("    %-6s %-6s %15s %9s %8s %14s %7s %6s" % tuple(
            row[key] if row[key] is not None else "-" for key in ("board", "kind", "open", "reopen", "create", "library", "stack", "arena")))


def test_host(bench):
    """The very application as a program on this machine; make demo shows more of it."""
    record = bench.build / "run/host.record"
    record.unlink(missing_ok=True)
    with bench.server("host", tls=False) as server:
        for turn, word in (("makes the identity", ", 1 request: provisioned"), ("has it", ", 0 requests: provisioned")):
            done = subprocess.run([str(bench.build / "host/gateway"), "host=127.0.0.1", "port=%d" % server.port, "serial=sn-host",
                                   "record=%s" % record], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
            bench.check("host: the same application as a program %s" % turn, done.returncode == 0 and word in done.stdout,
                        bench.log("host", done.stdout + done.stderr))


def test_port_builds(bench):
    """port/lwip compiles without warnings for lwIP configurations that no image here has, and never looks at errno, which may be
    one variable for all tasks."""
    cases = {"IPv4 and IPv6": {"LWIP_IPV6": 1}, "IPv6 only": {"LWIP_IPV6": 1, "LWIP_IPV4": 0, "LWIP_DHCP": 0, "LWIP_ICMP": 0},
             "no DNS": {"LWIP_DNS": 0}, "no SO_SNDTIMEO": {"LWIP_SO_SNDTIMEO": 0}, "SO_SNDTIMEO as int": {"LWIP_SO_SNDRCVTIMEO_NONSTANDARD": 1},
             "every task's own semaphore": {"LWIP_NETCONN_SEM_PER_THREAD": 1}, "full duplex": {"LWIP_NETCONN_FULLDUPLEX": 1},
             "no core locking": {"LWIP_TCPIP_CORE_LOCKING": 0, "LWIP_TCPIP_CORE_LOCKING_INPUT": 0, "SYS_LIGHTWEIGHT_PROT": 1}}
    board = servers.TOP / "boards/mps2"
    lwip = os.environ.get("LWIP_DIR") or servers.TOP / "build/third_party/lwip"
    folder = bench.build / "run/opts"
    folder.mkdir(parents=True, exist_ok=True)
    port = folder / "kratos_lwip.o"
    for what, options in cases.items():
        (folder / "lwipopts.h").write_text('#include "%s"\n' % (board / "lwipopts.h") +
                                           "".join("#undef %s\n#define %s %d\n" % (key, key, value) for key, value in options.items()))
        done = subprocess.run([bench.cross + "gcc", "-std=c99", "-mthumb", "-mcpu=cortex-m3", "-Os", "-Wall", "-Wextra", "-Werror", "-c", "-o", str(port),
                               "-I", str(folder), "-I", str(board), "-I", str(servers.TOP / "core"), "-isystem", "%s/src/include" % lwip,
                               str(servers.TOP / "port/lwip/kratos_lwip.c")], capture_output=True, text=True)
        bench.check("port/lwip compiles with %s" % what, done.returncode == 0, done.stderr[:600])
        symbols = subprocess.run([bench.cross + "nm", str(port)], capture_output=True, text=True).stdout
        bench.check("and has no errno", "lwip_recv" in symbols and not re.search(r" _*errno$", symbols, re.M), symbols)


def test_refused_peers(bench):
    """What TLS must refuse, seen from the firmware; test/tls has the whole matrix."""
    chains = {"another address": bench.chain("elsewhere", "IP:10.0.2.99"), "a name in place of the address": bench.chain("named", "DNS:" + HOST)}
    for what, chain in chains.items():
        with servers.Kratos(bench.build / "run/refused", chain) as server:
            name = "an385 tls12: a certificate for %s" % what
            settings = {"host": HOST, "port": server.port, "flash": bench.flash("refused"), "patience": 1}
            rc, output, why = bench.boot(name, bench.image("an385", "gateway-tls12"), "an385", settings)
            bench.check(name + " is refused, nothing is sent, and it tries again", rc == 1 and "certificate flags: 0x4" in output and
                        output.count("provision failed: TLS error, not sent") > 1 and ", 0 requests: being provisioned" in output, why)


# ---- The port and the network ------------------------------------------------------------------------------------------

def report_of_guest(bench, name, settings):
    """Boots a program that makes checks of its own. They have limits in milliseconds: where this machine is too busy to keep
    them, it has two more tries."""
    for _ in range(3):
        rc, output, why = bench.boot(name, bench.image("an385", name), "an385", settings, icount=None)
        if rc == 0:
            break
    for passed, check in re.findall(r"^(ok  |FAIL) (\w+: .*)$", output, re.M):
        bench.check(check, passed == "ok  ", why)
    bench.check("%s: runs to its end" % name, rc == 0, why)


def test_selftest(bench):
    peer = subprocess.Popen(["/usr/bin/python3", str(servers.TOP / "test/port/selftest_peer.py")], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    try:
        port = peer.stdout.readline().split()[1]
        report_of_guest(bench, "selftest", {"host": HOST, "port": port})
    finally:
        peer.stdin.close()
        peer.wait(10)


def test_names(bench):
    peer, names = servers.LetterPeer(), servers.NameServer()
    try:
        report_of_guest(bench, "names", {"port": peer.port, "port4": peer.port4, "dns": names.port})
    finally:
        peer.close()
        names.close()


def test_trace(bench):
    """port/trace on the board: the bytes of an exchange are shown, a password in them is not."""
    with bench.server("trace", tls=False) as server:
        rc, output, why = bench.boot("trace", bench.image("an385", "trace"), "an385", {"host": HOST, "port": server.port})
    bench.check("trace: shows request and reply on the console", rc == 0 and "> POST /admin/identities HTTP/1.1" in output and
                "< HTTP/1.1 201 Created" in output and '"traits":{"serial":"sn-trace"}' in output, why)
    bench.check("trace: and no password", '"password":"***"' in output and "not-to-be-seen" not in output, why)


def test_no_dhcp(bench):
    # sleep=off: waiting costs the guest its 15 s, and us nothing.
    rc, output, why = bench.boot("no DHCP", bench.image("an385", "gateway-tcp"), "an385", {}, net=guest.DEAD_NET, icount="shift=0,sleep=off")
    bench.check("no DHCP server: says so and ends", rc == 1 and "network: no answer by DHCP" in output, why)


def test_no_cable(bench):
    rc, output, why = bench.boot("no cable", bench.image("an385", "gateway-tcp"), "an385", {}, net=guest.DEAD_NET,
                                 icount="shift=0,sleep=off", cable=False)
    bench.check("no cable: says so and ends", rc == 1 and "network: no link" in output, why)


def test_cable(bench):
    """The link goes down between two requests and comes back."""
    for kind in ("tcp", "tls12"):
        name = "cable pulled, %s" % kind
        with bench.server("cable", tls=kind != "tcp", real=False) as server:
            settings = {"host": HOST, "port": server.port, "mode": "link", "serial": "LINK"}
            with guest.Guest(bench.image("an385", "soak-" + kind), "an385", settings) as vm:
                pulled = vm.wait_for("PULL", 60)
                vm.plug(False)
                noticed = vm.wait_for("RESTORE", 60)
                vm.plug(True)
                rc = vm.finish(120)
        why = bench.log(name, vm.output)
        bench.check(name + ": noticed, and the request ends with an error in its time", pulled and noticed, why)
        bench.check(name + " and put back: the next request succeeds", rc == 0 and "link: up" in vm.output, why)


def test_lossy(bench):
    for kind in ("tcp", "tls12"):
        name = "frames lost, doubled, swapped, %s" % kind
        with bench.server("lossy", tls=kind != "tcp", real=False) as server:
            settings = {"host": HOST, "port": server.port, "mode": "lossy", "count": 60, "serial": "LOSSY"}
            rc, output, why = bench.boot(name, bench.image("an385", "soak-" + kind), "an385", settings, 400)
        bench.check(name + ": 60 of 60 devices are created", "created: 60" in output, why)
        bench.check(name + ": no pool leaks", rc == 0 and "pools: as before" in output, why)


def test_soak(bench):
    for kind in ("tcp", "tls12"):
        name = "200 creates in one boot, %s" % kind
        with bench.server("soak", tls=kind != "tcp") as server:
            settings = {"host": HOST, "port": server.port, "count": 200, "serial": "SOAK"}
            rc, output, why = bench.boot(name, bench.image("an385", "soak-" + kind), "an385", settings, 400)
        bench.check(name + ": all succeed", "created: 200" in output, why)
        bench.check(name + ": every pool, the heap%s as before" % ("" if kind == "tcp" else " and the TLS arena"),
                    rc == 0 and "pools: as before" in output, why)


# ---- Things that go wrong ----------------------------------------------------------------------------------------------

def reset_once(bench, server, kind, stop):
    """Resets the board while its first request is under way. The console holds both boots."""
    relay = servers.Relay(server.port, stop, records=2 if kind == "tls13" else 1)  # the first of TLS 1.3 ends the handshake
    name = "reset-%s-%s" % (kind, stop)
    settings = {"host": HOST, "port": relay.port, "serial": name, "flash": bench.flash(name)}
    try:
        with guest.Guest(bench.image("an385", "gateway-" + kind), "an385", settings) as vm:
            stopped = relay.stopped.wait(60)
            time.sleep(1)  # the server carries the request out meanwhile
            vm.monitor("system_reset")
            rc = vm.finish(120)
            return stopped, rc, vm.output
    finally:
        relay.close()


def test_reset(bench):
    expected = {"half": ", 2 requests: provisioned", "reply": ", 1 request: provisioned"}  # looks, and creates where nothing is
    what = {"half": "with half of the request sent", "reply": "before the reply came"}
    for kind in ("tcp", "tls12", "tls13"):
        with bench.server("reset", tls=kind != "tcp", real=False) as server:
            for stop, text in expected.items():
                name = "reset %s, %s" % (what[stop], kind)
                stopped, rc, output = reset_once(bench, server, kind, stop)
                bench.check(name + ": the next boot ends with one identity", stopped and rc == 0 and output.count("kratos on") == 2 and
                            text in output and "OK" in output, bench.log(name, output))


def test_broken(bench):
    expected = {"stack": "the stack is exhausted", "jump": "FAULT", "address": "FAULT bus", "assert": "PANIC on purpose"}
    for how, text in expected.items():
        rc, output, why = bench.boot("broken " + how, bench.image("an385", "broken"), "an385", {"how": how}, 20)
        bench.check("broken on purpose (%s): reported and stopped" % how, rc in (98, 99) and text in output, why)


def test_nosys(bench):
    with bench.server("nosys", tls=False) as server:
        for turn in ("creates", "finds"):
            rc, output, why = bench.boot("nosys " + turn, bench.image("an385", "nosys"), "an385", {"host": HOST, "port": server.port})
            bench.check("nosys: lwIP's raw API without a port %s" % turn, rc == 0 and ("conflict" in output) == (turn == "finds"), why)


def test_readme(bench):
    """The commands of boards/mps2/README.md, as they stand there."""
    text = (servers.TOP / "boards/mps2/README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    bench.check("README: has commands", len(blocks) >= 2)
    for target in re.findall(r"^make (\S+)", "\n".join(blocks), re.M):
        done = subprocess.run(["make", "-n", "-f", "boards/mps2/mps2.mk", target], cwd=servers.TOP, capture_output=True)
        bench.check("README: make %s exists" % target, done.returncode == 0)
    hand = "\n".join(block for block in blocks if "qemu-system-arm" in block)
    done = subprocess.run(["sh", "-e", "-c", hand], cwd=servers.TOP, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    bench.check("README: the commands by hand work", done.returncode == 0 and "\nOK" in done.stdout, bench.log("readme", done.stdout + done.stderr))


TESTS = {name[5:]: test for name, test in list(globals().items()) if name.startswith("test_")}


# ---- Many boots --------------------------------------------------------------------------------------------------------

def one_of_many(bench, server, board, kind, turn):
    name = "%s %s run %d" % (board, kind, turn)
    settings = {"host": HOST, "port": server.port, "serial": "run-%s-%s-%d" % (board, kind, turn), "flash": bench.flash("run-%d" % turn),
                "command": "verify"}
    rc, output = guest.run(bench.image(board, "gateway-" + kind), board, settings, 120)
    good = rc == 0 and ", 1 request: provisioned" in output and "resumed handshake" in output
    if not good:
        print("    %s: exit code %s, %s" % (name, rc, bench.log(name, output)), flush=True)
    return good


def many(bench, count):
    with bench.server("runs") as server, ThreadPoolExecutor(JOBS) as pool:
        print("--- %d boots of each, server: %s" % (count, server.name))
        for board in BOARDS:
            for kind in VERSIONS:
                good = sum(pool.map(lambda turn: one_of_many(bench, server, board, kind, turn), range(count)))
                bench.check("%s %s: %d of %d boots succeed" % (board, kind, good, count), good == count)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/mps2")
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--runs", type=int, default=0, metavar="N")
    parser.add_argument("--kills", type=int, default=0, metavar="N")
    args = parser.parse_args()
    bench = Bench(args.build)
    if args.runs:
        many(bench, args.runs)
    elif args.kills:
        kills(bench, args.kills)
    else:
        for name, test in TESTS.items():
            if args.only in name:
                test(bench)
    print("%d passed, %d failed" % (bench.passed, bench.failed))
    sys.exit(1 if bench.failed or not bench.passed else 0)


if __name__ == "__main__":
    main()
