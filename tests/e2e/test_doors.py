# SPDX-License-Identifier: Apache-2.0
"""The ways back over a real pcscd: locked cards of every family, in three languages and JSON, and no try spent."""

import json
import re

import kit
from kit import Card, Terminal, data_commands, new_card, repin, tries

LANGUAGES = {"en": "The way to take: ", "ja": "おすすめの方法: ", "zh_TW": "建議的方法："}
WAY = {"en": "Way back: ", "ja": "使えるようにするには: ", "zh_TW": "恢復方法："}

# Family, slots to lock on the card's file, the PIN asked about, what is known or at hand, the door.
FAMILIES = [
    ("mynumber", ["sign"], "sign", ["--know", "auth"], "kiosk"),
    ("mynumber", ["sign", "auth"], "auth", ["--know", "sign"], "counter"),
    ("mynumber", ["text"], "text", ["--know", "sign,auth"], "counter"),
    ("mynumber-mobile", ["sign"], "sign", ["--know", "card-sign"], "app"),
    ("aosign", ["pin"], "pin", ["--have", "letter"], "letter"),
    ("aosign", ["pin"], "pin", [], "re-issue"),
    ("aosign", ["letter"], "pin", ["--have", "letter", "--know", "pin"], "re-issue"),
    ("hicos", ["pin"], "pin", ["--have", "user-code"], "user-code"),
    ("piv", ["pin"], "pin", ["--have", "puk"], "puk"),
    ("openpgp", ["pw1"], "pw1", ["--have", "admin"], "resetting-code"),
    ("gids", ["pin"], "pin", [], "help-desk"),
]


def lock(state, *slots):
    """Writes into the card's file what wrong entries would have left there."""
    with open(state) as f:
        card = json.load(f)
    for pin in card["pins"]:
        if pin["id"] in slots:
            pin["tries"] = 0
    with open(state, "w") as f:
        json.dump(card, f)


def last_line(r):
    return r.err.rstrip("\n").split("\n")[-1].strip()


def a_locked_card_of_every_family_gets_its_way_back_and_loses_no_try():
    for profile, locked, slot, said, door in FAMILIES:
        state = new_card(profile)
        lock(state, *locked)
        before = tries(state)
        with Card(state) as card:
            r = repin("doors", slot, *said, "--json")
            assert r.rc == 0 and r.err == "", (profile, r)
            assert r.json["slot"] == slot and r.json["recommended"]["door"] == door, (profile, r.json)
            assert {"slot", "state", "recommended", "open", "shut"} <= set(r.json), r.json
            assert r.json["recommended"]["steps"] and r.json["recommended"]["tries_cost"] == 0, r.json
            for lang, heading in LANGUAGES.items():
                r = repin("doors", slot, *said, "--lang", lang)
                assert r.rc == 0 and r.err == "" and heading in r.out, (profile, lang, r)
                assert lang == "en" or re.search("[\u3040-\u9fff]", r.out), r
                assert repin("doors", *said, "--lang", lang).rc == 0, (profile, lang)
            assert not data_commands(card), (profile, card.commands())
        assert tries(state) == before, (profile, before, tries(state))


def the_answer_is_one_for_the_same_card_without_it():
    for profile, _, slot, said, door in FAMILIES:
        if profile in ("mynumber", "piv", "openpgp", "gids") and door != "counter":
            r = repin("doors", slot, "--profile", profile, *said, "--json")
            assert r.rc == 0 and r.json["recommended"]["door"] == door and r.json["card"] is None, (profile, r)


def every_wrong_entry_ends_with_the_open_door():
    """From the first to the last wrong entry, and beyond it."""
    for profile, slot, wrong, new, first, otherwise in (
            ("mynumber", "auth", "9999", "7392", "kiosk", "counter"), ("mynumber", "text", "9999", "7392", "counter", None),
            ("aosign", "pin", "99999998", "newPin99", "letter", "re-issue"), ("piv", "pin", "999999", "482915", "puk", "re-issue"),
            ("openpgp", "pw1", "999999", "482915", "resetting-code", "re-issue"), ("gids", "pin", "999999", "482915", "help-desk", None)):
        state = new_card(profile)
        with Card(state):
            for _ in range(20):
                left = tries(state)[slot]
                r = repin("change", slot, "--last-try", "--json", secrets={"current": wrong, "new": new})
                assert (r.error["door"], r.error.get("door_else")) == (first, otherwise), (profile, r)
                assert r.error["next"].rstrip().endswith("Steps: repin doors " + slot), r.error
                assert left - tries(state)[slot] <= 1
                if r.rc == 5:
                    break
                limit, now = {"aosign": 10, "mynumber": 3, "openpgp": 3}.get(profile), tries(state)[slot]
                # a card that does not tell its limit shows only its last try
                stop = now == 1 or (limit is not None and limit - now >= (1 if limit == 3 else 2))
                assert now == 0 or ("have it reset now" in r.error["next"]) == stop, r.error
            assert r.rc == 5, r
            for lang, words in WAY.items():
                r = repin("change", slot, "--lang", lang, secrets={"current": wrong, "new": new})
                assert r.rc == 5 and last_line(r).startswith(words) and last_line(r).endswith("repin doors " + slot), (profile, lang, r)
            # and the command that it names gives the steps of the door that it names first
            r = repin("doors", slot, "--json")
            assert first in [r.json["recommended"]["door"]] + [d["door"] for d in r.json["open"] + r.json["shut"]], r.json


def the_last_try_and_the_secret_end_with_it_too():
    state = new_card("aosign")
    with Card(state):
        for n in range(10):
            r = repin("unlock", "pin", secrets={"letter": "99999998", "new": "newPin99"})
            assert last_line(r).startswith("Way back: "), r
            assert r.rc == (4 if n < 9 else 6), r
        assert "Unlock it with the PIN of the letter" in last_line(r), r
        r = repin("unlock", "pin", "--last-try", secrets={"letter": "99999998", "new": "newPin99"})
        assert r.rc == 4 and last_line(r).startswith("Way back: Give the card up"), r
        r = repin("unlock", "pin", secrets={"letter": "12345678", "new": "newPin99"})
        assert r.rc == 5 and last_line(r).startswith("Way back: Give the card up"), r
        assert [p["recommended"]["door"] for p in repin("doors", "--json").json["pins"]] == ["re-issue", "re-issue"]
    with Card(new_card("mynumber", pins="sign=")):
        r = repin("change", "sign", secrets={"current": "ABC123", "new": "K7W2Q9"})
        assert r.rc == 5 and last_line(r).startswith("Way back: The card holds no signature certificate"), r


def a_person_is_asked_and_sent_to_the_kiosk():
    state = new_card("mynumber")
    lock(state, "sign")
    before = tries(state)
    with Card(state) as card:
        t = Terminal("doors")
        for words, answer in (("known for sure?", "auth"), ("Who are you?", "1")):
            t.expect(words)
            t.read(0.3)
            t.type(answer)
        assert t.end() == 0, t.text
        assert "The way to take: Reset it at a kiosk" in t.text, t.text
        assert not data_commands(card)
    assert tries(state) == before


def the_office_of_the_cards_municipality_is_named():
    with Card(new_card("mynumber")):
        way = repin("doors", "text", "--json").json["recommended"]
        assert way["office"]["id"] == "inagi" and way["opening"]["reason"], way
    with Card(new_card("mynumber", municipality="01100")):
        way = repin("doors", "text", "--json").json["recommended"]
        assert way["office"] is None and way["opening"] is None, way


def weak_pins_are_refused_or_told():
    state = new_card("mynumber")
    with Card(state) as card:
        for new, rule in (("ABCDEFG", "no-digit"), ("394817", "no-letter")):
            r = repin("change", "sign", "--json", secrets={"current": "ABC123", "new": new})
            assert r.rc == 2 and r.error["rule"] == rule, r
        assert not data_commands(card)
        r = repin("change", "auth", "--json", secrets={"current": "1234", "new": "1234"})
        assert r.rc == 0 and r.json["advice"] == ["sequence", "card-number", "same-as-before"], r
        assert len([w for w in r.json["warnings"] if "Memory" not in w]) == 3, r
        t = Terminal("change", "auth")
        for words, answer in (("current PIN:", "1234"), ("new PIN:", "7777"), ("again:", "7777"), ("choose another:", "no"),
                              ("new PIN:", "7392"), ("again:", "7392")):
            t.expect(words)
            t.read(0.2)
            t.type(answer)
        assert t.end() == 0, t.text
        assert kit.card_truth(state)["auth"] == ("7392", 3)


kit.main([
    a_locked_card_of_every_family_gets_its_way_back_and_loses_no_try,
    the_answer_is_one_for_the_same_card_without_it,
    every_wrong_entry_ends_with_the_open_door,
    the_last_try_and_the_secret_end_with_it_too,
    a_person_is_asked_and_sent_to_the_kiosk,
    the_office_of_the_cards_municipality_is_named,
    weak_pins_are_refused_or_told,
])
