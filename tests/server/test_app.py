# SPDX-License-Identifier: Apache-2.0
"""The app on a phone as a native one would do it, over HTTPS: its key and signatures are openssl's, the requests
are made here and nowhere in Repin. docs/openapi.yaml and docs/wire.md, section 1, are all that it is made from."""

import base64
import copy
import hashlib
import os
import subprocess
import sys
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit
from kit import Issuer, test
from shown_card import ShownCard, openssl


class Phone:
    """The phone's certificates, the card that they came from, and the phone's own key."""

    def __init__(self, issuer):
        state = issuer.card("mynumber")
        self.issuer, self.card = issuer, ShownCard(issuer, state)
        self.token = ShownCard(issuer, issuer.card("mynumber-mobile", source=state))
        self.pem = os.path.join(issuer.home, "phone.pem")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.pem, text=b"")
        self.public = subprocess.run(["openssl", "pkey", "-in", self.pem, "-pubout", "-outform", "DER"],
                                     capture_output=True, check=True, timeout=30).stdout
        self.terminal = SimpleNamespace(fingerprint=hashlib.sha256(self.public).hexdigest().upper())

    def signs(self, purpose, shown, slot=True):
        lines = ["REPIN-PROOF-1", "purpose " + purpose, "issuer test", "case -", "terminal " + self.terminal.fingerprint,
                 "profile " + shown["profile"], "card " + shown["number"], "slot " + (shown["slot"] if slot else "-"),
                 "nonce " + shown["nonce"].upper()]
        signature = openssl("dgst", "-sha256", "-sign", self.pem, text="".join(line + "\n" for line in lines).encode())
        return {"key": base64.b64encode(self.public).decode(), "signature": base64.b64encode(signature).decode()}

    def card_proves(self, purpose, shown, slot=True):
        """By the card's signature PIN, about the phone."""
        about = copy.copy(self.card)
        about.profile, about.number = shown["profile"], shown["number"]
        return about.prove(purpose, "sign", shown, terminal=self.terminal, slot=slot)

    def show(self, slot):
        return self.token.show(slot, self.issuer.get("/v1/nonce").json["nonce"])

    def register(self):
        shown = self.show("sign")
        return self.issuer.post("/v1/devices", {"card": shown, "proof": self.card_proves("device", shown, slot=False),
                                                "device": self.signs("device", shown, slot=False)})

    def ask(self, slot, device=True, proof=True):
        shown = self.show(slot)
        body = {"card": shown, "door": "app", "evidence": {}}
        if device:
            body["device"] = self.signs("reset", shown)
        if proof and slot == "sign":
            body["evidence"]["proof"] = self.card_proves("reset", shown)
        return shown, self.issuer.post("/v1/grants", body)


@test
def a_native_app_registers_its_key_and_sets_both_pins_of_the_phone():
    with Issuer() as issuer:
        phone = Phone(issuer)
        assert phone.ask("auth")[1].problem == "device-unknown"
        answer = phone.register()
        assert answer.status == 200, answer.body
        assert phone.ask("auth", device=False)[1].problem == "app-only"
        assert phone.ask("sign", device=False)[1].problem == "app-only"
        assert phone.ask("sign", proof=False)[1].problem == "evidence-missing"
        for slot in ("sign", "auth"):
            shown, answer = phone.ask(slot)
            assert answer.status == 201, answer.body
            assert phone.token.takes(slot, shown, answer.json)
            end = issuer.post("/v1/presence", {"card": phone.token.show(slot, answer.json["nonce"])}, key=None)
            assert end.json["settled"] == answer.json["case_id"] and end.json["settled_state"] == "done", end.body


if __name__ == "__main__":
    sys.exit(kit.run_tests(kit.tests_of(sys.modules[__name__])))
