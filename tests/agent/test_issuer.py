# SPDX-License-Identifier: Apache-2.0
"""The issuer's doors through the API: a reservation from home, a reset at a kiosk, a user code; the issuer away and back."""

import time

from agent_kit import Agent, configuration, issuer_kit, kit, pin
from kit import Card, card_truth, main, repin, tries

ISSUER = issuer_kit.Issuer(card_ca=kit.CA)
kit.transport_key_config()


HOME, KIOSK = configuration(ISSUER, "home"), configuration(ISSUER, "kiosk", ISSUER.terminal("kiosk-1"))


def lock(slot, wrong, new):
    while repin("change", slot, "--last-try", "--json", secrets={"current": wrong, "new": new}).rc == 4:
        pass


def both_ways(slot, old, new, other_slot, other, wrong):
    state = ISSUER.card("mynumber")
    with Agent(conf=HOME) as home, Agent(mode="kiosk", conf=KIOSK) as kiosk, Card(state) as card:
        lock(slot, wrong, new)
        after = home.mark()
        told = home.post("/api/look").json
        assert pin(told, slot)["state"] == "locked" and told["issuer"]["reached"] is True and told["terminal"] is False, told
        assert pin(told, slot)["jobs"]["reserve"]["secrets"] == ["other"] and pin(told, slot)["jobs"]["reserve"]["stake"]["slot"] == other_slot, told
        assert pin(told, slot)["jobs"]["reset"] is None
        # The kiosk finds no reservation yet, and says so.
        at = kiosk.post("/api/look").json
        assert at["terminal"] is True and pin(at, slot)["jobs"]["reset"] is None and pin(at, slot)["jobs"]["reset_why"]["problem"] == "no-reservation", at
        assert pin(at, slot)["jobs"]["reserve"] is None
        end = home.job(told, "reserve", slot, other=other)
        assert end["ok"] and end["receipt"] and end["case"] and len(end["more"]) == 2 and end["kiosks"][0]["operator"] == "Example stores", end
        assert [d["step"] for n, d in home.events[after:] if n == "job"] == ["identify", "issuer", "prove", "grant"], home.events[after:]
        told = home.card(after, lambda d: d.get("issuer", {}).get("cases"))
        assert pin(told, slot)["jobs"]["reset"] is None and "kiosk" in pin(told, slot)["jobs"]["reset_why"]["next"], told
        after = kiosk.mark()
        at = kiosk.post("/api/look").json
        one = pin(at, slot)["jobs"]["reset"]
        assert one["secrets"] == ["other", "new"] and one["case"] == end["case"] and one["left_text"] and one["door"] == "kiosk", one
        wrong_end = kiosk.job(at, "reset", slot, other=wrong if len(wrong) == len(other) else "9999" if len(other) == 4 else "WRONG1", new=new)
        assert wrong_end["status"] == 4 and wrong_end["error"]["slot"] == other_slot and wrong_end["error"]["tries_spent_at"] == "card", wrong_end
        at = kiosk.card(after, lambda d: pin(d, other_slot)["tries_left"] < pin(d, other_slot)["tries_max"])
        after = kiosk.mark()
        end = kiosk.job(at, "reset", slot, other=other, new=new, case=one["case"])
        assert end["ok"] and end["receipt"] and end["reported"] is True and end["case"] == one["case"], end
        assert [d["step"] for n, d in kiosk.events[after:] if n == "job"] == ["identify", "issuer", "prove", "grant", "set", "settle"], kiosk.events[after:]
        assert card_truth(state)[slot][0] == new and tries(state)[slot] == pin(at, slot)["tries_max"]
        assert old != new and card.process.poll() is None
        after = kiosk.mark()
    # Nothing of it is told to who comes next: the card has gone, and the events with it.


def the_signature_pin_is_reset_with_a_reservation():
    both_ways("sign", "ABC123", "K7W2QX", "auth", "1234", "WRONG1")


def the_user_authentication_pin_is_reset_the_other_way_round():
    both_ways("auth", "1234", "7391", "sign", "ABC123", "9999")


def a_reset_that_is_cut_at_the_kiosk_is_told_by_the_card():
    state = ISSUER.card("mynumber")
    with Agent(conf=HOME) as home, Card(state):
        assert home.job(home.card(), "reserve", "sign", other="1234")["ok"]
    with Agent(mode="kiosk", conf=KIOSK) as kiosk:
        with Card(state, faults="ins 2C cut-after\n"):
            at = kiosk.card(good=lambda d: d.get("card") and pin(d, "sign")["jobs"]["reset"])
            after = kiosk.mark()
            end = kiosk.job(at, "reset", "sign", other="1234", new="K7W2QX")
            assert end["ok"] is False and end["status"] == 7 and "repin" not in end["error"]["next"], end
            kiosk.wait("gone", after=after)
        after = kiosk.mark()
        with Card(state):
            at = kiosk.card(after)
            assert card_truth(state)["sign"][0] == "K7W2QX"
            # The look has shown the issuer that it was done: there is nothing left to reset.
            assert pin(at, "sign")["jobs"]["reset"] is None and at["issuer"]["cases"] == [], at
    with Agent(conf=HOME) as home, Card(state):
        told = home.card(good=lambda d: d.get("card"))
        print("# %d cut(s) are left: %s" % (len(told["cuts"]), [c["answer"] for c in told["cuts"]]))
        for cut in told["cuts"]:
            assert cut["answer"] == "new" and cut["job"] == "reset", cut
            end = home.job(told, "resolve", cut["slot"])
            assert end["ok"] and end["answers"][0]["answer"] == "new", end
        assert home.job(home.post("/api/look").json, "change", "sign", current="K7W2QX", new="M8T4ZP")["ok"]


def a_kiosk_forgets_when_the_card_goes():
    state = ISSUER.card("mynumber")
    with Agent(mode="kiosk", conf=KIOSK) as kiosk:
        with Card(state):
            told = kiosk.card()
            assert told["card"]["number"]
            for job, fields in (("change", {"current": "ABC123", "new": "K7W2QX"}), ("reserve", {"other": "1234"}), ("unlock", {"new": "K7W2QX"}), ("resolve", {})):
                assert kiosk.begin(told, job, "sign", **fields).status == 400, job
            assert card_truth(state)["sign"] == ("ABC123", 5)
            after = kiosk.mark()
        kiosk.wait("gone", after=after)
        with kiosk.changed:
            kiosk.events.clear()
        kiosk.listen()
        time.sleep(0.5)
        assert set(kiosk.names()) <= {"readers", "words"}, kiosk.events
        for path in ("/api/ledger", "/api/ledger/wipe"):
            assert kiosk.post(path).status in (403, 404), kiosk.post(path)


def a_user_code_sets_a_new_pin_and_its_tries_are_told():
    state = ISSUER.card("hicos")
    with Card(state), Agent(conf=HOME) as a:
        told = a.card(good=lambda d: d.get("issuer"))
        one = pin(told, "pin")["jobs"]["reset"]
        assert one["secrets"] == ["user-code", "new"] and one["stake"]["at_issuer"] is True and one["stake"]["tries_left"] == 3, one
        after = a.mark()
        for left in (2, 1):
            end = a.job(told, "reset", "pin", user_code="Nix999", new="246813")
            assert end["status"] == 4 and end["error"]["tries_left"] == left and end["error"]["tries_spent_at"] == "issuer", end
        told = a.card(after, lambda d: pin(d, "pin")["jobs"]["reset"]["last_try"])
        end = a.job(told, "reset", "pin", user_code="Code12", new="246813")
        assert end["status"] == 6 and end["error"]["code"] == "last-try", end
        after = a.mark()
        end = a.job(told, "reset", "pin", user_code="Code12", new="246813", last_try=True)
        assert [d["step"] for n, d in a.events[after:] if n == "job"] == ["identify", "issuer", "grant", "set", "settle"], a.events[after:]
        assert end["ok"] and card_truth(state)["pin"][0] == "246813", end
        told = a.post("/api/look").json
        assert [w["secrets"] for w in pin(told, "user-code")["jobs"]["reset"]] == [["current", "new"], ["response", "new"]], pin(told, "user-code")
        end = a.job(told, "reset", "user-code", current="246813", new="Neu123")
        assert end["ok"] and end["receipt"], end
        end = a.job(told, "reset", "pin", user_code="Neu123", new="482193")
        assert end["ok"] and card_truth(state)["pin"][0] == "482193", end


def an_issuer_that_is_away_changes_nothing_and_comes_back():
    global HOME
    state = ISSUER.card("mynumber")
    with Card(state) as card, Agent(conf=HOME) as a:
        told = a.card(good=lambda d: d.get("issuer", {}) and d["issuer"]["reached"])
        ISSUER.stop()
        began = time.monotonic()
        away = a.post("/api/look").json
        print("# a look without the issuer took %d ms" % ((time.monotonic() - began) * 1000))
        assert away["issuer"]["reached"] is False and away["issuer"]["message"] and pin(away, "sign")["jobs"]["change"] and pin(away, "sign")["jobs"]["reserve"] is None, away
        end = a.job(away, "reserve", "sign", other="1234")
        assert end["status"] == 9 and end["error"]["code"] == "issuer-unreachable" and end["error"]["tries_spent"] == 0, end
        assert not kit.data_commands(card), card.commands()
        # What needs no issuer goes on.
        assert a.job(away, "change", "auth", current="1234", new="7391")["ok"]
        assert told["issuer"]["issuer"] == "test"
    ISSUER.start()
    HOME = configuration(ISSUER, "home")
    with Card(state), Agent(conf=HOME) as a:
        told = a.card(good=lambda d: d.get("issuer", {}) and d["issuer"]["reached"])
        assert a.job(told, "reserve", "sign", other="7391")["ok"]


def a_copy_of_a_card_is_told_apart():
    state = ISSUER.card("mynumber", enrol=False)
    with Card(state), Agent(conf=HOME) as a:
        told = a.card()
        assert told["issuer"]["reached"] is False and told["issuer"]["problem"], told["issuer"]
        assert all(p["jobs"]["reset"] is None and p["jobs"]["reserve"] is None for p in told["pins"]), told


try:
    main([the_signature_pin_is_reset_with_a_reservation, the_user_authentication_pin_is_reset_the_other_way_round, a_reset_that_is_cut_at_the_kiosk_is_told_by_the_card, a_kiosk_forgets_when_the_card_goes,
          a_user_code_sets_a_new_pin_and_its_tries_are_told, an_issuer_that_is_away_changes_nothing_and_comes_back, a_copy_of_a_card_is_told_apart])
finally:
    ISSUER.close()
