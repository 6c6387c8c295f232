# SPDX-License-Identifier: Apache-2.0
"""A card of tests/server/kit.py as the issuer sees it: what it answers, without a reader. For tests of the API
that need single requests, wrong ones, and the same one again.

    card = ShownCard(issuer, issuer.card("mynumber"))
    shown = card.show("sign", issuer.get("/v1/nonce").json["nonce"])       # member `card` of a request
    proof = card.prove("reserve", "auth", shown)                           # member `proof`
    card.takes("sign", shown, grant)                                       # as EXTERNAL AUTHENTICATE and RESET do

docs/wire.md has the bytes; the arithmetic is openssl's and none of ours.
"""

import base64
import hashlib
import json
import os
import subprocess
import tempfile

SLOTS = {"sign": 1, "auth": 2, "text": 3, "juki": 4, "pin": 5}


def openssl(*argv, text):
    return subprocess.run(["openssl", *argv], input=text, capture_output=True, check=True, timeout=30).stdout


def cmac(key, text):
    said = openssl("mac", "-cipher", "AES-128-CBC", "-macopt", "hexkey:" + key.hex(), "-in", "-", "CMAC", text=text)
    return bytes.fromhex(said.decode().strip())


def with_length(text):
    return bytes([len(text)]) + text.encode()


class ShownCard:
    def __init__(self, issuer, state, name="test"):
        with open(state) as f:
            card = json.load(f)
        self.profile, self.number = card["family"], card["number"]
        self.keys = {k["id"]: bytes.fromhex(k["key"]) for k in card["keys"]}
        self.certificates = issuer.export(state, user_code=None)["certificates"]
        with open(state + ".key") as f:
            self.key = bytes.fromhex(f.read().strip())
        self.id = hashlib.sha256(b"REPIN1" + with_length(name) + with_length(self.profile)
                                 + with_length(self.number)).digest()[:16]
        self.resets = dict.fromkeys(SLOTS, 0)

    def text(self, kind, slot, resets, *more):
        return bytes([kind]) + self.id + bytes([SLOTS[slot]]) + resets.to_bytes(2, "big") + b"".join(more)

    def show(self, slot, nonce, **other):
        """INTERNAL AUTHENTICATE; `other` members stand in the place of the right ones."""
        challenge, resets = os.urandom(16), self.resets[slot]
        mac = cmac(self.key, self.text(1, slot, resets, bytes.fromhex(nonce), challenge))
        return {"profile": self.profile, "number": self.number, "slot": slot, "key": 1, "nonce": nonce,
                "challenge": challenge.hex(), "resets": resets, "mac": mac.hex(), **other}

    def prove(self, purpose, proving, shown, case="-", terminal=None, slot=True):
        """The signature by a PIN's key over the lines of docs/wire.md, to be reset `shown["slot"]`."""
        lines = ["REPIN-PROOF-1", "purpose " + purpose, "issuer test", "case " + case,
                 "terminal " + (terminal.fingerprint if terminal is not None else "home"), "profile " + self.profile,
                 "card " + self.number, "slot " + (shown["slot"] if slot else "-"), "nonce " + shown["nonce"].upper()]
        text = "".join(line + "\n" for line in lines).encode()
        key = self.keys["sign" if proving == "pin" else proving]
        with tempfile.NamedTemporaryFile(suffix=".der") as f:
            f.write(key)
            f.flush()
            signature = openssl("dgst", "-sha256", "-keyform", "DER", "-sign", f.name, text=text)
        return {"slot": proving, "certificate": self.certificates[proving],
                "signature": base64.b64encode(signature).decode()}

    def takes(self, slot, shown, grant):
        """Whether the card takes this cryptogram; then its PIN is set."""
        right = cmac(self.key, self.text(2, slot, shown["resets"], bytes.fromhex(shown["challenge"])))
        if bytes.fromhex(grant["cryptogram"]) != right:
            return False
        self.resets[slot] += 1
        return True
