// SPDX-License-Identifier: Apache-2.0
// The holder's page: the card that is in the reader, every PIN of it, and what can be done.
import { Component, html, render } from "./lib.js";
import { bye, events, post, start, stepped } from "./api.js";
import { Call } from "./call.js";
import { Doors } from "./doors.js";
import { End, Flow, ways } from "./flow.js";
import { Doctor, Ledger } from "./more.js";
import { Languages, Lamp, Looks, restoreLook, Told, Tries } from "./parts.js";
import { Panel } from "./practice.js";
import { grouped, localTag, spoken, t, useLanguage, wantedLanguage } from "./words.js";

const IDLE_HINT_MS = 8000;

export class Holder extends Component {
  constructor(props) {
    super(props);
    this.state = { readers: null, card: null, job: null, end: null, lost: "", view: { name: "card" }, confirmed: "", weak: false, fresh: 0 };
  }
  componentDidMount() {
    events((n, d) => this.tell(n, d), (why) => this.setState({ lost: why }));
    addEventListener("pagehide", bye);
    // The back button goes to the card, and repeats nothing.
    addEventListener("popstate", () => {
      if (this.state.end) seen(this.state.end);
      this.setState({ view: { name: "card" }, end: null, weak: false });
    });
  }
  go(view) {
    if (view.name !== "card" && this.state.view.name === "card") history.pushState({}, "");
    this.setState({ view, end: null, weak: view.weak || false });
  }
  home() {
    // The history tells when it has gone back; until then nothing else is begun.
    if (this.state.view.name !== "card") history.back();
    else this.setState({ end: null, weak: false });
  }
  /** Several come at once: each is told of the state that the one before it left. */
  tell(name, data) {
    this.setState((was) => this.told(was, name, data));
  }
  told(was, name, data) {
    const s = { lost: "" };
    if (name === "readers") s.readers = data;
    else if (name === "card") {
      s.card = data;
      if (data.error || (was.card && data.card && was.card.card && data.card.number !== was.card.card.number)) s.confirmed = "";
    } else if (name === "gone") {
      s.card = null;
      s.confirmed = "";
    } else if (name === "job") {
      s.job = stepped(was.job, data);
      s.end = null;
    } else if (name === "end") {
      s.job = null;
      if (!was.end || was.end.job !== data.job) s.end = data;
      if (sessionStorage.getItem("repin-seen") === String(data.job)) s.end = null; // told before a reload
    } else if (name === "panel") s.panel = data;
    return s;
  }
  async language(id) {
    await useLanguage(id);
    this.forceUpdate();
    post("/api/lang", { lang: id }).catch(() => null);
  }
  prompt() {
    const { readers, card, job, lost, view } = this.state;
    if (lost) return t("promptLost");
    if (!readers) return t("looking");
    if (readers.service === "stopped") return t("promptNoService");
    if (readers.service === "no-permission") return t("promptNoPermission");
    if (readers.readers.length === 0) return t("promptNoReader");
    if (job) return t("leaveCard");
    if (!card) return readers.readers.some((r) => r.state === "mute") ? t("promptMute") : readers.readers.some((r) => r.state === "busy") ? t("promptBusy") : readers.readers.some((r) => r.state === "card") ? t("looking") : t("promptInsert");
    if (card.error) return t(/timeout$/.test(card.error.code) ? "promptMute" : "promptCardError");
    if (card.cuts.length) return t("promptCut");
    if (view.name === "flow") return t("promptEnter");
    const locked = card.pins.filter((p) => p.state === "locked" || p.state === "dead");
    if (locked.length === 1) return t("promptOneLocked", { pin: locked[0].name });
    return locked.length ? t("promptLocked") : t("promptChoose");
  }
  facts(card) {
    const c = card.card, cards = this.state.readers ? this.state.readers.readers.filter((r) => r.state !== "empty") : [];
    return html`<section class="box stack" aria-label=${t("yourCard")}><h2>${c.title}</h2><dl class="facts">
      <dt>${t("number")}</dt><dd class="number"><span aria-hidden="true">${c.number ? grouped(c.number) : t("numberNotTold")}</span><span class="hidden">${c.number ? spoken(c.number) : t("numberNotTold")}</span></dd>
      ${c.holder ? html`<dt>${t("holder")}</dt><dd>${c.holder}</dd>` : null}
      ${c.valid_to ? html`<dt>${t("valid")}</dt><dd>${c.valid_from ? c.valid_from + " – " : ""}${c.valid_to}</dd>` : null}
      <dt>${t("reader")}</dt><dd>${cards.length > 1 ? html`<select aria-label=${t("reader")} value=${card.reader} onChange=${(e) => this.choose(e.target.value)}>${cards.map((r) => html`<option value=${r.name}>${r.name}</option>`)}</select>` : card.reader}</dd></dl>
      ${card.issuer ? html`<p class="small quiet">${card.issuer.reached ? t("issuerReached", { name: card.issuer.issuer }) : card.issuer.message}</p>` : null}
      ${c.profile === "hicos" ? html`<p class="box care small">${t("foreignTool")}</p>` : null}</section>`;
  }
  // What one page says of a PIN, or of the whole, and no other does.
  jobs(p) {
    return ["reset", "unlock", "change", "reserve"].filter((j) => ways(p, j).length);
  }
  extra(_pin) {
    return null;
  }
  above() {
    return null;
  }
  choose(reader) {
    post("/api/look", { reader });
  }
  pin(p) {
    const jobs = this.jobs(p);
    const label = { change: "btnChange", unlock: "btnUnlock", reset: "btnReset", reserve: "btnReserve", device: "btnDevice" };
    const name = (j) => t(j === "unlock" && ways(p, j)[0].by_phone ? "btnByPhone" : label[j]);
    const lost = p.state === "locked" || p.state === "dead";
    const main = lost ? jobs.find((j) => j !== "change") : "";
    return html`<li class="box pin"><${Lamp} pin=${p}/><div><h3>${p.name}</h3>${p.local_name ? html`<p class="small quiet" lang=${localTag(this.state.card.card.profile, p.local_name)}>${p.local_name}</p>` : null}<p><${Tries} pin=${p}/></p></div>
      ${lost && p.way ? html`<p class="wide">${p.way.text}</p>` : p.unknown ? html`<p class="wide">${p.unknown}</p>` : null}
      ${this.extra(p)}
      ${p.news ? html`<p class="wide box care small">${p.news.text || t("usedElsewhereN", { n: p.news.tries })}</p>` : null}
      ${p.jobs.reset && p.jobs.reset.left_text ? html`<p class="wide small">${t("reservationLeft", { left: p.jobs.reset.left_text })}</p>` : null}
      <div class="row">${jobs.map((j) => html`<button type="button" class=${j === main ? "main" : j === "device" ? "plain" : ""} aria-label=${`${name(j)}: ${p.name}`} onClick=${() => this.go({ name: "flow", slot: p.id, job: j })}>${name(j)}</button>`)}
        ${p.secret_only || p.id === "user-code" ? null : html`<button type="button" class=${lost && !main ? "main" : "plain"} aria-label=${`${t("waysBack")}: ${p.name}`} onClick=${() => this.go({ name: "doors", slot: p.id })}>${t("waysBack")}</button>`}</div>
      <details class="wide small"><summary>${t("aboutPin")}</summary><div class="stack">${p.which ? html`<p>${p.which}</p>` : null}${p.rules && p.rules.text !== "-" ? html`<p>${t("format")} ${p.rules.text}</p>` : null}${p.no_change ? html`<p>${p.no_change}</p>` : null}${p.no_unlock ? html`<p>${p.no_unlock}</p>` : null}</div></details></li>`;
  }
  cuts(card) {
    return card.cuts.map((c) => html`<section class="box care stack"><h2>${t("cutOf", { pin: c.name })}</h2><p>${t(c.answer === "running" ? "cutRunning" : "cutWhat", { when: c.begun_text })}</p>
      ${c.answer === "running" ? null : html`<div class="row"><button type="button" class="main" onClick=${() => this.go({ name: "resolve", slot: c.slot })}>${t("tellValid")}</button></div>`}</section>`);
  }
  list(card) {
    const order = { locked: 0, dead: 0, ready: 1, unknown: 1, "not-set": 2 };
    const pins = [...card.pins].sort((a, b) => order[a.state] - order[b.state]);
    return html`${this.facts(card)}${this.cuts(card)}<section aria-label=${t("pins")}><h2 class="hidden">${t("pins")}</h2><ul class="pins">${pins.map((p) => this.pin(p))}</ul></section>
      <p class="small quiet">${t("lookCostsNothing")}</p>`;
  }
  resolve(card, slot) {
    const pin = card.pins.find((p) => p.id === slot);
    const cut = card.cuts.find((c) => c.slot === slot);
    if (!pin || !cut) return this.list(card);
    const one = { secrets: cut.answer === "split" ? ["current", "new"] : ["new"], secret_title: t("oldPin"), secret_rules: pin.rules, stake: { slot, name: pin.name, tries_left: pin.tries_left, tries_max: pin.tries_max, at_issuer: false, which: t("resolveHow"), limit: "" }, last_try: pin.tries_left === 1 };
    const known = cut.answer === "old" || cut.answer === "new";
    return known || pin.state === "locked" ? html`<${Known} slot=${slot} reader=${card.reader} expect=${card.expect} onBack=${() => this.home()} running=${this.state.job}/>`
      : html`<${Flow} key=${"resolve" + slot} pin=${{ ...pin, jobs: { resolve: one } }} job="resolve" card=${card} lost=${this.state.lost} present=${true} confirmed=${true} running=${this.state.job} onSent=${() => this.setState({ end: null })} onCancel=${() => post("/api/jobs/cancel")} onBack=${() => this.home()}/>`;
  }
  body() {
    const { card, view, end, lost, job } = this.state;
    if (lost === "key") return html`<${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}>`;
    if (view.name === "doctor") return html`<${Doctor} onBack=${() => this.home()}/>`;
    if (view.name === "ledger") return html`<${Ledger} onBack=${() => this.home()}/>`;
    if (end && end.ok !== undefined) return html`<${End} key=${end.job} end=${end} onDone=${() => this.done(end)} onAgain=${() => { seen(end); this.go({ name: "flow", slot: end.slot, job: end.did, weak: end.error && end.error.code === "input-weak" }); }} onResolve=${() => { seen(end); this.go({ name: "resolve", slot: end.slot }); }} onDoors=${() => { seen(end); this.go({ name: "doors", slot: end.slot }); }}/>`;
    if (card && card.error) return html`<${Told} kind="care" title=${card.error.message}>${card.error.next ? html`<p>${card.error.next}</p>` : null}<div class="row"><button type="button" class="main" onClick=${() => this.go({ name: "doctor" })}>${t("checkup")}</button></div></${Told}>`;
    if (!card) {
      const has = Boolean(this.state.readers && this.state.readers.readers.length);
      return html`<${Waiting} key=${String(has)} reader=${has} onCheck=${() => this.go({ name: "doctor" })}/>`;
    }
    if (job && job.challenge) return html`${this.facts(card)}<${Call} job=${job} lost=${lost} onCancel=${() => post("/api/jobs/cancel")}/>`;
    if (view.name === "resolve") return this.resolve(card, view.slot);
    const pin = card.pins.find((p) => p.id === (view.slot || (job && job.slot)));
    if (view.name === "doors" && pin) return html`<${Doors} key=${pin.id} pin=${pin} card=${card} onBack=${() => this.home()} onJob=${(j) => this.go({ name: "flow", slot: pin.id, job: j })}/>`;
    if (view.name === "flow" && pin) return html`${this.facts(card)}<${Flow} key=${pin.id + view.job} pin=${pin} job=${view.job} card=${card} lost=${lost} present=${true} weak=${this.state.weak} confirmed=${this.state.confirmed === card.card.number} running=${job}
      onConfirm=${() => this.setState({ confirmed: card.card.number })} onSent=${() => this.setState({ end: null })} onCancel=${() => post("/api/jobs/cancel")} onBack=${() => this.home()}/>`;
    if (job) return html`<section class="box stack"><h2>${t("leaveCard")}</h2><ul>${job.steps.map((s) => html`<li>${s}</li>`)}</ul></section>`;
    return this.list(card);
  }
  done(end) {
    seen(end);
    this.home();
  }
  render({ mode }, { lost }) {
    return html`<header class="top"><div><h1><img src="/icon.svg" alt=""/>Repin</h1><${Languages} onChoose=${(id) => this.language(id)}/><${Looks}/></div></header>
      <main><p class=${this.state.end && this.state.end.ok !== undefined ? "hidden" : "prompt noprint"} role="status">${this.prompt()}</p>${mode === "practice" ? html`<${Panel} panel=${this.state.panel}/>` : null}${this.above()}${this.body()}
      ${lost === "key" ? null : html`<nav class="row noprint" aria-label=${t("more")}><button type="button" class="plain" onClick=${() => this.go({ name: "doctor" })}>${t("checkup")}</button><button type="button" class="plain" onClick=${() => this.go({ name: "ledger" })}>${t("ledger")}</button></nav>`}</main>`;
  }
}

/** Waits for a card, or for a reader. When nothing comes for a while the check-up is what to do. */
class Waiting extends Component {
  constructor() {
    super();
    this.state = { slow: false };
  }
  componentDidMount() {
    this.timer = setTimeout(() => this.setState({ slow: true }), IDLE_HINT_MS);
  }
  componentWillUnmount() {
    clearTimeout(this.timer);
  }
  render({ reader, onCheck }, { slow }) {
    return html`<section class="box stack"><p>${t(reader ? "insertHow" : "readerHow")}</p>${slow ? html`<p role="status">${t("nothingHappens")}</p>` : null}
      <div class="row"><button type="button" class=${slow ? "main" : ""} onClick=${onCheck}>${t("checkup")}</button></div></section>`;
  }
}

/** @param {any} end */
function seen(end) {
  sessionStorage.setItem("repin-seen", String(end.job));
}

/** A cut of which the outcome is known without an entry: told once, and the note goes. */
class Known extends Component {
  constructor() {
    super();
    this.state = { problem: "" };
  }
  async componentDidMount() {
    const told = await post("/api/jobs", { job: "resolve", slot: this.props.slot, reader: this.props.reader, expect: this.props.expect }).catch(() => ({ status: 0 }));
    if (told.status !== 202) this.setState({ problem: told.error ? told.error.message : t("agentAway") });
  }
  render({ onBack }, { problem }) {
    return html`<section class="box stack"><p role=${problem ? "alert" : "status"}>${problem || t("looking")}</p>${problem ? html`<div class="row"><button type="button" onClick=${onBack}>${t("back")}</button></div>` : null}</section>`;
  }
}

function NoKey() {
  return html`<main><${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}></main>`;
}

/** @param {any} [Page] */
export async function run(Page = Holder) {
  restoreLook();
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  const told = await start();
  const wanted = (told && told.lang) || wantedLanguage();
  await useLanguage(wanted);
  document.title = "Repin";
  render(told ? html`<${Page} mode=${told.mode} phone=${told.phone}/>` : html`<${NoKey}/>`, root);
}

// phone.js runs it with a page of its own.
if (!document.body.classList.contains("phone")) run();
