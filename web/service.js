// SPDX-License-Identifier: Apache-2.0
// How the pages that repind serves speak to it: JSON both ways, a session in a header, refusals as problems.
import { has, t } from "./words.js";

const TOKEN = "repin-session";

/** A refusal (RFC 9457), or no answer at all: slug "away". */
export class Refused extends Error {
  /** @param {string} slug @param {string} title @param {string} [detail] */
  constructor(slug, title, detail = "") {
    super(title);
    this.slug = slug;
    this.detail = detail;
  }
}

/** "" when it is no refusal: a fault of the page, or an answer that is none. @param {unknown} e */
export const slugOf = (e) => (e instanceof Refused ? e.slug : "");

/** The sentence for a person. @param {any} problem */
export function why(problem) {
  const key = "problem_" + String(problem.slug).replace(/-/g, "_");
  const text = has(key) ? t(key) : t("problemOther", { title: problem.message });
  return problem.detail ? `${text} (${problem.detail})` : text;
}

/** The session outlives a reload of its tab, and nothing else. @param {string} token */
export function keepSession(token) {
  if (token) sessionStorage.setItem(TOKEN, token);
  else sessionStorage.removeItem(TOKEN);
}

export const hasSession = () => Boolean(sessionStorage.getItem(TOKEN));

/** @param {string} path @param {object} [body] POST when there is one. @param {string} [key] idempotency: the same for the same wish. */
async function answer(path, body, key) {
  const token = sessionStorage.getItem(TOKEN);
  /** @type {Record<string, string>} */
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = "Bearer " + token;
  if (key) headers["Idempotency-Key"] = key;
  let told;
  try {
    told = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new Refused("away", "no answer");
  }
  if (told.ok) return told;
  const problem = await told.json().catch(() => ({}));
  throw new Refused(String(problem.type || "").replace("urn:repin:problem:", "") || "fault", problem.title || String(told.status), problem.detail || "");
}

/** @param {string} path @returns {Promise<any>} */
export const get = async (path) => (await answer(path)).json();
/** @param {string} path */
export const getText = async (path) => (await answer(path)).text();
/** @param {string} path @param {object} body @param {string} [key] @returns {Promise<any>} */
export const post = async (path, body, key) => (await answer(path, body, key)).json();
export const newKey = () => crypto.randomUUID();

/** @param {number} ms */
export function when(ms) {
  return new Date(ms).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}
