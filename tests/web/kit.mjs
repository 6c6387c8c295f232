// SPDX-License-Identifier: Apache-2.0
// A page in a real Chromium, on a real agent, with virtual cards behind a real pcscd, and a real issuer where there is one
// (tests/server/kit.py puts it into the environment). Run by tests/web/run.
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { createHmac } from "node:crypto";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export const BIN = process.env.REPIN_BIN;
const PORTS = (process.env.REPIN_VPCD_PORTS || "").split(" ");
export const AXE = readFileSync(createRequire(import.meta.url).resolve("../../web/node_modules/axe-core/axe.min.js"), "utf8");
const dir = mkdtempSync("/tmp/repin-web-");
/** A folder that goes with the test. */
export const place = dir;
const children = new Set();
let browser, made = 0;

process.on("exit", () => {
  for (const c of children) c.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

// The issuer's clock may be moved to an office's hours (kit.py --office-hours).
export const AHEAD_MS = 1000 * Number(process.env.REPIN_ISSUER_AHEAD || 0);
const CLOCK = JSON.parse(process.env.REPIN_ISSUER_CLOCK || "{}");

export function run(program, args, options = {}) {
  const env = program === "repind" ? { ...process.env, ...CLOCK } : process.env;
  return execFileSync(path.join(BIN, program), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env, ...options });
}

function start(program, args, env = {}) {
  const child = spawn(path.join(BIN, program), args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

const ended = (child) => (child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((r) => child.on("exit", r)));
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export async function until(what, ask, ms = 10000) {
  for (const end = Date.now() + ms; ; await sleep(20)) {
    const told = await ask();
    if (told) return told;
    if (Date.now() > end) throw new Error("not in time: " + what);
  }
}

/** The issuer that the environment names; null without one. */
export const issuer = process.env.REPIN_ISSUER_DIR
  ? { dir: process.env.REPIN_ISSUER_DIR, url: process.env.REPIN_ISSUER_URL, ca: process.env.REPIN_ISSUER_CA, kiosk: process.env.REPIN_ISSUER_KIOSK, kioskKey: process.env.REPIN_ISSUER_KIOSK_KEY, cardCa: process.env.REPIN_ISSUER_CARD_CA,
      console: process.env.REPIN_ISSUER_CONSOLE, desk: process.env.REPIN_ISSUER_DESK, deskKey: process.env.REPIN_ISSUER_DESK_KEY }
  : null;

/** What pcscd says of a reader. @param {number} place */
function reader(place) {
  return JSON.parse(run("repin", ["--json", "list"])).readers[place]?.state;
}

/** A virtual card. `enrolled`: personalised by the issuer and known to it. */
export class Card {
  constructor(profile, { pins = "", enrolled = false, number = "", code = "", source = "", args = [] } = {}) {
    this.state = path.join(dir, `card-${++made}.json`);
    const more = [...(pins ? ["--pins", pins] : []), ...args];
    if (enrolled) {
      const key = path.join(dir, "key"), list = path.join(dir, "list");
      const app = ["mynumber", "mynumber-mobile", "hicos"].includes(profile); // with the reset application
      if (app) writeFileSync(key, run("repind", ["--config", issuer.dir, "card", "key", "--hex", "--profile", profile, "--number", number]));
      run("repin-card", ["new", "--profile", profile, "--number", number, "--issuer", "test", ...(app ? ["--reset-key", key] : []), "--ca", issuer.cardCa, "--state", this.state, ...more]);
      let line = run("repin-card", ["export", "--state", this.state]).trim();
      if (code) line = line.replace(/}$/, `, "user_code": "${code}"}`);
      if (source) line = line.replace(/}$/, `, "source": "${source}"}`);
      writeFileSync(list, line + "\n");
      run("repind", ["--config", issuer.dir, "enrol", list]);
    } else {
      run("repin-card", ["new", "--profile", profile, "--state", this.state, ...(number ? ["--number", number] : []), ...more]);
    }
  }
  async insert(place = 0, faults = "", answers = true) {
    await this.pull();
    // pcscd looks every 400 ms: a card that comes in that time after another one is taken for it.
    await until("the reader is empty", () => reader(place) === "empty");
    const args = ["run", "--state", this.state, "--vpcd", "127.0.0.1:" + PORTS[place]];
    if (faults) {
      writeFileSync(this.state + ".faults", faults);
      args.push("--faults", this.state + ".faults");
    }
    this.process = start("repin-card", args);
    await new Promise((r) => this.process.stdout.once("data", r));
    if (!answers) return; // whoever asks it for its state waits
    await until("pcscd sees the card", () => reader(place) !== "empty");
  }
  async pull() {
    if (!this.process) return;
    this.process.kill();
    await ended(this.process);
    this.process = null;
  }
  /** The truth of a PIN, by its name. @param {string} id */
  pin(id) {
    const p = JSON.parse(readFileSync(this.state, "utf8")).pins.find((one) => one.id === id);
    return { value: Buffer.from(p.value, "hex").toString("latin1"), tries: p.tries };
  }
}

/** repin-agent in a home of its own. */
export class Agent {
  constructor({ mode = "holder", lang = "en", config = "", reader = "", home = "" } = {}) {
    this.home = home || mkdtempSync(path.join(dir, "home-"));
    if (!existsSync(path.join(this.home, "run"))) mkdirSync(path.join(this.home, "run"), { mode: 0o700 });
    this.env = { XDG_STATE_HOME: this.home, XDG_RUNTIME_DIR: path.join(this.home, "run"), XDG_CONFIG_HOME: this.home, HOME: this.home };
    this.args = ["--mode", mode, "--lang", lang];
    if (config) {
      const file = path.join(this.home, "repin.conf");
      writeFileSync(file, config);
      this.args.push("--config", file);
    }
    if (reader) this.args.push("--reader", reader);
  }
  async start(more = []) {
    this.began = performance.now();
    this.process = start("repin-agent", [...this.args, ...more], this.env);
    this.said = "";
    this.process.stderr.on("data", (d) => (this.said += d));
    this.url = await new Promise((resolve, reject) => {
      this.process.stdout.once("data", (d) => resolve(String(d).trim()));
      this.process.once("exit", () => reject(new Error("the agent ended: " + this.said)));
    });
    this.origin = this.url.split("/#")[0];
    return this;
  }
  /** A fresh start URL, as the desktop entry asks for one. */
  again() {
    return new Promise((resolve) => {
      const asks = start("repin-agent", [...this.args, "--open", "--browser", "/bin/cat"], this.env);
      let said = "";
      asks.stdout.on("data", (d) => (said += d));
      asks.on("exit", async () => {
        await sleep(200);
        resolve(/url=([^"]+)"/.exec(said)?.[1]);
      });
    });
  }
  async stop(signal = "SIGTERM") {
    if (!this.process) return;
    this.process.kill(signal);
    await ended(this.process);
    this.process = null;
  }
}

export const home = () => `issuer-url = "${issuer.url}"\nissuer-ca-file = "${issuer.ca}"\n`;
export const kiosk = () => home() + `terminal-certificate-file = "${issuer.kiosk}"\nterminal-key-file = "${issuer.kioskKey}"\n`;

const deskOf = (certificate, key) => home() + `console-url = "${issuer.console}"\nterminal-certificate-file = "${certificate}"\nterminal-key-file = "${key}"\n`;
export const desk = () => deskOf(issuer.desk, issuer.deskKey);
/** A desk of the branch inagi-hirao, where a second person agrees (kit.py --office-hours). */
export const branchDesk = () => deskOf(process.env.REPIN_ISSUER_DESK2, process.env.REPIN_ISSUER_DESK2_KEY);

/** An operator, with password and one-time passwords; each step of the latter serves once. @param {string} name @param {string} roles */
export function operator(name, roles, more = [], office = "inagi") {
  const out = path.join(issuer.dir, "operators");
  run("repind", ["--config", issuer.dir, "operator", "add", name, "--roles", roles, "--office", office, "--generate", out, ...more]);
  const secret = /secret=([A-Z2-7]+)/.exec(readFileSync(path.join(out, name + ".totp"), "utf8"))[1];
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  let last = 0;
  return {
    name,
    password: readFileSync(path.join(out, name + ".password"), "utf8").trim(),
    async totp() {
      // The server takes three steps; of them the first that has not served.
      for (;;) {
        const now = Math.floor((Date.now() + AHEAD_MS) / 30000), step = Math.max(now - 1, last + 1);
        if (step <= now + 1) {
          last = step;
          const count = Buffer.alloc(8);
          count.writeBigUInt64BE(BigInt(step));
          const mac = createHmac("sha1", key).update(count).digest(), at = mac[19] & 15;
          return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, "0");
        }
        await sleep(500);
      }
    },
  };
}

/** A fresh browser context with one page; what it asks of the network and what it complains of is written down. */
export async function open(url, { viewport = { width: 900, height: 1000 }, ...more } = {}) {
  browser ||= await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...more });
  context.setDefaultTimeout(process.env.REPIN_SLOW ? 30000 : 8000);
  const page = await context.newPage();
  page.asked = [];
  page.complaints = [];
  context.on("request", (r) => page.asked.push(r.url()));
  page.on("pageerror", (e) => page.complaints.push(e.message));
  page.on("console", (m) => (m.type() === "error" || /Content Security|Refused/.test(m.text())) && page.complaints.push(m.text()));
  await page.goto(url);
  return page;
}

/** axe's findings, in a line each. */
export async function axe(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message || "")).join("; ")}`);
}

/** Texts that are cut off or stick out of the window. */
export function cutOff(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth + 1) found.push(`page is ${document.documentElement.scrollWidth} wide in ${innerWidth}`);
    for (const e of document.querySelectorAll("main *, header *")) {
      const box = e.getBoundingClientRect();
      if (box.width === 0 || e.closest(".hidden, .scroll, svg, option")) continue;
      if (box.right > innerWidth + 1 || box.left < -1) found.push(`${e.tagName} ${e.textContent.slice(0, 30)} ends at ${Math.round(box.right)}`);
      if (e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).overflowX === "hidden") found.push(`${e.tagName} ${e.textContent.slice(0, 30)} is cut`);
    }
    return found.slice(0, 5);
  });
}

/** After each test, however it ended: no card, no agent, no page is left to the next one. */
export async function clear() {
  for (const c of browser?.contexts() ?? []) await c.close();
  for (const c of [...children]) {
    c.kill("SIGKILL");
    await ended(c);
  }
}

export async function closeAll() {
  await browser?.close();
  browser = null;
  for (const c of [...children]) c.kill();
}
