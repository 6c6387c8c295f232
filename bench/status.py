# SPDX-License-Identifier: Apache-2.0
"""Cold `repin status` against `pkcs15-tool --list-pins`, in turn, on the same virtual card; and APDUs of `status`."""

import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))
import kit  # noqa: E402

ROUNDS = int(sys.argv[1])


def wall_ms(argv):
    start = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=kit.ENV, check=True)
    return (time.perf_counter() - start) * 1000


def commands(card, argv):
    before = len(card.commands())
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=kit.ENV, check=True)
    time.sleep(0.2)
    return len(card.commands()) - before


def line(name, values):
    print("%-34s p50 %7.2f ms   min %7.2f   max %7.2f" % (name, statistics.median(values), min(values), max(values)))


ours, theirs = [kit.REPIN, "status"], ["pkcs15-tool", "--list-pins"]
with kit.Card(kit.new_card("mynumber"), trace=False):
    wall_ms(ours), wall_ms(theirs)
    a, b = [], []
    for _ in range(ROUNDS):
        a.append(wall_ms(ours))
        b.append(wall_ms(theirs))
    floor = [wall_ms(["/bin/true"]) for _ in range(ROUNDS)]
print("Wall time, cold process, My Number card, %d rounds in turn" % ROUNDS)
line("repin status (4 PINs, number)", a)
line("pkcs15-tool --list-pins (2 PINs)", b)
line("/bin/true (a process and nothing)", floor)
ratios = [y / x for x, y in zip(a, b)]
print("ratio pkcs15-tool / repin, pair by pair: p50 %.1f (goal: 5)" % statistics.median(ratios))

print("\nAPDUs of status, all as the card counted them")
print("%-16s %6s %6s %10s" % ("family", "PINs", "card", "in all"))
for family in ("mynumber", "mynumber-mobile", "aosign", "hicos", "piv", "openpgp", "gids"):
    options = {"reset_key": kit.reset_key()} if family == "hicos" else {}
    with kit.Card(kit.new_card(family, **options)) as card:
        status = kit.repin("status", "--json").json
        print("%-16s %6d %6d %10d" % (family, status["apdus"], status["apdus_card"], commands(card, ours)))
with kit.Card(kit.new_card("mynumber")) as card:
    print("%-16s %6s %6s %10d   (two PINs, no number)" % ("pkcs15-tool", "", "", commands(card, theirs)))
import shutil  # noqa: E402

shutil.rmtree(kit.DIR, ignore_errors=True)
