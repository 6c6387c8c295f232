/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/shown.h"

/* What is open is asked for at most this often; the newest are told. */
#define LOOK_MAX 16

struct presence_job {
	struct scene scene; /* first: scene_work hands it over */
	struct row_case cases[LOOK_MAX];
	size_t n_cases;
	struct rp_issuer_facts facts;
};

static rp_code take_case(void *arg, const void *row, struct rp_error *err)
{
	struct presence_job *j = arg;

	(void)err;
	if (j->n_cases < LOOK_MAX)
		j->cases[j->n_cases++] = *(const struct row_case *)row;
	return RP_OK;
}

/* Can it be finished at this terminal? */
static rp_code is_here(struct presence_job *j, const struct row_case *c, bool *ret, struct rp_error *err)
{
	const struct peer *peer = &j->scene.peer;
	const enum doors_id door = doors_from_word(c->door);
	const struct doors_row *row = door_row(j->scene.card.profile, (rp_slot)c->slot, door);

	*ret = row != NULL && (row->where & peer_where(peer)) != 0 &&
	       case_next(case_state_from_word(c->state), CASE_EV_GRANT) != CASE_STATES_N &&
	       c->grants < CASE_GRANTS_MAX;
	if (*ret && door == DOORS_COUNTER)
		*ret = strcmp(c->office, peer->office) == 0;
	if (*ret && door == DOORS_KIOSK)
		return peer_may_reset(j->scene.tx, peer, j->scene.card.profile, (rp_slot)c->slot, NULL, ret,
				      err);
	return RP_OK;
}

static rp_code tell_case(struct presence_job *j, const struct row_case *c, struct rp_error *err)
{
	const int64_t ends_ms = c->opened_ms + case_lives_ms(doors_from_word(c->door));
	struct rp_case *to = &j->facts.cases[j->facts.n_cases];
	rp_code rc;

	/* In its last grant's two minutes it is told even after its own end. */
	if (strcmp(c->state, "granted") != 0 && ends_ms <= j->scene.now)
		return RP_OK;
	*to = (struct rp_case){.slot = (rp_slot)c->slot};
	to->left_s = ends_ms > j->scene.now ? (ends_ms - j->scene.now) / SECOND_MS : 0;
	memcpy(to->id, c->id, sizeof to->id);
	memcpy(to->door, c->door, sizeof to->door);
	memcpy(to->state, c->state, sizeof to->state);
	rc = is_here(j, c, &to->here, err);
	if (rc == RP_OK)
		j->facts.n_cases++;
	return rc;
}

static rp_code tell_cases(struct presence_job *j, struct rp_error *err)
{
	struct row_case which = {0};
	rp_code rc;

	j->n_cases = 0;
	memcpy(which.card_id, j->scene.card.card_id, CARD_ID_LEN);
	rc = store_each(j->scene.tx, ST_CASE_OPEN_OF, &which, take_case, j, err);
	for (size_t k = 0; k < j->n_cases && j->facts.n_cases < RP_CASES_MAX && rc == RP_OK; k++)
		rc = tell_case(j, &j->cases[k], err);
	return rp_context(err, rc, "looking for the card's cases");
}

static rp_code tell_user_code(struct presence_job *j, struct rp_error *err)
{
	struct row_user_code row = {0};
	bool found = false;
	rp_code rc = RP_OK;

	memcpy(row.card_id, j->scene.card.card_id, CARD_ID_LEN);
	if (doors_know(j->scene.card.profile, RP_SLOT_USER_CODE))
		rc = store_get(j->scene.tx, ST_USER_CODE_GET, &row, &found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "looking for the user code");
	j->facts.user_code_tries = found ? (int)row.tries_left : RP_TRIES_UNKNOWN;
	/* Counted to the end and not compared yet is as good as blocked for everybody else. */
	const char *state = !found ? "none" : row.tries_left > 0 ? row.state : "blocked";
	return text_put(j->facts.user_code, sizeof j->facts.user_code, state, err);
}

/* --- a request for a grant that was cut --- */

/*
 * Nothing came of it, and nothing will: whatever still is on its way finds its key taken by another request.
 * Only a card's own MAC gets here, and a day has its limit.
 */
static rp_code close_wish(struct presence_job *j, struct idem *d, struct rp_error *err)
{
	struct scene *s = &j->scene;
	rp_code rc = card_limit(s->tx, s->card.card_id, "acts", s->i->card_acts, err);

	if (rc == RP_OK)
		rc = idem_done(s->tx, d, RP_PROBLEM_NONE, "", err);
	return rc == RP_OK ? text_put(j->facts.wish, sizeof j->facts.wish, "none", err) : rc;
}

static rp_code wish_grant(struct presence_job *j, const struct idem *d, struct rp_error *err)
{
	json_t *result = json_loads(d->result, 0, NULL);
	const char *id = json_string_value(json_object_get(result, "grant"));
	const char *receipt = json_string_value(json_object_get(result, "receipt"));
	struct row_grant g = {0};
	bool found = false;
	rp_code rc = RP_OK;

	if (id != NULL && receipt != NULL) {
		rc = text_put(g.id, sizeof g.id, id, err);
		if (rc == RP_OK)
			rc = text_put(j->facts.wish_receipt, sizeof j->facts.wish_receipt, receipt, err);
		if (rc == RP_OK)
			rc = store_get(j->scene.tx, ST_GRANT_GET, &g, &found, err);
	}
	json_decref(result);
	if (rc != RP_OK)
		return rc;
	const bool settled = found && (strcmp(g.state, "done") == 0 || strcmp(g.state, "failed") == 0);

	return text_put(j->facts.wish, sizeof j->facts.wish,
			!found	  ? "none"
			: settled ? g.state
				  : "granted",
			err);
}

static rp_code tell_wish(struct presence_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct idem d = {0};
	rp_code rc = text_put(d.key, sizeof d.key, s->shown->p->wish, err);

	memcpy(d.card_id, s->card.card_id, CARD_ID_LEN);
	if (rc == RP_OK)
		rc = idem_find(s->tx, &d, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "looking for a request that was cut");
	if (!d.found)
		return close_wish(j, &d, err);
	if (memcmp(d.card_id, s->card.card_id, CARD_ID_LEN) != 0)
		return rp_refuse(err, RP_PROBLEM_KEY_REUSED, "%s", "");
	if (d.pending || d.problem != RP_PROBLEM_NONE)
		return text_put(j->facts.wish, sizeof j->facts.wish, d.pending ? "pending" : "refused", err);
	return wish_grant(j, &d, err);
}

static rp_code presence_ahead(struct store_tx *tx, const struct shown *shown, struct rp_error *err)
{
	struct row_user_code code = {0};
	rp_code rc = cases_ahead(tx, shown->card_id, err);

	if (rc != RP_OK || !doors_know(shown->p->profile, RP_SLOT_USER_CODE))
		return rc;
	memcpy(code.card_id, shown->card_id, CARD_ID_LEN);
	return store_ahead(tx, ST_USER_CODE_GET, &code, err);
}

static rp_code presence_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct presence_job *j = arg;
	struct scene *s = &j->scene;
	rp_code rc = presence_ahead(tx, s->shown, err);

	if (rc == RP_OK)
		rc = scene_open(tx, s, err);
	/* Who may not ask gets their refusal in the next round, when this one's settling is committed. */
	if (rc != RP_OK || s->to_settle || (s->changed && s->peer.klass[0] == '\0'))
		return rc;
	s->again = false;
	j->facts = (struct rp_issuer_facts){0};
	memcpy(j->facts.card_status, s->card.status, sizeof j->facts.card_status);
	memcpy(j->facts.halted, s->slot.halted, sizeof j->facts.halted);
	memcpy(j->facts.settled, s->settled, sizeof j->facts.settled);
	if (s->settled[0] != '\0')
		rc = text_put(j->facts.settled_state, sizeof j->facts.settled_state,
			      case_state_word(s->settled_state), err);
	if (rc == RP_OK && s->shown->p->wish != NULL)
		rc = tell_wish(j, err);
	if (rc == RP_OK)
		rc = tell_user_code(j, err);
	return rc == RP_OK ? tell_cases(j, err) : rc;
}

rp_code issuer_presence(issuer *i, const struct issuer_peer *who, const struct rp_presence *p,
			struct rp_issuer_facts *ret, struct rp_error *err)
{
	struct presence_job *j;
	struct shown shown;
	rp_code rc = shown_check(i, who, p, &shown, err);

	if (rc != RP_OK)
		return rc;
	j = calloc(1, sizeof *j);
	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to answer a card");
	j->scene = (struct scene){.i = i, .who = who, .shown = &shown, .looks = p->wish == NULL};
	rc = scene_work(&j->scene, NULL, presence_work, err);
	if (rc == RP_OK)
		*ret = j->facts;
	free(j);
	if (rc == RP_OK)
		issuer_count(i, COUNT_PRESENCE);
	return rc;
}
