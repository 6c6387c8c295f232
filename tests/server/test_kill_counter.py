# SPDX-License-Identifier: Apache-2.0
"""Whatever is killed at a counter, and whenever: visits, applications, decisions and grants tell one story.

    test_kill_counter.py sqlite | postgres        the second one under tools/with-postgres, as test_kill.py

Two clerks serve visitors without pause over the real API: visit, application, sheet, decision, grant, card, presence. At
random moments something of test_kill.py's is killed (repind, the token's process, the database's server or one of its
processes), or a clerk's own program, which then begins anew and goes on with what its list shows, as a clerk would. A
request whose answer is lost is sent again under its key. check_history.py judges, and this file what is the counter's own.

    REPIN_KILLS, REPIN_SEED   as test_kill.py
"""

import collections
import contextlib
import copy
import http.client
import json
import os
import random
import re
import sys
import threading
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_history
import kit
import test_kill
from kit import test
from shown_card import ShownCard

KILLS = int(os.environ.get("REPIN_KILLS", "20"))
SEED = test_kill.SEED
DESKS = 2
PINS = ("sign", "auth", "text", "juki")
SHEET = {"facts": {"holder_age": 40, "card_present": True, "registered_here": "yes"},
         "documents": [{"kind": "health-insurance", "whose": "holder", "name": True, "birth": True,
                        "valid_to": "2099-12-31"}]}


class Killed(Exception):
    """The clerk's program was killed, or has to end."""


class Clerk(threading.Thread):
    """A clerk with a desk, some customers' cards, and a program that may be killed between any two steps."""

    def __init__(self, rig, n):
        super().__init__(daemon=True)
        self.rig, self.n, self.issuer = rig, n, rig.issuer
        self.desk, self.session, self.cards = rig.desks[n], rig.sessions[n], rig.cards_of[n]
        self.choose = random.Random(SEED * 100 + n * 10 + rig.lives)
        self.killed, self.ends, self.fault = threading.Event(), False, None
        rig.lives += 1

    def run(self):
        try:
            while not self.ends:
                with contextlib.suppress(Killed):
                    self.go_on()
                    while True:
                        self.serve()
                self.killed.clear()
        except Exception as e:  # told by whoever joins
            self.fault = e

    # --- requests ---

    def send(self, method, path, body, key):
        """Until there is an answer: what is away comes back."""
        end = time.monotonic() + 60
        while True:
            if self.killed.is_set() or self.ends:
                raise Killed
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                answer = self.issuer.request(method, path, body, terminal=self.desk, session=self.session, key=key)
                if answer.status < 500 and answer.problem not in ("busy", "not-ready"):
                    return answer
                self.rig.saw[answer.problem] += 1
            if time.monotonic() > end:
                raise kit.Failed("no answer to %s %s" % (method, path))
            time.sleep(0.03)

    def ask(self, path, body=None):
        if body is None:
            return self.send("GET", "/v1/operator/" + path, None, None)
        return self.send("POST", "/v1/operator/" + path, body, str(uuid.uuid4()))

    def done(self, answer):
        if answer.status not in (200, 201):
            raise kit.Failed("a clerk was answered: %r" % answer)
        return answer

    def visit_event(self, visit, event, state):
        self.done(self.ask("visits/%s/events" % visit, {"event": event}))
        self.rig.told["visit", visit] = state

    # --- work ---

    def serve(self):
        visit = self.done(self.ask("visits", {"wish": "reset"})).json["id"]
        self.rig.told["visit", visit], self.rig.visiting[self.n] = "held", visit
        self.visit_event(visit, "call", "called")
        self.visit_event(visit, "begin", "in-progress")
        card, slot = self.choose.choice(self.cards), self.choose.choice(PINS)
        answer = self.done(self.ask("applications", {
            "profile": "mynumber", "number": card.number, "applicant": "self", "visit": visit,
            "wishes": [{"slot": slot, "act": "reset"}]}))
        self.rig.told["application", answer.json["id"]] = "open"
        self.decide(card, answer.json)
        self.visit_event(visit, "finish", "finished")

    def decide(self, card, application):
        path, name = "applications/" + application["id"], application["id"]
        self.done(self.ask(path + "/sheet", SHEET))
        if self.choose.random() < 0.1:
            self.done(self.ask(path + "/decision", {"decision": "cancel", "reason": "went away"}))
            self.rig.told["application", name] = "cancelled"
            return
        answer = self.done(self.ask(path + "/decision", {"decision": "accept", "reason": "seen and compared"}))
        self.rig.told["application", name] = "accepted"
        self.reset(card, application["wishes"][0]["slot"], answer.json["cases"][0])

    def reset(self, card, slot, case):
        """As the customer's window does; now and then the card is pulled before it took the cryptogram, or after."""
        line = {}
        for _ in range(3):
            nonce = self.send("GET", "/v1/nonce", None, None).json["nonce"]
            shown = card.show(slot, nonce)
            grant = self.send("POST", "/v1/grants", {"card": shown, "door": "counter", "case": case, "evidence": {}},
                              str(uuid.uuid4()))
            if grant.status != 201:
                self.rig.saw["grant: " + grant.problem] += 1
                return
            if self.choose.random() < 0.9:
                assert card.takes(slot, shown, grant.json), "the card refuses the cryptogram"
                line = {"what": "reset", "case": case, "more": "taken", "card": card.number}
                self.rig.history.append(line)
                if self.choose.random() < 0.1:
                    return  # pulled, and nobody told the issuer
            if self.settle(card, slot, grant.json["nonce"]).get("settled_state") == "done":
                line["more"] = "reported"
                return

    def settle(self, card, slot, nonce=None):
        nonce = nonce or self.send("GET", "/v1/nonce", None, None).json["nonce"]
        answer = self.send("POST", "/v1/presence", {"card": card.show(slot, nonce)}, None)
        return answer.json if answer.status == 200 else {}

    def go_on(self):
        """After a fall: the visits that stand open are finished, and the applications that were made are brought to an end."""
        states = {v["id"]: v["state"] for v in self.done(self.ask("visits")).json["visits"]}
        visit = self.rig.visiting[self.n]
        for at, event, then in (("held", "call", "called"), ("called", "begin", "in-progress"),
                                ("in-progress", "finish", "finished")):
            if states.get(visit) == at:
                self.visit_event(visit, event, then)
                states[visit] = then
        for row in self.done(self.ask("applications")).json["applications"]:
            a = self.done(self.ask("applications/" + row["id"])).json
            card = next((c for c in self.cards if c.number == a["number"]), None)
            if card is not None and a["state"] == "open":
                self.decide(card, a)


class Counter(test_kill.Rig):
    """test_kill.py's, with clerks in the kiosks' place."""

    def __init__(self, name):
        self.lives, self.told, self.saw = 0, {}, collections.Counter()
        self.visiting = [None] * DESKS
        self.clerks = ["clerk%d" % n for n in range(DESKS)]
        self.desks, self.sessions, self.cards_of = [], [], []
        super().__init__(name)
        self.history = []
        for n, clerk in enumerate(self.clerks):
            self.sessions.append(self.issuer.sign_in(clerk, self.desks[n]))
            self.cards_of.append([ShownCard(self.issuer, c) for c in self.cards[n::DESKS]])
        self.victims = tuple("clerk" if v == "kiosks" else v for v in self.victims)

    def people(self):
        """The office never closes: everything may fall at any hour."""
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data/offices/inagi.office"), encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"(?m)^(closed|closed-source|day|days-source) = .*\n", "", text)
        text = text.replace("national-holidays = closed", "national-holidays = open")
        text = re.sub(r"(?m)^weekdays = .*$", "\n".join(day + "day = 0:00-24:00" for day in (
            "mon", "tues", "wednes", "thurs", "fri", "satur", "sun")), text)
        os.makedirs(os.path.join(self.issuer.dir, "offices"))
        with open(os.path.join(self.issuer.dir, "offices", "inagi.office"), "w", encoding="utf-8") as f:
            f.write(text)
        self.issuer.repind("office", "check", os.path.join(self.issuer.dir, "offices", "inagi.office"))
        for n, clerk in enumerate(self.clerks):
            self.issuer.operator(clerk, "clerk")
            self.desks.append(self.issuer.terminal("desk-%d" % n, "desk"))

    def start_kiosks(self, seconds=None, cards=None):
        self.kiosks = [Clerk(self, n) for n in range(DESKS)]
        for clerk in self.kiosks:
            clerk.start()

    def kill_kiosks(self):
        for clerk in self.kiosks or ():
            clerk.ends = True
        for clerk in self.kiosks or ():
            clerk.join()
            if clerk.fault is not None:
                raise kit.Failed("%s: %r" % (self.clerks[clerk.n], clerk.fault)) from clerk.fault
        self.kiosks = None

    def kill(self, victim, choose):
        if victim == "clerk":
            self.killed[victim] += 1
            choose.choice(self.kiosks).killed.set()
        else:
            super().kill(victim, choose)

    def judge(self, final=False):
        tables = check_history.read_tables(self.db.path)
        cards = {c.number: {s: {c.resets[s]} for s in PINS} for of in self.cards_of for c in of}
        problems = problems_of(tables, self.told) + (end_problems(tables, self.told) if final else [])
        check = check_history.Check(tables, cards, list(self.history), final=final)
        if problems + check.problems:
            raise kit.Failed("\n".join([*(problems + check.problems)[:20], check.told(), str(dict(self.killed))]))
        return check

    def settle(self):
        """Each clerk comes back and brings to an end what lies there; then each PIN of each card is shown once more."""
        self.kill_kiosks()
        self.come_back(kiosks=False)
        for n in range(DESKS):
            clerk = Clerk(self, n)
            clerk.go_on()
            for card in clerk.cards:
                for slot in PINS:
                    clerk.settle(card, slot)


# --- the counter's own story ---

RANK = {"visit": ["held", "called", "in-progress", "finished"], "application": ["open", "accepted"]}


def problems_of(t, told):
    wrong = []
    cases = {c["id"]: c for c in t["case"] if c["door"] == "counter"}
    owner = collections.Counter(i for a in t["application"] for i in a["cases"].split())
    wrong += ["case %s is of %d applications" % (i, owner[i]) for i in cases if owner[i] != 1]
    wrong += ["an application names case %s, which is not there" % i for i in owner if i not in cases]
    logged = collections.defaultdict(list)
    for e in sorted(t["entry"], key=lambda e: e["id"]):
        body = json.loads(e["body"])
        if body["act"].startswith("application"):
            logged[body["case"]].append(body["outcome"])
    for a in t["application"]:
        if (a["state"] == "accepted") != bool(a["cases"]):
            wrong.append("application %s is %s with the cases '%s'" % (a["id"], a["state"], a["cases"]))
        told_there = logged.pop(a["id"], [])
        if told_there != ["open"] + ([a["state"]] if a["state"] != "open" else []):
            wrong.append("application %s is %s, the log tells of %s" % (a["id"], a["state"], told_there))
    wrong += ["the log tells of application %s, which is not there" % i for i in logged]
    rows = {("visit", v["id"]): v["state"] for v in t["visit"]}
    rows.update({("application", a["id"]): a["state"] for a in t["application"]})
    for (kind, name), state in list(told.items()):
        at = rows.get((kind, name))
        order = RANK[kind]
        if at is None or (at != state and not (at in order and state in order and order.index(at) > order.index(state))
                          and not (kind == "application" and state == "open")):
            wrong.append("a clerk was told that %s %s is %s; it is %s" % (kind, name, state, at))
    for v in t["visit"]:
        times = [v[k] for k in ("made_ms", "called_ms", "begun_ms", "ended_ms") if v[k]]
        if times != sorted(times) or (v["state"] == "finished") != bool(v["ended_ms"]):
            wrong.append("visit %s is %s with the times %s" % (v["id"], v["state"], times))
    return wrong


def end_problems(t, told):
    """A visit that no clerk was told of waits for whoever calls it."""
    return (["application %s is still open" % a["id"] for a in t["application"] if a["state"] == "open"]
            + ["visit %s is %s" % (v["id"], v["state"]) for v in t["visit"] if ("visit", v["id"]) in told
               and v["state"] != "finished"])


class Run:
    rig = None
    wrecks = 0


@test
def whatever_is_killed_the_counter_tells_one_story():
    rig, choose = Run.rig, random.Random(SEED)
    rig.start_kiosks()
    for n in range(1, KILLS + 1):
        time.sleep(choose.uniform(0.1, 1.2))
        for victim in choose.sample(rig.victims, 1 if choose.random() < 0.8 else 2):
            rig.kill(victim, choose)
            time.sleep(choose.choice((0, 0, choose.uniform(0, 0.3))))
        if n % test_kill.LOOK_EVERY == 0:
            rig.look_at_the_wreck()
            Run.wrecks += 1
        rig.come_back()
    check = rig.look_at_the_wreck()
    print("# killed: %s; told besides: %s" % (dict(rig.killed), dict(rig.saw)), flush=True)
    print("# the wreck: %s; %d applications, %d visits" % (check.told(), len(check.t["application"]), len(check.t["visit"])), flush=True)
    assert len(check.t["grant"]) > KILLS, "too little went on: " + check.told()


@test
def everything_comes_to_its_end_when_clerks_and_cards_are_back():
    Run.rig.settle()
    Run.rig.issuer.sealed()
    check = Run.rig.judge(final=True)
    print("# in the end: %s; applications %s" % (check.told(), dict(collections.Counter(a["state"] for a in check.t["application"]))),
          flush=True)


# --- the judge itself ---

def accepted(t):
    return test_kill.first(t["application"], state="accepted")


def application_lost(t):
    t["application"].remove(accepted(t))


def case_of_two(t):
    t["application"].append(dict(accepted(t), id="Z"))


def decision_not_logged(t):
    name = accepted(t)["id"]
    t["entry"] = [e for e in t["entry"] if not (name in e["body"] and '"accepted"' in e["body"])]


def decided_twice(t):
    name = accepted(t)["id"]
    e = next(e for e in t["entry"] if name in e["body"] and '"accepted"' in e["body"])
    t["entry"].append(dict(e, id=e["id"] + 0.5))


def opened_again(t):
    accepted(t)["state"] = "open"


def visit_lost(t):
    t["visit"].remove(test_kill.first(t["visit"], state="finished"))


def visit_back_in_the_queue(t):
    test_kill.first(t["visit"], state="finished").update(state="held", called_ms=0, begun_ms=0, ended_ms=0)


@test
def the_judge_finds_each_thing_that_cannot_be():
    good = Run.rig.judge(final=True)
    for spoil in (application_lost, case_of_two, decision_not_logged, decided_twice, opened_again, visit_lost,
                  visit_back_in_the_queue):
        t = copy.deepcopy(good.t)
        spoil(t)
        assert problems_of(t, Run.rig.told), spoil.__name__


def main(name):
    print("# REPIN_SEED=%d, %d kills, %s" % (SEED, KILLS, name), flush=True)
    with contextlib.closing(Counter(name)) as Run.rig:
        return kit.run_tests(kit.tests_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
