# SPDX-License-Identifier: Apache-2.0
"""Every command in docs/for-*.md is one of the program that it names, and so is each of its options."""

import glob
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
BUILD = sys.argv[1]
FOLDER = {"repin": "cli", "repin-card": "vcard", "repin-agent": "agent", "repind": "server"}


def wrong(line):
    words = line.split("#")[0].split()
    program = words.pop(0)
    path = os.path.join(BUILD, "src", FOLDER[program], program)
    if words[:1] == ["--config"]:
        words = words[2:]
    whole = subprocess.run([path, "--help"], capture_output=True, text=True).stdout
    two = " ".join(words[:2])
    command = two if re.search(r"^ +(?:repin-card )?%s\b" % re.escape(two), whole, re.M) else words[0]
    if not re.search(r"^ *(?:Usage: |usage: |or: )?(?:repin-card )?%s\b" % re.escape(command), whole, re.M):
        return "no command %s" % command
    own = subprocess.run([path, *command.split(), "--help"], capture_output=True, text=True)
    known = set(re.findall(r"--[a-z-]+", own.stdout + whole))
    return [w for w in words if w.startswith("--") and w not in known]


pages = sorted(glob.glob(ROOT + "/docs/for-*.md"))
assert len(pages) == 6, pages
lines = [(p, l.strip()) for p in pages for l in open(p, encoding="utf-8") if re.match(r"    repin", l)]
print("1..%d" % len(lines))
failed = 0
for n, (page, line) in enumerate(lines, 1):
    bad = wrong(line)
    failed += bool(bad)
    print("%sok %d - %s: %s%s" % ("not " if bad else "", n, os.path.basename(page), line, " %s" % bad if bad else ""))
sys.exit(1 if failed else 0)
