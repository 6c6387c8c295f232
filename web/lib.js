// SPDX-License-Identifier: Apache-2.0
// Preact and htm, joined: html`<p>…</p>` makes elements. Nothing else of the pages imports them.
import { h, render, Component, Fragment } from "preact";
import htm from "htm";

export { render, Component, Fragment };
export const html = htm.bind(h);

/** The focus goes to what has just come: a flow's heading, an error, an end. */
export function focusHead() {
  /** @type {HTMLElement|null} */ (document.querySelector("main h2[tabindex]"))?.focus();
}
