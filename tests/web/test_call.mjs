// SPDX-License-Identifier: Apache-2.0
// Unlocking a GIDS card by telephone, with a real issuer's help desk at the other end of the line.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, cutOff, home, issuer, open, run, sleep } from "./kit.mjs";

after(closeAll);
afterEach(clear);
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name }).first().click();
const NUMBER = "11223344556677889900AABBCCDDEEFF";
let step = 0;

/** RFC 6238, of a step that has not served. */
function totp(name) {
  const secret = /secret=([A-Z2-7]+)/.exec(readFileSync(path.join(issuer.dir, "operators", name + ".totp"), "utf8"))[1];
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  step = Math.max(Math.floor(Date.now() / 30000) - 1, step + 1);
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(count).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

/** What the help desk reads back. */
function helpDesk(challenge) {
  const conf = path.join(issuer.dir, "desk-of-test.conf"), secrets = path.join(issuer.dir, "desk-of-test");
  writeFileSync(conf, home() + `console-url = "${issuer.console}"\nterminal-certificate-file = "${issuer.desk}"\nterminal-key-file = "${issuer.deskKey}"\n`);
  const password = readFileSync(path.join(issuer.dir, "operators", "help1.password"), "utf8").trim();
  writeFileSync(secrets, `password=${password}\ntotp=${totp("help1")}\nchallenge=${challenge}\n`, { mode: 0o600 });
  return JSON.parse(run("repin", ["helpdesk", "pin", "--json", "--config", conf, "--card", NUMBER, "--reason", "forgotten", "--identified-by", "driving licence", "--operator", "help1",
    "--by-phone", "--secrets-fd", "0"], { input: readFileSync(secrets), stdio: ["pipe", "pipe", "pipe"] }));
}

async function toChallenge(page, pin) {
  await press(page, "Unlock by telephone: ");
  const mine = page.getByRole("button", { name: "Yes, this is my card" });
  if (await mine.isVisible()) await mine.click();
  await see(page, "Have the help desk of the card's issuer on the telephone.");
  await page.fill("#fresh", pin);
  await page.fill("#again", pin);
  await press(page, "Have the card make its challenge");
  await see(page, "Read this to the help desk, group by group");
  return (await page.locator(".groups li > span[aria-hidden]").allTextContents()).join(" ");
}

test("the challenge is shown large, the answer is typed, a wrong group is found, and the PIN is set", async () => {
  const card = new Card("gids", { enrolled: true, number: NUMBER });
  const agent = await new Agent({ config: home() }).start();
  await card.insert();
  const page = await open(agent.url);
  const read = await toChallenge(page, "482193");
  assert.match(read, /^\d{6} \d{6} \d{6} \d{6}$/);
  assert.ok((await page.locator(".groups li").first().evaluate((e) => parseFloat(getComputedStyle(e).fontSize))) >= 32, "large");
  assert.deepEqual(await axe(page), []);
  const heard = helpDesk(read);
  assert.equal(heard.code, null);
  // Somebody loads the page anew meanwhile: the challenge is still there, and the new PIN is not.
  await page.reload();
  await see(page, "Read this to the help desk, group by group");
  assert.equal((await page.locator(".groups li > span[aria-hidden]").allTextContents()).join(" "), read);
  assert.ok(!(await page.content()).includes("482193"));
  const last = heard.response.slice(-1);
  await page.fill("#response", heard.response.slice(0, -1) + ((Number(last) + 1) % 10));
  await press(page, "Set the new PIN with it");
  await see(page, "wrong in group 4");
  assert.ok(await page.evaluate(() => document.activeElement.id === "response"), "the focus is where it is mended");
  assert.deepEqual(await axe(page), []);
  await page.setViewportSize({ width: 320, height: 900 });
  assert.deepEqual(await cutOff(page), []);
  await page.fill("#response", heard.response);
  await page.keyboard.press("Enter");
  await see(page, "Done. The PIN is unlocked, and the new PIN is valid from now on.");
  assert.match(run("repin-card", ["show", "--state", card.state]), / value=482193$/m);
  assert.deepEqual(page.complaints, []);
});

test("an answer to another challenge is refused by the card, and a cancel lets it go", async () => {
  const card = new Card("gids", { number: NUMBER });
  const agent = await new Agent({ config: home() }).start();
  await card.insert();
  const page = await open(agent.url);
  const first = await toChallenge(page, "482193");
  await page.fill("#response", "0011223344556677");
  await press(page, "Set the new PIN with it");
  await see(page, "The card does not take this response.");
  await see(page, "No try was used.");
  await press(page, "Try again");
  const second = await toChallengeAgain(page);
  assert.notEqual(second, first, "a new one each time");
  await press(page, "Cancel");
  await see(page, "Cancelled.");
  await press(page, "Back to the card");
  await see(page, "Choose what you want to do.");
  const told = await page.evaluate(async () => (await fetch("/api/jobs/answer", { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer " + sessionStorage.getItem("repin-key") }, body: '{"job":1,"response":"0011223344556677"}' })).status);
  assert.equal(told, 409, "nothing waits for an answer");
  await sleep(50);
});

async function toChallengeAgain(page) {
  await page.fill("#fresh", "482193");
  await page.fill("#again", "482193");
  await press(page, "Have the card make its challenge");
  await see(page, "Read this to the help desk, group by group");
  return (await page.locator(".groups li > span[aria-hidden]").allTextContents()).join(" ");
}
