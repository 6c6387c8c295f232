# SPDX-License-Identifier: Apache-2.0
"""OpenSC, Yubico's tool, GnuPG and OpenSSL as judges of the virtual cards and of what repin did."""

import os
import re
import subprocess

import kit
from kit import DIR, ENV, Card, new_card, repin, run


def tool(*argv, ok=True, env=ENV, **kw):
    r = run(*argv, env=env, **kw)
    assert not ok or r.returncode == 0, (argv, r.stdout, r.stderr)
    return r.stdout + r.stderr


def opensc_tries():
    """{label: tries} from pkcs15-tool."""
    text = tool("pkcs15-tool", "--list-pins")
    found = {}
    for block in text.split("\n\n"):
        label = re.search(r"^PIN \[(.*)\]", block, re.M)
        left = re.search(r"Tries left\s*: (\d+)", block)
        if label and left:
            found[label.group(1)] = int(left.group(1))
    return found


def piv_tries():
    """OpenSC 0.23 shows no number for PIV; Yubico's tool does."""
    text = tool("yubico-piv-tool", "-r", "Virtual PCD", "-a", "status")
    return int(re.search(r"PIN tries left:\s*(\d+)", text).group(1))


def our_tries():
    r = repin("status", "--json")
    assert r.rc == 0, r
    return {p["id"]: p["tries_left"] for p in r.json["pins"]}


def opensc_names_the_standard_and_the_my_number_cards():
    for profile, words in (("mynumber", "JPKI"), ("piv", "Personal Identity Verification"), ("openpgp", "OpenPGP"), ("gids", "GIDS")):
        with Card(new_card(profile)):
            assert words.lower() in tool("opensc-tool", "-n").lower(), profile


def opensc_takes_no_aosign_or_hicos_card_for_another():
    for profile in ("aosign", "hicos"):
        with Card(new_card(profile)):
            text = tool("opensc-tool", "-n", ok=False).lower()
            for name in ("jpki", "piv", "openpgp", "gids", "muscle", "coolkey", "setcos", "cac"):
                assert name not in text, (profile, text)
            assert run("pkcs15-tool", "--list-pins").returncode != 0


def opensc_and_repin_see_the_same_tries_on_my_number():
    state = new_card("mynumber")
    with Card(state):
        for left in (3, 2, 1):
            assert opensc_tries()["User Authentication PIN"] == left == our_tries()["auth"]
            repin("change", "auth", "--last-try", secrets={"current": "9999", "new": "5678"})
        assert opensc_tries()["User Authentication PIN"] == 0 == our_tries()["auth"]
        assert opensc_tries()["Digital Signature PIN"] == 5 == our_tries()["sign"]


def opensc_signs_with_the_pin_that_repin_set_and_openssl_verifies():
    state = new_card("mynumber")
    message, signature = os.path.join(DIR, "message"), os.path.join(DIR, "signature")
    cert, key = os.path.join(DIR, "cert.pem"), os.path.join(DIR, "key.pem")
    with open(message, "w") as f:
        f.write("a message\n")
    with Card(state):
        assert repin("change", "auth", secrets={"current": "1234", "new": "5678"}).rc == 0
        tool("pkcs11-tool", "--login", "--pin", "5678", "--sign", "--id", "01", "--mechanism", "SHA256-RSA-PKCS",
             "--input-file", message, "--output-file", signature)
        tool("pkcs15-tool", "--read-certificate", "01", "--output", cert)
        assert kit.tries(state)["auth"] == 3
    with open(key, "w") as f:
        f.write(tool("openssl", "x509", "-in", cert, "-pubkey", "-noout"))
    assert "Verified OK" in tool("openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message)


def what_repin_changes_opensc_accepts_on_piv_and_the_other_way_round():
    with Card(new_card("piv")):
        assert repin("change", "pin", secrets={"current": "123456", "new": "654321"}).rc == 0
        tool("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "654321")
        tool("pkcs15-tool", "--change-pin", "--auth-id", "01", "--pin", "654321", "--new-pin", "111222")
        assert repin("change", "pin", secrets={"current": "111222", "new": "333444"}).rc == 0
        for left in (2, 1, 0):
            repin("change", "pin", "--last-try", secrets={"current": "999999", "new": "333444"})
            assert our_tries()["pin"] == left == piv_tries()
        tool("pkcs15-tool", "--unblock-pin", "--auth-id", "01", "--puk", "12345678", "--new-pin", "555666")
        assert our_tries()["pin"] == 3 == piv_tries()
        assert repin("change", "pin", secrets={"current": "555666", "new": "123456"}).rc == 0


def yubicos_tool_agrees_on_piv():
    with Card(new_card("piv")):
        reader = ("-r", "Virtual PCD")
        assert repin("change", "puk", secrets={"current": "12345678", "new": "87654321"}).rc == 0
        assert repin("unlock", "pin", secrets={"puk": "87654321", "new": "777888"}).rc == 0
        text = tool("yubico-piv-tool", *reader, "-a", "verify-pin", "-P", "777888")
        assert "Successfully verified PIN" in text, text
        text = tool("yubico-piv-tool", *reader, "-a", "change-pin", "-P", "777888", "-N", "123456")
        assert "Successfully changed the pin" in text, text
        assert repin("change", "pin", secrets={"current": "123456", "new": "654321"}).rc == 0


def opensc_and_repin_agree_on_openpgp():
    with Card(new_card("openpgp")):
        assert repin("change", "pw1", secrets={"current": "123456", "new": "a longer one"}).rc == 0
        text = tool("openpgp-tool", "--verify", "CHV1", "--pin", "a longer one")
        assert "error" not in text.lower(), text
        for _ in range(3):
            repin("change", "pw1", "--last-try", secrets={"current": "999999", "new": "123456"})
        assert our_tries()["pw1"] == 0
        r = repin("unlock", "pw1", "--with", "admin", secrets={"admin": "12345678", "new": "654321"})
        assert r.rc == 0, r
        assert our_tries()["pw1"] == 3 == opensc_tries()["User PIN (sig)"]


def gnupg_sees_the_tries_that_repin_left():
    home = os.path.join(DIR, "gnupg")
    os.mkdir(home, 0o700)
    with open(os.path.join(home, "scdaemon.conf"), "w") as f:
        f.write("disable-ccid\npcsc-shared\n")
    env = dict(ENV, GNUPGHOME=home)
    with Card(new_card("openpgp")):
        repin("change", "pw1", secrets={"current": "999999", "new": "654321"})
        try:
            text = tool("gpg", "--batch", "--card-status", env=env)
        finally:
            subprocess.run(["gpgconf", "--kill", "all"], env=env, capture_output=True, timeout=20)
        assert re.search(r"PIN retry counter : 2 0 3", text), text


def opensc_and_repin_agree_on_gids():
    with Card(new_card("gids")):
        assert repin("change", "pin", secrets={"current": "123456", "new": "7654321"}).rc == 0
        tool("pkcs15-tool", "--change-pin", "--auth-id", "80", "--pin", "7654321", "--new-pin", "888999")
        assert our_tries()["pin"] == 3 == opensc_tries()["UserPIN"]
        assert repin("change", "pin", secrets={"current": "888999", "new": "123456"}).rc == 0
        repin("change", "pin", secrets={"current": "999999", "new": "654321"})
        assert our_tries()["pin"] == 2 == opensc_tries()["UserPIN"]


kit.main([
    opensc_names_the_standard_and_the_my_number_cards,
    opensc_takes_no_aosign_or_hicos_card_for_another,
    opensc_and_repin_see_the_same_tries_on_my_number,
    opensc_signs_with_the_pin_that_repin_set_and_openssl_verifies,
    what_repin_changes_opensc_accepts_on_piv_and_the_other_way_round,
    yubicos_tool_agrees_on_piv,
    opensc_and_repin_agree_on_openpgp,
    gnupg_sees_the_tries_that_repin_left,
    opensc_and_repin_agree_on_gids,
])
