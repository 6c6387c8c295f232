# SPDX-License-Identifier: Apache-2.0
"""The ledger on the command line: what status says of others, the history, wiping, switching off."""
import os
import re
import tempfile

from tap import AOSIGN, GIDS, MYNUMBER, Terminal, calls, finish, has, lacks, ok, put, run, same

TOP = tempfile.TemporaryDirectory(prefix="repin-ledger-")
# 2026-11-17 10:42 in Tokyo is a Tuesday.
TUESDAY, ZONE = 1794879720, "Asia/Tokyo"
WORDS = {"en": "since Tuesday, 17 November 2026, 10:42", "ja": "2026年11月17日（火）10:42以降", "zh_TW": "自2026年11月17日（星期二）10:42以來"}
_n = 0


def anew():
    """An empty state directory from now on; gives its path."""
    global _n
    _n += 1
    path = os.path.join(TOP.name, str(_n))
    os.mkdir(path)
    ENV["XDG_STATE_HOME"] = path
    return os.path.join(path, "repin")


ENV = {"TZ": ZONE}


def repin(*args, **kw):
    return run(*args, env=ENV, **kw)


def left(**tries):
    """My Number with these tries left."""
    card = MYNUMBER
    for slot, n in tries.items():
        top = 5 if slot == "sign" else 3
        card = card.replace(f"pin {slot} ready {top} {top}", f"pin {slot} {'ready' if n else 'locked'} {n} {top}")
    return card


def file_of(state):
    names = os.listdir(os.path.join(state, "ledger"))
    return os.path.join(state, "ledger", names[0])


def edit(state, old, new):
    path = file_of(state)
    with open(path, encoding="ascii") as f:
        text = f.read()
    with open(path, "w", encoding="ascii") as f:
        f.write(re.sub(old, new, text, flags=re.M))


def of(done, slot):
    return next(p for p in done.json["pins"] if p["id"] == slot)


# --- status ---
state = anew()
put(MYNUMBER)
done = repin("status", "--json")
ok(done.code == 0 and not any("elsewhere" in p for p in done.json["pins"]), "the first look accuses nobody", done)
edit(state, r"^look \d+ \d+", f"look {TUESDAY} {TUESDAY}")
put(left(sign=3, auth=2))
for lang, since in WORDS.items():
    done = repin("status", "--lang", lang)
    has(done.out, since, f"{lang}: since when, in the words and the zone of the user")
done = repin("status")
has(done.out, "sign: 2 tries were used elsewhere since Tuesday, 17 November 2026, 10:42.", "how many, since when")
has(done.out, "auth: 1 try was used elsewhere since", "one try")
lacks(done.out, "text: ", "nothing about the others")
found = of(repin("status", "--json"), "sign")["elsewhere"]
until = found.pop("until")
same(found, {"kind": "used", "tries": 2, "since": "2026-11-17T01:42:00Z", "maybe_here": False}, "the same as JSON")
ok(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", until), "and when it was first seen", until)
lacks(repin("status", "text").out, "elsewhere since", "only of the PINs that were asked for")
has(repin("status", "auth").out, "auth: 1 try was used elsewhere", "those that were asked for, too")
has(repin("change", "sign", secrets="current=ABC123\nnew=NEW456\n").out, "2 tries were used elsewhere since", "a change tells it before it asks")
put(left(auth=0))
done = repin("status")
has(done.out, "auth: 3 tries were used elsewhere since Tuesday, 17 November 2026, 10:42; that locked it.", "locked elsewhere")
has(done.out, "sign: a right entry elsewhere has set the count back since", "set back elsewhere")
same(of(repin("status", "--json"), "auth")["elsewhere"]["kind"], "locked", "as JSON")
has(repin("status").out, "set the count back since", "good news is told again")
put(MYNUMBER)
has(repin("status").out, "auth: it was unlocked elsewhere since", "unlocked elsewhere")
edit(state, r"^look \d+ \d+", f"look {TUESDAY - 864000} {TUESDAY - 864000}")
lacks(repin("status").out, "elsewhere", "but not for longer than a day")

state = anew()
repin("status")
edit(state, r"^(look) \d+ \d+ sign (.*)$", rf"\1 {TUESDAY} {TUESDAY} sign \2\nchange {TUESDAY} - sign unknown - - - - 0000000A")
put(left(sign=4))
has(repin("status").out, "sign: 1 try was used since Tuesday, 17 November 2026, 10:42, elsewhere or by a job here that was interrupted.",
    "a job of ours without an end: elsewhere or here")
put(left(sign=0))
has(repin("status").out, "elsewhere or by a job here that was interrupted; that locked it.", "and locked by it")

state = anew()
put(MYNUMBER)
repin("status")
edit(state, r"^look \d+ \d+", "look 4000000000 4000000000")
put(left(sign=3))
has(repin("status").out, "sign: 2 tries were used elsewhere since the last look here.", "a clock that was set back gives no date")
same(of(repin("status", "--json"), "sign")["elsewhere"]["since"], None, "nor in JSON")

state = anew()
put(GIDS.replace("number 5\n", ""))
repin("status")
put(GIDS.replace("number 5\n", "").replace("ready 3", "ready 1"))
lacks(repin("status").out, "elsewhere", "a card without a number could be any")
ok(not os.path.exists(os.path.join(state, "ledger")), "and nothing is noted of it")
has(repin("ledger").out, "does not tell its number", "which the ledger says")

# --- no trouble of the ledger is the user's ---
put(MYNUMBER)
for what, place in (("a file in the way", "/dev/null/x"), ("no such place", "/proc/repin")):
    conf = os.path.join(TOP.name, "bad.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f'state-directory = "{place}"\n')
    done = repin("status", "--config", conf)
    ok(done.code == 0 and done.err == "" and "Looking spent no try." in done.out, f"status does not mind: {what}", done)
    done = repin("doctor", "--json", "--config", conf)
    one = next(f for f in done.json if f["id"] == "notes")
    ok(done.code == 0 and one["level"] == "warn" and place in one["message"] and "state-directory" in one["next"],
       f"doctor warns, with the next step: {what}", done)
    done = repin("ledger", "--config", conf)
    ok(done.code == 1 and "repin doctor" in done.err, f"ledger says so: {what}", done)
state = anew()
repin("status")
with open(file_of(state), "w", encoding="ascii") as f:
    f.write("nonsense\n")
done = repin("status")
ok(done.code == 0 and done.err == "" and "elsewhere" not in done.out, "a broken file says nothing", done)
same(sorted(n[32:] for n in os.listdir(os.path.join(state, "ledger"))), ["", ".broken"], "and is kept aside")

# --- ledger ---
state = anew()
put(MYNUMBER)
repin("status")
edit(state, r"^look \d+ \d+", f"look {TUESDAY} {TUESDAY + 3600}")
put(left(sign=3))
done = repin("ledger")
ok(done.code == 0 and "123456789012345" in done.out, "the card in the reader", done)
for part in ("2026-11-17 10:42  2026-11-17 11:42  sign", "elsewhere  2 tries were used", "What happened"):
    has(done.out, part, f"the history says: {part}")
same(len(re.findall(r" elsewhere ", done.out)), 1, "each deed once")
done = repin("ledger", "--json")
card = done.json["cards"][0]
same([done.json["ledger"], card["profile"], card["tail"], card["first"]], ["on", "mynumber", "2345", "2026-11-17T01:42:00Z"], "as JSON")
same([(x["id"], x["why"], x["tries_left"]) for x in card["lines"]],
     [("sign", "look", 5), ("auth", "look", 3), ("text", "look", 3), ("juki", "look", 3), ("sign", "look", 3)], "its lines")
same(card["lines"][-1]["elsewhere"]["tries"], 2, "with what others did")
same(card["lines"][3]["tries_left_places"], [3, 3], "and both places of a PIN")
put(AOSIGN)
repin("status")
put("open no-card\n")
done = repin("ledger")
ok(done.code == 3 and "repin ledger --all" in done.err, "no card: the way to all cards is named", done)
done = repin("ledger", "--all")
ok(done.code == 0 and "My Number Card, its number ends in 2345" in done.out and "AOSign IC card, its number ends in 3456" in done.out,
   "all cards, by the ends of their numbers", done)
lacks(done.out, "123456789012345", "never by a whole number")
same(sorted(c["tail"] for c in repin("ledger", "--all", "--json").json["cards"]), ["2345", "3456"], "all cards as JSON")
same([c for c in calls() if c != "readers"], ["open"], "for which no card is looked at")
for root, _, names in os.walk(state):
    for name in names:
        with open(os.path.join(root, name), "rb") as f:
            text = f.read()
        ok(b"123456789012345" not in text and b"1234567890123456" not in text and b"Taro" not in text and "12345" not in name,
           "no file names a card or holder")
for lang in ("ja", "zh_TW"):
    done = repin("ledger", "--all", "--lang", lang)
    lacks(done.out, "happened", f"{lang}: the history is translated")

# a long history
anew()
for i in range(40):
    put(left(sign=2 + i % 3))
    repin("status")
done = repin("ledger")
has(done.out, "older lines are not shown here", "what does not fit is told")
ok(len(done.out.splitlines()) < 40, "and left out", done)
same(len(repin("ledger", "--json").json["cards"][0]["lines"]), 43, "JSON has all")

# --- wiping ---
state = anew()
put(AOSIGN)
repin("status")
put(MYNUMBER)
repin("status")
done = repin("ledger", "--wipe")
ok(done.code == 2 and "--yes" in done.err and len(os.listdir(os.path.join(state, "ledger"))) == 2,
   "without a terminal nothing is wiped unless --yes says so", done)
t = Terminal("ledger", "--wipe", env=ENV)
t.answer("stops:", "no\n")
same([t.end(), len(os.listdir(os.path.join(state, "ledger")))], [10, 2], "it asks, and no is no")
has(t.text, "123456789012345", "it shows which card is meant")
t = Terminal("ledger", "--wipe", env=ENV)
t.answer("stops:", "yes\n")
same([t.end(), len(os.listdir(os.path.join(state, "ledger")))], [0, 1], "yes wipes this card's")
done = repin("ledger", "--wipe", "--yes")
ok(done.code == 0 and "Nothing is noted of this card." in done.out, "wiping what is not there is no error", done)
same(repin("ledger", "--wipe", "--yes", "--json").json, {"wiped": 0}, "nor with --json")
same(repin("ledger", "--wipe", "--all", "--yes", "--json").json, {"wiped": 1}, "all cards")
same(os.listdir(os.path.join(state, "ledger")), [], "nothing is left")
has(repin("ledger", "--all").out, "Nothing is noted of any card.", "which the ledger says")

# --- switched off, and another place ---
state = anew()
off = os.path.join(TOP.name, "off.conf")
with open(off, "w", encoding="ascii") as f:
    f.write("ledger = no\n")
put(MYNUMBER)
repin("status", "--config", off)
repin("ledger", "--config", off)
repin("change", "sign", "--config", off, secrets="current=ABC123\nnew=NEW456\n")
ok(not os.path.exists(os.path.join(state, "ledger")), "switched off: nothing is noted")
repin("status")
put(left(sign=3))
lacks(repin("status", "--config", off).out, "elsewhere since", "switched off: nothing is read")
done = repin("ledger", "--config", off)
ok(done.code == 0 and "switched off" in done.out and "1 card is still kept" in done.out, "ledger says that it is off, and what is kept", done)
same(repin("ledger", "--config", off, "--json").json, {"ledger": "off", "cards": [], "kept": 1}, "as JSON")
done = repin("doctor", "--config", off, "--json")
ok(next(f for f in done.json if f["id"] == "ledger")["level"] == "warn", "so does doctor", done)
same(repin("ledger", "--config", off, "--wipe", "--all", "--yes", "--json").json, {"wiped": 1}, "it can be wiped all the same")
done = repin("doctor", "--config", off, "--json")
ok(next(f for f in done.json if f["id"] == "ledger")["level"] == "ok", "and then all is well", done)
place = os.path.join(TOP.name, "elsewhere", "notes")
conf = os.path.join(TOP.name, "place.conf")
with open(conf, "w", encoding="ascii") as f:
    f.write(f'state-directory = "{place}"\n')
state = anew()
repin("status", "--config", conf)
same([len(os.listdir(os.path.join(place, "ledger"))), os.path.exists(state)], [1, False], "state-directory is where it goes")
same(next(f for f in repin("doctor", "--config", conf, "--json").json if f["id"] == "notes")["message"],
     f"Notes about cards can be kept in {place}.", "and doctor names it")
finish()
