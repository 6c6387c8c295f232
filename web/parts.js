// SPDX-License-Identifier: Apache-2.0
// The parts that all pages share.
import { Component, focusHead, html } from "./lib.js";
import { fold, judge } from "./rules.js";
import { lang, languages, t } from "./words.js";

/** ready, but with fewer tries than a full count: care. @param {any} pin */
export function look(pin) {
  return pin.state === "ready" && pin.tries_left !== null && pin.tries_max !== null && pin.tries_left < pin.tries_max ? "care" : pin.state;
}

const SHAPES = {
  ready: html`<circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" stroke-width="3"/><path d="M7 12.5l3.5 3.5L17 9" fill="none" stroke="currentColor" stroke-width="3"/>`,
  care: html`<path d="M12 2.5L22.5 21h-21z" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linejoin="round"/><path d="M12 9v6M12 17v2" stroke="currentColor" stroke-width="2.6"/>`,
  locked: html`<rect x="4" y="10" width="16" height="12" rx="2" fill="currentColor"/><path d="M7.5 10V7a4.5 4.5 0 0 1 9 0v3" fill="none" stroke="currentColor" stroke-width="3"/>`,
  dead: html`<circle cx="12" cy="12" r="10" fill="currentColor"/><path d="M8 8l8 8M16 8l-8 8" stroke="var(--paper)" stroke-width="3"/>`,
  other: html`<circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" stroke-width="3" stroke-dasharray="4 3"/>`,
};

/** Shape, colour and words: never colour alone. */
export function Lamp({ pin }) {
  const kind = look(pin);
  return html`<svg class=${"lamp " + kind} viewBox="0 0 24 24" aria-hidden="true">${SHAPES[kind] || SHAPES.other}</svg>`;
}

export function Tries({ pin }) {
  const kind = look(pin);
  const known = pin.tries_left !== null && pin.tries_max !== null && pin.state !== "not-set";
  return html`<span class=${"state " + kind}>${pin.state_text}${known ? html`<span aria-hidden="true">${" · "}</span><span class="hidden">, </span>
    <span class="dots" aria-hidden="true">${Array.from({ length: pin.tries_max }, (_, i) => html`<i class=${i < pin.tries_left ? "on" : ""}></i>`)}</span>${t("triesLeft", { n: pin.tries_left, max: pin.tries_max })}` : null}</span>`;
}

/** A paragraph that takes the focus when it comes: an error, or an end. */
export class Told extends Component {
  componentDidMount() {
    focusHead();
  }
  render({ kind, title, children }) {
    return html`<section class=${"box stack " + kind} role=${kind === "bad" ? "alert" : "status"}><h2 tabindex="-1">${title}</h2>${children}</section>`;
  }
}

/**
 * One secret. Outside any form, never filled in by the browser, its value is read once and blanked. `value` is kept by the page's
 * flow in memory alone.
 */
export class Secret extends Component {
  constructor() {
    super();
    this.state = { shown: false, left: false };
  }
  render({ id, label, value, onValue, rules, fresh, show, again, hint, disabled, numeric }, { shown, left }) {
    const seen = show || shown;
    const j = judge(value, rules, fresh);
    const upper = Boolean(rules && rules.to_upper);
    const wanted = again === undefined ? "" : fold(again, upper), typed = fold(value, upper);
    const differs = again !== undefined && value !== "" && (!wanted.startsWith(typed) || (left && wanted !== typed));
    const early = value === "" || (!left && [...value].length < (rules ? rules.len_min : 0));
    return html`<div class="field">
      <label for=${id}>${label}</label>
      ${hint ? html`<p class="small quiet" id=${id + "-hint"}>${hint}</p>` : null}
      <div class="withbutton"><input class="pin" id=${id} type=${seen ? "text" : "password"} value=${value} autocomplete="off" autocapitalize="off" spellcheck=${false}
        autocorrect="off" inputmode=${numeric ? "numeric" : "text"} aria-describedby=${`${id}-rules${hint ? ` ${id}-hint` : ""}`} maxlength="64" disabled=${disabled}
        data-1p-ignore data-lpignore="true" onInput=${(e) => onValue(e.target.value)} onBlur=${() => this.setState({ left: true })} onFocus=${() => this.setState({ left: false })}/>
        <button type="button" aria-pressed=${shown ? "true" : "false"} aria-label=${t("showField", { field: label })} onClick=${() => this.setState({ shown: !shown })} disabled=${disabled}>
          <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M1.5 12C4 7.5 8 5 12 5s8 2.5 10.500 7c-2.500 4.500-6.500 7-10.500 7S4 16.500 1.500 12z" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="12" cy="12" r="3.200" fill="currentColor"/>${seen ? null : html`<path d="M3 21L21 3" stroke="currentColor" stroke-width="2.400"/>`}</svg></button></div>
      <ul class="hints" id=${id + "-rules"} aria-live="polite">
        ${rules && rules.text !== "-" && again === undefined ? html`<li class=${value === "" ? "" : j.length && j.characters ? "met" : early && j.characters ? "" : "broken"}>${rules.text}${value !== "" ? html`<span class="hidden"> ${j.length && j.characters ? t("ruleMet") : t("ruleNotMet")}</span>` : null}</li>` : null}
        ${fresh && rules && rules.refuse_all_same && again === undefined ? html`<li class=${value === "" ? "" : j.same ? "met" : "broken"}>${t("ruleNotAllSame")}</li>` : null}
        ${again !== undefined ? html`<li class=${value === "" ? "" : wanted === typed ? "met" : differs ? "broken" : ""}>${wanted === typed && value !== "" ? t("bothSame") : differs ? t("bothDiffer") : t("bothMustBeSame")}</li>` : null}
        ${j.folded === "upper" && again === undefined ? html`<li class="met">${t("sentUpper")}</li>` : j.folded === "width" && again === undefined ? html`<li class="met">${t("sentNarrow")}</li>` : null}
      </ul></div>`;
  }
}

export function Languages({ onChoose }) {
  return html`<div class="row" role="group" aria-label=${t("language")}>${languages.map((l) => html`<button type="button" class="plain" lang=${l.tag} aria-pressed=${lang() === l.id ? "true" : "false"} onClick=${() => onChoose(l.id)}>${l.name}</button>`)}</div>`;
}

const SIZES = ["", "large"];
export function setLook(name, value) {
  if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
  try { localStorage.setItem("repin-" + name, value); } catch { /* a kiosk keeps nothing */ }
}
export function restoreLook() {
  for (const name of ["size", "theme"]) {
    const value = localStorage.getItem("repin-" + name);
    if (value && [...SIZES, "dark", "light"].includes(value)) document.documentElement.dataset[name] = value;
  }
}

/** What was chosen, else what the system has. */
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export class Looks extends Component {
  componentDidMount() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.forceUpdate());
  }
  theme(dark) {
    setLook("theme", dark ? "dark" : "light");
    this.forceUpdate();
  }
  toggle(name, value) {
    setLook(name, document.documentElement.dataset[name] === value ? "" : value);
    this.forceUpdate();
  }
  render() {
    const data = document.documentElement.dataset;
    const dark = isDark();
    return html`<div class="row">
      <button type="button" class="plain" aria-pressed=${data.size === "large" ? "true" : "false"} onClick=${() => this.toggle("size", "large")}>${t("largePrint")}</button>
      <button type="button" class="plain" aria-pressed=${dark ? "true" : "false"} onClick=${() => this.theme(!dark)}>${t("dark")}</button></div>`;
  }
}

export function Steps({ steps }) {
  return html`<ol class="steps" aria-live="polite">${steps.map((s, i) => html`<li class=${i === steps.length - 1 ? "now" : ""}>${s}</li>`)}</ol>`;
}
