#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""First inputs of the fuzzers.   seeds.py RECORDINGS OUT

OUT/corpus-reply: each recorded reply, for the operation that its name tells. OUT/corpus-slots: what two slots may hold.
OUT/corpus-record: a record in each state, and replies that say whose the identity is.
"""
import glob
import os
import struct
import sys

OPERATIONS = ('create_identity', 'list_identities', 'batch_patch', 'list_identity_sessions', 'list_identity_schemas',
              'get_identity_schema', 'recovery_code', '')
ID = '9f425a8d-7efc-4768-8f23-7647a74fdf13'
OWNER = b'\x5a' * 8                             # as record_fuzz.c makes it


def write(out, kind, name, data):
    os.makedirs(f'{out}/corpus-{kind}', exist_ok=True)
    with open(f'{out}/corpus-{kind}/{name}', 'wb') as seed:
        seed.write(data)


def replies(recordings, out):
    for path in glob.glob(recordings + '/*/*.reply'):
        release, name = path.split(os.sep)[-2:]
        op = next(i for i, words in enumerate(OPERATIONS) if words in name)
        with open(path, 'rb') as reply:
            write(out, 'reply', f'{release}-{name}', bytes((op, 96, 255)) + reply.read())


def slots(out):
    for flags in range(64):
        for newer in (0, 1):
            images = (struct.pack('<IHH', 7 + newer * side, 92, 0x4B70) + bytes([65 + side]) * 120 for side in (0, 1))
            write(out, 'slots', f'{flags}-{newer}', bytes((flags, 0, 92, 0)) + b''.join(images))


def http(status, body):
    kind = 'application/json'
    return (f'HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}').encode()


def identity(name, identifier='sn-1'):
    return (f'{{"id":"{ID}","external_id":"ext-1","credentials":{{"password":{{"type":"password","identifiers":'
            f'["{identifier}"]}}}},"schema_id":"d","state":"active","traits":{{"serial":"sn-1"}},'
            f'"metadata_admin":{{"kp":{{"{name}":1}}}}}}')


def answers():
    ours, other, none = OWNER.hex(), '00' * 8, http(200, '[]')
    conflict = http(409, '{"error":{"code":409,"status":"Conflict","message":"exists","reason":"it exists"}}')
    missing = http(404, '{"error":{"code":404,"status":"Not Found","message":"Unable to locate the resource"}}')
    for name in (f'{ours}.g0', f'{ours}.g1', f'{ours}.g2', f'{ours}.retired', f'{other}.g0'):
        for who in (identity(name), identity(name, 'another')):
            yield http(201, who)
            yield http(200, who)
            yield http(200, f'[{who}]')
            yield conflict + http(200, f'[{who}]')
            yield none + http(200, f'[{who}]') + http(200, who) * 3
            yield missing + http(200, f'[{who}]') + http(200, who) * 3
    yield conflict + none + conflict + none
    yield missing + none
    yield http(400, '{"error":{"code":400,"status":"Bad Request","message":"unknown field external_id"}}') + conflict


def records(out):
    for state in range(11):
        for number, answer in enumerate(answers()):
            record = struct.pack('<BBB37sII8s16s16sI', 1, state, 0, ID.encode(), 0, 0, OWNER, b'c' * 16, b'n' * 16, 0)
            assert len(record) == 92
            flags = 1 | 2 | 4 | 128 | (8, 16, 0, 0)[number % 4] | (32 if number % 7 == 0 else 0)
            write(out, 'record', f'{state}-{number}', bytes((flags, 9 if number % 5 else 0, 40 + number)) + record + answer)


if __name__ == '__main__':
    replies(sys.argv[1], sys.argv[2])
    slots(sys.argv[2])
    records(sys.argv[2])
