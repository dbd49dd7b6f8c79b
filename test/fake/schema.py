"""Identity schemas: validation with the error texts of Kratos, and the `ory.sh/kratos` extensions.

The draft-07 keywords that identity schemas use are checked here; the words of each cause are those that the servers print.
While it validates it collects what the extensions mark: credential identifiers and addresses.
"""
import base64
import decimal
import ipaddress
import json
import re
import urllib.parse

import gojson
import gotext

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]+@(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$")


class Cause:
    """One validation error, perhaps with others below it."""

    def __init__(self, instance, schema, text, below=()):
        self.instance = instance
        self.schema = schema
        self.text = text
        self.below = list(below)

    def lines(self):
        yield "I[%s] S[%s] %s" % (self.instance, self.schema, self.text)
        for cause in self.below:
            for line in cause.lines():
                yield "  " + line

    def __str__(self):
        return "\n".join(self.lines())


def is_email(value):
    return len(value) <= 254 and EMAIL.match(value) is not None


def is_ip(value, version):
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False


def is_uri(value):
    return bool(urllib.parse.urlsplit(value).scheme) and " " not in value


def is_date(value):
    return re.match(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", value) is not None


FORMATS = {
    "email": is_email, "idn-email": is_email, "uri": is_uri, "date": is_date,
    "uuid": lambda v: gotext.uuid_or_nil(v) != gotext.NIL_UUID,
    "ipv4": lambda v: is_ip(v, 4), "ipv6": lambda v: is_ip(v, 6), "date-time": lambda v: gotext.RFC3339.match(v) is not None,
    "tel": lambda v: re.match(r"\+[1-9]\d{6,14}$", v) is not None,
}


class Found:
    """What the extensions of a schema marked in one document."""

    def __init__(self):
        self.identifiers = {}       # credential type -> values, in the order of the document
        self.code_channels = {}     # value of a code identifier -> channel
        self.verifiable = []        # (via, value)
        self.recovery = []          # (via, value)
        self.marks_password = False

    def add_identifier(self, kind, value):
        known = self.identifiers.setdefault(kind, [])
        if value not in known:
            known.append(value)


def escape_pointer(name):
    pointer = name.replace("~", "~0").replace("/", "~1")
    return urllib.parse.quote(pointer.encode("utf-8", "surrogateescape"), safe="$&+=:@-_.~")


def shown(value):
    """A value in an error: numbers are quoted too, they are strings of the decoder."""
    return json.dumps(value, ensure_ascii=False)


def number_of(text):
    return decimal.Decimal(text)


def same(left, right):
    """Equal as JSON values: numbers by what they are worth."""
    if isinstance(left, gojson.Number) and isinstance(right, gojson.Number):
        return number_of(left) == number_of(right)
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return left == right


class Schema:
    """One configured identity schema."""

    def __init__(self, ident, data, release):
        self.ident = ident
        self.data = data
        self.release = release
        self.root = gojson.whole_value(gojson.text_of(data))[0]

    @property
    def url_id(self):
        return base64.urlsafe_b64encode(self.ident.encode("utf-8")).rstrip(b"=").decode("ascii")

    def check(self, traits):
        """Validates decoded traits: (cause or None, Found). `traits` is wrapped as the servers do."""
        found = Found()
        causes = self.node({"traits": traits}, self.root, "#", "#", found)
        return self.join(causes, "#", "#"), found

    @staticmethod
    def join(causes, instance, schema):
        if not causes:
            return None
        if len(causes) == 1:
            return causes[0]
        return Cause(instance, schema, "validation failed", causes)

    def resolve(self, node):
        target = self.root
        for part in node["$ref"].lstrip("#").split("/")[1:]:
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return target

    def node(self, value, node, instance, path, found):
        """The causes that one schema node finds in one value."""
        if not isinstance(node, dict):
            return [] if node else [Cause(instance, path, "not allowed")]
        if "$ref" in node:
            below = self.node(value, self.resolve(node), instance, node["$ref"], found)
            return [Cause(instance, path + "/$ref", "doesn't validate with %s" % gotext.go_quote(node["$ref"]),
                below)] if below else []
        kind = gojson.kind_of(value)
        wrong = self.check_type(value, kind, node, instance, path)
        if wrong:
            return [wrong]
        causes = list(self.check_any(value, kind, node, instance, path, found))
        checks = {"object": self.check_object, "array": self.check_array, "string": self.check_string,
            "number": self.check_number}
        if kind in checks:
            causes += checks[kind](value, node, instance, path, found)
        causes += self.check_extension(value, kind, node, instance, path, found)
        joined = self.join(causes, instance, path)
        return [joined] if joined else []

    @staticmethod
    def check_type(value, kind, node, instance, path):
        if "type" not in node:
            return None
        types = node["type"] if isinstance(node["type"], list) else [node["type"]]
        names = {"bool": "boolean"}.get(kind, kind)
        whole = kind == "number" and not re.search("[.eE]", value)
        if names in types or (whole and "integer" in types):
            return None
        return Cause(instance, path + "/type", "expected %s, but got %s" % (" or ".join(types), names))

    def check_any(self, value, kind, node, instance, path, found):
        if "const" in node and not same(value, node["const"]):
            yield Cause(instance, path + "/const", "value must be %s" % shown(node["const"]))
        if "enum" in node and not any(same(value, known) for known in node["enum"]):
            yield Cause(instance, path + "/enum", "value must be one of %s" % ", ".join(shown(v) for v in node["enum"]))
        form = node.get("format")
        if kind == "string" and form in FORMATS and not FORMATS[form](value):
            yield Cause(instance, path + "/format", "%s is not valid %s" % (gotext.go_quote(value), gotext.go_quote(form)))
        for index, branch in enumerate(node.get("allOf", ())):
            below = self.node(value, branch, instance, "%s/allOf/%d" % (path, index), found)
            if below:
                yield Cause(instance, "%s/allOf/%d" % (path, index), "allOf failed", below)
        for word in ("anyOf", "oneOf"):
            results = [self.node(value, branch, instance, "%s/%s/%d" % (path, word, i), found) for i,
                branch in enumerate(node.get(word, ()))]
            passing = [index for index, causes in enumerate(results) if not causes]
            if word == "oneOf" and len(passing) > 1:
                yield Cause(instance, path + "/oneOf", "valid against schemas at indexes %d and %d" % tuple(passing[:2]))
            if results and not passing:
                yield Cause(instance, "%s/%s" % (path, word), word + " failed",
                    [cause for causes in results for cause in causes])
        if "not" in node and not self.node(value, node["not"], instance, path + "/not", Found()):
            yield Cause(instance, path + "/not", "not failed")

    def check_object(self, value, node, instance, path, found):
        count = len(value)
        if count < int(node.get("minProperties", 0)):
            yield Cause(instance, path + "/minProperties",
                "minimum %s properties allowed, but found %d properties" % (node["minProperties"], count))
        if count > int(node.get("maxProperties", count)):
            yield Cause(instance, path + "/maxProperties",
                "maximum %s properties allowed, but found %d properties" % (node["maxProperties"], count))
        missing = [name for name in node.get("required", ()) if name not in value]
        if missing:
            yield Cause(instance, path + "/required", "missing properties: %s" % ", ".join(map(gotext.go_quote, missing)))
        properties = node.get("properties", {})
        extra = []
        for name in value:
            below = "%s/%s" % (instance, escape_pointer(name))
            if name in properties:
                yield from self.node(value[name], properties[name], below, "%s/properties/%s" % (path, escape_pointer(name)),
                    found)
                continue
            patterns = [p for p in node.get("patternProperties", {}) if re.search(p, name)]
            for pattern in patterns:
                yield from self.node(value[name], node["patternProperties"][pattern], below, "%s/patternProperties/%s" % (path,
                    escape_pointer(pattern)), found)
            if not patterns:
                extra.append(name)
        yield from self.check_additional(value, extra, node, instance, path, found)

    def check_additional(self, value, extra, node, instance, path, found):
        additional = node.get("additionalProperties", True)
        if not extra or additional is True:
            return
        if additional is False:
            names = ", ".join(map(gotext.go_quote, extra))
            yield Cause(instance, path + "/additionalProperties", "additionalProperties %s not allowed" % names)
            return
        for name in extra:
            yield from self.node(value[name], additional, "%s/%s" % (instance, escape_pointer(name)),
                path + "/additionalProperties", found)

    def check_array(self, value, node, instance, path, found):
        count = len(value)
        if count < int(node.get("minItems", 0)):
            yield Cause(instance, path + "/minItems", "minimum %s items allowed, but found %d items" % (node["minItems"],
                count))
        if count > int(node.get("maxItems", count)):
            yield Cause(instance, path + "/maxItems", "maximum %s items allowed, but found %d items" % (node["maxItems"],
                count))
        if node.get("uniqueItems"):
            yield from self.check_unique(value, instance, path)
        if isinstance(node.get("items"), dict):
            for index, item in enumerate(value):
                yield from self.node(item, node["items"], "%s/%d" % (instance, index), path + "/items", found)

    @staticmethod
    def check_unique(value, instance, path):
        for second in range(1, len(value)):
            for first in range(second):
                if same(value[first], value[second]):
                    yield Cause(instance, path + "/uniqueItems", "items at index %d and %d are equal" % (first, second))
                    return

    @staticmethod
    def check_string(value, node, instance, path, found):
        size = len(value)
        if size < int(node.get("minLength", 0)):
            yield Cause(instance, path + "/minLength", "length must be >= %s, but got %d" % (node["minLength"], size))
        if size > int(node.get("maxLength", size)):
            yield Cause(instance, path + "/maxLength", "length must be <= %s, but got %d" % (node["maxLength"], size))
        if "pattern" in node and not re.search(node["pattern"], value):
            yield Cause(instance, path + "/pattern", "does not match pattern %s" % gotext.go_quote(node["pattern"]))

    @staticmethod
    def check_number(value, node, instance, path, found):
        number = number_of(value)
        for word, sign, holds in (("minimum", ">=", number.__ge__), ("exclusiveMinimum", ">", number.__gt__),
                                  ("maximum", "<=", number.__le__), ("exclusiveMaximum", "<", number.__lt__)):
            if word in node and not holds(number_of(node[word])):
                yield Cause(instance, "%s/%s" % (path, word), "must be %s %s but found %s" % (sign, node[word], value))
        if "multipleOf" in node and number % number_of(node["multipleOf"]):
            yield Cause(instance, path + "/multipleOf", "%s not multipleOf %s" % (value, node["multipleOf"]))

    def check_extension(self, value, kind, node, instance, path, found):
        """Follows `ory.sh/kratos`. A value that is no address of the wanted kind is a second cause beside the format's."""
        marks = node.get("ory.sh/kratos")
        if not marks or kind not in ("string", "number"):
            return
        credentials = marks.get("credentials", {})
        for name in ("password", "webauthn", "totp"):
            if credentials.get(name, {}).get("identifier"):
                found.add_identifier(name, value.lower())
        code = credentials.get("code", {})
        if code.get("identifier") and self.release.code_credential:
            if self.release.code_checks_email and not is_email(value):
                yield Cause(instance, path + "/format", "%s is not a valid %s" % (gotext.go_quote(value), '"email"'))
                return
            found.add_identifier("code", value.strip().lower())
            found.code_channels[value.strip().lower()] = code.get("via", "email")
        for word, known in (("verification", found.verifiable), ("recovery", found.recovery)):
            via = marks.get(word, {}).get("via")
            if not via:
                continue
            if via == "email" and not is_email(value):
                yield Cause(instance, path + "/format", "%s is not valid %s" % (gotext.go_quote(value), '"email"'))
                return
            pair = (via, value.strip().lower())
            if pair not in known:
                known.append(pair)
