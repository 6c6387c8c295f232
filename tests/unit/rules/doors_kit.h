/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card on the table and a question about it, for the tests of the doors. A fresh kit is a
 * card as it is issued, with all tries, whose holder has said nothing.
 */
#ifndef REPIN_TESTS_DOORS_KIT_H
#define REPIN_TESTS_DOORS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/doors.h"
#include <cmocka.h>

struct kit {
	struct rp_card_facts card;
	struct doors_in in;
	struct doors_out out;
};

struct kit_pin {
	const char *profile;
	rp_slot slot;
	int tries; /* RP_TRIES_UNKNOWN: the card does not tell */
};

/* What the cards tell. User code: issuer only. PUK, and HiCOS' PIN unless the card is ours: no safe way. */
static const struct kit_pin kit_pins[] = {
	{"mynumber", RP_SLOT_SIGN, 5},
	{"mynumber", RP_SLOT_AUTH, 3},
	{"mynumber", RP_SLOT_TEXT, 3},
	{"mynumber", RP_SLOT_JUKI, 3},
	{"mynumber-mobile", RP_SLOT_SIGN, 5},
	{"mynumber-mobile", RP_SLOT_AUTH, 3},
	{"aosign", RP_SLOT_PIN, 10},
	{"aosign", RP_SLOT_LETTER, 10},
	{"hicos", RP_SLOT_PIN, 3},
	{"piv", RP_SLOT_PIN, 3},
	{"piv", RP_SLOT_PUK, RP_TRIES_UNKNOWN},
	{"openpgp", RP_SLOT_PW1, 3},
	{"openpgp", RP_SLOT_RC, 3},
	{"openpgp", RP_SLOT_PW3, 3},
	{"gids", RP_SLOT_PIN, 5},
};

static inline const char *kit_slot_word(rp_slot slot)
{
	static const char *const words[DOORS_SLOTS] = {[RP_SLOT_NONE] = "-",
#define SLOT_WORD(name, number, word) [number] = word,
						       RP_SLOTS(SLOT_WORD)
#undef SLOT_WORD
	};

	return words[slot];
}

static inline struct rp_pin_facts *kit_pin(struct kit *k, rp_slot slot)
{
	for (size_t i = 0; i < k->card.n_pins; i++)
		if (k->card.pins[i].slot == slot)
			return &k->card.pins[i];
	k->card.pins[k->card.n_pins] = (struct rp_pin_facts){
		.slot = slot, .tries_left = RP_TRIES_UNKNOWN, .tries_max = RP_TRIES_UNKNOWN, .n_refs = 1};
	return &k->card.pins[k->card.n_pins++];
}

/* A card whose PIN `slot` is asked about. */
static inline void kit_new(struct kit *k, const char *profile, rp_slot slot)
{
	*k = (struct kit){.card = {.profile = profile, .ours = true}};
	for (size_t i = 0; i < sizeof kit_pins / sizeof kit_pins[0]; i++) {
		struct rp_pin_facts *p;

		if (strcmp(kit_pins[i].profile, profile) != 0)
			continue;
		p = kit_pin(k, kit_pins[i].slot);
		p->tries_left = p->tries_max = kit_pins[i].tries;
		p->state = kit_pins[i].tries < 0 ? RP_PIN_UNKNOWN : RP_PIN_READY;
	}
	k->in.card = &k->card;
	k->in.slot = slot;
}

static inline void kit_state(struct kit *k, rp_slot slot, enum rp_pin_state state)
{
	struct rp_pin_facts *p = kit_pin(k, slot);

	p->state = state;
	p->tries_left = state == RP_PIN_READY ? p->tries_max : state == RP_PIN_UNKNOWN ? RP_TRIES_UNKNOWN : 0;
}

/* `wrong` entries in a row stand against a working PIN. */
static inline void kit_wrong(struct kit *k, rp_slot slot, int wrong)
{
	kit_pin(k, slot)->tries_left = kit_pin(k, slot)->tries_max - wrong;
}

static inline void kit_knows(struct kit *k, rp_slot slot)
{
	k->in.held[slot] = DOORS_HELD_YES;
}

static inline void kit_ask(struct kit *k)
{
	k->in.card = &k->card;
	assert_true(doors_plan(&k->in, &k->out));
}

/* The place of a step in the recommended door, -1 when it is none of it. */
static inline int kit_step(const struct kit *k, enum doors_step_id id)
{
	for (size_t i = 0; i < k->out.n_steps; i++)
		if (k->out.steps[i].id == id)
			return (int)i;
	return -1;
}

static inline bool kit_says(const struct kit *k, enum doors_step_id id)
{
	return kit_step(k, id) >= 0;
}

static inline bool kit_traps(const struct kit *k, enum doors_trap trap)
{
	for (size_t i = 0; i < k->out.n_traps; i++)
		if (k->out.traps[i] == trap)
			return true;
	return false;
}

/* NULL when the door is not open besides the recommended one. */
static inline const struct doors_door *kit_open(const struct kit *k, enum doors_id id)
{
	for (size_t i = 0; i < k->out.n_open; i++)
		if (k->out.open[i].id == id)
			return &k->out.open[i];
	return NULL;
}

static inline const struct doors_door *kit_shut(const struct kit *k, enum doors_id id)
{
	for (size_t i = 0; i < k->out.n_shut; i++)
		if (k->out.shut[i].id == id)
			return &k->out.shut[i];
	return NULL;
}

/* The questions that a test asks most: which door is it, and why is that one shut? */
static inline void kit_goes(struct kit *k, enum doors_id id)
{
	kit_ask(k);
	assert_string_equal(doors_word(k->out.recommended.id), doors_word(id));
}

static inline void kit_is_shut(const struct kit *k, enum doors_id id, enum doors_reason why)
{
	const struct doors_door *d = kit_shut(k, id);

	if (d == NULL)
		fail_msg("%s is not shut", doors_word(id));
	else
		assert_string_equal(doors_reason_word(d->reason), doors_reason_word(why));
}

#endif
