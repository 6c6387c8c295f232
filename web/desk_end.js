// SPDX-License-Identifier: Apache-2.0
// What the card's program says, in the clerk's words and language. Its own sentences speak to the customer, in the customer's
// language, which need not be the clerk's: to this page come codes alone.
import { t } from "./words.js";

/** Codes of include/repin/types.h, and the sentence that they share. */
const SAYS = {
  d_x_wrong: ["pin-wrong", "secret-wrong", "pin-differs"],
  d_x_locked: ["pin-locked", "secret-locked", "card-dead"],
  d_x_lastTry: ["last-try"],
  d_x_weak: ["input-weak"],
  d_x_entry: ["input-missing", "input-format", "input-empty", "input-length", "input-characters", "input-blanks", "input-all-same", "input-mismatch"],
  d_x_removed: ["card-removed", "card-failed", "card-reset", "card-reply", "card-timeout", "interrupted", "half-done"],
  d_x_noCard: ["no-card", "no-reader", "card-mute", "card-unknown", "no-pcscd", "no-permission"],
  d_x_other: ["card-changed", "tries-changed"],
  d_x_refused: ["card-refused", "not-offered", "not-set", "slot-unknown"],
  d_lostTitle: ["issuer-unreachable"],
  d_x_cancelled: ["cancelled", "timeout", "card-busy"],
};

/** @param {{code: string, problem?: string, tries_left?: number|null, tries_spent?: number|null}} e @returns {string[]} sentences */
export function endWords(e) {
  const key = Object.entries(SAYS).find(([, codes]) => codes.includes(e.code))?.[0];
  const says = (e.problem && t("p_" + e.problem.replaceAll("-", ""))) || (key ? t(key) : e.code === "issuer-refused" ? t("d_x_issuer") : t("d_x_code", { code: e.code }));
  const spent = t(e.tries_spent === 1 ? "spentOne" : e.tries_spent === 0 ? "spentNone" : "spentUnknown");
  const left = typeof e.tries_left === "number" ? t("d_x_left", { n: e.tries_left }) : "";
  const next = key === "d_x_removed" || key === "d_x_noCard" ? t("d_x_putBack") : t("d_x_next");
  return [says, spent, left, next].filter(Boolean);
}

/** How far a job is. @param {string[]} words of src/cli/steps.c */
export const stepWords = (words) => words.map((w) => t("d_step_" + w)).filter(Boolean);
