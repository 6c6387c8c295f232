// SPDX-License-Identifier: Apache-2.0
// What the service says no with, in words; for every page that repind serves.

/** @param {string} text */
const N_ = (text) => text;

export const texts = {
  problem_away: N_("The service does not answer. Nothing was changed; try again in a moment."),
  problem_sign_in: N_("Your session is over. Sign in again; nothing was changed."),
  problem_sign_in_wrong: N_("Name, password or one-time password are not right. The one-time password changes each 30 seconds and serves once: wait for the next one."),
  problem_too_many_requests: N_("Too many attempts. Wait for half a minute, then try again."),
  problem_busy: N_("All places are taken for the moment. Nothing was counted; try again."),
  problem_not_ready: N_("The service is not ready. Nothing was counted; try again in a moment."),
  problem_fault: N_("The service has a fault. Nothing was changed; when it stays so, tell the administrator."),
  problem_role: N_("Your role does not allow this. Ask an administrator who may."),
  problem_office: N_("Another office is responsible for this."),
  problem_not_found: N_("There is nothing with this number. Compare it character by character."),
  problem_malformed: N_("The entry is not what the service takes. Nothing was changed."),
  problem_too_large: N_("That is too much at once. Nothing was changed."),
  problem_four_eyes: N_("A second person must agree."),
  problemOther: N_("The service refused: {title}. Nothing was changed."),
};
