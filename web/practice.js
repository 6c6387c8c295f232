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
  card(c) {
    return html`<li class=${"box stack small " + (c.inserted ? "good" : "")}><strong>${c.title}</strong><span class="number">${c.number}</span>
      <span>${c.pins.map((p) => html`<span>${p.name} <span class="number">${p.value}</span><br/></span>`)}</span>
      <div class="row">${c.inserted ? html`<button type="button" onClick=${() => this.act({ act: "pull", card: c.id })}>${t("pull")}</button>` : html`<button type="button" class="main" onClick=${() => this.act({ act: "insert", card: c.id })}>${t("insert")}</button>`}</div>
      <details><summary>${t("mischief")}</summary><div class="row">${c.pins.filter((p) => p.lockable).map((p) => html`<button type="button" onClick=${() => this.act({ act: "lock", card: c.id, slot: p.id })}>${t("lockPin", { pin: p.id })}</button>`)}
        <button type="button" onClick=${() => this.act({ act: "break", card: c.id })}>${t("breakNext")}</button><button type="button" onClick=${() => this.act({ act: "new", card: c.id })}>${t("newCard")}</button></div></details></li>`;
  }
  render(props, { state }) {
    return html`<section class="panel stack noprint" aria-label=${t("practice")}><h2>${t("practice")}</h2><p class="small">${t("practiceWhat")}</p>
      ${state ? html`<ul class="cards">${state.cards.map((c) => this.card(c))}</ul>` : html`<p>${t("looking")}</p>`}
      ${state && state.kiosk ? html`<p class="small"><a href="/kiosk" target="_blank" rel="noopener">${t("openKiosk")}</a></p>` : null}</section>`;
  }
}
