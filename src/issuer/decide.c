/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator decides for a holder: a case of the help desk, opened and ready
 * at once, because the decision is its evidence. On-line the holder gets a one-time code; by
 * telephone (GIDS) the card's challenge is answered, which is a grant like any other: written as
 * burnt and committed, then told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/people.h"

struct decide {
	issuer *i;
	const struct issuer_peer *who;
	const struct issuer_decision *d;
	uint8_t card_id[CARD_ID_LEN];
	enum doors_id door;
	struct idem idem;
	/* made before the transaction, where the door needs it */
	bool with_code;
	char holders_code[16];
	struct row_one_time_code code;
	/* in the transaction */
	struct row_operator op;
	struct peer peer;
	struct row_card card;
	struct row_case kase;
	struct issuer_decided done;
};

static rp_code check_card(struct store_tx *tx, struct decide *w, struct rp_error *err)
{
	rp_code rc = card_load(tx, w->card_id, &w->card, err);

	if (rc == RP_OK)
		rc = by_not_own(tx, w->op.name, w->card_id, err);
	if (rc == RP_OK)
		rc = card_active(&w->card, err);
	if (rc == RP_OK)
		rc = stops_check(tx, w->d->door, w->d->profile, w->peer.grp, err);
	return rc;
}

static struct people_case case_of(const struct decide *w)
{
	return (struct people_case){.card = &w->card,
				    .peer = &w->peer,
				    .op = &w->op,
				    .slot = w->d->slot,
				    .door = w->door,
				    .reason = w->d->reason,
				    .cause = w->d->cause,
				    .identified_by = w->d->identified_by};
}

static rp_code put_code(struct store_tx *tx, struct decide *w, struct rp_error *err)
{
	struct row_one_time_code row = w->code;
	rp_code rc = text_put(row.purpose, sizeof row.purpose, "case", err);

	row.issued_ms = store_now(tx);
	/* It serves this case, so it lives no longer. */
	row.until_ms = w->kase.until_ms != 0 ? w->kase.until_ms : row.issued_ms + OTC_LIVES_MS;
	if (rc == RP_OK)
		rc = text_put(row.case_id, sizeof row.case_id, w->kase.id, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_OTC_PUT, &row, NULL, err);
	return rc == RP_OK ? notice_put(tx, &w->card, "code", w->d->slot, w->d->door, w->kase.receipt, err)
			   : rc;
}

static rp_code respond(struct decide *w, struct rp_error *err)
{
	return keys_gids_response(w->i->keys, w->card.gids_key.p, w->card.gids_key.len, w->card_id,
				  w->d->challenge, w->done.response, err);
}

/* Computed first: a token that fails burns nothing. Nothing of the answer is kept. */
static rp_code grant_by_phone(struct store_tx *tx, struct decide *w, struct rp_error *err)
{
	struct row_grant g = {.slot = w->d->slot, .state = "burnt", .made_ms = store_now(tx)};
	const struct people_case of = case_of(w);
	rp_code rc;

	if (w->card.gids_key.len == 0)
		return rp_refuse(err, RP_PROBLEM_DOOR, "no key of this card is enrolled");
	rc = respond(w, err);
	id_new(g.id);
	memcpy(g.card_id, w->card_id, sizeof g.card_id);
	memcpy(g.challenge, w->d->challenge, 8);
	if (rc == RP_OK)
		rc = text_put(g.case_id, sizeof g.case_id, w->kase.id, err);
	if (rc == RP_OK)
		rc = text_put(g.terminal, sizeof g.terminal, w->peer.name, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_GRANT_INSERT, &g, NULL, err);
	if (rc == RP_OK)
		rc = case_move(tx, &w->kase, CASE_EV_GRANT, err);
	if (rc == RP_OK)
		rc = people_case_log(tx, &of, &w->kase, "grant", w->done.receipt, err);
	return rc == RP_OK ? notice_put(tx, &w->card, "grant", w->d->slot, w->d->door, w->done.receipt, err)
			   : rc;
}

static rp_code note_done(struct store_tx *tx, struct decide *w, struct rp_error *err)
{
	char result[ROW_JSON];

	(void)snprintf(result, sizeof result, "{\"case\":\"%s\",\"receipt\":\"%s\"}", w->done.case_id,
		       w->done.receipt);
	return idem_done(tx, &w->idem, RP_PROBLEM_NONE, result, err);
}

static rp_code decide_new(struct store_tx *tx, struct decide *w, struct rp_error *err)
{
	const struct people_case of = case_of(w);
	rp_code rc = people_case_open(tx, &of, &w->kase, err);

	if (rc != RP_OK)
		return rc;
	(void)snprintf(w->done.case_id, sizeof w->done.case_id, "%s", w->kase.id);
	(void)snprintf(w->done.receipt, sizeof w->done.receipt, "%s", w->kase.receipt);
	if (w->d->challenge != NULL)
		rc = grant_by_phone(tx, w, err);
	else if (w->with_code)
		rc = put_code(tx, w, err);
	w->done.until_ms = w->kase.until_ms;
	return rc == RP_OK ? note_done(tx, w, err) : rc;
}

/* One value of the JSON of note_done: it is ours, and its ids need no escapes. */
static bool result_id(const char *result, const char *name, char ret[RP_ISSUER_ID])
{
	char member[16];
	const char *at;
	size_t n;

	(void)snprintf(member, sizeof member, "\"%s\":\"", name);
	at = strstr(result, member);
	if (at == NULL)
		return false;
	at += strlen(member);
	n = strcspn(at, "\"");
	return n < RP_ISSUER_ID && snprintf(ret, RP_ISSUER_ID, "%.*s", (int)n, at) == (int)n;
}

/*
 * The same request again: the same case. The response is computed again from the challenge; a code
 * is not kept, so that the holder gets another one in its place, and the first is none any more.
 */
static rp_code decide_again(struct store_tx *tx, struct decide *w, struct rp_error *err)
{
	bool found = false;
	rp_code rc = RP_OK;

	if (w->idem.problem != RP_PROBLEM_NONE)
		return rp_refuse(err, w->idem.problem, "as before");
	if (!result_id(w->idem.result, "case", w->done.case_id) ||
	    !result_id(w->idem.result, "receipt", w->done.receipt))
		return rp_fail(err, RP_E_FAULT, "what a decision led to cannot be read");
	memcpy(w->kase.id, w->done.case_id, sizeof w->kase.id);
	rc = store_get(tx, ST_CASE_GET, &w->kase, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_refuse(err, RP_PROBLEM_CASE, "the case of this decision is not there");
	w->done.until_ms = w->kase.until_ms;
	if (rc == RP_OK && w->d->challenge != NULL)
		return respond(w, err);
	if (rc == RP_OK && w->with_code && strcmp(w->kase.state, case_state_word(CASE_READY)) == 0)
		return put_code(tx, w, err);
	if (rc == RP_OK && w->with_code)
		rc = rp_refuse(err, RP_PROBLEM_CASE_STATE, "the case is %s", w->kase.state);
	return rc;
}

static rp_code decide_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct decide *w = arg;
	rp_code rc;

	memset(&w->kase, 0, sizeof w->kase);
	memset(&w->done, 0, sizeof w->done);
	rc = desk_load(tx, w->who, ROLE_HELP_DESK, &w->peer, &w->op, err);
	if (rc == RP_OK)
		rc = check_card(tx, w, err);
	if (rc == RP_OK)
		rc = idem_look(tx, &w->idem, err);
	if (rc != RP_OK)
		return rc;
	return w->idem.found ? decide_again(tx, w, err) : decide_new(tx, w, err);
}

/* What can be said without the database. */
static rp_code check_request(struct decide *w, struct rp_error *err)
{
	const struct issuer_decision *d = w->d;

	w->door = doors_from_word(d->door);
	/* The counter decides on applications alone (counter.h): no step of it can be left out. */
	if (w->door != DOORS_HELP_DESK)
		return rp_refuse(err, RP_PROBLEM_DOOR, "operators decide so at the help desk alone");
	if (d->reason == NULL || d->reason[0] == '\0' || d->identified_by == NULL ||
	    d->identified_by[0] == '\0')
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING,
				 "a decision needs its reason, and how the person was identified");
	if (strlen(d->reason) >= ROW_TEXT || strlen(d->identified_by) >= ROW_TEXT)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "reason or identification is too long");
	if (d->challenge != NULL && strcmp(d->profile, "gids") != 0)
		return rp_refuse(err, RP_PROBLEM_DOOR, "challenge and response are for gids alone");
	w->with_code = d->challenge == NULL;
	return door_check(d->profile, d->slot, w->door, err);
}

static rp_code name_request(struct decide *w, const char *key, struct rp_error *err)
{
	const struct issuer_decision *d = w->d;
	const char *slot = rp_slot_word(d->slot);
	const struct hash_part parts[] = {
		{d->profile, strlen(d->profile)},
		{d->number, strlen(d->number)},
		{slot, strlen(slot)},
		{d->door, strlen(d->door)},
		{d->reason, strlen(d->reason)},
		{d->identified_by, strlen(d->identified_by)},
		{d->challenge, d->challenge != NULL ? 8 : 0},
		{w->who->session, 32},
		{d->cause, d->cause != NULL ? strlen(d->cause) : 0},
	};

	return idem_name(w->i, key, w->card_id, "decide", parts, sizeof parts / sizeof parts[0], &w->idem,
			 err);
}

static rp_code make_code(struct decide *w, struct rp_error *err)
{
	rp_code rc;

	if (!w->with_code)
		return RP_OK;
	if (!place_take(w->i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "all places for codes are taken");
	rc = code_make_one_time(w->i, w->card_id, w->holders_code, &w->code, err);
	place_give(w->i);
	return rc;
}

static void decide_freep(struct decide **w)
{
	if (*w != NULL)
		rp_wipe(*w, sizeof **w);
	free(*w);
}

static rp_code decide(struct decide *w, const char *key, struct issuer_decided *ret, struct rp_error *err)
{
	const struct store_opts o = {.card_id = w->card_id, .idempotency_key = w->idem.key};
	rp_code rc = check_request(w, err);

	if (rc == RP_OK)
		rc = card_id_of(w->i, w->d->profile, w->d->number, w->card_id, err);
	if (rc == RP_OK)
		rc = name_request(w, key, err);
	if (rc == RP_OK)
		rc = make_code(w, err);
	if (rc == RP_OK)
		rc = issuer_work(w->i, &o, decide_work, w, err);
	if (rc != RP_OK)
		return rc;
	memcpy(w->done.code, w->holders_code, sizeof w->done.code);
	*ret = w->done;
	return RP_OK;
}

rp_code issuer_decide(issuer *i, const struct issuer_peer *who, const char *key,
		      const struct issuer_decision *d, struct issuer_decided *ret, struct rp_error *err)
{
	RP_AUTO(decide_freep) struct decide *w = calloc(1, sizeof *w);
	rp_code rc;

	if (w == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a decision");
	rc = desk_needed(who, err);
	if (rc != RP_OK)
		return rc;
	w->i = i;
	w->who = who;
	w->d = d;
	return decide(w, key, ret, err);
}
