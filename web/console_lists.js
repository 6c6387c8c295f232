// SPDX-License-Identifier: Apache-2.0
// The lists of the console as tables: each with its columns, a filter, and a file for a spreadsheet.
import { Component, html } from "./lib.js";
import { saveCsv } from "./csv.js";
import { get, slugOf, when, why } from "./service.js";
import { has, lang, t } from "./words.js";

const yes = (v) => (v ? t("yes") : t("no"));
const time = (v) => (v ? when(v) : "–");
/** @param {string} word */
export const role = (word) => (has("role_" + word.replace("-", "_")) ? t("role_" + word.replace("-", "_")) : word);
/** @param {string} v */
const roles = (v) => v.split(",").map(role).join(", ");
const plain = (v) => (v === "" || v === undefined || v === null ? "–" : String(v));

/** [member, heading, how it is shown] of each column; who may read a list is the service's to say (issuer/console.c). */
export const lists = [
  { id: "approvals", title: "approvals", roles: ["approver", "auditor", "admin"], columns: [["id", "numberOf"], ["act", "act"], ["by", "askedBy"], ["since_ms", "since", time], ["until_ms", "until", time]] },
  { id: "terminals", title: "terminals", roles: ["approver", "auditor", "admin"], columns: [["name", "name"], ["class", "klass"], ["group", "group"], ["office", "office"], ["locked", "locked", yes], ["reason", "reason"], ["since_ms", "since", time]] },
  { id: "groups", title: "groups", roles: ["approver", "auditor", "admin"], columns: [["name", "name"], ["class", "klass"], ["slots", "pinsOf", (v) => v.split(",").join(", ")], ["operated_by", "operatedBy"], ["places", "places"], ["hours", "openHours"], ["listed", "listed", yes]] },
  { id: "operators", title: "operators", roles: ["auditor", "admin"], columns: [["name", "name"], ["roles", "roles", roles], ["office", "office"], ["disabled", "disabled", yes], ["locked", "locked", yes], ["since_ms", "since", time]] },
  { id: "offices", title: "offices", roles: [], columns: [["id", "office"], ["municipality", "municipality"], ["name_en", "name", (v, row) => (lang() === "en" ? v : row.name_ja)]] },
  { id: "stops", title: "stops", roles: [], columns: [["id", "numberOf"], ["door", "door"], ["profile", "family"], ["group", "group"], ["reason", "reason"], ["by", "by"], ["since_ms", "since", time]] },
];

/** @param {any} row @param {any[]} column */
const cell = (row, [member, , show]) => (show ? show(row[member], row) : plain(row[member]));

/** A table with a filter and its file. `rows` are the service's; `onRow`: the first column opens a row. */
export class Table extends Component {
  constructor() {
    super();
    this.state = { filter: "" };
  }
  render({ id, title, columns, rows, onRow }, { filter }) {
    const wanted = filter.trim().toLowerCase();
    const texts = rows.map((r) => columns.map((c) => cell(r, c)));
    const shown = rows.map((_, k) => k).filter((k) => !wanted || texts[k].some((c) => c.toLowerCase().includes(wanted)));
    return html`<div class="row noprint"><div class="field grow"><label for=${"filter-" + id}>${t("filter")}</label><input id=${"filter-" + id} type="text" value=${filter} autocomplete="off" onInput=${(e) => this.setState({ filter: e.target.value })}/></div>
        <button type="button" disabled=${rows.length === 0} onClick=${() => saveCsv(id, columns.map((c) => t(c[1])), shown.map((k) => texts[k]))}>${t("saveCsv")}</button></div>
      <p role="status" class="small quiet">${t("rowsShown", { n: shown.length, all: rows.length })}</p>
      ${shown.length === 0 ? html`<p>${t("noRows")}</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label=${title}><table><thead><tr>${columns.map((c) => html`<th scope="col">${t(c[1])}</th>`)}</tr></thead>
        <tbody>${shown.map((k) => html`<tr>${texts[k].map((c, i) => html`<td>${i === 0 && onRow ? html`<button type="button" class="plain" onClick=${() => onRow(rows[k])}>${c}</button>` : c}</td>`)}</tr>`)}</tbody></table></div>`}`;
  }
}

export class List extends Component {
  constructor() {
    super();
    this.state = { rows: null, problem: "" };
  }
  componentDidMount() {
    this.read();
  }
  async read() {
    try {
      this.setState({ rows: (await get("/v1/operator/lists/" + this.props.list.id)).rows, problem: "" });
    } catch (e) {
      if (slugOf(e) === "sign-in") dispatchEvent(new Event("repin-signed-out"));
      else this.setState({ problem: why(e) });
    }
  }
  render({ list }, { rows, problem }) {
    if (problem) return html`<div role="alert" class="box bad stack"><p>${problem}</p><div class="row"><button type="button" onClick=${() => this.read()}>${t("again")}</button></div></div>`;
    if (!rows) return html`<p role="status">${t("looking")}</p>`;
    return html`<${Table} id=${list.id} title=${t(list.title)} columns=${list.columns} rows=${rows}/>`;
  }
}
