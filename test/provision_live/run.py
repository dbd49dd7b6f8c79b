#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Many devices, eight at a time, through a bad network, killed at random: in the end the server has exactly one identity of each,
the device's record names it, and its credential logs in.

    run.py PROGRAM [--devices N] [--seed S] [--newest] [--fake]

Servers: every real Kratos that test/live/servers.py finds (KRATOS_BIN, PATH, KRATOS_ADMIN_URL), else the stand-in. A device is one
test; the last line is `N passed, N failed`. What the devices were told is in lives.py, what is done to their requests in proxy.py.
"""
import argparse
import collections
import http.client
import json
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'live'))
import databases  # noqa: E402  (test/live)
import judge  # noqa: E402
import lives  # noqa: E402
import processes  # noqa: E402
import servers  # noqa: E402

AT_A_TIME = 8
STAND_INS = ('1.0.0', '26.2.0')  # without external_id, and with
SHOWN = 20


class Network:
    """proxy.py in front of a server."""

    def __init__(self, admin, seed):
        self.process = processes.start_process([servers.PYTHON, str(HERE / 'proxy.py'), admin.rpartition(':')[2], str(seed)],
                                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline() or 0)
        if not self.port:
            raise processes.Trouble('the proxy did not start')

    def end(self):
        """What it did, after all of it has landed."""
        self.process.stdin.close()
        said = self.process.stdout.read()
        processes.stop_process(self.process)
        return json.loads(said)


def live(device, program, port):
    """'' or what went wrong."""
    try:
        device.live(program, port)
    except (lives.Bad, OSError, ValueError, subprocess.TimeoutExpired) as bad:
        return str(bad)
    return ''


# ---- What the server says ------------------------------------------------------------------------------------------------

def name_count(identity):
    return len(((identity.get('metadata_admin') or {}).get('kp')) or {})


def check_identity(device, found):
    if len(found) != 1:
        return f'{len(found)} identities: ' + ' '.join(one['id'] for one in found)
    if found[0]['id'] != device.outcome.id:
        return f'the record has {device.outcome.id}, the server {found[0]["id"]}'
    if found[0]['state'] != ('inactive' if device.retired else 'active'):
        return f'it is {found[0]["state"]}'
    if name_count(found[0]) != 1:
        return f'metadata_admin is {found[0].get("metadata_admin")}'
    return ''


def check_log_in(device, server, counts):
    wanted = None if device.retired else device.outcome.id
    got = judge.log_in(server, device.serial, device.outcome.credential)
    counts['logged in' if got else 'refused as retired'] += 1
    if got != wanted:
        return f'logs in as {got} instead of {wanted}'
    for old in device.old:
        counts['old credentials refused'] += 1
        if judge.log_in(server, device.serial, old):
            return 'logs in with a credential that was replaced'
    return ''


def check(devices, found, public, counts):
    """{serial: what is wrong}"""
    wrong = {}
    with judge.Server(public) as server:
        for device in devices:
            try:
                about = check_identity(device, found[device.serial]) or check_log_in(device, server, counts)
            except (OSError, http.client.HTTPException) as error:
                about = f'the server: {error}'
            if about:
                wrong[device.serial] = about
    return wrong


# ---- One server ----------------------------------------------------------------------------------------------------------

def counted(counter):
    return ', '.join(f'{n} {name}' for name, n in sorted(counter.items(), key=lambda item: -item[1])) or 'none'


def print_figures(devices, network, found, counts, seconds):
    kills = sum((device.kills for device in devices), collections.Counter())
    print(f'devices      {len(devices)}, {AT_A_TIME} at a time, {sum(device.starts for device in devices)} starts, {seconds[0]:.0f} s; '
          f'the server asked in {seconds[1]:.0f} s')
    print(f'told to      {counted(collections.Counter(task or "provision" for device in devices for task in device.tasks))}')
    print(f'kills        {sum(kills.values())}; the record then said: {counted(kills)}')
    print(f'requests     {network["requests"]}, of them with a fault {sum(network["faults"].values())}: {counted(network["faults"])}; '
          f'{network["repeated"]} of those overtaken landed just before their repetition')
    print(f'answers      {counted(network["answers"])}')
    print(f'identities   {sum(map(len, found.values()))}; log-ins: {counted(counts)}')


def run(devices, program, admin, public, args):
    """{serial: what is wrong}"""
    begun = time.monotonic()
    network = Network(admin, args.seed)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            said = list(pool.map(lambda device: live(device, program, network.port), devices))
        except BaseException:
            lives.stop()
            raise
    did, lived = network.end(), time.monotonic()
    wrong = {device.serial: about for device, about in zip(devices, said) if about}
    found, counts = judge.identities(admin, args.tag + '-'), collections.Counter()
    wrong.update(check([device for device in devices if device.serial not in wrong], found, public, counts))
    print_figures(devices, did, found, counts, (lived - begun, time.monotonic() - lived))
    strangers = set(found) - {device.serial for device in devices}
    if strangers or did['lost']:
        wrong['network'] = f'{did["lost"]} late requests were not answered; serials of nobody: {sorted(strangers)}'
    return wrong


def test(server, args):
    """How many failed."""
    instances = server.instances()
    try:
        admin, public, _ = next(instances)
        print(f'{server.label}, database: {server.database.title}, seed {args.seed}', flush=True)
        with tempfile.TemporaryDirectory(prefix='provision-live-') as folder:
            devices = lives.make(args.devices, args.tag, f'{folder}/records', args.seed)
            wrong = run(devices, str(args.program), admin, public, args)
        if isinstance(server, servers.Running):
            clean_up(admin, args.tag)
    finally:
        instances.close()
    for serial, about in list(wrong.items())[:SHOWN]:
        print(f'FAIL  {serial}: {about}')
    print(flush=True)
    return len(wrong)


def clean_up(admin, tag):
    with judge.Server(admin) as server:
        for found in judge.identities(admin, tag + '-').values():
            for identity in found:
                server.ask('DELETE', f'/admin/identities/{identity["id"]}')


def choose(database, args):
    found = [] if args.fake else servers.find_real(database)
    if not found:
        print('no real Kratos was found: the stand-in is used (KRATOS_BIN=FILE:FILE names some)')
        return [servers.Fake(release) for release in STAND_INS]
    return found[-1:] if args.newest else found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program', type=pathlib.Path)
    parser.add_argument('--devices', type=int, default=60, help='for each server')
    parser.add_argument('--seed', type=int, default=secrets.randbelow(1000000))
    parser.add_argument('--newest', action='store_true', help='of the real servers only the newest')
    parser.add_argument('--fake', action='store_true', help='the stand-in only')
    args = parser.parse_args()
    args.tag = f'pl{secrets.token_hex(3)}'  # a running server may have serials of an earlier run
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = tested = 0
    try:
        with databases.SQLite() if args.fake else databases.chosen() as database:
            for server in choose(database, args):
                failed += test(server, args)
                tested += args.devices
    except processes.Trouble as trouble:
        sys.exit(f'run.py: {trouble}')
    except KeyboardInterrupt:
        return 130
    finally:
        processes.stop_everything()
    print(f'{max(tested - failed, 0)} passed, {failed} failed')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
