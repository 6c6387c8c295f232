/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided on applications: by the clerk, by the second person, by the holder's answer to a letter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "issuer/counter_in.h"
#include "issuer/sources.h"

/* Is the office a member of the list with commas? */
static bool asks_for_two(const issuer *i, const char *office)
{
	const size_t len = strlen(office);

	for (const char *at = i->four_eyes; *at != '\0';) {
		const size_t n = strcspn(at, ",");

		if (n == len && strncmp(at, office, len) == 0)
			return true;
		at += n + (at[n] == ',' ? 1 : 0);
	}
	return false;
}

/* A letter is printed again, when its answer was lost on the way to the desk, but not the day after. */
#define LETTER_AGAIN_MS (10 * MINUTE_MS)

static bool enough(enum document_verdict v)
{
	return v == VERDICT_ENOUGH || v == VERDICT_CLERK;
}

/* One case for each PIN that is to be reset; a change is between the card and who knows its PIN. */
static rp_code make_cases(struct counter_job *j, struct store_tx *tx, struct rp_error *err)
{
	struct counter_wish wishes[COUNTER_WISHES_MAX];
	char by[ROW_TEXT];
	struct people_case p = {.card = &j->card,
				.peer = &j->desk.peer,
				.op = &j->desk.op,
				.door = DOORS_COUNTER,
				.reason = j->app.reason,
				.cause = j->app.cause,
				.identified_by = by};
	size_t n = 0, at = 0;

	(void)snprintf(by, sizeof by, "application %s", j->app.id);
	if (!wishes_read(j->app.wishes, wishes, &n))
		return rp_fail(err, RP_E_STORE, "the wishes of an application cannot be read");
	j->app.cases[0] = '\0';
	for (size_t k = 0; k < n; k++) {
		struct row_case c;
		rp_code rc;

		if (wishes[k].act != ACT_RESET)
			continue;
		p.slot = wishes[k].slot;
		rc = people_case_open(tx, &p, &c, err);
		if (rc != RP_OK)
			return rc;
		at += (size_t)snprintf(j->app.cases + at, sizeof j->app.cases - at, "%s%s", at > 0 ? "," : "",
				       c.id);
	}
	return RP_OK;
}

/* --- the clerk --- */

struct deciding {
	struct counter_job j; /* first */
	enum counter_decision what;
	const char *reason;
};

static rp_code accept(struct deciding *d, struct store_tx *tx, struct rp_error *err)
{
	struct counter_job *j = &d->j;
	const bool two = j->desk.office->rules->second_clerk || asks_for_two(j->i, j->desk.office->id);
	struct counter_result r;
	rp_code rc;

	rc = counter_step(j, tx, two ? APPLY_EV_ASK : APPLY_EV_ACCEPT, err);
	if (rc != RP_OK)
		return rc;
	/* Judged again now, whatever the page showed: documents end at midnight. */
	counter_judge(j, &r);
	if (!enough(r.verdict))
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the documents are %s",
				 document_verdict_word(r.verdict));
	return two ? RP_OK : make_cases(j, tx, err);
}

static rp_code decide_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct deciding *d = arg;
	struct row_application *a = &d->j.app;
	rp_code rc = counter_begin(tx, &d->j, err);

	if (rc == RP_OK)
		rc = idem_look(tx, &d->j.idem, err);
	if (rc != RP_OK || d->j.idem.found)
		return rc;
	rc = text_put(a->reason, sizeof a->reason, d->reason, err);
	if (rc == RP_OK)
		rc = text_put(a->clerk, sizeof a->clerk, d->j.desk.op.name, err);
	if (rc == RP_OK && d->what == COUNTER_ACCEPT)
		rc = accept(d, tx, err);
	else if (rc == RP_OK)
		rc = counter_step(&d->j, tx, d->what == COUNTER_REFUSE ? APPLY_EV_REFUSE : APPLY_EV_CANCEL,
				  err);
	return rc == RP_OK ? counter_write(&d->j, tx, "application", d->reason, err) : rc;
}

rp_code counter_decide(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		       enum counter_decision what, const char *reason, char **ret_json, struct rp_error *err)
{
	RP_AUTO(counter_freep) struct deciding *d = calloc(1, sizeof *d);
	const struct hash_part parts[] = {{&what, sizeof what}, {reason, strlen(reason)}};

	if (reason[0] == '\0' || strlen(reason) >= ROW_TEXT)
		return rp_refuse(err, RP_PROBLEM_MALFORMED,
				 "a decision needs its reason, of up to 255 bytes");
	if (d == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	counter_ask(&d->j, i, who, id);
	d->what = what;
	d->reason = reason;
	return counter_work(&d->j, key, "application-decide", parts, 2, decide_work, d, ret_json, err);
}

/* --- the second person --- */

struct agreeing {
	struct counter_job j; /* first */
	bool agreed;
};

static rp_code agree(struct agreeing *w, struct store_tx *tx, struct rp_error *err)
{
	struct counter_job *j = &w->j;
	struct counter_result r;
	rp_code rc;

	if (!w->agreed)
		return counter_step(j, tx, APPLY_EV_RETURN, err);
	rc = counter_step(j, tx, APPLY_EV_AGREE, err);
	if (rc != RP_OK)
		return rc;
	counter_judge(j, &r);
	if (!enough(r.verdict))
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the documents are %s",
				 document_verdict_word(r.verdict));
	return make_cases(j, tx, err);
}

static rp_code agree_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct agreeing *w = arg;
	struct row_application *a = &w->j.app;
	rp_code rc = counter_begin(tx, &w->j, err);

	if (rc == RP_OK)
		rc = idem_look(tx, &w->j.idem, err);
	if (rc != RP_OK || w->j.idem.found)
		return rc;
	if (strcmp(a->clerk, w->j.desk.op.name) == 0)
		return rp_refuse(err, RP_PROBLEM_FOUR_EYES, "the person who decided does not agree to it");
	rc = agree(w, tx, err);
	if (rc == RP_OK)
		rc = text_put(a->approver, sizeof a->approver, w->j.desk.op.name, err);
	return rc == RP_OK ? counter_write(&w->j, tx, "application", w->agreed ? "agreed" : "not agreed", err)
			   : rc;
}

rp_code counter_agree(issuer *i, const struct issuer_peer *who, const char *key, const char *id, bool agreed,
		      char **ret_json, struct rp_error *err)
{
	RP_AUTO(counter_freep) struct agreeing *w = calloc(1, sizeof *w);
	const struct hash_part parts[] = {{&agreed, sizeof agreed}};

	if (w == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	counter_ask(&w->j, i, who, id);
	w->agreed = agreed;
	return counter_work(&w->j, key, "application-agree", parts, 1, agree_work, w, ret_json, err);
}

/* --- the letter to the holder --- */

struct lettering {
	struct counter_job j; /* first */
	struct row_one_time_code code;
	char holders_code[16];
};

static bool waits_for_answer(const struct row_application *a)
{
	return strcmp(a->state, apply_state_word(APPLY_LETTER)) == 0 && a->answer_ms == 0;
}

static rp_code put_code(struct lettering *w, struct store_tx *tx, struct rp_error *err)
{
	struct row_one_time_code row = w->code;
	rp_code rc = text_put(row.purpose, sizeof row.purpose, OTC_FOR_AGENT, err);

	row.issued_ms = store_now(tx);
	row.until_ms = w->j.app.until_ms;
	if (rc == RP_OK)
		rc = text_put(row.case_id, sizeof row.case_id, w->j.app.id, err);
	return rc == RP_OK ? store_run(tx, ST_OTC_PUT, &row, NULL, err) : rc;
}

static rp_code letter_new(struct lettering *w, struct store_tx *tx, struct rp_error *err)
{
	struct row_application *a = &w->j.app;
	struct counter_result r;
	rp_code rc;

	counter_judge(&w->j, &r);
	if (r.verdict != VERDICT_LETTER)
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "no letter is due: the documents are %s",
				 document_verdict_word(r.verdict));
	rc = counter_step(&w->j, tx, APPLY_EV_SEND, err);
	if (rc != RP_OK)
		return rc;
	a->letter_ms = store_now(tx);
	a->until_ms = a->letter_ms + LETTER_LIVES_MS;
	rc = put_code(w, tx, err);
	if (rc == RP_OK)
		rc = counter_write(&w->j, tx, "application-letter", "", err);
	return rc == RP_OK ? notice_put(tx, &w->j.card, "code", RP_SLOT_NONE, "counter", a->receipt, err)
			   : rc;
}

static rp_code letter_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct lettering *w = arg;
	rp_code rc = counter_begin(tx, &w->j, err);

	if (rc == RP_OK)
		rc = idem_look(tx, &w->j.idem, err);
	if (rc != RP_OK)
		return rc;
	if (!w->j.idem.found)
		return letter_new(w, tx, err);
	/* The code is kept nowhere: whoever asks again gets another one in its place, and the log says so. */
	if (!waits_for_answer(&w->j.app) || store_now(tx) >= w->j.app.letter_ms + LETTER_AGAIN_MS)
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "the letter has gone");
	rc = put_code(w, tx, err);
	return rc == RP_OK ? counter_log(&w->j, tx, "application-letter", "printed again", err) : rc;
}

rp_code counter_letter(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		       char ret_code[16], char **ret_json, struct rp_error *err)
{
	RP_AUTO(counter_freep) struct lettering *w = calloc(1, sizeof *w);
	uint8_t card_id[CARD_ID_LEN] = {0};
	char *shown = NULL;
	rp_code rc;

	if (w == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	counter_ask(&w->j, i, who, id);
	/* Whose card it is, for the code's MAC; and nobody without a desk takes a place. */
	rc = counter_show(i, who, id, &shown, err);
	free(shown);
	if (rc == RP_OK && !place_take(i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "all places for codes are taken");
	if (rc != RP_OK)
		return rc;
	rc = counter_card_id(i, id, card_id, err);
	if (rc == RP_OK)
		rc = code_make_one_time(i, card_id, w->holders_code, &w->code, err);
	place_give(i);
	if (rc == RP_OK)
		rc = counter_work(&w->j, key, "application-letter", NULL, 0, letter_work, w, ret_json, err);
	if (rc == RP_OK)
		memcpy(ret_code, w->holders_code, sizeof w->holders_code);
	rp_wipe(w->holders_code, sizeof w->holders_code);
	return rc;
}

/* --- the answer --- */

struct answering {
	struct counter_job j; /* first */
	rp_secret *typed;
	struct row_one_time_code code; /* as it is now */
	uint8_t mac[32];	       /* of the one that was counted, and is compared */
	bool compared, right;
	enum rp_problem refused;
	int tries_left;
};

static rp_code load_code(struct answering *w, struct store_tx *tx, bool *ret_found, struct rp_error *err)
{
	struct row_one_time_code row = {0};
	rp_code rc = text_put(row.purpose, sizeof row.purpose, OTC_FOR_AGENT, err);

	memcpy(row.card_id, w->j.app.card_id, sizeof row.card_id);
	memcpy(row.case_id, w->j.app.id, sizeof row.case_id);
	if (rc == RP_OK)
		rc = store_get(tx, ST_OTC_GET, &row, ret_found, err);
	w->code = row;
	return rc;
}

static rp_code may_answer(struct answering *w, struct store_tx *tx, struct rp_error *err)
{
	const struct desk *d = &w->j.desk;
	const struct hours_state h = office_open_at(d->office, d->local);
	bool found = false;
	rp_code rc;

	if (!waits_for_answer(&w->j.app))
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "no answer is waited for");
	if (date_compare(counter_local(w->j.app.letter_ms).date, d->local.date) >= 0)
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "%s",
				 document_rules[RULE_AGENT_SAME_DAY].text);
	if (!h.open)
		return rp_refuse(err, RP_PROBLEM_OFFICE_CLOSED, "%s", hours_reason_text(h.reason));
	rc = load_code(w, tx, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_refuse(err, RP_PROBLEM_CODE_MISSING, "%s", "");
	if (rc == RP_OK && w->code.until_ms <= store_now(tx))
		rc = rp_refuse(err, RP_PROBLEM_CODE_EXPIRED, "%s", "");
	if (rc == RP_OK && w->code.tries_left <= 0)
		rc = rp_refuse(err, RP_PROBLEM_CODE_BLOCKED, "%s", "");
	return rc;
}

/* What the same request came to before: its try was spent then, and stays so. */
static rp_code again(struct answering *w)
{
	json_t *result = json_loads(w->j.idem.result, 0, NULL);

	w->refused = w->j.idem.problem;
	w->tries_left = (int)json_integer_value(json_object_get(result, "tries"));
	json_decref(result);
	w->compared = true;
	return RP_OK;
}

/* Counted and committed before anything is compared. */
static rp_code count_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct answering *w = arg;
	bool counted = false;
	rp_code rc = counter_begin(tx, &w->j, err);

	w->compared = false;
	w->refused = RP_PROBLEM_NONE;
	if (rc == RP_OK)
		rc = idem_look(tx, &w->j.idem, err);
	if (rc != RP_OK)
		return rc;
	if (w->j.idem.found && !w->j.idem.pending)
		return again(w);
	if (w->j.idem.pending)
		return load_code(w, tx, &counted, err);
	rc = may_answer(w, tx, err);
	if (rc == RP_OK)
		rc = store_get(tx, ST_OTC_COUNT, &w->code, &counted, err);
	if (rc == RP_OK && !counted)
		rc = rp_refuse(err, RP_PROBLEM_CODE_BLOCKED, "%s", "");
	return rc == RP_OK ? idem_pending(tx, &w->j.idem, err) : rc;
}

static rp_code say_wrong(struct answering *w, struct store_tx *tx, int64_t left, struct rp_error *err)
{
	char receipt[ROW_ID];
	const struct log_act a = {.act = "application-answer",
				  .card_id = w->j.app.card_id,
				  .case_id = w->j.app.id,
				  .door = "counter",
				  .terminal = w->j.desk.peer.name,
				  .operator_name = w->j.desk.op.name,
				  .outcome = left > 0 ? "code-wrong" : "code-blocked"};
	char result[32];
	rp_code rc = log_entry(tx, &a, receipt, err);

	(void)snprintf(result, sizeof result, "{\"tries\":%d}", (int)(left > 0 ? left : 0));
	w->refused = left > 0 ? RP_PROBLEM_CODE_WRONG : RP_PROBLEM_CODE_BLOCKED;
	w->tries_left = (int)(left > 0 ? left : 0);
	return rc == RP_OK ? idem_done(tx, &w->j.idem, w->refused, result, err) : rc;
}

static rp_code result_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct answering *w = arg;
	bool found = false;
	rp_code rc = counter_begin(tx, &w->j, err);

	if (rc == RP_OK)
		rc = idem_look(tx, &w->j.idem, err);
	if (rc == RP_OK && !w->j.idem.pending)
		return again(w);
	if (rc == RP_OK)
		rc = load_code(w, tx, &found, err);
	if (rc == RP_OK && !waits_for_answer(&w->j.app))
		rc = rp_refuse(err, RP_PROBLEM_CASE_STATE, "no answer is waited for");
	if (rc != RP_OK)
		return rc;
	/* Another letter may have gone out meanwhile: its code is another. */
	if (!w->right || !found || !hash_equal(w->mac, w->code.mac, sizeof w->mac))
		return say_wrong(w, tx, found ? w->code.tries_left : 0, err);
	w->j.app.answer_ms = store_now(tx);
	/* From here on it is a visit like others, and lives as long. */
	w->j.app.until_ms = store_now(tx) + case_lives_ms(DOORS_COUNTER);
	rc = store_run(tx, ST_OTC_END, &w->code, NULL, err);
	return rc == RP_OK ? counter_write(&w->j, tx, "application-answer", "", err) : rc;
}

static rp_code answer(struct answering *w, const char *key, char **ret_json, struct rp_error *err)
{
	uint8_t mac[32], card_id[CARD_ID_LEN];
	const struct store_opts o = {.card_id = card_id};
	rp_code rc = counter_work(&w->j, key, "application-answer",
				  &(struct hash_part){rp_secret_bytes(w->typed), rp_secret_len(w->typed)}, 1,
				  count_work, w, ret_json, err);

	if (rc != RP_OK || w->compared)
		return rc;
	memcpy(w->mac, w->code.mac, sizeof w->mac);
	memcpy(card_id, w->j.app.card_id, sizeof card_id);
	rc = code_mac(w->j.i, CODE_ONE_TIME, (unsigned)w->code.version, card_id, w->code.salt, w->typed, mac,
		      err);
	w->right = rc == RP_OK && hash_equal(mac, w->mac, sizeof mac);
	if (rc == RP_OK)
		rc = issuer_work(w->j.i, &o, result_work, w, err);
	free(*ret_json);
	*ret_json = rc == RP_OK ? counter_json(&w->j) : NULL;
	return rc;
}

rp_code counter_answer(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		       const rp_secret *code, char **ret_json, struct rp_error *err)
{
	RP_AUTO(counter_freep) struct answering *w = calloc(1, sizeof *w);
	char *json = NULL;
	rp_code rc;

	if (w == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an application");
	counter_ask(&w->j, i, who, id);
	rc = desk_needed(who, err);
	if (rc == RP_OK)
		rc = code_typed_one_time(code, &w->typed, err);
	if (rc != RP_OK)
		return rc;
	if (place_take(i)) {
		rc = answer(w, key, &json, err);
		place_give(i);
	} else {
		rc = rp_refuse(err, RP_PROBLEM_BUSY, "all places for codes are taken; nothing was counted");
	}
	rp_secret_free(w->typed);
	if (rc == RP_OK && w->refused != RP_PROBLEM_NONE) {
		sources_wrong(i->sources, who, clock_ms());
		rc = rp_refuse(err, w->refused, "%s", "");
		if (err != NULL) {
			err->tries_left = w->tries_left;
			err->tries_spent = 1;
			err->spent_at_issuer = true;
		}
	}
	if (rc != RP_OK) {
		free(json);
		return rc;
	}
	*ret_json = json;
	return RP_OK;
}
