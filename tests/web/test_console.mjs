// SPDX-License-Identifier: Apache-2.0
// The pages that repind serves: the operators' console and the holder's receipt, on a real issuer.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, cutOff, home, issuer, kiosk, open, run } from "./kit.mjs";

const operators = path.join(issuer.dir, "operators"), consoleUrl = process.env.REPIN_ISSUER_CONSOLE;
const SHOTS = process.env.REPIN_SHOTS || "";
const used = {};
after(closeAll);
afterEach(clear);

/** RFC 6238, of a step that has not served. The server takes the step before, now, and the next one. */
async function totp(name) {
  const secret = /secret=([A-Z2-7]+)/.exec(readFileSync(path.join(operators, name + ".totp"), "utf8"))[1];
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  let step;
  for (;;) {
    const now = Math.floor(Date.now() / 30000);
    step = Math.max(now - 1, (used[name] || 0) + 1);
    if (step <= now + 1) break;
    await new Promise((r) => setTimeout(r, 500));
  }
  used[name] = step;
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(at).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

const password = (name) => readFileSync(path.join(operators, name + ".password"), "utf8").trim();
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const openPage = (at, more = {}) => open(at, { ignoreHTTPSErrors: true, ...more });

async function shot(page, name) {
  if (!SHOTS) return;
  if (!existsSync(SHOTS)) mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, name + ".png"), fullPage: true });
}

async function signedIn(name, more = {}) {
  const page = await openPage(consoleUrl + "/console", more);
  await page.fill("#name", name);
  await page.fill("#password", password(name));
  await page.fill("#totp", await totp(name));
  await page.keyboard.press("Enter");
  await page.locator("nav.menu").waitFor();
  return page;
}

test("a wrong one-time password is refused in words, and the right one signs in; a reload stays in, sign out ends it", async () => {
  const page = await openPage(consoleUrl + "/console");
  await page.fill("#name", "admin1");
  await page.fill("#password", password("admin1"));
  await page.fill("#totp", "12");
  await press(page, "Sign in");
  await see(page, "The one-time password has 6 digits. Nothing was sent.");
  await page.fill("#totp", "000000");
  await press(page, "Sign in");
  await see(page, "Name, password or one-time password are not right.");
  assert.equal(await page.inputValue("#password"), "", "the password is blanked");
  assert.deepEqual(await axe(page), []);
  await page.fill("#password", password("admin1"));
  await page.fill("#totp", await totp("admin1"));
  await press(page, "Sign in");
  await see(page, "Signed in: admin1");
  await page.reload();
  await see(page, "Signed in: admin1");
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage));
  assert.ok(!stored.includes(password("admin1")), "no password is kept");
  await press(page, "Sign out");
  await page.locator("#totp").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem("repin-session")), null);
  const origin = new URL(consoleUrl).origin;
  assert.deepEqual(page.asked.filter((u) => !u.startsWith(origin)), [], "nothing but the issuer is asked");
});

test("every list, filtered and as CSV; the log verifies; a forged seal is refused", async () => {
  const page = await signedIn("admin1", { acceptDownloads: true });
  for (const [name, has] of [["Approvals", ""], ["Terminals", "kiosk-1"], ["Groups of terminals", "desk"], ["Operators", "help1"], ["Offices", "inagi"], ["Stopped ways", ""]]) {
    await press(page, name);
    await page.locator("#view", { hasText: name }).waitFor();
    await page.getByText(/\d+ of \d+ rows/).waitFor();
    if (has) await page.locator("td", { hasText: has }).first().waitFor();
    assert.deepEqual(await axe(page), [], name);
    await shot(page, "list-" + name.split(" ")[0].toLowerCase());
  }
  await press(page, "Operators");
  await page.locator("td", { hasText: "help1" }).waitFor();
  await page.fill("#filter-operators", "help desk");
  await see(page, "1 of ");
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "Save as CSV")]);
  const rows = readFileSync(await file.path(), "utf8").trim().split("\r\n");
  assert.equal(rows.length, 2);
  assert.match(rows[0], /Name,Roles,Office/);
  assert.match(rows[1], /^help1,help desk,/);

  await press(page, "Log of the issuer");
  await see(page, "The log verifies.");
  await shot(page, "log");
  await press(page, "Check the log");
  await see(page, "The seal is right, and everything that this browser has seen sealed before");
  assert.deepEqual(await axe(page), []);
  // One digit of the size, then one bit of the signature.
  for (const forge of [(n) => n.replace(/\n(\d+)\n/, (_, d) => `\n${Number(d) + 1}\n`), (n) => n.replace(/(.{8})(.)(.*)\n$/, (_, a, c, z) => a + (c === "A" ? "B" : "A") + z + "\n")]) {
    await page.route("**/v1/log/checkpoint", async (r) => {
      const real = await r.fetch();
      await r.fulfill({ response: real, body: forge(await real.text()) });
    });
    await press(page, "Check the log");
    await see(page, "The log does NOT verify.");
    await see(page, "not signed with the log's key");
    await page.unroute("**/v1/log/checkpoint");
  }
  await shot(page, "log-forged");
});

test("a clerk sees what a clerk may read, and nothing else", async () => {
  const page = await signedIn("clerk1");
  assert.deepEqual(await page.locator("nav.menu button").allTextContents(), ["Cases", "Cards", "Offices", "Stopped ways", "Log of the issuer"]);
});

test("the receipt's page needs no sign-in: a mistyped number is found before anybody is asked, an unknown one is told; both addresses have it", async () => {
  for (const at of [issuer.url, consoleUrl]) {
    const page = await openPage(at + "/receipt");
    await page.fill("#number", "0000-0000-0000-0000-0000-1");
    await page.keyboard.press("Enter");
    await see(page, "This is no receipt's number");
    assert.equal(page.asked.filter((u) => u.includes("/v1/")).length, 0, "nobody was asked");
    await page.fill("#number", "0000-0000-0000-0000-0000-0");
    await page.keyboard.press("Enter");
    await see(page, "There is nothing with this number.");
  }
});

test("axe finds nothing in three languages, light and dark, and at 320 pixels nothing is cut off", async () => {
  for (const [at, ready] of [[consoleUrl + "/console", "#totp"], [issuer.url + "/receipt", "#number"]])
    for (const colorScheme of ["light", "dark"]) {
      const page = await openPage(at, { viewport: { width: 320, height: 800 }, colorScheme });
      await page.locator(ready).waitFor();
      for (const name of ["English", "日本語", "繁體中文"]) {
        await press(page, name);
        await page.locator(`button[aria-pressed=true]`, { hasText: name }).waitFor();
        assert.deepEqual(await axe(page), [], `${at} ${name} ${colorScheme}`);
        assert.deepEqual(await cutOff(page), [], `${at} ${name}`);
        await shot(page, `${new URL(at).pathname.slice(1)}-${name}-${colorScheme}`);
      }
    }
});

test("signed in: every page in three languages, light and dark, narrow, and by the keyboard alone", async () => {
  const page = await signedIn("admin1");
  const menu = page.locator("nav.menu button"), pages = await menu.count();
  assert.ok(pages > 9, String(pages));
  for (let n = 0; n < pages; n++) {
    const name = await menu.nth(n).textContent();
    for (let tabs = 0; !(await menu.nth(n).evaluate((e) => e === document.activeElement)); tabs++) {
      assert.ok(tabs < 200, "the keyboard does not reach " + name);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.locator("#view", { hasText: name }).waitFor();
  }
  for (const [name, colorScheme] of [["English", "dark"], ["日本語", "light"], ["日本語", "dark"], ["繁體中文", "light"], ["繁體中文", "dark"]]) {
    await page.emulateMedia({ colorScheme });
    await press(page, name);
    await page.locator("button[aria-pressed=true]", { hasText: name }).waitFor();
    for (let n = 0; n < pages; n++) {
      await page.setViewportSize({ width: 1100, height: 900 });
      await menu.nth(n).click();
      const title = await menu.nth(n).textContent();
      await page.locator("#view", { hasText: title }).waitFor();
      await page.locator("#view [role=status]").filter({ hasText: /^(One moment|少しお待ち|請稍)/ }).waitFor({ state: "detached" });
      assert.deepEqual(await axe(page), [], `${title} ${colorScheme}`);
      await page.setViewportSize({ width: 320, height: 800 });
      assert.deepEqual(await cutOff(page), [], `${title} ${name}`);
      await shot(page, `small-${n}-${name}-${colorScheme}`);
    }
  }
});

test("the log has grown since this browser saw it, and the proof of that is worked out here; one that is not right is told", async () => {
  const page = await signedIn("admin1");
  const check = async (text) => {
    await press(page, "Check the log");
    await see(page, text);
  };
  const size = async () => Number(await page.locator("dl.facts dd").nth(1).textContent());
  await press(page, "Log of the issuer");
  await see(page, "The log verifies.");
  const before = await size();
  await (await signedIn("help1")).context().close(); // an entry, sealed within a second or two
  await page.waitForTimeout(1500);
  // One bit of one hash of the proof.
  await page.route("**/v1/log/consistency/**", async (r) => {
    const real = await r.fetch();
    await r.fulfill({ response: real, body: (await real.text()).replace(/([A-Za-z0-9+/]{42})([A-Za-z0-9+/])(=)/, (_, a, c, z) => a + (c === "A" ? "E" : "A") + z) });
  });
  for (let k = 0; k < 20 && !(await page.getByText("The log does NOT verify.").isVisible()); k++) {
    await press(page, "Check the log");
    await page.getByText(/The log (verifies|does NOT verify)\./).waitFor();
    await page.waitForTimeout(300);
  }
  await see(page, "The log does NOT verify.");
  await page.unroute("**/v1/log/consistency/**");
  await check("The seal is right, and everything that this browser has seen sealed before");
  assert.ok((await size()) > before, `${before} and ${await size()}`);
});

/** A command of the holder's or the kiosk's, with its secrets. */
function repin(conf, secrets, ...args) {
  const file = path.join(issuer.dir, "console-test.conf");
  writeFileSync(file, conf);
  return JSON.parse(run("repin", ["--json", "--config", file, "--secrets-fd", "0", ...args], { input: secrets, stdio: ["pipe", "pipe", "pipe"] }));
}

test("a reset at the kiosk: its case with evidence and history, its card, its place in the plots, and its receipt", async () => {
  const number = "400000000000001";
  const card = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number });
  await card.insert();
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00" }).start();
  const at = await open(agent.url);
  await at.getByRole("button", { name: "Reserve a reset at a kiosk: PIN of the signature certificate" }).click();
  await press(at, "Yes, this is my card");
  await at.fill("#first", "1234");
  await at.selectOption("#cause", "typed-wrong");
  assert.deepEqual(await axe(at), []);
  await shot(at, "cause");
  await press(at, "Reserve");
  await see(at, "The reservation is open.");
  const done = repin(kiosk(), "other=1234\nnew=KI7Z5Q\n", "reset", "sign");

  const page = await signedIn("admin1", { acceptDownloads: true });
  await press(page, "Cases");
  await page.locator("td", { hasText: number }).waitFor();
  await page.locator("td", { hasText: "typed wrong" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "cases");
  await page.fill("#wanted", done.receipt);
  await page.selectOption("#state", "done");
  await press(page, "Search");
  await page.getByText("1 of 1 rows").waitFor();
  await page.locator("tbody button").first().click();
  await see(page, "History in the log");
  await page.locator("td", { hasText: done.receipt }).first().waitFor();
  assert.ok((await page.locator("section", { hasText: "Evidence" }).locator("tbody tr").count()) > 0);
  assert.deepEqual(await axe(page), []);
  await shot(page, "case");

  await press(page, "Cards");
  await page.fill("#number", "400000000000009");
  await press(page, "Search");
  await see(page, "The issuer knows no card of this number.");
  await page.fill("#number", number);
  await press(page, "Search");
  await see(page, "in use");
  await page.locator("td", { hasText: "done" }).first().waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "card");

  await press(page, "Statistics");
  await page.locator(".plot canvas").waitFor();
  assert.ok((await page.locator("#counts tbody tr").count()) > 0);
  const drawn = await page.locator(".plot canvas").evaluate((c) => new Set(c.getContext("2d").getImageData(0, 0, c.width, c.height).data).size);
  assert.ok(drawn > 8, "something is drawn");
  assert.deepEqual(await axe(page), []);
  await shot(page, "resets");
  await page.selectOption("#what", "lock-outs");
  await press(page, "Show");
  await page.locator("#counts td", { hasText: "mynumber sign" }).waitFor();
  await page.locator("#counts th", { hasText: "typed wrong" }).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "Save as CSV")]);
  assert.match(readFileSync(await file.path(), "utf8"), /mynumber sign/);
  await shot(page, "lock-outs");
  await page.selectOption("#what", "waiting");
  await press(page, "Show");
  await page.locator("h3", { hasText: "Waiting at counters" }).waitFor();
  await page.fill("#from", "2026-01-01");
  await press(page, "Show");
  await see(page, "at most 92 days");
  for (const url of page.asked) assert.match(url, /^https:\/\/127\.0\.0\.1:|^blob:/);

  const lookup = await openPage(issuer.url + "/receipt");
  await lookup.fill("#number", done.receipt);
  await lookup.keyboard.press("Enter");
  // The seal comes once a second.
  const good = lookup.getByText("It verifies.", { exact: false }).first();
  for (let k = 0; k < 20 && !(await good.isVisible()); k++) {
    await press(lookup, "Look it up");
    await lookup.waitForTimeout(500);
  }
  await good.waitFor();
  assert.deepEqual(await axe(lookup), []);
  await shot(lookup, "receipt-good");
  // One digit of the entry changed on the way.
  await lookup.route("**/v1/log/receipts/*", async (r) => {
    const real = await r.fetch();
    const told = await real.json();
    await r.fulfill({ response: real, json: { ...told, entry: told.entry.replace("kiosk-1", "kiosk-2") } });
  });
  await press(lookup, "Look it up");
  await see(lookup, "the entry is not the one that was sealed in the log");
});

test("two thousand cards from a file: bad lines are told, it is stopped, an answer is lost, it goes on, and nothing is enrolled twice", async () => {
  const begin = 800000000000, lines = [];
  for (let n = 0; n < 2000; n++) lines.push(JSON.stringify({ profile: "hicos", number: String(begin + n) }));
  lines.splice(1500, 0, "no json", '{"profile":"hicos"}', '[1]', "", '{"profile":"mynumber-mobile","number":"7","source":"8"}');
  const file = path.join(issuer.dir, "cards.jsonl");
  writeFileSync(file, lines.join("\r\n"));
  const page = await signedIn("admin1", { acceptDownloads: true });
  await press(page, "Enrol cards");
  await page.setInputFiles("#cards-file", file);
  await see(page, "cards.jsonl holds 2002 cards.");
  await see(page, "Lines that were refused: 2");
  assert.deepEqual(await axe(page), []);
  await shot(page, "enrol-seen");
  let pieces = 0;
  await page.route("**/v1/operator/cards/enrol", async (route) => {
    pieces++;
    if (pieces === 3) await press(page, "Stop");
    if (pieces !== 6) return route.continue();
    await route.fetch(); // the issuer has it; its answer is lost
    return route.abort();
  });
  const began = Date.now();
  await press(page, "Enrol 2002 cards");
  await see(page, "Stopped. What was enrolled stays enrolled");
  assert.equal(await page.locator("#enrolled").textContent(), "300");
  assert.deepEqual(await axe(page), []);
  await press(page, "Go on");
  await page.getByRole("alert").filter({ hasText: "no card is enrolled twice" }).waitFor();
  await shot(page, "enrol-stopped");
  await press(page, "Go on");
  await see(page, "The whole file was sent.", 60000);
  console.log(`# ${Math.round(2000 / ((Date.now() - began) / 1000))} cards a second through the page`);
  assert.equal(await page.locator("#enrolled").textContent(), "1900");
  assert.equal(await page.locator("#there").textContent(), "100");
  assert.equal(await page.locator("#refused").textContent(), "4");
  assert.deepEqual(await page.locator("table tbody tr > :first-child").allTextContents(), ["1501", "1502", "1503", "1505"]);
  assert.deepEqual(await axe(page), []);
  await shot(page, "enrol-done");
  const [csv] = await Promise.all([page.waitForEvent("download"), press(page, "Save as CSV")]);
  assert.match(readFileSync(await csv.path(), "utf8"), /1502/);
  await press(page, "Cards");
  await page.fill("#number", String(begin + 1999));
  await press(page, "Search");
  await see(page, "in use");
  await page.context().close();
});
