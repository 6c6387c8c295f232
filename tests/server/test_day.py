#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A day at a city counter: 200 visitors of all kinds, three clerks, cards that are pulled and connections that are lost.

The issuer's clock is moved (libfaketime), the cards answer as tests/server/shown_card.py has them. At the end every case is
settled, the log verifies, nobody was let through who must not be, and the queue's times make sense.
"""

import datetime
import json
import os
import random
import sqlite3
import sys
import time
import uuid

import kit
from kit import JST, test
from shown_card import ShownCard

VISITORS, CARDS, TROUBLE = 200, 12, 0.05
LATE = "2099-12-31"
dice = random.Random(20261126)
issuer, elsewhere, clock, offset = None, None, None, 0
desks, clerks, sessions, cards = [], [], [], []
seen = {"accepted": 0, "letters": 0, "refused": 0, "pulled": 0, "lost": 0, "resets": 0, "changes": 0, "sent on": 0}


def now():
    return time.time() + offset


def go_to(moment):
    """The issuer's clock never goes back."""
    global offset
    offset = max(offset, int(moment.timestamp() - time.time()) + 2)
    with open(clock, "w") as f:
        f.write("+%d\n" % offset)


def ask(n, path, body=None, lossy=True):
    """A request of desk n's clerk. Now and then the answer is lost, and the same request is sent again."""
    key = str(uuid.uuid4()) if body is not None else None
    send = lambda: issuer.request("GET" if body is None else "POST", "/v1/operator/" + path, body, terminal=desks[n],
                                  session=sessions[n], key=key)
    answer = send()
    if lossy and body is not None and dice.random() < TROUBLE:
        seen["lost"] += 1
        again = send()
        assert again.status == answer.status, (answer, again)
        return again
    return answer


def document(kind, whose="holder", **more):
    return {"kind": kind, "whose": whose, "name": True, "birth": True, "valid_to": LATE, **more}


FACTS = {"holder_age": 40, "card_present": True, "registered_here": "yes"}
REPRESENTATIVE = [document("health-insurance"), document("driver-license", "applicant"), document("passport", "applicant")]
KINDS = {  # name: (applicant, facts, documents, verdict)
    "holder": ("self", FACTS, [document("health-insurance")], "enough"),
    "holder, photo": ("self", FACTS, [document("residence-card")], "enough"),
    "parent": ("representative", {**FACTS, "holder_age": 9, "representative_present": True, "same_household": "yes",
                                  "domicile_in_city": "yes"}, REPRESENTATIVE, "enough"),
    "guardian": ("representative", {**FACTS, "ward": True, "holder_age": 81, "representative_present": True},
                 REPRESENTATIVE + [document("guardianship-certificate")], "enough"),
    "agent again": ("agent", FACTS, REPRESENTATIVE, "enough"),
    "agent": ("agent", FACTS, [], "letter"),
    "expired document": ("self", FACTS, [document("passport", valid_to="2020-01-01")], "not-enough"),
    "child alone": ("self", {**FACTS, "holder_age": 13}, [document("health-insurance")], "refused"),
    "parent without register": ("representative", {**FACTS, "holder_age": 9, "representative_present": True},
                                REPRESENTATIVE, "not-enough"),
}
OFTEN = ["holder"] * 7 + ["holder, photo"] * 3 + ["parent"] * 3 + ["guardian"] * 2 + ["agent"] * 2 + [
    "expired document", "child alone", "parent without register", "another city's"]


def apply(n, card, kind, slot, act="reset", visit=None):
    applicant, facts, documents, verdict = KINDS[kind]
    if act == "change":
        facts = {**facts, "current_pin_verified": True}
    body = {"profile": "mynumber", "number": card.number, "applicant": applicant, "wishes": [{"slot": slot, "act": act}]}
    if visit:
        body["visit"] = visit
    answer = ask(n, "applications", body)
    assert answer.status == 201, answer
    path = "applications/" + answer.json["id"]
    answer = ask(n, path + "/sheet", {"facts": facts, "documents": documents})
    assert answer.status == 200 and (kind == "agent again" or answer.json["verdict"] == verdict), (kind, answer)
    return path, answer.json["verdict"]


def reset(n, card, slot, case):
    """The customer's page: the card shows itself, is granted, takes the PIN, and shows that; or it is pulled."""
    for _ in range(3):
        shown = card.show(slot, issuer.get("/v1/nonce").json["nonce"])
        wish = {"card": shown, "door": "counter", "case": case, "evidence": {}}
        grant = issuer.post("/v1/grants", wish, terminal=desks[n])
        while grant.problem == "not-ready":  # the clock has just been moved on, and the seal comes each second of ours
            time.sleep(0.1)
            grant = issuer.post("/v1/grants", wish, terminal=desks[n])
        assert grant.status == 201, grant
        if dice.random() < TROUBLE:
            seen["pulled"] += 1
            if dice.random() < 0.5:  # before the card took it, or after it, with nobody to tell the issuer
                assert card.takes(slot, shown, grant.json)
            answer = issuer.post("/v1/presence", {"card": card.show(slot, issuer.get("/v1/nonce").json["nonce"])},
                                 terminal=desks[n], key=None)
            if answer.json["settled_state"] == "done":
                break
            continue
        assert card.takes(slot, shown, grant.json)
        answer = issuer.post("/v1/presence", {"card": card.show(slot, grant.json["nonce"])}, terminal=desks[n], key=None)
        assert answer.json["settled_state"] == "done", answer
        break
    else:
        return
    seen["resets"] += 1


def served(n, card, kind, visit):
    if kind == "another city's":
        body = {"profile": "mynumber", "number": elsewhere.number, "applicant": "self", "wishes": [{"slot": "text", "act": "reset"}]}
        assert ask(n, "applications", body).problem == "office"
        seen["sent on"] += 1
        return
    slot = dice.choice(["text", "juki", "sign", "auth"])
    act = "change" if kind in ("holder", "parent") and dice.random() < 0.2 else "reset"
    path, verdict = apply(n, card, kind, slot, act, visit)
    if verdict == "letter":
        answer = ask(n, path + "/letter", {}, lossy=False)
        assert answer.status == 201, answer
        assert ask(n, path + "/answer", {"code": answer.json["code"]}).problem == "evidence-missing"  # the same day
        seen["letters"] += 1
    answer = ask(n, path + "/decision", {"decision": "accept", "reason": "seen and compared"})
    if verdict not in ("enough", "clerk"):
        assert answer.problem == "evidence-missing", (kind, answer)
        assert ask(n, path + "/decision", {"decision": "refuse", "reason": "told what to bring"}).status == 200
        seen["refused"] += 1
        return
    assert answer.status == 200 and answer.json["state"] == "accepted", answer
    seen["accepted"] += 1
    if act == "change":
        assert answer.json["cases"] == []
        seen["changes"] += 1
        return
    reset(n, card, slot, answer.json["cases"][0])


def sign_in_all():
    for n, name in enumerate(clerks):
        sessions[n] = issuer.sign_in(name, desks[n])


def rows(sql, *more):
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(issuer.dir, "repin.db"), uri=True) as db:
        return db.execute(sql, more).fetchall()


@test
def agents_come_on_the_day_before_and_get_letters_alone():
    global first
    first = []
    for k in range(10):
        n, card = k % 3, cards[k % CARDS]
        path, verdict = apply(n, card, "agent", "text")
        assert verdict == "letter"
        answer = ask(n, path + "/letter", {}, lossy=False)
        assert answer.status == 201 and len(answer.json["code"]) == 11, answer
        first.append((n, card, path, answer.json["code"]))


@test
def two_hundred_visitors_are_served_by_three_clerks():
    day = kit.open_day(datetime.datetime.fromtimestamp(now(), JST).date())
    start = datetime.datetime.combine(day, datetime.time(8, 30), JST)
    go_to(start)
    sign_in_all()
    waiting, came = [], 0
    for minute in range(0, 500, 7):
        go_to(start + datetime.timedelta(minutes=minute))
        if minute == 245:  # a session lives eight hours
            sign_in_all()
        for _ in range(3):
            if came < VISITORS - len(first):
                answer = ask(came % 3, "visits", {"wish": "reset"})
                assert answer.status == 201, answer
                waiting.append(answer.json["id"])
                came += 1
        for n in range(3):
            if waiting and dice.random() < 0.95:
                visit = waiting.pop(0)
                for event in ("call", "begin"):
                    assert ask(n, "visits/%s/events" % visit, {"event": event}).status == 200
                served(n, dice.choice(cards), dice.choice(OFTEN), visit)
                assert ask(n, "visits/%s/events" % visit, {"event": "finish"}).status == 200
    while waiting:
        assert ask(0, "visits/%s/events" % waiting.pop(), {"event": "miss"}).status == 200
    for n, card, path, code in first:
        answer = ask(n, path + "/sheet", {"facts": FACTS, "documents": REPRESENTATIVE})
        assert answer.json["verdict"] == "not-enough", answer  # the answer is missing
        answer = ask(n, path + "/answer", {"code": code})
        assert answer.status == 200 and answer.json["verdict"] == "enough", answer
        answer = ask(n, path + "/decision", {"decision": "accept", "reason": "the holder agreed"})
        assert answer.status == 200, answer
        seen["accepted"] += 1
        reset(n, card, "text", answer.json["cases"][0])
    print("# " + ", ".join("%d %s" % (v, k) for k, v in seen.items()))
    assert all(seen.values()), seen


@test
def every_case_is_settled_and_the_log_verifies():
    for card in cards:  # each card is seen once more, anywhere
        for slot in ("sign", "auth", "text", "juki"):
            issuer.post("/v1/presence", {"card": card.show(slot, issuer.get("/v1/nonce").json["nonce"])}, key=None)
    states = dict(rows('SELECT state, count(*) FROM "case" GROUP BY state'))
    assert set(states) <= {"done", "failed", "cancelled", "ready"}, states
    assert states["done"] == seen["resets"] == rows('SELECT count(*) FROM "grant" WHERE state = ?', "done")[0][0], states
    assert rows('SELECT count(*) FROM "grant" WHERE state IN (?, ?)', "burnt", "unknown") == [(0,)]
    applied = dict(rows("SELECT state, count(*) FROM application GROUP BY state"))
    assert applied["accepted"] == seen["accepted"] and applied["refused"] == seen["refused"], applied
    assert issuer.sealed() > VISITORS


@test
def the_queue_has_its_times_and_no_name():
    visits = rows("SELECT state, made_ms, called_ms, begun_ms, ended_ms FROM visit")
    assert len(visits) == VISITORS - len(first)
    waits = []
    for state, made, called, begun, ended in visits:
        assert state in ("finished", "missed"), state
        if state == "finished":
            assert made <= called <= begun <= ended
            waits.append((called - made) / 60000)
    assert waits and max(waits) > 0
    print("# %d served; waited %.0f minutes at the median, %.0f at most" % (len(waits), sorted(waits)[len(waits) // 2], max(waits)))
    kept = json.dumps(rows("SELECT facts, shown FROM application"))
    for card in cards:
        assert card.number not in kept


def columns(name, session):
    day = datetime.datetime.fromtimestamp(now(), JST).date().isoformat()
    answer = issuer.get("/v1/operator/statistics/%s_%s_%s" % (name, day, day), session=session)
    assert answer.status == 200, answer
    found = dict(zip(answer.json["series"], answer.json["columns"][1:]))
    return answer.json["columns"][0], found


@test
def the_plots_show_the_day_as_it_was():
    """What the statistics say, and what follows from the visitors' own times; nearest rank, as in most schoolbooks."""
    hours, chief = {}, issuer.sign_in("chief")
    for state, made, called, begun, ended in rows("SELECT state, made_ms, called_ms, begun_ms, ended_ms FROM visit"):
        hour = hours.setdefault((called or made) // 3600000 * 3600, {"walk-in": 0, "missed": 0, "waits": [], "served": []})
        hour["missed" if state == "missed" else "walk-in"] += 1
        if state == "finished":
            hour["waits"].append((called - made) // 1000)
            hour["served"].append((ended - begun) // 1000)
    at, said = columns("waiting", chief)
    assert at == sorted(hours) and len(at) > 1, (at, sorted(hours))
    rank = lambda values, percent: sorted(values)[-(-len(values) * percent // 100) - 1] if values else None
    for n, hour in enumerate(at):
        own = hours[hour]
        assert (said["walk-in"][n] or 0, said["missed"][n] or 0) == (own["walk-in"], own["missed"]), (hour, own)
        assert not said["booked"][n], said
        assert (said["wait_median_s"][n], said["wait_p90_s"][n], said["served_median_s"][n]) == (
            rank(own["waits"], 50), rank(own["waits"], 90), rank(own["served"], 50)), (hour, own)
    at, said = columns("resets", chief)
    assert set(said) == {"counter"} and sum(n or 0 for n in said["counter"]) == seen["resets"], said
    print("# %d hours, %d resets" % (len(hours), seen["resets"]))


def main():
    global issuer, elsewhere, clock
    real_time = kit.time
    with kit.Issuer(start=False) as own:
        issuer, clock = own, os.path.join(own.home, "clock")
        go_to(datetime.datetime.now(JST))
        for n in range(3):
            clerks.append("clerk%d" % n)
            sessions.append(None)
            own.operator(clerks[n])
            desks.append(own.terminal("desk-%d" % n, "desk"))
        cards.extend(ShownCard(own, own.card("mynumber")) for _ in range(CARDS))
        own.operator("chief", "approver", office="")
        elsewhere = ShownCard(own, own.card("mynumber", municipality="13101"))

        class Clock:  # one-time passwords are of the issuer's time
            time = staticmethod(now)
            sleep, monotonic = staticmethod(real_time.sleep), staticmethod(real_time.monotonic)

        kit.time = Clock
        # For repind, and for `repind audit` at the end, which would else be far behind the database's clock.
        os.environ.update(kit.faked_clock(clock))
        own.start()
        day = kit.open_day(datetime.datetime.now(JST).date())
        go_to(datetime.datetime.combine(day, datetime.time(10, 0), JST))
        sign_in_all()
        return kit.run_tests(kit.tests_of(sys.modules[__name__]))


sys.exit(main())
