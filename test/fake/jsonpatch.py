"""JSON Patch as Kratos applies it to an identity: add, remove and replace only, missing parents are created.

Containers are opened only along the paths that are touched, so the text of everything else stays as it was.
"""
import re

import gojson
import gotext
import http1
from problem import Problem

WHAT = "An error occured when applying the JSON patch"


def refused(message):
    return Problem(400, message, WHAT)


class Members(dict):
    """The members of an opened object. A name that came twice is written twice, with the last value."""

    def __init__(self, pairs):
        super().__init__()
        self.order = []
        for name, node in pairs:
            self.order.append(name)
            super().__setitem__(name, node)

    def __setitem__(self, name, node):
        if name not in self:
            self.order.append(name)
        super().__setitem__(name, node)

    def __delitem__(self, name):
        self.order = [known for known in self.order if known != name]
        super().__delitem__(name)


class Node:
    """A JSON value: raw text until somebody looks inside. `given` marks one that a patch brought."""

    def __init__(self, raw, given=False):
        self.raw = raw
        self.given = given
        self.inside = None

    def open(self):
        """The members (dict) or elements (list); None for a scalar."""
        if self.inside is None and self.raw[:1] == "{":
            self.inside = Members((name, Node(raw)) for name, _, raw in gojson.members(self.raw))
        elif self.inside is None and self.raw[:1] == "[":
            self.inside = [Node(raw) for _, raw in gojson.elements(self.raw)]
        return self.inside

    def text(self):
        if self.inside is None:
            return self.raw
        if isinstance(self.inside, list):
            return "[%s]" % ",".join(node.text() for node in self.inside)
        return "{%s}" % ",".join("%s:%s" % (gojson.quote(name), self.inside[name].text()) for name in self.inside.order)


def is_element(part):
    """A last path part that may mean an array element keeps `replace` strict."""
    return part == "-" or re.match(r"[+-]?\d+$", part) is not None


def parts_of(path):
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def position(part, size):
    """The array index that a path part means; negative ones count from the end."""
    try:
        index = gotext.atoi(part)
    except gotext.TextFault as fault:
        raise refused(str(fault)) from None
    if index >= size or index < -size:
        raise refused("Unable to access invalid index: %d: invalid index referenced" % index)
    return index if index >= 0 else index + size


def container_of(root, parts, create, release=None):
    """The opened container that holds the last part of a path, None if there is none. `create` makes what is missing."""
    node = root
    for depth, part in enumerate(parts[:-1]):
        inside = node.open()
        child = child_of(inside, part)
        if create and child is not None and child.given and child.raw == "null":
            raise GivenNull
        if create and isinstance(inside, dict) and (child is None or child.raw == "null" and child.inside is None):
            child = inside[part] = new_container(parts[depth + 1])
        if create and isinstance(inside, list) and child is None:
            child = padded_element(inside, part, parts[depth + 1])
        if child is None:
            return None
        node = child
    if create and node.open() is None:
        raise refused(not_a_container(node, release))
    return node.open()


def not_a_container(node, release):
    """The words about a path that leads below a scalar."""
    if release.patch_checked_first:
        return "invalid state detected"
    kind = gojson.kind_of(gojson.first_value(node.raw)[0])
    return "json: cannot unmarshal %s into Go value of type map[string]*jsonpatch.lazyNode" % kind


class GivenNull(Exception):
    """A path leads below a null that this very patch has put there: the library trips over it."""


def new_container(next_part):
    if not is_element(next_part):
        return Node("{}")
    node = Node("[]")
    node.open()
    index = 0 if next_part == "-" else max(int(next_part), 0)
    node.inside.extend(Node("null") for _ in range(index))
    return node


def padded_element(elements, part, next_part):
    """A container behind the end of an array: the places in between are filled with null."""
    if not part.isdigit():
        return None
    elements.extend(Node("null") for _ in range(int(part) - len(elements)))
    elements.append(new_container(next_part))
    return elements[-1]


def child_of(inside, part):
    if isinstance(inside, dict):
        return inside.get(part)
    if not isinstance(inside, list):
        return None
    try:
        return inside[position(part, len(inside))]
    except Problem:
        return None


def missing_path(operation, path):
    return refused("%s operation does not apply: doc is missing path: %s: missing value" % (operation, gotext.go_quote(path)))


class Patch:
    """One operation, read from a decoded body."""

    def __init__(self, value, raw):
        self.value = value or {}
        self.nodes = {name: value_raw for name, _, value_raw in gojson.members(raw)} if value else {}

    @property
    def kind(self):
        kind = self.value.get("op")
        return kind if isinstance(kind, str) and not isinstance(kind, gojson.Number) else "unknown"

    def text_member(self, name):
        """A member that must be a string; the words are the library's."""
        if name not in self.value:
            comma = "," if name == "from" else ""
            raise ValueError("operation%s missing %s field: missing value" % (comma, name))
        if not isinstance(self.value[name], str) or isinstance(self.value[name], gojson.Number):
            raise ValueError("json: cannot unmarshal %s into Go value of type string" % gojson.kind_of(self.value[name]))
        return gojson.clean(self.value[name])

    def new_node(self):
        return Node(gojson.compact(self.nodes.get("value", "null")), given=True)

    def sorted_text(self):
        return "{%s}" % ",".join("%s:%s" % (gojson.quote(name),
            gojson.compact(self.nodes[name])) for name in sorted(self.nodes))


def parse(data, strict):
    """The operations of a body. `strict` releases check every operation before any is applied."""
    text = gojson.text_of(data)
    try:
        value, raw = gojson.whole_value(text)
    except gojson.JSONFault as fault:
        raise refused("invalid state detected" if strict else str(fault)) from None
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused("json: cannot unmarshal %s into Go value of type jsonpatch.Patch" % gojson.kind_of(value))
    patches = []
    for item, item_raw in gojson.elements(raw):
        if item is not None and not isinstance(item, dict):
            raise refused("json: cannot unmarshal %s into Go value of type jsonpatch.Operation" % gojson.kind_of(item))
        patch = Patch(item, item_raw)
        if strict:
            check_strictly(patch, "null" if item is None else patch.sorted_text())
        patches.append(patch)
    return patches


def check_strictly(patch, shown):
    def invalid(text):
        return refused("invalid operation %s: %s" % (shown, text))
    if patch.kind in ("add", "replace"):
        if "value" not in patch.nodes:
            raise invalid("failed to decode 'value': operation, missing value field: missing value")
    elif patch.kind in ("move", "copy"):
        try:
            patch.text_member("from")
        except ValueError as fault:
            raise invalid("failed to decode 'from': %s" % fault) from None
    elif patch.kind not in ("remove", "test"):
        raise invalid("unsupported operation")
    try:
        patch.text_member("path")
    except ValueError as fault:
        raise invalid("failed to decode 'path': %s" % fault) from None


def is_denied(path, release):
    shown = path.lower() if release.patch_denies_any_case else path
    for denied in release.patch_denied:
        pattern = denied.lower() if release.patch_denies_any_case else denied
        if pattern.endswith("/**"):
            if shown.startswith(pattern[:-2]):
                return True
        elif shown == pattern:
            return True
    return False


def checked(patches, release):
    """(operation, path) of all operations, or the first refusal of one that may not be."""
    pairs = []
    for patch in patches:
        if patch.kind not in ("add", "remove", "replace"):
            raise refused("unsupported operation: %s" % patch.kind)
        try:
            path = patch.text_member("path")
        except ValueError as fault:
            raise refused("error parsing patch operations: %s" % fault) from None
        if is_denied(path, release):
            raise refused("patch includes denied path: %s" % path)
        pairs.append((patch, path))
    return pairs


def apply(root, pairs, release):
    """Applies checked operations to the document node, or raises the first refusal."""
    try:
        for patch, path in pairs:
            root = apply_one(root, patch, path, release)
    except GivenNull:
        raise (refused("invalid state detected") if release.patch_checked_first else http1.Abort) from None
    return root


def apply_one(root, patch, path, release):
    parts = parts_of(path)
    kind = patch.kind
    if kind == "replace" and not (path and is_element(parts[-1] if parts else "")):
        kind = "add"
    if not parts:
        if path == "" and kind == "add" and release.patch_checked_first:
            return patch.new_node()
        raise missing_path(kind, path)
    if kind == "add":
        add(root, parts, path, patch.new_node(), release)
    elif kind == "remove":
        remove(root, parts, path)
    else:
        replace(root, parts, path, patch.new_node())
    return root


def add(root, parts, path, node, release):
    inside = container_of(root, parts, create=True, release=release)
    if inside is None:
        raise missing_path("add", path)
    if isinstance(inside, dict):
        inside[parts[-1]] = node
        return
    if parts[-1] == "-":
        inside.append(node)
        return
    try:
        inside.insert(position(parts[-1], len(inside) + 1), node)
    except Problem as problem:
        kind = "" if is_element(parts[-1]) else "value was not a proper array index: '%s': " % parts[-1]
        raise refused("error in add for path: '%s': %s%s" % (path, kind, problem.message)) from None


def remove(root, parts, path):
    inside = container_of(root, parts, create=False)
    if inside is None:
        raise missing_path("remove", path)
    if isinstance(inside, dict):
        if parts[-1] not in inside:
            raise refused("error in remove for path: '%s': unable to remove nonexistent key: %s: missing value" % (path,
                parts[-1]))
        del inside[parts[-1]]
        return
    try:
        del inside[position(parts[-1], len(inside))]
    except Problem as problem:
        raise refused("error in remove for path: '%s': %s" % (path, problem.message)) from None


def replace(root, parts, path, node):
    inside = container_of(root, parts, create=False)
    if inside is None:
        raise missing_path("replace", path)
    if isinstance(inside, dict):
        if parts[-1] not in inside:
            raise refused("replace operation does not apply: doc is missing key: %s: missing value" % path)
        inside[parts[-1]] = node
        return
    try:
        inside[position(parts[-1], len(inside))] = node
    except Problem:
        raise refused("replace operation does not apply: doc is missing key: %s: missing value" % path) from None
