// SPDX-License-Identifier: Apache-2.0
// The kiosk: one step a screen. It learns of a reservation only from the card that lies on it, and forgets everything when the card
// goes, when the time is over, and when it is done.
import { Component, html, render } from "./lib.js";
import { events, post, start, stepped } from "./api.js";
import { Steps, Told } from "./parts.js";
import { fold, judge } from "./rules.js";
import { languages, lang, t, useLanguage } from "./words.js";

const QUIET_S = 60; // without a touch
const WARN_S = 20; // of them
const DONE_S = 40;

const CLEAN = { step: "card", slot: "", first: "", fresh: "", again: "", job: null, end: null, agreed: false, problem: "", quiet: 0, show: false, insist: false, weak: false };

/** The keys of a PIN: digits, and for the long one letters. */
function Keys({ letters, onKey, onDelete, disabled }) {
  const rows = [...(letters ? "1234567890QWERTYUIOPASDFGHJKLZXCVBNM" : "1234567890")];
  return html`<div class=${"keys " + (letters ? "letters" : "")} role="group" aria-label=${t("keys")}>${rows.map((k) => html`<button type="button" class=${!letters && k === "0" ? "middle" : ""} disabled=${disabled} onClick=${() => onKey(k)}>${k}</button>`)}
    <button type="button" disabled=${disabled} onClick=${onDelete} aria-label=${t("deleteOne")}>⌫</button></div>`;
}

class Kiosk extends Component {
  constructor(props) {
    super(props);
    this.state = { readers: null, card: null, lost: "", ...CLEAN };
  }
  componentDidMount() {
    events((n, d) => this.tell(n, d), (why) => this.setState({ ...CLEAN, card: null, lost: why }));
    setInterval(() => this.tick(), 1000);
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.setState({ quiet: 0 }));
    history.pushState({}, "");
    addEventListener("popstate", () => history.pushState({}, ""));
  }
  forget() {
    this.setState({ ...CLEAN, card: null });
  }
  tick() {
    const s = this.state;
    if (s.job || (!s.card && !s.end) || s.lost) return;
    const quiet = s.quiet + 1;
    if (quiet >= (s.end ? DONE_S : QUIET_S)) this.setState({ ...CLEAN, step: s.card ? "over" : "card", card: s.card ? { reader: s.card.reader, over: true } : null });
    else this.setState({ quiet });
  }
  /** Several come at once: each is told of the state that the one before it left. */
  tell(name, data) {
    this.setState((was) => this.told(was, name, data));
  }
  told(was, name, data) {
    const s = { lost: "" };
    if (name === "readers") s.readers = data;
    else if (name === "card") {
      const first = !was.card;
      s.card = data;
      if (first && !was.end) Object.assign(s, CLEAN);
    } else if (name === "gone") {
      s.card = null;
      // The end is still told, so that the receipt can be read; everything typed goes at once.
      Object.assign(s, was.end ? { ...CLEAN, end: was.end } : CLEAN);
    } else if (name === "job") {
      s.job = stepped(was.job, data);
    } else if (name === "end" && (was.job || was.step === "working")) {
      const weak = data.error && data.error.code === "input-weak";
      Object.assign(s, CLEAN, weak ? { step: "fresh", slot: data.slot, problem: data.error.message, weak: true, agreed: was.agreed } : { end: data });
      if (weak) Object.assign(s, { step: "first" });
    }
    return s;
  }
  async language(id) {
    await useLanguage(id);
    this.forceUpdate();
    post("/api/lang", { lang: id }).catch(() => null);
  }
  pin() {
    const { card, slot } = this.state;
    return card && card.pins ? card.pins.find((p) => (slot ? p.id === slot : p.jobs.reset)) : null;
  }
  async send(pin) {
    const s = this.state, one = pin.jobs.reset;
    const body = { job: "reset", slot: pin.id, reader: s.card.reader, expect: s.card.expect, new: s.fresh, insist: s.insist, last_try: s.agreed };
    if (one.secrets[0] !== "new") body[one.secrets[0]] = s.first;
    if (one.case) body.case = one.case;
    this.setState({ ...CLEAN, step: "working", slot: pin.id, agreed: s.agreed });
    const told = await post("/api/jobs", body).catch(() => ({ status: 0 }));
    for (const k of Object.keys(body)) body[k] = null;
    if (told.status !== 202) this.setState({ ...CLEAN, end: { ok: false, error: told.error || { message: t("agentAway") } } });
  }
  entry(pin, name, title, rules, fresh, next, back = null) {
    const value = this.state[name];
    const j = judge(value, rules, fresh);
    const upper = rules && rules.to_upper;
    const good = name === "again" ? fold(value, upper) === fold(this.state.fresh, upper) : j.good;
    const letters = rules && rules.characters !== "digits";
    const set = (v) => this.setState({ [name]: v.slice(0, 32), problem: "" });
    const on = () => {
      if (good) return next();
      this.setState({ problem: name === "again" ? t("bothDiffer") : rules && !j.same ? t("ruleNotAllSame") : rules ? rules.text : t("notNow"), [name]: name === "again" ? "" : value });
    };
    return html`<section class="stack"><h2 tabindex="-1">${title}</h2>
      <p>${rules ? rules.text : ""}${rules && rules.to_upper ? html`<br/><span class="quiet">${t("sentUpperAlways")}</span>` : null}</p>
      ${this.state.problem ? html`<p class="box bad" role="alert">${this.state.problem}</p>` : null}
      <div class="field"><label class="hidden" for="entry">${title}</label><div class="withbutton"><input id="entry" class="pin" type=${this.state.show ? "text" : "password"} value=${value} autocomplete="off" autocapitalize="off" spellcheck=${false} inputmode="none"
        onInput=${(e) => set(e.target.value)} onKeyDown=${(e) => e.key === "Enter" && on()}/><button type="button" aria-pressed=${this.state.show ? "true" : "false"} onClick=${() => this.setState({ show: !this.state.show })}>${t("show")}</button></div></div>
      <${Keys} letters=${letters} onKey=${(k) => set(value + k)} onDelete=${() => set(value.slice(0, -1))}/>
      <div class="row"><button type="button" class="main" onClick=${on}>${t("next")}</button>${back ? html`<button type="button" onClick=${back}>${t("back")}</button>` : null}<button type="button" onClick=${() => set("")}>${t("clear")}</button><button type="button" class="plain" onClick=${() => this.setState({ ...CLEAN, step: "over" })}>${t("stop")}</button></div></section>`;
  }
  flow(pin) {
    const s = this.state, one = pin.jobs.reset, proves = one.secrets[0] !== "new";
    if (s.step === "card") return html`<section class="stack"><h2 tabindex="-1">${t("kioskFound")}</h2><p class="prompt">${t("kioskWill", { pin: pin.name })}</p>
      ${one.left_text ? html`<p>${t("reservationLeft", { left: one.left_text })}</p>` : null}<p class="number">${s.card.card.number}</p>
      ${this.cut(pin.id)}${one.stake ? html`<p>${one.stake.which}</p><p><strong>${one.stake.name}: ${t(one.stake.at_issuer ? "triesAtIssuer" : "triesLeft", { n: one.stake.tries_left, max: one.stake.tries_max })}</strong></p>` : null}
      ${one.last_try ? html`<div class="box care stack"><label class="check"><input type="checkbox" checked=${s.agreed} onChange=${(e) => this.setState({ agreed: e.target.checked })}/><span>${t("lastTry")}</span></label></div>` : null}
      <div class="row"><button type="button" class="main" disabled=${one.last_try && !s.agreed} onClick=${() => this.setState({ step: proves ? "first" : "fresh", slot: pin.id })}>${t("begin")}</button><button type="button" class="plain" onClick=${() => this.setState({ ...CLEAN, step: "over" })}>${t("stop")}</button></div></section>`;
    if (s.step === "first" && proves) return this.entry(pin, "first", one.stake ? one.stake.name : one.secret_title, one.secret_rules, false, () => this.setState({ step: "fresh", show: false }));
    if (s.step === "again") return this.entry(pin, "again", t("kioskAgain"), pin.rules, true, () => this.send(pin), () => this.setState({ step: "fresh", fresh: "", again: "", problem: "" }));
    return html`${this.entry(pin, "fresh", t("kioskNew", { pin: pin.name }), pin.rules, true, () => this.setState({ step: "again", show: false }))}${s.weak ? html`<label class="check"><input type="checkbox" checked=${s.insist} onChange=${(e) => this.setState({ insist: e.target.checked })}/><span>${t("insist")}</span></label>` : null}`;
  }
  /** A reset that was cut here before, where it is known by now how it ended. @param {string} slot "" = of any PIN */
  cut(slot) {
    return this.state.card.cuts.filter((c) => (!slot || c.slot === slot) && (c.answer === "old" || c.answer === "new"))
      .map((c) => html`<p class=${"box " + (c.answer === "new" ? "good" : "care")}>${t(c.answer === "new" ? "kioskCutNew" : "kioskCutOld", { pin: c.name, when: c.begun_text })}</p>`);
  }
  end(end) {
    const e = end.error || {};
    return html`<${Told} key=${"end" + end.job} kind=${end.ok ? "good" : "bad"} title=${end.ok ? end.message || t("done") : e.message || t("agentAway")}>
      ${end.ok ? (end.more || []).map((m) => html`<p>${m}</p>`) : html`<p><strong>${e.tries_spent === 1 ? t("spentOne") : e.tries_spent === 0 ? t("spentNone") : t("spentUnknown")}</strong></p>${e.next ? html`<p>${e.next}</p>` : null}`}
      ${end.receipt ? html`<p>${t("receipt")} <span class="number">${end.receipt}</span></p>` : null}
      <p class="prompt noprint">${this.state.card ? t("takeCard") : t("bye")}</p>
      <div class="row noprint">${end.receipt ? html`<button type="button" onClick=${() => print()}>${t("print")}</button>` : null}<button type="button" class="main" onClick=${() => this.setState({ ...CLEAN, step: this.state.card ? "over" : "card" })}>${t("ok")}</button></div></${Told}>`;
  }
  refused(card) {
    const pins = card.pins.filter((p) => p.state !== "not-set");
    // Whoever comes back after a cut asks that, and nothing is left to be done.
    const did = card.cuts.find((c) => c.answer === "new");
    if (did) return html`<${Told} kind="good" title=${t("kioskCutNew", { pin: did.name, when: did.begun_text })}><p><strong>${t("spentNone")}</strong></p><p class="prompt">${t("takeCard")}</p></${Told}>`;
    const why = pins.map((p) => p.jobs.reset_why).filter(Boolean);
    // What says most about this card here: a reservation that is elsewhere or late before "there is none".
    const one = why.find((w) => !["no-reservation", "case-unknown", null].includes(w.problem) && w.code === "issuer-refused") || why.find((w) => w.code === "pin-locked") || why.find((w) => w.problem) || why[0];
    const away = card.issuer && !card.issuer.reached;
    const bad = pins.find((p) => p.state === "locked") || pins[0];
    return html`<${Told} kind="care" title=${away ? card.issuer.message : one ? one.message : t("kioskNotYours")}>
      ${this.cut("")}${one && one.next && !away ? html`<p>${one.next}</p>` : null}
      ${bad && bad.way ? html`<p><strong>${t("yourWay")}</strong> ${bad.way.text}</p>` : null}<p><strong>${t("spentNone")}</strong></p><p class="prompt">${t("takeCard")}</p></${Told}>`;
  }
  body() {
    const s = this.state;
    if (s.lost === "key") return html`<${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}>`;
    if (s.lost || !s.readers || s.readers.service !== "ok" || s.readers.readers.length === 0) return html`<section class="stack"><h2>${t("kioskOut")}</h2><p>${t("kioskOutWhere")}</p></section>`;
    if (s.job || s.step === "working") return html`<section class="stack"><h2 tabindex="-1">${t("leaveCard")}</h2><div class="row"><span class="spin" aria-hidden="true"></span></div><${Steps} steps=${s.job ? s.job.steps : []}/></section>`;
    if (s.end) return this.end(s.end);
    if (s.step === "over" || (s.card && s.card.over)) return html`<section class="stack"><h2>${s.card ? t("takeCard") : t("bye")}</h2><p>${t("kioskNothing")}</p></section>`;
    if (!s.card) return html`<section class="stack"><h2>${t("kioskWelcome")}</h2><p class="prompt" role="status">${t("kioskPut")}</p><p>${t("kioskNeed")}</p></section>`;
    if (s.card.error) return html`<${Told} kind="care" title=${s.card.error.message}>${s.card.error.next ? html`<p>${s.card.error.next}</p>` : null}<p class="prompt">${t("takeCard")}</p></${Told}>`;
    const pin = this.pin();
    return pin && pin.jobs.reset ? this.flow(pin) : this.refused(s.card);
  }
  componentDidUpdate(before, was) {
    if (was.step !== this.state.step || was.problem !== this.state.problem || Boolean(was.card) !== Boolean(this.state.card)) {
      const target = document.getElementById("entry") || document.querySelector("h2[tabindex]");
      if (target) target.focus();
    }
    if (was.step === "over" && !this.state.card && was.card) this.setState(CLEAN);
  }
  render(props, s) {
    const left = (s.end ? DONE_S : QUIET_S) - s.quiet;
    const warn = s.quiet > 0 && !s.job && (s.card || s.end) && !s.card?.over && left <= WARN_S && s.step !== "over";
    return html`<header class="top"><div><h1><img src="/icon.svg" alt=""/>Repin</h1><div class="row" role="group" aria-label=${t("language")}>${languages.map((l) => html`<button type="button" lang=${l.tag} aria-pressed=${lang() === l.id ? "true" : "false"} onClick=${() => this.language(l.id)}>${l.name}</button>`)}</div></div></header>
      <main>${warn ? html`<div class="box care row" role="alert"><span class="count" aria-hidden="true">${left}</span><span>${t("timeNearlyOver")}</span><button type="button" class="main" onClick=${() => this.setState({ quiet: 0 })}>${t("moreTime")}</button></div>` : null}${this.body()}</main>`;
  }
}

async function main() {
  const told = await start();
  await useLanguage((told && told.lang) || sessionStorage.getItem("repin-lang") || "en");
  render(told ? html`<${Kiosk}/>` : html`<main><${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}></main>`, /** @type {HTMLElement} */ (document.getElementById("app")));
}

main();
