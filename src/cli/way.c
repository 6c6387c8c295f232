/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/way.h"

#include <stdio.h>
#include <string.h>

struct rp_pin_facts *facts_pin_add(struct rp_card_facts *f, rp_slot slot)
{
	for (size_t i = 0; i < f->n_pins; i++)
		if (f->pins[i].slot == slot)
			return &f->pins[i];
	if (f->n_pins == RP_PINS_MAX)
		return NULL;
	f->pins[f->n_pins] = (struct rp_pin_facts){
		.slot = slot, .tries_left = RP_TRIES_UNKNOWN, .tries_max = RP_TRIES_UNKNOWN, .n_refs = 1};
	return &f->pins[f->n_pins++];
}

/* Somebody who knows every PIN and holds every code, but for the PIN that is asked about. */
static void know_the_rest(struct doors_in *in)
{
	for (size_t i = 0; i < DOORS_SLOTS; i++)
		in->held[i] = DOORS_HELD_YES;
	in->card_sign = DOORS_HELD_YES;
	in->held[in->slot] = DOORS_HELD_NO;
}

/* What is kept of a plan, which is some kB. */
struct advised {
	enum doors_id door;
	rp_slot with;
	enum doors_reason why;
	bool card_works_on; /* a lost code is no reason to give up a card whose PIN works */
};

static bool ask(const struct doors_in *in, struct advised *ret)
{
	struct doors_out out;

	if (!doors_plan(in, &out))
		return false;
	*ret = (struct advised){out.recommended.id, out.recommended.with, out.why, false};
	for (size_t i = 0; i < out.n_steps; i++)
		ret->card_works_on |= out.steps[i].id == DOORS_DO_CARD_WORKS_ON;
	return true;
}

/* The door in a sentence. */
static void say_door(const struct advised *a, char *ret, size_t cap)
{
	if (a->card_works_on)
		(void)snprintf(ret, cap, "%s", _(doors_step_text(DOORS_DO_CARD_WORKS_ON)));
	else
		/* TRANSLATORS: makes a sentence of a door's title, such as "Unlock it with the PUK" */
		(void)snprintf(ret, cap, _("%s."), _(doors_title(a->door)));
}

/* A PIN that the card does not have: why, and how it can be had. */
static void say_missing(enum doors_reason why, char *ret, size_t cap)
{
	(void)snprintf(ret, cap, "%s%s%s", _(doors_reason_text(why)), text_gap(), _(doors_reason_opens(why)));
}

static void say_both(const char *profile, const struct advised *knowing, const struct advised *not_knowing,
		     char *ret, size_t cap)
{
	const char *title = _(doors_title(knowing->door));
	char rest[384];

	say_door(not_knowing, rest, sizeof rest);
	/* The other doors' titles name what they need. */
	if (knowing->door == DOORS_KIOSK)
		/* TRANSLATORS: a door's title; the PIN it needs; the sentence of the door that is left */
		(void)snprintf(ret, cap, _("%s, if you know the %s. If not: %s"), title,
			       words_pin(profile, knowing->with), rest);
	else
		/* TRANSLATORS: a title that names what it needs; the sentence of the door that is left */
		(void)snprintf(ret, cap, _("%s. If you do not know that: %s"), title, rest);
}

bool way_back(const struct rp_card_facts *f, rp_slot slot, bool wrong, struct way *ret)
{
	struct doors_in in = {.card = f, .slot = slot};
	struct advised knowing, not_knowing;

	*ret = (struct way){.door = DOORS_NONE};
	if (!ask(&in, &not_knowing))
		return false;
	know_the_rest(&in);
	if (!ask(&in, &knowing))
		return false;
	if (!wrong && knowing.door == DOORS_REISSUE) {
		in.held[slot] = DOORS_HELD_YES;
		(void)ask(&in, &knowing); /* the table has the slot, as it had a moment ago */
	}
	ret->door = knowing.door;
	if (knowing.door != not_knowing.door)
		ret->door_else = not_knowing.door;
	if (knowing.why != DOORS_WHY_NONE)
		say_missing(knowing.why, ret->text, sizeof ret->text);
	else if (knowing.door == not_knowing.door)
		say_door(&knowing, ret->text, sizeof ret->text);
	else
		say_both(f->profile, &knowing, &not_knowing, ret->text, sizeof ret->text);
	return true;
}

bool way_by(const struct rp_card_facts *f, rp_slot slot, enum doors_id door, struct way *ret)
{
	const struct advised a = {.door = door};

	for (size_t i = 0; i < n_doors_rows && door != DOORS_NONE; i++) {
		const struct doors_row *r = &doors_rows[i];

		if (r->slot != slot || r->door != door || r->never != DOORS_WHY_NONE ||
		    strcmp(r->profile, f->profile) != 0)
			continue;
		*ret = (struct way){.door = door};
		say_door(&a, ret->text, sizeof ret->text);
		return true;
	}
	return false;
}

void way_line(const struct way *w, rp_slot slot, char *ret, size_t cap)
{
	ret[0] = '\0';
	if (w->door != DOORS_NONE)
		(void)snprintf(ret, cap, _("Way back: %s Steps: repin doors %s"), w->text,
			       rp_slot_word(slot));
}
