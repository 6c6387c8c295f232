// SPDX-License-Identifier: Apache-2.0
// Unlocking by telephone: the card's challenge is read to the help desk, and what the help desk answers is typed. The card is held
// meanwhile, and the program at the card judges each answer before the card sees it.
import { Component, focusHead, html } from "./lib.js";
import { post } from "./api.js";
import { spoken, t } from "./words.js";

/** "123456 123456 123456 123456 0011 2233 4455 6677". @param {string} text @returns {{groups: string[], hex: string}} */
export function challengeOf(text) {
  const all = text.split(" ");
  return { groups: all.slice(0, 4), hex: all.slice(4).join(" ") };
}

export class Call extends Component {
  constructor(props) {
    super(props);
    this.state = { typed: "", problem: "" };
  }
  componentDidMount() {
    focusHead();
  }
  componentDidUpdate(before) {
    // An answer that was wrong stays: one group of it is read out again.
    if (before.job.wrong !== this.props.job.wrong && this.props.job.wrong) document.getElementById("response")?.focus();
    if (before.lost !== this.props.lost && this.props.lost) this.setState({ typed: "" });
  }
  /** What stands in the field now: a key may come before what was typed is drawn. */
  async send() {
    const { job } = this.props;
    const typed = /** @type {HTMLInputElement} */ (document.getElementById("response")).value.trim();
    if (!typed) return;
    this.setState({ typed, problem: "" });
    const told = await post("/api/jobs/answer", { job: job.number, response: typed }).catch(() => ({ status: 0 }));
    if (told.status !== 200) this.setState({ problem: t("agentAway") });
  }
  render({ job, lost, onCancel }, { typed, problem }) {
    const { groups, hex } = challengeOf(job.challenge);
    const said = problem || (job.wrong ? job.wrong.text : "");
    return html`<section class="box stack"><h2 tabindex="-1">${t("callRead")}</h2>
      <ol class="groups" aria-label=${t("callChallenge")}>${groups.map((g) => html`<li class="number"><span aria-hidden="true">${g}</span><span class="hidden">${spoken(g)}</span></li>`)}</ol>
      <p class="small quiet">${t("callHex")} <span class="number">${hex}</span></p>
      <p>${t("callHeld")}</p>
      ${said ? html`<p class="box bad" role="alert" key=${job.wrong ? job.wrong.n : 0}>${said} ${t("callNotSent")}</p>` : null}
      <div class="field"><label for="response">${t("callAnswer")}</label><p class="small quiet" id="response-hint">${t("callAnswerHint")}</p>
        <input class="number" id="response" type="text" value=${typed} maxlength="63" autocomplete="off" autocapitalize="off" spellcheck=${false} aria-describedby="response-hint" disabled=${Boolean(lost)}
          onInput=${(e) => this.setState({ typed: e.target.value })} onKeyDown=${(e) => e.key === "Enter" && this.send()}/></div>
      <div class="row"><button type="button" class="main" disabled=${Boolean(lost) || !typed.trim()} onClick=${() => this.send()}>${t("callSend")}</button><button type="button" onClick=${onCancel}>${t("cancel")}</button></div></section>`;
  }
}
