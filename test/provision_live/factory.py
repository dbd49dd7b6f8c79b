#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A factory's boards, made by one host in batches: each has one identity, its credential logs in, and it boots without a request.

    factory.py FACTORY DEVICE [--boards N] [--newest]

One serial in the middle is another's already: that board must end in TAKEN, and no other one must suffer from it, whatever a release
makes of such a batch (up to 1.2 nothing, in 1.3 ids of what it rolled back). A board is one test; the last line is `N passed, N failed`.
"""
import argparse
import pathlib
import secrets
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'live'))
import databases  # noqa: E402  (test/live)
import judge  # noqa: E402
import processes  # noqa: E402
import servers  # noqa: E402

DONE, TAKEN = 2, 6  # enum kratos_provision_state
NO_SERVER = 1
STAND_INS = ('1.0.0', '1.3.1', '26.2.0')
SECONDS = 240


def take(admin, serial):
    """What another tool made."""
    with judge.Server(admin) as server:
        status, _, _ = server.ask('POST', '/admin/identities', {'schema_id': 'device', 'traits': {'serial': serial}, 'credentials':
                                                                {'password': {'config': {'password': secrets.token_hex(16)}}}})
        if status != 201:
            raise processes.Trouble(f'the serial could not be taken: {status}')


def check(line, found, taken, public, boot):
    """'' or what is wrong with the board of this line."""
    serial, state, identity, credential = line.split()
    if len(found.get(serial, [])) != 1:
        return f'{serial}: {len(found.get(serial, []))} identities'
    if serial == taken:
        return '' if int(state) == TAKEN else f'{serial}: state {state}, and its serial is taken'
    if int(state) != DONE or found[serial][0]['id'] != identity:
        return f'{serial}: state {state}, the record says {identity}, the server {found[serial][0]["id"]}'
    if judge.log_in(public, serial, credential) != identity:
        return f'{serial}: its credential does not log in'
    again = boot(serial)
    return '' if again == f'{DONE} {identity} {credential}' else f'{serial}: boots as {again}'


def make(programs, admin, public, args, external, verify):
    """What is wrong, and how many came by the batch."""
    tag = f'fa{secrets.token_hex(4)}'
    words = ['external'] * external + ['verify'] * verify
    taken = f'{tag}-{args.boards // 2}'
    take(admin, taken)
    with tempfile.TemporaryDirectory(prefix='factory-') as folder:
        def boot(serial):
            command = [programs[1], str(NO_SERVER), serial, f'{folder}/{serial}'] + ['external'] * external
            return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False).stdout.strip()

        done = subprocess.run([programs[0], admin.rpartition(':')[2], folder, tag, str(args.boards), *words], capture_output=True, text=True,
                              timeout=SECONDS, check=False)
        lines = done.stdout.splitlines()
        if done.returncode or len(lines) != args.boards + 1:
            return [f'factory ended with {done.returncode}: {done.stderr[-400:]}'] * args.boards, 0
        found = judge.identities(admin, tag + '-')
        with judge.Server(public) as log_ins:
            wrong = [check(line, found, taken, log_ins, boot) for line in lines[:-1]]
        return [about for about in wrong if about], int(lines[-1].split()[1])


def test(server, programs, args):
    """(boards, wrong)"""
    instances = server.instances()
    boards, wrong = 0, []
    try:
        admin, public, _ = next(instances)
        since = servers.number(server.release)
        for external in (False, True)[:1 + (since >= (25, 4))]:
            bad, by_batch = make(programs, admin, public, args, external, (1, 3) <= since < (2,))
            print(f'{server.label}: {args.boards} boards{", with external_id" if external else ""}, {by_batch} by the batch, {len(bad)} wrong', flush=True)
            boards += args.boards
            wrong += bad
    finally:
        instances.close()
    for about in wrong[:20]:
        print(f'FAIL  {about}')
    return boards, len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('factory')
    parser.add_argument('device')
    parser.add_argument('--boards', type=int, default=40, help='for each server, once with and once without external_id where it is known')
    parser.add_argument('--newest', action='store_true', help='of the real servers only the newest')
    args = parser.parse_args()
    boards = failed = 0
    try:
        with databases.chosen() as database:
            found = [one for one in servers.find_real(database) if not isinstance(one, servers.Running)]
            if not found:
                print('no real Kratos was found: the stand-in is used (KRATOS_BIN=FILE:FILE names some)')
            for server in (found[-1:] if args.newest else found) or [servers.Fake(release) for release in STAND_INS]:
                did, wrong = test(server, (args.factory, args.device), args)
                boards, failed = boards + did, failed + wrong
    except processes.Trouble as trouble:
        sys.exit(f'factory.py: {trouble}')
    finally:
        processes.stop_everything()
    print(f'{boards - failed} passed, {failed} failed')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
