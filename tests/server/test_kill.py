# SPDX-License-Identifier: Apache-2.0
"""Whatever is killed, and whenever: no grant serves twice and none is lost.

    test_kill.py sqlite | postgres        the second one under tools/with-postgres --set full_page_writes=on,
                                          and --set synchronous_commit=off, which repind must not obey

Kiosks (bench/kiosks, all of librepin on virtual cards) reset PINs without pause against a real repind. At random
moments one of them is killed with SIGKILL: repind, the kiosks' program, the token's process (far_token.h), the
database's server, one of its processes; or two at once. Meanwhile some reservations are made a day older in the database, which is over. check_history.py
judges what is left, with everything still lying where it fell and once more after each card was shown again.

    REPIN_KILLS   how many (30)        REPIN_SEED   the same choices again (moments differ: the machine's are its own)
"""

import collections
import contextlib
import copy
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_history
import kit
from kit import test

KILLS = int(os.environ.get("REPIN_KILLS", "30"))
SEED = int(os.environ.get("REPIN_SEED", time.time_ns() % 10**6))
BUILD = os.path.join(os.path.realpath(kit.BIN), "..")
KIOSKS = os.environ.get("REPIN_KIOSKS", os.path.join(BUILD, "bench", "kiosks"))
FAR_MODULE = os.environ.get("REPIN_FAR_MODULE", os.path.join(BUILD, "tests", "server", "far_module.so"))
FAR_TOKEN = os.environ.get("REPIN_FAR_TOKEN_EXE", os.path.join(BUILD, "tests", "server", "far_token"))
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
CARDS, THREADS, LONG = 6, 3, 3600
DAY_MS = check_history.DAY_MS
LOOK_EVERY = 10  # kills from one look at the wreck to the next
# One card is reset all the time here.
FREE = "card-acts-a-day = 1000000\n"


def free_port():
    """One that the kernel gives nobody else by itself, so that repind can come back to it."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        first = int(f.read().split()[0])
    while True:
        port = random.SystemRandom().randrange(10000, first)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def within(seconds, what, done):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise kit.Failed(what)
        time.sleep(0.02)


class Sqlite:
    """repind's own file: it dies with repind."""

    victims, lock_cards = (), ""

    def __init__(self, issuer_dir):
        self.path = os.path.join(issuer_dir, "repin.db")

    def run(self, sql):
        with contextlib.closing(sqlite3.connect(self.path, timeout=20)) as db, db:
            return [str(row[0]) for row in db.execute(sql)]

    def works(self):
        return True

    def come_back(self):
        pass


class Postgres:
    """A server of our own, which its keeper starts again."""

    victims = ("postmaster", "backend")
    lock_cards = "SELECT card_id FROM card ORDER BY card_id FOR UPDATE; "

    def __init__(self):
        self.path = os.environ["REPIN_PG_SOCKET"]
        self.dir = parse_qs(urlsplit(self.path).query)["host"][0]

    def postmaster(self):
        with open(os.path.join(self.dir, "data", "postmaster.pid")) as f:
            return int(f.readline())

    def backends(self):
        """repind's connections: children of the server that say so."""
        found, parent = [], self.postmaster()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open("/proc/%s/stat" % pid) as f:
                if int(f.read().rpartition(") ")[2].split()[1]) == parent:
                    with open("/proc/%s/cmdline" % pid) as line:
                        if line.read().startswith("postgres: repin "):
                            found.append(int(pid))
        return found

    def run(self, sql):
        r = subprocess.run(["psql", "-XAtq", self.path, "-v", "ON_ERROR_STOP=1", "-c", sql], capture_output=True, text=True)
        if r.returncode:
            raise kit.Failed(r.stderr)
        return r.stdout.split()

    def works(self):
        return subprocess.run(["psql", "-XAtq", self.path, "-c", "SELECT 1"], capture_output=True).returncode == 0

    def come_back(self):
        """A postmaster that was killed is started by its keeper, at the second go when its processes still hold its memory."""
        end = time.monotonic() + 60
        while not self.works():
            if time.monotonic() > end:
                raise kit.Failed("the database does not come back")
            if not self.lives():
                os.kill(int(os.environ["REPIN_PG_KEEPER"]), signal.SIGUSR1)
                with contextlib.suppress(kit.Failed):
                    within(1, "", self.works)
            time.sleep(0.02)

    def lives(self):
        try:
            os.kill(self.postmaster(), 0)
        except (OSError, ValueError):
            return False
        return True


class Token:
    """SoftHSM in a process group of its own. A kill while it logs in leaves its file empty (docs/decisions.md 87), so each
    start has the files of the backup."""

    def __init__(self, issuer):
        self.dir, self.process = os.path.join(issuer.dir, "tokens"), None
        self.backup, self.socket = os.path.join(issuer.home, "tokens"), os.path.join(issuer.home, "token.socket")
        self.env = dict(os.environ, SOFTHSM2_CONF=os.path.join(issuer.dir, "softhsm2.conf"))
        shutil.copytree(self.dir, self.backup)
        os.environ["REPIN_FAR_TOKEN"] = self.socket
        with open(issuer.conf) as f:
            text = re.sub(r'(?m)^pkcs11-module = .*$', 'pkcs11-module = "%s"' % FAR_MODULE, f.read())
        with open(issuer.conf, "w") as f:
            f.write(text)
        assert FAR_MODULE in text

    def start(self):
        shutil.copytree(self.backup, self.dir, dirs_exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)
        self.process = subprocess.Popen([FAR_TOKEN, self.socket, SOFTHSM], env=self.env, start_new_session=True)
        within(10, "the token's process does not start", self.answers)

    def answers(self):
        with socket.socket(socket.AF_UNIX) as s, contextlib.suppress(OSError):
            s.connect(self.socket)
            return True
        return False

    def kill(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Rig:
    def __init__(self, name):
        self.kiosks, self.aged, self.killed = None, {}, collections.Counter()
        database = os.environ["REPIN_PG_SOCKET"] if name == "postgres" else None
        self.issuer = kit.Issuer(start=False, database=database, more_conf=FREE, listen="127.0.0.1:%d" % free_port())
        self.db = Postgres() if database else Sqlite(self.issuer.dir)
        self.kiosk = self.issuer.terminal("kiosk-1")
        self.cards = [self.issuer.card("mynumber") for _ in range(CARDS)]
        self.history = os.path.join(self.issuer.home, "history")
        self.people()
        self.token = Token(self.issuer)
        self.victims = ("repind", "kiosks", "token", *self.db.victims)
        self.come_back(kiosks=False)

    def people(self):
        """Whoever works here besides kiosks: made while the token is the issuer's own."""

    def close(self):
        self.kill_kiosks()
        self.token.kill()
        self.issuer.close()

    def numbers(self):
        return set(check_history.read_cards(self.cards))

    # --- what runs ---

    def start_kiosks(self, seconds=LONG, cards=None):
        told = open(os.path.join(self.issuer.home, "kiosks.log"), "ab")
        cards = cards or self.cards
        argv = [KIOSKS, "--url", self.issuer.url, "--ca", self.issuer.ca, "--cert", self.kiosk.certificate, "--key",
                self.kiosk.key, "--seconds", str(seconds), "--threads", str(min(THREADS, len(cards))), "--history",
                self.history, *cards]
        self.kiosks = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=told,
                                       env=dict(os.environ, XDG_STATE_HOME=self.issuer.home))

    def kill_kiosks(self):
        if self.kiosks is not None:
            self.kiosks.kill()
            self.kiosks.communicate()
            self.kiosks = None

    def kill(self, victim, choose):
        self.killed[victim] += 1
        if victim == "repind":
            self.issuer.kill()
        elif victim == "kiosks":
            self.kill_kiosks()
        elif victim == "token":
            self.token.kill()
        elif victim == "postmaster":
            os.kill(self.db.postmaster(), signal.SIGKILL)
        elif victim == "backend":
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(choose.choice(self.db.backends()), signal.SIGKILL)

    def come_back(self, kiosks=True):
        self.db.come_back()
        if self.token.process is None:
            self.token.start()
        if self.issuer.process is None:
            self.issuer.start()
        assert self.issuer.process.poll() is None, "repind ended by itself"
        if kiosks and self.kiosks is None:
            self.start_kiosks()

    # --- time ---

    def age(self):
        """Some reservations are a day older from now on: no grant after this moment may be theirs."""
        old = time.time_ns() // 10**6 - DAY_MS // 2
        try:
            self.db.run("""%sUPDATE "case" SET opened_ms = opened_ms - %d, until_ms = until_ms - %d
                           WHERE state = 'ready' AND opened_ms > %d""" % (self.db.lock_cards, DAY_MS, DAY_MS, old))
        except kit.Failed:
            self.db.come_back()  # a server that still falls: it was done, or it was not
        ids = self.db.run('SELECT id FROM "case" WHERE opened_ms < %d' % old)
        now = time.time_ns() // 10**6 + 1
        for case_id in ids:
            self.aged.setdefault(case_id, now)

    # --- judgement ---

    def judge(self, final=False):
        check = check_history.Check(check_history.read_tables(self.db.path), check_history.read_cards(self.cards),
                                    check_history.read_history(self.history), self.aged, final)
        if check.problems:
            raise kit.Failed("\n".join([*check.problems[:20], check.told(), str(dict(self.killed))]))
        return check

    def look_at_the_wreck(self):
        """Nothing runs, nothing was shown again: what was committed must explain what the cards are."""
        self.kill_kiosks()
        if self.issuer.process is not None:
            self.issuer.kill()
        self.db.come_back()
        return self.judge()

    def settle(self):
        """Every card is shown once more, by a kiosk that goes on with it; all kiosks end by themselves."""
        self.kill_kiosks()
        self.come_back(kiosks=False)
        self.start_kiosks(seconds=3)
        out, _ = self.kiosks.communicate(timeout=60)
        self.kiosks = None
        return json.loads(out)


class Run:
    """The one long run that the tests below look at."""

    rig = None
    size_before = 0
    wrecks = 0


def run_kills(rig):
    choose = random.Random(SEED)
    rig.start_kiosks()
    for n in range(1, KILLS + 1):
        time.sleep(choose.uniform(0.02, 1.2))
        if choose.random() < 0.5:
            rig.age()
        for victim in choose.sample(rig.victims, 1 if choose.random() < 0.8 else 2):
            rig.kill(victim, choose)
            time.sleep(choose.choice((0, 0, choose.uniform(0, 0.3))))
        if n % LOOK_EVERY == 0:
            rig.look_at_the_wreck()
            Run.wrecks += 1
        rig.come_back()


@test
def whatever_is_killed_what_was_committed_explains_what_the_cards_are():
    rig = Run.rig
    Run.size_before = rig.issuer.sealed()
    run_kills(rig)
    check = rig.look_at_the_wreck()
    print("# killed: %s; %d reservations made older" % (dict(rig.killed), len(rig.aged)), flush=True)
    print("# the wreck: %s" % check.told(), flush=True)
    assert len(check.t["grant"]) > KILLS, "too little went on: " + check.told()


@test
def every_case_comes_to_its_end_when_its_card_is_shown_again():
    before = len(check_history.read_history(Run.rig.history))
    told = Run.rig.settle()
    lines = check_history.read_history(Run.rig.history)[before:]
    saw = collections.Counter((line["what"], line["more"]) for line in lines)
    print("# kiosks saw: %s" % dict(saw), flush=True)
    assert {line["card"] for line in lines if line["what"] == "reset"} == Run.rig.numbers(), saw
    assert told["broken"] == told["away"] == told["refused"] == 0, saw
    Run.rig.issuer.sealed()
    check = Run.rig.judge(final=True)
    print("# in the end: %s" % check.told(), flush=True)


@test
def the_log_is_whole_and_has_grown_and_nothing_waits_for_its_seal():
    rig = Run.rig
    size = rig.issuer.sealed()
    assert size >= Run.size_before + 3 * len(check_history.read_tables(rig.db.path)["grant"]), size


@test
def a_reservation_that_is_over_ends_as_expired_and_is_never_granted():
    rig = Run.rig
    within(30, "reservations that are over stay open",
           lambda: not rig.db.run("SELECT id FROM \"case\" WHERE state = 'ready' AND opened_ms < %d"
                                  % (time.time_ns() // 10**6 - DAY_MS)))
    check = rig.judge(final=True)
    ends = collections.Counter(check.cases[case_id]["state"] for case_id in rig.aged)
    print("# reservations that were over: %s" % dict(ends), flush=True)
    assert set(ends) <= {"expired", "cancelled"} and (ends or KILLS < 10), ends


# --- the judge itself ---

def first(rows, **like):
    return next(r for r in rows if all(r[k] == v for k, v in like.items()))


def entry_of(tables, act):
    return next(e for e in tables["entry"] if json.loads(e["body"])["act"] == act)


def drop(tables, name, row):
    tables[name].remove(row)


def used_twice(t, cards, history):
    next(iter(cards.values()))["sign"] = {max(next(iter(cards.values()))["sign"]) + 1}


def same_challenge(t, cards, history):
    t["grant"][1]["challenge"] = t["grant"][0]["challenge"]


def same_count(t, cards, history):
    done = [g for g in t["grant"] if g["state"] == "done" and g["card_id"] == t["grant"][0]["card_id"]]
    done[1]["resets"] = done[0]["resets"]


def grant_lost(t, cards, history):
    drop(t, "grant", first(t["grant"], state="done"))


def entry_lost(t, cards, history):
    drop(t, "entry", entry_of(t, "grant"))


def end_not_logged(t, cards, history):
    drop(t, "entry", entry_of(t, "done"))


def notice_lost(t, cards, history):
    drop(t, "outbox", first(t["outbox"], kind="grant"))


def request_lost(t, cards, history):
    drop(t, "idempotency", next(r for r in t["idempotency"] if '"grant"' in r["result"]))


def entry_changed(t, cards, history):
    e = entry_of(t, "grant")
    e["body"] = e["body"].replace('"outcome":"ok"', '"outcome":"no"')


def left_open(t, cards, history):
    first(t["grant"], state="done").update(state="unknown", settled_ms=0, settled_by="")


def five_grants(t, cards, history):
    c = first(t["case"], state="done")
    g = first(t["grant"], case_id=c["id"])
    t["grant"] += [dict(g, id="X%d" % n, challenge="%032d" % n, state="failed") for n in range(4)]
    c["grants"] += 4


def after_its_time(t, cards, history):
    first(t["case"], state="done")["opened_ms"] -= check_history.DAY_MS


def from_expired(t, cards, history):
    e = next(e for e in t["entry"] if json.loads(e["body"])["act"] == "reserve" and first(
        t["case"], id=json.loads(e["body"])["case"])["state"] == "done")
    t["entry"].append(dict(e, id=e["id"] + 0.5, body=e["body"].replace("reserve", "expired")))


def seen_and_not_there(t, cards, history):
    history.append({"what": "reset", "case": "nowhere", "more": "reported"})


def seen_done_and_is_not(t, cards, history):
    line = next(h for h in history if h["what"] == "reset" and h["more"] == "reported")
    for g in t["grant"]:
        if g["case_id"] == line["case"]:
            g["state"] = "failed"


def halted(t, cards, history):
    t["card_slot"][0]["halted"] = "copy"


@test
def the_judge_finds_each_thing_that_cannot_be():
    good = Run.rig.judge(final=True)
    for spoil in (used_twice, same_challenge, same_count, grant_lost, entry_lost, end_not_logged, notice_lost, request_lost,
                  entry_changed, left_open, five_grants, after_its_time, from_expired, seen_and_not_there,
                  seen_done_and_is_not, halted):
        t, cards, history = copy.deepcopy((good.t, good.cards, good.history))
        spoil(t, cards, history)
        assert check_history.Check(t, cards, history, Run.rig.aged, final=True).problems, spoil.__name__


def main(name):
    print("# REPIN_SEED=%d, %d kills, %s" % (SEED, KILLS, name), flush=True)
    with contextlib.closing(Rig(name)) as Run.rig:
        return kit.run_tests(kit.tests_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
