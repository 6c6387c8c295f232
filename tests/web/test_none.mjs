// SPDX-License-Identifier: Apache-2.0
// No reader at all: what to do is said, and the check-up says it too.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Agent, axe, closeAll, cutOff, open } from "./kit.mjs";

after(closeAll);

test("without a reader the page asks for one, in three languages, and nothing can be typed", async () => {
  const agent = await new Agent().start();
  const page = await open(agent.url);
  for (const [name, words] of [["English", "Connect your card reader."], ["日本語", "カードリーダー"], ["繁體中文", "讀卡機"]]) {
    await page.getByRole("button", { name }).click();
    await page.getByText(words, { exact: false }).first().waitFor();
    assert.deepEqual(await axe(page), [], name);
    assert.deepEqual(await cutOff(page), [], name);
  }
  assert.equal(await page.locator("input").count(), 0);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Check-up" }).first().click();
  await page.getByText("reader", { exact: false }).nth(1).waitFor();
  assert.deepEqual(page.complaints, []);
  await agent.stop();
});
