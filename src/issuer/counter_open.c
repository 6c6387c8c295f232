/* SPDX-License-Identifier: Apache-2.0 */
/* An application is opened: is it this office's, is it open, does a counter reset this PIN at all? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/counter_in.h"

struct opening {
	struct counter_job j; /* first */
	const struct counter_opening *o;
	uint8_t card_id[CARD_ID_LEN];
};

static rp_code check_hours(struct opening *w, struct rp_error *err)
{
	const struct desk *d = &w->j.desk;
	const struct hours_state h = office_open_at(d->office, d->local);

	if (h.open)
		return RP_OK;
	if (w->o->override == NULL || w->o->override[0] == '\0')
		return rp_refuse(err, RP_PROBLEM_OFFICE_CLOSED, "%s", hours_reason_text(h.reason));
	if ((d->roles & ROLE_APPROVER) == 0)
		return rp_refuse(err, RP_PROBLEM_ROLE, "outside the hours an approver opens it");
	return text_put(w->j.app.supervisor, sizeof w->j.app.supervisor, d->op.name, err);
}

static rp_code check_municipality(const struct opening *w, struct rp_error *err)
{
	const char *municipality = w->j.card.municipality;
	const struct office *right;

	if (municipality[0] == '\0' || office_serves(w->j.desk.office, municipality))
		return RP_OK;
	right = office_of(offices()->at, offices()->n, municipality);
	return rp_refuse(err, RP_PROBLEM_OFFICE, "%s", right != NULL ? right->name_en : "");
}

/* A change is the card's own matter and is not granted; but a PIN that no counter resets, none changes. */
static rp_code check_wishes(const struct opening *w, struct rp_error *err)
{
	for (size_t k = 0; k < w->o->n_wishes; k++) {
		rp_code rc = door_check(w->o->profile, w->o->wishes[k].slot, DOORS_COUNTER, err);

		if (rc != RP_OK)
			return rc;
		for (size_t m = 0; m < k; m++)
			if (w->o->wishes[m].slot == w->o->wishes[k].slot)
				return rp_refuse(err, RP_PROBLEM_MALFORMED, "a PIN is named twice");
	}
	return w->o->n_wishes > 0 ? RP_OK : rp_refuse(err, RP_PROBLEM_MALFORMED, "no PIN is named");
}

/* The place in the queue that it is for: this office's, and there. */
static rp_code check_visit(struct store_tx *tx, const struct opening *w, struct rp_error *err)
{
	struct row_visit v = {0};
	bool found = false;
	rp_code rc = RP_OK;

	if (w->o->visit == NULL)
		return RP_OK;
	if (text_put(v.id, sizeof v.id, w->o->visit, NULL) == RP_OK)
		rc = store_get(tx, ST_VISIT_GET, &v, &found, err);
	if (rc == RP_OK && (!found || strcmp(v.office, w->j.desk.office->id) != 0))
		rc = rp_refuse(err, RP_PROBLEM_NOT_FOUND, "this office has no such place in its queue");
	return rc;
}

static rp_code fill_app(struct store_tx *tx, struct opening *w, struct rp_error *err)
{
	static const struct counter_sheet empty = {.holder_age = -1};
	struct row_application *a = &w->j.app;
	size_t at = 0;
	rp_code rc = sheet_put(&empty, a, err);

	w->j.sheet = empty;
	id_new(a->id);
	memcpy(a->card_id, w->card_id, sizeof a->card_id);
	a->opened_ms = a->changed_ms = store_now(tx);
	a->until_ms = a->opened_ms + case_lives_ms(DOORS_COUNTER);
	for (size_t k = 0; k < w->o->n_wishes && at < sizeof a->wishes; k++)
		at += (size_t)snprintf(a->wishes + at, sizeof a->wishes - at, "%s%s:%s", k > 0 ? "," : "",
				       rp_slot_word(w->o->wishes[k].slot),
				       w->o->wishes[k].act == ACT_RESET ? "reset" : "change");
	if (rc == RP_OK)
		rc = text_put(a->state, sizeof a->state, apply_state_word(APPLY_OPEN), err);
	if (rc == RP_OK)
		rc = text_put(a->applicant, sizeof a->applicant, applicant_word(w->o->applicant), err);
	if (rc == RP_OK)
		rc = text_put(a->office, sizeof a->office, w->j.desk.office->id, err);
	if (rc == RP_OK)
		rc = text_put(a->clerk, sizeof a->clerk, w->j.desk.op.name, err);
	if (rc == RP_OK && w->o->cause != NULL)
		rc = text_put(a->cause, sizeof a->cause, w->o->cause, err);
	if (rc == RP_OK && w->o->visit != NULL)
		rc = text_put(a->visit, sizeof a->visit, w->o->visit, err);
	return rc;
}

static rp_code put_opened(struct store_tx *tx, struct opening *w, struct rp_error *err)
{
	struct row_application *a = &w->j.app;
	struct counter_result r;
	char result[96];
	rp_code rc;

	counter_judge(&w->j, &r);
	rc = text_put(a->verdict, sizeof a->verdict, document_verdict_word(r.verdict), err);
	if (rc == RP_OK)
		rc = counter_log(&w->j, tx, a->supervisor[0] != '\0' ? "application-override" : "application",
				 w->o->override, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_APPLICATION_INSERT, a, NULL, err);
	(void)snprintf(result, sizeof result, "{\"id\":\"%s\"}", a->id);
	return rc == RP_OK ? idem_done(tx, &w->j.idem, RP_PROBLEM_NONE, result, err) : rc;
}

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static rp_code open_again(struct store_tx *tx, struct opening *w, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *result = json_loads(w->j.idem.result, 0, NULL);
	const char *id = json_string_value(json_object_get(result, "id"));

	if (id == NULL)
		return rp_fail(err, RP_E_STORE, "what a request led to cannot be read");
	w->j.id = id;
	const rp_code rc = counter_begin(tx, &w->j, err);
	w->j.id = NULL;
	return rc;
}

static rp_code open_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct opening *w = arg;
	rp_code rc;

	memset(&w->j.app, 0, sizeof w->j.app);
	rc = desk_open(tx, w->j.who, &w->j.desk, err);
	memcpy(w->j.app.card_id, w->card_id, CARD_ID_LEN);
	if (rc == RP_OK)
		rc = counter_check_card(tx, &w->j, err);
	if (rc == RP_OK)
		rc = idem_look(tx, &w->j.idem, err);
	if (rc != RP_OK)
		return rc;
	if (w->j.idem.found)
		return open_again(tx, w, err);
	rc = check_municipality(w, err);
	if (rc == RP_OK)
		rc = check_hours(w, err);
	if (rc == RP_OK)
		rc = check_visit(tx, w, err);
	if (rc == RP_OK)
		rc = fill_app(tx, w, err);
	return rc == RP_OK ? put_opened(tx, w, err) : rc;
}

rp_code counter_open(issuer *i, const struct issuer_peer *who, const char *key,
		     const struct counter_opening *o, char **ret_json, struct rp_error *err)
{
	RP_AUTO(counter_freep) struct opening *w = calloc(1, sizeof *w);
	const struct hash_part parts[] = {
		{o->profile, strlen(o->profile)},
		{o->number, strlen(o->number)},
		{applicant_word(o->applicant), strlen(applicant_word(o->applicant))},
		{o->wishes, o->n_wishes * sizeof o->wishes[0]},
		{o->visit, o->visit != NULL ? strlen(o->visit) : 0},
		{o->override, o->override != NULL ? strlen(o->override) : 0},
		{o->cause, o->cause != NULL ? strlen(o->cause) : 0},
		{who->session, who->session != NULL ? 32 : 0},
	};
	rp_code rc;

	if (w == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	const struct store_opts opts = {.card_id = w->card_id, .idempotency_key = w->j.idem.key};
	counter_ask(&w->j, i, who, NULL);
	w->o = o;
	rc = desk_needed(who, err);
	if (rc == RP_OK)
		rc = check_wishes(w, err);
	if (rc == RP_OK)
		rc = card_id_of(i, o->profile, o->number, w->card_id, err);
	if (rc == RP_OK)
		rc = idem_name(i, key, w->card_id, "application", parts, sizeof parts / sizeof parts[0],
			       &w->j.idem, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &opts, open_work, w, err);
	if (rc != RP_OK)
		return rc;
	*ret_json = counter_json(&w->j);
	return *ret_json != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
}
