# SPDX-License-Identifier: Apache-2.0
"""What haproxy-devices.conf lets a device do, and what it stops: by the library, and by bytes that the library would never send.

What counts at the end is which identities the server has. The same bodies are also sent through a proxy that parses them
(json_query): there some must get through, else they would prove nothing.
"""
import json
import re
import socket
import ssl
import time
import urllib.request

from proxies import servers

OK, END, DENIED, NOT_FOUND, CONFLICT, REFUSED = 0, 2, -10, -11, -12, -14
NO_LINK = (-7, -0x7780)  # TLS, by a fatal alert: also where the proxy has closed before the client has written all
OWN = '{"traits":{"serial":"SN-1"}}'
OTHER = '{"traits":{"serial":"SN-9"}}'

# Parts of the configuration, and what is written instead: each time something must get through, or no longer.
LINES = (
    ('body whole', 'body'), ('whole !chunks', 'whole'), ('chunks !asks', 'chunks'), ('by_name !asks', 'by_name'), ('METH_POST identities', 'METH_POST'),
    ('METH_GET identities', 'METH_GET'), ('METH_GET by_name', 'by_name'), ('METH_GET identities', 'identities'), ('METH_POST identities', 'identities'),
    (r"'\^\[A-Z0-9-\]", "'^[A-Za-z0-9-]"), ("reg '.*'", 'reg .'), (r'\^page_size=\[0-9\]\+&', '^.*&'), (r'crl-file \S+', ''),
    ('verify required', 'verify optional'), ('option http-buffer-request.*', ''), ('option disable-h2-upgrade.*', ''))

# What SN-1 sends as a new identity.
BODIES = {
    'another serial': OTHER,
    'serial twice': '{"traits":{"serial":"SN-1","serial":"SN-9"}}',
    'serial twice, own last': '{"traits":{"serial":"SN-9","serial":"SN-1"}}',
    'traits twice': '{"traits":{"serial":"SN-1"},"traits":{"serial":"SN-9"}}',
    'traits twice, own last': '{"traits":{"serial":"SN-9"},"traits":{"serial":"SN-1"}}',
    'an escape in a name': '{"traits":{"serial":"SN-1"},"tr\\u0061its":{"serial":"SN-9"}}',
    'an escape in the inner name': '{"traits":{"serial":"SN-1","seri\\u0061l":"SN-9"}}',
    'a name in capitals': '{"traits":{"serial":"SN-1"},"TRAITS":{"serial":"SN-9"}}',
    'a decoy': '{"metadata_public":{"traits":{"serial":"SN-1"}},"traits":{"serial":"SN-9"}}',
    'a member more': '{"traits":{"serial":"SN-1"},"metadata_admin":{"fleet":true}}',
    'a credential': '{"traits":{"serial":"SN-1"},"credentials":{"password":{"config":{"password":"0123456789abc"}}}}',
    'another external_id': '{"external_id":"SN-9","traits":{"serial":"SN-1"}}',
    'a blank more': '{"traits": {"serial":"SN-1"}}',
    'lower case': '{"traits":{"serial":"sn-1"}}',
    'a value behind it': OWN + OTHER,
    'a line end behind it': OWN + '\n',
    'beyond the buffer': OWN[:-1] + ',"metadata_public":"' + 'x' * 40000 + '","traits":{"serial":"SN-9"}}',
    'nothing': '',
}
# By json_query the proxy sees SN-1 in these, and Kratos SN-9: of one name twice the last counts, and names are not bytes.
DECEIVE = ('serial twice', 'traits twice', 'an escape in a name', 'an escape in the inner name', 'a name in capitals',
           'beyond the buffer')

QUERIES = (
    '', '?', '?credentials_identifier=SN-2', '?credentials_identifier=', '?credentials_identifier=SN-1&credentials_identifier=SN-2',
    '?credentials_identifier=SN-2&credentials_identifier=SN-1', '?credentials_identifier=SN-1&page_size=500', '?credentials_identifier=SN%2D1',
    '?page_size=1&page_size=2&credentials_identifier=SN-1', '?page_size=1&credentials_identifier=SN-2', '?page_size=1&', '?page_size=250',
    '?preview_credentials_identifier_similar=SN', '?credentials_identifier=SN-1&include_credential=password', '?Credentials_identifier=SN-1',
    '?credentials_identifier=SN-1;', '?credentials_identifier=SN-1%00', '?&credentials_identifier=SN-1', '?page_size=1;credentials_identifier=SN-1')
PATHS = (
    '//admin/identities?credentials_identifier=SN-1', '/admin/./identities?credentials_identifier=SN-1', '/admin/identities/?credentials_identifier=SN-1',
    '/admin/x/../identities?credentials_identifier=SN-1', '/identities?credentials_identifier=SN-1', '/%61dmin/identities?credentials_identifier=SN-1',
    '/admin/identities/by/external/SN-2', '/admin/identities/by/external/SN-1/../SN-2', '/admin/identities/by/external/SN-1%2F..%2FSN-2',
    '/admin/identities/by/external/SN-1?include_credential=password', '/admin/identities/by/external/', '/admin/sessions', '/admin/health/ready')


def post(body, *headers, path='/admin/identities', method='POST'):
    lines = [f'{method} {path} HTTP/1.1', 'Host: edge', 'Content-Type: application/json', f'Content-Length: {len(body)}', *headers]
    return ('\r\n'.join(lines) + '\r\n\r\n' + body).encode()


def get(path, *headers):
    return '\r\n'.join([f'GET {path} HTTP/1.1', 'Host: edge', *headers, '', '']).encode()


def chunked(*parts):
    head = 'POST /admin/identities HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
    return (head + ''.join(f'{len(part):x}\r\n{part}\r\n' for part in parts) + '0\r\n\r\n').encode()


def attacks():
    """(name, bytes): what SN-1 must get no success for."""
    yield from ((f'body, {name}', post(body)) for name, body in BODIES.items())
    yield from ((f'GET /admin/identities{query}', get('/admin/identities' + query)) for query in QUERIES)
    yield from ((f'GET {path}', get(path)) for path in PATHS)
    yield from ((f'{method} {path}', post(OWN, method=method, path=path)) for method in ('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'FOO')
                for path in ('/admin/identities?credentials_identifier=SN-1', '/admin/identities/by/external/SN-1', '/admin/recovery/link'))
    yield from ((f'{method} /admin/identities', post(OWN, method=method)) for method in ('PUT', 'PATCH', 'DELETE', 'OPTIONS', 'FOO'))
    yield 'batch', post('{"identities":[{"create":%s}]}' % OWN, method='PATCH')
    yield 'another method in a header', post(OTHER, 'X-HTTP-Method-Override: GET')
    yield 'chunks', chunked(OWN)
    yield 'chunks, more in a second one', chunked(OWN, OTHER)
    yield 'chunks, another serial', chunked(OTHER)
    yield 'a length and chunks', post(OWN, 'Transfer-Encoding: chunked')
    yield 'two lengths', post(OTHER, f'Content-Length: {len(OTHER) + 1}')
    yield 'HTTP/2 in clear', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + bytes(9)
    for size in range(15100, 15400, 4):  # a head that fills the buffer, so that the body is judged when its beginning is there
        yield f'more behind {size} bytes', [padded(size), (OTHER + ' ' * 100).encode()]


def padded(size):
    """A request whose first part has that size and ends with its own body; its length announces more."""
    whole = post(OWN + OTHER + ' ' * 100, 'X-Pad: ' + 'p' * (size - len(post(OWN, 'X-Pad: ')) - 1))
    return whole[:-len(OTHER) - 100]


# ---- Bytes -----------------------------------------------------------------------------------------------------------

def context(world, who):
    made = ssl.create_default_context(cafile=str(world.keys.folder / 'root.pem'))
    if who:
        made.load_cert_chain(str(world.keys.folder / f'{who}.both'))
    return made


def connect(secure, port, session=None):
    tcp = socket.create_connection(('127.0.0.1', port), 5)
    return secure.wrap_socket(tcp, server_hostname='127.0.0.1', session=session)


def answers(secure, port, data):
    """The statuses that came, [] for a connection that ended, and the bytes. data: bytes, or parts with a pause between."""
    reply = b''
    with connect(secure, port) as link:
        link.settimeout(1)
        try:
            for part in [data] if isinstance(data, bytes) else data:
                link.sendall(part)
                time.sleep(0 if part is data else 0.1)
            while True:
                part = link.recv(65536)
                if not part:
                    break
                reply += part
                if re.search(rb'\r\n\r\n', reply):
                    link.settimeout(0.05)  # what is still to come is on its way
        except OSError:
            pass
    return [int(status) for status in re.findall(rb'^HTTP/1\.\d (\d+)', reply, re.M)], reply


def from_kratos(reply):
    """HAProxy's own refusals are HTML."""
    return reply != b'' and b'<html>' not in reply


def refused(secure, port):
    """True where the proxy ends the handshake: with TLS 1.3 that shows at the first byte."""
    try:
        return answers(secure, port, get('/admin/identities?credentials_identifier=SN-1'))[1] == b''
    except OSError:
        return True


def serials(admin):
    return sorted(one['traits']['serial'] for one in json.loads(servers.get(admin + '/admin/identities?page_size=250')[2]))


def remove(admin, serial):
    found = json.loads(servers.get(f'{admin}/admin/identities?credentials_identifier={serial}')[2])
    for one in found or []:
        request = urllib.request.Request(f'{admin}/admin/identities/{one["id"]}', method='DELETE')
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()
    return bool(found)


# ---- Judgement -------------------------------------------------------------------------------------------------------

def judge(world, place, check):
    one, other = judge_allowed(world, place, check)
    judge_denied(world, place, check, one, other)
    judge_bytes(world, place, check)
    check(serials(place.admin) == ['SN-1', 'SN-2'], f'the server has {serials(place.admin)}')
    remove(place.admin, 'SN-1')
    check(world.device(place.urls[0], 'SN-1', 'create=SN-1')[0]['rc'] == OK, 'what an operator deletes comes back')


def judge_allowed(world, place, check):
    url, named = place.urls[0], servers.number(place.server.release) >= (25, 4)
    words = ('create=SN-1', 'create=SN-1', 'find=SN-1', 'reopen', 'find=SN-1', 'external=SN-1')
    made, again, found, _, resumed, unnamed = world.device(url, 'SN-1', *words)
    check(made['rc'] == OK, f'create: {made}')
    check((again['rc'], again['foreign']) == (CONFLICT, 0), f'create again: {again}')
    check((found['rc'], found['id']) == (END, made['id']), f'find: {found}')
    check((resumed['rc'], resumed['id'], resumed['resumed']) == (END, made['id'], 1), f'find over a resumed session: {resumed}')
    check((unnamed['rc'], unnamed['foreign']) == (NOT_FOUND, 0 if named else 1), f'it has no external_id: {unnamed}')
    other, found = world.device(url, 'SN-2', 'name=SN-2', 'external=SN-2')
    if not named:  # the release knows no external_id
        check(other['rc'] == REFUSED, f'external_id: {other}')
        other, found = world.device(url, 'SN-2', 'create=SN-2', 'find=SN-2')
    check(other['rc'] == OK and found['rc'] in (OK, END) and found['id'] == other['id'], f'SN-2: {other} {found}')
    return made['id'], other['id']


def judge_denied(world, place, check, one, other):
    url = place.urls[0]
    words = ['all', 'find=SN-2', 'find=sn-1', 'create=SN-9', 'create=SN-2', 'name=SN-9', 'external=SN-2', 'batch', f'link={one}']
    words += [f'{word}={ident}' for word in ('get', 'rename', 'delete') for ident in (one, other)]
    for word, said in zip(words, world.device(url, 'SN-1', *words)):
        check((said['rc'], said['status'], said['foreign'], said['effect']) == (DENIED, 403, 1, 1), f'SN-1 {word}: {said}')
    for who, serial in (('lower', 'sn-1'), ('quote', 'SN-1')):
        for said in world.device(url, who, f'create={serial}', f'find={serial}', 'find=SN-1'):
            check(said['rc'] == DENIED, f'a certificate of {who}: {said}')
    for who in (None, 'stranger'):
        said = world.device(url, who, 'find=SN-1')[0]
        check((said['rc'], said['native']) == NO_LINK, f'certificate {who}: {said}')
        check(refused(context(world, who), place.ports[0]), f'certificate {who}: OpenSSL gets an answer')


def judge_bytes(world, place, check):
    secure, port = context(world, 'SN-1'), place.ports[0]
    statuses, reply = answers(secure, port, get('/admin/identities?credentials_identifier=SN-1'))
    check(statuses == [200] and b'"metadata_admin":' in reply, f'it reads all of its identity: {reply}')
    halves = [post(OWN)[:-10], post(OWN)[-10:]]
    check(answers(secure, port, halves)[0] == [409], 'its own body in two parts does not reach Kratos')
    for name, data in attacks():
        statuses, reply = answers(secure, port, data)
        check(all(status >= 400 for status in statuses) and not from_kratos(reply), f'SN-1, {name}: {statuses} {reply[:300]}')
    statuses, _ = answers(secure, port, post(OWN) + post(OTHER) + post(OWN))  # each request of a connection is judged
    check(statuses[:2] == [409, 403], f'three in one: {statuses}')


def judge_revocation(world, new_place, check):
    """A certificate that is revoked opens nothing once the proxy has read the list anew, nor does a session from before."""
    secure = context(world, 'SN-3')
    secure.maximum_version = ssl.TLSVersion.TLSv1_2  # the ticket comes with the handshake
    with new_place() as place, connect(secure, place.ports[0]) as link:
        session = link.session
    with new_place() as place, connect(secure, place.ports[0], session) as link:
        check(not link.session_reused, 'a session outlives a restart of the proxy')
    world.keys.revoke('SN-3')
    try:
        with new_place() as place:
            said = world.device(place.urls[0], 'SN-3', 'create=SN-3')[0]
            check((said['rc'], said['native']) == NO_LINK, f'revoked: {said}')
            check(refused(secure, place.ports[0]), 'revoked: OpenSSL gets an answer')
            check(world.device(place.urls[0], 'SN-1', 'create=SN-1')[0]['rc'] == OK, 'SN-1 is not revoked')
    finally:
        world.keys.revoke()


def weaken(text):
    """A proxy that parses the body."""
    text = re.sub(r'acl body req\.body,strcmp\(txn\.body\) eq 0', 'acl body \'req.body,json_query("$.traits.serial"),strcmp(txn.serial)\' eq 0', text)
    return text.replace(' body whole !chunks !asks', ' body')


def judge_weak(world, place, check):
    secure, port = context(world, 'SN-1'), place.ports[0]
    for name in BODIES:
        statuses, _ = answers(secure, port, post(BODIES[name]))
        deceived = remove(place.admin, 'SN-9')
        remove(place.admin, 'SN-1')
        if name in DECEIVE:
            check(deceived, f'{name}: json_query is not deceived: {statuses}')
        elif deceived:
            check(False, f'{name} deceives json_query too: {statuses}')
