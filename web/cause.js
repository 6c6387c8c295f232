// SPDX-License-Identifier: Apache-2.0
// What happened to the PIN, for the issuer's counts. Asked where a case is opened, at home and without a queue; never at a kiosk, and
// nothing waits for the answer.
import { html } from "./lib.js";
import { texts } from "./texts_cause.js";
import { addTexts, t } from "./words.js";

addTexts("cause", texts);

const WORDS = ["forgotten", "typed-wrong", "another-program"];

/** Is it asked here? A case that is open has its answer. @param {string} job @param {any} pin @param {any} one */
export const asksCause = (job, pin, one) => job === "reserve" || (job === "reset" && pin.id !== "user-code" && !one.case);

/** `words`: whose words it is asked in, the first part of the texts' names; the holder's own unless told.
 * @param {{value: string, disabled: boolean, onValue: (word: string) => void, words?: string}} props */
export function Cause({ value, disabled, onValue, words = "cause" }) {
  return html`<div class="field"><label for="cause">${t(words)}</label><select id="cause" value=${value} disabled=${disabled} onChange=${(e) => onValue(e.target.value)}>
    <option value="">${t(words + "None")}</option>${WORDS.map((w) => html`<option value=${w}>${t(`${words}_${w.replace("-", "_")}`)}</option>`)}</select></div>`;
}
