# SPDX-License-Identifier: Apache-2.0
"""The command-line contract over a real pcscd: exit statuses, JSON, refused input, and what went to the card."""

import json
import os

import kit
from kit import REPIN, Card, Terminal, data_commands, new_card, repin, tries

ERROR_KEYS = {"code", "slot", "sw", "tries_left", "tries_spent", "message", "next"}


def expect_error(r, rc, code, spent=0):
    assert r.rc == rc, r
    assert set(r.json) == {"error"}, r
    assert ERROR_KEYS <= set(r.error), r.error
    assert r.error["code"] == code, r.error
    assert r.error["tries_spent"] == spent, r.error
    assert r.error["message"] and r.error["next"], r.error
    return r.error


def status_has_the_shape_of_the_contract():
    shape = {"mynumber": ["sign", "auth", "text", "juki"], "mynumber-mobile": ["sign", "auth"], "aosign": ["pin", "letter"],
             "hicos": ["pin"], "piv": ["pin", "puk"], "openpgp": ["pw1", "pw3", "rc"], "gids": ["pin"]}
    for profile, slots in shape.items():
        with Card(new_card(profile)) as card:
            r = repin("status", "--json")
            assert r.rc == 0 and r.err == "", r
            assert {"reader", "card", "pins", "apdus"} <= set(r.json)
            assert {"profile", "number", "holder", "valid_from", "valid_to"} <= set(r.json["card"])
            assert r.json["card"]["profile"] == profile
            assert [p["id"] for p in r.json["pins"]] == slots, r.json
            for p in r.json["pins"]:
                assert {"id", "state", "tries_left", "tries_max"} <= set(p)
                assert p["state"] in ("ready", "locked", "dead", "not-set", "unknown")
            assert not data_commands(card)


def options_stand_before_or_after_the_command():
    with Card(new_card("mynumber")):
        a = repin("--json", "status", "auth")
        b = repin("status", "auth", "--json")
        assert a.rc == b.rc == 0 and a.out == b.out
        assert [p["id"] for p in a.json["pins"]] == ["auth"]
        named = repin("status", "--json", "code-a", "code-b")
        assert [p["id"] for p in named.json["pins"]] == ["code-a", "code-b"], named


def my_number_is_read_with_nine_commands_and_one_for_the_number():
    with Card(new_card("mynumber")) as card:
        before = len(card.commands())
        r = repin("status", "--json")
        assert r.json["apdus"] == 9 and len(card.commands()) - before == 10, (r, card.commands())


def each_family_is_changed_with_exit_0():
    jobs = [("mynumber", "sign", "ABC123", "NEW456"), ("mynumber", "auth", "1234", "5678"), ("mynumber", "text", "1234", "5678"),
            ("mynumber", "juki", "1234", "5678"), ("aosign", "pin", "12345678", "newPin99"), ("piv", "pin", "123456", "654321"),
            ("openpgp", "pw1", "123456", "654321"), ("openpgp", "pw3", "12345678", "87654321"), ("gids", "pin", "123456", "654321")]
    for profile, slot, current, new in jobs:
        state = new_card(profile)
        before = tries(state)
        with Card(state) as card:
            r = repin("change", slot, "--json", secrets={"current": current, "new": new})
            assert r.rc == 0, r
            assert r.json["slot"] == slot and r.json["tries_spent"] == 0, r.json
            assert r.json["apdus"] <= (20 if slot == "juki" else 12), (slot, r.json)
            assert kit.card_truth(state)[slot][0] == new
            assert tries(state) == before
            again = repin("change", slot, "--json", secrets={"current": current, "new": new})
            expect_error(again, 4, "pin-wrong", spent=1)
            assert sum(tries(state).values()) == sum(before.values()) - 1
            del card


def hicos_is_changed_only_with_the_issuers_key_and_our_application():
    config = kit.transport_key_config()
    state = new_card("hicos", reset_key=kit.reset_key())
    with Card(state) as card:
        r = repin("change", "pin", "--json", secrets={"current": "123456", "new": "newPin9"})
        assert r.rc == 2, r
        assert not [c for c in card.commands() if c.split()[1].startswith("8C")]
        r = repin("change", "pin", "--json", "--config", config, secrets={"current": "123456", "new": "newPin9"})
        assert r.rc == 0, r
        assert kit.card_truth(state)["pin"] == ("newPin9", 3)
        expect_error(repin("change", "pin", "--json", "--config", config, secrets={"current": "123456", "new": "newPin9"}), 4,
                     "pin-wrong", spent=1)
    real = new_card("hicos")
    with Card(real) as card:
        r = repin("change", "pin", "--json", "--config", config, secrets={"current": "123456", "new": "newPin9"})
        assert r.rc == 2, r
        assert "SafeSign" in r.error["message"] + r.error["next"], r.error
        ours = [c for c in card.commands() if not c.split()[1].startswith(("80A4", "80B0"))]
        assert all(c.split()[1].startswith("00A404") for c in ours), ours
        status = repin("status", "--json")
        assert status.rc == 0 and status.json["pins"][0]["tries_left"] is None


def the_telephones_pins_are_the_apps():
    with Card(new_card("mynumber-mobile")) as card:
        r = repin("change", "sign", "--json", secrets={"current": "ABC123", "new": "NEW456"})
        assert r.rc == 2 and "Mynaportal" in r.error["message"] + r.error["next"], r
        assert not data_commands(card)


BAD_SECRETS = [
    b"", b"current=1234\n", b"new=5678\n", b"current=1234\nnew=5678", b"current=1234\r\nnew=5678\r\n",
    b"current=1234\nnew=5678\nnew=5678\n", b"current=1234\nnew=5678\npassword=1\n", b"current=1234\nnew=56\x0078\n",
    b"current=1234\nnew=5678\x07\n", b"current=1234\nnew=\xff\xfe\n", b"current=1234\nnew= 5678\n", b"current=1234\nnew=5678 \n",
    b"current=1234\nnew\n", b"=1234\nnew=5678\n", b"current=1234\n\nnew=5678\n", b"Current=1234\nnew=5678\n",
    b"current=1234\nnew=" + b"5" * 10240 + b"\n", b"current=1234\nnew=" + b"5" * 200000 + b"\n", b"current=\nnew=5678\n",
    b"current=1234\nnew=\n", "current=1234\nnew=５６７８９\n".encode(), "current=1234\nnew=🔑🔑🔑🔑\n".encode(),
    b"current=123\nnew=5678\n", b"current=12345\nnew=5678\n", b"current=1234\nnew=56a8\n", b"current=1234\nnew=567\n",
    "current=1234\nnew=\u30005678\n".encode(), "current=1234\nnew=56\u202e78\n".encode(),
]


def bad_input_is_refused_and_nothing_is_sent():
    state = new_card("mynumber")
    with Card(state) as card:
        for raw in BAD_SECRETS:
            r = repin("change", "auth", "--json", raw=raw)
            assert r.rc == 2, (raw[:60], r)
            assert r.error["tries_spent"] == 0
            assert "5678" not in r.out and "5678" not in r.err, raw[:60]
        assert not data_commands(card)
        assert tries(state)["auth"] == 3
    with Card(new_card("aosign")) as card:
        for new in ("111111", "aaaaaaaa", "abc", "a" * 17, "abc-123", "あいうえ"):
            r = repin("change", "pin", "--json", secrets={"current": "12345678", "new": new})
            assert r.rc == 2, (new, r)
        assert not data_commands(card)


def folded_input_is_reported_not_refused():
    state = new_card("mynumber")
    with Card(state):
        r = repin("change", "sign", "--json", secrets={"current": "ａｂｃ１２３", "new": "new456"})
        assert r.rc == 0, r
        assert "upper" in json.dumps(r.json["sent"]), r.json
        assert kit.card_truth(state)["sign"] == ("NEW456", 5)
        r = repin("change", "auth", secrets={"current": "１２３４", "new": "5678"})
        assert r.rc == 0 and "half" in r.out + r.err, r
        # case counts where the card's issuer says so
    with Card(new_card("aosign", pins="pin=abcDEF12")):
        r = repin("change", "pin", "--json", secrets={"current": "ABCDEF12", "new": "newPin99"})
        expect_error(r, 4, "pin-wrong", spent=1)


def without_a_terminal_and_without_secrets_nothing_happens():
    with Card(new_card("mynumber")) as card:
        r = repin("change", "auth", "--json")
        # no terminal at all: setsid
        r = kit.run("setsid", "--wait", REPIN, "change", "auth", "--json", stdin=-3)
        assert r.returncode == 2, r
        assert not data_commands(card)


def wrong_usage_is_exit_2():
    with Card(new_card("mynumber")) as card:
        for argv in (["nosuch"], ["change"], ["change", "nosuch"], ["change", "pin"], ["change", "code-a"], ["unlock", "auth"],
                     ["status", "nosuch"], ["--nosuch"], ["change", "auth", "text"], ["status", "--timeout", "x"], []):
            assert repin(*argv, secrets={"current": "1234", "new": "5678"} if "change" in argv else None).rc == 2, argv
        assert not data_commands(card)


def the_last_try_is_refused_without_consent():
    state = new_card("mynumber")
    with Card(state) as card:
        for _ in range(2):
            repin("change", "auth", secrets={"current": "9999", "new": "5678"})
        before = len(data_commands(card))
        expect_error(repin("change", "auth", "--json", secrets={"current": "1234", "new": "5678"}), 6, "last-try")
        assert len(data_commands(card)) == before and tries(state)["auth"] == 1
        assert repin("change", "auth", "--last-try", secrets={"current": "1234", "new": "5678"}).rc == 0
        assert tries(state)["auth"] == 3


def locked_is_exit_5_and_says_the_way_out():
    state = new_card("mynumber")
    with Card(state) as card:
        for n in range(3):
            r = repin("change", "auth", "--json", "--last-try", secrets={"current": "9999", "new": "5678"})
            assert expect_error(r, 4, "pin-wrong", spent=1)["tries_left"] == 2 - n
        before = len(data_commands(card))
        e = expect_error(repin("change", "auth", "--json", "--last-try", secrets={"current": "1234", "new": "5678"}), 5, "pin-locked")
        assert e["tries_left"] == 0 and len(data_commands(card)) == before
        assert (e["door"], e["door_else"]) == ("kiosk", "counter"), e
        assert repin("status").rc == 0


def aosigns_two_messages_are_two():
    state = new_card("aosign")
    with Card(state):
        wrong = repin("--lang", "ja", "change", "pin", secrets={"current": "99999998", "new": "newPin99"})
        assert wrong.rc == 4 and "不正です" in wrong.err and "ロックされています" not in wrong.err, wrong
        for _ in range(9):
            repin("change", "pin", "--last-try", secrets={"current": "99999998", "new": "newPin99"})
        locked = repin("--lang", "ja", "change", "pin", secrets={"current": "12345678", "new": "newPin99"})
        assert locked.rc == 5 and "ロックされています" in locked.err and "不正です" not in locked.err, locked
        assert repin("unlock", "pin", secrets={"letter": "12345678", "new": "newPin99"}).rc == 0
        assert kit.card_truth(state)["pin"] == ("newPin99", 10)


def ten_wrong_letter_pins_kill_an_aosign_card():
    state = new_card("aosign")
    with Card(state):
        for n in range(9):
            r = repin("unlock", "pin", "--json", secrets={"letter": "99999998", "new": "newPin99"})
            assert expect_error(r, 4, "secret-wrong", spent=1)["tries_left"] == 9 - n
        expect_error(repin("unlock", "pin", "--json", secrets={"letter": "99999998", "new": "newPin99"}), 6, "last-try")
        r = repin("unlock", "pin", "--json", "--last-try", secrets={"letter": "99999998", "new": "newPin99"})
        assert expect_error(r, 4, "secret-wrong", spent=1)["tries_left"] == 0
        expect_error(repin("unlock", "pin", "--json", secrets={"letter": "12345678", "new": "newPin99"}), 5, "card-dead")
        expect_error(repin("change", "pin", "--json", secrets={"current": "12345678", "new": "newPin99"}), 5, "card-dead")
        assert [p["state"] for p in repin("status", "--json").json["pins"]] == ["dead", "dead"]


def a_card_without_signature_pin_says_so():
    with Card(new_card("mynumber", pins="sign=")) as card:
        r = repin("change", "sign", "--json", secrets={"current": "ABC123", "new": "NEW456"})
        expect_error(r, 5, "not-set")
        assert repin("status", "--json").json["pins"][0]["state"] == "not-set"
        assert not data_commands(card)


def two_cards_must_be_told_apart():
    with Card(new_card("mynumber"), slot=0), Card(new_card("aosign"), slot=1):
        assert repin("status", "--json").rc == 2
        assert repin("status", "--json", "--reader", "00 01").json["card"]["profile"] == "aosign"
        assert repin("status", "--json", "--reader", kit.READERS[0]).json["card"]["profile"] == "mynumber"
        assert repin("status", "--reader", "no such reader").rc == 3
        assert len(repin("list", "--json").json["readers"]) == 2


def a_person_at_a_terminal_changes_a_pin():
    state = new_card("mynumber")
    with Card(state):
        t = Terminal("change", "auth")
        t.expect("3 of 3")
        for entry in ("1234", "7392", "7392"):
            t.expect(": ")
            t.read(0.3)
            t.text = ""
            t.type(entry)
        rc = t.end()
        assert rc == 0, t.text
        assert kit.card_truth(state)["auth"] == ("7392", 3)
        assert "7392" not in t.text


def the_two_new_entries_must_agree():
    state = new_card("mynumber")
    with Card(state) as card:
        t = Terminal("change", "auth")
        t.expect("3 of 3")
        for entry in ("1234", "7392", "7391"):
            t.expect(": ")
            t.read(0.3)
            t.text = ""
            t.type(entry)
        t.read(0.5)
        with_retry = "5679" in t.text
        os.kill(t.pid, 2)
        rc = t.end()
        assert rc in (2, 10) and not with_retry, (rc, t.text)
        assert not data_commands(card) and tries(state)["auth"] == 3


kit.main([
    status_has_the_shape_of_the_contract,
    options_stand_before_or_after_the_command,
    my_number_is_read_with_nine_commands_and_one_for_the_number,
    each_family_is_changed_with_exit_0,
    hicos_is_changed_only_with_the_issuers_key_and_our_application,
    the_telephones_pins_are_the_apps,
    bad_input_is_refused_and_nothing_is_sent,
    folded_input_is_reported_not_refused,
    without_a_terminal_and_without_secrets_nothing_happens,
    wrong_usage_is_exit_2,
    the_last_try_is_refused_without_consent,
    locked_is_exit_5_and_says_the_way_out,
    aosigns_two_messages_are_two,
    ten_wrong_letter_pins_kill_an_aosign_card,
    a_card_without_signature_pin_says_so,
    two_cards_must_be_told_apart,
    a_person_at_a_terminal_changes_a_pin,
    the_two_new_entries_must_agree,
])
