# SPDX-License-Identifier: Apache-2.0
"""A device as a test or a demo sees it from outside: the record in its store, its log-in, its identities on the server. It must
never ask the device.
"""
import json
import ssl
import struct
import urllib.error
import urllib.parse
import urllib.request
import zlib

RECORD = struct.Struct('<BBB37sII8s16s16sI')  # struct kratos_record on a little-endian machine
IMAGE = struct.Struct('<IHH116sI')            # struct image of core/slots.c
MAGIC = 0x4B70
UNIT = 4096                                   # FLASH_UNIT of boards/mps2
STATES = ('empty', 'intent', 'done', 'rotating', 'claiming', 'retiring', 'taken', 'gone', 'retired', 'not unique', 'conflict')


class Record:
    def __init__(self, data):
        _, state, _, ident, _, self.generation, _, credential, following, check = RECORD.unpack(data)
        assert check == zlib.crc32(data[:-4]), 'the record is damaged'
        self.state, self.id = STATES[state], ident.split(b'\0')[0].decode()
        self.password, self.next_password = credential.hex(), following.hex()


def from_file(path):
    return Record(path.read_bytes())


def is_image(slot):
    _, _, magic, _, crc = IMAGE.unpack(slot[:IMAGE.size])
    return magic == MAGIC and crc == zlib.crc32(slot[:IMAGE.size - 4])


def from_flash(path):
    """The newer one of two slots; None: there is none."""
    data = path.read_bytes()
    found = [IMAGE.unpack(data[at:at + IMAGE.size]) for at in (0, UNIT) if is_image(data[at:])]
    _, size, _, payload, _ = max(found, default=(0, 0, 0, b'', 0))
    return Record(payload[:size]) if found else None


def blank_flash(path):
    path.write_bytes(b'\xff' * (2 * UNIT))


# ---- The server ------------------------------------------------------------------------------------------------------

CONTEXT = ssl._create_unverified_context()  # a test CA; the device is who verifies


def ask(url, body=None):
    """(status, JSON)"""
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {'Content-Type': 'application/json'})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=CONTEXT))
    try:
        with opener.open(request, timeout=20) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def log_in(public, serial, password):
    """The id of the identity that these open, by the native login flow; None: they are refused."""
    flow = ask(f'{public}/self-service/login/api')[1]['id']
    status, answer = ask(f'{public}/self-service/login?flow={flow}', {'method': 'password', 'identifier': serial, 'password': password})
    return answer['session']['identity']['id'] if status == 200 else None


def identities(admin, serial):
    """The ids of all identities with this serial."""
    found = ask(f'{admin}/admin/identities?credentials_identifier={urllib.parse.quote(serial)}')[1]
    return [one['id'] for one in found if one['traits'].get('serial') == serial]
