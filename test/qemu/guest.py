# SPDX-License-Identifier: Apache-2.0
"""One boot of an image under QEMU."""
import json
import os
import pathlib
import select
import socket
import subprocess
import tempfile
import time

QEMU = os.environ.get("QEMU", "qemu-system-arm")
# User-mode network: the guest is 10.0.2.15, and 10.0.2.2 is the loopback of this machine.
USER_NET = "user,model=lan9118,id=net0"
# A line with nobody on it.
DEAD_NET = "hubport,model=lan9118,hubid=0,id=net0"


def command(image, board, settings, net=USER_NET, icount="shift=0"):
    words = "".join(",arg=%s=%s" % item for item in settings.items())
    return ([QEMU, "-M", "mps2-" + board, "-display", "none", "-monitor", "none", "-serial", "stdio"] +
            (["-icount", icount] if icount else []) +
            ["-nic", net, "-semihosting-config", "enable=on,target=native,arg=fw" + words, "-kernel", str(image)])


class Guest:
    """with Guest(image, board, settings) as guest: guest.wait_for(text, seconds); guest.finish(seconds)"""

    def __init__(self, image, board, settings, net=USER_NET, icount="shift=0", cable=True):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name) / "qmp"
        self.qmp_listener = socket.socket(socket.AF_UNIX)
        self.qmp_listener.bind(str(path))
        self.qmp_listener.listen(1)
        self.args = command(image, board, settings, net, icount) + ["-qmp", "unix:%s" % path, "-S"]
        self.output, self.qmp, self.cable = "", None, cable

    def __enter__(self):
        self.process = subprocess.Popen(self.args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.qmp_listener.settimeout(20)
        self.qmp = self.qmp_listener.accept()[0].makefile("rw")
        self.qmp.readline()
        self.monitor("qmp_capabilities")
        if not self.cable:
            self.plug(False)
        self.monitor("cont")  # not before: a short program would be over
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.qmp_listener.close()
        self.folder.cleanup()

    def monitor(self, execute, **arguments):
        """None when the program in the guest has ended, and QEMU with it."""
        try:
            self.qmp.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
            self.qmp.flush()
            while line := self.qmp.readline():
                reply = json.loads(line)
                if "return" in reply or "error" in reply:
                    return reply
        except OSError:
            pass
        return None

    def plug(self, up):
        self.monitor("set_link", name="net0", up=up)

    def read_some(self, seconds):
        """False at the end of the output."""
        ready, _, _ = select.select([self.process.stdout], [], [], max(seconds, 0))
        if not ready:
            return True
        data = os.read(self.process.stdout.fileno(), 65536)
        self.output += data.decode("ascii", "replace")
        return bool(data)

    def wait_for(self, text, seconds):
        deadline = time.monotonic() + seconds
        while text not in self.output:
            if time.monotonic() > deadline or not self.read_some(deadline - time.monotonic()):
                return text in self.output
        return True

    def finish(self, seconds):
        """The exit code of the program in the guest; None when it did not end in time."""
        deadline = time.monotonic() + seconds
        while self.read_some(deadline - time.monotonic()):
            if time.monotonic() > deadline:
                return None
        return self.process.wait(5)


def run(image, board, settings, seconds=120, **how):
    """(exit code or None, output)."""
    with Guest(image, board, settings, **how) as guest:
        return guest.finish(seconds), guest.output
