"""ListIdentities: three pagers, the filters, and what each release makes of their combinations."""
import dataclasses

import gotext
import http1
import pages
import sqlite
from identity import LIST_VIEW
from problem import json_response, malformed

LEGACY_SIZE_LIMIT = 500
LEGACY_REFUSAL = ("Legacy pagination is not supported for enumerating over %d items. Please switch to using page_token and page_size.")


class ListAPI:
    def __init__(self, world, identities):
        self.world = world
        self.release = world.release
        self.store = world.store
        self.identities = identities

    def list(self, request):
        with self.store.lock:
            if self.release.pager == "offset":
                return self.by_offset(request)
            view = self.view(request)
            if request.has("page") and not request.has("page_size"):
                return self.by_legacy_page(request, view)
            return self.by_key(request, view)

    def reply(self, rows, view, headers):
        sqlite.check_load(rows, self.release, many=True)
        for row in rows:
            self.identities.schema_of_stored(row)
        sqlite.check_encode(rows, [self.release.listed_document_type], headers=headers)
        texts = [self.identities.shown(row, view) for row in rows]
        return json_response(200, "[%s]" % ",".join(texts), headers)

    # -- v1.0.0 ------------------------------------------------------------------------------------------------

    def by_offset(self, request):
        where = pages.offset_page(request, self.release.page_size_limit)
        identifier = request.get("credentials_identifier")
        if identifier:
            rows = self.store.by_identifier(self.release.shared_identifier_search, identifier)[:1]
            total, view = len(rows), dataclasses.replace(LIST_VIEW, credentials=True)
        else:
            rows, total, view = self.store.window_descending(where.start, where.size), self.store.count, LIST_VIEW
        return self.reply(rows, view, pages.offset_headers(self.world.admin_url + "identities", total, where))

    # -- v1.1.0 and later --------------------------------------------------------------------------------------

    def view(self, request):
        types, shows = [], False
        for value in request.all("include_credential") if self.release.list_include_credential else ():
            if value not in self.release.include_credential_types:
                shown = value if self.release.list_prints_bad_type else "[%s]" % " ".join(types)
                raise malformed("Invalid value `%s` for parameter `include_credential`." % shown)
            types.append(value)
        shows = bool(types) or bool(request.get("credentials_identifier")) or bool(request.get("preview_credentials_identifier_similar"))
        return dataclasses.replace(LIST_VIEW, credentials=shows, config_types=tuple(types))

    def filtered(self, request):
        """The identities that the filters leave, ascending by id; None when there is no filter."""
        identifier, similar = request.get("credentials_identifier"), request.get("preview_credentials_identifier_similar")
        ids, organization = self.wanted_ids(request), self.wanted_organization(request)
        given = [value for value in (identifier, similar, ids, organization) if value]
        if identifier and similar and self.release.combines_filters:
            raise malformed("Cannot pass both credentials_identifier and preview_credentials_identifier_similar.")
        if len(given) > 1 and not self.release.combines_filters:
            raise malformed("You cannot combine multiple filters in this API")
        if not given:
            return None
        rows = self.candidates(identifier, similar, ids)
        if ids:
            rows = [row for row in rows if row.id in ids]
        if organization:
            rows = [row for row in rows if row.organization_id == organization]
        return rows

    def candidates(self, identifier, similar, ids):
        if identifier:
            return self.store.by_identifier(self.release.shared_identifier_search, identifier)
        if similar:
            return self.similar_to(similar)
        if ids:
            return [row for row in map(self.store.get, sorted(ids)) if row is not None]
        return [self.store.rows[ident] for ident in self.store.ids]

    def similar_to(self, text):
        """Identifiers that hold the text. Synthetic identities are found by their whole serial only."""
        wanted = text.strip().lower()
        rows = {row.id: row for row in self.store.by_identifier(("password",), wanted)}
        for ident in self.store.ids:
            row = self.store.rows[ident]
            if any(wanted in identifier for credential in row.credentials.values() for identifier in credential.identifiers or ()):
                rows[ident] = row
        return [rows[ident] for ident in sorted(rows)]

    def wanted_ids(self, request):
        texts = request.all("ids")
        limit = self.release.list_ids_limit
        if limit is not None and len(texts) > limit:
            raise malformed("The number of ids to filter must not exceed %d." % limit)
        return {self.wanted_uuid("ids", text) for text in texts} if self.release.list_checks_ids else set(texts)

    def wanted_organization(self, request):
        text = request.get("organization_id") if self.release.list_organization else ""
        return self.wanted_uuid("organization_id", text) if text else None

    @staticmethod
    def wanted_uuid(name, text):
        try:
            return gotext.parse_uuid(text)
        except gotext.TextFault:
            raise malformed("Invalid UUID value `%s` for parameter `%s`." % (text, name)) from None

    def by_legacy_page(self, request, view):
        where = pages.offset_page(request, LEGACY_SIZE_LIMIT, tokens=False)
        rows = self.filtered(request)
        if where.start > self.release.legacy_pages_limit:
            raise malformed(LEGACY_REFUSAL % self.release.legacy_pages_limit)
        if rows is None:
            part, total = self.store.window(where.start, where.size), self.store.count
        else:
            part = rows[where.start:where.start + where.size]
            total = len(part)           # behind a filter the servers count the page, not the matches
        kept = pages.without(request.pairs, "page", "per_page")
        return self.reply(part, view, pages.offset_headers(request.raw_path, total, where, kept, tokens=False))

    def page_size(self, request):
        text = request.get("page_size") if request.has("page_size") else request.get("per_page")
        try:
            size = gotext.atoi(text) if text else 0
        except gotext.TextFault as fault:
            raise malformed(str(fault)) from None
        if size < 0 and self.release.negative_page_size_breaks:
            raise http1.Abort
        size = size if size > 0 else pages.DEFAULT_SIZE
        return min(size, self.release.page_size_limit) if self.release.page_size_limit else size

    def last_seen(self, request):
        token = request.get("page_token")
        if token and not self.release.list_checks_ids:
            return token                # compared as it is
        try:
            return gotext.parse_uuid(token) if token else gotext.NIL_UUID
        except gotext.TextFault:
            raise malformed(pages.BAD_TOKEN) from None

    def by_key(self, request, view):
        rows = self.filtered(request)
        size = self.page_size(request)
        last_seen = self.last_seen(request)
        if rows is None:
            rows = self.store.window(self.store.position_after(last_seen), size + 1)
        else:
            rows = [row for row in rows if row.id > last_seen][:size + 1]
        sqlite.check_load(rows, self.release, many=True)
        next_token = rows[size - 1].id if len(rows) > size else None
        links = pages.keyset_links(request, size, pages.NO_TOKEN, next_token, renames_per_page=True)
        return self.reply(rows[:size], view, {"Link": pages.link_line(links)})
