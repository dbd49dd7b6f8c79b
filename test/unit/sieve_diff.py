#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the sieve against Python's json on generated and mutated documents.

    sieve_diff.py SIEVE_CHECK [COUNT] [SEED]

A document is valid when it is UTF-8 and json.loads takes it, NaN and the like refused, nested at most 32 deep. Python takes lone
surrogates as escapes, as the sieve does. The documents are the same at every run.
"""
import json
import random
import struct
import subprocess
import sys

DEPTH = 32
ALPHABET = ['a', 'Z', '0', ' ', '"', '\\', '/', '\n', '\x00', '\x7f', 'é', '€', '😀', '\u2028', '\ud800', '\udc00', '{', ']']
PIECES = [b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'0', b'-', b'.', b'e', b'E', b'+', b'1', b'true', b'null', b'\\u', b'\\ud800', b'\\u00',
          b' ', b'\n', b'\x00', b'\x1f', b'\xff', b'\xc3', b'\xa9', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xef\xbb\xbf', b'/', b"'", b'NaN', b'x']


def refuse(name):
    raise ValueError(name)


def depth(value):
    deepest, level, text, escape = 0, 0, False, False
    for char in value:
        if text:
            escape, text = (False, True) if escape else (char == '\\', char != '"')
        elif char == '"':
            text = True
        elif char in '[{':
            level += 1
            deepest = max(deepest, level)
        elif char in ']}':
            level -= 1
    return deepest


def valid(document):
    try:
        text = document.decode('utf-8')
        json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return not text.startswith('\ufeff') and depth(text) <= DEPTH


def number(rng):
    return rng.choice(['0', '-0', '1', '-12', '0.5', '1e5', '1E+5', '-1.25e-7', '123456789012345678901234567890', str(rng.randrange(10 ** 12))])


def string(rng):
    text = ''.join(rng.choice(ALPHABET) for _ in range(rng.randrange(8)))
    if rng.random() < .6:
        return json.dumps(text)
    return '"' + ''.join(char for char in text if char not in '"\\\n\x00\ud800\udc00') + '"'


def blank(rng):
    return ''.join(rng.choice(' \t\r\n') for _ in range(rng.randrange(3))) if rng.random() < .2 else ''


def value(rng, level):
    kind = rng.random()
    if level > 34 or kind < .25 + level * .02:
        return blank(rng) + rng.choice([number, string, lambda _: rng.choice(['true', 'false', 'null'])])(rng) + blank(rng)
    count = rng.randrange(4)
    if kind < .6:
        return blank(rng) + '[' + ','.join(value(rng, level + 1) for _ in range(count)) + (blank(rng) if not count else '') + ']' + blank(rng)
    return blank(rng) + '{' + ','.join(blank(rng) + string(rng) + blank(rng) + ':' + value(rng, level + 1) for _ in range(count)) + '}' + blank(rng)


def mutate(rng, document):
    document = bytearray(document)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(document) + 1)
        what = rng.random()
        if what < .35 and document:
            del document[at:at + rng.randrange(1, 3)]
        elif what < .75:
            document[at:at] = rng.choice(PIECES)
        elif what < .85 and document:
            document[at - 1] ^= 1 << rng.randrange(8)
        else:
            other = rng.randrange(len(document) + 1)
            document[at:at] = document[min(at, other):max(at, other)][:20]
    return bytes(document)


def documents(count, seed):
    rng = random.Random(seed)
    while count > 0:
        whole = value(rng, 0).encode('utf-8', 'surrogatepass')
        batch = [whole] + [mutate(rng, whole) for _ in range(3)]
        if rng.random() < .02:
            nested = rng.randrange(28, 38)
            batch.append(b'[' * nested + b']' * nested)
        if rng.random() < .1:
            batch.append(bytes(rng.choice(b'[]{}:,"\\0123eE+-.tfnul \x80\xc3\xa9') for _ in range(rng.randrange(12))))
        yield from batch
        count -= len(batch)


def one_byte():
    document = b'{"a":[1,-2.5e3,"x\\n",true,null,{}]}'
    for at in range(len(document)):
        for byte in range(256):
            yield document[:at] + bytes([byte]) + document[at + 1:]


def main():
    count, seed = (int(arg) for arg in (sys.argv[2:] + ['60000', '7'][len(sys.argv) - 2:])[:2])
    tried = list(one_byte()) + list(documents(count, seed))
    data = b''.join(struct.pack('<I', len(document)) + document for document in tried)
    answers = subprocess.run(sys.argv[1].split(), input=data, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert len(answers) == len(tried), 'sieve_check ended early'
    expected = ['1' if valid(document) else '0' for document in tried]
    wrong = [(document, answer) for document, answer, right in zip(tried, answers, expected) if answer != right]
    for document, answer in wrong[:10]:
        print(f'{document!r}: sieve {answer}, Python {"valid" if valid(document) else "invalid"}')
    assert len(set(tried)) > count * .5 and .1 < expected.count('1') / len(tried) < .9, 'poor documents'
    print(f'sieve: {len(tried):,} documents ({expected.count("1"):,} valid) as Python\'s json, {len(wrong)} differ')
    return 1 if wrong else 0


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == '--one-byte':
        print(sum(valid(document) for document in one_byte()))
        sys.exit()
    sys.exit(main())
