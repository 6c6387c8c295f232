// SPDX-License-Identifier: Apache-2.0
// What is easily got wrong without being seen: which answer counts, what a choice of looks means, what a kiosk shows and where.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, cutOff, home, issuer, kiosk, open, sleep } from "./kit.mjs";

after(closeAll);
afterEach(clear);
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name }).first().click();
const PORTRAIT = { viewport: { width: 1080, height: 1920 } };
let number = 600000000000000;

test("a slow answer of the ways back does not replace a later one", async () => {
  const card = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234" });
  const agent = await new Agent().start();
  await card.insert();
  const page = await open(agent.url);
  await press(page, "Ways back: PIN of the signature certificate");
  const head = page.locator("div.box.good h3");
  await head.waitFor();
  const answer = async (name) => {
    await page.locator("fieldset").filter({ hasText: "user authentication" }).getByRole("button", { name, exact: true }).click();
  };
  await answer("No, or not sure");
  await sleep(800);
  const later = await head.textContent();
  // The answer to "yes" is held up on its way.
  let held = 0;
  await page.route("**/api/doors", async (route) => {
    if (held++ === 0) await sleep(1200);
    await route.continue();
  });
  await answer("Yes");
  await answer("No, or not sure");
  await sleep(2500);
  assert.ok(held >= 2);
  assert.equal(await head.textContent(), later);
});

test("light is light where the system is dark, and dark is dark where it is light", async () => {
  const agent = await new Agent().start();
  const ground = (page) => page.evaluate(() => [getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.documentElement).colorScheme]);
  for (const [colorScheme, other] of [["dark", "light"], ["light", "dark"]]) {
    const page = await open(colorScheme === "dark" ? agent.url : await agent.again(), { colorScheme });
    await see(page, "Put your card into the reader.");
    const button = page.getByRole("button", { name: "Dark" });
    const was = await ground(page);
    assert.equal(await button.getAttribute("aria-pressed"), String(colorScheme === "dark"));
    await button.click();
    const now = await ground(page);
    assert.notEqual(now[0], was[0]);
    assert.equal(now[1], other, "its own fields and bars, too");
    assert.equal(await button.getAttribute("aria-pressed"), String(other === "dark"));
    assert.deepEqual(await axe(page), []);
    await page.reload();
    await see(page, "Put your card into the reader.");
    assert.equal((await ground(page))[0], now[0], "it stays");
    await page.context().close();
  }
});

test("the hint belongs to this wait, not to the page", async () => {
  const agent = await new Agent().start();
  const card = new Card("mynumber");
  const page = await open(agent.url);
  await see(page, "Nothing happens?", 12000);
  await card.insert();
  await page.locator(".pin").first().waitFor();
  await card.pull();
  await see(page, "Put your card into the reader.");
  await sleep(1000);
  assert.equal(await page.getByText("Nothing happens?").count(), 0);
});

test("the ledger says names and zones; a wipe that fails is told", async () => {
  const agent = await new Agent().start();
  const card = new Card("hicos");
  await card.insert();
  const page = await open(agent.url, { timezoneId: "Asia/Tokyo" });
  assert.equal(await page.locator(".pin .quiet").first().getAttribute("lang"), "zh-Hant-TW");
  await card.pull();
  const mine = new Card("mynumber");
  await mine.insert();
  await page.locator(".pin").first().waitFor();
  assert.equal(await page.locator(".pin .quiet").first().getAttribute("lang"), "ja");
  await press(page, "What this machine saw");
  await see(page, "PIN of the user authentication certificate");
  const cells = await page.locator("td:first-child").allTextContents();
  assert.ok(cells.length > 0 && cells.every((c) => /GMT\+9|JST/.test(c)), cells.join());
  await press(page, "Wipe these notes");
  await agent.stop("SIGKILL");
  await press(page, "Yes, wipe them all");
  await see(page, "Repin does not answer on this machine.");
});

test("the kiosk: whose tries they are, a way out at once, a telephone's keys, and the whole of its screen", async () => {
  const card = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number: String(++number) });
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00", lang: "ja" }).start();
  await card.insert();
  const page = await open(agent.url);
  await page.locator(".pin button").filter({ hasText: "キオスク" }).first().click();
  await page.locator("section button.main").first().click();
  await page.fill("#first", "1234");
  await page.locator("section button.main").first().click();
  await see(page, "毎日");
  assert.ok(!(await page.locator("main").textContent()).includes("mon-sun"), "hours in the language of the page");
  await card.pull();
  const shop = await new Agent({ mode: "kiosk", reader: "Virtual PCD 00 01", config: kiosk() }).start();
  const screen = await open(shop.url, PORTRAIT);
  await card.insert(1);
  await see(screen, "PIN of the user authentication certificate: 3 of 3 tries left");
  assert.deepEqual(await axe(screen), []);
  const deep = async () => (await screen.evaluate(() => Math.max(...[...document.querySelectorAll("main > *")].map((e) => e.getBoundingClientRect().bottom)))) / 1920;
  assert.ok((await deep()) > 0.6, `the first screen ends at ${await deep()}`);
  await press(screen, "Begin");
  const at = (name) => screen.locator(".keys").getByRole("button", { name, exact: true }).boundingBox();
  const [zero, eight, remove, nine] = [await at("0"), await at("8"), await at("Delete the last character"), await at("9")];
  assert.ok(Math.abs(zero.x - eight.x) < 2 && zero.y > eight.y && Math.abs(remove.x - nine.x) < 2 && Math.abs(remove.y - zero.y) < 2, "0 is below 8, and beside it what deletes");
  assert.ok((await deep()) > 0.6, `the entry ends at ${await deep()}`);
  assert.deepEqual(await cutOff(screen), []);
  await press(screen, "Stop");
  await see(screen, "Take your card.");
  await card.pull();
  await card.insert(1);
  await see(screen, "Your reservation was found");
  await press(screen, "Stop");
  await see(screen, "Take your card.");
  assert.ok(issuer);
});

test("a reset that was cut at the kiosk: the next look says how it ended", async () => {
  const card = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number: String(++number) });
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00" }).start();
  await card.insert();
  const page = await open(agent.url);
  await press(page, "Reserve a reset at a kiosk: PIN of the signature certificate");
  await press(page, "Yes, this is my card");
  await page.fill("#first", "1234");
  await page.getByRole("button", { name: "Reserve", exact: true }).click();
  await see(page, "The reservation is open.");
  await card.pull();
  const shop = await new Agent({ mode: "kiosk", reader: "Virtual PCD 00 01", config: kiosk() }).start();
  const screen = await open(shop.url, PORTRAIT);
  const key = async (text) => {
    for (const k of text) await screen.locator(".keys").getByRole("button", { name: k, exact: true }).click();
    await press(screen, "Next");
  };
  await card.insert(1, "ins 2C cut-after\n");
  await press(screen, "Begin");
  for (const entry of ["1234", "KI7Z5Q", "KI7Z5Q"]) await key(entry);
  await screen.locator("section.bad").waitFor({ timeout: 20000 });
  await card.pull();
  await press(screen, "OK");
  await see(screen, "Put your card on the reader.");
  await sleep(1000); // pcscd takes a card that comes back at once for the one that was cut
  await card.insert(1);
  await see(screen, "interrupted did succeed. The new one is valid: PIN of the signature certificate");
  assert.deepEqual(await axe(screen), []);
  assert.deepEqual(await cutOff(screen), []);
});

test("on paper: what to bring stands open, and nothing that is only for a screen", async () => {
  const card = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", args: ["--municipality", "13225"] });
  const agent = await new Agent().start();
  await card.insert();
  const page = await open(agent.url);
  await press(page, "Ways back: PIN of the resident registry");
  await page.locator("details.printed").waitFor();
  assert.equal(await page.locator("details.printed[open]").count(), 0);
  await page.pdf({ format: "A4" });
  assert.equal(await page.locator("details.printed[open]").count(), 1);
  await page.emulateMedia({ media: "print" });
  for (const only of [page.locator("main > .prompt"), page.locator("main nav"), page.locator("header.top"), page.locator("main button").first()]) assert.equal(await only.isVisible(), false);
  // What is folded away cannot be unfolded on paper: it is not there. One sheet in each language.
  assert.equal(await page.locator("details:not([open]):visible").count(), 0);
  for (const [name, license] of [["日本語", "運転免許証"], ["繁體中文", "駕駛執照"], ["English", "Driver's license"]]) {
    await page.emulateMedia({ media: "screen" });
    await page.getByRole("button", { name }).first().click();
    // The plan too is told in the language that was chosen, not only what stands around it.
    await page.locator("details.printed").getByText(license, { exact: true }).waitFor();
    await page.emulateMedia({ media: "print" });
    const sheets = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    if (process.env.REPIN_SHOTS) await page.screenshot({ path: `${process.env.REPIN_SHOTS}/paper-${name}.png`, fullPage: true });
    assert.equal(sheets, 1, name);
  }
});
