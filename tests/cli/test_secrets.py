# SPDX-License-Identifier: Apache-2.0
"""--secrets-fd: strict, and before the card is touched."""
import os
import subprocess

from tap import AOSIGN, MYNUMBER, OPENPGP, PIV, PROGRAM, calls, environment, finish, has, lacks, ok, put, run, same

put(MYNUMBER)
GOOD = "current=ABC123\nnew=XYZ789\n"


def refused(what, secrets, codes=("input-format",), command=("change", "sign")):
    put(MYNUMBER)
    done = run(*command, "--json", secrets=secrets)
    ok(done.code == 2 and done.error.get("code") in codes and done.error.get("tries_spent") == 0, what, done)
    same(calls(), [], f"{what}: no card was touched")
    plain = run(*command, secrets=secrets)
    ok(plain.code == 2 and plain.out == "" and plain.err.count("repin: ") == 1, f"{what}: one sentence", plain)


refused("no end of the last line", "current=ABC123\nnew=XYZ789")
refused("an empty line", "current=ABC123\n\nnew=XYZ789\n")
refused("no equals sign", "current\nnew=XYZ789\n")
refused("an unknown name", GOOD + "pin=1\n")
refused("a name in capitals", "Current=ABC123\nnew=XYZ789\n")
refused("a blank before the name", " current=ABC123\nnew=XYZ789\n")
refused("a blank behind the name", "current =ABC123\nnew=XYZ789\n")
refused("no name", "=ABC123\nnew=XYZ789\n")
refused("a repeated name", "current=ABC123\ncurrent=ABC123\nnew=XYZ789\n")
refused("a blank at the beginning", "current= ABC123\nnew=XYZ789\n")
refused("a blank at the end", "current=ABC123 \nnew=XYZ789\n")
refused("a wide blank at the end", "current=ABC123\u3000\nnew=XYZ789\n")
refused("a no-break space at the beginning", "current=\u00a0ABC123\nnew=XYZ789\n")
refused("a carriage return", "current=ABC123\r\nnew=XYZ789\r\n")
refused("a NUL in a value", b"current=ABC\x00123\nnew=XYZ789\n")
refused("a NUL at the end of a value", b"current=ABC123\x00\nnew=XYZ789\n")
refused("a NUL in a name", b"curr\x00ent=ABC123\nnew=XYZ789\n")
refused("a tabulator", "current=ABC\t123\nnew=XYZ789\n")
refused("an escape", b"current=ABC\x1b[A123\nnew=XYZ789\n")
refused("DEL", b"current=ABC\x7f123\nnew=XYZ789\n")
refused("invalid UTF-8", b"current=ABC\xff123\nnew=XYZ789\n")
refused("cut UTF-8", b"current=ABC\xef\xbc\nnew=XYZ789\n")
refused("overlong UTF-8", b"current=ABC\xc0\xb1\nnew=XYZ789\n")
refused("a byte order mark", b"\xef\xbb\xbfcurrent=ABC123\nnew=XYZ789\n")
refused("a direction mark", "current=ABC\u202e123\nnew=XYZ789\n")
refused("an empty value", "current=\nnew=XYZ789\n", ("input-empty",))
refused("an empty new PIN", "current=ABC123\nnew=\n", ("input-empty",))
refused("nothing at all", "", ("input-missing",))
refused("no current PIN", "new=XYZ789\n", ("input-missing",))
refused("no new PIN", "current=ABC123\n", ("input-missing",))
refused("too many bytes", "current=" + "A" * 65536 + "\nnew=XYZ789\n")
for name in ("other", "letter", "puk", "resetting-code", "admin", "user-code", "response"):
    refused(f"{name}, which change does not need", GOOD + f"{name}=12345678\n", ("usage",))
for name in ("current", "other", "user-code", "response"):
    refused(f"{name}, which unlock does not need", f"letter=12345678\nnew=ABCD1234\n{name}=1\n", ("usage",), ("unlock", "pin"))

# Refused by the rules of the PIN: the card was looked at, and nothing was sent.
for what, secrets, code in (
        ("too short", "current=ABC123\nnew=A1\n", "input-length"),
        ("too long", "current=ABC123\nnew=" + "A1" * 9 + "\n", "input-length"),
        ("ten thousand characters", "current=ABC123\nnew=" + "A" * 10000 + "\n", "input-length"),
        ("an emoji", "current=ABC123\nnew=ABC12\U0001F600\n", "input-characters"),
        ("a sign that the PIN may not hold", "current=ABC123\nnew=ABC-123\n", "input-characters"),
        ("a blank inside", "current=ABC123\nnew=ABC 123\n", "input-characters"),
        ("a wrong current PIN by its length", "current=A\nnew=XYZ789\n", "input-length"),
        ("an umlaut", "current=ABC123\nnew=\u00c4BC123\n", "input-characters"),
        ("a circled digit", "current=ABC123\nnew=ABC12\u2460\n", "input-characters")):
    put(MYNUMBER)
    done = run("change", "sign", "--json", secrets=secrets)
    ok(done.code == 2 and done.error.get("code") == code and done.error["slot"] == "sign", what, done)
    ok(not [c for c in calls() if c.startswith("change")], f"{what}: nothing was sent", calls())
put(AOSIGN)
done = run("change", "pin", "--json", secrets="current=12345678\nnew=77777777\n")
same(done.error.get("code"), "input-all-same", "all characters the same (AOSign)")

# What is taken, and how it arrives.
for what, secrets, want in (
        ("as it stands", GOOD, "first=ABC123 new=XYZ789"),
        ("in the other order", "new=XYZ789\ncurrent=ABC123\n", "first=ABC123 new=XYZ789"),
        ("letters made capital", "current=abc123\nnew=xyz789\n", "first=ABC123 new=XYZ789"),
        ("full width made half", "current=\uff21\uff22\uff23\uff11\uff12\uff13\nnew=XYZ789\n", "first=ABC123 new=XYZ789")):
    put(MYNUMBER)
    done = run("change", "sign", "--json", secrets=secrets)
    ok(done.code == 0 and calls()[-1] == f"change sign last=0 way=0 {want}", what, [done, calls()])
put(OPENPGP)
done = run("change", "pw1", "--json", secrets="current=a=b=c=d\nnew=x==y==z\n")
ok(done.code == 0 and calls()[-1].endswith("first=a=b=c=d new=x==y==z"), "split at the first equals sign", [done, calls()])
done = run("change", "pw1", "--json", secrets="current=abc123\nnew=abc124\n")
ok(calls()[-1].endswith("first=abc123 new=abc124"), "case is kept where the card keeps it", calls())
put(MYNUMBER)
same(run("change", "sign", secrets=GOOD, fd=0).code, 0, "descriptor 0 serves when it is no terminal")

# The descriptor itself.
for fd in ("1", "2", "77"):
    same(run("change", "sign", "--secrets-fd", fd).code, 2, f"descriptor {fd}: exit 2")
with open("/dev/null", "w", encoding="ascii") as null:
    put(MYNUMBER)
    done = subprocess.run([PROGRAM, "change", "sign", "--secrets-fd", str(null.fileno())], pass_fds=[null.fileno()],
                          env=environment(), capture_output=True, check=False)
    same(done.returncode, 2, "a descriptor that is only for writing: exit 2")
folder = os.open("/", os.O_RDONLY)
done = subprocess.run([PROGRAM, "change", "sign", "--secrets-fd", str(folder)], pass_fds=[folder], env=environment(),
                      capture_output=True, check=False)
same(done.returncode, 2, "a folder: exit 2")
os.close(folder)
same(calls(), [], "none of them touched a card")

inside, outside = os.pipe()
os.write(outside, b"current=ABC123\n")
done = subprocess.run([PROGRAM, "change", "sign", "--json", "--timeout", "1", "--secrets-fd", str(inside)],
                      pass_fds=[inside], env=environment(), capture_output=True, timeout=10, check=False)
ok(done.returncode == 10 and b'"timeout"' in done.stdout, "a pipe that is never closed: exit 10 in time", done)
same(calls(), [], "and no card was touched")
os.close(outside)
os.close(inside)

# Unlock: exactly one secret that unlocks this PIN.
for card, secrets, args, code, what in (
        (AOSIGN, "new=ABCD1234\n", [], "input-missing", "no secret"),
        (AOSIGN, "puk=12345678\nnew=ABCD1234\n", [], "usage", "another card's secret"),
        (AOSIGN, "letter=12345678\npuk=12345678\nnew=ABCD1234\n", [], "usage", "two secrets"),
        (AOSIGN, "letter=12345678\nnew=ABCD1234\n", ["--with", "admin"], "usage", "--with another card's secret"),
        (PIV, "puk=12345678\nnew=ABC\n", [], "input-characters", "a new PIN against the rules")):
    put(card)
    done = run("unlock", "pin", "--json", *args, secrets=secrets)
    ok(done.code == 2 and done.error.get("code") == code, f"unlock: {what}", done)
    ok(not [c for c in calls() if c.startswith("unlock")], f"unlock: {what}: nothing was sent", calls())
put(OPENPGP)
done = run("unlock", "pw1", "--json", "--with", "resetting-code", secrets="admin=12345678\nnew=123456\n")
ok(done.code == 2 and done.error.get("code") == "input-missing", "--with one secret and another given", done)

# No secret and no length of it in any word that was said.
put(MYNUMBER + "job pin-wrong 4 1 63C4 sign\n")
done = run("change", "sign", "--verbose", secrets="current=SECRETX42\nnew=OTHERY4242\n")
lacks(done.out + done.err, "SECRETX42", "the current PIN is in no output")
lacks(done.out + done.err, "OTHERY4242", "nor is the new one")
has(done.err, "event=failed", "although --verbose tells what happened")
done = run("change", "sign", "--json", "--verbose", secrets="current=SECRETX42\nnew=OTHER-Y4242\n")
lacks(done.out + done.err, "OTHER-Y", "a refused PIN is in no output")
finish()
