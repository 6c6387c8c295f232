// SPDX-License-Identifier: Apache-2.0
// Pictures of each page in each language: axe finds nothing in any of them, and nothing is cut off. Into docs/gallery:
//     tools/with-reader -- tests/server/kit.py node tests/web/gallery.mjs docs/gallery
// and then, to keep them small: pngquant --nofs --force --skip-if-larger --ext .png 48 docs/gallery/*.png
// REPIN_GALLERY=states takes those of gallery_states.mjs alone, =phone the phone's.
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent, axe, Card, closeAll, cutOff, home, issuer, kiosk, open, place, run, sleep } from "./kit.mjs";
import { states } from "./gallery_states.mjs";

const out = process.argv[2] || "docs/gallery";
mkdirSync(out, { recursive: true });
const langs = { en: "English", ja: "日本語", zh_TW: "繁體中文" };
const shown = [];
let number = 300000000000000, findings = 0;

async function shot(page, name, lang, title, media = "") {
  await sleep(350);
  for (const finding of [...(await axe(page)), ...(await cutOff(page))]) {
    console.log(`${name} ${lang}: ${finding}`);
    findings++;
  }
  if (media) await page.emulateMedia({ media });
  await page.screenshot({ path: lang === "one" ? `${out}/${name}.png` : `${out}/${name}.${lang}.png`, fullPage: true });
  if (lang === "en") shown.push([name, title]);
}

function spoil(slot, current, fresh, times) {
  for (let i = 0; i < times; i++)
    try {
      run("repin", ["--json", "--last-try", "--secrets-fd", "0", "change", slot], { input: `current=${current}\nnew=${fresh}\n`, stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, XDG_STATE_HOME: `${place}/elsewhere` } });
    } catch {
      // wrong, as it should be
    }
}

const first = (page) => page.locator(".pin").first();
async function fill(page, current, fresh) {
  const mine = page.locator("section .row button.main").first();
  if (!(await page.locator("#first").isVisible())) await mine.click();
  await page.fill("#first", current);
  if (fresh) {
    await page.fill("#fresh", fresh);
    await page.fill("#again", fresh);
  }
}

async function holder(lang) {
  const card = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number: String(++number), args: ["--municipality", "13225"] });
  const agent = await new Agent({ lang, config: home() }).start();
  const page = await open(agent.url, { viewport: { width: 760, height: 900 } });
  await shot(page, "holder-1-no-card", lang, "No card in the reader");
  await card.insert();
  await first(page).waitFor();
  await shot(page, "holder-2-card", lang, "A card: every PIN with its lamp and tries");
  spoil("sign", "WRONG1", "QX7Z5K", 5);
  await page.reload();
  await sleep(600);
  await page.locator("nav button").first().click();
  await shot(page, "holder-3-checkup", lang, "The check-up");
  await page.goBack();
  await card.pull();
  await card.insert();
  await page.locator(".lamp.locked").waitFor();
  await shot(page, "holder-4-locked", lang, "A PIN is locked: the way back on top");
  await first(page).locator(".row button").last().click();
  await page.locator(".good h3").waitFor();
  await shot(page, "holder-5-ways", lang, "The ways back, step by step");
  await page.goBack();
  await first(page).locator(".row button").first().click();
  await shot(page, "holder-6-confirm", lang, "Before a secret: is it your card?");
  await fill(page, "1234");
  await shot(page, "holder-7-reserve", lang, "The other PIN opens a reservation");
  await page.locator("section .row button.main").click();
  await page.locator("section.good .number").waitFor();
  await shot(page, "holder-8-reserved", lang, "Reserved, with the receipt");
  await page.locator("section.good button.main").click();
  await page.locator(".pin").nth(1).locator(".row button").first().click();
  await fill(page, "9071", "8352");
  await shot(page, "holder-9-change", lang, "Change: rules as you type");
  await page.locator("section .row button.main").click();
  await page.locator("section.bad").waitFor();
  await shot(page, "holder-10-wrong", lang, "A wrong entry: what it cost and what to do");
  await page.context().close();
  await card.pull();
  await agent.stop();
  return card;
}

async function shop(lang, card) {
  const agent = await new Agent({ mode: "kiosk", lang, reader: "Virtual PCD 00 01", config: kiosk() }).start();
  const page = await open(agent.url, { viewport: { width: 810, height: 1440 } });
  const key = async (text) => {
    for (const k of text) await page.locator(".keys").getByRole("button", { name: k, exact: true }).click();
  };
  await shot(page, "kiosk-1-welcome", lang, "The kiosk waits for a card");
  await card.insert(1);
  await page.locator("button.main").first().waitFor();
  await shot(page, "kiosk-2-found", lang, "The card finds its reservation");
  await page.locator("button.main").first().click();
  await key("1234");
  await shot(page, "kiosk-3-other", lang, "The other PIN");
  await page.locator("button.main").first().click();
  await key("KI7Z5Q");
  await shot(page, "kiosk-4-new", lang, "The new PIN");
  await page.locator("button.main").first().click();
  await key("KI7Z5Q");
  await page.locator("button.main").first().click();
  await page.locator("section.good").waitFor({ timeout: 20000 });
  await shot(page, "kiosk-5-done", lang, "Done, with the receipt");
  await card.pull();
  await page.locator("button.main").first().click();
  const other = new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number: String(++number) });
  await other.insert(1);
  await page.locator("section.care").waitFor();
  await shot(page, "kiosk-6-none", lang, "Without a reservation: the way, in words");
  await page.context().close();
  await other.pull();
  await agent.stop();
}

async function phone(lang) {
  const source = String(++number);
  const card = new Card("mynumber", { enrolled: true, number: source });
  const token = new Card("mynumber-mobile", { enrolled: true, number: "2" + source, source });
  const agent = new Agent({ mode: "app", lang, config: home() });
  await token.insert(0);
  await card.insert(1);
  await agent.start(["--device-key", `${agent.home}/phone.pem`]);
  const page = await open(agent.url, { viewport: { width: 390, height: 844 } });
  await page.locator("section.care button.main").waitFor();
  await shot(page, "phone-1-new", lang, "A phone before it is registered");
  await page.locator("section.care button.main").click();
  await fill(page, "ABC123", "");
  await shot(page, "phone-2-register", lang, "It is registered by the signature PIN of its card");
  await page.locator("section .row button.main").last().click();
  await page.locator("section.good button.main").click();
  await first(page).waitFor();
  await shot(page, "phone-3-registered", lang, "Registered: both its PINs");
  await first(page).locator("button").first().click();
  await fill(page, "ABC123", "KI7Z5Q");
  await shot(page, "phone-4-reset", lang, "A new signature PIN, by the card's");
  await page.context().close();
  await agent.stop();
  await card.pull();
  await token.pull();
}

const all = !process.env.REPIN_GALLERY;
if (all) for (const lang of Object.keys(langs)) await shop(lang, await holder(lang));
if (all || process.env.REPIN_GALLERY === "phone") for (const lang of Object.keys(langs)) await phone(lang);
const rare = [];
if (process.env.REPIN_GALLERY !== "phone") await states(async (page, name, title, media) => {
  await shot(page, name, "one", title, media);
  rare.push([name, title]);
}, spoil);
const page = ["# The pages", "", "Made by `tests/web/gallery.mjs` on virtual cards, with a real agent and issuer.", ""];
for (const [name, title] of shown) page.push(`## ${title}`, "", "| English | 日本語 | 繁體中文 |", "|---|---|---|", `| ![${title}](${name}.en.png) | ![](${name}.ja.png) | ![](${name}.zh_TW.png) |`, "");
page.push("## Other looks, and rarer states", "");
for (const [name, title] of rare) page.push(`### ${title}`, "", `![${title}](${name}.png)`, "");
if (!process.env.REPIN_GALLERY) writeFileSync(`${out}/README.md`, page.join("\n"));
await closeAll();
process.exit(findings > 0 || !issuer ? 1 : 0);
