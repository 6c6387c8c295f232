# SPDX-License-Identifier: Apache-2.0
"""What pages stand on: view, --expect, --steps-fd, --refuse-weak, and --pages with its sentences."""
import difflib
import glob
import json
import os
import re
import subprocess

from tap import (AOSIGN, CARD, GIDS, HICOS, LOG, MOBILE, MYNUMBER, OPENPGP, PIV, PROGRAM, Terminal, calls, environment,
                 finish, has, lacks, ok, put, run, same)

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CONF = os.path.join(os.path.dirname(LOG), "issuer.conf")
KIOSK = os.path.join(os.path.dirname(LOG), "kiosk.conf")
KEY = os.path.join(os.path.dirname(LOG), "kiosk.key")
with open(CONF, "w", encoding="utf-8") as f:
    f.write('issuer-url = "https://issuer.example"\n')
with open(KEY, "w", encoding="utf-8") as f:
    f.write("-\n")
os.chmod(KEY, 0o600)
with open(KIOSK, "w", encoding="utf-8") as f:
    f.write(f'issuer-url = "https://issuer.example"\nterminal-certificate-file = "/etc/repin/k.pem"\nterminal-key-file = "{KEY}"\n')

OURS = MYNUMBER + "ours\n"
LOCKED = OURS.replace("pin sign ready 5", "pin sign locked 0")
HIC = HICOS.replace("pin pin unknown -1 3", "pin pin locked 0 3") + "ours\nuser-code active 3\n"
PGP = OPENPGP.replace("pin rc not-set 0 3", "pin rc ready 3 3")
HERE = "case C7 sign kiosk open 11520 here\n"
CODE = "7K2M9QXWD4"
SIGN = "current=ABC123\nnew=K7W2QX\n"


def view(card, *args, conf=None, env=None):
    put(card)
    return run("view", "--json", *(["--config", conf] if conf else []), *args, env=env)


def pin_of(done, name):
    return next(p for p in done.json["pins"] if p["id"] == name)


def jobs_sent():
    return [c for c in calls() if c.split(" ")[0] in ("change", "unlock", "reserve", "reset", "code", "by-phone")]


# --- view: what it tells ---
done = view(MYNUMBER)
same(done.code, 0, "view")
same(done.out.count("\n"), 1, "view: on one line")
same(calls(), ["open", "read 19"], "view: it only looks, and lets the card go at once")
j = done.json
same({k: j["card"][k] for k in ("profile", "number", "holder", "valid_to", "title", "ours")},
     {"profile": "mynumber", "number": "123456789012345", "holder": None, "valid_to": "2035-01-01", "title": "My Number Card", "ours": False}, "view: the card")
same([p["id"] for p in j["pins"]], ["sign", "auth", "text", "juki"], "view: its PINs")
ok(j["issuer"] is None and j["cuts"] == [] and j["terminal"] is False, "view: no issuer, no cut, no terminal", done)
sign = pin_of(done, "sign")
same(sign["rules"], {"len_min": 6, "len_max": 16, "characters": "upper-alnum", "current_characters": "upper-alnum", "to_upper": True,
                     "refuse_all_same": False, "text": "6-16 letters A-Z, digits"}, "view: the rules of a PIN")
same({k: sign[k] for k in ("state", "state_text", "tries_left", "tries_max", "tries_text", "local_name", "two_places", "secret_only")},
     {"state": "ready", "state_text": "ready", "tries_left": 5, "tries_max": 5, "tries_text": "5 of 5", "local_name": "署名用電子証明書の暗証番号",
      "two_places": False, "secret_only": False}, "view: the state of a PIN")
change = sign["jobs"]["change"]
same((change["secrets"], change["last_try"], change["stake"]["slot"], change["stake"]["tries_left"]), (["current", "new"], False, "sign", 5), "view: what a change asks for")
has(change["stake"]["limit"], "5 wrong entries in a row lock this PIN", "view: what wrong ones do")
same([sign["jobs"][k] for k in ("unlock", "reserve", "reset", "reset_why")], [None] * 4, "view: what a real card does not get")
same(pin_of(view(MYNUMBER.replace("juki ready 3 3 3 3", "juki ready 2 3 3 2")), "juki")["two_places"], True, "view: a PIN whose two places differ")
done = view(MYNUMBER.replace("sign ready 5", "sign ready 1"))
ok(pin_of(done, "sign")["jobs"]["change"]["last_try"] is True and pin_of(done, "auth")["jobs"]["change"]["last_try"] is False, "view: the last try", done)
done = view(MYNUMBER.replace("sign ready 5", "sign locked 0"))
ok(pin_of(done, "sign")["jobs"]["change"] is None and pin_of(done, "sign")["way"]["door"] == "kiosk", "view: a locked PIN: no change, and its way", done)
ways = pin_of(view(PGP), "pw1")["jobs"]["unlock"]
same([w["secrets"] for w in ways], [["resetting-code", "new"], ["admin", "new"]], "view: every way of unlocking")
ways = pin_of(view(PGP.replace("pw3 ready 3", "pw3 locked 0")), "pw1")["jobs"]["unlock"]
same([w["secrets"][0] for w in ways], ["resetting-code"], "view: but not one whose secret is locked")
ok(pin_of(view(AOSIGN.replace("ours\n", "")), "pin")["jobs"] == {"change": None, "unlock": None, "reserve": None, "reset": None, "reset_why": None},
   "view: commands of our own design are not offered for a real card", calls())
ok(pin_of(view(HICOS), "pin")["no_change"].startswith("Use the HiCOS card tool") and pin_of(view(HICOS), "pin")["unknown"], "view: why not, and where")

# --- view: what others did, and jobs that were cut ---
def at(name):
    return {"XDG_STATE_HOME": os.path.join(os.path.dirname(LOG), name), "TZ": "UTC"}


view(MYNUMBER, env=at("news"))
news = pin_of(view(MYNUMBER.replace("sign ready 5", "sign ready 3"), env=at("news")), "sign")["news"]
ok(news["kind"] == "used" and news["tries"] == 2 and news["text"].startswith("PIN of the signature certificate: 2 tries were used elsewhere since "), "view: tries that others used", news)
same(pin_of(view(MYNUMBER, env=at("other")), "sign")["news"], None, "view: no news without a look before")
ok(view(MYNUMBER, env={"XDG_STATE_HOME": "/proc/nowhere"}).json["cuts"] == [], "view: no place for notes is no error")

# --- view: with an issuer ---
done = view(LOCKED, conf=CONF)
same((done.json["issuer"]["reached"], pin_of(done, "sign")["jobs"]["reserve"]["secrets"]), (True, ["other"]), "view: a reservation can be opened from home")
same(pin_of(done, "sign")["jobs"]["reserve"]["stake"]["slot"], "auth", "view: with the other PIN")
same(pin_of(done, "sign")["jobs"]["reset_why"]["problem"], "no-reservation", "view: and why there is no reset")
same(jobs_sent(), [], "view: nothing was tried")
done = view(LOCKED + HERE, conf=KIOSK)
reset = pin_of(done, "sign")["jobs"]["reset"]
same((reset["secrets"], reset["case"], reset["door"], reset["left_s"], reset["left_text"], reset["stake"]["slot"], done.json["terminal"]),
     (["other", "new"], "C7", "kiosk", 11520, "3 hours 12 minutes", "auth", True), "view: a reservation, at a kiosk")
same(pin_of(done, "sign")["jobs"]["reserve"], None, "view: a kiosk opens no reservation")
done = view(LOCKED + HERE.replace("here", "away"), conf=CONF)
ok(pin_of(done, "sign")["jobs"]["reset"] is None and "3 hours 12 minutes" in pin_of(done, "sign")["jobs"]["reset_why"]["message"], "view: a reservation, at home", done)
done = view(LOCKED + HERE + "port issuer-unreachable\n", conf=KIOSK)
ok(done.json["issuer"]["reached"] is False and "cannot be reached" in done.json["issuer"]["message"] and pin_of(done, "sign")["jobs"]["reset"] is None, "view: the issuer is away", done)
done = view(HIC, conf=CONF)
same([p["id"] for p in done.json["pins"]], ["pin", "user-code"], "view: a user code that the issuer knows")
reset = pin_of(done, "pin")["jobs"]["reset"]
same((reset["secrets"], reset["stake"]["tries_left"], reset["stake"]["at_issuer"]), (["user-code", "new"], 3, True), "view: its tries are counted at the issuer")
same(pin_of(done, "user-code")["jobs"]["reset"]["secrets"], ["response", "new"], "view: a new user code where the PIN is locked")
same([w["secrets"] for w in pin_of(view(HIC.replace("pin locked 0 3", "pin ready 3 3"), conf=CONF), "user-code")["jobs"]["reset"]],
     [["current", "new"], ["response", "new"]], "view: and where it works, by either")
same(pin_of(view(HIC.replace("active 3", "active 1"), conf=CONF), "pin")["jobs"]["reset"]["last_try"], True, "view: the code's last try")
same(pin_of(view(HIC.replace("active 3", "blocked 0"), conf=CONF), "user-code")["state"], "locked", "view: a blocked user code")
same([p["id"] for p in view(HIC.replace("user-code active 3\n", ""), conf=CONF).json["pins"]], ["pin"], "view: none, where there is none")

# --- view: refusals ---
put(MYNUMBER)
done = run("view")
ok(done.code == 2 and "repin status" in done.err and calls() == [], "view is for programs", done)
ok(run("view", "sign", "--json").code == 2, "view takes no name")
for line, word, code in (("open no-card\n", "no-card", 3), ("readers ok\nopen card-mute\n", "card-mute", 3), ("read card-unknown\n", "card-unknown", 3), ("open no-pcscd\n", "no-pcscd", 3)):
    done = view(MYNUMBER + line)
    ok(done.code == code and done.error["code"] == word and done.error["next"], f"view: {word}, and what to do", done)

# --- what view offers is what the command does, and nothing else ---
VALID = next(CODE + c for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if put(HIC.replace("user-code", "x-user-code")) or run(
    "reset", "user-code", "--json", "--config", CONF, secrets=f"response={CODE}{c}\nnew=Neu123\n").code == 0)
SECRET = {"current": {"mynumber sign": "ABC123", "aosign pin": "12345678", "piv pin": "123456", "piv puk": "12345678", "openpgp pw1": "123456", "openpgp pw3": "12345678",
                      "gids pin": "12345678", "hicos pin": "246810"},
          "letter": "12345678", "puk": "12345678", "resetting-code": "12345678", "admin": "12345678", "other": {"sign": "1234", "auth": "ABC123"}, "user-code": "Code12",
          "response": VALID}
NEW = {"mynumber sign": "K7W2QX", "aosign pin": "K7W2QX4M", "piv pin": "728461", "piv puk": "72846193", "openpgp pw1": "728461", "openpgp pw3": "72846193", "gids pin": "72846193",
       "hicos pin": "728461", "hicos user-code": "Neu123"}


def entry(name, profile, slot):
    if name == "new":
        return NEW.get(f"{profile} {slot}", "4821")
    if name == "other":
        return SECRET["other"][slot]
    if name == "current" and slot == "user-code":
        return SECRET["current"]["hicos pin"]
    return SECRET["current"].get(f"{profile} {slot}", "1234") if name == "current" else SECRET[name]


RIGHT = "1122 3344 5566 7788\n"


def by_phone(*args, lines, secrets="new=72846193\n"):
    """Runs with a descriptor for answers that the help desk gave: (result, the steps)."""
    (r, w), (sr, sw), (ar, aw) = os.pipe(), os.pipe(), os.pipe()
    for fd, text in ((w, secrets), (aw, lines)):
        os.write(fd, text.encode())
        os.close(fd)
    p = subprocess.run([PROGRAM, *args, "--json", "--by-phone", "--secrets-fd", str(r), "--steps-fd", str(sw), "--response-fd", str(ar)], stdin=subprocess.DEVNULL,
                       capture_output=True, env=environment(), pass_fds=(r, sw, ar), timeout=20, check=False)
    os.close(sw)
    told = os.read(sr, 65536).decode()
    for fd in (r, sr, ar):
        os.close(fd)
    p.code, p.json = p.returncode, json.loads(p.stdout)
    p.error = p.json.get("error", {})
    return p, told


def do(card, conf, job, slot, secrets, profile, offered, expect):
    """The command as a page would have it; also where it is not offered, with what it would need."""
    if offered and offered.get("by_phone"):
        put(card + "takes 1122334455667788\n")
        return by_phone(job, slot, "--expect", expect, lines=RIGHT)[0]
    args = [job, slot, "--json"] + (["--config", conf] if conf else [])
    if expect:
        args += ["--expect", expect]
    if offered and offered["last_try"]:
        args.append("--last-try")
    if offered and offered.get("case"):
        args += ["--case", offered["case"]]
    put(card)
    return run(*args, secrets="".join(f"{s}={entry(s, profile, slot)}\n" for s in secrets))


GUESS = {"change": [["current", "new"]], "unlock": [["letter", "new"], ["puk", "new"], ["resetting-code", "new"], ["admin", "new"]], "reserve": [["other"]],
         "reset": [["other", "new"], ["user-code", "new"], ["new"], ["current", "new"], ["response", "new"]]}
STATES = []
for name, base, conf in (("mynumber", MYNUMBER, None), ("mynumber at an issuer", OURS, CONF), ("mynumber at a kiosk", OURS + HERE, KIOSK), ("aosign", AOSIGN, None), ("piv", PIV, None),
                         ("openpgp", PGP, None), ("openpgp without code", OPENPGP, None), ("gids", GIDS, None), ("mobile", MOBILE, None), ("hicos", HICOS, None),
                         ("hicos at an issuer", HIC, CONF)):
    STATES.append((name, base, conf))
    for line in re.findall(r"(?m)^pin .*$", base):
        words = line.split()
        for state, left in (("locked", 0), ("ready", 1), ("not-set", 0), ("dead", 0), ("unknown", -1)):
            STATES.append((f"{name}, {words[1]} {state} {left}", base.replace(line, f"pin {words[1]} {state} {left} {words[4]}"), conf))
bad, offers, refusals = [], 0, 0
for at, (name, card, conf) in enumerate(STATES):
    done = view(card, conf=conf)
    if done.code != 0:
        bad.append((name, str(done)))
        continue
    for p in done.json["pins"]:
        for job in ("change", "unlock", "reserve", "reset"):
            one = p["jobs"][job]
            for offered in [] if one is None else one if isinstance(one, list) else [one]:
                offers += 1
                told = do(card, conf, job, p["id"], offered["secrets"], done.json["card"]["profile"], offered, done.json["expect"])
                if told.code != 0 or len(jobs_sent()) != 1:
                    bad.append((name, p["id"], job, offered["secrets"], "is offered and refused", str(told), calls()))
            for secrets in GUESS[job] if one is None and at % 4 == 0 and p["id"] in ("sign", "auth", "text", "juki", "pin", "puk", "pw1", "pw3") else []:
                # A kiosk could open a reservation, and its page does not: it is made where there is time to think.
                if job == "reserve" and (conf == KIOSK or p["id"] not in SECRET["other"]) or job == "reset" and secrets == ["other", "new"] and p["id"] not in SECRET["other"]:
                    continue
                refusals += 1
                told = do(card, conf, job, p["id"], secrets, done.json["card"]["profile"], None, "")
                # An issuer that is not configured or is away is asked by the command, and not by a page.
                if told.code == 0:
                    bad.append((name, p["id"], job, secrets, "is done and was not offered", str(told)))
ok(bad == [] and offers > 100 and refusals > 200, f"what view offers is what the commands do ({offers} offers, {refusals} refusals)", "\n".join(map(str, bad[:6])))

# --- the texts in three languages ---
SCENES = (("My Number Card", MYNUMBER, None), ("My Number Card, locked, at home", LOCKED, CONF), ("My Number Card at a kiosk", LOCKED + HERE, KIOSK), ("issuer away", LOCKED + "port issuer-unreachable\n", KIOSK),
          ("AOSign, last tries", AOSIGN.replace("pin ready 10", "pin ready 1").replace("letter ready 10", "letter ready 1"), None), ("HiCOS, user code", HIC, CONF), ("a real HiCOS card", HICOS, None),
          ("OpenPGP", PGP, None), ("PIV", PIV, None), ("GIDS", GIDS, None), ("smartphone", MOBILE, None))
for lang in ("en", "ja", "zh_TW"):
    now = []
    for title, card, conf in SCENES:
        done = view(card, "--lang", lang, "--pages", conf=conf, env={"XDG_STATE_HOME": f"/proc/nowhere/{lang}"})
        ok(done.code == 0 and done.json, f"{lang}: {title}", done)
        now += [f"=== {title}", *json.dumps(done.json, ensure_ascii=False, indent=1).split("\n"), ""]
        for p in done.json["pins"]:
            ok(re.match(r"[^-+x!?]", p["state_text"]) and " " not in p["state_text"][:2], f"{lang}: {title}, {p['id']}: the state without its mark", p["state_text"])
    name = os.path.join(ROOT, "tests", "snapshots", f"view.{lang}.txt")
    if os.environ.get("REPIN_UPDATE_SNAPSHOTS") == "1":
        with open(name, "w", encoding="utf-8") as f:
            f.write("\n".join(now))
    with open(name, encoding="utf-8") as f:
        was = f.read().split("\n")
    same("\n".join(difflib.unified_diff(was, "\n".join(now).split("\n"), "as reviewed", "now", lineterm="")), "", f"{lang}: the objects are those of tests/snapshots")
    same(re.findall(r"repin [a-z]+|--[a-z][a-z-]+", "\n".join(now)), [], f"{lang}: no command and no option in it")

# --- --expect ---
expect = view(MYNUMBER).json["expect"]
same(expect.split(":")[1], "sign=5,auth=3,text=3,juki=3", "expect: slots and tries")
ok("123456789012345" not in expect and "6789" not in expect, "expect: no number for whoever lists processes", expect)
same(view(HICOS).json["expect"].split(":")[1], "pin=?", "expect: tries that are not told")
for card, code, error, what in ((MYNUMBER, 0, None, "the card that was shown"), (MYNUMBER.replace("sign ready 5", "sign ready 4"), 3, "tries-changed", "other tries"),
                                (MYNUMBER.replace("text ready 3", "text ready 2"), 3, "tries-changed", "other tries of another PIN"),
                                (MYNUMBER.replace("9012345", "9012346"), 3, "card-changed", "another card"), (MYNUMBER.replace("number 123456789012345\n", ""), 3, "card-changed", "a card that tells no number"),
                                (MYNUMBER.replace("pin juki ready 3 3 3 3\n", ""), 3, "tries-changed", "a PIN less"), (PIV, 3, "card-changed", "another kind of card")):
    put(card)
    done = run("change", "sign", "--json", "--expect", expect, secrets=SIGN)
    ok(done.code == code and done.error.get("code") == error and len(jobs_sent()) == (code == 0), f"--expect: {what}", [done, calls()])
    ok(code == 0 or (done.error["tries_spent"] == 0 and done.error["next"]), f"--expect: {what}: nothing was spent, and what to do", done)
for wrong in ("x", "sign=5", expect.replace(":", ""), expect[1:], expect.lower()):
    put(MYNUMBER)
    done = run("change", "sign", "--json", "--expect", wrong, secrets=SIGN)
    ok(done.code == 2 and done.error["code"] == "usage" and not jobs_sent(), f"--expect: no such text: {wrong}", done)
ok(run("status", "--expect", expect).code == 2, "--expect goes with jobs alone")
put(MYNUMBER)
for args in (["unlock", "pin"], ["reserve", "sign"], ["reset", "sign"]):
    put(OURS.replace("sign ready 5", "sign ready 4") if args[1] == "sign" else AOSIGN.replace("letter ready 10", "letter ready 9"))
    mine = expect if args[1] == "sign" else view(AOSIGN).json["expect"]
    if args[1] == "pin":
        put(AOSIGN.replace("letter ready 10", "letter ready 9"))
    done = run(*args, "--json", "--config", CONF, "--expect", mine, secrets="letter=12345678\nnew=K7W2QX4M\n" if args[1] == "pin" else "other=1234\n" + ("new=K7W2QX\n" if args[0] == "reset" else ""))
    ok(done.code == 3 and done.error["code"] == "tries-changed" and not jobs_sent(), f"--expect with {args[0]}", [done, calls()])


# --- --steps-fd ---
def with_steps(*args, secrets, fill=False, close=False, flags=None):
    """Runs with descriptors of its own for secrets and steps: (result, what came out of the steps' pipe)."""
    r, w = os.pipe()
    os.write(w, secrets.encode())
    os.close(w)
    sr, sw = os.pipe()
    if fill:
        os.set_blocking(sw, False)
        try:
            while True:
                os.write(sw, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(sw, True)
    if close:
        os.close(sr)
    given = sr if flags == "read" else sw
    done = subprocess.run([PROGRAM, *args, "--json", "--secrets-fd", str(r), "--steps-fd", str(r if flags == "same" else given)], stdin=subprocess.DEVNULL, capture_output=True,
                          env=environment(), pass_fds=(r, given), timeout=20, check=False)
    os.close(r)
    os.close(sw)
    told = b""
    if not close and not fill:
        told = os.read(sr, 65536) if flags is None else b""
    if not close:
        os.close(sr)
    return done, told.decode()


put(MYNUMBER)
done, told = with_steps("change", "sign", secrets=SIGN)
ok(done.returncode == 0, "--steps-fd", done)
same(told, "identify The card is being looked at.\nset The new PIN is being set. Leave the card where it is.\n", "the steps of a change, a line each")
done, told = with_steps("change", "sign", "--lang", "ja", secrets=SIGN)
ok(re.fullmatch(r"identify [^\x00-\x7f].*\nset [^\x00-\x7f].*\n", told), "the steps in the chosen language", told)
done, told = with_steps("change", "sign", secrets=SIGN.replace("new=K7W2QX", "new=1"))
same(told.split()[0:1] + [told.count("\n")], ["identify", 1], "an entry against the rules: no step that did not happen")
for kind in ({"close": True}, {"fill": True}):
    put(MYNUMBER)
    done, told = with_steps("change", "sign", secrets=SIGN, **kind)
    ok(done.returncode == 0 and len(jobs_sent()) == 1, f"nobody reads the steps ({list(kind)[0]}): the job goes on", done)
for kind in ("read", "same"):
    put(MYNUMBER)
    done, told = with_steps("change", "sign", secrets=SIGN, flags=kind)
    ok(done.returncode == 2 and calls() == [], f"--steps-fd: a descriptor that is no place for steps ({kind})", done)
put(MYNUMBER)
done = run("change", "sign", "--json", "--steps-fd", "77", secrets=SIGN)
ok(done.code == 2 and done.error["code"] == "usage" and calls() == [], "--steps-fd: a descriptor that is not open", done)
ok(run("change", "sign", "--steps-fd", "1", "--steps-fd", "1").code == 2, "--steps-fd given twice")
ok(run("change", "sign", "--steps-fd", "x").code == 2, "--steps-fd takes a number")
lacks(run("status").out, "The card is being looked at", "no steps without --steps-fd")
done = subprocess.run([PROGRAM, "status"], stdin=subprocess.DEVNULL, capture_output=True, env=environment(), check=False)
lacks(done.stdout.decode(), "looked at", "and none to standard input's number")

# --- by telephone, for programs ---
ASKED = GIDS.replace("pin pin ready 3", "pin pin locked 0") + "challenge 0001FFFF80001234\ntakes 1122334455667788\n"
GROUPS = "challenge 000013 655354 327683 046605 0001 FFFF 8000 1234\n"
put(ASKED)
done, told = by_phone("unlock", "pin", lines="112233 445566\n" + "7" * 80 + "\n" + RIGHT)
ok(done.code == 0 and done.json["slot"] == "pin", "by telephone, with descriptors", done)
ok(told.count(GROUPS) == 3 and told.count("\nresponse Four groups of six digits") == 2 and told.split("\n")[-2].startswith("set "),
   "the challenge as a step, what was wrong with an answer, and the challenge again", told)
put(ASKED)
done, told = by_phone("unlock", "pin", lines="")
ok(done.code == 10 and done.error["tries_spent"] == 0 and "response" not in calls(), "whoever should answer has gone: cancelled", done)
put(ASKED)
done, told = by_phone("unlock", "pin", lines="0000 0000 0000 0000\n")
ok(done.error["code"] == "card-refused" and "new challenge" in done.error["next"] and done.error["tries_spent"] == 0, "an answer to another challenge", done)
put(ASKED)
done, told = by_phone("unlock", "pin", "--refuse-weak", lines=RIGHT, secrets="new=12345678\n")
ok(done.error["code"] == "input-weak" and not told.count("challenge"), "a weak PIN is told before anybody reads anything out", [done, told])
for args in (["--response-fd", "0"], ["--by-phone", "--response-fd", "0"]):
    put(ASKED)
    done = run("unlock", "pin", "--json", *args, secrets="new=72846193\n")
    ok(done.code == 2 and done.error["code"] == "usage" and calls() == [], f"--response-fd goes with the other two: {args}", done)

# --- --refuse-weak ---
for new, ids in (("XYZ789", "sequence"), ("ABC123", None)):
    put(MYNUMBER)
    done = run("change", "sign", "--json", "--refuse-weak", secrets=f"current=ABC123\nnew={new}\n")
    ok(done.code == 2 and done.error["code"] == "input-weak" and not jobs_sent() and done.error["tries_spent"] == 0, f"--refuse-weak: {new}", [done, calls()])
    ok(ids is None or done.error["rule"] == ids, f"--refuse-weak: {new}: which rule", done)
put(MYNUMBER)
same(run("change", "sign", "--json", secrets="current=ABC123\nnew=XYZ789\n").code, 0, "without it the same PIN is set, with a warning")
put(MYNUMBER)
same(run("change", "sign", "--json", "--refuse-weak", secrets=SIGN).code, 0, "--refuse-weak: a good PIN is set")
put(MYNUMBER)
done = run("change", "auth", "--json", "--refuse-weak", "--lang", "ja", secrets="current=1234\nnew=2345\n")
ok(done.error["code"] == "input-weak" and "�" not in done.out and not done.error["message"].endswith("?"), "--refuse-weak: all that speaks against it, whole", done)
put(LOCKED + HERE)
ok(run("reset", "sign", "--json", "--config", KIOSK, "--refuse-weak", secrets="other=1234\nnew=XYZ789\n").error.get("code") == "input-weak" and not jobs_sent(), "--refuse-weak with reset")
put(AOSIGN)
ok(run("unlock", "pin", "--json", "--refuse-weak", secrets="letter=12345678\nnew=12345678\n").error.get("code") == "input-weak" and not jobs_sent(), "--refuse-weak with unlock")
ok(run("reserve", "sign", "--refuse-weak").code == 2, "--refuse-weak does not go with reserve")
put(MYNUMBER)
t = Terminal("change", "sign", "--refuse-weak")
t.answer("Enter the current PIN:", "ABC123\n")
t.answer("Enter the new PIN:", "XYZ789\n")
ok(t.wait_for("first") and t.answer("Enter the new PIN:", "K7W2QX\n") and t.answer("Enter the new PIN again:", "K7W2QX\n"), "--refuse-weak on a terminal: another one is asked for", t.text)
same(t.end(), 0, "--refuse-weak on a terminal: and set")

# --- --pages: sentences without commands ---
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def sentences(path):
    """The string literals of a C file, neighbours joined."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    return ["".join(LITERAL.findall(m.group(0))).replace('\\"', '"') for m in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', text)]


with open(os.path.join(ROOT, "src/cli/pages.c"), encoding="utf-8") as f:
    ROWS = [("".join(LITERAL.findall(a)), "".join(LITERAL.findall(b))) for a, b in
            re.findall(r'\{((?:\s*"(?:[^"\\\n]|\\.)*")+),\s*N_\(((?:\s*"(?:[^"\\\n]|\\.)*")+)\)\}', f.read())]
others = {s: path for path in glob.glob(os.path.join(ROOT, "src/**/*.c"), recursive=True) if not path.endswith("/pages.c") for s in sentences(path)}
ok(len(ROWS) > 35, "pages.c has its rows", len(ROWS))
same([a for a, _ in ROWS if a not in others], [], "every sentence of a terminal in pages.c is one that is said: none is stale")
same([b for _, b in ROWS if re.search(r"'repin|repin [a-z]|--[a-z]", b)], [], "no sentence of a page names a command or an option")
same([a for a, b in ROWS if re.findall(r"%[0-9.]*[sdu]", a) != re.findall(r"%[0-9.]*[sdu]", b.replace("%.0s", "%s"))], [], "the same arguments in the same order")
same([a for a, _ in ROWS if not re.search(r"repin[ .(]|--[a-z]|ulimit", a)], [], "only sentences that name one have a row")
# What no page comes to: said to whoever types a command, or only on a terminal.
TERMINAL_FILES = ("opts.c", "cmd_helpdesk.c", "doors_show.c", "doors_ask.c", "doors_words.c", "secrets_fd.c", "prompt.c", "cmd_doors.c", "cmd_status.c", "cmd_ledger.c", "cmd_list.c", "expect.c",
                  "steps.c", "cmd_view.c", "cmd_revoke.c")
TERMINAL = {"Leave --pinpad away, and the PINs are asked on this terminal.", "'repin status' shows the PINs of the card, with the names to use here.",
            "Name the PIN that the entries are for, for example: repin resolve sign", "'repin status' shows the PINs of the card.", "'repin --help' shows how.", "--by-phone",
            "The option --cause takes forgotten, typed-wrong, another-program or not-said. Nothing was sent."}
same(sorted(s for s, path in others.items() if re.search(r"'repin |\brepin [a-z]|--[a-z]", s) and "/src/cli/" in path and os.path.basename(path) not in TERMINAL_FILES
            and s not in TERMINAL and s not in {a for a, _ in ROWS}), [], "every other sentence that names one has its row")
PUT = (("wrong", MYNUMBER + "job pin-wrong 4 1 63C4 sign\n", ["change", "sign"], SIGN), ("locked", LOCKED, ["change", "sign"], SIGN),
       ("last try", MYNUMBER.replace("sign ready 5", "sign ready 1"), ["change", "sign"], SIGN), ("in the middle", MYNUMBER + "job card-removed -1 -1 0 sign\n", ["change", "sign"], SIGN),
       ("no reservation", LOCKED, ["reset", "sign", "--config", CONF], "other=1234\nnew=K7W2QX\n"), ("issuer away", LOCKED + "port issuer-unreachable\n", ["reset", "sign", "--config", CONF], "other=1234\nnew=K7W2QX\n"),
       ("wrong letter", AOSIGN + "job secret-wrong 9 1 63C9 letter\n", ["unlock", "pin"], "letter=12345678\nnew=K7W2QX4M\n"), ("no card", MYNUMBER + "open no-card\n", ["change", "sign"], SIGN),
       ("no service", MYNUMBER + "open no-pcscd\n", ["view"], None), ("several cards", MYNUMBER + "reader card Other\nopen usage\n", ["view"], None))
for lang in ("en", "ja", "zh_TW"):
    for title, card, args, secrets in PUT:
        put(card)
        done = run(*args, "--json", "--pages", "--lang", lang, secrets=secrets)
        text = done.error["message"] + str(done.error["next"])
        same((done.code > 0, re.findall(r"repin [a-z]+|--[a-z-]+", text)), (True, []), f"{lang}: {title}: no command in it")
        put(card)
        plain = run(*args, "--json", "--lang", lang, secrets=secrets)
        same((plain.code, plain.error["code"], plain.error["tries_spent"]), (done.code, done.error["code"], done.error["tries_spent"]), f"{lang}: {title}: --pages changes words alone")
assert os.path.exists(CARD)
finish()
