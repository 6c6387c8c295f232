/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "issuer/shown.h"
#include "issuer/sources.h"

#define ROUNDS_MAX 4

unsigned peer_where(const struct peer *p)
{
	if (strcmp(p->klass, "home") == 0)
		return DOORS_AT_HOME;
	if (strcmp(p->klass, "kiosk") == 0)
		return DOORS_AT_KIOSK;
	if (strcmp(p->klass, "desk") == 0)
		return DOORS_AT_DESK;
	return strcmp(p->klass, "app") == 0 ? DOORS_IN_APP : 0;
}

rp_code scene_log(struct scene *s, const char *act, const struct row_case *c, rp_slot slot, const char *door,
		  const char *outcome, char ret_receipt[ROW_ID], struct rp_error *err)
{
	const struct log_act a = {
		.act = act,
		.card_id = s->card.card_id,
		.case_id = c != NULL ? c->id : NULL,
		.slot = slot,
		.door = door,
		.terminal = s->peer.name,
		.outcome = outcome,
	};

	return log_entry(s->tx, &a, ret_receipt, err);
}

/* --- the card's row --- */

/* All that scene_open reads, in one go. */
static rp_code ahead(struct scene *s, struct rp_error *err)
{
	struct row_card card = {0};
	struct row_card_slot slot = {.slot = s->shown->p->slot};
	struct row_grant grant = {.slot = s->shown->p->slot};
	rp_code rc;

	memcpy(card.card_id, s->shown->card_id, CARD_ID_LEN);
	memcpy(slot.card_id, s->shown->card_id, CARD_ID_LEN);
	memcpy(grant.card_id, s->shown->card_id, CARD_ID_LEN);
	rc = store_ahead(s->tx, ST_CARD_BY_ID, &card, err);
	if (rc == RP_OK)
		rc = store_ahead(s->tx, ST_SLOT_GET, &slot, err);
	if (rc == RP_OK)
		rc = peer_ahead(s->tx, s->who, err);
	if (rc == RP_OK && s->shown->gives_mac)
		rc = store_ahead(s->tx, ST_GRANT_UNSETTLED, &grant, err);
	return rc;
}

/*
 * Where no MAC can be asked for, only who has the id of a case of this card is told anything: an id is not
 * guessed. One answer for a card that is unknown and for a case that is not its.
 */
static rp_code check_case(struct scene *s, bool known, struct rp_error *err)
{
	struct row_case c = {0};
	bool found = false;
	rp_code rc = RP_OK;

	if (s->case_id != NULL && text_put(c.id, sizeof c.id, s->case_id, NULL) == RP_OK)
		rc = store_get(s->tx, ST_CASE_GET, &c, &found, err);
	if (rc != RP_OK || (known && found && memcmp(c.card_id, s->shown->card_id, CARD_ID_LEN) == 0))
		return rc;
	sources_wrong(s->i->sources, s->who, clock_ms());
	return rp_refuse(err, RP_PROBLEM_CASE, "%s", "");
}

static rp_code not_enrolled(struct scene *s, struct rp_error *err)
{
	sources_wrong(s->i->sources, s->who, clock_ms());
	return rp_refuse(err, RP_PROBLEM_CARD_NOT_SHOWN, "%s", "");
}

static rp_code load_card(struct scene *s, struct rp_error *err)
{
	const struct rp_presence *p = s->shown->p;
	const bool mac = s->shown->gives_mac;
	bool found;
	rp_code rc;

	s->card = (struct row_card){0};
	memcpy(s->card.card_id, s->shown->card_id, CARD_ID_LEN);
	rc = store_get(s->tx, ST_CARD_BY_ID, &s->card, &found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading the card's row");
	if (mac && (!found || s->card.key_version != (int64_t)p->key))
		return not_enrolled(s, err);
	if (!mac)
		rc = check_case(s, found && s->card.key_version == 0, err);
	if (rc != RP_OK)
		return rc;
	/* Decided here: the check before the database knew its time only about. */
	if (s->now - s->shown->nonce_ms > NONCE_LIVES_MS)
		return rp_refuse(err, RP_PROBLEM_NONCE_OLD, "%s", "");
	s->slot = (struct row_card_slot){0};
	memcpy(s->slot.card_id, s->shown->card_id, CARD_ID_LEN);
	s->slot.slot = p->slot;
	return store_get(s->tx, ST_SLOT_GET, &s->slot, &found, err);
}

/* --- what the card's count says --- */

static rp_code halt_slot(struct scene *s, rp_slot slot, const char *why, struct rp_error *err)
{
	struct row_card_slot row = {.slot = slot};
	bool found;
	rp_code rc;

	memcpy(row.card_id, s->shown->card_id, CARD_ID_LEN);
	rc = store_get(s->tx, ST_SLOT_GET, &row, &found, err);
	if (rc != RP_OK || row.halted[0] != '\0')
		return rc;
	rc = text_put(row.halted, sizeof row.halted, why, err);
	if (rc != RP_OK)
		return rc;
	row.halted_ms = s->now;
	return store_run(s->tx, ST_SLOT_PUT, &row, NULL, err);
}

/* The whole card stops, not this PIN alone: a copy is one in all its slots. */
static rp_code halt(struct scene *s, const char *why, struct rp_error *err)
{
	char receipt[ROW_ID], reason[96];
	rp_code rc = RP_OK;

	for (rp_slot k = RP_SLOT_SIGN; k <= RP_SLOT_PIN && rc == RP_OK; k++)
		if (k == s->shown->p->slot || doors_know(s->card.profile, k))
			rc = halt_slot(s, k, why, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "halting a card");
	(void)snprintf(reason, sizeof reason, "the card counts %u resets, the issuer knows %lld",
		       s->shown->p->resets, (long long)s->slot.resets);
	const struct log_act a = {.act = "halt",
				  .card_id = s->card.card_id,
				  .slot = s->shown->p->slot,
				  .terminal = s->peer.name,
				  .outcome = why,
				  .reason = reason};
	rc = log_entry(s->tx, &a, receipt, err);
	if (rc == RP_OK)
		rc = notice_put(s->tx, &s->card, "halted", s->shown->p->slot, NULL, receipt, err);
	s->changed = true;
	s->halted++;
	return rc == RP_OK ? text_put(s->slot.halted, sizeof s->slot.halted, why, err) : rc;
}

#define UNSETTLED_MAX 8

struct unsettled {
	struct row_grant at[UNSETTLED_MAX];
	size_t n;
};

static rp_code take_grant(void *arg, const void *row, struct rp_error *err)
{
	struct unsettled *u = arg;

	(void)err;
	if (u->n < UNSETTLED_MAX)
		u->at[u->n++] = *(const struct row_grant *)row;
	return RP_OK;
}

/* Grant and case together; a case that something else has ended keeps its end. */
static rp_code settle_one(struct scene *s, struct row_grant *g, bool done, struct rp_error *err)
{
	const enum case_event event = done ? CASE_EV_RESETS_MORE : CASE_EV_RESETS_SAME;
	const char *word = done ? "done" : "failed";
	struct row_case c = {0};
	char receipt[ROW_ID];
	bool found;
	rp_code rc;

	memcpy(c.id, g->case_id, sizeof c.id);
	rc = store_get(s->tx, ST_CASE_GET, &c, &found, err);
	if (rc == RP_OK && found && case_next(case_state_from_word(c.state), event) != CASE_STATES_N)
		rc = case_move(s->tx, &c, event, err);
	if (rc != RP_OK)
		return rc;
	rc = text_put(g->state, sizeof g->state, word, err);
	if (rc == RP_OK)
		rc = text_put(g->settled_by, sizeof g->settled_by, "mac", err);
	g->settled_ms = s->now;
	if (rc == RP_OK)
		rc = store_run(s->tx, ST_GRANT_SETTLE, g, NULL, err);
	if (rc == RP_OK)
		rc = scene_log(s, word, &c, (rp_slot)g->slot, c.door, "mac", receipt, err);
	if (rc == RP_OK && done)
		rc = notice_put(s->tx, &s->card, "done", (rp_slot)g->slot, c.door, receipt, err);
	if (rc != RP_OK)
		return rc;
	s->changed = true;
	*(done ? &s->done : &s->failed) += 1;
	memcpy(s->settled, g->case_id, sizeof s->settled);
	s->settled_state = done ? CASE_DONE : CASE_FAILED;
	return RP_OK;
}

/* resets as it was: what was granted before the card got this nonce was not used, and cannot be any more. */
static rp_code settle_same(struct scene *s, struct unsettled *u, struct rp_error *err)
{
	for (size_t k = 0; k < u->n; k++) {
		rp_code rc;

		if (s->shown->nonce_ms <= u->at[k].made_ms) {
			s->unsettled = true;
			continue;
		}
		rc = settle_one(s, &u->at[k], false, err);
		if (rc != RP_OK)
			return rc;
	}
	return RP_OK;
}

/* resets is one more: the grant of that count was used. */
static rp_code settle_more(struct scene *s, struct unsettled *u, size_t used, struct rp_error *err)
{
	rp_code rc = RP_OK;

	for (size_t k = 0; k < u->n && rc == RP_OK; k++)
		if (k != used)
			rc = settle_one(s, &u->at[k], false, err);
	if (rc == RP_OK)
		rc = settle_one(s, &u->at[used], true, err);
	if (rc != RP_OK)
		return rc;
	s->slot.resets = s->shown->p->resets;
	s->slot.learnt_ms = s->now;
	return store_run(s->tx, ST_SLOT_PUT, &s->slot, NULL, err);
}

static bool any_is_older(const struct scene *s, const struct unsettled *u)
{
	for (size_t k = 0; k < u->n; k++)
		if (s->shown->nonce_ms > u->at[k].made_ms)
			return true;
	return false;
}

static rp_code settle_later(struct scene *s)
{
	s->to_settle = true;
	return RP_OK;
}

static rp_code settle(struct scene *s, struct rp_error *err)
{
	const int64_t told = s->shown->p->resets, known = s->slot.resets;
	struct row_grant which = {.slot = s->shown->p->slot};
	struct unsettled u = {.n = 0};
	rp_code rc;

	if (s->slot.halted[0] != '\0')
		return RP_OK;
	/* What the card said before its last reset, once more: late on its way, or kept by somebody. */
	if (told < known && s->shown->nonce_ms < s->slot.learnt_ms)
		return rp_refuse(err, RP_PROBLEM_NONCE_OLD, "the card has counted on since");
	if (told < known)
		return s->looks ? settle_later(s) : halt(s, "copy", err);
	memcpy(which.card_id, s->shown->card_id, CARD_ID_LEN);
	rc = store_each(s->tx, ST_GRANT_UNSETTLED, &which, take_grant, &u, err);
	if (rc != RP_OK)
		return rc;
	if (s->looks)
		return told != known || any_is_older(s, &u) ? settle_later(s) : RP_OK;
	if (told == known)
		return settle_same(s, &u, err);
	for (size_t k = 0; k < u.n && told == known + 1; k++)
		if (u.at[k].resets == known)
			return settle_more(s, &u, k, err);
	return halt(s, "database", err);
}

/* --- the scene --- */

rp_code scene_open(struct store_tx *tx, struct scene *s, struct rp_error *err)
{
	struct rp_error who_err = RP_ERROR_INIT;
	rp_code rc, who_rc;

	s->tx = tx;
	rc = ahead(s, err);
	if (rc != RP_OK)
		return rc;
	s->now = store_now(tx);
	issuer_saw_time(s->i, s->now);
	s->changed = s->unsettled = s->to_settle = false;
	s->done = s->failed = s->halted = 0;
	s->settled[0] = '\0';
	rc = load_card(s, err);
	if (rc != RP_OK)
		return rc;
	s->peer = (struct peer){0};
	who_rc = peer_load(tx, s->who, &s->peer, &who_err);
	/* What the card says of itself counts wherever it says it, at a locked terminal too. */
	if (s->shown->gives_mac && (who_rc == RP_OK || who_rc == RP_E_ISSUER_REFUSED)) {
		rc = settle(s, err);
		if (rc != RP_OK)
			return rp_context(err, rc, "settling by the card's count");
	}
	s->again = s->changed || s->to_settle;
	if (who_rc != RP_OK && !s->again) {
		if (err != NULL)
			*err = who_err;
		return who_rc;
	}
	return RP_OK;
}

static void count_settled(const struct scene *s)
{
	for (unsigned k = 0; k < s->done; k++)
		issuer_count(s->i, COUNT_DONE);
	for (unsigned k = 0; k < s->failed; k++)
		issuer_count(s->i, COUNT_FAILED);
	for (unsigned k = 0; k < s->halted; k++)
		issuer_count(s->i, COUNT_HALTED);
}

rp_code scene_work(struct scene *s, const char *idempotency_key, store_work_fn *work, struct rp_error *err)
{
	struct store_opts o = {.card_id = s->shown->card_id, .idempotency_key = idempotency_key};

	for (unsigned k = 0; k < ROUNDS_MAX; k++) {
		rp_code rc;

		o.read_only = s->looks;
		rc = store_work(s->i->store, &o, work, s, err);
		if (rc == RP_E_ISSUER_REFUSED)
			issuer_count(s->i, COUNT_REFUSED);
		if (rc != RP_OK)
			return rc;
		count_settled(s);
		if (!s->again)
			return RP_OK;
		if (s->to_settle)
			s->looks = false;
	}
	return rp_fail(err, RP_E_FAULT, "a card's count settles something again and again");
}

/* --- may it be? --- */

rp_code scene_may_ahead(struct store_tx *tx, struct rp_error *err)
{
	rp_code rc = stops_ahead(tx, err);

	return rc == RP_OK ? seal_ahead(tx, err) : rc;
}

rp_code scene_count_ahead(struct scene *s, struct rp_error *err)
{
	rp_code rc = nonce_ahead(s->tx, s->shown->p->nonce, s->shown->nonce_ms, err);

	return rc == RP_OK ? card_limit_ahead(s->tx, s->card.card_id, "acts", err) : rc;
}

rp_code scene_may(struct scene *s, rp_slot slot, enum doors_id door, struct rp_error *err)
{
	rp_code rc = card_active(&s->card, err);

	if (rc == RP_OK && s->slot.halted[0] != '\0')
		rc = rp_refuse(err, RP_PROBLEM_CARD_HALTED, "%s", s->slot.halted);
	if (rc == RP_OK)
		rc = door_check(s->card.profile, slot, door, err);
	if (rc == RP_OK)
		rc = stops_check(s->tx, doors_word(door), s->card.profile, s->peer.grp, err);
	return rc == RP_OK ? seal_in_time(s->tx, err) : rc;
}
