# SPDX-License-Identifier: Apache-2.0
"""Readers and pages come and go: two cards at once, a card that does not answer, two pages, and when the agent ends."""

import contextlib
import http.client
import json
import time

from agent_kit import Agent, kit, pin
from kit import READERS, Card, card_truth, main, new_card


def of_two_cards_the_page_chooses_one():
    first, second = new_card("mynumber", number="111111111111111"), new_card("aosign")
    with Agent() as a, Card(first) as one:
        told = a.card()
        assert told["reader"] == READERS[0], told
        after = a.mark()
        with Card(second, slot=1) as two:
            a.wait("readers", lambda d: [r["state"] for r in d["readers"]] == ["card", "card"], after)
            # The card that is shown stays the one that is shown.
            time.sleep(0.5)
            assert "card" not in a.names(after), a.names(after)
            told = a.post("/api/look", {"reader": READERS[1]}).json
            assert told["card"]["profile"] == "aosign" and told["reader"] == READERS[1], told
            assert a.job(told, "change", "pin", current="12345678", new="K7W2QX4M")["ok"]
            assert card_truth(second)["pin"][0] == "K7W2QX4M" and not kit.data_commands(one) and kit.data_commands(two)
            # What was expected of one card is not true of the other.
            after = a.mark()
            end = a.job({**told, "reader": READERS[0]}, "change", "sign", current="ABC123", new="K7W2QX")
            assert end["status"] == 3 and end["error"]["code"] == "card-changed", end
            a.card(after, lambda d: d["reader"] == READERS[0])
            after = a.mark()
            a.post("/api/look", {"reader": READERS[1]})
            a.card(after, lambda d: d["reader"] == READERS[1])
            after = a.mark()
        a.wait("gone", lambda d: d["reader"] == READERS[1], after)
        assert a.card(after)["reader"] == READERS[0]
        assert a.post("/api/look", {"reader": "No such reader"}).json["error"]["code"] == "no-reader"
        # A look at nothing takes nothing off the page.
        assert a.names()[-1] == "card", a.names()


def a_card_that_fails_is_said_to_fail_and_looked_at_again():
    with Agent(lang="zh_TW") as a:
        with Card(new_card("mynumber"), faults="apdu 1 cut-before\n"):
            time.sleep(1.5)
            wrong = [d for n, d in a.events if n == "card"]
            assert all("error" not in d or "repin " not in d["error"]["next"] for d in wrong), wrong
        after = a.mark()
        with Card(new_card("mynumber")):
            assert a.card(after)["card"]["profile"] == "mynumber"


def two_pages_are_told_the_same():
    with Agent() as a:
        connection = http.client.HTTPConnection(a.host, timeout=20)
        connection.request("GET", "/api/events", headers={"Authorization": "Bearer " + a.key, "Sec-Fetch-Site": "same-origin"})
        response, number = connection.getresponse(), None
        assert response.getheader("content-type") == "text/event-stream" and response.getheader("cache-control") == "no-store", response.headers
        with Card(new_card("mynumber")):
            name = None
            while number is None:
                line = response.readline().decode()
                if line.startswith("event: "):
                    name = line[7:].strip()
                elif line.startswith("data: ") and name == "card":
                    number = json.loads(line[6:])["card"]["number"]
            assert a.card()["card"]["number"] == number
        connection.close()


def the_agent_ends_when_no_page_is_open():
    with Agent(more=["--idle", "2"]) as a:
        time.sleep(3.5)
        assert a.process.poll() is None, "it ended while a page was open"
    with Agent(more=["--idle", "2"], open_page=False) as a:
        assert a.process.wait(15) == 0
    # A page that says that it is closed ends it sooner than one that is only gone.
    with Agent(more=["--idle", "600"], open_page=False) as a:
        a.start()
        connection = http.client.HTTPConnection(a.host, timeout=20)
        connection.request("GET", "/api/events", headers={"Authorization": "Bearer " + a.key, "Sec-Fetch-Site": "same-origin"})
        connection.getresponse().readline()
        assert a.post("/api/bye").status == 200
        with contextlib.suppress(OSError):
            connection.sock.shutdown(2)
        connection.close()
        began = time.monotonic()
        assert a.post("/api/bye").status == 200
        assert a.process.wait(40) == 0
        print("# ended %.1f s after its page" % (time.monotonic() - began))


def an_agent_that_is_killed_leaves_a_job_that_is_whole_or_noted():
    state = new_card("mynumber")
    with Card(state, faults="ins 24 delay 1500\n") as card:
        a = Agent()
        told = a.card()
        after = a.mark()
        assert a.begin(told, "change", "sign", current="ABC123", new="K7W2QX").status == 202
        a.wait("job", lambda d: d["step"] == "set", after)
        a.process.kill()
        a.process.wait()
        a.process.stdout.close()
        # The process at the card is another one: it ends as it would.
        kit.wait_for(lambda: card_truth(state)["sign"] == ("K7W2QX", 5), "the new PIN is set")
        time.sleep(0.5)
        assert kit.repin("status", "--json").json.get("cut") is None
        with Agent() as b:
            assert b.card()["cuts"] == [] and pin(b.card(), "sign")["tries_left"] == 5
        assert card.process.poll() is None


main([of_two_cards_the_page_chooses_one, a_card_that_fails_is_said_to_fail_and_looked_at_again, two_pages_are_told_the_same, the_agent_ends_when_no_page_is_open,
      an_agent_that_is_killed_leaves_a_job_that_is_whole_or_noted])
