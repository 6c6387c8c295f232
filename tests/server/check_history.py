# SPDX-License-Identifier: Apache-2.0
"""Judges an issuer's records after a bad day: the rows of its database, the cards themselves and what kiosks saw must
tell one story. Nothing of the project's own code is in here.

    check_history.py [--final] --database FILE|URI [--history FILE] CARD.json…

Rows come by Python's sqlite3 or by psql, the cards' counts from the state files of `repin-card`, what kiosks saw from
the file of `kiosks --history`. --final: every card has been shown to the issuer since; then nothing may be open any more.
Ends with 0 and what was counted, or with 1 and one line for each thing that cannot be.
"""

import argparse
import collections
import hashlib
import json
import sqlite3
import subprocess
import sys

DAY_MS = 24 * 3600 * 1000
GRANTS_MAX = 4  # one, and three more after such as were not used
SLOTS = {1: "sign", 2: "auth", 3: "text", 4: "juki", 5: "pin"}
OPEN = ("burnt", "unknown")

# A column of bytes is marked by '*'; it comes as hexadecimal digits.
TABLES = {
    "card": ("card_id*", "profile", "number"),
    "card_slot": ("card_id*", "slot", "resets", "halted"),
    "case": ("id", "card_id*", "slot", "door", "state", "grants", "opened_ms", "receipt"),
    "grant": ("id", "case_id", "card_id*", "slot", "challenge*", "resets", "state", "settled_by", "made_ms", "settled_ms"),
    "evidence": ("case_id", "card_id*", "kind", "purpose", "at_ms"),
    "idempotency": ("key", "state", "problem", "result"),
    "entry": ("id", "receipt", "card_id*", "salt*", "digest*", "body", "leaf", "made_ms"),
    "outbox": ("card_id*", "kind", "body"),
    "head": ("size", "root*"),
    "application": ("id", "card_id*", "state", "cases", "opened_ms"),
    "visit": ("id", "state", "made_ms", "called_ms", "begun_ms", "ended_ms"),
}

# What the log tells of a case: act -> (states before, state after). None: there was no case.
STORY = {
    "reserve": ((None,), "ready"),
    "decision": ((None,), "ready"),
    "grant": (("ready", "failed", "unknown"), "granted"),
    "done": (("granted", "unknown"), "done"),
    "failed": (("granted", "unknown"), "failed"),
    "unknown": (("granted",), "unknown"),
    "expired": (("ready",), "expired"),
    "cancel": (("ready",), "cancelled"),
}


def read_tables(database):
    """{table: [row as a dict]}, all of one moment."""
    if "://" in database:
        return read_postgres(database)
    tables = {}
    with sqlite3.connect("file:%s?mode=ro" % database, uri=True) as db:
        db.execute("BEGIN")
        for name, columns in TABLES.items():
            asked = ", ".join("lower(hex(%s))" % c[:-1] if c[-1] == "*" else c for c in columns)
            tables[name] = [dict(zip([c.rstrip("*") for c in columns], row))
                            for row in db.execute('SELECT %s FROM "%s"' % (asked, name))]
    db.close()
    return tables


def read_postgres(uri):
    parts = []
    for name, columns in TABLES.items():
        asked = ", ".join("encode({0}, 'hex') AS {0}".format(c[:-1]) if c[-1] == "*" else c for c in columns)
        parts.append("'%s', (SELECT coalesce(json_agg(t), '[]') FROM (SELECT %s FROM \"%s\") t)" % (name, asked, name))
    out = subprocess.run(["psql", "-XAtq", uri, "-c", "SELECT json_build_object(%s)" % ", ".join(parts)],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out)


def read_cards(paths):
    """{number: {slot: resets}} from the cards' own state. The two places of one PIN count together."""
    cards = {}
    for path in paths:
        with open(path) as f:
            state = json.load(f)
        slots = {}
        for pin in state["pins"]:
            slots.setdefault(pin["slot"], set()).add(pin["resets"])
        cards[state["number"]] = slots
    return cards


def read_history(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


class Check:
    """problems: what cannot be. aged {case id: ms}: reservations that somebody has made a day older, at that time."""

    def __init__(self, tables, cards, history, aged=None, final=False):
        self.t, self.cards, self.history = tables, cards, history
        self.aged, self.final = aged or {}, final
        self.problems = []
        self.cases = {c["id"]: c for c in tables["case"]}
        self.of_case = collections.defaultdict(list)
        for g in tables["grant"]:
            self.of_case[g["case_id"]].append(g)
        self.acts = collections.defaultdict(list)  # what the log says of a case
        for e in sorted(tables["entry"], key=lambda e: e["id"]):
            body = json.loads(e["body"])
            if "case" in body and not body["act"].startswith("application"):
                self.acts[body["case"]].append(dict(body, id=e["id"]))
        for judge in (self.each_card, self.each_grant, self.each_case, self.each_act, self.each_tree, self.each_line):
            judge()

    def wrong(self, text, *args):
        self.problems.append(text % args)

    # --- cards ---

    def each_card(self):
        """The card's own count against the grants that were used for it."""
        grants = collections.defaultdict(list)
        for g in self.t["grant"]:
            grants[g["card_id"], g["slot"]].append(g)
        known = {(s["card_id"], s["slot"]): s for s in self.t["card_slot"]}
        rows = {c["number"]: c["card_id"] for c in self.t["card"]}
        for s in self.t["card_slot"]:
            if s["halted"]:
                self.wrong("card %s slot %s is halted: %s", s["card_id"], s["slot"], s["halted"])
        for number, slots in self.cards.items():
            for slot, name in SLOTS.items():
                if name in slots:
                    self.one_count(number, slot, slots[name], grants[rows[number], slot], known.get((rows[number], slot)))

    def one_count(self, number, slot, counts, grants, known):
        what = "card %s slot %s" % (number, SLOTS[slot])
        done = sorted(g["resets"] for g in grants if g["state"] == "done")
        unsettled = sum(g["state"] in OPEN for g in grants)
        if len(counts) != 1:
            return self.wrong("%s counts %s in its places", what, sorted(counts))
        count = next(iter(counts))
        if not len(done) <= count <= len(done) + (0 if self.final else min(unsettled, 1)):
            self.wrong("%s was reset %d times, by %d grants that are done and %d unsettled ones", what, count, len(done),
                       unsettled)
        # Each reset has a grant of its own: made for the count that the card had before.
        if done != list(range(len(done))):
            self.wrong("%s: the grants that are done were made for the counts %s", what, done)
        if known and known["resets"] != len(done):
            self.wrong("%s: the issuer knows of %d resets, and %d grants are done", what, known["resets"], len(done))
        if unsettled > 1:
            self.wrong("%s has %d grants open at once", what, unsettled)
        return None

    # --- grants ---

    def each_grant(self):
        challenges = collections.Counter(g["challenge"] for g in self.t["grant"])
        for challenge, n in challenges.items():
            if n > 1:
                self.wrong("challenge %s was answered by %d grants", challenge, n)
        requests = collections.defaultdict(list)
        for row in self.t["idempotency"]:
            result = json.loads(row["result"]) if row["result"] else {}
            if "grant" in result:
                requests[result["grant"]].append((row, result))
        ids = {g["id"] for g in self.t["grant"]}
        for lost in set(requests) - ids:
            self.wrong("a request was answered with grant %s, of which there is no row", lost)
        logged = {(json.loads(e["body"]).get("act"), e["receipt"]): e for e in self.t["entry"]}
        noticed = collections.Counter((o["kind"], json.loads(o["body"]).get("receipt")) for o in self.t["outbox"])
        for g in self.t["grant"]:
            self.one_grant(g, requests[g["id"]], logged, noticed)

    def one_grant(self, g, requests, logged, noticed):
        """A grant, its request, its entry, its notice and its evidence were committed together, or not at all."""
        if len(requests) != 1:
            return self.wrong("grant %s answered %d requests", g["id"], len(requests))
        row, result = requests[0]
        entry = logged.get(("grant", result["receipt"]))
        if row["state"] != "done" or row["problem"] or result["case"] != g["case_id"]:
            self.wrong("grant %s and its request disagree: %s", g["id"], row)
        if entry is None:
            self.wrong("grant %s has no entry in the log", g["id"])
        elif entry["made_ms"] != g["made_ms"] or entry["card_id"] != g["card_id"]:
            self.wrong("grant %s is of %d, its entry of %d", g["id"], g["made_ms"], entry["made_ms"])
        if noticed["grant", result["receipt"]] != 1:
            self.wrong("grant %s has %d notices", g["id"], noticed["grant", result["receipt"]])
        if g["case_id"] not in self.cases:
            return self.wrong("grant %s is of case %s, which is not there", g["id"], g["case_id"])
        if (g["state"] in OPEN) != (g["settled_ms"] == 0) or (g["settled_by"] == "mac") != (g["state"] not in OPEN):
            self.wrong("grant %s is %s, settled at %d by '%s'", g["id"], g["state"], g["settled_ms"], g["settled_by"])
        if self.final and g["state"] in OPEN:
            self.wrong("grant %s is still %s", g["id"], g["state"])
        return None

    # --- cases ---

    def each_case(self):
        evidence = collections.Counter((e["case_id"], e["purpose"], e["at_ms"]) for e in self.t["evidence"])
        reserved = collections.Counter()
        for c in self.t["case"]:
            self.one_case(c, evidence)
            reserved[c["card_id"], c["slot"]] += c["door"] == "kiosk" and c["state"] == "ready"
        for (card, slot), n in reserved.items():
            if n > 1:
                self.wrong("card %s slot %s has %d reservations", card, slot, n)

    def one_case(self, c, evidence):
        grants = self.of_case[c["id"]]
        opened = c["opened_ms"] + (DAY_MS if c["id"] in self.aged else 0)
        if len(grants) != c["grants"] or len(grants) > GRANTS_MAX:
            self.wrong("case %s counts %d grants and has %d", c["id"], c["grants"], len(grants))
        if sum(g["state"] == "done" for g in grants) != (c["state"] == "done"):
            self.wrong("case %s is %s, its grants are %s", c["id"], c["state"], [g["state"] for g in grants])
        if c["state"] in ("granted", "unknown") and not any(g["state"] in OPEN for g in grants):
            self.wrong("case %s is %s, and no grant of it is open", c["id"], c["state"])
        if c["state"] in ("ready", "expired", "cancelled", "failed") and any(g["state"] in OPEN for g in grants):
            self.wrong("case %s is %s with a grant that is open", c["id"], c["state"])
        for g in grants:
            if g["card_id"] != c["card_id"] or g["slot"] != c["slot"]:
                self.wrong("grant %s is for another PIN than its case %s", g["id"], c["id"])
            if not opened <= g["made_ms"] < min(opened + DAY_MS, self.aged.get(c["id"], sys.maxsize)):
                self.wrong("grant %s was made when the time of its reservation %s was over", g["id"], c["id"])
            if evidence[c["id"], "reset", g["made_ms"]] != 1:
                self.wrong("grant %s has no proof of its own", g["id"])
        if c["door"] == "kiosk" and evidence[c["id"], "reserve", opened] != 1:
            self.wrong("reservation %s has no proof of its own", c["id"])
        if self.final and c["state"] in ("granted", "unknown"):
            self.wrong("case %s is still %s", c["id"], c["state"])

    # --- the log ---

    def each_act(self):
        """The log told again, case by case: no act where the table of states has no way, and the same end."""
        for case_id in set(self.acts) - set(self.cases):
            self.wrong("the log speaks of case %s, which is not there", case_id)
        for case_id, c in self.cases.items():
            state = None
            for act in self.acts[case_id]:
                before, after = STORY.get(act["act"], ((), state))
                if state not in before:
                    self.wrong("case %s: %s after %s", case_id, act["act"], state)
                state = after
            if state != c["state"]:
                self.wrong("case %s is %s, the log ends with %s", case_id, c["state"], state)
            times = collections.Counter((a["act"], a["time"]) for a in self.acts[case_id])
            for g in self.of_case[case_id]:
                settled = [(g["state"], g["settled_ms"])] if g["state"] not in OPEN else []
                for key in [("grant", g["made_ms"]), *settled]:
                    times[key] -= 1
            for key, n in times.items():
                if key[0] in ("grant", "done", "failed") and n != 0:
                    self.wrong("case %s: the log has %+d entries '%s' of %d", case_id, n, *key)

    def each_tree(self):
        """RFC 9162 2.1 once more: the root over all leaves is the head's."""
        leaves = {}
        for e in self.t["entry"]:
            digest = hashlib.sha256(bytes.fromhex(e["salt"]) + e["body"].encode()).hexdigest()
            if digest != e["digest"]:
                self.wrong("entry %s is not what its digest says", e["receipt"])
            if e["leaf"] >= 0:
                leaves[e["leaf"]] = hashlib.sha256(b"\0" + bytes.fromhex(e["digest"])).digest()
        head = self.t["head"][0]
        if sorted(leaves) != list(range(head["size"])):
            self.wrong("the log of %d entries has %d leaves", head["size"], len(leaves))
        elif tree_root([leaves[n] for n in range(head["size"])]) != head["root"]:
            self.wrong("the root over all leaves is not the head's")
        waiting = sum(e["leaf"] < 0 for e in self.t["entry"])
        if self.final and waiting:
            self.wrong("%d entries wait for their seal", waiting)

    # --- what kiosks saw ---

    def each_line(self):
        saw = collections.Counter()
        for line in self.history:
            case = self.cases.get(line["case"])
            if line["what"] in ("reserved", "reset") and case is None:
                self.wrong("a kiosk saw '%s' of case %s, which is not there", line["what"], line["case"])
            elif line["what"] == "reset":
                saw[case["id"]] += 1
                may = ("done",) if line["more"] == "reported" or self.final else ("done", *OPEN)
                if not any(g["state"] in may for g in self.of_case[case["id"]]):
                    self.wrong("a kiosk saw case %s done, and its grants are %s", case["id"],
                               [g["state"] for g in self.of_case[case["id"]]])
        for case_id, n in saw.items():
            if n > 1:
                self.wrong("kiosks saw case %s done %d times", case_id, n)

    def told(self):
        states = collections.Counter(g["state"] for g in self.t["grant"])
        return "%d cards, %d cases, %d grants (%s), %d entries, %d lines of kiosks" % (
            len(self.cards), len(self.cases), len(self.t["grant"]),
            ", ".join("%d %s" % (n, s) for s, n in sorted(states.items())), len(self.t["entry"]), len(self.history))


def tree_root(hashes):
    """RFC 9162 2.1.1, level by level: the odd one out at the end goes up as it is."""
    if not hashes:
        return hashlib.sha256().hexdigest()
    while len(hashes) > 1:
        above = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = above + hashes[len(above) * 2:]
    return hashes[0].hex()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--database", required=True)
    p.add_argument("--history")
    p.add_argument("--final", action="store_true")
    p.add_argument("card", nargs="+")
    a = p.parse_args()
    check = Check(read_tables(a.database), read_cards(a.card), read_history(a.history) if a.history else [], final=a.final)
    for problem in check.problems:
        print(problem)
    print(check.told())
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
