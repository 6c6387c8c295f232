// SPDX-License-Identifier: Apache-2.0
// Counts over a span of days, as a plot, as a table, and as a file. Nobody is in them.
import uPlot from "uplot";
import { Component, html } from "./lib.js";
import { worded } from "./console_cases.js";
import { saveCsv } from "./csv.js";
import { get, slugOf, why } from "./service.js";
import { lang, t } from "./words.js";

const NAMES = ["resets", "lock-outs", "waiting"];
const DAY_MS = 86400000;
// Colours that are told apart without red and green, on light and on dark.
const COLOURS = ["#0072b2", "#e69f00", "#56b4e9", "#cc79a7", "#7a8b00", "#d55e00"];
// The days of the offices are those of Japan.
const today = () => Date.now() + 9 * 3600000;
const isoDay = (ms) => new Date(ms).toISOString().slice(0, 10);
/** Of a series: a door, a cause, or a kind of time. @param {string} name @param {string} series */
const title = (name, series) => worded(name === "resets" ? "door" : name === "lock-outs" ? "cause" : "wait", series);
const stamp = (s) => new Date(s * 1000).toLocaleString(lang().replace("_", "-"), { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

/**
 * Counts stand on one another: each series is drawn as the sum up to it, the highest first, so that none hides another. Times are lines.
 * @param {any} data
 */
function layers(data) {
  const counts = data.series.map((s, i) => ({ s, i, own: data.columns[i + 1], sum: /** @type {number[]} */ ([]) })).filter((l) => !l.s.endsWith("_s"));
  counts.forEach((l, k) => (l.sum = l.own.map((v, x) => (v || 0) + (k > 0 ? counts[k - 1].sum[x] : 0))));
  return [...counts.reverse(), ...data.series.map((s, i) => ({ s, i, own: data.columns[i + 1], sum: data.columns[i + 1] })).filter((l) => l.s.endsWith("_s"))];
}

/** The canvas is for who sees it; the table below says the same to everybody. */
class Plot extends Component {
  componentDidMount() {
    this.draw();
    this.watch = new ResizeObserver(() => this.plot && this.plot.setSize({ width: this.box.clientWidth, height: 280 }));
    this.watch.observe(this.box);
  }
  componentDidUpdate(before) {
    if (before.data !== this.props.data) this.draw();
  }
  componentWillUnmount() {
    this.watch.disconnect();
    if (this.plot) this.plot.destroy();
  }
  draw() {
    const { data } = this.props, ink = getComputedStyle(this.box).color;
    if (this.plot) this.plot.destroy();
    const drawn = layers(data), labelled = data.x === "label", bars = uPlot.paths.bars({ size: [0.7, 60, 3] });
    // Those that are counted are bars; times are lines of their own scale.
    const scale = (s) => (s.endsWith("_s") ? "s" : "n");
    const axis = { stroke: ink, grid: { stroke: "#8884" }, ticks: { stroke: "#8884" } };
    const options = {
      width: this.box.clientWidth,
      height: 280,
      scales: { x: { time: !labelled, range: () => (labelled ? [-0.5, data.labels.length - 0.5] : [data.from_ms / 1000, data.to_ms / 1000]) }, n: { range: (u, min, max) => [0, Math.max(1, max || 1)] }, s: { range: (u, min, max) => [0, Math.max(1, max || 1)] } },
      axes: [
        { ...axis, ...(labelled ? { splits: () => data.labels.map((_, i) => i), values: () => data.labels } : {}) },
        { ...axis, scale: "n", incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 50000] },
        ...(data.series.some((s) => scale(s) === "s") ? [{ ...axis, scale: "s", side: 1, values: (u, vs) => vs.map((v) => v + " s") }] : []),
      ],
      series: [{ label: labelled ? t("pinsOf") : t("time"), value: (u, v) => (v === null ? "–" : labelled ? data.labels[v] || "" : stamp(v)) }, ...drawn.map(({ s, i, own }) => ({ label: title(data.name, s), value: (u, v, at, x) => (x === null || own[x] === null ? "–" : String(own[x])), scale: scale(s), stroke: COLOURS[i % COLOURS.length], width: 2, ...(scale(s) === "n" ? { paths: bars, fill: COLOURS[i % COLOURS.length], points: { show: false } } : {}) }))],
    };
    this.plot = new uPlot(/** @type {any} */ (options), /** @type {any} */ ([data.columns[0], ...drawn.map((l) => l.sum)]), this.box);
  }
  render() {
    return html`<div class="plot" ref=${(el) => (this.box = el)} role="img" aria-label=${this.props.title}></div>`;
  }
}

export class Statistics extends Component {
  constructor() {
    super();
    this.state = { name: "resets", from: isoDay(today() - 29 * DAY_MS), to: isoDay(today()), data: null, problem: "", busy: false };
  }
  componentDidMount() {
    this.read();
  }
  async read() {
    const { name, from, to } = this.state;
    this.setState({ busy: true, problem: "" });
    try {
      this.setState({ data: await get(`/v1/operator/statistics/${name}_${from}_${to}`), busy: false });
    } catch (e) {
      if (slugOf(e) === "sign-in") dispatchEvent(new Event("repin-signed-out"));
      else this.setState({ problem: slugOf(e) === "malformed" ? t("spanWrong") : why(e), busy: false, data: null });
    }
  }
  rows(data) {
    return data.columns[0].map((x, i) => [data.x === "label" ? data.labels[i] : stamp(x), ...data.columns.slice(1).map((c) => (c[i] === null ? "–" : String(c[i])))]);
  }
  table(data) {
    const head = [data.x === "label" ? t("pinsOf") : t("time"), ...data.series.map((s) => title(data.name, s))], rows = this.rows(data);
    return html`<div class="row noprint"><button type="button" onClick=${() => saveCsv(data.name, head, rows)}>${t("saveCsv")}</button></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("stat_" + data.name.replace("-", "_"))}><table id="counts"><thead><tr>${head.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${rows.map((r) => html`<tr>${r.map((c) => html`<td>${c}</td>`)}</tr>`)}</tbody></table></div>`;
  }
  render(_, s) {
    return html`<form class="row" onSubmit=${(e) => { e.preventDefault(); this.read(); }}><div class="field"><label for="what">${t("counts")}</label><select id="what" value=${s.name} onChange=${(e) => this.setState({ name: e.target.value })}>${NAMES.map((n) => html`<option value=${n}>${t("stat_" + n.replace("-", "_"))}</option>`)}</select></div>
        ${["from", "to"].map((k) => html`<div class="field"><label for=${k}>${t(k === "from" ? "firstDay" : "lastDay")}</label><input id=${k} type="date" required value=${s[k]} onChange=${(e) => this.setState({ [k]: e.target.value })}/></div>`)}<button class="main" disabled=${s.busy}>${t("showCounts")}</button></form>
      ${s.problem ? html`<p role="alert" class="box bad">${s.problem}</p>` : null}
      ${s.data ? html`<h3>${t("stat_" + s.data.name.replace("-", "_"))}</h3>${s.data.columns[0].length ? html`<${Plot} key=${s.data.name + lang()} data=${s.data} title=${t("stat_" + s.data.name.replace("-", "_"))}/>${this.table(s.data)}` : html`<p role="status">${t("noRows")}</p>`}` : null}`;
  }
}
