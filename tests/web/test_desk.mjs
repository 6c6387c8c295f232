// SPDX-License-Identifier: Apache-2.0
// The counter with a real issuer: a clerk's page, the customer's window, and what neither can do.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { Agent, AHEAD_MS, axe, branchDesk, Card, clear, closeAll, cutOff, desk, issuer, open, operator, sleep } from "./kit.mjs";

const LANGS = ["English", "日本語", "繁體中文"];
let second, number = 300000000000000;

before(() => {
  operator("aoki", "clerk,approver");
  second = operator("baba", "clerk,approver");
});
after(closeAll);
afterEach(clear);
const see = (page, text, ms = 20000) => page.getByText(text, { exact: false }).first().waitFor({ timeout: ms });
const press = (page, name) => page.getByRole("button", { name, exact: true }).first().click();
const mine = () => new Card("mynumber", { pins: "sign=ABC123,auth=1234,text=1234,juki=1234", enrolled: true, number: String(++number) });
const shot = async (page, name) => {
  if (!process.env.REPIN_SHOTS) return;
  mkdirSync(process.env.REPIN_SHOTS, { recursive: true });
  await page.screenshot({ path: `${process.env.REPIN_SHOTS}/${name}.png`, fullPage: true });
};

async function signIn(page, who) {
  await page.fill("#name", who.name);
  await page.fill("#password", who.password);
  await page.fill("#totp", await who.totp());
  await press(page, "Sign in");
  await see(page, "Today’s queue");
}

let people = 0;
/** Each test has a clerk of its own: a code of an authenticator serves once, and nobody waits for the next one. */
const somebody = () => operator("clerk" + ++people + "x", "clerk,approver");

async function atDesk(who = somebody(), config = desk()) {
  const agent = await new Agent({ mode: "desk", config, reader: "Virtual PCD 00 00" }).start();
  const page = await open(agent.url, { viewport: { width: 1100, height: 1000 }, timezoneId: "Asia/Tokyo" });
  await see(page, "Sign in");
  await signIn(page, who);
  return { agent, page };
}

/** The office is closed at some hours of a test: opened all the same, by a supervisor. */
async function apply(page, fill) {
  await fill();
  await press(page, "Open the application");
  const closed = page.locator("#override");
  await Promise.race([closed.waitFor(), page.locator("#verdict").waitFor()]).catch(async () => assert.fail(await page.locator("main").textContent()));
  if (await closed.count()) {
    await closed.fill("a test at any hour");
    await press(page, "Open the application");
  }
  await page.locator("#verdict").waitFor();
}

async function verdict(page, title) {
  await press(page, "Is it enough?");
  await page.locator("#verdict h3", { hasText: new RegExp(`^${title}$`) }).waitFor().catch(async () => assert.fail(await page.locator("#verdict").textContent()));
}

async function document(page, kind, dates = {}) {
  await page.selectOption("#add", kind);
  const box = page.locator("ul.plainlist > li.box").last();
  for (const [what, day] of Object.entries(dates)) await box.getByLabel(what).fill(day);
  for (const what of ["name", "address"]) await box.getByLabel(what, { exact: true }).check();
}

async function customer(agent, page) {
  const [popup] = await Promise.all([page.context().waitForEvent("page"), press(page, "Open the customer’s window")]);
  await popup.waitForLoadState();
  await see(popup, "Please wait.");
  return popup;
}

/** An application for the holder's own card that is enough. @param {string} slot */
async function enough(page, slot) {
  await press(page, "New application");
  await see(page, "The card on the reader");
  await apply(page, () => page.selectOption("#act-" + slot, "reset"));
  await page.fill("#age", "40");
  if (await page.locator("#f-registered_here").count()) await page.selectOption("#f-registered_here", "yes");
  await document(page, "health-insurance", { "Valid to": "2099-12-31" });
  await verdict(page, "Enough");
  await page.fill("#reason", "seen and compared");
  await press(page, "Accept");
}

/** What became of the grants, as many as the issuer gave. */
const grants = () => found('SELECT state FROM "grant" ORDER BY made_ms');

/** @param {import("playwright-core").Page} window @param {string} pin */
async function choose(window, pin) {
  await window.fill("#fresh", pin);
  await window.fill("#again", pin);
  await window.locator("button.main").first().click();
}

/** The first column of what a statement finds in the issuer's database. @param {string} sql */
function found(sql) {
  const ask = `import sqlite3, sys; print(*[r[0] for r in sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute(sys.argv[2])])`;
  return execFileSync("python3", ["-c", ask, path.join(issuer.dir, readdirSync(issuer.dir).find((n) => /\.(db|sqlite3?)$/.test(n))), sql], { encoding: "utf8" }).split(/\s+/).filter(Boolean);
}

test("from the queue to a new PIN: the clerk decides, the customer types, and the clerk never sees it", async () => {
  const card = mine();
  await card.insert();
  const { agent, page } = await atDesk();
  await page.selectOption("#wish", "reset");
  await press(page, "Somebody is here: give a number");
  await press(page, "Call");
  await see(page, "called");
  await press(page, "Begin");
  await see(page, "in progress");
  await shot(page, "queue");
  assert.deepEqual(await axe(page), []);
  await page.locator("tbody").getByRole("button", { name: "New application" }).click();
  await see(page, "The card on the reader");
  assert.deepEqual(await axe(page), []);
  assert.equal(await page.locator("#cause").count(), 0, "a change has no cause");
  await apply(page, async () => {
    await page.selectOption("#act-sign", "reset");
    await page.selectOption("#cause", "typed-wrong");
    await shot(page, "opening");
    assert.deepEqual(await axe(page), []);
  });
  await see(page, "Missing:");
  await page.fill("#age", "40");
  await page.selectOption("#f-registered_here", "yes");
  await document(page, "health-insurance", { "Valid to": "2099-12-31" });
  await verdict(page, "Enough");
  await shot(page, "enough");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
  await page.fill("#reason", "seen and compared");
  await press(page, "Accept");
  await see(page, "The customer’s turn");
  assert.deepEqual(found('SELECT cause FROM "case"'), ["typed-wrong"]);
  const window = await customer(agent, page);
  await press(page, "Give to the customer: Signature PIN (6 to 16 letters and digits)");
  await see(window, "Please choose your PIN here");
  await see(page, "The customer’s window shows");
  await window.fill("#fresh", "KI7Z5");
  await window.getByLabel("Show what I type").check();
  assert.equal(await window.getAttribute("#fresh", "type"), "text");
  await press(window, "Clear the entries");
  assert.equal(await window.inputValue("#fresh"), "");
  await window.getByLabel("Show what I type").uncheck();
  await window.fill("#fresh", "KI7Z5Q");
  await window.fill("#again", "KI7Z5Q");
  await shot(window, "customer");
  assert.deepEqual(await axe(window), []);
  await window.locator("button.main").first().click();
  await see(window, "Please turn to the clerk.", 15000);
  await see(page, "done");
  await see(page, "Receipt");
  await shot(page, "done");
  assert.equal(card.pin("sign").tries, 5);
  const seen = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.documentElement.outerHTML]));
  assert.ok(!seen.includes("KI7Z5Q"));
  // The window waits again, and knows nothing of this one.
  await see(window, "Please turn to the clerk.");
  assert.ok(!(await window.content()).includes("KI7Z5Q"));
  await press(page, "Back to the queue and the applications");
  await page.locator("tbody").getByRole("button", { name: "Finish" }).click();
  await see(page, "finished");
  for (const url of [...page.asked]) assert.match(url, /^http:\/\/127\.0\.0\.1:/);
  assert.deepEqual(page.complaints, []);
});

/** The issuer's day, whose clock stands at ten in the morning of a day when the office is open. */
const officeDay = (/** @type {number} */ more = 0) => new Date(Date.now() + AHEAD_MS + (9 + 24 * more) * 3600000).toISOString().slice(0, 10);

test("a time is offered, taken, called and served; one that is missed comes back; closed and past times are refused", async () => {
  const { page } = await atDesk();
  const row = (text) => page.locator("#queue tbody tr", { hasText: text });
  await page.fill("#day", officeDay());
  await see(page, "The queue of");
  await page.fill("#at", "15:35");
  await page.getByLabel("Nobody has taken it yet").check();
  await press(page, "Book this time");
  await see(page, "is free at");
  await row("03:35").getByRole("button", { name: "Take this time" }).click();
  await row("03:35").getByText("waiting").waitFor();
  // Of another day there is nothing to call: only the time is taken or given back.
  assert.equal(await row("03:35").getByRole("button", { name: "Call" }).count(), 0);
  await row("03:35").getByRole("button", { name: "Give the time back" }).click();
  await row("03:35").getByText("free", { exact: true }).waitFor();
  await row("03:35").getByRole("button", { name: "Take this time" }).click();
  await shot(page, "booked");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
  for (const [at, words] of [["21:30", "The office is closed at that time."], ["23:10", "The office is closed at that time."]]) {
    await page.fill("#at", at);
    await press(page, "Book this time");
    await see(page, words);
    assert.equal(await page.inputValue("#at"), at); // to be corrected, not to be typed anew
  }
  await page.fill("#day", "2026-01-07");
  await page.fill("#at", "10:00");
  await press(page, "Book this time");
  await see(page, "That time has passed.");
  await press(page, "Today");
  await row("03:35").getByRole("button", { name: "Not here" }).click();
  await row("03:35").getByText("missed").waitFor();
  await row("03:35").getByRole("button", { name: "Back to the queue" }).click();
  await row("03:35").getByRole("button", { name: "Call" }).click();
  await row("03:35").getByRole("button", { name: "Begin" }).click();
  await row("03:35").getByRole("button", { name: "New application" }).waitFor();
  await row("03:35").getByRole("button", { name: "Finish" }).click();
  await row("03:35").getByText("finished").waitFor();
  for (const [language, words] of [["日本語", "この時刻を予約する"], ["繁體中文", "預約這個時間"]]) {
    await page.getByRole("button", { name: language }).click();
    await page.getByRole("button", { name: words }).waitFor();
    assert.deepEqual(await cutOff(page), []);
    await shot(page, "booked-" + language);
  }
  assert.deepEqual(page.complaints.filter((c) => !/the server responded with a status of (4\d\d)/.test(c)), []);
});

test("each window opens its own addresses alone", async () => {
  const { agent, page } = await atDesk();
  await press(page, "New application");
  const { url } = await page.evaluate(async () => {
    const answer = await fetch("/api/counter/window", { method: "POST", headers: { Authorization: "Bearer " + sessionStorage.getItem("repin-key"), "Content-Type": "application/json" }, body: "{}" });
    return answer.json();
  });
  const window = await open(agent.origin + url);
  await see(window, "Please wait.");
  const status = (p, path, method = "POST") => p.evaluate(async ([path, method]) => (await fetch(path, { method, headers: { Authorization: "Bearer " + sessionStorage.getItem("repin-key"), "Content-Type": "application/json" }, ...(method === "POST" ? { body: "{}" } : {}) })).status, [path, method]);
  for (const [path, method] of [["/api/operator/visits", "GET"], ["/api/operator/applications", "POST"], ["/api/counter/sign-out", "POST"], ["/api/counter/customer", "POST"], ["/api/counter/window", "POST"]])
    assert.equal(await status(window, path, method), 403, path);
  assert.equal(await status(page, "/api/jobs"), 403);
  assert.equal(await status(page, "/api/operator/visits", "GET"), 200);
  // Its address serves once.
  const again = await open(agent.origin + url);
  await see(again, "This page");
});

test("an agent's first visit ends with a letter, printed in three languages; the answer on the same day is refused", async () => {
  const card = mine();
  await card.insert();
  const { page } = await atDesk();
  await press(page, "New application");
  await see(page, "The card on the reader");
  await apply(page, async () => {
    await page.getByLabel("A voluntary agent").check();
    await page.selectOption("#act-text", "reset");
  });
  await page.fill("#age", "40");
  for (const f of ["registered_here", "same_household", "domicile_in_city", "applicant_resident"]) await page.selectOption("#f-" + f, "yes");
  await page.selectOption("#add", "driver-license");
  const box = page.locator("ul.plainlist > li.box").last();
  await box.getByLabel("Whose").selectOption("applicant");
  await box.getByLabel("Valid to").fill("2099-12-31");
  for (const what of ["name", "address"]) await box.getByLabel(what, { exact: true }).check();
  await verdict(page, "Enough for the letter to the holder");
  await press(page, "Print the letter to the holder");
  await see(page, "Inquiry about an application made for you");
  // In groups, as on the answer's half; typed with the blanks it is the same code.
  const code = (await page.locator(".letter .big").textContent()).trim();
  assert.match(code, /^[0-9A-Z]{4}( [0-9A-Z]{1,4})+$/);
  await page.getByRole("button", { name: "Dark" }).click();
  for (const language of LANGS) {
    await page.getByRole("button", { name: language }).click();
    await page.emulateMedia({ media: "print" });
    await shot(page, "letter-" + language);
    // One sheet of paper.
    assert.equal((await page.pdf({ format: "A4", preferCSSPageSize: false })).toString("latin1").match(/\/Type\s*\/Page\b/g).length, 1);
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".letter dt")).color), "rgb(68, 68, 68)");
    assert.ok(!(await page.getByRole("button", { name: language }).isVisible()));
    await page.emulateMedia({ media: "screen" });
    assert.deepEqual(await axe(page), []);
  }
  await page.getByRole("button", { name: "English" }).click();
  await press(page, "It is printed");
  assert.ok(!(await page.content()).includes(code));
  await page.fill("#code", code);
  await press(page, "Check the code");
  await page.locator("#refusal").waitFor();
  await see(page, "What was shown is not enough.");
});

test("a change with the current PIN at the counter, in the customer's language; a wrong one is told to both", async () => {
  const card = mine();
  await card.insert();
  const { agent, page } = await atDesk();
  await press(page, "New application");
  await see(page, "The card on the reader");
  await apply(page, () => page.selectOption("#act-auth", "change"));
  const window = await customer(agent, page);
  await page.selectOption("#speaks", "ja");
  await press(page, "Give to the customer: User authentication PIN (4 digits)");
  await window.locator("#first").waitFor();
  assert.equal(await window.evaluate(() => document.documentElement.lang), "ja");
  await window.fill("#first", "9999");
  await window.fill("#fresh", "7302");
  await window.fill("#again", "7302");
  await window.locator("button.main").first().click();
  await page.getByRole("alert").first().waitFor({ timeout: 15000 });
  const told = await page.getByRole("alert").first().textContent();
  assert.equal(card.pin("auth").tries, 2, told);
  // Each window in its own language: codes come to the clerk's, sentences to the customer's.
  assert.match(told, /What the customer entered was wrong\..*One try was used\..*Tries left: 2/);
  assert.doesNotMatch(await page.locator("main").textContent(), /[\u3040-\u30ff]/);
  await window.getByText("職員").first().waitFor();
  assert.match(await window.locator("main").textContent(), /[\u3040-\u30ff]/);
  assert.doesNotMatch(await window.locator("main").textContent(), /wrong|tries/i);
  // A second page of the clerk's in the middle of the turn does not turn the customer's words into English.
  const more = await open(await agent.again(), { viewport: { width: 1100, height: 1000 } });
  await see(more, "Signed in as").catch(async () => assert.fail(more.url() + (await more.locator("body").textContent()) + more.complaints));
  await window.locator("button.main").first().click();
  await window.fill("#first", "1234");
  await window.fill("#fresh", "7302");
  await window.fill("#again", "7302");
  await window.locator("button.main").first().click();
  await see(page, "done", 15000);
  await window.getByText("職員").first().waitFor();
  assert.doesNotMatch(await window.locator("main").textContent(), /[a-z]{4}/);
  assert.doesNotMatch(await page.locator("main").textContent(), /[\u3040-\u30ff]/);
  assert.ok(await page.getByLabel("The card took the current PIN").isChecked());
  assert.equal(card.pin("auth").tries, 3);
});

test("a wrong sign-in, a second person at the same desk, an issuer's session that ended", async () => {
  const agent = await new Agent({ mode: "desk", config: desk(), reader: "Virtual PCD 00 00" }).start();
  const page = await open(agent.url, { viewport: { width: 320, height: 900 } });
  await see(page, "Sign in");
  await page.fill("#name", "aoki");
  await page.fill("#password", "not the password");
  await page.fill("#totp", "000000");
  await press(page, "Sign in");
  await see(page, "Name, password or code is wrong");
  assert.equal(await page.inputValue("#password"), "");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await cutOff(page), []);
  await signIn(page, second);
  await see(page, "Signed in as baba");
  assert.deepEqual(await cutOff(page), []);
  await press(page, "Sign out");
  await see(page, "Password");
  await sleep(100);
  await page.reload();
  await see(page, "Password");
});

test("where the office asks for it a second person agrees, and nobody to their own decision", async () => {
  const one = operator("chiba", "clerk,approver", [], "inagi-hirao"), two = operator("doi", "clerk,approver", [], "inagi-hirao");
  const card = mine();
  await card.insert();
  const { agent, page } = await atDesk(one, branchDesk());
  await enough(page, "auth");
  await see(page, "waits for a second person");
  await see(page, "chiba accepts this.");
  assert.deepEqual(await axe(page), []);
  assert.equal(await page.getByText("The customer’s turn").count(), 0);
  await press(page, "I agree");
  await see(page, "Somebody else has to agree: it is your own decision.");
  await shot(page, "own-decision");
  await press(page, "Sign out");
  await signIn(page, two);
  await page.locator("main li").getByRole("button", { name: "Open" }).first().click();
  await see(page, "chiba accepts this.");
  await press(page, "I agree");
  await see(page, "The customer’s turn");
  const window = await customer(agent, page);
  await press(page, "Give to the customer: User authentication PIN (4 digits)");
  await window.locator("#fresh").waitFor();
  await choose(window, "7302");
  await see(window, "Please turn to the clerk.", 15000).catch(async () => assert.fail((await window.locator("main").textContent()) + (await page.locator("main").textContent())));
  assert.equal(card.pin("auth").value.replace(/\0+$/, ""), "7302");
});

test("a HiCOS card has no door at the counter: the clerk is told where it is done, and the card is asked for nothing", async () => {
  const card = new Card("hicos", { enrolled: true, number: "XC00000000077001", code: "Code12" });
  await card.insert();
  const { page } = await atDesk();
  await press(page, "New application");
  await see(page, "HiCOS card (Taiwan)");
  const before = card.pin("pin");
  for (const act of ["reset", "change"]) {
    await page.selectOption("#act-pin", act);
    await press(page, "Open the application");
    await see(page, "A HiCOS card needs no counter");
  }
  await shot(page, "hicos");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(card.pin("pin"), before);
});

test("an AOSign card has the door of its letter alone: the counter sets nothing, and says where it is done", async () => {
  const card = new Card("aosign", { pins: "pin=12345678,letter=87654321" });
  await card.insert();
  const { page } = await atDesk();
  await press(page, "New application");
  await see(page, "AOSign IC card");
  await page.selectOption("#act-pin", "reset");
  await press(page, "Open the application");
  await see(page, "A locked PIN is opened with the Letter PIN, by the holder alone");
  await shot(page, "aosign");
  assert.deepEqual(await axe(page), []);
});

test("the card is pulled in the customer's turn and put back: it goes on, no try is lost, and there is one grant", async () => {
  const card = mine();
  await card.insert();
  const { agent, page } = await atDesk();
  await enough(page, "sign");
  await see(page, "The customer’s turn");
  const window = await customer(agent, page);
  await press(page, "Give to the customer: Signature PIN (6 to 16 letters and digits)");
  await window.fill("#fresh", "KI7Z5Q");
  await card.pull();
  await see(window, "The card of this application is not on the reader.");
  await card.insert(0, "ins 2C cut-before\n");
  await window.locator("#fresh").waitFor();
  // What was typed went with the card.
  assert.equal(await window.inputValue("#fresh"), "");
  const before = grants().length;
  await choose(window, "KI7Z5Q");
  // The card goes again, with the grant in its memory and before the PIN is set.
  await see(page, "The card was taken away, or did not answer, in the middle.", 20000);
  await shot(page, "pulled");
  await shot(window, "pulled-customer");
  await sleep(2000); // by itself the card comes back first; then it is another one, without the fault
  await card.insert();
  await window.locator("button.main").first().click();
  await window.locator("#fresh").waitFor();
  await choose(window, "KI7Z5Q");
  await see(window, "Please turn to the clerk.", 20000);
  await see(page, "Receipt");
  assert.equal(card.pin("sign").value.replace(/\0+$/, ""), "KI7Z5Q");
  assert.equal(card.pin("sign").tries, 5);
  // The grant that the card had forgotten can set nothing any more; of the turn one has served.
  const ofTurn = grants().slice(before);
  assert.equal(ofTurn.filter((s) => s === "done").length, 1, ofTurn.join());
  assert.ok(ofTurn.every((s) => s === "done" || s === "failed"), ofTurn.join());
});

test("another card than the application's on the reader: the customer is asked for nothing", async () => {
  const card = mine(), other = mine();
  await card.insert();
  const { agent, page } = await atDesk();
  await press(page, "New application");
  await see(page, "The card on the reader");
  await apply(page, () => page.selectOption("#act-auth", "change"));
  const window = await customer(agent, page);
  await card.pull();
  await other.insert();
  await press(page, "Give to the customer: User authentication PIN (4 digits)");
  await see(window, "The card of this application is not on the reader.");
  assert.equal(await window.locator("input").count(), 0);
  await other.pull();
  await card.insert();
  await window.locator("#first").waitFor();
});
