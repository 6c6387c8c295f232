// SPDX-License-Identifier: Apache-2.0
// The customer's window at a counter: it waits, shows one PIN to choose when the clerk gives the turn, and forgets.
import { Component, html, render } from "./lib.js";
import { events, start } from "./api.js";
import { Flow } from "./flow.js";
import { Told } from "./parts.js";
import { texts } from "./texts_desk.js";
import { addTexts, t, useLanguage } from "./words.js";

const DONE_MS = 20000;
const CLEAN = { sent: false, job: null, end: null, weak: false };

class Customer extends Component {
  constructor(props) {
    super(props);
    this.state = { lost: "", card: null, turn: null, turns: 0, ...CLEAN };
  }
  componentDidMount() {
    events((n, d) => this.tell(n, d), (why) => this.setState({ ...CLEAN, lost: why, card: null, turn: null }));
  }
  async tell(name, data) {
    if (name === "customer" && data.lang) await useLanguage(data.lang);
    // Events may come at once: each is told to what the one before it left.
    this.setState((/** @type {any} */ was) => this.told(was, name, data));
  }
  told(was, name, data) {
    const s = { lost: "" };
    if (name === "customer") {
      // That it is done stands a while, until somebody else's turn comes.
      const end = !data.slot && was.end && was.end.ok ? was.end : null;
      Object.assign(s, CLEAN, { end, turn: data.slot ? data : null, turns: was.turns + 1 });
      if (end) setTimeout(() => this.state.end === end && this.setState(CLEAN), DONE_MS);
    } else if (name === "card") s.card = data.error ? null : data;
    else if (name === "gone") s.card = null;
    else if (name === "job") s.job = { number: data.job, steps: [...(was.job && was.job.number === data.job ? was.job.steps : []), data.text] };
    else if (name === "end" && was.sent) Object.assign(s, { sent: false, job: null, end: data, weak: Boolean(data.error && data.error.code === "input-weak") });
    return s;
  }
  pin() {
    const { card, turn } = this.state;
    return card && card.pins && turn ? card.pins.find((p) => p.id === turn.slot) : null;
  }
  /** What went wrong, and that nobody here has to know more than that. */
  failed(e) {
    const again = e.tries_spent === 0 || e.tries_left > 0 || e.tries_spent === 1;
    return html`<${Told} kind="bad" title=${e.message || t("agentAway")}><p><strong>${e.tries_spent === 1 ? t("spentOne") : e.tries_spent === 0 ? t("spentNone") : t("spentUnknown")}</strong></p>
      <p>${t("c_askClerk")}</p>${again ? html`<div class="row"><button type="button" class="main" onClick=${() => this.setState({ ...CLEAN, weak: this.state.weak })}>${t("again")}</button></div>` : null}</${Told}>`;
  }
  body() {
    const s = this.state, pin = this.pin();
    if (s.lost === "key") return html`<${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}>`;
    if (s.end && s.end.ok) return html`<${Told} kind="good" title=${s.end.message || t("done")}><p class="prompt">${t("c_done")}</p></${Told}>`;
    if (!s.turn) return html`<section class="stack"><h2>${t("c_wait")}</h2></section>`;
    if (s.end) return this.failed(s.end.error || {});
    // Between two visitors a card may lie there that is not the one of this application: nothing is asked for it.
    if (!pin || s.card.card.number !== s.turn.number) return html`<section class="stack"><h2>${t("c_card")}</h2></section>`;
    if (!s.sent && !pin.jobs[s.turn.job]) return html`<section class="stack"><h2>${t("c_not")}</h2>${pin.jobs.reset_why ? html`<p>${pin.jobs.reset_why.message}</p>` : null}</section>`;
    return html`<p class="prompt">${t("c_turn")}</p><p>${t("c_private")}</p>
      <${Flow} key=${"turn" + s.turns} pin=${pin} job=${s.turn.job} card=${s.card} lost=${Boolean(s.lost)} present=${Boolean(s.card)} weak=${s.weak} running=${s.sent ? s.job || { steps: [] } : null} confirmed=${true} onConfirm=${() => null} onBack=${null} onCancel=${() => null} onSent=${() => this.setState({ sent: true, end: null, weak: false })}/>`;
  }
  render() {
    return html`<header class="top"><div><h1><img src="/icon.svg" alt=""/>Repin</h1></div></header><main aria-live="polite">${this.body()}</main>`;
  }
}

async function main() {
  addTexts("desk", texts);
  const told = await start();
  await useLanguage((told && told.lang) || sessionStorage.getItem("repin-lang") || "en");
  render(told ? html`<${Customer}/>` : html`<main><${Told} kind="bad" title=${t("lostKeyTitle")}><p>${t("lostKey")}</p></${Told}></main>`, /** @type {HTMLElement} */ (document.getElementById("app")));
}

main();
