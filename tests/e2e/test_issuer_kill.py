# SPDX-License-Identifier: Apache-2.0
"""A reset by the issuer is killed at each of its steps: the note's key tells afterwards what the issuer did, and no grant
is burnt for a wish twice. The card is mute at a step, so that `repin` stands there, and then repin is killed."""

import importlib.util
import json
import os
import shutil
import subprocess
import time

import kit
from kit import DIR, Card, card_truth, main, repin, wait_for

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(os.path.dirname(__file__), "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

NOTES = os.path.join(DIR, "repin", "journal")
ISSUER = issuer_kit.Issuer(card_ca=kit.CA)
HOME = os.path.join(DIR, "home.conf")
kit.transport_key_config()
with open(HOME, "w") as f:
    f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (ISSUER.url, ISSUER.ca))
    f.write('hicos-transport-key-file = "%s"\n' % os.path.join(DIR, "hicos.key"))

# At which command the card is mute: the answers to two nonces, the grant's cryptogram, the new PIN, the last word.
# Then what the issuer says of the wish, and what resolve says of the PIN.
STEPS = (("ins 88 #2 mute", "none", "old", "123456"), ("ins 88 #3 mute", "none", "old", "123456"), ("ins 82 mute", "failed", "old", "123456"), ("ins 2C mute", "failed", "old", "123456"),
         ("ins 88 #4 mute", "done", "new", "864297"))


def notes():
    found = []
    for name in os.listdir(NOTES) if os.path.isdir(NOTES) else ():
        with open(os.path.join(NOTES, name)) as f:
            found.append(f.read())
    return found


def key_of(note):
    return [line[4:] for line in note.splitlines() if line.startswith("key ")]


def kill_at(state, fault):
    """`repin reset pin` with the user code, killed where the card does not answer; its note."""
    with Card(state, faults=fault + "\n", settle=False) as card:
        wait_for(lambda: kit.reader_state(0) == "card", "a card in the reader")
        r, w = os.pipe()
        os.write(w, b"user-code=Code12\nnew=864297\n")
        os.close(w)
        p = subprocess.Popen([kit.REPIN, "reset", "pin", "--config", HOME, "--secrets-fd", str(r)], pass_fds=(r,), env=kit.ENV,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(r)
        ins, n = fault.split()[1], int(fault.split()[2][1:]) if "#" in fault else 1
        wait_for(lambda: sum(line.split()[1][2:4].upper() == ins for line in card.commands()) >= n or p.poll() is not None, "the step")
        assert p.poll() is None, (fault, p.returncode, card.commands())
        p.kill()
        p.wait(20)
    os.unlink(state + ".trace")
    left = notes()
    assert len(left) == 1, (fault, left)
    return left[0]


def killed_at_each_step_the_issuer_tells_and_no_grant_is_burnt_twice():
    for fault, wish, answer, pin in STEPS:
        shutil.rmtree(NOTES, ignore_errors=True)
        state = ISSUER.card("hicos")
        note = kill_at(state, fault)
        assert len(key_of(note)) == 1 and len(key_of(note)[0]) == 32, note
        assert "864297" not in note and "Code12" not in note, note
        with Card(state):
            r = repin("resolve", "--json", "--config", HOME)
            assert r.rc == 0, r
            told = r.json["answers"]
            assert len(told) == 1 and (told[0]["grant"], told[0]["answer"], told[0]["tries_spent"]) == (wish, answer, 0), (fault, told)
            assert (told[0]["receipt"] is None) == (wish == "none"), told
            assert card_truth(state)["pin"][0] == pin, (fault, card_truth(state))
            assert not notes()
            if wish == "none":
                # Had its request only been slow, it would come too late now.
                late = ISSUER.post("/v1/grants", {"card": {"profile": "hicos"}, "door": "user-code", "evidence": {}}, key=key_of(note)[0])
                assert late.status in (400, 403, 409), late
            r = repin("reset", "pin", "--json", "--config", HOME, secrets={"user-code": "Code12", "new": "975318"})
            assert r.rc == 0 and card_truth(state)["pin"][0] == "975318", (fault, r)
            assert not notes()


def the_next_look_asks_too_and_an_issuer_that_is_away_is_no_obstacle():
    shutil.rmtree(NOTES, ignore_errors=True)
    state = ISSUER.card("hicos")
    kill_at(state, "ins 2C mute")
    with Card(state):
        port = ISSUER.url
        ISSUER.stop()
        try:
            r = repin("resolve", "--config", HOME)
            assert r.rc == 0 and "The issuer cannot be asked now" in r.out, r
        finally:
            ISSUER.start()
        with open(HOME) as f:
            text = f.read().replace(port, ISSUER.url)
        with open(HOME, "w") as f:
            f.write(text)
        assert notes()  # its mark says that the new PIN was on its way
        r = repin("doors", "pin", "--json", "--config", HOME)
        assert r.rc == 0 and "marks -" in notes()[0], (r, notes())
        r = repin("resolve", "--json", "--config", HOME)
        assert r.json["answers"][0]["answer"] == "old" and r.json["answers"][0]["grant"] == "failed", r


try:
    main([killed_at_each_step_the_issuer_tells_and_no_grant_is_burnt_twice,
          the_next_look_asks_too_and_an_issuer_that_is_away_is_no_obstacle])
finally:
    ISSUER.close()
