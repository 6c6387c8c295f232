# SPDX-License-Identifier: Apache-2.0
"""Further versions of keys, on a real SoftHSM: what was made with the old ones goes on, what is made now has the new ones."""

import contextlib
import importlib.util
import os
import sqlite3

import kit
from kit import DIR, Card, card_truth, main, repin

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(os.path.dirname(__file__), "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

ISSUER = issuer_kit.Issuer(card_ca=kit.CA)
HOME = os.path.join(DIR, "home.conf")
kit.transport_key_config()


def configure():
    with open(HOME, "w") as f:
        f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (ISSUER.url, ISSUER.ca))
        f.write('hicos-transport-key-file = "%s"\n' % os.path.join(DIR, "hicos.key"))


def rows(sql):
    with contextlib.closing(sqlite3.connect(os.path.join(ISSUER.dir, "repin.db"))) as db:
        return [row[0] for row in db.execute(sql)]


def reset(state, new, code="Code12"):
    with Card(state):
        r = repin("reset", "pin", "--json", "--config", HOME, secrets={"user-code": code, "new": new})
    assert r.rc == 0 and card_truth(state)["pin"][0] == new, r


def a_new_pepper_serves_new_codes_and_the_old_one_the_old_ones():
    configure()
    first, second = ISSUER.card("hicos"), ISSUER.card("hicos")
    reset(first, "864297")
    assert rows("SELECT DISTINCT version FROM user_code") == [1]
    assert "pepper-2 is on the token" in ISSUER.repind("key", "new", "pepper")
    assert "wrap-2 is on the token" in ISSUER.repind("key", "new", "wrap")
    assert ISSUER.stop() == 0
    ISSUER.start()
    configure()
    reset(first, "975318")  # its code is one of pepper-1
    with Card(first):
        r = repin("reset", "user-code", "--json", "--config", HOME, secrets={"current": "975318", "new": "Neu123"})
        assert r.rc == 0, r
    assert sorted(rows("SELECT version FROM user_code")) == [1, 2]
    reset(first, "864297", "Neu123")
    reset(second, "864297")
    third = ISSUER.card("hicos")
    reset(third, "864297")
    assert sorted(rows("SELECT version FROM user_code")) == [1, 2, 2]
    # Secrets of operators that were wrapped with wrap-1, and one with wrap-2.
    ISSUER.operator("help2", "help-desk")
    for name in ("admin1", "help2"):
        assert ISSUER.sign_in(name, ISSUER.terminal("desk-1", "desk"))
    assert ISSUER.sealed() > 10
    said = [b for b in rows("SELECT body FROM entry ORDER BY id") if '"act":"key-new"' in b]
    assert len(said) == 2 and '"reason":"pepper-2"' in said[0] and '"reason":"wrap-2"' in said[1], said


def only_an_admin_and_only_these_two():
    for kind in ("reset", "seal", "nonsense"):
        ISSUER.repind("key", "new", kind, expect=2)
    ISSUER.operator("clerk1", "clerk")
    ISSUER.repind("key", "new", "pepper", "--by", "clerk1", expect=8,
                  secrets={"password": ISSUER.password("clerk1"), "totp": ISSUER.totp("clerk1")})


try:
    main([a_new_pepper_serves_new_codes_and_the_old_one_the_old_ones, only_an_admin_and_only_these_two])
finally:
    ISSUER.close()
