# SPDX-License-Identifier: Apache-2.0
"""Promise 9: after a job the PINs are nowhere: not in output, log, JSON, core file or memory.

The PINs of these tests are odd enough not to stand anywhere by chance. A library loaded
into repin looks through its memory as it ends (memory_search.c); it is first shown to find
a PIN that was left in memory on purpose.
"""

import glob
import os
import subprocess

import kit
from kit import BIN, DIR, ENV, REPIN, Card, Terminal, new_card

SEARCH = os.environ["REPIN_MEMORY_SEARCH"]
OLD, NEW, WRONG = "QX7ZKVW3", "WJ4HMPT8", "ZB9RGNC2"
FOLDED_OLD, FOLDED_NEW = OLD.lower(), NEW.lower()


def forms(pin):
    """A PIN as text, in hex, and as UTF-16: how it might stand in an artefact."""
    return [pin.encode(), pin.lower().encode(), pin.encode().hex().encode(), pin.encode().hex().upper().encode(),
            pin.encode("utf-16-le")]


def found_in(data, *pins):
    return [f for p in pins for f in forms(p) if f in data]


def job(argv, secrets, report, preload=True, verbose=True):
    r, w = os.pipe()
    os.write(w, "".join("%s=%s\n" % kv for kv in secrets.items()).encode())
    os.close(w)
    env = dict(ENV)
    if preload:
        # the patterns are given turned round, so that they are not themselves what is looked for
        env["REPIN_SEARCH_REVERSED"] = ",".join(p[::-1] for p in (OLD, NEW, WRONG, FOLDED_OLD, FOLDED_NEW))
        env["REPIN_SEARCH_REPORT"] = report
        env["LD_PRELOAD"] = SEARCH
    p = subprocess.run([REPIN, *argv, *(["--verbose"] if verbose else []), "--secrets-fd", str(r)], pass_fds=(r,), env=env,
                       capture_output=True, timeout=60)
    os.close(r)
    return p


def memory_report(path):
    with open(path) as f:
        return f.read()


CASES = [
    ("mynumber", "sign=" + OLD, ["change", "sign"], {"current": OLD, "new": NEW}, 0),
    ("mynumber", "sign=" + OLD, ["change", "sign"], {"current": FOLDED_OLD, "new": FOLDED_NEW}, 0),
    ("mynumber", "sign=" + OLD, ["change", "sign"], {"current": WRONG, "new": NEW}, 4),
    ("aosign", "pin=" + OLD, ["change", "pin"], {"current": OLD, "new": NEW}, 0),
    ("aosign", "letter=" + OLD, ["unlock", "pin"], {"letter": OLD, "new": NEW}, 0),
    ("aosign", "letter=" + OLD, ["unlock", "pin"], {"letter": WRONG, "new": NEW}, 4),
    ("openpgp", "pw1=" + OLD, ["change", "pw1"], {"current": OLD, "new": NEW}, 0),
    ("gids", "pin=" + OLD, ["change", "pin"], {"current": OLD, "new": NEW}, 0),
    # refused before the card is touched
    ("mynumber", "sign=" + OLD, ["change", "sign"], {"current": OLD, "new": NEW + "!"}, 2),
]


def no_output_log_or_memory_holds_a_pin():
    for n, (profile, pins, argv, secrets, rc) in enumerate(CASES):
        report = os.path.join(DIR, "report-%d" % n)
        for extra in ([], ["--json"]):
            with Card(new_card(profile, pins=pins), trace=False):
                p = job(argv + extra, secrets, report)
            assert p.returncode == rc, (profile, argv, p)
            assert not found_in(p.stdout + p.stderr, OLD, NEW, WRONG), (profile, argv)
            text = memory_report(report)
            assert "searched" in text and "found" not in text, (profile, argv, text)


def hicos_with_its_protected_frame_too():
    config = kit.transport_key_config()
    report = os.path.join(DIR, "report-hicos")
    with Card(new_card("hicos", reset_key=kit.reset_key(), pins="pin=" + OLD), trace=False):
        p = job(["change", "pin", "--config", config], {"current": OLD, "new": NEW}, report)
    assert p.returncode == 0, p
    assert not found_in(p.stdout + p.stderr, OLD, NEW)
    text = memory_report(report)
    assert "searched" in text and "found" not in text, text


def the_search_finds_what_is_there():
    """Else the test above would prove nothing: python keeps its strings."""
    report = os.path.join(DIR, "report-control")
    env = dict(ENV, REPIN_SEARCH_REVERSED=OLD[::-1], REPIN_SEARCH_REPORT=report, LD_PRELOAD=SEARCH)
    code = "s = bytes(reversed(%r)).decode(); x = [s + '-kept']" % OLD[::-1].encode()
    subprocess.run(["python3", "-c", code], env=env, check=True, timeout=30)
    assert "found" in memory_report(report)


def a_terminal_session_leaves_no_pin_either():
    report = os.path.join(DIR, "report-tty")
    env = dict(ENV, REPIN_SEARCH_REVERSED=",".join(p[::-1] for p in (OLD, NEW)), REPIN_SEARCH_REPORT=report, LD_PRELOAD=SEARCH)
    with Card(new_card("mynumber", pins="sign=" + OLD), trace=False):
        t = Terminal("change", "sign", env=env)
        t.expect("5 of 5")
        for entry in (OLD, NEW, NEW):
            t.expect(": ")
            t.read(0.3)
            assert not found_in(t.text.encode(), OLD, NEW), t.text
            t.text = ""
            t.type(entry)
        assert t.end() == 0, t.text
        assert not found_in(t.text.encode(), OLD, NEW), t.text
    text = memory_report(report)
    assert "searched" in text and "found" not in text, text


def a_weak_pin_and_what_is_said_of_it_leave_nothing():
    """The rules look at the new PIN and at the one before it where they lie, and keep nothing of either."""
    weak, report = "KLMNOPQ7", os.path.join(DIR, "report-weak")
    env = dict(ENV, REPIN_SEARCH_REVERSED=weak[::-1] + "," + OLD[::-1], REPIN_SEARCH_REPORT=report, LD_PRELOAD=SEARCH)
    with Card(new_card("mynumber", pins="sign=" + OLD), trace=False):
        t = Terminal("change", "sign", env=env)
        t.expect("5 of 5")
        for entry in (OLD, weak, weak, "yes"):
            t.expect(": ")
            t.read(0.3)
            t.text = ""
            t.type(entry)
        assert t.end() == 0, t.text
        assert not found_in(t.text.encode(), OLD, weak), t.text
    for secrets, rc in (({"current": OLD, "new": weak}, 0), ({"current": weak, "new": weak}, 0), ({"current": OLD, "new": weak[:-1]}, 2)):
        text = memory_report(report)
        assert "searched" in text and "found" not in text, text
        with Card(new_card("mynumber", pins="sign=" + secrets["current"]), trace=False):
            r, w = os.pipe()
            os.write(w, "".join("%s=%s\n" % kv for kv in secrets.items()).encode())
            os.close(w)
            p = subprocess.run([REPIN, "change", "sign", "--json", "--verbose", "--secrets-fd", str(r)], pass_fds=(r,), env=env,
                               capture_output=True, timeout=60)
            os.close(r)
        assert p.returncode == rc and (b'"sequence"' in p.stdout or b'"no-digit"' in p.stdout), p
        assert not found_in(p.stdout + p.stderr, OLD, weak, weak[:-1]), p
    text = memory_report(report)
    assert "searched" in text and "found" not in text, text


def a_crash_leaves_no_core_file():
    """Core files are allowed by the shell and forbidden by repin: a kill with SIGABRT leaves none."""
    here = os.path.join(DIR, "cores")
    os.mkdir(here)
    with Card(new_card("mynumber", pins="sign=" + OLD, name="core"), trace=False):
        t = Terminal.__new__(Terminal)
        import pty
        import resource

        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(here)
            resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
            os.execve(REPIN, [REPIN, "change", "sign"], ENV)
        t.pid, t.fd, t.text = pid, fd, ""
        t.expect("5 of 5")
        t.expect(": ")
        t.read(0.3)
        t.type(OLD)
        t.read(0.5)
        os.kill(pid, 6)
        os.waitpid(pid, 0)
        os.close(fd)
    assert not glob.glob(here + "/*"), os.listdir(here)


def no_file_of_ours_holds_a_pin():
    """Whatever the jobs above left in the home folder; the virtual cards' own files are no part of it."""
    searched = []
    for root, _, names in os.walk(DIR):
        for name in names:
            path = os.path.join(root, name)
            if path.endswith((".json", ".trace", ".faults")) or "report" in name:
                continue
            with open(path, "rb") as f:
                assert not found_in(f.read(), OLD, NEW, WRONG), path
            searched.append(path)
    assert [p for p in searched if "/repin/ledger/" in p], "the notes of the jobs above were not searched"
    assert os.path.isdir(BIN)


kit.main([
    the_search_finds_what_is_there,
    no_output_log_or_memory_holds_a_pin,
    hicos_with_its_protected_frame_too,
    a_terminal_session_leaves_no_pin_either,
    a_weak_pin_and_what_is_said_of_it_leave_nothing,
    a_crash_leaves_no_core_file,
    no_file_of_ours_holds_a_pin,
])
