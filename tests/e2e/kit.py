# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: virtual cards behind a real pcscd, and the programs as a user runs them.

A test program runs inside tools/with-reader. It prints TAP. Each test is a function whose
name reads as a sentence; it fails by an AssertionError.
"""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback

BIN = os.environ["REPIN_BIN"]
REPIN = os.path.join(BIN, "repin")
CARD = os.path.join(BIN, "repin-card")
PORTS = os.environ.get("REPIN_VPCD_PORTS", "35963").split()
DIR = tempfile.mkdtemp(prefix="repin-e2e-")
CA = os.path.join(DIR, "ca.pem")
READERS = ["Virtual PCD 00 00", "Virtual PCD 00 01"]

# The test PINs that no artefact may hold; see test_secrecy.py.
ENV = dict(os.environ, XDG_CONFIG_HOME=DIR, XDG_STATE_HOME=DIR, HOME=DIR, LC_ALL="C.UTF-8", LANGUAGE="en")


def run(*argv, timeout=60, env=ENV, **kw):
    return subprocess.run(argv, capture_output=True, timeout=timeout, env=env, text=True, errors="replace", **kw)


def new_card(profile, name=None, **options):
    """Makes a card; options like pins="…", reset_key=FILE. Returns its state file."""
    state = os.path.join(DIR, (name or profile) + "-%d.json" % time.monotonic_ns())
    argv = [CARD, "new", "--profile", profile, "--ca", CA, "--state", state]
    for key, value in options.items():
        if value is not None:
            argv += ["--" + key.replace("_", "-"), value]
    r = run(*argv)
    assert r.returncode == 0, r.stderr
    return state


def reset_key():
    path = os.path.join(DIR, "kcard")
    with open(path, "w") as f:
        f.write("bfcf194cd22bb6a7bb187b059fb9dec2\n")
    return path


def transport_key_config():
    """The virtual HiCOS card's test key (docs/wire.md section 3), as the issuer's configuration."""
    import hashlib

    key = os.path.join(DIR, "hicos.key")
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(hashlib.sha256(b"repin test transport key").digest()[:24].hex() + "\n")
    conf = os.path.join(DIR, "hicos.conf")
    with open(conf, "w") as f:
        f.write('hicos-transport-key-file = "%s"\n' % key)
    return conf


class Card:
    """A virtual card in reader number `slot`, from now until remove()."""

    def __init__(self, state, slot=0, faults=None, trace=True, settle=True):
        self.state, self.slot = state, slot
        self.may_hang = faults is not None and ("mute" in faults or "cut" in faults)
        self.trace_file = state + ".trace"
        argv = [CARD, "run", "--state", state, "--vpcd", "127.0.0.1:" + PORTS[slot]]
        if trace:
            argv += ["--trace", self.trace_file]
        if faults is not None:
            path = state + ".faults"
            with open(path, "w") as f:
                f.write(faults)
            argv += ["--faults", path]
        self.start(argv)
        if settle:
            try:
                wait_for(lambda: reader_state(slot) != "empty", "", 5)
            except AssertionError:
                # It came before pcscd had seen the one before go (see remove), and nobody has asked it anything.
                self.end()
                time.sleep(1)
                self.start(argv)
                wait_for(lambda: reader_state(slot) != "empty", "pcscd sees the card")

    def start(self, argv):
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=ENV)
        line = self.process.stdout.readline()
        assert line == "ready\n", line

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def remove(self):
        self.end()
        wait_for(lambda: reader_state(self.slot) == "empty", "pcscd sees that the card has gone")
        if self.may_hang:
            # A reset that failed tells "empty" before pcscd's own look at the reader, every 400 ms, has
            # noticed. A card that comes in between is taken for the old one, and stays "empty" for ever.
            time.sleep(2 * 0.4 + 0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def commands(self):
        """The diary's lines: (command hex, answer hex, tries before, tries after)."""
        if not os.path.exists(self.trace_file):
            return []
        with open(self.trace_file) as f:
            return [line.rstrip("\n") for line in f if not line.startswith("#")]

    def show(self):
        """The truth: {pin: (value, tries)}."""
        return card_truth(self.state)


def card_truth(state):
    """What really stands on the card, from its state file: {id: (value, tries)}."""
    with open(state) as f:
        card = json.load(f)
    return {p["id"]: (bytes.fromhex(p["value"]).decode("latin-1"), p["tries"]) for p in card["pins"]}


def tries(state):
    return {k: v[1] for k, v in card_truth(state).items()}


def wait_for(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("in vain: " + what)


def reader_state(slot):
    r = run(REPIN, "list", "--json")
    if r.returncode != 0:
        return "error"
    for reader in json.loads(r.stdout)["readers"]:
        if reader["reader"] == READERS[slot]:
            return reader["state"]
    return "no reader"


class Result:
    def __init__(self, returncode, stdout, stderr):
        self.rc, self.out, self.err = returncode, stdout, stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return self.json["error"]

    def __repr__(self):
        return "rc=%d out=%r err=%r" % (self.rc, self.out, self.err)


def repin(*argv, secrets=None, raw=None, timeout=60, env=ENV, stdin=subprocess.DEVNULL):
    """Runs repin as a script does; secrets={"current": …} go through a descriptor."""
    argv = [REPIN, *argv]
    fds = ()
    if secrets is not None or raw is not None:
        data = raw if raw is not None else "".join("%s=%s\n" % kv for kv in secrets.items()).encode()
        r, w = os.pipe()
        if len(data) > 60000:
            # more than a pipe holds: written by a child of ours
            pid = os.fork()
            if pid == 0:
                os.close(r)
                signal.signal(signal.SIGPIPE, signal.SIG_IGN)
                with contextlib.suppress(OSError):
                    while data:
                        data = data[os.write(w, data):]
                os._exit(0)
        else:
            os.write(w, data)
        os.close(w)
        argv += ["--secrets-fd", str(r)]
        fds = (r,)
    p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=stdin, env=env, pass_fds=fds)
    for fd in fds:
        os.close(fd)
    try:
        out, err = p.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise AssertionError("repin did not end: %s" % " ".join(argv)) from None
    return Result(p.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


class Terminal:
    """repin on a terminal of its own, with a person in front of it."""

    def __init__(self, *argv, env=ENV):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(REPIN, [REPIN, *argv], env)
        self.text = ""
        self.status = None

    def read(self, seconds=0.1):
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                return False
            if not data:
                return False
            self.text += data.decode(errors="replace")
        return True

    def expect(self, words, seconds=15):
        end = time.monotonic() + seconds
        while words not in self.text:
            alive = self.read()
            if words in self.text:
                break
            assert alive and time.monotonic() < end, "no %r in %r" % (words, self.text)
        at = self.text.index(words) + len(words)
        seen, self.text = self.text[:at], self.text[at:]
        return seen

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")

    def send(self, data):
        os.write(self.fd, data)

    def end(self, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(0.05)
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, "repin did not end: %r" % self.text


def data_commands(card, ins=("20", "24", "2C", "32")):
    """Commands in the diary that carried a secret or changed one."""
    found = []
    for line in card.commands():
        command = line.split()[1]
        if command[2:4].upper() in ins and len(command) > 10:
            found.append(line)
    return found


def main(tests):
    """Runs the tests that argv names, or all; prints TAP; the exit status says the rest."""
    names = sys.argv[1:]
    chosen = [t for t in tests if not names or t.__name__ in names]
    print("1..%d" % len(chosen))
    failed = 0
    for n, test in enumerate(chosen, 1):
        try:
            test()
            print("ok %d - %s" % (n, test.__name__.replace("_", " ")), flush=True)
        except Exception:  # noqa: BLE001 - a test may fail in any way
            failed += 1
            print("not ok %d - %s" % (n, test.__name__.replace("_", " ")))
            for line in traceback.format_exc().rstrip().split("\n"):
                print("# " + line, flush=True)
    import shutil

    shutil.rmtree(DIR, ignore_errors=True)
    sys.exit(1 if failed else 0)
