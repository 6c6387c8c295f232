# SPDX-License-Identifier: Apache-2.0
"""Promise 8 with real processes: `repin change` is killed at random moments, and `repin resolve` is judged.

What it says without an entry must be true of the card and cost nothing; with both PINs it must find out
for at most one try, and leave no note. REPIN_SEED replays the moments as well as a clock can.
"""

import os
import random
import signal
import subprocess
import time

import kit
from kit import ENV, READERS, REPIN, Card, card_truth, new_card, repin

SEED = int(os.environ.get("REPIN_SEED", time.time_ns() & 0xFFFF))
ROUNDS = int(os.environ.get("REPIN_KILL_ROUNDS", "12"))

# family, slot, PINs that take turns, places on the card
JOBS = [
    ("mynumber", "auth", ["1234", "8305"], ["auth"]),
    ("mynumber", "juki", ["1234", "8305"], ["juki", "juki-common"]),
    ("aosign", "pin", ["12345678", "newPin99"], ["pin"]),
    ("piv", "pin", ["123456", "654321"], ["pin"]),
    ("gids", "pin", ["123456", "7654321"], ["pin"]),
]


def start_change(slot, current, new, reader):
    r, w = os.pipe()
    os.write(w, b"current=%s\nnew=%s\n" % (current.encode(), new.encode()))
    os.close(w)
    argv = [REPIN, "--reader", READERS[reader], "change", slot, "--last-try", "--secrets-fd", str(r)]
    p = subprocess.Popen(argv, pass_fds=(r,), env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(r)
    return p


def is_true(answer, values, old, new):
    if answer == "split":
        return set(values) == {old, new}
    return answer == "cannot-know" or set(values) == {old if answer == "old" else new}


class Life:
    """One card under change: what it holds, and what was said about it."""

    def __init__(self, job, reader):
        self.family, self.slot, self.pins, self.places = job
        self.reader = reader
        self.state = new_card(self.family, number={"mynumber": "%015d" % (100 + reader)}.get(self.family))
        self.said = {}

    def values(self):
        truth = card_truth(self.state)
        return [truth[p][0] for p in self.places]

    def tries(self):
        truth = card_truth(self.state)
        return [truth[p][1] for p in self.places]

    def begin(self):
        self.old = self.values()[0]
        self.new = self.pins[1 - self.pins.index(self.old)]
        return start_change(self.slot, self.old, self.new, self.reader)

    def resolve(self, secrets=None):
        r = repin("--reader", READERS[self.reader], "resolve", "--json", "--last-try", secrets=secrets)
        if r.rc == 3 and r.error["code"] == "card-changed":
            return None  # nothing is open on this card, but on the other one
        assert r.rc == 0, r
        answers = r.json["answers"]
        assert len(answers) <= 1, answers
        return answers[0]["answer"] if answers else None

    def judge(self):
        """After the kill: without an entry, then with both."""
        values, tries = self.values(), self.tries()
        said = self.resolve()
        self.said[said] = self.said.get(said, 0) + 1
        assert said is None or is_true(said, values, self.old, self.new), (said, values, self.old, self.new)
        assert (self.values(), self.tries()) == (values, tries), "telling is not free"
        for _ in range(2):
            if said not in ("cannot-know", "split"):
                break
            said = self.resolve({"current": self.old, "new": self.new})
            assert is_true(said, self.values(), self.old, self.new), (said, self.values())
            assert sum(tries) - sum(self.tries()) <= 1, (tries, self.tries())
            tries = self.tries()
        assert said in (None, "old", "new"), said
        assert len(set(self.values())) == 1, self.values()
        assert self.resolve() is None


def kill_all(lives, rng):
    procs = [life.begin() for life in lives]
    time.sleep(rng.uniform(0, 0.02 * len(lives)))
    for p in procs:
        p.kill()
    for p in procs:
        p.wait(20)
    time.sleep(0.05)  # pcscd ends what the dead have left


def a_change_that_is_killed_can_be_resolved():
    rng = random.Random(SEED)
    print("# seed %d" % SEED)
    for job in JOBS:
        life = Life(job, 0)
        with Card(life.state, trace=False):
            for _ in range(ROUNDS):
                kill_all([life], rng)
                life.judge()
        print("# %s %s: %s" % (life.family, life.slot, life.said))


def two_cards_at_once_do_not_mix():
    rng = random.Random(SEED + 1)
    lives = [Life(JOBS[0], 0), Life(JOBS[0], 1)]
    with Card(lives[0].state, 0, trace=False), Card(lives[1].state, 1, trace=False):
        for _ in range(ROUNDS):
            kill_all(lives, rng)
            for life in lives:
                life.judge()
    print("# %s" % [life.said for life in lives])


def of_two_cut_changes_the_later_one_is_resolved_first():
    state = new_card("mynumber")
    for new in ("8305", "2580"):
        with Card(state, faults="ins 24 cut-before\n"):
            assert repin("change", "auth", secrets={"current": "1234", "new": new}).rc == 7
            kit.wait_for(lambda: kit.reader_state(0) == "card", "the card comes back")
    with Card(state):
        assert len(repin("status", "--json").json["cut"]) == 1
        r = repin("resolve", "--json", secrets={"current": "1234"})
        assert r.rc == 0 and [a["answer"] for a in r.json["answers"]] == ["old"], r
        # what was proven now is known for the earlier one, too
        assert repin("resolve", "--json").json == {"answers": []}


kit.main([
    a_change_that_is_killed_can_be_resolved,
    two_cards_at_once_do_not_mix,
    of_two_cut_changes_the_later_one_is_resolved_first,
])
