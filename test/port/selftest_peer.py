#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scripted other end of port/selftest.

Listens on one port, prints "port N", and serves until its standard input is closed. The first line
of each connection says how this end is to behave. It must never know Kratos, or which port is
being tested.

    echo N        send back the next N bytes
    drip N MS     send N bytes one by one, MS apart
    clock MS      send one byte, wait MS, send another
    close N       send N bytes, then close in order
    reset N       send N bytes, then reset the connection
    stall         read nothing, send nothing
    sink MS       read nothing for MS, then up to a line feed; send back "count adler32\\n"
    refused       send the number of a port that refuses, and a line feed
    silent        send the number of a port that never answers, and a line feed

usage: selftest_peer.py [address [port]]      (127.0.0.1 0; QEMU's user network reaches that one)
"""
import os
import socket
import struct
import sys
import threading
import time
import zlib

PATIENCE_S = 30


def pattern(start, count):
    return bytes((i * 31 + i // 256) & 0xFF for i in range(start, start + count))


def read_line(conn):
    line = b""
    while not line.endswith(b"\n") and len(line) < 64:
        byte = conn.recv(1)
        if not byte:
            break
        line += byte
    return line.decode("ascii", "replace").split()


def wait_for_end(conn):
    while conn.recv(65536):
        pass


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def echo(conn, count):
    while count > 0:
        data = conn.recv(min(count, 65536))
        if not data:
            return
        conn.sendall(data)
        count -= len(data)
    wait_for_end(conn)


def drip(conn, count, gap_ms):
    for i in range(count):
        conn.sendall(pattern(i, 1))
        time.sleep(gap_ms / 1000)
    wait_for_end(conn)


def clock(conn, gap_ms):
    conn.sendall(b"a")
    time.sleep(gap_ms / 1000)
    conn.sendall(b"b")
    wait_for_end(conn)


def close_after(conn, count):
    time.sleep(0.1)  # a reader that waits shall be woken
    conn.sendall(pattern(0, count))
    conn.shutdown(socket.SHUT_WR)
    wait_for_end(conn)


def reset_after(conn, count):
    conn.sendall(pattern(0, count))
    time.sleep(0.1)
    reset(conn)


def sink(conn, delay_ms):
    time.sleep(delay_ms / 1000)
    total, check = 0, 1
    while True:
        data = conn.recv(1 << 18)
        if not data:
            return
        end = data.find(b"\n")
        part = data if end < 0 else data[:end]
        total += len(part)
        check = zlib.adler32(part, check)
        if end >= 0:
            break
    conn.sendall(b"%d %d\n" % (total, check))
    wait_for_end(conn)


class SpecialPorts:
    """Two ports that stay what they are as long as the peer runs."""

    def __init__(self, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        # Bound, so that nobody else can have it, but not listening.
        self.refusing = socket.socket(family)
        self.refusing.bind((address, 0))
        # A queue that is full: the system answers no further SYN.
        self.full = socket.socket(family)
        self.full.bind((address, 0))
        self.full.listen(0)
        self.waiting = []
        for _ in range(4):
            client = socket.socket(family)
            client.setblocking(False)
            client.connect_ex(self.full.getsockname())
            self.waiting.append(client)

    def send(self, conn, listener):
        conn.sendall(b"%d\n" % listener.getsockname()[1])
        wait_for_end(conn)


def serve(conn, ports):
    commands = {
        "echo": echo, "drip": drip, "clock": clock, "close": close_after, "reset": reset_after,
        "stall": lambda c: time.sleep(PATIENCE_S), "sink": sink,
        "refused": lambda c: ports.send(c, ports.refusing),
        "silent": lambda c: ports.send(c, ports.full),
    }
    try:
        conn.settimeout(PATIENCE_S)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        words = read_line(conn)
        if words and words[0] in commands:
            commands[words[0]](conn, *(int(word) for word in words[1:]))
    except (OSError, ValueError, TypeError):
        pass  # the other end may go away whenever it likes, and a faulty port garbles its command
    finally:
        conn.close()


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # so that a pipe is soon full
    listener.bind((address, port))
    listener.listen(16)
    ports = SpecialPorts(address)

    def accept_all():
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=serve, args=(conn, ports), daemon=True).start()

    threading.Thread(target=accept_all, daemon=True).start()
    print("port %d" % listener.getsockname()[1], flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
