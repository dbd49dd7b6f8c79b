"""Texts the way Go and its usual packages read and write them: uuids, times, durations, numbers, queries, paths."""
import re
import time
import urllib.parse
import uuid

NIL_UUID = "00000000-0000-0000-0000-000000000000"
ZERO_TIME = "0001-01-01T00:00:00Z"
TRUE_WORDS = ("1", "t", "T", "TRUE", "true", "True")
FALSE_WORDS = ("0", "f", "F", "FALSE", "false", "False")
DURATION_UNITS = {"ns": 1, "us": 10 ** 3, "µs": 10 ** 3, "μs": 10 ** 3, "ms": 10 ** 6, "s": 10 ** 9, "m": 60 * 10 ** 9,
    "h": 3600 * 10 ** 9}
RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")
HEX32 = re.compile(r"[0-9a-fA-F]{32}$")


class TextFault(Exception):
    """A text that Go refuses; the words are Go's."""


# ---- uuids ---------------------------------------------------------------------------------------------------------


def new_uuid():
    return str(uuid.uuid4())


def parse_uuid(text, names_bad_byte=False):
    """The canonical form of any spelling that gofrs/uuid takes. Its older version names the byte that is no hex digit."""
    size = len(text.encode("utf-8", "surrogateescape"))
    shown = go_quote(text)
    if size in (34, 38):
        if not (text.startswith("{") and text.endswith("}")):
            raise TextFault("uuid: incorrect UUID format in string %s" % shown)
        inner = text[1:-1]
    elif size in (41, 45):
        if not text.startswith("urn:uuid:"):
            raise TextFault("uuid: incorrect UUID format in string %s" % shown)
        inner = text[9:]
    elif size in (32, 36):
        inner = text
    else:
        raise TextFault("uuid: incorrect UUID length %d in string %s" % (size, shown))
    if len(inner) == 36:
        if any(inner[at] != "-" for at in (8, 13, 18, 23)):
            raise TextFault("uuid: incorrect UUID format in string %s" % shown)
        inner = inner[:8] + inner[9:13] + inner[14:18] + inner[19:23] + inner[24:]
    if not HEX32.match(inner):
        bad = next(character for character in inner if character not in "0123456789abcdefABCDEF")
        raise TextFault("encoding/hex: invalid byte: U+%04X '%s'" % (ord(bad),
            bad) if names_bad_byte else "uuid: invalid UUID format")
    return str(uuid.UUID(hex=inner))


def uuid_or_nil(text):
    try:
        return parse_uuid(text)
    except TextFault:
        return NIL_UUID


# ---- numbers, booleans, durations ----------------------------------------------------------------------------------


def go_quote(text):
    out = []
    for character in text:
        if character in '"\\':
            out.append("\\" + character)
        elif character in "\a\b\f\n\r\t\v":
            out.append({"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}[character])
        elif "\udc80" <= character <= "\udcff":
            out.append("\\x%02x" % (ord(character) - 0xDC00))
        elif ord(character) < 32 or ord(character) == 127:
            out.append("\\x%02x" % ord(character))
        else:
            out.append(character)
    return '"%s"' % "".join(out)


def atoi(text):
    """strconv.Atoi on a 64-bit machine."""
    if not re.match(r"[+-]?[0-9]+$", text):
        raise TextFault("strconv.Atoi: parsing %s: invalid syntax" % go_quote(text))
    number = int(text) if len(text) < 40 else 10 ** 30
    if not -2 ** 63 <= number < 2 ** 63:
        raise TextFault("strconv.Atoi: parsing %s: value out of range" % go_quote(text))
    return number


def parse_bool(text):
    if text in TRUE_WORDS:
        return True
    if text in FALSE_WORDS:
        return False
    raise TextFault("strconv.ParseBool: parsing %s: invalid syntax" % go_quote(text))


def format_duration(nanoseconds):
    """time.Duration.String for whole seconds and more; smaller ones in their own unit."""
    sign, rest = ("-" if nanoseconds < 0 else ""), abs(nanoseconds)
    if rest == 0:
        return "0s"
    for unit, scale in (("ns", 1), ("µs", 10 ** 3), ("ms", 10 ** 6)):
        if rest < scale * 1000:
            return "%s%s%s" % (sign, trimmed_decimal(rest, scale), unit)
    minutes, rest = divmod(rest, 60 * 10 ** 9)
    hours, minutes = divmod(minutes, 60)
    text = "%ss" % trimmed_decimal(rest, 10 ** 9)
    if hours or minutes:
        text = "%dm%s" % (minutes, text)
    if hours:
        text = "%dh%s" % (hours, text)
    return sign + text


def trimmed_decimal(number, scale):
    whole, fraction = divmod(number, scale)
    tail = ("%0*d" % (len(str(scale)) - 1, fraction)).rstrip("0") if scale > 1 else ""
    return "%d.%s" % (whole, tail) if tail else str(whole)


def parse_duration(text):
    """Nanoseconds of a Go duration such as 1h30m."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text[1:] if text.startswith("+") else text)
    if rest == "0":
        return 0
    total, at = 0, 0
    pattern = re.compile(r"(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)")
    while at < len(rest):
        match = pattern.match(rest, at)
        if match is None or not (match.group(1) or match.group(2)):
            raise TextFault("time: invalid duration %s" % go_quote(text))
        scale = DURATION_UNITS[match.group(3)]
        total += int(match.group(1) or "0") * scale
        fraction = match.group(2) or ""
        total += int(fraction or "0") * scale // 10 ** len(fraction)
        at = match.end()
    if at == 0:
        raise TextFault("time: invalid duration %s" % go_quote(text))
    return sign * total


# ---- times ---------------------------------------------------------------------------------------------------------


def format_time(nanoseconds, local=False, digits=9):
    """RFC 3339 with up to 9 fraction digits, trailing zeros dropped; the server's zone if `local`."""
    seconds, fraction = divmod(nanoseconds, 10 ** 9)
    zone = "Z"
    if local:
        offset = time.localtime(seconds).tm_gmtoff
        if offset:
            sign, minutes = ("-" if offset < 0 else "+"), abs(offset) // 60
            zone = "%s%02d:%02d" % (sign, minutes // 60, minutes % 60)
            seconds += offset
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    tail = ("%09d" % fraction)[:digits].rstrip("0")
    return text + ("." + tail if tail else "") + zone


def parse_time(text):
    """A time as Go's UnmarshalJSON takes it, in the spelling that Go would write it back."""
    layout = '2006-01-02T15:04:05Z07:00'
    if not RFC3339.match(text):
        return fail_time(text, layout)
    match = RFC3339.match(text)
    fraction = (match.group(7) or "")[:10].rstrip("0").rstrip(".")
    zone = "Z" if match.group(8) in ("Z", "+00:00") else match.group(8)
    return text[:19] + fraction + zone


def fail_time(text, layout):
    """Finds the first element that does not fit, as time.Parse reports it."""
    at = 0
    for shape, element in ((r"\d{4}", "2006"), ("-", "-"), (r"\d\d", "01"), ("-", "-"), (r"\d\d", "02"), ("T", "T"),
                           (r"\d\d", "15"), (":", ":"), (r"\d\d", "04"), (":", ":"), (r"\d\d(\.\d+)?", "05")):
        match = re.compile(shape).match(text, at)
        if match is None:
            raise TextFault("parsing time %s as %s: cannot parse %s as %s" % tuple(map(go_quote, (text, layout, text[at:],
                element))))
        at = match.end()
    raise TextFault("parsing time %s as %s: cannot parse %s as %s" % tuple(map(go_quote, (text, layout, text[at:], "Z07:00"))))


def http_date(seconds):
    days, months = "Mon Tue Wed Thu Fri Sat Sun".split(), "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    t = time.gmtime(seconds)
    return "%s, %02d %s %d %02d:%02d:%02d GMT" % (days[t.tm_wday], t.tm_mday, months[t.tm_mon - 1], t.tm_year, t.tm_hour,
        t.tm_min, t.tm_sec)


# ---- URLs ----------------------------------------------------------------------------------------------------------

BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


def unescape(text, plus=False):
    if BROKEN_ESCAPE.search(text):
        raise TextFault("invalid URL escape")
    if plus:
        text = text.replace("+", " ")
    return urllib.parse.unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def parse_query(text):
    """Go's ParseQuery: pairs in order; a pair with a raw `;` or a broken escape is dropped whole."""
    pairs = []
    for part in text.split("&"):
        if not part or ";" in part:
            continue
        name, _, value = part.partition("=")
        try:
            pairs.append((unescape(name, True), unescape(value, True)))
        except TextFault:
            continue
    return pairs


def query_escape(text):
    return urllib.parse.quote_plus(text.encode("utf-8", "surrogateescape"), safe="-_.~")


def encode_query(pairs):
    """url.Values.Encode: names sorted, values of one name in their order."""
    return "&".join("%s=%s" % (query_escape(n), query_escape(v)) for n, v in sorted(pairs, key=lambda pair: pair[0]))


def escape_path(path):
    """URL.EscapedPath of an unescaped path."""
    return urllib.parse.quote(path.encode("utf-8", "surrogateescape"), safe="/$&+,:;=@-_.~!*'()[]")


def clean_path(path):
    """path.Clean of a rooted path."""
    out = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if out:
                out.pop()
            continue
        out.append(part)
    return "/" + "/".join(out)


def clean_path_keeping_slash(path):
    cleaned = clean_path(path)
    return cleaned + "/" if path.endswith("/") and cleaned != "/" else cleaned
