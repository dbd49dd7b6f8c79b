#!/usr/bin/python3
"""A stand-in for an Ory Kratos server, for the tests, the demo and the benches of this project.

It answers the identity admin API and the schema operations byte for byte like the release it is told to be (see README.md
for what it leaves out). On start it prints one line,

    admin http://127.0.0.1:PORT public http://127.0.0.1:PORT release 26.2.0

and serves until SIGTERM, SIGINT, or with --until-eof until stdin is closed. Nothing is kept on disk.
"""
import argparse
import os
import pathlib
import signal
import ssl
import sys
import threading

import faults
import gotext
import http1
import listeners
from identity import Store, Synthetic
from identity_api import IdentityAPI
from list_api import ListAPI
from passwords import Hasher, is_known_hash
from recovery_api import RecoveryAPI
from release import RELEASES
from router import redirect
from schema import Schema
from schema_api import SchemaAPI
from session_api import SessionAPI

HERE = pathlib.Path(__file__).resolve().parent
DEEP_JSON = 30000               # Go reads 10,000 levels; the interpreter counts several frames for each
THREAD_STACK = 64 << 20
QUIET_SECONDS = 10


class World:
    """Everything that one running stand-in knows."""

    def __init__(self, args, release, admin_url, public_url):
        self.release = release
        self.admin_url = admin_url
        self.public_url = public_url
        self.version = "v" + release.name
        self.schemas = read_schemas(args, release)
        self.default_schema_id = next(iter(self.schemas))
        self.link_enabled = not args.no_link
        self.faster_session_extend = args.faster_session_extend and release.faster_extend
        self.session_nanoseconds = int(args.session_seconds * 10 ** 9)
        self.earliest_extend_nanoseconds = None if args.earliest_extend_seconds is None else int(args.earliest_extend_seconds * 10 ** 9)
        self.allowed_returns = args.allow_return
        self.hasher = Hasher(cheap=args.hashers == "none")
        self.ids = Ids(args.ids)
        self.store = Store(Synthetic(args.synthetic, self.default_schema_id))
        self.identities = IdentityAPI(self)
        self.lists = ListAPI(self, self.identities)
        self.sessions = SessionAPI(self, self.identities)
        self.recovery = RecoveryAPI(self)
        self.schema_api = SchemaAPI(self)

    def schema_url(self, schema_id):
        return "%sschemas/%s" % (self.public_url, self.schemas[schema_id].url_id)

    def is_known_hash(self, text):
        return is_known_hash(text, self.release)

    @staticmethod
    def redirect(request, url):
        return redirect(request, url + ("?" + request.query if request.query else ""))


def read_schemas(args, release):
    given = args.schema or ["device=%s" % (HERE / ("device.schema.json" if release.code_credential else "device-1.0.schema.json"))]
    schemas = {}
    for text in given:
        ident, _, path = text.partition("=")
        schemas[ident] = Schema(ident, pathlib.Path(path).read_bytes(), release)
    return schemas


class Ids:
    """Ids for new identities and sessions: those of a file while there are any, else random ones."""

    def __init__(self, path):
        self.prepared = {"identity": [], "session": []}
        for line in pathlib.Path(path).read_text().splitlines() if path else ():
            kind, ident = line.split()
            self.prepared[kind].insert(0, ident)

    def next(self, kind):
        return self.prepared[kind].pop() if self.prepared[kind] else gotext.new_uuid()

    def take_back(self, kind, idents):
        """These were handed out, but nobody ever saw them."""
        if self.prepared[kind]:
            self.prepared[kind] += reversed(idents)


class Log:
    """One line per request."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1) if path else None

    def __call__(self, request, response, size):
        if self.file is not None:
            query = "?" + request.query if request.query else ""
            self.file.write("%s %s%s %d %d\n" % (request.method, request.raw_path, query, response.status, size))


def limits_of(args, release, index):
    return http1.Limits(
        read=args.read_limit_seconds or release.read_limit_seconds[index],
            reply=args.reply_limit_seconds or release.reply_limit_seconds[index],
        idle=release.idle_limit_seconds[index], body=release.body_limit, expect_waits=release.expect_waits_for_body,
        keeps_at_discard_limit=release.keeps_connection_at_discard_limit, too_large_closes=release.too_large_body_closes)


def tls_context(args):
    if not args.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(args.tls_cert, args.tls_key)
    return context


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--release", choices=sorted(RELEASES), required=True)
    parser.add_argument("--admin-port", type=int, default=0, help="0 = a free one")
    parser.add_argument("--public-port", type=int, default=0, help="0 = a free one")
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--admin-url", metavar="URL", help="what it calls itself: the base_url of serve.admin, behind a proxy")
    parser.add_argument("--public-url", metavar="URL", help="of serve.public")
    parser.add_argument("--schema", action="append", metavar="ID=FILE", help="identity schema; the first one is the default")
    parser.add_argument("--synthetic", type=int, default=0, metavar="N",
        help="N made-up identities with ascending ids and serials")
    parser.add_argument("--ids", metavar="FILE", help="ids to hand out, one `identity UUID` or `session UUID` a line")
    parser.add_argument("--session-seconds", type=float, default=86400, help="lifespan of a session")
    parser.add_argument("--earliest-extend-seconds", type=float, metavar="N",
        help="extend leaves a session alone that has more than this left")
    parser.add_argument("--allow-return", action="append", default=[], metavar="URL",
        help="where return_to may lead, with all below it; the first one completes a return_to without a host")
    parser.add_argument("--reply-limit-seconds", type=float, help="work that takes longer is done but not answered")
    parser.add_argument("--read-limit-seconds", type=float, help="for a whole request, instead of the release's own")
    parser.add_argument("--faster-session-extend", action="store_true", help="the feature flag of this name")
    parser.add_argument("--no-link", action="store_true", help="recovery method link is disabled")
    parser.add_argument("--hashers", choices=("bcrypt", "none"), default="bcrypt",
        help="none: plaintext passwords are stored by a cheap digest")
    parser.add_argument("--faults", action="store_true", help="obey the request header X-Fake-Fault (see faults.py)")
    parser.add_argument("--version-text", help="what /admin/version says instead of v<release>")
    parser.add_argument("--tls-cert", metavar="FILE")
    parser.add_argument("--tls-key", metavar="FILE")
    parser.add_argument("--until-eof", action="store_true", help="stop when stdin is closed")
    parser.add_argument("--log", metavar="FILE")
    return parser.parse_args()


def wait_for_the_end(until_eof):
    """Returns on SIGTERM, SIGINT, or at the end of stdin."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    if until_eof:
        def watch():
            while os.read(0, 4096):
                pass
            done.set()
        threading.Thread(target=watch, daemon=True).start()
    done.wait()


def main():
    args = parse_arguments()
    release = RELEASES[args.release]
    sys.setrecursionlimit(DEEP_JSON)
    threading.stack_size(THREAD_STACK)

    tls = tls_context(args)
    fault_switch, log = faults.Faults(args.faults), Log(args.log)
    admin = http1.Listener(args.bind, args.admin_port, limits_of(args, release, 0), fault_switch, log, tls)
    public = http1.Listener(args.bind, args.public_port, limits_of(args, release, 1), fault_switch, log, tls)
    host = "[%s]" % args.bind if ":" in args.bind else args.bind
    urls = ["%s://%s:%d" % ("https" if tls else "http", host, listener.port) for listener in (admin, public)]
    world = World(args, release, (args.admin_url or urls[0]).rstrip("/") + "/", (args.public_url or urls[1]).rstrip("/") + "/")
    if args.version_text:
        world.version = args.version_text
    admin.start(listeners.AdminFront(world, listeners.admin_routes(world)).handle)
    public.start(listeners.PublicFront(world, listeners.public_routes(world)).handle)
    print("admin %s public %s release %s" % (urls[0], urls[1], release.name), flush=True)

    wait_for_the_end(args.until_eof)
    for listener in (admin, public):
        listener.stop()
    for listener in (admin, public):
        listener.wait_until_quiet(QUIET_SECONDS)


if __name__ == "__main__":
    main()
