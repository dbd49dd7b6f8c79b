# SPDX-License-Identifier: Apache-2.0
"""What does not pass through a proxy as it came: failed checks of the suite that are the proxy's doing, each with the reason;
and lines of the configurations with the check that fails without them. It must never name a check that is about the library.
"""
import re

NGINX = 'nginx|nginx, 3 requests a connection|nginx, path prefix'
NGINX_TLS = 'nginx, TLS|nginx, TLS, basic authentication'
HALF_HEAD = r'all\[i\]\.rc == KRATOS_ERR_REFUSED'  # transport.c sends 20 bytes of a request and waits


class Fact:
    """What fails, by the operation and a part of the failed line; from and until which release."""

    def __init__(self, variants, operation, shows, why, since='0.0.0', until='999.0.0'):
        self.variants, self.operation, self.shows, self.why = variants.split('|'), operation, shows, why
        self.since, self.until = since, until

    def fits(self, operation, line):
        return self.operation == operation and re.search(self.shows, line) is not None


FACTS = (
    Fact(NGINX + '|apache', 'transport', HALF_HEAD + r'|f->reused: expected 1, got 0',
         'closes on half a head without a word; a GET on a kept connection is then asked again, and answered'),
    Fact('haproxy', 'transport', HALF_HEAD + r'|f->effect: expected 1, got 2',
         'says 408 to half a head, which the library takes for a server error'),
    Fact(NGINX, 'transport', r'all\[2\]\.rc: expected -15, got -4|f->http_status: expected 499, got 0',
         'waits for a whole body, and closes without a word where Kratos would say 499', until='1.1.0'),
    Fact('apache', 'transport', r'f->http_status: expected 499, got 408',
         'waits for a whole body, and says 408 where Kratos would say 499', until='1.1.0'),
    Fact(NGINX + '|' + NGINX_TLS, 'createIdentity', r'got status 413|kratos_delete_identity\(&c->k, who\.id\)',
         'says 413 to a body of more than 5 MiB'),
    Fact(NGINX + '|' + NGINX_TLS, 'updateIdentity', r'got status 413', 'says 413 to a body of more than 5 MiB'),
    Fact(NGINX + '|' + NGINX_TLS, 'patchIdentity', r'got status 413', 'says 413 to a body of more than 5 MiB'),
    Fact('nginx, 3 requests a connection', 'getIdentity', r'wire\.opened: expected', 'opens more connections, as it is told to'),
    Fact('nginx, 3 requests a connection', 'listIdentities', r'wire\.opened: expected', 'opens more connections, as it is told to'),
    Fact('nginx, 3 requests a connection', 'transport', r'wire\.opened: expected', 'opens more connections, as it is told to'),
    Fact('nginx, TLS, basic authentication', 'transport', r'denied \(-10\), got status 401',
         'wants the header for itself: a bearer token in its place is refused'),
)


def replaced(text, part, instead):
    changed = re.sub(part, lambda _: instead, text)
    if changed == text:
        raise ValueError(f'no {part} in the configuration')
    return changed


class Line:
    """A part of a configuration; the topic of the suite that shows why it is there (or `large`, `middle`: an identity
    of 2 MB, of 6 KB), and how."""

    def __init__(self, config, name, topic, shows, instead=''):
        self.config, self.name, self.topic, self.shows, self.instead = config, name, topic, shows, instead

    def take_out(self, text):
        return replaced(text, self.name, self.instead)


LINES = (
    Line('nginx.conf', r'client_max_body_size .*', 'large', "'status': 413"),
    Line('nginx.conf', r'large_client_header_buffers .*', 'lists', 'got status 414'),
    Line('nginx.conf', r'proxy_buffer_size .*\nproxy_buffers .*', 'lists', 'got status 502'),
    Line('nginx.conf', r'@kratos_admin@;', 'identities', r'external_id.* got status 404', instead='@kratos_admin@/;'),
    Line('nginx-prefix.conf', r'@kratos_admin@\$kratos_path;', 'identities', r'external_id.* got status 404', instead='@kratos_admin@/;'),
    Line('haproxy.conf', r'tune\.bufsize .*', 'lists', 'got status 400'),
    Line('apache.conf', r'MaxKeepAliveRequests .*', 'lists', r'wire\.opened: expected 1, got 2'),
    Line('apache.conf', r'LimitRequestLine .*', 'lists', 'got status 414'),
    Line('apache.conf', r'responsefieldsize=\d+', 'lists', 'got status 502'),
    Line('apache.conf', r'AllowEncodedSlashes .*', 'identities', r'external_id.* got status 404'),
    Line('apache.conf', r'nocanon', 'identities', r'odd\[i\].* got status 400'),
)

# Without these a connection does not rest for 11 s.
RESTS = (
    Line('haproxy.conf', r'timeout http-keep-alive .*', None, None),
    Line('apache.conf', r'KeepAliveTimeout .*', None, None),
)


def number(release):
    return tuple(int(n) for n in release.split('.'))


def of(variant, server):
    release = number(server.release)
    return [fact for fact in FACTS if variant in fact.variants and number(fact.since) <= release < number(fact.until)]


def table():
    yield 'facts of the proxies:'
    for fact in FACTS:
        yield f'  {" | ".join(fact.variants)}: {fact.operation}: {fact.why}'
