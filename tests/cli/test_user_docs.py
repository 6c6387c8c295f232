# SPDX-License-Identifier: Apache-2.0
"""The guides, docs/for-*.md. Every command in them is one of the program that it names, and so is each of its options; what stands between
*…* is on a screen; and the blocks that are marked are typed, in their order, by each user in turn: on virtual cards, against a real issuer, in one folder that stands for
their machines. Runs in tools/with-reader."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
BUILD = sys.argv[1]
FOLDER = {"repin": "cli", "repin-card": "vcard", "repin-agent": "agent", "repind": "server"}
# Whose guide is walked, and in which order: each finds what the ones before it have made.
WALK = ["integrator", "issuer", "holder", "help-desk"]

import guide_run


def program(name):
    return os.path.join(BUILD, "src", FOLDER[name], name)


def wrong(line):
    words = line.split("#")[0].split()
    name = words.pop(0)
    if words[:1] == ["--config"]:
        words = words[2:]
    whole = subprocess.run([program(name), "--help"], capture_output=True, text=True).stdout
    two = " ".join(words[:2])
    command = two if re.search(r"^ +(?:repin-card )?%s\b" % re.escape(two), whole, re.M) else words[0]
    if not command.startswith("-") and not re.search(r"^ *(?:Usage: |usage: |or: )?(?:repin-card )?%s\b" % re.escape(command), whole, re.M):
        return "no command %s" % command
    own = subprocess.run([program(name), *command.split(), "--help"], capture_output=True, text=True)
    known = set(re.findall(r"--[a-z-]+", own.stdout + whole))
    return [w for w in words if w.startswith("--") and w not in known]


def named(page):
    """Commands of the blocks, and those in the text between `…`."""
    text = re.sub(r"\\\n *", "", open(page, encoding="utf-8").read())
    at = r"(?:repin|repind|repin-card|repin-agent) [a-z-]"
    return re.findall(r"(?m)^(?:    )?(%s.*)$" % at, text) + re.findall(r"`(%s[^`…]*)`" % at, text)


def sentences():
    """Everything that programs and pages say."""
    text = re.sub(r'"\n"', "", open(os.path.join(ROOT, "po/ja.po"), encoding="utf-8").read())
    return re.findall(r'(?m)^msgid(?:_plural)? "(.*)"$', text) + ["Repin"]


def shown(page):
    """What a guide says stands on the screen: between single asterisks."""
    text = re.sub(r"```.*?```|`[^`]*`|<!--.*?-->", "", open(page, encoding="utf-8").read(), flags=re.S)
    return re.findall(r"(?<![*\w])\*([^*]+)\*(?![*\w])", re.sub(r"\s+", " ", text))


def in_order(guide):
    """(guide, block): those of another guide where a block comes after it."""
    for block in guide_run.blocks(os.path.join(ROOT, "docs/for-%s.md" % guide)):
        if block.after:
            yield from in_order(block.after)
        yield guide, block


class Tap:
    def __init__(self, n):
        self.n, self.failed = 0, 0
        print("1..%d" % n, flush=True)

    def say(self, bad, what):
        self.n += 1
        self.failed += bool(bad)
        print("%sok %d - %s" % ("not " if bad else "", self.n, what.replace("#", "")), flush=True)
        if bad:
            print("# " + str(bad).replace("\n", "\n# "), flush=True)


def main():
    pages = sorted(glob.glob(ROOT + "/docs/for-*.md"))
    assert len(pages) == 6, pages
    lines = [(p, l.strip()) for p in pages for l in named(p)]
    steps = [step for guide in WALK for step in in_order(guide)]
    # A guide of the command line that nobody walks would rot; so would a marked block that the pattern does not see.
    walked = {guide for guide, _ in steps}
    assert walked == {"integrator", "issuer", "holder", "kiosk-operator", "help-desk"}, walked
    marks = sum(open(p, encoding="utf-8").read().count("<!-- run") for p in pages)
    assert marks == len(steps), (marks, len(steps))
    screens, all_said = [(p, w) for p in pages for w in shown(p)], sentences()
    tap = Tap(len(lines) + len(screens) + len(steps))
    for page, words in screens:
        tap.say("" if any(words in s for s in all_said) else "no screen says so", "%s: on the screen: %s" % (os.path.basename(page), words))
    for page, line in lines:
        tap.say(wrong(line), "%s: %s" % (os.path.basename(page), line))
    home = os.path.realpath(tempfile.mkdtemp(prefix="repin-guides-"))
    world = guide_run.World(home, os.path.join(BUILD, "bin"))
    broken, last = set(), None
    try:
        for guide, block in steps:
            if last == "integrator" and guide != last:
                world.end_cards()  # the next one has cards of their own
            last = guide
            bad = "a step before it failed" if guide in broken else ""
            try:
                bad or world.run(block)
            except (AssertionError, OSError, subprocess.SubprocessError) as e:
                bad = str(e)
                broken.add(guide)
            tap.say(bad, "%s, typed: %s" % (guide, block.title))
    finally:
        world.close()
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(1 if tap.failed else 0)


main()
