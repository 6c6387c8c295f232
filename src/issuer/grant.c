/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/grant.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what every door asks --- */

rp_code grant_may(struct grant_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	const rp_slot slot = s->shown->p->slot;
	const struct external_ask ask = {.door = j->door,
					 .purpose = j->door == DOORS_USER_CODE_RESET ? "user-code-reset"
										     : "reset",
					 .e = j->e,
					 .counted = j->counted};
	const struct doors_row *row;
	char hours[ROW_TEXT] = "";
	bool may = true;
	rp_code rc = scene_may(s, slot, j->door, err);

	if (rc != RP_OK)
		return rc;
	row = door_row(s->card.profile, slot, j->door);
	if ((row->where & peer_where(&s->peer)) == 0)
		return rp_refuse(err, j->door == DOORS_APP ? RP_PROBLEM_APP_ONLY : RP_PROBLEM_CLASS,
				 "%s is not gone through at a terminal of class %s", doors_word(j->door),
				 s->peer.klass);
	if (j->door == DOORS_KIOSK || j->door == DOORS_COUNTER)
		rc = peer_may_reset(s->tx, &s->peer, s->card.profile, slot, hours, &may, err);
	if (rc == RP_OK && !may)
		rc = rp_refuse(err, RP_PROBLEM_CAPABILITY, "%s:%s", s->card.profile, rp_slot_word(slot));
	if (rc == RP_OK && j->door == DOORS_KIOSK)
		rc = peer_open(hours, s->now, err);
	if (rc == RP_OK)
		rc = external_check(s, &ask, &j->external, err);
	if (rc == RP_OK && s->unsettled)
		rc = rp_refuse(err, RP_PROBLEM_NONCE_OLD, "it is older than a grant that is open");
	return rc;
}

/* --- the case --- */

struct newest {
	const struct grant_job *j;
	struct row_case c;
	bool found;
};

static rp_code take_newest(void *arg, const void *row, struct rp_error *err)
{
	struct newest *n = arg;
	const struct row_case *c = row;

	(void)err;
	if (!n->found && c->slot == (int64_t)n->j->scene.shown->p->slot &&
	    strcmp(c->door, doors_word(n->j->door)) == 0 &&
	    case_next(case_state_from_word(c->state), CASE_EV_GRANT) != CASE_STATES_N) {
		n->c = *c;
		n->found = true;
	}
	return RP_OK;
}

static rp_code find_case(struct grant_job *j, struct row_case *ret, bool *ret_found, struct rp_error *err)
{
	struct newest n = {.j = j};
	rp_code rc;

	if (j->e->case_id != NULL) {
		*ret = (struct row_case){0};
		*ret_found = false;
		if (text_put(ret->id, sizeof ret->id, j->e->case_id, NULL) != RP_OK)
			return RP_OK; /* no id of ours is as long */
		rc = store_get(j->scene.tx, ST_CASE_GET, ret, ret_found, err);
	} else {
		memcpy(n.c.card_id, j->scene.card.card_id, CARD_ID_LEN);
		rc = store_each(j->scene.tx, ST_CASE_OPEN_OF, &n.c, take_newest, &n, err);
		*ret = n.c;
		*ret_found = n.found;
	}
	return rp_context(err, rc, "looking for the case");
}

rp_code grant_case(struct grant_job *j, struct row_case *ret, struct rp_error *err)
{
	const bool kiosk = j->door == DOORS_KIOSK;
	struct row_case c;
	bool found;
	rp_code rc = find_case(j, &c, &found, err);

	if (rc != RP_OK)
		return rc;
	if (!found || memcmp(c.card_id, j->scene.card.card_id, CARD_ID_LEN) != 0 ||
	    c.slot != (int64_t)j->scene.shown->p->slot || strcmp(c.door, doors_word(j->door)) != 0 ||
	    strcmp(c.state, "cancelled") == 0)
		return rp_refuse(err, kiosk ? RP_PROBLEM_NO_RESERVATION : RP_PROBLEM_CASE, "%s", "");
	if (j->scene.now >= c.opened_ms + case_lives_ms(j->door) || strcmp(c.state, "expired") == 0)
		return rp_refuse(err, kiosk ? RP_PROBLEM_RESERVATION_OVER : RP_PROBLEM_CASE_STATE,
				 "its time is over");
	if (c.grants >= CASE_GRANTS_MAX)
		return rp_refuse(err, RP_PROBLEM_GRANTS_USED, "%s", "");
	if (case_next(case_state_from_word(c.state), CASE_EV_GRANT) == CASE_STATES_N)
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "it is %s", c.state);
	*ret = c;
	return RP_OK;
}

rp_code grant_new_case(struct grant_job *j, struct row_case *ret, struct rp_error *err)
{
	rp_code rc;

	case_new(j->scene.tx, j->scene.card.card_id, j->scene.shown->p->slot, j->door, ret);
	rc = text_put(ret->terminal, sizeof ret->terminal, j->scene.peer.name, err);
	if (rc == RP_OK)
		rc = text_put(ret->office, sizeof ret->office, j->scene.peer.office, err);
	return rc == RP_OK ? case_step(ret, j->scene.now, CASE_EV_EVIDENCE, err) : rc;
}

/* --- burn --- */

static rp_code compute(struct grant_job *j, const struct row_grant *g, struct rp_error *err)
{
	keys *k = j->scene.i->keys;
	const struct row_card *card = &j->scene.card;
	struct keys_card c = {
		.version = (unsigned)g->key_version, .slot = (uint8_t)g->slot, .resets = (uint16_t)g->resets};

	if (!j->scene.shown->gives_mac) {
		j->grant.cryptogram_len = 40;
		return keys_gids_mutual(k, card->gids_key.p, card->gids_key.len, card->card_id, j->e->r1,
					g->challenge, j->grant.cryptogram, err);
	}
	j->grant.cryptogram_len = 16;
	memcpy(c.id, g->card_id, sizeof c.id);
	return keys_cryptogram(k, &c, g->challenge, j->grant.cryptogram, err);
}

static rp_code fill_grant(const struct grant_job *j, const struct row_case *c, struct row_grant *ret,
			  struct rp_error *err)
{
	const struct scene *s = &j->scene;
	struct row_grant g = {
		.slot = s->shown->p->slot,
		.key_version = s->card.key_version,
		.resets = s->shown->gives_mac ? s->shown->p->resets : 0,
		.state = "burnt",
		.made_ms = s->now,
	};
	rp_code rc;

	id_new(g.id);
	memcpy(g.case_id, c->id, sizeof g.case_id);
	memcpy(g.card_id, s->card.card_id, sizeof g.card_id);
	memcpy(g.challenge, s->shown->gives_mac ? s->shown->p->challenge : j->e->r2, sizeof g.challenge);
	rc = text_put(g.terminal, sizeof g.terminal, s->peer.name, err);
	if (rc == RP_OK)
		*ret = g;
	return rc;
}

static rp_code write_evidence(struct grant_job *j, const struct row_case *c, const struct grant_ground *g,
			      struct rp_error *err)
{
	struct row_evidence row = {.at_ms = j->scene.now};
	rp_code rc = text_put(row.kind, sizeof row.kind, g->kind, err);

	memcpy(row.case_id, c->id, sizeof row.case_id);
	memcpy(row.card_id, c->card_id, sizeof row.card_id);
	if (rc == RP_OK)
		rc = text_put(row.purpose, sizeof row.purpose, g->purpose, err);
	if (rc == RP_OK)
		rc = text_put(row.by_name, sizeof row.by_name, g->by_name, err);
	if (rc == RP_OK)
		rc = text_put(row.detail, sizeof row.detail, g->detail, err);
	return rc == RP_OK ? store_run(j->scene.tx, ST_EVIDENCE_INSERT, &row, NULL, err) : rc;
}

static rp_code write_result(struct grant_job *j, struct rp_error *err)
{
	char result[256];

	(void)snprintf(result, sizeof result, "{\"case\":\"%s\",\"grant\":\"%s\",\"receipt\":\"%s\"}",
		       j->grant.case_id, j->grant.id, j->grant.receipt);
	return idem_done(j->scene.tx, &j->idem, RP_PROBLEM_NONE, result, err);
}

static rp_code write_all(struct grant_job *j, struct row_case *c, struct row_grant *row,
			 const struct grant_ground *g, struct rp_error *err)
{
	struct scene *s = &j->scene;
	char *receipt = j->grant.receipt;
	rp_code rc = scene_log(s, "grant", c, (rp_slot)c->slot, c->door, "ok", receipt, err);

	if (rc == RP_OK)
		rc = case_cause(c, j->e->cause, err);
	if (rc != RP_OK)
		return rc;
	if (g->is_new)
		memcpy(c->receipt, receipt, sizeof c->receipt);
	rc = store_run(s->tx, g->is_new ? ST_CASE_INSERT : ST_CASE_STATE, c, NULL, err);
	if (rc == RP_OK)
		rc = store_run(s->tx, ST_GRANT_INSERT, row, NULL, err);
	if (rc == RP_OK)
		rc = write_evidence(j, c, g, err);
	if (rc == RP_OK)
		rc = notice_put(s->tx, &s->card, "grant", (rp_slot)c->slot, c->door, receipt, err);
	return rc == RP_OK ? write_result(j, err) : rc;
}

rp_code grant_burn(struct grant_job *j, struct row_case *c, const struct grant_ground *g,
		   struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct row_grant row;
	rp_code rc = RP_OK;

	if (!g->counted)
		rc = scene_count_ahead(s, err);
	if (rc == RP_OK && !g->counted)
		rc = nonce_use(s->tx, s->shown->p->nonce, s->shown->nonce_ms, err);
	if (rc == RP_OK && !g->counted)
		rc = card_limit(s->tx, s->card.card_id, "acts", s->i->card_acts, err);
	if (rc == RP_OK)
		rc = case_step(c, s->now, CASE_EV_GRANT, err);
	if (rc == RP_OK)
		rc = fill_grant(j, c, &row, err);
	/* Before the first write: a token that fails burns nothing. */
	if (rc == RP_OK)
		rc = compute(j, &row, err);
	if (rc != RP_OK)
		return rc;
	memcpy(j->grant.case_id, c->id, sizeof j->grant.case_id);
	memcpy(j->grant.id, row.id, sizeof j->grant.id);
	rc = write_all(j, c, &row, g, err);
	/* The case is written by now, which its evidence names. */
	if (rc == RP_OK)
		rc = external_take(s, &j->external, c, j->door, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "writing a grant");
	j->made_ms = s->now;
	j->finished = true;
	j->refused = RP_PROBLEM_NONE;
	return RP_OK;
}

/* --- the same answer again --- */

static void json_freep(json_t **j)
{
	json_decref(*j);
}

rp_code code_refuse(struct rp_error *err, enum rp_problem problem, int tries_left, int tries_spent)
{
	rp_code rc = rp_refuse(err, problem, "%s", "");

	if (err != NULL) {
		err->slot = RP_SLOT_USER_CODE;
		err->tries_left = tries_left;
		err->tries_spent = tries_spent;
		err->spent_at_issuer = true;
	}
	return rc;
}

static rp_code read_result(struct grant_job *j, json_t *result, struct rp_error *err)
{
	const char *case_id, *grant, *receipt;
	rp_code rc;

	if (j->door == DOORS_USER_CODE_RESET)
		return text_put(j->grant.receipt, sizeof j->grant.receipt,
				json_string_value(json_object_get(result, "receipt")), err);
	if (json_unpack(result, "{s:s, s:s, s:s}", "case", &case_id, "grant", &grant, "receipt", &receipt) !=
	    0)
		return rp_fail(err, RP_E_STORE, "what a request led to cannot be read");
	rc = text_put(j->grant.case_id, sizeof j->grant.case_id, case_id, err);
	if (rc == RP_OK)
		rc = text_put(j->grant.id, sizeof j->grant.id, grant, err);
	return rc == RP_OK ? text_put(j->grant.receipt, sizeof j->grant.receipt, receipt, err) : rc;
}

rp_code grant_receipt_again(struct grant_job *j, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *result = json_loads(j->idem.result, 0, NULL);

	j->finished = true;
	return text_put(j->grant.receipt, sizeof j->grant.receipt,
			json_string_value(json_object_get(result, "receipt")), err);
}

rp_code grant_again(struct grant_job *j, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *result = json_loads(j->idem.result, 0, NULL);
	struct row_grant g = {0};
	bool found;
	rp_code rc;

	j->finished = true;
	j->refused = j->idem.problem;
	if (j->refused != RP_PROBLEM_NONE) {
		const json_t *tries = json_object_get(result, "tries");

		j->tries_left = tries != NULL ? (int)json_integer_value(tries) : RP_TRIES_UNKNOWN;
		j->tries_spent = tries != NULL ? 1 : 0;
		return RP_OK;
	}
	rc = read_result(j, result, err);
	if (rc != RP_OK || j->door == DOORS_USER_CODE_RESET)
		return rc;
	memcpy(g.id, j->grant.id, sizeof g.id);
	rc = store_get(j->scene.tx, ST_GRANT_GET, &g, &found, err);
	if (rc != RP_OK)
		return rc;
	if (!found)
		return rp_fail(err, RP_E_STORE, "the grant of a request is not there");
	j->made_ms = g.made_ms;
	return compute(j, &g, err);
}

/* --- kiosk and counter --- */

static rp_code kiosk_ground(struct grant_job *j, struct rp_error *err)
{
	const rp_slot slot = j->scene.shown->p->slot;
	const struct doors_row *row = door_row(j->scene.card.profile, slot, DOORS_KIOSK);

	return proof_check(&j->scene, &j->proof, row->with, slot, err);
}

static rp_code counter_ground(const struct grant_job *j, const struct row_case *c, struct rp_error *err)
{
	if (strcmp(c->office, j->scene.peer.office) != 0)
		return rp_refuse(err, RP_PROBLEM_OFFICE, "the case is one of %s", c->office);
	return RP_OK;
}

static rp_code plain_ahead(struct store_tx *tx, const struct grant_job *j, struct rp_error *err)
{
	struct row_case c = {0};
	rp_code rc = idem_ahead(tx, &j->idem, err);

	if (rc == RP_OK)
		rc = scene_may_ahead(tx, err);
	if (rc == RP_OK && j->door == DOORS_KIOSK)
		rc = proof_ahead(tx, j->scene.shown, err);
	if (rc == RP_OK && text_put(c.id, sizeof c.id, j->e->case_id, NULL) == RP_OK && c.id[0] != '\0')
		rc = store_ahead(tx, ST_CASE_GET, &c, err);
	return rc;
}

static rp_code plain_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct grant_job *j = arg;
	const bool kiosk = j->door == DOORS_KIOSK;
	struct row_case c;
	rp_code rc = plain_ahead(tx, j, err);

	if (rc == RP_OK)
		rc = scene_open(tx, &j->scene, err);
	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	if (j->idem.found)
		return grant_again(j, err);
	rc = grant_may(j, err);
	if (rc == RP_OK)
		rc = grant_case(j, &c, err);
	if (rc == RP_OK)
		rc = kiosk ? kiosk_ground(j, err) : counter_ground(j, &c, err);
	if (rc != RP_OK)
		return rc;
	const struct grant_ground g = {.kind = kiosk ? "proof" : "operator",
				       .purpose = "reset",
				       .by_name = kiosk ? j->scene.peer.name : c.operator_name};
	return grant_burn(j, &c, &g, err);
}

/* --- the call --- */

rp_code grant_name(struct grant_job *j, const char *key, const char *what, struct rp_error *err)
{
	const struct scene *s = &j->scene;
	struct hash_part parts[SHOWN_PARTS + EVIDENCE_PARTS];
	struct evidence_room evidence;
	struct shown_parts shown;
	size_t n = shown_parts(s->who, s->shown, &shown, parts);

	n += evidence_parts(j->e, &evidence, parts + n);
	return idem_name(s->i, key, s->shown->card_id, what, parts, n, &j->idem, err);
}

static rp_code go(struct grant_job *j, struct rp_error *err)
{
	const struct proof_ask ask = {
		.purpose = "reset", .case_id = j->e->case_id, .target = j->scene.shown->p->slot};

	if (j->door == DOORS_USER_CODE || j->door == DOORS_HELP_DESK)
		return grant_by_code(j, err);
	if (j->door == DOORS_KIOSK || j->door == DOORS_APP)
		proof_look(j->scene.i, j->scene.who, j->scene.shown, &ask, j->e->proof, &j->proof);
	if (j->door == DOORS_APP) {
		device_look(j->scene.i, j->scene.who, j->scene.shown, &ask, &j->device);
		return scene_work(&j->scene, j->idem.key, app_work, err);
	}
	return scene_work(&j->scene, j->idem.key, plain_work, err);
}

void grant_job_freep(struct grant_job **j)
{
	if (*j == NULL)
		return;
	rp_secret_free((*j)->one_time);
	rp_wipe(*j, sizeof **j);
	free(*j);
}

rp_code issuer_grant(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		     const struct rp_evidence *e, struct rp_grant *ret, struct rp_error *err)
{
	RP_AUTO(grant_job_freep) struct grant_job *j = calloc(1, sizeof *j);
	const bool no_mac = strcmp(p->profile, "gids") == 0;
	struct shown shown;
	rp_code rc;

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a grant");
	rc = no_mac ? shown_without_mac(i, who, p, &shown, err) : shown_check(i, who, p, &shown, err);
	if (rc != RP_OK)
		return rc;
	j->scene = (struct scene){.i = i, .who = who, .shown = &shown, .case_id = e->case_id};
	j->e = e;
	j->door = doors_from_word(e->door != NULL ? e->door : "");
	if (j->door != DOORS_KIOSK && j->door != DOORS_COUNTER && j->door != DOORS_USER_CODE &&
	    j->door != DOORS_HELP_DESK && j->door != DOORS_APP)
		return rp_refuse(err, RP_PROBLEM_DOOR, "no grant is given for it");
	if (no_mac && j->door != DOORS_HELP_DESK)
		return rp_refuse(err, RP_PROBLEM_DOOR, "no way for a card without MAC");
	rc = grant_name(j, key, "grant", err);
	if (rc == RP_OK)
		rc = go(j, err);
	if (rc == RP_E_ISSUER_REFUSED)
		external_note_refusal(&j->scene, j->door, e, err);
	if (rc != RP_OK)
		return rc;
	if (j->refused != RP_PROBLEM_NONE)
		return code_refuse(err, j->refused, j->tries_left, j->tries_spent);
	/* Newer than the grant, so that it settles it. */
	const int64_t now = issuer_now_ms(i);
	nonce_make(i, now > j->made_ms ? now : j->made_ms + 1, j->grant.nonce);
	*ret = j->grant;
	issuer_count(i, COUNT_GRANTED);
	return RP_OK;
}
