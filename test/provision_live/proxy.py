#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A bad network between devices and a server: forwards HTTP messages over TCP, and does harm to some of them. It must never know
what a message means, nor who sends it.

    proxy.py PORT SEED [SHARE]      SHARE of the requests meet a fault; 0.4 where nothing is said

Prints its own port, serves on loopback until stdin is closed, lets what is still on its way land, and prints what it did as one
line of JSON. What happens to a request is drawn from SEED and its number; which device's it is depends on their race.
"""
import asyncio
import collections
import json
import random
import re
import sys

LIMIT = 1 << 20
LATE_SECONDS = 0.8     # a write that its sender has given up lands within this
SLOW_SECONDS = 0.3
DRAIN_SECONDS = 60
HTML = '<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n'
WORDS = {404: 'Not Found', 429: 'Too Many Requests', 503: 'Service Unavailable'}


# ---- Messages --------------------------------------------------------------------------------------------------------

def header(head, name):
    found = re.search(rb'\r\n' + name + rb':[ \t]*([^\r]*)', head, re.I)
    return found[1].strip() if found else None


def has_body(head):
    status = re.match(rb'HTTP/1\.1 (\d+)', head)
    return status is None or int(status[1]) not in (204, 304)


async def read_chunks(reader):
    body = b''
    while True:
        line = await reader.readuntil(b'\r\n')
        part = await reader.readexactly(int(line.split(b';')[0], 16) + 2)
        body += line + part
        if len(part) == 2:
            return body


async def read_message(reader):
    """The bytes of one request or reply, whole; asyncio.IncompleteReadError where it ends early."""
    head = await reader.readuntil(b'\r\n\r\n')
    try:
        if not has_body(head):
            return head
        if (header(head, b'transfer-encoding') or b'').lower() == b'chunked':
            return head + await read_chunks(reader)
        return head + await reader.readexactly(int(header(head, b'content-length') or 0))
    except asyncio.IncompleteReadError as error:
        raise asyncio.IncompleteReadError(head + error.partial, None) from None


def made_up(status, draw):
    """A proxy's own answer: its HTML, or JSON that a limiter wrote."""
    if status != 404 and draw.random() < 0.5:
        kind, body = 'application/json', json.dumps({'error': {'code': status, 'status': WORDS[status], 'message': 'try again later'}})
    else:
        kind, body = 'text/html', HTML.format(f'{status} {WORDS[status]}')
    wait = draw.choice(['', '', 'Retry-After: 0\r\n', 'Retry-After: 1\r\n']) if status != 404 else ''
    return f'HTTP/1.1 {status} {WORDS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{wait}\r\n{body}'.encode()


# ---- Faults ----------------------------------------------------------------------------------------------------------

class Broken(Exception):
    """The connection of the device is to be closed."""


class Upstream:
    """The server's side of one connection, opened with its first request."""

    def __init__(self, proxy):
        self.proxy, self.reader, self.writer = proxy, None, None

    async def send(self, data):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection('127.0.0.1', self.proxy.port, limit=LIMIT)
        self.writer.write(data)
        await self.writer.drain()

    async def ask(self, request):
        await self.send(request)
        reply = await read_message(self.reader)
        self.proxy.answers[f'{request.split()[0].decode()} {reply.split()[1].decode()}'] += 1
        return reply

    def close(self):
        if self.writer is not None:
            self.writer.close()


class Proxy:
    def __init__(self, port, seed, share):
        self.port, self.seed, self.share = port, seed, share
        self.number = self.repeated = self.lost = 0
        self.faults, self.answers = collections.Counter(), collections.Counter()
        self.tasks, self.held = set(), set()
        self.kinds = {'cut request': self.cut_request, 'cut reply': self.cut_reply, 'no reply': self.no_reply, 'late': self.late,
                      'overtaken': self.overtaken, 'slow': self.slow,
                      '404': self.answer(404), '429': self.answer(429), '503': self.answer(503)}

    # Each takes the request, the server and the source of chance, and returns what the device gets.

    async def cut_request(self, request, server, draw):
        await server.send(request[:draw.randrange(len(request))])
        raise Broken

    async def cut_reply(self, request, server, draw):
        reply = await server.ask(request)
        return reply[:draw.randrange(len(reply))]

    async def no_reply(self, request, server, draw):
        await server.ask(request)
        raise Broken

    async def late(self, request, server, draw):
        """The sender learns that the connection broke, and goes on; the request lands when nobody expects it any more."""
        self.start(self.land(request, draw.uniform(0, LATE_SECONDS)))
        raise Broken

    async def overtaken(self, request, server, draw):
        """The same, but it lands where that hurts most: between what its sender asked since then and the repetition of it."""
        self.held.add(request)
        self.start(self.land_held(request))
        raise Broken

    async def slow(self, request, server, draw):
        await asyncio.sleep(draw.uniform(0, SLOW_SECONDS))
        return await server.ask(request)

    def answer(self, status):
        async def fault(request, server, draw):
            return made_up(status, draw)
        return fault

    async def land(self, request, seconds):
        await asyncio.sleep(seconds)
        server = Upstream(self)
        try:
            await server.ask(request)
        except (OSError, asyncio.IncompleteReadError):
            self.lost += 1
        finally:
            server.close()

    async def land_held(self, request):
        """Where it is never repeated."""
        await asyncio.sleep(LATE_SECONDS)
        if request in self.held:
            self.held.discard(request)
            await self.land(request, 0)

    # ---- Connections -----------------------------------------------------------------------------------------------------

    async def pass_on(self, request, server):
        """(what the device gets, whether the connection goes on behind it)."""
        if request in self.held:
            self.held.discard(request)
            self.repeated += 1
            await self.land(request, 0)
        self.number += 1
        draw = random.Random(f'{self.seed} {self.number}')
        if draw.random() >= self.share:
            return await server.ask(request), True
        kind = draw.choice(list(self.kinds))
        self.faults[kind] += 1
        return await self.kinds[kind](request, server, draw), kind != 'cut reply'

    async def talk(self, reader, writer, server):
        going = True
        while going:
            try:
                request = await read_message(reader)
            except asyncio.IncompleteReadError as error:
                if error.partial:  # the device was killed while it wrote: what is on its way arrives
                    await server.send(error.partial)
                return
            reply, going = await self.pass_on(request, server)
            writer.write(reply)
            await writer.drain()

    async def serve(self, reader, writer):
        server = Upstream(self)
        try:
            await self.talk(reader, writer, server)
        except (Broken, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            server.close()
            writer.close()

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def accept(self, reader, writer):
        self.start(self.serve(reader, writer))


async def main():
    proxy = Proxy(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.4)
    listening = await asyncio.start_server(proxy.accept, '127.0.0.1', 0, limit=LIMIT)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    listening.close()
    if proxy.tasks:
        await asyncio.wait(proxy.tasks, timeout=DRAIN_SECONDS)
    print(json.dumps({'requests': proxy.number, 'faults': proxy.faults, 'answers': proxy.answers, 'repeated': proxy.repeated,
                      'lost': proxy.lost + len(proxy.tasks)}))


if __name__ == '__main__':
    asyncio.run(main())
