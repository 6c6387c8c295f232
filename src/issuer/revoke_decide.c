/* SPDX-License-Identifier: Apache-2.0 */
/* Revocations that were asked for: who agrees, until when one is taken back, and how far each is. */
#include <stdlib.h>
#include <string.h>

#include "issuer/people.h"
#include "issuer/revoke.h"

/* --- agreeing, taking back --- */

struct step_job {
	const char *by, *id;
	const struct issuer_peer *who; /* NULL: by */
	char name[ROW_NAME];
	struct idem idem;
	enum revoke_event event;
	uint8_t card_id[CARD_ID_LEN];
	struct revoke_rows rows;
	struct row_revocation_paper paper; /* the key of the one in hand */
};

static void step_freep(struct step_job **j)
{
	free(*j);
}

static rp_code find_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct step_job *j = arg;
	rp_code rc = revoke_load(tx, j->id, &j->rows, err);

	if (rc == RP_OK)
		memcpy(j->card_id, j->rows.at[0].card_id, sizeof j->card_id);
	return rc;
}

static rp_code check_by(struct store_tx *tx, const struct step_job *j, struct rp_error *err)
{
	const bool agrees = j->event == REVOKE_EV_APPROVE;
	const unsigned roles = agrees ? ROLE_APPROVER
				      : ROLE_CLERK | ROLE_HELP_DESK | ROLE_APPROVER | ROLE_ADMIN;
	rp_code rc = by_may(tx, j->by, roles, err);

	if (rc == RP_OK)
		rc = by_not_own(tx, j->by, j->card_id, err);
	if (rc == RP_OK && agrees && strcmp(j->rows.at[0].asked_by, j->by) == 0)
		rc = rp_refuse(err, RP_PROBLEM_FOUR_EYES, "%s asked for it", j->by);
	return rc;
}

static rp_code step_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct step_job *j = arg;
	const bool agrees = j->event == REVOKE_EV_APPROVE;
	rp_code rc = j->who != NULL ? revoke_desk(tx, j->who, j->name, err) : RP_OK;

	j->by = j->who != NULL ? j->name : j->by;
	if (rc == RP_OK)
		rc = revoke_load(tx, j->id, &j->rows, err);
	if (rc == RP_OK)
		rc = check_by(tx, j, err);
	if (rc == RP_OK && j->who != NULL)
		rc = idem_look(tx, &j->idem, err);
	if (rc == RP_OK && j->who != NULL && j->idem.found)
		return RP_OK;
	/* All or none: one of them on its way holds the others too. */
	for (size_t k = 0; rc == RP_OK && k < j->rows.n; k++) {
		struct row_revocation *row = &j->rows.at[k];

		rc = revoke_step(row, store_now(tx), j->event, err);
		if (rc == RP_OK && agrees)
			rc = text_put(row->approved_by, sizeof row->approved_by, j->by, err);
		if (rc == RP_OK)
			rc = store_run(tx, ST_REVOCATION_STATE, row, NULL, err);
		j->paper.slot = row->slot;
		memcpy(j->paper.id, row->id, sizeof j->paper.id);
		if (rc == RP_OK && !agrees)
			rc = store_run(tx, ST_PAPER_END, &j->paper, NULL, err);
	}
	if (rc == RP_OK && j->who != NULL)
		rc = idem_done(tx, &j->idem, RP_PROBLEM_NONE, "", err);
	if (rc != RP_OK)
		return rc;
	return log_people(tx,
			  &(struct people_act){.act = agrees ? "revoke-approve" : "revoke-withdraw",
					       .by = j->by,
					       .card_id = j->card_id,
					       .reason = j->rows.at[0].id},
			  NULL, err);
}

static rp_code step_now(issuer *i, struct step_job *j, const char *key, struct rp_error *err)
{
	const char *what = j->event == REVOKE_EV_APPROVE ? "revoke-approve" : "revoke-withdraw";
	struct store_opts o = {.card_id = j->card_id};
	rp_code rc;

	if (strlen(j->id) >= ROW_ID)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "no revocation has this number");
	rc = issuer_work(i, &(struct store_opts){.read_only = true}, find_work, j, err);
	if (rc == RP_OK && j->who != NULL) {
		const struct hash_part parts[] = {{j->id, strlen(j->id)}, {j->who->session, 32}};

		rc = idem_name(i, key, j->card_id, what, parts, 2, &j->idem, err);
		o.idempotency_key = j->idem.key;
	}
	return rc == RP_OK ? issuer_work(i, &o, step_work, j, err) : rc;
}

static rp_code step_all(issuer *i, const char *by, const char *id, enum revoke_event event,
			struct rp_error *err)
{
	RP_AUTO(step_freep) struct step_job *j = calloc(1, sizeof *j);

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a revocation");
	j->by = by;
	j->id = id;
	j->event = event;
	return step_now(i, j, NULL, err);
}

/* Asked first: a stranger does not learn which numbers there are. */
static rp_code desk_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct step_job *j = arg;

	return revoke_desk(tx, j->who, j->name, err);
}

rp_code issuer_revoke_decide_at(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
				bool approve, struct rp_error *err)
{
	RP_AUTO(step_freep) struct step_job *j = calloc(1, sizeof *j);
	rp_code rc = desk_needed(who, err);

	if (rc == RP_OK && j == NULL)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for a revocation");
	if (rc != RP_OK)
		return rc;
	j->who = who;
	j->id = id;
	j->event = approve ? REVOKE_EV_APPROVE : REVOKE_EV_WITHDRAW;
	rc = issuer_work(i, &(struct store_opts){.read_only = true}, desk_work, j, err);
	return rc == RP_OK ? step_now(i, j, key, err) : rc;
}

rp_code issuer_revoke_approve(issuer *i, const char *by, const char *id, struct rp_error *err)
{
	return step_all(i, by, id, REVOKE_EV_APPROVE, err);
}

rp_code issuer_revoke_withdraw(issuer *i, const char *by, const char *id, struct rp_error *err)
{
	return step_all(i, by, id, REVOKE_EV_WITHDRAW, err);
}

/* --- list --- */

struct list_job {
	struct row_revocation at[200];
	size_t n;
	void (*each)(void *arg, const struct row_revocation *r, const struct row_card *card);
	void *arg;
};

static void list_freep(struct list_job **j)
{
	free(*j);
}

static rp_code keep_row(void *arg, const void *row, struct rp_error *err)
{
	struct list_job *j = arg;

	(void)err;
	if (j->n < 200)
		j->at[j->n++] = *(const struct row_revocation *)row;
	return RP_OK;
}

static rp_code list_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct list_job *j = arg;
	struct row_revocation row = {0};
	rp_code rc;

	j->n = 0;
	rc = store_each(tx, ST_REVOCATION_LATEST, &row, keep_row, j, err);
	for (size_t k = 0; rc == RP_OK && k < j->n; k++) {
		struct row_card card;

		rc = card_load(tx, j->at[k].card_id, &card, err);
		if (rc == RP_OK)
			j->each(j->arg, &j->at[k], &card);
	}
	return rc;
}

rp_code issuer_revoke_list(issuer *i,
			   void (*each)(void *arg, const struct row_revocation *r,
					const struct row_card *card),
			   void *arg, struct rp_error *err)
{
	RP_AUTO(list_freep) struct list_job *j = calloc(1, sizeof *j);

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a list");
	j->each = each;
	j->arg = arg;
	return issuer_work(i, &(struct store_opts){.read_only = true}, list_work, j, err);
}
