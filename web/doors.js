// SPDX-License-Identifier: Apache-2.0
// The ways back to a working PIN: at most three questions, one recommended way with its steps, the others, and what is shut.
import { Component, focusHead, html } from "./lib.js";
import { post } from "./api.js";
import { t } from "./words.js";

function Door({ d }) {
  return html`<li><strong>${d.title}</strong>${d.opening && d.opening.text ? html`<br/><span class="quiet">${d.opening.text}</span>` : null}${d.reason_text ? html`<br/>${d.reason_text}` : null}${d.opens ? html`<br/><span class="quiet">${t("opens")} ${d.opens}</span>` : null}</li>`;
}

function Recommended({ r }) {
  return html`<div class="box stack good"><h3>${r.title}</h3>
    ${r.reason_text ? html`<p>${r.reason_text}</p>` : null}${r.opening && r.opening.text ? html`<p>${r.opening.text}</p>` : null}
    <ol>${r.steps.map((s) => html`<li>${s.text}${s.last_try ? html` <strong>${t("lastOne")}</strong>` : null}</li>`)}</ol>
    ${r.office ? html`<p><strong>${r.office.name}</strong><br/>${r.office.address}<br/>${t("telephone")} ${r.office.telephone}</p>` : null}
    ${r.contacts && r.contacts.length ? html`<dl class="facts">${r.contacts.map((c) => html`<dt>${c.label}</dt><dd>${c.text.startsWith("https://") ? html`<a href=${c.text} target="_blank" rel="noopener noreferrer">${c.text}</a>` : c.text}</dd>`)}</dl>` : null}
    ${r.documents ? html`<details class="printed"><summary>${t("documents")}</summary><p>${t("listA")}</p><ul>${r.documents.a.map((d) => html`<li>${d.text}</li>`)}</ul><p>${t("listB")}</p><ul>${r.documents.b.map((d) => html`<li>${d.text}</li>`)}</ul></details>` : null}
    <p class="small">${r.tries_cost === 0 ? t("costsNoTry") : t("costsTry")}</p></div>`;
}

export class Doors extends Component {
  constructor() {
    super();
    this.asks = 0;
    this.state = { plan: null, said: {}, as: "self", problem: null, asked: [] };
  }
  componentDidMount() {
    focusHead();
    this.ask();
    addEventListener("beforeprint", this.unfold);
  }
  /** The card is told anew in another language: so are the ways. */
  componentDidUpdate(before) {
    if (before.pin.name !== this.props.pin.name) this.ask();
  }
  componentWillUnmount() {
    removeEventListener("beforeprint", this.unfold);
  }
  /** On paper what must be brought stands open: nobody can open it there. */
  unfold() {
    for (const d of document.querySelectorAll("details.printed")) /** @type {HTMLDetailsElement} */ (d).open = true;
  }
  async ask(change = {}) {
    const said = { ...this.state.said, ...(change.said || {}) };
    const as = change.as || this.state.as;
    const of = (w) => Object.keys(said).filter((k) => said[k] === w);
    const codes = ["letter", "puk", "rc", "pw3", "user-code"];
    const body = { slot: this.props.pin.id, reader: this.props.card.reader, know: of("yes").filter((k) => !codes.includes(k)), have: of("yes").filter((k) => codes.includes(k)).map((k) => (k === "rc" ? "resetting-code" : k === "pw3" ? "admin" : k)), not_sure: of("no").filter((k) => !codes.includes(k)) };
    if (as !== "self") body.as = as;
    this.setState({ said, as });
    const number = ++this.asks;
    const told = await post("/api/doors", body).catch(() => ({ error: { message: t("agentAway") } }));
    if (number !== this.asks) return; // asked again meanwhile: what that brings is the answer
    if (told.error) this.setState({ problem: told.error });
    else this.setState({ plan: told, problem: null, asked: this.state.asked.length ? this.state.asked : told.not_said.slice(0, 3) });
  }
  question(id) {
    const pin = this.props.card.pins.find((p) => p.id === id);
    const said = this.state.said[id];
    return html`<fieldset class="stack"><legend>${t(["letter", "puk", "user-code"].includes(id) ? "haveIt" : "knowIt", { pin: pin ? pin.name : id })}</legend><div class="row">
      ${["yes", "no"].map((w) => html`<button type="button" aria-pressed=${said === w ? "true" : "false"} onClick=${() => this.ask({ said: { [id]: w } })}>${t(w === "yes" ? "yes" : "noOrNotSure")}</button>`)}</div></fieldset>`;
  }
  render({ pin, onBack, onJob }, { plan, problem, as, asked }) {
    const jobs = plan ? { change: "change", kiosk: pin.jobs.reset ? "reset" : pin.jobs.reserve ? "reserve" : "", letter: "unlock", puk: "unlock", "resetting-code": "unlock", "user-code": "reset", "user-code-reset": "reset", "help-desk": pin.jobs.reset ? "reset" : "unlock" } : {};
    const job = plan ? jobs[plan.recommended.door] : "";
    const possible = job && pin.jobs[job];
    return html`<section class="box stack"><h2 tabindex="-1">${t("waysBackTo", { pin: pin.name })}</h2>
      ${problem ? html`<p role="alert">${problem.message}</p>` : null}
      <div class="stack noprint">${asked.map((id) => this.question(id))}
        ${plan && plan.recommended.where.includes("desk") ? html`<fieldset class="stack"><legend>${t("whoGoes")}</legend><div class="row">${["self", "representative", "agent"].map((w) => html`<button type="button" aria-pressed=${as === w ? "true" : "false"} onClick=${() => this.ask({ as: w })}>${t(w === "self" ? "asSelf" : w === "agent" ? "asAgent" : "asRepresentative")}</button>`)}</div></fieldset>` : null}</div>
      ${plan ? html`<div class="stack" aria-live="polite"><p class="hidden">${t("recommended")}</p><${Recommended} r=${plan.recommended}/>
        <div class="row noprint">${possible ? html`<button type="button" class="main" onClick=${() => onJob(job)}>${t("goOn")}</button>` : null}<button type="button" onClick=${() => print()}>${t("print")}</button><button type="button" class="plain" onClick=${onBack}>${t("back")}</button></div>
        ${plan.traps.length ? html`<ul>${plan.traps.map((x) => html`<li>${x.text}</li>`)}</ul>` : null}
        ${plan.open.length ? html`<details><summary>${t("alsoOpen", { n: plan.open.length })}</summary><ul>${plan.open.map((d) => html`<${Door} d=${d}/>`)}</ul></details>` : null}
        ${plan.shut.length ? html`<details><summary>${t("shutDoors", { n: plan.shut.length })}</summary><ul>${plan.shut.map((d) => html`<${Door} d=${d}/>`)}</ul></details>` : null}</div>` : html`<p>${t("looking")}</p>`}</section>`;
  }
}
