#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes test vectors from the recorded exchanges, and judges what the client wrote.

    make_vectors.py vectors RECORDINGS OUT.c       the C table of recorded_test
    make_vectors.py requests RECORDINGS WRITTEN    compares each request that recorded_test wrote with the recorded one

What a reply must become is worked out here, with Python's json and a plain reading of RFC 9112, from the recorded bytes and from
the contract in kratos.h; nothing is asked of the library. A recorded request tells which call and which arguments to use.
"""
import json
import os
import re
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

# Exchanges that none of the 19 operations can cause: version, health, HEAD, two pipelined requests.
SKIP = re.compile(r'^(50|51|52|53|90|91|96)-')

# Requests that the library never writes so (it refuses them, or has no such member); their replies are read all the same.
REPLY_ONLY = re.compile(r'(unknown_field|missing_traits|not_found|unknown_route|put_identities|trailing_slash|'
                        r'header_overflow|body_timeout|body_too_large|method_not_allowed|admin_listener_307)')

IDENTITY = [('schema_id', 's'), ('schema_url', 's'), ('state', 's'), ('state_changed_at', 's'), ('external_id', 's'),
            ('organization_id', 's'), ('created_at', 's'), ('updated_at', 's'), ('traits', 'j'), ('metadata_public', 'j'),
            ('metadata_admin', 'j'), ('verifiable_addresses', 'j'), ('recovery_addresses', 'j'), ('credentials', 'j')]
SESSION = [('active', 'b'), ('expires_at', 's'), ('authenticated_at', 's'), ('authenticator_assurance_level', 's'),
           ('issued_at', 's'), ('authentication_methods', 'j'), ('identity', 'j'), ('devices', 'j')]
RECOVERY = [('recovery_link', 's'), ('expires_at', 's'), ('recovery_code', 's')]

# Operation: success codes, what the body is.
OPERATIONS = {
    'CREATE_IDENTITY': ({201}, 'identity'), 'GET_IDENTITY': ({200}, 'identity'),
    'GET_IDENTITY_BY_EXTERNAL_ID': ({200}, 'identity'), 'UPDATE_IDENTITY': ({200}, 'identity'),
    'PATCH_IDENTITY': ({200}, 'identity'), 'DELETE_IDENTITY': ({204}, None),
    'DELETE_IDENTITY_CREDENTIALS': ({204}, None), 'LIST_IDENTITIES': ({200}, 'identities'),
    'BATCH_PATCH_IDENTITIES': ({200}, 'rows'), 'LIST_SESSIONS': ({200}, 'sessions'),
    'LIST_IDENTITY_SESSIONS': ({200}, 'sessions'), 'GET_SESSION': ({200}, 'session'),
    'EXTEND_SESSION': ({200, 204}, 'session'), 'DISABLE_SESSION': ({204}, None),
    'DELETE_IDENTITY_SESSIONS': ({204}, None), 'CREATE_RECOVERY_CODE_FOR_IDENTITY': ({201}, 'recovery'),
    'CREATE_RECOVERY_LINK_FOR_IDENTITY': ({200}, 'recovery'), 'LIST_IDENTITY_SCHEMAS': ({200}, 'schemas'),
    'GET_IDENTITY_SCHEMA': ({200}, 'schema'),
}

NOT_SENT, NOT_DONE, MAYBE_DONE, DONE = range(4)


# ---- JSON with the exact text of members ------------------------------------------------------------------------------------

DECODER = json.JSONDecoder()
BLANK = ' \t\r\n'


def skip(text, at):
    while at < len(text) and text[at] in BLANK:
        at += 1
    return at


def value_end(text, at):
    return DECODER.raw_decode(text, at)[1]


def members(text):
    """[(name, exact text of the value)] of an object."""
    found, at = [], skip(text, text.index('{') + 1)
    while text[at] != '}':
        name, at = json.decoder.scanstring(text, at + 1)
        at = skip(text, at)
        at = skip(text, at + 1)
        end = value_end(text, at)
        found.append((name, text[at:end]))
        at = skip(text, end)
        if text[at] == ',':
            at = skip(text, at + 1)
    return found


def elements(text):
    """Exact texts of an array's elements."""
    found, at = [], skip(text, text.index('[') + 1)
    while text[at] != ']':
        end = value_end(text, at)
        found.append(text[at:end])
        at = skip(text, end)
        if text[at] == ',':
            at = skip(text, at + 1)
    return found


def member(text, name):
    value = dict(members(text)).get(name)
    return None if value == 'null' else value


def string(text):
    return None if text is None else json.loads(text)


# ---- HTTP ---------------------------------------------------------------------------------------------------------------------

def split_head(data):
    head, body = data.split(b'\r\n\r\n', 1)
    lines = head.decode('latin-1').split('\r\n')
    fields = [(line.split(':', 1)[0].lower(), line.split(':', 1)[1].strip()) for line in lines[1:]]
    return lines[0], fields, body


def unchunk(data):
    """(body, bytes that it took)"""
    body, at = b'', 0
    while True:
        line_end = data.index(b'\r\n', at)
        size = int(data[at:line_end].split(b';')[0], 16)
        at = line_end + 2
        if size == 0:
            assert data[at:at + 2] == b'\r\n'
            return body, at + 2
        body += data[at:at + size]
        at += size + 2


class Reply:
    def __init__(self, data):
        self.data, rest = data, data
        while True:
            line, fields, rest = split_head(rest)
            self.status = int(line.split()[1])
            if self.status >= 200:
                break
        self.fields = dict(fields)
        self.closes = False
        if self.status in (204, 304):
            self.body, used = b'', 0
        elif 'transfer-encoding' in self.fields:
            self.body, used = unchunk(rest)
        elif 'content-length' in self.fields:
            used = int(self.fields['content-length'])
            self.body = rest[:used]
        else:
            self.body, used, self.closes = rest, len(rest), True
        assert used == len(rest), 'bytes behind the reply'
        self.json = self.fields.get('content-type', '').split(';')[0] == 'application/json'
        self.keeps = not (self.closes or line.startswith('HTTP/1.0') or self.fields.get('connection') == 'close')
        self.next = None
        for link in re.findall(r'<([^>]*)>; rel="next"', self.fields.get('link', '')):
            self.next = dict(parse_qsl(urlsplit(link).query)).get('page_token')


# ---- What the call must give --------------------------------------------------------------------------------------------------

def put(name, value):
    return f'{name}-\n' if value is None else f'{name}={value}\n'


def dump(text, fields):
    out = ''
    for name, kind in fields:
        value = member(text, name) if text else None
        if kind == 'b':
            out += f'{name}={int(value == "true")}\n'
        else:
            out += put(name, string(value) if kind == 's' else value)
    return out


def dump_with_id(text, fields):
    return f'id={string(member(text, "id")) if text else ""}\n' + dump(text, fields)


def status_result(status):
    return {401: -10, 403: -10, 404: -11, 409: -12, 429: -13, 408: -15, 499: -15}.get(
        status, {3: -16, 4: -14, 5: -15}[status // 100])


def dump_row(number, text):
    row = {} if text == 'null' else dict(members(text))
    error = row.get('error')
    known = dict(members(error)) if error else {}
    rc = status_result(json.loads(known['code'])) if error else 0 if 'identity' in row else -14
    return f'row={number}\nrc={rc}\n' + ''.join(put(name, string(row.get(name))) for name in
                                                ('action', 'identity', 'patch_id')) + \
        put('reason', string(known.get('reason'))) + put('message', string(known.get('message')))


WORDS_MAX = 63  # of a refusal that is no JSON


def dump_error(reply):
    words, foreign = {'id': '', 'reason': '', 'message': ''}, True
    if reply.json:
        error = member(reply.body.decode(), 'error')
        foreign = not error or json.loads(error)['code'] // 100 not in (reply.status // 100, 5 if reply.status == 400 else 0)
        for name in words if error else ():
            words[name] = string(member(error, name)) or ''
    else:
        words['message'] = re.match(r'[^\x00-\x08\x0a-\x1f\x7f]*', reply.body.decode())[0][:WORDS_MAX]
    locked = 'Unable to serialize access' in words['message'] or 'database is locked' in ''.join(words.values())
    rc, effect = status_result(reply.status), MAYBE_DONE if reply.status >= 500 else NOT_DONE
    if reply.status == 403 and 'security_csrf_violation' in words['id']:
        rc = -16
    if locked:
        rc, effect = -15, NOT_DONE
    transient = locked or reply.status in (408, 429, 499, 502, 503, 504)
    location = reply.fields.get('location', '') if reply.status // 100 == 3 else ''
    return (f'rc={rc}\nstatus={reply.status}\neffect={effect}\ntransient={int(transient)}\nretry_after_ms=0\n'
            f'foreign={int(foreign)}\n'
            f'fault.id={words["id"]}\nreason={words["reason"]}\nmessage={words["message"]}\nlocation={location}\n')


def expected(op, reply, by_token):
    success, kind = OPERATIONS[op]
    if reply.status not in success:
        return dump_error(reply)
    text = reply.body.decode()
    if kind is None:
        return 'rc=0\n'
    if kind in ('identity', 'session'):
        return dump_with_id(text, IDENTITY if kind == 'identity' else SESSION) + 'rc=0\n'
    if kind == 'recovery':
        return dump(text, RECOVERY) + 'rc=0\n'
    if kind == 'rows':
        rows = elements(member(text, 'identities'))
        return ''.join(dump_row(i, row) for i, row in enumerate(rows)) + 'rc=2\n'
    if kind == 'schema':
        return put('schema', None) + 'text=' + text.strip(BLANK) + '\nrc=2\n'
    found = [] if text.strip(BLANK) == 'null' else elements(text)
    if kind == 'schemas':
        return ''.join(put('schema', string(member(one, 'id'))) + 'text=' + member(one, 'schema') + '\n'
                       for one in found) + 'rc=2\n'
    fields = IDENTITY if kind == 'identities' else SESSION
    token = reply.next if by_token and found else None  # 1.0.0 announces a "next" behind nothing
    return ''.join(dump_with_id(one, fields) for one in found) + 'rc=2\n' + put('next_page_token', token)


# ---- Which call it was --------------------------------------------------------------------------------------------------------

PATHS = [
    ('GET', r'/admin/identities', 'LIST_IDENTITIES'), ('POST', r'/admin/identities', 'CREATE_IDENTITY'),
    ('PATCH', r'/admin/identities', 'BATCH_PATCH_IDENTITIES'),
    ('GET', r'/admin/identities/by/external/([^/]*)', 'GET_IDENTITY_BY_EXTERNAL_ID'),
    ('GET', r'/admin/identities/([^/]*)', 'GET_IDENTITY'), ('PUT', r'/admin/identities/([^/]*)', 'UPDATE_IDENTITY'),
    ('PATCH', r'/admin/identities/([^/]*)', 'PATCH_IDENTITY'), ('DELETE', r'/admin/identities/([^/]*)', 'DELETE_IDENTITY'),
    ('DELETE', r'/admin/identities/([^/]*)/credentials/([^/]*)', 'DELETE_IDENTITY_CREDENTIALS'),
    ('GET', r'/admin/identities/([^/]*)/sessions', 'LIST_IDENTITY_SESSIONS'),
    ('DELETE', r'/admin/identities/([^/]*)/sessions', 'DELETE_IDENTITY_SESSIONS'),
    ('GET', r'/admin/sessions', 'LIST_SESSIONS'), ('GET', r'/admin/sessions/([^/]*)', 'GET_SESSION'),
    ('DELETE', r'/admin/sessions/([^/]*)', 'DISABLE_SESSION'),
    ('PATCH', r'/admin/sessions/([^/]*)/extend', 'EXTEND_SESSION'),
    ('POST', r'/admin/recovery/code', 'CREATE_RECOVERY_CODE_FOR_IDENTITY'),
    ('POST', r'/admin/recovery/link', 'CREATE_RECOVERY_LINK_FOR_IDENTITY'),
    ('GET', r'/schemas', 'LIST_IDENTITY_SCHEMAS'), ('GET', r'/schemas/([^/]*)', 'GET_IDENTITY_SCHEMA'),
]


class Request:
    def __init__(self, data):
        line, fields, body = split_head(data)
        self.method, target, _ = line.split()
        self.path, self.query = urlsplit(target).path, parse_qsl(urlsplit(target).query)
        self.fields = dict(fields)
        if 'transfer-encoding' in self.fields:
            body, used = unchunk(body)
        self.body = body.decode()
        self.op, self.values = None, []
        for method, path, op in PATHS:
            match = re.fullmatch(path, self.path)
            if match and method == self.method:
                self.op, self.values = op, [unquote(value) for value in match.groups()]


def exchanges(folder):
    """(release/name, Request or None, Reply, what is compared)"""
    for release in sorted(os.listdir(folder)):
        path = os.path.join(folder, release)
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else ():
            if not name.endswith('.reply') or SKIP.match(name):
                continue
            with open(os.path.join(path, name), 'rb') as file:
                reply = Reply(file.read())
            request, written = None, os.path.join(path, name[:-6] + '.request')
            if os.path.exists(written):
                with open(written, 'rb') as file:
                    request = Request(file.read())
            yield f'{release}/{name[:-6]}', request, reply


# ---- C ------------------------------------------------------------------------------------------------------------------------

def quoted(data):
    data = data.encode() if isinstance(data, str) else data
    lines, line = [], ''
    for byte in data:
        char = chr(byte)
        line += ('\\n' if char == '\n' else '\\r' if char == '\r' else '\\' + char if char in '"\\' else
                 char if 0x20 <= byte < 0x7F and char != '?' else f'\\{byte:03o}')
        if len(line) > 100:
            lines.append(f'"{line}"')
            line = ''
    return '\n    '.join(lines + [f'"{line}"'])


def body_members(text):
    out, known = [], {'schema_id', 'state', 'external_id', 'organization_id'}
    for name, value in members(text):
        if value == 'null':
            continue
        if name in known:
            out.append(f'.{name} = {quoted(string(value))}')
        elif name in ('traits', 'metadata_public', 'metadata_admin', 'credentials', 'verifiable_addresses',
                      'recovery_addresses'):
            out.append(f'.{name} = {{.text = {quoted(value)}}}')
    return ', '.join(out)


def c_call(request, reply, index, tables):
    """C initialisers of struct wire_call."""
    op, values, query = request.op, request.values, request.query
    out = [f'.op = WIRE_{op}']
    if values:
        out.append(f'.id = {quoted(values[0])}')
    if len(values) > 1:
        out.append(f'.type = {quoted(values[1])}')
    names = [value for name, value in query if name in ('include_credential', 'expand')]
    if names:
        tables.append(f'static const char *const names_{index}[] = {{{", ".join(quoted(name) for name in names)}, NULL}};')
    one = dict(query)
    if op in ('CREATE_IDENTITY', 'UPDATE_IDENTITY'):
        body = body_members(request.body)
        if '.traits' not in body:
            body += ('' if not body else ', ') + '.traits = {.text = "{}"}'
        out.append(f'.body = {{{body}}}')
    elif op == 'PATCH_IDENTITY':
        items = []
        for patch in elements(request.body):
            known = dict(members(patch))
            fields = [f'.{name} = {quoted(string(known[name]))}' for name in ('op', 'path', 'from') if name in known]
            if 'value' in known:
                fields.append(f'.value = {{.text = {quoted(known["value"])}}}')
            items.append('{' + ', '.join(fields) + '}')
        tables.append(f'static const struct kratos_patch patches_{index}[] = {{{", ".join(items)}}};')
        out.append(f'.patches = patches_{index}, .patch_count = {len(items)}')
    elif op == 'BATCH_PATCH_IDENTITIES':
        items = []
        for row in elements(member(request.body, 'identities')):
            known = dict(members(row))
            fields = ['.skip = true' if known['create'] == 'null' else f'.create = {{{body_members(known["create"])}}}']
            if 'patch_id' in known:
                fields.append(f'.patch_id = {quoted(string(known["patch_id"]))}')
            items.append('{' + ', '.join(fields) + '}')
        tables.append(f'static const struct kratos_batch_row rows_{index}[] = {{{", ".join(items)}}};')
        out.append(f'.rows = rows_{index}, .row_count = {len(items)}')
    elif op in ('LIST_IDENTITIES', 'LIST_SESSIONS'):
        fields = ['.one_page = true'] if reply.next else []
        if 'page' in one:
            fields += ['.by_page = true', f'.page = {one["page"]}', '.one_page = true']
        size = one.get('page_size', one.get('per_page'))
        fields += [f'.page_size = {size}'] if size else []
        fields += [f'.{name} = {quoted(one[name])}' for name in
                   ('page_token', 'credentials_identifier', 'active', 'consistency') if name in one]
        if names:
            fields.append(f'.{"expand" if op == "LIST_SESSIONS" else "include_credential"} = names_{index}')
        out.append(f'.{"identities" if op == "LIST_IDENTITIES" else "sessions"} = {{{", ".join(fields) or "0"}}}')
    elif op == 'LIST_IDENTITY_SESSIONS':
        fields = ['.one_page = true']
        fields += [f'.page = {one["page"]}'] if 'page' in one else []
        fields += [f'.page_size = {one["per_page"]}'] if 'per_page' in one else []
        out.append(f'.identity_sessions = {{{", ".join(fields)}}}')
    elif op == 'DELETE_IDENTITY_CREDENTIALS' and 'identifier' in one:
        out.append(f'.identifier = {quoted(one["identifier"])}')
    elif op.startswith('CREATE_RECOVERY'):
        fields = [f'.{name} = {quoted(string(value))}' for name, value in members(request.body)]
        fields += [f'.return_to = {quoted(one["return_to"])}'] if 'return_to' in one else []
        out.append(f'.recovery = {{{", ".join(fields)}}}')
    elif op == 'LIST_IDENTITY_SCHEMAS':
        out.append(f'.page_size = {one.get("per_page", 0)}, .page = {one.get("page", 0)}')
    elif names:
        out.append(f'.names = names_{index}')
    return ', '.join(out)


def stand_in(name, reply):
    """A call for a reply whose recorded request the library cannot write: any whose success it is not."""
    fake = Request(b'GET /admin/identities/11111111-2222-4333-8444-555555555555 HTTP/1.1\r\nA: b\r\n\r\n')
    if 'create_identity' in name:
        fake = Request(b'POST /admin/identities HTTP/1.1\r\nA: b\r\n\r\n{"schema_id":"device","traits":{"serial":"SN-1"}}')
    return fake


def write_vectors(folder, path):
    tables, rows = [], []
    for index, (name, request, reply) in enumerate(exchanges(folder)):
        compared = request is not None and request.op is not None and not REPLY_ONLY.search(name.split('-', 1)[1])
        if request is None or request.op is None or 'body_timeout' in name:
            request = stand_in(name, reply)
        if 'trailing_slash' in name:
            request.path = request.path.rstrip('/')
            request = Request(b'GET /admin/identities?page_size=1 HTTP/1.1\r\nA: b\r\n\r\n')
        by_token = request.op != 'LIST_IDENTITY_SESSIONS' and 'page' not in dict(request.query)
        text = expected(request.op, reply, by_token)
        closes = ', true' if reply.closes else ', false'
        tables.append(f'static const char reply_{index}[] =\n    {quoted(reply.data)};')
        rows.append(f'{{.name = "{"" if compared else "~"}{name}",\n .call = {{{c_call(request, reply, index, tables)}}},\n'
                    f' .reply = {{reply_{index}, {len(reply.data)}{closes}}}, .end = {len(reply.data)}, '
                    f'.keeps = {1 if reply.keeps else -1},\n .text =\n    {quoted(text)}}},')
    with open(path, 'w') as out:
        out.write('/* Made by test/wire/make_vectors.py. A name that begins with ~: only its reply is the recorded one. */\n'
                  '#include "recorded.h"\n\n' + '\n'.join(tables) + '\n\nconst struct wire_vector recorded[] = {\n' +
                  '\n'.join(rows) + '\n};\nconst size_t recorded_count = sizeof recorded / sizeof *recorded;\n')


# ---- Requests -----------------------------------------------------------------------------------------------------------------

# Written by the library where the recorded request said nothing: its own page, spelt out.
DEFAULTS = {'LIST_IDENTITY_SESSIONS': {('per_page', '1000'), ('page', '1')},
            'LIST_IDENTITY_SCHEMAS': {('page', '0')}, 'LIST_IDENTITIES': set()}


def compare(name, recorded, written):
    wrong = []
    ours = Request(written)
    if (ours.method, unquote(ours.path)) != (recorded.method, unquote(recorded.path)):
        wrong.append(f'{ours.method} {ours.path} is not {recorded.method} {recorded.path}')
    extra = set(ours.query) - set(recorded.query) - DEFAULTS.get(recorded.op, set())
    if extra or set(recorded.query) - set(ours.query) or len(set(ours.query)) != len(ours.query):
        wrong.append(f'query {ours.query} is not {recorded.query}')
    values = lambda q: [pair for pair in q if pair[0] in ('include_credential', 'expand', 'ids')]
    if values(ours.query) != values(recorded.query):
        wrong.append('list parameters in another order')
    if recorded.body:
        theirs = json.loads(recorded.body)
        if recorded.op == 'CREATE_IDENTITY':
            theirs = {key: value for key, value in theirs.items() if value is not None}
        if json.loads(ours.body) != theirs:
            wrong.append(f'body {ours.body} is not {recorded.body}')
        if ours.fields.get('content-type') != 'application/json':
            wrong.append('content-type')
    elif ours.fields.get('content-length') != ('0' if ours.method == 'PATCH' else None):
        wrong.append(f"content-length {ours.fields.get('content-length')}")
    elif ours.body or 'transfer-encoding' in ours.fields:
        wrong.append(f'a body: {ours.body}')
    if ours.fields.get('accept-encoding') != 'identity':
        wrong.append('accept-encoding')
    if ours.fields.get('accept') != 'application/json' or ours.fields.get('host') != 'kratos.example:4434':
        wrong.append('accept or host')
    if ours.fields.get('x-secret') != 'hush-hush-hush':
        wrong.append('extra header')
    if len(ours.fields) != written.split(b'\r\n\r\n')[0].count(b'\r\n'):
        wrong.append('a header twice')
    if any(char < 0x20 for char in written.split(b'\r\n\r\n')[0].replace(b'\r\n', b'')):
        wrong.append('a control character')
    return [f'{name}: {line}' for line in wrong]


def judge_requests(folder, path):
    recorded = {name: request for name, request, _ in exchanges(folder)}
    with open(path, 'rb') as file:
        data = file.read()
    wrong, count, at = [], 0, 0
    while at < len(data):
        line_end = data.index(b'\n', at)
        name, size = data[at:line_end].decode().rsplit(' ', 1)
        written = data[line_end + 1:line_end + 1 + int(size)]
        at = line_end + 2 + int(size)
        if not name.startswith('~'):
            count += 1
            wrong += compare(name, recorded[name], written)
    for line in wrong:
        print(line)
    print(f'requests: {count} written as recorded, {len(wrong)} differ')
    return 1 if wrong or count < 250 else 0


if __name__ == '__main__':
    if len(sys.argv) != 4 or sys.argv[1] not in ('vectors', 'requests'):
        sys.exit(__doc__)
    sys.exit((write_vectors if sys.argv[1] == 'vectors' else judge_requests)(sys.argv[2], sys.argv[3]))
