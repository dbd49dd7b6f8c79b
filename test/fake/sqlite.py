"""What becomes of metadata that is a bare number: SQLite stores a number, and what Kratos reads back is no JSON any more.

Up to v25.4.0 such a row is loaded but not encoded in a reply; in v26.2.0 it cannot even be loaded. It can be deleted.
"""
import re

from problem import Problem

ENCODING = "json: error calling MarshalJSON for type %s: "
NO_JSON = "sqlxx.NullJSONRawMessage: invalid character '%' looking for beginning of value"
SCANNING = 'sqlite select %s: sql: Scan error on column index %d, name "%s": cannot scan %s into JSONRawMessage'
COLUMNS = ((4, "metadata_admin"), (5, "metadata_public"))


def is_number(raw):
    return re.match("[-0-9]", raw or "") is not None


def go_type(raw):
    """What comes back from a column with numeric affinity: all that is whole and fits is an integer."""
    value = int(raw) if re.fullmatch("-?[0-9]+", raw) else float(raw)
    return "int64" if -2 ** 63 <= value < 2 ** 63 and value == int(value) else "float64"


def check_load(identities, release, many=False):
    """Raises where the release cannot load these rows. `many`: they are read as a list."""
    if release.loads_number_metadata:
        return
    for identity in identities:
        for column, name in COLUMNS:
            raw = getattr(identity, name)
            if is_number(raw):
                text = SCANNING % ("many" if many else "one", column, name, go_type(raw))
                raise Problem(500, ("unable to fetch records: " if many else "") + text)


def can_load(identity, release):
    try:
        check_load([identity], release)
    except Problem:
        return False
    return True


def encoding_fault(identity, go_types, with_admin=True):
    """The words about a loaded row that a reply cannot hold, None if it can. `go_types` enclose it, from the outside."""
    if not is_number(identity.metadata_public) and not (with_admin and is_number(identity.metadata_admin)):
        return None
    return "".join(ENCODING % name for name in go_types) + (ENCODING % NO_JSON)[:-2]


def check_encode(identities, go_types, with_admin=True, headers=None):
    """Raises where a reply cannot hold these rows. It keeps the headers that were set already."""
    for identity in identities:
        fault = encoding_fault(identity, go_types, with_admin)
        if fault is not None:
            raise Problem(500, fault, headers=headers)
