# SPDX-License-Identifier: Apache-2.0
"""A check made elsewhere, signed with openssl as another system would, on its way through `repin --evidence`."""

import importlib.util
import json
import os
import subprocess

import kit
from kit import DIR, Card, card_truth, main, repin

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(os.path.dirname(__file__), "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

SIGN = os.path.join(os.path.dirname(__file__), "..", "support", "sign_evidence.sh")
KEY, OTHER = os.path.join(DIR, "face.pem"), os.path.join(DIR, "other.pem")
for key in (KEY, OTHER):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
PUBLIC = subprocess.run([SIGN, "--public", KEY], check=True, capture_output=True, text=True).stdout
ISSUER = issuer_kit.Issuer(card_ca=kit.CA, more_conf='external-keys = {"face %s"}\nexternal = {"hicos user-code * face"}\n' % PUBLIC)
HOME, EVIDENCE = os.path.join(DIR, "home.conf"), os.path.join(DIR, "evidence")
kit.transport_key_config()
with open(HOME, "w") as f:
    f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (ISSUER.url, ISSUER.ca))
    f.write('hicos-transport-key-file = "%s"\n' % os.path.join(DIR, "hicos.key"))
with open(os.path.join(ISSUER.dir, "repind.conf")) as f:
    NAME = f.read().split('name = "')[1].split('"')[0]


def reset(state, new="864297", key=KEY, code="Code12", made=True, **say):
    if made:
        with open(state) as f:
            lines = {"key": "face", "issuer": NAME, "purpose": "reset", "profile": "hicos", "card": json.load(f)["number"], "slot": "pin", **say}
        with open(EVIDENCE, "wb") as f:
            f.write(subprocess.run([SIGN, key] + ["%s=%s" % pair for pair in lines.items()], check=True, capture_output=True).stdout)
    return repin("reset", "pin", "--json", "--config", HOME, "--evidence", EVIDENCE, secrets={"user-code": code, "new": new})


def a_signed_check_opens_the_door_once_and_what_does_not_fit_does_not():
    state = ISSUER.card("hicos")
    with Card(state):
        r = repin("reset", "pin", "--json", "--config", HOME, secrets={"user-code": "Code12", "new": "864297"})
        assert r.rc == 8 and r.error["problem"] == "evidence-external", r
        for wrong in ({"key": OTHER}, {"card": "TP99999999999999"}, {"purpose": "reserve"}, {"time": "1600000000"}):
            r = reset(state, **wrong)
            assert r.rc == 8 and r.error["problem"] == "evidence-external" and r.error["tries_spent"] == 0, (wrong, r)
        assert card_truth(state)["pin"][0] == "123456"
        r = reset(state, code="Wrong1")  # this does not use the check up
        assert r.rc == 4, r
        r = reset(state, made=False)
        assert r.rc == 0 and card_truth(state)["pin"][0] == "864297", r
        r = reset(state, new="975318", made=False)
        assert r.rc == 8 and r.error["problem"] == "evidence-external", r
        assert card_truth(state)["pin"][0] == "864297"
    r = repin("reset", "pin", "--json", "--config", HOME, "--evidence", "/nonexistent", secrets={"user-code": "Code12", "new": "864297"})
    assert r.rc in (2, 3), r


try:
    main([a_signed_check_opens_the_door_once_and_what_does_not_fit_does_not])
finally:
    ISSUER.close()
