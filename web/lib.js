// SPDX-License-Identifier: Apache-2.0
// Preact and htm, joined: html`<p>…</p>` makes elements. Nothing else of the pages imports them.
import { h, render, Component, Fragment } from "preact";
import htm from "htm";

export { render, Component, Fragment };
export const html = htm.bind(h);
