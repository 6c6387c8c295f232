# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share: TAP, cards on paper, runs with and without a terminal."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PROGRAM = sys.argv[1]
_state = {"n": 0, "bad": 0}
_dir = tempfile.TemporaryDirectory(prefix="repin-cli-")
CARD = os.path.join(_dir.name, "card")
LOG = os.path.join(_dir.name, "log")

MYNUMBER = """reader card Fake Reader 00
profile mynumber
number 123456789012345
valid 2025-01-01 2035-01-01
pin sign ready 5 5
pin auth ready 3 3
pin text ready 3 3
pin juki ready 3 3 3 3
"""
AOSIGN = """reader card Fake Reader 00
profile aosign
number 1234567890123456
holder Taro Mihon
valid 2025-01-01 2030-01-01
ours
pin pin ready 10 10
pin letter ready 10 10
"""
OPENPGP = """reader card Fake Reader 00
profile openpgp
number FFFF00000001
pin pw1 ready 3 3
pin pw3 ready 3 3
pin rc not-set 0 3
"""
HICOS = """reader card Fake Reader 00
profile hicos
number XC00000000091349
pin pin unknown -1 3
"""
PIV = "reader card Fake Reader 00\nprofile piv\nnumber 5\npin pin ready 3 -1\npin puk unknown -1 -1\n"
GIDS = "reader card Fake Reader 00\nprofile gids\nnumber 5\npin pin ready 3 -1\n"
MOBILE = "reader card Fake Reader 00\nprofile mynumber-mobile\npin sign ready 5 5\npin auth ready 3 3\n"


def ok(good, what, told=""):
    _state["n"] += 1
    if not good:
        _state["bad"] += 1
    print(f"{'ok' if good else 'not ok'} {_state['n']} - {what.replace('#', ' ')}")
    if not good:
        for line in str(told).splitlines()[:40]:
            print("#", line)
    return good


def same(got, wanted, what):
    return ok(got == wanted, what, f"got    {got!r}\nwanted {wanted!r}")


def has(text, part, what):
    return ok(part in text, what, f"no {part!r} in\n{text}")


def lacks(text, part, what):
    return ok(part not in text, what, f"{part!r} in\n{text}")


def finish():
    print(f"1..{_state['n']}")
    sys.exit(1 if _state["bad"] else 0)


def put(card):
    """The card that is in the reader from now on; the log of calls begins anew."""
    with open(CARD, "w", encoding="utf-8") as f:
        f.write(card)
    if os.path.exists(LOG):
        os.remove(LOG)


def calls():
    """What reached the library, a line per call."""
    if not os.path.exists(LOG):
        return []
    with open(LOG, encoding="utf-8", errors="surrogateescape") as f:
        return f.read().splitlines()


def environment(extra=None):
    env = {"PATH": os.environ["PATH"], "REPIN_FAKE": CARD, "REPIN_FAKE_LOG": LOG, "HOME": _dir.name,
           "TERM": "dumb", "LC_ALL": "C"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(extra or {})
    return {k: v for k, v in env.items() if v is not None}


class Done:
    """One run: exit status, standard output, standard error, and the JSON of the former."""

    def __init__(self, code, out, err=""):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    @property
    def error(self):
        found = self.json
        return found.get("error", {}) if isinstance(found, dict) else {}

    def __str__(self):
        return f"exit {self.code}\n{self.out}\n--\n{self.err}"


def run(*args, secrets=None, env=None, fd=9, timeout=20):
    """Without a terminal. `secrets` (bytes or text) come through descriptor `fd`."""
    args = [PROGRAM, *args]
    keep, inside = [], None
    if secrets is not None:
        data = secrets.encode() if isinstance(secrets, str) else secrets
        inside, outside = os.pipe()
        fcntl.fcntl(outside, fcntl.F_SETPIPE_SZ, 1 << 20)
        os.write(outside, data)
        os.close(outside)
        args += ["--secrets-fd", str(fd)]
        keep = [fd]

    def prepare():
        os.setsid()  # no terminal, whoever runs the tests
        if inside is not None:
            os.dup2(inside, fd, inheritable=True)

    done = subprocess.run(args, stdin=subprocess.DEVNULL if fd != 0 or secrets is None else inside,
                          capture_output=True, env=environment(env), pass_fds=keep if fd > 2 else [],
                          preexec_fn=prepare if fd > 2 or inside is None else os.setsid, timeout=timeout, check=False)
    if inside is not None:
        os.close(inside)
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


class Terminal:
    """A run on a terminal of its own; what it shows is in `text`."""

    def __init__(self, *args, env=None, columns=80):
        self.text, self._seen, self.code = "", 0, None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, *args], environment({"LC_ALL": "C.UTF-8", **(env or {})}))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def _read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.text += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return data != b""

    def wait_for(self, part, seconds=10):
        """True when `part` appears after what was waited for before."""
        end = time.time() + seconds
        while part not in self.text[self._seen:]:
            if time.time() > end or not self._read(0.1):
                return False
        self._seen = self.text.index(part, self._seen) + len(part)
        return True

    def send(self, data):
        time.sleep(0.02)
        os.write(self.fd, data.encode() if isinstance(data, str) else data)

    def answer(self, part, data):
        if self.wait_for(part):
            self.send(data)
            return True
        return ok(False, f"the prompt {part!r} comes", self.text)

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self, seconds=10):
        """Waits for the end; the exit status, or -9 after a kill of what hangs."""
        limit = time.time() + seconds
        while time.time() < limit and self._read(0.1):
            pass
        done, status = os.waitpid(self.pid, os.WNOHANG)
        while done == 0 and time.time() < limit:
            time.sleep(0.02)
            done, status = os.waitpid(self.pid, os.WNOHANG)
        if done == 0:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code
