# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml as a program sees it: its schemas, values that fit, and every way not to fit.

The part of JSON Schema that the file uses and no more; a keyword that is not known here is an error.
"""

import base64
import copy
import re

import yaml

KNOWN = {
    "type", "description", "properties", "required", "additionalProperties", "items", "enum", "pattern", "minLength",
    "maxLength", "minimum", "maximum", "maxItems", "maxProperties", "nullable", "format", "example", "x-together",
    "x-bytes",
}
METHODS = ("get", "post")


def load(path):
    with open(path, encoding="utf-8") as f:
        return yaml.safe_load(f)


def resolve(doc, node):
    """The node itself, behind any $ref."""
    while isinstance(node, dict) and "$ref" in node:
        at = doc
        for part in node["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        node = at
    return node


def operations(doc):
    for path, item in doc["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def parameters(doc, operation):
    return [resolve(doc, p) for p in operation.get("parameters", [])]


def body_schema(doc, operation):
    if "requestBody" not in operation:
        return None
    return resolve(doc, operation["requestBody"]["content"]["application/json"]["schema"])


# ---- does a value fit? ----

def is_kind(value, kind):
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool}
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kinds[kind])


def misfit_string(value, s):
    size = len(value.encode())
    if size < s.get("minLength", 0) or size > s.get("maxLength", size):
        return f"has {size} bytes"
    if "enum" in s and value not in s["enum"]:
        return f"{value!r} is not one of {s['enum']}"
    if "pattern" in s and not re.search(s["pattern"], value):
        return f"{value!r} does not match {s['pattern']}"
    if s.get("format") == "byte":
        try:
            raw = base64.b64decode(value, validate=True)
        except ValueError:
            return "is not base64"
        if base64.b64encode(raw).decode() != value:
            return "has bits behind its end"
        if len(raw) > s.get("x-bytes", len(raw)):
            return f"has {len(raw)} bytes"
    return None


def misfit_object(doc, value, s, at):
    properties = s.get("properties", {})
    for name in s.get("required", []):
        if name not in value:
            return f"{at}: {name} is missing"
    for name, v in value.items():
        if name in properties:
            why = misfit(doc, v, properties[name], f"{at}.{name}")
            if why:
                return why
        elif s.get("additionalProperties") is False:
            return f"{at}: {name} is not described"
    return None


def misfit(doc, value, schema, at="body"):
    """None, or why the value does not fit the schema."""
    s = resolve(doc, schema)
    unknown = set(s) - KNOWN
    if unknown:
        return f"{at}: the schema has {unknown}"
    if value is None:
        return None if s.get("nullable") else f"{at}: is null"
    if "type" in s and not is_kind(value, s["type"]):
        return f"{at}: {value!r} is no {s['type']}"
    why = None
    if isinstance(value, dict):
        return misfit_object(doc, value, s, at)
    if isinstance(value, list):
        if len(value) > s.get("maxItems", len(value)):
            return f"{at}: has {len(value)} items"
        for i, v in enumerate(value):
            why = why or misfit(doc, v, s["items"], f"{at}[{i}]")
        return why
    if isinstance(value, str):
        why = misfit_string(value, s)
    elif is_kind(value, "integer") and not s.get("minimum", value) <= value <= s.get("maximum", value):
        why = f"{value} is out of range"
    return f"{at}: {why}" if why else None


# ---- values that fit, and values that do not ----

def good(doc, schema, optional=True):
    """A value that fits, with what is optional or without it."""
    s = resolve(doc, schema)
    if "example" in s:
        return s["example"]
    if "enum" in s:
        return s["enum"][0]
    if s["type"] == "object":
        names = s.get("properties", {}) if optional else s.get("required", [])
        return {n: good(doc, s["properties"][n], optional) for n in names}
    if s["type"] == "boolean":
        return True
    raise ValueError(f"no example for {s}")


def bad_strings(s):
    yield "empty", ""
    yield "control character", "a\u0001b"
    yield "C1 control character", "a\u0085b"
    if "maxLength" in s:
        yield "too long", (s.get("example") or "a") + "a" * s["maxLength"]
        yield "too long by one", "a" * (s["maxLength"] + 1)
    if s.get("minLength", 0) > 1:
        yield "too short by one", s["example"][:-1] if "example" in s else "a" * (s["minLength"] - 1)
    if "enum" in s:
        yield "no such word", "nothing"
        yield "upper case", s["enum"][0].upper()
    if "example" in s and len(s["example"]) > 1:
        yield "another alphabet", s["example"][:-1] + "\u00e9"
        yield "a blank at the end", s["example"][:-1] + " "


def bad_values(s):
    """Pairs (what is wrong, value) for one member; some may fit after all, and misfit() tells."""
    kinds = {"string": "x", "integer": 1, "boolean": True, "object": {}, "array": []}
    for kind, value in kinds.items():
        if kind != s["type"]:
            yield f"a {kind}", value
    yield "null", None
    yield "a fraction", 1.5
    yield "a string of a number", "1"
    if s["type"] == "string":
        yield from bad_strings(s)
    if s["type"] == "integer":
        yield "too small", s["minimum"] - 1
        yield "too large", s["maximum"] + 1
        yield "far too large", 2**63 - 1
        yield "a whole fraction", float(s["minimum"])
    if s["type"] == "object":
        yield "a member too many", None


def bad_bodies(doc, schema, body, at=()):
    """Each (where, what, body) with one thing wrong, for every member at every depth of `body`."""
    s = resolve(doc, schema)
    for name, inner in s.get("properties", {}).items():
        if name not in body:
            continue
        where = ".".join((*at, name))
        t = resolve(doc, inner)
        if name in s.get("required", []):
            yield where, "missing", without(body, name)
        for what, value in bad_values(t):
            if what == "a member too many":
                value = {**body[name], "more": 1}
            if what == "null" and name not in s.get("required", []):
                continue  # null is how a member is not there
            yield where, what, {**body, name: value}
        if t["type"] == "object":
            for w, what, changed in bad_bodies(doc, t, body[name], (*at, name)):
                yield w, what, {**body, name: changed}
    for pair in s.get("x-together", []):
        if all(n in body for n in pair):
            yield ".".join((*at, pair[1])), "alone", without(body, pair[0])


def without(body, name):
    changed = copy.copy(body)
    del changed[name]
    return changed
