# SPDX-License-Identifier: Apache-2.0
"""What a server has, asked of itself and past the bad network: the identities of a run, and whether a credential logs in. It must
never know what a device stored or was told to do.
"""
import collections
import http.client
import json
import re
import time
import urllib.parse

TIMEOUT_SECONDS = 60
PAGE_SIZE = 250
WAITS = (0.1, 0.5, 2, 0)


class Server:
    """One of its listeners; a connection that is kept, and so of one thread."""

    def __init__(self, url):
        self.url = url
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)

    def ask(self, method, path, body=None):
        """(status, headers, what the JSON says or None). Two writes at a time can be too much for SQLite: a 500 is asked again."""
        for wait in WAITS:
            status, headers, said = self.ask_once(method, path, body)
            if status != 500:
                break
            time.sleep(wait)
        return status, headers, said

    def ask_once(self, method, path, body):
        try:
            self.connection.request(method, path, body and json.dumps(body), {'Content-Type': 'application/json', 'Accept': 'application/json'})
            reply = self.connection.getresponse()
            data = reply.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        return reply.status, reply.headers, json.loads(data) if data else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def next_page(headers):
    """Path and query of the page behind; every release links them, with its own idea of where it is."""
    for line in headers.get_all('Link') or []:
        found = re.search(r'<([^>]*)>; *rel="next"', line)
        if found:
            return '/admin/identities?' + urllib.parse.urlsplit(found[1]).query
    return None


def identities(admin, prefix):
    """{serial: [identity, ...]} of the serials that begin with prefix, each identity once."""
    found, seen = collections.defaultdict(list), set()
    with Server(admin) as server:
        path = f'/admin/identities?page_size={PAGE_SIZE}'
        while path:
            status, headers, page = server.ask('GET', path)
            if status != 200:
                raise OSError(f'{path}: {status} {page}')
            for identity in page:
                serial = str((identity.get('traits') or {}).get('serial'))
                if serial.startswith(prefix) and identity['id'] not in seen:
                    seen.add(identity['id'])
                    found[serial].append(identity)
            path = next_page(headers) if page else None
    return found


def log_in(server, identifier, password):
    """The id of the identity whose session that makes, or None where it is refused."""
    status, _, flow = server.ask('GET', '/self-service/login/api')
    if status != 200:
        raise OSError(f'a flow for a log-in: {status} {flow}')
    status, _, reply = server.ask('POST', f'/self-service/login?flow={flow["id"]}',
                                  {'method': 'password', 'identifier': identifier, 'password': password})
    if status not in (200, 400, 401):
        raise OSError(f'log-in of {identifier}: {status} {reply}')
    return reply['session']['identity']['id'] if status == 200 else None
