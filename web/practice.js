// SPDX-License-Identifier: Apache-2.0
// Practice: virtual cards on which anybody may lock, break and try without harm.
import { Component, html } from "./lib.js";
import { post } from "./api.js";
import { t } from "./words.js";

const STEP_MS = 30000;

/** What the clerk's authenticator shows at this time of the issuer's. Source: RFC 6238, RFC 4226 5.3. @param {string} secret base32 @param {number} ms */
async function oneTime(secret, ms) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const bytes = Uint8Array.from((bits.match(/.{8}/g) || []).map((b) => parseInt(b, 2)));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const at = new DataView(new ArrayBuffer(8));
  at.setUint32(4, Math.floor(ms / STEP_MS));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, at.buffer));
  return String((mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

export class Panel extends Component {
  constructor() {
    super();
    this.state = { state: null, code: "" };
  }
  componentDidMount() {
    this.act({ act: "state" });
    this.timer = setInterval(() => this.tick(), 1000);
  }
  componentWillUnmount() {
    clearInterval(this.timer);
  }
  async tick() {
    const { state, code } = this.state;
    const now = state && state.clerk ? await oneTime(state.clerk.secret, Date.now() + state.ahead_hours * 3600000) : "";
    if (now !== code) this.setState({ code: now });
  }
  async act(body) {
    const told = await post("/api/practice", body).catch(() => ({}));
    if (told.cards) this.setState({ state: told });
  }
  /** @param {string} act */
  async another(act) {
    const told = await post("/api/practice", { act }).catch(() => ({}));
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
      ${state ? html`<div class="row">${state.kiosk ? html`<button type="button" onClick=${() => this.another("open-kiosk")}>${t("openKiosk")}</button>` : null}${state.clerk ? html`<button type="button" onClick=${() => this.another("open-desk")}>${t("openDesk")}</button>` : null}${state.clock ? html`<button type="button" onClick=${() => this.act({ act: "hours" })}>${t("passDay")}</button>` : null}</div>` : null}
      ${state && state.clerk && this.state.code ? html`<p class="small">${t("deskSignIn")}</p><dl class="facts small" id="clerk"><dt>${t("deskName")}</dt><dd class="number">${state.clerk.name}</dd><dt>${t("deskPassword")}</dt><dd class="number">${state.clerk.password}</dd><dt>${t("deskCode")}</dt><dd class="number">${this.state.code}</dd></dl>` : null}</section>`;
  }
}
