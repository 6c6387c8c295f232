// SPDX-License-Identifier: Apache-2.0
// The clerk's sheet: what the register and the card say, which documents lie here, and whether that is enough. The issuer
// decides; the page only shows what it found.
import { Component, html } from "./lib.js";
import { said, t } from "./words.js";

const FACTS = ["registered_here", "same_household", "domicile_in_city", "applicant_resident"];
const FACT_WORDS = { registered_here: "d_registered", same_household: "d_household", domicile_in_city: "d_domicile", applicant_resident: "d_resident" };
const FLAGS = { card_present: "d_cardPresent", ward: "d_ward", card_pin_confirmed: "d_cardPin", current_pin_verified: "d_currentPin", representative_present: "d_repPresent" };

/** Which facts can matter for whom. @param {any} app */
function asked(app) {
  const change = app.wishes.some((w) => w.act === "change");
  return {
    flags: ["card_present", "ward", "card_pin_confirmed", ...(change ? ["current_pin_verified"] : []), ...(app.applicant !== "self" ? ["representative_present"] : [])],
    facts: app.applicant === "self" ? ["registered_here"] : FACTS,
  };
}

/** @param {any} app @param {boolean} [here] the reader has this card */
export function sheetOf(app, here = false) {
  return { facts: { ...app.facts, card_present: here || app.facts.card_present }, documents: app.documents.map((d) => ({ ...d })) };
}

function Fact({ name, value, onValue, disabled }) {
  return html`<div class="field"><label for=${"f-" + name}>${t(FACT_WORDS[name])}</label><select id=${"f-" + name} value=${value || "unknown"} disabled=${disabled} onChange=${(e) => onValue(e.target.value)}>
    ${["unknown", "yes", "no"].map((w) => html`<option value=${w}>${t("d_f_" + w)}</option>`)}</select></div>`;
}

function When({ id, label, value, onValue, disabled }) {
  return html`<div class="field"><label for=${id}>${label}</label><input id=${id} type="date" value=${value || ""} disabled=${disabled} onChange=${(e) => onValue(e.target.value)}/></div>`;
}

/** @param {any} props one document, its row of the lists, and what is heard of a change */
function Document({ n, doc, row, owners, onChange, onRemove, disabled }) {
  const put = (name, value) => onChange({ ...doc, [name]: value });
  const id = (name) => `doc${n}-${name}`;
  return html`<li class="box stack"><div class="row"><strong>${row ? said(row.name_en) : doc.kind}</strong><button type="button" class="plain" disabled=${disabled} onClick=${onRemove}>${t("d_remove")}</button></div>
    <div class="row wrap">
      ${owners ? html`<div class="field"><label for=${id("whose")}>${t("d_whose")}</label><select id=${id("whose")} value=${doc.whose} disabled=${disabled} onChange=${(e) => put("whose", e.target.value)}><option value="holder">${t("d_o_holder")}</option><option value="applicant">${t("d_o_applicant")}</option></select></div>` : null}
      <${When} id=${id("to")} label=${t("d_validTo")} value=${doc.valid_to} disabled=${disabled} onValue=${(v) => put("valid_to", v)}/>
      ${row && row.issued ? html`<${When} id=${id("issued")} label=${t("d_issued")} value=${doc.issued} disabled=${disabled} onValue=${(v) => put("issued", v)}/>` : null}</div>
    ${row && row.named ? html`<div class="row wrap"><div class="field"><label for=${id("named")}>${t("d_named")}</label><input id=${id("named")} type="text" maxlength="60" value=${doc.named || ""} disabled=${disabled} onInput=${(e) => put("named", e.target.value)}/></div>
      <div class="field"><label for=${id("reason")}>${t("d_why")}</label><input id=${id("reason")} type="text" maxlength="60" value=${doc.reason || ""} disabled=${disabled} onInput=${(e) => put("reason", e.target.value)}/></div></div>` : null}
    <fieldset class="row wrap"><legend>${t("d_matches")}</legend>${[["name", "d_mName"], ["birth", "d_mBirth"], ["address", "d_mAddress"]].map(([k, w]) => html`<label class="check"><input type="checkbox" checked=${Boolean(doc[k])} disabled=${disabled} onChange=${(e) => put(k, e.target.checked)}/><span>${t(w)}</span></label>`)}</fieldset></li>`;
}

/** What was found, worst first. @param {any} props */
export function Verdict({ app, kinds }) {
  const order = ["refused", "missing", "clerk", "not-counted", "note"];
  const found = [...app.findings].sort((a, b) => order.indexOf(a.class) - order.indexOf(b.class));
  const kind = app.verdict === "enough" || app.verdict === "letter" ? "good" : app.verdict === "refused" ? "bad" : "care";
  const name = (/** @type {any} */ f) => {
    const d = f.document === undefined ? null : app.documents[f.document];
    const row = d && kinds.find((k) => k.kind === d.kind);
    return row ? said(row.name_en) + ": " : "";
  };
  return html`<div class=${"box stack " + kind} role="status" id="verdict"><h3>${t("d_verdict_" + app.verdict.replace("-", ""))}</h3>
    ${found.length ? html`<ul>${found.map((f) => html`<li><strong>${t("d_c_" + f.class.replace("-", ""))}</strong> ${name(f)}${said(f.text)}</li>`)}</ul>` : null}</div>`;
}

export class Sheet extends Component {
  put(facts) {
    this.props.onSheet({ ...this.props.sheet, facts: { ...this.props.sheet.facts, ...facts } });
  }
  documents(list) {
    this.props.onSheet({ ...this.props.sheet, documents: list });
  }
  add(kind) {
    if (kind) this.documents([...this.props.sheet.documents, { kind, whose: "holder" }]);
  }
  render({ app, sheet, kinds, disabled }) {
    const { facts, documents } = sheet, want = asked(app);
    const groups = [["a", "d_listA"], ["b", "d_listB"], ["power", "d_listPower"]];
    return html`<section class="box stack"><h3>${t("d_facts")}</h3>
      <div class="row wrap"><div class="field"><label for="age">${t("d_age")}</label><input id="age" type="text" inputmode="numeric" size="4" maxlength="3" value=${facts.holder_age ?? ""} disabled=${disabled}
        onInput=${(e) => this.put({ holder_age: /^\d{1,3}$/.test(e.target.value) ? Math.min(130, Number(e.target.value)) : undefined })}/></div>
      ${want.facts.map((f) => html`<${Fact} name=${f} value=${facts[f]} disabled=${disabled} onValue=${(v) => this.put({ [f]: v })}/>`)}</div>
      ${want.flags.map((f) => html`<label class="check"><input type="checkbox" checked=${Boolean(facts[f])} disabled=${disabled} onChange=${(e) => this.put({ [f]: e.target.checked })}/><span>${t(FLAGS[f])}</span></label>`)}
      <h3>${t("d_documents")}</h3>
      <ul class="plainlist stack">${documents.map((d, i) => html`<${Document} n=${i} doc=${d} row=${kinds.find((k) => k.kind === d.kind)} owners=${app.applicant !== "self"} disabled=${disabled}
        onChange=${(v) => this.documents(documents.map((x, k) => (k === i ? v : x)))} onRemove=${() => this.documents(documents.filter((x, k) => k !== i))}/>`)}</ul>
      ${documents.length < 12 ? html`<div class="field"><label for="add">${t("d_addDocument")}</label><select id="add" value="" disabled=${disabled} onChange=${(e) => { this.add(e.target.value); e.target.value = ""; }}><option value="">${t("d_choose")}</option>
        ${groups.map(([l, w]) => html`<optgroup label=${t(w)}>${kinds.filter((k) => k.list === l).map((k) => html`<option value=${k.kind}>${said(k.name_en)}</option>`)}</optgroup>`)}</select></div>` : null}</section>`;
  }
}
