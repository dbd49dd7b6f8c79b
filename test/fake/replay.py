#!/usr/bin/python3
"""Replays the recorded exchanges of real Kratos servers against the stand-in and compares every reply.

    replay.py [FOLDER] [--release 26.2.0 ...]

FOLDER holds one folder per release with NN-case.request and NN-case.reply (default: ../wire/recordings). Requests are sent
byte for byte as recorded, in the order of their numbers. The stand-in hands out the recorded ids, so lists come in the
recorded order; times, ports, tokens, codes and the ids of addresses, devices and flows are normalised on both sides.
What was set up before a recording began (identities, logins) is rebuilt from what the recorded replies show.
Prints one line per differing exchange and a last line `N passed, N failed`.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import exchange

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "replay-password"
IDENTITIES, OTHERS, FLAGGED = range(3)          # three servers were recorded: 01-49, the rest, and one with other settings
FLAGGED_NUMBERS = (64, 76)
PUBLIC_NUMBERS = (77, 78, 79, 81, 82)
BODY_LATER = 87                                 # Expect: 100-continue
READ_LIMIT_SECONDS = "1.5"                      # instead of 5 or 30 s, for the request whose body stays away
LINK = re.compile(r'page_token=([^&>]+)[^>]*>; rel="([a-z]+)"')
UNRECORDED_REQUESTS = {
    93: b"GET /admin/version HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Bulk: " + b"b" * 1100000 + b"\r\n\r\n",
    98: b"POST /admin/identities HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 6291456\r\n\r\n"
        b'{"schema_id":"device","traits":{"serial":"sn-3000","note":"' + b"n" * 6291396 + b'"}',
}
LEFT_OUT = {}                                   # number -> why; nothing at present


class Exchange:
    def __init__(self, reply_path):
        self.name = reply_path.stem
        self.number = int(self.name[:2])
        request_path = reply_path.with_suffix(".request")
        self.request = request_path.read_bytes() if request_path.exists() else UNRECORDED_REQUESTS[self.number]
        self.replies = exchange.parse_replies(reply_path.read_bytes(), exchange.wants_head_only(self.request))

    @property
    def server(self):
        if self.number in FLAGGED_NUMBERS:
            return FLAGGED
        return IDENTITIES if self.number < 50 else OTHERS

    @property
    def final_count(self):
        return sum(1 for reply in self.replies if reply.status >= 200)

    def body(self):
        return json.loads(self.replies[-1].body)


class Recording:
    """All exchanges of one release, and what can be learned from them about the servers."""

    def __init__(self, folder):
        self.exchanges = [Exchange(path) for path in sorted(folder.glob("*.reply"))]

    def find(self, ending):
        return next((item for item in self.exchanges if item.name.endswith(ending)), None)

    def created_ids(self, server):
        """The identities that replies report as created, in order."""
        ids = []
        for item in self.exchanges:
            if item.server != server:
                continue
            if item.replies[-1].status == 201 and item.replies[-1].header("Location"):
                ids.append(item.body()["id"])
            elif "batch_patch_identities" in item.name and item.replies[-1].status == 200:
                ids += [row["identity"] for row in item.body()["identities"] if row and row["action"] == "create"]
        return ids

    def prior_identities(self):
        """The identities that were there before number 50, in the order of their creation."""
        return sorted(self.find("list_identities-chunked").body(), key=lambda row: row["created_at"])

    def prior_sessions(self):
        return sorted(self.find("list_sessions-expand_both_chunked").body(), key=lambda row: row["issued_at"])

    def schemas(self):
        return [("device", self.find("get_identity_schema-by_base64")), ("big", self.find("get_identity_schema-chunked"))]


class Fake:
    """A running stand-in."""

    def __init__(self, release, folder, name, schemas, ids, options=()):
        ids_file = folder / (name + ".ids")
        ids_file.write_text("".join("%s %s\n" % pair for pair in ids))
        command = [str(HERE / "kratos_fake.py"), "--release", release, "--until-eof", "--version-text", "master", "--hashers",
            "none",
                   "--read-limit-seconds", READ_LIMIT_SECONDS, "--ids", str(ids_file), *options]
        for ident, path in schemas:
            command += ["--schema", "%s=%s" % (ident, path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        self.admin, self.public = (int(url.rpartition(":")[2]) for url in (words[1], words[3]))

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def call(self, port, method, target, body, headers=()):
        data = None if body is None else json.dumps(body).encode("ascii")
        all_headers = (("Content-Type", "application/json"),) + tuple(headers)
        request = exchange.build_request(method, target, "127.0.0.1:%d" % port, data, all_headers)
        return json.loads(exchange.parse_replies(exchange.send_raw(port, request))[-1].body)

    def create(self, row, password=False):
        body = {"schema_id": row["schema_id"], "traits": row["traits"]}
        if row.get("metadata_admin") is not None:
            body["metadata_admin"] = row["metadata_admin"]
        if password:
            body["credentials"] = {"password": {"config": {"password": PASSWORD}}}
        return self.call(self.admin, "POST", "/admin/identities", body)

    def log_in(self, serial, user_agent):
        flow = self.call(self.public, "GET", "/self-service/login/api", None)
        body = {"method": "password", "identifier": serial, "password": PASSWORD}
        self.call(self.public, "POST", "/self-service/login?flow=" + flow["id"], body, (("User-Agent", user_agent),))


def start_servers(release, recording, folder):
    schemas = []
    for ident, item in recording.schemas():
        path = folder / (ident + ".json")
        path.write_bytes(item.replies[-1].body)
        schemas.append((ident, path))
    people, sessions = recording.prior_identities(), recording.prior_sessions()
    others = [("identity", row["id"]) for row in people] + [("identity", ident) for ident in recording.created_ids(OTHERS)]
    flagged = [("session", match) for match in flagged_sessions(recording)]
    return {
        IDENTITIES: Fake(release, folder, "identities", schemas[:1], [("identity",
            ident) for ident in recording.created_ids(IDENTITIES)]),
        OTHERS: set_up(Fake(release, folder, "others", schemas, others + [("session", row["id"]) for row in sessions]), people,
            sessions),
        FLAGGED: set_up_flagged(Fake(release, folder, "flagged", schemas, flagged, ("--faster-session-extend", "--no-link")),
            flagged),
    }


def flagged_sessions(recording):
    item = recording.find("extend_session-faster_session_extend")
    return re.findall(r"/sessions/([0-9a-f-]{36})/", item.request.decode("latin-1"))[:1] if item else []


def set_up(fake, people, sessions):
    """The identities and logins that came before number 50."""
    with_sessions = {row["identity"]["id"]: row["identity"]["traits"]["serial"] for row in sessions}
    for row in people:
        fake.create(row, password=row["id"] in with_sessions)
    for row in sessions:
        fake.log_in(with_sessions[row["identity"]["id"]], row["devices"][0]["user_agent"])
    return fake


def set_up_flagged(fake, sessions):
    fake.create({"schema_id": "device", "traits": {"serial": "sn-0001"}}, password=True)
    for _ in sessions:
        fake.log_in("sn-0001", "recorder/1.0")
    return fake


class Replay:
    """One release: sends, learns the page tokens, compares."""

    def __init__(self, release, recording, servers):
        self.release = release
        self.recording = recording
        self.servers = servers
        self.tokens = {}
        rows = [row["id"] for row in recording.prior_identities() + recording.prior_sessions()]
        known = recording.created_ids(IDENTITIES) + recording.created_ids(OTHERS) + rows
        self.names = {ident: ident for ident in known}

    def send(self, item):
        request = item.request
        for recorded, own in self.tokens.items():
            request = request.replace(recorded.encode("ascii"), own.encode("ascii"))
        server = self.servers[item.server]
        port = server.public if item.number in PUBLIC_NUMBERS else server.admin
        pieces = None
        if item.number == BODY_LATER:
            head, gap, body = request.partition(b"\r\n\r\n")
            pieces = [head + gap, body]
        data = exchange.send_raw(port, request, item.final_count, pieces=pieces)
        return exchange.parse_replies(data, exchange.wants_head_only(request))

    def learn(self, recorded, own):
        theirs, ours = (dict((rel, token) for token, rel in LINK.findall(reply.header("Link") or "")) for reply in (recorded,
            own))
        for relation in theirs.keys() & ours.keys():
            if theirs[relation] != ours[relation]:
                self.tokens[theirs[relation]] = ours[relation]

    def shown(self, reply):
        """Everything that is compared, as lines."""
        lines = [reply.status_line, reply.framing]
        for name, value in reply.headers:
            if name in ("Date", "Content-Length"):
                value = "<%s>" % name.lower()
            lines.append("%s: %s" % (name, exchange.normalise(value, self.names)))
        return lines + [exchange.normalise(reply.body.decode("utf-8", "surrogateescape"), self.names)]

    def differences(self, item):
        own = self.send(item)
        if len(own) != len(item.replies):
            return ["%d replies instead of %d" % (len(own), len(item.replies))]
        found = []
        for recorded, reply in zip(item.replies, own):
            self.learn(recorded, reply)
            theirs, ours = self.shown(recorded), self.shown(reply)
            found += ["recorded %s | stand-in %s" % pair for pair in zip(theirs, ours) if pair[0] != pair[1]]
            if len(theirs) != len(ours):
                found.append("%d lines instead of %d" % (len(ours), len(theirs)))
        return found

    def run(self):
        passed = failed = 0
        for item in self.recording.exchanges:
            if item.number in LEFT_OUT:
                print("%s %s left out: %s" % (self.release, item.name, LEFT_OUT[item.number]))
                continue
            found = self.differences(item)
            if not found:
                passed += 1
                continue
            failed += 1
            print(("%s %s: %s" % (self.release, item.name, "; ".join(found)))[:2000].encode("ascii",
                "backslashreplace").decode("ascii"))
        return passed, failed


def replay(release, folder):
    recording = Recording(folder)
    with tempfile.TemporaryDirectory() as scratch:
        servers = start_servers(release, recording, pathlib.Path(scratch))
        try:
            return Replay(release, recording, servers).run()
        finally:
            for server in servers.values():
                server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=HERE.parent / "wire" / "recordings")
    parser.add_argument("--release", action="append", help="only this one; may be repeated")
    args = parser.parse_args()
    releases = args.release or sorted(path.name for path in args.folder.iterdir() if path.is_dir())
    total_passed = total_failed = 0
    for release in releases:
        passed, failed = replay(release, args.folder / release)
        print("%s: %d passed, %d failed" % (release, passed, failed))
        total_passed, total_failed = total_passed + passed, total_failed + failed
    print("%d passed, %d failed" % (total_passed, total_failed))
    return 1 if total_failed else 0


if __name__ == "__main__":
    sys.exit(main())
