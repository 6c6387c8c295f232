// SPDX-License-Identifier: Apache-2.0
// The pages that repind serves: the operators' console and the holder's receipt, on a real issuer.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { axe, clear, closeAll, cutOff, issuer, open } from "./kit.mjs";

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
const see = (page, text, ms = 8000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
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
  assert.deepEqual(await page.locator("nav.menu button").allTextContents(), ["Offices", "Stopped ways", "Log of the issuer"]);
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
