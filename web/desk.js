// SPDX-License-Identifier: Apache-2.0
// The clerk's page at a counter: sign-in, today's queue, open applications, one application. What the customer types is typed in
// the customer's window; this page hears of its steps and its end.
import { Component, focusHead, html, render } from "./lib.js";
import { events, start } from "./api.js";
import { Cause } from "./cause.js";
import { ask, day, Refusal } from "./desk_ask.js";
import { Application } from "./desk_case.js";
import { Queue } from "./desk_queue.js";
import { Looks, restoreLook, Told } from "./parts.js";
import { texts } from "./texts_desk.js";
import { addTexts, lang, languages, t, useLanguage } from "./words.js";

const EACH_MS = 10000;

class SignIn extends Component {
  constructor(props) {
    super(props);
    this.state = { name: "", password: "", totp: "", busy: false, said: null };
  }
  componentDidMount() {
    focusHead();
  }
  async send(e) {
    e.preventDefault();
    const { name, password, totp } = this.state;
    this.setState({ password: "", totp: "", busy: true, said: null });
    const said = await ask("counter/sign-in", { name, password, totp });
    this.setState({ busy: false, said });
    if (said.ok) this.props.onIn();
  }
  field(id, label, type, more = {}) {
    return html`<div class="field"><label for=${id}>${label}</label><input id=${id} type=${type} value=${this.state[id]} required autocomplete="off" onInput=${(e) => this.setState({ [id]: e.target.value })} ...${more}/></div>`;
  }
  render(props, s) {
    return html`<form class="box stack" onSubmit=${(e) => this.send(e)}><h2 tabindex="-1">${t("d_signIn")}</h2><${Refusal} said=${s.said}/>
      ${this.field("name", t("d_name"), "text", { maxlength: 63 })}${this.field("password", t("d_password"), "password")}${this.field("totp", t("d_totp"), "text", { inputmode: "numeric", maxlength: 8, pattern: "[0-9]{6,8}" })}
      <div class="row"><button class="main" disabled=${s.busy}>${t("d_signIn")}</button></div></form>`;
  }
}

/** Which PINs of which card, and who applies. */
class Opening extends Component {
  constructor(props) {
    super(props);
    const visit = props.visit;
    this.state = { number: "", applicant: visit && ["letter", "answer"].includes(visit.wish) ? "agent" : "self", acts: {}, cause: "", override: "", closed: false, busy: false, said: null };
  }
  componentDidMount() {
    focusHead();
  }
  async send() {
    const s = this.state, { card, visit } = this.props;
    const wishes = Object.entries(s.acts).filter(([, act]) => act).map(([slot, act]) => ({ slot, act }));
    const body = { profile: card ? card.card.profile : "mynumber", number: card ? card.card.number : s.number.replace(/[\s-]/g, ""), applicant: s.applicant, wishes, ...(s.cause && wishes.some((w) => w.act === "reset") ? { cause: s.cause } : {}), ...(visit ? { visit: visit.id } : {}), ...(s.override ? { override: s.override } : {}) };
    this.setState({ busy: true, said: null });
    const said = await ask("operator/applications", body);
    // Where it is done instead, for cards that have no such door at a counter.
    if (said.problem === "door") said.next = t("d_door_" + body.profile);
    this.setState({ busy: false, said, closed: s.closed || said.problem === "office-closed" });
    if (said.ok) this.props.onApp(said.json);
    else document.getElementById("refusal")?.focus();
  }
  render({ card, slots, pinName, onBack }, s) {
    const ready = (card || s.number) && Object.values(s.acts).some(Boolean) && !s.busy;
    return html`<div class="stack"><div class="row"><button type="button" class="plain" onClick=${onBack}>${t("d_back")}</button></div><section class="box stack"><h2 tabindex="-1">${t("d_new")}</h2><${Refusal} said=${s.said}/>
      ${card ? html`<p>${t("d_cardOn", { title: t("d_family_" + card.card.profile) || card.card.title, number: card.card.number })}</p>` : html`<p>${t("d_cardNone")}</p><div class="field"><label for="number">${t("d_number")}</label><input id="number" type="text" maxlength="47" value=${s.number} onInput=${(e) => this.setState({ number: e.target.value })}/></div>`}
      <fieldset><legend>${t("d_applicant")}</legend>${["self", "representative", "agent"].map((a) => html`<label class="check"><input type="radio" name="applicant" checked=${s.applicant === a} onChange=${() => this.setState({ applicant: a })}/><span>${t("d_a_" + a)}</span></label>`)}</fieldset>
      <fieldset class="stack"><legend>${t("d_wishes")}</legend>${slots.map((slot) => html`<div class="field"><label for=${"act-" + slot}>${pinName(slot)}</label><select id=${"act-" + slot} value=${s.acts[slot] || ""} onChange=${(e) => this.setState({ acts: { ...s.acts, [slot]: e.target.value } })}><option value="">${t("d_act_none")}</option><option value="reset">${t("d_act_reset")}</option><option value="change">${t("d_act_change")}</option></select></div>`)}</fieldset>
      ${Object.values(s.acts).includes("reset") ? html`<${Cause} words="d_cause" value=${s.cause} disabled=${s.busy} onValue=${(cause) => this.setState({ cause })}/>` : null}
      ${s.closed ? html`<div class="field"><label for="override">${t("d_override")}</label><input id="override" type="text" maxlength="120" value=${s.override} onInput=${(e) => this.setState({ override: e.target.value })}/></div>` : null}
      <div class="row"><button type="button" class="main" disabled=${!ready} onClick=${() => this.send()}>${t("d_create")}</button></div></section></div>`;
  }
}

class Desk extends Component {
  constructor(props) {
    super(props);
    this.state = { lost: "", signed: null, me: null, day: "", visits: [], apps: [], kinds: [], office: null, card: null, job: null, end: null, did: {}, view: "board", visit: null, app: null, said: null };
  }
  componentDidMount() {
    events((n, d) => this.tell(n, d), (why) => this.setState({ lost: why, card: null }));
    setInterval(() => this.state.signed && this.state.view === "board" && this.refresh(), EACH_MS);
    this.enter();
  }
  tell(name, data) {
    this.setState((/** @type {any} */ was) => {
      const s = { lost: "" };
      if (name === "card") s.card = data.error ? null : data;
      else if (name === "gone") s.card = null;
      else if (name === "job") s.job = { number: data.job, steps: [...(was.job && was.job.number === data.job ? was.job.steps : []), data.step] };
      else if (name === "end") Object.assign(s, { job: null, end: data });
      return s;
    });
  }
  async enter() {
    const who = await ask("counter/who");
    if (!who.json.name) return this.setState({ signed: false, said: who.ok ? null : who });
    const me = await ask("operator/lists/me");
    if (!me.ok) return this.setState({ signed: false, said: me.problem === "sign-in" ? null : me });
    const kinds = await ask("operator/lists/documents");
    const offices = await ask("operator/lists/offices");
    const one = me.json.rows[0];
    const office = (offices.ok && offices.json.rows.find((o) => o.id === one.office)) || { name_en: one.office, name_ja: one.office };
    this.setState({ signed: true, me: one, kinds: kinds.ok ? kinds.json.rows : [], office, said: null });
    this.refresh();
  }
  async refresh() {
    const day = this.state.day;
    const visits = await ask("operator/visits" + (day ? "/days/" + day : "")), apps = await ask("operator/applications");
    if (visits.problem === "sign-in") return this.setState({ signed: false });
    if (day !== this.state.day) return; // another one was chosen meanwhile
    this.setState({ said: visits.ok ? null : visits, ...(visits.ok ? { visits: visits.json.visits } : {}), ...(apps.ok ? { apps: apps.json.applications } : {}) });
  }
  async open(id) {
    const said = await ask("operator/applications/" + id);
    this.setState(said.ok ? { app: said.json, view: "app", end: null, said: null } : { said });
  }
  async window() {
    const said = await ask("counter/window", {});
    if (said.ok) window.open(said.json.url, "repin-customer", "popup,width=900,height=1000");
    else this.setState({ said });
  }
  async language(id) {
    await useLanguage(id);
    this.forceUpdate();
  }
  async out() {
    await ask("counter/sign-out", {});
    this.setState({ signed: false, me: null, visits: [], apps: [], app: null, view: "board", did: {}, end: null });
  }
  slots() {
    const { card } = this.state;
    return card && card.pins ? card.pins.filter((p) => p.state !== "not-set" && p.id !== "user-code").map((p) => p.id) : ["sign", "auth", "text", "juki"];
  }
  pinName(slot) {
    return t("d_pin_" + slot) || slot;
  }
  board() {
    const s = this.state;
    return html`<${Queue} visits=${s.visits} day=${s.day} onDay=${(day) => this.setState({ day, visits: [] }, () => this.refresh())} onChange=${() => this.refresh()} onApply=${(v) => this.setState({ view: "new", visit: v })}/>
      <section class="box stack"><h2>${t("d_applications")}</h2>${s.apps.length ? html`<ul class="plainlist stack">${s.apps.map((a) => html`<li class="row"><button type="button" onClick=${() => this.open(a.id)}>${t("d_open")}<span class="hidden"> ${a.id}</span></button><span><strong>${t("d_s_" + a.state)}</strong> ${day(a.opened_ms)}, ${a.clerk}: ${a.wishes.map((w) => this.pinName(w.slot)).join(", ")}</span></li>`)}</ul>` : html`<p>${t("d_noApplications")}</p>`}
        <div class="row"><button type="button" onClick=${() => this.setState({ view: "new", visit: null })}>${t("d_new")}</button><button type="button" class="plain" onClick=${() => this.refresh()}>${t("d_refresh")}</button></div></section>`;
  }
  body() {
    const s = this.state;
    const pinName = (slot) => this.pinName(slot), back = () => { this.setState({ view: "board", app: null }); this.refresh(); };
    if (s.lost === "key") return html`<${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}>`;
    if (s.signed === null) return html`<p role="status">${t("d_busy")}</p>`;
    if (!s.signed) return html`<${Refusal} said=${s.said}/><${SignIn} onIn=${() => this.enter()}/>`;
    if (s.view === "new") return html`<${Opening} card=${s.card} visit=${s.visit} slots=${this.slots()} pinName=${pinName} onBack=${back} onApp=${(app) => this.setState({ app, view: "app", end: null })}/>`;
    if (s.view === "app" && s.app) return html`<${Application} key=${s.app.id} app=${s.app} kinds=${s.kinds} office=${lang() === "en" ? s.office.name_en : s.office.name_ja} pinName=${pinName} here=${Boolean(s.card && s.card.card.number === s.app.number)} job=${s.job} end=${s.end} did=${s.did} onBack=${back} onWindow=${() => this.window()}
      onApp=${(app) => this.setState({ app })} onDid=${(turn, end) => end.ok && this.setState({ did: { ...s.did, [s.app.id + turn.slot]: end } })}/>`;
    return this.board();
  }
  render(props, s) {
    return html`<header class="top"><div><h1><img src="/icon.svg" alt=""/>${t("d_title")}</h1><div class="row" role="group" aria-label=${t("language")}>${languages.map((l) => html`<button type="button" lang=${l.tag} aria-pressed=${lang() === l.id ? "true" : "false"} onClick=${() => this.language(l.id)}>${l.name}</button>`)}</div>
      <${Looks}/>${s.signed && s.me ? html`<div class="row"><span>${t("d_signedAs", { name: s.me.name })}</span><button type="button" class="plain" onClick=${() => this.out()}>${t("d_signOut")}</button></div>` : null}</div></header>
      <main>${s.lost && s.lost !== "key" ? html`<p class="box bad" role="alert">${t("agentAway")}</p>` : null}${s.signed ? html`<${Refusal} said=${s.said}/>` : null}${this.body()}</main>`;
  }
}

async function main() {
  addTexts("desk", texts);
  restoreLook();
  const told = await start();
  await useLanguage((told && told.lang) || sessionStorage.getItem("repin-lang") || "en");
  render(told ? html`<${Desk}/>` : html`<main><${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}></main>`, /** @type {HTMLElement} */ (document.getElementById("app")));
}

main();
