/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applications at the counter: judged, filled in, shown. counter_open.c opens them, counter_decide.c
 * decides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/counter_in.h"

struct datetime counter_local(int64_t ms)
{
	return datetime_from_unix(ms / 1000, JAPAN_OFFSET_MIN);
}

static void text_freep(char **t)
{
	free(*t);
}

void counter_freep(void *at)
{
	free(*(void **)at);
}

/* --- who works where --- */

rp_code desk_open(struct store_tx *tx, const struct issuer_peer *who, struct desk *ret, struct rp_error *err)
{
	struct desk d = {.local = counter_local(store_now(tx))};
	rp_code rc = desk_load(tx, who, ROLES_COUNTER, &d.peer, &d.op, err);

	if (rc != RP_OK)
		return rc;
	if (!roles_read(d.op.roles, &d.roles))
		return rp_fail(err, RP_E_STORE, "the roles of an operator cannot be read");
	d.office = office_named(d.peer.office);
	if (d.office == NULL)
		return rp_refuse(err, RP_PROBLEM_OFFICE, "the rules know no office of this name");
	*ret = d;
	return RP_OK;
}

/* --- the verdict --- */

/* The issuer's record; where it says nothing, what the clerk found in the register. */
static const char *municipality_of(const struct counter_job *j)
{
	if (j->card.municipality[0] != '\0' || j->sheet.registered_here == FACT_UNKNOWN)
		return j->card.municipality;
	return j->sheet.registered_here == FACT_YES ? j->desk.office->municipality : "elsewhere";
}

void counter_judge(const struct counter_job *j, struct counter_result *ret)
{
	const struct counter_sheet *s = &j->sheet;
	struct counter_wish wishes[COUNTER_WISHES_MAX];
	struct counter_case c = {
		.today = j->desk.local.date,
		.office_municipality = j->desk.office->municipality,
		.holder_municipality = municipality_of(j),
		.holder_age = s->holder_age,
		.holder_is_ward = s->ward,
		.on_smartphone = strcmp(j->card.profile, "mynumber-mobile") == 0,
		.card_present = s->card_present,
		.current_pin_verified = s->current_pin_verified,
		.card_pin_confirmed = s->card_pin_confirmed,
		.same_household = s->same_household,
		.domicile_in_city = s->domicile_in_city,
		.applicant_resident = s->applicant_resident,
		.representative_present = s->representative_present,
		.answer_brought = j->app.answer_ms != 0,
		.n_shown = s->n_shown,
	};
	size_t n = 0;

	*ret = (struct counter_result){.verdict = VERDICT_ENOUGH};
	(void)applicant_of_word(j->app.applicant, &c.applicant);
	if (j->app.letter_ms != 0)
		c.letter_sent = counter_local(j->app.letter_ms).date;
	memcpy(c.shown, s->shown, sizeof c.shown);
	if (!wishes_read(j->app.wishes, wishes, &n))
		ret->verdict = VERDICT_REFUSED;
	for (size_t k = 0; k < n; k++) {
		struct document_result *r = &ret->of[wishes[k].act];

		if (ret->asked[wishes[k].act])
			continue;
		ret->asked[wishes[k].act] = true;
		c.act = wishes[k].act;
		documents_check(&c, r);
		if (r->verdict < ret->verdict)
			ret->verdict = r->verdict;
	}
}

/* --- JSON --- */

static const char *const class_words[] = {[CLASS_REFUSED] = "refused",
					  [CLASS_MISSING] = "missing",
					  [CLASS_CLERK] = "clerk",
					  [CLASS_NOT_COUNTED] = "not-counted",
					  [CLASS_NOTE] = "note"};

static bool put_findings(json_t *list, const struct document_result *r, const char *act)
{
	for (size_t k = 0; k < r->n_findings; k++) {
		const struct document_rule_row *row = &document_rules[r->findings[k].rule];
		json_t *one = json_pack("{s:s,s:s,s:s,s:s}", "act", act, "rule", row->word, "class",
					class_words[row->class], "text", row->text);

		if (one != NULL && r->findings[k].shown != FINDING_GENERAL &&
		    json_object_set_new(one, "document", json_integer((json_int_t)r->findings[k].shown)) !=
			    0) {
			json_decref(one);
			return false;
		}
		if (json_array_append_new(list, one) != 0)
			return false;
	}
	return true;
}

static json_t *wishes_json(const char *text)
{
	struct counter_wish wishes[COUNTER_WISHES_MAX];
	json_t *list = json_array();
	size_t n = 0;

	if (!wishes_read(text, wishes, &n))
		n = 0;
	for (size_t k = 0; k < n; k++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s}", "slot", rp_slot_word(wishes[k].slot),
							    "act",
							    wishes[k].act == ACT_RESET ? "reset" : "change"));
	return list;
}

static json_t *cases_json(const char *text)
{
	json_t *list = json_array();

	while (*text != '\0') {
		const size_t n = strcspn(text, ",");

		(void)json_array_append_new(list, json_stringn(text, n));
		text += n + (text[n] == ',' ? 1 : 0);
	}
	return list;
}

static json_t *app_json(const struct row_application *a, const struct row_card *card)
{
	json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:o,s:I,s:I,s:s}", "id",
			      a->id, "state", a->state, "office", a->office, "visit", a->visit, "profile",
			      card->profile, "number", card->number, "applicant", a->applicant, "wishes",
			      wishes_json(a->wishes), "verdict", a->verdict, "clerk", a->clerk, "approver",
			      a->approver, "reason", a->reason, "cases", cases_json(a->cases), "opened_ms",
			      (json_int_t)a->opened_ms, "until_ms", (json_int_t)a->until_ms, "receipt",
			      a->receipt);

	if (j != NULL && a->letter_ms != 0)
		(void)json_object_set_new(j, "letter_ms", json_integer(a->letter_ms));
	if (j != NULL && a->supervisor[0] != '\0')
		(void)json_object_set_new(j, "supervisor", json_string(a->supervisor));
	return j;
}

char *counter_json(const struct counter_job *j)
{
	json_t *app = app_json(&j->app, &j->card), *findings = json_array();
	struct counter_result r;
	char *text = NULL;
	bool good = app != NULL && findings != NULL;

	counter_judge(j, &r);
	good = good && (!r.asked[ACT_RESET] || put_findings(findings, &r.of[ACT_RESET], "reset"));
	good = good && (!r.asked[ACT_CHANGE] || put_findings(findings, &r.of[ACT_CHANGE], "change"));
	if (good && json_object_set(app, "findings", findings) == 0 &&
	    json_object_set_new(app, "facts", sheet_facts_json(&j->sheet)) == 0 &&
	    json_object_set_new(app, "documents", sheet_documents_json(&j->sheet)) == 0)
		text = json_dumps(app, JSON_COMPACT);
	json_decref(app);
	json_decref(findings);
	return text;
}

/* --- one application --- */

rp_code counter_check_card(struct store_tx *tx, struct counter_job *j, struct rp_error *err)
{
	rp_code rc = card_load(tx, j->app.card_id, &j->card, err);

	if (rc == RP_OK)
		rc = by_not_own(tx, j->desk.op.name, j->app.card_id, err);
	if (rc == RP_OK)
		rc = card_active(&j->card, err);
	return rc == RP_OK ? stops_check(tx, "counter", j->card.profile, j->desk.peer.grp, err) : rc;
}

rp_code counter_begin(struct store_tx *tx, struct counter_job *j, struct rp_error *err)
{
	bool found = false;
	rp_code rc = desk_open(tx, j->who, &j->desk, err);

	j->app = (struct row_application){0};
	/* No name of ours is longer than its field. */
	if (rc == RP_OK && text_put(j->app.id, sizeof j->app.id, j->id, NULL) == RP_OK)
		rc = store_get(tx, ST_APPLICATION_GET, &j->app, &found, err);
	/* Another office's is answered like none: a name of it tells nothing. */
	if (rc == RP_OK && (!found || strcmp(j->app.office, j->desk.office->id) != 0))
		rc = rp_refuse(err, RP_PROBLEM_NOT_FOUND, "this office has no such application");
	if (rc == RP_OK)
		rc = counter_check_card(tx, j, err);
	return rc == RP_OK ? sheet_load(&j->app, &j->sheet, err) : rc;
}

rp_code counter_step(struct counter_job *j, struct store_tx *tx, enum apply_event event, struct rp_error *err)
{
	struct row_application *a = &j->app;
	const enum apply_state next = apply_next(apply_state_from_word(a->state), event);

	if (next == APPLY_STATES_N || store_now(tx) >= a->until_ms)
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "it is %s",
				 next == APPLY_STATES_N ? a->state : "expired");
	a->changed_ms = store_now(tx);
	return text_put(a->state, sizeof a->state, apply_state_word(next), err);
}

rp_code counter_log(struct counter_job *j, struct store_tx *tx, const char *act, const char *reason,
		    struct rp_error *err)
{
	char receipt[ROW_ID];
	const struct log_act a = {.act = act,
				  .card_id = j->app.card_id,
				  .case_id = j->app.id,
				  .door = "counter",
				  .terminal = j->desk.peer.name,
				  .operator_name = j->desk.op.name,
				  .outcome = j->app.state,
				  .reason = reason};

	return log_entry(tx, &a, j->app.receipt[0] == '\0' ? j->app.receipt : receipt, err);
}

rp_code counter_write(struct counter_job *j, struct store_tx *tx, const char *act, const char *reason,
		      struct rp_error *err)
{
	struct counter_result r;
	rp_code rc;

	counter_judge(j, &r);
	rc = text_put(j->app.verdict, sizeof j->app.verdict, document_verdict_word(r.verdict), err);
	if (rc == RP_OK && act != NULL)
		rc = counter_log(j, tx, act, reason, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_APPLICATION_PUT, &j->app, NULL, err);
	return rc == RP_OK ? idem_done(tx, &j->idem, RP_PROBLEM_NONE, "{}", err) : rc;
}

/* Whose card it is: the card is locked before anything is read that counts. */
struct find {
	struct row_application *app;
	bool found;
};

static rp_code find_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct find *f = arg;

	return store_get(tx, ST_APPLICATION_GET, f->app, &f->found, err);
}

rp_code counter_card_id(issuer *i, const char *id, uint8_t ret[CARD_ID_LEN], struct rp_error *err)
{
	const struct store_opts o = {.read_only = true};
	RP_AUTO(counter_freep) struct row_application *app = calloc(1, sizeof *app);
	struct find f = {.app = app};
	rp_code rc = RP_OK;

	if (app == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	if (text_put(app->id, sizeof app->id, id, NULL) == RP_OK)
		rc = issuer_work(i, &o, find_work, &f, err);
	if (rc == RP_OK && f.found)
		memcpy(ret, app->card_id, CARD_ID_LEN);
	return rc;
}

rp_code counter_work(struct counter_job *j, const char *key, const char *what, const struct hash_part *parts,
		     size_t n, store_work_fn *work, void *arg, char **ret_json, struct rp_error *err)
{
	uint8_t card_id[CARD_ID_LEN] = {0};
	struct store_opts o = {.card_id = card_id, .idempotency_key = j->idem.key};
	struct hash_part all[8] = {{j->id, strlen(j->id)},
				   {j->who->session, j->who->session != NULL ? 32 : 0}};
	rp_code rc = desk_needed(j->who, err);

	if (rc == RP_OK)
		rc = counter_card_id(j->i, j->id, card_id, err);
	for (size_t k = 0; k < n; k++)
		all[2 + k] = parts[k];
	if (rc == RP_OK && key != NULL)
		rc = idem_name(j->i, key, card_id, what, all, n + 2, &j->idem, err);
	if (key == NULL)
		o = (struct store_opts){.read_only = true};
	if (rc == RP_OK)
		rc = issuer_work(j->i, &o, work, arg, err);
	if (rc != RP_OK)
		return rc;
	*ret_json = counter_json(j);
	return *ret_json != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
}

void counter_ask(struct counter_job *j, issuer *i, const struct issuer_peer *who, const char *id)
{
	j->i = i;
	j->who = who;
	j->id = id;
}

static rp_code show_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	return counter_begin(tx, arg, err);
}

rp_code counter_show(issuer *i, const struct issuer_peer *who, const char *id, char **ret_json,
		     struct rp_error *err)
{
	RP_AUTO(counter_freep) struct counter_job *j = calloc(1, sizeof *j);

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	counter_ask(j, i, who, id);
	return counter_work(j, NULL, "", NULL, 0, show_work, j, ret_json, err);
}

/* --- the sheet --- */

struct fill {
	struct counter_job j; /* first */
	const struct counter_sheet *s;
};

static rp_code fill_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct fill *f = arg;
	rp_code rc = counter_begin(tx, &f->j, err);

	if (rc == RP_OK)
		rc = idem_look(tx, &f->j.idem, err);
	if (rc != RP_OK || f->j.idem.found)
		return rc;
	rc = counter_step(&f->j, tx, APPLY_EV_SHEET, err);
	if (rc == RP_OK)
		rc = sheet_put(f->s, &f->j.app, err);
	if (rc == RP_OK)
		rc = sheet_load(&f->j.app, &f->j.sheet, err);
	/* Not logged: it decides nothing, and is entered again with each document. */
	return rc == RP_OK ? counter_write(&f->j, tx, NULL, NULL, err) : rc;
}

rp_code counter_sheet(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		      const struct counter_sheet *s, char **ret_json, struct rp_error *err)
{
	RP_AUTO(counter_freep) struct fill *f = calloc(1, sizeof *f);
	struct hash_part parts[2];
	rp_code rc;

	if (f == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	counter_ask(&f->j, i, who, id);
	f->s = s;
	rc = sheet_put(s, &f->j.room, err);
	if (rc != RP_OK)
		return rc;
	parts[0] = (struct hash_part){f->j.room.facts, strlen(f->j.room.facts)};
	parts[1] = (struct hash_part){f->j.room.shown, strlen(f->j.room.shown)};
	return counter_work(&f->j, key, "sheet", parts, 2, fill_work, f, ret_json, err);
}

/* --- all of an office --- */

static void json_freep(json_t **j)
{
	json_decref(*j);
}

struct listing {
	const struct issuer_peer *who;
	struct row_application *row;
	json_t *list;
};

static rp_code keep_app(void *arg, const void *row, struct rp_error *err)
{
	const struct row_application *a = row;
	json_t *one = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:I}", "id", a->id, "state", a->state, "visit",
				a->visit, "applicant", a->applicant, "clerk", a->clerk, "wishes",
				wishes_json(a->wishes), "opened_ms", (json_int_t)a->opened_ms);

	return json_array_append_new(arg, one) == 0
		       ? RP_OK
		       : rp_fail(err, RP_E_NO_MEMORY, "no memory for the applications");
}

static rp_code list_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct listing *l = arg;
	struct desk desk;
	rp_code rc = desk_open(tx, l->who, &desk, err);

	(void)json_array_clear(l->list);
	if (rc == RP_OK)
		rc = text_put(l->row->office, sizeof l->row->office, desk.office->id, err);
	return rc == RP_OK ? store_each(tx, ST_APPLICATION_OF, l->row, keep_app, l->list, err) : rc;
}

rp_code counter_list(issuer *i, const struct issuer_peer *who, char **ret_json, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *list = json_array();
	RP_AUTO(counter_freep) struct row_application *row = calloc(1, sizeof *row);
	struct listing l = {.who = who, .row = row, .list = list};
	const struct store_opts o = {.read_only = true};
	RP_AUTO(json_freep) json_t *all = NULL;
	rp_code rc = list != NULL && row != NULL
			     ? issuer_work(i, &o, list_work, &l, err)
			     : rp_fail(err, RP_E_NO_MEMORY, "no memory for the applications");
	RP_AUTO(text_freep) char *text = NULL;

	if (rc != RP_OK)
		return rc;
	all = json_pack("{s:O}", "applications", list);
	text = all != NULL ? json_dumps(all, JSON_COMPACT) : NULL;
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the applications");
	*ret_json = text;
	text = NULL;
	return RP_OK;
}
