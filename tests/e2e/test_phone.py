# SPDX-License-Identifier: Apache-2.0
"""The app on a phone end to end: the phone's certificates in one reader, the card that they came from in the other, the
command line with the key of the phone, and a real repind on SoftHSM and SQLite."""

import importlib.util
import json
import os
import stat

import kit
from kit import DIR, Card, card_truth, main, repin, tries

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(os.path.dirname(__file__), "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

ISSUER = issuer_kit.Issuer(card_ca=kit.CA)
PHONE, CARD = "Virtual PCD 00 00", "Virtual PCD 00 01"


def configuration(name, terminal=None):
    path = os.path.join(DIR, name + ".conf")
    with open(path, "w") as f:
        f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (ISSUER.url, ISSUER.ca))
        if terminal is not None:
            f.write('terminal-certificate-file = "%s"\nterminal-key-file = "%s"\n' % (terminal.certificate, terminal.key))
    return path


HOME = configuration("home")
KIOSK = configuration("kiosk", ISSUER.terminal("kiosk-1"))
DESK = configuration("desk", ISSUER.terminal("desk-1", "desk"))


class Pair:
    """A phone and its card, each in its reader. `key`: the file of the phone's key."""

    count = 0

    def __init__(self, registered=True, other_card=False):
        Pair.count += 1
        self.key = os.path.join(DIR, "phone-%d.pem" % Pair.count)
        self.source = ISSUER.card("mynumber")
        self.phone = Card(ISSUER.card("mynumber-mobile", source=self.source), 0)
        self.card = Card(ISSUER.card("mynumber") if other_card else self.source, 1)
        self.registered = registered

    def __enter__(self):
        self.phone.__enter__()
        self.card.__enter__()
        if self.registered:
            try:
                r = self.app("device", secrets={"other": "ABC123"})
                assert r.rc == 0 and len(r.json["receipt"]) >= 20, r
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *args):
        self.card.__exit__(*args)
        self.phone.__exit__(*args)

    def app(self, *argv, key=True, reader=PHONE, conf=HOME, secrets=None):
        more = ["--device-key", self.key] if key else []
        return repin(*argv, "--json", "--config", conf, "--reader", reader, *more, secrets=secrets)


def is_untouched(pair):
    truth = card_truth(pair.phone.state)
    return truth["sign"] == ("ABC123", 5) and truth["auth"] == ("1234", 3)


def the_key_is_made_for_its_owner_alone_and_never_written_over():
    path = os.path.join(DIR, "new.pem")
    r = repin("device", "new", "--device-key", path, "--json")
    assert r.rc == 0 and stat.S_IMODE(os.stat(path).st_mode) == 0o600, r
    with open(path) as f:
        before = f.read()
    assert repin("device", "new", "--device-key", path, "--json").rc == 2
    with open(path) as f:
        assert f.read() == before
    os.chmod(path, 0o640)
    r = repin("status", "--device-key", path, "--json")
    assert r.rc == 2 and r.error["code"] == "config", r


def a_registered_phone_resets_its_signature_pin_by_the_cards():
    with Pair() as p:
        for left in (4, 3, 2, 1, 0):
            r = p.app("change", "sign", "--last-try", secrets={"current": "WRONG1", "new": "K7W2QX"})
            assert r.rc == 4 and r.error["tries_left"] == left, r
        r = p.app("reset", "sign", secrets={"other": "ABC123", "new": "K7W2QX"})
        assert r.rc == 0 and r.json["door"] == "app" and r.json["reported"] is True and r.json["pins"][0]["tries_left"] == 5, r
        assert card_truth(p.phone.state)["sign"] == ("K7W2QX", 5)
        assert tries(p.card.state)["sign"] == 5
        ISSUER.sealed()
        told = ISSUER.get("/v1/log/receipts/" + r.json["receipt"])
        assert told.status == 200 and told.json["state"] == "sealed", told


def the_pin_of_user_authentication_needs_the_phone_alone():
    with Pair() as p:
        p.card.remove()
        r = p.app("reset", "auth", secrets={"new": "7391"})
        assert r.rc == 0 and r.json["door"] == "app", r
        assert card_truth(p.phone.state)["auth"] == ("7391", 3)


def the_cards_own_tries_are_told_and_its_last_one_is_guarded():
    with Pair() as p:
        for left in (4, 3, 2, 1):
            r = p.app("reset", "sign", secrets={"other": "WRONG1", "new": "K7W2QX"})
            assert r.rc == 4 and r.error["tries_left"] == left and r.error["tries_spent"] == 1 and r.error["of_source"] is True, r
        assert tries(p.card.state)["sign"] == 1 and is_untouched(p)
        r = p.app("reset", "sign", secrets={"other": "WRONG1", "new": "K7W2QX"})
        assert r.rc == 6 and tries(p.card.state)["sign"] == 1, r
        r = p.app("reset", "sign", "--last-try", secrets={"other": "WRONG1", "new": "K7W2QX"})
        assert r.rc == 4 and r.error["tries_left"] == 0, r
        r = p.app("reset", "sign", secrets={"other": "ABC123", "new": "K7W2QX"})
        assert r.rc == 5 and r.error["tries_left"] == 0 and is_untouched(p), r
        # What was spent at the card is noted as ours there, and nothing of it at the phone.
        for reader in (PHONE, CARD):
            seen = p.app("view", reader=reader)
            assert all(pin["news"] is None for pin in seen.json["pins"]), seen
        r = p.app("reset", "sign", secrets={"other": "ABC123", "new": "K7W2QX"})
        # The way back is the card's, for it is the card's PIN that is locked.
        assert "kiosk" in json.dumps(r.error).lower(), r


def another_card_or_other_tries_than_a_page_showed_stop_it():
    with Pair() as p:
        source = p.app("view").json["pins"][0]["jobs"]["reset"]["source"]
        assert source["reader"] == CARD, source
        argv = ("reset", "sign", "--card-reader", source["reader"], "--card-expect")
        r = p.app(*argv, "0" * 16 + source["expect"][16:], secrets={"other": "ABC123", "new": "K7W2QX"})
        assert r.rc == 3 and r.error["code"] == "card-changed" and is_untouched(p), r
        r = repin("change", "sign", "--json", "--reader", CARD, secrets={"current": "WRONG1", "new": "K7W2QX"})
        assert r.rc == 4, r
        r = p.app(*argv, source["expect"], secrets={"other": "ABC123", "new": "K7W2QX"})
        assert r.error["code"] == "tries-changed" and is_untouched(p) and tries(p.card.state)["sign"] == 4, r
        source = p.app("view").json["pins"][0]["jobs"]["reset"]["source"]
        r = p.app(*argv, source["expect"], secrets={"other": "ABC123", "new": "K7W2QX"})
        assert r.rc == 0 and tries(p.card.state)["sign"] == 5, r


def a_phone_that_is_not_registered_or_another_card_sets_nothing():
    with Pair(registered=False) as p:
        assert p.app("device", "new").rc == 0
        r = p.app("reset", "auth", secrets={"new": "7391"})
        assert r.rc == 8 and r.error["problem"] == "device-unknown" and is_untouched(p), r
    with Pair(registered=False, other_card=True) as p:
        r = p.app("device", secrets={"other": "ABC123"})
        assert r.rc == 8 and tries(p.card.state)["sign"] == 5 and is_untouched(p), r
    with Pair() as p:
        p.card.remove()
        r = p.app("reset", "sign", secrets={"other": "ABC123", "new": "K7W2QX"})
        assert r.rc == 3 and is_untouched(p), r


def web_kiosk_and_counter_refuse_and_name_the_app():
    with Pair() as p:
        for conf in (HOME, KIOSK, DESK):
            for deed, secrets in (("reset", {"new": "K7W2QX"}), ("change", {"current": "ABC123", "new": "K7W2QX"}),
                                  ("reserve", {"other": "1234"})):
                r = p.app(deed, "sign", key=False, conf=conf, secrets=secrets)
                assert r.rc == 2 and r.error["code"] == "not-offered" and "app on" in r.error["next"], r
                assert deed == "change" or r.error["door"] == "app", r
        r = p.app("status", conf=KIOSK)
        assert r.rc == 2, r
        assert is_untouched(p)


def of_pins_the_app_touches_the_phones_alone():
    with Pair() as p:
        for deed, secrets in (("change", {"current": "1234", "new": "7391"}), ("reset", {"new": "7391"})):
            r = p.app(deed, "auth", reader=CARD, secrets=secrets)
            assert r.rc == 2 and r.error["code"] == "not-offered", r
        assert tries(p.card.state)["auth"] == 3
        r = p.app("change", "auth", secrets={"current": "1234", "new": "7391"})
        assert r.rc == 0 and card_truth(p.phone.state)["auth"] == ("7391", 3), r


def the_app_opens_a_kiosk_reservation_for_its_card():
    with Pair() as p:
        r = p.app("reserve", "sign", reader=CARD, secrets={"other": "1234"})
        assert r.rc == 0 and 86390 <= r.json["left_s"] <= 86400, r
        ISSUER.sealed()
        told = repin("receipt", r.json["receipt"], "--json", "--config", HOME)
        assert told.json["entry"]["terminal"] == "app", told


if __name__ == "__main__":
    main([
        the_key_is_made_for_its_owner_alone_and_never_written_over,
        a_registered_phone_resets_its_signature_pin_by_the_cards,
        the_pin_of_user_authentication_needs_the_phone_alone,
        the_cards_own_tries_are_told_and_its_last_one_is_guarded,
        another_card_or_other_tries_than_a_page_showed_stop_it,
        a_phone_that_is_not_registered_or_another_card_sets_nothing,
        web_kiosk_and_counter_refuse_and_name_the_app,
        of_pins_the_app_touches_the_phones_alone,
        the_app_opens_a_kiosk_reservation_for_its_card,
    ])
