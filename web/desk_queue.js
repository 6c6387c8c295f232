// SPDX-License-Identifier: Apache-2.0
// The queue of a day: who waits, who has booked, who is called; and a new place in it, now or at a time.
import { Component, html } from "./lib.js";
import { ask, day as whenText, Refusal, time } from "./desk_ask.js";
import { said as inWords, t } from "./words.js";

const WISHES = ["reset", "change", "letter", "answer"];
const STEPS = { free: ["hold"], held: ["call", "miss", "release"], called: ["begin", "call", "miss", "return"], "in-progress": ["finish", "return"], finished: [], missed: ["return"] };
/** What can be done with a place of another day. */
const AHEAD = ["hold", "release"];

/** @param {any} v @param {boolean} today */
export const stepsOf = (v, today) => STEPS[v.state].filter((/** @type {string} */ e) => (today || AHEAD.includes(e)) && (e !== "release" || v.at_ms));

/** The date here and now, as a field has it. */
const here = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);

export class Queue extends Component {
  constructor(props) {
    super(props);
    this.state = { wish: "reset", at: "", free: false, busy: false, said: null, told: "" };
  }
  async act(path, body) {
    this.setState({ busy: true, said: null, told: "" });
    const said = await ask(path, body);
    this.setState({ busy: false, said });
    this.props.onChange();
    return said;
  }
  async walkIn() {
    const said = await this.act("operator/visits", { wish: this.state.wish });
    // Why nobody is taken now: the hours, or that this office serves by appointment alone.
    if (said.problem === "office-closed" && said.json.detail) this.setState({ said: { ...said, says: inWords(said.json.detail) } });
  }
  async book() {
    const { wish, at, free } = this.state;
    const at_ms = new Date(`${this.props.day || here()}T${at}`).getTime();
    const said = await this.act("operator/visits", { wish, at_ms, free });
    if (said.ok) this.setState({ at: "", told: t(free ? "d_offered" : "d_booked", { number: said.json.number, when: whenText(said.json.at_ms) }) });
    else if (said.problem === "office-closed") this.setState({ said: { ...said, says: t("d_closedThen") } });
    else if (said.problem === "malformed") this.setState({ said: { ...said, says: t("d_passed") } });
    if (!said.ok) /** @type {HTMLElement|null} */ (document.querySelector("#queue #refusal"))?.focus();
  }
  table() {
    const { visits, day, onApply } = this.props, today = !day || day === here();
    if (!visits.length) return html`<p>${t("d_noQueue")}</p>`;
    const rows = [...visits].sort((a, b) => (a.at_ms || a.made_ms) - (b.at_ms || b.made_ms));
    return html`<div class="wide" tabindex="0" role="region" aria-label=${t("d_queue")}><table><thead><tr><th>${t("d_no")}</th><th>${t("d_wish")}</th><th>${t("d_at")}</th><th>${t("d_state")}</th><th>${t("d_since")}</th><th><span class="hidden">${t("d_open")}</span></th></tr></thead><tbody>${rows.map((v) => html`<tr key=${v.id}><td class="number">${v.number}</td><td>${t("d_wish_" + v.wish)}</td><td>${v.at_ms ? html`<span class="hidden">${t("d_at")} </span>${time(v.at_ms)}` : null}</td><td><strong>${t("d_v_" + v.state.replace("-", ""))}</strong> ${v.desk || ""}</td><td>${time(v.ended_ms || v.begun_ms || v.called_ms || v.made_ms)}</td>
      <td><div class="row">${v.state === "in-progress" ? html`<button type="button" class="main" onClick=${() => onApply(v)}>${t("d_new")}</button>` : null}${stepsOf(v, today).map((/** @type {string} */ e) => html`<button type="button" disabled=${this.state.busy} onClick=${() => this.act(`operator/visits/${v.id}/events`, { event: e })}>${t("d_e_" + e)}</button>`)}</div></td></tr>`)}</tbody></table></div>`;
  }
  render({ day, onDay }, s) {
    const shown = day ? t("d_queueOf", { day: new Date(day + "T12:00").toLocaleDateString(document.documentElement.lang, { year: "numeric", month: "long", day: "numeric", weekday: "short" }) }) : t("d_queue");
    return html`<section class="box stack" id="queue"><h2>${shown}</h2><${Refusal} said=${s.said}/><div role="status">${s.told ? html`<p class="box good">${s.told}</p>` : null}</div>
      <div class="row wrap"><div class="field"><label for="day">${t("d_day")}</label><input id="day" type="date" value=${day || here()} onChange=${(e) => onDay(e.target.value)}/></div>${day ? html`<button type="button" onClick=${() => onDay("")}>${t("d_today")}</button>` : null}</div>
      ${this.table()}
      <div class="row wrap"><div class="field"><label for="wish">${t("d_wish")}</label><select id="wish" value=${s.wish} onChange=${(e) => this.setState({ wish: e.target.value })}>${WISHES.map((w) => html`<option value=${w}>${t("d_wish_" + w)}</option>`)}</select></div>
        <button type="button" disabled=${s.busy} onClick=${() => this.walkIn()}>${t("d_walkIn")}</button></div>
      <form class="row wrap" onSubmit=${(e) => { e.preventDefault(); this.book(); }}><div class="field"><label for="at">${t("d_time")}</label><input id="at" type="time" value=${s.at} onInput=${(e) => this.setState({ at: e.target.value })}/></div>
        <label class="check"><input type="checkbox" checked=${s.free} onChange=${(e) => this.setState({ free: e.target.checked })}/><span>${t("d_bookFree")}</span></label>
        <button disabled=${s.busy || !s.at}>${t("d_book")}</button></form></section>`;
  }
}
