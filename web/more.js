// SPDX-License-Identifier: Apache-2.0
// The check-up and the ledger.
import { Component, focusHead, html } from "./lib.js";
import { post } from "./api.js";
import { t } from "./words.js";

/** With its zone: whoever compares it with another machine's must know which clock it is. @type {Intl.DateTimeFormatOptions} */
const STAMP = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };

export class Doctor extends Component {
  constructor() {
    super();
    this.state = { checks: null };
  }
  componentDidMount() {
    focusHead();
    this.ask();
  }
  async ask() {
    this.setState({ checks: null });
    const told = await post("/api/doctor").catch(() => ({}));
    this.setState({ checks: told.checks || [{ id: "agent", level: "bad", message: t("agentAway"), next: t("agentAwayNext") }] });
  }
  render({ onBack }, { checks }) {
    return html`<section class="box stack"><h2 tabindex="-1">${t("checkup")}</h2>
      ${checks ? html`<ul class="hints stack" aria-live="polite">${checks.map((c) => html`<li class=${c.level === "ok" ? "met" : "broken"}>${c.message}${c.next ? html`<br/><strong>${c.next}</strong>` : null}</li>`)}</ul>` : html`<p>${t("looking")}</p>`}
      <div class="row"><button type="button" class="main" onClick=${() => this.ask()}>${t("lookAgain")}</button><button type="button" class="plain" onClick=${onBack}>${t("back")}</button></div></section>`;
  }
}

export class Ledger extends Component {
  constructor() {
    super();
    this.state = { cards: null, sure: false };
  }
  componentDidMount() {
    focusHead();
    this.ask();
  }
  async ask() {
    const told = await post("/api/ledger").catch(() => ({}));
    this.setState({ cards: told.cards || [], problem: told.error, sure: false });
  }
  async wipe() {
    const told = await post("/api/ledger/wipe").catch(() => ({ error: { message: t("agentAway") } }));
    await this.ask();
    if (told.error) this.setState({ problem: told.error });
  }
  render({ onBack }, { cards, sure, problem }) {
    return html`<section class="box stack"><h2 tabindex="-1">${t("ledger")}</h2><p>${t("ledgerWhat")}</p>
      ${problem ? html`<p class="box bad" role="alert">${problem.message}${problem.next ? html`<br/>${problem.next}` : null}</p>` : null}
      ${!cards ? html`<p>${t("looking")}</p>` : cards.length === 0 ? html`<p>${t("ledgerEmpty")}</p>` : cards.map((c) => html`<div class="scroll" tabindex="0" role="region" aria-label=${t("cardEnding", { tail: c.tail })}><h3>${t("cardEnding", { tail: c.tail })}</h3><table><thead><tr><th scope="col">${t("when")}</th><th scope="col">PIN</th><th scope="col">${t("what")}</th><th scope="col">${t("triesLeftHead")}</th></tr></thead>
        <tbody>${c.lines.map((l) => html`<tr><td>${new Date(l.last || l.first).toLocaleString(document.documentElement.lang, STAMP)}</td><td>${l.name}</td><td>${t(`why_${l.why}`)}${l.elsewhere ? html`<br/><strong>${t("usedElsewhere")}</strong>` : null}</td><td>${l.tries_left ?? "–"}</td></tr>`)}</tbody></table></div>`)}
      <div class="row">${cards && cards.length ? (sure ? html`<button type="button" class="main" onClick=${() => this.wipe()}>${t("wipeSure")}</button>` : html`<button type="button" onClick=${() => this.setState({ sure: true })}>${t("wipe")}</button>`) : null}
        <button type="button" class="plain" onClick=${onBack}>${t("back")}</button></div></section>`;
  }
}
