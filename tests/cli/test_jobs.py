# SPDX-License-Identifier: Apache-2.0
"""change and unlock without a terminal: results, refusals before anything is sent, every error."""
import re

from tap import (AOSIGN, GIDS, HICOS, MOBILE, MYNUMBER, OPENPGP, PIV, calls, finish, has, lacks, ok, put, run, same)

SIGN = "current=ABC123\nnew=XYZ789\n"
PIN = "current=12345678\nnew=ABCD1234\n"
LETTER = "letter=12345678\nnew=ABCD1234\n"


def sent():
    return [c for c in calls() if c.split()[0] in ("change", "unlock", "pad-change")]


def last_line(done):
    return done.err.rstrip("\n").split("\n")[-1].strip()


def job(card, *args, secrets=None):
    put(card)
    return run(*args, "--json", secrets=secrets)


# --- what is done ---
done = job(MYNUMBER, "change", "sign", secrets=SIGN)
same(done.code, 0, "change")
same(done.json, {"slot": "sign", "done": True, "sent": {"folded": []},
                 "pins": [{"id": "sign", "state": "ready", "tries_left": 5, "tries_max": 5}], "tries_spent": 0,
                 "apdus": 8, "warnings": done.json.get("warnings"), "advice": ["sequence"],
                 "message": "Done. The new PIN is valid from now on.", "more": ["Remember the new PIN, and tell it to nobody."]}, "the result of change")
same(calls(), ["open", "read 11", "change sign last=0 way=0 first=ABC123 new=XYZ789"], "one look, one job")
same(job(MYNUMBER, "change", "sign", secrets=SIGN.lower()).json["sent"], {"folded": ["upper"]}, "folded: upper")
wide = "current=\uff21\uff22\uff23\uff11\uff12\uff13\nnew=xyz789\n"
same(job(MYNUMBER, "change", "sign", secrets=wide).json["sent"], {"folded": ["width", "upper"]}, "folded: both")
done = run("change", "sign", secrets=wide)
has(done.out, "is sent in upper case", "and it is said in words")
has(done.out, "Number  123456789012345", "which card")
has(done.out, "署名用電子証明書の暗証番号", "the PIN's official name on paper")
has(done.out, "Tries left: 5 of 5", "the tries left")
has(done.out, "5 wrong entries in a row lock this PIN", "the limit")
has(done.out, "convenience store", "what follows it")
has(done.out, "Remember the new PIN, and tell it to nobody", "what to do with the new PIN")
lacks(done.out, "XYZ", "no secret in it")
done = run("change", "auth", secrets="current=1234\nnew=4321\n")
has(done.out, "The PIN of the card surface input support is another one", "two PINs, not one (auth)")
put(MYNUMBER)
done = run("change", "text", secrets="current=1234\nnew=4321\n")
has(done.out, "The PIN of the user authentication certificate is another one", "two PINs, not one (text)")
put(AOSIGN)
done = run("change", "pin", secrets=PIN)
has(done.out, "10 wrong entries in a row lock the card", "AOSign: the limit")
has(done.out, "Ten wrong entries in a row while unlocking make the card useless", "AOSign: the limit of the letter")
has(done.out, "If you have never changed it, it is the PIN printed in the letter", "AOSign: which PIN is meant")
has(done.out, "the letter is never issued again", "AOSign: what the letter is still for")
put(AOSIGN)
done = run("unlock", "pin", secrets=LETTER)
ok(done.code == 0 and calls()[-1] == "unlock pin last=0 way=0 first=12345678 new=ABCD1234", "unlock", [done, calls()])
has(done.out, "10 wrong entries in a row of the PIN of the letter make the card useless", "unlock: the limit")
put(OPENPGP)
done = run("unlock", "pw1", "--json", secrets="admin=12345678\nnew=123456\n")
ok(done.code == 0 and " way=1 " in calls()[-1], "the secret that was given decides the way", calls())
put(OPENPGP.replace("pin rc not-set 0 3", "pin rc ready 3 3"))
done = run("unlock", "pw1", "--json", secrets="resetting-code=12345678\nnew=123456\n")
ok(done.code == 0 and " way=0 " in calls()[-1], "the other way", calls())

# --- refused before a secret could be sent ---
LOCKED = MYNUMBER.replace("pin sign ready 5 5", "pin sign locked 0 5")
KIOSK = "Way back: Reset it at a kiosk in a convenience store, if you know the PIN of the user authentication certificate. If not: Reset it at the counter"
COUNTER = "Way back: Reset it at the counter of your municipality. Steps: repin doors "
LETTER_WAY = "Way back: Unlock it with the PIN of the letter. If you do not know that: Give the card up"
NEW_CARD = "Way back: Give the card up and get a new one. Steps: repin doors "
CODE_OR_ADMIN = "Way back: Unlock it with the resetting code or the admin PIN. If you do not know that: Give the card up"
for card, args, secrets, code, exit_code, words, doors, what in (
        (LOCKED, ["change", "sign"], SIGN, "pin-locked", 5, KIOSK, "kiosk counter", "locked"),
        (LOCKED.replace("auth ready 3", "auth locked 0"), ["change", "sign"], SIGN, "pin-locked", 5, COUNTER + "sign",
         "counter", "locked, and its helper too"),
        (LOCKED.replace("auth ready 3", "auth ready 1"), ["change", "sign"], SIGN, "pin-locked", 5, COUNTER + "sign",
         "counter", "locked, and its helper at the last try"),
        (MYNUMBER.replace("text ready 3", "text locked 0"), ["change", "text"], "current=1234\nnew=4321\n", "pin-locked",
         5, COUNTER + "text", "counter", "locked, counter only"),
        (MYNUMBER.replace("pin sign ready 5 5", "pin sign not-set -1 5"), ["change", "sign"], SIGN, "not-set", 5,
         "Holders under 15 get none. Those who are 15 or older can apply", "counter", "not set"),
        (AOSIGN.replace("pin pin ready 10", "pin pin locked 0"), ["change", "pin"], PIN, "pin-locked", 5, LETTER_WAY,
         "letter re-issue", "AOSign locked"),
        (AOSIGN.replace("pin pin ready 10", "pin pin dead 0"), ["change", "pin"], PIN, "card-dead", 5, NEW_CARD + "pin",
         "re-issue", "AOSign dead"),
        (AOSIGN.replace("letter ready 10", "letter dead 0"), ["unlock", "pin"], LETTER, "card-dead", 5, NEW_CARD + "pin",
         "re-issue", "AOSign, letter used up"),
        (OPENPGP, ["unlock", "pw1"], "resetting-code=12345678\nnew=123456\n", "not-set", 5, CODE_OR_ADMIN,
         "resetting-code re-issue", "a resetting code that was never set"),
        (OPENPGP.replace("pw3 ready 3", "pw3 locked 0"), ["unlock", "pw1"], "admin=12345678\nnew=123456\n",
         "secret-locked", 5, "Way back: Change it with the current PIN. If you do not know that: Give the card up",
         "change re-issue", "a locked admin PIN"),
        (OPENPGP.replace("pw3 ready 3", "pw3 locked 0").replace("pw1 ready 3", "pw1 locked 0"), ["unlock", "pw1"],
         "admin=12345678\nnew=123456\n", "secret-locked", 5, NEW_CARD + "pw1", "re-issue", "both locked"),
        (MYNUMBER, ["unlock", "sign"], LETTER, "not-offered", 2, KIOSK, "kiosk counter",
         "My Number cannot be unlocked here"),
        (MYNUMBER + "pin code-a ready 10 -1\n", ["change", "code-a"], PIN, "not-offered", 2, "nobody can change it", "",
         "code A"),
        (MOBILE, ["change", "sign"], SIGN, "not-offered", 2, "Mynaportal app", "", "smartphone"),
        (MOBILE, ["unlock", "auth"], LETTER, "not-offered", 2, "Mynaportal app", "", "smartphone, unlock"),
        (AOSIGN, ["change", "letter"], PIN, "not-offered", 2, "repin change pin", "", "the letter's PIN"),
        (AOSIGN, ["unlock", "letter"], LETTER, "not-offered", 2, "repin unlock pin", "", "unlocking the letter's PIN"),
        (AOSIGN.replace("ours\n", ""), ["change", "pin"], PIN, "not-offered", 2, LETTER_WAY, "letter re-issue",
         "AOSign without our application"),
        (AOSIGN.replace("ours\n", ""), ["unlock", "pin"], LETTER, "not-offered", 2, LETTER_WAY, "letter re-issue",
         "the same, unlock"),
        (HICOS, ["change", "pin"], "current=123456\nnew=654321\n", "not-offered", 2, "SafeSign", "", "HiCOS"),
        (HICOS + "ours\n", ["change", "pin"], "current=123456\nnew=654321\n", "not-offered", 2, "HiCOS card tool", "",
         "HiCOS without the key"),
        (HICOS, ["unlock", "pin"], "puk=123456\nnew=654321\n", "not-offered", 2, "user code", "", "HiCOS, unlock"),
        (HICOS, ["change", "user-code"], "current=123456\nnew=654321\n", "not-offered", 2, "issuer", "", "the user code"),
        (GIDS, ["unlock", "pin"], "admin=1\nnew=123456\n", "not-offered", 2, "help desk", "", "GIDS"),
        (PIV, ["unlock", "puk"], "puk=12345678\nnew=123456\n", "not-offered", 2, "who issued", "", "the PUK"),
        (MYNUMBER.replace("pin sign ready 5 5", "pin sign ready 1 5"), ["change", "sign"], SIGN, "last-try", 6,
         "--last-try; if not, do not guess. " + KIOSK, "kiosk counter", "the last try"),
        (AOSIGN.replace("letter ready 10", "letter ready 1"), ["unlock", "pin"], LETTER, "last-try", 6,
         "--last-try; if not, do not guess. " + LETTER_WAY, "letter re-issue", "the letter's last try"),
        (PIV.replace("pin pin ready 3", "pin pin ready 1"), ["change", "pin"], "current=123456\nnew=654321\n", "last-try",
         6, "Way back: Unlock it with the PUK. If you do not know that", "puk re-issue",
         "the last try where the card tells no limit")):
    done = job(card, *args, secrets=secrets)
    ok(done.code == exit_code and done.error.get("code") == code and done.error["tries_spent"] == 0, f"refused: {what}",
       done)
    has(done.error.get("next") or "", words, f"refused: {what}: the next step")
    same(" ".join(done.error[k] for k in ("door", "door_else") if k in done.error), doors, f"refused: {what}: the doors")
    same(sent(), [], f"refused: {what}: nothing was sent")
    done = run(*args, secrets=secrets)
    ok(done.code == exit_code and "No try was spent." in done.err, f"refused: {what}: in words", done)
    same(last_line(done).startswith("Way back: "), doors != "", f"refused: {what}: the last line is the way back")

done = job(MYNUMBER.replace("pin sign ready 5 5", "pin sign ready 1 5"), "change", "sign", "--last-try", secrets=SIGN)
ok(done.code == 0 and " last=1 " in sent()[0], "the last try, agreed to", [done, calls()])
done = job(AOSIGN.replace("letter ready 10", "letter ready 1"), "unlock", "pin", "--last-try", secrets=LETTER)
ok(done.code == 0 and " last=1 " in sent()[0], "the letter's last try, agreed to", [done, calls()])
done = job(MYNUMBER, "change", "sign", "--last-try", secrets=SIGN)
ok(done.code == 0, "--last-try where it is not needed", done)

# --- the pad of the reader ---
done = job(MYNUMBER, "change", "auth", "--pinpad")
ok(done.code == 2 and done.error.get("code") == "not-offered" and not sent(), "--pinpad on a reader without keys", done)
done = job(MYNUMBER + "pad\n", "change", "auth", "--pinpad")
ok(done.code == 0 and sent() == ["pad-change auth last=0 way=0 first= new="], "--pinpad", [done, calls()])
done = job(MYNUMBER.replace("auth ready 3", "auth ready 1") + "pad\n", "change", "auth", "--pinpad")
ok(done.code == 6 and not sent(), "--pinpad and the last try", done)
done = job(MYNUMBER + "pad\njob input-mismatch -1 0 6402 auth\n", "change", "auth", "--pinpad")
ok(done.code == 2 and done.error["sw"] == "6402", "two entries that differ on the pad", done)

# --- every answer of the library, in every language ---
CODES = {  # code: exit status
    "fault": 1, "no-memory": 1, "usage": 2, "input-length": 2, "not-offered": 2, "no-reader": 3, "no-card": 3,
    "card-mute": 3, "card-changed": 3, "tries-changed": 3, "pin-wrong": 4, "secret-wrong": 4, "pin-differs": 4, "pin-locked": 5,
    "secret-locked": 5, "card-dead": 5, "not-set": 5, "last-try": 6, "card-failed": 7, "card-removed": 7,
    "card-reset": 7, "card-reply": 7, "card-refused": 7, "card-timeout": 7, "interrupted": 7, "half-done": 7, "cancelled": 10,
    "timeout": 10, "card-busy": 10}
english = {}
for lang in ("en", "ja", "zh_TW"):
    for code, exit_code in CODES.items():
        slot = "letter" if code.startswith("secret") else "pin"
        spent = 1 if exit_code == 4 else -1 if exit_code == 7 else 0
        done = job(AOSIGN + f"job {code} 8 {spent} 63C8 {slot}\n", "unlock", "pin", "--lang", lang, secrets=LETTER)
        e = done.error
        good = done.code == exit_code and e.get("code") == code and e["slot"] == slot and e["sw"] == "63C8"
        good = good and e["tries_left"] == 8 and e["tries_spent"] == (None if spent < 0 else spent)
        good = good and len(e["message"]) > 3 and list(e)[:7] == ["code", "slot", "sw", "tries_left", "tries_spent",
                                                                   "message", "next"]
        good = good and ("door" in e) == (exit_code in (4, 5, 6) or code == "not-offered")
        ok(good, f"{lang}: {code}: exit {exit_code} and the error object", done)
        if lang == "en":
            english[code] = e.get("message")
        else:
            ok(e.get("message") != english[code] and re.search("[\u3040-\u9fff]", e["message"]), f"{lang}: {code} in words", done)
        if exit_code == 7 and lang == "en":
            ok(re.search("repin (status|resolve)", e["next"]), f"{code}: what to run", e)
        if code == "cancelled":
            same(e["tries_spent"], 0, f"{lang}: {code}: no try")
ok(len(set(english.values())) == len(english), "no two codes share a sentence", english)

# --- the two messages of the card software stay two ---
put(AOSIGN + "job pin-wrong 9 1 63C9 pin\n")
wrong = run("change", "pin", "--json", "--lang", "ja", secrets=PIN).error["message"]
ok(wrong.startswith("PIN（暗証番号）が不正です。"), "AOSign, wrong PIN", wrong)
has(wrong, "あと9回", "with the tries left")
put(AOSIGN.replace("pin pin ready 10", "pin pin locked 0"))
locked = run("change", "pin", "--json", "--lang", "ja", secrets=PIN).error["message"]
same(locked, "PIN（暗証番号）の変更に失敗しました。ICカードはロックされています。", "AOSign, locked")
put(AOSIGN + "job pin-locked 0 0 6983 pin\n")
locked = run("change", "pin", "--json", "--lang", "ja", secrets=PIN).error["message"]
same(locked, "PIN（暗証番号）の変更に失敗しました。ICカードはロックされています。", "AOSign, locked meanwhile")

# --- advice after a wrong PIN: the reset after two in a row, after one where three lock ---
ENTRIES = {"aosign": ("pin", PIN, LETTER_WAY), "mynumber": ("sign", SIGN, KIOSK),
           "openpgp": ("pw1", "current=123456\nnew=654321\n", CODE_OR_ADMIN),
           "piv": ("pin", "current=123456\nnew=654321\n", "Way back: Unlock it with the PUK.")}
for card, left, stop, what in (
        (AOSIGN, 9, False, "one wrong of ten"), (AOSIGN, 8, True, "two wrong of ten"), (MYNUMBER, 4, False, "one wrong of five"),
        (MYNUMBER, 3, True, "two wrong of five"), (OPENPGP, 2, True, "one wrong of three"),
        (PIV, 2, False, "two left of nobody knows how many"), (PIV, 1, True, "one left of nobody knows how many")):
    slot, secrets, way = ENTRIES[card.split("profile ")[1].split("\n")[0]]
    answer = f"job pin-wrong {left} 1 63C{left} {slot}\n"
    done = job(card + answer, "change", slot, secrets=secrets)
    ok(("have it reset now" in done.error["next"]) == stop, f"advice after {what}", done)
    has(done.error["next"], "add up over all services", f"{what}: entries add up")
    done = run("change", slot, secrets=secrets)
    ok(last_line(done).startswith(way), f"{what}: the last line is the way back", done)
done = job(MYNUMBER + "job pin-wrong 0 1 63C0 sign\n", "change", "sign", secrets=SIGN)
has(done.error["message"], "locked now", "the last wrong one: locked now")
same((done.error["door"], done.error["door_else"]), ("kiosk", "counter"), "and its doors")
done = job(MYNUMBER.replace("auth ready 3", "auth locked 0") + "job pin-wrong 4 1 63C4 sign\n", "change", "sign", secrets=SIGN)
same(done.error["door"], "counter", "a kiosk is no way when the other PIN is locked")
done = job(MYNUMBER + "job pin-differs 2 1 63C2 juki\n", "change", "juki", secrets="current=1234\nnew=4321\n")
ok(done.code == 4 and "right in one of them only" in done.error["message"] and done.error["door"] == "counter",
   "right in one of two places", done)
done = job(PIV + "job pin-wrong 2 1 63C2 puk\n", "change", "puk", secrets="current=12345678\nnew=87654321\n")
has(done.error["next"], "While the PIN of the card works, the card works on", "a wrong PUK is no reason to give the card up")
for left, words, door in ((9, LETTER_WAY, "letter"), (1, LETTER_WAY, "letter"), (0, NEW_CARD + "pin", "re-issue")):
    done = job(AOSIGN + f"job secret-wrong {left} 1 63C{left} letter\n", "unlock", "pin", secrets=LETTER)
    has(done.error["next"], words, f"the letter's PIN wrong, {left} left: the way back")
    same(done.error["door"], door, f"the letter's PIN wrong, {left} left: its door")
has(done.error["message"], "dead now", "the last wrong one of the letter: dead now")
done = job(MYNUMBER + "job card-refused 5 0 6A80 sign\n", "change", "sign", secrets=SIGN)
has(done.error["message"], "does not accept this new PIN", "a new PIN that the card refuses")
done = job(MYNUMBER + "job half-done 3 0 6F00 juki\n", "change", "juki", secrets="current=1234\nnew=4321\n")
has(done.error["next"], "repin resolve", "only one of two places")

for step in ("open", "read"):
    for code in ("no-pcscd", "no-permission", "no-card", "card-mute", "card-unknown", "card-busy", "card-failed"):
        done = job(MYNUMBER + f"{step} {code}\n", "change", "sign", secrets=SIGN)
        ok(done.error.get("code") == code and not sent(), f"{step}: {code}", done)
done = job(MYNUMBER, "change", "sign", "--config", "/nonexistent/repin.conf", secrets=SIGN)
ok(done.code == 2 and done.error["code"] == "config" and not calls(), "a configuration that cannot be read", done)

# --- rules of the new PIN: refused, or advised against ---
for secrets, rule, what in (("current=ABC123\nnew=ABCDEF\n", "no-digit", "no digit"),
                            ("current=ABC123\nnew=395817\n", "no-letter", "no letter")):
    done = job(MYNUMBER, "change", "sign", secrets=secrets)
    ok(done.code == 2 and done.error["code"] == "input-characters" and done.error["rule"] == rule and not sent(),
       f"refused by the issuer's rule: {what}", done)
    done = run("change", "sign", secrets=secrets)
    ok(done.code == 2 and done.err.count("repin: ") == 1 and not sent(), f"{what}: in words", done)
done = job(MYNUMBER, "change", "sign", secrets="current=ABCDEF\nnew=XYZ789\n")
same(done.code, 0, "a current PIN is looked at for its length and characters only")
for card, args, secrets, rules, what in (
        (MYNUMBER, ["change", "auth"], "current=1234\nnew=9876\n", ["sequence"], "a sequence"),
        (MYNUMBER, ["change", "auth"], "current=1234\nnew=0503\n", ["date"], "a day"),
        (MYNUMBER, ["change", "auth"], "current=7392\nnew=7392\n", ["same-as-before"], "the same as before"),
        (MYNUMBER, ["change", "auth"], "current=7392\nnew=2345\n", ["sequence", "card-number"], "two advices"),
        (MYNUMBER, ["change", "auth"], "current=7392\nnew=7777\n", ["all-same"], "one digit repeated"),
        (MYNUMBER, ["change", "auth"], "current=7392\nnew=7391\n", [], "nothing to say"),
        (AOSIGN, ["unlock", "pin"], "letter=12345678\nnew=ABCD1234\n", ["sequence", "card-number"], "unlock"),
        (AOSIGN, ["unlock", "pin"], "letter=K7w2Qx9p\nnew=K7w2Qx9p\n", [], "unlock: the letter's PIN is not the one before")):
    done = job(card, *args, secrets=secrets)
    ok(done.code == 0 and done.json["advice"] == rules and len(sent()) == 1, f"advised against and set: {what}", done)
    texts = [w for w in done.json["warnings"] if "Memory" not in w]
    same(len(texts), len(rules), f"{what}: a sentence for each rule")
    done = run(*args, secrets=secrets)
    ok(done.code == 0 and done.err.count("The new PIN is weak.") == len(rules) and all(x in done.err for x in texts),
       f"{what}: on standard error", done)
done = job(MYNUMBER + "job pin-wrong 2 1 63C2 auth\n", "change", "auth", secrets="current=7392\nnew=2345\n")
ok("advice" not in done.error and "weak" not in run("change", "auth", secrets="current=7392\nnew=2345\n").err,
   "a PIN that was not set is not spoken of", done)
finish()
