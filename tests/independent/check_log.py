#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks an issuer's log from outside: with the standard, Python's library and openssl, without this project's code.

    check_log.py receipt RECEIPT.json CHECKPOINT VKEY           the entry is in the tree that was signed
    check_log.py consistency PROOF.json OLD NEW VKEY            the old tree is the beginning of the new one

Ends with 0 and a sentence, or with 1 and what is wrong. Sources: RFC 9162 2.1; C2SP signed-note, tlog-checkpoint.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def checkpoint(note, vkey):
    """Size and root of a note that the key has signed."""
    text, _, lines = note.partition("\n\n")
    name, key_id, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)
    assert sha(name.encode(), b"\n", key)[:4].hex() == key_id and key[0] == 1, "the verifier key is wrong"
    ours = [base64.b64decode(line.split(" ")[2], validate=True) for line in lines.splitlines() if line.startswith(f"\u2014 {name} ")]
    assert any(s[:4].hex() == key_id and signed(key[1:], (text + "\n").encode(), s[4:]) for s in ours), "the signature is wrong"
    origin, size, root = text.split("\n")[:3]
    assert origin == name, "it is another log's checkpoint"
    return int(size), base64.b64decode(root, validate=True)


def signed(key, text, signature):
    with tempfile.TemporaryDirectory() as d:
        names = [os.path.join(d, n) for n in ("key", "text", "sig")]
        for name, content in zip(names, (bytes.fromhex("302a300506032b6570032100") + key, text, signature)):
            with open(name, "wb") as f:
                f.write(content)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-inkey", names[0], "-in", names[1],
                               "-sigfile", names[2]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def root_of(m, n, leaf, path):
    """The root of n leaves, of which number m is `leaf`: PATH of RFC 9162 2.1.3.1, undone from the root down."""
    if n == 1:
        assert not path, "the proof is too long"
        return leaf
    assert path, "the proof is too short"
    k = 1 << (n - 1).bit_length() - 1
    if m < k:
        return sha(b"\1", root_of(m, k, leaf, path[:-1]), path[-1])
    return sha(b"\1", path[-1], root_of(m - k, n - k, leaf, path[:-1]))


def roots_of(m, n, path, old):
    """Roots of the first m and of all n leaves: SUBPROOF of 2.1.4.1, undone. `old`: the old root where it begins at 0."""
    if m == n:
        assert len(path) == (0 if old else 1), "the proof has the wrong length"
        return (old or path[0],) * 2
    assert path, "the proof is too short"
    k = 1 << (n - 1).bit_length() - 1
    if m <= k:
        first, second = roots_of(m, k, path[:-1], old)
        return first, sha(b"\1", second, path[-1])
    first, second = roots_of(m - k, n - k, path[:-1], None)
    return sha(b"\1", path[-1], first), sha(b"\1", path[-1], second)


def read(name):
    with open(name, encoding="utf-8", newline="") as f:
        return f.read()


def main(mode, proof, *rest):
    answer = json.loads(read(proof))
    path = [base64.b64decode(h, validate=True) for h in answer.get("proof", [])]
    if mode == "receipt":
        size, root = checkpoint(read(rest[0]), rest[1])
        assert answer["state"] in ("sealed", "erased"), "it is not sealed yet"
        assert answer["size"] == size, "the proof is for another size"
        digest = (base64.b64decode(answer["digest"]) if answer["state"] == "erased" else
                  sha(base64.b64decode(answer["salt"], validate=True), answer["entry"].encode()))
        assert 0 <= answer["leaf"] < size, "there is no such leaf"
        assert root_of(answer["leaf"], size, sha(b"\0", digest), path) == root, "the entry is not in the tree"
        assert answer["state"] == "erased" or json.loads(answer["entry"])["receipt"] == answer["receipt"], "it is the entry of another receipt"
        return f"leaf {answer['leaf']} of {size} is as it was sealed" + (", and erased" if answer["state"] == "erased" else "")
    (old_size, old), (size, root) = (checkpoint(read(name), rest[2]) for name in rest[:2])
    assert mode == "consistency" and (answer["from"], answer["to"]) == (old_size, size), "the proof is for other sizes"
    assert 0 < old_size <= size and roots_of(old_size, size, path, old) == (old, root), "the old tree is not the beginning of the new one"
    return f"the {old_size} leaves are the beginning of the {size}"


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError, OSError) as e:
        sys.exit(f"check_log: {e or type(e).__name__}")
