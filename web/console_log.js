// SPDX-License-Identifier: Apache-2.0
// The log, verified here and not by the service that keeps it: the checkpoint's signature, and that it continues the one that this
// browser saw before.
import { Component, html } from "./lib.js";
import { grown, logKey } from "./log_memory.js";
import { getText, slugOf, when, why } from "./service.js";
import { canVerify, checkpointOf } from "./tlog.js";
import { t } from "./words.js";

export class LogCheck extends Component {
  constructor() {
    super();
    this.state = { looking: false, told: null, problem: "" };
  }
  componentDidMount() {
    this.check();
  }
  async check() {
    this.setState({ looking: true, told: null, problem: "" });
    try {
      this.setState({ told: await this.judged(), looking: false });
    } catch (e) {
      this.setState({ problem: slugOf(e) ? why(e) : t("logFault"), looking: false });
    }
  }
  async judged() {
    if (!(await canVerify())) return { kind: "care", text: t("logNoEd25519") };
    const k = await logKey(), note = await getText("/v1/log/checkpoint");
    const at = await checkpointOf(note, k.key);
    if (!at) return { kind: "bad", text: t("logUnsigned"), k, note };
    const { verdict, before } = await grown(k, at, note);
    if (verdict !== "grown") return { kind: "bad", text: t(verdict === "shrunk" ? "logShrunk" : "logForked", { before, now: at.size }), k, note, at };
    return { kind: "good", text: before ? t("logGrown", { before }) : t("logFirst"), k, note, at, seen: Date.now() };
  }
  result({ kind, text, k, at, note, seen }) {
    return html`<div class=${"box stack " + kind} role=${kind === "bad" ? "alert" : "status"}><h3>${t(kind === "good" ? "logGood" : kind === "bad" ? "logBad" : "logUnknown")}</h3><p>${text}</p>
        ${kind === "bad" ? html`<p>${t("logBadNext")}</p>` : null}${k && k.told !== k.line ? html`<p>${t("logOtherKey")}</p>` : null}</div>
      ${k ? html`<dl class="facts box">${at ? html`<dt>${t("logName")}</dt><dd>${at.origin}</dd><dt>${t("logEntries")}</dt><dd>${at.size}</dd>` : null}${seen ? html`<dt>${t("logChecked")}</dt><dd>${when(seen)}</dd>` : null}
        <dt>${t("logKey")}</dt><dd class="number">${k.line}</dd></dl><p class="small quiet">${t(k.first ? "logKeyFirst" : "logKeyKept")}</p>
      <details><summary>${t("logNote")}</summary><pre class="scroll" tabindex="0">${note}</pre></details>` : null}`;
  }
  render(_, { looking, told, problem }) {
    return html`<p>${t("logWhat")}</p><div class="row noprint"><button type="button" class="main" disabled=${looking} onClick=${() => this.check()}>${t("logCheck")}</button></div>
      ${looking ? html`<p role="status">${t("looking")}</p>` : null}${problem ? html`<p role="alert" class="box bad">${problem}</p>` : null}${told ? this.result(told) : null}`;
  }
}
