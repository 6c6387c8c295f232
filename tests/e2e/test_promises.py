# SPDX-License-Identifier: Apache-2.0
"""Promises 1, 4 and 10 with real processes: the card's diary is the judge.

Cancel, time-out, a kill at a random moment, another program, another card, a card that
hangs: none of them spends a try that nobody consented to, and none hangs repin.
"""

import os
import random
import signal
import subprocess
import time

import kit
from kit import CARD, ENV, REPIN, Card, Terminal, data_commands, new_card, repin, tries

SEED = int(os.environ.get("REPIN_SEED", time.time_ns() & 0xFFFF))


def spend_one(pin="9999"):
    """Another program tries a PIN: OpenSC, over the same pcscd."""
    kit.run("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", pin)


def looking_spends_nothing_on_any_card():
    for profile in ("mynumber", "mynumber-mobile", "aosign", "hicos", "piv", "openpgp", "gids"):
        state = new_card(profile)
        before = tries(state)
        with Card(state) as card:
            for argv in (["list"], ["status"], ["status", "--json"], ["doctor"], ["profiles"], ["--lang", "ja", "status"]):
                assert repin(*argv).rc == 0, (profile, argv)
            assert not data_commands(card)
            assert tries(state) == before


def a_kill_at_a_random_moment_spends_at_most_the_one_try():
    rng = random.Random(SEED)
    print("# seed %d" % SEED)
    state = new_card("aosign")
    with Card(state):
        for n in range(25):
            left = tries(state)
            wrong = n % 2 == 0
            now = kit.card_truth(state)["pin"][0]
            r, w = os.pipe()
            os.write(w, b"current=%s\nnew=newPin%02d\n" % (b"99999998" if wrong else now.encode(), n))
            os.close(w)
            p = subprocess.Popen([REPIN, "change", "pin", "--secrets-fd", str(r)], pass_fds=(r,), env=ENV,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.close(r)
            time.sleep(rng.uniform(0, 0.03))
            p.send_signal(rng.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)))
            p.wait(20)
            time.sleep(0.05)
            after = tries(state)
            assert after["letter"] == left["letter"]
            assert left["pin"] - after["pin"] <= 1, (n, left, after)
            if after["pin"] <= 2:  # the card is to last
                assert repin("unlock", "pin", secrets={"letter": "12345678", "new": "newPin%02d" % n}).rc == 0
        # the card was let go each time, and nobody is logged in
        assert repin("status").rc == 0


def cancel_at_each_question_spends_nothing():
    state = new_card("mynumber")
    with Card(state) as card:
        for answers in ([], ["1234"], ["1234", "7392"]):
            t = Terminal("change", "auth")
            t.expect("3 of 3")
            for entry in answers:
                t.expect(": ")
                t.read(0.3)
                t.text = ""
                t.type(entry)
            t.read(0.4)
            t.send(b"\x03")
            assert t.end() == 10, (answers, t.text)
        assert not data_commands(card) and tries(state)["auth"] == 3


def time_out_at_a_question_spends_nothing():
    state = new_card("mynumber")
    with Card(state) as card:
        t = Terminal("change", "auth", "--timeout", "1")
        assert t.end() == 10, t.text
        assert not data_commands(card) and tries(state)["auth"] == 3


def tries_spent_elsewhere_while_typing_stop_the_job():
    state = new_card("mynumber")
    with Card(state) as card:
        t = Terminal("change", "auth")
        t.expect("3 of 3")
        spend_one()
        before = len(data_commands(card))
        for entry in ("1234", "7392", "7392"):
            t.expect(": ")
            t.read(0.3)
            t.text = ""
            t.type(entry)
        assert t.end() == 3, t.text
        assert len(data_commands(card)) == before
        assert kit.card_truth(state)["auth"] == ("1234", 2)


def another_card_put_in_while_typing_gets_nothing():
    first, second = new_card("mynumber"), new_card("mynumber", number="999999999999999")
    card = Card(first)
    t = Terminal("change", "auth")
    t.expect("3 of 3")
    card.remove()
    with Card(second) as other:
        for entry in ("1234", "7392", "7392"):
            t.expect(": ")
            t.read(0.3)
            t.text = ""
            t.type(entry)
        assert t.end() == 3, t.text
        assert not data_commands(other)
    assert kit.card_truth(second)["auth"] == ("1234", 3)
    assert kit.card_truth(first)["auth"] == ("1234", 3)


def a_card_pulled_with_the_pin_on_its_way_is_exit_7():
    for when in ("cut-before", "cut-after"):
        state = new_card("mynumber")
        with Card(state, faults="ins 24 %s\n" % when):
            r = repin("change", "auth", "--json", secrets={"current": "1234", "new": "5678"})
            assert r.rc == 7, r
            assert "repin resolve" in r.error["next"], r.error
            assert kit.card_truth(state)["auth"][1] == 3
            kit.wait_for(lambda: kit.reader_state(0) == "card", "the card is back")
        state = new_card("mynumber")
        # five questions about the tries, the one before the job, and then the VERIFY with the PIN
        with Card(state, faults="ins 20 #7 %s\n" % when):
            r = repin("change", "auth", "--json", secrets={"current": "9999", "new": "5678"})
            assert r.rc == 7 and r.error["tries_spent"] is None, r
            assert tries(state)["auth"] in (2, 3)
            kit.wait_for(lambda: kit.reader_state(0) == "card", "the card is back")


def a_card_that_never_answers_does_not_hang_us():
    state = new_card("mynumber")
    with Card(state, faults="apdu 1 mute\n", settle=False):
        time.sleep(1)
        start = time.monotonic()
        r = repin("status", "--json", "--timeout", "2")
        assert r.rc == 10 and time.monotonic() - start < 8, r
        assert r.error["tries_spent"] == 0


def a_hanging_card_can_be_cancelled():
    state = new_card("mynumber")
    with Card(state, faults="apdu 1 mute\n", settle=False):
        time.sleep(1)
        p = subprocess.Popen([REPIN, "status", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        time.sleep(0.7)
        p.send_signal(signal.SIGINT)
        assert p.wait(5) == 10, p.communicate()
        p.communicate()


def silent_at(n):
    """A card that never answers its nth command, in the reader; nobody has sent it one yet."""
    card = Card(new_card("mynumber"), faults="apdu %d mute\n" % n, settle=False)
    kit.wait_for(lambda: "Yes" in kit.run("opensc-tool", "--list-readers").stdout, "the card is seen")
    return card


# Every command hangs in tests/unit/card/test_pcsc.c; here the first, one inside and the last, with a real service.
COMMANDS_OF_A_LOOK = (1, 6, 10)


def any_command_of_a_look_may_stay_unanswered():
    for n in COMMANDS_OF_A_LOOK:
        with silent_at(n) as card:
            start = time.monotonic()
            r = repin("status", "--json", "--timeout", "1")
            took = time.monotonic() - start
            assert r.rc == 10 and r.error["code"] == "timeout" and r.error["tries_spent"] == 0, (n, r)
            assert 0.9 < took < 3, (n, took)
            time.sleep(0.2)
            assert len(card.commands()) == n, (n, card.commands())


def any_command_of_a_look_can_be_cancelled():
    for n in COMMANDS_OF_A_LOOK:
        with silent_at(n) as card:
            p = subprocess.Popen([REPIN, "status", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
            kit.wait_for(lambda: len(card.commands()) == n, "command %d" % n)
            start = time.monotonic()
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=10)
            assert time.monotonic() - start < 1, n
            assert p.returncode == 10 and b'"cancelled"' in out, (n, out, err)
            time.sleep(0.2)
            assert len(card.commands()) == n, (n, card.commands())


def a_service_that_hangs_does_not_hang_us():
    pcscd = int(os.environ["REPIN_PCSCD_PID"])
    with Card(new_card("mynumber")) as card:
        before = len(card.commands())
        os.kill(pcscd, signal.SIGSTOP)
        try:
            for command in ("status", "list"):
                start = time.monotonic()
                r = repin(command, "--json", "--timeout", "1")
                assert r.rc == 10 and r.error["code"] == "timeout" and time.monotonic() - start < 3, r
                p = subprocess.Popen([REPIN, command, "--json"], stdout=subprocess.PIPE, env=ENV)
                time.sleep(0.3)
                p.send_signal(signal.SIGTERM)
                out, _ = p.communicate(timeout=3)
                assert p.returncode == 10 and b'"cancelled"' in out, out
        finally:
            os.kill(pcscd, signal.SIGCONT)
        assert len(card.commands()) == before
        assert repin("status").rc == 0


def a_card_that_another_program_holds_is_told_and_not_waited_for_in_vain():
    state = new_card("mynumber")
    with Card(state) as card:
        holder = subprocess.Popen([os.environ["REPIN_HOLDER"], "transaction"], stdout=subprocess.PIPE, text=True)
        assert holder.stdout.readline() == "held\n"
        r = repin("change", "auth", "--json", "--timeout", "2", secrets={"current": "1234", "new": "5678"})
        assert r.rc == 10 and r.error["code"] == "card-busy", r
        holder.terminate()
        holder.wait(5)
        holder.stdout.close()
        assert repin("status").rc == 0
        assert not data_commands(card)


def a_card_held_exclusively_is_told_so():
    state = new_card("mynumber")
    with Card(state):
        holder = subprocess.Popen([os.environ["REPIN_HOLDER"], "exclusive"], stdout=subprocess.PIPE, text=True)
        assert holder.stdout.readline() == "held\n"
        r = repin("status", "--json", "--timeout", "2")
        assert r.rc == 10 and r.error["code"] == "card-busy", r
        holder.terminate()
        holder.wait(5)
        holder.stdout.close()
        assert repin("status").rc == 0


def after_a_change_nobody_is_logged_in():
    """OpenSC asks the virtual card for a signature right after us, without a PIN: it must not get one."""
    state = new_card("mynumber")
    message = os.path.join(kit.DIR, "m")
    with open(message, "w") as f:
        f.write("x")
    with Card(state) as card:
        assert repin("change", "auth", secrets={"current": "1234", "new": "5678"}).rc == 0
        r = kit.run("opensc-tool", "-s", "00A4040C0AD392F000260100000001", "-s", "00A4020C020017", "-s", "802A008003313233 00".replace(" ", ""))
        assert "SW1=0x69, SW2=0x82" in r.stdout + r.stderr, r
        del card


def a_code_of_another_length_is_told_and_mended():
    """OpenPGP: the card splits resetting code and new PIN by itself, and takes a part of the one for the other."""
    state = new_card("openpgp", pins="rc=resetcode")
    with Card(state):
        r = repin("unlock", "pw1", "--json", secrets={"resetting-code": "resetcodeX", "new": "735190"})
        assert r.rc == 4 and r.error["code"] == "secret-wrong" and r.error["tries_spent"] == 1, r
        assert "neither the old PIN nor the new one" in r.error["message"], r.error
        assert kit.card_truth(state)["pw1"] == ("X735190", 2)
        assert "cut" not in repin("status", "--json").json
        assert repin("unlock", "pw1", secrets={"resetting-code": "resetcode", "new": "735190"}).rc == 0
        assert kit.card_truth(state)["pw1"] == ("735190", 3)


def two_jobs_at_once_do_not_mix():
    state = new_card("mynumber")
    with Card(state):
        procs = []
        for new in ("1111", "2222", "3333", "4444"):
            r, w = os.pipe()
            os.write(w, b"current=1234\nnew=%s\n" % new.encode())
            os.close(w)
            procs.append(subprocess.Popen([REPIN, "change", "auth", "--secrets-fd", str(r)], pass_fds=(r,), env=ENV,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            os.close(r)
        codes = sorted(p.wait(60) for p in procs)
        value, left = kit.card_truth(state)["auth"]
        # exactly one change is done; the others were refused for other tries, or spent one with the old PIN
        assert codes.count(0) == 1 and value != "1234", codes
        assert set(codes) <= {0, 3, 4, 6}, codes
        assert left == 3 - codes.count(4) or left == 3, (codes, left)


kit.main([
    looking_spends_nothing_on_any_card,
    a_kill_at_a_random_moment_spends_at_most_the_one_try,
    cancel_at_each_question_spends_nothing,
    time_out_at_a_question_spends_nothing,
    tries_spent_elsewhere_while_typing_stop_the_job,
    another_card_put_in_while_typing_gets_nothing,
    a_card_pulled_with_the_pin_on_its_way_is_exit_7,
    a_card_that_never_answers_does_not_hang_us,
    a_hanging_card_can_be_cancelled,
    any_command_of_a_look_may_stay_unanswered,
    any_command_of_a_look_can_be_cancelled,
    a_service_that_hangs_does_not_hang_us,
    a_card_that_another_program_holds_is_told_and_not_waited_for_in_vain,
    a_card_held_exclusively_is_told_so,
    after_a_change_nobody_is_logged_in,
    a_code_of_another_length_is_told_and_mended,
    two_jobs_at_once_do_not_mix,
])
