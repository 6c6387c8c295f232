// SPDX-License-Identifier: Apache-2.0
// The inquiry letter to the holder, as the browser prints it: one sheet, the answer on its lower half. It has no name and no
// address: the office writes these from its own register, which Repin does not know.
import { html } from "./lib.js";
import { day } from "./desk_ask.js";
import { grouped, t } from "./words.js";

/** @param {{app: any, code: string, office: string, pinName: (slot: string) => string, onClose: () => void}} props */
export function Letter({ app, code, office, pinName, onClose }) {
  return html`<section class="letter stack"><div class="row noprint"><p class="box care">${t("d_letterOnce")}</p><button type="button" class="main" onClick=${() => print()}>${t("l_print")}</button><button type="button" onClick=${onClose}>${t("l_close")}</button></div>
    <p class="right">${office}</p><p>${t("l_to")}</p><h2 tabindex="-1">${t("l_title")}</h2>
    <p>${t("l_body")}</p><p><strong>${t("l_yes")}</strong></p><p>${t("l_no")}</p>
    <dl class="facts"><dt>${t("l_code")}</dt><dd class="number big">${grouped(code)}</dd><dt>${t("l_app")}</dt><dd class="number">${app.id}</dd><dt>${t("d_number")}</dt><dd class="number">…${app.number.slice(-4)}</dd></dl>
    <p>${t("l_until", { when: day(app.until_ms) })}</p>
    <div class="cut"></div><h3>${t("l_answer")}</h3><p>${t("l_wish")}</p>
    <dl class="facts"><dt>${t("l_app")}</dt><dd class="number">${app.id}</dd><dt>${t("l_code")}</dt><dd class="number">${grouped(code)}</dd></dl>
    <p>${t("l_pins")}</p><ul class="plainlist">${app.wishes.map((w) => html`<li>☐ ${pinName(w.slot)}</li>`)}</ul>
    <p class="line">${t("l_agent")}</p><p class="line">${t("l_sign")}</p></section>`;
}
