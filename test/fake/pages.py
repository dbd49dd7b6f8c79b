"""The pagers of the servers and their Link headers, broken ones included."""
import base64
import json
import re
from dataclasses import dataclass

import gotext

DEFAULT_SIZE = 250
OFFSET_SIZE_LIMIT = 1000
NO_TOKEN = gotext.NIL_UUID
BAD_TOKEN = "The page token is invalid, do not craft your own page tokens"


def link_line(links):
    return ",".join('<%s>; rel="%s"' % (url, relation) for relation, url in links)


# ---- offsets -------------------------------------------------------------------------------------------------------


def offset_token(offset):
    return base64.urlsafe_b64encode(b'{"offset":"%d","v":2}' % offset).rstrip(b"=").decode("ascii")


def offset_of(token):
    """The offset in a token; whatever cannot be read means the first page."""
    try:
        return max(int(json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["offset"]), 0)
    except (ValueError, KeyError, TypeError):
        return 0


def lenient_int(text, default):
    return int(text) if re.match(r"[+-]?\d{1,18}$", text) else default


@dataclass(frozen=True)
class OffsetPage:
    page: int
    size: int

    @property
    def start(self):
        return self.page * self.size


def offset_page(request, limit=OFFSET_SIZE_LIMIT, tokens=True):
    """page and per_page, or page_size and page_token. Never an error: too much is clamped, nonsense is the default."""
    by_token = tokens and request.has("page_size") and request.get("page_size") != ""
    text = request.get("page_size") if by_token else request.get("per_page")
    size = min(max(lenient_int(text, DEFAULT_SIZE), 1), limit)
    if by_token or (tokens and request.get("page_token")):
        return OffsetPage(offset_of(request.get("page_token")) // size, size)
    return OffsetPage(max(lenient_int(request.get("page"), 0), 0), size)


def relations(total, page, size):
    """(relation, page, size) of the links, as all releases compute them: an empty list has a next and a previous page."""
    if total == 0:
        return [("first", 0, size), ("next", page + 1, size), ("prev", page - 1, size)]
    if total <= size:
        return [("first", 0, total)]
    last = (total - 1) // size
    page = min(page, last)
    if page == 0:
        return [("next", 1, size), ("last", last, size)]
    links = [("first", 0, size)]
    if page < last:
        links.append(("next", page + 1, size))
    links.append(("prev", page - 1, size))
    if page < last:
        links.append(("last", last, size))
    return links


def offset_headers(base, total, where, kept=(), tokens=True):
    """Link and X-Total-Count of an offset pager. `kept` are query pairs that the links carry on."""
    links = []
    for relation, page, size in relations(total, where.page, where.size):
        pairs = [("page", str(page)), ("per_page", str(size))]
        if tokens:
            pairs += [("page_size", str(size)), ("page_token", offset_token(page * size))]
        links.append((relation, "%s?%s" % (base, gotext.encode_query(list(kept) + pairs))))
    return {"Link": link_line(links), "X-Total-Count": str(total)}


def without(pairs, *names):
    return [pair for pair in pairs if pair[0] not in names]


# ---- keys ----------------------------------------------------------------------------------------------------------


def keyset_links(request, size, first_token, next_token, renames_per_page=False):
    """Links of a keyset pager: the request's own path and query with the page's size and token."""
    pairs = without(request.pairs, "page_size", "page_token")
    if renames_per_page and not request.has("page_size"):
        pairs = without(pairs, "per_page")
    tokens = [("first", first_token)] + ([("next", next_token)] if next_token else [])
    return [(relation, "%s?%s" % (request.raw_path, gotext.encode_query(pairs + [("page_size", str(size)), ("page_token",
        token)])))
            for relation, token in tokens]
