// SPDX-License-Identifier: Apache-2.0
// Whom a holder may ask, and the pages of who issued the card: as the configuration has them, on the screen and on paper.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { Agent, axe, Card, clear, closeAll, open } from "./kit.mjs";

after(closeAll);
afterEach(clear);
const CONTACT = `contact = {"aosign telephone 00-0000-0001", "aosign hours weekdays 9:00-17:00", "aosign revocation-page https://help.example/revoke",
  "* portal https://help.example/"}\n`;

test("a card to be given up: telephone, hours, and links to the pages", async () => {
  const agent = await new Agent({ config: CONTACT }).start();
  const card = new Card("aosign");
  await card.insert();
  const page = await open(agent.url);
  await page.getByRole("button", { name: /ways back/i }).first().click();
  for (let n = 0; n < 2; n++) await page.locator("fieldset").nth(n).getByRole("button", { name: "No, or not sure" }).click();
  const facts = page.locator("dl.facts").last();
  await facts.getByText("https://help.example/revoke").waitFor({ timeout: 8000 });
  for (const words of ["Help desk", "00-0000-0001", "weekdays 9:00-17:00", "To revoke it"]) await facts.getByText(words, { exact: true }).waitFor();
  const link = facts.getByRole("link", { name: "https://help.example/revoke" });
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  assert.equal(await link.getAttribute("target"), "_blank");
  await axe(page);
  if (process.env.SHOTS) await page.screenshot({ path: process.env.SHOTS + "/contact.png", fullPage: true });
  // On paper, too.
  await page.emulateMedia({ media: "print" });
  assert.ok(await facts.getByText("00-0000-0001").isVisible());
  if (process.env.SHOTS) await page.screenshot({ path: process.env.SHOTS + "/contact-print.png", fullPage: true });
  await card.pull();
  await agent.stop();
});

test("without a configuration the page invents nobody", async () => {
  const agent = await new Agent().start();
  const card = new Card("aosign");
  await card.insert();
  const page = await open(agent.url);
  await page.getByRole("button", { name: /ways back/i }).first().click();
  await page.locator("fieldset").first().waitFor();
  assert.equal(await page.getByText("Help desk", { exact: true }).count(), 0);
  assert.equal(await page.locator("section a[href^='https']").count(), 0);
  await card.pull();
  await agent.stop();
});
