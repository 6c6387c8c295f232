# SPDX-License-Identifier: Apache-2.0
"""check_log.py takes the logs that our code makes, and finds each thing that was changed in one."""
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile

import check_log

N = 13
state = {"n": 0, "bad": 0}


def ok(good, what, told=""):
    state["n"] += 1
    state["bad"] += not good
    print(f"{'ok' if good else 'not ok'} {state['n']} - {what}" + ("" if good else f"\n# {told}"))


def judge(*args):
    """What check_log says: its sentence, or None and why not."""
    try:
        return check_log.main(*args), ""
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError, OSError) as e:
        return None, str(e)


def flip(text):
    """The same base64 with its third bit flipped."""
    b = bytearray(base64.b64decode(text))
    b[0] ^= 0x20
    return base64.b64encode(bytes(b)).decode()


with tempfile.TemporaryDirectory(prefix="repin-log-") as d, contextlib.suppress(BrokenPipeError):
    subprocess.run([sys.argv[1], d, str(N)], check=True)

    def at(kind, a, b=None):
        return os.path.join(d, f"{kind}-{a}-{a if b is None else b}")

    def changed(name, change):
        """A copy of a JSON file after `change` was done to it."""
        answer = json.loads(check_log.read(name))
        change(answer)
        with open(os.path.join(d, "changed"), "w", encoding="utf-8") as f:
            json.dump(answer, f)
        return os.path.join(d, "changed")

    def written(text):
        with open(os.path.join(d, "written"), "w", encoding="utf-8", newline="") as f:
            f.write(text)
        return os.path.join(d, "written")

    vkey, other = check_log.read(at("vkey", 0)), check_log.read(at("other-vkey", 0))
    # openssl takes its time: what needs no new signature uses one that was checked
    notes = {n: check_log.checkpoint(check_log.read(at("checkpoint", n)), vkey) for n in range(1, N + 1)}
    ok(len(notes) == N and all(size == n for n, (size, _) in notes.items()), "every checkpoint is signed and says its size")
    real = check_log.checkpoint
    check_log.checkpoint = lambda note, key: notes[int(note.split("\n")[1])]
    bad = [(i, n) for n in range(1, N + 1) for i in range(n)
           if judge("receipt", at("receipt", i, n), at("checkpoint", n), vkey)[0] != f"leaf {i} of {n} is as it was sealed"]
    ok(not bad, "every receipt of every size is right", bad)
    bad = [(a, b) for b in range(1, N + 1) for a in range(1, b + 1)
           if judge("consistency", at("consistency", a, b), at("checkpoint", a), at("checkpoint", b), vkey)[0] is None]
    ok(not bad, "every size is the beginning of every later one", bad)
    check_log.checkpoint = real

    receipt, note = at("receipt", 5, N), at("checkpoint", N)
    for what, change in {
            "an entry that was changed": lambda a: a.update(entry=a["entry"].replace("test", "text")),
            "a salt that was changed": lambda a: a.update(salt=flip(a["salt"])),
            "another leaf number": lambda a: a.update(leaf=4),
            "a leaf beyond the tree": lambda a: a.update(leaf=N),
            "a proof for another size": lambda a: a.update(size=N - 1),
            "a proof with a hash less": lambda a: a["proof"].pop(),
            "a proof with a hash more": lambda a: a["proof"].append(a["proof"][0]),
            "a hash of the proof that was changed": lambda a: a["proof"].__setitem__(1, flip(a["proof"][1])),
            "a receipt of something else": lambda a: a.update(receipt="R4"),
            "a receipt that waits": lambda a: a.update(state="waiting"),
            "a receipt that is said to be erased, with another digest": lambda a: a.update(state="erased", digest=a["salt"])}.items():
        said, why = judge("receipt", changed(receipt, change), note, vkey)
        ok(said is None and why != "", f"{what} is found", said)
    whole = check_log.read(note)
    line = whole.split("\n")
    signature = line[4].split(" ")[2][:-8]
    for what, text in {
            "a root that was changed": whole.replace(line[2], flip(line[2])),
            "a size that was changed": whole.replace(f"\n{N}\n", f"\n{N + 1}\n"),
            "an origin that was changed": whole.replace("log.example", "log.sample", 1),
            "a signature that was changed": whole.replace(signature, signature[:-9] + ("B" if signature[-9] == "A" else "A")),
            "a checkpoint without signature": whole[:whole.index("\n\n") + 2],
            "the signature of another checkpoint": "\n".join(line[:4] + check_log.read(at("checkpoint", 4)).split("\n")[4:])}.items():
        said, why = judge("receipt", receipt, written(text), vkey)
        ok(said is None and why != "", f"{what} is found", said)
    ok(judge("receipt", receipt, note, other)[0] is None, "another log's key is found")
    ok(judge("receipt", receipt, at("checkpoint", 12), vkey)[0] is None, "a checkpoint of another size is found")
    ok(judge("receipt", receipt, note, vkey.replace("+A", "+B"))[0] is None, "a verifier key that was changed is found")

    def erase(a):
        digest = check_log.sha(base64.b64decode(a.pop("salt")), a.pop("entry").encode())
        a.update(state="erased", digest=base64.b64encode(digest).decode())

    ok(judge("receipt", changed(receipt, erase), note, vkey)[0] == f"leaf 5 of {N} is as it was sealed, and erased", "an erased entry is told as erased")

    proof, old = at("consistency", 5, N), at("checkpoint", 5)
    ok(judge("consistency", proof, old, note, vkey)[0] is not None, "a proof between two checkpoints is right")
    for what, change in {
            "a hash more": lambda a: a["proof"].append(a["proof"][0]),
            "a hash less": lambda a: a["proof"].pop(0),
            "a hash that was changed": lambda a: a["proof"].__setitem__(0, flip(a["proof"][0])),
            "another size": lambda a: a.update({"from": 6})}.items():
        said, why = judge("consistency", changed(proof, change), old, note, vkey)
        ok(said is None and why != "", f"a consistency proof with {what} is found", said)
    ok(judge("consistency", proof, at("checkpoint", 6), note, vkey)[0] is None, "an old checkpoint of another size is found")
    done = [subprocess.run([sys.executable, check_log.__file__, "receipt", r, note, vkey], capture_output=True, check=False).returncode
            for r in (receipt, changed(receipt, lambda a: a.update(leaf=4)))]
    ok(done == [0, 1], "the program's status is 0 when all is right and 1 when not", done)

print(f"1..{state['n']}")
sys.exit(state["bad"] > 0)
