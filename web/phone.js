// SPDX-License-Identifier: Apache-2.0
// The holder's page on a phone. With the phone's key it is the app: of PINs it resets and changes those of the phone's certificates, and
// for the card it opens a reservation. Without the key the same page is the web, and says where the door is.
import { html } from "./lib.js";
import { post } from "./api.js";
import { Holder, run } from "./holder.js";
import { texts } from "./texts_phone.js";
import { addTexts, t } from "./words.js";

const PHONE = "mynumber-mobile";
addTexts("phone", texts);

class Phone extends Holder {
  constructor(props) {
    super(props);
    this.tried = new Set();
  }
  tell(name, data) {
    super.tell(name, data);
    if (name === "readers" || name === "gone") this.tried.clear();
    // The phone's own certificates come first; the card lies in the other reader and is chosen by hand.
    if (name === "card" && data.card && data.card.profile !== PHONE && !this.chosen) this.seek(data.reader);
  }
  seek(reader) {
    this.tried.add(reader);
    const { readers } = this.state;
    const next = readers && readers.readers.find((r) => r.state === "card" && !this.tried.has(r.name));
    if (next) post("/api/look", { reader: next.name }).catch(() => null);
  }
  choose(reader) {
    this.chosen = true;
    super.choose(reader);
  }
  jobs(p) {
    // Before there is a key, registering is the one thing to do, and stands above.
    const again = this.state.card.phone === "key" && p.jobs.device;
    return [...super.jobs(p), ...(again ? ["device"] : [])];
  }
  above() {
    const { card, view, end } = this.state;
    if (view.name !== "card" || end) return null;
    if (!this.props.phone) return html`<section class="box care stack"><h2>${t("phoneWebTitle")}</h2><p>${t("phoneWeb")}</p><p>${t("phoneWebDoor")}</p></section>`;
    if (card && card.phone === "new" && card.card.profile === PHONE) return html`<section class="box care stack"><h2>${t("phoneNewTitle")}</h2><p>${t("phoneNew")}</p>${this.first(card)}</section>`;
    if (card && card.card && card.card.profile !== PHONE) return html`<p class="box small">${t("phoneCard")}</p>`;
    return null;
  }
  first(card) {
    const pin = card.pins.find((p) => p.jobs.device);
    return pin ? html`<div class="row"><button type="button" class="main" onClick=${() => this.go({ name: "flow", slot: pin.id, job: "device" })}>${t("btnDevice")}</button></div>` : null;
  }
  extra(p) {
    const { card } = this.state;
    if (!this.props.phone || card.card.profile !== PHONE) return null;
    if (p.jobs.reset_why) return html`<p class="wide box care small">${p.jobs.reset_why.message}</p>`;
    return p.jobs.reset && p.jobs.reset.secrets[0] === "new" ? html`<p class="wide small quiet">${t("phoneUnlocked")}</p>` : null;
  }
}

run(Phone);
