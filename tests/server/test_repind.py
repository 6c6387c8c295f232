# SPDX-License-Identifier: Apache-2.0
"""repind as its administrators use it: init, serve and stop, the token and database that belong together, many
cards from a file, two people, notices. Real SoftHSM, real SQLite, real TLS."""

import base64
import contextlib
import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit
from kit import REPIND, Issuer, test

MANY = 10000


def run(*argv, **options):
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, **options)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


# --- init ---

@test
def init_makes_a_directory_that_serves_without_a_question():
    with tempfile.TemporaryDirectory() as home:
        where = os.path.join(home, "issuer")
        r = run(REPIND, "init", where)
        assert r.returncode == 0, r.stderr
        assert mode(where) == 0o700
        for name in ("token.pin", "token-so.pin", "tls.key", "tls-ca.key", "terminal-ca.key", "softhsm2.conf",
                     "operators/admin1.password", "operators/admin1.totp", "operators/admin2.password"):
            assert mode(os.path.join(where, name)) == 0o600, name
        pin = open(os.path.join(where, "token.pin")).read().strip()
        assert len(pin) == 32 and pin not in r.stdout + r.stderr
        assert "two-people = yes" in open(os.path.join(where, "repind.conf")).read()
        r = run(REPIND, "--config", where, "audit", "verify")
        assert r.returncode == 0 and "1 entries are whole" in r.stdout, r


@test
def the_first_entry_of_the_log_holds_the_check_values_of_the_keys():
    with Issuer(start=False) as issuer:
        with sqlite3.connect(os.path.join(issuer.dir, "repin.db")) as db:
            (first,) = db.execute("SELECT body FROM entry WHERE leaf = 0").fetchone()
        for key in ("pepper-1", "reset-1", "seal-1", "wrap-1"):
            assert key in first, first


@test
def init_twice_refuses_and_changes_nothing():
    with Issuer(start=False) as issuer:
        before = {n: os.stat(os.path.join(issuer.dir, n)).st_mtime_ns for n in os.listdir(issuer.dir)}
        r = run(REPIND, "init", issuer.dir)
        assert r.returncode == 2, r
        assert "not empty" in r.stderr
        after = {n: os.stat(os.path.join(issuer.dir, n)).st_mtime_ns for n in os.listdir(issuer.dir)}
        assert before == after


@test
def an_init_that_is_cut_short_says_so_and_does_not_serve():
    with tempfile.TemporaryDirectory() as home:
        where = os.path.join(home, "issuer")
        r = run(REPIND, "init", where, "--anchors", "/dev/null")
        assert r.returncode == 2 and "not whole" in r.stderr, r
        r = run(REPIND, "--config", where, "serve")
        assert r.returncode == 2, r


@test
def anchors_take_certificates_only_and_never_a_key():
    with Issuer(start=False) as issuer:
        assert "PRIVATE KEY" in open(issuer.card_ca).read()
        text = open(os.path.join(issuer.dir, "anchors.pem")).read()
        assert "BEGIN CERTIFICATE" in text and "PRIVATE KEY" not in text


@test
def on_a_terminal_init_asks_and_shows_no_password():
    with tempfile.TemporaryDirectory() as home:
        where = os.path.join(home, "issuer")
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(REPIND, [REPIND, "init", where])
        answers = [("Name of the issuer", "asked"), ("Name of its log", ""), ("Name of an administrator", "ada"),
                   ("Password", "correct horse"), ("The same again", "correct horse"),
                   ("Name of an administrator", ""), ("Password", "battery staple"),
                   ("The same again", "battery staple")]
        said, seen, end = "", 0, time.monotonic() + 60
        while time.monotonic() < end:
            ready, _, _ = select.select([fd], [], [], 0.5)
            if ready:
                try:
                    said += os.read(fd, 4096).decode(errors="replace")
                except OSError:
                    break
            if answers and answers[0][0] in said[seen:]:
                seen = len(said)
                time.sleep(0.05)  # what is typed ahead is thrown away
                os.write(fd, (answers.pop(0)[1] + "\n").encode())
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        assert os.waitstatus_to_exitcode(status) == 0, said
        assert not answers and "correct horse" not in said and "battery staple" not in said, said
        assert said.count("otpauth://totp/asked:") == 2, said
        assert not os.path.exists(os.path.join(where, "operators"))
        r = run(REPIND, "--config", where, "operator", "list")
        assert "ada\t" in r.stdout and "admin2\t" in r.stdout, r


# --- the configuration ---

@test
def an_unknown_key_is_an_error_that_names_it():
    with Issuer(start=False, more_conf='two-poeple = no\n') as issuer:
        issuer.repind("serve", expect=2)
        assert "two-poeple" in issuer.said, issuer.said


@test
def a_configuration_without_what_it_needs_names_the_key():
    with Issuer(start=False) as issuer:
        text = open(issuer.conf).read()
        for key in ("name", "database", "listen", "anchors", "pkcs11-pin-file", "tls-key"):
            with open(issuer.conf, "w") as f:
                f.write(re.sub(r"(?m)^%s = .*$" % key, "", text))
            issuer.repind("operator", "list", expect=2)
            assert key in issuer.said, issuer.said
        with open(issuer.conf, "w") as f:
            f.write(re.sub(r"(?m)^crl-optional.*$", "", text))
        issuer.repind("operator", "list", expect=2)
        assert "crl" in issuer.said, issuer.said
        with open(issuer.conf, "w") as f:
            f.write(text.replace('{"home", "app"}', '{"home", "kiosk"}'))
        issuer.repind("operator", "list", expect=2)
        assert "reserve-from" in issuer.said, issuer.said
        for list in ("inagi,nowhere", "inagi,", "inag"):
            with open(issuer.conf, "w") as f:
                f.write(text + 'four-eyes = "%s"\n' % list)
            issuer.repind("operator", "list", expect=2)
            assert "four-eyes" in issuer.said, issuer.said


@test
def an_office_file_is_linted_taken_and_in_force_after_a_start():
    shipped = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data/offices/inagi.office")
    with Issuer(start=False) as issuer:
        issuer.repind("office", "check", shipped)
        text = open(shipped, encoding="utf-8").read()
        own = os.path.join(issuer.dir, "own.office")
        with open(own, "w", encoding="utf-8") as f:
            f.write(text.replace("fax = 042", "fax 042"))
        issuer.repind("office", "add", "--file", own, expect=2)
        assert "own.office:21: error" in issuer.said and "key = value" in issuer.said, issuer.said
        assert not os.path.exists(os.path.join(issuer.dir, "offices")), "a file with errors left something behind"
        with open(own, "w", encoding="utf-8") as f:
            f.write(text.replace("[office inagi", "[office tama").replace("= 13225", "= 13224"))
        issuer.repind("office", "add", "--file", own)
        listed = issuer.repind("office", "list")
        assert "tama-hirao" in listed and "13224" in listed and "inagi" not in listed, listed
        with open(os.path.join(issuer.dir, "offices", "twice.office"), "w", encoding="utf-8") as f:
            f.write(open(own, encoding="utf-8").read())
        issuer.repind("office", "list", expect=2)
        assert "another file" in issuer.said, issuer.said


@test
def a_pin_file_that_others_can_read_is_refused():
    with Issuer(start=False) as issuer:
        pin = os.path.join(issuer.dir, "token.pin")
        os.chmod(pin, 0o640)
        issuer.repind("serve", expect=2)
        assert "token.pin" in issuer.said and "chmod 600" in issuer.said, issuer.said
        os.chmod(pin, 0o600)
        issuer.repind("operator", "list")


@test
def a_directory_can_be_moved_as_a_whole():
    with Issuer(start=False) as issuer:
        card = issuer.repind("card", "key", "--hex", "--profile", "hicos", "--number", "XC00000000000001")
        moved = issuer.dir + "-moved"
        os.rename(issuer.dir, moved)
        issuer.dir = moved
        assert issuer.repind("card", "key", "--hex", "--profile", "hicos", "--number", "XC00000000000001") == card


@test
def a_cards_key_leaves_encrypted_for_who_personalises_it():
    with Issuer(start=False) as issuer:
        which = ("--profile", "hicos", "--number", "XC00000000000001")
        assert issuer.repind("card", "key", *which, expect=2) == "" and "for whom?" in issuer.said, issuer.said
        plain = issuer.repind("card", "key", "--hex", *which).strip()
        for bits in ("2048", "3072", "4096"):
            private, public = (os.path.join(issuer.dir, name) for name in ("p.key", "p.pem"))
            subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits, "-out", private], check=True,
                           stderr=subprocess.DEVNULL)
            subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
            wrapped = base64.b64decode(issuer.repind("card", "key", "--for", public, *which).strip(), validate=True)
            assert len(wrapped) == int(bits) // 8
            opened = subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", private, "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt",
                                     "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"], input=wrapped, check=True, capture_output=True)
            assert opened.stdout.hex().upper() == plain.upper()
        assert issuer.repind("card", "key", "--for", public, *which) != issuer.repind("card", "key", "--for", public, *which)
        for what in (["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", private],
                     ["openssl", "genpkey", "-algorithm", "ed25519", "-out", private]):
            subprocess.run(what, check=True, stderr=subprocess.DEVNULL)
            subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
            assert issuer.repind("card", "key", "--for", public, *which, expect=2) == "" and "RSA" in issuer.said, issuer.said
        digest = hashlib.sha256(subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-outform", "DER"], check=True,
                                               capture_output=True).stdout).hexdigest()
        with contextlib.closing(sqlite3.connect(os.path.join(issuer.dir, "repin.db"))) as db:
            how = [json.loads(body).get("reason") for (body,) in db.execute("SELECT body FROM entry ORDER BY id") if "card-key" in body]
        assert how[0] == "plain" and all(h.startswith("wrapped for ") for h in how[1:]) and len(how) == 6, how
        assert not any(digest.upper() in h for h in how)  # nobody got a key for a key that is none


@test
def operators_are_served_at_their_own_address_alone():
    with Issuer() as issuer:
        assert issuer.console != issuer.port and issuer.console_url == "https://127.0.0.1:%d" % issuer.console
        body = {"name": "nobody", "password": "x", "totp": "000000"}
        assert issuer.post("/v1/operator/sessions", body).problem == "sign-in-wrong"
        for path, port, status in (("/v1/operator/sessions", issuer.port, 404), ("/v1/nonce", issuer.port, 200),
                                   ("/v1/nonce", issuer.console, 404), ("/v1/operator/sessions", issuer.metrics, 404)):
            if port == issuer.metrics:
                assert issuer.measured(path)[0] == status
                continue
            connection = issuer.connection(port=port)
            method = "POST" if status == 404 and "operator" in path else "GET"
            connection.request(method, path, json.dumps(body) if method == "POST" else None, {"content-type": "application/json"})
            assert connection.getresponse().status == status, (path, port)
            connection.close()
    with Issuer(start=False) as issuer:
        with open(issuer.conf) as f:
            text = f.read()
        with open(issuer.conf, "w") as f:
            f.write("".join(line for line in text.splitlines(True) if not line.startswith("console-listen")))
        issuer.start()
        assert issuer.console_url is None and issuer.post("/v1/operator/sessions", body).problem == "sign-in-wrong"


# --- keys and database that belong together ---

@test
def a_token_that_is_not_the_one_of_the_log_does_not_serve():
    with Issuer(start=False) as issuer, Issuer(start=False) as other:
        for name in ("tokens", "token.pin"):
            path = os.path.join(issuer.dir, name)
            os.rename(path, path + ".own")
            (shutil.copytree if name == "tokens" else shutil.copy2)(os.path.join(other.dir, name), path)
        issuer.repind("serve", expect=1)
        assert "token" in issuer.said, issuer.said
        for name in ("tokens", "token.pin"):
            path = os.path.join(issuer.dir, name)
            (shutil.rmtree if name == "tokens" else os.unlink)(path)
            os.rename(path + ".own", path)
        issuer.start()


@test
def other_anchors_do_not_serve_until_two_people_agree():
    with Issuer(start=False, two_people=True) as issuer:
        with open(os.path.join(issuer.dir, "anchors.pem"), "a") as f:
            f.write(open(os.path.join(issuer.dir, "tls-ca.pem")).read())
        issuer.repind("serve", expect=8)
        assert "anchors" in issuer.said, issuer.said
        issuer.repind("enrol", "--profile", "piv", "--number", "01", expect=8)
        approval = issuer.repind("anchors").split()[-1]
        issuer.repind("serve", expect=8)
        issuer.approve(approval)
        issuer.start()


# --- serve ---

@test
def it_serves_and_stops_cleanly_and_seals_what_was_committed():
    with Issuer() as issuer:
        assert issuer.get("/v1/nonce").status == 200
        assert issuer.measured("/healthz")[0] == 200 and issuer.measured("/readyz")[0] == 200
        issuer.operator("clerk1")
        assert issuer.stop() == 0
        assert issuer.sealed(seconds=0.5) >= 4
        issuer.start()
        assert issuer.get("/v1/nonce").status == 200
        assert issuer.stop(signal.SIGINT) == 0


@test
def systemd_is_told_when_it_is_ready_and_when_it_stops():
    with Issuer(start=False) as issuer:
        path = os.path.join(issuer.home, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(path)
            s.settimeout(20)
            os.environ["NOTIFY_SOCKET"] = path
            try:
                issuer.start()
            finally:
                del os.environ["NOTIFY_SOCKET"]
            assert s.recv(100) == b"READY=1"
            issuer.stop()
            assert s.recv(100) == b"STOPPING=1"


@test
def two_servers_do_not_share_a_port_and_the_second_says_why():
    with Issuer() as issuer:
        with open(issuer.conf) as f:
            text = f.read()
        with open(issuer.conf, "w") as f:
            f.write(text.replace('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:%d"' % issuer.port, 1))
        issuer.repind("serve", expect=2)
        assert str(issuer.port) in issuer.said, issuer.said
        assert issuer.get("/v1/nonce").status == 200


@test
def a_cut_loses_nothing_that_was_committed():
    with Issuer() as issuer:
        issuer.enrol([{"profile": "piv", "number": "%04d" % n} for n in range(300)])
        issuer.kill()
        issuer.start()
        assert issuer.sealed() >= 300
        issuer.repind("enrol", "--profile", "piv", "--number", "0299", expect=2)


# --- cards ---

@test
def a_card_of_a_reader_is_enrolled_from_what_it_exports_and_no_pin_is_in_it():
    with Issuer(start=False) as issuer:
        for profile in ("mynumber", "hicos", "gids", "piv", "openpgp", "aosign", "mynumber-mobile"):
            state = issuer.card(profile, enrol=False)
            export = issuer.export(state, user_code=None)
            pins = [bytes.fromhex(p["value"]).decode("latin-1") for p in json.load(open(state))["pins"]]
            shown = json.dumps({k: v for k, v in export.items() if k not in ("certificates", "gids_key", "number")})
            assert not [p for p in pins if p and p in shown], (profile, shown)
            assert set(export) <= {"profile", "number", "municipality", "certificates", "gids_key"}
            if profile == "mynumber-mobile":
                # Whose certificates they are has to be known, and be a card that is known.
                assert "1 lines refused" in issuer.enrol([export], expect=8)
                assert "1 lines refused" in issuer.enrol([dict(export, source="199999999999999")], expect=8)
                export["source"] = number
            if profile == "mynumber":
                number = export["number"]
                assert "1 lines refused" in issuer.enrol([dict(export, source="199999999999999")], expect=8)
            issuer.enrol([export])


@test
def the_key_of_a_card_is_given_out_and_stands_in_the_log():
    with Issuer(start=False) as issuer:
        one = issuer.repind("card", "key", "--hex", "--profile", "mynumber", "--number", "123456789012345")
        assert re.fullmatch(r"[0-9A-F]{32}\n", one), one
        assert one == issuer.repind("card", "key", "--hex", "--profile", "mynumber", "--number", "123456789012345")
        assert one != issuer.repind("card", "key", "--hex", "--profile", "mynumber", "--number", "123456789012346")
        with sqlite3.connect(os.path.join(issuer.dir, "repin.db")) as db:
            entries = [b for (b,) in db.execute("SELECT body FROM entry")]
        assert len([e for e in entries if '"act":"card-key"' in e]) == 3
        assert not [e for e in entries if one.strip() in e]


@test
def ten_thousand_cards_come_from_a_file_with_the_refused_lines_told():
    with Issuer(start=False) as issuer:
        card = issuer.export(issuer.card("mynumber", enrol=False))
        lines = []
        for n in range(MANY):
            lines.append(json.dumps(dict(card, number="%015d" % n)))
        lines.insert(17, '{"profile":"mynumber"}')
        lines.append("nonsense")
        lines.append(json.dumps(dict(card, number="%015d" % 5)))
        lines.append(json.dumps(dict(card, number="777", certificates={"sign": "MIIB"})))
        began = time.monotonic()
        said = issuer.enrol(lines, expect=8)
        print("# %d cards in %.1f s" % (MANY, time.monotonic() - began), flush=True)
        assert said == "%d cards enrolled, 4 lines refused\n" % MANY, said
        for line in (18, MANY + 2, MANY + 3, MANY + 4):
            assert "line %d: " % line in issuer.said, issuer.said
        # Again: everything is there already, and nothing is done twice.
        said = issuer.enrol(lines[:10], expect=8)
        assert said == "0 cards enrolled, 10 lines refused\n", said


@test
def a_bar_shows_how_far_it_is_on_a_terminal():
    with Issuer(start=False) as issuer:
        path = os.path.join(issuer.home, "cards.jsonl")
        with open(path, "w") as f:
            for n in range(1200):
                f.write('{"profile":"piv","number":"%04d"}\n' % n)
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(REPIND, [REPIND, "--config", issuer.dir, "enrol", path])
        said = b""
        while True:
            try:
                chunk = os.read(fd, 4096)
            except OSError:
                break
            if not chunk:
                break
            said += chunk
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        assert os.waitstatus_to_exitcode(status) == 0, said
        assert b"100%" in said and b"1200 cards, 0 refused" in said, said


@test
def a_code_for_a_user_code_is_printed_once_a_week():
    with Issuer(start=False) as issuer:
        state = issuer.card("hicos")
        number = json.load(open(state))["number"]
        code = issuer.repind("usercode", "reset", "--card", number)
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{11}\n", code), code
        issuer.repind("usercode", "reset", "--card", number, expect=8)
        assert "week" in issuer.said, issuer.said
        issuer.repind("usercode", "reset", "--card", "XC99999999999999", expect=8)


# --- terminals and people ---

@test
def a_kiosk_gets_key_and_certificate_and_is_locked_at_once():
    with Issuer() as issuer:
        kiosk = issuer.terminal("kiosk-1")
        assert mode(kiosk.key) == 0o600
        assert kiosk.fingerprint in issuer.repind("terminal", "list")
        shown = {"card": {"profile": "mynumber", "number": "1" * 15, "slot": "sign", "key": 1, "nonce": "00" * 16,
                          "challenge": "00" * 16, "resets": 0, "mac": "00" * 16}}
        assert issuer.post("/v1/presence", shown, terminal=kiosk, key=None).problem == "nonce-old"
        shown["card"]["nonce"] = issuer.get("/v1/nonce").json["nonce"]
        assert issuer.post("/v1/presence", shown, terminal=kiosk, key=None).problem == "card-not-shown"
        number = json.load(open(issuer.card("mynumber")))["number"]
        issuer.operator("clerk1", "clerk,approver")
        desk = issuer.terminal("desk-1", "desk")
        session = issuer.sign_in("clerk1", desk)
        assert issuer.counter("text", number, desk, session).status == 200
        issuer.repind("terminal", "lock", "desk-1", "--reason", "stolen")
        answer = issuer.counter("text", number, desk, session)
        assert answer.problem == "terminal-locked", answer
        issuer.repind("terminal", "unlock", "desk-1")
        assert issuer.counter("text", number, desk, session).status == 200


@test
def a_certificate_of_another_authority_is_no_terminals():
    with Issuer(start=False) as issuer, Issuer(start=False) as other:
        theirs = other.terminal("desk-1", "desk")
        issuer.repind("terminal", "enrol", "desk-1", "--class", "desk", "--office", "inagi", "--certificate",
                      theirs.certificate, expect=2)
        ours = issuer.terminal("desk-2", "desk")
        issuer.repind("terminal", "enrol", "desk-3", "--class", "desk", "--office", "inagi", "--certificate",
                      ours.certificate, expect=2)
        assert "already" in issuer.said, issuer.said
        # What was refused leaves no key in the way of the next try.
        out = os.path.join(issuer.home, "terminals")
        issuer.repind("terminal", "enrol", "kiosk-9", "--class", "kiosk", "--group", "nobodys", "--out", out,
                      expect=2)
        assert "kiosk-9.key" not in os.listdir(out), os.listdir(out)
        # The server's own certificate is none for a client.
        issuer.repind("terminal", "enrol", "desk-4", "--class", "desk", "--office", "inagi", "--certificate",
                      os.path.join(issuer.dir, "tls.pem"), expect=2)


@test
def what_needs_two_people_waits_for_the_second():
    with Issuer(start=False, two_people=True) as issuer:
        issuer.group("kiosk")
        said = issuer.repind("terminal", "enrol", "kiosk-1", "--class", "kiosk", "--group", "kiosk", "--out",
                             os.path.join(issuer.home, "terminals"))
        approval = said.split()[-1]
        assert approval in issuer.repind("approve")
        assert "kiosk-1" not in issuer.repind("terminal", "list")
        issuer.repind("approve", approval, expect=8)  # the console again: the same person
        issuer.approve(approval, by="admin1")
        assert "kiosk-1" in issuer.repind("terminal", "list")
        stop = issuer.repind("stop", "--door", "kiosk", "--reason", "a doubt").split()[-1]
        lift = issuer.repind("stop", "lift", stop).split()[-1]
        assert stop in issuer.repind("stop", "list")
        issuer.approve(lift, by="admin2")
        assert issuer.repind("stop", "list") == ""


@test
def an_operator_on_the_command_line_shows_password_and_one_time_password():
    with Issuer(start=False) as issuer:
        wrong = {"password": "not the password", "totp": issuer.totp("admin1")}
        issuer.repind("stop", "--door", "kiosk", "--reason", "x", "--by", "admin1", secrets=wrong, expect=8)
        right = {"password": issuer.password("admin1"), "totp": issuer.totp("admin1")}
        issuer.repind("stop", "--door", "kiosk", "--reason", "x", "--by", "admin1", secrets=right)
        assert "by admin1" in issuer.repind("stop", "list")
        issuer.repind("stop", "--door", "kiosk", "--reason", "x", "--by", "admin1", secrets=right, expect=8)
        # Without a terminal and without a descriptor nobody is asked.
        issuer.repind("stop", "--door", "kiosk", "--reason", "x", "--by", "admin2", expect=2)


@test
def secrets_are_read_strictly():
    with Issuer(start=False) as issuer:
        for text in ("password=x", "password=x\npassword=y\n", "passwords=x\n", "password=\n", "password\n",
                     "password=a\tb\n"):
            read_end, write_end = os.pipe()
            os.write(write_end, text.encode())
            os.close(write_end)
            r = run(REPIND, "--config", issuer.dir, "stop", "--door", "kiosk", "--reason", "x", "--by", "admin1",
                    "--secrets-fd", str(read_end), pass_fds=(read_end,))
            os.close(read_end)
            assert r.returncode == 2 and "line" in r.stderr, (text, r)


# --- notices ---

@test
def each_notice_is_handed_to_the_program_once():
    with tempfile.TemporaryDirectory() as home:
        heard = os.path.join(home, "heard")
        program = os.path.join(home, "send")
        with open(program, "w") as f:
            f.write("#!/bin/sh\ncat >>%s\n" % heard)
        os.chmod(program, 0o700)
        with Issuer(more_conf='notice-program = "%s"\n' % program) as issuer:
            numbers = []
            for _ in range(3):
                numbers.append(json.load(open(issuer.card("hicos")))["number"])
                issuer.repind("usercode", "reset", "--card", numbers[-1])
            end = time.monotonic() + 20
            while time.monotonic() < end and (not os.path.exists(heard) or len(open(heard).readlines()) < 3):
                time.sleep(0.2)
            issuer.stop()
            issuer.start()
            time.sleep(2.5)
            issuer.stop()
        bodies = [json.loads(line) for line in open(heard)]
        assert sorted(json.dumps(b).count(n) > 0 for b, n in zip(bodies, numbers)) == [True] * 3, bodies
        assert len(bodies) == 3, bodies


# --- the log ---

@test
def the_log_is_verified_against_an_exported_checkpoint():
    with Issuer(start=False) as issuer, Issuer() as other:
        note = os.path.join(issuer.home, "checkpoint")
        with open(note, "w") as f:
            f.write(issuer.repind("audit", "export"))
        issuer.repind("audit", "verify", "--checkpoint", note)
        other.repind("audit", "verify", "--checkpoint", note, expect=2)
        assert "not a checkpoint" in other.said, other.said


# --- usage ---

@test
def what_is_misspelt_is_told_and_nothing_is_done():
    for argv in ([], ["dance"], ["init"], ["terminal"], ["terminal", "enrol"], ["serve", "--reason", "x"],
                 ["init", "a", "b"], ["serve", "--nonsense"], ["stop", "--door"]):
        r = run(REPIND, *argv)
        assert r.returncode == 2 and r.stdout == "" and "repind" in r.stderr, (argv, r)


@test
def every_command_has_its_help():
    r = run(REPIND, "--help")
    assert r.returncode == 0
    listed = r.stdout.split("commands:\n")[1].split("\n\n")[0]
    commands = re.findall(r"(?m)^  ((?:[a-z-]+ ?)+?)(?: [A-Z\[].*?)?  +\S", listed)
    assert len(commands) == 38, commands
    for command in map(str.strip, commands):
        r = run(REPIND, *command.split(), "--help")
        assert r.returncode == 0 and r.stdout.startswith("usage: repind " + command), (command, r)


if __name__ == "__main__":
    sys.exit(kit.run_tests(kit.tests_of(sys.modules[__name__])))
