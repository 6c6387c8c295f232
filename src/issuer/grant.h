/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ways to a grant share. Burn before send: grant_burn computes the cryptogram and writes everything
 * in the one transaction of the act; what it computed leaves the issuer only after the commit.
 */
#ifndef REPIN_ISSUER_GRANT_H
#define REPIN_ISSUER_GRANT_H

#include "issuer/external.h"
#include "issuer/shown.h"

struct grant_job {
	struct scene scene; /* first: scene_work hands it over */
	const struct rp_evidence *e;
	enum doors_id door;
	struct idem idem;
	struct proof_seen proof;
	struct device_seen device;
	struct external_seen external;
	/* what it came to */
	struct rp_grant grant;
	int64_t made_ms;
	bool finished; /* `grant` is the answer, or `refused` is */
	enum rp_problem refused;
	int tries_left, tries_spent; /* of a code, with `refused` */
	/* codes: between the two transactions */
	bool counted, right;
	unsigned version;
	uint8_t salt[16], mac[32];  /* of the row that is compared */
	rp_secret *one_time;	    /* as it is hashed */
	struct row_user_code fresh; /* DOORS_USER_CODE_RESET: the one to set */
};

/* The case of this grant (e->case_id, or the newest of this card, slot and door); time and table allow it. */
RP_MUST_CHECK rp_code grant_case(struct grant_job *j, struct row_case *ret, struct rp_error *err);
/* A new case of this door, ready, not yet written. */
RP_MUST_CHECK rp_code grant_new_case(struct grant_job *j, struct row_case *ret, struct rp_error *err);
/* Class of the terminal, card, slot, door, stops, external evidence, no other grant open. */
RP_MUST_CHECK rp_code grant_may(struct grant_job *j, struct rp_error *err);

/* What stands behind it. */
struct grant_ground {
	const char *kind; /* of the evidence: "proof", "user-code", "one-time-code", "operator" */
	const char *purpose, *by_name, *detail;
	bool is_new;  /* the case is not written yet */
	bool counted; /* the nonce and the card's limit were counted already */
};
/* Cryptogram, then case, grant, evidence, entry, notice and result, all in this transaction. */
RP_MUST_CHECK rp_code grant_burn(struct grant_job *j, struct row_case *c, const struct grant_ground *g,
				 struct rp_error *err);
/* The request was answered before: the same answer. */
RP_MUST_CHECK rp_code grant_again(struct grant_job *j, struct rp_error *err);

/* The same for a call that has only a receipt to tell. */
RP_MUST_CHECK rp_code grant_receipt_again(struct grant_job *j, struct rp_error *err);

/* By the app on a phone (app.c). */
rp_code app_work(struct store_tx *tx, void *arg, struct rp_error *err);

/* By a code: user code, the one-time code of a help desk's case, or the one for a new user code. */
RP_MUST_CHECK rp_code grant_by_code(struct grant_job *j, struct rp_error *err);
/* Inside a transaction: the user code becomes j->fresh. j->grant.receipt is its receipt. */
RP_MUST_CHECK rp_code set_code_now(struct grant_job *j, struct rp_error *err);
/* Frees what it holds, wiped. */
void grant_job_freep(struct grant_job **j);
/* Names the request of this job; `what` is the call. */
RP_MUST_CHECK rp_code grant_name(struct grant_job *j, const char *key, const char *what,
				 struct rp_error *err);

/* A refusal about a code that was counted here. */
rp_code code_refuse(struct rp_error *err, enum rp_problem problem, int tries_left, int tries_spent);

#endif
