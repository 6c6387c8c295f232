#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real issuer for tests, demonstrations and kill tests: `repind` in a fresh directory on free ports, with
virtual cards that are personalised with its key and enrolled, kiosks and desks with certificates, operators
with one-time passwords.

    with Issuer() as issuer:                       # init, serve; ended and removed behind it
        card = issuer.card("mynumber")             # state file of an enrolled virtual card
        kiosk = issuer.terminal("kiosk-1")         # .certificate, .key, .fingerprint
        issuer.url, issuer.ca, issuer.metrics      # what a client's configuration needs
        answer = issuer.get("/v1/nonce", terminal=kiosk)
        session = issuer.sign_in("clerk1", terminal=issuer.terminal("desk-1", "desk"))

The programs are those of $REPIN_BIN, or $REPIN_REPIND and $REPIN_CARD. Run as a program it starts an issuer with the usual furniture, runs a
command with where it is in the environment, and takes everything away again:

    tests/server/kit.py [--keep DIR] [--office-hours] COMMAND...    $REPIN_ISSUER_{DIR,URL,CA,KIOSK,KIOSK_KEY,DESK,DESK_KEY,…}
"""

import base64
import contextlib
import datetime
import glob
import hashlib
import hmac
import http.client
import json
import os
import re
import select
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import uuid

BIN = os.environ.get("REPIN_BIN", "build/bin")
REPIND = os.environ.get("REPIN_REPIND", os.path.join(BIN, "repind"))
CARD = os.environ.get("REPIN_CARD", os.path.join(BIN, "repin-card"))
NAME = "test"
MUNICIPALITY_OFFICE = "inagi"
BRANCH = "inagi-hirao"
START_SECONDS = 30

GROUPS = {
    # What convenience stores reset (rules/office_example.c has the same), and what a desk does.
    "kiosk": ("kiosk", "mynumber:sign,mynumber:auth"),
    "desk": ("desk", "mynumber:sign,mynumber:auth,mynumber:text,mynumber:juki,hicos:pin,gids:pin,piv:pin,openpgp:pw1"),
}
USER_CODE = "Code12"


class Failed(AssertionError):
    pass


class Terminal:
    """A kiosk or desk: files of certificate and key, and its name towards the issuer."""

    def __init__(self, name, certificate, key):
        self.name, self.certificate, self.key = name, certificate, key
        pem = open(certificate).read()
        self.fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()


class Answer:
    """Status, headers and, where it is JSON, body of an answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The slug of a problem answer, else ''."""
        kind = self.json.get("type", "") if "problem+json" in self.headers.get("content-type", "") else ""
        return kind.rsplit(":", 1)[-1]

    def __repr__(self):
        return "status=%d body=%.500r" % (self.status, self.body)


def one_time_password(uri, step):
    """RFC 6238 from an otpauth address."""
    key = base64.b32decode(re.search(r"secret=([A-Z2-7]+)", uri).group(1))
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000)


class Issuer:
    def __init__(self, start=True, two_people=False, database=None, card_ca=None, more_conf="", keep=None,
                 listen="127.0.0.1:0"):
        self.home = keep or tempfile.mkdtemp(prefix="repin-issuer-")
        os.makedirs(self.home, exist_ok=True)
        self.dir = os.path.join(self.home, "issuer")
        self.keep = keep is not None
        self.card_ca = card_ca or os.path.join(self.home, "card-ca.pem")
        self.process, self.url, self.port, self.metrics = None, None, None, None
        self.steps, self.terminals, self.operators = {}, {}, {}
        self.two_people, self.cards, self.listen = two_people, 0, listen
        self.log = os.path.join(self.home, "repind.log")
        try:
            self.init(database, more_conf)
            if start:
                self.start()
        except BaseException:
            self.close()
            raise

    # --- set-up ---

    def init(self, database, more_conf):
        if not os.path.exists(self.card_ca):
            # The authority of virtual cards is made with the first card of it.
            scrap = os.path.join(self.home, "scrap.json")
            self.run(CARD, "new", "--profile", "piv", "--ca", self.card_ca, "--state", scrap)
            os.unlink(scrap)
        argv = ["init", self.dir, "--no-questions", "--name", NAME, "--log-origin", "repin.test/log", "--anchors",
                self.card_ca, "--listen", self.listen, "--metrics", "127.0.0.1:0"]
        if database:
            argv += ["--database", database]
        if not self.two_people:
            argv.append("--one-person")
        self.run(REPIND, *argv)
        if more_conf:
            with open(self.conf, "a") as f:
                f.write(more_conf)

    @property
    def conf(self):
        return os.path.join(self.dir, "repind.conf")

    @property
    def ca(self):
        """Who signed the server's certificate: what a client trusts."""
        return os.path.join(self.dir, "tls-ca.pem")

    # --- the program ---

    def run(self, *argv, expect=0, secrets=None, timeout=120):
        """Runs a program; secrets={"password": …} go through a descriptor. Returns standard output."""
        fds, read_end = (), None
        if secrets is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, "".join("%s=%s\n" % pair for pair in secrets.items()).encode())
            os.close(write_end)
            argv, fds = (*argv, "--secrets-fd", str(read_end)), (read_end,)
        try:
            r = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
                               pass_fds=fds)
        finally:
            if read_end is not None:
                os.close(read_end)
        self.said = r.stderr
        if r.returncode != expect:
            raise Failed("%s: exit status %d, not %s: %s" % (" ".join(argv), r.returncode, expect, r.stderr))
        return r.stdout

    def repind(self, *argv, **options):
        return self.run(REPIND, "--config", self.dir, *argv, **options)

    def start(self, wrap=()):
        """Serves; `wrap` stands before the program (strace, valgrind)."""
        self.process = subprocess.Popen([*wrap, REPIND, "--config", self.dir, "serve"], stdout=subprocess.PIPE,
                                        stderr=open(self.log, "ab"))
        said, end = b"", time.monotonic() + START_SECONDS
        while time.monotonic() < end and b"repind: ready, " not in said.rpartition(b"\n")[0]:
            ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
            chunk = os.read(self.process.stdout.fileno(), 4096) if ready else None
            if chunk == b"":
                break
            said += chunk or b""
        found = dict(re.findall(r"repind: (ready|console|metrics), (\S+)", said.decode()))
        if "ready" not in found:
            self.stop(expect=None)
            raise Failed("repind does not serve: " + open(self.log).read()[-2000:])
        self.url = found["ready"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.console_url = found.get("console")
        self.console = int(self.console_url.rsplit(":", 1)[1]) if self.console_url else self.port
        self.metrics = int(found["metrics"].rsplit(":", 1)[1]) if "metrics" in found else None

    def stop(self, how=signal.SIGTERM, expect=0):
        """Ends it and waits; a clean stop has exit status 0."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        self.process = None
        if expect is not None and status != expect:
            raise Failed("repind ended with %s: %s" % (status, open(self.log).read()[-2000:]))
        return status

    def kill(self):
        """As a power cut does it."""
        return self.stop(signal.SIGKILL, expect=-signal.SIGKILL)

    def close(self):
        self.stop(expect=None)
        if not self.keep:
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- cards ---

    def card(self, profile, number=None, enrol=True, reset_key=True, user_code=USER_CODE, source=None, **options):
        """A new virtual card, personalised and enrolled. Options of `repin-card new`: pins="…", holder="…".
        `source`: the state of the card that a phone's certificates came from."""
        self.cards += 1
        state = os.path.join(self.home, "%s-%d.json" % (profile, self.cards))
        argv = [CARD, "new", "--profile", profile, "--ca", self.card_ca, "--issuer", NAME, "--state", state]
        number = number or self.a_number(profile)
        if number is not None:
            argv += ["--number", number]
        if reset_key and profile in ("mynumber", "mynumber-mobile", "hicos"):
            kcard = state + ".key"
            with open(os.open(kcard, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
                f.write(self.repind("card", "key", "--hex", "--profile", profile, "--number", number))
            argv += ["--reset-key", kcard]
        for name, value in options.items():
            argv += ["--" + name.replace("_", "-"), value]
        self.run(*argv)
        if enrol:
            card = self.export(state, user_code)
            if profile == "mynumber-mobile":
                card["source"] = self.export(source or self.card("mynumber"))["number"]
            self.enrol([card])
        return state

    def a_number(self, profile):
        """Another one for each card; None: the family's own."""
        if profile == "mynumber":
            return "1%014d" % self.cards
        if profile == "mynumber-mobile":
            return "2%015d" % self.cards
        if profile == "hicos":
            return "XC%014d" % self.cards
        return None

    def export(self, state, user_code=USER_CODE):
        """What the issuer gets to know of a card."""
        card = json.loads(self.run(CARD, "export", "--state", state))
        if card["profile"] == "hicos" and user_code is not None:
            card["user_code"] = user_code
        return card

    def enrol(self, cards, expect=0):
        path = os.path.join(self.home, "enrol-%d.jsonl" % time.monotonic_ns())
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            for card in cards:
                f.write((card if isinstance(card, str) else json.dumps(card)) + "\n")
        try:
            return self.repind("enrol", path, expect=expect)
        finally:
            os.unlink(path)

    # --- terminals ---

    def group(self, name):
        klass, slots = GROUPS[name]
        self.repind("group", "set", name, "--class", klass, "--slots", slots, "--operated-by", "Example stores",
                    "--places", "everywhere", "--hours", "mon-sun 00:00-24:00", "--listed")

    def terminal(self, name, klass="kiosk", office=MUNICIPALITY_OFFICE, group=None):
        """The terminal of this name, enrolled when it is new."""
        if name not in self.terminals:
            group = group or klass
            if group in GROUPS and group not in self.repind("group", "list"):
                self.group(group)
            out = os.path.join(self.home, "terminals")
            argv = ["terminal", "enrol", name, "--class", klass, "--group", group, "--out", out]
            if klass == "desk":
                argv += ["--office", office]
            said = self.repind(*argv)
            if self.two_people:
                self.approve(said.split()[-1])
            self.terminals[name] = Terminal(name, os.path.join(out, name + ".pem"), os.path.join(out, name + ".key"))
        return self.terminals[name]

    # --- people ---

    def operator(self, name, roles="clerk", office=MUNICIPALITY_OFFICE, cards=()):
        """Makes an operator with password and TOTP secret in files."""
        out = os.path.join(self.dir, "operators")
        argv = ["operator", "add", name, "--roles", roles, "--office", office, "--generate", out]
        for card in cards:
            argv += ["--card", card]
        self.repind(*argv)
        self.operators[name] = roles

    def password(self, name):
        with open(os.path.join(self.dir, "operators", name + ".password")) as f:
            return f.read().strip()

    def totp(self, name, wait=True):
        """A one-time password that has not served: of three steps that are taken now, else after a wait."""
        with open(os.path.join(self.dir, "operators", name + ".totp")) as f:
            uri = f.read()
        while True:
            now = int(time.time()) // 30
            step = max(now - 1, self.steps.get(name, 0) + 1)
            if step <= now + 1 or not wait:
                self.steps[name] = step
                return one_time_password(uri, step)
            time.sleep(1)

    def sign_in(self, name, terminal=None):
        """A session's token."""
        body = {"name": name, "password": self.password(name), "totp": self.totp(name)}
        answer = self.post("/v1/operator/sessions", body, terminal=terminal)
        if answer.status != 201:
            raise Failed("%s cannot sign in: %r" % (name, answer))
        return answer.json["token"]

    def counter(self, slot, number, desk, session, profile="mynumber"):
        """The case of an application that the counter accepts, whatever hour it is: by an approver."""
        body = {"profile": profile, "number": number, "applicant": "self", "wishes": [{"slot": slot, "act": "reset"}],
                "override": "a test at any hour"}
        answer = self.post("/v1/operator/applications", body, terminal=desk, session=session)
        if answer.status != 201:
            return answer
        path = "/v1/operator/applications/" + answer.json["id"]
        sheet = {"facts": {"holder_age": 40, "card_present": True, "registered_here": "yes"},
                 "documents": [{"kind": "health-insurance", "whose": "holder", "name": True, "address": True,
                                "valid_to": "2099-12-31"}]}
        self.post(path + "/sheet", sheet, terminal=desk, session=session)
        return self.post(path + "/decision", {"decision": "accept", "reason": "seen and compared"}, terminal=desk,
                         session=session)

    def approve(self, *approvals, by="admin1", expect=0):
        return self.repind("approve", "--by", by, *approvals, expect=expect,
                           secrets={"password": self.password(by), "totp": self.totp(by)})

    # --- HTTPS ---

    def connection(self, terminal=None, timeout=30, port=None):
        context = ssl.create_default_context(cafile=self.ca)
        if terminal is not None:
            context.load_cert_chain(terminal.certificate, terminal.key)
        return http.client.HTTPSConnection("127.0.0.1", port or self.port, context=context, timeout=timeout)

    def request(self, method, path, body=None, terminal=None, session=None, key=None, headers=None):
        all_headers = {"content-type": "application/json"} if body is not None else {}
        if session is not None:
            all_headers["authorization"] = "Bearer " + session
        if key is not None:
            all_headers["idempotency-key"] = key
        all_headers.update(headers or {})
        connection = self.connection(terminal, port=self.console if path.startswith("/v1/operator/") else self.port)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), all_headers)
            r = connection.getresponse()
            return Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read().decode())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, key=True, **options):
        """With a new idempotency key unless one is given; key=None: without."""
        return self.request("POST", path, body, key=str(uuid.uuid4()) if key is True else key, **options)

    def measured(self, path="/metrics"):
        """An address of the listener for metrics: (status, text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics, timeout=30)
        try:
            connection.request("GET", path)
            r = connection.getresponse()
            return r.status, r.read().decode()
        finally:
            connection.close()

    # --- the log ---

    def sealed(self, seconds=15):
        """Waits until no entry waits for its seal; the size of the log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            said = self.repind("audit", "verify")
            if ", 0 more wait" in said:
                return int(said.split()[0])
            time.sleep(0.2)
        raise Failed("the log is not sealed: " + said)


# --- TAP ---

def run_tests(tests):
    """Runs functions whose names are sentences; prints TAP."""
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for n, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print("ok %d - %s" % (n, name), flush=True)
        except BaseException:
            failed += 1
            print("not ok %d - %s" % (n, name), flush=True)
            for line in traceback.format_exc().splitlines():
                print("# " + line, flush=True)
    return 1 if failed else 0


def tests_of(module):
    """All functions of a test program whose name begins as a sentence, in their order in the file."""
    mine = [f for name, f in vars(module).items() if callable(f) and getattr(f, "is_test", False)]
    return sorted(mine, key=lambda f: f.__code__.co_firstlineno)


def test(function):
    function.is_test = True
    return function


# --- at an office's hours ---

JST = datetime.timezone(datetime.timedelta(hours=9))


def holidays():
    with open(os.path.join(os.path.dirname(__file__), "../../data/holidays-jp.csv"), encoding="utf-8") as f:
        return {line[:10] for line in f}


def open_day(after):
    """The next day when the office is open; the turn of the year is left out whole."""
    off, day = holidays(), after + datetime.timedelta(days=1)
    while day.weekday() > 4 or day.isoformat() in off or (day.month, day.day) >= (12, 27) or (day.month, day.day) <= (1, 5):
        day += datetime.timedelta(days=1)
    return day


def faked_clock(file):
    """The environment of a program whose clock is moved (libfaketime) by the "+SECONDS" that stands in the file."""
    library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not library:
        raise Failed("libfaketime is not installed")
    return {"LD_PRELOAD": library[0], "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Debian 12's library else ends every wait with a time of the clock that only runs on at once: all rounds spin.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


def seconds_to_office_hours():
    day = open_day(datetime.datetime.now(JST).date())
    return int(datetime.datetime.combine(day, datetime.time(10, 0), JST).timestamp() - time.time())


# --- as a program ---

def main(argv):
    keep = None
    if argv[:1] == ["--keep"]:
        keep, argv = argv[1], argv[2:]
    clock = {}
    if argv[:1] == ["--office-hours"]:
        argv = argv[1:]
        clock = faked_clock("")
    if not argv:
        sys.exit("usage: kit.py [--keep DIR] [--office-hours] COMMAND...")
    # A branch with a rule of its own, beside the office that has none.
    with contextlib.closing(Issuer(keep=keep, start=not clock, more_conf='four-eyes = "%s"\n' % BRANCH if clock else "")) as issuer:
        if clock:
            ahead = seconds_to_office_hours()
            clock["FAKETIME_TIMESTAMP_FILE"] = os.path.join(issuer.home, "clock")
            with open(clock["FAKETIME_TIMESTAMP_FILE"], "w") as f:
                f.write("+%d\n" % ahead)
            os.environ.update(clock)
            issuer.start()
        kiosk, desk = issuer.terminal("kiosk-1"), issuer.terminal("desk-1", "desk")
        issuer.operator("clerk1", "clerk")
        issuer.operator("help1", "help-desk")
        env = dict(os.environ, REPIN_ISSUER_DIR=issuer.dir, REPIN_ISSUER_URL=issuer.url,
                   REPIN_ISSUER_CONSOLE=issuer.console_url or issuer.url, REPIN_ISSUER_CA=issuer.ca,
                   REPIN_ISSUER_METRICS=str(issuer.metrics), REPIN_ISSUER_KIOSK=kiosk.certificate,
                   REPIN_ISSUER_KIOSK_KEY=kiosk.key, REPIN_ISSUER_DESK=desk.certificate,
                   REPIN_ISSUER_DESK_KEY=desk.key, REPIN_ISSUER_CARD_CA=issuer.card_ca)
        if clock:
            # What the command starts has the true time, but for what it runs of the issuer's own.
            env = {k: v for k, v in env.items() if k not in clock}
            branch = issuer.terminal("desk-2", "desk", office=BRANCH)
            env.update({"REPIN_ISSUER_DESK2": branch.certificate, "REPIN_ISSUER_DESK2_KEY": branch.key})
            env.update({"REPIN_ISSUER_AHEAD": str(ahead), "REPIN_ISSUER_CLOCK": json.dumps(clock)})
        return subprocess.call(argv, env=env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
