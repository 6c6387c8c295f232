# SPDX-License-Identifier: Apache-2.0
"""`receipt`: a log that is made here from the standards alone (RFC 9162, C2SP), and an issuer that lies about it in each way."""
import base64
import hashlib
import json
import os
import subprocess

from tap import LOG, calls, finish, has, lacks, ok, put, run, same

HERE = os.path.dirname(LOG)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ORIGIN = "log.example/repin"


def b64(data):
    return base64.b64encode(data).decode()


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *args], input=stdin, stdout=subprocess.PIPE, check=True).stdout


class Key:
    def __init__(self, name):
        self.path = os.path.join(HERE, name + ".pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        self.raw = b"\x01" + openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
        self.id = sha(ORIGIN.encode(), b"\n", self.raw)[:4]
        self.vkey = f"{ORIGIN}+{self.id.hex()}+{b64(self.raw)}"

    def note(self, size, root):
        text = f"{ORIGIN}\n{size}\n{b64(root)}\n".encode()
        file = os.path.join(HERE, "text")
        with open(file, "wb") as f:
            f.write(text)
        signature = openssl("pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", file)
        return (text + f"\n— {ORIGIN} {b64(self.id + signature)}\n".encode()).decode()


def number(seed):
    """20 characters and their check (Luhn modulo 32)."""
    chars = [sha(b"n%d" % seed)[i] % 32 for i in range(20)]
    total = 0
    for i, c in enumerate(reversed(chars)):
        c *= 1 if i % 2 else 2
        total += c // 32 + c % 32
    return "".join(ALPHABET[c] for c in chars) + ALPHABET[-total % 32]


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01", root(leaves[:k]), root(leaves[k:]))


def inclusion(m, leaves):
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m < k:
        return inclusion(m, leaves[:k]) + [root(leaves[k:])]
    return inclusion(m - k, leaves[k:]) + [root(leaves[:k])]


def consistency(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m <= k:
        return consistency(m, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


ENTRIES = [json.dumps({"act": "reserve" if i % 2 else "grant", "door": "kiosk", "outcome": "ok", "receipt": number(i), "slot": "sign",
                       "terminal": "home", "time": 1790000000000 + i}, separators=(",", ":"), sort_keys=True) for i in range(9)]
SALTS = [sha(b"salt%d" % i) for i in range(9)]
DIGESTS = [sha(SALTS[i], ENTRIES[i].encode()) for i in range(9)]
LEAVES = [sha(b"\x00", d) for d in DIGESTS]
KEY, FALSE_KEY = Key("log"), Key("false")
N = 3
NUMBER = number(N)


def answer(n=N, size=9, key=KEY, **other):
    told = {"receipt": number(n), "state": "sealed", "leaf": n, "size": size, "entry": ENTRIES[n], "salt": b64(SALTS[n]),
            "proof": [b64(h) for h in inclusion(n, LEAVES[:size])], "checkpoint": key.note(size, root(LEAVES[:size]))}
    told.update(other)
    return {k: v for k, v in told.items() if v is not None}


def proof(old, size, leaves=None):
    return {"from": old, "to": size, "proof": [b64(h) for h in consistency(old, (leaves or LEAVES)[:size])]}


def machine(name, pinned=None):
    """A machine with a memory of its own."""
    conf = os.path.join(HERE, name + ".conf")
    with open(conf, "w", encoding="utf-8") as f:
        f.write(f'issuer-url = "https://issuer.example"\nstate-directory = "{HERE}/state-{name}"\n')
        if pinned is not None:
            f.write(f'issuer-log-key = "{pinned.vkey}"\n')
    return conf


def ask(conf, told, between=None, key=KEY, args=(NUMBER,), out="--json", **more):
    put("page " + json.dumps({"issuer": "test", "log_key": key.vkey}) + "\n" +
        ("log-receipt " + json.dumps(told) + "\n" if told else "receipt issuer-refused not-found\n") + ("log-consistency " + json.dumps(between) + "\n" if between else ""))
    return run("receipt", *args, *([out] if out else []), "--config", conf, **more)


home = machine("home")
done = ask(home, answer(size=5))
ok(done.code == 0 and done.json["verdict"] == "sealed" and done.json["entry"]["slot"] == "sign" and done.json["key_from"] == "issuer"
   and done.json["grown_from"] is None and done.json["kept"] is True, "a receipt that holds; the key was told just now", done)
done = ask(home, answer(size=9), proof(5, 9))
ok(done.code == 0 and done.json["verdict"] == "sealed" and done.json["key_from"] == "kept" and done.json["grown_from"] == 5,
   "later the kept key counts, and the log has grown", done)
ok("consistency 5-9" in calls(), "the proof between both is asked for", calls())
done = ask(home, answer(size=9), out=None)
for words in ("Receipt: " + NUMBER, "a reset was reserved", "2026", "home", "kiosk", "nobody has changed it since", "still stands there (entries: 9)",
              "told first and has kept"):
    has(done.out, words, f"in words: {words}")
for lang in ("ja", "zh_TW"):
    done = ask(home, answer(size=9), args=(NUMBER, "--lang", lang), out=None, env={"LC_ALL": "C.UTF-8"})
    lacks(done.out, "nobody has", f"in {lang}")
same(ask(home, answer(), args=(NUMBER[:7].lower(), NUMBER[7:14], NUMBER[14:])).code, 0,
     "typed in groups, small letters")

# --- an issuer that lies; each on a machine that knows the right key ---
pinned = machine("pinned", KEY)
same(ask(pinned, answer(), key=FALSE_KEY).json["key_changed"], True, "another key is told than the configured one")
changed = ENTRIES[N].replace('"sign"', '"auth"')
for what, told, word in (
        ("a changed entry", answer(entry=changed), "changed"),
        ("one bit of the salt", answer(salt=b64(bytes([SALTS[N][0] ^ 1]) + SALTS[N][1:])), "changed"),
        ("another leaf", answer(leaf=N + 1), "changed"),
        ("a leaf beyond the log", answer(leaf=9), "changed"),
        ("a proof that is too short", answer(proof=answer()["proof"][:-1]), "changed"),
        ("another receipt's entry, which does stand in the log", answer(4, receipt=NUMBER), "other"),
        ("another receipt", answer(4), "other"),
        ("a checkpoint of another key", answer(key=FALSE_KEY), "unsigned"),
        ("a checkpoint with another size", answer(checkpoint=answer()["checkpoint"].replace("\n9\n", "\n8\n", 1)), "unsigned"),
        ("no checkpoint", answer(checkpoint=None), "unsigned"),
        ("no proof", answer(proof=None), "nonsense"),
        ("no salt", answer(salt=None), "nonsense"),
        ("a state of its own", answer(state="fine"), "nonsense"),
        ("a proof as long as a book", answer(proof=[b64(LEAVES[0])] * 97), "nonsense")):
    done = ask(pinned, told)
    ok(done.code == 8 and done.json["verdict"] == word and done.json["entry"] is None and "NOT verify" in done.json["message"]
       and "supervisor" in done.json["next"], f"a lie: {what}", done)
done = ask(pinned, answer(entry=changed), out=None)
ok(done.code == 8 and "NOT verify" in done.out and "tell the issuer" in done.out and "auth" not in done.out, "a lie, in words; nothing of it is shown", done)

# --- a log that shrank or forked ---
done = ask(home, answer(size=8))
ok(done.code == 8 and done.json["verdict"] == "shrunk", "a log that shrank", done)
young = machine("young", KEY)
same(ask(young, answer(size=5)).code, 0, "a machine that has seen five")
OTHER = LEAVES[:2] + [sha(b"another")] + LEAVES[3:]
fork = answer(size=9, proof=[b64(h) for h in inclusion(N, OTHER)], checkpoint=KEY.note(9, root(OTHER)))
for what, between in (("a wrong proof", proof(5, 9)), ("a proof of the other log", proof(5, 9, OTHER)), ("no proof at all", None)):
    done = ask(young, fork, between)
    ok(done.code == 8 and done.json["verdict"] == "forked" and done.json["entry"] is None, f"a log that forked: {what}", done)
done = ask(young, answer(size=9), proof(5, 9))
ok(done.code == 0 and done.json["grown_from"] == 5, "what did not verify is not remembered", done)
done = ask(home, answer(size=9, key=FALSE_KEY), key=FALSE_KEY)
ok(done.code == 8 and done.json["verdict"] == "unsigned" and done.json["key_changed"] is True, "a key that changed after it was kept", done)

# --- waiting, erased, not there ---
done = ask(pinned, {"receipt": NUMBER, "state": "waiting"})
ok(done.code == 0 and done.json["verdict"] == "waiting" and done.json["entry"] is None, "it waits for its seal", done)
done = ask(pinned, answer(state="erased", entry=None, salt=None, digest=b64(DIGESTS[N])))
ok(done.code == 0 and done.json["verdict"] == "erased" and done.json["entry"] is None, "erased, and proven to have been there", done)
done = ask(pinned, answer(state="erased", entry=None, salt=None, digest=b64(DIGESTS[N + 1])))
ok(done.code == 8 and done.json["verdict"] == "changed", "erased, with another digest", done)
done = ask(pinned, None)
ok(done.code == 8 and done.error["problem"] == "not-found", "not in the log", done)
for typed in (NUMBER[:-1], NUMBER[:5] + ("0" if NUMBER[5] != "0" else "2") + NUMBER[6:], "../../v1/issuer"):
    done = ask(pinned, answer(), args=(typed,))
    ok(done.code == 2 and done.error["code"] == "usage" and not calls(), "mistyped: nobody is asked", [done, calls()])
finish()
