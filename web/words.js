// SPDX-License-Identifier: Apache-2.0
// Sentences of the pages in the chosen language. English stands in texts.js, and what only one page says in its own
// texts_NAME.js (addTexts); the other languages come from the one catalogue (po/), of which the build makes /i18n/LL.json for
// texts.js, and /i18n/NAME.LL.json for each of the others.
import { texts as common } from "./texts.js";

/** @type {Record<string, string>} */
const texts = { ...common };

/** @type {Record<string, string>} */
let catalogue = {};
let current = "en";
/** The catalogues beside everybody's. @type {string[]} */
const parts = [];

export const languages = [
  { id: "en", name: "English", tag: "en" },
  { id: "ja", name: "日本語", tag: "ja" },
  { id: "zh_TW", name: "繁體中文", tag: "zh-Hant-TW" },
];

/**
 * What one page says and no other; before the language is chosen. A key that is there already would change what another page means by it.
 * @param {string} name of its texts_NAME.js @param {Record<string, string>} more
 */
export function addTexts(name, more) {
  for (const [key, text] of Object.entries(more)) {
    if (key in texts) throw new Error(`two sentences are called ${key}`);
    texts[key] = text;
  }
  parts.push(name);
}

export function lang() {
  return current;
}

/** @param {string} id */
export async function useLanguage(id) {
  const found = languages.find((l) => l.id === id) || languages[0];
  const names = found.id === "en" ? [] : ["", ...parts.map((p) => p + ".")];
  catalogue = Object.assign({}, ...(await Promise.all(names.map(async (n) => (await fetch(`/i18n/${n}${found.id}.json`)).json()))));
  current = found.id;
  sessionStorage.setItem("repin-lang", found.id);
  document.documentElement.lang = found.tag;
}

/** The sentence of a key ("": there is none), with {names} filled in. @param {string} key @param {Record<string, any>} [values] */
export function t(key, values = {}) {
  const english = texts[key];
  const text = catalogue[english] || english || "";
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The language of a PIN's name as its issuer prints it: HiCOS is of Taiwan. @param {string} profile @param {string} name */
export function localTag(profile, name) {
  return /[\u3040-\u30ff\u4e00-\u9fff]/.test(name) ? (profile === "hicos" ? "zh-Hant-TW" : "ja") : undefined;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** "mon-sun 06:30-23:00", as the issuer writes it, for people. @param {string} hours */
export function openHours(hours) {
  const name = (/** @type {string} */ d) => new Intl.DateTimeFormat(languages.find((l) => l.id === current)?.tag, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2023, 0, 1 + DAYS.indexOf(d)));
  return hours.replace(/\bmon-sun\b/g, t("everyDay")).replace(/\b(sun|mon|tue|wed|thu|fri|sat)\b/g, name).replace(/-/g, "–");
}

/** A sentence that the issuer gave in English, where the catalogue has it. @param {string} english */
export function said(english) {
  return catalogue[english] || english;
}

/** @param {string} key */
export const has = (key) => key in texts;

/** The language that was chosen, or that the browser asks for. */
export function wantedLanguage() {
  return sessionStorage.getItem("repin-lang") || (navigator.language.startsWith("ja") ? "ja" : navigator.language.startsWith("zh") ? "zh_TW" : "en");
}

/** Digits one by one, for who hears them. @param {string} number */
export function spoken(number) {
  return [...number].join(" ");
}

/** In groups of four, for who sees them. @param {string} number */
export function grouped(number) {
  return number.length > 6 && number.length <= 16 ? number.replace(/(.{4})(?=.)/g, "$1 ") : number;
}
