// SPDX-License-Identifier: Apache-2.0
// With a real issuer: a reservation at home and the kiosk's page, the user code, and what a kiosk says and forgets.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, cutOff, home, issuer, kiosk, open, place, sleep } from "./kit.mjs";

after(closeAll);
afterEach(clear);
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name }).first().click();
const HICOS_KEY = "repin test transport key";
const PORTRAIT = { viewport: { width: 1080, height: 1920 } };
const KIOSK = { mode: "kiosk", reader: "Virtual PCD 00 01" };
let number = 200000000000000;

const mine = () => new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number: String(++number) });

async function keys(page, text) {
  for (const k of text) await page.locator(".keys").getByRole("button", { name: k, exact: true }).click();
}

async function reserve(page, button, other) {
  await page.getByRole("button", { name: button }).click();
  await press(page, "Yes, this is my card");
  await page.fill("#first", other);
  await page.getByRole("button", { name: "Reserve", exact: true }).click();
  await see(page, "The reservation is open.");
}

test("reserved at home by the other PIN, reset at the kiosk, and nothing is left there", async () => {
  const card = mine();
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00" }).start();
  await card.insert();
  const page = await open(agent.url);
  await reserve(page, "Reserve a reset at a kiosk: PIN of the signature certificate", "1234");
  await see(page, "It is valid for 24 hours");
  assert.deepEqual(await axe(page), []);
  await card.pull();

  const shop = await new Agent({ ...KIOSK, config: kiosk() }).start();
  const screen = await open(shop.url, PORTRAIT);
  await see(screen, "Put your card on the reader.");
  assert.deepEqual(await axe(screen), []);
  await card.insert(1);
  await see(screen, "Your reservation was found");
  await see(screen, "Time left: 24 hours");
  assert.deepEqual(await axe(screen), []);
  await press(screen, "Begin");
  await keys(screen, "1234");
  assert.deepEqual(await axe(screen), []);
  assert.deepEqual(await cutOff(screen), []);
  await press(screen, "Next");
  await keys(screen, "KI7Z5Q");
  await press(screen, "Next");
  await keys(screen, "KI7Z5X");
  await press(screen, "Next");
  await see(screen, "The two entries differ.");
  // The slip may have been in the first of the two.
  await press(screen, "Back");
  await keys(screen, "KI7Z5Q");
  await press(screen, "Next");
  await keys(screen, "KI7Z5Q");
  await press(screen, "Next");
  await see(screen, "Done. The new PIN is valid from now on.", 15000);
  await see(screen, "Receipt:");
  await see(screen, "Take your card.");
  await card.pull();
  await press(screen, "OK");
  await see(screen, "Put your card on the reader.");
  const left = await screen.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.documentElement.outerHTML, document.cookie]));
  for (const word of ["1234", "KI7Z5Q", String(number), "Receipt"]) assert.ok(!left.includes(word), word);
  // A page that comes new at the kiosk is told nothing of the last person either.
  await screen.reload();
  await see(screen, "Put your card on the reader.");
  assert.ok(!(await screen.content()).includes(String(number)));
  assert.deepEqual(screen.complaints, []);
  for (const url of [...page.asked, ...screen.asked]) assert.match(url, /^http:\/\/127\.0\.0\.1:/);
});

test("a kiosk without a reservation names the way; a locked other PIN and a card of somebody else too", async () => {
  const shop = await new Agent({ ...KIOSK, config: kiosk() }).start();
  const screen = await open(shop.url, PORTRAIT);
  const card = mine();
  await card.insert(1);
  await see(screen, "reservation");
  await see(screen, "No try was used.");
  await see(screen, "Your way:");
  assert.deepEqual(await axe(screen), []);
  await card.pull();
  const stranger = new Card("openpgp");
  await stranger.insert(1);
  await see(screen, "Take your card.");
  await stranger.pull();
  await see(screen, "Put your card on the reader.");
});

test("the card is taken away in the middle: what was typed is gone", async () => {
  const card = mine();
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00" }).start();
  await card.insert();
  const page = await open(agent.url);
  await reserve(page, "Reserve a reset at a kiosk: PIN of the user authentication certificate", "ABC123");
  await card.pull();
  const shop = await new Agent({ ...KIOSK, config: kiosk() }).start();
  const screen = await open(shop.url, PORTRAIT);
  await card.insert(1);
  await press(screen, "Begin");
  await keys(screen, "ABC1");
  await card.pull();
  await see(screen, "Put your card on the reader.");
  assert.ok(!(await screen.content()).includes("ABC1"));
  // The reservation is still there.
  await card.insert(1);
  await press(screen, "Begin");
  assert.equal(await screen.inputValue("#entry"), "");
});

/** Goes on with Tab until what has the focus begins with these words. */
async function reach(page, name) {
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate((n) => (document.activeElement.getAttribute("aria-label") || document.activeElement.id || document.activeElement.textContent).startsWith(n), name)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("the keyboard does not reach " + name);
}

test("by the keyboard alone: ways back, a reservation, and the kiosk", async () => {
  const card = mine();
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00" }).start();
  await card.insert();
  const page = await open(agent.url);
  await see(page, "5 of 5 tries left");
  await reach(page, "Ways back: PIN of the signature certificate");
  await page.keyboard.press("Enter");
  await see(page, "Do you know it for sure?");
  await reach(page, "Yes");
  await page.keyboard.press("Enter");
  await reach(page, "Back");
  await page.keyboard.press("Enter");
  await see(page, "5 of 5 tries left");
  await reach(page, "Reserve a reset at a kiosk: PIN of the signature certificate");
  await page.keyboard.press("Enter");
  await reach(page, "Yes, this is my card");
  await page.keyboard.press("Enter");
  await reach(page, "first");
  await page.keyboard.type("1234");
  await reach(page, "Reserve");
  await page.keyboard.press("Enter");
  await see(page, "The reservation is open.");
  await card.pull();
  const shop = await new Agent({ ...KIOSK, config: kiosk() }).start();
  const screen = await open(shop.url, PORTRAIT);
  await card.insert(1);
  await see(screen, "Your reservation was found");
  await reach(screen, "Begin");
  await screen.keyboard.press("Enter");
  for (const entry of ["1234", "KI7Z5Q", "KI7Z5Q"]) {
    await screen.locator("#entry").waitFor();
    await reach(screen, "entry");
    await screen.keyboard.type(entry);
    await screen.keyboard.press("Enter");
    await sleep(150);
  }
  await see(screen, "Done. The new PIN is valid from now on.", 15000);
});

test("HiCOS: a wrong user code is counted at the issuer, the right one sets the PIN", async () => {
  const { createHash } = await import("node:crypto");
  const { writeFileSync } = await import("node:fs");
  const key = `${place}/hicos.key`;
  writeFileSync(key, createHash("sha256").update(HICOS_KEY).digest("hex").slice(0, 48) + "\n", { mode: 0o600 });
  const card = new Card("hicos", { enrolled: true, number: "XC00000000091350", code: "Code12" });
  const agent = await new Agent({ config: home() + `hicos-transport-key-file = "${key}"\n` }).start();
  await card.insert();
  const page = await open(agent.url);
  await see(page, "Never use “Unlock PIN” of SafeSign");
  const again = async (code) => {
    await page.getByRole("button", { name: "Set a new one: PIN of the card" }).click();
    const mineIs = page.getByRole("button", { name: "Yes, this is my card" });
    if (await mineIs.isVisible()) await mineIs.click();
    await page.fill("#first", code);
    await page.fill("#fresh", "739164");
    await page.fill("#again", "739164");
    await press(page, "Set the new PIN");
  };
  await again("Wrong9");
  await see(page, "The user code is wrong. 2 tries are left");
  await see(page, "One try of the code was used at the issuer, none on the card.");
  assert.deepEqual(await axe(page), []);
  await press(page, "Back to the card");
  await again("Code12");
  await see(page, "Done. The new PIN is valid from now on.");
  await see(page, "Receipt:");
});

test("the issuer goes away before a reservation and comes back: nothing was changed, and then it works", async () => {
  const net = await import("node:net");
  const far = Number(new URL(issuer.url).port);
  const links = new Set();
  const line = net.createServer((near) => {
    const on = net.connect(far, "127.0.0.1");
    for (const [a, b] of [[near, on], [on, near]]) {
      links.add(a);
      a.pipe(b);
      a.on("error", () => b.destroy());
    }
  });
  const listen = (port) => new Promise((r) => line.listen(port, "127.0.0.1", r));
  const hangUp = () => new Promise((r) => {
    for (const l of links) l.destroy();
    line.close(r);
  });
  await listen(0);
  const port = line.address().port;
  const card = mine();
  const agent = await new Agent({ config: home().replace(issuer.url, `https://127.0.0.1:${port}`) }).start();
  await card.insert();
  const page = await open(agent.url);
  const button = page.getByRole("button", { name: "Reserve a reset at a kiosk: PIN of the signature certificate" });
  await button.click();
  await press(page, "Yes, this is my card");
  await hangUp();
  await page.fill("#first", "1234");
  await page.getByRole("button", { name: "Reserve", exact: true }).click();
  await see(page, "No try was used.", 40000);
  await press(page, "Back to the card");
  await see(page, "The issuer cannot be reached", 15000);
  await listen(port);
  await card.pull();
  await card.insert();
  await button.click();
  const again = page.getByRole("button", { name: "Yes, this is my card" });
  if (await again.isVisible()) await again.click();
  await page.fill("#first", "1234");
  await page.getByRole("button", { name: "Reserve", exact: true }).click();
  await see(page, "The reservation is open.", 15000);
  await hangUp();
});

test("the issuer is away: said, and the rest works", async () => {
  const card = mine();
  const agent = await new Agent({ config: 'issuer-url = "https://127.0.0.1:9"\n' }).start();
  await card.insert();
  const page = await open(agent.url);
  await see(page, "The issuer cannot be reached; what it knows of this card is missing here.");
  await see(page, "5 of 5 tries left");
  await sleep(100);
});
