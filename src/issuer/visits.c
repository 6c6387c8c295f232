/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of an office's day: who waits, who has booked, who is called. A place in it names nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/counter_in.h"

#define NUMBER_TRIES 8 /* two desks may take the same number at the same time */

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static int64_t day_number(struct date d)
{
	return (int64_t)d.year * 10000 + d.month * 100 + d.day;
}

static json_t *visit_json(const struct row_visit *v)
{
	json_t *j = json_pack("{s:s,s:I,s:s,s:s,s:s,s:I}", "id", v->id, "number", (json_int_t)v->number,
			      "kind", v->kind, "wish", v->wish, "state", v->state, "made_ms",
			      (json_int_t)v->made_ms);
	const struct {
		const char *name;
		int64_t ms;
	} times[] = {{"at_ms", v->at_ms},
		     {"called_ms", v->called_ms},
		     {"begun_ms", v->begun_ms},
		     {"ended_ms", v->ended_ms}};

	for (size_t k = 0; j != NULL && k < sizeof times / sizeof times[0]; k++)
		if (times[k].ms != 0)
			(void)json_object_set_new(j, times[k].name, json_integer(times[k].ms));
	if (j != NULL && v->desk[0] != '\0')
		(void)json_object_set_new(j, "desk", json_string(v->desk));
	return j;
}

static rp_code answer_json(json_t *j, char **ret_json, struct rp_error *err)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the queue");
	*ret_json = text;
	return RP_OK;
}

static rp_code end(const struct row_visit *v, rp_code rc, char **ret_json, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *j = rc == RP_OK ? visit_json(v) : NULL;

	return rc == RP_OK ? answer_json(j, ret_json, err) : rc;
}

/* --- a new place --- */

struct making {
	issuer *i;
	const struct issuer_peer *who;
	const char *wish;
	int64_t at_ms;
	bool is_free;
	struct idem idem;
	struct desk desk;
	struct row_visit v;
};

static rp_code load_result(struct making *m, struct store_tx *tx, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *result = json_loads(m->idem.result, 0, NULL);
	const char *id = json_string_value(json_object_get(result, "id"));
	bool found = false;
	rp_code rc = RP_OK;

	if (id == NULL || text_put(m->v.id, sizeof m->v.id, id, NULL) != RP_OK)
		return rp_fail(err, RP_E_STORE, "what a request led to cannot be read");
	rc = store_get(tx, ST_VISIT_GET, &m->v, &found, err);
	return rc == RP_OK && !found ? rp_refuse(err, RP_PROBLEM_NOT_FOUND, "it is gone") : rc;
}

/* Booked for a time within the hours; a walk-in waits while the office is open. */
static rp_code check_time(const struct making *m, int64_t now, struct rp_error *err)
{
	const struct datetime at = counter_local(m->at_ms != 0 ? m->at_ms : now);
	const struct hours_state h = office_open_at(m->desk.office, at);

	if (m->at_ms != 0 && m->at_ms <= now)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "this time has passed");
	if (m->at_ms == 0 && m->is_free)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "a free place needs its time");
	if (m->at_ms == 0 && m->desk.office->rules->appointment)
		return rp_refuse(err, RP_PROBLEM_OFFICE_CLOSED, "%s",
				 "This office serves by appointment alone. Book a time.");
	return h.open ? RP_OK : rp_refuse(err, RP_PROBLEM_OFFICE_CLOSED, "%s", hours_reason_text(h.reason));
}

static rp_code insert_next(struct making *m, struct store_tx *tx, struct rp_error *err)
{
	for (unsigned k = 0; k < NUMBER_TRIES; k++) {
		struct row_visit last = m->v;
		bool found = false;
		size_t n = 0;
		rp_code rc = store_get(tx, ST_VISIT_LAST, &last, &found, err);

		m->v.number = found ? last.number + 1 : 1;
		if (rc == RP_OK)
			rc = store_run(tx, ST_VISIT_INSERT, &m->v, &n, err);
		if (rc != RP_OK || n == 1)
			return rc;
	}
	return rp_refuse(err, RP_PROBLEM_BUSY, "no number could be had; nothing was written");
}

static rp_code make(struct making *m, struct store_tx *tx, struct rp_error *err)
{
	const int64_t now = store_now(tx);
	struct row_visit *v = &m->v;
	char result[96];
	rp_code rc = check_time(m, now, err);

	*v = (struct row_visit){.at_ms = m->at_ms, .made_ms = now};
	v->day = day_number(counter_local(m->at_ms != 0 ? m->at_ms : now).date);
	id_new(v->id);
	if (rc == RP_OK)
		rc = text_put(v->office, sizeof v->office, m->desk.office->id, err);
	if (rc == RP_OK)
		rc = text_put(v->kind, sizeof v->kind, m->at_ms != 0 ? "booked" : "walk-in", err);
	if (rc == RP_OK)
		rc = text_put(v->wish, sizeof v->wish, m->wish, err);
	if (rc == RP_OK)
		rc = text_put(v->state, sizeof v->state,
			      visit_state_word(m->is_free ? VISIT_FREE : VISIT_HELD), err);
	if (rc == RP_OK)
		rc = insert_next(m, tx, err);
	(void)snprintf(result, sizeof result, "{\"id\":\"%s\"}", v->id);
	return rc == RP_OK ? idem_done(tx, &m->idem, RP_PROBLEM_NONE, result, err) : rc;
}

static rp_code new_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct making *m = arg;
	rp_code rc = desk_open(tx, m->who, &m->desk, err);

	if (rc == RP_OK)
		rc = idem_look(tx, &m->idem, err);
	if (rc != RP_OK)
		return rc;
	return m->idem.found ? load_result(m, tx, err) : make(m, tx, err);
}

rp_code visit_new(issuer *i, const struct issuer_peer *who, const char *key, const char *wish, int64_t at_ms,
		  bool is_free, char **ret_json, struct rp_error *err)
{
	struct making m = {.i = i, .who = who, .wish = wish, .at_ms = at_ms, .is_free = is_free};
	const struct store_opts o = {.idempotency_key = m.idem.key};
	const struct hash_part parts[] = {{wish, strlen(wish)},
					  {&at_ms, sizeof at_ms},
					  {&is_free, sizeof is_free},
					  {who->session, who->session != NULL ? 32 : 0}};
	rp_code rc = desk_needed(who, err);

	if (rc == RP_OK)
		rc = idem_name(i, key, NULL, "visit", parts, sizeof parts / sizeof parts[0], &m.idem, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &o, new_work, &m, err);
	return end(&m.v, rc, ret_json, err);
}

/* --- moved --- */

struct moving {
	const struct issuer_peer *who;
	const char *id;
	enum visit_event event;
	struct idem idem;
	struct desk desk;
	struct row_visit v;
};

static rp_code find(struct moving *m, struct store_tx *tx, struct rp_error *err)
{
	bool found = false;
	rp_code rc = RP_OK;

	m->v = (struct row_visit){0};
	if (text_put(m->v.id, sizeof m->v.id, m->id, NULL) == RP_OK)
		rc = store_get(tx, ST_VISIT_GET, &m->v, &found, err);
	if (rc == RP_OK && (!found || strcmp(m->v.office, m->desk.office->id) != 0))
		rc = rp_refuse(err, RP_PROBLEM_NOT_FOUND, "this office has no such place in its queue");
	return rc;
}

static rp_code step(struct moving *m, struct store_tx *tx, struct rp_error *err)
{
	struct row_visit *v = &m->v;
	const enum visit_state next = visit_next(visit_state_from_word(v->state), m->event);
	const int64_t now = store_now(tx);
	size_t n = 0;
	rp_code rc;

	memcpy(v->was, v->state, sizeof v->was);
	/*
	 * Only what was booked has a time that another can take, and who is called again is called by
	 * the same desk.
	 */
	if (next == VISIT_STATES_N ||
	    (m->event == VISIT_EV_CALL && v->desk[0] != '\0' && strcmp(v->was, "called") == 0 &&
	     strcmp(v->desk, m->desk.peer.name) != 0) ||
	    (m->event == VISIT_EV_RELEASE && v->at_ms == 0) ||
	    (m->event == VISIT_EV_RETURN && v->day != day_number(m->desk.local.date)))
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "it is %s", v->state);
	if (m->event == VISIT_EV_CALL)
		v->called_ms = now;
	if (m->event == VISIT_EV_BEGIN)
		v->begun_ms = now;
	if (m->event == VISIT_EV_RETURN)
		v->called_ms = v->begun_ms = v->ended_ms = 0;
	if (next == VISIT_FINISHED || next == VISIT_MISSED)
		v->ended_ms = now;
	rc = text_put(v->state, sizeof v->state, visit_state_word(next), err);
	if (rc == RP_OK && m->event == VISIT_EV_CALL)
		rc = text_put(v->clerk, sizeof v->clerk, m->desk.op.name, err);
	if (rc == RP_OK && m->event == VISIT_EV_CALL)
		rc = text_put(v->desk, sizeof v->desk, m->desk.peer.name, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_VISIT_MOVE, v, &n, err);
	/* Another desk was faster: nobody is called to two. */
	if (rc == RP_OK && n == 0)
		rc = rp_refuse(err, RP_PROBLEM_CASE_STATE, "it was moved just now");
	return rc == RP_OK ? idem_done(tx, &m->idem, RP_PROBLEM_NONE, "{}", err) : rc;
}

static rp_code move_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct moving *m = arg;
	rp_code rc = desk_open(tx, m->who, &m->desk, err);

	if (rc == RP_OK)
		rc = find(m, tx, err);
	if (rc == RP_OK)
		rc = idem_look(tx, &m->idem, err);
	return rc == RP_OK && !m->idem.found ? step(m, tx, err) : rc;
}

rp_code visit_move(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		   const char *event, char **ret_json, struct rp_error *err)
{
	struct moving m = {.who = who, .id = id, .event = visit_event_from_word(event)};
	const struct store_opts o = {.idempotency_key = m.idem.key};
	const struct hash_part parts[] = {
		{id, strlen(id)}, {event, strlen(event)}, {who->session, who->session != NULL ? 32 : 0}};
	rp_code rc = desk_needed(who, err);

	if (rc == RP_OK && m.event == VISIT_EVENTS_N)
		rc = rp_refuse(err, RP_PROBLEM_MALFORMED, "nothing of this name happens in a queue");
	if (rc == RP_OK)
		rc = idem_name(i, key, NULL, "visit-move", parts, sizeof parts / sizeof parts[0], &m.idem,
			       err);
	if (rc == RP_OK)
		rc = issuer_work(i, &o, move_work, &m, err);
	return end(&m.v, rc, ret_json, err);
}

/* --- the day --- */

struct listing {
	const struct issuer_peer *who;
	const struct date *day; /* NULL: today, where the desk stands */
	json_t *list;
};

static rp_code keep(void *arg, const void *row, struct rp_error *err)
{
	return json_array_append_new(arg, visit_json(row)) == 0
		       ? RP_OK
		       : rp_fail(err, RP_E_NO_MEMORY, "no memory for the queue");
}

static rp_code list_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct listing *l = arg;
	struct row_visit row = {0};
	struct desk desk;
	rp_code rc = desk_open(tx, l->who, &desk, err);

	(void)json_array_clear(l->list);
	if (rc != RP_OK)
		return rc;
	row.day = day_number(l->day != NULL ? *l->day : desk.local.date);
	rc = text_put(row.office, sizeof row.office, desk.office->id, err);
	return rc == RP_OK ? store_each(tx, ST_VISIT_OF_DAY, &row, keep, l->list, err) : rc;
}

rp_code visit_list(issuer *i, const struct issuer_peer *who, const char *day, char **ret_json,
		   struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *list = json_array();
	RP_AUTO(json_freep) json_t *all = NULL;
	struct date date = {0};
	struct listing l = {.who = who, .day = day != NULL ? &date : NULL, .list = list};
	const struct store_opts o = {.read_only = true};
	rp_code rc = RP_OK;

	if (list == NULL)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for the queue");
	else if (day != NULL && !date_from_text(day, &date))
		rc = rp_refuse(err, RP_PROBLEM_MALFORMED, "a day is written YYYY-MM-DD");
	else
		rc = issuer_work(i, &o, list_work, &l, err);

	if (rc != RP_OK)
		return rc;
	all = json_pack("{s:O}", "visits", list);
	return answer_json(all, ret_json, err);
}

/* --- the background --- */

#define AT_ONCE 500

struct ending {
	struct {
		char id[ROW_ID];
		uint8_t card_id[CARD_ID_LEN];
	} a[AT_ONCE];
	size_t n, at;
	struct row_application row;
};

static rp_code keep_ending(void *arg, const void *row, struct rp_error *err)
{
	struct ending *e = arg;
	const struct row_application *a = row;

	(void)err;
	if (e->n == AT_ONCE)
		return RP_OK;
	memcpy(e->a[e->n].id, a->id, sizeof a->id);
	memcpy(e->a[e->n].card_id, a->card_id, sizeof a->card_id);
	e->n++;
	return RP_OK;
}

static rp_code find_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct ending *e = arg;
	struct row_visit v = {.day = day_number(counter_local(store_now(tx)).date),
			      .ended_ms = store_now(tx)};
	size_t n = 0;
	rp_code rc = store_run(tx, ST_VISIT_MISSED, &v, &n, err);

	e->n = 0;
	e->row = (struct row_application){.until_ms = store_now(tx)};
	return rc == RP_OK ? store_each(tx, ST_APPLICATION_ENDING, &e->row, keep_ending, e, err) : rc;
}

static rp_code expire_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct ending *e = arg;
	struct row_application *a = &e->row;
	char receipt[ROW_ID];
	bool found = false;
	rp_code rc;

	*a = (struct row_application){0};
	memcpy(a->id, e->a[e->at].id, sizeof a->id);
	rc = store_get(tx, ST_APPLICATION_GET, a, &found, err);
	if (rc != RP_OK || !found || a->until_ms >= store_now(tx) ||
	    apply_next(apply_state_from_word(a->state), APPLY_EV_TIME_OVER) == APPLY_STATES_N)
		return rc;
	const struct log_act act = {.act = "application",
				    .card_id = a->card_id,
				    .case_id = a->id,
				    .door = "counter",
				    .terminal = "",
				    .outcome = "expired"};
	a->changed_ms = store_now(tx);
	rc = text_put(a->state, sizeof a->state, apply_state_word(APPLY_EXPIRED), err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_APPLICATION_PUT, a, NULL, err);
	return rc == RP_OK ? log_entry(tx, &act, receipt, err) : rc;
}

static void ending_freep(struct ending **e)
{
	free(*e);
}

rp_code counter_sweep(issuer *i, struct rp_error *err)
{
	RP_AUTO(ending_freep) struct ending *e = calloc(1, sizeof *e);
	const struct store_opts all = {0};
	rp_code rc;

	if (e == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the sweeper");
	rc = issuer_work(i, &all, find_work, e, err);
	for (e->at = 0; rc == RP_OK && e->at < e->n; e->at++) {
		const struct store_opts o = {.card_id = e->a[e->at].card_id};

		rc = issuer_work(i, &o, expire_work, e, err);
	}
	return rp_context(err, rc, "sweeping the counter");
}
