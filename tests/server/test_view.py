#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What operators look at, against a running repind: cases, cards, counts; each role and each office what is its own."""

import datetime
import json
import os
import sys

import kit
from kit import Issuer, test
from shown_card import ShownCard

ROLES = ("clerk", "approver", "help-desk", "auditor", "admin")
MAY = {  # written down here again, apart from the server's own table
    "cases": set(ROLES),
    "cards/look": set(ROLES) - {"auditor"},
    "statistics": {"approver", "auditor", "admin"},
    "cards/enrol": {"admin"},
}
JST = datetime.timezone(datetime.timedelta(hours=9))


def today():
    return datetime.datetime.now(JST).date().isoformat()


def search(session, body=None, **members):
    return issuer.post("/v1/operator/cases", {"limit": 50, **(members if body is None else body)}, key=None,
                       session=session)


def look(session, **members):
    return issuer.post("/v1/operator/cards/look", members, key=None, session=session)


def enrol(session, cards):
    return issuer.post("/v1/operator/cards/enrol", {"cards": cards}, key=None, session=session)


def statistics(session, name, csv=False):
    return issuer.get("/v1/operator/statistics/%s_%s_%s%s" % (name, today(), today(), ".csv" if csv else ""),
                      session=session)


def reserve(card, cause=None):
    shown = card.show("sign", issuer.get("/v1/nonce").json["nonce"])
    body = {"card": shown, "door": "kiosk", "proof": card.prove("reserve", "auth", shown)}
    if cause is not None:
        body["cause"] = cause
    return issuer.post("/v1/cases", body)


@test
def each_role_looks_at_its_own():
    card = ShownCard(issuer, issuer.card("mynumber"))
    case = reserve(card).json["id"]
    for role in ROLES:
        session = sessions[role]
        for what, may in MAY.items():
            answer = (statistics(session, "resets") if what == "statistics" else
                      enrol(session, []) if what == "cards/enrol" else
                      look(session, number=card.number) if what == "cards/look" else search(session))
            if role in may:
                assert answer.status == 200, (role, what, answer)
            else:
                assert answer.problem == "role", (role, what, answer)
        by_card = search(session, card={"profile": "mynumber", "number": card.number})
        one = issuer.get("/v1/operator/cases/" + case, session=session)
        assert one.status == 200, (role, one)
        if role == "auditor":
            assert by_card.problem == "role" and "number" not in one.json["case"], (by_card, one.json)
            assert all("number" not in row for row in search(session).json["rows"])
        else:
            assert [row["id"] for row in by_card.json["rows"]] == [case], by_card.json
            assert one.json["case"]["number"] == card.number


def enrolled():
    return {row["number"] for n in range(3) for row in look(sessions["admin"], number="77000000000%d" % n).json["rows"]}


@test
def a_piece_of_a_file_is_enrolled_once_and_each_card_is_told_of():
    hicos = [{"profile": "hicos", "number": "77000000000%d" % n} for n in range(3)]
    bad = [{"profile": "hicos"}, {"profile": "none", "number": "7"}, {"profile": "hicos", "number": "7", "more": 1}, "text",
           {"profile": "hicos", "number": "8", "user_code": "ab"}, {"profile": "mynumber", "number": "9", "certificates": {"sign": "AA=="}}]
    answer = enrol(sessions["admin"], hicos[:1] + bad + hicos[:1] + hicos[1:2])
    assert answer.status == 200, answer
    states = [row["state"] for row in answer.json["rows"]]
    assert states == ["enrolled"] + ["refused"] * len(bad) + ["there", "enrolled"], answer.json
    assert all(row["why"] for row in answer.json["rows"] if row["state"] == "refused"), answer.json
    phone = {"profile": "mynumber-mobile", "number": "77PHONE", "source": "77NOBODY"}
    assert [row["state"] for row in enrol(sessions["admin"], [phone]).json["rows"]] == ["no-source"]
    # The answer was lost, and the piece comes again with one more.
    again = enrol(sessions["admin"], hicos)
    assert [row["state"] for row in again.json["rows"]] == ["there", "there", "enrolled"], again.json
    assert enrolled() == {row["number"] for row in hicos}


@test
def a_piece_that_is_refused_enrols_nothing():
    card = {"profile": "hicos", "number": "78000000001"}
    for session, problem in ((None, "sign-in"), (sessions["clerk"], "role"), (sessions["auditor"], "role")):
        assert enrol(session, [card]).problem == problem
    assert enrol(sessions["admin"], [card] + [{}] * 100).problem == "malformed"
    assert not look(sessions["admin"], number=card["number"]).json["rows"]


@test
def without_a_session_nothing_is_told():
    for session in (None, "A" * 43):
        answers = (search(session), look(session, number="1"), statistics(session, "resets"),
                   issuer.get("/v1/operator/cases/A", session=session))
        assert [a.problem for a in answers] == ["sign-in"] * 4, answers


@test
def a_case_has_its_history_and_its_places_in_the_log():
    card = ShownCard(issuer, issuer.card("mynumber"))
    reserved = reserve(card).json
    issuer.sealed()
    one = issuer.get("/v1/operator/cases/" + reserved["id"], session=sessions["admin"]).json
    assert one["case"]["state"] == "ready" and one["case"]["slot"] == "sign", one
    assert [(e["kind"], e["purpose"], e["by"]) for e in one["evidence"]] == [("proof", "reserve", "home")], one
    assert [entry["act"] for entry in one["log"]] == ["reserve"], one
    leaf = issuer.get("/v1/log/receipts/" + one["log"][0]["receipt"]).json
    assert leaf["state"] == "sealed" and leaf["leaf"] == one["log"][0]["leaf"], (leaf, one)
    for name in (reserved["id"], reserved["receipt"], reserved["receipt"].lower()):
        assert [row["id"] for row in search(sessions["admin"], name=name).json["rows"]] == [reserved["id"]], name
    assert search(sessions["admin"], name="NOBODY").json == {"rows": []}
    assert issuer.get("/v1/operator/cases/NOBODY", session=sessions["admin"]).problem == "not-found"


@test
def pages_hold_still_while_cases_come():
    cards = [ShownCard(issuer, issuer.card("mynumber")) for _ in range(5)]
    ids = [reserve(card).json["id"] for card in cards]
    first = search(sessions["admin"], limit=2).json
    assert [row["id"] for row in first["rows"]] == ids[:2:-1], (first, ids)
    reserve(ShownCard(issuer, issuer.card("mynumber")))
    second = search(sessions["admin"], limit=2, cursor=first["next"]).json
    assert [row["id"] for row in second["rows"]] == [ids[2], ids[1]], (second, ids)
    assert search(sessions["admin"], cursor="1-A").json == {"rows": []}
    for cursor in ("1", "-A", "1-", "A-1", "1-a", "1234567890123456-A"):
        assert search(sessions["admin"], cursor=cursor).problem == "malformed", cursor


@test
def a_search_finds_what_fits_all_members():
    admin, card = sessions["admin"], ShownCard(issuer, issuer.card("mynumber"))
    case = reserve(card).json
    row = issuer.get("/v1/operator/cases/" + case["id"], session=admin).json["case"]
    mine = {"card": {"profile": "mynumber", "number": card.number}}
    for fits in ({"state": "ready"}, {"door": "kiosk"}, {"slot": "sign"}, {"profile": "mynumber"},
                 {"from_ms": row["opened_ms"]}, {"to_ms": row["opened_ms"] + 1}):
        assert len(search(admin, {**mine, **fits}).json["rows"]) == 1, fits
    for other in ({"state": "done"}, {"door": "counter"}, {"slot": "auth"}, {"profile": "hicos"}, {"office": "none"},
                  {"from_ms": row["opened_ms"] + 1}, {"to_ms": row["opened_ms"]}):
        assert search(admin, {**mine, **other}).json["rows"] == [], other


@test
def an_office_sees_its_own():
    """A case that an office opened is nobody else's; a kiosk's stands at the card alone."""
    card = ShownCard(issuer, issuer.card("mynumber"))
    kiosk_case = reserve(card).json["id"]
    mine, other = sessions["clerk"], sessions["far-clerk"]
    assert kiosk_case not in [row["id"] for row in search(mine).json["rows"]]
    assert [row["id"] for row in look(mine, number=card.number).json["rows"][0]["cases"]] == [kiosk_case]
    counter = decided
    assert counter in [row["id"] for row in search(mine).json["rows"]], counter
    assert counter not in [row["id"] for row in search(other).json["rows"]]
    assert counter not in [row["id"] for row in search(other, office=kit.MUNICIPALITY_OFFICE).json["rows"]]
    assert search(other, name=counter).json["rows"] == []
    assert issuer.get("/v1/operator/cases/" + counter, session=other).problem == "not-found"
    one = issuer.get("/v1/operator/cases/" + counter, session=mine).json
    assert one["case"]["by"] == "the-help-desk" and one["identified_by"] == "licence", one
    assert "/" not in one["reason"] and [e["kind"] for e in one["evidence"]] == ["operator"], one
    assert look(other, number=decided_card).json["rows"][0]["cases"] == []


@test
def a_card_is_found_by_its_whole_number_alone():
    clerk, state = sessions["clerk"], issuer.card("hicos")
    number = ShownCard(issuer, state).number
    seen = look(clerk, number=number).json["rows"]
    assert len(seen) == 1 and seen[0]["status"] == "active" and seen[0]["user_code"]["state"] == "active", seen
    assert seen[0]["user_code"]["tries_left"] == 3 and not seen[0]["replaced"], seen
    assert any("certificate_to_ms" in slot for slot in seen[0]["slots"]), seen
    assert look(clerk, number=number[:-1]).json == {"rows": []}
    assert look(clerk, number=number, profile="mynumber").json == {"rows": []}
    assert look(sessions["owner"], number=own_card).problem == "own-card"


@test
def counts_name_nobody():
    """Every answer is hours, words and numbers; no card, no case, no person is in it."""
    card = ShownCard(issuer, issuer.card("mynumber"))
    case = reserve(card).json
    for name in ("resets", "lock-outs", "waiting"):
        said = statistics(sessions["admin"], name)
        assert said.status == 200 and said.json["name"] == name, said
        columns = said.json["columns"]
        assert len(columns) == len(said.json["series"]) + 1 and len({len(c) for c in columns}) == 1, said.json
        csv = statistics(sessions["admin"], name, csv=True)
        assert csv.headers["content-type"].startswith("text/csv"), csv.headers
        rows = csv.body.split("\r\n")
        assert rows[0].split(",")[1:] == said.json["series"] and len(rows) == len(columns[0]) + 2, rows
        for secret in (card.number, case["id"], case["receipt"], "the-help-desk"):
            assert secret not in said.body and secret not in csv.body, (name, secret)
    causes = statistics(sessions["admin"], "lock-outs").json
    at = causes["labels"].index("mynumber sign")
    assert sum(column[at] for column in causes["columns"][1:]) >= 1, causes


@test
def a_reset_is_counted_once_it_is_done():
    """By the user code, at home: in this hour, at this door; not before the card has said so."""
    card = ShownCard(issuer, issuer.card("hicos"))
    shown = card.show("pin", issuer.get("/v1/nonce").json["nonce"])
    before = resets()
    grant = issuer.post("/v1/grants", {"card": shown, "door": "user-code", "cause": "typed-wrong",
                                       "evidence": {"user_code": kit.USER_CODE}})
    assert grant.status == 201 and resets() == before, grant
    card.takes("pin", shown, grant.json)
    settled = issuer.post("/v1/presence", {"card": card.show("pin", grant.json["nonce"])}, key=None)
    assert settled.json["settled_state"] == "done", settled
    assert resets() == before + 1
    one = issuer.get("/v1/operator/cases/" + grant.json["case_id"], session=sessions["admin"]).json
    assert one["case"]["cause"] == "typed-wrong" and one["case"]["state"] == "done", one
    assert [(g["state"], g["settled_by"]) for g in one["grants"]] == [("done", "mac")], one
    assert one["evidence"][0]["kind"] == "user-code" and len(one["log"]) >= 2, one


def resets():
    said = statistics(sessions["admin"], "resets").json
    return sum(said["columns"][1 + said["series"].index("user-code")]) if "user-code" in said["series"] else 0


@test
def the_cause_that_the_holder_names_is_kept_and_counted():
    before = causes()
    for cause in ("forgotten", "typed-wrong", "another-program", "not-said", None):
        case = reserve(ShownCard(issuer, issuer.card("mynumber")), cause).json["id"]
        row = issuer.get("/v1/operator/cases/" + case, session=sessions["admin"]).json["case"]
        assert row["cause"] == (cause or ""), row
    added = {name: n - before.get(name, 0) for name, n in causes().items()}
    assert added == {"forgotten": 1, "typed-wrong": 1, "another-program": 1, "not-said": 2}, added
    for cause in ("", "Forgotten", "lost", 1):
        assert reserve(ShownCard(issuer, issuer.card("mynumber")), cause).problem == "malformed", cause


def causes():
    said = statistics(sessions["admin"], "lock-outs").json
    at = said["labels"].index("mynumber sign")
    return {name: column[at] for name, column in zip(said["series"], said["columns"][1:])}


@test
def counts_are_bounded():
    admin = sessions["admin"]
    get = lambda what: issuer.get("/v1/operator/statistics/" + what, session=admin).problem
    assert get("resets_2026-01-01_2026-04-03") == "malformed"  # 93 days
    assert issuer.get("/v1/operator/statistics/resets_2026-01-01_2026-04-02", session=admin).status == 200
    assert get("resets_2026-01-02_2026-01-01") == "malformed"
    assert get("resets_2026-02-30_2026-03-01") == "malformed"
    assert get("people_2026-01-01_2026-01-02") == "not-found"
    assert get("resets") == "not-found"


def main():
    """REPIN_PG_URL (tools/with-postgres): the same on PostgreSQL."""
    global issuer, sessions, decided, decided_card, own_card
    database = os.environ.get("REPIN_PG_URL")
    with Issuer(database=database) as issuer:
        desk = issuer.terminal("desk-1", "desk")
        sessions = {}
        for role in ROLES:
            office = "" if role in ("auditor", "admin") else kit.MUNICIPALITY_OFFICE
            issuer.operator("the-" + role, role, office=office)
            sessions[role] = issuer.sign_in("the-" + role)
        issuer.operator("far-clerk", "clerk", office="inagi-hirao")
        sessions["far-clerk"] = issuer.sign_in("far-clerk")
        own = ShownCard(issuer, issuer.card("mynumber"))
        own_card = own.number
        issuer.operator("owner", "clerk", cards=["mynumber:" + own.number])
        sessions["owner"] = issuer.sign_in("owner")
        state = issuer.card("gids")
        decided_card = json.load(open(state))["number"]
        answer = issuer.post("/v1/operator/decisions", {
            "profile": "gids", "number": decided_card, "slot": "pin", "door": "help-desk", "reason": "forgotten",
            "identified_by": "licence"}, terminal=desk, session=issuer.sign_in("the-help-desk", desk))
        assert answer.status == 201, answer
        decided = answer.json["case_id"]
        return kit.run_tests(kit.tests_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(main())
