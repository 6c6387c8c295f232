// SPDX-License-Identifier: Apache-2.0
// What the clerk's page asks of the issuer, through the agent of this desk, and what is said when it refuses.
import { key, Lost } from "./api.js";
import { html } from "./lib.js";
import { t } from "./words.js";

/** @typedef {{ok: boolean, json: any, problem: string, says: string, next: string}} Said */

/** A repeat of the same wish has the same key: a lost answer is told again, and nothing is done twice. */
const newKey = () => crypto.randomUUID();

/** @param {string} slug @param {any} json */
function words(slug, json) {
  const known = "p_" + slug.replaceAll("-", "");
  const text = t(known);
  return text || t("p_other", { title: json.detail || json.title || slug });
}

/** @param {string} path below /api/ @param {object} [body] none: GET @returns {Promise<Said>} */
export async function ask(path, body) {
  const once = newKey();
  for (let tries = 0; ; tries++) {
    try {
      const answer = await fetch("/api/" + path, {
        method: body ? "POST" : "GET",
        headers: { Authorization: "Bearer " + key(), ...(body ? { "Content-Type": "application/json", "Idempotency-Key": once } : {}) },
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
      });
      if (answer.status === 403 && !(answer.headers.get("Content-Type") || "").includes("json")) throw new Lost("key");
      const json = await answer.json();
      if (answer.ok) return { ok: true, json, problem: "", says: "", next: "" };
      if (json.error) return { ok: false, json, problem: json.error.code, says: json.error.code === "busy" ? t("d_busy") : t("d_lostTitle"), next: t("d_lostNext") };
      const slug = String(json.type || "").split(":").pop() || "fault";
      return { ok: false, json, problem: slug, says: words(slug, json), next: "" };
    } catch (e) {
      if (e instanceof Lost || tries >= 1) return { ok: false, json: {}, problem: "away", says: t("agentAway"), next: t("agentAwayNext") };
    }
  }
}

/** @param {{said: Said|null}} props */
export function Refusal({ said }) {
  if (!said || said.ok) return null;
  return html`<div class="box bad" role="alert" tabindex="-1" id="refusal"><p>${said.says}</p>${said.next ? html`<p>${said.next}</p>` : null}</div>`;
}

/** @param {number} ms */
export const time = (ms) => new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
/** @param {number} ms */
export const day = (ms) => new Date(ms).toLocaleString(document.documentElement.lang, { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
