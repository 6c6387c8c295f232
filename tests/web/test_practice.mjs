// SPDX-License-Identifier: Apache-2.0
// `make play`, walked as somebody who has never seen it: the locked PIN of a practice card gets a new one. Clicks and words are counted.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, test } from "node:test";
import { axe, closeAll, cutOff, open, sleep } from "./kit.mjs";

let play;
after(async () => {
  await closeAll();
  play?.kill();
});

const see = (page, text, ms = 15000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });

/** What is to be read on the way: the words of the page's main part beside the panel. */
const words = (page) => page.evaluate(() => {
  const copy = document.querySelector("main").cloneNode(true);
  for (const e of copy.querySelectorAll(".panel, .hidden, nav, details > :not(summary)")) e.remove();
  return copy.innerText.split(/\s+/).filter(Boolean).length;
});

test("a locked practice card gets a new PIN without help", { timeout: 120000 }, async () => {
  play = spawn("tools/play", ["--print", "--lang", "en"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const url = await new Promise((resolve, reject) => {
    const hear = (d) => (said += d) && /http\S+/.test(said) && resolve(/http\S+/.exec(said)[0]);
    play.stdout.on("data", hear);
    play.stderr.on("data", (d) => (said += d));
    play.on("exit", () => reject(new Error("practice ended: " + said)));
  });
  const page = await open(url);
  await see(page, "These cards are not real.");
  let clicks = 0, read = 0;
  const click = async (locator) => {
    read += await words(page);
    await locator.click();
    clicks++;
  };
  const card = page.locator(".cards > li").filter({ hasText: "AOSign" });
  await card.getByRole("button", { name: "Put in" }).click();
  await see(page, "PIN of the AOSign card");
  await card.getByText("Make trouble").click();
  await card.getByRole("button", { name: "Lock pin" }).click();
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
  assert.ok(clicks <= 3 && read <= 400, `${clicks} clicks, ${read} words`);
  await page.getByRole("button", { name: "OK" }).click();
  // The other acts of the panel.
  await card.getByRole("button", { name: "Take out" }).click();
  await see(page, "Put your card into the reader.");
  await card.getByRole("button", { name: "A new card" }).click();
  await card.getByRole("button", { name: "Put in" }).click();
  await see(page, "10 of 10 tries left");
  await card.getByRole("button", { name: "Interrupt the next change" }).click();
  await sleep(1500);
  await page.getByRole("button", { name: "Change: PIN of the AOSign card" }).click();
  const mine = page.getByRole("button", { name: "Yes, this is my card" });
  if (await mine.isVisible()) await mine.click();
  await page.fill("#first", "12345678");
  await page.fill("#fresh", "Kq83Zr71");
  await page.fill("#again", "Kq83Zr71");
  await page.getByRole("button", { name: "Set the new PIN" }).click();
  await see(page, "The card was interrupted.");
  assert.deepEqual(page.complaints, []);
  play.kill("SIGTERM");
  await new Promise((r) => play.on("exit", r));
});
