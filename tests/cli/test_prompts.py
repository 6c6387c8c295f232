# SPDX-License-Identifier: Apache-2.0
"""Entry on a terminal: what is asked, what is shown, and that the terminal is always put back."""
import os
import signal
import time

from tap import AOSIGN, MYNUMBER, OPENPGP, Terminal, calls, finish, has, lacks, ok, put, same


def sent():
    return [c for c in calls() if c.split()[0] in ("change", "unlock")]


def start(card, *args, **more):
    put(card)
    return Terminal(*args, **more)


t = start(MYNUMBER, "change", "auth")
ok(t.wait_for("Enter the current PIN:"), "asks for the current PIN", t.text)
ok(not t.echoes(), "without echo")
for part in ("123456789012345", "Tries left: 3 of 3", "3 wrong entries in a row lock this PIN", "利用者証明用電子証明書"):
    has(t.text.replace("\n", ""), part, f"before the first entry it said: {part}")
same(calls(), ["open", "read 11"], "and only looked")
t.send("1234\n")
t.answer("Enter the new PIN:", "7392\n")
t.answer("Enter the new PIN again:", "7392\n")
same(t.end(), 0, "change on a terminal")
same(sent(), ["change auth last=0 way=0 first=1234 new=7392"], "what was sent")
ok("1234\n" not in t.text and "7392" not in t.text, "nothing that was typed is on the screen", t.text)

t = start(MYNUMBER, "change", "auth")
t.answer("current PIN:", "12345\n")
ok(t.wait_for("must have exactly 4 characters"), "a broken rule is told at once", t.text)
t.answer("current PIN:", "1234\n")
t.answer("new PIN:", "7392\n")
t.answer("again:", "7391\n")
ok(t.wait_for("The two entries of the new PIN differ"), "two entries that differ", t.text)
t.answer("new PIN:", "7392\n")
t.answer("again:", "７３９２\n")
same(t.end(), 0, "asked again, and done")
same(sent(), ["change auth last=0 way=0 first=1234 new=7392"], "full width is the same PIN")

t = start(MYNUMBER, "change", "auth")
for _ in range(3):
    t.answer("current PIN:", "99999\n")
same(t.end(), 2, "three entries against the rules: exit 2")
same(sent(), [], "nothing was sent")

t = start(MYNUMBER, "change", "auth")
t.answer("current PIN:", "\n")
ok(t.wait_for("is empty"), "an empty entry is no PIN", t.text)
t.answer("current PIN:", "A" * 2000 + "\n")
ok(t.wait_for("must have exactly 4 characters"), "two thousand characters are not cut to fit", t.text)
t.answer("current PIN:", "\x03")
same(t.end(), 10, "Ctrl-C: exit 10")
has(t.text, "No PIN was sent", "and it says so")
same(sent(), [], "nothing was sent")

for key, what in (("\x03", "Ctrl-C"), ("\x04", "Ctrl-D")):
    for stop in ("current PIN:", "new PIN:", "again:"):
        t = start(MYNUMBER, "change", "auth")
        for prompt, text in (("current PIN:", "1234\n"), ("new PIN:", "7392\n"), ("again:", "7392\n")):
            if prompt == stop:
                t.wait_for(prompt)
                t.send(key)
                break
            t.answer(prompt, text)
        ok(t.wait_for("Cancelled"), f"{what} at '{stop}' cancels", t.text)
        ok(t.echoes(), f"{what} at '{stop}': the terminal echoes again")
        same(t.end(), 10, f"{what} at '{stop}': exit 10")
        same(sent(), [], f"{what} at '{stop}': nothing was sent")
t = start(MYNUMBER, "change", "auth")
t.answer("current PIN:", "12\x04")
time.sleep(0.2)
t.send("\x04")
same(t.end(), 10, "Ctrl-D in the middle of an entry: exit 10")
same(sent(), [], "and the half entry was not taken")
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    t = start(MYNUMBER, "change", "auth")
    t.wait_for("current PIN:")
    os.kill(t.pid, number)
    t.wait_for("Cancelled")
    ok(t.echoes(), f"{number.name}: the terminal echoes again")
    same(t.end(), 10, f"{number.name}: exit 10")
    same(sent(), [], f"{number.name}: nothing was sent")
t = start(MYNUMBER, "change", "auth")
t.answer("current PIN:", "1\x1a2\x1c34\n")  # Ctrl-Z and Ctrl-\ are refused characters here
ok(t.wait_for("current PIN:"), "keys that stop or kill are input, and refused", t.text)
t.send("\x03")
same(t.end(), 10, "and the program still answers")
t = start(MYNUMBER, "change", "auth", "--timeout", "1")
t.wait_for("current PIN:")
ok(t.wait_for("took too long", 4), "--timeout ends an entry", t.text)
ok(t.echoes(), "time-out: the terminal echoes again")
same(t.end(), 10, "time-out: exit 10")

t = start(MYNUMBER, "change", "sign", "--show")
ok(t.wait_for("current PIN:") and t.echoes(), "--show echoes")
t.send("abc123\n")
ok(t.wait_for("is sent in upper case") and t.wait_for("What is sent: ABC123"), "and shows what is really sent", t.text)
t.answer("new PIN:", "K7W2Q9\n")
t.answer("again:", "K7W2Q9\n")
same(t.end(), 0, "change with --show")
t = start(MYNUMBER, "change", "sign")
t.answer("current PIN:", "abc123\n")
t.answer("new PIN:", "k7w2q9\n")
t.answer("again:", "k7w2q9\n")
same(t.end(), 0, "change without --show")
lacks(t.text, "ABC123", "without --show what is sent is described, not shown")
has(t.text, "is sent in upper case", "and it is described")

t = start(MYNUMBER, "change", "auth", "--json")
t.answer("current PIN:", "1234\n")
t.answer("new PIN:", "7392\n")
t.answer("again:", "7392\n")
same(t.end(), 0, "--json on a terminal")
same(t.text.count('{"slot": "auth"'), 1, "asks in words and answers in JSON")

# --- the last try ---
LAST = MYNUMBER.replace("auth ready 3", "auth ready 1")
for answer in ("no\n", "\n", "y\n", "yesno\n", "\x04"):
    t = start(LAST, "change", "auth")
    t.answer("anything else stops:", answer)
    same(t.end(), 10 if answer == "\x04" else 6, f"the last try, answered {answer!r}")
    same(sent(), [], "nothing was sent")
    has(t.text, "ONLY ONE TRY IS LEFT", "it says what is at stake")
for answer in ("yes\n", " YES \n"):
    t = start(LAST, "change", "auth")
    t.answer("anything else stops:", answer)
    t.answer("current PIN:", "1234\n")
    t.answer("new PIN:", "7392\n")
    t.answer("again:", "7392\n")
    same(t.end(), 0, f"the last try, answered {answer!r}")
    same(sent(), ["change auth last=1 way=0 first=1234 new=7392"], "it was agreed to")
t = start(LAST, "change", "auth", "--last-try")
t.answer("current PIN:", "1234\n")
t.answer("new PIN:", "7392\n")
t.answer("again:", "7392\n")
same(t.end(), 0, "--last-try on a terminal does not ask again")

LETTER = AOSIGN.replace("letter ready 10", "letter ready 1")
for first, digits, code in (("yes", "3456", 0), ("yes", "1234", 6), ("yes", "", 6), ("no", None, 6)):
    t = start(LETTER, "unlock", "pin")
    t.answer("anything else stops:", first + "\n")
    if digits is not None:
        t.answer("last four characters", digits + "\n")
    if code == 0:
        t.answer("PIN of the letter:", "12345678\n")
        t.answer("new PIN:", "K7w2Qx9p\n")
        t.answer("again:", "K7w2Qx9p\n")
    same(t.end(), code, f"the letter's last try: {first}, {digits}")
    same(len(sent()), 1 if code == 0 else 0, "sent or not")
    has(t.text, "dead for good", "it says that the card is at stake")
t = start(LETTER, "unlock", "pin", "--last-try")
t.answer("last four characters", "0000\n")
same(t.end(), 6, "with --last-try the card's number is still asked on a terminal")

# --- unlock ---
t = start(OPENPGP, "unlock", "pw1")
t.answer("Enter the admin PIN:", "12345678\n")
t.answer("new PIN:", "482915\n")
t.answer("again:", "482915\n")
same(t.end(), 0, "unlock takes the first way whose secret is set")
same(sent(), ["unlock pw1 last=0 way=1 first=12345678 new=482915"], "the admin PIN")
t = start(OPENPGP.replace("pin rc not-set 0 3", "pin rc ready 3 3"), "unlock", "pw1", "--with", "admin")
t.answer("Enter the admin PIN:", "12345678\n")
t.answer("new PIN:", "482915\n")
t.answer("again:", "482915\n")
same(t.end(), 0, "--with chooses another way")
same(sent()[0].split()[3], "way=1", "the admin PIN again")

# --- a weak new PIN: one question about all of it ---
def weak(new, answers, args=("change", "auth"), current="1234", card=MYNUMBER):
    """Types `new` each time it is asked for; `answers` one by one to the question."""
    t = start(card, *args)
    t.answer("current PIN:", current + "\n")
    for answer in answers:
        t.answer("new PIN:", new + "\n")
        t.answer("again:", new + "\n")
        t.answer("you choose another:", answer)
    return t


t = weak("2345", ["yes\n"])
same(t.end(), 0, "a weak PIN is set after a yes")
same(sent(), ["change auth last=0 way=0 first=1234 new=2345"], "it is the one that was typed")
ok(t.text.count("Set it all the same?") == 1 and "counts up or down" in t.text and "part of the card's number" in t.text,
   "all that speaks against it is said together, and asked once", t.text)
lacks(t.text.split("Enter the new PIN:", 1)[1], "2345", "and it is not shown")
t = weak("0503", ["no\n"])
t.answer("new PIN:", "7392\n")
t.answer("again:", "7392\n")
same(t.end(), 0, "whoever does not insist chooses another")
same(sent(), ["change auth last=0 way=0 first=1234 new=7392"], "and that one is set")
has(t.text.replace("\n", " "), "reads like a date", "a day of the year is one of them")
for answers, what in ((["\n", "y\n", "n\n"], "three times no"), (["\x03"], "Ctrl-C at the question"), (["\x04"], "Ctrl-D")):
    t = weak("7777", answers)
    same(t.end(), 10, f"{what}: exit 10")
    same(sent(), [], f"{what}: nothing was sent")
t = weak("7392", ["yes\n"], current="7392")
same(t.end(), 0, "the same PIN again")
has(t.text, "It is the PIN that the card has now", "is told as that")
t = start(MYNUMBER, "change", "sign")
t.answer("current PIN:", "ABC123\n")
t.answer("new PIN:", "KWXQZR\n")
ok(t.wait_for("This PIN must hold at least one digit"), "what the issuer refuses is told at once", t.text)
t.answer("new PIN:", "K7W2Q9\n")
t.answer("again:", "K7W2Q9\n")
same(t.end(), 0, "and asked again")
same(sent(), ["change sign last=0 way=0 first=ABC123 new=K7W2Q9"], "nothing else was sent")
t = start(MYNUMBER, "change", "sign")
t.answer("current PIN:", "ABC123\n")
for _ in range(3):
    t.answer("new PIN:", "395817\n")
same(t.end(), 2, "three refused PINs: exit 2")
same(sent(), [], "nothing was sent")
t = start(AOSIGN, "unlock", "pin")
t.answer("PIN of the letter:", "12345678\n")
t.answer("new PIN:", "abcd1234\n")
t.answer("again:", "abcd1234\n")
t.answer("you choose another:", " Yes \n")
same(t.end(), 0, "unlock asks the same question")
same(len(sent()), 1, "and sets it")

# --- refused: nothing is asked ---
for card, args, code in ((MYNUMBER.replace("auth ready 3", "auth locked 0"), ["change", "auth"], 5),
                         (AOSIGN.replace("pin pin ready 10", "pin pin dead 0"), ["unlock", "pin"], 5),
                         (MYNUMBER, ["unlock", "auth"], 2), (MYNUMBER, ["change", "pin"], 2)):
    t = start(card, *args)
    same(t.end(), code, f"refused: {' '.join(args)}")
    lacks(t.text, "Enter", "no secret was asked")

# --- languages and narrow terminals ---
for lang, prompt in (("ja", "現在の暗証番号を入力してください:"), ("zh_TW", "請輸入目前的PIN碼：")):
    t = start(MYNUMBER, "change", "auth", "--lang", lang)
    ok(t.wait_for(prompt), f"{lang}: the prompt", t.text)
    t.send("\x03")
    same(t.end(), 10, f"{lang}: cancelled")
t = start(MYNUMBER, "change", "auth", "--lang", "ja", columns=60)
t.wait_for("入力してください:")
t.send("\x03")
t.end()
lines = t.text.split("\n")
wide = [x for x in lines if sum(2 if ord(c) > 0x2E7F else 1 for c in x) > 60]
same(wide, [], "no line is wider than the terminal")
ok(not [x for x in lines if x[:1] in ("。", "、", "）", "」")], "no line begins with a closing mark", t.text)
finish()
