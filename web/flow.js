// SPDX-License-Identifier: Apache-2.0
// One job at one PIN: what is at stake, the entries, the steps, the end. The entries live here and nowhere else; they are blanked
// when they are sent, when the card goes, and when the agent is not heard of any more.
import { Component, focusHead, html } from "./lib.js";
import { post } from "./api.js";
import { Cause, asksCause } from "./cause.js";
import { Secret, Steps, Told, Tries } from "./parts.js";
import { fold, judge } from "./rules.js";
import { openHours, t } from "./words.js";

const EMPTY = { first: "", fresh: "", again: "" };

/** The ways of doing it: several where more than one secret opens the PIN. @param {any} pin @param {string} job */
export function ways(pin, job) {
  const found = pin.jobs[job];
  return found === null ? [] : Array.isArray(found) ? found : [found];
}

/** @param {any} one a member of `jobs` */
export function needsNew(one) {
  return one.secrets.includes("new");
}

export const jobTitle = (/** @type {string} */ job, /** @type {any} */ pin) =>
  t(job === "change" ? "titleChange" : job === "unlock" ? "titleUnlock" : job === "reserve" ? "titleReserve" : job === "resolve" ? "titleResolve" : job === "device" ? "titleDevice" : "titleReset", { pin: pin.name });

export class Flow extends Component {
  constructor(props) {
    super(props);
    this.state = { ...EMPTY, way: 0, cause: "", show: false, agreed: false, insist: false, number: 0, sent: false, problem: null };
  }
  componentDidMount() {
    focusHead();
  }
  componentDidUpdate(before) {
    // Nothing typed outlives the card or the agent.
    if ((before.lost !== this.props.lost && this.props.lost) || (before.present && !this.props.present)) this.setState({ ...EMPTY });
  }
  way() {
    const all = ways(this.props.pin, this.props.job);
    return all[Math.min(this.state.way, all.length - 1)];
  }
  entries(one) {
    const out = {};
    const first = one.secrets[0];
    if (first !== "new") out[first] = this.state.first;
    if (needsNew(one)) out.new = this.state.fresh;
    return out;
  }
  ready(one) {
    const s = this.state;
    const firstGood = one.secrets[0] === "new" || judge(s.first, one.secret_rules, false).good;
    const freshGood = !needsNew(one) || (judge(s.fresh, this.props.pin.rules, true).good && fold(s.fresh, this.props.pin.rules?.to_upper) === fold(s.again, this.props.pin.rules?.to_upper));
    return firstGood && freshGood && (!one.last_try || s.agreed);
  }
  async send(one) {
    const { pin, job, card } = this.props;
    /** @type {Record<string, any>} */
    const body = { job, slot: pin.id, reader: card.reader, expect: card.expect, ...this.entries(one), insist: this.state.insist, last_try: this.state.agreed };
    if (job === "reset" && one.case) body.case = one.case;
    if (this.state.cause && asksCause(job, pin, one)) body.cause = this.state.cause;
    if (one.by_phone) body.by_phone = true;
    if (one.source) Object.assign(body, { card_reader: one.source.reader, card_expect: one.source.expect });
    this.setState({ ...EMPTY, sent: true, problem: null, insist: false, agreed: false });
    this.props.onSent();
    const told = await post("/api/jobs", body).catch(() => ({ status: 0 }));
    for (const k of Object.keys(body)) body[k] = null;
    if (told.status === 202) this.setState({ number: told.job });
    else this.setState({ sent: false, problem: told.error || { message: t("agentAway"), next: t("agentAwayNext") } });
  }
  blank() {
    this.setState({ ...EMPTY });
    /** @type {HTMLElement|null} */ (document.querySelector("main input.pin"))?.focus();
  }
  stakes(one) {
    if (!one.stake) return null;
    const s = one.stake;
    return html`<div class=${"box stack small " + (one.last_try ? "care" : "")}>
      ${s.slot !== this.props.pin.id ? html`<h3>${s.name}</h3>` : null}
      ${s.which ? html`<p>${s.which}</p>` : null}
      ${s.slot !== this.props.pin.id && s.tries_left !== null && s.tries_max !== null ? html`<p><strong>${t(s.at_issuer ? "triesAtIssuer" : "triesLeft", { n: s.tries_left, max: s.tries_max })}</strong></p>` : null}
      ${s.limit ? html`<p>${s.limit}</p>` : null}
      ${one.last_try ? html`<label class="check"><input type="checkbox" checked=${this.state.agreed} onChange=${(e) => this.setState({ agreed: e.target.checked })}/><span>${t(one.last_way ? "lastTryDead" : "lastTry")}</span></label>` : null}</div>`;
  }
  form(one) {
    const { pin, lost, present, job } = this.props;
    const off = lost || !present;
    const s = this.state;
    const first = one.secrets[0];
    const all = ways(pin, job);
    return html`<div class="stack">
      ${all.length > 1 ? html`<fieldset><legend>${t("whichSecret")}</legend>${all.map((w, i) => html`<label class="check"><input type="radio" name="way" checked=${i === s.way} onChange=${() => this.setState({ ...EMPTY, way: i, agreed: false })}/><span>${w.secret_title}</span></label>`)}</fieldset>` : null}
      ${this.stakes(one)}${one.by_phone ? html`<p>${t("callFirst")}</p>` : null}
      ${first !== "new" ? html`<${Secret} id="first" label=${one.source ? t("ofCard", { pin: one.stake.name, number: one.source.number }) : first === "other" && one.stake ? one.stake.name : first === "current" ? t("currentOf", { pin: one.stake ? one.stake.name : pin.name }) : one.secret_title} value=${s.first} onValue=${(v) => this.setState({ first: v })}
        rules=${one.secret_rules} fresh=${false} show=${s.show} disabled=${off} numeric=${one.secret_rules && one.secret_rules.current_characters === "digits"}/>` : null}
      ${needsNew(one) ? html`<${Secret} id="fresh" label=${pin.id === "user-code" ? t("newCode") : t("newPin")} value=${s.fresh} onValue=${(v) => this.setState({ fresh: v })} rules=${pin.rules} fresh=${true} show=${s.show} disabled=${off} hint=${t("newPinHint")} numeric=${pin.rules && pin.rules.characters === "digits"}/>
        <${Secret} id="again" label=${pin.id === "user-code" ? t("newCodeAgain") : t("newPinAgain")} value=${s.again} onValue=${(v) => this.setState({ again: v })} rules=${pin.rules} fresh=${true} again=${s.fresh} show=${s.show} disabled=${off} numeric=${pin.rules && pin.rules.characters === "digits"}/>` : null}
      ${asksCause(job, pin, one) ? html`<${Cause} value=${s.cause} disabled=${off} onValue=${(cause) => this.setState({ cause })}/>` : null}
      <label class="check"><input type="checkbox" checked=${s.show} onChange=${(e) => this.setState({ show: e.target.checked })}/><span>${t("showEntries")}</span></label>
      ${this.props.weak ? html`<label class="check"><input type="checkbox" checked=${s.insist} onChange=${(e) => this.setState({ insist: e.target.checked })}/><span>${t("insist")}</span></label>` : null}
      <div class="row"><button type="button" class="main" disabled=${off || !this.ready(one)} onClick=${() => this.send(one)}>${t(one.by_phone ? "callBegin" : job === "reserve" ? "doReserve" : job === "device" ? "doDevice" : this.props.pin.id === "user-code" ? "doSetCode" : "doSet")}</button>
        <button type="button" onClick=${() => this.blank()} disabled=${off}>${t("clear")}</button>
        ${this.props.onBack ? html`<button type="button" class="plain" onClick=${this.props.onBack}>${t("back")}</button>` : null}</div></div>`;
  }
  render({ pin, job, running, onCancel, onBack, confirmed, onConfirm, card }) {
    const one = this.way();
    if (running) return html`<section class="box stack"><h2 tabindex="-1">${jobTitle(job, pin)}</h2><div class="row"><span class="spin" aria-hidden="true"></span><strong>${t("leaveCard")}</strong></div>
      <${Steps} steps=${running.steps}/><div class="row"><button type="button" onClick=${onCancel}>${t("cancel")}</button></div></section>`;
    if (!one) return html`<section class="box stack"><h2 tabindex="-1">${jobTitle(job, pin)}</h2><p>${t("notNow")}</p><div class="row"><button type="button" onClick=${onBack}>${t("back")}</button></div></section>`;
    return html`<section class="box stack"><h2 tabindex="-1">${jobTitle(job, pin)}</h2>
      ${this.state.problem ? html`<div class="box bad" role="alert"><p>${this.state.problem.message}</p>${this.state.problem.next ? html`<p>${this.state.problem.next}</p>` : null}</div>` : null}
      ${pin.id !== "user-code" && job !== "device" ? html`<p><${Tries} pin=${pin}/></p>` : null}
      ${confirmed ? this.form(one) : html`<${Confirm} onYes=${onConfirm} onBack=${onBack}/>`}</section>`;
  }
}

/** Before a secret is asked the holder says that it is this card, which stands above. */
export function Confirm({ onYes, onBack }) {
  return html`<div class="stack"><p>${t("isItYours")}</p>
    <div class="row"><button type="button" class="main" onClick=${onYes}>${t("yesMine")}</button><button type="button" class="plain" onClick=${onBack}>${t("noOther")}</button></div></div>`;
}

/** How a job ended. @param {any} props */
export function End({ end, onDone, onAgain, onResolve, onDoors }) {
  if (end.ok && end.answers) return html`<${Told} kind="good" title=${t("resolved")}>${end.answers.map((a) => html`<p>${a.message}${a.next ? " " + a.next : ""}</p>`)}<div class="row"><button type="button" class="main" onClick=${onDone}>${t("ok")}</button></div></${Told}>`;
  if (end.ok) return html`<${Told} kind="good" title=${end.message || t("done")}>
      ${(end.more || []).map((m) => html`<p>${m}</p>`)}
      ${(end.warnings || []).map((m) => html`<p class="small quiet">${m}</p>`)}
      ${end.sent && end.sent.folded.length ? html`<p class="small">${t(end.sent.folded.includes("upper") ? "wasSentUpper" : "wasSentNarrow")}</p>` : null}
      ${end.kiosks && end.kiosks.length ? html`<div><p>${t("kiosksAre")}</p><ul>${end.kiosks.map((k) => html`<li>${k.operator}: ${k.places} (${openHours(k.hours)})</li>`)}</ul></div>` : null}
      ${end.receipt ? html`<p>${t("receipt")} <span class="number">${end.receipt}</span></p>` : null}
      <div class="row noprint"><button type="button" class="main" onClick=${onDone}>${t("ok")}</button>${end.receipt ? html`<button type="button" onClick=${() => print()}>${t("print")}</button>` : null}</div></${Told}>`;
  const e = end.error || {};
  const cut = ["card-removed", "card-failed", "card-reset", "card-timeout", "card-reply", "half-done", "interrupted"].includes(e.code);
  const input = (e.code || "").startsWith("input-") || (e.code === "card-refused" && end.did === "unlock");
  return html`<${Told} kind="bad" title=${cut ? t("cutTitle") : e.message}>
      ${cut ? html`<p>${e.message}</p>` : null}
      ${e.of_source ? html`<p>${t("aboutCard")}</p>` : null}
      <p><strong>${e.tries_spent === 1 ? t(e.tries_spent_at === "issuer" ? "spentIssuer" : "spentOne") : e.tries_spent === 0 ? t("spentNone") : t("spentUnknown")}</strong></p>
      ${e.next ? html`<p>${e.next}</p>` : null}
      <div class="row">${cut ? html`<button type="button" class="main" onClick=${onResolve}>${t("tellValid")}</button>` : input || e.code === "cancelled" || e.code === "tries-changed" ? html`<button type="button" class="main" onClick=${onAgain}>${t("again")}</button>` : html`<button type="button" class="main" onClick=${onDoors}>${t("waysBack")}</button>`}
        <button type="button" onClick=${onDone}>${t("toCard")}</button></div></${Told}>`;
}
