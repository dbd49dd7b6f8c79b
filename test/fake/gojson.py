"""JSON the way Go's encoding/json sees it: exact error texts, raw text kept, decoding into described structs.

Text is held as str decoded from UTF-8 with `surrogateescape`, so bytes that are not UTF-8 survive. The C scanner of
Python's json module does the work; only when it refuses does a slow walk find the words that Go would use.
"""
import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Optional

BLANK = " \t\n\r"
MAX_DEPTH = 10000
SURROGATES = re.compile("[\ud800-\udfff]")
PLAIN_CHARACTERS = re.compile(r'[^"\\\x00-\x1f]*')
STRING_OR_BLANKS = re.compile(r'("(?:[^"\\]+|\\.)*")|[ \t\n\r]+')
HTML_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class JSONFault(Exception):
    """A body that Go refuses; the text is Go's."""


class Number(str):
    """A number as it was spelled."""


def _refuse(constant):
    raise ValueError(constant)


_decoder = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_refuse)


def text_of(data):
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text):
    return text.encode("utf-8", "surrogateescape")


def clean(text):
    """A decoded string as Go holds it: what is no character became U+FFFD."""
    return SURROGATES.sub("\ufffd", text)


def quote(text):
    """A string as Go's encoder writes it; bytes that are no UTF-8 (held as surrogates) come out as an escape."""
    return SURROGATES.sub("\\\\ufffd", json.dumps(text, ensure_ascii=False).translate(HTML_ESCAPES))


def compact(raw):
    """Raw JSON without insignificant blanks, HTML-escaped like Go's encoder does even with raw members."""
    if any(blank in raw for blank in BLANK):
        raw = STRING_OR_BLANKS.sub(lambda match: match.group(1) or "", raw)
    return raw.translate(HTML_ESCAPES)


def kind_of(value):
    """The JSON kind of a decoded value, in the words of Go and of the schema validator."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Number):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def skip_blanks(text, at):
    while at < len(text) and text[at] in BLANK:
        at += 1
    return at


def first_value(text):
    """The first JSON value in the text: (value, raw text). What follows it is not looked at, as Go's Decoder does."""
    start = skip_blanks(text, 0)
    if start == len(text):
        raise JSONFault("EOF")
    try:
        value, end = _decoder.raw_decode(text, start)
    except (ValueError, RecursionError):
        raise JSONFault(explain(text, start) or "unexpected EOF") from None
    raw = text[start:end]
    if isinstance(value, Number) and end < len(text) and text[end] not in BLANK:
        fault = explain(text, start)
        if fault:
            raise JSONFault(fault)
    return value, raw


def whole_value(text):
    """The text as exactly one JSON value, as Go's Unmarshal wants it."""
    try:
        value, raw = first_value(text)
    except JSONFault as fault:
        raise JSONFault("unexpected end of JSON input" if str(fault) in ("EOF", "unexpected EOF") else str(fault)) from None
    end = skip_blanks(text, skip_blanks(text, 0) + len(raw))
    if end < len(text):
        raise JSONFault("invalid character %s after top-level value" % quoted_character(text[end]))
    return value, raw


def members(raw):
    """The members of a raw object, in order: (name, value, raw value). Doubles are kept."""
    at = skip_blanks(raw, 1)
    while raw[at] != "}":
        name, at = json.decoder.scanstring(raw, at + 1, True)
        at = skip_blanks(raw, skip_blanks(raw, at) + 1)
        value, end = _decoder.raw_decode(raw, at)
        yield clean(name), value, raw[at:end]
        at = skip_blanks(raw, end)
        if raw[at] == ",":
            at = skip_blanks(raw, at + 1)


def elements(raw):
    """The elements of a raw array: (value, raw value)."""
    at = skip_blanks(raw, 1)
    while raw[at] != "]":
        value, end = _decoder.raw_decode(raw, at)
        yield value, raw[at:end]
        at = skip_blanks(raw, end)
        if raw[at] == ",":
            at = skip_blanks(raw, at + 1)


def quoted_character(character):
    if character == "'":
        return "'\\''"
    if character == '"':
        return "'\"'"
    byte = character.encode("utf-8", "surrogateescape")[0]
    escapes = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 92: "\\\\"}
    if byte in escapes:
        return "'%s'" % escapes[byte]
    if byte < 32 or byte == 127:
        return "'\\x%02x'" % byte
    if 128 <= byte < 160 or byte == 173:
        return "'\\u%04x'" % byte
    return "'%s'" % chr(byte)


class _Walk:
    """A slow walk over a text that the fast scanner refused, to find the first character that Go would refuse."""

    def __init__(self, text, at):
        self.text = text
        self.at = at

    def refuse(self, where):
        if self.at >= len(self.text):
            raise JSONFault("unexpected EOF")
        raise JSONFault("invalid character %s %s" % (quoted_character(self.text[self.at]), where))

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def blanks(self):
        self.at = skip_blanks(self.text, self.at)

    def string(self):
        self.at += 1
        while True:
            self.at = PLAIN_CHARACTERS.match(self.text, self.at).end()
            if self.peek() == '"':
                break
            character = self.peek()
            if not character or character < " ":
                self.refuse("in string literal")
            self.at += 1
            if character == "\\":
                self.escape()
        self.at += 1

    def escape(self):
        character = self.peek()
        if not character or character not in 'bfnrt\\/"u':
            self.refuse("in string escape code")
        self.at += 1
        if character != "u":
            return
        for _ in range(4):
            if not self.peek() or self.peek() not in "0123456789abcdefABCDEF":
                self.refuse("in \\u hexadecimal character escape")
            self.at += 1

    def digits(self, where):
        if not self.peek() or self.peek() not in "0123456789":
            self.refuse(where)
        while self.peek() and self.peek() in "0123456789":
            self.at += 1

    def number(self):
        if self.peek() == "-":
            self.at += 1
        if self.peek() == "0":
            self.at += 1
        else:
            self.digits("in numeric literal")
        if self.peek() == ".":
            self.at += 1
            self.digits("after decimal point in numeric literal")
        if self.peek() and self.peek() in "eE":
            self.at += 1
            if self.peek() and self.peek() in "+-":
                self.at += 1
            self.digits("in exponent of numeric literal")

    def literal(self, word):
        for expected in word[1:]:
            self.at += 1
            if self.peek() != expected:
                self.refuse("in literal %s (expecting %s)" % (word, quoted_character(expected)))
        self.at += 1

    def scalar(self):
        character = self.peek()
        if character == '"':
            self.string()
        elif character and character in "-0123456789":
            self.number()
        elif character and character in "tfn":
            self.literal({"t": "true", "f": "false", "n": "null"}[character])
        else:
            self.refuse("looking for beginning of value")

    def key(self):
        self.blanks()
        if self.peek() != '"':
            self.refuse("looking for beginning of object key string")
        self.string()
        self.blanks()
        if self.peek() != ":":
            self.refuse("after object key")
        self.at += 1

    def value(self):
        """One value, containers by a stack of their closing characters."""
        stack = []
        while True:
            self.blanks()
            opening = self.peek()
            if opening and opening in "{[":
                self.at += 1
                self.blanks()
                closing = "}" if opening == "{" else "]"
                if len(stack) >= MAX_DEPTH:
                    raise JSONFault("exceeded max depth")
                if self.peek() != closing:
                    stack.append(closing)
                    if opening == "{":
                        self.key()
                    continue
                self.at += 1
            else:
                self.scalar()
            while stack:
                self.blanks()
                if self.peek() == ",":
                    self.at += 1
                    if stack[-1] == "}":
                        self.key()
                    break
                if self.peek() != stack[-1]:
                    self.refuse("after object key:value pair" if stack[-1] == "}" else "after array element")
                self.at += 1
                stack.pop()
            else:
                return


def explain(text, start):
    """Go's words for what is wrong with the value at `start`, None if nothing is."""
    walk = _Walk(text, start)
    try:
        walk.value()
        if walk.peek() and text[walk.at - 1] in "0123456789" and walk.peek() not in BLANK:
            walk.refuse("after top-level value")
    except JSONFault as fault:
        return str(fault)
    return None


# ---- decoding into described structs -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Scalar:
    """A Go scalar: which JSON kind it takes, and the name of its type in errors."""

    kind: str
    go_type: str
    default: Any
    convert: Optional[Callable] = None     # a Go TextUnmarshaler: raises JSONFault, which ends the decode at once


@dataclass(frozen=True)
class RawValue:
    """json.RawMessage: any value, kept as text."""

    default: Any = None


@dataclass(frozen=True)
class ListOf:
    item: Any
    go_type: str
    default: Any = None


@dataclass(frozen=True)
class Struct:
    """A Go struct. `fields` maps JSON names to descriptions; a decoded struct is a dict with exactly these keys."""

    name: str
    fields: Dict[str, Any] = field(default_factory=dict)
    package: str = "identity"
    default: Any = None

    @property
    def go_type(self):
        return "%s.%s" % (self.package, self.name)

    def empty(self):
        return {name: spec.default for name, spec in self.fields.items()}

    def spec_for(self, name):
        if name in self.fields:
            return name
        folded = name.casefold()
        return next((known for known in self.fields if known.casefold() == folded), None)


STRING = Scalar("string", "string", "")
BOOL = Scalar("bool", "bool", False)


class _Decoding:
    """One decode: Go goes on after a wrong type or an unknown field and reports the first of them at the end."""

    def __init__(self, strict):
        self.strict = strict
        self.first_fault = None

    def save(self, text):
        if self.first_fault is None:
            self.first_fault = text

    def wrong_type(self, value, go_type, struct, path):
        if struct is None:
            return self.save("json: cannot unmarshal %s into Go value of type %s" % (kind_of(value), go_type))
        return self.save("json: cannot unmarshal %s into Go struct field %s.%s of type %s"
                         % (kind_of(value), struct, ".".join(path), go_type))

    def decode(self, spec, value, raw, struct=None, path=()):
        if isinstance(spec, RawValue):
            return raw
        if isinstance(spec, Scalar):
            return self.scalar(spec, value, struct, path)
        if value is None:
            return spec.empty() if struct is None and isinstance(spec, Struct) else None
        if isinstance(spec, ListOf):
            if not isinstance(value, list):
                self.wrong_type(value, spec.go_type, struct, path)
                return None
            return [self.decode(spec.item, item, item_raw, struct, path) for item, item_raw in elements(raw)]
        if not isinstance(value, dict):
            self.wrong_type(value, spec.go_type, struct, path)
            return spec.empty()
        return self.struct(spec, raw, path)

    def scalar(self, spec, value, struct, path):
        if value is None:
            return spec.default
        if kind_of(value) != spec.kind:
            self.wrong_type(value, spec.go_type, struct, path)
            return spec.default
        if spec.convert is not None:
            return spec.convert(clean(value))
        return clean(value) if spec.kind == "string" else value

    def struct(self, spec, raw, path):
        result = spec.empty()
        for name, value, value_raw in members(raw):
            known = spec.spec_for(name)
            if known is None:
                if self.strict:
                    self.save('json: unknown field "%s"' % name)
                continue
            result[known] = self.decode(spec.fields[known], value, value_raw, spec.name, path + (known,))
        return result


def decode(spec, value, raw, strict):
    decoding = _Decoding(strict)
    result = decoding.decode(spec, value, raw)
    if decoding.first_fault is not None:
        raise JSONFault(decoding.first_fault)
    return result
