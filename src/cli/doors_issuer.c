/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the card's issuer knows, for `repin doors`: a reservation and its end, a blocked code, a case under
 * way. The answer helps and is never needed: a short time, and no answer changes no exit status.
 */
#include "cli/doors.h"
#include "cli/issuer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define MOST_MS 3000

/* A PIN on the card that the reset application can speak of. */
static rp_slot any_slot(const struct inquiry *q)
{
	for (size_t i = 0; i < q->facts.n_pins; i++)
		if (q->facts.pins[i].slot <= RP_SLOT_PIN && q->facts.pins[i].state != RP_PIN_NOT_SET)
			return q->facts.pins[i].slot;
	return RP_SLOT_NONE;
}

void doors_ask_issuer(struct inquiry *q, rp_card *card)
{
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	struct doors_asked *a = &q->asked;
	/* The one that was asked about: whether its count agrees is told for it alone. */
	const rp_slot slot = q->named && q->slots[0] <= RP_SLOT_PIN ? q->slots[0] : any_slot(q);
	static struct trouble quiet; /* too large for the stack */
	rp_code rc;

	if (q->a->conf.issuer_url[0] == '\0' || slot == RP_SLOT_NONE)
		return;
	/* A real card gets nothing more, and nobody hears of it. */
	if (issuer_probe(card, &q->facts, NULL) != RP_OK || !q->facts.ours)
		return;
	trouble_start(&quiet);
	a->asked = true;
	rc = issuer_connect(q->a, MOST_MS, &l, &quiet);
	if (rc == RP_OK) {
		(void)snprintf(a->issuer, sizeof a->issuer, "%s", l.port.issuer);
		rc = rp_issuer_look(card, &l.port, slot, &q->facts, &a->facts, &quiet.err);
	}
	a->code = rc;
	a->problem = quiet.err.problem;
	a->reached = rc == RP_OK;
	/* A family of ours without a reset application (AOSign): there is nothing to ask. */
	if (rc == RP_E_NOT_OFFERED)
		a->asked = false;
}

void doors_take_issuer(struct inquiry *q, rp_slot slot)
{
	const struct rp_issuer_facts *f = &q->asked.facts;
	struct doors_issuer *to = &q->in.issuer;

	*to = (struct doors_issuer){0};
	if (!q->asked.reached)
		return;
	to->known = true;
	to->revoked = strcmp(f->card_status, "revoked") == 0;
	if (strcmp(f->user_code, "blocked") == 0)
		to->code_wrong = DOORS_CODE_TRIES;
	else if (f->user_code_tries >= 0 && f->user_code_tries < DOORS_CODE_TRIES)
		to->code_wrong = DOORS_CODE_TRIES - f->user_code_tries;
	for (size_t i = 0; i < f->n_cases; i++) {
		if (f->cases[i].slot != slot || to->case_door != DOORS_NONE)
			continue;
		to->case_door = doors_from_word(f->cases[i].door);
		to->case_ends_s = f->cases[i].left_s >= 0 ? q->in.now_s + f->cases[i].left_s : 0;
	}
}

/* --- in words --- */

static const char *away_text(const struct doors_asked *a)
{
	if (a->problem != RP_PROBLEM_NONE)
		return problem_message(a->problem);
	if (a->code == RP_E_ISSUER_AWAY || a->code == RP_E_TIMEOUT || a->code == RP_E_CANCELLED)
		return _("The issuer cannot be reached; what it knows of this card is missing here.");
	return _("The issuer could not be asked; what it knows of this card is missing here.");
}

static void say_case(const struct inquiry *q, const struct rp_case *c)
{
	char left[64], until[96];
	const char *title = _(doors_title(doors_from_word(c->door)));

	if (c->left_s < 0) {
		out_parf(OUT_RESULT, 2, _("%s: %s (case %s)"), rp_slot_word(c->slot), title, c->id);
		return;
	}
	issuer_left_text(c->left_s, left, sizeof left);
	when_long(q->in.now_s + c->left_s, until, sizeof until);
	/* TRANSLATORS: a PIN's name; a door's title; the case; how long it is valid; the moment of its end */
	out_parf(OUT_RESULT, 2, _("%s: %s (case %s), for %s more: until %s"), rp_slot_word(c->slot), title,
		 c->id, left, until);
}

static void say_card_status(const struct rp_issuer_facts *f)
{
	if (strcmp(f->card_status, "suspended") == 0)
		out_para(OUT_RESULT, 2, problem_message(RP_PROBLEM_CARD_SUSPENDED));
	else if (strcmp(f->card_status, "revoked") == 0)
		out_para(OUT_RESULT, 2, problem_message(RP_PROBLEM_CARD_REVOKED));
	if (f->halted[0] != '\0')
		out_para(OUT_RESULT, 2, problem_message(RP_PROBLEM_CARD_HALTED));
}

static void say_user_code(const struct rp_issuer_facts *f)
{
	const unsigned left = f->user_code_tries > 0 ? (unsigned)f->user_code_tries : 0;

	if (strcmp(f->user_code, "blocked") == 0)
		out_para(OUT_RESULT, 2, problem_message(RP_PROBLEM_CODE_BLOCKED));
	else if (strcmp(f->user_code, "active") == 0)
		out_parf(OUT_RESULT, 2,
			 ngettext("The user code: %d of %d tries is left at the issuer.",
				  "The user code: %d of %d tries are left at the issuer.", left),
			 (int)left, DOORS_CODE_TRIES);
}

void doors_say_issuer(const struct inquiry *q)
{
	const struct rp_issuer_facts *f = &q->asked.facts;

	if (!q->asked.asked)
		return;
	if (!q->asked.reached) {
		out_para(OUT_RESULT, 0, away_text(&q->asked));
		out_gap(OUT_RESULT);
		return;
	}
	out_parf(OUT_RESULT, 0, _("What the issuer (%s) knows:"), q->asked.issuer);
	say_card_status(f);
	say_user_code(f);
	for (size_t i = 0; i < f->n_cases; i++)
		say_case(q, &f->cases[i]);
	if (f->n_cases == 0)
		out_para(OUT_RESULT, 2, _("No case is under way."));
	out_gap(OUT_RESULT);
}

json_t *doors_issuer_json(const struct inquiry *q)
{
	const struct rp_issuer_facts *f = &q->asked.facts;
	json_t *cases;

	if (!q->asked.asked)
		return json_null();
	if (!q->asked.reached)
		return json_pack("{s:b, s:o, s:o}", "reached", 0, "problem",
				 q->asked.problem != RP_PROBLEM_NONE
					 ? json_text(rp_problem_slug(q->asked.problem))
					 : json_null(),
				 "message", json_text(away_text(&q->asked)));
	cases = json_array();
	for (size_t i = 0; i < f->n_cases; i++) /* a failed list fails in json_pack */
		(void)json_array_append_new(cases, issuer_case_json(&f->cases[i]));
	return json_pack("{s:b, s:o, s:s, s:o, s:o, s:o, s:o}", "reached", 1, "issuer",
			 json_text(q->asked.issuer), "card_status", f->card_status, "halted",
			 json_text(f->halted), "user_code", json_text(f->user_code), "user_code_tries_left",
			 json_tries(f->user_code_tries), "cases", cases);
}
