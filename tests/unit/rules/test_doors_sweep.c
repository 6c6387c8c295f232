/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every question that can be put to the planner: each slot of each family, in each state, with
 * everything that can be known or held, for each applicant and age, with offices and kiosks
 * open and closed, whatever the issuer knows. The answers are held against a second reading of
 * the design's table, which shares no code and no table with the first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rules/doors.h"
#include "unit/rules/doors_oracle.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* --- every question there is --- */

/*
 * Full, wrong as often as makes a reset better, last try, locked, dead, not set, not told,
 * hidden by a login.
 */
enum { FULL, WRONG, ONE_LEFT, LOCKED, DEAD, NOT_SET, NOT_TOLD, HIDDEN, STATES };

#define OTHER_STATES HIDDEN /* to what needs it, hidden tries are tries that are not told */

enum axis {
	OWN_STATE,
	OWN_HELD,
	ONE_STATE,
	ONE_HELD,
	TWO_STATE,
	TWO_HELD,
	CARD_SIGN,
	WHO,
	HOLDER,
	PLACES,
	ISSUER,
	AXES
};

/* A slot, and what its doors depend on. */
struct domain {
	const char *profile;
	rp_slot slot, one, two; /* the other PINs and secrets; RP_SLOT_NONE: none */
	unsigned places, issuers;
};

static const struct domain domains[] = {
	{"mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH, 0, 6, 5},
	{"mynumber", RP_SLOT_AUTH, RP_SLOT_SIGN, 0, 6, 5},
	{"mynumber", RP_SLOT_TEXT, 0, 0, 2, 5},
	{"mynumber", RP_SLOT_JUKI, 0, 0, 2, 5},
	{"mynumber", RP_SLOT_CODE_A, 0, 0, 2, 5},
	{"mynumber", RP_SLOT_CODE_B, 0, 0, 2, 5},
	{"mynumber-mobile", RP_SLOT_SIGN, 0, 0, 2, 5},
	{"mynumber-mobile", RP_SLOT_AUTH, 0, 0, 2, 5},
	{"aosign", RP_SLOT_PIN, RP_SLOT_LETTER, 0, 1, 2},
	{"aosign", RP_SLOT_LETTER, RP_SLOT_PIN, 0, 1, 2},
	{"hicos", RP_SLOT_PIN, RP_SLOT_USER_CODE, 0, 1, 11},
	{"hicos", RP_SLOT_USER_CODE, RP_SLOT_PIN, 0, 1, 11},
	{"piv", RP_SLOT_PIN, RP_SLOT_PUK, 0, 1, 2},
	{"piv", RP_SLOT_PUK, RP_SLOT_PIN, 0, 1, 2},
	{"openpgp", RP_SLOT_PW1, RP_SLOT_RC, RP_SLOT_PW3, 1, 2},
	{"openpgp", RP_SLOT_PW3, RP_SLOT_PW1, 0, 1, 2},
	{"openpgp", RP_SLOT_RC, RP_SLOT_PW3, 0, 1, 2},
	{"gids", RP_SLOT_PIN, 0, 0, 6, 2},
};

static unsigned size_of(const struct domain *d, enum axis a)
{
	const bool japan = strncmp(d->profile, "mynumber", 8) == 0;

	switch (a) {
	case OWN_STATE:
		return STATES;
	case ONE_STATE:
		return d->one == RP_SLOT_NONE ? 1 : OTHER_STATES;
	case TWO_STATE:
		return d->two == RP_SLOT_NONE ? 1 : OTHER_STATES;
	case OWN_HELD:
		return 3;
	case ONE_HELD:
		return d->one == RP_SLOT_NONE ? 1 : 3;
	case TWO_HELD:
		return d->two == RP_SLOT_NONE ? 1 : 3;
	case CARD_SIGN:
		return strcmp(d->profile, "mynumber-mobile") == 0 ? 3 : 1;
	case WHO:
		return 3;
	case HOLDER:
		return japan ? 4 : 2;
	case PLACES:
		return d->places;
	case ISSUER:
		return d->issuers;
	case AXES:
		break;
	}
	return 1;
}

static void set_state(struct kit *k, rp_slot slot, unsigned state)
{
	static const enum rp_pin_state states[STATES] = {
		[FULL] = RP_PIN_READY,	     [WRONG] = RP_PIN_READY,  [ONE_LEFT] = RP_PIN_READY,
		[LOCKED] = RP_PIN_LOCKED,    [DEAD] = RP_PIN_DEAD,    [NOT_SET] = RP_PIN_NOT_SET,
		[NOT_TOLD] = RP_PIN_UNKNOWN, [HIDDEN] = RP_PIN_READY,
	};
	struct rp_pin_facts *p = kit_pin(k, slot);
	const int max = slot == RP_SLOT_SIGN ? 5 : in_family(k, "aosign") ? 10 : 3;

	p->state = states[state];
	p->tries_max = max;
	p->tries_left = state == FULL			       ? max
			: state == WRONG		       ? (max > 3 ? max - 2 : 2)
			: state == ONE_LEFT		       ? 1
			: state == NOT_TOLD || state == HIDDEN ? RP_TRIES_UNKNOWN
							       : 0;
}

static void set_places(struct kit *k, unsigned v)
{
	static const struct doors_place open = {DOORS_OPEN_NOW, 0},
					closed = {DOORS_CLOSED_NOW_TILL, NOW + 8 * HOUR},
					far = {DOORS_CLOSED_NOW_TILL, NOW + 30 * HOUR};

	k->in.office = k->in.help_desk = v % 2 == 0 ? open : closed;
	k->in.kiosk = v / 2 == 0 ? open : v / 2 == 1 ? closed : far;
}

static void set_issuer(struct kit *k, unsigned v)
{
	static const struct doors_issuer variants[] = {
		{0},
		{.known = true, .revoked = true},
		{.known = true, .case_door = DOORS_KIOSK, .case_ends_s = NOW + HOUR},
		{.known = true, .case_door = DOORS_KIOSK, .case_ends_s = NOW},
		{.known = true, .case_door = DOORS_COUNTER},
		{.known = true},
		{.known = true, .code_wrong = 1},
		{.known = true, .code_wrong = 2},
		{.known = true, .code_wrong = 3},
		{.known = true, .case_door = DOORS_USER_CODE_RESET, .case_ends_s = NOW + HOUR},
		{.known = true, .code_wrong = 3, .case_door = DOORS_USER_CODE_RESET, .case_ends_s = NOW - 1},
	};

	k->in.issuer = variants[v];
}

static void set_axis(struct kit *k, const struct domain *d, enum axis a, unsigned v)
{
	switch (a) {
	case OWN_STATE:
		set_state(k, d->slot, v);
		break;
	case ONE_STATE:
		if (d->one != RP_SLOT_NONE)
			set_state(k, d->one, v);
		break;
	case TWO_STATE:
		if (d->two != RP_SLOT_NONE)
			set_state(k, d->two, v);
		break;
	case OWN_HELD:
		k->in.held[d->slot] = (enum doors_held)v;
		break;
	case ONE_HELD:
		k->in.held[d->one] = (enum doors_held)v;
		break;
	case TWO_HELD:
		k->in.held[d->two] = (enum doors_held)v;
		break;
	case CARD_SIGN:
		k->in.card_sign = (enum doors_held)v;
		break;
	case WHO:
		k->in.who = (enum applicant)v;
		break;
	case HOLDER:
		k->in.age = v < 3 ? (enum doors_age)v : DOORS_15_OR_OLDER;
		k->in.ward = v == 3;
		break;
	case PLACES:
		set_places(k, v);
		break;
	case ISSUER:
		set_issuer(k, v);
		break;
	case AXES:
		break;
	}
}

/* --- what every answer has to be --- */

static bool in_list(const struct doors_door *list, size_t n, enum doors_id id)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += list[i].id == id;
	return found == 1;
}

/* Each door of the design is where it belongs; a shut one says why. */
static bool doors_are_sorted(const struct kit *k)
{
	const struct doors_out *o = &k->out;
	size_t open = 0;

	for (enum doors_id d = DOORS_CHANGE; d < DOORS_IDS; d = (enum doors_id)(d + 1)) {
		if (!is_open(k, d) || d == o->recommended.id)
			continue;
		if (!in_list(is_later(k, d) ? o->shut : o->open, is_later(k, d) ? o->n_shut : o->n_open, d))
			return false;
		open += !is_later(k, d);
	}
	for (size_t i = 0; i < o->n_shut; i++)
		if (o->shut[i].reason == DOORS_WHY_NONE ||
		    o->shut[i].closed_now != is_open(k, o->shut[i].id) || o->shut[i].id == o->recommended.id)
			return false;
	return open == o->n_open && is_open(k, o->recommended.id) && o->recommended.tries_cost == 0 &&
	       o->recommended.closed_now == is_later(k, o->recommended.id);
}

/* The same question after that PIN has locked. */
static bool leaves_only_reissue(const struct kit *k, rp_slot stake)
{
	struct kit after; /* its answer stays empty, for nobody asks for it */

	after.card = k->card;
	after.in = k->in;
	after.in.card = &after.card;
	if (stake == RP_SLOT_USER_CODE) {
		after.in.issuer.known = true;
		after.in.issuer.code_wrong = DOORS_CODE_TRIES;
	} else {
		kit_state(&after, stake, RP_PIN_LOCKED);
	}
	return right_door(&after) == DOORS_REISSUE;
}

/* What is entered is known, and a last try or last way is flagged exactly where it is one. */
static bool entry_is_fair(const struct kit *k, const struct doors_step *s)
{
	if (s->slot == RP_SLOT_NONE || s->other_card)
		return s->at_stake == (s->other_card ? 1 : 0) && !s->last_try && !s->last_way &&
		       (!s->other_card || k->in.card_sign == DOORS_HELD_YES ||
			kit_says(k, DOORS_DO_CARD_FIRST));
	if (k->in.held[s->slot] != DOORS_HELD_YES &&
	    !(s->slot == RP_SLOT_USER_CODE && kit_says(k, DOORS_DO_SET_USER_CODE)))
		return false;
	return s->at_stake == 1 && s->cost == 0 && s->last_way == leaves_only_reissue(k, s->slot) &&
	       s->last_try ==
		       (s->slot == RP_SLOT_USER_CODE ? k->in.issuer.code_wrong == 2 : last(k, s->slot));
}

static bool steps_are_fair(const struct kit *k)
{
	const enum rp_pin_state state = pin(k, k->in.slot).state;
	const bool printed = k->in.slot == RP_SLOT_CODE_A || k->in.slot == RP_SLOT_CODE_B ||
			     k->in.slot == RP_SLOT_LETTER;
	bool last_way = false;
	int at_stake = 0;

	for (size_t i = 0; i < k->out.n_steps; i++) {
		if (!entry_is_fair(k, &k->out.steps[i]))
			return false;
		last_way |= k->out.steps[i].last_way;
		at_stake += k->out.steps[i].at_stake;
	}
	/* Not known, or not sure: no guess, then the notes, before anything else. */
	if (k->in.held[k->in.slot] != DOORS_HELD_YES && (state == RP_PIN_READY || state == RP_PIN_UNKNOWN) &&
	    !printed && !is_lost(k) && (k->out.n_steps < 3 || k->out.steps[0].id != DOORS_DO_NOT_GUESS))
		return false;
	return k->out.n_steps > 0 && last_way == k->out.recommended.last_way &&
	       at_stake == k->out.recommended.at_stake;
}

/* The door's place, and its steps one by one, are those of the second reading. */
static bool steps_are_right(const struct kit *k)
{
	const struct doors_door *d = &k->out.recommended;
	struct expected e = {.n = 0};

	expect_steps(k, d->id, &e);
	if (e.n != k->out.n_steps || d->where != where_of(k, d->id) || d->bring != bring_of(k, d->id) ||
	    d->lives != lives_of(d->id) || d->with != with_of(k, d->id))
		return false;
	for (size_t i = 0; i < e.n; i++)
		if (k->out.steps[i].id != e.id[i] || k->out.steps[i].slot != e.stake[i])
			return false;
	return true;
}

static bool traps_are_right(const struct kit *k)
{
	unsigned told = 0;

	for (size_t i = 0; i < k->out.n_traps; i++) {
		if (told & 1u << k->out.traps[i])
			return false;
		told |= 1u << k->out.traps[i];
	}
	return told == traps_of(k);
}

/* An open door says why it is not the one to take exactly when it is not. */
static bool doubts_are_told(const struct kit *k)
{
	for (size_t i = 0; i < k->out.n_open; i++)
		if ((k->out.open[i].reason != DOORS_WHY_NONE) != is_doubtful(k, k->out.open[i].id))
			return false;
	return (k->out.recommended.reason != DOORS_WHY_NONE) ==
	       (is_doubtful(k, k->out.recommended.id) || is_later(k, k->out.recommended.id));
}

/* Every other door: its steps are told too, and a shut one is not gone through. */
static bool other_doors_are_right(const struct kit *k)
{
	struct kit other = *k;

	other.in.card = &other.card;
	for (enum doors_id d = DOORS_CHANGE; d < DOORS_IDS; d = (enum doors_id)(d + 1)) {
		if (doors_plan_by(&other.in, d, &other.out) != is_open(k, d))
			return false;
		if (is_open(k, d) && (other.out.recommended.id != d || !doors_are_sorted(&other) ||
				      !steps_are_right(&other) || !steps_are_fair(&other)))
			return false;
	}
	return !doors_plan_by(&other.in, DOORS_NONE, &other.out);
}

static void fail_case(const struct kit *k, const unsigned *at, const char *what)
{
	char where[AXES * 4 + 1] = "";

	for (size_t a = 0; a < AXES; a++)
		(void)snprintf(where + strlen(where), sizeof where - strlen(where), " %u", at[a]);
	fail_msg("%s %s, case%s: %s; recommended %s, right %s", k->card.profile, kit_slot_word(k->in.slot),
		 where, what, doors_word(k->out.recommended.id), doors_word(right_door(k)));
}

/* All doors of every 23rd question: a prime and no axis is as long, so every value meets every other. */
#define OTHERS_EACH 23

static void check_case(struct kit *k, const unsigned *at, size_t number)
{
	if (!doors_plan(&k->in, &k->out))
		fail_case(k, at, "no answer");
	if (k->out.recommended.id != right_door(k))
		fail_case(k, at, "not the right door");
	if (!doors_are_sorted(k))
		fail_case(k, at, "a door is not where it belongs");
	if (!steps_are_fair(k) || !steps_are_right(k))
		fail_case(k, at, "a step asks or hides too much");
	if (number % OTHERS_EACH == 0 && !other_doors_are_right(k))
		fail_case(k, at, "another door is not right");
	if (!doubts_are_told(k) || !traps_are_right(k))
		fail_case(k, at, "a doubt or a trap is not told, or one too many");
	if ((k->out.why != DOORS_WHY_NONE) != (pin(k, k->in.slot).state == RP_PIN_NOT_SET))
		fail_case(k, at, "a PIN that is not set needs a why");
}

static unsigned sum_of(const unsigned *at)
{
	unsigned sum = 0;

	for (size_t a = 0; a < AXES; a++)
		sum += at[a];
	return sum;
}

static size_t check_domain(const struct domain *d)
{
	unsigned at[AXES] = {0};
	size_t cases = 0, axis = 0;
	struct kit k;

	kit_new(&k, d->profile, d->slot);
	for (enum axis a = OWN_STATE; a < AXES; a = (enum axis)(a + 1))
		set_axis(&k, d, a, 0);
	k.in.now_s = NOW;
	while (axis < AXES) {
		/* A real card's steps differ from ours, its doors do not: both kinds by turns. */
		k.card.ours = sum_of(at) % 2 == 1;
		check_case(&k, at, cases++);
		for (axis = 0; axis < AXES; axis++) {
			at[axis] = (at[axis] + 1) % size_of(d, (enum axis)axis);
			set_axis(&k, d, (enum axis)axis, at[axis]);
			if (at[axis] != 0)
				break;
		}
	}
	return cases;
}

static void every_question_has_exactly_one_right_answer(void **state)
{
	const clock_t start = clock();
	size_t cases = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(domains); i++)
		cases += check_domain(&domains[i]);
	print_message("# %zu questions in %ld ms\n", cases,
		      (long)((clock() - start) * 1000 / CLOCKS_PER_SEC));
	for (size_t i = 0; i < n_doors_rows; i++) {
		bool asked = false;

		for (size_t k = 0; k < LENGTH(domains); k++)
			asked |= domains[k].slot == doors_rows[i].slot &&
				 strcmp(domains[k].profile, doors_rows[i].profile) == 0;
		assert_true(asked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_question_has_exactly_one_right_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
