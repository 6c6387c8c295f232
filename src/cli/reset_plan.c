/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which case a reset finishes, and what is asked for it: decided from the table of doors and from what the
 * issuer told of this card, before a secret is asked.
 */
#include "cli/issuer.h"

#include <stdio.h>
#include <string.h>

static bool is_profile(const struct job *j, const char *profile)
{
	return strcmp(j->facts.profile, profile) == 0;
}

/* --- before the issuer is asked --- */

static rp_code only_by(struct job *j, enum doors_id door, const char *next, struct trouble *t)
{
	(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
	t->door = doors_word(door);
	return trouble_say(t, RP_E_NOT_OFFERED, next, _("There is no case for this yet. %s."),
			   _(doors_title(door)));
}

rp_code reset_may(struct job *j, struct trouble *t)
{
	const bool named = j->a->o.case_id != NULL;
	rp_code rc = issuer_offers(j, true, t);

	if (rc != RP_OK || named)
		return rc;
	if (is_profile(j, "gids"))
		return only_by(
			j, DOORS_HELP_DESK,
			_("It opens a case and gives you a one-time code: then 'repin reset pin --case "
			  "ID'. By telephone: 'repin unlock pin --by-phone'. Nothing was sent to the "
			  "card."),
			t);
	/* A terminal at a counter may find the case that was opened there. */
	if ((j->slot == RP_SLOT_TEXT || j->slot == RP_SLOT_JUKI) && !issuer_is_terminal(j->a))
		return only_by(
			j, DOORS_COUNTER,
			_("Only the counter can reset this PIN. What to bring: 'repin doors'. Nothing was "
			  "sent to the card."),
			t);
	return RP_OK;
}

/* --- what the issuer told --- */

rp_code reset_check_card(struct job *j, const struct rp_issuer_facts *f, struct trouble *t)
{
	if (strcmp(f->card_status, "suspended") == 0)
		return issuer_refuse(j, RP_PROBLEM_CARD_SUSPENDED, t);
	if (strcmp(f->card_status, "revoked") == 0)
		return issuer_refuse(j, RP_PROBLEM_CARD_REVOKED, t);
	if (f->halted[0] != '\0')
		return issuer_refuse(j, RP_PROBLEM_CARD_HALTED, t);
	return RP_OK;
}

/* Better: it can be finished here. */
static const struct rp_case *find_case(const struct job *j, const struct rp_issuer_facts *f)
{
	const char *id = j->a->o.case_id;
	const struct rp_case *found = NULL;

	for (size_t i = 0; i < f->n_cases; i++) {
		const struct rp_case *c = &f->cases[i];

		if (c->slot != j->slot || (id != NULL && strcmp(c->id, id) != 0))
			continue;
		if (id == NULL && strcmp(c->door, "kiosk") != 0 && strcmp(c->door, "counter") != 0)
			continue;
		if (found == NULL || (c->here && !found->here))
			found = c;
	}
	return found;
}

static rp_code plan_case(struct job *j, const struct rp_case *c, struct reset_plan *p, struct trouble *t)
{
	p->door = doors_from_word(c->door);
	p->left_s = c->left_s;
	(void)snprintf(p->case_id, sizeof p->case_id, "%s", c->id);
	if (c->here)
		return RP_OK;
	if (p->door == DOORS_KIOSK) {
		char left[64];

		(void)issuer_refuse(j, RP_PROBLEM_CLASS, t);
		issuer_left_text(c->left_s, left, sizeof left);
		return trouble_say(
			t, RP_E_ISSUER_REFUSED, _("Take the card to a kiosk. Nothing was sent to the card."),
			_("There is a reservation (%s), and it is finished at a kiosk. Time left: %s."),
			c->id, left);
	}
	return issuer_refuse(j, RP_PROBLEM_CLASS, t);
}

rp_slot kiosk_other(const char *profile, rp_slot slot)
{
	for (size_t i = 0; i < n_doors_rows; i++)
		if (doors_rows[i].slot == slot && doors_rows[i].door == DOORS_KIOSK &&
		    strcmp(doors_rows[i].profile, profile) == 0)
			return doors_rows[i].with;
	return RP_SLOT_NONE;
}

/* The PIN that proves at a kiosk. */
static rp_code plan_kiosk(struct job *j, struct reset_plan *p, struct trouble *t)
{
	const struct rp_pin_facts *pin;

	p->other = kiosk_other(j->facts.profile, j->slot);
	pin = facts_pin(&j->facts, p->other);
	p->secret = SECRET_OTHER;
	p->stake = pin != NULL ? *pin
			       : (struct rp_pin_facts){.slot = p->other, .tries_left = RP_TRIES_UNKNOWN};
	if (pin != NULL && pin->state == RP_PIN_LOCKED)
		return job_refuse(j, p->other, RP_E_LOCKED, t);
	if (pin != NULL && pin->state == RP_PIN_DEAD)
		return job_refuse(j, p->other, RP_E_DEAD, t);
	return RP_OK;
}

static rp_code plan_user_code(struct job *j, const struct rp_issuer_facts *f, struct reset_plan *p,
			      struct trouble *t)
{
	if (strcmp(f->user_code, "none") == 0)
		return issuer_refuse(j, RP_PROBLEM_CODE_MISSING, t);
	if (strcmp(f->user_code, "blocked") == 0) {
		(void)issuer_refuse(j, RP_PROBLEM_CODE_BLOCKED, t);
		t->err.tries_left = 0;
		t->err.spent_at_issuer = true;
		t->err.slot = RP_SLOT_USER_CODE;
		return t->err.code;
	}
	p->door = DOORS_USER_CODE;
	p->secret = SECRET_USER_CODE;
	p->at_issuer = true;
	p->stake = (struct rp_pin_facts){.slot = RP_SLOT_USER_CODE,
					 .state = RP_PIN_READY,
					 .tries_left = f->user_code_tries,
					 .tries_max = DOORS_CODE_TRIES,
					 .n_refs = 1};
	return RP_OK;
}

/* A new user code: by the card's PIN, unless that is locked or a one-time code is named or given. */
static rp_code plan_code_reset(struct job *j, struct reset_plan *p, struct trouble *t)
{
	const char *with = j->a->o.with;
	const struct rp_pin_facts *pin = facts_pin(&j->facts, RP_SLOT_PIN);
	const bool locked = pin != NULL && pin->state == RP_PIN_LOCKED;

	p->door = DOORS_USER_CODE_RESET;
	p->card_slot = RP_SLOT_PIN;
	if (with != NULL && strcmp(with, "current") != 0 && strcmp(with, "response") != 0)
		return trouble_say(t, RP_E_USAGE, NULL,
				   _("A user code is reset with 'current' (the card's PIN) or 'response' (a "
				     "one-time code), not with '%s'."),
				   with);
	p->secret = SECRET_CURRENT;
	if (with != NULL ? strcmp(with, "response") == 0
			 : (j->tty < 0 ? j->given.s[SECRET_RESPONSE] != NULL : locked))
		p->secret = SECRET_RESPONSE;
	if (p->secret == SECRET_RESPONSE)
		return RP_OK;
	p->other = RP_SLOT_PIN;
	p->stake = pin != NULL ? *pin
			       : (struct rp_pin_facts){.slot = RP_SLOT_PIN, .tries_left = RP_TRIES_UNKNOWN};
	return locked ? job_refuse(j, RP_SLOT_PIN, RP_E_LOCKED, t) : RP_OK;
}

static rp_code plan_by_case(struct job *j, const struct rp_issuer_facts *f, struct reset_plan *p,
			    struct trouble *t)
{
	const struct rp_case *c = find_case(j, f);
	rp_code rc;

	if (c == NULL && j->a->o.case_id != NULL)
		return issuer_refuse(j, RP_PROBLEM_CASE, t);
	if (c == NULL && (j->slot == RP_SLOT_TEXT || j->slot == RP_SLOT_JUKI))
		return only_by(
			j, DOORS_COUNTER,
			_("Only the counter can reset this PIN. What to bring: 'repin doors'. Nothing was "
			  "sent to the card."),
			t);
	if (c == NULL)
		return issuer_refuse(j, RP_PROBLEM_NO_RESERVATION, t);
	rc = plan_case(j, c, p, t);
	if (rc != RP_OK)
		return rc;
	if (p->door == DOORS_KIOSK)
		return plan_kiosk(j, p, t);
	if (p->door == DOORS_USER_CODE)
		return plan_user_code(j, f, p, t);
	if (p->door == DOORS_HELP_DESK)
		p->secret = SECRET_RESPONSE;
	return RP_OK;
}

/* What was given beside it is a mistake that is told before anything is sent. */
static rp_code check_given(struct job *j, const struct reset_plan *p, struct trouble *t)
{
	const enum secret_name names[] = {SECRET_NEW, p->secret, SECRETS_N};

	return job_names(j, names, t);
}

rp_code reset_plan(struct job *j, const struct rp_issuer_facts *f, struct reset_plan *ret, struct trouble *t)
{
	struct reset_plan p = {.card_slot = j->slot, .secret = SECRETS_N, .left_s = -1};
	rp_code rc = f != NULL ? reset_check_card(j, f, t) : RP_OK;

	if (rc != RP_OK)
		return rc;
	if (f == NULL) {
		p.door = DOORS_HELP_DESK;
		p.secret = SECRET_RESPONSE;
		(void)snprintf(p.case_id, sizeof p.case_id, "%s", j->a->o.case_id);
	} else if (j->slot == RP_SLOT_USER_CODE) {
		rc = plan_code_reset(j, &p, t);
	} else if (is_profile(j, "hicos") && j->a->o.case_id == NULL) {
		rc = plan_user_code(j, f, &p, t);
	} else {
		rc = plan_by_case(j, f, &p, t);
	}
	if (rc == RP_OK)
		rc = check_given(j, &p, t);
	if (rc == RP_OK)
		*ret = p;
	return rc;
}
