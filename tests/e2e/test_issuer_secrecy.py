# SPDX-License-Identifier: Apache-2.0
"""No PIN ever reaches the issuer: not on the wire, not in repind's memory, database, log or core. A user code does
go to it, inside TLS, and stays nowhere.

The real repin at real readers talks to a real repind through a proxy that ends TLS towards repin with a
certificate of its own, goes on towards repind as the terminal it is, and keeps what passes. PINs and codes are odd
enough not to stand anywhere by chance, but for the four digits of `auth`, which are looked for as whole values.

Under tools/with-postgres --set log_statement=all the same with PostgreSQL: its files, its write-ahead log, its processes'
memory, and every statement with its values, as its own log has them.
"""

import base64
import importlib.util
import os
import re
import resource
import select
import signal
import socket
import ssl
import subprocess
import threading
import time

import kit
from kit import DIR, Card, card_truth, repin
from search import found_in, found_in_files, found_in_memory

_spec = importlib.util.spec_from_file_location("issuer_kit", os.path.join(os.path.dirname(__file__), "..", "server", "kit.py"))
issuer_kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(issuer_kit)

SIGN_OLD, SIGN_NEW, AUTH_OLD, AUTH_NEW = "QX7ZKVW3", "WJ4HMPT8", "8351", "6927"
CHIP_OLD, CHIP_NEW, CHIP_NEWER = "RZ5TKQ8W", "VD3NXH6M", "GB9FLS2J"
CODE, CODE_WRONG, CODE_NEW = "Kq7WzB4t", "Tn6YpD3s", "Jx5RmC8v"
PINS, CODES = (SIGN_OLD, SIGN_NEW, CHIP_OLD, CHIP_NEW, CHIP_NEWER), (CODE, CODE_WRONG, CODE_NEW)
DIGITS = (AUTH_OLD, AUTH_NEW)
PLANTED = "YC6PDN5KQ"
WIPED_SECONDS = 5


# --- the search ---

def digits_in(data):
    """The four digits as a whole value of JSON, a form or a header."""
    return [d for d in DIGITS if re.search(rb'["=: ]%s["&\r\n,}]' % d.encode(), data)]


class Watch(threading.Thread):
    """Looks through repind's memory again and again, as long as jobs run."""

    def __init__(self, pid, secrets):
        super().__init__(daemon=True)
        self.pid, self.secrets, self.found, self.rounds, self.over = pid, secrets, set(), 0, False
        self.why = None

    def run(self):
        try:
            while not self.over:
                self.found |= found_in_memory(self.pid, self.secrets)
                self.rounds += 1
        except Exception as e:  # noqa: BLE001 - told by the test
            self.why = e

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.join(60)


# --- the proxy ---

class Proxy(threading.Thread):
    """Ends TLS, goes on to repind, with the terminal's certificate where it is one, and keeps everything."""

    def __init__(self, issuer, terminal=None):
        super().__init__(daemon=True)
        self.issuer, self.seen, self.connections = issuer, bytearray(), 0
        self.out = ssl.create_default_context(cafile=issuer.ca)
        if terminal is not None:
            self.out.load_cert_chain(terminal.certificate, terminal.key)
        self.inner = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inner.load_cert_chain(proxy_certificate())
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "https://127.0.0.1:%d" % self.listener.getsockname()[1]

    def run(self):
        while True:
            plain, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        with self.inner.wrap_socket(plain, server_side=True) as near, \
                socket.create_connection(("127.0.0.1", self.issuer.port)) as far_plain, \
                self.out.wrap_socket(far_plain, server_hostname="127.0.0.1") as far:
            self.connections += 1
            mine = {near: bytearray(), far: bytearray()}
            try:
                while self.pass_on(near, far, mine) and self.pass_on(far, near, mine):
                    if not near.pending() and not far.pending():
                        select.select([near, far], [], [], 30)
            except OSError:
                pass
            self.seen += b"\n--\n" + mine[near] + b"\n--\n" + mine[far]

    @staticmethod
    def pass_on(one, other, mine):
        """What there is to read goes over; False at the end."""
        one.settimeout(0)
        try:
            data = one.recv(16384)
        except (ssl.SSLWantReadError, BlockingIOError):
            return True
        finally:
            one.settimeout(30)
        mine[one] += data
        if data:
            other.sendall(data)
        return bool(data)

    def all_seen(self):
        """When the last connection has ended."""
        time.sleep(0.3)
        return bytes(self.seen)


def proxy_certificate():
    """One that repin is told to trust: its own authority."""
    path = os.path.join(DIR, "proxy.pem")
    if not os.path.exists(path):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=proxy", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path + ".key", "-out", path + ".crt"],
                       check=True, capture_output=True, timeout=60)
        with open(path, "w") as f:
            f.write(open(path + ".key").read() + open(path + ".crt").read())
    return path


def configuration(name, proxy, terminal=None):
    path = os.path.join(DIR, name + ".conf")
    with open(path, "w") as f:
        f.write('issuer-url = "%s"\nissuer-ca-file = "%s"\n' % (proxy.url, os.path.join(DIR, "proxy.pem.crt")))
        f.write('hicos-transport-key-file = "%s"\n' % os.path.join(DIR, "hicos.key"))
        if terminal is not None:
            f.write('terminal-certificate-file = "%s"\nterminal-key-file = "%s"\n' % (terminal.certificate, terminal.key))
    return path


# --- the issuer ---

def serve(issuer):
    """As talkative as it can be, with cores allowed by whoever starts it, and something that can be found."""
    os.makedirs(CORES, exist_ok=True)
    issuer.start(wrap=["env", "PLANTED=" + PLANTED, "sh", "-c", 'cd "%s" && ulimit -c unlimited && exec "$0" "$@" --verbose' % CORES])


CORES = os.path.join(DIR, "cores")
kit.transport_key_config()
POSTGRES = os.environ.get("REPIN_PG_SOCKET")  # readers have a network of their own
ISSUER = issuer_kit.Issuer(start=False, card_ca=kit.CA, database=POSTGRES)
KIOSK_1 = ISSUER.terminal("kiosk-1")
AT_HOME, AT_KIOSK = Proxy(ISSUER), Proxy(ISSUER, KIOSK_1)
AT_HOME.start()
AT_KIOSK.start()
HOME, KIOSK = configuration("home", AT_HOME), configuration("kiosk", AT_KIOSK, KIOSK_1)
OUTPUT = bytearray()


def ask(*argv, conf=HOME, rc=0, **secrets):
    r = repin(*argv, "--json", "--config", conf, secrets={k.replace("_", "-"): v for k, v in secrets.items()})
    OUTPUT.extend((r.out + r.err).encode())
    assert r.rc == rc, r
    return r


def psql(sql):
    return subprocess.run([os.path.join(os.environ["REPIN_PG_BIN"], "psql"), POSTGRES, "-Atc", sql], check=True, capture_output=True,
                          text=True, timeout=60).stdout.split()


def found_in_postgres(secrets):
    """In what it keeps on the disk, and in the log of all statements beside that; not in indexes of system texts, which are there too."""
    psql("CHECKPOINT")
    found, n = found_in_files(os.path.dirname(psql("SHOW data_directory")[0]), secrets)
    assert n > 500, n
    for pid in psql("SELECT pid FROM pg_stat_activity"):
        found += [(pid, s) for s in found_in_memory(int(pid), secrets, least=1 << 16)] if os.path.exists("/proc/" + pid) else []
    return found


def the_search_finds_what_is_there():
    serve(ISSUER)
    assert found_in_memory(ISSUER.process.pid, [PLANTED]) == {PLANTED}
    assert not found_in_memory(ISSUER.process.pid, PINS + CODES)
    ISSUER.repind("terminal", "lock", "kiosk-1", "--reason", PLANTED)
    ISSUER.repind("terminal", "unlock", "kiosk-1")
    if POSTGRES:
        where = {os.path.basename(path) for path, _ in found_in_postgres([PLANTED])}
        assert "log" in where and len(where) > 2, where
    else:
        assert {s for _, s in found_in_files(ISSUER.dir, [PLANTED])[0]} == {PLANTED}
    for text in (PLANTED, PLANTED.encode().hex(), base64.b64encode(b"a" + PLANTED.encode() + b"bc").decode(),
                 base64.b64encode(b"ab" + PLANTED.encode()).decode(), base64.b64encode(PLANTED.encode()).decode()):
        assert found_in(b"{" + text.encode() + b"}", [PLANTED]), text
    assert found_in(("x" + PLANTED).encode("utf-16"), [PLANTED])
    assert digits_in(b'{"new":"%s"}' % AUTH_NEW.encode()) and not digits_in(b'{"new":"1%s"}' % AUTH_NEW.encode())


def no_pin_is_in_its_memory_while_cards_are_reset():
    cards = ISSUER.card("mynumber", pins="sign=%s,auth=%s" % (SIGN_OLD, AUTH_OLD)), ISSUER.card("hicos", pins="pin=" + CHIP_OLD, user_code=CODE)
    with Watch(ISSUER.process.pid, PINS) as watch:
        with Card(cards[0], trace=False):
            ask("reserve", "sign", other=AUTH_OLD)
            ask("reset", "sign", conf=KIOSK, other=AUTH_OLD, new=SIGN_NEW)
            ask("reserve", "auth", other=SIGN_NEW)
            ask("reset", "auth", conf=KIOSK, other=SIGN_NEW, new=AUTH_NEW)
        with Card(cards[1], trace=False):
            ask("reset", "pin", rc=4, user_code=CODE_WRONG, new=CHIP_NEW)
            ask("reset", "pin", user_code=CODE, new=CHIP_NEW)
            ask("reset", "user-code", current=CHIP_NEW, new=CODE_NEW)
            ask("reset", "pin", user_code=CODE_NEW, new=CHIP_NEWER)
    assert {k: v[0] for k, v in card_truth(cards[0]).items() if k in ("sign", "auth")} == {"sign": SIGN_NEW, "auth": AUTH_NEW}
    assert card_truth(cards[1])["pin"][0] == CHIP_NEWER
    assert watch.why is None and watch.rounds >= 3 and not watch.found, (watch.why, watch.rounds, watch.found)
    print("# memory searched %d times" % watch.rounds, flush=True)


def some_seconds_later_no_user_code_is_in_its_memory_either():
    end = time.monotonic() + WIPED_SECONDS
    while found_in_memory(ISSUER.process.pid, CODES) and time.monotonic() < end:
        time.sleep(0.5)
    found = found_in_memory(ISSUER.process.pid, CODES + PINS)
    assert not found, found


def no_pin_is_on_the_wire_and_the_user_code_is_there_once_where_it_belongs():
    home, kiosk = AT_HOME.all_seen(), AT_KIOSK.all_seen()
    assert kiosk.count(b"POST /v1/grants") == 2 and home.count(b"POST /v1/cases") == 2, (home, kiosk)
    assert b"POST /v1/user-code" in home and home.count(b"POST /v1/grants") == 3
    assert not found_in(home + kiosk, PINS), found_in(home + kiosk, PINS)
    assert not digits_in(home + kiosk), digits_in(home + kiosk)
    # Each code in the body of the request that it is for, and in no address, header or answer.
    assert not found_in(kiosk, CODES)
    assert [home.count(c.encode()) for c in (CODE_WRONG, CODE, CODE_NEW)] == [1, 1, 2]
    assert home.count(b'"user_code":"%s"' % CODE.encode()) == 1 and home.count(b'"new_code":"%s"' % CODE_NEW.encode()) == 1


def nothing_of_it_is_in_the_database_the_log_the_outbox_or_a_receipt():
    receipts = re.findall(rb'"receipt": ?"([0-9A-Z]+)"', bytes(AT_HOME.seen + AT_KIOSK.seen))
    assert len(receipts) == 7, receipts
    ISSUER.sealed()
    told = "".join(ISSUER.repind("audit", "receipt", r.decode()) + str(ISSUER.get("/v1/log/receipts/" + r.decode()).json) for r in receipts)
    told += ISSUER.repind("audit", "export") + ISSUER.measured()[1] + bytes(OUTPUT).decode()
    assert not found_in(told.encode(), PINS + CODES), told
    with open(ISSUER.log, "rb") as f:
        said = f.read()
    assert said.count(b"http.request") > 20, "the log tells nothing: %r" % said
    assert not found_in(said, PINS + CODES) and not digits_in(said)
    found, n = found_in_files(ISSUER.dir, PINS + CODES)
    assert not found and n > 10, (found, n)
    if POSTGRES:
        found = found_in_postgres(PINS + CODES)
        assert not found, found
        assert int(psql("SELECT count(*) FROM \"grant\"")[0]) == 4
        return
    assert [s for s in ("repin.db", "repin.db-wal") if not os.path.getsize(os.path.join(ISSUER.dir, s))] == []


def a_crash_leaves_no_core_file():
    """Cores are allowed by whoever started it, and forbidden by itself."""
    pid = ISSUER.process.pid
    with open("/proc/%d/limits" % pid) as f:
        assert re.search(r"(?m)^Max core file size +0 +0 ", f.read())
    assert resource.getrlimit(resource.RLIMIT_CORE)[1] != 0, "cores were forbidden before"
    os.kill(pid, signal.SIGABRT)
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert (ended.si_code, ended.si_status) == (os.CLD_KILLED, signal.SIGABRT), ended
    ISSUER.stop(expect=-signal.SIGABRT)
    assert os.listdir(CORES) == []


def after_the_crash_and_a_new_start_nothing_is_found_either():
    serve(ISSUER)
    assert not found_in_memory(ISSUER.process.pid, PINS + CODES)
    ISSUER.sealed()
    ISSUER.stop()
    found, n = found_in_files(ISSUER.dir, PINS + CODES)
    assert not found and n > 10, (found, n)


try:
    kit.main([
        the_search_finds_what_is_there,
        no_pin_is_in_its_memory_while_cards_are_reset,
        some_seconds_later_no_user_code_is_in_its_memory_either,
        no_pin_is_on_the_wire_and_the_user_code_is_there_once_where_it_belongs,
        nothing_of_it_is_in_the_database_the_log_the_outbox_or_a_receipt,
        a_crash_leaves_no_core_file,
        after_the_crash_and_a_new_start_nothing_is_found_either,
    ])
finally:
    ISSUER.close()
