/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "issuer/internal.h"

/* --- cases --- */

int64_t case_lives_ms(enum doors_id door)
{
	/* "24 h", "the day", "minutes": design paper, section 6 */
	if (door == DOORS_KIOSK)
		return 24 * HOUR_MS;
	if (door == DOORS_COUNTER)
		return 12 * HOUR_MS;
	return 30 * MINUTE_MS;
}

void case_new(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], rp_slot slot, enum doors_id door,
	      struct row_case *ret)
{
	const int64_t now = store_now(tx);
	const char *word = doors_word(door);

	*ret = (struct row_case){
		.slot = slot,
		.state = "open",
		.opened_ms = now,
		.changed_ms = now,
		.until_ms = now + case_lives_ms(door),
	};
	id_new(ret->id);
	memcpy(ret->card_id, card_id, CARD_ID_LEN);
	memcpy(ret->door, word, strlen(word) + 1); /* checked: the longest word has 15 characters */
}

rp_code case_step(struct row_case *c, int64_t now_ms, enum case_event event, struct rp_error *err)
{
	const enum case_state next = case_next(case_state_from_word(c->state), event);
	const char *word = case_state_word(next);

	if (next == CASE_STATES_N) {
		log_event(LOG_LVL_WARN, "issuer.case", "id=%s state=%s event=\"%s\" impossible", c->id,
			  c->state, case_event_text(event));
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "it is %s", c->state);
	}
	memcpy(c->state, word, strlen(word) + 1); /* checked: the longest word has 9 characters */
	c->changed_ms = now_ms;
	if (next == CASE_GRANTED) {
		c->grants++;
		c->until_ms = now_ms + GRANT_LIVES_MS;
	}
	return RP_OK;
}

rp_code case_cause(struct row_case *c, const char *cause, struct rp_error *err)
{
	if (cause == NULL || c->cause[0] != '\0')
		return RP_OK;
	return text_put(c->cause, sizeof c->cause, cause, err);
}

rp_code case_move(struct store_tx *tx, struct row_case *c, enum case_event event, struct rp_error *err)
{
	rp_code rc = case_step(c, store_now(tx), event, err);

	return rc == RP_OK ? store_run(tx, ST_CASE_STATE, c, NULL, err) : rc;
}

#define CANCEL_MAX 64

struct open_cases {
	struct row_case *at;
	size_t n;
	rp_slot slot;
	const char *door;
};

static void open_cases_clear(struct open_cases *o)
{
	free(o->at);
}

static rp_code take_case(void *arg, const void *row, struct rp_error *err)
{
	struct open_cases *o = arg;
	const struct row_case *c = row;
	const enum case_state s = case_state_from_word(c->state);

	(void)err;
	if (o->n == CANCEL_MAX || case_next(s, CASE_EV_CANCEL) == CASE_STATES_N ||
	    (o->slot != RP_SLOT_NONE && c->slot != (int64_t)o->slot) ||
	    (o->door != NULL && strcmp(c->door, o->door) != 0))
		return RP_OK;
	o->at[o->n++] = *c;
	return RP_OK;
}

rp_code cases_ahead(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], struct rp_error *err)
{
	struct row_case which = {0};

	memcpy(which.card_id, card_id, CARD_ID_LEN);
	return store_ahead(tx, ST_CASE_OPEN_OF, &which, err);
}

rp_code cases_cancel(struct store_tx *tx, const struct row_card *card, rp_slot slot, const char *door,
		     const char *by, struct rp_error *err)
{
	RP_AUTO(open_cases_clear)
	struct open_cases o = {.at = calloc(CANCEL_MAX, sizeof *o.at), .slot = slot, .door = door};
	struct row_case which = {0};
	char receipt[ROW_ID];
	rp_code rc;

	if (o.at == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the cases of a card");
	memcpy(which.card_id, card->card_id, sizeof which.card_id);
	rc = store_each(tx, ST_CASE_OPEN_OF, &which, take_case, &o, err);
	for (size_t k = 0; k < o.n && rc == RP_OK; k++) {
		const struct log_act act = {.act = "cancel",
					    .card_id = card->card_id,
					    .case_id = o.at[k].id,
					    .slot = (rp_slot)o.at[k].slot,
					    .door = o.at[k].door,
					    .terminal = by,
					    .outcome = "cancelled"};

		rc = case_move(tx, &o.at[k], CASE_EV_CANCEL, err);
		if (rc == RP_OK)
			rc = log_entry(tx, &act, receipt, err);
	}
	return rp_context(err, rc, "cancelling what is open");
}

/* --- doors --- */

const struct doors_row *door_row(const char *profile, rp_slot slot, enum doors_id door)
{
	for (size_t k = 0; k < n_doors_rows; k++)
		if (doors_rows[k].slot == slot && doors_rows[k].door == door &&
		    strcmp(doors_rows[k].profile, profile) == 0 && doors_rows[k].never == DOORS_WHY_NONE)
			return &doors_rows[k];
	return NULL;
}

rp_code door_check(const char *profile, rp_slot slot, enum doors_id door, struct rp_error *err)
{
	if (door_row(profile, slot, door) != NULL)
		return RP_OK;
	if (door != DOORS_COUNTER && door_row(profile, slot, DOORS_COUNTER) != NULL)
		return rp_refuse(err, RP_PROBLEM_CAPABILITY, "%s of %s goes through the counter alone",
				 rp_slot_word(slot), profile);
	if (door != DOORS_APP && door_row(profile, slot, DOORS_APP) != NULL)
		return rp_refuse(err, RP_PROBLEM_APP_ONLY, "%s of %s goes through the app alone",
				 rp_slot_word(slot), profile);
	return rp_refuse(err, RP_PROBLEM_DOOR, "%s is no way for %s of %s", doors_word(door),
			 rp_slot_word(slot), profile);
}

struct stop_look {
	const char *door, *profile, *grp;
	struct row_stop hit;
	bool stopped;
};

static bool stop_covers(const char *stopped, const char *what)
{
	return stopped[0] == '\0' || strcmp(stopped, what) == 0;
}

static rp_code look_at_stop(void *arg, const void *row, struct rp_error *err)
{
	struct stop_look *l = arg;
	const struct row_stop *s = row;

	(void)err;
	if (stop_covers(s->door, l->door) && stop_covers(s->profile, l->profile) &&
	    stop_covers(s->grp, l->grp)) {
		l->hit = *s;
		l->stopped = true;
	}
	return RP_OK;
}

rp_code stops_ahead(struct store_tx *tx, struct rp_error *err)
{
	const struct row_stop which = {0};

	return store_ahead(tx, ST_STOP_ACTIVE, &which, err);
}

rp_code stops_check(struct store_tx *tx, const char *door, const char *profile, const char *grp,
		    struct rp_error *err)
{
	struct stop_look l = {.door = door, .profile = profile, .grp = grp};
	struct row_stop which = {0};
	rp_code rc = store_each(tx, ST_STOP_ACTIVE, &which, look_at_stop, &l, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "looking for stops");
	return l.stopped ? rp_refuse(err, RP_PROBLEM_STOPPED, "%.200s", l.hit.reason) : RP_OK;
}

/* --- cards --- */

rp_code card_active(const struct row_card *c, struct rp_error *err)
{
	if (strcmp(c->status, "active") == 0)
		return RP_OK;
	return rp_refuse(
		err, strcmp(c->status, "revoked") == 0 ? RP_PROBLEM_CARD_REVOKED : RP_PROBLEM_CARD_SUSPENDED,
		"%s", "");
}

static rp_code limit_row(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], const char *what,
			 struct row_limit *ret, struct rp_error *err)
{
	*ret = (struct row_limit){.from_ms = store_now(tx) - DAY_MS};
	memcpy(ret->card_id, card_id, CARD_ID_LEN);
	return text_put(ret->what, sizeof ret->what, what, err);
}

rp_code card_limit_ahead(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], const char *what,
			 struct rp_error *err)
{
	struct row_limit row;
	rp_code rc = limit_row(tx, card_id, what, &row, err);

	return rc == RP_OK ? store_ahead(tx, ST_LIMIT_COUNT, &row, err) : rc;
}

rp_code card_limit(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], const char *what, int64_t most,
		   struct rp_error *err)
{
	struct row_limit row;
	bool found;
	rp_code rc = limit_row(tx, card_id, what, &row, err);

	if (rc != RP_OK)
		return rc;
	rc = store_get(tx, ST_LIMIT_COUNT, &row, &found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "counting what is done with this card");
	if (row.n > most)
		return rp_refuse(err, RP_PROBLEM_TOO_MANY, "%lld acts with this card in a day",
				 (long long)most);
	return RP_OK;
}

rp_code slot_lift(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], rp_slot slot, int64_t resets,
		  struct rp_error *err)
{
	bool any = false;

	for (rp_slot s = RP_SLOT_SIGN; s <= RP_SLOT_PIN; s++) {
		struct row_card_slot row = {.slot = s};
		bool found;
		rp_code rc;

		memcpy(row.card_id, card_id, CARD_ID_LEN);
		rc = store_get(tx, ST_SLOT_GET, &row, &found, err);
		if (rc != RP_OK)
			return rc;
		if (!found || row.halted[0] == '\0')
			continue;
		any = true;
		row.halted[0] = '\0';
		row.halted_ms = 0;
		if (s == slot) {
			row.resets = resets;
			row.learnt_ms = store_now(tx);
		}
		rc = store_run(tx, ST_SLOT_PUT, &row, NULL, err);
		if (rc != RP_OK)
			return rc;
	}
	return any ? RP_OK : rp_fail(err, RP_E_CONFLICT, "nothing of this card is halted");
}

/* --- notices --- */

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static void text_freep(char **t)
{
	free(*t);
}

rp_code notice_put(struct store_tx *tx, const struct row_card *card, const char *kind, rp_slot slot,
		   const char *door, const char *receipt, struct rp_error *err)
{
	RP_AUTO(json_freep)
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "kind", kind, "profile",
				 card->profile, "card", card->number, "slot", rp_slot_word(slot), "door",
				 door != NULL ? door : "", "receipt", receipt != NULL ? receipt : "", "time",
				 (json_int_t)store_now(tx));
	RP_AUTO(text_freep) char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	struct row_outbox row = {.made_ms = store_now(tx)};
	rp_code rc;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a notice");
	memcpy(row.card_id, card->card_id, sizeof row.card_id);
	rc = text_put(row.kind, sizeof row.kind, kind, err);
	if (rc == RP_OK)
		rc = text_put(row.body, sizeof row.body, text, err);
	return rc == RP_OK ? store_run(tx, ST_OUTBOX_PUT, &row, NULL, err) : rc;
}
