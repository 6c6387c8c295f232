# SPDX-License-Identifier: Apache-2.0
"""list, status, profiles, doctor: what they show, and that they only look."""
from tap import (AOSIGN, GIDS, HICOS, MOBILE, MYNUMBER, OPENPGP, PIV, Terminal, calls, finish, has, lacks, ok, put, run, same)

# --- status ---
put(MYNUMBER)
done = run("status", "--json")
same(done.json, {
    "reader": "Fake Reader 00",
    "card": {"profile": "mynumber", "number": "123456789012345", "holder": None, "valid_from": "2025-01-01",
             "valid_to": "2035-01-01"},
    "pins": [{"id": "sign", "state": "ready", "tries_left": 5, "tries_max": 5},
             {"id": "auth", "state": "ready", "tries_left": 3, "tries_max": 3},
             {"id": "text", "state": "ready", "tries_left": 3, "tries_max": 3},
             {"id": "juki", "state": "ready", "tries_left": 3, "tries_max": 3, "tries_left_places": [3, 3]}],
    "apdus": 9, "apdus_card": 1}, "status --json")
same(done.out.count("\n"), 1, "on one line")
same(calls(), ["open", "read 19"], "it only looks")
same([p["id"] for p in run("status", "text", "sign", "text", "--json").json["pins"]], ["text", "sign"],
     "the named ones, each once")
put(MYNUMBER + "pin code-a ready 10 -1\n")
done = run("status", "code-a", "--json")
same(done.json["pins"], [{"id": "code-a", "state": "ready", "tries_left": 10, "tries_max": None}], "a hidden one when named")
same(calls()[-1], "read 23", "and then it is asked for")
put(HICOS)
same(run("status", "--json").json["pins"], [{"id": "pin", "state": "unknown", "tries_left": None, "tries_max": 3}],
     "null where the card does not tell")
has(run("status").out, "HiCOS card tool", "HiCOS: the vendor's tool is named")
done = run("status", "user-code")
has(done.out, "Only the card's issuer knows", "what only the issuer knows")
put(MYNUMBER.replace("sign ready 5", "sign locked 0").replace("text ready 3", "text locked 0").replace(
    "juki ready 3 3 3 3", "juki locked 0 3 0 2").replace("auth ready 3", "auth ready 1") + "verified auth\n")
done = run("status")
for part in ("x LOCKED", "0 of 5", "! last try", "sign, auth, text, juki: Reset it at the counter of your municipality.",
             "'repin doors' shows every way back",
             "auth: one more wrong entry locks it", "their tries differ: 0 and 2", "another program is logged in",
             "Looking spent no try"):
    has(done.out, part, f"status says: {part}")
same(done.code, 0, "a locked PIN is no error of status")
lacks(done.out, "\033", "no colours into a pipe")
for card in (AOSIGN, OPENPGP, PIV, GIDS, MOBILE):
    put(card)
    done = run("status")
    ok(done.code == 0 and "Looking spent no try." in done.out, "status of " + card.split("profile ")[1].split("\n")[0], done)
put(AOSIGN.replace("pin pin ready 10", "pin pin dead 0").replace("letter ready 10", "letter dead 0"))
has(run("status").out, "pin, letter: Give the card up and get a new one.", "a dead card: what to do, once")

put(MYNUMBER)
for env, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
    t = Terminal("status", env=env)
    t.end()
    same("\033[32m" in t.text, coloured, f"colours: {env}")
    has(t.text, "+ ready", "the state is a word all the same")

# --- list ---
put("reader card One\nreader empty Two\nreader mute Three\nreader busy Four\nprofile piv\nnumber 42\n")
done = run("list", "--json")
same([r["state"] for r in done.json["readers"]], ["card", "empty", "mute", "busy"], "list --json: states")
same(done.json["readers"][0]["card"]["profile"], "piv", "list --json: the card")
same(done.json["readers"][1]["card"], None, "list --json: no card")
same(calls(), ["readers", "open", "read 18"], "only a card that is free is looked at")
done = run("list")
for part in ("One", "PIV card", "42", "no card", "is it upside down?", "another program is using"):
    has(done.out, part, f"list says: {part}")
put("reader card One\nopen card-unknown\n")
done = run("list", "--json")
ok(done.code == 0 and done.json["readers"][0]["error"] == "card-unknown", "a card that is not known is listed as that", done)
put("")
same(run("list").code, 3, "no reader: exit 3")
put("readers no-pcscd\n")
same(run("list", "--json").error.get("code"), "no-pcscd", "no service")

# --- profiles ---
put("")
done = run("profiles", "--json")
names = [p["profile"] for p in done.json["profiles"]]
same(sorted(names), ["aosign", "gids", "hicos", "mynumber", "mynumber-mobile", "openpgp", "piv"], "seven families")
ok(all(p["source"] for p in done.json["profiles"]) and all(q["source"] for p in done.json["profiles"] for q in p["pins"]),
   "every row has a source", done)
rows = {(p["profile"], q["id"]): q for p in done.json["profiles"] for q in p["pins"]}
for key, low, high, tries in ((("mynumber", "sign"), 6, 16, 5), (("mynumber", "auth"), 4, 4, 3), (("mynumber", "text"), 4, 4, 3),
                              (("mynumber", "juki"), 4, 4, 3), (("aosign", "pin"), 4, 16, 10), (("aosign", "letter"), 4, 16, 10),
                              (("hicos", "pin"), 6, 8, 3), (("hicos", "user-code"), 6, 10, 3)):
    row = rows.get(key, {})
    same([row.get("len_min"), row.get("len_max"), row.get("tries_max")], [low, high, tries], f"rules of {key}")
ok(rows[("aosign", "pin")]["ours"] and not rows[("mynumber", "sign")]["ours"], "what is our own design is marked")
same(calls(), [], "profiles asks no reader")
done = run("profiles", "aosign")
ok("our own design" in done.out and "mynumber" not in done.out, "one family", done)
has(done.out, "another program can still set a weak PIN", "what these rules cannot do")

# --- doctor ---
def doctor(card, env=None, *args):
    put(card)
    done = run("doctor", "--json", *args, env=env)
    return done, {f["id"]: f for f in done.json} if isinstance(done.json, list) else {}


done, found = doctor(MYNUMBER)
ok(done.code == 0 and all(f["level"] != "fail" for f in done.json), "all is well", done)
same(sorted(found), ["card", "config", "memory", "notes", "reader", "service", "session"], "what is looked at")
for card, where, code, exit_code in (
        ("readers no-pcscd\n", "service", "no-pcscd", 3), ("readers no-permission\n", "permission", "no-permission", 3),
        ("readers timeout\n", "service", "timeout", 10), ("", "reader", "no-reader", 3),
        ("reader empty One\n", "card", "no-card", 3), ("reader mute One\n", "card", "card-mute", 3),
        ("reader busy One\n", "card", "card-busy", 10), ("reader card One\nopen card-unknown\n", "card", "card-unknown", 3),
        ("reader card One\nopen card-mute\n", "card", "card-mute", 3), ("reader card One\nopen card-busy\n", "card", "card-busy", 10),
        (MYNUMBER + "read card-failed\n", "card", "card-failed", 7)):
    done, found = doctor(card)
    one = found.get(where, {})
    ok(done.code == exit_code and one.get("level") == "fail" and one["code"] == code and one["message"] and one["next"],
       f"doctor finds {code}", done)
    plain = run("doctor")
    ok(plain.code == exit_code and "x PROBLEM" in plain.out and plain.err == "", f"doctor says {code}", plain)
for name in ("SSH_CONNECTION", "SSH_TTY", "XRDP_SESSION", "X2GO_SESSION"):
    done, found = doctor(MYNUMBER, {name: "1"})
    ok(done.code == 0 and found["session"]["level"] == "warn" and found["session"]["next"], f"a remote session: {name}", done)
done, found = doctor(MYNUMBER, None, "--config", "/nonexistent/repin.conf")
ok(done.code == 2 and found["config"]["level"] == "fail" and found["card"]["level"] == "ok",
   "a wrong configuration is told, and the rest is looked at", done)
done, found = doctor(HICOS)
ok(found["card"]["level"] == "warn" and "SafeSign" in found["card"]["next"], "HiCOS: what to use instead", done)
done, found = doctor(MYNUMBER + "pad\n")
has(found.get("pad", {}).get("message", ""), "--pinpad", "keys on the reader")
put(MYNUMBER)
ok(not [c for c in (run("doctor"), calls())[1] if c.split()[0] not in ("readers", "open", "read")], "doctor only looks", calls())
finish()
