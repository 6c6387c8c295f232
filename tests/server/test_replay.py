# SPDX-License-Identifier: Apache-2.0
"""What went over the wire once opens nothing a second time: every request of a reservation, a kiosk's reset, a
grant by user code and a new user code is sent again with another idempotency key, for another card and PIN, from
other terminals, and later. And who may reach what: every route from every kind of peer."""

import json
import os
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit
from kit import Answer, Issuer, Terminal, test
from shown_card import ShownCard

issuer = KIOSK = KIOSK2 = DESK = None


class Recorded:
    """A request as it was sent, and what came."""

    def __init__(self, path, body, terminal=None, key=True, expect=(200, 201)):
        self.path, self.body, self.terminal = path, body, terminal
        self.key = os.urandom(12).hex() if key else None
        self.answer = self.send(key=self.key)
        assert self.answer.status in expect, (path, self.answer)

    def send(self, **other):
        args = {"terminal": self.terminal, "key": os.urandom(12).hex() if self.key else None, "body": self.body, **other}
        return issuer.post(self.path, args.pop("body"), **args)

    def with_card(self, **members):
        return dict(self.body, card=dict(self.body["card"], **members))


def nonce():
    return issuer.get("/v1/nonce").json["nonce"]


def logged(act, outcome=None):
    """How often the log has it."""
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(issuer.dir, "repin.db"), uri=True) as db:
        entries = [json.loads(body) for (body,) in db.execute("SELECT body FROM entry WHERE body <> ''")]
    return len([e for e in entries if e["act"] == act and outcome in (None, e.get("outcome"))])


def known(card, slot):
    """(resets, halted) as the issuer has them."""
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(issuer.dir, "repin.db"), uri=True) as db:
        row = db.execute("SELECT s.resets, s.halted FROM card_slot s WHERE s.card_id = ? AND s.slot = ?",
                         (card.id, {"sign": 1, "auth": 2, "pin": 5}[slot])).fetchone()
    return row or (0, "")


def presence(card, slot, terminal=None):
    return Recorded("/v1/presence", {"card": card.show(slot, nonce())}, terminal, key=False)


def reserve(card, slot="sign", proving="auth", terminal=None):
    shown = card.show(slot, nonce())
    return Recorded("/v1/cases", {"card": shown, "door": "kiosk", "proof": card.prove("reserve", proving, shown,
                                                                                      terminal=terminal)}, terminal)


def kiosk_grant(card, case, terminal, slot="sign", proving="auth"):
    shown = card.show(slot, nonce())
    proof = card.prove("reset", proving, shown, case=case, terminal=terminal)
    return Recorded("/v1/grants", {"card": shown, "door": "kiosk", "case": case, "evidence": {"proof": proof}}, terminal)


def code_grant(card, code=kit.USER_CODE):
    return Recorded("/v1/grants", {"card": card.show("pin", nonce()), "door": "user-code",
                                   "evidence": {"user_code": code}})


def set_code(card, code):
    shown = card.show("pin", nonce())
    return Recorded("/v1/user-code", {"card": shown, "proof": card.prove("user-code-reset", "pin", shown, slot=False),
                                      "new_code": code})


def done(card, grant, terminal=None):
    """The card takes what was granted, and shows it."""
    shown = grant.body["card"]
    assert card.takes(shown["slot"], shown, grant.answer.json)
    end = Recorded("/v1/presence", {"card": card.show(shown["slot"], grant.answer.json["nonce"])}, terminal, key=False)
    assert end.answer.json["settled_state"] == "done", end.answer
    return end


def refused(answer, *problems):
    assert answer.problem in problems, (problems, answer)


# What differs when the same request is answered again: time that runs, and the nonce for the end, which is new so
# that it is younger than the grant.
RUNS = ("left_s", "nonce")


def same(answer, recorded):
    was = recorded.answer
    assert answer.status == was.status, answer
    assert {k: v for k, v in answer.json.items() if k not in RUNS} == \
        {k: v for k, v in was.json.items() if k not in RUNS}, (answer, was)


@test
def the_same_request_with_the_same_key_gets_the_same_and_does_nothing_twice():
    card, chip = new_cards()
    all_of = [reserve(card)]
    all_of.append(kiosk_grant(card, all_of[0].answer.json["id"], KIOSK))
    all_of += [code_grant(chip), set_code(chip, "Other34")]
    acts = {act: logged(act) for act in ("reserve", "grant", "user-code")}
    for request in all_of:
        # A reservation that was granted is told as it is now: that is what the holder wants to know.
        first = request.send(key=request.key)
        if request.path == "/v1/cases":
            assert first.json["id"] == request.answer.json["id"] and first.json["state"] == "granted", first
        else:
            same(first, request)
        same(request.send(key=request.key), Answered(first))
    assert acts == {act: logged(act) for act in acts}


class Answered:
    def __init__(self, answer):
        self.answer = answer


@test
def the_same_key_serves_no_other_request():
    card, chip = new_cards()
    opened = reserve(card)
    grant = code_grant(chip)
    refused(opened.send(key=opened.key, body={"card": card.show("auth", nonce()), "door": "kiosk",
                                              "proof": opened.body["proof"]}), "idempotency-key-reused")
    refused(grant.send(key=grant.key, body=dict(grant.body, evidence={"user_code": "Other34"})), "idempotency-key-reused")
    refused(grant.send(key=grant.key, terminal=DESK), "idempotency-key-reused")


@test
def with_another_key_nothing_serves_a_second_time():
    card, chip = new_cards()
    opened = reserve(card)
    refused(opened.send(), "nonce-old")
    grant = kiosk_grant(card, opened.answer.json["id"], KIOSK)
    refused(grant.send(), "nonce-old")
    refused(opened.send(), "nonce-old")
    by_code = code_grant(chip)
    refused(by_code.send(), "nonce-old")
    done(chip, by_code)
    fresh = set_code(chip, "Other34")
    refused(fresh.send(), "nonce-old")
    refused(fresh.send(body=dict(fresh.body, new_code="Evil56")), "nonce-old")
    assert code_tries(chip) == 3


def code_tries(card):
    return presence(card, "pin").answer.json["user_code_tries"]


@test
def what_one_card_showed_serves_no_other_card_and_no_other_PIN():
    card, chip = new_cards()
    other_card, other_chip = new_cards()
    opened = reserve(card)
    grant = kiosk_grant(card, opened.answer.json["id"], KIOSK)
    by_code = code_grant(chip)
    fresh = set_code(other_chip, "Other34")
    for request, other in ((opened, other_card), (grant, other_card), (by_code, other_chip), (fresh, chip)):
        refused(request.send(body=request.with_card(number=other.number)), "card-not-shown")
        for slot in ("auth", "text", "sign", "pin"):
            if slot != request.body["card"]["slot"]:
                refused(request.send(body=request.with_card(slot=slot)), "card-not-shown")
    # A card that is really there, with the other one's proof, and with its own of before.
    for proven in (opened.body["proof"], other_card.prove("reserve", "auth", other_card.show("sign", "00" * 16))):
        body = {"card": other_card.show("sign", nonce()), "door": "kiosk", "proof": proven}
        refused(opened.send(body=body), "proof-wrong")
    shown = other_chip.show("pin", nonce())
    refused(fresh.send(body=dict(fresh.body, card=shown)), "proof-wrong")
    # Of the right card, for the other PIN.
    body = {"card": card.show("auth", nonce()), "door": "kiosk", "proof": opened.body["proof"]}
    refused(opened.send(body=body), "proof-wrong")
    # The other card cannot use this one's case.
    shown = other_card.show("sign", nonce())
    proof = other_card.prove("reset", "auth", shown, case=grant.body["case"], terminal=KIOSK)
    refused(grant.send(body=dict(grant.body, card=shown, evidence={"proof": proof})), "no-reservation")


@test
def a_proof_for_one_purpose_serves_no_other():
    card, chip = new_cards()
    shown = card.show("sign", nonce())
    body = {"card": shown, "door": "kiosk", "proof": card.prove("reset", "auth", shown)}
    refused(issuer.post("/v1/cases", body), "proof-wrong")
    case = reserve(card).answer.json["id"]
    shown = card.show("sign", nonce())
    for purpose, terminal, named in (("reserve", KIOSK, case), ("reset", None, case), ("reset", KIOSK2, case), ("reset", KIOSK, "-")):
        proof = card.prove(purpose, "auth", shown, case=named, terminal=terminal)
        body = {"card": shown, "door": "kiosk", "case": case, "evidence": {"proof": proof}}
        refused(issuer.post("/v1/grants", body, terminal=KIOSK), "proof-wrong")
    shown = chip.show("pin", nonce())
    body = {"card": shown, "proof": chip.prove("reset", "pin", shown, slot=False), "new_code": "Other34"}
    refused(issuer.post("/v1/user-code", body), "proof-wrong")


@test
def what_one_terminal_sent_serves_no_other_terminal():
    card, chip = new_cards()
    opened = reserve(card)
    shown = card.show("sign", nonce())
    proof = card.prove("reset", "auth", shown, case=opened.answer.json["id"], terminal=KIOSK)
    body = {"card": shown, "door": "kiosk", "case": opened.answer.json["id"], "evidence": {"proof": proof}}
    # Before the kiosk itself has sent it: the nonce is good still.
    refused(issuer.post("/v1/grants", body, terminal=KIOSK2), "proof-wrong")
    refused(issuer.post("/v1/grants", body), "terminal-class")
    refused(issuer.post("/v1/grants", body, terminal=DESK), "terminal-class")
    grant = Recorded("/v1/grants", body, KIOSK)
    for terminal in (KIOSK2, None, DESK):
        refused(grant.send(terminal=terminal), "nonce-old", "terminal-class")
        refused(grant.send(terminal=terminal, key=grant.key), "idempotency-key-reused")
    # A reservation at home is none at a kiosk, nor one with the other machine's proof at a desk.
    refused(opened.send(terminal=KIOSK), "terminal-class")
    fresh = set_code(chip, "Other34")
    refused(fresh.send(terminal=KIOSK), "terminal-class", "proof-wrong")


@test
def later_nothing_of_it_opens_anything_and_the_card_is_not_taken_for_a_copy():
    card, chip = new_cards()
    looked = presence(card, "sign", KIOSK)
    opened = reserve(card)
    grant = kiosk_grant(card, opened.answer.json["id"], KIOSK)
    end = done(card, grant, KIOSK)
    by_code = code_grant(chip)
    done(chip, by_code)
    acts = {act: logged(act) for act in ("reserve", "grant", "done", "halt")}
    for request in (looked, opened, grant, by_code):
        for terminal in (request.terminal, KIOSK2, None):
            refused(request.send(terminal=terminal), "nonce-old", "terminal-class")
        refused(request.send(key=request.key), "nonce-old")
    again = end.send()
    assert again.status == 200 and again.json["settled"] == "", again
    assert acts == {act: logged(act) for act in acts}
    assert known(card, "sign") == (1, "") and known(chip, "pin") == (1, ""), (known(card, "sign"), known(chip, "pin"))
    # Then a new one needs a new reservation.
    shown = card.show("sign", nonce())
    proof = card.prove("reset", "auth", shown, case=grant.body["case"], terminal=KIOSK)
    refused(grant.send(body=dict(grant.body, card=shown, evidence={"proof": proof})), "case-state", "no-reservation")
    # A card that still counts as before is a copy, stops, and stands in the log.
    card.resets["sign"] = 0
    assert presence(card, "sign", KIOSK).answer.json["halted"] == "copy"
    assert logged("halt", "copy") == acts["halt"] + 1


@test
def a_wrong_code_is_counted_once_however_often_it_is_sent_and_logged():
    _, chip = new_cards()
    counted, said = logged("code", "counted"), logged("code", "code-wrong")
    wrong = Recorded("/v1/grants", {"card": chip.show("pin", nonce()), "door": "user-code",
                                    "evidence": {"user_code": "Wrong1"}}, expect=(403,))
    refused(wrong.answer, "code-wrong")
    for _ in range(3):
        assert wrong.send(key=wrong.key).json["tries_left"] == 2
    refused(wrong.send(), "nonce-old")
    assert code_tries(chip) == 2
    assert (logged("code", "counted"), logged("code", "code-wrong")) == (counted + 1, said + 1)
    code_grant(chip)
    assert code_tries(chip) == 3


# --- terminals ---

@test
def a_locked_kiosk_is_refused_on_the_connection_that_it_has_open():
    card, _ = new_cards()
    kiosk = issuer.terminal("kiosk-3")
    connection = issuer.connection(kiosk)

    def ask():
        body = {"card": card.show("sign", nonce())}
        connection.request("POST", "/v1/presence", json.dumps(body), {"content-type": "application/json"})
        r = connection.getresponse()
        return Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read().decode())

    assert ask().status == 200
    socket = connection.sock
    issuer.repind("terminal", "lock", "kiosk-3", "--reason", "stolen")
    refused(ask(), "terminal-locked")
    assert connection.sock is socket, "it was another connection"
    issuer.repind("terminal", "unlock", "kiosk-3")
    assert ask().status == 200
    connection.close()


def made_certificate(name, ca, ca_key, days="30", purpose="clientAuth"):
    """A terminal with a certificate that the issuer has not given out."""
    at = os.path.join(issuer.home, name)
    run = lambda *argv: subprocess.run(["openssl", *argv], check=True, capture_output=True, timeout=60)  # noqa: E731
    run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
        "-keyout", at + ".key", "-out", at + ".csr")
    with open(at + ".ext", "w") as f:
        f.write("extendedKeyUsage=%s\n" % purpose)
    signer = ["-CA", ca, "-CAkey", ca_key, "-CAcreateserial"] if ca else ["-signkey", at + ".key"]
    run("x509", "-req", "-in", at + ".csr", *signer, "-days", days, "-extfile", at + ".ext", "-out", at + ".pem")
    return Terminal(name, at + ".pem", at + ".key")


@test
def a_certificate_that_is_foreign_over_for_something_else_or_not_enrolled_is_refused():
    card, _ = new_cards()
    ca, key = (os.path.join(issuer.dir, n) for n in ("terminal-ca.pem", "terminal-ca.key"))
    case = reserve(card).answer.json["id"]
    before = logged("grant")
    for terminal in (made_certificate("foreign", None, None), made_certificate("over", ca, key, days="-1"),
                     made_certificate("server", ca, key, purpose="serverAuth"), made_certificate("stranger", ca, key)):
        shown = card.show("sign", nonce())
        proof = card.prove("reset", "auth", shown, case=case, terminal=terminal)
        for path, body in (("/v1/presence", {"card": shown}),
                           ("/v1/grants", {"card": shown, "door": "kiosk", "case": case, "evidence": {"proof": proof}})):
            answer = issuer.post(path, body, terminal=terminal)
            assert (answer.status, answer.problem) == (401, "terminal-unknown"), (terminal.name, path, answer)
    assert logged("grant") == before
    # What does not verify is told in the log of the program, with its fingerprint.
    with open(issuer.log) as f:
        said = [line for line in f if "http.certificate" in line]
    for why in ("not of this authority", "expired", "not for TLS clients"):
        assert [line for line in said if why in line], (why, said)


def revocation_list(home, ca, key, *revoked):
    """A list of the authority, as an issuer with a CA of its own publishes it."""
    conf = os.path.join(home, "ca.conf")
    with open(conf, "w") as f:
        f.write("[ca]\ndefault_ca = it\n[it]\ndatabase = %s/index\ndefault_md = sha256\n" % home)
    open(os.path.join(home, "index"), "a").close()
    signer = ["openssl", "ca", "-config", conf, "-keyfile", key, "-cert", ca]
    for certificate in revoked:
        subprocess.run([*signer, "-revoke", certificate], check=True, capture_output=True, timeout=60)
    new = os.path.join(home, "new.crl")
    subprocess.run([*signer, "-gencrl", "-crldays", "1", "-out", new], check=True, capture_output=True, timeout=60)
    return new


@test
def a_revoked_certificate_is_refused_once_the_list_has_it():
    with Issuer(start=False, more_conf='terminal-crl = "terminals.crl"\n') as own:
        ca, key = (os.path.join(own.dir, n) for n in ("terminal-ca.pem", "terminal-ca.key"))
        crl = os.path.join(own.dir, "terminals.crl")
        first, second = own.terminal("kiosk-1"), own.terminal("kiosk-2")
        os.rename(revocation_list(own.home, ca, key), crl)
        own.start()
        shown = dict(new_cards()[0].show("sign", own.get("/v1/nonce").json["nonce"]), mac="00" * 16)
        for terminal in (first, second):
            refused(own.post("/v1/presence", {"card": shown}, terminal=terminal, key=None), "card-not-shown")
        os.rename(revocation_list(own.home, ca, key, first.certificate), crl)
        end = time.monotonic() + 20
        while own.get("/v1/nonce", terminal=first).status == 200 and time.monotonic() < end:
            time.sleep(0.2)
        for path in ("/v1/nonce", "/v1/issuer"):
            refused(own.get(path, terminal=first), "terminal-unknown")
        refused(own.post("/v1/presence", {"card": shown}, terminal=first, key=None), "terminal-unknown")
        refused(own.post("/v1/presence", {"card": shown}, terminal=second, key=None), "card-not-shown")


# --- who reaches what ---

def every_request(card, chip):
    """(name, method, path, body): each route in a form that its own peers get further with."""
    shown = card.show("sign", nonce())
    mine = chip.show("pin", nonce())
    proof = card.prove("reserve", "auth", shown)
    decision = {"profile": "mynumber", "number": card.number, "slot": "text", "door": "help-desk", "reason": "forgotten",
                "identified_by": "licence"}
    return [
        ("issuer", "GET", "/v1/issuer", None), ("nonce", "GET", "/v1/nonce", None),
        ("presence", "POST", "/v1/presence", {"card": shown}),
        ("reserve", "POST", "/v1/cases", {"card": shown, "door": "kiosk", "proof": proof}),
        ("cancel", "POST", "/v1/cases/0123456789ABCDEF/cancel", {"card": shown}),
        ("kiosk", "POST", "/v1/grants", {"card": shown, "door": "kiosk", "evidence": {"proof": proof}}),
        ("counter", "POST", "/v1/grants", {"card": shown, "door": "counter", "evidence": {}}),
        ("user-code", "POST", "/v1/grants", {"card": mine, "door": "user-code", "evidence": {"user_code": "Wrong1"}}),
        ("set-code", "POST", "/v1/user-code", {"card": mine, "proof": {"slot": "pin", "certificate": "MIIB",
                                                                       "signature": "AAAA"}, "new_code": "Other34"}),
        ("word", "POST", "/v1/grants/0123456789ABCDEF/word", {"done": True}),
        ("sign-in", "POST", "/v1/operator/sessions", {"name": "nobody", "password": "x", "totp": "000000"}),
        ("sign-out", "POST", "/v1/operator/sessions/end", {}),
        ("decide", "POST", "/v1/operator/decisions", decision),
        ("revoke", "POST", "/v1/operator/revocations", {
            "profile": "mynumber", "number": card.number, "reason": "wish", "identified_by": "licence",
            "certificates": []}),
        ("revoke-decide", "POST", "/v1/operator/revocations/0123456789ABCDEF/decision", {"decision": "approve"}),
        ("visits", "GET", "/v1/operator/visits", None), ("visit", "POST", "/v1/operator/visits", {"wish": "reset"}),
        ("visits-day", "GET", "/v1/operator/visits/days/2026-12-01", None),
        ("visit-event", "POST", "/v1/operator/visits/0123456789ABCDEF/events", {"event": "call"}),
        ("applications", "GET", "/v1/operator/applications", None),
        ("application", "GET", "/v1/operator/applications/0123456789ABCDEF", None),
        ("apply", "POST", "/v1/operator/applications", {
            "profile": "mynumber", "number": card.number, "applicant": "self",
            "wishes": [{"slot": "text", "act": "reset"}]}),
        ("sheet", "POST", "/v1/operator/applications/0123456789ABCDEF/sheet", {"facts": {}, "documents": []}),
        ("accept", "POST", "/v1/operator/applications/0123456789ABCDEF/decision",
         {"decision": "accept", "reason": "x"}),
        ("agree", "POST", "/v1/operator/applications/0123456789ABCDEF/agreement", {"agreed": True}),
        ("letter", "POST", "/v1/operator/applications/0123456789ABCDEF/letter", {}),
        ("answer", "POST", "/v1/operator/applications/0123456789ABCDEF/answer", {"code": "0123456789X"}),
        ("cases", "POST", "/v1/operator/cases", {"limit": 50}),
        ("case", "GET", "/v1/operator/cases/0123456789ABCDEF", None),
        ("card", "POST", "/v1/operator/cards/look", {"number": card.number}),
        ("enrol", "POST", "/v1/operator/cards/enrol", {"cards": []}),
        ("statistics", "GET", "/v1/operator/statistics/resets_2026-11-01_2026-11-27", None),
        ("checkpoint", "GET", "/v1/log/checkpoint", None), ("key", "GET", "/v1/log/key", None),
        ("receipt", "GET", "/v1/log/receipts/00000000000000000000A", None),
        ("consistency", "GET", "/v1/log/consistency/1-1", None),
    ]


# Who gets past the question who asks, and what the others hear. Where a route asks the card, the evidence or the
# operator next, that is the answer; none of these requests is right to its end.
ALL = {None: True, "kiosk": True, "desk": True}
REACHES = {
    "issuer": ALL, "nonce": ALL, "presence": ALL, "checkpoint": ALL, "key": ALL,
    "receipt": dict.fromkeys(ALL, "not-found"), "consistency": ALL,
    "reserve": {None: True, "kiosk": "terminal-class", "desk": "terminal-class"},
    "cancel": dict.fromkeys(ALL, "case"),
    "kiosk": {None: "terminal-class", "kiosk": "no-reservation", "desk": "terminal-class"},
    "counter": {None: "terminal-class", "kiosk": "terminal-class", "desk": "case"},
    "user-code": {None: "code-wrong", "kiosk": "terminal-class", "desk": "code-wrong"},
    "set-code": {None: "certificate-invalid", "kiosk": "terminal-class", "desk": "certificate-invalid"},
    "word": dict.fromkeys(ALL, "case"),
    "sign-in": {None: "sign-in-wrong", "kiosk": "sign-in-wrong", "desk": "sign-in-wrong"},
    "sign-out": dict.fromkeys(ALL, "sign-in"),
    **{name: dict.fromkeys(ALL, "sign-in") for name in (
        "cases", "case", "card", "enrol", "statistics", "visits", "visits-day", "visit", "visit-event", "applications", "application", "apply", "sheet", "accept", "agree", "letter",
        "answer")},
    "decide": dict.fromkeys(ALL, "sign-in"),
    "revoke": dict.fromkeys(ALL, "sign-in"), "revoke-decide": dict.fromkeys(ALL, "sign-in"),
}


@test
def every_route_is_reached_by_its_own_peers_alone():
    found = {}
    for klass, terminal in ((None, None), ("kiosk", KIOSK), ("desk", DESK)):
        for name, method, path, body in every_request(*new_cards()):
            key = os.urandom(12).hex() if method == "POST" else None
            answer = issuer.request(method, path, body, terminal=terminal, key=key)
            found.setdefault(name, {})[klass] = answer.problem if answer.status >= 400 else True
    wrong = {(n, k): (found[n][k], REACHES[n][k]) for n in REACHES for k in ALL if found[n][k] != REACHES[n][k]}
    assert not wrong and found.keys() == REACHES.keys(), wrong


def new_cards():
    return ShownCard(issuer, issuer.card("mynumber")), ShownCard(issuer, issuer.card("hicos"))


def main():
    global issuer, KIOSK, KIOSK2, DESK
    with Issuer() as issuer:
        KIOSK, KIOSK2 = issuer.terminal("kiosk-1"), issuer.terminal("kiosk-2")
        DESK = issuer.terminal("desk-1", "desk")
        return kit.run_tests(kit.tests_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(main())
