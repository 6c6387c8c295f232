// SPDX-License-Identifier: Apache-2.0
// What pages decide by themselves, without a browser: entries as they are typed, events, words, what a flow takes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { parse, stepped } from "../../web/api.js";
import { challengeOf } from "../../web/call.js";
import { Flow, needsNew, ways } from "../../web/flow.js";
import { look } from "../../web/parts.js";
import { fold, judge } from "../../web/rules.js";
import { texts } from "../../web/texts.js";
import { addTexts, grouped, lang, languages, localTag, openHours, spoken, t } from "../../web/words.js";

const SIGN = { len_min: 6, len_max: 16, characters: "upper-alnum", current_characters: "upper-alnum", to_upper: true, refuse_all_same: false, text: "6-16" };
const AUTH = { len_min: 4, len_max: 4, characters: "digits", current_characters: "digits", to_upper: false, refuse_all_same: true, text: "4" };
const good = (typed, rules, fresh = true) => judge(typed, rules, fresh).good;

test("fold: full width becomes half width, small letters capital where the card wants it, and nothing else changes", () => {
  assert.equal(fold("１２３４", false), "1234");
  assert.equal(fold("ａｂｃ１２３", true), "ABC123");
  assert.equal(fold("abc", false), "abc");
  assert.equal(fold("ABC ß é 漢", true), "ABC ß é 漢", "only a to z have capitals here: ß would become two");
  assert.equal(fold("！～", false), "!~");
  // Twice is once, and the number of characters stays, for anything at all (a seeded walk).
  let seed = 7;
  const next = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let i = 0; i < 3000; i++) {
    const text = String.fromCodePoint(...Array.from({ length: next(12) }, () => [next(128), 0xff00 + next(0x60), 0x3040 + next(0x60), 0x1f600 + next(40)][next(4)]));
    for (const upper of [false, true]) {
      const once = fold(text, upper);
      assert.equal(fold(once, upper), once);
      assert.equal([...once].length, [...text].length);
    }
  }
});

test("judge: lengths at their edges, characters, one character repeated", () => {
  for (const [typed, rules, want] of [["ABC12", SIGN, false], ["ABC123", SIGN, true], ["abc123", SIGN, true], ["A".repeat(16), SIGN, true], ["A".repeat(17), SIGN, false], ["ABC-123", SIGN, false],
    ["ABC 123", SIGN, false], ["漢字漢字漢字", SIGN, false], ["123", AUTH, false], ["1234", AUTH, true], ["12345", AUTH, false], ["12a4", AUTH, false], ["１２３４", AUTH, true], ["1111", AUTH, false], ["", AUTH, false]])
    assert.equal(good(typed, rules), want, typed);
  assert.equal(good("1111", AUTH, false), true, "an old PIN may be what a new one may not");
  assert.equal(good("x", null), true, "no rules: anything but nothing");
  assert.equal(good("", null), false);
  const old = { ...SIGN, current_characters: "printable", to_upper: false };
  assert.equal(good("abc 12", old, false), true, "what was set elsewhere is judged by what was allowed there");
  assert.equal(good("abc 12", old, true), false);
  assert.deepEqual([judge("abc123", SIGN, true).folded, judge("ＡＢＣ１２３", SIGN, true).folded, judge("ABC123", SIGN, true).folded], ["upper", "width", ""]);
});

test("events: taken apart, and a job is what its events made of it", () => {
  assert.deepEqual(parse('event: card\ndata: {"a":1}'), { name: "card", data: { a: 1 } });
  assert.deepEqual(parse("event: ping\ndata: {}"), { name: "ping", data: {} });
  assert.equal(parse("retry: 1000"), null);
  assert.equal(parse(": "), null);
  let job = null;
  const say = (step, text, number = 3) => (job = stepped(job, { job: number, step, text }));
  say("identify", "a");
  assert.deepEqual(job.steps, ["a"]);
  say("challenge", "1 2 3 4 A B C D");
  say("response", "group 2");
  assert.deepEqual([job.challenge, job.wrong, job.steps], ["1 2 3 4 A B C D", { text: "group 2", n: 1 }, ["a"]]);
  say("challenge", "1 2 3 4 A B C D");
  say("response", "group 2");
  assert.equal(job.wrong.n, 2, "the same mistake twice is told twice");
  say("set", "b");
  assert.deepEqual([job.challenge, job.wrong, job.steps], ["", null, ["a", "b"]], "the answer was taken");
  say("identify", "c", 4);
  assert.deepEqual(job, { number: 4, steps: ["c"], challenge: "", wrong: null }, "another job knows nothing of the last one");
  assert.deepEqual(challengeOf("000013 655354 327683 046605 0001 FFFF 8000 1234"), { groups: ["000013", "655354", "327683", "046605"], hex: "0001 FFFF 8000 1234" });
});

test("words: names filled in, numbers grouped and spoken, hours, the language of a name", () => {
  assert.equal(lang(), "en");
  assert.equal(t("triesLeft", { n: 2, max: 5 }), "2 of 5 tries left");
  assert.equal(t("triesLeft", { n: 2 }), "2 of {max} tries left", "what is not given is seen");
  assert.equal(t("cutOf", { pin: "$& {n}" }), "Interrupted: $& {n}", "a name is a name, whatever stands in it");
  assert.throws(() => addTexts("more", { ok: "x" }), /ok/);
  assert.equal(grouped("123456789012345"), "1234 5678 9012 345");
  assert.equal(grouped("12345"), "12345");
  assert.equal(spoken("102"), "1 0 2");
  assert.equal(openHours("mon-sun 06:30-23:00"), "every day 06:30–23:00");
  assert.equal(openHours("mon-fri 09:00-17:00"), "Mon–Fri 09:00–17:00");
  assert.deepEqual([localTag("hicos", "自然人憑證"), localTag("mynumber", "署名用"), localTag("openpgp", "PW1")], ["zh-Hant-TW", "ja", undefined]);
  assert.deepEqual(languages.map((l) => l.id), ["en", "ja", "zh_TW"]);
});

test("every key that a page says exists, and every one that exists is said", () => {
  const web = new URL("../../web/", import.meta.url);
  const files = readdirSync(web).filter((n) => n.endsWith(".js"));
  const said = files.filter((n) => !/^texts/.test(n)).map((n) => readFileSync(new URL(n, web), "utf8")).join("\n");
  const own = files.filter((n) => /^texts_/.test(n)).map((n) => readFileSync(new URL(n, web), "utf8")).join("\n");
  const known = new Set([...Object.keys(texts), ...[...own.matchAll(/\b(\w+):\s*N_\(/g)].map((m) => m[1])]);
  for (const [, key] of said.matchAll(/\bt\("(\w+)"/g)) assert.ok(known.has(key) || (key.endsWith("_") && [...known].some((k) => k.startsWith(key))), key);
  for (const key of Object.keys(texts)) if (!key.includes("_")) assert.ok(new RegExp(`["'\`]${key}["'\`]`).test(said), `nobody says ${key}`);
});

test("a lamp and a flow: what is ready, what is not, and what the last try asks for", () => {
  assert.equal(look({ state: "ready", tries_left: 3, tries_max: 3 }), "ready");
  assert.equal(look({ state: "ready", tries_left: 2, tries_max: 3 }), "care");
  assert.equal(look({ state: "ready", tries_left: null, tries_max: null }), "ready", "what is not told is no warning");
  assert.equal(look({ state: "locked", tries_left: 0, tries_max: 3 }), "locked");
  const one = { secrets: ["current", "new"], secret_rules: AUTH, last_try: false, stake: null };
  const pin = { id: "auth", rules: AUTH, jobs: { change: one, unlock: [one, one], reset: null } };
  assert.deepEqual([ways(pin, "change").length, ways(pin, "unlock").length, ways(pin, "reset").length], [1, 2, 0]);
  assert.deepEqual([needsNew(one), needsNew({ secrets: ["other"] })], [true, false]);
  const flow = new Flow({ pin, job: "change" });
  const ready = (state, of = one) => {
    flow.state = { ...flow.state, first: "", fresh: "", again: "", agreed: false, ...state };
    return flow.ready(of);
  };
  assert.equal(ready({ first: "1234", fresh: "4821", again: "4821" }), true);
  assert.equal(ready({ first: "1234", fresh: "4821", again: "4812" }), false, "two that differ");
  assert.equal(ready({ first: "1234", fresh: "4821", again: "４８２１" }), true, "the same, typed wide");
  assert.equal(ready({ first: "123", fresh: "4821", again: "4821" }), false, "a current PIN that can be none");
  assert.equal(ready({ first: "1234", fresh: "1111", again: "1111" }), false);
  assert.equal(ready({ first: "1234", fresh: "4821", again: "4821" }, { ...one, last_try: true }), false, "the last try wants consent");
  assert.equal(ready({ first: "1234", fresh: "4821", again: "4821", agreed: true }, { ...one, last_try: true }), true);
  assert.deepEqual(flow.entries(one), { current: "1234", new: "4821" });
  assert.deepEqual(flow.entries({ secrets: ["other"] }), { other: "1234" });
});

test("the kiosk's units: systemd understands them, and launcher, unit and policy name the same file", (t) => {
  const data = new URL("../../data/", import.meta.url);
  const read = (name) => readFileSync(new URL(name, data), "utf8");
  const unit = read("repin-screen.service");
  const at = /^ExecStart=\S+ \S+ (\S+)$/m.exec(unit)[1];
  assert.equal(at, "/run/" + /^RuntimeDirectory=(\S+)$/m.exec(unit)[1]);
  const policy = JSON.parse(read("kiosk-policy.json"));
  assert.deepEqual([policy.URLBlocklist, policy.URLAllowlist], [["*"], ["http://127.0.0.1", `file://${at}/start.html`]]);
  assert.ok(read("kiosk-screen").includes('"file://$dir/start.html"'));
  const units = readdirSync(data).filter((n) => n.endsWith(".service"));
  assert.ok(units.includes("repin-kiosk.service") && units.includes("repin-screen.service"));
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return t.diagnostic("no systemd-analyze here");
  const copies = mkdtempSync(path.join(tmpdir(), "repin-units-"));
  // Where the programs will be is the package's affair.
  for (const name of units) writeFileSync(path.join(copies, name), read(name).replace(/^ExecStart=\S+/gm, "ExecStart=/bin/true"));
  const told = spawnSync("systemd-analyze", ["verify", "--man=no", ...units.map((n) => path.join(copies, n))], { encoding: "utf8" });
  rmSync(copies, { recursive: true });
  assert.deepEqual([told.status, told.stderr.split("\n").filter((l) => l.includes(copies) || /^repin/.test(l))], [0, []]);
});
