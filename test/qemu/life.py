# SPDX-License-Identifier: Apache-2.0
"""What a device may live through, in the firmware under QEMU: its flash is a file, so a kill is a power cut, a copy of the file a
clone, a blank one a factory reset. The server says how many identities came of it.
"""
import pathlib
import random
import shutil
import subprocess
import time

import device
import guest
import servers

HOST = "10.0.2.2"
BOARD, KIND = "an385", "tls12"
SEED = 9
KILLS = 200           # in `make qemu`
BOOTS_PER_DEVICE = 10


class Life:
    """One device: a serial, a flash, a server."""

    def __init__(self, bench, server, serial, kind=KIND, **settings):
        self.bench, self.server, self.serial = bench, server, serial
        self.image = bench.image(BOARD, "gateway-" + kind)
        self.flash = bench.flash(serial)
        self.settings = {"host": HOST, "port": server.port, "serial": serial, "flash": self.flash, **settings}

    def check(self, what, *texts, rc=0, **settings):
        """A boot, whose lines about the device are to hold these texts, in this order."""
        code, output, why = self.bench.boot("life %s %s" % (self.serial, what), self.image, BOARD, self.settings | settings)
        lines = [line for line in output.splitlines() if line.startswith("device ")]
        for line in lines:
            print("    | " + line)
        self.bench.check("life: " + what, code == rc and len(lines) == len(texts) and all(text in line for text, line in zip(texts, lines)), why)

    def record(self):
        return device.from_flash(pathlib.Path(self.flash))

    def reset(self):
        device.blank_flash(pathlib.Path(self.flash))

    def is_one(self):
        """One identity, its id in flash, and its credential logs in."""
        record = self.record()
        return bool(record) and record.state == "done" and device.identities(self.server.admin, self.serial) == [record.id] and \
            device.log_in(self.server.public, self.serial, record.password) == record.id

    def check_one(self, when):
        self.bench.check("life: %s there is one identity, and its credential logs in" % when, self.is_one())

    def cut(self, stop, until):
        """A boot whose first request is kept back, or its answer; killed then, or behind a line of its own."""
        relay = servers.Relay(self.server.port, stop, records=1)
        try:
            with guest.Guest(self.image, BOARD, self.settings | {"port": relay.port}) as vm:
                stopped = relay.stopped.wait(60)
                time.sleep(until)
            return stopped
        finally:
            relay.close()


def test_life(bench):
    with bench.server("life") as server:
        print("--- the life of a device, server: %s" % server.name)
        one = Life(bench, server, "life-1")
        one.check("first boot: one request makes the identity", ", 1 request: provisioned")
        one.check("second boot: no request", ", 0 requests: provisioned")
        old = one.record().password
        one.check("a new credential on command", ", 0 requests: provisioned", ", 1 request: provisioned", command="rotate")
        bench.check("life: the old credential is refused", device.log_in(server.public, "life-1", old) is None)
        one.check_one("after it")
        one.check("a copy of its flash in another chip is refused, without a request", "no identity, 0 requests: the record is of another chip",
                  rc=1, chip="OTHER")
        test_cuts(bench, server)
        test_resets(bench, server, one)


def test_cuts(bench, server):
    for serial, stop, what, then in (("life-2", "reply", "the answer to the create is lost, and the power", ", 1 request: provisioned"),
                                     ("life-3", "half", "the power is cut behind the store, in the create", ", 2 requests: provisioned")):
        cut = Life(bench, server, serial)
        stopped = cut.cut(stop, 1)
        bench.check("life: %s: the flash has an intent" % what, stopped and cut.record().state == "intent")
        cut.check("next boot: it looks first", then)
        cut.check_one("after it")


def test_resets(bench, server, one):
    one.reset()
    one.check("factory reset without a root secret: it cannot prove who it is", "no identity, 2 requests: another device or a copy", rc=1)
    one.check("a person lets it claim its identity", "another device or a copy", ", 3 requests: provisioned", command="claim")
    one.check_one("after it")
    rooted = Life(bench, server, "life-4", root="from-the-fuses")
    rooted.check("a device with a root secret: one request", ", 1 request: provisioned")
    rooted.reset()
    rooted.check("its factory reset mends itself by two", ", 2 requests: provisioned")
    rooted.check_one("after it")


# ---- Power cuts at random instants --------------------------------------------------------------------------------------


def killed_boot(life, seconds):
    """Each boot asks for a new credential, so that there is always something to be cut."""
    command = guest.command(life.image, BOARD, life.settings | {"command": "rotate"})
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    over = process.poll() is not None
    process.kill()
    process.wait()
    return over


def is_torn(flash):
    """A slot that is neither blank nor an image."""
    data = flash.read_bytes()
    for at in (0, device.UNIT):
        unit = data[at:at + device.UNIT]
        if not device.is_image(unit) and unit.strip(b"\xff"):
            return True
    return False


def what_was_left(life):
    record = life.record()
    torn = is_torn(pathlib.Path(life.flash))
    return ("torn slot, " if torn else "") + (record.state if record else "nothing")


def kills(bench, count=KILLS):
    """Killed at instants that are spread over a boot; every so often a new device, of which one identity must be there."""
    seen, bad, dice = {}, [], random.Random(SEED)
    with bench.server("kills", tls=False) as server:
        life = Life(bench, server, "kill-0", "tcp")
        began = time.monotonic()
        bench.boot("kills", life.image, BOARD, life.settings | {"command": "rotate"})
        whole = time.monotonic() - began
        for number in range(0, count, BOOTS_PER_DEVICE):
            life = Life(bench, server, "kill-%d" % (number + 1), "tcp")
            for _ in range(BOOTS_PER_DEVICE):
                over = killed_boot(life, dice.uniform(0, whole))
                left = "the end of the boot" if over else what_was_left(life)
                seen[left] = seen.get(left, 0) + 1
            rc, output, why = bench.boot("kills " + life.serial, life.image, BOARD, life.settings)
            if rc != 0 or not life.is_one():
                shutil.copy(life.flash, bench.logs / (life.serial + ".img"))
                bad.append("%s, %s" % (life.serial, why))
    print("    a boot takes %.0f ms; the kills left: %s" % (whole * 1000, ", ".join("%s %d" % item for item in sorted(seen.items()))))
    bench.check("%d kills at random instants (seed %d): each device ends with one identity, whose credential logs in" % (count, SEED),
                not bad, "; ".join(bad[:5]))
    bench.check("the kills fell into the stores too", any(left.startswith("torn") for left in seen))


def test_kills(bench):
    kills(bench)
