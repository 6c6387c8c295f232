/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new PIN because the card's issuer allows it: at a kiosk with a reservation, by the user code, or for a
 * case that a counter or help desk has opened; and a new user code.
 */
#include "cli/phone.h"

#include "base/hash.h"
#include "base/secret.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ONE_TIME_CHARS 10

/* --- what is at stake, and what is asked --- */

static void say_code_stakes(const struct reset_plan *p)
{
	if (p->stake.tries_left != RP_TRIES_UNKNOWN)
		out_parf(OUT_TALK, 0,
			 ngettext("The user code: %d of %d tries is left at the issuer.",
				  "The user code: %d of %d tries are left at the issuer.",
				  (unsigned long)p->stake.tries_left),
			 p->stake.tries_left, p->stake.tries_max);
	out_para(OUT_TALK, 0,
		 _("Three wrong entries in a row block the code, never the card. Capital and small letters "
		   "are "
		   "different ones; a right entry sets the count back."));
	out_gap(OUT_TALK);
}

static void say_plan(struct job *j, const struct reset_plan *p)
{
	char left[64];

	if (p->case_id[0] != '\0' && p->left_s >= 0) {
		issuer_left_text(p->left_s, left, sizeof left);
		out_parf(OUT_TALK, 0, _("Case: %s. Time left: %s."), p->case_id, left);
	} else if (p->case_id[0] != '\0') {
		out_parf(OUT_TALK, 0, _("Case: %s"), p->case_id);
	}
	out_parf(OUT_TALK, 0, _("To be set: %s"), words_pin(j->facts.profile, j->slot));
	if (p->secret == SECRET_USER_CODE)
		say_code_stakes(p);
	else if (p->stake.slot != RP_SLOT_NONE)
		job_say_stakes(j, p->stake.slot, facts_pin(&j->facts, p->stake.slot));
	else if (p->secret == SECRET_RESPONSE)
		out_para(OUT_TALK, 0,
			 _("Three wrong one-time codes make it useless; the PIN's own tries are not "
			   "touched."));
}

/* The check character finds a slip before the issuer counts it. */
static rp_code read_one_time(struct job *j, rp_secret **ret, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *text = NULL;
	char code[ONE_TIME_CHARS + 2] = "";
	bool good;
	rp_code rc = ask_plain(j, SECRET_RESPONSE, _("Enter the one-time code:"), false, &typed, t);

	if (rc == RP_OK)
		rc = rp_secret_new(rp_secret_len(typed) + 1, &text, &t->err);
	if (rc != RP_OK)
		return rc;
	/* code32_read takes a text that ends with NUL, which no entry holds. */
	good = memchr(rp_secret_bytes(typed), '\0', rp_secret_len(typed)) == NULL &&
	       rp_secret_append(text, rp_secret_bytes(typed), rp_secret_len(typed)) &&
	       rp_secret_push(text, '\0') &&
	       code32_read((const char *)rp_secret_bytes(text), ONE_TIME_CHARS, code);
	rc = good ? rp_secret_from(code, ONE_TIME_CHARS + 1, ret, &t->err)
		  : trouble_say(
			    t, RP_E_INPUT_CHARS,
			    _("Compare it with the paper, character by character. Nothing was sent."),
			    _("This is no one-time code of the issuer: it has 11 letters and digits, and the "
			      "last one checks the others."));
	rp_wipe(code, sizeof code);
	if (!good)
		(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(SECRET_RESPONSE));
	return rc;
}

static rp_code ask_one_time(struct job *j, struct trouble *t)
{
	for (unsigned round = 0;; round++) {
		rp_code rc = read_one_time(j, &j->first, t);

		if (rc == RP_OK || !ask_again(j, t, rc, round))
			return rc;
	}
}

static rp_code ask_all(struct job *j, const struct reset_plan *p, struct trouble *t)
{
	rp_code rc = RP_OK;

	if (p->stake.slot != RP_SLOT_NONE)
		rc = job_consent(j, &p->stake, t);
	if (rc == RP_E_LAST_TRY)
		t->err.spent_at_issuer = p->at_issuer;
	if (rc == RP_OK && p->secret == SECRET_RESPONSE)
		rc = ask_one_time(j, t);
	else if (rc == RP_OK && p->secret != SECRETS_N)
		rc = ask_first(j, p->secret, p->stake.slot, t);
	return rc == RP_OK ? ask_fresh(j, t) : rc;
}

/* --- the job --- */

static rp_code run(struct job *j, struct issuer_link *l, const struct reset_plan *p,
		   struct rp_reset_done *ret, struct trouble *t)
{
	const rp_secret *current = p->other != RP_SLOT_NONE ? j->first : NULL;
	const struct rp_evidence e = {
		.door = doors_word(p->door),
		.case_id = p->case_id[0] != '\0' ? p->case_id : NULL,
		.user_code = p->secret == SECRET_USER_CODE ? j->first : NULL,
		.one_time = p->secret == SECRET_RESPONSE ? j->first : NULL,
		.new_code = p->door == DOORS_USER_CODE_RESET ? j->fresh : NULL,
	};

	j->todo.slot = p->card_slot;
	l->proves = current != NULL;
	if (p->door == DOORS_USER_CODE_RESET)
		return rp_issuer_code(j->card, &l->port, &j->todo, current, &e, ret->receipt, &t->err);
	return rp_issuer_reset(j->card, &l->port, &j->todo, p->other, current, j->fresh, &e, ret, &t->err);
}

/* The issuer tells whether this entry was the one that blocked it; else what was known before does. */
static void find_spent(const struct reset_plan *p, struct rp_error *e)
{
	if (e->problem == RP_PROBLEM_CODE_BLOCKED && e->spent_at_issuer &&
	    e->tries_spent == RP_SPENT_UNKNOWN && p->at_issuer && p->stake.tries_left == 1)
		e->tries_spent = 1;
}

static const char *unreported(void)
{
	return _("The card has the new PIN, but the issuer could not be told. It learns it when the card is "
		 "next "
		 "shown to it; nothing is left to do.");
}

static const char *code_done(void)
{
	return _("Done. The new user code is valid from now on. The card's PIN is as it was.");
}

static rp_code done_json(struct job *j, const struct reset_plan *p, const struct rp_reset_done *done,
			 struct trouble *t)
{
	json_t *o = p->door == DOORS_USER_CODE_RESET
			    ? json_pack("{s:s, s:b, s:i, s:[], s:o}", "slot", rp_slot_word(j->slot), "done",
					1, "tries_spent", 0, "warnings", "message", json_text(code_done()))
			    : job_json(j, &done->done);

	/* Without memory for one of them the object is incomplete, and json_show is not given it. */
	if (json_object_set_new(o, "door", json_string(doors_word(p->door))) != 0 ||
	    json_object_set_new(o, "case", json_text(done->case_id)) != 0 ||
	    json_object_set_new(o, "receipt", json_text(done->receipt)) != 0 ||
	    json_object_set_new(o, "reported", json_boolean(done->reported)) != 0 ||
	    (!done->reported &&
	     json_array_append_new(json_object_get(o, "warnings"), json_text(unreported())) != 0)) {
		json_decref(o);
		o = NULL;
	}
	return json_show(o, t);
}

rp_code reset_done(struct job *j, const struct reset_plan *p, const struct rp_reset_done *done,
		   struct trouble *t)
{
	rp_code rc = RP_OK;

	if (j->a->o.json)
		return done_json(j, p, done, t);
	if (p->door == DOORS_USER_CODE_RESET)
		out_para(OUT_RESULT, 0, code_done());
	else
		rc = job_done(j, &done->done, t);
	if (rc == RP_OK)
		out_parf(OUT_RESULT, 0, _("Receipt: %s"), done->receipt);
	if (rc == RP_OK && !done->reported)
		out_parf(OUT_ERROR, 0, "repin: %s", unreported());
	return rc;
}

/* What the issuer knows of this card; it tells nothing of one without a MAC. */
static rp_code look(struct job *j, const struct issuer_link *l, struct rp_issuer_facts *ret,
		    const struct rp_issuer_facts **ret_told, struct trouble *t)
{
	const rp_slot slot = j->slot == RP_SLOT_USER_CODE ? RP_SLOT_PIN : j->slot;
	rp_code rc;

	*ret_told = NULL;
	if (strcmp(j->facts.profile, "gids") == 0)
		return RP_OK;
	rc = rp_issuer_look(j->card, &l->port, slot, &j->facts, ret, &t->err);
	if (rc != RP_OK)
		return issuer_failed(j, rc, SECRETS_N, t);
	issuer_say_settled(ret);
	*ret_told = ret;
	return RP_OK;
}

static rp_code reset(struct job *j, struct trouble *t)
{
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	struct rp_issuer_facts facts = {0};
	const struct rp_issuer_facts *told;
	struct reset_plan p = {0};
	struct rp_reset_done result = {.reported = true};
	rp_code rc = issuer_connect(j->a, 0, &l, t);

	if (rc != RP_OK)
		return job_failed(j, rc, t);
	rc = look(j, &l, &facts, &told, t);
	if (rc == RP_OK)
		rc = reset_plan(j, told, &p, t);
	if (rc != RP_OK)
		return rc;
	say_plan(j, &p);
	rc = ask_all(j, &p, t);
	if (rc != RP_OK)
		return job_failed(j, rc, t);
	rc = run(j, &l, &p, &result, t);
	if (rc == RP_OK)
		return reset_done(j, &p, &result, t);
	find_spent(&p, &t->err);
	return issuer_failed(j, rc, p.secret, t);
}

rp_code cmd_reset(struct app *a, struct trouble *t)
{
	RP_AUTO(job_free) struct job j = {.a = a, .deed = DEED_RESET, .tty = -1};
	rp_code rc = job_open(&j, t);

	if (rc == RP_OK && a->o.device_key != NULL)
		return phone_reset(&j, t);
	if (rc == RP_OK)
		rc = reset_may(&j, t);
	return rc == RP_OK ? reset(&j, t) : rc;
}
