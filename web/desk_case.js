// SPDX-License-Identifier: Apache-2.0
// One application: the sheet, what was found, the decision, the second person, the letter, and the customer's turn.
import { Component, focusHead, html } from "./lib.js";
import { ask, day, Refusal } from "./desk_ask.js";
import { endWords, stepWords } from "./desk_end.js";
import { Letter } from "./desk_letter.js";
import { Sheet, sheetOf, Verdict } from "./desk_sheet.js";
import { Steps } from "./parts.js";
import { lang, languages, t } from "./words.js";

/** What is not filled in is not sent. @param {any} sheet */
export function bodyOf(sheet) {
  const clean = (/** @type {any} */ o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== "" && v !== undefined && v !== null));
  return { facts: clean(sheet.facts), documents: sheet.documents.map(clean) };
}

export class Application extends Component {
  constructor(props) {
    super(props);
    this.state = { sheet: sheetOf(props.app, props.here), dirty: false, reason: "", code: "", letter: "", busy: false, said: null, speaks: lang(), turn: null };
  }
  componentDidMount() {
    focusHead();
  }
  componentDidUpdate(before) {
    const end = this.props.end;
    if (end && end !== before.end && this.state.turn && end.slot === this.state.turn.slot) this.ended(end);
    if (before.app.id !== this.props.app.id) this.setState({ sheet: sheetOf(this.props.app, this.props.here), dirty: false });
  }
  /** The customer is through with one PIN, or could not be. */
  ended(end) {
    const turn = this.state.turn;
    if (end.ok) {
      this.setState({ turn: null });
      ask("counter/customer", {});
      if (turn.act === "change") this.put({ ...this.state.sheet, facts: { ...this.state.sheet.facts, current_pin_verified: true } });
    }
    this.props.onDid(turn, end);
  }
  put(sheet) {
    this.setState({ sheet, dirty: true });
  }
  /** @param {string} what @param {object} body @returns {Promise<any>} */
  async act(what, body) {
    this.setState({ busy: true, said: null });
    const said = await ask(`operator/applications/${this.props.app.id}/${what}`, body);
    const app = said.ok ? said.json.application || said.json : null;
    this.setState({ busy: false, said, ...(app ? { sheet: sheetOf(app), dirty: false } : {}) });
    if (app) this.props.onApp(app);
    else document.getElementById("refusal")?.focus();
    return said;
  }
  async letter() {
    // The sheet that the letter rests on is the one that is shown.
    const said = await this.act("letter", {});
    if (said.ok) this.setState({ letter: said.json.code });
  }
  async give(wish, caseId) {
    const said = await ask("counter/customer", { slot: wish.slot, job: wish.act, number: this.props.app.number, lang: this.state.speaks, ...(caseId ? { case: caseId } : {}) });
    this.setState({ said, turn: said.ok ? wish : null });
  }
  async take() {
    const said = await ask("counter/customer", {});
    this.setState({ said, turn: said.ok ? null : this.state.turn });
  }
  turn() {
    const { app, did, job, end, pinName } = this.props, s = this.state;
    const resets = app.wishes.filter((w) => w.act === "reset");
    const mine = app.wishes.filter((w) => (w.act === "reset" ? app.state === "accepted" : app.state === "open"));
    if (mine.length === 0) return null;
    return html`<section class="box stack"><h3>${t("d_turn")}</h3><p>${t("d_turnHelp")}</p>
      <div class="row wrap"><button type="button" onClick=${this.props.onWindow}>${t("d_window")}</button>
        <div class="field"><label for="speaks">${t("d_turnLang")}</label><select id="speaks" value=${s.speaks} onChange=${(e) => this.setState({ speaks: e.target.value })}>${languages.map((l) => html`<option value=${l.id} lang=${l.tag}>${l.name}</option>`)}</select></div></div>
      <ul class="plainlist stack">${mine.map((w) => {
        const done = did[app.id + w.slot];
        if (done) return html`<li class="box good">${t("d_turnDone", { pin: pinName(w.slot) })}${done.receipt ? html` <span class="number">${t("d_receipt", { receipt: done.receipt })}</span>` : null}</li>`;
        if (s.turn && s.turn.slot === w.slot) return html`<li class="box care stack"><strong>${t("d_turnNow", { pin: pinName(w.slot) })}</strong>${job ? html`<${Steps} steps=${stepWords(job.steps)}/>` : html`<button type="button" onClick=${() => this.take()}>${t("d_turnBack")}</button>`}
          ${end && !end.ok && end.slot === w.slot ? html`<div role="alert">${endWords(end.error).map((w) => html`<p>${w}</p>`)}</div>` : null}</li>`;
        return html`<li><button type="button" class="main" disabled=${Boolean(s.turn)} onClick=${() => this.give(w, w.act === "reset" ? app.cases[resets.indexOf(w)] : "")}>${t("d_turnGive", { pin: pinName(w.slot) })}</button></li>`;
      })}</ul></section>`;
  }
  decide() {
    const { app } = this.props, s = this.state;
    const good = ["enough", "clerk"].includes(app.verdict) && !s.dirty;
    return html`<section class="box stack"><h3>${t("d_decision")}</h3>
      ${app.applicant === "agent" && app.state === "letter" ? html`<div class="field"><label for="code">${t("d_answer")}</label><div class="withbutton"><input id="code" type="text" class="number" maxlength="16" autocomplete="off" value=${s.code} onInput=${(e) => this.setState({ code: e.target.value.trim() })}/>
        <button type="button" disabled=${!s.code || s.busy} onClick=${() => { const code = s.code.replace(/\s/g, ""); this.setState({ code: "" }); this.act("answer", { code }); }}>${t("d_doAnswer")}</button></div></div>` : null}
      ${app.applicant === "agent" && app.verdict === "letter" && !s.dirty ? html`<div class="row"><button type="button" class="main" disabled=${s.busy} onClick=${() => this.letter()}>${t("d_letter")}</button></div>` : null}
      <div class="field"><label for="reason">${t("d_reason")}</label><input id="reason" type="text" maxlength="120" value=${s.reason} onInput=${(e) => this.setState({ reason: e.target.value })}/></div>
      <div class="row"><button type="button" class="main" disabled=${!good || !s.reason || s.busy} onClick=${() => this.act("decision", { decision: "accept", reason: s.reason })}>${t("d_accept")}</button>
        <button type="button" disabled=${!s.reason || s.busy} onClick=${() => this.act("decision", { decision: "refuse", reason: s.reason })}>${t("d_refuse")}</button>
        <button type="button" class="plain" disabled=${!s.reason || s.busy} onClick=${() => this.act("decision", { decision: "cancel", reason: s.reason })}>${t("d_cancel")}</button></div></section>`;
  }
  render({ app, kinds, office, pinName, onBack }, s) {
    if (s.letter) return html`<${Letter} app=${app} code=${s.letter} office=${office} pinName=${pinName} onClose=${() => this.setState({ letter: "" })}/>`;
    const fill = ["open", "letter"].includes(app.state);
    return html`<div class="stack"><div class="row"><button type="button" class="plain" onClick=${onBack}>${t("d_back")}</button></div>
      <section class="box stack"><h2 tabindex="-1">${t("d_app", { id: app.id })}</h2>
        <dl class="facts"><dt>${t("d_state")}</dt><dd><strong>${t("d_s_" + app.state)}</strong></dd><dt>${t("d_card")}</dt><dd class="number">${app.number}</dd><dt>${t("d_applicant")}</dt><dd>${t("d_a_" + app.applicant)}</dd>
        <dt>${t("d_wishes")}</dt><dd>${app.wishes.map((w) => html`<div>${pinName(w.slot)}: ${t("d_act_" + w.act)}</div>`)}</dd>${fill ? html`<dt></dt><dd>${t("d_until", { when: day(app.until_ms) })}</dd>` : null}</dl></section>
      <${Refusal} said=${s.said}/>
      ${fill ? html`<${Sheet} app=${app} sheet=${s.sheet} kinds=${kinds} disabled=${s.busy} onSheet=${(v) => this.put(v)}/>
        <div class="row"><button type="button" class=${s.dirty ? "main" : ""} disabled=${s.busy} onClick=${() => this.act("sheet", bodyOf(s.sheet))}>${t("d_check")}</button>${s.dirty ? html`<span class="quiet">${t("d_changed")}</span>` : null}</div>` : null}
      ${fill || app.findings.length ? html`<${Verdict} app=${app} kinds=${kinds}/>` : null}
      ${this.turn()}
      ${fill ? this.decide() : null}
      ${app.state === "asked" ? html`<section class="box stack"><p>${t("d_asked", { clerk: app.clerk })}</p><div class="row"><button type="button" class="main" disabled=${s.busy} onClick=${() => this.act("agreement", { agreed: true })}>${t("d_agree")}</button><button type="button" disabled=${s.busy} onClick=${() => this.act("agreement", { agreed: false })}>${t("d_disagree")}</button></div></section>` : null}
    </div>`;
  }
}
