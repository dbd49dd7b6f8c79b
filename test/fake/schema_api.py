"""The schema operations of the public listener."""
import base64
import binascii
import re

import gojson
import http1
import pages
from problem import json_response, not_found

STREAM_SIZE = 32768


class SchemaAPI:
    def __init__(self, world):
        self.world = world
        self.release = world.release

    def text_of(self, schema):
        """The schema inside a JSON reply: compact and escaped."""
        return gojson.compact(gojson.text_of(schema.data).strip())

    def get(self, request, ident):
        decoded = decode_id(ident)
        schema = self.world.schemas.get(ident) or self.world.schemas.get(decoded)
        if schema is None:
            named = decoded if decoded is not None and self.release.schema_decodes_missing_id else ident
            raise not_found("Identity schema `%s` could not be found." % named)
        if self.release.schema_reencoded:
            return json_response(200, self.text_of(schema))
        return http1.Response(200, {"Content-Type": "application/json"}, schema.data, chunk_size=STREAM_SIZE)

    def list(self, request):
        """Page p starts at p * size, but ends where a slice of (p + 1) * size would: pages overlap."""
        schemas = list(self.world.schemas.values())
        where = pages.offset_page(request)
        part = schemas[where.start:where.start + (where.page + 1) * where.size]
        rows = ['{"id":%s,"schema":%s}' % (gojson.quote(schema.ident), self.text_of(schema)) for schema in part]
        text = "[%s]" % ",".join(rows) if rows or self.release.schema_reencoded else "null"
        if self.release.absolute_offset_links:
            headers = pages.offset_headers(self.world.public_url + "schemas", len(schemas), where, tokens=False)
        else:
            kept = pages.without(request.pairs, "page", "per_page", "page_size", "page_token")
            headers = pages.offset_headers(request.raw_path, len(schemas), where, kept)
        return json_response(200, text, headers)


def decode_id(text):
    """The id behind unpadded base64url, None if it is none. What is no UTF-8 in it survives as surrogates."""
    try:
        if not re.match(r"[A-Za-z0-9_-]+$", text):
            return None
        return gojson.text_of(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        return None
