# SPDX-License-Identifier: Apache-2.0
"""`helpdesk`: the operator's side; no card and no reader is touched."""
import os

from tap import LOG, Terminal, calls, finish, has, lacks, ok, put, run, same

CONF = os.path.join(os.path.dirname(LOG), "issuer.conf")
with open(CONF, "w", encoding="utf-8") as f:
    f.write('issuer-url = "https://issuer.example"\n')

LINE = ["helpdesk", "pin", "--card", "FFEE01", "--reason", "forgot it", "--identified-by", "called back", "--operator", "ando"]
SIGNED = "password=correct horse\ntotp=123456\n"
CODE = "decided 7K2M9QXWD4T\n"


def ask(fake, *args, secrets=SIGNED):
    put(fake)
    return run(*args, "--json", "--config", CONF, secrets=secrets)


done = ask(CODE, *LINE)
ok(done.code == 0 and calls() == ["client https://issuer.example ca=- cert=- timeout=0", "wait", "sign-in password=correct horse totp=123456 name=ando",
                                  "decide gids FFEE01 pin help-desk reason=forgot it by=called back challenge=-"],
   "on-line: signs in, then decides", [done, calls()])
same({k: done.json.get(k) for k in ("case", "profile", "slot", "door", "receipt", "code", "response")},
     {"case": "C9", "profile": "gids", "slot": "pin", "door": "help-desk", "receipt": "R9", "code": "7K2M9QXWD4T", "response": None}, "on-line: JSON")
lacks(done.out + done.err, "horse", "the password is not repeated")
put(CODE)
done = run(*LINE, "--config", CONF, secrets=SIGNED)
for words in ("7K2M9-QXWD4-T", "repin reset pin --case C9", "Receipt: R9", "Case: C9"):
    has(done.out, words, f"on-line, in words: {words}")
done = ask("decided phone\n", *LINE, "--by-phone", secrets=SIGNED + "challenge=000013 655354 327683 046605\n")
ok(done.code == 0 and calls()[-1].endswith("challenge=0001FFFF80001234") and done.json["response_hex"] == "1122 3344 5566 7788", "by telephone", [done, calls()])
done = ask("decided phone\n", *LINE, "--by-phone", secrets=SIGNED + "challenge=000013 655354 327638 046605\n")
ok(done.code == 2 and "group 3" in done.error["message"] and not any(c.startswith("sign-in") for c in calls()),
   "a wrong group of the challenge is found before anything is sent", [done, calls()])
put("decided phone\n")
done = run(*LINE, "--by-phone", "--config", CONF, secrets=SIGNED + "challenge=0001FFFF80001234\n")
ok("043861" in done.out.replace(" ", "") or "04386" in done.out, "the response in groups", done)
has(done.out, "1122 3344 5566 7788", "and as Windows takes it")
has(done.out, "Read this response", "and that it is to be read out")

done = ask(CODE, "helpdesk", "sign", "--door", "counter", "--card", "123456789012345", "--reason", "r", "--identified-by", "passport", "--operator", "ando")
ok(done.code == 2 and "application" in done.error["next"] and not any(c.startswith(("sign-in", "decide")) for c in calls()), "a counter decides on applications", [done, calls()])
done = ask(CODE, *LINE, "--profile", "hicos")
ok(calls()[-1].startswith("decide hicos"), "another family", calls())

for args, words, what in (
        (LINE[:2] + LINE[4:], "--card", "no card"), (LINE[:4] + LINE[6:], "--reason", "no reason"),
        (LINE[:6] + LINE[8:], "--identified-by", "no identification"), (LINE[:8], "--operator", "no operator"),
        (["helpdesk"] + LINE[2:], "Which PIN", "no PIN"), (LINE + ["--door", "kiosk"], "kiosk", "a door without a decision"),
        (LINE + ["--profile", "nosuch"], "nosuch", "a family that is none"), (["helpdesk", "sign"] + LINE[2:], "no PIN", "a PIN that the family has not got"),
        (LINE + ["--reader", "x"], "--reader", "no reader is used"), (LINE + ["--last-try"], "--last-try", "no try is spent")):
    done = ask(CODE, *args)
    ok(done.code == 2 and words in done.error["message"] and not any(c.startswith(("sign-in", "decide")) for c in calls()), f"refused: {what}", [done, calls()])
for secrets, error, what in (("password=x\n", "input-missing", "no one-time password"), ("totp=123456\n", "input-missing", "no password"),
                             ("password=x\ntotp=12345\n", "input-characters", "five digits"), ("password=x\ntotp=12345a\n", "input-characters", "a letter"),
                             (SIGNED + "new=1234\n", "usage", "a PIN, which an operator must never have"),
                             (SIGNED + "challenge=0001FFFF80001234\n", "usage", "a challenge on-line")):
    done = ask(CODE, *LINE, secrets=secrets)
    ok(done.code == 2 and done.error["code"] == error and not any(c.startswith(("sign-in", "decide")) for c in calls()), f"refused: {what}", [done, calls()])
done = ask("decided phone\n", *LINE, "--by-phone")
ok(done.code == 2 and done.error["code"] == "input-missing", "by telephone without a challenge", done)
for line, code, error, words in (("sign-in issuer-refused sign-in-wrong\n", 8, "issuer-refused", "not right"), ("decide issuer-refused own-card\n", 8, "issuer-refused", "own card"),
                                 ("decide issuer-refused terminal-class\n", 8, "issuer-refused", "kind of place"), ("sign-in issuer-unreachable\n", 9, "issuer-unreachable", "reached")):
    done = ask(CODE + line, *LINE)
    ok(done.code == code and done.error["code"] == error and words in done.error["message"], f"the issuer: {line.strip()}", done)
lacks(ask(CODE + "decide issuer-refused own-card\n", *LINE).error["next"], "card", "an operator has no card before them")
done = run(*LINE, "--json", secrets=SIGNED)
ok(done.code == 2 and done.error["code"] == "config", "no issuer is configured", done)
lacks(run("helpdesk", "--help").out, "--last-try", "help")

# --- a card that is to be revoked ---
PEM = os.path.join(os.path.dirname(LOG), "card.pem")
with open(PEM, "w", encoding="ascii") as f:
    f.write("Bag Attributes\n-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n")
DER = os.path.join(os.path.dirname(LOG), "card.der")
with open(DER, "wb") as f:
    f.write(bytes((0x30, 3, 2, 1, 0)))
REVOKE = ["helpdesk", "revoke", "--card", "4000000000000001", "--reason", "letter-lost", "--identified-by", "called back", "--operator", "ando",
          "--certificate", "pin=" + PEM]
done = ask("", *REVOKE, "--loss-is-certain")
ok(done.code == 0 and calls()[-2:] == ["revoke aosign 4000000000000001 reason=letter-lost by=called back certain=1", "certificate pin MIIBAAAA"],
   "a revocation is asked for", [done, calls()])
same(done.json, {"revocation": "V9", "receipt": "R9", "state": "asked"}, "a revocation: JSON")
done = ask("", *REVOKE[:-1], f"sign={DER},auth={PEM}", "--profile", "mynumber")
ok(calls()[-3:] == ["revoke mynumber 4000000000000001 reason=letter-lost by=called back certain=0", "certificate sign MAMCAQA=", "certificate auth MIIBAAAA"],
   "another family, DER and PEM", calls())
put("")
done = run(*REVOKE, "--config", CONF, secrets=SIGNED)
for words in ("Revocation: V9", "Receipt: R9", "repin doors --receipt R9"):
    has(done.out, words, f"a revocation, in words: {words}")
for args, words, what in ((REVOKE[:-2], "--certificate", "no certificate"), (REVOKE[:-1] + ["pin"], "SLOT=FILE", "no file"), (REVOKE[:-1] + ["pin=/nothing"], "not a certificate", "a file that is not there"),
                          (REVOKE[:-1] + ["pin=" + CONF], "not a certificate", "a file that is none"), (REVOKE[:-1] + ["nose=" + PEM], "nose", "no such PIN"),
                          (REVOKE + ["more"], "number", "a word too many"), (["helpdesk", "approve", "--operator", "ando"], "number", "no number"), (["helpdesk", "approve", "V9"], "--operator", "no operator")):
    done = ask("", *args)
    ok(done.code == 2 and words in done.error["message"] and not any(c.startswith(("sign-in", "revoke")) for c in calls()), f"refused: {what}", [done, calls()])
done = ask("", "helpdesk", "approve", "V9", "--operator", "ando")
ok(done.code == 0 and calls()[-1] == "decide-revocation V9 approve" and done.json == {"revocation": "V9", "state": "approved"}, "an approver agrees", [done, calls()])
done = ask("", "helpdesk", "withdraw", "V9", "--operator", "ando")
ok(calls()[-1] == "decide-revocation V9 withdraw" and done.json["state"] == "withdrawn", "it is taken back", [done, calls()])
done = ask("decide-revocation issuer-refused revocation-sent\n", "helpdesk", "withdraw", "V9", "--operator", "ando")
ok(done.code == 8 and "does not make the card usable" in done.error["message"], "a letter found again: too late", done)
done = ask("revoke issuer-refused loss-not-certain\n", *REVOKE)
ok(done.code == 8 and "when the loss is certain" in done.error["next"], "not certain: look once more", done)

put("decided phone\n")
term = Terminal(*LINE, "--by-phone", "--config", CONF)
term.answer("The challenge that the holder reads out:", "000013 655354 327638 046605\n")
ok(term.wait_for("wrong in group 3"), "on a terminal a wrong group is asked for again", term.text)
term.answer("The challenge that the holder reads out:", "000013 655354 327683 046605\n")
term.answer("Your password:", "correct horse\n")
term.answer("One-time password of your device:", "123456\n")
ok(term.end() == 0 and "correct horse" not in term.text and "1122 3344 5566 7788" in term.text, "by telephone, on a terminal", [term.text, calls()])
put(CODE)
term = Terminal(*LINE, "--config", CONF)
term.answer("Your password:", "\x03")
ok(term.end() == 10 and "Cancelled." in term.text and not any(c.startswith("sign-in") for c in calls()), "cancelled", term.text)
finish()
