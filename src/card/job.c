/* SPDX-License-Identifier: Apache-2.0 */
#include "card/job.h"

#include "base/log.h"
#include "card/facts.h"
#include "card/identify.h"
#include "card/pinpad.h"

#include <string.h>

/* --- reading --- */

static bool any_verified(const struct rp_card_facts *f)
{
	for (size_t i = 0; i < f->n_pins; i++)
		if (f->pins[i].verified)
			return true;
	return false;
}

static rp_code read_pins(struct session *s, unsigned what, struct rp_card_facts *f, struct rp_error *err)
{
	rp_code rc = pin_status_all(s, (what & JOB_READ_HIDDEN) != 0, f, err);

	if (rc != RP_OK || (what & JOB_READ_FOR_JOB) == 0 || !any_verified(f))
		return rc;
	/* Someone's login hides the tries, and a job must know them: the card is reset. */
	rc = session_reset(s, err);
	return rc == RP_OK ? pin_status_all(s, (what & JOB_READ_HIDDEN) != 0, f, err) : rc;
}

static rp_code read_all(struct session *s, unsigned what, struct rp_card_facts *f, struct rp_error *err)
{
	const unsigned start = s->apdus;
	rp_code rc = identify_card(s, err);

	if (rc == RP_OK && (what & JOB_READ_PINS) != 0)
		rc = read_pins(s, what, f, err);
	f->apdus_pins = s->apdus - start;
	if (rc == RP_OK && (what & JOB_READ_CARD) != 0)
		rc = facts_card(s, f, err);
	f->apdus_card = s->apdus - start - f->apdus_pins;
	return rc;
}

rp_code job_read(struct session *s, unsigned what, struct rp_card_facts *ret, struct rp_error *err)
{
	struct rp_card_facts f = {0};
	rp_code rc = session_begin(s, err);

	if (rc != RP_OK)
		return rc;
	rc = read_all(s, what, &f, err);
	f.ours = s->ours;
	if ((what & JOB_READ_ONCE) != 0)
		session_leave(s);
	if (rc != RP_OK)
		return rc;
	f.profile = s->p->name;
	*ret = f;
	return RP_OK;
}

/* --- is it still the card that was shown? --- */

static const struct rp_pin_facts *shown_pin(const struct job *j, rp_slot slot)
{
	for (size_t i = 0; i < j->shown->n_pins; i++)
		if (j->shown->pins[i].slot == slot)
			return &j->shown->pins[i];
	return NULL;
}

static rp_code same_card(struct session *s, const struct job *j, struct rp_error *err)
{
	char number[sizeof j->shown->number] = "";
	rp_code rc = facts_number(s, number, sizeof number, err);

	if (rc != RP_OK)
		return rc;
	if (strcmp(number, j->shown->number) == 0)
		return RP_OK;
	return rp_fail(err, RP_E_CARD_CHANGED, "this is not the card that was shown: nothing was sent to it");
}

static bool same_tries(const struct rp_pin_facts *a, const struct rp_pin_facts *b)
{
	if (a->state != b->state || a->tries_left != b->tries_left || a->n_refs != b->n_refs)
		return false;
	return a->n_refs < 2 || (a->ref_tries[0] == b->ref_tries[0] && a->ref_tries[1] == b->ref_tries[1]);
}

/* A card that is dead as a whole was shown so for every PIN. */
static bool same_state(const struct rp_pin_facts *now, const struct rp_pin_facts *shown)
{
	struct rp_pin_facts s = *shown;

	if (s.state == RP_PIN_DEAD && now->state == RP_PIN_LOCKED) {
		s.state = now->state;
		s.tries_left = now->tries_left;
	}
	return same_tries(now, &s);
}

static rp_code check_tries(struct session *s, const struct job *j, const struct pin_row *row,
			   struct rp_pin_facts *ret, struct rp_error *err)
{
	const struct rp_pin_facts *shown = shown_pin(j, row->slot);
	rp_code rc;

	if (shown == NULL)
		return rp_fail(err, RP_E_SLOT_UNKNOWN, "the person was not shown %s",
			       rp_slot_word(row->slot));
	rc = pin_status(s, row, ret, err);
	if (rc == RP_OK && ret->verified) {
		rc = session_reset(s, err);
		if (rc == RP_OK)
			rc = pin_status(s, row, ret, err);
	}
	if (rc != RP_OK || same_state(ret, shown))
		return rc;
	(void)rp_fail(err, RP_E_TRIES_CHANGED,
		      "another program used the card meanwhile: the tries of %s are not those shown",
		      rp_slot_word(row->slot));
	if (err != NULL) {
		err->slot = row->slot;
		err->tries_left = ret->tries_left;
	}
	return RP_E_TRIES_CHANGED;
}

/* --- may it be tried? --- */

static rp_code refuse(rp_code code, const struct pin_row *row, const struct rp_pin_facts *f,
		      struct rp_error *err)
{
	(void)rp_fail(err, code, "%s: %s; nothing was sent", rp_slot_word(row->slot), rp_code_text(code));
	if (err != NULL) {
		err->slot = row->slot;
		err->tries_left = f->tries_left;
	}
	return code;
}

/* The secret that is about to be tried: the PIN itself, or what unlocks it. */
static rp_code may_try(const struct job *j, const struct pin_row *row, const struct rp_pin_facts *f,
		       struct rp_error *err)
{
	const struct rp_pin_facts *shown = shown_pin(j, row->slot);
	const bool unlocks = j->kind == JOB_UNLOCK;

	if (f->state == RP_PIN_DEAD || (shown != NULL && shown->state == RP_PIN_DEAD))
		return refuse(RP_E_DEAD, row, f, err);
	if (f->state == RP_PIN_LOCKED)
		return refuse(unlocks ? RP_E_SECRET_LOCKED : RP_E_LOCKED, row, f, err);
	if (f->state == RP_PIN_NOT_SET)
		return refuse(RP_E_NOT_SET, row, f, err);
	if (f->tries_left == 1 && !j->last_try_ok)
		return refuse(RP_E_LAST_TRY, row, f, err);
	return RP_OK;
}

/* Promise 12: a command of ours goes only to a card that has shown that it is ours. */
static rp_code may_send(struct session *s, const struct job *j, struct rp_error *err)
{
	const bool needs_ours = j->kind == JOB_UNLOCK ? j->way->origin == ROW_OURS
						      : j->row->change_origin == ROW_OURS;
	bool there = false;

	/* Those that ask the issuer begin with the reset application, and end there when it is not there. */
	if (!needs_ours || s->ours || j->act != NULL)
		return RP_OK;
	/* A phone's certificates look like any other's until the reset application has answered. */
	if (s->p->app_only) {
		rp_code rc = session_select_reset_app(s, &there, err);

		if (rc != RP_OK || there)
			return rc;
	}
	return rp_fail(err, RP_E_NOT_OFFERED,
		       "the commands for %s of a real card of this family are not public",
		       rp_slot_word(j->row->slot));
}

/* Whose secret is entered; NULL: nobody's. */
static const struct pin_row *secret_row(const struct session *s, const struct job *j)
{
	if (j->kind == JOB_UNLOCK)
		return profile_pin(s->p, j->way->code);
	if (j->kind == JOB_RESET)
		return j->other;
	return j->kind == JOB_SHOW ? NULL : j->row;
}

/* Whose PIN is meant besides: it must be on the card, and as it was shown. */
static const struct pin_row *meant_row(const struct job *j)
{
	if (j->kind == JOB_UNLOCK || j->kind == JOB_RESET)
		return j->row;
	return j->kind == JOB_PROVE ? j->other : NULL;
}

static rp_code prepare(struct session *s, const struct job *j, struct rp_error *err)
{
	const struct pin_row *secret = secret_row(s, j), *meant = meant_row(j);
	struct rp_pin_facts f;
	rp_code rc = same_card(s, j, err);

	if (rc == RP_OK && meant != NULL)
		rc = check_tries(s, j, meant, &f, err);
	if (rc == RP_OK && meant != NULL && f.state == RP_PIN_NOT_SET)
		return refuse(RP_E_NOT_SET, meant, &f, err);
	if (rc == RP_OK && secret != NULL)
		rc = check_tries(s, j, secret, &f, err);
	if (rc == RP_OK && secret != NULL)
		rc = may_try(j, secret, &f, err);
	return rc == RP_OK ? may_send(s, j, err) : rc;
}

/* --- doing it --- */

static rp_code act(struct session *s, const struct job *j, bool *ret_spent, struct rp_error *err)
{
	switch (j->kind) {
	case JOB_VERIFY:
		return pin_verify(s, j->row, j->current, err);
	case JOB_CHANGE:
		return pin_change(s, j->row, j->current, j->fresh, err);
	case JOB_UNLOCK:
		return pin_unlock(s, j->row, j->way, j->current, j->fresh, err);
	case JOB_PAD_VERIFY:
		return pinpad_verify(s, j->row, err);
	case JOB_PAD_CHANGE:
		return pinpad_change(s, j->row, err);
	case JOB_RESOLVE:
		return pin_resolve(s, j->row, j->marks, j->at_once, j->current, j->fresh, ret_spent, err);
	case JOB_SHOW:
	case JOB_PROVE:
	case JOB_RESET:
		return j->act(j->arg, s, err);
	}
	return rp_fail(err, RP_E_FAULT, "no such job");
}

/* After a success: what the card says now. A failure to ask is not a failure of the job. */
static void read_after(struct session *s, const struct job *j, struct rp_pin_facts *ret)
{
	struct rp_pin_facts f;

	*ret = (struct rp_pin_facts){
		.slot = j->row->slot, .tries_left = RP_TRIES_UNKNOWN, .tries_max = j->row->tries_max};
	if (pin_status(s, j->row, &f, NULL) != RP_OK)
		return;
	/* ISO cards say "verified" now and hide the number: asked after the reset that is due anyway. */
	if (f.verified && (session_reset(s, NULL) != RP_OK || pin_status(s, j->row, &f, NULL) != RP_OK))
		return;
	*ret = f;
}

/* After an answer that left it open whether a try was spent: the counter knows. */
static void settle_tries(struct session *s, const struct job *j, struct rp_error *err)
{
	const struct pin_row *row = err == NULL ? NULL : profile_pin(s->p, err->slot);
	const struct rp_pin_facts *shown = row == NULL ? NULL : shown_pin(j, row->slot);
	struct rp_pin_facts now;

	if (shown == NULL || s->broken || (err->tries_left >= 0 && err->tries_spent >= 0))
		return;
	if (err->spent_at_issuer || err->of_source) /* it speaks of what is not on this card */
		return;
	if (shown->tries_left < 0 || pin_status(s, row, &now, NULL) != RP_OK || now.tries_left < 0)
		return;
	err->tries_left = now.tries_left;
	/* One job spends one at most: a counter that fell by more does not speak of ours alone. */
	if (err->tries_spent < 0 && shown->tries_left - now.tries_left <= 1)
		err->tries_spent = shown->tries_left > now.tries_left ? 1 : 0;
}

/* Taken out while the person typed: whatever is in the reader now is not what was shown. */
static rp_code begin_same(struct session *s, struct rp_error *err)
{
	rp_code rc = session_begin(s, err);

	if (rc == RP_E_CARD_GONE)
		rc = rp_fail(err, RP_E_CARD_CHANGED, "the card was taken out meanwhile: nothing was sent");
	return rc;
}

rp_code job_run(struct session *s, const struct job *j, struct rp_outcome *ret, struct rp_error *err)
{
	const unsigned start = s->apdus;
	struct rp_outcome out = {0};
	bool spent = false;
	rp_code rc;

	if (s->p == NULL || j->shown->profile == NULL || strcmp(s->p->name, j->shown->profile) != 0)
		return rp_fail(err, RP_E_CARD_CHANGED, "the card was not shown before this job");
	rc = begin_same(s, err);
	if (rc != RP_OK)
		return rc;
	rc = prepare(s, j, err);
	if (rc == RP_OK && j->watch != NULL)
		rc = j->watch->begins(j->watch->arg, err);
	if (rc == RP_OK) {
		s->watch = j->watch;
		rc = act(s, j, &spent, err);
		s->watch = NULL;
		if (rc == RP_OK && j->kind != JOB_SHOW)
			read_after(s, j, &out.after);
		else if (rc != RP_OK)
			settle_tries(s, j, err);
	}
	session_end(s);
	log_event(LOG_LVL_INFO, "job.end", "profile=%s slot=%s result=%s apdus=%u", s->p->name,
		  rp_slot_word(j->row->slot), rp_code_word(rc), s->apdus - start);
	if (rc != RP_OK)
		return rc;
	out.apdus = s->apdus - start;
	out.tries_spent = spent ? 1 : 0;
	*ret = out;
	return RP_OK;
}
