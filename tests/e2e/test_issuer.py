# SPDX-License-Identifier: Apache-2.0
"""The issuer's doors end to end: virtual cards behind a real pcscd, the command line as people run it, and a real
repind on SoftHSM and SQLite with home machines, a kiosk and a desk."""

import importlib.util
import json
import os
import shutil
import subprocess
import time

import kit
from kit import DIR, Card, Terminal, card_truth, main, repin, tries

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(os.path.dirname(__file__), "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

ISSUER = issuer_kit.Issuer(card_ca=kit.CA)
ISSUER.operator("clerk1", "clerk,approver")
ISSUER.operator("help1", "help-desk")
SECRETS = {"ABC123", "K7W2QX", "Code12", "Neu123", "Nix999", "246813", "482193", "7391"}


def configuration(name, terminal=None):
    path = os.path.join(DIR, name + ".conf")
    with open(path, "w") as f:
        f.write('issuer-url = "%s"\nconsole-url = "%s"\nissuer-ca-file = "%s"\n' % (ISSUER.url, ISSUER.console_url, ISSUER.ca))
        f.write('hicos-transport-key-file = "%s"\n' % os.path.join(DIR, "hicos.key"))
        if terminal is not None:
            f.write('terminal-certificate-file = "%s"\nterminal-key-file = "%s"\n' % (terminal.certificate, terminal.key))
    return path


def configure():
    """Where the server listens now."""
    return (configuration("home"), configuration("kiosk", ISSUER.terminal("kiosk-1")),
            configuration("desk", ISSUER.terminal("desk-1", "desk")))


kit.transport_key_config()
HOME, KIOSK, DESK = configure()
GIDS = ISSUER.card("gids")  # the family has one number


def ask(*argv, conf=HOME, secrets=None, **more):
    return repin(*argv, "--json", "--config", conf, secrets=secrets, **more)


def decide(slot, number, *more, by="help1", challenge=None, conf=DESK):
    secrets = {"password": ISSUER.password(by), "totp": ISSUER.totp(by)}
    if challenge is not None:
        secrets["challenge"] = challenge
    return ask("helpdesk", slot, "--card", number, "--reason", "forgotten", "--identified-by", "driving licence", "--operator", by, *more,
               conf=conf, secrets=secrets)


def number_of(state):
    with open(state) as f:
        return json.load(f)["number"]


def lock_sign(card):
    for left in (4, 3, 2, 1, 0):
        r = ask("change", "sign", "--last-try", secrets={"current": "WRONG1", "new": "K7W2QX"})
        assert r.rc == 4 and r.error["tries_left"] == left, r
    assert tries(card.state)["sign"] == 0


def a_locked_signature_pin_is_reset_at_a_kiosk_with_the_other_pin():
    with Card(ISSUER.card("mynumber")) as card:
        lock_sign(card)
        r = ask("doors", "sign", "--know", "auth")
        assert r.rc == 0 and r.json["issuer"]["cases"] == [] and r.json["recommended"]["command"] == "repin reserve sign", r
        r = ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"})
        assert r.rc == 8 and r.error["problem"] == "no-reservation", r
        r = ask("reserve", "sign", secrets={"other": "1234"})
        assert r.rc == 0 and 86390 <= r.json["left_s"] <= 86400 and len(r.json["receipt"]) >= 20, r
        assert [k["operator"] for k in r.json["kiosks"]] == ["Example stores"], r
        case, receipt = r.json["case"], r.json["receipt"]
        r = ask("doors", "sign", "--know", "auth")
        assert [c["case"] for c in r.json["issuer"]["cases"]] == [case], r
        r = ask("reset", "sign", secrets={"other": "1234", "new": "K7W2QX"})
        assert r.rc == 8 and r.error["problem"] == "terminal-class", r
        r = ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"})
        assert r.rc == 0 and r.json["case"] == case and r.json["reported"] is True and r.json["pins"][0]["tries_left"] == 5, r
        assert card_truth(card.state)["sign"] == ("K7W2QX", 5) and tries(card.state)["auth"] == 3
        r = ask("change", "sign", secrets={"current": "K7W2QX", "new": "ABC123"})
        assert r.rc == 0, r
        r = ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"})
        assert r.rc == 8 and r.error["problem"] == "no-reservation", r
        ISSUER.sealed()
        told = ISSUER.get("/v1/log/receipts/" + receipt)
        assert told.status == 200 and told.json["state"] == "sealed", told
        the_holder_checks(receipt)


def the_holder_checks(receipt):
    """The receipt against the signed log; the second time with what the machine has kept, and a log that has grown."""
    r = ask("receipt", receipt)
    assert r.rc == 0 and r.json["verdict"] == "sealed" and r.json["kept"] is True, r
    assert [r.json["entry"][k] for k in ("act", "slot", "terminal", "receipt")] == ["reserve", "sign", "home", receipt], r
    size = r.json["answer"]["size"]
    ISSUER.operator("more1", "clerk")
    ISSUER.sealed()
    r = ask("receipt", receipt[:7].lower(), receipt[7:])
    assert r.rc == 0 and r.json["key_from"] == "kept" and r.json["key_changed"] is False, r
    assert r.json["grown_from"] == size and r.json["answer"]["size"] > size, r


def a_wrong_other_pin_costs_one_of_its_own_tries_and_opens_nothing():
    with Card(ISSUER.card("mynumber")) as card:
        r = ask("reserve", "sign", secrets={"other": "9999"})
        assert r.rc == 4 and r.error["slot"] == "auth" and r.error["tries_left"] == 2 and r.error["tries_spent_at"] == "card", r
        assert tries(card.state)["auth"] == 2 and tries(card.state)["sign"] == 5
        assert ask("doors", "sign").json["issuer"]["cases"] == []


def the_other_certificates_pin_is_reset_the_same_way():
    with Card(ISSUER.card("mynumber")) as card:
        assert ask("reserve", "auth", secrets={"other": "abc123"}).rc == 0
        r = ask("reset", "auth", conf=KIOSK, secrets={"other": "ABC123", "new": "7391"})
        assert r.rc == 0 and card_truth(card.state)["auth"] == ("7391", 3), r


def a_card_that_is_a_copy_is_halted():
    state = ISSUER.card("mynumber")
    old = state + ".old"
    shutil.copy(state, old)
    with Card(state):
        assert ask("reserve", "sign", secrets={"other": "1234"}).rc == 0
        assert ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"}).rc == 0
    with Card(old) as copy:
        r = ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"})
        assert r.rc == 8 and r.error["problem"] == "card-halted" and r.error["door"] == "counter", r
        assert card_truth(old)["sign"] == ("ABC123", 5)
        assert not kit.data_commands(copy, ins=("20", "2C")), copy.commands()


def a_user_code_sets_a_new_pin_and_a_wrong_one_costs_a_try_at_the_issuer_alone():
    with Card(ISSUER.card("hicos")) as card:
        before = tries(card.state)["pin"]
        r = ask("reset", "pin", secrets={"user-code": "Nix999", "new": "246813"})
        assert r.rc == 4 and r.error["code"] == "secret-wrong" and r.error["problem"] == "code-wrong" and r.error["tries_left"] == 2, r
        assert r.error["tries_spent"] == 1 and r.error["tries_spent_at"] == "issuer" and tries(card.state)["pin"] == before
        r = ask("reset", "pin", secrets={"user-code": "code12", "new": "246813"})
        assert r.rc == 4 and r.error["tries_left"] == 1, r  # capital and small letters are different ones
        r = ask("reset", "pin", secrets={"user-code": "Code12", "new": "246813"})
        assert r.rc == 6 and r.error["code"] == "last-try" and r.error["tries_spent_at"] == "issuer", r
        r = ask("reset", "pin", "--last-try", secrets={"user-code": "Code12", "new": "246813"})
        assert r.rc == 0 and card_truth(card.state)["pin"][0] == "246813", r
        assert ask("doors", "pin").json["issuer"]["user_code_tries_left"] == 3


def three_wrong_user_codes_block_the_code_and_never_the_card():
    with Card(ISSUER.card("hicos")) as card:
        for left in (2, 1, 0):
            r = ask("reset", "pin", "--last-try", secrets={"user-code": "Nix999", "new": "246813"})
            assert r.rc == 4 and r.error["tries_left"] == left and r.error["tries_spent"] == 1, r
        assert r.error["problem"] == "code-blocked" and r.error["door"] == "user-code-reset" and "works on" in r.error["next"], r
        r = ask("reset", "pin", secrets={"user-code": "Code12", "new": "246813"})
        assert r.rc == 5 and r.error["code"] == "secret-locked" and r.error["tries_spent"] == 0, r
        assert tries(card.state)["pin"] == 3
        r = ask("doors", "pin", "--have", "user-code")
        assert r.json["recommended"]["door"] == "user-code-reset" and r.json["issuer"]["user_code"] == "blocked", r
        r = ask("reset", "user-code", secrets={"current": "123456", "new": "Neu123"})
        assert r.rc == 0 and len(r.json["receipt"]) >= 20, r
        r = ask("reset", "pin", secrets={"user-code": "Neu123", "new": "482193"})
        assert r.rc == 0 and card_truth(card.state)["pin"][0] == "482193", r


def a_lost_user_code_is_set_anew_with_the_code_of_a_letter():
    with Card(ISSUER.card("hicos")) as card:
        code = ISSUER.repind("usercode", "reset", "--profile", "hicos", "--card", number_of(card.state)).split()[-1]
        SECRETS.add(code)
        wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
        r = ask("reset", "user-code", secrets={"response": wrong, "new": "Neu123"})
        assert r.rc == 2 and r.error["code"] == "input-characters", r  # found here, counted nowhere
        r = ask("reset", "user-code", secrets={"response": code.lower(), "new": "Neu123"})
        assert r.rc == 0, r
        assert ask("reset", "pin", secrets={"user-code": "Code12", "new": "246813"}).error["tries_left"] == 2
        assert ask("reset", "pin", secrets={"user-code": "Neu123", "new": "246813"}).rc == 0


def what_only_a_counter_can_reset_is_reset_for_its_case_at_its_desk():
    with Card(ISSUER.card("mynumber", municipality="13225")) as card:
        r = ask("reset", "text", secrets={"new": "7391"})
        assert r.rc == 2 and r.error["door"] == "counter", r
        r = ask("reset", "text", conf=DESK, secrets={"new": "7391"})
        assert r.rc == 2 and r.error["door"] == "counter", r
        desk = ISSUER.terminal("desk-1", "desk")
        session = ISSUER.sign_in("clerk1", desk)
        r = ISSUER.counter("text", number_of(card.state), desk, session)
        assert r.status == 200 and r.json["verdict"] == "enough", r
        case, = r.json["cases"]
        r = ask("reset", "text", "--case", case, secrets={"new": "7391"})
        assert r.rc == 8, r
        r = ask("reset", "text", "--case", case, conf=DESK, secrets={"new": "7391"})
        assert r.rc == 0 and card_truth(card.state)["text"] == ("7391", 3), r
        r = ISSUER.counter("juki", number_of(card.state), desk, session)
        assert r.status == 200, r
        r = ask("reset", "juki", conf=DESK, secrets={"new": "7391"})  # the desk finds its case by the card
        assert r.rc == 0 and all(card_truth(card.state)[k] == ("7391", 3) for k in card_truth(card.state) if k.startswith("juki")), r


def a_gids_card_is_unlocked_on_line_with_the_help_desks_code():
    with Card(GIDS) as card:
        r = ask("reset", "pin", secrets={"response": "x", "new": "246813"})
        assert r.rc == 2 and r.error["door"] == "help-desk", r
        r = decide("pin", number_of(card.state))
        assert r.rc == 0 and len(r.json["code"]) == 11 and r.json["response"] is None, r
        SECRETS.add(r.json["code"])
        r = ask("reset", "pin", "--case", r.json["case"], secrets={"response": r.json["code"], "new": "246813"})
        assert r.rc == 0 and card_truth(card.state)["pin"][0] == "246813", r


def call(card):
    """A holder with the help desk on the line: the terminal, and the challenge as it is read out."""
    holder = Terminal("unlock", "pin", "--by-phone", "--config", HOME)
    for words in ("Enter the new PIN:", "Enter the new PIN again:"):
        holder.expect(words)
        holder.type("482193")
    holder.expect("group by group:")
    groups = " ".join(holder.expect("or, as on").split()[:4])
    holder.expect("Enter the response of the help desk:")
    return holder, groups


def a_gids_card_is_unlocked_over_the_telephone():
    with Card(GIDS) as card:
        holder, groups = call(card)
        r = decide("pin", number_of(GIDS), "--by-phone", challenge=groups[:-1] + str((int(groups[-1]) + 1) % 10))
        assert r.rc == 2 and "group 4" in r.error["message"], r
        r = decide("pin", number_of(GIDS), "--by-phone", "--cause", "bored", challenge=groups)
        assert r.rc == 2 and "another-program" in r.error["message"], r
        r = decide("pin", number_of(GIDS), "--by-phone", "--cause", "typed-wrong", challenge=groups)
        assert r.rc == 0 and r.json["code"] is None, r
        ISSUER.operator("viewer1", "approver", office="")  # somebody whose one-time password has not served yet
        case = ISSUER.get("/v1/operator/cases/" + r.json["case"], session=ISSUER.sign_in("viewer1"))
        assert case.json["case"]["cause"] == "typed-wrong", case
        heard = r.json["response"]
        holder.type(heard[:-1] + str((int(heard[-1]) + 1) % 10))
        holder.expect("wrong in group 4")
        holder.expect("Enter the response of the help desk:")
        holder.type(heard)
        assert holder.end() == 0, holder.text
        assert card_truth(GIDS)["pin"][0] == "482193"


def a_response_to_another_challenge_is_refused_by_the_card():
    with Card(GIDS) as card:
        before = card_truth(GIDS)
        holder, _ = call(card)
        holder.type("000000 000000 000000 000000")
        assert holder.end() == 7 and "does not take this response" in holder.text, holder.text
        assert card_truth(GIDS) == before


def a_revoked_card_gets_nothing_and_is_told_so():
    with Card(ISSUER.card("mynumber")) as card:
        ISSUER.repind("card", "status", "revoked", "--profile", "mynumber", "--number", number_of(card.state), "--reason", "lost")
        r = ask("reserve", "sign", secrets={"other": "1234"})
        assert r.rc == 8 and r.error["problem"] == "card-revoked" and r.error["door"] == "re-issue", r
        assert ask("doors", "sign", "--know", "auth").json["recommended"]["door"] == "re-issue"
        assert not kit.data_commands(card, ins=("20", "2C")), card.commands()


def a_card_of_another_issuer_is_not_recognised():
    with Card(kit.new_card("mynumber", reset_key=kit.reset_key(), number="999999999999999")) as card:
        r = ask("reserve", "sign", secrets={"other": "1234"})
        assert r.rc == 8 and r.error["problem"] == "card-not-shown", r
        assert not kit.data_commands(card, ins=("20", "2C")), card.commands()


def a_real_card_gets_no_command_of_ours_and_the_issuer_is_not_asked():
    with Card(ISSUER.card("mynumber", reset_key=False, enrol=False)) as card:
        for command, secrets in (("reserve", {"other": "1234"}), ("reset", {"other": "1234", "new": "K7W2QX"})):
            r = ask(command, "sign", secrets=secrets)
            assert r.rc == 2 and r.error["code"] == "not-offered" and r.error["door"] == "kiosk", r
        assert ask("doors", "sign", "--know", "auth").json["issuer"] is None
        assert not any(line.split()[1].upper().startswith(("0088", "0082", "002C")) for line in card.commands()), card.commands()


def an_issuer_that_is_away_changes_nothing():
    with Card(ISSUER.card("mynumber")) as card:
        assert ask("reserve", "sign", secrets={"other": "1234"}).rc == 0
        before = card_truth(card.state)
        ISSUER.stop()
        try:
            r = ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"})
            assert r.rc == 9 and r.error["code"] == "issuer-unreachable" and r.error["tries_spent"] == 0, r
            began = time.monotonic()
            r = ask("doors", "sign", "--know", "auth")
            assert r.rc == 0 and r.json["issuer"]["reached"] is False and r.json["recommended"]["door"] == "kiosk", r
            assert time.monotonic() - began < 6
            # A holder's check-up takes note of it; to a kiosk it is the problem.
            assert issuer_of("doctor", HOME) == (0, "warn") and issuer_of("doctor", KIOSK) == (9, "fail")
        finally:
            ISSUER.start()
            configure()  # it has another port
        assert card_truth(card.state) == before
        r = ask("reset", "sign", conf=KIOSK, secrets={"other": "1234", "new": "K7W2QX"})
        assert r.rc == 0, r  # the reservation has outlived the server


def issuer_of(command, conf):
    r = ask(command, conf=conf)
    (found,) = [f for f in r.json if f["id"] == "issuer"]
    assert found["level"] == "ok" or "issuer-url" in found["next"], found
    return r.rc, found["level"]


def the_check_up_asks_the_issuer():
    with Card(ISSUER.card("mynumber")):
        assert issuer_of("doctor", HOME) == (0, "ok") and issuer_of("doctor", KIOSK) == (0, "ok")


def searched(*argv, conf, secrets):
    """Runs repin and looks through its memory when it ends; what was found of the secrets, and the run."""
    report = os.path.join(DIR, "memory-%d" % time.monotonic_ns())
    r, w = os.pipe()
    os.write(w, "".join("%s=%s\n" % pair for pair in secrets.items()).encode())
    os.close(w)
    # Turned round, so that the patterns are not themselves what is looked for.
    env = dict(kit.ENV, REPIN_SEARCH_REVERSED=",".join(v[::-1] for v in secrets.values()), REPIN_SEARCH_REPORT=report,
               LD_PRELOAD=os.environ["REPIN_MEMORY_SEARCH"])
    done = subprocess.run([kit.REPIN, *argv, "--verbose", "--config", conf, "--secrets-fd", str(r)], pass_fds=(r,), env=env,
                          capture_output=True, timeout=60, check=False)
    os.close(r)
    with open(report) as f:
        found = [line for line in f.read().splitlines() if line.startswith("found")]
    said = done.stdout + done.stderr
    return found, done.returncode, said, [v for v in secrets.values() if v.encode() in said]


def no_secret_is_left_in_memory_or_said_when_a_command_of_the_issuer_ends():
    hicos, mynumber = ISSUER.card("hicos"), ISSUER.card("mynumber")
    with Card(hicos):
        for secrets, status in (({"user-code": "Xq7Zw9Kb", "new": "864297"}, 4), ({"user-code": "Code12", "new": "864297"}, 0)):
            found, rc, said, repeated = searched("reset", "pin", conf=HOME, secrets=secrets)
            assert rc == status and not found and not repeated, (rc, found, said)
        found, rc, said, repeated = searched("reset", "user-code", conf=HOME, secrets={"current": "864297", "new": "Rm4Tn8Vc"})
        assert rc == 0 and not found and not repeated, (rc, found, said)
    with Card(mynumber):
        assert ask("reserve", "auth", secrets={"other": "ABC123"}).rc == 0
        found, rc, said, repeated = searched("reserve", "auth", conf=HOME, secrets={"other": "ABC123"})
        assert rc == 0 and not found and not repeated, (rc, found, said)
        found, rc, said, repeated = searched("reset", "auth", conf=KIOSK, secrets={"other": "ABC123", "new": "8462"})
        assert rc == 0 and not [f for f in found if "pattern 0 " in f] and not repeated, (rc, found, said)
    secrets = {"password": ISSUER.password("help1"), "totp": ISSUER.totp("help1")}
    found, rc, said, _ = searched("helpdesk", "pin", "--card", number_of(GIDS), "--reason", "r", "--identified-by", "i",
                                  "--operator", "help1", conf=DESK, secrets=secrets)
    assert rc == 0 and not [f for f in found if "pattern 0 " in f] and secrets["password"].encode() not in said, (rc, found, said)


def programs_that_come_and_go_do_not_take_the_servers_database_away():
    """A connection of the server more, then another program's last one less: the write-ahead log must stay."""
    for _ in range(5):
        ISSUER.card("mynumber")
    fds = "/proc/%d/fd" % ISSUER.process.pid
    gone = [t for t in (os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds)) if t.endswith("(deleted)")]
    assert not gone, gone


def no_pin_and_no_code_is_in_what_issuer_and_terminals_keep():
    ISSUER.sealed()
    found = []
    for top in (ISSUER.dir, os.path.join(DIR, "repin"), ISSUER.log):
        files = [top] if os.path.isfile(top) else [os.path.join(d, f) for d, _, names in os.walk(top) for f in names]
        for path in files:
            with open(path, "rb") as f:
                data = f.read()
            # Four digits stand in many a number: only what cannot be there by chance is looked for.
            found += [(path, s) for s in SECRETS if len(s) > 4 and s.encode() in data]
    assert not found, found


try:
    main([f for f in list(globals().values()) if callable(f) and getattr(f, "__module__", "") == "__main__" and f.__name__ not in
          ("configuration", "configure", "ask", "decide", "number_of", "lock_sign", "call", "issuer_of", "searched", "the_holder_checks")])
finally:
    ISSUER.close()
