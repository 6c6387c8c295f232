#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A dead card, from the operator's command to the CA: over CMP, with repind killed at any point, and counted at the
CA. Set REPIN_KILLS for more kills than these fifty."""

import base64
import json
import os
import random
import re
import signal
import ssl
import subprocess
import sys
import time

import kit
from cmp_peer import Peer
from kit import Issuer, test

KILLS = int(os.environ.get("REPIN_KILLS", "50"))
PROGRAM = os.environ["REPIN_REVOKE"]
CARDS = 8


def until(what, seconds=30):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it takes too long: " + issuer.repind("revocation", "list")
        time.sleep(0.1)


def new_card(number):
    state = issuer.card("aosign", "%016d" % number)
    card = issuer.export(state)
    return card["number"], peer.add(base64.b64decode(card["certificates"]["pin"]))


def ask(number, certificate, reason="dead", *more, **options):
    said = issuer.repind("revocation", "ask", reason, "--profile", "aosign", "--number", number, "--certificate",
                         "pin=" + certificate.pem, "--identified-by", "called back", *more, **options)
    found = re.match(r"(\S+): (\S+)\nreceipt for the holder: (\S+)\n", said)
    return found.groups() if found else None


def state_of(revocation):
    line = next(l for l in issuer.repind("revocation", "list").splitlines() if l.startswith(revocation))
    return line.split("\t")[1]


def followed(receipt):
    """What `repin doors` tells a holder who has the receipt."""
    conf = os.path.join(issuer.home, "repin.conf")
    with open(conf, "w") as f:
        f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (issuer.url, issuer.ca))
    said = issuer.run(os.path.join(kit.BIN, "repin"), "doors", "--profile", "aosign", "--receipt", receipt, "--config", conf)
    return " ".join(said.split())


def at_desk(desk, operator, *argv):
    """`repin helpdesk` of an operator at a desk."""
    conf = os.path.join(issuer.home, "desk.conf")
    with open(conf, "w") as f:
        f.write('issuer-url = "%s"\nconsole-url = "%s"\nissuer-ca-file = "%s"\nterminal-certificate-file = "%s"\n'
                'terminal-key-file = "%s"\n' % (issuer.url, issuer.console_url, issuer.ca, desk.certificate, desk.key))
    return issuer.run(os.path.join(kit.BIN, "repin"), "helpdesk", *argv, "--operator", operator, "--config", conf,
                      secrets={"password": issuer.password(operator), "totp": issuer.totp(operator)})


@test
def a_lost_letter_waits_for_certainty_and_a_sent_revocation_is_final():
    number, certificate = new_card(1)
    ask(number, certificate, "letter-lost", expect=8)
    assert "confirmed that the loss is certain" in issuer.said, issuer.said
    peer.away = True
    issuer.start()
    revocation, state, receipt = ask(number, certificate, "letter-lost", "--loss-is-certain")
    assert state == "approved", state
    until(lambda: state_of(revocation) == "sent")
    issuer.repind("revocation", "withdraw", revocation, expect=8)
    assert "a letter found again does not make the card usable" in issuer.said, issuer.said
    answer = issuer.get("/v1/log/receipts/" + receipt)
    assert answer.status == 200 and answer.json["revocation"] == "sent", answer
    assert number not in answer.body, answer
    assert "does not make the card usable" in followed(receipt), "what the holder is told"
    peer.away = False
    until(lambda: state_of(revocation) == "confirmed")
    assert "The card is revoked" in followed(receipt), "what the holder is told"
    assert (certificate.revoked, certificate.already) == (1, 0)
    answer = issuer.get("/v1/log/receipts/" + receipt)
    assert answer.json["revocation"] == "confirmed", answer
    issuer.stop()


@test
def the_new_card_is_enrolled_against_the_old_one():
    old = "%016d" % 1
    state = issuer.card("aosign", "%016d" % 900, enrol=False)
    card = issuer.export(state)
    pem = peer.add(base64.b64decode(card["certificates"]["pin"])).pem
    enrol = ["enrol", "--profile", "aosign", "--number", card["number"], "--certificate", "pin=" + pem, "--replaces"]
    issuer.repind(*enrol, "aosign:%016d" % 901, expect=8)
    issuer.repind(*enrol, "aosign:" + old)
    assert issuer.repind("revocation", "list").count("confirmed") == 1


@test
def an_answer_that_was_lost_is_settled_by_asking_again():
    number, certificate = new_card(2)
    peer.cut_first = True
    issuer.start()
    revocation = ask(number, certificate)[0]
    until(lambda: state_of(revocation) == "confirmed")
    peer.cut_first = False
    assert (certificate.revoked, certificate.already) == (1, 1)
    assert len(set(certificate.requests)) == 1, "the same request, byte for byte"
    issuer.stop()


@test
def at_a_desk_the_help_desk_asks_and_an_approver_agrees():
    number, certificate = new_card(3)
    with open(certificate.pem) as f:
        der = base64.b64encode(ssl.PEM_cert_to_DER_cert(f.read().replace("\n\n", "\n"))).decode()
    desk, other, kiosk = issuer.terminal("desk-1", "desk"), issuer.terminal("desk-2", "desk", "nagano"), \
        issuer.terminal("kiosk-1")
    for name, roles in (("help1", "help-desk"), ("approver1", "approver"), ("auditor1", "auditor")):
        issuer.operator(name, roles)
    issuer.start()
    session = {n: issuer.sign_in(n, desk) for n in ("help1", "approver1", "auditor1")}
    body = {"profile": "aosign", "number": number, "reason": "letter-lost", "identified_by": "called back",
            "certificates": [{"slot": "pin", "certificate": der}]}

    def refused(problem, body, terminal=desk, name="help1", path="/v1/operator/revocations"):
        answer = issuer.post(path, body, terminal=terminal, session=session.get(name))
        assert answer.problem == problem, (problem, answer)

    refused("loss-not-certain", body)
    body["loss_is_certain"] = True
    refused("sign-in", body, name=None)
    refused("terminal-unknown", body, terminal=None)
    refused("sign-in", body, terminal=other)
    refused("terminal-class", body, terminal=kiosk)
    refused("role", body, name="auditor1")
    refused("role", body, name="approver1")
    refused("evidence-missing", dict(body, certificates=[]))
    key = "0123456789ABCDEF-%d" % random.randrange(1000)
    first = issuer.post("/v1/operator/revocations", body, terminal=desk, session=session["help1"], key=key)
    assert first.status == 201 and first.json["state"] == "approved", first  # one person is enough here
    again = issuer.post("/v1/operator/revocations", body, terminal=desk, session=session["help1"], key=key)
    assert (again.status, again.json["id"], again.json["receipt"]) == (201, first.json["id"], first.json["receipt"]), again
    decision = "/v1/operator/revocations/%s/decision" % first.json["id"]
    refused("case-state", {"decision": "approve"}, name="approver1", path=decision)
    refused("role", {"decision": "withdraw"}, name="auditor1", path=decision)
    refused("not-found", {"decision": "withdraw"}, path="/v1/operator/revocations/0123456789/decision")
    until(lambda: issuer.get("/v1/log/receipts/" + first.json["receipt"]).json.get("revocation") == "confirmed")
    refused("revocation-sent", {"decision": "withdraw"}, path=decision)
    assert (certificate.revoked, certificate.already) == (1, 0)
    number, certificate = new_card(4)
    said = at_desk(desk, "help1", "revoke", "--card", number, "--reason", "wish", "--identified-by", "passport",
                   "--certificate", "pin=" + certificate.pem)
    receipt = re.search(r"Receipt: (\S+)", said).group(1)
    until(lambda: "The card is revoked" in followed(receipt))
    assert (certificate.revoked, certificate.already) == (1, 0)
    issuer.stop()


@test
def killed_at_any_point_each_certificate_is_revoked_exactly_once():
    cards = [new_card(100 + n) for n in range(CARDS)]
    waiting, open_kills = list(cards), 0
    peer.slow = 0.4
    for _ in range(KILLS):
        on_its_way = re.search(r"\t(approved|sent)\t", issuer.repind("revocation", "list"))
        if waiting and not on_its_way:
            ask(*waiting.pop())
        open_kills += bool(waiting or on_its_way)
        serve = subprocess.Popen([kit.REPIND, "--config", issuer.dir, "serve"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.05, 0.5))
        serve.send_signal(signal.SIGKILL)
        serve.wait()
    for card in waiting:
        ask(*card)
    issuer.start()
    until(lambda: issuer.repind("revocation", "list").count("\tconfirmed\t") == CARDS + 4, 120)
    peer.slow = 0.0
    assert [c.revoked for _, c in cards] == [1] * CARDS, "each once at the CA"
    assert all(len(set(c.requests)) == 1 for _, c in cards), "one transaction each"
    print("# %d kills, %d of them while a revocation was on its way; %d requests for %d cards" % (
        KILLS, open_kills, sum(len(c.requests) for _, c in cards), CARDS))
    issuer.sealed()
    log = issuer.repind("audit", "verify")
    assert "0 more wait" in log, log
    issuer.stop()


@test
def the_ca_is_away_for_a_day_and_no_revocation_is_lost():
    # The last one: the database has seen the day after, and takes no older time. PostgreSQL keeps its own time, so there the
    # day has no hours.
    moved = not os.environ.get("REPIN_PG_URL")
    clock = os.path.join(issuer.home, "clock")
    cards = [new_card(200 + n) for n in range(6)]
    waiting, asked = list(cards), []
    before = dict(os.environ)

    def at_hour(hour):
        with open(clock, "w") as f:
            f.write("+%d\n" % (hour * 3600 if moved else 0))

    at_hour(0)
    os.environ.update(kit.faked_clock(clock))
    try:
        peer.away = True
        for hour in range(0, 24, 2):
            at_hour(hour)
            if waiting:
                asked.append(ask(*waiting.pop())[0])
            issuer.start()
            time.sleep(random.uniform(0.2, 1.5))
            if hour % 4:
                issuer.process.send_signal(signal.SIGKILL)
                issuer.process.wait()
            else:
                issuer.stop()
            assert {state_of(r) for r in asked} <= {"approved", "sent"}, issuer.repind("revocation", "list")
        assert not any(c.revoked for _, c in cards), "the CA has heard of none"
        peer.away = False
        at_hour(26)  # it is asked again within the hour
        issuer.start()
        until(lambda: all(state_of(r) == "confirmed" for r in asked), 60)
        assert [c.revoked for _, c in cards] == [1] * len(cards), "each once at the CA"
        assert all(len(set(c.requests)) == 1 for _, c in cards), "one transaction each"
        issuer.sealed()
        issuer.stop()
        log = issuer.repind("audit", "verify")
        assert "0 more wait" in log, log
    finally:
        os.environ.clear()
        os.environ.update(before)


def main():
    global issuer, peer
    with Issuer(start=False, database=os.environ.get("REPIN_PG_URL")) as issuer:
        peer = Peer(os.path.join(issuer.home, "cmp"))
        with open(issuer.conf, "a") as f:
            f.write("revocation-program = %s\nrevocation-config = %s\nrevocation-seconds = 2\n"
                    "revocation-wait-seconds = 1\n" % (json.dumps(PROGRAM), json.dumps(peer.config)))
        try:
            return kit.run_tests(kit.tests_of(sys.modules[__name__]))
        finally:
            peer.close()


if __name__ == "__main__":
    sys.exit(main())
