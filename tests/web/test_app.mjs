// SPDX-License-Identifier: Apache-2.0
// The page for phones: the app with its key, and the same page without one. Narrow, in three languages, with the keyboard alone.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, cutOff, home, kiosk, open } from "./kit.mjs";

after(closeAll);
afterEach(clear);
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name }).first().click();
const NARROW = { viewport: { width: 390, height: 844 } };
const SMALL = { viewport: { width: 320, height: 640 } };
const SIGN = "PIN of the smartphone's signature certificate";
const AUTH = "PIN of the smartphone's user authentication certificate";
let number = 310000000000000;

/** A phone's certificates and the card that they came from, each in its reader. */
async function pair() {
  const source = String(++number);
  const card = new Card("mynumber", { enrolled: true, number: source });
  const phone = new Card("mynumber-mobile", { enrolled: true, number: "2" + source, source });
  await phone.insert(0);
  await card.insert(1);
  return { card, phone };
}

async function app(more = {}) {
  const agent = new Agent({ mode: "app", config: home(), ...more });
  return agent.start(["--device-key", path.join(agent.home, "phone.pem")]);
}

/** A picture for whoever wants to look: REPIN_PICTURES names the folder. */
async function picture(page, name) {
  if (!process.env.REPIN_PICTURES) return;
  mkdirSync(process.env.REPIN_PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(process.env.REPIN_PICTURES, name + ".png"), fullPage: true });
}

async function good(page) {
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
}

async function register(page) {
  await press(page, "Register this phone");
  await press(page, "Yes, this is my card");
  await page.fill("#first", "ABC123");
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await see(page, "The issuer knows this phone now.");
}

test("a phone is registered by its card, and sets both its PINs", async () => {
  const { card, phone } = await pair();
  const agent = await app();
  const page = await open(agent.url, NARROW);
  await see(page, "This phone is not registered yet");
  await picture(page, "app-1-new.en");
  await good(page);
  await register(page);
  await good(page);
  await press(page, "OK");
  await see(page, "No other PIN is asked.");
  await picture(page, "app-2-list.en");
  await good(page);
  await press(page, "Set a new one: " + SIGN);
  await see(page, "5 of 5 tries left");
  await page.fill("#first", "WRONG1");
  await page.fill("#fresh", "K7W2QX");
  await page.fill("#again", "K7W2QX");
  await press(page, "Set the new PIN");
  await see(page, "One try was used.");
  await see(page, "Nothing was changed on the phone.");
  await picture(page, "app-3-wrong.en");
  await good(page);
  assert.equal(card.pin("sign").tries, 4);
  assert.equal(phone.pin("sign").value, "ABC123");
  await press(page, "Back to the card");
  await press(page, "Set a new one: " + SIGN);
  await page.fill("#first", "ABC123");
  await page.fill("#fresh", "K7W2QX");
  await page.fill("#again", "K7W2QX");
  await picture(page, "app-4-entries.en");
  await good(page);
  await press(page, "Set the new PIN");
  await see(page, "The new PIN is valid from now on.");
  assert.equal(phone.pin("sign").value, "K7W2QX");
  assert.equal(card.pin("sign").value, "ABC123");
  await press(page, "OK");
  await press(page, "Set a new one: " + AUTH);
  await page.fill("#fresh", "7391");
  await page.fill("#again", "7391");
  await press(page, "Set the new PIN");
  await see(page, "The new PIN is valid from now on.");
  assert.equal(phone.pin("auth").value, "7391");
  assert.ok(page.asked.every((u) => u.startsWith(agent.origin)));
  assert.deepEqual(page.complaints, []);
});

test("the card's last try is guarded, and a locked one is told before anything is asked", async () => {
  const { card, phone } = await pair();
  const agent = await app();
  const page = await open(agent.url, NARROW);
  await register(page);
  await press(page, "OK");
  for (let left = 4; left >= 0; left--) {
    await press(page, "Set a new one: " + SIGN);
    await page.fill("#first", "WRONG1");
    await page.fill("#fresh", "K7W2QX");
    await page.fill("#again", "K7W2QX");
    if (left === 0) {
      assert.ok(await page.getByRole("button", { name: "Set the new PIN" }).isDisabled());
      await picture(page, "app-5-last.en");
      await good(page);
      await page.getByRole("checkbox").first().check();
    }
    await press(page, "Set the new PIN");
    await see(page, "One try was used.");
    assert.equal(card.pin("sign").tries, left);
    await press(page, "Back to the card");
  }
  await see(page, "is locked. Reset that one first");
  assert.equal(await page.getByText("elsewhere").count(), 0);
  await picture(page, "app-6-locked.en");
  await good(page);
  assert.equal(phone.pin("sign").value, "ABC123");
});

test("without the card in the other reader the page says so", async () => {
  const { card } = await pair();
  await card.pull();
  const agent = await app();
  const page = await open(agent.url, SMALL);
  await see(page, "on the other reader");
  await good(page);
});

test("the same page without a key is the web, and names the app", async () => {
  await pair();
  const agent = await new Agent({ mode: "app", config: home() }).start();
  const page = await open(agent.url, NARROW);
  await see(page, "This page runs without the key of a phone");
  await see(page, SIGN);
  for (const name of ["Set a new one", "Change", "Register this phone", "Reserve"]) assert.equal(await page.getByRole("button", { name: name + ": " + SIGN }).count(), 0, name);
  await picture(page, "app-7-web.en");
  await good(page);
  await press(page, "Ways back: " + SIGN);
  await see(page, "in the app");
  // Nor does the API do it for a page that asks all the same.
  const told = await page.evaluate(async () => {
    const ask = (job) => fetch("/api/jobs", { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer " + sessionStorage.getItem("repin-key") }, body: JSON.stringify({ job, slot: "auth", reader: "Virtual PCD 00 00", expect: "0000000000000000:", new: "7391" }) });
    return (await ask("device")).status;
  });
  assert.ok(told >= 400, String(told));
});

test("a kiosk sets no PIN of a phone, and names the app", async () => {
  const { phone } = await pair();
  const agent = await new Agent({ mode: "kiosk", reader: "Virtual PCD 00 00", config: kiosk() }).start();
  const page = await open(agent.url, { viewport: { width: 1080, height: 1920 } });
  await see(page, "only in the Mynaportal app on that smartphone");
  await picture(page, "app-10-kiosk.en");
  assert.deepEqual(await axe(page), []);
  assert.equal(phone.pin("sign").value, "ABC123");
});

test("for the card the app opens a reservation, and touches no PIN of it", async () => {
  await pair();
  const agent = await app();
  const page = await open(agent.url, NARROW);
  await register(page);
  await press(page, "OK");
  await page.getByRole("combobox", { name: "Reader" }).selectOption("Virtual PCD 00 01");
  await see(page, "changes nothing on the card");
  for (const name of ["Set a new one", "Change"]) assert.equal(await page.getByRole("button", { name: name + ": PIN of the signature certificate" }).count(), 0, name);
  await press(page, "Reserve a reset at a kiosk: PIN of the signature certificate");
  await press(page, "Yes, this is my card");
  await page.fill("#first", "1234");
  await page.getByRole("button", { name: "Reserve", exact: true }).click();
  await see(page, "The reservation is open.");
  await picture(page, "app-8-reserved.en");
  await good(page);
});

test("with the keyboard alone", async () => {
  const { phone } = await pair();
  const agent = await app();
  const page = await open(agent.url, NARROW);
  await register(page);
  await press(page, "OK");
  const to = async (name) => {
    for (let i = 0; i < 60; i++) {
      if ((await page.evaluate(() => document.activeElement?.getAttribute("aria-label") || document.activeElement?.textContent || "")).startsWith(name)) return page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
    }
    throw new Error("the keyboard does not reach " + name);
  };
  await see(page, "No other PIN is asked.");
  await to("Set a new one: " + AUTH);
  await page.locator("#fresh").waitFor();
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement?.id === "fresh")); i++) await page.keyboard.press("Tab");
  await page.keyboard.type("7391");
  while (!(await page.evaluate(() => document.activeElement?.id === "again"))) await page.keyboard.press("Tab");
  await page.keyboard.type("7391");
  await to("Set the new PIN");
  await see(page, "The new PIN is valid from now on.");
  assert.equal(phone.pin("auth").value, "7391");
});

for (const [lang, seen] of [["ja", "このスマートフォンはまだ登録されていません"], ["zh_TW", "尚未登錄"]])
  test("nothing is cut off at 320 px in " + lang, async () => {
    await pair();
    const agent = await app({ lang });
    const page = await open(agent.url, SMALL);
    await see(page, seen);
    await picture(page, "app-1-new." + lang);
    await good(page);
    await page.locator("main section.care button.main").click();
    await page.locator("main .row button.main").first().click();
    await page.locator("#first").waitFor();
    await picture(page, "app-9-register." + lang);
    await good(page);
  });

