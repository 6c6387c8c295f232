// SPDX-License-Identifier: Apache-2.0
// The sign-in: name, password, and the six digits of the authenticator. The entries are blanked when they have been sent.
import { Component, html } from "./lib.js";
import { keepSession, post, why } from "./service.js";
import { t } from "./words.js";

export class SignIn extends Component {
  constructor(props) {
    super(props);
    this.state = { name: "", password: "", totp: "", problem: props.problem || "", sending: false };
  }
  async send(e) {
    e.preventDefault();
    const { name, password, totp } = this.state;
    const missing = !name ? "name" : !password ? "password" : !/^\d{6,8}$/.test(totp) ? "totp" : "";
    if (missing) {
      this.setState({ problem: t(missing === "totp" ? "totpRule" : "fillIn") });
      return document.getElementById(missing)?.focus();
    }
    this.setState({ sending: true, problem: "" });
    try {
      keepSession("");
      const told = await post("/v1/operator/sessions", { name, password, totp });
      keepSession(told.token);
      this.setState({ password: "", totp: "" });
      this.props.onDone();
    } catch (problem) {
      this.setState({ password: "", totp: "", sending: false, problem: why(problem) });
      document.getElementById("password")?.focus();
    }
  }
  field(id, label, type, more) {
    return html`<div class="field"><label for=${id}>${label}</label><input id=${id} type=${type} value=${this.state[id]} required autocapitalize="off" spellcheck=${false}
      aria-describedby=${this.state.problem ? "sign-in-problem" : undefined} onInput=${(e) => this.setState({ [id]: e.target.value })} ...${more}/></div>`;
  }
  render(_, { problem, sending }) {
    return html`<form class="box stack narrow" noValidate onSubmit=${(e) => this.send(e)}><h2>${t("signInTitle")}</h2><p class="quiet">${t("signInHow")}</p>
      <div id="sign-in-problem" role="alert">${problem ? html`<p class="box bad">${problem}</p>` : null}</div>
      ${this.field("name", t("name"), "text", { autocomplete: "username", maxLength: 63 })}
      ${this.field("password", t("password"), "password", { autocomplete: "current-password", maxLength: 256 })}
      ${this.field("totp", t("totp"), "text", { autocomplete: "one-time-code", inputMode: "numeric", maxLength: 8 })}
      <div class="row"><button type="submit" class="main" disabled=${sending}>${t("signIn")}</button></div>
      <p class="small"><a href="/receipt">${t("toReceipt")}</a></p></form>`;
  }
}
