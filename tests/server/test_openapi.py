# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml against a running server: `test_openapi.py real REPIND` or `test_openapi.py play SERVER`.

Every body that the file describes is sent whole, with what is optional left out, with each member at its
shortest, longest, least and most, and then with one thing wrong at a time, for every member. What fits must not
be called malformed, what does not fit must be, and each answer must be one that the file describes. The real
server must also have stored nothing of what was wrong, in less than a millisecond of processor time each.
"""

import http.client
import json
import os
import re
import sqlite3
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import openapi  # noqa: E402

DOC = openapi.load(ROOT / "docs/openapi.yaml")
PROBLEM = "urn:repin:problem:"


class Play:
    """A server whose domain grants everything."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def stop(self):
        self.process.stdin.close()
        return self.process.wait(20)


class Real:
    """repind as it is installed, on SQLite and SoftHSM, in a directory of its own."""

    def __init__(self, program):
        self.dir = tempfile.TemporaryDirectory(prefix="repin-openapi-")
        self.home = Path(self.dir.name) / "issuer"
        subprocess.run([program, "init", self.home, "--no-questions", "--one-person", "--name", "test",
                        "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"], check=True, capture_output=True)
        # All addresses on one connection: that operators have a listener of their own is another test's (test_repind).
        conf = self.home / "repind.conf"
        conf.write_text("".join(line for line in conf.read_text(encoding="utf-8").splitlines(True)
                                if not line.startswith("console-listen")), encoding="utf-8")
        self.out = open(Path(self.dir.name) / "out", "w+", encoding="utf-8")
        self.process = subprocess.Popen([program, "--config", self.home, "serve"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.out, text=True)
        self.port = None
        for line in self.process.stdout:
            found = re.search(r"ready, https://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break

    def connect(self):
        tls = ssl.create_default_context(cafile=self.home / "tls-ca.pem")
        tls.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=tls)

    def processor_s(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rows(self):
        db = sqlite3.connect(f"file:{self.home / 'repin.db'}?mode=ro", uri=True)
        names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {n: db.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for n in names}
        db.close()
        return counts

    def stop(self):
        self.process.terminate()
        return self.process.wait(20)


class Tap:
    def __init__(self):
        self.n = 0
        self.failed = 0

    def test(self, name, problems):
        self.n += 1
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.n} - {name}")
        for p in problems[:20]:
            print(f"# {p}")

    def end(self):
        print(f"1..{self.n}")
        return 1 if self.failed else 0


class Asker:
    """Sends what it is told on a connection that it keeps, and looks every answer up in the file."""

    def __init__(self, server):
        self.server = server
        self.c = server.connect()
        self.sent = 0

    def send(self, method, path, body=None, headers=None):
        self.sent += 1
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            self.c.request(method, path, data, headers or {})
            r = self.c.getresponse()
        except (http.client.HTTPException, OSError):
            # The server may end a connection behind a refusal.
            self.c.close()
            self.c = self.server.connect()
            self.c.request(method, path, data, headers or {})
            r = self.c.getresponse()
        return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()

    def close(self):
        self.c.close()


def headers_of(op):
    headers = {p["name"]: p["example"] for p in openapi.parameters(DOC, op) if p["in"] == "header"}
    if "requestBody" in op:
        headers["Content-Type"] = "application/json"
    return headers


def path_of(path, op, **other):
    for p in openapi.parameters(DOC, op):
        if p["in"] == "path":
            path = path.replace("{%s}" % p["name"], other.get(p["name"], p["example"]))
    return path


def undescribed(op, status, headers, body):
    """None, or in what way an answer is not one of those that the file describes."""
    if headers.get("cache-control") != "no-store" or headers.get("x-content-type-options") != "nosniff":
        return f"{status}: headers {headers}"
    described = op["responses"].get(str(status)) if status < 300 else openapi.resolve(DOC, op["responses"]["default"])
    if described is None:
        return f"{status} is not described"
    kind = headers.get("content-type", "").split(";")[0]
    content = described["content"].get(kind)
    if content is None:
        return f"{status}: {headers.get('content-type')}"
    value = json.loads(body) if kind.endswith("json") else body.decode()
    if status >= 300 and value.get("status") != status:
        return f"{status}: the body says {value.get('status')}"
    return openapi.misfit(DOC, value, content["schema"], f"answer {status}")


def problem_of(body):
    try:
        return json.loads(body).get("type", "").removeprefix(PROBLEM)
    except ValueError:
        return ""


def edges(schema, body, at=()):
    """Bodies that fit, with one member at the end of its range."""
    s = openapi.resolve(DOC, schema)
    for name, inner in s.get("properties", {}).items():
        if name not in body:
            continue
        t = openapi.resolve(DOC, inner)
        for value in edge_values(t):
            yield ".".join((*at, name)), {**body, name: value}
        if t["type"] == "object":
            for where, changed in edges(t, body[name], (*at, name)):
                yield where, {**body, name: changed}


def edge_values(s):
    if s["type"] == "integer":
        yield from (s["minimum"], s["maximum"])
    if s["type"] == "string":
        yield from s.get("enum", [])
        if "example" in s:
            yield from (s["example"].lower(), s["example"].upper())
        for fill in "aA0":
            yield from (fill * s.get("minLength", 1), fill * s.get("maxLength", 1))
        if s.get("format") == "byte":
            yield "AAAA" * (s["maxLength"] // 4 - 1) + "AA=="


def good_bodies(schema):
    whole = openapi.good(DOC, schema)
    yield "whole", whole
    yield "without what is optional", openapi.good(DOC, schema, optional=False)
    for where, body in edges(schema, whole):
        if openapi.misfit(DOC, body, schema) is None:
            yield where, body


def check_good(asker, method, path, op):
    found = []
    schema = openapi.body_schema(DOC, op)
    for where, body in good_bodies(schema) if schema else [("no body", None)]:
        status, headers, answer = asker.send(method, path_of(path, op), body, headers_of(op))
        why = undescribed(op, status, headers, answer)
        if why:
            found.append(f"{where}: {why}")
        elif problem_of(answer) in ("malformed", "media-type", "method-not-allowed", "fault"):
            found.append(f"{where}: {problem_of(answer)}, {answer.decode()}")
    return found


def check_bad(asker, method, path, op):
    found = []
    schema = openapi.body_schema(DOC, op)
    for where, what, body in openapi.bad_bodies(DOC, schema, openapi.good(DOC, schema)) if schema else []:
        if openapi.misfit(DOC, body, schema) is None:
            continue
        status, headers, answer = asker.send(method, path_of(path, op), body, headers_of(op))
        why = undescribed(op, status, headers, answer)
        if why:
            found.append(f"{where}, {what}: {why}")
        elif problem_of(answer) not in ("malformed", "too-large"):
            found.append(f"{where}, {what}: {status} {problem_of(answer)}")
    return found


RAW = [b"", b"{", b"[]", b"null", b"7", b'"x"', b"{}{}", b"{'a':1}", b"\xff\xfe{}", b'{"a":"\xc0\xaf"}',
       b'{"a":"\\u0000"}', b'{"a":1,"a":1}', b'{"a":NaN}', b'{"card":' * 20, b'{"nobody knows this":1}', b"\0"]


def check_raw(asker, method, path, op):
    """What is no body at all, and what stands around it."""
    found = []
    allowed = [m for m, p, _ in openapi.operations(DOC) if p == path]
    path = path_of(path, op)
    headers = headers_of(op)
    required = "requestBody" in op and op["requestBody"].get("required")
    for body in RAW if "requestBody" in op else []:
        status, _, answer = asker.send(method, path, body, headers)
        if problem_of(answer) != "malformed" and (body or required):
            found.append(f"{body}: {status} {problem_of(answer)}")
    if required:
        for wrong in ({"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}):
            status, _, answer = asker.send(method, path, b"{}", {**headers, **wrong})
            if (status, problem_of(answer)) != (415, "media-type"):
                found.append(f"{wrong}: {status}")
    # Refused by its head, before any of it has come.
    status, _, _ = asker.send(method, path, None, {**headers, "Content-Length": "70000"})
    if status != 413:
        found.append(f"70,000 bytes: {status}")
    status, _, _ = asker.send(method, path + "?a=1", b"{}" if "requestBody" in op else None, headers)
    if status != 400:
        found.append(f"a query: {status}")
    for other in {"PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "GET", "POST"}.difference(allowed):
        status, h, _ = asker.send(other, path)
        if status != 405 or sorted(h.get("allow", "").split(", ")) != sorted(allowed):
            found.append(f"{other}: {status}, {h.get('allow')}")
    return found


def check_parameters(asker, method, path, op):
    found = []
    body = openapi.good(DOC, openapi.body_schema(DOC, op)) if "requestBody" in op else None
    for p in openapi.parameters(DOC, op):
        bad = [v for _, v in openapi.bad_strings({**p["schema"], "example": p["example"]})
               if openapi.misfit(DOC, v, p["schema"]) and v.isascii() and v.isprintable()]
        for value in bad + ["a/b", "%41", "a~b"]:
            at, headers = path_of(path, op), headers_of(op)
            if p["in"] == "path":
                at = path_of(path, op, **{p["name"]: value.replace(" ", "%20")})
            else:
                headers = {**headers, p["name"]: value}
            status, _, answer = asker.send(method, at, body, headers)
            if status not in (400, 404):
                found.append(f"{p['name']} = {value!r}: {status} {problem_of(answer)}")
        if p["in"] == "header":
            status, _, answer = asker.send(method, path_of(path, op), body, {"Content-Type": "application/json"})
            if problem_of(answer) != "malformed":
                found.append(f"no {p['name']}: {status}")
    return found


BAD = [("every wrong value is malformed", check_bad), ("what is no body is refused", check_raw),
       ("wrong parameters are refused", check_parameters)]


def run_bad(tap, server):
    before = server.rows() if isinstance(server, Real) else None
    asker = Asker(server)
    begin = server.processor_s() if before else 0
    for title, check in BAD:
        for method, path, op in openapi.operations(DOC):
            tap.test(f"{method} {path}: {title}", check(asker, method, path, op))
    asker.close()
    if before:
        each_ms = 1000 * (server.processor_s() - begin) / asker.sent
        tap.test(f"{asker.sent} wrong requests took {each_ms:.2f} ms of processor time each, less than one",
                 [] if each_ms < 1 else [f"{each_ms} ms"])
        after = server.rows()
        tap.test("nothing of them is stored", [f"{n}: {before[n]} -> {after[n]}" for n in before if before[n] != after[n]])


def run_good(tap, server):
    asker = Asker(server)
    for method, path, op in openapi.operations(DOC):
        tap.test(f"{method} {path}: what fits is taken, and the answer is described",
                 check_good(asker, method, path, op))
    asker.close()


def run_success(tap, server):
    """The domain grants everything, so each address gives its success."""
    asker = Asker(server)
    for method, path, op in openapi.operations(DOC):
        body = openapi.good(DOC, openapi.body_schema(DOC, op)) if "requestBody" in op else None
        status, headers, answer = asker.send(method, path_of(path, op), body, headers_of(op))
        why = undescribed(op, status, headers, answer) if status < 300 else f"{status}: {answer.decode()}"
        tap.test(f"{method} {path}: success is as described", [why] if why else [])
    asker.close()


def main():
    kind, program = sys.argv[1:]
    server = Real(program) if kind == "real" else Play(program)
    tap = Tap()
    try:
        if kind == "play":
            run_success(tap, server)
        run_bad(tap, server)
        run_good(tap, server)
    finally:
        status = server.stop()
    tap.test("the server ends in order", [] if status == 0 else [f"status {status}"])
    return tap.end()


sys.exit(main())
