#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml: is it a description of this server, complete and in order?

Every member that is sent has a type, a length or a range, and an example that fits; every reference leads
somewhere and nothing stands there unused; the addresses are those of src/server/server.c; words are those of
include/repin.
"""

import re
import sys
from pathlib import Path

import openapi

ROOT = Path(__file__).resolve().parent.parent
FILE = "docs/openapi.yaml"
found = []


def finding(text):
    found.append(text)


def check_head(doc):
    if not re.fullmatch(r"3\.0\.\d", str(doc.get("openapi", ""))):
        finding("openapi is not 3.0")
    for name in ("title", "version", "description"):
        if not doc.get("info", {}).get(name):
            finding(f"info.{name} is missing")
    unknown = set(doc) - {"openapi", "info", "servers", "security", "tags", "paths", "components"}
    if unknown:
        finding(f"the file has {unknown}")


def check_references(doc):
    text = (ROOT / FILE).read_text(encoding="utf-8")
    used = set(re.findall(r'\$ref: "(#[^"]+)"', text))
    for ref in used:
        try:
            openapi.resolve(doc, {"$ref": ref})
        except KeyError:
            finding(f"{ref} leads nowhere")
    for kind, rows in doc["components"].items():
        for name in rows:
            # The line of a file that no address takes.
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in used and name != "Card":
                finding(f"components.{kind}.{name} is not used")


def check_sent(doc, schema, at):
    s = openapi.resolve(doc, schema)
    unknown = set(s) - openapi.KNOWN
    if unknown:
        finding(f"{at}: {unknown} is not known to tools/openapi.py")
    kind = s.get("type")
    if kind is None:
        finding(f"{at}: no type")
    elif kind == "string" and "enum" not in s:
        for name in ("minLength", "maxLength", "pattern"):
            if name not in s:
                finding(f"{at}: a text without {name}")
    elif kind == "integer" and not {"minimum", "maximum"} <= set(s):
        finding(f"{at}: a number without its range")
    elif kind == "object" and s.get("additionalProperties") is not False:
        finding(f"{at}: an object that may hold anything")
    if not set(s.get("required", [])) <= set(s.get("properties", {})):
        finding(f"{at}: what is required is not described")
    for name, inner in s.get("properties", {}).items():
        check_sent(doc, inner, f"{at}.{name}")


def check_fit(doc, schema, at):
    for optional in (True, False):
        why = openapi.misfit(doc, openapi.good(doc, schema, optional), schema)
        if why:
            finding(f"{at}: its own example does not fit: {why}")


def check_operation(doc, method, path, op, seen, tags):
    at = f"{method} {path}"
    for name in ("operationId", "summary", "tags", "responses"):
        if not op.get(name):
            finding(f"{at}: no {name}")
    if op.get("operationId") in seen:
        finding(f"{at}: its operationId stands there twice")
    seen.add(op.get("operationId"))
    if not set(op.get("tags", [])) <= tags:
        finding(f"{at}: a tag that is not declared")
    if op["responses"].get("default") != {"$ref": "#/components/responses/Problem"}:
        finding(f"{at}: refusals are not described")
    if not any(str(s).startswith("2") for s in op["responses"]):
        finding(f"{at}: success is not described")
    in_path = {p["name"] for p in openapi.parameters(doc, op) if p["in"] == "path"}
    if in_path != set(re.findall(r"\{(\w+)\}", path)):
        finding(f"{at}: its parameters are not those of its path")
    for p in openapi.parameters(doc, op):
        check_sent(doc, p["schema"], f"{at}: {p['name']}")
        if "example" not in p or openapi.misfit(doc, p["example"], p["schema"]):
            finding(f"{at}: {p['name']} has no example that fits")
    schema = openapi.body_schema(doc, op)
    if schema is not None:
        check_sent(doc, schema, at)
        check_fit(doc, schema, at)
    if (schema is not None) != (method == "POST"):
        finding(f"{at}: a body where none is taken, or none where one is")


def check_table(doc):
    text = (ROOT / "src/server/server.c").read_text(encoding="utf-8")
    table = text[text.index("api_routes[] = {"):text.index("n_api_routes")]
    ours = {(m, p, key == "true") for m, p, key in re.findall(r'\{HTTP_(GET|POST), "([^"]+)", (true|false)', table)}
    theirs = set()
    for method, path, op in openapi.operations(doc):
        key = any(p["name"] == "Idempotency-Key" for p in openapi.parameters(doc, op))
        theirs.add((method, re.sub(r"\{\w+\}", "*", path), key))
    for row in sorted(ours ^ theirs):
        finding(f"{row}: in {'src/server/server.c' if row in ours else FILE} alone")


def check_words(doc):
    types = (ROOT / "include/repin/types.h").read_text(encoding="utf-8")
    slots = re.findall(r'X\(\w+, \d+, "([a-z0-9-]+)"\)', types[types.index("define RP_SLOTS"):])
    if doc["components"]["schemas"]["Slot"]["enum"] != slots:
        finding(f"Slot is not {slots}")
    problems = (ROOT / "include/repin/problems.h").read_text(encoding="utf-8")
    doors = set(re.findall(r'"([a-z-]*)"\)', problems)) - {""}
    if set(doc["components"]["schemas"]["Problem"]["properties"]["next"]["enum"]) != doors:
        finding(f"Problem.next is not {sorted(doors)}")


def main():
    doc = openapi.load(ROOT / FILE)
    seen = set()
    check_head(doc)
    check_references(doc)
    tags = {t["name"] for t in doc["tags"]}
    for method, path, op in openapi.operations(doc):
        check_operation(doc, method, path, op, seen, tags)
    check_table(doc)
    check_words(doc)
    for text in found:
        print(f"check-openapi.py: {text}")
    if found:
        print(f"check-openapi.py: {len(found)} to mend")
    return 1 if found else 0


sys.exit(main())
