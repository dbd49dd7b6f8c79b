#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""First inputs of the fuzzer: each recorded reply, for the operation that its name tells.   seeds.py RECORDINGS CORPUS"""
import glob
import os
import sys

OPERATIONS = ('create_identity', 'list_identities', 'batch_patch', 'list_identity_sessions', 'list_identity_schemas',
              'get_identity_schema', 'recovery_code', '')

os.makedirs(sys.argv[2], exist_ok=True)
for path in glob.glob(sys.argv[1] + '/*/*.reply'):
    release, name = path.split(os.sep)[-2:]
    op = next(i for i, words in enumerate(OPERATIONS) if words in name)
    with open(path, 'rb') as reply, open(f'{sys.argv[2]}/{release}-{name}', 'wb') as seed:
        seed.write(bytes((op, 96, 255)) + reply.read())
