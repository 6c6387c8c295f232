/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment in two halves: what takes time (certificates, Argon2, the token) is made ready without
 * a transaction, then the rows are put. Many cards share one transaction that way.
 *
 *     enrol_ready -> enrol_put (in a work) -> enrol_clear
 */
#ifndef REPIN_ISSUER_ENROL_H
#define REPIN_ISSUER_ENROL_H

#include "issuer/people.h"

struct enrolment {
	struct row_card card;
	struct row_card_key keys[4];
	size_t n_keys;
	struct row_user_code user_code;
	bool with_code;
};

/* Errors: certificate refusals, RP_E_USAGE (what is no card), busy, RP_E_TOKEN. */
RP_MUST_CHECK rp_code enrol_ready(issuer *i, const struct issuer_card *c, struct enrolment *ret,
				  struct rp_error *err);
/* A refusal is one card's; what the token, the memory or the time lacks ends all that come with it. */
bool enrol_ends_all(rp_code rc, const struct rp_error *why);
/* What keeps a card from being put; nothing was put then. */
enum enrol_bar { ENROL_PUT, ENROL_THERE, ENROL_NO_SOURCE };
const char *enrol_bar_text(enum enrol_bar b);
/* With its entry in the log, as `by`. */
RP_MUST_CHECK rp_code enrol_put(struct store_tx *tx, const char *by, const struct enrolment *e,
				enum enrol_bar *ret, struct rp_error *err);

#endif
