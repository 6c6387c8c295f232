/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs with notes: what api.c and resolve.c share. */
#ifndef REPIN_LIB_JOBS_H
#define REPIN_LIB_JOBS_H

#include "lib/ctx.h"
#include "lib/journal.h"

/* One job and the note about it. It is not moved between start and end. */
struct noted {
	const struct state *state;
	struct rp_intent intent;
	bool resumes; /* the note is there already */
	struct journal journal;
	struct watch watch; /* for struct job */
};

/* Prepares the note; it is written when the job begins. `code`: whose secret unlocks, or none. */
void noted_start(struct noted *n, const struct state *state, const struct rp_card_facts *shown,
		 const struct pin_row *row, rp_slot code);
/*
 * Strikes the note out when all is known. `proven`: the card has taken or confirmed an entry, so
 * older doubts about the same PIN are idle and go as well.
 */
void noted_end(struct noted *n, bool proven);

/* Runs a job with the context's time limit and key. Errors: those of job_run. */
RP_MUST_CHECK rp_code card_job(rp_card *card, struct job *j, struct rp_outcome *ret, struct rp_error *err);
/* The same; one that sets a PIN is noted down where notes are kept. */
RP_MUST_CHECK rp_code card_job_noted(rp_card *card, struct job *j, struct rp_outcome *ret,
				     struct rp_error *err);

#endif
