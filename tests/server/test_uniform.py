# SPDX-License-Identifier: Apache-2.0
"""Whoever has no card learns nothing about cards: without its MAC every request about one gets one answer, in one
time, and the issuer does nothing for it.

Five kinds of wrong requests, shuffled, over connections that stay open. A source is limited to sixty wrong ones a
minute, so every connection comes from an address of its own of 127.0.0.0/8 and is used for fewer.
"""

import itertools
import json
import math
import os
import random
import re
import socket
import sqlite3
import ssl
import sys
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit
from kit import Issuer, test
from shown_card import ShownCard

EACH, EACH_GRANT, EACH_OTHER = 2000, 500, 30
A_SOURCE = 50  # of 60
REPEATS = 3
LEAST_P = 0.01
ARGON2_KIB = 19 * 1024
KINDS = ("a card", "no card", "no such profile", "a revoked card", "a card with a blocked code")


class Wire:
    """One connection from one address, as bare as can be: the time of an answer is what is measured."""

    def __init__(self, issuer, n):
        self.context = ssl.create_default_context(cafile=issuer.ca)
        raw = socket.socket()
        raw.bind(("127.%d.%d.%d" % (1 + n // 62500, n // 250 % 250, 1 + n % 250), 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.settimeout(30)
        raw.connect(("127.0.0.1", issuer.port))
        self.s = self.context.wrap_socket(raw, server_hostname="127.0.0.1")
        _, answer = self.ask(b"GET /v1/nonce HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.nonce = json.loads(answer.partition(b"\r\n\r\n")[2])["nonce"]

    def ask(self, request):
        """(nanoseconds, whole answer)"""
        began = time.perf_counter_ns()
        self.s.sendall(request)
        answer = self.s.recv(16384)
        while True:
            head, end, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"\r\nContent-Length: (\d+)", head) if end else None
            if length is not None and len(body) >= int(length.group(1)):
                return time.perf_counter_ns() - began, answer
            more = self.s.recv(16384)
            assert more, answer
            answer += more

    def close(self):
        self.s.close()


class Wires:
    """The connections one after the other, each for as many questions as its source may get wrong."""

    def __init__(self, issuer):
        self.issuer, self.n, self.left, self.wire = issuer, 0, 0, None

    def get(self):
        if self.left == 0:
            self.close()
            self.wire, self.left = Wire(self.issuer, self.n), A_SOURCE
            self.n += 1
        self.left -= 1
        return self.wire

    def close(self):
        if self.wire is not None:
            self.wire.close()


class Scene:
    """An issuer with the cards of the kinds, and none of the codes' memory in its process."""

    def __init__(self):
        self.issuer = Issuer()
        try:
            self.prepare()
        except BaseException:
            self.issuer.close()
            raise

    def prepare(self):
        issuer = self.issuer
        cards = [ShownCard(issuer, issuer.card(p)) for p in ("mynumber", "mynumber", "hicos", "hicos")]
        known, revoked, blocked, self.good = cards
        issuer.repind("card", "status", "revoked", "--profile", "mynumber", "--number", revoked.number, "--reason", "lost")
        for _ in range(3):
            answer = self.by_code(blocked, "Wrong%d" % random.randrange(10))
        assert answer.problem == "code-blocked", answer
        self.kinds = {KINDS[0]: known, KINDS[1]: None, KINDS[2]: None, KINDS[3]: revoked, KINDS[4]: blocked}
        issuer.stop()
        issuer.start()
        self.wires = Wires(issuer)

    def by_code(self, card, code):
        shown = card.show("pin", self.issuer.get("/v1/nonce").json["nonce"])
        return self.issuer.post("/v1/grants", {"card": shown, "door": "user-code", "evidence": {"user_code": code}})

    def close(self):
        self.wires.close()
        self.issuer.close()

    def shown(self, kind, nonce):
        card = self.kinds[kind]
        shown = {"profile": "mynumber", "number": "199999999999999", "slot": "sign", "key": 1, "nonce": nonce,
                 "challenge": os.urandom(16).hex(), "resets": 0, "mac": os.urandom(16).hex()}
        if kind == "no such profile":
            shown["profile"] = "nosuchxx"
        if card is not None:
            shown.update(profile=card.profile, number=card.number)
        if kind == "a card with a blocked code":
            shown["slot"] = "pin"
        return shown

    def request(self, path, more, kind, nonce):
        body = json.dumps({"card": self.shown(kind, nonce), **more}).encode()
        key = "" if path == "/v1/presence" else "Idempotency-Key: %s\r\n" % uuid.uuid4()
        head = "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
        return (head % (path, key, len(body))).encode() + body

    def ask_all(self, path, more, each):
        """Times and answers by kind, in random order."""
        order = [k for k in KINDS for _ in range(each)]
        random.shuffle(order)
        times, answers = {k: [] for k in KINDS}, {}
        for kind in order:
            wire = self.wires.get()
            took, answer = wire.ask(self.request(path, more, kind, wire.nonce))
            times[kind].append(took)
            answers.setdefault(plain(answer), set()).add(kind)
        return times, answers

    def rows(self):
        """Everything that is stored, but for the highest time that was seen, which the sweeper writes."""
        with sqlite3.connect("file:%s?mode=ro" % os.path.join(self.issuer.dir, "repin.db"), uri=True) as db:
            return [line for line in db.iterdump() if not line.startswith('INSERT INTO "meta"')]

    def peak_kib(self):
        with open("/proc/%d/status" % self.issuer.process.pid) as f:
            return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1))


def plain(answer):
    """Without what differs between any two answers: the request's number and the second."""
    answer, n = re.subn(rb"\r\n(X-Request-Id|Date): [^\r]*", b"", answer)
    assert n == 2, answer
    return answer


def ranks_of_equals(values):
    """(rank of each value, sum of t^3 - t over the groups of equal ones)"""
    ranks, ties, at = {}, 0, 0
    for value, group in itertools.groupby(sorted(values)):
        n = len(list(group))
        ranks[value] = at + (n + 1) / 2
        ties += n ** 3 - n
        at += n
    return ranks, ties


def mann_whitney(a, b):
    """The two-sided p of the U test, by its normal approximation with correction for ties."""
    m, n = len(a), len(b)
    ranks, ties = ranks_of_equals(a + b)
    u = sum(ranks[x] for x in a) - m * (m + 1) / 2
    sigma = math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
    return math.erfc(abs(u - m * n / 2) / sigma / math.sqrt(2))


def least_p(times):
    return min((mann_whitney(times[a], times[b]), a, b) for a, b in itertools.combinations(KINDS, 2))


scene = before = None


@test
def the_test_of_times_sees_a_difference_and_none_where_there_is_none():
    draw = random.Random(1)
    one = [round(draw.lognormvariate(0, 0.3) * 300) for _ in range(EACH)]
    same = [round(draw.lognormvariate(0, 0.3) * 300) for _ in range(EACH)]
    later = [x + 15 for x in same]
    assert mann_whitney(one, same) > LEAST_P
    assert mann_whitney(one, later) < LEAST_P
    # By hand: U of {1, 2} and {3, 4} is 0, sigma is sqrt(2 * 2 * 5 / 12).
    assert abs(mann_whitney([1, 2], [3, 4]) - math.erfc(2 / math.sqrt(20 / 12) / math.sqrt(2))) < 1e-12


def one_answer_in_one_time(path, more, each):
    for repeat in range(REPEATS):
        times, answers = scene.ask_all(path, more, each)
        assert len(answers) == 1, answers
        (answer,) = answers
        assert b" 403 " in answer[:16] and b'"urn:repin:problem:card-not-shown"' in answer, answer
        p, a, b = least_p(times)
        middles = ", ".join("%s %d" % (k, sorted(times[k])[each // 2] // 1000) for k in KINDS)
        print("# %s: least p %.3f (%s and %s); medians in us: %s" % (path, p, a, b, middles), flush=True)
        if p > LEAST_P:
            return
    raise AssertionError("%d times over, %s and %s take different times, p = %g" % (REPEATS, a, b, p))


@test
def without_a_MAC_a_presence_gets_one_answer_in_one_time():
    global scene, before
    scene = Scene()
    before = scene.rows(), scene.peak_kib()
    one_answer_in_one_time("/v1/presence", {}, EACH)


@test
def without_a_MAC_a_grant_with_a_user_code_gets_one_answer_in_one_time():
    one_answer_in_one_time("/v1/grants", {"door": "user-code", "evidence": {"user_code": kit.USER_CODE}}, EACH_GRANT)


@test
def without_a_MAC_every_other_request_gets_the_same_answer():
    proof = {"slot": "auth", "certificate": "MIIB", "signature": "AAAA"}
    same = set()
    for path, more in (("/v1/presence", {}), ("/v1/cases", {"door": "kiosk", "proof": proof}),
                       ("/v1/cases/0123456789ABCDEF/cancel", {}),
                       ("/v1/grants", {"door": "kiosk", "evidence": {"proof": proof}}),
                       ("/v1/grants", {"door": "counter", "evidence": {}}),
                       ("/v1/grants", {"door": "help-desk", "evidence": {"code": "00000000000"}}),
                       ("/v1/user-code", {"code": "00000000000", "new_code": "Fresh1"}),
                       ("/v1/user-code", {"proof": proof, "new_code": "Fresh1"})):
        same |= set(scene.ask_all(path, more, EACH_OTHER)[1])
    assert len(same) == 1, same


@test
def nothing_is_stored_and_no_count_moves_for_them():
    rows, _ = before
    now = scene.rows()
    assert now == rows, set(now) ^ set(rows)
    assert [r for r in rows if r.startswith('INSERT INTO "user_code"')], "the search for counts looks at nothing"


@test
def no_code_is_computed_for_them():
    """Argon2id takes 19 MiB, which shows in the highest memory that the process ever had."""
    _, peak = before
    grown = scene.peak_kib() - peak
    answer = scene.by_code(scene.good, kit.USER_CODE)
    assert answer.status == 201, answer
    shown = scene.peak_kib() - peak
    print("# %d KiB more for all of them, %d KiB with one right request" % (grown, shown), flush=True)
    scene.close()
    assert grown < ARGON2_KIB * 3 // 4, grown
    assert shown - grown > ARGON2_KIB * 3 // 4, "one run of Argon2 is not seen"


if __name__ == "__main__":
    try:
        sys.exit(kit.run_tests(kit.tests_of(sys.modules[__name__])))
    finally:
        if scene is not None:
            scene.close()
