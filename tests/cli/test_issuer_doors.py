# SPDX-License-Identifier: Apache-2.0
"""`doors` with what the issuer knows, and the screens of the issuer's commands in three languages."""
import difflib
import os
import re

from tap import AOSIGN, GIDS, HICOS, LOG, MYNUMBER, calls, finish, has, lacks, ok, put, run, same

SNAPSHOTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "snapshots")
CONF = os.path.join(os.path.dirname(LOG), "issuer.conf")
with open(CONF, "w", encoding="utf-8") as f:
    f.write('issuer-url = "https://issuer.example"\nledger = no\n')

OURS = MYNUMBER + "ours\n"
LOCKED = OURS.replace("sign ready 5", "sign locked 0")
HIC = HICOS.replace("pin pin unknown -1 3", "pin pin locked 0 3") + "ours\n"
RESERVED = "case C7 sign kiosk open 11520 away\n"


def ask(card, *args, conf=CONF):
    put(card)
    return run(*args, "--config", conf, env={"TZ": "Asia/Tokyo"})


done = ask(LOCKED + RESERVED, "doors", "sign", "--know", "auth", "--json")
same((done.json["issuer"]["reached"], done.json["issuer"]["cases"]),
     (True, [{"case": "C7", "slot": "sign", "door": "kiosk", "state": "open", "left_s": 11520, "here": False}]), "a reservation is known")
has(" ".join(s["id"] for s in done.json["recommended"]["steps"]), "reserved", "and the steps go on from it")
same(done.json["recommended"]["command"], None, "nothing is to be reserved again")
ok("wait limited" in calls() and "look sign" in calls(), "asked within a time, with the PIN that is asked about", calls())
done = ask(LOCKED, "doors", "sign", "--know", "auth", "--json")
same((done.json["issuer"]["cases"], done.json["recommended"]["command"]), ([], "repin reserve sign"), "no reservation: how to make one")
done = ask(LOCKED + RESERVED, "doors", "sign", "--know", "auth")
for words in ("What the issuer (test) knows:", "for 3 hours 12 minutes more", "case C7"):
    has(" ".join(done.out.split()), words, f"in words: {words}")
done = ask(HIC + "user-code blocked 0\n", "doors", "pin", "--have", "user-code", "--json")
ok(done.json["recommended"]["door"] == "user-code-reset" and done.json["issuer"]["user_code"] == "blocked", "a blocked code shuts its door", done)
done = ask(HIC + "user-code active 1\n", "doors", "pin", "--have", "user-code", "--json")
ok(done.json["issuer"]["user_code_tries_left"] == 1 and done.json["recommended"]["steps"][-2]["tries_left"] == 1, "the code's tries are told", done)
done = ask(HIC + "user-code active 3\n", "doors", "pin", "--have", "user-code", "--json")
same(done.json["recommended"]["command"], "repin reset pin", "with the user code: the command")
done = ask(LOCKED + "status revoked\n", "doors", "sign", "--know", "auth", "--json")
same(done.json["recommended"]["door"], "re-issue", "a revoked card needs a new one")
for line, what in (("port issuer-unreachable\n", "away"), ("look issuer-unreachable\n", "away meanwhile"), ("port timeout\n", "too slow")):
    done = ask(LOCKED + line, "doors", "sign", "--know", "auth", "--json")
    ok(done.code == 0 and done.json["issuer"]["reached"] is False and done.json["recommended"]["door"] == "kiosk", f"{what}: exit 0, and the doors are told", done)
    done = ask(LOCKED + line, "doors", "sign", "--know", "auth")
    ok(done.code == 0 and "The issuer cannot be reached;" in done.out, f"{what}: that it could not be asked is said", done)
done = ask(LOCKED + "look issuer-refused card-not-shown\n", "doors", "sign", "--know", "auth", "--json")
ok(done.code == 0 and done.json["issuer"]["problem"] == "card-not-shown", "refused: exit 0, with the reason", done)
for card, args, what in ((MYNUMBER, ["doors", "sign"], "a real card"), (GIDS, ["doors", "pin"], "a card without a MAC"), ("", ["doors", "--profile", "mynumber"], "no card")):
    done = ask(card, *args, "--json")
    ok(done.code == 0 and done.json["issuer"] is None and "port" not in calls(), f"{what}: nobody is asked", [done, calls()])
with open(CONF + ".none", "w", encoding="utf-8") as f:
    f.write("ledger = no\n")
done = ask(LOCKED, "doors", "sign", "--json", conf=CONF + ".none")
ok(done.json["issuer"] is None and "port" not in calls() and any(c == "read 19" for c in calls()), "no issuer configured: the card is let go at once", calls())

# --- how far a revocation is ---
R = ["--receipt", "0123456789ABCDEFGHJKP"]
DEAD = AOSIGN.replace("pin pin ready 10", "pin pin dead 0")
for state, words in (("asked", "waits for a second person"), ("approved", "goes to the authority next"), ("sent", "does not make the card usable"),
                     ("confirmed", "Apply for a new one"), ("refused", "ask them"), ("withdrawn", "nothing was revoked"), ("nonsense", "not that of a revocation")):
    done = ask(DEAD + f"revocation {state}\n", "doors", "pin", *R)
    ok(done.code == 0 and words in " ".join(done.out.split()), f"a dead card, {state}: said", done)
    done = ask(f"revocation {state}\n", "doors", "--profile", "aosign", *R, "--json")
    same((done.code, done.json["revocation"]["state"]), (0, None if state == "nonsense" else state), f"without a card, {state}: JSON")
ok("receipt 0123456789ABCDEFGHJKP" in calls() and "wait limited" in calls(), "asked by its number, within a time", calls())
done = ask("", "doors", "--profile", "aosign", *R, "--json")
ok(done.json["revocation"]["state"] is None, "a receipt of something else", done)
done = ask("receipt issuer-unreachable\n", "doors", "--profile", "aosign", *R)
ok(done.code == 0 and "cannot be told now" in " ".join(done.out.split()), "away: exit 0, and that is said", done)
done = ask("receipt issuer-refused not-found\n", "doors", "--profile", "aosign", *R)
same(done.code, 8, "no such receipt: refused")
done = ask("", "doors", "--profile", "aosign", *R, conf=CONF + ".none")
ok(done.code != 0 and "does not know the card's issuer" in done.out + done.err, "no issuer configured: an error", done)
ok("revocation" not in ask("", "doors", "--profile", "aosign", "--json").json, "not asked: not there")

# --- the screens, as reviewed ---
KIOSK = "other=1234\nnew=K7W2QX\n"
CODE = "user-code=Code12\nnew=246813\n"
PAGE = 'page {"groups":[{"class":"kiosk","slots":"mynumber:sign","operator":"Mart A","places":"all shops","hours":"mon-sun 06:30-23:00"}]}\n'
HERE = "case C7 sign kiosk open 11520 here\n"
DESK = ["--card", "FFEE01", "--reason", "r", "--identified-by", "i", "--operator", "ando"]
SIGNED = "password=x\ntotp=123456\n"
SCENES = (
    ("reserved", LOCKED + PAGE, ["reserve", "sign"], "other=1234\n"),
    ("reset at a kiosk", LOCKED + HERE, ["reset", "sign"], KIOSK),
    ("not reported", LOCKED + HERE + "unreported\n", ["reset", "sign"], KIOSK),
    ("a reservation, at home", LOCKED + RESERVED, ["reset", "sign"], KIOSK),
    ("no reservation", LOCKED, ["reset", "sign"], KIOSK),
    ("text without a case", OURS, ["reset", "text"], "new=4821\n"),
    ("user code", HIC + "user-code active 3\n", ["reset", "pin"], CODE),
    ("wrong user code", HIC + "user-code active 3\njob issuer-refused 2 1 0 pin code-wrong issuer\n", ["reset", "pin"], CODE),
    ("third wrong user code", HIC + "user-code active 1\njob issuer-refused 0 1 0 pin code-blocked issuer\n", ["reset", "pin", "--last-try"], CODE),
    ("new user code", HIC.replace("locked 0 3", "ready 3 3"), ["reset", "user-code"], "current=246810\nnew=Neu123\n"),
    ("issuer away", LOCKED + "port issuer-unreachable\n", ["reset", "sign"], KIOSK),
    ("a real card", MYNUMBER, ["reserve", "sign"], "other=1234\n"),
    ("GIDS without a case", GIDS, ["reset", "pin"], "response=x\nnew=246813\n"),
    ("doors with a reservation", LOCKED + RESERVED, ["doors", "sign", "--know", "auth"], None),
    ("doors, issuer away", LOCKED + "port issuer-unreachable\n", ["doors", "sign", "--know", "auth"], None),
    ("a revocation on its way", "revocation sent\n", ["doors", "--profile", "aosign", "--receipt", "0123456789ABCDEFGHJKP"], None),
    ("help desk on-line", "decided 7K2M9QXWD4T\n", ["helpdesk", "pin", *DESK], SIGNED),
    ("help desk by telephone", "decided phone\n", ["helpdesk", "pin", *DESK, "--by-phone"], SIGNED + "challenge=0001FFFF80001234\n"),
)
for lang in ("en", "ja", "zh_TW"):
    now = []
    for title, card, args, secrets in SCENES:
        put(card + "now 1796180400\n")
        done = run(*args, "--lang", lang, "--config", CONF, secrets=secrets, env={"TZ": "Asia/Tokyo"})
        now += [f"=== {title}: repin {' '.join(args)}", *(done.out + done.err).rstrip("\n").split("\n"), f"(exit {done.code})", ""]
    name = os.path.join(SNAPSHOTS, f"screen-issuer.{lang}.txt")
    if os.environ.get("REPIN_UPDATE_SNAPSHOTS") == "1":
        with open(name, "w", encoding="utf-8") as f:
            f.write("\n".join(now))
    with open(name, encoding="utf-8") as f:
        was = f.read().split("\n")
    same("\n".join(difflib.unified_diff(was, "\n".join(now).split("\n"), "as reviewed", "now", lineterm="")), "", f"{lang}: the screens are those of tests/snapshots")
    text = re.sub(r"repin [a-z][a-z0-9 ,-]*|[「（(][^」）)]*[」）)]", "", "\n".join(now))
    if lang != "en":
        same(re.findall(r"[A-Za-z]{3,}(?: [A-Za-z]{2,}){3,}", re.sub(r"(?m)^===.*$|^  .*mon-sun.*$", "", text)), [], f"{lang}: no English left")
    lacks("\n".join(now), "K7W2QX", f"{lang}: no secret on a screen")
finish()
