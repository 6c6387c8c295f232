# SPDX-License-Identifier: Apache-2.0
"""repin-agent as its pages use it: started, its key traded, its stream read, its addresses asked. Cards, readers and the
program's name come from tests/e2e/kit.py."""

import contextlib
import http.client
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import kit  # noqa: E402

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(HERE, "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

AGENT = os.path.join(kit.BIN, "repin-agent")
SECONDS = 30


def configuration(issuer, name, terminal=None):
    """A configuration of repin for this issuer; with `terminal` as that kiosk or desk."""
    path = os.path.join(kit.DIR, name + ".conf")
    with open(path, "w") as f:
        f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (issuer.url, issuer.ca))
        f.write('hicos-transport-key-file = "%s"\n' % os.path.join(kit.DIR, "hicos.key"))
        if terminal is not None:
            f.write('terminal-certificate-file = "%s"\nterminal-key-file = "%s"\n' % (terminal.certificate, terminal.key))
    return path


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "status=%d body=%.600r" % (self.status, self.body)


class Agent:
    """A running agent and one page of it. With env and wrap as the process shall have them."""

    def __init__(self, mode="holder", lang="en", conf=None, more=(), env=None, open_page=True):
        self.env = dict(kit.ENV, XDG_RUNTIME_DIR=kit.DIR, **(env or {}))
        self.log = os.path.join(kit.DIR, "agent-%d.log" % time.monotonic_ns())
        argv = [AGENT, "--mode", mode, "--lang", lang, "--verbose", *more]
        if conf:
            argv += ["--config", conf]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=open(self.log, "wb"), stdin=subprocess.DEVNULL, env=self.env)
        self.url = self.process.stdout.readline().decode().strip()
        assert self.url.startswith("http://127.0.0.1:"), (self.url, self.said())
        self.host = self.url[7:].split("/")[0]
        self.secret = self.url.split("#")[1].split(".")[0]
        self.key, self.events, self.changed, self.stream_over = None, [], threading.Condition(), False
        self.stream = None
        if open_page:
            self.start(lang)
            self.listen()

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()[-3000:]

    # --- requests ---

    def ask(self, method, path, body=None, key=None, **headers):
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS)
        given = {"Origin": "http://" + self.host, "Sec-Fetch-Site": "same-origin"}
        if key or self.key:
            given["Authorization"] = "Bearer " + (key or self.key)
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            given["Content-Type"] = "application/json"
        given.update(headers)
        with contextlib.closing(connection):
            connection.request(method, path, data, {k: v for k, v in given.items() if v is not None})
            r = connection.getresponse()
            return Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, {} if body is None else body, **headers)

    def start(self, lang="en"):
        r = self.post("/api/start", {"secret": self.secret, "lang": lang})
        assert r.status == 200, (r, self.said())
        self.key = r.json["key"]
        return r.json

    # --- the stream ---

    def listen(self):
        self.stream = threading.Thread(target=self._read, daemon=True)
        self.stream.start()
        self.wait("readers")

    def _read(self):
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS)
        name = None
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/api/events", headers={"Authorization": "Bearer " + self.key, "Sec-Fetch-Site": "same-origin"})
            response = connection.getresponse()
            assert response.status == 200, response.status
            for line in response:
                line = line.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    with self.changed:
                        self.events.append((name, json.loads(line[6:])))
                        self.changed.notify_all()
        connection.close()
        with self.changed:
            self.stream_over = True
            self.changed.notify_all()

    def mark(self):
        """What has been told so far: for `after`."""
        with self.changed:
            return len(self.events)

    def wait(self, name, good=lambda data: True, after=0, seconds=SECONDS):
        """The first event of this name, after that mark, of which `good` is true."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                for told, data in self.events[after:]:
                    if told == name and good(data):
                        return data
                left = end - time.monotonic()
                assert left > 0 and not self.stream_over, "no event %s in %.3000r\n%s" % (name, self.events[after:], self.said())
                self.changed.wait(left)

    def names(self, after=0):
        with self.changed:
            return [name for name, _ in self.events[after:] if name != "ping"]

    def card(self, after=0, good=lambda data: "card" in data):
        return self.wait("card", good, after)

    # --- jobs ---

    def begin(self, card, job, slot, **more):
        body = dict(job=job, slot=slot, reader=card["reader"], expect=card["expect"])
        body.update({k.replace("_", "-") if k in ("user_code", "resetting_code") else k: v for k, v in more.items()})
        return self.post("/api/jobs", body)

    def job(self, card, job, slot, **more):
        """Runs a job to its end: the `end` event."""
        after = self.mark()
        r = self.begin(card, job, slot, **more)
        assert r.status == 202, r
        return self.wait("end", lambda d: d["job"] == r.json["job"], after)

    # --- its end ---

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(SECONDS)
        self.process.stdout.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
            return
        self.process.kill()
        self.process.wait()


def pin(card, name):
    return next(p for p in card["pins"] if p["id"] == name)
