# SPDX-License-Identifier: Apache-2.0
"""Promise 8 as a user sees it: a change is cut, `repin status` says so, `repin resolve` finds out."""

import os
import shutil

import kit

NOTES = os.path.join(kit.DIR, "repin", "journal")


def back_in_the_reader():
    """After a cut the virtual card comes back by itself, as a card with a bad contact does."""
    kit.wait_for(lambda: kit.reader_state(0) == "card", "the card comes back")


def cut(faults, slot="auth", secrets=None, family="mynumber", deed="change"):
    """A card on which the job was cut in the middle; back in the reader, in good order."""
    shutil.rmtree(NOTES, ignore_errors=True)
    state = kit.new_card(family)
    secrets = secrets or {"current": "1234", "new": "8305"}
    with kit.Card(state, faults=faults):
        r = kit.repin(deed, slot, "--json", secrets=secrets)
        assert r.rc == 7, r
        assert "repin resolve" in r.error["next"], r.error
        back_in_the_reader()
    os.unlink(state + ".trace")
    return state


def one(r):
    assert r.rc == 0, r
    answers = r.json["answers"]
    assert len(answers) == 1, answers
    return answers[0]


def a_cut_change_is_told_and_found_out_for_nothing():
    for when, value, answer in (("cut-before", "1234", "old"), ("cut-after", "8305", "new")):
        state = cut("ins 24 %s\n" % when)
        with kit.Card(state) as card:
            status = kit.repin("status")
            assert "auth: a change of this PIN was begun on" in status.out, status
            assert kit.repin("status", "--json").json["cut"][0]["answer"] == "cannot-know"
            known = one(kit.repin("resolve", "--json"))
            assert (known["answer"], known["tries_left"], known["tries_spent"]) == ("cannot-know", 3, 0), known
            assert not kit.data_commands(card), card.commands()
            name = "new" if answer == "new" else "current"
            found = one(kit.repin("resolve", "--json", secrets={name: value}))
            assert (found["answer"], found["tries_left"], found["tries_spent"]) == (answer, 3, 0), found
            assert kit.repin("resolve", "--json").json == {"answers": []}
            assert "cut" not in kit.repin("status", "--json").json
            assert kit.repin("change", "auth", secrets={"current": value, "new": "2580"}).rc == 0


def the_wrong_one_costs_one_try_and_tells():
    state = cut("ins 24 cut-before\n")
    with kit.Card(state):
        found = one(kit.repin("resolve", "--json", secrets={"new": "8305"}))
        assert (found["answer"], found["tries_left"], found["tries_spent"]) == ("old", 2, 1), found
    assert kit.tries(state)["auth"] == 2


def the_card_away_or_another_card_is_named():
    state = cut("ins 24 cut-after\n")
    r = kit.repin("resolve", "--json")
    assert r.rc == 3 and "2345" in r.error["next"], r
    with kit.Card(kit.new_card("piv")) as card:
        r = kit.repin("resolve", "--json", secrets={"new": "8305"})
        assert r.rc == 3 and r.error["code"] == "card-changed" and "2345" in r.error["message"], r
        assert not kit.data_commands(card)
    with kit.Card(state):
        assert one(kit.repin("resolve", "--json", secrets={"new": "8305"}))["answer"] == "new"


def an_unlock_is_told_without_an_entry():
    for when, answer in (("cut-before", "old"), ("cut-after", "new")):
        shutil.rmtree(NOTES, ignore_errors=True)
        state = kit.new_card("aosign")
        with kit.Card(state):
            for _ in range(10):
                kit.repin("change", "pin", "--last-try", secrets={"current": "99999998", "new": "newPin99"})
        with kit.Card(state, faults="ins 2C %s\n" % when):
            assert kit.repin("unlock", "pin", secrets={"letter": "12345678", "new": "newPin99"}).rc == 7
            back_in_the_reader()
        os.unlink(state + ".trace")
        with kit.Card(state) as card:
            assert one(kit.repin("resolve", "--json"))["answer"] == answer
            assert not kit.data_commands(card)
            assert kit.repin("resolve", "--json").json == {"answers": []}


def both_places_are_made_the_same():
    state = cut("ins 32 #2 cut-before\n", slot="juki", secrets={"current": "1234", "new": "8305"})
    with kit.Card(state):
        # the new PIN is not yet in this place: one try, and then it is known which is where
        split = one(kit.repin("resolve", "--json", secrets={"new": "8305", "current": "1234"}))
        assert (split["answer"], split["tries_spent"]) == ("split", 1), split
        done = one(kit.repin("resolve", "--json", secrets={"new": "8305", "current": "1234"}))
        assert (done["answer"], done["tries_spent"]) == ("new", 0), done
    values = {k: v[0] for k, v in kit.card_truth(state).items() if k.startswith("juki")}
    assert set(values.values()) == {"8305"}, values


def a_person_is_asked_before_a_try_is_risked():
    state = cut("ins 24 cut-after\n")
    with kit.Card(state) as card:
        t = kit.Terminal("resolve")
        t.expect("Enter it now?")
        t.type("no")
        assert t.end() == 0
        assert "It cannot be known" in t.text, t.text
        assert not kit.data_commands(card)
        t = kit.Terminal("resolve")
        t.expect("Enter it now?")
        t.type("yes")
        t.expect("Enter the new PIN:")
        t.type("8305")
        t.expect("Once more")
        t.expect("Enter the new PIN:")
        t.type("8306")
        assert t.end() == 2
        assert not kit.data_commands(card), "a slip of the finger cost a try"
        t = kit.Terminal("resolve")
        t.expect("Enter it now?")
        t.type("yes")
        t.expect("Enter the new PIN:")
        t.type("8305")
        t.expect("Enter the new PIN:")
        t.type("8305")
        assert t.end() == 0
        assert "The new PIN is valid." in t.text, t.text
    assert kit.tries(state)["auth"] == 3


def nothing_to_resolve_needs_no_card():
    shutil.rmtree(NOTES, ignore_errors=True)
    r = kit.repin("resolve")
    assert r.rc == 0 and "nothing to resolve" in r.out, r
    assert kit.repin("resolve", "nonsense").rc == 2
    assert kit.repin("resolve", secrets={"puk": "12345678"}).rc == 2


def without_a_place_for_notes_nothing_is_changed():
    state = kit.new_card("mynumber")
    blocked = os.path.join(kit.DIR, "not-a-directory")
    with open(blocked, "w"):
        pass
    env = dict(kit.ENV, XDG_STATE_HOME=blocked)
    with kit.Card(state) as card:
        r = kit.repin("change", "auth", "--json", secrets={"current": "1234", "new": "8305"}, env=env)
        assert r.rc == 1 and r.error["code"] == "journal", r
        assert kit.repin("status", env=env).rc == 0
        assert not kit.data_commands(card)


def no_note_holds_a_pin_or_the_number():
    cut("ins 24 cut-after\n")
    notes = os.listdir(NOTES)
    assert notes
    for name in notes:
        with open(os.path.join(NOTES, name)) as f:
            text = f.read()
        for secret in ("1234\n", "8305", "123456789012345"):
            assert secret not in text, text
        os.unlink(os.path.join(NOTES, name))
    assert oct(os.stat(NOTES).st_mode & 0o777) == "0o700"


if __name__ == "__main__":
    kit.main(
        [
            nothing_to_resolve_needs_no_card,
            a_cut_change_is_told_and_found_out_for_nothing,
            the_wrong_one_costs_one_try_and_tells,
            the_card_away_or_another_card_is_named,
            an_unlock_is_told_without_an_entry,
            both_places_are_made_the_same,
            a_person_is_asked_before_a_try_is_risked,
            without_a_place_for_notes_nothing_is_changed,
            no_note_holds_a_pin_or_the_number,
        ]
    )
