/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reservation: the first of the two proofs of a kiosk reset, never given at a kiosk. And the end of a case
 * by its holder.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/external.h"

struct reserve_job {
	struct scene scene; /* first: scene_work hands it over */
	struct idem idem;
	struct proof_seen proof;
	struct device_seen device;
	const struct rp_evidence *e;
	struct external_seen external;
	const char *case_id; /* of the one to cancel */
	struct rp_case ret;
	char receipt[RP_ISSUER_ID];
};

/* --- reserve --- */

static bool class_may(const struct scene *s)
{
	switch (peer_where(&s->peer)) {
	case DOORS_AT_HOME:
		return s->i->reserve_home;
	case DOORS_IN_APP:
		return s->i->reserve_app;
	case DOORS_AT_DESK:
		return s->i->reserve_desk;
	default:
		return false; /* never a kiosk: whoever stands there has one proof to give there already */
	}
}

static rp_code reserve_may(struct reserve_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	const rp_slot slot = s->shown->p->slot;
	const struct external_ask ask = {.door = DOORS_KIOSK, .purpose = "reserve", .e = j->e};
	rp_code rc;

	if (!class_may(s))
		return rp_refuse(err, RP_PROBLEM_CLASS, "no reservation from a terminal of class %s",
				 s->peer.klass);
	rc = scene_may(s, slot, DOORS_KIOSK, err);
	if (rc == RP_OK)
		rc = external_check(s, &ask, &j->external, err);
	if (rc == RP_OK)
		rc = proof_check(s, &j->proof, door_row(s->card.profile, slot, DOORS_KIOSK)->with, slot, err);
	return rc;
}

static void tell(struct reserve_job *j, const struct row_case *c)
{
	const int64_t left_ms = c->opened_ms + case_lives_ms(DOORS_KIOSK) - j->scene.now;

	j->ret = (struct rp_case){.slot = (rp_slot)c->slot, .left_s = left_ms > 0 ? left_ms / SECOND_MS : 0};
	memcpy(j->ret.id, c->id, sizeof j->ret.id);
	memcpy(j->ret.door, c->door, sizeof j->ret.door);
	memcpy(j->ret.state, c->state, sizeof j->ret.state);
	memcpy(j->receipt, c->receipt, sizeof j->receipt);
}

static rp_code write_case(struct reserve_job *j, struct row_case *c, struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct row_evidence proof = {.kind = "proof", .purpose = "reserve", .at_ms = s->now};
	char result[128];
	rp_code rc = text_put(c->terminal, sizeof c->terminal, s->peer.name, err);

	if (rc == RP_OK)
		rc = text_put(proof.by_name, sizeof proof.by_name, s->peer.name, err);
	if (rc == RP_OK)
		rc = scene_log(s, "reserve", c, (rp_slot)c->slot, c->door, "ok", c->receipt, err);
	if (rc == RP_OK)
		rc = store_run(s->tx, ST_CASE_INSERT, c, NULL, err);
	if (rc != RP_OK)
		return rc;
	memcpy(proof.case_id, c->id, sizeof proof.case_id);
	memcpy(proof.card_id, c->card_id, sizeof proof.card_id);
	rc = store_run(s->tx, ST_EVIDENCE_INSERT, &proof, NULL, err);
	(void)snprintf(result, sizeof result, "{\"case\":\"%s\"}", c->id);
	return rc == RP_OK ? idem_done(s->tx, &j->idem, RP_PROBLEM_NONE, result, err) : rc;
}

static rp_code open_it(struct reserve_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	const rp_slot slot = s->shown->p->slot;
	struct row_case c;
	rp_code rc = scene_count_ahead(s, err);

	if (rc == RP_OK)
		rc = nonce_use(s->tx, s->shown->p->nonce, s->shown->nonce_ms, err);
	if (rc == RP_OK)
		rc = card_limit(s->tx, s->card.card_id, "acts", s->i->card_acts, err);
	if (rc == RP_OK)
		rc = cases_cancel(s->tx, &s->card, slot, doors_word(DOORS_KIOSK), s->peer.name, err);
	if (rc != RP_OK)
		return rc;
	case_new(s->tx, s->card.card_id, slot, DOORS_KIOSK, &c);
	rc = case_step(&c, s->now, CASE_EV_EVIDENCE, err);
	if (rc == RP_OK)
		rc = case_cause(&c, j->e->cause, err);
	if (rc == RP_OK)
		rc = write_case(j, &c, err);
	if (rc == RP_OK)
		rc = external_take(s, &j->external, &c, DOORS_KIOSK, err);
	if (rc == RP_OK)
		tell(j, &c);
	return rp_context(err, rc, "writing a reservation");
}

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static rp_code reserve_again(struct reserve_job *j, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *result = json_loads(j->idem.result, 0, NULL);
	const char *id = json_string_value(json_object_get(result, "case"));
	struct row_case c = {0};
	bool found = false;
	rp_code rc = text_put(c.id, sizeof c.id, id, err);

	if (rc == RP_OK)
		rc = store_get(j->scene.tx, ST_CASE_GET, &c, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_fail(err, RP_E_STORE, "the reservation of a request is not there");
	if (rc == RP_OK)
		tell(j, &c);
	return rc;
}

static rp_code reserve_ahead(struct store_tx *tx, const struct reserve_job *j, struct rp_error *err)
{
	const struct shown *shown = j->scene.shown;
	rp_code rc = idem_ahead(tx, &j->idem, err);

	if (rc == RP_OK)
		rc = scene_may_ahead(tx, err);
	if (rc == RP_OK)
		rc = proof_ahead(tx, shown, err);
	return rc == RP_OK ? cases_ahead(tx, shown->card_id, err) : rc;
}

static rp_code reserve_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct reserve_job *j = arg;
	rp_code rc = reserve_ahead(tx, j, err);

	if (rc == RP_OK)
		rc = scene_open(tx, &j->scene, err);
	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	if (j->idem.found)
		return reserve_again(j, err);
	rc = device_check(&j->scene, &j->device, err);
	if (rc == RP_OK)
		rc = reserve_may(j, err);
	return rc == RP_OK ? open_it(j, err) : rc;
}

static void job_freep(struct reserve_job **j)
{
	free(*j);
}

rp_code issuer_reserve(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		       const struct rp_evidence *e, struct rp_case *ret, char ret_receipt[RP_ISSUER_ID],
		       struct rp_error *err)
{
	RP_AUTO(job_freep) struct reserve_job *j = calloc(1, sizeof *j);
	const struct proof_ask ask = {.purpose = "reserve", .target = p->slot};
	struct hash_part parts[SHOWN_PARTS + EVIDENCE_PARTS];
	struct evidence_room eroom;
	struct shown_parts room;
	struct shown shown;
	rp_code rc;

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a reservation");
	rc = shown_check(i, who, p, &shown, err);
	if (rc != RP_OK)
		return rc;
	if (e->door != NULL && doors_from_word(e->door) != DOORS_KIOSK)
		return rp_refuse(err, RP_PROBLEM_DOOR, "there are reservations for the kiosk only");
	j->scene = (struct scene){.i = i, .who = who, .shown = &shown};
	const size_t n = shown_parts(who, &shown, &room, parts);
	rc = idem_name(i, key, shown.card_id, "reserve", parts, n + evidence_parts(e, &eroom, parts + n),
		       &j->idem, err);
	if (rc != RP_OK)
		return rc;
	proof_look(i, who, &shown, &ask, e->proof, &j->proof);
	device_look(i, who, &shown, &ask, &j->device);
	j->e = e;
	rc = scene_work(&j->scene, key, reserve_work, err);
	if (rc == RP_E_ISSUER_REFUSED)
		external_note_refusal(&j->scene, DOORS_KIOSK, e, err);
	if (rc != RP_OK)
		return rc;
	*ret = j->ret;
	memcpy(ret_receipt, j->receipt, sizeof j->receipt);
	issuer_count(i, COUNT_RESERVED);
	return RP_OK;
}

/* --- cancel --- */

static rp_code cancel_it(struct reserve_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct row_case c = {0};
	char receipt[ROW_ID];
	bool found = false;
	rp_code rc = RP_OK;

	if (text_put(c.id, sizeof c.id, j->case_id, NULL) == RP_OK)
		rc = store_get(s->tx, ST_CASE_GET, &c, &found, err);
	if (rc != RP_OK)
		return rc;
	if (!found || memcmp(c.card_id, s->card.card_id, CARD_ID_LEN) != 0)
		return rp_refuse(err, RP_PROBLEM_CASE, "%s", "");
	rc = nonce_use(s->tx, s->shown->p->nonce, s->shown->nonce_ms, err);
	if (rc == RP_OK)
		rc = case_move(s->tx, &c, CASE_EV_CANCEL, err);
	if (rc == RP_OK)
		rc = scene_log(s, "cancel", &c, (rp_slot)c.slot, c.door, "cancelled", receipt, err);
	return rc == RP_OK ? idem_done(s->tx, &j->idem, RP_PROBLEM_NONE, "", err) : rc;
}

static rp_code cancel_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct reserve_job *j = arg;
	rp_code rc = scene_open(tx, &j->scene, err);

	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	return rc == RP_OK && !j->idem.found ? cancel_it(j, err) : rc;
}

rp_code issuer_cancel(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		      const char *case_id, struct rp_error *err)
{
	RP_AUTO(job_freep) struct reserve_job *j = calloc(1, sizeof *j);
	struct hash_part parts[SHOWN_PARTS + 1];
	struct shown_parts room;
	struct shown shown;
	rp_code rc;

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to cancel a case");
	rc = shown_check(i, who, p, &shown, err);
	if (rc != RP_OK)
		return rc;
	j->scene = (struct scene){.i = i, .who = who, .shown = &shown};
	j->case_id = case_id != NULL ? case_id : "";
	size_t n = shown_parts(who, &shown, &room, parts);
	parts[n++] = (struct hash_part){j->case_id, strlen(j->case_id)};
	rc = idem_name(i, key, shown.card_id, "cancel", parts, n, &j->idem, err);
	return rc == RP_OK ? scene_work(&j->scene, key, cancel_work, err) : rc;
}
