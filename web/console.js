// SPDX-License-Identifier: Apache-2.0
// The issuer's console: who has signed in sees what their roles may read. Nothing is decided here; the service refuses.
import { Component, html, render } from "./lib.js";
import { SignIn } from "./console_sign.js";
import { Cards, Cases } from "./console_cases.js";
import { Enrol } from "./console_enrol.js";
import { List, lists, role } from "./console_lists.js";
import { LogCheck } from "./console_log.js";
import { Statistics } from "./console_stats.js";
import { Languages, Looks, restoreLook } from "./parts.js";
import { get, hasSession, keepSession, post, slugOf, why } from "./service.js";
import { texts } from "./texts_console.js";
import { texts as refusals } from "./texts_service.js";
import { addTexts, t, useLanguage, wantedLanguage } from "./words.js";

addTexts("console", texts);
addTexts("service", refusals);

/** What the menu offers, to whom. An empty `roles`: to everybody. */
const views = [
  { id: "cases", title: "cases", roles: [], draw: () => html`<${Cases}/>` },
  { id: "cards", title: "cards", roles: ["clerk", "approver", "help-desk", "admin"], draw: () => html`<${Cards}/>` },
  { id: "enrol", title: "enrolTitle", roles: ["admin"], draw: () => html`<${Enrol}/>` },
  { id: "counts", title: "counts", roles: ["approver", "auditor", "admin"], draw: () => html`<${Statistics}/>` },
  ...lists.map((l) => ({ id: l.id, title: l.title, roles: l.roles, draw: (me) => html`<${List} key=${l.id} list=${l} me=${me}/>` })),
  { id: "log", title: "logTitle", roles: [], draw: () => html`<${LogCheck}/>` },
];

const may = (me, view) => view.roles.length === 0 || me.roles.split(",").some((r) => view.roles.includes(r));

class Console extends Component {
  constructor() {
    super();
    this.state = { me: null, problem: "", view: "", looking: hasSession() };
  }
  componentDidMount() {
    addEventListener("popstate", () => this.setState({ view: location.hash.slice(1) }));
    addEventListener("repin-signed-out", () => this.over());
    if (this.state.looking) this.meet();
  }
  /** Who is it? Asked after the sign-in and after a reload. */
  async meet() {
    try {
      const me = (await get("/v1/operator/lists/me")).rows[0];
      this.setState({ me, looking: false, problem: "", view: location.hash.slice(1) || views.find((v) => may(me, v)).id });
    } catch (e) {
      if (slugOf(e) === "sign-in") keepSession("");
      this.setState({ me: null, looking: false, problem: slugOf(e) === "sign-in" ? t("sessionOver") : why(e) });
    }
  }
  over() {
    keepSession("");
    this.setState({ me: null, problem: t("sessionOver") });
  }
  async leave() {
    await post("/v1/operator/sessions/end", {}).catch(() => null);
    keepSession("");
    history.replaceState({}, "", location.pathname);
    this.setState({ me: null, problem: "", view: "" });
  }
  go(id) {
    history.pushState({}, "", "#" + id);
    this.setState({ view: id });
  }
  menu(me, view) {
    return html`<nav class="menu noprint" aria-label=${t("menu")}>${views.filter((v) => may(me, v)).map((v) => html`<button type="button" class="plain" aria-current=${v === view ? "page" : undefined} onClick=${() => this.go(v.id)}>${t(v.title)}</button>`)}</nav>`;
  }
  body() {
    const { me, problem, looking } = this.state;
    if (looking) return html`<p role="status">${t("looking")}</p>`;
    if (!me) return html`<${SignIn} problem=${problem} onDone=${() => { this.setState({ looking: true }); this.meet(); }}/>`;
    const allowed = views.filter((v) => may(me, v));
    const view = allowed.find((v) => v.id === this.state.view) || allowed[0];
    return html`${this.menu(me, view)}<div class="stack"><h2 id="view" tabindex="-1">${t(view.title)}</h2>${view.draw(me)}</div>`;
  }
  render(_, { me }) {
    return html`<header class="top"><div><h1><img src="/icon.svg" alt=""/>${t("consoleTitle")}</h1><${Languages} onChoose=${async (id) => { await useLanguage(id); this.forceUpdate(); }}/><${Looks}/></div>
      ${me ? html`<div><p>${t("signedInAs", { name: me.name, office: me.office || "–" })} <span class="quiet small">${me.roles.split(",").map(role).join(", ")}</span></p><button type="button" onClick=${() => this.leave()}>${t("signOut")}</button></div>` : null}</header>
      <main class="wide">${this.body()}</main>`;
  }
}

async function main() {
  restoreLook();
  await useLanguage(wantedLanguage());
  document.title = t("consoleTitle");
  render(html`<${Console}/>`, /** @type {HTMLElement} */ (document.getElementById("app")));
}

main();
