# SPDX-License-Identifier: Apache-2.0
"""Other programs spend tries, and the next look tells it: OpenSC plays the others.

Our own entries, also those of a killed process, are never called theirs.
"""

import glob
import os
import re
import shutil
import signal
import subprocess
import time

import kit
from kit import DIR, ENV, REPIN, Card, Terminal, new_card, repin, tries

STATE = os.path.join(DIR, "repin")
DATE = r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d+ \w+ 20\d\d, \d\d:\d\d"


def anew():
    shutil.rmtree(STATE, ignore_errors=True)


def others_spend(n, auth_id="01", pin="99%02d"):
    """Another program tries wrong PINs: OpenSC, over the same pcscd."""
    for i in range(n):
        kit.run("pkcs15-tool", "--verify-pin", "--auth-id", auth_id, "--pin", pin % i if "%" in pin else pin)


def elsewhere(slot, *more):
    pins = repin("status", "--json", *more).json["pins"]
    return next(p for p in pins if p["id"] == slot).get("elsewhere")


def ledger_files():
    return glob.glob(os.path.join(STATE, "ledger", "*"))


def two_tries_of_another_program_are_told():
    anew()
    state = new_card("mynumber")
    with Card(state) as card:
        assert "elsewhere" not in repin("status").out
        others_spend(2)
        assert tries(state)["auth"] == 1
        r = repin("status")
        assert re.search(r"^auth: 2 tries were used elsewhere since %s\.$" % DATE, r.out, re.M), r
        found = elsewhere("auth")
        assert found["kind"] == "used" and found["tries"] == 2 and not found["maybe_here"], found
        assert "auth: " in repin("status", "--lang", "ja").out and "以降に、ほかの場所で2回分" in repin("status", "--lang", "ja").out
        # the right PIN elsewhere sets the count back
        kit.run("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "1234")
        assert tries(state)["auth"] == 3
        assert "auth: a right entry elsewhere has set the count back since" in repin("status").out
        # and the card was asked, never tried
        assert not [c for c in kit.data_commands(card) if "ABC123".encode().hex().upper() in c.upper()]


def locked_by_another_program():
    anew()
    with Card(new_card("mynumber")):
        repin("status")
        others_spend(3)
        assert re.search(r"^auth: 3 tries were used elsewhere since .*; that locked it\.$", repin("status").out, re.M)
        r = repin("change", "auth", secrets={"current": "1234", "new": "5678"})
        assert r.rc == 5, r


def our_own_wrong_entries_are_not_elsewhere():
    anew()
    state = new_card("mynumber")
    with Card(state):
        repin("status")
        for _ in range(2):
            assert repin("change", "auth", secrets={"current": "9999", "new": "5678"}).rc == 4
            assert "elsewhere" not in repin("status").out
        others_spend(1)
        assert tries(state)["auth"] == 0
        found = elsewhere("auth")
        assert found["kind"] == "locked" and found["tries"] == 1, found
        lines = repin("ledger", "--json").json["cards"][0]["lines"]
        ours = [x for x in lines if x["why"] == "change"]
        assert [(x["result"], x["tries_spent"]) for x in ours] == [("pin-wrong", 1)] * 2, ours
        shown = repin("ledger").out
        assert "here: change" in shown and "1 try was used" in shown, shown


def our_jobs_of_all_kinds_are_ours():
    anew()
    with Card(new_card("aosign")):
        repin("status")
        assert repin("change", "pin", secrets={"current": "wrongPin1", "new": "newPin99"}).rc == 4
        assert repin("unlock", "pin", secrets={"letter": "wrongPin1", "new": "newPin99"}).rc == 4
        assert "elsewhere" not in repin("status").out
        assert repin("unlock", "pin", secrets={"letter": "12345678", "new": "newPin99"}).rc == 0
        assert repin("change", "pin", secrets={"current": "newPin99", "new": "12345678"}).rc == 0
        assert "elsewhere" not in repin("status").out


def tries_used_while_a_person_types_are_told_afterwards():
    anew()
    with Card(new_card("mynumber")):
        t = Terminal("change", "auth")
        t.expect("3 of 3")
        others_spend(1)
        for entry in ("1234", "8305", "8305"):
            t.expect(": ")
            t.read(0.3)
            t.text = ""
            t.type(entry)
        assert t.end() == 3, t.text
        found = elsewhere("auth")
        assert found["kind"] == "used" and found["tries"] == 1 and not found["maybe_here"], found


def a_killed_job_is_never_blamed_on_others():
    """At whatever moment it is killed: what it may have spent is 'elsewhere or here', or it is known."""
    state = new_card("aosign")
    for n in range(12):
        anew()
        with Card(state):
            repin("status")
            before = tries(state)["pin"]
            r, w = os.pipe()
            os.write(w, b"current=99999998\nnew=newPin%02d\n" % n)
            os.close(w)
            p = subprocess.Popen([REPIN, "change", "pin", "--secrets-fd", str(r)], pass_fds=(r,), env=ENV,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.close(r)
            time.sleep(0.002 * n)
            p.send_signal(signal.SIGKILL)
            p.wait(20)
            time.sleep(0.1)
            found = elsewhere("pin")
            if found is not None:
                assert found["maybe_here"] and found["tries"] == before - tries(state)["pin"] == 1, found
            if tries(state)["pin"] < 4:
                assert repin("unlock", "pin", secrets={"letter": "12345678", "new": "newPin99"}).rc == 0


def switched_off_nothing_is_noted_or_read():
    anew()
    conf = os.path.join(DIR, "off.conf")
    with open(conf, "w") as f:
        f.write("ledger = no\n")
    with Card(new_card("mynumber")):
        repin("status", "--config", conf)
        assert repin("change", "auth", "--config", conf, secrets={"current": "9999", "new": "5678"}).rc == 4
        assert not ledger_files()
        repin("status")
        others_spend(1)
        assert elsewhere("auth", "--config", conf) is None
        assert elsewhere("auth")["tries"] == 1
        assert "switched off" in repin("ledger", "--config", conf).out
        assert ledger_files()


def wiping_removes_every_trace():
    anew()
    with Card(new_card("mynumber")):
        repin("status")
        others_spend(1)
        assert elsewhere("auth")["tries"] == 1
        assert repin("ledger", "--wipe", "--yes", "--json").json == {"wiped": 1}
        assert not ledger_files()
        assert "elsewhere" not in repin("status").out


def the_cards_number_is_in_no_file():
    anew()
    number = "518203947766104"
    with Card(new_card("mynumber", number=number)):
        repin("status")
        others_spend(1)
        repin("status")
        repin("change", "auth", secrets={"current": "9999", "new": "5678"})
        repin("ledger")
    searched = 0
    for root, dirs, names in os.walk(STATE):
        for name in names + dirs:
            assert number not in name and number[:8] not in name, name
        for name in names:
            with open(os.path.join(root, name), "rb") as f:
                data = f.read()
            searched += len(data)
            assert number.encode() not in data and number[:-4].encode() not in data, name
            assert number.encode().hex().encode() not in data.lower(), name
    assert searched > 300


def two_cards_are_two_ledgers():
    anew()
    first, second = new_card("mynumber"), new_card("mynumber", number="999999999999999")
    with Card(first):
        repin("status")
        others_spend(2)
    with Card(second):
        assert "elsewhere" not in repin("status").out
    with Card(first):
        assert elsewhere("auth")["tries"] == 2
    assert len(ledger_files()) == 2
    # no card needed to look back
    assert {c["tail"] for c in repin("ledger", "--all", "--json").json["cards"]} == {"2345", "9999"}


def many_looks_at_once_lose_nothing():
    anew()
    with Card(new_card("mynumber")):
        repin("status")
        others_spend(1)
        running = [subprocess.Popen([REPIN, "status", "--json"], stdout=subprocess.PIPE, env=ENV, text=True) for _ in range(8)]
        for p in running:
            out, _ = p.communicate(timeout=60)
            assert p.returncode == 0 and '"tries": 1' in out, out
        lines = repin("ledger", "--json").json["cards"][0]["lines"]
        assert len([x for x in lines if x["id"] == "auth"]) == 2, lines


kit.main([
    two_tries_of_another_program_are_told,
    locked_by_another_program,
    our_own_wrong_entries_are_not_elsewhere,
    our_jobs_of_all_kinds_are_ours,
    tries_used_while_a_person_types_are_told_afterwards,
    a_killed_job_is_never_blamed_on_others,
    switched_off_nothing_is_noted_or_read,
    wiping_removes_every_trace,
    the_cards_number_is_in_no_file,
    two_cards_are_two_ledgers,
    many_looks_at_once_lose_nothing,
])
