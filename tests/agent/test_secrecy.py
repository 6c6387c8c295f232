# SPDX-License-Identifier: Apache-2.0
"""A PIN goes from the page through the agent to the card, and stays nowhere: not in the agent's memory after a job, not in
its log, its events, its files or a core, not in the arguments or the environment of any process."""

import glob
import os
import resource
import signal
import threading
import time

from agent_kit import Agent, configuration, issuer_kit, kit
from kit import DIR, Card, card_truth, main, new_card
from search import found_in, found_in_files, found_in_memory

OLD, NEW, NEWER, WRONG, WEAK = "QX7ZKVW3", "WJ4HMPT8", "VD3NXH6M", "TB6RQK2C", "MNOPQ45678"
LETTER, LETTER_WRONG, CHIP = "RZ5TKQ8W", "GB9FLS2J", "LN4WTC7D"
SECRETS = (OLD, NEW, NEWER, WRONG, WEAK, LETTER, LETTER_WRONG, CHIP)
CODE, CODE_WRONG, CODE_NEW = "Kq7WzB4t", "Tn6YpD3s", "Jx5RmC8v"
CODES = (CODE, CODE_WRONG, CODE_NEW)
PLANTED = "YC6PDN5KQ"
SETTLED_SECONDS = 10
LEAST = 500000  # a small program
FILES = []


class Processes(threading.Thread):
    """Reads the command line and environment of every process, again and again; what is as it was is searched once."""

    def __init__(self):
        super().__init__(daemon=True)
        self.found, self.seen, self.over, self.last = [], set(), False, {}

    def run(self):
        while not self.over:
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                for name in (path, path[:-7] + "environ"):
                    try:
                        with open(name, "rb") as f:
                            data = f.read()
                    except OSError:
                        continue
                    if self.last.get(name) == data:
                        continue
                    self.last[name] = data
                    if b"--secrets-fd" in data:
                        self.seen.add(path)
                    self.found += [(name, s) for s, _ in found_in(data, SECRETS) if b"repin-card" not in data and b"python" not in data]
            time.sleep(0.002)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.join(30)


def left_in(a, secrets=SECRETS):
    """What stands in its memory when all has settled: a request's buffers are the daemon's until its thread is back."""
    end = time.monotonic() + SETTLED_SECONDS
    while (found := found_in_memory(a.pid, secrets, LEAST)) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def the_search_finds_what_is_there():
    with Agent(env={"PLANTED": PLANTED}) as a:
        assert found_in_memory(a.pid, [PLANTED], LEAST) == {PLANTED}


def no_pin_is_left_after_any_job():
    state = new_card("mynumber", pins="sign=" + OLD)
    other = new_card("aosign", pins="pin=%s,letter=%s" % (CHIP, LETTER))
    with Agent() as a, Processes() as processes:
        FILES.append(a.log)
        with Card(state, trace=False):
            told = a.card()
            for fields, rc in (({"current": OLD, "new": NEW}, 0), ({"current": WRONG, "new": NEWER}, 4), ({"current": NEW, "new": WEAK}, 2),
                               ({"current": NEW, "new": WEAK[:-1] + "é"}, 2), ({"current": NEW, "new": NEWER, "letter": LETTER}, 2), ({"current": NEW}, 2)):
                end = a.job(told, "change", "sign", **fields)
                assert end["status"] == rc, (fields, end)
                assert not left_in(a), (fields, left_in(a))
                told = a.post("/api/look").json
            for body in ({"job": "change", "slot": "sign", "reader": told["reader"], "expect": told["expect"], "current": NEW, "new": 5},
                         {"job": "nothing", "current": NEW, "new": NEWER}, ('{"job":"change","current":"%s","new":"%s"' % (NEW, NEWER)).encode()):
                assert a.post("/api/jobs", body).status == 400, body
                assert not left_in(a), (body, left_in(a))
            # A page whose key is no longer good sends what was typed all the same.
            for wrong in ({"Origin": "http://evil.example"}, {"Authorization": "Bearer " + "x" * 43}) * 4:
                assert a.post("/api/jobs", {"job": "change", "slot": "sign", "current": NEW, "new": NEWER}, **wrong).status == 403
                assert not left_in(a), (wrong, left_in(a))
        with Card(other, trace=False):
            told = a.card(good=lambda d: d.get("card", {}).get("profile") == "aosign")
            for fields, rc in (({"letter": LETTER_WRONG, "new": NEW}, 4), ({"letter": LETTER, "new": NEW}, 0)):
                end = a.job(told, "unlock", "pin", **fields)
                assert end["status"] == rc, end
                assert not left_in(a), (fields, left_in(a))
                told = a.post("/api/look").json
        with a.changed:
            assert not found_in(repr(a.events).encode(), SECRETS)
        assert len(processes.seen) >= 5, "the processes of the jobs were not seen"
        assert not processes.found, processes.found
    assert card_truth(state)["sign"][0] == NEW and card_truth(other)["pin"][0] == NEW


def no_pin_or_code_is_left_after_what_the_issuer_allows():
    kit.transport_key_config()
    with issuer_kit.Issuer(card_ca=kit.CA) as issuer:
        home, kiosk = configuration(issuer, "home"), configuration(issuer, "kiosk", issuer.terminal("kiosk-1"))
        state = issuer.card("mynumber", pins="sign=" + OLD)
        with Agent(conf=home) as a, Agent(mode="kiosk", conf=kiosk) as k, Card(state, trace=False):
            FILES.extend([a.log, k.log])
            told = a.card()
            assert a.job(told, "reserve", "auth", other=WRONG)["status"] == 4 and not left_in(a), left_in(a)
            assert a.job(a.post("/api/look").json, "reserve", "auth", other=OLD)["ok"] and not left_in(a), left_in(a)
            end = k.job(k.post("/api/look").json, "reset", "auth", other=OLD, new="7391")
            assert end["ok"] and not left_in(k), (end, left_in(k))
            assert a.job(a.post("/api/look").json, "reserve", "sign", other="7391")["ok"]
            end = k.job(k.post("/api/look").json, "reset", "sign", other="7391", new=NEWER)
            assert end["ok"] and not left_in(k) and card_truth(state)["sign"][0] == NEWER, (end, left_in(k))
        state = issuer.card("hicos", user_code=CODE)
        with Agent(conf=home) as a, Card(state, trace=False):
            FILES.append(a.log)
            told = a.card()
            for fields, rc in (({"user-code": CODE_WRONG, "new": CHIP}, 4), ({"user-code": CODE, "new": CHIP}, 0)):
                end = a.job(told, "reset", "pin", **fields)
                assert end["status"] == rc and not left_in(a, SECRETS + CODES), (end, left_in(a, SECRETS + CODES))
                told = a.post("/api/look").json
            end = a.job(told, "reset", "user-code", current=CHIP, new=CODE_NEW)
            assert end["ok"] and not left_in(a, SECRETS + CODES), (end, left_in(a, SECRETS + CODES))


def a_secret_is_in_no_core():
    here = os.path.join(DIR, "cores")
    os.mkdir(here)
    state = new_card("mynumber", pins="sign=" + OLD, name="core")
    was = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (was[1], was[1]))
    where = os.getcwd()
    os.chdir(here)
    try:
        with Card(state, faults="ins 24 delay 2000\n", trace=False):
            a = Agent()
            FILES.append(a.log)
            told = a.card()
            after = a.mark()
            a.begin(told, "change", "sign", current=OLD, new=NEW)
            a.wait("job", lambda d: d["step"] == "set", after)
            with open("/proc/%d/limits" % a.pid, encoding="utf-8") as f:
                assert [line for line in f if line.startswith("Max core file size") and line.split()[4:6] == ["0", "0"]], "cores are allowed"
            a.process.send_signal(signal.SIGABRT)
            a.process.wait(30)
            a.process.stdout.close()
            time.sleep(3)
    finally:
        os.chdir(where)
        resource.setrlimit(resource.RLIMIT_CORE, was)
    assert not glob.glob(here + "/*"), os.listdir(here)


def no_file_holds_one():
    for path in FILES:
        with open(path, "rb") as f:
            data = f.read()
        assert len(data) > 100 and not found_in(data, SECRETS), path
    for name in os.listdir(DIR):
        if name.endswith((".json", ".trace", ".faults")):
            os.unlink(os.path.join(DIR, name))
    found, n = found_in_files(DIR, SECRETS)
    assert n > 3 and not found, found


def a_start_secret_serves_once_and_is_in_no_argument():
    with Agent(open_page=False) as a:
        secret = a.secret
        with open("/proc/%d/cmdline" % a.pid, "rb") as f:
            assert secret.encode() not in f.read()
        assert a.start()["mode"] == "holder"
        r = a.post("/api/start", {"secret": secret, "lang": "en"}, Authorization=None)
        assert r.status == 403, r
        assert not left_in(a, [secret])


main([the_search_finds_what_is_there, no_pin_is_left_after_any_job, no_pin_or_code_is_left_after_what_the_issuer_allows, a_secret_is_in_no_core, no_file_holds_one, a_start_secret_serves_once_and_is_in_no_argument])
