# SPDX-License-Identifier: Apache-2.0
"""repind doctor: a good installation is told to be good; each thing broken once is named, with what to do, and the
exit status; nothing is changed, and no secret is told. Real SoftHSM, SQLite, TLS and openssl."""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit
from kit import Issuer, test

CA = """[ca]
default_ca = it
[it]
database = index
serial = serial
default_md = sha256
policy = any
new_certs_dir = .
unique_subject = no
[any]
commonName = supplied
"""


def doctor(issuer, expect=0):
    """What it says, by check: {"tls": ["+ ok …", …]}; a finding's next step is behind it."""
    said, found, last = issuer.repind("doctor", expect=expect), {}, None
    for line in said.splitlines():
        m = re.match(r"(\+ ok|! note|x PROBLEM) +(\S+) +(.*)", line)
        if m:
            last = found.setdefault(m[2], [])
            last.append(m[1] + " " + m[3])
        elif line.startswith(" " * 20):
            last[-1] += " | " + line.strip()
    return found


def problem(issuer, check, *words, expect):
    found = doctor(issuer, expect)
    said = [f for f in found.get(check, []) if f.startswith("x PROBLEM")]
    assert said and " | " in said[0], (check, found)
    assert all(w in " ".join(said) for w in words), (words, said)
    return found


def files_of(folder):
    """Names, modes and bytes. SQLite's helpers come and go with each connection, and SoftHSM writes its count of
    log-ins into a token's own file, as root even into a read-only one."""
    return {os.path.join(at, n): (os.stat(os.path.join(at, n)).st_mode,
                                  hashlib.sha256(open(os.path.join(at, n), "rb").read()).hexdigest())
            for at, _, names in os.walk(folder) for n in names if not n.endswith(("-wal", "-shm", "token.object"))}


def openssl(home, *argv):
    subprocess.run(["openssl", *argv], cwd=home, check=True, capture_output=True)


def authority(issuer, start, end):
    """A certificate that signs itself, with its key, of these days (YYMMDD)."""
    home = os.path.join(issuer.home, "ca-%s" % end)
    os.mkdir(home)
    for name, text in (("ca.cnf", CA), ("index", ""), ("serial", "01\n")):
        with open(os.path.join(home, name), "w") as f:
            f.write(text)
    openssl(home, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
            "-keyout", "key.pem", "-out", "csr.pem")
    openssl(home, "ca", "-batch", "-config", "ca.cnf", "-selfsign", "-keyfile", "key.pem", "-in", "csr.pem", "-notext",
            "-startdate", start + "000000Z", "-enddate", end + "000000Z", "-out", "cert.pem")
    return home


def day(days):
    return time.strftime("%y%m%d", time.gmtime(time.time() + days * 86400))


def sql(issuer, text, *values):
    with contextlib.closing(sqlite3.connect(os.path.join(issuer.dir, "repin.db"))) as db, db:
        db.execute(text, values)


@test
def a_good_installation_is_well_and_untouched_and_no_secret_is_told():
    with Issuer(start=False, two_people=True) as issuer:
        before = files_of(issuer.dir)
        found = doctor(issuer)
        for check in ("config", "offices", "tls", "terminal-ca", "room", "token", "database", "schema", "clock", "keys",
                      "anchors", "log"):
            assert found[check][0].startswith("+ ok"), (check, found)
        assert not [f for all_ in found.values() for f in all_ if f.startswith("x")], found
        # One-person and left passwords are worth a note, not a problem.
        assert any("operators" in f for f in found["permissions"]), found
        assert files_of(issuer.dir) == before
        said = issuer.repind("doctor") + issuer.said
        assert issuer.said == "", issuer.said
        for name in ("token.pin", "token-so.pin", "operators/admin1.password"):
            secret = open(os.path.join(issuer.dir, name)).read().strip()
            assert secret not in said, name


@test
def another_user():
    with Issuer(start=False) as issuer:
        assert "user" not in doctor(issuer)
        if os.geteuid() == 0:
            os.chown(issuer.conf, 65534, -1)
            found = doctor(issuer)
            assert "belongs to" in found["user"][0] and "sudo -u" in found["user"][0], found


@test
def configuration():
    with Issuer(start=False) as issuer:
        with open(issuer.conf, "a") as f:
            f.write("two-poeple = no\n")
        found = problem(issuer, "config", "two-poeple", "repind.conf(5)", expect=2)
        assert list(found) == ["config"], found


@test
def offices():
    with Issuer(start=False) as issuer:
        folder = os.path.join(issuer.dir, "offices")
        os.mkdir(folder)
        text = open(os.path.join(os.path.dirname(kit.__file__), "../../data/offices/inagi.office")).read()
        path = os.path.join(folder, "inagi.office")
        bare = re.sub(r"(?m)^day.*\n", "", text)
        with open(path, "w") as f:
            f.write(bare)
        assert doctor(issuer)["offices"][0].startswith("+ ok"), doctor(issuer)
        soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 10 * 86400))
        with open(path, "w") as f:
            f.write(bare.replace("kind = main\n", "kind = main\ndays-source = a test\nday = %s 9:00-9:30\n" % soon))
        noted = doctor(issuer)["offices"]
        assert "inagi: the last day with hours of its own is " + soon in noted[0], noted
        with open(path, "w") as f:
            f.write(text.replace("8:30-17:00", "8:30-7:00", 1))
        problem(issuer, "offices", "inagi.office", "office check", expect=2)


@test
def permissions():
    with Issuer(start=False) as issuer:
        os.chmod(os.path.join(issuer.dir, "tls.key"), 0o640)
        problem(issuer, "permissions", "tls.key", "chmod go-rwx", expect=2)
        os.chmod(os.path.join(issuer.dir, "tls.key"), 0o600)
        os.chmod(issuer.conf, 0o664)
        problem(issuer, "permissions", "repind.conf", "chmod go-w", expect=2)
        os.chmod(issuer.conf, 0o644)
        os.chmod(os.path.join(issuer.dir, "repin.db"), 0o644)
        problem(issuer, "permissions", "repin.db", "chmod go-rwx", expect=2)


@test
def certificates():
    with Issuer(start=False) as issuer:
        tls, key = os.path.join(issuer.dir, "tls.pem"), os.path.join(issuer.dir, "tls.key")
        for start, end, word in ((-90, -2, "ended on"), (2, 90, "not valid yet"), (-2, 9, "in 8 days")):
            home = authority(issuer, day(start), day(end))
            shutil.copy(os.path.join(home, "cert.pem"), tls)
            shutil.copyfile(os.path.join(home, "key.pem"), key)
            if word.startswith("in"):
                said = doctor(issuer)["tls"][0]
                assert said.startswith("! note") and word in said, said
            else:
                problem(issuer, "tls", word, expect=2)
        shutil.copyfile(os.path.join(issuer.dir, "tls-ca.key"), key)
        problem(issuer, "tls-key", "one pair", expect=2)


@test
def revocation_lists():
    with Issuer(start=False) as issuer:
        home = authority(issuer, day(-90), day(90))
        with open(issuer.conf, "a") as f:
            f.write("terminal-crl = \"%s/crl.pem\"\n" % home)
        problem(issuer, "terminal-crl", "crl.pem", expect=2)
        for last, end, well in ((-9, 9, True), (-9, -2, False)):
            openssl(home, "ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "key.pem", "-cert", "cert.pem", "-crl_lastupdate",
                    day(last) + "000000Z", "-crl_nextupdate", day(end) + "000000Z", "-out", "crl.pem")
            if well:
                assert doctor(issuer)["terminal-crl"][0].startswith("+ ok"), doctor(issuer)
            else:
                problem(issuer, "terminal-crl", "ended on", "newest list", expect=2)


@test
def token_and_its_keys():
    with Issuer(start=False) as issuer, Issuer(start=False) as other:
        pin = os.path.join(issuer.dir, "token.pin")
        right = open(pin).read()
        with open(pin, "w") as f:
            f.write("not-the-pin-of-this-token\n")
        problem(issuer, "token", "pkcs11-pin-file", expect=1)
        with open(pin, "w") as f:
            f.write(right)
        # Another issuer's token: it opens, and its keys are not those that the log began with.
        for name in ("tokens", "token.pin"):
            shutil.move(os.path.join(issuer.dir, name), os.path.join(issuer.dir, name + ".own"))
            copy = shutil.copytree if name == "tokens" else shutil.copy
            copy(os.path.join(other.dir, name), os.path.join(issuer.dir, name))
        found = problem(issuer, "keys", "never make new keys", expect=1)
        assert found["token"][0].startswith("+ ok"), found


@test
def a_moved_directory():
    with Issuer(start=False) as issuer:
        moved = issuer.dir + "-moved"
        os.rename(issuer.dir, moved)
        issuer.dir = moved
        before = files_of(moved)
        problem(issuer, "token", "softhsm2.conf", "writes it anew", expect=2)
        assert files_of(moved) == before
        issuer.repind("operator", "list")
        doctor(issuer)


@test
def database_and_schema():
    with Issuer(start=False) as issuer:
        sql(issuer, "UPDATE meta SET value = '99' WHERE name = 'schema'")
        problem(issuer, "schema", "step 99", "too old", expect=1)
        sql(issuer, "UPDATE meta SET value = '1' WHERE name = 'schema'")
        problem(issuer, "schema", "step 1", "repind migrate", expect=1)
        os.rename(os.path.join(issuer.dir, "repin.db"), os.path.join(issuer.home, "gone"))
        problem(issuer, "database", "repin.db", "backup", expect=1)
        assert not os.path.exists(os.path.join(issuer.dir, "repin.db")), "it made one"
        with open(issuer.conf) as f:
            text = f.read()
        with open(issuer.conf, "w") as f:
            f.write(re.sub(r"(?m)^database = .*", 'database = "postgresql://nobody@127.0.0.1:1/none"', text))
        problem(issuer, "database", "pgpass", expect=1)


@test
def a_standby_that_is_asked_for():
    with Issuer(start=False, more_conf="ha = yes\n") as issuer:
        problem(issuer, "standby", "pg_stat_replication", expect=1)


@test
def the_clock():
    with Issuer(start=False) as issuer:
        sql(issuer, "UPDATE meta SET value = ? WHERE name = 'highest-ms'", str(int(time.time() * 1000) + 3600000))
        problem(issuer, "clock", "behind the last time", "repind clock", expect=1)


@test
def anchors_that_nobody_agreed_to():
    with Issuer(start=False) as issuer:
        shutil.copy(os.path.join(issuer.dir, "tls-ca.pem"), os.path.join(issuer.dir, "anchors.pem"))
        problem(issuer, "anchors", "repind anchors", expect=8)


@test
def a_log_that_nobody_seals():
    with Issuer(start=False) as issuer:
        issuer.operator("clerk1")
        assert doctor(issuer)["log"][0].startswith("+ ok"), "it has ten seconds"
        sql(issuer, "UPDATE entry SET made_ms = made_ms - 60000 WHERE leaf = -1")
        problem(issuer, "log", "waiting for its seal", "repind serve", expect=1)
        issuer.start()
        issuer.sealed()
        assert doctor(issuer)["log"][0].startswith("+ ok")


@test
def the_authority_of_revocations():
    with Issuer(start=False) as issuer, socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        config = os.path.join(issuer.home, "cmp.cnf")
        with open(issuer.conf, "a") as f:
            f.write('revocation-program = "/bin/true"\nrevocation-config = "%s"\n' % config)
        problem(issuer, "authority", "cmp.cnf", expect=2)
        for host in ("127.0.0.1", "http://u@127.0.0.1", "[::ffff:127.0.0.1]"):
            with open(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
                f.write("[other]\nserver = 127.0.0.1:2\n[cmp]\nserver = %s:%d/pkix # here\n" % (host, there.getsockname()[1]))
            if host == "127.0.0.1":
                problem(issuer, "authority", "cannot be reached", "waits", expect=9)
                there.listen()
            assert doctor(issuer)["authority"][0].startswith("+ ok"), (host, doctor(issuer))
        os.chmod(config, 0o644)
        problem(issuer, "permissions", "cmp.cnf", expect=2)


@test
def programs():
    with Issuer(start=False) as issuer:
        text = open(issuer.conf).read()
        for key, check in (("notice-program", "notices"), ("revocation-program", "revocation")):
            with open(issuer.conf, "w") as f:
                f.write(text + key + ' = "/nowhere/program"\n')
            problem(issuer, check, "/nowhere/program", "chmod a+x", expect=2)


@test
def room():
    with Issuer(start=False) as issuer:
        text = open(issuer.conf).read()
        with open(issuer.conf, "w") as f:
            # Nothing is ever free there.
            f.write(re.sub(r"(?m)^database = .*", 'database = "sqlite:/proc/self/repin.db"', text))
        problem(issuer, "room", "0 MB are free at /proc/self", "repind forget", expect=1)


@test
def the_service():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Issuer(start=False, listen="127.0.0.1:%d" % port) as issuer:
        assert "nothing listens" in doctor(issuer)["service"][0]
        issuer.start()
        assert doctor(issuer)["service"][0].startswith("+ ok")


if __name__ == "__main__":
    sys.exit(kit.run_tests(kit.tests_of(sys.modules[__name__])))
