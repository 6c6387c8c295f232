// SPDX-License-Identifier: Apache-2.0
// Cards in states that are rare: unknown, mute, one try from their end, with two ways, with a code that is blocked at the issuer.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, cutOff, home, issuer, open, run } from "./kit.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "repin-states-"));
after(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(clear);
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name }).first().click();
/** Another program of another user spends a try. */
const elsewhere = (command, lines) => {
  try {
    run("repin", ["--json", "--last-try", "--secrets-fd", "0", command, "pin"], { input: lines, stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, XDG_STATE_HOME: folder } });
  } catch (e) {
    assert.ok([4, 5].includes(e.status), e.stdout);
  }
};

async function clean(page) {
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
  assert.deepEqual(page.complaints, []);
}

test("a card that no profile knows is told as that, and nothing is asked for", async () => {
  const agent = await new Agent().start();
  const page = await open(agent.url);
  const card = new Card("piv");
  await card.insert(0, Array.from({ length: 80 }, (_, n) => `apdu ${n + 1} instead 6D00`).join("\n") + "\n");
  await see(page, "This card cannot be used here.");
  await see(page, "Nothing that could spend a try was sent to the card.");
  assert.equal(await page.locator("input").count(), 0);
  await clean(page);
});

test("a mute card is told in seconds, with what to do, and a card put in after it is shown", async () => {
  const agent = await new Agent().start();
  const page = await open(agent.url);
  const card = new Card("piv");
  await card.insert(0, Array.from({ length: 80 }, (_, n) => `apdu ${n + 1} mute`).join("\n") + "\n", false);
  await see(page, "The card does not answer. Take it out, turn it over, and put it in again.", 12000);
  assert.equal(await page.locator("input").count(), 0);
  await clean(page);
  await card.pull();
  await see(page, "Put your card into the reader.", 15000);
  await new Card("piv").insert();
  await see(page, "PIV PIN", 15000);
});

test("AOSign: the last try of the letter is the card's last, said in words and asked for twice", async () => {
  const card = new Card("aosign");
  await card.insert();
  for (let k = 0; k < 10; k++) elsewhere("change", `current=Wrong99${k}\nnew=Kq83Zr71\n`);
  for (let k = 0; k < 9; k++) elsewhere("unlock", `letter=Wrong99${k}\nnew=Kq83Zr71\n`);
  const agent = await new Agent().start();
  const page = await open(agent.url);
  await page.getByRole("button", { name: /^Unlock/ }).click();
  await press(page, "Yes, this is my card");
  await see(page, "1 of 10 tries left");
  for (const [at, text] of [["#first", "Wrong999"], ["#fresh", "Kq83Zr71"], ["#again", "Kq83Zr71"]]) await page.fill(at, text);
  const set = page.getByRole("button", { name: "Set the new PIN" });
  assert.ok(await set.isDisabled());
  await clean(page);
  await page.getByText("If my entry is wrong, the card is useless for good. I am sure of my entry.").click();
  assert.ok(await set.isEnabled());
  await set.click();
  await see(page, "dead", 12000).catch(() => see(page, "useless"));
  await press(page, "Back to the card");
  await see(page, "0 of 10 tries left");
  await page.getByRole("button", { name: /^Ways back/ }).first().click();
  await see(page, "new card");
  await clean(page);
});

test("OpenPGP: unlocked with the resetting code, and with the admin PIN", async () => {
  const card = new Card("openpgp", { pins: "rc=87654321" });
  await card.insert();
  const agent = await new Agent().start();
  const page = await open(agent.url);
  for (const [way, secret] of [["resetting code", "87654321"], ["admin PIN", "12345678"]]) {
    await page.getByRole("button", { name: "Unlock: user PIN (PW1)" }).click();
    const mine = page.getByRole("button", { name: "Yes, this is my card" });
    if (await mine.isVisible()) await mine.click();
    await page.getByRole("radio", { name: way }).check();
    await page.fill("#first", secret);
    await page.fill("#fresh", "592837");
    await page.fill("#again", "592837");
    await clean(page);
    await press(page, "Set the new PIN");
    await see(page, "Done.");
    await press(page, "OK");
  }
});

test("HiCOS: three wrong user codes block the code, not the card; a letter's code sets a new one, and that a new PIN", async () => {
  const key = path.join(folder, "hicos.key");
  writeFileSync(key, createHash("sha256").update("repin test transport key").digest("hex").slice(0, 48) + "\n", { mode: 0o600 });
  const number = "XC00000000091377";
  const card = new Card("hicos", { enrolled: true, number, code: "Code12" });
  const agent = await new Agent({ config: home() + `hicos-transport-key-file = "${key}"\n` }).start();
  await card.insert();
  const page = await open(agent.url);
  const enter = async (code, last) => {
    await page.getByRole("button", { name: "Set a new one: PIN of the card" }).click();
    const mine = page.getByRole("button", { name: "Yes, this is my card" });
    if (await mine.isVisible()) await mine.click();
    await page.fill("#first", code);
    await page.fill("#fresh", "739164");
    await page.fill("#again", "739164");
    if (last) await page.getByText("I am sure of my entry.").click();
    await press(page, "Set the new PIN");
  };
  for (const code of ["Wrong1", "Wrong2", "Wrong3"]) {
    await enter(code, code === "Wrong3");
    await see(page, code === "Wrong3" ? "blocked" : "none on the card");
    if (code !== "Wrong3") await press(page, "Back to the card");
  }
  await clean(page);
  await press(page, "Back to the card");
  const letter = run("repind", ["--config", issuer.dir, "usercode", "reset", "--profile", "hicos", "--card", number]).trim().split(/\s+/).at(-1);
  await press(page, "Set a new one: user code");
  const mine = page.getByRole("button", { name: "Yes, this is my card" });
  if (await mine.isVisible()) await mine.click();
  await page.getByRole("radio").last().check();
  await page.fill("#first", letter);
  await page.fill("#fresh", "Neu123");
  await page.fill("#again", "Neu123");
  await clean(page);
  await press(page, "Set the new user code");
  await see(page, "Receipt:");
  await press(page, "OK");
  await enter("Neu123");
  await see(page, "Done. The new PIN is valid from now on.");
});
