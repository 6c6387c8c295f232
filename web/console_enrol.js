// SPDX-License-Identifier: Apache-2.0
// Many cards from a file: read once to see what is in it, then sent in pieces, each of which the service puts as one. A piece
// whose answer was lost is sent again: what stands is told as "there", so that stopping, going on and sending twice are safe.
import { Component, html } from "./lib.js";
import { Table } from "./console_lists.js";
import { post, slugOf, why } from "./service.js";
import { t } from "./words.js";

const PIECE_CARDS = 100, PIECE_BYTES = 60000; // the service takes 100, and 64 KiB
const SHOWN_MAX = 1000; // refused lines; the counts go on
const SHOW_MS = 250;
const columns = [["line", "lineOf"], ["why", "reason"]];
const encoder = new TextEncoder();

/** @param {Blob} file @returns {AsyncGenerator<string>} */
async function* linesOf(file) {
  const reader = file.stream().pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = /** @type {string} */ (parts.pop());
      yield* parts;
    }
    if (rest) yield rest;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A line as a card, or the reason why it is none; null: an empty line. @param {string} text @returns {{card?: object, why?: string, bytes: number} | null} */
export function cardOf(text) {
  const line = text.trim(), bytes = encoder.encode(text).length;
  if (!line) return null;
  if (bytes > PIECE_BYTES) return { why: t("lineTooLong"), bytes };
  try {
    const card = JSON.parse(line);
    return card && typeof card === "object" && !Array.isArray(card) ? { card, bytes } : { why: t("lineNoObject"), bytes };
  } catch {
    return { why: t("lineNoJson"), bytes };
  }
}

/** As many lines as go together; `faults` are those that go nowhere. @param {Blob} file */
async function* piecesOf(file) {
  let piece = { cards: [], lines: [], faults: [], bytes: 0 }, number = 0;
  for await (const text of linesOf(file)) {
    const line = cardOf(text);
    number++;
    if (line?.card && (piece.cards.length === PIECE_CARDS || piece.bytes + line.bytes > PIECE_BYTES)) {
      yield piece;
      piece = { cards: [], lines: [], faults: [], bytes: 0 };
    }
    if (line?.card) {
      piece.cards.push(line.card);
      piece.lines.push(number);
    } else if (line) {
      piece.faults.push({ line: number, why: line.why });
    }
    piece.bytes += line ? line.bytes + 1 : encoder.encode(text).length + 1;
  }
  yield piece;
}

/** The reason, in the reader's language as far as the service's word has one. */
const refusal = (row) => (row.state === "no-source" ? t("noSource") : t("lineRefused", { why: row.why }));

export class Enrol extends Component {
  constructor() {
    super();
    this.state = { step: "choose", ...this.none() };
    /** @type {any} */
    this.piece = null;
    this.leaving = (e) => { if (this.state.step === "sending") e.preventDefault(); };
  }
  none() {
    return { file: null, lines: 0, bytes: 0, sent: 0, done: 0, there: 0, refused: 0, rows: [], problem: "", left: "" };
  }
  componentDidMount() {
    addEventListener("beforeunload", this.leaving);
  }
  componentWillUnmount() {
    removeEventListener("beforeunload", this.leaving);
    this.asked = {}; // whoever reads on finds that nobody waits for it
  }
  /** Reads the whole file without sending anything. @param {File} file */
  async look(file) {
    const asked = (this.asked = {});
    const seen = { ...this.none(), file, step: "looking" };
    this.setState(seen);
    try {
      for await (const piece of piecesOf(file)) {
        if (this.asked !== asked) return;
        seen.lines += piece.cards.length;
        this.keep(seen, piece.faults);
      }
      this.setState({ ...seen, step: "seen" });
    } catch {
      this.setState({ ...this.none(), step: "choose", problem: t("fileUnreadable") });
    }
  }
  keep(counts, faults) {
    counts.refused += faults.length;
    counts.rows = counts.rows.concat(faults.slice(0, SHOWN_MAX - counts.rows.length));
  }
  /** From the beginning, or from the piece whose answer is missing. */
  async send() {
    const asked = (this.asked = {});
    if (this.state.step === "seen") {
      this.pieces = piecesOf(this.state.file);
      this.piece = null;
      this.counts = { ...this.none(), file: this.state.file, lines: this.state.lines };
    }
    const began = { ms: Date.now(), bytes: this.counts.bytes };
    this.stopping = false;
    this.setState({ step: "sending", problem: "", stopping: false });
    try {
      for (;;) {
        if (!this.piece) {
          const next = await this.pieces.next();
          if (next.done) break;
          this.piece = next.value;
        }
        const rows = this.piece.cards.length ? (await post("/v1/operator/cards/enrol", { cards: this.piece.cards })).rows : [];
        this.count(rows, began);
        if (this.asked !== asked) return;
        if (this.stopping) return this.setState({ ...this.counts, step: "stopped" });
      }
      this.setState({ ...this.counts, step: "done" });
    } catch (e) {
      if (this.asked !== asked) return;
      if (slugOf(e) === "sign-in") dispatchEvent(new Event("repin-signed-out"));
      else this.setState({ ...this.counts, step: "stopped", problem: slugOf(e) === "away" ? t("enrolNoAnswer") : slugOf(e) ? why(e) : t("fileUnreadable") });
    }
  }
  count(rows, began) {
    const c = this.counts, now = Date.now();
    this.keep(c, this.piece.faults.concat(rows.flatMap((row, k) => (row.state === "refused" || row.state === "no-source" ? [{ line: this.piece.lines[k], why: refusal(row) }] : []))).sort((a, b) => a.line - b.line));
    c.done += rows.filter((row) => row.state === "enrolled").length;
    c.there += rows.filter((row) => row.state === "there").length;
    c.sent += rows.length;
    c.bytes += this.piece.bytes;
    this.piece = null;
    const minutes = ((now - began.ms) / Math.max(c.bytes - began.bytes, 1)) * (c.file.size - c.bytes) / 60000;
    c.left = minutes >= 1 ? t("minutesLeft", { n: Math.ceil(minutes) }) : t("underAMinute");
    if (now - (this.shown || 0) < SHOW_MS) return;
    this.shown = now;
    this.setState({ ...c });
  }
  /** Behind the piece that is on its way: what became of that has to be known. */
  stop() {
    this.stopping = true;
    this.setState({ stopping: true });
  }
  found(s) {
    if (!s.rows.length) return null;
    return html`<h3>${t("linesRefused", { n: s.refused })}</h3>${s.refused > s.rows.length ? html`<p>${t("firstOnes", { n: s.rows.length })}</p>` : null}
      <${Table} id="refused-lines" title=${t("linesRefused", { n: s.refused })} columns=${columns} rows=${s.rows}/>`;
  }
  counted(s) {
    return html`<dl class="facts"><dt>${t("enrolled")}</dt><dd id="enrolled">${s.done}</dd><dt>${t("thereAlready")}</dt><dd id="there">${s.there}</dd><dt>${t("refusedOnes")}</dt><dd id="refused">${s.refused}</dd></dl>`;
  }
  body(s) {
    if (s.step === "choose") return null;
    if (s.step === "looking") return html`<p role="status">${t("fileRead", { name: s.file.name })}</p>`;
    if (s.step === "seen") {
      return html`<p role="status">${t("fileSeen", { name: s.file.name, n: s.lines })}</p>
        ${s.lines ? html`<div><button type="button" class="main" onClick=${() => this.send()}>${t("enrolThem", { n: s.lines })}</button></div>` : null}${this.found(s)}`;
    }
    const end = s.step === "done";
    return html`<progress max=${Math.max(s.file.size, 1)} value=${end ? Math.max(s.file.size, 1) : s.bytes} aria-label=${t("enrolTitle")}></progress>
      <p role=${s.step === "sending" ? undefined : "status"}>${end ? t("enrolDone") : s.step === "stopped" ? t("enrolStopped") : t("enrolSending", { n: s.sent, all: s.lines, left: s.left })}</p>
      ${this.counted(s)}
      ${end ? null : html`<div>${s.step === "sending" ? html`<button type="button" disabled=${s.stopping} onClick=${() => this.stop()}>${t("enrolStop")}</button>` : html`<button type="button" class="main" onClick=${() => this.send()}>${t("enrolGoOn")}</button>`}</div>`}
      ${s.step === "sending" ? null : this.found(s)}`;
  }
  render(_, s) {
    return html`<p>${t("enrolWhat")}</p>
      <div class="field"><label for="cards-file">${t("cardsFile")}</label><input id="cards-file" type="file" accept=".jsonl,.json,.txt" disabled=${s.step === "sending"} onChange=${(e) => e.target.files[0] && this.look(e.target.files[0])}/></div>
      ${s.problem ? html`<p role="alert" class="box bad">${s.problem}</p>` : null}${this.body(s)}`;
  }
}
