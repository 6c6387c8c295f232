// SPDX-License-Identifier: Apache-2.0
// Pictures of what is rarer: other looks and widths, paper, a kiosk that lies and one that stands, last tries, cuts.
import { Agent, Card, home, kiosk, open } from "./kit.mjs";

const PINS = "sign=ABC123,auth=1234,text=1234,juki=1234";
const WIDE = { width: 760, height: 900 };
let number = 310000000000000;

const mine = (args = []) => new Card("mynumber", { pins: PINS, enrolled: true, number: String(++number), args });
const first = (page) => page.locator(".pin").first().waitFor();

/** Opens a page of its own on this agent. */
async function at(agent, options = {}) {
  const page = await open(await agent.again(), { viewport: WIDE, ...options });
  await page.locator(".pin, section").first().waitFor();
  return page;
}

async function looks(shot) {
  const card = mine(["--municipality", "13225"]);
  const agent = await new Agent({ config: home() }).start();
  await card.insert();
  const dark = await open(agent.url, { viewport: WIDE, colorScheme: "dark" });
  await first(dark);
  await shot(dark, "state-dark", "Dark");
  const large = await at(agent);
  await first(large);
  await large.getByRole("button", { name: "Large print" }).click();
  await shot(large, "state-large", "Large print");
  const narrow = await at(agent, { viewport: { width: 320, height: 640 } });
  await first(narrow);
  await shot(narrow, "state-narrow", "320 pixels wide, as with 400 % zoom");
  const paper = await at(agent);
  await first(paper);
  await paper.getByRole("button", { name: "Ways back: PIN of the signature certificate" }).click();
  await paper.locator(".good h3").waitFor();
  await paper.pdf({ format: "A4" }); // as a printer would have it: the page hears that it is printed
  await shot(paper, "state-print", "On paper: the way back", "print");
  for (const p of [dark, large, narrow, paper]) await p.context().close();
  await card.pull();
  await agent.stop();
}

async function entries(shot, spoil) {
  const card = mine();
  const agent = await new Agent({ config: home() }).start();
  await card.insert();
  const page = await open(agent.url, { viewport: WIDE });
  const change = async (name) => {
    await page.getByRole("button", { name: "Change: " + name }).click();
    const yes = page.getByRole("button", { name: "Yes, this is my card" });
    if (await yes.isVisible()) await yes.click();
  };
  const fill = async (current, fresh) => {
    for (const [id, text] of [["#first", current], ["#fresh", fresh], ["#again", fresh]]) await page.fill(id, text);
  };
  await change("PIN of the user authentication certificate");
  await fill("1234", "2345");
  await page.getByRole("button", { name: "Set the new PIN" }).click();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("#first").waitFor();
  await shot(page, "state-weak", "A weak PIN: told once, and then the holder's choice");
  await page.goBack();
  spoil("auth", "9999", "4821", 2);
  await card.pull();
  await card.insert();
  await first(page);
  await change("PIN of the user authentication certificate");
  await shot(page, "state-last-try", "One try is left: nothing is sent without consent");
  await page.goBack();
  await card.pull();
  await card.insert(0, "ins 24 cut-after\n");
  await first(page);
  await change("PIN of the signature certificate");
  await fill("ABC123", "K7W2QX");
  await page.getByRole("button", { name: "Set the new PIN" }).click();
  await page.locator("section.bad").waitFor({ timeout: 15000 });
  await shot(page, "state-cut", "The card went in the middle: what is known, and what to do");
  await page.context().close();
  await card.pull();
  await agent.stop();
}

async function away(shot) {
  const card = mine();
  const agent = await new Agent({ config: 'issuer-url = "https://127.0.0.1:9"\n' }).start();
  await card.insert();
  const page = await open(agent.url, { viewport: WIDE });
  await page.getByText("The issuer cannot be reached").waitFor();
  await shot(page, "state-issuer-away", "The issuer is away: said, and the rest works");
  await page.context().close();
  await card.pull();
  await agent.stop();
}

async function telephone(shot) {
  const card = new Card("gids");
  const agent = await new Agent({ config: home() }).start();
  await card.insert();
  const page = await open(agent.url, { viewport: WIDE });
  await page.getByRole("button", { name: "Unlock by telephone" }).click();
  await page.getByRole("button", { name: "Yes, this is my card" }).click();
  await page.fill("#fresh", "482193");
  await page.fill("#again", "482193");
  await page.getByRole("button", { name: "Have the card make its challenge" }).click();
  await page.locator("#response").waitFor();
  await page.fill("#response", "123456 123456");
  await page.keyboard.press("Enter");
  await page.locator("[role=alert]").waitFor();
  await shot(page, "state-telephone", "By telephone: the card's challenge, and an answer that is not whole");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("section.bad").waitFor();
  await page.context().close();
  await card.pull();
  await agent.stop();
}

async function shops(shot) {
  const card = mine();
  const agent = await new Agent({ config: home(), reader: "Virtual PCD 00 00" }).start();
  await card.insert();
  const page = await open(agent.url);
  await page.getByRole("button", { name: "Reserve a reset at a kiosk: PIN of the user authentication certificate" }).click();
  await page.getByRole("button", { name: "Yes, this is my card" }).click();
  await page.fill("#first", "ABC123");
  await page.getByRole("button", { name: "Reserve", exact: true }).click();
  await page.getByText("The reservation is open.").waitFor();
  await page.context().close();
  await card.pull();
  await agent.stop();
  const shop = await new Agent({ mode: "kiosk", reader: "Virtual PCD 00 01", config: kiosk() }).start();
  const stands = await open(shop.url, { viewport: { width: 810, height: 1440 } });
  await card.insert(1);
  await stands.getByRole("button", { name: "Begin" }).click();
  for (const k of "ABC123") await stands.locator(".keys").getByRole("button", { name: k, exact: true }).click();
  await stands.getByRole("button", { name: "Next" }).click();
  await stands.locator(".keys .middle").waitFor();
  await shot(stands, "state-kiosk-upright", "A kiosk with an upright screen: a new PIN of digits");
  const lies = await open(await shop.again(), { viewport: { width: 1280, height: 720 } });
  await lies.getByRole("button", { name: "Begin" }).waitFor();
  await shot(lies, "state-kiosk-wide", "A kiosk with a wide screen");
  for (const p of [stands, lies]) await p.context().close();
  await card.pull();
  await shop.stop();
}

/** Takes them all. @param {(page: any, name: string, title: string, media?: string) => Promise<void>} shot @param {Function} spoil */
export async function states(shot, spoil) {
  for (const part of [looks, entries, away, telephone, shops]) await part(shot, spoil);
}
