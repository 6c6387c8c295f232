# SPDX-License-Identifier: Apache-2.0
"""Complete, audited kiosk resets a second on this machine: virtual cards in process, real TLS, SoftHSM, log on.

    tools/with-postgres --fsync --set shared_preload_libraries=pg_stat_statements -- python3 bench/kiosks.py [SECONDS [THREADS]]

On SQLite, and on PostgreSQL beside `pgbench -N` with as many clients on the same server in the same run. Commits are those
that wrote, so that the disk is waited for: transactions that only read are told apart and stand in no ratio. The virtual
cards sign twice a reset and keep their state, which no kiosk pays for; so the ratio is also given for the processor time
without them. Their files lie in memory, where there is such a place, because their writing is none of the issuer's.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "server"))
import kit  # noqa: E402

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 8
KIOSKS = os.environ.get("REPIN_KIOSKS", os.path.join(ROOT, os.environ.get("REPIN_BUILD", "build"), "bench", "kiosks"))
TICK = os.sysconf("SC_CLK_TCK")
# One card is reset all the time here.
FREE = "card-acts-a-day = 1000000\n"


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def cpu_of_database():
    """Of the server that tools/with-postgres started, and of no other on this machine."""
    url = urllib.parse.urlparse(os.environ["REPIN_PG_SOCKET"])
    with open(os.path.join(urllib.parse.parse_qs(url.query)["host"][0], "data", "postmaster.pid")) as f:
        server = f.readline().strip()
    total = 0.0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                parent = f.read().rpartition(") ")[2].split()[1]
            if server in (pid, parent):
                total += cpu_s(int(pid))
        except OSError:
            pass
    return total


def psql(url, sql):
    return subprocess.run(["psql", "-XAtq", url, "-c", sql], capture_output=True, text=True, check=True).stdout.strip()


def pgbench(bench, *how):
    out = subprocess.run([*bench, "-n", *how, "-M", "prepared", "-c", str(THREADS), "-j", "2", "-T", str(SECONDS)],
                         capture_output=True, text=True, check=True).stdout
    return next(float(line.split()[2]) for line in out.splitlines() if line.startswith("tps = "))


def long_script(statements):
    """A file for pgbench: one commit of so many statements, a third of which write."""
    lines = ["\\set a random(1, 1000000)", "\\set d random(-5000, 5000)", "BEGIN;"]
    for i in range(max(1, statements - 2)):
        lines.append("UPDATE pgbench_accounts SET abalance = abalance + :d WHERE aid = :a;" if i % 3 == 0
                     else "SELECT abalance FROM pgbench_accounts WHERE aid = :a;")
    with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as f:
        f.write("\n".join(lines + ["COMMIT;"]) + "\n")
    return f.name


def commits(url):
    """Transactions that wrote: only those get a number of their own."""
    return int(psql(url, "select pg_snapshot_xmax(pg_current_snapshot())"))


def transactions(url):
    """All of them; a server process reports its own a moment later."""
    time.sleep(1.5)
    return int(psql(url, "select xact_commit from pg_stat_database where datname = current_database()"))


class Statements:
    """Counts and times by pg_stat_statements; None where the server was not started with it."""

    def __init__(self, url):
        self.url = url
        self.there = psql(url, "select count(*) from pg_settings where name = 'pg_stat_statements.max'") == "1"
        if self.there:
            psql(url, "create extension if not exists pg_stat_statements")
            psql(url, "select pg_stat_statements_reset()")

    def told(self):
        if not self.there:
            return None
        calls, ms = psql(self.url, "select sum(calls), sum(total_exec_time) from pg_stat_statements").split("|")
        return {"calls": int(calls), "ms": float(ms)}


class Cards:
    """As many cards as threads, in a directory in memory."""

    def __init__(self, issuer):
        room = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.dir = tempfile.mkdtemp(prefix="repin-cards-", dir=room)
        self.paths = []
        for i in range(THREADS):
            path = os.path.join(self.dir, "card%d" % i)
            shutil.copy(issuer.card("mynumber"), path)
            self.paths.append(path)

    def __enter__(self):
        return self.paths

    def __exit__(self, *_):
        shutil.rmtree(self.dir)


def shares(t):
    """What limits it: the processor's time of each part, and how much of the machine's that is."""
    parts = {"server": t["server_cpu_s"], "database": t["postgres_cpu_s"], "kiosk's program": t["own_cpu_s"] - t["card_cpu_s"],
             "virtual card": t["card_cpu_s"]}
    whole = sum(parts.values())
    return "; ".join("%s %d %%" % (name, round(100 * s / whole)) for name, s in parts.items()), \
        whole / t["seconds"] / os.cpu_count()


def kiosks(issuer, cards, seconds=SECONDS, threads=THREADS):
    kiosk = issuer.terminal("kiosk-1")
    before = cpu_s(issuer.process.pid), cpu_of_database()
    out = subprocess.run([KIOSKS, "--url", issuer.url, "--ca", issuer.ca, "--cert", kiosk.certificate, "--key", kiosk.key,
                          "--seconds", str(seconds), "--threads", str(threads), *cards],
                         capture_output=True, text=True, timeout=seconds + 120)
    if out.returncode:
        sys.exit(out.stderr)
    told = json.loads(out.stdout)
    told["server_cpu_s"] = cpu_s(issuer.process.pid) - before[0]
    told["postgres_cpu_s"] = cpu_of_database() - before[1]
    if told["refused"] or told["away"] or told["broken"] or not told["resets"]:
        print(out.stderr[-2000:], file=sys.stderr)
    return told


def show(name, t):
    n = max(t["resets"], 1)
    print("%-11s %7.1f resets/s  reset p50 %6.1f ms p99 %6.1f  call p50 %5.1f ms p99 %6.1f   refused %d away %d broken %d" % (
        name, t["resets_per_s"], t["reset_p50_ms"], t["reset_p99_ms"], t["call_p50_ms"], t["call_p99_ms"], t["refused"],
        t["away"], t["broken"]))
    print("%-11s processor ms a reset: server %.2f, database %.2f, kiosk's program %.2f, virtual card %.2f" % (
        "", 1000 * t["server_cpu_s"] / n, 1000 * t["postgres_cpu_s"] / n,
        1000 * (t["own_cpu_s"] - t["card_cpu_s"]) / n, 1000 * t["card_cpu_s"] / n))
    text, busy = shares(t)
    print("%-11s shares of the processor: %s; all of them keep %d %% of %d processors busy, others use the rest or the disk is "
          "waited for" % ("", text, round(100 * busy), os.cpu_count()))


def show_counts(t, wrote, ran, told):
    n = max(t["resets"], 1)
    print("%-11s transactions a reset: %.2f that wrote (reserve, grant, settled; the seal's share with them), %.2f that only "
          "read" % ("", wrote / n, max(ran - wrote, 0) / n))
    if told is not None:
        print("%-11s statements a reset: %.1f, executed in %.2f ms" % ("", told["calls"] / n, told["ms"] / n))


def main():
    print("Kiosk resets, %d s, %d kiosks at once (reservation, two proofs, grant, settled; TLS, SoftHSM, log)" % (SECONDS, THREADS))
    with kit.Issuer(more_conf=FREE) as issuer:
        with Cards(issuer) as cards:
            show("SQLite", kiosks(issuer, cards))
    url = os.environ["REPIN_PG_SOCKET"]
    with kit.Issuer(database=url, more_conf=FREE) as issuer:
        with Cards(issuer) as cards:
            statements = Statements(url)
            ran = transactions(url)
            before = commits(url)
            t = kiosks(issuer, cards)
            wrote = commits(url) - before
            ours = wrote / t["seconds"]
            show("PostgreSQL", t)
            told = statements.told()
            show_counts(t, wrote, transactions(url) - ran, told)
            half = kiosks(issuer, cards, SECONDS, max(1, THREADS // 2))
        print("%-11s half as many kiosks: %.1f resets/s, call p99 %.1f ms (goal: under 50)" % (
            "", half["resets_per_s"], half["call_p99_ms"]))
    bench = [os.path.join(os.environ["REPIN_PG_BIN"], "pgbench"), url]
    subprocess.run([*bench, "-i", "-q", "-s", "10"], check=True, capture_output=True)
    tps = pgbench(bench, "-N")
    busy = t["server_cpu_s"] + t["postgres_cpu_s"] + t["own_cpu_s"]
    without = ours * busy / max(busy - t["card_cpu_s"], 0.001)
    print("commits/s: ours %.0f, pgbench -N %.0f: ratio %.2f; without the virtual cards' processor time %.2f (goal: 0.8)" % (
        ours, tps, ours / tps, without / tps))
    if told is None:
        return
    # What the same database alone would do if each commit had as many statements as ours has, and nothing else were to be done.
    n = max(3, round(told["calls"] / max(wrote, 1)))
    script = long_script(n)
    as_long = pgbench(bench, "-f", script)
    os.remove(script)
    print("pgbench with %d statements a commit, as ours has: %.0f commits/s, ratio %.2f; without the virtual cards %.2f" % (
        n, as_long, ours / as_long, without / as_long))


main()
