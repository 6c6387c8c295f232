// SPDX-License-Identifier: Apache-2.0
// The question what happened, for the pages of holders.

/** @param {string} text */
const N_ = (text) => text;

export const texts = {
  cause: N_("What happened? (if you like to say)"),
  causeNone: N_("I would rather not say"),
  cause_forgotten: N_("I have forgotten it"),
  cause_typed_wrong: N_("I typed it wrong"),
  cause_another_program: N_("Another program has locked it"),
};
