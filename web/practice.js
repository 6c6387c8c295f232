// SPDX-License-Identifier: Apache-2.0
// Practice: virtual cards on which anybody may lock, break and try without harm.
import { Component, html } from "./lib.js";
import { post } from "./api.js";
import { t } from "./words.js";

export class Panel extends Component {
  constructor() {
    super();
    this.state = { state: null, open: "" };
  }
  componentDidMount() {
    this.act({ act: "state" });
  }
  async act(body) {
    const told = await post("/api/practice", body).catch(() => ({}));
    if (told.cards) this.setState({ state: told });
  }
  async kiosk() {
    const told = await post("/api/practice", { act: "open-kiosk" }).catch(() => ({}));
    if (told.url) open(told.url, "_blank", "noopener");
  }
  card(c, state) {
    return html`<li class=${"box stack small " + (c.in ? "good" : "")}><strong>${c.title}</strong><span class="number">${c.number}</span>
      <span>${c.pins.map((p) => html`<span>${p.id}: <span class="number">${p.value}</span><br/></span>`)}</span>
      <div class="row">${c.in ? html`<button type="button" onClick=${() => this.act({ act: "pull", card: c.id })}>${t("pull")}</button>` : html`<button type="button" class="main" onClick=${() => this.act({ act: "insert", card: c.id, place: "home" })}>${t("insert")}</button>`}
        ${state.kiosk && c.kiosk !== false && c.in !== "kiosk" ? html`<button type="button" onClick=${() => this.act({ act: "insert", card: c.id, place: "kiosk" })}>${t("insertKiosk")}</button>` : null}</div>
      <details><summary>${t("mischief")}</summary><p>${t("asAnother")}</p>${c.pins.filter((p) => p.wrong).map((p) => html`<div class="row"><button type="button" disabled=${c.in !== "home"} onClick=${() => this.act({ act: "try", card: c.id, slot: p.id })}>${t("tryPin", { pin: p.id })}</button><button type="button" disabled=${c.in !== "home"} onClick=${() => this.act({ act: "lock", card: c.id, slot: p.id })}>${t("lockPin", { pin: p.id })}</button></div>`)}
        <div class="row"><button type="button" disabled=${c.in !== "home"} onClick=${() => this.act({ act: "kill", card: c.id })}>${t("lockAll")}</button>
        <button type="button" onClick=${() => this.act({ act: "break", card: c.id })}>${t("breakNext")}</button><button type="button" onClick=${() => this.act({ act: "new", card: c.id })}>${t("newCard")}</button></div></details></li>`;
  }
  render(props, { state }) {
    return html`<section class="panel stack noprint" aria-label=${t("practice")}><h2>${t("practice")}</h2><p class="small">${t("practiceWhat")}</p>
      ${state ? html`<ul class="cards">${state.cards.map((c) => this.card(c, state))}</ul>` : html`<p>${t("looking")}</p>`}
      ${state ? html`<div class="row">${state.kiosk ? html`<button type="button" onClick=${() => this.kiosk()}>${t("openKiosk")}</button>` : null}${state.clock ? html`<button type="button" onClick=${() => this.act({ act: "hours" })}>${t("passDay")}</button>` : null}</div>` : null}</section>`;
  }
}
