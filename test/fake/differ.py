#!/usr/bin/python3
"""Development tool: sends the requests of cases.py to a real Kratos and to the stand-in and prints where they differ.

    differ.py --release 26.2.0 --real http://127.0.0.1:4434 http://127.0.0.1:4433 [--schema ID=FILE ...] [--only TEXT]
    differ.py --real ADMIN PUBLIC --print          the normalised replies of the real server alone

The real server must be empty and must use the schemas given here, in this order. What varies from run to run (ids, times,
tokens, ports, the order of lists sorted by random ids) is normalised on both sides; names of known ids are kept, so an
id of the wrong identity still shows.
"""
import argparse
import difflib
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

import cases
import exchange

HERE = pathlib.Path(__file__).resolve().parent


class Server:
    """One side of the comparison: where to send, and the ids that its replies gave to the names of the cases."""

    def __init__(self, admin, public):
        self.admin = urllib.parse.urlparse(admin).port
        self.public = urllib.parse.urlparse(public).port
        self.ids = {}
        self.next_token = "none"

    def fill(self, text):
        def value(match):
            name = match.group(1)
            if name == "next":
                return self.next_token
            base, _, form = name.partition(".")
            known = self.ids.get(name if form == "session" else base, cases.MISSING)
            return {"flat": known.replace("-", ""), "upper": known.upper()}.get(form, known)
        return re.sub(r"\{([a-z0-9-]+(?:\.[a-z]+)?)\}", value, text)

    def learn(self, name, reply):
        link = ",".join(value for known, value in reply.headers if known == "Link")
        token = re.search(r'page_token=([^&>]*)[^>]*>; rel="next"', link)
        if token:
            self.next_token = token.group(1)
        try:
            body = json.loads(reply.body)
        except ValueError:
            return
        if not isinstance(body, dict):
            return
        if isinstance(body.get("id"), str):
            self.ids[name] = body["id"]
        if isinstance(body.get("session"), dict):
            self.ids[name + ".session"] = body["session"]["id"]

    def run(self, case):
        name, method, target, body, headers = case
        port = self.admin
        if target.startswith("public:"):
            port, target = self.public, target[len("public:"):]
        if isinstance(body, str):
            body = self.fill(body).encode("utf-8")
        request = exchange.build_request(method, self.fill(target), "127.0.0.1:%d" % port, body, headers)
        replies = exchange.parse_replies(exchange.send_raw(port, request), exchange.wants_head_only(request))
        if replies:
            self.learn(name, replies[-1])
        return request, [self.show(reply) for reply in replies] or ["<closed without a reply>"]

    def run_raw(self, case):
        _, pieces, expected = case
        data = exchange.send_raw(self.admin, pieces[0], expected, timeout=3.0, pieces=list(pieces))
        replies = exchange.parse_replies(data, exchange.wants_head_only(pieces[0]))
        return pieces[0], [self.show(reply) for reply in replies] or ["<closed without a reply>"]

    def show(self, reply):
        """The reply as comparable text, one line per header, the body last."""
        names = {ident: "<%s>" % name for name, ident in reversed(self.ids.items())}
        lines = [reply.status_line]
        for name, value in reply.headers:
            if name == "Date":
                value = "<date>"
            if name == "Content-Length" and (int(value) > 150 or b"127.0.0.1:" in reply.body):
                value = "<length>"
            lines.append("%s: %s" % (name, exchange.normalise(value, None if name == "Link" else names)))
        lines.append("(%s)" % reply.framing)
        body = exchange.normalise(reply.body.decode("utf-8", "surrogateescape"), names)
        body = re.sub(r'(?<="identifiers":\[)[^\]]*', lambda match: ",".join(sorted(match.group(0).split(","))), body)
        return "\n".join(lines + [self.in_stable_order(body)])

    @staticmethod
    def in_stable_order(body):
        """Lists come in the order of random ids; which rows a short page holds is chance too, so only the shape stays."""
        if not body.startswith("[{"):
            return body
        rows = re.split(r"(?<=\}),(?=\{\"id\":)", body.strip()[1:-1])
        if len(rows) < 2 and '"traits"' not in body:
            return body
        return "[\n" + "\n".join(sorted(rows)) + "\n]" + body[len(body.rstrip()):]


def chance_decides(case, text):
    """A page shorter than the table holds whichever rows have the smallest random ids: compare head and count only."""
    if case[2].startswith("/admin/sessions?page_") and re.search("page_token=(<uuid>|00000000)", text):
        return True                             # v1.0.0 sorts sessions by their random ids
    return case[1] == "GET" and re.search(r"/identities/?\?.*(page|per_page|page_size|page_token|;b|zz|consistency)", case[2]) \
        and "credentials_identifier=sn-a&" not in case[2] and "/sessions" not in case[2] and "ids={alpha}&ids" not in case[2]


def comparable(case, text):
    if "/self-service/login" in case[2] and '"error":' not in text:
        return text.partition("\n")[0]         # the stand-in's login flows have no form
    if re.search("[?&]page_token={", case[2]) and "/identities?" in case[2]:
        return text.partition("\n")[0]         # how much comes after a random id is chance
    if not chance_decides(case, text):
        return text
    head, _, rows = text.partition("\n[\n")
    head = re.sub(r"chunks:\d|length(?=\))", "framed", head)
    head = re.sub(r"(Content-Length|Transfer-Encoding): .*", "<framing>", head)
    return "%s\n%d rows" % (re.sub(r"\n\[\{.*", "\n1 row", head, flags=re.S), rows.count("\n"))


def start_fake(args):
    command = [str(HERE / "kratos_fake.py"), "--release", args.release, "--until-eof", "--version-text", "master"]
    for schema in args.schema:
        command += ["--schema", schema]
    process = subprocess.Popen(command + args.fake_option, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    words = process.stdout.readline().split()
    return process, Server(words[1], words[3])


def printable(text):
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def print_difference(name, request, real, fake):
    print("== %s: %s" % (name, printable(request[:300].decode("utf-8", "backslashreplace").split("\r\n")[0])))
    for line in difflib.unified_diff(real.split("\n"), fake.split("\n"), "real", "fake", lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            print("   " + printable(line[:700]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--real", nargs=2, metavar=("ADMIN_URL", "PUBLIC_URL"), required=True)
    parser.add_argument("--release", default="26.2.0")
    parser.add_argument("--schema", action="append", default=[], metavar="ID=FILE")
    parser.add_argument("--only", default="", help="print only cases whose name holds this text")
    parser.add_argument("--print", action="store_true", help="print the real server's replies, start no stand-in")
    parser.add_argument("--raw", action="store_true", help="also the cases about framing and refused requests")
    parser.add_argument("--fake-option", action="append", default=[], help="passed on to kratos_fake.py")
    args = parser.parse_args()

    real = Server(*args.real)
    if args.print:
        for case in cases.CASES:
            request, texts = real.run(case)
            if args.only in case[0]:
                print("== %s: %s\n%s" % (case[0], printable(request[:200].decode("latin-1").split("\r\n")[0]),
                    printable("\n".join(texts))))
        return 0
    process, fake = start_fake(args)
    differing = 0
    try:
        for case in cases.CASES:
            request, real_texts = real.run(case)
            _, fake_texts = fake.run(case)
            left, right = (comparable(case, "\n".join(texts)) for texts in (real_texts, fake_texts))
            if left != right and args.only in case[0]:
                differing += 1
                print_difference(case[0], request, left, right)
        for case in cases.RAW if args.raw else ():
            request, real_texts = real.run_raw(case)
            _, fake_texts = fake.run_raw(case)
            left, right = "\n".join(real_texts), "\n".join(fake_texts)
            if left != right and args.only in case[0]:
                differing += 1
                print_difference(case[0], request, left, right)
    finally:
        process.stdin.close()
        process.wait()
    print("%d cases, %d differ" % (len(cases.CASES) + (len(cases.RAW) if args.raw else 0), differing))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
