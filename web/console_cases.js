// SPDX-License-Identifier: Apache-2.0
// Cases with their history and evidence, and a card by its number. What somebody may see of them is the service's to say.
import { Component, html } from "./lib.js";
import { Table } from "./console_lists.js";
import { get, post, slugOf, when, why } from "./service.js";
import { has, t } from "./words.js";

const LIMIT = 50;
const STATES = ["open", "ready", "granted", "done", "failed", "unknown", "cancelled", "expired", "refused"];
const DOORS = ["kiosk", "user-code", "counter", "help-desk", "app"];

/** The word of the service in the reader's language, where there is one. @param {string} group @param {string} word */
export const worded = (group, word) => (has(`${group}_${word.replace(/-/g, "_")}`) ? t(`${group}_${word.replace(/-/g, "_")}`) : word || "–");

/** @type {any[][]} */
const columns = [
  ["id", "caseOf"],
  ["opened_ms", "since", when],
  ["state", "caseState", (v) => worded("case", v)],
  ["door", "door", (v) => worded("door", v)],
  ["profile", "family"],
  ["slot", "pinsOf"],
  ["number", "cardNumber"],
  ["office", "office"],
  ["terminal", "terminal"],
  ["cause", "cause", (v) => worded("cause", v)],
];
/** @type {any[][]} */
const ofCard = columns.filter((k) => k[0] !== "number" && k[0] !== "profile");
/** @type {any[][]} */
const evidence = [["at_ms", "since", when], ["kind", "evidenceKind"], ["purpose", "purpose"], ["by", "by"]];
/** @type {any[][]} */
const grants = [["made_ms", "since", when], ["terminal", "terminal"], ["state", "caseState"], ["settled_by", "settledBy"], ["settled_ms", "settled", (v) => (v ? when(v) : "–")]];
/** @type {any[][]} */
const log = [["at_ms", "since", when], ["act", "act"], ["outcome", "outcome"], ["by", "by"], ["terminal", "terminal"], ["receipt", "receiptOf"], ["leaf", "leaf", (v) => (v === undefined ? t("notSealed") : String(v))]];

/** @type {any[][]} */
const slots = [["slot", "pinsOf"], ["resets", "resets", (v) => String(v ?? "–")], ["halted", "halted", (v) => worded("halted", v || "")], ["certificate_to_ms", "certificateTo", (v) => (v ? when(v) : "–")]];
/** @type {any[][]} */
const revocations = [["asked_ms", "since", when], ["slot", "pinsOf"], ["reason", "reason"], ["state", "caseState"], ["by", "by"], ["approved_by", "agreedBy"], ["receipt", "receiptOf"]];

/** What went wrong; a session that is over ends the page. @param {Component<any, any>} view @param {unknown} e */
function tell(view, e) {
  if (slugOf(e) === "sign-in") dispatchEvent(new Event("repin-signed-out"));
  else view.setState({ problem: why(e), busy: false });
}

const Problem = ({ text }) => (text ? html`<p role="alert" class="box bad">${text}</p>` : null);

function Whole({ whole, onBack }) {
  const c = whole.case;
  return html`<div class="stack"><div class="row"><button type="button" class="plain" onClick=${onBack}>${t("backToCases")}</button></div>
    <section class="box stack"><h3>${t("caseNamed", { id: c.id })}</h3><dl class="facts">${columns.slice(1).map((k) => html`<dt>${t(k[1])}</dt><dd>${k[2] ? k[2](c[k[0]]) : c[k[0]] || "–"}</dd>`)}
      <dt>${t("reason")}</dt><dd>${whole.reason || "–"}</dd><dt>${t("identifiedBy")}</dt><dd>${whole.identified_by || "–"}</dd></dl></section>
    <section class="stack"><h3>${t("evidence")}</h3><${Table} id="evidence" title=${t("evidence")} columns=${evidence} rows=${whole.evidence}/></section>
    <section class="stack"><h3>${t("grants")}</h3><${Table} id="grants" title=${t("grants")} columns=${grants} rows=${whole.grants}/></section>
    <section class="stack"><h3>${t("history")}</h3><${Table} id="history" title=${t("history")} columns=${log} rows=${whole.log}/></section></div>`;
}

export class Cases extends Component {
  constructor() {
    super();
    this.state = { name: "", state: "", door: "", rows: null, next: "", whole: null, problem: "", busy: false };
  }
  componentDidMount() {
    this.search("");
  }
  /** @param {string} cursor "": from the beginning */
  async search(cursor) {
    const { name, state, door, rows } = this.state;
    const wanted = name.replace(/[^A-Za-z0-9-]/g, "");
    this.setState({ busy: true, problem: "" });
    try {
      const page = await post("/v1/operator/cases", { limit: LIMIT, ...(wanted ? { name: wanted } : {}), ...(state ? { state } : {}), ...(door ? { door } : {}), ...(cursor ? { cursor } : {}) });
      this.setState({ rows: cursor ? [...rows, ...page.rows] : page.rows, next: page.next || "", busy: false });
    } catch (e) {
      tell(this, e);
    }
  }
  async open(row) {
    try {
      this.setState({ whole: await get("/v1/operator/cases/" + row.id), problem: "" });
      document.getElementById("view")?.focus();
    } catch (e) {
      tell(this, e);
    }
  }
  choice(id, group, words) {
    return html`<div class="field"><label for=${id}>${t(id === "state" ? "caseState" : "door")}</label><select id=${id} value=${this.state[id]} onChange=${(e) => this.setState({ [id]: e.target.value })}><option value="">${t("all")}</option>${words.map((w) => html`<option value=${w}>${worded(group, w)}</option>`)}</select></div>`;
  }
  render(_, s) {
    if (s.whole) return html`<${Problem} text=${s.problem}/><${Whole} whole=${s.whole} onBack=${() => this.setState({ whole: null })}/>`;
    return html`<form class="row" onSubmit=${(e) => { e.preventDefault(); this.search(""); }}><div class="field grow"><label for="wanted">${t("caseOrReceipt")}</label><input id="wanted" type="text" maxlength="39" autocomplete="off" value=${s.name} onInput=${(e) => this.setState({ name: e.target.value })}/></div>
        ${this.choice("state", "case", STATES)}${this.choice("door", "door", DOORS)}<button class="main" disabled=${s.busy}>${t("search")}</button></form>
      <${Problem} text=${s.problem}/>${s.rows ? html`<${Table} id="cases" title=${t("cases")} columns=${columns} rows=${s.rows} onRow=${(r) => this.open(r)}/>` : html`<p role="status">${t("looking")}</p>`}
      ${s.next ? html`<div class="row"><button type="button" disabled=${s.busy} onClick=${() => this.search(s.next)}>${t("moreRows")}</button></div>` : null}`;
  }
}

/** A card's whole number, never a part of one. */
export class Cards extends Component {
  constructor() {
    super();
    this.state = { number: "", seen: null, problem: "", busy: false };
  }
  async look(e) {
    e.preventDefault();
    this.setState({ busy: true, problem: "", seen: null });
    try {
      this.setState({ seen: await post("/v1/operator/cards/look", { number: this.state.number.replace(/\s/g, "") }), busy: false });
    } catch (problem) {
      tell(this, problem);
    }
  }
  card(c) {
    const code = c.user_code;
    return html`<section class="box stack"><dl class="facts"><dt>${t("family")}</dt><dd>${c.profile}</dd><dt>${t("cardNumber")}</dt><dd class="number">${c.number}</dd><dt>${t("caseState")}</dt><dd>${worded("card", c.status)}${c.replaced ? " · " + t("cardReplaced") : ""}</dd>
        <dt>${t("municipality")}</dt><dd>${c.municipality || "–"}</dd><dt>${t("since")}</dt><dd>${when(c.enrolled_ms)}</dd><dt>${t("userCode")}</dt><dd>${worded("code", code.state)}${code.tries_left === undefined ? "" : " · " + t("triesOf", { n: code.tries_left })}</dd></dl>
      ${[{ name: "slots", title: "pinsOf", list: slots }, { name: "cases", title: "cases", list: ofCard }, { name: "revocations", title: "revocations", list: revocations }].map(({ name, title, list }) => html`<h3>${t(title)}</h3><${Table} id=${name} title=${t(title)} columns=${list} rows=${c[name]}/>`)}</section>`;
  }
  render(_, s) {
    const rows = s.seen && s.seen.rows;
    return html`<form class="row" onSubmit=${(e) => this.look(e)}><div class="field grow"><label for="number">${t("cardNumber")}</label><input id="number" type="text" maxlength="47" required autocomplete="off" value=${s.number} onInput=${(e) => this.setState({ number: e.target.value })}/></div>
        <button class="main" disabled=${s.busy || !s.number}>${t("search")}</button></form><${Problem} text=${s.problem}/>
      ${rows ? (rows.length ? rows.map((c) => this.card(c)) : html`<p role="status">${t("noSuchCard")}</p>`) : null}`;
  }
}
