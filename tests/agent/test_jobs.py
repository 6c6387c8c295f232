# SPDX-License-Identifier: Apache-2.0
"""Every job through the API, on virtual cards behind a real pcscd: what is told, what it cost, what stands on the card."""

import os
import re
import signal
import subprocess
import time

import agent_kit
import kit
from agent_kit import Agent, pin
from kit import READERS, Card, card_truth, main, new_card, tries


def a_page_sees_a_card_come_and_go():
    with Agent() as a:
        assert "card" not in a.names() and a.wait("readers")["service"] == "ok"
        began = time.monotonic()
        with Card(new_card("mynumber"), settle=False) as card:
            told = a.card()
            print("# card seen after %d ms" % ((time.monotonic() - began) * 1000))
            assert told["card"]["profile"] == "mynumber" and told["reader"] == READERS[0], told
            assert [p["id"] for p in told["pins"]] == ["sign", "auth", "text", "juki"], told
            assert not kit.data_commands(card), card.commands()
            after = a.mark()
        assert a.wait("gone", after=after)["reader"] == READERS[0]
        # A page that comes now is told nothing of it.
        b = a.ask("POST", "/api/look")
        assert b.json["error"]["code"] == "no-card", b


def a_pin_is_changed():
    with Card(new_card("mynumber")) as card, Agent() as a:
        told = a.card()
        after = a.mark()
        end = a.job(told, "change", "sign", current="abc123", new="k7w2qx")
        assert end["ok"] is True and end["status"] == 0 and end["did"] == "change" and end["slot"] == "sign", end
        assert end["sent"] == {"folded": ["upper"]} and end["message"].startswith("Done.") and end["more"], end
        assert card_truth(card.state)["sign"] == ("K7W2QX", 5)
        steps = [d["step"] for n, d in a.events[after:] if n == "job"]
        assert steps == ["identify", "set"], steps
        now = a.card(after)
        assert pin(now, "sign")["tries_left"] == 5 and now["expect"] == told["expect"], now


def a_wrong_pin_costs_one_try_and_the_page_hears_it():
    with Card(new_card("mynumber")) as card, Agent(lang="ja") as a:
        told = a.card()
        after = a.mark()
        end = a.job(told, "change", "sign", current="WRONG1", new="K7W2QX")
        e = end["error"]
        assert end["ok"] is False and end["status"] == 4 and e["code"] == "pin-wrong" and e["tries_left"] == 4 and e["tries_spent"] == 1, end
        assert re.search(r"[ぁ-ん]", e["message"]) and "repin" not in e["message"] + e["next"], e
        assert tries(card.state) == {**tries(card.state), "sign": 4, "auth": 3}
        assert pin(a.card(after), "sign")["tries_left"] == 4


def the_last_try_wants_consent():
    with Card(new_card("mynumber")) as card, Agent() as a:
        told = a.card()
        for left in (2, 1):
            after = a.mark()
            assert a.job(told, "change", "auth", current="9999", new="7391")["error"]["tries_left"] == left
            told = a.card(after, lambda d, left=left: pin(d, "auth")["tries_left"] == left)
        assert pin(told, "auth")["jobs"]["change"]["last_try"] is True, told
        end = a.job(told, "change", "auth", current="1234", new="7391")
        assert end["status"] == 6 and end["error"]["code"] == "last-try" and tries(card.state)["auth"] == 1, end
        after = a.mark()
        end = a.job(told, "change", "auth", current="9999", new="7391", last_try=True)
        assert end["status"] == 4 and end["error"]["tries_left"] == 0, end
        told = a.card(after, lambda d: pin(d, "auth")["tries_left"] == 0)
        assert pin(told, "auth")["state"] == "locked" and pin(told, "auth")["jobs"]["change"] is None and pin(told, "auth")["way"]["door"], told
        end = a.job(told, "change", "auth", current="1234", new="7391", last_try=True)
        assert end["status"] == 5 and end["error"]["code"] == "pin-locked" and end["error"]["tries_spent"] == 0, end


def a_locked_pin_is_unlocked_with_the_letter():
    with Card(new_card("aosign")) as card, Agent() as a:
        told = a.card()
        assert [w["secrets"] for w in pin(told, "pin")["jobs"]["unlock"]] == [["letter", "new"]], told
        end = a.job(told, "unlock", "pin", letter="12345678", new="K7W2QX4M")
        assert end["ok"] and card_truth(card.state)["pin"] == ("K7W2QX4M", 10), end
        end = a.job(told, "unlock", "pin", letter="87654321", new="K7W2QX4M")
        assert end["status"] == 4 and end["error"]["code"] == "secret-wrong" and tries(card.state)["letter"] == 9, end


def every_way_of_unlocking_an_openpgp_card():
    with Card(new_card("openpgp")) as card, Agent() as a:
        told = a.card()
        ways = [w["secrets"][0] for w in pin(told, "pw1")["jobs"]["unlock"]]
        assert "admin" in ways, ways
        end = a.job(told, "unlock", "pw1", admin="12345678", new="728461")
        assert end["ok"] and card_truth(card.state)["pw1"][0] == "728461", end


def a_weak_pin_is_refused_until_it_is_insisted_on():
    with Card(new_card("mynumber")) as card, Agent() as a:
        told = a.card()
        end = a.job(told, "change", "auth", current="1234", new="9876")
        assert end["status"] == 2 and end["error"]["code"] == "input-weak" and card_truth(card.state)["auth"] == ("1234", 3), end
        assert not kit.data_commands(card), card.commands()
        end = a.job(told, "change", "auth", current="1234", new="9876", insist=True)
        assert end["ok"] and end["advice"] == ["sequence"] and card_truth(card.state)["auth"] == ("9876", 3), end


def an_entry_against_the_rules_reaches_no_card():
    with Card(new_card("mynumber")) as card, Agent() as a:
        told = a.card()
        for new, code in (("12", "input-length"), ("12a4", "input-characters"), ("１２３", "input-length"), ("", "input-empty"), (" 123", "input-blanks")):
            end = a.job(told, "change", "auth", current="1234", new=new)
            assert end["status"] == 2 and end["error"]["tries_spent"] == 0 and end["error"]["code"].startswith("input-"), (new, code, end)
        end = a.job(told, "change", "auth", new="7391")
        assert end["status"] == 2 and end["error"]["code"] == "input-missing", end
        assert not kit.data_commands(card), card.commands()


def another_card_or_other_tries_than_the_page_showed_stop_a_job():
    first, second = new_card("mynumber"), new_card("mynumber", number="999999999999999")
    with Agent() as a:
        with Card(first):
            told = a.card()
            after = a.mark()
        a.wait("gone", after=after)
        after = a.mark()
        with Card(second) as card:
            now = a.card(after)
            end = a.job(told, "change", "auth", current="1234", new="7391")
            assert end["status"] == 3 and end["error"]["code"] == "card-changed", end
            # Somebody else uses a try meanwhile.
            r = kit.repin("change", "auth", "--json", secrets={"current": "9999", "new": "7391"})
            assert r.rc == 4, r
            end = a.job(now, "change", "auth", current="1234", new="7391")
            assert end["status"] == 3 and end["error"]["code"] == "tries-changed" and tries(second)["auth"] == 2, end
            assert len(kit.data_commands(card)) == 1, card.commands()


def a_card_that_is_pulled_in_the_middle_is_resolved():
    state = new_card("mynumber")
    with Agent() as a:
        with Card(state, faults="ins 24 cut-after\n") as card:
            told = a.card()
            after = a.mark()
            end = a.job(told, "change", "sign", current="ABC123", new="K7W2QX")
            assert end["status"] == 7 and end["error"]["code"].startswith("card-"), end
            a.wait("gone", after=after)
            assert card.process.poll() is None or True
        after = a.mark()
        with Card(state):
            told = a.card(after)
            assert [(c["slot"], c["job"]) for c in told["cuts"]] == [("sign", "change")], told
            cut = told["cuts"][0]
            assert cut["begun_text"] and cut["answer"] in ("cannot-know", "old", "new"), cut
            after = a.mark()
            entries = {} if cut["answer"] in ("old", "new") else {"new": "K7W2QX"}
            end = a.job(told, "resolve", "sign", **entries)
            truth = card_truth(state)["sign"][0]
            assert end["ok"] and end["answers"][0]["answer"] == ("new" if truth == "K7W2QX" else "old"), (end, truth)
            assert a.card(after)["cuts"] == []


def a_cut_before_the_new_pin_leaves_the_old_one():
    state = new_card("mynumber")
    with Agent() as a:
        with Card(state, faults="ins 24 cut-before\n"):
            end = a.job(a.card(), "change", "sign", current="ABC123", new="K7W2QX")
            assert end["status"] == 7, end
        after = a.mark()
        with Card(state):
            told = a.card(after)
            assert told["cuts"][0]["answer"] == "cannot-know", told["cuts"]
            # The new PIN is not right: one try, and the old one is the valid one.
            end = a.job(told, "resolve", "sign", new="K7W2QX")
            assert end["ok"] and end["answers"][0]["answer"] == "old" and end["answers"][0]["tries_spent"] == 1, end
            assert card_truth(state)["sign"] == ("ABC123", 4)


def a_pulled_card_leaves_no_card_on_the_page():
    state = new_card("mynumber")
    with Agent() as a:
        with Card(state, faults="ins 24 cut-before\n"):
            told = a.card()
            after = a.mark()
            a.job(told, "change", "sign", current="ABC123", new="K7W2QX")
            a.wait("gone", after=after)
        time.sleep(1)
        late = [d for n, d in a.events[after:] if n == "card"]
        assert all("error" not in d for d in late), late
        assert a.names(after)[-1] != "card", a.names(after)


def a_card_that_is_swapped_while_the_page_is_busy_is_seen():
    # The look takes its time (the first card answers slowly), and meanwhile another card is in.
    first, second = new_card("mynumber", number="111111111111111"), new_card("mynumber", number="222222222222222")
    with Agent() as a:
        card = Card(first)
        a.card(good=lambda d: d.get("card", {}).get("number") == "111111111111111")
        os.kill(a.pid, signal.SIGSTOP)
        try:
            card.remove()
            card = Card(second)
        finally:
            os.kill(a.pid, signal.SIGCONT)
        a.card(good=lambda d: d.get("card", {}).get("number") == "222222222222222")
        card.remove()


def two_jobs_at_once_are_one():
    with Card(new_card("mynumber"), faults="ins 24 delay 1500\n") as card, Agent() as a:
        told = a.card()
        after = a.mark()
        first = a.begin(told, "change", "sign", current="ABC123", new="K7W2QX")
        second = a.begin(told, "change", "auth", current="1234", new="7391")
        assert first.status == 202 and second.status == 409 and second.json["error"]["code"] == "busy", (first, second)
        look = a.post("/api/look")
        assert look.status == 409, look
        end = a.wait("end", lambda d: d["job"] == first.json["job"], after)
        assert end["ok"] and card_truth(card.state)["auth"] == ("1234", 3), end
        # The end was told: the next one may begin at once.
        r = a.begin(told, "change", "auth", current="1234", new="7391")
        assert r.status == 202, r
        assert a.wait("end", lambda d: d["job"] == r.json["job"], after)["ok"]


def a_job_is_cancelled_before_anything_is_sent():
    # Another program holds the card: the job waits for it.
    with Card(new_card("mynumber")) as card, Agent() as a:
        told = a.card()
        holder = subprocess.Popen([os.environ["REPIN_HOLDER"]], stdout=subprocess.PIPE)
        try:
            holder.stdout.readline()
            after = a.mark()
            r = a.begin(told, "change", "sign", current="ABC123", new="K7W2QX")
            assert r.status == 202, r
            a.wait("job", after=after)
            time.sleep(0.3)
            other = a.post("/api/jobs/cancel", {"job": r.json["job"] + 7})
            assert other.status in (200, 404, 409), other
            assert a.post("/api/jobs/cancel", {"job": r.json["job"]}).status == 200
            end = a.wait("end", lambda d: d["job"] == r.json["job"], after, seconds=10)
            assert end["status"] == 10 and end["error"]["code"] == "cancelled" and end["error"]["tries_spent"] == 0, end
        finally:
            holder.kill()
            holder.wait()
        assert not kit.data_commands(card), card.commands()
        assert a.post("/api/jobs/cancel", {"job": 1}).status == 200


def a_body_that_is_wrong_is_refused_and_begins_nothing():
    with Card(new_card("mynumber")) as card, Agent() as a:
        told = a.card()
        good = dict(job="change", slot="sign", reader=told["reader"], expect=told["expect"], current="ABC123", new="K7W2QX")
        wrong = [b"", b"{", b"[]", b'{"job":"change","job":"unlock"}', {**good, "job": "format"}, {**good, "slot": 5}, {**good, "slot": "x" * 99},
                 {**good, "extra": 1}, {**good, "current": 1234}, {**good, "current": "A\nnew=B"}, {**good, "new": "x" * 3000}, {**good, "last_try": "yes"},
                 {k: v for k, v in good.items() if k != "expect"}, {**good, "expect": ""}, {**good, "slot": "--help"}, {**good, "case": "--yes"}]
        for body in wrong:
            after = a.mark()
            r = a.post("/api/jobs", body)
            if r.status == 202:  # one that the command line refuses
                end = a.wait("end", lambda d: d["job"] == r.json["job"], after)
                assert end["status"] == 2, (body, end)
                continue
            assert r.status in (400, 413) and "ABC123" not in repr(r), (body, r)
        assert not kit.data_commands(card), card.commands()
        assert a.job(told, "change", "sign", current="ABC123", new="K7W2QX")["ok"]


def the_language_changes_while_a_card_is_in():
    with Card(new_card("mynumber")), Agent() as a:
        assert pin(a.card(), "sign")["name"].startswith("PIN of")
        for lang, sign in (("ja", "署名用電子証明書の暗証番号"), ("zh_TW", None), ("en", None)):
            after = a.mark()
            assert a.post("/api/lang", {"lang": lang}).status == 200
            assert a.wait("words", after=after)["lang"] == lang
            told = a.card(after)
            assert sign is None or pin(told, "sign")["name"] == sign, told
        assert a.post("/api/lang", {"lang": "fr"}).status == 400


def doors_ledger_and_doctor():
    with Card(new_card("mynumber")), Agent() as a:
        told = a.card()
        r = a.post("/api/doors", {"slot": "sign", "reader": told["reader"], "know": ["auth"]})
        assert r.status == 200 and r.json["slot"] == "sign" and r.json["recommended"]["steps"], r
        r = a.post("/api/doors", {"slot": "sign", "know": ["auth; rm"]})
        assert r.status == 400, r
        r = a.post("/api/doors", {"slot": "nothing"})
        assert r.json["error"]["code"] == "slot-unknown", r
        a.job(told, "change", "auth", current="9999", new="7391")
        r = a.post("/api/ledger")
        assert r.status == 200 and r.json, r
        assert "123456789012345" not in r.body.decode(), r
        r = a.post("/api/ledger/wipe")
        assert r.status == 200 and "error" not in r.json, r
        r = a.post("/api/doctor")
        assert r.status == 200 and len(r.json["checks"]) > 5, r


def a_page_that_reloads_is_told_how_things_are():
    with Card(new_card("mynumber")), Agent() as a:
        told = a.card()
        a.job(told, "change", "auth", current="1234", new="7391")
        a.card(a.mark() - 1) if a.names()[-1] == "card" else a.card(a.mark())
        with a.changed:
            a.events.clear()
        a.listen()
        a.wait("end")
        assert a.card()["card"]["number"] == told["card"]["number"]


def the_service_stops_and_comes_back():
    pid = int(os.environ["REPIN_PCSCD_PID"])
    argv = open("/proc/%d/cmdline" % pid, "rb").read().split(b"\0")[:-1]
    env = dict(x.split(b"=", 1) for x in open("/proc/%d/environ" % pid, "rb").read().split(b"\0") if b"=" in x)
    state = new_card("mynumber")
    with Agent() as a:
        card = Card(state)
        a.card()
        after = a.mark()
        os.kill(pid, signal.SIGTERM)
        told = a.wait("readers", lambda d: d["service"] == "stopped", after)
        a.wait("gone", after=after)
        r = a.post("/api/look")
        assert r.json["error"]["code"] == "no-pcscd" and r.json["error"]["next"], r
        after = a.mark()
        service = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            a.wait("readers", lambda d: d["service"] == "ok", after)
            # The card is still in the reader, and the page shows it again.
            assert a.card(after)["card"]["profile"] == "mynumber"
            assert a.job(a.card(after), "change", "sign", current="ABC123", new="K7W2QX")["ok"]
        finally:
            card.process.terminate()
            card.process.wait(10)
            card.process.stdout.close()
            service.terminate()
            service.wait(10)


def an_agent_that_is_told_to_stop_lets_a_job_end():
    with Card(new_card("mynumber"), faults="ins 24 delay 1500\n") as card, Agent() as a:
        told = a.card()
        after = a.mark()
        assert a.begin(told, "change", "sign", current="ABC123", new="K7W2QX").status == 202
        a.wait("job", lambda d: d["step"] == "set", after)
        assert a.stop() == 0
        assert card_truth(card.state)["sign"] == ("K7W2QX", 5)
        assert kit.repin("status", "--json").json.get("cut") is None


assert agent_kit.AGENT
main([a_page_sees_a_card_come_and_go, a_pin_is_changed, a_wrong_pin_costs_one_try_and_the_page_hears_it, the_last_try_wants_consent,
      a_locked_pin_is_unlocked_with_the_letter, every_way_of_unlocking_an_openpgp_card, a_weak_pin_is_refused_until_it_is_insisted_on,
      an_entry_against_the_rules_reaches_no_card, another_card_or_other_tries_than_the_page_showed_stop_a_job,
      a_card_that_is_pulled_in_the_middle_is_resolved, a_cut_before_the_new_pin_leaves_the_old_one, a_pulled_card_leaves_no_card_on_the_page,
      a_card_that_is_swapped_while_the_page_is_busy_is_seen, two_jobs_at_once_are_one, a_job_is_cancelled_before_anything_is_sent, a_body_that_is_wrong_is_refused_and_begins_nothing,
      the_language_changes_while_a_card_is_in, doors_ledger_and_doctor, a_page_that_reloads_is_told_how_things_are,
      an_agent_that_is_told_to_stop_lets_a_job_end, the_service_stops_and_comes_back])
