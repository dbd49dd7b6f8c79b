#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws from Kratos' OpenAPI documents what a client must match, and writes facts.csv beside this file.

    test/ops/make_facts.py FOLDER        FOLDER holds kratos-v1.0.0.json, ...

One row per operation (kind "operation", no name), per query parameter ("query") and per member of the request's body
("body", a dotted path; "[]" stands for any element of an array, "*" for any member name that the caller chooses).
A value that Kratos leaves open (traits, metadata) ends a path. Run it again when Kratos has a new release.
"""
import csv
import json
import pathlib
import re
import sys

OPERATIONS = """createIdentity getIdentity updateIdentity patchIdentity deleteIdentity listIdentities
batchPatchIdentities deleteIdentityCredentials getIdentityByExternalID listSessions getSession disableSession
extendSession listIdentitySessions deleteIdentitySessions createRecoveryCodeForIdentity
createRecoveryLinkForIdentity listIdentitySchemas getIdentitySchema""".split()
METHODS = ("get", "put", "post", "patch", "delete")


def members(document, schema, path, above):
    """The dotted paths below `path`, in the document's order. `above`: the named schemas that are being opened."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name not in above:
            yield from members(document, document["components"]["schemas"][name], path, above | {name})
        return
    for key in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(key, []):
            yield from members(document, part, path, above)
    for name, value in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield inner
        yield from members(document, value, inner, above)
    if "items" in schema:
        yield from members(document, schema["items"], path + "[]", above)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from members(document, schema["additionalProperties"], path + ".*", above)


def rows(release, document):
    found = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method, {})
            if operation.get("operationId") in OPERATIONS:
                found[operation["operationId"]] = method, path, operation, item.get("parameters", [])
    for name in OPERATIONS:
        if name not in found:
            continue
        method, path, operation, shared = found[name]
        codes = " ".join(sorted(c for c in operation["responses"] if c.startswith("2")))
        if not re.fullmatch("2[0-9]{2}( 2[0-9]{2})*", codes):
            raise SystemExit(f"{release} {name}: success codes {codes!r}")
        first = [release, name, method.upper(), path, codes]
        yield first + ["operation", ""]
        for parameter in shared + operation.get("parameters", []):
            if "$ref" in parameter:
                parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
            if parameter["in"] == "query":
                yield first + ["query", parameter["name"]]
            elif parameter["in"] != "path":
                raise SystemExit(f"{release} {name}: a parameter in {parameter['in']}, which is not looked at")
        content = operation.get("requestBody", {}).get("content", {})
        if set(content) - {"application/json"}:
            raise SystemExit(f"{release} {name}: a body that is not application/json")
        for media in content.values():
            for member in dict.fromkeys(members(document, media["schema"], "", frozenset())):
                yield first + ["body", member]


def release_of(path):
    return re.fullmatch(r"kratos-v([0-9.]+)\.json", path.name).group(1)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    documents = sorted(pathlib.Path(sys.argv[1]).glob("kratos-v*.json"),
                       key=lambda p: [int(n) for n in release_of(p).split(".")])
    if not documents:
        raise SystemExit("no kratos-v*.json in " + sys.argv[1])
    with open(pathlib.Path(__file__).with_name("facts.csv"), "w", newline="", encoding="utf-8") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["release", "operation", "method", "path", "codes", "kind", "name"])
        for path in documents:
            for row in rows(release_of(path), json.loads(path.read_text(encoding="utf-8"))):
                if any(re.search('[,"\n]', cell) for cell in row):
                    raise SystemExit(f"{row}: a cell that would need quoting")
                table.writerow(row)


if __name__ == "__main__":
    main()
