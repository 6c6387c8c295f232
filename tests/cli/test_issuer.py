# SPDX-License-Identifier: Apache-2.0
"""`reserve`, `reset` and `unlock --by-phone`: what is asked for, sent and said; every refusal of an issuer, in every language."""
import os
import re

from tap import AOSIGN, GIDS, HICOS, LOG, MOBILE, MYNUMBER, PIV, Terminal, calls, finish, has, lacks, ok, put, run, same

CONF = os.path.join(os.path.dirname(LOG), "issuer.conf")
DESK = os.path.join(os.path.dirname(LOG), "desk.conf")
KEY = os.path.join(os.path.dirname(LOG), "desk.key")
with open(CONF, "w", encoding="utf-8") as f:
    f.write('issuer-url = "https://issuer.example:8443"\nissuer-ca-file = "/etc/repin/ca.pem"\n')
with open(KEY, "w", encoding="utf-8") as f:
    f.write("-\n")
os.chmod(KEY, 0o600)
with open(DESK, "w", encoding="utf-8") as f:
    f.write(f'issuer-url = "https://issuer.example"\nterminal-certificate-file = "/etc/repin/desk.pem"\nterminal-key-file = "{KEY}"\n')

OURS = MYNUMBER + "ours\n"
LOCKED = OURS.replace("pin sign ready 5", "pin sign locked 0")
HIC = HICOS.replace("pin pin unknown -1 3", "pin pin locked 0 3") + "ours\n"
HIC_OK = HICOS.replace("pin pin unknown -1 3", "pin pin ready 3 3") + "ours\n"
PAGE = ('page {"issuer":"test","groups":['
        '{"class":"kiosk","slots":"mynumber:sign,mynumber:auth","operator":"Mart A","places":"all shops","hours":"mon-sun 06:30-23:00"},'
        '{"class":"kiosk","slots":"mynumber:sign","operator":"Mart B\\u001b[31m","places":"some shops","hours":"mon-sun 06:30-23:00"},'
        '{"class":"desk","slots":"mynumber:sign","operator":"City","places":"hall","hours":"mon-fri 08:30-17:00"},7,{}]}\n')
CODE = "7K2M9QXWD4"


def flat(text):
    """Without the line ends of the terminal's width."""
    return " ".join(text.split())


def ask(card, *args, secrets=None, conf=CONF, **more):
    put(card)
    return run(*args, "--json", "--config", conf, secrets=secrets, **more)


def sent():
    return [c for c in calls() if c.split(" ")[0] in ("reserve", "reset", "code", "by-phone", "new", "evidence") or c.startswith("new=")]


# --- reserve ---
done = ask(LOCKED + PAGE, "reserve", "sign", secrets="other=1234\n")
ok(done.code == 0 and sent() == ["reserve sign last=0 other=auth current=1234"], "reserve sign: the other PIN proves", [done, calls()])
j = done.json
ok([j.get(k) for k in ("case", "slot", "door", "left_s", "receipt")] == ["C1", "sign", "kiosk", 86400, "ABCDEFGHJKMNPQRSTVWX"]
   and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", j["until"]), "reserve: JSON", done)
same([k["operator"] for k in j["kiosks"]], ["Mart A", "Mart B?[31m"], "reserve: kiosks that reset this PIN, free of control characters")
ok(calls()[2].startswith("client https://issuer.example:8443 ca=/etc/repin/ca.pem cert=-"), "reserve: the configured issuer is asked", calls())
put(LOCKED + PAGE)
done = run("reserve", "sign", "--config", CONF, secrets="other=1234\n")
for words in ("24 hours", "until ", "Mart A: all shops (mon-sun 06:30-23:00)", "Receipt: ABCDEFGHJKMNPQRSTVWX", "No try was spent."):
    has(done.out, words, f"reserve: {words}")
lacks(done.out, "\x1b", "reserve: no control character of the page reaches the screen")
done = ask(OURS.replace("auth ready 3", "auth locked 0"), "reserve", "auth", secrets="other=ABC123\n")
ok(done.code == 0 and sent() == ["reserve auth last=0 other=sign current=ABC123"], "reserve auth: with the signature PIN", [done, calls()])
done = ask(LOCKED, "reserve", "sign", secrets="other=１２３４\n")
ok(sent() == ["reserve sign last=0 other=auth current=1234"], "reserve: full-width digits are folded", [done, calls()])
for card, slot, secrets, code, error, words, what in (
        (MYNUMBER, "sign", "other=1234\n", 2, "not-offered", "issuer's own", "a real card"),
        (OURS, "text", "other=1234\n", 2, "not-offered", "no reservation", "text"),
        (OURS, "juki", "other=1234\n", 2, "not-offered", "no reservation", "juki"),
        (AOSIGN, "pin", "other=1234\n", 2, "not-offered", "no reservation", "AOSign"),
        (PIV, "pin", "other=123456\n", 2, "not-offered", "no reservation", "PIV"),
        (OURS, "pin", "other=1234\n", 2, "slot-unknown", "no PIN", "a PIN that the card has not got"),
        (OURS, "sign", "other=123\n", 2, "input-length", "4 characters", "an other PIN that is too short"),
        (OURS, "sign", "other=12a4\n", 2, "input-characters", "digits", "letters in it"),
        (OURS, "sign", "current=1234\n", 2, "usage", "not needed", "a wrong name"),
        (OURS, "sign", "other=1234\nnew=1234\n", 2, "usage", "not needed", "a name too many"),
        (OURS, "sign", "other=1234", 2, "input-format", "does not end", "a cut pipe"),
        (LOCKED.replace("auth ready 3", "auth locked 0"), "sign", "other=1234\n", 5, "pin-locked", "locked", "the other PIN is locked, too"),
        (OURS.replace("auth ready 3", "auth ready 1"), "sign", "other=1234\n", 6, "last-try", "one try", "the other PIN's last try")):
    done = ask(card, "reserve", slot, secrets=secrets)
    ok(done.code == code and done.error.get("code") == error and not sent(), f"reserve refused: {what}", [done, calls()])
    ok(words in done.error["message"], f"reserve refused: {what}: in words", done)
    same(done.error["tries_spent"], 0, f"reserve refused: {what}: no try")
same(ask(OURS.replace("auth ready 3", "auth ready 1"), "reserve", "sign", "--last-try", secrets="other=1234\n").code, 0, "reserve with --last-try")
has(sent()[0], "last=1", "and it is handed over")
for cause in ("forgotten", "typed-wrong", "another-program", "not-said"):
    ask(OURS, "reserve", "sign", "--cause", cause, secrets="other=1234\n")
    ok("cause=" + cause in calls() and sent(), f"reserve --cause {cause}: it is handed over", calls())
for cause in ("", "lost", "Forgotten"):
    done = ask(OURS, "reserve", "sign", "--cause", cause, secrets="other=1234\n")
    ok(done.code == 2 and done.error["code"] == "usage" and not sent(), f"reserve --cause {cause!r}: refused", [done, calls()])
done = ask(MYNUMBER, "reserve", "sign", secrets="other=1234\n")
ok(done.error.get("door") == "kiosk" and "Way back" in done.error["next"], "a real card: its way is named", done)
done = ask(LOCKED + "job pin-wrong 2 1 63C2 auth\n", "reserve", "sign", secrets="other=9999\n")
ok(done.code == 4 and done.error["slot"] == "auth" and done.error["tries_left"] == 2 and done.error["tries_spent_at"] == "card",
   "reserve: a wrong other PIN", done)
has(done.error["message"], "2 of 3 tries", "of its own counter")
done = run("reserve", "sign", "--json", secrets="other=1234\n")
ok(done.code == 2 and done.error["code"] == "config" and "issuer" in done.error["message"], "no issuer is configured", done)
same(run("reserve", "--config", CONF, secrets="other=1\n").code, 2, "reserve needs a name")

# --- reset at a kiosk ---
HERE = "case C7 sign kiosk open 11520 here\n"
KIOSK = "other=1234\nnew=K7W2QX\n"
done = ask(LOCKED + HERE, "reset", "sign", secrets=KIOSK)
ok(done.code == 0 and sent() == ["reset sign last=0 other=auth current=1234", "new=K7W2QX", "evidence door=kiosk case=C7"],
   "reset at a kiosk: finds its reservation by the card", [done, calls()])
j = done.json
ok(j["done"] is True and j["receipt"] == "ABCDEFGHJKMNPQRSTVWX" and j["reported"] is True and j["door"] == "kiosk" and
   j["case"] == "C1" and j["pins"][0]["tries_left"] == 5, "reset: JSON", done)
done = ask(LOCKED + HERE + "unreported\n", "reset", "sign", secrets=KIOSK)
ok(done.code == 0 and done.json["reported"] is False and any("next shown" in w for w in done.json["warnings"]),
   "done on the card and not reported: a warning, exit 0", done)
put(LOCKED + HERE + "unreported\n")
done = run("reset", "sign", "--config", CONF, secrets=KIOSK)
ok(done.code == 0 and "issuer could not be told" in done.err and "Receipt: ABC" in done.out and "Tries left now: 5 of 5" in done.out,
   "the same in words", done)
has(run("reset", "sign", "--config", CONF, secrets=KIOSK).out, "Time left: 3 hours 12 minutes", "how long is left is said")
done = ask(LOCKED + "case C7 sign kiosk open 60 away\n", "reset", "sign", secrets=KIOSK)
ok(done.code == 8 and done.error["problem"] == "terminal-class" and "kiosk" in done.error["message"] and not sent(),
   "a reservation is not finished at home", [done, calls()])
done = ask(LOCKED, "reset", "sign", secrets=KIOSK)
ok(done.code == 8 and done.error["problem"] == "no-reservation" and done.error["door"] == "kiosk" and not sent(),
   "no reservation: the kiosk's door, and how to reserve", done)
has(done.error["next"], "repin reserve", "how to reserve")
done = ask(LOCKED + "case C7 auth kiosk open 60 here\n", "reset", "sign", secrets=KIOSK)
ok(done.error.get("problem") == "no-reservation" and not sent(), "a reservation of another PIN is none", done)
done = ask(LOCKED + HERE + "settled C0 done\n", "reset", "sign", secrets=KIOSK)
same(done.code, 0, "an earlier reset that is settled now")

# --- what the issuer says of the card ends it before a secret is asked ---
for line, problem in (("status suspended\n", "card-suspended"), ("status revoked\n", "card-revoked"), ("halted copy\n", "card-halted")):
    done = ask(LOCKED + HERE + line, "reset", "sign", secrets=KIOSK)
    ok(done.code == 8 and done.error["problem"] == problem and not sent(), f"{problem}: nothing was sent", [done, calls()])
    has(done.error["next"], "Nothing was changed on the card.", f"{problem}: and that is said")

# --- counter, help desk ---
for slot, new in (("text", "4821"), ("juki", "4821"), ("sign", "K7W2QX"), ("auth", "4821")):
    card = OURS + f"case K5 {slot} counter ready 3600 here\n"
    done = ask(card, "reset", slot, "--case", "K5", secrets=f"new={new}\n", conf=DESK)
    ok(done.code == 0 and sent() == [f"reset {slot} last=0 other= current=", f"new={new}", "evidence door=counter case=K5"],
       f"counter: {slot}", [done, calls()])
    done = ask(card, "reset", slot, secrets=f"new={new}\n", conf=DESK)
    ok(done.code == 0 and "evidence door=counter case=K5" in sent(), f"counter: {slot}: the desk finds the case", [done, calls()])
done = ask(OURS + "case K5 text counter ready 3600 away\n", "reset", "text", "--case", "K5", secrets="new=4821\n")
ok(done.code == 8 and done.error["problem"] == "terminal-class" and not sent(), "a counter's case is not finished at home", done)
done = ask(OURS, "reset", "text", "--case", "K6", secrets="new=4821\n", conf=DESK)
ok(done.code == 8 and done.error["problem"] == "case" and not sent(), "a case that the issuer does not have", done)
for slot in ("text", "juki"):
    done = ask(OURS, "reset", slot, secrets="new=4821\n")
    ok(done.code == 2 and done.error["code"] == "not-offered" and done.error["door"] == "counter" and not sent() and "port" not in calls(),
       f"{slot} without a case: the counter, nobody was asked", [done, calls()])
    done = ask(OURS, "reset", slot, secrets="new=4821\n", conf=DESK)
    ok(done.code == 2 and done.error["door"] == "counter" and not sent(), f"{slot} at a desk that has no case: the counter", done)
done = ask(OURS + "case K5 text counter ready 3600 here\n", "reset", "text", "--case", "K5", secrets="new=4821\nother=1234\n", conf=DESK)
ok(done.code == 2 and done.error["code"] == "usage" and not sent(), "a secret that this door does not need", done)
for card, slot, what in ((MYNUMBER, "sign", "a real My Number Card"), (HICOS, "pin", "a real HiCOS card"), (AOSIGN, "pin", "AOSign"),
                         (PIV, "pin", "PIV"), (MOBILE + "ours\n", "sign", "smartphone")):
    done = ask(card, "reset", slot, secrets="new=XYZ789\n")
    ok(done.code == 2 and done.error["code"] == "not-offered" and not sent() and "port" not in calls() and "door" in done.error,
       f"{what}: not offered, with its way", [done, calls()])
done = ask(OURS.replace("pin sign ready 5 5", "pin sign not-set 0 5"), "reset", "sign", secrets=KIOSK)
ok(done.code == 5 and done.error["code"] == "not-set" and not sent(), "a PIN that the card does not have", done)

# --- HiCOS: user code ---
UC = "user-code active 3\n"
done = ask(HIC + UC, "reset", "pin", secrets="user-code=Code12\nnew=246813\n")
ok(done.code == 0 and sent() == ["reset pin last=0 other= current=", "new=246813", "evidence door=user-code case=-", "evidence user_code=Code12"],
   "user code: as it was typed, case and all", [done, calls()])
for code, error, what in (("Code1", "input-length", "five characters"), ("Code1234567", "input-length", "eleven characters"),
                          ("Code 1", "input-characters", "a blank inside"), ("Code!2", "input-characters", "a sign"),
                          (" Code12", "input-format", "a blank before"), ("", "input-empty", "nothing"), ("Cod\u00e912", "input-characters", "not ASCII")):
    done = ask(HIC + UC, "reset", "pin", secrets=f"user-code={code}\nnew=246813\n")
    ok(done.code == 2 and done.error["code"] == error and not sent(), f"user code refused unsent: {what}", [done, calls()])
    if code.strip():
        lacks(done.out + done.err, code.strip(), f"user code refused: {what}: is not repeated")
done = ask(HIC + UC, "reset", "pin", secrets="user-code=Code12\nnew=12345\n")
ok(done.code == 2 and done.error["code"] == "input-length" and not sent(), "a new PIN that is too short", done)
done = ask(HIC + "user-code active 1\n", "reset", "pin", secrets="user-code=Code12\nnew=246813\n")
ok(done.code == 6 and done.error["slot"] == "user-code" and done.error["tries_spent_at"] == "issuer" and not sent(), "the code's last try", done)
done = ask(HIC + "user-code active 1\n", "reset", "pin", "--last-try", secrets="user-code=Code12\nnew=246813\n")
same(done.code, 0, "the code's last try, agreed to")
done = ask(HIC + UC + "job issuer-refused 2 1 0 pin code-wrong issuer\n", "reset", "pin", secrets="user-code=Code99\nnew=246813\n")
e = done.error
ok(done.code == 4 and e["code"] == "secret-wrong" and e["problem"] == "code-wrong" and e["tries_left"] == 2 and e["tries_spent"] == 1 and
   e["tries_spent_at"] == "issuer" and e["slot"] == "user-code", "a wrong user code: one try, counted at the issuer", done)
has(e["message"], "2 tries are left, counted at the issuer", "and the sentence says where")
has(e["next"], "Never use 'Unlock PIN'", "and warns of other programs")
lacks(done.out, "Code99", "the code is not repeated")
done = ask(HIC + "user-code active 1\njob issuer-refused 0 1 0 pin code-blocked issuer\n", "reset", "pin", "--last-try",
           secrets="user-code=Code99\nnew=246813\n")
e = done.error
ok(done.code == 4 and e["problem"] == "code-blocked" and e["tries_left"] == 0 and e["tries_spent"] == 1, "the third wrong one", done)
for words in ("blocked", "works on", "repin reset user-code", "Way back: Have the user code reset"):
    has(e["message"] + e["next"], words, f"the third wrong one: {words}")
same(e["door"], "user-code-reset", "the third wrong one: its door")
done = ask(HIC + UC + "job issuer-refused 0 0 0 pin code-blocked issuer\n", "reset", "pin", secrets="user-code=Code99\nnew=246813\n")
ok(done.code == 5 and done.error["tries_spent"] == 0, "blocked while others tried: the issuer tells that this entry was not compared", done)
done = ask(HIC + UC + "job issuer-refused 0 1 0 pin code-blocked issuer\n", "reset", "pin", secrets="user-code=Code99\nnew=246813\n")
ok(done.code == 4 and done.error["tries_spent"] == 1, "or that it was the one", done)
done = ask(HIC + UC + "job issuer-refused 0 -1 0 pin code-blocked issuer\n", "reset", "pin", secrets="user-code=Code99\nnew=246813\n")
ok(done.code == 4 and done.error["tries_spent"] is None, "an issuer that does not tell: nobody can know", done)
done = ask(HIC + "user-code blocked 0\n", "reset", "pin", secrets="user-code=Code12\nnew=246813\n")
ok(done.code == 5 and done.error["code"] == "secret-locked" and done.error["problem"] == "code-blocked" and done.error["tries_spent"] == 0 and
   done.error["tries_spent_at"] == "issuer" and not sent(), "a blocked code is found before anything is sent", [done, calls()])
done = ask(HIC, "reset", "pin", secrets="user-code=Code12\nnew=246813\n")
ok(done.code == 8 and done.error["problem"] == "code-missing" and done.error["door"] == "user-code-reset" and not sent(), "no code is set", done)
put(HIC + UC + "job issuer-refused 2 1 0 pin code-wrong issuer\n")
done = run("reset", "pin", "--config", CONF, secrets="user-code=Code99\nnew=246813\n")
has(done.err, "One try of the code was spent, at the issuer; none on the card.", "in words: where the try went")

# --- HiCOS: a new user code ---
done = ask(HIC_OK, "reset", "user-code", secrets="current=246810\nnew=Neu123\n")
ok(done.code == 0 and sent() == ["code pin last=0 other= current=246810", "new=", "evidence door=user-code-reset case=-", "evidence new_code=Neu123"],
   "a new user code by the card's PIN", [done, calls()])
ok(done.json["slot"] == "user-code" and done.json["receipt"] == "ABCDEFGHJKMNPQRSTVWX", "a new user code: JSON", done)
put(HIC_OK)
has(run("reset", "user-code", "--config", CONF, secrets="current=246810\nnew=Neu123\n").out, "The card's PIN is as it was.", "and in words")
for new, error in (("Neu12", "input-length"), ("Neu 123", "input-characters"), ("Neu-123", "input-characters")):
    done = ask(HIC_OK, "reset", "user-code", secrets=f"current=246810\nnew={new}\n")
    ok(done.code == 2 and done.error["code"] == error and not sent(), f"a new user code that is refused: {error}", done)
done = ask(HIC_OK, "reset", "user-code", secrets="current=246810\nresponse=x\nnew=Neu123\n")
ok(done.code == 2 and done.error["code"] == "usage" and not sent(), "a PIN and a one-time code at once", done)
done = ask(HIC, "reset", "user-code", secrets="current=246810\nnew=Neu123\n")
ok(done.code == 5 and done.error["code"] == "pin-locked" and not sent(), "by a PIN that is locked", done)
done = ask(HIC_OK.replace("ready 3", "ready 1"), "reset", "user-code", secrets="current=246810\nnew=Neu123\n")
ok(done.code == 6 and done.error["tries_spent_at"] == "card" and not sent(), "by a PIN at its last try", done)
done = ask(HIC_OK, "reset", "user-code", "--with", "puk", secrets="current=246810\nnew=Neu123\n")
ok(done.code == 2 and not sent(), "a user code has no PUK", done)

# --- one-time codes: a slip is found here, not counted there ---
alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
good = []
for last in alphabet:
    done = ask(HIC, "reset", "user-code", secrets=f"response={CODE}{last}\nnew=Neu123\n")
    if done.code == 0:
        good.append(last)
    else:
        ok(done.code == 2 and done.error["code"] == "input-characters" and not sent(), f"one-time code with a wrong check character {last}", done)
same(len(good), 1, "one check character fits")
CODE += good[0]
done = ask(HIC, "reset", "user-code", secrets=f"response={CODE[:5].lower()}-{CODE[5:10]}-{CODE[10:]}\nnew=Neu123\n")
ok(done.code == 0 and sent() == ["code pin last=0 other= current=", "new=", "evidence door=user-code-reset case=-", f"evidence code={CODE}",
                                 "evidence new_code=Neu123"], "a one-time code as it is read out", [done, calls()])
done = ask(HIC + "job issuer-refused 1 1 0 pin code-wrong issuer\n", "reset", "user-code", secrets=f"response={CODE}\nnew=Neu123\n")
ok(done.code == 4 and done.error["message"].startswith("The one-time code is wrong. 1 try is left"), "a wrong one-time code", done)
done = ask(HIC + "job issuer-refused 0 0 0 pin code-blocked issuer\n", "reset", "user-code", secrets=f"response={CODE}\nnew=Neu123\n")
ok("used up" in done.error["message"] and "new one" in done.error["next"], "a one-time code that is used up", done)

# --- GIDS on-line ---
done = ask(GIDS, "reset", "pin", "--case", "C9", secrets=f"response={CODE}\nnew=246813\n")
ok(done.code == 0 and sent() == ["reset pin last=0 other= current=", "new=246813", "evidence door=help-desk case=C9", f"evidence code={CODE}"]
   and not any(c.startswith("look") for c in calls()), "GIDS on-line, with its case and one-time code", [done, calls()])
done = ask(GIDS, "reset", "pin", secrets=f"response={CODE}\nnew=246813\n")
ok(done.code == 2 and done.error["door"] == "help-desk" and "--by-phone" in done.error["next"] and not sent(), "GIDS without a case: the help desk", done)
done = ask(GIDS, "reset", "pin", "--case", "C9", secrets="new=246813\n")
ok(done.code == 2 and done.error["code"] == "input-missing" and not sent(), "GIDS without its one-time code", done)

# --- the issuer cannot be reached, or fails, at every step ---
for line in ("port issuer-unreachable\n", "look issuer-unreachable\n", "job issuer-unreachable -1 0 0 sign\n"):
    done = ask(LOCKED + HERE + line, "reset", "sign", secrets=KIOSK)
    ok(done.code == 9 and done.error["code"] == "issuer-unreachable" and done.error["tries_spent"] == 0 and
       "Nothing was changed on the card." in done.error["next"], f"away: {line.split(' ')[0]}", done)
done = ask(LOCKED + HERE + "look not-offered\n", "reset", "sign", secrets=KIOSK)
same(done.code, 2, "a card without the reset application")
done = ask(LOCKED + HERE + "job card-removed 0 0 0 sign\n", "reset", "sign", secrets=KIOSK)
ok(done.code == 7 and "as it was before" in done.error["next"], "the card is taken out before the new PIN", done)
done = ask(LOCKED + HERE + "job card-refused 0 0 6A80 sign\n", "reset", "sign", secrets=KIOSK)
ok(done.code == 7 and "does not accept this new PIN" in done.error["message"], "the card refuses the new PIN", done)
done = ask(LOCKED + HERE, "reset", "sign", "--timeout", "7", secrets=KIOSK)
ok(any("timeout=7000" in c for c in calls()), "--timeout is the issuer's, too", calls())

# --- every problem, in every language ---
slugs = re.findall(r'X\((\w+), "([a-z-]+)", (\d+)', open(os.path.join(os.path.dirname(__file__), "../../include/repin/problems.h"), encoding="utf-8").read())
ok(len(slugs) > 40, "the list of problems is read", slugs)
english = {}
for lang in ("en", "ja", "zh_TW"):
    for _, slug, _ in slugs:
        done = ask(LOCKED + HERE + f"job issuer-refused -1 0 0 sign {slug}\n", "reset", "sign", "--lang", lang, secrets=KIOSK)
        e = done.error
        good = e.get("problem") == slug and len(e["message"]) > 3 and e["next"] and e["tries_spent"] == 0
        good = good and done.code == (5 if slug == "code-blocked" else 4 if slug == "code-wrong" else 8)
        ok(good, f"{lang}: {slug}: refused in words", done)
        if lang == "en":
            english[slug] = e["message"]
            ok("Nothing was changed on the card." in e["next"], f"{slug}: that nothing was changed is said", done)
        else:
            ok(e["message"] != english[slug] and re.search("[\u3040-\u9fff]", e["message"]), f"{lang}: {slug}: translated", done)
same(len(set(english.values())), len(english), "no two problems share a sentence")
done = ask(LOCKED + HERE + "job issuer-refused -1 0 0 sign of-tomorrow\n", "reset", "sign", secrets=KIOSK)
ok(done.code == 8 and "problem" not in done.error and "issuer refused" in done.error["message"], "a reason without a name here", done)
done = ask(LOCKED + HERE + "job issuer-refused -1 0 0 sign key-unknown\n", "reset", "sign", secrets=KIOSK)
ok(done.error["door"] == "counter" and "Way back: Reset it at the counter" in done.error["next"], "a refusal names its next door", done)

# --- on a terminal ---
put(LOCKED + HERE)
term = Terminal("reset", "sign", "--config", CONF)
term.answer("Enter the other PIN:", "1234\n")
term.answer("Enter the new PIN:", "K7W2QX\n")
term.answer("Enter the new PIN again:", "K7W2QX\n")
ok(term.end() == 0 and "Case: C7. Time left: 3 hours 12 minutes." in term.text and "K7W2QX" not in term.text and "1234\n" not in term.text,
   "a kiosk's reset on a terminal", term.text)
put(HIC + UC)
term = Terminal("reset", "pin", "--config", CONF)
has(term.text if term.wait_for("are left at the issuer") else "", "3 of 3 tries", "the code's tries are shown first")
term.answer("Enter the user code:", "Cod\n")
term.answer("6 to 10 characters", "")
term.answer("Enter the user code:", "Code12\n")
term.answer("Enter the new PIN:", "246813\n")
term.answer("Enter the new PIN again:", "246813\n")
ok(term.end() == 0 and "Never use 'Unlock PIN'" in flat(term.text), "a user code on a terminal, asked again after a slip", term.text)
put(HIC)
term = Terminal("reset", "user-code", "--config", CONF)
term.answer("Enter the one-time code:", CODE[:-1] + ("A" if CODE[-1] != "A" else "B") + "\n")
term.answer("no one-time code", "")
term.answer("Enter the one-time code:", CODE + "\n")
term.answer("Enter the new user code:", "Neu123\n")
term.answer("Enter the new user code again:", "Neu124\n")
term.answer("differ", "")
term.answer("Enter the new user code:", "Neu123\n")
term.answer("Enter the new user code again:", "Neu123\n")
ok(term.end() == 0 and f"evidence code={CODE}" in calls(), "a new user code on a terminal: a locked PIN asks for the one-time code", [term.text, calls()])
put(HIC_OK)
term = Terminal("reset", "user-code", "--config", CONF)
ok(term.wait_for("Enter the current PIN:"), "a working PIN is asked first", term.text)
term.send("\x03")
same(term.end(), 10, "cancelled")
same(sent(), [], "and nothing was sent")
put(OURS.replace("auth ready 3", "auth ready 1"))
term = Terminal("reserve", "sign", "--config", CONF)
term.answer("Spend the last try?", "no\n")
ok(term.end() == 6 and not sent(), "the other PIN's last try is asked about", term.text)

# --- by telephone ---
CHALLENGE = "0001FFFF80001234"
GROUPS = "000013 655354 327683 046605"
PHONE = GIDS.replace("ready 3", "locked 0") + f"challenge {CHALLENGE}\ntakes {CHALLENGE}\n"
for typed in (GROUPS, GROUPS.replace(" ", ""), "0001 FFFF 8000 1234", CHALLENGE.lower()):
    put(PHONE)
    term = Terminal("unlock", "pin", "--by-phone")
    term.answer("Enter the new PIN:", "246813\n")
    term.answer("Enter the new PIN again:", "246813\n")
    ok(term.wait_for(GROUPS), "the challenge is shown in groups with check digits", term.text)
    ok(term.wait_for("0001 FFFF 8000 1234"), "and as Windows shows it", term.text)
    ok(term.wait_for("The card is held"), "that the card is held is said", term.text)
    term.answer("Enter the response of the help desk:", typed + "\n")
    ok(term.end() == 0 and f"response {CHALLENGE}" in calls() and "unlocked" in term.text, f"the response as {typed}", [term.text, calls()])
put(PHONE)
term = Terminal("unlock", "pin", "--by-phone")
term.answer("Enter the new PIN:", "246813\n")
term.answer("Enter the new PIN again:", "246813\n")
term.answer("Enter the response of the help desk:", GROUPS.replace("327683", "327683"[::-1]) + "\n")
ok(term.wait_for("wrong in group 3"), "a wrong group is named before the card sees it", term.text)
term.answer("Enter the response of the help desk:", "12 34\n")
ok(term.wait_for("Four groups of six digits"), "another form is refused", term.text)
ok(not any(c.startswith("response") for c in calls()), "the card has seen neither", calls())
term.answer("Enter the response of the help desk:", "0000000000000000\n")
ok(term.end() == 7 and "does not take this response" in term.text and "new challenge each time" in flat(term.text), "a response to another challenge", term.text)
put(PHONE)
term = Terminal("unlock", "pin", "--by-phone")
term.answer("Enter the new PIN:", "246813\n")
term.answer("Enter the new PIN again:", "246813\n")
for _ in range(5):
    term.answer("Enter the response of the help desk:", "nonsense\n")
ok(term.end() == 2 and not any(c.startswith("response") for c in calls()), "after five slips it ends, and the card has seen none", term.text)
put(PHONE)
term = Terminal("unlock", "pin", "--by-phone")
term.answer("Enter the new PIN:", "246813\n")
term.answer("Enter the new PIN again:", "246813\n")
term.answer("Enter the response of the help desk:", "\x03")
ok(term.end() == 10 and not any(c.startswith("response") for c in calls()), "the call is cancelled", term.text)
done = ask(PHONE, "unlock", "pin", "--by-phone", secrets="new=246813\n")
ok(done.code == 2 and done.error["code"] == "usage" and not sent(), "by telephone needs a terminal", done)
done = ask(PHONE, "unlock", "pin", "--by-phone")
ok(done.code == 2 and done.error["code"] == "input-missing" and not sent(), "and says so without one", done)
put(MYNUMBER)
term = Terminal("unlock", "sign", "--by-phone")
ok(term.end() == 2 and "makes no challenge" in term.text and not sent(), "other cards make no challenge", term.text)
done = ask(GIDS.replace("ready 3", "locked 0"), "unlock", "pin", secrets="new=246813\n")
ok(done.code == 2 and "--by-phone" in done.error["next"], "unlock alone names both ways of the help desk", done)
finish()
