# SPDX-License-Identifier: Apache-2.0
"""The command line itself: options, commands, help, and that a wrong line touches no card."""
from tap import AOSIGN, MYNUMBER, calls, finish, has, lacks, ok, put, run, same

put(MYNUMBER)
WRONG = [
    [],
    ["stat"],
    ["frobnicate"],
    ["--bogus", "status"],
    ["status", "--bogus"],
    ["status", "--jso"],  # no shortened options
    ["change", "sign", "--last"],
    ["--reader"],
    ["status", "--reader", ""],
    ["status", "--reader", "a", "--reader", "b"],
    ["status", "--timeout", "0"],
    ["status", "--timeout", "x"],
    ["status", "--timeout", "-1"],
    ["status", "--timeout", "99999999999999999999"],
    ["status", "--lang", "xx"],
    ["status", "--lang=klingon"],
    ["status", "--show"],
    ["status", "--with", "puk"],
    ["status", "--know", "auth"],
    ["doors", "--show"],
    ["doors", "sign", "auth"],
    ["doors", "--know", "auth", "--know", "sign"],
    ["status", "--wipe"],
    ["ledger", "sign"],
    ["ledger", "--yes"],
    ["ledger", "--all", "--reader", "x"],
    ["ledger", "--wipe", "--all"],  # neither terminal nor --yes
    ["list", "--reader", "x"],
    ["list", "all"],
    ["doctor", "now"],
    ["profiles", "--timeout", "3"],
    ["profiles", "nosuchcard"],
    ["change"],
    ["change", "sign", "auth"],
    ["change", "nosuchpin"],
    ["change", "sign", "--with", "puk"],
    ["unlock", "pin", "--pinpad"],
    ["change", "sign", "--secrets-fd"],
    ["change", "sign", "--secrets-fd", "-1"],
    ["change", "sign", "--secrets-fd", "3x"],
    ["change", "sign", "--secrets-fd", "9999999"],
    ["change", "sign", "--secrets-fd", "9", "--secrets-fd", "9"],
    ["change", "sign", "--secrets-fd", "9", "--show"],
    ["change", "sign", "--secrets-fd", "9", "--pinpad"],
    ["change", "sign", "--show", "--pinpad"],
    ["status"] + ["sign"] * 17,
    ["change", "sign"],  # neither terminal nor descriptor
    ["unlock", "pin"],
]
for line in WRONG:
    words = " ".join(line)
    done = run(*line)
    same(done.code, 2, f"exit 2: repin {words}")
    ok(done.out == "" and done.err.startswith("repin: "), f"one sentence on standard error: repin {words}", done)
    done = run(*line, "--json") if "--secrets-fd" not in line[-1:] and "--reader" not in line[-1:] else None
    if done is not None:
        same(done.code, 2, f"exit 2 with --json: repin {words}")
        ok(done.error.get("code") in ("usage", "slot-unknown", "input-missing") and done.error["tries_spent"] == 0 and
           done.error["message"] and done.out.count("\n") == 1, f"one JSON object: repin {words}", done)
same(calls(), [], "no wrong line reached a reader or card")

has(run("change", "sign", "--password=hunter2").err, "--password ", "an unknown option is named")
lacks(run("change", "sign", "--password=hunter2").err, "hunter2", "its value, which may be a secret, is not")

for line in (["--help"], ["-h"], ["status", "--help"], ["--help", "change"], ["unlock", "--help", "--lang", "ja"]):
    done = run(*line)
    ok(done.code == 0 and "repin" in done.out and done.err == "", "help: " + " ".join(line), done)
done = run("--help")
for word in ("list", "status", "change", "unlock", "doors", "--know", "--not-sure", "--have", "--as", "--ward", "--birth", "--door",
             "--profile", "profiles", "doctor", "ledger", "--all", "--wipe", "--yes", "--reader", "--json", "--lang", "--timeout",
             "--config", "--verbose", "--show", "--secrets-fd", "--last-try", "--with", "--pinpad"):
    has(done.out, word, f"help tells of {word}")
lacks(run("status", "--help").out, "--secrets-fd", "the help of a command has that command's options")
done = run("--version")
ok(done.code == 0 and done.out.startswith("repin ") and done.out[6].isdigit(), "version", done)

for line in (["--json", "status"], ["status", "--json"], ["--timeout", "3", "status", "--json"],
             ["status", "--json", "--timeout=3"], ["--reader=Fake", "--json", "status", "sign"],
             ["status", "--json", "--", "sign"]):
    done = run(*line)
    ok(done.code == 0 and done.json.get("pins", [{}])[0].get("id") == "sign", "options stand anywhere: " + " ".join(line), done)

put(AOSIGN)
done = run("change", "sign", secrets="current=1\nnew=2\n")
same(done.code, 2, "a PIN that this card has not got: exit 2")
has(done.err, "pin, letter", "and it says which it has")
done = run("status", "juki")
same(done.code, 2, "status of a PIN that this card has not got: exit 2")
put(MYNUMBER + "reader card Second\nopen usage\n")
done = run("status", "--json")
ok(done.code == 2 and "Second" in done.error.get("next", "") and "Fake Reader 00" in done.error["next"],
   "with several cards it says what there is to choose from", done)
put(MYNUMBER + "open no-reader\n")
done = run("status", "--reader", "Omni")
ok(done.code == 3 and "Omni" in done.err and "Fake Reader 00" in done.err, "a reader that is not there: which there are", done)
done = run("status")
ok(done.code == 3 and "No card reader" in done.err, "no reader at all", done)
finish()
