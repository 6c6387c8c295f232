/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new user code, because the card's PIN was proven or because its holder has the one-time code that was
 * sent to them. Either way the card is there: it has given its MAC for the same nonce.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/grant.h"

rp_code set_code_now(struct grant_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct row_one_time_code used = {.purpose = OTC_FOR_USER_CODE};
	const char *door = doors_word(DOORS_USER_CODE_RESET);
	char *receipt = j->grant.receipt, result[64];
	size_t ended;
	rp_code rc;

	j->fresh.set_ms = s->now;
	rc = store_run(s->tx, ST_USER_CODE_PUT, &j->fresh, NULL, err);
	memcpy(used.card_id, s->card.card_id, sizeof used.card_id);
	/* Used, or not needed any more: a letter that is under way opens nothing afterwards. */
	if (rc == RP_OK)
		rc = store_run(s->tx, ST_OTC_END, &used, &ended, err);
	if (rc == RP_OK)
		rc = scene_log(s, "user-code", NULL, RP_SLOT_USER_CODE, door, "ok", receipt, err);
	if (rc == RP_OK)
		rc = notice_put(s->tx, &s->card, "user-code", RP_SLOT_USER_CODE, door, receipt, err);
	if (rc == RP_OK)
		rc = external_take(s, &j->external, NULL, DOORS_USER_CODE_RESET, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "setting a user code");
	(void)snprintf(result, sizeof result, "{\"receipt\":\"%s\"}", receipt);
	rc = idem_done(s->tx, &j->idem, RP_PROBLEM_NONE, result, err);
	j->finished = rc == RP_OK;
	return rc;
}

static rp_code proven_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct grant_job *j = arg;
	struct scene *s = &j->scene;
	rp_code rc = scene_open(tx, s, err);

	if (rc != RP_OK || s->changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	if (j->idem.found)
		return grant_again(j, err);
	rc = grant_may(j, err);
	if (rc == RP_OK)
		rc = proof_check(s, &j->proof, s->shown->p->slot, RP_SLOT_NONE, err);
	if (rc == RP_OK)
		rc = nonce_use(tx, s->shown->p->nonce, s->shown->nonce_ms, err);
	if (rc == RP_OK)
		rc = card_limit(tx, s->card.card_id, "acts", s->i->card_acts, err);
	return rc == RP_OK ? set_code_now(j, err) : rc;
}

static rp_code by_proof(struct grant_job *j, struct rp_error *err)
{
	const struct proof_ask ask = {.purpose = "user-code-reset"};
	issuer *i = j->scene.i;
	rp_code rc = RP_OK;

	proof_look(i, j->scene.who, j->scene.shown, &ask, j->e->proof, &j->proof);
	if (j->proof.problem == RP_PROBLEM_NONE) {
		if (!place_take(i))
			return rp_refuse(err, RP_PROBLEM_BUSY, "%s", "");
		rc = code_make_user(i, j->scene.shown->card_id, j->e->new_code, &j->fresh, err);
		place_give(i);
	}
	return rc == RP_OK ? scene_work(&j->scene, j->idem.key, proven_work, err) : rc;
}

rp_code issuer_set_code(issuer *i, const struct issuer_peer *who, const char *key,
			const struct rp_presence *p, const struct rp_evidence *e,
			char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	RP_AUTO(grant_job_freep) struct grant_job *j = calloc(1, sizeof *j);
	struct shown shown;
	rp_code rc;

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a new user code");
	rc = shown_check(i, who, p, &shown, err);
	if (rc != RP_OK)
		return rc;
	if (e->new_code == NULL)
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the new code");
	if (!code_fits(e->new_code))
		return rp_refuse(err, RP_PROBLEM_CODE_RULE, "6 to 10 letters and digits");
	j->scene = (struct scene){.i = i, .who = who, .shown = &shown};
	j->e = e;
	j->door = DOORS_USER_CODE_RESET;
	rc = grant_name(j, key, "user-code", err);
	if (rc == RP_OK)
		rc = e->one_time != NULL ? grant_by_code(j, err) : by_proof(j, err);
	if (rc == RP_E_ISSUER_REFUSED)
		external_note_refusal(&j->scene, j->door, e, err);
	if (rc != RP_OK)
		return rc;
	if (j->refused != RP_PROBLEM_NONE)
		return code_refuse(err, j->refused, j->tries_left, j->tries_spent);
	memcpy(ret_receipt, j->grant.receipt, sizeof j->grant.receipt);
	return RP_OK;
}
