// SPDX-License-Identifier: Apache-2.0
// `make play`, walked as somebody who has never seen it: the locked PIN of a practice card gets a new one. Clicks and words are counted.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { axe, closeAll, cutOff, open, sleep } from "./kit.mjs";

let play, page, place;
before(async () => {
  place = mkdtempSync("/tmp/repin-play-");
  play = spawn("tools/play", ["--print", "--lang", "en"], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TMPDIR: place } });
  let said = "";
  const url = await new Promise((resolve, reject) => {
    const hear = (d) => (said += d) && /http\S+/.test(said) && resolve(/http\S+/.exec(said)[0]);
    play.stdout.on("data", hear);
    play.stderr.on("data", (d) => (said += d));
    play.on("exit", () => reject(new Error("practice ended: " + said)));
  });
  page = await open(url);
  await see(page, "These cards are not real.");
});
after(async () => {
  await closeAll();
  play?.kill();
  rmSync(place, { recursive: true, force: true });
});

const see = (page, text, ms = 15000) =>
  page.getByText(text, { exact: false }).first().waitFor({ timeout: ms }).catch(async () => assert.fail(`"${text}" is not in: ${await page.locator("main").innerText()}`));
const press = (page, name) => page.getByRole("button", { name }).first().click();
const card = (title) => page.locator(".cards > li").filter({ has: page.getByText(title, { exact: true }) });
const trouble = async (c, name) => {
  const button = c.getByRole("button", { name, exact: true });
  if (!(await button.isVisible())) await c.getByText("Make trouble").click();
  await button.click();
};
afterEach(async () => {
  // What one test shows must not be in the way of the next.
  for (const name of ["OK", "Back to the card"]) if (await page.getByRole("button", { name, exact: true }).isVisible()) await press(page, name);
});
/** A new card of this family in the holder's reader, with its PINs on screen. */
async function fresh(title) {
  for (const out of await page.locator(".cards").getByRole("button", { name: "Take out" }).all()) await out.click();
  await see(page, "Put your card into the reader.");
  await trouble(card(title), "A new card");
  await card(title).getByRole("button", { name: "Put in" }).click();
  await page.locator(".pin").first().waitFor({ timeout: 15000 });
}
async function mine(page) {
  const yes = page.getByRole("button", { name: "Yes, this is my card" });
  if (await yes.isVisible()) await yes.click();
}
async function keys(screen, text) {
  for (const k of text) await screen.locator(".keys").getByRole("button", { name: k, exact: true }).click();
}

/** What is to be read on the way: the words of the page's main part beside the panel. */
const words = (page) => page.evaluate(() => {
  const copy = document.querySelector("main").cloneNode(true);
  for (const e of copy.querySelectorAll(".panel, .hidden, nav, details > :not(summary)")) e.remove();
  return copy.innerText.split(/\s+/).filter(Boolean).length;
});

test("a locked practice card gets a new PIN without help", { timeout: 120000 }, async () => {
  let clicks = 0, read = 0;
  const click = async (locator) => {
    read += await words(page);
    await locator.click();
    clicks++;
  };
  await card("AOSign").getByRole("button", { name: "Put in" }).click();
  await see(page, "PIN of the AOSign card");
  await trouble(card("AOSign"), "Lock pin");
  await see(page, "Locked: PIN of the AOSign card.");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
  // From here on it is the person's way.
  await click(page.getByRole("button", { name: "Unlock: PIN of the AOSign card" }));
  await click(page.getByRole("button", { name: "Yes, this is my card" }));
  await page.fill("#first", "12345678");
  await page.fill("#fresh", "Kq83Zr71");
  await page.fill("#again", "Kq83Zr71");
  await click(page.getByRole("button", { name: "Set the new PIN" }));
  await see(page, "Done. The PIN is unlocked");
  console.log(`# walk: ${clicks} clicks, ${read} words to read`);
  assert.ok(clicks <= 3 && read <= 300, `${clicks} clicks, ${read} words`);
  await press(page, "OK");
});

test("another program uses up one try, and all of them; a new card has them again", async () => {
  await fresh("AOSign");
  await see(page, "10 of 10 tries left");
  await trouble(card("AOSign"), "Use up one try of pin");
  await see(page, "9 of 10 tries left");
  await see(page, "1 try was used elsewhere since");
  await trouble(card("AOSign"), "Lock everything on this card");
  await page.locator(".lamp.dead").first().waitFor({ timeout: 15000 });
  assert.equal(await page.getByRole("button", { name: /^Unlock/ }).count(), 0);
  assert.deepEqual(await axe(page), []);
  await fresh("AOSign");
  await see(page, "10 of 10 tries left");
});

test("every family can be put in, and shows its PINs", async () => {
  for (const [title, pin] of [["HiCOS", "PIN of the card"], ["PIV", "PUK"], ["OpenPGP", "PW1"], ["GIDS (Windows)", "PIN"], ["My Number, smartphone", "signature certificate"], ["My Number Card", "signature certificate"]]) {
    await card(title).getByRole("button", { name: "Put in" }).click();
    await card(title).getByRole("button", { name: "Take out" }).waitFor();
    await page.locator(".pin h3", { hasText: pin }).first().waitFor({ timeout: 15000 });
    await card(title).getByRole("button", { name: "Take out" }).click();
    await see(page, "Put your card into the reader.");
  }
});

test("a change is interrupted: the page does not guess, and finds out", async () => {
  await fresh("AOSign");
  await trouble(card("AOSign"), "Interrupt the next change");
  await see(page, "10 of 10 tries left");
  await sleep(1500);
  await page.getByRole("button", { name: "Change: PIN of the AOSign card" }).click();
  await mine(page);
  await page.fill("#first", "12345678");
  await page.fill("#fresh", "Kq83Zr71");
  await page.fill("#again", "Kq83Zr71");
  await press(page, "Set the new PIN");
  await see(page, "The card was interrupted.");
  await press(page, "Find out which PIN is valid");
  await page.fill("#fresh", "Kq83Zr71");
  await page.fill("#again", "Kq83Zr71");
  await press(page, "Set the new PIN");
  await see(page, "The new PIN is valid.");
  await press(page, "OK");
});

test("the user code sets a new PIN, at the practice issuer", async () => {
  await fresh("HiCOS");
  await page.getByRole("button", { name: "Set a new one: PIN of the card" }).click();
  await mine(page);
  await page.fill("#first", "Code12");
  await page.fill("#fresh", "739164");
  await page.fill("#again", "739164");
  await press(page, "Set the new PIN");
  await see(page, "Done. The new PIN is valid from now on.");
  await press(page, "OK");
});

test("reserved at home, reset at the kiosk's window; the next reservation is a day late", async () => {
  const reserve = async () => {
    await page.getByRole("button", { name: "Reserve a reset at a kiosk: PIN of the signature certificate" }).click();
    await mine(page);
    await page.fill("#first", "1234");
    await page.getByRole("button", { name: "Reserve", exact: true }).click();
    await see(page, "The reservation is open.");
    await press(page, "OK");
  };
  await fresh("My Number Card");
  await trouble(card("My Number Card"), "Lock sign");
  await see(page, "Locked: PIN of the signature certificate.");
  await reserve();
  const coming = page.context().waitForEvent("page");
  await press(page, "Open the kiosk's page");
  const screen = await coming;
  await see(screen, "Put your card on the reader.");
  await card("My Number Card").getByRole("button", { name: "Put on the kiosk" }).click();
  await see(screen, "Your reservation was found");
  await press(screen, "Begin");
  await keys(screen, "1234");
  await press(screen, "Next");
  await keys(screen, "KI7Z5Q");
  await press(screen, "Next");
  await keys(screen, "KI7Z5Q");
  await press(screen, "Next");
  await see(screen, "Done. The new PIN is valid from now on.");
  await card("My Number Card").getByRole("button", { name: "Take out" }).click();
  await card("My Number Card").getByRole("button", { name: "Put in" }).click();
  await see(page, "5 of 5 tries left");
  await press(screen, "OK");
  await see(screen, "Put your card on the reader.");

  await reserve();
  await press(page, "Let 25 hours pass at the issuer");
  await sleep(500);
  await card("My Number Card").getByRole("button", { name: "Put on the kiosk" }).click();
  await see(screen, "No try was used.");
  assert.equal(await screen.getByText("Your reservation was found").count(), 0);
  assert.deepEqual(await axe(screen), []);
  await card("My Number Card").getByRole("button", { name: "Take out" }).click();
  await see(screen, "Put your card on the reader.");
  await screen.close();
});

test("at the counter: the clerk signs in with what the panel shows, accepts, and the customer types a new PIN", async () => {
  await fresh("My Number Card");
  const coming = page.context().waitForEvent("page");
  await press(page, "Open the clerk's page");
  const desk = await coming;
  await see(desk, "Sign in");
  const [name, password] = await page.locator("#clerk dd").allTextContents();
  await desk.fill("#name", name);
  await desk.fill("#password", password);
  await desk.fill("#totp", await page.locator("#clerk dd").nth(2).textContent());
  await desk.getByRole("button", { name: "Sign in", exact: true }).click();
  await see(desk, "Today’s queue");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
  await card("My Number Card").getByRole("button", { name: "Put on the kiosk or the counter" }).click();
  await press(desk, "New application");
  await see(desk, "The card on the reader: My Number Card");
  await desk.selectOption("#act-text", "reset");
  await press(desk, "Open the application");
  await desk.locator("#verdict").waitFor();
  await desk.fill("#age", "40");
  await desk.selectOption("#f-registered_here", "yes");
  await desk.selectOption("#add", "health-insurance");
  const box = desk.locator("ul.plainlist > li.box").last();
  await box.getByLabel("Valid to").fill("2099-12-31");
  for (const what of ["name", "address"]) await box.getByLabel(what, { exact: true }).check();
  await press(desk, "Is it enough?");
  await desk.locator("#verdict h3", { hasText: /^Enough$/ }).waitFor();
  await desk.fill("#reason", "seen and compared");
  await desk.getByRole("button", { name: "Accept", exact: true }).click();
  await see(desk, "The customer’s turn");
  const [popup] = await Promise.all([desk.context().waitForEvent("page"), press(desk, "Open the customer’s window")]);
  await see(popup, "Please wait.");
  await press(desk, "Give to the customer: Card input support PIN");
  await see(popup, "Please choose your PIN here");
  await popup.fill("#fresh", "8352");
  await popup.fill("#again", "8352");
  await popup.locator("button.main").first().click();
  await see(popup, "Please turn to the clerk.");
  await see(desk, "Receipt");
  // A new card of the same number: the issuer does not take it for a copy.
  await fresh("My Number Card");
  await see(page, "5 of 5 tries left");
  for (const one of [popup, desk]) await one.close();
  await card("My Number Card").getByRole("button", { name: "Take out" }).click();
});

test("when practice ends nothing runs and nothing lies about", async () => {
  assert.deepEqual(page.complaints, []);
  for (const url of page.asked) assert.match(url, /^http:\/\/127\.0\.0\.1:/);
  const gone = new Promise((r) => play.on("exit", r));
  play.kill("SIGTERM");
  await gone;
  assert.deepEqual(readdirSync(place), []);
  const left = readdirSync("/proc").filter((p) => /^\d+$/.test(p)).filter((p) => {
    try {
      return readFileSync(`/proc/${p}/environ`, "utf8").includes("TMPDIR=" + place);
    } catch {
      return false;
    }
  });
  assert.deepEqual(left, []);
});
