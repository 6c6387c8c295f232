// SPDX-License-Identifier: Apache-2.0
// A holder's own entry: the number of a receipt in, what the issuer's log says of it out, judged here as `repin receipt` does.
import { Component, focusHead, html, render } from "./lib.js";
import { grown, logKey } from "./log_memory.js";
import { Languages, Looks, restoreLook } from "./parts.js";
import { get, slugOf, when, why } from "./service.js";
import { texts } from "./texts_receipt.js";
import { texts as refusals } from "./texts_service.js";
import { canVerify, judge } from "./tlog.js";
import { addTexts, has, t, useLanguage, wantedLanguage } from "./words.js";

addTexts("receipt", texts);
addTexts("service", refusals);

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARS = 20; // and one that checks them

/** As typed, in one word or in groups; null when the last character does not check the others (base/hash.c). @param {string} typed */
export function numberOf(typed) {
  const text = typed.normalize("NFKC").toUpperCase().replace(/[\s-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
  if (text.length !== CHARS + 1 || [...text].some((c) => !LETTERS.includes(c))) return null;
  let sum = 0;
  [...text.slice(0, CHARS)].reverse().forEach((c, i) => {
    const v = LETTERS.indexOf(c);
    sum += i % 2 ? v : Math.floor((2 * v) / 32) + ((2 * v) % 32);
  });
  return LETTERS.indexOf(text[CHARS]) === (32 - (sum % 32)) % 32 ? text : null;
}

/** @param {string} act */
const actText = (act) => (has("act_" + act.replace("-", "_")) ? t("act_" + act.replace("-", "_")) : act);
/** @type {[string, string, ((v: any) => string)?][]} */
const members = [["act", "receiptWhat", actText], ["slot", "receiptPin"], ["time", "receiptWhen", (v) => when(v)], ["terminal", "receiptTerminal"], ["door", "receiptDoor"], ["outcome", "receiptOutcome"], ["operator", "receiptBy"], ["reason", "receiptReason"]];

class Receipt extends Component {
  constructor() {
    super();
    this.state = { typed: "", problem: "", looking: false, told: null };
  }
  async look(e) {
    e.preventDefault();
    const number = numberOf(this.state.typed);
    if (!number) {
      this.setState({ problem: `${t("receiptTypo")} ${t("receiptTypoNext")}`, told: null });
      return document.getElementById("number")?.focus();
    }
    this.setState({ looking: true, problem: "", told: null });
    try {
      this.setState({ told: await this.judged(number), looking: false }, focusHead);
    } catch (problem) {
      this.setState({ problem: slugOf(problem) ? why(problem) : t("verdict_nonsense"), looking: false });
      document.getElementById("number")?.focus();
    }
  }
  async judged(number) {
    if (!(await canVerify())) return { verdict: "cannot", number };
    const answer = await get("/v1/log/receipts/" + number), k = await logKey();
    const told = { ...(await judge(answer, number, k.key)), number, k, before: 0 };
    if (!told.at) return told;
    const seen = await grown(k, told.at, answer.checkpoint);
    return seen.verdict === "grown" ? { ...told, before: seen.before } : { ...told, verdict: seen.verdict, entry: null };
  }
  result({ verdict, number, entry, k, at, before }) {
    const good = verdict === "sealed" || verdict === "erased", care = verdict === "waiting" || verdict === "cannot";
    return html`<section class=${"box stack " + (good ? "good" : care ? "care" : "bad")} role=${good || care ? "status" : "alert"}><h2 tabindex="-1">${t(good ? "receiptGood" : care ? "receiptWait" : "receiptBad")}</h2>
        <p class="number">${number}</p><p>${t(verdict === "cannot" ? "receiptCannot" : "verdict_" + verdict)}</p>${good || verdict === "cannot" ? null : html`<p>${t(care ? "receiptNextWait" : "receiptNextBad")}</p>`}</section>
      ${verdict === "sealed" && entry ? html`<dl class="facts box">${members.filter(([m]) => entry[m] !== undefined && entry[m] !== "").map(([m, label, show]) => html`<dt>${t(label)}</dt><dd>${show ? show(entry[m]) : String(entry[m])}</dd>`)}</dl>` : null}
      ${at ? html`<section class="box stack small"><p>${t("receiptKey")}: <span class="number">${k.line}</span></p><p>${t(k.first ? "receiptKeyFirst" : "receiptKeyKept")}</p>
        ${k.told !== k.line ? html`<p>${t("receiptOtherKey")}</p>` : null}${before ? html`<p>${t("receiptGrown", { before })}</p>` : null}</section>` : null}`;
  }
  render(_, { typed, problem, looking, told }) {
    return html`<header class="top"><div><h1><img src="/icon.svg" alt=""/>${t("receiptTitle")}</h1><${Languages} onChoose=${async (id) => { await useLanguage(id); this.forceUpdate(); }}/><${Looks}/></div></header>
      <main><form class="box stack noprint" noValidate onSubmit=${(e) => this.look(e)}><p>${t("receiptHow")}</p>
        <div class="field"><label for="number">${t("receiptNumber")}</label><input id="number" class="pin" type="text" value=${typed} autocomplete="off" autocapitalize="characters" spellcheck=${false} maxlength="40" aria-describedby="number-problem" onInput=${(e) => this.setState({ typed: e.target.value })}/></div>
        <div id="number-problem" role="alert">${problem ? html`<p class="box bad">${problem}</p>` : null}</div>
        <div class="row"><button type="submit" class="main" disabled=${looking}>${t("receiptLook")}</button></div></form>
      ${looking ? html`<p role="status">${t("looking")}</p>` : null}${told ? this.result(told) : null}</main>`;
  }
}

async function main() {
  restoreLook();
  await useLanguage(wantedLanguage());
  document.title = t("receiptTitle");
  render(html`<${Receipt}/>`, /** @type {HTMLElement} */ (document.getElementById("app")));
}

main();
